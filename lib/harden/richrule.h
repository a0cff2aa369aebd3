/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * richrule.h - firewalld's rich rules: the text form of
 * firewalld.richlanguage(5), the XML form of firewalld.zone(5), and the way
 * between them.
 *
 * The canonical text is the one that firewall-cmd prints, with addresses and
 * numbers in one spelling.
 */
#ifndef SPROUT_RICHRULE_H
#define SPROUT_RICHRULE_H

#include "core/xml.h"

struct sp_rich_word;	/* a word of the language: richrule.c */

/* The places of a rule, in the order in which they are written. */
enum sp_rich_slot {
	SP_RICH_SOURCE,
	SP_RICH_DESTINATION,
	SP_RICH_ELEMENT,	/* service, port, masquerade, ... */
	SP_RICH_LOG,
	SP_RICH_AUDIT,
	SP_RICH_ACTION,
	SP_RICH_SLOTS,
};

#define SP_RICH_ATTRS 4		/* attributes of one word, at most */

struct sp_rich_part {
	const struct sp_rich_word *word;	/* NULL: the place is empty */
	bool invert;				/* source and destination */
	char *attr[SP_RICH_ATTRS];		/* owned; in the word's order */
	char *limit, *burst;			/* owned; NULL for none */
};

/* Zeroed is empty. */
struct sp_rich {
	char *family;	/* owned; "ipv4", "ipv6" or NULL */
	int priority;	/* -32768 to 32767 */
	struct sp_rich_part part[SP_RICH_SLOTS];
};

/*
 * Read and check the text of one rule; values come out canonical.  EINVAL
 * with a message that says what is wrong in the rule.
 */
int sp_rich_parse(const char *text, struct sp_rich *ret, struct sp_err *err);
void sp_rich_clear(struct sp_rich *r);
#define sp_auto_rich __attribute__((cleanup(sp_rich_clear))) struct sp_rich

/* The canonical text, owned by the caller. */
char *sp_rich_text(const struct sp_rich *r);

/* sp_field.canon: text to canonical text. */
int sp_rich_canon(const char *text, char **ret, struct sp_err *err);

/*
 * Add the <rule> element as firewalld lays it out: each line ends with @nl,
 * begins with @indent, and inner ones with as much more.
 */
void sp_rich_to_xml(const struct sp_rich *r, const char *indent,
		    const char *nl, struct sp_buf *out);

/*
 * The text of the <rule> that is element @elem of @doc, owned by the caller.
 * A rule that firewalld would not take, or that says more than this
 * language can, gives a text that no parsed rule has.
 */
char *sp_rich_from_xml(const struct sp_xml *doc, size_t elem);

/*
 * A name that the rule refers to, or NULL: of a service, of an ICMP type, of
 * the ipset of its source or destination.
 */
const char *sp_rich_service(const struct sp_rich *r);
const char *sp_rich_icmp_type(const struct sp_rich *r);
const char *sp_rich_ipset(const struct sp_rich *r, enum sp_rich_slot slot);

#endif
