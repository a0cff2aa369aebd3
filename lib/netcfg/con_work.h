/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * con_work.h - the work of con_activate.c: profiles that are to run, and what
 * is to go.
 */
#ifndef SPROUT_CON_WORK_H
#define SPROUT_CON_WORK_H

#include "connection.h"

/* A profile that is to run. */
struct sp_con_goal {
	char *uuid;
	char *device; /* on which it ran (undo), or NULL: as it says */
	const struct sp_change *change; /* whose own profile it is, or NULL */
	struct sp_nm *old; /* as NetworkManager had it; NULL: not at all */
	struct sp_nm *now; /* as it has it now */
	bool ran;	   /* before the files were read again */
	bool skip;	   /* nothing to do, or nothing to do it with */
	int rank;	   /* controllers and parents come first */
	bool ruled;	   /* since then: a NAT that has its rules */
	int tries;
	int64_t asked;		/* when the activation was begun */
	struct sp_strv foreign; /* ports that it may lose */
};

struct sp_con_work {
	struct sp_host *host;
	struct sp_nml *l;
	const struct sp_change *const *changes;
	size_t n;
	bool back; /* a run is taken back */
	struct sp_con_goal *goals;
	size_t n_goals;
	struct sp_strv devices, macs; /* of all changes */
	struct sp_strv load;	      /* files to read */
	struct sp_strv ids;	      /* theirs, of those that are ours */
	struct sp_strv stop;	      /* devices on which nothing ran before */
	struct sp_strv keep;	      /* devices that others had set up */
	struct sp_strv down;	      /* UUIDs of what did not run before */
	struct sp_strv gone;	      /* UUIDs of profiles without a file */
	struct sp_strv ran;	      /* pairs: all that ran before */
};

void sp_con_work_clear(struct sp_con_work *w);

/* Milliseconds of a clock that only goes on; takes what NetworkManager tells. */
int64_t sp_con_now_ms(struct sp_con_work *w);

/* --- con_work.c ------------------------------------------------------------------ */

/* Fill @w, whose host, session and changes are set, before anything is told. */
int sp_con_work_collect(struct sp_con_work *w, struct sp_err *err);
/* Have NetworkManager read the files, and wait until it has. */
int sp_con_work_load(struct sp_con_work *w, struct sp_err *err);
/* Look at the goals as they are now, and put controllers and parents first. */
int sp_con_work_sort(struct sp_con_work *w, struct sp_err *err);
/* The goal for that UUID: a new one, or the one that is there. */
struct sp_con_goal *sp_con_goal_add(struct sp_con_work *w, const char *uuid);
/* The goal whose port @g is, or NULL. */
const struct sp_con_goal *sp_con_controller_of(const struct sp_con_work *w,
					       const struct sp_con_goal *g);
bool sp_con_is_controller(const struct sp_con_work *w,
			  const struct sp_con_goal *g);

/* --- con_leave.c ----------------------------------------------------------------- */

/* Have NetworkManager forget the profiles whose files are gone. */
int sp_con_forget(struct sp_con_work *w, struct sp_err *err);
/* Remove devices that were made for profiles, and that it has left. */
int sp_con_delete_left(struct sp_con_work *w, struct sp_err *err);
/* Undo: bring down what did not run before. */
int sp_con_stop(struct sp_con_work *w, struct sp_err *err);

#endif
