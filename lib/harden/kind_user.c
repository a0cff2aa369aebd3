/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * kind_user.c - a user: its account, its groups, its home and its ssh keys.
 *
 * Sets one record of /etc/passwd and /etc/shadow, memberships in /etc/group
 * and /etc/gshadow, and HOME/.ssh/authorized_keys; makes the home from the
 * skeleton.  New accounts are what useradd(8) makes of the same files, except
 * that the day of the last password change stays empty: a plan must not
 * depend on the day it is made.  /etc/subuid and /etc/subgid, mail spools and
 * the homes of removed users are left alone.
 *
 * Source: passwd(5), shadow(5), group(5), useradd(8), usermod(8), userdel(8).
 *
 * Undo brings back all records; what the user has put into a home that the
 * run made stays.
 */
#include <errno.h>

#include "core/mem.h"
#include "harden/accounts.h"
#include "harden/acct_redact.h"
#include "harden/home.h"
#include "harden/pwhash.h"
#include "harden/sshkey.h"
#include "harden/user.h"

static int canon_gecos(const char *text, char **ret, struct sp_err *err);

static const struct sp_field fields[] = {
	[SP_USER_UID] = {
		.name = "uid", .type = SP_T_INT, .max = SP_ID_MAX,
		.doc = "Numeric id; a new user without it gets the next free "
		       "one of the range in /etc/login.defs.",
	},
	[SP_USER_GROUP] = {
		.name = "group", .type = SP_T_STR, .canon = sp_acct_canon_name,
		.doc = "Primary group; a new user without it gets the group of "
		       "its own name, which is made if it is not there.",
	},
	[SP_USER_GROUPS] = {
		.name = "groups", .type = SP_T_SET, .canon = sp_acct_canon_name,
		.doc = "Supplementary groups; the user stays in others unless "
		       "groups_exact is true.",
	},
	[SP_USER_GROUPS_EXACT] = {
		.name = "groups_exact", .type = SP_T_BOOL,
		.flags = SP_F_DIRECTIVE, .dflt = "false",
		.doc = "Memberships that are not listed are dropped.",
	},
	[SP_USER_GECOS] = {
		.name = "gecos", .type = SP_T_STR, .canon = canon_gecos,
		.doc = "Full name or comment.",
	},
	[SP_USER_HOME] = {
		.name = "home", .type = SP_T_STR, .canon = sp_acct_canon_path,
		.doc = "Home directory; a new user without it gets NAME below "
		       "HOME of /etc/default/useradd, or /home.",
	},
	[SP_USER_CREATE_HOME] = {
		.name = "create_home", .type = SP_T_BOOL,
		.flags = SP_F_DIRECTIVE,
		.doc = "Make the home of a new user from the skeleton if it is "
		       "not there; true unless system is true.",
	},
	[SP_USER_SHELL] = {
		.name = "shell", .type = SP_T_STR, .canon = sp_acct_canon_path,
		.doc = "Login shell; a new user without it gets SHELL of "
		       "/etc/default/useradd, or /bin/bash.",
	},
	[SP_USER_SYSTEM] = {
		.name = "system", .type = SP_T_BOOL, .flags = SP_F_DIRECTIVE,
		.dflt = "false",
		.doc = "A new user is a system account: id from the system "
		       "range, no home, no password ageing.",
	},
	[SP_USER_PASSWORD_HASH] = {
		.name = "password_hash", .type = SP_T_STR,
		.flags = SP_F_SECRET, .canon = sp_pwhash_canon,
		.doc = "Password as a crypt(5) hash; \"!\" for none, which a "
		       "new user without it gets.",
	},
	[SP_USER_SSH_KEYS] = {
		.name = "ssh_keys", .type = SP_T_SET, .canon = sp_sshkey_canon,
		.doc = "OpenSSH public keys for HOME/.ssh/authorized_keys; "
		       "others stay there unless ssh_keys_exact is true.",
	},
	[SP_USER_SSH_KEYS_EXACT] = {
		.name = "ssh_keys_exact", .type = SP_T_BOOL,
		.flags = SP_F_DIRECTIVE, .dflt = "false",
		.doc = "Keys that are not listed are dropped.",
	},
	{ .name = NULL },
};

