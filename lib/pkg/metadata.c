/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * metadata.c - the metadata of repositories, verified, as files in the cache.
 *
 * A repository's directory in the cache has a name made of all that its
 * metadata depends on; repomd.xml appears there only when it was verified and
 * everything that was wanted of it is there.
 */
#include "pkg/metadata.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <time.h>

#include "core/mem.h"
#include "core/xml.h"
#include "pkg/openpgp.h"
#include "pkg/repomd.h"

#define REPOMD_MAX ((int64_t)SP_XML_SIZE_MAX)
#define KEY_MAX ((int64_t)SP_PGP_SIZE_MAX)
/* Files that no run has wanted for so long leave the cache. */
#define UNUSED_S (30 * 86400)
#define DAY_S 86400

static const char *const type_names[SP_META_TYPES][5] = {
	[SP_META_PRIMARY] = { "primary" },
	[SP_META_FILELISTS] = { "filelists" },
	[SP_META_UPDATEINFO] = { "updateinfo" },
	[SP_META_GROUP] = { "group_gz", "group_xz", "group_zst", "group" },
	[SP_META_MODULES] = { "modules" },
};

/* One repository while it is brought. */
struct work {
	struct sp_meta *m;
	char *dir; /* in the cache, "repos/..." */
	struct sp_mirrors mirrors;
	struct sp_buf text; /* repomd.xml */
	bool done;	    /* repomd.xml is good; or it was given up */
	int r;		    /* why it was given up: m->err */
	/* What it wants of the batch that runs. */
	struct sp_fetch_item item;
	bool asked;
};

struct load {
	struct sp_cache *c;
	const struct sp_meta_opts *opts;
	struct sp_fetch_opts fetch;
	unsigned want;
	struct work *v;
	size_t n;
};

/* --- names in the cache --------------------------------------------------- */

static char *dir_of(const struct sp_repo_conf *conf)
{
	sp_auto_buf text = { 0 }, name = { 0 };
	sp_auto_free char *sum = NULL;

	for (size_t i = 0; i < conf->baseurl.n; i++)
		sp_buf_addf(&text, "%s\n", conf->baseurl.v[i]);
	sp_buf_addf(&text, "m %s\nl %s\n",
		    conf->mirrorlist ? conf->mirrorlist : "",
		    conf->metalink ? conf->metalink : "");
	for (size_t i = 0; conf->repo_gpgcheck && i < conf->gpgkey.n; i++)
		sp_buf_addf(&text, "k %s\n", conf->gpgkey.v[i]);
	if (conf->repo_gpgcheck)
		sp_buf_add(&text, "signed\n");
	sum = sp_digest_hex(SP_DIGEST_SHA256, text.data, text.len);
	for (const char *p = conf->id; *p && name.len < 100; p++)
		sp_buf_addc(&name, isalnum((unsigned char)*p) ||
						   strchr("_-:", *p) ||
						   (*p == '.' && name.len)
					   ? *p
					   : '_');
	return sp_asprintf("repos/%s-%.16s", sp_buf_cstr(&name), sum);
}

static char *in_dir(const struct work *w, const char *name)
{
	return sp_asprintf("%s/%s", w->dir, name);
}

static char *absolute(const struct sp_cache *c, const char *path)
{
	return sp_asprintf("%s/%s", sp_cache_path(c), path);
}

/* --- repomd.xml into struct sp_meta --------------------------------------- */

static void file_clear(struct sp_meta_file *f)
{
	free(f->path);
	free(f->href);
	sp_checksum_clear(&f->sum);
	sp_checksum_clear(&f->open_sum);
	*f = (struct sp_meta_file){ .size = -1, .open_size = -1 };
}

static void take_entry(struct sp_meta_file *f, const struct sp_repomd_entry *e)
{
	file_clear(f);
	if (!e)
		return;
	/* with xml:base it is a URL, and says so */
	f->href =
		e->base ? sp_asprintf("%s%s%s", e->base,
				      sp_ends(e->base, "/") ? "" : "/", e->href)
			: sp_xstrdup(e->href);
	sp_checksum_copy(&f->sum, &e->sum);
	sp_checksum_copy(&f->open_sum, &e->open_sum);
	f->size = e->size;
	f->open_size = e->open_size;
}

