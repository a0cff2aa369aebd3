/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* cache.c - a directory that nobody else can write to, and files in it. */
#include "pkg/cache.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/mem.h"
#include "core/word.h"

#define LINKS_MAX 40

struct sp_cache {
	int fd;
	char *path;
};

/* --- the directory -------------------------------------------------------- */

static int default_dir(char **ret, struct sp_err *err)
{
	const char *xdg = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");

	if (geteuid() == 0)
		*ret = sp_xstrdup(SP_CACHE_DIR);
	else if (xdg && *xdg == '/')
		*ret = sp_asprintf("%s/sprout", xdg);
	else if (home && *home == '/')
		*ret = sp_asprintf("%s/.cache/sprout", home);
	else
		return sp_fail(err, ENOENT,
			       "no directory for downloads: neither "
			       "XDG_CACHE_HOME nor HOME is set");
	return 0;
}

/* May others replace what is in this directory, or the directory itself? */
static int check_owner(const struct stat *st, const char *path,
		       struct sp_err *err)
{
	if (st->st_uid != 0 && st->st_uid != geteuid())
		return sp_fail(err, EPERM,
			       "\"%s\" belongs to user %u, who could exchange "
			       "downloads; give it to root",
			       path, (unsigned)st->st_uid);
	if (S_ISDIR(st->st_mode) && (st->st_mode & 022) &&
	    !(st->st_mode & S_ISVTX))
		return sp_fail(err, EPERM,
			       "\"%s\" can be written to by others (mode "
			       "%04o), who could exchange downloads; chmod "
			       "go-w it",
			       path, (unsigned)(st->st_mode & 07777));
	return 0;
}

/*
 * One component below @dir.  0 with *ret_fd, or 1 with the text of a symlink.
 */
static int step(int dir, const char *name, const char *path, bool last,
		int *ret_fd, char **ret_link, struct sp_err *err)
{
	mode_t mode = last || geteuid() != 0 ? 0700 : 0755;
	sp_auto_close int fd = -1;
	char target[PATH_MAX];
	struct stat st;
	ssize_t n;
	int r;

	if (mkdirat(dir, name, mode) < 0 && errno != EEXIST &&
	    faccessat(dir, name, F_OK, AT_SYMLINK_NOFOLLOW) < 0)
		return sp_fail_errno(err, errno, "\"%s\"", path);
	fd = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0)
		return sp_fail_errno(err, errno, "\"%s\"", path);
	r = check_owner(&st, path, err);
	if (r < 0)
		return r;
	if (S_ISLNK(st.st_mode)) {
		n = readlinkat(fd, "", target, sizeof(target) - 1);
		if (n < 0)
			return sp_fail_errno(err, errno, "\"%s\"", path);
		target[n] = '\0';
		*ret_link = sp_xstrdup(target);
		return 1;
	}
	if (!S_ISDIR(st.st_mode))
		return sp_fail_errno(err, ENOTDIR, "\"%s\"", path);
	*ret_fd = sp_take_fd(&fd);
	return 0;
}

/*
 * From / on, no symlink followed but by hand: what could lead elsewhere was
 * put there by root or by us, as the directory that it stands in is checked.
 */
static int open_checked(const char *dir, int *ret_fd, char **ret_path,
			struct sp_err *err)
{
	sp_auto_free char *todo = sp_xstrdup(dir);

	for (int links = 0; links <= LINKS_MAX; links++) {
		sp_auto_close int fd = open("/", O_PATH | O_CLOEXEC);
		sp_auto_buf done = { 0 };
		sp_auto_strv parts = { 0 };
		sp_auto_free char *link = NULL;
		size_t i;

		if (fd < 0)
			return sp_fail_errno(err, errno, "\"/\"");
		sp_strv_split(&parts, todo, "/");
		for (i = 0; i < parts.n; i++) {
			size_t mark = done.len;
			int next = -1, r;

			if (strcmp(parts.v[i], ".") == 0)
				continue;
			sp_buf_addf(&done, "/%s", parts.v[i]);
			r = step(fd, parts.v[i], done.data, i + 1 == parts.n,
				 &next, &link, err);
			if (r < 0)
				return r;
			if (r > 0) {
				done.len = mark;
				break;
			}
			(void)close(fd);
			fd = next;
		}
		if (!link) {
			*ret_fd = openat(fd, ".",
					 O_RDONLY | O_DIRECTORY | O_CLOEXEC);
			if (*ret_fd < 0)
				return sp_fail_errno(err, errno, "\"%s\"", dir);
			*ret_path = sp_buf_take(&done);
			return 0;
		}
		free(todo);
		todo = sp_asprintf("%.*s/%s", *link == '/' ? 0 : (int)done.len,
				   sp_buf_cstr(&done), link);
		for (i++; i < parts.n; i++) {
			char *more = sp_asprintf("%s/%s", todo, parts.v[i]);

			free(todo);
			todo = more;
		}
	}
	return sp_fail_errno(err, ELOOP, "\"%s\"", dir);
}

