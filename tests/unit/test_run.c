/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_run.c - programs by their argument vector. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/mem.h"
#include "core/run.h"
#include "fake_kinds.h"

#define SH(script) ((const char *const[]){ "/bin/sh", "-c", (script), NULL })

static void test_status_and_output(void **state)
{
	static const struct {
		const char *script;
		int status;
		const char *text;
	} rows[] = {
		{ "true", 0, "" },
		{ "echo out; echo err >&2; exit 3", 3, "out\nerr\n" },
		{ "kill -9 $$", 128 + SIGKILL, "" },
		{ "cat", 0, "" }, /* nothing to read */
		{ "echo \"$HOME $LANG\"", 0, "/root C.UTF-8\n" },
		{ "echo \"[$SECRET]\"", 0, "[]\n" }, /* nothing is inherited */
		{ "pwd", 0, "/\n" },
	};

	(void)state;
	assert_int_equal(setenv("SECRET", "x", 1), 0);
	for (size_t i = 0; i < SP_COUNT(rows); i++) {
		sp_auto_output out = { 0 };
		sp_auto_err err = { 0 };

		assert_int_equal(sp_run(-1, SH(rows[i].script), &out, &err), 0);
		assert_int_equal(out.status, rows[i].status);
		assert_string_equal(sp_buf_cstr(&out.text), rows[i].text);
	}
}

static void test_not_there(void **state)
{
	const char *const argv[] = { "/nonexistent/program", NULL };
	sp_auto_output out = { .status = 4711 };
	sp_auto_err err = { 0 };

	(void)state;
	assert_int_equal(sp_run(-1, argv, &out, &err), -ENOENT);
	assert_non_null(strstr(err.msg, "/nonexistent/program"));
	assert_null(out.text.data);
}

/* More than is kept is read all the same, or the program would hang. */
static void test_much_output(void **state)
{
	sp_auto_output out = { 0 };
	sp_auto_err err = { 0 };

	(void)state;
	assert_int_equal(sp_run(-1,
				SH("head -c 3000000 /dev/zero | tr '\\0' x"),
				&out, &err),
			 0);
	assert_int_equal(out.status, 0);
	assert_int_equal(out.text.len, SP_OUTPUT_MAX);
}

/* A service that it leaves behind, silent or not, does not keep us. */
static void test_left_behind(void **state)
{
	static const char *const scripts[] = {
		"sleep 1000 & echo $!; exit 3",
		"yes & exit 3",
	};

	(void)state;
	for (size_t i = 0; i < SP_COUNT(scripts); i++) {
		sp_auto_output out = { 0 };
		sp_auto_err err = { 0 };

		assert_int_equal(sp_run(-1, SH(scripts[i]), &out, &err), 0);
		assert_int_equal(out.status, 3);
		if (i == 0)
			assert_int_equal(kill((pid_t)strtol(sp_buf_cstr(&out.text),
							    NULL, 10),
					      SIGKILL),
					 0);
	}
}

/* Our descriptors do not reach the program. */
static void test_descriptors(void **state)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	sp_auto_free char *script = sp_asprintf("test ! -e /proc/$$/fd/%d", fd);
	sp_auto_output out = { 0 };
	sp_auto_err err = { 0 };

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(sp_run(-1, SH(script), &out, &err), 0);
	assert_int_equal(out.status, 0);
	(void)close(fd);
}

/* A root of which nobody can be the root. */
static void test_bad_root(void **state)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	sp_auto_output out = { 0 };
	sp_auto_err err = { 0 };

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(sp_run(fd, SH("true"), &out, &err), -ENOTDIR);
	(void)close(fd);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_status_and_output),
		cmocka_unit_test(test_not_there),
		cmocka_unit_test(test_much_output),
		cmocka_unit_test(test_left_behind),
		cmocka_unit_test(test_descriptors),
		cmocka_unit_test(test_bad_root),
	};

	return cmocka_run_group_tests_name("run", tests, NULL, NULL);
}
