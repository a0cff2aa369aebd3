/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_state.c - states, and reading texts by a field table. */
#include <ctype.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/kind.h"
#include "core/mem.h"
#include "core/state.h"

const struct sp_kind *const sp_kinds[] = { NULL };

static int lower(const char *text, char **ret, struct sp_err *err)
{
	char *s;

	if (strchr(text, '!'))
		return sp_fail(err, EINVAL, "expected no shouting, got \"%s\"",
			       text);
	s = sp_xstrdup(text);
	for (char *p = s; *p; p++)
		*p = (char)tolower((unsigned char)*p);
	*ret = s;
	return 0;
}

static const char *const modes[] = { "enforcing", "permissive", "disabled",
				     NULL };

enum { F_BOOL, F_INT, F_STR, F_LOWER, F_ENUM, F_LIST, F_SET, F_MAP, F_LOWERS };

static const struct sp_field fields[] = {
	[F_BOOL] = { .name = "bool", .type = SP_T_BOOL },
	[F_INT] = { .name = "int", .type = SP_T_INT, .min = -5, .max = 60,
		    .unit = "s" },
	[F_STR] = { .name = "str", .type = SP_T_STR },
	[F_LOWER] = { .name = "lower", .type = SP_T_STR, .canon = lower },
	[F_ENUM] = { .name = "enum", .type = SP_T_ENUM, .choices = modes },
	[F_LIST] = { .name = "list", .type = SP_T_LIST },
	[F_SET] = { .name = "set", .type = SP_T_SET },
	[F_MAP] = { .name = "map", .type = SP_T_MAP },
	[F_LOWERS] = { .name = "lowers", .type = SP_T_SET, .canon = lower },
	{ 0 }
};

static const struct parse_case {
	int f;
	const char *texts;	/* parsed one after the other; split at '|' */
	const char *want;	/* the value at the end; NULL: not set */
	const char *error;	/* of the last text; NULL: none */
} cases[] = {
	{ F_BOOL, "true", "true", NULL },
	{ F_BOOL, "false", "false", NULL },
	{ F_BOOL, "yes", NULL, "expected true or false, got \"yes\"" },
	{ F_BOOL, "True", NULL, "expected true or false, got \"True\"" },
	{ F_BOOL, "true|off", "true", "expected true or false, got \"off\"" },
	{ F_INT, "0", "0", NULL },
	{ F_INT, "-5", "-5", NULL },
	{ F_INT, "60|59", "59", NULL },
	{ F_INT, "61", NULL, "61 is above 60 s (allowed: -5 to 60)" },
	{ F_INT, "7|-6", "7", "-6 is below -5 s (allowed: -5 to 60)" },
	{ F_INT, "9223372036854775808", NULL,
	  "9223372036854775808 is above 60 s (allowed: -5 to 60)" },
	{ F_INT, "-9223372036854775809", NULL,
	  "-9223372036854775809 is below -5 s (allowed: -5 to 60)" },
	{ F_INT, "07", NULL,
	  "expected a whole number without leading zeros, got \"07\"" },
	{ F_INT, "-01", NULL,
	  "expected a whole number without leading zeros, got \"-01\"" },
	{ F_INT, "1.5", NULL,
	  "expected a whole number from -5 to 60 s, got \"1.5\"" },
	{ F_INT, "-", NULL, "expected a whole number from -5 to 60 s, got \"-\"" },
	{ F_INT, "ten", NULL,
	  "expected a whole number from -5 to 60 s, got \"ten\"" },
	{ F_STR, "any Text", "any Text", NULL },
	{ F_STR, "a\tb", NULL,
	  "expected text without control characters, got 0x09 at byte 2" },
	{ F_STR, "\xc2\x9b", NULL,
	  "expected text without control characters, got 0xc2 at byte 1" },
	{ F_LOWER, "ABC", "abc", NULL },
	{ F_LOWER, "ABC|A!", "abc", "expected no shouting, got \"A!\"" },
	{ F_ENUM, "permissive", "permissive", NULL },
	{ F_ENUM, "enforce", NULL,
	  "expected one of enforcing, permissive, disabled, got \"enforce\"" },
	{ F_ENUM, "enforcin", NULL,
	  "expected one of enforcing, permissive, disabled, got \"enforcin\", "
	  "did you mean \"enforcing\"?" },
	{ F_LIST, "b|a|b", "[b, a, b]", NULL },
	{ F_LIST, "b|\x01", "[b]",
	  "expected text without control characters, got 0x01 at byte 1" },
	{ F_SET, "b|a|c|ab|B", "[B, a, ab, b, c]", NULL },
	{ F_SET, "b|a|b", "[a, b]", "\"b\" is given twice" },
	{ F_LOWERS, "B|a|b", "[a, b]", "\"b\" is given twice" },
	{ F_MAP, "b=1|a=2|a-b=3", "[a-b=3, a=2, b=1]", NULL },
	{ F_MAP, "a=2|ab=1|a=3", "[a=2, ab=1]", "\"a\" is given twice" },
	{ F_MAP, "a=2|a-b=1|a-b=1", "[a-b=1, a=2]", "\"a-b\" is given twice" },
	{ F_MAP, "a=|a==", "[a=]", "\"a\" is given twice" },
};

