/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pkgsession.c - what belongs to a view of the host, and who waits for it. */
#include "pkg/pkgsession.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/host_overlay.h"
#include "core/mem.h"
#include "pkg/rpmtxn.h"

#define SUM_DIGITS 32 /* a checksum has as many, or more */

static const char key;

static void *make(struct sp_host *h, struct sp_err *err)
{
	(void)h;
	(void)err;
	return sp_xcalloc(1, sizeof(struct sp_pkg_session));
}

static void destroy(void *session)
{
	sp_pkg_session_clear(session);
	free(session);
}

struct sp_pkg_session *sp_pkg_session_get(struct sp_host *h, struct sp_err *err)
{
	return sp_host_session(h, &key, make, destroy, err);
}

void sp_pkg_session_clear(struct sp_pkg_session *s)
{
	sp_steps_clear(&s->steps);
	sp_solv_free(s->solv);
	sp_metadata_clear(&s->md);
	sp_repos_clear(&s->repos);
	sp_cache_free(s->cache);
	sp_keyring_free(s->rpm_keys);
	free(s->root);
	free(s->dbpath);
	free(s->keep_dir);
	*s = (struct sp_pkg_session){ 0 };
}

int sp_pkg_locate(struct sp_pkg_session *s, struct sp_host *h,
		  struct sp_err *err)
{
	struct sp_root *root = sp_host_root(h);
	int r;

	if (!root || sp_host_snapshot(h))
		return sp_fail(err, ENOTSUP,
			       "a snapshot has no packages; plan on the host, "
			       "or on a root directory");
	s->root = realpath(sp_root_name(root), NULL);
	if (!s->root)
		return sp_fail_errno(err, errno, "%s", sp_root_name(root));
	r = sp_rpmdb_path(h, &s->dbpath, err);
	s->has_db = r > 0;
	if (r >= 0)
		r = sp_host_canonical(h, SP_KEEP_DIR, true, &s->keep_dir, err);
	if (r == -EACCES &&
	    s->dbpath) { /* a plan of somebody else's than root */
		sp_err_clear(err);
		s->keep_dir = sp_xstrdup(SP_KEEP_DIR);
		r = 0;
	}
	s->keep = (struct sp_keep){ s->root, s->keep_dir };
	return r < 0 ? r : 0;
}

/* --- who waits is told -------------------------------------------------------------- */

/* Without the checksum that stands before it in the cache; NULL for "". */
static const char *plain_name(const char *name)
{
	size_t n = strspn(name, "0123456789abcdef");

	if (n >= SUM_DIGITS && name[n] == '-')
		name += n + 1;
	return *name ? name : NULL;
}

static void on_fetched(void *arg, const struct sp_progress *p)
{
	struct sp_pkg_session *s = arg;

	s->task.state = s->task.state ? SP_TASK_GOES_ON : SP_TASK_BEGINS;
	s->task.object = plain_name(p->what);
	s->task.done = p->bytes;
	s->task.total = p->total;
	s->task.rate = p->rate;
	sp_host_progress(s->told, &s->task);
}

void sp_pkg_tell(struct sp_pkg_session *s, struct sp_host *h,
		 enum sp_task_sort sort)
{
	s->told = h;
	s->task = (struct sp_task){ .sort = sort };
	s->opts.fetch.progress = on_fetched;
	s->opts.fetch.arg = s;
}

void sp_pkg_told(struct sp_pkg_session *s)
{
	s->opts.fetch.progress = NULL;
	if (!s->task.state)
		return;
	s->task.state = SP_TASK_ENDS;
	s->task.object = NULL;
	sp_host_progress(s->told, &s->task);
}

/* What an update replaces begins to go, too, but was not counted. */
static void on_begins(void *arg, const char *nevra, size_t i, size_t n)
{
	struct sp_pkg_session *s = arg;

	s->task.state = SP_TASK_GOES_ON;
	s->task.object = nevra;
	s->task.done = (int64_t)(i - 1 < n ? i - 1 : n);
	sp_host_progress(s->told, &s->task);
}

int sp_pkg_run(struct sp_pkg_session *s, struct sp_host *h, struct sp_txn *t,
	       struct sp_buf *out, struct sp_err *err)
{
	int r;

	s->told = h;
	s->task = (struct sp_task){ .sort = SP_TASK_PACKAGES,
				    .state = SP_TASK_BEGINS,
				    .total = (int64_t)t->n };
	sp_host_progress(h, &s->task);
	t->begins = on_begins;
	t->arg = s;
	r = sp_txn_run(t, out, err);
	if (r >= 0)
		s->task.done = s->task.total;
	sp_pkg_told(s);
	return r;
}
