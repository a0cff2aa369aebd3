/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* run.h - start a program by its argument vector. */
#ifndef SPROUT_RUN_H
#define SPROUT_RUN_H

#include "host.h"

#define SP_OUTPUT_MAX \
	((size_t)1 << 20) /* bytes kept; the rest is read and dropped */

#define SP_RUN_GRACE_S 5 /* from SIGTERM to SIGKILL */

/* For what may take long. */
struct sp_run_watch {
	/* Called once a second while the program runs. */
	void (*tick)(void *arg, int elapsed_s);
	void *arg;
	/*
	 * Then the program is ended, with all of its process group, which is
	 * its own; 0: it is not, and the group is ours.
	 */
	int limit_s;
};

/*
 * Run @argv (argv[0] absolute) with a clean environment, standard input from
 * /dev/null, standard output and error collected into @ret.
 * @root_fd: chroot there first (needs CAP_SYS_CHROOT); -1 for none.
 * @watch: NULL for nobody.
 * Ends with the program, even if a process that it left behind still has its
 * output open; that one gets SIGPIPE should it write there later.
 * @ret->expired says that its time was up.
 * Returns 0 when the program ran, whatever its status; the errno of fork,
 * chroot or execve otherwise.
 */
int sp_run(int root_fd, const char *const argv[],
	   const struct sp_run_watch *watch, struct sp_output *ret,
	   struct sp_err *err);

/* How many processors this process may use: so many at once are of use. */
int sp_run_processors(void);

#endif
