/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* repo_check.c - what the table of the kind "repo" cannot say. */
#include "pkg/repo.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "core/mem.h"
#include "pkg/url.h"

#define NAME_BYTES 250 /* with ".repo" a file name */

int sp_repo_check_name(const char *name, struct sp_err *err)
{
	if (strlen(name) > NAME_BYTES)
		return sp_fail(err, EINVAL, "%zu bytes, the limit is %d",
			       strlen(name), NAME_BYTES);
	for (const char *p = name; *p; p++)
		if (!isalnum((unsigned char)*p) && !strchr("_.:-", *p))
			return sp_fail(err, EINVAL,
				       "\"%s\": only letters, digits and "
				       "\"_.:-\" may be used (dnf.conf(5))",
				       name);
	if (*name == '.')
		return sp_fail(err, EINVAL,
			       "\"%s\" begins with a dot; dnf would not see "
			       "the file",
			       name);
	if (strcmp(name, "main") == 0)
		return sp_fail(
			err, EINVAL,
			"\"main\" is dnf's own section, not a repository");
	return 0;
}

static bool is_given(const struct sp_state *st, int f)
{
	const struct sp_value *v = sp_state_get(st, f);

	return v && ((v->type == SP_V_STR && *v->s) ||
		     (v->type == SP_V_LIST && v->list.n));
}

static const int sources[] = { SP_REPO_BASEURL, SP_REPO_MIRRORLIST,
			       SP_REPO_METALINK };

/* One of baseurl, mirrorlist, metalink; @have: the section, or NULL. */
static void check_sources(const struct sp_check *ck,
			  const struct sp_state *have, const char *file)
{
	const struct sp_state *want = &ck->res->want;
	bool left = false, emptied = false;
	int given = -1;

	for (size_t i = 0; i < SP_COUNT(sources); i++) {
		int f = sources[i];

		if (!is_given(want, f))
			continue;
		if (given >= 0)
			sp_diag_error(ck->diag, ck->res, f, -1,
				      "only one of baseurl, mirrorlist and "
				      "metalink may be given; %s is, too",
				      sp_repo_fields[given].name);
		given = f;
	}
	if (have && !have->present && given < 0)
		sp_diag_error(ck->diag, ck->res, -1, -1,
			      "a new repository needs one of baseurl, "
			      "mirrorlist and metalink");
	for (size_t i = 0; i < SP_COUNT(sources) && have; i++) {
		int f = sources[i];

		left |= sp_state_get(want, f) ? is_given(want, f)
					      : is_given(have, f);
		emptied |= sp_state_get(want, f) && !is_given(want, f);
		if (given >= 0 && is_given(have, f) && !sp_state_get(want, f))
			sp_diag_warn(ck->diag, ck->res, given, -1,
				     "\"%s\" has a %s, too, and dnf would use "
				     "both; write %s: %s to remove it",
				     file, sp_repo_fields[f].name,
				     sp_repo_fields[f].name,
				     f == SP_REPO_BASEURL ? "[]" : "\"\"");
	}
	if (have && have->present && emptied && !left)
		sp_diag_error(
			ck->diag, ck->res, -1, -1,
			"would be left without baseurl, mirrorlist and "
			"metalink; set enabled: false, or ensure: absent");
}

static bool has_plain_source(const struct sp_state *st, int *ret_f)
{
	const struct sp_strv *urls = sp_state_list(st, SP_REPO_BASEURL);

	for (size_t i = 0; i < SP_COUNT(sources); i++) {
		const char *s = sources[i] == SP_REPO_BASEURL
					? NULL
					: sp_state_str(st, sources[i]);

		*ret_f = sources[i];
		if (s && sp_url_is_plain(s))
			return true;
		for (size_t u = 0; sources[i] == SP_REPO_BASEURL && u < urls->n;
		     u++)
			if (sp_url_is_plain(urls->v[u]))
				return true;
	}
	return false;
}

