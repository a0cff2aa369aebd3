/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cmd_status.c - sprout status: is the host still as the profile last applied
 * says, and are its services well.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cmd.h"
#include "core/applied.h"
#include "core/health.h"
#include "core/host_overlay.h"
#include "core/json.h"
#include "core/mem.h"
#include "core/render.h"
#include "words.h"

static const char help[] =
	"Usage: sprout status [OPTION]...\n\n"
	"Compares the host with the profile of the newest run that stands, and asks\n"
	"for the services that it needs.  Reads only.\n\n"
	"  --root DIR  the root directory to look at (default /); files only\n"
	"  --json      as JSON\n"
	"  --quiet     say nothing, only the exit status\n"
	"  --color auto|always|never  colours (default: on a terminal)\n"
	"  --help      this text\n\n"
	"Exit status: 0 in sync and healthy, 2 not so, 1 error, 64 wrong usage.\n";

static const struct option options[] = {
	CMD_OPT_ROOT,  CMD_OPT_JSON, CMD_OPT_QUIET,
	CMD_OPT_COLOR, CMD_OPT_HELP, CMD_OPT_END,
};

/* What became of one resource of the profile. */
struct finding {
	const struct sp_resource *res;
	struct sp_change change; /* if it drifted */
	bool drifted;
	char *failure; /* owned; why it cannot be told, or NULL */
};

struct status {
	struct sp_run run;
	struct sp_profile profile;
	char *open; /* owned; id of a run that was cut off, or NULL */
	struct finding *v;
	size_t n, drifted, failed;
	struct sp_health health;
	size_t unhealthy;
};

static void status_clear(struct status *s)
{
	for (size_t i = 0; i < s->n; i++) {
		sp_change_clear(&s->v[i].change);
		free(s->v[i].failure);
	}
	free(s->v);
	free(s->open);
	sp_health_clear(&s->health);
	sp_profile_clear(&s->profile);
	sp_run_clear(&s->run);
}
#define auto_status __attribute__((cleanup(status_clear))) struct status

/* --- looking ---------------------------------------------------------------- */

static int load(struct status *s, struct sp_root *root, struct sp_err *err)
{
	sp_auto_diag diag = { 0 };
	sp_auto_run open = { 0 };
	int r = sp_engine_find(root, SP_RUN_OPEN, &open, err);

	if (r > 0)
		s->open = sp_xstrdup(open.id);
	if (r >= 0)
		r = sp_applied_find(root, &s->run, err);
	if (r == 0)
		return sp_fail(err, ENOENT,
			       "no run stands in \"%s\": nothing was applied "
			       "with sprout yet, or all was undone",
			       sp_root_name(root));
	if (r > 0)
		r = sp_applied_load(root, &s->run, &s->profile, err);
	if (r == 0)
		return sp_fail(err, ENOENT,
			       "run %s has no copy of its profile; a plan of "
			       "the profile tells the drift",
			       s->run.id);
	if (r < 0)
		return r;
	sp_profile_parse(&s->profile, &diag);
	if (diag.errors)
		return sp_fail(err, EBADMSG,
			       "the profile of run %s is not one for this "
			       "sprout; apply it again",
			       s->run.id);
	return 0;
}

static void compare(struct status *s, struct sp_host *host)
{
	const struct sp_profile *p = &s->profile;

	s->v = sp_xcalloc(p->n + 1, sizeof(*s->v));
	for (size_t i = 0; i < p->n; i++) {
		struct finding *f = &s->v[s->n];
		sp_auto_err err = { 0 };
		int r;

		if (p->res[i].kind->flags & SP_KIND_ACTION)
			continue; /* happened; there is nothing to compare */
		s->n++;
		f->res = &p->res[i];
		r = sp_plan_compare(f->res, host, &f->change, &err);
		f->drifted = r > 0;
		if (r < 0)
			f->failure = sp_take(&err.msg);
		s->drifted += r > 0;
		s->failed += r < 0;
	}
}

static int look(struct status *s, struct sp_root *root, struct sp_err *err)
{
	sp_auto_host *host = sp_host_new(root);
	int r = load(s, root, err);

	if (r < 0)
		return r;
	compare(s, host);
	r = sp_health_look(host, &s->profile, &s->health, err);
	for (size_t i = 0; i < s->health.n; i++)
		s->unhealthy += !s->health.v[i].healthy;
	s->unhealthy += s->health.clock && !s->health.clock_healthy;
	for (size_t i = 0; i < s->health.n_checks; i++)
		s->unhealthy += s->health.checks[i].verdict == SP_FAIL;
	return r;
}

