/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * xml.h - read a small XML document into a flat list of elements with their
 * byte offsets, and edit the original text there, so that comments, order,
 * layout and everything unknown survive.  The only user of libexpat.
 *
 * A document type declaration is refused, and with it every entity but the
 * five predefined ones; nothing outside the document is ever read.
 * Source: XML 1.0 (fifth edition); expat's reference.html for the offsets.
 */
#ifndef SPROUT_XML_H
#define SPROUT_XML_H

#include <stdbool.h>

#include "err.h"
#include "str.h"

#define SP_XML_SIZE_MAX	 ((size_t)1 << 20)	/* bytes of one document */
#define SP_XML_DEPTH_MAX 16			/* elements inside each other */
#define SP_XML_ELEMS_MAX 32768			/* elements of one document */

struct sp_xml_attr {
	char *name, *value;	/* owned; the value with references resolved */
};

/*
 * One element.  @start is the offset of its "<", @body the one behind its
 * start tag, @tail the one of its end tag, @end the one behind that.  An
 * empty-element tag has body == tail == end.
 */
struct sp_xml_elem {
	char *name;	/* owned */
	int parent;	/* index, -1 for the document's element */
	size_t start, body, tail, end;
	struct sp_xml_attr *attrs;	/* owned */
	size_t n_attrs;
	struct sp_buf text;	/* its own character data, without its children's */
};

/* Elements in the order of their start tags; v[0] is the document's. */
struct sp_xml {
	struct sp_xml_elem *v;	/* owned */
	size_t n;
};

/*
 * @data must be UTF-8 (or ASCII) and say so if it names an encoding.
 * EBADMSG, naming line and column, when it is not well-formed or has a
 * document type declaration; EFBIG above one of the limits.
 * @ret must be empty, and is left so on failure.
 */
int sp_xml_parse(const char *data, size_t len, struct sp_xml *ret,
		 struct sp_err *err);
void sp_xml_clear(struct sp_xml *x);
#define sp_auto_xml __attribute__((cleanup(sp_xml_clear))) struct sp_xml

/* The attribute's value, or NULL. */
const char *sp_xml_attr(const struct sp_xml_elem *e, const char *name);

/*
 * May @s stand in a document, and on one line: UTF-8 without control
 * characters and without U+FFFE and U+FFFF?
 */
bool sp_xml_can_hold(const char *s);

/* Add @s with the characters escaped that mean something there. */
void sp_xml_add_text(struct sp_buf *out, const char *s);
/* Add ` name="value"`, escaped. */
void sp_xml_add_attr(struct sp_buf *out, const char *name, const char *value);

/* --- edits ---------------------------------------------------------------- */

struct sp_xml_edit {
	size_t at, del, seq;
	char *ins;	/* owned */
};

/* Changes to a text, collected in any order.  Zeroed is empty. */
struct sp_xml_edits {
	struct sp_xml_edit *v;
	size_t n;
};

/* Replace @del bytes at @at by @ins.  Insertions at one place keep order. */
void sp_xml_replace(struct sp_xml_edits *e, size_t at, size_t del,
		    const char *ins);

/* Remove an element; its line, too, if nothing else is on it. */
void sp_xml_remove(struct sp_xml_edits *e, const char *data, size_t len,
		   const struct sp_xml_elem *elem);

/* Set an attribute in the start tag; NULL removes it. */
void sp_xml_set_attr(struct sp_xml_edits *e, const char *data,
		     const struct sp_xml_elem *elem, const char *name,
		     const char *value);

/*
 * Where a line inserted behind offset @at (the end of an element or of a
 * start tag) goes: behind the line when only blanks and comments follow on
 * it.  Returns false, @at unchanged, when other things follow.
 */
bool sp_xml_behind_line(const char *data, size_t len, size_t *at);

/* The blanks before an element that is first on its line; "" if it is not. */
char *sp_xml_indent(const char *data, const struct sp_xml_elem *elem);

/* The edited text is added to @out; @e is sorted. */
void sp_xml_apply(struct sp_xml_edits *e, const char *data, size_t len,
		  struct sp_buf *out);
void sp_xml_edits_clear(struct sp_xml_edits *e);
#define sp_auto_xml_edits \
	__attribute__((cleanup(sp_xml_edits_clear))) struct sp_xml_edits

#endif
