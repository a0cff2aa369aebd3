/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_str.c - growing text, lists of strings, small string questions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/kind.h"
#include "core/mem.h"
#include "core/str.h"

const struct sp_kind *const sp_kinds[] = { NULL };

static void test_buf(void **state)
{
	struct sp_buf b = { 0 };
	char *s;

	(void)state;
	assert_string_equal(sp_buf_cstr(&b), "");
	sp_buf_addn(&b, NULL, 0);
	assert_non_null(b.data);
	assert_string_equal(sp_buf_cstr(&b), "");
	sp_buf_add(&b, "ab");
	sp_buf_addc(&b, 'c');
	sp_buf_addf(&b, "%d%s", 42, "x");
	sp_buf_addn(&b, "y\0z", 3);
	assert_int_equal(b.len, 9);
	assert_memory_equal(b.data, "abc42xy\0z", 10);
	s = sp_buf_take(&b);
	assert_null(b.data);
	assert_int_equal(b.len, 0);
	assert_memory_equal(s, "abc42xy\0z", 10);
	free(s);
	s = sp_buf_take(&b);
	assert_string_equal(s, "");
	free(s);
	sp_buf_clear(&b);
}

static void test_buf_grows(void **state)
{
	sp_auto_buf b = { 0 }, big = { 0 };

	(void)state;
	for (int i = 0; i < 1000; i++) {
		sp_buf_addf(&b, "%03d", i);
		assert_int_equal(b.len, 3 * (i + 1));
		assert_int_equal(b.data[b.len], '\0');
		assert_true(b.cap > b.len);
	}
	/* formatted text above the room that is left */
	sp_buf_addf(&big, "<%s>", b.data);
	assert_int_equal(big.len, b.len + 2);
	assert_memory_equal(big.data + 1, b.data, b.len);
	assert_int_equal(big.data[big.len - 1], '>');
	/* exactly up to the end of the room */
	sp_buf_clear(&big);
	sp_buf_addf(&big, "%63s", "x");
	assert_int_equal(big.len, 63);
	sp_buf_addf(&big, "%s", "y");
	assert_string_equal(big.data + 62, "xy");
}

static void add_all(struct sp_strv *l, const char *words)
{
	sp_strv_split(l, words, " ");
}

static void assert_list(const struct sp_strv *l, const char *want)
{
	sp_auto_free char *got = sp_strv_join(l, " ");

	assert_string_equal(got, want);
}

static void test_strv(void **state)
{
	sp_auto_strv l = { 0 }, m = { 0 };

	(void)state;
	assert_list(&l, "");
	sp_strv_add(&l, "b");
	sp_strv_add_take(&l, sp_xstrdup("a"));
	sp_strv_addf(&l, "%s%d", "c", 1);
	assert_list(&l, "b a c1");
	assert_true(sp_strv_has(&l, "a"));
	assert_false(sp_strv_has(&l, "c"));
	assert_int_equal(sp_strv_find(&l, "c1"), 2);
	assert_int_equal(sp_strv_find(&l, ""), -1);
	sp_strv_copy(&m, &l);
	assert_true(sp_strv_equal(&l, &m));
	sp_strv_remove(&m, 0);
	assert_list(&m, "a c1");
	assert_false(sp_strv_equal(&l, &m));
	sp_strv_remove(&m, 1);
	sp_strv_remove(&m, 1); /* there is none */
	assert_list(&m, "a");
	assert_false(sp_strv_equal(&l, &m));
	sp_strv_add(&m, "b");
	sp_strv_add(&m, "c1");
	assert_false(sp_strv_equal(&l, &m));
	assert_true(sp_strv_same_set(&l, &m));
	sp_strv_clear(&l);
	assert_int_equal(l.n, 0);
	assert_false(sp_strv_same_set(&l, &m));
}

