/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * unitparse.c - names of systemd units, and the [Install] section of their
 * files.
 */
#include "unitparse.h"

#include <errno.h>
#include <string.h>

#include "mem.h"

static const struct {
	const char *name;
	bool may_alias, may_template;
} types[] = {
	{ "service", true, true },
	{ "socket", true, true },
	{ "target", true, true },
	{ "timer", true, true },
	{ "path", true, true },
	{ "device", true, false },
	{ "mount", false, false },
	{ "automount", false, false },
	{ "swap", false, false },
	{ "slice", false, false },
	{ "scope", false, false },
};

static int type_index(const char *type)
{
	for (size_t i = 0; i < SP_COUNT(types); i++)
		if (!strcmp(types[i].name, type))
			return (int)i;
	return -1;
}

bool sp_unit_may_alias(const char *type)
{
	int i = type_index(type);

	return i >= 0 && types[i].may_alias;
}

bool sp_unit_may_template(const char *type)
{
	int i = type_index(type);

	return i >= 0 && types[i].may_template;
}

static bool name_char(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
	       (c >= 'A' && c <= 'Z') || (c && strchr(":-_.\\@", c));
}

enum sp_unit_class sp_unit_class(const char *name)
{
	const char *dot = strrchr(name, '.');
	const char *at = NULL;

	if (!dot || dot == name || strlen(name) > SP_UNIT_NAME_MAX ||
	    type_index(dot + 1) < 0)
		return SP_UNIT_BAD;
	for (const char *p = name; p < dot; p++) {
		if (!name_char(*p))
			return SP_UNIT_BAD;
		if (*p == '@' && !at)
			at = p;
	}
	if (at == name)
		return SP_UNIT_BAD;
	if (!at)
		return SP_UNIT_PLAIN;
	return at + 1 == dot ? SP_UNIT_TEMPLATE : SP_UNIT_INSTANCE;
}

const char *sp_unit_type(const char *name)
{
	return strrchr(name, '.') + 1;
}

const char *sp_unit_type_like(const char *word)
{
	for (unsigned limit = 0; limit <= 2; limit++)
		for (size_t i = 0; i < SP_COUNT(types); i++)
			if (sp_edit_distance(types[i].name, word, 2) == limit)
				return types[i].name;
	return NULL;
}

char *sp_unit_replace_instance(const char *name, const char *instance)
{
	const char *at = strchr(name, '@');
	char *s;

	if (sp_unit_class(name) < SP_UNIT_INSTANCE)
		return NULL;
	s = sp_asprintf("%.*s@%s.%s", (int)(at - name), name, instance,
			sp_unit_type(name));
	if (sp_unit_class(s) == SP_UNIT_BAD) {
		free(s);
		return NULL;
	}
	return s;
}

char *sp_unit_template(const char *name)
{
	return sp_unit_replace_instance(name, "");
}

char *sp_unit_instance(const char *name)
{
	const char *at = strchr(name, '@');

	if (sp_unit_class(name) < SP_UNIT_INSTANCE)
		return NULL;
	return sp_xstrndup(at + 1, (size_t)(strrchr(name, '.') - at - 1));
}

bool sp_unit_alias_fits(const char *alias, const char *target)
{
	enum sp_unit_class a = sp_unit_class(alias), t = sp_unit_class(target);
	sp_auto_free char *ai = NULL, *ti = NULL;

	if (a == SP_UNIT_BAD || t == SP_UNIT_BAD)
		return false;
	if (strcmp(sp_unit_type(alias), sp_unit_type(target)) ||
	    !sp_unit_may_alias(sp_unit_type(alias)))
		return false;
	if (a != SP_UNIT_PLAIN && !sp_unit_may_template(sp_unit_type(alias)))
		return false;
	if (a != t && !(a == SP_UNIT_INSTANCE && t == SP_UNIT_TEMPLATE))
		return false;
	if (t != SP_UNIT_INSTANCE)
		return true;
	ai = sp_unit_instance(alias);
	ti = sp_unit_instance(target);
	return sp_streq(ai, ti);
}

/* --- specifiers ----------------------------------------------------------- */

