/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * wizard.h - sprout wizard: questions become answers, answers a profile.
 *
 *   pages.c  what is asked, as data        walk.c     in which order, back, checks
 *   host.c   what the host is today        plain.c    line by line
 *   nic.c    which cards it has            screen.c   full screen (newt)
 *   answers.c  kept and replayed           profile.c  written as YAML
 *   hash.c   passwords                     tty.c      the terminal stays usable
 */
#ifndef SPROUT_WIZARD_H
#define SPROUT_WIZARD_H

#include <stdbool.h>

#include "../words.h"
#include "core/err.h"
#include "core/kind.h"
#include "core/str.h"

/* --- answers.c: texts by key; a list is its words with blanks between ------- */

struct wz_answers {
	struct wz_answer {
		char *key, *text; /* owned */
	} *v;
	size_t n;
};

void wz_set(struct wz_answers *a, const char *key, const char *text);
/* NULL: not answered. */
const char *wz_get(const struct wz_answers *a, const char *key);
/* "" when not answered. */
const char *wz_text(const struct wz_answers *a, const char *key);
bool wz_is(const struct wz_answers *a, const char *key, const char *text);
void wz_answers_clear(struct wz_answers *a);
#define wz_auto_answers \
	__attribute__((cleanup(wz_answers_clear))) struct wz_answers

/* YAML, one map of texts or of lists of texts. */
int wz_answers_read(const char *path, struct wz_answers *ret,
		    struct sp_err *err);
void wz_answers_write(const struct wz_answers *a, struct sp_buf *out);
/* A text as one YAML scalar, in quotes where they are needed. */
void wz_quote(struct sp_buf *out, const char *text);

/* --- nic.c: network cards ----------------------------------------------------- */

struct wz_nic {
	char *name, *mac, *driver; /* owned; mac and driver may be NULL */
	bool up;		   /* there is a link */
	int64_t speed_mbit;	   /* 0: not known */
	int64_t vfs;		   /* virtual functions that it can have */
};

/* The cards of the host, by name; virtual devices are not among them. */
void wz_nics_find(struct sp_host *host, struct wz_nic **ret, size_t *ret_n);
void wz_nics_free(struct wz_nic *v, size_t n);
/* "eth0  52:54:00:12:34:56  virtio_net  1000 Mb/s". */
void wz_nic_describe(const struct wz_nic *nic, struct sp_buf *out);

/* --- the wizard ------------------------------------------------------------------ */

struct wizard {
	struct sp_host *host;	   /* to look at; nothing is staged on it */
	bool can_apply;		   /* this user may change this host */
	bool here;		   /* what runs here is what is set up */
	bool english_only;	   /* the terminal cannot show Hangul */
	bool more; /* pages that are only shown when asked for */
	const char *output;	   /* where the profile goes, for messages */
	struct wz_answers answers; /* owned */
	struct wz_nic *nics;	   /* owned */
	size_t n_nics;
	struct wz_answers today;   /* owned; host.c keeps what it found */
};

/* What can be chosen; zeroed is empty. */
struct wz_options {
	struct wz_option {
		char *value, *label; /* owned */
	} *v;
	size_t n;
};

void wz_option_add(struct wz_options *o, const char *value, const char *fmt,
		   ...) __attribute__((format(printf, 3, 4)));
void wz_options_clear(struct wz_options *o);

enum wz_form {
	WZ_LINE = 1, /* one text */
	WZ_WORDS,    /* several, blanks or commas between */
	WZ_CHOICE,   /* the only question of its page; no options: a line */
	WZ_PASSWORD, /* asked twice; the answer is its hash */
};

enum {
	WZ_NEEDED = 1 << 0, /* must not be empty */
};

struct wz_question {
	const char *key;
	enum wz_form form;
	unsigned flags;
	const char *label;
	const char *help;
	/*
	 * Whose table checks the answer, "" is the name; the question is only
	 * asked when there is such a field.  NULL: no field.
	 */
	const char *kind, *field;
	/* What holds without an answer; NULL: nothing. */
	void (*dflt)(const struct wizard *w, struct sp_buf *ret);
	void (*options)(const struct wizard *w, struct wz_options *ret);
	/* Beside the field's own check. */
	int (*check)(const struct wizard *w, const char *text,
		     struct sp_err *err);
	/* NULL: always. */
	bool (*wanted)(const struct wizard *w);
};

#define WZ_PAGE_QUESTIONS 5

