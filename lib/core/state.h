/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * state.h - what one resource is, or should be: is it there, and its fields.
 *
 * A field is *set* (it has a value, possibly SP_V_NONE) or not.  In a
 * profile's state an unset field means "not ours"; in a host's state it means
 * "could not be told" and is not compared.
 */
#ifndef SPROUT_STATE_H
#define SPROUT_STATE_H

#include "value.h"

struct sp_state {
	bool present;
	const struct sp_field *fields;	/* the kind's table */
	size_t n;			/* number of fields */
	struct sp_value *v;		/* owned, n of them */
	bool *set;			/* owned, n of them */
	/*
	 * What the running host had besides, in the kind's own words; NULL
	 * for nothing.  Observed on a live host, never compared, kept in
	 * change->before so that undo can set it back.
	 */
	char *running;			/* owned */
};

/* Empty and absent; no field set. */
void sp_state_init(struct sp_state *st, const struct sp_field *fields);
void sp_state_clear(struct sp_state *st);
#define sp_auto_state __attribute__((cleanup(sp_state_clear))) struct sp_state
/* @to is overwritten, not cleared first. */
void sp_state_copy(struct sp_state *to, const struct sp_state *from);

/* Setters replace what was there.  @f indexes the kind's table. */
void sp_state_set_none(struct sp_state *st, int f);
void sp_state_set_bool(struct sp_state *st, int f, bool b);
void sp_state_set_int(struct sp_state *st, int f, int64_t i);
void sp_state_set_str(struct sp_state *st, int f, const char *s); /* NULL: none */
void sp_state_set_str_take(struct sp_state *st, int f, char *s);
/* Takes the items over and leaves @l empty; SET and MAP fields are sorted. */
void sp_state_set_list(struct sp_state *st, int f, struct sp_strv *l);
void sp_state_unset(struct sp_state *st, int f);

/* The value, or NULL when the field is not set. */
const struct sp_value *sp_state_get(const struct sp_state *st, int f);
/* Set and not SP_V_NONE. */
bool sp_state_has(const struct sp_state *st, int f);
/* Shortcuts; @dflt (or NULL, or an empty list) when unset or SP_V_NONE. */
const char *sp_state_str(const struct sp_state *st, int f);
int64_t sp_state_int(const struct sp_state *st, int f, int64_t dflt);
bool sp_state_bool(const struct sp_state *st, int f, bool dflt);
const struct sp_strv *sp_state_list(const struct sp_state *st, int f);

/*
 * Read @text as field @f of the table: type, range, choices, canon.  For
 * list types one item is appended.  Errors say what is expected.
 */
int sp_state_parse(struct sp_state *st, int f, const char *text,
		   struct sp_err *err);

/*
 * The same for one item of a list type, with its place: item_marks stay in
 * step with the items, also where SET and MAP are kept sorted.  EEXIST when
 * a SET has the item, or a MAP the key, already.
 */
int sp_state_add_item(struct sp_state *st, int f, const char *text,
		      struct sp_mark mark, struct sp_err *err);

/* Index of the field called @name, or -1. */
int sp_field_find(const struct sp_field *fields, const char *name);
size_t sp_field_count(const struct sp_field *fields);

#endif
