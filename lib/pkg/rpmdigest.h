/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* rpmdigest.h - checksums of files, by librpm's crypto. */
#ifndef SPROUT_RPMDIGEST_H
#define SPROUT_RPMDIGEST_H

#include <stddef.h>

#include "core/err.h"
#include "core/str.h"

enum sp_digest_type {
	SP_DIGEST_NONE,
	SP_DIGEST_SHA1, /* OpenPGP's fingerprints only; proves nothing else */
	SP_DIGEST_SHA224,
	SP_DIGEST_SHA256,
	SP_DIGEST_SHA384,
	SP_DIGEST_SHA512,
};

#define SP_DIGEST_BYTES_MAX 64

/* A checksum as it stands in metadata; @hex is owned, in lower case. */
struct sp_checksum {
	enum sp_digest_type type;
	char *hex;
};

/* "sha256", and so on. */
const char *sp_digest_name(enum sp_digest_type type);

/*
 * Set @ret from a type's name ("sha256") and hexadecimal text of the right
 * length.  ENOTSUP for md5 and sha1, which anybody can forge today, and for
 * types that are not known; EBADMSG for text that is no checksum.
 */
int sp_checksum_parse(const char *type, const char *hex,
		      struct sp_checksum *ret, struct sp_err *err);
void sp_checksum_copy(struct sp_checksum *to, const struct sp_checksum *from);
void sp_checksum_clear(struct sp_checksum *c);
#define sp_auto_checksum \
	__attribute__((cleanup(sp_checksum_clear))) struct sp_checksum

struct sp_digest;

struct sp_digest *sp_digest_new(enum sp_digest_type type);
void sp_digest_add(struct sp_digest *d, const void *data, size_t len);
/* Hexadecimal text, owned; ends @d, which is freed, too. */
char *sp_digest_end(struct sp_digest *d);
void sp_digest_free(struct sp_digest *d);
static inline void sp_digest_freep(struct sp_digest **d)
{
	sp_digest_free(*d);
}
#define sp_auto_digest __attribute__((cleanup(sp_digest_freep))) struct sp_digest

/* All at once: hexadecimal text, owned. */
char *sp_digest_hex(enum sp_digest_type type, const void *data, size_t len);

#endif
