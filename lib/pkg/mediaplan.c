/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* mediaplan.c - from "the stick labelled VERDE" to verified packages. */
#include "pkg/mediaplan.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/host_overlay.h"
#include "core/mem.h"
#include "core/word.h"
#include "pkg/cache.h"
#include "pkg/media.h"
#include "pkg/offer.h"
#include "pkg/rpmdigest.h"
#include "pkg/rpmfile.h"
#include "pkg/mediawork.h"

void sp_media_have_clear(struct sp_media_have *h)
{
	sp_strv_clear(&h->packages);
	sp_strv_clear(&h->notes);
	*h = (struct sp_media_have){ 0 };
}

/* --- what lives as long as the offers ------------------------------------------- */

struct ours {
	struct sp_spool **spools;
	struct sp_keyring **rings;
	size_t n_spools, n_rings;
};

static void free_ours(void *owner)
{
	struct ours *o = owner;

	for (size_t i = 0; i < o->n_spools; i++)
		sp_spool_free(o->spools[i]);
	for (size_t i = 0; i < o->n_rings; i++)
		sp_keyring_free(o->rings[i]);
	free(o->spools);
	free(o->rings);
	free(o);
}

static struct ours *ours_of(struct sp_offers *offers)
{
	if (!offers->owner) {
		offers->owner = sp_xcalloc(1, sizeof(struct ours));
		offers->free_owner = free_ours;
	}
	return offers->owner;
}

int sp_media_spool(struct sp_spool **ret, struct sp_err *err)
{
	sp_auto_free char *base = NULL;
	sp_auto_cache *cache = NULL;
	int r = sp_cache_open(NULL, &cache, err);

	if (r < 0)
		return r;
	base = sp_asprintf("%s/media", sp_cache_path(cache));
	if (mkdir(base, 0700) != 0 && errno != EEXIST)
		return sp_fail_errno(err, errno, "\"%s\"", base);
	return sp_spool_new(base, ret, err);
}

/* --- the record --------------------------------------------------------------------- */

#define FILE_PART ", file "
#define SHA_PART ", sha256 "
#define OLDER ", older"

static char *record_path(const char *name)
{
	return sp_asprintf(SP_MEDIA_DIR "/%s", name);
}

static char *record_line(const char *nevra, const struct sp_media_file *f,
			 const char *sha256, bool older)
{
	return sp_asprintf("%s" FILE_PART "%s, %lld bytes" SHA_PART "%s%s",
			   nevra, f->name, (long long)f->size, sha256,
			   older ? OLDER : "");
}

/* 1, or 0 when there is none. */
static int read_record(struct sp_host *h, const char *name, struct sp_strv *ret,
		       struct sp_err *err)
{
	sp_auto_free char *path = record_path(name);
	sp_auto_buf text = { 0 };
	const char *line;
	size_t pos = 0, len;
	int r = sp_host_read(h, path, &text, err);

	while (r > 0 && sp_next_line(text.data, text.len, &pos, &line, &len))
		if (len && *line != '#')
			sp_strv_add_take(ret, sp_xstrndup(line, len));
	return r;
}

/* The package of a line that is to be installed; false for others. */
static bool wanted_of(const char *line, struct sp_nevra *ret)
{
	sp_auto_free char *nevra = sp_xstrndup(line, strcspn(line, ","));
	sp_auto_err ignored = { 0 };

	return !sp_ends(line, OLDER) &&
	       sp_nevra_parse(nevra, ret, &ignored) == 0;
}

/* Are the same files on it as then?  By name and size, without copying. */
static bool same_files(const struct sp_strv *record,
		       const struct sp_media_files *files)
{
	size_t found = 0;

	for (size_t i = 0; i < files->n; i++) {
		sp_auto_free char *part = NULL;
		size_t k = 0;

		if (!files->v[i].match)
			continue;
		part = sp_asprintf(FILE_PART "%s, %lld bytes" SHA_PART,
				   files->v[i].name,
				   (long long)files->v[i].size);
		while (k < record->n && !strstr(record->v[k], part))
			k++;
		if (k == record->n)
			return false;
		found++;
	}
	return found == record->n;
}

/* --- what is installed ------------------------------------------------------------------ */

