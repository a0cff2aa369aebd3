/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * kind_hypervisor.c - the host runs virtual machines: KVM, huge pages, IOMMU,
 * and libvirt's daemons.
 *
 * Sets /etc/modprobe.d/sprout-hypervisor.conf (nested), /etc/modules-load.d/
 * sprout-hypervisor.conf (vfio-pci), /etc/sysctl.d/90-sprout-hugepages.conf,
 * the kernel's command line (bootargs.h), and the links that enable libvirt:
 * the sockets of its modular daemons where the distribution starts those,
 * libvirtd otherwise.  On a live host the daemons are started and asked.
 *
 * Source: kvm's module parameters (Documentation/virt/kvm of the kernel),
 * Documentation/admin-guide/mm/hugetlbpage, libvirt's "Daemons" page.
 * Undo does not bring back: virtual machines that were started; a command
 * line and module options count from the next boot on.
 */
#include <errno.h>
#include <string.h>

#include "bootargs.h"
#include "core/kind.h"
#include "core/mem.h"
#include "core/profile.h"
#include "core/systemctl.h"
#include "core/unitfile.h"
#include "virt.h"
#include "virthost.h"

#define MODPROBE "/etc/modprobe.d/sprout-hypervisor.conf"
#define MODULES "/etc/modules-load.d/sprout-hypervisor.conf"
#define HUGE_CONF "/etc/sysctl.d/90-sprout-hugepages.conf"
#define HUGE_PROC "/proc/sys/vm/nr_hugepages"
#define MADE "# Made by sprout; see sprout-kind-hypervisor(5).\n"

enum { F_TYPE, F_EMULATION, F_NESTED, F_IOMMU, F_HUGEPAGES, F_WAIT };

static const char *const types[] = { "kvm", "none", NULL };

static int no_type(const char *text, char **ret, struct sp_err *err)
{
	(void)ret;
	if (!sp_streq(text, "xen"))
		return 0;
	return sp_fail(
		err, EINVAL,
		"sprout does not set up Xen: Enterprise Linux has no kernel "
		"that can be its host; say kvm, or leave \"hypervisor\" out "
		"where Xen is set up by hand");
}

static const struct sp_field fields[] = {
	[F_TYPE] = {
		.name = "type", .type = SP_T_ENUM, .flags = SP_F_REQUIRED,
		.choices = types, .canon = no_type,
		.doc = "kvm: libvirt's daemons start at boot, and run; none: they do not.",
	},
	[F_EMULATION] = {
		.name = "emulation", .type = SP_T_BOOL, .flags = SP_F_DIRECTIVE,
		.dflt = "false",
		.doc = "Go on where the processor cannot virtualise: machines run emulated, "
		       "some twenty times slower.",
	},
	[F_NESTED] = {
		.name = "nested", .type = SP_T_BOOL,
		.doc = "Virtual machines may run virtual machines; from the next load of the "
		       "kvm module on.",
	},
	[F_IOMMU] = {
		.name = "iommu", .type = SP_T_BOOL,
		.doc = "Devices can be given to virtual machines: IOMMU on the kernel's command "
		       "line, from the next boot on.",
	},
	[F_HUGEPAGES] = {
		.name = "hugepages", .type = SP_T_INT, .min = 0, .max = 16777216,
		.unit = "pages of 2 MiB",
		.doc = "Memory set aside for virtual machines.",
	},
	[F_WAIT] = {
		.name = "wait", .type = SP_T_INT, .flags = SP_F_DIRECTIVE,
		.min = 1, .max = 600, .unit = "s", .dflt = "30",
		.doc = "How long libvirt may take to answer.",
	},
	{ .name = NULL },
};

/* intel_iommu and amd_iommu are each ignored by the other's kernel code. */
static const char *const iommu_args[] = { "intel_iommu=on", "iommu=pt", NULL };

/* --- libvirt's units ------------------------------------------------------------- */

static const char *const monolithic[] = { "libvirtd.service", NULL };
static const char *const modular[] = { "virtqemud.socket",
				       "virtnetworkd.socket",
				       "virtstoraged.socket",
				       "virtnodedevd.socket", NULL };

/*
 * The units that this root's distribution starts libvirt by; *ret is NULL
 * when libvirt is not installed.
 */
static int libvirt_units(struct sp_host *host, const char *const **ret,
			 struct sp_err *err)
{
	enum sp_unit_state all = SP_UNIT_MISSING, one = SP_UNIT_MISSING;
	int r = sp_unit_state(host, monolithic[0], &all, err);

	if (r >= 0)
		r = sp_unit_state(host, modular[0], &one, err);
	if (r < 0)
		return r;
	if (all == SP_UNIT_ENABLED || one == SP_UNIT_MISSING)
		*ret = all == SP_UNIT_MISSING ? NULL : monolithic;
	else
		*ret = modular;
	return 0;
}

