/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* zone.h - the parts of the kind "zone", whose fields are in zonefile.h. */
#ifndef SPROUT_ZONE_H
#define SPROUT_ZONE_H

#include "core/kind.h"

/* Which tells firewalld of zones, too (kind_firewall.c). */
extern const struct sp_kind sp_kind_firewall;

/* The kind's check (zone_check.c). */
void sp_zone_check(const struct sp_check *ck);

#endif
