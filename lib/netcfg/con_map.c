/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* con_map.c - a connection's fields to libnm's properties and back. */
#include <errno.h>
#include <sys/socket.h>

#include "core/addr.h"
#include "connection.h"
#include "core/mem.h"

const struct sp_con_ip sp_con_ip[2] = {
	{ AF_INET, "ipv4", F_V4_METHOD, F_V4_ADDRESSES, F_V4_GATEWAY, F_V4_DNS,
	  F_V4_SEARCH, F_V4_ROUTES, F_V4_NEVER },
	{ AF_INET6, "ipv6", F_V6_METHOD, F_V6_ADDRESSES, F_V6_GATEWAY, F_V6_DNS,
	  F_V6_SEARCH, F_V6_ROUTES, F_V6_NEVER },
};

/* Fields that are one property each. */
static const struct prop {
	int f;
	const char *setting, *prop;
} props[] = {
	{ F_DEVICE, "connection", "interface-name" },
	{ F_AUTOCONNECT, "connection", "autoconnect" },
	{ F_ZONE, "connection", "zone" },
	{ F_VLAN_ID, "vlan", "id" },
	{ F_VLAN_PARENT, "vlan", "parent" },
	{ F_BOND_MODE, "bond", "mode" },
	{ F_BOND_OPTIONS, "bond", "options" },
	{ F_BRIDGE_STP, "bridge", "stp" },
	{ F_MTU, "802-3-ethernet", "mtu" },
	{ F_V4_ADDRESSES, "ipv4", "addresses" },
	{ F_V4_GATEWAY, "ipv4", "gateway" },
	{ F_V4_DNS, "ipv4", "dns" },
	{ F_V4_SEARCH, "ipv4", "dns-search" },
	{ F_V4_ROUTES, "ipv4", "routes" },
	{ F_V4_NEVER, "ipv4", "never-default" },
	{ F_V6_ADDRESSES, "ipv6", "addresses" },
	{ F_V6_GATEWAY, "ipv6", "gateway" },
	{ F_V6_DNS, "ipv6", "dns" },
	{ F_V6_SEARCH, "ipv6", "dns-search" },
	{ F_V6_ROUTES, "ipv6", "routes" },
	{ F_V6_NEVER, "ipv6", "never-default" },
};

struct word {
	const char *ours, *nm;
};

static const struct word types[] = {
	{ "ethernet", "802-3-ethernet" },
	{ "bridge", "bridge" },
	{ "nat", "bridge" },
	{ "vlan", "vlan" },
	{ "bond", "bond" },
	{ 0 },
};

static const struct word methods4[] = {
	{ "static", "manual" },
	{ "dhcp", "auto" },
	{ "disabled", "disabled" },
	{ "link-local", "link-local" },
	{ 0 },
};

static const struct word methods6[] = {
	{ "auto", "auto" },	    { "static", "manual" },
	{ "dhcp", "dhcp" },	    { "link-local", "link-local" },
	{ "disabled", "disabled" }, { 0 },
};

/* The other side's word; one without a counterpart stays as it is. */
static const char *to_nm(const struct word *w, const char *ours)
{
	for (; ours && w->ours; w++)
		if (sp_streq(w->ours, ours))
			return w->nm;
	return ours;
}

static const char *from_nm(const struct word *w, const char *nm)
{
	for (; nm && w->ours; w++)
		if (sp_streq(w->nm, nm))
			return w->ours;
	return nm;
}

static const struct word *methods(const struct sp_con_ip *ip)
{
	return ip->family == AF_INET ? methods4 : methods6;
}

const char *sp_con_nm_type(const char *type)
{
	return to_nm(types, type);
}

bool sp_con_is_type(const struct sp_nm *c, const char *nm_type)
{
	sp_auto_free char *type = sp_nm_get_str(c, "connection", "type");

	return sp_streq(type, nm_type);
}

const char *sp_con_device(const char *id, const struct sp_state *st)
{
	const char *type = sp_state_str(st, F_TYPE);
	sp_auto_free char *name = NULL;
	sp_auto_err err = { 0 };

	if (sp_state_has(st, F_DEVICE))
		return sp_state_str(st, F_DEVICE);
	/* a card has the name that it has; the others are made */
	if (!type || sp_streq(type, "ethernet") ||
	    sp_canon_ifname(id, &name, &err) < 0)
		return NULL;
	return id;
}

void sp_con_devices(const char *id, const struct sp_state *st,
		    struct sp_strv *ret)
{
	const struct sp_strv *ports = sp_state_list(st, F_PORTS);
	const char *device = sp_con_device(id, st);

	if (device)
		sp_strv_add(ret, device);
	for (size_t i = 0; i < ports->n; i++)
		sp_strv_add(ret, ports->v[i]);
}

/* --- to libnm ----------------------------------------------------------------- */

/* Where the field "mac" goes. */
static const char *mac_setting(const struct sp_nm *c)
{
	sp_auto_free char *type = sp_nm_get_str(c, "connection", "type");

	return sp_streq(type, "bridge") ? "bridge" : "802-3-ethernet";
}

