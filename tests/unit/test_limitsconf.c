/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_limitsconf.c - rules of pam_limits, and edits of their files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "core/kind.h"
#include "core/mem.h"
#include "harden/limitsconf.h"

const struct sp_kind *const sp_kinds[] = { NULL };

static void test_canon(void **state)
{
	static const struct {
		const char *text;
		const char *want; /* NULL: refused */
		const char *why;  /* part of the message */
	} rows[] = {
		{ "u - nproc unlimited", "u - nproc unlimited", NULL },
		{ "  u\t-  NPROC  -1 ", "u - nproc unlimited", NULL },
		{ "u HARD nproc Infinity", "u hard nproc unlimited", NULL },
		{ "u soft nofile 065535", "u soft nofile 65535", NULL },
		{ "u - nofile 9223372036854775807",
		  "u - nofile 9223372036854775807", NULL },
		{ "User - core 0", "User - core 0", NULL },
		{ "ad\\user - core 0", "ad\\user - core 0", NULL },
		{ "u@example.com - core 0", "u@example.com - core 0", NULL },
		{ "@Group - core 0", "@Group - core 0", NULL },
		{ "0:0 - core 0", "0:0 - core 0", NULL },
		{ "u - chroot /Srv/Jail", "u - chroot /Srv/Jail", NULL },
		{ "u - nice -1", "u - nice -1", NULL },
		{ "u - priority -1", "u - priority -1", NULL },
		{ "u - rtprio unlimited", "u - rtprio unlimited", NULL },
		{ "u -", "u -", NULL },
		{ "@g -", "@g -", NULL },
		{ ":7 -", ":7 -", NULL },
		{ "", NULL, "0 words" },
		{ "u", NULL, "1 word" },
		{ "a b c d e", NULL, "5 words" },
		{ "-proc -1", NULL, "write \"USER - nproc unlimited\"" },
		{ "-nofile 65535", NULL, "write \"USER - nofile 65535\"" },
		{ "-nofil 65535", NULL, "write \"USER - nofile 65535\"" },
		{ "nproc 10", NULL, "the domain and the type" },
		{ "u nproc 10", NULL, "write \"u - nproc 10\"" },
		{ "u nice -1", NULL, "write \"u - nice -1\"" },
		{ "hard nproc 10", NULL, "write \"USER hard nproc 10\"" },
		{ "u - nproc", NULL, "expected \"DOMAIN" },
		{ "u v", NULL, "expected \"DOMAIN" },
		{ "u - nproc 1 # c", NULL, "comment" },
		{ "u - nproc 1\nv - nproc 1", NULL, "one line" },
		{ "u - nproc \xff", NULL, "UTF-8" },
		{ "u - nproc 1.5", NULL, "expected a number" },
		{ "u - nproc +5", NULL, "expected a number" },
		{ "u - nproc 9223372036854775808", NULL, "expected a number" },
		{ "u - nproc 100k", NULL, "expected a number" },
		{ "u maximum nproc 1", NULL, "type" },
		{ "u - stak 1", NULL, "did you mean \"stack\"" },
		{ "1:4294967295 - core 0", NULL, "MIN:MAX" },
		{ "1:2:3 - core 0", NULL, "MIN:MAX" },
		{ "@: - core 0", NULL, "MIN:MAX" },
		{ "* -", "* -", NULL },
		{ "%g -", NULL, "does not work" },
	};

	(void)state;
	for (size_t i = 0; i < SP_COUNT(rows); i++) {
		char *mark = (char *)"untouched", *ret = mark;
		sp_auto_err err = { 0 }, err2 = { 0 };
		int r = sp_limit_canon(rows[i].text, &ret, &err);

		if ((r == 0) != (rows[i].want != NULL))
			fail_msg("row %zu: %s: %s", i, rows[i].text, err.msg);
		if (r < 0) {
			assert_ptr_equal(ret, mark);
			if (!strstr(err.msg, rows[i].why))
				fail_msg("row %zu: %s", i, err.msg);
		} else {
			sp_auto_free char *again = NULL;

			assert_string_equal(ret, rows[i].want);
			assert_int_equal(sp_limit_canon(ret, &again, &err2), 0);
			assert_string_equal(again, ret);
			free(ret);
		}
	}
}

