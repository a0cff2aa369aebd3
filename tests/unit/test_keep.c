/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_keep.c - packages that are kept: found, limited, no link followed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/kind.h"
#include "core/mem.h"
#include "pkg/keep.h"

const struct sp_kind *const sp_kinds[] = { NULL };

static int remove_one(const char *path, const struct stat *st, int type,
		      struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static char *make_file(const char *dir, const char *name, size_t size)
{
	char *path = sp_asprintf("%s/%s", dir, name);
	sp_auto_fclose FILE *f = fopen(path, "we");

	assert_non_null(f);
	for (size_t i = 0; i < size; i++)
		(void)fputc('x', f);
	return path;
}

static void test_keep(void **state)
{
	char dir[] = "/tmp/sprout-keep.XXXXXX";
	struct sp_keep k = { dir, "/var/lib/sprout/packages" };
	sp_auto_err err = { 0 };
	sp_auto_strv spare = { 0 };
	sp_auto_free char *file = NULL, *found = NULL, *gone = NULL, *c = NULL,
			  *var = NULL, *away = NULL;

	(void)state;
	assert_non_null(mkdtemp(dir));
	file = make_file(dir, "file", 100);
	assert_null(sp_keep_find(&k, "a-1-1.noarch"));
	assert_int_equal(sp_keep_limit(&k, 0, &spare, &err), 0);

	assert_int_equal(sp_keep_add(&k, "a-1-1.noarch", file, &err), 0);
	assert_int_equal(sp_keep_add(&k, "b-1-1.noarch", file, &err), 0);
	assert_int_equal(sp_keep_add(&k, "b-1-1.noarch", file, &err), 0);
	assert_int_equal(sp_keep_add(&k, "c-1:1-1.noarch", file, &err), 0);
	found = sp_keep_find(&k, "c-1:1-1.noarch");
	assert_non_null(found);
	assert_true(sp_starts(found, dir));
	assert_int_equal(sp_keep_add(&k, "../x", file, &err), -EINVAL);
	sp_err_clear(&err);
	assert_null(sp_keep_find(&k, "../packages/a-1-1.noarch"));

	/* 300 bytes: the oldest, by name here, go; what is spared stays */
	sp_strv_add(&spare, "a-1-1.noarch");
	assert_int_equal(sp_keep_limit(&k, 200, &spare, &err), 0);
	gone = sp_keep_find(&k, "b-1-1.noarch");
	assert_null(gone);
	assert_int_equal(sp_keep_limit(&k, 0, &spare, &err), 0);
	c = sp_keep_find(&k, "c-1:1-1.noarch");
	assert_null(c);
	free(found);
	found = sp_keep_find(&k, "a-1-1.noarch");
	assert_non_null(found);

	/* a link that was put in its way is not followed */
	var = sp_asprintf("%s/var", dir);
	away = sp_asprintf("%s/away", dir);
	assert_int_equal(rename(var, away), 0);
	assert_int_equal(symlink("away", var), 0);
	assert_null(sp_keep_find(&k, "a-1-1.noarch"));
	assert_true(sp_keep_add(&k, "d-1-1.noarch", file, &err) < 0);
	assert_int_equal(nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keep),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
