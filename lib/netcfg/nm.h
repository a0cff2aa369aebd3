/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * nm.h - NetworkManager connection profiles as keyfiles, through libnm.
 *
 * Beside nm_live.c the only user of libnm and GLib; no type of theirs leaves the
 * two.  libnm.so.0 is loaded when the first function needs it (a profile
 * without connections does not pay for it); from then on every call is memory
 * only: no bus, no file, no thread.
 * Source: NetworkManager's nm-settings-keyfile(5), libnm's reference manual.
 */
#ifndef SPROUT_NM_H
#define SPROUT_NM_H

#include <stdbool.h>
#include <stddef.h>

#include "core/value.h"

/* One connection profile. */
struct sp_nm;

/* Load libnm, if that has not happened.  ENOENT: it is not installed. */
int sp_nm_load(struct sp_err *err);

/* Does the loaded libnm know this property?  False without libnm. */
bool sp_nm_has(const char *setting, const char *prop);

/*
 * A new connection called @id; its UUID is derived from @id, always the same.
 * @type: a libnm setting's name, "802-3-ethernet", "bridge", "vlan", "bond".
 */
int sp_nm_new(const char *id, const char *type, struct sp_nm **ret,
	      struct sp_err *err);

/*
 * A keyfile's text.  Strict: EBADMSG for a value that libnm warns about and
 * for a key that it does not know and would lose when it is written again.
 * @path is for messages; @id stands in where the file has no id.
 */
int sp_nm_read(const char *path, const char *text, size_t len, const char *id,
	       struct sp_nm **ret, struct sp_err *err);

void sp_nm_free(struct sp_nm *c);
static inline void sp_nm_freep(struct sp_nm **c)
{
	sp_nm_free(*c);
}
#define sp_auto_nm __attribute__((cleanup(sp_nm_freep))) struct sp_nm

/*
 * Settings and properties have libnm's names: "ipv4", "method".  Strings,
 * booleans, integers and lists of strings work as they are.  Besides:
 * "ipv4"/"ipv6" "addresses" ("ADDRESS/PREFIX") and "routes" (struct
 * sp_route's text), "bond" "mode" and "options" ("key=value", without the
 * mode).
 *
 * @ret is overwritten, not cleared first: SP_V_NONE when there is no such
 * setting, or it is an empty text.
 */
void sp_nm_get(const struct sp_nm *c, const char *setting, const char *prop,
	       struct sp_value *ret);
/* A string property, owned by the caller; NULL when it is none. */
char *sp_nm_get_str(const struct sp_nm *c, const char *setting,
		    const char *prop);

/* SP_V_NONE sets the property's default.  The setting is made if need be. */
int sp_nm_set(struct sp_nm *c, const char *setting, const char *prop,
	      const struct sp_value *v, struct sp_err *err);
/* The same for a text; NULL for the default. */
int sp_nm_set_str(struct sp_nm *c, const char *setting, const char *prop,
		  const char *s, struct sp_err *err);

/* Drop a setting with all its properties; nothing there is fine. */
void sp_nm_drop(struct sp_nm *c, const char *setting);

/* sprout's mark of ownership, kept in the setting "user". */
bool sp_nm_marked(const struct sp_nm *c);
int sp_nm_mark(struct sp_nm *c, struct sp_err *err);

/*
 * Check, and complete with defaults.  Errors are libnm's: "ipv4.addresses:
 * this property cannot be empty ...".
 */
int sp_nm_complete(struct sp_nm *c, struct sp_err *err);

/*
 * Complete, and write as a keyfile; the same connection gives the same bytes.
 * @ret_secret: there is a password or key in it.
 */
int sp_nm_write(struct sp_nm *c, struct sp_buf *ret, bool *ret_secret,
		struct sp_err *err);

#endif
