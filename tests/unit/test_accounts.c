/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_accounts.c - records of passwd and its kin, ids, names, defaults. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "core/host_overlay.h"
#include "core/kind.h"
#include "core/mem.h"
#include "harden/accounts.h"

const struct sp_kind *const sp_kinds[] = { NULL };

static struct sp_acct file_of(enum sp_acct_file file, const char *text)
{
	struct sp_acct a = { .file = file, .there = true };

	sp_buf_add(&a.text, text);
	return a;
}

/* --- finding --------------------------------------------------------------- */

static void test_find(void **state)
{
	static const struct {
		enum sp_acct_file file;
		const char *text, *name;
		const char *want; /* the record, NULL: none */
	} rows[] = {
		{ SP_PASSWD, "a:x:1:2:g:/h:/s\n", "a", "a:x:1:2:g:/h:/s" },
		{ SP_PASSWD, "a:x:1:2:g:/h:/s", "a", "a:x:1:2:g:/h:/s" },
		{ SP_PASSWD, "ab:x:1:2::/:\na:x:3:4::/:\n", "a",
		  "a:x:3:4::/:" },
		{ SP_PASSWD, "a:x:1:2::/:\na:x:3:4::/:\n", "a", "a:x:1:2::/:" },
		{ SP_PASSWD, "a:x:one:2::/:\na:x:3:4::/:\n", "a",
		  "a:x:3:4::/:" },
		{ SP_PASSWD, "a:x:1\n", "a", NULL },
		{ SP_PASSWD, "a:x:1:\n", "a", NULL },
		{ SP_PASSWD, "a:x:1:2\n", "a", "a:x:1:2" },
		{ SP_PASSWD, "a:x:4294967296:2::/:\n", "a", NULL },
		{ SP_PASSWD, "a:x:4294967295:2::/:\n", "a",
		  "a:x:4294967295:2::/:" },
		{ SP_PASSWD, "a:x:-1:2::/:\n", "a", NULL },
		{ SP_PASSWD, "#a:x:1:2::/:\n+a::::::\n-a::::::\n", "a", NULL },
		{ SP_PASSWD, "xa:x:1:2::/:\n", "a", NULL },
		{ SP_PASSWD, "", "a", NULL },
		{ SP_PASSWD, "a", "a", NULL },
		{ SP_SHADOW, "a:!\n", "a", "a:!" },
		{ SP_SHADOW, "a\n", "a", NULL },
		{ SP_GROUP, "a:x:5\n", "a", "a:x:5" },
		{ SP_GROUP, "a:x:\n", "a", NULL },
		{ SP_GSHADOW, "a:!::b\n", "a", "a:!::b" },
	};

	(void)state;
	for (size_t i = 0; i < SP_COUNT(rows); i++) {
		sp_auto_acct a = file_of(rows[i].file, rows[i].text);
		struct sp_rec r = { 77, 78 };
		bool found = sp_acct_find(&a, rows[i].name, &r);

		if (found != (rows[i].want != NULL))
			fail_msg("row %zu", i);
		if (!found) {
			assert_int_equal(r.off, 77);
			continue;
		}
		assert_int_equal(r.len, strlen(rows[i].want));
		assert_memory_equal(a.text.data + r.off, rows[i].want, r.len);
	}
}

static void test_fields(void **state)
{
	sp_auto_acct a = file_of(SP_GROUP, "v:x:7:a,,b,\nw:x:8\n");
	sp_auto_strv l = { 0 };
	sp_auto_free char *s = NULL;
	struct sp_rec r;

	(void)state;
	assert_true(sp_acct_find(&a, "v", &r));
	assert_int_equal(sp_acct_id(&a, &r, SP_GR_GID), 7);
	sp_acct_list(&a, &r, SP_GR_MEMBERS, &l);
	assert_int_equal(l.n, 2);
	assert_string_equal(l.v[0], "a");
	assert_string_equal(l.v[1], "b");
	assert_true(sp_acct_list_has(&a, &r, SP_GR_MEMBERS, "b"));
	assert_false(sp_acct_list_has(&a, &r, SP_GR_MEMBERS, "ab"));
	assert_false(sp_acct_list_has(&a, &r, SP_GR_MEMBERS, ""));
	assert_true(sp_acct_find_id(&a, 8, &r));
	s = sp_acct_get(&a, &r, SP_GR_MEMBERS);
	assert_string_equal(s, "");
	assert_false(sp_acct_find_id(&a, 9, &r));
}

