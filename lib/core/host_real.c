/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* host_real.c - a root directory on disk, reached by file descriptor. */
#include "host_real.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <shadow.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "label.h"
#include "mem.h"
#include "run.h"

#define XATTR_LIST_MAX 65536
#define XATTR_VALUE_MAX 65536

struct sp_root {
	int fd;
	char *name;
	bool is_host; /* it is "/", whether the system there runs or not */
	bool live, runs;
	bool no_openat2; /* the kernel has none: walk by hand */
	bool accounts_locked;
	char *dir; /* path of dir_fd: the last parent used */
	int dir_fd;
	struct sp_labels *labels;
	sp_effect_hook *hook;
	void *hook_arg;
	sp_run_hook *run;
	void *run_arg;
	sp_task_fn *task;
	void *task_arg;
	struct sp_task timed; /* told, not ended: goes on with the program */
};

/*
 * Is "/" the root of a system that was booted?  Not so in a chroot, as an
 * installer's hooks have it: /run may be the installer's own there, so the
 * root of process 1 decides, if we may see it.
 * Source: proc(5), /proc/PID/root; systemd-detect-virt(1), --chroot.
 */
static bool is_chroot(void)
{
	struct stat own, first;

	if (stat("/", &own) < 0)
		return true;
	if (stat("/proc/1/root", &first) < 0)
		/* Every system that runs has /proc; it may hide process 1. */
		return access("/proc/self", F_OK) < 0;
	return own.st_dev != first.st_dev || own.st_ino != first.st_ino;
}

/* Is there anybody to be told what has changed? */
static bool has_daemons(void)
{
	return access("/run/systemd/system", F_OK) == 0 ||
	       access("/run/dbus/system_bus_socket", F_OK) == 0;
}

int sp_root_open(const char *dir, struct sp_root **ret, struct sp_err *err)
{
	sp_auto_close int fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	sp_auto_free char *real = NULL;
	struct sp_root *r;

	if (fd < 0)
		return sp_fail_errno(err, errno, "root \"%s\"", dir);
	real = realpath(dir, NULL);
	if (!real)
		return sp_fail_errno(err, errno, "root \"%s\"", dir);

	r = sp_xcalloc(1, sizeof(*r));
	r->fd = sp_take_fd(&fd);
	r->dir_fd = -1;
	r->is_host = sp_streq(real, "/");
	r->runs = r->is_host && !is_chroot();
	r->live = r->runs && has_daemons();
	r->name = sp_take(&real);
	*ret = r;
	return 0;
}

void sp_root_free(struct sp_root *r)
{
	if (!r)
		return;
	sp_closep(&r->dir_fd);
	sp_closep(&r->fd);
	sp_labels_free(r->labels);
	free(r->dir);
	free(r->name);
	free(r);
}

const char *sp_root_name(const struct sp_root *r)
{
	return r->name;
}

bool sp_root_live(const struct sp_root *r)
{
	return r->live;
}

bool sp_root_is_host(const struct sp_root *r)
{
	return r->is_host;
}

void sp_root_set_offline(struct sp_root *r)
{
	r->live = r->runs = false;
}

void sp_root_allow_commands(struct sp_root *r)
{
	r->runs = true;
}

bool sp_root_runs(const struct sp_root *r)
{
	return r->runs || r->run;
}

void sp_root_set_hook(struct sp_root *r, sp_effect_hook *hook, void *arg)
{
	r->hook = hook;
	r->hook_arg = arg;
}

void sp_root_set_live(struct sp_root *r)
{
	r->live = true;
	r->runs = true;
}

void sp_root_set_run(struct sp_root *r, sp_run_hook *run, void *arg)
{
	r->run = run;
	r->run_arg = arg;
}

void sp_root_set_progress(struct sp_root *r, sp_task_fn *fn, void *arg)
{
	r->task = fn;
	r->task_arg = arg;
}

void sp_root_progress(struct sp_root *r, const struct sp_task *task)
{
	bool timed = task->sort == SP_TASK_COMMAND ||
		     task->sort == SP_TASK_TIME;
	struct sp_task t = *task;

	/* What is ended may take its time to end. */
	if (timed && t.total >= 0 && t.done > t.total)
		t.done = t.total;
	if (t.state == SP_TASK_ENDS)
		r->timed = (struct sp_task){ 0 };
	else if (timed)
		r->timed = t;
	if (r->task)
		r->task(r->task_arg, &t);
}

