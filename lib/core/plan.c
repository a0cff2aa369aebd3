/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* plan.c - observe, compare, order, stage. */
#include "plan.h"

#include <errno.h>
#include <string.h>

#include "host_overlay.h"
#include "mem.h"
#include "secret.h"

void sp_plan_clear(struct sp_plan *p)
{
	for (size_t i = 0; i < p->n; i++)
		sp_change_clear(&p->v[i]);
	free(p->v);
	sp_effects_clear(&p->effects);
	for (size_t i = 0; i < p->n_commands; i++)
		sp_strv_clear(&p->commands[i].argv);
	free(p->commands);
	sp_strv_clear(&p->later);
	free(p->untold);
	*p = (struct sp_plan){ 0 };
}

static bool is_left_out(const struct sp_value *v)
{
	if (v->type == SP_V_STR)
		return strstr(v->s, SP_LEFT_OUT);
	for (size_t i = 0; v->type == SP_V_LIST && i < v->list.n; i++)
		if (strstr(v->list.v[i], SP_LEFT_OUT))
			return true;
	return false;
}

/* A secret that a snapshot has left out is not compared. */
static void forget_left_out(const struct sp_resource *res,
			    struct sp_state *have, struct sp_plan *p)
{
	for (int f = 0; res->kind->fields[f].name; f++) {
		const struct sp_value *v = sp_state_get(have, f);

		if (!v || !is_left_out(v))
			continue;
		sp_state_unset(have, f);
		if (!sp_state_get(&res->want, f) || !p)
			continue;
		p->untold = sp_grow(p->untold, p->n_untold, sizeof(*p->untold));
		p->untold[p->n_untold++] = (struct sp_untold){ res, f };
	}
}

/* @p (may be NULL) gets what cannot be told. */
static int compare_one(const struct sp_resource *res, struct sp_host *host,
		       struct sp_plan *p, struct sp_change *ret,
		       struct sp_err *err)
{
	const struct sp_kind *kind = res->kind;
	sp_auto_state have = { 0 };
	int r;

	sp_state_init(&have, kind->fields);
	r = kind->observe(host, res->id, &res->want, &have, err);
	if (r >= 0 && sp_host_snapshot(host))
		forget_left_out(res, &have, p);
	if (r >= 0)
		r = (kind->diff ? kind->diff : sp_diff_fields)(kind, &res->want,
							       &have, ret, err);
	if (r < 0)
		return sp_wrap(err, "%s \"%s\"", kind->name, res->id);
	if (r > 0)
		ret->id = sp_xstrdup(res->id);
	return r;
}

int sp_plan_compare(const struct sp_resource *res, struct sp_host *host,
		    struct sp_change *ret, struct sp_err *err)
{
	return compare_one(res, host, NULL, ret, err);
}

/*
 * What is removed comes behind, backwards: users before their groups; actions
 * come last, as they may need everything else.
 */
static void order(struct sp_change *v, size_t n)
{
	sp_auto_free struct sp_change *sorted = sp_xcalloc(n, sizeof(*sorted));
	size_t k = 0;

	for (size_t i = 0; i < n; i++)
		if (v[i].op != SP_REMOVE && !sp_change_acts(&v[i]))
			sorted[k++] = v[i];
	for (size_t i = n; i-- > 0;)
		if (v[i].op == SP_REMOVE && !sp_change_acts(&v[i]))
			sorted[k++] = v[i];
	for (size_t i = 0; i < n; i++)
		if (sp_change_acts(&v[i]))
			sorted[k++] = v[i];
	memcpy(v, sorted, n * sizeof(*v));
}

static void count(struct sp_plan *p)
{
	p->n_add = p->n_modify = p->n_remove = 0;
	for (size_t i = 0; i < p->n; i++) {
		p->n_add += p->v[i].op == SP_ADD;
		p->n_modify += p->v[i].op == SP_MODIFY;
		p->n_remove += p->v[i].op == SP_REMOVE;
	}
}

int sp_plan_stage(const struct sp_change *changes, size_t from, size_t to,
		  const bool *skip, struct sp_host *host, struct sp_err *err)
{
	for (size_t i = from; i < to; i++) {
		const struct sp_change *c = &changes[i];
		int r;

		if (skip && skip[i])
			continue;
		sp_host_set_change(host, (int)i);
		r = c->kind->apply(host, c, err);
		sp_host_set_change(host, -1);
		if (r < 0)
			return sp_wrap(err, "%s \"%s\"", c->kind->name, c->id);
	}
	return 0;
}

