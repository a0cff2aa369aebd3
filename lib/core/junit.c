/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* junit.c - a plan as test results. */
#include "junit.h"

#include <string.h>

#include "mem.h"

/* Characters that XML 1.0 has (section 2.2), less those that terminals obey. */
static bool is_plain(uint32_t c)
{
	return c == '\t' || c == '\n' ||
	       (c >= 0x20 && !(c >= 0x7f && c < 0xa0) && c != 0xfffe &&
		c != 0xffff);
}

/* What is no character of XML is shown as \xNN. */
static void add_text(struct sp_buf *out, const char *s, bool attribute)
{
	size_t len = strlen(s), n;

	for (size_t i = 0; i < len; i += n) {
		uint32_t c = 0;

		n = sp_utf8_next(s + i, len - i, &c);
		if (!n || !is_plain(c)) {
			n = n ? n : 1;
			for (size_t k = 0; k < n; k++)
				sp_buf_addf(out, "\\x%02x",
					    (unsigned char)s[i + k]);
		} else if (c == '&') {
			sp_buf_add(out, "&amp;");
		} else if (c == '<') {
			sp_buf_add(out, "&lt;");
		} else if (c == '>') {
			sp_buf_add(out, "&gt;");
		} else if (c == '"' && attribute) {
			sp_buf_add(out, "&quot;");
		} else if (c == '\n' && attribute) {
			sp_buf_add(out, "&#10;");
		} else {
			sp_buf_addn(out, s + i, n);
		}
	}
}

static void add_attribute(struct sp_buf *out, const char *name,
			  const char *value)
{
	sp_buf_addf(out, " %s=\"", name);
	add_text(out, value, true);
	sp_buf_addc(out, '"');
}

static void add_numbers(struct sp_buf *out, const struct sp_junit_counts *n)
{
	sp_buf_addf(out,
		    " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" "
		    "skipped=\"%zu\"",
		    n->tests, n->failures, n->errors, n->skipped);
}

struct suite {
	struct sp_buf cases;
	struct sp_junit_counts n;
	const struct sp_planned *p;
	bool *told; /* the findings that a resource has had */
	const struct sp_change **changes; /* by kind and id */
	size_t n_changes;
};

static void begin_case(struct suite *s, const char *name)
{
	s->n.tests++;
	sp_buf_add(&s->cases, "    <testcase");
	add_attribute(&s->cases, "classname", s->p->name);
	add_attribute(&s->cases, "name", name);
}

/* A result inside a case: "failure", "error", "skipped". */
static void add_result(struct suite *s, const char *element, const char *type,
		       const char *message, const char *text)
{
	struct sp_buf *b = &s->cases;

	sp_buf_addf(b, "      <%s", element);
	add_attribute(b, "message", message);
	if (type)
		add_attribute(b, "type", type);
	if (!*text) {
		sp_buf_add(b, "/>\n");
		return;
	}
	sp_buf_addc(b, '>');
	add_text(b, text, false);
	sp_buf_addf(b, "</%s>\n", element);
}

/* The findings of one severity about one object, a line each. */
static void gather(struct suite *s, const char *object, enum sp_severity sev,
		   struct sp_buf *ret)
{
	const struct sp_diag *d = s->p->diag;

	for (size_t i = 0; d && i < d->n; i++) {
		const struct sp_finding *f = &d->v[i];

		if (f->severity != sev ||
		    (object ? !sp_streq(f->object, object) : s->told[i]))
			continue;
		s->told[i] = true;
		sp_render_finding(ret, s->p->profile, f);
		sp_buf_addc(ret, '\n');
	}
}

static char *first_line(const struct sp_buf *b)
{
	const char *s = sp_buf_cstr(b);

	return sp_xstrndup(s, strcspn(s, "\n"));
}

/*
 * The end of a case.  @change: what is to be done, or NULL.
 * @unknown: why that is not known; NULL when it is.
 */
static void end_case(struct suite *s, const struct sp_buf *errors,
		     const struct sp_buf *warnings,
		     const struct sp_change *change, const char *unknown)
{
	static const char *const todo[] = {
		[SP_ADD] = "to be added",
		[SP_MODIFY] = "to be changed",
		[SP_REMOVE] = "to be removed",
	};
	struct sp_buf *b = &s->cases;

	if (!errors->len && !warnings->len && !change && !unknown) {
		sp_buf_add(b, "/>\n");
		return;
	}
	sp_buf_add(b, ">\n");
	if (errors->len) {
		sp_auto_free char *line = first_line(errors);

		s->n.errors++;
		add_result(s, "error", "finding", line, sp_buf_cstr(errors));
	} else if (change) {
		sp_auto_buf text = { 0 };

		s->n.failures++;
		sp_render_change(&text, change, false);
		add_result(s, "failure", "drift", todo[change->op],
			   sp_buf_cstr(&text));
	} else if (unknown) {
		s->n.skipped++;
		add_result(s, "skipped", NULL, unknown, "");
	}
	if (warnings->len) {
		sp_buf_add(b, "      <system-out>");
		add_text(b, sp_buf_cstr(warnings), false);
		sp_buf_add(b, "</system-out>\n");
	}
	sp_buf_add(b, "    </testcase>\n");
}

