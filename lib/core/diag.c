/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* diag.c - collecting findings, and printing them with line and caret. */
#include <stdarg.h>
#include <string.h>

#include "diag.h"
#include "kind.h"
#include "mem.h"
#include "profile.h"
#include "word.h"

/* Characters of a source line that are shown, and of those before the caret. */
#define LINE_SHOWN 100
#define LINE_BEFORE 60
#define LINE_INDENT "  "
#define HIDDEN "[hidden]"
/* Bytes of a text that are shown, and of those at its end: what to do next. */
#define TEXT_SHOWN 1000
#define TEXT_END 400

/* --- collecting ----------------------------------------------------------- */

static bool inside_char(const char *s)
{
	return (*s & 0xc0) == 0x80;
}

/*
 * Texts quote values of the profile: nothing of it may drive a terminal, or
 * fill it.
 */
static char *shown(const char *text)
{
	size_t len = strlen(text), first = TEXT_SHOWN - TEXT_END;
	sp_auto_free char *cut = NULL;
	const char *end;
	struct sp_buf b = { 0 };

	if (len > TEXT_SHOWN) {
		while (first && inside_char(text + first))
			first--;
		for (end = text + len - TEXT_END; inside_char(end);)
			end++;
		cut = sp_asprintf("%.*s...%s", (int)first, text, end);
	}
	sp_buf_add_shown(&b, cut ? cut : text);
	return sp_buf_take(&b);
}

static bool same_mark(struct sp_mark a, struct sp_mark b)
{
	return a.source == b.source && a.line == b.line && a.col == b.col;
}

/* Takes @text over.  The same finding again (by an alias) does not count. */
static void add(struct sp_diag *d, enum sp_severity sev, struct sp_mark mark,
		const char *object, bool secret, char *text)
{
	sp_auto_free char *given = text;
	sp_auto_free char *t = shown(text);
	sp_auto_free char *o = object ? shown(object) : NULL;
	size_t *count = sev == SP_ERROR ? &d->errors : &d->warnings;
	struct sp_finding *f;
	size_t i;

	for (i = 0; i < d->n; i++) {
		f = &d->v[i];
		if (f->severity == sev && same_mark(f->mark, mark) &&
		    sp_streq(f->text, t) && sp_streq(f->object, o))
			return;
	}
	if ((*count)++ >= SP_DIAG_MAX)
		return;
	d->v = sp_grow(d->v, d->n, sizeof(*d->v));
	f = &d->v[d->n++];
	*f = (struct sp_finding){
		.severity = sev,
		.mark = mark,
		.object = sp_take(&o),
		.text = sp_take(&t),
		.secret = secret,
	};
}

void sp_diag_add(struct sp_diag *d, enum sp_severity sev, struct sp_mark mark,
		 const char *object, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add(d, sev, mark, object, false, sp_vasprintf(_(fmt), ap));
	va_end(ap);
}

static void add_field(struct sp_diag *d, enum sp_severity sev,
		      struct sp_mark mark, const char *object,
		      const struct sp_field *field, const char *fmt, va_list ap)
	__attribute__((format(printf, 6, 0)));

static void add_field(struct sp_diag *d, enum sp_severity sev,
		      struct sp_mark mark, const char *object,
		      const struct sp_field *field, const char *fmt, va_list ap)
{
	sp_auto_free char *text = sp_vasprintf(_(fmt), ap);

	add(d, sev, mark, object, field->flags & SP_F_SECRET,
	    sp_asprintf("%s: %s", field->name, text));
}

void sp_diag_add_field(struct sp_diag *d, enum sp_severity sev,
		       struct sp_mark mark, const char *object,
		       const struct sp_field *field, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add_field(d, sev, mark, object, field, fmt, ap);
	va_end(ap);
}

static void add_resource(struct sp_diag *d, enum sp_severity sev,
			 const struct sp_resource *res, int f, int item,
			 const char *fmt, va_list ap)
	__attribute__((format(printf, 6, 0)));

