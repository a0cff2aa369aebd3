/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_systemctl.c - what is asked of the service manager, and how it answers. */
#include <errno.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "core/host_overlay.h"
#include "core/mem.h"
#include "core/systemctl.h"
#include "fake_kinds.h"

struct world {
	char top[32];
	struct sp_root *root;
	struct sp_host *host;
	struct sp_buf calls;
	const char *text; /* the answer */
	int status;
};

static int run(void *arg, const char *const argv[], struct sp_output *ret,
	       struct sp_err *err)
{
	struct world *w = arg;

	(void)err;
	for (; *argv; argv++)
		sp_buf_addf(&w->calls, "%s ", *argv);
	*ret = (struct sp_output){ .status = w->status };
	sp_buf_add(&ret->text, w->text);
	return 0;
}

static int nothing(void *arg, struct sp_host *h, struct sp_err *err)
{
	(void)arg;
	(void)h;
	(void)err;
	return 0;
}

static int pass_on(void *arg, struct sp_host *h, int change,
		   const char *const argv[], int limit_s, struct sp_output *ret,
		   struct sp_err *err)
{
	(void)h;
	(void)change;
	(void)limit_s;
	return run(arg, argv, ret, err);
}

static void make(const struct world *w, const char *path)
{
	sp_auto_free char *p = sp_asprintf("%s%s", w->top, path);

	assert_int_equal(mkdir(p, 0755), 0);
}

static int setup(void **state)
{
	struct world *w = sp_xcalloc(1, sizeof(*w));
	sp_auto_err err = { 0 };

	(void)snprintf(w->top, sizeof(w->top), "/tmp/sprout-ctl-XXXXXX");
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

static void test_no_systemd(void **state)
{
	struct world *w = *state;
	sp_auto_err err = { 0 };
	bool active = true;

	assert_int_equal(
		sp_systemctl_active(w->host, "x.service", &active, &err), 0);
	assert_true(active);
	assert_int_equal(w->calls.len, 0);
}

/* Nobody waits for ever for an answer. */
static int never(void *arg, const char *const argv[], struct sp_output *ret,
		 struct sp_err *err)
{
	(void)arg;
	(void)argv;
	(void)err;
	*ret = (struct sp_output){ .expired = true };
	sp_buf_add(&ret->text, "active\n");
	return 0;
}

static void test_no_answer(void **state)
{
	struct world *w = *state;
	sp_auto_err err = { 0 };
	bool active;

	make(w, "/run");
	make(w, "/run/systemd");
	make(w, "/run/systemd/system");
	sp_root_set_run(w->root, never, NULL);
	assert_int_equal(sp_systemctl_active(w->host, "x.service", &active,
					     &err),
			 -ETIMEDOUT);
	assert_string_equal(err.msg, "/usr/bin/systemctl had not answered "
				     "after 60 s, and was ended");
}

static void test_active(void **state)
{
	static const struct {
		const char *text;
		bool want;
	} rows[] = {
		{ "active\n", true },	 { "activating\n", true },
		{ "reloading\n", true }, { "inactive\n", false },
		{ "failed\n", false },	 { "deactivating\n", false },
		{ "", false },
	};
	struct world *w = *state;

	make(w, "/run");
	make(w, "/run/systemd");
	make(w, "/run/systemd/system");
	for (size_t i = 0; i < SP_COUNT(rows); i++) {
		sp_auto_err err = { 0 };
		bool active = !rows[i].want;

		w->text = rows[i].text;
		assert_int_equal(sp_systemctl_active(w->host, "x.service",
						     &active, &err),
				 1);
		assert_int_equal(active, rows[i].want);
	}
	w->text = "failed\n";
	for (int i = 0; i < 2; i++) {
		sp_auto_err err = { 0 };
		bool meant = i;

		assert_int_equal(sp_systemctl_meant(w->host, "x.service",
						    &meant, &err),
				 1);
		assert_true(meant);
	}
	w->status = 1;
	w->text = "Failed to connect to bus\nmore\n";
	{
		sp_auto_err err = { 0 };
		bool active = true;

		assert_int_equal(sp_systemctl_active(w->host, "x.service",
						     &active, &err),
				 -EIO);
		assert_string_equal(
			err.msg,
			"/usr/bin/systemctl show x.service: Failed to connect to bus");
	}
}

static void test_verbs(void **state)
{
	struct world *w = *state;
	const struct sp_applier applier = { .commit = nothing,
					    .run = pass_on,
					    .arg = w };
	sp_auto_err err = { 0 };

	sp_host_set_applier(w->host, &applier);
	assert_int_equal(sp_systemctl(w->host, "daemon-reload", NULL, &err), 0);
	assert_int_equal(sp_systemctl(w->host, "start", "x.service", &err), 0);
	assert_string_equal(sp_buf_cstr(&w->calls),
			    "/usr/bin/systemctl daemon-reload "
			    "/usr/bin/systemctl start x.service ");
	w->status = 1;
	w->text = "Job for x.service failed.\n\n";
	assert_int_equal(sp_systemctl(w->host, "start", "x.service", &err),
			 -EIO);
	assert_string_equal(
		err.msg,
		"/usr/bin/systemctl start: exit status 1: Job for x.service failed.");
}

/* In a plan nothing is told. */
static void test_plan_tells_nobody(void **state)
{
	struct world *w = *state;
	sp_auto_err err = { 0 };

	assert_int_equal(sp_systemctl(w->host, "start", "x.service", &err), 0);
	assert_int_equal(w->calls.len, 0);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	static const struct CMUnitTest tests[] = {
		T(test_no_systemd),
		T(test_active),
		T(test_no_answer),
		T(test_verbs),
		T(test_plan_tells_nobody),
	};

	return cmocka_run_group_tests_name("systemctl", tests, NULL, NULL);
}
