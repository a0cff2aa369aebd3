/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* cmd_undo.c - sprout undo: take a run back. */
#include <errno.h>

#include "cmd.h"
#include "core/mem.h"
#include "words.h"

static const char help[] =
	"Usage: sprout undo [OPTION]... [RUN]\n\n"
	"Takes a run back: the last one that is not undone, or RUN (see sprout runs).\n"
	"Files that nobody edited since get their exact old content; in others only\n"
	"the run's own settings are taken back.\n\n"
	"  --root DIR  the root directory to work on (default /)\n"
	"  --json      report as JSON\n"
	"  --events    as lines of JSON: what happens while it does, then the report\n"
	"  --quiet     say nothing on success\n"
	"  --help      this text\n";

static const struct option options[] = {
	CMD_OPT_ROOT,  CMD_OPT_JSON, CMD_OPT_EVENTS,
	CMD_OPT_QUIET, CMD_OPT_HELP, CMD_OPT_END,
};

/* The newest run that can be undone. */
static int find_last(struct sp_root *root, struct sp_run *ret,
		     struct sp_err *err)
{
	sp_auto_strv ids = { 0 };
	int r = sp_journal_list(root, &ids, err);

	for (size_t i = ids.n; i-- > 0 && r >= 0;) {
		enum sp_run_status status;

		r = sp_journal_status(root, ids.v[i], &status, err);
		if (r >= 0 && status != SP_RUN_UNDONE)
			return sp_journal_load(root, ids.v[i], ret, err);
	}
	return r < 0 ? r
		     : sp_fail(err, ENOENT,
			       "nothing to undo in \"%s\": no run, or all are undone",
			       sp_root_name(root));
}

int cmd_undo(int argc, char **argv)
{
	struct cmd_opts o = { .progress = true };
	sp_auto_report rep = { 0 };
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
	if (argc - optind > 1)
		return cmd_usage("undo", "undo takes one run at most");

	r = cmd_open_root(&o, &root, &err);
	if (r >= 0)
		r = cmd_lock(root, false, &lock, &err);
	if (r >= 0)
		r = optind < argc
			    ? sp_journal_load(root, argv[optind], &run, &err)
			    : find_last(root, &run, &err);
	if (r >= 0 && run.status == SP_RUN_UNDONE)
		r = sp_fail(&err, EALREADY, "run %s is undone already", run.id);
	if (r < 0)
		return cmd_fail(&err);
	return cmd_report(&o, N_("Undone"), sp_engine_undo(root, &run, false, &rep),
			  &rep);
}
