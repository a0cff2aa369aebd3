/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * keep.h - packages that a transaction replaces or removes, kept for its undo
 * as files below the root's /var/lib/sprout/packages: "NEVRA.rpm".
 */
#ifndef SPROUT_KEEP_H
#define SPROUT_KEEP_H

#include <stdbool.h>
#include <stdint.h>

#include "core/err.h"
#include "core/str.h"

#define SP_KEEP_DIR "/var/lib/sprout/packages"

/* Where: a root and, canonical below it, the directory.  Borrowed. */
struct sp_keep {
	const char *root; /* real path */
	const char *dir;  /* SP_KEEP_DIR, symlinks resolved in the root */
};

/* Absolute path of a kept package (owned), or NULL when it is not kept. */
char *sp_keep_find(const struct sp_keep *k, const char *nevra);

/* Copy the package file @path; it is on disk when this returns. */
int sp_keep_add(const struct sp_keep *k, const char *nevra, const char *path,
		struct sp_err *err);

/*
 * Drop the oldest until the rest is @bytes at most, but none of @spare
 * (NEVRAs).
 */
int sp_keep_limit(const struct sp_keep *k, int64_t bytes,
		  const struct sp_strv *spare, struct sp_err *err);

#endif
