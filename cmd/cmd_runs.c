/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* cmd_runs.c - sprout runs: the history, or one run of it. */
#include <stdio.h>
#include <string.h>

#include "cmd.h"
#include "core/json.h"
#include "core/mem.h"
#include "core/render.h"
#include "words.h"

static const char help[] =
	"Usage: sprout runs [OPTION]...\n"
	"       sprout runs [OPTION]... show RUN\n\n"
	"Lists the runs of this host, oldest first; or shows what one run changed.\n\n"
	"  --diff      show: with the changes of every file\n"
	"  --root DIR  the root directory to look at (default /)\n"
	"  --json      as JSON\n"
	"  --color auto|always|never  colours (default: on a terminal)\n"
	"  --help      this text\n";

static const struct option options[] = {
	{ "diff", no_argument, NULL, 'd' },
	CMD_OPT_ROOT,
	CMD_OPT_JSON,
	CMD_OPT_COLOR,
	CMD_OPT_HELP,
	CMD_OPT_END,
};

/* What both list and show tell of a run, in a map that is open. */
static void json_run(struct sp_json *j, const struct sp_run *run)
{
	sp_json_key(j, "run");
	sp_json_str(j, run->id);
	sp_json_key(j, "time");
	sp_json_str(j, run->time);
	sp_json_key(j, "status");
	sp_json_str(j, sp_run_status_text(run->status));
	sp_json_key(j, "profiles");
	sp_json_strv(j, &run->profiles);
}

/* Returns 1 when not all of them could be read. */
static int list(const struct cmd_opts *o, struct sp_root *root,
		struct sp_err *err)
{
	bool damaged = false;
	sp_auto_strv ids = { 0 };
	sp_auto_buf out = { 0 };
	struct sp_json j;
	int r = sp_journal_list(root, &ids, err);

	sp_json_init(&j, &out, SP_JSON_INDENT);
	sp_json_list(&j);
	for (size_t i = 0; i < ids.n && r >= 0; i++) {
		sp_auto_run run = { 0 };
		sp_auto_free char *profiles = NULL;

		/* One that cannot be read does not hide the others. */
		r = sp_journal_load(root, ids.v[i], &run, err);
		if (r < 0) {
			(void)cmd_fail(err);
			damaged = true;
			r = 0;
			continue;
		}
		profiles = sp_strv_join(&run.profiles, " ");
		if (o->json) {
			sp_json_map(&j);
			json_run(&j, &run);
			sp_json_key(&j, "changes");
			sp_json_int(&j, (int64_t)run.n_changes);
			sp_json_map_end(&j);
			continue;
		}
		(void)printf(run.n_changes == 1
				     ? _("%-20s %-16s %4zu change   %s\n")
				     : _("%-20s %-16s %4zu changes  %s\n"),
			     run.id, _(sp_run_status_text(run.status)),
			     run.n_changes, profiles);
	}
	if (r < 0)
		return r;
	sp_json_list_end(&j);
	sp_buf_addc(&out, '\n');
	if (o->json)
		cmd_put(&out);
	else if (ids.n == 0)
		(void)puts(_("No runs yet."));
	return damaged;
}

/*
 * A run as a plan: the same changes and effects, for the same rendering.
 * Borrows everything; never cleared.
 */
static void as_plan(const struct sp_run *run, struct sp_plan *p)
{
	p->v = run->changes;
	p->n = run->n_changes;
	for (size_t i = 0; i < run->n_changes; i++) {
		p->n_add += run->changes[i].op == SP_ADD;
		p->n_modify += run->changes[i].op == SP_MODIFY;
		p->n_remove += run->changes[i].op == SP_REMOVE;
	}
	p->effects.v = sp_xcalloc(run->n_effects, sizeof(*p->effects.v));
	for (size_t i = 0; i < run->n_effects; i++)
		if (sp_run_wrote(&run->effects[i]))
			p->effects.v[p->effects.n++] = run->effects[i].e;
}