/* @have: the section, or NULL when it is not known. */
static void check_trust(const struct sp_check *ck, const struct sp_state *have)
{
	const struct sp_state *want = &ck->res->want;
	bool is_new = !have || !have->present;
	int f;

	if (!sp_state_bool(want, SP_REPO_GPGCHECK, true))
		sp_diag_warn(ck->diag, ck->res, SP_REPO_GPGCHECK, -1,
			     "unsigned packages would be installed");
	if (!sp_state_bool(want, SP_REPO_SSLVERIFY, true))
		sp_diag_warn(ck->diag, ck->res, SP_REPO_SSLVERIFY, -1,
			     "any server would be taken for the repository's");
	if (has_plain_source(want, &f) &&
	    !sp_state_bool(want, SP_REPO_GPGCHECK,
			   is_new || sp_state_bool(have, SP_REPO_GPGCHECK,
						   false)))
		sp_diag_warn(ck->diag, ck->res, f, -1,
			     "anybody on the way can replace packages: the "
			     "URL is not https, and gpgcheck is not on");
}

/* Files that the repository needs and the host has not. */
static void check_file(const struct sp_check *ck, int f, int item,
		       const char *path)
{
	sp_auto_err err = { 0 };
	struct sp_stat st;

	if (!path || !*path || sp_host_snapshot(ck->host))
		return;
	if (sp_host_stat_follow(ck->host, path, &st, &err) == 0)
		sp_diag_warn(ck->diag, ck->res, f, item,
			     "there is no file \"%s\" on this host", path);
}

static void check_files(const struct sp_check *ck)
{
	static const int paths[] = { SP_REPO_SSLCACERT, SP_REPO_SSLCLIENTCERT,
				     SP_REPO_SSLCLIENTKEY };
	const struct sp_state *want = &ck->res->want;
	const struct sp_strv *keys = sp_state_list(want, SP_REPO_GPGKEY);

	for (size_t i = 0; i < keys->n; i++)
		check_file(ck, SP_REPO_GPGKEY, (int)i,
			   sp_url_file_path(keys->v[i]));
	for (size_t i = 0; i < SP_COUNT(paths); i++)
		check_file(ck, paths[i], -1, sp_state_str(want, paths[i]));
}

static void check_password(const struct sp_check *ck, const char *file)
{
	const char *password = sp_state_str(&ck->res->want, SP_REPO_PASSWORD);
	sp_auto_err err = { 0 };
	struct sp_stat st;

	if (!password)
		return;
	if (strpbrk(password, "$\\"))
		sp_diag_warn(ck->diag, ck->res, SP_REPO_PASSWORD, -1,
			     "dnf replaces variables such as $releasever in "
			     "it, and newer versions drop \"\\\"");
	if (file && sp_host_stat_follow(ck->host, file, &st, &err) > 0 &&
	    (st.mode & 0004))
		sp_diag_warn(ck->diag, ck->res, SP_REPO_PASSWORD, -1,
			     "everybody on the host can read \"%s\" (mode "
			     "%04o)",
			     file, (unsigned)st.mode);
}

void sp_repo_check(const struct sp_check *ck)
{
	sp_auto_free char *path = NULL;
	sp_auto_buf text = { 0 };
	sp_auto_state have = { 0 };
	sp_auto_err err = { 0 };
	int r = 0;

	if (!ck->res->want.present ||
	    sp_repo_check_name(ck->res->id, &err) < 0) /* said already */
		return;
	sp_state_init(&have, sp_repo_fields);
	if (ck->host)
		r = sp_repo_find(ck->host, ck->res->id, true, &path, &text,
				 &err);
	if (r < 0) {
		sp_diag_error(ck->diag, ck->res, -1, -1, "%s", err.msg);
		return;
	}
	if (r > 0)
		sp_repo_read(&text, ck->res->id, &have);
	check_sources(ck, ck->host ? &have : NULL, path);
	check_trust(ck, ck->host ? &have : NULL);
	check_password(ck, path);
	if (ck->host)
		check_files(ck);
}
