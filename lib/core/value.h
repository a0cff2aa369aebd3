/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* value.h - one typed value, and the field tables that describe values. */
#ifndef SPROUT_VALUE_H
#define SPROUT_VALUE_H

#include <stdbool.h>
#include <stdint.h>

#include "err.h"
#include "str.h"

/* A place in a profile; lines and columns count from 1, 0 = no place. */
struct sp_mark {
	unsigned source;	/* index into sp_profile.sources */
	unsigned line, col;
};

/* What a field holds. */
enum sp_type {
	SP_T_BOOL = 1,
	SP_T_INT,	/* int64_t in [min, max] of the field */
	SP_T_STR,
	SP_T_ENUM,	/* a string out of the field's choices */
	SP_T_LIST,	/* strings, order matters */
	SP_T_SET,	/* strings, order does not matter; kept sorted */
	SP_T_MAP,	/* YAML map of scalars; kept as sorted "key=value" */
};

enum {
	SP_F_REQUIRED = 1 << 0, /* must be given unless ensure: absent */
	SP_F_SECRET = 1 << 1,	/* never printed; kept in the journal only */
	SP_F_DIRECTIVE =
		1 << 2, /* tells sprout how; never observed or compared */
	SP_F_NOCOMPARE =
		1 << 3, /* used when the resource is made, not compared after */
	/*
	 * What a plan found out, for reader and journal: diff puts it into a
	 * change; in no profile, in no manual, and not compared.  Of a list
	 * each item is shown on a line of its own.
	 */
	SP_F_RESULT = 1 << 4,
	/*
	 * Of a result: in the operator's language, hence for the reader alone,
	 * not for the journal.
	 */
	SP_F_NOTE = 1 << 5,
};

/* One row of a kind's schema.  Tables end with a NULL name. */
struct sp_field {
	/* Profile key; a dot means a nested map: "ipv4.gateway". */
	const char *name;
	enum sp_type type;
	unsigned flags;
	/*
	 * SP_T_INT: inclusive range.  Others: ignored.
	 */
	int64_t min, max;
	const char *const *choices;	/* SP_T_ENUM: NULL-ended */
	/*
	 * For texts and each list item (a map's item is "key=value"): check
	 * and bring into the one spelling that is compared.  NULL: any text
	 * without control characters.  Returns 0 with an owned text, or
	 * -errno with a message that says what is expected, without naming
	 * the field.  SP_T_ENUM: asked about what is no choice, for a message
	 * that says more than the choices; 0: they say it all.
	 */
	int (*canon)(const char *text, char **ret, struct sp_err *err);
	const char *unit;	/* "s", "bytes", ...; NULL for none */
	const char *dflt;	/* what a new resource gets when silent; NULL: nothing */
	const char *doc;	/* one sentence for manual, schema and wizard */
	/* A result's line in the operator's language, owned; NULL: as it is. */
	char *(*told)(const char *line);
};

enum sp_vtype { SP_V_NONE, SP_V_BOOL, SP_V_INT, SP_V_STR, SP_V_LIST };

/*
 * SP_V_NONE is a value: "this resource has no such setting".  A zeroed value
 * is SP_V_NONE.
 */
struct sp_value {
	enum sp_vtype type;
	bool b;
	int64_t i;
	char *s;		/* owned */
	struct sp_strv list;	/* owned; LIST, SET and MAP */
	struct sp_mark mark;	/* where the profile says so */
	struct sp_mark *item_marks;	/* owned; one per list item, or NULL */
};

void sp_value_clear(struct sp_value *v);
/* @to is overwritten, not cleared first. */
void sp_value_copy(struct sp_value *to, const struct sp_value *from);
/* Marks do not count. */
bool sp_value_equal(const struct sp_value *a, const struct sp_value *b);
/* Append as people read it: true, 5, text, [a, b]; "(none)" for SP_V_NONE. */
void sp_value_format(const struct sp_value *v, struct sp_buf *out);

#endif
