/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* cmd_wizard.c - sprout wizard: ask for a profile, show its plan, apply it. */
#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bar.h"
#include "cmd.h"
#include "core/host_overlay.h"
#include "core/mem.h"
#include "core/render.h"
#include "kickstart.h"
#include "self.h"
#include "wizard/save.h"
#include "wizard/wizard.h"

static const char help[] =
	"Usage: sprout wizard [OPTION]...\n\n"
	"Asks what this host is to be, in English or Korean, writes the profile, shows\n"
	"what it would change, and applies it.  Nothing is changed before that.\n\n"
	"  --plain     line by line, without drawing; also on TERM=dumb and in pipes\n"
	"  --root DIR  the root directory to set up (default /)\n"
	"  --output FILE  where the profile goes (default " CMD_PROFILE "\n"
	"              below the root)\n"
	"  --answers FILE  do not ask: take the answers from FILE, defaults for the rest\n"
	"  --save-answers FILE  keep the answers for --answers\n"
	"  --confirm-within SECONDS  as for apply\n"
	"  --no-confirm  likewise\n"
	"  --help      this text\n\n"
	"Exit status: 0 applied, or nothing to do; 1 left, or an error: nothing touched;\n"
	"2 the profile was saved only; 20, 21, 22 as for apply; 64 wrong usage.\n";

static const struct option options[] = {
	{ "plain", no_argument, NULL, 'p' },
	CMD_OPT_ROOT,
	{ "output", required_argument, NULL, 'o' },
	{ "answers", required_argument, NULL, 'a' },
	{ "save-answers", required_argument, NULL, 's' },
	{ "confirm-within", required_argument, NULL, 'w' },
	{ "no-confirm", no_argument, NULL, 'n' },
	CMD_OPT_HELP,
	CMD_OPT_END,
};

#define BUSY_COLUMNS 70

struct session {
	struct cmd_opts o;
	const char *output, *answers, *save_answers;
	const char *confirm_within;
	bool plain, no_confirm;
	const struct wz_front *front; /* NULL: nobody is asked */
	struct sp_root *root;
	struct wz_place place, answers_place;
	struct wizard w;
};

/* --- the plan --------------------------------------------------------------------- */

/*
 * What the profile would do, to read; what is wrong with it, if it cannot be
 * planned.  Returns the number of changes, or -1.
 */
static int review_text(struct session *s, const struct sp_buf *profile,
		       struct sp_buf *ret)
{
	sp_auto_host *host = sp_host_new(s->root);
	sp_auto_profile p = { 0 };
	sp_auto_diag d = { 0 };
	sp_auto_plan plan = { 0 };
	sp_auto_buf text = { 0 };
	sp_auto_err err = { 0 };

	sp_profile_add_text(&p, s->place.shown, sp_buf_cstr(profile),
			    profile->len);
	sp_profile_parse(&p, &d);
	sp_profile_check(&p, host, &d);
	if (d.errors) {
		sp_diag_format(&d, &p, ret);
		return -1;
	}
	if (sp_plan_make(&plan, &p, host, &err) < 0) {
		sp_buf_add_shown(ret, err.msg);
		return -1;
	}
	sp_render_text(&text, &plan, &p, &d, true, false);
	sp_buf_add_page(ret, sp_buf_cstr(&text), text.len);
	return (int)plan.n;
}

/* --- the last screens ---------------------------------------------------------------- */

/* One of two or three, by value. */
static enum wz_move choose(struct session *s, struct wz_screen *screen,
			   struct wz_options *o, const char **ret)
{
	enum wz_move move;

	screen->options = o;
	move = s->front->ask(screen);
	if (move == WZ_NEXT)
		*ret = o->v[screen->chosen].value;
	return move;
}

/* Line by line nothing moves: there it is told once. */
static void on_task(void *arg, const struct sp_task *task)
{
	const struct session *s = arg;
	bool plain = s->front == &wz_plain;
	sp_auto_buf line = { 0 };

	if (task->state == SP_TASK_ENDS) {
		s->front->busy(NULL);
		return;
	}
	if (!plain)
		cmd_bar_draw(task, BUSY_COLUMNS, true, &line);
	else if (task->state == SP_TASK_BEGINS)
		cmd_bar_line(task, 0, &line);
	if (line.len)
		s->front->busy(sp_buf_cstr(&line));
}

