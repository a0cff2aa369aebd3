/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * rpmtxn_child.h - the process that changes packages, and what it tells.
 *
 * It writes lines: a letter and a text.  "b": a package begins; "w": a
 * warning; "r": a reason of rpm's; "f": a package failed; "p": a problem,
 * nothing was touched; "e": an error; "d": through.
 */
#ifndef SPROUT_RPMTXN_CHILD_H
#define SPROUT_RPMTXN_CHILD_H

#include "pkg/rpmtxn.h"

/*
 * Everything, in the child.  Nothing of the parent's is cleaned up here.
 * @to: a pipe for the lines; @scripts: one for what scripts print.
 */
void sp_txn_child(const struct sp_txn *t, int to, int scripts);

#endif