static int libvirt_on(struct sp_host *host, bool *ret, struct sp_err *err)
{
	const char *const *units = NULL;
	int r = libvirt_units(host, &units, err);

	*ret = units;
	for (size_t i = 0; r >= 0 && units && units[i]; i++) {
		enum sp_unit_state st;
		bool active = true;

		r = sp_unit_state(host, units[i], &st, err);
		if (r >= 0 && sp_host_live(host))
			r = sp_systemctl_active(host, units[i], &active, err);
		if (r >= 0 && st != SP_UNIT_MISSING)
			*ret &= st == SP_UNIT_ENABLED && active;
	}
	return r < 0 ? r : 0;
}

static bool wants_kvm(const struct sp_state *st)
{
	return sp_streq(sp_state_str(st, F_TYPE), "kvm");
}

/* --- check ------------------------------------------------------------------------- */

/* Does the processor virtualise?  Live only. */
static void check_processor(const struct sp_check *ck)
{
	sp_auto_buf text = { 0 };
	sp_auto_err err = { 0 };
	struct sp_stat st;

	if (sp_host_stat(ck->host, "/dev/kvm", &st, &err) > 0)
		return;
	if (sp_host_read(ck->host, "/proc/cpuinfo", &text, &err) <= 0)
		return;
	if (sp_virthost_flag(sp_buf_cstr(&text), text.len))
		sp_diag_warn(
			ck->diag, ck->res, -1, -1,
			"there is no /dev/kvm, though the processor can virtualise: "
			"turn it on in the firmware, or load the kvm module");
	else if (!sp_state_bool(&ck->res->want, F_EMULATION, false))
		sp_diag_error(
			ck->diag, ck->res, -1, -1,
			"the processor cannot virtualise (neither vmx nor svm in "
			"/proc/cpuinfo); say \"emulation: true\" to run virtual machines "
			"emulated, and slow");
	else
		sp_diag_warn(
			ck->diag, ck->res, F_EMULATION, -1,
			"the processor cannot virtualise: machines run emulated");
}

static void check_iommu(const struct sp_check *ck)
{
	bool want = sp_state_bool(&ck->res->want, F_IOMMU, false), have = false;
	sp_auto_buf text = { 0 };
	sp_auto_err err = { 0 };
	int r;

	if (!sp_state_has(&ck->res->want, F_IOMMU))
		return;
	r = sp_bootargs_have(ck->host, iommu_args, &have, &err);
	if (r < 0)
		sp_diag_error(ck->diag, ck->res, F_IOMMU, -1, "%s", err.msg);
	else if (r == 0 && want && !sp_host_snapshot(ck->host))
		sp_diag_error(
			ck->diag, ck->res, F_IOMMU, -1,
			"no kernel command line was found in this root (neither "
			"/etc/default/grub nor /etc/kernel/cmdline nor "
			"/boot/loader/entries)");
	else if (r > 0 && have != want && sp_bootargs_tool(ck->host) &&
		 !sp_host_runs(ck->host))
		sp_diag_warn(
			ck->diag, ck->res, F_IOMMU, -1,
			"%s is not run in this root; run it before the host boots",
			sp_bootargs_tool(ck->host));
	if (want && sp_host_live(ck->host) &&
	    sp_host_read(ck->host, "/proc/cmdline", &text, &err) > 0 &&
	    !strstr(sp_buf_cstr(&text), iommu_args[0]))
		sp_diag_warn(ck->diag, ck->res, F_IOMMU, -1,
			     "counts from the next boot on");
}

static void check_libvirt(const struct sp_check *ck)
{
	const char *const *units = NULL;
	sp_auto_err err = { 0 };

	if (sp_host_snapshot(ck->host) || !wants_kvm(&ck->res->want))
		return;
	if (libvirt_units(ck->host, &units, &err) < 0)
		sp_diag_error(ck->diag, ck->res, F_TYPE, -1, "%s", err.msg);
	else if (!units)
		sp_check_missing(
			ck, ck->res, F_TYPE, -1,
			"libvirt is not installed in this root (neither %s nor "
			"%s in %s): install the package libvirt-daemon-kvm "
			"(libvirt-daemon-system on Debian)",
			monolithic[0], modular[0], sp_unit_dirs());
}

static void check(const struct sp_check *ck)
{
	if (!ck->host)
		return;
	if (sp_host_live(ck->host) && wants_kvm(&ck->res->want))
		check_processor(ck);
	check_iommu(ck);
	check_libvirt(ck);
}

/* --- files --------------------------------------------------------------------------- */

