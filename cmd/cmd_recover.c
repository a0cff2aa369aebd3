/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* cmd_recover.c - sprout recover: end a run that was cut off. */
#include <stdio.h>

#include "cmd.h"
#include "core/mem.h"

static const char help[] =
	"Usage: sprout recover [OPTION]...\n\n"
	"Ends a run that was cut off by a crash or a power failure: takes it back, or\n"
	"with --forward finishes it.  Does nothing when there is none.\n\n"
	"  --forward   finish the run instead of taking it back\n"
	"  --root DIR  the root directory to work on (default /)\n"
	"  --chroot-commands  run the run's commands in DIR, by chroot(2)\n"
	"  --json      report as JSON\n"
	"  --quiet     say nothing on success\n"
	"  --help      this text\n";

static const struct option options[] = {
	{ "forward", no_argument, NULL, 'f' },
	CMD_OPT_ROOT, CMD_OPT_CHROOT, CMD_OPT_JSON, CMD_OPT_QUIET, CMD_OPT_HELP,
	CMD_OPT_END,
};

int cmd_recover(int argc, char **argv)
{
	struct cmd_opts o = { 0 };
	sp_auto_report rep = { 0 };
	sp_auto_close int lock = -1;
	sp_auto_root *root = NULL;
	sp_auto_run run = { 0 };
	sp_auto_err err = { 0 };
	bool forward = false;
	int c, r;

	while ((c = getopt_long(argc, argv, "h", options, NULL)) >= 0) {
		if (c == 'f') {
			forward = true;
			continue;
		}
		r = cmd_common(&o, c, help);
		if (r >= 0)
			return r;
	}
	if (optind < argc)
		return cmd_usage("recover", "recover takes no argument");

	r = cmd_open_root(&o, &root, &err);
	if (r >= 0)
		r = cmd_lock(root, &lock, &err);
	if (r >= 0)
		r = sp_engine_find_open(root, &run, &err);
	if (r < 0)
		return cmd_fail(&err);
	if (r == 0) {
		if (!o.quiet && !o.json)
			(void)puts("Nothing to recover: no run was cut off.");
		else if (o.json)
			(void)puts("{\"sprout\": 1, \"outcome\": \"done\", \"run\": null}");
		return SP_EXIT_OK;
	}
	if (forward)
		return cmd_report(&o, "Finished", sp_engine_forward(root, &run, &rep), &rep);
	return cmd_report(&o, "Taken back", sp_engine_undo(root, &run, &rep), &rep);
}
