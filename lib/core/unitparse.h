/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * unitparse.h - names of systemd units, and the [Install] section of their
 * files.  Pure text; unitfile.c does the looking up and the links.
 *
 * Source: systemd.unit(5), systemd.syntax(7).
 */
#ifndef SPROUT_UNITPARSE_H
#define SPROUT_UNITPARSE_H

#include "err.h"
#include "str.h"

/* A unit's name is at most this long, suffix included; systemd.unit(5). */
#define SP_UNIT_NAME_MAX 255

enum sp_unit_class {
	SP_UNIT_BAD,		/* no unit name */
	SP_UNIT_PLAIN,		/* foo.service */
	SP_UNIT_INSTANCE,	/* foo@bar.service */
	SP_UNIT_TEMPLATE,	/* foo@.service */
};

enum sp_unit_class sp_unit_class(const char *name);

/* "service" of "foo.service"; a pointer into @name, which must be valid. */
const char *sp_unit_type(const char *name);

/* The type that @word was meant for, or NULL when none is near. */
const char *sp_unit_type_like(const char *word);

/* foo@bar.service, foo@.service: owned foo@.service.  Others: NULL. */
char *sp_unit_template(const char *name);

/* foo@bar.service or foo@.service with another instance; owned, or NULL. */
char *sp_unit_replace_instance(const char *name, const char *instance);

/* The instance, owned, "" for a template; NULL for a plain name. */
char *sp_unit_instance(const char *name);

/* May units of this type have other names; may they be templates? */
bool sp_unit_may_alias(const char *type);
bool sp_unit_may_template(const char *type);

/* May @alias be a link to the unit @target? */
bool sp_unit_alias_fits(const char *alias, const char *target);

/* What an [Install] section says.  Zeroed is empty. */
struct sp_unit_install {
	struct sp_strv aliases, wanted_by, required_by, upheld_by, also;
	char *default_instance;		/* owned, or NULL */
};

void sp_unit_install_clear(struct sp_unit_install *in);

/*
 * Add what @text says to @in: a unit file, or a drop-in read after it.
 * @name: the unit's name; Also= and DefaultInstance= are expanded for it.
 * EBADMSG for a section header that does not end, ENOTSUP for a specifier
 * that only a running host can answer.
 */
int sp_unit_install_parse(struct sp_unit_install *in, const char *name,
			  const char *text, size_t len, struct sp_err *err);

/*
 * Expand %i, %j, %n, %N, %p, %u, %U, %g, %G and %% in @text for the unit
 * @name; @ret is owned.  A template takes @default_instance for its own.
 * ENOTSUP for the other documented ones; unknown ones stay as they are.
 */
int sp_unit_expand(const char *text, const char *name,
		   const char *default_instance, char **ret,
		   struct sp_err *err);

#endif
