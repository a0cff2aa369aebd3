/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * offer.h - what other kinds bring to the one transaction of packages.
 *
 * The kind "media" observes before the kind "package", in the same view of
 * the host.  It leaves here the files that it copied and verified; "package",
 * which is in every profile that has media (sp_kind.brings), gives them to the
 * solver (sp_solv_add_file), adds to its job what is to be installed and
 * removed, and carries all of it out, and back.  A view that nobody offered
 * anything to has an empty list.
 */
#ifndef SPROUT_OFFER_H
#define SPROUT_OFFER_H

#include <stdbool.h>

#include "core/host.h"

struct sp_keyring;

/* One package file. */
struct sp_offer {
	char *path;   /* owned; real path of a private copy, there as long
			   as the view of the host */
	char *from;   /* owned; where it came from, one word: "media:verde" */
	char *nevra;  /* owned; NAME-[EPOCH:]VERSION-RELEASE.ARCH */
	bool install; /* wanted; others are there for dependencies */
	struct sp_keyring *keys; /* borrowed for as long; what verified it */
};

struct sp_offers {
	struct sp_offer *v;
	size_t n;
	struct sp_strv remove; /* names of packages that are to go */
	void *owner; /* the offering kind's own, freed by @free_owner */
	void (*free_owner)(void *owner);
};

/* This view's; owned by it.  NULL with @err filled on failure. */
struct sp_offers *sp_offers_get(struct sp_host *h, struct sp_err *err);

/* An empty one at the end. */
struct sp_offer *sp_offers_add(struct sp_offers *o);

#endif