/* A second of a program's is over. */
static void on_second(void *arg, int elapsed_s)
{
	struct sp_root *r = arg;
	struct sp_task t = r->timed;

	if (!t.sort)
		return;
	t.state = SP_TASK_GOES_ON;
	t.done = elapsed_s;
	sp_root_progress(r, &t);
}

/* --- descriptors ----------------------------------------------------------- */

/* Open @rel component by component; for kernels without openat2(). */
static int walk(int fd, const char *rel, int flags)
{
	sp_auto_close int dir = fcntl(fd, F_DUPFD_CLOEXEC, 3);

	while (dir >= 0) {
		const char *slash = strchr(rel, '/');
		sp_auto_free char *name = NULL;
		int next;

		if (!slash)
			return openat(dir, rel, flags | O_NOFOLLOW | O_CLOEXEC);
		name = sp_xstrndup(rel, (size_t)(slash - rel));
		next = openat(dir, name,
			      O_PATH | O_NOFOLLOW | O_DIRECTORY | O_CLOEXEC);
		(void)close(dir);
		dir = next;
		rel = slash + 1;
	}
	return -1;
}

/* Open below the root; returns a descriptor or -1 with errno. */
static int open_below(struct sp_root *r, const char *path, int flags)
{
	const char *rel = path[1] ? path + 1 : ".";

	if (!r->no_openat2) {
		struct open_how how = {
			.flags = (unsigned)(flags | O_NOFOLLOW | O_CLOEXEC),
			.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS |
				   RESOLVE_NO_MAGICLINKS,
		};
		int fd = (int)syscall(SYS_openat2, r->fd, rel, &how,
				      sizeof(how));

		/* EPERM: seccomp filters that do not know the call. */
		if (fd >= 0 || (errno != ENOSYS && errno != EPERM))
			return fd;
		r->no_openat2 = true;
	}
	return walk(r->fd, rel, flags);
}

/*
 * The directory that holds @path, and the last component.  The descriptor is
 * kept for the next call, since work comes directory by directory.
 */
static int parent(struct sp_root *r, const char *path, const char **ret_name)
{
	const char *slash = strrchr(path, '/');
	size_t len = (size_t)(slash - path);
	sp_auto_free char *dir = NULL;

	*ret_name = slash[1] ? slash + 1 : ".";
	if (r->dir && strlen(r->dir) == len && memcmp(r->dir, path, len) == 0)
		return r->dir_fd;

	sp_root_refresh(r);
	dir = sp_xstrndup(path, len);
	r->dir_fd = open_below(r, len ? dir : "/", O_PATH | O_DIRECTORY);
	if (r->dir_fd >= 0)
		r->dir = sp_take(&dir);
	return r->dir_fd;
}

void sp_root_refresh(struct sp_root *r)
{
	int saved = errno;

	sp_closep(&r->dir_fd);
	r->dir_fd = -1;
	free(r->dir);
	r->dir = NULL;
	errno = saved;
}

static bool is_missing(int e)
{
	return e == ENOENT || e == ENOTDIR;
}

/* --- reading ---------------------------------------------------------------- */

static void fill(struct sp_node *n, const struct stat *st)
{
	*n = (struct sp_node){
		.type = S_ISREG(st->st_mode)   ? SP_FT_FILE
			: S_ISDIR(st->st_mode) ? SP_FT_DIR
			: S_ISLNK(st->st_mode) ? SP_FT_LINK
					       : SP_FT_OTHER,
		.mode = st->st_mode & 07777,
		.uid = st->st_uid,
		.gid = st->st_gid,
		.size = st->st_size > 0 ? (size_t)st->st_size : 0,
	};
}

int sp_root_lookup(struct sp_root *r, const char *path, struct sp_node *ret,
		   struct sp_err *err)
{
	const char *name;
	struct stat st;
	int dir = parent(r, path, &name);

	if (dir < 0 || fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0) {
		if (is_missing(errno))
			return 0;
		return sp_fail_errno(err, errno, "%s", path);
	}
	fill(ret, &st);
	if (ret->type == SP_FT_LINK) {
		char target[4097];
		ssize_t n = readlinkat(dir, name, target, sizeof(target));

		if (n < 0 || n == sizeof(target))
			return sp_fail_errno(err, n < 0 ? errno : ENAMETOOLONG,
					     "%s", path);
		sp_buf_addn(&ret->data, target, (size_t)n);
		ret->loaded = true;
	}
	return 1;
}

