/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* render.h - a plan for people and for programs.  Secrets are in neither. */
#ifndef SPROUT_RENDER_H
#define SPROUT_RENDER_H

#include "json.h"
#include "plan.h"

/*
 * Changes with their fields, file differences if @diff, warnings of @diag,
 * and the line that counts.  @diag may be NULL.
 * @colour: with terminal colours.
 */
void sp_render_text(struct sp_buf *out, const struct sp_plan *plan,
		    const struct sp_profile *profile,
		    const struct sp_diag *diag, bool diff, bool colour);

/*
 * One JSON text: {"sprout": 1, "changes": [...], "warnings": [...],
 * "files": [...], "commands": [[argv], ...], "summary": {...}}.
 */
void sp_render_json(struct sp_buf *out, const struct sp_plan *plan,
		    const struct sp_profile *profile,
		    const struct sp_diag *diag);

/* The same map as a part of a larger text. */
struct sp_json;
void sp_render_plan_json(struct sp_json *j, const struct sp_plan *plan,
			 const struct sp_profile *profile,
			 const struct sp_diag *diag);

/* One host, and what came of planning it: for reports. */
struct sp_planned {
	const char *name;
	const struct sp_profile *profile;
	const struct sp_diag *diag;
	const struct sp_plan *plan; /* NULL: none could be made */
	const char *failure;	    /* why not, if @diag does not say; or NULL */
};

/* The parts of the text form. */

/* One change: a line with its mark, and its fields. */
void sp_render_change(struct sp_buf *out, const struct sp_change *c,
		      bool colour);
/* The same as one JSON map. */
void sp_render_change_json(struct sp_json *j, const struct sp_change *c);
/*
 * What `patch -p1` would need to do the same.  What it cannot do (attributes,
 * links, directories, secret content) and commands are lines with "#".
 */
void sp_render_diff(struct sp_buf *out, const struct sp_plan *plan,
		    bool colour);
/* One path of that: a line with "#", a difference, both, or nothing. */
void sp_render_effect(struct sp_buf *out, const struct sp_effect *e);
/* A command line for people, not for a shell. */
void sp_render_command(struct sp_buf *out, const struct sp_strv *argv);
/* "FILE:LINE: OBJECT: TEXT", without a newline. */
void sp_render_finding(struct sp_buf *out, const struct sp_profile *profile,
		       const struct sp_finding *f);
/* "warning: " and the finding, in the order of their places. */
void sp_render_warnings(struct sp_buf *out, const struct sp_profile *profile,
			const struct sp_diag *diag, bool colour);

/* `user "web"`, or `hostname` when there can only be one. */
void sp_render_object(struct sp_buf *out, const struct sp_kind *kind,
		      const char *id);

#endif