/* Removing and adding around the sizes at which the array grows. */
static void test_strv_grows(void **state)
{
	sp_auto_strv l = { 0 }, copy = { 0 };

	(void)state;
	for (int i = 0; i < 100; i++)
		sp_strv_addf(&l, "%d", i);
	while (l.n > 9)
		sp_strv_remove(&l, 0);
	sp_strv_copy(&copy, &l);
	for (int i = 0; i < 100; i++) {
		sp_strv_addf(&l, "%d", i);
		sp_strv_addf(&copy, "%d", i);
		if (i % 3 == 0)
			sp_strv_remove(&l, l.n - 1);
	}
	assert_int_equal(copy.n, 109);
	assert_int_equal(l.n, 75);
	assert_string_equal(copy.v[0], "91");
}

static void test_sort(void **state)
{
	static const struct {
		const char *in, *want;
	} rows[] = {
		{ "", "" },
		{ "a", "a" },
		{ "b a", "a b" },
		{ "b a b a a", "a b" },
		{ "a10 a9 A z ~", "A a10 a9 z ~" },
	};

	(void)state;
	for (size_t i = 0; i < SP_COUNT(rows); i++) {
		sp_auto_strv l = { 0 }, in = { 0 };

		add_all(&in, rows[i].in);
		sp_strv_copy(&l, &in);
		sp_strv_sort(&l);
		assert_list(&l, rows[i].want);
		for (size_t k = 0; k < in.n; k++)
			assert_true(sp_strv_has_sorted(&l, in.v[k]));
		assert_false(sp_strv_has_sorted(&l, "a1"));
		assert_true(sp_strv_same_set(&l, &in));
	}
}

static void test_split_join(void **state)
{
	static const struct {
		const char *in, *seps, *want;
	} rows[] = {
		{ "", " ", "" },
		{ "   ", " ", "" },
		{ "a b", " ", "a|b" },
		{ " a\t b ", " \t", "a|b" },
		{ ",a,,b c,", ",", "a|b c" },
	};

	(void)state;
	for (size_t i = 0; i < SP_COUNT(rows); i++) {
		sp_auto_free char *s = NULL;
		sp_auto_strv l = { 0 };

		sp_strv_split(&l, rows[i].in, rows[i].seps);
		s = sp_strv_join(&l, "|");
		assert_string_equal(s, rows[i].want);
	}
}

static void test_ends(void **state)
{
	(void)state;
	assert_true(sp_starts("abc", ""));
	assert_true(sp_starts("abc", "abc"));
	assert_false(sp_starts("abc", "abcd"));
	assert_false(sp_starts("", "a"));
	assert_true(sp_ends("abc", ""));
	assert_true(sp_ends("abc", "bc"));
	assert_false(sp_ends("bc", "abc"));
	assert_false(sp_ends("", "a"));
	assert_true(sp_streq(NULL, NULL));
	assert_true(sp_streq("a", "a"));
	assert_false(sp_streq("a", NULL));
	assert_false(sp_streq(NULL, "a"));
}

static void test_parse_int(void **state)
{
	static const struct {
		const char *s;
		int64_t min, max;
		bool ok;
		int64_t want;
	} rows[] = {
		{ "0", 0, 0, true, 0 },
		{ "-0", 0, 0, true, 0 },
		{ "007", 0, 9, true, 7 },
		{ "65535", 0, 65535, true, 65535 },
		{ "65536", 0, 65535, false, 0 },
		{ "-1", 0, 65535, false, 0 },
		{ "-5", -5, -5, true, -5 },
		{ "9223372036854775807", INT64_MIN, INT64_MAX, true, INT64_MAX },
		{ "9223372036854775808", INT64_MIN, INT64_MAX, false, 0 },
		{ "-9223372036854775808", INT64_MIN, INT64_MAX, true, INT64_MIN },
		{ "-9223372036854775809", INT64_MIN, INT64_MAX, false, 0 },
		{ "99999999999999999999999", INT64_MIN, INT64_MAX, false, 0 },
		{ "", INT64_MIN, INT64_MAX, false, 0 },
		{ "-", INT64_MIN, INT64_MAX, false, 0 },
		{ "--1", INT64_MIN, INT64_MAX, false, 0 },
		{ "+1", INT64_MIN, INT64_MAX, false, 0 },
		{ " 1", INT64_MIN, INT64_MAX, false, 0 },
		{ "1 ", INT64_MIN, INT64_MAX, false, 0 },
		{ "1.0", INT64_MIN, INT64_MAX, false, 0 },
		{ "0x10", INT64_MIN, INT64_MAX, false, 0 },
		{ "1e3", INT64_MIN, INT64_MAX, false, 0 },
		{ "\xef\xbc\x91", INT64_MIN, INT64_MAX, false, 0 }, /* wide 1 */
	};

	(void)state;
	for (size_t i = 0; i < SP_COUNT(rows); i++) {
		int64_t got = 77;
		bool ok = sp_parse_int(rows[i].s, rows[i].min, rows[i].max,
				       &got);

		if (ok != rows[i].ok || got != (ok ? rows[i].want : 77))
			fail_msg("\"%s\": %d", rows[i].s, ok);
	}
}

