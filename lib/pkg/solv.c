/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * solv.c - jobs to the solver, and its answer as steps.
 *
 * Source: libsolv-bindings(3), libsolv-pool(3); the flags are those that give
 * dnf's answers.
 */
#include "pkg/solv.h"

#include <errno.h>
#include <string.h>

#include "core/mem.h"
#include "core/word.h"
#include "pkg/solvpool.h"

void sp_solv_trouble_clear(struct sp_solv_trouble *t)
{
	sp_strv_clear(&t->unknown);
	sp_strv_clear(&t->problems);
	*t = (struct sp_solv_trouble){ 0 };
}

/* --- jobs ------------------------------------------------------------------- */

static int select_spec(struct sp_solv *s, const char *spec, int extra,
		       Queue *sel)
{
	int how = SELECTION_NAME | SELECTION_PROVIDES | SELECTION_CANON |
		  SELECTION_DOTARCH | SELECTION_REL | SELECTION_GLOB;

	if (*spec == '/')
		how = SELECTION_FILELIST | SELECTION_PROVIDES | SELECTION_GLOB;
	queue_empty(sel);
	return selection_make(s->pool, sel, spec, how | extra);
}

static void add_selection(Queue *job, const Queue *sel, Id what)
{
	for (int i = 0; i < sel->count; i += 2)
		queue_push2(job, sel->elements[i] | what, sel->elements[i + 1]);
}

/* The solvable of a group by its id or its name as people read it. */
static Id find_group(struct sp_solv *s, const char *name)
{
	Pool *pool = s->pool;
	Id p;

	FOR_POOL_SOLVABLES(p)
	{
		Solvable *g = pool_id2solvable(pool, p);
		const char *id = pool_id2str(pool, g->name);
		const char *title;

		if (!sp_starts(id, "group:"))
			continue;
		if (strcmp(id + strlen("group:"), name) == 0)
			return p;
		title = solvable_lookup_str(g, SOLVABLE_SUMMARY);
		if (title && strcasecmp(title, name) == 0)
			return p;
	}
	return 0;
}

/* dnf's: mandatory and default packages, those that there are. */
static bool add_group(struct sp_solv *s, const char *name, bool weak,
		      Queue *job)
{
	Id p = find_group(s, name);
	static const Id whats[] = { SOLVABLE_REQUIRES, SOLVABLE_RECOMMENDS };

	for (size_t k = 0; p && k < SP_COUNT(whats); k++) {
		Queue deps;

		if (whats[k] == SOLVABLE_RECOMMENDS && !weak)
			continue;
		queue_init(&deps);
		(void)solvable_lookup_deparray(pool_id2solvable(s->pool, p),
					       whats[k], &deps, -1);
		for (int i = 0; i < deps.count; i++) {
			Id name_id = deps.elements[i];
			Queue sel;

			queue_init(&sel);
			if (!ISRELDEP(name_id) &&
			    selection_make(s->pool, &sel,
					   pool_id2str(s->pool, name_id),
					   SELECTION_NAME))
				add_selection(job, &sel, SOLVER_INSTALL);
			queue_free(&sel);
		}
		queue_free(&deps);
	}
	return p != 0;
}

/* The name of a package that is nearly @spec, or NULL. */
static const char *nearest(struct sp_solv *s, const char *spec)
{
	Pool *pool = s->pool;
	unsigned best = (unsigned)strlen(spec) / 3 + 1;
	const char *found = NULL;
	Id p;

	FOR_POOL_SOLVABLES(p)
	{
		const char *name =
			pool_id2str(pool, pool_id2solvable(pool, p)->name);
		unsigned d;

		if (name == found)
			continue;
		d = sp_edit_distance(spec, name, best);
		if (d < best) {
			best = d;
			found = name;
		}
	}
	return found;
}

static bool obsoletes_any(Pool *pool, Id p, const Queue *old)
{
	Solvable *s = pool_id2solvable(pool, p);
	Id *deps = s->obsoletes ? s->repo->idarraydata + s->obsoletes : NULL;

	for (; deps && *deps; deps++)
		for (int i = 0; i < old->count; i++)
			if (pool_match_nevr(pool,
					    pool_id2solvable(pool,
							     old->elements[i]),
					    *deps))
				return true;
	return false;
}

/*
 * dnf's "best": the newest or nothing.  Not where something that will do is
 * installed: that stays as it is.
 */
static Id best(struct sp_solv *s, Queue *sel)
{
	Id flag = s->conf->main.best ? SOLVER_FORCEBEST : 0;
	Queue all;

	queue_init(&all);
	selection_solvables(s->pool, sel, &all);
	for (int i = 0; i < all.count; i++)
		if (pool_id2solvable(s->pool, all.elements[i])->repo ==
		    s->pool->installed)
			flag = 0;
	queue_free(&all);
	return flag;
}

/* A name: what has it, or what there is in its place by now. */
static void add_name(struct sp_solv *s, Id name, Id how, Queue *job)
{
	Pool *pool = s->pool;
	Queue all;
	int n;
	Id p, pp;

	queue_init(&all);
	FOR_PROVIDES(p, pp, name)
	{
		if (pool_id2solvable(pool, p)->name == name)
			queue_push(&all, p);
	}
	n = all.count;
	FOR_POOL_SOLVABLES(p)
	{
		Solvable *v = pool_id2solvable(pool, p);

		if (v->obsoletes && v->repo != pool->installed &&
		    pool_installable(pool, v) &&
		    !pool_disabled_solvable(pool, v) &&
		    obsoletes_any(pool, p, &all))
			queue_push(&all, p);
	}
	if (all.count > n)
		queue_push2(job, how | SOLVER_SOLVABLE_ONE_OF,
			    pool_queuetowhatprovides(pool, &all));
	else
		queue_push2(job, how | SOLVER_SOLVABLE_NAME, name);
	queue_free(&all);
}

