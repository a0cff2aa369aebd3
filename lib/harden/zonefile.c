/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* zonefile.c - read and edit the XML file of a firewalld zone. */
#include "zonefile.h"

#include <errno.h>
#include <string.h>

#include "core/mem.h"
#include "fwvalue.h"
#include "richrule.h"

const char sp_zonefile_new[] = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
			       "<zone>\n"
			       "</zone>\n";

/* What an element of the zone is to us. */
enum form {
	F_TEXT,		/* text between tags */
	F_FLAG,		/* there or not */
	F_VALUE,	/* one attribute */
	F_PORT,		/* port= and protocol= */
	F_FORWARD,	/* the same with to-port= and to-addr= */
	F_SOURCE,	/* address= or ipset= */
	F_RULE,		/* a rich rule */
};

struct row {
	const char *elem;
	enum form form;
	const char *attr;	/* F_VALUE */
	int (*canon)(const char *text, char **ret, struct sp_err *err);
};

/* Indexed by field; the target is an attribute of the zone itself. */
static const struct row rows[SP_ZONE_FIELDS] = {
	[SP_ZONE_SHORT] = { "short", F_TEXT, NULL, NULL },
	[SP_ZONE_DESCRIPTION] = { "description", F_TEXT, NULL, NULL },
	[SP_ZONE_SERVICES] = { "service", F_VALUE, "name", sp_fw_name },
	[SP_ZONE_PORTS] = { "port", F_PORT, NULL, sp_fw_port },
	[SP_ZONE_PROTOCOLS] = { "protocol", F_VALUE, "value", sp_fw_protocol },
	[SP_ZONE_ICMP_BLOCKS] = { "icmp-block", F_VALUE, "name", sp_fw_name },
	[SP_ZONE_MASQUERADE] = { "masquerade", F_FLAG, NULL, NULL },
	[SP_ZONE_FORWARD_PORTS] = { "forward-port", F_FORWARD, NULL,
				    sp_fw_forward },
	[SP_ZONE_SOURCE_PORTS] = { "source-port", F_PORT, NULL, sp_fw_port },
	[SP_ZONE_RICH_RULES] = { "rule", F_RULE, NULL, NULL },
	[SP_ZONE_INTERFACES] = { "interface", F_VALUE, "name",
				 sp_fw_interface },
	[SP_ZONE_SOURCES] = { "source", F_SOURCE, NULL, sp_fw_source },
	[SP_ZONE_ICMP_BLOCK_INVERSION] = { "icmp-block-inversion", F_FLAG, NULL,
					   NULL },
	[SP_ZONE_FORWARD] = { "forward", F_FLAG, NULL, NULL },
};

/* --- reading -------------------------------------------------------------- */

static const char *or_empty(const char *s)
{
	return s ? s : "";
}

/* The text of a source; NULL for one that firewalld ignores. */
static char *source_text(const struct sp_xml_elem *e)
{
	const char *address = sp_xml_attr(e, "address");
	const char *ipset = sp_xml_attr(e, "ipset");

	if (!!address + !!ipset != 1)
		return NULL;
	return address ? sp_xstrdup(address) : sp_asprintf("ipset:%s", ipset);
}

/* firewalld reads a line break as a blank. */
static char *element_text(const struct sp_xml_elem *e)
{
	char *s = sp_xstrdup(sp_buf_cstr(&e->text));

	for (char *p = s; *p; p++)
		if (*p == '\n')
			*p = ' ';
	return s;
}

/* The element as an item of its field, or NULL when it is none. */
static char *item_text(const struct sp_xml *doc, size_t elem,
		       const struct row *row)
{
	const struct sp_xml_elem *e = &doc->v[elem];
	const char *port = or_empty(sp_xml_attr(e, "port"));
	const char *proto = or_empty(sp_xml_attr(e, "protocol"));
	sp_auto_err no = { 0 };
	char *raw = NULL, *text;

	switch (row->form) {
	case F_TEXT:
		return element_text(e);
	case F_FLAG:
		return sp_xstrdup("");
	case F_RULE:
		return sp_rich_from_xml(doc, elem);
	case F_VALUE:
		raw = sp_strdup0(sp_xml_attr(e, row->attr));
		break;
	case F_PORT:
		raw = sp_asprintf("%s/%s", port, proto);
		break;
	case F_FORWARD:
		raw = sp_fw_forward_text(port, proto, sp_xml_attr(e, "to-port"),
					 sp_xml_attr(e, "to-addr"));
		break;
	case F_SOURCE:
		raw = source_text(e);
		break;
	}
	if (!raw || row->canon(raw, &text, &no) < 0)
		return raw;
	free(raw);
	return text;
}

