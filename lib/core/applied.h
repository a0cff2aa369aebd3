/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * applied.h - the profile of a run, kept beside its journal: the file that it
 * was read from may be edited or gone by the time somebody asks.
 *
 * RUN/profile-1, profile-2, ... (0600: there may be password hashes in them)
 * are the sources' texts; their names stand in the journal, in this order.
 */
#ifndef SPROUT_APPLIED_H
#define SPROUT_APPLIED_H

#include "journal.h"

/* Keep the sources of @profile with @run, which has just begun. */
int sp_applied_save(struct sp_root *r, const struct sp_run *run,
		    const struct sp_profile *profile, struct sp_err *err);

/*
 * The sources of a run, unparsed, into @ret (empty before): 1, or 0 when they
 * were not kept.
 */
int sp_applied_load(struct sp_root *r, const struct sp_run *run,
		    struct sp_profile *ret, struct sp_err *err);

/*
 * The newest run that stands, done or waiting to be confirmed: 1 with @ret
 * filled, or 0 when there is none.
 */
int sp_applied_find(struct sp_root *r, struct sp_run *ret, struct sp_err *err);

#endif
