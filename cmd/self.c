/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* self.c - run another command of sprout, and keep a file. */
#include "self.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/mem.h"

#define OUTPUT_MAX ((off_t)4 << 20) /* bytes that are kept of an output */

static void read_all(int fd, struct sp_buf *ret)
{
	char part[8192];
	off_t at = 0;
	ssize_t n;

	while (at < OUTPUT_MAX && (n = pread(fd, part, sizeof(part), at)) > 0) {
		sp_buf_addn(ret, part, (size_t)n);
		at += n;
	}
}

static void become(const char *const argv[], int tty, int out, int errors)
{
	char *args[32] = { (char *)(uintptr_t)"sprout" };
	size_t n = 1;

	for (; argv[n - 1] && n + 1 < SP_COUNT(args); n++)
		args[n] = (char *)(uintptr_t)argv[n - 1];
	if (tty >= 0) {
		(void)setsid();
		(void)ioctl(tty, TIOCSCTTY, 1);
		if (dup2(tty, STDIN_FILENO) < 0 ||
		    dup2(tty, STDOUT_FILENO) < 0 ||
		    dup2(tty, STDERR_FILENO) < 0)
			_exit(127);
	}
	if ((out >= 0 && dup2(out, STDOUT_FILENO) < 0) ||
	    (errors >= 0 && dup2(errors, STDERR_FILENO) < 0))
		_exit(127);
	execv("/proc/self/exe", args);
	/* Where there is no /proc. */
	execv("/usr/sbin/sprout", args);
	execv("/usr/local/sbin/sprout", args);
	_exit(127);
}

int cmd_self(const char *const argv[], int tty, struct sp_buf *out,
	     struct sp_buf *errors, int *ret, struct sp_err *err)
{
	sp_auto_close int o = -1, e = -1;
	int status;
	pid_t pid;

	if (out)
		o = memfd_create("sprout-output", MFD_CLOEXEC);
	if (errors)
		e = memfd_create("sprout-errors", MFD_CLOEXEC);
	if ((out && o < 0) || (errors && e < 0))
		return sp_fail_errno(err, errno, "a file in memory");
	(void)fflush(stdout);
	pid = fork();
	if (pid == 0)
		become(argv, tty, o, e);
	if (pid < 0)
		return sp_fail_errno(err, errno, "fork");
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return sp_fail_errno(err, errno, "sprout %s", argv[0]);
	if (out)
		read_all(o, out);
	if (errors)
		read_all(e, errors);
	*ret = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	return 0;
}

static int write_all(int fd, const struct sp_buf *text)
{
	const char *s = sp_buf_cstr(text);
	size_t done = 0;

	while (done < text->len) {
		ssize_t n = write(fd, s + done, text->len - done);

		if (n < 0 && errno != EINTR)
			return -1;
		done += n > 0 ? (size_t)n : 0;
	}
	return fsync(fd);
}

int cmd_keep_file(const char *dir, const char *name, const struct sp_buf *text,
		  struct sp_err *err)
{
	sp_auto_free char *path = sp_asprintf("%s/%s", dir, name);
	sp_auto_free char *temp = sp_asprintf("%s.XXXXXX", path);
	sp_auto_close int fd = -1, at = -1;

	if (mkdir(dir, 0700) < 0 && errno != EEXIST)
		return sp_fail_errno(err, errno, "%s", dir);
	fd = mkostemp(temp, O_CLOEXEC);
	if (fd < 0)
		return sp_fail_errno(err, errno, "%s", path);
	if (write_all(fd, text) < 0 || rename(temp, path) < 0) {
		(void)sp_fail_errno(err, errno, "%s", path);
		(void)unlink(temp);
		return -err->code;
	}
	at = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return at < 0 || fsync(at) < 0 ? sp_fail_errno(err, errno, "%s", dir)
				       : 0;
}
