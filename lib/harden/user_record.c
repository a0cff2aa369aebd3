/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * user_record.c - a user's records and memberships, see user.h.
 *
 * Source: passwd(5), shadow(5), group(5), useradd(8), usermod(8), userdel(8).
 */
#include <errno.h>

#include "core/mem.h"
#include "harden/user.h"

/*
 * The gid that a group's name means; digits are a gid that has no name, which
 * only undo brings.
 */
static int group_gid(const struct sp_accounts *a, const char *name,
		     uint32_t *ret, struct sp_err *err)
{
	struct sp_rec r;
	int64_t gid;

	if (sp_acct_find(&a->gr, name, &r)) {
		*ret = sp_acct_id(&a->gr, &r, SP_GR_GID);
		return 0;
	}
	if (!sp_parse_int(name, 0, SP_ID_MAX, &gid))
		return sp_fail(err, ENOENT,
			       "group \"%s\" is not there (/etc/group)", name);
	*ret = (uint32_t)gid;
	return 0;
}

/* The group of a new user that names none; made if need be. */
static int own_group(struct sp_accounts *a, const struct sp_defs *d,
		     const struct sp_change *c, uint32_t uid, uint32_t *ret,
		     struct sp_err *err)
{
	bool system = sp_state_bool(&c->after, SP_USER_SYSTEM, false);
	uint32_t min = system ? d->sys_gid_min : d->gid_min;
	uint32_t max = system ? d->sys_gid_max : d->gid_max;
	struct sp_rec r;

	if (sp_acct_find(&a->gr, c->id, &r)) {
		*ret = sp_acct_id(&a->gr, &r, SP_GR_GID);
		return 0;
	}
	if (!d->usergroups) {
		if (group_gid(a, d->group, ret, err) == 0)
			return 0;
		return sp_wrap(err, "GROUP of /etc/default/useradd");
	}
	*ret = uid;
	if (sp_acct_find_id(&a->gr, uid, &r) &&
	    !sp_acct_free_id(&a->gr, min, max, system, ret))
		return sp_fail(err, ENOSPC,
			       "no free gid from %u to %u is left "
			       "(/etc/login.defs)",
			       min, max);
	sp_accounts_add_group(a, c->id, *ret);
	return 0;
}

static int free_uid(const struct sp_accounts *a, const struct sp_defs *d,
		    bool system, uint32_t *ret, struct sp_err *err)
{
	uint32_t min = system ? d->sys_uid_min : d->uid_min;
	uint32_t max = system ? d->sys_uid_max : d->uid_max;

	if (!sp_acct_free_id(&a->pw, min, max, system, ret))
		return sp_fail(err, ENOSPC,
			       "no free uid from %u to %u is left "
			       "(/etc/login.defs)",
			       min, max);
	return 0;
}

static int uid_is_free(const struct sp_accounts *a, const char *name,
		       uint32_t uid, struct sp_err *err)
{
	sp_auto_free char *who = NULL;
	struct sp_rec r;

	if (!sp_acct_find_id(&a->pw, uid, &r))
		return 0;
	who = sp_acct_get(&a->pw, &r, 0);
	if (sp_streq(who, name))
		return 0;
	return sp_fail(err, EEXIST,
		       "uid %u is used by the user \"%s\" (/etc/passwd)", uid,
		       who);
}

/* A record without password; system accounts know no ageing. */
static void add_shadow(struct sp_accounts *a, const struct sp_defs *d,
		       const char *name, bool system)
{
	sp_auto_free char *line =
		system ? sp_asprintf("%s:!:::::::", name)
		       : sp_asprintf("%s:!::%s:%s:%s:::", name, d->min_days,
				     d->max_days, d->warn_days);

	sp_acct_add(&a->sh, line);
}

