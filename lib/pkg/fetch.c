/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fetch.c - files by URL, several at a time; fetch*.c are the only users of
 * libcurl.
 *
 * Source: libcurl-multi(3).
 */
#include "pkg/fetch.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/mem.h"
#include "core/word.h"
#include "pkg/fetch_job.h"

#define DAY_S 86400
#define POLL_MS 100
#define PROGRESS_MS 100
#define RATE_MS 2000 /* the rate is that of about the last two seconds */

struct sp_fetcher {
	CURLM *multi;
};

void sp_fetch_item_clear(struct sp_fetch_item *it)
{
	sp_strv_clear(&it->urls);
	free(it->path);
	sp_checksum_clear(&it->sum);
	sp_err_clear(&it->err);
	*it = (struct sp_fetch_item){ 0 };
}

char *sp_url_shown(const char *url)
{
	const char *host = strstr(url, "://"), *at;
	sp_auto_buf text = { 0 };

	if (!host)
		host = url;
	else
		host += 3;
	at = host + strcspn(host, "@/?#");
	sp_buf_addn(&text, url, (size_t)(host - url));
	{
		sp_auto_buf rest = { 0 };

		sp_buf_add_shown(&rest, *at == '@' ? at + 1 : host);
		sp_buf_add(&text, sp_buf_cstr(&rest));
	}
	return sp_buf_take(&text);
}

/* --- all of them ---------------------------------------------------------- */

static void tell(struct sp_fetch_batch *b, bool last)
{
	struct sp_progress p = { .what = b->moved ? b->moved : "",
				 .files = b->n,
				 .done = b->done };
	int64_t now = sp_clock_ms(), dt;
	const char *slash;

	if (!b->opts->progress || (!last && now - b->told < PROGRESS_MS))
		return;
	for (size_t i = 0; i < b->n; i++) {
		const struct sp_fetch_item *it = b->v[i].it;

		p.bytes +=
			it->cached ? it->size > 0 ? it->size : 0 : b->v[i].at;
		if (it->size < 0 || p.total < 0)
			p.total = -1;
		else
			p.total += it->size;
	}
	dt = now - b->rate_at;
	if (dt > 0) {
		double share = dt > RATE_MS ? 1 : (double)dt / RATE_MS;
		double rate =
			(double)(p.bytes - b->rate_bytes) * 1000 / (double)dt;

		/* The first bytes set it, all others change it. */
		b->rate =
			b->rate > 0 ? b->rate + (rate - b->rate) * share : rate;
		b->rate_at = now;
		b->rate_bytes = p.bytes;
	}
	p.rate = b->rate > 0 ? (int64_t)b->rate : 0;
	p.left_s = p.total >= p.bytes && p.rate > 0 &&
				   (p.total - p.bytes) / p.rate < INT_MAX
			   ? (int)((p.total - p.bytes) / p.rate)
			   : -1;
	slash = strrchr(p.what, '/');
	if (slash)
		p.what = slash + 1;
	b->told = now;
	b->opts->progress(b->opts->arg, &p);
}

static void reap(struct sp_fetch_batch *b)
{
	struct CURLMsg *msg;
	int left;

	while ((msg = curl_multi_info_read(b->multi, &left))) {
		CURLcode code = msg->data.result;
		CURL *curl = msg->easy_handle;
		struct sp_fetch_job *j = NULL;

		(void)curl_easy_getinfo(curl, CURLINFO_PRIVATE, (char **)&j);
		(void)curl_multi_remove_handle(b->multi, curl);
		b->running--;
		sp_fetch_over(j, code);
	}
}

static void start(struct sp_fetch_batch *b)
{
	int64_t now = sp_clock_ms();

	for (size_t i = 0;
	     i < b->n && b->running < (size_t)sp_fetch_parallel(b); i++)
		if (b->v[i].status == SP_JOB_WAITING &&
		    b->v[i].not_before <= now)
			sp_fetch_begin(&b->v[i]);
}

