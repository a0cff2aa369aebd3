/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * engine.c - the life of a run: journal, commit, verify; or take it back.
 *
 * Undo works on paths, not on steps.  Every path that the run touched is in
 * the journal with all nodes that the run put there.  If what is there now is
 * one of them, nobody else wrote it, and the image from before the run goes
 * back.  Otherwise the kinds of the changes concerned set back what they had
 * changed, and leave the rest of the file alone.  Both are right after a run
 * that finished, that was cut off, or that never began, and both may be
 * repeated, so that an undo that was cut off is simply begun again.
 */
#include "engine.h"

#include <errno.h>
#include <string.h>

#include "commit.h"
#include "mem.h"

void sp_report_clear(struct sp_report *r)
{
	free(r->run);
	free(r->failure);
	sp_strv_clear(&r->undone);
	sp_strv_clear(&r->not_undone);
	sp_strv_clear(&r->notes);
	*r = (struct sp_report){ 0 };
}

static char *change_name(const struct sp_change *c)
{
	return sp_asprintf("%s \"%s\"", c->kind->name, c->id);
}

/* The first failure is the one to tell. */
static void report_failure(struct sp_report *rep, struct sp_err *err)
{
	if (!rep->failure)
		rep->failure = sp_take(&err->msg);
	sp_err_clear(err);
}

/* --- paths of a run -------------------------------------------------------------- */

/*
 * All effects of a run at one path, without those of an undo that was cut
 * off: that one may have merged somebody's edit.
 */
struct path {
	const char *path;
	const struct sp_run_effect **v; /* owned; oldest first */
	size_t n;
	bool edited; /* what is there now is none of ours */
};

struct paths {
	struct path *v;
	size_t n;
};

static void paths_clear(struct paths *p)
{
	for (size_t i = 0; i < p->n; i++)
		free(p->v[i].v);
	free(p->v);
}
#define auto_paths __attribute__((cleanup(paths_clear))) struct paths

static int by_path_then_age(const void *a, const void *b)
{
	const struct sp_run_effect *x = *(const struct sp_run_effect *const *)a;
	const struct sp_run_effect *y = *(const struct sp_run_effect *const *)b;
	int r = strcmp(x->e.path, y->e.path);

	return r ? r : (x > y) - (x < y);
}

static bool is_ours(const struct path *p, const struct sp_node *now)
{
	for (size_t i = 0; i < p->n; i++) {
		const struct sp_effect *e = &p->v[i]->e;

		if (sp_node_equal(now, &e->before) ||
		    sp_node_equal(now, &e->after))
			return true;
		/* A directory's attributes are nobody's content. */
		if (now->type == SP_FT_DIR &&
		    (e->before.type == SP_FT_DIR || e->after.type == SP_FT_DIR))
			return true;
	}
	return false;
}

/* Group the effects by path, and look what is there now. */
static int find_paths(struct sp_root *r, const struct sp_run *run,
		      struct paths *ret, struct sp_err *err)
{
	sp_auto_free const struct sp_run_effect **all = sp_xcalloc(
		run->n_effects, sizeof(const struct sp_run_effect *));
	size_t n = 0;

	for (size_t i = 0; i < run->n_effects; i++)
		if (!run->effects[i].undo)
			all[n++] = &run->effects[i];
	if (n)
		qsort(all, n, sizeof(*all), by_path_then_age);
	for (size_t i = 0; i < n; i++) {
		struct path *p = ret->n ? &ret->v[ret->n - 1] : NULL;

		if (!p || strcmp(p->path, all[i]->e.path) != 0) {
			ret->v = sp_grow(ret->v, ret->n, sizeof(*ret->v));
			p = &ret->v[ret->n++];
			*p = (struct path){ .path = all[i]->e.path };
		}
		p->v = sp_grow(p->v, p->n, sizeof(*p->v));
		p->v[p->n++] = all[i];
	}
	for (size_t i = 0; i < ret->n; i++) {
		sp_auto_node now = { 0 };
		int rc = sp_root_load(r, ret->v[i].path, &now, err);

		if (rc < 0)
			return rc;
		ret->v[i].edited = !is_ours(&ret->v[i], &now);
	}
	return 0;
}