/* What repomd.xml says; every location is checked against the first base. */
static int read_repomd(struct sp_cache *c, struct work *w,
		       const struct sp_buf *text, struct sp_err *err)
{
	struct sp_meta *m = w->m;
	sp_auto_repomd md = { 0 };
	sp_auto_free char *path = in_dir(w, "repomd.xml");
	int r = sp_repomd_parse(sp_buf_cstr(text), text->len, &md, err);

	for (size_t i = 0; r == 0 && i < md.n && m->bases.n; i++) {
		sp_auto_free char *url = NULL;

		r = sp_href_url(m->bases.v[0], md.v[i].base, md.v[i].href, &url,
				err);
	}
	if (r == 0 && !sp_repomd_find(&md, type_names[SP_META_PRIMARY]))
		r = sp_fail(err, EBADMSG, "has no primary metadata");
	if (r < 0)
		return sp_wrap(err, "repomd.xml");
	for (int t = 0; t < SP_META_TYPES; t++)
		take_entry(&m->file[t], sp_repomd_find(&md, type_names[t]));
	free(m->revision);
	m->revision = sp_take(&md.revision);
	free(m->cookie);
	m->cookie =
		sp_digest_hex(SP_DIGEST_SHA256, sp_buf_cstr(text), text->len);
	free(m->repomd);
	m->repomd = absolute(c, path);
	return 0;
}

/* --- warm ----------------------------------------------------------------- */

/* Is a wanted file in the cache?  Its size says so; the name is its sum. */
static bool have_file(struct sp_cache *c, struct sp_meta_file *f)
{
	sp_auto_free char *path = sp_cache_file(&f->sum, f->href);
	sp_auto_err ignored = { 0 };
	int64_t size, age;

	if (sp_cache_stat(c, path, &size, &age, &ignored) <= 0 ||
	    (f->size >= 0 && size != f->size))
		return false;
	if (age > DAY_S)
		(void)sp_cache_touch(c, path, &ignored);
	free(f->path);
	f->path = absolute(c, path);
	return true;
}

static int read_mirrors(struct load *l, struct work *w, struct sp_err *err)
{
	const struct sp_repo_conf *conf = w->m->repo;
	const char *url = conf->metalink ? conf->metalink : conf->mirrorlist;
	sp_auto_free char *path = in_dir(w, "mirrors");
	sp_auto_buf text = { 0 };
	int r;

	sp_mirrors_clear(&w->mirrors);
	sp_strv_clear(&w->m->bases);
	for (size_t i = 0; i < conf->baseurl.n; i++)
		sp_strv_addf(&w->m->bases, "%s%s", conf->baseurl.v[i],
			     sp_ends(conf->baseurl.v[i], "/") ? "" : "/");
	if (!url)
		return 0;
	r = sp_cache_read(l->c, path, SP_XML_SIZE_MAX, &text, err);
	if (r > 0)
		r = sp_mirrors_parse(sp_buf_cstr(&text), text.len, &w->mirrors,
				     err);
	if (r < 0)
		return sp_wrap(err, "%s", url);
	for (size_t i = 0; i < w->mirrors.bases.n; i++) {
		const char *base = w->mirrors.bases.v[i];

		/* nobody out there sends us to our own files */
		if (sp_starts(base, "file:") && !sp_starts(url, "file:"))
			continue;
		if (!sp_strv_has(&w->m->bases, base))
			sp_strv_add(&w->m->bases, base);
	}
	if (!w->m->bases.n)
		return sp_fail(err, EBADMSG, "%s: there is no mirror in it",
			       url);
	return 0;
}

