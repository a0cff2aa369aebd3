/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* run.c - start a program: never a shell, nothing inherited by accident. */
#include "run.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "mem.h"

#define LOOK_MS 100	    /* between looks whether the program has ended */
#define SOON_MS 1	    /* to the next one when its output has */
#define PIPE_MAX (64 << 10) /* bytes that may wait in a pipe: pipe(7) */

void sp_output_clear(struct sp_output *out)
{
	sp_buf_clear(&out->text);
	out->status = 0;
}

/* In the child; returns only when it failed. */
static void start(int root_fd, const char *const argv[], bool own_group,
		  int out)
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
	if (chdir("/") < 0 || (own_group && setpgid(0, 0) < 0))
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

/* A program that runs. */
struct job {
	const struct sp_run_watch *watch;
	pid_t pid;
	int64_t begun_ms;
	int told_s;
	int sent, sent_s; /* SIGTERM, SIGKILL: its time was up */
};

/* Time passes. */
static void look(struct job *j)
{
	int elapsed_s = (int)((sp_clock_ms() - j->begun_ms) / 1000);
	int limit_s = j->watch->limit_s;

	if (elapsed_s == j->told_s)
		return;
	j->told_s = elapsed_s;
	j->watch->tick(j->watch->arg, elapsed_s);
	if (limit_s && !j->sent && elapsed_s >= limit_s) {
		j->sent = SIGTERM;
		j->sent_s = elapsed_s;
		(void)kill(-j->pid, SIGTERM);
	} else if (j->sent == SIGTERM &&
		   elapsed_s >= j->sent_s + SP_RUN_GRACE_S) {
		j->sent = SIGKILL;
		(void)kill(-j->pid, SIGKILL);
	}
}

/* The others of a group whose time was up have as long as the program. */
static void end_group(struct job *j)
{
	while (j->sent == SIGTERM && kill(-j->pid, 0) == 0) {
		(void)poll(NULL, 0, LOOK_MS);
		look(j);
	}
}

/* Bytes of its output; 0 when there are none now, -1 when it is closed. */
static ssize_t read_some(const struct pollfd *from, int wait_ms, char *chunk,
			 size_t max)
{
	struct pollfd p = *from;
	int ready = poll(&p, 1, wait_ms);
	ssize_t n = ready > 0 ? read(p.fd, chunk, max) : 0;

	if ((ready < 0 || n < 0) && errno == EINTR)
		return 0;
	return ready < 0 || (ready > 0 && n == 0) ? -1 : n;
}

/*
 * What the program says, and its status from waitpid().  A service that it
 * leaves behind may hold the pipe for ever: the program's own end counts.
 */
static int collect(struct job *j, int fd, struct sp_buf *text)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	ssize_t n, left = PIPE_MAX;
	int wait_ms = LOOK_MS, st = 0;
	char chunk[4096];

	do {
		if (j->watch)
			look(j);
		n = read_some(&p, wait_ms, chunk, sizeof(chunk));
		if (n > 0) {
			add_output(text, chunk, (size_t)n);
		} else if (n < 0) {
			p.fd = -1; /* from now on poll() only waits */
			wait_ms = SOON_MS;
		} else if (wait_ms < LOOK_MS) {
			wait_ms *= 2;
		}
	} while (waitpid(j->pid, &st, WNOHANG) == 0);
	end_group(j);
	while (p.fd >= 0 && left > 0) {
		n = read_some(&p, 0, chunk, sizeof(chunk));
		if (n <= 0)
			break;
		add_output(text, chunk, (size_t)n);
		left -= n;
	}
	return st;
}

int sp_run(int root_fd, const char *const argv[],
	   const struct sp_run_watch *watch, struct sp_output *ret,
	   struct sp_err *err)
{
	struct job job = { .watch = watch };
	int out[2], status[2];
	int e = 0, st = 0;

	if (pipe2(out, O_CLOEXEC) < 0)
		return sp_fail_errno(err, errno, "%s", argv[0]);
	if (pipe2(status, O_CLOEXEC) < 0) {
		e = errno;
		(void)close(out[0]);
		(void)close(out[1]);
		return sp_fail_errno(err, e, "%s", argv[0]);
	}

	job.begun_ms = sp_clock_ms();
	job.pid = fork();
	if (job.pid == 0) {
		start(root_fd, argv, watch && watch->limit_s, out[1]);
		e = errno;
		if (write(status[1], &e, sizeof(e)) < 0)
			_exit(126);
		_exit(127);
	}
	if (job.pid < 0)
		e = errno;
	(void)close(out[1]);
	(void)close(status[1]);
	if (job.pid > 0) {
		*ret = (struct sp_output){ 0 };
		/* End of file: execve succeeded and closed it. */
		if (read(status[0], &e, sizeof(e)) != sizeof(e))
			e = 0;
		st = collect(&job, out[0], &ret->text);
		ret->status =
			WIFEXITED(st) ? WEXITSTATUS(st) : 128 + WTERMSIG(st);
		ret->expired = job.sent;
	}
	(void)close(out[0]);
	(void)close(status[0]);
	if (e) {
		if (job.pid > 0)
			sp_output_clear(ret);
		return sp_fail_errno(err, e, "%s", argv[0]);
	}
	return 0;
}

int sp_run_processors(void)
{
	cpu_set_t set;

	return sched_getaffinity(0, sizeof(set), &set) ? 1 : CPU_COUNT(&set);
}
