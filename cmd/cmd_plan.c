/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* cmd_plan.c - sprout plan: what would change, exactly. */
#include <stdio.h>
#include <string.h>

#include "cmd.h"
#include "core/host_overlay.h"
#include "core/junit.h"
#include "core/markdown.h"
#include "core/mem.h"
#include "core/render.h"
#include "core/snapshot.h"
#include "words.h"

static const char help[] =
	"Usage: sprout plan [OPTION]... PROFILE...\n"
	"       sprout plan --fleet DIR [OPTION]... [PROFILE]...\n\n"
	"Shows what apply would change.  Reads only; works as any user who can read\n"
	"what it needs.  Several profiles are one: later ones override.\n\n"
	"  --diff      with the changes of every file, as patch(1) reads them\n"
	"  --root DIR  the root directory to look at (default /), or a snapshot's archive\n"
	"  --fleet DIR  plan many hosts at once: each NAME.yaml in DIR for the snapshot\n"
	"              NAME.tar.zst or the root directory NAME beside it\n"
	"  --offline   take / for files alone: tell no daemon (found out in a chroot)\n"
	"  --chroot-commands  commands could run in DIR, by chroot(2)\n"
	"  --format text|json|markdown|junit  how to print it (default text):\n"
	"              markdown for a comment on a merge request, junit for a CI server\n"
	"  --json      the same as --format json\n"
	"  --sha256 HEX  what the profile by URL must be; again for the next one\n"
	"  --quiet     say nothing, only the exit status\n"
	"  --color auto|always|never  colours (default: on a terminal)\n"
	"  --help      this text\n\n"
	"Exit status: 0 nothing to do, 2 changes pending, 1 error, 64 wrong usage; with\n"
	"--fleet the worst of all hosts.\n";

