/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fetch_job.c - one file on its way: its options, its bytes, its attempts.
 *
 * Source: CURLOPT_*(3); RFC 9110, section 14 (ranges).
 */
#include "pkg/fetch_job.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/mem.h"
#include "core/word.h"

#define PARALLEL 8
#define RETRIES 3
#define TIMEOUT_S 30
#define MINRATE 1000
#define SIZE_MAX_ ((int64_t)4 << 30)
#define BACKOFF_MS 500 /* before the second round; doubled for each more */

#define AGENT "sprout/" PACKAGE_VERSION

/* --- a transfer's options ------------------------------------------------- */

const char *sp_fetch_scheme(const char *url)
{
	static const char *const known[] = { "https", "http", "file" };

	for (size_t i = 0; i < SP_COUNT(known); i++)
		if (strncasecmp(url, known[i], strlen(known[i])) == 0 &&
		    url[strlen(known[i])] == ':')
			return known[i];
	return NULL;
}

/* A redirect may lead to https, from http to http, and nowhere else. */
static void set_schemes(CURL *c, const char *scheme)
{
#if LIBCURL_VERSION_NUM >= 0x075500
	(void)curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, scheme);
	(void)curl_easy_setopt(c, CURLOPT_REDIR_PROTOCOLS_STR,
			       strcmp(scheme, "http") == 0 ? "http,https"
							   : "https");
#else
	(void)curl_easy_setopt(c, CURLOPT_PROTOCOLS,
			       strcmp(scheme, "file") == 0   ? CURLPROTO_FILE
			       : strcmp(scheme, "http") == 0 ? CURLPROTO_HTTP
							     : CURLPROTO_HTTPS);
	(void)curl_easy_setopt(c, CURLOPT_REDIR_PROTOCOLS,
			       strcmp(scheme, "http") == 0
				       ? CURLPROTO_HTTP | CURLPROTO_HTTPS
				       : CURLPROTO_HTTPS);
#endif
}

static void set_access(CURL *c, const struct sp_access *a, int parallel)
{
	static const struct sp_access defaults;
	long timeout;

	if (!a)
		a = &defaults;
	timeout = a->timeout_s ? a->timeout_s : TIMEOUT_S;
	(void)curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT, timeout);
	(void)curl_easy_setopt(c, CURLOPT_LOW_SPEED_TIME, timeout);
	(void)curl_easy_setopt(c, CURLOPT_LOW_SPEED_LIMIT,
			       (long)(a->minrate ? a->minrate : MINRATE));
	if (a->rate)
		(void)curl_easy_setopt(c, CURLOPT_MAX_RECV_SPEED_LARGE,
				       (curl_off_t)(a->rate / parallel + 1));
	if (a->proxy)
		(void)curl_easy_setopt(c, CURLOPT_PROXY, a->proxy);
	if (a->proxy_user) {
		(void)curl_easy_setopt(c, CURLOPT_PROXYUSERNAME, a->proxy_user);
		(void)curl_easy_setopt(c, CURLOPT_PROXYPASSWORD,
				       a->proxy_password);
	}
	if (a->user) {
		(void)curl_easy_setopt(c, CURLOPT_USERNAME, a->user);
		(void)curl_easy_setopt(c, CURLOPT_PASSWORD, a->password);
		(void)curl_easy_setopt(c, CURLOPT_HTTPAUTH,
				       CURLAUTH_BASIC | CURLAUTH_DIGEST);
	}
	if (a->no_verify) {
		(void)curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 0L);
		(void)curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 0L);
	}
	if (a->cacert)
		(void)curl_easy_setopt(c, CURLOPT_CAINFO, a->cacert);
	if (a->clientcert)
		(void)curl_easy_setopt(c, CURLOPT_SSLCERT, a->clientcert);
	if (a->clientkey)
		(void)curl_easy_setopt(c, CURLOPT_SSLKEY, a->clientkey);
}

static size_t on_data(char *data, size_t size, size_t n, void *arg);

int sp_fetch_parallel(const struct sp_fetch_batch *b)
{
	return b->opts->parallel > 0 ? b->opts->parallel : PARALLEL;
}

int64_t sp_fetch_limit(const struct sp_fetch_item *it)
{
	if (it->size >= 0)
		return it->size;
	return it->max ? it->max : SIZE_MAX_;
}

