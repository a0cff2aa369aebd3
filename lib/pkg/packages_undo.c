/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * packages_undo.c - set packages back to what a transaction found.
 *
 * The steps tell what was there before; rpm's database tells what is there
 * now, also when the transaction was cut off half-way: an update that was has
 * both versions.  The package at which it was cut off is not in the database
 * as it is on the disk: see mend.h.
 */
#include <errno.h>
#include <string.h>

#include "core/host_overlay.h"
#include "core/mem.h"
#include "pkg/mend.h"
#include "pkg/pkgsession.h"
#include "pkg/rpmtxn.h"
#include "pkg/stray.h"

struct undo {
	struct sp_host *host;
	const struct sp_keep *keep;
	const struct sp_cache *cache;
	struct sp_rpmdb *db;
	struct sp_txn_item *items;
	size_t n;
	struct sp_strv texts;	/* what the items' strings lead into */
	struct sp_strv missing; /* not kept */
	struct sp_strv begun;	/* may have files that nobody knows */
	struct sp_stray_undo strays;
};

static void undo_clear(struct undo *u)
{
	free(u->items);
	sp_strv_clear(&u->texts);
	sp_strv_clear(&u->missing);
	sp_strv_clear(&u->begun);
	sp_stray_undo_clear(&u->strays);
}

static void add_item(struct undo *u, const char *nevra, char *path, bool beside)
{
	u->items = sp_grow(u->items, u->n, sizeof(*u->items));
	u->items[u->n++] = (struct sp_txn_item){ .path = path,
						 .nevra = nevra,
						 .beside = beside };
	if (path)
		sp_strv_add_take(&u->texts, path);
}

/* It has to go, if it is there. */
static int drop(struct undo *u, const char *nevra, struct sp_err *err)
{
	int r = sp_pkg_installed(u->db, nevra, err);

	if (r > 0)
		add_item(u, nevra, NULL, false);
	else if (r == 0)
		sp_strv_add(&u->begun, nevra);
	return r;
}

/*
 * Is a package whole of which an update to @new (NULL: a removal) may have
 * been cut off?  1 or 0.
 */
static int is_whole(struct undo *u, const char *nevra, const char *new,
		    struct sp_err *err)
{
	sp_auto_free char *kept = sp_keep_find(u->keep, nevra);
	int r = sp_mend_damaged(u->host, u->db, nevra, err);
	int n = 0;

	if (r >= 0 && kept && new)
		n = sp_mend_config(u->host, u->db, u->cache, nevra, new, err);
	if (r < 0 || n < 0)
		return r < 0 ? r : n;
	return !r && !n;
}

/* It has to be there, whole, in place of @new or, when NULL, beside others. */
static int bring(struct undo *u, const char *nevra, const char *new,
		 struct sp_err *err)
{
	int r = sp_pkg_installed(u->db, nevra, err);
	char *path;

	if (r > 0)
		r = is_whole(u, nevra, new, err);
	if (r)
		return r < 0 ? r : 0;
	path = sp_keep_find(u->keep, nevra);
	if (path)
		add_item(u, nevra, path, !new);
	else
		sp_strv_add(&u->missing, nevra);
	return 0;
}

static int undo_update(struct undo *u, const struct sp_step *st,
		       struct sp_err *err)
{
	size_t n = u->n + u->missing.n;
	int r = bring(u, st->old, st->pkg, err);

	/* what comes in its place drives the new one out; nothing: it stays */
	return r < 0 || u->n + u->missing.n > n ? r : drop(u, st->pkg, err);
}

/* A key is called gpg-pubkey-VERSION-TIME.noarch or so: by its first part. */
static int undo_key(struct undo *u, const struct sp_step *st,
		    struct sp_err *err)
{
	char *name = sp_pkg_key_name(st->pkg);
	int r = u->db ? sp_rpmdb_has(u->db, name, err) : 0;

	sp_strv_add_take(&u->texts, name);
	if (r > 0)
		add_item(u, name, NULL, false);
	return r;
}

static int undo_step(struct undo *u, const struct sp_step *st,
		     struct sp_err *err)
{
	switch (st->action) {
	case SP_PKG_INSTALL:
		return drop(u, st->pkg, err);
	case SP_PKG_UPDATE:
	case SP_PKG_DOWNGRADE:
		return undo_update(u, st, err);
	case SP_PKG_REMOVE:
		return bring(u, st->pkg, NULL, err);
	case SP_PKG_KEY:
		return undo_key(u, st, err);
	}
	return 0;
}

/* What is on the disk of packages that did not get into the database. */
static int remove_begun(struct undo *u, const struct sp_pkg_session *s,
			struct sp_err *err)
{
	sp_auto_host *now = sp_host_new(sp_host_root(u->host));
	sp_auto_rpmdb *db = NULL;
	sp_auto_strv spare = { 0 };
	int r;

