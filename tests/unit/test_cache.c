/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_cache.c - whose directory it may be, and its files. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/kind.h"
#include "fx.h"
#include "pkg/cache.h"

const struct sp_kind *const sp_kinds[] = { NULL };

static char *dir;

static char *path_of(const char *name)
{
	return sp_asprintf("%s/%s", dir, name);
}

static void make(const char *name, mode_t mode)
{
	sp_auto_free char *path = path_of(name);

	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(chmod(path, mode), 0);
}

/* Parents are made: "cache" below them is opened; 0 or the error's words. */
static const struct {
	const char *name;
	mode_t mode;
	const char *why;
} modes[] = {
	{ "closed", 0700, NULL },
	{ "readable", 0755, NULL },
	{ "sticky", 01777, NULL },
	{ "group", 0770, "can be written to by others (mode 0770)" },
	{ "other", 0703, "can be written to by others" },
};

static void test_modes(void **state)
{
	(void)state;
	for (size_t i = 0; i < SP_COUNT(modes); i++) {
		sp_auto_free char *path =
			sp_asprintf("%s/%s/a/cache", dir, modes[i].name);
		sp_auto_cache *c = NULL;
		sp_auto_err err = { 0 };
		struct stat st;
		int r;

		make(modes[i].name, modes[i].mode);
		r = sp_cache_open(path, &c, &err);
		if (modes[i].why) {
			assert_int_equal(r, -EPERM);
			assert_null(c);
			if (!strstr(err.msg, modes[i].why))
				fail_msg("%s", err.msg);
			continue;
		}
		if (r < 0)
			fail_msg("%s", err.msg);
		assert_string_equal(sp_cache_path(c), path);
		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(st.st_mode & 07777, 0700);
	}
}

/* The directory itself has to be ours, even where a sticky bit helps. */
static void test_itself(void **state)
{
	sp_auto_free char *open = path_of("itself"), *file = path_of("file");
	sp_auto_free char *stranger = path_of("stranger");
	sp_auto_cache *c = NULL;
	sp_auto_err err = { 0 };

	(void)state;
	make("itself", 01777);
	assert_int_equal(sp_cache_open(open, &c, &err), -EPERM);
	assert_non_null(strstr(err.msg, "has to be ours alone"));
	sp_err_clear(&err);
	fx_write(file, "", 0);
	assert_int_equal(sp_cache_open(file, &c, &err), -ENOTDIR);
	sp_err_clear(&err);
	assert_int_equal(sp_cache_open("relative", &c, &err), -EINVAL);
	sp_err_clear(&err);
	make("stranger", 0755);
	if (chown(stranger, 12345, 12345) < 0)
		return; /* only root can */
	assert_int_equal(sp_cache_open(stranger, &c, &err), -EPERM);
	assert_non_null(strstr(err.msg, "belongs to user 12345"));
}

static void test_links(void **state)
{
	sp_auto_free char *real = path_of("real"), *link_ = path_of("link");
	sp_auto_free char *loop = path_of("loop"), *via = NULL, *want = NULL;
	sp_auto_cache *c = NULL, *none = NULL;
	sp_auto_err err = { 0 };

	(void)state;
	make("real", 0700);
	assert_int_equal(symlink("./real", link_), 0);
	assert_int_equal(symlink("loop", loop), 0);
	via = sp_asprintf("%s/x/y", link_);
	want = sp_asprintf("%s/x/y", real);
	if (sp_cache_open(via, &c, &err) < 0)
		fail_msg("%s", err.msg);
	assert_string_equal(sp_cache_path(c), want);
	assert_int_equal(sp_cache_open(loop, &none, &err), -ELOOP);
	sp_err_clear(&err);
	/* a stranger's link in a directory for all is not followed */
	make("public", 01777);
	free(via);
	via = path_of("public/link");
	assert_int_equal(symlink(real, via), 0);
	if (lchown(via, 12345, 12345) < 0)
		return;
	assert_int_equal(sp_cache_open(via, &none, &err), -EPERM);
}

