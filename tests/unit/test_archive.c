/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_archive.c - archives written and read again; and hostile ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/archive.h"
#include "core/host_overlay.h"
#include "core/kind.h"
#include "core/mem.h"

const struct sp_kind *const sp_kinds[] = { NULL };

static char *top;

static int rm_one(const char *path, const struct stat *st, int type,
		  struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static int set_up(void **state)
{
	(void)state;
	top = sp_xstrdup("/tmp/sprout-archive-XXXXXX");
	return mkdtemp(top) ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	(void)nftw(top, rm_one, 16, FTW_DEPTH | FTW_PHYS);
	free(sp_take(&top));
	return 0;
}

/* --- there and back ---------------------------------------------------------- */

static const struct item {
	const char *path;
	enum sp_ftype type;
	mode_t mode;
	uid_t uid;
	gid_t gid;
	const char *data;
} items[] = {
	{ "/etc", SP_FT_DIR, 0755, 0, 0, "" },
	{ "/etc/b\xc3\xa4r", SP_FT_FILE, 0600, 12, 34, "text\n" },
	{ "/etc/empty", SP_FT_FILE, 04755, 0, 0, "" },
	{ "/etc/link", SP_FT_LINK, 0, 0, 0, "../no/such" },
	{ "/srv", SP_FT_DIR, 01777, 4000000000u, 65534, "" },
	/* longer than what fits into a header of tar(5) */
	{ "/srv/0123456789012345678901234567890123456789012345678901234567890123456789"
	  "0123456789012345678901234567890123456789012345678901234567890123456789",
	  SP_FT_FILE, 0644, 0, 0, "x" },
};

static void make_node(const struct item *it, struct sp_node *n)
{
	*n = (struct sp_node){ .type = it->type, .mode = it->mode, .uid = it->uid,
			       .gid = it->gid, .loaded = true,
			       .size = strlen(it->data) };
	sp_buf_add(&n->data, it->data);
}

static void write_all(const char *name)
{
	sp_auto_close int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	sp_auto_archive *a = NULL;
	sp_auto_err err = { 0 };

	assert_true(fd >= 0);
	if (sp_archive_create(fd, name, &a, &err) < 0)
		fail_msg("%s", err.msg);
	for (size_t i = 0; i < SP_COUNT(items); i++) {
		sp_auto_node n = { 0 };

		make_node(&items[i], &n);
		if (sp_archive_add(a, items[i].path, &n, &err) < 0)
			fail_msg("%s", err.msg);
	}
	assert_int_equal(sp_archive_finish(a, &err), 0);
}

struct seen {
	size_t n;
	const char *stop_at;
};

static int compare_one(void *arg, const char *path, struct sp_node *node,
		       struct sp_err *err)
{
	struct seen *s = arg;
	sp_auto_node want = { 0 };

	if (s->stop_at && sp_streq(path, s->stop_at))
		return sp_fail(err, ECANCELED, "enough");
	/* The directories above that the archive has not: the root. */
	if (sp_streq(path, "/"))
		return 0;
	assert_true(s->n < SP_COUNT(items));
	make_node(&items[s->n], &want);
	assert_string_equal(path, items[s->n].path);
	assert_true(sp_node_equal(&want, node));
	s->n++;
	return 0;
}

static void test_round_trip(void **state)
{
	static const char *const endings[] = { "tar", "tar.gz", "tar.xz", "tar.zst" };

	(void)state;
	for (size_t i = 0; i < SP_COUNT(endings); i++) {
		sp_auto_free char *name = sp_asprintf("%s/x.%s", top, endings[i]);
		struct seen seen = { 0 };
		sp_auto_err err = { 0 };

		write_all(name);
		if (sp_archive_read(name, compare_one, &seen, &err) < 0)
			fail_msg("%s", err.msg);
		assert_int_equal(seen.n, SP_COUNT(items));
		/* What the callback says ends it. */
		seen = (struct seen){ .stop_at = "/srv" };
		assert_int_equal(sp_archive_read(name, compare_one, &seen, &err),
				 -ECANCELED);
		assert_int_equal(seen.n, 4);
		assert_non_null(strstr(err.msg, ": enough"));
	}
}

static void test_endings(void **state)
{
	static const char *const bad[] = { "x", "x.zip", "tar", "x.tar.bz2", "x.zst" };

	(void)state;
	for (size_t i = 0; i < SP_COUNT(bad); i++) {
		struct sp_archive *a = NULL;
		sp_auto_err err = { 0 };

		assert_int_equal(sp_archive_create(-1, bad[i], &a, &err), -EINVAL);
		assert_null(a);
	}
}

static void test_full_disk(void **state)
{
	sp_auto_close int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
	sp_auto_archive *a = NULL;
	sp_auto_err err = { 0 };
	sp_auto_node n = { .type = SP_FT_FILE, .loaded = true };
	int r = 0;

	(void)state;
	assert_true(fd >= 0);
	for (int i = 0; i < 100000; i++)
		sp_buf_addc(&n.data, (char)rand());
	assert_int_equal(sp_archive_create(fd, "x.tar", &a, &err), 0);
	for (int i = 0; r == 0 && i < 3; i++)
		r = sp_archive_add(a, "/x", &n, &err);
	if (r == 0)
		r = sp_archive_finish(a, &err);
	assert_int_equal(r, -ENOSPC);
	if (!strstr(err.msg, "No space"))
		fail_msg("%s", err.msg);
}

/* --- by hand: what no good program would write ---------------------------------- */

struct header {
	char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], sum[8], type;
	char link[100], magic[6], version[2], rest[247];
};

