/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ini.c - edit files of "key = value" lines in place.
 *
 * The rules for .repo files are libdnf's: a comment sign counts in the first
 * column only, an indented line continues the value before it, "[" starts a
 * section even when it is indented, ":" does not assign.
 * Source: dnf.conf(5), libdnf's IniParser, firewalld.conf(5),
 * selinux_config(5).
 */
#include "ini.h"

#include <string.h>

#include "mem.h"

const struct sp_ini_style sp_ini_yum = {
	.sections = true,
	.continued = true,
	.assign = "=",
};

const struct sp_ini_style sp_ini_plain = { .first = true, .assign = "=" };

const struct sp_ini_style sp_ini_shell = { .tight = true, .assign = "=" };

#define BOM "\xef\xbb\xbf" /* byte order mark of UTF-8 */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* Shrink [*p, *p + *n) by the blanks at both ends. */
static void trim(const char **p, size_t *n)
{
	while (*n && is_blank(**p)) {
		(*p)++;
		(*n)--;
	}
	while (*n && is_blank((*p)[*n - 1]))
		(*n)--;
}

static bool is(const char *p, size_t n, const char *s)
{
	return strlen(s) == n && memcmp(p, s, n) == 0;
}

static bool lex_section(const char *p, size_t n, struct sp_ini_line *ret)
{
	const char *end = memchr(p, ']', n);

	if (*p != '[' || !end || end == p + 1)
		return false;
	ret->type = SP_INI_SECTION;
	ret->name = p + 1;
	ret->name_len = (size_t)(end - p) - 1;
	return true;
}

static bool lex_assign(const struct sp_ini_style *st, const char *p, size_t n,
		       struct sp_ini_line *ret)
{
	const char *eq = memchr(p, '=', n);
	const char *key = p;
	size_t key_len, raw_len;

	if (!eq || eq == p)
		return false;
	raw_len = key_len = (size_t)(eq - p);
	trim(&key, &key_len);
	if (!key_len || (st->tight && key_len != raw_len))
		return false;
	ret->type = SP_INI_ASSIGN;
	ret->name = key;
	ret->name_len = key_len;
	ret->value = eq + 1;
	ret->value_len = n - raw_len - 1;
	trim(&ret->value, &ret->value_len);
	if (!ret->value_len) /* what is written goes right behind the sign */
		ret->value = eq + 1;
	return true;
}

bool sp_ini_next(const struct sp_ini_style *st, const char *data, size_t len,
		 struct sp_ini_pos *pos, struct sp_ini_line *ret)
{
	const char *p, *nl, *text;
	size_t n, text_len;
	bool indented;

	if (pos->at >= len)
		return false;
	p = data + pos->at;
	nl = memchr(p, '\n', len - pos->at);
	n = nl ? (size_t)(nl - p) : len - pos->at;
	*ret = (struct sp_ini_line){ .start = p, .len = n + (nl ? 1 : 0) };
	if (pos->at == 0 && n >= strlen(BOM) &&
	    memcmp(p, BOM, strlen(BOM)) == 0) {
		p += strlen(BOM);
		n -= strlen(BOM);
	}
	pos->at += ret->len;

	text = p;
	text_len = n;
	trim(&text, &text_len);
	indented = text != p;
	if (!text_len) {
		ret->type = SP_INI_BLANK;
	} else if ((*text == '#' || *text == ';') &&
		   !(indented && st->continued)) {
		ret->type = SP_INI_COMMENT;
	} else if (st->sections && lex_section(text, text_len, ret)) {
		pos->in_value = false;
	} else if (indented && st->continued && pos->in_value) {
		ret->type = SP_INI_CONT;
		ret->value = text;
		ret->value_len = text_len;
	} else if (indented && st->continued) {
		ret->type = SP_INI_OTHER;
	} else {
		pos->in_value = lex_assign(st, p, n, ret);
		if (!pos->in_value)
			ret->type = SP_INI_OTHER;
	}
	return true;
}

/* The lines of a text, with the answer whether they are in our section. */
struct walk {
	const struct sp_ini_style *st;
	const struct sp_buf *text;
	const char *section;
	bool started, inside;
	struct sp_ini_pos pos;
	struct sp_ini_line line;
};