/* NULL in @ret when the root has no database. */
static int open_db(struct sp_host *h, struct sp_rpmdb **ret, struct sp_err *err)
{
	sp_auto_free char *path = NULL, *root = NULL;
	struct sp_root *dir = sp_host_root(h);
	int r;

	*ret = NULL;
	if (!dir)
		return sp_fail(err, ENOTSUP, "a snapshot has no packages");
	r = sp_rpmdb_path(h, &path, err);
	if (r <= 0)
		return r;
	root = realpath(sp_root_name(dir), NULL);
	if (!root)
		return sp_fail_errno(err, errno, "%s", sp_root_name(dir));
	return sp_rpmdb_open(root, path, ret, err);
}

static int compare_installed(void *arg, const struct sp_installed *p,
			     struct sp_err *err)
{
	const struct sp_nevra *n = arg;

	(void)err;
	return strcmp(p->arch, n->arch) == 0 &&
			       sp_evr_compare(p->evr, n->evr) >= 0
		       ? -EEXIST
		       : 0;
}

/* This version or a newer one: 1 or 0. */
static int is_installed(struct sp_rpmdb *db, const struct sp_nevra *n,
			struct sp_err *err)
{
	int r = db ? sp_rpmdb_named(db, n->name, compare_installed,
				    (void *)(uintptr_t)n, err)
		   : 0;

	return r == -EEXIST ? 1 : r;
}

/* Everything that the record says: 1 or 0. */
static int all_installed(struct sp_host *h, const struct sp_strv *record,
			 struct sp_err *err)
{
	sp_auto_rpmdb *db = NULL;
	int r = open_db(h, &db, err);

	if (r < 0)
		return r;
	r = 1;
	for (size_t i = 0; i < record->n && r > 0; i++) {
		sp_auto_nevra n = { 0 };

		if (wanted_of(record->v[i], &n))
			r = is_installed(db, &n, err);
	}
	return r;
}

/* --- looking at the copies ------------------------------------------------------------------ */

int sp_media_load_keys(struct sp_host *h, const struct sp_strv *paths,
		       struct sp_keyring *k, struct sp_err *err)
{
	int64_t now = (int64_t)time(NULL);
	sp_auto_rpmdb *db = NULL;
	int r = 0;

	for (size_t i = 0; i < paths->n && r >= 0; i++) {
		sp_auto_buf text = { 0 };

		r = sp_host_read(h, paths->v[i], &text, err);
		if (r == 0)
			return sp_fail(err, ENOENT,
				       "keys: there is no file \"%s\"",
				       paths->v[i]);
		if (r > 0)
			r = sp_keyring_add(k, paths->v[i], text.data, text.len,
					   now, NULL, err);
	}
	if (r < 0 || paths->n)
		return r;
	r = open_db(h, &db, err);
	return r < 0 || !db ? r : sp_rpmdb_keyring(db, k, now, err);
}

static int sha256_of(const char *path, char **ret, struct sp_err *err)
{
	sp_auto_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	sp_auto_digest *d = sp_digest_new(SP_DIGEST_SHA256);
	sp_auto_free char *buf = sp_xmalloc(1 << 16);
	ssize_t n = -1;

	while (fd >= 0 && (n = read(fd, buf, 1 << 16)) > 0)
		sp_digest_add(d, buf, (size_t)n);
	if (n < 0)
		return sp_fail_errno(err, errno, "\"%s\"", path);
	*ret = sp_digest_end(sp_take(&d));
	return 0;
}

char *sp_media_key_shown(const struct sp_keyring *k, const char *id)
{
	size_t n;
	const struct sp_key *keys = sp_keyring_list(k, &n);

	for (size_t i = 0; id && i < n; i++) {
		size_t len = strlen(keys[i].fingerprint), l = strlen(id);

		if (len >= l &&
		    strcasecmp(keys[i].fingerprint + len - l, id) == 0)
			return sp_asprintf(_("key %s (%s)"), id, keys[i].user);
	}
	return sp_asprintf(_("key %s"), id ? id : "?");
}

/* A file that was verified. */
struct good {
	const struct sp_media_file *file;
	struct sp_rpmfile rpm;
	bool older; /* than another one of that name */
};

struct goods {
	struct good *v;
	size_t n;
};

static void goods_clear(struct goods *g)
{
	for (size_t i = 0; i < g->n; i++)
		sp_rpmfile_clear(&g->v[i].rpm);
	free(g->v);
}
#define auto_goods __attribute__((cleanup(goods_clear))) struct goods

