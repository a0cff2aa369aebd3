/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * screen.c - the wizard on a full screen; the only user of newt, which is
 * loaded when it is needed: no other command pays for it, and a host without
 * it has the plain form.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/mem.h"
#include "wizard.h"

#ifndef HAVE_NEWT

static int open_screen(struct sp_err *err)
{
	return sp_fail(err, ENOTSUP, "this sprout was built without newt");
}

static enum wz_move ask(struct wz_screen *s)
{
	(void)s;
	return WZ_LEAVE;
}

static void busy(const char *line)
{
	(void)line;
}

static void close_screen(void)
{
}

#else

#include <dlfcn.h>
#include <newt.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* What is used of the library. */
/* clang-format off */
#define SYMBOLS(X)            \
	X(newtButton)         \
	X(newtCenteredWindow) \
	X(newtCls)            \
	X(newtDrawForm)       \
	X(newtDrawRootText)   \
	X(newtEntry)          \
	X(newtEntryGetValue)  \
	X(newtFinished)       \
	X(newtForm)           \
	X(newtFormAddComponent) \
	X(newtFormAddHotKey)  \
	X(newtFormDestroy)    \
	X(newtFormRun)        \
	X(newtFormSetCurrent) \
	X(newtGetScreenSize)  \
	X(newtInit)           \
	X(newtLabel)          \
	X(newtLabelSetText)   \
	X(newtListbox)        \
	X(newtListboxAppendEntry) \
	X(newtListboxGetCurrent) \
	X(newtListboxSetCurrent) \
	X(newtListboxSetWidth) \
	X(newtPopHelpLine)    \
	X(newtPopWindow)      \
	X(newtPushHelpLine)   \
	X(newtRefresh)        \
	X(newtTextbox)        \
	X(newtTextboxGetNumLines) \
	X(newtTextboxReflowed) \
	X(newtTextboxSetText) \
	X(newtWinMessage)
/* clang-format on */

#define MEMBER(f) __typeof__(f) *f;
static struct {
	SYMBOLS(MEMBER)
} lib;

#define WIDTH 72 /* of what is in the window */
#define MARGIN 1
#define FRAME 4	  /* rows around the inside of the highest window */
#define BUTTONS 5 /* rows, with the free one above */
#define MIN_COLS 78
#define MIN_ROWS 22
#define CTRL_C 3
#define LIST_HEIGHT 10

