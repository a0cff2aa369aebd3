/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * kind_connection.c - a network connection: a card, a bridge, a NAT network, a
 * VLAN or a bond, with its addresses.
 *
 * Sets the NetworkManager profile of that name, a keyfile in SP_CON_DIR that
 * libnm writes, and one more for each port, "<name>-port-<device>".  Files
 * that sprout makes bear its mark; others are edited, but never removed
 * unless "replace" says so.  A NAT network is a bridge with the method
 * "shared"; where libnm has no property for its DHCP range (before 1.52), a
 * file in SP_CON_DNSMASQ_DIR makes dnsmasq prefer that range.
 *
 * Source: nm-settings-keyfile(5), nm-settings-nmcli(5), NetworkManager(8),
 * dnsmasq(8).
 *
 * On the running host NetworkManager is told (con_activate.c), under a
 * checkpoint (con_guard.c), and what it really does is observed (con_live.c).
 *
 * Undo does not bring back: leases that were handed out; addresses and routes
 * that others gave to a running device; net.ipv4.ip_forward, which a NAT
 * network turns on.
 */
#include <errno.h>
#include <string.h>

#include "core/addr.h"
#include "connection.h"
#include "core/mem.h"
#include "core/profile.h"

static const char *const types[] = { "ethernet", "bridge", "nat",
				     "vlan",	 "bond",   NULL };
static const char *const bond_modes[] = { "balance-rr",	 "active-backup",
					  "balance-xor", "broadcast",
					  "802.3ad",	 "balance-tlb",
					  "balance-alb", NULL };
static const char *const methods4[] = { "static", "dhcp", "disabled",
					"link-local", NULL };
static const char *const methods6[] = { "auto",	      "static",	  "dhcp",
					"link-local", "disabled", NULL };
static const char *const backends[] = { "auto", "nm-shared", "libvirt", NULL };

static int canon_bond_option(const char *text, char **ret, struct sp_err *err)
{
	const char *eq = strchr(text, '=');

	if (!eq || eq == text || !eq[1] || sp_find_control(text) >= 0)
		return sp_fail(
			err, EINVAL,
			"expected an option and its value, such as miimon: 100");
	if (sp_starts(text, "mode="))
		return sp_fail(err, EINVAL, "the mode is bond.mode");
	*ret = sp_xstrdup(text);
	return 0;
}

static int canon_zone(const char *text, char **ret, struct sp_err *err)
{
	if (!*text || strpbrk(text, " \t/") || sp_find_control(text) >= 0)
		return sp_fail(
			err, EINVAL,
			"expected the name of a firewalld zone, got \"%s\"",
			text);
	*ret = sp_xstrdup(text);
	return 0;
}

#define IP_FIELDS(X, x, canon_net, canon_ip, canon_route) \
	[F_##X##_ADDRESSES] = {                                               \
		.name = "ip" x ".addresses", .type = SP_T_LIST,               \
		.canon = canon_net,                                           \
		.doc = "Addresses, each with its prefix length.",             \
	},                                                                    \
	[F_##X##_GATEWAY] = {                                                 \
		.name = "ip" x ".gateway", .type = SP_T_STR, .canon = canon_ip, \
		.doc = "The router of the default route.",                    \
	},                                                                    \
	[F_##X##_DNS] = {                                                     \
		.name = "ip" x ".dns", .type = SP_T_LIST, .canon = canon_ip,  \
		.doc = "Name servers.",                                       \
	},                                                                    \
	[F_##X##_SEARCH] = {                                                  \
		.name = "ip" x ".dns_search", .type = SP_T_LIST,              \
		.canon = sp_canon_domain,                                     \
		.doc = "Domains in which bare names are looked up.",          \
	},                                                                    \
	[F_##X##_ROUTES] = {                                                  \
		.name = "ip" x ".routes", .type = SP_T_LIST,                  \
		.canon = canon_route,                                         \
		.doc = "Routes, as ip-route(8) writes them.",                 \
	},                                                                    \
	[F_##X##_NEVER] = {                                                   \
		.name = "ip" x ".never_default", .type = SP_T_BOOL,           \
		.dflt = "false",                                              \
		.doc = "Never take the default route from this connection.",  \
	}

