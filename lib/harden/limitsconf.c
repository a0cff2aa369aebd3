/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* limitsconf.c - see limitsconf.h. */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "core/mem.h"
#include "core/word.h"
#include "harden/accounts.h"
#include "harden/limitsconf.h"

enum form {
	NUMBER,	 /* from min to max, or unlimited */
	BOUNDED, /* from min to max */
	PATH,
};

static const struct item {
	const char *name;
	enum form form;
	int64_t min, max;
} items[] = {
	{ "core", NUMBER, 0, INT64_MAX },
	{ "data", NUMBER, 0, INT64_MAX },
	{ "fsize", NUMBER, 0, INT64_MAX },
	{ "memlock", NUMBER, 0, INT64_MAX },
	{ "nofile", NUMBER, 0, INT64_MAX },
	{ "rss", NUMBER, 0, INT64_MAX },
	{ "stack", NUMBER, 0, INT64_MAX },
	{ "cpu", NUMBER, 0, INT64_MAX },
	{ "nproc", NUMBER, 0, INT64_MAX },
	{ "as", NUMBER, 0, INT64_MAX },
	{ "maxlogins", NUMBER, 0, INT32_MAX },
	{ "maxsyslogins", NUMBER, 0, INT32_MAX },
	{ "nonewprivs", BOUNDED, 0, 1 },
	{ "priority", BOUNDED, -20, 19 },
	{ "locks", NUMBER, 0, INT64_MAX },
	{ "sigpending", NUMBER, 0, INT64_MAX },
	{ "msgqueue", NUMBER, 0, INT64_MAX },
	{ "nice", BOUNDED, -20, 19 },
	{ "rtprio", NUMBER, 0, 99 },
	{ "chroot", PATH, 0, 0 }, /* Debian */
};

static const char *const item_names[] = {
	"core",	      "data",	      "fsize",	    "memlock",	"nofile",
	"rss",	      "stack",	      "cpu",	    "nproc",	"as",
	"maxlogins",  "maxsyslogins", "nonewprivs", "priority", "locks",
	"sigpending", "msgqueue",     "nice",	    "rtprio",	"chroot",
	NULL
};

static const struct item *find_item(const char *name)
{
	for (size_t i = 0; i < SP_COUNT(items); i++)
		if (strcasecmp(items[i].name, name) == 0)
			return &items[i];
	return NULL;
}

static bool is_type(const char *s)
{
	return strcasecmp(s, "soft") == 0 || strcasecmp(s, "hard") == 0 ||
	       sp_streq(s, "-");
}

static bool is_unlimited(const char *s)
{
	return sp_streq(s, "-1") || sp_streq(s, "-") ||
	       strcasecmp(s, "unlimited") == 0 ||
	       strcasecmp(s, "infinity") == 0;
}

static void lower(char *s)
{
	for (; *s; s++)
		*s = (char)tolower((unsigned char)*s);
}

/* --- domains ---------------------------------------------------------------- */

/* "1000:2000", ":1000" or "1000:" behind the "@" of groups. */
static int check_range(const char *s, struct sp_err *err)
{
	const char *colon = strchr(s, ':');
	sp_auto_free char *low = sp_xstrndup(s, (size_t)(colon - s));
	const char *high = colon + 1;
	int64_t min = 0, max = SP_ID_MAX;

	if ((low[0] && !sp_parse_int(low, 0, SP_ID_MAX, &min)) ||
	    (high[0] && !sp_parse_int(high, 0, SP_ID_MAX, &max)) ||
	    (!low[0] && !high[0]))
		return sp_fail(err, EINVAL,
			       "the ids \"%s\" are not of the form MIN:MAX, "
			       "MIN: or :ID",
			       s);
	if (low[0] && high[0] && min > max)
		return sp_fail(err, EINVAL,
			       "the ids \"%s\" begin above their end", s);
	return 0;
}

static int check_domain(const char *s, const char *item, struct sp_err *err)
{
	const char *name = s + (s[0] == '@' || s[0] == '%');
	sp_auto_free char *canon = NULL;
	sp_auto_err why = { 0 };

	if (s[0] == '%' && item && !sp_streq(item, "maxlogins"))
		return sp_fail(err, EINVAL,
			       "the domain \"%s\" is for maxlogins only", s);
	if (sp_streq(s, "*") || (sp_streq(s, "%") && item))
		return 0;
	if (s[0] == '%' && (!item || (name[0] != ':' && strchr(name, ':'))))
		return sp_fail(err, EINVAL,
			       "the domain \"%s\" does not work here; expected "
			       "a user or @GROUP",
			       s);
	if (strchr(name, ':'))
		return check_range(name, err);
	if (name[0] && name[strspn(name, "0123456789")] == '\0')
		return sp_fail(err, EINVAL,
			       "the domain \"%s\" is a number; an id is "
			       "written \"%.*s:%s\"",
			       s, (int)(name - s), s, name);
	if (sp_acct_canon_name(name, &canon, &why) < 0)
		return sp_fail(err, EINVAL,
			       "the domain \"%s\" is none of USER, @GROUP, *, "
			       "MIN:MAX and @MIN:MAX",
			       s);
	return 0;
}