static void test_groups_of(void **state)
{
	sp_auto_acct a =
		file_of(SP_GROUP, "a:x:1:u\nb:x:2:\nc:x:bad:u\n"
				  "d:x:3:uu,u\ne:x:4:uu\n+x:::u\nf:x:5:u");
	sp_auto_strv l = { 0 };
	sp_auto_free char *s = NULL;

	(void)state;
	sp_acct_groups_of(&a, "u", &l);
	s = sp_strv_join(&l, " ");
	assert_string_equal(s, "a d f");
}

/* As useradd(8): above the highest, below the lowest, else the first free. */
static void test_free_id(void **state)
{
	static const struct {
		const char *text;
		uint32_t min, max;
		bool system;
		int64_t want; /* -1: none */
	} rows[] = {
		{ "", 1000, 2000, false, 1000 },
		{ "", 100, 999, true, 999 },
		{ "a:x:1000:\n", 1000, 2000, false, 1001 },
		{ "a:x:1005:\nb:x:1000:\n", 1000, 2000, false, 1006 },
		{ "a:x:2000:\nb:x:1000:\n", 1000, 2000, false, 1001 },
		{ "a:x:2000:\nb:x:5:\n", 1000, 2000, false, 1000 },
		{ "a:x:999:\nb:x:65534:\n", 1000, 2000, false, 1000 },
		{ "a:x:10:\nb:x:11:\nc:x:10:\n", 10, 11, false, -1 },
		{ "a:x:10:\nb:x:12:\n", 10, 12, false, 11 },
		{ "a:x:999:\nb:x:990:\n", 100, 999, true, 989 },
		{ "a:x:100:\nb:x:999:\n", 100, 999, true, 998 },
		{ "a:x:100:\n", 100, 999, true, 999 },
		{ "a:x:10:\nb:x:11:\nc:x:11:\n", 10, 11, true, -1 },
		{ "a:x:10:\n", 10, 10, true, -1 },
		{ "", 11, 10, true, -1 },
		{ "a:x:0:\n", 0, 4294967295u, false, 1 },
	};

	(void)state;
	for (size_t i = 0; i < SP_COUNT(rows); i++) {
		sp_auto_acct a = file_of(SP_GROUP, rows[i].text);
		uint32_t id = 77;
		bool ok = sp_acct_free_id(&a, rows[i].min, rows[i].max,
					  rows[i].system, &id);

		if (ok != (rows[i].want >= 0) ||
		    id != (ok ? (uint32_t)rows[i].want : 77))
			fail_msg("row %zu: %u", i, id);
	}
}

/* --- changing -------------------------------------------------------------- */

static void test_set(void **state)
{
	static const struct {
		const char *before, *name;
		int field;
		const char *text, *after;
	} rows[] = {
		{ "# c\nu:x:1:1:g:/h:/s\nv:x:2:2:::", "u", SP_PW_GECOS,
		  "longer text", "# c\nu:x:1:1:longer text:/h:/s\nv:x:2:2:::" },
		{ "u:x:1:1:g:/h:/s", "u", SP_PW_SHELL, "", "u:x:1:1:g:/h:" },
		{ "u:x:1:1:g:/h:/s\n", "u", SP_PW_UID, "1000",
		  "u:x:1000:1:g:/h:/s\n" },
		{ "u:x:1:1\nv", "u", SP_PW_SHELL, "/s", "u:x:1:1:::/s\nv" },
		{ "u:x:1:1:g:/h:/s\n", "u", SP_PW_HOME, "/h",
		  "u:x:1:1:g:/h:/s\n" },
	};

	(void)state;
	for (size_t i = 0; i < SP_COUNT(rows); i++) {
		sp_auto_acct a = file_of(SP_PASSWD, rows[i].before);
		struct sp_rec r, again;

		assert_true(sp_acct_find(&a, rows[i].name, &r));
		sp_acct_set(&a, &r, rows[i].field, rows[i].text);
		assert_string_equal(sp_buf_cstr(&a.text), rows[i].after);
		assert_int_equal(a.text.len, strlen(rows[i].after));
		assert_int_equal(a.dirty,
				 !sp_streq(rows[i].before, rows[i].after));
		assert_true(sp_acct_find(&a, rows[i].name, &again));
		assert_int_equal(r.len, again.len);
	}
}

