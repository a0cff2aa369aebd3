/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * kind_vnet.c - a network of libvirt's for the desktops: NAT, routed,
 * isolated, a bridge of the host, or the virtual functions of a card.
 *
 * Sets /etc/libvirt/qemu/networks/NAME.xml and the link in autostart/ beside
 * it, in the layout of libvirt's own writer, and a rule of udev's that divides
 * a card.  On a live host the card is divided, the definition is handed to the
 * libvirt that runs, and the network is started.
 *
 * Source: libvirt's "Network XML format"; its network driver keeps the state
 * of each network that is up in /run/libvirt/network/NAME.xml.
 * Undo does not bring back: leases that were handed out, and the connection
 * of a desktop that was in a network while it was taken down.
 */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "core/addr.h"
#include "core/health.h"
#include "core/kind.h"
#include "core/mem.h"
#include "core/profile.h"
#include "core/word.h"
#include "vf.h"
#include "virtdef.h"
#include "virtxml.h"
#include "vnet.h"

#define DIR "/etc/libvirt/qemu/networks"

static const char *const modes[] = { "nat",    "route", "open", "isolated",
				     "bridge", "sriov", NULL };

static int canon_domain(const char *text, char **ret, struct sp_err *err)
{
	if (*text == '~')
		return sp_fail(err, EINVAL, "expected a domain, got \"%s\"",
			       text);
	return sp_canon_domain(text, ret, err);
}

static const struct sp_field fields[] = {
	[SP_VNET_MODE] = {
		.name = "mode", .type = SP_T_ENUM, .flags = SP_F_REQUIRED,
		.choices = modes,
		.doc = "How desktops reach out: nat hides them behind this host, bridge puts "
		       "them into the office's network, sriov gives each a function of a card.",
	},
	[SP_VNET_BRIDGE] = {
		.name = "bridge", .type = SP_T_STR, .canon = sp_canon_ifname,
		.doc = "The bridge: one that libvirt makes (the network's name without it), or, "
		       "with mode bridge, one of the host's.",
	},
	[SP_VNET_ADDRESS] = {
		.name = "address", .type = SP_T_STR, .canon = sp_canon_net4,
		.doc = "This host's address in the network, with its prefix length.",
	},
	[SP_VNET_DHCP] = {
		.name = "dhcp", .type = SP_T_STR, .canon = sp_canon_range4,
		.doc = "Addresses that are handed out, FIRST-LAST.",
	},
	[SP_VNET_DOMAIN] = {
		.name = "domain", .type = SP_T_STR, .canon = canon_domain,
		.doc = "Domain of the desktops' names.",
	},
	[SP_VNET_ZONE] = {
		.name = "zone", .type = SP_T_STR,
		.doc = "firewalld zone of the bridge; libvirt's own without it.",
	},
	[SP_VNET_PF] = {
		.name = "pf", .type = SP_T_STR, .canon = sp_canon_ifname,
		.doc = "sriov: the card whose virtual functions are handed out.",
	},
	[SP_VNET_VFS] = {
		.name = "vfs", .type = SP_T_INT, .min = 1, .max = SP_VF_MAX,
		.doc = "sriov: how many virtual functions the card is divided into.",
	},
	[SP_VNET_AUTOSTART] = {
		.name = "autostart", .type = SP_T_BOOL, .dflt = "true",
		.doc = "Start with libvirt.",
	},
	[SP_VNET_ACTIVE] = {
		.name = "active", .type = SP_T_BOOL,
		.doc = "Is it up now; counts on the running host only.",
	},
	{ .name = NULL },
};

static const struct sp_virtdef vnet;

/* --- check ------------------------------------------------------------------ */

static bool is_mode(const struct sp_state *want, const char *mode)
{
	return sp_streq(sp_state_str(want, SP_VNET_MODE), mode);
}

/* Does libvirt make a bridge of its own for it? */
static bool own_bridge(const struct sp_state *want)
{
	return sp_vnet_served(sp_state_str(want, SP_VNET_MODE));
}

/* One that is there has a bridge, whatever its name. */
static bool is_there(const struct sp_check *ck)
{
	sp_auto_free char *file = sp_virtdef_file(&vnet, ck->res->id);
	sp_auto_err ignored = { 0 };
	struct sp_stat st;

	return ck->host && sp_host_stat(ck->host, file, &st, &ignored) > 0;
}

