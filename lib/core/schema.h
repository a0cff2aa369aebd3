/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* schema.h - the kinds' tables as a JSON Schema, for editors and checks. */
#ifndef SPROUT_SCHEMA_H
#define SPROUT_SCHEMA_H

#include "str.h"

/*
 * Append the schema of a whole profile, all kinds of sp_kinds[] included.
 * It accepts every profile that sprout accepts as the only source, and more:
 * what a canon or a check refuses is not in it.
 * Source: JSON Schema, draft 2020-12.
 */
void sp_schema_write(struct sp_buf *out);

#endif