/* What becomes of a profile that is only saved; "" when it is anywhere. */
static const char *when_saved(const struct session *s)
{
	if (s->output)
		return "";
	return sp_root_live(s->root)
		       ? _("Only saved, it waits for you: no boot applies it.")
		       : _("Only saved, it is applied when that host boots for "
			   "the first time, by sprout-firstboot.service.");
}

static enum wz_move review(struct session *s, const struct sp_buf *profile)
{
	struct wz_options o = { 0 };
	sp_auto_buf body = { 0 };
	struct wz_screen screen = { .title = _("Look before you leap"),
				    .deliberate = true };
	sp_auto_free char *text = NULL;
	const char *chosen = NULL;
	enum wz_move move;
	int n;

	sp_root_set_progress(s->root, on_task, s);
	n = review_text(s, profile, &body);
	sp_root_set_progress(s->root, NULL, NULL);
	screen.body = sp_buf_cstr(&body);
	if (n > 0 && s->w.can_apply)
		wz_option_add(&o, "apply", _("apply: make these changes now"));
	if (n == 0)
		wz_option_add(&o, "apply",
			      _("apply: keep the profile; "
				"there is nothing to change"));
	wz_option_add(&o, "save", _("save: only write the profile to %s"),
		      s->place.shown);
	if (wz_has_more(&s->w))
		wz_option_add(&o, "more", _("more: IPv6, VLAN, bond, SSH key"));
	text = sp_asprintf(
		"%s%s%s",
		n < 0 ? _("This cannot be planned on this host; the reason stands "
			  "above. Go back and change it, or save the profile.")
		: !s->w.can_apply && n > 0
			? _("This would change. Applying it needs root.")
			: _("This would change. Once applied it can be taken back: sprout undo"),
		*when_saved(s) ? "\n" : "", when_saved(s));
	screen.text = text;
	screen.help = _("Nothing was changed so far. Back leads to the "
			"questions; Leave forgets the answers.");
	move = choose(s, &screen, &o, &chosen);
	if (move == WZ_NEXT)
		wz_set(&s->w.answers, "finish", chosen);
	wz_options_clear(&o);
	return move;
}

static enum wz_move may_overwrite(struct session *s)
{
	struct wz_options o = { 0 };
	sp_auto_free char *text = sp_asprintf(
		_("%s is there already, and is not the same."), s->place.shown);
	struct wz_screen screen = { .title = _("Replace the profile?"),
				    .text = text };
	const char *chosen = NULL;
	enum wz_move move;

	wz_option_add(&o, "no", "%s", _("no: go back"));
	wz_option_add(&o, "yes", "%s", _("yes: replace it"));
	move = choose(s, &screen, &o, &chosen);
	if (move == WZ_NEXT && strcmp(chosen, "yes") != 0)
		move = WZ_BACK;
	wz_options_clear(&o);
	return move;
}

/* --- asking ---------------------------------------------------------------------------- */

/* All screens; WZ_NEXT: the answers are complete, and one of them is "finish". */
static int ask_all(struct session *s, struct sp_buf *profile,
		   struct sp_err *err)
{
	enum wz_move move = wz_walk(&s->w, s->front, WZ_FIRST);

	for (;;) {
		int r = 0;

		if (move == WZ_NEXT) {
			sp_buf_clear(profile);
			wz_profile_write(&s->w.answers, profile);
			move = review(s, profile);
		}
		if (move == WZ_NEXT && wz_is(&s->w.answers, "finish", "more")) {
			move = wz_walk(&s->w, s->front, WZ_MORE);
			continue;
		}
		if (move == WZ_NEXT)
			r = wz_place_differs(&s->place, profile, err);
		if (r < 0)
			return r;
		if (r > 0)
			move = may_overwrite(s);
		if (move == WZ_BACK)
			move = wz_walk(&s->w, s->front, WZ_LAST);
		else
			return move;
	}
}

