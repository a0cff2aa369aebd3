/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * host_overlay.h - the engine's side of struct sp_host: a copy-on-write view
 * over a root directory, or over a snapshot's nodes.
 */
#ifndef SPROUT_HOST_OVERLAY_H
#define SPROUT_HOST_OVERLAY_H

#include "host_real.h"
#include "node.h"

/*
 * A view with nothing staged.  @root is borrowed and must outlive the host;
 * NULL for a view that has only what sp_host_preload() gives it.
 */
struct sp_host *sp_host_new(struct sp_root *root);
void sp_host_free(struct sp_host *h);
static inline void sp_host_freep(struct sp_host **h)
{
	sp_host_free(*h);
}
#define sp_auto_host __attribute__((cleanup(sp_host_freep))) struct sp_host

struct sp_root *sp_host_root(const struct sp_host *h);

/* Put a node into the base of a view without root; takes @node over. */
void sp_host_preload(struct sp_host *h, const char *path, struct sp_node *node);

/* Which change the following staging belongs to; -1 for none. */
void sp_host_set_change(struct sp_host *h, int change);

/*
 * Stage "this node is at this canonical path", content and attributes and
 * all; used to restore images.  @node is copied.
 */
int sp_host_restore(struct sp_host *h, const char *path,
		    const struct sp_node *node, struct sp_err *err);

/*
 * The net effects of what is staged against the base as it was read, sorted
 * by path; @ret must be empty.
 */
int sp_host_effects(struct sp_host *h, struct sp_effects *ret,
		    struct sp_err *err);

/* Commands recorded so far; valid until the host is changed. */
const struct sp_command *sp_host_commands(const struct sp_host *h,
					  size_t *ret_n);

/* Forget what is staged and recorded; what was read of the base is kept. */
void sp_host_reset(struct sp_host *h);

/* What sp_host_wait() asks; NULL: nobody is there. */
typedef bool sp_wait_fn(void *arg, const char *what, int left_s);
void sp_host_set_wait(struct sp_host *h, sp_wait_fn *fn, void *arg);

/*
 * Make this an applying view: sp_host_run() and sp_host_act() first call
 * @commit, which makes the staged effects real, then @run or @act, which do
 * it.  @keep and @kept do what sp_host_keep() and sp_host_kept() say.  NULL:
 * recording.
 */
struct sp_applier {
	int (*commit)(void *arg, struct sp_host *h, struct sp_err *err);
	int (*run)(void *arg, struct sp_host *h, int change,
		   const char *const argv[], int limit_s, struct sp_output *ret,
		   struct sp_err *err);
	int (*act)(void *arg, int change, const char *what, sp_act_fn *fn,
		   void *fn_arg, struct sp_err *err);
	int (*keep)(void *arg, int change, const struct sp_strv *paths,
		    struct sp_err *err);
	const struct sp_effect **(*kept)(void *arg, size_t *ret_n);
	void *arg;
};
void sp_host_set_applier(struct sp_host *h, const struct sp_applier *a);

/*
 * What the run has kept: paths, and their nodes before the run.  Of several of
 * one path the first counts.  The array is the caller's; what it leads to is
 * valid until more is kept.  NULL: the run has not come so far, so its act has
 * not begun; or this is a plan.
 */
const struct sp_effect **sp_host_kept(const struct sp_host *h, size_t *ret_n);

/* What was remarked on this view. */
const struct sp_strv *sp_host_remarks(const struct sp_host *h);

/* What is staged has become the base; called by commit. */
void sp_host_committed(struct sp_host *h);

/*
 * The canonical path: symlinks resolved in the root, the last one too if
 * @follow.  Components that are not there stay as they are.  Owned by caller.
 */
int sp_host_canonical(struct sp_host *h, const char *path, bool follow,
		      char **ret, struct sp_err *err);

#endif
