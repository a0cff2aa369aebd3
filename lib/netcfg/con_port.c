/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * con_port.c - what a connection takes besides itself: its ports' own
 * connections, and the place of other files for its devices.
 */
#include "connection.h"
#include "core/mem.h"
#include "foreign.h"

/* --- ports ------------------------------------------------------------------ */

/* Add @dev to @ports if its file says what it has to. */
static void observe_port(const struct sp_nm *port, const char *dev,
			 const struct sp_state *want, struct sp_state *have,
			 struct sp_strv *ports)
{
	sp_auto_free char *device = NULL, *master = NULL, *type = NULL;
	sp_auto_state st = { 0 };

	device = sp_nm_get_str(port, "connection", "interface-name");
	master = sp_nm_get_str(port, "connection", "master");
	type = sp_nm_get_str(port, "connection", "slave-type");
	if (!sp_nm_marked(port) || !sp_streq(device, dev) ||
	    !sp_streq(master, sp_state_str(have, F_DEVICE)) ||
	    !sp_streq(type, sp_state_str(have, F_TYPE)))
		return;
	sp_strv_add(ports, dev);
	sp_state_init(&st, have->fields);
	sp_con_read(port, &st);
	if (sp_state_has(want, F_AUTOCONNECT) &&
	    sp_field_differs(&have->fields[F_AUTOCONNECT], want, &st,
			     F_AUTOCONNECT))
		sp_state_set_bool(have, F_AUTOCONNECT,
				  sp_state_bool(&st, F_AUTOCONNECT, true));
	if (sp_state_has(want, F_MTU) && sp_streq(type, "bridge") &&
	    sp_field_differs(&have->fields[F_MTU], want, &st, F_MTU)) {
		sp_state_set_none(have, F_MTU);
		if (sp_state_has(&st, F_MTU))
			sp_state_set_int(have, F_MTU,
					 sp_state_int(&st, F_MTU, 0));
	}
}

static bool has_ports(const char *type)
{
	return sp_streq(type, "bridge") || sp_streq(type, "bond");
}

int sp_con_observe_ports(struct sp_host *host, const char *id,
			 const struct sp_state *want, struct sp_state *have,
			 struct sp_err *err)
{
	sp_auto_strv devs = { 0 }, ports = { 0 };
	int r = 0;

	if (has_ports(sp_state_str(have, F_TYPE)))
		r = sp_con_list_ports(host, id, &devs, err);
	for (size_t i = 0; i < devs.n && r >= 0; i++) {
		sp_auto_free char *port_id = sp_con_port_id(id, devs.v[i]);
		sp_auto_free char *path = sp_con_path(port_id);
		sp_auto_nm *port = NULL;
		struct sp_stat st;

		r = sp_host_stat_follow(host, path, &st, err);
		if (r > 0 && !sp_con_is_insecure(&st))
			r = sp_con_read_file(host, port_id, &port, err);
		if (r > 0 && port)
			observe_port(port, devs.v[i], want, have, &ports);
	}
	if (r >= 0)
		sp_state_set_list(have, F_PORTS, &ports);
	return r < 0 ? r : 0;
}

static int apply_port(struct sp_host *host, const char *id, const char *dev,
		      const struct sp_nm *c, const struct sp_state *after,
		      struct sp_err *err)
{
	sp_auto_free char *port_id = sp_con_port_id(id, dev);
	sp_auto_free char *device =
		sp_nm_get_str(c, "connection", "interface-name");
	sp_auto_free char *type = sp_nm_get_str(c, "connection", "type");
	sp_auto_free char *path = sp_con_path(port_id);
	const struct sp_value *mtu = sp_state_get(after, F_MTU);
	const struct sp_value *autoconnect = sp_state_get(after, F_AUTOCONNECT);
	sp_auto_nm *port = NULL;
	int r = sp_con_read_file(host, port_id, &port, err);