static const char *bridge_of(const struct sp_resource *res)
{
	const char *bridge = sp_state_str(&res->want, SP_VNET_BRIDGE);

	return bridge ? bridge : res->id;
}

static void refuse(const struct sp_check *ck, int f, const char *why)
{
	if (sp_state_has(&ck->res->want, f))
		sp_diag_error(ck->diag, ck->res, f, -1, "%s", _(why));
}

static void check_mode(const struct sp_check *ck)
{
	const struct sp_state *want = &ck->res->want;
	char *name = NULL;
	sp_auto_err err = { 0 };

	if (!is_mode(want, "sriov"))
		refuse(ck, SP_VNET_PF, "is for mode sriov");
	if (!is_mode(want, "sriov"))
		refuse(ck, SP_VNET_VFS, "is for mode sriov");
	if (own_bridge(want)) {
		if (!sp_state_has(want, SP_VNET_BRIDGE) && !is_there(ck) &&
		    sp_canon_ifname(ck->res->id, &name, &err) < 0)
			sp_diag_error(ck->diag, ck->res, -1, -1,
				      "the name is none for a bridge (%s); "
				      "give one as \"bridge\"",
				      err.msg);
		free(name);
		if (!sp_state_has(want, SP_VNET_ADDRESS) &&
		    !is_mode(want, "isolated"))
			sp_diag_error(ck->diag, ck->res, SP_VNET_MODE, -1,
				      "needs an address, such as 10.77.0.1/24");
		return;
	}
	refuse(ck, SP_VNET_ADDRESS, "the office's router gives the addresses");
	refuse(ck, SP_VNET_DHCP, "the office's router gives the addresses");
	refuse(ck, SP_VNET_DOMAIN, "is for networks that libvirt serves");
	refuse(ck, SP_VNET_ZONE,
	       "belongs to the bridge of the host, under \"network\"");
	if (is_mode(want, "bridge") && !sp_state_has(want, SP_VNET_BRIDGE))
		sp_diag_error(ck->diag, ck->res, SP_VNET_MODE, -1,
			      "needs the bridge of the host that it uses");
	if (is_mode(want, "sriov")) {
		refuse(ck, SP_VNET_BRIDGE, "mode sriov has no bridge");
		if (!sp_state_has(want, SP_VNET_PF))
			sp_diag_error(ck->diag, ck->res, SP_VNET_MODE, -1,
				      "needs the card, as \"pf\"");
	}
}

static void check_range(const struct sp_check *ck)
{
	const struct sp_state *want = &ck->res->want;
	const char *net = sp_state_str(want, SP_VNET_ADDRESS);
	const char *range = sp_state_str(want, SP_VNET_DHCP);
	struct sp_addr a, first, last;
	sp_auto_err err = { 0 };
	const char *why;

	if (!net) {
		if (range)
			sp_diag_error(
				ck->diag, ck->res, SP_VNET_DHCP, -1,
				"needs an address of this host in the network");
		return;
	}
	if (sp_addr_parse_net(net, AF_INET, &a, &err) < 0)
		return;
	why = sp_addr_unusable(&a);
	if (why)
		sp_diag_error(ck->diag, ck->res, SP_VNET_ADDRESS, -1,
			      "\"%s\" is %s", net, why);
	if (!range || sp_range_parse(range, &first, &last, &err) < 0)
		return;
	if (!sp_addr_inside(&a, &first) || !sp_addr_inside(&a, &last))
		sp_diag_error(ck->diag, ck->res, SP_VNET_DHCP, -1,
			      "\"%s\" is not inside %s", range, net);
	else if (sp_addr_cmp(&first, &a) <= 0 && sp_addr_cmp(&a, &last) <= 0)
		sp_diag_error(ck->diag, ck->res, SP_VNET_DHCP, -1,
			      "\"%s\" holds this host's own address %s", range,
			      net);
}

