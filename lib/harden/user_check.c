/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * user_check.c - what is wrong with the users of a profile, see user.h.
 */
#include "core/mem.h"
#include "core/profile.h"
#include "core/word.h"
#include "harden/home.h"
#include "harden/pwhash.h"
#include "harden/roster.h"
#include "harden/sshkey.h"
#include "harden/user.h"

struct checker {
	const struct sp_check *ck;
	struct sp_roster ros;
	struct sp_strv shells; /* of the host */
	bool snapshot;
};

static void checker_clear(struct checker *k)
{
	sp_roster_clear(&k->ros);
	sp_strv_clear(&k->shells);
}

/* Does the profile's user of that name, before @res, make its own group? */
static bool makes_group(const struct checker *k, const struct sp_resource *res,
			const char *name)
{
	const struct sp_entry *e = sp_index_name(&k->ros.users_wanted, name);

	return e && e->res->want.present && e->res <= res &&
	       !sp_state_has(&e->res->want, SP_USER_GROUP);
}

static void check_group(const struct checker *k, struct sp_resource *res,
			int f, int item, const char *name)
{
	struct sp_diag *d = k->ck->diag;
	enum sp_will will = sp_roster_group(&k->ros, name);
	const char *risk = sp_acct_privilege(name);

	if (will == SP_WILL_REMOVE)
		sp_diag_error(d, res, f, item,
			      "the group \"%s\" is removed by this profile",
			      name);
	else if (will == SP_WILL_NOT && k->ros.host &&
		 !makes_group(k, res, name))
		sp_check_missing(k->ck, res, f, item,
				 "the group \"%s\" is neither on the host nor in "
				 "the profile; add it under \"groups\"",
				 name);
	if (risk && !sp_streq(res->id, "root"))
		sp_diag_warn(d, res, f, item, "%s", risk);
}

/* A group of the profile that takes no members but its own. */
static void check_group_exact(const struct checker *k,
			      const struct sp_resource *res, int item,
			      const char *name)
{
	const struct sp_entry *e = sp_index_name(&k->ros.groups_wanted, name);
	const struct sp_field *f = e ? e->res->kind->fields : NULL;
	int members;

	if (!e || !sp_state_bool(&e->res->want,
				 sp_field_find(f, "members_exact"), false))
		return;
	members = sp_field_find(f, "members");
	if (sp_state_get(&e->res->want, members) &&
	    !sp_strv_has(sp_state_list(&e->res->want, members), res->id))
		sp_diag_error(k->ck->diag, res, SP_USER_GROUPS, item,
			      "the group \"%s\" has members_exact, but does "
			      "not list this user",
			      name);
}

/* Groups of the profile whose members want to be in fewer groups. */
static void check_users_exact(const struct checker *k)
{
	const struct sp_index *groups = &k->ros.groups_wanted;

	for (size_t i = 0; i < groups->n; i++) {
		const struct sp_resource *g = groups->by_name[i].res;
		const struct sp_strv *l = sp_state_list(
			&g->want, sp_field_find(g->kind->fields, "members"));

		for (size_t j = 0; g->want.present && j < l->n; j++) {
			const struct sp_entry *u =
				sp_index_name(&k->ros.users_wanted, l->v[j]);
			const struct sp_state *w = u ? &u->res->want : NULL;

			if (w && w->present &&
			    sp_state_get(w, SP_USER_GROUPS) &&
			    sp_state_bool(w, SP_USER_GROUPS_EXACT, false) &&
			    !sp_strv_has(sp_state_list(w, SP_USER_GROUPS),
					 g->id))
				sp_diag_error(k->ck->diag, u->res,
					      SP_USER_GROUPS, -1,
					      "groups_exact leaves out \"%s\", "
					      "which lists this user as a "
					      "member",
					      g->id);
		}
	}
}