static void test_next_line(void **state)
{
	static const struct {
		const char *in;
		size_t len;
		const char *want;
	} rows[] = {
		{ "", 0, "" },
		{ "a", 1, "<a>" },
		{ "a\n", 2, "<a>" },
		{ "\n", 1, "<>" },
		{ "\n\na\n\nb", 6, "<><><a><><b>" },
		{ "a\nb", 2, "<a>" }, /* not beyond the length */
		{ "a\0b\n", 4, "<a\\x00b>" },
	};

	(void)state;
	for (size_t i = 0; i < SP_COUNT(rows); i++) {
		sp_auto_buf b = { 0 };
		size_t pos = 0, len;
		const char *line;

		while (sp_next_line(rows[i].in, rows[i].len, &pos, &line,
				    &len)) {
			sp_buf_addc(&b, '<');
			for (; len; len--, line++)
				if (*line)
					sp_buf_addc(&b, *line);
				else
					sp_buf_add(&b, "\\x00");
			sp_buf_addc(&b, '>');
		}
		assert_string_equal(sp_buf_cstr(&b), rows[i].want);
	}
}

static void test_trim(void **state)
{
	static const struct {
		const char *in, *want;
	} rows[] = {
		{ "", "" },	     { " \t\r\n\v\f", "" }, { "a", "a" },
		{ "  a b\r\n", "a b" }, { "\xa0 x", "\xa0 x" },
	};

	(void)state;
	for (size_t i = 0; i < SP_COUNT(rows); i++) {
		const char *p = rows[i].in;
		size_t n = strlen(p);

		sp_trim(&p, &n);
		assert_int_equal(n, strlen(rows[i].want));
		assert_memory_equal(p, rows[i].want, n);
	}
}

static void test_edit_distance(void **state)
{
	static const struct {
		const char *a, *b;
		unsigned limit, want;
	} rows[] = {
		{ "", "", 0, 0 },
		{ "", "abc", 3, 3 },
		{ "", "abc", 2, 3 },
		{ "a", "b", 0, 1 },
		{ "a", "a", 0, 0 },
		{ "kitten", "sitting", 3, 3 },
		{ "kitten", "sitting", 2, 3 },
		{ "kitten", "sitting", 9, 3 },
		{ "ab", "ba", 1, 1 },
		{ "ca", "abc", 5, 3 }, /* 2 only with edits between swapped letters */
		{ "enforcing", "enforcin", 1, 1 },
		{ "nameservers", "namesrevers", 2, 1 },
		{ "abcdef", "uvwxyz", 3, 4 },
	};

	(void)state;
	for (size_t i = 0; i < SP_COUNT(rows); i++) {
		unsigned d = sp_edit_distance(rows[i].a, rows[i].b,
					      rows[i].limit);

		if (d != rows[i].want)
			fail_msg("%s %s: %u", rows[i].a, rows[i].b, d);
		assert_int_equal(d, sp_edit_distance(rows[i].b, rows[i].a,
						     rows[i].limit));
	}
}

