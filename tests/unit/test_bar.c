/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_bar.c - bars, lines and events of work that takes its time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../../cmd/bar.h"
#include "core/kind.h"
#include "core/mem.h"

const struct sp_kind *const sp_kinds[] = { NULL };

#define ON SP_TASK_GOES_ON
#define FULL "\xe2\x96\x88"
#define FREE "\xe2\x96\x91"
#define HANGUL "\xed\x95\x9c"

static const struct sp_task download = {
	SP_TASK_DOWNLOAD, ON, "zip-3.0-1.noarch.rpm",
	12300000, 29100000, 3200000
};
static const struct sp_task wide = {
	SP_TASK_DOWNLOAD, ON, HANGUL HANGUL HANGUL HANGUL HANGUL HANGUL HANGUL,
	12300000, 29100000, 3200000
};
static const struct sp_task unknown = { SP_TASK_METADATA, ON, "repomd.xml",
					4100, -1, 900 };
static const struct sp_task packages = { SP_TASK_PACKAGES, ON,
					 "zip-3.0-1.noarch", 3, 12, 0 };
static const struct sp_task command = { SP_TASK_COMMAND, SP_TASK_BEGINS,
					"verde-config", 0, -1, 0 };
static const struct sp_task running = { SP_TASK_COMMAND, ON, "verde-config",
					67, -1, 0 };
static const struct sp_task limited = { SP_TASK_COMMAND, ON, "verde-config",
					15, 60, 0 };
static const struct sp_task medium = { SP_TASK_MEDIUM, ON,
				       "a stick labelled \"VERDE\"", 25, 120,
				       1 };
static const struct sp_task hours = { SP_TASK_COPY, ON, NULL, 0, 7200, 1 };
static const struct sp_task hostile = { SP_TASK_PACKAGES, ON,
					"\033[2J\xff" HANGUL, 1, 1, 0 };

static void test_draw(void **state)
{
	static const struct {
		const char *name;
		const struct sp_task *task;
		int columns;
		bool utf8;
		const char *want;
	} rows[] = {
		{ "wide", &download, 119, false,
		  "downloading  ############..................  12 MB of 29 MB  "
		  "3.2 MB/s  0:05 left  zip-3.0-1.noarch.rpm" },
		{ "a terminal", &download, 79, false,
		  "downloading  ###.....  12 MB of 29 MB  3.2 MB/s  0:05 left  "
		  "zip-3.0-1.noarch..." },
		{ "UTF-8", &download, 79, true,
		  "downloading  " FULL FULL FULL FREE FREE FREE FREE FREE
		  "  12 MB of 29 MB  3.2 MB/s  0:05 left  zip-3.0-1.noarch..." },
		{ "narrow", &download, 40, false,
		  "downloading  12 MB of 29 MB  0:05 left" },
		{ "narrower", &download, 22, false, "downloading  0:05 left" },
		{ "a bar is better than nothing", &download, 21, false,
		  "downloading  ###....." },
		{ "title", &download, 20, false, "downloading" },
		{ "too narrow", &download, 10, false, "downloa..." },
		{ "absurd", &download, 2, false, "do" },
		{ "nothing", &download, 0, false, "" },
		{ "no total", &unknown, 79, true,
		  "reading repositories  4.1 kB  900 B/s  repomd.xml" },
		{ "items", &packages, 79, false,
		  "changing packages  #######.......................  3 of 12  "
		  "zip-3.0-1.noarch" },
		{ "begins", &command, 79, true, "running  verde-config" },
		{ "how long already", &running, 79, true,
		  "running  1:07  verde-config" },
		{ "how long still", &limited, 79, false,
		  "running  #######.......................  0:45 left  "
		  "verde-config" },
		{ "seconds", &medium, 60, false,
		  "waiting for the medium  #.......  1:35 left  a stick labe..." },
		{ "hours", &hours, 79, false,
		  "copying  ..............................  0 B of 7.2 kB  "
		  "1 B/s  2:00:00 left" },
		{ "hostile", &hostile, 79, false,
		  "changing packages  ##############################  1 of 1  "
		  "\\x1b[2J\\xff???" },
	};

	(void)state;
	for (size_t i = 0; i < SP_COUNT(rows); i++) {
		sp_auto_buf b = { 0 };

		cmd_bar_draw(rows[i].task, rows[i].columns, rows[i].utf8, &b);
		if (strcmp(sp_buf_cstr(&b), rows[i].want) != 0)
			fail_msg("%s: %s", rows[i].name, sp_buf_cstr(&b));
	}
}

