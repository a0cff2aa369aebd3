/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * repo_file.c - the section of a repository in a .repo file.
 *
 * Source: dnf.conf(5), reposdir and the types of options.
 */
#include "pkg/repo.h"

#include <string.h>
#include <strings.h>

#include "core/ini.h"
#include "core/mem.h"
#include "pkg/url.h"

/* The key in the file. */
static const char *key_of(int f)
{
	if (f == SP_REPO_TITLE)
		return "name";
	return f == SP_REPO_EXCLUDE ? "excludepkgs" : sp_repo_fields[f].name;
}

/* "exclude" is yum's older word; dnf joins both. */
static int field_of(const char *key, size_t len)
{
	for (int f = 0; f < SP_REPO_N; f++)
		if (strlen(key_of(f)) == len &&
		    memcmp(key, key_of(f), len) == 0)
			return f;
	return len == 7 && memcmp(key, "exclude", 7) == 0 ? SP_REPO_EXCLUDE
							  : -1;
}

static void read_bool(struct sp_state *st, int f, const char *text)
{
	static const char *const yes[] = { "1", "yes", "true", "on" };
	static const char *const no[] = { "0", "no", "false", "off" };

	for (size_t i = 0; i < SP_COUNT(yes); i++) {
		if (strcasecmp(text, yes[i]) == 0)
			sp_state_set_bool(st, f, true);
		if (strcasecmp(text, no[i]) == 0)
			sp_state_set_bool(st, f, false);
	}
}

static void read_list(struct sp_state *st, int f, const char *text)
{
	sp_auto_strv items = { 0 };

	if (f == SP_REPO_EXCLUDE)
		sp_strv_copy(&items, sp_state_list(st, f));
	sp_strv_split(&items, text, " ,\t\r\n");
	for (size_t i = 0; i < items.n; i++) {
		sp_auto_err ignored = { 0 };
		char *s;

		if (sp_repo_fields[f].canon(items.v[i], &s, &ignored) < 0)
			continue; /* stays as it stands in the file */
		free(items.v[i]);
		items.v[i] = s;
	}
	sp_state_set_list(st, f, &items);
}

/* Set field @f from the value in a file; what makes no sense is none. */
static void read_value(struct sp_state *st, int f, char *text)
{
	size_t n = strlen(text);
	sp_auto_err ignored = { 0 };
	int64_t i;
	char *s;

	if (n > 1 && *text == text[n - 1] && strchr("\"'", *text)) {
		text[n - 1] = '\0';
		text++;
	}
	switch (sp_repo_fields[f].type) {
	case SP_T_BOOL:
		read_bool(st, f, text);
		break;
	case SP_T_INT:
		if (sp_parse_int(text, INT32_MIN, INT32_MAX, &i))
			sp_state_set_int(st, f, i);
		break;
	case SP_T_STR:
		if (sp_repo_fields[f].canon(text, &s, &ignored) < 0)
			s = sp_xstrdup(text);
		sp_state_set_str_take(st, f, s);
		break;
	default:
		read_list(st, f, text);
	}
}

void sp_repo_read(const struct sp_buf *text, const char *id,
		  struct sp_state *st)
{
	struct sp_ini_pos pos = { 0 };
	struct sp_ini_line l;
	sp_auto_buf value = { 0 };
	bool inside = false, more = true;
	int f = -1;

	for (int i = 0; i < SP_REPO_N; i++)
		sp_state_set_none(st, i);
	sp_state_set_bool(st, SP_REPO_ENABLED, true);
	while (more) {
		more = sp_ini_next(&sp_ini_yum, text->data, text->len, &pos,
				   &l);
		if (more && l.type == SP_INI_CONT && f >= 0) {
			sp_buf_addc(&value, '\n');
			sp_buf_addn(&value, l.value, l.value_len);
		}
		if (more && l.type != SP_INI_ASSIGN && l.type != SP_INI_SECTION)
			continue;
		if (f >= 0) {
			sp_auto_free char *s = sp_buf_take(&value);

			read_value(st, f, s);
		}
		f = -1;
		if (!more)
			break;
		if (l.type == SP_INI_SECTION) {
			inside = strlen(id) == l.name_len &&
				 memcmp(id, l.name, l.name_len) == 0;
			continue;
		}
		if (inside)
			f = field_of(l.name, l.name_len);
		if (f >= 0)
			sp_buf_addn(&value, l.value, l.value_len);
	}
	st->present = true;
}

/* In any file, in the order in which dnf reads them. */
static int find_file(struct sp_host *host, const char *id, char **ret_path,
		     struct sp_buf *ret, struct sp_err *err)
{
	static const char *const dirs[] = {
		SP_REPO_DIR,
		"/etc/yum/repos.d",
		"/etc/distro.repos.d",
	};

