/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * kind_selinux.c - SELinux at the next boot: mode, policy, booleans.
 *
 * Mode and policy are lines of /etc/selinux/config (the file itself, never
 * the symlink /etc/sysconfig/selinux).  Booleans are lines of booleans.local
 * in the policy store, where "setsebool -P" keeps them; the compiled policy
 * is not built anew, which "semodule -B" does.  On the way back from
 * disabled, and to another policy, /.autorelabel is made: every file gets its
 * label at the next boot.
 *
 * Source: selinux_config(5), selinux(8), booleans(8), semanage.conf(5),
 * libsemanage (which drops a boolean that the policy does not know without a
 * word, and reads the store's files when it builds a policy, not at boot).
 * Undo does not bring back: labels changed by a relabel at boot.
 */
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "core/ini.h"
#include "core/kind.h"
#include "core/mem.h"

#define SELINUX_DIR "/etc/selinux"
#define CONFIG SELINUX_DIR "/config"
#define SEMANAGE_CONF SELINUX_DIR "/semanage.conf"
#define STORE_ROOT "/var/lib/selinux"	/* unless semanage.conf says another */
#define AUTORELABEL "/.autorelabel"

enum { F_MODE, F_TYPE, F_BOOLEANS };

static const char *const modes[] = {
	"enforcing", "permissive", "disabled", NULL
};

/* libselinux takes the first SELINUX= that is good, the last SELINUXTYPE=. */
static const struct sp_ini_style style_mode = {
	.tight = true, .first = true, .assign = "=",
};
/* libsemanage allows blanks. */
static const struct sp_ini_style style_bool = { .assign = "=" };

/* A name of a policy or boolean: letters, digits and "_-.". */
static bool is_name(const char *s, size_t n)
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

static int canon_type(const char *text, char **ret, struct sp_err *err)
{
	if (!is_name(text, strlen(text)))
		return sp_fail(err, EINVAL,
			       "expected the name of a policy like targeted, minimum or mls, got \"%s\"",
			       text);
	*ret = sp_xstrdup(text);
	return 0;
}

/* 1 for on, 0 for off, -1 for none of their names. */
static int on_or_off(const char *s)
{
	static const char *const names[] = {
		"off", "on", "false", "true", "0", "1", "no", "yes",
	};

	for (size_t i = 0; i < SP_COUNT(names); i++)
		if (strcasecmp(s, names[i]) == 0)
			return (int)(i % 2);
	return -1;
}

static int canon_boolean(const char *text, char **ret, struct sp_err *err)
{
	size_t n = strcspn(text, "=");
	int on = text[n] ? on_or_off(text + n + 1) : -1;

	if (!is_name(text, n))
		return sp_fail(err, EINVAL,
			       "expected a boolean's name of letters, digits and \"_\", got \"%.*s\"",
			       (int)n, text);
	if (on < 0)
		return sp_fail(err, EINVAL,
			       "%.*s: expected on or off, got \"%s\"", (int)n,
			       text, text[n] ? text + n + 1 : "");
	*ret = sp_asprintf("%.*s=%s", (int)n, text, on ? "on" : "off");
	return 0;
}

static const struct sp_field fields[] = {
	[F_MODE] = {
		.name = "mode", .type = SP_T_ENUM, .choices = modes,
		.doc = "SELinux's mode from the next boot on.",
	},
	[F_TYPE] = {
		.name = "type", .type = SP_T_STR, .canon = canon_type,
		.doc = "The policy, a directory below /etc/selinux.",
	},
	[F_BOOLEANS] = {
		.name = "booleans", .type = SP_T_MAP, .canon = canon_boolean,
		.doc = "Booleans of the policy, on or off; others stay as they are.",
	},
	{ 0 }
};

/* --- the files ------------------------------------------------------------ */

/* The mode that a config has; NULL when it has none that libselinux takes. */
static const char *mode_of(const struct sp_buf *config)
{
	sp_auto_free char *s = sp_ini_get(&style_mode, config, NULL, "SELINUX");

	for (size_t i = 0; s && modes[i]; i++)
		if (strncasecmp(s, modes[i], strlen(modes[i])) == 0)
			return modes[i];
	return NULL;
}

/* The policy that a config names, owned by the caller, or NULL. */
static char *type_of(const struct sp_buf *config)
{
	return sp_ini_get(&sp_ini_shell, config, NULL, "SELINUXTYPE");
}

/* The policy that will count: the profile's, the config's, the default. */
static char *effective_type(const struct sp_state *want,
			    const struct sp_buf *config)
{
	const char *s = want ? sp_state_str(want, F_TYPE) : NULL;
	sp_auto_free char *type = type_of(config);

	if (s)
		return sp_xstrdup(s);
	if (type && is_name(type, strlen(type)))
		return sp_take(&type);
	return sp_xstrdup("targeted");
}

static int is_dir(struct sp_host *host, const char *path, struct sp_err *err)
{
	struct sp_stat st;
	int r = sp_host_stat_follow(host, path, &st, err);

	return r <= 0 ? r : st.type == SP_FT_DIR;
}

/*
 * booleans.local of a policy's store: 1 and its path, or 0 when the policy
 * has no store.
 */
static int booleans_path(struct sp_host *host, const char *type, char **ret,
			 struct sp_err *err)
{
	sp_auto_free char *root = NULL;
	sp_auto_strv dirs = { 0 };
	sp_auto_buf conf = { 0 };
	int r = sp_host_read(host, SEMANAGE_CONF, &conf, err);

	if (r < 0)
		return r;
	root = sp_ini_get(&style_bool, &conf, NULL, "store-root");
	sp_strv_addf(&dirs, "%s/%s/active",
		     root && *root == '/' ? root : STORE_ROOT, type);
	/* before libsemanage 2.4, and where the store was not moved since */
	sp_strv_addf(&dirs, SELINUX_DIR "/%s/active", type);
	sp_strv_addf(&dirs, SELINUX_DIR "/%s/modules/active", type);
	for (size_t i = 0; i < dirs.n; i++) {
		r = is_dir(host, dirs.v[i], err);
		if (r < 0)
			return r;
		if (r == 0)
			continue;
		*ret = sp_asprintf("%s/booleans.local", dirs.v[i]);
		return 1;
	}
	return 0;
}

/* --- observe -------------------------------------------------------------- */

/* The items of @names ("name=on") as the file has them; others are not ours. */
static void get_booleans(const struct sp_buf *text, const struct sp_strv *names,
			 struct sp_strv *ret)
{
	for (size_t i = 0; i < names->n; i++) {
		size_t n = strcspn(names->v[i], "=");
		sp_auto_free char *name = sp_xstrndup(names->v[i], n);
		sp_auto_free char *value = NULL;
		int on;

		value = sp_ini_get(&style_bool, text, NULL, name);
		on = value ? on_or_off(value) : -1;
		if (on >= 0)
			sp_strv_addf(ret, "%s=%s", name, on ? "on" : "off");
	}
}

/* Every boolean of the file, as items. */
static void all_booleans(const struct sp_buf *text, struct sp_strv *ret)
{
	struct sp_ini_pos pos = { 0 };
	struct sp_ini_line l;
	sp_auto_strv names = { 0 };

	while (sp_ini_next(&style_bool, text->data, text->len, &pos, &l))
		if (l.type == SP_INI_ASSIGN)
			sp_strv_add_take(&names,
					 sp_xstrndup(l.name, l.name_len));
	sp_strv_sort(&names);
	get_booleans(text, &names, ret);
}

static int observe_booleans(struct sp_host *host, const struct sp_state *want,
			    const char *type, struct sp_state *ret_have,
			    struct sp_err *err)
{
	sp_auto_free char *path = NULL;
	sp_auto_strv items = { 0 };
	sp_auto_buf text = { 0 };
	int r;

	if (want && !sp_state_get(want, F_BOOLEANS))
		return 0;
	r = booleans_path(host, type, &path, err);
	if (r > 0)
		r = sp_host_read(host, path, &text, err);
	if (r < 0)
		return r;
	if (want)
		get_booleans(&text, sp_state_list(want, F_BOOLEANS), &items);
	else
		all_booleans(&text, &items);
	sp_state_set_list(ret_have, F_BOOLEANS, &items);
	return 0;
}

static int observe(struct sp_host *host, const char *id,
		   const struct sp_state *want, struct sp_state *ret_have,
		   struct sp_err *err)
{
	sp_auto_free char *type = NULL;
	sp_auto_buf config = { 0 };
	int r = sp_host_read(host, CONFIG, &config, err);

	(void)id;
	if (r < 0)
		return r;
	ret_have->present = true;
	sp_state_set_str(ret_have, F_MODE, mode_of(&config));
	sp_state_set_str_take(ret_have, F_TYPE, type_of(&config));
	type = effective_type(want, &config);
	return observe_booleans(host, want, type, ret_have, err);
}

/* --- apply ---------------------------------------------------------------- */

static void set_line(const struct sp_ini_style *style, struct sp_buf *config,
		     const char *key, const struct sp_state *after, int f)
{
	const char *value = sp_state_str(after, f);

	if (value)
		sp_ini_set(style, config, NULL, key, value);
	else if (sp_state_get(after, f))
		(void)sp_ini_unset(style, config, NULL, key);
}

/* Are the labels on disk useless for what is to come? */
static bool needs_relabel(const struct sp_change *c, const struct sp_buf *old,
			  const struct sp_buf *now)
{
	const char *before = sp_state_str(&c->before, F_MODE);
	const char *was = mode_of(old), *is = mode_of(now);
	sp_auto_free char *old_type = type_of(old), *type = type_of(now);

	if (sp_streq(is, "disabled"))
		return false;
	return (sp_state_has(&c->after, F_MODE) &&
		(sp_streq(was, "disabled") || sp_streq(before, "disabled"))) ||
	       (old_type && type && strcmp(old_type, type) != 0);
}

static int make_autorelabel(struct sp_host *host, struct sp_err *err)
{
	struct sp_stat st;
	int r = sp_host_stat(host, AUTORELABEL, &st, err);

	if (r != 0)
		return r < 0 ? r : 0;
	return sp_host_write(host, AUTORELABEL, "", 0, SP_ATTR_KEEP, err);
}

static int edit_config(struct sp_host *host, const struct sp_change *c,
		       struct sp_err *err)
{
	sp_auto_buf config = { 0 }, old = { 0 };
	int r = sp_host_read(host, CONFIG, &config, err);

	if (r < 0)
		return r;
	sp_buf_addn(&old, sp_buf_cstr(&config), config.len);
	/* a mode is spelled "Enforcing" or with a comment behind it, too */
	if (!sp_streq(mode_of(&config), sp_state_str(&c->after, F_MODE)))
		set_line(&style_mode, &config, "SELINUX", &c->after, F_MODE);
	set_line(&sp_ini_shell, &config, "SELINUXTYPE", &c->after, F_TYPE);
	if (r > 0 || config.len)
		r = sp_host_write(host, CONFIG, sp_buf_cstr(&config),
				  config.len, SP_ATTR_KEEP, err);
	if (r == 0 && needs_relabel(c, &old, &config))
		r = make_autorelabel(host, err);
	return r;
}

/* Take out those that are only in @before. */
static void drop_booleans(struct sp_buf *text, const struct sp_strv *before,
			  const struct sp_strv *after)
{
	sp_auto_strv keep = { 0 };

	for (size_t i = 0; i < after->n; i++)
		sp_strv_add_take(&keep, sp_xstrndup(after->v[i],
						    strcspn(after->v[i], "=")));
	for (size_t i = 0; i < before->n; i++) {
		sp_auto_free char *name =
			sp_xstrndup(before->v[i], strcspn(before->v[i], "="));

		if (!sp_strv_has(&keep, name))
			(void)sp_ini_unset(&style_bool, text, NULL, name);
	}
}

static void put_booleans(struct sp_buf *text, const struct sp_strv *items)
{
	for (size_t i = 0; i < items->n; i++) {
		size_t n = strcspn(items->v[i], "=");
		sp_auto_free char *name = sp_xstrndup(items->v[i], n);
		sp_auto_free char *old = NULL;
		int on = on_or_off(items->v[i] + n + 1);

		old = sp_ini_get(&style_bool, text, NULL, name);
		if (!old || on_or_off(old) != on)
			sp_ini_set(&style_bool, text, NULL, name,
				   on ? "1" : "0");
	}
}

static int edit_booleans(struct sp_host *host, const struct sp_change *c,
			 struct sp_err *err)
{
	sp_auto_free char *path = NULL, *type = NULL;
	sp_auto_buf config = { 0 }, text = { 0 };
	int r = sp_host_read(host, CONFIG, &config, err);

	if (r < 0)
		return r;
	type = effective_type(&c->after, &config);
	r = booleans_path(host, type, &path, err);
	if (r == 0)
		r = sp_fail(err, ENOENT, "policy \"%s\" has no store in this root",
			    type);
	if (r > 0)
		r = sp_host_read(host, path, &text, err);
	if (r < 0)
		return r;
	drop_booleans(&text, sp_state_list(&c->before, F_BOOLEANS),
		      sp_state_list(&c->after, F_BOOLEANS));
	put_booleans(&text, sp_state_list(&c->after, F_BOOLEANS));
	if (r == 0 && !text.len)
		return 0;
	return sp_host_write(host, path, sp_buf_cstr(&text), text.len,
			     r > 0 ? SP_ATTR_KEEP : SP_ATTR(0600, 0, 0), err);
}

static int apply(struct sp_host *host, const struct sp_change *change,
		 struct sp_err *err)
{
	const struct sp_state *after = &change->after;
	int r = 0;

	if (sp_state_get(after, F_MODE) || sp_state_get(after, F_TYPE))
		r = edit_config(host, change, err);
	if (r == 0 && sp_state_get(after, F_BOOLEANS))
		r = edit_booleans(host, change, err);
	return r;
}

/* --- check ---------------------------------------------------------------- */

static void add_failure(const struct sp_check *ck, int f, struct sp_err *err)
{
	sp_diag_error(ck->diag, ck->res, f, -1, "%s", err->msg);
	sp_err_clear(err);
}

/* Is there a compiled policy, without which an enforcing host does not boot? */
static int has_policy(struct sp_host *host, const char *type,
		      struct sp_err *err)
{
	sp_auto_free char *dir = sp_asprintf(SELINUX_DIR "/%s", type);
	sp_auto_free char *policy = sp_asprintf("%s/policy", dir);
	sp_auto_strv names = { 0 };
	int r = is_dir(host, dir, err);

	if (r <= 0 || sp_host_snapshot(host))	/* which is too small for it */
		return r;
	r = sp_host_list(host, policy, &names, err);
	if (r <= 0)
		return r;
	for (size_t i = 0; i < names.n; i++)
		if (sp_starts(names.v[i], "policy."))
			return 1;
	return 0;
}

/*
 * The policy has to be there unless SELinux is off; a policy that the profile
 * names has to be there in any case.
 */
static void check_policy(const struct sp_check *ck, const char *type,
			 const char *mode)
{
	const struct sp_state *want = &ck->res->want;
	int f = sp_state_has(want, F_TYPE) ? F_TYPE : F_MODE;
	sp_auto_err err = { 0 };
	int r;

	if (f == F_MODE && (!sp_state_has(want, F_MODE) ||
			    sp_streq(mode, "disabled")))
		return;
	r = has_policy(ck->host, type, &err);
	if (r < 0)
		add_failure(ck, f, &err);
	else if (r == 0)
		sp_diag_error(ck->diag, ck->res, f, -1,
			      "policy \"%s\" is not installed in this root (" SELINUX_DIR
			      "/%s/policy): install the package \"selinux-policy-%s\"",
			      type, type, type);
}

static void check_mode(const struct sp_check *ck, const char *have)
{
	const char *mode = sp_state_str(&ck->res->want, F_MODE);

	if (sp_streq(mode, "disabled"))
		sp_diag_warn(ck->diag, ck->res, F_MODE, -1,
			     "a risk: services of this host are not confined");
	if (sp_streq(mode, "enforcing") && sp_streq(have, "disabled"))
		sp_diag_warn(ck->diag, ck->res, F_MODE, -1,
			     "from disabled straight to enforcing: a file that is labelled wrong can keep the host from booting; go through permissive, reboot, and look for denials first");
}

static void check_booleans(const struct sp_check *ck, const char *type)
{
	const struct sp_state *want = &ck->res->want;
	sp_auto_free char *path = NULL;
	sp_auto_state have = { 0 };
	sp_auto_err err = { 0 };
	int r;

	if (!sp_state_has(want, F_BOOLEANS))
		return;
	r = booleans_path(ck->host, type, &path, &err);
	sp_state_init(&have, fields);
	if (r > 0)
		r = observe_booleans(ck->host, want, type, &have, &err) < 0 ?
			    -1 : 1;
	if (r < 0)
		add_failure(ck, F_BOOLEANS, &err);
	else if (r == 0)
		sp_diag_error(ck->diag, ck->res, F_BOOLEANS, -1,
			      "policy \"%s\" has no store in this root (" STORE_ROOT
			      "/%s/active): install the package \"selinux-policy-%s\"",
			      type, type, type);
	else if (sp_field_differs(&fields[F_BOOLEANS], want, &have, F_BOOLEANS))
		sp_diag_warn(ck->diag, ck->res, F_BOOLEANS, -1,
			     "booleans count when the policy is next built, a reboot alone does not do it: run \"semodule -B\" on the host");
}

static void check(const struct sp_check *ck)
{
	sp_auto_free char *type = NULL;
	sp_auto_buf config = { 0 };
	sp_auto_err err = { 0 };
	const char *have, *mode = sp_state_str(&ck->res->want, F_MODE);

	if (ck->host && sp_host_read(ck->host, CONFIG, &config, &err) < 0) {
		add_failure(ck, -1, &err);
		return;
	}
	have = mode_of(&config);
	type = effective_type(&ck->res->want, &config);
	check_mode(ck, have);
	if (!ck->host)
		return;
	check_policy(ck, type, mode ? mode : have);
	check_booleans(ck, type);
}

static const char *const paths[] = {
	CONFIG, SEMANAGE_CONF, SELINUX_DIR "/*/seusers",
	SELINUX_DIR "/*/active/booleans.local",
	SELINUX_DIR "/*/modules/active/booleans.local",
	STORE_ROOT "/*/active/booleans.local", STORE_ROOT "/*/active/seusers",
	AUTORELABEL, NULL
};

const struct sp_kind sp_kind_selinux = {
	.name = "selinux",
	.section = "selinux",
	.shape = SP_SHAPE_MAP,
	.summary = "SELinux's mode, policy and booleans (/etc/selinux)",
	.undo_limits = "labels changed by a relabel at boot",
	.fields = fields,
	.paths = paths,
	.check = check,
	.observe = observe,
	.apply = apply,
};
