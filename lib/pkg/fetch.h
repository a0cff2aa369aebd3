/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fetch.h - files by URL, several at a time: the only user of libcurl.
 *
 * http, https and file.  A redirect may lead from http to https, and nowhere
 * else but to the same scheme.  A download that was cut off goes on where it
 * ended when its checksum is known.
 */
#ifndef SPROUT_FETCH_H
#define SPROUT_FETCH_H

#include <stdbool.h>
#include <stdint.h>

#include "core/err.h"
#include "core/str.h"
#include "pkg/cache.h"
#include "pkg/rpmdigest.h"

/* How a server is talked to; zeroed are the defaults.  Strings are borrowed. */
struct sp_access {
	const char *proxy;	/* NULL: the environment's; "": none */
	const char *proxy_user, *proxy_password;
	const char *user, *password;
	bool no_verify;		/* take any certificate */
	const char *cacert, *clientcert, *clientkey; /* files, real paths */
	int timeout_s;		/* to connect, and below minrate; 0: 30 */
	int minrate;		/* bytes a second; 0: 1000 */
	int64_t rate;		/* bytes a second at most, of all; 0: no limit */
};

/* One file.  Zeroed, then set what is above the line. */
struct sp_fetch_item {
	struct sp_strv urls;	/* mirrors in the order they are tried */
	const struct sp_access *access; /* borrowed; NULL: the defaults */
	char *path;		/* owned; where in the cache, see cache.h */
	/*
	 * What it must be; a file in the cache that is so is taken as it is.
	 * Without a checksum it is always fetched, unless offline.
	 */
	struct sp_checksum sum;
	int64_t size;		/* bytes, -1: not known */
	int64_t max;		/* bytes, at most; 0: 4 GiB */
	bool optional;		/* 404 is no error: missing is set */
	/* ---- results */
	int r;			/* 0 or -errno: then err says why */
	struct sp_err err;	/* owned */
	bool missing;		/* optional, and not there */
	bool cached;		/* nothing was fetched */
	int64_t got;		/* bytes that came over the network */
	size_t used;		/* index of the mirror that it came from */
};

void sp_fetch_item_clear(struct sp_fetch_item *it);

struct sp_progress {
	const char *what;	/* name of the file that moved last */
	size_t done, files;
	int64_t bytes, total;	/* total: -1 when a size is not known */
	int64_t rate;		/* bytes a second, lately */
	int left_s;		/* seconds left, -1: not known */
};
typedef void sp_progress_fn(void *arg, const struct sp_progress *p);

/* Connections that stay open from one batch to the next. */
struct sp_fetcher;
struct sp_fetcher *sp_fetcher_new(void);
void sp_fetcher_free(struct sp_fetcher *f);
static inline void sp_fetcherp(struct sp_fetcher **f)
{
	sp_fetcher_free(*f);
}
#define sp_auto_fetcher __attribute__((cleanup(sp_fetcherp))) struct sp_fetcher

struct sp_fetch_opts {
	struct sp_fetcher *fetcher; /* borrowed; NULL: one for each batch */
	int parallel;		/* 0: 8 */
	int retries;		/* rounds over all mirrors; 0: 3 */
	bool offline;		/* only what is in the cache */
	sp_progress_fn *progress; /* at most ten times a second; may be NULL */
	void *arg;
	bool (*stop)(void *arg); /* asked often: true ends it, ECANCELED */
};

/*
 * Fetch all; each item has its own result.  Returns 0 when all are there, or
 * the first item's error, which @err has, too.
 */
int sp_fetch_all(struct sp_cache *c, const struct sp_fetch_opts *opts,
		 struct sp_fetch_item *items, size_t n, struct sp_err *err);

/*
 * A profile by its URL, into memory.  @sha256: 64 hexadecimal digits, or NULL;
 * without it only https:// is taken.  At most @max bytes.  No cache.
 */
int sp_fetch_text(const char *url, const char *sha256, size_t max,
		  struct sp_buf *ret, struct sp_err *err);

/* The URL without user name and password, for messages; owned. */
char *sp_url_shown(const char *url);

#endif