static bool walk_next(struct walk *w)
{
	if (!w->started) {
		w->started = true;
		w->inside = !w->st->sections || !w->section;
	}
	if (!sp_ini_next(w->st, w->text->data, w->text->len, &w->pos, &w->line))
		return false;
	if (w->line.type == SP_INI_SECTION)
		w->inside = w->section &&
			    is(w->line.name, w->line.name_len, w->section);
	return true;
}

/* Offset behind the current line. */
static size_t walk_end(const struct walk *w)
{
	return w->pos.at;
}

static bool assigns(const struct walk *w, const char *key)
{
	return w->inside && w->line.type == SP_INI_ASSIGN &&
	       is(w->line.name, w->line.name_len, key);
}

/*
 * All assignments of a key: how many there are, where the line of the one
 * that counts begins, and its value.  Returns NULL when there is none.
 */
static char *find(const struct sp_ini_style *st, const struct sp_buf *text,
		  const char *section, const char *key, size_t *ret_n,
		  size_t *ret_at)
{
	struct walk w = { .st = st, .text = text, .section = section };
	sp_auto_buf value = { 0 };
	bool ours = false;

	*ret_n = 0;
	*ret_at = 0;
	while (walk_next(&w)) {
		if (w.line.type == SP_INI_CONT && ours) {
			sp_buf_addc(&value, '\n');
			sp_buf_addn(&value, w.line.value, w.line.value_len);
		}
		if (w.line.type == SP_INI_ASSIGN)
			ours = assigns(&w, key);
		if (w.line.type != SP_INI_ASSIGN || !ours)
			continue;
		(*ret_n)++;
		ours = !st->first || !value.len;
		if (ours) {
			*ret_at = walk_end(&w) - w.line.len;
			sp_buf_clear(&value);
			sp_buf_addn(&value, w.line.value, w.line.value_len);
		}
	}
	return *ret_n ? sp_buf_take(&value) : NULL;
}

char *sp_ini_get(const struct sp_ini_style *st, const struct sp_buf *text,
		 const char *section, const char *key)
{
	size_t n, at;

	return find(st, text, section, key, &n, &at);
}

static const char *line_end(const struct sp_buf *text)
{
	const char *nl = text->len ? memchr(text->data, '\n', text->len) : NULL;

	return nl && nl > text->data && nl[-1] == '\r' ? "\r\n" : "\n";
}

/* Line end of one line; "" when the file ends without one. */
static const char *end_of(const struct sp_ini_line *l)
{
	if (l->start[l->len - 1] != '\n')
		return "";
	return l->len > 1 && l->start[l->len - 2] == '\r' ? "\r\n" : "\n";
}

/* The value, its further parts indented to the column of the first. */
static void add_value(const struct sp_ini_style *st, struct sp_buf *out,
		      const char *value, size_t column, const char *eol)
{
	for (; *value; value++) {
		if (*value != '\n') {
			sp_buf_addc(out, *value);
		} else if (!st->continued) {
			sp_buf_addc(out, ' ');
		} else {
			sp_buf_add(out, eol);
			sp_buf_addf(out, "%*s", (int)column, "");
		}
	}
}

/* Does the text end with an empty line? */
static bool ends_blank(const struct sp_buf *b)
{
	size_t n = b->len;

	if (!n || b->data[--n] != '\n')
		return false;
	if (n && b->data[n - 1] == '\r')
		n--;
	return !n || b->data[n - 1] == '\n';
}

/* Drop the empty lines at the end. */
static void chop_blank(struct sp_buf *b)
{
	while (ends_blank(b)) {
		b->len--;
		if (b->len && b->data[b->len - 1] == '\r')
			b->len--;
		b->data[b->len] = '\0';
	}
}

static void put(struct sp_buf *text, struct sp_buf *out)
{
	sp_buf_clear(text);
	*text = *out;
	*out = (struct sp_buf){ 0 };
}

/*
 * Remove the assignments of @key but the one in the line at offset @keep,
 * which gets @value unless that is NULL.
 */
