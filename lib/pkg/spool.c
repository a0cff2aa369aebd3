/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* spool.c - a directory, and the child that removes it when we are gone. */
#include "pkg/spool.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/mem.h"

#define PREFIX "spool-"

struct sp_spool {
	char *path;
	int dir;  /* locked for as long as somebody uses it */
	int base; /* the directory it is in */
	int life; /* closed: the child removes the directory */
	pid_t child;
};

const char *sp_spool_path(const struct sp_spool *s)
{
	return s->path;
}

/* Files and empty directories in @dir, then itself, called @name in @base. */
static void remove_all(int base, const char *name, int dir)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *e;

	while (d && (e = readdir(d)))
		if (unlinkat(dir, e->d_name, 0) != 0 && errno == EISDIR)
			(void)unlinkat(dir, e->d_name, AT_REMOVEDIR);
	if (d)
		(void)closedir(d);
	(void)unlinkat(base, name, AT_REMOVEDIR);
}

/* What nobody holds a lock on was left by one who was not waited for. */
static void sweep(int base)
{
	int fd = openat(base, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *e;

	while (d && (e = readdir(d))) {
		sp_auto_close int dir = -1;

		if (strncmp(e->d_name, PREFIX, strlen(PREFIX)) != 0)
			continue;
		dir = openat(base, e->d_name,
			     O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (dir >= 0 && flock(dir, LOCK_EX | LOCK_NB) == 0)
			remove_all(base, e->d_name, dir);
	}
	if (d)
		(void)closedir(d);
}

/* The child: nothing but the three descriptors it needs, and no signals. */
static void wait_and_remove(const struct sp_spool *s, int life)
{
	const char *name = strrchr(s->path, '/') + 1;
	char c;

	(void)setsid();
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGINT, SIG_IGN);
	(void)signal(SIGTERM, SIG_IGN);
	(void)signal(SIGHUP, SIG_IGN);
	/* Other descriptors carry locks that are not ours to keep. */
	for (int fd = 0; fd < 4096; fd++)
		if (fd != life && fd != s->dir && fd != s->base)
			(void)close(fd);
	while (read(life, &c, 1) != 0)
		if (errno != EINTR)
			break;
	remove_all(s->base, name, s->dir);
	_exit(0);
}

/* A directory that is locked before anybody may sweep it. */
static int make(struct sp_spool *s, const char *base, struct sp_err *err)
{
	s->base = open(base, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s->base < 0)
		return sp_fail_errno(err, errno, "\"%s\"", base);
	if (flock(s->base, LOCK_EX) != 0)
		return sp_fail_errno(err, errno, "\"%s\": lock", base);
	sweep(s->base);
	s->path = sp_asprintf("%s/" PREFIX "XXXXXX", base);
	if (!mkdtemp(s->path))
		return sp_fail_errno(err, errno, "\"%s\"", s->path);
	s->dir = open(s->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (s->dir < 0 || flock(s->dir, LOCK_EX | LOCK_NB) != 0)
		return sp_fail_errno(err, errno, "\"%s\"", s->path);
	(void)flock(s->base, LOCK_UN);
	return 0;
}

int sp_spool_new(const char *base, struct sp_spool **ret, struct sp_err *err)
{
	sp_auto_spool *s = sp_xcalloc(1, sizeof(*s));
	int fds[2], r;

	*s = (struct sp_spool){ .dir = -1, .base = -1, .life = -1 };
	r = make(s, base, err);
	if (r < 0)
		return r;
	if (pipe2(fds, O_CLOEXEC) != 0)
		return sp_fail_errno(err, errno, "pipe");
	s->life = fds[1];
	s->child = fork();
	if (s->child == 0) {
		(void)close(fds[1]);
		wait_and_remove(s, fds[0]);
	}
	(void)close(fds[0]);
	if (s->child < 0)
		return sp_fail_errno(err, errno, "fork");
	*ret = sp_take(&s);
	return 0;
}

void sp_spool_free(struct sp_spool *s)
{
	if (!s)
		return;
	sp_closep(&s->life);
	if (s->child > 0)
		while (waitpid(s->child, NULL, 0) < 0 && errno == EINTR)
			;
	else if (s->dir >= 0)
		remove_all(s->base, strrchr(s->path, '/') + 1, s->dir);
	sp_closep(&s->dir);
	sp_closep(&s->base);
	free(s->path);
	free(s);
}
