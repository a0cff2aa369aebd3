/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * accounts.h - passwd, shadow, group and gshadow as text, edited record by
 * record; and the defaults of new accounts.
 *
 * Every byte that is not the edited record stays: comments, malformed lines,
 * NIS lines (+ and -), order, a missing newline at the end.  A line that the
 * C library would not take for a record is none here either.
 *
 * Source: passwd(5), shadow(5), group(5), gshadow(5), login.defs(5).
 */
#ifndef SPROUT_ACCOUNTS_H
#define SPROUT_ACCOUNTS_H

#include "core/host.h"

enum sp_acct_file { SP_PASSWD, SP_SHADOW, SP_GROUP, SP_GSHADOW };

/* Fields of the records, counted from 0; the name is field 0 everywhere. */
enum {
	SP_PW_PASSWORD = 1,
	SP_PW_UID,
	SP_PW_GID,
	SP_PW_GECOS,
	SP_PW_HOME,
	SP_PW_SHELL
};
enum { SP_GR_PASSWORD = 1, SP_GR_GID, SP_GR_MEMBERS };
enum { SP_SH_PASSWORD = 1 };
enum { SP_GS_ADMINS = 2, SP_GS_MEMBERS };

/* (uid_t)-1 means "none" to the kernel. */
#define SP_ID_MAX ((int64_t)UINT32_MAX - 1)

/* One file in memory.  Zeroed is an empty, missing /etc/passwd. */
struct sp_acct {
	enum sp_acct_file file;
	bool there; /* it exists on the host */
	bool dirty; /* @text was changed since it was read */
	struct sp_buf text;
};

/* Where a record is: a line, without its newline. */
struct sp_rec {
	size_t off, len;
};

/* A piece of a record, not NUL-ended; valid until the file is changed. */
struct sp_piece {
	const char *s;
	size_t len;
};

const char *sp_acct_path(enum sp_acct_file file);

/* Read a file; one that is not there is empty.  @ret is overwritten. */
int sp_acct_load(struct sp_host *h, enum sp_acct_file file, struct sp_acct *ret,
		 struct sp_err *err);

/*
 * Write the file if it was changed.  Mode and owner stay; a new shadow or
 * gshadow is 0600 and root's.  Both are secret.
 */
int sp_acct_save(struct sp_host *h, const struct sp_acct *a,
		 struct sp_err *err);

void sp_acct_clear(struct sp_acct *a);
#define sp_auto_acct __attribute__((cleanup(sp_acct_clear))) struct sp_acct

/* The four together; a change of an account goes through several. */
struct sp_accounts {
	struct sp_acct pw, sh, gr, gs;
};

/* @ret is overwritten.  Save writes those that were changed. */
int sp_accounts_load(struct sp_host *h, struct sp_accounts *ret,
		     struct sp_err *err);
int sp_accounts_save(struct sp_host *h, const struct sp_accounts *a,
		     struct sp_err *err);
void sp_accounts_clear(struct sp_accounts *a);
#define sp_auto_accounts \
	__attribute__((cleanup(sp_accounts_clear))) struct sp_accounts

/* --- finding --------------------------------------------------------------- */

/* The next record from *@pos on, which starts with 0; false at the end. */
bool sp_acct_next(const struct sp_acct *a, size_t *pos, struct sp_rec *ret);

/* The first record of that name; the one that the C library would find. */
bool sp_acct_find(const struct sp_acct *a, const char *name,
		  struct sp_rec *ret);

/* The first record of that uid (SP_PASSWD) or gid (SP_GROUP). */
bool sp_acct_find_id(const struct sp_acct *a, uint32_t id, struct sp_rec *ret);

/* Field @f, counted from 0; empty when the record has fewer. */
struct sp_piece sp_acct_piece(const struct sp_acct *a, const struct sp_rec *r,
			      int f);

