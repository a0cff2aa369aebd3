/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * secret.h - secrets in configuration files: found, and taken out.
 *
 * A safety net: it knows what secrets look like, not what they are.
 */
#ifndef SPROUT_SECRET_H
#define SPROUT_SECRET_H

#include "str.h"

/* What stands in a snapshot where a secret was; no secret looks like it. */
#define SP_LEFT_OUT "sprout-left-out"

/* Is that the name of a setting that holds a secret? */
bool sp_secret_name(const char *s, size_t n);

/*
 * Does a text look as if it had a secret in it: a private key, a password's
 * hash, a password in a URL, or a key that is named like one ("password",
 * "psk", ...) and has a value?  The reason in words and the line's number, or
 * NULL.  @path: a few files have a form of their own.
 */
const char *sp_secret_find(const char *path, const char *text, size_t len,
			   unsigned *ret_line);

/*
 * The text with SP_LEFT_OUT in place of each secret.  False, @ret untouched,
 * when that cannot be done: for private keys.  @ret must be empty.
 */
bool sp_secret_take_out(const char *path, const char *text, size_t len,
			struct sp_buf *ret);

#endif
