/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * journal.h - runs on disk: what was about to be done, written before it is.
 *
 * /var/lib/sprout/runs/<UTC time>-<n>/ (0700) holds two files (0600):
 *   log   one JSON object a line, only ever appended to: the run, its changes
 *         (before and after), its effects by path (before and after, content
 *         by offset into data), what an act may replace, commands, and marks;
 *   data  the bytes of all images.
 * Records are fsynced before the first effect that they tell of.  A last line
 * without a newline was cut off: what it tells of was never begun.
 */
#ifndef SPROUT_JOURNAL_H
#define SPROUT_JOURNAL_H

#include "host_overlay.h"
#include "plan.h"

#define SP_STATE_DIR "/var/lib/sprout"

enum sp_run_status {
	SP_RUN_OPEN = 1,   /* cut off, or at work just now */
	SP_RUN_WAITING,	   /* applied and verified; to be confirmed */
	SP_RUN_DONE,	   /* applied and verified, and confirmed if need be */
	SP_RUN_UNDONE,	   /* everything is as before */
	SP_RUN_INCOMPLETE, /* undo was tried; something could not be undone */
};

/* "open", "unconfirmed", "done", "undone", "undo incomplete". */
const char *sp_run_status_text(enum sp_run_status s);

/* Marks, in the order they may come. */
enum sp_mark_kind {
	SP_MARK_PART = 1,  /* the changes before those that packages decide */
	SP_MARK_KEPT,	   /* what an act may replace is recorded */
	SP_MARK_READY,	   /* all changes are recorded */
	SP_MARK_APPLIED,   /* all effects happened */
	SP_MARK_WAITING,   /* verified; sprout confirm makes it done */
	SP_MARK_DONE,	   /* verified */
	SP_MARK_UNDOING,   /* undo has begun */
	SP_MARK_UNDONE,
	SP_MARK_INCOMPLETE,
};

struct sp_run_effect {
	struct sp_effect e;
	bool undo; /* belongs to the undo, not to the run */
	/*
	 * What an act may replace (sp_host_keep()); after is not known.  Its
	 * kind puts it back.
	 */
	bool kept;
};

/* Has the run itself written that? */
static inline bool sp_run_wrote(const struct sp_run_effect *f)
{
	return !f->undo && !f->kept;
}

struct sp_run_command {
	int change;
	char *argv; /* owned; joined by blanks */
	bool finished;
	int status;   /* if finished */
	char *output; /* owned; if finished */
};

/* A run as its journal tells it. */
struct sp_run {
	char *id;      /* owned; "20261122T010203Z-1" */
	char *dir;     /* owned; canonical path below the root */
	char *time;    /* owned; RFC 3339, UTC */
	char *version; /* owned; of sprout */
	struct sp_strv profiles;
	enum sp_run_status status;
	bool ready;   /* changes are recorded ... */
	bool part;    /* ... but not yet those behind the packages */
	bool kept;    /* what an act may replace is recorded */
	bool applied; /* all effects happened; services are being told */
	bool undoing; /* an undo has begun */
	/*
	 * How many of sp_kinds[] this process has told, or begun to tell; as
	 * long as it has not, and of a run that was read: all of them.
	 */
	size_t n_told;
	bool telling;
	struct sp_change *changes;
	size_t n_changes;
	struct sp_run_effect *effects;
	size_t n_effects;
	struct sp_run_command *commands;
	size_t n_commands;
	size_t log_len, data_len; /* bytes of the two files that count */
};

void sp_run_clear(struct sp_run *run);
#define sp_auto_run __attribute__((cleanup(sp_run_clear))) struct sp_run

/*
 * Take the lock of the root's state directory, made when missing.  The lock
 * goes with the descriptor.  When another sprout works on this root: EBUSY,
 * naming its process id, or with @wait wait for it.  What a sprout that was
 * killed left behind is waited for anyway, for a while.
 */
int sp_journal_lock(struct sp_root *r, bool wait, int *ret_fd,
		    struct sp_err *err);

/*
 * Begin a run: its directory and the record of the run.  @run gets id, dir,
 * time, status; @profiles is copied.
 */
int sp_journal_begin(struct sp_root *r, const struct sp_strv *profiles,
		     struct sp_run *ret, struct sp_err *err);

/*
 * Record the changes of @plan from number @from up to @to, which are copied to
 * the run, and the mark behind them.  Durable on return.
 */
int sp_journal_changes(struct sp_root *r, struct sp_run *run,
		       const struct sp_plan *plan, size_t from, size_t to,
		       enum sp_mark_kind mark, struct sp_err *err);

/*
 * Record effects (prepared by sp_commit_prepare); they are appended to
 * run->effects as well.  Durable on return.
 */
int sp_journal_effects(struct sp_root *r, struct sp_run *run,
		       const struct sp_effects *effects, bool undo,
		       struct sp_err *err);

/* Record what an act may replace (before), and the mark behind it.  Durable. */
int sp_journal_kept(struct sp_root *r, struct sp_run *run,
		    const struct sp_effects *effects, struct sp_err *err);

/* Record that a command is about to run (@out NULL), or has run. */
int sp_journal_command(struct sp_root *r, struct sp_run *run, int change,
		       const char *const argv[], const struct sp_output *out,
		       struct sp_err *err);

int sp_journal_mark(struct sp_root *r, struct sp_run *run, enum sp_mark_kind m,
		    struct sp_err *err);

/* The ids of all runs, oldest first; @ret must be empty. */
int sp_journal_list(struct sp_root *r, struct sp_strv *ret, struct sp_err *err);

/*
 * How a run stands, by its marks alone: also for one whose other records this
 * sprout cannot read.
 */
int sp_journal_status(struct sp_root *r, const char *id,
		      enum sp_run_status *ret, struct sp_err *err);

/* Read a run; ENOENT when there is none called @id. */
int sp_journal_load(struct sp_root *r, const char *id, struct sp_run *ret,
		    struct sp_err *err);

#endif
