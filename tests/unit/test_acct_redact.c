/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_acct_redact.c - what a snapshot tells of passwords. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/kind.h"
#include "core/mem.h"
#include "harden/acct_redact.h"

#define SHA512                                         \
	"$6$saltsaltsalt$"                             \
	"qFmFH.bQmmtXzyBY0s9v7Oicd2z4XSIecDzlB5KiA2/jc" \
	"tKu9YterLp8wwnSq.qc.eoxqOmSuNp2xS0ktL3nh/"
#define BCRYPT "$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"

#define MARKED                             \
	"$sprout$"                         \
	"71b36bcb24957e7da61393b2f5847a1f" \
	"9b1a1b57c2bc1d9350bc910e472f4357"

const struct sp_kind *const sp_kinds[] = { NULL };

static void redact(const char *path, const char *text, struct sp_buf *ret)
{
	sp_auto_buf b = { 0 };

	sp_buf_add(&b, text);
	assert_int_equal(sp_acct_redact(path, &b, ret), 1);
}

static void test_shadow(void **state)
{
	sp_auto_buf b = { 0 };

	(void)state;
	redact("/etc/shadow",
	       "root:" SHA512 ":19000:0:99999:7:::\n"
	       "locked:!" SHA512 ":19000:0:99999:7:::\n"
	       "bin:*:19000:0:99999:7:::\n"
	       "none:!!:::::::\n"
	       "open::19000::::::\n"
	       "des:ab01FAX.bQRSU:1::::::\n"
	       "short:$6$ab$qFmFH.bQmmtXzyBY0s9v7Oicd2z4XSIecDzlB5KiA2:1::::::\n"
	       "md5:$1$saltsalt$qFmFH.bQmmtXzyBY0s9v7O:1::::::\n"
	       "# a note with s3cret\n"
	       "no colon\n"
	       "+::::::::\n"
	       "last:x",
	       &b);
	assert_string_equal(b.data,
		"root:" MARKED ":::::::sprout\n"
		"locked:!" MARKED ":::::::sprout\n"
		"bin:*:::::::sprout\n"
		"none:!!:::::::sprout\n"
		"open::::::::sprout\n"
		"des:sprout-left-out:::::::sprout\n"
		"short:sprout-left-out:::::::sprout\n"
		"md5:sprout-left-out:::::::sprout\n"
		"+::::::::sprout\n"
		"last:x:::::::sprout\n");
}

static void test_gshadow(void **state)
{
	sp_auto_buf b = { 0 };

	(void)state;
	redact("/etc/gshadow", "wheel:!::a,b\nx:" SHA512 ":c:d\nshort:\n", &b);
	assert_string_equal(b.data, "wheel:!sprout::a,b\nx:!sprout:c:d\n"
				    "short:!sprout::\n");
}

/* Whoever wants the same password sees that it is the same. */
static void test_unmark(void **state)
{
	static const struct {
		const char *password, *want;
		bool same;
	} rows[] = {
		{ SHA512, SHA512, true },
		{ "!" SHA512, "!" SHA512, true },
		{ "!" SHA512, SHA512, false },
		{ SHA512, "!" SHA512, false },
		{ BCRYPT, BCRYPT, true },
		{ BCRYPT, SHA512, false },
		{ "*", "*", true },
		{ "*", "!", false },
		{ "!", "!!", false },
		{ "", SHA512, false },
	};

	(void)state;
	for (size_t i = 0; i < SP_COUNT(rows); i++) {
		sp_auto_free char *line = sp_asprintf("u:%s:1", rows[i].password);
		sp_auto_free char *got = NULL;
		sp_auto_buf b = { 0 };

		redact("/etc/shadow", line, &b);
		*strstr(b.data, ":::::::sprout") = '\0';
		got = sp_acct_unmark(b.data + 2, rows[i].want);
		assert_int_equal(sp_streq(got, rows[i].want), rows[i].same);
		free(sp_take(&got));
		got = sp_acct_unmark(b.data + 2, NULL);
		assert_string_equal(got, b.data + 2);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shadow),
		cmocka_unit_test(test_gshadow),
		cmocka_unit_test(test_unmark),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
