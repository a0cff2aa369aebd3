/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_textdiff.c - differences say what they should, and can be applied. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/kind.h"
#include "core/mem.h"
#include "core/textdiff.h"

const struct sp_kind *const sp_kinds[] = { NULL };

static const struct diff_case {
	const char *name, *path;
	const char *before, *after;	/* NULL: no such file */
	const char *want;		/* NULL: nothing */
} cases[] = {
	{ "equal", "/f", "a\n", "a\n", NULL },
	{ "none and none", "/f", NULL, NULL, NULL },
	{ "none and empty", "/f", NULL, "", NULL },
	{ "empty and none", "/f", "", NULL, NULL },
	{ "new file", "/etc/x", NULL, "a\nb\n",
	  "--- /dev/null\n+++ b/etc/x\n@@ -0,0 +1,2 @@\n+a\n+b\n" },
	{ "removed file", "/etc/x", "a\n", NULL,
	  "--- a/etc/x\n+++ /dev/null\n@@ -1 +0,0 @@\n-a\n" },
	{ "an empty file gets text", "/x", "", "a\n",
	  "--- a/x\n+++ b/x\n@@ -0,0 +1 @@\n+a\n" },
	{ "one line of one", "/x", "a\n", "b\n",
	  "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n" },
	{ "three lines around", "/x",
	  "1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nx\n6\n7\n8\n9\n",
	  "--- a/x\n+++ b/x\n@@ -2,7 +2,7 @@\n"
	  " 2\n 3\n 4\n-5\n+x\n 6\n 7\n 8\n" },
	{ "six equal lines between: one hunk", "/x",
	  "a\n1\n2\n3\n4\n5\n6\nb\n", "A\n1\n2\n3\n4\n5\n6\nB\n",
	  "--- a/x\n+++ b/x\n@@ -1,8 +1,8 @@\n"
	  "-a\n+A\n 1\n 2\n 3\n 4\n 5\n 6\n-b\n+B\n" },
	{ "seven equal lines between: two hunks", "/x",
	  "a\n1\n2\n3\n4\n5\n6\n7\nb\n", "A\n1\n2\n3\n4\n5\n6\n7\nB\n",
	  "--- a/x\n+++ b/x\n@@ -1,4 +1,4 @@\n-a\n+A\n 1\n 2\n 3\n"
	  "@@ -6,4 +6,4 @@\n 5\n 6\n 7\n-b\n+B\n" },
	{ "insertion in the middle", "/x",
	  "1\n2\n3\n4\n", "1\n2\nx\ny\n3\n4\n",
	  "--- a/x\n+++ b/x\n@@ -1,4 +1,6 @@\n 1\n 2\n+x\n+y\n 3\n 4\n" },
	{ "a line moves", "/x",
	  "m\n1\n2\n3\n", "1\n2\n3\nm\n",
	  "--- a/x\n+++ b/x\n@@ -1,4 +1,4 @@\n-m\n 1\n 2\n 3\n+m\n" },
	{ "no newline before", "/x", "a\nb", "a\nb\n",
	  "--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n a\n-b\n"
	  "\\ No newline at end of file\n+b\n" },
	{ "no newline after", "/x", "a\nb\n", "a\nb",
	  "--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n a\n-b\n+b\n"
	  "\\ No newline at end of file\n" },
	{ "no newline on both sides, equal end", "/x", "a\nz", "b\nz",
	  "--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n-a\n+b\n z\n"
	  "\\ No newline at end of file\n" },
	{ "a name with a blank ends with a tab", "/a b", NULL, "x\n",
	  "--- /dev/null\n+++ b/a b\t\n@@ -0,0 +1 @@\n+x\n" },
	{ "a strange name is quoted", "/a\"\\\n\xff", "x\n", NULL,
	  "--- \"a/a\\\"\\\\\\012\\377\"\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n" },
};

static struct sp_buf text(const char *s)
{
	struct sp_buf b = { 0 };

	if (s)
		sp_buf_add(&b, s);
	return b;
}

static void test_cases(void **state)
{
	(void)state;
	for (size_t i = 0; i < SP_COUNT(cases); i++) {
		const struct diff_case *c = &cases[i];
		sp_auto_buf a = text(c->before), b = text(c->after);
		sp_auto_buf out = { 0 };
		bool r = sp_textdiff(&out, c->path, c->before ? &a : NULL,
				     c->after ? &b : NULL);

		if (r != !!c->want ||
		    strcmp(sp_buf_cstr(&out), c->want ? c->want : "") != 0)
			fail_msg("%s: got\n%s", c->name, sp_buf_cstr(&out));
	}
}

