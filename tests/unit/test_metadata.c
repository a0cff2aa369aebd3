/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_metadata.c - the metadata of good and of bad repositories. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/host_overlay.h"
#include "core/kind.h"
#include "fx.h"
#include "pkg/metadata.h"

const struct sp_kind *const sp_kinds[] = { NULL };

#define ALL ((1u << SP_META_TYPES) - 1)

static char *dir, *fx, *log_path;
static struct fx_server http;
static struct sp_host *host;

/* One repository, made by hand. */
struct setup {
	struct sp_repo_conf conf;
	struct sp_repos repos;
	struct sp_cache *cache;
	struct sp_meta_opts opts;
	char *path;
};

static void set_up(struct setup *s, const char *repo, const char *keys)
{
	sp_auto_err err = { 0 };

	*s = (struct setup){ .opts = { .host = host, .fetch.retries = 1 } };
	s->conf.id = sp_xstrdup("test");
	s->conf.expire_s = 3600;
	s->conf.access.proxy = "";
	if (repo)
		sp_strv_addf(&s->conf.baseurl, "http://127.0.0.1:%d/%s",
			     http.port, repo);
	if (keys)
		sp_strv_addf(&s->conf.gpgkey, "file:///%s.asc", keys);
	s->conf.repo_gpgcheck = keys != NULL;
	s->repos.v = &s->conf;
	s->repos.n = 1;
	s->path = sp_asprintf("%s/cache", dir);
	assert_int_equal(sp_cache_open(s->path, &s->cache, &err), 0);
}

/* With another cache than before: nothing is warm. */
static void tear_down(struct setup *s)
{
	sp_cache_free(s->cache);
	fx_rmdir(s->path);
	free(s->path);
	free(s->conf.id);
	free(s->conf.mirrorlist);
	free(s->conf.metalink);
	sp_strv_clear(&s->conf.baseurl);
	sp_strv_clear(&s->conf.gpgkey);
}

static int load(struct setup *s, struct sp_metadata *ret, struct sp_err *err)
{
	return sp_metadata_load(s->cache, &s->repos, ALL, &s->opts, ret, err);
}

static size_t requests(const char *text)
{
	sp_auto_buf all = { 0 };
	size_t n = 0;

	fx_read(log_path, &all);
	for (const char *p = sp_buf_cstr(&all); (p = strstr(p, text)); p++)
		n++;
	return n;
}