static void test_parse(void **state)
{
	static const struct {
		const char *rule;
		enum sp_limit_whom whom;
		const char *name, *key, *item;
		bool unlimited;
		int64_t value;
	} rows[] = {
		{ "u - nofile 65535", SP_LIMIT_USER, "u", "u - nofile",
		  "nofile", false, 65535 },
		{ "@g soft nproc unlimited", SP_LIMIT_GROUP, "g",
		  "@g soft nproc", "nproc", true, 0 },
		{ "%g - maxlogins 4", SP_LIMIT_GROUP, "g", "%g - maxlogins",
		  "maxlogins", false, 4 },
		{ "% - maxlogins 4", SP_LIMIT_ALL, NULL, "% - maxlogins",
		  "maxlogins", false, 4 },
		{ "* - nice -5", SP_LIMIT_ALL, NULL, "* - nice", "nice", false,
		  -5 },
		{ "@5: - core 0", SP_LIMIT_IDS, NULL, "@5: - core", "core",
		  false, 0 },
		{ "u -", SP_LIMIT_USER, "u", "u -", NULL, false, 0 },
	};

	(void)state;
	for (size_t i = 0; i < SP_COUNT(rows); i++) {
		struct sp_limit l;

		sp_limit_parse(rows[i].rule, &l);
		assert_int_equal(l.whom, rows[i].whom);
		assert_true(sp_streq(l.name, rows[i].name));
		assert_string_equal(l.key, rows[i].key);
		assert_true(sp_streq(l.item, rows[i].item));
		assert_int_equal(l.unlimited, rows[i].unlimited);
		assert_int_equal(l.value, rows[i].value);
		sp_limit_clear(&l);
	}
}

#define A "a - core 0\n"
#define B "b - core 0\n"
#define C "c - core 0\n"

static void test_edit(void **state)
{
	static const struct {
		const char *before, *rules, *after;
	} rows[] = {
		{ "", A B, A B },
		{ "", "", "" },
		{ "# c\n", A, "# c\n" A },
		{ "# c", A, "# c\n" A },
		{ A, A, A },
		{ "a  -  CORE 00", A, "a  -  CORE 00" },
		{ "a - core 0", A B, A B },
		{ A C, A B C, A B C },
		{ A B C, A C, A C },
		{ "# 1\n" A "# 2\n" B "# 3\n" C "# 4", C,
		  "# 1\n# 2\n# 3\n" C "# 4" },
		{ "# 1\n" A "# 2\n" B "# 3\n", C, "# 1\n" C "# 2\n# 3\n" },
		{ "# 1\n" A "# 2\n" B "# 3\n", A C B,
		  "# 1\n" A "# 2\n" C B "# 3\n" },
		{ "# 1\n" A "# 2\n", "", "# 1\n# 2\n" },
		{ "bad line\n" A, A, A },
		{ A B, B A, B A },
		{ A A, A, A },
		{ A, A A, A A },
		{ "\n \n" A " # x\n", B, "\n \n" B " # x\n" },
	};

	(void)state;
	for (size_t i = 0; i < SP_COUNT(rows); i++) {
		sp_auto_buf before = { 0 }, after = { 0 }, again = { 0 };
		sp_auto_strv rules = { 0 }, have = { 0 };

		sp_buf_add(&before, rows[i].before);
		sp_strv_split(&rules, rows[i].rules, "\n");
		sp_limits_edit(&before, &rules, &after);
		if (!sp_streq(sp_buf_cstr(&after), rows[i].after))
			fail_msg("row %zu: \"%s\"", i, sp_buf_cstr(&after));
		sp_limits_read(&after, &have);
		assert_true(sp_strv_equal(&have, &rules));
		sp_limits_edit(&after, &rules, &again);
		assert_string_equal(sp_buf_cstr(&again), sp_buf_cstr(&after));
	}
}

static void test_read(void **state)
{
	sp_auto_buf text = { 0 };
	sp_auto_strv l = { 0 };
	sp_auto_free char *all = NULL;

	(void)state;
	sp_buf_add(
		&text,
		"# c\n\n \t\na\t-\tcore\t00 # x\n-proc   -1\r\nu -\n#\n* soft as -1");
	sp_limits_read(&text, &l);
	all = sp_strv_join(&l, ";");
	assert_string_equal(all, "a - core 0;-proc -1;u -;* soft as unlimited");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_canon),
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_edit),
		cmocka_unit_test(test_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
