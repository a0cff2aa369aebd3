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
#include <sys/prctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>
#include <wchar.h>

#include "core/mem.h"
#include "wizard.h"

static struct termios before;
static bool is_tty;
static volatile sig_atomic_t full_screen;

void wz_tty_full_screen(bool on)
{
	full_screen = on;
}

/* Only what is async-signal-safe. */
void wz_tty_restore(void)
{
	/* No alternate screen, colours, keypad mode; cursor shown. */
	static const char reset[] = "\033[?1049l\033[0m\033[?1l\033>\033[?25h\r";

	if (!is_tty)
		return;
	if (full_screen) {
		ssize_t ignored = write(STDOUT_FILENO, reset, sizeof(reset) - 1);

		(void)ignored;
	}
	(void)tcsetattr(STDIN_FILENO, TCSADRAIN, &before);
}

static void on_end(int sig)
{
	wz_tty_restore();
	(void)signal(sig, SIG_DFL);
	(void)raise(sig);
}

static void handle_ends(void)
{
	static const int ends[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM };
	struct sigaction sa = { .sa_handler = on_end, .sa_flags = SA_RESETHAND };

	for (size_t i = 0; i < SP_COUNT(ends); i++)
		(void)sigaction(ends[i], &sa, NULL);
	/* Without its parent the child is in the background. */
	(void)signal(SIGTTOU, SIG_IGN);
}

/* What the parent does until the child has ended: nothing. */
static int look_after(pid_t child)
{
	static const int ignored[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM,
				       SIGTTOU };
	int status = 0;

	for (size_t i = 0; i < SP_COUNT(ignored); i++)
		(void)signal(ignored[i], SIG_IGN);
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		continue;
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	/* Whether it was on the full screen only the child knew. */
	full_screen = isatty(STDOUT_FILENO) && WTERMSIG(status) == SIGKILL;
	wz_tty_restore();
	return 128 + WTERMSIG(status);
}

bool wz_tty_guard(int *ret)
{
	pid_t parent = getpid(), child;

	is_tty = tcgetattr(STDIN_FILENO, &before) == 0;
	if (!is_tty)
		return false;
	child = fork();
	if (child > 0) {
		*ret = look_after(child);
		return true;
	}
	handle_ends();
	if (child == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGHUP);
		if (getppid() != parent)
			(void)raise(SIGHUP);
	}
	return false;
}

int wz_tty_width(const char *text)
{
	int width = 0;
	size_t n;

	for (; *text; text += n) {
		uint32_t c;
		int w;

		n = sp_utf8_next(text, 4, &c);
		if (n == 0) {
			n = 1;
			continue;
		}
		w = wcwidth((wchar_t)c);
		width += w > 0 ? w : 0;
	}
	return width;
}
