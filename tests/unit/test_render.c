/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_render.c - plans as people and programs get them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/mem.h"
#include "core/render.h"
#include "core/yaml.h"

enum { F_SHELL, F_GROUPS, F_HASH, F_HOW };

static const struct sp_field user_fields[] = {
	[F_SHELL] = { .name = "shell", .type = SP_T_STR },
	[F_GROUPS] = { .name = "groups", .type = SP_T_LIST },
	[F_HASH] = { .name = "password_hash", .type = SP_T_STR,
		     .flags = SP_F_SECRET },
	[F_HOW] = { .name = "how", .type = SP_T_STR,
		    .flags = SP_F_DIRECTIVE },
	{ 0 }
};

static const struct sp_kind user = {
	.name = "user",
	.shape = SP_SHAPE_LIST,
	.fields = user_fields,
	.undo_limits = "the mail of a removed user",
};

static const struct sp_field host_fields[] = {
	{ .name = "hostname", .type = SP_T_STR },
	{ 0 }
};

static const struct sp_kind hostname = {
	.name = "hostname",
	.shape = SP_SHAPE_SCALAR,
	.fields = host_fields,
	.undo_limits = "names that others have kept",
};

static const struct sp_kind command = {
	.name = "command",
	.shape = SP_SHAPE_LIST,
	.fields = host_fields,
	.flags = SP_KIND_ACTION,
	.undo_limits = "what the command did",
};

const struct sp_kind *const sp_kinds[] = { &hostname, &user, &command, NULL };

static void set_groups(struct sp_state *st, const char *items)
{
	sp_auto_strv l = { 0 };

	sp_strv_split(&l, items, " ");
	sp_state_set_list(st, F_GROUPS, &l);
}

static struct sp_change new_change(const struct sp_kind *kind, const char *id,
				   enum sp_op op)
{
	struct sp_change c = { .kind = kind, .id = sp_xstrdup(id), .op = op };

	sp_state_init(&c.before, kind->fields);
	sp_state_init(&c.after, kind->fields);
	c.before.present = op != SP_ADD;
	c.after.present = op != SP_REMOVE;
	return c;
}

static void check_change(struct sp_change *c, bool colour, const char *want)
{
	sp_auto_buf b = { 0 };

	sp_render_change(&b, c, colour);
	assert_string_equal(sp_buf_cstr(&b), want);
	sp_change_clear(c);
}

static void test_add(void **state)
{
	struct sp_change c = new_change(&user, "vb-verde", SP_ADD);

	(void)state;
	sp_state_set_str(&c.after, F_SHELL, "/bin/bash");
	set_groups(&c.after, "a b c d e f");
	sp_state_set_str(&c.after, F_HASH, "$y$hush");
	sp_state_set_str(&c.after, F_HOW, "gently");
	check_change(&c, false,
		     "+ user \"vb-verde\"\n"
		     "    shell: /bin/bash\n"
		     "    groups: [a, b, c, d, e, f]\n"
		     "    password_hash: (secret)\n"
		     "    how: gently\n");
	c = new_change(&user, "a\x1b\"b", SP_ADD);
	sp_state_set_none(&c.after, F_SHELL);
	check_change(&c, true,
		     "\x1b[32m+\x1b[0m user \"a\\x1b\"b\"\n");
}

static void test_modify(void **state)
{
	struct sp_change c = new_change(&user, "web", SP_MODIFY);

	(void)state;
	sp_state_set_str(&c.before, F_SHELL, "/bin/sh");
	sp_state_set_str(&c.after, F_SHELL, "/bin/sh");
	set_groups(&c.before, "a b");
	set_groups(&c.after, "a b vdi");
	sp_state_set_str(&c.before, F_HASH, "hush");
	sp_state_set_str(&c.after, F_HASH, "hush2");
	sp_state_set_str(&c.after, F_HOW, "gently");
	check_change(&c, true,
		     "\x1b[33m~\x1b[0m user \"web\"\n"
		     "    groups: [a, b] -> [a, b, vdi]\n"
		     "    password_hash: (secret, differs)\n");

	c = new_change(&user, "web", SP_MODIFY);
	sp_state_set_none(&c.before, F_SHELL);
	sp_state_set_str(&c.after, F_SHELL, "");
	set_groups(&c.before, "a b c old d");
	set_groups(&c.after, "a b c d vdi");
	check_change(&c, false,
		     "~ user \"web\"\n"
		     "    shell: (none) -> \"\"\n"
		     "    groups: +vdi -old\n");
}