/* Repository, keys for repo_gpgcheck or NULL, result, words of the error. */
static const struct {
	const char *repo, *keys;
	int r;
	const char *text;
} rows[] = {
	{ "repo/base", NULL, 0, NULL },
	{ "repo/base", "good", 0, NULL },
	{ "repo/updates/", "good", 0, NULL },
	{ "repo/modular", NULL, 0, NULL },
	{ "repo/xz", NULL, 0, NULL },
	{ "badrepo/plain", NULL, 0, NULL },
	{ "badrepo/asc-good", "both", 0, NULL },
	{ "badrepo/asc-subkey", "subkey", 0, NULL },
	{ "badrepo/plain", "good", -ENOENT, "repo_gpgcheck is on, and there is no signature" },
	{ "badrepo/asc-other", "good", -ENOKEY, "none of the 1 that count here" },
	{ "badrepo/asc-bad", "good", -EKEYREJECTED, "BAD signature" },
	{ "badrepo/asc-junk", "good", -EBADMSG, "signature: no" },
	{ "badrepo/asc-good", "expired", -EKEYEXPIRED, "expired on" },
	{ "badrepo/asc-good", "revoked", -EKEYREVOKED, "is revoked" },
	{ "badrepo/asc-good", "no-such-key", -ENOENT, "is not there" },
	{ "badrepo/primary-flipped", NULL, -EBADMSG, "sha256 mismatch: got" },
	{ "badrepo/primary-short", NULL, -EBADMSG, "bytes, expected" },
	{ "badrepo/primary-long", NULL, -EFBIG, "more than the expected" },
	{ "badrepo/primary-missing", NULL, -ENOENT, "error 404" },
	{ "badrepo/repomd-empty", NULL, -EBADMSG, "no element found" },
	{ "badrepo/repomd-cut", NULL, -EBADMSG, "repomd.xml: line " },
	{ "badrepo/repomd-html", NULL, -EBADMSG, "begins with <html>" },
	{ "badrepo/repomd-href-up", NULL, -EBADMSG, "leads out of the repository" },
	{ "badrepo/repomd-no-primary", NULL, -EBADMSG, "no primary" },
	{ "badrepo/repomd-missing", NULL, -ENOENT,
	  "repodata/repomd.xml: the server answers with error 404" },
	{ "html/repo/base", NULL, -EBADMSG, "begins with <html>" },
	{ "500/repo/base", NULL, -EREMOTEIO, "error 500" },
	{ "longer/repo/base", NULL, -EBADMSG, "junk after document element" },
	{ "endless/repo/base", NULL, -EFBIG, "more than 1048576 bytes" },
};

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < SP_COUNT(rows); i++) {
		sp_auto_metadata md = { 0 }, again = { 0 };
		sp_auto_err err = { 0 };
		struct setup s;
		int r;

		set_up(&s, rows[i].repo, rows[i].keys);
		r = load(&s, &md, &err);
		if (r != rows[i].r || (r && (!strstr(err.msg, rows[i].text) ||
					     !strstr(err.msg, "repository \"test\": "))))
			fail_msg("%s, %s: %d %s", rows[i].repo,
				 rows[i].keys ? rows[i].keys : "-", r,
				 r ? err.msg : "");
		sp_err_clear(&err);
		assert_int_equal(md.n, r ? 0 : 1);
		/* what failed is not warm the next time */
		assert_int_equal(load(&s, &again, &err), r);
		if (r == 0)
			assert_true(again.v[0].warm);
		tear_down(&s);
	}
}

static void test_result(void **state)
{
	sp_auto_metadata md = { 0 };
	sp_auto_err err = { 0 };
	struct sp_meta *m;
	struct setup s;

	(void)state;
	set_up(&s, "repo/updates", "good");
	assert_int_equal(sp_metadata_load(s.cache, &s.repos, 0, &s.opts, &md,
					  &err), 0);
	m = &md.v[0];
	assert_false(m->warm);
	assert_int_equal(strlen(m->cookie), 64);
	assert_int_equal(access(m->repomd, R_OK), 0);
	assert_true(sp_starts(m->repomd, m->dir));
	assert_true(sp_ends(m->bases.v[0], "/repo/updates/"));
	assert_int_equal(access(m->file[SP_META_PRIMARY].path, R_OK), 0);
	/* only primary came; the others are known */
	assert_non_null(m->file[SP_META_FILELISTS].href);
	assert_null(m->file[SP_META_FILELISTS].path);
	assert_null(m->file[SP_META_MODULES].href);
	assert_int_equal(sp_metadata_more(s.cache, m,
					  1u << SP_META_FILELISTS |
						  1u << SP_META_MODULES,
					  &s.opts, &err), 0);
	assert_int_equal(access(m->file[SP_META_FILELISTS].path, R_OK), 0);
	assert_null(m->file[SP_META_MODULES].path);
	sp_metadata_clear(&md);
	tear_down(&s);
}

/* --- warm, old, offline --------------------------------------------------- */

