/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * work.h - what the engine's files share: a run at work on a root.
 *
 * engine.c applies, undo.c takes back, live.c speaks to what runs.
 */
#ifndef SPROUT_WORK_H
#define SPROUT_WORK_H

#include "engine.h"

struct sp_work {
	struct sp_root *root;
	struct sp_run *run;
};

/* The first failure is the one to tell; @err is cleared. */
void sp_report_failure(struct sp_report *rep, struct sp_err *err);

/* What was remarked on @host is noted. */
void sp_report_remarks(struct sp_report *rep, const struct sp_host *host);

/* The change that takes @c back.  Borrows id and states: never cleared. */
struct sp_change sp_change_inverse(const struct sp_change *c);

/* --- undo.c ----------------------------------------------------------------- */

/*
 * Stage, on @host, what the run meant to leave where it was cut off half-way;
 * its temporary files go.
 */
int sp_work_restore_after(struct sp_work *w, struct sp_host *host,
			  struct sp_err *err);

/* --- live.c ----------------------------------------------------------------- */

/*
 * An applier for commands and acts of the run; its commit does nothing.  It
 * must live as long as the host that it is given to.
 */
void sp_work_applier(struct sp_work *w, struct sp_applier *ret);

/* A host for what is done at once; owned by the caller, as @applier is. */
struct sp_host *sp_work_host(struct sp_work *w, struct sp_applier *applier);

/* Tell the running services; nothing offline. */
int sp_work_activate(struct sp_work *w, struct sp_err *err);

/*
 * The old files are back: guards end, services are told.  A failure does not
 * stop the others; it is told in @failed.
 */
void sp_work_activate_back(struct sp_work *w, struct sp_strv *failed);

/*
 * The old files are back before the services start, at boot; but systemd has
 * read the links that say which: stop, or start, those that the run had
 * enabled or disabled.
 */
void sp_work_boot_back(struct sp_work *w, struct sp_strv *failed);

/* Services that can take themselves back: in @seconds, unless released. */
int sp_work_guard(struct sp_work *w, int seconds, struct sp_err *err);
void sp_work_release(struct sp_work *w, bool keep, struct sp_strv *failed);

/*
 * Have the run taken back in @seconds, whatever becomes of this process, by a
 * timer of systemd's; again: with another time.
 */
int sp_work_arm(struct sp_work *w, int seconds, struct sp_err *err);
int sp_work_disarm(struct sp_work *w, struct sp_err *err);

/* Will a run that was cut off be taken back at the next boot? */
bool sp_work_boots_back(struct sp_work *w);

/* What the profile's probes cannot reach, one line each. */
int sp_work_probe(struct sp_work *w, const struct sp_profile *profile,
		  struct sp_strv *ret_silent, struct sp_err *err);

#endif
