/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * solvstep.c - the solver's answer: steps, or the problems in its words.
 *
 * Source: libsolv-bindings(3), "Transaction" and "Problem".
 */
#include "pkg/solv.h"

#include <string.h>

#include "core/mem.h"
#include "core/word.h"
#include "pkg/solvpool.h"

static char *nevra(Pool *pool, Id p)
{
	Solvable *s = pool_id2solvable(pool, p);

	return sp_nevra_text(pool_id2str(pool, s->name),
			     pool_id2str(pool, s->evr),
			     pool_id2str(pool, s->arch));
}

static int64_t installed_size(Pool *pool, Id p)
{
	return (int64_t)solvable_lookup_num(pool_id2solvable(pool, p),
					    SOLVABLE_INSTALLSIZE, 0);
}

static void add_coming(struct sp_solv *s, Transaction *trans, Id p, Id type,
		       struct sp_steps *ret)
{
	Pool *pool = s->pool;
	Solvable *comes = pool_id2solvable(pool, p);
	struct sp_step *step = sp_steps_add(ret);
	size_t at = ret->n - 1;
	Queue gone;

	step->action = SP_PKG_INSTALL;
	step->pkg = nevra(pool, p);
	step->from = sp_xstrdup(sp_solv_from(s, p));
	step->size =
		(int64_t)solvable_lookup_num(comes, SOLVABLE_DOWNLOADSIZE, 0);
	step->delta = installed_size(pool, p);
	step->solvable = p;
	step->beside = type == SOLVER_TRANSACTION_MULTIINSTALL ||
		       type == SOLVER_TRANSACTION_MULTIREINSTALL;
	queue_init(&gone);
	if (!step->beside)
		transaction_all_obs_pkgs(trans, p, &gone);
	for (int i = 0; i < gone.count; i++) {
		Solvable *goes = pool_id2solvable(pool, gone.elements[i]);

		step = &ret->v[at];
		if (goes->name == comes->name && !step->old) {
			step->action = pool_evrcmp(pool, comes->evr, goes->evr,
						   EVRCMP_COMPARE) < 0
					       ? SP_PKG_DOWNGRADE
					       : SP_PKG_UPDATE;
			step->old = nevra(pool, gone.elements[i]);
			step->delta -= installed_size(pool, gone.elements[i]);
			continue;
		}
		/* several may replace one: told once */
		if (transaction_obs_pkg(trans, gone.elements[i]) != p)
			continue;
		step = sp_steps_add(ret);
		step->action = SP_PKG_REMOVE;
		step->pkg = nevra(pool, gone.elements[i]);
		step->by = nevra(pool, p);
		step->size = -1;
		step->delta = -installed_size(pool, gone.elements[i]);
	}
	queue_free(&gone);
}

static int by_text(const void *a, const void *b)
{
	const struct sp_step *x = a, *y = b;

	if (x->action != y->action)
		return x->action < y->action ? -1 : 1;
	return strcmp(x->pkg, y->pkg);
}

void sp_solv_steps(struct sp_solv *s, Solver *solver, struct sp_steps *ret)
{
	Pool *pool = s->pool;
	Transaction *trans = solver_create_transaction(solver);
	const int mode = SOLVER_TRANSACTION_SHOW_ACTIVE |
			 SOLVER_TRANSACTION_SHOW_ALL |
			 SOLVER_TRANSACTION_SHOW_OBSOLETES |
			 SOLVER_TRANSACTION_SHOW_MULTIINSTALL;

	for (int i = 0; i < trans->steps.count; i++) {
		Id p = trans->steps.elements[i];
		Id type = transaction_type(trans, p, mode);
		struct sp_step *step;

		if (type == SOLVER_TRANSACTION_ERASE) {
			step = sp_steps_add(ret);
			step->action = SP_PKG_REMOVE;
			step->pkg = nevra(pool, p);
			step->size = -1;
			step->delta = -installed_size(pool, p);
		} else if (type != SOLVER_TRANSACTION_IGNORE &&
			   pool_id2solvable(pool, p)->repo != pool->installed) {
			add_coming(s, trans, p, type, ret);
		}
	}
	transaction_free(trans);
	if (ret->n)
		qsort(ret->v, ret->n, sizeof(*ret->v), by_text);
}

/* A missing path: only the lists of files can tell whether somebody has it. */
static bool misses_path(struct sp_solv *s, SolverRuleinfo type, Id dep)
{
	const char *text;

	if (s->filelists || (type != SOLVER_RULE_PKG_NOTHING_PROVIDES_DEP &&
			     type != SOLVER_RULE_JOB_NOTHING_PROVIDES_DEP))
		return false;
	text = pool_dep2str(s->pool, dep);
	return *text == '/' || strstr(text, " /") || strstr(text, "(/");
}

void sp_solv_problems(struct sp_solv *s, Solver *solver,
		      struct sp_solv_trouble *t)
{
	unsigned n = solver_problem_count(solver);
	Queue rules;

	queue_init(&rules);
	for (unsigned i = 1; i <= n; i++) {
		Id sn = (Id)solver_solution_count(solver, (Id)i);

		queue_empty(&rules);
		solver_findallproblemrules(solver, (Id)i, &rules);
		for (int k = 0; k < rules.count; k++) {
			Id source, target, dep;
			SolverRuleinfo type =
				solver_ruleinfo(solver, rules.elements[k],
						&source, &target, &dep);
			const char *text;

			t->filelists |= misses_path(s, type, dep);
			/* "conflicting requests" and the like say nothing */
			if (type == SOLVER_RULE_JOB)
				continue;
			text = solver_problemruleinfo2str(solver, type, source,
							  target, dep);
			if (!sp_strv_has(&t->problems, text))
				sp_strv_add(&t->problems, text);
		}
		for (Id k = 1; k <= sn && k <= 3; k++) {
			sp_auto_buf b = { 0 };
			Id p = 0, rp = 0, element = 0;

			while ((element = solver_next_solutionelement(
					solver, (Id)i, k, element, &p, &rp)))
				sp_buf_addf(&b, "%s%s",
					    b.len ? _(", and ") : "",
					    solver_solutionelement2str(solver,
								       p, rp));
			if (b.len)
				sp_strv_addf(&t->problems, _("  possible: %s"),
					     b.data);
		}
	}
	queue_free(&rules);
}