	if (r == 0)
		r = sp_nm_new(port_id, "802-3-ethernet", &port, err);
	else if (r > 0 && !sp_nm_marked(port) &&
		 !sp_state_bool(after, F_REPLACE, false))
		r = sp_con_not_ours(path, err);
	if (r >= 0) {
		sp_nm_drop(port, sp_streq(type, "bond") ? "bridge-port"
							: "bond-port");
		r = sp_nm_mark(port, err);
	}
	if (r >= 0)
		r = sp_nm_set_str(port, "connection", "interface-name", dev,
				  err);
	if (r >= 0)
		r = sp_nm_set_str(port, "connection", "master", device, err);
	if (r >= 0)
		r = sp_nm_set_str(port, "connection", "slave-type", type, err);
	if (r >= 0 && autoconnect)
		r = sp_nm_set(port, "connection", "autoconnect", autoconnect,
			      err);
	if (r >= 0 && mtu && sp_streq(type, "bridge"))
		r = sp_nm_set(port, "802-3-ethernet", "mtu", mtu, err);
	return r < 0 ? r : sp_con_write_file(host, port_id, port, err);
}

/* Ports that the profile does not name go; without a list they stay. */
int sp_con_apply_ports(struct sp_host *host, const char *id,
		       const char *old_type, const struct sp_nm *c,
		       const struct sp_state *after, struct sp_err *err)
{
	sp_auto_free char *type = sp_nm_get_str(c, "connection", "type");
	bool none = !has_ports(type) ||
		    sp_streq(sp_state_str(after, F_TYPE), "nat");
	bool listed = sp_state_get(after, F_PORTS) || none;
	const struct sp_strv *ports = sp_state_list(after, F_PORTS);
	sp_auto_strv old = { 0 };
	int r = 0;

	if (has_ports(type) || has_ports(old_type))
		r = sp_con_list_ports(host, id, &old, err);
	for (size_t i = 0; i < old.n && r >= 0; i++) {
		sp_auto_free char *port_id = sp_con_port_id(id, old.v[i]);

		if (!listed)
			r = apply_port(host, id, old.v[i], c, after, err);
		else if (none || !sp_strv_has(ports, old.v[i]))
			r = sp_con_remove_file(host, port_id, false, false,
					       err);
	}
	for (size_t i = 0; !none && i < ports->n && r >= 0; i++)
		r = apply_port(host, id, ports->v[i], c, after, err);
	return r < 0 ? r : 0;
}

/* --- other files for the same devices ---------------------------------------- */

int sp_con_observe_replace(struct sp_host *host, const char *id,
			   const struct sp_state *want, bool marked,
			   struct sp_state *have, struct sp_err *err)
{
	sp_auto_free char *own = sp_con_path(id);
	sp_auto_foreigns all = { 0 };
	sp_auto_strv devices = { 0 };
	bool clean = marked;
	int r;

	if (!sp_state_bool(want, F_REPLACE, false))
		return 0;
	sp_con_devices(id, want, &devices);
	r = sp_foreign_scan(host, &all, err);
	if (r < 0)
		return r;
	for (size_t i = 0; i < all.n; i++)
		clean &= !sp_foreign_removable(&all.v[i]) ||
			 sp_streq(all.v[i].path, own) ||
			 !sp_foreign_hits(&all.v[i], &devices,
					  sp_state_str(want, F_MAC));
	sp_state_set_bool(have, F_REPLACE, clean);
	return 0;
}

int sp_con_apply_replace(struct sp_host *host, const char *id,
			 const struct sp_state *after, struct sp_err *err)
{
	const struct sp_strv *ports = sp_state_list(after, F_PORTS);
	sp_auto_foreigns all = { 0 };
	sp_auto_strv devices = { 0 }, own = { 0 };
	int r;

	if (!sp_state_bool(after, F_REPLACE, false))
		return 0;
	sp_con_devices(id, after, &devices);
	sp_strv_add_take(&own, sp_con_path(id));
	for (size_t i = 0; i < ports->n; i++) {
		sp_auto_free char *port_id = sp_con_port_id(id, ports->v[i]);

		sp_strv_add_take(&own, sp_con_path(port_id));
	}
	r = sp_foreign_scan(host, &all, err);
	for (size_t i = 0; i < all.n && r >= 0; i++)
		if (sp_foreign_removable(&all.v[i]) &&
		    !sp_strv_has(&own, all.v[i].path) &&
		    sp_foreign_hits(&all.v[i], &devices,
				    sp_state_str(after, F_MAC)))
			r = sp_host_remove(host, all.v[i].path, err);
	return r;
}
