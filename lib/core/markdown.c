/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* markdown.c - a plan as a comment on a merge request. */
#include "markdown.h"

#include <string.h>

#include "mem.h"
#include "xml.h"

/* Bytes of one code span, and lines of one cell, before they are cut. */
#define SPAN_MAX  400
#define CELL_MAX  12
/* Parts of the whole that findings, table, and one file may take. */
#define FINDINGS_PART 6
#define TABLE_PART    3
#define FOLDED_PART   8
#define FILE_PART     4
/* Kept for the notes at the end. */
#define NOTES_ROOM 400

/* The longest run of backticks. */
static size_t ticks(const char *s, size_t len)
{
	size_t best = 0, n = 0;

	for (size_t i = 0; i < len; i++) {
		n = s[i] == '`' ? n + 1 : 0;
		best = n > best ? n : best;
	}
	return best;
}

static void repeat(struct sp_buf *out, char c, size_t n)
{
	while (n--)
		sp_buf_addc(out, c);
}

/* Shown text, cut between characters. */
static void shorten(struct sp_buf *b, size_t max)
{
	size_t end = max;

	if (b->len <= max)
		return;
	while (end && ((unsigned char)b->data[end] & 0xc0) == 0x80)
		end--;
	b->data[b->len = end] = '\0';
	sp_buf_add(b, "\xe2\x80\xa6"); /* ... */
}

/*
 * Between backticks nothing is markup but, in a table, the bar.  A code span
 * loses a blank at both ends if it has one at both: it is given another.
 */
void sp_markdown_code(struct sp_buf *out, const char *text, bool table)
{
	sp_auto_buf b = { 0 };
	bool pad;
	size_t n;

	sp_buf_add_shown(&b, text);
	shorten(&b, SPAN_MAX);
	if (!b.len)
		sp_buf_addc(&b, ' ');
	pad = b.data[0] == '`' || b.data[b.len - 1] == '`' ||
	      (b.data[0] == ' ' && b.data[b.len - 1] == ' ' &&
	       strspn(b.data, " ") < b.len);
	n = ticks(b.data, b.len) + 1;
	repeat(out, '`', n);
	sp_buf_add(out, pad ? " " : "");
	for (size_t i = 0; i < b.len; i++) {
		if (table && b.data[i] == '|')
			sp_buf_addc(out, '\\');
		sp_buf_addc(out, b.data[i]);
	}
	sp_buf_add(out, pad ? " " : "");
	repeat(out, '`', n);
}

/* In HTML, where Markdown does not count. */
static void add_html(struct sp_buf *out, const char *text)
{
	sp_auto_buf b = { 0 };

	sp_buf_add_shown(&b, text);
	shorten(&b, SPAN_MAX);
	sp_xml_add_text(out, sp_buf_cstr(&b));
}

/* --- findings ------------------------------------------------------------- */

/* Append @part while that stays below @room; false when it was left out. */
static bool fits(struct sp_buf *out, const struct sp_buf *part, size_t room)
{
	if (out->len + part->len > room)
		return false;
	sp_buf_addn(out, sp_buf_cstr(part), part->len);
	return true;
}

static void add_findings(struct sp_buf *out, const struct sp_planned *p,
			 size_t room)
{
	sp_auto_free const struct sp_finding **v = NULL;
	size_t total = 0, shown = 0, n = p->diag ? p->diag->n : 0;

	if (p->failure) {
		sp_buf_add(out, "- **error:** ");
		sp_markdown_code(out, p->failure, false);
		sp_buf_addc(out, '\n');
	}
	if (n) {
		v = sp_diag_sorted(p->diag);
		total = p->diag->errors + p->diag->warnings;
	}
	for (size_t i = 0; i < n; i++) {
		sp_auto_buf text = { 0 }, item = { 0 };

		sp_render_finding(&text, p->profile, v[i]);
		sp_buf_add(&item, v[i]->severity == SP_ERROR ? "- **error:** " :
							       "- warning: ");
		sp_markdown_code(&item, sp_buf_cstr(&text), false);
		sp_buf_addc(&item, '\n');
		if (!fits(out, &item, room))
			break;
		shown++;
	}
	if (total > shown)
		sp_buf_addf(out, "- and %zu more errors and warnings\n",
			    total - shown);
	if (total || p->failure)
		sp_buf_addc(out, '\n');
}

/* --- changes -------------------------------------------------------------- */