static const struct sp_field fields[] = {
	[F_TYPE] = {
		.name = "type", .type = SP_T_ENUM, .flags = SP_F_REQUIRED,
		.choices = types,
		.doc = "What it is; nat is a bridge without ports that hands out addresses and "
		       "reaches out through the host.",
	},
	[F_DEVICE] = {
		.name = "device", .type = SP_T_STR, .canon = sp_canon_ifname,
		.doc = "Interface name; all but ethernet take the connection's name without it.",
	},
	[F_MAC] = {
		.name = "mac", .type = SP_T_STR, .canon = sp_canon_mac,
		.doc = "ethernet: the card with this MAC address, whatever its name; bridge "
		       "and nat: the address that the bridge gets.",
	},
	[F_PORTS] = {
		.name = "ports", .type = SP_T_SET, .canon = sp_canon_ifname,
		.doc = "bridge and bond: devices that belong to it; each gets a connection of "
		       "its own.",
	},
	[F_CONTROLLER] = {
		.name = "controller", .type = SP_T_STR, .canon = sp_canon_ifname,
		.doc = "Device of the bridge that this connection is a port of; for a bond or "
		       "VLAN below a bridge.",
	},
	[F_VLAN_ID] = {
		.name = "vlan.id", .type = SP_T_INT, .min = 1, .max = 4094,
		.doc = "VLAN number (IEEE 802.1Q).",
	},
	[F_VLAN_PARENT] = {
		.name = "vlan.parent", .type = SP_T_STR, .canon = sp_canon_ifname,
		.doc = "Device that carries the VLAN.",
	},
	[F_BOND_MODE] = {
		.name = "bond.mode", .type = SP_T_ENUM, .choices = bond_modes,
		.doc = "How the bond uses its ports.",
	},
	[F_BOND_OPTIONS] = {
		.name = "bond.options", .type = SP_T_MAP,
		.canon = canon_bond_option,
		.doc = "Options of the kernel's bonding driver, such as miimon.",
	},
	[F_BRIDGE_STP] = {
		.name = "bridge.stp", .type = SP_T_BOOL,
		.doc = "Spanning tree; a new bridge has it on with two ports or more, as it "
		       "holds a port back for 30 s.",
	},
	[F_MTU] = {
		.name = "mtu", .type = SP_T_INT, .min = 68, .max = 65535,
		.unit = "bytes",
		.doc = "Largest packet; a bridge's ports get it, too.",
	},
	[F_AUTOCONNECT] = {
		.name = "autoconnect", .type = SP_T_BOOL, .dflt = "true",
		.doc = "Start at boot, and when the device appears.",
	},
	[F_ZONE] = {
		.name = "zone", .type = SP_T_STR, .canon = canon_zone,
		.doc = "firewalld zone; firewalld's default zone without it.",
	},
	[F_V4_METHOD] = {
		.name = "ipv4.method", .type = SP_T_ENUM, .choices = methods4,
		.dflt = "dhcp", .doc = "Where IPv4 addresses come from.",
	},
	IP_FIELDS(V4, "v4", sp_canon_net4, sp_canon_ip4, sp_canon_route4),
	[F_V4_DHCP] = {
		.name = "ipv4.dhcp", .type = SP_T_STR, .canon = sp_canon_range4,
		.doc = "nat: the addresses that are handed out, FIRST-LAST.",
	},
	[F_V6_METHOD] = {
		.name = "ipv6.method", .type = SP_T_ENUM, .choices = methods6,
		.dflt = "auto",
		.doc = "Where IPv6 addresses come from; a new connection without IPv4, or of "
		       "type nat, has it disabled.",
	},
	IP_FIELDS(V6, "v6", sp_canon_net6, sp_canon_ip6, sp_canon_route6),
	[F_BACKEND] = {
		.name = "backend", .type = SP_T_ENUM, .flags = SP_F_DIRECTIVE,
		.choices = backends, .dflt = "auto",
		.doc = "nat: who does it; auto is nm-shared.",
	},
	[F_REPLACE] = {
		.name = "replace", .type = SP_T_BOOL, .dflt = "false",
		.doc = "Take over a profile of this name and remove other files for the same "
		       "devices.",
	},
	{ .name = NULL },
};

/* --- observe ----------------------------------------------------------------------- */

static int observe_all(struct sp_host *host, const char *id,
		       const struct sp_nm *c, const struct sp_state *want,
		       struct sp_state *have, struct sp_err *err)
{
	int r;

	sp_con_read(c, have);
	r = sp_con_observe_ports(host, id, want, have, err);
	if (r >= 0 && sp_streq(sp_state_str(have, F_TYPE), "nat") &&
	    !sp_state_has(have, F_V4_DHCP)) {
		char *range = NULL;

		r = sp_con_read_range(host, id, sp_state_str(have, F_DEVICE),
				      &range, err);
		sp_state_set_str_take(have, F_V4_DHCP, range);
	}
	if (r >= 0)
		r = sp_con_observe_replace(host, id, want, sp_nm_marked(c),
					   have, err);
	return r < 0 ? r
		     : sp_con_observe_running(host, id, c, want, have, err);
}