/* What stood at the path before the run: the oldest effect knows. */
static const struct sp_node *node_before(const struct path *p)
{
	return &p->v[0]->e.before;
}

/* What the run meant to leave there. */
static const struct sp_node *node_after(const struct path *p)
{
	return &p->v[p->n - 1]->e.after;
}

static int clean_temporaries(struct sp_root *r, const struct sp_run *run,
			     struct sp_err *err)
{
	for (size_t i = 0; i < run->n_effects; i++) {
		int rc = sp_commit_clean(r, run->id, i, run->effects[i].e.path,
					 err);

		if (rc < 0)
			return rc;
	}
	return 0;
}

/* --- running services ---------------------------------------------------------------- */

struct work {
	struct sp_root *root;
	struct sp_run *run;
};

static int run_command(void *arg, struct sp_host *host, int change,
		       const char *const argv[], struct sp_output *ret,
		       struct sp_err *err)
{
	struct work *w = arg;
	int r;

	(void)host;
	r = sp_journal_command(w->root, w->run, change, argv, NULL, err);
	if (r >= 0)
		r = sp_root_run(w->root, argv, ret, err);
	if (r >= 0)
		r = sp_journal_command(w->root, w->run, change, argv, ret, err);
	return r;
}

/* A function instead of a program; the journal cannot tell the two apart. */
static int run_act(void *arg, int change, const char *what, sp_act_fn *fn,
		   void *fn_arg, struct sp_err *err)
{
	struct work *w = arg;
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

static int nothing_staged(void *arg, struct sp_host *host, struct sp_err *err)
{
	(void)arg;
	(void)host;
	(void)err;
	return 0;
}

/*
 * A host for what is done at once, with nothing to stage: @applier is filled
 * and must live as long.
 */
static struct sp_host *acting_host(struct work *w, struct sp_applier *applier)
{
	struct sp_host *host = sp_host_new(w->root);

	*applier = (struct sp_applier){ .commit = nothing_staged,
					.run = run_command,
					.act = run_act,
					.arg = w };
	sp_host_set_applier(host, applier);
	return host;
}

/* A kind's changes, and those it takes over, to its activate, if it has one. */
static int activate_kind(struct work *w, const struct sp_kind *kind,
			 const struct sp_change *all, size_t n,
			 struct sp_err *err)
{
	struct sp_applier applier;
	sp_auto_free const struct sp_change **mine = NULL;
	sp_auto_host *host = NULL;
	size_t n_mine = 0;
	int r;

	if (!kind->activate)
		return 0;
	mine = sp_xcalloc(n, sizeof(const struct sp_change *));
	for (size_t i = 0; i < n; i++)
		if (all[i].kind == kind || all[i].kind->activated_by == kind)
			mine[n_mine++] = &all[i];
	if (!n_mine)
		return 0;
	host = acting_host(w, &applier);
	r = kind->activate(host, mine, n_mine, err);
	return r < 0 ? sp_wrap(err, "%s: activation", kind->name) : 0;
}

static int activate(struct work *w, struct sp_err *err)
{
	if (!sp_root_live(w->root))
		return 0;
	for (size_t k = 0; sp_kinds[k]; k++) {
		int r = activate_kind(w, sp_kinds[k], w->run->changes,
				      w->run->n_changes, err);

		if (r < 0)
			return r;
	}
	return 0;
}

static bool run_has(const struct sp_run *run, const struct sp_kind *kind)
{
	for (size_t i = 0; i < run->n_changes; i++)
		if (run->changes[i].kind == kind)
			return true;
	return false;
}

/* Services that can take themselves back: in @seconds, unless released. */
static int guard(struct work *w, int seconds, struct sp_err *err)
{
	struct sp_applier applier;
	sp_auto_host *host = acting_host(w, &applier);
	int r = 0;

	for (size_t k = 0; sp_kinds[k] && r >= 0; k++)
		if (sp_kinds[k]->guard && run_has(w->run, sp_kinds[k]))
			r = sp_kinds[k]->guard(host, seconds, err);
	return r;
}

/* A failure does not stop the others; it is told in @failed. */
static void release(struct work *w, bool keep, struct sp_strv *failed)
{
	struct sp_applier applier;
	sp_auto_host *host = acting_host(w, &applier);

	for (size_t k = 0; sp_kinds[k] && sp_root_live(w->root); k++) {
		sp_auto_err err = { 0 };

		if (sp_kinds[k]->release && run_has(w->run, sp_kinds[k]) &&
		    sp_kinds[k]->release(host, keep, &err) < 0)
			sp_strv_addf(failed, "%s: %s", sp_kinds[k]->name,
				     err.msg);
	}
}

/* The change that takes @c back.  Borrows id and states: never cleared. */
static struct sp_change inverse(const struct sp_change *c)
{
	return (struct sp_change){
		.kind = c->kind,
		.id = c->id,
		.op = c->op == SP_ADD	   ? SP_REMOVE
		      : c->op == SP_REMOVE ? SP_ADD
					   : SP_MODIFY,
		.before = c->after,
		.after = c->before,
	};
}

/* Services back to the old files; a failure does not stop the others. */
static void activate_back(struct sp_root *r, struct sp_run *run,
			  struct sp_report *rep)
{
	sp_auto_free struct sp_change *back =
		sp_xcalloc(run->n_changes, sizeof(struct sp_change));
	struct work w = { r, run };
	size_t k = 0;

	/* Before its files were all there, nothing was told to take them. */
	if (!sp_root_live(r) || !run->applied)
		return;
	release(&w, false, &rep->not_undone);
	for (size_t i = 0; i < run->n_changes; i++)
		back[run->n_changes - 1 - i] = inverse(&run->changes[i]);
	while (sp_kinds[k])
		k++;
	while (k-- > 0) {
		sp_auto_err err = { 0 };

		if (activate_kind(&w, sp_kinds[k], back, run->n_changes, &err) <
		    0)
			sp_strv_add(&rep->not_undone, err.msg);
	}
}

/* --- undo ---------------------------------------------------------------------------- */

static int undo_change(struct sp_host *host, const struct sp_change *c,
		       struct sp_err *err)
{
	const struct sp_change back = inverse(c);

	if (c->kind->undo)
		return c->kind->undo(host, c, err);
	return c->kind->apply(host, &back, err);
}

static bool touches_edited(const struct paths *paths, int change)
{
	for (size_t i = 0; i < paths->n; i++) {
		const struct path *p = &paths->v[i];

		for (size_t k = 0; p->edited && k < p->n; k++) {
			const struct sp_effect *e = &p->v[k]->e;

			for (size_t c = 0; c < e->n_changes; c++)
				if (e->changes[c] == change)
					return true;
		}
	}
	return false;
}

/* Stage the images from before the run, where nobody else wrote since. */
static int stage_images(struct sp_host *host, const struct paths *paths,
			struct sp_report *rep, struct sp_err *err)
{
	for (size_t i = 0; i < paths->n; i++) {
		const struct path *p = &paths->v[i];
		int r = 0;

		if (p->edited)
			sp_strv_addf(
				&rep->notes,
				"%s: edited since; only the run's own settings were taken back",
				p->path);
		else if (node_before(p)->type != SP_FT_NONE)
			r = sp_host_restore(host, p->path, node_before(p), err);
		if (r < 0)
			return r;
	}
	/* Backwards, what is in a directory goes before the directory. */
	for (size_t i = paths->n; i-- > 0;) {
		const struct path *p = &paths->v[i];
		sp_auto_strv names = { 0 };
		struct sp_stat st;
		int r;

		if (p->edited || node_before(p)->type != SP_FT_NONE)
			continue;
		/* A link goes, whatever is in the directory it leads to. */
		r = sp_host_stat(host, p->path, &st, err);
		if (r > 0 && st.type == SP_FT_DIR)
			r = sp_host_list(host, p->path, &names, err);
		if (r > 0 && names.n > 0)
			sp_strv_addf(&rep->notes, "%s: kept, it is not empty",
				     p->path);
		else if (r >= 0)
			r = sp_host_restore(host, p->path, node_before(p), err);
		if (r < 0)
			return r;
	}
	return 0;
}

static void stage_edited(struct sp_host *host, const struct sp_run *run,
			 const struct paths *paths, struct sp_report *rep)
{
	for (size_t i = run->n_changes; i-- > 0;) {
		const struct sp_change *c = &run->changes[i];
		sp_auto_free char *name = change_name(c);
		sp_auto_err err = { 0 };

		if (c->kind->flags & SP_KIND_TRANSACTS)
			continue; /* see undo_acts() */
		if (!c->kind->undo && !touches_edited(paths, (int)i))
			continue;
		if (undo_change(host, c, &err) < 0)
			sp_strv_addf(&rep->not_undone, "%s: %s", name, err.msg);
	}
}

/* One effect by itself, unless it has happened already. */
static void commit_alone(struct sp_root *r, const char *tag, size_t number,
			 const struct sp_effect *e, struct sp_report *rep)
{
	struct sp_effects one = { .v = (struct sp_effect *)(uintptr_t)e,
				  .n = 1 };
	sp_auto_err err = { 0 };
	sp_auto_node now = { 0 };
	int rc = sp_commit_clean(r, tag, number, e->path, &err);

	if (rc >= 0)
		rc = sp_root_load(r, e->path, &now, &err);
	if (rc >= 0 && !sp_node_equal(&now, &e->after))
		rc = sp_commit(r, tag, number, &one, &err);
	if (rc < 0) {
		sp_auto_err ignored = { 0 };

		sp_strv_add(&rep->not_undone, err.msg);
		/* A journal that did not take the effect cannot find it again. */
		(void)sp_commit_clean(r, tag, number, e->path, &ignored);
	}
}

/* A failure at one path does not stop the others. */
static void commit_each(struct sp_root *r, const char *tag, size_t first,
			const struct sp_effects *effects, struct sp_report *rep)
{
	for (size_t i = 0; i < effects->n; i++)
		if (effects->v[i].after.type != SP_FT_NONE)
			commit_alone(r, tag, first + i, &effects->v[i], rep);
	for (size_t i = effects->n; i-- > 0;)
		if (effects->v[i].after.type == SP_FT_NONE)
			commit_alone(r, tag, first + i, &effects->v[i], rep);
}

static int undo_files_locked(struct sp_root *r, struct sp_run *run,
			     struct sp_report *rep, struct sp_err *err)
{
	sp_auto_host *host = sp_host_new(r);
	sp_auto_effects effects = { 0 };
	auto_paths paths = { 0 };
	size_t first = run->n_effects;
	int rc;

	rc = clean_temporaries(r, run, err);
	if (rc >= 0)
		rc = find_paths(r, run, &paths, err);
	if (rc >= 0)
		rc = stage_images(host, &paths, rep, err);
	if (rc < 0)
		return rc;
	stage_edited(host, run, &paths, rep);

	rc = sp_host_effects(host, &effects, err);
	if (rc >= 0)
		rc = sp_commit_prepare(r, &effects, err);
	if (rc < 0 || effects.n == 0)
		return rc;
	rc = sp_journal_effects(r, run, &effects, true, err);
	if (rc >= 0)
		rc = sp_commit(r, run->id, first, &effects, err);
	if (rc < 0) {
		/* A journal that cannot grow must not keep us from undoing. */
		sp_err_clear(err);
		commit_each(r, run->id, first, &effects, rep);
	}
	return 0;
}

static int undo_files(struct sp_root *r, struct sp_run *run,
		      struct sp_report *rep, struct sp_err *err)
{
	int rc = undo_files_locked(r, run, rep, err);

	sp_commit_end(r);
	return rc;
}

static bool transacts(const struct sp_run *run)
{
	for (size_t i = 0; i < run->n_changes; i++)
		if (run->changes[i].kind->flags & SP_KIND_TRANSACTS)
			return true;
	return false;
}

/* Changes that are more than files, when the files are back. */
static void undo_acts(struct sp_root *r, struct sp_run *run,
		      struct sp_report *rep)
{
	struct work w = { r, run };

	for (size_t i = run->n_changes; i-- > 0;) {
		const struct sp_change *c = &run->changes[i];
		struct sp_applier applier;
		sp_auto_host *host = NULL;
		sp_auto_err err = { 0 };

		if (!(c->kind->flags & SP_KIND_TRANSACTS))
			continue;
		host = acting_host(&w, &applier);
		sp_host_set_change(host, (int)i);
		if (undo_change(host, c, &err) < 0)
			sp_strv_addf(&rep->not_undone, "%s \"%s\": %s",
				     c->kind->name, c->id, err.msg);
	}
}

enum sp_outcome sp_engine_undo(struct sp_root *r, struct sp_run *run,
			       bool files_only, struct sp_report *rep)
{
	sp_auto_err err = { 0 };

	if (!rep->run)
		rep->run = sp_xstrdup(run->id);
	if (sp_journal_mark(r, run, SP_MARK_UNDOING, &err) < 0)
		sp_err_clear(
			&err); /* then it is still open, which says the same */

	if (undo_files(r, run, rep, &err) < 0) {
		sp_strv_add(&rep->not_undone, err.msg);
		report_failure(rep, &err);
	}
	if (files_only && transacts(run)) {
		/* Scripts of packages need a system that has come up. */
		sp_strv_addf(&rep->notes,
			     "%s: files are back; its packages wait for sprout recover",
			     run->id);
		return SP_OUT_INCOMPLETE;
	}
	undo_acts(r, run, rep);
	if (!files_only)
		activate_back(r, run, rep);
	for (size_t i = run->n_changes; i-- > 0;)
		sp_strv_add_take(&rep->undone, change_name(&run->changes[i]));

	if (sp_journal_mark(r, run,
			    rep->not_undone.n ? SP_MARK_INCOMPLETE
					      : SP_MARK_UNDONE,
			    &err) < 0) {
		sp_strv_addf(&rep->notes,
			     "the journal could not be closed: %s; "
			     "sprout recover will look at it again",
			     err.msg);
		sp_err_clear(&err);
	}
	return rep->not_undone.n ? SP_OUT_INCOMPLETE : SP_OUT_DONE;
}

/* --- apply --------------------------------------------------------------------------- */

static int commit_staged(void *arg, struct sp_host *host, struct sp_err *err)
{
	struct work *w = arg;
	sp_auto_effects effects = { 0 };
	size_t first = w->run->n_effects;
	int r = sp_host_effects(host, &effects, err);

	if (r < 0 || effects.n == 0)
		return r;
	r = sp_commit_prepare(w->root, &effects, err);
	if (r >= 0)
		r = sp_journal_effects(w->root, w->run, &effects, false, err);
	if (r >= 0)
		r = sp_commit(w->root, w->run->id, first, &effects, err);
	sp_commit_end(w->root);
	if (r >= 0)
		sp_host_committed(host);
	return r;
}

/* Does the host now say what it was to say? */
static int verify(struct sp_root *root, const struct sp_resource *res, size_t n,
		  struct sp_err *err)
{
	sp_auto_host *host = sp_host_new(root);

	for (size_t i = 0; i < n; i++) {
		struct sp_change c = { 0 };
		int r;

		if (res[i].kind->flags & SP_KIND_ACTION)
			continue;
		r = sp_plan_compare(&res[i], host, &c, err);
		if (r > 0)
			r = sp_fail(
				err, EIO,
				"%s \"%s\": did not take: the host still differs from the profile",
				c.kind->name, c.id);
		sp_change_clear(&c);
		if (r < 0)
			return r;
	}
	return 0;
}

/* Stage and commit changes @from to @to of the run on @host. */
static int work_off(struct work *w, struct sp_host *host, size_t from,
		    size_t to, const bool *skip, struct sp_err *err)
{
	const struct sp_applier applier = {
		.commit = commit_staged,
		.run = run_command,
		.act = run_act,
		.arg = w,
	};
	int r;

	sp_host_set_applier(host, &applier);
	r = sp_plan_stage(w->run->changes, from, to, skip, host, err);
	if (r >= 0)
		r = commit_staged(w, host, err);
	sp_host_set_applier(host, NULL);
	return r;
}

/* All files are there: tell the running services. */
static int tell(struct work *w, struct sp_err *err)
{
	int r = sp_journal_mark(w->root, w->run, SP_MARK_APPLIED, err);

	return r < 0 ? r : activate(w, err);
}

static enum sp_outcome give_up(struct work *w, struct sp_err *err,
			       struct sp_report *rep)
{
	bool touched = w->run->n_effects > 0 || w->run->n_commands > 0;

	report_failure(rep, err);
	if (sp_engine_undo(w->root, w->run, false, rep) != SP_OUT_DONE)
		return SP_OUT_INCOMPLETE;
	if (rep->cut_off)
		return SP_OUT_REVERTED;
	return touched ? SP_OUT_UNDONE : SP_OUT_UNTOUCHED;
}

/* --- confirm or revert -------------------------------------------------------------------- */

#define TIMER "sprout-revert"
/* For the apply itself, before the time to confirm begins. */
#define APPLY_S 300
/* Services' own guards are the last resort: behind the timer. */
#define GUARD_S 30

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

static int disarm(struct sp_root *r, struct sp_err *err)
{
	const char *const argv[] = { "/usr/bin/systemctl", "stop",
				     TIMER ".timer", NULL };
	sp_auto_output out = { 0 };

	/* Not there, or gone off already: its status does not matter. */
	return sp_root_run(r, argv, &out, err);
}

/* Have the run taken back in @seconds, whatever becomes of this process. */
static int arm(struct sp_root *r, const char *run, int seconds,
	       struct sp_err *err)
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
		run,
		NULL,
	};
	int rc;

	if (!self)
		return sp_fail_errno(err, errno, "/proc/self/exe");
	rc = disarm(r, err);
	if (rc >= 0)
		rc = ask_systemd(r, argv, err);
	return rc < 0 ? sp_wrap(err, "the timer that would take the run back")
		      : 0;
}

