/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fetch_job.h - one file on its way, and the batch that it belongs to; for the
 * fetch*.c alone, where libcurl's types stay.
 */
#ifndef SPROUT_FETCH_JOB_H
#define SPROUT_FETCH_JOB_H

#include <curl/curl.h>

#include "pkg/fetch.h"

#define REDIRECTS 8

enum sp_fetch_status { SP_JOB_WAITING, SP_JOB_RUNNING, SP_JOB_DONE };

/* What one attempt came to. */
enum sp_fetch_verdict {
	SP_FETCH_GOOD,
	SP_FETCH_MISSING,
	SP_FETCH_AGAIN,	  /* at once, from the first byte on */
	SP_FETCH_LATER,	  /* this mirror may do better next time */
	SP_FETCH_NEVER,	  /* not this mirror */
	SP_FETCH_HOPELESS /* it is us: no other mirror would help */
};

struct sp_fetch_job {
	struct sp_fetch_batch *b;
	struct sp_fetch_item *it;
	enum sp_fetch_status status;
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

struct sp_fetch_batch {
	struct sp_cache *cache;
	const struct sp_fetch_opts *opts;
	CURLM *multi;
	struct sp_fetch_job *v;
	size_t n, running, done;
	struct sp_strv silent; /* servers that did not answer in time */
	int64_t told;	       /* when progress was told last */
	const char *moved;     /* name of the file that did */
	int64_t rate_at, rate_bytes;
	double rate;
};

/* "https"; NULL for a scheme that is not fetched. */
const char *sp_fetch_scheme(const char *url);

/* How many at a time. */
int sp_fetch_parallel(const struct sp_fetch_batch *b);

/* Bytes that the file may have. */
int64_t sp_fetch_limit(const struct sp_fetch_item *it);

/* --- a job's life */

/* Begin an attempt, or end the job when nothing is left to be tried. */
void sp_fetch_begin(struct sp_fetch_job *j);

/* The attempt has come to @code: end the job, or have it try again. */
void sp_fetch_over(struct sp_fetch_job *j, CURLcode code);

/* From the first byte on; false when the file cannot be emptied. */
bool sp_fetch_restart(struct sp_fetch_job *j);

/* It is over; @r as in sp_fetch_item. */
void sp_fetch_end(struct sp_fetch_job *j, int r);

/* --- what an attempt came to */

/* Note why it failed; returns -@code. */
int sp_fetch_why(struct sp_fetch_job *j, int code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Is what has arrived what it should be? */
enum sp_fetch_verdict sp_fetch_check(struct sp_fetch_job *j);

/* What is to become of an attempt that ended with @code. */
enum sp_fetch_verdict sp_fetch_judge(struct sp_fetch_job *j, CURLcode code);

/* The mirror to ask next. */
void sp_fetch_pick(struct sp_fetch_job *j);

#endif