/* Adds what "%<c>" stands for; false when it is no specifier of this list. */
static bool expand_one(struct sp_buf *out, char c, const char *name,
		       const char *default_instance)
{
	bool template = sp_unit_class(name) == SP_UNIT_TEMPLATE;
	const char *dot = strrchr(name, '.');
	const char *at = strchr(name, '@');
	const char *end = at ? at : dot;
	const char *dflt = template && default_instance ? default_instance : "";

	switch (c) {
	case '%':
		sp_buf_addc(out, '%');
		return true;
	case 'i':	/* instance */
		if (at)
			sp_buf_addn(out, at + 1, (size_t)(dot - at - 1));
		sp_buf_add(out, dflt);
		return true;
	case 'j':	/* prefix behind its last dash */
		for (const char *p = name; p < end; p++)
			if (*p == '-')
				name = p + 1;
		/* fall through */
	case 'p':	/* prefix */
		sp_buf_addn(out, name, (size_t)(end - name));
		return true;
	case 'n':	/* whole name */
	case 'N':	/* without suffix */
		sp_buf_addn(out, name, (size_t)(dot - name));
		sp_buf_add(out, dflt);
		if (c == 'n')
			sp_buf_add(out, dot);
		return true;
	case 'u':
	case 'g':
		sp_buf_add(out, "root");
		return true;
	case 'U':
	case 'G':
		sp_buf_addc(out, '0');
		return true;
	default:
		return false;
	}
}

int sp_unit_expand(const char *text, const char *name,
		   const char *default_instance, char **ret,
		   struct sp_err *err)
{
	sp_auto_buf out = { 0 };

	for (const char *p = text; *p; p++) {
		if (*p != '%' || !p[1]) {
			sp_buf_addc(&out, *p);
			continue;
		}
		p++;
		if (expand_one(&out, *p, name, default_instance))
			continue;
		if (strchr("aAbBHlmMovwW", *p))
			return sp_fail(err, ENOTSUP,
				       "specifier \"%%%c\" in \"%s\" is not known "
				       "before the host runs; use systemctl enable on the host",
				       *p, text);
		sp_buf_addc(&out, '%');
		sp_buf_addc(&out, *p);
	}
	*ret = sp_buf_take(&out);
	return 0;
}

/* --- text ----------------------------------------------------------------- */

void sp_unit_install_clear(struct sp_unit_install *in)
{
	sp_strv_clear(&in->aliases);
	sp_strv_clear(&in->wanted_by);
	sp_strv_clear(&in->required_by);
	sp_strv_clear(&in->upheld_by);
	sp_strv_clear(&in->also);
	free(sp_take(&in->default_instance));
}

static bool blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/*
 * Split into words.  Quotes group; a backslash keeps the byte behind it from
 * ending a word or a quote, and stays.  An unclosed quote ends the list.
 */
static void add_words(struct sp_strv *l, const char *s)
{
	for (;;) {
		sp_auto_buf word = { 0 };
		char quote = 0;

		while (blank(*s))
			s++;
		if (!*s)
			return;
		for (; *s && (quote || !blank(*s)); s++) {
			if (*s == '\\' && s[1]) {
				sp_buf_addn(&word, s++, 2);
			} else if (quote ? *s == quote : *s == '"' || *s == '\'') {
				quote = quote ? 0 : *s;
			} else {
				sp_buf_addc(&word, *s);
			}
		}
		if (quote)
			return;
		sp_strv_add_take(l, sp_buf_take(&word));
	}
}

static void set_words(struct sp_strv *l, const char *value)
{
	if (*value)
		add_words(l, value);
	else
		sp_strv_clear(l);
}

static int set_default_instance(struct sp_unit_install *in, const char *name,
				const char *value, struct sp_err *err)
{
	sp_auto_free char *inst = NULL, *full = NULL;
	int r;

	/* An instance has its own; a plain unit has no use for one. */
	if (sp_unit_class(name) != SP_UNIT_TEMPLATE)
		return 0;
	r = sp_unit_expand(value, name, in->default_instance, &inst, err);
	if (r < 0)
		return sp_wrap(err, "DefaultInstance");
	full = sp_unit_replace_instance(name, inst);
	if (!full)
		return 0;	/* not a good instance: ignored, as systemd does */
	free(in->default_instance);
	in->default_instance = *inst ? sp_take(&inst) : NULL;
	return 0;
}