static void add_item(struct sp_zonefile *z, size_t elem)
{
	for (int f = 0; f < SP_ZONE_FIELDS; f++) {
		char *text;

		if (!rows[f].elem ||
		    strcmp(rows[f].elem, z->xml.v[elem].name) != 0)
			continue;
		text = item_text(&z->xml, elem, &rows[f]);
		if (!text)
			return;
		z->items = sp_grow(z->items, z->n, sizeof(*z->items));
		z->items[z->n++] = (struct sp_zone_item){ f, elem, text };
		return;
	}
}

int sp_zonefile_parse(const char *data, size_t len, struct sp_zonefile *ret,
		      struct sp_err *err)
{
	struct sp_zonefile z = { 0 };
	int r = sp_xml_parse(data, len, &z.xml, err);

	if (r < 0)
		return r;
	if (strcmp(z.xml.v[0].name, "zone") != 0) {
		r = sp_fail(err, EBADMSG, "expected a <zone>, found a <%s>",
			    z.xml.v[0].name);
		sp_zonefile_clear(&z);
		return r;
	}
	z.data = sp_xstrndup(data, len);
	z.len = len;
	for (size_t i = 1; i < z.xml.n; i++)
		if (z.xml.v[i].parent == 0)
			add_item(&z, i);
	*ret = z;
	return 0;
}

void sp_zonefile_clear(struct sp_zonefile *z)
{
	for (size_t i = 0; i < z->n; i++)
		free(z->items[i].text);
	free(z->items);
	sp_xml_clear(&z->xml);
	free(z->data);
	*z = (struct sp_zonefile){ 0 };
}

/* The target as the profile spells it. */
static const char *target_of(const struct sp_zonefile *z)
{
	const char *s = sp_xml_attr(&z->xml.v[0], "target");

	/* the long form is what versions before 0.4 wrote */
	if (!s || !*s || strcmp(s, "{chain}_{zone}") == 0)
		return "default";
	return s;
}

void sp_zonefile_get(const struct sp_zonefile *z, struct sp_state *st)
{
	struct sp_strv sets[SP_ZONE_FIELDS] = { { 0 } };

	st->present = true;
	sp_state_set_str(st, SP_ZONE_TARGET, target_of(z));
	for (int f = SP_ZONE_TARGET + 1; f < SP_ZONE_FIELDS; f++) {
		if (rows[f].form == F_TEXT)
			sp_state_set_none(st, f);
		else if (rows[f].form == F_FLAG)
			sp_state_set_bool(st, f, false);
	}
	for (size_t i = 0; i < z->n; i++) {
		const struct sp_zone_item *it = &z->items[i];

		if (rows[it->field].form == F_TEXT)
			sp_state_set_str(st, it->field, it->text);
		else if (rows[it->field].form == F_FLAG)
			sp_state_set_bool(st, it->field, true);
		else
			sp_strv_add(&sets[it->field], it->text);
	}
	for (int f = SP_ZONE_TARGET + 1; f < SP_ZONE_FIELDS; f++)
		if (rows[f].form != F_TEXT && rows[f].form != F_FLAG)
			sp_state_set_list(st, f, &sets[f]);
}

/* --- editing -------------------------------------------------------------- */

struct editing {
	const struct sp_zonefile *z;
	struct sp_xml_edits edits;
	const char *nl;
	char *indent;		/* owned; of the zone's elements */
	bool opened;		/* "<zone/>" was made "<zone>" */
	size_t *inline_at;	/* owned; places where a line has to end */
	size_t n_inline;
};

static const struct sp_xml_elem *elem_of(const struct editing *ed,
					 const struct sp_zone_item *it)
{
	return &ed->z->xml.v[it->elem];
}

static void remove_item(struct editing *ed, const struct sp_zone_item *it)
{
	sp_xml_remove(&ed->edits, ed->z->data, ed->z->len, elem_of(ed, it));
}

/* Where new elements of field @f go: behind the last of them or before. */
static size_t place(const struct editing *ed, int f)
{
	const struct sp_zonefile *z = ed->z;
	size_t same = 0, before = 0;

	for (size_t i = 0; i < z->n; i++) {
		if ((int)z->items[i].field == f)
			same = elem_of(ed, &z->items[i])->end;
		else if ((int)z->items[i].field < f)
			before = elem_of(ed, &z->items[i])->end;
	}
	return same ? same : before ? before : z->xml.v[0].body;
}

