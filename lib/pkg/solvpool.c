/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * solvpool.c - fill libsolv's pool: the database, metadata, package files.
 *
 * Parsed metadata are kept as .solv files beside what they were made of.  A
 * truncated one loads without complaint, so they are written to a temporary
 * name and are only looked for in a directory that is ours alone (cache.h).
 * Lists of files are kept apart: together libsolv takes minutes to write them.
 */
#include "pkg/solvpool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <solv/chksum.h>
#include <solv/repo_comps.h>
#include <solv/repo_rpmdb.h>
#include <solv/repo_rpmmd.h>
#include <solv/repo_solv.h>
#include <solv/repo_updateinfoxml.h>
#include <solv/repo_write.h>
#include <solv/solv_xfopen.h>

#include "core/mem.h"

/* Of our .solv files; another libsolv writes another format. */
#define FORMAT "sprout 1 " LIBSOLV_VERSION_STRING " "

struct sp_solv *sp_solv_new(const struct sp_repos *conf, const char *running)
{
	struct sp_solv *s = sp_xcalloc(1, sizeof(*s));

	s->pool = pool_create();
	(void)pool_setdisttype(s->pool, DISTTYPE_RPM);
	pool_setarch(s->pool, conf->arch);
	s->conf = conf;
	s->running = sp_strdup0(running);
	return s;
}

void sp_solv_free(struct sp_solv *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->n_files; i++) {
		free(s->files[i].path);
		free(s->files[i].from);
	}
	free(s->files);
	free(s->repos);
	free(s->running);
	pool_free(s->pool);
	free(s);
}

/* --- what is installed -------------------------------------------------------- */

struct reader {
	Repo *repo;
	void *state;
};

static int add_header(void *arg, const struct sp_installed *p,
		      struct sp_err *err)
{
	struct reader *r = arg;
	void *handle = rpm_byrpmh(r->state, p->header);

	if (!handle ||
	    !repo_add_rpm_handle(r->repo, handle,
				 REPO_REUSE_REPODATA | REPO_NO_INTERNALIZE |
					 RPM_ADD_NO_RPMLIBREQS))
		return sp_fail(err, EBADMSG, "package %s-%s: %s", p->name,
			       p->evr, pool_errstr(r->repo->pool));
	return 0;
}

int sp_solv_add_installed(struct sp_solv *s, struct sp_rpmdb *db,
			  struct sp_err *err)
{
	struct reader reader = {
		.repo = repo_create(s->pool, "@System"),
		.state = rpm_state_create(s->pool, NULL),
	};
	int r = sp_rpmdb_each(db, add_header, &reader, err);

	repo_internalize(reader.repo);
	pool_set_installed(s->pool, reader.repo);
	(void)rpm_state_free(reader.state);
	return r;
}

/* --- metadata ------------------------------------------------------------------- */

static char *cookie(const struct sp_meta *m, const char *what)
{
	return sp_asprintf(FORMAT "%s %s", what, m->cookie);
}

static bool load_solv(Repo *repo, const struct sp_meta *m, const char *what,
		      int flags)
{
	sp_auto_free char *path = sp_asprintf("%s/%s.solv", m->dir, what);
	sp_auto_free char *want = cookie(m, what);
	sp_auto_fclose FILE *f = fopen(path, "re");
	unsigned char *have = NULL;
	int len = 0;
	bool ok;

	if (!f)
		return false;
	ok = solv_read_userdata(f, &have, &len) == 0 && have &&
	     (size_t)len == strlen(want) &&
	     memcmp(have, want, (size_t)len) == 0;
	solv_free(have);
	if (!ok)
		return false;
	rewind(f);
	return repo_add_solv(repo, f, flags) == 0;
}

/*
 * A cache that cannot be written costs time only.  @data: the part to write,
 * 0 for all of it.
 */
static void save_solv(Repo *repo, Id data, const struct sp_meta *m,
		      const char *what)
{
	sp_auto_free char *path = sp_asprintf("%s/%s.solv", m->dir, what);
	sp_auto_free char *part = sp_asprintf("%s.%ld", path, (long)getpid());
	sp_auto_free char *mark = cookie(m, what);
	FILE *f = fopen(part, "we");
	Repowriter *w;
	bool ok;

	if (!f)
		return;
	w = repowriter_create(repo);
	repowriter_set_userdata(w, mark, (int)strlen(mark));
	if (data) {
		repowriter_set_repodatarange(w, data, data + 1);
		repowriter_set_flags(w, REPOWRITER_NO_STORAGE_SOLVABLE);
	}
	ok = repowriter_write(w, f) == 0 && fflush(f) == 0 &&
	     fsync(fileno(f)) == 0;
	(void)repowriter_free(w);
	ok = fclose(f) == 0 && ok;
	if (!ok || rename(part, path) != 0)
		(void)unlink(part);
}

