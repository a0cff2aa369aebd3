/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* metadata_cache.c - what the cache has of a repository's metadata. */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "core/mem.h"
#include "core/xml.h"
#include "pkg/metadata_work.h"

#define DAY_S 86400

static const char *const type_names[SP_META_TYPES][5] = {
	[SP_META_PRIMARY] = { "primary" },
	[SP_META_FILELISTS] = { "filelists" },
	[SP_META_UPDATEINFO] = { "updateinfo" },
	[SP_META_GROUP] = { "group_gz", "group_xz", "group_zst", "group" },
	[SP_META_MODULES] = { "modules" },
};

/* --- names in the cache --------------------------------------------------- */

char *sp_meta_dir(const struct sp_repo_conf *conf)
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

char *sp_meta_in_dir(const struct sp_meta_work *w, const char *name)
{
	return sp_asprintf("%s/%s", w->dir, name);
}

char *sp_meta_absolute(const struct sp_cache *c, const char *path)
{
	return sp_asprintf("%s/%s", sp_cache_path(c), path);
}

/* --- repomd.xml into struct sp_meta --------------------------------------- */

void sp_meta_file_clear(struct sp_meta_file *f)
{
	free(f->path);
	free(f->href);
	sp_checksum_clear(&f->sum);
	sp_checksum_clear(&f->open_sum);
	*f = (struct sp_meta_file){ .size = -1, .open_size = -1 };
}

static void take_entry(struct sp_meta_file *f, const struct sp_repomd_entry *e)
{
	sp_meta_file_clear(f);
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
int sp_meta_read_repomd(struct sp_cache *c, struct sp_meta_work *w,
			const struct sp_buf *text, struct sp_err *err)
{
	struct sp_meta *m = w->m;
	sp_auto_repomd md = { 0 };
	sp_auto_free char *path = sp_meta_in_dir(w, "repomd.xml");
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
	m->repomd = sp_meta_absolute(c, path);
	return 0;
}

/* --- warm ----------------------------------------------------------------- */

/* Is a wanted file in the cache?  Its size says so; the name is its sum. */
bool sp_meta_have_file(struct sp_cache *c, struct sp_meta_file *f)
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
	f->path = sp_meta_absolute(c, path);
	return true;
}

int sp_meta_read_mirrors(struct sp_meta_load *l, struct sp_meta_work *w,
			 struct sp_err *err)
{
	const struct sp_repo_conf *conf = w->m->repo;
	const char *url = conf->metalink ? conf->metalink : conf->mirrorlist;
	sp_auto_free char *path = sp_meta_in_dir(w, "mirrors");
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
bool sp_meta_try_warm(struct sp_meta_load *l, struct sp_meta_work *w)
{
	const struct sp_repo_conf *conf = w->m->repo;
	sp_auto_free char *path = sp_meta_in_dir(w, "repomd.xml");
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
	if (sp_meta_read_mirrors(l, w, &ignored) < 0 ||
	    sp_cache_read(l->c, path, SP_XML_SIZE_MAX, &text, &ignored) <= 0 ||
	    sp_meta_read_repomd(l->c, w, &text, &ignored) < 0)
		return false;
	for (int t = 0; t < SP_META_TYPES; t++)
		if ((l->want & 1u << t) && w->m->file[t].href &&
		    !sp_meta_have_file(l->c, &w->m->file[t]))
			return false;
	w->m->warm = true;
	w->m->age_s = age;
	return true;
}
