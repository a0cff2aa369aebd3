/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * roster.h - all users and groups that a check may know: the host's and the
 * profile's, each found by name and by id without a scan.
 */
#ifndef SPROUT_ROSTER_H
#define SPROUT_ROSTER_H

#include "core/profile.h"
#include "harden/accounts.h"

/* One name; the pieces belong to the host's text or to the profile. */
struct sp_entry {
	struct sp_piece name;
	bool has_id;
	uint32_t id;
	const struct sp_resource *res; /* NULL: from the host */
};

/* One source of names, in two orders. */
struct sp_index {
	struct sp_entry *by_name, *by_id;
	size_t n, n_ids;
};

struct sp_roster {
	bool host;		      /* there is a host to check against */
	struct sp_acct users, groups; /* its files; empty without one */
	struct sp_defs defs;
	struct sp_index host_users, host_groups;
	struct sp_index users_wanted, groups_wanted;
};

/* @host may be NULL. */
int sp_roster_load(struct sp_host *host, const struct sp_profile *profile,
		   struct sp_roster *ret, struct sp_err *err);
void sp_roster_clear(struct sp_roster *r);
#define sp_auto_roster \
	__attribute__((cleanup(sp_roster_clear))) struct sp_roster

/* The first entry of that name or id, or NULL. */
const struct sp_entry *sp_index_name(const struct sp_index *x,
				     const char *name);
const struct sp_entry *sp_index_id(const struct sp_index *x, uint32_t id);

/* Where the record of an entry of @file's index is. */
struct sp_rec sp_roster_rec(const struct sp_acct *file,
			    const struct sp_entry *e);

/* Will there be one of that name when the profile has been applied? */
enum sp_will { SP_WILL_NOT, SP_WILL_REMOVE, SP_WILL_BE };
enum sp_will sp_roster_user(const struct sp_roster *r, const char *name);
enum sp_will sp_roster_group(const struct sp_roster *r, const char *name);

/*
 * The resources that one call of a kind's check has to look at: all of the
 * kind when it is called for the first of them, none for the others, so that
 * the host's files are read once.  Returns their number.
 */
size_t sp_roster_span(const struct sp_check *ck,
		      struct sp_resource **ret);

/*
 * Check the ids that users (@field is "uid") or groups ("gid") ask for:
 * unique in the profile, free on the host, in range, not taken before by one
 * that gets the next free id.
 */
void sp_roster_check_ids(const struct sp_roster *r, const struct sp_check *ck,
			 const struct sp_resource *first, size_t n, bool users,
			 int f_id, int f_system);

#endif
