/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_junit.c - a plan as test results. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/junit.h"
#include "core/mem.h"

static const struct sp_field fields[] = {
	{ .name = "text", .type = SP_T_STR },
	{ 0 }
};

static const struct sp_kind thing = {
	.name = "thing", .section = "things", .shape = SP_SHAPE_LIST,
	.fields = fields,
};
static const struct sp_kind only = {
	.name = "only", .section = "only", .shape = SP_SHAPE_SCALAR,
	.fields = fields,
};

const struct sp_kind *const sp_kinds[] = { &only, &thing, NULL };

static void add_change(struct sp_plan *p, const struct sp_kind *kind,
		       const char *id, const char *text)
{
	struct sp_change c = { .kind = kind, .id = sp_xstrdup(id), .op = SP_ADD };

	sp_state_init(&c.before, fields);
	sp_state_init(&c.after, fields);
	c.after.present = true;
	sp_state_set_str(&c.after, 0, text);
	p->v = sp_grow(p->v, p->n, sizeof(*p->v));
	p->v[p->n++] = c;
	p->n_add++;
}

static void read_profile(struct sp_profile *p, struct sp_diag *diag)
{
	static const char text[] = "sprout: 1\n"
				   "only: x\n"
				   "things:\n"
				   "  - {name: \"a<&\\\"b\", text: a}\n"
				   "  - {name: b, text: b}\n"
				   "  - {name: c, text: c}\n";

	sp_profile_add_text(p, "p.yaml", text, sizeof(text) - 1);
	sp_profile_parse(p, diag);
	assert_int_equal(p->n, 4);
	assert_int_equal(diag->n, 0);
}

static void test_suite(void **state)
{
	sp_auto_plan plan = { 0 };
	sp_auto_profile profile = { 0 };
	sp_auto_diag diag = { 0 };
	sp_auto_buf b = { 0 }, doc = { 0 };
	const struct sp_planned p = { "vd01", &profile, &diag, &plan, NULL };
	struct sp_junit_counts sum = { 1, 1, 1, 1 };

	(void)state;
	read_profile(&profile, &diag);
	add_change(&plan, &thing, "b", "]]>\xef\xbf\xbf" "x");
	add_change(&plan, &only, "only", "y");
	sp_strv_add(&plan.later, "thing \"c\": not yet");
	sp_strv_add(&plan.later, "thing \"cc\": other");
	sp_diag_add(&diag, SP_WARNING, (struct sp_mark){ 0, 5, 3 },
		    "thing \"b\"", "mind\x1b");
	sp_diag_add(&diag, SP_WARNING, (struct sp_mark){ 0 }, NULL, "all");
	sp_junit_suite(&b, &p, &sum);
	assert_string_equal(b.data,
		"  <testsuite name=\"vd01\" tests=\"5\" failures=\"2\" "
		"errors=\"0\" skipped=\"1\">\n"
		"    <testcase classname=\"vd01\" name=\"only\">\n"
		"      <failure message=\"to be added\" type=\"drift\">+ only\n"
		"    text: y\n</failure>\n"
		"    </testcase>\n"
		"    <testcase classname=\"vd01\" "
		"name=\"thing &quot;a&lt;&amp;&quot;b&quot;\"/>\n"
		"    <testcase classname=\"vd01\" name=\"thing &quot;b&quot;\">\n"
		"      <failure message=\"to be added\" type=\"drift\">"
		"+ thing \"b\"\n    text: ]]&gt;\\xef\\xbf\\xbfx\n</failure>\n"
		"      <system-out>p.yaml:5: thing \"b\": mind\\x1b\n"
		"</system-out>\n"
		"    </testcase>\n"
		"    <testcase classname=\"vd01\" name=\"thing &quot;c&quot;\">\n"
		"      <skipped message=\"not yet\"/>\n"
		"    </testcase>\n"
		"    <testcase classname=\"vd01\" name=\"profile\">\n"
		"      <system-out>all\n</system-out>\n"
		"    </testcase>\n"
		"  </testsuite>\n");
	sp_junit_document(&doc, &b, &sum);
	assert_true(sp_starts(doc.data,
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<testsuites name=\"sprout plan\" tests=\"6\" failures=\"3\" "
		"errors=\"1\" skipped=\"2\">\n"
		"  <testsuite name=\"vd01\""));
	assert_true(sp_ends(doc.data, "  </testsuite>\n</testsuites>\n"));
}

/* Without a plan nothing is known of what has no error of its own. */
static void test_errors(void **state)
{
	sp_auto_profile profile = { 0 };
	sp_auto_diag diag = { 0 };
	sp_auto_buf b = { 0 };
	struct sp_planned p = { "h", &profile, &diag, NULL, NULL };
	struct sp_junit_counts sum = { 0 };

	(void)state;
	read_profile(&profile, &diag);
	sp_diag_add(&diag, SP_ERROR, (struct sp_mark){ 0, 5, 3 },
		    "thing \"b\"", "one");
	sp_diag_add(&diag, SP_ERROR, (struct sp_mark){ 0, 5, 4 },
		    "thing \"b\"", "two");
	for (unsigned i = 0; i < SP_DIAG_MAX; i++)
		sp_diag_add(&diag, SP_ERROR, (struct sp_mark){ 0, i + 1, 1 },
			    NULL, "no key \"a\nb\" %u", i);
	sp_junit_suite(&b, &p, &sum);
	assert_int_equal(sum.tests, 5);
	assert_int_equal(sum.errors, 2);
	assert_int_equal(sum.skipped, 3);
	assert_int_equal(sum.failures, 0);
	assert_non_null(strstr(b.data,
		"<error message=\"p.yaml:5: thing &quot;b&quot;: one\" "
		"type=\"finding\">p.yaml:5: thing \"b\": one\n"
		"p.yaml:5: thing \"b\": two\n</error>\n"));
	assert_non_null(strstr(b.data, "and 2 more errors and warnings\n"));
	assert_non_null(strstr(b.data,
			       "<skipped message=\"no plan could be made\"/>"));

	sp_buf_clear(&b);
	p = (struct sp_planned){ "h", NULL, NULL, NULL, "no root\nat all" };
	sum = (struct sp_junit_counts){ 0 };
	sp_junit_suite(&b, &p, &sum);
	assert_string_equal(b.data,
		"  <testsuite name=\"h\" tests=\"1\" failures=\"0\" "
		"errors=\"1\" skipped=\"0\">\n"
		"    <testcase classname=\"h\" name=\"profile\">\n"
		"      <error message=\"no root\" type=\"finding\">no root\n"
		"at all\n</error>\n"
		"    </testcase>\n"
		"  </testsuite>\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_suite),
		cmocka_unit_test(test_errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
