/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * stray.h - what stands where a package brings a file, and belongs to no
 * package: rpm replaces it, or sets configuration aside, and removes it with
 * the package.  A run keeps it, and its undo puts it back.
 */
#ifndef SPROUT_STRAY_H
#define SPROUT_STRAY_H

#include "pkg/pkgsession.h"

/* Zeroed is empty. */
struct sp_strays {
	const char *dbpath;   /* borrowed; what is below is left alone */
	struct sp_strv owned; /* sorted; paths that need no look */
	struct sp_strv keep;  /* canonical: files, links, directories */
	bool tell;	      /* for a plan: fill the next, too */
	struct sp_strv told;  /* the files and links that will be others */
	int64_t size;	      /* bytes of what was compared for that */
};

void sp_strays_clear(struct sp_strays *s);

/* What rpm may make beside a file; ends with NULL. */
extern const char *const sp_strays_beside[];

/* What the installed ones of the packages of these steps own needs no look. */
int sp_strays_begin(struct sp_strays *s, const char *dbpath,
		    struct sp_rpmdb *db, const struct sp_steps *steps,
		    struct sp_err *err);

/*
 * Look for those of the package in the file @path.  @h: a view of the disk.
 * What may not be looked at (EACCES) is passed over.
 */
int sp_strays_find(struct sp_strays *s, struct sp_host *h, struct sp_rpmdb *db,
		   const char *path, struct sp_err *err);

/* sp_host_keep() them.  In a plan: could they be kept? */
int sp_strays_keep(struct sp_strays *s, struct sp_host *h, struct sp_err *err);

/* "/a, /b, /c and 4 more"; owned. */
char *sp_strays_names(const struct sp_strv *paths);

/* A sentence about those that will be others; owned; NULL: none. */
char *sp_strays_text(const struct sp_strays *s);

/* --- stray_kept.c ------------------------------------------------------------ */

/* The transaction is through: which of what the run kept are others now. */
void sp_strays_remark(struct sp_host *h);

/* What an undo does before and behind its transaction.  Zeroed, then @host. */
struct sp_stray_undo {
	struct sp_host *host;	/* which knows what the run has kept */
	struct sp_strv from, to; /* set aside */
	struct sp_strv made;	/* by rpm, beside what was kept */
};

void sp_stray_undo_clear(struct sp_stray_undo *u);

/*
 * The package @nevra is about to go, and what is at its paths with it: where
 * the run kept something and that is neither this nor the package's, somebody
 * wrote it since.  It becomes NAME.rpmsave.
 */
int sp_strays_aside(struct sp_stray_undo *u, struct sp_rpmdb *db,
		    const struct sp_cache *cache, const char *nevra,
		    struct sp_err *err);

/*
 * The package in the file @path is about to come back: what somebody put at
 * its paths since, and the run does not know, becomes NAME.rpmsave.
 */
int sp_strays_room(struct sp_stray_undo *u, struct sp_strays *s,
		   struct sp_rpmdb *db, const char *path, struct sp_err *err);

/*
 * What the run has kept and is there still, sorted; false: the transaction
 * never began.
 */
bool sp_strays_untouched(struct sp_host *h, struct sp_strv *ret);

/* @gone: the transaction came to its end; if not, what is aside comes back. */
int sp_strays_settle(struct sp_stray_undo *u, bool gone, struct sp_err *err);

/*
 * Stage what the run has kept, where no package has the path; copies that rpm
 * made of it (.rpmorig, .rpmsave) go.  What somebody put there meanwhile
 * becomes NAME.rpmsave.
 */
int sp_strays_back(struct sp_host *h, struct sp_err *err);

#endif
