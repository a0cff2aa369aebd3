/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * kind_repo.c - package repositories of yum and dnf.
 *
 * A repository is the section [NAME] of a .repo file.  Where one defines it
 * already, that section is edited; a new one goes to
 * /etc/yum.repos.d/NAME.repo.  Keys are not imported here.
 *
 * Source: dnf.conf(5), REPO OPTIONS and reposdir; yum.conf(5).
 * Undo does not bring back: nothing is lost.  Packages from it stay installed.
 */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "core/ini.h"
#include "core/mem.h"
#include "pkg/repo.h"
#include "pkg/url.h"

/* --- values --------------------------------------------------------------- */

/* dnf takes blanks at the ends and a pair of quotes off a value. */
static int canon_text(const char *text, char **ret, struct sp_err *err)
{
	size_t n = strlen(text);

	if (!n)
		return sp_fail(err, EINVAL, "expected text, got nothing");
	if (isspace((unsigned char)*text) ||
	    isspace((unsigned char)text[n - 1]) ||
	    (n > 1 && *text == text[n - 1] && strchr("\"'", *text)))
		return sp_fail(err, EINVAL,
			       "dnf removes blanks and quotes at both ends; "
			       "leave them out");
	for (size_t i = 0; i < n; i++)
		if (iscntrl((unsigned char)text[i]))
			return sp_fail(err, EINVAL,
				       "control characters may not be used");
	*ret = sp_xstrdup(text);
	return 0;
}

/* One URL, or "" for none. */
static int canon_url(const char *text, char **ret, struct sp_err *err)
{
	if (*text)
		return sp_url_canon(text, ret, err);
	*ret = sp_xstrdup("");
	return 0;
}

/* A package's name or pattern, as one word. */
static int canon_spec(const char *text, char **ret, struct sp_err *err)
{
	if (!*text)
		return sp_fail(err, EINVAL, "expected a package, got nothing");
	for (const char *p = text; *p; p++)
		if (!isgraph((unsigned char)*p) || strchr(",;#\"'=", *p))
			return sp_fail(err, EINVAL,
				       "\"%s\" is no name or pattern of a "
				       "package",
				       text);
	*ret = sp_xstrdup(text);
	return 0;
}

/* A file of the host, or "" for none. */
static int canon_path(const char *text, char **ret, struct sp_err *err)
{
	if (*text && *text != '/')
		return sp_fail(err, EINVAL,
			       "expected an absolute path, got \"%s\"", text);
	if (*text)
		return canon_text(text, ret, err);
	*ret = sp_xstrdup("");
	return 0;
}

const struct sp_field sp_repo_fields[] = {
	[SP_REPO_TITLE] = {
		.name = "title", .type = SP_T_STR, .canon = canon_text,
		.doc = "What people read; a new repository gets its name.",
	},
	[SP_REPO_BASEURL] = {
		.name = "baseurl", .type = SP_T_LIST,
		.canon = sp_url_canon_item,
		.doc = "Where the repository is; several URLs are tried in turn.",
	},
	[SP_REPO_MIRRORLIST] = {
		.name = "mirrorlist", .type = SP_T_STR, .canon = canon_url,
		.doc = "URL of a list of mirrors; \"\" removes it.",
	},
	[SP_REPO_METALINK] = {
		.name = "metalink", .type = SP_T_STR, .canon = canon_url,
		.doc = "URL of a metalink file; \"\" removes it.",
	},
	[SP_REPO_ENABLED] = {
		.name = "enabled", .type = SP_T_BOOL, .dflt = "true",
		.doc = "Use the repository.",
	},
	[SP_REPO_GPGCHECK] = {
		.name = "gpgcheck", .type = SP_T_BOOL, .dflt = "true",
		.doc = "Install only packages with a good signature.",
	},
	[SP_REPO_REPO_GPGCHECK] = {
		.name = "repo_gpgcheck", .type = SP_T_BOOL,
		.doc = "Check the signature of the repository's metadata.",
	},
	[SP_REPO_GPGKEY] = {
		.name = "gpgkey", .type = SP_T_LIST,
		.canon = sp_url_canon_item,
		.doc = "URLs of the keys that sign the packages.",
	},
	[SP_REPO_PRIORITY] = {
		.name = "priority", .type = SP_T_INT, .min = 1, .max = 99,
		.doc = "A package of a lower number wins over newer ones.",
	},
	[SP_REPO_COST] = {
		.name = "cost", .type = SP_T_INT, .min = 0, .max = INT32_MAX,
		.doc = "Of two with one package the lower cost is asked.",
	},
	[SP_REPO_EXCLUDE] = {
		.name = "exclude", .type = SP_T_SET, .canon = canon_spec,
		.doc = "Packages that are never taken from here.",
	},
	[SP_REPO_INCLUDEPKGS] = {
		.name = "includepkgs", .type = SP_T_SET, .canon = canon_spec,
		.doc = "Only these packages are taken from here.",
	},
	[SP_REPO_PROXY] = {
		.name = "proxy", .type = SP_T_STR,
		.canon = sp_url_canon_proxy,
		.doc = "URL of a proxy; \"_none_\" goes without, \"\" removes it.",
	},
	[SP_REPO_USERNAME] = {
		.name = "username", .type = SP_T_STR, .canon = canon_text,
		.doc = "User name for the repository's server.",
	},
	[SP_REPO_PASSWORD] = {
		.name = "password", .type = SP_T_STR, .flags = SP_F_SECRET,
		.canon = canon_text,
		.doc = "Password for the repository's server.",
	},
	[SP_REPO_SSLVERIFY] = {
		.name = "sslverify", .type = SP_T_BOOL,
		.doc = "Check the server's certificate.",
	},
	[SP_REPO_SSLCACERT] = {
		.name = "sslcacert", .type = SP_T_STR, .canon = canon_path,
		.doc = "File with the authorities to trust; \"\" removes it.",
	},
	[SP_REPO_SSLCLIENTCERT] = {
		.name = "sslclientcert", .type = SP_T_STR, .canon = canon_path,
		.doc = "File with our certificate; \"\" removes it.",
	},
	[SP_REPO_SSLCLIENTKEY] = {
		.name = "sslclientkey", .type = SP_T_STR, .canon = canon_path,
		.doc = "File with our certificate's key; \"\" removes it.",
	},
	[SP_REPO_MODULE_HOTFIXES] = {
		.name = "module_hotfixes", .type = SP_T_BOOL,
		.doc = "Do not hide packages behind module streams.",
	},
	[SP_REPO_SKIP_IF_UNAVAILABLE] = {
		.name = "skip_if_unavailable", .type = SP_T_BOOL,
		.doc = "Go on without the repository when it cannot be reached.",
	},
	{ 0 }
};

