/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * walk.c - from page to page.  An answer is checked by its field's table when
 * it is given, the profile so far by the kinds' own checks when a page is
 * done: what `sprout check` would say later is said now.
 */
#include <errno.h>
#include <string.h>

#include "ask.h"
#include "core/mem.h"
#include "core/profile.h"

#define PASSWORD_MIN 8
#define PASSWORD_MAX 256
#define FINDINGS_SHOWN 4

/* Is there anything to ask: the page's kind, or any of the fields. */
static bool asked(const struct wz_question *q)
{
	return !q->kind || !*q->field || wz_field(q->kind, q->field);
}

/* Asked for, or begun: by a file of answers. */
static bool opened(const struct wizard *w)
{
	for (size_t p = 0; wz_pages[p].title && !w->more; p++)
		for (size_t i = 0; i < wz_page_questions(&wz_pages[p]); i++)
			if (wz_pages[p].more &&
			    wz_get(&w->answers, wz_pages[p].q[i].key))
				return true;
	return w->more;
}

static bool shown(const struct wizard *w, const struct wz_page *p)
{
	return (!p->kind || sp_kind_find(p->kind)) && (!p->more || opened(w)) &&
	       (!p->shown || p->shown(w));
}

bool wz_has_more(const struct wizard *w)
{
	struct wizard all = *w;

	all.more = true;
	for (size_t p = 0; wz_pages[p].title; p++)
		if (wz_pages[p].more && shown(&all, &wz_pages[p]))
			return true;
	return false;
}

static void dflt_of(const struct wizard *w, const struct wz_question *q,
		    struct sp_buf *ret)
{
	const char *s = wz_get(&w->answers, q->key);

	if (s)
		sp_buf_add(ret, s);
	else if (q->dflt)
		q->dflt(w, ret);
}

/* --- checks ---------------------------------------------------------------------- */

static int check_text(const char *text, struct sp_err *err)
{
	if (sp_find_control(text) >= 0)
		return sp_fail(err, EINVAL, _("has a control character in it"));
	if (!sp_utf8_valid(text, strlen(text)))
		return sp_fail(err, EINVAL, _("is not UTF-8"));
	return 0;
}

static int check_words(const struct wz_question *q, const char *text,
		       struct sp_err *err)
{
	sp_auto_strv words = { 0 };
	int r = 0;

	sp_strv_split(&words, text, " \t,");
	for (size_t i = 0; i < words.n && r >= 0; i++)
		r = wz_check_field(q->kind, q->field, words.v[i], err);
	return r;
}

static bool is_option(const struct wz_options *o, const char *text)
{
	for (size_t i = 0; i < o->n; i++)
		if (strcmp(o->v[i].value, text) == 0)
			return true;
	return false;
}

static int check_answer(const struct wizard *w, const struct wz_question *q,
			const char *text, struct sp_err *err)
{
	struct wz_options o = { 0 };
	bool choice, listed;
	int r;

	r = check_text(text, err);
	if (r < 0)
		return r;
	if (!*text && (q->flags & WZ_NEEDED))
		return sp_fail(err, EINVAL, _("must not be empty"));
	if (q->options)
		q->options(w, &o);
	choice = o.n > 0;
	listed = is_option(&o, text);
	wz_options_clear(&o);
	if (choice)
		return listed ? 0
			      : sp_fail(err, EINVAL,
					_("\"%s\" is not one of the choices"),
					text);
	if (q->check) {
		r = q->check(w, text, err);
		if (r < 0)
			return r;
	}
	if (!*text || !q->kind || strcmp(text, "keep") == 0)
		return 0;
	return q->form == WZ_WORDS
		       ? check_words(q, text, err)
		       : wz_check_field(q->kind, q->field, text, err);
}

/* The answers of all pages up to and including @last. */
static void answers_upto(const struct wizard *w, size_t last,
			 struct wz_answers *ret)
{
	for (size_t p = 0; p <= last && wz_pages[p].title; p++) {
		if (!shown(w, &wz_pages[p]))
			continue;
		for (size_t i = 0; i < wz_page_questions(&wz_pages[p]); i++) {
			const char *key = wz_pages[p].q[i].key;
			const char *s = wz_get(&w->answers, key);

			if (s)
				wz_set(ret, key, s);
		}
	}
}

/* What is wrong with the profile so far, as lines; nothing when it is good. */
static void check_profile(const struct wizard *w, size_t last,
			  struct sp_buf *ret)
{
	wz_auto_answers a = { 0 };
	sp_auto_profile p = { 0 };
	sp_auto_diag d = { 0 };
	sp_auto_buf text = { 0 };
	size_t n = 0;

