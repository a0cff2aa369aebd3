/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* save.c - profile and answers on disk: whole or not at all, for root only. */
#include <errno.h>
#include <libgen.h>
#include <string.h>

#include "core/host_overlay.h"
#include "core/mem.h"
#include "save.h"

#define MODE 0600 /* it may hold a password's hash */

int wz_place_below(struct sp_root *root, const char *path, struct wz_place *ret,
		   struct sp_err *err)
{
	sp_auto_host *host = sp_host_new(root);

	ret->root = root;
	ret->shown = strcmp(sp_root_name(root), "/") == 0
			     ? sp_xstrdup(path)
			     : sp_asprintf("%s%s", sp_root_name(root), path);
	return sp_host_canonical(host, path, true, &ret->path, err);
}

int wz_place_open(const char *path, struct wz_place *ret, struct sp_err *err)
{
	sp_auto_free char *a = sp_xstrdup(path), *b = sp_xstrdup(path);
	const char *dir = dirname(a);
	int r = sp_root_open(dir, &ret->own, err);

	if (r < 0)
		return r;
	ret->root = ret->own;
	ret->shown = sp_xstrdup(path);
	ret->path = sp_asprintf("/%s", basename(b));
	return 0;
}

void wz_place_clear(struct wz_place *p)
{
	sp_root_free(p->own);
	free(p->path);
	free(p->shown);
	*p = (struct wz_place){ 0 };
}

int wz_place_differs(const struct wz_place *p, const struct sp_buf *text,
		     struct sp_err *err)
{
	sp_auto_buf have = { 0 };
	int r = sp_root_read(p->root, p->path, SP_FILE_MAX, &have, err);

	if (r <= 0)
		return r;
	return have.len != text->len ||
	       memcmp(sp_buf_cstr(&have), sp_buf_cstr(text), text->len) != 0;
}

/* Directories on the way; those that are there stay as they are. */
static int make_parents(const struct wz_place *p, struct sp_err *err)
{
	struct sp_node dir = { .type = SP_FT_DIR,
			       .mode = 0755,
			       .uid = geteuid(),
			       .gid = getegid() };

	for (const char *s = strchr(p->path + 1, '/'); s;
	     s = strchr(s + 1, '/')) {
		sp_auto_free char *path =
			sp_xstrndup(p->path, (size_t)(s - p->path));
		sp_auto_err ignored = { 0 };
		sp_auto_node there = { 0 };
		int r = sp_root_lookup(p->root, path, &there, &ignored);

		if (r == 0)
			r = sp_root_mkdir(p->root, path, &dir, err);
		if (r < 0 && !err->msg)
			return sp_fail(err, ignored.code, "%s", ignored.msg);
		if (r < 0)
			return r;
	}
	return 0;
}

int wz_place_write(const struct wz_place *p, const struct sp_buf *text,
		   struct sp_err *err)
{
	sp_auto_free char *temporary = sp_asprintf("%s.sprout-new", p->path);
	sp_auto_node node = { .type = SP_FT_FILE,
			      .mode = MODE,
			      .uid = geteuid(),
			      .gid = getegid(),
			      .secret = true,
			      .loaded = true };
	int r = make_parents(p, err);

	sp_buf_addn(&node.data, sp_buf_cstr(text), text->len);
	node.size = text->len;
	/* What a wizard that was killed just here has left. */
	if (r >= 0)
		r = sp_root_unlink(p->root, temporary, false, err);
	if (r >= 0)
		r = sp_root_create(p->root, temporary, p->path, &node, err);
	if (r >= 0)
		r = sp_root_rename(p->root, temporary, p->path, err);
	return r;
}
