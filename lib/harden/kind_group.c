/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * kind_group.c - a group: its id and its members.
 *
 * Sets one record of /etc/group, and of /etc/gshadow where that file exists.
 * A new id is the passwd record's business too: users whose primary group
 * this is get it, as with groupmod(8).
 *
 * Source: group(5), gshadow(5), groupadd(8), groupmod(8), groupdel(8).
 *
 * Undo brings back everything but the group owner of files, which is never
 * touched.
 */
#include <errno.h>

#include "core/mem.h"
#include "core/profile.h"
#include "harden/accounts.h"
#include "harden/acct_redact.h"
#include "harden/roster.h"

enum { F_GID, F_SYSTEM, F_MEMBERS, F_MEMBERS_EXACT };

static const struct sp_field fields[] = {
	[F_GID] = {
		.name = "gid", .type = SP_T_INT, .max = SP_ID_MAX,
		.doc = "Numeric id; a new group without it gets the next free "
		       "one of the range in /etc/login.defs.",
	},
	[F_SYSTEM] = {
		.name = "system", .type = SP_T_BOOL, .flags = SP_F_DIRECTIVE,
		.dflt = "false",
		.doc = "A new group gets its id from the system range "
		       "(SYS_GID_MIN to SYS_GID_MAX).",
	},
	[F_MEMBERS] = {
		.name = "members", .type = SP_T_SET,
		.canon = sp_acct_canon_name,
		.doc = "Users that are members; others stay members unless "
		       "members_exact is true.",
	},
	[F_MEMBERS_EXACT] = {
		.name = "members_exact", .type = SP_T_BOOL,
		.flags = SP_F_DIRECTIVE, .dflt = "false",
		.doc = "Members that are not listed are dropped.",
	},
	{ .name = NULL },
};

static int choose_gid(struct sp_host *h, const struct sp_accounts *a,
		      const struct sp_state *want, uint32_t *ret,
		      struct sp_err *err)
{
	bool system = sp_state_bool(want, F_SYSTEM, false);
	sp_auto_defs d = { 0 };
	uint32_t min, max;
	int r;

	if (sp_state_has(want, F_GID)) {
		*ret = (uint32_t)sp_state_int(want, F_GID, 0);
		return 0;
	}
	r = sp_defs_load(h, &d, err);
	if (r < 0)
		return r;
	min = system ? d.sys_gid_min : d.gid_min;
	max = system ? d.sys_gid_max : d.gid_max;
	if (!sp_acct_free_id(&a->gr, min, max, system, ret))
		return sp_fail(err, ENOSPC,
			       "no free gid from %u to %u is left "
			       "(/etc/login.defs)",
			       min, max);
	return 0;
}

/* The users whose primary group was @old stay in the group. */
static void move_users(struct sp_acct *pw, uint32_t old, uint32_t gid)
{
	sp_auto_free char *text = sp_asprintf("%u", gid);
	size_t pos = 0;
	struct sp_rec r;

	while (sp_acct_next(pw, &pos, &r)) {
		if (sp_acct_id(pw, &r, SP_PW_GID) != old)
			continue;
		sp_acct_set(pw, &r, SP_PW_GID, text);
		pos = r.off + r.len;
	}
}

static int set_gid(struct sp_accounts *a, const char *name, uint32_t gid,
		   struct sp_err *err)
{
	sp_auto_free char *text = sp_asprintf("%u", gid);
	struct sp_rec r, other;
	uint32_t old;

	if (sp_acct_find_id(&a->gr, gid, &other)) {
		sp_auto_free char *who = sp_acct_get(&a->gr, &other, 0);

		if (!sp_streq(who, name))
			return sp_fail(err, EEXIST,
				       "gid %u is used by the group \"%s\" "
				       "(/etc/group)",
				       gid, who);
	}
	if (!sp_acct_find(&a->gr, name, &r)) {
		sp_accounts_add_group(a, name, gid);
		return 0;
	}
	old = sp_acct_id(&a->gr, &r, SP_GR_GID);
	if (old == gid)
		return 0;
	sp_acct_set(&a->gr, &r, SP_GR_GID, text);
	move_users(&a->pw, old, gid);
	return 0;
}