/* Two networks with the same addresses cannot both be reached. */
static void check_overlap(const struct sp_check *ck,
			  const struct sp_resource *other, const char *net)
{
	const char *mine = sp_state_str(&ck->res->want, SP_VNET_ADDRESS);
	struct sp_addr a, b;
	sp_auto_err err = { 0 };

	if (!mine || !net || sp_addr_parse_net(mine, AF_INET, &a, &err) < 0 ||
	    sp_addr_parse_net(net, AF_INET, &b, &err) < 0)
		return;
	if (sp_addr_inside(&a, &b) || sp_addr_inside(&b, &a))
		sp_diag_error(ck->diag, ck->res, SP_VNET_ADDRESS, -1,
			      "%s overlaps %s of %s \"%s\"", mine, net,
			      other->kind->name, other->id);
}

static void check_against_vnet(const struct sp_check *ck,
			       const struct sp_resource *o)
{
	check_overlap(ck, o, sp_state_str(&o->want, SP_VNET_ADDRESS));
	if (own_bridge(&ck->res->want) && own_bridge(&o->want) &&
	    sp_streq(bridge_of(ck->res), bridge_of(o)))
		sp_diag_error(ck->diag, ck->res, SP_VNET_BRIDGE, -1,
			      "\"%s\" is the bridge of vnet \"%s\"",
			      bridge_of(o), o->id);
	if (sp_state_has(&ck->res->want, SP_VNET_VFS) &&
	    sp_state_has(&o->want, SP_VNET_VFS) &&
	    sp_streq(sp_state_str(&ck->res->want, SP_VNET_PF),
		     sp_state_str(&o->want, SP_VNET_PF)))
		sp_diag_error(ck->diag, ck->res, SP_VNET_VFS, -1,
			      "vnet \"%s\" divides the card already", o->id);
}

/* A connection of NetworkManager's: one device has one owner. */
static void check_against_connection(const struct sp_check *ck,
				     const struct sp_resource *o)
{
	int f_device = sp_field_find(o->kind->fields, "device");
	int f_net = sp_field_find(o->kind->fields, "ipv4.addresses");
	const char *device = sp_state_str(&o->want, f_device);
	const struct sp_strv *nets = sp_state_list(&o->want, f_net);

	for (size_t i = 0; i < nets->n; i++)
		check_overlap(ck, o, nets->v[i]);
	if (own_bridge(&ck->res->want) &&
	    sp_streq(device ? device : o->id, bridge_of(ck->res)))
		sp_diag_error(
			ck->diag, ck->res, SP_VNET_BRIDGE, -1,
			"\"%s\" is the device of connection \"%s\"; only one of "
			"libvirt and NetworkManager can own it",
			bridge_of(ck->res), o->id);
}

static void check_others(const struct sp_check *ck)
{
	const struct sp_kind *connection = sp_kind_find("connection");

	for (size_t i = 0; i < ck->profile->n; i++) {
		const struct sp_resource *o = &ck->profile->res[i];

		if (!o->want.present)
			continue;
		if (o->kind == ck->res->kind && o < ck->res)
			check_against_vnet(ck, o);
		else if (connection && o->kind == connection)
			check_against_connection(ck, o);
	}
}

/* Can the card be divided so?  Live only. */
static void check_card(const struct sp_check *ck)
{
	const char *pf = sp_state_str(&ck->res->want, SP_VNET_PF);
	int64_t want = sp_state_int(&ck->res->want, SP_VNET_VFS, 0);
	int64_t limit = pf && want ? sp_vf_limit(ck->host, pf) : want;

	if (limit <= 0 && want)
		sp_diag_error(
			ck->diag, ck->res, SP_VNET_PF, -1,
			"\"%s\" is no card of this host that can be divided (no "
			"/sys/class/net/%s/device/sriov_totalvfs); turn SR-IOV "
			"on in the firmware if it should be",
			pf, pf);
	else if (limit < want)
		sp_diag_error(ck->diag, ck->res, SP_VNET_VFS, -1,
			      "%lld is above %lld, which is all that \"%s\" "
			      "has (sriov_totalvfs)",
			      (long long)want, (long long)limit, pf);
}