/* "~ user "web"" and a line a field, as `sprout plan` says it, in two cells. */
static void add_row(struct sp_buf *out, const struct sp_change *c)
{
	sp_auto_buf text = { 0 };
	size_t pos = 0, len, n = 0, left = 0;
	const char *line;

	sp_render_change(&text, c, false);
	while (sp_next_line(text.data, text.len, &pos, &line, &len)) {
		size_t skip = n ? strspn(line, " ") : 2;
		sp_auto_free char *s = sp_xstrndup(line + skip, len - skip);

		if (!n) {
			sp_buf_addf(out, "| %s | ",
				    c->op == SP_ADD    ? "add" :
				    c->op == SP_REMOVE ? "remove" :
							 "change");
			sp_markdown_code(out, s, true);
			sp_buf_add(out, " | ");
		} else if (n <= CELL_MAX) {
			sp_buf_add(out, n > 1 ? "<br>" : "");
			sp_markdown_code(out, s, true);
		} else {
			left++;
		}
		n++;
	}
	if (left)
		sp_buf_addf(out, "<br>and %zu more", left);
	sp_buf_add(out, " |\n");
}

static void add_table(struct sp_buf *out, const struct sp_plan *plan,
		      size_t room)
{
	size_t i;

	sp_buf_add(out, "| | resource | fields |\n|---|---|---|\n");
	for (i = 0; i < plan->n; i++) {
		sp_auto_buf row = { 0 };

		add_row(&row, &plan->v[i]);
		if (!fits(out, &row, room))
			break;
	}
	sp_buf_addc(out, '\n');
	if (i < plan->n)
		sp_buf_addf(out, "%zu more changes are not shown.\n\n",
			    plan->n - i);
}

static void add_later(struct sp_buf *out, const struct sp_plan *plan,
		      size_t room)
{
	size_t i;

	for (i = 0; i < plan->later.n; i++) {
		sp_auto_buf item = { 0 };

		sp_buf_add(&item, "- planned once the packages are there: ");
		sp_markdown_code(&item, plan->later.v[i], false);
		sp_buf_addc(&item, '\n');
		if (!fits(out, &item, room))
			break;
	}
	if (i < plan->later.n)
		sp_buf_addf(out, "- and %zu more\n", plan->later.n - i);
	if (plan->later.n)
		sp_buf_addc(out, '\n');
}

/* --- files ---------------------------------------------------------------- */

/* Lines added and removed: those behind the first "@@". */
static void count_lines(const struct sp_buf *diff, size_t *ret_plus,
			size_t *ret_minus)
{
	const char *line;
	bool inside = false;
	size_t pos = 0, len;

	*ret_plus = *ret_minus = 0;
	while (sp_next_line(sp_buf_cstr(diff), diff->len, &pos, &line, &len)) {
		inside |= len > 1 && line[0] == '@' && line[1] == '@';
		*ret_plus += inside && len && *line == '+';
		*ret_minus += inside && len && *line == '-';
	}
}

/* A line of a file in a fence: tabs stay, other controls are shown. */
static void add_line(struct sp_buf *out, const char *line, size_t len)
{
	sp_auto_free char *s = sp_xstrndup(line, len);
	char *tab, *at = s;

	while ((tab = strchr(at, '\t'))) {
		*tab = '\0';
		sp_buf_add_shown(out, at);
		sp_buf_addc(out, '\t');
		at = tab + 1;
	}
	sp_buf_add_shown(out, at);
	sp_buf_addc(out, '\n');
}

/* The lines of @text up to @max bytes in a fence; how many are left out. */
static size_t add_fence(struct sp_buf *out, const char *language,
			const struct sp_buf *text, size_t max)
{
	size_t n = ticks(sp_buf_cstr(text), text->len), pos = 0, len, left = 0;
	sp_auto_buf body = { 0 };
	const char *line;

	n = n < 3 ? 3 : n + 1;
	while (sp_next_line(sp_buf_cstr(text), text->len, &pos, &line, &len)) {
		size_t before = body.len;

		if (!left)
			add_line(&body, line, len);
		if (left || body.len > max) {
			if (!left)
				body.data[body.len = before] = '\0';
			left++;
		}
	}
	repeat(out, '`', n);
	sp_buf_addf(out, "%s\n%s", language, sp_buf_cstr(&body));
	repeat(out, '`', n);
	sp_buf_addc(out, '\n');
	return left;
}

static void add_file(struct sp_buf *out, const struct sp_effect *e,
		     const struct sp_buf *diff, size_t max)
{
	size_t plus, minus, left;

	count_lines(diff, &plus, &minus);
	sp_buf_add(out, "<details><summary><code>");
	add_html(out, e->path);
	sp_buf_addf(out, "</code> %s", e->before.type == SP_FT_NONE ? "added" :
				       e->after.type == SP_FT_NONE  ? "removed" :
								      "changed");
	if (plus || minus)
		sp_buf_addf(out, ", +%zu -%zu lines", plus, minus);
	sp_buf_add(out, "</summary>\n\n");
	left = add_fence(out, "diff", diff, max);
	if (left)
		sp_buf_addf(out, "\n%zu more lines are not shown.\n", left);
	sp_buf_add(out, "\n</details>\n\n");
}

