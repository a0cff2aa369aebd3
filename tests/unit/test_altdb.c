/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_altdb.c - the alternatives database: state files of both tools, and
 * the same groups in the hands of update-alternatives, which has to write the
 * same bytes and links.
 */
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
#include <sys/wait.h>
#include <unistd.h>

#include "core/host_overlay.h"
#include "core/kind.h"
#include "core/mem.h"
#include "harden/altdb.h"

const struct sp_kind *const sp_kinds[] = { NULL };

/* --- text ------------------------------------------------------------------- */

#define EL "auto\n/usr/bin/java\nkeytool\n/usr/bin/keytool\norbd\n/usr/bin/orbd\n\n"
#define DEB "auto\n/usr/bin/editor\neditor.1.gz\n/usr/share/man/man1/editor.1.gz\n\n"

static void test_roundtrip(void **state)
{
	static const struct {
		enum sp_alt_tool tool;
		const char *text;
		size_t n;
		int priority;	/* of the last choice */
		const char *family, *service;
	} rows[] = {
		{ SP_ALT_CHKCONFIG, EL, 0, 0, NULL, NULL },
		{ SP_ALT_CHKCONFIG, EL "/opt/a\n5\n/opt/k\n\n", 1, 5, NULL, NULL },
		{ SP_ALT_CHKCONFIG, EL "/opt/a\n5\n/opt/k\n\n/opt/b\n-7\n\n/opt/o\n",
		  2, -7, NULL, NULL },
		{ SP_ALT_CHKCONFIG,
		  EL "/opt/a\n@java-1.8.0-openjdk.x86_64@1800362\n/opt/k\n/opt/o\n", 1,
		  1800362, "java-1.8.0-openjdk.x86_64", NULL },
		{ SP_ALT_CHKCONFIG,
		  "manual\n/usr/sbin/sendmail\n\n/usr/sbin/sendmail.postfix\n60 postfix\n",
		  1, 60, NULL, "postfix" },
		{ SP_ALT_DPKG, DEB "\n", 0, 0, NULL, NULL },
		{ SP_ALT_DPKG, DEB "/bin/nano\n40\n/usr/share/man/man1/nano.1.gz\n\n", 1,
		  40, NULL, NULL },
		{ SP_ALT_DPKG, "manual\n/usr/bin/x\n\n/bin/a\n-1\n/bin/b\n0\n\n", 2, 0,
		  NULL, NULL },
	};

	(void)state;
	for (size_t i = 0; i < SP_COUNT(rows); i++) {
		sp_auto_altgroup g = { 0 };
		sp_auto_err err = { 0 };
		sp_auto_buf out = { 0 };

		if (sp_altgroup_parse(rows[i].tool, "java", rows[i].text,
				      strlen(rows[i].text), &g, &err) < 0)
			fail_msg("%zu: %s", i, err.msg);
		assert_int_equal(g.n, rows[i].n);
		if (g.n) {
			const struct sp_alt_choice *c = &g.choices[g.n - 1];

			assert_int_equal(c->priority, rows[i].priority);
			assert_true(sp_streq(c->family, rows[i].family));
			assert_true(sp_streq(c->service, rows[i].service));
		}
		sp_altgroup_format(&g, &out);
		assert_string_equal(sp_buf_cstr(&out), rows[i].text);
	}
}

