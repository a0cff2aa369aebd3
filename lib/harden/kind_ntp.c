/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * kind_ntp.c - where chronyd takes the time from.
 *
 * Edits the distribution's chrony.conf: /etc/chrony.conf, or Debian's
 * /etc/chrony/chrony.conf.  Files that it includes are read, to warn of what
 * they add, and never changed.  On a live host a chronyd that runs is started
 * anew, and waited for until the clock is in step, if asked to.
 *
 * Source: chrony.conf(5).
 * Undo does not bring back: steps of the clock.
 */
#include <errno.h>
#include <string.h>

#include "core/kind.h"
#include "core/mem.h"
#include "core/systemctl.h"
#include "core/word.h"
#include "harden/chrony.h"

enum { F_SERVERS, F_POOLS, F_THRESHOLD, F_LIMIT, F_RTCSYNC, F_ALLOW, F_WAIT };

static const struct sp_field fields[] = {
	[F_SERVERS] = {
		.name = "servers", .type = SP_T_SET, .canon = sp_chrony_source,
		.doc = "All time servers, by name or address; others are removed.",
	},
	[F_POOLS] = {
		.name = "pools", .type = SP_T_SET, .canon = sp_chrony_source,
		.doc = "All names that stand for several servers; others are removed.",
	},
	[F_THRESHOLD] = {
		.name = "makestep.threshold", .type = SP_T_STR,
		.canon = sp_chrony_seconds, .unit = "s", .dflt = "1",
		.doc = "Step the clock when it is off by more than this.",
	},
	[F_LIMIT] = {
		.name = "makestep.limit", .type = SP_T_INT, .min = -1,
		.max = INT32_MAX, .unit = "updates", .dflt = "3",
		.doc = "Only in that many first clock updates; -1 is always.",
	},
	[F_RTCSYNC] = {
		.name = "rtcsync", .type = SP_T_BOOL,
		.doc = "Let the kernel copy the time to the hardware clock.",
	},
	[F_ALLOW] = {
		.name = "allow", .type = SP_T_SET, .canon = sp_chrony_subnet,
		.doc = "All clients that may ask this host: networks, addresses or \"all\".",
	},
	[F_WAIT] = {
		.name = "wait", .type = SP_T_INT, .flags = SP_F_DIRECTIVE,
		.min = 0, .max = 3600, .unit = "s", .dflt = "0",
		.doc = "How long a live host's clock may take to be in step after a change.",
	},
	{ 0 }
};

#define EL_CONF "/etc/chrony.conf"
#define DEBIAN_CONF "/etc/chrony/chrony.conf"

#define NOT_INSTALLED                                      \
	N_("there is neither " EL_CONF " nor " DEBIAN_CONF \
	   ": install the package chrony first")

static const char *const conf_files[] = { EL_CONF, DEBIAN_CONF };

/* Read the distribution's file: 1 with its path and text, or 0. */
static int read_conf(struct sp_host *host, const char **ret_path,
		     struct sp_buf *ret, struct sp_err *err)
{
	int r = 0;

	for (size_t i = 0; i < SP_COUNT(conf_files) && r == 0; i++) {
		*ret_path = conf_files[i];
		r = sp_host_read(host, conf_files[i], ret, err);
	}
	return r;
}

/* "makestep THRESHOLD LIMIT" as one line; false when it is something else. */
static bool read_makestep(const struct sp_chrony_line *l, char **ret_threshold,
			  int64_t *ret_limit)
{
	const char *args = l->args, *w1, *w2;
	size_t len = l->args_len, n1, n2;
	sp_auto_free char *threshold = NULL, *limit = NULL;
	sp_auto_err ignored = { 0 };

	if (!sp_chrony_word(&args, &len, &w1, &n1) ||
	    !sp_chrony_word(&args, &len, &w2, &n2))
		return false;
	limit = sp_xstrndup(w2, n2);
	if (!sp_parse_int(limit, INT32_MIN, INT32_MAX, ret_limit))
		return false;
	if (*ret_limit < 0)
		*ret_limit = -1;
	threshold = sp_xstrndup(w1, n1);
	if (sp_chrony_seconds(threshold, ret_threshold, &ignored) < 0)
		*ret_threshold = sp_take(&threshold);
	return true;
}