/* "# new: PATH (directory, ...)" and no more. */
static bool is_line(const struct sp_buf *effect)
{
	const char *end = effect->len ? strchr(effect->data, '\n') : NULL;

	return end && sp_starts(effect->data, "# ") && !end[1];
}

/* What is left of the room and is worth beginning a file with. */
#define FILE_LEAST 600

static void add_files(struct sp_buf *out, const struct sp_plan *plan,
		      size_t room, size_t most)
{
	size_t left = 0;

	for (size_t i = 0; i < plan->effects.n; i++) {
		const struct sp_effect *e = &plan->effects.v[i];
		sp_auto_buf diff = { 0 }, part = { 0 };
		size_t free = out->len < room ? room - out->len : 0;

		sp_render_effect(&diff, e);
		if (!diff.len || is_line(&diff))
			continue;
		/* Fences and headings are as long as names and ticks let them. */
		if (free > FILE_LEAST)
			add_file(&part, e, &diff,
				 free - FILE_LEAST / 2 < most ?
					 free - FILE_LEAST / 2 :
					 most);
		if (!part.len || !fits(out, &part, room))
			left++;
	}
	if (left)
		sp_buf_addf(out, "%zu more files are not shown.\n\n", left);
}

/* Lines that need no heading each, folded: "3 WHAT". */
static void add_folded(struct sp_buf *out, const struct sp_buf *text, size_t n,
		       const char *what, size_t room)
{
	sp_auto_buf part = { 0 };
	size_t left;

	if (!n)
		return;
	sp_buf_addf(&part, "<details><summary>%zu %s</summary>\n\n", n, what);
	left = add_fence(&part, "", text, room / 2);
	if (left)
		sp_buf_addf(&part, "\n%zu more lines are not shown.\n", left);
	sp_buf_add(&part, "\n</details>\n\n");
	if (!fits(out, &part, out->len + room))
		sp_buf_addf(out, "%zu %s are not shown.\n\n", n, what);
}

static void add_commands(struct sp_buf *out, const struct sp_plan *plan,
			 size_t room)
{
	sp_auto_buf text = { 0 };

	for (size_t i = 0; i < plan->n_commands; i++) {
		sp_render_command(&text, &plan->commands[i].argv);
		sp_buf_addc(&text, '\n');
	}
	add_folded(out, &text, plan->n_commands,
		   plan->n_commands == 1 ? "command" : "commands", room);
}

/* Directories, links, attributes, secret content: a line each. */
static void add_paths(struct sp_buf *out, const struct sp_plan *plan,
		      size_t room)
{
	sp_auto_buf text = { 0 };
	size_t n = 0;

	for (size_t i = 0; i < plan->effects.n; i++) {
		sp_auto_buf one = { 0 };

		sp_render_effect(&one, &plan->effects.v[i]);
		if (!is_line(&one))
			continue;
		sp_buf_add(&text, one.data + 2);
		n++;
	}
	add_folded(out, &text, n, n == 1 ? "other path" : "other paths", room);
}

void sp_markdown_plan(struct sp_buf *ret, const struct sp_planned *p,
		      unsigned level, size_t max)
{
	const struct sp_plan *plan = p->plan;
	sp_auto_buf out = { 0 };

	repeat(&out, '#', level);
	sp_buf_add(&out, " sprout plan: ");
	sp_markdown_code(&out, p->name, false);
	sp_buf_add(&out, "\n\n");
	if (!plan)
		sp_buf_add(&out, "**No plan could be made.**\n\n");
	else if (plan->n)
		sp_buf_addf(&out,
			    "**%zu to add, %zu to change, %zu to remove.**\n\n",
			    plan->n_add, plan->n_modify, plan->n_remove);
	else
		sp_buf_add(&out,
			   "Nothing to do: the host is as the profile says.\n\n");
	add_findings(&out, p, max / FINDINGS_PART);
	if (plan && plan->n) {
		add_table(&out, plan, out.len + max / TABLE_PART);
		add_later(&out, plan, out.len + max / FINDINGS_PART);
		add_commands(&out, plan, max / FOLDED_PART);
		add_paths(&out, plan, max / FOLDED_PART);
		add_files(&out, plan, max - NOTES_ROOM, max / FILE_PART);
	}
	/* One newline at the end, not two. */
	sp_buf_addn(ret, out.data, out.len - 1);
}
