/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* zonedb.h - the names in a host's zone database. */
#ifndef SPROUT_ZONEDB_H
#define SPROUT_ZONEDB_H

#include "core/host.h"
#include "core/str.h"

#define SP_ZONEINFO "/usr/share/zoneinfo"

/*
 * Add the names of all zones to @ret, from the first of tzdata.zi,
 * zone1970.tab and zone.tab that the host has; the last two leave out links
 * and Etc/UTC.  A host without any of them has none.
 */
void sp_zonedb_list(struct sp_host *host, struct sp_strv *ret);

/* The same from the text of one of these files. */
void sp_zonedb_read_zi(const struct sp_buf *text, struct sp_strv *ret);
void sp_zonedb_read_tab(const struct sp_buf *text, struct sp_strv *ret);

/*
 * The name that was meant by @zone: in other capitals, by its city alone, or
 * with a typing error or two; NULL when there is none.
 */
const char *sp_zonedb_nearest(const struct sp_strv *zones, const char *zone);

#endif