/* A file that was kept; its directories go without saying. */
static bool kept_file(const struct sp_run_effect *f)
{
	return f->kept && f->e.before.type != SP_FT_DIR;
}

static void show_json(const struct sp_run *run, const struct sp_plan *plan,
		      struct sp_buf *out)
{
	const struct sp_profile profile = { 0 };
	struct sp_json j;

	sp_json_init(&j, out, SP_JSON_INDENT);
	sp_json_map(&j);
	json_run(&j, run);
	sp_json_key(&j, "plan");
	sp_render_plan_json(&j, plan, &profile, NULL);
	sp_json_key(&j, "commands");
	sp_json_list(&j);
	for (size_t i = 0; i < run->n_commands; i++) {
		const struct sp_run_command *c = &run->commands[i];

		sp_json_map(&j);
		sp_json_key(&j, "command");
		sp_json_str(&j, c->argv);
		sp_json_key(&j, "finished");
		sp_json_bool(&j, c->finished);
		if (c->finished) {
			sp_json_key(&j, "status");
			sp_json_int(&j, c->status);
			sp_json_key(&j, "output");
			sp_json_str(&j, c->output);
		}
		sp_json_map_end(&j);
	}
	sp_json_list_end(&j);
	sp_json_key(&j, "kept");
	sp_json_list(&j);
	for (size_t i = 0; i < run->n_effects; i++)
		if (kept_file(&run->effects[i]))
			sp_json_str(&j, run->effects[i].e.path);
	sp_json_list_end(&j);
	sp_json_map_end(&j);
	sp_buf_addc(out, '\n');
}

static void show_text(const struct sp_run *run, const struct sp_plan *plan,
		      const struct cmd_opts *o, bool diff, struct sp_buf *out)
{
	sp_buf_addf(out, _("run %s, %s, %s\n"), run->id, run->time,
		    _(sp_run_status_text(run->status)));
	for (size_t i = 0; i < plan->n; i++)
		sp_render_change(out, &plan->v[i], cmd_color(o));
	if (diff)
		sp_render_diff(out, plan, cmd_color(o));
	for (size_t i = 0; i < run->n_commands; i++) {
		const struct sp_run_command *c = &run->commands[i];

		sp_buf_addf(out, _("command: %s\n"), c->argv);
		if (!c->finished)
			sp_buf_addf(out, "%s\n", _("  cut off"));
		else
			sp_buf_addf(out, _("  exit status %d\n%s"), c->status,
				    c->output);
	}
	for (size_t i = 0; i < run->n_effects; i++)
		if (kept_file(&run->effects[i]))
			sp_buf_addf(out, _("kept for undo: %s\n"),
				    run->effects[i].e.path);
}

static int show(const struct cmd_opts *o, bool diff, struct sp_root *root,
		const char *id, struct sp_err *err)
{
	sp_auto_run run = { 0 };
	sp_auto_buf out = { 0 };
	struct sp_plan plan = { 0 };
	int r = sp_journal_load(root, id, &run, err);

	if (r < 0)
		return r;
	as_plan(&run, &plan);
	if (o->json)
		show_json(&run, &plan, &out);
	else
		show_text(&run, &plan, o, diff, &out);
	cmd_put(&out);
	free(plan.effects.v);
	return 0;
}

int cmd_runs(int argc, char **argv)
{
	struct cmd_opts o = { 0 };
	sp_auto_root *root = NULL;
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
	if (optind < argc && strcmp(argv[optind], "show") != 0)
		return cmd_usage("runs", "expected show RUN, got \"%s\"",
				 argv[optind]);
	if (optind < argc && argc - optind != 2)
		return cmd_usage("runs", "show takes one run");

	r = cmd_open_root(&o, &root, &err);
	if (r >= 0)
		r = optind < argc ? show(&o, diff, root, argv[optind + 1], &err)
				  : list(&o, root, &err);
	if (r < 0)
		return cmd_fail(&err);
	return r ? SP_EXIT_ERROR : SP_EXIT_OK;
}
