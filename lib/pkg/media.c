/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* media.c - the child that looks at a stick, and what it sends back. */
#include "pkg/media.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/mem.h"
#include "core/str.h"
#include "pkg/mediamount.h"

#define DEPTH_MAX 8	     /* directories below a repository's top */
#define COPY_BYTES (1 << 20) /* at a time */
#define TELL_MS 100
/* Left free beside the copies: bytes, and of everything 1 / this. */
#define SPARE_BYTES ((int64_t)16 << 20)

void sp_media_files_clear(struct sp_media_files *l)
{
	for (size_t i = 0; i < l->n; i++) {
		free(l->v[i].name);
		free(l->v[i].copy);
	}
	free(l->v);
	*l = (struct sp_media_files){ 0 };
}

/* --- what the child finds ------------------------------------------------------ */

struct found {
	char *dir; /* owned; below the top, "." or "Packages/a" */
	struct sp_media_file file;
};

struct walk {
	const char *match;
	int top;
	struct found *v;
	size_t n, entries;
	int64_t bytes;
	int parent;	/* who is told how much of them is copied */
	int64_t copied, told_ms;
};

static int add_file(struct walk *w, int dir, const char *dirname,
		    const char *name, struct sp_err *err)
{
	struct stat st;
	struct found *f;

	/* A link, even one that leads to a package, is none. */
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return sp_fail_errno(err, errno, "\"%s\"", name);
	if (!S_ISREG(st.st_mode))
		return 0;
	if (w->n >= SP_MEDIA_FILES_MAX)
		return sp_fail(err, E2BIG,
			       "more than %d packages; that is the limit",
			       SP_MEDIA_FILES_MAX);
	w->bytes += st.st_size;
	if (st.st_size > SP_MEDIA_BYTES_MAX || w->bytes > SP_MEDIA_BYTES_MAX)
		return sp_fail(
			err, EFBIG,
			"packages of more than %d GiB; that is the limit",
			(int)(SP_MEDIA_BYTES_MAX >> 30));
	w->v = sp_grow(w->v, w->n, sizeof(*w->v));
	f = &w->v[w->n++];
	*f = (struct found){ .dir = sp_xstrdup(dirname),
			     .file = { .name = sp_xstrdup(name),
				       .size = st.st_size } };
	f->file.match = fnmatch(w->match, name, FNM_PERIOD) == 0;
	return 0;
}