	sp_root_refresh(sp_host_root(u->host));
	if (!sp_strays_untouched(u->host, &spare))
		return 0;
	r = sp_rpmdb_open(s->root, s->dbpath, &db, err);
	for (size_t i = 0; i < u->begun.n && r >= 0; i++)
		r = sp_mend_remove(now, db, u->cache, u->begun.v[i], &spare,
				   err);
	return r;
}

/* What rpm was writing of the package that was to come, and of the old one. */
static int remove_parts(struct undo *u, const struct sp_step *st,
			struct sp_err *err)
{
	sp_auto_free char *new = NULL, *old = NULL;
	const char *gone = st->action == SP_PKG_REMOVE ? st->pkg : st->old;
	int r = 0;

	if (st->action != SP_PKG_REMOVE && st->action != SP_PKG_KEY)
		new = sp_mend_cached(u->cache, st->pkg);
	if (gone)
		old = sp_keep_find(u->keep, gone);
	if (new)
		r = sp_mend_parts(u->host, new, err);
	if (r >= 0 && old)
		r = sp_mend_parts(u->host, old, err);
	return r;
}

/* Somebody's files at paths of packages that go, or come back. */
static int free_paths(struct undo *u, const struct sp_pkg_session *s,
		      const struct sp_steps *steps, struct sp_err *err)
{
	struct sp_strays strays = { .tell = true };
	int r = sp_strays_begin(&strays, s->dbpath, u->db, steps, err);

	for (size_t i = 0; i < steps->n && r >= 0; i++)
		if (steps->v[i].action != SP_PKG_REMOVE &&
		    steps->v[i].action != SP_PKG_KEY)
			r = sp_strays_aside(&u->strays, u->db, s->cache,
					    steps->v[i].pkg, err);
	for (size_t i = 0; i < u->n && r >= 0; i++)
		if (u->items[i].path)
			r = sp_strays_room(&u->strays, &strays, u->db,
					   u->items[i].path, err);
	sp_strays_clear(&strays);
	return r;
}

/* @r: how it went so far, which is what counts. */
static int settle_strays(struct undo *u, int r, struct sp_err *err)
{
	sp_auto_err ignored = { 0 };
	int settled =
		sp_strays_settle(&u->strays, r >= 0, r < 0 ? &ignored : err);

	return r < 0 ? r : settled;
}

int sp_packages_undo(struct sp_host *h, const struct sp_strv *lines,
		     const char *root, struct sp_output *out,
		     struct sp_err *err)
{
	struct sp_pkg_session s = { 0 };
	sp_auto_rpmdb *db = NULL;
	sp_auto_steps steps = { 0 };
	struct undo u = { 0 };
	sp_auto_err busy = { 0 };
	bool idle;
	int r = sp_pkg_locate(&s, h, err);

	(void)root;
	if (r >= 0)
		r = sp_cache_open(NULL, &s.cache, err);
	if (r >= 0 && s.has_db)
		r = sp_rpmdb_open(s.root, s.dbpath, &db, err);
	u.keep = &s.keep;
	u.host = u.strays.host = h;
	u.cache = s.cache;
	u.db = db;
	for (size_t i = 0; i < lines->n && r >= 0; i++)
		r = sp_step_parse(lines->v[i], sp_steps_add(&steps), err);
	/* while another program is at it they may be that one's */
	idle = r >= 0 && sp_txn_idle(s.root, s.dbpath, &busy) >= 0;
	for (size_t i = 0; i < steps.n && r >= 0 && idle; i++)
		r = remove_parts(&u, &steps.v[i], err);
	for (size_t i = 0; i < steps.n && r >= 0; i++)
		r = undo_step(&u, &steps.v[i], err);
	if (r >= 0)
		r = free_paths(&u, &s, &steps, err);
	sp_rpmdb_close(sp_take(&db));
	if (r >= 0 && u.n) {
		struct sp_txn t = { .root = s.root,
				    .dbpath = s.dbpath,
				    .items = u.items,
				    .n = u.n,
				    .back = true };

		r = sp_pkg_run(&s, h, &t, &out->text, err);
	}
	if (r >= 0 && u.begun.n && s.has_db)
		r = remove_begun(&u, &s, err);
	r = settle_strays(&u, r, err);
	if (r >= 0 && u.missing.n) {
		sp_auto_free char *text = sp_strv_join(&u.missing, ", ");

		r = sp_fail(err, ENOENT, "not kept, so not brought back: %s",
			    text);
	}
	undo_clear(&u);
	sp_pkg_session_clear(&s);
	return r < 0 ? r : 0;
}

int sp_packages_back(struct sp_host *h, struct sp_err *err)
{
	return sp_strays_back(h, err);
}
