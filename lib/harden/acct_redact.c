/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* acct_redact.c - shadow and gshadow for a snapshot. */
#include "harden/acct_redact.h"

#include <string.h>

#include "core/mem.h"
#include "core/secret.h"
#include "core/sha256.h"
#include "harden/pwhash.h"

#define MARK "$sprout$"
/* Shorter salts could be tried one by one: 72 bits of base 64. */
#define SALT_MIN 12

/* The salt's length of a hash that is known to have a good one, or 0. */
static size_t salt_length(const char *hash)
{
	const char *digest = strrchr(hash, '$'), *salt;

	if (sp_starts(hash, "$2")) /* 22 characters of salt, always */
		return digest && strlen(digest) > 22 ? 22 : 0;
	if (!digest || !(sp_starts(hash, "$5$") || sp_starts(hash, "$6$") ||
			 sp_starts(hash, "$y$") || sp_starts(hash, "$gy$")))
		return 0;
	for (salt = digest; salt > hash && salt[-1] != '$'; salt--)
		;
	return (size_t)(digest - salt);
}

/* What tells a password in a snapshot; owned. */
static char *mark(const char *password)
{
	size_t locks = strspn(password, "!");
	const char *hash = password + locks;
	char digest[SP_SHA256_HEX];

	if (!*hash || sp_streq(hash, "*") || sp_streq(hash, "x"))
		return sp_xstrdup(password);
	if (salt_length(hash) < SALT_MIN)
		return sp_xstrdup(SP_LEFT_OUT);
	sp_sha256(hash, strlen(hash), digest);
	return sp_asprintf("%.*s" MARK "%s", (int)locks, password, digest);
}

char *sp_acct_unmark(const char *field, const char *want)
{
	sp_auto_free char *marked = want ? mark(want) : NULL;

	return sp_xstrdup(marked && strstr(field, MARK) &&
					  sp_streq(field, marked)
				  ? want
				  : field);
}

/* Names as they may be; a line without one tells nothing. */
static bool is_name(const char *s)
{
	size_t n = strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
			     "0123456789_-.$@+\\");

	return n && !s[n];
}

/* Cut a line at its colons: at most @max parts, the last with the rest. */
static size_t cut(char *line, char *parts[], size_t max)
{
	size_t n = 0;

	for (parts[n++] = line; n < max && (line = strchr(line, ':'));) {
		*line++ = '\0';
		parts[n++] = line;
	}
	return n;
}

int sp_acct_redact(const char *path, const struct sp_buf *text,
		   struct sp_buf *ret)
{
	bool groups = sp_ends(path, "/gshadow");
	const char *line;
	size_t pos = 0, len;

	while (sp_next_line(sp_buf_cstr(text), text->len, &pos, &line, &len)) {
		sp_auto_free char *s = sp_xstrndup(line, len), *m = NULL;
		char *part[9] = { 0 };
		size_t n = cut(s, part, groups ? 4 : 9);

		if (n < 2 || !is_name(part[0]))
			continue;
		m = mark(part[1]);
		if (groups)
			sp_buf_addf(ret, "%s:!sprout:%s:%s\n", part[0],
				    part[2] ? part[2] : "",
				    part[3] ? part[3] : "");
		else
			/* The last field is of no use to anybody else. */
			sp_buf_addf(ret, "%s:%s:::::::sprout\n", part[0], m);
	}
	return 1;
}