	answers_upto(w, last, &a);
	wz_profile_write(&a, &text);
	sp_profile_add_text(&p, w->output, sp_buf_cstr(&text), text.len);
	sp_profile_parse(&p, &d);
	sp_profile_check(&p, w->host, &d);
	for (size_t i = 0; i < d.n && n < FINDINGS_SHOWN; i++) {
		if (d.v[i].severity != SP_ERROR)
			continue;
		if (n++)
			sp_buf_addc(ret, '\n');
		if (d.v[i].object)
			sp_buf_addf(ret, "%s: ", d.v[i].object);
		sp_buf_add_shown(ret, d.v[i].text);
	}
}

/* --- one page ----------------------------------------------------------------------- */

struct visit {
	struct wizard *w;
	const struct wz_page *page;
	const struct wz_question *q[WZ_PAGE_QUESTIONS]; /* those asked */
	size_t n;
};

static int take_password(struct wizard *w, const char *key, const char *text,
			 bool keep, struct sp_err *err)
{
	sp_auto_free char *hash = NULL;
	size_t n = strlen(text), characters = 0;
	int r;

	if (n == 0)
		return 0;
	for (const char *s = text; *s; s++)
		characters += ((unsigned char)*s & 0xc0) != 0x80;
	if (characters < PASSWORD_MIN)
		return sp_fail(err, EINVAL, _("is shorter than %d characters"),
			       PASSWORD_MIN);
	if (n > PASSWORD_MAX)
		return sp_fail(err, EINVAL, _("is longer than %d bytes"),
			       PASSWORD_MAX);
	r = check_text(text, err);
	if (r < 0 || !keep)
		return r;
	r = wz_hash(text, &hash, err);
	if (r >= 0)
		wz_set(&w->answers, key, hash);
	return r;
}

/* An answer of the front end: checked, and kept when it is good. */
static int take(void *arg, size_t i, const char *text, bool keep,
		struct sp_err *err)
{
	struct visit *v = arg;
	const struct wz_question *q = v->q[i];
	int r;

	if (q->form == WZ_PASSWORD)
		return take_password(v->w, q->key, text, keep, err);
	r = check_answer(v->w, q, text, err);
	if (r >= 0 && keep)
		wz_set(&v->w->answers, q->key, text);
	return r;
}

static bool wanted(void *arg, size_t i)
{
	const struct visit *v = arg;

	return !v->q[i]->wanted || v->q[i]->wanted(v->w);
}

static char *value(void *arg, size_t i)
{
	const struct visit *v = arg;
	sp_auto_buf dflt = { 0 };

	/* A hash is nothing to show, or to type again. */
	if (v->q[i]->form != WZ_PASSWORD)
		dflt_of(v->w, v->q[i], &dflt);
	return sp_buf_take(&dflt);
}

static void visit(struct wizard *w, const struct wz_page *p, struct visit *ret)
{
	*ret = (struct visit){ .w = w, .page = p };
	for (size_t i = 0; i < wz_page_questions(p); i++)
		if (asked(&p->q[i]))
			ret->q[ret->n++] = &p->q[i];
}

static enum wz_move choose(struct visit *v, const struct wz_front *front,
			   struct wz_screen *s, struct wz_options *o)
{
	const struct wz_question *q = v->q[0];
	sp_auto_buf dflt = { 0 };
	enum wz_move move;

	dflt_of(v->w, q, &dflt);
	s->options = o;
	s->help = _(q->help);
	for (size_t i = 0; i < o->n; i++)
		if (strcmp(o->v[i].value, sp_buf_cstr(&dflt)) == 0)
			s->chosen = i;
	move = front->ask(s);
	if (move == WZ_NEXT)
		wz_set(&v->w->answers, q->key, o->v[s->chosen].value);
	return move;
}

static enum wz_move fill_in(struct visit *v, const struct wz_front *front,
			    struct wz_screen *s)
{
	struct wz_input in[WZ_PAGE_QUESTIONS] = { 0 };

	for (size_t i = 0; i < v->n; i++)
		in[i] = (struct wz_input){
			.label = _(v->q[i]->label),
			.help = _(v->q[i]->help),
			.secret = v->q[i]->form == WZ_PASSWORD,
		};
	s->in = in;
	s->n_in = v->n;
	s->check = take;
	s->wanted = wanted;
	s->value = value;
	s->arg = v;
	return front->ask(s);
}

/* Those that depend on answers count, too: the end does not move. */
static void count_steps(const struct wizard *w, size_t at, struct wz_screen *s)
{
	for (size_t p = 0; wz_pages[p].title; p++) {
		if ((wz_pages[p].kind && !sp_kind_find(wz_pages[p].kind)) ||
		    (wz_pages[p].more && !opened(w)))
			continue;
		s->steps++;
		if (p <= at)
			s->step++;
	}
}

static enum wz_move show(struct visit *v, const struct wz_front *front,
			 size_t at, bool first, const char *wrong)
{
	struct wz_screen s = { .title = _(v->page->title),
			       .text = _(v->page->text),
			       .first = first,
			       .wrong = wrong };
	struct wz_options o = { 0 };
	enum wz_move move;

	count_steps(v->w, at, &s);
	if (v->q[0]->options)
		v->q[0]->options(v->w, &o);
	move = o.n ? choose(v, front, &s, &o) : fill_in(v, front, &s);
	wz_options_clear(&o);
	return move;
}

