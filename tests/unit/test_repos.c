/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_repos.c - the repositories of a root, from dnf's files. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/host_overlay.h"
#include "core/kind.h"
#include "fx.h"
#include "pkg/repos.h"

const struct sp_kind *const sp_kinds[] = { NULL };

static char *dir;

/* A view of an empty root with files staged: PATH, TEXT, ..., NULL. */
struct world {
	struct sp_root *root;
	struct sp_host *host;
	struct sp_repos r;
	struct sp_err err;
};

static void put(struct world *w, const char *path, const char *text)
{
	assert_int_equal(sp_host_write(w->host, path, text, strlen(text),
				       SP_ATTR_KEEP, &w->err), 0);
}

static void begin(struct world *w)
{
	*w = (struct world){ 0 };
	assert_int_equal(sp_root_open(dir, &w->root, &w->err), 0);
	w->host = sp_host_new(w->root);
}

static void end(struct world *w)
{
	sp_repos_clear(&w->r);
	sp_err_clear(&w->err);
	sp_host_free(w->host);
	sp_root_free(w->root);
}

static int read_repos(struct world *w)
{
	struct sp_repos_hints hints = { .arch = "x86_64", .root = dir };

	sp_repos_clear(&w->r);
	sp_err_clear(&w->err);
	return sp_repos_read(w->host, &hints, &w->r, &w->err);
}

#define REPOS "/etc/yum.repos.d/"

static void test_empty(void **state)
{
	struct world w;

	(void)state;
	begin(&w);
	assert_int_equal(read_repos(&w), 0);
	assert_int_equal(w.r.n, 0);
	assert_null(w.r.releasever);
	assert_string_equal(w.r.basearch, "x86_64");
	assert_false(w.r.main.best);
	assert_true(w.r.main.install_weak_deps);
	assert_int_equal(w.r.main.installonly_limit, 3);
	assert_true(sp_strv_has(&w.r.main.installonlypkgs, "kernel"));
	end(&w);
}

static void test_defaults(void **state)
{
	const struct sp_repo_conf *c;
	struct world w;

	(void)state;
	begin(&w);
	put(&w, REPOS "a.repo", "[a]\nbaseurl=http://h/a\n");
	assert_int_equal(read_repos(&w), 0);
	assert_int_equal(w.r.n, 1);
	c = w.r.v;
	assert_string_equal(c->id, "a");
	assert_string_equal(c->title, "a");
	assert_string_equal(c->file, REPOS "a.repo");
	assert_true(c->gpgcheck);
	assert_false(c->repo_gpgcheck);
	assert_int_equal(c->priority, 99);
	assert_int_equal(c->cost, 1000);
	assert_int_equal(c->expire_s, 172800);
	assert_false(c->skip_if_unavailable);
	assert_null(c->access.proxy);
	assert_false(c->access.no_verify);
	assert_int_equal(c->access.rate, 0);
	end(&w);
}

static const char main_text[] =
	"[main]\n"
	"gpgcheck=1\n"
	"best=True\n"
	"installonly_limit=2\n"
	"max_parallel_downloads=30\n"
	"clean_requirements_on_remove=False\n"
	"proxy=http://proxy:3128\n"
	"excludepkgs=bad-*, worse\n"
	"protected_packages=sprout glob:/etc/x\n"
	"throttle=50%\n"
	"bandwidth=10M\n"
	"sslcacert=/etc/link.pem\n";

static const char full_text[] =
	"# comment\n"
	"[full]\n"
	"name=Full $releasever - $basearch\n"
	"baseurl=https://h/${releasever}/$basearch/\n"
	"\t\"https://h2/$contentdir\",https://h3/$arch\n"
	"gpgkey=file:///etc/pki/k$releasever_major\n"
	" https://h/key\n"
	"enabled=yes\n"
	"gpgcheck=off\n"
	"repo_gpgcheck=TRUE\n"
	"priority=10\ncost=500\n"
	"exclude=x1\n"
	"excludepkgs=x2 x3\n"
	"includepkgs=only\n"
	"metadata_expire=6h\n"
	"module_hotfixes=1\n"
	"skip_if_unavailable=1\n"
	"proxy=_none_\n"
	"username = \"me\"\npassword='p w'\n"
	"sslverify=0\n"
	"sslclientcert=/etc/c.pem\nsslclientkey=/etc/c.key\n"
	"timeout=5\nminrate=10\nthrottle=100k\n"
	"\n[off]\nenabled=0\n"
	"[inherits]\nbaseurl=http://h/b\nmetadata_expire=never\n";

