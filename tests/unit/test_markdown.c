/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_markdown.c - a plan as a comment: escapes, limits, form. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/markdown.h"
#include "core/mem.h"

static const struct sp_field fields[] = {
	{ .name = "text", .type = SP_T_STR },
	{ .name = "list", .type = SP_T_LIST },
	{ .name = "hush", .type = SP_T_STR, .flags = SP_F_SECRET },
	{ 0 }
};

static const struct sp_kind thing = {
	.name = "thing", .shape = SP_SHAPE_LIST, .fields = fields,
};

const struct sp_kind *const sp_kinds[] = { &thing, NULL };

static void test_code(void **state)
{
	static const struct {
		const char *text, *want;
	} rows[] = {
		{ "plain *a* <b> @c http://d", "`plain *a* <b> @c http://d`" },
		{ "", "` `" },
		{ " ", "` `" },
		{ " a ", "`  a  `" },
		{ " a", "` a`" },
		{ "a`b", "``a`b``" },
		{ "`a", "`` `a ``" },
		{ "a``", "``` a`` ```" },
		{ "a|b\\|c", "`a\\|b\\\\|c`" },
		{ "a\nb\x1b\xff", "`a\\x0ab\\x1b\\xff`" },
	};
	sp_auto_buf b = { 0 };
	char text[1000];

	(void)state;
	for (size_t i = 0; i < SP_COUNT(rows); i++) {
		sp_buf_clear(&b);
		sp_markdown_code(&b, rows[i].text, true);
		assert_string_equal(b.data, rows[i].want);
	}
	/* Cut between characters: 399 bytes and half of one are too many. */
	memset(text, 'x', 399);
	memcpy(text + 399, "\xc3\xa4\xc3\xa4", 5);
	sp_buf_clear(&b);
	sp_markdown_code(&b, text, false);
	assert_int_equal(b.len, 1 + 399 + 3 + 1);
	assert_true(sp_utf8_valid(b.data, b.len));
}

static struct sp_node file(const char *text, bool secret)
{
	struct sp_node n = { .type = SP_FT_FILE, .mode = 0644, .loaded = true,
			     .secret = secret };

	sp_buf_add(&n.data, text);
	n.size = n.data.len;
	return n;
}

static void add_change(struct sp_plan *p, const char *id, enum sp_op op,
		       const char *text)
{
	struct sp_change c = { .kind = &thing, .id = sp_xstrdup(id), .op = op };

	sp_state_init(&c.before, fields);
	sp_state_init(&c.after, fields);
	c.before.present = op != SP_ADD;
	c.after.present = op != SP_REMOVE;
	if (op == SP_MODIFY)
		sp_state_set_str(&c.before, 0, "old");
	if (op != SP_REMOVE) {
		sp_state_set_str(&c.after, 0, text);
		sp_state_set_str(&c.after, 2, "hush");
	}
	p->v = sp_grow(p->v, p->n, sizeof(*p->v));
	p->v[p->n++] = c;
	p->n_add += op == SP_ADD;
	p->n_modify += op == SP_MODIFY;
	p->n_remove += op == SP_REMOVE;
}

static void add_effect(struct sp_plan *p, const char *path,
		       struct sp_node before, struct sp_node after)
{
	struct sp_effects *e = &p->effects;

	e->v = sp_grow(e->v, e->n, sizeof(*e->v));
	e->v[e->n++] = (struct sp_effect){ .path = sp_xstrdup(path),
					   .before = before, .after = after };
}

static void test_plan(void **state)
{
	sp_auto_plan plan = { 0 };
	sp_auto_profile profile = { 0 };
	sp_auto_diag diag = { 0 };
	sp_auto_buf b = { 0 };
	const struct sp_planned p = { "vd|01", &profile, &diag, &plan, NULL };

	(void)state;
	sp_profile_add_text(&profile, "a.yaml", "", 0);
	sp_diag_add(&diag, SP_WARNING, (struct sp_mark){ 0, 3, 1 },
		    "thing \"x\"", "look `here`");
	add_change(&plan, "x", SP_MODIFY, "a|b");
	add_change(&plan, "y", SP_REMOVE, NULL);
	sp_strv_add(&plan.later, "thing \"z\": not yet");
	add_effect(&plan, "/etc/<x>&", file("a\n", false),
		   file("```\n+++\tb\n--- c\n\x1b", false));
	add_effect(&plan, "/etc/s", file("hush\n", true), file("more\n", true));
	plan.commands = sp_xcalloc(1, sizeof(*plan.commands));
	plan.n_commands = 1;
	sp_strv_add(&plan.commands[0].argv, "/bin/x");
	sp_markdown_plan(&b, &p, 3, SP_MARKDOWN_MAX);
	assert_string_equal(b.data,
		"### sprout plan: `vd|01`\n\n"
		"**0 to add, 1 to change, 1 to remove.**\n\n"
		"- warning: `` a.yaml:3: thing \"x\": look `here` ``\n\n"
		"| | resource | fields |\n|---|---|---|\n"
		"| change | `thing \"x\"` | `text: old -> a\\|b` |\n"
		"| remove | `thing \"y\"` |  |\n\n"
		"- planned once the packages are there: `thing \"z\": not yet`\n\n"
		"<details><summary>1 command</summary>\n\n"
		"```\n/bin/x\n```\n\n</details>\n\n"
		"<details><summary>1 other path</summary>\n\n"
		"```\nchanged: /etc/s (secret content differs)\n```\n\n"
		"</details>\n\n"
		"<details><summary><code>/etc/&lt;x&gt;&amp;</code> changed, "
		"+4 -1 lines</summary>\n\n"
		"````diff\n--- a/etc/<x>&\n+++ b/etc/<x>&\n@@ -1 +1,4 @@\n-a\n"
		"+```\n++++\tb\n+--- c\n+\\x1b\n"
		"\\ No newline at end of file\n````\n\n</details>\n");
}