/* A membership in root's group that nobody asked for, and nobody ends. */
static void check_left_over(const struct checker *k,
			    const struct sp_resource *res)
{
	const struct sp_strv *l = sp_state_list(&res->want, SP_USER_GROUPS);
	struct sp_rec r;

	if (sp_streq(res->id, "root") || sp_strv_has(l, "root") ||
	    !sp_state_get(&res->want, SP_USER_GROUPS) ||
	    sp_state_bool(&res->want, SP_USER_GROUPS_EXACT, false) ||
	    !sp_acct_find(&k->ros.groups, "root", &r) ||
	    !sp_acct_list_has(&k->ros.groups, &r, SP_GR_MEMBERS, res->id))
		return;
	sp_diag_warn(k->ck->diag, res, SP_USER_GROUPS, -1,
		     "stays a member of \"root\", whose members get at files "
		     "that are root's alone; groups_exact would end it");
}

static void check_home(const struct checker *k, const struct sp_resource *res,
		       bool is_new, const char *old)
{
	const struct sp_strv *keys =
		sp_state_list(&res->want, SP_USER_SSH_KEYS);
	const char *home = sp_state_str(&res->want, SP_USER_HOME);
	sp_auto_free char *made = NULL;
	sp_auto_err err = { 0 };

	if (home && !is_new && !sp_streq(home, old))
		sp_diag_warn(k->ck->diag, res, SP_USER_HOME, -1,
			     "changes from \"%s\" to \"%s\"; nothing is moved",
			     old, home);
	if (!k->ros.host || k->snapshot || !keys->n ||
	    sp_user_makes_home(&res->want))
		return;
	if (!home && is_new)
		home = made = sp_asprintf("%s/%s", k->ros.defs.home, res->id);
	else if (!home)
		home = old;
	if (home[0] == '/' && sp_home_exists(k->ck->host, home, &err) == 0)
		sp_diag_error(
			k->ck->diag, res, SP_USER_SSH_KEYS, -1,
			sp_state_has(&res->want, SP_USER_CREATE_HOME)
				? "the home \"%s\" is not there, and create_home "
				  "is false"
				: N_("the home \"%s\" is not there, and create_home "
				     "is false for a system account"),
			home);
}

static void check_keys(const struct checker *k, const struct sp_resource *res)
{
	const struct sp_strv *keys =
		sp_state_list(&res->want, SP_USER_SSH_KEYS);

	for (size_t i = 0; i < keys->n; i++) {
		sp_auto_free char *weak = sp_sshkey_weakness(keys->v[i]);

		if (weak)
			sp_diag_warn(k->ck->diag, res, SP_USER_SSH_KEYS, (int)i,
				     "%s", weak);
		for (size_t j = 0; j < i; j++)
			if (sp_sshkey_same(keys->v[i], keys->v[j]))
				sp_diag_error(k->ck->diag, res,
					      SP_USER_SSH_KEYS, (int)i,
					      "the same key is given twice");
	}
}

static void check_shell(const struct checker *k, const struct sp_resource *res)
{
	const char *shell = sp_state_str(&res->want, SP_USER_SHELL);
	sp_auto_err err = { 0 };
	struct sp_stat st;

	if (!shell || !k->ros.host || k->snapshot ||
	    sp_strv_has(&k->shells, shell) ||
	    sp_host_stat_follow(k->ck->host, shell, &st, &err) != 0)
		return;
	sp_diag_warn(k->ck->diag, res, SP_USER_SHELL, -1,
		     "\"%s\" is not on the host; nobody can log in with it "
		     "unless a package brings it",
		     shell);
}

static void check_password(const struct checker *k,
			   const struct sp_resource *res)
{
	const char *hash = sp_state_str(&res->want, SP_USER_PASSWORD_HASH);
	const char *weak = hash ? sp_pwhash_weak(hash) : NULL;

	if (weak)
		sp_diag_warn(k->ck->diag, res, SP_USER_PASSWORD_HASH, -1,
			     "%s is a weak method; make the hash anew with "
			     "\"openssl passwd -6\"",
			     weak);
}

