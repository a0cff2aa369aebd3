/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* rpmfile.h - what a package file says of itself, and whose it is. */
#ifndef SPROUT_RPMFILE_H
#define SPROUT_RPMFILE_H

#include "core/err.h"
#include "pkg/rpmdb.h"
#include "pkg/rpmkeys.h"
#include "pkg/step.h"

struct sp_rpmfile {
	struct sp_nevra nevra;
	char *summary; /* owned */
	char *key_id;  /* owned; 16 hexadecimal digits, lower case; NULL: not
			   signed */
};

void sp_rpmfile_clear(struct sp_rpmfile *f);
#define sp_auto_rpmfile \
	__attribute__((cleanup(sp_rpmfile_clear))) struct sp_rpmfile

/*
 * Read the header.  Nothing is verified: sp_keyring_verify_rpm() comes first
 * where it counts.  EBADMSG: not a package.
 */
int sp_rpmfile_read(const char *path, struct sp_rpmfile *ret,
		    struct sp_err *err);

/* [EPOCH:]VERSION[-RELEASE] as rpm orders them: < 0, 0, > 0. */
int sp_evr_compare(const char *a, const char *b);

/* Add the keys that rpm's database has; those that are not good are passed. */
int sp_rpmdb_keyring(struct sp_rpmdb *db, struct sp_keyring *k, int64_t now,
		     struct sp_err *err);

#endif
