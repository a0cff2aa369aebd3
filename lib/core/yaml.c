/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * yaml.c - the only user of libyaml: its events to a bounded tree.
 *
 * Limits are checked event by event, so that what is refused costs no more
 * than what is accepted.  Characters are checked before libyaml sees them:
 * a line is then what ends with a line feed, for libyaml and for everybody.
 */
#include <errno.h>
#include <string.h>
#include <yaml.h>

#include "mem.h"
#include "word.h"
#include "yaml.h"

/* --- memory of a tree ----------------------------------------------------- */

#define CHUNK_SIZE ((size_t)64 << 10)

struct sp_ychunk {
	struct sp_ychunk *next;
	size_t used, size;
	_Alignas(max_align_t) char data[];
};

static void *tree_alloc(struct sp_yaml *y, size_t size)
{
	struct sp_ychunk *c = y->chunks;
	void *p;

	size = (size + 15) & ~(size_t)15;
	if (!c || c->size - c->used < size) {
		size_t room = size > CHUNK_SIZE / 4 ? size : CHUNK_SIZE;

		c = sp_xmalloc(sizeof(*c) + room);
		c->used = 0;
		c->size = room;
		/* A big one goes behind, so that the open chunk stays open. */
		if (y->chunks && room == size) {
			c->next = y->chunks->next;
			y->chunks->next = c;
		} else {
			c->next = y->chunks;
			y->chunks = c;
		}
	}
	p = c->data + c->used;
	c->used += size;
	return p;
}

void sp_yaml_clear(struct sp_yaml *y)
{
	struct sp_ychunk *c, *next;

	for (c = y->chunks; c; c = next) {
		next = c->next;
		free(c);
	}
	memset(y, 0, sizeof(*y));
}

/* --- characters ----------------------------------------------------------- */

/* Why @c may not stand in a text, or NULL when it may. */
static const char *refuse_char(uint32_t c, char next)
{
	if (c == 0)
		return N_("a NUL byte; is this a text file?");
	if (c == '\r')
		return next == '\n'
			       ? NULL
			       : N_("a carriage return without a line feed behind it");
	if (c == 0x85 || c == 0x2028 || c == 0x2029)
		return N_(
			"a Unicode line separator; write it as an escape in double quotes");
	if ((c < 0x20 && c != '\t' && c != '\n') || (c >= 0x7f && c < 0xa0) ||
	    c == 0xfffe || c == 0xffff)
		return N_(
			"a control character; write it as an escape in double quotes");
	return NULL;
}

/* Is every character one that may be there?  Else an error at its place. */
static bool check_chars(const char *text, size_t len, unsigned source,
			struct sp_diag *diag)
{
	struct sp_mark m = { source, 1, 1 };
	const char *why;
	uint32_t c;
	size_t i, n;

	if (len >= 2 && (memcmp(text, "\xff\xfe", 2) == 0 ||
			 memcmp(text, "\xfe\xff", 2) == 0)) {
		sp_diag_add(diag, SP_ERROR, m, NULL,
			    "the text is UTF-16; save it as UTF-8");
		return false;
	}
	for (i = 0; i < len; i += n) {
		n = 1;
		if (text[i] >= 0x20 && text[i] < 0x7f) {
			m.col++;
			continue;
		}
		if (text[i] == '\n') {
			m.line++;
			m.col = 1;
			continue;
		}
		n = sp_utf8_next(text + i, len - i, &c);
		if (!n) {
			sp_diag_add(
				diag, SP_ERROR, m, NULL,
				"byte 0x%02x is not valid UTF-8; save the text as UTF-8",
				(unsigned char)text[i]);
			return false;
		}
		why = refuse_char(c, i + 1 < len ? text[i + 1] : 0);
		if (why) {
			sp_diag_add(diag, SP_ERROR, m, NULL, "U+%04X is %s",
				    (unsigned)c, _(why));
			return false;
		}
		m.col++;
	}
	return true;
}