/* The same, owned by the caller. */
char *sp_acct_get(const struct sp_acct *a, const struct sp_rec *r, int f);

/* A uid or gid field; a record that was found has a good one. */
uint32_t sp_acct_id(const struct sp_acct *a, const struct sp_rec *r, int f);

/* Add the items of a field that is a list with commas to @ret. */
void sp_acct_list(const struct sp_acct *a, const struct sp_rec *r, int f,
		  struct sp_strv *ret);

/* Is @name an item of that list? */
bool sp_acct_list_has(const struct sp_acct *a, const struct sp_rec *r, int f,
		      const char *name);

/* Add the names of the groups (SP_GROUP) that list @user as a member. */
void sp_acct_groups_of(const struct sp_acct *a, const char *user,
		       struct sp_strv *ret);

/*
 * An id for a new account, as useradd(8) and groupadd(8) choose it: the one
 * above the highest in the range (system accounts: below the lowest), or the
 * first free one when that is outside.  False when the range is full.
 */
bool sp_acct_free_id(const struct sp_acct *a, uint32_t min, uint32_t max,
		     bool system, uint32_t *ret);

/* --- changing -------------------------------------------------------------- */

/*
 * Make field @f of a record @text; missing fields before it become empty.
 * Keeps @r right; every other sp_rec of the file is void.
 */
void sp_acct_set(struct sp_acct *a, struct sp_rec *r, int f, const char *text);

/* Put a new record behind the others, in front of NIS lines if there are. */
void sp_acct_add(struct sp_acct *a, const char *line);

/* Remove all records of that name.  True when there was one. */
bool sp_acct_remove(struct sp_acct *a, const char *name);

/* Add or remove one item of a list with commas; others keep their order. */
void sp_acct_list_add(struct sp_acct *a, struct sp_rec *r, int f,
		      const char *name);
void sp_acct_list_drop(struct sp_acct *a, struct sp_rec *r, int f,
		       const char *name);

/*
 * Make @user a member of @group, or no longer, in group and, where the group
 * has a record there, in gshadow.  False when there is no such group.
 */
bool sp_accounts_join(struct sp_accounts *a, const char *group,
		      const char *user);
bool sp_accounts_leave(struct sp_accounts *a, const char *group,
		       const char *user);

/* Add a group, and its gshadow record when that file exists. */
void sp_accounts_add_group(struct sp_accounts *a, const char *name,
			   uint32_t gid);

/* --- names ----------------------------------------------------------------- */

/* A good name for a new user or group: [a-z_][a-z0-9_-]*[$]?, 32 bytes. */
int sp_acct_check_name(const char *name, struct sp_err *err);

/* sp_field.canon: a name that may stand for a user or group that exists. */
int sp_acct_canon_name(const char *text, char **ret, struct sp_err *err);

/* sp_field.canon: an absolute path that fits into a record, normalised. */
int sp_acct_canon_path(const char *text, char **ret, struct sp_err *err);

/* A warning about membership in a group with the powers of root, or NULL. */
const char *sp_acct_privilege(const char *group);

/* --- defaults -------------------------------------------------------------- */

/*
 * /etc/login.defs and /etc/default/useradd, as far as they are used here;
 * where both are silent, the defaults of useradd(8).
 */
struct sp_defs {
	uint32_t uid_min, uid_max, sys_uid_min, sys_uid_max;
	uint32_t gid_min, gid_max, sys_gid_min, sys_gid_max;
	bool usergroups; /* a new user gets a group of its own */
	mode_t home_mode;
	char *min_days, *max_days, *warn_days; /* owned; shadow's fields */
	char *group, *home, *shell, *skel;     /* owned; useradd's */
};

int sp_defs_load(struct sp_host *h, struct sp_defs *ret, struct sp_err *err);
void sp_defs_clear(struct sp_defs *d);
#define sp_auto_defs __attribute__((cleanup(sp_defs_clear))) struct sp_defs

#endif