/*
 * To be removed: a file that libnm does not read goes as well.  What was
 * observed has "replace", by which apply may remove what is not marked.
 */
static int observe_unwanted(struct sp_host *host, const char *id, bool there,
			    const struct sp_state *want, struct sp_state *have,
			    struct sp_err *err)
{
	sp_auto_strv ports = { 0 };
	sp_auto_err ignored = { 0 };
	sp_auto_nm *c = NULL;
	int r = sp_con_list_ports(host, id, &ports, err);

	have->present = there;
	for (size_t i = 0; i < ports.n && r >= 0; i++) {
		sp_auto_free char *port_id = sp_con_port_id(id, ports.v[i]);

		r = sp_con_is_ours(host, port_id, err);
		have->present |= r > 0;
	}
	if (r < 0)
		return r;
	if (there && sp_con_read_file(host, id, &c, &ignored) > 0)
		(void)observe_all(host, id, c, want, have, &ignored);
	if (have->present && sp_state_bool(want, F_REPLACE, false))
		sp_state_set_bool(have, F_REPLACE, true);
	return have->running ? 0
			     : sp_con_observe_running(host, id, NULL, want, have,
						      err);
}

static int observe(struct sp_host *host, const char *id,
		   const struct sp_state *want, struct sp_state *ret_have,
		   struct sp_err *err)
{
	sp_auto_free char *path = sp_con_path(id);
	sp_auto_buf text = { 0 };
	sp_auto_nm *c = NULL;
	struct sp_stat st;
	int r;

	r = sp_con_read_text(host, path, &text, &st, err);
	if (r < 0)
		return r;
	if (!want->present)
		return observe_unwanted(host, id, r > 0, want, ret_have, err);
	if (!r || sp_con_is_insecure(&st))
		return sp_con_observe_running(host, id, NULL, want, ret_have,
					      err);
	r = sp_nm_read(path, sp_buf_cstr(&text), text.len, id, &c, err);
	if (r < 0)
		return r;
	ret_have->present = true;
	return observe_all(host, id, c, want, ret_have, err);
}

/* --- check ---------------------------------------------------------------------------- */

static int check_name(const char *name, struct sp_err *err)
{
	/* the longest file: "<name>-port-<15 bytes>.nmconnection" */
	const size_t max = 255 - strlen("-port-.nmconnection") - 15;

	if (strlen(name) > max)
		return sp_fail(
			err, EINVAL,
			"the name has %zu bytes, the limit is %zu (a file name's, with "
			"its suffix)",
			strlen(name), max);
	if (strstr(name, "-port-"))
		return sp_fail(
			err, EINVAL,
			"\"%s\": names with \"-port-\" are kept for the ports of "
			"bridges and bonds",
			name);
	if (!*name || name[0] == '.' || strchr(name, '/') ||
	    sp_find_control(name) >= 0)
		return sp_fail(
			err, EINVAL,
			"\"%s\" cannot name a connection: no \"/\", no \".\" in front, "
			"no control characters",
			name);
	return 0;
}

static void check(const struct sp_check *ck)
{
	const struct sp_profile *p = ck->profile;

	if (ck->res == p->res || ck->res[-1].kind != ck->res->kind)
		sp_con_check_all(ck);
	if (ck->res->want.present)
		sp_con_check(ck);
}

/* --- apply ------------------------------------------------------------------------------ */

static int apply_range(struct sp_host *host, const char *id,
		       const struct sp_nm *c, const struct sp_state *after,
		       const char *old_device, struct sp_err *err)
{
	sp_auto_free char *device =
		sp_nm_get_str(c, "connection", "interface-name");
	sp_auto_free char *method = sp_nm_get_str(c, "ipv4", "method");
	sp_auto_free char *range = NULL;
	int r = 0;

	if (sp_state_get(after, F_V4_DHCP))
		range = sp_strdup0(sp_state_str(after, F_V4_DHCP));
	else if (sp_nm_has("ipv4", "shared-dhcp-range"))
		return 0; /* a file from older days does its work */
	else
		r = sp_con_read_range(host, id, old_device, &range, err);
	if (!sp_streq(method, "shared"))
		free(sp_take(&range));
	return r < 0 ? r : sp_con_write_range(host, id, device, range, err);
}

