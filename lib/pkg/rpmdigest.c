/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* rpmdigest.c - checksums by librpm's crypto: eight times libsolv's speed. */
#include "pkg/rpmdigest.h"

#include <ctype.h>
#include <errno.h>
#include <rpm/rpmpgp.h>
#include <rpm/rpmcrypto.h>
#include <string.h>
#include <strings.h>

#include "core/mem.h"

static const struct {
	const char *name;
	int algo;
	size_t bytes;
} types[] = {
	[SP_DIGEST_SHA1] = { "sha1", PGPHASHALGO_SHA1, 20 },
	[SP_DIGEST_SHA224] = { "sha224", PGPHASHALGO_SHA224, 28 },
	[SP_DIGEST_SHA256] = { "sha256", PGPHASHALGO_SHA256, 32 },
	[SP_DIGEST_SHA384] = { "sha384", PGPHASHALGO_SHA384, 48 },
	[SP_DIGEST_SHA512] = { "sha512", PGPHASHALGO_SHA512, 64 },
};

const char *sp_digest_name(enum sp_digest_type type)
{
	return type == SP_DIGEST_NONE ? "none" : types[type].name;
}

int sp_checksum_parse(const char *type, const char *text,
		      struct sp_checksum *ret, struct sp_err *err)
{
	struct sp_checksum sum = { 0 };
	size_t n = strlen(text);

	/* "sha" is createrepo's old word for sha1 */
	if (strcasecmp(type, "sha1") == 0 || strcasecmp(type, "sha") == 0 ||
	    strcasecmp(type, "md5") == 0)
		return sp_fail(err, ENOTSUP,
			       "checksums by \"%s\" prove nothing any more and "
			       "are not taken; the repository has to be made "
			       "anew, with sha256",
			       type);
	for (int i = SP_DIGEST_SHA224; i < (int)SP_COUNT(types); i++)
		if (strcasecmp(type, types[i].name) == 0)
			sum.type = (enum sp_digest_type)i;
	if (!sum.type)
		return sp_fail(err, ENOTSUP,
			       "a checksum by \"%s\" is not known", type);
	if (n != 2 * types[sum.type].bytes ||
	    strspn(text, "0123456789abcdefABCDEF") != n)
		return sp_fail(err, EBADMSG,
			       "\"%.130s\" is no %s checksum: %zu hexadecimal "
			       "digits were expected",
			       text, types[sum.type].name,
			       2 * types[sum.type].bytes);
	sum.hex = sp_xstrdup(text);
	for (char *p = sum.hex; *p; p++)
		*p = (char)tolower((unsigned char)*p);
	*ret = sum;
	return 0;
}

void sp_checksum_copy(struct sp_checksum *to, const struct sp_checksum *from)
{
	to->type = from->type;
	to->hex = sp_strdup0(from->hex);
}

void sp_checksum_clear(struct sp_checksum *c)
{
	free(c->hex);
	*c = (struct sp_checksum){ 0 };
}

struct sp_digest {
	DIGEST_CTX ctx;
};

struct sp_digest *sp_digest_new(enum sp_digest_type type)
{
	struct sp_digest *d = sp_xcalloc(1, sizeof(*d));

	(void)rpmInitCrypto();
	d->ctx = rpmDigestInit(types[type].algo, RPMDIGEST_NONE);
	return d;
}

void sp_digest_add(struct sp_digest *d, const void *data, size_t len)
{
	(void)rpmDigestUpdate(d->ctx, data, len);
}

char *sp_digest_end(struct sp_digest *d)
{
	void *text = NULL;
	char *ret;

	/* a crypto policy may forbid one: then nothing ever matches */
	if (!d->ctx || rpmDigestFinal(d->ctx, &text, NULL, 1) != 0)
		text = NULL;
	ret = sp_xstrdup(text ? text : "");
	free(text);
	free(d);
	return ret;
}

void sp_digest_free(struct sp_digest *d)
{
	if (!d)
		return;
	if (d->ctx)
		(void)rpmDigestFinal(d->ctx, NULL, NULL, 0);
	free(d);
}

char *sp_digest_hex(enum sp_digest_type type, const void *data, size_t len)
{
	struct sp_digest *d = sp_digest_new(type);

	sp_digest_add(d, data, len);
	return sp_digest_end(d);
}
