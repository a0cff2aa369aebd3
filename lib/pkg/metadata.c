/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * metadata.c - the metadata of repositories, verified, as files in the cache.
 *
 * A repository's directory in the cache has a name made of all that its
 * metadata depends on; repomd.xml appears there only when it was verified and
 * everything that was wanted of it is there.
 */
#include "pkg/metadata.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "core/mem.h"
#include "core/xml.h"
#include "pkg/metadata_work.h"

#define REPOMD_MAX ((int64_t)SP_XML_SIZE_MAX)
/* Files that no run has wanted for so long leave the cache. */
#define UNUSED_S (30 * 86400)

/* --- batches -------------------------------------------------------------- */

static void give_up(struct sp_meta_work *w, struct sp_err *why)
{
	w->done = true;
	w->r = -why->code;
	sp_err_clear(&w->m->err);
	w->m->err = *why;
	*why = (struct sp_err){ 0 };
}

static void ask(struct sp_meta_work *w, char *path)
{
	sp_fetch_item_clear(&w->item);
	w->item.access = &w->m->repo->access;
	w->item.path = path;
	w->item.size = -1;
	w->asked = true;
}

/* Fetch what was asked for; each has its own result. */
static int run_batch(struct sp_meta_load *l, struct sp_err *err)
{
	sp_auto_free struct sp_fetch_item *items =
		sp_xcalloc(l->n + 1, sizeof(*items));
	sp_auto_err first = { 0 };
	size_t n = 0;
	int r;

	for (size_t i = 0; i < l->n; i++)
		if (l->v[i].asked)
			items[n++] = l->v[i].item;
	r = sp_fetch_all(l->c, &l->fetch, items, n, &first);
	n = 0;
	for (size_t i = 0; i < l->n; i++) {
		if (!l->v[i].asked)
			continue;
		l->v[i].item = items[n++];
		if (l->v[i].item.r < 0)
			r = 0; /* it is an item's, not all of theirs */
	}
	return r < 0 ? sp_fail(err, first.code, "%s", first.msg) : 0;
}

/* --- mirrors -------------------------------------------------------------- */

static int fetch_mirrors(struct sp_meta_load *l, struct sp_err *err)
{
	int r;

	for (size_t i = 0; i < l->n; i++) {
		struct sp_meta_work *w = &l->v[i];
		const struct sp_repo_conf *conf = w->m->repo;
		const char *url =
			conf->metalink ? conf->metalink : conf->mirrorlist;

		w->asked = false;
		if (w->done || !url)
			continue;
		ask(w, sp_meta_in_dir(w, "mirrors"));
		w->item.max = REPOMD_MAX;
		sp_strv_add(&w->item.urls, url);
	}
	r = run_batch(l, err);
	for (size_t i = 0; i < l->n && r == 0; i++) {
		struct sp_meta_work *w = &l->v[i];
		sp_auto_err why = { 0 };

		if (w->done)
			continue;
		if (w->asked && w->item.r < 0 && !w->m->repo->baseurl.n)
			give_up(w, &w->item.err);
		else if (sp_meta_read_mirrors(l, w, &why) < 0 &&
			 !w->m->repo->baseurl.n)
			give_up(w, &why);
	}
	return r;
}

/* --- repomd.xml, and its signature ---------------------------------------- */

/* Asked of all mirrors that are left. */
static void ask_all(struct sp_meta_work *w, const char *href, char *path)
{
	ask(w, path);
	for (size_t i = 0; i < w->m->bases.n; i++)
		sp_strv_addf(&w->item.urls, "%s%s", w->m->bases.v[i], href);
	w->item.max = REPOMD_MAX;
}

/*
 * The mirror that answered is the first one from now on: what belongs
 * together should come from one place.
 */
static void prefer(struct sp_meta_work *w)
{
	struct sp_strv *bases = &w->m->bases;
	size_t used = w->item.used;
	char *base;

	if (!used || used >= bases->n)
		return;
	base = bases->v[used];
	memmove(bases->v + 1, bases->v, used * sizeof(*bases->v));
	bases->v[0] = base;
}

