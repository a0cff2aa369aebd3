/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* self.h - run another command of sprout, and keep a file: for unattended use. */
#ifndef SPROUT_SELF_H
#define SPROUT_SELF_H

#include "core/err.h"
#include "core/str.h"

/*
 * Run "sprout ARGV..." (NULL-ended, argv[0] is the command's name) and wait.
 * @tty: a terminal that it is to have for itself, or -1.
 * @out, @errors: get what it prints; NULL: it goes where ours goes.
 * @ret: its exit status, or 128 and the signal.
 */
int cmd_self(const char *const argv[], int tty, struct sp_buf *out,
	     struct sp_buf *errors, int *ret, struct sp_err *err);

/*
 * Write a file (0600) with its directory (0700): in whole or not at all, and
 * there after a power cut.
 */
int cmd_keep_file(const char *dir, const char *name, const struct sp_buf *text,
		  struct sp_err *err);

/*
 * Leave the report of a first boot below @root ("" for /): firstboot.json, with
 * which sprout firstboot never does anything again; when @status is a failure
 * firstboot-failed.json.  @profile may be NULL.
 */
int cmd_firstboot_keep(const char *root, const char *profile, const char *from,
		       int status, struct sp_err *err);

#endif
