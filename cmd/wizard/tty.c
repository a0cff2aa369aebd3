/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tty.c - the terminal is as it was when the wizard is gone, however it went:
 * by itself, by Ctrl-C, by a lost line, or by kill -9.  For the last one two
 * processes look after each other.
 *
 * Source: tcsetattr(3), signal-safety(7), PR_SET_PDEATHSIG in prctl(2);
 * sequences of the VT220 and xterm, which all terminals of today know.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "core/mem.h"
#include "wizard.h"

static const int ends[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM };

static struct termios before;
static bool is_tty;
/* Shared by the two; NULL while there is one. */
static volatile sig_atomic_t *full_screen;
static volatile pid_t child;

void wz_tty_full_screen(bool on)
{
	if (full_screen)
		*full_screen = on;
}

/* Only what is async-signal-safe. */
void wz_tty_restore(void)
{
	/* No alternate screen, colours, keypad mode; cursor shown. */
	static const char reset[] =
		"\033[?1049l\033[0m\033[?1l\033>\033[?25h\r";

	if (!is_tty)
		return;
	if (full_screen && *full_screen) {
		ssize_t ignored =
			write(STDOUT_FILENO, reset, sizeof(reset) - 1);

		(void)ignored;
	}
	/* Not TCSADRAIN: the other side may have stopped the output. */
	(void)tcsetattr(STDIN_FILENO, TCSANOW, &before);
}

static void on_end(int sig)
{
	wz_tty_restore();
	(void)signal(sig, SIG_DFL);
	(void)raise(sig);
}

static void handle_ends(void)
{
	struct sigaction sa = { .sa_handler = on_end,
				.sa_flags = SA_RESETHAND };

	for (size_t i = 0; i < SP_COUNT(ends); i++)
		(void)sigaction(ends[i], &sa, NULL);
	/* Without its parent the child is in the background. */
	(void)signal(SIGTTOU, SIG_IGN);
}

/* What the terminal sends to both may come twice. */
static void hand_on(int sig)
{
	(void)kill(child, sig);
}

/* What the parent does until the child has ended: nothing. */
static int look_after(const sigset_t *unblocked)
{
	struct sigaction sa = { .sa_handler = hand_on };
	int status = 0;

	for (size_t i = 0; i < SP_COUNT(ends); i++)
		(void)sigaction(ends[i], &sa, NULL);
	(void)signal(SIGTTOU, SIG_IGN);
	(void)sigprocmask(SIG_SETMASK, unblocked, NULL);
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		continue;
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	wz_tty_restore();
	return 128 + WTERMSIG(status);
}

bool wz_tty_guard(int *ret)
{
	pid_t parent = getpid(), pid;
	sigset_t mask, old;
	void *page;

	is_tty = tcgetattr(STDIN_FILENO, &before) == 0;
	if (!is_tty)
		return false;
	page = mmap(NULL, sizeof(*full_screen), PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	full_screen = page == MAP_FAILED ? NULL : page;
	/* Until the parent knows the child nothing can be handed on. */
	(void)sigemptyset(&mask);
	for (size_t i = 0; i < SP_COUNT(ends); i++)
		(void)sigaddset(&mask, ends[i]);
	(void)sigprocmask(SIG_BLOCK, &mask, &old);
	pid = fork();
	if (pid > 0) {
		child = pid;
		*ret = look_after(&old);
		return true;
	}
	handle_ends();
	(void)sigprocmask(SIG_SETMASK, &old, NULL);
	if (pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGHUP);
		if (getppid() != parent)
			(void)raise(SIGHUP);
	}
	return false;
}
