/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * con_work.c - what there is to do when files of connections have changed: which
 * are to be read, which profiles are to run, in which order, and what must not
 * run any more.
 */
#include <errno.h>
#include <string.h>

#include "con_work.h"
#include "core/mem.h"
#include "foreign.h"

enum {
	TICK_MS = 10,
	READ_MS = 3000, /* files, until what they say can be seen */
};

void sp_con_work_clear(struct sp_con_work *w)
{
	for (size_t i = 0; i < w->n_goals; i++) {
		struct sp_con_goal *g = &w->goals[i];

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

int64_t sp_con_now_ms(struct sp_con_work *w)
{
	return sp_nml_wait(w->l, 0);
}

/* --- what is to be done ---------------------------------------------------------- */

struct sp_con_goal *sp_con_goal_add(struct sp_con_work *w, const char *uuid)
{
	struct sp_con_goal *g;

	for (size_t i = 0; i < w->n_goals; i++)
		if (sp_streq(w->goals[i].uuid, uuid))
			return &w->goals[i];
	w->goals = sp_grow(w->goals, w->n_goals, sizeof(*w->goals));
	g = &w->goals[w->n_goals++];
	*g = (struct sp_con_goal){ .uuid = sp_xstrdup(uuid) };
	return g;
}

/* The file of a connection, or of a port, is to be read, and perhaps to run. */
static int add_file(struct sp_con_work *w, const char *id, bool run,
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
		sp_con_goal_add(w, uuid)->change = c;
	else if (c && !strstr(c->after.running ? c->after.running : "", uuid))
		sp_strv_add_take(&w->down, sp_take(&uuid));
	return 0;
}

static void add_devices(struct sp_con_work *w, const char *id,
			const struct sp_state *st)
{
	sp_con_devices(id, st, &w->devices);
	if (sp_state_has(st, F_MAC))
		sp_strv_add(&w->macs, sp_state_str(st, F_MAC));
}

/* What ran before is to run again: goals, and devices to be left alone. */
static void add_running(struct sp_con_work *w, const char *running)
{
	sp_auto_strv pairs = { 0 }, fields = { 0 };

	sp_con_running_split(running, &pairs, &fields);
	for (size_t i = 0; i + 1 < pairs.n; i += 2) {
		struct sp_con_goal *g;

		if (sp_streq(pairs.v[i + 1], "-"))
			sp_strv_add(&w->stop, pairs.v[i]);
		else if (sp_streq(pairs.v[i + 1], "="))
			sp_strv_add(&w->keep, pairs.v[i]);
		if (!pairs.v[i + 1][1])
			continue;
		g = sp_con_goal_add(w, pairs.v[i + 1]);
		free(g->device);
		g->device = sp_xstrdup(pairs.v[i]);
	}
}

static int add_change(struct sp_con_work *w, const struct sp_change *c,
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

static bool is_known_path(struct sp_con_work *w, const char *path)
{
	sp_auto_strv all = { 0 };

	sp_nml_profiles(w->l, &all);
	for (size_t i = 0; i < all.n; i++)
		if (sp_streq(sp_nml_path(w->l, all.v[i]), path))
			return true;
	return false;
}

/* Files that "replace" took away, and that are back. */
static int add_replaced(struct sp_con_work *w, struct sp_err *err)
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
static bool concerns_us(const struct sp_con_work *w, const struct sp_nm *c,
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

static int find_gone(struct sp_con_work *w, struct sp_err *err)
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

static void note_running(struct sp_con_work *w)
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

static void note_old(struct sp_con_work *w)
{
	for (size_t i = 0; i < w->n_goals; i++) {
		struct sp_con_goal *g = &w->goals[i];

		g->old = sp_nml_profile(w->l, g->uuid);
		g->ran = sp_nml_dev_of(w->l, g->uuid) != NULL;
	}
}
int sp_con_work_collect(struct sp_con_work *w, struct sp_err *err)
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
/* --- order ------------------------------------------------------------------------- */

/* The goal whose device, or UUID, a profile names; or NULL. */
static const struct sp_con_goal *named(const struct sp_con_work *w,
				       const struct sp_nm *c,
				       const char *setting, const char *prop)
{
	sp_auto_free char *name = sp_nm_get_str(c, setting, prop);

	for (size_t i = 0; name && i < w->n_goals; i++) {
		const struct sp_con_goal *g = &w->goals[i];
		sp_auto_free char *dev =
			g->now ? sp_nm_get_str(g->now, "connection",
					       "interface-name")
			       : NULL;

		if (sp_streq(dev, name) || sp_streq(g->uuid, name))
			return g;
	}
	return NULL;
}

const struct sp_con_goal *sp_con_controller_of(const struct sp_con_work *w,
					       const struct sp_con_goal *g)
{
	return named(w, g->now, "connection", "master");
}

/* @left: ends a circle, which NetworkManager will refuse. */
static int rank_of(const struct sp_con_work *w, const struct sp_con_goal *g,
		   int left)
{
	const struct sp_con_goal *above[2];
	int rank = 0;

	if (!g->now || !left)
		return 0;
	above[0] = sp_con_controller_of(w, g);
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
	const struct sp_con_goal *x = a, *y = b;
	int r = x->rank - y->rank;

	return r ? r : strcmp(x->uuid, y->uuid);
}

bool sp_con_is_controller(const struct sp_con_work *w,
			  const struct sp_con_goal *g)
{
	for (size_t i = 0; i < w->n_goals; i++)
		if (w->goals[i].now &&
		    sp_con_controller_of(w, &w->goals[i]) == g)
			return true;
	return false;
}

/* Does NetworkManager have the connection as its file is? */
static bool is_read(struct sp_con_work *w, const char *id)
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
int sp_con_work_load(struct sp_con_work *w, struct sp_err *err)
{
	int64_t end;
	int r = sp_nml_load(w->l, &w->load, err);

	if (r < 0)
		return r;
	end = sp_nml_wait(w->l, 0) + READ_MS;
	for (size_t i = 0; i < w->ids.n; i++)
		while (!is_read(w, w->ids.v[i]) &&
		       sp_nml_wait(w->l, TICK_MS) < end)
			;
	return 0;
}

/* A file elsewhere with the same UUID may hide ours. */
static int check_path(struct sp_con_work *w, const struct sp_con_goal *g,
		      struct sp_err *err)
{
	const char *path = sp_nml_path(w->l, g->uuid);

	if (!path || sp_starts(path, "/etc/"))
		return 0;
	return sp_fail(err, EEXIST,
		       "%s, a temporary profile, hides the one in " SP_CON_DIR
		       "; remove it and try again",
		       path);
}

int sp_con_work_sort(struct sp_con_work *w, struct sp_err *err)
{
	int r = 0;

	for (size_t i = 0; i < w->n_goals && r >= 0; i++) {
		struct sp_con_goal *g = &w->goals[i];

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
