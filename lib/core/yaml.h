/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * yaml.h - YAML text to a tree whose every node knows its place.
 *
 * For profiles, written by people, and for the lines of a journal, written by
 * us: JSON is read as YAML.  One document; anchors and aliases work inside a
 * node budget; no tags but the core ones, no merge keys, no duplicate keys.
 * Raw U+0085, U+2028 and U+2029 are refused, because YAML takes them for line
 * ends: a JSON writer has to escape them, and control characters.  A pair of
 * surrogate escapes is refused, too: write the character itself.
 *
 * Source: YAML 1.1 as libyaml 0.1.7 and newer read it.
 */
#ifndef SPROUT_YAML_H
#define SPROUT_YAML_H

#include "diag.h"
#include "value.h"

/* All have to be set. */
struct sp_yaml_limits {
	size_t size_bytes; /* of the text */
	size_t depth;	   /* nested lists and maps */
	size_t nodes;	   /* scalars, keys, lists, maps; aliases expanded */
	size_t text_bytes; /* of one scalar */
};

/* Different anchors in one text. */
#define SP_YAML_ANCHORS_MAX 1000

enum sp_ykind { SP_Y_SCALAR = 1, SP_Y_LIST, SP_Y_MAP };

/*
 * Owned by the tree.  An alias is the same node as its anchor, so that a node
 * can be reached by several ways, but never from itself.
 */
struct sp_ynode {
	enum sp_ykind kind;
	struct sp_mark mark;	    /* its first character */
	unsigned end_line, end_col; /* just behind its last character */

	/*
	 * SP_Y_SCALAR.  Only a plain scalar can be a boolean, a number or
	 * null; a quoted, literal or folded one (or one tagged !!str) is
	 * always text.
	 */
	bool quoted;
	const char *text; /* ends with a NUL, holds none */
	size_t len;

	/* SP_Y_LIST: n items.  SP_Y_MAP: n keys, scalars, and their values. */
	size_t n;
	struct sp_ynode **items;
	struct sp_ynode **keys;

	/* For the budget: of this node and all below it, aliases expanded. */
	size_t weight, height;
};

/* A tree and its memory.  Zeroed is empty. */
struct sp_yaml {
	struct sp_ynode *root;
	struct sp_ychunk *chunks;
};

/*
 * Read one document.  @source goes into every mark.
 * Returns 0, or -EBADMSG with at least one error in @diag.  @ret is set in
 * both cases: its root is NULL when the syntax was wrong or a limit was hit,
 * and the tree that could be read when only keys were wrong (duplicates, all
 * of which are reported; the first one counts).
 */
int sp_yaml_parse(const char *text, size_t len, unsigned source,
		  const struct sp_yaml_limits *limits, struct sp_yaml *ret,
		  struct sp_diag *diag);

/*
 * The same for text that machines write.  Returns 0 with a tree, or
 * -EBADMSG with "LINE:COL: TEXT" (or TEXT, when it is about the whole) of the
 * first error and @ret untouched.
 */
int sp_yaml_read(const char *text, size_t len,
		 const struct sp_yaml_limits *limits, struct sp_yaml *ret,
		 struct sp_err *err);

void sp_yaml_clear(struct sp_yaml *y);
#define sp_auto_yaml __attribute__((cleanup(sp_yaml_clear))) struct sp_yaml

/* The value of @key, or NULL; also when @map is no map, or NULL. */
const struct sp_ynode *sp_ynode_get(const struct sp_ynode *map,
				    const char *key);

/* A plain scalar that says nothing: empty, ~, null, Null or NULL. */
bool sp_ynode_null(const struct sp_ynode *n);

/*
 * A plain true or false (also True, TRUE, ...) into @ret.  Returns false,
 * @ret untouched, for everything else; NULL is fine.
 */
bool sp_ynode_bool(const struct sp_ynode *n, bool *ret);

/* A plain decimal number in [min, max]; likewise. */
bool sp_ynode_int(const struct sp_ynode *n, int64_t min, int64_t max,
		  int64_t *ret);

/* The text of a scalar, plain or quoted; NULL for everything else. */
const char *sp_ynode_text(const struct sp_ynode *n);

/* "text", "list", "map", "nothing" (null): for messages. */
const char *sp_ynode_what(const struct sp_ynode *n);

#endif
