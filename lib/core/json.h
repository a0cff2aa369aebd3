/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * json.h - write JSON, piece by piece, into a buffer.
 *
 * What is written is also YAML that yaml.h reads: a blank behind each colon,
 * no raw character that YAML refuses or takes for a line end, no surrogate
 * escapes.
 *
 * Texts of a host may hold bytes that are no UTF-8.  For people each such
 * byte becomes U+FFFD.  Lossless, byte NN becomes the code point U+10FF00+NN
 * (as does NUL), and so does each byte of a U+10FF00..U+10FFFF that is in the
 * text itself, so that sp_json_decode() brings back exactly the same bytes.
 */
#ifndef SPROUT_JSON_H
#define SPROUT_JSON_H

#include "str.h"

enum {
	SP_JSON_INDENT	 = 1 << 0, /* a line per element; else all on one */
	SP_JSON_LOSSLESS = 1 << 1,
};

struct sp_json {
	struct sp_buf *out;
	unsigned flags;
	unsigned depth;
	bool first;	/* nothing in the innermost list or map yet */
	bool keyed;	/* a key was written, its value was not */
};

void sp_json_init(struct sp_json *j, struct sp_buf *out, unsigned flags);

/*
 * For one value of a text that somebody else writes: it will stand @depth
 * lists and maps deep, by sp_json_raw().
 */
void sp_json_part(struct sp_json *j, struct sp_buf *out, unsigned flags,
		  unsigned depth);
/* A value that is written already. */
void sp_json_raw(struct sp_json *j, const struct sp_buf *value);

void sp_json_map(struct sp_json *j);
void sp_json_map_end(struct sp_json *j);
void sp_json_list(struct sp_json *j);
void sp_json_list_end(struct sp_json *j);
/* In a map, before each value. */
void sp_json_key(struct sp_json *j, const char *key);

void sp_json_null(struct sp_json *j);
void sp_json_bool(struct sp_json *j, bool b);
void sp_json_int(struct sp_json *j, int64_t i);
void sp_json_str(struct sp_json *j, const char *s);	/* NULL: null */
void sp_json_strn(struct sp_json *j, const void *p, size_t n);
void sp_json_strv(struct sp_json *j, const struct sp_strv *l);

/* Append what a lossless text, as a JSON or YAML reader gave it, stands for. */
void sp_json_decode(struct sp_buf *out, const char *s, size_t len);

#endif
