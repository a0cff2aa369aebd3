/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_kind.c - the generic comparison, and finding a kind. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/kind.h"
#include "core/mem.h"

enum { F_A, F_B, F_LIST, F_DIRECTIVE, F_ONCE, F_SECRET };

static const struct sp_field fields[] = {
	[F_A] = { .name = "a", .type = SP_T_STR },
	[F_B] = { .name = "b", .type = SP_T_STR },
	[F_LIST] = { .name = "list", .type = SP_T_SET },
	[F_DIRECTIVE] = { .name = "directive", .type = SP_T_STR,
			  .flags = SP_F_DIRECTIVE },
	[F_ONCE] = { .name = "once", .type = SP_T_STR,
		     .flags = SP_F_NOCOMPARE },
	[F_SECRET] = { .name = "secret", .type = SP_T_STR,
		       .flags = SP_F_SECRET },
	{ 0 }
};

static const struct sp_kind kind_one = { .name = "one", .fields = fields };
static const struct sp_kind kind_two = { .name = "two", .fields = fields };
const struct sp_kind *const sp_kinds[] = { &kind_one, &kind_two, NULL };

/*
 * A state in short: "-" is absent; else "field=text" with blanks between,
 * "field~" for SP_V_NONE, "list=a,b" for a list.
 */
static struct sp_state make(const char *s)
{
	sp_auto_strv words = { 0 };
	struct sp_state st;

	sp_state_init(&st, fields);
	st.present = strcmp(s, "-") != 0;
	sp_strv_split(&words, st.present ? s : "", " ");
	for (size_t i = 0; i < words.n; i++) {
		size_t n = strcspn(words.v[i], "=~");
		bool none = words.v[i][n] == '~';
		sp_auto_strv l = { 0 };
		int f;

		words.v[i][n] = '\0';
		f = sp_field_find(fields, words.v[i]);
		if (none) {
			sp_state_set_none(&st, f);
		} else if (f == F_LIST) {
			sp_strv_split(&l, words.v[i] + n + 1, ",");
			sp_state_set_list(&st, f, &l);
		} else if (f >= 0) {
			sp_state_set_str(&st, f, words.v[i] + n + 1);
		}
	}
	return st;
}

static void show(const struct sp_state *st, struct sp_buf *out)
{
	if (!st->present)
		sp_buf_addc(out, '-');
	for (int f = 0; fields[f].name; f++) {
		const struct sp_value *v = sp_state_get(st, f);

		if (!v)
			continue;
		sp_buf_addf(out, "%s%s", out->len ? " " : "", fields[f].name);
		if (v->type == SP_V_NONE) {
			sp_buf_addc(out, '~');
			continue;
		}
		sp_buf_addc(out, '=');
		if (v->type == SP_V_STR) {
			sp_buf_add(out, v->s);
		} else {
			sp_auto_free char *s = sp_strv_join(&v->list, ",");

			sp_buf_add(out, s);
		}
	}
}

static const struct diff_case {
	const char *name;
	const char *want, *have;
	enum sp_op op;	/* 0: equal */
	const char *before, *after;
} cases[] = {
	{ "both absent", "-", "-", 0, NULL, NULL },
	{ "equal", "a=1", "a=1 b=2", 0, NULL, NULL },
	{ "nothing wanted but that it is there", "", "a=1", 0, NULL, NULL },
	{ "add", "a=1 directive=d once=o secret=s", "-", SP_ADD,
	  "-", "a=1 directive=d once=o secret=s" },
	{ "remove keeps all that was", "-", "a=1 list=x,y secret=s", SP_REMOVE,
	  "a=1 list=x,y secret=s", "-" },
	{ "modify keeps the wanted fields only", "a=1 b=3", "a=1 b=2 list=x",
	  SP_MODIFY, "a=1 b=2", "a=1 b=3" },
	{ "no such setting on the host", "a=1", "a~ b=2", SP_MODIFY,
	  "a~", "a=1" },
	{ "wanted to be no setting", "a~", "a=1", SP_MODIFY, "a=1", "a~" },
	{ "none and none", "a~", "a~", 0, NULL, NULL },
	{ "the host cannot tell", "a=1", "b=1", 0, NULL, NULL },
	{ "the host cannot tell one of two", "a=1 b=2", "b=1", SP_MODIFY,
	  "b=1", "a=1 b=2" },
	{ "directives and what is used once do not count",
	  "a=1 directive=d once=o", "a=1 directive=e once=p", 0, NULL, NULL },
	{ "but come along", "a=1 directive=d once=o", "a=2 once=p", SP_MODIFY,
	  "a=2 once=p", "a=1 directive=d once=o" },
	{ "list in another order", "list=a,b", "list=b,a", 0, NULL, NULL },
	{ "list differs", "list=a,b", "list=a", SP_MODIFY, "list=a",
	  "list=a,b" },
	{ "an empty list and none", "list=", "list~", 0, NULL, NULL },
	{ "none and an empty list", "list~", "list=", 0, NULL, NULL },
	{ "an empty list is wanted", "list=", "list=a", SP_MODIFY, "list=a",
	  "list=" },
	{ "an empty text is not none", "a=", "a~", SP_MODIFY, "a~", "a=" },
	{ "secrets count", "secret=s", "secret=t", SP_MODIFY, "secret=t",
	  "secret=s" },
};

static void test_diff(void **state)
{
	(void)state;
	for (size_t i = 0; i < SP_COUNT(cases); i++) {
		const struct diff_case *c = &cases[i];
		sp_auto_state want = make(c->want), have = make(c->have);
		sp_auto_buf before = { 0 }, after = { 0 };
		struct sp_change change = { .op = 77 };
		sp_auto_err err = { 0 };
		int r = sp_diff_fields(&kind_one, &want, &have, &change, &err);

		if (r != !!c->op)
			fail_msg("%s: %d", c->name, r);
		if (!r) {
			assert_int_equal(change.op, 77);
			continue;
		}
		assert_ptr_equal(change.kind, &kind_one);
		assert_null(change.id);
		show(&change.before, &before);
		show(&change.after, &after);
		if (change.op != c->op ||
		    strcmp(sp_buf_cstr(&before), c->before) != 0 ||
		    strcmp(sp_buf_cstr(&after), c->after) != 0)
			fail_msg("%s: %d, %s, %s", c->name, change.op,
				 sp_buf_cstr(&before), sp_buf_cstr(&after));
		change.id = sp_xstrdup("x");
		sp_change_clear(&change);
		assert_null(change.kind);
	}
}

/* What the running host had comes along where undo may need it. */
static void test_running(void **state)
{
	static const char *const wants[] = { "a=1", "a=1", "-" };
	static const char *const haves[] = { "-", "a=2", "a=2" };

	(void)state;
	for (size_t i = 0; i < SP_COUNT(wants); i++) {
		sp_auto_state want = make(wants[i]), have = make(haves[i]);
		struct sp_change change;
		sp_auto_err err = { 0 };

		have.running = sp_xstrdup("on");
		assert_int_equal(sp_diff_fields(&kind_one, &want, &have,
						&change, &err), 1);
		assert_string_equal(change.before.running, "on");
		assert_null(change.after.running);
		sp_change_clear(&change);
	}
}

static void test_find(void **state)
{
	(void)state;
	assert_ptr_equal(sp_kind_find("one"), &kind_one);
	assert_ptr_equal(sp_kind_find("two"), &kind_two);
	assert_null(sp_kind_find("three"));
	assert_null(sp_kind_find(""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_diff),
		cmocka_unit_test(test_running),
		cmocka_unit_test(test_find),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