static void wait_some(struct sp_fetch_batch *b)
{
#if LIBCURL_VERSION_NUM >= 0x074200
	(void)curl_multi_poll(b->multi, NULL, 0, POLL_MS, NULL);
#else
	int n = 0;

	(void)curl_multi_wait(b->multi, NULL, 0, POLL_MS, &n);
	if (!n && !b->running)
		(void)usleep(POLL_MS * 1000);
#endif
}

static void cancel(struct sp_fetch_batch *b)
{
	for (size_t i = 0; i < b->n; i++) {
		struct sp_fetch_job *j = &b->v[i];

		if (j->status == SP_JOB_RUNNING)
			(void)curl_multi_remove_handle(b->multi, j->curl);
		if (j->status == SP_JOB_DONE)
			continue;
		(void)sp_fetch_why(j, ECANCELED, "interrupted");
		sp_fetch_end(j, -ECANCELED);
	}
}

static void run(struct sp_fetch_batch *b)
{
	int running;

	b->rate_at = sp_clock_ms();
	while (b->done < b->n) {
		if (b->opts->stop && b->opts->stop(b->opts->arg)) {
			cancel(b);
			break;
		}
		(void)curl_multi_perform(b->multi, &running);
		reap(b);
		start(b);
		tell(b, false);
		if (b->done < b->n)
			wait_some(b);
	}
	tell(b, true);
}

/* --- what is there already ------------------------------------------------ */

