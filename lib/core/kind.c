/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* kind.c - what all kinds have in common: lookup and the generic comparison. */
#include "kind.h"

#include "mem.h"

void sp_change_clear(struct sp_change *c)
{
	free(c->id);
	sp_state_clear(&c->before);
	sp_state_clear(&c->after);
	*c = (struct sp_change){ 0 };
}

static bool is_empty(const struct sp_value *v)
{
	return v->type == SP_V_NONE || (v->type == SP_V_LIST && !v->list.n);
}

bool sp_field_differs(const struct sp_field *field, const struct sp_state *want,
		      const struct sp_state *have, int f)
{
	const struct sp_value *w = sp_state_get(want, f);
	const struct sp_value *h = sp_state_get(have, f);

	if (!w || !h ||
	    (field->flags & (SP_F_DIRECTIVE | SP_F_NOCOMPARE | SP_F_RESULT)))
		return false;
	/* to want an empty list and to have no such setting is the same */
	if (is_empty(w) && is_empty(h))
		return false;
	return !sp_value_equal(w, h);
}

/* The host's values of the fields that @want sets. */
static void copy_same_fields(struct sp_state *to, const struct sp_state *want,
			     const struct sp_state *have)
{
	sp_state_copy(to, have);
	for (size_t f = 0; f < to->n; f++)
		if (!sp_state_get(want, (int)f))
			sp_state_unset(to, (int)f);
}

int sp_diff_fields(const struct sp_kind *kind, const struct sp_state *want,
		   const struct sp_state *have, struct sp_change *ret_change,
		   struct sp_err *err)
{
	struct sp_change c = { .kind = kind };
	bool differs = false;

	(void)err;
	if (!want->present && !have->present)
		return 0;
	if (want->present && have->present) {
		for (int f = 0; kind->fields[f].name && !differs; f++)
			differs = sp_field_differs(&kind->fields[f], want,
						   have, f);
		if (!differs)
			return 0;
		c.op = SP_MODIFY;
		copy_same_fields(&c.before, want, have);
		sp_state_copy(&c.after, want);
	} else if (want->present) {
		c.op = SP_ADD;
		sp_state_init(&c.before, kind->fields);
		c.before.running = sp_strdup0(have->running);
		sp_state_copy(&c.after, want);
	} else {
		c.op = SP_REMOVE;
		sp_state_copy(&c.before, have);
		sp_state_init(&c.after, kind->fields);
	}
	*ret_change = c;
	return 1;
}

const struct sp_kind *sp_kind_find(const char *name)
{
	for (const struct sp_kind *const *k = sp_kinds; *k; k++)
		if (sp_streq((*k)->name, name))
			return *k;
	return NULL;
}
