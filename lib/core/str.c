/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* str.c - growing text, lists of strings, and small string questions. */
#include "str.h"

#include <stdarg.h>
#include <string.h>

#include "mem.h"

/* Make room for @n more bytes and the NUL behind them. */
static void reserve(struct sp_buf *b, size_t n)
{
	size_t need, cap = b->cap ? b->cap : 64;

	if (__builtin_add_overflow(b->len, n, &need) ||
	    __builtin_add_overflow(need, 1, &need))
		need = SIZE_MAX; /* ends the process in sp_xreallocarray */
	if (b->data && need <= b->cap)
		return;
	while (cap < need && cap <= SIZE_MAX / 2)
		cap *= 2;
	if (cap < need)
		cap = need;
	b->data = sp_xreallocarray(b->data, cap, 1);
	b->cap = cap;
}

void sp_buf_add(struct sp_buf *b, const char *s)
{
	sp_buf_addn(b, s, strlen(s));
}

void sp_buf_addn(struct sp_buf *b, const void *p, size_t n)
{
	reserve(b, n);
	if (n)
		memcpy(b->data + b->len, p, n);
	b->len += n;
	b->data[b->len] = '\0';
}

void sp_buf_addc(struct sp_buf *b, char c)
{
	reserve(b, 1);
	b->data[b->len++] = c;
	b->data[b->len] = '\0';
}

void sp_buf_addf(struct sp_buf *b, const char *fmt, ...)
{
	va_list ap, again;
	size_t room;
	int n;

	va_start(ap, fmt);
	va_copy(again, ap);
	reserve(b, 0);
	room = b->cap - b->len;
	n = vsnprintf(b->data + b->len, room, fmt, ap);
	if (n >= 0 && (size_t)n >= room) {
		reserve(b, (size_t)n);
		n = vsnprintf(b->data + b->len, (size_t)n + 1, fmt, again);
	}
	/* n < 0: a text above INT_MAX or a bad conversion; add nothing */
	if (n > 0)
		b->len += (size_t)n;
	b->data[b->len] = '\0';
	va_end(again);
	va_end(ap);
}

const char *sp_buf_cstr(const struct sp_buf *b)
{
	return b->data ? b->data : "";
}

char *sp_buf_take(struct sp_buf *b)
{
	char *s = b->data ? b->data : sp_xstrdup("");

	*b = (struct sp_buf){ 0 };
	return s;
}

void sp_buf_clear(struct sp_buf *b)
{
	free(b->data);
	*b = (struct sp_buf){ 0 };
}

void sp_strv_add(struct sp_strv *l, const char *s)
{
	sp_strv_add_take(l, sp_xstrdup(s));
}

void sp_strv_add_take(struct sp_strv *l, char *s)
{
	l->v = sp_grow(l->v, l->n, sizeof(*l->v));
	l->v[l->n++] = s;
}

void sp_strv_addf(struct sp_strv *l, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	sp_strv_add_take(l, sp_vasprintf(fmt, ap));
	va_end(ap);
}

bool sp_strv_has(const struct sp_strv *l, const char *s)
{
	return sp_strv_find(l, s) >= 0;
}

ptrdiff_t sp_strv_find(const struct sp_strv *l, const char *s)
{
	for (size_t i = 0; i < l->n; i++)
		if (strcmp(l->v[i], s) == 0)
			return (ptrdiff_t)i;
	return -1;
}

