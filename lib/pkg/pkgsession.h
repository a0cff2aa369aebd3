/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * pkgsession.h - what the files of the transaction of packages share: all that
 * a plan found out, kept with the view of the host for the apply.
 */
#ifndef SPROUT_PKGSESSION_H
#define SPROUT_PKGSESSION_H

#include "pkg/cache.h"
#include "pkg/keep.h"
#include "pkg/metadata.h"
#include "pkg/offer.h"
#include "pkg/packages.h"
#include "pkg/repos.h"
#include "pkg/rpmdb.h"
#include "pkg/solv.h"
#include "pkg/step.h"

/* Zeroed is empty. */
struct sp_pkg_session {
	char *root;   /* real path */
	char *dbpath; /* below it */
	bool has_db;
	char *keep_dir;			/* below it */
	struct sp_keep keep;		/* borrows the two */
	const struct sp_offers *offers; /* the view's */
	struct sp_cache *cache;
	struct sp_repos repos;
	bool has_repos;
	struct sp_meta_opts opts;
	struct sp_metadata md;
	struct sp_solv *solv; /* NULL: the database alone gave the answer */
	struct sp_steps steps;
	struct sp_keyring *rpm_keys; /* NULL: not read yet */
	/* What is being fetched; without a state it has not begun. */
	struct sp_host *told;
	struct sp_task task;
};

/* This view's; NULL with @err filled. */
struct sp_pkg_session *sp_pkg_session_get(struct sp_host *h,
					  struct sp_err *err);
void sp_pkg_session_clear(struct sp_pkg_session *s);

/*
 * What is fetched from here on is told as that task, which ends with the
 * second one.
 */
void sp_pkg_tell(struct sp_pkg_session *s, struct sp_host *h,
		 enum sp_task_sort sort);
void sp_pkg_told(struct sp_pkg_session *s);

/* sp_txn_run(), and who waits is told. */
struct sp_txn;
int sp_pkg_run(struct sp_pkg_session *s, struct sp_host *h, struct sp_txn *t,
	       struct sp_buf *out, struct sp_err *err);

/* Fill the steps of an empty session. */
int sp_pkg_resolve(struct sp_pkg_session *s, struct sp_host *h,
		   const struct sp_packages_want *want, struct sp_err *err);

/* The first five of an empty session.  ENOTSUP: not a directory. */
int sp_pkg_locate(struct sp_pkg_session *s, struct sp_host *h,
		  struct sp_err *err);

/* Does rpm's database have exactly this package?  0 without a database. */
int sp_pkg_installed(struct sp_rpmdb *db, const char *nevra,
		     struct sp_err *err);

/* The key of an offered or repository's file; NULL: it need not be signed. */
int sp_pkg_keys(struct sp_pkg_session *s, int solvable, struct sp_keyring **ret,
		struct sp_err *err);

/* A step for each key that verifies something and rpm does not have yet. */
int sp_pkg_add_keys(struct sp_pkg_session *s, struct sp_rpmdb *db,
		    struct sp_err *err);

/* "gpg-pubkey-VERSION", as rpm's database calls the key; owned. */
char *sp_pkg_key_name(const char *fingerprint);

#endif
