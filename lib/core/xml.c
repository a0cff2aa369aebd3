/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* xml.c - a flat list of XML elements with offsets, and edits by offset. */
#include "xml.h"

#include <errno.h>
#include <expat.h>
#include <string.h>
#include <strings.h>

#include "mem.h"
#include "word.h"

struct reading {
	XML_Parser parser;
	const char *data;
	struct sp_xml *doc;
	int open;		/* index of the innermost open element, or -1 */
	unsigned depth;
	int code;		/* why we stopped the parser: errno value */
	const char *why;
};

static void stop(struct reading *rd, int code, const char *why)
{
	if (rd->code)
		return;
	rd->code = code;
	rd->why = why;
	(void)XML_StopParser(rd->parser, XML_FALSE);
}

static size_t offset(const struct reading *rd)
{
	return (size_t)XML_GetCurrentByteIndex(rd->parser);
}

static void XMLCALL on_start(void *arg, const XML_Char *name,
			     const XML_Char **atts)
{
	struct reading *rd = arg;
	struct sp_xml *doc = rd->doc;
	struct sp_xml_elem *e;

	if (rd->code)
		return;
	if (rd->depth == SP_XML_DEPTH_MAX) {
		stop(rd, EFBIG, "elements are nested deeper than 16");
		return;
	}
	if (doc->n == SP_XML_ELEMS_MAX) {
		stop(rd, EFBIG, "there are more than 32768 elements");
		return;
	}
	doc->v = sp_grow(doc->v, doc->n, sizeof(*doc->v));
	e = &doc->v[doc->n];
	*e = (struct sp_xml_elem){ .name = sp_xstrdup(name),
				   .parent = rd->open };
	e->start = offset(rd);
	e->body = e->start + (size_t)XML_GetCurrentByteCount(rd->parser);
	e->tail = e->end = e->body;
	for (size_t i = 0; atts[i]; i += 2) {
		e->attrs = sp_grow(e->attrs, e->n_attrs, sizeof(*e->attrs));
		e->attrs[e->n_attrs].name = sp_xstrdup(atts[i]);
		e->attrs[e->n_attrs++].value = sp_xstrdup(atts[i + 1]);
	}
	rd->open = (int)doc->n++;
	rd->depth++;
}

static void XMLCALL on_end(void *arg, const XML_Char *name)
{
	struct reading *rd = arg;
	struct sp_xml_elem *e;

	(void)name;
	if (rd->code || rd->open < 0)
		return;
	e = &rd->doc->v[rd->open];
	/* a tag can end in "/>" only when it is an empty-element tag */
	if (rd->data[e->body - 2] != '/') {
		e->tail = offset(rd);
		e->end = e->tail + (size_t)XML_GetCurrentByteCount(rd->parser);
	}
	rd->open = e->parent;
	rd->depth--;
}

static void XMLCALL on_text(void *arg, const XML_Char *s, int len)
{
	struct reading *rd = arg;

	if (!rd->code && rd->open >= 0)
		sp_buf_addn(&rd->doc->v[rd->open].text, s, (size_t)len);
}

static void XMLCALL on_doctype(void *arg, const XML_Char *name,
			       const XML_Char *sysid, const XML_Char *pubid,
			       int internal)
{
	(void)name;
	(void)sysid;
	(void)pubid;
	(void)internal;
	stop(arg, EBADMSG, "a document type declaration is not allowed");
}

static void XMLCALL on_decl(void *arg, const XML_Char *version,
			    const XML_Char *encoding, int standalone)
{
	(void)version;
	(void)standalone;
	if (encoding && strcasecmp(encoding, "utf-8") != 0 &&
	    strcasecmp(encoding, "utf8") != 0 &&
	    strcasecmp(encoding, "us-ascii") != 0)
		stop(arg, EBADMSG, "the encoding has to be utf-8");
}

int sp_xml_parse(const char *data, size_t len, struct sp_xml *ret,
		 struct sp_err *err)
{
	struct sp_xml doc = { 0 };
	struct reading rd = { .data = data, .doc = &doc, .open = -1 };
	unsigned long line, col;
	const char *why;
	int code;

