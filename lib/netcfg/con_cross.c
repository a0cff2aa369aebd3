/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * con_cross.c - connections against each other, and against what others have
 * configured on the host.  Everything is looked up in sorted tables.
 */
#include <string.h>
#include <sys/socket.h>

#include "core/addr.h"
#include "connection.h"
#include "core/mem.h"
#include "core/profile.h"
#include "core/word.h"
#include "foreign.h"

/* A name and where the profile says it. */
struct entry {
	const char *key; /* in the profile */
	const struct sp_resource *res;
	int f, item; /* for findings; -1: none */
};

/* Sorted by key, then by place. */
struct table {
	struct entry *v;
	size_t n;
};

/* One address with its subnet. */
struct net {
	struct sp_addr a, first, last;
	const struct sp_resource *res;
	int f, item;
};

struct all {
	const struct sp_check *ck;
	struct table names;   /* every connection, also those to be removed */
	struct table devices; /* of connections that shall be there, as are */
	struct table ports;
	struct table macs;
	struct table vlans;
	struct sp_strv vlan_keys;
	struct net *nets;
	size_t n_nets;
};

static void all_clear(struct all *a)
{
	free(a->names.v);
	free(a->devices.v);
	free(a->ports.v);
	free(a->macs.v);
	free(a->vlans.v);
	sp_strv_clear(&a->vlan_keys);
	free(a->nets);
}

static void add(struct table *t, const char *key, const struct sp_resource *res,
		int f, int item)
{
	if (!key)
		return;
	t->v = sp_grow(t->v, t->n, sizeof(*t->v));
	t->v[t->n++] = (struct entry){ key, res, f, item };
}

static int by_key(const void *va, const void *vb)
{
	const struct entry *a = va, *b = vb;
	int r = strcmp(a->key, b->key);

	if (r)
		return r;
	return a->res != b->res ? (a->res > b->res) - (a->res < b->res)
				: (a->item > b->item) - (a->item < b->item);
}

static void sort(struct table *t)
{
	if (t->n)
		qsort(t->v, t->n, sizeof(*t->v), by_key);
}

/* The first entry called @key, or NULL. */
static const struct entry *find(const struct table *t, const char *key)
{
	size_t from = 0, to = t->n;

	while (from < to) {
		size_t mid = from + (to - from) / 2;

		if (strcmp(t->v[mid].key, key) < 0)
			from = mid + 1;
		else
			to = mid;
	}
	return from < t->n && sp_streq(t->v[from].key, key) ? &t->v[from]
							    : NULL;
}

static bool is_type(const struct sp_resource *res, const char *type)
{
	return sp_streq(sp_state_str(&res->want, F_TYPE), type);
}

/* --- collect ---------------------------------------------------------------------- */

static void add_nets(struct all *a, const struct sp_resource *res,
		     const struct sp_con_ip *ip)
{
	const struct sp_strv *l = sp_state_list(&res->want, ip->addresses);

	for (size_t i = 0; i < l->n; i++) {
		struct net n = { .res = res,
				 .f = ip->addresses,
				 .item = (int)i };
		sp_auto_err err = { 0 };

		/* every link has the same link-local subnet */
		if (sp_addr_parse_net(l->v[i], ip->family, &n.a, &err) < 0 ||
		    sp_addr_link_local(&n.a) || n.a.prefix == 0)
			continue;
		n.first = sp_addr_first(&n.a);
		n.last = sp_addr_last(&n.a);
		a->nets = sp_grow(a->nets, a->n_nets, sizeof(*a->nets));
		a->nets[a->n_nets++] = n;
	}
}

static void add_resource(struct all *a, const struct sp_resource *res)
{
	const struct sp_state *want = &res->want;
	const struct sp_strv *ports = sp_state_list(want, F_PORTS);

	add(&a->names, res->id, res, -1, -1);
	if (!want->present)
		return;
	add(&a->devices, sp_con_device(res->id, want), res,
	    sp_state_has(want, F_DEVICE) ? F_DEVICE : -1, -1);
	for (size_t i = 0; i < ports->n; i++)
		add(&a->ports, ports->v[i], res, F_PORTS, (int)i);
	if (is_type(res, "ethernet"))
		add(&a->macs, sp_state_str(want, F_MAC), res, F_MAC, -1);
	if (sp_state_has(want, F_VLAN_PARENT) &&
	    sp_state_has(want, F_VLAN_ID)) {
		sp_strv_addf(&a->vlan_keys, "%s.%d",
			     sp_state_str(want, F_VLAN_PARENT),
			     (int)sp_state_int(want, F_VLAN_ID, 0));
		add(&a->vlans, a->vlan_keys.v[a->vlan_keys.n - 1], res,
		    F_VLAN_ID, -1);
	}
	for (int i = 0; i < 2; i++)
		add_nets(a, res, &sp_con_ip[i]);
}

