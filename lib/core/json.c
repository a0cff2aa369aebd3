/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* json.c - write JSON, piece by piece, into a buffer. */
#include "json.h"

#include <inttypes.h>
#include <string.h>

#define BYTES_FIRST 0x10ff00U
#define BYTES_LAST  0x10ffffU

void sp_json_init(struct sp_json *j, struct sp_buf *out, unsigned flags)
{
	*j = (struct sp_json){ .out = out, .flags = flags, .first = true };
}

static void new_line(struct sp_json *j)
{
	sp_buf_addc(j->out, '\n');
	for (unsigned i = 0; i < j->depth; i++)
		sp_buf_add(j->out, "  ");
}

/* What stands between the last thing and the next. */
static void begin(struct sp_json *j)
{
	if (j->keyed) {
		j->keyed = false;
		return;
	}
	if (!j->first)
		sp_buf_addc(j->out, ',');
	if (j->depth && (j->flags & SP_JSON_INDENT))
		new_line(j);
	else if (!j->first)
		sp_buf_addc(j->out, ' ');
	j->first = false;
}

void sp_json_part(struct sp_json *j, struct sp_buf *out, unsigned flags,
		  unsigned depth)
{
	sp_json_init(j, out, flags);
	j->depth = depth;
	j->keyed = true; /* what stands before it is not ours */
}

void sp_json_raw(struct sp_json *j, const struct sp_buf *value)
{
	begin(j);
	sp_buf_addn(j->out, sp_buf_cstr(value), value->len);
}

static void open_with(struct sp_json *j, char c)
{
	begin(j);
	sp_buf_addc(j->out, c);
	j->depth++;
	j->first = true;
}

static void close_with(struct sp_json *j, char c)
{
	j->depth--;
	if (!j->first && (j->flags & SP_JSON_INDENT))
		new_line(j);
	sp_buf_addc(j->out, c);
	j->first = false;
}

void sp_json_map(struct sp_json *j)
{
	open_with(j, '{');
}

void sp_json_map_end(struct sp_json *j)
{
	close_with(j, '}');
}

void sp_json_list(struct sp_json *j)
{
	open_with(j, '[');
}

void sp_json_list_end(struct sp_json *j)
{
	close_with(j, ']');
}

/* A code point as UTF-8; only for those of four bytes. */
static void add_byte_mark(struct sp_buf *out, unsigned char byte)
{
	uint32_t c = BYTES_FIRST + byte;
	const char utf8[] = {
		(char)(0xf0 | c >> 18),
		(char)(0x80 | (c >> 12 & 0x3f)),
		(char)(0x80 | (c >> 6 & 0x3f)),
		(char)(0x80 | (c & 0x3f)),
	};

	sp_buf_addn(out, utf8, sizeof(utf8));
}

/* Must this character, good UTF-8, be escaped?  See YAML's c-printable. */
static bool is_special(uint32_t c)
{
	return c < 0x20 || c == '"' || c == '\\' || (c >= 0x7f && c < 0xa0) ||
	       c == 0x2028 || c == 0x2029 || c == 0xfeff || c == 0xfffe ||
	       c == 0xffff;
}

static void add_escape(struct sp_buf *out, uint32_t c)
{
	static const char from[] = "\"\\\b\f\n\r\t", to[] = "\"\\bfnrt";
	const char *p = c && c < 0x80 ? strchr(from, (int)c) : NULL;

	if (p)
		sp_buf_addf(out, "\\%c", to[p - from]);
	else
		sp_buf_addf(out, "\\u%04" PRIx32, c);
}

static void add_quoted(struct sp_json *j, const char *s, size_t len)
{
	bool lossless = j->flags & SP_JSON_LOSSLESS;
	size_t plain = 0; /* s[plain..i) goes out as it is */

	sp_buf_addc(j->out, '"');
	for (size_t i = 0; i < len;) {
		uint32_t c = 0;
		size_t n = sp_utf8_next(s + i, len - i, &c);
		bool raw = !n || (lossless && (!c || c >= BYTES_FIRST));

		if (!raw && !is_special(c)) {
			i += n;
			continue;
		}
		sp_buf_addn(j->out, s + plain, i - plain);
		n = n ? n : 1;
		if (!raw)
			add_escape(j->out, c);
		else if (!lossless)
			sp_buf_add(j->out, "\xef\xbf\xbd");
		else
			for (size_t k = 0; k < n; k++)
				add_byte_mark(j->out, (unsigned char)s[i + k]);
		i += n;
		plain = i;
	}
	sp_buf_addn(j->out, s + plain, len - plain);
	sp_buf_addc(j->out, '"');
}

void sp_json_key(struct sp_json *j, const char *key)
{
	begin(j);
	add_quoted(j, key, strlen(key));
	sp_buf_add(j->out, ": ");
	j->keyed = true;
}

void sp_json_null(struct sp_json *j)
{
	begin(j);
	sp_buf_add(j->out, "null");
}

void sp_json_bool(struct sp_json *j, bool b)
{
	begin(j);
	sp_buf_add(j->out, b ? "true" : "false");
}

void sp_json_int(struct sp_json *j, int64_t i)
{
	begin(j);
	sp_buf_addf(j->out, "%" PRId64, i);
}

void sp_json_str(struct sp_json *j, const char *s)
{
	if (s)
		sp_json_strn(j, s, strlen(s));
	else
		sp_json_null(j);
}

void sp_json_strn(struct sp_json *j, const void *p, size_t n)
{
	begin(j);
	add_quoted(j, p, n);
}

void sp_json_strv(struct sp_json *j, const struct sp_strv *l)
{
	sp_json_list(j);
	for (size_t i = 0; i < l->n; i++)
		sp_json_str(j, l->v[i]);
	sp_json_list_end(j);
}

void sp_json_decode(struct sp_buf *out, const char *s, size_t len)
{
	sp_buf_addn(out, s, 0);
	for (size_t i = 0; i < len;) {
		uint32_t c = 0;
		size_t n = sp_utf8_next(s + i, len - i, &c);

		if (n && c >= BYTES_FIRST && c <= BYTES_LAST)
			sp_buf_addc(out, (char)(unsigned char)(c - BYTES_FIRST));
		else
			sp_buf_addn(out, s + i, n ? n : 1);
		i += n ? n : 1;
	}
}
