/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * packages_run.c - carry a planned transaction out: fetch, verify, keep what
 * goes, run.
 */
#include <errno.h>
#include <string.h>

#include "core/host_overlay.h"
#include "core/mem.h"
#include "pkg/mend.h"
#include "pkg/pkgsession.h"
#include "pkg/rpmtxn.h"
#include "pkg/stray.h"

/* --- is it what was planned ---------------------------------------------------- */

static bool same_step(const struct sp_step *a, const struct sp_step *b)
{
	return a->action == b->action && sp_streq(a->pkg, b->pkg) &&
	       sp_streq(a->old, b->old);
}

/* Every step that is to be done now was planned: others may be done already. */
static int compare(const struct sp_pkg_session *s,
		   const struct sp_steps *planned, struct sp_err *err)
{
	int r = 0;

	for (size_t i = 0; i < s->steps.n && r >= 0; i++) {
		sp_auto_free char *text = NULL;
		bool found = false;

		for (size_t k = 0; k < planned->n && !found; k++)
			found = same_step(&s->steps.v[i], &planned->v[k]);
		if (found)
			continue;
		text = sp_step_text(&s->steps.v[i]);
		r = sp_fail(err, ESTALE,
			    "the plan no longer holds, now it would be \"%s\"; "
			    "plan again",
			    text);
	}
	return r;
}

/* The plan of this view, or a new one where there is none. */
static int resolve(struct sp_pkg_session *s, struct sp_host *h,
		   const struct sp_packages_want *want,
		   const struct sp_steps *planned, struct sp_err *err)
{
	int r;

	if (s->steps.n)
		return compare(s, planned, err);
	sp_pkg_session_clear(s);
	r = sp_pkg_resolve(s, h, want, err);
	return r < 0 ? r : compare(s, planned, err);
}

/*
 * A transaction that was cut off leaves old versions beside the new ones; the
 * solver does not mind.
 */
static int find_left(const struct sp_pkg_session *s,
		     const struct sp_steps *planned, struct sp_strv *ret,
		     struct sp_err *err)
{
	sp_auto_rpmdb *db = NULL;
	int r = s->has_db ? sp_rpmdb_open(s->root, s->dbpath, &db, err) : 0;

	for (size_t i = 0; i < planned->n && r >= 0 && db; i++) {
		const struct sp_step *st = &planned->v[i];
		const char *new = st->by ? st->by : st->pkg;
		const char *old = st->by ? st->pkg : st->old;

		if (!old)
			continue;
		r = sp_pkg_installed(db, new, err);
		if (r > 0)
			r = sp_pkg_installed(db, old, err);
		if (r > 0)
			sp_strv_add(ret, old);
	}
	return r < 0 ? r : 0;
}

/* --- files ------------------------------------------------------------------------ */

struct file {
	int solvable;
	char *path;		 /* owned; absolute */
	const char *nevra;	 /* of what is only kept; NULL: to install */
	struct sp_txn_seen seen; /* before it was verified */
};

struct files {
	struct file *v;
	size_t n;
	struct sp_fetch_item *items;
	size_t n_items;
};

static void files_clear(struct files *f)
{
	for (size_t i = 0; i < f->n; i++)
		free(f->v[i].path);
	for (size_t i = 0; i < f->n_items; i++)
		sp_fetch_item_clear(&f->items[i]);
	free(f->v);
	free(f->items);
}

static int add_file(struct sp_pkg_session *s, struct files *f, int solvable,
		    const char *nevra, struct sp_err *err)
{
	const char *path = sp_solv_path(s->solv, solvable);
	struct sp_fetch_item *it;
	int r;

	f->v = sp_grow(f->v, f->n, sizeof(*f->v));
	f->v[f->n++] = (struct file){ .solvable = solvable,
				      .path = sp_strdup0(path),
				      .nevra = nevra };
	if (path)
		return 0;
	f->items = sp_grow(f->items, f->n_items, sizeof(*f->items));
	it = &f->items[f->n_items++];
	*it = (struct sp_fetch_item){ 0 };
	r = sp_solv_fetch(s->solv, solvable, it, err);
	if (r >= 0)
		f->v[f->n - 1].path =
			sp_asprintf("%s/%s", sp_cache_path(s->cache), it->path);
	return r;
}

