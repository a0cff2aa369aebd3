/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * solvmeta.c - fill libsolv's pool: metadata of repositories.
 *
 * Parsed metadata are kept as .solv files beside what they were made of.  A
 * truncated one loads without complaint, so they are written to a temporary
 * name and are only looked for in a directory that is ours alone (cache.h).
 * Lists of files are kept apart: together libsolv takes minutes to write them.
 */
#include "pkg/solvpool.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <solv/repo_comps.h>
#include <solv/repo_rpmmd.h>
#include <solv/repo_solv.h>
#include <solv/repo_updateinfoxml.h>
#include <solv/repo_write.h>
#include <solv/solv_xfopen.h>

#include "core/mem.h"
#include "core/run.h"
#include "pkg/xmlskip.h"

/* Of our .solv files; another libsolv writes another format. */
#define FORMAT "sprout 1 " LIBSOLV_VERSION_STRING " "

/* --- .solv files ---------------------------------------------------------------- */

static char *cookie(const struct sp_meta *m, const char *what)
{
	return sp_asprintf(FORMAT "%s %s", what, m->cookie);
}

/* The .solv file, when there is one that was made of this very metadata. */
static FILE *open_solv(const struct sp_meta *m, const char *what)
{
	sp_auto_free char *path = sp_asprintf("%s/%s.solv", m->dir, what);
	sp_auto_free char *want = cookie(m, what);
	sp_auto_fclose FILE *f = fopen(path, "re");
	unsigned char *have = NULL;
	int len = 0;
	bool ok;

	if (!f)
		return NULL;
	ok = solv_read_userdata(f, &have, &len) == 0 && have &&
	     (size_t)len == strlen(want) &&
	     memcmp(have, want, (size_t)len) == 0;
	solv_free(have);
	if (!ok)
		return NULL;
	rewind(f);
	return sp_take(&f);
}

static bool load_solv(Repo *repo, const struct sp_meta *m, const char *what,
		      int flags)
{
	sp_auto_fclose FILE *f = open_solv(m, what);

	return f && repo_add_solv(repo, f, flags) == 0;
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

/* --- metadata ------------------------------------------------------------------- */

static int open_meta(const struct sp_meta *m, enum sp_meta_type type,
		     FILE **ret, struct sp_err *err)
{
	const char *path = m->file[type].path;
	FILE *f = solv_xfopen(path, "r");

	*ret = f ? sp_xmlskip(f, "description") : NULL;
	if (!*ret)
		return sp_fail_errno(err, errno ? errno : EIO,
				     "repository \"%s\": %s", m->repo->id,
				     path);
	return 0;
}

static int fail_parse(const struct pool_repo *r, enum sp_meta_type type,
		      struct sp_err *err)
{
	return sp_fail(err, EBADMSG, "repository \"%s\": %s: %s",
		       r->meta->repo->id, r->meta->file[type].href,
		       pool_errstr(r->repo->pool));
}

/* What is kept as a .solv file. */
struct part {
	enum sp_meta_type type;
	const char *name;
	int flags;
};
static const struct part primary = { SP_META_PRIMARY, "primary", 0 };
static const struct part filelists = { SP_META_FILELISTS, "filelists",
				       REPO_EXTEND_SOLVABLES | REPO_LOCALPOOL };

static int add_part(const struct pool_repo *r, const struct part *part,
		    struct sp_err *err)
{
	sp_auto_fclose FILE *f = NULL;
	const Id data = r->repo->nrepodata;

	if (!r->meta->file[part->type].path ||
	    load_solv(r->repo, r->meta, part->name, part->flags))
		return 0;
	if (open_meta(r->meta, part->type, &f, err) < 0)
		return -err->code;
	if (repo_add_rpmmd(r->repo, f, NULL, part->flags) != 0)
		return fail_parse(r, part->type, err);
	repo_internalize(r->repo);
	if (!(part->flags & REPO_EXTEND_SOLVABLES))
		save_solv(r->repo, 0, r->meta, part->name);
	else if (r->repo->nrepodata > data)
		save_solv(r->repo, data, r->meta, part->name);
	return 0;
}

static bool has_to_parse(const struct pool_repo *r, const struct part *part)
{
	sp_auto_fclose FILE *f = NULL;

	if (!r->meta || !r->meta->file[part->type].path)
		return false;
	f = open_solv(r->meta, part->name);
	return !f;
}

static void await(pid_t pid)
{
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

/*
 * Several that have to be parsed are, each by a process of its own that leaves
 * a .solv file; as many at once as there are processors.  A process that fails
 * leaves none, and add_part() finds out why.
 */
static void parse_apart(const struct sp_solv *s, const struct part *part)
{
	sp_auto_free const struct pool_repo **repos =
		sp_xcalloc(s->n_repos + 1, sizeof(*repos));
	sp_auto_free pid_t *pids = sp_xcalloc(s->n_repos + 1, sizeof(*pids));
	const size_t at_once = (size_t)sp_run_processors();
	size_t n = 0, begun = 0, ended = 0;

	for (size_t i = 0; i < s->n_repos; i++)
		if (has_to_parse(&s->repos[i], part))
			repos[n++] = &s->repos[i];
	for (size_t i = 0; n > 1 && i < n; i++) {
		sp_auto_err ignored = { 0 };

		if (begun - ended == at_once)
			await(pids[ended++]);
		pids[begun] = fork();
		if (pids[begun] == 0) {
			(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
			(void)add_part(repos[i], part, &ignored);
			_exit(0);
		}
		begun += pids[begun] > 0;
	}
	while (ended < begun)
		await(pids[ended++]);
}

/* What is parsed each time. */
static int add_whole(const struct pool_repo *r, enum sp_meta_type type,
		     int (*add)(Repo *repo, FILE *f, int flags),
		     struct sp_err *err)
{
	sp_auto_fclose FILE *f = NULL;

	if (!r->meta->file[type].path)
		return 0;
	if (open_meta(r->meta, type, &f, err) < 0)
		return -err->code;
	return add(r->repo, f, 0) != 0 ? fail_parse(r, type, err) : 0;
}

int sp_solv_add_repos(struct sp_solv *s, const struct sp_metadata *md,
		      struct sp_err *err)
{
	int r = 0;

	for (size_t i = 0; i < md->n; i++) {
		const struct sp_meta *m = &md->v[i];
		Repo *repo;

		if (m->skipped)
			continue;
		repo = repo_create(s->pool, m->repo->id);
		/* libsolv prefers the higher number */
		repo->priority = -m->repo->priority;
		repo->subpriority = -m->repo->cost;
		s->repos = sp_grow(s->repos, s->n_repos, sizeof(*s->repos));
		s->repos[s->n_repos++] = (struct pool_repo){ m, repo };
	}
	parse_apart(s, &primary);
	for (size_t i = 0; i < s->n_repos && r >= 0; i++) {
		r = add_part(&s->repos[i], &primary, err);
		if (r >= 0)
			r = add_whole(&s->repos[i], SP_META_UPDATEINFO,
				      repo_add_updateinfoxml, err);
		if (r >= 0)
			r = add_whole(&s->repos[i], SP_META_GROUP,
				      repo_add_comps, err);
	}
	return r;
}

int sp_solv_add_filelists(struct sp_solv *s, struct sp_err *err)
{
	int r = 0;

	s->prepared = false;
	s->filelists = true;
	parse_apart(s, &filelists);
	for (size_t i = 0; i < s->n_repos && r >= 0; i++)
		if (s->repos[i].meta)
			r = add_part(&s->repos[i], &filelists, err);
	return r;
}
