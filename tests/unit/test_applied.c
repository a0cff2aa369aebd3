/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_applied.c - profiles kept with their runs, and the run that stands. */
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "core/applied.h"
#include "core/mem.h"
#include "fake_kinds.h"

static int remove_one(const char *path, const struct stat *st, int type,
		      struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

struct world {
	char top[32];
	struct sp_root *root;
};

static int setup(void **state)
{
	struct world *w = sp_xcalloc(1, sizeof(*w));
	sp_auto_err err = { 0 };

	(void)snprintf(w->top, sizeof(w->top), "/tmp/sprout-app-XXXXXX");
	assert_non_null(mkdtemp(w->top));
	assert_int_equal(sp_root_open(w->top, &w->root, &err), 0);
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;

	sp_root_free(w->root);
	(void)nftw(w->top, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	free(w);
	return 0;
}

/* A run of the profiles "a.yaml" and "-", that ends with @mark. */
static char *make_run(struct world *w, const char *text, enum sp_mark_kind mark)
{
	sp_auto_profile p = { 0 };
	sp_auto_strv names = { 0 };
	sp_auto_run run = { 0 };
	sp_auto_err err = { 0 };

	sp_profile_add_text(&p, "a.yaml", text, strlen(text));
	sp_profile_add_text(&p, "-", "", 0);
	sp_strv_add(&names, "a.yaml");
	sp_strv_add(&names, "-");
	assert_int_equal(sp_journal_begin(w->root, &names, &run, &err), 0);
	assert_int_equal(sp_applied_save(w->root, &run, &p, &err), 0);
	assert_true(sp_journal_mark(w->root, &run, mark, &err) >= 0);
	return sp_xstrdup(run.id);
}

static void test_kept(void **state)
{
	struct world *w = *state;
	sp_auto_free char *id =
		make_run(w, "sprout: 1\nname: \"\xc3\xa9\"\n", SP_MARK_DONE);
	sp_auto_free char *path =
		sp_asprintf("%s" SP_STATE_DIR "/runs/%s/profile-1", w->top, id);
	sp_auto_profile p = { 0 };
	sp_auto_run run = { 0 };
	sp_auto_err err = { 0 };
	struct stat st;

	assert_int_equal(sp_applied_find(w->root, &run, &err), 1);
	assert_string_equal(run.id, id);
	assert_int_equal(sp_applied_load(w->root, &run, &p, &err), 1);
	assert_int_equal(p.n_sources, 2);
	assert_string_equal(p.sources[0].name, "a.yaml");
	assert_string_equal(p.sources[0].text,
			    "sprout: 1\nname: \"\xc3\xa9\"\n");
	assert_string_equal(p.sources[1].name, "-");
	assert_int_equal(p.sources[1].len, 0);
	/* There may be secrets in it. */
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
}

static void test_not_kept(void **state)
{
	struct world *w = *state;
	sp_auto_free char *id = make_run(w, "sprout: 1\n", SP_MARK_DONE);
	sp_auto_free char *path =
		sp_asprintf("%s" SP_STATE_DIR "/runs/%s/profile-2", w->top, id);
	sp_auto_profile p = { 0 };
	sp_auto_run run = { 0 };
	sp_auto_err err = { 0 };

	assert_int_equal(remove(path), 0);
	assert_int_equal(sp_applied_find(w->root, &run, &err), 1);
	assert_int_equal(sp_applied_load(w->root, &run, &p, &err), 0);
	assert_int_equal(p.n_sources, 0);
}

static void test_find(void **state)
{
	struct world *w = *state;
	sp_auto_free char *done = NULL, *waiting = NULL, *undone = NULL;
	sp_auto_run none = { 0 }, first = { 0 }, second = { 0 };
	sp_auto_err err = { 0 };

	assert_int_equal(sp_applied_find(w->root, &none, &err), 0);
	undone = make_run(w, "sprout: 1\n", SP_MARK_UNDONE);
	assert_int_equal(sp_applied_find(w->root, &none, &err), 0);
	assert_null(none.id);
	done = make_run(w, "sprout: 1\n", SP_MARK_DONE);
	free(undone);
	undone = make_run(w, "sprout: 1\n", SP_MARK_UNDONE);
	assert_int_equal(sp_applied_find(w->root, &first, &err), 1);
	assert_string_equal(first.id, done);
	waiting = make_run(w, "sprout: 1\n", SP_MARK_WAITING);
	assert_int_equal(sp_applied_find(w->root, &second, &err), 1);
	assert_string_equal(second.id, waiting);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_kept, setup, teardown),
		cmocka_unit_test_setup_teardown(test_not_kept, setup, teardown),
		cmocka_unit_test_setup_teardown(test_find, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
