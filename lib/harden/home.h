/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* home.h - a user's home directory, and the authorized_keys in it. */
#ifndef SPROUT_HOME_H
#define SPROUT_HOME_H

#include "core/host.h"

/*
 * Make @home as a copy of the directory @skel: files, directories and
 * symlinks with their modes, all owned by @uid and @gid; @mode is that of
 * @home itself.  What is there stays as it is: a home that exists is not
 * touched at all.  A @skel that is not there is an empty one.
 * Symlinks are root's, which takes nothing from the owner of the directory.
 */
int sp_home_make(struct sp_host *h, const char *home, const char *skel,
		 uid_t uid, gid_t gid, mode_t mode, struct sp_err *err);

/* 1 when @home is a directory, 0 when nothing is there. */
int sp_home_exists(struct sp_host *h, const char *home, struct sp_err *err);

/*
 * Read or write HOME/.ssh/authorized_keys.  Read returns 1, or 0 when it is
 * not there.  Both fail with ELOOP where .ssh or the file is a symlink: its
 * owner could aim it at any file of root's.  Write makes .ssh 0700 and the
 * file 0600, owned by @uid and @gid, where they are not there.
 */
int sp_home_keys_read(struct sp_host *h, const char *home, struct sp_buf *ret,
		      struct sp_err *err);
int sp_home_keys_write(struct sp_host *h, const char *home, uid_t uid,
		       gid_t gid, const struct sp_buf *text,
		       struct sp_err *err);

#endif
