/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fetch.c - files by URL, several at a time: the only user of libcurl.
 *
 * Source: libcurl-multi(3), CURLOPT_*(3); RFC 9110, section 14 (ranges).
 */
#include "pkg/fetch.h"

#include <curl/curl.h>
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include "core/mem.h"
#include "core/word.h"

#define PARALLEL 8
#define RETRIES 3
#define TIMEOUT_S 30
#define MINRATE 1000
#define SIZE_MAX_ ((int64_t)4 << 30)
#define DAY_S 86400
#define REDIRECTS 8
#define POLL_MS 100
#define BACKOFF_MS 500 /* before the second round; doubled for each more */
#define PROGRESS_MS 100
#define RATE_MS 2000 /* the rate is that of about the last two seconds */

#define AGENT "sprout/" PACKAGE_VERSION

struct sp_fetcher {
	CURLM *multi;
};

enum status { WAITING, RUNNING, DONE };

/* What one attempt came to. */
enum verdict {
	GOOD,
	MISSING,
	AGAIN,	 /* at once, from the first byte on */
	LATER,	 /* this mirror may do better next time */
	NEVER,	 /* not this mirror */
	HOPELESS /* it is us: no other mirror would help */
};

struct job {
	struct batch *b;
	struct sp_fetch_item *it;
	enum status status;
	CURL *curl;
	char errbuf[CURL_ERROR_SIZE];
	struct sp_buf *text; /* into memory instead of a file */
	int fd;
	char *part;
	struct sp_digest *digest;
	int64_t at;	 /* bytes that are there */
	int64_t resumed; /* of them before this attempt */
	size_t url;
	int round;
	bool *dead; /* mirrors that are given up */
	bool begun; /* this attempt has given its first byte */
	bool too_big;
	int write_errno;
	int64_t not_before;
	struct sp_err why; /* the last attempt's failure */
};

struct batch {
	struct sp_cache *cache;
	const struct sp_fetch_opts *opts;
	CURLM *multi;
	struct job *v;
	size_t n, running, done;
	struct sp_strv silent; /* servers that did not answer in time */
	int64_t told;	       /* when progress was told last */
	const char *moved;     /* name of the file that did */
	int64_t rate_at, rate_bytes;
	double rate;
};

static int64_t now_ms(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

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

/* --- a transfer's options ------------------------------------------------- */

static const char *scheme_of(const char *url)
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

static int parallel_of(const struct batch *b)
{
	return b->opts->parallel > 0 ? b->opts->parallel : PARALLEL;
}

static int64_t limit_of(const struct sp_fetch_item *it)
{
	if (it->size >= 0)
		return it->size;
	return it->max ? it->max : SIZE_MAX_;
}

static void set_options(struct job *j, const char *url, const char *scheme)
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
			       (curl_off_t)limit_of(j->it));
	set_schemes(c, scheme);
	set_access(c, j->it->access, parallel_of(j->b));
	if (j->at) {
		sp_auto_free char *range =
			sp_asprintf("%lld-", (long long)j->at);

		(void)curl_easy_setopt(c, CURLOPT_RANGE, range);
	}
}

/* --- what arrives --------------------------------------------------------- */

/* Is there a checksum to compute? */
static bool restart_digest(struct job *j)
{
	j->at = j->resumed = 0;
	sp_digest_free(j->digest);
	j->digest = j->it->sum.type ? sp_digest_new(j->it->sum.type) : NULL;
	return j->digest;
}

/* Begin at the first byte; false with write_errno. */
static bool restart(struct job *j)
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

