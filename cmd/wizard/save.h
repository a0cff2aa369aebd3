/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* save.h - profile and answers on disk. */
#ifndef SPROUT_SAVE_H
#define SPROUT_SAVE_H

#include "core/host_real.h"

/* Where a file goes; zeroed is empty. */
struct wz_place {
	struct sp_root *root; /* borrowed, or own */
	struct sp_root *own;  /* owned */
	char *path;	      /* owned; canonical below root */
	char *shown;	      /* owned; as the operator's shell sees it */
};

/* A path below a root directory; symlinks stay inside. */
int wz_place_below(struct sp_root *root, const char *path, struct wz_place *ret,
		   struct sp_err *err);
/* A path as given; its directory must be there. */
int wz_place_open(const char *path, struct wz_place *ret, struct sp_err *err);
void wz_place_clear(struct wz_place *p);
#define wz_auto_place __attribute__((cleanup(wz_place_clear))) struct wz_place

/* 1: something else is there; 0: nothing, or the same. */
int wz_place_differs(const struct wz_place *p, const struct sp_buf *text,
		     struct sp_err *err);
/* 0600, replaced atomically; missing directories are made, 0755. */
int wz_place_write(const struct wz_place *p, const struct sp_buf *text,
		   struct sp_err *err);

#endif
