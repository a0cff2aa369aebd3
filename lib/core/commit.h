/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * commit.h - make staged effects real: everything is written beside its
 * place first, then everything is renamed.
 */
#ifndef SPROUT_COMMIT_H
#define SPROUT_COMMIT_H

#include "host_real.h"
#include "node.h"

/*
 * Read every path afresh, with extended attributes, into effect->before.
 * ESTALE, naming the path, when one is not what the effect was computed from.
 * A file that stays a file takes its attributes along into effect->after.
 * From here to sp_commit_end(), which is called in any case, other programs
 * keep away from the accounts of a live host if the effects touch them.
 */
int sp_commit_prepare(struct sp_root *r, struct sp_effects *effects,
		      struct sp_err *err);

void sp_commit_end(struct sp_root *r);

/*
 * Make the effects real, durably.  @tag names the temporary files, which are
 * "<directory>/.sprout-<tag>-<number from @first>".  On failure some effects
 * may have happened; the caller has journalled all of them and undoes.
 */
int sp_commit(struct sp_root *r, const char *tag, size_t first,
	      const struct sp_effects *effects, struct sp_err *err);

/*
 * Remove what a commit of these effects that was cut off may have left
 * beside its places.  Nothing there is a success.
 */
int sp_commit_clean(struct sp_root *r, const char *tag, size_t number,
		    const char *path, struct sp_err *err);

#endif
