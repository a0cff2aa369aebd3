/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * stray_kept.c - what a run has kept of files that were nobody's: which of
 * them packages replaced, and how they come back.
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "core/host_overlay.h"
#include "core/mem.h"
#include "core/word.h"
#include "pkg/mend.h"
#include "pkg/stray.h"

#define SAVES_MAX 100 /* NAME.rpmsave.2, ... */

/* --- what was kept -------------------------------------------------------------------- */

struct kept {
	const struct sp_effect **v;
	size_t n;
};

static void kept_clear(struct kept *k)
{
	free(k->v);
}
#define auto_kept __attribute__((cleanup(kept_clear))) struct kept

static struct kept get_kept(const struct sp_host *h)
{
	struct kept k;

	k.v = sp_host_kept(h, &k.n);
	return k;
}

/* The first tells what was there before the run. */
static const struct sp_node *node_before(const struct kept *k, const char *path)
{
	for (size_t i = 0; i < k->n; i++)
		if (strcmp(k->v[i]->path, path) == 0)
			return &k->v[i]->before;
	return NULL;
}

/* Is what is there (@ret) @before?  1 or 0; what is too large is another. */
static int is_before(struct sp_root *root, const char *path,
		     const struct sp_node *before, struct sp_node *ret,
		     struct sp_err *err)
{
	int r = sp_root_lookup(root, path, ret, err);

	if (r <= 0)
		return r < 0 ? r : before->type == SP_FT_NONE;
	if (ret->type == SP_FT_FILE && ret->size > SP_FILE_MAX)
		return 0;
	sp_node_clear(ret);
	r = sp_root_load(root, path, ret, err);
	return r < 0 ? r : sp_node_equal(ret, before);
}

/* --- packages have come --------------------------------------------------------------- */

void sp_strays_remark(struct sp_host *h)
{
	struct sp_root *root = sp_host_root(h);
	sp_auto_strv others = { 0 };
	sp_auto_free char *which = NULL, *text = NULL;
	auto_kept kept = get_kept(h);

	sp_root_refresh(root);
	for (size_t i = 0; i < kept.n; i++) {
		const struct sp_effect *e = kept.v[i];
		sp_auto_node now = { 0 };
		sp_auto_err ignored = { 0 };

		if (e->before.type != SP_FT_DIR &&
		    is_before(root, e->path, &e->before, &now, &ignored) == 0)
			sp_strv_add(&others, e->path);
	}
	which = sp_strays_names(&others);
	text = sp_asprintf(_("packages replaced files that no package owned, "
			     "which undo brings back (%zu): %s"),
			   others.n, which);
	if (others.n)
		sp_host_remark(h, text);
}

/* --- before packages go -------------------------------------------------------------- */

void sp_stray_undo_clear(struct sp_stray_undo *u)
{
	sp_strv_clear(&u->from);
	sp_strv_clear(&u->to);
	sp_strv_clear(&u->made);
}

/* Rename to the first free of NAME.rpmsave, NAME.rpmsave.2, ...; @ret: that. */
static int set_aside(struct sp_root *root, const char *path, char **ret,
		     struct sp_err *err)
{
	for (int i = 1; i <= SAVES_MAX; i++) {
		sp_auto_free char *to =
			i == 1 ? sp_asprintf("%s.rpmsave", path)
			       : sp_asprintf("%s.rpmsave.%d", path, i);
		sp_auto_node n = { 0 };
		int r = sp_root_lookup(root, to, &n, err);

		if (r == 0)
			r = sp_root_rename(root, path, to, err);
		else if (r > 0)
			continue;
		if (r >= 0)
			*ret = sp_take(&to);
		return r < 0 ? r : 0;
	}
	return sp_fail(err, EEXIST, "%s: there are %d .rpmsave files of it",
		       path, SAVES_MAX);
}

static void remark_aside(struct sp_host *h, const char *path, const char *to)
{
	sp_auto_free char *text = sp_asprintf(
		_("%s: changed by somebody after the run; that is now %s"),
		path, to);

	sp_host_remark(h, text);
}

struct asider {
	struct sp_stray_undo *u;
	const struct kept *kept;
	struct sp_host *now; /* a view of the disk */
};

static int find_made(const struct asider *x, const struct sp_rpm_file *f,
		     const char *path, struct sp_err *err)
{
	sp_auto_free char *new = sp_asprintf("%s.rpmnew", path);
	struct sp_rpm_file other = *f;
	int r;

	other.path = new;
	r = sp_mend_same(x->now, &other, err);
	if (r > 0)
		sp_strv_add(&x->u->made, new);
	return r;
}

