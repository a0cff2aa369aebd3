/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_fetch.c - files from servers that are well, and from those that are not. */
#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "core/kind.h"
#include "fx.h"
#include "pkg/fetch.h"

const struct sp_kind *const sp_kinds[] = { NULL };

#define SIZE 200000

static char *dir;	/* of all that is here */
static char *log_path;
static struct fx_server http, https;
static struct sp_cache *cache;
static struct sp_buf data;
static char *sum;

/* How often the log of requests has a text. */
static size_t requests(const char *text)
{
	sp_auto_buf all = { 0 };
	size_t n = 0;

	fx_read(log_path, &all);
	for (const char *p = sp_buf_cstr(&all); (p = strstr(p, text)); p++)
		n++;
	return n;
}

static void put_cache(const char *path, const char *text, size_t len)
{
	sp_auto_err err = { 0 };

	assert_int_equal(sp_cache_write(cache, path, text, len, &err), 0);
}

static void drop(const char *path)
{
	sp_auto_err err = { 0 };

	assert_int_equal(sp_cache_remove(cache, path, &err), 0);
}

/* An item for /MODES/f; NULL ends the modes of its mirrors. */
static struct sp_fetch_item item(const char *modes, bool checked)
{
	struct sp_fetch_item it = { .size = checked ? SIZE : -1 };
	sp_auto_strv mirrors = { 0 };

	sp_strv_split(&mirrors, modes, " ");
	for (size_t i = 0; i < mirrors.n; i++)
		sp_strv_addf(&it.urls, "http://127.0.0.1:%d%s", http.port,
			     mirrors.v[i]);
	it.path = sp_xstrdup("files/f");
	if (checked) {
		it.sum.type = SP_DIGEST_SHA256;
		it.sum.hex = sp_xstrdup(sum);
	}
	return it;
}

static int fetch(struct sp_fetch_item *it, struct sp_err *err)
{
	static const struct sp_access impatient = { .timeout_s = 1,
						    .minrate = 1 << 20 };
	struct sp_fetch_opts opts = { .retries = 1 };

	if (!it->access && it->urls.n && strstr(it->urls.v[0], "/stall/"))
		it->access = &impatient;
	return sp_fetch_all(cache, &opts, it, 1, err);
}

static void assert_data(const char *path)
{
	sp_auto_buf text = { 0 };
	sp_auto_err err = { 0 };

	assert_int_equal(sp_cache_read(cache, path, SIZE, &text, &err), 1);
	assert_int_equal(text.len, data.len);
	assert_memory_equal(text.data, data.data, data.len);
}

/* Modes of the mirrors, with checksum and size?, result, words of the error. */
static const struct {
	const char *modes;
	bool checked;
	int r;
	const char *text;
} rows[] = {
	{ "/f", true, 0, NULL },
	{ "/f", false, 0, NULL },
	{ "/nolength/f", true, 0, NULL },
	{ "/wait20/f", true, 0, NULL },
	/* fail-over */
	{ "/404/f /f", true, 0, NULL },
	{ "/500/f /html/f /short/f /f", true, 0, NULL },
	{ "/loop/f /f", true, 0, NULL },
	/* broken */
	{ "/404/f", true, -ENOENT, "/404/f: the server answers with error 404 (not found)" },
	{ "/403/f", true, -EREMOTEIO, "error 403 (not allowed)" },
	{ "/auth/f", true, -EREMOTEIO, "error 401 (a user name" },
	{ "/500/f", true, -EREMOTEIO, "error 500" },
	{ "/503/f /404/f", true, -ENOENT, "none of the 1 mirrors before" },
	{ "/short/f", false, -EREMOTEIO, "100000 bytes remaining to read (curl 18)" },
	{ "/short/f", true, -EREMOTEIO, "(curl 18)" },
	{ "/less/f", true, -EBADMSG, "got 100000 bytes, expected 200000" },
	{ "/longer/f", true, -EFBIG, "more than the expected 200000 bytes" },
	{ "/endless/f", true, -EFBIG, "more than the expected 200000 bytes" },
	{ "/html/f", true, -EBADMSG, "got 32 bytes, expected 200000" },
	{ "/stall/f", true, -ETIMEDOUT, "too slow" },
	{ "/loop/f", true, -ELOOP, "more than 8 redirects (curl 47)" },
	{ "/no-such", true, -ENOENT, "error 404" },
	/* file:///etc/passwd, ftp://127.0.0.1/f */
	{ "/to=66696c653a2f2f2f6574632f706173737764/f", false, -EPERM,
	  "may not lead to another scheme" },
	{ "/to=6674703a2f2f3132372e302e302e312f66/f", false, -EPERM,
	  "may not lead to another scheme" },
};

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < SP_COUNT(rows); i++) {
		struct sp_fetch_item it = item(rows[i].modes, rows[i].checked);
		sp_auto_err err = { 0 };
		int r;

		drop("files/f");
		drop("files/f.part");
		r = fetch(&it, &err);
		if (r != rows[i].r || it.r != r ||
		    (r && !strstr(err.msg, rows[i].text)))
			fail_msg("%s: %d %s", rows[i].modes, r,
				 r ? err.msg : "");
		if (r == 0)
			assert_data("files/f");
		sp_fetch_item_clear(&it);
	}
}