static void set_options(struct sp_fetch_job *j, const char *url,
			const char *scheme)
{
	CURL *c = j->curl;

	curl_easy_reset(c);
	*j->errbuf = '\0';
	(void)curl_easy_setopt(c, CURLOPT_URL, url);
	(void)curl_easy_setopt(c, CURLOPT_PRIVATE, j);
	(void)curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_data);
	(void)curl_easy_setopt(c, CURLOPT_WRITEDATA, j);
	(void)curl_easy_setopt(c, CURLOPT_ERRORBUFFER, j->errbuf);
	(void)curl_easy_setopt(c, CURLOPT_FAILONERROR, 1L);
	(void)curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 1L);
	(void)curl_easy_setopt(c, CURLOPT_MAXREDIRS, (long)REDIRECTS);
	(void)curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	(void)curl_easy_setopt(c, CURLOPT_NOPROGRESS, 1L);
	(void)curl_easy_setopt(c, CURLOPT_USERAGENT, AGENT);
	(void)curl_easy_setopt(c, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2);
	/* a server that knows no ranges sends all of it */
	(void)curl_easy_setopt(c, CURLOPT_MAXFILESIZE_LARGE,
			       (curl_off_t)sp_fetch_limit(j->it));
	set_schemes(c, scheme);
	set_access(c, j->it->access, sp_fetch_parallel(j->b));
	if (j->at) {
		sp_auto_free char *range =
			sp_asprintf("%lld-", (long long)j->at);

		(void)curl_easy_setopt(c, CURLOPT_RANGE, range);
	}
}

/* --- what arrives --------------------------------------------------------- */

/* Is there a checksum to compute? */
static bool restart_digest(struct sp_fetch_job *j)
{
	j->at = j->resumed = 0;
	sp_digest_free(j->digest);
	j->digest = j->it->sum.type ? sp_digest_new(j->it->sum.type) : NULL;
	return j->digest;
}

/* Begin at the first byte; false with write_errno. */
bool sp_fetch_restart(struct sp_fetch_job *j)
{
	(void)restart_digest(j);
	if (j->text) {
		sp_buf_clear(j->text);
		return true;
	}
	if (ftruncate(j->fd, 0) < 0 || lseek(j->fd, 0, SEEK_SET) < 0) {
		j->write_errno = errno;
		return false;
	}
	return true;
}

static bool put(struct sp_fetch_job *j, const char *data, size_t len)
{
	if (j->digest)
		sp_digest_add(j->digest, data, len);
	j->at += (int64_t)len;
	if (j->text) {
		sp_buf_addn(j->text, data, len);
		return true;
	}
	while (len) {
		ssize_t n = write(j->fd, data, len);

		if (n < 0 && errno != EINTR) {
			j->write_errno = errno;
			return false;
		}
		if (n > 0) {
			data += n;
			len -= (size_t)n;
		}
	}
	return true;
}

static size_t on_data(char *data, size_t size, size_t n, void *arg)
{
	struct sp_fetch_job *j = arg;
	size_t len = size * n;
	long status = 0;

	if (!j->begun) {
		j->begun = true;
		(void)curl_easy_getinfo(j->curl, CURLINFO_RESPONSE_CODE,
					&status);
		/* a server need not know ranges: then it is the whole file */
		if (j->at && status != 206 && !sp_fetch_restart(j))
			return 0;
	}
	if ((int64_t)len > sp_fetch_limit(j->it) - j->at) {
		j->too_big = true;
		return 0;
	}
	j->it->got += (int64_t)len;
	j->b->moved = j->it->urls.v[j->url];
	/* A query may hold a secret. */
	if (j->it->path && strchr(j->b->moved, '?'))
		j->b->moved = j->it->path;
	return put(j, data, len) ? len : 0;
}

/* Take what an earlier attempt has left, if what comes of it can be checked. */
static bool take_part(struct sp_fetch_job *j)
{
	char block[65536];
	ssize_t n;

	if (!restart_digest(j))
		return sp_fetch_restart(j);
	while ((n = read(j->fd, block, sizeof(block))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 || n > sp_fetch_limit(j->it) - j->at)
			return sp_fetch_restart(j);
		sp_digest_add(j->digest, block, (size_t)n);
		j->at += n;
	}
	j->resumed = j->at;
	return true;
}

/* --- a job's life --------------------------------------------------------- */

/* What holds nothing is no beginning. */
static void drop_part(struct sp_fetch_job *j)
{
	const char *slash = strrchr(j->it->path, '/');
	sp_auto_free char *path =
		sp_asprintf("%.*s%s",
			    slash ? (int)(slash + 1 - j->it->path) : 0,
			    j->it->path, j->part);
	sp_auto_err ignored = { 0 };

	(void)sp_cache_remove(j->b->cache, path, &ignored);
}

