/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_label.c - labels by the policy of a root, and of that root only. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "core/host_real.h"
#include "core/kind.h"
#include "core/label.h"
#include "core/mem.h"

const struct sp_kind *const sp_kinds[] = { NULL };

#define CONTEXTS "etc/selinux/targeted/contexts/files/file_contexts"

static const char specs[] =
	"/.*\tsystem_u:object_r:default_t:s0\n"
	"/etc(/.*)?\tsystem_u:object_r:etc_t:s0\n"
	"/etc/ssh\t-d\tsystem_u:object_r:ssh_dir_t:s0\n"
	"/etc/ssh\t--\tsystem_u:object_r:ssh_file_t:s0\n"
	"/etc/link\t-l\tsystem_u:object_r:link_t:s0\n"
	"/proc/.*\t<<none>>\n";

static void write_file(const char *root, const char *path, const char *text)
{
	sp_auto_free char *full = sp_asprintf("%s/%s", root, path);
	sp_auto_close int fd = -1;

	for (char *p = full + strlen(root) + 1; (p = strchr(p, '/')); p++) {
		*p = '\0';
		(void)mkdir(full, 0755);
		*p = '/';
	}
	fd = open(full, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
}

static int rm_one(const char *path, const struct stat *st, int type,
		  struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static int setup(void **state)
{
	char *dir = sp_xstrdup("/tmp/sprout-label-XXXXXX");

	*state = mkdtemp(dir);
	return *state ? 0 : -1;
}

static int teardown(void **state)
{
	int r = nftw(*state, rm_one, 16, FTW_DEPTH | FTW_PHYS);

	free(*state);
	return r;
}

/* No test where there is no library, or where it was not built in. */
static void need_library(void)
{
#ifdef HAVE_SELINUX_SELINUX_H
	void *lib = dlopen("libselinux.so.1", RTLD_NOW);

	if (lib) {
		(void)dlclose(lib);
		return;
	}
#endif
	skip();
}

/* The label, "none", or "error". */
static void expect(struct sp_labels *l, const char *path, mode_t mode,
		   const char *want)
{
	sp_auto_err err = { 0 };
	sp_auto_free char *label = NULL;
	int r = sp_label_lookup(l, path, mode, &label, &err);

	assert_string_equal(r < 0 ? "error" : label ? label : "none", want);
}

static void test_lookup(void **state)
{
	struct sp_labels *l;

	need_library();
	write_file(*state, "etc/selinux/config",
		   "# x\nSELINUX=enforcing\nSELINUXTYPE=targeted\n");
	write_file(*state, CONTEXTS, specs);
	l = sp_labels_new(*state);
	expect(l, "/etc/passwd", S_IFREG | 0644, "system_u:object_r:etc_t:s0");
	expect(l, "/etc/ssh", S_IFDIR | 0755, "system_u:object_r:ssh_dir_t:s0");
	expect(l, "/etc/ssh", S_IFREG | 0755, "system_u:object_r:ssh_file_t:s0");
	expect(l, "/etc/link", S_IFLNK, "system_u:object_r:link_t:s0");
	expect(l, "/srv/x", S_IFREG, "system_u:object_r:default_t:s0");
	expect(l, "/proc/1", S_IFREG, "none");
	sp_labels_free(l);
}

static void test_local(void **state)
{
	struct sp_labels *l;

	need_library();
	write_file(*state, "etc/selinux/config", "SELINUXTYPE=targeted\n");
	write_file(*state, CONTEXTS, specs);
	write_file(*state, CONTEXTS ".local",
		   "/srv/x\tsystem_u:object_r:local_t:s0\n");
	l = sp_labels_new(*state);
	expect(l, "/srv/x", S_IFREG, "system_u:object_r:local_t:s0");
	sp_labels_free(l);
}

/* What is made in a root is labelled, on a kernel without SELinux as well. */
static void test_made(void **state)
{
	static const struct {
		enum sp_ftype type;
		const char *path, *label;
	} rows[] = {
		{ SP_FT_DIR, "/etc/ssh", "system_u:object_r:ssh_dir_t:s0" },
		{ SP_FT_FILE, "/etc/file", "system_u:object_r:etc_t:s0" },
		{ SP_FT_LINK, "/etc/link", "system_u:object_r:link_t:s0" },
	};
	sp_auto_root *root = NULL;
	sp_auto_err err = { 0 };

	need_library();
	if (geteuid() != 0)
		skip();
	write_file(*state, "etc/selinux/config", "SELINUXTYPE=targeted\n");
	write_file(*state, CONTEXTS, specs);
	assert_int_equal(sp_root_open(*state, &root, &err), 0);
	for (size_t i = 0; i < SP_COUNT(rows); i++) {
		sp_auto_free char *full =
			sp_asprintf("%s%s", (char *)*state, rows[i].path);
		sp_auto_node node = { .type = rows[i].type, .mode = 0755 };
		char got[100] = "";

		sp_buf_add(&node.data, "target");
		assert_int_equal(
			rows[i].type == SP_FT_DIR
				? sp_root_mkdir(root, rows[i].path, &node, &err)
				: sp_root_create(root, rows[i].path,
						 rows[i].path, &node, &err),
			0);
		(void)lgetxattr(full, "security.selinux", got, sizeof(got) - 1);
		assert_string_equal(got, rows[i].label);
	}
}

/* Roots without a policy label nothing. */
static void test_none(void **state)
{
	static const char *const configs[] = {
		NULL, "SELINUX=enforcing\n", "SELINUXTYPE=\n",
		"SELINUXTYPE=mls\n", "SELINUXTYPE=../../etc\n",
	};

	for (size_t i = 0; i < SP_COUNT(configs); i++) {
		struct sp_labels *l = sp_labels_new(*state);

		if (configs[i]) {
			write_file(*state, "etc/selinux/config", configs[i]);
			write_file(*state, CONTEXTS, specs);
		}
		expect(l, "/etc/passwd", S_IFREG, "none");
		sp_labels_free(l);
	}
	sp_labels_free(NULL);
}

/* A link of an image does not lead to the files of the machine below it. */
static void test_links_stay_inside(void **state)
{
	sp_auto_free char *link = sp_asprintf("%s/etc/selinux", (char *)*state);
	sp_auto_free char *outside = sp_asprintf("%s.out", (char *)*state);
	struct sp_labels *l;

	write_file(*state, "etc/x", "");
	assert_int_equal(mkdir(outside, 0755), 0);
	write_file(outside, "config", "SELINUXTYPE=targeted\n");
	write_file(outside, "targeted/contexts/files/file_contexts", specs);
	assert_int_equal(symlink(outside, link), 0);
	l = sp_labels_new(*state);
	expect(l, "/etc/passwd", S_IFREG, "none");
	sp_labels_free(l);
	assert_int_equal(nftw(outside, rm_one, 16, FTW_DEPTH | FTW_PHYS), 0);
}

/* A link inside of it does lead on. */
static void test_links_inside(void **state)
{
	sp_auto_free char *link = sp_asprintf("%s/etc/selinux", (char *)*state);
	struct sp_labels *l;

	need_library();
	write_file(*state, "etc/x", "");
	write_file(*state, "usr/se/config", "SELINUXTYPE=targeted\n");
	write_file(*state, "usr/se/targeted/contexts/files/file_contexts", specs);
	assert_int_equal(symlink("/usr/se", link), 0);
	l = sp_labels_new(*state);
	expect(l, "/etc/passwd", S_IFREG, "system_u:object_r:etc_t:s0");
	sp_labels_free(l);
}

/* What libselinux makes of such a file is its business; we get over it. */
static void test_garbage(void **state)
{
	sp_auto_err err = { 0 };
	sp_auto_free char *label = NULL;
	struct sp_labels *l;

	write_file(*state, "etc/selinux/config", "SELINUXTYPE=targeted\n");
	write_file(*state, CONTEXTS, "/etc(\tx\n/\n\tb\n\x01\xff\n");
	l = sp_labels_new(*state);
	(void)sp_label_lookup(l, "/etc/passwd", S_IFREG, &label, &err);
	sp_labels_free(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_lookup, setup, teardown),
		cmocka_unit_test_setup_teardown(test_local, setup, teardown),
		cmocka_unit_test_setup_teardown(test_made, setup, teardown),
		cmocka_unit_test_setup_teardown(test_none, setup, teardown),
		cmocka_unit_test_setup_teardown(test_links_stay_inside, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_links_inside, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_garbage, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
