/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* secret.c - secrets in configuration files: found, and taken out. */
#include "secret.h"

#include <string.h>

#include "mem.h"
#include "word.h"

/* Part of a line. */
struct span {
	size_t from, to;
};

static bool word_char(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
	       (c >= 'A' && c <= 'Z') || c == '_' || c == '-' || c == '.';
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

/* Case does not count; "_", "." and "-" are one. */
static bool same_letters(const char *s, size_t n, const char *word)
{
	for (size_t i = 0; i < n; i++) {
		char c = lower(s[i]);

		if (c == '_' || c == '.')
			c = '-';
		if (!word[i] || c != word[i])
			return false;
	}
	return !word[n];
}

static bool has_letters(const char *s, size_t n, const char *word)
{
	size_t len = strlen(word);

	for (size_t i = 0; i + len <= n; i++)
		if (same_letters(s + i, len, word))
			return true;
	return false;
}

static bool ends_letters(const char *s, size_t n, const char *word)
{
	size_t len = strlen(word);

	return n >= len && same_letters(s + n - len, len, word);
}

bool sp_secret_name(const char *s, size_t n)
{
	static const char *const parts[] = {
		"password", "passwd", "passphrase", "secret", "psk", "wep-key",
		"private-key", "preshared", "pre-shared", "api-key", "apikey",
		"setcredential", "mka-cak",
	};
	static const char *const whole[] = { "token", "pin", "key1", "key2",
					     "key3", "key4", "auth-token",
					     "access-token" };
	/* Where the secret is, or how it is kept; not what it is. */
	static const char *const around[] = { "-flags", "-file", "-path", "-raw-flags",
					      "authentication", "-command" };

	for (size_t i = 0; i < SP_COUNT(around); i++)
		if (ends_letters(s, n, around[i]))
			return false;
	for (size_t i = 0; i < SP_COUNT(parts); i++)
		if (has_letters(s, n, parts[i]))
			return true;
	for (size_t i = 0; i < SP_COUNT(whole); i++)
		if (same_letters(s, n, whole[i]))
			return true;
	return false;
}

/* Is there a value that could be one: not empty, no path, no mere switch? */
static bool is_value(const char *s, size_t n)
{
	static const char *const not[] = { "yes", "no", "true", "false", "none",
					   "null", "0", "1", SP_LEFT_OUT };

	while (n && (*s == ' ' || *s == '\t' || *s == '"' || *s == '\'')) {
		s++;
		n--;
	}
	while (n && (s[n - 1] == ' ' || s[n - 1] == '\t' || s[n - 1] == '\r' ||
		     s[n - 1] == '"' || s[n - 1] == '\''))
		n--;
	if (!n || *s == '/' || *s == '%' || *s == '$')
		return false;
	for (size_t i = 0; i < SP_COUNT(not); i++)
		if (same_letters(s, n, not[i]))
			return false;
	return true;
}

/*
 * "NAME=VALUE" anywhere in a line, or "NAME: VALUE" where @colon.  The value
 * goes on to the end of the line, less the quotes around it.
 */
static bool find_setting(const char *line, size_t n, bool colon,
			 struct span *ret)
{
	for (size_t i = 0; i < n; i++) {
		size_t start = i, end = i;

		if (line[i] != '=' && !(colon && line[i] == ':'))
			continue;
		while (end && (line[end - 1] == ' ' || line[end - 1] == '\t' ||
			       line[end - 1] == '"'))
			end--;
		for (start = end; start && word_char(line[start - 1]); start--)
			;
		if (!sp_secret_name(line + start, end - start) ||
		    !is_value(line + i + 1, n - i - 1))
			continue;
		for (i++; i < n && memchr(" \t\"'", line[i], 4);)
			i++;
		while (n > i && memchr(" \t\r\"'", line[n - 1], 5))
			n--;
		*ret = (struct span){ i, n };
		return true;
	}
	return false;
}

/* A hash as crypt(5) writes it: "$id$" and at least eight more bytes. */
static bool find_hash(const char *line, size_t n, struct span *ret)
{
	static const char *const ids[] = { "$1$", "$2a$", "$2b$", "$2x$", "$2y$",
					   "$5$", "$6$", "$7$", "$y$", "$gy$",
					   "$sha1$", "$md5$", "$argon2" };

	for (size_t i = 0; i < n; i++) {
		if (line[i] != '$')
			continue;
		for (size_t k = 0; k < SP_COUNT(ids); k++) {
			size_t len = strlen(ids[k]), m = 0;

			if (n - i < len || memcmp(line + i, ids[k], len))
				continue;
			while (i + len + m < n && (word_char(line[i + len + m]) ||
						   strchr("/$=,", line[i + len + m])))
				m++;
			*ret = (struct span){ i, i + len + m };
			if (m >= 8)
				return true;
		}
	}
	return false;
}

/* "//user:password@" of a URL. */
static bool find_url(const char *line, size_t n, struct span *ret)
{
	const char *p = memmem(line, n, "://", 3);

	while (p) {
		const char *end = line + n, *colon = NULL;

		for (p += 3; p < end && !strchr("/?# \t\"'", *p); p++) {
			if (*p == ':' && !colon)
				colon = p;
			else if (*p == '@' && colon && p > colon + 1 &&
				 !same_letters(colon + 1, (size_t)(p - colon - 1),
					       SP_LEFT_OUT)) {
				*ret = (struct span){ (size_t)(colon + 1 - line),
						      (size_t)(p - line) };
				return true;
			}
		}
		p = memmem(p, (size_t)(end - p), "://", 3);
	}
	return false;
}

/* passwd(5), group(5): a hash, of whatever form, in the second field. */
static bool find_field(const char *line, size_t n, struct span *ret)
{
	const char *a = memchr(line, ':', n);
	const char *b = a ? memchr(a + 1, ':', (size_t)(line + n - a - 1)) : NULL;

	if (!b || b - a <= 3 || a[1] == '*' || a[1] == '!' ||
	    same_letters(a + 1, (size_t)(b - a - 1), SP_LEFT_OUT))
		return false;
	*ret = (struct span){ (size_t)(a + 1 - line), (size_t)(b - line) };
	return true;
}

static bool is_private_key(const char *line, size_t n)
{
	return memmem(line, n, "-----BEGIN", 10) &&
	       memmem(line, n, "PRIVATE KEY", 11);
}

static bool is_accounts(const char *path)
{
	return sp_starts(path, "/etc/passwd") || sp_starts(path, "/etc/group");
}

/* The first secret of a line: what it is, or NULL. */
static const char *find(const char *path, const char *line, size_t n,
			struct span *ret)
{
	bool yaml = sp_ends(path, ".yaml") || sp_ends(path, ".yml");
	bool accounts = is_accounts(path);

	*ret = (struct span){ 0, n };
	if (is_private_key(line, n))
		return N_("a private key");
	if (accounts ? find_field(line, n, ret) : find_hash(line, n, ret))
		return N_("the hash of a password");
	if (find_url(line, n, ret))
		return N_("a URL with a password");
	if (!accounts && find_setting(line, n, yaml, ret))
		return N_("a setting that looks like a secret");
	return NULL;
}

const char *sp_secret_find(const char *path, const char *text, size_t len,
			   unsigned *ret_line)
{
	const char *line, *why = NULL;
	size_t pos = 0, n;
	unsigned number = 0;
	struct span at;

	while (!why && sp_next_line(text, len, &pos, &line, &n)) {
		number++;
		why = find(path, line, n, &at);
	}
	if (why)
		*ret_line = number;
	return why;
}

bool sp_secret_take_out(const char *path, const char *text, size_t len,
			struct sp_buf *ret)
{
	/* Its values may go on in lines that begin with a blank. */
	bool folds = sp_ends(path, ".repo"), dropping = false;
	sp_auto_buf out = { 0 };
	unsigned number;
	const char *line;
	size_t pos = 0, n;

	while (sp_next_line(text, len, &pos, &line, &n)) {
		size_t done = 0;
		struct span at;

		if (is_private_key(line, n))
			return false;
		if (dropping && n && (*line == ' ' || *line == '\t'))
			continue;
		dropping = false;
		while (find(path, line + done, n - done, &at)) {
			sp_buf_addn(&out, line + done, at.from);
			sp_buf_add(&out, SP_LEFT_OUT);
			done += at.to;
			dropping = folds;
			if (is_accounts(path))
				break; /* what follows is no second field */
		}
		sp_buf_addn(&out, line + done, n - done);
		if (pos < len || text[len - 1] == '\n')
			sp_buf_addc(&out, '\n');
	}
	if (sp_secret_find(path, sp_buf_cstr(&out), out.len, &number))
		return false;
	*ret = out;
	out = (struct sp_buf){ 0 };
	return true;
}