struct wz_page {
	const char *title;
	const char *text;
	const char *kind; /* shown only when there is this kind; NULL: always */
	bool (*shown)(const struct wizard *w); /* NULL: always */
	bool more; /* behind the plan's "more", or when a file answers it */
	struct wz_question q[WZ_PAGE_QUESTIONS]; /* the rest has no key */
};

/* pages.c; ends with a page without a title. */
extern const struct wz_page wz_pages[];
size_t wz_page_questions(const struct wz_page *p);

/* --- host.c: today's values, for defaults ----------------------------------------- */

/* A field of a resource as the kind observes it; false: cannot be told. */
bool wz_observe(const struct wizard *w, const char *kind, const char *id,
		const char *field, struct sp_buf *ret);
/* Fill w->nics and w->today: uplink.device, .address, .gateway, .dns. */
void wz_host_look(struct wizard *w);
/* Zones of the root's database: regions, or the zones of one. */
void wz_zone_regions(const struct wizard *w, struct sp_strv *ret);
void wz_zone_cities(const struct wizard *w, const char *region,
		    struct sp_strv *ret);
/* The row of a kind's table; NULL when there is none. */
const struct sp_field *wz_field(const char *kind, const char *field);

/* --- profile.c ------------------------------------------------------------------------ */

/* The profile of @a.  The same answers give the same bytes. */
void wz_profile_write(const struct wz_answers *a, struct sp_buf *out);

/* --- hash.c --------------------------------------------------------------------------- */

/*
 * A password as a crypt(5) hash: yescrypt, or SHA-512 where the library is
 * older.  Errors never hold the password.
 */
int wz_hash(const char *password, char **ret, struct sp_err *err);

/* --- front ends ------------------------------------------------------------------------- */

enum wz_move { WZ_NEXT = 1, WZ_BACK, WZ_LEAVE };

struct wz_input {
	const char *label, *help;
	bool secret; /* hidden while typed; asked twice */
};

/* One screen: text to read, then lines to fill in or options to choose. */
struct wz_screen {
	const char *title, *text;
	unsigned step, steps; /* 0: not counted */
	bool first;	      /* there is nothing to go back to */
	const char *body;     /* long text, scrollable; or NULL */
	struct wz_input *in;
	size_t n_in;
	const struct wz_options *options;
	size_t chosen; /* default before, choice after */
	bool deliberate; /* no default: nothing may be chosen in passing */
	const char *help; /* of the options */
	const char *wrong; /* why the screen is there again; or NULL */

	/* Is an answer good?  Called as soon as it is given; @keep: take it. */
	int (*check)(void *arg, size_t i, const char *text, bool keep,
		     struct sp_err *err);
	/* Has input @i to be asked, after what was answered so far? */
	bool (*wanted)(void *arg, size_t i);
	/* What stands there before it is answered; owned by the caller. */
	char *(*value)(void *arg, size_t i);
	void *arg;
};

struct wz_front {
	int (*open)(struct sp_err *err);
	enum wz_move (*ask)(struct wz_screen *s);
	/* Between two screens: what it is waiting for; NULL when that is over. */
	void (*busy)(const char *line);
	void (*close)(void);
};

extern const struct wz_front wz_plain;
extern const struct wz_front wz_newt; /* open() fails: ENOTSUP, EINVAL (small) */

/* --- walk.c ------------------------------------------------------------------------------ */

/* Through all pages, back and forth; WZ_NEXT: all is answered. */
enum wz_from { WZ_FIRST, WZ_LAST, WZ_MORE };
enum wz_move wz_walk(struct wizard *w, const struct wz_front *front,
		     enum wz_from from);
/* Would WZ_MORE lead anywhere? */
bool wz_has_more(const struct wizard *w);
/* Without asking: answers, or what holds without one. */
int wz_replay(struct wizard *w, struct sp_err *err);
/* Are there answers nobody asked for?  -EINVAL names one. */
int wz_known(const struct wz_answers *a, struct sp_err *err);

/* --- tty.c ----------------------------------------------------------------------------------- */

/*
 * Fork; the child goes on as the wizard.  The parent gives back the terminal
 * as it was, however the child ends, and returns its exit status in @ret;
 * when the parent is killed the child ends, too.  True in the parent.
 */
bool wz_tty_guard(int *ret);
/* The terminal as it was: for signal handlers, too. */
void wz_tty_restore(void);
/* From here on the screen has to be cleared when it is given back. */
void wz_tty_full_screen(bool on);

#endif
