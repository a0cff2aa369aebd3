/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * archive.h - tar archives of nodes: the only user of libarchive, which is
 * loaded when the first archive is opened.
 *
 * Source: libarchive(3), archive_write(3), archive_read(3); tar(5).
 */
#ifndef SPROUT_ARCHIVE_H
#define SPROUT_ARCHIVE_H

#include "err.h"
#include "node.h"

/* Limits of an archive that is read, each named in its error message. */
#define SP_ARCHIVE_ENTRIES_MAX	200000
#define SP_ARCHIVE_BYTES_MAX	((size_t)256 << 20)	/* of all files */
#define SP_ARCHIVE_PATH_MAX	4096			/* bytes of one path */

/* The endings that an archive's name may have, for messages. */
#define SP_ARCHIVE_SUFFIXES ".tar.zst, .tar.xz, .tar.gz or .tar"

struct sp_archive;

/*
 * Begin an archive on @fd, which stays the caller's; compressed as @name ends
 * (SP_ARCHIVE_SUFFIXES).  EINVAL for another ending, ENOTSUP when the library
 * is not here or cannot compress so.
 */
int sp_archive_create(int fd, const char *name, struct sp_archive **ret,
		      struct sp_err *err);

/*
 * Add what is at @path (absolute).  Files must be loaded.  Times are not
 * kept: the same nodes make the same archive.
 */
int sp_archive_add(struct sp_archive *a, const char *path,
		   const struct sp_node *node, struct sp_err *err);

/*
 * Write the end.  sp_archive_free() writes one, too, but tells nobody how it
 * went: without a success of this function the file is good for nothing.
 */
int sp_archive_finish(struct sp_archive *a, struct sp_err *err);
void sp_archive_free(struct sp_archive *a);
static inline void sp_archive_freep(struct sp_archive **a)
{
	sp_archive_free(*a);
}
#define sp_auto_archive __attribute__((cleanup(sp_archive_freep))) struct sp_archive

/*
 * Called for everything in an archive.  @path is absolute and clean; @node
 * may be taken over (and zeroed).  A negative result ends the reading.
 */
typedef int sp_archive_fn(void *arg, const char *path, struct sp_node *node,
			  struct sp_err *err);

/*
 * Read an archive, compressed or not, from the file @name.  Directories come
 * before what is in them, made up (0755, root's) where the archive does not
 * have them.  EBADMSG for a path with "..", for hard links, for more than the
 * limits, and for what is no tar archive.  Device nodes, FIFOs and sockets
 * are left out.
 */
int sp_archive_read(const char *name, sp_archive_fn *fn, void *arg,
		    struct sp_err *err);

struct sp_host;

/*
 * The archive @name as a host that has nothing else: for plans.  Commands do
 * not run there, and nothing is ever committed.
 */
int sp_archive_host(const char *name, struct sp_host **ret, struct sp_err *err);

#endif