int sp_engine_confirm(struct sp_root *r, struct sp_run *run, struct sp_err *err)
{
	struct work w = { r, run };
	sp_auto_strv failed = { 0 };
	sp_auto_err ignored = { 0 };
	int rc = sp_journal_mark(r, run, SP_MARK_DONE, err);

	if (rc < 0)
		return rc;
	/* A timer that goes off finds a run that is done, and does nothing. */
	(void)disarm(r, &ignored);
	release(&w, true, &failed);
	if (failed.n)
		return sp_fail(err, EIO, "confirmed, but %s", failed.v[0]);
	return 0;
}

/* The last step of an apply that went well. */
static int finish(struct work *w, int confirm_s, struct sp_err *err)
{
	sp_auto_strv failed = { 0 };
	int r;

	if (!confirm_s) {
		release(w, true, &failed);
		return sp_journal_mark(w->root, w->run, SP_MARK_DONE, err);
	}
	r = arm(w->root, w->run->id, confirm_s, err);
	if (r >= 0)
		r = guard(w, confirm_s + GUARD_S, err);
	return r < 0 ? r
		     : sp_journal_mark(w->root, w->run, SP_MARK_WAITING, err);
}

/* What the profile's probes cannot reach. */
static int probe(struct sp_root *root, const struct sp_profile *profile,
		 struct sp_strv *ret, struct sp_err *err)
{
	sp_auto_host *host = sp_host_new(root);
	int r = 0;

