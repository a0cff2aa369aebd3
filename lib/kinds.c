/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * kinds.c - the one table of kinds.  Its order is the order of work: resources
 * are applied in it, removed and undone against it.
 */
#include "core/kind.h"

const struct sp_kind *const sp_kinds[] = {
	NULL
};
