/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* engine.h - apply, undo, recover: a plan onto a root, and back. */
#ifndef SPROUT_ENGINE_H
#define SPROUT_ENGINE_H

#include "journal.h"
#include "plan.h"

enum sp_outcome {
	SP_OUT_DONE = 1,   /* the root is as was meant */
	SP_OUT_WAITING,	   /* so it is, but the run is still to be confirmed */
	SP_OUT_UNTOUCHED,  /* failed before the first effect */
	SP_OUT_UNDONE,	   /* failed; the root is as before */
	SP_OUT_REVERTED,   /* the same: it cut something off, or nobody confirmed */
	SP_OUT_INCOMPLETE, /* failed; not everything could be undone */
};

/* What there is to tell beside the outcome.  Zeroed is empty. */
struct sp_report {
	char *run;	       /* owned; id, NULL when none was begun */
	char *failure;	       /* owned; why it failed, NULL when it did not */
	struct sp_strv undone; /* changes that were taken back, newest first */
	struct sp_strv not_undone; /* "what: why" */
	struct sp_strv notes; /* kept on purpose, merged, ...: one line each */
	bool cut_off;	      /* it failed because a probe no longer answers */
};

void sp_report_clear(struct sp_report *r);
#define sp_auto_report \
	__attribute__((cleanup(sp_report_clear))) struct sp_report

/*
 * Apply @plan, which was made on @host: journal, commit, tell the running
 * services, observe again.  A failure is undone.  The caller holds the lock.
 * @host is of no use afterwards; @plan then tells what was done: when packages
 * change, what is behind them is planned again once they are there.
 *
 * @confirm_s: 0, or the seconds within which the run has to be confirmed; a
 * timer of the service manager, outside this process, takes it back if it is
 * not, also when this process is killed.  Live host only.  The outcome is
 * SP_OUT_WAITING then.
 */
enum sp_outcome sp_engine_apply(struct sp_plan *plan,
				const struct sp_profile *profile,
				struct sp_host *host, int confirm_s,
				struct sp_report *ret);

/* Keep a run that waits to be confirmed; the timer is taken away. */
int sp_engine_confirm(struct sp_root *r, struct sp_run *run,
		      struct sp_err *err);

/*
 * Take a run back: files that nobody edited since get their exact images;
 * in the others only what the run changed is set back.  On a live host the
 * running services are told, unless @files_only: at boot, before they run.
 * SP_OUT_DONE or SP_OUT_INCOMPLETE.
 */
enum sp_outcome sp_engine_undo(struct sp_root *r, struct sp_run *run,
			       bool files_only, struct sp_report *ret);

/* Finish a run that was cut off (recover --forward). */
enum sp_outcome sp_engine_forward(struct sp_root *r, struct sp_run *run,
				  struct sp_report *ret);

/*
 * The newest run that stands at @status, if there is one: 1 with @ret filled,
 * or 0.  For SP_RUN_OPEN hold the lock, or the run may be at work.
 */
int sp_engine_find(struct sp_root *r, enum sp_run_status status,
		   struct sp_run *ret, struct sp_err *err);

#endif