static void collect(struct all *a)
{
	const struct sp_profile *p = a->ck->profile;

	for (size_t i = 0; i < p->n; i++)
		if (p->res[i].kind == a->ck->res->kind)
			add_resource(a, &p->res[i]);
	sort(&a->names);
	sort(&a->devices);
	sort(&a->ports);
	sort(&a->macs);
	sort(&a->vlans);
}

/* --- devices ---------------------------------------------------------------------- */

enum twice { PORT, DEVICE, CARD, VLAN };

static void check_twice(struct all *a, const struct table *t, enum twice what)
{
	for (size_t i = 1; i < t->n; i++)
		if (sp_streq(t->v[i].key, t->v[i - 1].key))
			sp_diag_error(
				a->ck->diag, t->v[i].res, t->v[i].f,
				t->v[i].item,
				what == PORT ? "\"%s\" is a port of \"%s\", too"
				: what == DEVICE
					? N_("\"%s\" is the device of \"%s\", too")
				: what == CARD
					? N_("\"%s\" is the card of \"%s\", too")
					: N_("\"%s\" is the VLAN of \"%s\", too"),
				t->v[i].key, t->v[i - 1].res->id);
}

static void check_ports(struct all *a)
{
	check_twice(a, &a->ports, PORT);
	for (size_t i = 0; i < a->ports.n; i++) {
		const struct entry *e = &a->ports.v[i];
		const struct entry *d = find(&a->devices, e->key);

		if (d && d->res != e->res)
			sp_diag_error(
				a->ck->diag, e->res, e->f, e->item,
				"\"%s\" has a connection of its own, \"%s\"; give that "
				"one \"controller: %s\" instead, if this is a bridge",
				e->key, d->res->id,
				sp_con_device(e->res->id, &e->res->want));
	}
}

/*
 * A device that another connection of the profile makes, or that is just
 * there; but not the name of a connection with another device.
 */
static const struct entry *refer(struct all *a, const struct sp_resource *res,
				 int f)
{
	const char *name = sp_state_str(&res->want, f);
	const struct entry *e = name ? find(&a->devices, name) : NULL;
	const struct entry *n = name && !e ? find(&a->names, name) : NULL;
	const char *device =
		n ? sp_con_device(n->res->id, &n->res->want) : NULL;

	if (n && !n->res->want.present)
		sp_diag_error(a->ck->diag, res, f, -1,
			      "the profile removes the connection \"%s\"",
			      name);
	else if (device)
		sp_diag_error(
			a->ck->diag, res, f, -1,
			"\"%s\" is a connection's name; its device is \"%s\"",
			name, device);
	return e;
}

static void check_references(struct all *a)
{
	for (size_t i = 0; i < a->names.n; i++) {
		const struct sp_resource *res = a->names.v[i].res;
		size_t errors = a->ck->diag->errors;
		const struct entry *e;
		const char *name;

		if (!res->want.present)
			continue;
		(void)refer(a, res, F_VLAN_PARENT);
		e = refer(a, res, F_CONTROLLER);
		name = sp_state_str(&res->want, F_CONTROLLER);
		if (!name || a->ck->diag->errors != errors ||
		    (e && is_type(e->res, "bridge")))
			continue;
		sp_diag_error(
			a->ck->diag, res, F_CONTROLLER, -1,
			"\"%s\" is the device of no bridge in this profile",
			name);
	}
}

/* --- addresses --------------------------------------------------------------------- */

static int by_address(const void *va, const void *vb)
{
	const struct net *a = va, *b = vb;
	int r = sp_addr_cmp(&a->a, &b->a);

	return r ? r : (a->res > b->res) - (a->res < b->res);
}