static int add_passwd(struct sp_accounts *a, const struct sp_defs *d,
		      const struct sp_change *c, struct sp_err *err)
{
	const struct sp_state *want = &c->after;
	bool system = sp_state_bool(want, SP_USER_SYSTEM, false);
	sp_auto_free char *home = sp_asprintf("%s/%s", d->home, c->id);
	sp_auto_free char *line = NULL;
	uint32_t uid, gid;
	struct sp_rec rec;
	int r = 0;

	if (sp_state_has(want, SP_USER_UID)) {
		uid = (uint32_t)sp_state_int(want, SP_USER_UID, 0);
		r = uid_is_free(a, c->id, uid, err);
	} else {
		r = free_uid(a, d, system, &uid, err);
	}
	if (r >= 0)
		r = sp_state_has(want, SP_USER_GROUP)
			    ? group_gid(a, sp_state_str(want, SP_USER_GROUP),
					&gid, err)
			    : own_group(a, d, c, uid, &gid, err);
	if (r < 0)
		return r;
	line = sp_asprintf("%s:x:%u:%u::%s:%s", c->id, uid, gid, home,
			   d->shell);
	sp_acct_add(&a->pw, line);
	if (!sp_acct_find(&a->sh, c->id, &rec))
		add_shadow(a, d, c->id, system);
	return 0;
}

static void set_text(struct sp_accounts *a, struct sp_rec *rec,
		     const struct sp_state *want, int field, int column)
{
	const char *s = sp_state_str(want, field);

	if (sp_state_get(want, field))
		sp_acct_set(&a->pw, rec, column, s ? s : "");
}

static int set_ids(struct sp_accounts *a, const struct sp_change *c,
		   struct sp_rec *rec, struct sp_err *err)
{
	const struct sp_state *want = &c->after;
	uint32_t id;
	int r;

	if (sp_state_has(want, SP_USER_UID)) {
		sp_auto_free char *text = NULL;

		id = (uint32_t)sp_state_int(want, SP_USER_UID, 0);
		r = uid_is_free(a, c->id, id, err);
		if (r < 0)
			return r;
		text = sp_asprintf("%u", id);
		sp_acct_set(&a->pw, rec, SP_PW_UID, text);
	}
	if (sp_state_has(want, SP_USER_GROUP)) {
		sp_auto_free char *text = NULL;

		r = group_gid(a, sp_state_str(want, SP_USER_GROUP), &id, err);
		if (r < 0)
			return r;
		text = sp_asprintf("%u", id);
		sp_acct_set(&a->pw, rec, SP_PW_GID, text);
	}
	return 0;
}

static void set_password(struct sp_accounts *a, const struct sp_defs *d,
			 const struct sp_change *c, struct sp_rec *pw)
{
	const char *hash = sp_state_str(&c->after, SP_USER_PASSWORD_HASH);
	struct sp_rec sh;

	if (!sp_state_get(&c->after, SP_USER_PASSWORD_HASH))
		return;
	if (!hash) {
		(void)sp_acct_remove(&a->sh, c->id);
		return;
	}
	if (!sp_acct_find(&a->sh, c->id, &sh))
		add_shadow(a, d, c->id,
			   sp_state_bool(&c->after, SP_USER_SYSTEM, false));
	if (sp_acct_find(&a->sh, c->id, &sh))
		sp_acct_set(&a->sh, &sh, SP_SH_PASSWORD, hash);
	sp_acct_set(&a->pw, pw, SP_PW_PASSWORD, "x");
}

/*
 * Only what differs between before and after goes: the user may have been
 * added to others in the same run by their groups.
 */
static int set_groups(struct sp_accounts *a, const struct sp_change *c,
		      struct sp_err *err)
{
	const struct sp_strv *after = sp_state_list(&c->after, SP_USER_GROUPS);
	sp_auto_strv drop = { 0 };