static void test_add_remove(void **state)
{
	static const struct {
		const char *before, *added, *removed;
	} rows[] = {
		{ "", "n:x:9:\n", "" },
		{ "a:x:1:\n", "a:x:1:\nn:x:9:\n", "a:x:1:\n" },
		{ "a:x:1:", "a:x:1:\nn:x:9:\n", "a:x:1:\n" },
		{ "a:x:1:\n+:::", "a:x:1:\nn:x:9:\n+:::", "a:x:1:\n+:::" },
		{ "+@g\n-x\n", "n:x:9:\n+@g\n-x\n", "+@g\n-x\n" },
		{ "\n", "\nn:x:9:\n", "\n" },
		{ "n:bad\n", "n:bad\nn:x:9:\n", "n:bad\n" },
	};

	(void)state;
	for (size_t i = 0; i < SP_COUNT(rows); i++) {
		sp_auto_acct a = file_of(SP_GROUP, rows[i].before);

		sp_acct_add(&a, "n:x:9:");
		assert_string_equal(sp_buf_cstr(&a.text), rows[i].added);
		assert_true(a.dirty);
		assert_true(sp_acct_remove(&a, "n"));
		assert_string_equal(sp_buf_cstr(&a.text), rows[i].removed);
		a.dirty = false;
		assert_false(sp_acct_remove(&a, "n"));
		assert_false(a.dirty);
	}
}

static void test_remove_all(void **state)
{
	sp_auto_acct a = file_of(SP_SHADOW, "n:!\na:!\nn:x:1\nb:!\nn:");

	(void)state;
	assert_true(sp_acct_remove(&a, "n"));
	assert_string_equal(sp_buf_cstr(&a.text), "a:!\nb:!\n");
}

static void test_lists(void **state)
{
	static const struct {
		const char *before, *name;
		bool add;
		const char *after;
	} rows[] = {
		{ "g:x:1:", "u", true, "g:x:1:u" },
		{ "g:x:1", "u", true, "g:x:1:u" },
		{ "g:x:1:a", "u", true, "g:x:1:a,u" },
		{ "g:x:1:a,", "u", true, "g:x:1:a,u" },
		{ "g:x:1:a,u", "u", true, "g:x:1:a,u" },
		{ "g:x:1:u", "u", false, "g:x:1:" },
		{ "g:x:1:a,u,b", "u", false, "g:x:1:a,b" },
		{ "g:x:1:u,,u,b,", "u", false, "g:x:1:b" },
		{ "g:x:1:,a,,b,", "u", false, "g:x:1:,a,,b," },
	};

	(void)state;
	for (size_t i = 0; i < SP_COUNT(rows); i++) {
		sp_auto_acct a = file_of(SP_GROUP, rows[i].before);
		struct sp_rec r;

		assert_true(sp_acct_find(&a, "g", &r));
		(rows[i].add ? sp_acct_list_add : sp_acct_list_drop)(
			&a, &r, SP_GR_MEMBERS, rows[i].name);
		assert_string_equal(sp_buf_cstr(&a.text), rows[i].after);
	}
}

/* Whatever is done to one record, the others keep every byte. */
static void test_random(void **state)
{
	static const char alphabet[] = "ab:,\n1+#x";
	uint64_t seed = 42;

	(void)state;
	for (int round = 0; round < 3000; round++) {
		sp_auto_acct a = { .file = SP_GROUP };
		sp_auto_buf before = { 0 };
		struct sp_rec r;
		char *tail;
		size_t off, len;

		for (int i = 0; i < 40; i++) {
			seed = seed * 6364136223846793005u +
			       1442695040888963407u;
			sp_buf_addc(
				&a.text,
				alphabet[(seed >> 33) % (sizeof(alphabet) - 1)]);
		}
		sp_buf_add(&a.text, "\ng:x:1:a");
		sp_buf_addn(&before, a.text.data, a.text.len);
		if (!sp_acct_find(&a, "g", &r))
			continue;
		off = r.off;
		len = r.len;
		sp_acct_list_add(&a, &r, SP_GR_MEMBERS, "new");
		assert_memory_equal(a.text.data, before.data, off);
		tail = before.data + off + len;
		assert_string_equal(a.text.data + r.off + r.len, tail);
	}
}

/* --- names, paths ------------------------------------------------------------ */

