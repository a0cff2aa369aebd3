/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* virtxml.h - what the definitions of libvirt's networks and pools share. */
#ifndef SPROUT_VIRTXML_H
#define SPROUT_VIRTXML_H

#include "core/xml.h"

/*
 * The comment that libvirt puts on top; @edit: "net-edit", "pool-edit".
 * A name with "--", which no comment may hold, gives way to the UUID.
 */
void sp_virtxml_head(struct sp_buf *out, const char *edit, const char *name,
		     const char *uuid);

/*
 * A UUID and a MAC address made of a name, always the same: libvirt would
 * make random ones, and write the file again.
 * Source: RFC 9562, version 8; 52:54:00 is QEMU's and KVM's prefix.
 */
void sp_virtxml_uuid(const char *name, char ret[37]);
void sp_virtxml_mac(const char *name, char ret[18]);

/* The first child of element @parent that is called @name; -1 for none. */
int sp_virtxml_child(const struct sp_xml *x, int parent, const char *name);

/* An attribute of the child, NULL when either is not there. */
const char *sp_virtxml_attr(const struct sp_xml *x, int parent,
			    const char *child, const char *attr);

/* Is NAME good for a file "NAME.xml"? */
int sp_virtxml_check_name(const char *name, struct sp_err *err);

#endif
