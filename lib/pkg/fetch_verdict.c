/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fetch_verdict.c - what an attempt came to, and which mirror is asked next.
 *
 * Source: libcurl-errors(3); RFC 9110, section 15 (status codes).
 */
#include "pkg/fetch_job.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include "core/mem.h"
#include "core/word.h"

int sp_fetch_why(struct sp_fetch_job *j, int code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
int sp_fetch_why(struct sp_fetch_job *j, int code, const char *fmt, ...)
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
enum sp_fetch_verdict sp_fetch_check(struct sp_fetch_job *j)
{
	const struct sp_fetch_item *it = j->it;
	sp_auto_free char *sum = NULL;

	if (it->size >= 0 && j->at != it->size) {
		(void)sp_fetch_why(j, EBADMSG, "got %lld bytes, expected %lld",
				   (long long)j->at, (long long)it->size);
		return j->resumed ? SP_FETCH_AGAIN : SP_FETCH_NEVER;
	}
	if (!it->sum.type)
		return SP_FETCH_GOOD;
	sum = sp_digest_end(sp_take(&j->digest));
	if (strcmp(sum, it->sum.hex) == 0)
		return SP_FETCH_GOOD;
	(void)sp_fetch_why(j, EBADMSG, "%s mismatch: got %s, expected %s",
			   sp_digest_name(it->sum.type), sum, it->sum.hex);
	return j->resumed ? SP_FETCH_AGAIN : SP_FETCH_NEVER;
}

static enum sp_fetch_verdict http_error(struct sp_fetch_job *j, long status)
{
	if (status == 416 && j->resumed)
		return SP_FETCH_AGAIN;
	if (status == 404 && j->it->optional)
		return SP_FETCH_MISSING;
	(void)sp_fetch_why(j, status == 404 ? ENOENT : EREMOTEIO,
			   "the server answers with error %ld%s", status,
			   status == 404 ? _(" (not found)")
			   : status == 401
				   ? _(" (a user name and password are needed)")
			   : status == 403 ? _(" (not allowed)")
			   : status == 407 ? _(" (the proxy wants a user name)")
			   : status == 503 ? " (busy)"
					   : "");
	return status >= 500 || status == 408 || status == 429 ? SP_FETCH_LATER
							       : SP_FETCH_NEVER;
}

/* "http://host:80" of a URL, owned. */
static char *server_of(const char *url)
{
	const char *host = strstr(url, "://");

	host = host ? host + 3 : url;
	return sp_xstrndup(url, (size_t)(host - url) + strcspn(host, "/?#"));
}

static bool is_silent(const struct sp_fetch_batch *b, const char *url)
{
	sp_auto_free char *server = server_of(url);

	return b->silent.n && sp_strv_has(&b->silent, server);
}

/* Nobody else of this batch has to wait for that server in vain. */
static void avoid(struct sp_fetch_job *j)
{
	const char *url = j->it->urls.v[j->url];

	if (!is_silent(j->b, url))
		sp_strv_add_take(&j->b->silent, server_of(url));
}

/* Another mirror that is left in this round, instead of a silent one. */
void sp_fetch_pick(struct sp_fetch_job *j)
{
	const struct sp_strv *urls = &j->it->urls;

	for (size_t i = j->url; i < urls->n; i++) {
		if (j->dead[i] || is_silent(j->b, urls->v[i]))
			continue;
		j->url = i;
		break;
	}
}

static enum sp_fetch_verdict curl_error(struct sp_fetch_job *j, CURLcode code)
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
			return SP_FETCH_MISSING;
		(void)sp_fetch_why(j, ENOENT, "%s (curl %d)", text, code);
		return SP_FETCH_NEVER;
	case CURLE_UNSUPPORTED_PROTOCOL:
		(void)curl_easy_getinfo(j->curl, CURLINFO_EFFECTIVE_URL, &next);
		if (status / 100 != 3)
			break;
		{
			sp_auto_free char *shown =
				sp_url_shown(next ? next : "?");

			(void)sp_fetch_why(
				j, EPERM,
				"leads to %s; a redirect may not lead to "
				"another scheme",
				shown);
		}
		return SP_FETCH_NEVER;
	case CURLE_TOO_MANY_REDIRECTS:
		(void)sp_fetch_why(j, ELOOP, "more than %d redirects (curl %d)",
				   REDIRECTS, code);
		return SP_FETCH_NEVER;
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CERTPROBLEM:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_ISSUER_ERROR:
	case CURLE_URL_MALFORMAT:
	case CURLE_OUT_OF_MEMORY:
		(void)sp_fetch_why(j, EACCES, "%s (curl %d)", text, code);
		return SP_FETCH_NEVER;
	case CURLE_OPERATION_TIMEDOUT:
		avoid(j);
		(void)sp_fetch_why(j, ETIMEDOUT, "%s (curl %d)", text, code);
		return SP_FETCH_LATER;
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_CONNECT:
		avoid(j);
		break;
	default:
		break;
	}
	(void)sp_fetch_why(j, EREMOTEIO, "%s (curl %d)", text, code);
	return SP_FETCH_LATER;
}

enum sp_fetch_verdict sp_fetch_judge(struct sp_fetch_job *j, CURLcode code)
{
	if (j->write_errno) {
		sp_err_clear(&j->why);
		(void)sp_fail_errno(&j->why, j->write_errno, "\"%s/%s.part\"",
				    sp_cache_path(j->b->cache), j->it->path);
		return SP_FETCH_HOPELESS;
	}
	if (j->too_big || code == CURLE_FILESIZE_EXCEEDED) {
		(void)sp_fetch_why(
			j, EFBIG,
			j->it->size >= 0
				? "the server sends more than the expected %lld bytes"
				: N_("more than %lld bytes, the limit"),
			(long long)sp_fetch_limit(j->it));
		return j->resumed ? SP_FETCH_AGAIN : SP_FETCH_NEVER;
	}
	return code == CURLE_OK ? sp_fetch_check(j) : curl_error(j, code);
}