/* The makestep that counts, the last; false when there is none. */
static bool find_makestep(const struct sp_buf *text, char **ret_threshold,
			  int64_t *ret_limit)
{
	struct sp_chrony_line l;
	size_t pos = 0;

	*ret_threshold = NULL;
	while (sp_chrony_next(text->data, text->len, &pos, &l)) {
		if (!sp_chrony_is(&l, "makestep"))
			continue;
		free(*ret_threshold);
		*ret_threshold = NULL;
		(void)read_makestep(&l, ret_threshold, ret_limit);
	}
	return *ret_threshold;
}

static bool has_line(const struct sp_buf *text, const char *directive)
{
	struct sp_chrony_line l;
	size_t pos = 0;

	while (sp_chrony_next(text->data, text->len, &pos, &l))
		if (sp_chrony_is(&l, directive))
			return true;
	return false;
}

static void observe_items(const struct sp_buf *text, const char *directive,
			  sp_chrony_item_fn *item, struct sp_state *have, int f)
{
	sp_auto_strv items = { 0 };

	sp_chrony_items(text, directive, item, &items);
	sp_state_set_list(have, f, &items);
}

static int observe(struct sp_host *host, const char *id,
		   const struct sp_state *want, struct sp_state *ret_have,
		   struct sp_err *err)
{
	sp_auto_free char *threshold = NULL;
	sp_auto_buf text = { 0 };
	const char *path;
	int64_t limit;
	int r;

	(void)id;
	(void)want;
	r = read_conf(host, &path, &text, err);
	if (r <= 0)
		return r;
	ret_have->present = true;
	observe_items(&text, "server", sp_chrony_source_item, ret_have,
		      F_SERVERS);
	observe_items(&text, "pool", sp_chrony_source_item, ret_have, F_POOLS);
	observe_items(&text, "allow", sp_chrony_subnet_item, ret_have, F_ALLOW);
	sp_state_set_none(ret_have, F_THRESHOLD);
	sp_state_set_none(ret_have, F_LIMIT);
	if (find_makestep(&text, &threshold, &limit)) {
		sp_state_set_str(ret_have, F_THRESHOLD, threshold);
		sp_state_set_int(ret_have, F_LIMIT, limit);
	}
	sp_state_set_bool(ret_have, F_RTCSYNC, has_line(&text, "rtcsync"));
	return 0;
}

static void set_items(struct sp_buf *text, const char *directive,
		      sp_chrony_item_fn *item, const struct sp_state *after,
		      int f, const char *suffix, const char *near)
{
	if (sp_state_get(after, f))
		sp_chrony_set_items(text, directive, item,
				    sp_state_list(after, f), suffix, near);
}

/* The half of makestep that is not given stays, or gets its default. */
static void set_makestep(struct sp_buf *text, const struct sp_state *after)
{
	const struct sp_value *t = sp_state_get(after, F_THRESHOLD);
	const struct sp_value *l = sp_state_get(after, F_LIMIT);
	sp_auto_free char *threshold = NULL, *line = NULL;
	int64_t limit, want_limit;
	bool there = find_makestep(text, &threshold, &limit);
	const char *want = fields[F_THRESHOLD].dflt;

	if (!t && !l)
		return;
	if ((t && t->type == SP_V_NONE) || (l && l->type == SP_V_NONE)) {
		sp_chrony_set(text, "makestep", NULL);
		return;
	}
	want_limit = there ? limit : 3;
	if (there)
		want = threshold;
	if (t)
		want = t->s;
	if (l)
		want_limit = l->i;
	if (there && sp_streq(threshold, want) && limit == want_limit)
		return;
	line = sp_asprintf("makestep %s %lld", want, (long long)want_limit);
	sp_chrony_set(text, "makestep", line);
}

static int apply(struct sp_host *host, const struct sp_change *change,
		 struct sp_err *err)
{
	const struct sp_state *after = &change->after;
	sp_auto_buf text = { 0 };
	const char *path;
	int r;

