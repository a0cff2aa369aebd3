/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * profile.c - answers as a profile, for people to read and to go on with.
 * Sections stand in the order of the questions; a question that was not
 * asked, or whose answer is empty or "keep", leaves nothing.
 */
#include <string.h>

#include "core/mem.h"
#include "wizard.h"

#define BRIDGE "br0"
#define BOND "bond0"
#define TRUNK "trunk" /* what carries the VLAN */

static const char *get(const struct wz_answers *a, const char *key)
{
	const char *s = wz_text(a, key);

	return strcmp(s, "keep") == 0 ? "" : s;
}

/* "INDENT KEY: VALUE", or nothing. */
static void line(struct sp_buf *out, const char *key, const char *value)
{
	if (!*value)
		return;
	sp_buf_addf(out, "%s: ", key);
	wz_quote(out, value);
	sp_buf_addc(out, '\n');
}

/* "INDENT KEY: [a, b]", or nothing. */
static void list(struct sp_buf *out, const char *key, const char *words)
{
	sp_auto_strv l = { 0 };

	sp_strv_split(&l, words, " \t,");
	if (!l.n)
		return;
	sp_buf_addf(out, "%s: [", key);
	for (size_t i = 0; i < l.n; i++) {
		if (i)
			sp_buf_add(out, ", ");
		wz_quote(out, l.v[i]);
	}
	sp_buf_add(out, "]\n");
}

/* A section's first line, with the blank line that is before it. */
static void section(struct sp_buf *out, const char *name)
{
	sp_buf_addf(out, "\n%s:\n", name);
}

/* In the one spelling: a netmask becomes a prefix length. */
static void list_addresses(struct sp_buf *out, const char *address)
{
	const struct sp_field *f = wz_field("connection", "ipv4.addresses");
	sp_auto_free char *canon = NULL;
	sp_auto_err ignored = { 0 };

	if (f && f->canon)
		(void)f->canon(address, &canon, &ignored);
	list(out, "      addresses", canon ? canon : address);
}

/* The host's address, on a card or on the bridge that the card is in. */
static void write_ipv4(const struct wz_answers *a, struct sp_buf *out)
{
	const char *mask = get(a, "uplink.netmask");
	const char *address = get(a, "uplink.address");
	const char *method = get(a, "uplink.method");
	bool slash = strchr(address, '/') || !*mask;
	sp_auto_free char *full = sp_asprintf(
		"%s%s%s", address, slash ? "" : "/", slash ? "" : mask);

	/* While the questions go on there is a method before its address. */
	if (!*method || (strcmp(method, "static") == 0 && !*address))
		return;
	sp_buf_add(out, "    ipv4:\n");
	line(out, "      method", method);
	if (strcmp(method, "static") != 0)
		return;
	list_addresses(out, full);
	line(out, "      gateway", get(a, "uplink.gateway"));
	list(out, "      dns", get(a, "uplink.dns"));
}

static void write_ipv6(const struct wz_answers *a, struct sp_buf *out)
{
	const char *method = get(a, "uplink.ipv6");
	const char *address = get(a, "uplink.address6");
	bool is_static = strcmp(method, "static") == 0;

	if (!*method || (is_static && !*address))
		return;
	sp_buf_add(out, "    ipv6:\n");
	line(out, "      method", method);
	if (!is_static)
		return;
	list(out, "      addresses", address);
	line(out, "      gateway", get(a, "uplink.gateway6"));
	list(out, "      dns", get(a, "uplink.dns6"));
}

/* The host's addresses, or none. */
static void write_addresses(const struct wz_answers *a, bool any,
			    struct sp_buf *out)
{
	if (any) {
		write_ipv4(a, out);
		write_ipv6(a, out);
		return;
	}
	sp_buf_add(out, "    ipv4: {method: disabled}\n"
			"    ipv6: {method: disabled}\n");
}

/*
 * The host's own way out, from below: a card, or a bond of cards; the VLAN on
 * it; the bridge above that, if it takes the card.  The last has the address.
 */
struct uplink {
	const char *device, *bond, *vlan;
	bool bridged; /* there is a bridge for desktops ... */
	bool moves;   /* ... which takes the host's own card */
};