static int by_first(const void *va, const void *vb)
{
	const struct net *a = va, *b = vb;
	int r = sp_addr_cmp(&a->first, &b->first);

	return r ? r : (a->res > b->res) - (a->res < b->res);
}

static void check_same_address(struct all *a)
{
	for (size_t i = 1; i < a->n_nets; i++) {
		const struct net *n = &a->nets[i], *before = n - 1;
		char buf[SP_ADDR_TEXT];

		if (n->res != before->res &&
		    sp_addr_cmp(&n->a, &before->a) == 0)
			sp_diag_error(a->ck->diag, n->res, n->f, n->item,
				      "%s is an address of \"%s\", too",
				      sp_addr_format(&n->a, false, buf),
				      before->res->id);
	}
}

static void overlap(struct all *a, const struct net *x, const struct net *y)
{
	/* the finding stands at the later one */
	const struct net *n = x->res > y->res ? x : y, *o = n == x ? y : x;
	bool nat = is_type(n->res, "nat") || is_type(o->res, "nat");
	char own[SP_ADDR_TEXT], other[SP_ADDR_TEXT];

	(void)sp_addr_format(&n->first, true, own);
	(void)sp_addr_format(&o->first, true, other);
	if (sp_addr_cmp(&x->a, &y->a) == 0)
		return; /* said already */
	if (nat)
		sp_diag_error(
			a->ck->diag, n->res, n->f, n->item,
			"subnet %s overlaps %s of \"%s\"; a NAT network needs one of its own",
			own, other, o->res->id);
	else
		sp_diag_warn(
			a->ck->diag, n->res, n->f, n->item,
			"subnet %s overlaps %s of \"%s\"; answers may leave through the "
			"other device",
			own, other, o->res->id);
}

/* Subnets either nest or are apart: one that reaches furthest is enough. */
static void check_overlap(struct all *a)
{
	const struct net *far = NULL;

	for (size_t i = 0; i < a->n_nets; i++) {
		const struct net *n = &a->nets[i];

		if (far && sp_addr_cmp(&n->first, &far->last) <= 0) {
			if (n->res != far->res)
				overlap(a, n, far);
			if (sp_addr_cmp(&n->last, &far->last) <= 0)
				continue;
		}
		far = n;
	}
}

static void check_gateways(struct all *a)
{
	const struct sp_profile *p = a->ck->profile;

	for (int i = 0; i < 2; i++) {
		const struct sp_resource *first = NULL;

		for (size_t k = 0; k < p->n; k++) {
			const struct sp_resource *res = &p->res[k];

			if (res->kind != a->ck->res->kind ||
			    !res->want.present ||
			    !sp_state_has(&res->want, sp_con_ip[i].gateway))
				continue;
			if (first)
				sp_diag_warn(
					a->ck->diag, res, sp_con_ip[i].gateway,
					-1,
					"\"%s\" has a default route, too; the one that is "
					"up first is used",
					first->id);
			else
				first = res;
		}
	}
}

/* --- the host ------------------------------------------------------------------------ */

static const char *reader(const struct sp_foreign *f)
{
	switch (f->type) {
	case SP_FOREIGN_IFCFG:
		return _("an ifcfg file");
	case SP_FOREIGN_NETPLAN:
		return _("a netplan file");
	default:
		return _("another connection");
	}
}

/* Who in the profile wants the device that @f is for? */
static const struct entry *wanted_by(const struct all *a,
				     const struct sp_foreign *f)
{
	const struct entry *e = NULL;

	if (f->manual)
		return NULL;
	if (f->device) {
		e = find(&a->devices, f->device);
		if (!e)
			e = find(&a->ports, f->device);
	}
	if (!e && f->mac)
		e = find(&a->macs, f->mac);
	return e;
}

/* Is it a file of a connection of the profile, or of a port of one? */
static bool is_in_profile(const struct all *a, const struct sp_foreign *f)
{
	const char *dash = strstr(f->name, "-port-");
	sp_auto_free char *owner =
		dash ? sp_xstrndup(f->name, (size_t)(dash - f->name))
		     : sp_xstrdup(f->name);

	return f->type == SP_FOREIGN_NM && sp_ends(f->path, ".nmconnection") &&
	       find(&a->names, owner);
}