/* --- rules ------------------------------------------------------------------ */

static char *canon_value(const struct item *it, const char *s,
			 struct sp_err *err)
{
	bool unlimited = is_unlimited(s);
	int64_t v;

	if (it->form == PATH) {
		if (s[0] == '/')
			return sp_xstrdup(s);
		sp_fail(err, EINVAL,
			"chroot is \"%s\"; expected an absolute path", s);
		return NULL;
	}
	if (it->form == NUMBER && unlimited)
		return sp_xstrdup("unlimited");
	if (sp_parse_int(s, it->min, it->max, &v))
		return sp_asprintf("%" PRId64, v);
	if (it->form == NUMBER && it->max == INT64_MAX)
		sp_fail(err, EINVAL,
			"%s is \"%s\"; expected a number or unlimited",
			it->name, s);
	else
		sp_fail(err, EINVAL,
			it->form == NUMBER
				? "%s is \"%s\"; expected a number from %lld to %lld or unlimited"
				: N_("%s is \"%s\"; expected a number from %lld to %lld"),
			it->name, s, (long long)it->min, (long long)it->max);
	return NULL;
}

/* Say what is missing in a line of too few words, and what is meant. */
static int explain(const struct sp_strv *w, struct sp_err *err)
{
	sp_auto_free char *line = sp_strv_join(w, " ");
	const char *missing, *item, *domain = "USER", *type = "-";
	const struct item *it;
	const char *value = w->n >= 2 ? w->v[w->n - 1] : "";

	if (w->n != 2 && w->n != 3)
		return sp_fail(
			err, EINVAL,
			w->n == 1
				? "expected \"DOMAIN TYPE ITEM VALUE\", got "
				  "\"%s\", which has %zu word"
				: N_("expected \"DOMAIN TYPE ITEM VALUE\", got "
				     "\"%s\", which has %zu words"),
			line, w->n);
	item = w->v[w->n - 2];
	if (w->n == 2) {
		missing = _("the domain and the type are");
		item += item[0] == '-';
	} else if (is_type(w->v[0])) {
		missing = _("the domain is");
		type = w->v[0];
	} else {
		missing = _("the type (soft, hard or -) is");
		domain = w->v[0];
	}
	it = find_item(item);
	if (!it && sp_nearest(item, item_names))
		it = find_item(sp_nearest(item, item_names));
	if (!it)
		return sp_fail(
			err, EINVAL,
			"expected \"DOMAIN TYPE ITEM VALUE\", got \"%s\"",
			line);
	if (it->form == NUMBER && is_unlimited(value))
		value = "unlimited";
	return sp_fail(err, EINVAL,
		       "expected \"DOMAIN TYPE ITEM VALUE\", got \"%s\"; %s "
		       "missing: write \"%s %s %s %s\"",
		       line, missing, domain, type, it->name, value);
}

static int canon_words(struct sp_strv *w, char **ret, struct sp_err *err)
{
	sp_auto_free char *value = NULL;
	const struct item *it;
	const char *near;
	int r;

	if (w->n == 2 && sp_streq(w->v[1], "-")) {
		r = check_domain(w->v[0], NULL, err);
		if (r >= 0)
			*ret = sp_strv_join(w, " ");
		return r;
	}
	if (w->n != 4)
		return explain(w, err);
	if (!is_type(w->v[1]))
		return sp_fail(err, EINVAL,
			       "the type \"%s\" is none of soft, hard and -",
			       w->v[1]);
	it = find_item(w->v[2]);
	near = it ? NULL : sp_nearest(w->v[2], item_names);
	if (near)
		return sp_fail(err, EINVAL,
			       "the item \"%s\" is not known to pam_limits, "
			       "did you mean \"%s\"?",
			       w->v[2], near);
	if (!it)
		return sp_fail(err, EINVAL,
			       "the item \"%s\" is not known to pam_limits",
			       w->v[2]);
	r = check_domain(w->v[0], it->name, err);
	if (r < 0)
		return r;
	value = canon_value(it, w->v[3], err);
	if (!value)
		return -err->code;
	lower(w->v[1]);
	*ret = sp_asprintf("%s %s %s %s", w->v[0], w->v[1], it->name, value);
	return 0;
}