	r = read_conf(host, &path, &text, err);
	if (r < 0 || !after->present)
		return r < 0 ? r : 0;
	if (r == 0)
		return sp_fail(err, ENOENT, NOT_INSTALLED);
	set_items(&text, "server", sp_chrony_source_item, after, F_SERVERS,
		  " iburst", "pool");
	set_items(&text, "pool", sp_chrony_source_item, after, F_POOLS,
		  " iburst", "server");
	set_items(&text, "allow", sp_chrony_subnet_item, after, F_ALLOW, "",
		  NULL);
	set_makestep(&text, after);
	if (sp_state_get(after, F_RTCSYNC) &&
	    sp_state_bool(after, F_RTCSYNC, false) !=
		    has_line(&text, "rtcsync"))
		sp_chrony_set(&text, "rtcsync",
			      sp_state_bool(after, F_RTCSYNC, false) ? "rtcsync"
								     : NULL);
	return sp_host_write(host, path, text.data, text.len, SP_ATTR_KEEP,
			     err);
}

/* --- check --------------------------------------------------------------- */

/* Enterprise Linux calls it by the first name, Debian by the second. */
static const char *const units[] = { "chronyd.service", "chrony.service" };

static int activate(struct sp_host *host,
		    const struct sp_change *const changes[], size_t n,
		    struct sp_err *err)
{
	int64_t wait_s = sp_state_int(&changes[n - 1]->after, F_WAIT, 0);
	sp_auto_free char *tries = sp_asprintf("%lld", (long long)wait_s);
	/* tries a second apart; any correction and skew will do */
	const char *const waitsync[] = {
		"/usr/bin/chronyc", "waitsync", tries, "0", "0", "1", NULL
	};
	struct sp_task task = { .sort = SP_TASK_TIME,
				.state = SP_TASK_BEGINS,
				.total = wait_s };
	bool active = false;
	int r = 0;

	for (size_t i = 0; i < SP_COUNT(units) && r >= 0 && !active; i++) {
		r = sp_systemctl_meant(host, units[i], &active, err);
		if (r > 0 && active)
			r = sp_systemctl(host, "restart", units[i], err);
	}
	if (r < 0 || !active || wait_s == 0)
		return r < 0 ? r : 0;
	sp_host_progress(host, &task);
	r = sp_activate_run(host, waitsync, err);
	task.state = SP_TASK_ENDS;
	sp_host_progress(host, &task);
	return r < 0 ? sp_wrap(err, "the clock is not in step after %s s",
			       tries)
		     : 0;
}

static void services(const struct sp_resource *res, struct sp_strv *ret)
{
	(void)res;
	for (size_t i = 0; i < SP_COUNT(units); i++)
		sp_strv_add(ret, units[i]);
}

/* A walk through chrony.conf and what it includes. */
struct walk {
	const struct sp_check *ck;
	/* A makestep of an included file, read behind the file's own. */
	char *path, *threshold; /* owned */
	int64_t limit;
	bool own_makestep;
};

static void walk_clear(struct walk *w)
{
	free(w->path);
	free(w->threshold);
	w->path = w->threshold = NULL;
}

static void warn_item(const struct sp_check *ck, const char *path,
		      const struct sp_chrony_line *l, sp_chrony_item_fn *item,
		      int f, const char *what)
{
	sp_auto_free char *s = item(l);
	ptrdiff_t i;

	if (!s || !sp_state_get(&ck->res->want, f))
		return;
	i = sp_strv_find(sp_state_list(&ck->res->want, f), s);
	if (i >= 0 && f != F_ALLOW)
		sp_diag_warn(ck->diag, ck->res, f, (int)i,
			     "\"%s\" stands in \"%s\", too", s, path);
	else if (i < 0)
		sp_diag_warn(
			ck->diag, ck->res, f, -1,
			"\"%s\" adds %s \"%s\"; sprout leaves that file alone",
			path, _(what), s);
}

