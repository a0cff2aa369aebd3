/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * mediaplan.h - find a medium, copy and verify what is on it, and tell what
 * there is to do; in the module, the kind "media" calls it by its table.
 */
#ifndef SPROUT_MEDIAPLAN_H
#define SPROUT_MEDIAPLAN_H

#include <stdbool.h>

#include "core/host.h"

/*
 * What was installed from a medium, so that nobody has to put it in again to
 * see that nothing is to be done: a file of this name, a line a package.
 */
#define SP_MEDIA_DIR "/var/lib/sprout/media"

/* All borrowed; NULL: not said. */
struct sp_media_want {
	const char *name;
	const char *label, *uuid;   /* of a stick ... */
	const char *path;	    /* ... or a device, an image, a directory */
	const char *match;	    /* file names of what is to be installed */
	const struct sp_strv *keys; /* files of the root; empty: rpm's own */
	int wait_s;
};

/* Zeroed is empty. */
struct sp_media_have {
	bool recorded; /* something was installed from it */
	bool pending;  /* there is something to do */
	/* The record that will be true then; empty: the medium is not here. */
	struct sp_strv packages;
	struct sp_strv notes; /* where they are, what is passed over */
};

void sp_media_have_clear(struct sp_media_have *h);

/*
 * Offer what is to be installed, and what it may need, to the transaction
 * (offer.h).  Waits for the medium when it is needed and somebody can be
 * asked (sp_host_wait).
 * ENOMEDIUM: it did not come; ENOTUNIQ: two could be meant; EKEYREJECTED and
 * the like: a package that is to be installed does not verify.
 */
int sp_media_plan(struct sp_host *h, const struct sp_media_want *want,
		  struct sp_media_have *ret, struct sp_err *err);

/* What was installed from it is to go; 1, or 0 when nothing is recorded. */
int sp_media_forget(struct sp_host *h, const char *name, struct sp_err *err);

/* A package on a medium, for people. */
struct sp_media_verdict {
	char *file; /* owned */
	int64_t size;
	char *nevra; /* owned; NULL when it is not even a package */
	char *key;   /* owned; the key that signed it, if that is good */
	char *bad; /* owned; why it would not be installed; NULL: it is good */
};

struct sp_media_listing {
	char *medium; /* owned; sp_blockdev_shown() */
	char *path, *label, *uuid, *type, *model; /* owned, or NULL */
	int64_t size;
	char *bad; /* owned; why it was not looked into; NULL: it was */
	struct sp_media_verdict *v;
	size_t n;
};

struct sp_media_listings {
	struct sp_media_listing *v;
	size_t n;
};

void sp_media_listings_clear(struct sp_media_listings *l);

/*
 * Every stick that is here, or what @path names, and the packages there,
 * verified by @keys (real paths), or by the keys of the root's rpm.
 */
int sp_media_list(struct sp_host *h, const char *path,
		  const struct sp_strv *keys, struct sp_media_listings *ret,
		  struct sp_err *err);

#endif