static int observe(struct sp_host *host, const char *id,
		   const struct sp_state *want, struct sp_state *ret_have,
		   struct sp_err *err)
{
	sp_auto_free char *path = NULL;
	sp_auto_buf text = { 0 };
	int r = sp_repo_find(host, id, true, &path, &text, err);

	if (r <= 0)
		return r;
	sp_repo_read(&text, id, ret_have);
	/* "" asks for what no line at all is */
	for (int f = 0; want && f < SP_REPO_N; f++)
		if (sp_repo_fields[f].type == SP_T_STR &&
		    !sp_state_has(ret_have, f) &&
		    sp_streq(sp_state_str(want, f), ""))
			sp_state_set_str(ret_have, f, "");
	return 0;
}

/* What a new section gets for fields that the profile leaves out. */
static void put_defaults(struct sp_state *want, const char *id)
{
	if (!sp_state_get(want, SP_REPO_TITLE))
		sp_state_set_str(want, SP_REPO_TITLE, id);
	for (int f = 0; f < SP_REPO_N; f++)
		if (sp_repo_fields[f].dflt && !sp_state_get(want, f))
			sp_state_set_bool(want, f,
					  sp_streq(sp_repo_fields[f].dflt,
						   "true"));
}

static int apply(struct sp_host *host, const struct sp_change *change,
		 struct sp_err *err)
{
	const char *id = change->id;
	sp_auto_free char *ours = sp_asprintf(SP_REPO_DIR "/%s.repo", id);
	sp_auto_free char *path = NULL;
	sp_auto_buf text = { 0 };
	sp_auto_state want = { 0 }, have = { 0 };
	struct sp_attr attr = SP_ATTR_KEEP;
	int there, r;

	/* what observe found nowhere, only we ourselves can have added */
	there = sp_repo_find(host, id, change->op != SP_ADD, &path, &text, err);
	if (there < 0 || (!there && !change->after.present))
		return there;
	if (!there) {
		path = sp_xstrdup(ours);
		r = sp_host_read(host, path, &text, err);
		if (r < 0)
			return r;
		if (!r && sp_state_has(&change->after, SP_REPO_PASSWORD))
			attr.mode = 0600;
	}
	attr.secret = sp_repo_has_secret(&text);
	if (!change->after.present) {
		(void)sp_ini_remove_section(&sp_ini_yum, &text, id);
		if (sp_streq(path, ours) && !sp_repo_has_lines(&text))
			return sp_host_remove(host, path, err);
		return sp_host_write(host, path, text.data, text.len, attr,
				     err);
	}
	sp_state_copy(&want, &change->after);
	sp_state_init(&have, sp_repo_fields);
	if (there) {
		sp_repo_read(&text, id, &have);
	} else {
		sp_repo_add(&text, id);
		put_defaults(&want, id);
	}
	for (int f = 0; f < SP_REPO_N; f++)
		if (sp_state_get(&want, f) &&
		    (!there ||
		     sp_field_differs(&sp_repo_fields[f], &want, &have, f)))
			sp_repo_put(&text, id, &want, f);
	attr.secret |= sp_repo_has_secret(&text);
	return sp_host_write(host, path, text.data, text.len, attr, err);
}

static const char *const paths[] = { SP_REPO_DIR "/*.repo",
				     "/etc/yum/repos.d/*.repo",
				     "/etc/distro.repos.d/*.repo", NULL };

const struct sp_kind sp_kind_repo = {
	.name = "repo",
	.section = "repos",
	.shape = SP_SHAPE_LIST,
	.summary = "package repositories of yum and dnf",
	.fields = sp_repo_fields,
	.paths = paths,
	.check_name = sp_repo_check_name,
	.check = sp_repo_check,
	.observe = observe,
	.apply = apply,
};
