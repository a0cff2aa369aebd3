/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * rpmkeys.h - keyrings, one for each repository, and what they verify.
 *
 * Expired and revoked keys and subkeys never get into one, though rpm 4.18
 * would take them; they are remembered for the message.
 */
#ifndef SPROUT_RPMKEYS_H
#define SPROUT_RPMKEYS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/err.h"
#include "core/host.h"
#include "core/str.h"

struct sp_keyring;

struct sp_key {
	char *fingerprint;	/* hexadecimal, upper case */
	char *user;		/* user ID; "" when there is none */
	char *source;		/* file or URL */
	char *bad;		/* "expired on 2024-01-31", "is revoked"; NULL: good */
	struct sp_buf cert;	/* what is good of it, binary; empty: nothing */
};

struct sp_keyring *sp_keyring_new(void);
void sp_keyring_free(struct sp_keyring *k);
static inline void sp_keyring_freep(struct sp_keyring **k)
{
	sp_keyring_free(*k);
}
#define sp_auto_keyring \
	__attribute__((cleanup(sp_keyring_freep))) struct sp_keyring

/*
 * Add every certificate of a file, armoured or not.
 * @source: for messages.  @now: seconds since 1970; what is expired then is
 * not taken.  @fingerprint: take only this one (40 or 64 digits), or NULL.
 * EBADMSG when there is no certificate; EKEYEXPIRED, EKEYREVOKED when none is
 * good; ENOKEY when none has the fingerprint.
 */
int sp_keyring_add(struct sp_keyring *k, const char *source, const void *data,
		   size_t len, int64_t now, const char *fingerprint,
		   struct sp_err *err);

/* All that were seen, good or not. */
const struct sp_key *sp_keyring_list(const struct sp_keyring *k, size_t *ret_n);

/*
 * A detached signature, armoured or not, over @data.
 * ENOKEY: signed by a key that is not here; EKEYEXPIRED, EKEYREVOKED: by one
 * that is no longer good; EKEYREJECTED: not a signature of this data; EBADMSG:
 * no signature at all.
 */
int sp_keyring_verify(struct sp_keyring *k, const void *data, size_t len,
		      const void *sig, size_t sig_len, struct sp_err *err);

/*
 * An .rpm file, header and payload, digests and signature.  @path is real.
 * The same errors; ENODATA: not signed.
 */
int sp_keyring_verify_rpm(struct sp_keyring *k, const char *path,
			  struct sp_err *err);

#endif