static void test_full(void **state)
{
	const struct sp_repo_conf *c;
	sp_auto_free char *ca = sp_asprintf("%s/etc/real.pem", dir);
	sp_auto_free char *cert = sp_asprintf("%s/etc/c.pem", dir);
	struct world w;

	(void)state;
	begin(&w);
	put(&w, "/etc/dnf/dnf.conf", main_text);
	put(&w, "/etc/dnf/vars/contentdir", "pub\nsecond line\n");
	put(&w, "/etc/yum/vars/contentdir", "old\n");
	put(&w, "/etc/dnf/protected.d/x.conf", "# no\nsystemd\n\n");
	put(&w, "/etc/real.pem", "");
	assert_int_equal(sp_host_symlink(w.host, "/etc/link.pem",
					 "/etc/real.pem", &w.err), 0);
	put(&w, "/etc/os-release", "ID=\"rocky\"\nVERSION_ID=\"9.4\"\n"
				   "PLATFORM_ID=\"platform:el9\"\n");
	put(&w, REPOS "full.repo", full_text);
	if (read_repos(&w) < 0)
		fail_msg("%s", w.err.msg);
	assert_string_equal(w.r.releasever, "9");
	assert_string_equal(w.r.releasever_from, "/etc/os-release");
	assert_int_equal(w.r.n, 2);
	c = &w.r.v[0];
	assert_string_equal(c->title, "Full 9 - x86_64");
	assert_int_equal(c->baseurl.n, 3);
	assert_string_equal(c->baseurl.v[0], "https://h/9/x86_64/");
	assert_string_equal(c->baseurl.v[2], "https://h3/x86_64");
	assert_string_equal(c->gpgkey.v[0], "file:///etc/pki/k9");
	assert_string_equal(c->gpgkey.v[1], "https://h/key");
	assert_false(c->gpgcheck);
	assert_true(c->repo_gpgcheck);
	assert_int_equal(c->priority, 10);
	assert_int_equal(c->cost, 500);
	assert_int_equal(c->exclude.n, 5);
	assert_string_equal(c->exclude.v[0], "bad-*");
	assert_int_equal(c->include.n, 1);
	assert_int_equal(c->expire_s, 6 * 3600);
	assert_true(c->module_hotfixes && c->skip_if_unavailable);
	assert_string_equal(c->access.proxy, "");
	assert_string_equal(c->access.user, "me");
	assert_string_equal(c->access.password, "p w");
	assert_true(c->access.no_verify);
	assert_string_equal(c->access.clientcert, cert);
	assert_string_equal(c->access.cacert, ca);
	assert_int_equal(c->access.timeout_s, 5);
	assert_int_equal(c->access.minrate, 10);
	assert_int_equal(c->access.rate, 100 << 10);
	c = &w.r.v[1];
	assert_string_equal(c->access.proxy, "http://proxy:3128");
	assert_int_equal(c->access.rate, (10 << 20) / 100 * 50);
	assert_int_equal(c->expire_s, -1);
	assert_int_equal(c->exclude.n, 2);
	assert_true(w.r.main.best);
	assert_int_equal(w.r.main.installonly_limit, 2);
	assert_int_equal(w.r.main.parallel, 20);
	assert_false(w.r.main.clean_requirements_on_remove);
	assert_int_equal(w.r.main.protected_packages.n, 2);
	assert_string_equal(w.r.main.protected_packages.v[1], "systemd");
	end(&w);
}

/* The first file that has a section counts; files in byte order. */
static void test_order(void **state)
{
	struct world w;

	(void)state;
	begin(&w);
	put(&w, REPOS "b.repo", "[x]\nbaseurl=http://b\n[y]\nbaseurl=http://y\n");
	put(&w, REPOS "a.repo", "[x]\nbaseurl=http://a\n");
	put(&w, REPOS ".hidden.repo", "[h]\nbaseurl=http://h\n");
	put(&w, REPOS "a.repo.rpmsave", "[s]\nbaseurl=http://s\n");
	put(&w, "/etc/yum/repos.d/z.repo", "[z]\nbaseurl=http://z\n");
	assert_int_equal(sp_host_symlink(w.host, REPOS "0.repo", "/nowhere",
					 &w.err), 0);
	assert_int_equal(read_repos(&w), 0);
	assert_int_equal(w.r.n, 3);
	assert_string_equal(w.r.v[0].baseurl.v[0], "http://a");
	assert_string_equal(w.r.v[1].id, "y");
	assert_string_equal(w.r.v[2].id, "z");
	/* reposdir, and what the profile has staged since */
	put(&w, "/etc/dnf/dnf.conf", "[main]\nreposdir=/srv/repos\n");
	put(&w, "/srv/repos/q.repo", "[q]\nmetalink=https://h/m?repo=q&arch=$basearch\n");
	assert_int_equal(read_repos(&w), 0);
	assert_int_equal(w.r.n, 1);
	assert_string_equal(w.r.v[0].metalink, "https://h/m?repo=q&arch=x86_64");
	end(&w);
}

