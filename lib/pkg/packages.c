/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * packages.c - what has to come and go: the database, repositories, media and
 * the solver put together.
 */
#include "pkg/packages.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "core/host_overlay.h"
#include "core/mem.h"
#include "core/word.h"
#include "pkg/modules.h"
#include "pkg/pkgsession.h"
#include "pkg/stray.h"

void sp_packages_plan_clear(struct sp_packages_plan *p)
{
	sp_strv_clear(&p->steps);
	free(p->sums);
	free(p->strays);
	*p = (struct sp_packages_plan){ 0 };
}

/* --- from the database alone ----------------------------------------------------- */

static int match_nevra(void *arg, const struct sp_installed *p,
		       struct sp_err *err)
{
	const struct sp_nevra *n = arg;

	(void)err;
	return strcmp(p->evr, n->evr) == 0 && strcmp(p->arch, n->arch) == 0
		       ? -EEXIST
		       : 0;
}

int sp_pkg_installed(struct sp_rpmdb *db, const char *nevra, struct sp_err *err)
{
	sp_auto_nevra n = { 0 };
	int r;

	if (!db)
		return 0;
	r = sp_nevra_parse(nevra, &n, err);
	if (r >= 0)
		r = sp_rpmdb_named(db, n.name, match_nevra, &n, err);
	return r == -EEXIST ? 1 : r;
}

/* One that only the solver understands: a group, a pattern, a comparison. */
static bool is_simple(const char *spec)
{
	return *spec != '@' && !strpbrk(spec, "*?[] <>=");
}

/* Is all of @l installed (@there), or nothing of it (!@there)? */
static int all_are(struct sp_rpmdb *db, const struct sp_strv *l, bool there,
		   struct sp_err *err)
{
	for (size_t i = 0; i < l->n; i++) {
		int r = 0;

		if (db && !is_simple(l->v[i]))
			return 0;
		if (db)
			r = sp_rpmdb_has(db, l->v[i], err);
		if (r < 0)
			return r;
		if ((r > 0) != there)
			return 0;
	}
	return 1;
}

/* Files that media want installed and that are not, by their paths. */
static int wanted_files(struct sp_rpmdb *db, const struct sp_offers *o,
			struct sp_strv *ret, struct sp_err *err)
{
	for (size_t i = 0; i < o->n; i++) {
		int r = o->v[i].install
				? sp_pkg_installed(db, o->v[i].nevra, err)
				: 1;

		if (r < 0)
			return r;
		if (!r)
			sp_strv_add(ret, o->v[i].path);
	}
	return 0;
}

/* --- everything else --------------------------------------------------------------- */

static bool matches(const struct sp_strv *globs, const char *name,
		    const char *evr, const char *arch)
{
	sp_auto_free char *na = sp_asprintf("%s.%s", name, arch);
	sp_auto_free char *nevra = sp_nevra_text(name, evr, arch);
	sp_auto_free char *nevr = sp_asprintf("%s-%s", name, evr);

	for (size_t i = 0; i < globs->n; i++)
		if (fnmatch(globs->v[i], name, 0) == 0 ||
		    fnmatch(globs->v[i], na, 0) == 0 ||
		    fnmatch(globs->v[i], nevr, 0) == 0 ||
		    fnmatch(globs->v[i], nevra, 0) == 0)
			return true;
	return false;
}

static bool excluded(void *arg, const char *name, const char *evr,
		     const char *arch)
{
	const struct sp_repo_conf *c = arg;

	return matches(&c->exclude, name, evr, arch) ||
	       (c->include.n && !matches(&c->include, name, evr, arch));
}

static int read_repos(struct sp_pkg_session *s, struct sp_host *h,
		      struct sp_rpmdb *db, struct sp_err *err)
{
	sp_auto_free char *version = NULL, *name = NULL, *from = NULL;
	struct sp_repos_hints hints = { .root = s->root };
	int r = db ? sp_rpmdb_version(db, "system-release", &version, &name,
				      err)
		   : 0;

	if (r < 0)
		return r;
	if (r > 0) {
		from = sp_asprintf("package %s", name);
		hints.releasever = version;
		hints.releasever_from = from;
	}
	r = sp_repos_read(h, &hints, &s->repos, err);
	s->has_repos = r >= 0;
	return r;
}

static unsigned metadata_types(const struct sp_packages_want *want)
{
	unsigned types = 1U << SP_META_PRIMARY | 1U << SP_META_MODULES;

	if (sp_streq(want->update, "security"))
		types |= 1U << SP_META_UPDATEINFO;
	for (size_t i = 0; i < want->install->n; i++)
		if (*want->install->v[i] == '@')
			types |= 1U << SP_META_GROUP;
	return types;
}

