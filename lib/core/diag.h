/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * diag.h - all findings about a profile in one run: errors and warnings, each
 * with its place.
 */
#ifndef SPROUT_DIAG_H
#define SPROUT_DIAG_H

#include "value.h"

struct sp_resource;
struct sp_profile;

enum sp_severity { SP_ERROR = 1, SP_WARNING };

/* Beyond this many errors the rest is counted, not kept. */
#define SP_DIAG_MAX 100

struct sp_finding {
	enum sp_severity severity;
	struct sp_mark mark;
	char *object;	/* owned; 'user "web"', or NULL */
	char *text;	/* owned; no full stop */
	bool secret;	/* the line at the place is not printed */
};

/* Zeroed is empty. */
struct sp_diag {
	struct sp_finding *v;
	size_t n;
	size_t errors, warnings;	/* all, kept or not */
};

/* A finding at a place; @object may be NULL. */
void sp_diag_add(struct sp_diag *d, enum sp_severity sev, struct sp_mark mark,
		 const char *object, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));

/*
 * The same about a field's value at a place: the text is prefixed with the
 * field's name, and the line of a secret one is not printed.
 */
void sp_diag_add_field(struct sp_diag *d, enum sp_severity sev,
		       struct sp_mark mark, const char *object,
		       const struct sp_field *field, const char *fmt, ...)
	__attribute__((format(printf, 6, 7)));

/*
 * A finding about a resource: the place is the field's value (or its list
 * item number @item, from 0) if the profile gives it, else the resource.
 * @f: field index, or -1 for the resource as a whole.
 * @item: index into the list, or -1.
 * The text is prefixed with the field's name by this function.
 */
void sp_diag_error(struct sp_diag *d, const struct sp_resource *res, int f,
		   int item, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));
void sp_diag_warn(struct sp_diag *d, const struct sp_resource *res, int f,
		  int item, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));

/* The findings in the order of their places: an array, owned by the caller. */
const struct sp_finding **sp_diag_sorted(const struct sp_diag *d);

/*
 * Append all findings in the order of their places:
 * "FILE:LINE:COL: error: OBJECT: TEXT", the offending line, a caret.  What
 * the profile marks as hidden is left out of the line.  @profile may be NULL:
 * then there are no file names and no lines.
 */
void sp_diag_format(const struct sp_diag *d, const struct sp_profile *profile,
		    struct sp_buf *out);

void sp_diag_clear(struct sp_diag *d);
#define sp_auto_diag __attribute__((cleanup(sp_diag_clear))) struct sp_diag

#endif
