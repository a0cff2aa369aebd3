/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* render.c - a plan for people and for programs. */
#include "render.h"

#include <string.h>

#include "mem.h"
#include "statejson.h"
#include "textdiff.h"
#include "word.h"

#define RED	"\033[31m"
#define GREEN	"\033[32m"
#define YELLOW	"\033[33m"
#define CYAN	"\033[36m"
#define PLAIN	"\033[0m"

/* Longer lists are shown as what is added and removed. */
#define LIST_BOTH_SIDES 4

static void add_coloured(struct sp_buf *out, const char *text, size_t len,
			 const char *colour)
{
	if (colour)
		sp_buf_add(out, colour);
	sp_buf_addn(out, text, len);
	if (colour)
		sp_buf_add(out, PLAIN);
}

/* --- changes ------------------------------------------------------------- */

void sp_render_object(struct sp_buf *out, const struct sp_kind *kind,
		      const char *id)
{
	sp_buf_add(out, kind->name);
	if (kind->shape != SP_SHAPE_LIST)
		return;
	sp_buf_add(out, " \"");
	sp_buf_add_shown(out, id);
	sp_buf_addc(out, '"');
}

static bool is_list(const struct sp_value *v)
{
	return v->type == SP_V_LIST;
}

/* A word among others: in quotes when it could be taken for two. */
static void add_word(struct sp_buf *out, const char *word)
{
	if (*word && !strpbrk(word, " \""))
		sp_buf_add_shown(out, word);
	else
		sp_buf_add_quoted(out, word);
}

/* Append " +ITEM" for each item of @of that is not in @than. */
static bool add_items(struct sp_buf *out, const struct sp_strv *of,
		      const struct sp_strv *than, char mark)
{
	sp_auto_strv sorted = { 0 };
	bool any = false;

	sp_strv_copy(&sorted, than);
	sp_strv_sort(&sorted);
	for (size_t i = 0; i < of->n; i++) {
		const char *s = of->v[i];

		if (sp_strv_has_sorted(&sorted, s))
			continue;
		any = true;
		sp_buf_addf(out, " %c", mark);
		add_word(out, s);
	}
	return any;
}

/* " +new -old" of two lists; false when they only differ in order. */
static bool add_list_change(struct sp_buf *out, const struct sp_value *before,
			    const struct sp_value *after)
{
	static const struct sp_strv none;
	const struct sp_strv *b = is_list(before) ? &before->list : &none;
	const struct sp_strv *a = is_list(after) ? &after->list : &none;
	bool added = add_items(out, a, b, '+');

	return add_items(out, b, a, '-') || added;
}

static void add_field_change(struct sp_buf *out, const struct sp_field *field,
			     const struct sp_value *before,
			     const struct sp_value *after)
{
	sp_buf_addf(out, "    %s:", field->name);
	if (field->flags & SP_F_SECRET) {
		sp_buf_add(out, _(" (secret, differs)\n"));
		return;
	}
	if ((before->list.n <= LIST_BOTH_SIDES &&
	     after->list.n <= LIST_BOTH_SIDES) ||
	    !add_list_change(out, before, after)) {
		sp_buf_addc(out, ' ');
		sp_value_format(before, out);
		sp_buf_add(out, " -> ");
		sp_value_format(after, out);
	}
	sp_buf_addc(out, '\n');
}

static void add_field(struct sp_buf *out, const struct sp_field *field,
		      const struct sp_value *v)
{
	sp_buf_addf(out, "    %s: ", field->name);
	if (field->flags & SP_F_SECRET)
		sp_buf_add(out, SP_SECRET_TEXT);
	else
		sp_value_format(v, out);
	sp_buf_addc(out, '\n');
}

/* What the plan found out: as it is, a list's items on lines of their own. */
static void add_result_line(struct sp_buf *out, const struct sp_field *field,
			    const char *line)
{
	sp_auto_free char *told = field->told ? field->told(line) : NULL;

	sp_buf_add(out, "    ");
	sp_buf_add_shown(out, told ? told : line);
	sp_buf_addc(out, '\n');
}

static void add_result(struct sp_buf *out, const struct sp_field *field,
		       const struct sp_value *v)
{
	if (v->type == SP_V_STR)
		add_result_line(out, field, v->s);
	for (size_t i = 0; v->type == SP_V_LIST && i < v->list.n; i++)
		add_result_line(out, field, v->list.v[i]);
}

