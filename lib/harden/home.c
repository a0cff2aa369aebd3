/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* home.c - see home.h.  Source: useradd(8), sshd(8). */
#include <errno.h>

#include "core/mem.h"
#include "core/word.h"
#include "harden/home.h"

#define DEPTH_MAX 16 /* directories below a skeleton */

struct copy {
	struct sp_host *host;
	uid_t uid;
	gid_t gid;
};

static int copy_dir(const struct copy *c, const char *from, const char *to,
		    int depth, struct sp_err *err);

static int copy_one(const struct copy *c, const char *from, const char *to,
		    int depth, struct sp_err *err)
{
	sp_auto_free char *target = NULL;
	sp_auto_buf data = { 0 };
	struct sp_stat st;
	int r = sp_host_stat(c->host, from, &st, err);

	if (r <= 0)
		return r;
	switch (st.type) {
	case SP_FT_FILE:
		r = sp_host_read(c->host, from, &data, err);
		if (r <= 0)
			return r;
		return sp_host_write(c->host, to, sp_buf_cstr(&data), data.len,
				     SP_ATTR(st.mode, c->uid, c->gid), err);
	case SP_FT_LINK:
		r = sp_host_readlink(c->host, from, &target, err);
		if (r <= 0)
			return r;
		return sp_host_symlink(c->host, to, target, err);
	case SP_FT_DIR:
		if (depth >= DEPTH_MAX)
			return sp_fail(err, ELOOP,
				       "%s: more than %d directories deep",
				       from, DEPTH_MAX);
		r = sp_host_mkdir(c->host, to, SP_ATTR(st.mode, c->uid, c->gid),
				  err);
		if (r < 0)
			return r;
		return copy_dir(c, from, to, depth + 1, err);
	default:
		return 0; /* a socket or a device is no skeleton */
	}
}

static int copy_dir(const struct copy *c, const char *from, const char *to,
		    int depth, struct sp_err *err)
{
	sp_auto_strv names = { 0 };
	int r = sp_host_list(c->host, from, &names, err);

	for (size_t i = 0; r >= 0 && i < names.n; i++) {
		sp_auto_free char *f = sp_asprintf("%s/%s", from, names.v[i]);
		sp_auto_free char *t = sp_asprintf("%s/%s", to, names.v[i]);

		r = copy_one(c, f, t, depth, err);
	}
	return r < 0 ? r : 0;
}

int sp_home_exists(struct sp_host *h, const char *home, struct sp_err *err)
{
	struct sp_stat st;
	int r = sp_host_stat_follow(h, home, &st, err);

	if (r <= 0)
		return r;
	if (st.type != SP_FT_DIR)
		return sp_fail(err, ENOTDIR,
			       "%s: is there, but not a directory", home);
	return 1;
}

int sp_home_make(struct sp_host *h, const char *home, const char *skel,
		 uid_t uid, gid_t gid, mode_t mode, struct sp_err *err)
{
	const struct copy c = { h, uid, gid };
	int r = sp_home_exists(h, home, err);

	if (r != 0)
		return r < 0 ? r : 0;
	r = sp_host_mkdir(h, home, SP_ATTR(mode, uid, gid), err);
	if (r < 0)
		return r;
	return copy_dir(&c, skel, home, 0, err);
}

/* 1 when @path itself is of @type, 0 when nothing is there. */
static int look(struct sp_host *h, const char *path, enum sp_ftype type,
		struct sp_err *err)
{
	struct sp_stat st;
	int r = sp_host_stat(h, path, &st, err);

	if (r <= 0)
		return r;
	if (st.type == SP_FT_LINK)
		return sp_fail(err, ELOOP,
			       "%s: is a symlink, which its owner could aim at "
			       "any file; replace it by a %s",
			       path,
			       type == SP_FT_DIR ? _("directory") : _("file"));
	if (st.type != type)
		return sp_fail(err, EINVAL, "%s: is not a %s", path,
			       type == SP_FT_DIR ? _("directory")
						 : _("regular file"));
	return 1;
}

int sp_home_keys_read(struct sp_host *h, const char *home, struct sp_buf *ret,
		      struct sp_err *err)
{
	sp_auto_free char *dir = sp_asprintf("%s/.ssh", home);
	sp_auto_free char *file = sp_asprintf("%s/authorized_keys", dir);
	int r = look(h, dir, SP_FT_DIR, err);

	if (r > 0)
		r = look(h, file, SP_FT_FILE, err);
	if (r > 0)
		r = sp_host_read(h, file, ret, err);
	return r;
}

int sp_home_keys_write(struct sp_host *h, const char *home, uid_t uid,
		       gid_t gid, const struct sp_buf *text, struct sp_err *err)
{
	sp_auto_free char *dir = sp_asprintf("%s/.ssh", home);
	sp_auto_free char *file = sp_asprintf("%s/authorized_keys", dir);
	int r = look(h, dir, SP_FT_DIR, err);

	if (r == 0)
		r = sp_host_mkdir(h, dir, SP_ATTR(0700, uid, gid), err);
	if (r < 0)
		return r;
	r = look(h, file, SP_FT_FILE, err);
	if (r < 0)
		return r;
	return sp_host_write(h, file, sp_buf_cstr(text), text->len,
			     r > 0 ? SP_ATTR_KEEP : SP_ATTR(0600, uid, gid),
			     err);
}
