/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_rpmtxn.c - what a transaction refuses before it touches anything: a file
 * that changed after it was verified, and one that holds another package.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/kind.h"
#include "fx.h"
#include "pkg/rpmdb.h"
#include "pkg/rpmtxn.h"

const struct sp_kind *const sp_kinds[] = { NULL };

#define ZIP "zip-3.0-1.noarch"
#define UNZIP "unzip-6.0-1.noarch"

static char *fx;

static void nothing(const char *path, const struct sp_buf *data)
{
	(void)path;
	(void)data;
}

/* Another file in its place, with the same content. */
static void replace(const char *path, const struct sp_buf *data)
{
	sp_auto_free char *new = sp_asprintf("%s.new", path);

	fx_write(new, data->data, data->len);
	assert_int_equal(rename(new, path), 0);
}

/* The same file, the same length, one byte of it changed and back. */
static void rewrite(const char *path, const struct sp_buf *data)
{
	sp_auto_fclose FILE *f = fopen(path, "r+e");
	struct stat a, b;

	assert_non_null(f);
	assert_int_equal(fstat(fileno(f), &a), 0);
	do { /* the clock of file systems is not that fine */
		rewind(f);
		assert_int_equal(fputc(data->data[0], f),
				 (unsigned char)data->data[0]);
		assert_int_equal(fflush(f), 0);
		assert_int_equal(fstat(fileno(f), &b), 0);
	} while (a.st_ctim.tv_sec == b.st_ctim.tv_sec &&
		 a.st_ctim.tv_nsec == b.st_ctim.tv_nsec);
}

static void grow(const char *path, const struct sp_buf *data)
{
	(void)data;
	assert_int_equal(truncate(path, (off_t)data->len + 1), 0);
}

static void take_away(const char *path, const struct sp_buf *data)
{
	(void)data;
	assert_int_equal(unlink(path), 0);
}

static void damage(const char *path, const struct sp_buf *data)
{
	fx_write(path, data->data, 50);
}

static const struct {
	void (*change)(const char *path, const struct sp_buf *data);
	const char *nevra;
	bool seen;
	const char *text;
} rows[] = {
	{ replace, ZIP, true, "/zip.rpm: changed after it was verified" },
	{ rewrite, ZIP, true, "/zip.rpm: changed after it was verified" },
	{ grow, ZIP, true, "/zip.rpm: changed after it was verified" },
	{ take_away, ZIP, true, "/zip.rpm: cannot be opened" },
	{ nothing, UNZIP, true,
	  "/zip.rpm: is the package " ZIP ", not " UNZIP },
	{ nothing, "zip-1:3.0-1.noarch", true, "is the package " ZIP },
	{ replace, UNZIP, false, "is the package " ZIP },
	{ damage, ZIP, false, "/zip.rpm: cannot be read" },
};

static void test_refused(void **state)
{
	sp_auto_free char *from = sp_asprintf("%s/rpms/" ZIP ".rpm", fx);
	sp_auto_buf data = { 0 };

	(void)state;
	fx_read(from, &data);
	for (size_t i = 0; i < SP_COUNT(rows); i++) {
		sp_auto_free char *dir = fx_tmpdir();
		sp_auto_free char *path = sp_asprintf("%s/zip.rpm", dir);
		sp_auto_free char *db = sp_asprintf("%s/var/lib/rpm", dir);
		struct sp_txn_item it = { .path = path,
					  .nevra = rows[i].nevra };
		const struct sp_txn t = { .root = dir,
					  .dbpath = "/var/lib/rpm",
					  .items = &it,
					  .n = 1 };
		sp_auto_buf out = { 0 };
		sp_auto_err err = { 0 };
		sp_auto_rpmdb *have = NULL;

		fx_write(path, data.data, data.len);
		if (rows[i].seen)
			assert_int_equal(sp_txn_see(path, &it.seen, &err), 0);
		rows[i].change(path, &data);
		assert_int_equal(sp_txn_run(&t, &out, &err), -EIO);
		if (!strstr(err.msg, rows[i].text))
			fail_msg("row %zu: %s", i, err.msg);
		sp_err_clear(&err);
		assert_int_equal(
			sp_rpmdb_open(dir, "/var/lib/rpm", &have, &err), 0);
		assert_int_equal(sp_rpmdb_has(have, "zip", &err), 0);
		fx_rmdir(dir);
	}
}

static void test_see(void **state)
{
	struct sp_txn_seen seen = { .size = 5 };
	sp_auto_err err = { 0 };

	(void)state;
	assert_int_equal(sp_txn_see("/no/such", &seen, &err), -ENOENT);
	assert_non_null(strstr(err.msg, "\"/no/such\""));
	assert_int_equal(seen.size, 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_see),
	};
	int r;

	fx = fx_dir();
	r = cmocka_run_group_tests(tests, NULL, NULL);
	free(fx);
	return r;
}
