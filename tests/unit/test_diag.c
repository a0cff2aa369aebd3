/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_diag.c - findings: order, places, carets, and what is not shown. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fake_kinds.h"

static struct sp_mark at(unsigned line, unsigned col)
{
	return (struct sp_mark){ 0, line, col };
}

static void check_text(const struct sp_diag *d, const struct sp_profile *p,
		       const char *want)
{
	sp_auto_buf out = { 0 };

	sp_diag_format(d, p, &out);
	assert_string_equal(sp_buf_cstr(&out), want);
}

/* --- line and caret -------------------------------------------------------- */

static const struct line_case {
	const char *name, *text;
	unsigned line, col;
	const char *want;
} lines[] = {
	{ "plain", "a: b\nc: d\n", 2, 4,
	  "f:2:4: error: x\n  c: d\n     ^\n" },
	{ "last line without an end", "a: b", 1, 1,
	  "f:1:1: error: x\n  a: b\n  ^\n" },
	{ "carriage return", "a: b\r\nc: d\r\n", 2, 5,
	  "f:2:5: error: x\n  c: d\n      ^\n" },
	{ "behind the end of the line", "ab\n", 1, 9,
	  "f:1:9: error: x\n  ab\n    ^\n" },
	{ "tabs stay, for both lines", "\ta:\tb\n", 1, 5,
	  "f:1:5: error: x\n  \ta:\tb\n  \t  \t^\n" },
	{ "wide characters", "\xea\xb0\x80\xeb\x82\x98: b\n", 1, 5,
	  "f:1:5: error: x\n  \xea\xb0\x80\xeb\x82\x98: b\n        ^\n" },
	{ "combining character", "e\xcc\x81: b\n", 1, 5,
	  "f:1:5: error: x\n  e\xcc\x81: b\n     ^\n" },
	{ "control characters", "a\x1b[1mb\x01 c\n", 1, 8,
	  "f:1:8: error: x\n  a?[1mb? c\n         ^\n" },
	{ "text turned around", "a\xe2\x80\xae""b c\n", 1, 5,
	  "f:1:5: error: x\n  a?b c\n      ^\n" },
	{ "no utf-8", "a\xff""b c\n", 1, 5,
	  "f:1:5: error: x\n  a?b c\n      ^\n" },
	{ "byte order mark", "\xef\xbb\xbf""a: b\n", 1, 4,
	  "f:1:4: error: x\n  a: b\n     ^\n" },
	{ "empty line", "a\n\nb\n", 2, 1, "f:2:1: error: x\n" },
	{ "no such line", "a\n", 7, 1, "f:7:1: error: x\n" },
	{ "the whole", "a\n", 0, 0, "f: error: x\n" },
	{ "empty text", "", 1, 1, "f:1:1: error: x\n" },
};

static void shows_line_and_caret(void **state)
{
	(void)state;
	for (size_t i = 0; i < SP_COUNT(lines); i++) {
		sp_auto_profile p = { 0 };
		sp_auto_diag d = { 0 };

		print_message("%s\n", lines[i].name);
		sp_profile_add_text(&p, "f", lines[i].text,
				    strlen(lines[i].text));
		sp_diag_add(&d, SP_ERROR, at(lines[i].line, lines[i].col), NULL,
			    "x");
		check_text(&d, &p, lines[i].want);
	}
}

/* A value of any length does not hide what its error says. */
static void cuts_long_texts(void **state)
{
	sp_auto_buf value = { 0 };
	sp_auto_diag d = { 0 };
	const char *text, *dots;

	(void)state;
	for (int i = 0; i < 20000; i++)
		sp_buf_add(&value, "\xed\x95\x9c");
	sp_diag_add(&d, SP_ERROR, at(1, 1), NULL, "got \"%s\"; say less",
		    sp_buf_cstr(&value));
	text = d.v[0].text;
	dots = strstr(text, "...");
	assert_in_range(strlen(text), 990, 1003);
	assert_true(sp_utf8_valid(text, strlen(text)));
	assert_int_equal(strncmp(text, "got \"\xed\x95\x9c", 8), 0);
	assert_non_null(dots);
	assert_non_null(strstr(dots, "\xed\x95\x9c\"; say less"));
}