/* dnf5 changes repositories in files of its own. */
static void test_overrides(void **state)
{
	struct world w;

	(void)state;
	begin(&w);
	put(&w, REPOS "a.repo", "[a]\nbaseurl=http://a\n[b]\nbaseurl=http://b\n"
				"enabled=0\n[c-x]\nbaseurl=http://c\n");
	put(&w, "/usr/share/dnf5/repos.override.d/1.repo", "[b]\nenabled=0\n");
	put(&w, "/etc/dnf/repos.override.d/99-config_manager.repo",
	    "[a]\nenabled=0\n[b]\nenabled=1\npriority=5\n[c-*]\ncost=7\n"
	    "[none]\nbaseurl=http://none\n");
	assert_int_equal(read_repos(&w), 0);
	assert_int_equal(w.r.n, 2);
	assert_string_equal(w.r.v[0].id, "b");
	assert_int_equal(w.r.v[0].priority, 5);
	assert_int_equal(w.r.v[1].cost, 7);
	end(&w);
}

static const struct {
	const char *text, *why;
} bad[] = {
	{ "[x]\nname=x\n", "a.repo: [x]: has neither baseurl nor mirrorlist" },
	{ "[x]\nbaseurl=http://h/$releasever\n", "$releasever is not known" },
	{ "[x]\nbaseurl=http://h/$site/\n", "/etc/dnf/vars/site" },
	{ "[x]\nbaseurl=http://h\nsslcacert=x.pem\n",
	  "sslcacert: expected an absolute path" },
};

static void test_bad(void **state)
{
	(void)state;
	for (size_t i = 0; i < SP_COUNT(bad); i++) {
		struct world w;

		begin(&w);
		put(&w, REPOS "a.repo", bad[i].text);
		assert_int_equal(read_repos(&w), -EINVAL);
		if (!strstr(w.err.msg, bad[i].why))
			fail_msg("%s", w.err.msg);
		assert_int_equal(w.r.n, 0);
		end(&w);
	}
}

/* What stands in baseurl, and what becomes of it. */
static const struct {
	const char *text, *want;
} vars[] = {
	{ "http://h/${v:-w}/x", "http://h/one/x" },
	{ "http://h/${none:-w}/x", "http://h/w/x" },
	{ "http://h/${v:+w}/x", "http://h/w/x" },
	{ "http://h/${none:+w}/x", "http://h//x" },
	{ "http://h/$v-$v", "http://h/one-one" },
	{ "http://h/$/x", "http://h/$/x" },
	{ "http://h/${v", "http://h/${v" },
	{ "http://h/$", "http://h/$" },
};

static void test_variables(void **state)
{
	(void)state;
	for (size_t i = 0; i < SP_COUNT(vars); i++) {
		sp_auto_free char *text =
			sp_asprintf("[x]\nbaseurl=%s\n", vars[i].text);
		struct world w;

		begin(&w);
		put(&w, "/etc/dnf/vars/v", " one \n");
		put(&w, REPOS "a.repo", text);
		if (read_repos(&w) < 0)
			fail_msg("%s", w.err.msg);
		assert_string_equal(w.r.v[0].baseurl.v[0], vars[i].want);
		end(&w);
	}
}

static void test_releasever(void **state)
{
	static const struct {
		const char *text, *want;
	} v[] = {
		{ "VERSION_ID=42\nPLATFORM_ID=platform:f42\n", "42" },
		{ "VERSION_ID=\"8.10\"\nPLATFORM_ID=\"platform:el8\"\n", "8" },
		{ "VERSION_ID=\"2023.1\"\n", "2023.1" },
		{ "ID=x\n", NULL },
	};
	struct sp_repos_hints hints = { .releasever = "7",
					.releasever_from = "package x",
					.arch = "i686" };
	struct world w;

	(void)state;
	for (size_t i = 0; i < SP_COUNT(v); i++) {
		begin(&w);
		put(&w, "/usr/lib/os-release", v[i].text);
		assert_int_equal(read_repos(&w), 0);
		if (v[i].want)
			assert_string_equal(w.r.releasever, v[i].want);
		else
			assert_null(w.r.releasever);
		end(&w);
	}
	begin(&w);
	assert_int_equal(sp_repos_read(w.host, &hints, &w.r, &w.err), 0);
	assert_string_equal(w.r.releasever, "7");
	assert_string_equal(w.r.releasever_from, "package x");
	assert_string_equal(w.r.basearch, "i386");
	end(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_overrides),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_variables),
		cmocka_unit_test(test_releasever),
	};
	int r;

	dir = fx_tmpdir();
	r = cmocka_run_group_tests(tests, NULL, NULL);
	fx_rmdir(dir);
	free(dir);
	return r;
}