/* A line of an included file. */
static void warn_line(const struct sp_check *ck, const char *path,
		      const struct sp_chrony_line *l)
{
	if (sp_chrony_is(l, "server"))
		warn_item(ck, path, l, sp_chrony_source_item, F_SERVERS,
			  N_("the server"));
	else if (sp_chrony_is(l, "pool"))
		warn_item(ck, path, l, sp_chrony_source_item, F_POOLS,
			  N_("the pool"));
	else if (sp_chrony_is(l, "allow"))
		warn_item(ck, path, l, sp_chrony_subnet_item, F_ALLOW,
			  N_("the clients"));
	else if (sp_chrony_is(l, "rtcsync") &&
		 !sp_state_bool(&ck->res->want, F_RTCSYNC, true))
		sp_diag_warn(
			ck->diag, ck->res, F_RTCSYNC, -1,
			"\"%s\" switches it on; sprout leaves that file alone",
			path);
}

static void check_line(void *ctx, const char *path, int depth,
		       const struct sp_chrony_line *l)
{
	struct walk *w = ctx;
	const struct sp_check *ck = w->ck;

	if (sp_chrony_is(l, "makestep")) {
		walk_clear(w);
		w->own_makestep |= !depth;
		if (depth && read_makestep(l, &w->threshold, &w->limit))
			w->path = sp_xstrdup(path);
	}
	if (sp_chrony_is(l, "rtcfile") &&
	    sp_state_bool(&ck->res->want, F_RTCSYNC, false))
		sp_diag_error(ck->diag, ck->res, F_RTCSYNC, -1,
			      "chronyd refuses rtcsync beside rtcfile; "
			      "remove rtcfile from \"%s\"",
			      path);
	if (depth)
		warn_line(ck, path, l);
}

/* chronyd takes the makestep that it reads last. */
static void check_makestep(const struct walk *w)
{
	const struct sp_resource *res = w->ck->res;
	const char *want = sp_state_str(&res->want, F_THRESHOLD);

	if (!w->path || !w->own_makestep)
		return;
	if (want && !sp_streq(want, w->threshold))
		sp_diag_warn(w->ck->diag, res, F_THRESHOLD, -1,
			     "has no effect: \"%s\" is read later and sets %s",
			     w->path, w->threshold);
	if (sp_state_int(&res->want, F_LIMIT, w->limit) != w->limit)
		sp_diag_warn(
			w->ck->diag, res, F_LIMIT, -1,
			"has no effect: \"%s\" is read later and sets %lld",
			w->path, (long long)w->limit);
}

static void check_host(const struct sp_check *ck)
{
	struct walk w = { .ck = ck };
	sp_auto_buf text = { 0 };
	sp_auto_err err = { 0 };
	const char *path;
	int r = read_conf(ck->host, &path, &text, &err);

	if (r < 0) {
		sp_diag_error(ck->diag, ck->res, -1, -1, "%s", err.msg);
	} else if (r == 0) {
		sp_check_missing(ck, ck->res, -1, -1, NOT_INSTALLED);
	} else {
		sp_chrony_walk(ck->host, path, check_line, &w);
		check_makestep(&w);
		walk_clear(&w);
	}
}

static void check(const struct sp_check *ck)
{
	const struct sp_state *want = &ck->res->want;

	if (sp_state_get(want, F_SERVERS) && sp_state_get(want, F_POOLS) &&
	    !sp_state_list(want, F_SERVERS)->n &&
	    !sp_state_list(want, F_POOLS)->n)
		sp_diag_warn(
			ck->diag, ck->res, F_SERVERS, -1,
			"with no server and no pool the clock is not set by anybody");
	if (ck->host)
		check_host(ck);
}

static const char *const paths[] = { "/etc/chrony.conf",
				     "/etc/chrony/chrony.conf",
				     "/etc/chrony/conf.d/*.conf",
				     "/etc/chrony/sources.d/*.sources",
				     "/etc/chrony.d/*.conf",
				     "/run/chrony-dhcp/*.sources",
				     NULL };

const struct sp_kind sp_kind_ntp = {
	.name = "ntp",
	.section = "ntp",
	.shape = SP_SHAPE_MAP,
	.summary = "time servers (chrony)",
	.undo_limits = "steps of the clock",
	.fields = fields,
	.paths = paths,
	.check = check,
	.observe = observe,
	.apply = apply,
	.activate = activate,
	.services = services,
};