static void test_binary(void **state)
{
	struct sp_buf a = text("a\n"), b = { 0 }, out = text("before\n");

	(void)state;
	sp_buf_addn(&b, "a\0b", 3);
	assert_true(sp_textdiff(&out, "/x", &a, &b));
	assert_string_equal(sp_buf_cstr(&out),
			    "before\nBinary files a/x and b/x differ\n");
	sp_buf_clear(&out);
	assert_true(sp_textdiff(&out, "/x", &b, NULL));
	assert_string_equal(sp_buf_cstr(&out),
			    "Binary files a/x and /dev/null differ\n");
	sp_buf_clear(&out);
	assert_false(sp_textdiff(&out, "/x", &b, &b));
	sp_buf_clear(&out);
	sp_buf_clear(&a);
	sp_buf_clear(&b);
}

/* --- a small patch(1), strict: no fuzz, no offsets ------------------------- */

struct lines {
	const char *data;
	size_t len, pos, no;
};

static bool next(struct lines *l, const char **line, size_t *len)
{
	l->no++;
	return sp_next_line(l->data, l->len, &l->pos, line, len);
}

static size_t number(const char **p)
{
	char *end;
	size_t n = strtoul(*p, &end, 10);

	assert_ptr_not_equal(end, *p);
	*p = end;
	return n;
}

static void range(const char **p, char mark, size_t *from, size_t *n)
{
	assert_int_equal(*(*p)++, mark);
	*from = number(p);
	*n = 1;
	if (**p == ',') {
		(*p)++;
		*n = number(p);
	}
}

/* Copy, or check, one line of @in; the newline is part of it. */
static void take(struct lines *in, struct sp_buf *out, const char *want,
		 size_t len, bool newline)
{
	const char *line;
	size_t n;

	assert_true(next(in, &line, &n));
	if (want) {
		assert_int_equal(n, len);
		assert_memory_equal(line, want, n);
		assert_int_equal(line + n < in->data + in->len, newline);
	}
	if (!out)
		return;
	sp_buf_addn(out, line, n);
	if (line + n < in->data + in->len)
		sp_buf_addc(out, '\n');
}

static void apply(const struct sp_buf *patch, const struct sp_buf *before,
		  struct sp_buf *out)
{
	struct lines p = { .data = sp_buf_cstr(patch), .len = patch->len };
	struct lines in = { .data = sp_buf_cstr(before), .len = before->len };
	size_t len, nout = 0;
	const char *line;

	assert_true(next(&p, &line, &len) && sp_starts(line, "--- "));
	assert_true(next(&p, &line, &len) && sp_starts(line, "+++ "));
	while (next(&p, &line, &len)) {
		size_t from, n, to, m;
		const char *s = line + 3;

		assert_true(sp_starts(line, "@@ "));
		range(&s, '-', &from, &n);
		assert_int_equal(*s++, ' ');
		range(&s, '+', &to, &m);
		assert_true(sp_starts(s, " @@\n"));
		assert_true(n || m);
		from -= n != 0;
		to -= m != 0;
		for (; in.no < from; nout++)
			take(&in, out, NULL, 0, false);
		assert_int_equal(in.no, from);
		assert_int_equal(nout, to);
		while (n || m) {
			bool newline = true;
			char mark;

			assert_true(next(&p, &line, &len));
			mark = *line++;
			len--;
			if (p.pos < p.len && p.data[p.pos] == '\\') {
				const char *no;
				size_t nolen;

				newline = false;
				assert_true(next(&p, &no, &nolen));
			}
			if (mark == '+') {
				sp_buf_addn(out, line, len);
				if (newline)
					sp_buf_addc(out, '\n');
			} else {
				take(&in, mark == ' ' ? out : NULL, line, len,
				     newline);
				n--;
			}
			if (mark != '-') {
				nout++;
				m--;
			}
		}
	}
	while (in.pos < in.len)
		take(&in, out, NULL, 0, false);
}