static void test_warm(void **state)
{
	sp_auto_metadata a = { 0 }, b = { 0 }, c = { 0 }, d = { 0 }, e = { 0 };
	sp_auto_err err = { 0 };
	struct setup s;
	size_t n;

	(void)state;
	set_up(&s, "wait1/repo/xz", NULL);
	s.opts.fetch.offline = true;
	assert_int_equal(load(&s, &a, &err), -ENOENT);
	assert_non_null(strstr(err.msg, "nothing is fetched offline"));
	sp_err_clear(&err);
	s.opts.fetch.offline = false;
	assert_int_equal(load(&s, &a, &err), 0);
	n = requests("/wait1/repo/xz");
	assert_int_equal(load(&s, &b, &err), 0);
	assert_true(b.v[0].warm);
	assert_int_equal(requests("/wait1/repo/xz"), n);
	/* too old: repomd.xml is asked for, the rest is what it was */
	s.conf.expire_s = 0;
	assert_int_equal(load(&s, &c, &err), 0);
	assert_false(c.v[0].warm);
	assert_int_equal(requests("/wait1/repo/xz"), n + 1);
	assert_string_equal(c.v[0].cookie, a.v[0].cookie);
	s.conf.expire_s = -1;
	s.opts.refresh = true;
	assert_int_equal(load(&s, &d, &err), 0);
	assert_false(d.v[0].warm);
	/* old, but offline: better than nothing */
	s.conf.expire_s = 0;
	s.opts.fetch.offline = true;
	assert_int_equal(load(&s, &e, &err), 0);
	assert_true(e.v[0].warm);
	tear_down(&s);
}

/* What was fetched unverified does not count where it has to be verified. */
static void test_not_verified(void **state)
{
	sp_auto_metadata a = { 0 }, b = { 0 };
	sp_auto_err err = { 0 };
	struct setup s;

	(void)state;
	set_up(&s, "badrepo/asc-bad", "good");
	s.conf.repo_gpgcheck = false;
	assert_int_equal(load(&s, &a, &err), 0);
	s.conf.repo_gpgcheck = true;
	assert_int_equal(load(&s, &b, &err), -EKEYREJECTED);
	tear_down(&s);
}

static void test_skip(void **state)
{
	sp_auto_metadata md = { 0 };
	sp_auto_err err = { 0 };
	struct setup s;

	(void)state;
	set_up(&s, "404/repo/base", NULL);
	s.conf.skip_if_unavailable = true;
	assert_int_equal(load(&s, &md, &err), 0);
	assert_true(md.v[0].skipped);
	assert_non_null(strstr(md.v[0].err.msg, "error 404"));
	tear_down(&s);
}

/* --- mirrors -------------------------------------------------------------- */

static void write_root(const char *name, const char *text)
{
	sp_auto_free char *path = sp_asprintf("%s/root/%s", dir, name);

	fx_write(path, text, strlen(text));
}

static char *repomd_sum(const char *repo)
{
	sp_auto_free char *path =
		sp_asprintf("%s/%s/repodata/repomd.xml", fx, repo);
	sp_auto_buf text = { 0 };

	fx_read(path, &text);
	return sp_digest_hex(SP_DIGEST_SHA256, text.data, text.len);
}

static void test_mirrorlist(void **state)
{
	sp_auto_metadata md = { 0 }, again = { 0 };
	sp_auto_free char *list = sp_asprintf(
		"# best first\n"
		"http://127.0.0.1:%d/404/repo/xz\n"
		"ftp://127.0.0.1/\n"
		"file:///etc/\n"
		"\n"
		"http://127.0.0.1:%d/html/repo/xz/\n"
		"http://127.0.0.1:%d/badrepo/asc-bad/\n"
		"http://127.0.0.1:%d/repo/base/\n",
		http.port, http.port, http.port, http.port);
	sp_auto_err err = { 0 };
	struct setup s;

	(void)state;
	write_root("list", list);
	set_up(&s, NULL, "good");
	s.conf.mirrorlist = sp_asprintf("http://127.0.0.1:%d/list", http.port);
	if (load(&s, &md, &err) < 0)
		fail_msg("%s", err.msg);
	/* mirrors that gave something bad are not asked for the rest */
	assert_true(sp_ends(md.v[0].bases.v[0], "/repo/base/"));
	assert_int_equal(load(&s, &again, &err), 0);
	assert_true(again.v[0].warm);
	tear_down(&s);
}