static int open_meta(const struct sp_meta *m, enum sp_meta_type type,
		     FILE **ret, struct sp_err *err)
{
	const char *path = m->file[type].path;

	*ret = solv_xfopen(path, "r");
	if (!*ret)
		return sp_fail_errno(err, errno ? errno : EIO,
				     "repository \"%s\": %s", m->repo->id,
				     path);
	return 0;
}

typedef int add_fn(Repo *repo, FILE *f, int flags);

static int add_rpmmd(Repo *repo, FILE *f, int flags)
{
	return repo_add_rpmmd(repo, f, NULL, flags);
}

/* One file of metadata, from the .solv file @what or parsed. */
static int add_meta(Repo *repo, const struct sp_meta *m, enum sp_meta_type type,
		    const char *what, add_fn *add, int flags,
		    struct sp_err *err)
{
	sp_auto_fclose FILE *f = NULL;
	Id data = repo->nrepodata;
	int r;

	if (!m->file[type].path)
		return 0;
	if (load_solv(repo, m, what, flags))
		return 0;
	r = open_meta(m, type, &f, err);
	if (r < 0)
		return r;
	if (add(repo, f, flags) != 0)
		return sp_fail(err, EBADMSG, "repository \"%s\": %s: %s",
			       m->repo->id, m->file[type].href,
			       pool_errstr(repo->pool));
	repo_internalize(repo);
	if (!(flags & REPO_EXTEND_SOLVABLES))
		save_solv(repo, 0, m, what);
	else if (repo->nrepodata > data)
		save_solv(repo, data, m, what);
	return 0;
}

int sp_solv_add_repo(struct sp_solv *s, const struct sp_meta *m,
		     struct sp_err *err)
{
	Repo *repo;
	int r;

	if (m->skipped)
		return 0;
	repo = repo_create(s->pool, m->repo->id);
	/* libsolv prefers the higher number */
	repo->priority = -m->repo->priority;
	repo->subpriority = -m->repo->cost;
	s->repos = sp_grow(s->repos, s->n_repos, sizeof(*s->repos));
	s->repos[s->n_repos++] = (struct pool_repo){ m, repo };
	r = add_meta(repo, m, SP_META_PRIMARY, "primary", add_rpmmd, 0, err);
	if (r >= 0 && m->file[SP_META_UPDATEINFO].path) {
		sp_auto_fclose FILE *f = NULL;

		r = open_meta(m, SP_META_UPDATEINFO, &f, err);
		if (r >= 0 && repo_add_updateinfoxml(repo, f, 0) != 0)
			r = sp_fail(err, EBADMSG, "repository \"%s\": %s: %s",
				    m->repo->id,
				    m->file[SP_META_UPDATEINFO].href,
				    pool_errstr(s->pool));
	}
	if (r >= 0 && m->file[SP_META_GROUP].path) {
		sp_auto_fclose FILE *f = NULL;

		r = open_meta(m, SP_META_GROUP, &f, err);
		if (r >= 0 && repo_add_comps(repo, f, 0) != 0)
			r = sp_fail(err, EBADMSG, "repository \"%s\": %s: %s",
				    m->repo->id, m->file[SP_META_GROUP].href,
				    pool_errstr(s->pool));
	}
	return r;
}

int sp_solv_add_filelists(struct sp_solv *s, const struct sp_meta *m,
			  struct sp_err *err)
{
	s->prepared = false;
	s->filelists = true;
	for (size_t i = 0; i < s->n_repos; i++)
		if (s->repos[i].meta == m)
			return add_meta(s->repos[i].repo, m, SP_META_FILELISTS,
					"filelists", add_rpmmd,
					REPO_EXTEND_SOLVABLES | REPO_LOCALPOOL,
					err);
	return 0;
}

int sp_solv_add_file(struct sp_solv *s, const char *path, const char *from,
		     struct sp_err *err)
{
	Repo *repo = NULL;
	Id p;

	for (size_t i = 0; i < s->n_repos; i++)
		if (!s->repos[i].meta)
			repo = s->repos[i].repo;
	if (!repo) {
		repo = repo_create(s->pool, "@files");
		s->repos = sp_grow(s->repos, s->n_repos, sizeof(*s->repos));
		s->repos[s->n_repos++] = (struct pool_repo){ NULL, repo };
	}
	p = repo_add_rpm(repo, path, REPO_REUSE_REPODATA);
	if (!p)
		return sp_fail(err, EBADMSG, "%s: %s", path,
			       pool_errstr(s->pool));
	s->prepared = false;
	s->files = sp_grow(s->files, s->n_files, sizeof(*s->files));
	s->files[s->n_files++] = (struct pool_file){
		.p = p,
		.path = sp_xstrdup(path),
		.from = sp_xstrdup(from),
	};
	return 0;
}

