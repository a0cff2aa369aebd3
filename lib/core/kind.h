/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* kind.h - what one kind of setting has to provide. */
#ifndef SPROUT_KIND_H
#define SPROUT_KIND_H

#include "diag.h"
#include "host.h"
#include "state.h"

struct sp_health;
struct sp_kind;
struct sp_profile;

enum sp_op { SP_ADD = 1, SP_MODIFY, SP_REMOVE };

/*
 * One difference between profile and host.  Made by diff, printed by plan,
 * written to the journal, then handed to apply and perhaps to undo.
 *
 * SP_ADD: before is absent, after has the profile's fields.  SP_REMOVE:
 * before has all that was observed, after is absent.  SP_MODIFY: after has
 * the profile's fields; before has the host's values of the same fields
 * (SP_V_NONE where the host has no such setting), so that undo touches
 * nothing else.
 */
struct sp_change {
	const struct sp_kind *kind;
	char *id;		 /* owned; the resource's name in the profile */
	enum sp_op op;
	struct sp_state before;	 /* owned; the host's side */
	struct sp_state after;	 /* owned; the profile's side */
};

void sp_change_clear(struct sp_change *c);

/* One wanted resource of a profile. */
struct sp_resource {
	const struct sp_kind *kind;
	char *id;		/* owned; singletons: the kind's name */
	struct sp_state want;	/* owned; present is false for ensure: absent */
	struct sp_mark mark;
	bool incomplete;	/* something it was given could not be read */
	/*
	 * Owned; what the host lacks for it, when packages of the profile may
	 * bring that: see sp_check_missing().
	 */
	char *missing;
};

/* What a kind's check sees. */
struct sp_check {
	struct sp_resource *res;
	const struct sp_profile *profile;	/* for rules across resources */
	/* The host to check against; NULL for `sprout check` without a root. */
	struct sp_host *host;
	struct sp_diag *diag;		/* errors and warnings go here */
	bool final;	/* the profile's packages are there */
};

/*
 * The host lacks something that a package brings ("chrony is not installed").
 * An error, unless the profile changes packages: then the resource is planned
 * once they are there.  @res, @f, @item: as for sp_diag_error().
 */
void sp_check_missing(const struct sp_check *ck, struct sp_resource *res, int f,
		      int item, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));

/* How the kind appears in the profile. */
enum sp_shape {
	SP_SHAPE_LIST = 1, /* list of maps, each with "name" and "ensure" */
	SP_SHAPE_MAP,	   /* one map; the resource's id is the kind's name */
	SP_SHAPE_SCALAR,   /* one scalar, which is field 0 */
};

enum {
	SP_KIND_REACH	= 1 << 0, /* can cut the operator off */
	/*
	 * No lasting state to compare: planned every time, not verified; done
	 * last, when the running services have been told.
	 */
	SP_KIND_ACTION	= 1 << 1,
	/* SHAPE_LIST entries cannot be removed: no "ensure" key. */
	SP_KIND_NOREMOVE = 1 << 2,
	/*
	 * Changes more than files, by sp_host_act() (a transaction of
	 * packages).  Everything before it is staged when it observes;
	 * everything behind it is planned again when it is through, as it may
	 * bring files that the others need.  Its undo is called, always,
	 * when the files are back, and acts, too; what it stages behind that
	 * is committed, even if it fails.
	 */
	SP_KIND_TRANSACTS = 1 << 3,
};

/*
 * All verbs return 0, or -errno with @err filled; diff alone also returns 1.
 * None of them prints, exits, or looks at whether this is a dry run: a dry
 * run is a run whose staged changes are never committed.
 */
struct sp_kind {
	const char *name;	/* "user"; word of messages and manual page */
	const char *section;	/* profile key, dotted when nested: "users" */
	enum sp_shape shape;
	const char *summary;	/* one line for `sprout kinds` */
	/* What undo does not bring back, one sentence; NULL: nothing. */
	const char *undo_limits;
	const struct sp_field *fields;	/* schema; ends with a NULL name */
	unsigned flags;			/* SP_KIND_* */
	/*
	 * A kind, SP_SHAPE_MAP, whose resource is in every profile that has
	 * one of this kind, with no field set if the profile does not name it.
	 */
	const struct sp_kind *brings;
	/*
	 * fnmatch patterns (FNM_PATHNAME) of the files that observe and
	 * check may read: what a snapshot has to hold.  NULL-ended.  Files
	 * with secrets are listed in @secret_paths instead and left out.
	 */
	const char *const *paths;
	const char *const *secret_paths;
	/*
	 * What of such a file a snapshot may have, so that a plan of it is
	 * exact: the same form, no secret.  1 with @ret (empty before), or 0:
	 * nothing.  Optional; without it the files are left out.
	 */
	int (*redact)(const char *path, const struct sp_buf *text,
		      struct sp_buf *ret);

	/* SP_SHAPE_LIST: is this a good name?  NULL: any text of 1..255 bytes. */
	int (*check_name)(const char *name, struct sp_err *err);

