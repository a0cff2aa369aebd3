/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * rpmdb.h - the database of installed packages of a root, read only.
 *
 * librpm makes an empty one where it finds none, on a mere look; so it is
 * never asked to open what is not there.
 */
#ifndef SPROUT_RPMDB_H
#define SPROUT_RPMDB_H

#include <stdbool.h>
#include <stdint.h>

#include "core/host.h"

struct sp_rpmdb;

/*
 * The directory of the root's database, canonical below the root (owned):
 * where one is, else where rpm of that system would make it.  1 when there is
 * one, else 0.
 */
int sp_rpmdb_path(struct sp_host *host, char **ret, struct sp_err *err);

/*
 * Open it.  @root: real path; @dbpath: from sp_rpmdb_path(), which said 1.
 * Until it is closed librpm has its _dbpath.
 */
int sp_rpmdb_open(const char *root, const char *dbpath, struct sp_rpmdb **ret,
		  struct sp_err *err);
void sp_rpmdb_close(struct sp_rpmdb *db); /* NULL is fine */
static inline void sp_rpmdb_closep(struct sp_rpmdb **db)
{
	sp_rpmdb_close(*db);
}
#define sp_auto_rpmdb __attribute__((cleanup(sp_rpmdb_closep))) struct sp_rpmdb

/* An installed package; strings are valid during the call only. */
struct sp_installed {
	const char *name, *evr, *arch;
	unsigned id;	/* of the database */
	int64_t size;	/* bytes on the disk */
	void *header;	/* librpm's Header */
};

/* Returns < 0 to end it, with @err filled. */
typedef int sp_rpmdb_fn(void *arg, const struct sp_installed *p,
			struct sp_err *err);

/* All packages; keys ("gpg-pubkey") are none. */
int sp_rpmdb_each(struct sp_rpmdb *db, sp_rpmdb_fn *fn, void *arg,
		  struct sp_err *err);
/* Those called @name; "gpg-pubkey" are the keys. */
int sp_rpmdb_named(struct sp_rpmdb *db, const char *name, sp_rpmdb_fn *fn,
		   void *arg, struct sp_err *err);

/*
 * Is @spec installed: a package's name, NAME.ARCH, NAME-VERSION[-RELEASE
 * [.ARCH]], the path of a file, or something that a package provides.
 * No patterns, no comparisons.  1 or 0.
 */
int sp_rpmdb_has(struct sp_rpmdb *db, const char *spec, struct sp_err *err);

/* A file of a package; strings are valid during the call only. */
struct sp_rpm_file {
	const char *path;
	unsigned mode;	    /* with the type */
	int64_t size;	    /* bytes */
	const char *digest; /* hexadecimal; "" for what is no regular file */
	int algo;	    /* of the digest, OpenPGP's number */
	const char *link;   /* target of a symlink */
	bool config;
	bool noreplace;	    /* configuration that is left as it is */
	bool ghost;	    /* not in the package */
	bool loose; /* configuration, ghosts, ...: may differ from it */
};
typedef int sp_rpm_file_fn(void *arg, const struct sp_rpm_file *f,
			   struct sp_err *err);

/* The files of an installed package; of none when it is not installed. */
int sp_rpmdb_files(struct sp_rpmdb *db, const char *nevra, sp_rpm_file_fn *fn,
		   void *arg, struct sp_err *err);
/* The files of a package file; its signature is not looked at. */
int sp_rpm_files(const char *path, sp_rpm_file_fn *fn, void *arg,
		 struct sp_err *err);
/* Does an installed package own this path? */
bool sp_rpmdb_owns(struct sp_rpmdb *db, const char *path);

/*
 * "VERSION" of what provides @what ("system-release"), with the package's
 * name; 0 when nothing does.  Owned by the caller.
 */
int sp_rpmdb_version(struct sp_rpmdb *db, const char *what, char **ret_version,
		     char **ret_name, struct sp_err *err);

/* Read librpm's configuration, once. */
int sp_rpm_init(struct sp_err *err);

#endif