static void check_host(const struct sp_check *ck)
{
	sp_auto_err err = { 0 };
	struct sp_stat st;
	int r;

	if (!ck->host || sp_host_snapshot(ck->host))
		return;
	r = sp_host_stat(ck->host, DIR, &st, &err);
	if (r < 0)
		sp_diag_error(ck->diag, ck->res, -1, -1, "%s", err.msg);
	else if (r == 0)
		sp_check_missing(
			ck, ck->res, -1, -1,
			"libvirt's networks are not installed in this root (no " DIR
			"): install the package "
			"libvirt-daemon-config-network "
			"(libvirt-daemon-system on Debian)");
	sp_virtdef_check_active(&vnet, ck);
	if (sp_host_live(ck->host))
		check_card(ck);
}

static void check(const struct sp_check *ck)
{
	if (!ck->res->want.present)
		return;
	check_mode(ck);
	check_range(ck);
	check_others(ck);
	check_host(ck);
}

/* --- observe ---------------------------------------------------------------- */

/*
 * The rule; where it is right, what the card has.  "running" gets the number,
 * also for a network that is not there yet.
 */
static int observe_vfs(struct sp_host *host, const char *id,
		       const struct sp_state *want, struct sp_state *have,
		       struct sp_err *err)
{
	const char *pf = sp_state_str(have, SP_VNET_PF);
	int64_t n = 0, now = -1;
	int r = sp_vf_read(host, id, &n, err);
	char *running;

	if (r < 0)
		return r;
	if (!pf)
		pf = sp_state_str(want, SP_VNET_PF);
	if (pf && sp_host_live(host))
		now = sp_vf_now(host, pf);
	if (now >= 0) {
		running =
			sp_asprintf("%s %lld",
				    have->running ? have->running : "inactive",
				    (long long)now);
		free(have->running);
		have->running = running;
	}
	if (!have->present)
		return 0;
	if (r > 0 && now >= 0 && n == sp_state_int(want, SP_VNET_VFS, n))
		n = now;
	if (r > 0)
		sp_state_set_int(have, SP_VNET_VFS, n);
	else
		sp_state_set_none(have, SP_VNET_VFS);
	return 0;
}

static int observe(struct sp_host *host, const char *id,
		   const struct sp_state *want, struct sp_state *ret_have,
		   struct sp_err *err)
{
	sp_auto_free char *file = sp_virtdef_file(&vnet, id);
	sp_auto_buf text = { 0 };
	int r = sp_host_read(host, file, &text, err);

	if (r > 0) {
		ret_have->present = true;
		r = sp_vnet_read(sp_buf_cstr(&text), text.len, ret_have, err);
		if (r < 0)
			return sp_wrap(err, "%s", file);
		r = sp_virtdef_observe(&vnet, host, id, ret_have, err);
	}
	return r < 0 ? r : observe_vfs(host, id, want, ret_have, err);
}

/* --- apply ------------------------------------------------------------------ */

/* A whole definition; of the one that is there the UUID stays. */
static void write_anew(const char *id, const struct sp_buf *old,
		       const struct sp_state *after, struct sp_buf *out)
{
	sp_auto_free char *uuid = sp_vnet_uuid(sp_buf_cstr(old), old->len);
	sp_auto_state full = { 0 };

	sp_state_copy(&full, after);
	if (own_bridge(&full) && !sp_state_has(&full, SP_VNET_BRIDGE))
		sp_state_set_str(&full, SP_VNET_BRIDGE, id);
	sp_vnet_write(id, uuid, &full, out);
}

/*
 * The definition after the change.  Between a network that libvirt serves and
 * one that it does not nothing is alike but the name.
 */
static int compose(const struct sp_change *change, const struct sp_buf *old,
		   struct sp_buf *out, struct sp_err *err)
{
	const char *mode = sp_state_str(&change->after, SP_VNET_MODE);
	sp_auto_state have = { 0 };
	int r = 0;

	sp_state_init(&have, fields);
	if (old->len)
		r = sp_vnet_read(sp_buf_cstr(old), old->len, &have, err);
	if (r < 0)
		return r;
	if (!old->len ||
	    (mode && sp_vnet_served(mode) != sp_vnet_served(sp_state_str(
						     &have, SP_VNET_MODE)))) {
		write_anew(change->id, old, &change->after, out);
		return 0;
	}
	return sp_vnet_edit(sp_buf_cstr(old), old->len, &change->after, out,
			    err);
}

