/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_parts.c - runs in parts, as packages divide them; services' own guards;
 * probes.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "engine_world.h"

/* --- kinds ------------------------------------------------------------------------- */

/*
 * A package is a file PACKAGES/ID.  One called "bad" cannot be installed; one
 * called "web" brings /etc/web.conf, one called "entries" that file.
 */
#define PACKAGES "/var/packages"

struct transaction {
	struct sp_host *host;
	const struct sp_change *c;
	bool undo;
};

/* What a package brings besides, or NULL. */
static const char *brings(const char *id)
{
	return strcmp(id, "web") == 0	    ? "/etc/web.conf"
	       : strcmp(id, "entries") == 0 ? ENTRIES
					    : NULL;
}

static void write_real(const char *root, const char *path, const char *text)
{
	sp_auto_free char *full = sp_asprintf("%s%s", root, path);
	FILE *f = fopen(full, "we");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

/* Was it there? */
static bool remove_real(const char *root, const char *path)
{
	sp_auto_free char *full = sp_asprintf("%s%s", root, path);

	return unlink(full) == 0;
}

static int package_observe(struct sp_host *host, const char *id,
			   const struct sp_state *want, struct sp_state *ret,
			   struct sp_err *err)
{
	sp_auto_free char *path = sp_asprintf(PACKAGES "/%s", id);
	sp_auto_buf b = { 0 };
	int r = sp_host_read(host, path, &b, err);

	(void)want;
	if (r > 0) {
		ret->present = true;
		sp_state_set_str(ret, F_VALUE, sp_buf_cstr(&b));
	}
	return r < 0 ? r : 0;
}

static int transact(void *arg, const char *root, struct sp_output *out,
		    struct sp_err *err)
{
	const struct transaction *t = arg;
	const char *id = t->c->id;
	sp_auto_free char *path = sp_asprintf(PACKAGES "/%s", id);
	const char *file = brings(id);
	sp_auto_strv paths = { 0 };
	int r;

	sp_buf_addf(&out->text, "%s\n", id);
	if (strcmp(id, "bad") == 0 && !t->undo)
		return sp_fail(err, EIO, "it is bad");
	if (t->undo) {
		if (remove_real(root, path) && file)
			(void)remove_real(root, file);
		return 0;
	}
	if (file)
		sp_strv_add(&paths, file);
	r = sp_host_keep(t->host, &paths, err);
	if (r < 0)
		return r;
	write_real(root, path, sp_state_str(&t->c->after, F_VALUE));
	if (file)
		write_real(root, file, "default\n");
	sp_host_remark(t->host, "it is there");
	return 0;
}

static int package_apply(struct sp_host *host, const struct sp_change *c,
			 struct sp_err *err)
{
	struct transaction t = { host, c, false };

	return sp_host_act(host, "a transaction", transact, &t, err);
}

static int package_undo(struct sp_host *host, const struct sp_change *c,
			struct sp_err *err)
{
	struct transaction t = { host, c, true };
	sp_auto_free const struct sp_effect **kept = NULL;
	size_t n;
	int r = sp_host_act(host, "a transaction", transact, &t, err);

	kept = sp_host_kept(host, &n);
	for (size_t i = 0; i < n && r >= 0; i++)
		r = sp_host_restore(host, kept[i]->path, &kept[i]->before, err);
	return r;
}

static const struct sp_kind kind_package = {
	.name = "package",
	.section = "packages",
	.shape = SP_SHAPE_LIST,
	.summary = "a package",
	.fields = entry_fields,
	.flags = SP_KIND_TRANSACTS,
	.observe = package_observe,
	.apply = package_apply,
	.undo = package_undo,
};

/* The line that /etc/web.conf consists of; the package brings the file. */
static void web_check(const struct sp_check *ck)
{
	sp_auto_err err = { 0 };
	struct sp_stat st;

	if (ck->host && sp_host_stat(ck->host, "/etc/web.conf", &st, &err) == 0)
		sp_check_missing(ck, ck->res, -1, -1, "web is not installed");
}

static int web_observe(struct sp_host *host, const char *id,
		       const struct sp_state *want, struct sp_state *ret,
		       struct sp_err *err)
{
	sp_auto_buf b = { 0 };
	int r = sp_host_read(host, "/etc/web.conf", &b, err);

	(void)id;
	(void)want;
	if (r > 0) {
		ret->present = true;
		sp_state_set_str_take(ret, F_VALUE,
				      sp_xstrndup(b.data, b.len - 1));
	}
	return r < 0 ? r : 0;
}

static int web_apply(struct sp_host *host, const struct sp_change *c,
		     struct sp_err *err)
{
	sp_auto_buf b = { 0 };

	sp_buf_addf(&b, "%s\n", sp_state_str(&c->after, F_VALUE));
	return sp_host_write(host, "/etc/web.conf", b.data, b.len, SP_ATTR_KEEP,
			     err);
}

static const struct sp_kind kind_web = {
	.name = "web",
	.section = "webs",
	.shape = SP_SHAPE_LIST,
	.summary = "a file of a package",
	.fields = entry_fields,
	.check = web_check,
	.observe = web_observe,
	.apply = web_apply,
};

/* A link that can cut the operator off, and guards itself. */
static int told(struct sp_host *host, const char *what, const char *how,
		struct sp_err *err)
{
	const char *const argv[] = { what, how, NULL };
	sp_auto_output out = { 0 };
	int r = sp_host_run(host, argv, &out, err);

	return r < 0 || !out.status ? r : sp_fail(err, EIO, "%s failed", what);
}

static int link_apply(struct sp_host *host, const struct sp_change *c,
		      struct sp_err *err)
{
	const char *v = sp_state_str(&c->after, F_VALUE);

	return c->after.present ? sp_host_write(host, "/etc/link", v, strlen(v),
						SP_ATTR_KEEP, err)
				: sp_host_remove(host, "/etc/link", err);
}

static int link_observe(struct sp_host *host, const char *id,
			const struct sp_state *want, struct sp_state *ret,
			struct sp_err *err)
{
	sp_auto_buf b = { 0 };
	int r = sp_host_read(host, "/etc/link", &b, err);

	(void)id;
	(void)want;
	if (r > 0) {
		ret->present = true;
		sp_state_set_str(ret, F_VALUE, sp_buf_cstr(&b));
	}
	return r < 0 ? r : 0;
}

static int link_activate(struct sp_host *host,
			 const struct sp_change *const changes[], size_t n,
			 struct sp_err *err)
{
	assert_int_equal(n, 1);
	return told(host, "activate", changes[0]->after.present ? "new" : "old",
		    err);
}

static int link_guard(struct sp_host *host, int seconds, struct sp_err *err)
{
	sp_auto_free char *s = sp_asprintf("%d", seconds);

	return told(host, "guard", s, err);
}

static int link_release(struct sp_host *host, bool keep, struct sp_err *err)
{
	return told(host, "release", keep ? "keep" : "back", err);
}

/* Value of the link: what cannot be reached through it. */
static int link_probe(struct sp_host *host, const struct sp_state *want,
		      struct sp_strv *ret_silent, struct sp_err *err)
{
	sp_auto_buf b = { 0 };
	int r = sp_host_read(host, "/etc/link", &b, err);

	(void)want;
	sp_strv_split(ret_silent, sp_buf_cstr(&b), ",");
	return r < 0 ? r : 0;
}

static const struct sp_kind kind_link = {
	.name = "link",
	.section = "links",
	.shape = SP_SHAPE_LIST,
	.summary = "a link",
	.fields = entry_fields,
	.flags = SP_KIND_REACH,
	.observe = link_observe,
	.apply = link_apply,
	.activate = link_activate,
	.guard = link_guard,
	.release = link_release,
	.probe = link_probe,
};

const struct sp_kind *const sp_kinds[] = { &kind_entry, &kind_package,
					   &kind_web, &kind_link, NULL };

/* --- packages ------------------------------------------------------------------------ */

static int setup_packages(void **state)
{
	sp_auto_free char *var = NULL, *dir = NULL;
	struct world *w;

	(void)setup(state);
	w = *state;
	var = sp_asprintf("%s/var", w->top);
	dir = sp_asprintf("%s" PACKAGES, w->top);
	assert_int_equal(mkdir(var, 0755), 0);
	return mkdir(dir, 0755);
}

#define WEB                                          \
	HEAD "entries: [{name: a, value: new}]\n"    \
	     "packages: [{name: web, value: '1'}]\n" \
	     "webs: [{name: w, value: tuned}]\n"

/* Load, check and plan; the caller clears both. */
static int plan_of(struct sp_host *host, const char *yaml,
		   struct sp_profile *profile, struct sp_plan *plan,
		   struct sp_err *err)
{
	sp_auto_diag diag = { 0 };

	sp_profile_add_text(profile, "p.yaml", yaml, strlen(yaml));
	sp_profile_parse(profile, &diag);
	sp_profile_check(profile, host, &diag);
	assert_int_equal(diag.errors, 0);
	return sp_plan_make(plan, profile, host, err);
}

static enum sp_outcome apply_checked(struct world *w, const char *yaml,
				     struct sp_report *rep)
{
	sp_auto_host *host = sp_host_new(w->root);
	sp_auto_profile profile = { 0 };
	sp_auto_plan plan = { 0 };
	sp_auto_err err = { 0 };

	assert_int_equal(plan_of(host, yaml, &profile, &plan, &err), 0);
	return sp_engine_apply(&plan, &profile, host, 0, rep);
}

static void test_plan_later(void **state)
{
	struct world *w = *state;
	sp_auto_host *host = sp_host_new(w->root);
	sp_auto_profile profile = { 0 };
	sp_auto_plan plan = { 0 };
	sp_auto_err err = { 0 };

	assert_int_equal(plan_of(host, WEB, &profile, &plan, &err), 0);
	assert_true(plan.transacts);
	assert_int_equal(plan.n, 2);
	assert_int_equal(plan.n_first, 2);
	assert_int_equal(plan.later.n, 1);
	assert_string_equal(plan.later.v[0], "web \"w\": web is not installed");
	assert_int_equal(plan.n_commands, 1);
	assert_true(plan.commands[0].act);
	assert_string_equal(plan.commands[0].argv.v[0], "a transaction");
	assert_string_equal(get(w, PACKAGES "/web"), "(none)");
}

/* The packages are there already, and still it lacks something. */
static void test_plan_missing(void **state)
{
	struct world *w = *state;
	sp_auto_host *host = sp_host_new(w->root);
	sp_auto_profile profile = { 0 };
	sp_auto_plan plan = { 0 };
	sp_auto_err err = { 0 };

	put(w, PACKAGES "/web", "1");
	assert_int_equal(plan_of(host, WEB, &profile, &plan, &err), -ENOENT);
	assert_string_equal(err.msg,
			    "p.yaml:4:15: web \"w\": web is not installed");
}

/* Without packages in the profile it is an error as any. */
static void test_check_missing(void **state)
{
	static const char yaml[] = HEAD "webs: [{name: w, value: tuned}]\n";
	struct world *w = *state;
	sp_auto_host *host = sp_host_new(w->root);
	sp_auto_profile profile = { 0 };
	sp_auto_diag diag = { 0 };

	sp_profile_add_text(&profile, "p.yaml", yaml, strlen(yaml));
	sp_profile_parse(&profile, &diag);
	sp_profile_check(&profile, host, &diag);
	assert_int_equal(diag.errors, 1);
	assert_string_equal(diag.v[0].text, "web is not installed");
}

static void test_apply_parts(void **state)
{
	struct world *w = *state;
	sp_auto_report rep = { 0 }, rep2 = { 0 };
	sp_auto_run r = { 0 };

	assert_int_equal(apply_checked(w, WEB, &rep), SP_OUT_DONE);
	assert_string_equal(get(w, "/etc/web.conf"), "tuned\n");
	assert_string_equal(get(w, PACKAGES "/web"), "1");
	load(w, rep.run, &r);
	assert_int_equal(r.n_changes, 3);
	assert_false(r.part);
	assert_int_equal(r.n_commands, 1);
	assert_string_equal(r.commands[0].argv, "a transaction");
	assert_string_equal(r.commands[0].output, "web\n");

	assert_int_equal(undo(w, rep.run, &rep2), SP_OUT_DONE);
	assert_string_equal(get(w, "/etc/web.conf"), "(none)");
	assert_string_equal(get(w, PACKAGES "/web"), "(none)");
	assert_string_equal(get(w, ENTRIES), "(none)");
	assert_int_equal(rep2.undone.n, 3);
}

static void test_transaction_fails(void **state)
{
	struct world *w = *state;
	sp_auto_report rep = { 0 };

	assert_int_equal(apply_checked(w,
				       HEAD
				       "entries: [{name: a, value: new}]\n"
				       "packages: [{name: bad, value: '1'}]\n",
				       &rep),
			 SP_OUT_UNDONE);
	assert_string_equal(rep.failure, "package \"bad\": it is bad");
	assert_string_equal(get(w, ENTRIES), "(none)");
}

/* What the package should have brought is not there even then. */
static void test_still_missing(void **state)
{
	struct world *w = *state;
	sp_auto_report rep = { 0 };

	assert_int_equal(apply_checked(w,
				       HEAD
				       "packages: [{name: other, value: '1'}]\n"
				       "webs: [{name: w, value: tuned}]\n",
				       &rep),
			 SP_OUT_UNDONE);
	assert_non_null(strstr(rep.failure, "web is not installed"));
	assert_string_equal(get(w, PACKAGES "/other"), "(none)");
}

/* Cut off behind the transaction, before the rest was planned. */
static void test_cut_off_between(void **state)
{
	struct world *w = *state;
	sp_auto_report rep = { 0 }, rep2 = { 0 };
	sp_auto_free char *path = NULL;
	sp_auto_run r = { 0 };
	size_t len = 0;
	char *at;

	assert_int_equal(apply_checked(w, WEB, &rep), SP_OUT_DONE);
	load(w, rep.run, &r);
	/* The log as it was then. */
	path = sp_asprintf("%s%s/log", w->top, r.dir);
	{
		sp_auto_free char *rel = sp_asprintf("%s/log", r.dir);
		const char *text = get(w, rel);

		at = strstr(text, "{\"change\": 2");
		assert_non_null(at);
		len = (size_t)(at - text);
	}
	assert_int_equal(truncate(path, (off_t)len), 0);
	write_real(w->top, "/etc/web.conf", "default\n");
	sp_run_clear(&r);
	load(w, rep.run, &r);
	assert_true(r.part);
	assert_int_equal(sp_engine_forward(w->root, &r, &rep2), SP_OUT_DONE);
	assert_int_equal(rep2.notes.n, 2); /* and it is there */
	assert_string_equal(get(w, PACKAGES "/web"), "1");
	assert_string_equal(get(w, ENTRIES), "a new\n");
}

/* What stood where the package has its file. */
static void test_keep(void **state)
{
	struct world *w = *state;
	sp_auto_report rep = { 0 }, rep2 = { 0 };
	sp_auto_run r = { 0 };

	put(w, "/etc/web.conf", "by hand\n");
	assert_int_equal(apply_checked(w, WEB, &rep), SP_OUT_DONE);
	assert_string_equal(get(w, "/etc/web.conf"), "tuned\n");
	assert_int_equal(rep.notes.n, 1);
	assert_string_equal(rep.notes.v[0], "it is there");
	load(w, rep.run, &r);
	assert_true(r.kept);
	assert_int_equal(undo(w, rep.run, &rep2), SP_OUT_DONE);
	assert_string_equal(get(w, "/etc/web.conf"), "by hand\n");
	assert_string_equal(get(w, PACKAGES "/web"), "(none)");
}

/* A later process does not take the package's file for it. */
static void test_keep_forward(void **state)
{
	struct world *w = *state;
	sp_auto_report rep = { 0 }, rep2 = { 0 }, rep3 = { 0 };
	sp_auto_free char *path = NULL;
	sp_auto_run r = { 0 };
	const char *text, *at;

	put(w, "/etc/web.conf", "by hand\n");
	assert_int_equal(apply_checked(w, WEB, &rep), SP_OUT_DONE);
	load(w, rep.run, &r);
	path = sp_asprintf("%s%s/log", w->top, r.dir);
	text = get(w, path + strlen(w->top));
	at = strstr(text, "{\"mark\": \"kept\"}\n");
	assert_non_null(at);
	at = strchr(at, '\n') + 1;
	assert_int_equal(truncate(path, (off_t)(at - text)), 0);
	put(w, "/etc/web.conf", "default\n");
	sp_run_clear(&r);
	load(w, rep.run, &r);
	assert_int_equal(sp_engine_forward(w->root, &r, &rep2), SP_OUT_DONE);
	assert_int_equal(undo(w, rep.run, &rep3), SP_OUT_DONE);
	assert_string_equal(get(w, "/etc/web.conf"), "by hand\n");
}

/* What the run itself had written there counts as it was before the run. */
static void test_keep_own(void **state)
{
	struct world *w = *state;
	sp_auto_report rep = { 0 };

	put(w, ENTRIES, "b old\n");
	assert_int_equal(
		apply_checked(w,
			      HEAD "entries: [{name: a, value: new}]\n"
				   "packages: [{name: entries, value: '1'}]\n",
			      &rep),
		SP_OUT_UNDONE);
	assert_non_null(strstr(rep.failure, "did not take"));
	assert_string_equal(get(w, ENTRIES), "b old\n");
}

static void test_keep_refuses(void **state)
{
	struct world *w = *state;
	sp_auto_host *host = sp_host_new(w->root);
	sp_auto_free char *web = sp_asprintf("%s/etc/web.conf", w->top);
	sp_auto_report rep = { 0 };
	sp_auto_strv paths = { 0 };
	sp_auto_err err = { 0 };
	size_t n;

	put(w, "/etc/web.conf", "");
	assert_int_equal(truncate(web, (off_t)SP_FILE_MAX), 0);
	sp_strv_add(&paths, "/etc/web.conf");
	sp_strv_add(&paths, "/etc/nothing");
	assert_int_equal(sp_host_keep(host, &paths, &err), 0);
	assert_null(sp_host_kept(host, &n));
	assert_int_equal(truncate(web, (off_t)SP_FILE_MAX + 1), 0);
	assert_int_equal(sp_host_keep(host, &paths, &err), -EFBIG);
	assert_int_equal(
		apply_checked(w, HEAD "packages: [{name: web, value: '1'}]\n",
			      &rep),
		SP_OUT_UNDONE);
	assert_non_null(strstr(rep.failure, "files above 8 MiB are not kept"));
	assert_string_equal(get(w, PACKAGES "/web"), "(none)");
	sp_err_clear(&err);
	assert_int_equal(truncate(web, (off_t)SP_FILE_MAX), 0);
	for (size_t i = 0; i < SP_KEPT_MAX / SP_FILE_MAX; i++)
		sp_strv_add(&paths, "/etc/web.conf");
	assert_int_equal(sp_host_keep(host, &paths, &err), -EFBIG);
	assert_non_null(strstr(err.msg, "more than 64 MiB"));
}

/* At boot packages wait; the run stays open for sprout recover. */
static void test_packages_at_boot(void **state)
{
	struct world *w = *state;
	sp_auto_report rep = { 0 }, rep2 = { 0 }, rep3 = { 0 };
	sp_auto_run r = { 0 };

	assert_int_equal(apply_checked(w, WEB, &rep), SP_OUT_DONE);
	load(w, rep.run, &r);
	assert_int_equal(sp_engine_undo(w->root, &r, true, &rep2),
			 SP_OUT_INCOMPLETE);
	assert_string_equal(get(w, "/etc/web.conf"), "default\n");
	assert_string_equal(get(w, PACKAGES "/web"), "1");
	assert_int_equal(undo(w, rep.run, &rep3), SP_OUT_DONE);
	assert_string_equal(get(w, "/etc/web.conf"), "(none)");
	assert_string_equal(get(w, PACKAGES "/web"), "(none)");
}

/* --- guards and probes ---------------------------------------------------------------- */

#define LINK(v) HEAD "links: [{name: l, value: '" v "'}]\n"
#define ARM "/usr/bin/systemctl stop;/usr/bin/systemd-run --quiet;"

static void test_guard_confirmed(void **state)
{
	struct world *w = *state;
	sp_auto_report rep = { 0 };
	sp_auto_err err = { 0 };
	sp_auto_run r = { 0 };

	sp_root_set_live(w->root);
	assert_int_equal(apply_within(w, LINK(""), 60, &rep), SP_OUT_WAITING);
	assert_string_equal(sp_buf_cstr(&w->calls),
			    ARM "guard 390;activate new;" ARM "guard 90;");
	sp_buf_clear(&w->calls);
	load(w, rep.run, &r);
	assert_int_equal(sp_engine_confirm(w->root, &r, &err), 0);
	assert_string_equal(sp_buf_cstr(&w->calls),
			    "/usr/bin/systemctl stop;release keep;");
}

static void test_guard_back(void **state)
{
	struct world *w = *state;
	sp_auto_report rep = { 0 }, rep2 = { 0 };

	sp_root_set_live(w->root);
	assert_int_equal(apply_within(w, LINK(""), 60, &rep), SP_OUT_WAITING);
	sp_buf_clear(&w->calls);
	assert_int_equal(undo(w, rep.run, &rep2), SP_OUT_DONE);
	assert_string_equal(sp_buf_cstr(&w->calls),
			    "release back;activate old;");
}

/* Nobody is asked, but a crash while services are told is guarded. */
static void test_guard_no_confirm(void **state)
{
	struct world *w = *state;
	sp_auto_report rep = { 0 };

	sp_root_set_live(w->root);
	assert_int_equal(apply(w, LINK(""), &rep), SP_OUT_DONE);
	assert_string_equal(sp_buf_cstr(&w->calls),
			    "guard 330;activate new;release keep;");
}

static void test_probes(void **state)
{
	struct world *w = *state;
	sp_auto_report rep = { 0 }, rep2 = { 0 };

	sp_root_set_live(w->root);
	put(w, "/etc/link", "dns: no answer");
	/* What was silent before has no vote. */
	assert_int_equal(apply(w, LINK("dns: no answer,"), &rep), SP_OUT_DONE);
	assert_int_equal(apply(w, LINK("dns: no answer,ping: no answer"),
			       &rep2),
			 SP_OUT_REVERTED);
	assert_string_equal(rep2.failure,
			    "ping: no answer; it answered before");
	assert_string_equal(get(w, "/etc/link"), "dns: no answer,");
}

/* Files of an image cut nobody off. */
static void test_probes_offline(void **state)
{
	struct world *w = *state;
	sp_auto_report rep = { 0 };

	assert_int_equal(apply(w, LINK("ping: no answer"), &rep), SP_OUT_DONE);
	assert_string_equal(sp_buf_cstr(&w->calls), "");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
#define P(f) cmocka_unit_test_setup_teardown(f, setup_packages, teardown)
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		P(test_plan_later),	   P(test_plan_missing),
		P(test_check_missing),	   P(test_apply_parts),
		P(test_transaction_fails), P(test_still_missing),
		P(test_cut_off_between),   P(test_keep),
		P(test_keep_forward),	   P(test_keep_own),
		P(test_keep_refuses),	   P(test_packages_at_boot),
		T(test_guard_confirmed),   T(test_guard_back),
		T(test_guard_no_confirm),  T(test_probes),
		T(test_probes_offline),
	};

	return cmocka_run_group_tests_name("parts", tests, NULL, NULL);
}
