/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * undo.c - take a run back.
 *
 * Undo works on paths, not on steps.  Every path that the run touched is in
 * the journal with all nodes that the run put there.  If what is there now is
 * one of them, nobody else wrote it, and the image from before the run goes
 * back.  Otherwise the kinds of the changes concerned set back what they had
 * changed, and leave the rest of the file alone.  Both are right after a run
 * that finished, that was cut off, or that never began, and both may be
 * repeated, so that an undo that was cut off is simply begun again.
 */
#include <errno.h>
#include <string.h>

#include "commit.h"
#include "mem.h"
#include "word.h"
#include "work.h"

static char *change_name(const struct sp_change *c)
{
	return sp_asprintf("%s \"%s\"", c->kind->name, c->id);
}

struct sp_change sp_change_inverse(const struct sp_change *c)
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
		if (sp_run_wrote(&run->effects[i]))
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

int sp_work_restore_after(struct sp_work *w, struct sp_host *host,
			  struct sp_err *err)
{
	auto_paths paths = { 0 };
	int rc = clean_temporaries(w->root, w->run, err);

	if (rc >= 0)
		rc = find_paths(w->root, w->run, &paths, err);
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

/* --- undo ---------------------------------------------------------------------------- */

static int undo_change(struct sp_host *host, const struct sp_change *c,
		       struct sp_err *err)
{
	const struct sp_change back = sp_change_inverse(c);

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
				_("%s: edited since; only the run's own settings were taken back"),
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
			sp_strv_addf(&rep->notes,
				     _("%s: kept, it is not empty"), p->path);
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

/* Make real what is staged on @host; sp_commit_end() is the caller's. */
static int commit_back(struct sp_root *r, struct sp_run *run,
		       struct sp_host *host, struct sp_report *rep,
		       struct sp_err *err)
{
	sp_auto_effects effects = { 0 };
	size_t first = run->n_effects;
	int rc = sp_host_effects(host, &effects, err);

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

static int undo_files_locked(struct sp_root *r, struct sp_run *run,
			     struct sp_report *rep, struct sp_err *err)
{
	sp_auto_host *host = sp_host_new(r);
	auto_paths paths = { 0 };
	int rc;

	rc = clean_temporaries(r, run, err);
	if (rc >= 0)
		rc = find_paths(r, run, &paths, err);
	if (rc >= 0)
		rc = stage_images(host, &paths, rep, err);
	if (rc < 0)
		return rc;
	stage_edited(host, run, &paths, rep);
	return commit_back(r, run, host, rep, err);
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

/*
 * Changes that are more than files, when the files are back; and what their
 * undo staged behind them.
 */
static void undo_acts(struct sp_root *r, struct sp_run *run,
		      struct sp_report *rep)
{
	struct sp_work w = { r, run };

	for (size_t i = run->n_changes; i-- > 0;) {
		const struct sp_change *c = &run->changes[i];
		struct sp_applier applier;
		sp_auto_host *host = NULL;
		sp_auto_err err = { 0 };

		if (!(c->kind->flags & SP_KIND_TRANSACTS))
			continue;
		host = sp_work_host(&w, &applier);
		sp_host_set_change(host, (int)i);
		if (undo_change(host, c, &err) < 0)
			sp_strv_addf(&rep->not_undone, "%s \"%s\": %s",
				     c->kind->name, c->id, err.msg);
		sp_err_clear(&err);
		if (commit_back(r, run, host, rep, &err) < 0)
			sp_strv_add(&rep->not_undone, err.msg);
		sp_commit_end(r);
		sp_report_remarks(rep, host);
	}
}

enum sp_outcome sp_engine_undo(struct sp_root *r, struct sp_run *run,
			       bool files_only, struct sp_report *rep)
{
	struct sp_work w = { r, run };
	sp_auto_err err = { 0 };

	if (!rep->run)
		rep->run = sp_xstrdup(run->id);
	if (sp_journal_mark(r, run, SP_MARK_UNDOING, &err) < 0)
		sp_err_clear(
			&err); /* then it is still open, which says the same */

	if (undo_files(r, run, rep, &err) < 0) {
		sp_strv_add(&rep->not_undone, err.msg);
		sp_report_failure(rep, &err);
	}
	if (files_only && transacts(run)) {
		/* Scripts of packages need a system that has come up. */
		sp_strv_addf(
			&rep->notes,
			_("%s: files are back; its packages wait for sprout recover"),
			run->id);
		return SP_OUT_INCOMPLETE;
	}
	undo_acts(r, run, rep);
	if (files_only)
		sp_work_boot_back(&w, &rep->not_undone);
	else
		sp_work_activate_back(&w, &rep->not_undone);
	for (size_t i = run->n_changes; i-- > 0;)
		sp_strv_add_take(&rep->undone, change_name(&run->changes[i]));

	if (sp_journal_mark(r, run,
			    rep->not_undone.n ? SP_MARK_INCOMPLETE
					      : SP_MARK_UNDONE,
			    &err) < 0) {
		sp_strv_addf(&rep->notes,
			     _("the journal could not be closed: %s; "
			       "sprout recover will look at it again"),
			     err.msg);
		sp_err_clear(&err);
	}
	return rep->not_undone.n ? SP_OUT_INCOMPLETE : SP_OUT_DONE;
}
