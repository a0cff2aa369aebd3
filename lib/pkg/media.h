/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * media.h - packages on a stick, in an image of one, or in a directory: list
 * and copy them; or one file of another disk.
 *
 * A child mounts it read-only in a mount namespace of its own, so that nobody
 * else ever sees it mounted, and it is gone with the child.  Nothing on it is
 * believed, followed or run: regular files called *.rpm are copied, and only
 * the copies are looked at.
 */
#ifndef SPROUT_MEDIA_H
#define SPROUT_MEDIA_H

#include <stdbool.h>
#include <stdint.h>

#include "core/err.h"
#include "core/str.h"
#include "pkg/blockdev.h"

/* Limits, each named in its error message. */
#define SP_MEDIA_ENTRIES_MAX 20000	       /* names that are looked at */
#define SP_MEDIA_FILES_MAX 2000		       /* packages */
#define SP_MEDIA_BYTES_MAX ((int64_t)16 << 30) /* of all packages */

struct sp_media_file {
	char *name;   /* owned; without directories */
	int64_t size; /* bytes */
	bool match;   /* of the pattern */
	char *copy;   /* owned; its path; NULL when it was not copied */
};

struct sp_media_files {
	struct sp_media_file *v; /* sorted by name */
	size_t n;
	size_t n_match;
};

void sp_media_files_clear(struct sp_media_files *l);
#define sp_auto_media_files \
	__attribute__((cleanup(sp_media_files_clear))) struct sp_media_files

/* @done of @total bytes are copied; at most ten times a second. */
typedef void sp_media_told_fn(void *arg, int64_t done, int64_t total);

/*
 * The packages in the top directory of @dev; where that has a repodata, in
 * the directories below, too.
 * @match: an fnmatch pattern of file names.
 * @spool: the directory that copies go to; NULL: none are made.
 * @told: is told when copying begins, and then now and then; may be NULL.
 * EPERM when we may not mount.  ENODEV, EIO when it was pulled out; ENOSPC
 * when there is no room for the copies, EFBIG, E2BIG above a limit.
 */
int sp_media_read(const struct sp_blockdev *dev, const char *match,
		  const char *spool, sp_media_told_fn *told, void *arg,
		  struct sp_media_files *ret, struct sp_err *err);

/*
 * The file called @name in the top directory of what @path names; without one,
 * of the disk, whatever disk, whose file system has this @label.
 * Returns 1, with @ret_from, owned: where it was; or 0: no disk has the label.
 * @sys, @dev: as for sp_blockdev_scan().
 * ENOTUNIQ: two have it; ENOENT: the file is not there; EINVAL: it is no regular
 * file; EFBIG above @max bytes.
 */
int sp_media_file(const char *sys, const char *dev, const char *path,
		  const char *label, const char *name, size_t max,
		  struct sp_buf *ret, char **ret_from, struct sp_err *err);

#endif
