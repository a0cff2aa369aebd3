/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * stray.c - files that belong to no package, and packages that come over them.
 *
 * rpm replaces such a file; one that is %config in the package it renames to
 * NAME.rpmorig, or, with noreplace, leaves and writes NAME.rpmnew; a file in
 * the way of a directory goes.  Erasing, it removes what is there, but renames
 * configuration that is not the package's to NAME.rpmsave, over another one.
 * Source: rpm's lib/rpmfi.c and lib/fsm.c, measured with 4.18.
 */
#include "pkg/stray.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "core/host_overlay.h"
#include "core/mem.h"
#include "core/word.h"
#include "pkg/mend.h"

#define NAMES_MAX 3 /* in one line */

const char *const sp_strays_beside[] = { ".rpmorig", ".rpmsave", ".rpmnew",
					 NULL };

void sp_strays_clear(struct sp_strays *s)
{
	sp_strv_clear(&s->owned);
	sp_strv_clear(&s->keep);
	sp_strv_clear(&s->told);
}

/* --- before packages come ---------------------------------------------------------- */

static int add_owned(void *arg, const struct sp_rpm_file *f, struct sp_err *err)
{
	struct sp_strays *s = arg;

	(void)err;
	sp_strv_add(&s->owned, f->path);
	return 0;
}

int sp_strays_begin(struct sp_strays *s, const char *dbpath,
		    struct sp_rpmdb *db, const struct sp_steps *steps,
		    struct sp_err *err)
{
	int r = 0;

	s->dbpath = dbpath;
	for (size_t i = 0; i < steps->n && r >= 0 && db; i++) {
		const struct sp_step *st = &steps->v[i];

		if (st->action == SP_PKG_KEY)
			continue;
		r = sp_rpmdb_files(db, st->pkg, add_owned, s, err);
		if (st->old && r >= 0)
			r = sp_rpmdb_files(db, st->old, add_owned, s, err);
	}
	sp_strv_sort(&s->owned);
	return r;
}

/* rpm's database is never put back, though a package may list its files. */
static bool is_database(const struct sp_strays *s, const char *path)
{
	return sp_starts(path, s->dbpath) && path[strlen(s->dbpath)] == '/';
}

struct finder {
	struct sp_strays *s;
	struct sp_host *h;
	struct sp_rpmdb *db;
};

/* Is something there, and nobody's?  1 with @ret and @st, or 0. */
static int look(const struct finder *x, const struct sp_rpm_file *f,
		bool follow, char **ret, struct sp_stat *st, struct sp_err *err)
{
	sp_auto_free char *path = NULL;
	int r = sp_host_canonical(x->h, f->path, follow, &path, err);

	if (r >= 0)
		r = sp_host_stat(x->h, path, st, err);
	if (r == -EACCES) {
		sp_err_clear(err);
		return 0;
	}
	if (r <= 0 || strcmp(path, "/") == 0 || is_database(x->s, path))
		return r < 0 ? r : 0;
	/* a directory in the way of a file: rpm fails, and touches nothing */
	if (st->type == SP_FT_DIR && !S_ISDIR(f->mode))
		return 0;
	if (sp_rpmdb_owns(x->db, f->path) || sp_rpmdb_owns(x->db, path))
		return 0;
	*ret = sp_take(&path);
	return 1;
}

/* Not while rpm leaves it, nor when it is the package's to the byte. */
static int will_differ(const struct finder *x, const struct sp_rpm_file *f,
		       const struct sp_stat *st, struct sp_err *err)
{
	int r = f->ghost || (f->noreplace && S_ISREG(f->mode));

	x->s->size += (int64_t)st->size;
	if (!r && x->s->size <= (int64_t)SP_KEPT_MAX)
		r = sp_mend_same(x->h, f, err);
	if (r == -EACCES) { /* a plan of somebody else's than root */
		sp_err_clear(err);
		r = 0;
	}
	return r < 0 ? r : !r;
}

static int add_found(void *arg, const struct sp_rpm_file *f, struct sp_err *err)
{
	const struct finder *x = arg;
	sp_auto_free char *path = NULL;
	struct sp_stat st;
	int r;

	if ((!S_ISREG(f->mode) && !S_ISLNK(f->mode) && !S_ISDIR(f->mode)) ||
	    sp_strv_has_sorted(&x->s->owned, f->path))
		return 0;
	/* the directory that a link leads to gets the package's attributes */
	if (S_ISDIR(f->mode)) {
		r = look(x, f, true, &path, &st, err);
		if (r < 0)
			return r;
		if (r > 0 && st.type == SP_FT_DIR)
			sp_strv_add(&x->s->keep, path);
		free(sp_take(&path));
	}
	r = look(x, f, false, &path, &st, err);
	if (r <= 0)
		return r;
	for (size_t i = 0; sp_strays_beside[i]; i++) {
		sp_auto_free char *side =
			sp_asprintf("%s%s", path, sp_strays_beside[i]);
		struct sp_stat ignored;

		r = st.type == SP_FT_DIR
			    ? 0
			    : sp_host_stat(x->h, side, &ignored, err);
		if (r < 0)
			return r;
		if (r > 0 && ignored.type != SP_FT_DIR)
			sp_strv_add(&x->s->keep, side);
	}
	if (x->s->tell && st.type != SP_FT_DIR) {
		r = will_differ(x, f, &st, err);
		if (r > 0)
			sp_strv_add(&x->s->told, path);
	}
	sp_strv_add_take(&x->s->keep, sp_take(&path));
	return r < 0 ? r : 0;
}

int sp_strays_find(struct sp_strays *s, struct sp_host *h, struct sp_rpmdb *db,
		   const char *path, struct sp_err *err)
{
	struct finder x = { s, h, db };

	return sp_rpm_files(path, add_found, &x, err);
}

int sp_strays_keep(struct sp_strays *s, struct sp_host *h, struct sp_err *err)
{
	sp_auto_strv once = { 0 };
	int r;

	sp_strv_sort(&s->keep);
	for (size_t i = 0; i < s->keep.n; i++)
		if (!i || strcmp(s->keep.v[i], s->keep.v[i - 1]) != 0)
			sp_strv_add(&once, s->keep.v[i]);
	r = sp_host_keep(h, &once, err);
	return r < 0 ? sp_wrap(err, "packages would replace what no package "
				    "owns")
		     : 0;
}

/* --- for people ---------------------------------------------------------------------- */

char *sp_strays_names(const struct sp_strv *l)
{
	sp_auto_buf b = { 0 };

	for (size_t i = 0; i < l->n && i < NAMES_MAX; i++)
		sp_buf_addf(&b, "%s%s", i ? ", " : "", l->v[i]);
	if (l->n > NAMES_MAX)
		sp_buf_addf(&b, _(" and %zu more"), l->n - NAMES_MAX);
	return sp_buf_take(&b);
}

char *sp_strays_text(const struct sp_strays *s)
{
	sp_auto_free char *which = sp_strays_names(&s->told);

	return s->told.n ? sp_asprintf(_("replaces files that no package owns, "
					 "which undo brings back (%zu): %s"),
				       s->told.n, which)
			 : NULL;
}
