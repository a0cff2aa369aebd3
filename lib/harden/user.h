/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* user.h - the parts of the kind "user": its fields, records and check. */
#ifndef SPROUT_USER_H
#define SPROUT_USER_H

#include "core/kind.h"
#include "harden/accounts.h"

/* Fields of the kind. */
enum {
	SP_USER_UID,
	SP_USER_GROUP,
	SP_USER_GROUPS,
	SP_USER_GROUPS_EXACT,
	SP_USER_GECOS,
	SP_USER_HOME,
	SP_USER_CREATE_HOME,
	SP_USER_SHELL,
	SP_USER_SYSTEM,
	SP_USER_PASSWORD_HASH,
	SP_USER_SSH_KEYS,
	SP_USER_SSH_KEYS_EXACT
};

/* Is this user's home to be made if it is not there? */
bool sp_user_makes_home(const struct sp_state *want);

/*
 * Bring the records and memberships of a user to change->after, which is
 * present.  *@ret_rec is its passwd record; *@ret_moved says that its home is
 * new to it.
 */
int sp_user_set(struct sp_accounts *a, const struct sp_defs *d,
		const struct sp_change *c, struct sp_rec *ret_rec,
		bool *ret_moved, struct sp_err *err);

/*
 * Remove the records and memberships of a user, and its own group if nobody
 * else is in it.  EPERM for uid 0.
 */
int sp_user_remove(struct sp_accounts *a, const char *name, struct sp_err *err);

/* sp_kind.check */
void sp_user_check(const struct sp_check *ck);

#endif