static int load_metadata(struct sp_pkg_session *s, struct sp_host *h,
			 const struct sp_packages_want *want,
			 struct sp_err *err)
{
	int r = sp_cache_open(NULL, &s->cache, err);

	s->opts.host = h;
	s->opts.fetch.offline = want->offline;
	s->opts.fetch.parallel = s->repos.main.parallel;
	sp_pkg_tell(s, h, SP_TASK_METADATA);
	if (r >= 0)
		r = sp_metadata_load(s->cache, &s->repos, metadata_types(want),
				     &s->opts, &s->md, err);
	sp_pkg_told(s);
	return r;
}

/* "5.14.0-1.x86_64" of the kernel that runs, on a live host; or "". */
static void get_running(struct sp_host *h, struct utsname *ret)
{
	if (!sp_host_live(h) || uname(ret) != 0)
		*ret->release = '\0';
}

static int fill_pool(struct sp_pkg_session *s, struct sp_host *h,
		     struct sp_rpmdb *db, struct sp_err *err)
{
	struct utsname u;
	int r = 0;

	get_running(h, &u);
	s->solv = sp_solv_new(&s->repos, *u.release ? u.release : NULL);
	if (db)
		r = sp_solv_add_installed(s->solv, db, err);
	if (r >= 0)
		r = sp_solv_add_repos(s->solv, &s->md, err);
	for (size_t i = 0; i < s->offers->n && r >= 0; i++)
		r = sp_solv_add_file(s->solv, s->offers->v[i].path,
				     s->offers->v[i].from, err);
	for (size_t i = 0; i < s->md.n && r >= 0; i++) {
		const struct sp_repo_conf *c = s->md.v[i].repo;

		if (c->exclude.n || c->include.n)
			sp_solv_hide(s->solv, &s->md.v[i], excluded,
				     (void *)(uintptr_t)c);
	}
	return r < 0 ? r : sp_modules_hide(s->solv, &s->md, h, err);
}

static int more_filelists(struct sp_pkg_session *s, struct sp_err *err)
{
	int r = 0;

	sp_pkg_tell(s, s->opts.host, SP_TASK_METADATA);
	for (size_t i = 0; i < s->md.n && r >= 0; i++)
		if (!s->md.v[i].skipped)
			r = sp_metadata_more(s->cache, &s->md.v[i],
					     1U << SP_META_FILELISTS, &s->opts,
					     err);
	if (r >= 0)
		r = sp_solv_add_filelists(s->solv, err);
	sp_pkg_told(s);
	return r;
}

static int fail_trouble(const struct sp_solv_trouble *t, struct sp_err *err)
{
	sp_auto_free char *unknown = sp_strv_join(&t->unknown, "\n");
	sp_auto_free char *problems = sp_strv_join(&t->problems, "\n  ");

	if (t->unknown.n)
		return sp_fail(err, ENOENT, "%s", unknown);
	return sp_fail(err, EINVAL, "this cannot be done:\n  %s", problems);
}

static int solve(struct sp_pkg_session *s, const struct sp_solv_job *job,
		 struct sp_err *err)
{
	struct sp_solv_trouble t = { 0 };
	int r = sp_solv_solve(s->solv, job, &s->steps, &t, err);

	if (r > 0 && t.filelists && s->md.n) {
		sp_solv_trouble_clear(&t);
		r = more_filelists(s, err);
		if (r >= 0)
			r = sp_solv_solve(s->solv, job, &s->steps, &t, err);
	}
	if (r > 0)
		r = fail_trouble(&t, err);
	sp_solv_trouble_clear(&t);
	return r;
}

/*
 * dnf's protected_packages, and the running kernel: the system would not be
 * one without them.
 */
static int look_for_protected(const struct sp_pkg_session *s, struct sp_host *h,
			      struct sp_err *err)
{
	struct utsname u;

	get_running(h, &u);
	for (size_t i = 0; i < s->steps.n; i++) {
		const struct sp_step *st = &s->steps.v[i];
		sp_auto_nevra n = { 0 };

		if (st->action != SP_PKG_REMOVE || st->by)
			continue;
		if (sp_nevra_parse(st->pkg, &n, err) < 0)
			return -err->code;
		if (sp_strv_has(&s->repos.main.protected_packages, n.name))
			return sp_fail(err, EPERM,
				       "%s would be removed, which is "
				       "protected (protected_packages of "
				       "dnf.conf)",
				       st->pkg);
		if (*u.release && sp_starts(n.name, "kernel") &&
		    sp_ends(st->pkg, u.release))
			return sp_fail(err, EPERM,
				       "%s would be removed, but it is the "
				       "kernel that runs",
				       st->pkg);
	}
	return 0;
}

