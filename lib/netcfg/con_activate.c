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

#include "connection.h"
#include "core/mem.h"
#include "core/systemctl.h"
#include "foreign.h"

enum {
	MAX_TRIES = 2, /* of an activation */
	TICK_MS = 100,
	UP_MS = 60000,	   /* all connections together have this to come up */
	READ_MS = 3000,	   /* files, until what they say can be seen */
	LAYER2_MS = 15000, /* a controller, until it takes ports */
	REAPPLY_MS = 3000, /* new settings, until they can be seen */
	CARRIER_MS = 6000, /* a card, until it finds its cable */
	NO_PORT_MS = 1000, /* a bridge that has no port to wait for */
	APPEAR_MS = 1500,  /* an activation, until it can be seen */
	RETRY_MS = 10000,  /* one that ends sooner got in another's way */
	GONE_MS = 10000,   /* what was forgotten, until it is gone */
};

/* A profile that is to run. */
struct goal {
	char *uuid;
	char *device; /* on which it ran (undo), or NULL: as it says */
	const struct sp_change *change; /* whose own profile it is, or NULL */
	struct sp_nm *old; /* as NetworkManager had it; NULL: not at all */
	struct sp_nm *now; /* as it has it now */
	bool ran;	   /* before the files were read again */
	bool skip;	   /* nothing to do, or nothing to do it with */
	int rank;	   /* controllers and parents come first */
	int tries;
	int64_t asked;		/* when the activation was begun */
	struct sp_strv foreign; /* ports that it may lose */
};

struct work {
	struct sp_host *host;
	struct sp_nml *l;
	const struct sp_change *const *changes;
	size_t n;
	bool back; /* a run is taken back */
	struct goal *goals;
	size_t n_goals;
	struct sp_strv devices, macs; /* of all changes */
	struct sp_strv load;	      /* files to read */
	struct sp_strv ids;	      /* theirs, of those that are ours */
	struct sp_strv stop;	      /* devices on which nothing ran before */
	struct sp_strv keep;	      /* devices that others had set up */
	struct sp_strv down;	      /* UUIDs of what did not run before */
	struct sp_strv gone;	      /* UUIDs of profiles without a file */
	struct sp_strv ran;	      /* pairs: all that ran before */
};

static void work_clear(struct work *w)
{
	for (size_t i = 0; i < w->n_goals; i++) {
		struct goal *g = &w->goals[i];

		free(g->uuid);
		free(g->device);
		sp_nm_free(g->old);
		sp_nm_free(g->now);
		sp_strv_clear(&g->foreign);
	}
	free(w->goals);
	sp_strv_clear(&w->devices);
	sp_strv_clear(&w->macs);
	sp_strv_clear(&w->load);
	sp_strv_clear(&w->ids);
	sp_strv_clear(&w->stop);
	sp_strv_clear(&w->keep);
	sp_strv_clear(&w->down);
	sp_strv_clear(&w->gone);
	sp_strv_clear(&w->ran);
}

/* --- what is to be done ---------------------------------------------------------- */

/* A goal for that UUID: a new one, or the one that is there. */
static struct goal *add_goal(struct work *w, const char *uuid)
{
	struct goal *g;

	for (size_t i = 0; i < w->n_goals; i++)
		if (sp_streq(w->goals[i].uuid, uuid))
			return &w->goals[i];
	w->goals = sp_grow(w->goals, w->n_goals, sizeof(*w->goals));
	g = &w->goals[w->n_goals++];
	*g = (struct goal){ .uuid = sp_xstrdup(uuid) };
	return g;
}

/* The file of a connection, or of a port, is to be read, and perhaps to run. */
static int add_file(struct work *w, const char *id, bool run,
		    const struct sp_change *c, struct sp_err *err)
{
	sp_auto_free char *uuid = NULL;
	sp_auto_nm *nm = NULL;
	int r = sp_con_read_file(w->host, id, &nm, err);

	if (r <= 0)
		return r;
	sp_strv_add_take(&w->load, sp_con_path(id));
	sp_strv_add(&w->ids, id);
	uuid = sp_nm_get_str(nm, "connection", "uuid");
	if (run)
		add_goal(w, uuid)->change = c;
	else if (c && !strstr(c->after.running ? c->after.running : "", uuid))
		sp_strv_add_take(&w->down, sp_take(&uuid));
	return 0;
}

