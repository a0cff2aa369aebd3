/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * live.c - the running side of a run: services are told, guards set, probes
 * asked, and a timer armed that takes the run back.
 */
#include <errno.h>
#include <fnmatch.h>
#include <string.h>

#include "clock.h"
#include "mem.h"
#include "work.h"

/* --- running services ---------------------------------------------------------------- */

static int run_command(void *arg, struct sp_host *host, int change,
		       const char *const argv[], int limit_s,
		       struct sp_output *ret, struct sp_err *err)
{
	struct sp_work *w = arg;
	struct sp_task task = { .sort = SP_TASK_COMMAND,
				.state = SP_TASK_BEGINS,
				.total = limit_s ? limit_s : -1 };
	int64_t begun_ms = sp_clock_ms();
	int r;

	(void)host;
	r = sp_journal_command(w->root, w->run, change, argv, NULL, err);
	if (r >= 0) {
		/* The others belong to the services that are told. */
		if (change >= 0) {
			task.object = w->run->changes[change].id;
			sp_root_progress(w->root, &task);
		}
		r = sp_root_run_within(w->root, argv, limit_s, ret, err);
		task.state = SP_TASK_ENDS;
		task.done = (sp_clock_ms() - begun_ms) / 1000;
		if (change >= 0)
			sp_root_progress(w->root, &task);
	}
	if (r >= 0)
		r = sp_journal_command(w->root, w->run, change, argv, ret, err);
	return r;
}

/* A function instead of a program; the journal cannot tell the two apart. */
static int run_act(void *arg, int change, const char *what, sp_act_fn *fn,
		   void *fn_arg, struct sp_err *err)
{
	struct sp_work *w = arg;
	const char *const argv[] = { what, NULL };
	sp_auto_free char *root = realpath(sp_root_name(w->root), NULL);
	sp_auto_output out = { 0 };
	sp_auto_err ignored = { 0 };
	int r;

	if (!root)
		return sp_fail_errno(err, errno, "%s", sp_root_name(w->root));
	r = sp_journal_command(w->root, w->run, change, argv, NULL, err);
	if (r < 0)
		return r;
	r = fn(fn_arg, root, &out, err);
	if (r < 0 && !out.status)
		out.status = 1;
	/* What was said is worth keeping; what was done counts. */
	(void)sp_journal_command(w->root, w->run, change, argv, &out, &ignored);
	return r;
}

/* What stood at a path before the run, if the run has written it. */
static const struct sp_node *node_before(const struct sp_run *run,
					 const char *path)
{
	for (size_t i = 0; i < run->n_effects; i++)
		if (!run->effects[i].undo &&
		    strcmp(run->effects[i].e.path, path) == 0)
			return &run->effects[i].e.before;
	return NULL;
}

static int keep_paths(void *arg, int change, const struct sp_strv *paths,
		      struct sp_err *err)
{
	struct sp_work *w = arg;
	sp_auto_effects effects = { 0 };
	int r = 0;

	if (w->run->kept)
		return 0;
	sp_root_refresh(w->root);
	r = sp_root_keepable(w->root, paths, err);
	for (size_t i = 0; i < paths->n && r >= 0; i++) {
		const struct sp_node *before = node_before(w->run, paths->v[i]);
		struct sp_effect e = { .path = sp_xstrdup(paths->v[i]) };

		if (before)
			sp_node_copy(&e.before, before);
		else
			r = sp_root_load(w->root, e.path, &e.before, err);
		if (r < 0 || (!before && r == 0)) {
			sp_effect_clear(&e);
			continue;
		}
		e.changes = sp_xcalloc(1, sizeof(int));
		e.changes[e.n_changes++] = change;
		effects.v = sp_grow(effects.v, effects.n, sizeof(*effects.v));
		effects.v[effects.n++] = e;
	}
	return r < 0 ? r : sp_journal_kept(w->root, w->run, &effects, err);
}

static const struct sp_effect **kept_paths(void *arg, size_t *ret_n)
{
	const struct sp_run *run = ((const struct sp_work *)arg)->run;
	const struct sp_effect **v = NULL;

	if (run->kept)
		v = sp_xcalloc(run->n_effects + 1,
			       sizeof(const struct sp_effect *));
	for (size_t i = 0; i < run->n_effects && v; i++)
		if (run->effects[i].kept)
			v[(*ret_n)++] = &run->effects[i].e;
	return v;
}

void sp_report_remarks(struct sp_report *rep, const struct sp_host *host)
{
	const struct sp_strv *l = sp_host_remarks(host);

	for (size_t i = 0; i < l->n; i++)
		sp_strv_add(&rep->notes, l->v[i]);
}

static int nothing_staged(void *arg, struct sp_host *host, struct sp_err *err)
{
	(void)arg;
	(void)host;
	(void)err;
	return 0;
}

