/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* virtunits.c - the units of libvirt, and of Xen. */
#include "virtunits.h"

#include "core/mem.h"
#include "core/systemctl.h"
#include "core/unitfile.h"
#include "xen.h"

static const char *const for_kvm[] = { SP_VIRTUNIT_KVM,
				       "virtnetworkd.socket",
				       "virtstoraged.socket",
				       "virtnodedevd.socket", NULL };
static const char *const for_xen[] = { SP_VIRTUNIT_XEN, "virtnetworkd.socket",
				       "virtstoraged.socket",
				       "virtnodedevd.socket", NULL };

/* Xen's own, where they are units: Debian's script enables itself. */
static const char *const of_xen[] = { "xenstored.service",
				      "xen-init-dom0.service",
				      "xenconsoled.service", NULL };

/* Xen's own, and what speaks to Xen: of no use, and not started, without it. */
static bool needs_xen(const char *unit)
{
	return sp_starts(unit, "xen") || sp_streq(unit, SP_VIRTUNIT_XEN);
}

/* Of @names those that are installed and can be enabled. */
static int add_units(struct sp_host *host, const char *const *names,
		     struct sp_strv *ret, struct sp_err *err)
{
	int r = 0;

	for (; *names && r >= 0; names++) {
		enum sp_unit_state st;

		r = sp_unit_state(host, *names, &st, err);
		if (r >= 0 &&
		    (needs_xen(*names)
			     ? st == SP_UNIT_ENABLED || st == SP_UNIT_DISABLED
			     : st != SP_UNIT_MISSING))
			sp_strv_add(ret, *names);
	}
	return r;
}

int sp_virtunits(struct sp_host *host, bool xen, struct sp_strv *ret,
		 struct sp_err *err)
{
	const char *const *modular = xen ? for_xen : for_kvm;
	enum sp_unit_state all = SP_UNIT_MISSING, one = SP_UNIT_MISSING;
	int r = sp_unit_state(host, SP_VIRTUNIT_ALL, &all, err);

	if (r >= 0)
		r = sp_unit_state(host, xen ? SP_VIRTUNIT_XEN : SP_VIRTUNIT_KVM,
				  &one, err);
	if (r < 0)
		return r;
	if (all == SP_UNIT_ENABLED || one == SP_UNIT_MISSING) {
		if (all != SP_UNIT_MISSING)
			sp_strv_add(ret, SP_VIRTUNIT_ALL);
		return 0;
	}
	return add_units(host, modular, ret, err);
}

int sp_virtunits_on(struct sp_host *host, bool xen, bool *ret,
		    struct sp_err *err)
{
	enum sp_xen_role role = SP_XEN_NONE;
	sp_auto_strv units = { 0 };
	int r = sp_virtunits(host, xen, &units, err);

	*ret = units.n;
	if (r >= 0 && xen)
		r = add_units(host, of_xen, &units, err);
	if (r >= 0 && xen)
		r = sp_xen_role(host, &role, err);
	for (size_t i = 0; r >= 0 && i < units.n; i++) {
		enum sp_unit_state st;
		bool active = true;

		r = sp_unit_state(host, units.v[i], &st, err);
		if (r >= 0 && sp_host_live(host) &&
		    (role == SP_XEN_DOM0 || !needs_xen(units.v[i])))
			r = sp_systemctl_active(host, units.v[i], &active, err);
		*ret &= st == SP_UNIT_ENABLED && active;
	}
	return r < 0 ? r : 0;
}

static int enable(struct sp_host *host, const struct sp_strv *units, bool on,
		  struct sp_err *err)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < units->n; i++)
		r = on ? sp_unit_enable(host, units->v[i], err)
		       : sp_unit_disable(host, units->v[i], err);
	return r;
}

int sp_virtunits_enable(struct sp_host *host, bool on, bool xen,
			struct sp_err *err)
{
	const char *other = xen ? SP_VIRTUNIT_KVM : SP_VIRTUNIT_XEN;
	enum sp_unit_state st = SP_UNIT_MISSING;
	sp_auto_strv ours = { 0 }, off = { 0 };
	int r = sp_virtunits(host, xen, on ? &ours : &off, err);

	if (r >= 0)
		r = sp_unit_state(host, other, &st, err);
	if (r >= 0 && st == SP_UNIT_ENABLED)
		sp_strv_add(&off, other);
	if (r >= 0 && xen)
		r = add_units(host, of_xen, &ours, err);
	if (r >= 0)
		r = enable(host, &off, false, err);
	if (r >= 0)
		r = enable(host, &ours, true, err);
	return r;
}

/* Those that are not to run and would start libvirtd again. */
static int stop_sockets(struct sp_host *host, struct sp_err *err)
{
	static const char *const sockets[] = { "libvirtd.socket",
					       "libvirtd-ro.socket",
					       "libvirtd-admin.socket" };
	int r = 0;

	for (size_t i = 0; i < SP_COUNT(sockets) && r >= 0; i++) {
		enum sp_unit_state st;

		r = sp_unit_state(host, sockets[i], &st, err);
		if (r >= 0 && st != SP_UNIT_MISSING && st != SP_UNIT_ENABLED)
			r = sp_systemctl(host, "stop", sockets[i], err);
	}
	return r;
}

/*
 * Started and stopped are libvirt's units only, and those of Xen where it runs:
 * xenstored cannot be started again.
 */
static int start(struct sp_host *host, const struct sp_strv *units, bool on,
		 enum sp_xen_role role, struct sp_err *err)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < units->n; i++)
		if (!on || role == SP_XEN_DOM0 || !needs_xen(units->v[i]))
			r = sp_systemctl(host, on ? "start" : "stop",
					 units->v[i], err);
	return r;
}

int sp_virtunits_start(struct sp_host *host, bool on, bool xen,
		       struct sp_err *err)
{
	static const char *const xend[] = { SP_VIRTUNIT_XEN, NULL };
	enum sp_xen_role role = SP_XEN_NONE;
	sp_auto_strv units = { 0 };
	int r = sp_virtunits(host, xen, &units, err);

	if (r >= 0)
		r = sp_xen_role(host, &role, err);
	if (r >= 0 && xen)
		r = add_units(host, of_xen, &units, err);
	if (r >= 0 && !on)
		r = add_units(host, xend, &units, err);
	if (r >= 0 && !on && sp_strv_has(&units, SP_VIRTUNIT_ALL))
		r = stop_sockets(host, err);
	if (r >= 0)
		r = start(host, &units, on, role, err);
	return r;
}

void sp_virtunits_names(bool xen, struct sp_strv *ret)
{
	const char *const *modular = xen ? for_xen : for_kvm;

	sp_strv_add(ret, SP_VIRTUNIT_ALL);
	for (; *modular; modular++)
		sp_strv_add(ret, *modular);
	for (size_t i = 0; xen && of_xen[i]; i++)
		sp_strv_add(ret, of_xen[i]);
	if (xen)
		sp_strv_add(ret, "xen.service"); /* Debian's script */
}