static void test_parse(void **state)
{
	(void)state;
	for (size_t i = 0; i < SP_COUNT(cases); i++) {
		const struct parse_case *c = &cases[i];
		sp_auto_state st = { 0 };
		sp_auto_strv texts = { 0 };
		sp_auto_err err = { 0 };
		sp_auto_buf got = { 0 };

		sp_state_init(&st, fields);
		sp_strv_split(&texts, c->texts, "|");
		for (size_t k = 0; k < texts.n; k++) {
			int r = sp_state_parse(&st, c->f, texts.v[k], &err);
			bool bad = c->error && k == texts.n - 1;

			if (r != (bad ? -err.code : 0) || !!err.code != bad)
				fail_msg("%s: %d %s", c->texts, r,
					 err.msg ? err.msg : "");
		}
		if (!sp_streq(err.msg, c->error))
			fail_msg("%s: %s", c->texts, err.msg);
		if (sp_state_get(&st, c->f))
			sp_value_format(sp_state_get(&st, c->f), &got);
		if (!sp_streq(got.data, c->want))
			fail_msg("%s: %s", c->texts, sp_buf_cstr(&got));
	}
}

static void test_item_marks(void **state)
{
	static const char *const items[] = { "d", "b", "c", "a" };
	static const unsigned want[] = { 4, 2, 3, 1 };
	sp_auto_state st = { 0 };
	sp_auto_err err = { 0 };
	struct sp_value copy;

	(void)state;
	sp_state_init(&st, fields);
	for (unsigned i = 0; i < 4; i++) {
		struct sp_mark m = { 0, i + 1, 9 };

		assert_int_equal(sp_state_add_item(&st, F_SET, items[i], m,
						   &err), 0);
		assert_int_equal(sp_state_add_item(&st, F_LIST, items[i], m,
						   &err), 0);
	}
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(st.v[F_SET].item_marks[i].line, want[i]);
		assert_int_equal(st.v[F_LIST].item_marks[i].line, i + 1);
	}
	assert_int_equal(sp_state_add_item(&st, F_SET, "a",
					   (struct sp_mark){ 0, 9, 9 }, &err),
			 -EEXIST);
	assert_int_equal(st.v[F_SET].list.n, 4);
	/* copies can grow, too */
	sp_value_copy(&copy, &st.v[F_SET]);
	sp_value_clear(&st.v[F_SET]);
	st.v[F_SET] = copy;
	for (unsigned i = 0; i < 40; i++) {
		sp_auto_free char *s = sp_asprintf("x%u", i);
		sp_auto_err e = { 0 };

		assert_int_equal(sp_state_add_item(&st, F_SET, s,
						   (struct sp_mark){ 0, 5, 5 },
						   &e), 0);
	}
	assert_int_equal(st.v[F_SET].list.n, 44);
}

/* Items that were set without places, then more of them. */
static void test_item_after_list(void **state)
{
	sp_auto_state st = { 0 };
	sp_auto_strv l = { 0 };
	sp_auto_err err = { 0 };

	(void)state;
	sp_state_init(&st, fields);
	for (int i = 0; i < 9; i++)
		sp_strv_addf(&l, "%d", i);
	sp_state_set_list(&st, F_SET, &l);
	assert_null(st.v[F_SET].item_marks);
	assert_int_equal(sp_state_add_item(&st, F_SET, "10",
					   (struct sp_mark){ 1, 2, 3 }, &err),
			 0);
	assert_string_equal(st.v[F_SET].list.v[2], "10");
	assert_int_equal(st.v[F_SET].item_marks[2].line, 2);
	assert_int_equal(st.v[F_SET].item_marks[9].line, 0);
}

