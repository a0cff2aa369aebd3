/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * packages.h - one transaction of packages: planned, carried out, taken back.
 *
 * In the module; the kind "package" calls it by the module's table.
 */
#ifndef SPROUT_PACKAGES_H
#define SPROUT_PACKAGES_H

#include <stdbool.h>
#include <stdint.h>

#include "core/host.h"

struct sp_packages_want {
	const struct sp_strv *install, *remove;
	const char *update; /* "all", "security", "none" */
	int weak_deps;	    /* -1: as dnf.conf says */
	bool offline;	    /* no network: what the cache has */
	bool keep;	    /* what is replaced or removed, for an undo */
	int64_t keep_bytes; /* of all that is kept, at most */
};

/* Zeroed is empty. */
struct sp_packages_plan {
	struct sp_strv steps; /* as step.h has them; none: all is there */
	char *sums;	      /* owned; a sentence about sizes */
	char *strays; /* owned; ... about files of nobody, as far as known */
};

void sp_packages_plan_clear(struct sp_packages_plan *p);

/*
 * What has to be done.  Changes nothing but the cache of metadata; when what
 * is named is installed and nothing is to be updated, rpm's database alone is
 * asked.
 */
int sp_packages_plan(struct sp_host *h, const struct sp_packages_want *want,
		     struct sp_packages_plan *ret, struct sp_err *err);

/*
 * Fetch, verify, keep, and run the transaction.  @steps: as planned; ESTALE
 * when the host or the repositories would now have something else done.
 * @out: what scripts said.
 */
int sp_packages_apply(struct sp_host *h, const struct sp_packages_want *want,
		      const struct sp_strv *steps, const char *root,
		      struct sp_output *out, struct sp_err *err);

/*
 * Set back: what @steps added goes, what they removed comes back from what
 * was kept.  Right after a transaction that finished, that was cut off, and
 * that never began.
 */
int sp_packages_undo(struct sp_host *h, const struct sp_strv *steps,
		     const char *root, struct sp_output *out,
		     struct sp_err *err);

/* Behind it, by itself: sp_strays_back() of stray.h. */
int sp_packages_back(struct sp_host *h, struct sp_err *err);

#endif
