/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * node.h - what is at one path: the unit of staging, journalling and undo;
 * and an effect, the difference of two nodes at one path.
 */
#ifndef SPROUT_NODE_H
#define SPROUT_NODE_H

#include "host.h"

struct sp_xattr {
	char *name;  /* owned; "security.selinux", ... */
	char *value; /* owned bytes */
	size_t len;
};

/* Zeroed is "nothing there". */
struct sp_node {
	enum sp_ftype type;
	mode_t mode; /* permission bits, 07777 */
	uid_t uid;
	gid_t gid;
	bool secret;	    /* the content is never shown */
	bool loaded;	    /* @data is there: files only, links always */
	struct sp_buf data; /* a file's content, a link's target */
	size_t size;	    /* of a file, also when it is not loaded */
	struct sp_xattr *x; /* owned */
	size_t n_x;
};

void sp_node_clear(struct sp_node *n);
#define sp_auto_node __attribute__((cleanup(sp_node_clear))) struct sp_node
/* @to is overwritten, not cleared first. */
void sp_node_copy(struct sp_node *to, const struct sp_node *from);
/*
 * Type, mode, owner, content; extended attributes do not count, nor do mode
 * of a link and size of a directory.  Both must be loaded.
 */
bool sp_node_equal(const struct sp_node *a, const struct sp_node *b);

/* One path's way from before to after. */
struct sp_effect {
	char *path; /* owned; canonical, absolute below the root */
	struct sp_node before, after; /* owned */
	int *changes; /* owned; indexes into the plan, ascending */
	size_t n_changes;
};

void sp_effect_clear(struct sp_effect *e);

struct sp_effects {
	struct sp_effect *v;
	size_t n;
};

void sp_effects_clear(struct sp_effects *e);
#define sp_auto_effects \
	__attribute__((cleanup(sp_effects_clear))) struct sp_effects

/* A command that a plan would run. */
struct sp_command {
	struct sp_strv argv;
	int change; /* index into the plan */
	bool act;   /* not a program: argv is one line that says what */
};

#endif
