/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* cmd_kinds.c - sprout kinds: what a profile can set. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cmd.h"
#include "core/mem.h"
#include "words.h"

static const char help[] =
	"Usage: sprout kinds [KIND]...\n\n"
	"Lists the kinds of settings, or the keys that the entries of a KIND have.\n"
	"Each kind has a manual page, sprout-kind-KIND(5).\n\n"
	"  --help      this text\n\n"
	"Exit status: 0, 1 there is no such kind, 64 wrong usage.\n";

static const struct option options[] = { CMD_OPT_HELP, CMD_OPT_END };

static void list_kinds(struct sp_buf *out)
{
	const struct sp_kind *const *k;
	size_t width = 0;

	for (k = sp_kinds; *k; k++)
		if (strlen((*k)->name) > width)
			width = strlen((*k)->name);
	for (k = sp_kinds; *k; k++)
		sp_buf_addf(out, "%-*s  %s\n", (int)width, (*k)->name,
			    _((*k)->summary));
}

static void add_type(struct sp_buf *out, const struct sp_field *f)
{
	size_t i;

	switch (f->type) {
	case SP_T_BOOL:
		sp_buf_add(out, _("true or false"));
		break;
	case SP_T_INT:
		sp_buf_addf(out, _("number from %lld to %lld"),
			    (long long)f->min, (long long)f->max);
		break;
	case SP_T_STR:
		sp_buf_add(out, _("text"));
		break;
	case SP_T_ENUM:
		for (i = 0; f->choices[i]; i++)
			sp_buf_addf(out, "%s%s", i ? " | " : "", f->choices[i]);
		break;
	case SP_T_LIST:
		sp_buf_add(out, _("list"));
		break;
	case SP_T_SET:
		sp_buf_add(out, _("list, in any order"));
		break;
	case SP_T_MAP:
		sp_buf_add(out, _("map"));
		break;
	}
	if (f->unit)
		sp_buf_addf(out, ", %s", _(f->unit));
}

/* A sentence, broken between words at column 78 and indented. */
static void add_wrapped(struct sp_buf *out, const char *text)
{
	const size_t indent = 6, width = 78;
	size_t col = 0, n;

	for (; *text; text += n + strspn(text + n, " ")) {
		n = strcspn(text, " ");
		if (!col || col + 1 + n > width) {
			sp_buf_addf(out, "%s%*s", col ? "\n" : "", (int)indent,
				    "");
			col = indent;
		} else {
			sp_buf_addc(out, ' ');
			col++;
		}
		sp_buf_addn(out, text, n);
		col += n;
	}
	sp_buf_addc(out, '\n');
}

static void add_field(struct sp_buf *out, const struct sp_field *f)
{
	sp_buf_addf(out, "  %s: ", f->name);
	add_type(out, f);
	if (f->flags & SP_F_REQUIRED)
		sp_buf_add(out, _("; required"));
	if (f->flags & SP_F_SECRET)
		sp_buf_add(out, _("; secret"));
	if (f->dflt)
		sp_buf_addf(out, _("; default: %s"), f->dflt);
	sp_buf_addc(out, '\n');
	add_wrapped(out, f->doc ? _(f->doc) : "");
}

static void describe(struct sp_buf *out, const struct sp_kind *kind)
{
	const struct sp_field *f;

	sp_buf_addf(out, "%s - %s\n\n", kind->name, _(kind->summary));
	sp_buf_addf(out, _("Section \"%s\": "), kind->section);
	switch (kind->shape) {
	case SP_SHAPE_LIST:
		sp_buf_add(out, _("a list of maps, each with \"name\""));
		if (!(kind->flags & SP_KIND_NOREMOVE))
			sp_buf_add(out, _("; \"ensure: absent\" removes one"));
		break;
	case SP_SHAPE_MAP:
		sp_buf_add(out, _("one map"));
		break;
	case SP_SHAPE_SCALAR:
		sp_buf_add(out, _("one value"));
		break;
	}
	sp_buf_add(out, ".\n\n");
	for (f = kind->fields; f->name; f++)
		if (!(f->flags & SP_F_RESULT))
			add_field(out, f);
	if (kind->undo_limits)
		sp_buf_addf(out, _("\nUndo does not bring back: %s\n"),
			    _(kind->undo_limits));
	sp_buf_addf(out, _("\nMore: sprout-kind-%s(5).\n"), kind->name);
}

static int unknown(const char *name)
{
	sp_auto_strv names = { 0 };
	sp_auto_err err = { 0 };
	const struct sp_kind *const *k;
	const char *near;

	for (k = sp_kinds; *k; k++) {
		/* The section's name is the one that people have seen. */
		if (sp_streq((*k)->section, name)) {
			(void)sp_fail(&err, 1,
				      "no kind \"%s\", did you mean "
				      "\"%s\"?",
				      name, (*k)->name);
			return cmd_fail(&err);
		}
		sp_strv_add(&names, (*k)->name);
	}
	sp_strv_add_take(&names, NULL);
	near = sp_nearest(name, (const char *const *)names.v);
	if (near)
		(void)sp_fail(&err, 1, "no kind \"%s\", did you mean \"%s\"?",
			      name, near);
	else
		(void)sp_fail(&err, 1,
			      "no kind \"%s\"; all of them: sprout "
			      "kinds",
			      name);
	return cmd_fail(&err);
}

int cmd_kinds(int argc, char **argv)
{
	struct cmd_opts o = { 0 };
	sp_auto_buf out = { 0 };
	int c, r;

	while ((c = getopt_long(argc, argv, "h", options, NULL)) >= 0) {
		r = cmd_common(&o, c, help);
		if (r >= 0)
			return r;
	}
	if (optind == argc)
		list_kinds(&out);
	for (; optind < argc; optind++) {
		const struct sp_kind *kind = sp_kind_find(argv[optind]);

		if (!kind)
			return unknown(argv[optind]);
		if (out.len)
			sp_buf_addc(&out, '\n');
		describe(&out, kind);
	}
	cmd_put(&out);
	return SP_EXIT_OK;
}