static void add_devices(struct work *w, const char *id,
			const struct sp_state *st)
{
	sp_con_devices(id, st, &w->devices);
	if (sp_state_has(st, F_MAC))
		sp_strv_add(&w->macs, sp_state_str(st, F_MAC));
}

/* What ran before is to run again: goals, and devices to be left alone. */
static void add_running(struct work *w, const char *running)
{
	sp_auto_strv pairs = { 0 }, fields = { 0 };

	sp_con_running_split(running, &pairs, &fields);
	for (size_t i = 0; i + 1 < pairs.n; i += 2) {
		struct goal *g;

		if (sp_streq(pairs.v[i + 1], "-"))
			sp_strv_add(&w->stop, pairs.v[i]);
		else if (sp_streq(pairs.v[i + 1], "="))
			sp_strv_add(&w->keep, pairs.v[i]);
		if (!pairs.v[i + 1][1])
			continue;
		g = add_goal(w, pairs.v[i + 1]);
		free(g->device);
		g->device = sp_xstrdup(pairs.v[i]);
	}
}

static int add_change(struct work *w, const struct sp_change *c,
		      struct sp_err *err)
{
	bool run = c->after.present && !c->after.running;
	sp_auto_strv ports = { 0 };
	int r;

	add_devices(w, c->id, &c->before);
	add_devices(w, c->id, &c->after);
	w->back |= c->after.running != NULL;
	r = add_file(w, c->id, run, c, err);
	if (r >= 0)
		r = sp_con_list_ports(w->host, c->id, &ports, err);
	for (size_t i = 0; i < ports.n && r >= 0; i++) {
		sp_auto_free char *id = sp_con_port_id(c->id, ports.v[i]);

		r = sp_con_is_ours(w->host, id, err);
		if (r > 0)
			r = add_file(w, id, run, NULL, err);
	}
	add_running(w, c->after.running);
	return r;
}

static bool is_known_path(struct work *w, const char *path)
{
	sp_auto_strv all = { 0 };

	sp_nml_profiles(w->l, &all);
	for (size_t i = 0; i < all.n; i++)
		if (sp_streq(sp_nml_path(w->l, all.v[i]), path))
			return true;
	return false;
}

/* Files that "replace" took away, and that are back. */
static int add_replaced(struct work *w, struct sp_err *err)
{
	sp_auto_foreigns all = { 0 };
	int r = sp_foreign_scan(w->host, &all, err);

	for (size_t i = 0; i < all.n && r >= 0; i++) {
		const struct sp_foreign *f = &all.v[i];
		bool mine = sp_foreign_hits(f, &w->devices, NULL);

		for (size_t k = 0; k < w->macs.n; k++)
			mine |= sp_foreign_hits(f, &w->devices, w->macs.v[k]);
		if (!mine || !sp_foreign_removable(f) ||
		    sp_strv_has(&w->load, f->path) || is_known_path(w, f->path))
			continue;
		sp_strv_add(&w->load, f->path);
		if (f->type == SP_FOREIGN_NM)
			sp_strv_add(&w->ids, f->name);
	}
	return r;
}

/* Is a profile that NetworkManager has one of those that we changed? */
static bool concerns_us(const struct work *w, const struct sp_nm *c,
			const char *path)
{
	sp_auto_free char *dev =
		sp_nm_get_str(c, "connection", "interface-name");
	sp_auto_free char *mac =
		sp_nm_get_str(c, "802-3-ethernet", "mac-address");

	if ((dev && sp_strv_has(&w->devices, dev)) ||
	    (mac && sp_strv_has(&w->macs, mac)))
		return true;
	for (size_t i = 0; i < w->n; i++) {
		sp_auto_free char *own = sp_con_path(w->changes[i]->id);
		sp_auto_free char *port =
			sp_asprintf(SP_CON_DIR "/%s-port-", w->changes[i]->id);

		if (sp_streq(path, own) || sp_starts(path, port))
			return true;
	}
	return false;
}