static int by_bytes(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

bool sp_strv_has_sorted(const struct sp_strv *l, const char *s)
{
	return l->n && bsearch(&s, l->v, l->n, sizeof(*l->v), by_bytes);
}

void sp_strv_remove(struct sp_strv *l, size_t i)
{
	if (i >= l->n)
		return;
	free(l->v[i]);
	l->n--;
	memmove(l->v + i, l->v + i + 1, (l->n - i) * sizeof(*l->v));
}

void sp_strv_copy(struct sp_strv *to, const struct sp_strv *from)
{
	for (size_t i = 0; i < from->n; i++)
		sp_strv_add(to, from->v[i]);
}

bool sp_strv_equal(const struct sp_strv *a, const struct sp_strv *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (strcmp(a->v[i], b->v[i]) != 0)
			return false;
	return true;
}

bool sp_strv_same_set(const struct sp_strv *a, const struct sp_strv *b)
{
	sp_auto_strv x = { 0 }, y = { 0 };

	sp_strv_copy(&x, a);
	sp_strv_copy(&y, b);
	sp_strv_sort(&x);
	sp_strv_sort(&y);
	return sp_strv_equal(&x, &y);
}

void sp_strv_sort(struct sp_strv *l)
{
	size_t n = 0;

	if (l->n < 2)
		return;
	qsort(l->v, l->n, sizeof(*l->v), by_bytes);
	for (size_t i = 0; i < l->n; i++) {
		if (n && strcmp(l->v[n - 1], l->v[i]) == 0)
			free(l->v[i]);
		else
			l->v[n++] = l->v[i];
	}
	l->n = n;
}

char *sp_strv_join(const struct sp_strv *l, const char *sep)
{
	struct sp_buf b = { 0 };

	for (size_t i = 0; i < l->n; i++) {
		if (i)
			sp_buf_add(&b, sep);
		sp_buf_add(&b, l->v[i]);
	}
	return sp_buf_take(&b);
}

void sp_strv_split(struct sp_strv *l, const char *s, const char *seps)
{
	while (*(s += strspn(s, seps))) {
		size_t n = strcspn(s, seps);

		sp_strv_add_take(l, sp_xstrndup(s, n));
		s += n;
	}
}

void sp_strv_clear(struct sp_strv *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->v[i]);
	free(l->v);
	*l = (struct sp_strv){ 0 };
}

bool sp_starts(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

bool sp_ends(const char *s, const char *suffix)
{
	size_t n = strlen(s), m = strlen(suffix);

	return n >= m && memcmp(s + n - m, suffix, m) == 0;
}

bool sp_parse_int(const char *s, int64_t min, int64_t max, int64_t *ret)
{
	bool neg = *s == '-';
	int64_t v = 0;

	s += neg;
	if (!*s)
		return false;
	for (; *s; s++) {
		int d = *s - '0';

		if (d < 0 || d > 9)
			return false;
		/* downwards for negative numbers, so that INT64_MIN fits */
		if (__builtin_mul_overflow(v, 10, &v) ||
		    __builtin_add_overflow(v, neg ? -d : d, &v))
			return false;
	}
	if (v < min || v > max)
		return false;
	*ret = v;
	return true;
}

bool sp_next_line(const char *data, size_t len, size_t *pos,
		  const char **ret_line, size_t *ret_len)
{
	const char *start, *nl;

	if (*pos >= len)
		return false;
	start = data + *pos;
	nl = memchr(start, '\n', len - *pos);
	*ret_line = start;
	*ret_len = nl ? (size_t)(nl - start) : len - *pos;
	*pos += *ret_len + (nl != NULL);
	return true;
}

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

void sp_trim(const char **p, size_t *n)
{
	while (*n && is_space(**p)) {
		(*p)++;
		(*n)--;
	}
	while (*n && is_space((*p)[*n - 1]))
		(*n)--;
}

static unsigned min3(unsigned a, unsigned b, unsigned c)
{
	unsigned m = a < b ? a : b;

	return m < c ? m : c;
}

/* Only cells at most @limit off the diagonal are looked at. */
unsigned sp_edit_distance(const char *a, const char *b, unsigned limit)
{
	size_t la = strlen(a), lb = strlen(b);
	size_t apart = la > lb ? la - lb : lb - la;
	unsigned far = limit + 1, *rows, *prev2, *prev, *row, *t, last;

	if (apart > limit)
		return far;
	rows = sp_xcalloc(3 * (lb + 1), sizeof(*rows));
	prev2 = rows;
	prev = rows + lb + 1;
	row = rows + 2 * (lb + 1);
	for (size_t j = 0; j <= lb; j++)
		prev[j] = prev2[j] = j < far ? (unsigned)j : far;
	for (size_t i = 1; i <= la; i++) {
		size_t from = i > limit ? i - limit : 1;
		size_t to = i + limit < lb ? i + limit : lb;
		unsigned best = far;

		row[from - 1] = from == 1 && i < far ? (unsigned)i : far;
		if (row[from - 1] < best)
			best = row[from - 1];
		for (size_t j = from; j <= to; j++) {
			unsigned up = j < i + limit ? prev[j] : far;
			unsigned d = min3(up + 1, row[j - 1] + 1,
					  prev[j - 1] + (a[i - 1] != b[j - 1]));

			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1] && prev2[j - 2] + 1 < d)
				d = prev2[j - 2] + 1;
			row[j] = d < far ? d : far;
			if (row[j] < best)
				best = row[j];
		}
		if (best == far) {
			free(rows);
			return far;
		}
		t = prev2;
		prev2 = prev;
		prev = row;
		row = t;
	}
	last = prev[lb];
	free(rows);
	return last < far ? last : far;
}