static int canon_gecos(const char *text, char **ret, struct sp_err *err)
{
	for (const char *s = text; *s; s++)
		if (*s == ':' || (unsigned char)*s < ' ' || *s == 0x7f)
			return sp_fail(err, EINVAL,
				       "expected text without \":\" and "
				       "control characters");
	*ret = sp_xstrdup(text);
	return 0;
}

/* --- homes ------------------------------------------------------------------ */

bool sp_user_makes_home(const struct sp_state *want)
{
	return sp_state_bool(want, SP_USER_CREATE_HOME,
			     !sp_state_bool(want, SP_USER_SYSTEM, false));
}

static int set_keys(struct sp_host *h, const struct sp_change *c,
		    const char *home, uint32_t uid, uint32_t gid,
		    struct sp_err *err)
{
	const struct sp_strv *after =
		sp_state_list(&c->after, SP_USER_SSH_KEYS);
	const struct sp_strv *before =
		sp_state_list(&c->before, SP_USER_SSH_KEYS);
	bool exact = sp_state_bool(&c->after, SP_USER_SSH_KEYS_EXACT, false);
	sp_auto_buf old = { 0 }, text = { 0 };
	sp_auto_strv drop = { 0 };
	int r;

	if (!sp_state_get(&c->after, SP_USER_SSH_KEYS))
		return 0;
	r = sp_home_exists(h, home, err);
	if (r < 0)
		return r;
	if (r == 0 && after->n == 0)
		return 0;
	if (r == 0)
		return sp_fail(err, ENOENT,
			       "ssh_keys: the home \"%s\" is not there; make "
			       "it, or set create_home",
			       home);
	r = sp_home_keys_read(h, home, &old, err);
	if (r < 0 || (r == 0 && after->n == 0))
		return r;
	sp_strv_copy(&drop, before);
	/* A file that was there before its user. */
	if (!c->before.present && exact)
		sp_sshkeys_read(&old, &drop);
	for (size_t i = drop.n; i-- > 0;)
		if (sp_strv_has(after, drop.v[i]))
			sp_strv_remove(&drop, i);
	sp_sshkeys_edit(&old, after, &drop, &text);
	return sp_home_keys_write(h, home, uid, gid, &text, err);
}

static int set_home(struct sp_host *h, const struct sp_defs *d,
		    const struct sp_change *c, const struct sp_accounts *a,
		    const struct sp_rec *rec, bool moved, struct sp_err *err)
{
	sp_auto_free char *home = sp_acct_get(&a->pw, rec, SP_PW_HOME);
	uint32_t uid = sp_acct_id(&a->pw, rec, SP_PW_UID);
	uint32_t gid = sp_acct_id(&a->pw, rec, SP_PW_GID);
	int r = 0;

	if (home[0] != '/')
		return 0;
	if (sp_user_makes_home(&c->after) &&
	    (moved || sp_state_list(&c->after, SP_USER_SSH_KEYS)->n > 0))
		r = sp_home_make(h, home, d->skel, uid, gid, d->home_mode, err);
	if (r < 0)
		return r;
	return set_keys(h, c, home, uid, gid, err);
}

/* --- verbs ------------------------------------------------------------------ */

static void observe_group(const struct sp_acct *gr, const char *id,
			  uint32_t gid, struct sp_state *have)
{
	struct sp_rec r;

	/* Mostly it is the user's own; where two share a gid that one counts. */
	if ((sp_acct_find(gr, id, &r) &&
	     sp_acct_id(gr, &r, SP_GR_GID) == gid) ||
	    sp_acct_find_id(gr, gid, &r))
		sp_state_set_str_take(have, SP_USER_GROUP,
				      sp_acct_get(gr, &r, 0));
	else
		sp_state_set_str_take(have, SP_USER_GROUP,
				      sp_asprintf("%u", gid));
}

