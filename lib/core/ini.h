/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ini.h - edit files of "key = value" lines in place.
 *
 * Works on the bytes of a file: every line that is not ours stays as it is,
 * with its comments, order, indentation and line end (LF or CRLF).  Values
 * are raw text, trimmed; quotes and escapes are the caller's business.
 */
#ifndef SPROUT_INI_H
#define SPROUT_INI_H

#include "str.h"

/* How a file of such lines is read and written. */
struct sp_ini_style {
	bool sections;	/* "[name]" lines; else there is one nameless section */
	bool continued;	/* an indented line continues the value before it */
	bool tight;	/* a line with blanks around its key is foreign */
	bool first;	/* the first assignment with a value counts, not the last */
	const char *assign;	/* written between key and value: "=" */
};

/* yum and dnf: sections, continuation lines. */
extern const struct sp_ini_style sp_ini_yum;
/*
 * firewalld.conf and the like: no sections, blanks allowed; the first
 * assignment that is not empty counts.
 */
extern const struct sp_ini_style sp_ini_plain;
/* KEY=VALUE as a shell or libselinux reads it: no blanks; last counts. */
extern const struct sp_ini_style sp_ini_shell;

enum sp_ini_type {
	SP_INI_BLANK = 1,
	SP_INI_COMMENT,	/* first byte # or ; (after blanks unless continued) */
	SP_INI_SECTION,
	SP_INI_ASSIGN,
	SP_INI_CONT,	/* continues the assignment before it */
	SP_INI_OTHER,	/* none of these; never touched */
};

/* One line; the pointers lead into the text it was read from. */
struct sp_ini_line {
	enum sp_ini_type type;
	const char *start;	/* first byte of the line */
	size_t len;		/* with its line end */
	const char *name;	/* section or key, trimmed; not NUL-ended */
	size_t name_len;
	const char *value;	/* value or continued value, trimmed */
	size_t value_len;
};

/* Where sp_ini_next() stands; zeroed is the beginning. */
struct sp_ini_pos {
	size_t at;
	bool in_value;	/* a continuation line would have an owner */
};

/* The next line of @data; false at the end.  Allocates nothing. */
bool sp_ini_next(const struct sp_ini_style *st, const char *data, size_t len,
		 struct sp_ini_pos *pos, struct sp_ini_line *ret);

/*
 * The value that counts, owned by the caller; the parts of a continued value
 * are joined by '\n'.  NULL when there is none; "" for "key=".
 * @section: NULL for styles without sections, and for the lines before the
 *	     first section.  Several sections of one name are one.
 */
char *sp_ini_get(const struct sp_ini_style *st, const struct sp_buf *text,
		 const char *section, const char *key);

/*
 * Make @value (parts separated by '\n' where the style is continued) the only
 * value of @key: the assignment that counts is changed in place, others are
 * removed.  A key that was not assigned goes right behind a commented-out
 * assignment of it ("#key=..."), which stays, or else behind the last line of
 * the section; a section that is not there is added at the end.
 * Changes nothing when the value is there already, and alone.
 */
void sp_ini_set(const struct sp_ini_style *st, struct sp_buf *text,
		const char *section, const char *key, const char *value);

/* Remove every assignment of @key; true when there was one. */
bool sp_ini_unset(const struct sp_ini_style *st, struct sp_buf *text,
		  const char *section, const char *key);

bool sp_ini_has_section(const struct sp_ini_style *st,
			const struct sp_buf *text, const char *section);

/* Add the name of every section line to @ret, in their order. */
void sp_ini_sections(const struct sp_ini_style *st, const struct sp_buf *text,
		     struct sp_strv *ret);

/*
 * Remove a section with all its lines; comments that stand before the next
 * section's header, behind a blank line or directly at it, stay.
 * True when there was one.
 */
bool sp_ini_remove_section(const struct sp_ini_style *st, struct sp_buf *text,
			   const char *section);

#endif
