/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * kind_limits.c - limits that a user gets at login: a file of rules for
 * pam_limits.
 *
 * Sets /etc/security/limits.d/NAME.conf, all rules of it and nothing else;
 * pam_limits reads it at each login, so that nothing has to be told.
 *
 * Source: limits.conf(5), pam_limits(8).
 *
 * Undo brings back the whole file; sessions that are open keep their limits.
 */
#include <errno.h>
#include <string.h>

#include "core/mem.h"
#include "core/profile.h"
#include "harden/limitsconf.h"
#include "harden/roster.h"

#define DIRECTORY "/etc/security/limits.d"
#define HEADER "# Written by sprout; see sprout(8).\n"
#define NAME_BYTES 250 /* with ".conf" NAME_MAX of Linux */
/* The kernel's sysctl fs.nr_open as it comes. */
#define NOFILE_MAX 1048576

enum { F_RULES };

static const struct sp_field fields[] = {
	[F_RULES] = {
		.name = "rules", .type = SP_T_LIST, .flags = SP_F_REQUIRED,
		.canon = sp_limit_canon,
		.doc = "Rules of the form \"DOMAIN TYPE ITEM VALUE\", as in "
		       "limits.conf(5); the file has these and no others.",
	},
	{ .name = NULL },
};

static char *path_of(const char *id)
{
	return sp_asprintf("%s/%s.conf", DIRECTORY, id);
}

static int check_name(const char *name, struct sp_err *err)
{
	static const char good[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";

	if (!name[0] || name[0] == '.' || name[strspn(name, good)])
		return sp_fail(err, EINVAL,
			       "not a file name for " DIRECTORY
			       ": expected letters, digits, \".\", \"_\" and "
			       "\"-\", not beginning with \".\"");
	if (strlen(name) > NAME_BYTES)
		return sp_fail(err, EINVAL, "longer than %d bytes", NAME_BYTES);
	if (sp_ends(name, ".conf"))
		return sp_fail(err, EINVAL,
			       "leave out \".conf\", which is added");
	return 0;
}

/* --- check ------------------------------------------------------------------ */

static void check_whom(const struct sp_roster *ros, const struct sp_check *ck,
		       const struct sp_resource *res, int item,
		       const struct sp_limit *l)
{
	bool user = l->whom == SP_LIMIT_USER;
	const char *what = user ? "user" : "group";
	enum sp_will will;

	if (!l->name || !ros->host)
		return;
	will = user ? sp_roster_user(ros, l->name)
		    : sp_roster_group(ros, l->name);
	if (will == SP_WILL_REMOVE)
		sp_diag_warn(ck->diag, res, F_RULES, item,
			     "the %s \"%s\" is removed by this profile", what,
			     l->name);
	else if (will == SP_WILL_NOT)
		sp_diag_warn(ck->diag, res, F_RULES, item,
			     "the %s \"%s\" is neither on the host nor in the "
			     "profile",
			     what, l->name);
}

static void check_nofile(const struct sp_check *ck,
			 const struct sp_resource *res, int item,
			 const struct sp_limit *l)
{
	if (!sp_streq(l->item, "nofile"))
		return;
	if (l->unlimited)
		sp_diag_warn(ck->diag, res, F_RULES, item,
			     "nofile cannot be unlimited: the kernel allows %d "
			     "(sysctl fs.nr_open), and older versions of "
			     "pam_limits refuse the login; write a number",
			     NOFILE_MAX);
	else if (l->value > NOFILE_MAX)
		sp_diag_warn(ck->diag, res, F_RULES, item,
			     "nofile is above %d, which is all that the kernel "
			     "allows (sysctl fs.nr_open) unless it is raised; "
			     "the login may be refused",
			     NOFILE_MAX);
}

struct keyed {
	char *key;
	int i;
};

static int cmp_key(const void *a, const void *b)
{
	const struct keyed *x = a, *y = b;
	int c = strcmp(x->key, y->key);

	return c ? c : x->i - y->i;
}

static void check_rules(const struct sp_roster *ros, const struct sp_check *ck,
			const struct sp_resource *res)
{
	const struct sp_strv *rules = sp_state_list(&res->want, F_RULES);
	sp_auto_free struct keyed *keys =
		sp_xcalloc(rules->n + 1, sizeof(*keys));

	for (size_t i = 0; i < rules->n; i++) {
		struct sp_limit l;

		sp_limit_parse(rules->v[i], &l);
		check_whom(ros, ck, res, (int)i, &l);
		check_nofile(ck, res, (int)i, &l);
		keys[i] = (struct keyed){ sp_take(&l.key), (int)i };
		sp_limit_clear(&l);
	}
	qsort(keys, rules->n, sizeof(*keys), cmp_key);
	for (size_t i = 1; i < rules->n; i++)
		if (sp_streq(keys[i - 1].key, keys[i].key))
			sp_diag_warn(ck->diag, res, F_RULES, keys[i - 1].i,
				     "\"%s\" has no effect, because \"%s\" "
				     "comes behind it",
				     rules->v[keys[i - 1].i],
				     rules->v[keys[i].i]);
	for (size_t i = 0; i < rules->n; i++)
		free(keys[i].key);
}

static void limits_check(const struct sp_check *ck)
{
	sp_auto_roster ros = { 0 };
	sp_auto_err err = { 0 };
	struct sp_resource *res;
	size_t n = sp_roster_span(ck, &res);

	if (n == 0)
		return;
	if (sp_roster_load(ck->host, ck->profile, &ros, &err) < 0) {
		sp_diag_error(ck->diag, ck->res, -1, -1, "%s", err.msg);
		return;
	}
	for (size_t i = 0; i < n; i++)
		if (res[i].want.present)
			check_rules(&ros, ck, &res[i]);
}

/* --- verbs ------------------------------------------------------------------ */

static int limits_observe(struct sp_host *h, const char *id,
			  const struct sp_state *want,
			  struct sp_state *ret_have, struct sp_err *err)
{
	sp_auto_free char *path = path_of(id);
	sp_auto_strv rules = { 0 };
	sp_auto_buf text = { 0 };
	int r = sp_host_read(h, path, &text, err);

	(void)want;
	if (r <= 0)
		return r;
	ret_have->present = true;
	sp_limits_read(&text, &rules);
	sp_state_set_list(ret_have, F_RULES, &rules);
	return 0;
}

static int limits_apply(struct sp_host *h, const struct sp_change *c,
			struct sp_err *err)
{
	sp_auto_free char *path = path_of(c->id);
	sp_auto_buf old = { 0 }, text = { 0 };
	int r;

	if (!c->after.present)
		return sp_host_remove(h, path, err);
	r = sp_host_read(h, path, &old, err);
	if (r < 0)
		return r;
	if (r == 0)
		sp_buf_add(&old, HEADER);
	sp_limits_edit(&old, sp_state_list(&c->after, F_RULES), &text);
	return sp_host_write(h, path, sp_buf_cstr(&text), text.len,
			     SP_ATTR_KEEP, err);
}

static const char *const paths[] = { DIRECTORY "/*.conf",    "/etc/passwd",
				     "/etc/group",	     "/etc/login.defs",
				     "/etc/default/useradd", NULL };

const struct sp_kind sp_kind_limits = {
	.name = "limits",
	.section = "limits",
	.shape = SP_SHAPE_LIST,
	.summary = "resource limits that users get at login",
	.fields = fields,
	.paths = paths,
	.check_name = check_name,
	.check = limits_check,
	.observe = limits_observe,
	.apply = limits_apply,
};