	for (size_t d = 0; d < SP_COUNT(dirs); d++) {
		sp_auto_strv names = { 0 };
		int r = sp_host_list(host, dirs[d], &names, err);

		if (r < 0)
			return r;
		for (size_t i = 0; r && i < names.n; i++) {
			sp_auto_free char *path = NULL;
			sp_auto_buf text = { 0 };

			if (*names.v[i] == '.' || !sp_ends(names.v[i], ".repo"))
				continue;
			path = sp_asprintf("%s/%s", dirs[d], names.v[i]);
			r = sp_host_read(host, path, &text, err);
			if (r < 0)
				return r;
			if (!sp_ini_has_section(&sp_ini_yum, &text, id))
				continue;
			*ret_path = sp_take(&path);
			*ret = text;
			text = (struct sp_buf){ 0 };
			return 1;
		}
	}
	return 0;
}

int sp_repo_find(struct sp_host *host, const char *id, bool anywhere,
		 char **ret_path, struct sp_buf *ret, struct sp_err *err)
{
	sp_auto_free char *path = sp_asprintf(SP_REPO_DIR "/%s.repo", id);
	sp_auto_buf text = { 0 };
	int r = sp_host_read(host, path, &text, err);

	if (r < 0)
		return r;
	if (!sp_ini_has_section(&sp_ini_yum, &text, id))
		return anywhere ? find_file(host, id, ret_path, ret, err) : 0;
	*ret_path = sp_take(&path);
	*ret = text;
	text = (struct sp_buf){ 0 };
	return 1;
}

/* dnf would take blanks and quotes off: they go into quotes of their own. */
static char *str_text(const char *s)
{
	char last = s[strlen(s) - 1];

	if (strchr(" \t\r", *s) || strchr(" \t\r", last) ||
	    (s[1] && *s == last && strchr("\"'", last)))
		return sp_asprintf("\"%s\"", s);
	return sp_xstrdup(s);
}

/* Items that are in order stand below each other, if none is a section. */
static char *list_text(const struct sp_strv *list, enum sp_type type)
{
	const char *sep = type == SP_T_SET ? " " : "\n";

	for (size_t i = 0; i < list->n; i++)
		if (*list->v[i] == '[')
			sep = " ";
	return sp_strv_join(list, sep);
}

/* The value as it stands in the file, owned; NULL: no such line. */
static char *value_text(const struct sp_state *st, int f)
{
	const struct sp_value *v = sp_state_get(st, f);

	switch (v->type) {
	case SP_V_BOOL:
		return sp_xstrdup(v->b ? "1" : "0");
	case SP_V_INT:
		return sp_asprintf("%lld", (long long)v->i);
	case SP_V_STR:
		return *v->s ? str_text(v->s) : NULL;
	case SP_V_LIST:
		return v->list.n ? list_text(&v->list, sp_repo_fields[f].type)
				 : NULL;
	case SP_V_NONE:
		break;
	}
	return NULL;
}

void sp_repo_add(struct sp_buf *text, const char *id)
{
	sp_ini_set(&sp_ini_yum, text, id, key_of(SP_REPO_TITLE), id);
	(void)sp_ini_unset(&sp_ini_yum, text, id, key_of(SP_REPO_TITLE));
}

void sp_repo_put(struct sp_buf *text, const char *id, const struct sp_state *st,
		 int f)
{
	sp_auto_free char *value = value_text(st, f);
	sp_auto_free char *old = NULL;
	const char *key = key_of(f);

	if (f == SP_REPO_EXCLUDE) {
		old = sp_ini_get(&sp_ini_yum, text, id, key);
		if (old || !value)
			(void)sp_ini_unset(&sp_ini_yum, text, id, "exclude");
		else if ((old = sp_ini_get(&sp_ini_yum, text, id, "exclude")))
			key = "exclude";
	}
	if (value)
		sp_ini_set(&sp_ini_yum, text, id, key, value);
	else
		(void)sp_ini_unset(&sp_ini_yum, text, id, key);
}

bool sp_repo_has_secret(const struct sp_buf *text)
{
	struct sp_ini_pos pos = { 0 };
	struct sp_ini_line l;

	while (sp_ini_next(&sp_ini_yum, text->data, text->len, &pos, &l)) {
		sp_auto_free char *name =
			sp_xstrndup(l.name ? l.name : "", l.name_len);
		sp_auto_free char *value = NULL;

		if (l.type != SP_INI_ASSIGN && l.type != SP_INI_CONT)
			continue;
		value = sp_xstrndup(l.value, l.value_len);
		if (sp_url_has_user(value) || sp_streq(name, "password") ||
		    sp_streq(name, "proxy_password"))
			return true;
	}
	return false;
}

bool sp_repo_has_lines(const struct sp_buf *text)
{
	struct sp_ini_pos pos = { 0 };
	struct sp_ini_line l;

	while (sp_ini_next(&sp_ini_yum, text->data, text->len, &pos, &l))
		if (l.type != SP_INI_BLANK)
			return true;
	return false;
}