static void test_metalink(void **state)
{
	sp_auto_free char *sum = repomd_sum("repo/xz");
	static const char *const want[] = { "/repo/xz/", NULL };
	sp_auto_err err = { 0 };

	(void)state;
	for (int bad = 0; bad < 2; bad++) {
		sp_auto_metadata md = { 0 };
		sp_auto_free char *text = sp_asprintf(
			"<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
			"<metalink version=\"3.0\" xmlns=\"http://www.metalinker.org/\""
			" xmlns:mm0=\"http://example.com/mm0\">\n"
			"<files><file name=\"repomd.xml\">\n"
			"<mm0:timestamp>1</mm0:timestamp>\n"
			"<verification><hash type=\"md5\">1</hash>\n"
			"<hash type=\"sha256\">%s</hash></verification>\n"
			"<resources maxconnections=\"1\">\n"
			"<url protocol=\"rsync\" preference=\"100\">"
			"rsync://127.0.0.1/repodata/repomd.xml</url>\n"
			"<url preference=\"10\">http://127.0.0.1:%d/repo/%s"
			"/repodata/repomd.xml</url>\n"
			"<url preference=\"90\">http://127.0.0.1:%d/repo/base"
			"/repodata/repomd.xml</url>\n"
			"</resources></file></files></metalink>\n",
			sum, http.port, bad ? "updates" : "xz", http.port);
		struct setup s;
		int r;

		write_root("meta", text);
		set_up(&s, NULL, NULL);
		s.conf.metalink =
			sp_asprintf("http://127.0.0.1:%d/meta", http.port);
		r = load(&s, &md, &err);
		/* only the second mirror has the repomd.xml that is meant */
		if (r != (bad ? -EBADMSG : 0))
			fail_msg("%d %s", r, r ? err.msg : "");
		if (bad)
			assert_non_null(strstr(err.msg, "sha256 mismatch"));
		else
			assert_true(sp_ends(md.v[0].bases.v[0], want[0]));
		sp_err_clear(&err);
		tear_down(&s);
	}
}

static void test_no_mirrors(void **state)
{
	static const struct {
		const char *text;
		const char *why;
	} v[] = {
		{ "", "there is no mirror in it" },
		{ "<html>\n", "there is no mirror in it" },
		{ "file:///etc\n", "there is no mirror in it" },
		{ "<metalink/>", "is no metalink for a repomd.xml" },
		{ "<metalink><files><file name=\"repomd.xml\"/></files></metalink>",
		  "no checksum" },
		{ "<metalink>", "no element found" },
	};

	(void)state;
	for (size_t i = 0; i < SP_COUNT(v); i++) {
		sp_auto_metadata md = { 0 };
		sp_auto_err err = { 0 };
		struct setup s;

		write_root("list", v[i].text);
		set_up(&s, NULL, NULL);
		s.conf.mirrorlist =
			sp_asprintf("http://127.0.0.1:%d/list", http.port);
		assert_int_equal(load(&s, &md, &err), -EBADMSG);
		if (!strstr(err.msg, v[i].why) || !strstr(err.msg, "/list: "))
			fail_msg("%s: %s", v[i].text, err.msg);
		tear_down(&s);
	}
}

/* --- keys ----------------------------------------------------------------- */

