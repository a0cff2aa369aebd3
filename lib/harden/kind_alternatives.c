/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * kind_alternatives.c - which of several programs a common name stands for:
 * /usr/bin/java and the like.
 *
 * Sets: the mode in the state file of the group, the links in
 * /etc/alternatives, and the links that lead there.  By files, so that a plan
 * is exact and no tool is needed; see altdb.h for the formats.
 * Undo does not bring back: nothing is lost, all of it is links and a mode.
 * Source: alternatives(8) of chkconfig, update-alternatives(1) of dpkg.
 */
#include <errno.h>
#include <string.h>

#include "altdb.h"
#include "core/kind.h"
#include "core/mem.h"

enum { PATH, FAMILY, AUTO };

static int canon_path(const char *text, char **ret, struct sp_err *err)
{
	if (*text != '/')
		return sp_fail(err, EINVAL,
			       "\"%s\" is not an absolute path", text);
	*ret = sp_xstrdup(text);
	return 0;
}

static const struct sp_field fields[] = {
	[PATH] = { .name = "path", .type = SP_T_STR, .canon = canon_path,
		   .doc = "The program to use, one of the group's choices; stays "
			  "through updates." },
	[FAMILY] = { .name = "family", .type = SP_T_STR,
		     .doc = "Use the best choice of this family; Enterprise Linux and "
			    "Fedora only." },
	[AUTO] = { .name = "auto", .type = SP_T_BOOL,
		   .doc = "true: use the choice of the highest priority, whichever it is." },
	{ .name = NULL }
};

static const char *const paths[] = {
	"/etc/alternatives", "/etc/alternatives/*",
	"/etc/alternatives.admindir/*", "/var/lib/alternatives",
	"/var/lib/alternatives/*", "/var/lib/dpkg/alternatives/*",
	NULL
};

static int check_name(const char *name, struct sp_err *err)
{
	if (!*name || strpbrk(name, "/ \t") || *name == '.')
		return sp_fail(err, EINVAL,
			       "\"%s\" is not a group's name: no slash, no blank, no "
			       "dot in front",
			       name);
	return 0;
}

/* --- check ---------------------------------------------------------------- */

/* The group is unknown: name the nearest one. */
static void check_unknown(const struct sp_check *ck)
{
	const char *id = ck->res->id;
	unsigned best = (unsigned)(strlen(id) / 2) + 1;
	const char *near = NULL;
	sp_auto_strv names = { 0 };
	sp_auto_err err = { 0 };

	(void)sp_altgroup_names(ck->host, &names, &err);
	for (size_t i = 0; i < names.n; i++) {
		unsigned n = sp_edit_distance(id, names.v[i], best);

		if (n >= best)
			continue;
		best = n;
		near = names.v[i];
	}
	if (near)
		sp_check_missing(
			ck, ck->res, -1, -1,
			"no such group of alternatives; did you mean \"%s\"?",
			near);
	else
		sp_check_missing(
			ck, ck->res, -1, -1,
			"no such group of alternatives (%zu are known); install "
			"a package that offers a choice first",
			names.n);
}

/* The choices, or the families, joined for a message; owned. */
static char *list_choices(const struct sp_altgroup *g, bool families)
{
	sp_auto_strv l = { 0 };

	for (size_t i = 0; i < g->n; i++) {
		const struct sp_alt_choice *c = &g->choices[i];

		if (families && c->family)
			sp_strv_add(&l, c->family);
		else if (!families && !c->missing)
			sp_strv_add(&l, c->path);
	}
	sp_strv_sort(&l);
	if (!l.n)
		sp_strv_add(&l, "none");
	return sp_strv_join(&l, ", ");
}

static void check_path(const struct sp_check *ck, const struct sp_altgroup *g)
{
	const char *path = sp_state_str(&ck->res->want, PATH);
	const struct sp_alt_choice *c = sp_altgroup_find(g, path);
	sp_auto_free char *list = list_choices(g, false);

	if (!c)
		sp_check_missing(
			ck, ck->res, PATH, -1,
			"\"%s\" is not registered for %s; the choices are: %s",
			path, g->name, list);
	else if (c->missing)
		sp_check_missing(
			ck, ck->res, PATH, -1,
			"\"%s\" is registered, but there is no such file; "
			"install its package again, or choose from: %s",
			path, list);
}

static void check_family(const struct sp_check *ck, const struct sp_altgroup *g)
{
	const char *family = sp_state_str(&ck->res->want, FAMILY);
	const struct sp_alt_choice *c = sp_altgroup_best(g, family);
	sp_auto_free char *list = list_choices(g, true);

	if (g->tool == SP_ALT_DPKG)
		sp_diag_error(ck->diag, ck->res, FAMILY, -1,
			      "the alternatives of this root have no families; give a path");
	else if (!c)
		sp_check_missing(
			ck, ck->res, FAMILY, -1,
			"\"%s\" is not a family of %s; the families are: %s",
			family, g->name, list);
	else if (c->missing)
		sp_check_missing(
			ck, ck->res, FAMILY, -1,
			"\"%s\" is registered, but there is no such file; "
			"install its package again",
			c->path);
}

/* The choice that the profile asks for; NULL when there is none. */
static const struct sp_alt_choice *chosen(const struct sp_altgroup *g,
					  const struct sp_state *st)
{
	const char *path = sp_state_str(st, PATH);
	const char *family = sp_state_str(st, FAMILY);

	if (sp_state_bool(st, AUTO, false))
		return sp_altgroup_best(g, NULL);
	if (path)
		return sp_altgroup_find(g, path);
	return family ? sp_altgroup_best(g, family) : NULL;
}