static int add_also(struct sp_unit_install *in, const char *name,
		    const char *value, struct sp_err *err)
{
	sp_auto_strv words = { 0 };

	add_words(&words, value);
	for (size_t i = 0; i < words.n; i++) {
		char *also;
		int r = sp_unit_expand(words.v[i], name, in->default_instance,
				       &also, err);

		if (r < 0)
			return sp_wrap(err, "Also");
		sp_strv_add_take(&in->also, also);
	}
	return 0;
}

static int set_key(struct sp_unit_install *in, const char *name,
		   const char *key, const char *value, struct sp_err *err)
{
	if (!strcmp(key, "WantedBy"))
		set_words(&in->wanted_by, value);
	else if (!strcmp(key, "RequiredBy"))
		set_words(&in->required_by, value);
	else if (!strcmp(key, "UpheldBy"))
		set_words(&in->upheld_by, value);
	else if (!strcmp(key, "Alias") && sp_unit_may_alias(sp_unit_type(name)))
		set_words(&in->aliases, value);
	else if (!strcmp(key, "Also"))
		return add_also(in, name, value, err);
	else if (!strcmp(key, "DefaultInstance"))
		return set_default_instance(in, name, value, err);
	return 0;
}

/* One whole line, continuations joined, without blanks at its ends. */
static int parse_line(struct sp_unit_install *in, const char *name, char *line,
		      bool *install, struct sp_err *err)
{
	size_t len = strlen(line);
	char *eq, *end;

	if (!len)
		return 0;
	if (line[0] == '[') {
		if (line[len - 1] != ']')
			return sp_fail(err, EBADMSG,
				       "section header \"%s\" does not end in \"]\"",
				       line);
		*install = !strcmp(line, "[Install]");
		return 0;
	}
	eq = strchr(line, '=');
	if (!*install || !eq || eq == line)
		return 0;
	for (end = eq; end > line && blank(end[-1]); end--)
		;
	*end = '\0';
	for (eq++; blank(*eq); eq++)
		;
	return set_key(in, name, line, eq, err);
}

/* Does the line go on: an odd number of backslashes at its end. */
static bool continued(const char *line, size_t len)
{
	size_t n = 0;

	while (n < len && line[len - 1 - n] == '\\')
		n++;
	return n % 2;
}

int sp_unit_install_parse(struct sp_unit_install *in, const char *name,
			  const char *text, size_t len, struct sp_err *err)
{
	sp_auto_buf whole = { 0 };
	bool install = false, more = false;
	const char *line;
	size_t pos = 0, n;
	unsigned number = 0, start = 1;
	int r;

	if (len >= 3 && !memcmp(text, "\xef\xbb\xbf", 3))
		pos = 3;
	while (sp_next_line(text, len, &pos, &line, &n)) {
		number++;
		for (; n && blank(*line); line++)
			n--;
		/* Comments may stand between the parts of a long line. */
		if (n && (*line == '#' || *line == ';'))
			continue;
		if (!more) {
			sp_buf_clear(&whole);
			start = number;
		}
		/* A NUL ends what systemd reads of a line. */
		n = strnlen(line, n);
		more = continued(line, n);
		sp_buf_addn(&whole, line, more ? n - 1 : n);
		if (more) {
			sp_buf_addc(&whole, ' ');
			continue;
		}
		while (whole.len && blank(whole.data[whole.len - 1]))
			whole.data[--whole.len] = '\0';
		if (!whole.len)
			continue;
		r = parse_line(in, name, whole.data, &install, err);
		if (r < 0)
			return sp_wrap(err, "line %u", start);
	}
	if (!more)
		return 0;
	while (whole.len && blank(whole.data[whole.len - 1]))
		whole.data[--whole.len] = '\0';
	r = whole.len ? parse_line(in, name, whole.data, &install, err) : 0;
	return r < 0 ? sp_wrap(err, "line %u", start) : 0;
}