/* --- the cache is used ---------------------------------------------------- */

static void test_cached(void **state)
{
	struct sp_fetch_item it = item("/wait1/f", true);
	struct sp_fetch_opts offline = { .offline = true };
	sp_auto_err err = { 0 };

	(void)state;
	put_cache("files/f", data.data, data.len);
	assert_int_equal(fetch(&it, &err), 0);
	assert_true(it.cached);
	assert_int_equal(it.got, 0);
	assert_int_equal(requests("/wait1/f"), 0);
	assert_int_equal(sp_fetch_all(cache, &offline, &it, 1, &err), 0);
	/* damaged there: fetched again, and offline not taken */
	put_cache("files/f", "x", 1);
	assert_int_equal(sp_fetch_all(cache, &offline, &it, 1, &err), -ENOENT);
	assert_non_null(strstr(err.msg, "is not in the cache"));
	sp_err_clear(&err);
	sp_err_clear(&it.err);
	assert_int_equal(fetch(&it, &err), 0);
	assert_false(it.cached);
	assert_int_equal(requests("/wait1/f"), 1);
	assert_data("files/f");
	sp_fetch_item_clear(&it);
}

static void test_optional(void **state)
{
	struct sp_fetch_item it = item("/404/opt", false);
	sp_auto_err err = { 0 };
	int64_t size, age;

	(void)state;
	drop("files/f");
	it.optional = true;
	assert_int_equal(fetch(&it, &err), 0);
	assert_true(it.missing);
	assert_int_equal(sp_cache_stat(cache, "files/f", &size, &age, &err), 0);
	assert_int_equal(sp_cache_stat(cache, "files/f.part", &size, &age,
				       &err), 0);
	sp_fetch_item_clear(&it);
}

/* --- downloads that go on -------------------------------------------------- */

static const struct {
	const char *modes;
	size_t part;	 /* bytes that are there */
	bool good;	 /* and whether they are the right ones */
	const char *range;
	int64_t got;
} parts[] = {
	{ "/wait2/f", 50000, true, "/wait2/f bytes=50000- 206", 150000 },
	{ "/norange/f", 50000, true, "/norange/f bytes=50000- 200", 200000 },
	{ "/wait3/f", 50000, false, "/wait3/f - 200", 350000 },
	{ "/wrongrange/f", 50000, true, "/wrongrange/f - 200", 350000 },
	{ "/wait4/f", SIZE, true, NULL, 0 },
	{ "/wait5/f", SIZE, false, "/wait5/f - 200", 200000 },
};

static void test_resume(void **state)
{
	(void)state;
	for (size_t i = 0; i < SP_COUNT(parts); i++) {
		struct sp_fetch_item it = item(parts[i].modes, true);
		sp_auto_free char *part = sp_xmalloc(SIZE);
		sp_auto_err err = { 0 };

		drop("files/f");
		memcpy(part, data.data, SIZE);
		part[100] ^= !parts[i].good;
		put_cache("files/f.part", part, parts[i].part);
		if (fetch(&it, &err) != 0)
			fail_msg("%s: %s", parts[i].modes, err.msg);
		assert_data("files/f");
		assert_int_equal(it.got, parts[i].got);
		if (parts[i].range)
			assert_int_equal(requests(parts[i].range), 1);
		sp_fetch_item_clear(&it);
	}
}

