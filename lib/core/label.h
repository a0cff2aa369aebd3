/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * label.h - which SELinux label a new file gets: what the root's own policy
 * says, so that an image is labelled right without being relabelled.
 *
 * libselinux is loaded when it is first needed; without it, or in a root
 * without a policy, files get no label of ours.
 * Source: selabel_open(3), selabel_lookup(3), selinux_config(5).
 */
#ifndef SPROUT_LABEL_H
#define SPROUT_LABEL_H

#include <sys/types.h>

#include "err.h"

struct sp_labels;

/*
 * @root: absolute path of the root directory.  Nothing is opened yet.  Only
 * the root's configuration is read, by the paths below @root.
 */
struct sp_labels *sp_labels_new(const char *root);
void sp_labels_free(struct sp_labels *l); /* NULL is fine */

/*
 * The label of @path (absolute below the root) for a file of @mode, type
 * bits and all.  0 with an owned text, or NULL when the policy gives none.
 */
int sp_label_lookup(struct sp_labels *l, const char *path, mode_t mode,
		    char **ret, struct sp_err *err);

#endif
