/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* metadata_keys.c - the keys that a repository's configuration names. */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "core/mem.h"
#include "pkg/metadata_work.h"

/* "#FINGERPRINT" behind a URL: 40 or 64 digits, or NULL. */
static const char *pin_of(const char *url)
{
	const char *pin = strchr(url, '#');
	size_t n = pin ? strlen(pin + 1) : 0;

	if ((n != 40 && n != 64) ||
	    strspn(pin + 1, "0123456789abcdefABCDEF") != n)
		return NULL;
	return pin + 1;
}

static int local_key(const struct sp_meta_opts *opts, const char *url,
		     struct sp_buf *ret, struct sp_err *err)
{
	const char *path = url + strlen("file://");
	sp_auto_free char *plain = sp_xstrndup(path, strcspn(path, "#"));
	int r;

	if (!opts || !opts->host)
		return sp_fail(err, EINVAL, "key %s: there is no root", url);
	r = sp_host_read(opts->host, plain, ret, err);
	return r ? r : sp_fail(err, ENOENT, "key %s: is not there", url);
}

static int remote_key(struct sp_cache *c, const struct sp_meta *m,
		      const struct sp_meta_opts *opts, const char *url,
		      struct sp_buf *ret, struct sp_err *err)
{
	struct sp_fetch_item it = { .size = -1,
				    .max = SP_KEY_MAX,
				    .access = &m->repo->access };
	sp_auto_free char *dir = sp_meta_dir(m->repo);
	sp_auto_free char *sum =
		sp_digest_hex(SP_DIGEST_SHA256, url, strlen(url));
	int r = 0;

	if (!pin_of(url) &&
	    (sp_starts(url, "http:") || m->repo->access.no_verify))
		return sp_fail(err, EPERM,
			       "key %s: anybody on the way could exchange it; "
			       "use https:// with sslverify, or put its "
			       "fingerprint behind it: %s#FINGERPRINT",
			       url, url);
	it.path = sp_asprintf("%s/key-%.16s.asc", dir, sum);
	if (m->warm)
		r = sp_cache_read(c, it.path, (size_t)SP_KEY_MAX, ret, err);
	if (r == 0) {
		sp_strv_add(&it.urls, url);
		r = sp_fetch_all(c, opts ? &opts->fetch : NULL, &it, 1, err);
		if (r == 0)
			r = sp_cache_read(c, it.path, (size_t)SP_KEY_MAX, ret,
					  err);
		if (r < 0)
			(void)sp_wrap(err, "key");
	}
	sp_fetch_item_clear(&it);
	return r < 0 ? r : 0;
}

static int add_keys(struct sp_cache *c, const struct sp_meta *m,
		    const struct sp_meta_opts *opts, int64_t now,
		    struct sp_keyring *k, struct sp_err *err)
{
	const struct sp_strv *urls = &m->repo->gpgkey;
	sp_auto_err bad = { 0 };
	size_t good = 0;

	for (size_t i = 0; i < urls->n; i++) {
		const char *url = urls->v[i];
		sp_auto_buf text = { 0 };
		int r = sp_starts(url, "file://")
				? local_key(opts, url, &text, err)
				: remote_key(c, m, opts, url, &text, err);

		if (r < 0)
			return r;
		sp_err_clear(&bad);
		r = sp_keyring_add(k, url, sp_buf_cstr(&text), text.len, now,
				   pin_of(url), &bad);
		/* an old key beside a new one is a usual thing */
		if (r < 0 && r != -EKEYEXPIRED && r != -EKEYREVOKED)
			return sp_fail(err, bad.code, "%s", bad.msg);
		good += r == 0;
	}
	if (!urls->n)
		return sp_fail(err, ENOKEY,
			       "there is no gpgkey, so nothing that is signed "
			       "can be checked; name the key in gpgkey");
	return good ? 0 : sp_fail(err, bad.code, "%s", bad.msg);
}

int sp_meta_load_keys(struct sp_cache *c, struct sp_meta *m,
		      const struct sp_meta_opts *opts, struct sp_err *err)
{
	sp_auto_keyring *k = NULL;
	struct timespec ts;
	int64_t now = opts ? opts->now : 0;
	int r;

	if (m->keys)
		return 0;
	if (!now) {
		(void)clock_gettime(CLOCK_REALTIME, &ts);
		now = ts.tv_sec;
	}
	k = sp_keyring_new();
	r = add_keys(c, m, opts, now, k, err);
	if (r == 0)
		m->keys = sp_take(&k);
	return r;
}

int sp_metadata_keys(struct sp_cache *c, struct sp_meta *m,
		     const struct sp_meta_opts *opts, struct sp_err *err)
{
	int r = sp_meta_load_keys(c, m, opts, err);

	return r < 0 ? sp_wrap(err, "repository \"%s\"", m->repo->id) : 0;
}
