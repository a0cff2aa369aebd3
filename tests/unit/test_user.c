/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_user.c - users and groups where a golden case does not reach: snapshots,
 * no host, states that only undo brings, and a thousand of them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "core/host_overlay.h"
#include "core/mem.h"
#include "core/plan.h"
#include "core/profile.h"
#include "harden/user.h"

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

static char *read_all(struct sp_host *h, const char *path)
{
	sp_auto_err err = { 0 };
	struct sp_buf text = { 0 };

	return sp_host_read(h, path, &text, &err) > 0 ? sp_buf_take(&text)
						      : NULL;
}

static struct sp_profile profile_of(const char *text)
{
	struct sp_profile p = { 0 };
	sp_auto_diag diag = { 0 };

	sp_profile_add_text(&p, "p", text, strlen(text));
	sp_profile_parse(&p, &diag);
	if (diag.errors)
		fail_msg("%s", diag.v[0].text);
	return p;
}

/* All findings, one a line, behind "E" or "W". */
static char *findings(const struct sp_profile *p, struct sp_host *h)
{
	sp_auto_diag diag = { 0 };
	struct sp_buf b = { 0 };

	sp_profile_check(p, h, &diag);
	for (size_t i = 0; i < diag.n; i++)
		sp_buf_addf(&b, "%c %s: %s\n",
			    diag.v[i].severity == SP_ERROR ? 'E' : 'W',
			    diag.v[i].object, diag.v[i].text);
	return sp_buf_take(&b);
}

#define PASSWD "root:x:0:0::/root:/bin/bash\nu:x:1000:1000::/home/u:/bin/bash\n"
#define GROUP "root:x:0:\nu:x:1000:\nvdi:x:2000:\n"
#define HASH                                                  \
	"$6$salt$aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" \
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define KEY \
	"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBERERERERERERERERERERERERERERERERERERERERER"

/* A snapshot has no hashes, and perhaps no keys: they are not compared. */
static void test_snapshot(void **state)
{
	sp_auto_profile p = profile_of(
		"sprout: 1\nusers:\n- name: u\n  password_hash: '" HASH
		"'\n  ssh_keys: ['" KEY "']\n  shell: /bin/zsh\n");

	(void)state;
	for (int snapshot = 0; snapshot < 2; snapshot++) {
		sp_auto_host *h = new_host();
		sp_auto_free char *said = NULL;
		sp_auto_plan plan = { 0 };
		sp_auto_err err = { 0 };
		const struct sp_state *before;

		give(h, "/etc/passwd", PASSWD);
		give(h, "/etc/group", GROUP);
		if (snapshot)
			give(h, "/.sprout-snapshot", "");
		said = findings(&p, h);
		assert_int_equal(strstr(said, "/bin/zsh") == NULL, snapshot);
		assert_int_equal(sp_plan_make(&plan, &p, h, &err), 0);
		assert_int_equal(plan.n, 1);
		before = &plan.v[0].before;
		assert_non_null(sp_state_get(before, SP_USER_SHELL));
		assert_int_equal(!sp_state_get(before, SP_USER_PASSWORD_HASH),
				 snapshot);
		assert_int_equal(!sp_state_get(before, SP_USER_SSH_KEYS),
				 snapshot);
	}
}

/* Who may not read the hashes can still plan what does not need them. */
static void test_unreadable(void **state)
{
	static const char *const profiles[] = {
		"sprout: 1\nusers:\n- {name: u, shell: /bin/bash}\n",
		"sprout: 1\nusers:\n- {name: u, password_hash: '!'}\n",
	};

	(void)state;
	for (size_t i = 0; i < SP_COUNT(profiles); i++) {
		struct sp_node odd = { .type = SP_FT_OTHER };
		sp_auto_profile p = profile_of(profiles[i]);
		sp_auto_host *h = new_host();
		sp_auto_plan plan = { 0 };
		sp_auto_err err = { 0 };
		int r;

		give(h, "/etc/passwd", PASSWD);
		give(h, "/etc/group", GROUP);
		sp_host_preload(h, "/etc/shadow", &odd);
		r = sp_plan_make(&plan, &p, h, &err);
		assert_int_equal(r, i ? -EINVAL : 0);
		assert_int_equal(plan.n, 0);
	}
}

