/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * zonefile.h - a zone of firewalld as its XML file has it: read into the
 * fields of the kind "zone", edited in place.
 *
 * An edit changes the elements that differ and nothing else: comments, order,
 * layout, unknown elements and attributes stay.
 * Source: firewalld.zone(5).
 */
#ifndef SPROUT_ZONEFILE_H
#define SPROUT_ZONEFILE_H

#include "core/state.h"
#include "core/xml.h"

/*
 * The fields of the kind, in the order in which firewalld writes them; new
 * elements are put where this order wants them.
 */
enum sp_zone_field {
	SP_ZONE_TARGET,
	SP_ZONE_SHORT,
	SP_ZONE_DESCRIPTION,
	SP_ZONE_SERVICES,
	SP_ZONE_PORTS,
	SP_ZONE_PROTOCOLS,
	SP_ZONE_ICMP_BLOCKS,
	SP_ZONE_MASQUERADE,
	SP_ZONE_FORWARD_PORTS,
	SP_ZONE_SOURCE_PORTS,
	SP_ZONE_RICH_RULES,
	SP_ZONE_INTERFACES,
	SP_ZONE_SOURCES,
	SP_ZONE_ICMP_BLOCK_INVERSION,
	SP_ZONE_FORWARD,
	SP_ZONE_FIELDS,
};

/* One element that a field knows. */
struct sp_zone_item {
	enum sp_zone_field field;
	size_t elem;
	char *text;	/* owned; the canonical item, or the element's text */
};

/* Zeroed is empty. */
struct sp_zonefile {
	char *data;	/* owned */
	size_t len;
	struct sp_xml xml;
	struct sp_zone_item *items;	/* owned; in document order */
	size_t n;
};

/* The content of a new zone's file, before its first edit. */
extern const char sp_zonefile_new[];

/*
 * Parse a zone's file.  @ret must be empty and is left so on failure:
 * EBADMSG, EFBIG.  Values that firewalld would refuse are kept as they are.
 */
int sp_zonefile_parse(const char *data, size_t len, struct sp_zonefile *ret,
		      struct sp_err *err);
void sp_zonefile_clear(struct sp_zonefile *z);
#define sp_auto_zonefile \
	__attribute__((cleanup(sp_zonefile_clear))) struct sp_zonefile

/* Set every field of @st, whose table has the fields above, and present. */
void sp_zonefile_get(const struct sp_zonefile *z, struct sp_state *st);

/*
 * Add to @out the file with the fields of @want that are set; SP_V_NONE, false
 * and an empty set remove.  A set is exactly what @want says.
 */
int sp_zonefile_edit(const struct sp_zonefile *z, const struct sp_state *want,
		     struct sp_buf *out, struct sp_err *err);

#endif