static void test_names(void **state)
{
	static const struct {
		const char *name;
		bool good, usable;
	} rows[] = {
		{ "a", true, true },
		{ "_apt", true, true },
		{ "vb-verde", true, true },
		{ "machine$", true, true },
		{ "abcdefghijklmnopqrstuvwxyz012345", true, true },
		{ "abcdefghijklmnopqrstuvwxyz0123456", false, true },
		{ "Debian-exim", false, true },
		{ "a.b", false, true },
		{ "a$b", false, true },
		{ "1a", false, true },
		{ "1000", false, false },
		{ "", false, false },
		{ "$", false, true },
		{ "-a", false, false },
		{ "+a", false, false },
		{ "@a", false, false },
		{ "#a", false, false },
		{ "a:b", false, false },
		{ "a,b", false, false },
		{ "a b", false, false },
		{ "a\nb", false, false },
		{ "a/b", false, false },
		{ "\xff", false, false },
	};

	(void)state;
	for (size_t i = 0; i < SP_COUNT(rows); i++) {
		char *mark = (char *)"untouched", *ret = mark;
		sp_auto_err err = { 0 }, err2 = { 0 };
		int r = sp_acct_check_name(rows[i].name, &err);
		int c = sp_acct_canon_name(rows[i].name, &ret, &err2);

		if ((r == 0) != rows[i].good || (c == 0) != rows[i].usable)
			fail_msg("row %zu: \"%s\"", i, rows[i].name);
		if (r < 0)
			assert_int_equal(r, -err.code);
		if (c < 0) {
			assert_ptr_equal(ret, mark);
		} else {
			assert_string_equal(ret, rows[i].name);
			free(ret);
		}
	}
}

static void test_paths(void **state)
{
	static const struct {
		const char *path, *want;
	} rows[] = {
		{ "/home/a", "/home/a" },
		{ "//home///a/", "/home/a" },
		{ "/", "/" },
		{ "/home/a.b", "/home/a.b" },
		{ "/home/..a", "/home/..a" },
		{ "home", NULL },
		{ "", NULL },
		{ "/home/../a", NULL },
		{ "/home/./a", NULL },
		{ "/home/a:b", NULL },
		{ "/home/a\nb", NULL },
		{ "/home/\xff", NULL },
	};

	(void)state;
	for (size_t i = 0; i < SP_COUNT(rows); i++) {
		sp_auto_free char *ret = NULL;
		sp_auto_err err = { 0 };
		int r = sp_acct_canon_path(rows[i].path, &ret, &err);

		if ((r == 0) != (rows[i].want != NULL))
			fail_msg("row %zu: \"%s\"", i, rows[i].path);
		if (r == 0)
			assert_string_equal(ret, rows[i].want);
	}
}

static void test_privilege(void **state)
{
	(void)state;
	assert_non_null(sp_acct_privilege("root"));
	assert_non_null(sp_acct_privilege("wheel"));
	assert_non_null(sp_acct_privilege("sudo"));
	assert_null(sp_acct_privilege("vdi"));
}

/* --- with a host -------------------------------------------------------------- */

/* A host in memory, with the directories that writing needs. */
static struct sp_host *new_host(void)
{
	static const char *const dirs[] = { "/", "/etc" };
	struct sp_host *h = sp_host_new(NULL);

	for (size_t i = 0; i < SP_COUNT(dirs); i++) {
		struct sp_node n = { .type = SP_FT_DIR, .mode = 0755 };

		sp_host_preload(h, dirs[i], &n);
	}
	return h;
}

static void give(struct sp_host *h, const char *path, const char *text)
{
	struct sp_node n = { .type = SP_FT_FILE, .loaded = true, .mode = 0644 };

	sp_buf_add(&n.data, text);
	n.size = n.data.len;
	sp_host_preload(h, path, &n);
}