static void rewrite(const struct sp_ini_style *st, struct sp_buf *text,
		    const char *section, const char *key, size_t keep,
		    const char *value)
{
	struct walk w = { .st = st, .text = text, .section = section };
	const struct sp_ini_line *l = &w.line;
	sp_auto_buf out = { 0 };
	bool drop = false; /* the continuation lines that follow */

	while (walk_next(&w)) {
		if (l->type == SP_INI_ASSIGN)
			drop = assigns(&w, key);
		if (!drop ||
		    (l->type != SP_INI_ASSIGN && l->type != SP_INI_CONT)) {
			sp_buf_addn(&out, l->start, l->len);
		} else if (l->type == SP_INI_ASSIGN &&
			   w.pos.at - l->len == keep) {
			size_t column = (size_t)(l->value - l->start);

			if (!value) {
				sp_buf_addn(&out, l->start, l->len);
				drop = false;
				continue;
			}
			sp_buf_addn(&out, l->start, column);
			add_value(st, &out, value, column < 40 ? column : 8,
				  line_end(text));
			sp_buf_add(&out, end_of(l));
		}
	}
	put(text, &out);
}

/* "#key = ...": the comment that shows how the key would be assigned. */
static bool comments_out(const struct sp_ini_line *l, const char *key)
{
	const char *p = l->start;
	size_t n = l->len, k = strlen(key);

	while (n && (is_blank(*p) || *p == '#' || *p == ';')) {
		p++;
		n--;
	}
	if (n < k || memcmp(p, key, k) != 0)
		return false;
	for (p += k, n -= k; n && is_blank(*p); n--)
		p++;
	return n && *p == '=';
}

/* "#[name]" */
static bool comments_out_section(const struct sp_ini_line *l)
{
	const char *p = l->start, *end = p + l->len;

	while (p < end && (is_blank(*p) || *p == '#' || *p == ';'))
		p++;
	return p < end && *p == '[';
}

/*
 * A section's extent, fed line by line.  Comments directly behind its last
 * line are its own, unless the next section's header follows at once.
 */
struct extent {
	bool any, open;
	size_t start, end; /* of the last section of that name */
	size_t comments;   /* end of comments directly behind, 0: none */
};

static void extent_add(struct extent *e, const struct walk *w)
{
	const struct sp_ini_line *l = &w->line;

	if (l->type == SP_INI_SECTION)
		e->open = false;
	if (!w->inside)
		return;
	switch (l->type) {
	case SP_INI_SECTION:
		e->any = true;
		e->start = w->pos.at - l->len;
		/* fall through */
	case SP_INI_ASSIGN:
	case SP_INI_CONT:
	case SP_INI_OTHER:
		e->end = w->pos.at;
		e->comments = 0;
		e->open = true;
		break;
	case SP_INI_COMMENT:
		if (e->open)
			e->comments = w->pos.at;
		break;
	case SP_INI_BLANK:
		if (e->open && e->comments)
			e->end = e->comments;
		e->open = false;
		break;
	}
	if (!w->st->sections && l->type != SP_INI_BLANK)
		e->end = w->pos.at;
}

static void extent_close(struct extent *e)
{
	if (e->open && e->comments > e->end)
		e->end = e->comments;
	e->open = false;
}

/*
 * Where a line for a key that is not assigned goes: SIZE_MAX when there is no
 * such section.
 */
static size_t place(const struct sp_ini_style *st, const struct sp_buf *text,
		    const char *section, const char *key)
{
	struct walk w = { .st = st, .text = text, .section = section };
	struct extent e = { .any = !st->sections || !section };
	size_t hint = 0;
	bool open = false;   /* an indented line here would be the new key's */
	bool hidden = false; /* below a section that is commented out */

	while (walk_next(&w)) {
		const struct sp_ini_line *l = &w.line;

		extent_add(&e, &w);
		if (!w.inside)
			continue;
		if (l->type == SP_INI_COMMENT) {
			if (st->sections && comments_out_section(l))
				hidden = true;
			else if (!hidden && comments_out(l, key)) {
				hint = w.pos.at;
				open = true;
			}
		} else if (l->type == SP_INI_CONT || l->type == SP_INI_OTHER) {
			if (open)
				hint = w.pos.at;
		} else if (l->type != SP_INI_BLANK) {
			open = hidden = false;
		}
	}
	extent_close(&e);
	if (!e.any)
		return SIZE_MAX;
	if (!e.end && sp_starts(sp_buf_cstr(text), BOM))
		return strlen(BOM);
	return hint && hint <= e.end ? hint : e.end;
}