/* In the spelling of the profile, if it is a path at all. */
static void observe_path(const struct sp_acct *pw, const struct sp_rec *rec,
			 int column, struct sp_state *have, int f)
{
	char *text = sp_acct_get(pw, rec, column), *canon;
	sp_auto_err err = { 0 };

	if (sp_acct_canon_path(text, &canon, &err) == 0) {
		free(text);
		text = canon;
	}
	sp_state_set_str_take(have, f, text);
}

/*
 * Unset where a snapshot has left the secrets out, and where only root may
 * read them but nobody asks for them.
 */
static int observe_password(struct sp_host *h, const struct sp_acct *pw,
			    const struct sp_rec *rec, const char *id,
			    const struct sp_state *want, struct sp_state *have,
			    struct sp_err *err)
{
	sp_auto_free char *text = sp_acct_get(pw, rec, SP_PW_PASSWORD);
	sp_auto_acct sh = { .file = SP_SHADOW };
	sp_auto_err mine = { 0 };
	struct sp_rec s;

	/* The hash itself may stand in passwd, where shadow is not in use. */
	if (!sp_streq(text, "x")) {
		sp_state_set_str(have, SP_USER_PASSWORD_HASH, text);
		return 0;
	}
	if (sp_acct_load(h, SP_SHADOW, &sh, &mine) < 0) {
		if (!sp_state_get(want, SP_USER_PASSWORD_HASH))
			return 0;
		return sp_fail(err, mine.code, "password_hash: %s", mine.msg);
	}
	if (sp_acct_find(&sh, id, &s)) {
		sp_auto_free char *field = sp_acct_get(&sh, &s, SP_SH_PASSWORD);

		sp_state_set_str_take(
			have, SP_USER_PASSWORD_HASH,
			sp_acct_unmark(field,
				       sp_state_str(want,
						    SP_USER_PASSWORD_HASH)));
	}
	else if (sh.there || !sp_host_snapshot(h))
		sp_state_set_none(have, SP_USER_PASSWORD_HASH);
	return 0;
}

static int observe_keys(struct sp_host *h, const struct sp_state *want,
			struct sp_state *have, struct sp_err *err)
{
	const char *home = sp_state_str(want, SP_USER_HOME);
	sp_auto_strv keys = { 0 };
	sp_auto_err mine = { 0 };
	sp_auto_buf text = { 0 };
	int r;

	if (!home)
		home = sp_state_str(have, SP_USER_HOME);
	if (home[0] != '/')
		return 0;
	r = sp_home_keys_read(h, home, &text, &mine);
	if (r < 0) {
		/* A file that is not ours to manage stops nobody. */
		if (!sp_state_get(want, SP_USER_SSH_KEYS))
			return 0;
		return sp_fail(err, mine.code, "ssh_keys: %s", mine.msg);
	}
	if (r == 0 && sp_host_snapshot(h))
		return 0;
	sp_sshkeys_read(&text, &keys);
	sp_state_set_list(have, SP_USER_SSH_KEYS, &keys);
	return 0;
}

static int user_observe(struct sp_host *h, const char *id,
			const struct sp_state *want, struct sp_state *ret_have,
			struct sp_err *err)
{
	sp_auto_acct pw = { .file = SP_PASSWD }, gr = { .file = SP_GROUP };
	sp_auto_strv groups = { 0 };
	struct sp_rec rec;
	int r = sp_acct_load(h, SP_PASSWD, &pw, err);