	/*
	 * Everything the field table cannot say: fields against each other,
	 * against the host, against other resources.  Adds errors and
	 * warnings to ck->diag; returns nothing.  Optional.
	 */
	void (*check)(const struct sp_check *ck);

	/*
	 * Read the host.  Must not change it.  A resource that is not there
	 * is a success with ret_have->present false.  @ret_have is
	 * initialised (absent, no field set).  @want tells the profile's side
	 * for the rare kind whose identity needs it; most ignore it.
	 *
	 * On a live host the running state counts, too: where the files say
	 * what @want says but the running host does not, the field gets the
	 * running value.
	 */
	int (*observe)(struct sp_host *host, const char *id,
		       const struct sp_state *want, struct sp_state *ret_have,
		       struct sp_err *err);

	/*
	 * Compare.  Touches neither host nor clock.  Returns 1 and fills
	 * @ret_change (all but id) when they differ, 0 when they do not.
	 * NULL: sp_diff_fields.
	 */
	int (*diff)(const struct sp_kind *kind, const struct sp_state *want,
		    const struct sp_state *have, struct sp_change *ret_change,
		    struct sp_err *err);

	/*
	 * Bring the persistent state to change->after.  Sets a state: right
	 * also when part of it, or all of it, is there already.
	 */
	int (*apply)(struct sp_host *host, const struct sp_change *change,
		     struct sp_err *err);

	/*
	 * Make the running host take what the files now say: called once
	 * with all of the kind's changes, behind the last file; on a live
	 * host only.  Uses sp_host_poke() and sp_host_run().  When a run is
	 * taken back it is called with before and after exchanged, behind
	 * the old files.  Optional.
	 */
	int (*activate)(struct sp_host *host,
			const struct sp_change *const changes[], size_t n,
			struct sp_err *err);
	/*
	 * Instead: hand this kind's changes to that kind's activate, together
	 * with its own, so that one service is told once.
	 */
	const struct sp_kind *activated_by;

	/*
	 * A service that can take itself back: before activate, when the run
	 * has to be confirmed, have the service return to what it does now
	 * unless it is released within @seconds; called again to set another
	 * time.  Optional, beside the engine's own timer.
	 */
	int (*guard)(struct sp_host *host, int seconds, struct sp_err *err);
	/*
	 * The guard ends: @keep when the run was confirmed.  Otherwise the old
	 * files are back; the service returns at once to what it did; activate
	 * follows, with before and after exchanged.  No guard is a success.
	 */
	int (*release)(struct sp_host *host, bool keep, struct sp_err *err);

	/*
	 * Is what @want names within reach: asked before and after a run that
	 * can cut the operator off.  Adds one line for each that does not
	 * answer ("ping 192.0.2.1: no answer") to @ret_silent, which begins
	 * with the same words each time.  One that is silent before has no
	 * vote.  Optional.
	 */
	int (*probe)(struct sp_host *host, const struct sp_state *want,
		     struct sp_strv *ret_silent, struct sp_err *err);

	/*
	 * The systemd units that what @res wants needs to run: for sprout
	 * status.  Names that a host does not have may be among them.
	 * Optional.
	 */
	void (*services)(const struct sp_resource *res, struct sp_strv *ret);

	/*
	 * Is the host, as it runs, good for what @res wants: a row for each
	 * question, by sp_health_add(), for sprout status.  Asks what observe
	 * does not compare: hardware, modules, what counts from the next boot
	 * on.  Reads only.  Optional.
	 */
	int (*health)(struct sp_host *host, const struct sp_resource *res,
		      struct sp_health *ret, struct sp_err *err);

	/*
	 * Bring the host to change->before where files were edited after the
	 * run (files that were not are restored from the journal's images by
	 * the engine).  NULL: apply with before and after exchanged, which
	 * is right for every kind whose apply sets a state.
	 */
	int (*undo)(struct sp_host *host, const struct sp_change *change,
		    struct sp_err *err);
};

/* Is it a change of an action? */
static inline bool sp_change_acts(const struct sp_change *c)
{
	return c->kind->flags & SP_KIND_ACTION;
}

/*
 * The generic comparison.  A field that is unset in @want or in @have, or
 * flagged SP_F_DIRECTIVE or SP_F_NOCOMPARE, is not compared.  An empty list
 * and SP_V_NONE are equal.
 */
int sp_diff_fields(const struct sp_kind *kind, const struct sp_state *want,
		   const struct sp_state *have, struct sp_change *ret_change,
		   struct sp_err *err);

/* Does this field count as different?  The rule of sp_diff_fields. */
bool sp_field_differs(const struct sp_field *field, const struct sp_state *want,
		      const struct sp_state *have, int f);

/* Every kind, in the order they are applied; ends with NULL.  lib/kinds.c. */
extern const struct sp_kind *const sp_kinds[];

/* The kind called @name, or NULL. */
const struct sp_kind *sp_kind_find(const char *name);

#endif
