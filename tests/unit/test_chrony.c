/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_chrony.c - the lines of chrony.conf, their values, and edits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "core/kind.h"
#include "core/mem.h"
#include "harden/chrony.h"

const struct sp_kind *const sp_kinds[] = { NULL };

typedef int canon_fn(const char *text, char **ret, struct sp_err *err);

static void check_canon(canon_fn *canon, const char *text, const char *want)
{
	char *got = (char *)"untouched";
	sp_auto_err err = { 0 };
	int r = canon(text, &got, &err);

	if (want) {
		if (r != 0 || strcmp(got, want) != 0)
			fail_msg("\"%s\": %s", text, r ? err.msg : got);
		free(got);
		return;
	}
	if (r != -EINVAL || strcmp(got, "untouched") != 0 || !err.msg)
		fail_msg("\"%s\" was taken", text);
}

static void test_source(void **state)
{
	static const struct {
		const char *text, *want;
	} rows[] = {
		{ "ntp.example.com", "ntp.example.com" },
		{ "NTP.Example.COM.", "ntp.example.com" },
		{ "ntp", "ntp" },
		{ "2.pool.ntp.org", "2.pool.ntp.org" },
		{ "3com", "3com" },
		{ "192.0.2.7", "192.0.2.7" },
		{ "2001:DB8:0:0::1", "2001:db8::1" },
		{ "::ffff:192.0.2.1", "::ffff:192.0.2.1" },
		{ "ntp_1.example.com", "ntp_1.example.com" },
		{ "", NULL },
		{ ".", NULL },
		{ "a..b", NULL },
		{ ".a", NULL },
		{ "a.-b", NULL },
		{ "a-.b", NULL },
		{ "192.0.2", NULL },
		{ "192.0.2.256", NULL },
		{ "192.0.2.07", NULL },
		{ "1:2", NULL },
		{ "a b", NULL },
		{ "a\tb", NULL },
		{ "a#b", NULL },
		{ "http://a", NULL },
		{ "fe80::1%eth0", NULL },
	};
	char label[80], name[300];

	(void)state;
	for (size_t i = 0; i < SP_COUNT(rows); i++)
		check_canon(sp_chrony_source, rows[i].text, rows[i].want);
	memset(label, 'a', sizeof(label));
	label[63] = '\0';
	check_canon(sp_chrony_source, label, label);
	label[63] = 'a';
	label[64] = '\0';
	check_canon(sp_chrony_source, label, NULL);
	for (size_t i = 0; i < 254; i++)
		name[i] = i % 2 ? '.' : 'a';
	name[253] = '\0';
	check_canon(sp_chrony_source, name, name);
	memcpy(name + 253, "bb", 3);
	check_canon(sp_chrony_source, name, NULL);
}

static void test_subnet(void **state)
{
	static const struct {
		const char *text, *want;
	} rows[] = {
		{ "all", "all" },
		{ "192.0.2.1", "192.0.2.1" },
		{ "192.0.2.1/32", "192.0.2.1" },
		{ "192.0.2.0/24", "192.0.2.0/24" },
		{ "192.0.2", "192.0.2.0/24" },
		{ "10.1", "10.1.0.0/16" },
		{ "10", "10.0.0.0/8" },
		{ "10/7", "10.0.0.0/7" },
		{ "0/0", "0.0.0.0/0" },
		{ "::/0", "::/0" },
		{ "2001:DB8::/32", "2001:db8::/32" },
		{ "2001:db8::1/128", "2001:db8::1" },
		{ "192.0.2.1/24", NULL },
		{ "10.1/8", NULL },
		{ "2001:db8::1/127", NULL },
		{ "192.0.2.0/33", NULL },
		{ "192.0.2.0/-1", NULL },
		{ "192.0.2.0/", NULL },
		{ "192.0.2.0/24/", NULL },
		{ "::/129", NULL },
		{ "", NULL },
		{ "/24", NULL },
		{ ".", NULL },
		{ "10.", NULL },
		{ "10..1", NULL },
		{ "256", NULL },
		{ "10.1.2.3.4", NULL },
		{ "ALL", NULL },
		{ "host", NULL },
	};

	(void)state;
	for (size_t i = 0; i < SP_COUNT(rows); i++)
		check_canon(sp_chrony_subnet, rows[i].text, rows[i].want);
}

static void test_seconds(void **state)
{
	static const struct {
		const char *text, *want;
	} rows[] = {
		{ "1", "1" },
		{ "1.0", "1" },
		{ "1.", "1" },
		{ ".5", "0.5" },
		{ "0.50", "0.5" },
		{ "007.070", "7.07" },
		{ "0", "0" },
		{ "00.00", "0" },
		{ ".0", "0" },
		{ "10", "10" },
		{ "100.100", "100.1" },
		{ "", NULL },
		{ ".", NULL },
		{ "-1", NULL },
		{ "+1", NULL },
		{ "1e3", NULL },
		{ "1.5s", NULL },
		{ " 1", NULL },
		{ "1,5", NULL },
		{ "1.5.5", NULL },
		{ "0.0000000000000000000000000000001", NULL },
	};

	(void)state;
	for (size_t i = 0; i < SP_COUNT(rows); i++)
		check_canon(sp_chrony_seconds, rows[i].text, rows[i].want);
}

