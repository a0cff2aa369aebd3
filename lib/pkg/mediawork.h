/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* mediawork.h - what mediafind.c, mediaplan.c and medialist.c share. */
#ifndef SPROUT_MEDIAWORK_H
#define SPROUT_MEDIAWORK_H

#include "pkg/blockdev.h"
#include "pkg/mediaplan.h"
#include "pkg/rpmkeys.h"
#include "pkg/spool.h"

/* --- mediafind.c */

/* 'the stick labelled "VERDE"'; owned. */
char *sp_media_called(const struct sp_media_want *w);

/*
 * 1 with @ret, or 0 when it is not here.  @seen: what was here the last time,
 * which is not looked into again; "" at first.
 */
int sp_media_find(const struct sp_media_want *w, char **seen,
		  struct sp_blockdev *ret, struct sp_err *err);

/* The same, with patience.  0: it is not here, and nobody can be asked for it. */
int sp_media_find_or_wait(struct sp_host *h, const struct sp_media_want *w,
			  struct sp_blockdev *ret, struct sp_err *err);

/* --- mediaplan.c */

/* A directory for copies. */
int sp_media_spool(struct sp_spool **ret, struct sp_err *err);

/* The keys in the files @paths of the root; without, those that rpm has. */
int sp_media_load_keys(struct sp_host *h, const struct sp_strv *paths,
		       struct sp_keyring *k, struct sp_err *err);

/* 'key 199e2f91fd431d51 (Example <ex@example.com>)'; owned. */
char *sp_media_key_shown(const struct sp_keyring *k, const char *id);

#endif