static void test_long_lists(void **state)
{
	static const struct {
		const char *before, *after, *want;
	} rows[] = {
		{ "a b c d", "a b c", "[a, b, c, d] -> [a, b, c]" },
		{ "a b c d e", "", "-a -b -c -d -e" },
		{ NULL, "a b c d e", "+a +b +c +d +e" },
		{ "a b c d e", NULL, "-a -b -c -d -e" },
		{ "a b c d e", "a b c d e f", "+f" },
		{ "a b c d e", "e d c b a",
		  "[a, b, c, d, e] -> [e, d, c, b, a]" },
		{ "a b c d \x1b", "a b c d \"", "+\"\\\"\" -\\x1b" },
	};

	(void)state;
	for (size_t i = 0; i < SP_COUNT(rows); i++) {
		struct sp_change c = new_change(&user, "u", SP_MODIFY);
		sp_auto_free char *want =
			sp_asprintf("~ user \"u\"\n    groups: %s\n",
				    rows[i].want);

		sp_state_set_none(&c.before, F_GROUPS);
		sp_state_set_none(&c.after, F_GROUPS);
		if (rows[i].before)
			set_groups(&c.before, rows[i].before);
		if (rows[i].after)
			set_groups(&c.after, rows[i].after);
		check_change(&c, false, want);
	}
}

static void test_remove(void **state)
{
	struct sp_change c = new_change(&user, "old", SP_REMOVE);

	(void)state;
	sp_state_set_str(&c.before, F_SHELL, "/bin/sh");
	check_change(&c, false,
		     "- user \"old\"\n"
		     "    undo does not bring back: the mail of a removed user\n");
	c = new_change(&user, "old", SP_REMOVE);
	check_change(&c, true,
		     "\x1b[31m-\x1b[0m user \"old\"\n"
		     "    undo does not bring back: the mail of a removed user\n");
}

static void test_others(void **state)
{
	struct sp_change c = new_change(&hostname, "hostname", SP_MODIFY);

	(void)state;
	sp_state_set_str(&c.before, 0, "a");
	sp_state_set_str(&c.after, 0, "b");
	check_change(&c, false,
		     "~ hostname\n"
		     "    hostname: a -> b\n"
		     "    undo does not bring back: names that others have kept\n");
	c = new_change(&command, "run", SP_ADD);
	check_change(&c, false,
		     "+ command \"run\"\n"
		     "    undo does not bring back: what the command did\n");
}

/* --- effects ------------------------------------------------------------- */

static struct sp_node file(const char *text, mode_t mode, bool secret)
{
	struct sp_node n = { .type = SP_FT_FILE, .mode = mode, .loaded = true,
			     .secret = secret };

	sp_buf_add(&n.data, text);
	n.size = n.data.len;
	return n;
}

static struct sp_node thing(enum sp_ftype type, const char *target)
{
	struct sp_node n = { .type = type, .mode = 0755, .gid = 5 };

	if (type == SP_FT_LINK) {
		n.loaded = true;
		sp_buf_add(&n.data, target);
	}
	return n;
}

static void add_effect(struct sp_plan *p, const char *path,
		       struct sp_node before, struct sp_node after)
{
	p->effects.v = sp_grow(p->effects.v, p->effects.n,
			       sizeof(*p->effects.v));
	p->effects.v[p->effects.n++] = (struct sp_effect){
		.path = sp_xstrdup(path), .before = before, .after = after,
	};
}

static void clear(struct sp_plan *p)
{
	for (size_t i = 0; i < p->n; i++)
		sp_change_clear(&p->v[i]);
	for (size_t i = 0; i < p->effects.n; i++) {
		free(p->effects.v[i].path);
		sp_buf_clear(&p->effects.v[i].before.data);
		sp_buf_clear(&p->effects.v[i].after.data);
	}
	for (size_t i = 0; i < p->n_commands; i++)
		sp_strv_clear(&p->commands[i].argv);
	free(p->v);
	free(p->effects.v);
	free(p->commands);
	*p = (struct sp_plan){ 0 };
}

static const struct sp_node nothing;