static void test_keys(void **state)
{
	sp_auto_free char *url = sp_asprintf("http://127.0.0.1:%d/good.asc",
					     http.port);
	sp_auto_keyring *k = sp_keyring_new();
	sp_auto_free char *path = sp_asprintf("%s/keys/good.asc", fx);
	sp_auto_buf text = { 0 };
	sp_auto_err err = { 0 };
	const char *fpr;
	size_t n;

	(void)state;
	fx_read(path, &text);
	assert_int_equal(sp_keyring_add(k, "", text.data, text.len, 2000000000,
					NULL, &err), 0);
	fpr = sp_keyring_list(k, &n)->fingerprint;
	for (int i = 0; i < 3; i++) {
		struct sp_meta m = { 0 };
		struct setup s;
		int r;

		set_up(&s, "repo/xz", NULL);
		m.repo = &s.conf;
		sp_strv_addf(&s.conf.gpgkey, "%s%s%s", url, i ? "#" : "",
			     i == 0 ? "" :
			     i == 1 ? fpr :
				      "00000000000000000000"
				      "00000000000000000000");
		r = sp_metadata_keys(s.cache, &m, &s.opts, &err);
		assert_int_equal(r, i == 0 ? -EPERM : i == 1 ? 0 : -ENOKEY);
		assert_true(i == 1 ? m.keys != NULL : m.keys == NULL);
		sp_err_clear(&err);
		sp_keyring_free(m.keys);
		tear_down(&s);
	}
}

/* --- packages ------------------------------------------------------------- */

#define SUM "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const struct {
	const char *repo, *href, *base, *type;
	int r;
	const char *text;	/* URL, or words of the error */
} hrefs[] = {
	{ "http://h/r/", "Packages/a-1.rpm", NULL, "sha256", 0,
	  "http://h/r/Packages/a-1.rpm" },
	{ "http://h/r/", "a..b/..c.rpm", NULL, "sha256", 0,
	  "http://h/r/a..b/..c.rpm" },
	{ "http://h/r/", "a.rpm", "https://other/x", "SHA256", 0,
	  "https://other/x/a.rpm" },
	{ "http://h/r/", "a.rpm", "http://other/x/", "sha256", 0,
	  "http://other/x/a.rpm" },
	{ "file:///r/", "a.rpm", "file:///r/sub", "sha256", 0,
	  "file:///r/sub/a.rpm" },
	{ "http://h/r/", "../a.rpm", NULL, "sha256", -EBADMSG, "leads out" },
	{ "http://h/r/", "a/../../a.rpm", NULL, "sha256", -EBADMSG, "leads out" },
	{ "http://h/r/", "a/..", NULL, "sha256", -EBADMSG, "leads out" },
	{ "file:///r/", "%2e%2E/a.rpm", NULL, "sha256", -EBADMSG, "leads out" },
	{ "file:///r/", "x/.%2e%2fa.rpm", NULL, "sha256", -EBADMSG, "leads out" },
	{ "file:///r/", "%2fetc/passwd", NULL, "sha256", -EBADMSG, "absolute" },
	{ "http://h/r/", "/a.rpm", NULL, "sha256", -EBADMSG, "is absolute" },
	{ "http://h/r/", "", NULL, "sha256", -EBADMSG, "is empty" },
	{ "http://h/r/", "http://x/a.rpm", NULL, "sha256", -EBADMSG, "URL of its own" },
	{ "http://h/r/", "file:/a.rpm", NULL, "sha256", -EBADMSG, "URL of its own" },
	{ "http://h/r/", "a\n.rpm", NULL, "sha256", -EBADMSG, "control" },
	{ "http://h/r/", "a%00.rpm", NULL, "sha256", -EBADMSG, "control" },
	{ "http://h/r/", "a.rpm", "file:///etc", "sha256", -EBADMSG, "xml:base" },
	{ "https://h/r/", "a.rpm", "http://h/r", "sha256", -EBADMSG, "xml:base" },
	{ "file:///r/", "a.rpm", "file:///etc", "sha256", -EBADMSG, "xml:base" },
	{ "file:///r/", "a.rpm", "file:///r/../e", "sha256", -EBADMSG, "xml:base" },
	{ "file:///r/", "a.rpm", "https://h/", "sha256", -EBADMSG, "xml:base" },
	{ "http://h/r/", "a.rpm", NULL, "sha", -ENOTSUP, "prove nothing" },
	{ "http://h/r/", "a.rpm", NULL, "md5", -ENOTSUP, "prove nothing" },
	{ "http://h/r/", "a.rpm", NULL, "crc", -ENOTSUP, "is not known" },
	{ "http://h/r/", "a.rpm", NULL, "sha512", -EBADMSG, "128 hexadecimal" },
};

