/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* step.c - steps of a transaction of packages, to and from text. */
#include "pkg/step.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/mem.h"
#include "core/word.h"

void sp_nevra_clear(struct sp_nevra *n)
{
	free(n->name);
	free(n->evr);
	free(n->arch);
	*n = (struct sp_nevra){ 0 };
}

/* The last @c before @end, behind the first byte of @s; NULL: none. */
static const char *last(const char *s, const char *end, char c)
{
	while (--end > s)
		if (*end == c)
			return end;
	return NULL;
}

int sp_nevra_parse(const char *text, struct sp_nevra *ret, struct sp_err *err)
{
	const char *end = text + strlen(text);
	const char *dot = last(text, end, '.');
	const char *release = dot ? last(text, dot, '-') : NULL;
	const char *version = release ? last(text, release, '-') : NULL;
	bool epoch;

	if (!version || !dot[1] || release + 1 == dot ||
	    version + 1 == release || strpbrk(text, " \t,"))
		return sp_fail(err, EINVAL,
			       "\"%s\" is no package of the form "
			       "NAME-VERSION-RELEASE.ARCH",
			       text);
	epoch = strncmp(version + 1, "0:", 2) == 0;
	ret->name = sp_xstrndup(text, (size_t)(version - text));
	version += epoch ? 3 : 1;
	ret->evr = sp_xstrndup(version, (size_t)(dot - version));
	ret->arch = sp_xstrdup(dot + 1);
	return 0;
}

char *sp_nevra_text(const char *name, const char *evr, const char *arch)
{
	if (strncmp(evr, "0:", 2) == 0)
		evr += 2;
	return sp_asprintf("%s-%s.%s", name, evr, arch);
}

void sp_step_clear(struct sp_step *s)
{
	free(s->pkg);
	free(s->old);
	free(s->by);
	free(s->from);
	free(s->user);
	*s = (struct sp_step){ 0 };
}

struct sp_step *sp_steps_add(struct sp_steps *l)
{
	l->v = sp_grow(l->v, l->n, sizeof(*l->v));
	l->v[l->n] = (struct sp_step){ 0 };
	return &l->v[l->n++];
}

void sp_steps_clear(struct sp_steps *l)
{
	for (size_t i = 0; i < l->n; i++)
		sp_step_clear(&l->v[i]);
	free(l->v);
	*l = (struct sp_steps){ 0 };
}

static const char *const words[] = {
	[SP_PKG_INSTALL] = "install",	  [SP_PKG_UPDATE] = "update",
	[SP_PKG_DOWNGRADE] = "downgrade", [SP_PKG_REMOVE] = "remove",
	[SP_PKG_KEY] = "import key",
};

#define LOST N_(", cannot be brought back")
#define LOST_OLD N_(", the old one cannot be brought back")
#define BY N_(", replaced by ")

char *sp_step_text(const struct sp_step *s)
{
	sp_auto_buf b = { 0 };

	sp_buf_addf(&b, "%s ", words[s->action]);
	if (s->old)
		sp_buf_addf(&b, "%s to ", s->old);
	sp_buf_add(&b, s->pkg);
	if (s->from)
		sp_buf_addf(&b, " from %s", s->from);
	if (s->user) {
		sp_buf_addf(&b, " (%s)", s->user);
	} else if (s->from && s->size >= 0) {
		sp_buf_add(&b, " (");
		sp_size_format(s->size, &b);
		sp_buf_addc(&b, ')');
	}
	if (s->by)
		sp_buf_addf(&b, BY "%s", s->by);
	if (s->lost)
		sp_buf_add(&b, s->old ? LOST_OLD : LOST);
	return sp_buf_take(&b);
}

/*
 * Piece by piece, as the pieces stand in sp_step_text(): the words that are
 * not in them hold no blank, but for the user of a key, at the end.
 */
char *sp_step_told(const char *line)
{
	static const char *const pieces[] = {
		N_("install "),	   N_("update "),
		N_("downgrade "),  N_("remove "),
		N_("import key "), N_(" to "),
		N_(" from "),	   LOST,
		LOST_OLD,	   BY,
	};
	sp_auto_buf b = { 0 };

	while (*line) {
		const char *piece = NULL;

		for (size_t i = 0; i < SP_COUNT(pieces) && !piece; i++)
			if (sp_starts(line, pieces[i]))
				piece = pieces[i];
		if (!piece) {
			sp_buf_addc(&b, *line++);
			continue;
		}
		sp_buf_add(&b, _(piece));
		line += strlen(piece);
	}
	return sp_buf_take(&b);
}

/* One word up to a blank, a comma or the end. */
static char *word(const char **p)
{
	size_t n = strcspn(*p, " ,");
	char *w = sp_xstrndup(*p, n);

	*p += n;
	return w;
}

static bool skip(const char **p, const char *prefix)
{
	if (!sp_starts(*p, prefix))
		return false;
	*p += strlen(prefix);
	return true;
}

int sp_step_parse(const char *line, struct sp_step *ret, struct sp_err *err)
{
	struct sp_step s = { .size = -1 };
	const char *p = line;

	for (size_t i = 1; i < SP_COUNT(words) && !s.action; i++)
		if (skip(&p, words[i]))
			s.action = (enum sp_action)i;
	if (!s.action || *p++ != ' ')
		goto bad;
	s.pkg = word(&p);
	if (skip(&p, " to ")) {
		s.old = sp_take(&s.pkg);
		s.pkg = word(&p);
	}
	if (skip(&p, " from "))
		s.from = word(&p);
	if (s.action == SP_PKG_KEY && skip(&p, " (")) {
		const char *end = strrchr(p, ')');

		if (!end)
			goto bad;
		s.user = sp_xstrndup(p, (size_t)(end - p));
		p = end + 1;
	} else if (skip(&p, " (")) {
		p += strcspn(p, ")");
		if (*p++ != ')')
			goto bad;
	}
	if (skip(&p, BY))
		s.by = word(&p);
	s.lost = skip(&p, s.old ? LOST_OLD : LOST);
	if (*p || !*s.pkg ||
	    (s.old != NULL) !=
		    (s.action == SP_PKG_UPDATE || s.action == SP_PKG_DOWNGRADE))
		goto bad;
	*ret = s;
	return 0;
bad:
	sp_step_clear(&s);
	return sp_fail(err, EBADMSG, "\"%s\" is no step of a transaction",
		       line);
}
