/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * textdiff.c - the unified difference of two texts.
 *
 * Equal lines at both ends are set aside, then all lines that are in one text
 * only; they cannot match.  What is left, moved and repeated lines, is small
 * in practice and goes through the greedy algorithm.
 * Source: E. Myers, "An O(ND) Difference Algorithm and Its Variations", 1986.
 */
#include "textdiff.h"

#include <string.h>

#include "mem.h"

struct text {
	const char *data;
	size_t *at;	/* owned; starts of the lines, and the end */
	size_t n;	/* lines, with their newlines */
	bool *gone;	/* owned; the line is not in the other text */
};

static void text_clear(struct text *t)
{
	free(t->at);
	free(t->gone);
}

static void text_split(struct text *t, const struct sp_buf *b)
{
	size_t pos = 0, len, n = 0;
	const char *line;

	*t = (struct text){ .data = sp_buf_cstr(b) };
	while (sp_next_line(t->data, b->len, &pos, &line, &len))
		t->n++;
	t->at = sp_xcalloc(t->n + 1, sizeof(*t->at));
	t->gone = sp_xcalloc(t->n, sizeof(*t->gone));
	for (pos = 0; sp_next_line(t->data, b->len, &pos, &line, &len);)
		t->at[n++] = (size_t)(line - t->data);
	t->at[n] = b->len;
}

static size_t line_len(const struct text *t, size_t i)
{
	return t->at[i + 1] - t->at[i];
}

static bool same_line(const struct text *a, size_t i, const struct text *b,
		      size_t j)
{
	size_t n = line_len(a, i);

	return n == line_len(b, j) &&
	       memcmp(a->data + a->at[i], b->data + b->at[j], n) == 0;
}

/* --- which lines are gone ------------------------------------------------ */

/* A line of either text, to be sorted by its bytes. */
struct ref {
	const char *p;
	size_t len;
	size_t line;
	bool second;
};

static int ref_cmp(const void *pa, const void *pb)
{
	const struct ref *a = pa, *b = pb;
	int r;

	if (a->len != b->len)
		return a->len < b->len ? -1 : 1;
	r = memcmp(a->p, b->p, a->len);
	if (r)
		return r;
	return (int)a->second - (int)b->second;
}

/* The lines that both texts have: their numbers, and what they say as a class. */
struct seq {
	size_t *line;	/* owned */
	size_t *class;	/* owned */
	size_t n;
};

static void seq_clear(struct seq *s)
{
	free(s->line);
	free(s->class);
}

static size_t put_refs(struct ref *refs, const struct text *t, size_t from,
		       size_t to, bool second)
{
	for (size_t i = from; i < to; i++)
		*refs++ = (struct ref){ t->data + t->at[i], line_len(t, i), i,
					second };
	return to - from;
}

/* By classes (0: in one text only), mark what is gone and list the rest. */
static void fill_seq(struct seq *s, struct text *t, size_t from, size_t to,
		     const size_t *class)
{
	s->line = sp_xcalloc(to - from, sizeof(*s->line));
	s->class = sp_xcalloc(to - from, sizeof(*s->class));
	for (size_t i = from; i < to; i++) {
		t->gone[i] = !class[i - from];
		if (t->gone[i])
			continue;
		s->line[s->n] = i;
		s->class[s->n++] = class[i - from];
	}
}

static void find_common(struct text *a, size_t a_end, struct text *b,
			size_t b_end, size_t start, struct seq *x, struct seq *y)
{
	size_t na = a_end - start, n = na + b_end - start;
	sp_auto_free struct ref *refs = sp_xcalloc(n, sizeof(*refs));
	sp_auto_free size_t *class = sp_xcalloc(n, sizeof(*class));
	size_t next = 1;

	put_refs(refs + put_refs(refs, a, start, a_end, false), b, start,
		 b_end, true);
	qsort(refs, n, sizeof(*refs), ref_cmp);
	for (size_t i = 0, end; i < n; i = end, next++) {
		for (end = i + 1; end < n; end++)
			if (refs[i].len != refs[end].len ||
			    memcmp(refs[i].p, refs[end].p, refs[i].len) != 0)
				break;
		/* sorted: in both texts if the ends differ */
		if (refs[i].second == refs[end - 1].second)
			continue;
		for (size_t k = i; k < end; k++)
			class[refs[k].line - start +
			      (refs[k].second ? na : 0)] = next;
	}
	fill_seq(x, a, start, a_end, class);
	fill_seq(y, b, start, b_end, class + na);
}