static int apply(struct sp_host *host, const struct sp_change *change,
		 struct sp_err *err)
{
	const struct sp_state *after = &change->after;
	sp_auto_free char *file = sp_virtdef_file(&vnet, change->id);
	sp_auto_buf old = { 0 }, text = { 0 };
	int r;

	if (!after->present) {
		r = sp_vf_write(host, change->id, NULL, 0, err);
		return r < 0 ? r
			     : sp_virtdef_remove(&vnet, host, change->id, err);
	}
	if (sp_state_get(after, SP_VNET_VFS)) {
		r = sp_vf_write(host, change->id,
				sp_state_str(after, SP_VNET_PF),
				sp_state_int(after, SP_VNET_VFS, 0), err);
		if (r < 0)
			return r;
	}
	r = sp_host_read(host, file, &old, err);
	if (r < 0)
		return r;
	r = compose(change, &old, &text, err);
	if (r < 0)
		return sp_wrap(err, "%s", file);
	r = sp_virtdef_write(&vnet, host, change->id, &text, old.len, err);
	return r < 0 ? r
		     : sp_virtdef_apply_autostart(&vnet, host, change, !old.len,
						  err);
}

/* --- activate --------------------------------------------------------------- */

/*
 * The desktops that a stop would cut off: the ports of a bridge that libvirt
 * made, but for its own; those that have a function of the card.  A bridge of
 * the host's stays as it is.
 */
static int count_desktops(struct sp_host *host, const char *xml, size_t *ret,
			  struct sp_err *err)
{
	sp_auto_state now = { 0 };
	sp_auto_free char *path = NULL;
	sp_auto_strv ports = { 0 };
	sp_auto_xml x = { 0 };
	const char *connections;
	int64_t n = 0;
	int r;

	sp_state_init(&now, fields);
	r = sp_vnet_read(xml, strlen(xml), &now, err);
	if (r >= 0)
		r = sp_xml_parse(xml, strlen(xml), &x, err);
	if (r < 0)
		return r;
	connections = sp_xml_attr(&x.v[0], "connections");
	if (is_mode(&now, "sriov") && connections)
		(void)sp_parse_int(connections, 0, INT32_MAX, &n);
	*ret = (size_t)n;
	if (!own_bridge(&now) || !sp_state_has(&now, SP_VNET_BRIDGE))
		return 0;
	path = sp_asprintf("/sys/class/net/%s/brif",
			   sp_state_str(&now, SP_VNET_BRIDGE));
	r = sp_host_list(host, path, &ports, err);
	for (size_t i = 0; i < ports.n; i++)
		*ret += !sp_ends(ports.v[i], "-nic");
	return r < 0 ? r : 0;
}

/* Is the card divided otherwise than the change says? */
static bool divided_otherwise(struct sp_host *host, const struct sp_change *c)
{
	const char *pf = sp_state_str(&c->after, SP_VNET_PF);

	return pf && sp_state_has(&c->after, SP_VNET_VFS) &&
	       sp_vf_now(host, pf) != sp_state_int(&c->after, SP_VNET_VFS, 0);
}

/* Does it run otherwise than @text, its lasting definition, says? */
static int outdated(struct sp_host *host, struct sp_virt *v,
		    const struct sp_change *c, const struct sp_buf *text,
		    bool *ret, struct sp_err *err)
{
	sp_auto_free char *xml = NULL;
	sp_auto_state now = { 0 }, then = { 0 };
	int r = sp_virt_running(v, SP_VIRT_NETWORK, c->id, &xml, err);

	*ret = r > 0 && divided_otherwise(host, c);
	if (r <= 0)
		return r;
	sp_state_init(&now, fields);
	sp_state_init(&then, fields);
	r = sp_vnet_read(xml, strlen(xml), &now, err);
	if (r >= 0)
		r = sp_vnet_read(sp_buf_cstr(text), text->len, &then, err);
	for (int f = 0; f < SP_VNET_AUTOSTART && r >= 0; f++)
		*ret |= !sp_value_equal(&now.v[f], &then.v[f]);
	return r;
}

