/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* virtdef.c - what libvirt's networks and pools have in common. */
#include "virtdef.h"

#include "core/mem.h"
#include "core/systemctl.h"

/* The daemon that does everything. */
#define MONOLITHIC "libvirt"

char *sp_virtdef_file(const struct sp_virtdef *d, const char *id)
{
	return sp_asprintf("%s/%s.xml", d->dir, id);
}

static char *link_of(const struct sp_virtdef *d, const char *id)
{
	return sp_asprintf("%s/autostart/%s.xml", d->dir, id);
}

void sp_virtdef_check_active(const struct sp_virtdef *d,
			     const struct sp_check *ck)
{
	if (sp_state_has(&ck->res->want, d->f_active) &&
	    !sp_host_live(ck->host))
		sp_diag_warn(
			ck->diag, ck->res, d->f_active, -1,
			"counts on the running host only: nothing is started or "
			"stopped here");
}

int sp_virtdef_is_up(const struct sp_virtdef *d, struct sp_host *host,
		     const char *id, struct sp_err *err)
{
	sp_auto_free char *up = sp_asprintf("%s/%s.xml", d->up_dir, id);
	struct sp_stat st;

	return sp_host_stat(host, up, &st, err);
}

int sp_virtdef_observe(const struct sp_virtdef *d, struct sp_host *host,
		       const char *id, struct sp_state *have,
		       struct sp_err *err)
{
	sp_auto_free char *link = link_of(d, id);
	struct sp_stat st;
	int r = sp_host_stat(host, link, &st, err);

	if (r < 0)
		return r;
	sp_state_set_bool(have, d->f_autostart, r > 0);
	if (!sp_host_live(host))
		return 0;
	r = sp_virtdef_is_up(d, host, id, err);
	if (r < 0)
		return r;
	sp_state_set_bool(have, d->f_active, r > 0);
	free(have->running);
	have->running = sp_xstrdup(r > 0 ? "active" : "inactive");
	return 0;
}

/* --- files ------------------------------------------------------------------ */

int sp_virtdef_write(const struct sp_virtdef *d, struct sp_host *host,
		     const char *id, const struct sp_buf *text, bool there,
		     struct sp_err *err)
{
	sp_auto_free char *file = sp_virtdef_file(d, id);

	return sp_host_write(host, file, text->data, text->len,
			     there ? SP_ATTR_KEEP : SP_ATTR(0600, 0, 0), err);
}

static int set_link(const struct sp_virtdef *d, struct sp_host *host,
		    const char *id, bool on, struct sp_err *err)
{
	sp_auto_free char *file = sp_virtdef_file(d, id);
	sp_auto_free char *link = link_of(d, id);
	struct sp_stat st;
	int r;

	if (!on)
		return sp_host_remove(host, link, err);
	r = sp_host_stat(host, link, &st, err);
	if (r == 0)
		r = sp_host_symlink(host, link, file, err);
	return r < 0 ? r : 0;
}

int sp_virtdef_apply_autostart(const struct sp_virtdef *d, struct sp_host *host,
			       const struct sp_change *c, bool fresh,
			       struct sp_err *err)
{
	if (!fresh && !sp_state_get(&c->after, d->f_autostart))
		return 0;
	return set_link(d, host, c->id,
			sp_state_bool(&c->after, d->f_autostart, true), err);
}

int sp_virtdef_remove(const struct sp_virtdef *d, struct sp_host *host,
		      const char *id, struct sp_err *err)
{
	sp_auto_free char *file = sp_virtdef_file(d, id);
	int r = set_link(d, host, id, false, err);

	return r < 0 ? r : sp_host_remove(host, file, err);
}

/* --- the libvirt that runs ---------------------------------------------------- */

/*
 * Does a libvirt run, or would systemd start one: is there the socket of the
 * daemon, or of the one that does everything?  1 or 0.
 */
static int served(const struct sp_virtdef *d, struct sp_host *host,
		  struct sp_err *err)
{
	const char *const names[] = { d->daemon, MONOLITHIC };
	int r = 0;

	for (size_t i = 0; i < SP_COUNT(names) && r == 0; i++) {
		sp_auto_free char *path =
			sp_asprintf("/run/libvirt/%s-sock", names[i]);
		struct sp_stat st;

		r = sp_host_stat(host, path, &st, err);
	}
	return r;
}

/* Have those of the two that run load their files again. */
static int reload(const struct sp_virtdef *d, struct sp_host *host,
		  struct sp_err *err)
{
	const char *const names[] = { d->daemon, MONOLITHIC "d" };
	int r = 0;