/* --- building ------------------------------------------------------------- */

/* A list or map whose end has not come yet; its children are pending. */
struct open {
	struct sp_ynode *node;
	size_t base; /* index of the first child in pend[] */
};

struct anchor {
	char *name;
	struct sp_ynode *node;
};

struct build {
	const char *text;
	size_t len;
	unsigned source;
	const struct sp_yaml_limits *limits;
	struct sp_diag *diag;
	struct sp_yaml *y;

	struct open *open;
	size_t n_open;
	struct sp_ynode **pend; /* of a map: key, value, key, value */
	size_t n_pend;
	struct anchor *anchors;
	size_t n_anchors;
	size_t nodes; /* all so far, aliases expanded */
	bool bad_keys;
};

static void build_clear(struct build *b)
{
	size_t i;

	for (i = 0; i < b->n_anchors; i++)
		free(b->anchors[i].name);
	free(b->anchors);
	free(b->open);
	free(b->pend);
}

static struct sp_mark place(const struct build *b, yaml_mark_t m)
{
	return (struct sp_mark){ b->source, (unsigned)m.line + 1,
				 (unsigned)m.column + 1 };
}

/* An error, and false to hand on. */
#define REFUSE(b, mark, ...) \
	(sp_diag_add((b)->diag, SP_ERROR, (mark), NULL, __VA_ARGS__), false)

/* Is the next node a key of the innermost map? */
static bool at_key(const struct build *b)
{
	const struct open *o;

	if (!b->n_open)
		return false;
	o = &b->open[b->n_open - 1];
	return o->node->kind == SP_Y_MAP && (b->n_pend - o->base) % 2 == 0;
}

static bool spend(struct build *b, struct sp_mark mark, size_t nodes)
{
	b->nodes += nodes;
	if (b->nodes > b->limits->nodes)
		return REFUSE(
			b, mark,
			"more than %zu values, aliases included; that is the limit",
			b->limits->nodes);
	return true;
}

static void attach(struct build *b, struct sp_ynode *n)
{
	if (!b->n_open) {
		b->y->root = n;
		return;
	}
	b->pend = sp_grow(b->pend, b->n_pend, sizeof(*b->pend));
	b->pend[b->n_pend++] = n;
}

static struct sp_ynode *new_node(struct build *b, enum sp_ykind kind,
				 const yaml_event_t *ev)
{
	struct sp_ynode *n = tree_alloc(b->y, sizeof(*n));

	memset(n, 0, sizeof(*n));
	n->kind = kind;
	n->mark = place(b, ev->start_mark);
	n->end_line = (unsigned)ev->end_mark.line + 1;
	n->end_col = (unsigned)ev->end_mark.column + 1;
	return n;
}

static struct anchor *find_anchor(struct build *b, const char *name)
{
	size_t i;

	for (i = 0; i < b->n_anchors; i++)
		if (sp_streq(b->anchors[i].name, name))
			return &b->anchors[i];
	return NULL;
}

static bool add_anchor(struct build *b, const yaml_char_t *name,
		       struct sp_ynode *n)
{
	struct anchor *a;

	if (!name)
		return true;
	a = find_anchor(b, (const char *)name);
	if (!a) {
		if (b->n_anchors == SP_YAML_ANCHORS_MAX)
			return REFUSE(b, n->mark,
				      "more than %d anchors; that is the limit",
				      SP_YAML_ANCHORS_MAX);
		b->anchors =
			sp_grow(b->anchors, b->n_anchors, sizeof(*b->anchors));
		a = &b->anchors[b->n_anchors++];
		a->name = sp_xstrdup((const char *)name);
	}
	a->node = n;
	return true;
}