static void test_diff(void **state)
{
	struct sp_plan p = { 0 };
	sp_auto_buf b = { 0 };

	(void)state;
	add_effect(&p, "/a", nothing, file("x\n", 0644, false));
	add_effect(&p, "/b", nothing, file("", 0600, false));
	add_effect(&p, "/c", file("x\n", 0644, false), nothing);
	add_effect(&p, "/d", file("x\n", 0644, false), file("y\n", 0644, false));
	add_effect(&p, "/e", file("x\n", 0644, false), file("y\n", 0600, false));
	add_effect(&p, "/f", file("hush\n", 0600, false),
		   file("hush2\n", 0600, true));
	add_effect(&p, "/g", file("hush\n", 0600, true),
		   file("hush\n", 0640, true));
	add_effect(&p, "/h", nothing, file("hush\n", 0600, true));
	add_effect(&p, "/i", file("hush\n", 0600, true), nothing);
	add_effect(&p, "/j", nothing, thing(SP_FT_DIR, NULL));
	add_effect(&p, "/k", nothing, thing(SP_FT_LINK, "../x\x1b"));
	add_effect(&p, "/l", thing(SP_FT_LINK, "x"), thing(SP_FT_LINK, "y"));
	add_effect(&p, "/m\x1b", file("x\n", 0644, false),
		   thing(SP_FT_LINK, "y"));
	add_effect(&p, "/n", thing(SP_FT_OTHER, NULL), nothing);
	add_effect(&p, "/o", thing(SP_FT_DIR, NULL), nothing);
	sp_render_diff(&b, &p, false);
	assert_null(strstr(b.data, "hush"));
	assert_string_equal(b.data,
		"# new: /a (file, 0644, 0:0)\n"
		"--- /dev/null\n+++ b/a\n@@ -0,0 +1 @@\n+x\n"
		"# new: /b (file, 0600, 0:0, empty)\n"
		"# removed: /c (file, 0644, 0:0)\n"
		"--- a/c\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n"
		"--- a/d\n+++ b/d\n@@ -1 +1 @@\n-x\n+y\n"
		"# changed: /e (0644, 0:0 -> 0600, 0:0)\n"
		"--- a/e\n+++ b/e\n@@ -1 +1 @@\n-x\n+y\n"
		"# changed: /f (secret content differs)\n"
		"# changed: /g (0600, 0:0 -> 0640, 0:0)\n"
		"# new: /h (file, 0600, 0:0, secret content)\n"
		"# removed: /i (file, 0600, 0:0, secret content)\n"
		"# new: /j (directory, 0755, 0:5)\n"
		"# new: /k (link to ../x\\x1b)\n"
		"# changed: /l (link to x -> link to y)\n"
		"# changed: /m\\x1b (file, 0644, 0:0 -> link to y)\n"
		"# removed: /n (special file)\n"
		"# removed: /o (directory, 0755, 0:5)\n");
	clear(&p);
}

static void test_diff_colour(void **state)
{
	struct sp_plan p = { 0 };
	sp_auto_buf b = { 0 };

	(void)state;
	add_effect(&p, "/d", file("x\n", 0644, false), file("y", 0644, false));
	sp_render_diff(&b, &p, true);
	assert_string_equal(b.data,
			    "\x1b[31m--- a/d\x1b[0m\n"
			    "\x1b[32m+++ b/d\x1b[0m\n"
			    "\x1b[36m@@ -1 +1 @@\x1b[0m\n"
			    "\x1b[31m-x\x1b[0m\n"
			    "\x1b[32m+y\x1b[0m\n"
			    "\\ No newline at end of file\n");
	clear(&p);
}

/* --- the whole ----------------------------------------------------------- */

static void make_plan(struct sp_plan *p)
{
	struct sp_change c = new_change(&user, "u", SP_ADD);
	struct sp_command *cmd;

	sp_state_set_str(&c.after, F_HASH, "hush");
	set_groups(&c.after, "a");
	p->v = sp_xcalloc(8, sizeof(*p->v));
	p->v[p->n++] = c;
	c = new_change(&hostname, "hostname", SP_MODIFY);
	sp_state_set_str(&c.before, 0, "a");
	sp_state_set_str(&c.after, 0, "b");
	p->v[p->n++] = c;
	c = new_change(&user, "v", SP_REMOVE);
	sp_state_set_str(&c.before, F_HASH, "hush");
	p->v[p->n++] = c;
	p->n_add = p->n_modify = p->n_remove = 1;
	add_effect(p, "/etc/hostname", file("a\n", 0644, false),
		   file("b\n", 0644, false));
	add_effect(p, "/etc/localtime", nothing, thing(SP_FT_LINK, "../z"));
	add_effect(p, "/etc/shadow", file("hush", 0, true),
		   file("hush2", 0, true));
	add_effect(p, "/run/d", thing(SP_FT_DIR, NULL), nothing);
	add_effect(p, "/run/s", thing(SP_FT_OTHER, NULL), nothing);
	p->commands = cmd = sp_xcalloc(1, sizeof(*cmd));
	p->n_commands = 1;
	sp_strv_add(&cmd->argv, "/bin/x");
	sp_strv_add(&cmd->argv, "a b");
	sp_strv_add(&cmd->argv, "");
}

