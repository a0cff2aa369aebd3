/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* sysctlconf.h - the lines of sysctl.d files. */
#ifndef SPROUT_SYSCTLCONF_H
#define SPROUT_SYSCTLCONF_H

#include "core/err.h"
#include "core/str.h"

/*
 * Is this a parameter's name, with an optional "-" in front?  EINVAL with
 * what is wrong with it.  Source: sysctl.d(5).
 */
int sp_sysctl_check_name(const char *name, struct sp_err *err);

/*
 * The one spelling of a name that is compared, owned: without the "-"; with
 * dots between the parts ("net.ipv4.ip_forward"), or with slashes where a
 * part has a dot itself ("net/ipv4/conf/eth0.5/forwarding").
 */
char *sp_sysctl_key(const char *name, size_t len);

/* A value as it is compared, owned: trimmed, single blanks inside. */
char *sp_sysctl_value(const char *value, size_t len);

/* One assignment; the pointers lead into the text. */
struct sp_sysctl_line {
	const char *start;	/* first byte of the line */
	size_t len;		/* with its line end */
	bool lenient;		/* has the "-" */
	const char *name;	/* as it is spelled, without the "-" */
	size_t name_len;
	const char *value;	/* trimmed */
	size_t value_len;
};

/* The next assignment, from @pos = 0; other lines are passed over. */
bool sp_sysctl_next(const char *data, size_t len, size_t *pos,
		    struct sp_sysctl_line *ret);

/* Is it the assignment of @key, which is in the compared spelling? */
bool sp_sysctl_is(const struct sp_sysctl_line *l, const char *key);

/*
 * Put @line (with its newline) where @key's last assignment stands, or at the
 * end; its other assignments go.  NULL: all of them go.
 */
void sp_sysctl_set(struct sp_buf *text, const char *key, const char *line);

#endif