/* "<zone/>" has no place for elements yet. */
static void open_zone(struct editing *ed)
{
	const struct sp_xml_elem *zone = &ed->z->xml.v[0];
	sp_auto_free char *tag = NULL;

	if (ed->opened || zone->body != zone->end)
		return;
	tag = sp_asprintf(">%s", ed->nl);
	sp_xml_replace(&ed->edits, zone->body - 2, 2, tag);
	ed->opened = true;
}

/* Insert whole lines; @lines ends with a line end. */
static void insert_lines(struct editing *ed, int f, const char *lines)
{
	size_t at = place(ed, f), n = strlen(lines) - strlen(ed->nl);
	sp_auto_free char *text = NULL;

	open_zone(ed);
	if (ed->opened || sp_xml_behind_line(ed->z->data, ed->z->len, &at)) {
		sp_xml_replace(&ed->edits, at, 0, lines);
		return;
	}
	/* in the middle of a line, which is broken here */
	text = sp_asprintf("%s%.*s", ed->nl, (int)n, lines);
	sp_xml_replace(&ed->edits, at, 0, text);
	for (size_t i = 0; i < ed->n_inline; i++)
		if (ed->inline_at[i] == at)
			return;
	ed->inline_at = sp_grow(ed->inline_at, ed->n_inline, sizeof(at));
	ed->inline_at[ed->n_inline++] = at;
}

static void finish(struct editing *ed)
{
	const struct sp_xml_elem *zone = &ed->z->xml.v[0];

	for (size_t i = 0; i < ed->n_inline; i++) {
		size_t at = ed->inline_at[i];
		sp_auto_free char *s = NULL;

		s = sp_asprintf("%s%s", ed->nl,
				at == zone->tail ? "" : ed->indent);
		sp_xml_replace(&ed->edits, at, 0, s);
	}
	if (ed->opened)
		sp_xml_replace(&ed->edits, zone->end, 0, "</zone>");
}

static int port_xml(struct sp_buf *b, const char *text, struct sp_err *err)
{
	const char *slash = strchr(text, '/');
	sp_auto_free char *port = NULL;

	if (!slash)
		return sp_fail(err, EINVAL, "\"%s\" cannot be written", text);
	port = sp_xstrndup(text, (size_t)(slash - text));
	sp_xml_add_attr(b, "port", port);
	sp_xml_add_attr(b, "protocol", slash + 1);
	return 0;
}

static int forward_xml(struct sp_buf *b, const char *text, struct sp_err *err)
{
	sp_auto_forward f = { 0 };
	int r = sp_fw_forward_parse(text, &f, err);

	if (r < 0)
		return r;
	sp_xml_add_attr(b, "port", f.port);
	sp_xml_add_attr(b, "protocol", f.proto);
	if (f.toport)
		sp_xml_add_attr(b, "to-port", f.toport);
	if (f.toaddr)
		sp_xml_add_attr(b, "to-addr", f.toaddr);
	return 0;
}

static int rule_xml(const struct editing *ed, struct sp_buf *b,
		    const char *text, struct sp_err *err)
{
	sp_auto_rich rule = { 0 };
	int r = sp_rich_parse(text, &rule, err);

	if (r < 0)
		return r;
	sp_rich_to_xml(&rule, ed->indent, ed->nl, b);
	return 0;
}

/* Add the line or lines of one item. */
static int item_xml(const struct editing *ed, int f, const char *text,
		    struct sp_buf *b, struct sp_err *err)
{
	const struct row *row = &rows[f];
	int r = 0;

	if (row->form == F_RULE)
		return rule_xml(ed, b, text, err);
	sp_buf_addf(b, "%s<%s", ed->indent, row->elem);
	switch (row->form) {
	case F_VALUE:
		sp_xml_add_attr(b, row->attr, text);
		break;
	case F_PORT:
		r = port_xml(b, text, err);
		break;
	case F_FORWARD:
		r = forward_xml(b, text, err);
		break;
	case F_SOURCE:
		if (sp_starts(text, "ipset:"))
			sp_xml_add_attr(b, "ipset", text + 6);
		else
			sp_xml_add_attr(b, "address", text);
		break;
	case F_TEXT:
		sp_buf_addc(b, '>');
		sp_xml_add_text(b, text);
		sp_buf_addf(b, "</%s>%s", row->elem, ed->nl);
		return 0;
	case F_FLAG:
	case F_RULE:
		break;
	}
	sp_buf_addf(b, "/>%s", ed->nl);
	return r;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Exactly the items of @want, which is sorted. */
static int edit_set(struct editing *ed, int f, const struct sp_strv *want,
		    struct sp_err *err)
{
	sp_auto_free bool *there = sp_xcalloc(want->n + 1, sizeof(*there));
	sp_auto_buf lines = { 0 };
	int r = 0;

