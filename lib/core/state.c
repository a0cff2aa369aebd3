/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* state.c - what one resource is, or should be. */
#include "state.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "mem.h"
#include "word.h"

size_t sp_field_count(const struct sp_field *fields)
{
	size_t n = 0;

	while (fields && fields[n].name)
		n++;
	return n;
}

int sp_field_find(const struct sp_field *fields, const char *name)
{
	for (int f = 0; fields && fields[f].name; f++)
		if (strcmp(fields[f].name, name) == 0)
			return f;
	return -1;
}

void sp_state_init(struct sp_state *st, const struct sp_field *fields)
{
	size_t n = sp_field_count(fields);

	*st = (struct sp_state){ .fields = fields, .n = n };
	st->v = sp_xcalloc(n, sizeof(*st->v));
	st->set = sp_xcalloc(n, sizeof(*st->set));
}

void sp_state_clear(struct sp_state *st)
{
	for (size_t f = 0; f < st->n; f++)
		sp_value_clear(&st->v[f]);
	free(st->v);
	free(st->set);
	free(st->running);
	*st = (struct sp_state){ 0 };
}

void sp_state_copy(struct sp_state *to, const struct sp_state *from)
{
	sp_state_init(to, from->fields);
	to->present = from->present;
	to->running = sp_strdup0(from->running);
	for (size_t f = 0; f < from->n; f++) {
		to->set[f] = from->set[f];
		if (from->set[f])
			sp_value_copy(&to->v[f], &from->v[f]);
	}
}

/* The emptied value of field @f, now set. */
static struct sp_value *renew(struct sp_state *st, int f, enum sp_vtype type)
{
	assert(f >= 0 && (size_t)f < st->n);
	sp_value_clear(&st->v[f]);
	st->set[f] = true;
	st->v[f].type = type;
	return &st->v[f];
}

void sp_state_set_none(struct sp_state *st, int f)
{
	(void)renew(st, f, SP_V_NONE);
}

void sp_state_set_bool(struct sp_state *st, int f, bool b)
{
	renew(st, f, SP_V_BOOL)->b = b;
}

void sp_state_set_int(struct sp_state *st, int f, int64_t i)
{
	renew(st, f, SP_V_INT)->i = i;
}

void sp_state_set_str(struct sp_state *st, int f, const char *s)
{
	/* copied first: @s may be the value that is replaced */
	sp_state_set_str_take(st, f, sp_strdup0(s));
}

void sp_state_set_str_take(struct sp_state *st, int f, char *s)
{
	renew(st, f, s ? SP_V_STR : SP_V_NONE)->s = s;
}

static bool is_sorted(const struct sp_field *field)
{
	return field->type == SP_T_SET || field->type == SP_T_MAP;
}

void sp_state_set_list(struct sp_state *st, int f, struct sp_strv *l)
{
	struct sp_value *v = renew(st, f, SP_V_LIST);

	v->list = *l;
	*l = (struct sp_strv){ 0 };
	if (is_sorted(&st->fields[f]))
		sp_strv_sort(&v->list);
}

void sp_state_unset(struct sp_state *st, int f)
{
	(void)renew(st, f, SP_V_NONE);
	st->set[f] = false;
}

const struct sp_value *sp_state_get(const struct sp_state *st, int f)
{
	return f >= 0 && (size_t)f < st->n && st->set[f] ? &st->v[f] : NULL;
}

bool sp_state_has(const struct sp_state *st, int f)
{
	const struct sp_value *v = sp_state_get(st, f);

	return v && v->type != SP_V_NONE;
}

/* The value if it is set and of that type, or NULL. */
static const struct sp_value *get_as(const struct sp_state *st, int f,
				     enum sp_vtype type)
{
	const struct sp_value *v = sp_state_get(st, f);

	return v && v->type == type ? v : NULL;
}