static void test_files(void **state)
{
	static const char *const bad[] = { "../x", "a/../x", "a/..", ".",
					   "a//b", "", "a/" };
	sp_auto_free char *path = path_of("files"), *part = NULL, *other = NULL;
	sp_auto_close int one = -1, two = -1;
	sp_auto_cache *c = NULL;
	sp_auto_buf text = { 0 };
	sp_auto_err err = { 0 };
	int64_t size = -7, age = -7;

	(void)state;
	assert_int_equal(sp_cache_open(path, &c, &err), 0);
	assert_int_equal(sp_cache_stat(c, "a/b/f", &size, &age, &err), 0);
	assert_int_equal(size, -7);
	assert_int_equal(sp_cache_read(c, "a/b/f", 9, &text, &err), 0);
	assert_int_equal(sp_cache_remove(c, "a/b/f", &err), 0);
	assert_int_equal(sp_cache_write(c, "a/b/f", "text", 4, &err), 0);
	assert_int_equal(sp_cache_stat(c, "a/b/f", &size, &age, &err), 1);
	assert_int_equal(size, 4);
	assert_true(age >= 0 && age < 60);
	assert_int_equal(sp_cache_touch(c, "a/b/f", &err), 0);
	assert_int_equal(sp_cache_read(c, "a/b/f", 3, &text, &err), -EFBIG);
	sp_err_clear(&err);
	assert_int_equal(sp_cache_read(c, "a/b/f", 4, &text, &err), 1);
	assert_string_equal(text.data, "text");
	for (size_t i = 0; i < SP_COUNT(bad); i++) {
		assert_int_equal(sp_cache_write(c, bad[i], "", 0, &err),
				 -EINVAL);
		sp_err_clear(&err);
	}
	/* two at one file: each has its own */
	assert_int_equal(sp_cache_begin(c, "f", &one, &part, &err), 0);
	assert_int_equal(sp_cache_begin(c, "f", &two, &other, &err), 0);
	assert_string_equal(part, "f.part");
	assert_string_not_equal(part, other);
	assert_int_equal(write(one, "1", 1), 1);
	assert_int_equal(sp_cache_finish(c, one, part, "f", &err), 0);
	assert_int_equal(sp_cache_finish(c, two, other, "f", &err), 0);
	sp_buf_clear(&text);
	assert_int_equal(sp_cache_read(c, "f", 4, &text, &err), 1);
	assert_int_equal(text.len, 0);
}

/* What is used stays, what is not goes. */
static void test_tidy(void **state)
{
	static const struct timespec old[2] = { { .tv_sec = 1000000000 },
						{ .tv_sec = 1000000000 } };
	sp_auto_free char *path = path_of("tidy");
	sp_auto_free char *a = path_of("tidy/files/a");
	sp_auto_free char *b = path_of("tidy/files/b");
	sp_auto_cache *c = NULL;
	sp_auto_err err = { 0 };
	int64_t size, age;

	(void)state;
	assert_int_equal(sp_cache_open(path, &c, &err), 0);
	sp_cache_tidy(c, "files", 1000);	/* not there yet */
	assert_int_equal(sp_cache_write(c, "files/a", "1", 1, &err), 0);
	assert_int_equal(sp_cache_write(c, "files/b", "1", 1, &err), 0);
	assert_int_equal(sp_cache_write(c, "files/c", "1", 1, &err), 0);
	assert_int_equal(utimensat(AT_FDCWD, a, old, 0), 0);
	assert_int_equal(utimensat(AT_FDCWD, b, old, 0), 0);
	assert_int_equal(sp_cache_touch(c, "files/b", &err), 0);
	sp_cache_tidy(c, "files", 1000);
	assert_int_equal(sp_cache_stat(c, "files/a", &size, &age, &err), 0);
	assert_int_equal(sp_cache_stat(c, "files/b", &size, &age, &err), 1);
	assert_int_equal(sp_cache_stat(c, "files/c", &size, &age, &err), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_modes),
		cmocka_unit_test(test_itself),
		cmocka_unit_test(test_links),
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_tidy),
	};
	int r;

	dir = fx_tmpdir();
	r = cmocka_run_group_tests(tests, NULL, NULL);
	fx_rmdir(dir);
	free(dir);
	return r;
}
