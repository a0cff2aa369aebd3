/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pwhash.c - see pwhash.h.  Source: crypt(5) of libxcrypt. */
#include <errno.h>
#include <string.h>

#include "core/mem.h"
#include "core/str.h"
#include "harden/pwhash.h"

#define B64 "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#define HASH_MAX 384 /* CRYPT_OUTPUT_SIZE */

/*
 * PREFIX [ARGUMENT "$"]... SALT "$" DIGEST.  yescrypt and scrypt keep their
 * parameters in arguments of the same alphabet; bcrypt has salt and digest in
 * one.
 */
static const struct method {
	const char *prefix, *name;
	int args;	    /* number of arguments that must be there */
	const char *option; /* an argument that may be there */
	size_t salt_min, salt_max;
	size_t digest; /* its length */
	const char *weak;
} methods[] = {
	{ "$y$", "yescrypt", 1, NULL, 0, 86, 43, NULL },
	{ "$gy$", "gost-yescrypt", 1, NULL, 0, 86, 43, NULL },
	{ "$7$", "scrypt", 0, NULL, 11, 97, 43, NULL },
	{ "$2b$", "bcrypt", 0, NULL, 2, 2, 53, NULL },
	{ "$2y$", "bcrypt", 0, NULL, 2, 2, 53, NULL },
	{ "$2a$", "bcrypt", 0, NULL, 2, 2, 53, NULL },
	{ "$6$", "SHA-512", 0, "rounds=", 1, 16, 86, NULL },
	{ "$5$", "SHA-256", 0, "rounds=", 1, 16, 43, NULL },
	{ "$sha1$", "SHA-1", 1, NULL, 1, 64, 28, "SHA-1" },
	{ "$1$", "MD5", 0, NULL, 1, 8, 22, "MD5" },
};

static const char *unlocked(const char *s)
{
	return s + strspn(s, "!");
}

static const struct method *method_of(const char *hash)
{
	for (size_t i = 0; i < SP_COUNT(methods); i++)
		if (sp_starts(hash, methods[i].prefix))
			return &methods[i];
	return NULL;
}

static int check_parts(const struct method *m, const char *s,
		       struct sp_err *err)
{
	size_t n;

	if (m->option && sp_starts(s, m->option)) {
		s += strlen(m->option);
		n = strspn(s, "0123456789");
		if (n == 0 || n > 9 || s[n] != '$')
			return sp_fail(
				err, EINVAL,
				"the rounds of the %s hash are not a number",
				m->name);
		s += n + 1;
	}
	for (int i = 0; i < m->args; i++) {
		n = strspn(s, B64);
		if (n == 0 || s[n] != '$')
			return sp_fail(err, EINVAL,
				       "the %s hash has no parameters",
				       m->name);
		s += n + 1;
	}
	n = strcspn(s, "$");
	if (s[n] != '$')
		return sp_fail(err, EINVAL,
			       "the %s hash ends in its salt; was it cut off?",
			       m->name);
	if (n < m->salt_min || n > m->salt_max)
		return sp_fail(err, EINVAL,
			       "the salt of the %s hash has %zu characters "
			       "(allowed: %zu to %zu)",
			       m->name, n, m->salt_min, m->salt_max);
	s += n + 1;
	n = strspn(s, B64);
	if (s[n])
		return sp_fail(err, EINVAL,
			       "the %s hash has a character that does not "
			       "belong there",
			       m->name);
	if (n != m->digest)
		return sp_fail(err, EINVAL,
			       "the %s hash has %zu characters behind its "
			       "salt, expected %zu; was it cut off?",
			       m->name, n, m->digest);
	return 0;
}

int sp_pwhash_canon(const char *text, char **ret, struct sp_err *err)
{
	const char *hash = unlocked(text);
	const struct method *m = method_of(hash);

	if (!text[0])
		return sp_fail(err, EINVAL,
			       "is empty, which would let anyone in; use \"!\" "
			       "for no password");
	if (hash - text > 2 || strlen(text) > HASH_MAX)
		return sp_fail(err, EINVAL, "is not a crypt(5) hash");
	if (hash[0] && !sp_streq(hash, "*")) {
		int r;

		if (!m)
			return sp_fail(err, EINVAL,
				       "is not a crypt(5) hash with one of the "
				       "prefixes $y$, $gy$, $7$, $2b$, $6$, "
				       "$5$ and $1$; \"openssl passwd -6\" "
				       "makes one");
		for (const char *s = hash; *s; s++)
			if (*s <= ' ' || *s >= 0x7f || strchr(":;*!\\", *s))
				return sp_fail(err, EINVAL,
					       "the %s hash has a character "
					       "that does not belong there",
					       m->name);
		r = check_parts(m, hash + strlen(m->prefix), err);
		if (r < 0)
			return r;
	}
	*ret = sp_xstrdup(text);
	return 0;
}

const char *sp_pwhash_weak(const char *hash)
{
	const struct method *m = method_of(unlocked(hash));

	return m ? m->weak : NULL;
}