/* The card or the bond; plain, and below a bridge, it is only a port of that. */
static void write_card(const struct wz_answers *a, const struct uplink *u,
		       struct sp_buf *out)
{
	if (u->moves && !*u->bond && !*u->vlan)
		return;
	sp_buf_addf(out, "  - name: %s\n", *u->vlan ? TRUNK : "uplink");
	line(out, "    type", *u->bond ? "bond" : "ethernet");
	line(out, "    device", *u->bond ? BOND : u->device);
	sp_buf_add(out, "    replace: true\n");
	if (*u->bond) {
		list(out, "    ports", u->bond);
		sp_buf_addf(out, "    bond: {mode: %s}\n", get(a, "bond.mode"));
	}
	if (u->moves && !*u->vlan)
		sp_buf_add(out, "    controller: " BRIDGE "\n");
	else
		write_addresses(a, !*u->vlan, out);
}

static void write_vlan(const struct wz_answers *a, const struct uplink *u,
		       struct sp_buf *out)
{
	if (!*u->vlan)
		return;
	sp_buf_addf(out,
		    "  - name: uplink\n"
		    "    type: vlan\n"
		    "    device: vlan%s\n"
		    "    replace: true\n"
		    "    vlan: {id: %s, parent: %s}\n",
		    u->vlan, u->vlan, *u->bond ? BOND : u->device);
	if (u->moves)
		sp_buf_add(out, "    controller: " BRIDGE "\n");
	else
		write_addresses(a, true, out);
}

static void write_bridge(const struct wz_answers *a, const struct uplink *u,
			 struct sp_buf *out)
{
	if (!u->bridged)
		return;
	sp_buf_add(out, "  - name: " BRIDGE "\n"
			"    type: bridge\n"
			"    replace: true\n");
	if (!u->moves || (!*u->bond && !*u->vlan))
		list(out, "    ports", get(a, "bridge.port"));
	/* Unless it moves, the host itself is not on the desktops' network. */
	write_addresses(a, u->moves, out);
}

static void write_network(const struct wz_answers *a, struct sp_buf *out)
{
	const char *gateway = get(a, "uplink.gateway");
	const char *desktops = get(a, "desktops.network");
	struct uplink u = { .device = get(a, "uplink.device"),
			    .bond = get(a, "bond.ports"),
			    .vlan = get(a, "uplink.vlan") };

	if (!*u.device)
		return;
	/* While the questions go on there are cards before their mode. */
	if (!*get(a, "bond.mode"))
		u.bond = "";
	u.bridged = strcmp(desktops, "bridge") == 0 && *get(a, "bridge.port");
	u.moves = u.bridged && strcmp(get(a, "bridge.port"), u.device) == 0;
	section(out, "network");
	write_card(a, &u, out);
	write_vlan(a, &u, out);
	write_bridge(a, &u, out);
	if (strcmp(desktops, "nat") == 0 && *get(a, "nat.address")) {
		sp_buf_add(out, "  - name: vd-nat\n"
				"    type: nat\n"
				"    device: vd0\n"
				"    ipv4:\n");
		list(out, "      addresses", get(a, "nat.address"));
		line(out, "      dhcp", get(a, "nat.range"));
	}
	/* Taken back at once when it answers no more. */
	if (wz_is(a, "uplink.method", "static") && *gateway &&
	    sp_kind_find("probe")) {
		section(out, "probe");
		list(out, "  ping", gateway);
	}
}

static void write_time(const struct wz_answers *a, struct sp_buf *out)
{
	const char *region = wz_text(a, "time.region");
	const char *zone = get(a, "time.zone");

	if (strcmp(region, "UTC") == 0)
		zone = "UTC";
	if (strcmp(region, "keep") != 0 && *zone) {
		section(out, "time");
		line(out, "  zone", zone);
	}
	if (*get(a, "ntp.pools") || *get(a, "ntp.servers")) {
		section(out, "ntp");
		list(out, "  pools", get(a, "ntp.pools"));
		list(out, "  servers", get(a, "ntp.servers"));
		sp_buf_add(out, "  makestep: {threshold: 1, limit: 3}\n"
				"  rtcsync: true\n");
	}
}