static int read_fd(int fd, const char *path, size_t max, struct sp_buf *ret,
		   struct sp_err *err)
{
	sp_auto_buf b = { 0 };
	char chunk[65536];

	for (;;) {
		ssize_t n = read(fd, chunk, sizeof(chunk));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return sp_fail_errno(err, errno, "%s", path);
		if (n == 0)
			break;
		if (b.len + (size_t)n > max)
			return sp_fail(
				err, EFBIG,
				"%s: larger than %zu MiB, the limit for files sprout reads",
				path, max >> 20);
		sp_buf_addn(&b, chunk, (size_t)n);
	}
	*ret = b;
	b = (struct sp_buf){ 0 };
	return 0;
}

/* Open for reading; 1 with @ret_fd and @st, 0 when missing. */
static int open_file(struct sp_root *r, const char *path, int *ret_fd,
		     struct stat *st, struct sp_err *err)
{
	/* O_NONBLOCK: a FIFO in the file's place must not hang us. */
	sp_auto_close int fd =
		open_below(r, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);

	if (fd < 0) {
		if (is_missing(errno))
			return 0;
		return sp_fail_errno(err, errno, "%s", path);
	}
	if (fstat(fd, st) < 0)
		return sp_fail_errno(err, errno, "%s", path);
	if (!S_ISREG(st->st_mode))
		return sp_fail(err, EINVAL, "%s: not a regular file", path);
	*ret_fd = sp_take_fd(&fd);
	return 1;
}

int sp_root_read(struct sp_root *r, const char *path, size_t max,
		 struct sp_buf *ret, struct sp_err *err)
{
	sp_auto_close int fd = -1;
	struct stat st;
	int rc = open_file(r, path, &fd, &st, err);

	if (rc <= 0)
		return rc;
	rc = read_fd(fd, path, max, ret, err);
	return rc < 0 ? rc : 1;
}

static int load_xattrs(int fd, const char *path, struct sp_node *n,
		       struct sp_err *err)
{
	sp_auto_free char *names = NULL, *value = NULL;
	ssize_t len = flistxattr(fd, NULL, 0);

	if (len == 0 || (len < 0 && (errno == ENOTSUP || errno == EPERM)))
		return 0;
	if (len < 0 || len > XATTR_LIST_MAX)
		return sp_fail_errno(err, len < 0 ? errno : E2BIG,
				     "%s: extended attributes", path);
	names = sp_xmalloc(XATTR_LIST_MAX);
	value = sp_xmalloc(XATTR_VALUE_MAX);
	len = flistxattr(fd, names, XATTR_LIST_MAX);
	if (len < 0)
		return sp_fail_errno(err, errno, "%s: extended attributes",
				     path);
	for (const char *p = names; p < names + len; p += strlen(p) + 1) {
		ssize_t v = fgetxattr(fd, p, value, XATTR_VALUE_MAX);
		struct sp_xattr *x;

		if (v < 0)
			continue; /* gone meanwhile, or not for us to read */
		n->x = sp_grow(n->x, n->n_x, sizeof(*n->x));
		x = &n->x[n->n_x++];
		x->name = sp_xstrdup(p);
		x->len = (size_t)v;
		x->value = sp_xmalloc(x->len);
		memcpy(x->value, value, x->len);
	}
	return 0;
}

int sp_root_load(struct sp_root *r, const char *path, struct sp_node *ret,
		 struct sp_err *err)
{
	sp_auto_node node = { 0 };
	int rc = sp_root_lookup(r, path, &node, err);

	if (rc <= 0)
		return rc;
	if (node.type == SP_FT_FILE) {
		sp_auto_close int fd = -1;
		struct stat st;

		rc = open_file(r, path, &fd, &st, err);
		if (rc <= 0)
			return rc;
		fill(&node, &st);
		rc = read_fd(fd, path, SP_FILE_MAX, &node.data, err);
		if (rc >= 0)
			rc = load_xattrs(fd, path, &node, err);
		if (rc < 0)
			return rc;
		node.size = node.data.len;
		node.loaded = true;
	}
	*ret = node;
	node = (struct sp_node){ 0 };
	return 1;
}

int sp_root_keepable(struct sp_root *r, const struct sp_strv *paths,
		     struct sp_err *err)
{
	size_t sum = 0;

