/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * profile.h - from YAML text to wanted resources.
 *
 * A profile is one or several sources; a later one overrides an earlier one
 * resource by resource, field by field.  The kinds' field tables say which
 * keys exist, and of what type; everything else is an error with its place.
 */
#ifndef SPROUT_PROFILE_H
#define SPROUT_PROFILE_H

#include "kind.h"

/* Limits, each named in its error message. */
#define SP_PROFILE_SIZE_MAX	((size_t)4 << 20)	/* bytes of one source */
#define SP_PROFILE_DEPTH_MAX	32			/* nested lists and maps */
#define SP_PROFILE_NODES_MAX	200000			/* after aliases are expanded */
#define SP_PROFILE_RESOURCES_MAX 20000
#define SP_LIST_MAX		4096			/* items of one list field */
#define SP_TEXT_MAX		65536			/* bytes of one scalar */
#define SP_NAME_MAX		255			/* bytes of one name */

/* One text that the profile was read from. */
struct sp_source {
	char *name;	/* owned; path as given, "-" for standard input */
	char *text;	/* owned */
	size_t len;
};

/* Part of a source that must not be shown: the value of a secret field. */
struct sp_span {
	struct sp_mark mark;		/* its first character */
	unsigned end_line, end_col;	/* just behind its last character */
};

/* Zeroed is empty. */
struct sp_profile {
	struct sp_source *sources;
	size_t n_sources;
	struct sp_span *hidden;
	size_t n_hidden;
	/* In the order of sp_kinds[], then of the profile. */
	struct sp_resource *res;
	size_t n;
	size_t *by_id;	/* owned; indices into res, for sp_profile_find() */
};

/*
 * Read a file into a new source: regular files and pipes; "-" is standard
 * input.  At most SP_PROFILE_SIZE_MAX bytes.  A directory, a device or a
 * FIFO given by path is refused without being opened for reading.
 */
int sp_profile_add_file(struct sp_profile *p, const char *path,
			struct sp_err *err);

/* The same from memory; @text is copied. */
void sp_profile_add_text(struct sp_profile *p, const char *name,
			 const char *text, size_t len);

/*
 * Parse all sources into resources.  What is wrong goes to @diag; the
 * resources that could be read are there in any case.
 */
void sp_profile_parse(struct sp_profile *p, struct sp_diag *diag);

/*
 * Run the kinds' own checks.  @host may be NULL.  Of a resource that is
 * incomplete only findings about values that are there are kept: that
 * something is missing would not be true.
 */
void sp_profile_check(const struct sp_profile *p, struct sp_host *host,
		      struct sp_diag *diag);

/*
 * Once the profile's packages are there: check again what lacked something,
 * of the resources from number @from on.  What is still missing is an error.
 */
void sp_profile_check_again(const struct sp_profile *p, size_t from,
			    struct sp_host *host, struct sp_diag *diag);

/* Does it have resources of a kind that is SP_KIND_TRANSACTS? */
bool sp_profile_transacts(const struct sp_profile *p);

/* The resource of kind @kind called @id, or NULL. */
const struct sp_resource *sp_profile_find(const struct sp_profile *p,
					  const struct sp_kind *kind,
					  const char *id);

/*
 * Add the keys that a map of a profile may have: those that lead to sections
 * below @section ("" is the whole profile; NULL: none), and those of @kind's
 * entries (NULL: none) below @prefix ("" or "ipv4").
 */
void sp_profile_keys(struct sp_strv *ret, const char *section,
		     const struct sp_kind *kind, const char *prefix);

void sp_profile_clear(struct sp_profile *p);
#define sp_auto_profile __attribute__((cleanup(sp_profile_clear))) struct sp_profile

#endif