/* A line of 300 characters, cut around the caret. */
static void cuts_long_lines(void **state)
{
	static const struct {
		unsigned col;
		const char *want;
	} rows[] = {
		{ 1, "f:1:1: error: x\n"
		  "  0123456789012345678901234567890123456789012345678901234567"
		  "890123456789012345678901234567890123456789...\n"
		  "  ^\n" },
		{ 61, "f:1:61: error: x\n"
		  "  0123456789012345678901234567890123456789012345678901234567"
		  "890123456789012345678901234567890123456789...\n"
		  "                                                            "
		  "  ^\n" },
		{ 165, "f:1:165: error: x\n"
		  "  ...4567890123456789012345678901234567890123456789012345678"
		  "901234567890123456789012345678901234567890123...\n"
		  "                                                            "
		  "     ^\n" },
		{ 300, "f:1:300: error: x\n"
		  "  ...9012345678901234567890123456789012345678901234567890123"
		  "456789\n"
		  "                                                            "
		  "     ^\n" },
	};
	sp_auto_profile p = { 0 };
	char text[300];

	(void)state;
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (char)('0' + i % 10);
	sp_profile_add_text(&p, "f", text, sizeof(text));
	for (size_t i = 0; i < SP_COUNT(rows); i++) {
		sp_auto_diag d = { 0 };

		sp_diag_add(&d, SP_ERROR, at(1, rows[i].col), NULL, "x");
		check_text(&d, &p, rows[i].want);
	}
}

/* --- what must not be shown ------------------------------------------------ */

static void hides_parts(void **state)
{
	static const char text[] = "a: geheim, b: c\nx: [g1,\n g2], y: z\n";
	static struct sp_span spans[] = {
		{ { 0, 1, 4 }, 1, 10 },
		{ { 0, 2, 5 }, 3, 4 },
		{ { 1, 1, 1 }, 9, 1 },	/* of another source */
	};
	struct sp_profile p = { .hidden = spans, .n_hidden = 3 };
	sp_auto_diag d = { 0 };

	(void)state;
	sp_profile_add_text(&p, "f", text, strlen(text));
	sp_diag_add(&d, SP_ERROR, at(1, 1), NULL, "before");
	sp_diag_add(&d, SP_ERROR, at(1, 6), NULL, "inside");
	sp_diag_add(&d, SP_ERROR, at(1, 12), NULL, "behind");
	sp_diag_add(&d, SP_ERROR, at(2, 1), NULL, "begins");
	sp_diag_add(&d, SP_ERROR, at(3, 7), NULL, "ends");
	check_text(&d, &p,
		   "f:1:1: error: before\n  a: [hidden], b: c\n  ^\n"
		   "f:1:6: error: inside\n  a: [hidden], b: c\n     ^\n"
		   "f:1:12: error: behind\n  a: [hidden], b: c\n"
		   "               ^\n"
		   "f:2:1: error: begins\n  x: [[hidden]\n  ^\n"
		   "f:3:7: error: ends\n  [hidden]], y: z\n             ^\n");
	p.hidden = NULL;
	sp_profile_clear(&p);
}

static void hides_lines_of_secret_fields(void **state)
{
	sp_auto_profile p = { 0 };
	sp_auto_diag d = { 0 };

	(void)state;
	sp_profile_add_text(&p, "f", "a: b\n", 5);
	sp_diag_add_field(&d, SP_ERROR, at(1, 4), "user \"x\"",
			  &fake_user_fields[1], "is %s", "short");
	sp_diag_add_field(&d, SP_WARNING, at(1, 4), "user \"x\"",
			  &fake_user_fields[0], "is %s", "small");
	check_text(&d, &p,
		   "f:1:4: error: user \"x\": password_hash: is short\n"
		   "f:1:4: warning: user \"x\": uid: is small\n"
		   "  a: b\n     ^\n");
}

static void escapes_control_characters(void **state)
{
	sp_auto_diag d = { 0 };

	(void)state;
	sp_diag_add(&d, SP_ERROR, at(0, 0), "user \"a\nb\"", "got \"%s\"",
		    "\x1b[2Jx\ty\x7f\xc2\x9b\xea\xb0\x80");
	check_text(&d, NULL, "error: user \"a\\x0ab\": got "
		   "\"\\x1b[2Jx\\x09y\\x7f\\xc2\\x9b\xea\xb0\x80\"\n");
}

/* --- collecting ------------------------------------------------------------ */

static void sorts_by_place(void **state)
{
	sp_auto_profile p = { 0 };
	sp_auto_diag d = { 0 };

	(void)state;
	sp_profile_add_text(&p, "f", "", 0);
	sp_profile_add_text(&p, "-", "", 0);
	sp_diag_add(&d, SP_WARNING, (struct sp_mark){ 1, 1, 1 }, NULL, "e");
	sp_diag_add(&d, SP_ERROR, at(2, 5), NULL, "b");
	sp_diag_add(&d, SP_ERROR, at(3, 1), NULL, "d");
	sp_diag_add(&d, SP_WARNING, at(2, 5), NULL, "c");
	sp_diag_add(&d, SP_ERROR, at(0, 0), NULL, "a");
	assert_int_equal(d.errors, 3);
	assert_int_equal(d.warnings, 2);
	check_text(&d, &p, "f: error: a\nf:2:5: error: b\n"
		   "f:2:5: warning: c\nf:3:1: error: d\n"
		   "<stdin>:1:1: warning: e\n");
	check_text(&d, NULL, "error: a\n2:5: error: b\n"
		   "2:5: warning: c\n3:1: error: d\n1:1: warning: e\n");
}

