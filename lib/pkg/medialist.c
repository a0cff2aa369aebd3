/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* medialist.c - the sticks that are here and what they hold, for people. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/mem.h"
#include "pkg/media.h"
#include "pkg/rpmfile.h"
#include "pkg/mediawork.h"

#define KEY_FILE_MAX ((size_t)4 << 20)

void sp_media_listings_clear(struct sp_media_listings *l)
{
	for (size_t i = 0; i < l->n; i++) {
		struct sp_media_listing *m = &l->v[i];

		for (size_t k = 0; k < m->n; k++) {
			free(m->v[k].file);
			free(m->v[k].nevra);
			free(m->v[k].key);
			free(m->v[k].bad);
		}
		free(m->v);
		free(m->medium);
		free(m->path);
		free(m->label);
		free(m->uuid);
		free(m->type);
		free(m->model);
		free(m->bad);
	}
	free(l->v);
	*l = (struct sp_media_listings){ 0 };
}

static int read_key_file(const char *path, struct sp_keyring *k,
			 struct sp_err *err)
{
	sp_auto_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	sp_auto_free char *buf = sp_xmalloc(KEY_FILE_MAX);
	size_t len = 0;
	ssize_t n = -1;

	while (fd >= 0 && len < KEY_FILE_MAX &&
	       (n = read(fd, buf + len, KEY_FILE_MAX - len)) > 0)
		len += (size_t)n;
	if (fd < 0 || n < 0)
		return sp_fail_errno(err, errno, "\"%s\"", path);
	return sp_keyring_add(k, path, buf, len, (int64_t)time(NULL), NULL,
			      err);
}

static void judge(struct sp_media_listing *m, const struct sp_media_file *f,
		  struct sp_keyring *k)
{
	struct sp_media_verdict v = { .file = sp_xstrdup(f->name),
				      .size = f->size };
	sp_auto_err err = { 0 }, ignored = { 0 };
	sp_auto_rpmfile rpm = { 0 };

	if (sp_keyring_verify_rpm(k, f->copy, &err) < 0)
		v.bad = sp_xstrdup(err.msg);
	if (sp_rpmfile_read(f->copy, &rpm, &ignored) == 0)
		v.nevra = sp_nevra_text(rpm.nevra.name, rpm.nevra.evr,
					rpm.nevra.arch);
	if (v.nevra && !v.bad)
		v.key = sp_media_key_shown(k, rpm.key_id);
	m->v = sp_grow(m->v, m->n, sizeof(*m->v));
	m->v[m->n++] = v;
}

static void list_one(const struct sp_blockdev *b, struct sp_keyring *k,
		     struct sp_media_listing *m)
{
	sp_auto_media_files files = { 0 };
	sp_auto_spool *spool = NULL;
	sp_auto_err err = { 0 };
	int r;

	*m = (struct sp_media_listing){
		.medium = sp_blockdev_shown(b),
		.path = sp_xstrdup(b->path),
		.label = sp_strdup0(b->label),
		.uuid = sp_strdup0(b->uuid),
		.type = sp_strdup0(b->type),
		.model = sp_strdup0(b->model),
		.size = b->size,
		.bad = sp_strdup0(b->bad),
	};
	if (m->bad)
		return;
	r = sp_media_spool(&spool, &err);
	if (r >= 0)
		r = sp_media_read(b, "*", sp_spool_path(spool), NULL, NULL,
				  &files, &err);
	if (r < 0)
		m->bad = sp_xstrdup(err.msg);
	for (size_t i = 0; i < files.n; i++)
		judge(m, &files.v[i], k);
}

int sp_media_list(struct sp_host *h, const char *path,
		  const struct sp_strv *keys, struct sp_media_listings *ret,
		  struct sp_err *err)
{
	static const struct sp_strv none = { 0 };
	sp_auto_keyring *k = sp_keyring_new();
	sp_auto_blockdevs all = { 0 };
	int r = 0;

	if (!keys->n)
		r = sp_media_load_keys(h, &none, k, err);
	for (size_t i = 0; i < keys->n && r >= 0; i++)
		r = read_key_file(keys->v[i], k, err);
	if (r >= 0 && path) {
		all.v = sp_xcalloc(1, sizeof(*all.v));
		r = sp_blockdev_at(path, all.v, err);
		all.n = r >= 0;
	} else if (r >= 0) {
		r = sp_blockdev_scan(NULL, NULL, false, &all, err);
	}
	for (size_t i = 0; i < all.n; i++) {
		ret->v = sp_grow(ret->v, ret->n, sizeof(*ret->v));
		list_one(&all.v[i], k, &ret->v[ret->n++]);
	}
	return r < 0 ? r : 0;
}