static int replay(struct session *s, struct sp_buf *profile, struct sp_err *err)
{
	sp_auto_free char *finish = NULL;
	int r = wz_answers_read(s->answers, &s->w.answers, err);

	if (r >= 0)
		r = wz_known(&s->w.answers, err);
	if (r < 0)
		return r;
	finish = sp_xstrdup(wz_get(&s->w.answers, "finish")
				    ? wz_get(&s->w.answers, "finish")
				    : "save");
	if (strcmp(finish, "save") != 0 && strcmp(finish, "apply") != 0)
		return sp_fail(err, EINVAL,
			       "%s: finish: expected apply or save, got \"%s\"",
			       s->answers, finish);
	r = wz_replay(&s->w, err);
	if (r < 0)
		return sp_wrap(err, "%s", s->answers);
	wz_set(&s->w.answers, "finish", finish);
	wz_profile_write(&s->w.answers, profile);
	r = wz_place_differs(&s->place, profile, err);
	if (r > 0)
		return sp_fail(err, EEXIST,
			       "%s is there already and is not the same; "
			       "remove it, or give --output",
			       s->place.shown);
	return r < 0 ? r : (int)WZ_NEXT;
}

/* --- the end ----------------------------------------------------------------------------- */

static int save(struct session *s, const struct sp_buf *profile,
		struct sp_err *err)
{
	sp_auto_buf answers = { 0 };
	int r = wz_place_write(&s->place, profile, err);

	if (r < 0 || !s->save_answers)
		return r;
	wz_answers_write(&s->w.answers, &answers);
	return wz_place_write(&s->answers_place, &answers, err);
}

/* What sprout apply does, with the profile as it now is on disk. */
static int apply(const struct session *s)
{
	char *argv[10];
	int n = 0;

#define ARG(text) argv[n++] = (char *)(uintptr_t)(text)
	ARG("apply");
	if (s->o.root) {
		ARG("--root");
		ARG(s->o.root);
	}
	if (s->confirm_within) {
		ARG("--confirm-within");
		ARG(s->confirm_within);
	}
	if (s->no_confirm)
		ARG("--no-confirm");
	ARG("--");
	ARG(s->place.shown);
#undef ARG
	argv[n] = NULL;
	optind = 0; /* once more from the start */
	return cmd_apply(n, argv);
}

/*
 * Somebody sits at this host, and has decided: sprout firstboot leaves it to
 * him.  (What failed it may try again.)
 */
static int take_over(const struct session *s, int status)
{
	sp_auto_err err = { 0 };

	if (s->output || !sp_root_live(s->root) ||
	    (status != SP_EXIT_OK && status != SP_EXIT_PENDING) ||
	    access(SP_STATE_DIR "/firstboot.json", F_OK) == 0)
		return status;
	if (cmd_firstboot_keep("", s->place.shown, "wizard", status, &err) < 0)
		return cmd_fail(&err);
	return status;
}

static int finish(struct session *s, const struct sp_buf *profile)
{
	sp_auto_buf ignored = { 0 };
	sp_auto_err err = { 0 };

	if (save(s, profile, &err) < 0)
		return cmd_fail(&err);
	(void)printf(_("The profile is in %s.\n"), s->place.shown);
	if (wz_is(&s->w.answers, "finish", "apply")) {
		int r;

		(void)fflush(stdout);
		r = apply(s);
		if (r != SP_EXIT_OK)
			(void)fprintf(
				stderr, "%s\n",
				_("The profile stays; correct it, then: sprout apply"));
		return take_over(s, r);
	}
	if (review_text(s, profile, &ignored) == 0)
		return take_over(s, SP_EXIT_OK);
	(void)printf(_("Nothing else was changed. To go on: sprout apply %s\n"),
		     s->place.shown);
	return take_over(s, SP_EXIT_PENDING);
}

/* --- the beginning ------------------------------------------------------------------------- */