static int fail_missing(const struct sp_profile *p,
			const struct sp_resource *res, struct sp_err *err)
{
	return sp_fail(err, ENOENT, "%s:%u:%u: %s \"%s\": %s",
		       p->sources[res->mark.source].name, res->mark.line,
		       res->mark.col, res->kind->name, res->id, res->missing);
}

/* Append the ordered changes of resources @from to @to. */
static int compare(struct sp_plan *p, const struct sp_profile *profile,
		   size_t from, size_t to, struct sp_host *host,
		   struct sp_err *err)
{
	size_t first = p->n;

	for (size_t i = from; i < to; i++) {
		const struct sp_resource *res = &profile->res[i];
		struct sp_change c = { 0 };
		int r;

		if (res->missing && !p->transacts)
			return fail_missing(profile, res, err);
		if (res->missing) {
			sp_strv_addf(&p->later, "%s \"%s\": %s",
				     res->kind->name, res->id, res->missing);
			continue;
		}
		r = compare_one(res, host, p, &c, err);
		if (r < 0)
			return r;
		if (r == 0)
			continue;
		p->v = sp_grow(p->v, p->n, sizeof(*p->v));
		p->v[p->n++] = c;
		p->transacts |= c.kind->flags & SP_KIND_TRANSACTS;
	}
	if (p->n > first)
		order(&p->v[first], p->n - first);
	return 0;
}

/* Compare resources @from to @to, and stage what they come to. */
static int plan_part(struct sp_plan *p, const struct sp_profile *profile,
		     size_t from, size_t to, struct sp_host *host,
		     struct sp_err *err)
{
	size_t first = p->n;
	int r = compare(p, profile, from, to, host, err);

	return r < 0 ? r : sp_plan_stage(p->v, first, p->n, NULL, host, err);
}

/* The resources of transacting kinds: from *@ret_from to *@ret_to. */
static void find_transacting(const struct sp_profile *p, size_t *ret_from,
			     size_t *ret_to)
{
	size_t i = 0;

	while (i < p->n && !(p->res[i].kind->flags & SP_KIND_TRANSACTS))
		i++;
	*ret_from = i;
	while (i < p->n && (p->res[i].kind->flags & SP_KIND_TRANSACTS))
		i++;
	*ret_to = i;
}

int sp_plan_make(struct sp_plan *ret, const struct sp_profile *profile,
		 struct sp_host *host, struct sp_err *err)
{
	sp_auto_plan p = { 0 };
	const struct sp_command *commands;
	size_t from, to;
	int r;

	find_transacting(profile, &from, &to);
	r = plan_part(&p, profile, 0, from, host, err);
	if (r >= 0)
		r = plan_part(&p, profile, from, to, host, err);
	p.n_first = p.n;
	if (r >= 0)
		r = plan_part(&p, profile, to, profile->n, host, err);
	if (!p.transacts)
		p.n_first = p.n;
	count(&p);
	if (r >= 0)
		r = sp_host_effects(host, &p.effects, err);
	if (r < 0)
		return r;

	commands = sp_host_commands(host, &p.n_commands);
	p.commands = sp_xcalloc(p.n_commands, sizeof(*p.commands));
	for (size_t i = 0; i < p.n_commands; i++) {
		p.commands[i].change = commands[i].change;
		p.commands[i].act = commands[i].act;
		sp_strv_copy(&p.commands[i].argv, &commands[i].argv);
	}
	*ret = p;
	p = (struct sp_plan){ 0 };
	return 0;
}

int sp_plan_again(struct sp_plan *p, const struct sp_profile *profile,
		  struct sp_host *host, struct sp_err *err)
{
	sp_auto_diag diag = { 0 };
	sp_auto_buf text = { 0 };
	size_t from, to;
	int r;

	while (p->n > p->n_first)
		sp_change_clear(&p->v[--p->n]);
	sp_strv_clear(&p->later);
	find_transacting(profile, &from, &to);
	sp_profile_check_again(profile, to, host, &diag);
	if (diag.errors) {
		sp_diag_format(&diag, profile, &text);
		return sp_fail(err, EINVAL, "with the packages there:\n%s",
			       sp_buf_cstr(&text));
	}
	r = compare(p, profile, to, profile->n, host, err);
	count(p);
	return r;
}