static int fetch_repomd(struct sp_meta_load *l, struct sp_err *err)
{
	int r;

	for (size_t i = 0; i < l->n; i++) {
		struct sp_meta_work *w = &l->v[i];

		w->asked = false;
		if (w->done)
			continue;
		ask_all(w, SP_REPOMD_PATH, sp_meta_in_dir(w, "repomd.xml.new"));
		sp_checksum_copy(&w->item.sum, &w->mirrors.sum);
		w->item.size = w->mirrors.sum.type ? w->mirrors.size : -1;
	}
	r = run_batch(l, err);
	for (size_t i = 0; i < l->n && r == 0; i++) {
		struct sp_meta_work *w = &l->v[i];

		if (!w->asked)
			continue;
		if (w->item.r < 0) {
			give_up(w, &w->item.err);
			continue;
		}
		prefer(w);
		sp_buf_clear(&w->text);
		r = sp_cache_read(l->c, w->item.path, SP_XML_SIZE_MAX, &w->text,
				  err);
		if (r > 0)
			r = 0;
	}
	return r;
}

/* Signatures come from the mirror of their repomd.xml, and no other. */
static int fetch_signatures(struct sp_meta_load *l, struct sp_err *err)
{
	for (size_t i = 0; i < l->n; i++) {
		struct sp_meta_work *w = &l->v[i];

		w->asked = false;
		if (w->done || !w->m->repo->repo_gpgcheck)
			continue;
		ask(w, sp_meta_in_dir(w, "repomd.xml.asc"));
		w->item.max = SP_KEY_MAX;
		sp_strv_addf(&w->item.urls, "%s" SP_REPOMD_PATH ".asc",
			     w->m->bases.v[0]);
	}
	return run_batch(l, err);
}

static int verify(struct sp_meta_load *l, struct sp_meta_work *w,
		  struct sp_err *err)
{
	sp_auto_buf sig = { 0 };
	int r;

	if (w->item.r < 0)
		return sp_fail(err, w->item.err.code,
			       "repo_gpgcheck is on, and there is no "
			       "signature: %s",
			       w->item.err.msg);
	r = sp_cache_read(l->c, w->item.path, SP_PGP_SIZE_MAX, &sig, err);
	if (r >= 0)
		r = sp_meta_load_keys(l->c, w->m, l->opts, err);
	if (r < 0)
		return r;
	r = sp_keyring_verify(w->m->keys, sp_buf_cstr(&w->text), w->text.len,
			      sp_buf_cstr(&sig), sig.len, err);
	return r < 0 ? sp_wrap(err, "%s" SP_REPOMD_PATH, w->m->bases.v[0]) : 0;
}

/*
 * Is what the first mirror gave good?  If not, the next mirrors are asked in
 * another round, as long as there are any.
 */
static void judge(struct sp_meta_load *l, struct sp_meta_work *w)
{
	sp_auto_err why = { 0 };
	int r = 0;

	if (w->asked)
		r = verify(l, w, &why);
	if (r == 0) {
		r = sp_meta_read_repomd(l->c, w, &w->text, &why);
		if (r < 0)
			(void)sp_wrap(&why, "%s", w->m->bases.v[0]);
	}
	if (r == 0) {
		w->done = true;
		return;
	}
	sp_strv_remove(&w->m->bases, 0);
	if (!w->m->bases.n)
		give_up(w, &why);
}

static int bring_repomd(struct sp_meta_load *l, struct sp_err *err)
{
	bool left = true;
	int r = fetch_mirrors(l, err);

	while (r == 0 && left) {
		left = false;
		r = fetch_repomd(l, err);
		if (r == 0)
			r = fetch_signatures(l, err);
		for (size_t i = 0; i < l->n && r == 0; i++) {
			if (l->v[i].done)
				continue;
			judge(l, &l->v[i]);
			left |= !l->v[i].done;
		}
	}
	return r;
}

/* --- the files that repomd.xml names -------------------------------------- */

static void ask_file(const struct sp_meta *m, const struct sp_meta_file *f,
		     struct sp_fetch_item *it)
{
	*it = (struct sp_fetch_item){ .access = &m->repo->access,
				      .size = f->size,
				      .max = SP_META_SIZE_MAX };
	it->path = sp_cache_file(&f->sum, f->href);
	sp_checksum_copy(&it->sum, &f->sum);
	if (strstr(f->href, "://"))
		sp_strv_add(&it->urls, f->href);
	for (size_t i = 0; !it->urls.n && i < m->bases.n; i++)
		sp_strv_addf(&it->urls, "%s%s", m->bases.v[i], f->href);
}

