/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_media.c - sticks in a made-up sysfs, what is taken from them, and the
 * directory that copies are in.  What needs a mount is in tests/pkg/media.sh.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/host_overlay.h"
#include "core/mem.h"
#include "core/profile.h"
#include "core/run.h"
#include "pkg/blockdev.h"
#include "pkg/media.h"
#include "pkg/offer.h"
#include "pkg/rpmfile.h"
#include "pkg/spool.h"

/* Two kinds as media and packages are: one brings the other. */
static const struct sp_field fields[] = {
	{ .name = "x", .type = SP_T_STR, .doc = "x" },
	{ 0 },
};
static const struct sp_kind brought = { .name = "brought",
					.section = "brought",
					.shape = SP_SHAPE_MAP,
					.summary = "brought",
					.fields = fields };
static const struct sp_kind bringing = { .name = "bringing",
					 .section = "bringing",
					 .shape = SP_SHAPE_LIST,
					 .summary = "bringing",
					 .fields = fields,
					 .brings = &brought };
const struct sp_kind *const sp_kinds[] = { &bringing, &brought, NULL };

static char *top; /* removed at the end */

static char *below(const char *path)
{
	return sp_asprintf("%s/%s", top, path);
}

/* A file with its directories. */
static void put(const char *path, const void *data, size_t len)
{
	sp_auto_free char *full = below(path);
	sp_auto_fclose FILE *f = NULL;

	for (char *p = full + strlen(top) + 1; (p = strchr(p, '/')); p++) {
		*p = '\0';
		(void)mkdir(full, 0755);
		*p = '/';
	}
	f = fopen(full, "we");
	assert_non_null(f);
	assert_int_equal(fwrite(data, 1, len, f), len);
}

static void put_text(const char *path, const char *text)
{
	put(path, text, strlen(text));
}

static void remove_top(void)
{
	const char *const argv[] = { "/bin/rm", "-rf", top, NULL };
	sp_auto_output out = { 0 };
	sp_auto_err err = { 0 };

	assert_int_equal(sp_run(-1, argv, NULL, &out, &err), 0);
	assert_int_equal(out.status, 0);
}

static int new_top(void **state)
{
	const char *tmp = getenv("TMPDIR");

	(void)state;
	top = sp_asprintf("%s/sprout-media.XXXXXX", tmp ? tmp : "/tmp");
	return mkdtemp(top) ? 0 : -1;
}

static int end_top(void **state)
{
	(void)state;
	remove_top();
	free(top);
	return 0;
}

/* --- sticks -------------------------------------------------------------------- */

/* As much of an ext2 as libblkid wants to see. */
static void put_ext2(const char *path, const char *label, unsigned char uuid)
{
	sp_auto_free char *data = sp_xcalloc(1, 65536);
	char *sb = data + 1024;

	sb[4] = 64;	 /* blocks */
	sb[0x38] = 0x53; /* magic */
	sb[0x39] = (char)0xef;
	sb[0x4c] = 1; /* revision, with the fields below */
	sb[0x60] = 2; /* filetype */
	memset(sb + 0x68, uuid, 16);
	memcpy(sb + 0x78, label, strlen(label));
	put(path, data, 65536);
}

/* @where: below sys/devices; @name: of the disk, or DISK/PARTITION. */
static void put_dev(const char *where, const char *name, const char *number,
		    const char *size)
{
	sp_auto_free char *dir = sp_asprintf("sys/devices/%s/%s", where, name);
	sp_auto_free char *dev = sp_asprintf("%s/dev", dir);
	sp_auto_free char *sectors = sp_asprintf("%s/size", dir);
	sp_auto_free char *target =
		sp_asprintf("../devices/%s/%s", where, name);
	sp_auto_free char *link = sp_asprintf("%s/sys/block/%s", top, name);

	put_text(dev, number);
	put_text(sectors, size);
	if (!strchr(name, '/'))
		assert_int_equal(symlink(target, link), 0);
}

static void attr(const char *path, const char *text)
{
	sp_auto_free char *full = sp_asprintf("sys/devices/%s", path);

	put_text(full, text);
}

