/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * con_activate.c - have the running NetworkManager do what the files now say.
 *
 * It is told to read the files again, and each connection is brought up:
 * controllers first, then what hangs on them.  What runs already gets its new
 * settings by a "reapply", which leaves foreign ports (a desktop's vnet0) in
 * their bridge; only what cannot be had that way is activated anew.  Profiles
 * that are gone are forgotten last: by then the new ones have their devices,
 * and no address is missing for long.
 *
 * The same the other way round takes a run back.  What ran before then is in
 * the states' "running".
 */
#include <errno.h>
#include <string.h>

#include "con_work.h"
#include "core/mem.h"
#include "core/systemctl.h"
#include "core/word.h"

enum {
	MAX_TRIES = 2, /* of an activation */
	TICK_MS = 100,
	UP_MS = 60000,	   /* all connections together have this to come up */
	LAYER2_MS = 15000, /* a controller, until it takes ports */
	REAPPLY_MS = 3000, /* new settings, until they can be seen */
	CARRIER_MS = 6000, /* a card, until it finds its cable */
	NO_PORT_MS = 1000, /* a bridge that has no port to wait for */
	APPEAR_MS = 1500,  /* an activation, until it can be seen */
	RETRY_MS = 10000,  /* one that ends sooner got in another's way */
};

/* --- one connection ------------------------------------------------------------------ */

/* Does what runs look as the change wants it? */
static bool looks_right(struct sp_con_work *w, const struct sp_change *c)
{
	struct sp_change diff = { 0 };
	sp_auto_err ignored = { 0 };
	sp_auto_state have = { 0 };
	int r;

	sp_state_init(&have, c->kind->fields);
	r = c->kind->observe(w->host, c->id, &c->after, &have, &ignored);
	if (r >= 0)
		r = sp_diff_fields(c->kind, &c->after, &have, &diff, &ignored);
	sp_change_clear(&diff);
	return r == 0;
}

static bool soon_right(struct sp_con_work *w, const struct sp_change *c, int ms)
{
	int64_t end = sp_con_now_ms(w) + ms;

	while (!looks_right(w, c))
		if (sp_nml_wait(w->l, TICK_MS) >= end)
			return false;
	return true;
}

static int fail_goal(const struct sp_con_goal *g, struct sp_err *err)
{
	sp_auto_free char *id = sp_nm_get_str(g->now, "connection", "id");

	return sp_wrap(err, "connection \"%s\"", id);
}

static int ask(struct sp_con_work *w, struct sp_con_goal *g, const char *device,
	       struct sp_err *err)
{
	struct sp_nml_dev d;
	int r;

	if (device && sp_nml_dev(w->l, device, &d) && !d.managed)
		r = sp_fail(err, EPERM,
			    "NetworkManager does not manage %s; see "
			    "nmcli device set %s managed yes",
			    device, device);
	else
		r = sp_nml_activate(w->l, g->uuid, device, err);
	g->tries++;
	g->ruled = false;
	g->asked = sp_con_now_ms(w);
	if (r >= 0)
		return 0;
	if (device && sp_nml_dev(w->l, device, &d) && d.managed && !d.carrier) {
		g->skip = true; /* starts when the cable is there */
		sp_err_clear(err);
		return 0;
	}
	return fail_goal(g, err);
}

/* Anew; ports that NetworkManager has no profile for fall out of a bridge. */
static int restart(struct sp_con_work *w, struct sp_con_goal *g,
		   const char *device, struct sp_err *err)
{
	sp_auto_strv ports = { 0 };

	sp_nml_ports(w->l, device, &ports);
	for (size_t i = 0; i < ports.n; i++) {
		struct sp_nml_dev d;

		if (sp_nml_dev(w->l, ports.v[i], &d) && (d.external || !d.uuid))
			sp_strv_add(&g->foreign, d.name);
	}
	return ask(w, g, device, err);
}

/* It runs: give it what is new. */
static int refresh(struct sp_con_work *w, struct sp_con_goal *g,
		   const char *device, struct sp_err *err)
{
	bool changed = !g->old || !sp_nml_same(g->old, g->now);
	const struct sp_change *c = w->back ? NULL : g->change;

	if (!changed && (!c || looks_right(w, c)) &&
	    !(g->change && sp_con_is_nat(g->now)))
		return 0;
	/* its dnsmasq takes new settings only when it is started */
	if (sp_con_is_nat(g->now) || (g->old && sp_con_is_nat(g->old)))
		return restart(w, g, device, err);
	if (sp_nml_reapply(w->l, device) &&
	    (!c || soon_right(w, c, REAPPLY_MS)))
		return 0;
	return restart(w, g, device, err);
}

static bool has_parent(struct sp_con_work *w, const struct sp_nm *c)
{
	sp_auto_free char *parent = sp_nm_get_str(c, "vlan", "parent");
	struct sp_nml_dev d;

	return !parent || sp_nml_dev(w->l, parent, &d);
}

static int start(struct sp_con_work *w, struct sp_con_goal *g,
		 struct sp_err *err)
{
	const char *runs_on = sp_nml_dev_of(w->l, g->uuid);
	const char *device = g->device ? g->device : sp_con_dev(w->l, g->now);
	sp_auto_free char *on = NULL;
	struct sp_value autoconnect;
	struct sp_nml_dev d;

	if (g->device && !sp_nml_dev(w->l, g->device, &d))
		device = NULL; /* to be made again */
	on = sp_strdup0(device);
	if (runs_on && (!device || sp_streq(runs_on, device))) {
		if (!g->ran)
			return 0; /* started when its file was read */
		free(on);
		on = sp_xstrdup(runs_on);
		return refresh(w, g, on, err);
	}
	sp_nm_get(g->now, "connection", "autoconnect", &autoconnect);
	if (!runs_on && !g->device && !autoconnect.b)
		g->skip = true;
	else if (!device && sp_con_is_type(g->now, "802-3-ethernet"))
		g->skip = true; /* no such card */
	else if (!has_parent(w, g->now))
		g->skip = true;
	return g->skip ? 0 : ask(w, g, on, err);
}
/* --- waiting ---------------------------------------------------------------------------- */

static void await_layer2(struct sp_con_work *w, const struct sp_con_goal *g)
{
	int64_t end = sp_con_now_ms(w) + LAYER2_MS;
	struct sp_nml_dev d;

	do {
		const char *dev = sp_nml_dev_of(w->l, g->uuid);

		if (dev && sp_nml_dev(w->l, dev, &d) &&
		    (d.layer2 || d.phase == SP_NML_UP))
			return;
	} while (sp_nml_wait(w->l, TICK_MS) < end);
}

static int put_back_ports(struct sp_con_work *w, const struct sp_con_goal *g,
			  struct sp_err *err)
{
	const char *dev = sp_nml_dev_of(w->l, g->uuid);
	sp_auto_free char *bridge = sp_strdup0(dev);
	sp_auto_strv in = { 0 };
	int r = 0;

	if (!g->foreign.n || !bridge)
		return 0;
	sp_nml_ports(w->l, bridge, &in);
	for (size_t i = 0; i < g->foreign.n && r >= 0; i++) {
		const char *const argv[] = {
			"/usr/sbin/ip",	 "link",   "set",  "dev",
			g->foreign.v[i], "master", bridge, NULL,
		};
		struct sp_nml_dev d;

		if (!sp_strv_has(&in, g->foreign.v[i]) &&
		    sp_nml_dev(w->l, g->foreign.v[i], &d))
			r = sp_activate_run(w->host, argv, err);
	}
	return r;
}

static int put_back_all(struct sp_con_work *w, struct sp_err *err)
{
	int r = 0;

	for (size_t i = 0; i < w->n_goals && r >= 0; i++)
		r = put_back_ports(w, &w->goals[i], err);
	return r;
}

/* Is a card plugged in that is to become its port? */
static bool has_plugged_port(struct sp_con_work *w, const struct sp_con_goal *g)
{
	for (size_t i = 0; i < w->n_goals; i++) {
		const struct sp_con_goal *p = &w->goals[i];
		struct sp_nml_dev d;

		if (p->now && !p->skip && sp_con_controller_of(w, p) == g &&
		    sp_nml_dev(w->l, sp_con_dev(w->l, p->now), &d) && d.carrier)
			return true;
	}
	return false;
}

/* No cable, or no port: nothing more will come of it. */
static bool is_unplugged(struct sp_con_work *w, const struct sp_con_goal *g,
			 int64_t waited)
{
	const char *dev = sp_nml_dev_of(w->l, g->uuid);
	struct sp_nml_dev d;

	if (!dev)
		dev = sp_con_dev(w->l, g->now);
	if (!dev || !sp_nml_dev(w->l, dev, &d) || d.carrier)
		return false;
	return waited >= (d.made ? NO_PORT_MS : CARRIER_MS) &&
	       !has_plugged_port(w, g);
}

/* Has the device the addresses that its profile lists? */
static bool has_addresses(struct sp_con_work *w, const struct sp_con_goal *g,
			  const char *dev)
{
	bool all = true;

	for (int i = 0; i < 2; i++) {
		sp_auto_nml_ip run = { 0 };
		struct sp_value v;

		sp_nml_ip(w->l, dev, sp_con_ip[i].family, &run);
		sp_nm_get(g->now, sp_con_ip[i].setting, "addresses", &v);
		for (size_t k = 0; k < v.list.n; k++)
			all &= sp_strv_has(&run.addresses, v.list.v[k]);
		sp_value_clear(&v);
	}
	return all;
}

/* 1 when it has its rules; else it is begun anew, as NetworkManager will not. */
static int check_nat(struct sp_con_work *w, struct sp_con_goal *g,
		     const char *dev, struct sp_err *err)
{
	sp_auto_free char *on = sp_strdup0(dev);

	/* (asked of nft once, while others are waited for) */
	g->ruled = g->ruled || !on || !sp_con_is_nat(g->now) ||
		   !sp_con_nat_lacks_rules(w->host, on);
	if (g->ruled)
		return 1;
	if (sp_con_now_ms(w) < g->asked + APPEAR_MS)
		return 0;
	if (g->tries < MAX_TRIES)
		return restart(w, g, on, err);
	(void)sp_fail(err, EIO,
		      "NetworkManager makes no rules for the NAT on %s; "
		      "journalctl -u NetworkManager tells why",
		      on);
	return fail_goal(g, err);
}

/* 1 when it runs, or will not for want of a cable; 0: wait. */
static int check_goal(struct sp_con_work *w, struct sp_con_goal *g,
		      int64_t begun, struct sp_err *err)
{
	const char *dev = sp_nml_dev_of(w->l, g->uuid);
	int64_t now = sp_con_now_ms(w);
	sp_auto_free char *on = NULL, *why = NULL;
	struct sp_nml_dev d;

	if (dev && sp_nml_dev(w->l, dev, &d) && d.phase == SP_NML_UP)
		return has_addresses(w, g, dev) || now > begun + REAPPLY_MS
			       ? check_nat(w, g, dev, err)
			       : 0;
	if (is_unplugged(w, g, now - begun)) {
		/* NAT has its addresses without a port, too: last of all. */
		if (dev && sp_con_is_nat(g->now) && now < begun + UP_MS &&
		    !has_addresses(w, g, dev))
			return 0;
		return check_nat(w, g, dev, err);
	}
	if ((dev || now < g->asked + APPEAR_MS) && now < begun + UP_MS)
		return 0;
	on = sp_strdup0(dev	    ? dev
			: g->device ? g->device
				    : sp_con_dev(w->l, g->now));
	if (!dev && g->tries < MAX_TRIES && now < g->asked + RETRY_MS)
		return ask(w, g, on, err);
	if (on)
		why = sp_nml_state(w->l, on);
	if (!why)
		why = sp_xstrdup(_("its device cannot be made"));
	if (on)
		(void)sp_fail(err, dev ? ETIMEDOUT : EIO,
			      "does not come up on %s: %s", on, why);
	else
		(void)sp_fail(err, dev ? ETIMEDOUT : EIO,
			      "does not come up: %s", why);
	return fail_goal(g, err);
}

static int await_goals(struct sp_con_work *w, size_t from, struct sp_err *err)
{
	int64_t begun = sp_con_now_ms(w);
	bool all;
	int r = 0;

	for (size_t i = from; i < w->n_goals; i++)
		if (!w->goals[i].asked)
			w->goals[i].asked = begun;
	do {
		all = true;
		for (size_t i = from; i < w->n_goals && r >= 0; i++) {
			if (w->goals[i].skip)
				continue;
			r = check_goal(w, &w->goals[i], begun, err);
			all &= r > 0;
		}
		if (!all && r >= 0)
			(void)sp_nml_wait(w->l, TICK_MS);
	} while (!all && r >= 0);
	return r < 0 ? r : 0;
}
/* What else ran, and fell with a controller that was started anew. */
static int start_others(struct sp_con_work *w, struct sp_err *err)
{
	size_t first = w->n_goals;
	int r = 0;

	for (size_t i = 0; i + 1 < w->ran.n; i += 2) {
		struct sp_nml_dev d;
		struct sp_con_goal *g;

		if (sp_strv_has(&w->gone, w->ran.v[i + 1]) ||
		    sp_strv_has(&w->stop, w->ran.v[i]) ||
		    sp_nml_dev_of(w->l, w->ran.v[i + 1]) ||
		    (sp_nml_dev(w->l, w->ran.v[i], &d) && d.uuid))
			continue;
		g = sp_con_goal_add(w, w->ran.v[i + 1]);
		if (g < w->goals + first)
			continue; /* has been seen to */
		g->device = sp_xstrdup(w->ran.v[i]);
		g->now = sp_nml_profile(w->l, g->uuid);
		g->skip = !g->now;
	}
	for (size_t i = first; i < w->n_goals && r >= 0; i++)
		if (!w->goals[i].skip)
			r = start(w, &w->goals[i], err);
	return r < 0 ? r : await_goals(w, first, err);
}
/* --- all ---------------------------------------------------------------------------------- */

static int start_all(struct sp_con_work *w, struct sp_err *err)
{
	int r = 0;

	for (size_t i = 0; i < w->n_goals && r >= 0; i++) {
		struct sp_con_goal *g = &w->goals[i];

		if (g->skip)
			continue;
		r = start(w, g, err);
		if (r < 0 || g->skip ||
		    (!sp_con_is_controller(w, g) && !g->foreign.n))
			continue;
		await_layer2(w, g);
		r = put_back_ports(w, g, err);
	}
	return r;
}

int sp_con_activate(struct sp_host *host,
		    const struct sp_change *const changes[], size_t n,
		    struct sp_err *err)
{
	__attribute__((cleanup(sp_con_work_clear))) struct sp_con_work w = {
		.host = host, .changes = changes, .n = n
	};
	int r = sp_con_live(host, &w.l, err);

	if (r <= 0)
		return r;
	r = sp_con_work_collect(&w, err);
	if (r >= 0)
		r = sp_con_work_load(&w, err);
	if (r >= 0)
		r = sp_con_work_sort(&w, err);
	if (r >= 0)
		r = start_all(&w, err);
	if (r >= 0)
		r = sp_con_forget(&w, err);
	if (r >= 0)
		r = sp_con_delete_left(&w, err);
	if (r >= 0)
		r = await_goals(&w, 0, err);
	if (r >= 0)
		r = put_back_all(&w, err);
	if (r >= 0)
		r = start_others(&w, err);
	if (r >= 0)
		r = sp_con_stop(&w, err);
	for (size_t i = 0; i < n && r >= 0 && !w.back; i++)
		if (changes[i]->after.present)
			(void)soon_right(&w, changes[i], REAPPLY_MS);
	return r;
}