static void put_entry(FILE *f, const char *name, char type, const char *link,
		      unsigned uid, const char *data)
{
	struct header h = { 0 };
	unsigned sum = 0;
	char pad[512] = { 0 };
	size_t len = strlen(data);

	memcpy(h.name, name, strnlen(name, sizeof(h.name)));
	memcpy(h.link, link, strnlen(link, sizeof(h.link)));
	(void)snprintf(h.mode, sizeof(h.mode), "%07o", 0644);
	(void)snprintf(h.uid, sizeof(h.uid), "%07o", uid & 07777777);
	(void)snprintf(h.gid, sizeof(h.gid), "%07o", 0);
	(void)snprintf(h.size, sizeof(h.size), "%011o", (unsigned)len);
	(void)snprintf(h.mtime, sizeof(h.mtime), "%011o", 0);
	h.type = type;
	memcpy(h.magic, "ustar", 6);
	memcpy(h.version, "00", 2);
	memset(h.sum, ' ', sizeof(h.sum));
	for (size_t i = 0; i < sizeof(h); i++)
		sum += ((unsigned char *)&h)[i];
	(void)snprintf(h.sum, sizeof(h.sum), "%06o", sum);
	assert_int_equal(fwrite(&h, sizeof(h), 1, f), 1);
	(void)fwrite(data, 1, len, f);
	if (len % 512)
		(void)fwrite(pad, 1, 512 - len % 512, f);
}

static void put_end(FILE *f)
{
	char zero[1024] = { 0 };

	assert_int_equal(fwrite(zero, sizeof(zero), 1, f), 1);
}

static int collect(void *arg, const char *path, struct sp_node *node,
		   struct sp_err *err)
{
	(void)err;
	sp_buf_addf(arg, "%s %d %o\n", path, (int)node->type, (unsigned)node->mode);
	return 0;
}

static void test_hostile(void **state)
{
	static const struct {
		const char *name;
		char type;
		const char *link, *want;
	} rows[] = {
		{ "../etc/passwd", '0', "", "\"../etc/passwd\" has \"..\" in it" },
		{ "etc/../../x", '0', "", "has \"..\" in it" },
		{ "/etc/passwd", '0', "", "is an absolute path" },
		{ "etc/x", '1', "etc/passwd", "/etc/x: a hard link" },
	};

	(void)state;
	for (size_t i = 0; i < SP_COUNT(rows); i++) {
		sp_auto_free char *name = sp_asprintf("%s/bad.tar", top);
		FILE *f = fopen(name, "we");
		sp_auto_buf out = { 0 };
		sp_auto_err err = { 0 };

		assert_non_null(f);
		put_entry(f, "etc/passwd", '0', "", 0, "x");
		put_entry(f, rows[i].name, rows[i].type, rows[i].link, 0, "");
		put_end(f);
		(void)fclose(f);
		assert_int_equal(sp_archive_read(name, collect, &out, &err), -EBADMSG);
		if (!strstr(err.msg, rows[i].want))
			fail_msg("%s", err.msg);
	}
}