/* Furthest points on the diagonals k = -d, -d + 2, ... d after d edits. */
static ptrdiff_t point(ptrdiff_t *const *rows, ptrdiff_t d, ptrdiff_t k)
{
	return rows[d][(k + d) / 2];
}

/* Does the furthest path to diagonal @k come down from k + 1? */
static bool from_above(ptrdiff_t *const *rows, ptrdiff_t d, ptrdiff_t k)
{
	return k == -d || (k != d && point(rows, d - 1, k - 1) <
				     point(rows, d - 1, k + 1));
}

/* Returns the number of edits with @rows filled, or -1: too many. */
static ptrdiff_t search(const struct seq *x, const struct seq *y,
			ptrdiff_t **rows)
{
	ptrdiff_t n = (ptrdiff_t)x->n, m = (ptrdiff_t)y->n;
	size_t steps = 0;

	for (ptrdiff_t d = 0; d <= SP_DIFF_EDITS_MAX; d++) {
		rows[d] = sp_xcalloc((size_t)d + 1, sizeof(**rows));
		for (ptrdiff_t k = -d; k <= d; k += 2) {
			ptrdiff_t i = 0, j;

			if (d && from_above(rows, d, k))
				i = point(rows, d - 1, k + 1);
			else if (d)
				i = point(rows, d - 1, k - 1) + 1;
			for (j = i - k; i < n && j < m; i++, j++, steps++)
				if (x->class[i] != y->class[j])
					break;
			rows[d][(k + d) / 2] = i;
			if (k == n - m && i >= n)
				return d;
		}
		steps += (size_t)d;
		if (steps > SP_DIFF_STEPS_MAX)
			return -1;
	}
	return -1;
}

static void mark_edits(const struct seq *x, const struct seq *y, struct text *a,
		       struct text *b)
{
	ptrdiff_t *rows[SP_DIFF_EDITS_MAX + 1] = { 0 };
	ptrdiff_t d = search(x, y, rows);

	if (d < 0) {
		for (size_t i = 0; i < x->n; i++)
			a->gone[x->line[i]] = true;
		for (size_t j = 0; j < y->n; j++)
			b->gone[y->line[j]] = true;
	}
	for (ptrdiff_t k = (ptrdiff_t)x->n - (ptrdiff_t)y->n; d > 0; d--) {
		if (from_above(rows, d, k)) {
			k++;
			b->gone[y->line[point(rows, d - 1, k) - k]] = true;
		} else {
			k--;
			a->gone[x->line[point(rows, d - 1, k)]] = true;
		}
	}
	for (size_t i = 0; i < SP_COUNT(rows) && rows[i]; i++)
		free(rows[i]);
}

static void compare(struct text *a, struct text *b)
{
	size_t start = 0, a_end = a->n, b_end = b->n;
	struct seq x = { 0 }, y = { 0 };

	while (start < a_end && start < b_end && same_line(a, start, b, start))
		start++;
	while (a_end > start && b_end > start &&
	       same_line(a, a_end - 1, b, b_end - 1)) {
		a_end--;
		b_end--;
	}
	find_common(a, a_end, b, b_end, start, &x, &y);
	mark_edits(&x, &y, a, b);
	seq_clear(&x);
	seq_clear(&y);
}

/* --- output -------------------------------------------------------------- */

/* A name with special characters is quoted as in C, as GNU diff does. */
static void add_label(struct sp_buf *out, char side, const char *path)
{
	bool quote = strpbrk(path, "\"\\") || sp_find_control(path) >= 0;

	if (!quote) {
		/* the tab ends a name with blanks */
		sp_buf_addf(out, "%c%s%s", side, path,
			    strchr(path, ' ') ? "\t" : "");
		return;
	}
	sp_buf_addf(out, "\"%c", side);
	for (; *path; path++) {
		unsigned char c = (unsigned char)*path;

		if (c == '"' || c == '\\')
			sp_buf_addf(out, "\\%c", c);
		else if (c < 0x20 || c >= 0x7f)
			sp_buf_addf(out, "\\%03o", c);
		else
			sp_buf_addc(out, (char)c);
	}
	sp_buf_addc(out, '"');
}

