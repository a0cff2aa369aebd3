/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * spool.h - a private directory that goes away with us, however we end: a
 * child waits for that and removes it.
 */
#ifndef SPROUT_SPOOL_H
#define SPROUT_SPOOL_H

#include "core/err.h"

struct sp_spool;

/*
 * A new directory, 0700, below @base, which is there, and is ours.  What is
 * left there of processes that the power was cut from is removed.
 */
int sp_spool_new(const char *base, struct sp_spool **ret, struct sp_err *err);
/* Remove it, and the files in it; NULL is fine. */
void sp_spool_free(struct sp_spool *s);
static inline void sp_spool_freep(struct sp_spool **s)
{
	sp_spool_free(*s);
}
#define sp_auto_spool __attribute__((cleanup(sp_spool_freep))) struct sp_spool

const char *sp_spool_path(const struct sp_spool *s);

#endif