void sp_fetch_end(struct sp_fetch_job *j, int r)
{
	struct sp_fetch_item *it = j->it;

	if (j->fd >= 0) {
		if (!j->at && (r < 0 || it->missing))
			drop_part(j);
		(void)close(j->fd); /* and with it the lock */
		j->fd = -1;
	}
	j->status = SP_JOB_DONE;
	j->b->done++;
	it->used = j->url;
	it->r = r;
	if (r < 0) {
		it->err = j->why;
		j->why = (struct sp_err){ 0 };
	}
}

static void finish(struct sp_fetch_job *j)
{
	sp_err_clear(&j->why);
	sp_fetch_end(j, j->text ? 0
				: sp_cache_finish(j->b->cache, j->fd, j->part,
						  j->it->path, &j->why));
	if (j->it->r < 0 && !j->it->err.code)
		(void)sp_fail_errno(&j->it->err, -j->it->r, "\"%s\"",
				    j->it->path);
}

/* The next mirror, or the first one again, later. */
static void next_mirror(struct sp_fetch_job *j)
{
	const struct sp_fetch_batch *b = j->b;
	int rounds = b->opts->retries > 0 ? b->opts->retries : RETRIES;
	size_t n = j->it->urls.n;

	for (j->url++; j->round < rounds; j->round++, j->url = 0) {
		while (j->url < n && j->dead[j->url])
			j->url++;
		if (j->url < n)
			break;
		j->not_before =
			sp_clock_ms() + ((int64_t)BACKOFF_MS << j->round);
	}
	if (j->round < rounds) {
		j->status = SP_JOB_WAITING;
		return;
	}
	if (n > 1) {
		char *msg = sp_asprintf(_("%s (and none of the %zu mirrors "
					  "before it was any better)"),
					j->why.msg, n - 1);

		free(j->why.msg);
		j->why.msg = msg;
	}
	sp_fetch_end(j, -j->why.code);
}

void sp_fetch_over(struct sp_fetch_job *j, CURLcode code)
{
	switch (sp_fetch_judge(j, code)) {
	case SP_FETCH_GOOD:
		finish(j);
		break;
	case SP_FETCH_MISSING:
		j->it->missing = true;
		sp_fetch_end(j, 0);
		break;
	case SP_FETCH_AGAIN:
		j->status = SP_JOB_WAITING;
		if (!sp_fetch_restart(j))
			sp_fetch_over(j, CURLE_WRITE_ERROR);
		break;
	case SP_FETCH_NEVER:
		j->dead[j->url] = true;
		/* fall through */
	case SP_FETCH_LATER:
		/* half a file is worth something only if it can be checked */
		if ((!j->it->sum.type || !j->digest) && !sp_fetch_restart(j)) {
			sp_fetch_over(j, CURLE_WRITE_ERROR);
			break;
		}
		next_mirror(j);
		break;
	case SP_FETCH_HOPELESS:
		sp_fetch_end(j, -j->why.code);
		break;
	}
}

void sp_fetch_begin(struct sp_fetch_job *j)
{
	const char *url, *scheme;
	int r;

	sp_fetch_pick(j);
	url = j->it->urls.v[j->url];
	scheme = sp_fetch_scheme(url);
	if (!scheme) {
		(void)sp_fetch_why(j, EPROTONOSUPPORT,
				   "expected http://, https:// or file://");
		j->dead[j->url] = true;
		next_mirror(j);
		return;
	}
	if (!j->text && j->fd < 0) {
		sp_err_clear(&j->why);
		r = sp_cache_begin(j->b->cache, j->it->path, &j->fd, &j->part,
				   &j->why);
		if (r < 0) {
			sp_fetch_end(j, r);
			return;
		}
		if (!take_part(j)) {
			sp_fetch_over(j, CURLE_WRITE_ERROR);
			return;
		}
		if (j->at && j->at == j->it->size &&
		    sp_fetch_check(j) == SP_FETCH_GOOD) {
			finish(j);
			return;
		}
		if (!j->digest &&
		    !sp_fetch_restart(
			    j)) { /* sp_fetch_check() has used it up */
			sp_fetch_over(j, CURLE_WRITE_ERROR);
			return;
		}
	}
	/* ranges of local files would be asked for in vain */
	if (j->at && strcmp(scheme, "file") == 0 && !sp_fetch_restart(j)) {
		sp_fetch_over(j, CURLE_WRITE_ERROR);
		return;
	}
	j->resumed = j->at;
	j->begun = j->too_big = false;
	if (!j->curl)
		j->curl = curl_easy_init();
	if (!j->curl) {
		(void)sp_fetch_why(j, ENOMEM, "libcurl gives no handle");
		sp_fetch_end(j, -ENOMEM);
		return;
	}
	set_options(j, url, scheme);
	j->status = SP_JOB_RUNNING;
	j->b->running++;
	(void)curl_multi_add_handle(j->b->multi, j->curl);
}
