/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* str.h - growing text, lists of strings, and small string questions. */
#ifndef SPROUT_STR_H
#define SPROUT_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Bytes that grow.  Zeroed is empty.  @data always has a NUL behind @len
 * bytes once something was added; NULL before that (see sp_buf_cstr).
 */
struct sp_buf {
	char *data;
	size_t len, cap;
};

void sp_buf_add(struct sp_buf *b, const char *s);
void sp_buf_addn(struct sp_buf *b, const void *p, size_t n);
void sp_buf_addc(struct sp_buf *b, char c);
void sp_buf_addf(struct sp_buf *b, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/*
 * Text from anywhere, safe for a terminal: what moves the cursor or turns the
 * text around, and bytes that are no UTF-8, as \xNN; a backslash as it is.
 */
void sp_buf_add_shown(struct sp_buf *b, const char *s);
/* The same for a page of text: newlines, tabs and plain colours stay. */
void sp_buf_add_page(struct sp_buf *b, const char *s, size_t len);
/* The same in quotes; a quote in it is \". */
void sp_buf_add_quoted(struct sp_buf *b, const char *s);
/* The text, never NULL; valid until @b is changed. */
const char *sp_buf_cstr(const struct sp_buf *b);
/* Hand the text over (never NULL) and leave @b empty. */
char *sp_buf_take(struct sp_buf *b);
void sp_buf_clear(struct sp_buf *b);
#define sp_auto_buf __attribute__((cleanup(sp_buf_clear))) struct sp_buf

/* A list of owned strings.  Zeroed is empty. */
struct sp_strv {
	char **v;
	size_t n;
};

void sp_strv_add(struct sp_strv *l, const char *s);
void sp_strv_add_take(struct sp_strv *l, char *s);	/* takes @s over */
void sp_strv_addf(struct sp_strv *l, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
bool sp_strv_has(const struct sp_strv *l, const char *s);
/* Index of @s, or -1. */
ptrdiff_t sp_strv_find(const struct sp_strv *l, const char *s);
/* In a list in byte order: fast for long ones. */
bool sp_strv_has_sorted(const struct sp_strv *l, const char *s);
void sp_strv_remove(struct sp_strv *l, size_t i);
void sp_strv_copy(struct sp_strv *to, const struct sp_strv *from); /* @to empty */
bool sp_strv_equal(const struct sp_strv *a, const struct sp_strv *b);
/* The same strings in any order; duplicates do not count. */
bool sp_strv_same_set(const struct sp_strv *a, const struct sp_strv *b);
/* Byte order, duplicates dropped. */
void sp_strv_sort(struct sp_strv *l);
/* Owned text of all items with @sep between. */
char *sp_strv_join(const struct sp_strv *l, const char *sep);
/* Add the parts of @s between any bytes of @seps; empty parts are left out. */
void sp_strv_split(struct sp_strv *l, const char *s, const char *seps);
void sp_strv_clear(struct sp_strv *l);
#define sp_auto_strv __attribute__((cleanup(sp_strv_clear))) struct sp_strv

static inline bool sp_streq(const char *a, const char *b)
{
	return a == b || (a && b && __builtin_strcmp(a, b) == 0);
}

bool sp_starts(const char *s, const char *prefix);
bool sp_ends(const char *s, const char *suffix);

/*
 * Whole-string decimal number between @min and @max; no sign but '-', no
 * blanks.  Returns false, @ret untouched, for everything else.
 */
bool sp_parse_int(const char *s, int64_t min, int64_t max, int64_t *ret);

/*
 * One line of a text in place.  Start with pos = 0.  Returns false at the
 * end.  The line has no newline; @ret_len excludes it.  A last line without
 * a newline is a line.
 */
bool sp_next_line(const char *data, size_t len, size_t *pos,
		  const char **ret_line, size_t *ret_len);

/* Shrink [*p, *p + *n) by the white space at both ends (isspace, C locale). */
void sp_trim(const char **p, size_t *n);

/* Optimal-string-alignment distance, for "did you mean"; at most @limit + 1. */
unsigned sp_edit_distance(const char *a, const char *b, unsigned limit);

/*
 * The word nearest to @s out of a NULL-ended list, if it is near enough to be
 * meant (a third of the letters wrong at most), or NULL.
 */
const char *sp_nearest(const char *s, const char *const *words);

/* Valid UTF-8 (RFC 3629: no overlong forms, no surrogates) without NUL. */
bool sp_utf8_valid(const char *s, size_t len);

/*
 * The character at the start of @s: its length in bytes (1..4) and its code
 * point, or 0 when the first byte starts no valid UTF-8 character.
 */
size_t sp_utf8_next(const char *s, size_t len, uint32_t *ret);

/* Would it move a terminal's cursor, or turn the text around? */
bool sp_utf8_drives(uint32_t c);

/*
 * Columns of a character on a terminal: 0, 1 or 2.  Not wcwidth(3), as what we
 * print is UTF-8 in any locale.
 */
int sp_utf8_width(uint32_t c);

/* Those of a text; a byte that is not UTF-8 is one. */
int sp_columns(const char *s);
/* The bytes at its start that take @max columns at most. */
size_t sp_columns_fit(const char *s, int max);

/*
 * Offset of the first control character (C0, DEL, C1) in valid or invalid
 * UTF-8, or -1.
 */
ptrdiff_t sp_find_control(const char *s);

/* "950 B", "120 kB", "1.2 MB", "-3.4 GB" (powers of 1000). */
void sp_size_format(int64_t bytes, struct sp_buf *out);

#endif