static bool is_right(struct sp_cache *c, const struct sp_fetch_item *it)
{
	sp_auto_digest *d = NULL;
	sp_auto_free char *sum = NULL;
	sp_auto_close int fd = -1;
	sp_auto_err ignored = { 0 };
	char block[65536];
	ssize_t n;

	if (sp_cache_open_file(c, it->path, &fd, &ignored) < 0)
		return false;
	d = sp_digest_new(it->sum.type);
	while ((n = read(fd, block, sizeof(block))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		sp_digest_add(d, block, (size_t)n);
	}
	sum = sp_digest_end(sp_take(&d));
	return strcmp(sum, it->sum.hex) == 0;
}

/* Is nothing to be fetched?  The result stands in the item then. */
static bool have(struct sp_cache *c, const struct sp_fetch_opts *opts,
		 struct sp_fetch_item *it)
{
	sp_auto_err ignored = { 0 };
	int64_t size, age;
	int r = sp_cache_stat(c, it->path, &size, &age, &it->err);

	if (r < 0) {
		it->r = r;
		return true;
	}
	if (r > 0 && it->sum.type
		    ? (it->size < 0 || size == it->size) && is_right(c, it)
		    : r > 0 && opts->offline) {
		if (it->sum.type && age > DAY_S)
			(void)sp_cache_touch(c, it->path, &ignored);
		it->cached = true;
		return true;
	}
	if (!opts->offline)
		return false;
	if (it->optional && !it->sum.type) {
		it->missing = true;
		return true;
	}
	{
		sp_auto_free char *url =
			sp_url_shown(it->urls.n ? it->urls.v[0] : it->path);

		it->r = sp_fail(&it->err, ENOENT,
				"%s: is not in the cache (\"%s\"), and nothing "
				"is fetched offline",
				url, sp_cache_path(c));
	}
	return true;
}

/* --- interface ------------------------------------------------------------ */

struct sp_fetcher *sp_fetcher_new(void)
{
	struct sp_fetcher *f = sp_xcalloc(1, sizeof(*f));

	if (curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK)
		f->multi = curl_multi_init();
	return f;
}

void sp_fetcher_free(struct sp_fetcher *f)
{
	if (!f)
		return;
	if (f->multi)
		(void)curl_multi_cleanup(f->multi);
	curl_global_cleanup();
	free(f);
}

static void add_job(struct sp_fetch_batch *b, struct sp_fetch_item *it,
		    struct sp_buf *text)
{
	struct sp_fetch_job *j = &b->v[b->n++];

	*j = (struct sp_fetch_job){ .b = b,
				    .it = it,
				    .text = text,
				    .fd = -1,
				    .status = SP_JOB_WAITING };
	j->dead = sp_xcalloc(it->urls.n + 1, sizeof(*j->dead));
	if (text)
		(void)sp_fetch_restart(j);
}

static void free_job(struct sp_fetch_job *j)
{
	if (j->curl)
		curl_easy_cleanup(j->curl);
	if (j->fd >= 0)
		(void)close(j->fd);
	sp_digest_free(j->digest);
	sp_err_clear(&j->why);
	free(j->dead);
	free(j->part);
}

/* The jobs of a batch with a fetcher of its own, if the caller has none. */
static int run_with(struct sp_fetch_batch *b, struct sp_err *err)
{
	sp_auto_fetcher *own = NULL;
	struct sp_fetcher *f = b->opts->fetcher;
	int r = 0;

	if (b->n && !f)
		f = own = sp_fetcher_new();
	if (b->n && !f->multi)
		r = sp_fail(err, ENOMEM, "libcurl cannot be initialised");
	if (b->n && r == 0) {
		b->multi = f->multi;
		run(b);
	}
	for (size_t i = 0; i < b->n; i++)
		free_job(&b->v[i]);
	sp_strv_clear(&b->silent);
	return r;
}

int sp_fetch_all(struct sp_cache *c, const struct sp_fetch_opts *opts,
		 struct sp_fetch_item *items, size_t n, struct sp_err *err)
{
	static const struct sp_fetch_opts defaults;
	sp_auto_free struct sp_fetch_job *jobs =
		sp_xcalloc(n + 1, sizeof(*jobs));
	struct sp_fetch_batch b = { .cache = c,
				    .opts = opts ? opts : &defaults,
				    .v = jobs };
	int r;

	for (size_t i = 0; i < n; i++) {
		struct sp_fetch_item *it = &items[i];

		it->r = 0;
		it->got = 0;
		it->used = 0;
		it->cached = it->missing = false;
		if (have(c, b.opts, it))
			continue;
		if (!it->urls.n)
			it->r = sp_fail(&it->err, EINVAL, "%s: has no URL",
					it->path);
		else
			add_job(&b, it, NULL);
	}
	r = run_with(&b, err);
	for (size_t i = 0; i < n && r == 0; i++)
		if (items[i].r < 0)
			r = sp_fail(err, items[i].err.code, "%s",
				    items[i].err.msg);
	return r;
}

int sp_fetch_text(const char *url, const char *sha256, size_t max,
		  struct sp_buf *ret, struct sp_err *err)
{
	static const struct sp_fetch_opts defaults;
	struct sp_fetch_item it = { .size = -1, .max = (int64_t)max };
	const char *scheme = sp_fetch_scheme(url);
	sp_auto_buf text = { 0 };
	struct sp_fetch_job job;
	struct sp_fetch_batch b = { .opts = &defaults, .v = &job };
	int r = 0;

	if (!scheme || strcmp(scheme, "file") == 0)
		return sp_fail(err, EPROTONOSUPPORT, "%s: expected https://",
			       url);
	if (strcmp(scheme, "http") == 0 && !sha256)
		return sp_fail(err, EPERM,
			       "%s: anybody on the way could change it; use "
			       "https://, or give its checksum: --sha256 HEX",
			       url);
	if (sha256)
		r = sp_checksum_parse("sha256", sha256, &it.sum, err);
	if (r < 0)
		return sp_wrap(err, "--sha256");
	sp_strv_add(&it.urls, url);
	add_job(&b, &it, &text);
	r = run_with(&b, err);
	if (r == 0 && it.r < 0)
		r = sp_fail(err, it.err.code, "%s", it.err.msg);
	if (r == 0) {
		*ret = text;
		text = (struct sp_buf){ 0 };
	}
	sp_fetch_item_clear(&it);
	return r;
}
