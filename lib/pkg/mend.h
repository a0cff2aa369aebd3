/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * mend.h - what a transaction leaves of the one package that it was at when
 * it was cut off: files that rpm's database does not know, or not so.
 */
#ifndef SPROUT_MEND_H
#define SPROUT_MEND_H

#include "pkg/pkgsession.h"

/*
 * Is what is at the path what the package has there: 1 or 0.  Attributes do
 * not count; large files are compared by their size alone.
 */
int sp_mend_same(struct sp_host *h, const struct sp_rpm_file *f,
		 struct sp_err *err);

/*
 * Do files of the installed package @nevra differ from what the database says?
 * Configuration and what is not of the package itself does not count.  1 or 0.
 */
int sp_mend_damaged(struct sp_host *h, struct sp_rpmdb *db, const char *nevra,
		    struct sp_err *err);

/*
 * Remove configuration files that an update from @old, which is installed, to
 * @new put in place before it was cut off: installing @old again would take
 * them for the administrator's.  How many.
 */
int sp_mend_config(struct sp_host *h, struct sp_rpmdb *db,
		   const struct sp_cache *cache, const char *old,
		   const char *new, struct sp_err *err);

/* The package's file in the cache, by the end of its name; owned; or NULL. */
char *sp_mend_cached(const struct sp_cache *cache, const char *nevra);

/*
 * Remove what rpm calls the files of the package in the file @path while it
 * writes them.  The names have the second in which the transaction began: the
 * next one stumbles over them when it begins in the same.
 */
int sp_mend_parts(struct sp_host *h, const char *path, struct sp_err *err);

/*
 * Remove files of the package @nevra, which is not installed, that are the
 * package's to the byte and that no installed package has; but not @spare
 * (sorted, canonical).  Only when its file is still in the cache.
 */
int sp_mend_remove(struct sp_host *h, struct sp_rpmdb *db,
		   const struct sp_cache *cache, const char *nevra,
		   const struct sp_strv *spare, struct sp_err *err);

#endif