static void check_foreign(const struct all *a, const struct sp_foreign *f)
{
	const struct entry *e = wanted_by(a, f);
	const char *device = f->device ? f->device : f->mac;
	const char *advice = _("remove it");

	if (!e || is_in_profile(a, f))
		return;
	if (f->marked) {
		sp_diag_warn(
			a->ck->diag, e->res, e->f, e->item,
			"%s, made for \"%s\" in an earlier profile, is for \"%s\", too; "
			"add {name: %s, ensure: absent}",
			f->path, f->name, device, f->name);
		return;
	}
	if (sp_foreign_removable(f))
		advice = sp_state_bool(&e->res->want, F_REPLACE, false)
				 ? _("it is removed")
				 : _("remove it, or let replace: true do it");
	sp_diag_warn(
		a->ck->diag, e->res, e->f, e->item,
		"%s, %s, is for \"%s\", too, and which one wins is open; %s",
		f->path, reader(f), device, advice);
}

/* A connection that shall go, but that sprout has not made. */
static void check_absent(const struct all *a, const struct sp_resource *res)
{
	sp_auto_free char *path = sp_con_path(res->id);
	sp_auto_err err = { 0 };
	struct sp_stat st;

	if (res->want.present || sp_state_bool(&res->want, F_REPLACE, false) ||
	    sp_host_stat_follow(a->ck->host, path, &st, &err) <= 0)
		return;
	if (sp_con_is_ours(a->ck->host, res->id, &err) == 0)
		sp_diag_error(
			a->ck->diag, res, -1, -1,
			"%s was not made by sprout; add replace: true to remove it",
			path);
}

/* A card that is not there may come later; a wrong name never does. */
static void check_card(const struct all *a, const struct entry *e)
{
	sp_auto_free char *path = sp_asprintf("/sys/class/net/%s", e->key);
	sp_auto_err err = { 0 };
	struct sp_stat st;

	if (sp_host_stat(a->ck->host, "/sys/class/net/lo", &st, &err) > 0 &&
	    sp_host_stat(a->ck->host, path, &st, &err) == 0)
		sp_diag_warn(
			a->ck->diag, e->res, e->f, e->item,
			"there is no \"%s\" now; it is configured when it appears",
			e->key);
}

static void check_cards(const struct all *a)
{
	if (!sp_host_live(a->ck->host))
		return;
	for (size_t i = 0; i < a->devices.n; i++)
		if (is_type(a->devices.v[i].res, "ethernet"))
			check_card(a, &a->devices.v[i]);
	for (size_t i = 0; i < a->ports.n; i++)
		if (!find(&a->devices, a->ports.v[i].key))
			check_card(a, &a->ports.v[i]);
}

static void check_host(struct all *a)
{
	sp_auto_foreigns l = { 0 };
	sp_auto_err err = { 0 };

	if (sp_foreign_scan(a->ck->host, &l, &err) < 0) {
		sp_diag_error(a->ck->diag, a->ck->res, -1, -1, "%s", err.msg);
		return;
	}
	for (size_t i = 0; i < l.n; i++)
		check_foreign(a, &l.v[i]);
	for (size_t i = 0; i < a->names.n; i++)
		check_absent(a, a->names.v[i].res);
	check_cards(a);
}

void sp_con_check_all(const struct sp_check *ck)
{
	__attribute__((cleanup(all_clear))) struct all a = { .ck = ck };
	sp_auto_err err = { 0 };

	if (sp_nm_load(&err) < 0)
		sp_diag_add(ck->diag, SP_ERROR, ck->res->mark, NULL, "%s",
			    err.msg);
	collect(&a);
	check_twice(&a, &a.devices, DEVICE);
	check_twice(&a, &a.macs, CARD);
	check_twice(&a, &a.vlans, VLAN);
	check_ports(&a);
	check_references(&a);
	if (a.n_nets)
		qsort(a.nets, a.n_nets, sizeof(*a.nets), by_address);
	check_same_address(&a);
	if (a.n_nets)
		qsort(a.nets, a.n_nets, sizeof(*a.nets), by_first);
	check_overlap(&a);
	check_gateways(&a);
	if (ck->host)
		check_host(&a);
}
