/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * dnfconf.h - sections, variables and values of dnf's files.
 *
 * Source: dnf.conf(5), dnf5.conf(5).
 */
#ifndef SPROUT_DNFCONF_H
#define SPROUT_DNFCONF_H

#include <stdbool.h>
#include <stdint.h>

#include "core/host.h"

/* One "key = value". */
struct sp_dnf_pair {
	char *key, *value;	/* owned */
};

struct sp_dnf_section {
	char *id;		/* owned */
	struct sp_dnf_pair *v;	/* owned */
	size_t n;
};

void sp_dnf_section_clear(struct sp_dnf_section *s);
/* The value that counts, without its quotes; or NULL. */
const char *sp_dnf_get(const struct sp_dnf_section *s, const char *key);

/*
 * Call @fn with every section of a file; it may take what is in it over, and
 * zero it.  Lines before the first section are nobody's.
 */
typedef int sp_dnf_section_fn(void *arg, struct sp_dnf_section *s,
			      struct sp_err *err);
int sp_dnf_sections(const struct sp_buf *text, sp_dnf_section_fn *fn, void *arg,
		    struct sp_err *err);

/* Zeroed is empty. */
struct sp_dnf_vars {
	struct sp_strv names, values;
};

void sp_dnf_set_variable(struct sp_dnf_vars *vars, const char *name,
			 const char *value);
/* Each file of a directory is a variable; its first line is the value. */
int sp_dnf_read_variables(struct sp_dnf_vars *vars, struct sp_host *host,
			  const char *dir, struct sp_err *err);
void sp_dnf_vars_clear(struct sp_dnf_vars *vars);

/*
 * @text with $NAME, ${NAME}, ${NAME:-WORD} and ${NAME:+WORD} replaced, owned;
 * what is not known stays, the first one's name (owned) in @ret_unknown, which
 * may be NULL.
 */
char *sp_dnf_expand(const struct sp_dnf_vars *vars, const char *text,
		    char **ret_unknown);

/* "1", "yes", "True", ...; @dflt for what is none of them, and for NULL. */
bool sp_dnf_bool(const char *v, bool dflt);

/*
 * A number with one of the letters in @units behind it, each of which stands
 * for the factor at its place; @dflt for what is none.
 */
int64_t sp_dnf_scaled(const char *v, const char *units, const int64_t *factors,
		      int64_t dflt);

#endif