const char *sp_state_str(const struct sp_state *st, int f)
{
	const struct sp_value *v = get_as(st, f, SP_V_STR);

	return v ? v->s : NULL;
}

int64_t sp_state_int(const struct sp_state *st, int f, int64_t dflt)
{
	const struct sp_value *v = get_as(st, f, SP_V_INT);

	return v ? v->i : dflt;
}

bool sp_state_bool(const struct sp_state *st, int f, bool dflt)
{
	const struct sp_value *v = get_as(st, f, SP_V_BOOL);

	return v ? v->b : dflt;
}

const struct sp_strv *sp_state_list(const struct sp_state *st, int f)
{
	static const struct sp_strv empty;
	const struct sp_value *v = get_as(st, f, SP_V_LIST);

	return v ? &v->list : &empty;
}

/* --- parsing ------------------------------------------------------------- */

static int parse_bool(struct sp_state *st, int f, const char *text,
		      struct sp_err *err)
{
	bool b = strcmp(text, "true") == 0;

	if (!b && strcmp(text, "false") != 0)
		return sp_fail(err, EINVAL,
			       "expected true or false, got \"%s\"", text);
	sp_state_set_bool(st, f, b);
	return 0;
}

/* An optional minus and digits: a whole number, however large. */
static bool is_number(const char *s)
{
	s += *s == '-';
	return *s && s[strspn(s, "0123456789")] == '\0';
}

static int parse_int(struct sp_state *st, int f, const char *text,
		     struct sp_err *err)
{
	const struct sp_field *field = &st->fields[f];
	const char *blank = field->unit ? " " : "";
	const char *unit = field->unit ? field->unit : "";
	const char *digits = text + (*text == '-');
	int64_t i;

	if (!is_number(text))
		return sp_fail(
			err, EINVAL,
			"expected a whole number from %lld to %lld%s%s, got \"%s\"",
			(long long)field->min, (long long)field->max, blank,
			_(unit), text);
	/* YAML 1.1 reads them as octal, people do not */
	if (digits[0] == '0' && digits[1])
		return sp_fail(err, EINVAL,
			       "expected a whole number without leading zeros, got \"%s\"",
			       text);
	if (!sp_parse_int(text, field->min, field->max, &i)) {
		bool above = *text != '-';

		if (sp_parse_int(text, INT64_MIN, INT64_MAX, &i))
			above = i > field->max;
		return sp_fail(
			err, EINVAL,
			above ? "%s is above %lld%s%s (allowed: %lld to %lld)"
			      : N_("%s is below %lld%s%s (allowed: %lld to %lld)"),
			text, (long long)(above ? field->max : field->min),
			blank, _(unit), (long long)field->min,
			(long long)field->max);
	}
	sp_state_set_int(st, f, i);
	return 0;
}

static int parse_enum(struct sp_state *st, int f, const char *text,
		      struct sp_err *err)
{
	const char *const *choices = st->fields[f].choices;
	const char *near = sp_nearest(text, choices);
	sp_auto_free char *unused = NULL;
	sp_auto_buf all = { 0 };
	int r;

	for (size_t i = 0; choices[i]; i++) {
		if (strcmp(choices[i], text) == 0) {
			sp_state_set_str(st, f, text);
			return 0;
		}
		sp_buf_addf(&all, "%s%s", i ? ", " : "", choices[i]);
	}
	r = st->fields[f].canon ? st->fields[f].canon(text, &unused, err) : 0;
	if (r < 0)
		return r;
	if (near)
		return sp_fail(err, EINVAL,
			       "expected one of %s, got \"%s\", did you mean \"%s\"?",
			       sp_buf_cstr(&all), text, near);
	return sp_fail(err, EINVAL, "expected one of %s, got \"%s\"",
		       sp_buf_cstr(&all), text);
}

