/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_json.c - JSON is right, is YAML too, and gives back every byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/json.h"
#include "core/kind.h"
#include "core/mem.h"
#include "core/yaml.h"

const struct sp_kind *const sp_kinds[] = { NULL };

static const struct sp_yaml_limits limits = { 1 << 24, 64, 10000, 1 << 24 };

static void write_all(struct sp_json *j)
{
	struct sp_strv none = { 0 };

	sp_json_map(j);
	sp_json_key(j, "n");
	sp_json_int(j, INT64_MIN);
	sp_json_key(j, "b");
	sp_json_list(j);
	sp_json_bool(j, true);
	sp_json_bool(j, false);
	sp_json_null(j);
	sp_json_map(j);
	sp_json_map_end(j);
	sp_json_str(j, "x");
	sp_json_str(j, NULL);
	sp_json_list_end(j);
	sp_json_key(j, "empty");
	sp_json_strv(j, &none);
	sp_json_key(j, "m");
	sp_json_map(j);
	sp_json_key(j, "k\"");
	sp_json_str(j, "");
	sp_json_map_end(j);
	sp_json_map_end(j);
}

static void test_one_line(void **state)
{
	sp_auto_buf b = { 0 };
	struct sp_json j;

	(void)state;
	sp_json_init(&j, &b, 0);
	write_all(&j);
	assert_string_equal(sp_buf_cstr(&b),
		"{\"n\": -9223372036854775808, \"b\": [true, false, null, {}, "
		"\"x\", null], \"empty\": [], \"m\": {\"k\\\"\": \"\"}}");
	assert_int_equal(j.depth, 0);
}

static void test_indented(void **state)
{
	sp_auto_buf b = { 0 };
	struct sp_json j;

	(void)state;
	sp_json_init(&j, &b, SP_JSON_INDENT);
	write_all(&j);
	assert_string_equal(sp_buf_cstr(&b),
			    "{\n"
			    "  \"n\": -9223372036854775808,\n"
			    "  \"b\": [\n"
			    "    true,\n"
			    "    false,\n"
			    "    null,\n"
			    "    {},\n"
			    "    \"x\",\n"
			    "    null\n"
			    "  ],\n"
			    "  \"empty\": [],\n"
			    "  \"m\": {\n"
			    "    \"k\\\"\": \"\"\n"
			    "  }\n"
			    "}");
}

static void test_scalars(void **state)
{
	sp_auto_buf b = { 0 };
	struct sp_json j;

	(void)state;
	sp_json_init(&j, &b, SP_JSON_INDENT);
	sp_json_int(&j, 5);
	assert_string_equal(sp_buf_cstr(&b), "5");
	sp_buf_clear(&b);
	sp_json_init(&j, &b, 0);
	sp_json_strn(&j, "", 0);
	assert_string_equal(sp_buf_cstr(&b), "\"\"");
}

#define BYTE(last) "\xf4\x8f\xbc" last	/* U+10FF00 .. U+10FF3F */

static const struct str_case {
	const char *in;
	size_t len;
	const char *people, *lossless;	/* NULL: the same as for people */
} strings[] = {
	{ "plain", 5, "plain", NULL },
	{ "a\"b\\c/", 6, "a\\\"b\\\\c/", NULL },
	{ "\b\f\n\r\t", 5, "\\b\\f\\n\\r\\t", NULL },
	{ "\x01\x1f\x7f", 3, "\\u0001\\u001f\\u007f", NULL },
	{ "\xc2\x80\xc2\x85\xc2\x9f", 6, "\\u0080\\u0085\\u009f", NULL },
	{ "\xc2\xa0", 2, "\xc2\xa0", NULL },
	{ "\xed\x95\x9c", 3, "\xed\x95\x9c", NULL },
	{ "\xe2\x80\xa8\xe2\x80\xa9", 6, "\\u2028\\u2029", NULL },
	{ "\xef\xbb\xbf\xef\xbf\xbe\xef\xbf\xbf", 9, "\\ufeff\\ufffe\\uffff",
	  NULL },
	{ "\xf0\x9f\x8c\xb1", 4, "\xf0\x9f\x8c\xb1", NULL },
	/* bytes that are no UTF-8 */
	{ "a\xff" "b", 3, "a\xef\xbf\xbd" "b", "a\xf4\x8f\xbf\xbf" "b" },
	{ "\x80\x81", 2, "\xef\xbf\xbd\xef\xbf\xbd",
	  "\xf4\x8f\xbe\x80\xf4\x8f\xbe\x81" },
	{ "\xe2\x82", 2, "\xef\xbf\xbd\xef\xbf\xbd",
	  "\xf4\x8f\xbf\xa2\xf4\x8f\xbe\x82" },
	{ "a\0b", 3, "a\\u0000b", "a" BYTE("\x80") "b" },
	/* U+10FEFF is a character, U+10FF00 stands for NUL */
	{ "\xf4\x8f\xbb\xbf", 4, "\xf4\x8f\xbb\xbf", NULL },
	{ "\xf4\x8f\xbc\x80", 4, "\xf4\x8f\xbc\x80",
	  "\xf4\x8f\xbf\xb4\xf4\x8f\xbe\x8f\xf4\x8f\xbe\xbc\xf4\x8f\xbe\x80" },
};

