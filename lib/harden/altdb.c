/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* altdb.c - the alternatives database of a root, by its files. */
#include "altdb.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "core/mem.h"
#include "core/word.h"

#define LINK_DIR "/etc/alternatives"

/* Of one group; the largest known (a compiler, a JDK) have about a hundred. */
#define FOLLOWERS_MAX 1024
#define CHOICES_MAX 1024

/* In the order in which they are looked into. */
static const struct {
	const char *dir;
	enum sp_alt_tool tool;
	const char *unfinished;	/* suffix of a file that the tool was writing */
} stores[] = {
	{ "/var/lib/dpkg/alternatives", SP_ALT_DPKG, ".dpkg-tmp" },
	/* A link to /etc/alternatives.admindir on newer systems. */
	{ "/var/lib/alternatives", SP_ALT_CHKCONFIG, ".new" },
};

static void choice_clear(struct sp_alt_choice *c)
{
	free(c->path);
	free(c->family);
	free(c->service);
	sp_strv_clear(&c->files);
	*c = (struct sp_alt_choice){ 0 };
}

void sp_altgroup_clear(struct sp_altgroup *g)
{
	for (size_t i = 0; i < g->n; i++)
		choice_clear(&g->choices[i]);
	free(g->choices);
	free(g->name);
	free(g->link);
	sp_strv_clear(&g->followers);
	sp_strv_clear(&g->links);
	*g = (struct sp_altgroup){ 0 };
}

/* --- the state file ------------------------------------------------------- */

struct reader {
	const char *text;
	size_t len, pos;
	unsigned line;
	enum sp_alt_tool tool;
	struct sp_err *err;
};

static bool blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static int bad(struct reader *rd, const char *what)
{
	return sp_fail(rd->err, EBADMSG, "line %u: %s", rd->line, _(what));
}

/*
 * The next line, owned: 1, or 0 at the end.  dpkg wants a newline at the end
 * of every line; chkconfig leaves out blanks at a line's start.
 */
static int next_line(struct reader *rd, char **ret)
{
	const char *s;
	size_t n;

	rd->line++;
	if (!sp_next_line(rd->text, rd->len, &rd->pos, &s, &n))
		return 0;
	if (memchr(s, '\0', n))
		return bad(rd, "a NUL byte");
	if (rd->tool == SP_ALT_DPKG && s + n == rd->text + rd->len)
		return bad(rd, "the file ends within a line");
	if (rd->tool == SP_ALT_CHKCONFIG)
		for (; n && blank(*s); n--)
			s++;
	*ret = sp_xstrndup(s, n);
	return 1;
}

/* The same where a line has to be. */
static int need_line(struct reader *rd, char **ret)
{
	int r = next_line(rd, ret);

	return r == 0 ? bad(rd, "the file ends too early") : r;
}

/* The same, an absolute path; or, if @empty, nothing. */
static int need_path(struct reader *rd, bool empty, char **ret)
{
	sp_auto_free char *s = NULL;
	int r = need_line(rd, &s);

	if (r < 0)
		return r;
	if (*s != '/' && (*s || !empty))
		return bad(rd, "an absolute path is expected");
	*ret = sp_take(&s);
	return 1;
}

static int read_mode(struct reader *rd, struct sp_altgroup *g)
{
	sp_auto_free char *s = NULL;
	int r = need_line(rd, &s);

	if (r < 0)
		return r;
	g->manual = !strcmp(s, "manual");
	if (!g->manual && strcmp(s, "auto"))
		return bad(rd, "the mode is neither \"auto\" nor \"manual\"");
	return 0;
}

/* Pairs of lines, name and link, until an empty line. */
static int read_followers(struct reader *rd, struct sp_altgroup *g)
{
	for (;;) {
		sp_auto_free char *name = NULL, *link = NULL;
		int r = need_line(rd, &name);

		if (r < 0)
			return r;
		if (!*name)
			return 0;
		if (g->followers.n >= FOLLOWERS_MAX)
			return bad(rd, "more than 1024 followers");
		/* It becomes a file name in LINK_DIR. */
		if (strchr(name, '/') || !strcmp(name, "..") || !strcmp(name, "."))
			return bad(rd, "the name of a follower is expected");
		r = need_path(rd, false, &link);
		if (r < 0)
			return r;
		if (!strcmp(name, g->name) || sp_strv_has(&g->followers, name))
			return bad(rd, "a follower is there twice");
		if (!strcmp(link, g->link) || sp_strv_has(&g->links, link))
			return bad(rd, "a link is there twice");
		sp_strv_add_take(&g->followers, sp_take(&name));
		sp_strv_add_take(&g->links, sp_take(&link));
	}
}

