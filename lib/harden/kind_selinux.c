/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * kind_selinux.c - SELinux: mode, policy, booleans; and what runs of it.
 *
 * Mode and policy are lines of /etc/selinux/config (the file itself, never
 * the symlink /etc/sysconfig/selinux).  Booleans are lines of booleans.local
 * in the policy store, where "setsebool -P" keeps them; the compiled policy
 * is not built anew, which "semodule -B" does.  On the way back from
 * disabled, and to another policy, /.autorelabel is made: every file gets its
 * label at the next boot.
 *
 * On a live host with SELinux in its kernel, mode and booleans are set in
 * selinuxfs at once, all booleans in one transaction.  What is disabled now
 * stays so until the next boot, and the other way round.
 *
 * Source: selinux_config(5), selinux(8), booleans(8), semanage.conf(5),
 * libsemanage (which drops a boolean that the policy does not know without a
 * word, and reads the store's files when it builds a policy, not at boot).
 * Undo does not bring back: labels changed by a relabel at boot.
 */
#include <errno.h>
#include <string.h>

#include "core/kind.h"
#include "core/mem.h"
#include "sestore.h"

#define AUTORELABEL "/.autorelabel"
#define FS "/sys/fs/selinux"

enum { F_MODE, F_TYPE, F_BOOLEANS };

static int canon_type(const char *text, char **ret, struct sp_err *err)
{
	if (!sp_se_is_name(text, strlen(text)))
		return sp_fail(err, EINVAL,
			       "expected the name of a policy like targeted, minimum or mls, "
			       "got \"%s\"",
			       text);
	*ret = sp_xstrdup(text);
	return 0;
}

static int canon_boolean(const char *text, char **ret, struct sp_err *err)
{
	size_t n = strcspn(text, "=");
	int on = text[n] ? sp_se_on_or_off(text + n + 1) : -1;

	if (!sp_se_is_name(text, n))
		return sp_fail(err, EINVAL,
			       "expected a boolean's name of letters, digits and \"_\", got "
			       "\"%.*s\"",
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
		.name = "mode", .type = SP_T_ENUM, .choices = sp_se_modes,
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

/* The policy that will count: the profile's, the config's, the default. */
static char *effective_type(const struct sp_state *want,
			    const struct sp_buf *config)
{
	const char *s = want ? sp_state_str(want, F_TYPE) : NULL;
	sp_auto_free char *type = sp_se_type(config);

	if (s)
		return sp_xstrdup(s);
	if (type && sp_se_is_name(type, strlen(type)))
		return sp_take(&type);
	return sp_xstrdup("targeted");
}

static int is_dir(struct sp_host *host, const char *path, struct sp_err *err)
{
	struct sp_stat st;
	int r = sp_host_stat_follow(host, path, &st, err);

	return r <= 0 ? r : st.type == SP_FT_DIR;
}

/* --- observe -------------------------------------------------------------- */

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
	r = sp_se_booleans_path(host, type, &path, err);
	if (r > 0)
		r = sp_host_read(host, path, &text, err);
	if (r < 0)
		return r;
	sp_se_booleans_get(&text, want ? sp_state_list(want, F_BOOLEANS) : NULL,
			   &items);
	sp_state_set_list(ret_have, F_BOOLEANS, &items);
	return 0;
}

/* The first byte of a file of selinuxfs: '0', '1', or 0 when it is not there. */
static int read_flag(struct sp_host *host, const char *path, char *ret,
		     struct sp_err *err)
{
	sp_auto_buf text = { 0 };
	int r = sp_host_read(host, path, &text, err);

	*ret = r > 0 && text.len ? text.data[0] : '\0';
	return r;
}

/* "NAME=on" with the value that the kernel has; NULL if it has no such one. */
static int running_boolean(struct sp_host *host, const char *item, char **ret,
			   struct sp_err *err)
{
	int n = (int)strcspn(item, "=");
	sp_auto_free char *path = sp_asprintf(FS "/booleans/%.*s", n, item);
	char flag;
	int r = read_flag(host, path, &flag, err);

	if (r > 0)
		*ret = sp_asprintf("%.*s=%s", n, item, flag == '1' ? "on" : "off");
	return r;
}

/*
 * What runs: "MODE NAME=on NAME=off ...", the booleans that are wanted.
 * Where the files say what is wanted already, what runs counts.
 */
static int observe_running(struct sp_host *host, const struct sp_state *want,
			   struct sp_state *ret_have, struct sp_err *err)
{
	const char *mode = want ? sp_state_str(want, F_MODE) : NULL;
	sp_auto_strv running = { 0 }, booleans = { 0 };
	const struct sp_strv *wanted;
	char flag;
	int r;

	if (!sp_host_live(host))
		return 0;
	r = read_flag(host, FS "/enforce", &flag, err);
	if (r <= 0)
		return r; /* no SELinux in this kernel: only a boot helps */
	sp_strv_add(&running, flag == '1' ? "enforcing" : "permissive");
	if (mode && strcmp(mode, "disabled") != 0 &&
	    sp_streq(sp_state_str(ret_have, F_MODE), mode))
		sp_state_set_str(ret_have, F_MODE, running.v[0]);

	wanted = want ? sp_state_list(want, F_BOOLEANS) : &booleans;
	for (size_t i = 0; i < wanted->n && r >= 0; i++) {
		char *item = NULL;

		r = running_boolean(host, wanted->v[i], &item, err);
		if (r > 0) {
			sp_strv_add(&booleans, item);
			sp_strv_add_take(&running, item);
		}
	}
	if (r < 0)
		return r;
	ret_have->running = sp_strv_join(&running, " ");
	if (booleans.n == wanted->n && wanted->n &&
	    sp_strv_same_set(sp_state_list(ret_have, F_BOOLEANS), wanted))
		sp_state_set_list(ret_have, F_BOOLEANS, &booleans);
	return 0;
}

static int observe(struct sp_host *host, const char *id,
		   const struct sp_state *want, struct sp_state *ret_have,
		   struct sp_err *err)
{
	sp_auto_free char *type = NULL;
	sp_auto_buf config = { 0 };
	int r = sp_host_read(host, SP_SE_CONFIG, &config, err);

	(void)id;
	if (r < 0)
		return r;
	ret_have->present = true;
	sp_state_set_str(ret_have, F_MODE, sp_se_mode(&config));
	sp_state_set_str_take(ret_have, F_TYPE, sp_se_type(&config));
	type = effective_type(want, &config);
	r = observe_booleans(host, want, type, ret_have, err);
	return r < 0 ? r : observe_running(host, want, ret_have, err);
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
	const char *was = sp_se_mode(old), *is = sp_se_mode(now);
	sp_auto_free char *old_type = sp_se_type(old), *type = sp_se_type(now);

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
	int r = sp_host_read(host, SP_SE_CONFIG, &config, err);

	if (r < 0)
		return r;
	sp_buf_addn(&old, sp_buf_cstr(&config), config.len);
	/* a mode is spelled "Enforcing" or with a comment behind it, too */
	if (!sp_streq(sp_se_mode(&config), sp_state_str(&c->after, F_MODE)))
		set_line(&sp_se_mode_style, &config, "SELINUX", &c->after, F_MODE);
	set_line(&sp_se_type_style, &config, "SELINUXTYPE", &c->after, F_TYPE);
	if (r > 0 || config.len)
		r = sp_host_write(host, SP_SE_CONFIG, sp_buf_cstr(&config),
				  config.len, SP_ATTR_KEEP, err);
	if (r == 0 && needs_relabel(c, &old, &config))
		r = make_autorelabel(host, err);
	return r;
}

static int edit_booleans(struct sp_host *host, const struct sp_change *c,
			 struct sp_err *err)
{
	sp_auto_free char *path = NULL, *type = NULL;
	sp_auto_buf config = { 0 }, text = { 0 };
	int r = sp_host_read(host, SP_SE_CONFIG, &config, err);

	if (r < 0)
		return r;
	type = effective_type(&c->after, &config);
	r = sp_se_booleans_path(host, type, &path, err);
	if (r == 0)
		r = sp_fail(err, ENOENT, "policy \"%s\" has no store in this root",
			    type);
	if (r > 0)
		r = sp_host_read(host, path, &text, err);
	if (r < 0)
		return r;
	sp_se_booleans_set(&text, sp_state_list(&c->before, F_BOOLEANS),
			   sp_state_list(&c->after, F_BOOLEANS));
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

/* Hand one boolean to the kernel; it counts from commit_pending_bools on. */
static int poke_boolean(struct sp_host *host, const char *item,
			struct sp_err *err)
{
	int n = (int)strcspn(item, "=");
	sp_auto_free char *path = sp_asprintf(FS "/booleans/%.*s", n, item);
	struct sp_stat st;
	int r = sp_host_stat(host, path, &st, err);

	/* The policy that runs may not know it; the one of the files may. */
	if (r > 0)
		r = sp_host_poke(host, path, sp_streq(item + n, "=on") ? "1" : "0", err);
	return r;
}

static int activate(struct sp_host *host,
		    const struct sp_change *const changes[], size_t n,
		    struct sp_err *err)
{
	const struct sp_state *after = &changes[n - 1]->after;
	const char *mode = sp_state_str(after, F_MODE);
	sp_auto_strv words = { 0 };
	struct sp_stat st;
	int r = sp_host_stat(host, FS "/enforce", &st, err);

	if (r <= 0)
		return r;
	if (after->running)
		sp_strv_split(&words, after->running, " ");
	else
		sp_strv_copy(&words, sp_state_list(after, F_BOOLEANS));
	for (size_t i = 0; i < words.n; i++) {
		if (!strchr(words.v[i], '=')) {
			mode = words.v[i];
			continue;
		}
		r = poke_boolean(host, words.v[i], err);
		if (r < 0)
			return r;
	}
	if (words.n > (after->running ? 1 : 0))
		r = sp_host_poke(host, FS "/commit_pending_bools", "1", err);
	if (r >= 0 && mode && strcmp(mode, "disabled") != 0)
		r = sp_host_poke(host, FS "/enforce",
				 strcmp(mode, "enforcing") == 0 ? "1" : "0", err);
	return r < 0 ? r : 0;
}

static void add_failure(const struct sp_check *ck, int f, struct sp_err *err)
{
	sp_diag_error(ck->diag, ck->res, f, -1, "%s", err->msg);
	sp_err_clear(err);
}

/* Is there a compiled policy, without which an enforcing host does not boot? */
static int has_policy(struct sp_host *host, const char *type,
		      struct sp_err *err)
{
	sp_auto_free char *dir = sp_asprintf(SP_SE_DIR "/%s", type);
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
		sp_check_missing(
			ck, ck->res, f, -1,
			"policy \"%s\" is not installed in this root (" SP_SE_DIR
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
			     "from disabled straight to enforcing: a file that is labelled "
			     "wrong can keep the host from booting; go through permissive, "
			     "reboot, and look for denials first");
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
	r = sp_se_booleans_path(ck->host, type, &path, &err);
	sp_state_init(&have, fields);
	if (r > 0)
		r = observe_booleans(ck->host, want, type, &have, &err) < 0 ?
			    -1 : 1;
	if (r < 0)
		add_failure(ck, F_BOOLEANS, &err);
	else if (r == 0)
		sp_check_missing(
			ck, ck->res, F_BOOLEANS, -1,
			"policy \"%s\" has no store in this root (" SP_SE_STORE
			"/%s/active): install the package \"selinux-policy-%s\"",
			type, type, type);
	else if (sp_field_differs(&fields[F_BOOLEANS], want, &have, F_BOOLEANS))
		sp_diag_warn(ck->diag, ck->res, F_BOOLEANS, -1,
			     "booleans count when the policy is next built, a reboot alone "
			     "does not do it: run \"semodule -B\" on the host");
}

static void check(const struct sp_check *ck)
{
	sp_auto_free char *type = NULL;
	sp_auto_buf config = { 0 };
	sp_auto_err err = { 0 };
	const char *have, *mode = sp_state_str(&ck->res->want, F_MODE);

	if (ck->host && sp_host_read(ck->host, SP_SE_CONFIG, &config, &err) < 0) {
		add_failure(ck, -1, &err);
		return;
	}
	have = sp_se_mode(&config);
	type = effective_type(&ck->res->want, &config);
	check_mode(ck, have);
	if (!ck->host)
		return;
	check_policy(ck, type, mode ? mode : have);
	check_booleans(ck, type);
}

/* Small files stand for the policies and stores that they are in. */
static const char *const paths[] = {
	SP_SE_CONFIG, SP_SE_CONF, SP_SE_DIR "/*/seusers",
	SP_SE_DIR "/*/active/booleans.local", SP_SE_DIR "/*/active/commit_num",
	SP_SE_DIR "/*/modules/active/booleans.local",
	SP_SE_DIR "/*/modules/active/commit_num",
	SP_SE_STORE "/*/active/booleans.local", SP_SE_STORE "/*/active/commit_num",
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
	.activate = activate,
};