static int load(struct sp_err *err)
{
	void *so = dlopen("libnewt.so.0.52", RTLD_NOW | RTLD_LOCAL);
	const char *missing = NULL;
	int (*initialize)(const char *term);

	if (!so)
		return sp_fail(err, ENOTSUP,
			       "newt (libnewt.so.0.52) cannot be loaded");
#define LOAD(f)                                 \
	lib.f = (__typeof__(f) *)dlsym(so, #f); \
	if (!lib.f)                             \
		missing = #f;
	SYMBOLS(LOAD)
	if (missing)
		return sp_fail(err, ENOTSUP, "newt has no %s", missing);
	/* newtInit() would end the process on a terminal it does not know. */
	initialize = (int (*)(const char *))dlsym(so, "SLtt_initialize");
	if (initialize && initialize(NULL) != 0)
		return sp_fail(err, ENOTSUP, "this terminal is not known");
	return 0;
}

/* The terminal's size when newt took it; 0 on a serial line, which has none. */
static struct winsize taken;

static struct winsize terminal_size(void)
{
	struct winsize w = { 0 };

	(void)ioctl(STDOUT_FILENO, TIOCGWINSZ, &w);
	return w;
}

static void begin(void)
{
	taken = terminal_size();
	(void)lib.newtInit();
	lib.newtCls();
	lib.newtDrawRootText(1, 0, "sprout " VERSION);
}

/*
 * When the terminal was resized newt puts windows in its new middle, but goes
 * on drawing on the old part: they would be cut off, or not be seen.
 */
static void follow_size(void)
{
	struct winsize w = terminal_size();

	if (w.ws_col == taken.ws_col && w.ws_row == taken.ws_row)
		return;
	(void)lib.newtFinished();
	begin();
}

static int open_screen(struct sp_err *err)
{
	int cols = 0, rows = 0;
	int r = load(err);

	if (r < 0)
		return r;
	wz_tty_full_screen(true);
	begin();
	lib.newtGetScreenSize(&cols, &rows);
	if (cols < MIN_COLS || rows < MIN_ROWS) {
		(void)lib.newtFinished();
		wz_tty_full_screen(false);
		return sp_fail(
			err, ENOTSUP,
			"the terminal has %dx%d characters (needed: %dx%d)",
			cols, rows, MIN_COLS, MIN_ROWS);
	}
	return 0;
}

static void close_screen(void)
{
	(void)lib.newtFinished();
	wz_tty_full_screen(false);
}

/* newt's prototypes take texts that may be changed; it does not change them. */
static char *loose(const char *s)
{
	return (char *)(uintptr_t)s;
}

static void message(const char *title, const char *text)
{
	lib.newtWinMessage(loose(title), loose(_("OK")), loose("%s"), text);
}

/* A window with one line, which nobody can leave. */
static void busy(const char *line)
{
	static newtComponent form, label;

	if (!line) {
		if (form) {
			lib.newtFormDestroy(form);
			lib.newtPopWindow();
		}
		form = NULL;
		return;
	}
	if (!form) {
		(void)lib.newtCenteredWindow(WIDTH + 2 * MARGIN, 1, NULL);
		form = lib.newtForm(NULL, NULL, 0);
		label = lib.newtLabel(MARGIN, 0, line);
		lib.newtFormAddComponent(form, label);
	}
	lib.newtLabelSetText(label, line);
	lib.newtDrawForm(form);
	lib.newtRefresh();
}

/* --- one screen ------------------------------------------------------------------- */

struct parts {
	newtComponent form, body, list, again;
	newtComponent entry[8];
	newtComponent next, back, leave;
};

static void help(const struct wz_screen *s)
{
	sp_auto_buf b = { 0 };

	if (s->help)
		sp_buf_addf(&b, "%s\n", s->help);
	for (size_t i = 0; i < s->n_in; i++)
		sp_buf_addf(&b, "%s%s:\n%s\n", i ? "\n" : "", s->in[i].label,
			    s->in[i].help);
	message(_("Help"), sp_buf_cstr(&b));
}

static int label_width(const struct wz_screen *s)
{
	int max = 0;

	for (size_t i = 0; i < s->n_in; i++) {
		int w = sp_columns(s->in[i].label);

		max = w > max ? w : max;
		w = s->in[i].secret ? sp_columns(_("The same again")) : 0;
		max = w > max ? w : max;
	}
	return max;
}

static newtComponent add_entry(struct parts *p, const char *label,
			       const char *value, bool secret, int left, int y)
{
	newtComponent e = lib.newtEntry(
		left, y, value, MARGIN + WIDTH - left, NULL,
		NEWT_FLAG_SCROLL | (secret ? NEWT_FLAG_PASSWORD : 0));

	lib.newtFormAddComponent(p->form, lib.newtLabel(MARGIN, y, label));
	lib.newtFormAddComponent(p->form, e);
	return e;
}

static int add_entries(const struct wz_screen *s, struct parts *p, int y)
{
	int left = MARGIN + label_width(s) + 1;

	for (size_t i = 0; i < s->n_in; i++) {
		const struct wz_input *in = &s->in[i];
		sp_auto_free char *value = s->value(s->arg, i);

		p->entry[i] =
			add_entry(p, in->label, value, in->secret, left, y++);
		if (in->secret)
			p->again = add_entry(p, _("The same again"), "", true,
					     left, y++);
	}
	return y;
}

static int add_list(const struct wz_screen *s, struct parts *p, int y)
{
	int n = (int)s->options->n;
	int height = n > LIST_HEIGHT ? LIST_HEIGHT : n;

	p->list = lib.newtListbox(MARGIN, y, height,
				  NEWT_FLAG_RETURNEXIT |
					  (n > height ? NEWT_FLAG_SCROLL : 0));
	for (int i = 0; i < n; i++)
		(void)lib.newtListboxAppendEntry(p->list,
						 s->options->v[i].label,
						 (void *)(intptr_t)(i + 1));
	lib.newtListboxSetWidth(p->list, WIDTH);
	lib.newtListboxSetCurrent(p->list, (int)s->chosen);
	lib.newtFormAddComponent(p->form, p->list);
	return y + height;
}

/* Tabs are not drawn. */
static char *expand_tabs(const char *text)
{
	sp_auto_buf b = { 0 };

	for (; *text; text++)
		if (*text == '\t')
			sp_buf_add(&b, "        ");
		else
			sp_buf_addc(&b, *text);
	return sp_buf_take(&b);
}

/* As high as the terminal has room; two columns are the scroll bar's. */
static int add_body(const struct wz_screen *s, struct parts *p, int y)
{
	sp_auto_free char *text = expand_tabs(s->body);
	int cols, rows, height;

	lib.newtGetScreenSize(&cols, &rows);
	height = rows - FRAME - y - 1 - (int)s->options->n - BUTTONS;
	p->body = lib.newtTextbox(MARGIN, y, WIDTH - 2, height,
				  NEWT_FLAG_SCROLL | NEWT_FLAG_WRAP);
	lib.newtTextboxSetText(p->body, text);
	lib.newtFormAddComponent(p->form, p->body);
	return y + height + 1;
}

/* Beside each other, the first one first: Enter on a line goes on. */
static void add_buttons(const struct wz_screen *s, struct parts *p, int y)
{
	const char *texts[] = { _("Next"), _("Back"), _("Leave") };
	newtComponent *buttons[] = { &p->next, &p->back, &p->leave };
	int x = 4;

	for (size_t i = 0; i < SP_COUNT(texts); i++) {
		if (i == 1 && s->first)
			continue;
		*buttons[i] = lib.newtButton(x, y, texts[i]);
		lib.newtFormAddComponent(p->form, *buttons[i]);
		x += sp_columns(texts[i]) + 12;
	}
}

static void build(const struct wz_screen *s, struct parts *p)
{
	sp_auto_free char *title = NULL;
	newtComponent text = lib.newtTextboxReflowed(MARGIN, 0, loose(s->text),
						     WIDTH, 0, 0, 0);
	int y = lib.newtTextboxGetNumLines(text) + 1;

	*p = (struct parts){ 0 };
	p->form = lib.newtForm(NULL, NULL, 0);
	lib.newtFormAddComponent(p->form, text);
	if (s->body)
		y = add_body(s, p, y);
	y = s->options ? add_list(s, p, y) : add_entries(s, p, y);
	add_buttons(s, p, y + 1);
	title = s->steps
			? sp_asprintf("%s (%u/%u)", s->title, s->step, s->steps)
			: sp_xstrdup(s->title);
	(void)lib.newtCenteredWindow(WIDTH + 2 * MARGIN,
				     (unsigned)(y + BUTTONS), title);
	lib.newtPushHelpLine(
		s->body ? _(" F1 help   Arrows scroll   Tab to the choice   "
			    "Esc page before   Ctrl-C leave")
			: _(" F1 help   Tab move   F12 next page   "
			    "Esc page before   Ctrl-C leave"));
	lib.newtFormAddHotKey(p->form, NEWT_KEY_F1);
	lib.newtFormAddHotKey(p->form, NEWT_KEY_ESCAPE);
	lib.newtFormAddHotKey(p->form, CTRL_C);
}

static void destroy(struct parts *p)
{
	lib.newtPopHelpLine();
	lib.newtFormDestroy(p->form);
	lib.newtPopWindow();
}

/* Every entry good?  Otherwise the first one that is not has the cursor. */
static bool take(struct wz_screen *s, struct parts *p)
{
	const char *again = p->again ? lib.newtEntryGetValue(p->again) : "";

	for (size_t i = 0; i < s->n_in; i++) {
		const char *text = lib.newtEntryGetValue(p->entry[i]);
		sp_auto_err err = { 0 };
		sp_auto_free char *why = NULL;
		int r = 0;

		if (!s->wanted(s->arg, i))
			continue;
		if (s->in[i].secret && strcmp(text, again) != 0)
			r = sp_fail(&err, EINVAL, "%s",
				    _("the two are not the same"));
		if (r >= 0)
			r = s->check(s->arg, i, text, true, &err);
		if (r >= 0)
			continue;
		why = sp_asprintf("%s: %s", s->in[i].label, err.msg);
		message(_("Not possible"), why);
		lib.newtFormSetCurrent(p->form, p->entry[i]);
		return false;
	}
	return true;
}

/* The keys and buttons of one run of the form.  0: stay on this screen. */
static enum wz_move react(struct wz_screen *s, struct parts *p,
			  const struct newtExitStruct *e)
{
	if (e->reason == NEWT_EXIT_ERROR)
		return WZ_LEAVE;
	if (e->reason == NEWT_EXIT_HOTKEY) {
		if (e->u.key == NEWT_KEY_F1)
			help(s);
		if (e->u.key == CTRL_C)
			return WZ_LEAVE;
		if (e->u.key == NEWT_KEY_ESCAPE && !s->first)
			return WZ_BACK;
		if (e->u.key != NEWT_KEY_F12 || s->deliberate)
			return 0;
	} else if (e->reason != NEWT_EXIT_COMPONENT) {
		return 0;
	} else if (e->u.co == p->leave) {
		return WZ_LEAVE;
	} else if (e->u.co == p->back) {
		return WZ_BACK;
	}
	if (p->list) {
		/* "Next" on such a screen means the choice, too. */
		intptr_t at = (intptr_t)lib.newtListboxGetCurrent(p->list);

		s->chosen = (size_t)at - 1;
		return WZ_NEXT;
	}
	return take(s, p) ? WZ_NEXT : 0;
}

static enum wz_move ask(struct wz_screen *s)
{
	struct newtExitStruct e = { 0 };
	enum wz_move move = 0;
	struct parts p;

	follow_size();
	build(s, &p);
	if (s->wrong)
		message(_("Not possible"), s->wrong);
	/* A long text is there to be read first. */
	if (s->options)
		lib.newtFormSetCurrent(p.form, p.body ? p.body : p.list);
	while (!move) {
		lib.newtFormRun(p.form, &e);
		move = react(s, &p, &e);
	}
	destroy(&p);
	return move;
}

#endif

const struct wz_front wz_newt = {
	.open = open_screen,
	.ask = ask,
	.busy = busy,
	.close = close_screen,
};