/* What the first attempt has brought is not fetched again by the second. */
static void test_cut(void **state)
{
	struct sp_fetch_item it = item("/cut120000/f", true);
	struct sp_fetch_opts opts = { .retries = 2 };
	sp_auto_err err = { 0 };

	(void)state;
	drop("files/f");
	drop("files/f.part");
	assert_int_equal(sp_fetch_all(cache, &opts, &it, 1, &err), 0);
	assert_int_equal(requests("/cut120000/f bytes=120000- 206"), 1);
	assert_int_equal(it.got, SIZE);
	assert_data("files/f");
	sp_fetch_item_clear(&it);
}

static void test_retry(void **state)
{
	struct sp_fetch_item it = item("/404x1/f /500x1/f", true);
	struct sp_fetch_opts opts = { .retries = 2 };
	sp_auto_err err = { 0 };

	(void)state;
	drop("files/f");
	assert_int_equal(sp_fetch_all(cache, &opts, &it, 1, &err), 0);
	/* what is not there is not asked for again */
	assert_int_equal(requests("/404x1/f"), 1);
	assert_int_equal(requests("/500x1/f"), 2);
	assert_int_equal(it.used, 1);
	sp_fetch_item_clear(&it);
}

/* --- many ----------------------------------------------------------------- */

struct told {
	size_t n, done;
	int64_t bytes, total;
};

static void on_progress(void *arg, const struct sp_progress *p)
{
	struct told *t = arg;

	t->n++;
	t->done = p->done;
	t->bytes = p->bytes;
	t->total = p->total;
	assert_true(p->bytes <= p->total);
}

static void test_many(void **state)
{
	struct told told = { 0 };
	struct sp_fetch_opts opts = { .progress = on_progress, .arg = &told,
				      .retries = 1 };
	struct sp_fetch_item items[30];
	sp_auto_err err = { 0 };

	(void)state;
	for (size_t i = 0; i < SP_COUNT(items); i++) {
		items[i] = item(i == 17 ? "/404/many" : "/wait10/f", true);
		free(items[i].path);
		items[i].path = sp_asprintf("files/many-%zu", i);
	}
	assert_int_equal(sp_fetch_all(cache, &opts, items, 30, &err), -ENOENT);
	for (size_t i = 0; i < SP_COUNT(items); i++) {
		assert_int_equal(items[i].r, i == 17 ? -ENOENT : 0);
		sp_fetch_item_clear(&items[i]);
	}
	assert_data("files/many-29");
	assert_int_equal(told.done, 30);
	assert_int_equal(told.bytes, 29 * SIZE);
	assert_int_equal(told.total, 30 * SIZE);
}

