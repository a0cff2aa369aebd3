/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * kinds.c - the one table of kinds.  Its order is the order of work: resources
 * are applied in it, removed and undone against it.  A comment stands on each
 * entry that must stay where it is.
 */
#include "core/kind.h"

extern const struct sp_kind sp_kind_command;
extern const struct sp_kind sp_kind_unit;

const struct sp_kind *const sp_kinds[] = {
#ifdef HAVE_SERVICE
	/* After everything that a program may need. */
	&sp_kind_command,
	/* Last: what a command configured may now start with the host. */
	&sp_kind_unit,
#endif
	NULL
};
