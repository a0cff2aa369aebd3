/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * packages_undo.c - set packages back to what a transaction found.
 *
 * The steps tell what was there before; rpm's database tells what is there
 * now, also when the transaction was cut off half-way: an update that was has
 * both versions.
 */
#include <errno.h>
#include <string.h>

#include "core/mem.h"
#include "pkg/pkgsession.h"
#include "pkg/rpmtxn.h"

struct undo {
	const struct sp_keep *keep;
	struct sp_rpmdb *db;
	struct sp_txn_item *items;
	size_t n;
	struct sp_strv texts;	/* what the items' strings lead into */
	struct sp_strv missing; /* not kept */
};

static void undo_clear(struct undo *u)
{
	free(u->items);
	sp_strv_clear(&u->texts);
	sp_strv_clear(&u->missing);
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
	return r;
}

/*
 * It has to be there.  @beside: without replacing others.  1 when it is there
 * or comes, 0 when it was not kept.
 */
static int bring(struct undo *u, const char *nevra, bool beside,
		 struct sp_err *err)
{
	int r = sp_pkg_installed(u->db, nevra, err);
	char *path;

	if (r)
		return r;
	path = sp_keep_find(u->keep, nevra);
	if (!path) {
		sp_strv_add(&u->missing, nevra);
		return 0;
	}
	add_item(u, nevra, path, beside);
	return 1;
}

static int undo_update(struct undo *u, const struct sp_step *st,
		       struct sp_err *err)
{
	int old = sp_pkg_installed(u->db, st->old, err);

	if (old < 0)
		return old;
	/* cut off between the two: the old one is still there */
	if (old > 0)
		return drop(u, st->pkg, err);
	return bring(u, st->old, false, err);
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
		return bring(u, st->pkg, true, err);
	case SP_PKG_KEY:
		return undo_key(u, st, err);
	}
	return 0;
}

int sp_packages_undo(struct sp_host *h, const struct sp_strv *lines,
		     const char *root, struct sp_output *out, struct sp_err *err)
{
	struct sp_pkg_session s = { 0 };
	sp_auto_rpmdb *db = NULL;
	sp_auto_steps steps = { 0 };
	struct undo u = { 0 };
	int r = sp_pkg_locate(&s, h, err);

	(void)root;
	if (r >= 0 && s.has_db)
		r = sp_rpmdb_open(s.root, s.dbpath, &db, err);
	u.keep = &s.keep;
	u.db = db;
	for (size_t i = 0; i < lines->n && r >= 0; i++)
		r = sp_step_parse(lines->v[i], sp_steps_add(&steps), err);
	for (size_t i = 0; i < steps.n && r >= 0; i++)
		r = undo_step(&u, &steps.v[i], err);
	sp_rpmdb_close(sp_take(&db));
	if (r >= 0 && u.n) {
		const struct sp_txn t = { .root = s.root,
					  .dbpath = s.dbpath,
					  .items = u.items,
					  .n = u.n,
					  .back = true };

		r = sp_txn_run(&t, &out->text, err);
	}
	if (r >= 0 && u.missing.n) {
		sp_auto_free char *text = sp_strv_join(&u.missing, ", ");

		r = sp_fail(err, ENOENT, "not kept, so not brought back: %s",
			    text);
	}
	undo_clear(&u);
	sp_pkg_session_clear(&s);
	return r < 0 ? r : 0;
}
