/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* cmd_apply.c - sprout apply: make the host what the profile says. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"
#include "core/host_overlay.h"
#include "core/mem.h"
#include "words.h"

static const char help[] =
	"Usage: sprout apply [OPTION]... PROFILE...\n\n"
	"Shows the plan, applies it, looks again whether it took, and takes everything\n"
	"back when something failed.  A run that was cut off before is taken back first.\n\n"
	"  --confirm-within SECONDS  take everything back unless it is confirmed in time;\n"
	"              needed when the plan can cut you off (default on a terminal: 120)\n"
	"  --no-confirm  do without\n"
	"  --check     only tell whether something would change; like plan\n"
	"  --diff      show the changes of every file, too\n"
	"  --root DIR  the root directory to work on (default /)\n"
	"  --offline   take / for files alone: tell no daemon (found out in a chroot)\n"
	"  --chroot-commands  run the profile's commands in DIR, by chroot(2)\n"
	"  --sha256 HEX  what the profile by URL must be; again for the next one\n"
	"  --json      report as JSON\n"
	"  --events    as lines of JSON: what happens while it does, then the report\n"
	"  --quiet     say nothing on success\n"
	"  --color auto|always|never  colours (default: on a terminal)\n"
	"  --help      this text\n\n"
	"Exit status: 0 the host is as the profile says; 1 error, nothing touched;\n"
	"20 failed and undone; 21 failed, undo incomplete; 22 taken back because nobody\n"
	"confirmed it or a probe answers no more; 64 wrong usage.\n"
	"With --check: 0 nothing to do, 2 changes pending, 1 error.\n";

static const struct option options[] = {
	{ "confirm-within", required_argument, NULL, 'w' },
	{ "no-confirm", no_argument, NULL, 'n' },
	{ "check", no_argument, NULL, 'c' },
	{ "diff", no_argument, NULL, 'd' },
	CMD_OPT_ROOT,
	CMD_OPT_SHA256,
	CMD_OPT_OFFLINE,
	CMD_OPT_CHROOT,
	CMD_OPT_JSON,
	CMD_OPT_EVENTS,
	CMD_OPT_QUIET,
	CMD_OPT_COLOR,
	CMD_OPT_HELP,
	CMD_OPT_END,
};

/* A run that was cut off is taken back before anything else is begun. */
static int recover_first(struct sp_root *root, struct sp_err *err)
{
	sp_auto_report rep = { 0 };
	sp_auto_run run = { 0 };
	const struct cmd_opts quiet = { .quiet = true };
	int r = sp_engine_find(root, SP_RUN_WAITING, &run, err);

	if (r > 0)
		return sp_fail(
			err, EBUSY,
			"run %s waits to be confirmed: sprout confirm keeps it, "
			"sprout undo takes it back",
			run.id);
	if (r == 0)
		r = sp_engine_find(root, SP_RUN_OPEN, &run, err);

	if (r <= 0)
		return r;
	(void)fprintf(stderr,
		      _("sprout: run %s was cut off; taking it back first\n"),
		      run.id);
	return cmd_report(&quiet, N_("Taken back"),
			  sp_engine_undo(root, &run, false, &rep), &rep);
}

/* For sp_host_wait(): ask once.  Ctrl-C ends it, nothing has begun yet. */
static bool ask_by_hand(void *arg, const char *what, int left_s)
{
	char **asked = arg;

	if (*asked && strcmp(*asked, what) == 0)
		return true;
	(void)fprintf(stderr,
		      _("sprout: %s (waiting for %d s; Ctrl-C ends it)\n"),
		      what, left_s);
	free(*asked);
	*asked = sp_xstrdup(what);
	return true;
}

/* Everything up to the plan; 0, or an exit status that has been explained. */
static int prepare(const struct cmd_opts *o, char **paths, int n, bool check,
		   struct sp_root *root, int *ret_lock,
		   struct sp_host **ret_host, struct sp_profile *profile,
		   struct sp_diag *diag, struct sp_plan *plan)
{
	sp_auto_free char *asked = NULL;
	sp_auto_err err = { 0 };
	int r = 0;