static void scan(bool every, struct sp_blockdevs *l)
{
	sp_auto_free char *sys = below("sys"), *dev = below("dev");
	sp_auto_err err = { 0 };

	if (sp_blockdev_scan(sys, dev, every, l, &err) < 0)
		fail_msg("%s", err.msg);
}

static void test_scan(void **state)
{
	sp_auto_blockdevs l = { 0 };
	sp_auto_free char *shown = NULL, *dev = below("dev/");
	size_t n = strlen(dev);

	(void)state;
	put_text("sys/block/.keep", "");
	/* a disk of the host: neither removable nor on USB */
	put_dev("pci0/ata1", "sda", "8:0\n", "1000\n");
	attr("pci0/ata1/sda/removable", "0\n");
	put_ext2("dev/sda", "VERDE", 1);
	/* a stick with a partition, and one without */
	put_dev("pci0/usb1/1-1/host6", "sdb", "8:16\n", "2000000\n");
	attr("pci0/usb1/1-1/host6/sdb/removable", "1\n");
	attr("pci0/usb1/1-1/host6/sdb/device/vendor", "SanDisk \n");
	attr("pci0/usb1/1-1/host6/sdb/device/model", "Ultra\x1b[31m  \n");
	put_dev("pci0/usb1/1-1/host6", "sdb/sdb1", "8:17\n", "1999000\n");
	attr("pci0/usb1/1-1/host6/sdb/sdb1/partition", "1\n");
	put_ext2("dev/sdb", "whole", 2);
	put_ext2("dev/sdb1", "VERDE", 3);
	/* USB, though not removable; the node is missing */
	put_dev("pci0/usb1/1-2/host7", "sdc", "8:32\n", "128\n");
	attr("pci0/usb1/1-2/host7/sdc/removable", "0\n");
	/* a reader without a card */
	put_dev("pci0/usb1/1-3/host8", "sdd", "8:48\n", "0\n");
	attr("pci0/usb1/1-3/host8/sdd/removable", "1\n");
	/* removable, but not USB; a slash in its name; nothing on it */
	put_dev("pci0/mmc", "x!y", "9:0\n", "128\n");
	attr("pci0/mmc/x!y/removable", "1\n");
	put_text("dev/x/y", "not a file system");
	/* removable, and does not tell its number */
	put_dev("pci0/mmc", "z", "9\n", "128\n");
	attr("pci0/mmc/z/removable", "1\n");
	/* what is made of disks has no hardware of its own */
	put_dev("virtual", "dm-0", "253:0\n", "128\n");
	put_ext2("dev/dm-0", "VERDE", 1);
	scan(false, &l);

	assert_int_equal(l.n, 4);
	assert_string_equal(l.v[0].path + n, "sdb1");
	assert_string_equal(l.v[0].label, "VERDE");
	assert_string_equal(l.v[0].uuid,
			    "03030303-0303-0303-0303-030303030303");
	assert_string_equal(l.v[0].type, "ext2");
	assert_null(l.v[0].bad);
	assert_int_equal(l.v[0].size, 1999000 * 512LL);
	shown = sp_blockdev_shown(&l.v[0]);
	assert_string_equal(
		shown + n,
		"sdb1 (label \"VERDE\", 1.0 GB, SanDisk Ultra\\x1b[31m)");
	assert_string_equal(l.v[1].path + n, "sdc");
	assert_non_null(strstr(l.v[1].bad, "No such file"));
	assert_string_equal(l.v[2].path + n, "x/y");
	assert_non_null(strstr(l.v[2].bad, "no file system"));
	assert_string_equal(l.v[3].path + n, "z");
	assert_non_null(strstr(l.v[3].bad, "number"));

	sp_blockdevs_clear(&l);
	attr("pci0/ata1/sda/device/model", "Disk\n");
	scan(true, &l);
	assert_int_equal(l.n, 5);
	assert_string_equal(l.v[0].path + n, "sda");
	assert_string_equal(l.v[0].label, "VERDE");
}

