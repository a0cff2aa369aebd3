/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* cmd_confirm.c - sprout confirm: keep a run that waits for it. */
#include <errno.h>
#include <stdio.h>

#include "cmd.h"
#include "core/mem.h"
#include "words.h"

static const char help[] =
	"Usage: sprout confirm [OPTION]...\n\n"
	"Keeps the run that waits to be confirmed; without that it is taken back.\n"
	"Works from another session, hence from the host's new address.\n\n"
	"  --root DIR  the root directory to work on (default /)\n"
	"  --quiet     say nothing on success\n"
	"  --help      this text\n";

static const struct option options[] = {
	CMD_OPT_ROOT,
	CMD_OPT_QUIET,
	CMD_OPT_HELP,
	CMD_OPT_END,
};

int cmd_confirm(int argc, char **argv)
{
	struct cmd_opts o = { 0 };
	sp_auto_close int lock = -1;
	sp_auto_root *root = NULL;
	sp_auto_run run = { 0 };
	sp_auto_err err = { 0 };
	int c, r;

	while ((c = getopt_long(argc, argv, "h", options, NULL)) >= 0) {
		r = cmd_common(&o, c, help);
		if (r >= 0)
			return r;
	}
	if (optind < argc)
		return cmd_usage("confirm", "confirm takes no argument");

	r = cmd_open_root(&o, &root, &err);
	if (r >= 0)
		r = cmd_lock(root, false, &lock, &err);
	if (r >= 0)
		r = sp_engine_find(root, SP_RUN_WAITING, &run, &err);
	if (r == 0)
		r = sp_fail(
			&err, ENOENT,
			"no run waits to be confirmed; if there was one, it was taken back: "
			"see sprout runs");
	if (r >= 0)
		r = sp_engine_confirm(root, &run, &err);
	if (r < 0)
		return cmd_fail(&err);
	if (!o.quiet)
		(void)printf(_("%s (run %s).\n"), _("Confirmed"), run.id);
	return SP_EXIT_OK;
}
