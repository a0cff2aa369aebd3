/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * openpgp.h - what stands in OpenPGP certificates and signatures, without any
 * cryptography: who, since when, until when, revoked or not.
 *
 * Nothing is verified here: that is librpm's work, which in 4.18 looks neither
 * at expiry nor at revocation.
 * Source: RFC 9580 (RFC 4880), sections 4.2, 5.2, 5.5, 6.
 */
#ifndef SPROUT_OPENPGP_H
#define SPROUT_OPENPGP_H

#include <stdbool.h>
#include <stdint.h>

#include "core/err.h"
#include "core/str.h"

#define SP_PGP_SIZE_MAX	   ((size_t)1 << 20) /* bytes of one file */
#define SP_PGP_PACKETS_MAX 8192		     /* of one file */
#define SP_PGP_CERTS_MAX   64		     /* certificates of one file */
#define SP_PGP_SUBKEYS_MAX 64		     /* of one certificate */

enum {
	SP_PGP_SIGNATURE = 2,
	SP_PGP_PRIMARY = 6,
	SP_PGP_USER = 13,
	SP_PGP_SUBKEY = 14,
	SP_PGP_ATTRIBUTE = 17,
};

/* One packet; @at and @len are of the whole of it, the body is its end. */
struct sp_pgp_packet {
	int tag;
	size_t at, len;
	const uint8_t *body;
	size_t body_len;
};

/*
 * The packet at *@pos, which moves behind it.  1, 0 at the end, or EBADMSG
 * for what is no packet, is cut off, or has no definite length.
 */
int sp_pgp_next(const uint8_t *data, size_t len, size_t *pos,
		struct sp_pgp_packet *ret, struct sp_err *err);

/*
 * Add the bytes of every armoured block of a type ("PUBLIC KEY BLOCK",
 * "SIGNATURE") to @ret; what is not armoured, as it is.  EBADMSG when there
 * is neither, or a block is damaged; EFBIG above SP_PGP_SIZE_MAX.
 */
int sp_pgp_dearmor(const void *data, size_t len, const char *type,
		   struct sp_buf *ret, struct sp_err *err);

struct sp_pgp_sig {
	int version, type, hash;
	int64_t created;	/* 0: not told */
	int64_t expires;	/* of the signature itself; 0: never */
	int64_t key_lives_s;	/* of the key it is on; 0: for ever */
	char issuer[17];	/* key ID, upper case; "" when not told */
	char fingerprint[65];	/* of the issuer; "" when not told */
};

/* Read the body of a signature packet, versions 3 to 6. */
int sp_pgp_read_sig(const uint8_t *body, size_t len, struct sp_pgp_sig *ret,
		    struct sp_err *err);

struct sp_pgp_key {
	int version;
	char fingerprint[65], id[17];	/* upper case */
	int64_t created, expires;	/* 0: never */
	int64_t told;		/* when the signature that says so was made */
	bool bound;		/* there is a signature of the certificate's own */
	bool revoked;
	size_t at, len;		/* with its signatures */
};

struct sp_pgp_cert {
	struct sp_pgp_key key;	/* at and len up to the first subkey */
	char *user;		/* owned; the first user ID, or "" */
	struct sp_pgp_key *sub;	/* owned */
	size_t n_sub;
};

struct sp_pgp_certs {
	struct sp_pgp_cert *v;	/* owned */
	size_t n;
};

/*
 * All certificates in @data (packets).  @now: seconds since 1970; signatures
 * that have expired then do not count.  EBADMSG, EFBIG.
 */
int sp_pgp_read_certs(const uint8_t *data, size_t len, int64_t now,
		      struct sp_pgp_certs *ret, struct sp_err *err);
void sp_pgp_certs_clear(struct sp_pgp_certs *c);
#define sp_auto_pgp_certs \
	__attribute__((cleanup(sp_pgp_certs_clear))) struct sp_pgp_certs

/*
 * Why the key is not to be used at @now ("expired on 2024-01-31", "is
 * revoked"), owned, or NULL when it is good.
 */
char *sp_pgp_key_bad(const struct sp_pgp_key *key, int64_t now);

#endif
