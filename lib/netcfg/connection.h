/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * connection.h - what the files of the kind "connection" share: its fields,
 * their way to libnm and back, and its checks.
 */
#ifndef SPROUT_CONNECTION_H
#define SPROUT_CONNECTION_H

#include "core/kind.h"
#include "nm.h"
#include "nm_live.h"

/* Fields of the kind, in the order of its table. */
enum {
	F_TYPE,
	F_DEVICE,
	F_MAC,
	F_PORTS,
	F_CONTROLLER,
	F_VLAN_ID,
	F_VLAN_PARENT,
	F_BOND_MODE,
	F_BOND_OPTIONS,
	F_BRIDGE_STP,
	F_MTU,
	F_AUTOCONNECT,
	F_ZONE,
	F_V4_METHOD,
	F_V4_ADDRESSES,
	F_V4_GATEWAY,
	F_V4_DNS,
	F_V4_SEARCH,
	F_V4_ROUTES,
	F_V4_NEVER,
	F_V4_DHCP,
	F_V6_METHOD,
	F_V6_ADDRESSES,
	F_V6_GATEWAY,
	F_V6_DNS,
	F_V6_SEARCH,
	F_V6_ROUTES,
	F_V6_NEVER,
	F_BACKEND,
	F_REPLACE,
};

/* One address family's fields and setting. */
struct sp_con_ip {
	int family;
	const char *setting; /* libnm's: "ipv4" */
	int method, addresses, gateway, dns, search, routes, never;
};

extern const struct sp_con_ip sp_con_ip[2]; /* IPv4, IPv6 */

#define SP_CON_DIR "/etc/NetworkManager/system-connections"

/* --- con_file.c: files ------------------------------------------------------ */

/* SP_CON_DIR "/<id>.nmconnection"; owned by the caller. */
char *sp_con_path(const char *id);
/* The id of the connection that makes @dev a port of @id. */
char *sp_con_port_id(const char *id, const char *dev);

/* A keyfile: 1 with its text and attributes, or 0 when there is none. */
int sp_con_read_text(struct sp_host *host, const char *path, struct sp_buf *ret,
		     struct sp_stat *ret_st, struct sp_err *err);
/* sp_kind.redact: a keyfile without its secrets. */
int sp_con_redact(const char *path, const struct sp_buf *text,
		  struct sp_buf *ret);
/* NetworkManager ignores a keyfile that others may read or that is not root's. */
bool sp_con_is_insecure(const struct sp_stat *st);
/* The connection called @id, by sp_nm_read(): 1, or 0 when there is none. */
int sp_con_read_file(struct sp_host *host, const char *id, struct sp_nm **ret,
		     struct sp_err *err);
int sp_con_write_file(struct sp_host *host, const char *id, struct sp_nm *c,
		      struct sp_err *err);
/*
 * Remove a keyfile with sprout's mark; nothing there is fine.  One without:
 * removed if @any, an error if @must, else left alone.
 */
int sp_con_remove_file(struct sp_host *host, const char *id, bool any,
		       bool must, struct sp_err *err);
/* Is it there, with sprout's mark?  1, 0, or -errno. */
int sp_con_is_ours(struct sp_host *host, const char *id, struct sp_err *err);
/* EPERM: a file in our place that is not ours. */
int sp_con_not_ours(const char *path, struct sp_err *err);
/* The devices for which files "<id>-port-<device>" are there; @ret is empty. */
int sp_con_list_ports(struct sp_host *host, const char *id, struct sp_strv *ret,
		      struct sp_err *err);

#define SP_CON_DNSMASQ_DIR "/etc/NetworkManager/dnsmasq-shared.d"

/*
 * The DHCP range, "FIRST-LAST", that dnsmasq prefers on @device; NULL where
 * there is no such file, and with a libnm that has a property for it.
 */
int sp_con_read_range(struct sp_host *host, const char *id, const char *device,
		      char **ret, struct sp_err *err);
/* NULL removes it. */
int sp_con_write_range(struct sp_host *host, const char *id, const char *device,
		       const char *range, struct sp_err *err);

/* --- con_map.c: fields and libnm ---------------------------------------------- */