/* --- telling ----------------------------------------------------------------- */

static void text_resources(struct sp_buf *out, const struct status *s,
			   bool colour)
{
	for (size_t i = 0; i < s->n; i++) {
		const struct finding *f = &s->v[i];

		if (f->drifted) {
			sp_render_change(out, &f->change, colour);
			continue;
		}
		sp_buf_add(out, f->failure ? "? " : "= ");
		sp_render_object(out, f->res->kind, f->res->id);
		if (f->failure) {
			sp_buf_add(out, ": ");
			sp_buf_add_shown(out, f->failure);
		}
		sp_buf_addc(out, '\n');
	}
}

static void text_health(struct sp_buf *out, const struct sp_health *h)
{
	if (h->n || h->clock)
		sp_buf_addc(out, '\n');
	for (size_t i = 0; i < h->n; i++) {
		const struct sp_unit_health *u = &h->v[i];

		sp_buf_addf(out, "%s %s: %s", u->healthy ? "=" : "!", u->unit,
			    u->state);
		if (*u->since)
			sp_buf_addf(out, _(" since %s"), u->since);
		if (u->why)
			sp_buf_addf(out, ": %s", u->why);
		sp_buf_addc(out, '\n');
	}
	if (h->clock) {
		sp_buf_addf(out, _("%s clock: "), h->clock_healthy ? "=" : "!");
		sp_buf_add_shown(out, h->clock);
		sp_buf_addc(out, '\n');
	}
}

/* A table of answers for each resource that gave some. */
static void text_checks(struct sp_buf *out, const struct sp_health *h)
{
	const struct sp_resource *last = NULL;
	size_t width = 0;

	for (size_t i = 0; i < h->n_checks; i++)
		width = strlen(h->checks[i].name) > width
				? strlen(h->checks[i].name)
				: width;
	for (size_t i = 0; i < h->n_checks; i++) {
		const struct sp_health_check *c = &h->checks[i];

		if (c->res != last) {
			sp_buf_addc(out, '\n');
			sp_render_object(out, c->res->kind, c->res->id);
			sp_buf_add(out, ":\n");
		}
		last = c->res;
		sp_buf_addf(out, "  %s  %-*s  ", sp_verdict_name(c->verdict),
			    (int)width, c->name);
		sp_buf_add_shown(out, c->text);
		sp_buf_addc(out, '\n');
	}
}

static void text(struct sp_buf *out, const struct status *s, bool colour)
{
	sp_auto_free char *names = sp_strv_join(&s->run.profiles, " ");

	sp_buf_add(out, _("Profile last applied: "));
	sp_buf_add_shown(out, names);
	sp_buf_addf(out, _(" (run %s, %s)\n"), s->run.id, s->run.time);
	if (s->run.status == SP_RUN_WAITING)
		sp_buf_add(out, _("! it waits to be confirmed: sprout confirm "
				  "keeps it, sprout undo takes it back\n"));
	if (s->open)
		sp_buf_addf(out,
			    _("! run %s was cut off, unless it is at work just "
			      "now: sprout recover ends it\n"),
			    s->open);
	sp_buf_addc(out, '\n');
	text_resources(out, s, colour);
	text_health(out, &s->health);
	text_checks(out, &s->health);
	sp_buf_addf(
		out,
		s->failed
			? _("\nStatus: %zu in sync, %zu drifted, %zu not healthy, "
			    "%zu that cannot be told.\n")
			: _("\nStatus: %zu in sync, %zu drifted, %zu not healthy.\n"),
		s->n - s->drifted - s->failed, s->drifted, s->unhealthy,
		s->failed);
}

static void json_str(struct sp_json *j, const char *key, const char *value)
{
	sp_json_key(j, key);
	sp_json_str(j, value);
}

static void json_int(struct sp_json *j, const char *key, size_t value)
{
	sp_json_key(j, key);
	sp_json_int(j, (int64_t)value);
}

static void json_bool(struct sp_json *j, const char *key, bool value)
{
	sp_json_key(j, key);
	sp_json_bool(j, value);
}

