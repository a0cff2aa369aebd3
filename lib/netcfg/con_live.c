/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * con_live.c - what the running NetworkManager makes of a connection, as far
 * as its files do not tell.
 *
 * Drift is what the profile wants and the host lacks.  Addresses, routes and
 * name servers beyond that are others' business: DHCP, routers, keepalived.  A
 * card that is not there or has no carrier is no drift.
 */
#include <string.h>
#include <sys/socket.h>

#include "core/addr.h"
#include "connection.h"
#include "core/mem.h"

#define BUS "/run/dbus/system_bus_socket"

/* What is kept with a view of the host; the client is NULL: none runs. */
struct session {
	struct sp_nml *l;
};

static void *make_session(struct sp_host *host, struct sp_err *err)
{
	struct session *s = sp_xcalloc(1, sizeof(*s));

	(void)host;
	if (sp_nml_open(&s->l, err) >= 0)
		return s;
	free(s);
	return NULL;
}

static void free_session(void *session)
{
	struct session *s = session;

	sp_nml_free(s->l);
	free(s);
}

int sp_con_live(struct sp_host *host, struct sp_nml **ret, struct sp_err *err)
{
	static const char key;
	struct session *s;
	struct sp_stat st;
	int r;

	if (!sp_host_live(host))
		return 0;
	r = sp_host_stat_follow(host, BUS, &st, err);
	if (r <= 0)
		return r;
	s = sp_host_session(host, &key, make_session, free_session, err);
	if (!s)
		return -err->code;
	*ret = s->l;
	return s->l != NULL;
}

/* --- profiles and devices ----------------------------------------------------- */

const char *sp_con_dev(struct sp_nml *l, const struct sp_nm *c)
{
	sp_auto_free char *name =
		sp_nm_get_str(c, "connection", "interface-name");
	sp_auto_free char *mac = NULL;
	struct sp_nml_dev d;

	if (name)
		return sp_nml_dev(l, name, &d) ? d.name : NULL;
	if (sp_con_is_type(c, "802-3-ethernet"))
		mac = sp_nm_get_str(c, "802-3-ethernet", "mac-address");
	return sp_nml_dev_by_mac(l, mac);
}

static bool is_plugged(struct sp_nml *l, const char *dev)
{
	struct sp_nml_dev d;

	return dev && sp_nml_dev(l, dev, &d) && d.carrier;
}

/* Does a profile make one of @l's plugged devices a port of @c's device? */
static bool has_plugged_port(struct sp_nml *l, const struct sp_nm *c)
{
	sp_auto_free char *dev =
		sp_nm_get_str(c, "connection", "interface-name");
	sp_auto_free char *uuid = sp_nm_get_str(c, "connection", "uuid");
	sp_auto_strv all = { 0 };

	sp_nml_profiles(l, &all);
	for (size_t i = 0; i < all.n; i++) {
		sp_auto_nm *port = sp_nml_profile(l, all.v[i]);
		sp_auto_free char *master =
			port ? sp_nm_get_str(port, "connection", "master")
			     : NULL;

		if (master &&
		    (sp_streq(master, dev) || sp_streq(master, uuid)) &&
		    is_plugged(l, sp_con_dev(l, port)))
			return true;
	}
	return false;
}

bool sp_con_can_run(struct sp_nml *l, const struct sp_nm *c)
{
	if (sp_con_is_type(c, "bridge") || sp_con_is_type(c, "bond")) {
		sp_auto_free char *m = sp_nm_get_str(c, "ipv4", "method");

		/* without a port nobody answers, and it gives up */
		return !sp_streq(m, "auto") || has_plugged_port(l, c);
	}
	if (sp_con_is_type(c, "vlan")) {
		sp_auto_free char *parent = sp_nm_get_str(c, "vlan", "parent");

		return is_plugged(l, parent);
	}
	return is_plugged(l, sp_con_dev(l, c));
}

/* --- what runs on the devices --------------------------------------------------- */

void sp_con_running_split(const char *running, struct sp_strv *ret_pairs,
			  struct sp_strv *ret_fields)
{
	const char *bar = running ? strchr(running, '|') : NULL;
	sp_auto_free char *head = NULL;

	if (!bar)
		return;
	head = sp_xstrndup(running, (size_t)(bar - running));
	sp_strv_split(ret_pairs, head, " ");
	sp_strv_split(ret_fields, bar + 1, " ");
}

static void add_devices(struct sp_nml *l, const char *id,
			const struct sp_state *st, struct sp_strv *ret)
{
	const char *by_mac = NULL;

	sp_con_devices(id, st, ret);
	if (sp_streq(sp_state_str(st, F_TYPE), "ethernet"))
		by_mac = sp_nml_dev_by_mac(l, sp_state_str(st, F_MAC));
	if (by_mac)
		sp_strv_add(ret, by_mac);
}