int sp_limit_canon(const char *text, char **ret, struct sp_err *err)
{
	sp_auto_strv words = { 0 };

	if (strchr(text, '#'))
		return sp_fail(err, EINVAL,
			       "expected a rule without a comment");
	for (const char *s = text; *s; s++)
		if (iscntrl((unsigned char)*s) && *s != '\t')
			return sp_fail(err, EINVAL,
				       "expected one line without control "
				       "characters");
	if (!sp_utf8_valid(text, strlen(text)))
		return sp_fail(err, EINVAL, "is not UTF-8");
	sp_strv_split(&words, text, " \t");
	return canon_words(&words, ret, err);
}

void sp_limit_parse(const char *rule, struct sp_limit *ret)
{
	const char *value = strrchr(rule, ' ');
	sp_auto_strv w = { 0 };
	const char *domain;

	*ret = (struct sp_limit){ 0 };
	sp_strv_split(&w, rule, " ");
	domain = w.n ? w.v[0] : "*";
	if (sp_streq(domain, "*") || sp_streq(domain, "%"))
		ret->whom = SP_LIMIT_ALL;
	else if (strchr(domain, ':'))
		ret->whom = SP_LIMIT_IDS;
	else if (domain[0] == '@' || domain[0] == '%')
		ret->whom = SP_LIMIT_GROUP;
	else
		ret->whom = SP_LIMIT_USER;
	if (ret->whom == SP_LIMIT_USER || ret->whom == SP_LIMIT_GROUP)
		ret->name = sp_xstrdup(domain + (ret->whom == SP_LIMIT_GROUP));
	if (w.n != 4) {
		ret->key = sp_xstrdup(rule);
		return;
	}
	ret->key = sp_xstrndup(rule, (size_t)(value - rule));
	ret->item = find_item(w.v[2]) ? find_item(w.v[2])->name : NULL;
	ret->unlimited = sp_streq(w.v[3], "unlimited");
	(void)sp_parse_int(w.v[3], INT64_MIN, INT64_MAX, &ret->value);
}

void sp_limit_clear(struct sp_limit *l)
{
	free(l->name);
	free(l->key);
	*l = (struct sp_limit){ 0 };
}

/* --- files ------------------------------------------------------------------ */

/* The rule of a line, spelt; NULL for a comment or an empty line. */
static char *rule_of(const char *line, size_t len)
{
	const char *hash = memchr(line, '#', len);
	sp_auto_free char *text =
		sp_xstrndup(line, hash ? (size_t)(hash - line) : len);
	sp_auto_strv words = { 0 };
	sp_auto_err err = { 0 };
	char *canon;

	sp_strv_split(&words, text, " \t\r\v\f");
	if (words.n == 0)
		return NULL;
	if (canon_words(&words, &canon, &err) == 0)
		return canon;
	return sp_strv_join(&words, " ");
}

void sp_limits_read(const struct sp_buf *text, struct sp_strv *ret)
{
	size_t pos = 0, len;
	const char *line;

	while (sp_next_line(text->data, text->len, &pos, &line, &len)) {
		char *rule = rule_of(line, len);

		if (rule)
			sp_strv_add_take(ret, rule);
	}
}

void sp_limits_edit(const struct sp_buf *text, const struct sp_strv *rules,
		    struct sp_buf *ret)
{
	size_t pos = 0, len, head = 0, tail = 0, i = 0, min, at;
	sp_auto_strv old = { 0 };
	const char *line;

	sp_limits_read(text, &old);
	min = old.n < rules->n ? old.n : rules->n;
	while (head < min && sp_streq(old.v[head], rules->v[head]))
		head++;
	while (tail < min - head &&
	       sp_streq(old.v[old.n - 1 - tail], rules->v[rules->n - 1 - tail]))
		tail++;
	at = rules->n > head + tail ? head : SIZE_MAX;
	while (sp_next_line(text->data, text->len, &pos, &line, &len)) {
		sp_auto_free char *rule = rule_of(line, len);
		bool last = line + len == text->data + text->len;

		/* New rules stand where the first old one goes, or stood. */
		if (rule && i == head && at == head && old.n > head) {
			for (; at < rules->n - tail; at++)
				sp_buf_addf(ret, "%s\n", rules->v[at]);
			at = SIZE_MAX;
		}
		if (rule && i >= head && i < old.n - tail) {
			i++;
			continue;
		}
		i += rule != NULL;
		sp_buf_addn(ret, line, len);
		if (!last)
			sp_buf_addc(ret, '\n');
	}
	if (at == SIZE_MAX)
		return;
	if (ret->len > 0 && ret->data[ret->len - 1] != '\n')
		sp_buf_addc(ret, '\n');
	for (; at < rules->n - tail; at++)
		sp_buf_addf(ret, "%s\n", rules->v[at]);
}
