/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_sysctlconf.c - names and lines of sysctl.d files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "core/kind.h"
#include "core/mem.h"
#include "harden/sysctlconf.h"

const struct sp_kind *const sp_kinds[] = { NULL };

static void test_names(void **state)
{
	static const struct {
		const char *name;
		const char *key; /* NULL: refused */
	} rows[] = {
		{ "net.ipv4.ip_forward", "net.ipv4.ip_forward" },
		{ "net/ipv4/ip_forward", "net.ipv4.ip_forward" },
		{ "-net.ipv4.ip_forward", "net.ipv4.ip_forward" },
		{ "net.ipv4.conf.eth0/5.forwarding",
		  "net/ipv4/conf/eth0.5/forwarding" },
		{ "net/ipv4/conf/eth0.5/forwarding",
		  "net/ipv4/conf/eth0.5/forwarding" },
		{ "net.ipv4.conf.*.rp_filter", "net.ipv4.conf.*.rp_filter" },
		{ "a.b", "a.b" },
		{ "", NULL },
		{ "-", NULL },
		{ "panic", NULL },
		{ ".a.b", NULL },
		{ "a.", NULL },
		{ "a..b", NULL },
		{ "a/../b", NULL },
		{ "a/./b", NULL },
		{ "a.//.b", NULL },
		{ "a b.c", NULL },
		{ "a.b=c", NULL },
		{ "a.b\n", NULL },
		{ "--a.b", NULL },
	};

	(void)state;
	for (size_t i = 0; i < SP_COUNT(rows); i++) {
		sp_auto_err err = { 0 };
		sp_auto_free char *key = NULL;
		int r = sp_sysctl_check_name(rows[i].name, &err);

		if (r != (rows[i].key ? 0 : -EINVAL))
			fail_msg("%s: %s", rows[i].name, r ? err.msg : "taken");
		if (!rows[i].key)
			continue;
		key = sp_sysctl_key(rows[i].name, strlen(rows[i].name));
		assert_string_equal(key, rows[i].key);
	}
}

static void test_value(void **state)
{
	static const struct {
		const char *text, *want;
	} rows[] = {
		{ "1", "1" }, { " 1 ", "1" }, { "4\t4  1 \t 7\r", "4 4 1 7" },
		{ "", "" },   { " \t", "" },  { "a=b # c", "a=b # c" },
	};

	(void)state;
	for (size_t i = 0; i < SP_COUNT(rows); i++) {
		sp_auto_free char *got =
			sp_sysctl_value(rows[i].text, strlen(rows[i].text));

		assert_string_equal(got, rows[i].want);
	}
}

static void test_lines(void **state)
{
	static const char text[] = "# a.b = 1\n ; a.b = 2\n\na.b\n-a.c\n= 3\n"
				   "  -a.b  =  x = y \r\na/b=4";
	struct sp_sysctl_line l;
	size_t pos = 0;

	(void)state;
	assert_true(sp_sysctl_next(text, strlen(text), &pos, &l));
	assert_true(l.lenient);
	assert_true(sp_sysctl_is(&l, "a.b"));
	assert_int_equal(l.value_len, 5);
	assert_memory_equal(l.value, "x = y", 5);
	assert_true(sp_sysctl_next(text, strlen(text), &pos, &l));
	assert_false(l.lenient);
	assert_true(sp_sysctl_is(&l, "a.b"));
	assert_false(sp_sysctl_is(&l, "a.c"));
	assert_int_equal(l.len, 5);
	assert_false(sp_sysctl_next(text, strlen(text), &pos, &l));
	pos = 0;
	assert_false(sp_sysctl_next(NULL, 0, &pos, &l));
}

static void test_set(void **state)
{
	static const struct {
		const char *name, *text, *key, *line, *want;
	} rows[] = {
		{ "empty", "", "a.b", "a.b = 1\n", "a.b = 1\n" },
		{ "at the end", "x.y=1", "a.b", "a.b = 1\n",
		  "x.y=1\na.b = 1\n" },
		{ "in place", "x.y=1\n a/b=0\n# a\n", "a.b", "a.b = 1\n",
		  "x.y=1\na.b = 1\n# a\n" },
		{ "the last one's place", "a.b=0\nx.y=1\n-a.b=2", "a.b",
		  "a.b = 1\n", "x.y=1\na.b = 1\n" },
		{ "gone", "a.b=0\nx.y=1\n-a.b=2", "a.b", NULL, "x.y=1\n" },
		{ "not there", "x.y=1", "a.b", NULL, "x.y=1" },
		{ "a dot inside a part", "n.c.e/5.f=1\n", "n/c/e.5/f",
		  "n/c/e.5/f = 0\n", "n/c/e.5/f = 0\n" },
		{ "dots are not slashes", "n.c.e.5.f=1\n", "n/c/e.5/f", NULL,
		  "n.c.e.5.f=1\n" },
	};

	(void)state;
	for (size_t i = 0; i < SP_COUNT(rows); i++) {
		sp_auto_buf text = { 0 };

		sp_buf_add(&text, rows[i].text);
		for (int again = 0; again < 2; again++) {
			sp_sysctl_set(&text, rows[i].key, rows[i].line);
			if (strcmp(sp_buf_cstr(&text), rows[i].want) != 0)
				fail_msg("%s: %s", rows[i].name,
					 sp_buf_cstr(&text));
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_value),
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_set),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
