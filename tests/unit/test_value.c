/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_value.c - one typed value. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/kind.h"
#include "core/mem.h"
#include "core/value.h"

const struct sp_kind *const sp_kinds[] = { NULL };

static char *const ab[] = { "a", "b" }, *const ba[] = { "b", "a" },
		   *const odd[] = { "", "a,b", "[x]", "say \"x\"", "a b", "\x1b" };

#define LIST(items) { .type = SP_V_LIST, .list = { (char **)(items), SP_COUNT(items) } }

static const struct sp_value values[] = {
	{ .type = SP_V_NONE },
	{ .type = SP_V_BOOL, .b = false },
	{ .type = SP_V_BOOL, .b = true },
	{ .type = SP_V_INT, .i = 0 },
	{ .type = SP_V_INT, .i = INT64_MIN },
	{ .type = SP_V_STR, .s = "" },
	{ .type = SP_V_STR, .s = "true" },
	{ .type = SP_V_STR, .s = "a \x1b b" },
	{ .type = SP_V_LIST },
	LIST(ab),
	LIST(ba),
	LIST(odd),
};

static const char *const formatted[] = {
	"(none)", "false", "true", "0", "-9223372036854775808", "\"\"", "true",
	"a \\x1b b", "[]", "[a, b]", "[b, a]",
	"[\"\", \"a,b\", \"[x]\", \"say \\\"x\\\"\", a b, \\x1b]",
};

static void test_equal(void **state)
{
	(void)state;
	for (size_t i = 0; i < SP_COUNT(values); i++)
		for (size_t j = 0; j < SP_COUNT(values); j++)
			assert_int_equal(sp_value_equal(&values[i], &values[j]),
					 i == j);
}

static void test_format(void **state)
{
	(void)state;
	for (size_t i = 0; i < SP_COUNT(values); i++) {
		sp_auto_buf b = { 0 };

		sp_value_format(&values[i], &b);
		assert_string_equal(sp_buf_cstr(&b), formatted[i]);
	}
}

static void test_copy(void **state)
{
	(void)state;
	for (size_t i = 0; i < SP_COUNT(values); i++) {
		struct sp_value v;

		sp_value_copy(&v, &values[i]);
		assert_true(sp_value_equal(&v, &values[i]));
		assert_true(!v.s || v.s != values[i].s);
		assert_true(!v.list.n || v.list.v != values[i].list.v);
		sp_value_clear(&v);
		assert_int_equal(v.type, SP_V_NONE);
		assert_null(v.s);
		assert_int_equal(v.list.n, 0);
		sp_value_clear(&v);
	}
}

static void test_marks(void **state)
{
	struct sp_value a = LIST(ab), b;
	struct sp_mark marks[] = { { 0, 1, 2 }, { 0, 3, 4 } };

	(void)state;
	a.mark = (struct sp_mark){ 1, 2, 3 };
	a.item_marks = marks;
	sp_value_copy(&b, &a);
	assert_memory_equal(&b.mark, &a.mark, sizeof(a.mark));
	assert_memory_equal(b.item_marks, marks, sizeof(marks));
	assert_ptr_not_equal(b.item_marks, marks);
	/* places do not count */
	b.mark.line = 99;
	b.item_marks[1].line = 99;
	assert_true(sp_value_equal(&a, &b));
	sp_value_clear(&b);
	assert_null(b.item_marks);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_equal),
		cmocka_unit_test(test_format),
		cmocka_unit_test(test_copy),
		cmocka_unit_test(test_marks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