static void make_findings(struct sp_profile *profile, struct sp_diag *diag)
{
	sp_profile_add_text(profile, "one.yaml", "", 0);
	sp_profile_add_text(profile, "two\x1b.yaml", "", 0);
	sp_diag_add(diag, SP_WARNING, (struct sp_mark){ 1, 2, 1 }, "user \"u\"",
		    "third");
	sp_diag_add(diag, SP_WARNING, (struct sp_mark){ 0, 9, 1 }, NULL,
		    "second");
	sp_diag_add(diag, SP_ERROR, (struct sp_mark){ 0, 1, 1 }, NULL,
		    "an error is not a warning");
	sp_diag_add(diag, SP_WARNING, (struct sp_mark){ 0, 9, 7 }, NULL,
		    "behind the second");
	sp_diag_add(diag, SP_WARNING, (struct sp_mark){ 0, 3, 5 }, NULL,
		    "first of two");
	sp_diag_add(diag, SP_WARNING, (struct sp_mark){ 0, 3, 5 }, NULL,
		    "other of two");
	sp_diag_add(diag, SP_WARNING, (struct sp_mark){ 0 }, "hostname",
		    "without a place");
}

static void test_text(void **state)
{
	struct sp_plan p = { 0 };
	sp_auto_profile profile = { 0 };
	sp_auto_diag diag = { 0 };
	sp_auto_buf b = { 0 };

	(void)state;
	make_plan(&p);
	make_findings(&profile, &diag);
	sp_render_text(&b, &p, &profile, &diag, true, false);
	assert_string_equal(b.data,
		"+ user \"u\"\n"
		"    groups: [a]\n"
		"    password_hash: (secret)\n"
		"~ hostname\n"
		"    hostname: a -> b\n"
		"    undo does not bring back: names that others have kept\n"
		"- user \"v\"\n"
		"    undo does not bring back: the mail of a removed user\n"
		"\n"
		"--- a/etc/hostname\n"
		"+++ b/etc/hostname\n"
		"@@ -1 +1 @@\n"
		"-a\n"
		"+b\n"
		"# new: /etc/localtime (link to ../z)\n"
		"# changed: /etc/shadow (secret content differs)\n"
		"# removed: /run/d (directory, 0755, 0:5)\n"
		"# removed: /run/s (special file)\n"
		"# run: /bin/x \"a b\" \"\"\n"
		"\n"
		"warning: hostname: without a place\n"
		"warning: one.yaml:3: first of two\n"
		"warning: one.yaml:3: other of two\n"
		"warning: one.yaml:9: second\n"
		"warning: one.yaml:9: behind the second\n"
		"warning: two\\x1b.yaml:2: user \"u\": third\n"
		"Plan: 1 to add, 1 to change, 1 to remove.\n");
	sp_buf_clear(&b);
	p.n = 0;
	sp_render_text(&b, &p, NULL, NULL, false, true);
	assert_string_equal(b.data,
		"Nothing to do: the host is as the profile says.\n");
	p.n = 3;
	clear(&p);
}

static void test_many_warnings(void **state)
{
	sp_auto_diag diag = { 0 };
	sp_auto_buf b = { 0 };

	(void)state;
	for (unsigned i = 0; i < SP_DIAG_MAX + 7; i++)
		sp_diag_add(&diag, SP_WARNING, (struct sp_mark){ 0 }, NULL,
			    "%u", i);
	sp_render_warnings(&b, NULL, &diag, false);
	assert_true(sp_ends(b.data,
			    "warning: 99\n"
			    "warning: 7 more warnings are not shown\n"));
	sp_buf_clear(&b);
	diag.n = 1;
	diag.warnings = 1;
	sp_render_warnings(&b, NULL, &diag, true);
	assert_string_equal(b.data, "\x1b[33mwarning:\x1b[0m 0\n");
	diag.n = SP_DIAG_MAX;
}

/* Texts of a JSON tree by path, "changes.0.kind"; "" for what is not text. */
static const char *at(const struct sp_ynode *n, const char *path)
{
	sp_auto_strv keys = { 0 };
	const char *s;

	sp_strv_split(&keys, path, ".");
	for (size_t i = 0; i < keys.n && n; i++) {
		int64_t k;

		if (n->kind != SP_Y_LIST)
			n = sp_ynode_get(n, keys.v[i]);
		else if (sp_parse_int(keys.v[i], 0, (int64_t)n->n - 1, &k))
			n = n->items[k];
		else
			n = NULL;
	}
	s = n ? sp_ynode_text(n) : "?";
	return s ? s : "";
}