	if (r < 0 || !sp_acct_find(&pw, id, &rec))
		return r;
	r = sp_acct_load(h, SP_GROUP, &gr, err);
	if (r < 0)
		return r;
	ret_have->present = true;
	sp_state_set_int(ret_have, SP_USER_UID,
			 sp_acct_id(&pw, &rec, SP_PW_UID));
	observe_group(&gr, id, sp_acct_id(&pw, &rec, SP_PW_GID), ret_have);
	sp_acct_groups_of(&gr, id, &groups);
	sp_state_set_list(ret_have, SP_USER_GROUPS, &groups);
	sp_state_set_str_take(ret_have, SP_USER_GECOS,
			      sp_acct_get(&pw, &rec, SP_PW_GECOS));
	observe_path(&pw, &rec, SP_PW_HOME, ret_have, SP_USER_HOME);
	observe_path(&pw, &rec, SP_PW_SHELL, ret_have, SP_USER_SHELL);
	r = observe_password(h, &pw, &rec, id, want, ret_have, err);
	if (r < 0)
		return r;
	return observe_keys(h, want, ret_have, err);
}

/* "At least these" is the union with what is there. */
static void widen(struct sp_state *want, const struct sp_state *have, int f,
		  int f_exact, bool (*same)(const char *a, const char *b))
{
	const struct sp_strv *there = sp_state_list(have, f);
	sp_auto_strv all = { 0 };

	if (!sp_state_get(want, f) || sp_state_bool(want, f_exact, false))
		return;
	sp_strv_copy(&all, sp_state_list(want, f));
	for (size_t i = 0; i < there->n; i++) {
		bool known = false;

		for (size_t j = 0; same && j < sp_state_list(want, f)->n; j++)
			known |= same(all.v[j], there->v[i]);
		if (!known)
			sp_strv_add(&all, there->v[i]);
	}
	sp_state_set_list(want, f, &all);
}

static int user_diff(const struct sp_kind *kind, const struct sp_state *want,
		     const struct sp_state *have, struct sp_change *ret_change,
		     struct sp_err *err)
{
	sp_auto_state w = { 0 };

	sp_state_copy(&w, want);
	if (want->present && have->present) {
		widen(&w, have, SP_USER_GROUPS, SP_USER_GROUPS_EXACT, NULL);
		widen(&w, have, SP_USER_SSH_KEYS, SP_USER_SSH_KEYS_EXACT,
		      sp_sshkey_same);
	}
	return sp_diff_fields(kind, &w, have, ret_change, err);
}

static int user_apply(struct sp_host *h, const struct sp_change *c,
		      struct sp_err *err)
{
	sp_auto_accounts a = { 0 };
	sp_auto_defs d = { 0 };
	struct sp_rec rec;
	bool moved;
	int r = sp_accounts_load(h, &a, err);

	if (r < 0)
		return r;
	if (!c->after.present) {
		r = sp_user_remove(&a, c->id, err);
		return r < 0 ? r : sp_accounts_save(h, &a, err);
	}
	r = sp_defs_load(h, &d, err);
	if (r >= 0)
		r = sp_user_set(&a, &d, c, &rec, &moved, err);
	if (r >= 0)
		r = sp_accounts_save(h, &a, err);
	if (r < 0)
		return r;
	return set_home(h, &d, c, &a, &rec, moved, err);
}

static const char *const paths[] = { "/etc/passwd",
				     "/etc/group",
				     "/etc/login.defs",
				     "/etc/default/useradd",
				     "/etc/shells",
				     "/etc/skel/*",
				     "/etc/skel/*/*",
				     "/etc/skel/*/*/*",
				     "/home/*/.ssh/authorized_keys",
				     "/root/.ssh/authorized_keys",
				     NULL };
static const char *const secret_paths[] = { "/etc/shadow", "/etc/gshadow",
					    NULL };

const struct sp_kind sp_kind_user = {
	.name = "user",
	.section = "users",
	.shape = SP_SHAPE_LIST,
	.summary = "a user: account, groups, home and ssh keys",
	.fields = fields,
	.paths = paths,
	.secret_paths = secret_paths,
	.redact = sp_acct_redact,
	.check_name = sp_acct_check_name,
	.check = sp_user_check,
	.observe = user_observe,
	.diff = user_diff,
	.apply = user_apply,
};
