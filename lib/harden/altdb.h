/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * altdb.h - the alternatives database of a root, by its files.
 *
 * A group has a name ("java"), a link that people use (/usr/bin/java), and
 * choices, one of which /etc/alternatives/NAME leads to.  Followers ("slaves")
 * are further links that change with it.  Two tools keep such databases, with
 * one format that differs in details.
 *
 * Source: alternatives(8) of chkconfig (Enterprise Linux, Fedora),
 * update-alternatives(1) of dpkg (Debian); their state files.
 */
#ifndef SPROUT_ALTDB_H
#define SPROUT_ALTDB_H

#include "core/err.h"
#include "core/host.h"

enum sp_alt_tool { SP_ALT_CHKCONFIG, SP_ALT_DPKG };

struct sp_alt_choice {
	char *path;		/* owned; what the group's link leads to */
	char *family;		/* owned or NULL; chkconfig only */
	char *service;		/* owned or NULL; chkconfig's --initscript */
	int priority;
	struct sp_strv files;	/* one a follower; "" where it has none */
	bool missing;		/* the file at path is not there */
};

/* Zeroed is empty. */
struct sp_altgroup {
	enum sp_alt_tool tool;
	char *name;			/* owned */
	char *link;			/* owned; /usr/bin/NAME */
	bool manual;			/* the mode in the state file */
	struct sp_strv followers;	/* their names ... */
	struct sp_strv links;		/* ... and links, as many */
	struct sp_alt_choice *choices;	/* owned */
	size_t n;
};

void sp_altgroup_clear(struct sp_altgroup *g);
#define sp_auto_altgroup __attribute__((cleanup(sp_altgroup_clear))) struct sp_altgroup

/*
 * Parse a state file's text; @name is the file's.  @ret must be empty.
 * EBADMSG with the line's number when the tool would not read it either.
 */
int sp_altgroup_parse(enum sp_alt_tool tool, const char *name,
		      const char *text, size_t len, struct sp_altgroup *ret,
		      struct sp_err *err);

/* The text that the tool would write. */
void sp_altgroup_format(const struct sp_altgroup *g, struct sp_buf *out);

/*
 * Read the group called @name.  1, or 0 when there is none.  dpkg's tool
 * forgets choices whose file is gone; here they are marked missing.
 */
int sp_altgroup_read(struct sp_host *h, const char *name,
		     struct sp_altgroup *ret, struct sp_err *err);

/* The names of all groups, sorted; @ret must be empty. */
int sp_altgroup_names(struct sp_host *h, struct sp_strv *ret,
		      struct sp_err *err);

/* The choice with that path, or NULL. */
const struct sp_alt_choice *sp_altgroup_find(const struct sp_altgroup *g,
					     const char *path);
/*
 * The one that automatic mode takes: the highest priority, the first of
 * equals; of @family only unless that is NULL.  NULL when there is none.
 */
const struct sp_alt_choice *sp_altgroup_best(const struct sp_altgroup *g,
					     const char *family);

/*
 * Where /etc/alternatives/NAME leads to: 1 and an owned path, or 0 when it
 * is not there.
 */
int sp_altgroup_current(struct sp_host *h, const struct sp_altgroup *g,
			char **ret, struct sp_err *err);

/* Are all links as the tool makes them for @c?  1 or 0. */
int sp_altgroup_intact(struct sp_host *h, const struct sp_altgroup *g,
		       const struct sp_alt_choice *c, struct sp_err *err);

/*
 * Stage what `--set NAME PATH` (@manual) or `--auto NAME` does: the mode, the
 * group's link and its followers'.  @c is one of @g's choices.  What is no
 * symlink in a follower's place is left alone, as the tools do; EEXIST when
 * it is in the place of the group's own link.
 */
int sp_altgroup_set(struct sp_host *h, struct sp_altgroup *g,
		    const struct sp_alt_choice *c, bool manual,
		    struct sp_err *err);

#endif