static void add_install(struct sp_solv *s, const struct sp_solv_job *want,
			const char *spec, Queue *job, struct sp_solv_trouble *t)
{
	const char *near;
	Queue sel;

	if (*spec == '@') {
		if (!add_group(s, spec + 1, want->weak_deps, job))
			sp_strv_addf(&t->unknown,
				     _("install: \"%s\": no repository has a "
				       "group of this name"),
				     spec);
		return;
	}
	queue_init(&sel);
	if (select_spec(s, spec, 0, &sel)) {
		if (sel.count == 2 &&
		    (sel.elements[0] & SOLVER_SELECTMASK) ==
			    SOLVER_SOLVABLE_NAME &&
		    !ISRELDEP(sel.elements[1]))
			add_name(s, sel.elements[1],
				 SOLVER_INSTALL | best(s, &sel), job);
		else
			add_selection(job, &sel,
				      SOLVER_INSTALL | best(s, &sel));
	} else if (*spec == '/' && !s->filelists) {
		t->filelists = true;
	} else if (select_spec(s, spec, SELECTION_WITH_DISABLED, &sel)) {
		sp_strv_addf(
			&t->unknown,
			_("install: \"%s\": the only packages of this name "
			  "are excluded, or of a stream of modules that is "
			  "not enabled"),
			spec);
	} else {
		near = *spec == '/' ? NULL : nearest(s, spec);
		sp_strv_addf(
			&t->unknown,
			near ? _("install: \"%s\": no repository has a package "
				 "of this name; did you mean \"%s\"")
			     : _("install: \"%s\": no repository has a package "
				 "of this name"),
			spec, near);
	}
	queue_free(&sel);
}

static void add_remove(struct sp_solv *s, const char *spec, Queue *job)
{
	Queue sel;

	queue_init(&sel);
	if (select_spec(s, spec, SELECTION_INSTALLED_ONLY, &sel))
		add_selection(job, &sel, SOLVER_ERASE);
	queue_free(&sel);
}

/*
 * Packages with an advisory of type security above what is installed are
 * updated as far as they can be: dnf upgrade --security.
 */
static void add_security(struct sp_solv *s, Queue *job)
{
	Pool *pool = s->pool;
	Dataiterator di;
	Id p;

	FOR_POOL_SOLVABLES(p)
	{
		Solvable *a = pool_id2solvable(pool, p);
		const char *type;

		if (a->repo == pool->installed ||
		    !sp_starts(pool_id2str(pool, a->name), "patch:"))
			continue;
		type = solvable_lookup_str(a, SOLVABLE_PATCHCATEGORY);
		if (!type || strcmp(type, "security") != 0)
			continue;
		dataiterator_init(&di, pool, NULL, p, UPDATE_COLLECTION, NULL,
				  0);
		while (dataiterator_step(&di)) {
			Id name, evr, arch, q, pp;

			dataiterator_setpos(&di);
			name = pool_lookup_id(pool, SOLVID_POS,
					      UPDATE_COLLECTION_NAME);
			evr = pool_lookup_id(pool, SOLVID_POS,
					     UPDATE_COLLECTION_EVR);
			arch = pool_lookup_id(pool, SOLVID_POS,
					      UPDATE_COLLECTION_ARCH);
			FOR_PROVIDES(q, pp, name)
			{
				Solvable *have = pool_id2solvable(pool, q);

				if (have->repo != pool->installed ||
				    have->name != name || have->arch != arch ||
				    pool_evrcmp(pool, have->evr, evr,
						EVRCMP_COMPARE) >= 0)
					continue;
				queue_push2(job,
					    SOLVER_UPDATE | SOLVER_SOLVABLE, q);
			}
		}
		dataiterator_free(&di);
	}
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

/* --- answers ---------------------------------------------------------------- */

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

static void to_steps(struct sp_solv *s, Solver *solver, struct sp_steps *ret)
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

static void to_problems(struct sp_solv *s, Solver *solver,
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
	for (size_t i = 0; i < want->install->n; i++)
		add_install(s, want, want->install->v[i], &job, t);
	for (size_t i = 0; i < want->remove->n; i++)
		add_remove(s, want->remove->v[i], &job);
	for (size_t i = 0; i < s->n_files; i++)
		if (sp_strv_has(want->files, s->files[i].path))
			queue_push2(&job, SOLVER_INSTALL | SOLVER_SOLVABLE,
				    s->files[i].p);
	if (want->update == SP_UPDATE_ALL)
		queue_push2(&job,
			    SOLVER_UPDATE | SOLVER_SOLVABLE_ALL |
				    (s->conf->main.best ? SOLVER_FORCEBEST : 0),
			    0);
	else if (want->update == SP_UPDATE_SECURITY)
		add_security(s, &job);
	r = t->filelists || t->unknown.n;
	if (!r && job.count) {
		add_policy(s, &job);
		solver = new_solver(s, want);
		r = solver_solve(solver, &job) > 0;
		if (!r && add_limit(s, solver, &job))
			r = solver_solve(solver, &job) > 0;
		if (r)
			to_problems(s, solver, t);
		else
			to_steps(s, solver, ret);
	}
	if (solver)
		solver_free(solver);
	queue_free(&job);
	return r;
}
