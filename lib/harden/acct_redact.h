/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * acct_redact.h - shadow and gshadow for a snapshot, and passwords in one.
 *
 * A record keeps its name (and a group its members); its password is told by
 * a mark, the rest is left out.  Marks: "" as it is; "*" and "!" as they are;
 * for a hash, "$sprout$" and the SHA-256 of the hash: the salt, which nobody
 * knows who has not the hash, keeps it from being guessed.  Where there is
 * no such salt, SP_LEFT_OUT.
 */
#ifndef SPROUT_ACCT_REDACT_H
#define SPROUT_ACCT_REDACT_H

#include "core/str.h"

/* sp_kind.redact of the kinds user and group. */
int sp_acct_redact(const char *path, const struct sp_buf *text,
		   struct sp_buf *ret);

/*
 * A password field's text from a snapshot, compared with @want (may be NULL):
 * owned text, which is @want where it is the same password.
 */
char *sp_acct_unmark(const char *field, const char *want);

#endif
