/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* mediamount.h - mount a medium for one process, which reads it and ends. */
#ifndef SPROUT_MEDIAMOUNT_H
#define SPROUT_MEDIAMOUNT_H

#include "core/err.h"
#include "pkg/blockdev.h"

/*
 * The medium's top directory, open.  What is no directory is mounted read-only
 * for this process alone, in a mount namespace that it gets: to be called by a
 * child.  EPERM when we may not.
 */
int sp_media_mount(const struct sp_blockdev *b, int *ret_top,
		   struct sp_err *err);

#endif
