/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fuzz_profile.c - any bytes as a profile, with all kinds.
 *
 * A line "..." begins a second source.  Besides crashes it looks for values
 * that change when they are read a second time, and findings outside of the
 * text.
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "core/mem.h"
#include "core/profile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void complain(const struct sp_resource *res, const char *field,
		     const char *text, const char *why)
{
	(void)fprintf(stderr, "%s \"%s\": %s: \"%s\": %s\n", res->kind->name,
		      res->id, field, text, why);
	abort();
}

/* What a canon gave, it must give again. */
static void same_again(const struct sp_resource *res, int f, const char *text)
{
	const struct sp_field *field = &res->kind->fields[f];
	sp_auto_state st = { 0 };
	sp_auto_err err = { 0 };
	const struct sp_value *v;
	const char *again;

	sp_state_init(&st, res->kind->fields);
	if (sp_state_parse(&st, f, text, &err) < 0)
		complain(res, field->name, text, err.msg);
	v = sp_state_get(&st, f);
	again = v->type == SP_V_LIST ? v->list.v[0] : v->s;
	if (!sp_streq(again, text))
		complain(res, field->name, text, again);
}

static void check_values(const struct sp_resource *res)
{
	for (int f = 0; res->kind->fields[f].name; f++) {
		const struct sp_value *v = sp_state_get(&res->want, f);

		if (v && v->type == SP_V_STR)
			same_again(res, f, v->s);
		for (size_t i = 0; v && v->type == SP_V_LIST && i < v->list.n;
		     i++)
			same_again(res, f, v->list.v[i]);
	}
}

static unsigned count_lines(const struct sp_source *src)
{
	unsigned n = 1;

	for (size_t i = 0; i < src->len; i++)
		n += src->text[i] == '\n';
	return n;
}

static void check_places(const struct sp_diag *d, const struct sp_profile *p)
{
	for (size_t i = 0; i < d->n; i++) {
		struct sp_mark m = d->v[i].mark;

		if (m.source >= p->n_sources ||
		    m.line > count_lines(&p->sources[m.source]) + 1) {
			(void)fprintf(stderr, "finding outside: %u:%u: %s\n",
				      m.line, m.col, d->v[i].text);
			abort();
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const char mark[] = "\n...\n";
	const char *text = (const char *)data;
	const char *second = len ? memmem(text, len, mark, strlen(mark)) : NULL;
	sp_auto_profile p = { 0 };
	sp_auto_diag d = { 0 };
	sp_auto_buf out = { 0 };

	if (second) {
		size_t first = (size_t)(second - text);

		sp_profile_add_text(&p, "one", text, first + 1);
		sp_profile_add_text(&p, "two", second + strlen(mark),
				    len - first - strlen(mark));
	} else {
		sp_profile_add_text(&p, "one", text, len);
	}
	sp_profile_parse(&p, &d);
	sp_profile_check(&p, NULL, &d);
	check_places(&d, &p);
	sp_diag_format(&d, &p, &out);
	for (size_t i = 0; i < p.n; i++)
		check_values(&p.res[i]);
	return 0;
}
