/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * mend.c - the package at which a transaction was cut off.
 *
 * rpm writes a new file as "NAME;XXXXXXXX" and renames it; its database gets
 * the package when all files are there, and loses it when all are gone.
 * Source: rpm's lib/fsm.c.
 */
#include "pkg/mend.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/host_overlay.h"
#include "core/mem.h"

/* rpm's numbers of algorithms are OpenPGP's, RFC 9580, 9.5. */
static enum sp_digest_type to_type(int algo)
{
	switch (algo) {
	case 8:
		return SP_DIGEST_SHA256;
	case 9:
		return SP_DIGEST_SHA384;
	case 10:
		return SP_DIGEST_SHA512;
	case 11:
		return SP_DIGEST_SHA224;
	default:
		return SP_DIGEST_NONE;
	}
}

int sp_mend_same(struct sp_host *h, const struct sp_rpm_file *f,
		 struct sp_err *err)
{
	sp_auto_buf data = { 0 };
	sp_auto_free char *link = NULL, *hex = NULL;
	struct sp_stat st;
	int r = sp_host_stat(h, f->path, &st, err);

	if (r <= 0)
		return r;
	if (S_ISDIR(f->mode))
		return st.type == SP_FT_DIR;
	if (S_ISLNK(f->mode)) {
		r = sp_host_readlink(h, f->path, &link, err);
		return r <= 0 ? r : sp_streq(link, f->link);
	}
	if (!S_ISREG(f->mode))
		return 1;
	if (st.type != SP_FT_FILE || (int64_t)st.size != f->size)
		return 0;
	if (st.size > SP_FILE_MAX || !to_type(f->algo) || !*f->digest)
		return 1;
	r = sp_host_read(h, f->path, &data, err);
	if (r <= 0)
		return r;
	hex = sp_digest_hex(to_type(f->algo), sp_buf_cstr(&data), data.len);
	return strcasecmp(hex, f->digest) == 0;
}

/* --- damaged ------------------------------------------------------------------ */

static int look_at(void *arg, const struct sp_rpm_file *f, struct sp_err *err)
{
	int r;

	if (f->loose)
		return 0;
	r = sp_mend_same(arg, f, err);
	return r < 0 ? r : r == 0 ? -EEXIST : 0;
}

int sp_mend_damaged(struct sp_host *h, struct sp_rpmdb *db, const char *nevra,
		    struct sp_err *err)
{
	int r = sp_rpmdb_files(db, nevra, look_at, h, err);

	return r == -EEXIST ? 1 : r;
}

/* --- left over ------------------------------------------------------------------ */

struct remover {
	struct sp_host *h;
	struct sp_rpmdb *db;
	const struct sp_strv *spare;
};

