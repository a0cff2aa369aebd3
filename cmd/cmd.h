/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cmd.h - what the subcommands share.  Only files in cmd/ print and exit.
 */
#ifndef SPROUT_CMD_H
#define SPROUT_CMD_H

#include <getopt.h>
#include <stdbool.h>

#include "core/engine.h"
#include "core/err.h"
#include "core/host.h"
#include "core/host_real.h"
#include "core/plan.h"
#include "core/profile.h"

/* Exit statuses; the meaning of 2 and 20.. stands in sprout(8). */
enum {
	SP_EXIT_OK = 0,
	SP_EXIT_ERROR = 1,
	SP_EXIT_PENDING = 2,	 /* plan: changes pending */
	SP_EXIT_UNDONE = 20,	 /* apply failed, host is as before */
	SP_EXIT_INCOMPLETE = 21, /* apply failed, undo incomplete */
	SP_EXIT_REVERTED = 22,	 /* taken back: not confirmed, or cut off */
	SP_EXIT_USAGE = 64,
};

/* How a plan is printed. */
enum cmd_format { CMD_TEXT, CMD_JSON, CMD_MARKDOWN, CMD_JUNIT };

#define CMD_SUMS_MAX 32

/* Options that every command understands; zeroed are the defaults. */
struct cmd_opts {
	const char *root;     /* --root; NULL: "/" */
	bool json;	      /* --json */
	bool quiet;	      /* --quiet */
	bool events;	      /* --events: --json, and what happens before */
	bool progress;	      /* show what takes its time */
	bool chroot_commands; /* --chroot-commands */
	bool offline;	      /* --offline */
	int color;	      /* --color: -1 never, 0 auto, 1 always */
	/* --sha256, in the order of the profiles by URL */
	const char *sha256[CMD_SUMS_MAX];
	int n_sha256;
	/* What they hold, in their order; see cmd_fetch_profiles(). */
	const struct sp_profile *remote;
};

/* getopt_long rows of the common options; each command takes what it needs. */
#define CMD_OPT_ROOT                                 \
	{                                            \
		"root", required_argument, NULL, 'R' \
	}
#define CMD_OPT_JSON                           \
	{                                      \
		"json", no_argument, NULL, 'j' \
	}
#define CMD_OPT_QUIET                           \
	{                                       \
		"quiet", no_argument, NULL, 'q' \
	}
#define CMD_OPT_EVENTS                           \
	{                                        \
		"events", no_argument, NULL, 'E' \
	}
#define CMD_OPT_COLOR                                 \
	{                                             \
		"color", required_argument, NULL, 'C' \
	}
#define CMD_OPT_CHROOT                                    \
	{                                                 \
		"chroot-commands", no_argument, NULL, 'X' \
	}
#define CMD_OPT_SHA256                                 \
	{                                              \
		"sha256", required_argument, NULL, 'S' \
	}
#define CMD_OPT_OFFLINE                            \
	{                                          \
		"offline", no_argument, NULL, 'O' \
	}
#define CMD_OPT_HELP                           \
	{                                      \
		"help", no_argument, NULL, 'h' \
	}
#define CMD_OPT_END              \
	{                        \
		NULL, 0, NULL, 0 \
	}

/*
 * Handle one of the common options.  Returns -1 when the command goes on, or
 * the exit status to return (help was printed: 0, wrong usage: 64).
 * @help: the command's whole help text.
 */
int cmd_common(struct cmd_opts *o, int c, const char *help);