static int number(struct reader *rd, const char *s, char **end, int *ret)
{
	long v;

	errno = 0;
	v = strtol(s, end, rd->tool == SP_ALT_DPKG ? 10 : 0);
	if (*end == s || errno || v < INT_MIN || v > INT_MAX)
		return bad(rd, "a priority is expected");
	*ret = (int)v;
	return 0;
}

/* "[@FAMILY@]PRIORITY[ SERVICE]"; dpkg has the priority only. */
static int read_priority(struct reader *rd, struct sp_alt_choice *c)
{
	sp_auto_free char *s = NULL;
	char *p, *end;
	int r = need_line(rd, &s);

	if (r < 0)
		return r;
	p = s;
	if (*p == '@' && rd->tool == SP_ALT_CHKCONFIG) {
		end = strchr(p + 1, '@');
		if (!end || end == p + 1)
			return bad(rd, "a family between two \"@\" is expected");
		c->family = sp_xstrndup(p + 1, (size_t)(end - p - 1));
		p = end + 1;
	}
	r = number(rd, p, &end, &c->priority);
	if (r < 0)
		return r;
	if (rd->tool == SP_ALT_DPKG)
		return *end ? bad(rd, "text behind the priority") : 0;
	while (blank(*end))
		end++;
	if (*end)
		c->service = sp_xstrdup(end);
	return 0;
}

/* 1 when there was one, 0 at the end of the list. */
static int read_choice(struct reader *rd, struct sp_altgroup *g)
{
	sp_auto_free char *path = NULL;
	struct sp_alt_choice *c;
	int r = next_line(rd, &path);

	if (r <= 0 || !*path) {
		/* dpkg ends its files with an empty line. */
		if (r == 0 && rd->tool == SP_ALT_DPKG)
			return bad(rd, "the file ends too early");
		return r < 0 ? r : 0;
	}
	if (*path != '/')
		return bad(rd, "the path of a choice is expected");
	if (rd->tool == SP_ALT_DPKG && sp_altgroup_find(g, path))
		return bad(rd, "a choice is there twice");
	if (g->n >= CHOICES_MAX)
		return bad(rd, "more than 1024 choices");
	g->choices = sp_grow(g->choices, g->n, sizeof(*g->choices));
	c = &g->choices[g->n++];
	*c = (struct sp_alt_choice){ .path = sp_take(&path) };
	r = read_priority(rd, c);
	for (size_t i = 0; r >= 0 && i < g->followers.n; i++) {
		char *file = NULL;

		r = need_path(rd, true, &file);
		if (r >= 0)
			sp_strv_add_take(&c->files, file);
	}
	return r < 0 ? r : 1;
}

int sp_altgroup_parse(enum sp_alt_tool tool, const char *name,
		      const char *text, size_t len, struct sp_altgroup *ret,
		      struct sp_err *err)
{
	struct reader rd = { .text = text, .len = len, .tool = tool, .err = err };
	sp_auto_altgroup g = { .tool = tool, .name = sp_xstrdup(name) };
	sp_auto_free char *rest = NULL;
	int r = read_mode(&rd, &g);

	if (r >= 0)
		r = need_path(&rd, false, &g.link);
	if (r >= 0)
		r = read_followers(&rd, &g);
	for (r = r < 0 ? r : 1; r > 0;)
		r = read_choice(&rd, &g);
	/* Empty lines may follow; dpkg does not look behind the first. */
	while (r >= 0 && tool == SP_ALT_CHKCONFIG) {
		free(sp_take(&rest));
		r = next_line(&rd, &rest);
		if (r <= 0)
			break;
		if (*rest)
			r = bad(&rd, "text behind the last choice");
	}
	if (r < 0)
		return r;
	*ret = g;
	g = (struct sp_altgroup){ 0 };
	return 0;
}