/* Only the core tags, each on its own sort of node. */
static bool check_tag(struct build *b, const yaml_char_t *tag,
		      enum sp_ykind kind, struct sp_mark mark, bool *quoted)
{
	static const struct {
		const char *tag;
		enum sp_ykind kind;
		bool quoted;
	} core[] = {
		{ YAML_STR_TAG, SP_Y_SCALAR, true },
		{ YAML_INT_TAG, SP_Y_SCALAR, false },
		{ YAML_BOOL_TAG, SP_Y_SCALAR, false },
		{ YAML_NULL_TAG, SP_Y_SCALAR, false },
		{ YAML_FLOAT_TAG, SP_Y_SCALAR, false },
		{ YAML_SEQ_TAG, SP_Y_LIST, false },
		{ YAML_MAP_TAG, SP_Y_MAP, false },
		{ "!", SP_Y_SCALAR, true },
		{ "!", SP_Y_LIST, false },
		{ "!", SP_Y_MAP, false },
	};
	size_t i;

	if (!tag)
		return true;
	for (i = 0; i < SP_COUNT(core); i++) {
		if (core[i].kind == kind &&
		    sp_streq(core[i].tag, (const char *)tag)) {
			if (quoted)
				*quoted = core[i].quoted;
			return true;
		}
	}
	return REFUSE(
		b, mark,
		"tag \"%.60s\" cannot be used here; text that begins with \"!\" goes into quotes",
		tag);
}

static bool add_scalar(struct build *b, const yaml_event_t *ev)
{
	const char *value = (const char *)ev->data.scalar.value;
	size_t len = ev->data.scalar.length;
	struct sp_ynode *n = new_node(b, SP_Y_SCALAR, ev);
	char *copy;

	n->quoted = ev->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
	n->weight = 1;
	if (!check_tag(b, ev->data.scalar.tag, SP_Y_SCALAR, n->mark,
		       &n->quoted))
		return false;
	if (len > b->limits->text_bytes)
		return REFUSE(b, n->mark,
			      "a text of %zu bytes; the limit is %zu", len,
			      b->limits->text_bytes);
	if (memchr(value, 0, len))
		return REFUSE(b, n->mark, "a text cannot hold a NUL (\\0)");
	if (at_key(b) && !n->quoted && sp_streq(value, "<<"))
		return REFUSE(
			b, n->mark,
			"merge keys (\"<<\") cannot be used; write the keys out, or use an "
			"alias for a whole value");
	copy = tree_alloc(b->y, len + 1);
	memcpy(copy, value, len);
	copy[len] = '\0';
	n->text = copy;
	n->len = len;
	if (!spend(b, n->mark, 1) || !add_anchor(b, ev->data.scalar.anchor, n))
		return false;
	attach(b, n);
	return true;
}

static bool add_alias(struct build *b, const yaml_event_t *ev)
{
	const char *name = (const char *)ev->data.alias.anchor;
	struct sp_mark mark = place(b, ev->start_mark);
	struct anchor *a = find_anchor(b, name);

	if (!a)
		return REFUSE(
			b, mark,
			"alias \"*%.60s\" has no anchor \"&%.60s\" before it; text that "
			"begins with \"*\" goes into quotes",
			name, name);
	if (at_key(b))
		return REFUSE(b, mark, "an alias cannot be a key");
	if (!a->node->weight)
		return REFUSE(
			b, mark,
			"alias \"*%.60s\" is inside of what it stands for",
			name);
	if (b->n_open + a->node->height > b->limits->depth)
		return REFUSE(b, mark,
			      "alias \"*%.60s\" nests deeper than %zu levels",
			      name, b->limits->depth);
	if (!spend(b, mark, a->node->weight))
		return false;
	attach(b, a->node);
	return true;
}

