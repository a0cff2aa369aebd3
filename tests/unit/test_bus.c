/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_bus.c - what is asked on the system bus, and what answers mean. */
#include <errno.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "core/bus.h"
#include "core/host_overlay.h"
#include "core/mem.h"
#include "fake_kinds.h"

static const struct sp_bus_service service = { "org.example.S", "/org/example",
					       "org.example.I" };

struct world {
	char top[32];
	struct sp_root *root;
	struct sp_host *host;
	struct sp_buf calls;
	const char *text; /* the answer */
	int status;
	bool owned; /* the name has an owner */
};

static int run(void *arg, const char *const argv[], struct sp_output *ret,
	       struct sp_err *err)
{
	struct world *w = arg;

	(void)err;
	if (sp_streq(argv[7], "NameHasOwner")) {
		assert_string_equal(argv[9], service.name);
		*ret = (struct sp_output){ 0 };
		sp_buf_addf(&ret->text, "b %s\n", w->owned ? "true" : "false");
		return 0;
	}
	for (; *argv; argv++)
		sp_buf_addf(&w->calls, "<%s>", *argv);
	*ret = (struct sp_output){ .status = w->status };
	sp_buf_add(&ret->text, w->text);
	return 0;
}

static int setup(void **state)
{
	struct world *w = sp_xcalloc(1, sizeof(*w));
	sp_auto_err err = { 0 };

	(void)snprintf(w->top, sizeof(w->top), "/tmp/sprout-bus-XXXXXX");
	assert_non_null(mkdtemp(w->top));
	assert_int_equal(sp_root_open(w->top, &w->root, &err), 0);
	sp_root_set_live(w->root);
	sp_root_set_run(w->root, run, w);
	w->host = sp_host_new(w->root);
	w->text = "";
	*state = w;
	return 0;
}