/* It never wraps, whatever the terminal's width; and fills what there is. */
static void test_widths(void **state)
{
	(void)state;
	for (int columns = 0; columns < 200; columns++) {
		sp_auto_buf ascii = { 0 }, utf8 = { 0 };
		int width = 0;

		cmd_bar_draw(&download, columns, false, &ascii);
		assert_true((int)ascii.len <= columns);
		cmd_bar_draw(&wide, columns, true, &utf8);
		for (size_t i = 0; i < utf8.len; i++) {
			const unsigned char c = (unsigned char)utf8.data[i];

			width += c == 0xed ? 2 : (c & 0xc0) != 0x80;
		}
		assert_true(width <= columns);
		if (columns > 100)
			assert_non_null(strstr(utf8.data, HANGUL));
	}
}

static void test_line(void **state)
{
	static const struct {
		struct sp_task task;
		int elapsed_s;
		const char *want;
	} rows[] = {
		{ { SP_TASK_DOWNLOAD, SP_TASK_BEGINS, NULL, 0, 29100000, 0 }, 0,
		  "downloading (29 MB)" },
		{ { SP_TASK_DOWNLOAD, ON, "a.rpm", 12300000, 29100000, 1 }, 10,
		  "downloading: 12 MB of 29 MB: a.rpm" },
		{ { SP_TASK_DOWNLOAD, SP_TASK_ENDS, NULL, 1, 2, 1 }, 75,
		  "downloading: ended after 75 s" },
		{ { SP_TASK_METADATA, SP_TASK_BEGINS, NULL, 0, -1, 0 }, 0,
		  "reading repositories" },
		{ { SP_TASK_PACKAGES, SP_TASK_BEGINS, NULL, 0, 12, 0 }, 0,
		  "changing packages (12)" },
		{ { SP_TASK_COMMAND, SP_TASK_BEGINS, "a\nb", 0, -1, 0 }, 0,
		  "running: a\\x0ab" },
		{ { SP_TASK_COMMAND, ON, "a", 20, -1, 0 }, 20,
		  "running: 20 s: a" },
		{ { SP_TASK_COMMAND, ON, "a", 20, 60, 0 }, 20,
		  "running: 20 s of 60 s: a" },
		{ { SP_TASK_COMMAND, SP_TASK_BEGINS, "a", 0, 60, 0 }, 0,
		  "running (60 s at most): a" },
		{ { SP_TASK_TIME, SP_TASK_BEGINS, NULL, 0, 180, 0 }, 0,
		  "waiting for the clock to be in step (180 s at most)" },
	};

	(void)state;
	for (size_t i = 0; i < SP_COUNT(rows); i++) {
		sp_auto_buf b = { 0 };

		cmd_bar_line(&rows[i].task, rows[i].elapsed_s, &b);
		assert_string_equal(sp_buf_cstr(&b), rows[i].want);
	}
}

static void test_event(void **state)
{
	static const struct {
		struct sp_task task;
		const char *want;
	} rows[] = {
		{ { SP_TASK_DOWNLOAD, SP_TASK_BEGINS, NULL, 0, 29100000, 0 },
		  "{\"event\": \"begin\", \"task\": \"download\", "
		  "\"object\": null, \"done\": 0, \"total\": 29100000, "
		  "\"unit\": \"bytes\"}\n" },
		{ { SP_TASK_METADATA, ON, "repomd.xml", 4100, -1, 900 },
		  "{\"event\": \"progress\", \"task\": \"metadata\", "
		  "\"object\": \"repomd.xml\", \"done\": 4100, "
		  "\"total\": null, \"unit\": \"bytes\"}\n" },
		{ { SP_TASK_COMMAND, SP_TASK_ENDS, "a\"\n", 7, -1, 0 },
		  "{\"event\": \"end\", \"task\": \"command\", "
		  "\"object\": \"a\\\"\\n\", \"done\": 7, \"total\": null, "
		  "\"unit\": \"seconds\"}\n" },
	};

	(void)state;
	for (size_t i = 0; i < SP_COUNT(rows); i++) {
		sp_auto_buf b = { 0 };

		cmd_bar_event(&rows[i].task, &b);
		assert_string_equal(sp_buf_cstr(&b), rows[i].want);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_draw),
		cmocka_unit_test(test_widths),
		cmocka_unit_test(test_line),
		cmocka_unit_test(test_event),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
