/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* remote.c - profiles, from files and by URL. */
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "cmd.h"
#include "core/mem.h"
#include "pkg/pkg.h"

static bool is_url(const char *path)
{
	return strncasecmp(path, "https://", 8) == 0 ||
	       strncasecmp(path, "http://", 7) == 0;
}

#if HAVE_PKG

static int fetch(const char *url, const char *sha256, struct sp_profile *ret,
		 struct sp_err *err)
{
	const struct sp_pkg_module *m;
	sp_auto_buf text = { 0 };
	int r = sp_pkg_load(&m, err);

	if (r == 0)
		r = m->fetch_text(url, sha256, SP_PROFILE_SIZE_MAX, &text, err);
	if (r < 0)
		return sp_wrap(err, "profile");
	sp_profile_add_text(ret, url, sp_buf_cstr(&text), text.len);
	return 0;
}

#else

static int fetch(const char *url, const char *sha256, struct sp_profile *ret,
		 struct sp_err *err)
{
	(void)sha256;
	(void)ret;
	return sp_fail(err, ENOTSUP,
		       "profile %s: this sprout was built without libcurl; "
		       "fetch it by other means",
		       url);
}

#endif

int cmd_fetch_profiles(struct cmd_opts *o, char **paths, int n,
		       struct sp_profile *ret)
{
	sp_auto_err err = { 0 };
	int urls = 0;

	for (int i = 0; i < n; i++)
		urls += is_url(paths[i]);
	if (o->n_sha256 > urls)
		return cmd_usage(NULL,
				 "--sha256 is for profiles by URL: given %d "
				 "times, for %d of them",
				 o->n_sha256, urls);
	urls = 0;
	for (int i = 0; i < n; i++) {
		const char *sum = urls < o->n_sha256 ? o->sha256[urls] : NULL;

		if (!is_url(paths[i]))
			continue;
		urls++;
		if (fetch(paths[i], sum, ret, &err) < 0)
			return cmd_fail(&err);
	}
	o->remote = ret;
	return SP_EXIT_OK;
}

int cmd_add_profiles(const struct cmd_opts *o, struct sp_profile *p,
		     char **paths, int n, struct sp_err *err)
{
	size_t urls = 0;

	for (int i = 0; i < n; i++) {
		int r = 0;

		if (is_url(paths[i]) && o->remote) {
			const struct sp_source *s = &o->remote->sources[urls++];

			sp_profile_add_text(p, s->name, s->text, s->len);
		} else {
			r = sp_profile_add_file(p, paths[i], err);
		}
		if (r < 0)
			return r;
	}
	return 0;
}
