/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * plain.c - the wizard line by line: for serial lines, screen readers and
 * pipes.  Nothing is drawn, nothing moves; what is asked stands at the end.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "core/mem.h"
#include "wizard.h"

static int open_plain(struct sp_err *err)
{
	(void)err;
	/* What is typed ahead stays for whoever asks next. */
	(void)setvbuf(stdin, NULL, _IONBF, 0);
	return 0;
}

static void busy(const char *line)
{
	if (line)
		(void)printf("%s\n", line);
	(void)fflush(stdout);
}

static void close_plain(void)
{
	(void)fflush(stdout);
}

/* A line without its end; NULL when the other side is gone. */
static char *read_line(void)
{
	char *s = NULL;
	size_t cap = 0;
	ssize_t n;

	(void)fflush(stdout);
	n = getline(&s, &cap, stdin);
	if (n < 0 || ferror(stdout)) {
		free(s);
		return NULL;
	}
	while (n > 0 && (s[n - 1] == '\n' || s[n - 1] == '\r'))
		s[--n] = '\0';
	return s;
}

/* The same without showing what is typed. */
static char *read_hidden(void)
{
	struct termios t;
	bool tty = tcgetattr(STDIN_FILENO, &t) == 0;
	tcflag_t flags = t.c_lflag;
	char *s;

	if (tty) {
		t.c_lflag &= ~(tcflag_t)ECHO;
		(void)tcsetattr(STDIN_FILENO, TCSADRAIN, &t);
	}
	s = read_line();
	if (tty) {
		t.c_lflag = flags;
		(void)tcsetattr(STDIN_FILENO, TCSADRAIN, &t);
		(void)putchar('\n');
	}
	return s;
}

static void forget(char **s)
{
	if (*s)
		explicit_bzero(*s, strlen(*s));
	free(*s);
	*s = NULL;
}

#define auto_secret __attribute__((cleanup(forget))) char *

static void wrong(const char *label, const char *why)
{
	sp_auto_buf b = { 0 };

	sp_buf_add_shown(&b, why);
	(void)printf("%s: %s%s%s\n", _("Not possible"), label ? label : "",
		     label ? ": " : "", sp_buf_cstr(&b));
}

/* A sign that stands for itself: back, leave.  0: it is an answer. */
static enum wz_move sign(const char *s, bool first)
{
	if (strcmp(s, "!") == 0)
		return WZ_LEAVE;
	if (strcmp(s, "<") != 0)
		return 0;
	if (first)
		(void)puts(_("This is the first page."));
	return WZ_BACK;
}

/* Type it twice.  0: done, or typed wrongly. */
static enum wz_move ask_secret(struct wz_screen *s, size_t i, bool *done)
{
	struct wz_input *in = &s->in[i];
	auto_secret once = NULL;
	auto_secret twice = NULL;
	sp_auto_err err = { 0 };
	enum wz_move move;

	(void)printf("%s: ", in->label);
	once = read_hidden();
	if (!once)
		return WZ_LEAVE;
	move = sign(once, s->first && i == 0);
	if (move)
		return move;
	if (strcmp(once, "?") == 0) {
		(void)puts(in->help);
		return 0;
	}
	if (s->check(s->arg, i, once, false, &err) < 0) {
		wrong(in->label, err.msg);
		return 0;
	}
	if (*once) {
		(void)printf("%s: ", _("The same again"));
		twice = read_hidden();
		if (!twice)
			return WZ_LEAVE;
		if (strcmp(once, twice) != 0) {
			wrong(in->label, _("the two are not the same"));
			return 0;
		}
	}
	if (s->check(s->arg, i, once, true, &err) < 0)
		wrong(in->label, err.msg);
	else
		*done = true;
	return 0;
}

static enum wz_move ask_line(struct wz_screen *s, size_t i, bool *done)
{
	struct wz_input *in = &s->in[i];
	sp_auto_free char *line = NULL, *value = s->value(s->arg, i);
	sp_auto_err err = { 0 };
	enum wz_move move;
	bool dash;

