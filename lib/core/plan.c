/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* plan.c - observe, compare, order, stage. */
#include "plan.h"

#include <string.h>

#include "host_overlay.h"
#include "mem.h"

void sp_plan_clear(struct sp_plan *p)
{
	for (size_t i = 0; i < p->n; i++)
		sp_change_clear(&p->v[i]);
	free(p->v);
	sp_effects_clear(&p->effects);
	for (size_t i = 0; i < p->n_commands; i++)
		sp_strv_clear(&p->commands[i].argv);
	free(p->commands);
	*p = (struct sp_plan){ 0 };
}

int sp_plan_compare(const struct sp_resource *res, struct sp_host *host,
		    struct sp_change *ret, struct sp_err *err)
{
	const struct sp_kind *kind = res->kind;
	sp_auto_state have = { 0 };
	int r;

	sp_state_init(&have, kind->fields);
	r = kind->observe(host, res->id, &res->want, &have, err);
	if (r >= 0)
		r = (kind->diff ? kind->diff : sp_diff_fields)(kind, &res->want,
							       &have, ret, err);
	if (r < 0)
		return sp_wrap(err, "%s \"%s\"", kind->name, res->id);
	if (r > 0)
		ret->id = sp_xstrdup(res->id);
	return r;
}

static void count(struct sp_plan *p, const struct sp_change *c)
{
	switch (c->op) {
	case SP_ADD:
		p->n_add++;
		break;
	case SP_MODIFY:
		p->n_modify++;
		break;
	case SP_REMOVE:
		p->n_remove++;
		break;
	}
}

/* What is removed comes last, backwards: users before their groups. */
static void order(struct sp_plan *p)
{
	struct sp_change *sorted = sp_xcalloc(p->n, sizeof(*sorted));
	size_t n = 0;

	for (size_t i = 0; i < p->n; i++)
		if (p->v[i].op != SP_REMOVE)
			sorted[n++] = p->v[i];
	for (size_t i = p->n; i-- > 0;)
		if (p->v[i].op == SP_REMOVE)
			sorted[n++] = p->v[i];
	free(p->v);
	p->v = sorted;
}

int sp_plan_stage(const struct sp_change *changes, size_t n, const bool *skip,
		  struct sp_host *host, struct sp_err *err)
{
	for (size_t i = 0; i < n; i++) {
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

int sp_plan_make(struct sp_plan *ret, const struct sp_profile *profile,
		 struct sp_host *host, struct sp_err *err)
{
	sp_auto_plan p = { 0 };
	const struct sp_command *commands;
	int r;

	for (size_t i = 0; i < profile->n; i++) {
		struct sp_change c = { 0 };

		r = sp_plan_compare(&profile->res[i], host, &c, err);
		if (r < 0)
			return r;
		if (r == 0)
			continue;
		p.v = sp_grow(p.v, p.n, sizeof(*p.v));
		p.v[p.n++] = c;
		count(&p, &c);
	}
	order(&p);
	r = sp_plan_stage(p.v, p.n, NULL, host, err);
	if (r >= 0)
		r = sp_host_effects(host, &p.effects, err);
	if (r < 0)
		return r;

	commands = sp_host_commands(host, &p.n_commands);
	p.commands = sp_xcalloc(p.n_commands, sizeof(*p.commands));
	for (size_t i = 0; i < p.n_commands; i++) {
		p.commands[i].change = commands[i].change;
		sp_strv_copy(&p.commands[i].argv, &commands[i].argv);
	}
	*ret = p;
	p = (struct sp_plan){ 0 };
	return 0;
}