static void add_resource(struct sp_diag *d, enum sp_severity sev,
			 const struct sp_resource *res, int f, int item,
			 const char *fmt, va_list ap)
{
	bool list = res->kind->shape == SP_SHAPE_LIST;
	sp_auto_free char *object =
		list ? sp_asprintf("%s \"%s\"", res->kind->name, res->id)
		     : sp_xstrdup(res->kind->name);
	const struct sp_value *v = f < 0 ? NULL : sp_state_get(&res->want, f);
	struct sp_mark mark = res->mark;

	if (v && item >= 0 && v->item_marks && (size_t)item < v->list.n &&
	    v->item_marks[item].line)
		mark = v->item_marks[item];
	else if (v && v->mark.line)
		mark = v->mark;
	if (f < 0)
		add(d, sev, mark, object, false, sp_vasprintf(_(fmt), ap));
	else if (res->kind->shape == SP_SHAPE_SCALAR)
		add(d, sev, mark, object,
		    res->kind->fields[f].flags & SP_F_SECRET,
		    sp_vasprintf(_(fmt), ap));
	else
		add_field(d, sev, mark, object, &res->kind->fields[f], fmt, ap);
}

void sp_diag_error(struct sp_diag *d, const struct sp_resource *res, int f,
		   int item, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add_resource(d, SP_ERROR, res, f, item, fmt, ap);
	va_end(ap);
}

void sp_diag_warn(struct sp_diag *d, const struct sp_resource *res, int f,
		  int item, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add_resource(d, SP_WARNING, res, f, item, fmt, ap);
	va_end(ap);
}

void sp_diag_clear(struct sp_diag *d)
{
	size_t i;

	for (i = 0; i < d->n; i++) {
		free(d->v[i].object);
		free(d->v[i].text);
	}
	free(d->v);
	memset(d, 0, sizeof(*d));
}

/* --- printing ------------------------------------------------------------- */

/* One character, its length in bytes; a byte that is none is U+FFFD. */
static size_t next_char(const char *s, size_t len, uint32_t *ret)
{
	size_t n = sp_utf8_next(s, len, ret);

	if (n)
		return n;
	*ret = 0xfffd;
	return 1;
}

/* The hidden parts that may touch a line: from @first to before @end. */
struct hides {
	size_t first, end;
};

static struct hides line_hides(const struct sp_profile *p, struct sp_mark m)
{
	struct hides h = { 0 };
	size_t i;

	for (i = 0; i < p->n_hidden; i++) {
		if (p->hidden[i].mark.source != m.source ||
		    p->hidden[i].mark.line > m.line ||
		    p->hidden[i].end_line < m.line)
			continue;
		if (!h.end)
			h.first = i;
		h.end = i + 1;
	}
	return h;
}

static bool is_hidden(const struct sp_profile *p, struct hides h,
		      struct sp_mark m)
{
	size_t i;

	for (i = h.first; i < h.end; i++) {
		const struct sp_span *s = &p->hidden[i];

		if (s->mark.source != m.source || m.line < s->mark.line ||
		    m.line > s->end_line)
			continue;
		if (m.line == s->mark.line && m.col < s->mark.col)
			continue;
		if (m.line == s->end_line && m.col >= s->end_col)
			continue;
		return true;
	}
	return false;
}

/* Line @m.line of the source, without its line end. */
static bool source_line(const struct sp_profile *p, struct sp_mark m,
			const char **ret, size_t *ret_len)
{
	const struct sp_source *src;
	const char *s, *end, *nl;
	unsigned line = m.line;

	if (!p || !line || m.source >= p->n_sources)
		return false;
	src = &p->sources[m.source];
	s = src->text;
	end = s + src->len;
	if (src->len >= 3 && memcmp(s, "\xef\xbb\xbf", 3) == 0)
		s += 3;
	while (--line) {
		nl = memchr(s, '\n', (size_t)(end - s));
		if (!nl)
			return false;
		s = nl + 1;
	}
	nl = memchr(s, '\n', (size_t)(end - s));
	*ret = s;
	*ret_len = (size_t)((nl ? nl : end) - s);
	if (*ret_len && s[*ret_len - 1] == '\r')
		(*ret_len)--;
	return true;
}

/* One character of the line, and as many blanks (or a tab) for the caret's. */
static void put_char(const char *s, size_t n, uint32_t c, struct sp_buf *line,
		     struct sp_buf *blank)
{
	unsigned w;

	if (c == '\t') {
		sp_buf_addc(line, '\t');
		sp_buf_addc(blank, '\t');
		return;
	}
	if (sp_utf8_drives(c) || c == 0xfffd) {
		sp_buf_addc(line, '?');
		w = 1;
	} else {
		sp_buf_addn(line, s, n);
		w = (unsigned)sp_utf8_width(c);
	}
	while (w--)
		sp_buf_addc(blank, ' ');
}

static size_t count_chars(const char *s, size_t len)
{
	size_t pos, n = 0;
	uint32_t c;

	for (pos = 0; pos < len; pos += next_char(s + pos, len - pos, &c))
		n++;
	return n;
}