static void add_fields(struct sp_buf *out, const struct sp_change *c)
{
	const struct sp_field *fields = c->kind->fields;

	for (int f = 0; fields[f].name; f++) {
		if (fields[f].flags & SP_F_RESULT) {
			if (sp_state_has(&c->after, f))
				add_result(out, &fields[f],
					   sp_state_get(&c->after, f));
		} else if (c->op == SP_ADD && sp_state_has(&c->after, f))
			add_field(out, &fields[f], sp_state_get(&c->after, f));
		else if (c->op == SP_MODIFY &&
			 sp_field_differs(&fields[f], &c->after, &c->before, f))
			add_field_change(out, &fields[f],
					 sp_state_get(&c->before, f),
					 sp_state_get(&c->after, f));
	}
}

/*
 * Undo of an addition to a list removes it again, so what undo does not
 * bring back is about removals there; and about all changes where nothing is
 * ever removed, or where the change itself has consequences.
 */
static bool limits_matter(const struct sp_change *c)
{
	const struct sp_kind *k = c->kind;

	return k->undo_limits &&
	       (c->op == SP_REMOVE || k->shape != SP_SHAPE_LIST ||
		(k->flags & (SP_KIND_REACH | SP_KIND_ACTION | SP_KIND_NOREMOVE)));
}

void sp_render_change(struct sp_buf *out, const struct sp_change *c,
		      bool colour)
{
	const char *mark = c->op == SP_ADD ? "+" : c->op == SP_REMOVE ? "-" : "~";
	const char *with = c->op == SP_ADD    ? GREEN :
			   c->op == SP_REMOVE ? RED :
						YELLOW;

	add_coloured(out, mark, 1, colour ? with : NULL);
	sp_buf_addc(out, ' ');
	sp_render_object(out, c->kind, c->id);
	sp_buf_addc(out, '\n');
	add_fields(out, c);
	if (limits_matter(c))
		sp_buf_addf(out, _("    undo does not bring back: %s\n"),
			    _(c->kind->undo_limits));
}

/* --- files and commands -------------------------------------------------- */

static bool is_secret(const struct sp_effect *e)
{
	return e->before.secret || e->after.secret;
}

static const struct sp_buf *content(const struct sp_node *n)
{
	return n->type == SP_FT_FILE && n->loaded ? &n->data : NULL;
}

static bool same_content(const struct sp_effect *e)
{
	const struct sp_buf *b = content(&e->before), *a = content(&e->after);

	return b && a && b->len == a->len &&
	       memcmp(sp_buf_cstr(b), sp_buf_cstr(a), b->len) == 0;
}

/* The difference of the contents, if both sides are a file or nothing. */
static bool add_file_diff(struct sp_buf *out, const struct sp_effect *e)
{
	if (is_secret(e))
		return false;
	if (e->before.type != SP_FT_NONE && !content(&e->before))
		return false;
	if (e->after.type != SP_FT_NONE && !content(&e->after))
		return false;
	return sp_textdiff(out, e->path, content(&e->before),
			   content(&e->after));
}

static void add_attributes(struct sp_buf *out, const struct sp_node *n)
{
	sp_buf_addf(out, "%04o, %u:%u", n->mode, n->uid, n->gid);
}

static void add_node(struct sp_buf *out, const struct sp_node *n)
{
	switch (n->type) {
	case SP_FT_NONE:
		sp_buf_add(out, _("nothing"));
		break;
	case SP_FT_FILE:
		sp_buf_add(out, _("file, "));
		add_attributes(out, n);
		if (n->loaded && !n->data.len)
			sp_buf_add(out, _(", empty"));
		break;
	case SP_FT_DIR:
		sp_buf_add(out, _("directory, "));
		add_attributes(out, n);
		break;
	case SP_FT_LINK:
		sp_buf_add(out, _("link to "));
		sp_buf_add_shown(out, sp_buf_cstr(&n->data));
		break;
	case SP_FT_OTHER:
		sp_buf_add(out, _("special file"));
		break;
	}
}

static enum sp_op effect_op(const struct sp_effect *e)
{
	if (e->before.type == SP_FT_NONE)
		return SP_ADD;
	return e->after.type == SP_FT_NONE ? SP_REMOVE : SP_MODIFY;
}