static bool open_node(struct build *b, enum sp_ykind kind,
		      const yaml_event_t *ev, const yaml_char_t *tag,
		      const yaml_char_t *anchor)
{
	struct sp_ynode *n = new_node(b, kind, ev);

	if (b->n_open >= b->limits->depth)
		return REFUSE(b, n->mark, "nested deeper than %zu levels",
			      b->limits->depth);
	if (at_key(b))
		return REFUSE(
			b, n->mark,
			"a key has to be text, not a %s; text that begins with \"[\" or "
			"\"{\" goes into quotes",
			sp_ynode_what(n));
	if (!check_tag(b, tag, kind, n->mark, NULL) || !spend(b, n->mark, 1) ||
	    !add_anchor(b, anchor, n))
		return false;
	b->open = sp_grow(b->open, b->n_open, sizeof(*b->open));
	b->open[b->n_open++] = (struct open){ n, b->n_pend };
	return true;
}

struct keyref {
	const struct sp_ynode *key;
	size_t i;
};

static int keyref_cmp(const void *va, const void *vb)
{
	const struct keyref *a = va, *b = vb;
	int r = strcmp(a->key->text, b->key->text);

	if (r)
		return r;
	return a->i < b->i ? -1 : a->i > b->i;
}

/* Report each second key of the same text and take it out. */
static void drop_duplicates(struct build *b, struct sp_ynode *map)
{
	sp_auto_free struct keyref *refs = NULL;
	size_t i, n = 0;
	const struct sp_ynode *first;

	if (map->n < 2)
		return;
	refs = sp_xreallocarray(NULL, map->n, sizeof(*refs));
	for (i = 0; i < map->n; i++)
		refs[i] = (struct keyref){ map->keys[i], i };
	qsort(refs, map->n, sizeof(*refs), keyref_cmp);
	first = refs[0].key;
	for (i = 1; i < map->n; i++) {
		if (!sp_streq(refs[i].key->text, first->text)) {
			first = refs[i].key;
			continue;
		}
		sp_diag_add(b->diag, SP_ERROR, refs[i].key->mark, NULL,
			    "key \"%.60s\" is given twice, first at line %u",
			    first->text, first->mark.line);
		map->keys[refs[i].i] = NULL;
		b->bad_keys = true;
	}
	for (i = 0; i < map->n; i++) {
		if (!map->keys[i])
			continue;
		map->keys[n] = map->keys[i];
		map->items[n++] = map->items[i];
	}
	map->n = n;
}

static void close_node(struct build *b, const yaml_event_t *ev)
{
	struct open o = b->open[--b->n_open];
	struct sp_ynode *n = o.node;
	size_t i, count = b->n_pend - o.base;
	struct sp_ynode **pend = b->pend ? b->pend + o.base : NULL;
	size_t height = 0;

	n->end_line = (unsigned)ev->end_mark.line + 1;
	n->end_col = (unsigned)ev->end_mark.column + 1;
	n->weight = 1;
	for (i = 0; i < count; i++) {
		n->weight += pend[i]->weight;
		if (pend[i]->height > height)
			height = pend[i]->height;
	}
	n->height = height + 1;
	if (n->kind == SP_Y_LIST) {
		n->n = count;
		n->items = tree_alloc(b->y, (count + 1) * sizeof(*n->items));
		for (i = 0; i < count; i++)
			n->items[i] = pend[i];
	} else {
		n->n = count / 2;
		n->items = tree_alloc(b->y, (n->n + 1) * sizeof(*n->items));
		n->keys = tree_alloc(b->y, (n->n + 1) * sizeof(*n->keys));
		for (i = 0; i < n->n; i++) {
			n->keys[i] = pend[2 * i];
			n->items[i] = pend[2 * i + 1];
		}
		drop_duplicates(b, n);
	}
	b->n_pend = o.base;
	attach(b, n);
}

/* --- what libyaml refuses, in words --------------------------------------- */

/* Line @line, counted from 0, of the text. */
static bool get_line(const struct build *b, size_t line, const char **ret,
		     size_t *ret_len)
{
	size_t pos = 0;

	do {
		if (!sp_next_line(b->text, b->len, &pos, ret, ret_len))
			return false;
	} while (line--);
	return true;
}