int sp_cache_open(const char *dir, struct sp_cache **ret, struct sp_err *err)
{
	sp_auto_free char *own = NULL, *path = NULL;
	sp_auto_close int fd = -1;
	sp_auto_err why = { 0 };
	struct sp_cache *c;
	struct stat st;
	int r;

	if (!dir) {
		r = default_dir(&own, err);
		if (r < 0)
			return r;
		dir = own;
	}
	if (*dir != '/')
		return sp_fail(err, EINVAL, "\"%s\": expected an absolute path",
			       dir);
	r = open_checked(dir, &fd, &path, &why);
	if (r < 0)
		return sp_fail(err, why.code, "cache of downloads: %s%s",
			       why.msg,
			       own && geteuid() != 0
				       ? _("; XDG_CACHE_HOME can name another "
					   "directory")
				       : "");
	if (fstat(fd, &st) < 0)
		return sp_fail_errno(err, errno, "\"%s\"", path);
	if (st.st_uid != geteuid() || (st.st_mode & 022))
		return sp_fail(
			err, EPERM,
			"cache of downloads: \"%s\" has to be ours alone "
			"(owner %u, mode %04o)",
			path, (unsigned)st.st_uid,
			(unsigned)(st.st_mode & 07777));
	c = sp_xcalloc(1, sizeof(*c));
	c->fd = sp_take_fd(&fd);
	c->path = sp_take(&path);
	*ret = c;
	return 0;
}

void sp_cache_free(struct sp_cache *c)
{
	if (!c)
		return;
	(void)close(c->fd);
	free(c->path);
	free(c);
}

const char *sp_cache_path(const struct sp_cache *c)
{
	return c->path;
}

char *sp_cache_file(const struct sp_checksum *sum, const char *name)
{
	const char *slash = strrchr(name, '/');
	size_t n = strlen(sum->hex);

	if (slash)
		name = slash + 1;
	/* createrepo_c begins its names so, too */
	if (strncmp(name, sum->hex, n) == 0 && name[n] == '-')
		name += n + 1;
	/* the end says how it is compressed; 255 bytes, less ".PID.part" */
	n = strlen(name);
	if (n > 100)
		name += n - 100;
	return sp_asprintf("files/%s-%s", sum->hex, name);
}

/* --- files ---------------------------------------------------------------- */

static int fail(const struct sp_cache *c, const char *path, int code,
		struct sp_err *err)
{
	return sp_fail_errno(err, code, "\"%s/%s\"", c->path, path);
}