/* The number behind "@key" in a file of ours; -1 when it is not there. */
static int read_number(struct sp_host *host, const char *path, const char *key,
		       int64_t *ret, struct sp_err *err)
{
	sp_auto_buf text = { 0 };
	const char *at;
	int r = sp_host_read(host, path, &text, err);

	*ret = -1;
	at = r > 0 ? strstr(sp_buf_cstr(&text), key) : NULL;
	if (at) {
		sp_auto_free char *word = NULL;

		at += strlen(key);
		word = sp_xstrndup(at, strcspn(at, " \n"));
		(void)sp_parse_int(word, 0, INT64_MAX, ret);
	}
	return r < 0 ? r : 0;
}

static int put(struct sp_host *host, const char *path, char *text,
	       struct sp_err *err)
{
	sp_auto_free char *own = text;

	return own ? sp_host_write(host, path, own, strlen(own), SP_ATTR_KEEP,
				   err)
		   : sp_host_remove(host, path, err);
}

/* --- the verbs ----------------------------------------------------------------------- */

/* What the kernel has now; NULL when it cannot be told. */
static char *running_hugepages(struct sp_host *host)
{
	sp_auto_buf text = { 0 };
	sp_auto_err ignored = { 0 };

	if (!sp_host_live(host) ||
	    sp_host_read(host, HUGE_PROC, &text, &ignored) <= 0)
		return NULL;
	return sp_xstrndup(text.data, strcspn(text.data, " \n"));
}

static int observe_hugepages(struct sp_host *host, const struct sp_state *want,
			     struct sp_state *have, struct sp_err *err)
{
	int64_t n, now;
	int r = read_number(host, HUGE_CONF, "vm.nr_hugepages = ", &n, err);

	if (r < 0)
		return r;
	free(have->running);
	have->running = running_hugepages(host);
	if (n < 0) {
		sp_state_set_none(have, F_HUGEPAGES);
		return 0;
	}
	if (n == sp_state_int(want, F_HUGEPAGES, -1) && have->running &&
	    sp_parse_int(have->running, 0, INT64_MAX, &now))
		n = now;
	sp_state_set_int(have, F_HUGEPAGES, n);
	return 0;
}

static int observe(struct sp_host *host, const char *id,
		   const struct sp_state *want, struct sp_state *ret_have,
		   struct sp_err *err)
{
	int64_t nested;
	bool on = false;
	int r;

	(void)id;
	ret_have->present = true;
	r = read_number(host, MODPROBE, "kvm_intel nested=", &nested, err);
	if (r < 0)
		return r;
	if (nested < 0)
		sp_state_set_none(ret_have, F_NESTED);
	else
		sp_state_set_bool(ret_have, F_NESTED, nested > 0);
	r = sp_bootargs_have(host, iommu_args, &on, err);
	if (r > 0)
		sp_state_set_bool(ret_have, F_IOMMU, on);
	else if (r == 0)
		sp_state_set_none(ret_have, F_IOMMU);
	if (r >= 0)
		r = observe_hugepages(host, want, ret_have, err);
	if (r >= 0 && !sp_host_snapshot(host)) {
		r = libvirt_on(host, &on, err);
		sp_state_set_str(ret_have, F_TYPE, on ? "kvm" : "none");
	}
	return r < 0 ? r : 0;
}

static int apply_iommu(struct sp_host *host, const struct sp_state *after,
		       struct sp_err *err)
{
	bool on = sp_state_bool(after, F_IOMMU, false);
	const char *tool = sp_bootargs_tool(host);
	const char *const argv[] = { tool, NULL };
	sp_auto_output out = { 0 };
	int r = sp_bootargs_set(host, iommu_args, on, err);

	if (r >= 0)
		r = put(host, MODULES,
			on ? sp_xstrdup(MADE "vfio-pci\n") : NULL, err);
	if (r < 0 || !tool || !sp_host_runs(host))
		return r;
	r = sp_host_run(host, argv, &out, err);
	if (r >= 0 && out.status)
		r = sp_fail(err, EIO, "%s: exit status %d: %s", tool,
			    out.status, sp_buf_cstr(&out.text));
	return r;
}

static int apply_libvirt(struct sp_host *host, bool on, struct sp_err *err)
{
	const char *const *units = NULL;
	int r = libvirt_units(host, &units, err);

	for (size_t i = 0; r >= 0 && units && units[i]; i++) {
		enum sp_unit_state st;

		r = sp_unit_state(host, units[i], &st, err);
		if (r < 0 || st == SP_UNIT_MISSING)
			continue;
		r = on ? sp_unit_enable(host, units[i], err)
		       : sp_unit_disable(host, units[i], err);
	}
	return r < 0 ? r : 0;
}

