/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* keep.c - the store of replaced packages. */
#include "pkg/keep.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/mem.h"

/*
 * The directory: its path has no symlink; one that is there after all was put
 * there meanwhile and is not followed.  @make: it, 0700, and those above it
 * when missing.  -1 with errno.
 */
static int open_dir(const struct sp_keep *k, bool make)
{
	int fd = open(k->root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	sp_auto_strv parts = { 0 };

	sp_strv_split(&parts, k->dir, "/");
	for (size_t i = 0; i < parts.n && fd >= 0; i++) {
		bool last = i + 1 == parts.n;
		int next, e;

		if (make)
			(void)mkdirat(fd, parts.v[i], last ? 0700 : 0755);
		next = openat(fd, parts.v[i],
			      O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC |
				      (last ? O_RDONLY : O_PATH));
		e = errno;
		(void)close(fd);
		errno = e;
		fd = next;
	}
	return fd;
}

static char *path_of(const struct sp_keep *k, const char *name)
{
	return sp_asprintf("%s%s/%s", strcmp(k->root, "/") == 0 ? "" : k->root,
			   k->dir, name);
}

char *sp_keep_find(const struct sp_keep *k, const char *nevra)
{
	sp_auto_close int dir = open_dir(k, false);
	sp_auto_free char *name = sp_asprintf("%s.rpm", nevra);
	struct stat st;

	if (dir < 0 || strchr(nevra, '/') ||
	    fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
	    !S_ISREG(st.st_mode))
		return NULL;
	return path_of(k, name);
}

static int copy(int from, int to)
{
	sp_auto_free char *data = sp_xmalloc(1 << 16);
	ssize_t n;

	while ((n = read(from, data, 1 << 16)) > 0)
		for (ssize_t done = 0, w; done < n; done += w) {
			w = write(to, data + done, (size_t)(n - done));
			if (w < 0)
				return -errno;
		}
	return n < 0 || fsync(to) < 0 ? -errno : 0;
}

int sp_keep_add(const struct sp_keep *k, const char *nevra, const char *path,
		struct sp_err *err)
{
	sp_auto_close int dir = open_dir(k, true);
	sp_auto_close int from = open(path, O_RDONLY | O_CLOEXEC);
	sp_auto_free char *name = sp_asprintf("%s.rpm", nevra);
	sp_auto_free char *part = sp_asprintf(".%s.part", nevra);
	sp_auto_close int to = -1;
	int r;

	if (dir < 0)
		return sp_fail_errno(err, errno, "%s%s", k->root, k->dir);
	if (from < 0)
		return sp_fail_errno(err, errno, "%s", path);
	if (strchr(nevra, '/'))
		return sp_fail(err, EINVAL, "package \"%s\": no file name",
			       nevra);
	(void)unlinkat(dir, part, 0);
	to = openat(dir, part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	r = to < 0 ? -errno : copy(from, to);
	if (r == 0 && renameat(dir, part, dir, name) < 0)
		r = -errno;
	if (r == 0 && fsync(dir) < 0)
		r = -errno;
	if (r < 0) {
		(void)unlinkat(dir, part, 0);
		return sp_fail_errno(err, -r, "%s%s/%s", k->root, k->dir, name);
	}
	return 0;
}

struct kept {
	char *name;
	int64_t size;
	struct timespec when;
};

static int by_age(const void *a, const void *b)
{
	const struct kept *x = a, *y = b;

	if (x->when.tv_sec != y->when.tv_sec)
		return x->when.tv_sec < y->when.tv_sec ? -1 : 1;
	return strcmp(x->name, y->name);
}

int sp_keep_limit(const struct sp_keep *k, int64_t bytes,
		  const struct sp_strv *spare, struct sp_err *err)
{
	sp_auto_closedir DIR *d = NULL;
	sp_auto_close int dir = open_dir(k, false);
	struct kept *v = NULL;
	size_t n = 0;
	int64_t sum = 0;
	struct dirent *e;
	int fd;

	if (dir < 0)
		return errno == ENOENT ? 0
				       : sp_fail_errno(err, errno, "%s%s",
						       k->root, k->dir);
	fd = fcntl(dir, F_DUPFD_CLOEXEC, 0);
	d = fd < 0 ? NULL : fdopendir(fd);
	if (!d)
		return sp_fail_errno(err, errno, "%s%s", k->root, k->dir);
	while ((e = readdir(d))) {
		struct stat st;

		if (!sp_ends(e->d_name, ".rpm") ||
		    fstatat(dir, e->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
		    !S_ISREG(st.st_mode))
			continue;
		v = sp_grow(v, n, sizeof(*v));
		v[n++] = (struct kept){ sp_xstrdup(e->d_name), st.st_size,
					st.st_mtim };
		sum += st.st_size;
	}
	if (n)
		qsort(v, n, sizeof(*v), by_age);
	for (size_t i = 0; i < n; i++) {
		sp_auto_free char *nevra = sp_xstrndup(
			v[i].name, strlen(v[i].name) - strlen(".rpm"));

		if (sum > bytes && !sp_strv_has(spare, nevra) &&
		    unlinkat(dir, v[i].name, 0) == 0)
			sum -= v[i].size;
		free(v[i].name);
	}
	free(v);
	return 0;
}