static void check_host(const struct sp_check *ck)
{
	const struct sp_state *want = &ck->res->want;
	const struct sp_alt_choice *c;
	sp_auto_altgroup g = { 0 };
	sp_auto_err err = { 0 };
	struct sp_stat st;
	int r = sp_altgroup_read(ck->host, ck->res->id, &g, &err);

	if (r < 0)
		sp_diag_error(ck->diag, ck->res, -1, -1, "%s", err.msg);
	else if (r == 0)
		check_unknown(ck);
	if (r <= 0)
		return;
	if (sp_state_has(want, PATH))
		check_path(ck, &g);
	if (sp_state_has(want, FAMILY))
		check_family(ck, &g);
	c = chosen(&g, want);
	if (sp_state_bool(want, AUTO, false) && !c)
		sp_diag_error(ck->diag, ck->res, AUTO, -1,
			      "%s has no choice left", g.name);
	if (c && c->service)
		sp_diag_warn(ck->diag, ck->res, -1, -1,
			     "%s comes with the service \"%s\", which is not enabled "
			     "by this; see units",
			     c->path, c->service);
	if (sp_host_stat(ck->host, g.link, &st, &err) > 0 && st.type != SP_FT_LINK)
		sp_diag_error(ck->diag, ck->res, -1, -1,
			      "%s is not a link to /etc/alternatives but something "
			      "else; move it away first",
			      g.link);
}

static void check(const struct sp_check *ck)
{
	const struct sp_state *want = &ck->res->want;
	int given = sp_state_has(want, PATH) + sp_state_has(want, FAMILY) +
		    sp_state_has(want, AUTO);
	sp_auto_err err = { 0 };

	if (check_name(ck->res->id, &err) < 0)
		return; /* said already */
	if (given != 1)
		sp_diag_error(ck->diag, ck->res, -1, -1,
			      "give one of path, family and auto");
	else if (sp_state_has(want, AUTO) && !sp_state_bool(want, AUTO, true))
		sp_diag_error(ck->diag, ck->res, AUTO, -1,
			      "only \"true\" can be asked for; give a path to leave "
			      "the automatic mode");
	else if (ck->host)
		check_host(ck);
}

/* --- the verbs ------------------------------------------------------------ */

/*
 * A group whose links are not as they should be has no path and is not in
 * automatic mode: whatever is wanted differs, and is set again.
 */
static int observe(struct sp_host *host, const char *id,
		   const struct sp_state *want, struct sp_state *ret_have,
		   struct sp_err *err)
{
	const struct sp_alt_choice *c = NULL, *best;
	sp_auto_free char *current = NULL;
	sp_auto_altgroup g = { 0 };
	bool intact = false;
	int r = sp_altgroup_read(host, id, &g, err);

	(void)want;
	if (r <= 0)
		return r;
	r = sp_altgroup_current(host, &g, &current, err);
	if (r > 0)
		c = sp_altgroup_find(&g, current);
	if (r > 0 && c) {
		r = sp_altgroup_intact(host, &g, c, err);
		intact = r > 0;
	}
	if (r < 0)
		return r;
	ret_have->present = true;
	best = sp_altgroup_best(&g, NULL);
	sp_state_set_bool(ret_have, AUTO, intact && !g.manual && c == best);
	sp_state_set_str(ret_have, PATH, intact ? c->path : NULL);
	sp_state_set_str(ret_have, FAMILY, intact ? c->family : NULL);
	return 0;
}

/*
 * To want a path or a family is to want the manual mode.  Going back from a
 * family takes the path that was there.
 */
static int diff(const struct sp_kind *kind, const struct sp_state *want,
		const struct sp_state *have, struct sp_change *ret_change,
		struct sp_err *err)
{
	sp_auto_state full = { 0 };
	int r;

	sp_state_copy(&full, want);
	if (!sp_state_has(want, AUTO))
		sp_state_set_bool(&full, AUTO, false);
	r = sp_diff_fields(kind, &full, have, ret_change, err);
	if (r > 0 && ret_change->op == SP_MODIFY)
		sp_state_set_str(&ret_change->before, PATH,
				 sp_state_str(have, PATH));
	return r;
}

static int apply(struct sp_host *host, const struct sp_change *c,
		 struct sp_err *err)
{
	const struct sp_alt_choice *choice;
	sp_auto_altgroup g = { 0 };
	int r = sp_altgroup_read(host, c->id, &g, err);

	/* Nothing to go back to: the group was not there, or was broken. */
	if (r < 0 || !c->after.present)
		return r < 0 ? r : 0;
	if (r == 0)
		return sp_fail(err, ENOENT, "no such group of alternatives");
	choice = chosen(&g, &c->after);
	if (!choice)
		return sp_fail(err, ENOENT,
			       "none of the choices of %s is the one that is wanted",
			       g.name);
	return sp_altgroup_set(host, &g, choice,
			       !sp_state_bool(&c->after, AUTO, false), err);
}

const struct sp_kind sp_kind_alternatives = {
	.name = "alternatives",
	.section = "alternatives",
	.shape = SP_SHAPE_LIST,
	.summary = "which program a common name stands for",
	.fields = fields,
	.flags = SP_KIND_NOREMOVE,
	.paths = paths,
	.check_name = check_name,
	.check = check,
	.observe = observe,
	.diff = diff,
	.apply = apply,
};
