/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pkgkeys.c - which keys count for a package, and which rpm is to be given. */
#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <time.h>

#include "core/mem.h"
#include "pkg/pkgsession.h"
#include "pkg/rpmfile.h"

char *sp_pkg_key_name(const char *fingerprint)
{
	size_t n = strlen(fingerprint);
	char *name = sp_asprintf("gpg-pubkey-%s",
				 n > 8 ? fingerprint + n - 8 : fingerprint);

	for (char *p = name; *p; p++)
		*p = (char)tolower((unsigned char)*p);
	return name;
}

/* For a repository that names no key, as dnf has it: those that rpm has. */
static int rpm_keys(struct sp_pkg_session *s, const struct sp_meta *m,
		    struct sp_keyring **ret, struct sp_err *err)
{
	sp_auto_rpmdb *db = NULL;
	size_t n = 0;
	int r = 0;

	if (!s->rpm_keys) {
		sp_auto_keyring *k = sp_keyring_new();

		if (s->has_db)
			r = sp_rpmdb_open(s->root, s->dbpath, &db, err);
		if (r >= 0 && db)
			r = sp_rpmdb_keyring(db, k, (int64_t)time(NULL), err);
		if (r < 0)
			return r;
		s->rpm_keys = sp_take(&k);
	}
	(void)sp_keyring_list(s->rpm_keys, &n);
	if (!n)
		return sp_fail(err, ENOKEY,
			       "repository \"%s\": there is no gpgkey, and rpm "
			       "has no good key, so nothing that is signed can "
			       "be checked; name the key in gpgkey",
			       m->repo->id);
	*ret = s->rpm_keys;
	return 0;
}

int sp_pkg_keys(struct sp_pkg_session *s, int solvable, struct sp_keyring **ret,
		struct sp_err *err)
{
	const struct sp_meta *m = sp_solv_meta(s->solv, solvable);
	const char *path = sp_solv_path(s->solv, solvable);

	*ret = NULL;
	for (size_t i = 0; path && i < s->offers->n; i++)
		if (sp_streq(s->offers->v[i].path, path))
			*ret = s->offers->v[i].keys;
	for (size_t i = 0; m && i < s->md.n; i++) {
		int r;

		if (&s->md.v[i] != m || !m->repo->gpgcheck)
			continue;
		if (!m->repo->gpgkey.n)
			return rpm_keys(s, m, ret, err);
		r = sp_metadata_keys(s->cache, &s->md.v[i], &s->opts, err);
		if (r < 0)
			return r;
		*ret = s->md.v[i].keys;
	}
	return 0;
}

int sp_pkg_add_keys(struct sp_pkg_session *s, struct sp_rpmdb *db,
		    struct sp_err *err)
{
	sp_auto_strv seen = { 0 };
	size_t steps = s->steps.n;

	for (size_t i = 0; i < steps; i++) {
		const struct sp_meta *m;
		const struct sp_key *keys;
		struct sp_keyring *ring = NULL;
		size_t n = 0;
		int r;

		if (!s->steps.v[i].solvable)
			continue;
		m = sp_solv_meta(s->solv, s->steps.v[i].solvable);
		if (!m || sp_strv_has(&seen, m->repo->id))
			continue;
		sp_strv_add(&seen, m->repo->id);
		r = sp_pkg_keys(s, s->steps.v[i].solvable, &ring, err);
		if (r < 0)
			return r;
		keys = ring ? sp_keyring_list(ring, &n) : NULL;
		for (size_t k = 0; k < n; k++) {
			sp_auto_free char *name =
				sp_pkg_key_name(keys[k].fingerprint);
			struct sp_step *st;

			if (!keys[k].cert.len || sp_strv_has(&seen, name))
				continue;
			sp_strv_add(&seen, name);
			r = db ? sp_rpmdb_has(db, name, err) : 0;
			if (r < 0)
				return r;
			if (r > 0)
				continue;
			st = sp_steps_add(&s->steps);
			st->action = SP_PKG_KEY;
			st->pkg = sp_xstrdup(keys[k].fingerprint);
			st->from = sp_xstrdup(m->repo->id);
			st->user = sp_xstrdup(keys[k].user);
			st->size = -1;
		}
	}
	return 0;
}
