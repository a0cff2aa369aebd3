/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* cmd_check.c - sprout check: every error of a profile in one run. */
#include <stdio.h>

#include "cmd.h"
#include "core/host_overlay.h"
#include "core/json.h"
#include "core/mem.h"
#include "core/snapshot.h"
#include "words.h"

static const char help[] =
	"Usage: sprout check [OPTION]... PROFILE...\n\n"
	"Reads a profile and tells everything that is wrong with it.  Needs no host;\n"
	"with --root it is also checked against what is there.  Several profiles are\n"
	"one: later ones override.  \"-\" is standard input.\n\n"
	"  --root DIR  check against this root directory, too\n"
	"  --sha256 HEX  what the profile by URL must be; again for the next one\n"
	"  --json      the findings as JSON\n"
	"  --quiet     say nothing when there is nothing wrong\n"
	"  --help      this text\n\n"
	"Exit status: 0 no error (warnings do not count), 1 error, 64 wrong usage.\n";

static const struct option options[] = {
	CMD_OPT_ROOT,	CMD_OPT_SHA256, CMD_OPT_JSON,
	CMD_OPT_QUIET,	CMD_OPT_HELP,	CMD_OPT_END,
};

static void finding_json(struct sp_json *j, const struct sp_finding *f,
			 const struct sp_profile *p)
{
	sp_json_map(j);
	sp_json_key(j, "severity");
	sp_json_str(j, f->severity == SP_ERROR ? "error" : "warning");
	sp_json_key(j, "file");
	sp_json_str(j, p->sources[f->mark.source].name);
	sp_json_key(j, "line");
	sp_json_int(j, f->mark.line);
	sp_json_key(j, "column");
	sp_json_int(j, f->mark.col);
	sp_json_key(j, "object");
	sp_json_str(j, f->object);
	sp_json_key(j, "text");
	sp_json_str(j, f->text);
	sp_json_map_end(j);
}

static void print_json(const struct sp_profile *p, const struct sp_diag *diag)
{
	sp_auto_free const struct sp_finding **v = sp_diag_sorted(diag);
	sp_auto_buf out = { 0 };
	struct sp_json j;
	size_t i;

	sp_json_init(&j, &out, SP_JSON_INDENT);
	sp_json_map(&j);
	sp_json_key(&j, "sprout");
	sp_json_int(&j, 1);
	sp_json_key(&j, "resources");
	sp_json_int(&j, (int64_t)p->n);
	sp_json_key(&j, "errors");
	sp_json_int(&j, (int64_t)diag->errors);
	sp_json_key(&j, "warnings");
	sp_json_int(&j, (int64_t)diag->warnings);
	sp_json_key(&j, "findings");
	sp_json_list(&j);
	for (i = 0; i < diag->n; i++)
		finding_json(&j, v[i], p);
	sp_json_list_end(&j);
	sp_json_map_end(&j);
	sp_buf_addc(&out, '\n');
	cmd_put(&out);
}

/* The findings, then "a.yaml b.yaml: ok, 23 resources". */
static void print_text(const struct sp_profile *p, const struct sp_diag *diag,
		       bool quiet)
{
	sp_auto_buf findings = { 0 }, line = { 0 };
	size_t i;

	sp_diag_format(diag, p, &findings);
	(void)fputs(sp_buf_cstr(&findings), stderr);
	if (quiet && !diag->errors)
		return;
	for (i = 0; i < p->n_sources; i++)
		sp_buf_addf(&line, "%s%s", i ? " " : "", p->sources[i].name);
	if (diag->errors)
		sp_buf_addf(&line,
			    diag->errors == 1 ? _(": %zu error")
					      : _(": %zu errors"),
			    diag->errors);
	else
		sp_buf_addf(&line,
			    p->n == 1 ? _(": ok, %zu resource")
				      : _(": ok, %zu resources"),
			    p->n);
	if (diag->warnings)
		sp_buf_addf(&line,
			    diag->warnings == 1 ? _(", %zu warning")
						: _(", %zu warnings"),
			    diag->warnings);
	(void)fprintf(diag->errors ? stderr : stdout, "%s\n",
		      sp_buf_cstr(&line));
}

int cmd_check(int argc, char **argv)
{
	struct cmd_opts o = { 0 };
	sp_auto_root *root = NULL;
	sp_auto_host *host = NULL;
	sp_auto_profile p = { 0 }, remote = { 0 };
	sp_auto_diag diag = { 0 };
	sp_auto_err err = { 0 };
	int c, r;

	while ((c = getopt_long(argc, argv, "h", options, NULL)) >= 0) {
		r = cmd_common(&o, c, help);
		if (r >= 0)
			return r;
	}
	if (optind == argc)
		return cmd_usage("check", "which profile?");
	r = cmd_fetch_profiles(&o, argv + optind, argc - optind, &remote);
	if (r)
		return r;
	if (o.root) {
		r = cmd_open_host(&o, &root, &host, &err);
		if (r < 0)
			return cmd_fail(&err);
		sp_snapshot_warn(host, &diag);
	}
	r = cmd_add_profiles(&o, &p, argv + optind, argc - optind, &err);
	if (r < 0)
		return cmd_fail(&err);
	sp_profile_parse(&p, &diag);
	sp_profile_check(&p, host, &diag);
	if (o.json)
		print_json(&p, &diag);
	else
		print_text(&p, &diag, o.quiet);
	return diag.errors ? SP_EXIT_ERROR : SP_EXIT_OK;
}