void sp_altgroup_format(const struct sp_altgroup *g, struct sp_buf *out)
{
	sp_buf_addf(out, "%s\n%s\n", g->manual ? "manual" : "auto", g->link);
	for (size_t i = 0; i < g->followers.n; i++)
		sp_buf_addf(out, "%s\n%s\n", g->followers.v[i], g->links.v[i]);
	sp_buf_addc(out, '\n');
	for (size_t i = 0; i < g->n; i++) {
		const struct sp_alt_choice *c = &g->choices[i];

		sp_buf_addf(out, "%s\n", c->path);
		if (c->family)
			sp_buf_addf(out, "@%s@", c->family);
		sp_buf_addf(out, "%d", c->priority);
		if (c->service)
			sp_buf_addf(out, " %s", c->service);
		sp_buf_addc(out, '\n');
		for (size_t k = 0; k < c->files.n; k++)
			sp_buf_addf(out, "%s\n", c->files.v[k]);
	}
	if (g->tool == SP_ALT_DPKG)
		sp_buf_addc(out, '\n');
}

/* --- finding groups ------------------------------------------------------- */

/* Is a file there, a link followed?  A snapshot has none: taken for granted. */
static int there(struct sp_host *h, const char *path, struct sp_err *err)
{
	return sp_host_snapshot(h) ? 1 : sp_host_there(h, path, err);
}

int sp_altgroup_read(struct sp_host *h, const char *name,
		     struct sp_altgroup *ret, struct sp_err *err)
{
	for (size_t s = 0; s < SP_COUNT(stores); s++) {
		sp_auto_free char *path = sp_asprintf("%s/%s", stores[s].dir, name);
		sp_auto_altgroup g = { 0 };
		sp_auto_buf text = { 0 };
		int r = sp_host_read(h, path, &text, err);

		if (r > 0)
			r = sp_altgroup_parse(stores[s].tool, name,
					      sp_buf_cstr(&text), text.len, &g,
					      err);
		else if (r == 0)
			continue;
		if (r < 0)
			return sp_wrap(err, "%s", path);
		for (size_t i = 0; i < g.n; i++) {
			r = there(h, g.choices[i].path, err);
			if (r < 0)
				return r;
			g.choices[i].missing = !r;
		}
		*ret = g;
		g = (struct sp_altgroup){ 0 };
		return 1;
	}
	return 0;
}

int sp_altgroup_names(struct sp_host *h, struct sp_strv *ret,
		      struct sp_err *err)
{
	sp_auto_strv all = { 0 };

	for (size_t s = 0; s < SP_COUNT(stores); s++) {
		sp_auto_strv names = { 0 };
		int r = sp_host_list(h, stores[s].dir, &names, err);

		if (r < 0)
			return r;
		for (size_t i = 0; i < names.n; i++)
			if (!sp_ends(names.v[i], stores[s].unfinished))
				sp_strv_add(&all, names.v[i]);
	}
	sp_strv_sort(&all);
	*ret = all;
	all = (struct sp_strv){ 0 };
	return 0;
}

const struct sp_alt_choice *sp_altgroup_find(const struct sp_altgroup *g,
					     const char *path)
{
	for (size_t i = 0; i < g->n; i++)
		if (!strcmp(g->choices[i].path, path))
			return &g->choices[i];
	return NULL;
}

const struct sp_alt_choice *sp_altgroup_best(const struct sp_altgroup *g,
					     const char *family)
{
	const struct sp_alt_choice *best = NULL;

	for (size_t i = 0; i < g->n; i++) {
		const struct sp_alt_choice *c = &g->choices[i];

		if (family && !sp_streq(c->family, family))
			continue;
		/* dpkg's tool forgets what is gone; the other one does not. */
		if (c->missing && g->tool == SP_ALT_DPKG)
			continue;
		if (!best || c->priority > best->priority)
			best = c;
	}
	return best;
}

/* --- links ---------------------------------------------------------------- */

static char *alt_path(const char *name)
{
	return sp_asprintf(LINK_DIR "/%s", name);
}

int sp_altgroup_current(struct sp_host *h, const struct sp_altgroup *g,
			char **ret, struct sp_err *err)
{
	sp_auto_free char *path = alt_path(g->name);

	return sp_host_readlink(h, path, ret, err);
}