static void test_setters(void **state)
{
	sp_auto_state st = { 0 };
	struct sp_strv l = { 0 };

	(void)state;
	sp_state_init(&st, fields);
	assert_false(st.present);
	assert_int_equal(st.n, F_LOWERS + 1);
	for (int f = 0; f <= F_LOWERS; f++) {
		assert_null(sp_state_get(&st, f));
		assert_false(sp_state_has(&st, f));
	}
	/* what is not set, or of another type, is the default */
	assert_null(sp_state_str(&st, F_STR));
	assert_int_equal(sp_state_int(&st, F_INT, 5), 5);
	assert_true(sp_state_bool(&st, F_BOOL, true));
	assert_int_equal(sp_state_list(&st, F_LIST)->n, 0);

	sp_state_set_bool(&st, F_BOOL, false);
	assert_false(sp_state_bool(&st, F_BOOL, true));
	assert_int_equal(sp_state_int(&st, F_BOOL, 5), 5);
	sp_state_set_int(&st, F_INT, INT64_MAX);
	assert_true(sp_state_int(&st, F_INT, 5) == INT64_MAX);
	sp_state_set_str(&st, F_STR, "one");
	sp_state_set_str(&st, F_STR, sp_state_str(&st, F_STR)); /* itself */
	assert_string_equal(sp_state_str(&st, F_STR), "one");
	sp_state_set_str_take(&st, F_STR, sp_xstrdup("two"));
	assert_string_equal(sp_state_str(&st, F_STR), "two");
	assert_true(sp_state_has(&st, F_STR));
	sp_state_set_str(&st, F_STR, NULL);
	assert_false(sp_state_has(&st, F_STR));
	assert_int_equal(sp_state_get(&st, F_STR)->type, SP_V_NONE);
	assert_null(sp_state_str(&st, F_STR));

	sp_strv_split(&l, "b a b", " ");
	sp_state_set_list(&st, F_LIST, &l);
	assert_int_equal(l.n, 0);
	assert_null(l.v);
	assert_int_equal(sp_state_list(&st, F_LIST)->n, 3);
	sp_strv_split(&l, "b a b", " ");
	sp_state_set_list(&st, F_SET, &l);
	assert_int_equal(sp_state_list(&st, F_SET)->n, 2);
	assert_string_equal(sp_state_list(&st, F_SET)->v[0], "a");
	sp_state_set_list(&st, F_MAP, &l); /* an empty one is set, too */
	assert_true(sp_state_has(&st, F_MAP));
	sp_state_set_none(&st, F_MAP);
	assert_false(sp_state_has(&st, F_MAP));
	assert_non_null(sp_state_get(&st, F_MAP));
	sp_state_unset(&st, F_MAP);
	assert_null(sp_state_get(&st, F_MAP));
	assert_null(sp_state_get(&st, -1));
	assert_null(sp_state_get(&st, F_LOWERS + 1));
}

static void test_copy(void **state)
{
	sp_auto_state a = { 0 };
	struct sp_state b;

	(void)state;
	sp_state_init(&a, fields);
	a.present = true;
	sp_state_set_str(&a, F_STR, "x");
	sp_state_set_none(&a, F_INT);
	sp_state_copy(&b, &a);
	sp_state_set_str(&a, F_STR, "y");
	assert_true(b.present);
	assert_string_equal(sp_state_str(&b, F_STR), "x");
	assert_non_null(sp_state_get(&b, F_INT));
	assert_null(sp_state_get(&b, F_BOOL));
	sp_state_clear(&b);
	assert_null(b.v);
	sp_state_clear(&b);
}

static void test_fields(void **state)
{
	struct sp_state none;

	(void)state;
	assert_int_equal(sp_field_count(fields), F_LOWERS + 1);
	assert_int_equal(sp_field_count(NULL), 0);
	assert_int_equal(sp_field_find(fields, "map"), F_MAP);
	assert_int_equal(sp_field_find(fields, "ma"), -1);
	assert_int_equal(sp_field_find(NULL, "map"), -1);
	sp_state_init(&none, NULL);
	assert_int_equal(none.n, 0);
	sp_state_clear(&none);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_item_marks),
		cmocka_unit_test(test_item_after_list),
		cmocka_unit_test(test_setters),
		cmocka_unit_test(test_copy),
		cmocka_unit_test(test_fields),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
