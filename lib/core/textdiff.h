/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* textdiff.h - the unified difference of two texts. */
#ifndef SPROUT_TEXTDIFF_H
#define SPROUT_TEXTDIFF_H

#include "str.h"

#define SP_DIFF_CONTEXT	3	/* equal lines around each hunk */
/* Beyond these, what lies between the equal ends is replaced as a whole. */
#define SP_DIFF_EDITS_MAX 1024	/* moved or repeated lines, not new ones */
#define SP_DIFF_STEPS_MAX ((size_t)1 << 22)

/*
 * Append the difference of a file's content before and after, as `patch -p1`
 * reads it, with "a" and "b" in front of the path.
 * @path:   absolute.
 * @before, @after: NULL when there is no such file, shown as /dev/null.
 * A text with a NUL byte gives one line "Binary files ... differ".
 * Returns true when something was appended: an empty file and none do not
 * differ here, because the format cannot say so.
 * Source: diff(1) of GNU diffutils, "Detailed Description of Unified Format".
 */
bool sp_textdiff(struct sp_buf *out, const char *path,
		 const struct sp_buf *before, const struct sp_buf *after);

#endif