	for (size_t i = 0; i < paths->n; i++) {
		sp_auto_node n = { 0 };
		int rc = sp_root_lookup(r, paths->v[i], &n, err);

		if (rc < 0)
			return rc;
		if (n.type == SP_FT_OTHER)
			return sp_fail(err, EINVAL,
				       "%s: a device, socket or pipe cannot be "
				       "kept for an undo; move it away",
				       paths->v[i]);
		if (n.type != SP_FT_FILE)
			continue;
		sum += n.size;
		if (n.size > SP_FILE_MAX)
			return sp_fail(err, EFBIG,
				       "%s: %zu MiB, and files above %zu MiB "
				       "are not kept for an undo; move it away",
				       paths->v[i], n.size >> 20,
				       SP_FILE_MAX >> 20);
		if (sum > SP_KEPT_MAX)
			return sp_fail(err, EFBIG,
				       "%s: with the others more than %zu MiB, "
				       "which are not kept for an undo; move "
				       "them away",
				       paths->v[i], SP_KEPT_MAX >> 20);
	}
	return 0;
}

int sp_root_list(struct sp_root *r, const char *path, struct sp_strv *ret,
		 struct sp_err *err)
{
	sp_auto_strv names = { 0 };
	int fd = open_below(r, path, O_RDONLY | O_DIRECTORY);
	sp_auto_closedir DIR *d = NULL;

	if (fd < 0) {
		if (is_missing(errno))
			return 0;
		return sp_fail_errno(err, errno, "%s", path);
	}
	d = fdopendir(fd);
	if (!d) {
		(void)close(fd);
		return sp_fail_errno(err, errno, "%s", path);
	}
	for (;;) {
		struct dirent *e;

		errno = 0;
		e = readdir(d);
		if (!e)
			break;
		if (sp_streq(e->d_name, ".") || sp_streq(e->d_name, ".."))
			continue;
		if (names.n == SP_DIR_MAX)
			return sp_fail(err, EFBIG, "%s: more than %d entries",
				       path, SP_DIR_MAX);
		sp_strv_add(&names, e->d_name);
	}
	if (errno)
		return sp_fail_errno(err, errno, "%s", path);
	sp_strv_sort(&names);
	*ret = names;
	names = (struct sp_strv){ 0 };
	return 1;
}

/* --- effects ----------------------------------------------------------------- */

static int enter(struct sp_root *r, const char *what, const char *path,
		 struct sp_err *err)
{
	int e = r->hook ? r->hook(r->hook_arg, what, path) : 0;

	return e ? sp_fail_errno(err, e, "%s: %s", path, what) : 0;
}

static int failed(struct sp_err *err, const char *what, const char *path)
{
	return sp_fail_errno(err, errno, "%s: %s", path, what);
}

/* fchown that asks for nothing when nothing has to change. */
static int own(int fd, const struct sp_node *node)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -1;
	if (st.st_uid == node->uid && st.st_gid == node->gid)
		return 0;
	return fchownat(fd, "", node->uid, node->gid, AT_EMPTY_PATH);
}

/*
 * What of a replaced file's attributes must not go onto new content: digests
 * of the old one, and the privilege that was given to it.
 */
static bool is_stale_xattr(const char *name)
{
	return sp_streq(name, "security.ima") || sp_streq(name, "security.evm");
}

static int set_xattrs(int fd, const char *path, const struct sp_node *node,
		      struct sp_err *err)
{
	for (size_t i = 0; i < node->n_x; i++) {
		const struct sp_xattr *x = &node->x[i];

		if (is_stale_xattr(x->name))
			continue;
		if (fsetxattr(fd, x->name, x->value, x->len, 0) < 0 &&
		    errno != ENOTSUP)
			return sp_fail_errno(err, errno, "%s: attribute %s",
					     path, x->name);
	}
	return 0;
}

/* Of @fd, or of the symlink @link in the directory @fd, which has no fd. */
static int put_label(int fd, const char *link, const char *label)
{
	sp_auto_free char *path = NULL;

	if (!link)
		return fsetxattr(fd, "security.selinux", label,
				 strlen(label) + 1, 0);
	path = sp_asprintf("/proc/self/fd/%d/%s", fd, link);
	/* Where there is no /proc, links have none. */
	return lsetxattr(path, "security.selinux", label, strlen(label) + 1,
			 0) < 0 &&
			       errno != ENOENT
		       ? -1
		       : 0;
}

