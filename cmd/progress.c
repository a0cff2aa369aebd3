/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * progress.c - work that takes its time, shown while it is done: a bar on a
 * terminal, now and then a line elsewhere, or events for programs.
 *
 * Nothing is coloured, so there is nothing that NO_COLOR would turn off.
 */
#include <langinfo.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "bar.h"
#include "cmd.h"
#include "core/clock.h"
#include "core/mem.h"
#include "words.h"

#define DRAW_MS 100   /* between two drawings */
#define LINE_MS 10000 /* between two lines of one task */
#define LONG_MS 3000  /* what takes as long is told when it ends */
#define COLUMNS 80    /* of a terminal that does not tell */

enum form { SILENT, BAR, LINES, EVENTS };

/* There is one terminal. */
static struct {
	enum form form;
	bool utf8, drawn;
	int64_t drawn_ms, said_ms;
	int64_t begun_ms[SP_TASK_CONFIRM + 1];
} shown;

static void put(const char *before, const struct sp_buf *text,
		const char *behind)
{
	(void)fprintf(stderr, "%s%s%s", before, text ? sp_buf_cstr(text) : "",
		      behind);
	(void)fflush(stderr);
}

static void draw(const struct sp_task *t, int64_t now)
{
	struct winsize size = { 0 };
	sp_auto_buf line = { 0 };

	if (t->state == SP_TASK_ENDS) {
		if (shown.drawn)
			put("\r\033[K", NULL, "");
		shown.drawn = false;
		return;
	}
	/* The wait for an answer draws its own line. */
	if (t->sort == SP_TASK_CONFIRM || tcgetpgrp(STDERR_FILENO) != getpgrp())
		return;
	/* Of services each is told of once, and may take long. */
	if (t->state == SP_TASK_GOES_ON && t->sort != SP_TASK_SERVICES &&
	    shown.drawn && now - shown.drawn_ms < DRAW_MS)
		return;
	(void)ioctl(STDERR_FILENO, TIOCGWINSZ, &size);
	/* In its last column some terminals begin a new line. */
	cmd_bar_draw(t, (size.ws_col ? size.ws_col : COLUMNS) - 1, shown.utf8,
		     &line);
	put("\r", &line, "\033[K");
	shown.drawn = true;
	shown.drawn_ms = now;
}

/* Those that say nothing between their beginning and their end, or are long. */
static bool is_told_at_once(const struct sp_task *t)
{
	return t->sort == SP_TASK_DOWNLOAD || t->sort == SP_TASK_COPY ||
	       t->sort == SP_TASK_PACKAGES || t->sort == SP_TASK_COMMAND ||
	       t->sort == SP_TASK_TIME;
}

static void say(const struct sp_task *t, int64_t now)
{
	int64_t elapsed = now - shown.begun_ms[t->sort];
	sp_auto_buf line = { 0 };
	bool due = t->state == SP_TASK_BEGINS ? is_told_at_once(t)
		   : t->state == SP_TASK_ENDS ? elapsed >= LONG_MS
					      : now - shown.said_ms >= LINE_MS;

	if (t->state == SP_TASK_BEGINS)
		shown.said_ms = now;
	/* For these two it has been said what to do. */
	if (!due || t->sort == SP_TASK_MEDIUM || t->sort == SP_TASK_CONFIRM)
		return;
	cmd_bar_line(t, (int)(elapsed / 1000), &line);
	put("sprout: ", &line, "\n");
	shown.said_ms = now;
}

static void on_task(void *arg, const struct sp_task *task)
{
	struct sp_task t = *task;
	sp_auto_buf line = { 0 };
	int64_t now = sp_clock_ms(), elapsed;

	(void)arg;
	if (t.state == SP_TASK_BEGINS)
		shown.begun_ms[t.sort] = now;
	elapsed = now - shown.begun_ms[t.sort];
	if (!t.rate && elapsed >= 1000)
		t.rate = t.done * 1000 / elapsed;
	switch (shown.form) {
	case SILENT:
		break;
	case BAR:
		draw(&t, now);
		break;
	case LINES:
		say(&t, now);
		break;
	case EVENTS:
		cmd_bar_event(&t, &line);
		cmd_put(&line);
		(void)fflush(stdout);
		break;
	}
}

void cmd_progress(const struct cmd_opts *o, struct sp_root *root)
{
	const char *term = getenv("TERM");

	shown.utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0 ||
		     strcmp(cmd_words_language(), "en") != 0;
	if (o->events)
		shown.form = EVENTS;
	else if (o->quiet)
		shown.form = SILENT;
	else if (isatty(STDERR_FILENO) && term && *term &&
		 strcmp(term, "dumb") != 0)
		shown.form = BAR;
	else
		shown.form = LINES;
	sp_root_set_progress(root, on_task, NULL);
}