static void check_removal(const struct checker *k,
			  const struct sp_resource *res)
{
	const struct sp_entry *g =
		sp_index_name(&k->ros.groups_wanted, res->id);
	const struct sp_entry *own =
		sp_index_name(&k->ros.host_groups, res->id);
	const struct sp_entry *there =
		sp_index_name(&k->ros.host_users, res->id);
	struct sp_rec r;

	if (there)
		r = sp_roster_rec(&k->ros.users, there);
	if (sp_streq(res->id, "root") ||
	    (there && sp_acct_id(&k->ros.users, &r, SP_PW_UID) == 0))
		sp_diag_error(k->ck->diag, res, -1, -1,
			      "has the uid of root, and stays");
	if (there && g && g->res->want.present && own &&
	    sp_acct_id(&k->ros.users, &r, SP_PW_GID) == own->id &&
	    !sp_state_list(&g->res->want,
			   sp_field_find(g->res->kind->fields, "members"))
		     ->n)
		sp_diag_error(
			k->ck->diag, res, -1, -1,
			"takes its own group \"%s\" with it, which this "
			"profile keeps; remove the user in a run of its own "
			"first",
			res->id);
}

static void check_one(const struct checker *k, struct sp_resource *res)
{
	const struct sp_state *want = &res->want;
	const struct sp_strv *groups = sp_state_list(want, SP_USER_GROUPS);
	struct sp_diag *d = k->ck->diag;
	int64_t uid = sp_state_int(want, SP_USER_UID, -1);
	const struct sp_entry *there =
		sp_index_name(&k->ros.host_users, res->id);
	sp_auto_free char *home = NULL;

	if (!want->present) {
		check_removal(k, res);
		return;
	}
	if (uid == 0 && !sp_streq(res->id, "root"))
		sp_diag_warn(d, res, SP_USER_UID, -1,
			     "0 makes root of this user");
	else if (uid >= 0 && there && there->id != (uint32_t)uid)
		sp_diag_warn(d, res, SP_USER_UID, -1,
			     "changes from %u to %u; files of the user keep "
			     "the old owner",
			     there->id, (uint32_t)uid);
	if (there) {
		struct sp_rec r = sp_roster_rec(&k->ros.users, there);

		home = sp_acct_get(&k->ros.users, &r, SP_PW_HOME);
	}
	if (sp_state_has(want, SP_USER_GROUP))
		check_group(k, res, SP_USER_GROUP, -1,
			    sp_state_str(want, SP_USER_GROUP));
	for (size_t i = 0; i < groups->n; i++) {
		check_group(k, res, SP_USER_GROUPS, (int)i, groups->v[i]);
		check_group_exact(k, res, (int)i, groups->v[i]);
	}
	check_left_over(k, res);
	check_home(k, res, !there, home);
	check_shell(k, res);
	check_password(k, res);
	check_keys(k, res);
}

/* --- the whole ------------------------------------------------------------- */

void sp_user_check(const struct sp_check *ck)
{
	__attribute__((cleanup(checker_clear))) struct checker k = { .ck = ck };
	sp_auto_err err = { 0 };
	sp_auto_buf text = { 0 };
	struct sp_resource *res;
	size_t n = sp_roster_span(ck, &res);
	int r;

	if (n == 0)
		return;
	r = sp_roster_load(ck->host, ck->profile, &k.ros, &err);
	if (r >= 0 && ck->host)
		r = sp_host_read(ck->host, "/etc/shells", &text, &err);
	if (r < 0) {
		sp_diag_error(ck->diag, ck->res, -1, -1, "%s", err.msg);
		return;
	}
	sp_strv_split(&k.shells, sp_buf_cstr(&text), "\n");
	k.snapshot = ck->host && sp_host_snapshot(ck->host);
	sp_roster_check_ids(&k.ros, ck, res, n, true, SP_USER_UID,
			    SP_USER_SYSTEM);
	check_users_exact(&k);
	for (size_t i = 0; i < n; i++)
		check_one(&k, &res[i]);
}