/* A text as a reader of JSON, and of YAML, sees it. */
static void read_back(const struct sp_buf *json, struct sp_buf *out)
{
	sp_auto_yaml y = { 0 };
	sp_auto_err err = { 0 };

	if (sp_yaml_read(sp_buf_cstr(json), json->len, &limits, &y, &err) < 0)
		fail_msg("%s: %s", err.msg, sp_buf_cstr(json));
	assert_true(y.root->kind == SP_Y_SCALAR && y.root->quoted);
	sp_buf_addn(out, y.root->text, y.root->len);
}

static void test_strings(void **state)
{
	(void)state;
	for (size_t i = 0; i < SP_COUNT(strings); i++) {
		const struct str_case *c = &strings[i];
		sp_auto_buf a = { 0 }, b = { 0 }, raw = { 0 }, back = { 0 };
		sp_auto_free char *people = sp_asprintf("\"%s\"", c->people);
		sp_auto_free char *lossless =
			sp_asprintf("\"%s\"", c->lossless ? c->lossless :
							    c->people);
		struct sp_json j;

		sp_json_init(&j, &a, 0);
		sp_json_strn(&j, c->in, c->len);
		assert_string_equal(sp_buf_cstr(&a), people);
		sp_json_init(&j, &b, SP_JSON_LOSSLESS);
		sp_json_strn(&j, c->in, c->len);
		assert_string_equal(sp_buf_cstr(&b), lossless);
		read_back(&b, &raw);
		sp_json_decode(&back, raw.data, raw.len);
		assert_int_equal(back.len, c->len);
		assert_memory_equal(back.data, c->in, c->len);
	}
}

static void test_every_byte(void **state)
{
	uint32_t seed = 3;

	(void)state;
	for (int i = 0; i < 3000; i++) {
		/* of all bytes, or those that UTF-8 near U+10FFFF is made of */
		static const char some[] = "\xf4\x8f\xbc\xbf\x80\xef\xc2 a\"\\";
		sp_auto_buf in = { 0 }, json = { 0 }, raw = { 0 }, out = { 0 };
		struct sp_json j;

		for (int n = 0; n < i % 40; n++) {
			seed = seed * 1664525 + 1013904223;
			sp_buf_addc(&in, i % 2 ? (char)(seed >> 20) :
				    some[(seed >> 20) % (sizeof(some) - 1)]);
		}
		sp_json_init(&j, &json, SP_JSON_LOSSLESS);
		sp_json_strn(&j, sp_buf_cstr(&in), in.len);
		assert_true(sp_utf8_valid(json.data, json.len));
		read_back(&json, &raw);
		sp_json_decode(&out, sp_buf_cstr(&raw), raw.len);
		assert_int_equal(out.len, in.len);
		assert_memory_equal(sp_buf_cstr(&out), sp_buf_cstr(&in),
				    in.len);
	}
}

/* What no writer of ours makes is taken as it is. */
static void test_decode_foreign(void **state)
{
	sp_auto_buf b = { 0 };

	(void)state;
	sp_json_decode(&b, "a\xff" "b\xf4\x8f", 5);
	assert_int_equal(b.len, 5);
	assert_memory_equal(b.data, "a\xff" "b\xf4\x8f", 5);
	sp_buf_clear(&b);
	sp_json_decode(&b, "", 0);
	assert_string_equal(b.data, "");
}

/* A value that was written apart stands as if it had been written there. */
static void test_part(void **state)
{
	sp_auto_buf whole = { 0 }, parts = { 0 };
	struct sp_json j, k;

	(void)state;
	sp_json_init(&j, &whole, SP_JSON_INDENT);
	sp_json_init(&k, &parts, SP_JSON_INDENT);
	sp_json_list(&j);
	sp_json_list(&k);
	for (int i = 0; i < 2; i++) {
		sp_auto_buf one = { 0 };
		struct sp_json p;

		sp_json_part(&p, &one, SP_JSON_INDENT, 1);
		for (struct sp_json *w = &j; w; w = w == &j ? &p : NULL) {
			sp_json_map(w);
			sp_json_key(w, "a");
			sp_json_list(w);
			sp_json_int(w, i);
			sp_json_list_end(w);
			sp_json_map_end(w);
		}
		sp_json_raw(&k, &one);
	}
	sp_json_list_end(&j);
	sp_json_list_end(&k);
	assert_string_equal(parts.data, whole.data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_line),
		cmocka_unit_test(test_indented),
		cmocka_unit_test(test_scalars),
		cmocka_unit_test(test_strings),
		cmocka_unit_test(test_every_byte),
		cmocka_unit_test(test_decode_foreign),
		cmocka_unit_test(test_part),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
