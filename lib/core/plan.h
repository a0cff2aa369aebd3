/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * plan.h - the ordered changes that bring a host to its profile, and exactly
 * what they do to files.
 */
#ifndef SPROUT_PLAN_H
#define SPROUT_PLAN_H

#include "kind.h"
#include "node.h"
#include "profile.h"

/* A field that a snapshot does not tell. */
struct sp_untold {
	const struct sp_resource *res; /* of the profile */
	int field;
};

/* Zeroed is empty. */
struct sp_plan {
	/*
	 * Additions and modifications in the order of sp_kinds[] and of the
	 * profile, then removals in the reverse order, then actions.
	 */
	struct sp_change *v;
	size_t n;
	/*
	 * When packages change (SP_KIND_TRANSACTS), what is behind them is a
	 * preview, planned again when they are there: v from this index on.
	 * Otherwise n.
	 */
	size_t n_first;
	bool transacts; /* packages change */
	size_t n_add, n_modify, n_remove;
	/* 'unit "x.service": why': what cannot be planned before that. */
	struct sp_strv later;
	/* What is taken to be as the profile says, as it was left out. */
	struct sp_untold *untold;
	size_t n_untold;
	/* What the changes come to, one effect a path, sorted by path. */
	struct sp_effects effects;
	struct sp_command *commands;
	size_t n_commands;
};

/*
 * Observe, compare, order, and stage every change on @host, whose staged
 * state is then the new host.  Nothing is committed.
 */
int sp_plan_make(struct sp_plan *ret, const struct sp_profile *profile,
		 struct sp_host *host, struct sp_err *err);

/*
 * When the changes before n_first have happened: plan the resources behind
 * the packages again, in place of the preview.  Nothing is staged.
 */
int sp_plan_again(struct sp_plan *p, const struct sp_profile *profile,
		  struct sp_host *host, struct sp_err *err);

/*
 * One resource: observe and compare.  1 with @ret filled when it differs, 0
 * when it does not.
 */
int sp_plan_compare(const struct sp_resource *res, struct sp_host *host,
		    struct sp_change *ret, struct sp_err *err);

/*
 * Hand changes, from number @from up to @to, to their kinds' apply, in order,
 * except those where @skip (may be NULL) says true.
 */
int sp_plan_stage(const struct sp_change *changes, size_t from, size_t to,
		  const bool *skip, struct sp_host *host, struct sp_err *err);

void sp_plan_clear(struct sp_plan *p);
#define sp_auto_plan __attribute__((cleanup(sp_plan_clear))) struct sp_plan

#endif