/* The one disk with a label, of every sort; mounting it is the lab's. */
static void test_label(void **state)
{
	sp_auto_free char *sys = below("sys"), *dev = below("dev");
	sp_auto_buf text = { 0 };
	sp_auto_err err = { 0 };
	char *from = (char *)"untouched";

	(void)state;
#define FILE_OF(path, name, max)                                             \
	sp_media_file(sys, dev, path, "SPROUT", name, max, &text, &from, &err)
	/* no disks at all, none with that label, two of them */
	assert_int_equal(FILE_OF(NULL, "profile.yaml", 10), 0);
	put_text("sys/block/.keep", "");
	put_dev("pci0/virtio1", "vda", "252:0\n", "1000\n");
	attr("pci0/virtio1/vda/device/x", "");
	put_ext2("dev/vda", "root", 1);
	assert_int_equal(FILE_OF(NULL, "profile.yaml", 10), 0);
	put_ext2("dev/vda", "SPROUT", 1);
	put_dev("pci0/usb1/1-1/host6", "sdb", "8:16\n", "200\n");
	attr("pci0/usb1/1-1/host6/sdb/removable", "1\n");
	put_ext2("dev/sdb", "SPROUT", 2);
	assert_int_equal(FILE_OF(NULL, "profile.yaml", 10), -ENOTUNIQ);
	assert_non_null(strstr(err.msg, "dev/sdb (label \"SPROUT\""));
	assert_non_null(strstr(err.msg, "dev/vda (label \"SPROUT\""));
	sp_err_clear(&err);
	assert_null(text.data);
	assert_string_equal(from, "untouched");
}

static void test_file(void **state)
{
	static const struct {
		const char *name;
		int want;
		const char *text;
	} rows[] = {
		{ "profile.yaml", 1, NULL },
		{ "none.yaml", -ENOENT, "\"none.yaml\": No such file" },
		{ "link.yaml", -EINVAL, "\"link.yaml\" is a link" },
		{ "dir.yaml", -EINVAL, "\"dir.yaml\" is no regular file" },
		{ "pipe.yaml", -EINVAL, "\"pipe.yaml\" is no regular file" },
		{ "large.yaml", -EFBIG, "larger than 10 bytes, the limit" },
		{ "empty.yaml", 1, NULL },
	};
	sp_auto_free char *link = below("d/link.yaml"), *pipe = below("d/pipe.yaml");
	sp_auto_free char *dir = below("d"), *inner = below("d/dir.yaml");

	(void)state;
	put("d/profile.yaml", "0123\0" "56789", 10);
	put_text("d/large.yaml", "0123456789a");
	put_text("d/empty.yaml", "");
	assert_int_equal(symlink("profile.yaml", link), 0);
	assert_int_equal(mkfifo(pipe, 0600), 0);
	assert_int_equal(mkdir(inner, 0700), 0);
	for (size_t i = 0; i < SP_COUNT(rows); i++) {
		sp_auto_free char *from = NULL;
		sp_auto_buf text = { 0 };
		sp_auto_err err = { 0 };
		int r = sp_media_file(NULL, NULL, dir, NULL, rows[i].name, 10,
				      &text, &from, &err);

		assert_int_equal(r, rows[i].want);
		if (r < 0) {
			assert_non_null(strstr(err.msg, rows[i].text));
			assert_null(from);
		} else {
			assert_string_equal(from, dir);
		}
		if (i == 0) {
			assert_int_equal(text.len, 10);
			assert_memory_equal(text.data, "0123\0" "56789", 10);
		}
	}
}