/* Is the follower @i to have links under @c?  dpkg wants the file there. */
static int follows(struct sp_host *h, const struct sp_altgroup *g,
		   const struct sp_alt_choice *c, size_t i, struct sp_err *err)
{
	if (!*c->files.v[i])
		return 0;
	return g->tool == SP_ALT_DPKG ? there(h, c->files.v[i], err) : 1;
}

/* 1 when @path is a symlink to @target. */
static int leads_to(struct sp_host *h, const char *path, const char *target,
		    struct sp_err *err)
{
	sp_auto_free char *text = NULL;
	int r = sp_host_readlink(h, path, &text, err);

	return r > 0 ? !strcmp(text, target) : r;
}

/* 1 when something that is no symlink is in the place of a link. */
static int is_taken(struct sp_host *h, const char *path, struct sp_err *err)
{
	struct sp_stat st;
	int r = sp_host_stat(h, path, &st, err);

	return r > 0 ? st.type != SP_FT_LINK : r;
}

/*
 * 1 when @link -> LINK_DIR/@name -> @file.  Links to LINK_DIR stand anywhere
 * in the tree: a snapshot does not have them, and they are taken for granted.
 */
static int chain_intact(struct sp_host *h, const char *link, const char *name,
			const char *file, bool own, struct sp_err *err)
{
	sp_auto_free char *alt = alt_path(name);
	int r = leads_to(h, alt, file, err);

	if (r <= 0 || sp_host_snapshot(h))
		return r;
	r = leads_to(h, link, alt, err);
	/* A file in the place of a follower's link is left there. */
	return r || own ? r : is_taken(h, link, err);
}

/* 1 when neither link of a follower that is not wanted is there. */
static int chain_gone(struct sp_host *h, const char *link, const char *name,
		      struct sp_err *err)
{
	sp_auto_free char *alt = alt_path(name);
	struct sp_stat st;
	int r = sp_host_stat(h, alt, &st, err);

	if (r)
		return r < 0 ? r : 0;
	r = sp_host_stat(h, link, &st, err);
	if (r == 0)
		return 1;
	return r > 0 ? st.type != SP_FT_LINK : r;
}

int sp_altgroup_intact(struct sp_host *h, const struct sp_altgroup *g,
		       const struct sp_alt_choice *c, struct sp_err *err)
{
	int r = chain_intact(h, g->link, g->name, c->path, true, err);

	for (size_t i = 0; r > 0 && i < g->followers.n; i++) {
		r = follows(h, g, c, i, err);
		if (r > 0)
			r = chain_intact(h, g->links.v[i], g->followers.v[i],
					 c->files.v[i], false, err);
		else if (r == 0)
			r = chain_gone(h, g->links.v[i], g->followers.v[i], err);
	}
	return r;
}

/* @link -> LINK_DIR/@name -> @file, where no file is in the way. */
static int make_chain(struct sp_host *h, const char *link, const char *name,
		      const char *file, struct sp_err *err)
{
	sp_auto_free char *alt = alt_path(name);
	int r = sp_host_symlink(h, alt, file, err);

	if (r < 0 || sp_host_snapshot(h))
		return r;
	r = is_taken(h, link, err);
	if (r == 0)
		r = sp_host_symlink(h, link, alt, err);
	return r < 0 ? r : 0;
}

static int remove_chain(struct sp_host *h, const char *link, const char *name,
			struct sp_err *err)
{
	sp_auto_free char *alt = alt_path(name);
	int r = is_taken(h, link, err);

	if (r == 0)
		r = sp_host_remove(h, link, err);
	if (r >= 0)
		r = is_taken(h, alt, err);
	if (r == 0)
		r = sp_host_remove(h, alt, err);
	return r < 0 ? r : 0;
}

/* --- setting -------------------------------------------------------------- */

static int by_path(const void *a, const void *b)
{
	return strcmp(((const struct sp_alt_choice *)a)->path,
		      ((const struct sp_alt_choice *)b)->path);
}

/* Drop follower @i everywhere. */
static void drop_follower(struct sp_altgroup *g, size_t i)
{
	sp_strv_remove(&g->followers, i);
	sp_strv_remove(&g->links, i);
	for (size_t k = 0; k < g->n; k++)
		sp_strv_remove(&g->choices[k].files, i);
}