static void test_defs(void **state)
{
	static const struct {
		const char *login, *useradd;
		uint32_t uid_min, sys_uid_min, sys_uid_max, gid_max;
		mode_t home_mode;
		bool usergroups;
		const char *max_days, *home, *shell;
	} rows[] = {
		{ NULL, NULL, 1000, 101, 999, 60000, 0755, true, "", "/home",
		  "/bin/bash" },
		{ "UID_MIN 500\n", NULL, 500, 101, 499, 60000, 0755, true, "",
		  "/home", "/bin/bash" },
		{ "#UID_MIN 1\n UID_MIN\t\t 2000 \nUID_MIN_NOT 3\nGID_MAX \"70000\"\n"
		  "SYS_UID_MIN 201\nSYS_UID_MAX 900\nHOME_MODE 0700\nUMASK 077\n"
		  "PASS_MAX_DAYS 90\nUSERGROUPS_ENAB no",
		  "# SHELL=/no\nSHELL=/bin/sh\nHOME=/srv\nINACTIVE=-1\n", 2000,
		  201, 900, 70000, 0700, false, "90", "/srv", "/bin/sh" },
		{ "UMASK 027\nUID_MIN 1000\nUID_MIN 1500\nPASS_MAX_DAYS -1\n"
		  "GID_MAX 99999999999999999999\nUSERGROUPS_ENAB YES\n",
		  "HOME=\nSHELL\n", 1500, 101, 1499, 60000, 0750, true, "",
		  "/home", "/bin/bash" },
		{ "UID_MIN 0x3e8\nUID_MIN x\nUMASK\n", "", 1000, 101, 999,
		  60000, 0755, true, "", "/home", "/bin/bash" },
	};

	(void)state;
	for (size_t i = 0; i < SP_COUNT(rows); i++) {
		sp_auto_host *h = new_host();
		sp_auto_defs d = { 0 };
		sp_auto_err err = { 0 };

		if (rows[i].login)
			give(h, "/etc/login.defs", rows[i].login);
		if (rows[i].useradd)
			give(h, "/etc/default/useradd", rows[i].useradd);
		assert_int_equal(sp_defs_load(h, &d, &err), 0);
		assert_int_equal(d.uid_min, rows[i].uid_min);
		assert_int_equal(d.sys_uid_min, rows[i].sys_uid_min);
		assert_int_equal(d.sys_uid_max, rows[i].sys_uid_max);
		assert_int_equal(d.gid_max, rows[i].gid_max);
		assert_int_equal(d.home_mode, rows[i].home_mode);
		assert_int_equal(d.usergroups, rows[i].usergroups);
		assert_string_equal(d.max_days, rows[i].max_days);
		assert_string_equal(d.home, rows[i].home);
		assert_string_equal(d.shell, rows[i].shell);
		assert_string_equal(d.skel, "/etc/skel");
		assert_string_equal(d.group, "100");
	}
}

static void test_load_save(void **state)
{
	sp_auto_host *h = new_host();
	sp_auto_accounts a = { 0 };
	sp_auto_err err = { 0 };
	sp_auto_buf text = { 0 };
	struct sp_stat st;
	struct sp_rec r;

	(void)state;
	give(h, "/etc/group", "vdi:x:1:\n");
	give(h, "/etc/gshadow", "vdi:!::\n");
	assert_int_equal(sp_accounts_load(h, &a, &err), 0);
	assert_false(a.pw.there);
	assert_true(a.gr.there);
	assert_int_equal(sp_accounts_save(h, &a, &err), 0);
	assert_int_equal(sp_host_stat(h, "/etc/passwd", &st, &err), 0);

	assert_true(sp_accounts_join(&a, "vdi", "u"));
	assert_false(sp_accounts_join(&a, "none", "u"));
	sp_accounts_add_group(&a, "new", 5);
	sp_acct_add(&a.sh, "u:!:::::::");
	assert_int_equal(sp_accounts_save(h, &a, &err), 0);
	assert_int_equal(sp_host_read(h, "/etc/group", &text, &err), 1);
	assert_string_equal(sp_buf_cstr(&text), "vdi:x:1:u\nnew:x:5:\n");
	sp_buf_clear(&text);
	assert_int_equal(sp_host_read(h, "/etc/gshadow", &text, &err), 1);
	assert_string_equal(sp_buf_cstr(&text), "vdi:!::u\nnew:!::\n");
	assert_int_equal(sp_host_stat(h, "/etc/shadow", &st, &err), 1);
	assert_int_equal(st.mode, 0600);
	assert_int_equal(sp_host_stat(h, "/etc/passwd", &st, &err), 0);

	assert_true(sp_accounts_leave(&a, "vdi", "u"));
	assert_true(sp_acct_find(&a.gs, "vdi", &r));
	assert_false(sp_acct_list_has(&a.gs, &r, SP_GS_MEMBERS, "u"));
	assert_false(sp_accounts_leave(&a, "none", "u"));
}

static void test_no_file(void **state)
{
	sp_auto_host *h = new_host();
	struct sp_node dir = { .type = SP_FT_DIR, .mode = 0755 };
	struct sp_accounts a = { .pw.dirty = true };
	sp_auto_err err = { 0 };

	(void)state;
	sp_host_preload(h, "/etc/shadow", &dir);
	assert_int_equal(sp_accounts_load(h, &a, &err), -EINVAL);
	assert_true(a.pw.dirty);
	assert_non_null(strstr(err.msg, "/etc/shadow"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_groups_of),
		cmocka_unit_test(test_free_id),
		cmocka_unit_test(test_set),
		cmocka_unit_test(test_add_remove),
		cmocka_unit_test(test_remove_all),
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_privilege),
		cmocka_unit_test(test_defs),
		cmocka_unit_test(test_load_save),
		cmocka_unit_test(test_no_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
