/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * step.h - one step of a transaction of packages, and as a line of a plan,
 * from which an undo reads it back.
 *
 *	install zip-3.0-1.x86_64 from base (120 kB)
 *	update redis-6.2-1.x86_64 to redis-7.0-1.x86_64 from base (1.2 MB)
 *	downgrade ...
 *	remove old-1-1.noarch, cannot be brought back
 *	remove old-1-1.noarch, replaced by new-2-1.noarch
 *	import key 0123... from base (Example <ex@example.com>)
 */
#ifndef SPROUT_STEP_H
#define SPROUT_STEP_H

#include <stdbool.h>
#include <stdint.h>

#include "core/err.h"
#include "core/str.h"

/* A package's full name: name, epoch:version-release, architecture. */
struct sp_nevra {
	char *name, *evr, *arch; /* owned */
};

void sp_nevra_clear(struct sp_nevra *n);
#define sp_auto_nevra __attribute__((cleanup(sp_nevra_clear))) struct sp_nevra
/* "NAME-EVR.ARCH", the epoch left out when it is 0.  EINVAL for others. */
int sp_nevra_parse(const char *text, struct sp_nevra *ret, struct sp_err *err);
char *sp_nevra_text(const char *name, const char *evr, const char *arch);

enum sp_action {
	SP_PKG_INSTALL = 1,
	SP_PKG_UPDATE,
	SP_PKG_DOWNGRADE,
	SP_PKG_REMOVE,
	SP_PKG_KEY,
};

struct sp_step {
	enum sp_action action;
	char *pkg;	/* owned; what comes, or goes; a key's fingerprint */
	char *old;	/* owned; update, downgrade: what it replaces */
	char *by;	/* owned; remove: what replaces it, or NULL */
	char *from;	/* owned; the repository's id; NULL for removals */
	char *user;	/* owned; a key's user id */
	int64_t size;	/* bytes to download; -1: not known */
	bool lost;	/* the old one cannot be brought back by an undo */
	/* ---- not in the text */
	bool beside;	/* installed beside other versions (kernels) */
	int64_t delta;	/* bytes more on the disk */
	int solvable;	/* the solver's; 0: none */
};

void sp_step_clear(struct sp_step *s);

struct sp_steps {
	struct sp_step *v;
	size_t n;
};

/* An empty step at the end. */
struct sp_step *sp_steps_add(struct sp_steps *l);
void sp_steps_clear(struct sp_steps *l);
#define sp_auto_steps __attribute__((cleanup(sp_steps_clear))) struct sp_steps

/* The line; owned. */
char *sp_step_text(const struct sp_step *s);
/* The line in the operator's language; owned. */
char *sp_step_told(const char *line);
/* EBADMSG for a line that is none. */
int sp_step_parse(const char *line, struct sp_step *ret, struct sp_err *err);

#endif