const char *sp_nearest(const char *s, const char *const *words)
{
	size_t len = strlen(s);
	/* one wrong letter is allowed in words of two and more */
	unsigned best = len < 2 ? 0 : len < 6 ? 1 : len < 9 ? 2 : 3;
	const char *near = NULL;

	for (; *words; words++) {
		unsigned d = sp_edit_distance(s, *words, best);

		if (d <= best && (!near || d < best)) {
			near = *words;
			best = d;
		}
	}
	return near;
}

size_t sp_utf8_next(const char *s, size_t len, uint32_t *ret)
{
	const unsigned char *p = (const unsigned char *)s;
	unsigned char low = 0x80, high = 0xbf;
	uint32_t c;
	size_t n;

	if (!len)
		return 0;
	c = p[0];
	if (c < 0x80) {
		*ret = c;
		return 1;
	}
	if (c < 0xc2 || c > 0xf4)
		return 0;
	n = c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
	if (c == 0xe0)
		low = 0xa0;	/* overlong */
	else if (c == 0xed)
		high = 0x9f;	/* surrogates */
	else if (c == 0xf0)
		low = 0x90;	/* overlong */
	else if (c == 0xf4)
		high = 0x8f;	/* above U+10FFFF */
	if (len < n || p[1] < low || p[1] > high)
		return 0;
	c &= 0x7fU >> n;
	for (size_t i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (p[i] & 0x3f);
	}
	*ret = c;
	return n;
}

/* Source: UAX #11, blocks that are wide or full-width as a whole. */
int sp_utf8_width(uint32_t c)
{
	static const struct {
		uint32_t first, last;
		int width;
	} ranges[] = {
		{ 0x0300, 0x036f, 0 },	 { 0x1100, 0x115f, 2 },
		{ 0x200b, 0x200d, 0 },	 { 0x2e80, 0x303e, 2 },
		{ 0x3041, 0xa4cf, 2 },	 { 0xa960, 0xa97f, 2 },
		{ 0xac00, 0xd7a3, 2 },	 { 0xf900, 0xfaff, 2 },
		{ 0xfe00, 0xfe0f, 0 },	 { 0xfe30, 0xfe6f, 2 },
		{ 0xfeff, 0xfeff, 0 },	 { 0xff00, 0xff60, 2 },
		{ 0xffe0, 0xffe6, 2 },	 { 0x1f300, 0x1f64f, 2 },
		{ 0x1f900, 0x1f9ff, 2 }, { 0x20000, 0x3fffd, 2 },
	};

	for (size_t i = 0; i < SP_COUNT(ranges); i++)
		if (c >= ranges[i].first && c <= ranges[i].last)
			return ranges[i].width;
	return 1;
}

/* The bytes of the character at @s, and its columns. */
static size_t next_column(const char *s, int *ret_width)
{
	uint32_t c;
	size_t n = sp_utf8_next(s, strnlen(s, 4), &c);

	*ret_width = n ? sp_utf8_width(c) : 1;
	return n ? n : 1;
}

