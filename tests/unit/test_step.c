/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_step.c - steps of a transaction to text and back; names; sizes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "core/kind.h"
#include "core/mem.h"
#include "pkg/step.h"

const struct sp_kind *const sp_kinds[] = { NULL };

static void test_nevra(void **state)
{
	static const struct {
		const char *in, *name, *evr, *arch; /* name NULL: refused */
	} rows[] = {
		{ "zip-3.0-1.noarch", "zip", "3.0-1", "noarch" },
		{ "java-1.8.0-openjdk-1:1.8.0.402.b06-2.el9.x86_64",
		  "java-1.8.0-openjdk", "1:1.8.0.402.b06-2.el9", "x86_64" },
		{ "a-0:1-2.i686", "a", "1-2", "i686" },
		{ "zip", NULL, NULL, NULL },
		{ "zip-3.0.noarch", NULL, NULL, NULL },
		{ "zip-3.0-1", NULL, NULL, NULL },
		{ "zip-3.0-1.", NULL, NULL, NULL },
		{ "-3.0-1.noarch", NULL, NULL, NULL },
		{ "zip--1.noarch", NULL, NULL, NULL },
		{ "zip 3-3.0-1.noarch", NULL, NULL, NULL },
		{ "", NULL, NULL, NULL },
	};

	(void)state;
	for (size_t i = 0; i < SP_COUNT(rows); i++) {
		sp_auto_nevra n = { 0 };
		sp_auto_err err = { 0 };
		int r = sp_nevra_parse(rows[i].in, &n, &err);

		if (!rows[i].name) {
			if (r != -EINVAL || n.name)
				fail_msg("\"%s\" was taken", rows[i].in);
			continue;
		}
		assert_int_equal(r, 0);
		assert_string_equal(n.name, rows[i].name);
		assert_string_equal(n.evr, rows[i].evr);
		assert_string_equal(n.arch, rows[i].arch);
	}
}

static void test_text(void **state)
{
	static const char *const lines[] = {
		"install zip-3.0-1.noarch from base (120 kB)",
		"install zip-3.0-1.noarch from media:verde (0 B)",
		"update redis-6.2-1.x86_64 to redis-7.0-1.x86_64 from base (1.2 MB)",
		"update a-1-1.noarch to a-2-1.noarch from b (1.2 MB), "
		"the old one cannot be brought back",
		"downgrade a-2-1.noarch to a-1-1.noarch from b (6.2 kB)",
		"remove old-1-1.noarch",
		"remove old-1-1.noarch, cannot be brought back",
		"remove old-1-1.noarch, replaced by new-2-1.noarch",
		"remove old-1-1.noarch, replaced by new-2-1.noarch, "
		"cannot be brought back",
		"import key 0123ABCD from base (Example (tests) <ex@example.com>)",
		"import key 0123ABCD from base ()",
	};

	(void)state;
	for (size_t i = 0; i < SP_COUNT(lines); i++) {
		struct sp_step s = { 0 };
		sp_auto_err err = { 0 };
		sp_auto_free char *text = NULL;

		if (sp_step_parse(lines[i], &s, &err) != 0)
			fail_msg("%s", err.msg);
		/* the size itself is not read back */
		if (strstr(lines[i], "120 kB"))
			s.size = 120000;
		else if (strstr(lines[i], "0 B"))
			s.size = 0;
		else if (strstr(lines[i], "1.2 MB"))
			s.size = 1200000;
		else if (strstr(lines[i], "6.2 kB"))
			s.size = 6200;
		text = sp_step_text(&s);
		assert_string_equal(text, lines[i]);
		free(text);
		text = sp_step_told(lines[i]); /* in English: the same */
		assert_string_equal(text, lines[i]);
		sp_step_clear(&s);
	}
}

static void test_bad(void **state)
{
	static const char *const lines[] = {
		"", "install", "install ", "instal zip-3.0-1.noarch",
		"update zip-3.0-1.noarch from base", "remove a to b",
		"remove a, and more", "install a from b (1 kB",
		"import key AB from base (x", "install a from b (1 kB) more",
	};

	(void)state;
	for (size_t i = 0; i < SP_COUNT(lines); i++) {
		struct sp_step s = { 0 };
		sp_auto_err err = { 0 };

		if (sp_step_parse(lines[i], &s, &err) != -EBADMSG || s.pkg)
			fail_msg("\"%s\" was taken", lines[i]);
	}
}

static void test_sizes(void **state)
{
	static const struct {
		int64_t in;
		const char *want;
	} rows[] = {
		{ 0, "0 B" },		    { 999, "999 B" },
		{ 1000, "1.0 kB" },	    { 9940, "9.9 kB" },
		{ 9960, "10 kB" },	    { 999499, "999 kB" },
		{ 999500, "1.0 MB" },	    { -1500000, "-1.5 MB" },
		{ 2000000000000, "2.0 TB" },
	};

	(void)state;
	for (size_t i = 0; i < SP_COUNT(rows); i++) {
		sp_auto_buf b = { 0 };

		sp_size_format(rows[i].in, &b);
		assert_string_equal(sp_buf_cstr(&b), rows[i].want);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nevra),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_sizes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