/* Only what was asked, in the order of the pages. */
static void settle(struct wizard *w)
{
	struct wz_answers a = { 0 };
	size_t last = 0;

	while (wz_pages[last].title)
		last++;
	answers_upto(w, last, &a);
	wz_answers_clear(&w->answers);
	w->answers = a;
}

/* --- all pages -------------------------------------------------------------------------- */

/* The page shown before or behind @at; false: there is none. */
static bool step(const struct wizard *w, size_t *at, int by)
{
	size_t p = *at;

	while (by < 0 ? p > 0 : wz_pages[p].title != NULL) {
		p += (size_t)by;
		if (!wz_pages[p].title)
			return false;
		if (shown(w, &wz_pages[p])) {
			*at = p;
			return true;
		}
	}
	return false;
}

/* One page until it is good or left. */
static enum wz_move do_page(struct wizard *w, const struct wz_front *front,
			    size_t at)
{
	sp_auto_free char *wrong = NULL;
	size_t before = at;
	bool first = !step(w, &before, -1);
	struct visit v;

	visit(w, &wz_pages[at], &v);
	for (;;) {
		sp_auto_buf b = { 0 };
		enum wz_move move =
			v.n ? show(&v, front, at, first, wrong) : WZ_NEXT;

		if (move != WZ_NEXT)
			return move;
		if (wz_pages[at].shown == wz_shown_language)
			(void)cmd_words_use(wz_text(&w->answers, "language"));
		check_profile(w, at, &b);
		if (!b.len)
			return WZ_NEXT;
		free(wrong);
		wrong = sp_buf_take(&b);
	}
}

enum wz_move wz_walk(struct wizard *w, const struct wz_front *front,
		     enum wz_from from)
{
	size_t at = 0;

	w->more |= from == WZ_MORE;
	if (!shown(w, &wz_pages[0]))
		(void)step(w, &at, 1);
	while ((from == WZ_LAST || (from == WZ_MORE && !wz_pages[at].more)) &&
	       step(w, &at, 1))
		continue;
	for (;;) {
		enum wz_move move = do_page(w, front, at);

		if (move == WZ_LEAVE)
			return move;
		if (step(w, &at, move == WZ_NEXT ? 1 : -1) || move == WZ_BACK)
			continue;
		settle(w);
		return WZ_NEXT;
	}
}

/* --- without asking ------------------------------------------------------------------------ */

static int replay_page(struct wizard *w, size_t at, struct sp_err *err)
{
	struct visit v;
	sp_auto_buf wrong = { 0 };

	visit(w, &wz_pages[at], &v);
	for (size_t i = 0; i < v.n; i++) {
		const struct wz_question *q = v.q[i];
		sp_auto_buf text = { 0 };
		int r;

		if (!wanted(&v, i))
			continue;
		dflt_of(w, q, &text);
		/* In a file it is the hash, not the password. */
		r = check_answer(w, q, sp_buf_cstr(&text), err);
		if (r < 0)
			return sp_wrap(err, "%s", q->key);
		wz_set(&w->answers, q->key, sp_buf_cstr(&text));
	}
	check_profile(w, at, &wrong);
	return wrong.len ? sp_fail(err, EINVAL, "%s", sp_buf_cstr(&wrong)) : 0;
}

int wz_replay(struct wizard *w, struct sp_err *err)
{
	for (size_t at = 0; wz_pages[at].title; at++) {
		int r = shown(w, &wz_pages[at]) ? replay_page(w, at, err) : 0;

		if (r < 0)
			return r;
	}
	settle(w);
	return 0;
}

int wz_known(const struct wz_answers *a, struct sp_err *err)
{
	const char *keys[128];
	size_t n = 0;

	for (size_t p = 0; wz_pages[p].title; p++)
		for (size_t i = 0; i < wz_page_questions(&wz_pages[p]) &&
				   n + 2 < SP_COUNT(keys);
		     i++)
			keys[n++] = wz_pages[p].q[i].key;
	keys[n++] = "finish";
	keys[n] = NULL;
	for (size_t i = 0; i < a->n; i++) {
		const char *near = NULL;
		bool known = false;

		for (size_t k = 0; k < n && !known; k++)
			known = strcmp(keys[k], a->v[i].key) == 0;
		if (known)
			continue;
		near = sp_nearest(a->v[i].key, keys);
		if (near)
			return sp_fail(
				err, EINVAL,
				_("nothing is asked by the name of \"%s\"; "
				  "is \"%s\" meant?"),
				a->v[i].key, near);
		return sp_fail(err, EINVAL,
			       _("nothing is asked by the name of \"%s\""),
			       a->v[i].key);
	}
	return 0;
}