static int aside_file(void *arg, const struct sp_rpm_file *f,
		      struct sp_err *err)
{
	const struct asider *x = arg;
	struct sp_root *root = sp_host_root(x->now);
	sp_auto_free char *path = NULL, *to = NULL;
	sp_auto_node now = { 0 };
	const struct sp_node *before;
	int r;

	if (S_ISDIR(f->mode))
		return 0;
	r = sp_host_canonical(x->now, f->path, false, &path, err);
	before = r < 0 ? NULL : node_before(x->kept, path);
	if (!before)
		return r;
	if (f->noreplace) {
		r = find_made(x, f, path, err);
		if (r < 0)
			return r;
	}
	r = is_before(root, path, before, &now, err);
	if (r == 0 && (now.type == SP_FT_NONE || now.type == SP_FT_DIR))
		return 0;
	if (r == 0 && !f->ghost)
		r = sp_mend_same(x->now, f, err);
	if (r == 0)
		r = set_aside(root, path, &to, err);
	if (to) {
		sp_strv_add_take(&x->u->from, sp_take(&path));
		sp_strv_add_take(&x->u->to, sp_take(&to));
	}
	return r < 0 ? r : 0;
}

int sp_strays_aside(struct sp_stray_undo *u, struct sp_rpmdb *db,
		    const struct sp_cache *cache, const char *nevra,
		    struct sp_err *err)
{
	struct sp_root *root = sp_host_root(u->host);
	sp_auto_host *now = NULL;
	sp_auto_free char *cached = NULL;
	auto_kept kept = get_kept(u->host);
	struct asider x = { .u = u, .kept = &kept };
	int r;

	if (!kept.n)
		return 0;
	sp_root_refresh(root);
	x.now = now = sp_host_new(root);
	r = sp_pkg_installed(db, nevra, err);
	if (r > 0)
		return sp_rpmdb_files(db, nevra, aside_file, &x, err);
	cached = r < 0 ? NULL : sp_mend_cached(cache, nevra);
	return cached ? sp_rpm_files(cached, aside_file, &x, err) : r;
}

int sp_strays_room(struct sp_stray_undo *u, struct sp_strays *s,
		   struct sp_rpmdb *db, const char *path, struct sp_err *err)
{
	auto_kept kept = get_kept(u->host);
	sp_auto_host *now = sp_host_new(sp_host_root(u->host));
	size_t from = s->told.n;
	int r = sp_strays_find(s, now, db, path, err);

	for (size_t i = from; i < s->told.n && r >= 0; i++) {
		sp_auto_free char *to = NULL;

		if (node_before(&kept, s->told.v[i]))
			continue;
		r = set_aside(sp_host_root(u->host), s->told.v[i], &to, err);
		if (r < 0)
			break;
		sp_strv_add(&u->from, s->told.v[i]);
		sp_strv_add_take(&u->to, sp_take(&to));
	}
	return r;
}

bool sp_strays_untouched(struct sp_host *h, struct sp_strv *ret)
{
	auto_kept kept = get_kept(h);

	for (size_t i = 0; i < kept.n; i++) {
		const struct sp_effect *e = kept.v[i];
		sp_auto_node now = { 0 };
		sp_auto_err ignored = { 0 };

		if (is_before(sp_host_root(h), e->path, &e->before, &now,
			      &ignored) > 0)
			sp_strv_add(ret, e->path);
	}
	sp_strv_sort(ret);
	return kept.v;
}

int sp_strays_settle(struct sp_stray_undo *u, bool gone, struct sp_err *err)
{
	struct sp_root *root = sp_host_root(u->host);
	int r = 0;

	if (u->from.n || u->made.n)
		sp_root_refresh(root);
	for (size_t i = 0; i < u->from.n; i++) {
		sp_auto_err ignored = { 0 };
		sp_auto_node n = { 0 };

		if (gone ||
		    sp_root_lookup(root, u->from.v[i], &n, &ignored) != 0 ||
		    sp_root_rename(root, u->to.v[i], u->from.v[i], &ignored) <
			    0)
			remark_aside(u->host, u->from.v[i], u->to.v[i]);
	}
	for (size_t i = 0; i < u->made.n && gone && r >= 0; i++)
		r = sp_root_unlink(root, u->made.v[i], false, err);
	return r < 0 ? r : 0;
}

/* --- when they are gone --------------------------------------------------------------- */

struct back {
	struct sp_host *h;
	struct sp_root *root;
	struct sp_rpmdb *db;
	struct kept kept;
	struct sp_strv owned, left; /* not brought back */
};

/* Is what is there a copy that rpm made of what the run has kept? */
static bool is_copy(const struct back *x, const char *path,
		    const struct sp_node *now)
{
	for (size_t i = 0; sp_strays_beside[i]; i++) {
		sp_auto_free char *of = NULL;
		const struct sp_node *before;

		if (!sp_ends(path, sp_strays_beside[i]))
			continue;
		of = sp_xstrndup(path,
				 strlen(path) - strlen(sp_strays_beside[i]));
		before = node_before(&x->kept, of);
		if (before && sp_node_equal(now, before))
			return true;
	}
	return false;
}