static int set_none(struct sp_nm *c, const char *setting, const char *prop,
		    struct sp_err *err)
{
	return sp_nm_set(c, setting, prop, &(struct sp_value){ 0 }, err);
}

/*
 * Another type: what belongs to the old one goes, id, UUID and addresses
 * stay.  From nat to a bridge the method "shared" goes, too.
 */
static int fill_type(struct sp_nm *c, const struct sp_state *want,
		     struct sp_err *err)
{
	const char *type = sp_state_str(want, F_TYPE);
	sp_auto_free char *old = sp_nm_get_str(c, "connection", "type");
	sp_auto_free char *method = sp_nm_get_str(c, "ipv4", "method");

	if (!type)
		return 0;
	if (!sp_streq(old, sp_con_nm_type(type))) {
		sp_nm_drop(c, old);
		sp_nm_drop(c, "802-3-ethernet");
		sp_nm_drop(c, "bridge-port");
	}
	if (!sp_streq(type, "nat") && sp_streq(method, "shared"))
		sp_nm_drop(c, "ipv4");
	return sp_nm_set_str(c, "connection", "type", sp_con_nm_type(type),
			     err);
}

/*
 * A new method takes the old one's addresses and gateway with it, and all
 * that libnm does not allow beside it.
 */
static int fill_method(struct sp_nm *c, const struct sp_con_ip *ip,
		       const char *method, struct sp_err *err)
{
	static const char *const parts[] = {
		"addresses", "gateway", "routes", "dns", "dns-search",
	};
	sp_auto_free char *old = sp_nm_get_str(c, ip->setting, "method");
	size_t n;
	int r;

	if (sp_streq(old, method))
		return 0;
	if (sp_streq(method, "manual"))
		n = 0;
	else if (sp_streq(method, "auto") || sp_streq(method, "dhcp"))
		n = 2;
	else
		n = SP_COUNT(parts);
	r = sp_nm_set_str(c, ip->setting, "method", method, err);
	for (size_t i = 0; i < n && r >= 0; i++)
		r = set_none(c, ip->setting, parts[i], err);
	return r;
}

/* Does the profile say anything about this family? */
static bool is_spoken_of(const struct sp_state *want,
			 const struct sp_con_ip *ip)
{
	for (int f = ip->method; f <= ip->never; f++)
		if (sp_state_has(want, f))
			return true;
	return false;
}

/*
 * A connection that only waits for IPv6 routers fails where there are none,
 * and takes a bridge's ports down with it; so one without IPv4 is new without
 * IPv6, too.  On a NAT network a desktop could else play the router.
 */
static int fill_methods(struct sp_nm *c, const struct sp_state *want,
			bool fresh, struct sp_err *err)
{
	bool nat = sp_streq(sp_state_str(want, F_TYPE), "nat");
	bool no_v4 =
		nat || sp_streq(sp_state_str(want, F_V4_METHOD), "disabled");
	int r = 0;

	for (int i = 0; i < 2 && r >= 0; i++) {
		const struct sp_con_ip *ip = &sp_con_ip[i];
		const char *method =
			to_nm(methods(ip), sp_state_str(want, ip->method));

		if (nat && ip->family == AF_INET)
			method = "shared";
		else if (no_v4 && fresh && !is_spoken_of(want, ip))
			method = "disabled";
		else if (!method && sp_state_get(want, ip->method))
			method = "auto";
		if (method)
			r = fill_method(c, ip, method, err);
	}
	return r;
}

/* A setting that was made for one property needs a method as well. */
static int complete_methods(struct sp_nm *c, struct sp_err *err)
{
	int r = 0;

	for (int i = 0; i < 2 && r >= 0; i++) {
		const char *setting = sp_con_ip[i].setting;
		sp_auto_free char *m = sp_nm_get_str(c, setting, "method");

		if (!m)
			r = sp_nm_set_str(c, setting, "method", "auto", err);
	}
	return r;
}

/* libnm drops a gateway beside "never a default route". */
static int fill_gateways(struct sp_nm *c, const struct sp_state *want,
			 struct sp_err *err)
{
	int r = 0;

	for (int i = 0; i < 2 && r >= 0; i++)
		if (sp_state_has(want, sp_con_ip[i].gateway) &&
		    !sp_state_has(want, sp_con_ip[i].never))
			r = set_none(c, sp_con_ip[i].setting, "never-default",
				     err);
	return r;
}

/* "10.77.0.100-10.77.0.250" is "10.77.0.100,10.77.0.250" there. */
static int fill_dhcp(struct sp_nm *c, const struct sp_state *want,
		     struct sp_err *err)
{
	const char *range = sp_state_str(want, F_V4_DHCP);
	sp_auto_strv ends = { 0 };
	sp_auto_free char *text = NULL;

	if (!sp_state_get(want, F_V4_DHCP) ||
	    !sp_nm_has("ipv4", "shared-dhcp-range"))
		return 0;
	if (range) {
		sp_strv_split(&ends, range, "-");
		text = sp_strv_join(&ends, ",");
	}
	return sp_nm_set_str(c, "ipv4", "shared-dhcp-range", text, err);
}