/* A server that says nothing is waited for once, not by every file. */
static void test_silent(void **state)
{
	static const struct sp_access impatient = { .timeout_s = 1,
						    .minrate = 1 << 20 };
	struct sp_fetch_opts opts = { .retries = 1, .parallel = 1 };
	struct sockaddr_in addr = { .sin_family = AF_INET };
	sp_auto_close int s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC |
						      SOCK_NONBLOCK, 0);
	socklen_t len = sizeof(addr);
	struct sp_fetch_item items[4];
	sp_auto_err err = { 0 };
	int asked = 0, fd;

	(void)state;
	addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(s, (struct sockaddr *)&addr, len), 0);
	assert_int_equal(listen(s, 16), 0);
	assert_int_equal(getsockname(s, (struct sockaddr *)&addr, &len), 0);
	for (size_t i = 0; i < SP_COUNT(items); i++) {
		items[i] = item("", true);
		sp_strv_addf(&items[i].urls, "http://127.0.0.1:%d/f",
			     ntohs(addr.sin_port));
		sp_strv_addf(&items[i].urls, "http://127.0.0.1:%d/f", http.port);
		free(items[i].path);
		items[i].path = sp_asprintf("files/silent-%zu", i);
		items[i].access = &impatient;
	}
	if (sp_fetch_all(cache, &opts, items, SP_COUNT(items), &err) < 0)
		fail_msg("%s", err.msg);
	while ((fd = accept4(s, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
		(void)close(fd);
		asked++;
	}
	assert_int_equal(asked, 1);
	for (size_t i = 0; i < SP_COUNT(items); i++) {
		assert_int_equal(items[i].used, 1);
		sp_fetch_item_clear(&items[i]);
	}
}

static bool stop_it(void *arg)
{
	return ++*(int *)arg > 3;
}

static void test_stop(void **state)
{
	int asked = 0;
	struct sp_fetch_opts opts = { .stop = stop_it, .arg = &asked };
	struct sp_fetch_item it = item("/slow20000/f", true);
	sp_auto_err err = { 0 };

	(void)state;
	drop("files/f");
	assert_int_equal(sp_fetch_all(cache, &opts, &it, 1, &err), -ECANCELED);
	assert_non_null(strstr(err.msg, "interrupted"));
	sp_fetch_item_clear(&it);
}

static void test_auth(void **state)
{
	struct sp_access access = { .user = "user", .password = "secret" };
	struct sp_fetch_item it = item("/auth/f", true);
	sp_auto_free char *shown = NULL;
	sp_auto_err err = { 0 };

	(void)state;
	drop("files/f");
	it.access = &access;
	assert_int_equal(fetch(&it, &err), 0);
	drop("files/f");
	access.password = "wrong";
	assert_int_equal(fetch(&it, &err), -EREMOTEIO);
	sp_fetch_item_clear(&it);
	shown = sp_url_shown("http://user:secret@host/p@th?x\n");
	assert_string_equal(shown, "http://host/p@th?x\\x0a");
}

/* --- TLS ------------------------------------------------------------------ */

static struct sp_fetch_item tls_item(const char *path)
{
	struct sp_fetch_item it = item("", true);

	sp_strv_addf(&it.urls, "https://127.0.0.1:%d%s", https.port, path);
	drop("files/f");
	return it;
}

static void test_tls(void **state)
{
	sp_auto_free char *ca = sp_asprintf("%s/tls/ca.pem", dir);
	sp_auto_free char *other = sp_asprintf("%s/tls/other.pem", dir);
	sp_auto_free char *cert = sp_asprintf("%s/tls/client.pem", dir);
	sp_auto_free char *key = sp_asprintf("%s/tls/client.key", dir);
	const struct {
		struct sp_access access;
		const char *path;
		int r;
		const char *text;
	} v[] = {
		{ { .cacert = ca, .clientcert = cert, .clientkey = key }, "/f",
		  0, NULL },
		{ { .no_verify = true, .clientcert = cert, .clientkey = key },
		  "/f", 0, NULL },
		{ { .clientcert = cert, .clientkey = key }, "/f", -EACCES,
		  "(curl 60)" },
		{ { .cacert = other, .clientcert = cert, .clientkey = key },
		  "/f", -EACCES, "(curl 60)" },
		{ { .cacert = ca }, "/f", -EREMOTEIO, "" },
		{ { .cacert = "/no/such" }, "/f", -EACCES, "(curl 77)" },
		{ { .cacert = ca, .clientcert = cert, .clientkey = key },
		  "/http/f", -EPERM, "may not lead to another scheme" },
	};

	(void)state;
	for (size_t i = 0; i < SP_COUNT(v); i++) {
		struct sp_fetch_item it = tls_item(v[i].path);
		sp_auto_err err = { 0 };
		int r;

		it.access = &v[i].access;
		r = fetch(&it, &err);
		if (r != v[i].r || (r && !strstr(err.msg, v[i].text)))
			fail_msg("%zu: %d %s", i, r, r ? err.msg : "");
		sp_fetch_item_clear(&it);
	}
}

static void test_proxy(void **state)
{
	sp_auto_free char *proxy =
		sp_asprintf("http://127.0.0.1:%d", http.port);
	struct sp_access access = { .proxy = proxy };
	struct sp_fetch_item it = item("", false);
	sp_auto_err err = { 0 };

	(void)state;
	drop("files/f");
	/* our server as a proxy is asked for the whole URL, which it has not */
	sp_strv_add(&it.urls, "http://repo.example.com/f");
	it.access = &access;
	assert_int_equal(fetch(&it, &err), -ENOENT);
	assert_int_equal(requests("GET http://repo.example.com/f"), 1);
	sp_fetch_item_clear(&it);
}

static void test_unreachable(void **state)
{
	static const struct {
		const char *url;
		int r;
		const char *text;
	} v[] = {
		{ "http://127.0.0.1:1/f", -EREMOTEIO, "(curl 7)" },
		{ "http://no-such-host.invalid/f", -EREMOTEIO, "(curl 6)" },
		{ "ftp://127.0.0.1/f", -EPROTONOSUPPORT, "expected http" },
		{ "file:///no/such/file", -ENOENT, "(curl 37)" },
		{ "nonsense", -EPROTONOSUPPORT, "expected http" },
	};

	(void)state;
	drop("files/f");
	for (size_t i = 0; i < SP_COUNT(v); i++) {
		struct sp_access access = { .proxy = "" };
		struct sp_fetch_item it = item("", true);
		sp_auto_err err = { 0 };
		int r;

		it.access = &access;
		sp_strv_add(&it.urls, v[i].url);
		r = fetch(&it, &err);
		if (r != v[i].r || !strstr(err.msg, v[i].text))
			fail_msg("%s: %d %s", v[i].url, r, r ? err.msg : "");
		sp_fetch_item_clear(&it);
	}
}

/* A limit of this process's stands for a full disk. */
static void test_full(void **state)
{
	struct rlimit old, small = { .rlim_cur = SIZE / 2 };
	struct sp_fetch_item it = item("/f", true);
	sp_auto_err err = { 0 };

	(void)state;
	free(it.path);
	it.path = sp_xstrdup("files/full");
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	small.rlim_max = old.rlim_max;
	(void)signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	assert_int_equal(fetch(&it, &err), -EFBIG);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	assert_non_null(strstr(err.msg, "files/full.part\": File too large"));
	sp_fetch_item_clear(&it);
}

static void test_text(void **state)
{
	const struct {
		const char *path, *sum;
		size_t max;
		int r;
		const char *text;
	} v[] = {
		{ "/f", sum, SIZE, 0, NULL },
		{ "/f", NULL, SIZE, -EPERM, "--sha256" },
		{ "/f", sum, SIZE - 1, -EFBIG, "more than 199999 bytes" },
		{ "/endless/f", sum, SIZE, -EFBIG, "more than 200000 bytes" },
		{ "/html/f", sum, SIZE, -EBADMSG, "sha256 mismatch" },
		{ "/404/f", sum, SIZE, -ENOENT, "error 404" },
		{ "/f", "abc", SIZE, -EBADMSG, "--sha256: \"abc\"" },
	};

	(void)state;
	for (size_t i = 0; i < SP_COUNT(v); i++) {
		sp_auto_free char *url = sp_asprintf("http://127.0.0.1:%d%s",
						     http.port, v[i].path);
		sp_auto_buf text = { 0 };
		sp_auto_err err = { 0 };
		int r = sp_fetch_text(url, v[i].sum, v[i].max, &text, &err);

		if (r != v[i].r || (r && !strstr(err.msg, v[i].text)))
			fail_msg("%zu: %d %s", i, r, r ? err.msg : "");
		assert_int_equal(text.len, r ? 0 : SIZE);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_cached),
		cmocka_unit_test(test_optional),
		cmocka_unit_test(test_resume),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_retry),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_silent),
		cmocka_unit_test(test_stop),
		cmocka_unit_test(test_auth),
		cmocka_unit_test(test_tls),
		cmocka_unit_test(test_proxy),
		cmocka_unit_test(test_unreachable),
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_text),
	};
	sp_auto_free char *root = NULL, *file = NULL, *tls = NULL, *c = NULL;
	sp_auto_err err = { 0 };
	int r;

	(void)unsetenv("http_proxy");
	(void)unsetenv("https_proxy");
	(void)unsetenv("all_proxy");
	dir = fx_tmpdir();
	root = sp_asprintf("%s/root", dir);
	file = sp_asprintf("%s/f", root);
	tls = sp_asprintf("%s/tls", dir);
	c = sp_asprintf("%s/cache", dir);
	log_path = sp_asprintf("%s/log", dir);
	for (unsigned i = 0, x = 1; i < SIZE; i++, x = x * 1103515245 + 12345)
		sp_buf_addc(&data, (char)(x >> 16));
	sum = sp_digest_hex(SP_DIGEST_SHA256, data.data, data.len);
	if (mkdir(root, 0700) < 0)
		return 1;
	fx_write(file, data.data, data.len);
	http = fx_serve(root, NULL, "--log", log_path);
	https = fx_serve(root, tls, "--client", NULL);
	if (sp_cache_open(c, &cache, &err) < 0) {
		(void)printf("%s\n", err.msg);
		return 1;
	}
	r = cmocka_run_group_tests(tests, NULL, NULL);
	fx_stop(&http);
	fx_stop(&https);
	sp_cache_free(cache);
	fx_rmdir(dir);
	free(dir);
	free(log_path);
	free(sum);
	sp_buf_clear(&data);
	return r;
}