static int by_id(const void *pa, const void *pb)
{
	const struct sp_change *a = *(const struct sp_change *const *)pa;
	const struct sp_change *b = *(const struct sp_change *const *)pb;

	if (a->kind != b->kind)
		return strcmp(a->kind->name, b->kind->name);
	return strcmp(a->id, b->id);
}

static void sort_changes(struct suite *s)
{
	s->n_changes = s->p->plan ? s->p->plan->n : 0;
	s->changes = sp_xcalloc(s->n_changes + 1, sizeof(*s->changes));
	for (size_t i = 0; i < s->n_changes; i++)
		s->changes[i] = &s->p->plan->v[i];
	qsort(s->changes, s->n_changes, sizeof(*s->changes), by_id);
}

static const struct sp_change *find_change(const struct suite *s,
					   const struct sp_resource *res)
{
	const struct sp_change key = { .kind = res->kind, .id = res->id };
	const struct sp_change *k = &key, **found;

	found = bsearch(&k, s->changes, s->n_changes, sizeof(*s->changes),
			by_id);
	return found ? *found : NULL;
}

/* Why it is not known whether @object differs. */
static const char *why_unknown(const struct sp_plan *plan, const char *object)
{
	size_t len = strlen(object);

	if (!plan)
		return "no plan could be made";
	for (size_t i = 0; i < plan->later.n; i++)
		if (sp_starts(plan->later.v[i], object) &&
		    sp_starts(plan->later.v[i] + len, ": "))
			return plan->later.v[i] + len + 2;
	return NULL;
}

static void add_resource(struct suite *s, const struct sp_resource *res)
{
	sp_auto_buf name = { 0 }, errors = { 0 }, warnings = { 0 };

	sp_render_object(&name, res->kind, res->id);
	begin_case(s, sp_buf_cstr(&name));
	gather(s, sp_buf_cstr(&name), SP_ERROR, &errors);
	gather(s, sp_buf_cstr(&name), SP_WARNING, &warnings);
	end_case(s, &errors, &warnings, find_change(s, res),
		 why_unknown(s->p->plan, sp_buf_cstr(&name)));
}

/* What is about no resource: the profile as a text, and the host. */
static void add_rest(struct suite *s)
{
	sp_auto_buf errors = { 0 }, warnings = { 0 };
	const struct sp_diag *d = s->p->diag;

	if (s->p->failure)
		sp_buf_addf(&errors, "%s\n", s->p->failure);
	gather(s, NULL, SP_ERROR, &errors);
	gather(s, NULL, SP_WARNING, &warnings);
	if (d && d->errors + d->warnings > d->n)
		sp_buf_addf(d->errors ? &errors : &warnings,
			    "and %zu more errors and warnings\n",
			    d->errors + d->warnings - d->n);
	begin_case(s, "profile");
	end_case(s, &errors, &warnings, NULL, NULL);
}

void sp_junit_suite(struct sp_buf *out, const struct sp_planned *p,
		    struct sp_junit_counts *sum)
{
	sp_auto_free bool *told =
		sp_xcalloc(p->diag ? p->diag->n + 1 : 1, sizeof(bool));
	struct suite s = { .p = p, .told = told };

	sort_changes(&s);
	for (size_t i = 0; p->profile && i < p->profile->n; i++)
		add_resource(&s, &p->profile->res[i]);
	add_rest(&s);
	sp_buf_add(out, "  <testsuite");
	add_attribute(out, "name", p->name);
	add_numbers(out, &s.n);
	sp_buf_addf(out, ">\n%s  </testsuite>\n", sp_buf_cstr(&s.cases));
	sp_buf_clear(&s.cases);
	free(s.changes);
	sum->tests += s.n.tests;
	sum->failures += s.n.failures;
	sum->errors += s.n.errors;
	sum->skipped += s.n.skipped;
}

void sp_junit_document(struct sp_buf *out, const struct sp_buf *suites,
		       const struct sp_junit_counts *sum)
{
	sp_buf_add(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
			"<testsuites name=\"sprout plan\"");
	add_numbers(out, sum);
	sp_buf_addf(out, ">\n%s</testsuites>\n", sp_buf_cstr(suites));
}