static int remove_one(const char *path, const struct stat *st, int type,
		      struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static int teardown(void **state)
{
	struct world *w = *state;

	sp_host_free(w->host);
	sp_root_free(w->root);
	sp_buf_clear(&w->calls);
	(void)nftw(w->top, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	free(w);
	return 0;
}

static void make_bus(const struct world *w)
{
	static const char *const dirs[] = { "/run", "/run/dbus",
					    "/run/dbus/system_bus_socket" };

	for (size_t i = 0; i < SP_COUNT(dirs); i++) {
		sp_auto_free char *p = sp_asprintf("%s%s", w->top, dirs[i]);

		assert_int_equal(mkdir(p, 0755), 0);
	}
}

static void test_no_bus(void **state)
{
	struct world *w = *state;
	sp_auto_strv ret = { 0 };
	sp_auto_err err = { 0 };

	assert_int_equal(sp_bus_ask(w->host, &service, "Get", NULL, &ret, &err),
			 0);
	assert_int_equal(w->calls.len, 0);
	assert_int_equal(ret.n, 0);
}

static void test_ask(void **state)
{
	struct world *w = *state;
	sp_auto_strv ret = { 0 }, args = { 0 };
	sp_auto_err err = { 0 };

	make_bus(w);
	sp_strv_add(&args, "s");
	sp_strv_add(&args, "-x");
	w->text = "s \"off\"\n";
	assert_int_equal(
		sp_bus_ask(w->host, &service, "Get", &args, &ret, &err), 1);
	assert_string_equal(
		sp_buf_cstr(&w->calls),
		"</usr/bin/busctl><--auto-start=no><call><--><org.example.S>"
		"</org/example><org.example.I><Get><s><-x>");
	assert_int_equal(ret.n, 2);
	assert_string_equal(ret.v[1], "off");
}

static void test_refused(void **state)
{
	struct world *w = *state;
	sp_auto_strv ret = { 0 };
	sp_auto_err err = { 0 };

	make_bus(w);
	w->status = 1;
	w->text = "Call failed: Name \"org.example.S\" does not exist\n";
	assert_int_equal(sp_bus_ask(w->host, &service, "Get", NULL, &ret, &err),
			 0);
	assert_null(err.msg);
	w->owned = true;
	w->text = "Call failed: INVALID_ZONE: nozone\nmore\n";
	assert_int_equal(sp_bus_ask(w->host, &service, "Get", NULL, &ret, &err),
			 -EIO);
	assert_string_equal(
		err.msg,
		"org.example.S: Get: Call failed: INVALID_ZONE: nozone");
	assert_int_equal(ret.n, 0);
}

static void test_split(void **state)
{
	static const struct {
		const char *line, *want; /* words with | between; NULL: none */
	} rows[] = {
		{ "", "" },
		{ "\n", "" },
		{ "b true\n", "b|true" },
		{ "as 2 \"a b\" \"\"", "as|2|a b|" },
		{ "s \"a\\\"b\\\\c\\n\\303\\251\"", "s|a\"b\\c\n\303\251" },
		{ "s \"a", NULL },
		{ "s \"a\\", NULL },
		{ "s \"a\\q\"", NULL },
		{ "s \"a\\12\"", NULL },
		{ "s \"a\\000\"", NULL },
		{ "s \"a\\777\"", NULL },
		{ "s \"a\"b", NULL },
	};

	(void)state;
	for (size_t i = 0; i < SP_COUNT(rows); i++) {
		sp_auto_strv ret = { 0 };
		sp_auto_err err = { 0 };
		int r = sp_bus_split(rows[i].line, &ret, &err);
		sp_auto_free char *got = sp_strv_join(&ret, "|");

		assert_int_equal(r, rows[i].want ? 0 : -EBADMSG);
		assert_string_equal(got, rows[i].want ? rows[i].want : "");
	}
}

static void test_take(void **state)
{
	static const struct {
		const char *sig, *words;
		const char *want; /* leaves with | between; NULL: no value */
		size_t rest;	  /* words that are left */
	} rows[] = {
		{ "s", "x y", "x", 1 },
		{ "as", "2 a b c", "a|b", 1 },
		{ "as", "0 c", "", 1 },
		{ "a(ss)", "2 1 tcp 2 udp", "1|tcp|2|udp", 0 },
		{ "v", "a(ss) 1 1 tcp", "1|tcp", 0 },
		{ "a{sv}", "2 a b true c as 1 x", "a|true|c|x", 0 },
		{ "(sa{sv}i)", "a 0 7", "a|7", 0 },
		{ "", "x", NULL, 0 },
		{ "z", "x", NULL, 0 },
		{ "s", "", NULL, 0 },
		{ "as", "3 a b", NULL, 0 },
		{ "as", "-1 a", NULL, 0 },
		{ "as", "99999999 a", NULL, 0 },
		{ "(ss", "a b", NULL, 0 },
		{ "a", "1 a", NULL, 0 },
		{ "v", "q", NULL, 0 },
		{ "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaas", "1", NULL, 0 },
	};

	(void)state;
	for (size_t i = 0; i < SP_COUNT(rows); i++) {
		sp_auto_strv words = { 0 }, leaves = { 0 };
		const char *sig = rows[i].sig;
		sp_auto_free char *got = NULL;
		size_t at = 0;
		bool ok;

		sp_strv_split(&words, rows[i].words, " ");
		ok = sp_bus_take(&words, &at, &sig, &leaves);
		assert_int_equal(ok, rows[i].want != NULL);
		if (!ok)
			continue;
		got = sp_strv_join(&leaves, "|");
		assert_string_equal(got, rows[i].want);
		assert_int_equal(words.n - at, rows[i].rest);
		assert_string_equal(sig, "");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_no_bus, setup, teardown),
		cmocka_unit_test_setup_teardown(test_ask, setup, teardown),
		cmocka_unit_test_setup_teardown(test_refused, setup, teardown),
		cmocka_unit_test(test_split),
		cmocka_unit_test(test_take),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