/* All that comes, and all that goes, as far as it can be had. */
static int list_files(struct sp_pkg_session *s, bool keep, struct files *f,
		      struct sp_err *err)
{
	int r = 0;

	for (size_t i = 0; i < s->steps.n && r >= 0; i++) {
		const struct sp_step *st = &s->steps.v[i];
		const char *old =
			st->action == SP_PKG_REMOVE ? st->pkg : st->old;
		sp_auto_free char *kept = NULL;

		if (st->solvable)
			r = add_file(s, f, st->solvable, NULL, err);
		/* What came on a medium cannot be had again later. */
		if (r >= 0 && keep && st->solvable &&
		    sp_solv_path(s->solv, st->solvable))
			r = add_file(s, f, st->solvable, st->pkg, err);
		if (!keep || !old || st->lost || r < 0)
			continue;
		kept = sp_keep_find(&s->keep, old);
		if (!kept)
			r = add_file(s, f, sp_solv_find(s->solv, old), old,
				     err);
	}
	return r;
}

static int verify_files(struct sp_pkg_session *s, struct files *f,
			struct sp_err *err)
{
	for (size_t i = 0; i < f->n; i++) {
		const struct sp_meta *m =
			sp_solv_meta(s->solv, f->v[i].solvable);
		struct sp_keyring *ring = NULL;
		int r = sp_pkg_keys(s, f->v[i].solvable, &ring, err);

		if (r < 0)
			return r;
		r = sp_txn_see(f->v[i].path, &f->v[i].seen, err);
		if (r >= 0 && ring)
			r = sp_keyring_verify_rpm(ring, f->v[i].path, err);
		if (r < 0)
			return m ? sp_wrap(err, "repository \"%s\"",
					   m->repo->id)
				 : r;
	}
	return 0;
}

static int keep_files(struct sp_pkg_session *s, const struct files *f,
		      int64_t bytes, struct sp_err *err)
{
	sp_auto_strv spare = { 0 };
	int r = 0;

	for (size_t i = 0; i < f->n && r >= 0; i++)
		if (f->v[i].nevra)
			r = sp_keep_add(&s->keep, f->v[i].nevra, f->v[i].path,
					err);
	for (size_t i = 0; i < s->steps.n; i++) {
		const struct sp_step *st = &s->steps.v[i];

		if (st->old || st->action == SP_PKG_REMOVE)
			sp_strv_add(&spare, st->old ? st->old : st->pkg);
	}
	return r < 0 ? r : sp_keep_limit(&s->keep, bytes, &spare, err);
}

/* What the packages come over, though it is nobody's. */
static int keep_strays(struct sp_pkg_session *s, struct sp_host *h,
		       const struct files *f, struct sp_err *err)
{
	sp_auto_host *now = sp_host_new(sp_host_root(h));
	sp_auto_rpmdb *db = NULL;
	struct sp_strays strays = { 0 };
	int r = s->has_db ? sp_rpmdb_open(s->root, s->dbpath, &db, err) : 0;

	sp_root_refresh(sp_host_root(h));
	if (r >= 0)
		r = sp_strays_begin(&strays, s->dbpath, db, &s->steps, err);
	for (size_t i = 0; i < f->n && r >= 0; i++)
		if (!f->v[i].nevra)
			r = sp_strays_find(&strays, now, db, f->v[i].path, err);
	if (r >= 0)
		r = sp_strays_keep(&strays, h, err);
	sp_strays_clear(&strays);
	return r;
}

/* --- run --------------------------------------------------------------------------- */

static const struct sp_key *find_key(const struct sp_pkg_session *s,
				     const char *fingerprint)
{
	for (size_t i = 0; i < s->md.n; i++) {
		size_t n = 0;
		const struct sp_key *keys =
			s->md.v[i].keys ? sp_keyring_list(s->md.v[i].keys, &n)
					: NULL;

		for (size_t k = 0; k < n; k++)
			if (sp_streq(keys[k].fingerprint, fingerprint) &&
			    keys[k].cert.len)
				return &keys[k];
	}
	return NULL;
}