	if (len > SP_XML_SIZE_MAX)
		return sp_fail(err, EFBIG, "%zu bytes, at most %zu are read",
			       len, SP_XML_SIZE_MAX);
	/* the name overrides the document's: offsets are those of the bytes */
	rd.parser = XML_ParserCreate("UTF-8");
	if (!rd.parser)
		return sp_fail_errno(err, ENOMEM, "XML parser");
	XML_SetUserData(rd.parser, &rd);
	XML_SetElementHandler(rd.parser, on_start, on_end);
	XML_SetCharacterDataHandler(rd.parser, on_text);
	XML_SetStartDoctypeDeclHandler(rd.parser, on_doctype);
	XML_SetXmlDeclHandler(rd.parser, on_decl);
	if (XML_Parse(rd.parser, data, (int)len, 1) == XML_STATUS_OK &&
	    !rd.code) {
		XML_ParserFree(rd.parser);
		*ret = doc;
		return 0;
	}
	code = rd.code ? rd.code : EBADMSG;
	why = rd.code ? rd.why :
			XML_ErrorString(XML_GetErrorCode(rd.parser));
	line = XML_GetCurrentLineNumber(rd.parser);
	col = XML_GetCurrentColumnNumber(rd.parser) + 1;
	XML_ParserFree(rd.parser);
	sp_xml_clear(&doc);
	return sp_fail(err, code, "line %lu, column %lu: %s", line, col,
		       _(why));
}

void sp_xml_clear(struct sp_xml *x)
{
	for (size_t i = 0; i < x->n; i++) {
		struct sp_xml_elem *e = &x->v[i];

		for (size_t a = 0; a < e->n_attrs; a++) {
			free(e->attrs[a].name);
			free(e->attrs[a].value);
		}
		free(e->attrs);
		free(e->name);
		sp_buf_clear(&e->text);
	}
	free(x->v);
	*x = (struct sp_xml){ 0 };
}

const char *sp_xml_attr(const struct sp_xml_elem *e, const char *name)
{
	for (size_t i = 0; i < e->n_attrs; i++)
		if (strcmp(e->attrs[i].name, name) == 0)
			return e->attrs[i].value;
	return NULL;
}

bool sp_xml_can_hold(const char *s)
{
	return sp_utf8_valid(s, strlen(s)) && sp_find_control(s) < 0 &&
	       !strstr(s, "\xef\xbf\xbe") && !strstr(s, "\xef\xbf\xbf");
}

/* White space in a value would be read as blanks, and is fine in a text. */
static void escape(struct sp_buf *out, const char *s, bool value)
{
	for (; *s; s++) {
		switch (*s) {
		case '&':
			sp_buf_add(out, "&amp;");
			break;
		case '<':
			sp_buf_add(out, "&lt;");
			break;
		case '>':
			sp_buf_add(out, "&gt;");
			break;
		case '"':
			sp_buf_add(out, value ? "&quot;" : "\"");
			break;
		case '\t':
		case '\n':
		case '\r':
			if (value || *s == '\r')
				sp_buf_addf(out, "&#%d;", *s);
			else
				sp_buf_addc(out, *s);
			break;
		default:
			sp_buf_addc(out, *s);
		}
	}
}

void sp_xml_add_text(struct sp_buf *out, const char *s)
{
	escape(out, s, false);
}

void sp_xml_add_attr(struct sp_buf *out, const char *name, const char *value)
{
	sp_buf_addf(out, " %s=\"", name);
	escape(out, value, true);
	sp_buf_addc(out, '"');
}

/* --- edits ---------------------------------------------------------------- */

