/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * markdown.h - a plan as a comment on a merge request: Markdown as GitHub and
 * GitLab read it.  Nothing out of a profile or a host is taken for markup, a
 * mention or a link.
 * Source: GitHub Flavored Markdown Spec 0.29, 4.5, 4.6, 4.10 and 6.3.
 */
#ifndef SPROUT_MARKDOWN_H
#define SPROUT_MARKDOWN_H

#include "render.h"

/* Bytes of one comment: GitHub refuses more than 65536 characters. */
#define SP_MARKDOWN_MAX ((size_t)60000)

/*
 * A heading, a line that counts, findings, the table of changes, and each
 * file's difference, folded.  At most @max bytes (2000 at least); what is left
 * out is counted.
 * @level: of the heading, 1..6.
 */
void sp_markdown_plan(struct sp_buf *out, const struct sp_planned *p,
		      unsigned level, size_t max);

/* Any text as `code` on one line; @table: for the cell of a table. */
void sp_markdown_code(struct sp_buf *out, const char *text, bool table);

#endif