/* The directory of a file, symlinks resolved in the root; -1: none. */
static int open_parent(struct sp_host *h, const char *path, struct sp_err *err)
{
	const char *root = sp_root_name(sp_host_root(h));
	sp_auto_free char *dir =
		sp_xstrndup(path, (size_t)(strrchr(path, '/') - path));
	sp_auto_free char *real = NULL;
	sp_auto_strv parts = { 0 };
	int fd = -1;

	if (sp_host_canonical(h, *dir ? dir : "/", true, &real, err) < 0)
		return -1;
	fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	sp_strv_split(&parts, real, "/");
	for (size_t i = 0; i < parts.n && fd >= 0; i++) {
		int next =
			openat(fd, parts.v[i],
			       O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

		(void)close(fd);
		fd = next;
	}
	return fd;
}

/* Is @entry "NAME;XXXXXXXX"?  0, or the length of NAME. */
static size_t part_of(const char *entry)
{
	const char *end = strrchr(entry, ';');

	if (!end || strlen(end) != 9)
		return 0;
	for (const char *p = end + 1; *p; p++)
		if (!isxdigit((unsigned char)*p))
			return 0;
	return (size_t)(end - entry);
}

/* One directory at a time: a package has its files side by side. */
struct parts {
	struct sp_host *h;
	char *dir; /* owned */
	int fd;
	struct sp_strv names; /* what rpm may have left there */
};

static int list_parts(struct parts *x, const char *path, struct sp_err *err)
{
	const char *name = strrchr(path, '/');
	sp_auto_closedir DIR *d = NULL;
	struct dirent *e;
	int fd;

	sp_closep(&x->fd);
	sp_strv_clear(&x->names);
	free(x->dir);
	x->dir = sp_xstrndup(path, (size_t)(name - path));
	x->fd = open_parent(x->h, path, err);
	if (x->fd < 0)
		return err->code ? -err->code : 0;
	fd = openat(x->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	d = fd < 0 ? NULL : fdopendir(fd);
	if (!d)
		sp_closep(&fd);
	while (d && (e = readdir(d)))
		if (part_of(e->d_name))
			sp_strv_add(&x->names, e->d_name);
	return 0;
}

static int remove_parts(void *arg, const struct sp_rpm_file *f,
			struct sp_err *err)
{
	struct parts *x = arg;
	const char *name = strrchr(f->path, '/') + 1;
	size_t n = strlen(name);
	int r = 0;

	if (S_ISDIR(f->mode))
		return 0;
	if (!x->dir || strlen(x->dir) + 1 + n != strlen(f->path) ||
	    !sp_starts(f->path, x->dir))
		r = list_parts(x, f->path, err);
	for (size_t i = 0; i < x->names.n && r >= 0; i++)
		if (part_of(x->names.v[i]) == n &&
		    strncmp(x->names.v[i], name, n) == 0)
			(void)unlinkat(x->fd, x->names.v[i], 0);
	return r;
}

int sp_mend_parts(struct sp_host *h, const char *path, struct sp_err *err)
{
	struct parts x = { .h = h, .fd = -1 };
	int r = sp_rpm_files(path, remove_parts, &x, err);

	sp_closep(&x.fd);
	sp_strv_clear(&x.names);
	free(x.dir);
	return r;
}

static int remove_file(void *arg, const struct sp_rpm_file *f,
		       struct sp_err *err)
{
	struct remover *x = arg;
	const char *name = strrchr(f->path, '/') + 1;
	sp_auto_free char *path = NULL;
	sp_auto_close int fd = -1;
	int r;

	if (S_ISDIR(f->mode) || f->ghost || sp_rpmdb_owns(x->db, f->path))
		return 0;
	r = sp_host_canonical(x->h, f->path, false, &path, err);
	if (r < 0 || sp_strv_has_sorted(x->spare, path))
		return r;
	fd = open_parent(x->h, f->path, err);
	if (fd < 0)
		return err->code ? -err->code : 0;
	r = sp_mend_same(x->h, f, err);
	if (r > 0 && unlinkat(fd, name, 0) < 0 && errno != ENOENT)
		return sp_fail_errno(err, errno, "%s", f->path);
	return r < 0 ? r : 0;
}

char *sp_mend_cached(const struct sp_cache *cache, const char *nevra)
{
	sp_auto_free char *dir = sp_asprintf("%s/files", sp_cache_path(cache));
	sp_auto_closedir DIR *d = opendir(dir); /* O_CLOEXEC */
	sp_auto_nevra n = { 0 };
	sp_auto_err ignored = { 0 };
	sp_auto_free char *end = NULL;
	struct dirent *e;
	const char *vr;

	if (!d || sp_nevra_parse(nevra, &n, &ignored) < 0)
		return NULL;
	vr = strchr(n.evr, ':') ? strchr(n.evr, ':') + 1 : n.evr;
	end = sp_asprintf("-%s-%s.%s.rpm", n.name, vr, n.arch);
	while ((e = readdir(d)))
		if (sp_ends(e->d_name, end))
			return sp_asprintf("%s/%s", dir, e->d_name);
	return NULL;
}

int sp_mend_remove(struct sp_host *h, struct sp_rpmdb *db,
		   const struct sp_cache *cache, const char *nevra,
		   const struct sp_strv *spare, struct sp_err *err)
{
	struct remover x = { h, db, spare };
	sp_auto_free char *path = sp_mend_cached(cache, nevra);

	return path ? sp_rpm_files(path, remove_file, &x, err) : 0;
}

/* --- configuration ---------------------------------------------------------------- */

struct config {
	struct sp_host *h;
	struct sp_strv old; /* "PATH DIGEST", sorted */
	int n;
};

static int list_old(void *arg, const struct sp_rpm_file *f, struct sp_err *err)
{
	struct config *x = arg;

	(void)err;
	sp_strv_addf(&x->old, "%s %s", f->path, f->digest);
	return 0;
}

static int remove_config(void *arg, const struct sp_rpm_file *f,
			 struct sp_err *err)
{
	struct config *x = arg;
	sp_auto_free char *line = sp_asprintf("%s %s", f->path, f->digest);
	sp_auto_close int fd = -1;
	int r;

	if (!f->config || f->ghost || !S_ISREG(f->mode) ||
	    sp_strv_has_sorted(&x->old, line))
		return 0;
	r = sp_mend_same(x->h, f, err);
	if (r <= 0)
		return r;
	fd = open_parent(x->h, f->path, err);
	if (fd < 0)
		return err->code ? -err->code : 0;
	if (unlinkat(fd, strrchr(f->path, '/') + 1, 0) == 0)
		x->n++;
	return 0;
}

int sp_mend_config(struct sp_host *h, struct sp_rpmdb *db,
		   const struct sp_cache *cache, const char *old,
		   const char *new, struct sp_err *err)
{
	sp_auto_free char *path = sp_mend_cached(cache, new);
	struct config x = { .h = h };
	int r = path ? sp_rpmdb_files(db, old, list_old, &x, err) : 0;

	sp_strv_sort(&x.old);
	if (r >= 0 && path)
		r = sp_rpm_files(path, remove_config, &x, err);
	sp_strv_clear(&x.old);
	return r < 0 ? r : x.n;
}
