/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* con_check.c - what the field table cannot say about one connection. */
#include <string.h>
#include <sys/socket.h>

#include "core/addr.h"
#include "connection.h"
#include "core/mem.h"
#include "core/word.h"

/* dnsmasq's limit of leases, and NetworkManager does not raise it */
#define DNSMASQ_LEASES 1000

enum {
	ETHERNET = 1 << 0,
	BRIDGE = 1 << 1,
	NAT = 1 << 2,
	VLAN = 1 << 3,
	BOND = 1 << 4,
};

static const char *const type_names[] = { "ethernet", "bridge", "nat", "vlan",
					  "bond" };

/* Fields that not every type has. */
static const struct {
	int f;
	unsigned types;
} limited[] = {
	{ F_MAC, ETHERNET | BRIDGE | NAT },
	{ F_PORTS, BRIDGE | BOND },
	{ F_CONTROLLER, ETHERNET | VLAN | BOND },
	{ F_VLAN_ID, VLAN },
	{ F_VLAN_PARENT, VLAN },
	{ F_BOND_MODE, BOND },
	{ F_BOND_OPTIONS, BOND },
	{ F_BRIDGE_STP, BRIDGE | NAT },
	{ F_V4_DHCP, NAT },
	{ F_BACKEND, NAT },
	{ F_V4_METHOD, ETHERNET | BRIDGE | VLAN | BOND },
	{ F_V4_GATEWAY, ETHERNET | BRIDGE | VLAN | BOND },
	{ F_V4_DNS, ETHERNET | BRIDGE | VLAN | BOND },
	{ F_V4_SEARCH, ETHERNET | BRIDGE | VLAN | BOND },
	{ F_V4_NEVER, ETHERNET | BRIDGE | VLAN | BOND },
};

static bool has(const struct sp_resource *res, int f)
{
	return sp_state_has(&res->want, f);
}

static const char *str(const struct sp_resource *res, int f)
{
	return sp_state_str(&res->want, f);
}

static bool is_type(const struct sp_resource *res, const char *type)
{
	return sp_streq(str(res, F_TYPE), type);
}

static void check_limited(const struct sp_check *ck)
{
	const char *type = str(ck->res, F_TYPE);
	unsigned bit = 0;

	for (size_t i = 0; i < SP_COUNT(type_names); i++)
		if (sp_streq(type, type_names[i]))
			bit = 1u << i;
	for (size_t i = 0; i < SP_COUNT(limited) && bit; i++) {
		sp_auto_buf list = { 0 };

		if (!has(ck->res, limited[i].f) || (limited[i].types & bit))
			continue;
		for (size_t t = 0; t < SP_COUNT(type_names); t++)
			if (limited[i].types & 1u << t)
				sp_buf_addf(&list, "%s%s", list.len ? ", " : "",
					    type_names[t]);
		sp_diag_error(ck->diag, ck->res, limited[i].f, -1,
			      "only for type %s, this is %s",
			      sp_buf_cstr(&list), type);
	}
}

static void need(const struct sp_check *ck, int f)
{
	if (!has(ck->res, f))
		sp_diag_error(ck->diag, ck->res, -1, -1, "type %s needs %s",
			      str(ck->res, F_TYPE),
			      ck->res->want.fields[f].name);
}

static void check_device(const struct sp_check *ck)
{
	const struct sp_resource *res = ck->res;
	const char *device = sp_con_device(res->id, &res->want);

	if (!str(res, F_TYPE))
		return;
	if (is_type(res, "ethernet")) {
		if (!device && !has(res, F_MAC))
			sp_diag_error(ck->diag, res, -1, -1,
				      "type ethernet needs device or mac");
	} else if (!device) {
		sp_diag_error(
			ck->diag, res, -1, -1,
			"the name cannot be an interface's; give the device");
	}
	if (device && sp_streq(device, str(res, F_VLAN_PARENT)))
		sp_diag_error(ck->diag, res, F_VLAN_PARENT, -1,
			      "\"%s\" is the VLAN's own device", device);
	for (size_t i = 0; i < sp_state_list(&res->want, F_PORTS)->n; i++)
		if (sp_streq(device, sp_state_list(&res->want, F_PORTS)->v[i]))
			sp_diag_error(ck->diag, res, F_PORTS, (int)i,
				      "\"%s\" is the connection's own device",
				      device);
}