	for (size_t i = 0; i < profile->n && r >= 0; i++)
		if (profile->res[i].kind->probe)
			r = profile->res[i].kind->probe(
				host, &profile->res[i].want, ret, err);
	return r;
}

/* Nothing that answered before may be silent now. */
static int probe_again(struct sp_root *root, const struct sp_profile *profile,
		       const struct sp_strv *before, struct sp_err *err)
{
	sp_auto_strv now = { 0 };
	int r = probe(root, profile, &now, err);

	for (size_t i = 0; i < now.n && r >= 0; i++)
		if (!sp_strv_has(before, now.v[i]))
			r = sp_fail(err, ENETUNREACH, "%s; it answered before",
				    now.v[i]);
	return r;
}

static bool cuts(const struct sp_plan *plan)
{
	for (size_t i = 0; i < plan->n; i++)
		if (plan->v[i].kind->flags & SP_KIND_REACH)
			return true;
	return false;
}

/*
 * All changes, in the parts that packages divide them into.  @plan is made
 * again for the second part.
 */
static int work_off_all(struct work *w, struct sp_plan *plan,
			const struct sp_profile *profile, struct sp_host *host,
			struct sp_err *err)
{
	enum sp_mark_kind mark = plan->transacts ? SP_MARK_PART : SP_MARK_READY;
	int r = sp_journal_changes(w->root, w->run, plan, 0, plan->n_first,
				   mark, err);