static void test_at(void **state)
{
	sp_auto_free char *image = below("x.img"), *none = below("none");
	struct sp_blockdev b = { .path = (char *)"untouched" };
	sp_auto_err err = { 0 };

	(void)state;
	assert_int_equal(sp_blockdev_at(none, &b, &err), -ENOENT);
	assert_string_equal(b.path, "untouched");
	sp_err_clear(&err);
	assert_int_equal(sp_blockdev_at("/dev/null", &b, &err), -EINVAL);
	sp_err_clear(&err);
	put_ext2("x.img", "X", 7);
	assert_int_equal(sp_blockdev_at(image, &b, &err), 0);
	assert_int_equal(b.sort, SP_BLOCKDEV_IMAGE);
	assert_string_equal(b.label, "X");
	assert_int_equal(b.size, 65536);
	sp_blockdev_clear(&b);
	assert_int_equal(sp_blockdev_at(top, &b, &err), 0);
	assert_int_equal(b.sort, SP_BLOCKDEV_DIR);
	sp_blockdev_clear(&b);
}

/* --- what is taken ----------------------------------------------------------------- */

static int read_dir(const char *dir, const char *match, const char *spool,
		    struct sp_media_files *ret, struct sp_err *err)
{
	struct sp_blockdev b = { .sort = SP_BLOCKDEV_DIR, .path = below(dir) };
	int r = sp_media_read(&b, match, spool, NULL, NULL, ret, err);

	free(b.path);
	return r;
}

