/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* run.c - start a program: never a shell, nothing inherited by accident. */
#include "run.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "mem.h"

#define LOOK_MS 100	    /* between looks whether the program has ended */
#define PIPE_MAX (64 << 10) /* bytes that may wait in a pipe: pipe(7) */

void sp_output_clear(struct sp_output *out)
{
	sp_buf_clear(&out->text);
	out->status = 0;
}

/* In the child; returns only when it failed. */
static void start(int root_fd, const char *const argv[], int out)
{
	static const char *const env[] = {
		"PATH=/usr/sbin:/usr/bin:/sbin:/bin",
		"LANG=C.UTF-8",
		"HOME=/root",
		"TERM=dumb",
		/* A service that has just been started may be slow. */
		"SYSTEMD_BUS_TIMEOUT=120",
		NULL,
	};
	sigset_t none;
	int null;

	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)signal(SIGPIPE, SIG_DFL);
	if (root_fd >= 0 && (fchdir(root_fd) < 0 || chroot(".") < 0))
		return;
	if (chdir("/") < 0)
		return;
	null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (null >= 0)
		(void)dup2(null, STDIN_FILENO);
	else
		(void)close(STDIN_FILENO); /* a chroot without /dev */
	if (dup2(out, STDOUT_FILENO) < 0 || dup2(out, STDERR_FILENO) < 0)
		return;
	(void)execve(argv[0], (char *const *)(uintptr_t)argv,
		     (char *const *)(uintptr_t)env);
}

static void add_output(struct sp_buf *text, const char *data, size_t n)
{
	size_t room = SP_OUTPUT_MAX - text->len;

	sp_buf_addn(text, data, n < room ? n : room);
}

/*
 * What the program says, and its status from waitpid().  A service that it
 * leaves behind may hold the pipe for ever: the program's own end counts.
 */
static int collect(pid_t pid, int fd, struct sp_buf *text)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	ssize_t left = PIPE_MAX; /* to be read when the program has ended */
	bool ended = false;
	char chunk[4096];
	int st = 0;

	for (;;) {
		int ready = poll(&p, 1, ended ? 0 : LOOK_MS);
		ssize_t n = 0;

		if (ready > 0)
			n = read(fd, chunk, sizeof(chunk));
		if ((ready < 0 || n < 0) && errno == EINTR)
			continue;
		if (ready < 0 || n < 0 || (ready > 0 && n == 0))
			break;
		add_output(text, chunk, (size_t)n);
		left -= ended ? n : 0;
		if (ended && (n == 0 || left <= 0))
			return st;
		ended = ended || waitpid(pid, &st, WNOHANG) == pid;
	}
	while (!ended && waitpid(pid, &st, 0) < 0 && errno == EINTR)
		;
	return st;
}

int sp_run(int root_fd, const char *const argv[], struct sp_output *ret,
	   struct sp_err *err)
{
	int out[2], status[2];
	int e = 0, st = 0;
	pid_t pid;

	if (pipe2(out, O_CLOEXEC) < 0)
		return sp_fail_errno(err, errno, "%s", argv[0]);
	if (pipe2(status, O_CLOEXEC) < 0) {
		e = errno;
		(void)close(out[0]);
		(void)close(out[1]);
		return sp_fail_errno(err, e, "%s", argv[0]);
	}

	pid = fork();
	if (pid == 0) {
		start(root_fd, argv, out[1]);
		e = errno;
		if (write(status[1], &e, sizeof(e)) < 0)
			_exit(126);
		_exit(127);
	}
	if (pid < 0)
		e = errno;
	(void)close(out[1]);
	(void)close(status[1]);
	if (pid > 0) {
		*ret = (struct sp_output){ 0 };
		/* End of file: execve succeeded and closed it. */
		if (read(status[0], &e, sizeof(e)) != sizeof(e))
			e = 0;
		st = collect(pid, out[0], &ret->text);
		ret->status =
			WIFEXITED(st) ? WEXITSTATUS(st) : 128 + WTERMSIG(st);
	}
	(void)close(out[0]);
	(void)close(status[0]);
	if (e) {
		if (pid > 0)
			sp_output_clear(ret);
		return sp_fail_errno(err, e, "%s", argv[0]);
	}
	return 0;
}