	for (size_t i = 0; i < SP_COUNT(names) && r >= 0; i++) {
		sp_auto_free char *unit = sp_asprintf("%s.service", names[i]);
		bool active = false;

		r = sp_systemctl_active(host, unit, &active, err);
		if (r > 0 && active)
			r = sp_systemctl(host, "reload", unit, err);
	}
	return r < 0 ? r : 0;
}

/* What should it be now: as told, else as it was, else as autostart says. */
static bool wants_active(const struct sp_virtdef *d, const struct sp_change *c)
{
	if (sp_state_has(&c->after, d->f_active))
		return sp_state_bool(&c->after, d->f_active, true);
	if (c->op == SP_MODIFY && c->before.running)
		return sp_starts(c->before.running, "active");
	if (c->after.running)
		return sp_starts(c->after.running, "active");
	return sp_state_bool(&c->after, d->f_autostart, true);
}

/*
 * Libvirt writes the file once more before it removes it: for that moment the
 * directory has to be there, which went with the run that had made it.
 */
static int undefine(const struct sp_virtdef *d, struct sp_host *host,
		    struct sp_virt *v, const char *id, struct sp_err *err)
{
	const char *const make[] = { "/usr/bin/mkdir", "-p", d->dir, NULL };
	const char *const remove[] = { "/usr/bin/rmdir", d->dir, NULL };
	struct sp_stat st;
	int r, there = sp_host_stat(host, d->dir, &st, err);

	r = there == 0 ? sp_activate_run(host, make, err) : there;
	if (r >= 0)
		r = sp_virt_undefine(v, d->what, id, err);
	if (r >= 0 && there == 0)
		r = sp_activate_run(host, remove, err);
	return r < 0 ? r : 0;
}

static int beside(const struct sp_virtdef *d, struct sp_host *host,
		  const struct sp_change *c, struct sp_err *err)
{
	return d->beside ? d->beside(host, c, err) : 0;
}

static int stop(const struct sp_virtdef *d, struct sp_host *host,
		struct sp_virt *v, const char *id, struct sp_err *err)
{
	int r = d->may_stop ? d->may_stop(host, v, id, err) : 0;

	return r < 0 ? r : sp_virt_set_active(v, d->what, id, false, err);
}

static int forget(const struct sp_virtdef *d, struct sp_host *host,
		  struct sp_virt *v, const struct sp_change *c,
		  struct sp_err *err)
{
	int r = stop(d, host, v, c->id, err);

	if (r >= 0)
		r = undefine(d, host, v, c->id, err);
	return r < 0 ? r : beside(d, host, c, err);
}

static int hand_over(const struct sp_virtdef *d, struct sp_host *host,
		     struct sp_virt *v, const struct sp_change *c,
		     bool *ret_reload, struct sp_err *err)
{
	sp_auto_free char *file = sp_virtdef_file(d, c->id);
	sp_auto_free char *link = link_of(d, c->id);
	bool up = wants_active(d, c), outdated = false;
	sp_auto_buf text = { 0 };
	struct sp_stat st;
	int r = sp_host_read(host, file, &text, err), autostart;

	autostart = r < 0 ? r : sp_host_stat(host, link, &st, err);
	if (autostart < 0 || r == 0)
		return autostart < 0 ? autostart : 0;
	r = d->outdated(host, v, c, &text, &outdated, err);
	/* Asked before anything is changed. */
	if (r >= 0 && (outdated || !up) && d->may_stop)
		r = d->may_stop(host, v, c->id, err);
	if (r >= 0)
		r = sp_virt_define(v, d->what, sp_buf_cstr(&text),
				   autostart > 0, err);
	*ret_reload |= r > 0;
	if (r >= 0 && (outdated || !up))
		r = sp_virt_set_active(v, d->what, c->id, false, err);
	if (r >= 0)
		r = beside(d, host, c, err);
	if (r >= 0 && up)
		r = sp_virt_set_active(v, d->what, c->id, true, err);
	return r;
}

int sp_virtdef_activate(const struct sp_virtdef *d, struct sp_host *host,
			const struct sp_change *const changes[], size_t n,
			struct sp_err *err)
{
	sp_auto_virt *v = NULL;
	bool again = false;
	int r = served(d, host, err);
	bool runs = r > 0;

	if (runs)
		r = sp_virt_open(d->uri, &v, err);
	for (size_t i = 0; i < n && r >= 0; i++) {
		const struct sp_change *c = changes[i];

		if (!runs)
			r = beside(d, host, c, err);
		else if (c->after.present)
			r = hand_over(d, host, v, c, &again, err);
		else
			r = forget(d, host, v, c, err);
	}
	return r >= 0 && again ? reload(d, host, err) : r < 0 ? r : 0;
}