/* Check one text or list item and bring it into its one spelling. */
static int canon_text(const struct sp_field *field, const char *text,
		      char **ret, struct sp_err *err)
{
	ptrdiff_t at;

	if (field->canon)
		return field->canon(text, ret, err);
	at = sp_find_control(text);
	if (at >= 0)
		return sp_fail(err, EINVAL,
			       "expected text without control characters, got 0x%02x at byte %td",
			       (unsigned char)text[at], at + 1);
	*ret = sp_xstrdup(text);
	return 0;
}

/* The first place in a sorted list whose item is not below the @n bytes. */
static size_t lower_bound(const struct sp_strv *l, const char *s, size_t n)
{
	size_t from = 0, to = l->n;

	while (from < to) {
		size_t mid = from + (to - from) / 2;

		if (strncmp(l->v[mid], s, n) < 0)
			from = mid + 1;
		else
			to = mid;
	}
	return from;
}

/* Is @item, or for a map one of the same key, in the list? */
static bool is_twice(const struct sp_field *field, const struct sp_strv *l,
		     const char *item)
{
	/* with the byte behind the key or the text, "=" or the NUL */
	size_t n = 1 + (field->type == SP_T_MAP ? strcspn(item, "=") :
						  strlen(item));
	size_t i;

	i = lower_bound(l, item, n);
	return i < l->n && strncmp(l->v[i], item, n) == 0;
}

/* Items that came without places get the place 0. */
static void need_marks(struct sp_value *v)
{
	if (v->item_marks)
		return;
	for (size_t i = 0; i < v->list.n; i++) {
		v->item_marks = sp_grow(v->item_marks, i,
					sizeof(*v->item_marks));
		v->item_marks[i] = (struct sp_mark){ 0 };
	}
}

int sp_state_add_item(struct sp_state *st, int f, const char *text,
		      struct sp_mark mark, struct sp_err *err)
{
	const struct sp_field *field = &st->fields[f];
	sp_auto_free char *item = NULL;
	struct sp_value *v = &st->v[f];
	struct sp_strv *l = &v->list;
	size_t i, n;
	int r;

	r = canon_text(field, text, &item, err);
	if (r < 0)
		return r;
	if (is_sorted(field) && is_twice(field, l, item))
		return sp_fail(err, EEXIST, "\"%.*s\" is given twice",
			       field->type == SP_T_MAP ?
			       (int)strcspn(item, "=") : (int)strlen(item),
			       item);
	if (!sp_state_has(st, f))
		(void)renew(st, f, SP_V_LIST);
	n = l->n;
	i = is_sorted(field) ? lower_bound(l, item, strlen(item) + 1) : n;
	need_marks(v);
	v->item_marks = sp_grow(v->item_marks, n, sizeof(*v->item_marks));
	memmove(v->item_marks + i + 1, v->item_marks + i,
		(n - i) * sizeof(*v->item_marks));
	v->item_marks[i] = mark;
	sp_strv_add_take(l, NULL);
	memmove(l->v + i + 1, l->v + i, (n - i) * sizeof(*l->v));
	l->v[i] = sp_take(&item);
	return 0;
}

int sp_state_parse(struct sp_state *st, int f, const char *text,
		   struct sp_err *err)
{
	char *s = NULL;
	int r;

	assert(f >= 0 && (size_t)f < st->n);
	switch (st->fields[f].type) {
	case SP_T_BOOL:
		return parse_bool(st, f, text, err);
	case SP_T_INT:
		return parse_int(st, f, text, err);
	case SP_T_ENUM:
		return parse_enum(st, f, text, err);
	case SP_T_STR:
		r = canon_text(&st->fields[f], text, &s, err);
		if (r < 0)
			return r;
		sp_state_set_str_take(st, f, s);
		return 0;
	case SP_T_LIST:
	case SP_T_SET:
	case SP_T_MAP:
		return sp_state_add_item(st, f, text, (struct sp_mark){ 0 },
					 err);
	}
	assert(!"a field of no known type");
	return -EINVAL;
}
