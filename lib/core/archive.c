/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* archive.c - the only user of libarchive. */
#include "archive.h"

#include <errno.h>
#include <string.h>

#include "host_overlay.h"
#include "mem.h"
#include "word.h"

#ifndef HAVE_SNAPSHOT

/* Built without the library's headers. */
struct sp_archive {
	char unused;
};

static int not_built(struct sp_err *err)
{
	return sp_fail(err, ENOTSUP,
		       "this sprout was built without libarchive, it has no snapshots");
}

int sp_archive_create(int fd, const char *name, struct sp_archive **ret,
		      struct sp_err *err)
{
	(void)fd;
	(void)name;
	(void)ret;
	return not_built(err);
}

int sp_archive_add(struct sp_archive *a, const char *path,
		   const struct sp_node *node, struct sp_err *err)
{
	(void)a;
	(void)path;
	(void)node;
	return not_built(err);
}

int sp_archive_finish(struct sp_archive *a, struct sp_err *err)
{
	(void)a;
	return not_built(err);
}

void sp_archive_free(struct sp_archive *a)
{
	free(a);
}

int sp_archive_read(const char *name, sp_archive_fn *fn, void *arg,
		    struct sp_err *err)
{
	(void)name;
	(void)fn;
	(void)arg;
	return not_built(err);
}

#else

#include <archive.h>
#include <archive_entry.h>
#include <dlfcn.h>
#include <search.h>

#define BLOCK 65536

/*
 * What is used of the library.  Linking it would cost every command its
 * start: it draws in ten others.
 */
#define SYMBOLS(X)                               \
	X(archive_entry_new)                     \
	X(archive_entry_free)                    \
	X(archive_entry_clear)                   \
	X(archive_entry_set_pathname)            \
	X(archive_entry_set_filetype)            \
	X(archive_entry_set_perm)                \
	X(archive_entry_set_uid)                 \
	X(archive_entry_set_gid)                 \
	X(archive_entry_set_size)                \
	X(archive_entry_set_mtime)               \
	X(archive_entry_set_symlink)             \
	X(archive_entry_pathname)                \
	X(archive_entry_filetype)                \
	X(archive_entry_perm)                    \
	X(archive_entry_uid)                     \
	X(archive_entry_gid)                     \
	X(archive_entry_hardlink)                \
	X(archive_entry_symlink)                 \
	X(archive_errno)                         \
	X(archive_error_string)                  \
	X(archive_read_new)                      \
	X(archive_read_free)                     \
	X(archive_read_data)                     \
	X(archive_read_next_header)              \
	X(archive_read_open_filename)            \
	X(archive_read_support_filter_gzip)      \
	X(archive_read_support_filter_xz)        \
	X(archive_read_support_filter_zstd)      \
	X(archive_read_support_format_tar)       \
	X(archive_write_new)                     \
	X(archive_write_free)                    \
	X(archive_write_close)                   \
	X(archive_write_data)                    \
	X(archive_write_header)                  \
	X(archive_write_open_fd)                 \
	X(archive_write_add_filter_by_name)      \
	X(archive_write_set_bytes_in_last_block) \
	X(archive_write_set_format_pax_restricted)

struct lib {
	void *handle;
#define X(name) __typeof__(&name) name;
	SYMBOLS(X)
#undef X
};

struct sp_archive {
	struct lib lib;
	struct archive *a;
	struct archive_entry *entry;
	bool finished;
};

