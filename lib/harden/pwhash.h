/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pwhash.h - is this text a password hash that crypt(3) knows? */
#ifndef SPROUT_PWHASH_H
#define SPROUT_PWHASH_H

#include "core/err.h"

/*
 * sp_field.canon: a hash in the form of crypt(5), with "!" in front when it is
 * locked; or "!", "!!" or "*" for no password at all.  A message never holds
 * any part of @text.  Refused: an empty text (login without a password), and
 * hashes without a prefix (DES), which cannot be told from a plain password.
 */
int sp_pwhash_canon(const char *text, char **ret, struct sp_err *err);

/* The name of a good hash's method if it is weak today, or NULL. */
const char *sp_pwhash_weak(const char *hash);

#endif