static void add_running(struct sp_nml *l, const char *id,
			const struct sp_state *want,
			const struct sp_state *have, struct sp_buf *out)
{
	sp_auto_strv devices = { 0 };

	add_devices(l, id, want, &devices);
	add_devices(l, id, have, &devices);
	sp_strv_sort(&devices);
	for (size_t i = 0; i < devices.n; i++) {
		struct sp_nml_dev d;

		if ((i && sp_streq(devices.v[i], devices.v[i - 1])) ||
		    !sp_nml_dev(l, devices.v[i], &d))
			continue;
		sp_buf_addf(out, "%s %s ", d.name,
			    d.external ? "="
			    : d.uuid   ? d.uuid
				       : "-");
	}
	sp_buf_addc(out, '|');
}

/* What the kernel says of a device of this host; NULL: nothing. */
static char *read_attr(struct sp_host *host, const char *dev, const char *attr)
{
	sp_auto_free char *path =
		sp_asprintf("/sys/class/net/%s/%s", dev, attr);
	sp_auto_err ignored = { 0 };
	char *line = NULL;

	if (sp_host_live(host))
		(void)sp_host_read_line(host, path, &line, &ignored);
	return line;
}

/* --- drift ------------------------------------------------------------------------ */

struct look {
	struct sp_host *host;
	struct sp_nml *l;
	const char *dev;
	const struct sp_state *want;
	struct sp_state *have;
	struct sp_strv fields; /* that have got running values */
};

/* Is the field wanted, and right in the file? */
static bool is_right(const struct look *k, int f)
{
	return sp_state_has(k->want, f) && sp_state_has(k->have, f) &&
	       !sp_field_differs(&k->want->fields[f], k->want, k->have, f);
}

static void note(struct look *k, int f)
{
	sp_strv_add(&k->fields, k->want->fields[f].name);
}

/* All of the list must be there; what else is there does not count. */
static void look_list(struct look *k, int f, const struct sp_strv *running)
{
	const struct sp_strv *l = sp_state_list(k->have, f);
	sp_auto_strv found = { 0 };

	if (!is_right(k, f))
		return;
	for (size_t i = 0; i < l->n; i++)
		if (sp_strv_has(running, l->v[i]))
			sp_strv_add(&found, l->v[i]);
	if (found.n == l->n)
		return;
	note(k, f);
	sp_state_set_list(k->have, f, &found);
}

/* The kernel's route may say more than the profile's. */
static bool is_route(const struct sp_route *want, const struct sp_route *have)
{
	return sp_addr_cmp(&want->dest, &have->dest) == 0 &&
	       want->dest.prefix == have->dest.prefix &&
	       want->via.family == have->via.family &&
	       (!want->via.family ||
		sp_addr_cmp(&want->via, &have->via) == 0) &&
	       (want->metric < 0 || want->metric == have->metric);
}

static bool has_route(const char *text, int family,
		      const struct sp_strv *running)
{
	sp_auto_err err = { 0 };
	struct sp_route want, have;

	/* NetworkManager shows the main table only */
	if (sp_route_parse(text, family, &want, &err) < 0 || want.table >= 0)
		return true;
	for (size_t i = 0; i < running->n; i++)
		if (sp_route_parse(running->v[i], family, &have, &err) >= 0 &&
		    is_route(&want, &have))
			return true;
	return false;
}

static void look_routes(struct look *k, const struct sp_con_ip *ip,
			const struct sp_strv *running)
{
	const struct sp_strv *l = sp_state_list(k->have, ip->routes);
	sp_auto_strv found = { 0 };

	if (!is_right(k, ip->routes))
		return;
	for (size_t i = 0; i < l->n; i++)
		if (has_route(l->v[i], ip->family, running))
			sp_strv_add(&found, l->v[i]);
	if (found.n == l->n)
		return;
	note(k, ip->routes);
	sp_state_set_list(k->have, ip->routes, &found);
}

static void look_ip(struct look *k, const struct sp_con_ip *ip)
{
	sp_auto_nml_ip run = { 0 };

	sp_nml_ip(k->l, k->dev, ip->family, &run);
	look_list(k, ip->addresses, &run.addresses);
	look_list(k, ip->dns, &run.dns);
	look_list(k, ip->search, &run.search);
	look_routes(k, ip, &run.routes);
	if (is_right(k, ip->gateway) &&
	    !sp_strv_has(&run.gateways, sp_state_str(k->have, ip->gateway))) {
		note(k, ip->gateway);
		sp_state_set_str(k->have, ip->gateway,
				 run.gateways.n ? run.gateways.v[0] : NULL);
	}
}