void sp_solv_hide(struct sp_solv *s, const struct sp_meta *m,
		  sp_solv_hide_fn *hides, void *arg)
{
	Pool *pool = s->pool;
	Repo *repo = NULL;
	Id p;
	Solvable *v;

	for (size_t i = 0; i < s->n_repos; i++)
		if (s->repos[i].meta == m)
			repo = s->repos[i].repo;
	if (!repo)
		return;
	if (!pool->considered) {
		pool->considered = solv_calloc(1, sizeof(Map));
		map_init(pool->considered, pool->nsolvables);
		map_setall(pool->considered);
	}
	map_grow(pool->considered, pool->nsolvables);
	FOR_REPO_SOLVABLES(repo, p, v)
	{
		if (!hides(arg, pool_id2str(pool, v->name),
			   pool_id2str(pool, v->evr),
			   pool_id2str(pool, v->arch)))
			continue;
		MAPCLR(pool->considered, p);
	}
}

int sp_solv_prepare(struct sp_solv *s, struct sp_err *err)
{
	(void)err;
	if (s->prepared)
		return 0;
	pool_addfileprovides(s->pool);
	pool_createwhatprovides(s->pool);
	s->prepared = true;
	return 0;
}

/* --- about one package ------------------------------------------------------------ */

const struct sp_meta *sp_solv_meta(struct sp_solv *s, int p)
{
	Repo *repo = pool_id2solvable(s->pool, p)->repo;

	for (size_t i = 0; i < s->n_repos; i++)
		if (s->repos[i].repo == repo)
			return s->repos[i].meta;
	return NULL;
}

static const struct pool_file *find_file(struct sp_solv *s, Id p)
{
	for (size_t i = 0; i < s->n_files; i++)
		if (s->files[i].p == p)
			return &s->files[i];
	return NULL;
}

const char *sp_solv_path(struct sp_solv *s, int p)
{
	const struct pool_file *f = find_file(s, p);

	return f ? f->path : NULL;
}

const char *sp_solv_from(struct sp_solv *s, Id p)
{
	const struct pool_file *f = find_file(s, p);

	return f ? f->from : pool_id2solvable(s->pool, p)->repo->name;
}

int sp_solv_fetch(struct sp_solv *s, int p, struct sp_fetch_item *ret,
		  struct sp_err *err)
{
	Solvable *v = pool_id2solvable(s->pool, p);
	const struct sp_meta *m = sp_solv_meta(s, p);
	const char *base = solvable_lookup_str(v, SOLVABLE_MEDIABASE);
	const char *href = solvable_get_location(v, NULL);
	Id type = 0;
	const char *sum = solvable_lookup_checksum(v, SOLVABLE_CHECKSUM, &type);
	int64_t size =
		(int64_t)solvable_lookup_num(v, SOLVABLE_DOWNLOADSIZE, 0);
	sp_auto_free char *sum_copy = sp_strdup0(sum);
	sp_auto_free char *href_copy = sp_strdup0(href);

	if (!m || !href || !sum)
		return sp_fail(err, EBADMSG,
			       "repository \"%s\": %s has no location or no "
			       "checksum",
			       v->repo->name, pool_solvid2str(s->pool, p));
	return sp_metadata_package(m, href_copy, base,
				   solv_chksum_type2str(type), sum_copy, size,
				   ret, err);
}

int sp_solv_find(struct sp_solv *s, const char *text)
{
	Pool *pool = s->pool;
	sp_auto_nevra n = { 0 };
	sp_auto_err ignored = { 0 };
	Id name, evr, arch, p;

	if (sp_nevra_parse(text, &n, &ignored) < 0)
		return 0;
	name = pool_str2id(pool, n.name, 0);
	evr = pool_str2id(pool, n.evr, 0);
	arch = pool_str2id(pool, n.arch, 0);
	if (!name || !evr || !arch)
		return 0;
	FOR_POOL_SOLVABLES(p)
	{
		Solvable *v = pool_id2solvable(pool, p);

		if (v->name == name && v->evr == evr && v->arch == arch &&
		    v->repo != pool->installed)
			return p;
	}
	return 0;
}

int sp_solv_read_text(const char *path, size_t max, struct sp_buf *ret,
		      struct sp_err *err)
{
	FILE *f = solv_xfopen(path, "r");
	sp_auto_free char *data = sp_xmalloc(1 << 16);
	size_t n;
	bool bad;

	if (!f)
		return sp_fail_errno(err, errno ? errno : EIO, "%s", path);
	while (ret->len <= max && (n = fread(data, 1, 1 << 16, f)) > 0)
		sp_buf_addn(ret, data, n);
	bad = ferror(f) != 0;
	if (fclose(f) != 0 || bad)
		return sp_fail(err, EBADMSG, "%s: cannot be unpacked", path);
	if (ret->len > max)
		return sp_fail(err, EFBIG,
			       "%s: unpacked it has more than %zu bytes", path,
			       max);
	return 0;
}