static const struct file *file_of(const struct files *f, int solvable)
{
	for (size_t i = 0; i < f->n; i++)
		if (f->v[i].solvable == solvable && !f->v[i].nevra)
			return &f->v[i];
	return NULL;
}

/* What rpm was writing when it was cut off. */
static int remove_parts(struct sp_pkg_session *s, struct sp_host *h,
			const struct files *f, struct sp_err *err)
{
	int r = sp_txn_idle(s->root, s->dbpath, err);

	for (size_t i = 0; i < f->n && r >= 0; i++)
		if (!f->v[i].nevra)
			r = sp_mend_parts(h, f->v[i].path, err);
	return r;
}

/* @left: what has to go besides. */
static int run(struct sp_pkg_session *s, struct sp_host *h,
	       const struct files *f, const struct sp_strv *left,
	       struct sp_buf *out, struct sp_err *err)
{
	struct sp_txn t = { .root = s->root, .dbpath = s->dbpath };
	sp_auto_free struct sp_txn_item *items =
		sp_xcalloc(s->steps.n + left->n, sizeof(*items));
	sp_auto_free struct sp_txn_key *keys =
		sp_xcalloc(s->steps.n, sizeof(*keys));

	for (size_t i = 0; i < s->steps.n; i++) {
		const struct sp_step *st = &s->steps.v[i];

		if (st->action == SP_PKG_KEY) {
			const struct sp_key *k = find_key(s, st->pkg);

			if (k)
				keys[t.n_keys++] =
					(struct sp_txn_key){ k->cert.data,
							     k->cert.len };
		} else if (st->action == SP_PKG_REMOVE) {
			if (!st->by)
				items[t.n++].nevra = st->pkg;
		} else {
			const struct file *from = file_of(f, st->solvable);

			items[t.n++] = (struct sp_txn_item){
				.path = from ? from->path : NULL,
				.nevra = st->pkg,
				.seen = from ? from->seen
					     : (struct sp_txn_seen){ 0 },
				.beside = st->beside,
			};
		}
	}
	for (size_t i = 0; i < left->n; i++)
		items[t.n++].nevra = left->v[i];
	t.items = items;
	t.keys = keys;
	return sp_pkg_run(s, h, &t, out, err);
}

int sp_packages_apply(struct sp_host *h, const struct sp_packages_want *want,
		      const struct sp_strv *steps, const char *root,
		      struct sp_output *out, struct sp_err *err)
{
	struct sp_pkg_session *s = sp_pkg_session_get(h, err);
	sp_auto_steps planned = { 0 };
	sp_auto_strv left = { 0 };
	struct files f = { 0 };
	bool again;
	int r = 0;

	(void)root; /* the host's, which the plan was made for */
	if (!s)
		return -err->code;
	again = !s->steps.n; /* another process began it */
	for (size_t i = 0; i < steps->n && r >= 0; i++)
		r = sp_step_parse(steps->v[i], sp_steps_add(&planned), err);
	if (r >= 0)
		r = resolve(s, h, want, &planned, err);
	if (r >= 0)
		r = find_left(s, &planned, &left, err);
	if (r >= 0 && !s->steps.n && !left.n)
		return 0; /* it was done before a crash */
	if (r >= 0)
		r = list_files(s, want->keep, &f, err);
	sp_pkg_tell(s, h, SP_TASK_DOWNLOAD);
	if (r >= 0 && f.n_items)
		r = sp_fetch_all(s->cache, &s->opts.fetch, f.items, f.n_items,
				 err);
	sp_pkg_told(s);
	if (r >= 0)
		r = verify_files(s, &f, err);
	if (r >= 0)
		r = keep_files(s, &f, want->keep_bytes, err);
	if (r >= 0 && again)
		r = remove_parts(s, h, &f, err);
	if (r >= 0)
		r = keep_strays(s, h, &f, err);
	if (r >= 0)
		r = run(s, h, &f, &left, &out->text, err);
	if (r >= 0)
		sp_strays_remark(h);
	files_clear(&f);
	return r;
}
