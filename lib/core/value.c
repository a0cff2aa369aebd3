/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* value.c - one typed value. */
#include "value.h"

#include <inttypes.h>
#include <string.h>

#include "mem.h"

void sp_value_clear(struct sp_value *v)
{
	free(v->s);
	sp_strv_clear(&v->list);
	free(v->item_marks);
	*v = (struct sp_value){ 0 };
}

void sp_value_copy(struct sp_value *to, const struct sp_value *from)
{
	*to = *from;
	to->s = sp_strdup0(from->s);
	to->list = (struct sp_strv){ 0 };
	sp_strv_copy(&to->list, &from->list);
	to->item_marks = NULL;
	if (!from->item_marks)
		return;
	/* grown one by one, so that the room is what sp_grow expects */
	for (size_t i = 0; i < from->list.n; i++) {
		to->item_marks = sp_grow(to->item_marks, i,
					 sizeof(*to->item_marks));
		to->item_marks[i] = from->item_marks[i];
	}
}

bool sp_value_equal(const struct sp_value *a, const struct sp_value *b)
{
	if (a->type != b->type)
		return false;
	switch (a->type) {
	case SP_V_NONE:
		return true;
	case SP_V_BOOL:
		return a->b == b->b;
	case SP_V_INT:
		return a->i == b->i;
	case SP_V_STR:
		return sp_streq(a->s, b->s);
	case SP_V_LIST:
		return sp_strv_equal(&a->list, &b->list);
	}
	return false;
}

void sp_value_format(const struct sp_value *v, struct sp_buf *out)
{
	switch (v->type) {
	case SP_V_NONE:
		sp_buf_add(out, "(none)");
		break;
	case SP_V_BOOL:
		sp_buf_add(out, v->b ? "true" : "false");
		break;
	case SP_V_INT:
		sp_buf_addf(out, "%" PRId64, v->i);
		break;
	case SP_V_STR:
		if (*v->s)
			sp_buf_add_shown(out, v->s);
		else
			sp_buf_add(out, "\"\"");
		break;
	case SP_V_LIST:
		sp_buf_addc(out, '[');
		for (size_t i = 0; i < v->list.n; i++) {
			const char *s = v->list.v[i];

			sp_buf_add(out, i ? ", " : "");
			if (*s && !strpbrk(s, ",[]\""))
				sp_buf_add_shown(out, s);
			else
				sp_buf_add_quoted(out, s);
		}
		sp_buf_addc(out, ']');
		break;
	}
}