/* What the difference of contents does not say; nothing if it says all. */
static void add_effect_line(struct sp_buf *out, const struct sp_effect *e)
{
	const struct sp_node *b = &e->before, *a = &e->after;
	bool typed = b->type != a->type || b->type == SP_FT_LINK;
	bool moded = b->mode != a->mode || b->uid != a->uid || b->gid != a->gid;
	enum sp_op op = effect_op(e);

	if (op == SP_MODIFY && !typed && !moded && !is_secret(e))
		return;
	sp_buf_add(out, op == SP_ADD	  ? _("# new: ")
			: op == SP_REMOVE ? _("# removed: ")
					  : _("# changed: "));
	sp_buf_add_shown(out, e->path);
	sp_buf_add(out, " (");
	if (op == SP_ADD) {
		add_node(out, a);
	} else if (op == SP_REMOVE) {
		add_node(out, b);
	} else if (typed) {
		add_node(out, b);
		sp_buf_add(out, " -> ");
		add_node(out, a);
	} else if (moded) {
		add_attributes(out, b);
		sp_buf_add(out, " -> ");
		add_attributes(out, a);
	}
	if (is_secret(e) && op != SP_MODIFY)
		sp_buf_add(out, _(", secret content"));
	else if (is_secret(e) && !same_content(e))
		sp_buf_add(out, typed || moded ? _(", secret content differs")
					       : _("secret content differs"));
	sp_buf_add(out, ")\n");
}

static void add_diff_coloured(struct sp_buf *out, const struct sp_buf *diff)
{
	const char *line;
	size_t pos = 0, len;

	while (sp_next_line(sp_buf_cstr(diff), diff->len, &pos, &line, &len)) {
		char c = len ? *line : ' ';

		add_coloured(out, line, len, c == '+' ? GREEN :
					     c == '-' ? RED :
					     c == '@' ? CYAN :
							NULL);
		sp_buf_addc(out, '\n');
	}
}

void sp_render_command(struct sp_buf *out, const struct sp_strv *argv)
{
	for (size_t i = 0; i < argv->n; i++) {
		sp_buf_add(out, i ? " " : "");
		add_word(out, argv->v[i]);
	}
}

void sp_render_effect(struct sp_buf *out, const struct sp_effect *e)
{
	add_effect_line(out, e);
	(void)add_file_diff(out, e);
}

void sp_render_diff(struct sp_buf *out, const struct sp_plan *plan, bool colour)
{
	sp_auto_buf b = { 0 };

	for (size_t i = 0; i < plan->effects.n; i++)
		sp_render_effect(&b, &plan->effects.v[i]);
	for (size_t i = 0; i < plan->n_commands; i++) {
		if (plan->commands[i].act) {
			sp_buf_addf(&b, _("# do: %s"),
				    plan->commands[i].argv.v[0]);
		} else {
			sp_buf_add(&b, _("# run: "));
			sp_render_command(&b, &plan->commands[i].argv);
		}
		sp_buf_addc(&b, '\n');
	}
	if (colour)
		add_diff_coloured(out, &b);
	else
		sp_buf_addn(out, sp_buf_cstr(&b), b.len);
}

/* --- warnings ------------------------------------------------------------ */

static int by_place(const void *pa, const void *pb)
{
	const struct sp_finding *a = *(const struct sp_finding *const *)pa;
	const struct sp_finding *b = *(const struct sp_finding *const *)pb;

	if (a->mark.source != b->mark.source)
		return a->mark.source < b->mark.source ? -1 : 1;
	if (a->mark.line != b->mark.line)
		return a->mark.line < b->mark.line ? -1 : 1;
	if (a->mark.col != b->mark.col)
		return a->mark.col < b->mark.col ? -1 : 1;
	return (a > b) - (a < b); /* both in one array: as they came */
}

/* The warnings in the order of their places; owned array. */
static const struct sp_finding **sort_warnings(const struct sp_diag *diag,
					       size_t *ret_n)
{
	const struct sp_finding **v;
	size_t n = 0;

	v = sp_xcalloc(diag ? diag->n : 0, sizeof(*v));
	for (size_t i = 0; diag && i < diag->n; i++)
		if (diag->v[i].severity == SP_WARNING)
			v[n++] = &diag->v[i];
	qsort(v, n, sizeof(*v), by_place);
	*ret_n = n;
	return v;
}