static int find_gone(struct work *w, struct sp_err *err)
{
	sp_auto_strv all = { 0 };
	int r = 0;

	sp_nml_profiles(w->l, &all);
	for (size_t i = 0; i < all.n && r >= 0; i++) {
		sp_auto_nm *c = sp_nml_profile(w->l, all.v[i]);
		const char *path = sp_nml_path(w->l, all.v[i]);
		struct sp_stat st;

		if (!path || !sp_starts(path, "/etc/") ||
		    !concerns_us(w, c, path))
			continue;
		r = sp_host_stat_follow(w->host, path, &st, err);
		if (r == 0)
			sp_strv_add(&w->gone, all.v[i]);
	}
	return r < 0 ? r : 0;
}

static void note_running(struct work *w)
{
	sp_auto_strv devs = { 0 };

	sp_nml_devs(w->l, &devs);
	for (size_t i = 0; i < devs.n; i++) {
		struct sp_nml_dev d;

		if (!sp_nml_dev(w->l, devs.v[i], &d) || !d.uuid || d.external)
			continue;
		sp_strv_add(&w->ran, d.name);
		sp_strv_add(&w->ran, d.uuid);
	}
}

static void note_old(struct work *w)
{
	for (size_t i = 0; i < w->n_goals; i++) {
		struct goal *g = &w->goals[i];

		g->old = sp_nml_profile(w->l, g->uuid);
		g->ran = sp_nml_dev_of(w->l, g->uuid) != NULL;
	}
}

/* --- order ------------------------------------------------------------------------- */

/* The goal whose device, or UUID, a profile names; or NULL. */
static const struct goal *named(const struct work *w, const struct sp_nm *c,
				const char *setting, const char *prop)
{
	sp_auto_free char *name = sp_nm_get_str(c, setting, prop);

	for (size_t i = 0; name && i < w->n_goals; i++) {
		const struct goal *g = &w->goals[i];
		sp_auto_free char *dev =
			g->now ? sp_nm_get_str(g->now, "connection",
					       "interface-name")
			       : NULL;

		if (sp_streq(dev, name) || sp_streq(g->uuid, name))
			return g;
	}
	return NULL;
}

static const struct goal *controller_of(const struct work *w,
					const struct goal *g)
{
	return named(w, g->now, "connection", "master");
}

/* @left: ends a circle, which NetworkManager will refuse. */
static int rank_of(const struct work *w, const struct goal *g, int left)
{
	const struct goal *above[2];
	int rank = 0;

	if (!g->now || !left)
		return 0;
	above[0] = controller_of(w, g);
	above[1] = named(w, g->now, "vlan", "parent");
	for (int i = 0; i < 2; i++) {
		int r = above[i] && above[i] != g
				? rank_of(w, above[i], left - 1) + 1
				: 0;

		rank = r > rank ? r : rank;
	}
	return rank;
}

static int by_rank(const void *a, const void *b)
{
	const struct goal *x = a, *y = b;
	int r = x->rank - y->rank;

	return r ? r : strcmp(x->uuid, y->uuid);
}

static bool is_controller(const struct work *w, const struct goal *g)
{
	for (size_t i = 0; i < w->n_goals; i++)
		if (w->goals[i].now && controller_of(w, &w->goals[i]) == g)
			return true;
	return false;
}

/* Does NetworkManager have the connection as its file is? */
static bool is_read(struct work *w, const char *id)
{
	sp_auto_nm *file = NULL, *c = NULL;
	sp_auto_free char *uuid = NULL;
	sp_auto_err ignored = { 0 };

	if (sp_con_read_file(w->host, id, &file, &ignored) <= 0)
		return true;
	uuid = sp_nm_get_str(file, "connection", "uuid");
	c = sp_nml_profile(w->l, uuid);
	return c && sp_nml_same(c, file);
}

