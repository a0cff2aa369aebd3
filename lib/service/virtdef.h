/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * virtdef.h - what libvirt's networks and pools have in common: a file
 * NAME.xml, a link in autostart/ beside it, and being up or not.
 */
#ifndef SPROUT_VIRTDEF_H
#define SPROUT_VIRTDEF_H

#include "core/kind.h"
#include "virt.h"

/* What tells the two apart. */
struct sp_virtdef {
	enum sp_virt_what what;
	const char *dir;    /* of the definitions */
	const char *up_dir; /* libvirt's notes of those that are up */
	const char *uri;
	const char *daemon;	   /* that serves it: "virtnetworkd" */
	int f_autostart, f_active; /* fields of the kind */

	/*
	 * Does what runs differ from the definition @text, so that it has to
	 * be stopped and started again?
	 */
	int (*outdated)(struct sp_host *host, struct sp_virt *v,
			const struct sp_change *c, const struct sp_buf *text,
			bool *ret, struct sp_err *err);
	/* EBUSY when it must not be stopped.  Optional. */
	int (*may_stop)(struct sp_host *host, struct sp_virt *v, const char *id,
			struct sp_err *err);
	/*
	 * What is beside libvirt: called when it is down, if it has to be, and
	 * before it is up; also where no libvirt runs.  Optional.
	 */
	int (*beside)(struct sp_host *host, const struct sp_change *c,
		      struct sp_err *err);
};

/* DIR/NAME.xml; owned by the caller. */
char *sp_virtdef_file(const struct sp_virtdef *d, const char *id);

/* Whether "active" counts in this root; adds a warning where it does not. */
void sp_virtdef_check_active(const struct sp_virtdef *d,
			     const struct sp_check *ck);

/* Does it run now?  1 or 0. */
int sp_virtdef_is_up(const struct sp_virtdef *d, struct sp_host *host,
		     const char *id, struct sp_err *err);

/* Sets autostart, on a live host active, and "running". */
int sp_virtdef_observe(const struct sp_virtdef *d, struct sp_host *host,
		       const char *id, struct sp_state *have,
		       struct sp_err *err);

/*
 * The file's new text; one that is there keeps its attributes, another is
 * root's alone.
 */
int sp_virtdef_write(const struct sp_virtdef *d, struct sp_host *host,
		     const char *id, const struct sp_buf *text, bool there,
		     struct sp_err *err);
/* The link, if the change has it; @fresh: one that was not there. */
int sp_virtdef_apply_autostart(const struct sp_virtdef *d, struct sp_host *host,
			       const struct sp_change *c, bool fresh,
			       struct sp_err *err);
int sp_virtdef_remove(const struct sp_virtdef *d, struct sp_host *host,
		      const char *id, struct sp_err *err);

/*
 * For sp_kind.activate: hand all changes to the libvirt that runs.  Where none
 * does, it reads the files when it starts.
 */
int sp_virtdef_activate(const struct sp_virtdef *d, struct sp_host *host,
			const struct sp_change *const changes[], size_t n,
			struct sp_err *err);

#endif
