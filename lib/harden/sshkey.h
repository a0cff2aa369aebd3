/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sshkey.h - OpenSSH public keys, and files of them (authorized_keys).
 *
 * A key is told by its type and bytes: the same key with another comment or
 * other options is the same key, and its line is replaced.
 */
#ifndef SPROUT_SSHKEY_H
#define SPROUT_SSHKEY_H

#include "core/err.h"
#include "core/str.h"

/*
 * sp_field.canon: "[OPTIONS] TYPE BASE64 [COMMENT]" with single blanks.  The
 * base64 must decode to a whole key of that type.  A message never holds what
 * may be a private key.
 */
int sp_sshkey_canon(const char *text, char **ret, struct sp_err *err);

/* Are these two lines, as canon made them, about one key? */
bool sp_sshkey_same(const char *a, const char *b);

/* Why today's sshd may refuse this key; owned by the caller, or NULL. */
char *sp_sshkey_weakness(const char *line);

/* Add the keys of an authorized_keys file as canon spells them. */
void sp_sshkeys_read(const struct sp_buf *text, struct sp_strv *ret);

/*
 * Make a file have all lines of @want and none of @drop, into @ret, which
 * must be empty: a line about a key of @want is replaced by it, new ones go to
 * the end.  Comments and lines that are no keys stay.
 */
void sp_sshkeys_edit(const struct sp_buf *text, const struct sp_strv *want,
		     const struct sp_strv *drop, struct sp_buf *ret);

#endif