static void insert(const struct sp_ini_style *st, struct sp_buf *text,
		   const char *section, const char *key, const char *value)
{
	size_t at = place(st, text, section, key);
	const char *eol = line_end(text);
	sp_auto_buf out = { 0 };
	size_t head = at == SIZE_MAX ? text->len : at;

	sp_buf_addn(&out, text->data, head);
	if (head && out.data[head - 1] != '\n')
		sp_buf_add(&out, eol);
	if (at == SIZE_MAX) {
		if (head && !ends_blank(text))
			sp_buf_add(&out, eol);
		sp_buf_addf(&out, "[%s]%s", section, eol);
	}
	sp_buf_addf(&out, "%s%s", key, st->assign);
	add_value(st, &out, value, strlen(key) + strlen(st->assign), eol);
	sp_buf_add(&out, eol);
	if (head < text->len)
		sp_buf_addn(&out, text->data + head, text->len - head);
	put(text, &out);
}

void sp_ini_set(const struct sp_ini_style *st, struct sp_buf *text,
		const char *section, const char *key, const char *value)
{
	size_t n, at;
	sp_auto_free char *old = find(st, text, section, key, &n, &at);
	bool same = old && strcmp(old, value) == 0;

	if (!n)
		insert(st, text, section, key, value);
	else if (n > 1 || !same)
		rewrite(st, text, section, key, at, same ? NULL : value);
}

bool sp_ini_unset(const struct sp_ini_style *st, struct sp_buf *text,
		  const char *section, const char *key)
{
	size_t n, at;

	free(find(st, text, section, key, &n, &at));
	if (n)
		rewrite(st, text, section, key, SIZE_MAX, NULL);
	return n;
}

bool sp_ini_has_section(const struct sp_ini_style *st,
			const struct sp_buf *text, const char *section)
{
	struct walk w = { .st = st, .text = text, .section = section };

	/* of many files most have not even the word */
	if (st->sections && section &&
	    !memmem(sp_buf_cstr(text), text->len, section, strlen(section)))
		return false;
	while (walk_next(&w))
		if (w.inside)
			return true;
	return false;
}

void sp_ini_sections(const struct sp_ini_style *st, const struct sp_buf *text,
		     struct sp_strv *ret)
{
	struct walk w = { .st = st, .text = text };

	while (walk_next(&w)) {
		if (w.line.type == SP_INI_SECTION)
			sp_strv_add_take(ret, sp_xstrndup(w.line.name,
							  w.line.name_len));
	}
}

/* The first byte behind @at that is not of an empty line. */
static size_t skip_blank(const struct sp_buf *text, size_t at)
{
	size_t end = at;

	for (; end < text->len &&
	       (is_blank(text->data[end]) || text->data[end] == '\n');
	     end++)
		if (text->data[end] == '\n')
			at = end + 1;
	return end == text->len ? end : at;
}

bool sp_ini_remove_section(const struct sp_ini_style *st, struct sp_buf *text,
			   const char *section)
{
	struct walk w = { .st = st, .text = text, .section = section };
	struct extent e = { 0 };
	sp_auto_buf out = { 0 };
	size_t done = 0; /* bytes of @text that were dealt with */
	bool any = false, more, mine = false;

	do {
		more = walk_next(&w);
		if (mine && (!more || w.line.type == SP_INI_SECTION)) {
			if (!more)
				extent_close(&e);
			done = e.end;
			if (!out.len || ends_blank(&out))
				done = skip_blank(text, done);
			mine = false;
		}
		if (more && w.line.type == SP_INI_SECTION && w.inside) {
			size_t start = w.pos.at - w.line.len;

			sp_buf_addn(&out, text->data + done, start - done);
			mine = any = true;
		}
		if (more)
			extent_add(&e, &w);
	} while (more);
	if (!any)
		return false;
	sp_buf_addn(&out, text->data + done, text->len - done);
	if (done == text->len)
		chop_blank(&out);
	put(text, &out);
	return true;
}
