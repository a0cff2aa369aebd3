/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fwfile.h - firewalld's XML files in a root: one in /etc/firewalld covers
 * the one of the same name that the distribution ships in /usr/lib/firewalld.
 *
 * @dir is "zones", "services", "icmptypes", "ipsets" or "policies".
 * Source: firewalld(1), DIRECTORIES.
 */
#ifndef SPROUT_FWFILE_H
#define SPROUT_FWFILE_H

#include "core/host.h"

#define SP_FW_ETC "/etc/firewalld"
#define SP_FW_LIB "/usr/lib/firewalld"
#define SP_FW_CONF SP_FW_ETC "/firewalld.conf"

/* "/etc/firewalld/DIR/NAME.xml", or the one in /usr/lib; owned by the caller. */
char *sp_fwfile_etc(const char *dir, const char *name);
char *sp_fwfile_lib(const char *dir, const char *name);

/*
 * The file that counts.  Returns 1 and its path (owned by the caller; @ret
 * may be NULL), or 0 when there is none.
 */
int sp_fwfile_find(struct sp_host *h, const char *dir, const char *name,
		   char **ret, struct sp_err *err);

/* Add the names of all files of @dir to @ret, sorted. */
int sp_fwfile_list(struct sp_host *h, const char *dir, struct sp_strv *ret,
		   struct sp_err *err);

/*
 * Make /etc/firewalld and, unless it is NULL, @dir in it, closed to others as
 * firewalld makes them.  What is there stays as it is.
 */
int sp_fwfile_mkdir(struct sp_host *h, const char *dir, struct sp_err *err);

/* The name that may have been meant, or NULL; owned by the caller. */
char *sp_fwfile_nearest(struct sp_host *h, const char *dir, const char *name);

/* Does the distribution ship such files here: is firewalld installed? */
bool sp_fwfile_installed(struct sp_host *h, const char *dir);

#endif
