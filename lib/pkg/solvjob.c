/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * solvjob.c - what is wanted, as jobs of libsolv.
 *
 * Source: libsolv-bindings(3), "Selection" and "Solver jobs".
 */
#include "pkg/solv.h"

#include <string.h>

#include "core/mem.h"
#include "core/word.h"
#include "pkg/solvpool.h"

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

void sp_solv_jobs(struct sp_solv *s, const struct sp_solv_job *want, Queue *job,
		  struct sp_solv_trouble *t)
{
	for (size_t i = 0; i < want->install->n; i++)
		add_install(s, want, want->install->v[i], job, t);
	for (size_t i = 0; i < want->remove->n; i++)
		add_remove(s, want->remove->v[i], job);
	for (size_t i = 0; i < s->n_files; i++)
		if (sp_strv_has(want->files, s->files[i].path))
			queue_push2(job, SOLVER_INSTALL | SOLVER_SOLVABLE,
				    s->files[i].p);
	if (want->update == SP_UPDATE_ALL)
		queue_push2(job,
			    SOLVER_UPDATE | SOLVER_SOLVABLE_ALL |
				    (s->conf->main.best ? SOLVER_FORCEBEST : 0),
			    0);
	else if (want->update == SP_UPDATE_SECURITY)
		add_security(s, job);
}
