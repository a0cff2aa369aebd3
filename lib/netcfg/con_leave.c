/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* con_leave.c - what no longer runs: profiles, and devices made for them. */
#include "con_work.h"
#include "core/mem.h"

enum {
	TICK_MS = 10,
	GONE_MS = 10000, /* what was forgotten, until it is gone */
};

/* Until a device that a profile has left is free, or gone if it was made. */
static bool is_left(struct sp_con_work *w, const char *dev)
{
	struct sp_nml_dev d;

	return !sp_nml_dev(w->l, dev, &d) || d.uuid || (!d.leaving && !d.made);
}

int sp_con_forget(struct sp_con_work *w, struct sp_err *err)
{
	sp_auto_strv paths = { 0 }, devs = { 0 };
	int64_t end;
	int r;

	for (size_t i = 0; i < w->gone.n; i++) {
		const char *path = sp_nml_path(w->l, w->gone.v[i]);
		const char *dev = sp_nml_dev_of(w->l, w->gone.v[i]);

		if (path)
			sp_strv_add(&paths, path);
		if (dev)
			sp_strv_add(&devs, dev);
	}
	r = sp_nml_forget(w->l, &paths, err);
	if (r < 0)
		return r;
	end = sp_con_now_ms(w) + GONE_MS;
	for (size_t i = 0; i < w->gone.n; i++)
		while (sp_nml_dev_of(w->l, w->gone.v[i]) &&
		       sp_nml_wait(w->l, TICK_MS) < end)
			;
	for (size_t i = 0; i < devs.n; i++)
		while (!is_left(w, devs.v[i]) &&
		       sp_nml_wait(w->l, TICK_MS) < end)
			;
	return 0;
}

/*
 * A NetworkManager that was killed in between takes a bridge that it had made
 * for somebody else's, and leaves it.
 */
int sp_con_delete_left(struct sp_con_work *w, struct sp_err *err)
{
	int r = 0;

	for (size_t i = 0; i < w->n && r >= 0; i++) {
		const struct sp_change *c = w->changes[i];
		const char *dev = sp_con_device(c->id, &c->before);
		struct sp_nml_dev d;

		if (dev && !sp_streq(dev, sp_con_device(c->id, &c->after)) &&
		    !sp_strv_has(&w->keep, dev) && sp_nml_dev(w->l, dev, &d) &&
		    d.made && (d.external || !d.uuid))
			r = sp_nml_delete(w->l, dev, err);
	}
	return r;
}

static int deactivate(struct sp_con_work *w, const char *uuid,
		      struct sp_err *err)
{
	sp_auto_free char *dev = sp_strdup0(sp_nml_dev_of(w->l, uuid));
	int64_t end = sp_con_now_ms(w) + GONE_MS;
	int r = sp_nml_deactivate(w->l, uuid, err);

	while (r >= 0 && dev &&
	       (sp_nml_dev_of(w->l, uuid) || !is_left(w, dev)) &&
	       sp_nml_wait(w->l, TICK_MS) < end)
		;
	return r;
}

int sp_con_stop(struct sp_con_work *w, struct sp_err *err)
{
	int r = 0;

	for (size_t i = 0; i < w->stop.n && r >= 0; i++) {
		sp_auto_free char *uuid = NULL;
		struct sp_nml_dev d;

		if (!sp_nml_dev(w->l, w->stop.v[i], &d) || !d.uuid ||
		    d.external)
			continue;
		uuid = sp_xstrdup(d.uuid);
		r = deactivate(w, uuid, err);
	}
	for (size_t i = 0; i < w->down.n && r >= 0; i++)
		r = deactivate(w, w->down.v[i], err);
	return r;
}