static void test_packages(void **state)
{
	(void)state;
	for (size_t i = 0; i < SP_COUNT(hrefs); i++) {
		struct sp_repo_conf conf = { .id = (char *)(uintptr_t)"x" };
		struct sp_meta m = { .repo = &conf };
		struct sp_fetch_item it = { 0 };
		sp_auto_err err = { 0 };
		int r;

		sp_strv_add(&m.bases, hrefs[i].repo);
		r = sp_metadata_package(&m, hrefs[i].href, hrefs[i].base,
					hrefs[i].type, SUM, 10, &it, &err);
		if (r != hrefs[i].r ||
		    (r ? !strstr(err.msg, hrefs[i].text)
		       : strcmp(it.urls.v[0], hrefs[i].text) != 0))
			fail_msg("%s: %d %s", hrefs[i].href, r,
				 r ? err.msg : it.urls.v[0]);
		if (r == 0) {
			assert_true(sp_starts(it.path, "files/" SUM "-"));
			assert_null(strchr(it.path + 6, '/'));
		}
		sp_fetch_item_clear(&it);
		sp_strv_clear(&m.bases);
	}
}

static void link_in(const char *name)
{
	sp_auto_free char *to = sp_asprintf("%s/%s", fx, name);
	sp_auto_free char *at = sp_asprintf("%s/root/%s", dir, name);
	const char *const argv[] = { "/bin/cp", "-R", to, at, NULL };
	sp_auto_output out = { 0 };
	sp_auto_err err = { 0 };

	if (sp_run(-1, argv, NULL, &out, &err) < 0 || out.status)
		exit(1);
}

static void copy_keys(struct sp_host *h)
{
	static const char *const names[] = { "good", "other", "both", "subkey",
					     "expired", "revoked" };

	for (size_t i = 0; i < SP_COUNT(names); i++) {
		sp_auto_free char *from =
			sp_asprintf("%s/keys/%s.asc", fx, names[i]);
		sp_auto_free char *to = sp_asprintf("/%s.asc", names[i]);
		sp_auto_buf text = { 0 };
		sp_auto_err err = { 0 };

		fx_read(from, &text);
		if (sp_host_write(h, to, text.data, text.len, SP_ATTR_KEEP,
				  &err) < 0)
			exit(1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_result),
		cmocka_unit_test(test_warm),
		cmocka_unit_test(test_not_verified),
		cmocka_unit_test(test_skip),
		cmocka_unit_test(test_mirrorlist),
		cmocka_unit_test(test_metalink),
		cmocka_unit_test(test_no_mirrors),
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_packages),
	};
	sp_auto_free char *root = NULL, *key = NULL, *key_to = NULL;
	sp_auto_root *real = NULL;
	sp_auto_buf text = { 0 };
	sp_auto_err err = { 0 };
	int r;

	fx = fx_dir();
	dir = fx_tmpdir();
	root = sp_asprintf("%s/root", dir);
	log_path = sp_asprintf("%s/log", dir);
	if (mkdir(root, 0700) < 0)
		return 1;
	link_in("repo");
	link_in("badrepo");
	key = sp_asprintf("%s/keys/good.asc", fx);
	key_to = sp_asprintf("%s/good.asc", root);
	fx_read(key, &text);
	fx_write(key_to, text.data, text.len);
	http = fx_serve(root, NULL, "--log", log_path);
	if (sp_root_open(root, &real, &err) < 0)
		return 1;
	host = sp_host_new(real);
	copy_keys(host);
	r = cmocka_run_group_tests(tests, NULL, NULL);
	fx_stop(&http);
	sp_host_free(host);
	fx_rmdir(dir);
	free(dir);
	free(fx);
	free(log_path);
	return r;
}