/* Before it is taken down: nobody may be in it. */
static int may_stop(struct sp_host *host, struct sp_virt *v, const char *id,
		    struct sp_err *err)
{
	sp_auto_free char *xml = NULL;
	size_t n = 0;
	int r = sp_virt_running(v, SP_VIRT_NETWORK, id, &xml, err);

	if (r > 0)
		r = count_desktops(host, xml, &n, err);
	if (r >= 0 && n)
		return sp_fail(
			err, EBUSY,
			n == 1 ? "\"%s\": %zu desktop is in it; shut it down first"
			       : N_("\"%s\": %zu desktops are in it; shut them down first"),
			id, n);
	return r;
}

/* What the card had before the run, behind "active" or "inactive"; 0. */
static int64_t vfs_before(const struct sp_change *c)
{
	const char *blank =
		c->after.running ? strchr(c->after.running, ' ') : NULL;
	int64_t n = 0;

	if (blank)
		(void)sp_parse_int(blank + 1, 0, INT32_MAX, &n);
	return n;
}

/* Divide the card.  Nothing is done to one of which the profile is silent. */
static int divide(struct sp_host *host, const struct sp_change *c,
		  struct sp_err *err)
{
	const char *old = sp_state_str(&c->before, SP_VNET_PF);
	const char *pf = sp_state_str(&c->after, SP_VNET_PF);
	int r = 0;

	if (old && sp_state_has(&c->before, SP_VNET_VFS) && !sp_streq(old, pf))
		r = sp_vf_set(host, old, pf ? 0 : vfs_before(c), err);
	if (r >= 0 && pf && sp_state_get(&c->after, SP_VNET_VFS))
		r = sp_vf_set(host, pf,
			      sp_state_int(&c->after, SP_VNET_VFS,
					   vfs_before(c)),
			      err);
	return r;
}

static const struct sp_virtdef vnet = {
	.what = SP_VIRT_NETWORK,
	.dir = DIR,
	.up_dir = "/run/libvirt/network",
	.uri = "network:///system",
	.daemon = "virtnetworkd",
	.f_autostart = SP_VNET_AUTOSTART,
	.f_active = SP_VNET_ACTIVE,
	.outdated = outdated,
	.may_stop = may_stop,
	.beside = divide,
};

static int activate(struct sp_host *host,
		    const struct sp_change *const changes[], size_t n,
		    struct sp_err *err)
{
	return sp_virtdef_activate(&vnet, host, changes, n, err);
}

/* --- status ------------------------------------------------------------------- */

static int health(struct sp_host *host, const struct sp_resource *res,
		  struct sp_health *ret, struct sp_err *err)
{
	const char *pf = sp_state_str(&res->want, SP_VNET_PF);
	int64_t n, limit;
	int r = sp_virtdef_is_up(&vnet, host, res->id, err);

	if (r < 0)
		return r;
	if (r > 0)
		sp_health_add(ret, res, "network", SP_PASS, "it is up");
	else if (sp_state_bool(&res->want, SP_VNET_AUTOSTART, true) &&
		 sp_state_bool(&res->want, SP_VNET_ACTIVE, true))
		sp_health_add(ret, res, "network", SP_FAIL,
			      "it is down: virsh net-start %s", res->id);
	if (!pf)
		return 0;
	n = sp_vf_now(host, pf);
	limit = sp_vf_limit(host, pf);
	if (n > 0)
		sp_health_add(ret, res, "functions", SP_PASS,
			      "%s has %lld of %lld", pf, (long long)n,
			      (long long)limit);
	else
		sp_health_add(
			ret, res, "functions", SP_FAIL,
			"%s has none: say how many with \"vfs\", or see the "
			"kernel's log",
			pf);
	return 0;
}

static const char *const paths[] = { DIR "/*.xml", DIR "/autostart/*.xml",
				     SP_VF_RULES "*.rules", NULL };

const struct sp_kind sp_kind_vnet = {
	.name = "vnet",
	.section = "vnets",
	.shape = SP_SHAPE_LIST,
	.summary = "networks of libvirt: NAT, bridge, virtual functions",
	.undo_limits = "leases that were handed out",
	.fields = fields,
	.paths = paths,
	.check_name = sp_virtxml_check_name,
	.check = check,
	.observe = observe,
	.apply = apply,
	.activate = activate,
	.health = health,
};