static void test_lines(void **state)
{
	static const char text[] = "\n! a\n; b\n  # c\n%d\nServer  x  y \r\n"
				   "rtcsync\n\tallow";
	struct sp_chrony_line l;
	size_t pos = 0;

	(void)state;
	assert_true(sp_chrony_next(text, strlen(text), &pos, &l));
	assert_true(sp_chrony_is(&l, "server"));
	assert_false(sp_chrony_is(&l, "serve"));
	assert_int_equal(l.args_len, 4);
	assert_memory_equal(l.args, "x  y", 4);
	assert_int_equal(l.len, strlen("Server  x  y \r\n"));
	assert_true(sp_chrony_next(text, strlen(text), &pos, &l));
	assert_true(sp_chrony_is(&l, "rtcsync"));
	assert_int_equal(l.args_len, 0);
	assert_true(sp_chrony_next(text, strlen(text), &pos, &l));
	assert_true(sp_chrony_is(&l, "allow"));
	assert_false(sp_chrony_next(text, strlen(text), &pos, &l));
	pos = 0;
	assert_false(sp_chrony_next(NULL, 0, &pos, &l));
}

static void test_items(void **state)
{
	static const struct {
		const char *directive;
		sp_chrony_item_fn *item;
		const char *want;
	} rows[] = {
		{ "server", sp_chrony_source_item, "a|192.0.2.1|%x" },
		{ "allow", sp_chrony_subnet_item,
		  "all|all|10.0.0.0/8|10.0.0.0/8|ntp.example.com" },
		{ "pool", sp_chrony_source_item, "" },
	};
	sp_auto_buf text = { 0 };

	(void)state;
	sp_buf_add(&text, "server A iburst\nserver 192.0.2.1\nserver\n"
			  "SERVER %x\npools b\nallow\nallow all\nallow 10\n"
			  "allow all 10.1.2.3/8\nallow ntp.example.com\n");
	for (size_t i = 0; i < SP_COUNT(rows); i++) {
		sp_auto_strv items = { 0 };
		sp_auto_free char *got = NULL;

		sp_chrony_items(&text, rows[i].directive, rows[i].item, &items);
		got = sp_strv_join(&items, "|");
		assert_string_equal(got, rows[i].want);
	}
}

static void test_set_items(void **state)
{
	static const struct {
		const char *name, *text, *want, *result;
	} rows[] = {
		{ "empty text", "", "a", "server a iburst\n" },
		{ "none wanted, none there", "x\n", "", "x\n" },
		{ "nothing to do", "server a\nserver b minpoll 4", "b a",
		  "server a\nserver b minpoll 4" },
		{ "at the first that goes", "k\nserver a\nserver b\nserver c\n",
		  "b d e", "k\nserver d iburst\nserver e iburst\nserver b\n" },
		{ "behind the last that stays", "server a\nk\nserver b",
		  "a b c", "server a\nk\nserver b\nserver c iburst\n" },
		{ "behind the one that is commented out",
		  "# server for all\n#server x\nk\n", "a",
		  "# server for all\n#server x\nserver a iburst\nk\n" },
		{ "a longer word is no comment of it", "#servers x\nk\n", "a",
		  "#servers x\nk\nserver a iburst\n" },
		{ "behind its neighbour", "pool p\nk\n", "a",
		  "pool p\nserver a iburst\nk\n" },
		{ "at the end", "k", "a", "k\nserver a iburst\n" },
		{ "all go", "server a\nk\n server b\n", "", "k\n" },
		{ "the last line goes", "k\nserver a", "", "k\n" },
		{ "a line without a name goes", "server\nk\n", "", "k\n" },
	};

	(void)state;
	for (size_t i = 0; i < SP_COUNT(rows); i++) {
		sp_auto_buf text = { 0 };
		sp_auto_strv want = { 0 };

		sp_buf_add(&text, rows[i].text);
		sp_strv_split(&want, rows[i].want, " ");
		for (int again = 0; again < 2; again++) {
			sp_chrony_set_items(&text, "server",
					    sp_chrony_source_item, &want,
					    " iburst", "pool");
			if (strcmp(sp_buf_cstr(&text), rows[i].result) != 0)
				fail_msg("%s: %s", rows[i].name,
					 sp_buf_cstr(&text));
		}
	}
}

static void test_set(void **state)
{
	static const struct {
		const char *name, *text, *line, *result;
	} rows[] = {
		{ "at the end", "k", "makestep 1 3", "k\nmakestep 1 3\n" },
		{ "in place of the last", "makestep 2 2\nk\nMakeStep 1 1\nl\n",
		  "makestep 1 3", "k\nmakestep 1 3\nl\n" },
		{ "behind the comment", "#makestep\nk\n", "makestep 1 3",
		  "#makestep\nmakestep 1 3\nk\n" },
		{ "gone", "makestep 2 2\nk\nmakestep 1 1", NULL, "k\n" },
		{ "not there", "k", NULL, "k" },
	};

	(void)state;
	for (size_t i = 0; i < SP_COUNT(rows); i++) {
		sp_auto_buf text = { 0 };

		sp_buf_add(&text, rows[i].text);
		for (int again = 0; again < 2; again++) {
			sp_chrony_set(&text, "makestep", rows[i].line);
			if (strcmp(sp_buf_cstr(&text), rows[i].result) != 0)
				fail_msg("%s: %s", rows[i].name,
					 sp_buf_cstr(&text));
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_source),
		cmocka_unit_test(test_subnet),
		cmocka_unit_test(test_seconds),
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_items),
		cmocka_unit_test(test_set_items),
		cmocka_unit_test(test_set),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
