/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ifcfg.c - read one variable of a file of shell assignments. */
#include "ifcfg.h"

#include <string.h>

#include "core/mem.h"

/* What a line is read from. */
struct cursor {
	const char *p, *end;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static void skip_blanks(struct cursor *c)
{
	while (c->p < c->end && is_blank(*c->p))
		c->p++;
}

/* Step over "@word" if it stands here. */
static bool skip_word(struct cursor *c, const char *word)
{
	size_t n = strlen(word);

	if ((size_t)(c->end - c->p) < n || memcmp(c->p, word, n) != 0)
		return false;
	c->p += n;
	return true;
}

/* '...': everything up to the next quote. */
static bool read_single(struct cursor *c, struct sp_buf *out)
{
	const char *q = memchr(c->p, '\'', (size_t)(c->end - c->p));

	if (!q)
		return false;
	sp_buf_addn(out, c->p, (size_t)(q - c->p));
	c->p = q + 1;
	return true;
}

/* "...": a backslash counts before $ ` " and itself only. */
static bool read_double(struct cursor *c, struct sp_buf *out)
{
	while (c->p < c->end && *c->p != '"') {
		if (*c->p == '$' || *c->p == '`')
			return false;
		if (*c->p == '\\' && c->p + 1 < c->end &&
		    strchr("$`\"\\", c->p[1]) && c->p[1])
			c->p++;
		sp_buf_addc(out, *c->p++);
	}
	if (c->p == c->end)
		return false;
	c->p++;
	return true;
}

/* The word behind "=", with nothing but blanks and a comment after it. */
static bool read_value(struct cursor *c, struct sp_buf *out)
{
	while (c->p < c->end && !is_blank(*c->p)) {
		char ch = *c->p++;

		if (ch == '\'') {
			if (!read_single(c, out))
				return false;
		} else if (ch == '"') {
			if (!read_double(c, out))
				return false;
		} else if (ch == '\\') {
			if (c->p == c->end)
				return false;
			sp_buf_addc(out, *c->p++);
		} else if (!ch || strchr("$`;&|<>()", ch)) {
			return false;
		} else {
			sp_buf_addc(out, ch);
		}
	}
	skip_blanks(c);
	return c->p == c->end || *c->p == '#';
}

char *sp_ifcfg_get(const char *data, size_t len, const char *key)
{
	char *value = NULL;
	const char *line;
	size_t pos = 0, n;

	while (sp_next_line(data, len, &pos, &line, &n)) {
		struct cursor c = { line, line + n };
		sp_auto_buf out = { 0 };
		bool ok;

		skip_blanks(&c);
		if (skip_word(&c, "export ") || skip_word(&c, "export\t"))
			skip_blanks(&c);
		if (!skip_word(&c, key) || !skip_word(&c, "="))
			continue;
		ok = read_value(&c, &out) &&
		     !memchr(sp_buf_cstr(&out), 0, out.len);
		free(value);
		value = ok ? sp_buf_take(&out) : NULL;
	}
	return value;
}

bool sp_ifcfg_ignored(const char *name)
{
	static const char *const suffixes[] = {
		".bak", "~", ".orig", ".rej", ".rpmnew", ".augnew", ".augtmp",
	};
	const char *semicolon = strrchr(name, ';');

	if (!sp_starts(name, "ifcfg-") || sp_streq(name, "ifcfg-lo"))
		return true;
	for (size_t i = 0; i < SP_COUNT(suffixes); i++)
		if (sp_ends(name, suffixes[i]))
			return true;
	/* what rpm unpacks before it renames: ";" and 8 hex digits */
	return semicolon && strlen(semicolon) == 9 &&
	       strspn(semicolon + 1, "0123456789abcdefABCDEF") == 8;
}