/* A port of a bridge, or, with @device NULL, of none. */
static int fill_controller(struct sp_nm *c, const char *device,
			   struct sp_err *err)
{
	int r = sp_nm_set_str(c, "connection", "master", device, err);

	if (!device)
		sp_nm_drop(c, "bridge-port");
	if (r < 0)
		return r;
	return sp_nm_set_str(c, "connection", "slave-type",
			     device ? "bridge" : NULL, err);
}

/* Who is given addresses, or cannot be a port, is none. */
static bool is_no_port(const struct sp_state *want)
{
	const char *type = sp_state_str(want, F_TYPE);

	return is_spoken_of(want, &sp_con_ip[0]) ||
	       is_spoken_of(want, &sp_con_ip[1]) || sp_streq(type, "bridge") ||
	       sp_streq(type, "nat");
}

int sp_con_fill(struct sp_nm *c, const char *id, const struct sp_state *want,
		bool fresh, struct sp_err *err)
{
	const char *device = sp_con_device(id, want);
	const struct sp_value *v;
	bool bridge;
	int r;

	r = fill_type(c, want, err);
	bridge = sp_streq(mac_setting(c), "bridge");
	if (r >= 0 && fresh && device)
		r = sp_nm_set_str(c, "connection", "interface-name", device,
				  err);
	/*
	 * NetworkManager's default holds every new port back for 30 s: that
	 * is of use only where two ports can make a loop.
	 */
	if (r >= 0 && fresh && bridge && sp_state_list(want, F_PORTS)->n < 2)
		r = sp_nm_set(c, "bridge", "stp",
			      &(struct sp_value){ .type = SP_V_BOOL }, err);
	if (r >= 0)
		r = fill_methods(c, want, fresh, err);
	if (r >= 0)
		r = fill_gateways(c, want, err);
	for (size_t i = 0; i < SP_COUNT(props) && r >= 0; i++) {
		v = sp_state_get(want, props[i].f);
		if (v)
			r = sp_nm_set(c, props[i].setting, props[i].prop, v,
				      err);
	}
	v = sp_state_get(want, F_MAC);
	if (r >= 0 && v)
		r = sp_nm_set(c, mac_setting(c), "mac-address", v, err);
	v = sp_state_get(want, F_CONTROLLER);
	if (r >= 0 && (v || is_no_port(want)))
		r = fill_controller(c, sp_state_str(want, F_CONTROLLER), err);
	if (r >= 0)
		r = fill_dhcp(c, want, err);
	return r < 0 ? r : complete_methods(c, err);
}

/* --- from libnm ------------------------------------------------------------------ */

static void read_value(const struct sp_nm *c, const struct prop *p,
		       struct sp_state *have)
{
	struct sp_value v;

	sp_nm_get(c, p->setting, p->prop, &v);
	/* libnm's 0 says "as the device is" */
	if (v.type == SP_V_STR)
		sp_state_set_str_take(have, p->f, sp_take(&v.s));
	else if (v.type == SP_V_BOOL)
		sp_state_set_bool(have, p->f, v.b);
	else if (v.type == SP_V_INT && (v.i || p->f != F_MTU))
		sp_state_set_int(have, p->f, v.i);
	else if (v.type == SP_V_LIST)
		sp_state_set_list(have, p->f, &v.list);
	else
		sp_state_set_none(have, p->f);
	sp_value_clear(&v);
}

static void read_dhcp(const struct sp_nm *c, struct sp_state *have)
{
	sp_auto_free char *text = NULL;
	sp_auto_strv ends = { 0 };

	sp_state_set_none(have, F_V4_DHCP);
	if (!sp_nm_has("ipv4", "shared-dhcp-range"))
		return;
	text = sp_nm_get_str(c, "ipv4", "shared-dhcp-range");
	if (!text)
		return;
	sp_strv_split(&ends, text, ",");
	sp_state_set_str_take(have, F_V4_DHCP, sp_strv_join(&ends, "-"));
}

void sp_con_read(const struct sp_nm *c, struct sp_state *have)
{
	const struct prop mac = { F_MAC, mac_setting(c), "mac-address" };
	const struct prop master = { F_CONTROLLER, "connection", "master" };
	sp_auto_free char *type = sp_nm_get_str(c, "connection", "type");
	bool nat;

	for (size_t i = 0; i < SP_COUNT(props); i++)
		read_value(c, &props[i], have);
	read_value(c, &mac, have);
	read_value(c, &master, have);
	for (int i = 0; i < 2; i++) {
		const struct sp_con_ip *ip = &sp_con_ip[i];
		sp_auto_free char *m = sp_nm_get_str(c, ip->setting, "method");

		sp_state_set_str(have, ip->method, from_nm(methods(ip), m));
	}
	nat = sp_streq(type, "bridge") &&
	      sp_streq(sp_state_str(have, F_V4_METHOD), "shared");
	if (nat)
		sp_state_set_none(have, F_V4_METHOD);
	sp_state_set_str(have, F_TYPE, nat ? "nat" : from_nm(types, type));
	read_dhcp(c, have);
}
