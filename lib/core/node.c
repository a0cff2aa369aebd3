/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* node.c - what is at one path, and the difference of two of them. */
#include "node.h"

#include <string.h>

#include "mem.h"

void sp_node_clear(struct sp_node *n)
{
	sp_buf_clear(&n->data);
	for (size_t i = 0; i < n->n_x; i++) {
		free(n->x[i].name);
		free(n->x[i].value);
	}
	free(n->x);
	*n = (struct sp_node){ 0 };
}

void sp_node_copy(struct sp_node *to, const struct sp_node *from)
{
	*to = *from;
	to->data = (struct sp_buf){ 0 };
	if (from->data.len)
		sp_buf_addn(&to->data, from->data.data, from->data.len);
	to->x = NULL;
	to->n_x = 0;
	for (size_t i = 0; i < from->n_x; i++) {
		struct sp_xattr *x;

		to->x = sp_grow(to->x, to->n_x, sizeof(*to->x));
		x = &to->x[to->n_x++];
		x->name = sp_xstrdup(from->x[i].name);
		x->len = from->x[i].len;
		x->value = sp_xmalloc(x->len);
		memcpy(x->value, from->x[i].value, x->len);
	}
}

bool sp_node_equal(const struct sp_node *a, const struct sp_node *b)
{
	if (a->type != b->type)
		return false;
	if (a->type == SP_FT_NONE)
		return true;
	if (a->uid != b->uid || a->gid != b->gid)
		return false;
	if (a->type != SP_FT_LINK && a->mode != b->mode)
		return false;
	if (a->type == SP_FT_DIR)
		return true;
	return a->data.len == b->data.len &&
	       (a->data.len == 0 ||
		memcmp(a->data.data, b->data.data, a->data.len) == 0);
}

void sp_effect_clear(struct sp_effect *e)
{
	free(e->path);
	sp_node_clear(&e->before);
	sp_node_clear(&e->after);
	free(e->changes);
	*e = (struct sp_effect){ 0 };
}

void sp_effects_clear(struct sp_effects *e)
{
	for (size_t i = 0; i < e->n; i++)
		sp_effect_clear(&e->v[i]);
	free(e->v);
	*e = (struct sp_effects){ 0 };
}