/*
 * Only what differs between before and after goes: others may have been added
 * in the same run by their users.
 */
static void set_members(struct sp_accounts *a, const struct sp_change *c)
{
	const struct sp_strv *after = sp_state_list(&c->after, F_MEMBERS);
	const struct sp_strv *before = sp_state_list(&c->before, F_MEMBERS);

	if (!sp_state_get(&c->after, F_MEMBERS))
		return;
	for (size_t i = 0; i < after->n; i++)
		(void)sp_accounts_join(a, c->id, after->v[i]);
	for (size_t i = 0; i < before->n; i++)
		if (!sp_strv_has(after, before->v[i]))
			(void)sp_accounts_leave(a, c->id, before->v[i]);
}

static int remove_group(struct sp_accounts *a, const char *name,
			struct sp_err *err)
{
	struct sp_rec r, user;
	size_t pos = 0;
	uint32_t gid;

	if (!sp_acct_find(&a->gr, name, &r)) {
		(void)sp_acct_remove(&a->gs, name);
		return 0;
	}
	gid = sp_acct_id(&a->gr, &r, SP_GR_GID);
	while (sp_acct_next(&a->pw, &pos, &user)) {
		sp_auto_free char *who = NULL;

		if (sp_acct_id(&a->pw, &user, SP_PW_GID) != gid)
			continue;
		who = sp_acct_get(&a->pw, &user, 0);
		return sp_fail(err, EBUSY,
			       "is the primary group of the user \"%s\" "
			       "(/etc/passwd); remove that user or change its "
			       "group first",
			       who);
	}
	(void)sp_acct_remove(&a->gr, name);
	(void)sp_acct_remove(&a->gs, name);
	return 0;
}

/* --- check ------------------------------------------------------------------ */

static void check_members(const struct sp_roster *ros,
			  const struct sp_check *ck,
			  const struct sp_resource *res)
{
	const struct sp_strv *l = sp_state_list(&res->want, F_MEMBERS);
	const char *risk = sp_acct_privilege(res->id);

	for (size_t i = 0; i < l->n; i++) {
		enum sp_will will = sp_roster_user(ros, l->v[i]);

		if (will == SP_WILL_REMOVE)
			sp_diag_error(ck->diag, res, F_MEMBERS, (int)i,
				      "\"%s\" is removed by this profile",
				      l->v[i]);
		else if (will == SP_WILL_NOT && ros->host)
			sp_diag_warn(ck->diag, res, F_MEMBERS, (int)i,
				     "\"%s\" is neither on the host nor in the "
				     "profile",
				     l->v[i]);
		if (risk && !sp_streq(l->v[i], "root"))
			sp_diag_warn(ck->diag, res, F_MEMBERS, (int)i, "%s",
				     risk);
	}
}

/* A user of this primary group that stays is in the way of removal. */
static void check_remove(const struct sp_roster *ros, const struct sp_check *ck,
			 const struct sp_resource *res)
{
	const struct sp_entry *own = sp_index_name(&ros->host_groups, res->id);
	size_t pos = 0;
	struct sp_rec r;

	if (sp_streq(res->id, "root")) {
		sp_diag_error(ck->diag, res, -1, -1,
			      "is root's group, which stays");
		return;
	}
	while (own && sp_acct_next(&ros->users, &pos, &r)) {
		sp_auto_free char *who = NULL;
		const struct sp_entry *w;

		if (sp_acct_id(&ros->users, &r, SP_PW_GID) != own->id)
			continue;
		who = sp_acct_get(&ros->users, &r, 0);
		w = sp_index_name(&ros->users_wanted, who);
		/* One that the profile knows may get another group. */
		if (w && (!w->res->want.present ||
			  sp_state_has(&w->res->want,
				       sp_field_find(w->res->kind->fields,
						     "group"))))
			continue;
		sp_diag_error(ck->diag, res, -1, -1,
			      "is the primary group of the user \"%s\" "
			      "(/etc/passwd); remove that user or change its "
			      "group",
			      who);
		return;
	}
}