/* Returns the number of lines that are added or removed. */
static size_t check_pair(const struct sp_buf *a, const struct sp_buf *b)
{
	sp_auto_buf patch = { 0 }, out = { 0 };
	size_t pos = 0, len, n = 0;
	const char *line;

	if (!sp_textdiff(&patch, "/x", a, b)) {
		assert_int_equal(a->len, b->len);
		return 0;
	}
	apply(&patch, a, &out);
	assert_int_equal(out.len, b->len);
	assert_memory_equal(sp_buf_cstr(&out), sp_buf_cstr(b), b->len);
	while (sp_next_line(patch.data, patch.len, &pos, &line, &len))
		n += *line == '+' || *line == '-';
	return n - 2;
}

static uint32_t next_random(uint32_t *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return *seed >> 8;
}

static void random_text(uint32_t *seed, struct sp_buf *b)
{
	size_t n = next_random(seed) % 30;
	unsigned letters = 1 + next_random(seed) % 12;

	for (size_t i = 0; i < n; i++)
		sp_buf_addf(b, "%c\n", 'a' + next_random(seed) % letters);
	if (b->len && next_random(seed) % 4 == 0)
		b->data[--b->len] = '\0';
}

/* Another text, with some lines of @a changed. */
static void random_edit(uint32_t *seed, const struct sp_buf *a, struct sp_buf *b)
{
	size_t pos = 0, len;
	const char *line;

	while (sp_next_line(sp_buf_cstr(a), a->len, &pos, &line, &len)) {
		unsigned r = next_random(seed) % 10;

		if (r == 0)
			continue;
		if (r == 1)
			sp_buf_add(b, "new\n");
		sp_buf_addn(b, line, len);
		if (r == 2)
			sp_buf_addc(b, 'x');
		if (pos < a->len || next_random(seed) % 3)
			sp_buf_addc(b, '\n');
	}
}

/* The shortest possible, by the table of all prefixes. */
static size_t shortest(const struct sp_buf *a, const struct sp_buf *b)
{
	const char *la, *lb;
	size_t na, nb, pa = 0, pb;
	size_t t[80][80] = { 0 }, i = 0, j = 0;

	while (sp_next_line(sp_buf_cstr(a), a->len, &pa, &la, &na)) {
		na += la + na < a->data + a->len;
		i++;
		for (pb = 0, j = 0;
		     sp_next_line(sp_buf_cstr(b), b->len, &pb, &lb, &nb);) {
			nb += lb + nb < b->data + b->len;
			j++;
			if (na == nb && memcmp(la, lb, na) == 0)
				t[i][j] = t[i - 1][j - 1] + 1;
			else
				t[i][j] = t[i - 1][j] > t[i][j - 1] ?
						  t[i - 1][j] : t[i][j - 1];
		}
	}
	for (pb = 0, j = 0; sp_next_line(sp_buf_cstr(b), b->len, &pb, &lb, &nb);)
		j++;
	return i + j - 2 * t[i][j];
}

static void test_random(void **state)
{
	uint32_t seed = 1;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		sp_auto_buf a = { 0 }, b = { 0 };
		size_t n;

		random_text(&seed, &a);
		if (i % 2)
			random_text(&seed, &b);
		else
			random_edit(&seed, &a, &b);
		n = check_pair(&a, &b);
		assert_int_equal(n, shortest(&a, &b));
	}
}

/* Too many moved lines, and too many steps: right, if not short. */
static void test_limits(void **state)
{
	sp_auto_buf a = { 0 }, b = { 0 }, c = { 0 }, d = { 0 };
	uint32_t seed = 5;

	(void)state;
	sp_buf_add(&a, "same\n");
	sp_buf_add(&b, "same\n");
	for (int i = 0; i < 3000; i++) {
		sp_buf_addf(&a, "%d\n", i);
		sp_buf_addf(&b, "%d\n", 2999 - i);
	}
	sp_buf_add(&a, "end\n");
	sp_buf_add(&b, "end\n");
	assert_int_equal(check_pair(&a, &b), 6000);
	/* 3,000 new lines are no limit: they cannot match */
	for (int i = 0; i < 6000; i++) {
		sp_buf_addf(&c, "%d\n", i / 2 * 2);
		sp_buf_addf(&d, "%d\n", i % 2 ? i * 2 : i);
	}
	assert_in_range(check_pair(&c, &d), 1, 12000);
	sp_buf_clear(&c);
	sp_buf_clear(&d);
	for (int i = 0; i < 200000; i++) {
		sp_buf_add(&c, next_random(&seed) % 512 ? "a\n" : "b\n");
		sp_buf_add(&d, next_random(&seed) % 512 ? "a\n" : "b\n");
	}
	assert_in_range(check_pair(&c, &d), 1, 400000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_binary),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