/* Can the repository be used as it is in the cache? */
static bool try_warm(struct load *l, struct work *w)
{
	const struct sp_repo_conf *conf = w->m->repo;
	sp_auto_free char *path = in_dir(w, "repomd.xml");
	sp_auto_buf text = { 0 };
	sp_auto_err ignored = { 0 };
	int64_t size, age;
	bool old;

	if (sp_cache_stat(l->c, path, &size, &age, &ignored) <= 0)
		return false;
	old = age < 0 || l->opts->refresh ||
	      (conf->expire_s >= 0 && age >= conf->expire_s);
	if (old && !l->fetch.offline)
		return false;
	if (read_mirrors(l, w, &ignored) < 0 ||
	    sp_cache_read(l->c, path, SP_XML_SIZE_MAX, &text, &ignored) <= 0 ||
	    read_repomd(l->c, w, &text, &ignored) < 0)
		return false;
	for (int t = 0; t < SP_META_TYPES; t++)
		if ((l->want & 1u << t) && w->m->file[t].href &&
		    !have_file(l->c, &w->m->file[t]))
			return false;
	w->m->warm = true;
	w->m->age_s = age;
	return true;
}

/* --- batches -------------------------------------------------------------- */

static void give_up(struct work *w, struct sp_err *why)
{
	w->done = true;
	w->r = -why->code;
	sp_err_clear(&w->m->err);
	w->m->err = *why;
	*why = (struct sp_err){ 0 };
}

static void ask(struct work *w, char *path)
{
	sp_fetch_item_clear(&w->item);
	w->item.access = &w->m->repo->access;
	w->item.path = path;
	w->item.size = -1;
	w->asked = true;
}

/* Fetch what was asked for; each has its own result. */
static int run_batch(struct load *l, struct sp_err *err)
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

static int fetch_mirrors(struct load *l, struct sp_err *err)
{
	int r;

	for (size_t i = 0; i < l->n; i++) {
		struct work *w = &l->v[i];
		const struct sp_repo_conf *conf = w->m->repo;
		const char *url =
			conf->metalink ? conf->metalink : conf->mirrorlist;

		w->asked = false;
		if (w->done || !url)
			continue;
		ask(w, in_dir(w, "mirrors"));
		w->item.max = REPOMD_MAX;
		sp_strv_add(&w->item.urls, url);
	}
	r = run_batch(l, err);
	for (size_t i = 0; i < l->n && r == 0; i++) {
		struct work *w = &l->v[i];
		sp_auto_err why = { 0 };

		if (w->done)
			continue;
		if (w->asked && w->item.r < 0 && !w->m->repo->baseurl.n)
			give_up(w, &w->item.err);
		else if (read_mirrors(l, w, &why) < 0 && !w->m->repo->baseurl.n)
			give_up(w, &why);
	}
	return r;
}

/* --- repomd.xml, and its signature ---------------------------------------- */

static int load_keys(struct sp_cache *c, struct sp_meta *m,
		     const struct sp_meta_opts *opts, struct sp_err *err);

/* Asked of all mirrors that are left. */
static void ask_all(struct work *w, const char *href, char *path)
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
static void prefer(struct work *w)
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

