/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * solv.c - the solver: its policy, and a limit of its own for kernels.
 *
 * Source: libsolv-bindings(3), libsolv-pool(3); the flags are those that give
 * dnf's answers.
 */
#include "pkg/solv.h"

#include <errno.h>
#include <string.h>

#include "core/mem.h"
#include "pkg/solvpool.h"

void sp_solv_trouble_clear(struct sp_solv_trouble *t)
{
	sp_strv_clear(&t->unknown);
	sp_strv_clear(&t->problems);
	*t = (struct sp_solv_trouble){ 0 };
}

static void add_policy(struct sp_solv *s, Queue *job)
{
	const struct sp_strv *l = &s->conf->main.installonlypkgs;

	for (size_t i = 0; i < l->n; i++)
		queue_push2(job, SOLVER_MULTIVERSION | SOLVER_SOLVABLE_PROVIDES,
			    pool_str2id(s->pool, l->v[i], 1));
}

static Solver *new_solver(struct sp_solv *s, const struct sp_solv_job *want)
{
	Solver *solver = solver_create(s->pool);

	(void)solver_set_flag(solver, SOLVER_FLAG_ALLOW_VENDORCHANGE, 1);
	(void)solver_set_flag(solver, SOLVER_FLAG_KEEP_ORPHANS, 1);
	(void)solver_set_flag(solver, SOLVER_FLAG_BEST_OBEY_POLICY, 1);
	(void)solver_set_flag(solver, SOLVER_FLAG_YUM_OBSOLETES, 1);
	(void)solver_set_flag(solver, SOLVER_FLAG_ALLOW_DOWNGRADE, 1);
	(void)solver_set_flag(solver, SOLVER_FLAG_IGNORE_RECOMMENDED,
			      !want->weak_deps);
	(void)solver_set_flag(solver, SOLVER_FLAG_ALLOW_UNINSTALL,
			      want->remove->n > 0);
	return solver;
}

/* --- kernels ----------------------------------------------------------------- */

/* Of solvables of one name and architecture: older first. */
static int by_evr(const void *a, const void *b, void *data)
{
	Pool *pool = data;
	Solvable *x = pool_id2solvable(pool, *(const Id *)a);
	Solvable *y = pool_id2solvable(pool, *(const Id *)b);

	if (x->name != y->name)
		return x->name < y->name ? -1 : 1;
	if (x->arch != y->arch)
		return x->arch < y->arch ? -1 : 1;
	return pool_evrcmp(pool, x->evr, y->evr, EVRCMP_COMPARE);
}

static bool runs(struct sp_solv *s, Id p)
{
	Solvable *k = pool_id2solvable(s->pool, p);
	sp_auto_free char *text =
		sp_asprintf("%s.%s", pool_id2str(s->pool, k->evr),
			    pool_id2str(s->pool, k->arch));

	return s->running && strcmp(text, s->running) == 0;
}

/*
 * Jobs that remove the oldest of what is installed beside each other, beyond
 * installonly_limit, never the running kernel; only for names of which the
 * transaction brings one.  True when there are any.
 */
static bool add_limit(struct sp_solv *s, Solver *solver, Queue *job)
{
	Pool *pool = s->pool;
	const struct sp_main_conf *conf = &s->conf->main;
	bool any = false;
	Queue all;

	if (conf->installonly_limit <= 0)
		return false;
	queue_init(&all);
	for (size_t i = 0; i < conf->installonlypkgs.n; i++) {
		Id what = pool_str2id(pool, conf->installonlypkgs.v[i], 0);
		Id p, pp;

		if (!what)
			continue;
		FOR_PROVIDES(p, pp, what)
		{
			if (solver_get_decisionlevel(solver, p) > 0)
				queue_pushunique(&all, p);
		}
	}
	solv_sort(all.elements, (size_t)all.count, sizeof(Id), by_evr, pool);
	for (int i = 0; i < all.count;) {
		Solvable *first = pool_id2solvable(pool, all.elements[i]);
		int n = 0, over;
		bool comes = false;

		for (; i + n < all.count; n++) {
			Solvable *k =
				pool_id2solvable(pool, all.elements[i + n]);

			if (k->name != first->name || k->arch != first->arch)
				break;
			comes |= k->repo != pool->installed;
		}
		over = comes ? n - conf->installonly_limit : 0;
		for (int k = i; k < i + n && over > 0; k++) {
			Id p = all.elements[k];

			if (pool_id2solvable(pool, p)->repo !=
				    pool->installed ||
			    runs(s, p))
				continue;
			queue_push2(job, SOLVER_ERASE | SOLVER_SOLVABLE, p);
			any = true;
			over--;
		}
		i += n;
	}
	queue_free(&all);
	return any;
}

int sp_solv_solve(struct sp_solv *s, const struct sp_solv_job *want,
		  struct sp_steps *ret, struct sp_solv_trouble *t,
		  struct sp_err *err)
{
	Solver *solver = NULL;
	Queue job;
	int r = sp_solv_prepare(s, err);

	if (r < 0)
		return r;
	queue_init(&job);
	sp_solv_jobs(s, want, &job, t);
	r = t->filelists || t->unknown.n;
	if (!r && job.count) {
		add_policy(s, &job);
		solver = new_solver(s, want);
		r = solver_solve(solver, &job) > 0;
		if (!r && add_limit(s, solver, &job))
			r = solver_solve(solver, &job) > 0;
		if (r)
			sp_solv_problems(s, solver, t);
		else
			sp_solv_steps(s, solver, ret);
	}
	if (solver)
		solver_free(solver);
	queue_free(&job);
	return r;
}
