/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * kinds.c - the one table of kinds.  Its order is the order of work: resources
 * are applied in it, removed and undone against it.  A comment stands on each
 * entry that must stay where it is.
 */
#include "core/kind.h"

extern const struct sp_kind sp_kind_alternatives;
extern const struct sp_kind sp_kind_firewall;
extern const struct sp_kind sp_kind_group;
extern const struct sp_kind sp_kind_hostname;
extern const struct sp_kind sp_kind_limits;
extern const struct sp_kind sp_kind_ntp;
extern const struct sp_kind sp_kind_selinux;
extern const struct sp_kind sp_kind_sysctl;
extern const struct sp_kind sp_kind_time;
extern const struct sp_kind sp_kind_user;
extern const struct sp_kind sp_kind_zone;
extern const struct sp_kind sp_kind_connection;
extern const struct sp_kind sp_kind_probe;
extern const struct sp_kind sp_kind_media;
extern const struct sp_kind sp_kind_package;
extern const struct sp_kind sp_kind_repo;
extern const struct sp_kind sp_kind_command;
extern const struct sp_kind sp_kind_hypervisor;
extern const struct sp_kind sp_kind_pool;
extern const struct sp_kind sp_kind_unit;
extern const struct sp_kind sp_kind_vnet;

const struct sp_kind *const sp_kinds[] = {
#if HAVE_HARDEN
	&sp_kind_hostname,
	&sp_kind_time,
#endif
#if HAVE_PKG
	&sp_kind_repo,
	/* Before packages: what media hold joins their transaction. */
	&sp_kind_media,
	/* After its repositories; before all that packages may bring. */
	&sp_kind_package,
#endif
#if HAVE_HARDEN
	/* Before users, who may be members of new groups. */
	&sp_kind_group,
	/* Before limits and commands, which may name new users. */
	&sp_kind_user,
	&sp_kind_limits,
	&sp_kind_sysctl,
	&sp_kind_alternatives,
	&sp_kind_selinux,
#endif
#if HAVE_NETCFG
	/* Before zones, which may name interfaces of new connections. */
	&sp_kind_connection,
	&sp_kind_probe,
#endif
#if HAVE_HARDEN
	/* Before the firewall, which must find its zones when it is turned on. */
	&sp_kind_zone,
	&sp_kind_firewall,
#endif
#if HAVE_SERVICE
	/* After every kind whose files a unit may read. */
	&sp_kind_unit,
#endif
#if HAVE_HARDEN
	/* After units: it waits for chronyd, which one of them may start. */
	&sp_kind_ntp,
#endif
#if HAVE_SERVICE
#if HAVE_VIRT
	/* Before networks and pools, which a libvirt that runs is told of. */
	&sp_kind_hypervisor,
	&sp_kind_vnet,
	&sp_kind_pool,
#endif
	/* Last: a command may need everything above, and nothing can need it. */
	&sp_kind_command,
#endif
	NULL
};
