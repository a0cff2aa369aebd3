/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* engine.c - the life of a run: journal, commit, verify, or finish it. */
#include "engine.h"

#include <errno.h>
#include <string.h>

#include "applied.h"
#include "commit.h"
#include "mem.h"
#include "word.h"
#include "work.h"

void sp_report_clear(struct sp_report *r)
{
	free(r->run);
	free(r->failure);
	sp_strv_clear(&r->undone);
	sp_strv_clear(&r->not_undone);
	sp_strv_clear(&r->notes);
	*r = (struct sp_report){ 0 };
}

void sp_report_failure(struct sp_report *rep, struct sp_err *err)
{
	if (!rep->failure)
		rep->failure = sp_take(&err->msg);
	sp_err_clear(err);
}

/* --- apply --------------------------------------------------------------------------- */

static int commit_staged(void *arg, struct sp_host *host, struct sp_err *err)
{
	struct sp_work *w = arg;
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
static int work_off(struct sp_work *w, struct sp_host *host, size_t from,
		    size_t to, const bool *skip, struct sp_err *err)
{
	struct sp_applier applier;
	int r;

	sp_work_applier(w, &applier);
	applier.commit = commit_staged;
	sp_host_set_applier(host, &applier);
	r = sp_plan_stage(w->run->changes, from, to, skip, host, err);
	if (r >= 0)
		r = commit_staged(w, host, err);
	sp_host_set_applier(host, NULL);
	return r;
}

/* All files are there: tell the running services. */
static int tell(struct sp_work *w, struct sp_err *err)
{
	int r = sp_journal_mark(w->root, w->run, SP_MARK_APPLIED, err);

	return r < 0 ? r : sp_work_activate(w, err);
}

static enum sp_outcome give_up(struct sp_work *w, struct sp_err *err,
			       struct sp_report *rep)
{
	bool touched = w->run->n_effects > 0 || w->run->n_commands > 0;

	sp_report_failure(rep, err);
	if (sp_engine_undo(w->root, w->run, false, rep) != SP_OUT_DONE)
		return SP_OUT_INCOMPLETE;
	if (rep->cut_off)
		return SP_OUT_REVERTED;
	return touched ? SP_OUT_UNDONE : SP_OUT_UNTOUCHED;
}

/* For the apply itself, before the time to confirm begins. */
#define APPLY_S 300
/* Services' own guards are the last resort: behind the timer. */
#define GUARD_S 30

int sp_engine_confirm(struct sp_root *r, struct sp_run *run, struct sp_err *err)
{
	struct sp_work w = { r, run };
	sp_auto_strv failed = { 0 };
	sp_auto_err ignored = { 0 };
	int rc = sp_journal_mark(r, run, SP_MARK_DONE, err);

	if (rc < 0)
		return rc;
	/* A timer that goes off finds a run that is done, and does nothing. */
	(void)sp_work_disarm(&w, &ignored);
	sp_work_release(&w, true, &failed);
	if (failed.n)
		return sp_fail(err, EIO, "confirmed, but %s", failed.v[0]);
	return 0;
}

/* The last step of an apply that went well. */
static int finish(struct sp_work *w, int confirm_s, struct sp_err *err)
{
	sp_auto_strv failed = { 0 };
	int r;

	if (!confirm_s) {
		sp_work_release(w, true, &failed);
		return sp_journal_mark(w->root, w->run, SP_MARK_DONE, err);
	}
	r = sp_work_arm(w, confirm_s, err);
	if (r >= 0)
		r = sp_work_guard(w, confirm_s + GUARD_S, err);
	return r < 0 ? r
		     : sp_journal_mark(w->root, w->run, SP_MARK_WAITING, err);
}

/* Nothing that answered before may be silent now. */
static int probe_again(struct sp_work *w, const struct sp_profile *profile,
		       const struct sp_strv *before, struct sp_err *err)
{
	sp_auto_strv now = { 0 };
	int r = sp_work_probe(w, profile, &now, err);

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

/* The first of the actions, which are last of all. */
static size_t first_action(const struct sp_run *run)
{
	size_t n = run->n_changes;

	while (n && sp_change_acts(&run->changes[n - 1]))
		n--;
	return n;
}

/*
 * All changes but actions, in the parts that packages divide them into.
 * @plan is made again for the second part.
 */
static int work_off_all(struct sp_work *w, struct sp_plan *plan,
			const struct sp_profile *profile, struct sp_host *host,
			struct sp_err *err)
{
	enum sp_mark_kind mark = plan->transacts ? SP_MARK_PART : SP_MARK_READY;
	int r = sp_journal_changes(w->root, w->run, plan, 0, plan->n_first,
				   mark, err);

	if (r >= 0 && !plan->transacts)
		return work_off(w, host, 0, first_action(w->run), NULL, err);
	if (r >= 0)
		r = work_off(w, host, 0, plan->n_first, NULL, err);
	if (r < 0)
		return r;
	r = sp_plan_again(plan, profile, host, err);
	if (r >= 0)
		r = sp_journal_changes(w->root, w->run, plan, plan->n_first,
				       plan->n, SP_MARK_READY, err);
	return r < 0 ? r
		     : work_off(w, host, plan->n_first, first_action(w->run),
				NULL, err);
}

static int apply(struct sp_work *w, struct sp_plan *plan,
		 const struct sp_profile *profile, struct sp_host *host,
		 int confirm_s, struct sp_report *rep, struct sp_err *err)
{
	bool guarded = sp_root_live(w->root) && cuts(plan);
	sp_auto_strv silent = { 0 };
	int r = guarded ? sp_work_probe(w, profile, &silent, err) : 0;

	if (confirm_s && !sp_work_boots_back(w))
		sp_strv_add(
			&rep->notes,
			_("sprout-recover.service is not enabled: if the power "
			  "fails before you confirm, nothing takes the run back"));
	if (r >= 0 && confirm_s)
		r = sp_work_arm(w, confirm_s + APPLY_S, err);
	if (r >= 0)
		r = work_off_all(w, plan, profile, host, err);
	if (r >= 0)
		sp_report_remarks(rep, host);
	if (r >= 0 && guarded)
		r = sp_work_guard(w, confirm_s + APPLY_S + GUARD_S, err);
	if (r >= 0)
		r = tell(w, err);
	if (r >= 0)
		r = work_off(w, host, first_action(w->run), w->run->n_changes,
			     NULL, err);
	if (r >= 0)
		r = verify(w->root, profile->res, profile->n, err);
	if (r >= 0 && guarded) {
		r = probe_again(w, profile, &silent, err);
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
	struct sp_work w = { root, &run };
	int r;

	for (size_t i = 0; i < profile->n_sources; i++)
		sp_strv_add(&profiles, profile->sources[i].name);
	r = sp_journal_begin(root, &profiles, &run, &err);
	if (r < 0) {
		sp_report_failure(rep, &err);
		return SP_OUT_UNTOUCHED;
	}
	rep->run = sp_xstrdup(run.id);
	sp_host_reset(host);
	r = sp_applied_save(root, &run, profile, &err);
	if (r >= 0)
		r = apply(&w, plan, profile, host, confirm_s, rep, &err);
	if (r >= 0)
		return confirm_s ? SP_OUT_WAITING : SP_OUT_DONE;
	if (confirm_s) {
		sp_auto_err ignored = { 0 };

		(void)sp_work_disarm(&w, &ignored);
	}
	return give_up(&w, &err, rep);
}

/* --- forward --------------------------------------------------------------------------- */

static int forward(struct sp_work *w, struct sp_report *rep, struct sp_err *err)
{
	struct sp_run *run = w->run;
	sp_auto_host *host = sp_host_new(w->root);
	sp_auto_free bool *skip = sp_xcalloc(run->n_changes, sizeof(bool));
	sp_auto_free struct sp_resource *res =
		sp_xcalloc(run->n_changes, sizeof(struct sp_resource));
	int r;

	for (size_t i = 0; i < run->n_commands; i++)
		if (run->commands[i].finished && run->commands[i].change >= 0 &&
		    !(run->changes[run->commands[i].change].kind->flags &
		      SP_KIND_TRANSACTS))
			skip[run->commands[i].change] = true;
	r = sp_work_restore_after(w, host, err);
	if (r >= 0)
		r = work_off(w, host, 0, first_action(run), skip, err);
	if (r >= 0)
		sp_report_remarks(rep, host);
	if (r >= 0)
		r = tell(w, err);
	if (r >= 0)
		r = work_off(w, host, first_action(run), run->n_changes, skip,
			     err);
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
	struct sp_work w = { r, run };
	sp_auto_err err = { 0 };

	if (!rep->run)
		rep->run = sp_xstrdup(run->id);
	if (!run->ready || run->undoing) {
		sp_strv_addf(
			&rep->notes, "%s",
			run->undoing
				? _("an undo was cut off: it is finished")
				: _("cut off before its changes were recorded: nothing to finish"));
		return sp_engine_undo(r, run, false, rep) == SP_OUT_DONE
			       ? SP_OUT_UNDONE
			       : SP_OUT_INCOMPLETE;
	}
	if (run->part)
		sp_strv_add(
			&rep->notes,
			_("what stands behind the packages was not recorded yet: "
			  "apply the profile again"));
	return forward(&w, rep, &err) < 0 ? give_up(&w, &err, rep)
					  : SP_OUT_DONE;
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