static void test_nothing(void **state)
{
	sp_auto_plan plan = { 0 };
	sp_auto_diag diag = { 0 };
	sp_auto_buf b = { 0 };
	struct sp_planned p = { "h", NULL, NULL, &plan, NULL };

	(void)state;
	sp_markdown_plan(&b, &p, 2, SP_MARKDOWN_MAX);
	assert_string_equal(b.data,
		"## sprout plan: `h`\n\n"
		"Nothing to do: the host is as the profile says.\n");
	sp_buf_clear(&b);
	p = (struct sp_planned){ "h", NULL, &diag, NULL, "no root" };
	sp_diag_add(&diag, SP_ERROR, (struct sp_mark){ 0 }, NULL, "bad");
	sp_markdown_plan(&b, &p, 2, SP_MARKDOWN_MAX);
	assert_string_equal(b.data,
		"## sprout plan: `h`\n\n**No plan could be made.**\n\n"
		"- **error:** `no root`\n- **error:** `bad`\n");
}

/* The number before @text in the report; 0 when it is not there. */
static size_t told(const char *report, const char *text)
{
	const char *at = strstr(report, text);

	if (!at)
		return 0;
	while (at > report && at[-1] >= '0' && at[-1] <= '9')
		at--;
	return (size_t)strtoul(at, NULL, 10);
}

static size_t count(const char *report, const char *text)
{
	size_t n = 0;

	while ((report = strstr(report, text))) {
		report += strlen(text);
		n++;
	}
	return n;
}

/* Much of everything: never above the limit, and what is missing is counted. */
static void test_limits(void **state)
{
	static const size_t limits[] = { 2000, 5000, 20000, SP_MARKDOWN_MAX };
	sp_auto_plan plan = { 0 };
	sp_auto_profile profile = { 0 };
	sp_auto_diag diag = { 0 };
	sp_auto_buf lines = { 0 };
	const struct sp_planned p = { "h", &profile, &diag, &plan, NULL };

	(void)state;
	for (int i = 0; i < 3000; i++)
		sp_buf_addf(&lines, "line %d with some text in it\n", i);
	for (int i = 0; i < 500; i++) {
		sp_auto_free char *id = sp_asprintf("thing-%d", i);
		sp_auto_free char *path = sp_asprintf("/etc/%s", id);

		add_change(&plan, id, SP_ADD, "a value of some length");
		add_effect(&plan, path, (struct sp_node){ 0 },
			   file(i ? "one\ntwo\n" : lines.data, false));
		sp_diag_add(&diag, SP_WARNING, (struct sp_mark){ 0 }, NULL,
			    "a warning number %d that is rather long", i);
	}
	for (size_t i = 0; i < SP_COUNT(limits); i++) {
		sp_auto_buf b = { 0 };

		sp_markdown_plan(&b, &p, 3, limits[i]);
		assert_in_range(b.len, limits[i] / 2, limits[i]);
		assert_int_equal(count(b.data, "| add |") +
					 told(b.data, " more changes are"),
				 500);
		assert_int_equal(count(b.data, "- warning:") +
					 told(b.data, " more errors and"),
				 500);
		assert_int_equal(count(b.data, "<details>") +
					 told(b.data, " more files are"),
				 500);
		assert_int_equal(count(b.data, "<details>"),
				 count(b.data, "</details>"));
		assert_int_equal(count(b.data, "\n```\n"),
				 count(b.data, "```diff\n"));
		if (strstr(b.data, "+line 0 "))
			assert_int_equal(count(b.data, "\n+line ") +
						 told(b.data, " more lines are"),
					 3000);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_code),
		cmocka_unit_test(test_plan),
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
