/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * bus.h - ask and tell a service on the system bus; live hosts only.
 *
 * By busctl(1), whose values are words: a signature, then numbers, and texts
 * in quotes; a list is its length and its items.  What it prints is also what
 * it takes.  A service that does not run is never started.
 */
#ifndef SPROUT_BUS_H
#define SPROUT_BUS_H

#include "host.h"

struct sp_bus_service {
	const char *name; /* "org.fedoraproject.FirewallD1" */
	const char *object;
	const char *interface;
};

/*
 * Call a method that changes nothing.  @args: signature and values, NULL when
 * there are none.  Returns 1 with the words of the answer in @ret (empty
 * before), the signature first, unquoted; 0 when nobody is there to ask; EIO
 * with what the service said when it refused.
 */
int sp_bus_ask(struct sp_host *h, const struct sp_bus_service *s,
	       const char *method, const struct sp_strv *args,
	       struct sp_strv *ret, struct sp_err *err);

/* A method that changes something: once, in an activation.  0 or -errno. */
int sp_bus_tell(struct sp_host *h, const struct sp_bus_service *s,
		const char *method, const struct sp_strv *args,
		struct sp_err *err);

/* The words of busctl's line; EBADMSG for what it does not write. */
int sp_bus_split(const char *line, struct sp_strv *ret, struct sp_err *err);

/*
 * Take one value of the type at the start of @sig off the words that begin at
 * *@at: its leaves (texts, numbers) go to @ret, which may be NULL.  Moves
 * @sig and @at behind it; false, where both then stand does not matter, when
 * the words are no such value.
 * Source: D-Bus specification, type system.
 */
bool sp_bus_take(const struct sp_strv *words, size_t *at, const char **sig,
		 struct sp_strv *ret);

#endif