/* On the running host a new bridge takes the MAC address of a port. */
static bool takes_mac(const struct sp_check *ck)
{
	sp_auto_free char *mac =
		ck->host ? sp_con_port_mac(ck->host,
					   sp_state_list(&ck->res->want,
							 F_PORTS))
			 : NULL;

	return mac != NULL;
}

static void check_type(const struct sp_check *ck)
{
	const struct sp_resource *res = ck->res;

	check_limited(ck);
	check_device(ck);
	if (is_type(res, "vlan")) {
		need(ck, F_VLAN_ID);
		need(ck, F_VLAN_PARENT);
	}
	if (is_type(res, "bond"))
		need(ck, F_BOND_MODE);
	if (is_type(res, "nat") && sp_streq(str(res, F_BACKEND), "libvirt"))
		sp_diag_error(
			ck->diag, res, F_BACKEND, -1,
			"a NAT network of libvirt's stands under \"vnets\", not here");
	if (is_type(res, "bridge") && has(res, F_PORTS) && !has(res, F_MAC) &&
	    sp_streq(str(res, F_V4_METHOD), "dhcp") && !takes_mac(ck))
		sp_diag_warn(
			ck->diag, res, -1, -1,
			"without mac the bridge gets a MAC address of its own, and so "
			"another lease than its port had");
}

static void check_controlled(const struct sp_check *ck)
{
	if (!has(ck->res, F_CONTROLLER) || is_type(ck->res, "bridge") ||
	    is_type(ck->res, "nat"))
		return;
	for (int f = F_V4_METHOD; f <= F_V6_NEVER; f++)
		if (has(ck->res, f))
			sp_diag_error(
				ck->diag, ck->res, f, -1,
				"a port has no addresses; give them to \"%s\"",
				str(ck->res, F_CONTROLLER));
}

static void check_mtu(const struct sp_check *ck)
{
	const char *m6 = str(ck->res, F_V6_METHOD);
	int64_t mtu = sp_state_int(&ck->res->want, F_MTU, 1280);

	if (mtu < 1280 && m6 && !sp_streq(m6, "disabled"))
		sp_diag_error(
			ck->diag, ck->res, F_MTU, -1,
			"IPv6 needs 1280 bytes at least (RFC 8200); raise it or set "
			"ipv6.method: disabled");
}

/* --- one address family --------------------------------------------------------- */

struct nets {
	const struct sp_con_ip *ip;
	const char *method; /* "shared" for nat; NULL when silent */
	struct sp_addr *v;  /* owned; the addresses */
	size_t n;
};

static void nets_clear(struct nets *n)
{
	free(n->v);
}

static const char *field_name(const struct sp_check *ck, int f)
{
	return ck->res->want.fields[f].name;
}

static void check_methods(const struct sp_check *ck, const struct nets *n)
{
	const struct sp_con_ip *ip = n->ip;
	bool is_static = sp_streq(n->method, "static");
	bool off = sp_streq(n->method, "disabled") ||
		   sp_streq(n->method, "link-local");
	const int needing[] = { ip->addresses, ip->gateway };
	const int refused[] = { ip->routes, ip->dns, ip->search };

	if (is_static && !n->n)
		sp_diag_error(ck->diag, ck->res, ip->method, -1,
			      "static needs %s", field_name(ck, ip->addresses));
	for (size_t i = 0; i < SP_COUNT(needing); i++)
		if (has(ck->res, needing[i]) && !is_static &&
		    !sp_streq(n->method, "shared"))
			sp_diag_error(ck->diag, ck->res, needing[i], -1,
				      "only with %s: static, this is %s",
				      field_name(ck, ip->method),
				      n->method ? n->method : _("not given"));
	for (size_t i = 0; i < SP_COUNT(refused); i++)
		if (has(ck->res, refused[i]) && off)
			sp_diag_error(ck->diag, ck->res, refused[i], -1,
				      "not with %s: %s",
				      field_name(ck, ip->method), n->method);
	if (is_static && has(ck->res, ip->gateway) &&
	    sp_state_bool(&ck->res->want, ip->never, false))
		sp_diag_error(
			ck->diag, ck->res, ip->never, -1,
			"a gateway makes a default route; leave out one of the two");
}