static int apply_remove(struct sp_host *host, const struct sp_change *change,
			struct sp_err *err)
{
	bool any = sp_state_bool(&change->before, F_REPLACE, false);
	sp_auto_strv ports = { 0 };
	int r = sp_con_remove_file(host, change->id, any, true, err);

	if (r >= 0)
		r = sp_con_list_ports(host, change->id, &ports, err);
	for (size_t i = 0; i < ports.n && r >= 0; i++) {
		sp_auto_free char *id = sp_con_port_id(change->id, ports.v[i]);

		r = sp_con_remove_file(host, id, any, false, err);
	}
	return r < 0 ? r
		     : sp_con_write_range(host, change->id, NULL, NULL, err);
}

/* The host's address may move to a new bridge: so does the card's own. */
static int take_mac(struct sp_host *host, struct sp_nm *c,
		    const struct sp_state *after, struct sp_err *err)
{
	sp_auto_free char *mac = NULL;

	if (!sp_streq(sp_state_str(after, F_TYPE), "bridge") ||
	    sp_state_has(after, F_MAC))
		return 0;
	mac = sp_con_port_mac(host, sp_state_list(after, F_PORTS));
	return mac ? sp_nm_set_str(c, "bridge", "mac-address", mac, err) : 0;
}

static int apply_state(struct sp_host *host, const struct sp_change *change,
		       struct sp_err *err)
{
	const struct sp_state *after = &change->after;
	sp_auto_free char *old_device = NULL, *old_type = NULL;
	sp_auto_nm *c = NULL;
	bool fresh;
	int r;

	if (!after->present)
		return apply_remove(host, change, err);
	r = sp_con_read_file(host, change->id, &c, err);
	if (r < 0)
		return r;
	fresh = r == 0;
	if (fresh) {
		r = sp_nm_new(change->id,
			      sp_con_nm_type(sp_state_str(after, F_TYPE)), &c,
			      err);
	} else {
		old_device = sp_nm_get_str(c, "connection", "interface-name");
		old_type = sp_nm_get_str(c, "connection", "type");
	}
	if (r >= 0 && (fresh || sp_state_bool(after, F_REPLACE, false)))
		r = sp_nm_mark(c, err);
	if (r >= 0)
		r = sp_con_fill(c, change->id, after, fresh, err);
	if (r >= 0 && fresh)
		r = take_mac(host, c, after, err);
	if (r >= 0)
		r = sp_con_write_file(host, change->id, c, err);
	if (r >= 0)
		r = sp_con_apply_ports(host, change->id, old_type, c, after,
				       err);
	if (r >= 0)
		r = apply_range(host, change->id, c, after, old_device, err);
	return r < 0 ? r : sp_con_apply_replace(host, change->id, after, err);
}

/*
 * Taken back: what ran instead of what the file said was no setting of the
 * file, and does not become one.
 */
static int apply(struct sp_host *host, const struct sp_change *change,
		 struct sp_err *err)
{
	sp_auto_strv pairs = { 0 }, running = { 0 };
	struct sp_change c = *change;
	int r;

	sp_con_running_split(change->after.running, &pairs, &running);
	if (!running.n)
		return apply_state(host, change, err);
	sp_state_copy(&c.after, &change->after);
	for (size_t i = 0; i < running.n; i++) {
		int f = sp_field_find(fields, running.v[i]);

		if (f >= 0)
			sp_state_unset(&c.after, f);
	}
	r = apply_state(host, &c, err);
	sp_state_clear(&c.after);
	return r;
}

static void services(const struct sp_resource *res, struct sp_strv *ret)
{
	(void)res;
	sp_strv_add(ret, "NetworkManager.service");
}

static const char *const paths[] = { "/etc/sysconfig/network-scripts/ifcfg-*",
				     "/etc/netplan/*.yaml",
				     SP_CON_DNSMASQ_DIR "/*", NULL };
static const char *const secret_paths[] = {
	SP_CON_DIR "/*", "/usr/lib/NetworkManager/system-connections/*", NULL
};

const struct sp_kind sp_kind_connection = {
	.name = "connection",
	.section = "network",
	.shape = SP_SHAPE_LIST,
	.summary = "network connections: cards, bridges, NAT, VLANs, bonds",
	.fields = fields,
	.flags = SP_KIND_REACH,
	.paths = paths,
	.secret_paths = secret_paths,
	.redact = sp_con_redact,
	.check_name = check_name,
	.check = check,
	.observe = observe,
	.apply = apply,
	.activate = sp_con_activate,
	.services = services,
	.guard = sp_con_guard,
	.release = sp_con_release,
};
