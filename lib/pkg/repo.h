/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* repo.h - what the files of the kind "repo" share. */
#ifndef SPROUT_REPO_H
#define SPROUT_REPO_H

#include "core/kind.h"

/* New repositories go to NAME.repo here. */
#define SP_REPO_DIR "/etc/yum.repos.d"

/* Fields, in the order in which a new section has them. */
enum {
	SP_REPO_TITLE,
	SP_REPO_BASEURL,
	SP_REPO_MIRRORLIST,
	SP_REPO_METALINK,
	SP_REPO_ENABLED,
	SP_REPO_GPGCHECK,
	SP_REPO_REPO_GPGCHECK,
	SP_REPO_GPGKEY,
	SP_REPO_PRIORITY,
	SP_REPO_COST,
	SP_REPO_EXCLUDE,
	SP_REPO_INCLUDEPKGS,
	SP_REPO_PROXY,
	SP_REPO_USERNAME,
	SP_REPO_PASSWORD,
	SP_REPO_SSLVERIFY,
	SP_REPO_SSLCACERT,
	SP_REPO_SSLCLIENTCERT,
	SP_REPO_SSLCLIENTKEY,
	SP_REPO_MODULE_HOTFIXES,
	SP_REPO_SKIP_IF_UNAVAILABLE,
	SP_REPO_N
};

/* The kind's table. */
extern const struct sp_field sp_repo_fields[];

/* --- repo_file.c: the section of a .repo file --- */

/*
 * The file that defines @id: NAME.repo if it does, else, with @anywhere, the
 * first in the order in which dnf reads them.  1 with its path (owned) and
 * text, or 0.
 */
int sp_repo_find(struct sp_host *host, const char *id, bool anywhere,
		 char **ret_path, struct sp_buf *ret, struct sp_err *err);

/* Set all fields from section @id of @text; none where there is no key. */
void sp_repo_read(const struct sp_buf *text, const char *id,
		  struct sp_state *st);

/* Add an empty section at the end. */
void sp_repo_add(struct sp_buf *text, const char *id);

/* Make the lines of field @f in section @id say what @st has. */
void sp_repo_put(struct sp_buf *text, const char *id,
		 const struct sp_state *st, int f);

/* Does a file hold a password, in a field of its own or in a URL? */
bool sp_repo_has_secret(const struct sp_buf *text);

/* Is there any line but empty ones? */
bool sp_repo_has_lines(const struct sp_buf *text);

/* --- repo_check.c --- */

int sp_repo_check_name(const char *name, struct sp_err *err);
void sp_repo_check(const struct sp_check *ck);

#endif