/* Everything that is wanted of the repositories in @v, in one batch. */
static int bring_files(struct sp_meta_load *l, struct sp_err *err)
{
	size_t n = 0, max = l->n * SP_META_TYPES;
	sp_auto_free struct sp_fetch_item *items =
		sp_xcalloc(max + 1, sizeof(*items));
	sp_auto_free struct sp_meta_file **files =
		sp_xcalloc(max + 1, sizeof(struct sp_meta_file *));
	sp_auto_free size_t *owner = sp_xcalloc(max + 1, sizeof(*owner));
	sp_auto_err first = { 0 };
	bool own = false;
	int r;

	for (size_t i = 0; i < l->n; i++) {
		for (int t = 0; t < SP_META_TYPES; t++) {
			struct sp_meta_file *f = &l->v[i].m->file[t];

			if (l->v[i].r < 0 || f->path || !f->href ||
			    !(l->want & 1u << t))
				continue;
			ask_file(l->v[i].m, f, &items[n]);
			owner[n] = i;
			files[n++] = f;
		}
	}
	r = sp_fetch_all(l->c, &l->fetch, items, n, &first);
	for (size_t i = 0; i < n; i++) {
		struct sp_meta_work *w = &l->v[owner[i]];

		if (items[i].r < 0 && w->r == 0)
			give_up(w, &items[i].err);
		own |= items[i].r < 0;
		if (items[i].r == 0)
			files[i]->path = sp_meta_absolute(l->c, items[i].path);
		sp_fetch_item_clear(&items[i]);
	}
	return r < 0 && !own ? sp_fail(err, first.code, "%s", first.msg) : 0;
}

/* What the old repomd.xml named and the new one does not is of no more use. */
static void drop_old(struct sp_meta_load *l, struct sp_meta_work *w,
		     const char *path)
{
	sp_auto_repomd old = { 0 };
	sp_auto_buf text = { 0 };
	sp_auto_err ignored = { 0 };

	if (sp_cache_read(l->c, path, SP_XML_SIZE_MAX, &text, &ignored) <= 0 ||
	    sp_repomd_parse(sp_buf_cstr(&text), text.len, &old, &ignored) < 0)
		return;
	for (size_t i = 0; i < old.n; i++) {
		sp_auto_free char *file =
			sp_cache_file(&old.v[i].sum, old.v[i].href);
		bool used = false;

		for (int t = 0; t < SP_META_TYPES; t++)
			used |= sp_streq(w->m->file[t].sum.hex,
					 old.v[i].sum.hex);
		if (!used)
			(void)sp_cache_remove(l->c, file, &ignored);
	}
}

/* From now on it is warm. */
static int settle(struct sp_meta_load *l, struct sp_meta_work *w,
		  struct sp_err *err)
{
	sp_auto_free char *path = sp_meta_in_dir(w, "repomd.xml");
	sp_auto_free char *fresh = sp_meta_in_dir(w, "repomd.xml.new");
	int r;

	drop_old(l, w, path);
	r = sp_cache_write(l->c, path, sp_buf_cstr(&w->text), w->text.len, err);
	return r < 0 ? r : sp_cache_remove(l->c, fresh, err);
}

/* --- interface ------------------------------------------------------------ */

static void meta_clear(struct sp_meta *m)
{
	sp_err_clear(&m->err);
	free(m->dir);
	free(m->repomd);
	free(m->cookie);
	free(m->revision);
	sp_strv_clear(&m->bases);
	for (int t = 0; t < SP_META_TYPES; t++)
		sp_meta_file_clear(&m->file[t]);
	sp_keyring_free(m->keys);
	*m = (struct sp_meta){ 0 };
}

void sp_metadata_clear(struct sp_metadata *md)
{
	for (size_t i = 0; i < md->n; i++)
		meta_clear(&md->v[i]);
	free(md->v);
	*md = (struct sp_metadata){ 0 };
}

static void work_clear(struct sp_meta_work *w)
{
	free(w->dir);
	sp_mirrors_clear(&w->mirrors);
	sp_buf_clear(&w->text);
	sp_fetch_item_clear(&w->item);
}

static void add_work(struct sp_meta_load *l, struct sp_meta *m)
{
	struct sp_meta_work *w = &l->v[l->n++];

	*w = (struct sp_meta_work){ .m = m };
	w->mirrors.size = -1;
	w->dir = sp_meta_dir(m->repo);
	if (!m->dir)
		m->dir = sp_meta_absolute(l->c, w->dir);
}

