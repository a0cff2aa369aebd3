/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * vnet.h - a network of libvirt: its fields, and the file that holds it.
 *
 * Source: libvirt's "Network XML format" (formatnetwork.html); the layout is
 * the one that libvirt itself writes, so that a file that libvirt has written
 * again is the same, byte for byte.
 */
#ifndef SPROUT_VNET_H
#define SPROUT_VNET_H

#include "core/state.h"

enum {
	SP_VNET_MODE,
	SP_VNET_BRIDGE,
	SP_VNET_ADDRESS,
	SP_VNET_DHCP,
	SP_VNET_DOMAIN,
	SP_VNET_ZONE,
	SP_VNET_PF,
	SP_VNET_VFS,
	SP_VNET_AUTOSTART,
	SP_VNET_ACTIVE,
};

/*
 * Read a definition into the fields it has.  EBADMSG, with line and column,
 * when it is no definition of a network.
 */
int sp_vnet_read(const char *text, size_t len, struct sp_state *ret,
		 struct sp_err *err);

/* A new definition; @uuid: of the one that it replaces, or NULL. */
void sp_vnet_write(const char *name, const char *uuid,
		   const struct sp_state *want, struct sp_buf *out);

/* The definition's UUID; owned, NULL when it has none. */
char *sp_vnet_uuid(const char *text, size_t len);

/* Does libvirt make the bridge and serve the network in this mode? */
bool sp_vnet_served(const char *mode);

/*
 * Change the fields that @after has in a definition; all else stays as it is:
 * comments, leases of fixed addresses, elements that sprout knows nothing of.
 * EINVAL when it is one that cannot be changed so.
 */
int sp_vnet_edit(const char *text, size_t len, const struct sp_state *after,
		 struct sp_buf *out, struct sp_err *err);

#endif