static void write_packages(const struct wz_answers *a, struct sp_buf *out)
{
	const char *update = get(a, "packages.update");
	const char *install = get(a, "packages.install");

	if ((*update && strcmp(update, "none") != 0) || *install) {
		section(out, "packages");
		line(out, "  update", update);
		list(out, "  install", install);
	}
	if (*get(a, "media.label")) {
		section(out, "media");
		sp_buf_add(out, "  - name: verde\n");
		line(out, "    label", get(a, "media.label"));
		line(out, "    match", get(a, "media.match"));
		list(out, "    keys", get(a, "media.keys"));
	}
}

static void write_limit(struct sp_buf *out, const char *user, const char *item,
			const char *value)
{
	sp_auto_free char *rule = sp_asprintf("%s - %s %s", user, item, value);

	if (!*value)
		return;
	sp_buf_add(out, "      - ");
	wz_quote(out, rule);
	sp_buf_addc(out, '\n');
}

static void write_account(const struct wz_answers *a, struct sp_buf *out)
{
	const char *user = get(a, "user.name");
	const char *nproc = get(a, "limits.nproc");
	const char *nofile = get(a, "limits.nofile");

	if (!*user)
		return;
	section(out, "users");
	line(out, "  - name", user);
	list(out, "    groups", get(a, "user.groups"));
	line(out, "    password_hash", get(a, "user.password_hash"));
	if (*get(a, "user.ssh_key")) {
		sp_buf_add(out, "    ssh_keys:\n      - ");
		wz_quote(out, get(a, "user.ssh_key"));
		sp_buf_addc(out, '\n');
	}
	if (!*nproc && !*nofile)
		return;
	section(out, "limits");
	sp_buf_add(out, "  - name: 95-verde\n"
			"    rules:\n");
	write_limit(out, user, "nproc", nproc);
	write_limit(out, user, "nofile", nofile);
}

static void write_guards(const struct wz_answers *a, struct sp_buf *out)
{
	const char *state = get(a, "firewall.state");

	if (*get(a, "selinux.mode")) {
		section(out, "selinux");
		line(out, "  mode", get(a, "selinux.mode"));
	}
	if (!*state)
		return;
	section(out, "firewall");
	line(out, "  state", state);
	if (strcmp(state, "enabled") != 0 || !*get(a, "firewall.zone"))
		return;
	sp_buf_add(out, "  zones:\n");
	line(out, "    - name", get(a, "firewall.zone"));
	/* An empty list is a statement, too: none. */
	list(out, "      services", get(a, "firewall.services"));
	if (!*get(a, "firewall.services"))
		sp_buf_add(out, "      services: []\n");
	list(out, "      ports", get(a, "firewall.ports"));
	if (!*get(a, "firewall.ports"))
		sp_buf_add(out, "      ports: []\n");
}

static void write_product(const struct wz_answers *a, struct sp_buf *out)
{
	if (*get(a, "hypervisor.type")) {
		section(out, "hypervisor");
		line(out, "  type", get(a, "hypervisor.type"));
	}
	if (*get(a, "product.java")) {
		section(out, "alternatives");
		sp_buf_add(out, "  - name: java\n");
		line(out, "    path", get(a, "product.java"));
	}
	if (*get(a, "product.command")) {
		section(out, "commands");
		sp_buf_add(out, "  - name: verde-config\n");
		list(out, "    run", get(a, "product.command"));
		line(out, "    creates", get(a, "product.creates"));
	}
}

void wz_profile_write(const struct wz_answers *a, struct sp_buf *out)
{
	sp_buf_add(out,
		   "# What this host is to be.  Made by \"sprout wizard\"; "
		   "edit it as you like,\n"
		   "# sprout-profile(5) explains it:\n"
		   "#     sprout plan --diff THIS-FILE    what would change\n"
		   "#     sprout apply THIS-FILE          make it so\n"
		   "#     sprout undo                     take it back\n"
		   "sprout: 1\n");
	if (*get(a, "hostname")) {
		sp_buf_addc(out, '\n');
		line(out, "hostname", get(a, "hostname"));
	}
	write_network(a, out);
	write_time(a, out);
	write_packages(a, out);
	write_account(a, out);
	write_guards(a, out);
	write_product(a, out);
}