/* Repositories that are not there: may they be skipped? */
static int outcome(struct sp_meta_work *w, struct sp_err *err)
{
	struct sp_meta *m = w->m;

	if (w->r == 0)
		return 0;
	if (m->repo->skip_if_unavailable) {
		m->skipped = true;
		return 0;
	}
	return sp_fail(err, m->err.code, "repository \"%s\": %s", m->repo->id,
		       m->err.msg);
}

static int load_cold(struct sp_meta_load *l, struct sp_err *err)
{
	int r = bring_repomd(l, err);

	if (r == 0)
		r = bring_files(l, err);
	for (size_t i = 0; i < l->n && r == 0; i++) {
		if (l->v[i].r == 0)
			r = settle(l, &l->v[i], err);
		if (r == 0)
			r = outcome(&l->v[i], err);
	}
	return r;
}

static void begin_load(struct sp_meta_load *l, struct sp_cache *c,
		       const struct sp_meta_opts *opts, unsigned want, size_t n)
{
	static const struct sp_meta_opts defaults;

	*l = (struct sp_meta_load){ .c = c,
				    .opts = opts ? opts : &defaults,
				    .want = want };
	l->fetch = l->opts->fetch;
	l->v = sp_xcalloc(n + 1, sizeof(*l->v));
}

static void end_load(struct sp_meta_load *l)
{
	for (size_t i = 0; i < l->n; i++)
		work_clear(&l->v[i]);
	free(l->v);
}

int sp_metadata_load(struct sp_cache *c, const struct sp_repos *repos,
		     unsigned want, const struct sp_meta_opts *opts,
		     struct sp_metadata *ret, struct sp_err *err)
{
	sp_auto_fetcher *fetcher = NULL;
	sp_auto_metadata md = { 0 };
	struct sp_meta_load l;
	int r = 0;

	md.v = sp_xcalloc(repos->n + 1, sizeof(*md.v));
	begin_load(&l, c, opts, want | 1u << SP_META_PRIMARY, repos->n);
	for (size_t i = 0; i < repos->n; i++) {
		struct sp_meta *m = &md.v[md.n++];

		m->repo = &repos->v[i];
		add_work(&l, m);
		if (!sp_meta_try_warm(&l, &l.v[l.n - 1]))
			continue;
		work_clear(&l.v[--l.n]);
	}
	if (l.n && !l.fetch.fetcher)
		l.fetch.fetcher = fetcher = sp_fetcher_new();
	if (l.n)
		r = load_cold(&l, err);
	if (l.n && r == 0)
		sp_cache_tidy(c, "files", UNUSED_S);
	end_load(&l);
	if (r < 0)
		return r;
	*ret = md;
	md = (struct sp_metadata){ 0 };
	return 0;
}

int sp_metadata_more(struct sp_cache *c, struct sp_meta *m, unsigned want,
		     const struct sp_meta_opts *opts, struct sp_err *err)
{
	struct sp_meta_load l;
	int r;

	for (int t = 0; t < SP_META_TYPES; t++)
		if ((want & 1u << t) && m->file[t].href && !m->file[t].path)
			(void)sp_meta_have_file(c, &m->file[t]);
	begin_load(&l, c, opts, want, 1);
	add_work(&l, m);
	r = bring_files(&l, err);
	if (r == 0 && l.v[0].r < 0)
		r = sp_fail(err, m->err.code, "repository \"%s\": %s",
			    m->repo->id, m->err.msg);
	end_load(&l);
	return r;
}

/* --- packages ------------------------------------------------------------- */

int sp_metadata_package(const struct sp_meta *m, const char *href,
			const char *base, const char *sum_type, const char *sum,
			int64_t size, struct sp_fetch_item *ret,
			struct sp_err *err)
{
	struct sp_fetch_item it = { .access = &m->repo->access, .size = size };
	int r = sp_checksum_parse(sum_type, sum, &it.sum, err);

	for (size_t i = 0; r == 0 && i < m->bases.n; i++) {
		char *url = NULL;

		r = sp_href_url(m->bases.v[i], base, href, &url, err);
		if (r == 0)
			sp_strv_add_take(&it.urls, url);
		if (base)
			break; /* the same for all of them */
	}
	if (r < 0) {
		sp_fetch_item_clear(&it);
		return sp_wrap(err, "repository \"%s\"", m->repo->id);
	}
	it.path = sp_cache_file(&it.sum, href);
	*ret = it;
	return 0;
}