static bool tab_indents(const struct build *b, size_t line)
{
	const char *s;
	size_t len, i;

	if (!get_line(b, line, &s, &len))
		return false;
	for (i = 0; i < len && (s[i] == ' ' || s[i] == '\t'); i++)
		if (s[i] == '\t')
			return true;
	return false;
}

/* libyaml's words and ours.  An unknown text is printed as it is. */
static const struct {
	const char *theirs, *ours;
} words[] = {
	{ "mapping values are not allowed in this context",
	  N_("\":\" is not expected here; put text that holds \": \" into quotes, or check the "
	     "indentation") },
	{ "did not find expected key",
	  N_("expected a key here; check the indentation of this line and of those above") },
	{ "did not find expected '-' indicator",
	  N_("expected \"- \" here; check the indentation of this line and of those above") },
	{ "block sequence entries are not allowed in this context",
	  N_("\"- \" is not expected here; a list begins on a line of its own") },
	{ "did not find expected ',' or ']'", N_("expected \",\" or \"]\"") },
	{ "did not find expected ',' or '}'", N_("expected \",\" or \"}\"") },
	{ "found unexpected end of stream", N_("the text ends too early") },
	{ "found character that cannot start any token",
	  N_("this character cannot begin a text; put the text into quotes") },
	{ "found unknown escape character",
	  N_("unknown escape; in double quotes a \"\\\" is written \"\\\\\", in single quotes "
	     "it is itself") },
	{ "did not find expected hexdecimal number",
	  N_("expected hexadecimal digits behind the escape") },
	{ "did not find expected hexadecimal number",
	  N_("expected hexadecimal digits behind the escape") },
	{ "found invalid Unicode character escape code",
	  N_("this escape is no character; write the character itself") },
	{ "did not find expected alphabetic or numeric character",
	  N_("expected a name behind \"*\" or \"&\"; text that begins with one of them goes "
	     "into quotes") },
	{ "did not find expected whitespace or line break",
	  N_("expected a blank here; text that begins with \"!\" goes into quotes") },
	{ "did not find expected <document start>",
	  N_("expected the end of the text here; check the indentation of this line and of "
	     "those above") },
	{ "did not find expected node content", N_("expected a value here") },
	{ "mapping keys are not allowed in this context",
	  N_("\"? \" is not expected here; text that begins with \"?\" goes into quotes") },
	{ "found a tab character that violates indentation",
	  N_("a tab cannot indent; use spaces") },
	{ "found a tab character where an indentation space is expected",
	  N_("a tab cannot indent; use spaces") },
	{ "found unknown directive name",
	  N_("a line that begins with \"%\" is for YAML itself; indent it, or "
	     "put it into quotes") },
	{ "found duplicate %TAG directive",
	  N_("a second %TAG line for the same tag") },
	{ "found duplicate %YAML directive", N_("a second %YAML line") },
	{ "found incompatible YAML document",
	  N_("only YAML 1.1 and 1.2 are read; leave the %YAML line out") },
	{ "found undefined tag handle",
	  N_("this tag is not known; text that begins with \"!\" goes into quotes") },
	{ "exceeded max depth", N_("nested too deeply") },
};

/* Do only blanks and dashes stand before this place in its line? */
static bool begins_line(const struct build *b, yaml_mark_t m)
{
	const char *s;
	size_t len, i;

	if (!get_line(b, m.line, &s, &len))
		return true;
	for (i = 0; i < len && i < m.column; i++)
		if (s[i] != ' ' && s[i] != '-')
			return false;
	return true;
}

static bool at_end(const struct build *b, yaml_mark_t m)
{
	const char *s;
	size_t len;

	return !get_line(b, m.line, &s, &len) ||
	       (m.column >= len && s + len + 1 >= b->text + b->len);
}