static void check_addresses(const struct sp_check *ck, const struct nets *n)
{
	char buf[SP_ADDR_TEXT];

	for (size_t i = 0; i < n->n; i++) {
		const char *why = sp_addr_unusable(&n->v[i]);
		const char *text = sp_addr_format(&n->v[i], true, buf);

		if (n->v[i].prefix == 0)
			why = _("in a subnet of everything; a prefix length of 0 is the default "
				"route's");
		if (why)
			sp_diag_error(ck->diag, ck->res, n->ip->addresses,
				      (int)i, "%s is %s", text, why);
		for (size_t k = 0; k < i; k++)
			if (sp_addr_cmp(&n->v[i], &n->v[k]) == 0) {
				sp_diag_error(ck->diag, ck->res,
					      n->ip->addresses, (int)i,
					      "%s is given twice", text);
				break;
			}
	}
}

/* The address whose subnet has @a in it, or NULL. */
static const struct sp_addr *net_of(const struct nets *n,
				    const struct sp_addr *a)
{
	for (size_t i = 0; i < n->n; i++)
		if (sp_addr_inside(&n->v[i], a))
			return &n->v[i];
	return NULL;
}

static bool is_own(const struct nets *n, const struct sp_addr *a)
{
	for (size_t i = 0; i < n->n; i++)
		if (sp_addr_cmp(&n->v[i], a) == 0)
			return true;
	return false;
}

/* Addresses without a subnet, as some hosters give them, reach any router. */
static bool is_host_only(const struct nets *n)
{
	for (size_t i = 0; i < n->n; i++)
		if (n->v[i].prefix == sp_addr_bits(n->v[i].family))
			return true;
	return false;
}

static void check_gateway(const struct sp_check *ck, const struct nets *n)
{
	const char *text = str(ck->res, n->ip->gateway);
	const struct sp_addr *net;
	char buf[SP_ADDR_TEXT];
	struct sp_addr gw;
	const char *why;

	if (!text || !n->n || !sp_addr_parse(text, n->ip->family, &gw))
		return;
	net = net_of(n, &gw);
	if (net)
		gw.prefix = net->prefix;
	why = sp_addr_unusable(&gw);
	if (is_own(n, &gw))
		sp_diag_error(ck->diag, ck->res, n->ip->gateway, -1,
			      "%s is this connection's own address", text);
	else if (why)
		sp_diag_error(ck->diag, ck->res, n->ip->gateway, -1, "%s is %s",
			      text, why);
	else if (!net && !is_host_only(n) && !sp_addr_link_local(&gw))
		sp_diag_error(ck->diag, ck->res, n->ip->gateway, -1,
			      "%s is not in the subnet of %s", text,
			      sp_addr_format(&n->v[0], true, buf));
}

/* libnm keeps one of two: the profile would never be what the host has. */
static void check_twice(const struct sp_check *ck, int f)
{
	const struct sp_strv *l = sp_state_list(&ck->res->want, f);

	for (size_t i = 0; i < l->n; i++)
		for (size_t k = 0; k < i; k++)
			if (sp_streq(l->v[i], l->v[k])) {
				sp_diag_error(ck->diag, ck->res, f, (int)i,
					      "%s is given twice", l->v[i]);
				break;
			}
}