/* Parents are made up, devices left out, "./" and "//" cleaned. */
static void test_parents(void **state)
{
	sp_auto_free char *name = sp_asprintf("%s/p.tar", top);
	sp_auto_buf out = { 0 };
	sp_auto_err err = { 0 };
	FILE *f = fopen(name, "we");

	(void)state;
	assert_non_null(f);
	put_entry(f, "./a/./b//c", '0', "", 0, "1");
	put_entry(f, "a/", '5', "", 0, "");
	put_entry(f, "a/null", '3', "", 0, "");
	put_entry(f, "a/fifo", '6', "", 0, "");
	put_entry(f, "a/b/d", '2', "c", 0, "");
	put_end(f);
	(void)fclose(f);
	if (sp_archive_read(name, collect, &out, &err) < 0)
		fail_msg("%s", err.msg);
	assert_string_equal(sp_buf_cstr(&out),
			    "/ 2 755\n/a 2 755\n/a/b 2 755\n/a/b/c 1 644\n"
			    "/a 2 644\n/a/b/d 3 644\n");
}

static void test_limits(void **state)
{
	sp_auto_free char *name = sp_asprintf("%s/big.tar", top);
	sp_auto_free char *big = sp_xmalloc(SP_FILE_MAX + 2);
	sp_auto_buf out = { 0 };
	sp_auto_err err = { 0 };
	FILE *f = fopen(name, "we");

	(void)state;
	assert_non_null(f);
	memset(big, 'x', SP_FILE_MAX + 1);
	big[SP_FILE_MAX + 1] = '\0';
	put_entry(f, "big", '0', "", 0, big);
	put_end(f);
	(void)fclose(f);
	assert_int_equal(sp_archive_read(name, collect, &out, &err), -EBADMSG);
	assert_non_null(strstr(err.msg, "/big: larger than 8 MiB, the limit"));
}

static void test_no_archive(void **state)
{
	static const char *const texts[] = { "", "this is no archive at all\n" };
	sp_auto_free char *name = sp_asprintf("%s/t", top);
	sp_auto_buf out = { 0 };

	(void)state;
	for (size_t i = 0; i < SP_COUNT(texts); i++) {
		sp_auto_err err = { 0 };
		struct sp_host *h = NULL;
		FILE *f = fopen(name, "we");

		assert_non_null(f);
		assert_true(fputs(texts[i], f) >= 0);
		(void)fclose(f);
		assert_true(sp_archive_host(name, &h, &err) < 0);
		assert_null(h);
	}
	sp_auto_err err = { 0 };

	assert_int_equal(sp_archive_read("/no/such", collect, &out, &err), -EBADMSG);
	sp_err_clear(&err);
	/* A good archive that was cut off. */
	free(name);
	name = sp_asprintf("%s/t.tar.gz", top);
	write_all(name);
	assert_int_equal(truncate(name, 100), 0);
	assert_int_equal(sp_archive_read(name, collect, &out, &err), -EBADMSG);
}

static void test_host(void **state)
{
	sp_auto_free char *name = sp_asprintf("%s/h.tar", top);
	sp_auto_buf text = { 0 };
	sp_auto_err err = { 0 };
	struct sp_host *h = NULL;
	sp_auto_strv names = { 0 };
	FILE *f;

	(void)state;
	write_all(name);
	assert_int_equal(sp_archive_host(name, &h, &err), -EINVAL);
	assert_non_null(strstr(err.msg, "not a snapshot of sprout"));
	sp_err_clear(&err);

	f = fopen(name, "we");
	assert_non_null(f);
	put_entry(f, "./.sprout-snapshot", '0', "", 0, "sprout-snapshot: 1\n");
	put_entry(f, "./usr/lib/x", '0', "", 0, "hello");
	put_entry(f, "./lib", '2', "usr/lib", 0, "");
	put_end(f);
	(void)fclose(f);
	if (sp_archive_host(name, &h, &err) < 0)
		fail_msg("%s", err.msg);
	assert_true(sp_host_snapshot(h));
	assert_false(sp_host_runs(h));
	assert_false(sp_host_live(h));
	assert_int_equal(sp_host_read(h, "/lib/x", &text, &err), 1);
	assert_string_equal(sp_buf_cstr(&text), "hello");
	assert_int_equal(sp_host_list(h, "/", &names, &err), 1);
	assert_int_equal(names.n, 3);
	sp_host_free(h);
}

/* Built with libarchive, and it is installed? */
static bool built(void)
{
	sp_auto_archive *a = NULL;
	sp_auto_err err = { 0 };

	if (sp_archive_create(-1, "x.tar", &a, &err) != -ENOTSUP)
		return true;
	(void)fprintf(stderr, "%s\n", err.msg);
	return false;
}

int main(void)
{
	if (!built())
		return 77;

	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_endings),
		cmocka_unit_test(test_full_disk),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_parents),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_no_archive),
		cmocka_unit_test(test_host),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
