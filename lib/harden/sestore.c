/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* sestore.c - read and edit SELinux's files. */
#include "sestore.h"

#include <string.h>
#include <strings.h>

#include "core/mem.h"

const char *const sp_se_modes[] = {
	"enforcing", "permissive", "disabled", NULL
};

/* libselinux takes the first SELINUX= that is good, the last SELINUXTYPE=. */
const struct sp_ini_style sp_se_mode_style = {
	.tight = true, .first = true, .assign = "=",
};
const struct sp_ini_style sp_se_type_style = { .tight = true, .assign = "=" };
/* libsemanage allows blanks. */
static const struct sp_ini_style plain = { .assign = "=" };

const char *sp_se_mode(const struct sp_buf *config)
{
	sp_auto_free char *s = NULL;

	s = sp_ini_get(&sp_se_mode_style, config, NULL, "SELINUX");
	/* libselinux looks at no more than the word's own letters */
	for (size_t i = 0; s && sp_se_modes[i]; i++)
		if (strncasecmp(s, sp_se_modes[i], strlen(sp_se_modes[i])) == 0)
			return sp_se_modes[i];
	return NULL;
}

char *sp_se_type(const struct sp_buf *config)
{
	return sp_ini_get(&sp_se_type_style, config, NULL, "SELINUXTYPE");
}

bool sp_se_is_name(const char *s, size_t n)
{
	if (!n || n > 128 || *s == '.')
		return false;
	for (size_t i = 0; i < n; i++)
		if (!(s[i] >= '0' && s[i] <= '9') &&
		    !(s[i] >= 'a' && s[i] <= 'z') &&
		    !(s[i] >= 'A' && s[i] <= 'Z') && !strchr("_-.", s[i]))
			return false;
	return true;
}

int sp_se_on_or_off(const char *s)
{
	static const char *const names[] = {
		"off", "on", "false", "true", "0", "1", "no", "yes",
	};

	for (size_t i = 0; i < SP_COUNT(names); i++)
		if (strcasecmp(s, names[i]) == 0)
			return (int)(i % 2);
	return -1;
}

int sp_se_booleans_path(struct sp_host *h, const char *type, char **ret,
			struct sp_err *err)
{
	sp_auto_free char *root = NULL;
	sp_auto_strv dirs = { 0 };
	sp_auto_buf conf = { 0 };
	int r = sp_host_read(h, SP_SE_CONF, &conf, err);

	if (r < 0)
		return r;
	root = sp_ini_get(&plain, &conf, NULL, "store-root");
	sp_strv_addf(&dirs, "%s/%s/active",
		     root && *root == '/' ? root : SP_SE_STORE, type);
	/* before libsemanage 2.4, and where the store was not moved since */
	sp_strv_addf(&dirs, SP_SE_DIR "/%s/active", type);
	sp_strv_addf(&dirs, SP_SE_DIR "/%s/modules/active", type);
	for (size_t i = 0; i < dirs.n; i++) {
		struct sp_stat st;

		r = sp_host_stat_follow(h, dirs.v[i], &st, err);
		if (r < 0)
			return r;
		if (r == 0 || st.type != SP_FT_DIR)
			continue;
		*ret = sp_asprintf("%s/booleans.local", dirs.v[i]);
		return 1;
	}
	return 0;
}

static char *item_name(const char *item)
{
	return sp_xstrndup(item, strcspn(item, "="));
}

/* The names of all booleans of the file. */
static void list_names(const struct sp_buf *text, struct sp_strv *ret)
{
	struct sp_ini_pos pos = { 0 };
	struct sp_ini_line l;

	while (sp_ini_next(&plain, text->data, text->len, &pos, &l))
		if (l.type == SP_INI_ASSIGN)
			sp_strv_add_take(ret, sp_xstrndup(l.name, l.name_len));
	sp_strv_sort(ret);
}

void sp_se_booleans_get(const struct sp_buf *text, const struct sp_strv *items,
			struct sp_strv *ret)
{
	sp_auto_strv all = { 0 };

	if (!items) {
		list_names(text, &all);
		items = &all;
	}
	for (size_t i = 0; i < items->n; i++) {
		sp_auto_free char *name = item_name(items->v[i]);
		sp_auto_free char *value = NULL;
		int on;

		value = sp_ini_get(&plain, text, NULL, name);
		on = value ? sp_se_on_or_off(value) : -1;
		if (on >= 0)
			sp_strv_addf(ret, "%s=%s", name, on ? "on" : "off");
	}
}

void sp_se_booleans_set(struct sp_buf *text, const struct sp_strv *before,
			const struct sp_strv *after)
{
	sp_auto_strv keep = { 0 };

	for (size_t i = 0; i < after->n; i++) {
		const char *eq = strchr(after->v[i], '=');
		char *name = item_name(after->v[i]);
		sp_auto_free char *old = sp_ini_get(&plain, text, NULL, name);
		int on = sp_se_on_or_off(eq ? eq + 1 : "");

		if (!old || sp_se_on_or_off(old) != on)
			sp_ini_set(&plain, text, NULL, name, on ? "1" : "0");
		sp_strv_add_take(&keep, name);
	}
	for (size_t i = 0; i < before->n; i++) {
		sp_auto_free char *name = item_name(before->v[i]);

		if (!sp_strv_has(&keep, name))
			(void)sp_ini_unset(&plain, text, NULL, name);
	}
}
