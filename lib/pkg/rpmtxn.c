/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * rpmtxn.c - run a transaction in a child, and hear from it by a pipe.  What
 * scripts print comes by another one.
 */
#include "pkg/rpmtxn.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/mem.h"
#include "core/word.h"
#include "pkg/rpmdb.h"
#include "pkg/rpmtxn_child.h"

#define TELL_MS 500
#define SCRIPTS_MAX ((size_t)1 << 20) /* bytes kept of what scripts print */
#define REASONS_MAX 4		      /* in one message */

struct listener {
	const struct sp_txn *t;
	struct sp_buf *out;
	struct sp_buf line;
	struct sp_strv problems, failed, errors, reasons;
	size_t n;	   /* packages that began */
	struct sp_buf now; /* the last of them */
	bool done;
};

static void listener_clear(struct listener *l)
{
	sp_buf_clear(&l->line);
	sp_buf_clear(&l->now);
	sp_strv_clear(&l->problems);
	sp_strv_clear(&l->failed);
	sp_strv_clear(&l->errors);
	sp_strv_clear(&l->reasons);
}

static void tell(const struct listener *l)
{
	if (l->n && l->t->begins)
		l->t->begins(l->t->arg, sp_buf_cstr(&l->now), l->n, l->t->n);
}

static void on_line(struct listener *l, const char *line)
{
	const char *text = line + 1;

	switch (*line) {
	case 'b':
		l->n++;
		sp_buf_clear(&l->now);
		sp_buf_add(&l->now, text);
		tell(l);
		break;
	case 'r':
		if (l->reasons.n < REASONS_MAX)
			sp_strv_add(&l->reasons, text);
		sp_buf_addf(l->out, "%s\n", text);
		break;
	case 'w':
		sp_buf_addf(l->out, "%s\n", text);
		break;
	case 'p':
		sp_strv_add(&l->problems, text);
		break;
	case 'f':
		if (!sp_strv_has(&l->failed, text))
			sp_strv_add(&l->failed, text);
		break;
	case 'e':
		sp_strv_add(&l->errors, text);
		break;
	case 'd':
		l->done = true;
		break;
	}
}

static void on_data(struct listener *l, const char *data, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (data[i] != '\n') {
			sp_buf_addc(&l->line, data[i]);
			continue;
		}
		if (l->line.len)
			on_line(l, l->line.data);
		sp_buf_clear(&l->line);
	}
}

/* Until both pipes are closed: by the child, and by what its scripts left. */
static void listen_to(struct listener *l, int from, int scripts)
{
	struct pollfd p[2] = { { .fd = from, .events = POLLIN },
			       { .fd = scripts, .events = POLLIN } };
	char data[4096];

	/* a daemon that a script started may hold the second one for ever */
	while (p[0].fd >= 0) {
		int ready = poll(p, 2, TELL_MS);

		if (ready < 0 && errno != EINTR)
			break;
		if (ready == 0)
			tell(l);
		for (int i = 1; i >= 0; i--) {
			ssize_t n;

			if (p[i].fd < 0 || !p[i].revents)
				continue;
			n = read(p[i].fd, data, sizeof(data));
			if (n <= 0) {
				if (n == 0 ||
				    (errno != EINTR && errno != EAGAIN))
					p[i].fd = -1;
			} else if (i == 0) {
				on_data(l, data, (size_t)n);
			} else if (l->out->len < SCRIPTS_MAX) {
				sp_buf_addn(l->out, data, (size_t)n);
			}
		}
	}
	/* what is still in the pipe of the scripts */
	while (p[1].fd >= 0 && poll(&p[1], 1, 0) > 0) {
		ssize_t n = read(p[1].fd, data, sizeof(data));

		if (n <= 0)
			break;
		if (l->out->len < SCRIPTS_MAX)
			sp_buf_addn(l->out, data, (size_t)n);
	}
}

static int judge(const struct listener *l, int status, struct sp_err *err)
{
	sp_auto_free char *text = NULL;

	if (l->problems.n) {
		sp_auto_strv all = { 0 };

		sp_strv_copy(&all, &l->errors); /* what rpm does not know */
		for (size_t i = 0; i < l->problems.n; i++)
			sp_strv_add(&all, l->problems.v[i]);
		text = sp_strv_join(&all, "\n");
		return sp_fail(err, EINVAL,
			       "rpm refuses the transaction, nothing was "
			       "changed:\n%s",
			       text);
	}
	if (l->failed.n) {
		sp_auto_free char *why = sp_strv_join(&l->reasons, "; ");

		text = sp_strv_join(&l->failed, ", ");
		return sp_fail(
			err, EIO,
			*why ? "rpm could not install or remove %s: %s; "
			       "the others are done"
			     : N_("rpm could not install or remove %s%s; "
				  "the others are done"),
			text, why);
	}
	if (l->errors.n) {
		text = sp_strv_join(&l->errors, "\n");
		return sp_fail(err, EIO, "%s", text);
	}
	if (WIFSIGNALED(status))
		return sp_fail(err, EIO,
			       "the process of the transaction was killed by "
			       "signal %d",
			       WTERMSIG(status));
	if (!l->done)
		return sp_fail(err, EIO,
			       "the process of the transaction ended early");
	return 0;
}

/* rpm waits for nobody without a terminal; say who it is. */
int sp_txn_idle(const char *root, const char *dbpath, struct sp_err *err)
{
	sp_auto_free char *path = sp_asprintf("%s%s/.rpm.lock", root, dbpath);
	sp_auto_close int fd = open(path, O_RDWR | O_CLOEXEC);
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	if (fd < 0 || fcntl(fd, F_GETLK, &lock) < 0 || lock.l_type == F_UNLCK)
		return 0;
	return sp_fail(err, EBUSY,
		       "process %ld is changing packages (it holds %s); try "
		       "again when it is through",
		       (long)lock.l_pid, path);
}

int sp_txn_run(const struct sp_txn *t, struct sp_buf *out, struct sp_err *err)
{
	struct listener l = { .t = t, .out = out };
	int lines[2], scripts[2], status = 0, r;
	pid_t pid;

	r = sp_rpm_init(err);
	if (r >= 0)
		r = sp_txn_idle(t->root, t->dbpath, err);
	if (r < 0)
		return r;
	if (pipe2(lines, O_CLOEXEC) < 0)
		return sp_fail_errno(err, errno, "pipe");
	if (pipe2(scripts, O_CLOEXEC) < 0) {
		r = errno;
		(void)close(lines[0]);
		(void)close(lines[1]);
		return sp_fail_errno(err, r, "pipe");
	}
	pid = fork();
	if (pid == 0) {
		sp_txn_child(t, lines[1], scripts[1]);
		_exit(0);
	}
	r = errno;
	(void)close(lines[1]);
	(void)close(scripts[1]);
	if (pid > 0)
		listen_to(&l, lines[0], scripts[0]);
	(void)close(lines[0]);
	(void)close(scripts[0]);
	if (pid < 0)
		return sp_fail_errno(err, r, "fork");
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	r = judge(&l, status, err);
	listener_clear(&l);
	return r;
}