static bool refuse_syntax(const struct build *b, const yaml_parser_t *p)
{
	struct sp_mark m = place(b, p->problem_mark);
	const char *problem = p->problem ? p->problem : "unreadable";
	const char *context = p->context ? p->context : "";
	const struct sp_ynode *open =
		b->n_open ? b->open[b->n_open - 1].node : NULL;
	bool end;
	size_t i;

	if (p->error == YAML_MEMORY_ERROR)
		return REFUSE(b, m, "out of memory");
	if (p->error == YAML_READER_ERROR) {
		m.line = m.col = 0;
		return REFUSE(b, m, "%s", _(problem));
	}

	end = at_end(b, p->problem_mark) ||
	      sp_streq(problem, "found unexpected document indicator");
	if (end && strstr(context, "quoted scalar"))
		return REFUSE(b, place(b, p->context_mark),
			      "this quote is never closed");
	if (end && open && strstr(context, "flow"))
		return REFUSE(b, open->mark,
			      "this %s is never closed; \"%s\" is missing",
			      _(sp_ynode_what(open)),
			      open->kind == SP_Y_LIST ? "]" : "}");
	if (tab_indents(b, p->problem_mark.line))
		return REFUSE(b, m, "a tab cannot indent; use spaces");
	if (sp_streq(problem, "could not find expected ':'"))
		return REFUSE(b, place(b, p->context_mark),
			      "expected \":\" and a value behind this key");
	if (sp_streq(problem, "did not find expected key") &&
	    !begins_line(b, p->problem_mark))
		return REFUSE(
			b, m,
			"expected the end of the line here; put the whole text into quotes");
	for (i = 0; i < SP_COUNT(words); i++)
		if (sp_streq(problem, words[i].theirs))
			break;
	if (i < SP_COUNT(words))
		problem = words[i].ours;
	if (open && (strstr(context, "flow mapping") ||
		     strstr(context, "flow sequence")))
		return REFUSE(b, m, "%s in the %s that begins at %u:%u",
			      _(problem), _(sp_ynode_what(open)),
			      open->mark.line, open->mark.col);
	return REFUSE(b, m, "%s", _(problem));
}

/* --- reading -------------------------------------------------------------- */

/* Take in one event.  Returns false after an error; *done at the end. */
static bool take_event(struct build *b, const yaml_event_t *ev, bool *done)
{
	switch (ev->type) {
	case YAML_SCALAR_EVENT:
		return add_scalar(b, ev);
	case YAML_ALIAS_EVENT:
		return add_alias(b, ev);
	case YAML_SEQUENCE_START_EVENT:
		return open_node(b, SP_Y_LIST, ev, ev->data.sequence_start.tag,
				 ev->data.sequence_start.anchor);
	case YAML_MAPPING_START_EVENT:
		return open_node(b, SP_Y_MAP, ev, ev->data.mapping_start.tag,
				 ev->data.mapping_start.anchor);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		close_node(b, ev);
		return true;
	case YAML_DOCUMENT_START_EVENT:
		if (b->y->root)
			return REFUSE(
				b, place(b, ev->start_mark),
				"a second document begins here; give each one in a text of "
				"its own");
		return true;
	case YAML_STREAM_END_EVENT:
		*done = true;
		return true;
	default:
		return true;
	}
}

static bool read_events(struct build *b, yaml_parser_t *p)
{
	bool done = false, ok = true;
	yaml_event_t ev;

	while (ok && !done) {
		if (!yaml_parser_parse(p, &ev))
			return refuse_syntax(b, p);
		ok = take_event(b, &ev, &done);
		yaml_event_delete(&ev);
	}
	if (ok && !b->y->root)
		return REFUSE(b, ((struct sp_mark){ b->source, 0, 0 }),
			      "the text is empty");
	return ok;
}

int sp_yaml_parse(const char *text, size_t len, unsigned source,
		  const struct sp_yaml_limits *limits, struct sp_yaml *ret,
		  struct sp_diag *diag)
{
	struct sp_yaml y = { 0 };
	struct build b = { .text = text,
			   .len = len,
			   .source = source,
			   .limits = limits,
			   .diag = diag,
			   .y = &y };
	yaml_parser_t p;
	bool ok;

