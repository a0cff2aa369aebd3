/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * commit.c - staged effects onto a disk: new directories, all temporary
 * files, all renames, removals, attributes; then the directories are synced.
 * The time in which the files of one change disagree is a few renames long.
 */
#include "commit.h"

#include <errno.h>
#include <string.h>

#include "mem.h"

static char *dir_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == path ? sp_xstrdup("/")
			     : sp_xstrndup(path, (size_t)(slash - path));
}

static char *temp_name(const char *tag, size_t number, const char *path)
{
	const char *slash = strrchr(path, '/');

	return sp_asprintf("%.*s/.sprout-%s-%zu", (int)(slash - path), path,
			   tag, number);
}

static bool touches_accounts(const struct sp_effects *effects)
{
	static const char *const files[] = { "/etc/passwd", "/etc/shadow",
					     "/etc/group", "/etc/gshadow" };

	for (size_t i = 0; i < effects->n; i++)
		for (size_t k = 0; k < SP_COUNT(files); k++)
			if (sp_streq(effects->v[i].path, files[k]))
				return true;
	return false;
}

int sp_commit_prepare(struct sp_root *r, struct sp_effects *effects,
		      struct sp_err *err)
{
	sp_root_refresh(r);
	if (touches_accounts(effects)) {
		int rc = sp_root_lock_accounts(r, err);

		if (rc < 0)
			return rc;
	}
	for (size_t i = 0; i < effects->n; i++) {
		struct sp_effect *e = &effects->v[i];
		sp_auto_node now = { 0 }, kept = { 0 };
		int rc = sp_root_load(r, e->path, &now, err);

		if (rc < 0)
			return rc;
		if (!sp_node_equal(&now, &e->before))
			return sp_fail(
				err, ESTALE,
				"%s: changed by somebody else meanwhile; run the command again",
				e->path);
		now.secret = e->before.secret;
		sp_node_clear(&e->before);
		e->before = now;
		now = (struct sp_node){ 0 };
		if (e->before.type == SP_FT_FILE &&
		    e->after.type == SP_FT_FILE && e->after.n_x == 0) {
			sp_node_copy(&kept, &e->before);
			e->after.x = kept.x;
			e->after.n_x = kept.n_x;
			kept.x = NULL;
			kept.n_x = 0;
		}
	}
	return 0;
}

static bool same_content(const struct sp_effect *e)
{
	const struct sp_buf *a = &e->before.data, *b = &e->after.data;

	return e->before.type == SP_FT_FILE && e->after.type == SP_FT_FILE &&
	       a->len == b->len &&
	       (!a->len || memcmp(a->data, b->data, a->len) == 0);
}

void sp_commit_end(struct sp_root *r)
{
	sp_root_unlock_accounts(r);
}

/* Is there something new to put at the path by a rename? */
static bool is_put(const struct sp_effect *e)
{
	return (e->after.type == SP_FT_FILE && !same_content(e)) ||
	       e->after.type == SP_FT_LINK;
}

/* Something in the way of what comes: a directory never gives way to a rename. */
static int clear_way(struct sp_root *r, const struct sp_effect *e,
		     struct sp_err *err)
{
	if (e->before.type == SP_FT_DIR && is_put(e))
		return sp_root_unlink(r, e->path, true, err);
	if (e->after.type == SP_FT_DIR &&
	    (e->before.type == SP_FT_FILE || e->before.type == SP_FT_LINK))
		return sp_root_unlink(r, e->path, false, err);
	return 0;
}

static int commit_one(struct sp_root *r, const char *tag, size_t number,
		      const struct sp_effect *e, struct sp_err *err)
{
	sp_auto_free char *tmp = NULL;
	int rc;

	if (is_put(e)) {
		tmp = temp_name(tag, number, e->path);
		rc = clear_way(r, e, err);
		return rc < 0 ? rc : sp_root_rename(r, tmp, e->path, err);
	}
	if (same_content(e) ||
	    (e->before.type == SP_FT_DIR && e->after.type == SP_FT_DIR))
		return sp_root_setattr(r, e->path, &e->after, err);
	return 0;
}

static int sync_dirs(struct sp_root *r, const struct sp_effects *effects,
		     struct sp_err *err)
{
	sp_auto_strv dirs = { 0 };

	for (size_t i = 0; i < effects->n; i++)
		sp_strv_add_take(&dirs, dir_of(effects->v[i].path));
	sp_strv_sort(&dirs);
	for (size_t i = 0; i < dirs.n; i++) {
		sp_auto_node n = { 0 };
		int rc = sp_root_lookup(r, dirs.v[i], &n, err);

		/* A directory that was removed just now needs no sync. */
		if (rc > 0)
			rc = sp_root_sync_dir(r, dirs.v[i], err);
		if (rc < 0)
			return rc;
	}
	return 0;
}

int sp_commit(struct sp_root *r, const char *tag, size_t first,
	      const struct sp_effects *effects, struct sp_err *err)
{
	int rc = 0;

	sp_root_refresh(r);
	/* Sorted by path, so a directory comes before what is in it. */
	for (size_t i = 0; i < effects->n && rc >= 0; i++) {
		const struct sp_effect *e = &effects->v[i];

		if (e->after.type != SP_FT_DIR || e->before.type == SP_FT_DIR)
			continue;
		rc = clear_way(r, e, err);
		if (rc >= 0)
			rc = sp_root_mkdir(r, e->path, &e->after, err);
	}
	for (size_t i = 0; i < effects->n && rc >= 0; i++) {
		const struct sp_effect *e = &effects->v[i];
		sp_auto_free char *tmp = temp_name(tag, first + i, e->path);

		if (is_put(e))
			rc = sp_root_create(r, tmp, e->path, &e->after, err);
	}
	for (size_t i = 0; i < effects->n && rc >= 0; i++)
		rc = commit_one(r, tag, first + i, &effects->v[i], err);
	for (size_t i = effects->n; i-- > 0 && rc >= 0;) {
		const struct sp_effect *e = &effects->v[i];

		if (e->after.type == SP_FT_NONE)
			rc = sp_root_unlink(r, e->path,
					    e->before.type == SP_FT_DIR, err);
	}
	return rc < 0 ? rc : sync_dirs(r, effects, err);
}

int sp_commit_clean(struct sp_root *r, const char *tag, size_t number,
		    const char *path, struct sp_err *err)
{
	sp_auto_free char *tmp = temp_name(tag, number, path);
	sp_auto_node n = { 0 };
	int rc = sp_root_lookup(r, tmp, &n, err);

	return rc <= 0 ? rc : sp_root_unlink(r, tmp, false, err);
}
