/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * measure.c - run a command several times and tell what each run took.
 *
 * measure RUNS COMMAND [ARGUMENT]...  prints a line a run: CPU time of the
 * command and of all it waited for, user and system, in microseconds; time on
 * the clock likewise; peak resident memory of the largest process in KiB; exit
 * status.  The command's output is thrown away.
 *
 * It is C because the memory of the process that starts a command counts as
 * the command's (getrusage(2)), and this one is small.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int64_t now_us(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static long long us(struct timeval t)
{
	return t.tv_sec * 1000000LL + t.tv_usec;
}

static void run(char **argv)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null < 0 || dup2(null, STDIN_FILENO) < 0 ||
	    dup2(null, STDOUT_FILENO) < 0)
		_exit(126);
	/* errors are shown only when they are asked for */
	if (!getenv("MEASURE_STDERR") && dup2(null, STDERR_FILENO) < 0)
		_exit(126);
	(void)execvp(argv[0], argv);
	_exit(127);
}

int main(int argc, char **argv)
{
	long runs = argc > 2 ? strtol(argv[1], NULL, 10) : 0;

	if (runs < 1) {
		(void)fprintf(stderr, "Usage: measure RUNS COMMAND [ARGUMENT]...\n");
		return 64;
	}
	while (runs--) {
		int64_t start = now_us();
		pid_t pid = fork();
		struct rusage u;
		int status;

		if (pid == 0)
			run(argv + 2);
		if (pid < 0 || wait4(pid, &status, 0, &u) != pid) {
			(void)fprintf(stderr, "measure: %s\n", strerror(errno));
			return 1;
		}
		(void)printf("%lld %lld %lld %ld %d\n", us(u.ru_utime),
			     us(u.ru_stime), (long long)(now_us() - start),
			     u.ru_maxrss,
			     WIFEXITED(status) ? WEXITSTATUS(status) :
						 128 + WTERMSIG(status));
		(void)fflush(stdout);
	}
	return 0;
}
