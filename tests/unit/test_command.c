/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_command.c - what is said of a command that fails, in an apply. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "core/host_overlay.h"
#include "core/kind.h"
#include "core/mem.h"

extern const struct sp_kind sp_kind_command;
const struct sp_kind *const sp_kinds[] = { &sp_kind_command, NULL };

enum { RUN, CREATES, UNLESS, EXPECT, TIMEOUT }; /* the order of the kind's table */

/* What the next program does. */
struct answer {
	int status;
	const char *text;
	int runs;
	int limit_s; /* what it was given */
	bool expired;
};

static int run(void *arg, struct sp_host *h, int change,
	       const char *const argv[], int limit_s, struct sp_output *ret,
	       struct sp_err *err)
{
	struct answer *a = arg;

	(void)h;
	(void)change;
	(void)argv;
	(void)err;
	a->runs++;
	a->limit_s = limit_s;
	*ret = (struct sp_output){ .status = a->status, .expired = a->expired };
	sp_buf_add(&ret->text, a->text);
	return 0;
}

static int commit(void *arg, struct sp_host *h, struct sp_err *err)
{
	(void)arg;
	(void)h;
	(void)err;
	return 0;
}

/* Apply one command; @creates may be NULL, @timeout 0. */
static int apply(struct answer *a, int expect, const char *creates, int timeout,
		 struct sp_err *err)
{
	const struct sp_applier applier = { .commit = commit,
					    .run = run,
					    .arg = a };
	struct sp_change c = { .kind = &sp_kind_command, .op = SP_ADD };
	sp_auto_strv argv = { 0 };
	struct sp_root *root;
	int r;

	assert_int_equal(sp_root_open("/", &root, err), 0);
	struct sp_host *h = sp_host_new(root);

	sp_host_set_applier(h, &applier);
	sp_state_init(&c.before, sp_kind_command.fields);
	sp_state_init(&c.after, sp_kind_command.fields);
	c.after.present = true;
	sp_strv_add(&argv, "/usr/bin/x");
	sp_state_set_list(&c.after, RUN, &argv);
	if (expect)
		sp_state_set_int(&c.after, EXPECT, expect);
	if (creates)
		sp_state_set_str(&c.after, CREATES, creates);
	if (timeout)
		sp_state_set_int(&c.after, TIMEOUT, timeout);
	r = sp_kind_command.apply(h, &c, err);
	sp_change_clear(&c);
	sp_host_free(h);
	sp_root_free(root);
	return r;
}

static void test_results(void **state)
{
	static const struct {
		int status, expect;
		const char *text, *want; /* NULL: a success */
	} rows[] = {
		{ 0, 0, "", NULL },
		{ 3, 3, "noise\n", NULL },
		{ 130, 130, "", NULL },
		{ 1, 0, "", "/usr/bin/x exited with 1, 0 was expected" },
		{ 0, 3, "", "/usr/bin/x exited with 0, 3 was expected" },
		{ 1, 0, "why\n",
		  "/usr/bin/x exited with 1, 0 was expected: why" },
		{ 1, 0, "a\nb\nc\nd\n\n",
		  "/usr/bin/x exited with 1, 0 was expected: b; c; d" },
		{ 1, 0, "a\tb\x1b[31m\n",
		  "/usr/bin/x exited with 1, 0 was expected: ab[31m" },
		{ 137, 0, "", "/usr/bin/x ended by signal 9" },
		{ 139, 0, "oops\n", "/usr/bin/x ended by signal 11: oops" },
	};

	(void)state;
	for (size_t i = 0; i < SP_COUNT(rows); i++) {
		struct answer a = { .status = rows[i].status,
				    .text = rows[i].text };
		sp_auto_err err = { 0 };
		int r = apply(&a, rows[i].expect, NULL, 0, &err);

		assert_int_equal(a.runs, 1);
		assert_int_equal(a.limit_s, 0);
		assert_int_equal(r, rows[i].want ? -EIO : 0);
		if (!sp_streq(err.msg, rows[i].want))
			fail_msg("%zu: %s", i, err.msg);
	}
}

/* Of much output only the end is told. */
static void test_long_output(void **state)
{
	sp_auto_buf text = { 0 };
	sp_auto_err err = { 0 };
	struct answer a = { .status = 1 };

	(void)state;
	for (int i = 0; i < 100000; i++)
		sp_buf_addc(&text, 'x');
	sp_buf_add(&text, "the end");
	a.text = sp_buf_cstr(&text);
	assert_int_equal(apply(&a, 0, NULL, 0, &err), -EIO);
	assert_true(strlen(err.msg) < 500);
	assert_true(sp_ends(err.msg, "xxxthe end"));
	assert_non_null(strstr(err.msg, ": ...xxx"));
}

/* A run that is taken up again: what is there is not made a second time. */
static void test_created(void **state)
{
	struct answer a = { .text = "" };
	sp_auto_err err = { 0 };

	(void)state;
	assert_int_equal(apply(&a, 0, "/", 0, &err), 0);
	assert_int_equal(a.runs, 0);
	assert_int_equal(apply(&a, 0, "/no/such/file", 0, &err), 0);
	assert_int_equal(a.runs, 1);
}

/* Whatever its status: a program whose time was up has failed. */
static void test_timeout(void **state)
{
	struct answer in_time = { .text = "" };
	struct answer late = { .text = "at work\n", .expired = true };
	sp_auto_err err = { 0 };

	(void)state;
	assert_int_equal(apply(&in_time, 0, NULL, 30, &err), 0);
	assert_int_equal(in_time.limit_s, 30);
	assert_int_equal(apply(&late, 0, NULL, 30, &err), -ETIMEDOUT);
	assert_string_equal(err.msg,
			    "/usr/bin/x had not ended after 30 s, its timeout, "
			    "and was ended: at work");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_results),
		cmocka_unit_test(test_long_output),
		cmocka_unit_test(test_created),
		cmocka_unit_test(test_timeout),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