static void check_one(const struct sp_roster *ros, const struct sp_check *ck,
		      const struct sp_resource *res)
{
	const struct sp_entry *own = sp_index_name(&ros->host_groups, res->id);
	int64_t gid = sp_state_int(&res->want, F_GID, -1);

	if (!res->want.present) {
		check_remove(ros, ck, res);
		return;
	}
	if (gid >= 0 && (gid == 0) != sp_streq(res->id, "root"))
		sp_diag_error(ck->diag, res, F_GID, -1,
			      "0 is the gid of \"root\", and of nothing else");
	else if (gid >= 0 && own && own->id != (uint32_t)gid)
		sp_diag_warn(ck->diag, res, F_GID, -1,
			     "changes from %u to %u; files of the group keep "
			     "the old one",
			     own->id, (uint32_t)gid);
	check_members(ros, ck, res);
}

/* --- verbs ------------------------------------------------------------------ */

static int group_observe(struct sp_host *h, const char *id,
			 const struct sp_state *want, struct sp_state *ret_have,
			 struct sp_err *err)
{
	sp_auto_acct gr = { .file = SP_GROUP };
	sp_auto_strv members = { 0 };
	struct sp_rec rec;
	int r = sp_acct_load(h, SP_GROUP, &gr, err);

	(void)want;
	if (r < 0)
		return r;
	if (!sp_acct_find(&gr, id, &rec))
		return 0;
	ret_have->present = true;
	sp_state_set_int(ret_have, F_GID, sp_acct_id(&gr, &rec, SP_GR_GID));
	sp_acct_list(&gr, &rec, SP_GR_MEMBERS, &members);
	sp_state_set_list(ret_have, F_MEMBERS, &members);
	return 0;
}

static int group_diff(const struct sp_kind *kind, const struct sp_state *want,
		      const struct sp_state *have, struct sp_change *ret_change,
		      struct sp_err *err)
{
	sp_auto_state w = { 0 };

	sp_state_copy(&w, want);
	if (want->present && have->present && sp_state_get(want, F_MEMBERS) &&
	    !sp_state_bool(want, F_MEMBERS_EXACT, false)) {
		sp_auto_strv all = { 0 };

		sp_strv_copy(&all, sp_state_list(want, F_MEMBERS));
		for (size_t i = 0; i < sp_state_list(have, F_MEMBERS)->n; i++)
			sp_strv_add(&all, sp_state_list(have, F_MEMBERS)->v[i]);
		sp_state_set_list(&w, F_MEMBERS, &all);
	}
	return sp_diff_fields(kind, &w, have, ret_change, err);
}

static void group_check(const struct sp_check *ck)
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
	sp_roster_check_ids(&ros, ck, res, n, false, F_GID, F_SYSTEM);
	for (size_t i = 0; i < n; i++)
		check_one(&ros, ck, &res[i]);
}

static int group_apply(struct sp_host *h, const struct sp_change *c,
		       struct sp_err *err)
{
	sp_auto_accounts a = { 0 };
	struct sp_rec rec;
	uint32_t gid;
	int r = sp_accounts_load(h, &a, err);

	if (r < 0)
		return r;
	if (!c->after.present) {
		r = remove_group(&a, c->id, err);
		return r < 0 ? r : sp_accounts_save(h, &a, err);
	}
	if (sp_state_has(&c->after, F_GID) ||
	    !sp_acct_find(&a.gr, c->id, &rec)) {
		r = choose_gid(h, &a, &c->after, &gid, err);
		if (r >= 0)
			r = set_gid(&a, c->id, gid, err);
		if (r < 0)
			return r;
	}
	set_members(&a, c);
	return sp_accounts_save(h, &a, err);
}

static const char *const paths[] = { "/etc/group", "/etc/passwd",
				     "/etc/login.defs", "/etc/default/useradd",
				     NULL };
static const char *const secret_paths[] = { "/etc/gshadow", NULL };

const struct sp_kind sp_kind_group = {
	.name = "group",
	.section = "groups",
	.shape = SP_SHAPE_LIST,
	.summary = "a group: its id and its members",
	.fields = fields,
	.paths = paths,
	.secret_paths = secret_paths,
	.redact = sp_acct_redact,
	.check_name = sp_acct_check_name,
	.check = group_check,
	.observe = group_observe,
	.diff = group_diff,
	.apply = group_apply,
};