	if (r >= 0)
		r = work_off(w, host, 0, plan->n_first, NULL, err);
	if (r < 0 || !plan->transacts)
		return r;
	r = sp_plan_again(plan, profile, host, err);
	if (r >= 0)
		r = sp_journal_changes(w->root, w->run, plan, plan->n_first,
				       plan->n, SP_MARK_READY, err);
	return r < 0 ? r
		     : work_off(w, host, plan->n_first, plan->n, NULL, err);
}

static int apply(struct work *w, struct sp_plan *plan,
		 const struct sp_profile *profile, struct sp_host *host,
		 int confirm_s, struct sp_report *rep, struct sp_err *err)
{
	bool guarded = sp_root_live(w->root) && cuts(plan);
	sp_auto_strv silent = { 0 };
	int r = guarded ? probe(w->root, profile, &silent, err) : 0;

	if (r >= 0 && confirm_s)
		r = arm(w->root, w->run->id, confirm_s + APPLY_S, err);
	if (r >= 0)
		r = work_off_all(w, plan, profile, host, err);
	if (r >= 0 && guarded)
		r = guard(w, confirm_s + APPLY_S + GUARD_S, err);
	if (r >= 0)
		r = tell(w, err);
	if (r >= 0)
		r = verify(w->root, profile->res, profile->n, err);
	if (r >= 0 && guarded) {
		r = probe_again(w->root, profile, &silent, err);
		rep->cut_off = r < 0;
	}
	return r < 0 ? r : finish(w, confirm_s, err);
}