/* The policy's label for a new file; @final is where it will stand. */
static int set_label(struct sp_root *r, int fd, const char *link,
		     const char *final, const struct sp_node *node, mode_t type,
		     struct sp_err *err)
{
	sp_auto_free char *label = NULL;
	int rc;

	for (size_t i = 0; i < node->n_x; i++)
		if (sp_streq(node->x[i].name, "security.selinux"))
			return 0;
	if (!r->labels)
		r->labels = sp_labels_new(r->name);
	rc = sp_label_lookup(r->labels, final, type | node->mode, &label, err);
	if (rc < 0 || !label)
		return rc;
	if (put_label(fd, link, label) < 0 && errno != ENOTSUP &&
	    !(errno == EPERM && !r->live))
		return sp_fail_errno(err, errno, "%s: label %s", final, label);
	return 0;
}

int sp_root_mkdir(struct sp_root *r, const char *path,
		  const struct sp_node *node, struct sp_err *err)
{
	sp_auto_close int fd = -1;
	const char *name;
	int dir;
	int rc = enter(r, "mkdir", path, err);

	if (rc < 0)
		return rc;
	dir = parent(r, path, &name);
	if (dir < 0 || mkdirat(dir, name, 0700) < 0)
		return failed(err, "mkdir", path);
	fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || own(fd, node) < 0 || fchmod(fd, node->mode) < 0)
		return failed(err, "mkdir", path);
	return set_label(r, fd, NULL, path, node, S_IFDIR, err);
}