static void json_finding(struct sp_json *j, const struct finding *f)
{
	sp_json_map(j);
	json_str(j, "kind", f->res->kind->name);
	json_str(j, "id", f->res->id);
	json_str(j, "status",
		 f->failure   ? "unknown"
		 : f->drifted ? "drifted"
			      : "in sync");
	if (f->failure)
		json_str(j, "failure", f->failure);
	if (f->drifted) {
		sp_json_key(j, "change");
		sp_render_change_json(j, &f->change);
	}
	sp_json_map_end(j);
}

static void json_health(struct sp_json *j, const struct sp_health *h)
{
	sp_json_key(j, "services");
	sp_json_list(j);
	for (size_t i = 0; i < h->n; i++) {
		sp_json_map(j);
		json_str(j, "unit", h->v[i].unit);
		json_str(j, "state", h->v[i].state);
		json_str(j, "since", *h->v[i].since ? h->v[i].since : NULL);
		json_str(j, "why", h->v[i].why);
		json_bool(j, "healthy", h->v[i].healthy);
		sp_json_map_end(j);
	}
	sp_json_list_end(j);
	sp_json_key(j, "clock");
	if (h->clock) {
		sp_json_map(j);
		json_str(j, "state", h->clock);
		json_bool(j, "healthy", h->clock_healthy);
		sp_json_map_end(j);
	} else {
		sp_json_null(j);
	}
}

static void json_checks(struct sp_json *j, const struct sp_health *h)
{
	sp_json_key(j, "checks");
	sp_json_list(j);
	for (size_t i = 0; i < h->n_checks; i++) {
		const struct sp_health_check *c = &h->checks[i];

		sp_json_map(j);
		json_str(j, "kind", c->res->kind->name);
		json_str(j, "id", c->res->id);
		json_str(j, "check", c->name);
		json_str(j, "verdict", sp_verdict_name(c->verdict));
		json_str(j, "text", c->text);
		sp_json_map_end(j);
	}
	sp_json_list_end(j);
}

static void json(struct sp_buf *out, const struct status *s)
{
	struct sp_json j;

	sp_json_init(&j, out, SP_JSON_INDENT);
	sp_json_map(&j);
	json_int(&j, "sprout", 1);
	json_str(&j, "run", s->run.id);
	json_str(&j, "time", s->run.time);
	json_bool(&j, "confirmed", s->run.status == SP_RUN_DONE);
	sp_json_key(&j, "profiles");
	sp_json_strv(&j, &s->run.profiles);
	json_str(&j, "cut_off", s->open);
	sp_json_key(&j, "resources");
	sp_json_list(&j);
	for (size_t i = 0; i < s->n; i++)
		json_finding(&j, &s->v[i]);
	sp_json_list_end(&j);
	json_health(&j, &s->health);
	json_checks(&j, &s->health);
	sp_json_key(&j, "summary");
	sp_json_map(&j);
	json_int(&j, "in_sync", s->n - s->drifted - s->failed);
	json_int(&j, "drifted", s->drifted);
	json_int(&j, "unknown", s->failed);
	json_int(&j, "unhealthy", s->unhealthy);
	sp_json_map_end(&j);
	sp_json_map_end(&j);
	sp_buf_addc(out, '\n');
}

int cmd_status(int argc, char **argv)
{
	struct cmd_opts o = { 0 };
	sp_auto_root *root = NULL;
	auto_status s = { 0 };
	sp_auto_buf out = { 0 };
	sp_auto_err err = { 0 };
	int c, r;

	while ((c = getopt_long(argc, argv, "h", options, NULL)) >= 0) {
		r = cmd_common(&o, c, help);
		if (r >= 0)
			return r;
	}
	if (optind < argc)
		return cmd_usage("status", "status takes no \"%s\"",
				 argv[optind]);
	r = cmd_open_root(&o, &root, &err);
	if (r >= 0)
		r = look(&s, root, &err);
	if (r < 0)
		return cmd_fail(&err);
	if (o.json)
		json(&out, &s);
	else if (!o.quiet)
		text(&out, &s, cmd_color(&o));
	cmd_put(&out);
	if (s.failed)
		return SP_EXIT_ERROR;
	return s.drifted || s.unhealthy || s.open ||
			       s.run.status == SP_RUN_WAITING
		       ? SP_EXIT_PENDING
		       : SP_EXIT_OK;
}