static void counts_each_once(void **state)
{
	sp_auto_diag d = { 0 };

	(void)state;
	for (int i = 0; i < 3; i++) {
		sp_diag_add(&d, SP_ERROR, at(1, 1), "a", "x");
		sp_diag_add(&d, SP_ERROR, at(1, 1), NULL, "x");
		sp_diag_add(&d, SP_WARNING, at(1, 1), "a", "x");
		sp_diag_add(&d, SP_ERROR, at(1, 2), "a", "x");
	}
	assert_int_equal(d.n, 4);
	assert_int_equal(d.errors, 3);
	assert_int_equal(d.warnings, 1);
}

static void keeps_the_first_hundred(void **state)
{
	sp_auto_diag d = { 0 };
	sp_auto_buf out = { 0 };

	(void)state;
	for (unsigned i = 1; i <= SP_DIAG_MAX + 7; i++) {
		sp_diag_add(&d, SP_ERROR, at(i, 1), NULL, "x");
		sp_diag_add(&d, SP_WARNING, at(i, 1), NULL, "x");
	}
	assert_int_equal(d.errors, SP_DIAG_MAX + 7);
	assert_int_equal(d.n, 2 * SP_DIAG_MAX);
	sp_diag_format(&d, NULL, &out);
	assert_true(sp_ends(sp_buf_cstr(&out), "100:1: error: x\n"
			    "100:1: warning: x\nand 7 more errors\n"
			    "and 7 more warnings\n"));
	sp_diag_clear(&d);
	assert_int_equal(d.n, 0);
	assert_int_equal(d.errors, 0);
}

/* --- about resources ------------------------------------------------------- */

static void finds_places_of_fields(void **state)
{
	struct sp_resource user = { .kind = &fake_user, .id = (char *)"x",
				    .mark = { 0, 5, 5 } };
	struct sp_resource wall = { .kind = &fake_wall,
				    .id = (char *)"firewall",
				    .mark = { 0, 6, 1 } };
	struct sp_resource host = { .kind = &fake_host,
				    .id = (char *)"hostname",
				    .mark = { 0, 1, 1 } };
	sp_auto_diag d = { 0 };
	sp_auto_err err = { 0 };

	(void)state;
	sp_state_init(&user.want, fake_user_fields);
	sp_state_init(&wall.want, fake_wall_fields);
	sp_state_init(&host.want, fake_host_fields);
	sp_state_set_int(&user.want, 0, 7);
	user.want.v[0].mark = at(5, 20);
	assert_int_equal(sp_state_add_item(&user.want, 3, "b", at(5, 40), &err),
			 0);
	assert_int_equal(sp_state_add_item(&user.want, 3, "a", at(5, 44), &err),
			 0);
	user.want.v[3].mark = at(5, 39);

	sp_diag_error(&d, &user, -1, -1, "whole");
	sp_diag_error(&d, &user, 0, -1, "is %d", 7);
	sp_diag_warn(&d, &user, 2, -1, "not given");
	sp_diag_error(&d, &user, 3, -1, "list");
	sp_diag_error(&d, &user, 3, 0, "first in order");
	sp_diag_error(&d, &user, 3, 1, "second");
	sp_diag_error(&d, &user, 3, 9, "no such item");
	sp_diag_error(&d, &wall, 0, -1, "state");
	sp_diag_error(&d, &host, 0, -1, "bad");
	check_text(&d, NULL,
		   "1:1: error: hostname: bad\n"
		   "5:5: error: user \"x\": whole\n"
		   "5:5: warning: user \"x\": home: not given\n"
		   "5:20: error: user \"x\": uid: is 7\n"
		   "5:39: error: user \"x\": groups: list\n"
		   "5:39: error: user \"x\": groups: no such item\n"
		   "5:40: error: user \"x\": groups: second\n"
		   "5:44: error: user \"x\": groups: first in order\n"
		   "6:1: error: firewall: state: state\n");
	sp_state_clear(&user.want);
	sp_state_clear(&wall.want);
	sp_state_clear(&host.want);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shows_line_and_caret),
		cmocka_unit_test(cuts_long_lines),
		cmocka_unit_test(cuts_long_texts),
		cmocka_unit_test(hides_parts),
		cmocka_unit_test(hides_lines_of_secret_fields),
		cmocka_unit_test(escapes_control_characters),
		cmocka_unit_test(sorts_by_place),
		cmocka_unit_test(counts_each_once),
		cmocka_unit_test(keeps_the_first_hundred),
		cmocka_unit_test(finds_places_of_fields),
	};

	return cmocka_run_group_tests_name("diag", tests, NULL, NULL);
}
