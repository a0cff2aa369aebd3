/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* statejson.h - a resource's state as JSON, and back. */
#ifndef SPROUT_STATEJSON_H
#define SPROUT_STATEJSON_H

#include "json.h"
#include "state.h"

struct sp_ynode;

/* What stands for the value of a secret field. */
#define SP_SECRET_TEXT "(secret)"

/*
 * {"present": true, "fields": {"name": value, ...}}, one member a set field;
 * SP_V_NONE is null; and "running": text if there is one.  Without
 * @with_secrets the value of a secret field, if it has one, is SP_SECRET_TEXT.
 */
void sp_state_to_json(struct sp_json *j, const struct sp_state *st,
		      bool with_secrets);
/* The same without "present": only the map of fields. */
void sp_state_fields_to_json(struct sp_json *j, const struct sp_state *st,
			     bool with_secrets);

/*
 * The reverse, for what was written with secrets and SP_JSON_LOSSLESS: the
 * same fields set to the same values of the same types.  Ranges, choices and
 * spelling are not checked: a host's values may break those of the table.
 * @ret is overwritten, not cleared first; untouched on failure.
 * Returns -EBADMSG for what sp_state_to_json() does not write, and for a
 * field that is not in the table.
 */
int sp_state_from_yaml(const struct sp_ynode *node,
		       const struct sp_field *fields, struct sp_state *ret,
		       struct sp_err *err);

#endif
