/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_statejson.c - a state goes to JSON and comes back the same. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/kind.h"
#include "core/mem.h"
#include "core/statejson.h"
#include "core/yaml.h"

const struct sp_kind *const sp_kinds[] = { NULL };

static const struct sp_yaml_limits limits = { 1 << 20, 64, 10000, 1 << 20 };

enum { F_BOOL, F_INT, F_STR, F_LIST, F_SET, F_MAP, F_SECRET, F_SECRETS };

static const struct sp_field fields[] = {
	[F_BOOL] = { .name = "bool", .type = SP_T_BOOL },
	[F_INT] = { .name = "int", .type = SP_T_INT, .min = 0, .max = 9 },
	[F_STR] = { .name = "ipv4.str", .type = SP_T_STR },
	[F_LIST] = { .name = "list", .type = SP_T_LIST },
	[F_SET] = { .name = "set", .type = SP_T_SET },
	[F_MAP] = { .name = "map", .type = SP_T_MAP },
	[F_SECRET] = { .name = "secret", .type = SP_T_STR,
		       .flags = SP_F_SECRET },
	[F_SECRETS] = { .name = "secrets", .type = SP_T_LIST,
			.flags = SP_F_SECRET },
	{ 0 }
};

static void to_json(const struct sp_state *st, bool with_secrets,
		    struct sp_buf *out)
{
	struct sp_json j;

	sp_json_init(&j, out, SP_JSON_LOSSLESS);
	sp_state_to_json(&j, st, with_secrets);
}

static int from_json(const char *json, struct sp_state *ret,
		     struct sp_err *err)
{
	sp_auto_yaml y = { 0 };
	sp_auto_err bad = { 0 };

	if (sp_yaml_read(json, strlen(json), &limits, &y, &bad) < 0)
		fail_msg("%s: %s", json, bad.msg);
	return sp_state_from_yaml(y.root, fields, ret, err);
}

static void set_list(struct sp_state *st, int f, const char *items)
{
	sp_auto_strv l = { 0 };

	sp_strv_split(&l, items, "|");
	sp_state_set_list(st, f, &l);
}

static void assert_same(const struct sp_state *a, const struct sp_state *b)
{
	assert_int_equal(a->present, b->present);
	assert_ptr_equal(a->fields, b->fields);
	assert_int_equal(a->n, b->n);
	assert_true(sp_streq(a->running, b->running));
	for (size_t f = 0; f < a->n; f++) {
		assert_int_equal(a->set[f], b->set[f]);
		assert_true(sp_value_equal(&a->v[f], &b->v[f]));
	}
}

static void test_text(void **state)
{
	sp_auto_state st = { 0 };
	sp_auto_buf shown = { 0 }, all = { 0 };

	(void)state;
	sp_state_init(&st, fields);
	to_json(&st, true, &all);
	assert_string_equal(sp_buf_cstr(&all),
			    "{\"present\": false, \"fields\": {}}");
	sp_buf_clear(&all);
	st.present = true;
	sp_state_set_bool(&st, F_BOOL, true);
	sp_state_set_none(&st, F_INT);
	sp_state_set_str(&st, F_STR, "a\"");
	set_list(&st, F_SET, "b|a");
	sp_state_set_str(&st, F_SECRET, "hush");
	set_list(&st, F_SECRETS, "hush1|hush2");
	to_json(&st, true, &all);
	assert_string_equal(sp_buf_cstr(&all),
		"{\"present\": true, \"fields\": {\"bool\": true, \"int\": null, "
		"\"ipv4.str\": \"a\\\"\", \"set\": [\"a\", \"b\"], "
		"\"secret\": \"hush\", \"secrets\": [\"hush1\", \"hush2\"]}}");
	to_json(&st, false, &shown);
	assert_null(strstr(shown.data, "hush"));
	assert_non_null(strstr(shown.data, "\"secret\": \"(secret)\", "
					   "\"secrets\": \"(secret)\"}"));
	/* that there is none is no secret */
	sp_state_set_none(&st, F_SECRET);
	sp_buf_clear(&shown);
	to_json(&st, false, &shown);
	assert_non_null(strstr(shown.data, "\"secret\": null"));
}

static void check_there_and_back(const struct sp_state *st)
{
	sp_auto_buf b = { 0 };
	sp_auto_state back = { 0 };
	sp_auto_err err = { 0 };

	to_json(st, true, &b);
	if (from_json(b.data, &back, &err) < 0)
		fail_msg("%s: %s", b.data, err.msg);
	assert_same(st, &back);
}

