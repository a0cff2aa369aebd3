/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_pwhash.c - which texts are password hashes, and what is said if not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "core/kind.h"
#include "core/mem.h"
#include "harden/pwhash.h"

const struct sp_kind *const sp_kinds[] = { NULL };

#define A22 "aB3./aB3./aB3./aB3./aB"
#define A43 A22 "aB3./aB3./aB3./aB3./a"
#define A53 A43 "aB3./aB3./"
#define A86 A43 A43

static void test_canon(void **state)
{
	static const struct {
		const char *text;
		bool good;
		const char *weak;
	} rows[] = {
		{ "$y$j9T$salt$" A43, true, NULL },
		{ "$y$j9T$$" A43, true, NULL },
		{ "$gy$j9T$salt$" A43, true, NULL },
		{ "$7$CU..../....saltsalt$" A43, true, NULL },
		{ "$2b$12$" A53, true, NULL },
		{ "$2y$05$" A53, true, NULL },
		{ "$6$salt$" A86, true, NULL },
		{ "$6$rounds=5000$salt$" A86, true, NULL },
		{ "$5$s$" A43, true, NULL },
		{ "$1$saltsalt$" A22, true, "MD5" },
		{ "$sha1$40000$saltsalt$" A22 "aB3./a", true, "SHA-1" },
		{ "!", true, NULL },
		{ "!!", true, NULL },
		{ "*", true, NULL },
		{ "!*", true, NULL },
		{ "!$6$salt$" A86, true, NULL },
		{ "!!$1$salt$" A22, true, "MD5" },
		{ "", false, NULL },
		{ "!!!", false, NULL },
		{ "!!!$6$salt$" A86, false, NULL },
		{ "hunter2", false, NULL },
		{ "aB3./aB3./aB3", false, NULL },
		{ "**", false, NULL },
		{ "x", false, NULL },
		{ "$6$", false, NULL },
		{ "$6$salt", false, NULL },
		{ "$6$salt$", false, NULL },
		{ "$6$$" A86, false, NULL },
		{ "$6$salt$" A86 "a", false, NULL },
		{ "$6$salt$" A86 "$", false, NULL },
		{ "$6$salt$" A43, false, NULL },
		{ "$6$seventeen-letters$" A86, false, NULL },
		{ "$6$rounds=$salt$" A86, false, NULL },
		{ "$6$rounds=9999999999$salt$" A86, false, NULL },
		{ "$6$sa:lt$" A86, false, NULL },
		{ "$6$sa lt$" A86, false, NULL },
		{ "$6$salt$" A86 "\n", false, NULL },
		{ "$y$" A43, false, NULL },
		{ "$y$$salt$" A43, false, NULL },
		{ "$2b$12$" A43, false, NULL },
		{ "$2x$12$" A53, false, NULL },
		{ "$3$$8846f7eaee8fb117ad06bdd830b7586c", false, NULL },
		{ "$9$salt$" A86, false, NULL },
	};

	(void)state;
	for (size_t i = 0; i < SP_COUNT(rows); i++) {
		char *mark = (char *)"untouched", *ret = mark;
		sp_auto_err err = { 0 };
		int r = sp_pwhash_canon(rows[i].text, &ret, &err);

		if ((r == 0) != rows[i].good)
			fail_msg("row %zu: %s", i, rows[i].text);
		if (r < 0) {
			assert_ptr_equal(ret, mark);
			assert_int_equal(r, -EINVAL);
			continue;
		}
		assert_string_equal(ret, rows[i].text);
		if (!sp_streq(sp_pwhash_weak(ret), rows[i].weak))
			fail_msg("row %zu: weak", i);
		free(ret);
	}
}

static void test_too_long(void **state)
{
	sp_auto_buf b = { 0 };
	sp_auto_err err = { 0 };
	char *ret;

	(void)state;
	sp_buf_add(&b, "$6$salt$");
	for (int i = 0; i < 1000; i++)
		sp_buf_addc(&b, 'a');
	assert_int_equal(sp_pwhash_canon(b.data, &ret, &err), -EINVAL);
}

/* A message must not give the secret away, not even in part. */
static void test_silence(void **state)
{
	static const char *const bad[] = {
		"SECRETSECRET",		 "$6$SECRETSECRET",
		"$6$salt$SECRETSECRET",	 "$1$SECRETSECRETSECRET$x",
		"$y$SECRETSECRET",	 "$6$rounds=SECRETSECRET$",
		"$9$SECRETSECRET",	 "!!!SECRETSECRET",
		"$6$salt$SECRETSECRET:",
	};

	(void)state;
	for (size_t i = 0; i < SP_COUNT(bad); i++) {
		sp_auto_err err = { 0 };
		char *ret;

		assert_int_equal(sp_pwhash_canon(bad[i], &ret, &err), -EINVAL);
		assert_null(strstr(err.msg, "SECRET"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_canon),
		cmocka_unit_test(test_too_long),
		cmocka_unit_test(test_silence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