/* What an undo could not bring back is said now. */
static void mark_lost(struct sp_pkg_session *s, bool keep)
{
	for (size_t i = 0; i < s->steps.n; i++) {
		struct sp_step *st = &s->steps.v[i];
		const char *old =
			st->action == SP_PKG_REMOVE ? st->pkg : st->old;
		sp_auto_free char *kept =
			old ? sp_keep_find(&s->keep, old) : NULL;

		st->lost =
			old && !kept && (!keep || !sp_solv_find(s->solv, old));
	}
}

/* --- the plan ------------------------------------------------------------------------ */

int sp_pkg_resolve(struct sp_pkg_session *s, struct sp_host *h,
		   const struct sp_packages_want *want, struct sp_err *err)
{
	sp_auto_rpmdb *db = NULL;
	sp_auto_strv files = { 0 }, remove = { 0 };
	struct sp_solv_job job = { .install = want->install,
				   .remove = &remove,
				   .files = &files };
	int r = sp_pkg_locate(s, h, err), there, gone;

	s->offers = r < 0 ? NULL : sp_offers_get(h, err);
	if (!s->offers)
		return -err->code;
	if (s->has_db)
		r = sp_rpmdb_open(s->root, s->dbpath, &db, err);
	if (r >= 0)
		r = wanted_files(db, s->offers, &files, err);
	if (r < 0)
		return r;
	sp_strv_copy(&remove, want->remove);
	for (size_t i = 0; i < s->offers->remove.n; i++)
		sp_strv_add(&remove, s->offers->remove.v[i]);
	if (sp_streq(want->update, "all"))
		job.update = SP_UPDATE_ALL;
	else if (sp_streq(want->update, "security"))
		job.update = SP_UPDATE_SECURITY;
	there = all_are(db, want->install, true, err);
	gone = there < 0 ? there : all_are(db, &remove, false, err);
	if (gone < 0)
		return gone;
	/* nothing installed, nothing to update */
	if (!db)
		job.update = SP_UPDATE_NONE;
	if (there && gone && !files.n && !job.update)
		return 0;
	r = read_repos(s, h, db, err);
	job.weak_deps = want->weak_deps < 0 ? s->repos.main.install_weak_deps
					    : want->weak_deps;
	if (r >= 0 && !s->repos.n && !s->offers->n && (!there || job.update))
		r = sp_fail(err, ENOENT,
			    "no repository is enabled; give one in \"repos:\"");
	if (r >= 0)
		r = load_metadata(s, h, want, err);
	/* to remove, what is installed is enough; an undo would need more */
	if (r < 0 && there && !files.n && !job.update && s->has_repos) {
		sp_err_clear(err);
		r = 0;
	}
	if (r >= 0)
		r = fill_pool(s, h, db, err);
	if (r >= 0)
		r = solve(s, &job, err);
	if (r >= 0)
		r = look_for_protected(s, h, err);
	if (r < 0)
		return r;
	mark_lost(s, want->keep);
	return sp_pkg_add_keys(s, db, err);
}

/* Free space of the root's file systems, each once. */
static void add_space(struct sp_buf *b, const char *root)
{
	static const char *const dirs[] = { "", "/usr", "/var", "/opt",
					    "/boot" };
	dev_t seen[SP_COUNT(dirs)];
	size_t n = 0;

	for (size_t i = 0; i < SP_COUNT(dirs); i++) {
		sp_auto_free char *path = sp_asprintf(
			"%s%s", strcmp(root, "/") == 0 ? "" : root, dirs[i]);
		sp_auto_buf free = { 0 };
		struct statvfs fs;
		struct stat st;
		bool again = false;

		if (stat(*path ? path : "/", &st) < 0 ||
		    statvfs(*path ? path : "/", &fs) < 0)
			continue;
		for (size_t k = 0; k < n; k++)
			again |= seen[k] == st.st_dev;
		if (again)
			continue;
		sp_buf_add(b, n ? ", " : _("; free: "));
		seen[n++] = st.st_dev;
		sp_size_format((int64_t)fs.f_bavail * (int64_t)fs.f_frsize,
			       &free);
		sp_buf_addf(b, _("%s on %s"), sp_buf_cstr(&free),
			    i ? dirs[i] : "/");
	}
}

