/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * wait.c - the time between an apply and its confirmation: ask on the
 * terminal, watch for `sprout confirm` elsewhere, take the run back when
 * neither comes.
 */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "cmd.h"
#include "core/clock.h"
#include "core/mem.h"
#include "words.h"

#define TICK_MS 200

static volatile sig_atomic_t interrupted;

static void on_signal(int sig)
{
	(void)sig;
	interrupted = 1;
}

void cmd_shield(void)
{
	/* A lost terminal must not end a run half-way. */
	static const int ignored[] = { SIGHUP, SIGPIPE, SIGTTOU, SIGTTIN };

	for (size_t i = 0; i < SP_COUNT(ignored); i++)
		(void)signal(ignored[i], SIG_IGN);
	/* Nor must Ctrl-C; while we wait it means "take it back". */
	(void)signal(SIGINT, on_signal);
	(void)signal(SIGTERM, on_signal);
}

enum answer { NOTHING_YET, KEEP, TAKE_BACK };

/* Look at the terminal for one tick. */
static enum answer read_answer(bool ask)
{
	struct pollfd p = { .fd = STDIN_FILENO, .events = POLLIN };
	char line[64];
	ssize_t n;

	if (interrupted)
		return TAKE_BACK;
	if (poll(&p, ask ? 1 : 0, TICK_MS) <= 0 || !ask ||
	    !(p.revents & POLLIN))
		return NOTHING_YET;
	n = read(STDIN_FILENO, line, sizeof(line));
	if (n <= 0)
		return NOTHING_YET;
	if (line[0] == 'y' || line[0] == 'Y')
		return KEEP;
	return line[0] == 'n' || line[0] == 'N' ? TAKE_BACK : NOTHING_YET;
}

/* Until somebody has decided.  NOTHING_YET: the run is no longer waiting. */
static enum answer wait_for_answer(struct sp_root *root, const char *id,
				   int within_s)
{
	bool ask = isatty(STDIN_FILENO) && tcgetpgrp(STDIN_FILENO) == getpgrp();
	int64_t end = sp_clock_ms() + (int64_t)within_s * 1000;
	int64_t left;

	while ((left = end - sp_clock_ms()) > 0) {
		enum sp_run_status status = SP_RUN_WAITING;
		sp_auto_err err = { 0 };
		enum answer a;

		if (ask)
			(void)fprintf(
				stderr,
				_("%cKeep this? [y/n] (%d s left, then it is taken back) "),
				'\r', (int)(left / 1000));
		a = read_answer(ask);
		if (a != NOTHING_YET)
			return a;
		(void)sp_journal_status(root, id, &status, &err);
		if (status != SP_RUN_WAITING)
			return NOTHING_YET;
	}
	return TAKE_BACK;
}

int cmd_await(const struct cmd_opts *o, struct sp_root *root, int *lock,
	      int within_s, struct sp_report *rep)
{
	sp_auto_run run = { 0 };
	sp_auto_err err = { 0 };
	struct sp_task task = { .sort = SP_TASK_CONFIRM,
				.state = SP_TASK_BEGINS,
				.object = rep->run,
				.total = within_s };
	enum answer a;
	int r;

	/* sprout confirm needs the lock. */
	(void)close(sp_take_fd(lock));
	if (!o->quiet)
		(void)fprintf(
			stderr,
			_("Applied (run %s). To keep it: sprout confirm, within %d s.\n"),
			rep->run, within_s);
	for (size_t i = 0; i < rep->notes.n && !o->json; i++)
		(void)fprintf(stderr, "%s%s\n", _("note: "),
			      rep->notes.v[i]);
	if (!o->json)
		sp_strv_clear(&rep->notes);
	sp_root_progress(root, &task);
	a = wait_for_answer(root, rep->run, within_s);
	task.state = SP_TASK_ENDS;
	sp_root_progress(root, &task);
	(void)fputc('\n', stderr);

	r = cmd_lock(root, true, lock, &err);
	if (r >= 0)
		r = sp_journal_load(root, rep->run, &run, &err);
	if (r >= 0 && run.status == SP_RUN_WAITING && a == KEEP)
		r = sp_engine_confirm(root, &run, &err);
	if (r < 0)
		return cmd_fail(&err);
	if (run.status == SP_RUN_DONE)
		return cmd_report(o, N_("Confirmed"), SP_OUT_DONE, rep);
	if (run.status == SP_RUN_WAITING &&
	    sp_engine_undo(root, &run, false, rep) != SP_OUT_DONE)
		return cmd_report(o, "", SP_OUT_INCOMPLETE, rep);
	if (run.status != SP_RUN_UNDONE)
		return cmd_report(o, "", SP_OUT_INCOMPLETE, rep);
	rep->failure = sp_xstrdup(_("not confirmed"));
	return cmd_report(o, "", SP_OUT_REVERTED, rep);
}
