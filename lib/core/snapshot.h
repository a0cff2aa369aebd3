/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * snapshot.h - the part of a root that a plan needs, without its secrets.
 *
 * What that is the kinds say, by the patterns in their tables.  Of a file that
 * matches a kind's secret_paths there is what the kind's redact makes of it;
 * without one it is never opened, whatever else it matches.  In other files
 * what looks like a secret is taken out, and they are named.
 */
#ifndef SPROUT_SNAPSHOT_H
#define SPROUT_SNAPSHOT_H

#include "host_real.h"
#include "kind.h"

/* The file that tells a snapshot from a root; at its top. */
#define SP_SNAPSHOT_MARK "/.sprout-snapshot"

/* Limits, each named in its error message. */
#define SP_SNAPSHOT_ITEMS_MAX 100000
#define SP_SNAPSHOT_BYTES_MAX ((size_t)128 << 20)

struct sp_snapshot_item {
	char *path;		/* owned; canonical, absolute below the root */
	struct sp_node node;	/* owned; files are loaded */
};

/* Zeroed is empty. */
struct sp_snapshot {
	struct sp_snapshot_item *v;	/* sorted: directories first */
	size_t n;
	struct sp_strv left_out;	/* "PATH: WHY" */
	struct sp_strv redacted;	/* "PATH: WHY", the first in it */
};

void sp_snapshot_clear(struct sp_snapshot *s);
#define sp_auto_snapshot __attribute__((cleanup(sp_snapshot_clear))) struct sp_snapshot

/*
 * Read what @kinds (NULL-ended) need from @root, and put the mark in.
 * @ret must be empty.  EACCES where something cannot be read: a snapshot
 * that lacks something without saying so would make a wrong plan.
 */
int sp_snapshot_take(struct sp_root *root, const struct sp_kind *const *kinds,
		     struct sp_snapshot *ret, struct sp_err *err);

/*
 * Add a warning for each file that the mark of a snapshot says was left out:
 * what is in it, a plan does not know.  Nothing for a root.
 */
void sp_snapshot_warn(struct sp_host *host, struct sp_diag *diag);

/* A line of left_out or redacted in the operator's language; owned. */
char *sp_snapshot_line(const char *line);

#endif
