/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* dnfconf.c - sections, variables and values of dnf's files. */
#include "pkg/dnfconf.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "core/ini.h"
#include "core/mem.h"

#define VARS_MAX 256
#define VALUE_BYTES 65536 /* of one value with its variables replaced */

/* --- sections ------------------------------------------------------------- */

void sp_dnf_section_clear(struct sp_dnf_section *s)
{
	for (size_t i = 0; i < s->n; i++) {
		free(s->v[i].key);
		free(s->v[i].value);
	}
	free(s->v);
	free(s->id);
	*s = (struct sp_dnf_section){ 0 };
}

/* A pair whose value is yet to come. */
static void add_key(struct sp_dnf_section *s, const struct sp_ini_line *l)
{
	s->v = sp_grow(s->v, s->n, sizeof(*s->v));
	s->v[s->n].key = sp_xstrndup(l->name, l->name_len);
	s->v[s->n++].value = NULL;
}

const char *sp_dnf_get(const struct sp_dnf_section *s, const char *key)
{
	for (size_t i = s->n; i-- > 0;)
		if (strcmp(s->v[i].key, key) == 0)
			return s->v[i].value;
	return NULL;
}

/* Give the last pair its value; dnf takes a pair of quotes off. */
static void end_value(struct sp_dnf_section *s, struct sp_buf *value)
{
	char *v;
	size_t n;

	if (!s->n || s->v[s->n - 1].value)
		return;
	v = sp_buf_take(value);
	n = strlen(v);
	if (n > 1 && *v == v[n - 1] && strchr("\"'", *v)) {
		memmove(v, v + 1, n - 2);
		v[n - 2] = '\0';
	}
	s->v[s->n - 1].value = v;
}

int sp_dnf_sections(const struct sp_buf *text, sp_dnf_section_fn *fn, void *arg,
		    struct sp_err *err)
{
	struct sp_ini_pos pos = { 0 };
	struct sp_ini_line l;
	struct sp_dnf_section s = { 0 };
	sp_auto_buf value = { 0 };
	int r = 0;

	while (r == 0) {
		bool more = sp_ini_next(&sp_ini_yum, text->data, text->len,
					&pos, &l);

		if (!more || l.type == SP_INI_SECTION) {
			end_value(&s, &value);
			if (s.id)
				r = fn(arg, &s, err);
			sp_dnf_section_clear(&s);
			if (!more)
				break;
			s.id = sp_xstrndup(l.name, l.name_len);
		} else if (s.id && l.type == SP_INI_ASSIGN) {
			end_value(&s, &value);
			add_key(&s, &l);
			sp_buf_addn(&value, l.value, l.value_len);
		} else if (s.n && l.type == SP_INI_CONT) {
			sp_buf_addc(&value, '\n');
			sp_buf_addn(&value, l.value, l.value_len);
		}
	}
	sp_dnf_section_clear(&s);
	return r;
}

/* --- variables ------------------------------------------------------------ */

void sp_dnf_set_variable(struct sp_dnf_vars *vars, const char *name,
			 const char *value)
{
	ptrdiff_t i = sp_strv_find(&vars->names, name);

	if (i >= 0) {
		free(vars->values.v[i]);
		vars->values.v[i] = sp_xstrdup(value);
		return;
	}
	sp_strv_add(&vars->names, name);
	sp_strv_add(&vars->values, value);
}

int sp_dnf_read_variables(struct sp_dnf_vars *vars, struct sp_host *host,
			  const char *dir, struct sp_err *err)
{
	sp_auto_strv names = { 0 };
	int r = sp_host_list(host, dir, &names, err);

	if (r > 0 && names.n > VARS_MAX)
		return sp_fail(err, EFBIG, "%s: more than %d variables", dir,
			       VARS_MAX);
	for (size_t i = 0; r > 0 && i < names.n; i++) {
		sp_auto_free char *path = sp_asprintf("%s/%s", dir, names.v[i]);
		sp_auto_buf text = { 0 };
		struct sp_stat st;
		size_t pos = 0, n;
		const char *line;

		r = sp_host_stat_follow(host, path, &st, err);
		if (r > 0 && st.type == SP_FT_FILE)
			r = sp_host_read(host, path, &text, err);
		if (r < 0)
			return r;
		r = 1;
		if (sp_next_line(text.data, text.len, &pos, &line, &n)) {
			sp_auto_free char *value = NULL;

			sp_trim(&line, &n);
			value = sp_xstrndup(line, n);
			sp_dnf_set_variable(vars, names.v[i], value);
		}
	}
	return r < 0 ? r : 0;
}

void sp_dnf_vars_clear(struct sp_dnf_vars *vars)
{
	sp_strv_clear(&vars->names);
	sp_strv_clear(&vars->values);
}

static const char *variable(const struct sp_dnf_vars *vars, const char *name,
			    size_t n)
{
	for (size_t i = 0; i < vars->names.n; i++)
		if (strlen(vars->names.v[i]) == n &&
		    memcmp(vars->names.v[i], name, n) == 0)
			return vars->values.v[i];
	return NULL;
}

static size_t word(const char *s)
{
	size_t n = 0;

	while (isalnum((unsigned char)s[n]) || s[n] == '_')
		n++;
	return n;
}

char *sp_dnf_expand(const struct sp_dnf_vars *vars, const char *text,
		    char **ret_unknown)
{
	sp_auto_buf out = { 0 };

	while (*text && out.len < VALUE_BYTES) {
		size_t brace = text[0] == '$' && text[1] == '{' ? 1 : 0;
		const char *name = text + 1 + brace, *end, *value;
		size_t n = *text == '$' ? word(name) : 0;

		end = name + n;
		if (!n || (brace && !(end = strchr(end, '}')))) {
			sp_buf_addc(&out, *text++);
			continue;
		}
		value = variable(vars, name, n);
		if (brace && name[n] == ':' &&
		    (name[n + 1] == '-' || name[n + 1] == '+')) {
			sp_auto_free char *other = sp_xstrndup(
				name + n + 2, (size_t)(end - name) - n - 2);
			bool set = value && *value;

			if (name[n + 1] == '+')
				sp_buf_add(&out, set ? other : "");
			else
				sp_buf_add(&out, set ? value : other);
		} else if (value) {
			sp_buf_add(&out, value);
		} else {
			sp_buf_addn(&out, text, (size_t)(end - text) + brace);
			if (ret_unknown && !*ret_unknown)
				*ret_unknown = sp_xstrndup(name, n);
		}
		text = end + brace;
	}
	return sp_buf_take(&out);
}

/* --- values --------------------------------------------------------------- */

bool sp_dnf_bool(const char *v, bool dflt)
{
	static const char *const yes[] = { "1", "yes", "true", "on",
					   "enabled" };
	static const char *const no[] = { "0", "no", "false", "off",
					  "disabled" };

	for (size_t i = 0; v && i < SP_COUNT(yes); i++) {
		if (strcasecmp(v, yes[i]) == 0)
			return true;
		if (strcasecmp(v, no[i]) == 0)
			return false;
	}
	return dflt;
}

int64_t sp_dnf_scaled(const char *v, const char *units, const int64_t *factors,
		      int64_t dflt)
{
	size_t n = strlen(v);
	sp_auto_free char *digits = NULL;
	int64_t i, factor = 1;
	const char *unit;

	if (n && (unit = strchr(units, tolower((unsigned char)v[n - 1])))) {
		factor = factors[unit - units];
		n--;
	}
	digits = sp_xstrndup(v, n);
	return sp_parse_int(digits, 0, INT64_MAX / factor, &i) ? i * factor
							       : dflt;
}