/* The device: as given, or the name where that is an interface's; or NULL. */
const char *sp_con_device(const char *id, const struct sp_state *st);
/* Every device that the connection takes: its own and its ports. */
void sp_con_devices(const char *id, const struct sp_state *st,
		    struct sp_strv *ret);

/*
 * Set what @want sets in @c.  @fresh: @c is new, so what @want leaves out
 * gets sprout's defaults.
 */
int sp_con_fill(struct sp_nm *c, const char *id, const struct sp_state *want,
		bool fresh, struct sp_err *err);

/* The fields that are in the connection itself: not ports, not replace. */
void sp_con_read(const struct sp_nm *c, struct sp_state *have);

/* libnm's name for a type of the profile: "802-3-ethernet". */
const char *sp_con_nm_type(const char *type);
bool sp_con_is_type(const struct sp_nm *c, const char *nm_type);

/* --- con_port.c: ports, and what "replace" does -------------------------------- */

/* Sets "ports", and what the ports' own files say otherwise. */
int sp_con_observe_ports(struct sp_host *host, const char *id,
			 const struct sp_state *want, struct sp_state *have,
			 struct sp_err *err);
/*
 * @c: the controller, as it is written.
 * @old_type: libnm's, as it was before; NULL when the connection is new.
 */
int sp_con_apply_ports(struct sp_host *host, const char *id,
		       const char *old_type, const struct sp_nm *c,
		       const struct sp_state *after, struct sp_err *err);

/*
 * "replace" is true where nothing is left to do for it.  @marked: the
 * connection itself bears our mark.
 */
int sp_con_observe_replace(struct sp_host *host, const char *id,
			   const struct sp_state *want, bool marked,
			   struct sp_state *have, struct sp_err *err);
int sp_con_apply_replace(struct sp_host *host, const char *id,
			 const struct sp_state *after, struct sp_err *err);

/* --- con_live.c: what runs -------------------------------------------------------- */

/*
 * The NetworkManager of this host, owned by @host: 1 with @ret, or 0 when this
 * is not the running host, or none runs.
 */
int sp_con_live(struct sp_host *host, struct sp_nml **ret, struct sp_err *err);

/*
 * Fields of @have that are as @want in the file @c (or NULL: there is none)
 * get the running values, and have->running says what runs on the devices.
 */
int sp_con_observe_running(struct sp_host *host, const char *id,
			   const struct sp_nm *c, const struct sp_state *want,
			   struct sp_state *have, struct sp_err *err);

/* The device of a profile: by name, else by MAC address; or NULL. */
const char *sp_con_dev(struct sp_nml *l, const struct sp_nm *c);
/* Can it run: is its card there, plugged in, or can the device be made? */
bool sp_con_can_run(struct sp_nml *l, const struct sp_nm *c);

/*
 * What have->running said: pairs of device and UUID ("-" for none, "=" for a
 * device that others had set up), and the names of the fields that had running
 * values.
 */
void sp_con_running_split(const char *running, struct sp_strv *ret_pairs,
			  struct sp_strv *ret_fields);

/*
 * The MAC address that a new bridge takes over: that of the port which has an
 * address now, else of the first; owned by the caller.  NULL: none is there.
 */
char *sp_con_port_mac(struct sp_host *host, const struct sp_strv *ports);

/* --- con_nat.c ------------------------------------------------------------------ */

/* Does a profile share its address? */
bool sp_con_is_nat(const struct sp_nm *c);

/*
 * Are NetworkManager's masquerading rules for a device that runs a NAT missing?
 * false also when that cannot be told: no nft, no right, another back end.
 */
bool sp_con_nat_lacks_rules(struct sp_host *host, const char *device);

/* --- con_activate.c, con_guard.c: verbs of the kind ------------------------------- */

int sp_con_activate(struct sp_host *host,
		    const struct sp_change *const changes[], size_t n,
		    struct sp_err *err);
int sp_con_guard(struct sp_host *host, int seconds, struct sp_err *err);
int sp_con_release(struct sp_host *host, bool keep, struct sp_err *err);

/* --- con_check.c, con_cross.c -------------------------------------------------- */

/* Everything that is wrong with one connection alone. */
void sp_con_check(const struct sp_check *ck);

/*
 * Connections against each other and against foreign files on the host; all
 * of the profile in one go.
 */
void sp_con_check_all(const struct sp_check *ck);

#endif