static int apply(struct sp_host *host, const struct sp_change *change,
		 struct sp_err *err)
{
	const struct sp_state *after = &change->after;
	int r = 0;

	if (sp_state_get(after, F_NESTED)) {
		int n = sp_state_bool(after, F_NESTED, false);

		r = put(host, MODPROBE,
			sp_state_has(after, F_NESTED)
				? sp_asprintf(MADE
					      "options kvm_intel nested=%d\n"
					      "options kvm_amd nested=%d\n",
					      n, n)
				: NULL,
			err);
	}
	if (r >= 0 && sp_state_get(after, F_IOMMU))
		r = apply_iommu(host, after, err);
	if (r >= 0 && sp_state_get(after, F_HUGEPAGES))
		r = put(host, HUGE_CONF,
			sp_state_has(after, F_HUGEPAGES)
				? sp_asprintf(MADE "vm.nr_hugepages = %lld\n",
					      (long long)sp_state_int(
						      after, F_HUGEPAGES, 0))
				: NULL,
			err);
	if (r >= 0 && sp_state_has(after, F_TYPE))
		r = apply_libvirt(host, wants_kvm(after), err);
	return r;
}

/* --- activate --------------------------------------------------------------------------- */

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

static int start_libvirt(struct sp_host *host, bool on, struct sp_err *err)
{
	const char *const *units = NULL;
	int r = libvirt_units(host, &units, err);

	if (r >= 0 && units == monolithic && !on)
		r = stop_sockets(host, err);
	for (size_t i = 0; r >= 0 && units && units[i]; i++) {
		enum sp_unit_state st;

		r = sp_unit_state(host, units[i], &st, err);
		if (r >= 0 && st != SP_UNIT_MISSING)
			r = sp_systemctl(host, on ? "start" : "stop", units[i],
					 err);
	}
	return r < 0 ? r : 0;
}

static int activate(struct sp_host *host,
		    const struct sp_change *const changes[], size_t n,
		    struct sp_err *err)
{
	const struct sp_state *after = &changes[0]->after;
	int r = 0;

	(void)n; /* one map, one change */
	if (sp_state_get(after, F_HUGEPAGES)) {
		sp_auto_free char *text =
			sp_state_has(after, F_HUGEPAGES)
				? sp_asprintf("%lld",
					      (long long)sp_state_int(
						      after, F_HUGEPAGES, 0))
				: sp_strdup0(after->running);

		r = text ? sp_host_poke(host, HUGE_PROC, text, err) : 0;
	}
	if (r < 0 || !sp_state_has(after, F_TYPE))
		return r;
	r = sp_systemctl(host, "daemon-reload", NULL, err);
	if (r >= 0)
		r = start_libvirt(host, wants_kvm(after), err);
	if (r >= 0 && wants_kvm(after))
		r = sp_virt_await("qemu:///system",
				  (int)sp_state_int(after, F_WAIT, 30), err);
	return r;
}

/* --- status ------------------------------------------------------------------------ */

static void services(const struct sp_resource *res, struct sp_strv *ret)
{
	if (!wants_kvm(&res->want))
		return;
	sp_strv_add(ret, monolithic[0]);
	for (size_t i = 0; modular[i]; i++)
		sp_strv_add(ret, modular[i]);
}

static int tristate(const struct sp_state *st, int f)
{
	return sp_state_has(st, f) ? sp_state_bool(st, f, false) : -1;
}

static int health(struct sp_host *host, const struct sp_resource *res,
		  struct sp_health *ret, struct sp_err *err)
{
	const struct sp_virthost_want want = {
		.emulation = sp_state_bool(&res->want, F_EMULATION, false),
		.nested = tristate(&res->want, F_NESTED),
		.iommu = tristate(&res->want, F_IOMMU),
		.hugepages = sp_state_int(&res->want, F_HUGEPAGES, -1),
	};

	return wants_kvm(&res->want)
		       ? sp_virthost_look(host, res, &want, ret, err)
		       : 0;
}

static const char *const paths[] = { MODPROBE,
				     MODULES,
				     HUGE_CONF,
				     "/etc/default/grub",
				     "/etc/kernel/cmdline",
				     "/boot/loader/entries/*.conf",
				     "/boot/grub2/grubenv",
				     NULL };

const struct sp_kind sp_kind_hypervisor = {
	.name = "hypervisor",
	.section = "hypervisor",
	.shape = SP_SHAPE_MAP,
	.summary = "virtual machines: KVM, huge pages, IOMMU, libvirt",
	.undo_limits = "virtual machines that were started",
	.fields = fields,
	.paths = paths,
	.check = check,
	.observe = observe,
	.apply = apply,
	.activate = activate,
	.services = services,
	.health = health,
};