static void test_there_and_back(void **state)
{
	static const char *const texts[] = {
		"", "text", "true", "null", "~", "12", "-", "a: b", "# no",
		" blanks ", "\n", "{}", "(secret)", "\xed\x95\x9c",
		"\xff\xfe\x80", "\xf4\x8f\xbf\xbf", "\xc2\x85\xe2\x80\xa8",
		"\xef\xbb\xbf", "\x01\x7f", "'", "\\n",
	};
	static const int64_t numbers[] = { 0, -1, INT64_MIN, INT64_MAX, 9, 10 };
	sp_auto_strv l = { 0 };
	sp_auto_state st = { 0 };

	(void)state;
	sp_state_init(&st, fields);
	check_there_and_back(&st);
	st.present = true;
	check_there_and_back(&st);
	for (size_t i = 0; i < SP_COUNT(numbers); i++) {
		sp_state_set_int(&st, F_INT, numbers[i]);
		check_there_and_back(&st);
	}
	for (size_t i = 0; i < SP_COUNT(texts); i++) {
		sp_strv_add(&l, texts[i]);
		sp_state_set_str(&st, F_STR, texts[i]);
		sp_state_set_str(&st, F_SECRET, texts[i]);
		free(st.running);
		st.running = sp_xstrdup(texts[i]);
		check_there_and_back(&st);
	}
	sp_state_set_list(&st, F_LIST, &l);
	set_list(&st, F_SET, "");
	set_list(&st, F_MAP, "a-b=1|a=2");
	sp_state_set_none(&st, F_SECRETS);
	sp_state_set_bool(&st, F_BOOL, false);
	check_there_and_back(&st);
	for (int f = 0; fields[f].name; f++)
		sp_state_set_none(&st, f);
	check_there_and_back(&st);
	/* a value of another type than the table's: as the host has it */
	sp_state_set_str(&st, F_INT, "unlimited");
	sp_state_set_int(&st, F_STR, 5);
	check_there_and_back(&st);
}

static void test_refused(void **state)
{
	static const struct {
		const char *json, *error;
	} rows[] = {
		{ "[]", "state without a true or false \"present\"" },
		{ "{}", "state without a true or false \"present\"" },
		{ "{\"present\": \"true\", \"fields\": {}}",
		  "state without a true or false \"present\"" },
		{ "{\"present\": true}", "state without a map \"fields\"" },
		{ "{\"present\": true, \"fields\": []}",
		  "state without a map \"fields\"" },
		{ "{\"present\": true, \"fields\": {\"bo\": true}}",
		  "field \"bo\": unknown in this version" },
		{ "{\"present\": true, \"fields\": {\"int\": 1.5}}",
		  "field \"int\": no value that sprout writes" },
		{ "{\"present\": true, \"fields\": {\"int\": 9223372036854775808}}",
		  "field \"int\": no value that sprout writes" },
		{ "{\"present\": true, \"fields\": {\"ipv4.str\": plain}}",
		  "field \"ipv4.str\": no value that sprout writes" },
		{ "{\"present\": true, \"fields\": {\"list\": {}}}",
		  "field \"list\": no value that sprout writes" },
		{ "{\"present\": true, \"fields\": {\"list\": [\"a\", 5]}}",
		  "field \"list\": no value that sprout writes" },
		{ "{\"present\": true, \"fields\": {\"list\": [[]]}}",
		  "field \"list\": no value that sprout writes" },
		{ "{\"present\": true, \"fields\": {}, \"running\": 5}",
		  "\"running\": no value that sprout writes" },
		{ "{\"present\": true, \"fields\": {}, \"running\": []}",
		  "\"running\": no value that sprout writes" },
		/* U+10FF00 stands for NUL, which no text of ours has */
		{ "{\"present\": true, \"fields\": {\"ipv4.str\": \"\xf4\x8f\xbc\x80\"}}",
		  "field \"ipv4.str\": no value that sprout writes" },
	};

	(void)state;
	for (size_t i = 0; i < SP_COUNT(rows); i++) {
		struct sp_state st = { .n = 77 };
		sp_auto_err err = { 0 };

		assert_int_equal(from_json(rows[i].json, &st, &err), -EBADMSG);
		assert_string_equal(err.msg, rows[i].error);
		assert_int_equal(st.n, 77);
		assert_null(st.v);
	}
}

static void test_no_node(void **state)
{
	struct sp_state st = { .n = 77 };
	sp_auto_err err = { 0 };

	(void)state;
	assert_int_equal(sp_state_from_yaml(NULL, fields, &st, &err),
			 -EBADMSG);
	assert_int_equal(st.n, 77);
}

/* Words for the reader are shown, and in no journal. */
static void test_notes(void **state)
{
	static const struct sp_field told[] = {
		{ .name = "steps", .type = SP_T_STR, .flags = SP_F_RESULT },
		{ .name = "sum",
		  .type = SP_T_STR,
		  .flags = SP_F_RESULT | SP_F_NOTE },
		{ 0 }
	};
	sp_auto_buf journal = { 0 }, plan = { 0 };
	sp_auto_state st = { 0 };

	(void)state;
	sp_state_init(&st, told);
	st.present = true;
	sp_state_set_str(&st, 0, "install a");
	sp_state_set_str(&st, 1, "sum: 1");
	to_json(&st, true, &journal);
	to_json(&st, false, &plan);
	assert_non_null(strstr(journal.data, "install a"));
	assert_null(strstr(journal.data, "sum"));
	assert_non_null(strstr(plan.data, "sum: 1"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_there_and_back),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_no_node),
		cmocka_unit_test(test_notes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