static void swap_followers(struct sp_altgroup *g, size_t i, size_t k)
{
	char *t = g->followers.v[i];

	g->followers.v[i] = g->followers.v[k];
	g->followers.v[k] = t;
	t = g->links.v[i];
	g->links.v[i] = g->links.v[k];
	g->links.v[k] = t;
	for (size_t c = 0; c < g->n; c++) {
		t = g->choices[c].files.v[i];
		g->choices[c].files.v[i] = g->choices[c].files.v[k];
		g->choices[c].files.v[k] = t;
	}
}

/*
 * What dpkg's tool does to a group that it is going to write: choices that
 * are gone and followers that no choice has are forgotten, both are sorted.
 */
static void tidy(struct sp_altgroup *g)
{
	size_t n = 0;

	for (size_t i = 0; i < g->n; i++) {
		if (g->choices[i].missing)
			choice_clear(&g->choices[i]);
		else
			g->choices[n++] = g->choices[i];
	}
	g->n = n;
	qsort(g->choices, g->n, sizeof(*g->choices), by_path);
	for (size_t i = g->followers.n; i-- > 0;) {
		bool used = false;

		for (size_t k = 0; k < g->n; k++)
			used |= *g->choices[k].files.v[i] != '\0';
		if (!used)
			drop_follower(g, i);
	}
	for (size_t i = 1; i < g->followers.n; i++)
		for (size_t k = i; k > 0 && strcmp(g->followers.v[k - 1],
						   g->followers.v[k]) > 0; k--)
			swap_followers(g, k - 1, k);
}

/*
 * Does the tool write the state file?  chkconfig's always.  dpkg's only when
 * something changed: a choice, or the mode, which it first corrects by what
 * the group's link leads to, even if it then changes back.
 */
static int needs_write(struct sp_host *h, const struct sp_altgroup *g,
		       bool manual, struct sp_err *err)
{
	sp_auto_free char *current = NULL;
	const struct sp_alt_choice *c;
	bool corrected = g->manual;
	int r;

	if (g->tool == SP_ALT_CHKCONFIG)
		return 1;
	for (size_t i = 0; i < g->n; i++)
		if (g->choices[i].missing)
			return 1;
	r = sp_altgroup_current(h, g, &current, err);
	if (r < 0)
		return r;
	c = r ? sp_altgroup_find(g, current) : NULL;
	if (!c) {
		r = r ? there(h, current, err) : 0;
		if (r < 0)
			return r;
		corrected = r;
	}
	return corrected != g->manual || manual != corrected;
}

static int write_state(struct sp_host *h, struct sp_altgroup *g, bool manual,
		       struct sp_err *err)
{
	sp_auto_free char *path = NULL;
	sp_auto_buf text = { 0 };

	g->manual = manual;
	if (g->tool == SP_ALT_DPKG)
		tidy(g);
	sp_altgroup_format(g, &text);
	for (size_t s = 0; s < SP_COUNT(stores); s++)
		if (stores[s].tool == g->tool)
			path = sp_asprintf("%s/%s", stores[s].dir, g->name);
	return sp_host_write(h, path, sp_buf_cstr(&text), text.len,
			     SP_ATTR_KEEP, err);
}

int sp_altgroup_set(struct sp_host *h, struct sp_altgroup *g,
		    const struct sp_alt_choice *c, bool manual,
		    struct sp_err *err)
{
	int r = is_taken(h, g->link, err);
	int write;

	if (r < 0)
		return r;
	if (r > 0)
		return sp_fail(err, EEXIST,
			       "%s is not a link to %s/%s but something else; move it "
			       "away first",
			       g->link, LINK_DIR, g->name);
	write = needs_write(h, g, manual, err);
	r = write < 0 ? write : make_chain(h, g->link, g->name, c->path, err);
	for (size_t i = 0; r >= 0 && i < g->followers.n; i++) {
		r = follows(h, g, c, i, err);
		if (r > 0)
			r = make_chain(h, g->links.v[i], g->followers.v[i],
				       c->files.v[i], err);
		else if (r == 0)
			r = remove_chain(h, g->links.v[i], g->followers.v[i],
					 err);
	}
	/* Last: it may forget choices. */
	return r < 0 || !write ? r : write_state(h, g, manual, err);
}
