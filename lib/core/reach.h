/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* reach.h - is something on the network within reach from this host. */
#ifndef SPROUT_REACH_H
#define SPROUT_REACH_H

#include "err.h"
#include "str.h"

#define SP_REACH_MAX 64 /* targets at a time; each is a process */

/* What is asked, all at the same time; an unused list is empty. */
struct sp_reach {
	struct sp_strv ping; /* IPv4 and IPv6 addresses */
	struct sp_strv tcp; /* "HOST:PORT", "[IPV6]:PORT"; see sp_reach_split */
	struct sp_strv dns; /* names that the C library is to find */
};

void sp_reach_clear(struct sp_reach *r);

/*
 * Try each target again every second until it answers or @timeout_s is over.
 * Adds "ping TARGET: no answer", "tcp TARGET: no connection" and "dns TARGET:
 * no address" to @ret for those that did not.  Names are looked up as the
 * host's files say at this moment.
 */
int sp_reach_try(const struct sp_reach *r, int timeout_s, struct sp_strv *ret,
		 struct sp_err *err);

/* The two parts, owned by the caller; EINVAL when it has no such form. */
int sp_reach_split(const char *target, char **ret_host, char **ret_port,
		   struct sp_err *err);

#endif