static void add_good(struct goods *g, const struct sp_media_file *f,
		     const struct sp_rpmfile *rpm)
{
	struct good new = { .file = f, .rpm = *rpm };

	for (size_t i = 0; i < g->n && f->match; i++) {
		struct good *o = &g->v[i];

		if (!o->file->match || o->older ||
		    strcmp(o->rpm.nevra.name, rpm->nevra.name) != 0 ||
		    strcmp(o->rpm.nevra.arch, rpm->nevra.arch) != 0)
			continue;
		if (sp_evr_compare(rpm->nevra.evr, o->rpm.nevra.evr) > 0)
			o->older = true;
		else
			new.older = true;
	}
	g->v = sp_grow(g->v, g->n, sizeof(*g->v));
	g->v[g->n++] = new;
}

/* One that was asked for has to be good; others are passed over. */
static int verify_all(const struct sp_media_files *files, struct sp_keyring *k,
		      struct goods *ret, struct sp_strv *notes,
		      struct sp_err *err)
{
	for (size_t i = 0; i < files->n; i++) {
		const struct sp_media_file *f = &files->v[i];
		struct sp_rpmfile rpm = { 0 };
		int r = sp_keyring_verify_rpm(k, f->copy, err);

		if (r >= 0)
			r = sp_rpmfile_read(f->copy, &rpm, err);
		if (r >= 0) {
			add_good(ret, f, &rpm);
			continue;
		}
		if (f->match)
			return r;
		sp_strv_addf(notes, _("not used: %s"), err->msg);
		sp_err_clear(err);
	}
	return 0;
}

static char *nevra_of(const struct good *g)
{
	return sp_nevra_text(g->rpm.nevra.name, g->rpm.nevra.evr,
			     g->rpm.nevra.arch);
}

/* Lines of the record, notes, and what of it is to be installed. */
static int offer_all(struct sp_offers *offers, const struct goods *goods,
		     struct sp_rpmdb *db, struct sp_keyring *k,
		     const struct sp_media_want *w, struct sp_media_have *ret,
		     struct sp_err *err)
{
	sp_auto_strv keys = { 0 };

	for (size_t i = 0; i < goods->n; i++) {
		const struct good *g = &goods->v[i];
		sp_auto_free char *nevra = nevra_of(g), *sha = NULL,
				  *key = NULL;
		struct sp_offer *o;
		int there = is_installed(db, &g->rpm.nevra, err);

		if (there >= 0 && g->file->match)
			there = sha256_of(g->file->copy, &sha, err) < 0
					? -err->code
					: there;
		if (there < 0)
			return there;
		if (g->file->match) {
			sp_strv_add_take(&ret->packages,
					 record_line(nevra, g->file, sha,
						     g->older));
			key = sp_media_key_shown(k, g->rpm.key_id);
			if (!sp_strv_has(&keys, key))
				sp_strv_addf(&ret->notes, _("signed by %s"),
					     key);
			sp_strv_add(&keys, key);
			ret->pending |= !there && !g->older;
		}
		if (g->older)
			continue;
		o = sp_offers_add(offers);
		*o = (struct sp_offer){
			.path = sp_xstrdup(g->file->copy),
			.from = sp_asprintf("media:%s", w->name),
			.nevra = sp_take(&nevra),
			.install = g->file->match && !there,
			.keys = k,
		};
	}
	return 0;
}

struct copying {
	struct sp_host *host;
	struct sp_task task; /* without a state it has not begun */
};

static void copied(void *arg, int64_t done, int64_t total)
{
	struct copying *c = arg;

	c->task.state = c->task.state ? SP_TASK_GOES_ON : SP_TASK_BEGINS;
	c->task.done = done;
	c->task.total = total;
	sp_host_progress(c->host, &c->task);
}

static void end_copying(struct copying *c)
{
	if (!c->task.state)
		return;
	c->task.state = SP_TASK_ENDS;
	sp_host_progress(c->host, &c->task);
}

/* Copy what is on it, verify, and offer it. */
static int take(struct sp_host *h, const struct sp_media_want *w,
		const struct sp_blockdev *dev, struct sp_media_have *ret,
		struct sp_err *err)
{
	struct sp_offers *offers = sp_offers_get(h, err);
	sp_auto_media_files files = { 0 };
	sp_auto_free char *shown = sp_blockdev_shown(dev);
	struct copying copying = { .host = h,
				   .task = { .sort = SP_TASK_COPY } };
	struct sp_spool *spool;
	struct sp_keyring *k;
	sp_auto_rpmdb *db = NULL;
	auto_goods goods = { 0 };
	struct ours *o;
	int r;