/* The line, cut around the caret when it is long, and the caret below it. */
static void format_line(const struct sp_profile *p, struct sp_mark m,
			struct sp_buf *out)
{
	sp_auto_buf line = { 0 }, blank = { 0 };
	size_t len, chars, pos, n, i, caret, first = 0, hidden_at = 0;
	size_t caret_at = SIZE_MAX; /* in blank */
	bool hidden = false, was_hidden = false;
	struct hides hides;
	const char *s;
	uint32_t c;

	if (!source_line(p, m, &s, &len) || !len)
		return;
	chars = count_chars(s, len);
	caret = !m.col || m.col - 1 > chars ? chars : m.col - 1;
	if (chars > LINE_SHOWN && caret > LINE_BEFORE) {
		first = caret - LINE_BEFORE;
		sp_buf_add(&line, "...");
		sp_buf_add(&blank, "   ");
	}
	hides = line_hides(p, m);
	for (pos = 0, i = 0; pos < len; pos += n, i++) {
		n = next_char(s + pos, len - pos, &c);
		if (i < first)
			continue;
		if (i == first + LINE_SHOWN) {
			sp_buf_add(&line, "...");
			break;
		}
		m.col = (unsigned)i + 1;
		hidden = is_hidden(p, hides, m);
		if (hidden && !was_hidden)
			hidden_at = blank.len;
		if (i == caret)
			caret_at = hidden ? hidden_at : blank.len;
		if (!hidden)
			put_char(s + pos, n, c, &line, &blank);
		else if (!was_hidden)
			for (const char *h = HIDDEN; *h; h++)
				put_char(h, 1, (uint32_t)*h, &line, &blank);
		was_hidden = hidden;
	}
	sp_buf_addf(out, LINE_INDENT "%s\n", sp_buf_cstr(&line));
	sp_buf_add(out, LINE_INDENT);
	sp_buf_addn(out, sp_buf_cstr(&blank),
		    caret_at < blank.len ? caret_at : blank.len);
	sp_buf_add(out, "^\n");
}

static int finding_cmp(const void *va, const void *vb)
{
	const struct sp_finding *a = *(const struct sp_finding *const *)va;
	const struct sp_finding *b = *(const struct sp_finding *const *)vb;

	if (a->mark.source != b->mark.source)
		return a->mark.source < b->mark.source ? -1 : 1;
	if (a->mark.line != b->mark.line)
		return a->mark.line < b->mark.line ? -1 : 1;
	if (a->mark.col != b->mark.col)
		return a->mark.col < b->mark.col ? -1 : 1;
	return a < b ? -1 : a > b; /* as they were found */
}

static void format_finding(const struct sp_finding *f,
			   const struct sp_profile *p, struct sp_buf *out)
{
	bool named = p && f->mark.source < p->n_sources;

	if (named) {
		const char *name = p->sources[f->mark.source].name;

		sp_buf_add_shown(out, sp_streq(name, "-") ? "<stdin>" : name);
		sp_buf_addc(out, ':');
	}
	if (f->mark.line)
		sp_buf_addf(out, "%u:%u:", f->mark.line, f->mark.col);
	if (named || f->mark.line)
		sp_buf_addc(out, ' ');
	sp_buf_add(out,
		   f->severity == SP_ERROR ? _("error: ") : _("warning: "));
	if (f->object)
		sp_buf_addf(out, "%s: ", f->object);
	sp_buf_addf(out, "%s\n", f->text);
	if (!f->secret)
		format_line(p, f->mark, out);
}

const struct sp_finding **sp_diag_sorted(const struct sp_diag *d)
{
	const struct sp_finding **v;
	size_t i;

	v = sp_xreallocarray(NULL, d->n, sizeof(const void *));
	for (i = 0; i < d->n; i++)
		v[i] = &d->v[i];
	qsort(v, d->n, sizeof(const void *), finding_cmp);
	return v;
}

void sp_diag_format(const struct sp_diag *d, const struct sp_profile *profile,
		    struct sp_buf *out)
{
	sp_auto_free const struct sp_finding **v = sp_diag_sorted(d);
	size_t i;

	for (i = 0; i < d->n; i++)
		format_finding(v[i], profile, out);
	if (d->errors > SP_DIAG_MAX)
		sp_buf_addf(out, _("and %zu more errors\n"),
			    d->errors - SP_DIAG_MAX);
	if (d->warnings > SP_DIAG_MAX)
		sp_buf_addf(out, _("and %zu more warnings\n"),
			    d->warnings - SP_DIAG_MAX);
}