void sp_work_applier(struct sp_work *w, struct sp_applier *ret)
{
	*ret = (struct sp_applier){ .commit = nothing_staged,
				    .run = run_command,
				    .act = run_act,
				    .keep = keep_paths,
				    .kept = kept_paths,
				    .arg = w };
}

struct sp_host *sp_work_host(struct sp_work *w, struct sp_applier *applier)
{
	struct sp_host *host = sp_host_new(w->root);

	sp_work_applier(w, applier);
	sp_host_set_applier(host, applier);
	return host;
}

static bool is_told(const struct sp_kind *kind, const struct sp_change *c)
{
	return kind->activate &&
	       (c->kind == kind || c->kind->activated_by == kind);
}

/* The task of telling all kinds that have something to tell. */
static void begin_telling(struct sp_work *w, const struct sp_change *all,
			  size_t n, struct sp_task *ret)
{
	*ret = (struct sp_task){ .sort = SP_TASK_SERVICES,
				 .state = SP_TASK_BEGINS };
	for (size_t k = 0; sp_kinds[k]; k++) {
		bool told = false;

		for (size_t i = 0; i < n && !told; i++)
			told = is_told(sp_kinds[k], &all[i]);
		ret->total += told;
	}
	if (ret->total)
		sp_root_progress(w->root, ret);
	ret->state = SP_TASK_GOES_ON;
}

static void end_telling(struct sp_work *w, struct sp_task *task)
{
	task->state = SP_TASK_ENDS;
	task->object = NULL;
	if (task->total)
		sp_root_progress(w->root, task);
}

/* A kind's changes, and those it takes over, to its activate, if it has one. */
static int activate_kind(struct sp_work *w, const struct sp_kind *kind,
			 const struct sp_change *all, size_t n,
			 struct sp_task *task, struct sp_err *err)
{
	struct sp_applier applier;
	sp_auto_free const struct sp_change **mine =
		sp_xcalloc(n, sizeof(const struct sp_change *));
	sp_auto_host *host = NULL;
	size_t n_mine = 0;
	int r;

	for (size_t i = 0; i < n; i++)
		if (is_told(kind, &all[i]))
			mine[n_mine++] = &all[i];
	if (!n_mine)
		return 0;
	task->object = kind->name;
	sp_root_progress(w->root, task);
	host = sp_work_host(w, &applier);
	r = kind->activate(host, mine, n_mine, err);
	task->done++;
	return r < 0 ? sp_wrap(err, "%s: activation", kind->name) : 0;
}

int sp_work_activate(struct sp_work *w, struct sp_err *err)
{
	struct sp_task task;
	int r = 0;

	if (!sp_root_live(w->root))
		return 0;
	begin_telling(w, w->run->changes, w->run->n_changes, &task);
	for (size_t k = 0; sp_kinds[k] && r >= 0; k++) {
		w->run->telling = true;
		w->run->n_told = k + 1;
		r = activate_kind(w, sp_kinds[k], w->run->changes,
				  w->run->n_changes, &task, err);
	}
	end_telling(w, &task);
	return r;
}

static bool run_has(const struct sp_run *run, const struct sp_kind *kind)
{
	for (size_t i = 0; i < run->n_changes; i++)
		if (run->changes[i].kind == kind)
			return true;
	return false;
}

int sp_work_guard(struct sp_work *w, int seconds, struct sp_err *err)
{
	struct sp_applier applier;
	sp_auto_host *host = sp_work_host(w, &applier);
	int r = 0;

	for (size_t k = 0; sp_kinds[k] && r >= 0; k++)
		if (sp_kinds[k]->guard && run_has(w->run, sp_kinds[k]))
			r = sp_kinds[k]->guard(host, seconds, err);
	return r;
}

void sp_work_release(struct sp_work *w, bool keep, struct sp_strv *failed)
{
	struct sp_applier applier;
	sp_auto_host *host = sp_work_host(w, &applier);

	for (size_t k = 0; sp_kinds[k] && sp_root_live(w->root); k++) {
		sp_auto_err err = { 0 };

		if (sp_kinds[k]->release && run_has(w->run, sp_kinds[k]) &&
		    sp_kinds[k]->release(host, keep, &err) < 0)
			sp_strv_addf(failed, "%s: %s", sp_kinds[k]->name,
				     err.msg);
	}
}

