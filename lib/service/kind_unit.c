/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * kind_unit.c - systemd units: which of them start with the host, which must
 * not start at all.
 *
 * Sets: the links in /etc/systemd/system that systemctl would make; on a live
 * host also starts and stops what is to be active.
 * Undo does not bring back: work that a stopped service lost (seldom enough not
 * to be said in every plan).
 * Source: systemctl(1), systemd.unit(5).
 */
#include <errno.h>

#include "core/kind.h"
#include "core/mem.h"
#include "core/systemctl.h"
#include "core/unitfile.h"

enum { ENABLED, MASKED, ACTIVE };

static const struct sp_field fields[] = {
	[ENABLED] = { .name = "enabled", .type = SP_T_BOOL,
		      .doc = "Whether the unit is started with the host, as its "
			     "[Install] section says." },
	[MASKED] = { .name = "masked", .type = SP_T_BOOL,
		     .doc = "Whether the unit is kept from starting by any means." },
	[ACTIVE] = { .name = "active", .type = SP_T_BOOL,
		     .doc = "Whether the unit runs now; counts on the running host only." },
	{ .name = NULL }
};

static const char *const paths[] = {
	"/etc/systemd/system.control/*", "/etc/systemd/system.control/*/*",
	"/etc/systemd/system/*", "/etc/systemd/system/*/*",
	"/etc/systemd/system.attached/*", "/etc/systemd/system.attached/*/*",
	"/usr/local/lib/systemd/system/*", "/usr/local/lib/systemd/system/*/*",
	"/usr/lib/systemd/system/*", "/usr/lib/systemd/system/*/*",
	"/lib", "/lib/systemd/system/*", "/lib/systemd/system/*/*",
	NULL
};

/* Without these nobody may be able to log in after the next boot. */
static const char *const way_in[] = {
	"sshd.service", "ssh.service", "sshd.socket", "ssh.socket",
	"NetworkManager.service", "systemd-networkd.service",
	"systemd-logind.service", "dbus.service", "dbus-broker.service",
};

/* --- check ---------------------------------------------------------------- */

static bool wants(const struct sp_state *want, int f, bool value)
{
	return sp_state_has(want, f) && sp_state_bool(want, f, !value) == value;
}

static void check_missing(const struct sp_check *ck)
{
	const char *id = ck->res->id;
	sp_auto_free char *near = NULL;

	if (wants(&ck->res->want, MASKED, true) &&
	    !sp_state_has(&ck->res->want, ENABLED)) {
		sp_diag_warn(ck->diag, ck->res, -1, -1,
			     "is not installed (looked in %s); it is masked for the day it is",
			     sp_unit_dirs());
		return;
	}
	near = sp_unit_suggest(ck->host, id);
	if (near)
		sp_check_missing(
			ck, ck->res, -1, -1,
			"is not installed (looked in %s); did you mean \"%s\"?",
			sp_unit_dirs(), near);
	else
		sp_check_missing(
			ck, ck->res, -1, -1,
			"is not installed (looked in %s); install the package "
			"that brings it first",
			sp_unit_dirs());
}

/*
 * The unit is there: can what is wanted be done with it?  A link in the way
 * may go with another entry of the profile; planning will tell.
 */
static void check_enabled(const struct sp_check *ck, const struct sp_unit *u)
{
	const struct sp_state *want = &ck->res->want;
	sp_auto_err err = { 0 };
	int r;

	if (!sp_state_has(want, ENABLED))
		return;
	if (u->state == SP_UNIT_ALIAS)
		sp_diag_error(ck->diag, ck->res, ENABLED, -1,
			      "is another name of \"%s\"; enable or disable that one",
			      u->alias_of);
	else if (u->state == SP_UNIT_GENERATED)
		sp_diag_error(ck->diag, ck->res, ENABLED, -1,
			      "%s is made when the host boots, it has no links to make "
			      "or remove",
			      u->path);
	else if (!sp_state_bool(want, ENABLED, false))
		return;
	else if (u->masked && !sp_state_has(want, MASKED))
		sp_diag_error(ck->diag, ck->res, ENABLED, -1,
			      "is masked on the host; say \"masked: false\" as well");
	if (u->state == SP_UNIT_ALIAS || u->state == SP_UNIT_GENERATED ||
	    u->state == SP_UNIT_ENABLED || u->masked)
		return;
	r = sp_unit_can_enable(ck->host, ck->res->id, &err);
	if (r < 0 && r != -EBUSY)
		sp_diag_error(ck->diag, ck->res, ENABLED, -1, "%s", err.msg);
}

static void check_masked(const struct sp_check *ck)
{
	sp_auto_err err = { 0 };
	int r = 0;

	if (wants(&ck->res->want, MASKED, true))
		r = sp_unit_can_mask(ck->host, ck->res->id, &err);
	if (r < 0 && r != -EBUSY)
		sp_diag_error(ck->diag, ck->res, MASKED, -1, "%s", err.msg);
}

static void check_host(const struct sp_check *ck)
{
	sp_auto_unit u = { 0 };
	sp_auto_err err = { 0 };

	if (sp_unit_look(ck->host, ck->res->id, &u, &err) < 0)
		sp_diag_error(ck->diag, ck->res, -1, -1, "%s", err.msg);
	else if (u.state == SP_UNIT_MISSING ||
		 (u.state == SP_UNIT_MASKED && u.masked && !u.path))
		check_missing(ck);
	else
		check_enabled(ck, &u);
	check_masked(ck);
}