	if (!offers)
		return -err->code;
	r = sp_media_spool(&spool, err);
	if (r < 0)
		return r;
	o = ours_of(offers);
	o->spools = sp_grow(o->spools, o->n_spools, sizeof(struct sp_spool *));
	o->spools[o->n_spools++] = spool;
	k = sp_keyring_new();
	o->rings = sp_grow(o->rings, o->n_rings, sizeof(struct sp_keyring *));
	o->rings[o->n_rings++] = k;
	r = sp_media_load_keys(h, w->keys, k, err);
	copying.task.object = shown;
	if (r >= 0)
		r = sp_media_read(dev, w->match, sp_spool_path(spool), copied,
				  &copying, &files, err);
	end_copying(&copying);
	if (r >= 0)
		r = verify_all(&files, k, &goods, &ret->notes, err);
	if (r >= 0)
		r = open_db(h, &db, err);
	return r < 0 ? r : offer_all(offers, &goods, db, k, w, ret, err);
}

/* --- the whole ------------------------------------------------------------ */

static int look(struct sp_host *h, const struct sp_media_want *w,
		const struct sp_strv *record, bool done,
		struct sp_media_have *ret, struct sp_err *err)
{
	sp_auto_free char *what = sp_media_called(w), *seen = sp_xstrdup("");
	sp_auto_media_files files = { 0 };
	sp_auto_blockdevs dev = { .v = sp_xcalloc(1, sizeof(*dev.v)) };
	sp_auto_free char *shown = NULL;
	int r;

	/* When all is installed nobody has to put anything in. */
	r = done ? sp_media_find(w, &seen, dev.v, err)
		 : sp_media_find_or_wait(h, w, dev.v, err);
	if (r > 0) {
		dev.n = 1;
		shown = sp_blockdev_shown(dev.v);
		r = sp_media_read(dev.v, w->match, NULL, NULL, NULL, &files,
				  err);
		r = r < 0 ? r : 1;
	}
	if (r < 0 && done) { /* it would not be needed */
		sp_err_clear(err);
		return 0;
	}
	if (r == -EPERM && !sp_host_wait(h, what, 0)) {
		ret->pending = true;
		sp_strv_addf(&ret->notes, "%s", err->msg);
		sp_err_clear(err);
		return 0;
	}
	if (r < 0)
		return r;
	if (r == 0) {
		ret->pending = !done;
		if (!done)
			sp_strv_addf(
				&ret->notes,
				_("%s is not here; sprout apply waits %d s "
				  "for it"),
				what, w->wait_s);
		return 0;
	}
	if (done && same_files(record, &files))
		return 0;
	if (!files.n_match && done)
		return 0;
	if (!files.n_match)
		return sp_fail(err, ENOENT,
			       "%s: none of its %zu packages matches \"%s\"",
			       shown, files.n, w->match);
	sp_strv_addf(&ret->notes, _("found on %s"), shown);
	r = take(h, w, dev.v, ret, err);
	if (r >= 0 && !sp_strv_same_set(record, &ret->packages))
		ret->pending = true;
	return r;
}

int sp_media_plan(struct sp_host *h, const struct sp_media_want *w,
		  struct sp_media_have *ret, struct sp_err *err)
{
	sp_auto_strv record = { 0 };
	struct sp_media_have have = { 0 };
	int r = read_record(h, w->name, &record, err);

	have.recorded = r > 0;
	if (r > 0)
		r = all_installed(h, &record, err);
	if (r >= 0)
		r = look(h, w, &record, r > 0, &have, err);
	if (r < 0) {
		sp_media_have_clear(&have);
		return r;
	}
	*ret = have;
	return 0;
}

int sp_media_forget(struct sp_host *h, const char *name, struct sp_err *err)
{
	struct sp_offers *offers = sp_offers_get(h, err);
	sp_auto_strv record = { 0 };
	int r = offers ? read_record(h, name, &record, err) : -err->code;

	for (size_t i = 0; i < record.n && r > 0; i++) {
		sp_auto_nevra n = { 0 };

		if (wanted_of(record.v[i], &n))
			sp_strv_add(&offers->remove, n.name);
	}
	return r;
}