	(void)printf("%s [%s]: ", in->label, value);
	line = read_line();
	if (!line)
		return WZ_LEAVE;
	move = sign(line, s->first && i == 0);
	if (move)
		return move;
	if (strcmp(line, "?") == 0) {
		(void)puts(in->help);
		return 0;
	}
	dash = strcmp(line, "-") == 0;
	if (dash)
		line[0] = '\0';
	if (s->check(s->arg, i, *line || dash ? line : value, true, &err) < 0)
		wrong(in->label, err.msg);
	else
		*done = true;
	return 0;
}

static enum wz_move ask_lines(struct wz_screen *s)
{
	size_t i = 0;

	while (i < s->n_in) {
		bool done = false;
		enum wz_move move = 0;

		if (!s->wanted(s->arg, i)) {
			i++;
			continue;
		}
		move = s->in[i].secret ? ask_secret(s, i, &done)
				       : ask_line(s, i, &done);
		if (move == WZ_LEAVE)
			return move;
		if (move == WZ_BACK && i == 0 && !s->first)
			return move;
		if (move == WZ_BACK)
			for (i -= i > 0; i > 0 && !s->wanted(s->arg, i); i--)
				continue;
		i += done;
	}
	return WZ_NEXT;
}

/* The number, the value or the text of an option; n: none of them. */
static size_t find(const struct wz_screen *s, const char *text)
{
	int64_t v;

	if (!*text)
		return s->deliberate ? s->options->n : s->chosen;
	if (sp_parse_int(text, 1, (int64_t)s->options->n, &v))
		return (size_t)v - 1;
	for (size_t i = 0; i < s->options->n; i++)
		if (strcmp(s->options->v[i].value, text) == 0 ||
		    strcmp(s->options->v[i].label, text) == 0)
			return i;
	return s->options->n;
}

static enum wz_move ask_option(struct wz_screen *s)
{
	const struct wz_options *o = s->options;

	for (size_t i = 0; i < o->n; i++)
		(void)printf("%4zu  %s\n", i + 1, o->v[i].label);
	for (;;) {
		sp_auto_free char *line = NULL;
		enum wz_move move;
		size_t i;

		if (s->deliberate)
			(void)printf("%s: ", _("Number or word"));
		else
			(void)printf("%s [%s]: ", _("Number or word"),
				     o->v[s->chosen].value);
		line = read_line();
		if (!line)
			return WZ_LEAVE;
		move = sign(line, s->first);
		if (move && !(move == WZ_BACK && s->first))
			return move;
		i = find(s, line);
		if (move)
			continue;
		if (strcmp(line, "?") == 0) {
			(void)puts(s->help ? s->help : s->text);
		} else if (i < o->n) {
			s->chosen = i;
			return WZ_NEXT;
		} else {
			sp_auto_free char *why = sp_asprintf(
				_("\"%s\" is not one of the choices"), line);

			wrong(NULL, why);
		}
	}
}

/* On the first page, and again on the second: in the language chosen. */
static void hint(const struct wz_screen *s)
{
	if (s->steps && s->step <= 2)
		(void)printf("\n%s\n",
			     _("Enter takes what stands in [ ]; - empties it; "
			       "< goes back; ? explains;\n"
			       "! leaves without changing anything."));
}

static enum wz_move ask(struct wz_screen *s)
{
	hint(s);
	if (s->steps)
		(void)printf("\n== %s (%u/%u)\n", s->title, s->step, s->steps);
	else
		(void)printf("\n== %s\n", s->title);
	if (s->body)
		(void)puts(s->body);
	(void)puts(s->text);
	if (s->wrong)
		wrong(NULL, s->wrong);
	return s->options ? ask_option(s) : ask_lines(s);
}

const struct wz_front wz_plain = {
	.open = open_plain,
	.ask = ask,
	.busy = busy,
	.close = close_plain,
};