static void check(const struct sp_check *ck)
{
	const struct sp_state *want = &ck->res->want;
	bool off = wants(want, ENABLED, false) || wants(want, MASKED, true);
	sp_auto_err err = { 0 };

	if (sp_unit_name_check(ck->res->id, &err) < 0)
		return; /* said already */
	if (wants(want, MASKED, true) && wants(want, ENABLED, true))
		sp_diag_error(ck->diag, ck->res, MASKED, -1,
			      "a masked unit cannot start; it cannot be enabled as well");
	if (wants(want, MASKED, true) && wants(want, ACTIVE, true))
		sp_diag_error(ck->diag, ck->res, MASKED, -1,
			      "a masked unit cannot start; it cannot be active as well");
	if (ck->host && sp_state_has(want, ACTIVE) && !sp_host_live(ck->host))
		sp_diag_warn(ck->diag, ck->res, ACTIVE, -1,
			     "counts on the running host only: nothing is started or "
			     "stopped here");
	if (!sp_state_has(want, ENABLED) && !sp_state_has(want, MASKED) &&
	    !sp_state_has(want, ACTIVE))
		sp_diag_warn(ck->diag, ck->res, -1, -1,
			     "asks for nothing; say enabled, masked or active");
	for (size_t i = 0; off && i < SP_COUNT(way_in); i++)
		if (sp_streq(way_in[i], ck->res->id))
			sp_diag_warn(ck->diag, ck->res, -1, -1,
				     "without it nobody may be able to log in after "
				     "the next boot");
	if (ck->host)
		check_host(ck);
}

/* --- the verbs ------------------------------------------------------------ */

static int observe(struct sp_host *host, const char *id,
		   const struct sp_state *want, struct sp_state *ret_have,
		   struct sp_err *err)
{
	sp_auto_unit u = { 0 };
	bool active = false;
	int r = sp_unit_look(host, id, &u, err);

	if (r < 0)
		return r;
	ret_have->present = u.masked || u.state != SP_UNIT_MISSING;
	if (!ret_have->present)
		return 0;
	sp_state_set_bool(ret_have, MASKED, u.masked);
	switch (u.state) {
	case SP_UNIT_ENABLED:
	case SP_UNIT_DISABLED:
	case SP_UNIT_INDIRECT:
	case SP_UNIT_STATIC:
		sp_state_set_bool(ret_have, ENABLED, u.state == SP_UNIT_ENABLED);
		break;
	default:
		break;
	}
	if (!sp_host_live(host) || (want && !sp_state_get(want, ACTIVE)))
		return 0;
	r = sp_systemctl_active(host, id, &active, err);
	if (r > 0)
		sp_state_set_bool(ret_have, ACTIVE, active);
	return r < 0 ? r : 0;
}

static int apply(struct sp_host *host, const struct sp_change *c,
		 struct sp_err *err)
{
	sp_auto_unit u = { 0 };
	int r = sp_unit_look(host, c->id, &u, err);
	/* What was made for a unit that is not installed is a mask. */
	bool masked = c->after.present && sp_state_bool(&c->after, MASKED, u.masked);

	/* A masked unit has no [Install] section to go by. */
	if (r == 0)
		r = sp_unit_unmask(host, c->id, err);
	if (r == 0 && sp_state_has(&c->after, ENABLED))
		r = (sp_state_bool(&c->after, ENABLED, false) ?
			     sp_unit_enable :
			     sp_unit_disable)(host, c->id, err);
	if (r == 0 && masked)
		r = sp_unit_mask(host, c->id, err);
	return r;
}

static int activate(struct sp_host *host,
		    const struct sp_change *const changes[], size_t n,
		    struct sp_err *err)
{
	bool links = false;
	int r = 0;

	for (size_t i = 0; i < n; i++)
		links |= sp_state_has(&changes[i]->after, ENABLED) ||
			 sp_state_has(&changes[i]->after, MASKED);
	if (links)
		r = sp_systemctl(host, "daemon-reload", NULL, err);
	for (size_t i = 0; i < n && r >= 0; i++) {
		const struct sp_change *c = changes[i];

		if (sp_state_has(&c->after, ACTIVE))
			r = sp_systemctl(host,
					 sp_state_bool(&c->after, ACTIVE, false) ? "start" : "stop",
					 c->id, err);
	}
	return r;
}

static void services(const struct sp_resource *res, struct sp_strv *ret)
{
	const struct sp_state *want = &res->want;

	if (sp_state_bool(want, ACTIVE, sp_state_bool(want, ENABLED, false)))
		sp_strv_add(ret, res->id);
}

const struct sp_kind sp_kind_unit = {
	.name = "unit",
	.section = "units",
	.shape = SP_SHAPE_LIST,
	.summary = "systemd units: enabled, masked, active",
	.fields = fields,
	.flags = SP_KIND_NOREMOVE,
	.paths = paths,
	.check_name = sp_unit_name_check,
	.check = check,
	.observe = observe,
	.apply = apply,
	.activate = activate,
	.services = services,
};