int sp_columns(const char *s)
{
	int width = 0, w;

	for (; *s; width += w)
		s += next_column(s, &w);
	return width;
}

size_t sp_columns_fit(const char *s, int max)
{
	size_t at = 0, n;
	int w;

	for (; s[at]; at += n, max -= w) {
		n = next_column(s + at, &w);
		if (w > max)
			break;
	}
	return at;
}

bool sp_utf8_valid(const char *s, size_t len)
{
	for (size_t i = 0; i < len;) {
		uint32_t c;
		size_t n = sp_utf8_next(s + i, len - i, &c);

		if (!n || !c)
			return false;
		i += n;
	}
	return true;
}

static bool is_control(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0);
}

ptrdiff_t sp_find_control(const char *s)
{
	size_t len = strlen(s);

	for (size_t i = 0; i < len;) {
		uint32_t c;
		size_t n = sp_utf8_next(s + i, len - i, &c);

		if (n && is_control(c))
			return (ptrdiff_t)i;
		i += n ? n : 1;
	}
	return -1;
}

bool sp_utf8_drives(uint32_t c)
{
	static const struct {
		uint32_t first, last;
	} more[] = {
		{ 0x200e, 0x200f },
		{ 0x2028, 0x202e },
		{ 0x2066, 0x2069 },
		{ 0xfffe, 0xffff },
	};

	for (size_t i = 0; i < SP_COUNT(more); i++)
		if (c >= more[i].first && c <= more[i].last)
			return true;
	return is_control(c);
}

/* The bytes of a newline, a tab, or "ESC [ 3 N m" and "ESC [ 0 m"; or 0. */
static size_t page_mark(const char *s, size_t len)
{
	if (*s == '\n' || *s == '\t')
		return 1;
	if (len >= 4 && memcmp(s, "\033[0m", 4) == 0)
		return 4;
	return len >= 5 && memcmp(s, "\033[3", 3) == 0 && s[3] >= '0' &&
			       s[3] <= '7' && s[4] == 'm'
		       ? 5
		       : 0;
}

static void add_shown(struct sp_buf *b, const char *s, size_t len, bool page)
{
	for (size_t i = 0; i < len;) {
		uint32_t c;
		size_t n = page ? page_mark(s + i, len - i) : 0;

		if (!n) {
			n = sp_utf8_next(s + i, len - i, &c);
			if (!n || sp_utf8_drives(c)) {
				for (n = n ? n : 1; n; n--)
					sp_buf_addf(b, "\\x%02x",
						    (unsigned char)s[i++]);
				continue;
			}
		}
		sp_buf_addn(b, s + i, n);
		i += n;
	}
}

void sp_buf_add_shown(struct sp_buf *b, const char *s)
{
	add_shown(b, s, strlen(s), false);
}

void sp_buf_add_page(struct sp_buf *b, const char *s, size_t len)
{
	add_shown(b, s, len, true);
}

void sp_buf_add_quoted(struct sp_buf *b, const char *s)
{
	sp_auto_buf shown = { 0 };

	sp_buf_add_shown(&shown, s);
	sp_buf_addc(b, '"');
	for (const char *p = sp_buf_cstr(&shown); *p; p++) {
		if (*p == '"')
			sp_buf_addc(b, '\\');
		sp_buf_addc(b, *p);
	}
	sp_buf_addc(b, '"');
}

void sp_size_format(int64_t bytes, struct sp_buf *out)
{
	static const char *const units[] = { "B", "kB", "MB", "GB", "TB" };
	double n = bytes < 0 ? -(double)bytes : (double)bytes;
	size_t u = 0;

	while (n >= 999.5 && u + 1 < SP_COUNT(units)) {
		n /= 1000;
		u++;
	}
	sp_buf_addf(out, "%s%.*f %s", bytes < 0 ? "-" : "",
		    u && n < 9.95 ? 1 : 0, n, units[u]);
}
