/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * hash.c - the only user of libcrypt; loaded when a password is typed, as no
 * other command needs it.
 *
 * Source: crypt(3), crypt_gensalt(3) of libxcrypt; yescrypt came with 4.3.
 */
#include <dlfcn.h>
#include <errno.h>
#include <string.h>

#include "core/mem.h"
#include "wizard.h"

#define SALT_MAX 192 /* CRYPT_GENSALT_OUTPUT_SIZE */

typedef char *gensalt_fn(const char *prefix, unsigned long count,
			 const char *random, int n, char *out, int size);
typedef char *crypt_fn(const char *phrase, const char *setting, void **data,
		       int *size);

int wz_hash(const char *password, char **ret, struct sp_err *err)
{
	static const char *const prefixes[] = { "$y$", "$6$" };
	void *lib = dlopen("libcrypt.so.2", RTLD_NOW | RTLD_LOCAL);
	gensalt_fn *gensalt;
	crypt_fn *hash;
	char salt[SALT_MAX];
	void *data = NULL;
	int size = 0;

	if (!lib)
		lib = dlopen("libcrypt.so.1", RTLD_NOW | RTLD_LOCAL);
	gensalt = lib ? (gensalt_fn *)dlsym(lib, "crypt_gensalt_rn") : NULL;
	hash = lib ? (crypt_fn *)dlsym(lib, "crypt_ra") : NULL;
	if (!gensalt || !hash)
		return sp_fail(
			err, ENOTSUP,
			"passwords need libcrypt (libxcrypt), which cannot be loaded");
	for (size_t i = 0; i < SP_COUNT(prefixes); i++) {
		const char *s;

		if (!gensalt(prefixes[i], 0, NULL, 0, salt, sizeof(salt)))
			continue;
		s = hash(password, salt, &data, &size);
		if (!s || s[0] == '*')
			continue;
		*ret = sp_xstrdup(s);
		explicit_bzero(data, (size_t)size);
		free(data);
		return 0;
	}
	free(data);
	return sp_fail(err, ENOTSUP, "libcrypt makes no hash of this password");
}