static int fetch_repomd(struct load *l, struct sp_err *err)
{
	int r;

	for (size_t i = 0; i < l->n; i++) {
		struct work *w = &l->v[i];

		w->asked = false;
		if (w->done)
			continue;
		ask_all(w, SP_REPOMD_PATH, in_dir(w, "repomd.xml.new"));
		sp_checksum_copy(&w->item.sum, &w->mirrors.sum);
		w->item.size = w->mirrors.sum.type ? w->mirrors.size : -1;
	}
	r = run_batch(l, err);
	for (size_t i = 0; i < l->n && r == 0; i++) {
		struct work *w = &l->v[i];

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
static int fetch_signatures(struct load *l, struct sp_err *err)
{
	for (size_t i = 0; i < l->n; i++) {
		struct work *w = &l->v[i];

		w->asked = false;
		if (w->done || !w->m->repo->repo_gpgcheck)
			continue;
		ask(w, in_dir(w, "repomd.xml.asc"));
		w->item.max = KEY_MAX;
		sp_strv_addf(&w->item.urls, "%s" SP_REPOMD_PATH ".asc",
			     w->m->bases.v[0]);
	}
	return run_batch(l, err);
}

static int verify(struct load *l, struct work *w, struct sp_err *err)
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
		r = load_keys(l->c, w->m, l->opts, err);
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
static void judge(struct load *l, struct work *w)
{
	sp_auto_err why = { 0 };
	int r = 0;

	if (w->asked)
		r = verify(l, w, &why);
	if (r == 0) {
		r = read_repomd(l->c, w, &w->text, &why);
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

static int bring_repomd(struct load *l, struct sp_err *err)
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
static int bring_files(struct load *l, struct sp_err *err)
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
		struct work *w = &l->v[owner[i]];

		if (items[i].r < 0 && w->r == 0)
			give_up(w, &items[i].err);
		own |= items[i].r < 0;
		if (items[i].r == 0)
			files[i]->path = absolute(l->c, items[i].path);
		sp_fetch_item_clear(&items[i]);
	}
	return r < 0 && !own ? sp_fail(err, first.code, "%s", first.msg) : 0;
}

/* What the old repomd.xml named and the new one does not is of no more use. */
static void drop_old(struct load *l, struct work *w, const char *path)
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
static int settle(struct load *l, struct work *w, struct sp_err *err)
{
	sp_auto_free char *path = in_dir(w, "repomd.xml");
	sp_auto_free char *fresh = in_dir(w, "repomd.xml.new");
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
		file_clear(&m->file[t]);
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

static void work_clear(struct work *w)
{
	free(w->dir);
	sp_mirrors_clear(&w->mirrors);
	sp_buf_clear(&w->text);
	sp_fetch_item_clear(&w->item);
}

static void add_work(struct load *l, struct sp_meta *m)
{
	struct work *w = &l->v[l->n++];

	*w = (struct work){ .m = m };
	w->mirrors.size = -1;
	w->dir = dir_of(m->repo);
	if (!m->dir)
		m->dir = absolute(l->c, w->dir);
}

/* Repositories that are not there: may they be skipped? */
static int outcome(struct work *w, struct sp_err *err)
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

static int load_cold(struct load *l, struct sp_err *err)
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

static void begin_load(struct load *l, struct sp_cache *c,
		       const struct sp_meta_opts *opts, unsigned want, size_t n)
{
	static const struct sp_meta_opts defaults;

	*l = (struct load){ .c = c,
			    .opts = opts ? opts : &defaults,
			    .want = want };
	l->fetch = l->opts->fetch;
	l->v = sp_xcalloc(n + 1, sizeof(*l->v));
}

static void end_load(struct load *l)
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
	struct load l;
	int r = 0;

	md.v = sp_xcalloc(repos->n + 1, sizeof(*md.v));
	begin_load(&l, c, opts, want | 1u << SP_META_PRIMARY, repos->n);
	for (size_t i = 0; i < repos->n; i++) {
		struct sp_meta *m = &md.v[md.n++];

		m->repo = &repos->v[i];
		add_work(&l, m);
		if (!try_warm(&l, &l.v[l.n - 1]))
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
	struct load l;
	int r;

	for (int t = 0; t < SP_META_TYPES; t++)
		if ((want & 1u << t) && m->file[t].href && !m->file[t].path)
			(void)have_file(c, &m->file[t]);
	begin_load(&l, c, opts, want, 1);
	add_work(&l, m);
	r = bring_files(&l, err);
	if (r == 0 && l.v[0].r < 0)
		r = sp_fail(err, m->err.code, "repository \"%s\": %s",
			    m->repo->id, m->err.msg);
	end_load(&l);
	return r;
}

/* --- keys ----------------------------------------------------------------- */

/* "#FINGERPRINT" behind a URL: 40 or 64 digits, or NULL. */
static const char *pin_of(const char *url)
{
	const char *pin = strchr(url, '#');
	size_t n = pin ? strlen(pin + 1) : 0;

	if ((n != 40 && n != 64) ||
	    strspn(pin + 1, "0123456789abcdefABCDEF") != n)
		return NULL;
	return pin + 1;
}

static int local_key(const struct sp_meta_opts *opts, const char *url,
		     struct sp_buf *ret, struct sp_err *err)
{
	const char *path = url + strlen("file://");
	sp_auto_free char *plain = sp_xstrndup(path, strcspn(path, "#"));
	int r;

	if (!opts || !opts->host)
		return sp_fail(err, EINVAL, "key %s: there is no root", url);
	r = sp_host_read(opts->host, plain, ret, err);
	return r ? r : sp_fail(err, ENOENT, "key %s: is not there", url);
}

static int remote_key(struct sp_cache *c, const struct sp_meta *m,
		      const struct sp_meta_opts *opts, const char *url,
		      struct sp_buf *ret, struct sp_err *err)
{
	struct sp_fetch_item it = { .size = -1,
				    .max = KEY_MAX,
				    .access = &m->repo->access };
	sp_auto_free char *dir = dir_of(m->repo);
	sp_auto_free char *sum =
		sp_digest_hex(SP_DIGEST_SHA256, url, strlen(url));
	int r = 0;

	if (!pin_of(url) &&
	    (sp_starts(url, "http:") || m->repo->access.no_verify))
		return sp_fail(err, EPERM,
			       "key %s: anybody on the way could exchange it; "
			       "use https:// with sslverify, or put its "
			       "fingerprint behind it: %s#FINGERPRINT",
			       url, url);
	it.path = sp_asprintf("%s/key-%.16s.asc", dir, sum);
	if (m->warm)
		r = sp_cache_read(c, it.path, (size_t)KEY_MAX, ret, err);
	if (r == 0) {
		sp_strv_add(&it.urls, url);
		r = sp_fetch_all(c, opts ? &opts->fetch : NULL, &it, 1, err);
		if (r == 0)
			r = sp_cache_read(c, it.path, (size_t)KEY_MAX, ret,
					  err);
		if (r < 0)
			(void)sp_wrap(err, "key");
	}
	sp_fetch_item_clear(&it);
	return r < 0 ? r : 0;
}

static int add_keys(struct sp_cache *c, const struct sp_meta *m,
		    const struct sp_meta_opts *opts, int64_t now,
		    struct sp_keyring *k, struct sp_err *err)
{
	const struct sp_strv *urls = &m->repo->gpgkey;
	sp_auto_err bad = { 0 };
	size_t good = 0;

	for (size_t i = 0; i < urls->n; i++) {
		const char *url = urls->v[i];
		sp_auto_buf text = { 0 };
		int r = sp_starts(url, "file://")
				? local_key(opts, url, &text, err)
				: remote_key(c, m, opts, url, &text, err);

		if (r < 0)
			return r;
		sp_err_clear(&bad);
		r = sp_keyring_add(k, url, sp_buf_cstr(&text), text.len, now,
				   pin_of(url), &bad);
		/* an old key beside a new one is a usual thing */
		if (r < 0 && r != -EKEYEXPIRED && r != -EKEYREVOKED)
			return sp_fail(err, bad.code, "%s", bad.msg);
		good += r == 0;
	}
	if (!urls->n)
		return sp_fail(err, ENOKEY,
			       "there is no gpgkey, so nothing that is signed "
			       "can be checked; name the key in gpgkey");
	return good ? 0 : sp_fail(err, bad.code, "%s", bad.msg);
}

static int load_keys(struct sp_cache *c, struct sp_meta *m,
		     const struct sp_meta_opts *opts, struct sp_err *err)
{
	sp_auto_keyring *k = NULL;
	struct timespec ts;
	int64_t now = opts ? opts->now : 0;
	int r;

	if (m->keys)
		return 0;
	if (!now) {
		(void)clock_gettime(CLOCK_REALTIME, &ts);
		now = ts.tv_sec;
	}
	k = sp_keyring_new();
	r = add_keys(c, m, opts, now, k, err);
	if (r == 0)
		m->keys = sp_take(&k);
	return r;
}

int sp_metadata_keys(struct sp_cache *c, struct sp_meta *m,
		     const struct sp_meta_opts *opts, struct sp_err *err)
{
	int r = load_keys(c, m, opts, err);

	return r < 0 ? sp_wrap(err, "repository \"%s\"", m->repo->id) : 0;
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
