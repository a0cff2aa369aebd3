/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* applied.c - copies of the profiles that runs applied. */
#include "applied.h"

#include "mem.h"

static char *source_path(const struct sp_run *run, size_t i)
{
	return sp_asprintf("%s/profile-%zu", run->dir, i + 1);
}

int sp_applied_save(struct sp_root *r, const struct sp_run *run,
		    const struct sp_profile *profile, struct sp_err *err)
{
	int rc = 0;

	for (size_t i = 0; i < profile->n_sources && rc >= 0; i++) {
		const struct sp_source *s = &profile->sources[i];
		sp_auto_free char *path = source_path(run, i);

		rc = sp_root_append(r, path, 0, s->text, s->len, err);
	}
	return rc;
}

int sp_applied_load(struct sp_root *r, const struct sp_run *run,
		    struct sp_profile *ret, struct sp_err *err)
{
	sp_auto_profile p = { 0 };

	for (size_t i = 0; i < run->profiles.n; i++) {
		sp_auto_free char *path = source_path(run, i);
		sp_auto_buf text = { 0 };
		int rc = sp_root_read(r, path, SP_PROFILE_SIZE_MAX, &text, err);

		if (rc <= 0)
			return rc;
		sp_profile_add_text(&p, run->profiles.v[i], sp_buf_cstr(&text),
				    text.len);
	}
	*ret = p;
	p = (struct sp_profile){ 0 };
	return 1;
}

int sp_applied_find(struct sp_root *r, struct sp_run *ret, struct sp_err *err)
{
	sp_auto_strv ids = { 0 };
	int rc = sp_journal_list(r, &ids, err);

	for (size_t i = ids.n; i-- > 0 && rc >= 0;) {
		enum sp_run_status status;

		rc = sp_journal_status(r, ids.v[i], &status, err);
		if (rc >= 0 &&
		    (status == SP_RUN_DONE || status == SP_RUN_WAITING)) {
			rc = sp_journal_load(r, ids.v[i], ret, err);
			return rc < 0 ? rc : 1;
		}
	}
	return rc < 0 ? rc : 0;
}