static int parse(struct session *s, int argc, char **argv)
{
	int c, r;

	while ((c = getopt_long(argc, argv, "h", options, NULL)) >= 0) {
		switch (c) {
		case 'p':
			s->plain = true;
			break;
		case 'o':
			s->output = optarg;
			break;
		case 'a':
			s->answers = optarg;
			break;
		case 's':
			s->save_answers = optarg;
			break;
		case 'w':
			s->confirm_within = optarg;
			break;
		case 'n':
			s->no_confirm = true;
			break;
		default:
			r = cmd_common(&s->o, c, help);
			if (r >= 0)
				return r;
		}
	}
	if (optind < argc)
		return cmd_usage("wizard", "what is \"%s\"?", argv[optind]);
	return -1;
}

static int prepare(struct session *s, struct sp_err *err)
{
	int r = cmd_open_root(&s->o, &s->root, err);

	if (r >= 0)
		r = s->output ? wz_place_open(s->output, &s->place, err)
			      : wz_place_below(s->root, CMD_PROFILE, &s->place,
					       err);
	if (r >= 0 && s->save_answers)
		r = wz_place_open(s->save_answers, &s->answers_place, err);
	if (r < 0)
		return r;
	s->w.host = sp_host_new(s->root);
	s->w.can_apply = !sp_root_is_host(s->root) || geteuid() == 0;
	s->w.output = s->place.shown;
	s->w.here = strcmp(sp_root_name(s->root), "/") == 0;
	wz_host_look(&s->w);
	return 0;
}

/* The texts are UTF-8, whatever the locale of a bare host says. */
static void choose_language(struct session *s)
{
	const char *term = getenv("TERM");

	/* (newt's library asks the environment again.) */
	if (strcmp(nl_langinfo(CODESET), "UTF-8") != 0) {
		(void)setenv("LC_ALL", "C.UTF-8", 1);
		(void)setlocale(LC_ALL, "");
	}
	/* The kernel's console has no room for Hangul in its fonts. */
	s->w.english_only = term && strcmp(term, "linux") == 0;
	if (s->w.english_only)
		(void)cmd_words_use("en");
}

static int choose_front(struct session *s, struct sp_err *err)
{
	const char *term = getenv("TERM");

	s->front = &wz_newt;
	if (s->plain || !isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO) ||
	    !term || !*term || strcmp(term, "dumb") == 0)
		s->front = &wz_plain;
	else if (s->front->open(err) >= 0)
		return 0;
	else {
		(void)fprintf(stderr, "sprout: %s\n", err->msg);
		sp_err_clear(err);
		s->front = &wz_plain;
	}
	return s->front->open(err);
}

static void clear(struct session *s)
{
	wz_answers_clear(&s->w.answers);
	wz_answers_clear(&s->w.today);
	wz_nics_free(s->w.nics, s->w.n_nics);
	sp_host_free(s->w.host);
	wz_place_clear(&s->place);
	wz_place_clear(&s->answers_place);
	sp_root_free(s->root);
}

static int run(struct session *s)
{
	sp_auto_buf profile = { 0 };
	sp_auto_err err = { 0 };
	int r, status;

	/* First, as no thread survives a fork, and libraries start some. */
	if (!s->answers) {
		choose_language(s);
		if (wz_tty_guard(&status))
			return status;
	}
	r = prepare(s, &err);
	if (r >= 0 && s->answers)
		r = replay(s, &profile, &err);
	else if (r >= 0) {
		r = choose_front(s, &err);
		if (r >= 0) {
			r = ask_all(s, &profile, &err);
			s->front->close();
		}
	}
	if (r < 0)
		return cmd_fail(&err);
	if (r != (int)WZ_NEXT) {
		(void)fprintf(stderr, "\n%s\n",
			      _("Left; nothing was changed."));
		return SP_EXIT_ERROR;
	}
	return finish(s, &profile);
}

int cmd_wizard(int argc, char **argv)
{
	struct session s = { 0 };
	int r = parse(&s, argc, argv);

	if (r >= 0)
		return r;
	r = run(&s);
	clear(&s);
	return r;
}