void sp_work_activate_back(struct sp_work *w, struct sp_strv *failed)
{
	size_t n = w->run->n_changes, k = 0;
	sp_auto_free struct sp_change *back =
		sp_xcalloc(n, sizeof(struct sp_change));
	struct sp_task task;

	sp_work_release(w, false, failed);
	/* Before its files were all there, nothing was told to take them. */
	if (!sp_root_live(w->root) || !w->run->applied)
		return;
	for (size_t i = 0; i < n; i++)
		back[n - 1 - i] = sp_change_inverse(&w->run->changes[i]);
	while (sp_kinds[k] && (!w->run->telling || k < w->run->n_told))
		k++;
	begin_telling(w, back, n, &task);
	while (k-- > 0) {
		sp_auto_err err = { 0 };

		if (activate_kind(w, sp_kinds[k], back, n, &task, &err) < 0)
			sp_strv_add(failed, err.msg);
	}
	end_telling(w, &task);
}

static void boot_job(struct sp_work *w, const char *verb, const char *unit,
		     struct sp_strv *failed)
{
	const char *const argv[] = { "/usr/bin/systemctl", "--no-block", verb,
				     unit, NULL };
	sp_auto_output out = { 0 };
	sp_auto_err err = { 0 };

	if (sp_root_run(w->root, argv, &out, &err) < 0)
		sp_strv_add(failed, err.msg);
	else if (out.status)
		sp_strv_addf(failed, "systemctl %s %s: %s", verb,
			     unit ? unit : "", sp_buf_cstr(&out.text));
}

void sp_work_boot_back(struct sp_work *w, struct sp_strv *failed)
{
	bool told = false;

	for (size_t i = 0; i < w->run->n_effects && sp_root_live(w->root);
	     i++) {
		const struct sp_run_effect *f = &w->run->effects[i];
		const char *unit = strrchr(f->e.path, '/') + 1;
		bool was = f->e.before.type == SP_FT_LINK;
		bool is = f->e.after.type == SP_FT_LINK;

		if (!sp_run_wrote(f) || was == is ||
		    fnmatch("/etc/systemd/system/*.wants/*", f->e.path,
			    FNM_PATHNAME) != 0)
			continue;
		if (!told)
			boot_job(w, "daemon-reload", NULL, failed);
		told = true;
		boot_job(w, was ? "start" : "stop", unit, failed);
	}
}

/* --- confirm or revert -------------------------------------------------------------------- */

#define TIMER "sprout-revert"
#define BOOT_UNIT "sprout-recover.service"

static int ask_systemd(struct sp_root *r, const char *const argv[],
		       struct sp_err *err)
{
	sp_auto_output out = { 0 };
	int rc = sp_root_run(r, argv, &out, err);

	if (rc >= 0 && out.status)
		rc = sp_fail(err, EIO, "%s: exit status %d: %s", argv[0],
			     out.status, sp_buf_cstr(&out.text));
	return rc;
}

int sp_work_disarm(struct sp_work *w, struct sp_err *err)
{
	const char *const argv[] = { "/usr/bin/systemctl", "stop",
				     TIMER ".timer", NULL };
	sp_auto_output out = { 0 };

	/* Not there, or gone off already: its status does not matter. */
	return sp_root_run(w->root, argv, &out, err);
}

int sp_work_arm(struct sp_work *w, int seconds, struct sp_err *err)
{
	sp_auto_free char *when = sp_asprintf("--on-active=%d", seconds);
	sp_auto_free char *self = realpath("/proc/self/exe", NULL);
	const char *const argv[] = {
		"/usr/bin/systemd-run",
		"--quiet",
		"--collect",
		"--unit=" TIMER,
		when,
		"--timer-property=AccuracySec=100ms",
		self,
		"recover",
		"--run",
		w->run->id,
		NULL,
	};
	int rc;

	if (!self)
		return sp_fail_errno(err, errno, "/proc/self/exe");
	rc = sp_work_disarm(w, err);
	if (rc >= 0)
		rc = ask_systemd(w->root, argv, err);
	return rc < 0 ? sp_wrap(err, "the timer that would take the run back")
		      : 0;
}

bool sp_work_boots_back(struct sp_work *w)
{
	static const char *const links[] = {
		"/etc/systemd/system/sysinit.target.wants/" BOOT_UNIT,
		"/usr/lib/systemd/system/sysinit.target.wants/" BOOT_UNIT,
	};
	sp_auto_host *host = sp_host_new(w->root);
	bool found = false;

	for (size_t i = 0; i < SP_COUNT(links); i++) {
		sp_auto_err ignored = { 0 };
		struct sp_stat st;

		found |= sp_host_stat(host, links[i], &st, &ignored) > 0;
	}
	return found;
}

int sp_work_probe(struct sp_work *w, const struct sp_profile *profile,
		  struct sp_strv *ret_silent, struct sp_err *err)
{
	sp_auto_host *host = sp_host_new(w->root);
	int r = 0;

	for (size_t i = 0; i < profile->n && r >= 0; i++)
		if (profile->res[i].kind->probe)
			r = profile->res[i].kind->probe(
				host, &profile->res[i].want, ret_silent, err);
	return r;
}