static const struct option options[] = {
	{ "diff", no_argument, NULL, 'd' },
	CMD_OPT_ROOT,
	CMD_OPT_OFFLINE,
	CMD_OPT_CHROOT,
	CMD_OPT_JSON,
	{ "format", required_argument, NULL, 'f' },
	{ "fleet", required_argument, NULL, 'F' },
	CMD_OPT_QUIET,
	CMD_OPT_SHA256,
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

void cmd_planned_clear(struct cmd_planned *p)
{
	sp_plan_clear(&p->plan);
	sp_diag_clear(&p->diag);
	sp_profile_clear(&p->profile);
	sp_host_free(p->host);
	sp_root_free(p->root);
	sp_err_clear(&p->err);
}

void cmd_plan_make(struct cmd_planned *p, const struct cmd_opts *o,
		   char **paths, int n)
{
	int r = cmd_open_host(o, &p->root, &p->host, &p->err);

	if (r >= 0) {
		sp_snapshot_warn(p->host, &p->diag);
		r = cmd_read_profile(o, &p->profile, paths, n, p->host, &p->diag,
				     &p->err);
	}
	if (r >= 0 && !p->diag.errors)
		r = sp_plan_make(&p->plan, &p->profile, p->host, &p->err);
	for (size_t i = 0; i < p->plan.n_untold; i++)
		sp_diag_warn(&p->diag, p->plan.untold[i].res,
			     p->plan.untold[i].field, -1,
			     "is not in the snapshot, and taken to be as the "
			     "profile says");
	p->status = r < 0 || p->diag.errors ? SP_EXIT_ERROR :
		    p->plan.n		    ? SP_EXIT_PENDING :
					      SP_EXIT_OK;
}

void cmd_plan_errors(const struct cmd_planned *p, struct sp_buf *out)
{
	if (p->err.msg)
		sp_buf_addf(out, "sprout: %s\n", p->err.msg);
	if (!p->diag.errors)
		return;
	sp_diag_format(&p->diag, &p->profile, out);
	sp_buf_addf(out,
		    p->diag.errors == 1
			    ? _("sprout: %zu error; nothing was changed\n")
			    : _("sprout: %zu errors; nothing was changed\n"),
		    p->diag.errors);
}

struct sp_planned cmd_plan_outcome(const struct cmd_planned *p,
				   const char *name)
{
	return (struct sp_planned){
		.name = name,
		.profile = &p->profile,
		.diag = &p->diag,
		.plan = p->status == SP_EXIT_ERROR ? NULL : &p->plan,
		.failure = p->err.msg,
	};
}

/* The parts of a report that a merge request or a CI server shows. */
static void add_report(const struct cmd_planned *p, const char *name,
		       enum cmd_format format, struct sp_buf *out)
{
	const struct sp_planned x = cmd_plan_outcome(p, name);
	struct sp_junit_counts sum = { 0 };
	sp_auto_buf suite = { 0 };

	if (format == CMD_MARKDOWN) {
		sp_markdown_plan(out, &x, 3, SP_MARKDOWN_MAX);
		return;
	}
	sp_junit_suite(&suite, &x, &sum);
	sp_junit_document(out, &suite, &sum);
}

static int plan_one(const struct cmd_opts *o, enum cmd_format format, bool diff,
		    char **paths, int n)
{
	cmd_auto_planned p = { 0 };
	sp_auto_buf out = { 0 }, wrong = { 0 };

	cmd_plan_make(&p, o, paths, n);
	if (p.status == SP_EXIT_ERROR) {
		cmd_plan_errors(&p, &wrong);
		(void)fwrite(sp_buf_cstr(&wrong), 1, wrong.len, stderr);
	}
	if (format == CMD_MARKDOWN || format == CMD_JUNIT) {
		if (!o->quiet)
			add_report(&p, o->root ? o->root : "/", format, &out);
		cmd_put(&out);
		return p.status;
	}
	if (p.status == SP_EXIT_ERROR)
		return p.status;
	return cmd_show_plan(o, diff, &p.plan, &p.profile, &p.diag);
}

static int parse_format(const char *s, enum cmd_format *ret)
{
	static const char *const names[] = {
		[CMD_TEXT] = "text",
		[CMD_JSON] = "json",
		[CMD_MARKDOWN] = "markdown",
		[CMD_JUNIT] = "junit",
	};

	for (size_t i = 0; i < SP_COUNT(names); i++) {
		if (strcmp(s, names[i]) != 0)
			continue;
		*ret = (enum cmd_format)i;
		return -1;
	}
	return cmd_usage("plan",
			 "--format: expected text, json, markdown or junit, "
			 "got \"%s\"",
			 s);
}

int cmd_plan(int argc, char **argv)
{
	struct cmd_opts o = { 0 };
	struct cmd_fleet fleet = { 0 };
	enum cmd_format format = CMD_TEXT;
	sp_auto_profile remote = { 0 };
	bool diff = false;
	int c, r;

	while ((c = getopt_long(argc, argv, "h", options, NULL)) >= 0) {
		switch (c) {
		case 'd':
			diff = true;
			break;
		case 'F':
			fleet.dir = optarg;
			break;
		case 'f':
			r = parse_format(optarg, &format);
			if (r >= 0)
				return r;
			break;
		default:
			r = cmd_common(&o, c, help);
			if (r >= 0)
				return r;
		}
	}
	if (o.json && format != CMD_TEXT && format != CMD_JSON)
		return cmd_usage("plan", "--json and --format differ");
	if (o.json)
		format = CMD_JSON;
	o.json = format == CMD_JSON;
	if (format != CMD_TEXT)
		cmd_words_machine();
	r = cmd_fetch_profiles(&o, argv + optind, argc - optind, &remote);
	if (r)
		return r;
	if (fleet.dir) {
		fleet.paths = argv + optind;
		fleet.n = argc - optind;
		fleet.format = format;
		fleet.diff = diff;
		if (o.root)
			return cmd_usage("plan", "--fleet and --root exclude "
						 "each other");
		for (int i = 0; i < fleet.n; i++)
			if (strcmp(fleet.paths[i], "-") == 0)
				return cmd_usage("plan",
						 "--fleet reads each profile many "
						 "times; standard input cannot be "
						 "one");
		return cmd_plan_fleet(&o, &fleet);
	}
	if (optind == argc)
		return cmd_usage("plan", "which profile?");
	o.progress = true;
	return plan_one(&o, format, diff, argv + optind, argc - optind);
}