/* What it has read is told a little later. */
static int load(struct work *w, struct sp_err *err)
{
	int64_t end;
	int r = sp_nml_load(w->l, &w->load, err);

	if (r < 0)
		return r;
	end = sp_nml_wait(w->l, 0) + READ_MS;
	for (size_t i = 0; i < w->ids.n; i++)
		while (!is_read(w, w->ids.v[i]) &&
		       sp_nml_wait(w->l, TICK_MS / 10) < end)
			;
	return 0;
}

/* A file elsewhere with the same UUID may hide ours. */
static int check_path(struct work *w, const struct goal *g, struct sp_err *err)
{
	const char *path = sp_nml_path(w->l, g->uuid);

	if (!path || sp_starts(path, "/etc/"))
		return 0;
	return sp_fail(err, EEXIST,
		       "%s, a temporary profile, hides the one in " SP_CON_DIR
		       "; remove it and try again",
		       path);
}

static int sort_goals(struct work *w, struct sp_err *err)
{
	int r = 0;

	for (size_t i = 0; i < w->n_goals && r >= 0; i++) {
		struct goal *g = &w->goals[i];

		g->now = sp_nml_profile(w->l, g->uuid);
		g->skip = !g->now;
		if (g->change && g->now)
			r = check_path(w, g, err);
	}
	for (size_t i = 0; i < w->n_goals; i++)
		w->goals[i].rank = rank_of(w, &w->goals[i], 16);
	if (w->n_goals)
		qsort(w->goals, w->n_goals, sizeof(*w->goals), by_rank);
	return r;
}

/* --- one connection ------------------------------------------------------------------ */

static int64_t now_ms(struct work *w)
{
	return sp_nml_wait(w->l, 0);
}

/* Does what runs look as the change wants it? */
static bool looks_right(struct work *w, const struct sp_change *c)
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

static bool soon_right(struct work *w, const struct sp_change *c, int ms)
{
	int64_t end = now_ms(w) + ms;

	while (!looks_right(w, c))
		if (sp_nml_wait(w->l, TICK_MS) >= end)
			return false;
	return true;
}

static int fail_goal(const struct goal *g, struct sp_err *err)
{
	sp_auto_free char *id = sp_nm_get_str(g->now, "connection", "id");

	return sp_wrap(err, "connection \"%s\"", id);
}

