/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * limitsconf.h - rules of pam_limits: "DOMAIN TYPE ITEM VALUE".
 *
 * Source: limits.conf(5).
 */
#ifndef SPROUT_LIMITSCONF_H
#define SPROUT_LIMITSCONF_H

#include "core/err.h"
#include "core/str.h"

/*
 * sp_field.canon: check a rule and spell it with single blanks, its words in
 * lower case where pam_limits does not care, and no limit as "unlimited".
 * "DOMAIN -" (no limits at all for these users) is a rule, too.
 */
int sp_limit_canon(const char *text, char **ret, struct sp_err *err);

/* What a good rule is about. */
enum sp_limit_whom {
	SP_LIMIT_ALL,
	SP_LIMIT_USER,
	SP_LIMIT_GROUP,
	SP_LIMIT_IDS
};

struct sp_limit {
	enum sp_limit_whom whom;
	char *name;	  /* owned; user or group, else NULL */
	char *key;	  /* owned; "DOMAIN TYPE ITEM" */
	const char *item; /* static; NULL for "DOMAIN -" */
	bool unlimited;
	int64_t value; /* 0 when unlimited, or when it is no number */
};

/* Take a rule as canon made it apart. */
void sp_limit_parse(const char *rule, struct sp_limit *ret);
void sp_limit_clear(struct sp_limit *l);

/*
 * Add all lines of a file that are no comment: good ones as canon spells
 * them, others with single blanks.
 */
void sp_limits_read(const struct sp_buf *text, struct sp_strv *ret);

/*
 * Make @rules the rules of a file, into @ret, which must be empty.  Comments
 * and empty lines stay, and so do the rules at the beginning and at the end
 * that are right already.
 */
void sp_limits_edit(const struct sp_buf *text, const struct sp_strv *rules,
		    struct sp_buf *ret);

#endif