/* Ports that are there and plugged in, but not in it, are missing. */
static void look_ports(struct look *k)
{
	const struct sp_strv *l = sp_state_list(k->have, F_PORTS);
	sp_auto_strv in = { 0 }, found = { 0 };

	if (!is_right(k, F_PORTS))
		return;
	sp_nml_ports(k->l, k->dev, &in);
	for (size_t i = 0; i < l->n; i++)
		if (sp_strv_has(&in, l->v[i]) || !is_plugged(k->l, l->v[i]))
			sp_strv_add(&found, l->v[i]);
	if (found.n == l->n)
		return;
	note(k, F_PORTS);
	sp_state_set_list(k->have, F_PORTS, &found);
}

static void look_mtu(struct look *k)
{
	sp_auto_free char *text = NULL;
	int64_t mtu;

	if (!is_right(k, F_MTU))
		return;
	text = read_attr(k->host, k->dev, "mtu");
	if (!text || !sp_parse_int(text, 0, UINT32_MAX, &mtu) ||
	    mtu == sp_state_int(k->have, F_MTU, 0))
		return;
	note(k, F_MTU);
	sp_state_set_int(k->have, F_MTU, mtu);
}

/* A NAT without its rules is no NAT. */
static void look_rules(struct look *k, const struct sp_nm *c)
{
	if (!sp_con_is_nat(c) || !is_right(k, F_TYPE) ||
	    !sp_con_nat_lacks_rules(k->host, k->dev))
		return;
	note(k, F_TYPE);
	sp_state_set_none(k->have, F_TYPE);
}

/* It runs nowhere: it has no device, as far as the profile names one. */
static void look_down(struct look *k)
{
	static const int fields[] = { F_DEVICE, F_MAC, F_AUTOCONNECT, F_TYPE };

	for (size_t i = 0; i < SP_COUNT(fields); i++) {
		int f = fields[i];

		if (!is_right(k, f))
			continue;
		note(k, f);
		if (f == F_AUTOCONNECT)
			sp_state_set_bool(k->have, f, false);
		else
			sp_state_set_none(k->have, f);
		return;
	}
}

static void look(struct look *k, const struct sp_nm *c)
{
	sp_auto_free char *uuid = sp_nm_get_str(c, "connection", "uuid");
	struct sp_nml_dev d;

	k->dev = sp_nml_dev_of(k->l, uuid);
	if (!k->dev) {
		if (sp_state_bool(k->have, F_AUTOCONNECT, true) &&
		    sp_con_can_run(k->l, c))
			look_down(k);
		return;
	}
	if (!sp_nml_dev(k->l, k->dev, &d))
		return;
	look_ports(k);
	look_mtu(k);
	look_rules(k, c);
	for (int i = 0; i < 2 && d.carrier && d.phase == SP_NML_UP; i++)
		look_ip(k, &sp_con_ip[i]);
}

int sp_con_observe_running(struct sp_host *host, const char *id,
			   const struct sp_nm *c, const struct sp_state *want,
			   struct sp_state *have, struct sp_err *err)
{
	struct look k = { .host = host, .want = want, .have = have };
	sp_auto_buf text = { 0 };
	int r = sp_con_live(host, &k.l, err);

	if (r <= 0)
		return r;
	add_running(k.l, id, want, have, &text);
	if (c && want->present)
		look(&k, c);
	for (size_t i = 0; i < k.fields.n; i++)
		sp_buf_addf(&text, " %s", k.fields.v[i]);
	sp_strv_clear(&k.fields);
	free(have->running);
	have->running = sp_buf_take(&text);
	return 0;
}

/* --- the MAC address of a new bridge --------------------------------------------------- */

static char *read_mac(struct sp_host *host, const char *dev)
{
	sp_auto_free char *text = read_attr(host, dev, "address");
	sp_auto_err err = { 0 };
	char *mac = NULL;

	if (text)
		(void)sp_canon_mac(text, &mac, &err);
	return mac;
}

char *sp_con_port_mac(struct sp_host *host, const struct sp_strv *ports)
{
	sp_auto_err err = { 0 };
	struct sp_nml *l;
	char *mac = NULL;

	if (sp_con_live(host, &l, &err) > 0)
		for (size_t i = 0; i < ports->n && !mac; i++) {
			sp_auto_nml_ip run = { 0 };

			sp_nml_ip(l, ports->v[i], AF_INET, &run);
			if (run.addresses.n)
				mac = read_mac(host, ports->v[i]);
		}
	for (size_t i = 0; i < ports->n && !mac; i++)
		mac = read_mac(host, ports->v[i]);
	return mac;
}
