/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * chrony.h - the lines of chrony.conf and of the files that it includes.
 *
 * A line is a directive and its words; its case does not count.  A line whose
 * first character is one of ! ; # % is a comment; there are no others.
 * Source: chrony.conf(5).
 */
#ifndef SPROUT_CHRONY_H
#define SPROUT_CHRONY_H

#include "core/err.h"
#include "core/host.h"
#include "core/str.h"

/* One directive; the pointers lead into the text. */
struct sp_chrony_line {
	const char *start;	/* first byte of the line */
	size_t len;		/* with its line end */
	const char *word;	/* the directive, as it is spelled */
	size_t word_len;
	const char *args;	/* the rest, trimmed */
	size_t args_len;
};

/* The next directive, from @pos = 0; comments are passed over. */
bool sp_chrony_next(const char *data, size_t len, size_t *pos,
		    struct sp_chrony_line *ret);

/*
 * Hand every directive of @path and of the files that it includes to @fn, in
 * the order in which chronyd reads them; include, confdir and sourcedir are
 * followed and not handed on.  Files that cannot be read are passed over.
 * @depth: 0 in @path itself.
 */
void sp_chrony_walk(struct sp_host *host, const char *path,
		    void (*fn)(void *ctx, const char *path, int depth,
			       const struct sp_chrony_line *l),
		    void *ctx);

/* Is it this directive (lower case)? */
bool sp_chrony_is(const struct sp_chrony_line *l, const char *directive);

/*
 * The next word of [*args, *args + *len), which is shortened by it; false
 * when there is none.
 */
bool sp_chrony_word(const char **args, size_t *len, const char **ret,
		    size_t *ret_len);

/*
 * A source's name or address in the one spelling that is compared: addresses
 * as inet_ntop(3) has them, names in lower case.  EINVAL when it is neither.
 */
int sp_chrony_source(const char *text, char **ret, struct sp_err *err);

/*
 * Clients of allow: "all", an address, or a network in CIDR notation without
 * host bits; the short forms of chrony.conf(5) ("10.1", "0/0") are read, too.
 */
int sp_chrony_subnet(const char *text, char **ret, struct sp_err *err);

/* Seconds as a decimal number, "1.5": no sign, exponent, or needless zero. */
int sp_chrony_seconds(const char *text, char **ret, struct sp_err *err);

/* Reads the words of a line as one item of a set; owned, or NULL. */
typedef char *sp_chrony_item_fn(const struct sp_chrony_line *l);

/* The first word as sp_chrony_source() has it, or as it stands. */
sp_chrony_item_fn sp_chrony_source_item;
/* What an allow line allows, as sp_chrony_subnet() has it, or as it stands. */
sp_chrony_item_fn sp_chrony_subnet_item;

/* Add the items of all lines of @directive to @ret. */
void sp_chrony_items(const struct sp_buf *text, const char *directive,
		     sp_chrony_item_fn *item, struct sp_strv *ret);

/*
 * Make the lines of @directive those of @want: lines with other items go, the
 * rest stays as it is.  New lines stand where the first line was that goes,
 * or else behind the last one that stays, or behind a commented-out one, or
 * behind the last line of @near (a directive, or NULL), or at the end.
 * @suffix: what a new line has behind its item, such as " iburst".
 */
void sp_chrony_set_items(struct sp_buf *text, const char *directive,
			 sp_chrony_item_fn *item, const struct sp_strv *want,
			 const char *suffix, const char *near);

/*
 * Make @line (without newline) the only line of @directive, where its last
 * one stands, or else as above.  NULL: none.
 */
void sp_chrony_set(struct sp_buf *text, const char *directive,
		   const char *line);

#endif