static int open_dir(int at, const char *name, DIR **ret, struct sp_err *err)
{
	int fd = openat(at, name,
			O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	*ret = fd < 0 ? NULL : fdopendir(fd);
	if (*ret)
		return 0;
	(void)sp_fail_errno(err, errno, "\"%s\"", name);
	sp_closep(&fd);
	return -err->code;
}

/* @depth: how many directories further down. */
static int walk(struct walk *w, const char *dirname, int depth,
		struct sp_err *err)
{
	sp_auto_closedir DIR *d = NULL;
	const struct dirent *e;
	int r = open_dir(w->top, dirname, &d, err);

	while (r >= 0 && (errno = 0, e = readdir(d))) {
		sp_auto_free char *below = NULL;
		struct stat st;

		if (++w->entries > SP_MEDIA_ENTRIES_MAX)
			return sp_fail(err, E2BIG,
				       "more than %d files and directories; "
				       "put the packages on a stick of their "
				       "own",
				       SP_MEDIA_ENTRIES_MAX);
		if (*e->d_name == '.' || sp_find_control(e->d_name) >= 0)
			continue;
		if (fnmatch("*.rpm", e->d_name, FNM_CASEFOLD) == 0) {
			r = add_file(w, dirfd(d), dirname, e->d_name, err);
			continue;
		}
		if (!depth ||
		    fstatat(dirfd(d), e->d_name, &st, AT_SYMLINK_NOFOLLOW) !=
			    0 ||
		    !S_ISDIR(st.st_mode))
			continue;
		below = sp_streq(dirname, ".")
				? sp_xstrdup(e->d_name)
				: sp_asprintf("%s/%s", dirname, e->d_name);
		r = walk(w, below, depth - 1, err);
	}
	if (r >= 0 && errno)
		return sp_fail_errno(err, errno, "\"%s\"", dirname);
	return r;
}

/* --- what the child sends ------------------------------------------------------- */

enum { A_FILE = -1, SO_FAR = -2 };

/*
 * How much is copied so far; files; then one with code >= 0: how it ended,
 * with the message as name.
 */
struct record {
	int code;
	bool match, copied;
	size_t name_len, copy_len;
	int64_t size, total;
};

static void send(int fd, const struct record *rec, const char *name,
		 const char *copy_path)
{
	sp_auto_buf b = { 0 };
	size_t at = 0;

	sp_buf_addn(&b, rec, sizeof(*rec));
	sp_buf_addn(&b, name, rec->name_len);
	sp_buf_addn(&b, copy_path, rec->copy_len);
	while (at < b.len) {
		ssize_t n = write(fd, b.data + at, b.len - at);

		if (n < 0)
			_exit(1);
		at += (size_t)n;
	}
}

/* --- copying (in the child) ----------------------------------------------------- */

static int check_room(const struct walk *w, int spool, const char *name,
		      struct sp_err *err)
{
	sp_auto_buf need = { 0 }, room = { 0 };
	struct statvfs vfs;
	int64_t free_bytes;

	if (fstatvfs(spool, &vfs) != 0)
		return sp_fail_errno(err, errno, "\"%s\"", name);
	free_bytes = (int64_t)vfs.f_bavail * (int64_t)vfs.f_frsize;
	if (w->bytes + SPARE_BYTES <= free_bytes)
		return 0;
	sp_size_format(w->bytes, &need);
	sp_size_format(free_bytes, &room);
	return sp_fail(err, ENOSPC,
		       "no room for copies of the packages: they have %s, "
		       "\"%s\" has %s left",
		       sp_buf_cstr(&need), name, sp_buf_cstr(&room));
}

static void tell(struct walk *w, bool first)
{
	int64_t now = sp_clock_ms();

	if (!first && now - w->told_ms < TELL_MS)
		return;
	w->told_ms = now;
	send(w->parent,
	     &(struct record){ .code = SO_FAR,
			       .size = w->copied,
			       .total = w->bytes },
	     "", "");
}

/* The error that reading gave: for a stick, most likely what it sounds like. */
static int gone(const char *name, int code, struct sp_err *err)
{
	return sp_fail(err, code,
		       "\"%s\" cannot be read to its end (%s); was the stick "
		       "pulled out?",
		       name, strerror(code));
}

static int copy(struct walk *w, struct found *f, int spool, char *buf,
		struct sp_err *err)
{
	sp_auto_close int dir =
		openat(w->top, f->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	sp_auto_close int in = -1, out = -1;
	const char *to = f->file.copy;
	int64_t left = f->file.size;
	struct stat st;

	if (dir >= 0) /* a FIFO that took its place must not hang us */
		in = openat(dir, f->file.name,
			    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (in < 0 || fstat(in, &st) != 0)
		return gone(f->file.name, errno, err);
	if (!S_ISREG(st.st_mode) || st.st_size != left)
		return sp_fail(err, EIO, "\"%s\" changed while it was read",
			       f->file.name);
	out = openat(spool, strrchr(to, '/') + 1,
		     O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		     0600);
	if (out < 0)
		return sp_fail_errno(err, errno, "\"%s\"", to);
	while (left > 0) {
		size_t want = left < COPY_BYTES ? (size_t)left : COPY_BYTES;
		ssize_t n = read(in, buf, want);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return gone(f->file.name, n < 0 ? errno : EIO, err);
		left -= n;
		for (ssize_t k, at = 0; at < n; at += k) {
			k = write(out, buf + at, (size_t)(n - at));
			if (k < 0)
				return sp_fail_errno(err, errno, "\"%s\"", to);
		}
		w->copied += n;
		tell(w, false);
	}
	return 0;
}

static int copy_all(struct walk *w, int fd, const char *spool,
		    struct sp_err *err)
{
	sp_auto_free char *buf = sp_xmalloc(COPY_BYTES);
	int r = check_room(w, fd, spool, err);

	if (r >= 0 && w->n)
		tell(w, true);
	for (size_t i = 0; i < w->n && r >= 0; i++) {
		const char *name = w->v[i].file.name;

		/* sorted: of two that are called the same the second */
		w->v[i].file.copy =
			i && sp_streq(name, w->v[i - 1].file.name)
				? sp_asprintf("%s/%zu-%s", spool, i, name)
				: sp_asprintf("%s/%s", spool, name);
		r = copy(w, &w->v[i], fd, buf, err);
	}
	return r;
}

static int by_name(const void *a, const void *b)
{
	const struct found *x = a, *y = b;
	int r = strcmp(x->file.name, y->file.name);

	return r ? r : strcmp(x->dir, y->dir);
}

static int work(const struct sp_blockdev *b, const char *spool, struct walk *w,
		struct sp_err *err)
{
	/* Opened first: what is mounted may hide where it is. */
	sp_auto_close int to =
		spool ? open(spool, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	struct stat st;
	bool whole;
	int r;

	if (spool && to < 0)
		return sp_fail_errno(err, errno, "\"%s\"", spool);
	r = sp_media_mount(b, &w->top, err);
	if (r < 0)
		return r;
	whole = fstatat(w->top, "repodata", &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		S_ISDIR(st.st_mode);
	r = walk(w, ".", whole ? DEPTH_MAX : 0, err);
	if (r >= 0 && w->n)
		qsort(w->v, w->n, sizeof(*w->v), by_name);
	return r >= 0 && spool ? copy_all(w, to, spool, err) : r;
}

/* --- between child and parent ------------------------------------------------------ */

/* What a child does; it sends what it finds to @fd. */
struct order {
	const struct sp_blockdev *dev;
	const char *match, *spool;
	const char *name; /* this one file, at most @max bytes, instead */
	size_t max;
};

static void send_end(int fd, const struct sp_err *err)
{
	send(fd,
	     &(struct record){ .code = err->code,
			       .name_len = err->msg ? strlen(err->msg) : 0 },
	     err->msg ? err->msg : "", "");
}

static void find_files(const struct order *o, int fd, struct sp_err *err)
{
	struct walk w = { .match = o->match, .top = -1, .parent = fd };

	(void)work(o->dev, o->spool, &w, err);
	for (size_t i = 0; i < w.n && !err->code; i++) {
		const struct sp_media_file *f = &w.v[i].file;
		const char *to = f->copy ? f->copy : "";

		send(fd,
		     &(struct record){ .code = A_FILE,
				       .match = f->match,
				       .copied = f->copy != NULL,
				       .name_len = strlen(f->name),
				       .copy_len = strlen(to),
				       .size = f->size },
		     f->name, to);
	}
}

/* Its content goes where a name goes elsewhere. */
static int read_file(const struct order *o, int fd, struct sp_err *err)
{
	sp_auto_free char *text = sp_xmalloc(o->max + 1);
	sp_auto_close int top = -1, in = -1;
	size_t len = 0;
	ssize_t n = 0;
	struct stat st;
	int r = sp_media_mount(o->dev, &top, err);

	if (r < 0)
		return r;
	in = openat(top, o->name,
		    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (in < 0 && errno == ELOOP)
		return sp_fail(err, EINVAL, "\"%s\" is a link", o->name);
	if (in < 0 || fstat(in, &st) != 0)
		return sp_fail_errno(err, errno, "\"%s\"", o->name);
	if (!S_ISREG(st.st_mode))
		return sp_fail(err, EINVAL, "\"%s\" is no regular file",
			       o->name);
	while (len <= o->max &&
	       (n = read(in, text + len, o->max + 1 - len)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return gone(o->name, errno, err);
		len += (size_t)n;
	}
	if (len > o->max)
		return sp_fail(err, EFBIG,
			       "\"%s\" is larger than %zu bytes, the limit",
			       o->name, o->max);
	send(fd, &(struct record){ .code = A_FILE, .name_len = len }, text, "");
	return 0;
}

static void child(const struct order *o, int fd)
{
	struct sp_err err = { 0 };

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)signal(SIGPIPE, SIG_IGN);
	if (o->name)
		(void)read_file(o, fd, &err);
	else
		find_files(o, fd, &err);
	send_end(fd, &err);
	_exit(0);
}

static bool receive(int fd, void *to, size_t len)
{
	char *p = to;

	while (len) {
		ssize_t n = read(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		p += n;
		len -= (size_t)n;
	}
	return true;
}

static char *receive_text(int fd, size_t len)
{
	sp_auto_free char *text = sp_xmalloc(len + 1);

	if (!receive(fd, text, len))
		return NULL;
	text[len] = '\0';
	return sp_take(&text);
}

/* @on_file gets each file's record; its name and copy are taken, or not. */
typedef void file_fn(void *arg, const struct record *rec, char **name,
		     char **to);

struct listener {
	sp_media_told_fn *told;
	void *told_arg;
	file_fn *on_file;
	void *arg;
};

/* Up to the child's last record. */
static int collect(int fd, const struct listener *l, struct sp_err *err)
{
	struct record rec;

	while (receive(fd, &rec, sizeof(rec))) {
		sp_auto_free char *name = receive_text(fd, rec.name_len);
		sp_auto_free char *to =
			name ? receive_text(fd, rec.copy_len) : NULL;

		if (!to)
			break;
		if (rec.code > 0)
			return sp_fail(err, rec.code, "%s", name);
		if (rec.code == 0)
			return 0;
		if (rec.code == A_FILE)
			l->on_file(l->arg, &rec, &name, &to);
		else if (l->told)
			l->told(l->told_arg, rec.size, rec.total);
	}
	return sp_fail(err, EIO, "the process that read it died");
}

static int ask_child(const struct order *o, const struct listener *l,
		     struct sp_err *err)
{
	int fds[2], r;
	pid_t pid;

	if (o->dev->bad)
		return sp_fail(err, ENODEV, "%s %s", o->dev->path, o->dev->bad);
	if (pipe2(fds, O_CLOEXEC) != 0)
		return sp_fail_errno(err, errno, "pipe");
	pid = fork();
	if (pid == 0) {
		(void)close(fds[0]);
		child(o, fds[1]);
	}
	(void)close(fds[1]);
	if (pid < 0) {
		r = sp_fail_errno(err, errno, "fork");
	} else {
		r = collect(fds[0], l, err);
		while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	(void)close(fds[0]);
	return r < 0 ? sp_wrap(err, "%s", o->dev->path) : 0;
}

static void add_found(void *arg, const struct record *rec, char **name,
		      char **to)
{
	struct sp_media_files *l = arg;

	l->v = sp_grow(l->v, l->n, sizeof(*l->v));
	l->v[l->n++] = (struct sp_media_file){
		.name = sp_take(name),
		.size = rec->size,
		.match = rec->match,
		.copy = rec->copied ? sp_take(to) : NULL,
	};
	l->n_match += rec->match;
}

int sp_media_read(const struct sp_blockdev *dev, const char *match,
		  const char *spool, sp_media_told_fn *told, void *arg,
		  struct sp_media_files *ret, struct sp_err *err)
{
	const struct order order = { .dev = dev,
				     .match = match,
				     .spool = spool };
	sp_auto_media_files files = { 0 };
	const struct listener l = { told, arg, add_found, &files };
	int r = ask_child(&order, &l, err);

	if (r < 0)
		return r;
	*ret = files;
	files = (struct sp_media_files){ 0 };
	return 0;
}

/* --- one file --------------------------------------------------------------------- */

static void take_text(void *arg, const struct record *rec, char **name,
		      char **to)
{
	(void)to;
	sp_buf_addn(arg, *name, rec->name_len);
}

/* The one disk with that label: 1, or 0. */
static int find_label(const char *sys, const char *dev, const char *label,
		      struct sp_blockdev *ret, struct sp_err *err)
{
	sp_auto_blockdevs all = { 0 };
	struct sp_blockdev *found = NULL;
	int r = sp_blockdev_scan(sys, dev, true, &all, err);

	if (r == -ENOENT) { /* a container without disks */
		sp_err_clear(err);
		return 0;
	}
	for (size_t i = 0; i < all.n && r >= 0; i++) {
		sp_auto_free char *one = NULL, *other = NULL;

		if (!sp_streq(all.v[i].label, label))
			continue;
		if (found) {
			one = sp_blockdev_shown(found);
			other = sp_blockdev_shown(&all.v[i]);
			return sp_fail(err, ENOTUNIQ,
				       "two disks are labelled \"%s\": %s; %s; "
				       "take one of them out",
				       label, one, other);
		}
		found = &all.v[i];
	}
	if (r < 0 || !found)
		return r < 0 ? r : 0;
	*ret = *found;
	*found = (struct sp_blockdev){ 0 };
	return 1;
}

int sp_media_file(const char *sys, const char *dev, const char *path,
		  const char *label, const char *name, size_t max,
		  struct sp_buf *ret, char **ret_from, struct sp_err *err)
{
	struct sp_blockdev disk = { 0 };
	const struct order order = { .dev = &disk, .name = name, .max = max };
	sp_auto_buf text = { 0 };
	const struct listener l = { .on_file = take_text, .arg = &text };
	int r = path ? sp_blockdev_at(path, &disk, err)
		     : find_label(sys, dev, label, &disk, err);

	if (path && r >= 0)
		r = 1;
	if (r > 0)
		r = ask_child(&order, &l, err) < 0 ? -err->code : 1;
	if (r > 0) {
		*ret_from = sp_blockdev_shown(&disk);
		*ret = text;
		text = (struct sp_buf){ 0 };
	}
	sp_blockdev_clear(&disk);
	return r;
}