/* The band against the whole table. */
static unsigned whole_distance(const char *a, const char *b)
{
	unsigned t[12][12];
	size_t la = strlen(a), lb = strlen(b);

	for (size_t i = 0; i <= la; i++) {
		for (size_t j = 0; j <= lb; j++) {
			unsigned d = (unsigned)(i ? i : j);

			if (i && j) {
				d = t[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
				if (t[i - 1][j] + 1 < d)
					d = t[i - 1][j] + 1;
				if (t[i][j - 1] + 1 < d)
					d = t[i][j - 1] + 1;
				if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
				    a[i - 2] == b[j - 1] &&
				    t[i - 2][j - 2] + 1 < d)
					d = t[i - 2][j - 2] + 1;
			}
			t[i][j] = d;
		}
	}
	return t[la][lb];
}

static void test_edit_distance_random(void **state)
{
	uint32_t seed = 7;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		char words[2][12] = { "", "" };

		for (int w = 0; w < 2; w++) {
			seed = seed * 1664525 + 1013904223;
			for (unsigned n = 0; n < (seed >> 8) % 10; n++)
				words[w][n] = (char)('a' + (seed >> (10 + n)) % 3);
		}
		for (unsigned limit = 0; limit < 6; limit++) {
			unsigned d = whole_distance(words[0], words[1]);

			assert_int_equal(sp_edit_distance(words[0], words[1],
							  limit),
					 d <= limit ? d : limit + 1);
		}
	}
}

static void test_nearest(void **state)
{
	static const char *const words[] = { "enforcing", "permissive",
					     "disabled", "on", "nic", NULL };
	static const struct {
		const char *s, *want;
	} rows[] = {
		{ "enforcing", "enforcing" },
		{ "enforcign", "enforcing" },
		{ "Permissiv", "permissive" },
		{ "disable", "disabled" },
		{ "no", "on" },
		{ "nick", "nic" },
		{ "x", NULL },
		{ "", NULL },
		{ "something else", NULL },
	};

	(void)state;
	for (size_t i = 0; i < SP_COUNT(rows); i++) {
		const char *got = sp_nearest(rows[i].s, words);

		if (!sp_streq(got, rows[i].want))
			fail_msg("%s: %s", rows[i].s, got ? got : "NULL");
	}
}

static const struct {
	const char *s;
	size_t len;
	bool valid;
	uint32_t first;	/* code point, when the first character is good */
	size_t n;
} utf8[] = {
	{ "", 0, true, 0, 0 },
	{ "a", 1, true, 'a', 1 },
	{ "\0", 1, false, 0, 1 },
	{ "a\0b", 3, false, 'a', 1 },
	{ "\x7f", 1, true, 0x7f, 1 },
	{ "\xc2\x80", 2, true, 0x80, 2 },
	{ "\xdf\xbf", 2, true, 0x7ff, 2 },
	{ "\xe0\xa0\x80", 3, true, 0x800, 3 },
	{ "\xed\x9f\xbf", 3, true, 0xd7ff, 3 },
	{ "\xee\x80\x80", 3, true, 0xe000, 3 },
	{ "\xef\xbf\xbf", 3, true, 0xffff, 3 },
	{ "\xf0\x90\x80\x80", 4, true, 0x10000, 4 },
	{ "\xf4\x8f\xbf\xbf", 4, true, 0x10ffff, 4 },
	{ "\x80", 1, false, 0, 0 },
	{ "\xbf", 1, false, 0, 0 },
	{ "\xc0\x80", 2, false, 0, 0 },		/* overlong */
	{ "\xc1\xbf", 2, false, 0, 0 },
	{ "\xe0\x9f\xbf", 3, false, 0, 0 },
	{ "\xf0\x8f\xbf\xbf", 4, false, 0, 0 },
	{ "\xed\xa0\x80", 3, false, 0, 0 },	/* surrogate */
	{ "\xf4\x90\x80\x80", 4, false, 0, 0 },	/* above the last */
	{ "\xf5\x80\x80\x80", 4, false, 0, 0 },
	{ "\xff", 1, false, 0, 0 },
	{ "\xc2", 1, false, 0, 0 },		/* cut off */
	{ "\xe2\x82", 2, false, 0, 0 },
	{ "\xf0\x9f\x98", 3, false, 0, 0 },
	{ "\xc2\x41", 2, false, 0, 0 },
	{ "\xe2\x82\x41", 3, false, 0, 0 },
	{ "\xf0\x9f\x98\x41", 4, false, 0, 0 },
	{ "\xe2\x82\xac\xff", 4, false, 0x20ac, 3 },
};