static void add_labels(struct sp_buf *out, const char *path, bool before,
		       bool after, const char *const words[3])
{
	sp_buf_add(out, words[0]);
	if (before)
		add_label(out, 'a', path);
	else
		sp_buf_add(out, "/dev/null");
	sp_buf_add(out, words[1]);
	if (after)
		add_label(out, 'b', path);
	else
		sp_buf_add(out, "/dev/null");
	sp_buf_add(out, words[2]);
}

static void add_line(struct sp_buf *out, char mark, const struct text *t,
		     size_t i)
{
	size_t n = line_len(t, i);

	sp_buf_addc(out, mark);
	sp_buf_addn(out, t->data + t->at[i], n);
	if (t->data[t->at[i] + n - 1] != '\n')
		sp_buf_add(out, "\n\\ No newline at end of file\n");
}

/* "START" or "START,COUNT"; an empty range names the line before it. */
static void add_range(struct sp_buf *out, size_t from, size_t n)
{
	sp_buf_addf(out, "%zu", n ? from + 1 : from);
	if (n != 1)
		sp_buf_addf(out, ",%zu", n);
}

/* A place in both texts. */
struct place {
	size_t a, b;
};

static bool at_change(const struct text *a, const struct text *b,
		      struct place p)
{
	return (p.a < a->n && a->gone[p.a]) || (p.b < b->n && b->gone[p.b]);
}

/* Behind the change at @p. */
static struct place skip_change(const struct text *a, const struct text *b,
				struct place p)
{
	while (p.a < a->n && a->gone[p.a])
		p.a++;
	while (p.b < b->n && b->gone[p.b])
		p.b++;
	return p;
}

/* Behind at most @max equal lines. */
static struct place skip_equal(const struct text *a, const struct text *b,
			       struct place p, size_t max)
{
	for (; max && p.a < a->n && !at_change(a, b, p); max--) {
		p.a++;
		p.b++;
	}
	return p;
}

static void add_hunk(struct sp_buf *out, const struct text *a,
		     const struct text *b, struct place from, struct place to)
{
	sp_buf_add(out, "@@ -");
	add_range(out, from.a, to.a - from.a);
	sp_buf_add(out, " +");
	add_range(out, from.b, to.b - from.b);
	sp_buf_add(out, " @@\n");
	while (from.a < to.a || from.b < to.b) {
		struct place p = skip_change(a, b, from);

		for (; from.a < p.a; from.a++)
			add_line(out, '-', a, from.a);
		for (; from.b < p.b; from.b++)
			add_line(out, '+', b, from.b);
		if (from.a < to.a) {
			add_line(out, ' ', a, from.a++);
			from.b++;
		}
	}
}

static void add_hunks(struct sp_buf *out, const struct text *a,
		      const struct text *b)
{
	struct place p = { 0, 0 };

	while ((p = skip_equal(a, b, p, SIZE_MAX)).a < a->n ||
	       p.b < b->n) {
		/* as many equal lines are above in both texts */
		size_t lead = p.a < SP_DIFF_CONTEXT ? p.a : SP_DIFF_CONTEXT;
		struct place from = { p.a - lead, p.b - lead }, end, next = p;

		do {
			end = skip_change(a, b, next);
			next = skip_equal(a, b, end, 2 * SP_DIFF_CONTEXT);
		} while (at_change(a, b, next));
		p = skip_equal(a, b, end, SP_DIFF_CONTEXT);
		add_hunk(out, a, b, from, p);
	}
}

static bool has_nul(const struct sp_buf *b)
{
	return b->len && memchr(b->data, '\0', b->len);
}

bool sp_textdiff(struct sp_buf *out, const char *path,
		 const struct sp_buf *before, const struct sp_buf *after)
{
	static const struct sp_buf none;
	const struct sp_buf *x = before ? before : &none;
	const struct sp_buf *y = after ? after : &none;
	struct text a, b;

	if (x->len == y->len &&
	    memcmp(sp_buf_cstr(x), sp_buf_cstr(y), x->len) == 0)
		return false;
	if (has_nul(x) || has_nul(y)) {
		add_labels(out, path, before, after, (const char *const[]){
			   "Binary files ", " and ", " differ\n" });
		return true;
	}
	text_split(&a, x);
	text_split(&b, y);
	compare(&a, &b);
	add_labels(out, path, before, after,
		   (const char *const[]){ "--- ", "\n+++ ", "\n" });
	add_hunks(out, &a, &b);
	text_clear(&a);
	text_clear(&b);
	return true;
}
