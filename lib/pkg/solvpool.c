/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * solvpool.c - fill libsolv's pool: the database, package files; what it knows
 * of one package.
 */
#include "pkg/solvpool.h"

#include <errno.h>
#include <string.h>

#include <solv/chksum.h>
#include <solv/repo_rpmdb.h>
#include <solv/solv_xfopen.h>

#include "core/mem.h"

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

/* --- package files -------------------------------------------------------------- */

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