static void test_read(void **state)
{
	sp_auto_free char *link = below("stick/link.rpm");
	sp_auto_free char *dirlink = below("stick/dir"), *fifo = NULL;
	sp_auto_free char *spool = below("spool");
	sp_auto_media_files l = { 0 };
	sp_auto_err err = { 0 };
	char text[16] = "";
	int fd;

	(void)state;
	put_text("stick/VERDE-7.1.rpm", "seven");
	put_text("stick/other.RPM", "x");
	put_text("stick/.hidden.rpm", "x");
	put_text("stick/control\n.rpm", "x");
	put_text("stick/README.txt", "x");
	put_text("stick/sub/deep.rpm", "x");
	put_text("stick/dir.rpm/x", "x");
	put_text("outside.rpm", "secret");
	assert_int_equal(symlink("../outside.rpm", link), 0);
	assert_int_equal(symlink("sub", dirlink), 0);
	fifo = below("stick/fifo.rpm");
	assert_int_equal(mkfifo(fifo, 0600), 0);
	assert_int_equal(mkdir(spool, 0700), 0);
	if (read_dir("stick", "VERDE-*.rpm", spool, &l, &err) < 0)
		fail_msg("%s", err.msg);
	assert_int_equal(l.n, 2);
	assert_int_equal(l.n_match, 1);
	assert_string_equal(l.v[0].name, "VERDE-7.1.rpm");
	assert_true(l.v[0].match);
	assert_int_equal(l.v[0].size, 5);
	assert_string_equal(l.v[1].name, "other.RPM");
	assert_false(l.v[1].match);

	/* what happens there afterwards is of no matter to the copy */
	put_text("stick/VERDE-7.1.rpm", "EVIL!");
	fd = open(l.v[0].copy, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(read(fd, text, sizeof(text)), 5);
	assert_memory_equal(text, "seven", 5);
	(void)close(fd);

	/* nothing is copied twice into one place, nothing overwritten */
	sp_media_files_clear(&l);
	assert_int_equal(read_dir("stick", "*", spool, &l, &err), -EEXIST);
	assert_int_equal(l.n, 0);
}

static void test_read_repository(void **state)
{
	sp_auto_free char *spool = below("spool");
	sp_auto_media_files l = { 0 };
	sp_auto_err err = { 0 };

	(void)state;
	put_text("stick/repodata/repomd.xml", "");
	put_text("stick/a/b/same.rpm", "1");
	put_text("stick/c/same.rpm", "22");
	assert_int_equal(mkdir(spool, 0700), 0);
	if (read_dir("stick", "*", spool, &l, &err) < 0)
		fail_msg("%s", err.msg);
	assert_int_equal(l.n, 2);
	assert_string_equal(l.v[0].name, "same.rpm");
	assert_string_equal(l.v[1].name, "same.rpm");
	assert_int_equal(l.v[0].size + l.v[1].size, 3);
	assert_string_not_equal(l.v[0].copy, l.v[1].copy);
}

static void test_limits(void **state)
{
	sp_auto_free char *huge = below("huge/x.rpm");
	sp_auto_media_files l = { 0 };
	sp_auto_err err = { 0 };

	(void)state;
	for (int i = 0; i <= SP_MEDIA_FILES_MAX; i++) {
		sp_auto_free char *name = sp_asprintf("stick/%d.rpm", i);

		put_text(name, "");
	}
	assert_int_equal(read_dir("stick", "*", NULL, &l, &err), -E2BIG);
	assert_non_null(strstr(err.msg, "2000"));
	sp_err_clear(&err);
	put_text("huge/x.rpm", "");
	assert_int_equal(truncate(huge, SP_MEDIA_BYTES_MAX + 1), 0);
	assert_int_equal(read_dir("huge", "*", NULL, &l, &err), -EFBIG);
	assert_non_null(strstr(err.msg, "16 GiB"));
}

/* --- the spool ---------------------------------------------------------------------- */

static void wait_until_gone(const char *path)
{
	struct stat st;

	for (int i = 0; i < 2400 && lstat(path, &st) == 0; i++)
		(void)nanosleep(&(struct timespec){ .tv_nsec = 25000000 },
				NULL);
	assert_int_equal(lstat(path, &st), -1);
}

static void test_spool(void **state)
{
	sp_auto_free char *path = NULL, *file = NULL, *odd = NULL;
	struct sp_spool *s, *other;
	sp_auto_err err = { 0 };
	struct stat st;

	(void)state;
	assert_int_equal(sp_spool_new(top, &s, &err), 0);
	assert_int_equal(sp_spool_new(top, &other, &err), 0);
	path = sp_xstrdup(sp_spool_path(s));
	assert_string_not_equal(path, sp_spool_path(other));
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	file = sp_asprintf("%s/x.rpm", path);
	(void)close(open(file, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	odd = sp_asprintf("%s/mnt", path);
	assert_int_equal(mkdir(odd, 0700), 0);
	sp_spool_free(s);
	assert_int_equal(lstat(path, &st), -1);
	assert_int_equal(stat(sp_spool_path(other), &st), 0);
	sp_spool_free(other);
	sp_spool_free(NULL);
}

/* However the process ends, also by kill -9, its directory goes. */
static void test_spool_killed(void **state)
{
	char path[256] = "";
	int fds[2], status;
	pid_t pid;

	(void)state;
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		struct sp_err err = { 0 };
		struct sp_spool *s;

		if (sp_spool_new(top, &s, &err) == 0 &&
		    write(fds[1], sp_spool_path(s), strlen(sp_spool_path(s))) >
			    0)
			(void)pause();
		_exit(1);
	}
	assert_true(read(fds[0], path, sizeof(path) - 1) > 0);
	(void)close(fds[0]);
	(void)close(fds[1]);
	assert_int_equal(access(path, F_OK), 0);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	wait_until_gone(path);
}

/* What a power cut left, goes with the next one; what is in use stays. */
static void test_spool_sweep(void **state)
{
	sp_auto_free char *old = below("spool-old");
	struct sp_spool *s;
	sp_auto_err err = { 0 };
	struct stat st;

	(void)state;
	put_text("spool-old/x.rpm", "x");
	put_text("kept/x.rpm", "x");
	assert_int_equal(sp_spool_new(top, &s, &err), 0);
	assert_int_equal(lstat(old, &st), -1);
	sp_spool_free(s);
	free(old);
	old = below("kept/x.rpm");
	assert_int_equal(lstat(old, &st), 0);
}

/* --- versions ---------------------------------------------------------------------------- */

static void test_evr(void **state)
{
	static const struct {
		const char *a, *b;
		int want;
	} rows[] = {
		{ "1.0-1", "1.0-1", 0 },	 { "1.0-1", "1.0-2", -1 },
		{ "1.10-1", "1.9-1", 1 },	 { "1:1-1", "2-1", 1 },
		{ "0:1-1", "1-1", 0 },		 { "1-1", "1", 0 },
		{ "1.0~rc1-1", "1.0-1", -1 },	 { "2", "10", -1 },
		{ "1.0-1.el9", "1.0-1.el8", 1 },
	};

	(void)state;
	for (size_t i = 0; i < SP_COUNT(rows); i++) {
		int r = sp_evr_compare(rows[i].a, rows[i].b);
		int back = sp_evr_compare(rows[i].b, rows[i].a);

		if ((r > 0) - (r < 0) != rows[i].want ||
		    (back > 0) - (back < 0) != -rows[i].want)
			fail_msg("%s and %s: %d", rows[i].a, rows[i].b, r);
	}
}

/* --- what media have of core ------------------------------------------------- */

static void test_brings(void **state)
{
	static const struct {
		const char *text;
		size_t n;
		bool x; /* of what is brought */
	} rows[] = {
		{ "sprout: 1\n", 0, false },
		{ "sprout: 1\nbringing: [{name: a}, {name: b}]\n", 3, false },
		{ "sprout: 1\nbringing: [{name: a}]\nbrought: {x: y}\n", 2,
		  true },
		{ "sprout: 1\nbrought: {x: y}\n", 1, true },
	};

	(void)state;
	for (size_t i = 0; i < SP_COUNT(rows); i++) {
		sp_auto_profile p = { 0 };
		sp_auto_diag diag = { 0 };
		const struct sp_resource *res;

		sp_profile_add_text(&p, "p", rows[i].text,
				    strlen(rows[i].text));
		sp_profile_parse(&p, &diag);
		assert_int_equal(diag.errors, 0);
		assert_int_equal(p.n, rows[i].n);
		res = sp_profile_find(&p, &brought, "brought");
		assert_int_equal(res != NULL, rows[i].n > 0);
		if (!res)
			continue;
		assert_ptr_equal(res, &p.res[p.n - 1]);
		assert_true(res->want.present);
		assert_int_equal(sp_state_has(&res->want, 0), rows[i].x);
	}
}

static bool patience(void *arg, const char *what, int left_s)
{
	int *calls = arg;

	assert_string_equal(what, "put it in");
	assert_int_equal(left_s, 7);
	return ++*calls < 3;
}

static void count_free(void *owner)
{
	++*(int *)owner;
}

static void test_host(void **state)
{
	struct sp_host *h = sp_host_new(NULL);
	struct sp_offers *o;
	struct sp_offer *offer;
	sp_auto_err err = { 0 };
	int calls = 0, freed = 0;

	(void)state;
	assert_false(sp_host_wait(h, "put it in", 7)); /* nobody is there */
	sp_host_set_wait(h, patience, &calls);
	while (sp_host_wait(h, "put it in", 7))
		;
	assert_int_equal(calls, 3);

	o = sp_offers_get(h, &err);
	assert_non_null(o);
	assert_int_equal(o->n, 0);
	offer = sp_offers_add(o);
	offer->path = sp_xstrdup("/x");
	o->owner = &freed;
	o->free_owner = count_free;
	assert_ptr_equal(sp_offers_get(h, &err), o);
	sp_host_free(h);
	assert_int_equal(freed, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_brings),
		cmocka_unit_test(test_host),
		cmocka_unit_test_setup_teardown(test_scan, new_top, end_top),
		cmocka_unit_test_setup_teardown(test_at, new_top, end_top),
		cmocka_unit_test_setup_teardown(test_label, new_top, end_top),
		cmocka_unit_test_setup_teardown(test_file, new_top, end_top),
		cmocka_unit_test_setup_teardown(test_read, new_top, end_top),
		cmocka_unit_test_setup_teardown(test_read_repository, new_top,
						end_top),
		cmocka_unit_test_setup_teardown(test_limits, new_top, end_top),
		cmocka_unit_test_setup_teardown(test_spool, new_top, end_top),
		cmocka_unit_test_setup_teardown(test_spool_killed, new_top,
						end_top),
		cmocka_unit_test_setup_teardown(test_spool_sweep, new_top,
						end_top),
		cmocka_unit_test(test_evr),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
