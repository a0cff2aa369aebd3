/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_err.c - error objects. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/err.h"
#include "core/kind.h"
#include "core/mem.h"

const struct sp_kind *const sp_kinds[] = { NULL };

static void test_fail(void **state)
{
	struct sp_err err = { 0 };

	(void)state;
	assert_int_equal(sp_fail(&err, EINVAL, "uid: %d is above %d", 7, 6),
			 -EINVAL);
	assert_int_equal(err.code, EINVAL);
	assert_string_equal(err.msg, "uid: 7 is above 6");
	sp_err_clear(&err);
	assert_int_equal(err.code, 0);
	assert_null(err.msg);
	sp_err_clear(&err);
}

static void test_fail_errno(void **state)
{
	sp_auto_err err = { 0 };
	sp_auto_free char *want = sp_asprintf("/x: open: %s", strerror(ENOENT));

	(void)state;
	assert_int_equal(sp_fail_errno(&err, ENOENT, "%s: open", "/x"),
			 -ENOENT);
	assert_int_equal(err.code, ENOENT);
	assert_string_equal(err.msg, want);
}

static void test_wrap(void **state)
{
	sp_auto_err err = { 0 };

	(void)state;
	(void)sp_fail(&err, ESTALE, "why");
	assert_int_equal(sp_wrap(&err, "user \"%s\"", "web"), -ESTALE);
	assert_int_equal(sp_wrap(&err, "%s", "profile.yaml"), -ESTALE);
	assert_int_equal(err.code, ESTALE);
	assert_string_equal(err.msg, "profile.yaml: user \"web\": why");
}

/* An error of its own, with a text of the one it replaces. */
static void test_text_of_itself(void **state)
{
	sp_auto_err err = { 0 };

	(void)state;
	(void)sp_fail(&err, EIO, "%s", "100%s");
	(void)sp_wrap(&err, "%s", err.msg);
	assert_string_equal(err.msg, "100%s: 100%s");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fail),
		cmocka_unit_test(test_fail_errno),
		cmocka_unit_test(test_wrap),
		cmocka_unit_test(test_text_of_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