static const char *source_name(const struct sp_profile *profile,
			       struct sp_mark mark)
{
	if (!mark.line || !profile || mark.source >= profile->n_sources)
		return NULL;
	return profile->sources[mark.source].name;
}

void sp_render_finding(struct sp_buf *out, const struct sp_profile *profile,
		       const struct sp_finding *f)
{
	const char *name = source_name(profile, f->mark);

	if (name) {
		sp_buf_add_shown(out, name);
		sp_buf_addf(out, ":%u: ", f->mark.line);
	}
	if (f->object)
		sp_buf_addf(out, "%s: ", f->object);
	sp_buf_add(out, f->text);
}

void sp_render_warnings(struct sp_buf *out, const struct sp_profile *profile,
			const struct sp_diag *diag, bool colour)
{
	sp_auto_free const struct sp_finding **v = NULL;
	size_t n;

	v = sort_warnings(diag, &n);
	for (size_t i = 0; i < n; i++) {
		const char *word = _("warning:");

		add_coloured(out, word, strlen(word), colour ? YELLOW : NULL);
		sp_buf_addc(out, ' ');
		sp_render_finding(out, profile, v[i]);
		sp_buf_addc(out, '\n');
	}
	if (diag && diag->warnings > n)
		sp_buf_addf(out,
			    _("warning: %zu more warnings are not shown\n"),
			    diag->warnings - n);
}

/* --- the whole plan ------------------------------------------------------ */

void sp_render_text(struct sp_buf *out, const struct sp_plan *plan,
		    const struct sp_profile *profile,
		    const struct sp_diag *diag, bool diff, bool colour)
{
	for (size_t i = 0; i < plan->n; i++)
		sp_render_change(out, &plan->v[i], colour);
	for (size_t i = 0; i < plan->later.n; i++)
		sp_buf_addf(out, _("later, with the packages there: %s\n"),
			    plan->later.v[i]);
	if (diff && (plan->effects.n || plan->n_commands)) {
		sp_buf_addc(out, '\n');
		sp_render_diff(out, plan, colour);
	}
	if (plan->n)
		sp_buf_addc(out, '\n');
	sp_render_warnings(out, profile, diag, colour);
	if (plan->n)
		sp_buf_addf(
			out,
			_("Plan: %zu to add, %zu to change, %zu to remove.\n"),
			plan->n_add, plan->n_modify, plan->n_remove);
	else
		sp_buf_add(
			out,
			_("Nothing to do: the host is as the profile says.\n"));
}

/* --- JSON ---------------------------------------------------------------- */

static const char *op_name(enum sp_op op)
{
	return op == SP_ADD ? "add" : op == SP_REMOVE ? "remove" : "modify";
}

static void state_member(struct sp_json *j, const char *key,
			 const struct sp_state *st)
{
	sp_json_key(j, key);
	if (st->present)
		sp_state_fields_to_json(j, st, false);
	else
		sp_json_null(j);
}

void sp_render_change_json(struct sp_json *j, const struct sp_change *c)
{
	const struct sp_field *fields = c->kind->fields;

	sp_json_map(j);
	sp_json_key(j, "kind");
	sp_json_str(j, c->kind->name);
	sp_json_key(j, "id");
	sp_json_str(j, c->id);
	sp_json_key(j, "op");
	sp_json_str(j, op_name(c->op));
	state_member(j, "before", &c->before);
	state_member(j, "after", &c->after);
	sp_json_key(j, "differs");
	sp_json_list(j);
	for (int f = 0; fields[f].name && c->op == SP_MODIFY; f++)
		if (sp_field_differs(&fields[f], &c->after, &c->before, f))
			sp_json_str(j, fields[f].name);
	sp_json_list_end(j);
	sp_json_key(j, "undo_limits");
	sp_json_str(j, limits_matter(c) ? c->kind->undo_limits : NULL);
	sp_json_map_end(j);
}

