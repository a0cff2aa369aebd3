/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * rpmtxn.h - a transaction of rpm, in a process of its own.
 *
 * librpm changes its root directory, blocks signals and is not thread-safe.
 * The child holds on to whatever lock its parent holds: when the parent dies
 * the transaction goes on to its end, and the lock lasts as long.
 */
#ifndef SPROUT_RPMTXN_H
#define SPROUT_RPMTXN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "core/err.h"
#include "core/str.h"

/* A file as it was at one time; zeroed: not known. */
struct sp_txn_seen {
	dev_t dev;
	ino_t ino;
	int64_t size;
	struct timespec changed;
};

/* See it; before it is verified. */
int sp_txn_see(const char *path, struct sp_txn_seen *ret, struct sp_err *err);

struct sp_txn_item {
	const char *path; /* a verified package file; NULL: erase */
	/* What is in the file, or to erase: "zip-3.0-1.x86_64" or a key's. */
	const char *nevra;
	struct sp_txn_seen seen; /* when it was verified */
	bool beside;		 /* leave other versions installed */
};

struct sp_txn_key {
	const void *data; /* a certificate, binary */
	size_t len;
};

/* Zeroed, then filled; everything is borrowed. */
struct sp_txn {
	const char *root;   /* real path */
	const char *dbpath; /* below it; made when missing */
	const struct sp_txn_item *items;
	size_t n;
	const struct sp_txn_key *keys; /* to import first */
	size_t n_keys;
	bool back; /* an undo: older versions and what is installed are fine */
	/*
	 * "zip-3.0-1.x86_64", number @i of @n, begins; told again twice a
	 * second while it lasts.  May be NULL.
	 */
	void (*begins)(void *arg, const char *nevra, size_t i, size_t n);
	void *arg;
};

/* EBUSY when a program changes packages there; it is named. */
int sp_txn_idle(const char *root, const char *dbpath, struct sp_err *err);

/*
 * Check (dependencies, conflicts of files, space, digests) and, when all is
 * well, run.  @out gets what scripts said, and warnings: a line each.
 * EBUSY: another program is at the database.  EINVAL: the check failed,
 * nothing was touched; the message has all reasons.  EIO: a file is not the
 * one, or not the package, that it should be, and nothing was touched; or it
 * broke off, or some packages failed, and the others are installed.
 */
int sp_txn_run(const struct sp_txn *t, struct sp_buf *out, struct sp_err *err);

#endif
