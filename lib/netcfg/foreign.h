/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * foreign.h - network configuration that others have put on a host: other
 * NetworkManager profiles, legacy ifcfg-* files, netplan.
 *
 * Only what is needed to see that it is for the same device: read with small
 * readers, not by libnm, which would be strict.
 */
#ifndef SPROUT_FOREIGN_H
#define SPROUT_FOREIGN_H

#include "core/host.h"

enum sp_foreign_type {
	SP_FOREIGN_NM = 1, /* keyfile in /etc */
	SP_FOREIGN_NM_LIB, /* keyfile in /usr/lib: a package's */
	SP_FOREIGN_IFCFG,
	SP_FOREIGN_NETPLAN, /* one a device that the file configures */
};

struct sp_foreign {
	enum sp_foreign_type type;
	char *path;   /* owned, as the next four */
	char *name;   /* file name without ".nmconnection" */
	char *device; /* or NULL */
	char *mac;    /* "52:54:00:AB:CD:EF" or NULL: the card is found by it */
	char *uuid;   /* or NULL */
	bool marked;  /* made by sprout */
	bool manual;  /* does not start by itself: no conflict */
};

/* Zeroed is empty. */
struct sp_foreigns {
	struct sp_foreign *v;
	size_t n;
};

/* Everything that is there, in the order of the enum, then by name. */
int sp_foreign_scan(struct sp_host *h, struct sp_foreigns *ret,
		    struct sp_err *err);
void sp_foreigns_clear(struct sp_foreigns *l);
#define sp_auto_foreigns \
	__attribute__((cleanup(sp_foreigns_clear))) struct sp_foreigns

/* Does it start by itself on one of @devices, or on the card with @mac? */
bool sp_foreign_hits(const struct sp_foreign *f, const struct sp_strv *devices,
		     const char *mac);

/* Does replace: true remove it?  Files of ours, of packages and of netplan stay. */
bool sp_foreign_removable(const struct sp_foreign *f);

/* Does a keyfile's text have sprout's mark? */
bool sp_keyfile_marked(const struct sp_buf *text);

#endif