static void test_bad(void **state)
{
	static const struct {
		enum sp_alt_tool tool;
		const char *text, *want;
	} rows[] = {
		{ SP_ALT_CHKCONFIG, "", "line 1: the file ends too early" },
		{ SP_ALT_CHKCONFIG, "automatic\n", "line 1: the mode is neither" },
		{ SP_ALT_CHKCONFIG, "auto\n", "line 2: the file ends too early" },
		{ SP_ALT_CHKCONFIG, "auto\njava\n\n", "line 2: an absolute path" },
		{ SP_ALT_CHKCONFIG, "auto\n/l\n", "line 3: the file ends too early" },
		{ SP_ALT_CHKCONFIG, "auto\n/l\n/x\n/y\n\n", "line 3: the name of a follower" },
		{ SP_ALT_CHKCONFIG, "auto\n/l\n..\n/y\n\n", "line 3: the name of a follower" },
		{ SP_ALT_CHKCONFIG, "auto\n/l\nx\ny\n\n", "line 4: an absolute path" },
		{ SP_ALT_CHKCONFIG, "auto\n/l\njava\n/y\n\n", "line 4: a follower is "
							      "there twice" },
		{ SP_ALT_CHKCONFIG, "auto\n/l\nx\n/l\n\n", "line 4: a link is there twice" },
		{ SP_ALT_CHKCONFIG, "auto\n/l\n\nx\n", "line 4: the path of a choice" },
		{ SP_ALT_CHKCONFIG, "auto\n/l\n\n/x\n", "line 5: the file ends too early" },
		{ SP_ALT_CHKCONFIG, "auto\n/l\n\n/x\nmuch\n", "line 5: a priority" },
		{ SP_ALT_CHKCONFIG, "auto\n/l\n\n/x\n@f5\n", "line 5: a family between" },
		{ SP_ALT_CHKCONFIG, "auto\n/l\n\n/x\n@@5\n", "line 5: a family between" },
		{ SP_ALT_CHKCONFIG, "auto\n/l\n\n/x\n99999999999\n", "line 5: a priority" },
		{ SP_ALT_CHKCONFIG, "auto\n/l\n\n/x\n5\n\n\ny\n", "line 8: text behind" },
		{ SP_ALT_CHKCONFIG, "auto\n/l\nk\n/k\n\n/x\n5\nk\n", "line 8: an "
								     "absolute path" },
		{ SP_ALT_DPKG, "auto\n/l\n\n/x\n5 postfix\n\n", "line 5: text behind "
								"the priority" },
		{ SP_ALT_DPKG, "auto\n/l\n\n/x\n5\n/x\n6\n\n", "line 6: a choice is "
							       "there twice" },
		{ SP_ALT_DPKG, "auto\n/l\n\n/x\n5\n", "line 6: the file ends too early" },
		{ SP_ALT_DPKG, "auto\n/l\n\n/x\n5", "line 5: the file ends within a line" },
		{ SP_ALT_DPKG, "auto\n/l\n\n/x\n0x5\n\n", "line 5: text behind the priority" },
	};

	(void)state;
	for (size_t i = 0; i < SP_COUNT(rows); i++) {
		struct sp_altgroup g = { 0 };
		sp_auto_err err = { 0 };

		assert_int_equal(sp_altgroup_parse(rows[i].tool, "java", rows[i].text,
						   strlen(rows[i].text), &g, &err),
				 -EBADMSG);
		assert_null(g.name);
		if (!sp_starts(err.msg, rows[i].want))
			fail_msg("%zu: %s", i, err.msg);
	}
	sp_auto_err err = { 0 };
	struct sp_altgroup g = { 0 };

	assert_int_equal(sp_altgroup_parse(SP_ALT_CHKCONFIG, "java", "au\0to\n", 6,
					   &g, &err), -EBADMSG);
}

static void test_best(void **state)
{
	static const char text[] = EL "/opt/a\n@f@5\n\n\n/opt/b\n@f@7\n\n\n"
				      "/opt/c\n9\n\n\n/opt/d\n9\n\n\n";
	sp_auto_altgroup g = { 0 };
	sp_auto_err err = { 0 };

	(void)state;
	assert_int_equal(sp_altgroup_parse(SP_ALT_CHKCONFIG, "java", text,
					   strlen(text), &g, &err), 0);
	/* The first of equals. */
	assert_string_equal(sp_altgroup_best(&g, NULL)->path, "/opt/c");
	assert_string_equal(sp_altgroup_best(&g, "f")->path, "/opt/b");
	assert_null(sp_altgroup_best(&g, "g"));
	assert_string_equal(sp_altgroup_find(&g, "/opt/d")->path, "/opt/d");
	assert_null(sp_altgroup_find(&g, "/opt"));
}

/* --- a root that is a real directory: paths of the group lead into it --------- */

static char *top;	/* of the test that runs */

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
	top = sp_xstrdup("/tmp/sprout-altdb-XXXXXX");
	return mkdtemp(top) ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	(void)nftw(top, rm_one, 16, FTW_DEPTH | FTW_PHYS);
	free(sp_take(&top));
	return 0;
}

static void make_parents(const char *path)
{
	sp_auto_free char *p = sp_xstrdup(path);

	for (char *s = p + 1; (s = strchr(s, '/')); s++) {
		*s = '\0';
		if (mkdir(p, 0755) < 0)
			assert_int_equal(errno, EEXIST);
		*s = '/';
	}
}

static void put(const char *path, const char *text)
{
	sp_auto_free char *full = sp_asprintf("%s%s", top, path);

	make_parents(full);
	if (!strncmp(text, "-> ", 3)) {
		assert_int_equal(symlink(text + 3, full), 0);
		return;
	}
	sp_auto_fclose FILE *f = fopen(full, "we");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
}

/* --- side by side with update-alternatives --------------------------------------- */

static const char *tool;

