/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_host.c - the staging view and the root below it: nothing leads out. */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "core/commit.h"
#include "core/host_overlay.h"
#include "core/mem.h"
#include "fake_kinds.h"

/* $dir/root is the root; $dir/outside must never be reached from it. */
struct world {
	char *dir, *top;
	struct sp_root *root;
	struct sp_host *host;
};

static void put(const struct world *w, const char *path, const char *text)
{
	sp_auto_free char *p = sp_asprintf("%s/%s", w->dir, path);
	FILE *f = fopen(p, "we");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static void make(const struct world *w, const char *path)
{
	sp_auto_free char *p = sp_asprintf("%s/%s", w->dir, path);

	assert_int_equal(mkdir(p, 0755), 0);
}

static void point(const struct world *w, const char *path, const char *target)
{
	sp_auto_free char *p = sp_asprintf("%s/%s", w->dir, path);

	(void)remove(p);
	assert_int_equal(symlink(target, p), 0);
}

static char *get(const struct world *w, const char *path)
{
	sp_auto_free char *p = sp_asprintf("%s/%s", w->dir, path);
	FILE *f = fopen(p, "re");
	char text[256];
	size_t n;

	if (!f)
		return NULL;
	n = fread(text, 1, sizeof(text) - 1, f);
	(void)fclose(f);
	text[n] = '\0';
	return sp_xstrdup(text);
}

static int setup(void **state)
{
	struct world *w = sp_xcalloc(1, sizeof(*w));
	sp_auto_err err = { 0 };

	w->dir = sp_xstrdup("/tmp/sprout-host-XXXXXX");
	assert_non_null(mkdtemp(w->dir));
	w->top = sp_asprintf("%s/root", w->dir);
	make(w, "root");
	make(w, "root/etc");
	make(w, "outside");
	put(w, "outside/secret", "secret\n");
	put(w, "root/etc/file", "old\n");
	assert_int_equal(sp_root_open(w->top, &w->root, &err), 0);
	w->host = sp_host_new(w->root);
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
	(void)nftw(w->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	free(w->top);
	free(w->dir);
	free(w);
	return 0;
}

static int commit(struct world *w, struct sp_err *err)
{
	sp_auto_effects e = { 0 };
	int r = sp_host_effects(w->host, &e, err);

	if (r >= 0)
		r = sp_commit_prepare(w->root, &e, err);
	return r < 0 ? r : sp_commit(w->root, "test", 0, &e, err);
}

static int write_text(struct world *w, const char *path, const char *text,
		      struct sp_err *err)
{
	return sp_host_write(w->host, path, text, strlen(text), SP_ATTR_KEEP,
			     err);
}

static void test_canonical(void **state)
{
	struct world *w = *state;
	static const struct {
		const char *path;
		const char *want, *want_nofollow; /* NULL: ELOOP */
	} rows[] = {
		{ "/", "/", "/" },
		{ "/etc//./file", "/etc/file", "/etc/file" },
		{ "/etc/../../../etc/file", "/etc/file", "/etc/file" },
		{ "/etc/missing/../file", "/etc/file", "/etc/file" },
		{ "/etc/rel", "/etc/file", "/etc/rel" },
		{ "/etc/abs", "/etc/file", "/etc/abs" },
		{ "/etc/up", "/outside/secret", "/etc/up" },
		{ "/etc/out/secret", "/outside/secret", "/outside/secret" },
		{ "/etc/real-out", "/REAL/outside", "/etc/real-out" },
		{ "/etc/chain", "/etc/file", "/etc/chain" },
		{ "/etc/loop", NULL, "/etc/loop" },
		{ "/etc/loop/x", NULL, NULL },
		{ "/etc/file/x", "/etc/file/x", "/etc/file/x" },
	};

	point(w, "root/etc/rel", "file");
	point(w, "root/etc/abs", "/etc/file");
	point(w, "root/etc/up", "../../../../outside/secret");
	point(w, "root/etc/out", "/outside");
	point(w, "root/etc/real-out", "/REAL/outside");
	point(w, "root/etc/chain", "rel");
	point(w, "root/etc/loop", "loop");
	for (size_t i = 0; i < SP_COUNT(rows); i++) {
		for (int follow = 0; follow < 2; follow++) {
			const char *want =
				follow ? rows[i].want : rows[i].want_nofollow;
			sp_auto_free char *got = NULL;
			sp_auto_err err = { 0 };
			int r = sp_host_canonical(w->host, rows[i].path, follow,
						  &got, &err);

			if (!want) {
				assert_int_equal(r, -ELOOP);
				assert_null(got);
				continue;
			}
			assert_int_equal(r, 0);
			assert_string_equal(got, want);
		}
	}
}

static void test_relative_is_refused(void **state)
{
	struct world *w = *state;
	sp_auto_err err = { 0 };
	struct sp_stat st = { .mode = 4711 };

	assert_int_equal(sp_host_stat(w->host, "etc/file", &st, &err), -EINVAL);
	assert_int_equal(st.mode, 4711);
}

/* Links that point out of the root as the real system sees it. */
static void test_no_read_leads_out(void **state)
{
	struct world *w = *state;
	sp_auto_free char *real = sp_asprintf("%s/outside", w->dir);
	static const char *const paths[] = { "/etc/l1", "/etc/l2",
					     "/etc/d/secret" };

	point(w, "root/etc/l1", "../../outside/secret");
	{
		sp_auto_free char *target = sp_asprintf("%s/secret", real);

		point(w, "root/etc/l2", target);
	}
	point(w, "root/etc/d", real);
	for (size_t i = 0; i < SP_COUNT(paths); i++) {
		sp_auto_buf b = { 0 };
		sp_auto_err err = { 0 };

		assert_int_equal(sp_host_read(w->host, paths[i], &b, &err), 0);
	}
}

static void test_no_write_leads_out(void **state)
{
	struct world *w = *state;
	sp_auto_free char *real = sp_asprintf("%s/outside", w->dir);
	sp_auto_free char *inner = NULL, *text = NULL;
	sp_auto_err err = { 0 };

	point(w, "root/etc/d", real);
	point(w, "root/etc/l", "../../outside/secret");
	assert_int_equal(write_text(w, "/etc/d/new", "x\n", &err), 0);
	assert_int_equal(write_text(w, "/etc/l", "y\n", &err), 0);
	assert_int_equal(commit(w, &err), 0);
	text = get(w, "outside/secret");
	assert_string_equal(text, "secret\n");
	assert_null(get(w, "outside/new"));
	inner = sp_asprintf("root%s/new", real);
	free(text);
	text = get(w, inner);
	assert_string_equal(text, "x\n");
}

/* A directory that becomes a link between plan and apply. */
static void test_race_is_refused(void **state)
{
	struct world *w = *state;
	sp_auto_free char *real = sp_asprintf("%s/outside", w->dir);
	sp_auto_free char *dir = sp_asprintf("%s/root/etc/dir", w->dir);
	sp_auto_effects e = { 0 };
	sp_auto_err err = { 0 };

	make(w, "root/etc/dir");
	assert_int_equal(write_text(w, "/etc/dir/new", "x\n", &err), 0);
	assert_int_equal(sp_host_effects(w->host, &e, &err), 0);
	assert_int_equal(rmdir(dir), 0);
	point(w, "root/etc/dir", real);
	assert_int_equal(sp_commit(w->root, "test", 0, &e, &err), -ENOTDIR);
	assert_null(get(w, "outside/new"));
	assert_null(get(w, "outside/.sprout-test-0"));
}

static void test_changed_meanwhile(void **state)
{
	struct world *w = *state;
	sp_auto_err err = { 0 };
	sp_auto_free char *text = NULL;

	assert_int_equal(write_text(w, "/etc/file", "new\n", &err), 0);
	put(w, "root/etc/file", "somebody's\n");
	assert_int_equal(commit(w, &err), -ESTALE);
	assert_non_null(strstr(err.msg, "/etc/file: changed by somebody else"));
	text = get(w, "root/etc/file");
	assert_string_equal(text, "somebody's\n");
}

static void test_link_stays(void **state)
{
	struct world *w = *state;
	sp_auto_err err = { 0 };
	sp_auto_free char *text = NULL, *target = NULL;

	point(w, "root/etc/link", "file");
	assert_int_equal(write_text(w, "/etc/link", "new\n", &err), 0);
	assert_int_equal(commit(w, &err), 0);
	text = get(w, "root/etc/file");
	assert_string_equal(text, "new\n");
	sp_host_committed(w->host);
	assert_int_equal(sp_host_readlink(w->host, "/etc/link", &target, &err),
			 1);
	assert_string_equal(target, "file");
}

static void test_line(void **state)
{
	static const struct {
		const char *text, *line;
	} rows[] = { { "one\ntwo\n", "one" }, { "one", "one" }, { "", "" } };
	struct world *w = *state;
	sp_auto_err err = { 0 };
	char *line = NULL;

	assert_int_equal(sp_host_read_line(w->host, "/etc/no", &line, &err), 0);
	assert_null(line);
	for (size_t i = 0; i < SP_COUNT(rows); i++) {
		assert_int_equal(write_text(w, "/etc/line", rows[i].text, &err),
				 0);
		assert_int_equal(sp_host_read_line(w->host, "/etc/line", &line,
						   &err),
				 1);
		assert_string_equal(line, rows[i].line);
		free(line);
		line = NULL;
	}
}

/* Two names of one file are one effect. */
static void test_composed(void **state)
{
	struct world *w = *state;
	sp_auto_effects e = { 0 };
	sp_auto_err err = { 0 };

	point(w, "root/etc/link", "file");
	sp_host_set_change(w->host, 0);
	assert_int_equal(write_text(w, "/etc/link", "one\n", &err), 0);
	sp_host_set_change(w->host, 3);
	assert_int_equal(write_text(w, "/etc/file", "two\n", &err), 0);
	assert_int_equal(sp_host_effects(w->host, &e, &err), 0);
	assert_int_equal(e.n, 1);
	assert_string_equal(e.v[0].path, "/etc/file");
	assert_string_equal(e.v[0].before.data.data, "old\n");
	assert_string_equal(e.v[0].after.data.data, "two\n");
	assert_int_equal(e.v[0].n_changes, 2);
	assert_int_equal(e.v[0].changes[0], 0);
	assert_int_equal(e.v[0].changes[1], 3);
}

static void test_there_and_back_is_nothing(void **state)
{
	struct world *w = *state;
	sp_auto_effects e = { 0 };
	sp_auto_err err = { 0 };

	assert_int_equal(write_text(w, "/etc/file", "new\n", &err), 0);
	assert_int_equal(write_text(w, "/etc/file", "old\n", &err), 0);
	assert_int_equal(write_text(w, "/etc/x", "x\n", &err), 0);
	assert_int_equal(sp_host_remove(w->host, "/etc/x", &err), 0);
	assert_int_equal(sp_host_remove(w->host, "/etc/never", &err), 0);
	assert_int_equal(sp_host_effects(w->host, &e, &err), 0);
	assert_int_equal(e.n, 0);
}

static void test_listing_sees_staged(void **state)
{
	struct world *w = *state;
	sp_auto_strv names = { 0 };
	sp_auto_err err = { 0 };
	sp_auto_free char *text = NULL;

	put(w, "root/etc/b", "");
	assert_int_equal(write_text(w, "/etc/a", "", &err), 0);
	assert_int_equal(write_text(w, "/etc/sub/deep/x", "", &err), 0);
	assert_int_equal(sp_host_remove(w->host, "/etc/file", &err), 0);
	assert_int_equal(sp_host_list(w->host, "/etc", &names, &err), 1);
	text = sp_strv_join(&names, " ");
	assert_string_equal(text, "a b sub");
	sp_strv_clear(&names);
	assert_int_equal(sp_host_list(w->host, "/etc/sub", &names, &err), 1);
	assert_int_equal(names.n, 1);
	sp_strv_clear(&names);
	assert_int_equal(sp_host_list(w->host, "/nowhere", &names, &err), 0);
	assert_int_equal(sp_host_remove(w->host, "/etc/sub", &err), -ENOTEMPTY);
}

static void test_odd_files(void **state)
{
	struct world *w = *state;
	sp_auto_free char *fifo = sp_asprintf("%s/root/etc/fifo", w->dir);
	sp_auto_free char *big = sp_asprintf("%s/root/etc/big", w->dir);
	sp_auto_buf b = { 0 };
	sp_auto_err e1 = { 0 }, e2 = { 0 }, e3 = { 0 }, e4 = { 0 }, e5 = { 0 };
	int fd;

	assert_int_equal(mkfifo(fifo, 0600), 0);
	fd = open(big, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, (off_t)SP_FILE_MAX + 1), 0);
	(void)close(fd);
	assert_int_equal(sp_host_read(w->host, "/etc/fifo", &b, &e1), -EINVAL);
	assert_int_equal(sp_host_read(w->host, "/etc/big", &b, &e2), -EFBIG);
	assert_int_equal(sp_host_read(w->host, "/etc", &b, &e3), -EINVAL);
	assert_int_equal(write_text(w, "/etc/fifo", "x", &e4), -EINVAL);
	assert_int_equal(write_text(w, "/etc/file/x", "x", &e5), -ENOTDIR);
	assert_null(b.data);
}

static void test_attributes(void **state)
{
	struct world *w = *state;
	sp_auto_free char *path = sp_asprintf("%s/root/etc/file", w->dir);
	sp_auto_err err = { 0 };
	struct sp_stat st;

	assert_int_equal(chmod(path, 0640), 0);
	assert_int_equal(write_text(w, "/etc/file", "new\n", &err), 0);
	assert_int_equal(sp_host_write(w->host, "/etc/tight", "x", 1,
				       SP_ATTR(0600, SP_KEEP_ID, SP_KEEP_ID),
				       &err),
			 0);
	assert_int_equal(sp_host_mkdir(w->host, "/etc/d",
				       SP_ATTR(0711, SP_KEEP_ID, SP_KEEP_ID),
				       &err),
			 0);
	assert_int_equal(commit(w, &err), 0);
	sp_host_committed(w->host);
	assert_int_equal(sp_host_stat(w->host, "/etc/file", &st, &err), 1);
	assert_int_equal(st.mode, 0640);
	assert_int_equal(sp_host_stat(w->host, "/etc/tight", &st, &err), 1);
	assert_int_equal(st.mode, 0600);
	assert_int_equal(sp_host_stat(w->host, "/etc/d", &st, &err), 1);
	assert_int_equal(st.mode, 0711);
	assert_int_equal(sp_host_setattr(w->host, "/etc/none", SP_ATTR_KEEP,
					 &err),
			 -ENOENT);
}

static void test_commands_stay_out(void **state)
{
	struct world *w = *state;
	const char *const argv[] = { "/bin/true", NULL };
	sp_auto_output out = { 0 };
	sp_auto_err err = { 0 };

	assert_false(sp_host_runs(w->host));
	assert_int_equal(sp_host_run(w->host, argv, &out, &err), -ENOTSUP);
	assert_non_null(strstr(err.msg, "--chroot-commands"));
}

/* A view without a root: only what it was given, and what is staged. */
static void test_without_root(void **state)
{
	sp_auto_host *h = sp_host_new(NULL);
	struct sp_node n = { .type = SP_FT_FILE, .mode = 0644, .loaded = true };
	sp_auto_strv names = { 0 };
	sp_auto_buf b = { 0 };
	sp_auto_err err = { 0 };

	(void)state;
	sp_buf_add(&n.data, "given\n");
	sp_host_preload(h, "/given", &n);
	assert_int_equal(
		sp_host_write(h, "/etc/new", "x", 1, SP_ATTR_KEEP, &err), 0);
	assert_int_equal(sp_host_read(h, "/given", &b, &err), 1);
	assert_string_equal(b.data, "given\n");
	assert_int_equal(sp_host_list(h, "/", &names, &err), 1);
	assert_int_equal(names.n, 2);
	assert_false(sp_host_runs(h));
}

static int commit_nothing(void *arg, struct sp_host *h, struct sp_err *err)
{
	(void)arg;
	(void)h;
	(void)err;
	return 0;
}

/* A note is there at once, and only in an apply. */
static void test_note(void **state)
{
	const struct sp_applier applier = { .commit = commit_nothing };
	const struct world *w = *state;
	sp_auto_err err = { 0 };
	sp_auto_buf text = { 0 };
	sp_auto_free char *there = NULL;

	make(w, "root/run");
	assert_int_equal(sp_host_note(w->host, "n", "one", &err), 0);
	assert_int_equal(sp_host_read(w->host, SP_NOTES "/n", &text, &err), 0);

	sp_host_set_applier(w->host, &applier);
	assert_int_equal(sp_host_note(w->host, "n", "one", &err), 0);
	there = get(w, "root" SP_NOTES "/n");
	assert_string_equal(there, "one");
	assert_int_equal(sp_host_note(w->host, "n", "two", &err), 0);
	assert_int_equal(sp_host_read(w->host, SP_NOTES "/n", &text, &err), 1);
	assert_string_equal(sp_buf_cstr(&text), "two");
	assert_int_equal(sp_host_note(w->host, "n", NULL, &err), 0);
	assert_int_equal(sp_host_note(w->host, "n", NULL, &err), 0);
	sp_buf_clear(&text);
	assert_int_equal(sp_host_read(w->host, SP_NOTES "/n", &text, &err), 0);
	assert_null(get(w, "root" SP_NOTES "/n"));
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test_setup_teardown(test_canonical, setup, teardown),
	cmocka_unit_test_setup_teardown(test_relative_is_refused, setup,
					teardown),
	cmocka_unit_test_setup_teardown(test_no_read_leads_out, setup,
					teardown),
	cmocka_unit_test_setup_teardown(test_no_write_leads_out, setup,
					teardown),
	cmocka_unit_test_setup_teardown(test_race_is_refused, setup, teardown),
	cmocka_unit_test_setup_teardown(test_changed_meanwhile, setup,
					teardown),
	cmocka_unit_test_setup_teardown(test_link_stays, setup, teardown),
	cmocka_unit_test_setup_teardown(test_line, setup, teardown),
	cmocka_unit_test_setup_teardown(test_composed, setup, teardown),
	cmocka_unit_test_setup_teardown(test_there_and_back_is_nothing, setup,
					teardown),
	cmocka_unit_test_setup_teardown(test_listing_sees_staged, setup,
					teardown),
	cmocka_unit_test_setup_teardown(test_odd_files, setup, teardown),
	cmocka_unit_test_setup_teardown(test_attributes, setup, teardown),
	cmocka_unit_test_setup_teardown(test_commands_stay_out, setup,
					teardown),
	cmocka_unit_test_setup_teardown(test_note, setup, teardown),
	cmocka_unit_test(test_without_root),
};

/* From here on openat2(2) does not exist, as before Linux 5.6. */
static int forbid_openat2(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat2, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog prog = { .len = SP_COUNT(code), .filter = code };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -1;
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog);
}

int main(void)
{
	int failed = cmocka_run_group_tests_name("host", tests, NULL, NULL);

	if (forbid_openat2() < 0) {
		print_message("without openat2: cannot be told here\n");
		return failed;
	}
	return failed + cmocka_run_group_tests_name("host, without openat2",
						    tests, NULL, NULL);
}