static int write_all(int fd, const char *p, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

int sp_root_create(struct sp_root *r, const char *path, const char *final,
		   const struct sp_node *node, struct sp_err *err)
{
	sp_auto_close int fd = -1;
	const char *name;
	int dir;
	int rc = enter(r, "create", path, err);

	if (rc < 0)
		return rc;
	dir = parent(r, path, &name);
	if (dir < 0)
		return failed(err, "create", path);
	if (node->type == SP_FT_LINK) {
		struct stat st;

		if (symlinkat(sp_buf_cstr(&node->data), dir, name) < 0 ||
		    fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			return failed(err, "create", path);
		if ((st.st_uid != node->uid || st.st_gid != node->gid) &&
		    fchownat(dir, name, node->uid, node->gid,
			     AT_SYMLINK_NOFOLLOW) < 0)
			return failed(err, "chown", path);
		return set_label(r, dir, name, final, node, S_IFLNK, err);
	}
	fd = openat(dir, name,
		    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return failed(err, "create", path);
	if (write_all(fd, node->data.data, node->data.len) < 0)
		return failed(err, "write", path);
	if (own(fd, node) < 0)
		return failed(err, "chown", path);
	if (fchmod(fd, node->mode) < 0)
		return failed(err, "chmod", path);
	rc = set_xattrs(fd, path, node, err);
	if (rc >= 0)
		rc = set_label(r, fd, NULL, final, node, S_IFREG, err);
	if (rc < 0)
		return rc;
	if (fsync(fd) < 0)
		return failed(err, "fsync", path);
	return 0;
}

int sp_root_append(struct sp_root *r, const char *path, size_t at,
		   const void *data, size_t len, struct sp_err *err)
{
	sp_auto_close int fd = -1;
	struct stat st;
	const char *name;
	int dir, e;
	int rc = enter(r, "append", path, err);

	if (rc < 0)
		return rc;
	dir = parent(r, path, &name);
	if (dir >= 0)
		fd = openat(dir, name,
			    O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW |
				    O_CLOEXEC,
			    0600);
	if (fd < 0 || fstat(fd, &st) < 0)
		return failed(err, "append", path);
	if ((size_t)st.st_size < at)
		return sp_fail(err, ESTALE, "%s: shorter than it was", path);
	if (((size_t)st.st_size > at && ftruncate(fd, (off_t)at) < 0) ||
	    write_all(fd, data, len) < 0 || fsync(fd) < 0) {
		e = errno;
		(void)ftruncate(fd, (off_t)at); /* else the next call does it */
		errno = e;
		return failed(err, "append", path);
	}
	return 0;
}

int sp_root_rename(struct sp_root *r, const char *from, const char *to,
		   struct sp_err *err)
{
	const char *a = strrchr(from, '/') + 1, *b;
	int dir;
	int rc = enter(r, "rename", to, err);

	if (rc < 0)
		return rc;
	dir = parent(r, to, &b);
	if (dir < 0 || renameat(dir, a, dir, b) < 0)
		return failed(err, "rename", to);
	return 0;
}

int sp_root_unlink(struct sp_root *r, const char *path, bool is_dir,
		   struct sp_err *err)
{
	const char *name;
	int dir;
	int rc = enter(r, is_dir ? "rmdir" : "unlink", path, err);

	if (rc < 0)
		return rc;
	dir = parent(r, path, &name);
	if ((dir < 0 || unlinkat(dir, name, is_dir ? AT_REMOVEDIR : 0) < 0) &&
	    !is_missing(errno))
		return failed(err, is_dir ? "rmdir" : "unlink", path);
	if (is_dir)
		sp_root_refresh(r);
	return 0;
}

int sp_root_setattr(struct sp_root *r, const char *path,
		    const struct sp_node *node, struct sp_err *err)
{
	sp_auto_close int fd = -1;
	int rc = enter(r, "chmod", path, err);

	if (rc < 0)
		return rc;
	fd = open_below(r, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
	if (fd < 0 || own(fd, node) < 0 || fchmod(fd, node->mode) < 0)
		return failed(err, "chmod", path);
	if (fsync(fd) < 0)
		return failed(err, "fsync", path);
	return 0;
}

int sp_root_poke(struct sp_root *r, const char *path, const char *text,
		 struct sp_err *err)
{
	sp_auto_close int fd = -1;
	size_t len = strlen(text);
	int rc = enter(r, "write", path, err);

	if (rc < 0)
		return rc;
	fd = open_below(r, path, O_WRONLY | O_TRUNC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0 || write(fd, text, len) != (ssize_t)len)
		return failed(err, "write", path);
	return 0;
}

int sp_root_sync_dir(struct sp_root *r, const char *path, struct sp_err *err)
{
	sp_auto_close int fd = -1;
	int rc = enter(r, "fsync", path, err);

	if (rc < 0)
		return rc;
	fd = open_below(r, path, O_RDONLY | O_DIRECTORY);
	if (fd < 0 || fsync(fd) < 0)
		return failed(err, "fsync", path);
	return 0;
}

int sp_root_run(struct sp_root *r, const char *const argv[],
		struct sp_output *ret, struct sp_err *err)
{
	return sp_root_run_within(r, argv, 0, ret, err);
}

int sp_root_run_within(struct sp_root *r, const char *const argv[], int limit_s,
		       struct sp_output *ret, struct sp_err *err)
{
	const struct sp_run_watch watch = { .tick = on_second,
					    .arg = r,
					    .limit_s = limit_s };
	int rc = enter(r, "run", argv[0], err);

	if (rc < 0)
		return rc;
	if (r->run)
		return r->run(r->run_arg, argv, ret, err);
	if (!r->runs)
		return sp_fail(
			err, ENOTSUP,
			"%s: commands do not run in \"%s\" without --chroot-commands",
			argv[0], r->name);
	return sp_run(r->live ? -1 : r->fd, argv, &watch, ret, err);
}

/* The lock is of the system's own /etc, whatever a test calls live. */
static bool has_account_lock(const struct sp_root *r)
{
	return r->live && sp_streq(r->name, "/");
}

int sp_root_lock_accounts(struct sp_root *r, struct sp_err *err)
{
	if (!has_account_lock(r) || r->accounts_locked)
		return 0;
	if (lckpwdf() == 0) {
		r->accounts_locked = true;
		return 0;
	}
	return sp_fail(
		err, EBUSY,
		"/etc/passwd: another program is changing accounts (/etc/.pwd.lock); try again");
}

void sp_root_unlock_accounts(struct sp_root *r)
{
	if (r->accounts_locked)
		(void)ulckpwdf();
	r->accounts_locked = false;
}

int sp_root_open_lock(struct sp_root *r, const char *path, int *ret_fd,
		      struct sp_err *err)
{
	const char *name;
	int dir, fd = -1;
	int rc = enter(r, "lock", path, err);

	if (rc < 0)
		return rc;
	dir = parent(r, path, &name);
	if (dir >= 0)
		fd = openat(dir, name,
			    O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return failed(err, "lock", path);
	*ret_fd = fd;
	return 0;
}
