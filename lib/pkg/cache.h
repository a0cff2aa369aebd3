/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cache.h - the directory of downloads: sprout's own files on the machine it
 * runs on, whatever root it works on.
 *
 *	files/SHA256-NAME		metadata and packages, by their checksum
 *	repos/ID-HASH/			what has no checksum: repomd.xml, mirrors
 *
 * What is here is believed (a cache of solved metadata cannot be checked), so
 * nobody else may be able to write: every directory on the way belongs to
 * root or to us and is closed to the others, or has the sticky bit.
 */
#ifndef SPROUT_CACHE_H
#define SPROUT_CACHE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/err.h"
#include "core/str.h"
#include "pkg/rpmdigest.h"

#define SP_CACHE_DIR "/var/cache/sprout"

struct sp_cache;

/*
 * @dir: absolute; NULL for SP_CACHE_DIR if we are root, else for
 *	 $XDG_CACHE_HOME/sprout, ~/.cache/sprout.  Made 0700 when missing.
 * EPERM when somebody else could write to it or above it.
 */
int sp_cache_open(const char *dir, struct sp_cache **ret, struct sp_err *err);
void sp_cache_free(struct sp_cache *c);
static inline void sp_cache_freep(struct sp_cache **c)
{
	sp_cache_free(*c);
}
#define sp_auto_cache __attribute__((cleanup(sp_cache_freep))) struct sp_cache

/* Its absolute path, for messages and for libraries that want paths. */
const char *sp_cache_path(const struct sp_cache *c);

/* "files/HEX-NAME" for a file with that checksum, owned; @name: basename. */
char *sp_cache_file(const struct sp_checksum *sum, const char *name);

/*
 * Paths below are relative: one or two directories and a name, without "..".
 * Directories on the way are made.
 */
int sp_cache_read(struct sp_cache *c, const char *path, size_t max,
		  struct sp_buf *ret, struct sp_err *err); /* 1, 0: not there */
int sp_cache_write(struct sp_cache *c, const char *path, const void *data,
		   size_t len, struct sp_err *err); /* atomic, fsynced */
/* 1 with its size in bytes and its age in seconds; 0: not there. */
int sp_cache_stat(struct sp_cache *c, const char *path, int64_t *ret_size,
		  int64_t *ret_age_s, struct sp_err *err);
/* It was used, or found good: as new as if it had been written now. */
int sp_cache_touch(struct sp_cache *c, const char *path, struct sp_err *err);
/* Nothing there is a success. */
int sp_cache_remove(struct sp_cache *c, const char *path, struct sp_err *err);
/*
 * Remove what nobody has used for @age_s seconds from a directory ("files"),
 * begun downloads, too.  What cannot be removed stays.
 */
void sp_cache_tidy(struct sp_cache *c, const char *dir, int64_t age_s);
/* Open for reading; -ENOENT without @err when nothing is there. */
int sp_cache_open_file(struct sp_cache *c, const char *path, int *ret_fd,
		       struct sp_err *err);

/*
 * The begun download of @path: "@path.part", read-write and locked against
 * other processes; when another one is at it, a file of its own.
 * @ret_part: the name to finish or drop, owned.
 */
int sp_cache_begin(struct sp_cache *c, const char *path, int *ret_fd,
		   char **ret_part, struct sp_err *err);
/* fsync, rename to @path. */
int sp_cache_finish(struct sp_cache *c, int fd, const char *part,
		    const char *path, struct sp_err *err);

#endif