/* Without a host nothing is said about what only a host can tell. */
static void test_no_host(void **state)
{
	sp_auto_profile p = profile_of(
		"sprout: 1\n"
		"groups:\n- {name: gone, ensure: absent}\n- {name: g, members: [x, left]}\n"
		"users:\n"
		"- {name: a, uid: 70000, group: some, groups: [other], shell: /bin/none}\n"
		"- {name: b, uid: 70000, groups: [gone]}\n"
		"- {name: c, uid: 0}\n"
		"- {name: left, ensure: absent}\n"
		"limits:\n- {name: l, rules: [nobody-here - core 0, left - core 0]}\n");
	sp_auto_free char *said = findings(&p, NULL);

	(void)state;
	assert_string_equal(
		said,
		"E group \"g\": members: \"left\" is removed by this profile\n"
		"E user \"b\": uid: 70000 is also wanted for the user \"a\"\n"
		"E user \"b\": groups: the group \"gone\" is removed by this profile\n"
		"W user \"c\": uid: 0 makes root of this user\n");
}

/* The whole of an account goes and comes back, as undo of a removal asks. */
static void test_back(void **state)
{
	static const char passwd[] = PASSWD "n:x:1001:4321:G:/n:/bin/sh\n";
	sp_auto_profile p =
		profile_of("sprout: 1\nusers:\n- {name: n, ensure: absent}\n");
	sp_auto_host *h = new_host();
	sp_auto_free char *pw = NULL, *sh = NULL, *gr = NULL;
	sp_auto_plan plan = { 0 };
	sp_auto_err err = { 0 };
	struct sp_change back;

	(void)state;
	give(h, "/etc/passwd", passwd);
	give(h, "/etc/group", "root:x:0:\nvdi:x:2000:n\n");
	give(h, "/etc/shadow", "n:" HASH ":19000:0:99999:7:::\n");
	assert_int_equal(sp_plan_make(&plan, &p, h, &err), 0);
	assert_int_equal(plan.n, 1);
	pw = read_all(h, "/etc/passwd");
	assert_string_equal(pw, PASSWD);
	sh = read_all(h, "/etc/shadow");
	assert_string_equal(sh, "");

	back = plan.v[0];
	back.op = SP_ADD;
	back.before = plan.v[0].after;
	back.after = plan.v[0].before;
	assert_int_equal(back.kind->apply(h, &back, &err), 0);
	free(pw);
	pw = read_all(h, "/etc/passwd");
	assert_string_equal(pw, passwd);
	gr = read_all(h, "/etc/group");
	assert_string_equal(gr, "root:x:0:\nvdi:x:2000:n\n");
	free(sh);
	sh = read_all(h, "/etc/shadow");
	/* Ageing is what the defaults of the host say. */
	assert_string_equal(sh, "n:" HASH ":::::::\n");
}