static int run_tool(const char *live, const char *verb, const char *name,
		    const char *path)
{
	sp_auto_free char *altdir = sp_asprintf("%s/etc/alternatives", live);
	sp_auto_free char *admindir =
		sp_asprintf("%s/var/lib/dpkg/alternatives", live);
	sp_auto_free char *log = sp_asprintf("%s/../log", live);
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		int null = open("/dev/null", O_RDWR | O_CLOEXEC);

		dup2(null, 1);
		dup2(null, 2);
		execl(tool, tool, "--altdir", altdir, "--admindir", admindir,
		      "--log", log, verb, name, path, (char *)NULL);
		_exit(127);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* What is below @dir of a host, links and files with their content. */
static void dump(struct sp_host *h, const char *dir, struct sp_buf *out)
{
	sp_auto_strv names = { 0 };
	sp_auto_err err = { 0 };

	assert_true(sp_host_list(h, dir, &names, &err) >= 0);
	for (size_t i = 0; i < names.n; i++) {
		sp_auto_free char *path = sp_asprintf("%s/%s", dir, names.v[i]);
		sp_auto_free char *to = NULL;
		sp_auto_buf text = { 0 };
		struct sp_stat st;

		assert_int_equal(sp_host_stat(h, path, &st, &err), 1);
		if (st.type == SP_FT_LINK) {
			assert_int_equal(sp_host_readlink(h, path, &to, &err), 1);
			sp_buf_addf(out, "%s -> %s\n", path, to);
		} else if (st.type == SP_FT_DIR) {
			dump(h, path, out);
		} else {
			assert_int_equal(sp_host_read(h, path, &text, &err), 1);
			sp_buf_addf(out, "%s %04o\n%s", path, (unsigned)st.mode,
				    sp_buf_cstr(&text));
		}
	}
}

/* The state file of dpkg with each path below @live. */
static char *below(const char *live, const char *text)
{
	sp_auto_buf out = { 0 };
	const char *line;
	size_t pos = 0, n;

	while (sp_next_line(text, strlen(text), &pos, &line, &n)) {
		if (n && *line == '/')
			sp_buf_add(&out, live);
		sp_buf_addn(&out, line, n);
		sp_buf_addc(&out, '\n');
	}
	return sp_buf_take(&out);
}

/* Take the directory's own path out of a dump. */
static char *relative(const char *live, const char *text)
{
	sp_auto_buf out = { 0 };
	size_t n = strlen(live);

	while (*text) {
		if (!strncmp(text, live, n))
			text += n;
		else
			sp_buf_addc(&out, *text++);
	}
	return sp_buf_take(&out);
}

struct file {
	const char *path, *text;
};

#define GROUP "auto\n/bin/ed\nzed\n/bin/zed\ned.1\n/man/ed.1\nred\n/bin/red\n\n" \
	      "/opt/c\n20\n\n\n/opt/rc\n/opt/a\n10\n\n/opt/a.1\n\n" \
	      "/opt/b\n30\n/opt/zb\n/opt/b.1\n/opt/rb\n\n"
#define MANUAL "manual" /* the same group in manual mode */

static const struct scenario {
	const char *name;
	bool manual;
	struct file files[16];
} scenarios[] = {
	{ "all right, best",
	  false,
	  { { "/opt/a", "a" }, { "/opt/a.1", "a" }, { "/opt/b", "b" }, { "/opt/b.1", "b" },
	    { "/opt/rb", "b" }, { "/opt/c", "c" }, { "/opt/rc", "c" },
	    { "/etc/alternatives/ed", "-> @/opt/b" }, { "/bin/ed", "-> @/etc/alternatives/ed" },
	    { "/etc/alternatives/ed.1", "-> @/opt/b.1" },
	    { "/man/ed.1", "-> @/etc/alternatives/ed.1" },
	    { "/etc/alternatives/red", "-> @/opt/rb" },
	    { "/bin/red", "-> @/etc/alternatives/red" } } },
	{ "no links at all",
	  false,
	  { { "/opt/a", "a" }, { "/opt/a.1", "a" }, { "/opt/b", "b" }, { "/opt/c", "c" },
	    { "/bin/.x", "" }, { "/man/.x", "" }, { "/etc/alternatives/.x", "" } } },
	{ "a choice is gone",
	  true,
	  { { "/opt/a", "a" }, { "/opt/a.1", "a" }, { "/opt/c", "c" },
	    { "/man/.x", "" }, { "/bin/zed", "-> @/etc/alternatives/zed" },
	    { "/etc/alternatives/ed", "-> @/opt/b" }, { "/bin/ed", "-> @/etc/alternatives/ed" } } },
	{ "a follower's file is in the way",
	  true,
	  { { "/opt/a", "a" }, { "/opt/a.1", "a" }, { "/opt/b", "b" }, { "/opt/b.1", "b" },
	    { "/opt/rb", "b" }, { "/opt/c", "c" }, { "/opt/rc", "c" }, { "/man/ed.1", "mine" },
	    { "/etc/alternatives/ed", "-> @/opt/c" }, { "/bin/ed", "-> @/etc/alternatives/ed" },
	    { "/bin/red", "-> /elsewhere" }, { "/opt/zb", "b" } } },
	{ "links astray",
	  false,
	  { { "/opt/a", "a" }, { "/opt/b", "b" }, { "/opt/b.1", "b" }, { "/opt/c", "c" },
	    { "/opt/rc", "c" }, { "/etc/alternatives/ed", "-> @/opt/other" },
	    { "/opt/other", "o" }, { "/bin/ed", "-> @/opt/a" }, { "/man/.x", "" },
	    { "/etc/alternatives/red", "-> @/opt/rc" } } },
};

static void compare(const struct scenario *s, const char *path)
{
	sp_auto_free char *live = sp_asprintf("%s/live", top);
	sp_auto_free char *target = path ? sp_asprintf("%s%s", live, path) : NULL;
	sp_auto_free char *text = below(live, GROUP);
	sp_auto_buf ours = { 0 }, theirs = { 0 };
	sp_auto_err err = { 0 };
	sp_auto_altgroup g = { 0 };
	const struct sp_alt_choice *c;
	struct sp_root *r;
	struct sp_host *h;

	if (s->manual) {
		sp_auto_free char *m = sp_asprintf(MANUAL "%s", text + 4);

		put("/live/var/lib/dpkg/alternatives/ed", m);
	} else {
		put("/live/var/lib/dpkg/alternatives/ed", text);
	}
	for (const struct file *f = s->files; f->path; f++) {
		sp_auto_free char *p = sp_asprintf("/live%s", f->path);
		sp_auto_free char *t = sp_xstrdup(f->text);

		if (!strncmp(t, "-> @", 4)) {
			free(t);
			t = sp_asprintf("-> %s%s", live, f->text + 4);
		}
		put(p, t);
	}
	/*
	 * The tool takes the paths in the state file as they are, so they are
	 * absolute on the machine.  Ours are in a root: there, a link from
	 * the root's own path to "/" makes them mean the same files.
	 */
	sp_auto_free char *self = sp_asprintf("%s%s", live, live);

	make_parents(self);
	assert_int_equal(symlink("/", self), 0);
	assert_int_equal(sp_root_open(live, &r, &err), 0);
	h = sp_host_new(r);
	if (sp_altgroup_read(h, "ed", &g, &err) != 1)
		fail_msg("%s", err.msg);
	c = path ? sp_altgroup_find(&g, target) : sp_altgroup_best(&g, NULL);
	int a = c && !c->missing ? sp_altgroup_set(h, &g, c, path != NULL, &err) : -1;

	dump(h, "/etc/alternatives", &ours);
	dump(h, "/var/lib/dpkg/alternatives", &ours);
	dump(h, "/bin", &ours);
	dump(h, "/man", &ours);
	sp_host_free(h);
	sp_root_free(r);

	/* Theirs, on the real thing. */
	int b = run_tool(live, path ? "--set" : "--auto", "ed", target);

	assert_int_equal(sp_root_open(live, &r, &err), 0);
	h = sp_host_new(r);
	dump(h, "/etc/alternatives", &theirs);
	dump(h, "/var/lib/dpkg/alternatives", &theirs);
	dump(h, "/bin", &theirs);
	dump(h, "/man", &theirs);
	sp_host_free(h);
	sp_root_free(r);

	sp_auto_free char *got = relative(live, sp_buf_cstr(&ours));
	sp_auto_free char *want = relative(live, sp_buf_cstr(&theirs));

	if ((a == 0) != (b == 0))
		fail_msg("%s, %s: %d %s, the tool: %d", s->name, path ? path : "auto",
			 a, err.msg ? err.msg : "", b);
	if (a == 0 && strcmp(got, want))
		fail_msg("%s, %s:\n--- ours\n%s--- the tool's\n%s", s->name,
			 path ? path : "auto", got, want);
	(void)nftw(live, rm_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void test_tool(void **state)
{
	static const char *const choices[] = { "/opt/a", "/opt/b", "/opt/c", "/opt/d",
					       NULL };

	(void)state;
	if (!tool)
		skip();
	for (size_t s = 0; s < SP_COUNT(scenarios); s++)
		for (size_t i = 0; i < SP_COUNT(choices); i++)
			compare(&scenarios[s], choices[i]);
}

/* --- chkconfig's rules, from its own description ------------------------------------ */

static void test_chkconfig(void **state)
{
	static const char text[] =
		"auto\n/usr/bin/java\njre\n/usr/lib/jvm/jre\nkeytool\n/usr/bin/keytool\n\n"
		"/opt/8/java\n@j8@8\n/opt/8\n/opt/8/keytool\n/opt/17/java\n@j17@17\n/opt/17\n\n";
	sp_auto_altgroup g = { 0 };
	sp_auto_err err = { 0 };
	sp_auto_free char *to = NULL;
	sp_auto_buf out = { 0 };
	struct sp_root *r;
	struct sp_stat st;

	(void)state;
	/* The directory of newer systems, by the link that they have. */
	put("/var/lib/alternatives", "-> /etc/alternatives.admindir");
	put("/etc/alternatives.admindir/java", text);
	put("/etc/alternatives.admindir/java.new", "unfinished");
	put("/etc/alternatives/java", "-> /opt/17/java");
	put("/usr/bin/java", "-> /etc/alternatives/java");
	put("/etc/alternatives/jre", "-> /opt/17");
	put("/usr/lib/jvm/jre", "-> /etc/alternatives/jre");
	put("/opt/8/java", "8");
	assert_int_equal(sp_root_open(top, &r, &err), 0);
	struct sp_host *h = sp_host_new(r);

	sp_auto_strv names = { 0 };

	assert_int_equal(sp_altgroup_names(h, &names, &err), 0);
	assert_int_equal(names.n, 1);
	assert_string_equal(names.v[0], "java");
	assert_int_equal(sp_altgroup_read(h, "none", &g, &err), 0);
	assert_int_equal(sp_altgroup_read(h, "java", &g, &err), 1);
	assert_int_equal(sp_altgroup_intact(h, &g, &g.choices[1], &err), 1);
	assert_int_equal(sp_altgroup_intact(h, &g, &g.choices[0], &err), 0);
	assert_true(g.choices[1].missing);
	assert_int_equal(sp_altgroup_set(h, &g, sp_altgroup_best(&g, "j8"), true,
					 &err), 0);

	assert_int_equal(sp_host_readlink(h, "/usr/bin/keytool", &to, &err), 1);
	assert_string_equal(to, "/etc/alternatives/keytool");
	assert_int_equal(sp_host_read(h, "/var/lib/alternatives/java", &out, &err), 1);
	assert_string_equal(out.data + 6, text + 4);
	assert_true(sp_starts(out.data, "manual\n"));
	/* Back, and the follower that only one has goes. */
	assert_int_equal(sp_altgroup_set(h, &g, sp_altgroup_best(&g, NULL), false,
					 &err), 0);
	assert_int_equal(sp_host_stat(h, "/usr/bin/keytool", &st, &err), 0);
	assert_int_equal(sp_host_stat(h, "/etc/alternatives/keytool", &st, &err), 0);

	/* Back where it was: no effect is left but nothing. */
	struct sp_effects none = { 0 };

	assert_int_equal(sp_host_effects(h, &none, &err), 0);
	assert_int_equal(none.n, 0);
	sp_effects_clear(&none);
	sp_host_free(h);
	sp_root_free(r);
}

static void test_file_in_the_way(void **state)
{
	sp_auto_altgroup g = { 0 };
	sp_auto_err err = { 0 };
	struct sp_root *r;

	(void)state;
	put("/var/lib/alternatives/java", "auto\n/usr/bin/java\n\n/opt/java\n1\n");
	put("/usr/bin/java", "a real program");
	assert_int_equal(sp_root_open(top, &r, &err), 0);
	struct sp_host *h = sp_host_new(r);

	assert_int_equal(sp_altgroup_read(h, "java", &g, &err), 1);
	assert_int_equal(sp_altgroup_set(h, &g, &g.choices[0], true, &err), -EEXIST);
	assert_true(sp_starts(err.msg, "/usr/bin/java is not a link to"));
	sp_host_free(h);
	sp_root_free(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_roundtrip),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_best),
		cmocka_unit_test_setup_teardown(test_tool, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_chkconfig, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_file_in_the_way, set_up, tear_down),
	};

	/* Only dpkg's takes --log. */
	if (access("/usr/bin/update-alternatives", X_OK) == 0 &&
	    access("/var/lib/dpkg/alternatives", F_OK) == 0)
		tool = "/usr/bin/update-alternatives";
	return cmocka_run_group_tests(tests, NULL, NULL);
}