	if (!check) {
		/* What is wrong with the profile alone needs no lock. */
		r = cmd_lock(root, false, ret_lock, &err);
		if (r >= 0)
			r = recover_first(root, &err);
		if (r != 0)
			return r < 0 ? cmd_fail(&err) : r;
	}
	*ret_host = sp_host_new(root);
	if (!check)
		sp_host_set_wait(*ret_host, ask_by_hand, &asked);
	if (cmd_load_profile(o, profile, paths, n, *ret_host, diag,
			     o->json && !check) < 0)
		return SP_EXIT_ERROR;
	r = sp_plan_make(plan, profile, *ret_host, &err);
	sp_host_set_wait(*ret_host, NULL, NULL);
	return r < 0 ? cmd_fail(&err) : 0;
}

#define CONFIRM_DEFAULT_S 120
#define CONFIRM_MAX_S 86400

/* The first change that can cut the operator off; NULL if there is none. */
static const struct sp_change *cutting(const struct sp_plan *plan)
{
	for (size_t i = 0; i < plan->n; i++)
		if (plan->v[i].kind->flags & SP_KIND_REACH)
			return &plan->v[i];
	return NULL;
}

/*
 * How long to wait for a confirmation, 0 for none.
 * @asked_s: --confirm-within, 0 for --no-confirm, -1 for neither.
 * Returns -1 when that must be said but was not.
 */
static int confirm_time(const struct sp_root *root, const struct sp_plan *plan,
			int asked_s)
{
	const struct sp_change *c = cutting(plan);

	if (!sp_root_live(root) || !c)
		return 0;
	if (asked_s >= 0)
		return asked_s;
	if (isatty(STDIN_FILENO) && isatty(STDOUT_FILENO))
		return CONFIRM_DEFAULT_S;
	(void)cmd_usage(
		"apply",
		"%s \"%s\" can cut you off: give --confirm-within SECONDS, "
		"or --no-confirm; nothing was changed",
		c->kind->name, c->id);
	return -1;
}

int cmd_apply(int argc, char **argv)
{
	struct cmd_opts o = { .progress = true }, show;
	sp_auto_root *root = NULL;
	sp_auto_close int lock = -1;
	sp_auto_host *host = NULL;
	sp_auto_profile profile = { 0 };
	sp_auto_diag diag = { 0 };
	sp_auto_plan plan = { 0 };
	sp_auto_report rep = { 0 };
	sp_auto_profile remote = { 0 };
	sp_auto_err err = { 0 };
	bool check = false, diff = false;
	enum sp_outcome outcome;
	int64_t within_s = -1;
	int c, r, confirm_s;

	while ((c = getopt_long(argc, argv, "h", options, NULL)) >= 0) {
		switch (c) {
		case 'c':
			check = true;
			break;
		case 'd':
			diff = true;
			break;
		case 'n':
			within_s = 0;
			break;
		case 'w':
			if (!sp_parse_int(optarg, 1, CONFIRM_MAX_S, &within_s))
				return cmd_usage(
					"apply",
					"--confirm-within: expected 1 to %d seconds, "
					"got \"%s\"",
					CONFIRM_MAX_S, optarg);
			break;
		default:
			r = cmd_common(&o, c, help);
			if (r >= 0)
				return r;
		}
	}
	if (optind == argc)
		return cmd_usage("apply", "which profile?");
	if (check && o.events)
		return cmd_usage("apply", "--check has no --events, but --json");
	r = cmd_fetch_profiles(&o, argv + optind, argc - optind, &remote);
	if (r)
		return r;

	r = cmd_open_root(&o, &root, &err);
	if (r < 0)
		return cmd_fail(&err);
	r = prepare(&o, argv + optind, argc - optind, check, root, &lock, &host,
		    &profile, &diag, &plan);
	if (r != 0)
		return r;
	if (check)
		return cmd_show_plan(&o, diff, &plan, &profile, &diag);

	/* With --json standard output is the report alone. */
	show = o;
	show.quiet |= o.json;
	show.json = false;
	(void)cmd_show_plan(&show, diff, &plan, &profile, &diag);
	(void)fflush(stdout);
	if (plan.n == 0)
		return o.json ? cmd_report(&o, N_("Applied"), SP_OUT_DONE, &rep)
			      : SP_EXIT_OK;

	confirm_s = confirm_time(root, &plan, (int)within_s);
	if (confirm_s < 0)
		return SP_EXIT_USAGE;
	cmd_shield();
	outcome = sp_engine_apply(&plan, &profile, host, confirm_s, &rep);
	if (outcome == SP_OUT_WAITING)
		return cmd_await(&o, root, &lock, confirm_s, &rep);
	return cmd_report(&o, N_("Applied"), outcome, &rep);
}