enum sp_outcome sp_engine_apply(struct sp_plan *plan,
				const struct sp_profile *profile,
				struct sp_host *host, int confirm_s,
				struct sp_report *rep)
{
	struct sp_root *root = sp_host_root(host);
	sp_auto_strv profiles = { 0 };
	sp_auto_run run = { 0 };
	sp_auto_err err = { 0 };
	struct work w = { root, &run };
	int r;

	for (size_t i = 0; i < profile->n_sources; i++)
		sp_strv_add(&profiles, profile->sources[i].name);
	r = sp_journal_begin(root, &profiles, &run, &err);
	if (r < 0) {
		report_failure(rep, &err);
		return SP_OUT_UNTOUCHED;
	}
	rep->run = sp_xstrdup(run.id);
	sp_host_reset(host);
	r = apply(&w, plan, profile, host, confirm_s, rep, &err);
	if (r >= 0)
		return confirm_s ? SP_OUT_WAITING : SP_OUT_DONE;
	if (confirm_s) {
		sp_auto_err ignored = { 0 };

		(void)disarm(root, &ignored);
	}
	return give_up(&w, &err, rep);
}

/* --- forward --------------------------------------------------------------------------- */

/* Half-done commits are finished from their images. */
static int finish_images(struct sp_root *r, struct sp_run *run,
			 struct sp_host *host, struct sp_err *err)
{
	auto_paths paths = { 0 };
	int rc = clean_temporaries(r, run, err);