/* The directory of @path (made if @make) and the name in it. */
static int open_dir(const struct sp_cache *c, const char *path, bool make,
		    int *ret_fd, const char **ret_name, struct sp_err *err)
{
	sp_auto_close int fd =
		openat(c->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const char *slash;

	if (fd < 0)
		return fail(c, "", errno, err);
	while ((slash = strchr(path, '/'))) {
		sp_auto_free char *name =
			sp_xstrndup(path, (size_t)(slash - path));
		int next;

		if (!*name || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
			return fail(c, path, EINVAL, err);
		if (make && mkdirat(fd, name, 0700) < 0 && errno != EEXIST)
			return fail(c, name, errno, err);
		next = openat(fd, name,
			      O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (next < 0)
			return errno == ENOENT && !make
				       ? -ENOENT
				       : fail(c, name, errno, err);
		(void)close(fd);
		fd = next;
		path = slash + 1;
	}
	if (!*path || strcmp(path, ".") == 0 || strcmp(path, "..") == 0)
		return fail(c, path, EINVAL, err);
	*ret_fd = sp_take_fd(&fd);
	*ret_name = path;
	return 0;
}

int sp_cache_open_file(struct sp_cache *c, const char *path, int *ret_fd,
		       struct sp_err *err)
{
	sp_auto_close int dir = -1;
	const char *name;
	int r = open_dir(c, path, false, &dir, &name, err);

	if (r < 0)
		return r;
	*ret_fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (*ret_fd < 0)
		return errno == ENOENT ? -ENOENT : fail(c, path, errno, err);
	return 0;
}

int sp_cache_read(struct sp_cache *c, const char *path, size_t max,
		  struct sp_buf *ret, struct sp_err *err)
{
	sp_auto_close int fd = -1;
	sp_auto_buf text = { 0 };
	char block[16384];
	ssize_t n;
	int r = sp_cache_open_file(c, path, &fd, err);

	if (r < 0)
		return r == -ENOENT && !err->code ? 0 : r;
	while ((n = read(fd, block, sizeof(block))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail(c, path, errno, err);
		if (text.len + (size_t)n > max)
			return fail(c, path, EFBIG, err);
		sp_buf_addn(&text, block, (size_t)n);
	}
	*ret = text;
	text = (struct sp_buf){ 0 };
	return 1;
}

int sp_cache_stat(struct sp_cache *c, const char *path, int64_t *ret_size,
		  int64_t *ret_age_s, struct sp_err *err)
{
	sp_auto_close int fd = -1;
	struct timespec now;
	struct stat st;
	int r = sp_cache_open_file(c, path, &fd, err);

	if (r < 0)
		return r == -ENOENT && !err->code ? 0 : r;
	if (fstat(fd, &st) < 0)
		return fail(c, path, errno, err);
	(void)clock_gettime(CLOCK_REALTIME, &now);
	*ret_size = st.st_size;
	*ret_age_s = (int64_t)(now.tv_sec - st.st_mtim.tv_sec);
	return 1;
}

int sp_cache_touch(struct sp_cache *c, const char *path, struct sp_err *err)
{
	sp_auto_close int dir = -1;
	const char *name;
	int r = open_dir(c, path, false, &dir, &name, err);

	if (r < 0)
		return err->code ? r : fail(c, path, -r, err);
	if (utimensat(dir, name, NULL, AT_SYMLINK_NOFOLLOW) < 0)
		return fail(c, path, errno, err);
	return 0;
}

int sp_cache_remove(struct sp_cache *c, const char *path, struct sp_err *err)
{
	sp_auto_close int dir = -1;
	const char *name;
	int r = open_dir(c, path, false, &dir, &name, err);

	if (r < 0)
		return err->code ? r : 0;
	if (unlinkat(dir, name, 0) < 0 && errno != ENOENT)
		return fail(c, path, errno, err);
	return 0;
}

void sp_cache_tidy(struct sp_cache *c, const char *dir, int64_t age_s)
{
	int fd = openat(c->fd, dir,
			O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	sp_auto_closedir DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct timespec now;
	struct dirent *e;
	struct stat st;

	if (!d) {
		if (fd >= 0)
			(void)close(fd);
		return;
	}
	(void)clock_gettime(CLOCK_REALTIME, &now);
	while ((e = readdir(d)))
		if (fstatat(fd, e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    S_ISREG(st.st_mode) &&
		    now.tv_sec - st.st_mtim.tv_sec > age_s)
			(void)unlinkat(fd, e->d_name, 0);
}

static int write_all(int fd, const char *data, size_t len)
{
	while (len) {
		ssize_t n = write(fd, data, len);

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0) {
			data += n;
			len -= (size_t)n;
		}
	}
	return 0;
}

static int begin_in(struct sp_cache *c, int dir, const char *name,
		    const char *path, int *ret_fd, char **ret_part,
		    struct sp_err *err)
{
	for (;;) {
		sp_auto_free char *part = sp_asprintf("%s.part", name);
		sp_auto_close int fd =
			openat(dir, part,
			       O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
		struct stat mine, there;

		if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) < 0) {
			(void)close(fd);
			free(part);
			part = sp_asprintf("%s.%d.part", name, (int)getpid());
			fd = openat(dir, part,
				    O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW |
					    O_CLOEXEC,
				    0600);
		}
		if (fd < 0 || fstat(fd, &mine) < 0)
			return fail(c, path, errno, err);
		/* another process may have finished it meanwhile */
		if (fstatat(dir, part, &there, AT_SYMLINK_NOFOLLOW) < 0 ||
		    there.st_ino != mine.st_ino)
			continue;
		*ret_fd = sp_take_fd(&fd);
		*ret_part = sp_take(&part);
		return 0;
	}
}

int sp_cache_begin(struct sp_cache *c, const char *path, int *ret_fd,
		   char **ret_part, struct sp_err *err)
{
	sp_auto_close int dir = -1;
	const char *name;
	int r = open_dir(c, path, true, &dir, &name, err);

	if (r < 0)
		return r;
	return begin_in(c, dir, name, path, ret_fd, ret_part, err);
}

int sp_cache_finish(struct sp_cache *c, int fd, const char *part,
		    const char *path, struct sp_err *err)
{
	sp_auto_close int dir = -1;
	const char *name;
	int r = open_dir(c, path, true, &dir, &name, err);

	if (r < 0)
		return r;
	/* a rename that a power cut takes back costs a download, no more */
	if (fsync(fd) < 0 || renameat(dir, part, dir, name) < 0)
		return fail(c, path, errno, err);
	return 0;
}

int sp_cache_write(struct sp_cache *c, const char *path, const void *data,
		   size_t len, struct sp_err *err)
{
	sp_auto_free char *part = NULL;
	sp_auto_close int fd = -1;
	int r = sp_cache_begin(c, path, &fd, &part, err);

	if (r < 0)
		return r;
	if (ftruncate(fd, 0) < 0)
		return fail(c, path, errno, err);
	r = write_all(fd, data, len);
	if (r < 0)
		return fail(c, path, -r, err);
	return sp_cache_finish(c, fd, part, path, err);
}
