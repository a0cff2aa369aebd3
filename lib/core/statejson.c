/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* statejson.c - a resource's state as JSON, and back. */
#include "statejson.h"

#include <errno.h>

#include "mem.h"
#include "yaml.h"

static void value_to_json(struct sp_json *j, const struct sp_value *v)
{
	switch (v->type) {
	case SP_V_NONE:
		sp_json_null(j);
		break;
	case SP_V_BOOL:
		sp_json_bool(j, v->b);
		break;
	case SP_V_INT:
		sp_json_int(j, v->i);
		break;
	case SP_V_STR:
		sp_json_str(j, v->s);
		break;
	case SP_V_LIST:
		sp_json_strv(j, &v->list);
		break;
	}
}

void sp_state_fields_to_json(struct sp_json *j, const struct sp_state *st,
			     bool with_secrets)
{
	sp_json_map(j);
	for (size_t f = 0; f < st->n; f++) {
		bool hide = (st->fields[f].flags & SP_F_SECRET) &&
			    !with_secrets;

		if (!st->set[f] ||
		    (with_secrets && st->fields[f].flags & SP_F_NOTE))
			continue;
		sp_json_key(j, st->fields[f].name);
		if (hide && st->v[f].type != SP_V_NONE)
			sp_json_str(j, SP_SECRET_TEXT);
		else
			value_to_json(j, &st->v[f]);
	}
	sp_json_map_end(j);
}

void sp_state_to_json(struct sp_json *j, const struct sp_state *st,
		      bool with_secrets)
{
	sp_json_map(j);
	sp_json_key(j, "present");
	sp_json_bool(j, st->present);
	sp_json_key(j, "fields");
	sp_state_fields_to_json(j, st, with_secrets);
	if (st->running) {
		sp_json_key(j, "running");
		sp_json_str(j, st->running);
	}
	sp_json_map_end(j);
}

/* A quoted text, decoded; NULL when it is none, or holds a NUL. */
static char *text_from_yaml(const struct sp_ynode *n)
{
	sp_auto_buf b = { 0 };

	if (n->kind != SP_Y_SCALAR || !n->quoted)
		return NULL;
	sp_json_decode(&b, n->text, n->len);
	if (__builtin_strlen(sp_buf_cstr(&b)) != b.len)
		return NULL;
	return sp_buf_take(&b);
}

static int value_from_yaml(const struct sp_ynode *n, struct sp_state *st,
			   int f, struct sp_err *err)
{
	sp_auto_strv l = { 0 };
	int64_t i;
	char *s;
	bool b;

	if (sp_ynode_null(n)) {
		sp_state_set_none(st, f);
		return 0;
	}
	if (sp_ynode_bool(n, &b)) {
		sp_state_set_bool(st, f, b);
		return 0;
	}
	if (sp_ynode_int(n, INT64_MIN, INT64_MAX, &i)) {
		sp_state_set_int(st, f, i);
		return 0;
	}
	if (n->kind == SP_Y_SCALAR) {
		s = text_from_yaml(n);
		if (s) {
			sp_state_set_str_take(st, f, s);
			return 0;
		}
	}
	if (n->kind != SP_Y_LIST)
		goto bad;
	for (size_t k = 0; k < n->n; k++) {
		s = text_from_yaml(n->items[k]);
		if (!s)
			goto bad;
		sp_strv_add_take(&l, s);
	}
	sp_state_set_list(st, f, &l);
	return 0;
bad:
	return sp_fail(err, EBADMSG, "field \"%s\": no value that sprout writes",
		       st->fields[f].name);
}

int sp_state_from_yaml(const struct sp_ynode *node,
		       const struct sp_field *fields, struct sp_state *ret,
		       struct sp_err *err)
{
	const struct sp_ynode *running = sp_ynode_get(node, "running");
	const struct sp_ynode *map = sp_ynode_get(node, "fields");
	sp_auto_state st = { 0 };
	int r;

	sp_state_init(&st, fields);
	if (!sp_ynode_bool(sp_ynode_get(node, "present"), &st.present))
		return sp_fail(err, EBADMSG,
			       "state without a true or false \"present\"");
	if (!map || map->kind != SP_Y_MAP)
		return sp_fail(err, EBADMSG, "state without a map \"fields\"");
	for (size_t i = 0; i < map->n; i++) {
		const char *name = sp_ynode_text(map->keys[i]);
		int f = name ? sp_field_find(fields, name) : -1;

		if (f < 0)
			return sp_fail(err, EBADMSG,
				       "field \"%s\": unknown in this version",
				       name ? name : "");
		r = value_from_yaml(map->items[i], &st, f, err);
		if (r < 0)
			return r;
	}
	if (running) {
		st.running = text_from_yaml(running);
		if (!st.running)
			return sp_fail(err, EBADMSG,
				       "\"running\": no value that sprout writes");
	}
	*ret = st;
	st = (struct sp_state){ 0 };
	return 0;
}