static void check_dns(const struct sp_check *ck, const struct nets *n)
{
	const struct sp_strv *l = sp_state_list(&ck->res->want, n->ip->dns);

	for (size_t i = 0; i < l->n; i++) {
		struct sp_addr a;
		const char *why;

		if (!sp_addr_parse(l->v[i], n->ip->family, &a))
			continue;
		/* a resolver on the host itself is common */
		why = sp_addr_loopback(&a) ? NULL : sp_addr_unusable(&a);
		if (why)
			sp_diag_error(ck->diag, ck->res, n->ip->dns, (int)i,
				      "%s is %s", l->v[i], why);
	}
}

static void check_route(const struct sp_check *ck, const struct nets *n,
			int item, const struct sp_route *r)
{
	char via[SP_ADDR_TEXT] = "";

	if (r->via.family)
		(void)sp_addr_format(&r->via, false, via);
	if (r->via.family && is_own(n, &r->via))
		sp_diag_error(ck->diag, ck->res, n->ip->routes, item,
			      "via %s is this connection's own address", via);
	else if (r->via.family && n->n && !net_of(n, &r->via) && !r->onlink &&
		 !sp_addr_link_local(&r->via) && !is_host_only(n))
		sp_diag_error(
			ck->diag, ck->res, n->ip->routes, item,
			"via %s is in none of the connection's subnets; add onlink if "
			"the router answers there",
			via);
	if (r->src.family && n->n && !is_own(n, &r->src)) {
		char src[SP_ADDR_TEXT];

		sp_diag_error(ck->diag, ck->res, n->ip->routes, item,
			      "src %s is none of the connection's addresses",
			      sp_addr_format(&r->src, false, src));
	}
	if (r->dest.prefix == 0 && r->table < 0)
		sp_diag_warn(ck->diag, ck->res, n->ip->routes, item,
			     "is a default route; %s is the place for it",
			     field_name(ck, n->ip->gateway));
}

static void check_routes(const struct sp_check *ck, const struct nets *n)
{
	const struct sp_strv *l = sp_state_list(&ck->res->want, n->ip->routes);

	for (size_t i = 0; i < l->n; i++) {
		sp_auto_err err = { 0 };
		struct sp_route r;

		if (sp_route_parse(l->v[i], n->ip->family, &r, &err) >= 0)
			check_route(ck, n, (int)i, &r);
	}
}

static void check_ip(const struct sp_check *ck, const struct sp_con_ip *ip)
{
	const struct sp_strv *l = sp_state_list(&ck->res->want, ip->addresses);
	__attribute__((cleanup(nets_clear))) struct nets n = { .ip = ip };

	n.method = is_type(ck->res, "nat") && ip->family == AF_INET
			   ? "shared"
			   : str(ck->res, ip->method);
	n.v = sp_xcalloc(l->n + 1, sizeof(*n.v));
	for (size_t i = 0; i < l->n; i++) {
		sp_auto_err err = { 0 };

		/* the field's canon has been through it */
		if (sp_addr_parse_net(l->v[i], ip->family, &n.v[n.n], &err) >=
		    0)
			n.n++;
	}
	check_methods(ck, &n);
	check_addresses(ck, &n);
	check_gateway(ck, &n);
	check_dns(ck, &n);
	check_twice(ck, ip->dns);
	check_twice(ck, ip->search);
	check_routes(ck, &n);
}

/* --- nat ------------------------------------------------------------------------- */

static uint32_t number(const struct sp_addr *a)
{
	return (uint32_t)a->b[0] << 24 | (uint32_t)a->b[1] << 16 |
	       (uint32_t)a->b[2] << 8 | a->b[3];
}

/* Why @own's network cannot hand out this range, owned; or NULL. */
static char *range_error(const struct sp_addr *own, const struct sp_addr *first,
			 const struct sp_addr *last)
{
	const struct sp_addr *ends[2] = { first, last };
	char buf[SP_ADDR_TEXT], net[SP_ADDR_TEXT];

	for (int i = 0; i < 2; i++) {
		struct sp_addr a = *ends[i];
		const char *why;

		(void)sp_addr_format(&a, false, buf);
		if (!sp_addr_inside(own, &a))
			return sp_asprintf(_("%s is not in the subnet of %s"),
					   buf, sp_addr_format(own, true, net));
		a.prefix = own->prefix;
		why = sp_addr_unusable(&a);
		if (why)
			return sp_asprintf(_("%s is %s"), buf, why);
	}
	if (number(own) >= number(first) && number(own) <= number(last))
		return sp_asprintf(
			_("%s is the host's own address; leave it out of the range"),
			sp_addr_format(own, false, buf));
	return NULL;
}