	for (size_t i = 0; i < ed->z->n; i++) {
		const struct sp_zone_item *it = &ed->z->items[i];
		char **at;

		if ((int)it->field != f)
			continue;
		at = want->n ? bsearch(&it->text, want->v, want->n,
				       sizeof(*want->v), by_text) : NULL;
		if (at)
			there[at - want->v] = true;
		else
			remove_item(ed, it);
	}
	for (size_t i = 0; i < want->n && r == 0; i++)
		if (!there[i])
			r = item_xml(ed, f, want->v[i], &lines, err);
	if (r == 0 && lines.len)
		insert_lines(ed, f, sp_buf_cstr(&lines));
	return r;
}

/* The text of an element; one of "<short/>" gets its two tags. */
static void replace_text(struct editing *ed, const struct sp_xml_elem *e,
			 const char *text)
{
	bool empty = e->body == e->end;
	size_t from = empty ? e->start : e->body;
	sp_auto_buf b = { 0 };

	if (empty)
		sp_buf_addf(&b, "<%s>", e->name);
	sp_xml_add_text(&b, text);
	if (empty)
		sp_buf_addf(&b, "</%s>", e->name);
	sp_xml_replace(&ed->edits, from, e->tail - from, sp_buf_cstr(&b));
}

/* One element with text, or a flag; @text NULL: none. */
static void edit_single(struct editing *ed, int f, const char *text)
{
	const struct sp_zone_item *last = NULL;	/* the one that counts */
	sp_auto_buf b = { 0 };
	sp_auto_err no = { 0 };

	for (size_t i = 0; i < ed->z->n; i++) {
		if ((int)ed->z->items[i].field != f)
			continue;
		last = &ed->z->items[i];
		if (!text)
			remove_item(ed, last);
	}
	if (!text)
		return;
	if (!last) {
		(void)item_xml(ed, f, text, &b, &no);	/* cannot fail */
		insert_lines(ed, f, sp_buf_cstr(&b));
	} else if (rows[f].form == F_TEXT && strcmp(last->text, text) != 0) {
		replace_text(ed, elem_of(ed, last), text);
	}
}

static void edit_target(struct editing *ed, const char *want)
{
	if (!want)
		want = "default";
	if (strcmp(want, target_of(ed->z)) == 0)
		return;
	sp_xml_set_attr(&ed->edits, ed->z->data, &ed->z->xml.v[0], "target",
			strcmp(want, "default") == 0 ? NULL : want);
}

static int edit_field(struct editing *ed, int f, const struct sp_state *want,
		      struct sp_err *err)
{
	if (!sp_state_get(want, f))
		return 0;
	if (f == SP_ZONE_TARGET)
		edit_target(ed, sp_state_str(want, f));
	else if (rows[f].form == F_TEXT)
		edit_single(ed, f, sp_state_str(want, f));
	else if (rows[f].form == F_FLAG)
		edit_single(ed, f, sp_state_bool(want, f, false) ? "" : NULL);
	else
		return edit_set(ed, f, sp_state_list(want, f), err);
	return 0;
}

/* The blanks before the zone's first element that begins a line. */
static char *find_indent(const struct sp_zonefile *z)
{
	for (size_t i = 1; i < z->xml.n; i++) {
		sp_auto_free char *s = NULL;

		if (z->xml.v[i].parent != 0)
			continue;
		s = sp_xml_indent(z->data, &z->xml.v[i]);
		if (*s)
			return sp_take(&s);
	}
	return sp_xstrdup("  ");
}

int sp_zonefile_edit(const struct sp_zonefile *z, const struct sp_state *want,
		     struct sp_buf *out, struct sp_err *err)
{
	struct editing ed = { .z = z, .indent = find_indent(z) };
	int r = 0;

	ed.nl = memmem(z->data, z->len, "\r\n", 2) ? "\r\n" : "\n";
	for (int f = 0; f < SP_ZONE_FIELDS && r == 0; f++)
		r = edit_field(&ed, f, want, err);
	if (r == 0) {
		finish(&ed);
		sp_xml_apply(&ed.edits, z->data, z->len, out);
	}
	sp_xml_edits_clear(&ed.edits);
	free(ed.inline_at);
	free(ed.indent);
	return r;
}