	if (rc >= 0)
		rc = find_paths(r, run, &paths, err);
	for (size_t i = 0; i < paths.n && rc >= 0; i++)
		if (!paths.v[i].edited &&
		    node_after(&paths.v[i])->type != SP_FT_NONE)
			rc = sp_host_restore(host, paths.v[i].path,
					     node_after(&paths.v[i]), err);
	for (size_t i = paths.n; i-- > 0 && rc >= 0;)
		if (!paths.v[i].edited &&
		    node_after(&paths.v[i])->type == SP_FT_NONE)
			rc = sp_host_restore(host, paths.v[i].path,
					     node_after(&paths.v[i]), err);
	return rc;
}

static int forward(struct work *w, struct sp_err *err)
{
	struct sp_run *run = w->run;
	sp_auto_host *host = sp_host_new(w->root);
	sp_auto_free bool *skip = sp_xcalloc(run->n_changes, sizeof(bool));
	sp_auto_free struct sp_resource *res =
		sp_xcalloc(run->n_changes, sizeof(struct sp_resource));
	int r;

	for (size_t i = 0; i < run->n_commands; i++)
		if (run->commands[i].finished &&
		    run->commands[i].change >= 0 &&
		    !(run->changes[run->commands[i].change].kind->flags &
		      SP_KIND_TRANSACTS))
			skip[run->commands[i].change] = true;
	r = finish_images(w->root, run, host, err);
	if (r >= 0)
		r = work_off(w, host, 0, run->n_changes, skip, err);
	if (r >= 0)
		r = tell(w, err);
	if (r < 0)
		return r;
	/* Borrows ids and states: never cleared. */
	for (size_t i = 0; i < run->n_changes; i++)
		res[i] = (struct sp_resource){
			.kind = run->changes[i].kind,
			.id = run->changes[i].id,
			.want = run->changes[i].after,
		};
	r = verify(w->root, res, run->n_changes, err);
	return r < 0 ? r : sp_journal_mark(w->root, run, SP_MARK_DONE, err);
}