static void check_range(const struct sp_check *ck, const struct sp_addr *own)
{
	const char *range = str(ck->res, F_V4_DHCP);
	sp_auto_free char *error = NULL;
	struct sp_addr first, last;
	sp_auto_err err = { 0 };

	if (!range || sp_range_parse(range, &first, &last, &err) < 0)
		return;
	error = range_error(own, &first, &last);
	if (error) {
		sp_diag_error(ck->diag, ck->res, F_V4_DHCP, -1, "%s", error);
		return;
	}
	if (number(&last) - number(&first) >= DNSMASQ_LEASES)
		sp_diag_warn(ck->diag, ck->res, F_V4_DHCP, -1,
			     "dnsmasq hands out at most %d addresses at a time",
			     DNSMASQ_LEASES);
	if (sp_nm_load(&err) >= 0 && !sp_nm_has("ipv4", "shared-dhcp-range"))
		sp_diag_warn(
			ck->diag, ck->res, F_V4_DHCP, -1,
			"before NetworkManager 1.52 the range is preferred, not a limit: "
			"when it is used up, other addresses of the subnet are handed out");
}

static void check_nat(const struct sp_check *ck)
{
	const struct sp_strv *l = sp_state_list(&ck->res->want, F_V4_ADDRESSES);
	sp_auto_err err = { 0 };
	struct sp_addr own;

	if (!is_type(ck->res, "nat"))
		return;
	if (l->n != 1) {
		sp_diag_error(
			ck->diag, ck->res, l->n ? F_V4_ADDRESSES : -1, -1,
			"type nat needs exactly one IPv4 address, the host's in that "
			"network, such as 10.77.0.1/24");
		return;
	}
	if (sp_addr_parse_net(l->v[0], AF_INET, &own, &err) < 0)
		return;
	if (own.prefix > 30)
		sp_diag_error(
			ck->diag, ck->res, F_V4_ADDRESSES, 0,
			"%s leaves no address to hand out; the prefix length may be 30 "
			"at most",
			l->v[0]);
	else
		check_range(ck, &own);
}

/* --- libnm's own opinion --------------------------------------------------------- */

/* libnm says "SETTING.PROPERTY: TEXT", often by our name of the field. */
static void report(const struct sp_check *ck, const char *msg)
{
	const char *colon = strstr(msg, ": ");
	sp_auto_free char *name =
		colon ? sp_xstrndup(msg, (size_t)(colon - msg)) : NULL;
	int f = name ? sp_field_find(ck->res->want.fields, name) : -1;

	sp_diag_error(ck->diag, ck->res, f, -1, "%s", f < 0 ? msg : colon + 2);
}

static void check_libnm(const struct sp_check *ck)
{
	const struct sp_resource *res = ck->res;
	sp_auto_err err = { 0 };
	sp_auto_nm *c = NULL;
	int r;

	if (sp_nm_load(&err) < 0) /* sp_con_check_all() says it once */
		return;
	r = sp_nm_new(res->id, sp_con_nm_type(str(res, F_TYPE)), &c, &err);
	if (r >= 0)
		r = sp_con_fill(c, res->id, &res->want, true, &err);
	if (r >= 0)
		r = sp_nm_complete(c, &err);
	if (r < 0)
		report(ck, err.msg);
}

void sp_con_check(const struct sp_check *ck)
{
	size_t before = ck->diag->errors;

	if (!str(ck->res, F_TYPE))
		return;
	check_type(ck);
	check_controlled(ck);
	check_mtu(ck);
	check_nat(ck);
	for (int i = 0; i < 2; i++)
		check_ip(ck, &sp_con_ip[i]);
	if (ck->diag->errors == before)
		check_libnm(ck);
}
