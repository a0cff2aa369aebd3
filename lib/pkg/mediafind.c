/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* mediafind.c - which stick is meant, and patience until it is there. */
#include <errno.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "core/clock.h"
#include "core/mem.h"
#include "core/word.h"
#include "pkg/media.h"
#include "pkg/mediawork.h"

#define POLL_MS 250

char *sp_media_called(const struct sp_media_want *w)
{
	if (w->path)
		return sp_asprintf("\"%s\"", w->path);
	if (w->label)
		return sp_asprintf(_("a stick labelled \"%s\""), w->label);
	if (w->uuid)
		return sp_asprintf(_("a stick with UUID %s"), w->uuid);
	return sp_asprintf(_("a stick with \"%s\" on it"), w->match);
}

/* "here: A; B", for messages. */
static char *shown_all(const struct sp_blockdevs *l)
{
	sp_auto_buf b = { 0 };

	for (size_t i = 0; i < l->n; i++) {
		sp_auto_free char *s = sp_blockdev_shown(&l->v[i]);

		sp_buf_addf(&b, "%s%s%s%s", i ? "; " : "", s,
			    l->v[i].bad ? " " : "",
			    l->v[i].bad ? l->v[i].bad : "");
	}
	return sp_buf_take(&b);
}

static bool is_meant(const struct sp_media_want *w, const struct sp_blockdev *b)
{
	if (w->label && !sp_streq(b->label, w->label))
		return false;
	return !w->uuid || (b->uuid && strcasecmp(b->uuid, w->uuid) == 0);
}

/* Without label and UUID it is the one with such a package on it. */
static int has_package(const struct sp_media_want *w,
		       const struct sp_blockdev *b, struct sp_err *err)
{
	sp_auto_media_files files = { 0 };
	int r;

	if (w->label || w->uuid)
		return 1;
	if (b->bad)
		return 0;
	r = sp_media_read(b, w->match, NULL, NULL, NULL, &files, err);
	return r < 0 ? r : files.n_match > 0;
}

int sp_media_find(const struct sp_media_want *w, char **seen,
		  struct sp_blockdev *ret, struct sp_err *err)
{
	sp_auto_blockdevs all = { 0 }, meant = { 0 };
	sp_auto_free char *now = NULL;
	int r;

	if (w->path) {
		r = sp_blockdev_at(w->path, ret, err);
		if (r == -ENOENT || r == -ENOMEDIUM || r == -ENXIO) {
			sp_err_clear(err);
			return 0;
		}
		return r < 0 ? r : 1;
	}
	r = sp_blockdev_scan(NULL, NULL, false, &all, err);
	if (r < 0)
		return r;
	now = shown_all(&all);
	if (sp_streq(now, *seen))
		return 0;
	free(*seen);
	*seen = sp_take(&now);
	for (size_t i = 0; i < all.n; i++) {
		if (!is_meant(w, &all.v[i]))
			continue;
		r = has_package(w, &all.v[i], err);
		if (r < 0)
			return r;
		if (!r)
			continue;
		meant.v = sp_grow(meant.v, meant.n, sizeof(*meant.v));
		meant.v[meant.n++] = all.v[i];
		all.v[i] = (struct sp_blockdev){ 0 };
	}
	if (meant.n > 1) {
		sp_auto_free char *which = shown_all(&meant);

		return sp_fail(err, ENOTUNIQ,
			       "%zu could be meant: %s; pull out all but one, "
			       "or name its uuid",
			       meant.n, which);
	}
	if (!meant.n)
		return 0;
	*ret = meant.v[0];
	meant.v[0] = (struct sp_blockdev){ 0 };
	return 1;
}

/* @task goes on from when somebody was asked. */
static int wait_for(struct sp_host *h, const struct sp_media_want *w,
		    struct sp_task *task, struct sp_blockdev *ret,
		    struct sp_err *err)
{
	sp_auto_free char *seen = sp_xstrdup("");
	sp_auto_free char *ask = sp_asprintf(_("media \"%s\": put in %s"),
					     w->name, task->object);
	int64_t end = sp_clock_ms() + (int64_t)w->wait_s * 1000;

	for (;;) {
		bool asked = task->state == SP_TASK_GOES_ON;
		int r = sp_media_find(w, &seen, ret, err);
		int64_t left = end - sp_clock_ms();
		int left_s = left > 0 ? (int)(left / 1000) : 0;

		if (r != 0)
			return r;
		if (left <= 0 && asked)
			break;
		if (!sp_host_wait(h, ask, left_s))
			return asked ? sp_fail(err, ECANCELED, "given up") : 0;
		task->done = w->wait_s - left_s;
		sp_host_progress(h, task);
		task->state = SP_TASK_GOES_ON;
		(void)nanosleep(
			&(struct timespec){ .tv_nsec = POLL_MS * 1000000L },
			NULL);
	}
	return sp_fail(err, ENOMEDIUM, "%s did not come within %d s%s%s",
		       task->object, w->wait_s,
		       *seen ? _("; here: ") : _("; no stick is here"), seen);
}

int sp_media_find_or_wait(struct sp_host *h, const struct sp_media_want *w,
			  struct sp_blockdev *ret, struct sp_err *err)
{
	sp_auto_free char *what = sp_media_called(w);
	struct sp_task task = { .sort = SP_TASK_MEDIUM,
				.state = SP_TASK_BEGINS,
				.object = what,
				.total = w->wait_s };
	int r = wait_for(h, w, &task, ret, err);

	if (task.state == SP_TASK_GOES_ON) {
		task.state = SP_TASK_ENDS;
		sp_host_progress(h, &task);
	}
	return r;
}
