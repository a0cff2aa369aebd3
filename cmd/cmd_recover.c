/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* cmd_recover.c - sprout recover: end a run that was cut off. */
#include <stdio.h>

#include "cmd.h"
#include "core/mem.h"
#include "words.h"

static const char help[] =
	"Usage: sprout recover [OPTION]...\n\n"
	"Ends a run that was cut off by a crash or a power failure: takes it back, or\n"
	"with --forward finishes it.  Does nothing when there is none.\n\n"
	"  --forward   finish the run instead of taking it back\n"
	"  --boot      at boot, before services start: files only; a run that nobody\n"
	"              confirmed is taken back, too\n"
	"  --run RUN   take back RUN if it is cut off or not confirmed\n"
	"  --root DIR  the root directory to work on (default /)\n"
	"  --chroot-commands  run the run's commands in DIR, by chroot(2)\n"
	"  --json      report as JSON\n"
	"  --events    as lines of JSON: what happens while it does, then the report\n"
	"  --quiet     say nothing on success\n"
	"  --help      this text\n";

static const struct option options[] = {
	{ "forward", no_argument, NULL, 'f' },
	{ "boot", no_argument, NULL, 'b' },
	{ "run", required_argument, NULL, 'r' },
	CMD_OPT_ROOT,
	CMD_OPT_CHROOT,
	CMD_OPT_JSON,
	CMD_OPT_EVENTS,
	CMD_OPT_QUIET,
	CMD_OPT_HELP,
	CMD_OPT_END,
};

/* What there is to end: 1 with @ret, or 0. */
static int find(struct sp_root *root, const char *id, bool boot,
		struct sp_run *ret, struct sp_err *err)
{
	int r;

	if (id) {
		r = sp_journal_load(root, id, ret, err);
		if (r < 0)
			return r;
		return ret->status == SP_RUN_OPEN ||
		       ret->status == SP_RUN_WAITING;
	}
	r = sp_engine_find(root, SP_RUN_OPEN, ret, err);
	if (r == 0 && boot)
		r = sp_engine_find(root, SP_RUN_WAITING, ret, err);
	return r;
}

int cmd_recover(int argc, char **argv)
{
	struct cmd_opts o = { .progress = true };
	sp_auto_report rep = { 0 };
	sp_auto_close int lock = -1;
	sp_auto_root *root = NULL;
	sp_auto_run run = { 0 };
	sp_auto_err err = { 0 };
	bool forward = false, boot = false;
	const char *id = NULL;
	int c, r;

	while ((c = getopt_long(argc, argv, "h", options, NULL)) >= 0) {
		if (c == 'f' || c == 'b' || c == 'r') {
			forward |= c == 'f';
			boot |= c == 'b';
			id = c == 'r' ? optarg : id;
			continue;
		}
		r = cmd_common(&o, c, help);
		if (r >= 0)
			return r;
	}
	if (optind < argc)
		return cmd_usage("recover", "recover takes no argument");
	if (forward && (boot || id))
		return cmd_usage(
			"recover",
			"--forward goes with neither --boot nor --run");

	r = cmd_open_root(&o, &root, &err);
	if (r >= 0) /* the run itself may be at work for a while yet */
		r = cmd_lock(root, id != NULL, &lock, &err);
	if (r >= 0)
		r = find(root, id, boot, &run, &err);
	if (r < 0)
		return cmd_fail(&err);
	if (r == 0) {
		if (!o.quiet && !o.json)
			(void)puts(
				_("Nothing to recover: no run was cut off."));
		else if (o.json)
			(void)printf(
				"{%s\"sprout\": 1, \"outcome\": \"done\", \"run\": null}\n",
				o.events ? "\"event\": \"report\", " : "");
		return SP_EXIT_OK;
	}
	if (forward)
		return cmd_report(&o, N_("Finished"),
				  sp_engine_forward(root, &run, &rep), &rep);
	return cmd_report(&o, N_("Taken back"),
			  sp_engine_undo(root, &run, boot, &rep), &rep);
}