	if (!sp_state_get(&c->after, SP_USER_GROUPS))
		return 0;
	sp_strv_copy(&drop, sp_state_list(&c->before, SP_USER_GROUPS));
	/* Left over from an earlier user of the name. */
	if (!c->before.present &&
	    sp_state_bool(&c->after, SP_USER_GROUPS_EXACT, false))
		sp_acct_groups_of(&a->gr, c->id, &drop);
	for (size_t i = 0; i < after->n; i++)
		if (!sp_accounts_join(a, after->v[i], c->id))
			return sp_fail(err, ENOENT,
				       "group \"%s\" is not there (/etc/group)",
				       after->v[i]);
	for (size_t i = 0; i < drop.n; i++)
		if (!sp_strv_has(after, drop.v[i]))
			(void)sp_accounts_leave(a, drop.v[i], c->id);
	return 0;
}

/* --- removal ---------------------------------------------------------------- */

/* The user's own group goes with it if nobody else is in it. */
static void remove_own_group(struct sp_accounts *a, const char *name,
			     uint32_t gid)
{
	struct sp_rec r, user;

	if (!sp_acct_find(&a->gr, name, &r) ||
	    sp_acct_id(&a->gr, &r, SP_GR_GID) != gid ||
	    sp_acct_piece(&a->gr, &r, SP_GR_MEMBERS).len > 0)
		return;
	for (size_t pos = 0; sp_acct_next(&a->pw, &pos, &user);)
		if (sp_acct_id(&a->pw, &user, SP_PW_GID) == gid)
			return;
	(void)sp_acct_remove(&a->gr, name);
	(void)sp_acct_remove(&a->gs, name);
}

int sp_user_remove(struct sp_accounts *a, const char *name, struct sp_err *err)
{
	sp_auto_strv groups = { 0 };
	bool there;
	uint32_t gid = 0;
	struct sp_rec r;

	there = sp_acct_find(&a->pw, name, &r);
	if (there) {
		if (sp_acct_id(&a->pw, &r, SP_PW_UID) == 0)
			return sp_fail(err, EPERM,
				       "has the uid of root, and stays");
		gid = sp_acct_id(&a->pw, &r, SP_PW_GID);
	}
	(void)sp_acct_remove(&a->pw, name);
	(void)sp_acct_remove(&a->sh, name);
	sp_acct_groups_of(&a->gr, name, &groups);
	for (size_t i = 0; i < groups.n; i++)
		(void)sp_accounts_leave(a, groups.v[i], name);
	for (size_t pos = 0; sp_acct_next(&a->gs, &pos, &r);) {
		sp_acct_list_drop(&a->gs, &r, SP_GS_ADMINS, name);
		sp_acct_list_drop(&a->gs, &r, SP_GS_MEMBERS, name);
		pos = r.off + r.len;
	}
	if (there)
		remove_own_group(a, name, gid);
	return 0;
}

/* --- the whole ---------------------------------------------------------------- */

int sp_user_set(struct sp_accounts *a, const struct sp_defs *d,
		const struct sp_change *c, struct sp_rec *ret_rec,
		bool *ret_moved, struct sp_err *err)
{
	const char *home = sp_state_str(&c->after, SP_USER_HOME);
	sp_auto_free char *old = NULL;
	struct sp_rec rec;
	int r;

	if (sp_acct_find(&a->pw, c->id, &rec)) {
		old = sp_acct_get(&a->pw, &rec, SP_PW_HOME);
		r = set_ids(a, c, &rec, err);
	} else {
		r = add_passwd(a, d, c, err);
		(void)sp_acct_find(&a->pw, c->id, &rec);
	}
	if (r < 0)
		return r;
	set_text(a, &rec, &c->after, SP_USER_GECOS, SP_PW_GECOS);
	set_text(a, &rec, &c->after, SP_USER_HOME, SP_PW_HOME);
	set_text(a, &rec, &c->after, SP_USER_SHELL, SP_PW_SHELL);
	set_password(a, d, c, &rec);
	r = set_groups(a, c, err);
	if (r < 0)
		return r;
	*ret_moved = !old || (home && !sp_streq(home, old));
	*ret_rec = rec;
	return 0;
}