static char *sums(const struct sp_pkg_session *s)
{
	sp_auto_buf b = { 0 }, load = { 0 }, disk = { 0 };
	int64_t size = 0, delta = 0;
	size_t n[SP_PKG_KEY + 1] = { 0 };

	for (size_t i = 0; i < s->steps.n; i++) {
		n[s->steps.v[i].action]++;
		delta += s->steps.v[i].delta;
		if (s->steps.v[i].size > 0)
			size += s->steps.v[i].size;
	}
	sp_buf_add(&b, _("sum: "));
	if (n[SP_PKG_INSTALL])
		sp_buf_addf(&b, _("%zu to install, "), n[SP_PKG_INSTALL]);
	if (n[SP_PKG_UPDATE])
		sp_buf_addf(&b, _("%zu to update, "), n[SP_PKG_UPDATE]);
	if (n[SP_PKG_DOWNGRADE])
		sp_buf_addf(&b, _("%zu to downgrade, "), n[SP_PKG_DOWNGRADE]);
	if (n[SP_PKG_REMOVE])
		sp_buf_addf(&b, _("%zu to remove, "), n[SP_PKG_REMOVE]);
	sp_size_format(size, &load);
	sp_size_format(delta < 0 ? -delta : delta, &disk);
	sp_buf_addf(&b,
		    delta < 0 ? _("%s to download, %s less on the disk")
			      : _("%s to download, %s more on the disk"),
		    sp_buf_cstr(&load), sp_buf_cstr(&disk));
	add_space(&b, s->root);
	return sp_buf_take(&b);
}

/* The package's file, if it is here before anything is fetched; owned. */
static int file_here(struct sp_pkg_session *s, int solvable, char **ret,
		     struct sp_err *err)
{
	const char *path = sp_solv_path(s->solv, solvable);
	struct sp_fetch_item it = { 0 };
	int r = 0;

	*ret = sp_strdup0(path);
	if (path)
		return 0;
	r = sp_solv_fetch(s->solv, solvable, &it, err);
	if (r >= 0)
		*ret = sp_asprintf("%s/%s", sp_cache_path(s->cache), it.path);
	sp_fetch_item_clear(&it);
	if (*ret && access(*ret, R_OK) < 0) {
		free(*ret);
		*ret = NULL;
	}
	return r;
}

/* What packages that are here would replace, though it is nobody's. */
static int find_strays(struct sp_pkg_session *s, struct sp_host *h, char **ret,
		       struct sp_err *err)
{
	sp_auto_host *now = sp_host_new(sp_host_root(h));
	sp_auto_rpmdb *db = NULL;
	struct sp_strays strays = { .tell = true };
	int r = s->has_db ? sp_rpmdb_open(s->root, s->dbpath, &db, err)
			  : sp_rpm_init(err);

	for (size_t i = 0; i < s->steps.n && r >= 0; i++) {
		sp_auto_free char *path = NULL;

		if (!s->steps.v[i].solvable)
			continue;
		r = file_here(s, s->steps.v[i].solvable, &path, err);
		if (r >= 0 && path && !strays.dbpath)
			r = sp_strays_begin(&strays, s->dbpath, db, &s->steps,
					    err);
		if (r >= 0 && path)
			r = sp_strays_find(&strays, now, db, path, err);
		if (r == -EBADMSG) { /* it will be fetched again */
			sp_err_clear(err);
			r = 0;
		}
	}
	if (r >= 0)
		r = sp_strays_keep(&strays, h, err);
	if (r >= 0)
		*ret = sp_strays_text(&strays);
	sp_strays_clear(&strays);
	return r;
}

int sp_packages_plan(struct sp_host *h, const struct sp_packages_want *want,
		     struct sp_packages_plan *ret, struct sp_err *err)
{
	struct sp_pkg_session *s = sp_pkg_session_get(h, err);
	int r;

	if (!s)
		return -err->code;
	sp_pkg_session_clear(s);
	r = sp_pkg_resolve(s, h, want, err);
	if (r >= 0 && s->steps.n)
		r = find_strays(s, h, &ret->strays, err);
	if (r < 0)
		return r;
	for (size_t i = 0; i < s->steps.n; i++)
		sp_strv_add_take(&ret->steps, sp_step_text(&s->steps.v[i]));
	if (s->steps.n)
		ret->sums = sums(s);
	return 0;
}