/* A change and its reverse, where the file was edited in between. */
static void test_reverse(void **state)
{
	sp_auto_profile p =
		profile_of("sprout: 1\nusers:\n- name: u\n  gecos: G\n"
			   "  groups: [vdi]\n  password_hash: '" HASH "'\n");
	sp_auto_host *h = new_host();
	sp_auto_free char *pw = NULL, *sh = NULL, *gr = NULL;
	sp_auto_plan plan = { 0 };
	sp_auto_err err = { 0 };
	struct sp_change back;

	(void)state;
	give(h, "/etc/passwd", PASSWD);
	give(h, "/etc/group", GROUP "late:x:3000:\n");
	give(h, "/etc/shadow", "root:*:::::::\n");
	assert_int_equal(sp_plan_make(&plan, &p, h, &err), 0);
	back = plan.v[0];
	back.before = plan.v[0].after;
	back.after = plan.v[0].before;
	/* Somebody put the user into one more group meanwhile. */
	assert_int_equal(sp_host_write(h, "/etc/group",
				       "vdi:x:2000:u\nlate:x:3000:u\n", 27,
				       SP_ATTR_KEEP, &err),
			 0);
	assert_int_equal(back.kind->apply(h, &back, &err), 0);
	pw = read_all(h, "/etc/passwd");
	assert_string_equal(pw, PASSWD);
	gr = read_all(h, "/etc/group");
	assert_string_equal(gr, "vdi:x:2000:\nlate:x:3000:u\n");
	sh = read_all(h, "/etc/shadow");
	assert_string_equal(sh, "root:*:::::::\n");
}

/* Errors of apply, which a check of the same profile would have told before. */
static void test_refused(void **state)
{
	static const struct {
		const char *profile, *why;
	} rows[] = {
		{ "users:\n- {name: n, uid: 1000}\n",
		  "uid 1000 is used by the user \"u\"" },
		{ "users:\n- {name: n, group: none}\n",
		  "group \"none\" is not there" },
		{ "users:\n- {name: n, groups: [none]}\n",
		  "group \"none\" is not there" },
		{ "users:\n- {name: n, create_home: false, ssh_keys: ['" KEY
		  "']}\n",
		  "the home \"/home/n\" is not there" },
		{ "users:\n- {name: root, ensure: absent}\n",
		  "has the uid of root" },
		{ "groups:\n- {name: n, gid: 2000}\n",
		  "gid 2000 is used by the group \"vdi\"" },
		{ "groups:\n- {name: u, ensure: absent}\n",
		  "primary group of the user \"u\"" },
		{ "users:\n- {name: n, home: /etc/passwd}\n",
		  "not a directory" },
	};

	(void)state;
	for (size_t i = 0; i < SP_COUNT(rows); i++) {
		sp_auto_host *h = new_host();
		sp_auto_free char *text =
			sp_asprintf("sprout: 1\n%s", rows[i].profile);
		sp_auto_profile p = profile_of(text);
		sp_auto_plan plan = { 0 };
		sp_auto_err err = { 0 };

		give(h, "/etc/passwd", PASSWD);
		give(h, "/etc/group", GROUP);
		if (sp_plan_make(&plan, &p, h, &err) >= 0)
			fail_msg("row %zu was not refused", i);
		if (!strstr(err.msg, rows[i].why))
			fail_msg("row %zu: %s", i, err.msg);
	}
}

/* Many at once: nothing is quadratic, and everyone gets an id of his own. */
static void test_many(void **state)
{
	enum { N = 1000 };
	sp_auto_host *h = new_host();
	sp_auto_buf text = { 0 };
	sp_auto_free char *pw = NULL, *said = NULL;
	sp_auto_profile p = { 0 };
	sp_auto_plan plan = { 0 };
	sp_auto_err err = { 0 };

	(void)state;
	give(h, "/etc/passwd", PASSWD);
	give(h, "/etc/group", GROUP);
	sp_buf_add(&text, "sprout: 1\nusers:\n");
	for (int i = 0; i < N; i++)
		sp_buf_addf(&text, "- {name: m%d, groups: [vdi]}\n", i);
	p = profile_of(text.data);
	said = findings(&p, h);
	assert_string_equal(said, "");
	assert_int_equal(sp_plan_make(&plan, &p, h, &err), 0);
	assert_int_equal(plan.n, N);
	pw = read_all(h, "/etc/passwd");
	assert_non_null(strstr(pw, "\nm999:x:2000:2001:"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_snapshot),
		cmocka_unit_test(test_unreadable),
		cmocka_unit_test(test_no_host),
		cmocka_unit_test(test_back),
		cmocka_unit_test(test_reverse),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