void sp_xml_replace(struct sp_xml_edits *e, size_t at, size_t del,
		    const char *ins)
{
	e->v = sp_grow(e->v, e->n, sizeof(*e->v));
	e->v[e->n] = (struct sp_xml_edit){ .at = at, .del = del, .seq = e->n,
					   .ins = sp_xstrdup(ins) };
	e->n++;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

void sp_xml_remove(struct sp_xml_edits *e, const char *data, size_t len,
		   const struct sp_xml_elem *elem)
{
	size_t from = elem->start, to = elem->end;
	bool first, last;

	while (from && is_blank(data[from - 1]))
		from--;
	while (to < len && is_blank(data[to]))
		to++;
	first = from == 0 || data[from - 1] == '\n';
	last = to == len || data[to] == '\n';
	if (first && last) {
		if (to < len)
			to++;
	} else if (last) {
		to = elem->end;		/* the line end stays as it is */
	} else {
		from = elem->start;
	}
	sp_xml_replace(e, from, to - from, "");
}

static bool is_space(char c)
{
	return is_blank(c) || c == '\n';
}

/*
 * The next attribute of a start tag from offset @at on: where the white
 * space before it begins, its name, and the end behind its closing quote.
 * The tag is known to be well-formed.
 */
static bool next_attr(const char *data, size_t *at, size_t *ret_from,
		      const char **ret_name, size_t *ret_n)
{
	size_t p = *at;
	char quote;

	*ret_from = p;
	while (is_space(data[p]))
		p++;
	if (data[p] == '>' || data[p] == '/')
		return false;
	*ret_name = data + p;
	while (!is_space(data[p]) && data[p] != '=')
		p++;
	*ret_n = (size_t)(data + p - *ret_name);
	while (data[p] != '"' && data[p] != '\'')
		p++;
	quote = data[p++];
	while (data[p] != quote)
		p++;
	*at = p + 1;
	return true;
}

void sp_xml_set_attr(struct sp_xml_edits *e, const char *data,
		     const struct sp_xml_elem *elem, const char *name,
		     const char *value)
{
	size_t at = elem->start + 1 + strlen(elem->name), from, n;
	const char *found;
	sp_auto_buf text = { 0 };
	char quote = '"';

	if (sp_streq(sp_xml_attr(elem, name), value))
		return;
	if (value)
		sp_xml_add_attr(&text, name, value);
	while (next_attr(data, &at, &from, &found, &n)) {
		quote = data[at - 1];
		if (n == strlen(name) && memcmp(found, name, n) == 0)
			break;
	}
	/* In the quotes of the attribute, or of those before a new one. */
	if (value && quote == '\'' && !strpbrk(value, "'\"")) {
		text.data[1 + strlen(name) + 1] = quote;
		text.data[text.len - 1] = quote;
	}
	/* A new one stands behind the others: nothing is replaced. */
	sp_xml_replace(e, from, at - from, sp_buf_cstr(&text));
}

bool sp_xml_behind_line(const char *data, size_t len, size_t *at)
{
	size_t p = *at;

	for (;;) {
		const char *end;

		while (p < len && is_blank(data[p]))
			p++;
		if (p < len && data[p] == '\n') {
			*at = p + 1;
			return true;
		}
		if (len - p < 4 || memcmp(data + p, "<!--", 4) != 0)
			return false;
		end = memmem(data + p + 4, len - p - 4, "-->", 3);
		if (!end)
			return false;
		p = (size_t)(end - data) + 3;
	}
}

char *sp_xml_indent(const char *data, const struct sp_xml_elem *elem)
{
	size_t from = elem->start;

	while (from && is_blank(data[from - 1]))
		from--;
	if (from && data[from - 1] != '\n')
		return sp_xstrdup("");
	return sp_xstrndup(data + from, elem->start - from);
}

static int by_place(const void *a, const void *b)
{
	const struct sp_xml_edit *x = a, *y = b;

	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	return (x->seq > y->seq) - (x->seq < y->seq);
}

void sp_xml_apply(struct sp_xml_edits *e, const char *data, size_t len,
		  struct sp_buf *out)
{
	size_t pos = 0;

	if (e->n)
		qsort(e->v, e->n, sizeof(*e->v), by_place);
	for (size_t i = 0; i < e->n; i++) {
		const struct sp_xml_edit *d = &e->v[i];

		if (d->at > pos) {
			sp_buf_addn(out, data + pos, d->at - pos);
			pos = d->at;
		}
		sp_buf_add(out, d->ins);
		if (d->at + d->del > pos)	/* deletions may overlap */
			pos = d->at + d->del;
	}
	sp_buf_addn(out, data + pos, len - pos);
}

void sp_xml_edits_clear(struct sp_xml_edits *e)
{
	for (size_t i = 0; i < e->n; i++)
		free(e->v[i].ins);
	free(e->v);
	*e = (struct sp_xml_edits){ 0 };
}