static void test_utf8(void **state)
{
	(void)state;
	for (size_t i = 0; i < SP_COUNT(utf8); i++) {
		uint32_t c = 0;

		assert_int_equal(sp_utf8_valid(utf8[i].s, utf8[i].len),
				 utf8[i].valid);
		assert_int_equal(sp_utf8_next(utf8[i].s, utf8[i].len, &c),
				 utf8[i].n);
		assert_int_equal(c, utf8[i].first);
	}
}

static void test_columns(void **state)
{
	static const struct {
		const char *text;
		int columns;
	} rows[] = {
		{ "", 0 },
		{ "eth0", 4 },
		{ "네트워크", 8 },
		{ "a\u0301", 1 },
		{ "\xff\xfe", 2 },
		{ "漢", 2 },
	};

	(void)state;
	for (size_t i = 0; i < SP_COUNT(rows); i++)
		assert_int_equal(sp_columns(rows[i].text), rows[i].columns);
	assert_int_equal(sp_columns_fit("eth0", 9), 4);
	assert_int_equal(sp_columns_fit("eth0", 3), 3);
	assert_int_equal(sp_columns_fit("네트", 3), 3); /* no half of one */
	assert_int_equal(sp_columns_fit("a\u0301b", 1), 3);
	assert_int_equal(sp_columns_fit("a", 0), 0);
}

static void test_shown(void **state)
{
	static const struct {
		const char *in, *want;
		ptrdiff_t control;
	} rows[] = {
		{ "", "", -1 },
		{ "plain \\ text", "plain \\ text", -1 },
		{ "\xed\x95\x9c", "\xed\x95\x9c", -1 },
		{ "a\x1b[31m", "a\\x1b[31m", 1 },
		{ "a\tb\n", "a\\x09b\\x0a", 1 },
		{ "\x7f", "\\x7f", 0 },
		{ "xy\xc2\x9b" "1m", "xy\\xc2\\x9b1m", 2 },	/* CSI in C1 */
		{ "\xc2\xa0", "\xc2\xa0", -1 },
		{ "a\u202e" "b\u2066", "a\\xe2\\x80\\xaeb\\xe2\\x81\\xa6", -1 },
		{ "\xff\x80z", "\\xff\\x80z", -1 },
	};

	(void)state;
	for (size_t i = 0; i < SP_COUNT(rows); i++) {
		sp_auto_buf b = { 0 };

		sp_buf_add_shown(&b, rows[i].in);
		assert_string_equal(sp_buf_cstr(&b), rows[i].want);
		assert_int_equal(sp_find_control(rows[i].in), rows[i].control);
	}
}

static void test_page(void **state)
{
	static const char in[] = "\033[31m-a\tb\033[0m\r\n\033[2J\033[8mc\033[3\033[39m\0\u202e";
	sp_auto_buf b = { 0 };

	(void)state;
	sp_buf_add_page(&b, in, sizeof(in) - 1);
	assert_string_equal(sp_buf_cstr(&b),
			    "\033[31m-a\tb\033[0m\\x0d\n\\x1b[2J\\x1b[8mc\\x1b[3"
			    "\\x1b[39m\\x00\\xe2\\x80\\xae");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_buf),
		cmocka_unit_test(test_buf_grows),
		cmocka_unit_test(test_strv),
		cmocka_unit_test(test_strv_grows),
		cmocka_unit_test(test_sort),
		cmocka_unit_test(test_split_join),
		cmocka_unit_test(test_ends),
		cmocka_unit_test(test_parse_int),
		cmocka_unit_test(test_next_line),
		cmocka_unit_test(test_trim),
		cmocka_unit_test(test_edit_distance),
		cmocka_unit_test(test_edit_distance_random),
		cmocka_unit_test(test_nearest),
		cmocka_unit_test(test_utf8),
		cmocka_unit_test(test_columns),
		cmocka_unit_test(test_shown),
		cmocka_unit_test(test_page),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
