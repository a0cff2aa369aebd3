/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sestore.h - SELinux's files in a root: /etc/selinux/config, and the booleans
 * of a policy's store.
 *
 * Booleans come and go as items "name=on" and "name=off".
 * Source: selinux_config(5), semanage.conf(5); libselinux and libsemanage for
 * what counts when a file says a thing twice.
 */
#ifndef SPROUT_SESTORE_H
#define SPROUT_SESTORE_H

#include "core/host.h"
#include "core/ini.h"

#define SP_SE_DIR    "/etc/selinux"
#define SP_SE_CONFIG SP_SE_DIR "/config"
#define SP_SE_CONF   SP_SE_DIR "/semanage.conf"
#define SP_SE_STORE  "/var/lib/selinux"	/* unless semanage.conf has another */

/* The modes: "enforcing", "permissive", "disabled", NULL. */
extern const char *const sp_se_modes[];

/* How SELINUX= and SELINUXTYPE= of the config are read and written. */
extern const struct sp_ini_style sp_se_mode_style, sp_se_type_style;

/* The mode of a config, one of sp_se_modes; NULL when it has none. */
const char *sp_se_mode(const struct sp_buf *config);
/* The policy that it names, owned by the caller, or NULL. */
char *sp_se_type(const struct sp_buf *config);

/* A name of a policy or boolean: letters, digits, "_", "-", ".". */
bool sp_se_is_name(const char *s, size_t n);
/* 1 for on, true, yes and 1; 0 for their opposites; -1 for anything else. */
int sp_se_on_or_off(const char *s);

/*
 * booleans.local in the store of policy @type: 1 and its path, owned by the
 * caller, be the file there or not; 0 when the policy has no store.
 */
int sp_se_booleans_path(struct sp_host *h, const char *type, char **ret,
			struct sp_err *err);

/*
 * Add the booleans of a booleans.local to @ret: those that @items names, or
 * all when it is NULL.
 */
void sp_se_booleans_get(const struct sp_buf *text, const struct sp_strv *items,
			struct sp_strv *ret);

/*
 * Set the booleans of @after, and remove those that only @before has; every
 * other line stays.
 */
void sp_se_booleans_set(struct sp_buf *text, const struct sp_strv *before,
			const struct sp_strv *after);

#endif