static int ask(struct work *w, struct goal *g, const char *device,
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
	g->asked = now_ms(w);
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
static int restart(struct work *w, struct goal *g, const char *device,
		   struct sp_err *err)
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
static int refresh(struct work *w, struct goal *g, const char *device,
		   struct sp_err *err)
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

static bool has_parent(struct work *w, const struct sp_nm *c)
{
	sp_auto_free char *parent = sp_nm_get_str(c, "vlan", "parent");
	struct sp_nml_dev d;

	return !parent || sp_nml_dev(w->l, parent, &d);
}

static int start(struct work *w, struct goal *g, struct sp_err *err)
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

static void await_layer2(struct work *w, const struct goal *g)
{
	int64_t end = now_ms(w) + LAYER2_MS;
	struct sp_nml_dev d;

	do {
		const char *dev = sp_nml_dev_of(w->l, g->uuid);

		if (dev && sp_nml_dev(w->l, dev, &d) &&
		    (d.layer2 || d.phase == SP_NML_UP))
			return;
	} while (sp_nml_wait(w->l, TICK_MS) < end);
}

static int put_back_ports(struct work *w, const struct goal *g,
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

static int put_back_all(struct work *w, struct sp_err *err)
{
	int r = 0;

	for (size_t i = 0; i < w->n_goals && r >= 0; i++)
		r = put_back_ports(w, &w->goals[i], err);
	return r;
}

/* Is a card plugged in that is to become its port? */
static bool has_plugged_port(struct work *w, const struct goal *g)
{
	for (size_t i = 0; i < w->n_goals; i++) {
		const struct goal *p = &w->goals[i];
		struct sp_nml_dev d;

		if (p->now && !p->skip && controller_of(w, p) == g &&
		    sp_nml_dev(w->l, sp_con_dev(w->l, p->now), &d) && d.carrier)
			return true;
	}
	return false;
}

/* No cable, or no port: nothing more will come of it. */
static bool is_unplugged(struct work *w, const struct goal *g, int64_t waited)
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
static bool has_addresses(struct work *w, const struct goal *g, const char *dev)
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
static int check_nat(struct work *w, struct goal *g, const char *dev,
		     struct sp_err *err)
{
	sp_auto_free char *on = sp_strdup0(dev);

	if (!on || !sp_con_is_nat(g->now) ||
	    !sp_con_nat_lacks_rules(w->host, on))
		return 1;
	if (now_ms(w) < g->asked + APPEAR_MS)
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
static int check_goal(struct work *w, struct goal *g, int64_t begun,
		      struct sp_err *err)
{
	const char *dev = sp_nml_dev_of(w->l, g->uuid);
	int64_t now = now_ms(w);
	sp_auto_free char *on = NULL, *why = NULL;
	struct sp_nml_dev d;

	if (dev && sp_nml_dev(w->l, dev, &d) && d.phase == SP_NML_UP)
		return has_addresses(w, g, dev) || now > begun + REAPPLY_MS
			       ? check_nat(w, g, dev, err)
			       : 0;
	if (is_unplugged(w, g, now - begun))
		return check_nat(w, g, dev, err);
	if ((dev || now < g->asked + APPEAR_MS) && now < begun + UP_MS)
		return 0;
	on = sp_strdup0(dev	    ? dev
			: g->device ? g->device
				    : sp_con_dev(w->l, g->now));
	if (!dev && g->tries < MAX_TRIES && now < g->asked + RETRY_MS)
		return ask(w, g, on, err);
	if (on)
		why = sp_nml_state(w->l, on);
	(void)sp_fail(err, dev ? ETIMEDOUT : EIO, "does not come up%s%s: %s",
		      on ? " on " : "", on ? on : "",
		      why ? why : "its device cannot be made");
	return fail_goal(g, err);
}

static int await_goals(struct work *w, size_t from, struct sp_err *err)
{
	int64_t begun = now_ms(w);
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

/* --- what goes ------------------------------------------------------------------------- */

/* Until a device that a profile has left is free, or gone if it was made. */
static bool is_left(struct work *w, const char *dev)
{
	struct sp_nml_dev d;

	return !sp_nml_dev(w->l, dev, &d) || d.uuid || (!d.leaving && !d.made);
}

static int forget(struct work *w, struct sp_err *err)
{
	sp_auto_strv paths = { 0 }, devs = { 0 };
	int64_t end;
	int r;

	for (size_t i = 0; i < w->gone.n; i++) {
		const char *path = sp_nml_path(w->l, w->gone.v[i]);
		const char *dev = sp_nml_dev_of(w->l, w->gone.v[i]);

		if (path)
			sp_strv_add(&paths, path);
		if (dev)
			sp_strv_add(&devs, dev);
	}
	r = sp_nml_forget(w->l, &paths, err);
	if (r < 0)
		return r;
	end = now_ms(w) + GONE_MS;
	for (size_t i = 0; i < w->gone.n; i++)
		while (sp_nml_dev_of(w->l, w->gone.v[i]) &&
		       sp_nml_wait(w->l, TICK_MS / 10) < end)
			;
	for (size_t i = 0; i < devs.n; i++)
		while (!is_left(w, devs.v[i]) &&
		       sp_nml_wait(w->l, TICK_MS / 10) < end)
			;
	return 0;
}

/*
 * A NetworkManager that was killed in between takes a bridge that it had made
 * for somebody else's, and leaves it.
 */
static int delete_left(struct work *w, struct sp_err *err)
{
	int r = 0;

	for (size_t i = 0; i < w->n && r >= 0; i++) {
		const struct sp_change *c = w->changes[i];
		const char *dev = sp_con_device(c->id, &c->before);
		struct sp_nml_dev d;

		if (dev && !sp_streq(dev, sp_con_device(c->id, &c->after)) &&
		    !sp_strv_has(&w->keep, dev) && sp_nml_dev(w->l, dev, &d) &&
		    d.made && (d.external || !d.uuid))
			r = sp_nml_delete(w->l, dev, err);
	}
	return r;
}

static int deactivate(struct work *w, const char *uuid, struct sp_err *err)
{
	sp_auto_free char *dev = sp_strdup0(sp_nml_dev_of(w->l, uuid));
	int64_t end = now_ms(w) + GONE_MS;
	int r = sp_nml_deactivate(w->l, uuid, err);

	while (r >= 0 && dev &&
	       (sp_nml_dev_of(w->l, uuid) || !is_left(w, dev)) &&
	       sp_nml_wait(w->l, TICK_MS / 10) < end)
		;
	return r;
}

/* Undo: nothing ran there. */
static int stop(struct work *w, struct sp_err *err)
{
	int r = 0;

	for (size_t i = 0; i < w->stop.n && r >= 0; i++) {
		sp_auto_free char *uuid = NULL;
		struct sp_nml_dev d;

		if (!sp_nml_dev(w->l, w->stop.v[i], &d) || !d.uuid ||
		    d.external)
			continue;
		uuid = sp_xstrdup(d.uuid);
		r = deactivate(w, uuid, err);
	}
	for (size_t i = 0; i < w->down.n && r >= 0; i++)
		r = deactivate(w, w->down.v[i], err);
	return r;
}

/* What else ran, and fell with a controller that was started anew. */
static int start_others(struct work *w, struct sp_err *err)
{
	size_t first = w->n_goals;
	int r = 0;

	for (size_t i = 0; i + 1 < w->ran.n; i += 2) {
		struct sp_nml_dev d;
		struct goal *g;

		if (sp_strv_has(&w->gone, w->ran.v[i + 1]) ||
		    sp_strv_has(&w->stop, w->ran.v[i]) ||
		    sp_nml_dev_of(w->l, w->ran.v[i + 1]) ||
		    (sp_nml_dev(w->l, w->ran.v[i], &d) && d.uuid))
			continue;
		g = add_goal(w, w->ran.v[i + 1]);
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

static int collect(struct work *w, struct sp_err *err)
{
	int r = 0;

	for (size_t i = 0; i < w->n && r >= 0; i++)
		r = add_change(w, w->changes[i], err);
	if (r >= 0)
		r = add_replaced(w, err);
	if (r >= 0)
		r = find_gone(w, err);
	note_running(w);
	note_old(w);
	return r;
}

static int start_all(struct work *w, struct sp_err *err)
{
	int r = 0;

	for (size_t i = 0; i < w->n_goals && r >= 0; i++) {
		struct goal *g = &w->goals[i];

		if (g->skip)
			continue;
		r = start(w, g, err);
		if (r < 0 || g->skip || (!is_controller(w, g) && !g->foreign.n))
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
	__attribute__((cleanup(work_clear))) struct work w = {
		.host = host, .changes = changes, .n = n
	};
	int r = sp_con_live(host, &w.l, err);

	if (r <= 0)
		return r;
	r = collect(&w, err);
	if (r >= 0)
		r = load(&w, err);
	if (r >= 0)
		r = sort_goals(&w, err);
	if (r >= 0)
		r = start_all(&w, err);
	if (r >= 0)
		r = forget(&w, err);
	if (r >= 0)
		r = delete_left(&w, err);
	if (r >= 0)
		r = await_goals(&w, 0, err);
	if (r >= 0)
		r = put_back_all(&w, err);
	if (r >= 0)
		r = start_others(&w, err);
	if (r >= 0)
		r = stop(&w, err);
	for (size_t i = 0; i < n && r >= 0 && !w.back; i++)
		if (changes[i]->after.present)
			(void)soon_right(&w, changes[i], REAPPLY_MS);
	return r;
}