enum sp_outcome sp_engine_forward(struct sp_root *r, struct sp_run *run,
				  struct sp_report *rep)
{
	struct work w = { r, run };
	sp_auto_err err = { 0 };

	if (!rep->run)
		rep->run = sp_xstrdup(run->id);
	if (!run->ready || run->undoing) {
		sp_strv_addf(
			&rep->notes, "%s",
			run->undoing
				? "an undo was cut off: it is finished"
				: "cut off before its changes were recorded: nothing to finish");
		return sp_engine_undo(r, run, false, rep) == SP_OUT_DONE
			       ? SP_OUT_UNDONE
			       : SP_OUT_INCOMPLETE;
	}
	if (run->part)
		sp_strv_add(&rep->notes,
			    "what stands behind the packages was not recorded yet: "
			    "apply the profile again");
	return forward(&w, &err) < 0 ? give_up(&w, &err, rep) : SP_OUT_DONE;
}

int sp_engine_find(struct sp_root *r, enum sp_run_status status,
		   struct sp_run *ret, struct sp_err *err)
{
	sp_auto_strv ids = { 0 };
	int rc = sp_journal_list(r, &ids, err);

	for (size_t i = ids.n; i-- > 0 && rc >= 0;) {
		enum sp_run_status now;

		rc = sp_journal_status(r, ids.v[i], &now, err);
		if (rc >= 0 && now == status) {
			rc = sp_journal_load(r, ids.v[i], ret, err);
			return rc < 0 ? rc : 1;
		}
	}
	return rc < 0 ? rc : 0;
}