static bool put(struct job *j, const char *data, size_t len)
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
	struct job *j = arg;
	size_t len = size * n;
	long status = 0;

	if (!j->begun) {
		j->begun = true;
		(void)curl_easy_getinfo(j->curl, CURLINFO_RESPONSE_CODE,
					&status);
		/* a server need not know ranges: then it is the whole file */
		if (j->at && status != 206 && !restart(j))
			return 0;
	}
	if ((int64_t)len > limit_of(j->it) - j->at) {
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
static bool take_part(struct job *j)
{
	char block[65536];
	ssize_t n;

	if (!restart_digest(j))
		return restart(j);
	while ((n = read(j->fd, block, sizeof(block))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 || n > limit_of(j->it) - j->at)
			return restart(j);
		sp_digest_add(j->digest, block, (size_t)n);
		j->at += n;
	}
	j->resumed = j->at;
	return true;
}

/* --- what an attempt came to ---------------------------------------------- */

static int why(struct job *j, int code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
static int why(struct job *j, int code, const char *fmt, ...)
{
	sp_auto_free char *url = sp_url_shown(j->it->urls.v[j->url]);
	sp_auto_free char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	text = sp_vasprintf(_(fmt), ap);
	va_end(ap);
	sp_err_clear(&j->why);
	return sp_fail(&j->why, code, "%s: %s", url, text);
}

/* All bytes are there: are they the right ones? */
static enum verdict check(struct job *j)
{
	const struct sp_fetch_item *it = j->it;
	sp_auto_free char *sum = NULL;

	if (it->size >= 0 && j->at != it->size) {
		(void)why(j, EBADMSG, "got %lld bytes, expected %lld",
			  (long long)j->at, (long long)it->size);
		return j->resumed ? AGAIN : NEVER;
	}
	if (!it->sum.type)
		return GOOD;
	sum = sp_digest_end(sp_take(&j->digest));
	if (strcmp(sum, it->sum.hex) == 0)
		return GOOD;
	(void)why(j, EBADMSG, "%s mismatch: got %s, expected %s",
		  sp_digest_name(it->sum.type), sum, it->sum.hex);
	return j->resumed ? AGAIN : NEVER;
}

static enum verdict http_error(struct job *j, long status)
{
	if (status == 416 && j->resumed)
		return AGAIN;
	if (status == 404 && j->it->optional)
		return MISSING;
	(void)why(j, status == 404 ? ENOENT : EREMOTEIO,
		  "the server answers with error %ld%s", status,
		  status == 404	  ? _(" (not found)")
		  : status == 401 ? _(" (a user name and password are needed)")
		  : status == 403 ? _(" (not allowed)")
		  : status == 407 ? _(" (the proxy wants a user name)")
		  : status == 503 ? " (busy)"
				  : "");
	return status >= 500 || status == 408 || status == 429 ? LATER : NEVER;
}

/* "http://host:80" of a URL, owned. */
static char *server_of(const char *url)
{
	const char *host = strstr(url, "://");

	host = host ? host + 3 : url;
	return sp_xstrndup(url, (size_t)(host - url) + strcspn(host, "/?#"));
}

static bool is_silent(const struct batch *b, const char *url)
{
	sp_auto_free char *server = server_of(url);

	return b->silent.n && sp_strv_has(&b->silent, server);
}

/* Nobody else of this batch has to wait for that server in vain. */
static void avoid(struct job *j)
{
	const char *url = j->it->urls.v[j->url];

	if (!is_silent(j->b, url))
		sp_strv_add_take(&j->b->silent, server_of(url));
}

/* Another mirror that is left in this round, instead of a silent one. */
static void pick_mirror(struct job *j)
{
	const struct sp_strv *urls = &j->it->urls;

	for (size_t i = j->url; i < urls->n; i++) {
		if (j->dead[i] || is_silent(j->b, urls->v[i]))
			continue;
		j->url = i;
		break;
	}
}

static enum verdict curl_error(struct job *j, CURLcode code)
{
	const char *text = *j->errbuf ? j->errbuf : curl_easy_strerror(code);
	char *next = NULL;
	long status = 0;

	(void)curl_easy_getinfo(j->curl, CURLINFO_RESPONSE_CODE, &status);
	switch (code) {
	case CURLE_HTTP_RETURNED_ERROR:
		return http_error(j, status);
	case CURLE_FILE_COULDNT_READ_FILE:
		if (j->it->optional)
			return MISSING;
		(void)why(j, ENOENT, "%s (curl %d)", text, code);
		return NEVER;
	case CURLE_UNSUPPORTED_PROTOCOL:
		(void)curl_easy_getinfo(j->curl, CURLINFO_EFFECTIVE_URL, &next);
		if (status / 100 != 3)
			break;
		{
			sp_auto_free char *shown =
				sp_url_shown(next ? next : "?");

			(void)why(j, EPERM,
				  "leads to %s; a redirect may not lead to "
				  "another scheme",
				  shown);
		}
		return NEVER;
	case CURLE_TOO_MANY_REDIRECTS:
		(void)why(j, ELOOP, "more than %d redirects (curl %d)",
			  REDIRECTS, code);
		return NEVER;
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CERTPROBLEM:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_ISSUER_ERROR:
	case CURLE_URL_MALFORMAT:
	case CURLE_OUT_OF_MEMORY:
		(void)why(j, EACCES, "%s (curl %d)", text, code);
		return NEVER;
	case CURLE_OPERATION_TIMEDOUT:
		avoid(j);
		(void)why(j, ETIMEDOUT, "%s (curl %d)", text, code);
		return LATER;
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_CONNECT:
		avoid(j);
		break;
	default:
		break;
	}
	(void)why(j, EREMOTEIO, "%s (curl %d)", text, code);
	return LATER;
}

static enum verdict judge(struct job *j, CURLcode code)
{
	if (j->write_errno) {
		sp_err_clear(&j->why);
		(void)sp_fail_errno(&j->why, j->write_errno, "\"%s/%s.part\"",
				    sp_cache_path(j->b->cache), j->it->path);
		return HOPELESS;
	}
	if (j->too_big || code == CURLE_FILESIZE_EXCEEDED) {
		(void)why(
			j, EFBIG,
			j->it->size >= 0
				? "the server sends more than the expected %lld bytes"
				: N_("more than %lld bytes, the limit"),
			(long long)limit_of(j->it));
		return j->resumed ? AGAIN : NEVER;
	}
	return code == CURLE_OK ? check(j) : curl_error(j, code);
}

/* --- a job's life --------------------------------------------------------- */

/* What holds nothing is no beginning. */
static void drop_part(struct job *j)
{
	const char *slash = strrchr(j->it->path, '/');
	sp_auto_free char *path =
		sp_asprintf("%.*s%s",
			    slash ? (int)(slash + 1 - j->it->path) : 0,
			    j->it->path, j->part);
	sp_auto_err ignored = { 0 };

	(void)sp_cache_remove(j->b->cache, path, &ignored);
}

static void end(struct job *j, int r)
{
	struct sp_fetch_item *it = j->it;

	if (j->fd >= 0) {
		if (!j->at && (r < 0 || it->missing))
			drop_part(j);
		(void)close(j->fd); /* and with it the lock */
		j->fd = -1;
	}
	j->status = DONE;
	j->b->done++;
	it->used = j->url;
	it->r = r;
	if (r < 0) {
		it->err = j->why;
		j->why = (struct sp_err){ 0 };
	}
}

static void finish(struct job *j)
{
	sp_err_clear(&j->why);
	end(j, j->text ? 0
		       : sp_cache_finish(j->b->cache, j->fd, j->part,
					 j->it->path, &j->why));
	if (j->it->r < 0 && !j->it->err.code)
		(void)sp_fail_errno(&j->it->err, -j->it->r, "\"%s\"",
				    j->it->path);
}

/* The next mirror, or the first one again, later. */
static void next_mirror(struct job *j)
{
	const struct batch *b = j->b;
	int rounds = b->opts->retries > 0 ? b->opts->retries : RETRIES;
	size_t n = j->it->urls.n;

	for (j->url++; j->round < rounds; j->round++, j->url = 0) {
		while (j->url < n && j->dead[j->url])
			j->url++;
		if (j->url < n)
			break;
		j->not_before = now_ms() + ((int64_t)BACKOFF_MS << j->round);
	}
	if (j->round < rounds) {
		j->status = WAITING;
		return;
	}
	if (n > 1) {
		char *msg = sp_asprintf(_("%s (and none of the %zu mirrors "
					  "before it was any better)"),
					j->why.msg, n - 1);

		free(j->why.msg);
		j->why.msg = msg;
	}
	end(j, -j->why.code);
}

static void attempt_over(struct job *j, CURLcode code)
{
	switch (judge(j, code)) {
	case GOOD:
		finish(j);
		break;
	case MISSING:
		j->it->missing = true;
		end(j, 0);
		break;
	case AGAIN:
		j->status = WAITING;
		if (!restart(j))
			attempt_over(j, CURLE_WRITE_ERROR);
		break;
	case NEVER:
		j->dead[j->url] = true;
		/* fall through */
	case LATER:
		/* half a file is worth something only if it can be checked */
		if ((!j->it->sum.type || !j->digest) && !restart(j)) {
			attempt_over(j, CURLE_WRITE_ERROR);
			break;
		}
		next_mirror(j);
		break;
	case HOPELESS:
		end(j, -j->why.code);
		break;
	}
}

static void begin(struct job *j)
{
	const char *url, *scheme;
	int r;

	pick_mirror(j);
	url = j->it->urls.v[j->url];
	scheme = scheme_of(url);
	if (!scheme) {
		(void)why(j, EPROTONOSUPPORT,
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
			end(j, r);
			return;
		}
		if (!take_part(j)) {
			attempt_over(j, CURLE_WRITE_ERROR);
			return;
		}
		if (j->at && j->at == j->it->size && check(j) == GOOD) {
			finish(j);
			return;
		}
		if (!j->digest && !restart(j)) { /* check() has used it up */
			attempt_over(j, CURLE_WRITE_ERROR);
			return;
		}
	}
	/* ranges of local files would be asked for in vain */
	if (j->at && strcmp(scheme, "file") == 0 && !restart(j)) {
		attempt_over(j, CURLE_WRITE_ERROR);
		return;
	}
	j->resumed = j->at;
	j->begun = j->too_big = false;
	if (!j->curl)
		j->curl = curl_easy_init();
	if (!j->curl) {
		(void)why(j, ENOMEM, "libcurl gives no handle");
		end(j, -ENOMEM);
		return;
	}
	set_options(j, url, scheme);
	j->status = RUNNING;
	j->b->running++;
	(void)curl_multi_add_handle(j->b->multi, j->curl);
}

/* --- all of them ---------------------------------------------------------- */

static void tell(struct batch *b, bool last)
{
	struct sp_progress p = { .what = b->moved ? b->moved : "",
				 .files = b->n,
				 .done = b->done };
	int64_t now = now_ms(), dt;
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
		b->rate = b->rate > 0 ? b->rate + (rate - b->rate) * share
				      : rate;
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

static void reap(struct batch *b)
{
	struct CURLMsg *msg;
	int left;

	while ((msg = curl_multi_info_read(b->multi, &left))) {
		CURLcode code = msg->data.result;
		CURL *curl = msg->easy_handle;
		struct job *j = NULL;

		(void)curl_easy_getinfo(curl, CURLINFO_PRIVATE, (char **)&j);
		(void)curl_multi_remove_handle(b->multi, curl);
		b->running--;
		attempt_over(j, code);
	}
}

static void start(struct batch *b)
{
	int64_t now = now_ms();

	for (size_t i = 0; i < b->n && b->running < (size_t)parallel_of(b); i++)
		if (b->v[i].status == WAITING && b->v[i].not_before <= now)
			begin(&b->v[i]);
}

static void wait_some(struct batch *b)
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

static void cancel(struct batch *b)
{
	for (size_t i = 0; i < b->n; i++) {
		struct job *j = &b->v[i];

		if (j->status == RUNNING)
			(void)curl_multi_remove_handle(b->multi, j->curl);
		if (j->status == DONE)
			continue;
		(void)why(j, ECANCELED, "interrupted");
		end(j, -ECANCELED);
	}
}

static void run(struct batch *b)
{
	int running;

	b->rate_at = now_ms();
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

static void add_job(struct batch *b, struct sp_fetch_item *it,
		    struct sp_buf *text)
{
	struct job *j = &b->v[b->n++];

	*j = (struct job){
		.b = b, .it = it, .text = text, .fd = -1, .status = WAITING
	};
	j->dead = sp_xcalloc(it->urls.n + 1, sizeof(*j->dead));
	if (text)
		(void)restart(j);
}

static void free_job(struct job *j)
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
static int run_with(struct batch *b, struct sp_err *err)
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
	sp_auto_free struct job *jobs = sp_xcalloc(n + 1, sizeof(*jobs));
	struct batch b = { .cache = c,
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
	const char *scheme = scheme_of(url);
	sp_auto_buf text = { 0 };
	struct job job;
	struct batch b = { .opts = &defaults, .v = &job };
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