	memset(ret, 0, sizeof(*ret));
	if (len > limits->size_bytes) {
		(void)REFUSE(&b, ((struct sp_mark){ source, 0, 0 }),
			     "larger than %zu bytes; that is the limit",
			     limits->size_bytes);
		return -EBADMSG;
	}
	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
		b.text = text += 3;
		b.len = len -= 3;
	}
	if (!check_chars(text, len, source, diag))
		return -EBADMSG;

	if (!yaml_parser_initialize(&p)) {
		(void)REFUSE(&b, ((struct sp_mark){ source, 0, 0 }),
			     "out of memory");
		return -EBADMSG;
	}
	yaml_parser_set_encoding(&p, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&p, (const unsigned char *)text, len);
	ok = read_events(&b, &p);
	yaml_parser_delete(&p);
	build_clear(&b);
	if (!ok) {
		sp_yaml_clear(&y);
		return -EBADMSG;
	}
	*ret = y;
	return b.bad_keys ? -EBADMSG : 0;
}

int sp_yaml_read(const char *text, size_t len,
		 const struct sp_yaml_limits *limits, struct sp_yaml *ret,
		 struct sp_err *err)
{
	sp_auto_diag diag = { 0 };
	sp_auto_yaml y = { 0 };

	if (sp_yaml_parse(text, len, 0, limits, &y, &diag) < 0) {
		const struct sp_finding *f = &diag.v[0];

		if (!f->mark.line)
			return sp_fail(err, EBADMSG, "%s", f->text);
		return sp_fail(err, EBADMSG, "%u:%u: %s", f->mark.line,
			       f->mark.col, f->text);
	}
	*ret = y;
	memset(&y, 0, sizeof(y));
	return 0;
}

/* --- asking --------------------------------------------------------------- */

const struct sp_ynode *sp_ynode_get(const struct sp_ynode *map, const char *key)
{
	size_t i;

	if (!map || map->kind != SP_Y_MAP)
		return NULL;
	for (i = 0; i < map->n; i++)
		if (sp_streq(map->keys[i]->text, key))
			return map->items[i];
	return NULL;
}

static bool plain_one_of(const struct sp_ynode *n, const char *const *texts)
{
	if (!n || n->kind != SP_Y_SCALAR || n->quoted)
		return false;
	for (; *texts; texts++)
		if (sp_streq(n->text, *texts))
			return true;
	return false;
}

bool sp_ynode_null(const struct sp_ynode *n)
{
	static const char *const texts[] = { "",     "~",    "null",
					     "Null", "NULL", NULL };

	return plain_one_of(n, texts);
}

bool sp_ynode_bool(const struct sp_ynode *n, bool *ret)
{
	static const char *const yes[] = { "true", "True", "TRUE", NULL };
	static const char *const no[] = { "false", "False", "FALSE", NULL };

	if (plain_one_of(n, yes))
		*ret = true;
	else if (plain_one_of(n, no))
		*ret = false;
	else
		return false;
	return true;
}

bool sp_ynode_int(const struct sp_ynode *n, int64_t min, int64_t max,
		  int64_t *ret)
{
	return n && n->kind == SP_Y_SCALAR && !n->quoted &&
	       sp_parse_int(n->text, min, max, ret);
}

const char *sp_ynode_text(const struct sp_ynode *n)
{
	return n && n->kind == SP_Y_SCALAR ? n->text : NULL;
}

const char *sp_ynode_what(const struct sp_ynode *n)
{
	switch (n->kind) {
	case SP_Y_LIST:
		return N_("list");
	case SP_Y_MAP:
		return N_("map");
	default:
		return sp_ynode_null(n) ? N_("nothing") : N_("text");
	}
}