static int lib_open(struct lib *lib, struct sp_err *err)
{
	/* Kept: many plans in one process open it many times. */
	lib->handle = dlopen("libarchive.so.13",
			     RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
	if (!lib->handle)
		return sp_fail(err, ENOTSUP,
			       "snapshots need libarchive, which is not installed (%s)",
			       dlerror());
#define X(name)                                                              \
	lib->name = (__typeof__(&name))dlsym(lib->handle, #name);            \
	if (!lib->name)                                                      \
		return sp_fail(err, ENOTSUP,                                 \
			       "the installed libarchive has no %s", #name);
	SYMBOLS(X)
#undef X
	return 0;
}

static void lib_close(struct lib *lib)
{
	if (lib->handle)
		(void)dlclose(lib->handle);
}

/* --- writing -------------------------------------------------------------- */

static const char *filter_of(const char *name)
{
	static const struct {
		const char *suffix, *filter;
	} rows[] = {
		{ ".tar.zst", "zstd" },
		{ ".tar.xz", "xz" },
		{ ".tar.gz", "gzip" },
		{ ".tar", "" },
	};

	for (size_t i = 0; i < SP_COUNT(rows); i++)
		if (sp_ends(name, rows[i].suffix))
			return rows[i].filter;
	return NULL;
}

static int failed(struct sp_archive *a, const char *what, struct sp_err *err)
{
	const char *why = a->lib.archive_error_string(a->a);
	int code = a->lib.archive_errno(a->a);

	if (!why)
		why = _("cannot be written");
	/* Codes of its own are negative. */
	if (code > 0)
		return sp_fail_errno(err, code, "%s: %s", what, why);
	return sp_fail(err, EIO, "%s: %s", what, why);
}

void sp_archive_free(struct sp_archive *a)
{
	if (!a)
		return;
	/* After a failure the library forgets to free without this. */
	if (a->a && !a->finished)
		(void)a->lib.archive_write_close(a->a);
	if (a->a)
		(void)a->lib.archive_write_free(a->a);
	if (a->entry)
		a->lib.archive_entry_free(a->entry);
	lib_close(&a->lib);
	free(a);
}

int sp_archive_create(int fd, const char *name, struct sp_archive **ret,
		      struct sp_err *err)
{
	sp_auto_archive *a = sp_xcalloc(1, sizeof(*a));
	const char *filter = filter_of(name);
	int r;

	if (!filter)
		return sp_fail(err, EINVAL,
			       "%s: an archive's name ends in " SP_ARCHIVE_SUFFIXES,
			       name);
	r = lib_open(&a->lib, err);
	if (r < 0)
		return r;
	a->a = a->lib.archive_write_new();
	a->entry = a->lib.archive_entry_new();
	if (!a->a || !a->entry)
		return sp_fail_errno(err, ENOMEM, "%s", name);
	if (a->lib.archive_write_set_format_pax_restricted(a->a) < ARCHIVE_OK)
		return failed(a, name, err);
	/* ARCHIVE_WARN: by an external program, which is not wanted. */
	if (*filter &&
	    a->lib.archive_write_add_filter_by_name(a->a, filter) != ARCHIVE_OK)
		return sp_fail(err, ENOTSUP,
			       "%s: the installed libarchive cannot compress by %s; "
			       "use another ending: " SP_ARCHIVE_SUFFIXES,
			       name, filter);
	if (a->lib.archive_write_set_bytes_in_last_block(a->a, 1) < ARCHIVE_OK ||
	    a->lib.archive_write_open_fd(a->a, fd) < ARCHIVE_OK)
		return failed(a, name, err);
	*ret = sp_take(&a);
	return 0;
}

static __LA_MODE_T type_of(const struct sp_node *n)
{
	switch (n->type) {
	case SP_FT_FILE:
		return AE_IFREG;
	case SP_FT_DIR:
		return AE_IFDIR;
	case SP_FT_LINK:
		return AE_IFLNK;
	case SP_FT_NONE:
	case SP_FT_OTHER:
		break;
	}
	return 0;
}

int sp_archive_add(struct sp_archive *a, const char *path,
		   const struct sp_node *node, struct sp_err *err)
{
	struct lib *l = &a->lib;
	struct archive_entry *e = a->entry;
	size_t done = 0;

	if (!type_of(node))
		return sp_fail(err, EINVAL, "%s: not a file, directory or link",
			       path);
	l->archive_entry_clear(e);
	/* "./etc": what tar takes as below the directory it extracts to. */
	sp_auto_free char *name = sp_asprintf(".%s", path);

	l->archive_entry_set_pathname(e, name);
	l->archive_entry_set_filetype(e, type_of(node));
	l->archive_entry_set_perm(e, node->type == SP_FT_LINK ? 0777 : node->mode);
	l->archive_entry_set_uid(e, node->uid);
	l->archive_entry_set_gid(e, node->gid);
	l->archive_entry_set_mtime(e, 0, 0);
	l->archive_entry_set_size(e, node->type == SP_FT_FILE ?
					     (int64_t)node->data.len : 0);
	if (node->type == SP_FT_LINK)
		l->archive_entry_set_symlink(e, sp_buf_cstr(&node->data));
	/* ARCHIVE_WARN: a name that is not in the locale's charset. */
	if (l->archive_write_header(a->a, e) < ARCHIVE_WARN)
		return failed(a, path, err);
	while (node->type == SP_FT_FILE && done < node->data.len) {
		la_ssize_t n = l->archive_write_data(a->a, node->data.data + done,
						     node->data.len - done);

		if (n <= 0)
			return failed(a, path, err);
		done += (size_t)n;
	}
	return 0;
}

int sp_archive_finish(struct sp_archive *a, struct sp_err *err)
{
	if (a->lib.archive_write_close(a->a) != ARCHIVE_OK)
		return failed(a, _("the archive's end"), err);
	a->finished = true;
	return 0;
}

/* --- reading -------------------------------------------------------------- */

struct reader {
	struct lib lib;
	struct archive *a;
	const char *name;
	sp_archive_fn *fn;
	void *arg;
	void *dirs;		/* tree of the paths of directories */
	size_t entries, bytes;
};

static void reader_clear(struct reader *rd)
{
	if (rd->a)
		(void)rd->lib.archive_read_free(rd->a);
	tdestroy(rd->dirs, free);
	lib_close(&rd->lib);
}

static int compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* Remember a directory; false when it was known. */
static bool remember(struct reader *rd, const char *dir)
{
	char *copy = sp_xstrdup(dir);
	void **at = tsearch(copy, &rd->dirs, compare);

	if (at && *(char **)at == copy)
		return true;
	free(copy);
	return false;
}

/* "./etc//x/" to "/etc/x"; owned. */
static int clean_path(const char *raw, char **ret, struct sp_err *err)
{
	sp_auto_buf out = { 0 };
	const char *p = raw;

	if (strlen(raw) > SP_ARCHIVE_PATH_MAX)
		return sp_fail(err, EBADMSG,
			       "a path is longer than %d bytes, the limit",
			       SP_ARCHIVE_PATH_MAX);
	if (*raw == '/')
		return sp_fail(err, EBADMSG,
			       "\"%s\" is an absolute path; a snapshot has none",
			       raw);
	for (;;) {
		size_t n;

		p += strspn(p, "/");
		if (!*p)
			break;
		n = strcspn(p, "/");
		if (n == 2 && !memcmp(p, "..", 2))
			return sp_fail(err, EBADMSG,
				       "\"%s\" has \"..\" in it", raw);
		if (n != 1 || *p != '.') {
			sp_buf_addc(&out, '/');
			sp_buf_addn(&out, p, n);
		}
		p += n;
	}
	if (!out.len)
		sp_buf_addc(&out, '/');
	*ret = sp_buf_take(&out);
	return 0;
}

static int hand_over(struct reader *rd, const char *path, struct sp_node *node,
		     struct sp_err *err)
{
	if (++rd->entries > SP_ARCHIVE_ENTRIES_MAX)
		return sp_fail(err, EBADMSG, "more than %d entries, the limit",
			       SP_ARCHIVE_ENTRIES_MAX);
	return rd->fn(rd->arg, path, node, err);
}

/* Directories above @path that have not come yet. */
static int give_parents(struct reader *rd, const char *path, struct sp_err *err)
{
	sp_auto_free char *dir = sp_xstrdup(path);
	int r = 0;

	for (char *s = dir; r >= 0 && s; s = strchr(s + 1, '/')) {
		sp_auto_node node = { .type = SP_FT_DIR, .mode = 0755 };
		const char *name = s == dir ? "/" : dir;

		*s = '\0';
		if (s != dir || !sp_streq(path, "/"))
			if (remember(rd, name))
				r = hand_over(rd, name, &node, err);
		*s = '/';
	}
	return r;
}

static int read_data(struct reader *rd, const char *path, struct sp_node *node,
		     struct sp_err *err)
{
	sp_auto_free char *block = sp_xmalloc(BLOCK);

	for (;;) {
		la_ssize_t n = rd->lib.archive_read_data(rd->a, block, BLOCK);

		if (n < 0)
			return sp_fail(err, EBADMSG, "%s: %s", path,
				       rd->lib.archive_error_string(rd->a));
		if (n == 0)
			break;
		if (node->data.len + (size_t)n > SP_FILE_MAX)
			return sp_fail(err, EBADMSG,
				       "%s: larger than %zu MiB, the limit", path,
				       SP_FILE_MAX >> 20);
		rd->bytes += (size_t)n;
		if (rd->bytes > SP_ARCHIVE_BYTES_MAX)
			return sp_fail(err, EBADMSG,
				       "more than %zu MiB in all, the limit",
				       SP_ARCHIVE_BYTES_MAX >> 20);
		sp_buf_addn(&node->data, block, (size_t)n);
	}
	node->size = node->data.len;
	node->loaded = true;
	return 0;
}

static int fill_node(struct reader *rd, struct archive_entry *e,
		     const char *path, struct sp_node *node, struct sp_err *err)
{
	int64_t uid = rd->lib.archive_entry_uid(e);
	int64_t gid = rd->lib.archive_entry_gid(e);
	const char *to;

	if (uid < 0 || uid >= UINT32_MAX || gid < 0 || gid >= UINT32_MAX)
		return sp_fail(err, EBADMSG, "%s: the owner is out of range", path);
	node->mode = rd->lib.archive_entry_perm(e) & 07777;
	node->uid = (uid_t)uid;
	node->gid = (gid_t)gid;
	switch (rd->lib.archive_entry_filetype(e)) {
	case AE_IFREG:
		node->type = SP_FT_FILE;
		return read_data(rd, path, node, err);
	case AE_IFDIR:
		node->type = SP_FT_DIR;
		return 0;
	case AE_IFLNK:
		to = rd->lib.archive_entry_symlink(e);
		if (!to || !*to || strlen(to) > SP_ARCHIVE_PATH_MAX)
			return sp_fail(err, EBADMSG, "%s: a link to nothing", path);
		node->type = SP_FT_LINK;
		node->loaded = true;
		sp_buf_add(&node->data, to);
		return 0;
	default:
		return 0; /* devices and the like */
	}
}

static int read_entry(struct reader *rd, struct archive_entry *e,
		      struct sp_err *err)
{
	const char *raw = rd->lib.archive_entry_pathname(e);
	sp_auto_free char *path = NULL;
	sp_auto_node node = { 0 };
	int r;

	if (!raw)
		return sp_fail(err, EBADMSG, "an entry has no name");
	r = clean_path(raw, &path, err);
	if (r < 0)
		return r;
	if (rd->lib.archive_entry_hardlink(e))
		return sp_fail(err, EBADMSG,
			       "%s: a hard link; a snapshot has none", path);
	r = fill_node(rd, e, path, &node, err);
	if (r < 0 || node.type == SP_FT_NONE)
		return r;
	r = give_parents(rd, path, err);
	if (r < 0)
		return r;
	if (node.type == SP_FT_DIR)
		(void)remember(rd, path);
	return hand_over(rd, path, &node, err);
}

/* Not where the library would have to start a program for it. */
static void add_filter(struct reader *rd, int (*add)(struct archive *))
{
	struct archive *probe = rd->lib.archive_read_new();

	if (!probe)
		return;
	if (add(probe) == ARCHIVE_OK)
		(void)add(rd->a);
	(void)rd->lib.archive_read_free(probe);
}

static int read_all(struct reader *rd, struct sp_err *err)
{
	struct archive_entry *e;
	int r = 0;

	rd->a = rd->lib.archive_read_new();
	if (!rd->a)
		return sp_fail_errno(err, ENOMEM, "archive");
	add_filter(rd, rd->lib.archive_read_support_filter_gzip);
	add_filter(rd, rd->lib.archive_read_support_filter_xz);
	add_filter(rd, rd->lib.archive_read_support_filter_zstd);
	(void)rd->lib.archive_read_support_format_tar(rd->a);
	if (rd->lib.archive_read_open_filename(rd->a, rd->name, BLOCK) < ARCHIVE_OK)
		return sp_fail(err, EBADMSG, "%s",
			       rd->lib.archive_error_string(rd->a));
	while (r >= 0) {
		int got = rd->lib.archive_read_next_header(rd->a, &e);

		if (got == ARCHIVE_EOF)
			break;
		if (got < ARCHIVE_WARN)
			return sp_fail(err, EBADMSG, "%s",
				       rd->lib.archive_error_string(rd->a));
		r = read_entry(rd, e, err);
	}
	return r < 0 ? r : 0;
}

int sp_archive_read(const char *name, sp_archive_fn *fn, void *arg,
		    struct sp_err *err)
{
	__attribute__((cleanup(reader_clear))) struct reader rd = {
		.name = name, .fn = fn, .arg = arg,
	};
	int r = lib_open(&rd.lib, err);

	if (r >= 0)
		r = read_all(&rd, err);
	return r < 0 ? sp_wrap(err, "%s", name) : 0;
}

#endif

static int preload(void *arg, const char *path, struct sp_node *node,
		   struct sp_err *err)
{
	(void)err;
	sp_host_preload(arg, path, node);
	return 0;
}

int sp_archive_host(const char *name, struct sp_host **ret, struct sp_err *err)
{
	sp_auto_host *h = sp_host_new(NULL);
	int r = sp_archive_read(name, preload, h, err);

	if (r < 0)
		return r;
	if (!sp_host_snapshot(h))
		return sp_fail(err, EINVAL,
			       "%s: not a snapshot of sprout; extract it and give the "
			       "directory",
			       name);
	*ret = sp_take(&h);
	return 0;
}
