/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_modules.c - what modules.yaml says, and what is hidden by it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "core/kind.h"
#include "core/mem.h"
#include "pkg/modules.h"

const struct sp_kind *const sp_kinds[] = { NULL };

static void test_read(void **state)
{
	static const char text[] =
		"---\n"
		"document: modulemd\nversion: 2\n"
		"data:\n  name: nodejs\n  stream: \"18\"\n"
		"  artifacts:\n    rpms:\n    - nodejs-0:18.1-1.noarch\n"
		"...\n---\n"
		"document: modulemd-defaults\nversion: 1\n"
		"data:\n  module: nodejs\n  stream: \"18\"\n"
		"--- # the next\n"
		"document: modulemd\nversion: 2\n"
		"data: {name: nodejs, stream: 20,\n"
		"       artifacts: {rpms: [a-0:1-1.noarch, b-0:1-1.noarch]}}\n"
		"---\n"
		"document: modulemd-obsoletes\nversion: 1\n"
		"data: {module: nodejs}";
	struct sp_modules m = { 0 };
	sp_auto_err err = { 0 };
	sp_auto_free char *artifacts = NULL, *active = NULL, *streams = NULL;

	(void)state;
	if (sp_modules_read(text, sizeof(text) - 1, &m, &err) < 0)
		fail_msg("%s", err.msg);
	streams = sp_strv_join(&m.streams, "|");
	active = sp_strv_join(&m.active, "|");
	artifacts = sp_strv_join(&m.artifacts, "|");
	assert_string_equal(streams, "nodejs:18|nodejs:20");
	assert_string_equal(active, "nodejs:18");
	assert_string_equal(artifacts,
			    "nodejs:18 nodejs-0:18.1-1.noarch|"
			    "nodejs:20 a-0:1-1.noarch|nodejs:20 b-0:1-1.noarch");
	sp_modules_clear(&m);
}

static void test_bad(void **state)
{
	struct sp_modules m = { 0 };
	sp_auto_err err = { 0 };
	static const char text[] = "---\ndocument: [\n";

	(void)state;
	assert_int_equal(sp_modules_read(text, sizeof(text) - 1, &m, &err),
			 -EBADMSG);
	assert_int_equal(sp_modules_read("", 0, &m, &err), 0);
	assert_int_equal(sp_modules_read("\n\n---\n", 6, &m, &err), 0);
	sp_modules_clear(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read),
		cmocka_unit_test(test_bad),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