/* A directory in the way: 1 when it goes, or is what is to come, else 0. */
static int may_go(const struct back *x, const struct sp_effect *e,
		  struct sp_err *err)
{
	sp_auto_strv names = { 0 };
	int r;

	if (e->before.type == SP_FT_DIR)
		return 1;
	/* an empty one is of a package that was cut off */
	r = sp_root_list(x->root, e->path, &names, err);
	return r < 0 ? r : names.n == 0;
}

/*
 * May the node go back there?  1, or 0: what is there stays, and that is
 * said.  A file of somebody's is set aside.
 */
static int make_way(struct back *x, const struct sp_effect *e,
		    const struct sp_node *now, struct sp_err *err)
{
	sp_auto_free char *to = NULL;
	int r = 0;

	if (now->type == SP_FT_NONE || is_copy(x, e->path, now))
		return 1;
	if (sp_rpmdb_owns(x->db, e->path)) {
		if (e->before.type != SP_FT_DIR)
			sp_strv_add(&x->owned, e->path);
		return 0;
	}
	if (now->type == SP_FT_DIR)
		r = may_go(x, e, err);
	if (r == 0 && (now->type == SP_FT_DIR || now->type == SP_FT_OTHER))
		sp_strv_add(&x->left, e->path);
	if (r != 0 || now->type == SP_FT_DIR || now->type == SP_FT_OTHER)
		return r;
	r = set_aside(x->root, e->path, &to, err);
	if (r >= 0)
		remark_aside(x->h, e->path, to);
	return r < 0 ? r : 1;
}

/* Copies by rpm of what is back go, or become what they were. */
static int drop_copies(const struct back *x, const struct sp_effect *e,
		       struct sp_err *err)
{
	const struct sp_node none = { 0 };
	int r = 0;

	for (size_t i = 0; sp_strays_beside[i] && r >= 0; i++) {
		sp_auto_free char *side =
			sp_asprintf("%s%s", e->path, sp_strays_beside[i]);
		const struct sp_node *was = node_before(&x->kept, side);
		sp_auto_node now = { 0 };

		r = is_before(x->root, side, &e->before, &now, err);
		if (r > 0)
			r = sp_host_restore(x->h, side, was ? was : &none, err);
	}
	return r;
}

static int put_back(struct back *x, const struct sp_effect *e,
		    struct sp_err *err)
{
	sp_auto_node now = { 0 };
	int r = is_before(x->root, e->path, &e->before, &now, err);

	if (r == 0) {
		r = make_way(x, e, &now, err);
		if (r > 0)
			r = sp_host_restore(x->h, e->path, &e->before, err);
		else if (r == 0)
			return 0;
	}
	if (r < 0 || e->before.type == SP_FT_DIR ||
	    e->before.type == SP_FT_NONE)
		return r;
	return drop_copies(x, e, err);
}

static void remark_owned(const struct back *x)
{
	sp_auto_free char *which = sp_strays_names(&x->owned), *text = NULL;

	text = sp_asprintf(_("not brought back, as packages own what is there "
			     "now (%zu): %s"),
			   x->owned.n, which);
	if (x->owned.n)
		sp_host_remark(x->h, text);
}

static int put_all_back(struct back *x, struct sp_err *err)
{
	struct sp_pkg_session s = { 0 };
	int r = sp_pkg_locate(&s, x->h, err);

	sp_root_refresh(x->root);
	if (r >= 0 && s.has_db)
		r = sp_rpmdb_open(s.root, s.dbpath, &x->db, err);
	for (size_t i = 0; i < x->kept.n && r >= 0; i++) {
		const struct sp_effect *e = x->kept.v[i];

		if (node_before(&x->kept, e->path) == &e->before)
			r = put_back(x, e, err);
	}
	remark_owned(x);
	if (r >= 0 && x->left.n) {
		sp_auto_free char *which = sp_strays_names(&x->left);

		r = sp_fail(err, EISDIR,
			    "something else is there now, so not brought back: "
			    "%s",
			    which);
	}
	sp_rpmdb_close(x->db);
	sp_pkg_session_clear(&s);
	return r < 0 ? r : 0;
}

int sp_strays_back(struct sp_host *h, struct sp_err *err)
{
	struct back x = { .h = h,
			  .root = sp_host_root(h),
			  .kept = get_kept(h) };
	int r = x.kept.n ? put_all_back(&x, err) : 0;

	kept_clear(&x.kept);
	sp_strv_clear(&x.owned);
	sp_strv_clear(&x.left);
	return r;
}