/* "sprout: <message>" on standard error; clears @err; returns SP_EXIT_ERROR. */
int cmd_fail(struct sp_err *err);
/* Wrong usage: one line and a pointer to --help; returns SP_EXIT_USAGE. */
int cmd_usage(const char *command, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Is colour wanted on standard output? */
bool cmd_color(const struct cmd_opts *o);

/* Open the root of the options; shows progress there if they want it. */
int cmd_open_root(const struct cmd_opts *o, struct sp_root **ret,
		  struct sp_err *err);

/*
 * Show what takes its time on this root: on standard error, unless the options
 * want it quiet; with --events as lines of JSON on standard output.
 */
void cmd_progress(const struct cmd_opts *o, struct sp_root *root);

/*
 * A view of the root of the options, for plans: of a directory, which is
 * *ret_root then, or of a snapshot's archive.
 */
int cmd_open_host(const struct cmd_opts *o, struct sp_root **ret_root,
		  struct sp_host **ret, struct sp_err *err);

/*
 * The root's lock; refuses to change the live host for anyone but root.
 * @wait: until another sprout lets go of it.
 */
int cmd_lock(struct sp_root *root, bool wait, int *ret_fd, struct sp_err *err);

/*
 * Print a plan as the options say.  Returns SP_EXIT_OK when there is nothing
 * to do, SP_EXIT_PENDING otherwise.
 */
int cmd_show_plan(const struct cmd_opts *o, bool diff,
		  const struct sp_plan *plan, const struct sp_profile *profile,
		  const struct sp_diag *diag);

/* One host and what came of planning it; zeroed is empty. */
struct cmd_planned {
	struct sp_root *root;	   /* owned; NULL for an archive */
	struct sp_host *host;	   /* owned */
	struct sp_profile profile; /* owned */
	struct sp_diag diag;	   /* owned */
	struct sp_plan plan;	   /* owned; only if status says so */
	struct sp_err err;	   /* owned; if there is no plan, and not in diag */
	int status;		   /* SP_EXIT_OK, PENDING or ERROR */
};

/* Plan the root of the options; @p is filled in any case.  Prints nothing. */
void cmd_plan_make(struct cmd_planned *p, const struct cmd_opts *o,
		   char **paths, int n);
void cmd_planned_clear(struct cmd_planned *p);
#define cmd_auto_planned \
	__attribute__((cleanup(cmd_planned_clear))) struct cmd_planned

/* What is wrong, as people read it; nothing when there is a plan. */
void cmd_plan_errors(const struct cmd_planned *p, struct sp_buf *out);

/* The same in the words of the reports of core. */
struct sp_planned cmd_plan_outcome(const struct cmd_planned *p,
				   const char *name);

/* sprout plan --fleet: many hosts at once; returns the exit status. */
struct cmd_fleet {
	const char *dir;	/* of NAME.yaml and what is beside it */
	char **paths;		/* profiles that come before each */
	int n;
	enum cmd_format format;
	bool diff;
};
int cmd_plan_fleet(const struct cmd_opts *o, const struct cmd_fleet *f);

/* From here on no lost terminal and no Ctrl-C ends this process. */
void cmd_shield(void);

/*
 * Wait until the run of @rep is confirmed, here or elsewhere, or take it
 * back; returns the exit status.  @lock is let go meanwhile.
 */
int cmd_await(const struct cmd_opts *o, struct sp_root *root, int *lock,
	      int within_s, struct sp_report *rep);

/* Text onto standard output. */
void cmd_put(const struct sp_buf *b);

/*
 * Tell how a run ended, as text or JSON; returns the exit status.
 * @done: the sentence for success, without a full stop.
 */
int cmd_report(const struct cmd_opts *o, const char *done,
	       enum sp_outcome outcome, const struct sp_report *rep);

/*
 * Fetch the profiles that are given by URL, each checked against its --sha256,
 * into @ret (borrowed by @o from then on).  Before anything else is done:
 * servers may take their time.  Returns 0, or the exit status; the failure has
 * been printed.
 */
int cmd_fetch_profiles(struct cmd_opts *o, char **paths, int n,
		       struct sp_profile *ret);

/* Add the text of all profiles, by URL or path, to @p. */
int cmd_add_profiles(const struct cmd_opts *o, struct sp_profile *p,
		     char **paths, int n, struct sp_err *err);

/*
 * Read, parse and check profiles (paths; at least one) against @host (may be
 * NULL).  Prints the findings on standard error (warnings only when @warn).
 * Returns 0, or -1 when there was an error, which has been printed.
 */
int cmd_load_profile(const struct cmd_opts *o, struct sp_profile *p,
		     char **paths, int n,
		     struct sp_host *host, struct sp_diag *diag, bool warn);

/*
 * The same without printing: what is wrong in the profiles is in @diag then,
 * and a negative result is about a file that cannot be read.
 */
int cmd_read_profile(const struct cmd_opts *o, struct sp_profile *p,
		     char **paths, int n,
		     struct sp_host *host, struct sp_diag *diag,
		     struct sp_err *err);

/* The subcommands: argv[0] is the command's name.  They return exit statuses. */
int cmd_apply(int argc, char **argv);
int cmd_check(int argc, char **argv);
int cmd_confirm(int argc, char **argv);
int cmd_firstboot(int argc, char **argv);
int cmd_kickstart(int argc, char **argv);
int cmd_kinds(int argc, char **argv);
int cmd_media(int argc, char **argv);
int cmd_plan(int argc, char **argv);
int cmd_recover(int argc, char **argv);
int cmd_runs(int argc, char **argv);
int cmd_schema(int argc, char **argv);
int cmd_snapshot(int argc, char **argv);
int cmd_status(int argc, char **argv);
int cmd_undo(int argc, char **argv);
int cmd_wizard(int argc, char **argv);

#endif
