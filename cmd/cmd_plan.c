/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* cmd_plan.c - sprout plan: what would change, exactly. */
#include <stdio.h>

#include "cmd.h"
#include "core/host_overlay.h"
#include "core/mem.h"
#include "core/render.h"
#include "core/snapshot.h"

static const char help[] =
	"Usage: sprout plan [OPTION]... PROFILE...\n\n"
	"Shows what apply would change.  Reads only; works as any user who can read\n"
	"what it needs.  Several profiles are one: later ones override.\n\n"
	"  --diff      with the changes of every file, as patch(1) reads them\n"
	"  --root DIR  the root directory to look at (default /), or a snapshot's archive\n"
	"  --chroot-commands  commands could run in DIR, by chroot(2)\n"
	"  --json      as JSON\n"
	"  --quiet     say nothing, only the exit status\n"
	"  --color auto|always|never  colours (default: on a terminal)\n"
	"  --help      this text\n\n"
	"Exit status: 0 nothing to do, 2 changes pending, 1 error, 64 wrong usage.\n";

static const struct option options[] = {
	{ "diff", no_argument, NULL, 'd' },
	CMD_OPT_ROOT,
	CMD_OPT_CHROOT,
	CMD_OPT_JSON,
	CMD_OPT_QUIET,
	CMD_OPT_COLOR,
	CMD_OPT_HELP,
	CMD_OPT_END,
};

int cmd_show_plan(const struct cmd_opts *o, bool diff,
		  const struct sp_plan *plan, const struct sp_profile *profile,
		  const struct sp_diag *diag)
{
	sp_auto_buf out = { 0 };

	if (o->json)
		sp_render_json(&out, plan, profile, diag);
	else if (!o->quiet)
		sp_render_text(&out, plan, profile, diag, diff, cmd_color(o));
	cmd_put(&out);
	return plan->n ? SP_EXIT_PENDING : SP_EXIT_OK;
}

int cmd_plan(int argc, char **argv)
{
	struct cmd_opts o = { 0 };
	sp_auto_root *root = NULL;
	sp_auto_host *host = NULL;
	sp_auto_profile profile = { 0 };
	sp_auto_diag diag = { 0 };
	sp_auto_plan plan = { 0 };
	sp_auto_err err = { 0 };
	bool diff = false;
	int c, r;

	while ((c = getopt_long(argc, argv, "h", options, NULL)) >= 0) {
		if (c == 'd') {
			diff = true;
			continue;
		}
		r = cmd_common(&o, c, help);
		if (r >= 0)
			return r;
	}
	if (optind == argc)
		return cmd_usage("plan", "which profile?");

	r = cmd_open_host(&o, &root, &host, &err);
	if (r < 0)
		return cmd_fail(&err);
	sp_snapshot_warn(host, &diag);
	if (cmd_load_profile(&profile, argv + optind, argc - optind, host,
			     &diag, false) < 0)
		return SP_EXIT_ERROR;
	r = sp_plan_make(&plan, &profile, host, &err);
	if (r < 0)
		return cmd_fail(&err);
	return cmd_show_plan(&o, diff, &plan, &profile, &diag);
}
