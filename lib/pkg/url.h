/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* url.h - addresses of repositories, keys and proxies. */
#ifndef SPROUT_URL_H
#define SPROUT_URL_H

#include <stdbool.h>

#include "core/err.h"

/*
 * A URL of http, https, ftp or file as it is written to a .repo file: the
 * scheme in lower case, "file:///PATH" for local files.  Variables such as
 * $releasever may stand in it.  EINVAL for anything else, and for a user name
 * or password inside it.
 */
int sp_url_canon(const char *text, char **ret, struct sp_err *err);

/* The same as one of a list: without a comma, which would end it. */
int sp_url_canon_item(const char *text, char **ret, struct sp_err *err);

/*
 * The same for a proxy: http, https, socks4, socks4a, socks5, socks5h, and no
 * path; or "_none_", dnf's word for none, or "".
 */
int sp_url_canon_proxy(const char *text, char **ret, struct sp_err *err);

/* Is there a user name or password in it? */
bool sp_url_has_user(const char *text);

/* The path of a file URL without variables, or NULL. */
const char *sp_url_file_path(const char *url);

/* Can anybody on the way read and change what comes from there? */
bool sp_url_is_plain(const char *url);

#endif