static void warning_to_json(struct sp_json *j, const struct sp_finding *w,
			    const struct sp_profile *profile)
{
	const char *name = source_name(profile, w->mark);

	sp_json_map(j);
	sp_json_key(j, "file");
	sp_json_str(j, name);
	sp_json_key(j, "line");
	sp_json_int(j, name ? w->mark.line : 0);
	sp_json_key(j, "column");
	sp_json_int(j, name ? w->mark.col : 0);
	sp_json_key(j, "object");
	sp_json_str(j, w->object);
	sp_json_key(j, "text");
	sp_json_str(j, w->text);
	sp_json_map_end(j);
}

static const char *type_name(enum sp_ftype type)
{
	switch (type) {
	case SP_FT_FILE:
		return "file";
	case SP_FT_DIR:
		return "directory";
	case SP_FT_LINK:
		return "link";
	case SP_FT_OTHER:
		return "other";
	case SP_FT_NONE:
		break;
	}
	return NULL;
}

/* The effect as a whole, with the attributes after it (before, if removed). */
static void effect_to_json(struct sp_json *j, const struct sp_effect *e)
{
	enum sp_op op = effect_op(e);
	const struct sp_node *n = op == SP_REMOVE ? &e->before : &e->after;
	sp_auto_buf diff = { 0 };
	char mode[16];

	(void)snprintf(mode, sizeof(mode), "%04o", n->mode);
	sp_json_map(j);
	sp_json_key(j, "path");
	sp_json_str(j, e->path);
	sp_json_key(j, "op");
	sp_json_str(j, op_name(op));
	sp_json_key(j, "type");
	sp_json_str(j, type_name(n->type));
	sp_json_key(j, "mode");
	sp_json_str(j, n->type == SP_FT_LINK ? NULL : mode);
	sp_json_key(j, "uid");
	sp_json_int(j, n->uid);
	sp_json_key(j, "gid");
	sp_json_int(j, n->gid);
	if (n->type == SP_FT_LINK) {
		sp_json_key(j, "target");
		sp_json_str(j, sp_buf_cstr(&n->data));
	}
	sp_json_key(j, "secret");
	sp_json_bool(j, is_secret(e));
	sp_json_key(j, "diff");
	if (add_file_diff(&diff, e))
		sp_json_strn(j, diff.data, diff.len);
	else
		sp_json_null(j);
	sp_json_map_end(j);
}

static void summary_to_json(struct sp_json *j, const struct sp_plan *plan)
{
	sp_json_map(j);
	sp_json_key(j, "add");
	sp_json_int(j, (int64_t)plan->n_add);
	sp_json_key(j, "modify");
	sp_json_int(j, (int64_t)plan->n_modify);
	sp_json_key(j, "remove");
	sp_json_int(j, (int64_t)plan->n_remove);
	sp_json_map_end(j);
}

void sp_render_plan_json(struct sp_json *j, const struct sp_plan *plan,
			 const struct sp_profile *profile,
			 const struct sp_diag *diag)
{
	sp_auto_free const struct sp_finding **w = NULL;
	size_t n;

	w = sort_warnings(diag, &n);
	sp_json_map(j);
	sp_json_key(j, "sprout");
	sp_json_int(j, 1);
	sp_json_key(j, "changes");
	sp_json_list(j);
	for (size_t i = 0; i < plan->n; i++)
		sp_render_change_json(j, &plan->v[i]);
	sp_json_list_end(j);
	sp_json_key(j, "warnings");
	sp_json_list(j);
	for (size_t i = 0; i < n; i++)
		warning_to_json(j, w[i], profile);
	sp_json_list_end(j);
	sp_json_key(j, "files");
	sp_json_list(j);
	for (size_t i = 0; i < plan->effects.n; i++)
		effect_to_json(j, &plan->effects.v[i]);
	sp_json_list_end(j);
	sp_json_key(j, "commands");
	sp_json_list(j);
	for (size_t i = 0; i < plan->n_commands; i++)
		sp_json_strv(j, &plan->commands[i].argv);
	sp_json_list_end(j);
	sp_json_key(j, "later");
	sp_json_strv(j, &plan->later);
	sp_json_key(j, "summary");
	summary_to_json(j, plan);
	sp_json_map_end(j);
}

void sp_render_json(struct sp_buf *out, const struct sp_plan *plan,
		    const struct sp_profile *profile,
		    const struct sp_diag *diag)
{
	struct sp_json j;

	sp_json_init(&j, out, SP_JSON_INDENT);
	sp_render_plan_json(&j, plan, profile, diag);
	sp_buf_addc(out, '\n');
}