static void test_json(void **state)
{
	static const char *const rows[][2] = {
		{ "sprout", "1" },
		{ "changes.0.kind", "user" },
		{ "changes.0.id", "u" },
		{ "changes.0.op", "add" },
		{ "changes.0.before", "null" },
		{ "changes.0.after.groups.0", "a" },
		{ "changes.0.after.password_hash", "(secret)" },
		{ "changes.0.differs.0", "?" },
		{ "changes.0.undo_limits", "null" },
		{ "changes.1.op", "modify" },
		{ "changes.1.before.hostname", "a" },
		{ "changes.1.after.hostname", "b" },
		{ "changes.1.differs.0", "hostname" },
		{ "changes.1.differs.1", "?" },
		{ "changes.2.op", "remove" },
		{ "changes.2.before.password_hash", "(secret)" },
		{ "changes.2.after", "null" },
		{ "changes.2.undo_limits", "the mail of a removed user" },
		{ "changes.3", "?" },
		{ "warnings.0.file", "null" },
		{ "warnings.0.line", "0" },
		{ "warnings.0.object", "hostname" },
		{ "warnings.1.file", "one.yaml" },
		{ "warnings.1.line", "3" },
		{ "warnings.1.column", "5" },
		{ "warnings.1.text", "first of two" },
		{ "warnings.6", "?" },
		{ "files.0.path", "/etc/hostname" },
		{ "files.0.op", "modify" },
		{ "files.0.type", "file" },
		{ "files.0.mode", "0644" },
		{ "files.0.diff",
		  "--- a/etc/hostname\n+++ b/etc/hostname\n@@ -1 +1 @@\n-a\n+b\n" },
		{ "files.1.op", "add" },
		{ "files.1.type", "link" },
		{ "files.1.mode", "null" },
		{ "files.1.gid", "5" },
		{ "files.1.target", "../z" },
		{ "files.1.diff", "null" },
		{ "files.2.secret", "true" },
		{ "files.2.diff", "null" },
		{ "files.3.type", "directory" },
		{ "files.3.op", "remove" },
		{ "files.3.mode", "0755" },
		{ "files.4.type", "other" },
		{ "files.5", "?" },
		{ "commands.0.0", "/bin/x" },
		{ "commands.0.1", "a b" },
		{ "commands.0.2", "" },
		{ "commands.0.3", "?" },
		{ "summary.add", "1" },
		{ "summary.modify", "1" },
		{ "summary.remove", "1" },
	};
	static const struct sp_yaml_limits limits = { 1 << 20, 64, 10000,
						      1 << 20 };
	struct sp_plan p = { 0 };
	sp_auto_profile profile = { 0 };
	sp_auto_diag diag = { 0 };
	sp_auto_yaml y = { 0 };
	sp_auto_err err = { 0 };
	sp_auto_buf b = { 0 };

	(void)state;
	make_plan(&p);
	make_findings(&profile, &diag);
	sp_render_json(&b, &p, &profile, &diag);
	assert_null(strstr(b.data, "hush"));
	assert_true(sp_ends(b.data, "}\n"));
	if (sp_yaml_read(b.data, b.len, &limits, &y, &err) < 0)
		fail_msg("%s: %s", err.msg, b.data);
	for (size_t i = 0; i < SP_COUNT(rows); i++)
		if (strcmp(at(y.root, rows[i][0]), rows[i][1]) != 0)
			fail_msg("%s: %s", rows[i][0], at(y.root, rows[i][0]));
	clear(&p);
}

static void test_json_empty(void **state)
{
	struct sp_plan p = { 0 };
	sp_auto_buf b = { 0 };

	(void)state;
	sp_render_json(&b, &p, NULL, NULL);
	assert_string_equal(b.data,
			    "{\n"
			    "  \"sprout\": 1,\n"
			    "  \"changes\": [],\n"
			    "  \"warnings\": [],\n"
			    "  \"files\": [],\n"
			    "  \"commands\": [],\n"
			    "  \"later\": [],\n"
			    "  \"summary\": {\n"
			    "    \"add\": 0,\n"
			    "    \"modify\": 0,\n"
			    "    \"remove\": 0\n"
			    "  }\n"
			    "}\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_add),
		cmocka_unit_test(test_modify),
		cmocka_unit_test(test_long_lists),
		cmocka_unit_test(test_remove),
		cmocka_unit_test(test_others),
		cmocka_unit_test(test_diff),
		cmocka_unit_test(test_diff_colour),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_many_warnings),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_json_empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
