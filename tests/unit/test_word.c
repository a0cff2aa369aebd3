/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A program's own sp_word() counts, and the functions that take a message's
 * format ask it: with the arguments in the translation's order.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/diag.h"
#include "core/err.h"
#include "core/kind.h"
#include "core/profile.h"
#include "core/word.h"

const struct sp_kind *const sp_kinds[] = { NULL };

const char *sp_word(const char *msgid)
{
	static const char *const words[][2] = {
		{ "%s has %d feet", "%2$d voet: %1$s" },
		{ "host", "gastheer" },
		{ "No such file or directory", "niet gevonden" },
		{ "error: ", "fout: " },
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(words[i][0], msgid) == 0)
			return words[i][1];
	return msgid;
}

static void test_errors(void **state)
{
	sp_auto_err err = { 0 };

	(void)state;
	assert_int_equal(sp_fail(&err, EINVAL, "%s has %d feet", "it", 3),
			 -EINVAL);
	assert_string_equal(err.msg, "3 voet: it");
	(void)sp_wrap(&err, "host");
	assert_string_equal(err.msg, "gastheer: 3 voet: it");
	sp_err_clear(&err);
	(void)sp_fail(&err, EINVAL, "%s is not in there", "it");
	assert_string_equal(err.msg, "it is not in there");
	sp_err_clear(&err);
	(void)sp_fail_errno(&err, ENOENT, "host");
	assert_string_equal(err.msg, "gastheer: niet gevonden");
}

static void test_findings(void **state)
{
	static const struct sp_field fields[] = {
		{ .name = "size", .type = SP_T_INT, .max = 9 },
		{ .name = NULL },
	};
	static const struct sp_kind kind = { .name = "shoe",
					     .section = "shoes",
					     .shape = SP_SHAPE_LIST,
					     .fields = fields };
	char id[] = "left";
	const struct sp_resource res = { .kind = &kind, .id = id };
	const struct sp_mark mark = { 0, 1, 1 };
	sp_auto_diag d = { 0 };
	sp_auto_buf out = { 0 };

	(void)state;
	sp_diag_add(&d, SP_ERROR, mark, "hat", "%s has %d feet", "it", 1);
	sp_diag_add_field(&d, SP_ERROR, mark, "hat", &fields[0],
			  "%s has %d feet", "it", 2);
	sp_diag_error(&d, &res, 0, -1, "%s has %d feet", "it", 3);
	sp_diag_warn(&d, &res, -1, -1, "%s has %d feet", "it", 4);
	assert_int_equal(d.n, 4);
	assert_string_equal(d.v[0].text, "1 voet: it");
	assert_string_equal(d.v[1].text, "size: 2 voet: it");
	assert_string_equal(d.v[2].text, "size: 3 voet: it");
	assert_string_equal(d.v[3].text, "4 voet: it");
	assert_string_equal(d.v[3].object, "shoe \"left\"");
	sp_diag_format(&d, NULL, &out);
	assert_non_null(strstr(out.data, "1:1: fout: hat: 1 voet: it\n"));
	assert_non_null(strstr(out.data, "warning: shoe"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_findings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
