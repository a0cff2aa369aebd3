/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * kind_hypervisor.c - the host runs virtual machines: KVM, huge pages, IOMMU,
 * or Xen, and libvirt's daemons.
 *
 * Sets /etc/modprobe.d/sprout-hypervisor.conf (nested), /etc/modules-load.d/
 * sprout-hypervisor.conf (vfio-pci), /etc/sysctl.d/90-sprout-hugepages.conf,
 * the kernel's command line (bootargs.h), and the links that enable libvirt:
 * the sockets of its modular daemons where the distribution starts those,
 * libvirtd otherwise.  On a live host the daemons are started and asked.  For
 * Xen, what GRUB boots (xenboot.h); GRUB's menu is made by the distribution's tool.
 *
 * Source: kvm's module parameters (Documentation/virt/kvm of the kernel),
 * Documentation/admin-guide/mm/hugetlbpage, libvirt's "Daemons" page.
 * Undo does not bring back: virtual machines that were started; a command
 * line, module options and Xen count from the next boot on.
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
#include "virtunits.h"
#include "xen.h"
#include "xenboot.h"

#define MODPROBE "/etc/modprobe.d/sprout-hypervisor.conf"
#define MODULES "/etc/modules-load.d/sprout-hypervisor.conf"
#define HUGE_CONF "/etc/sysctl.d/90-sprout-hugepages.conf"
#define HUGE_PROC "/proc/sys/vm/nr_hugepages"
#define MADE "# Made by sprout; see sprout-kind-hypervisor(5).\n"

enum { F_TYPE, F_EMULATION, F_NESTED, F_IOMMU, F_HUGEPAGES, F_DOM0, F_WAIT };

static const char *const types[] = { "kvm", "xen", "none", NULL };

static const struct sp_field fields[] = {
	[F_TYPE] = {
		.name = "type", .type = SP_T_ENUM, .flags = SP_F_REQUIRED,
		.choices = types,
		.doc = "kvm: libvirt's daemons start at boot, and run; xen: so do those for Xen, "
		       "which GRUB boots; none: they do not.",
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
	[F_DOM0] = {
		.name = "dom0_memory", .type = SP_T_INT, .min = 256, .max = 16777216,
		.unit = "MiB",
		.doc = "Xen: memory of dom0, the system that manages it; from the next boot on.",
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

static bool wants(const struct sp_state *st, const char *type)
{
	return sp_streq(sp_state_str(st, F_TYPE), type);
}

/* --- check ------------------------------------------------------------------------- */

/* Does the processor virtualise?  Live only. */
static void check_processor(const struct sp_check *ck)
{
	enum sp_xen_role role = SP_XEN_NONE;
	sp_auto_buf text = { 0 };
	sp_auto_err err = { 0 };
	struct sp_stat st;

	if (sp_host_stat(ck->host, "/dev/kvm", &st, &err) > 0)
		return;
	/* Which does not show what the processor can do. */
	if (sp_xen_role(ck->host, &role, &err) >= 0 && role == SP_XEN_DOM0) {
		sp_diag_warn(ck->diag, ck->res, F_TYPE, -1,
			     "counts from the next boot on");
		return;
	}
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
	bool xen = wants(&ck->res->want, "xen");
	sp_auto_strv units = { 0 };
	sp_auto_err err = { 0 };

	if (sp_host_snapshot(ck->host) || wants(&ck->res->want, "none"))
		return;
	if (sp_virtunits(ck->host, xen, &units, &err) < 0)
		sp_diag_error(ck->diag, ck->res, F_TYPE, -1, "%s", err.msg);
	else if (!units.n && !xen)
		sp_check_missing(
			ck, ck->res, F_TYPE, -1,
			"libvirt is not installed in this root (neither %s nor "
			"%s in %s): install the package libvirt-daemon-kvm "
			"(libvirt-daemon-system on Debian)",
			SP_VIRTUNIT_ALL, SP_VIRTUNIT_KVM, sp_unit_dirs());
	else if (!units.n)
		sp_check_missing(
			ck, ck->res, F_TYPE, -1,
			"libvirt is not installed in this root (neither %s nor "
			"%s in %s): install the package libvirt-daemon-xen "
			"(libvirt-daemon-system and libvirt-daemon-driver-xen "
			"on Debian)",
			SP_VIRTUNIT_ALL, SP_VIRTUNIT_XEN, sp_unit_dirs());
}

/* Fields that go with one type only. */
static void check_fields(const struct sp_check *ck)
{
	static const int kvm_only[] = { F_EMULATION, F_NESTED, F_HUGEPAGES };
	const struct sp_state *want = &ck->res->want;
	bool xen = wants(want, "xen");

	for (size_t i = 0; xen && i < SP_COUNT(kvm_only); i++)
		if (sp_state_has(want, kvm_only[i]))
			sp_diag_error(
				ck->diag, ck->res, kvm_only[i], -1,
				"it is KVM's, and does not go with \"type: xen\": "
				"leave it out");
	if (xen && sp_state_has(want, F_IOMMU))
		sp_diag_error(
			ck->diag, ck->res, F_IOMMU, -1,
			"it does not go with \"type: xen\": Xen uses the IOMMU "
			"by itself where the firmware has it turned on; leave "
			"it out");
	if (!xen && sp_state_has(want, F_DOM0))
		sp_diag_error(ck->diag, ck->res, F_DOM0, -1,
			      "it goes with \"type: xen\" only");
}

/* Xen's entry comes and goes, or gets other words. */
static void check_menu(const struct sp_check *ck)
{
	const struct sp_state *want = &ck->res->want;
	const char *const *menu = sp_xen_menu(ck->host);
	enum sp_xen_role role = SP_XEN_NONE;
	sp_auto_err err = { 0 };
	bool boots = false, words;
	int64_t mib = -1;

	if (sp_host_snapshot(ck->host))
		return;
	if (sp_xen_boots(ck->host, &boots, &err) < 0 ||
	    sp_xen_memory(ck->host, &mib, &err) < 0 ||
	    sp_xen_role(ck->host, &role, &err) < 0) {
		sp_diag_error(ck->diag, ck->res, F_TYPE, -1, "%s", err.msg);
		return;
	}
	words = sp_state_int(want, F_DOM0, mib) != mib;
	if (sp_host_live(ck->host) && role == SP_XEN_DOM0 && words)
		sp_diag_warn(ck->diag, ck->res, F_DOM0, -1,
			     "counts from the next boot on");
	if (menu && !sp_host_runs(ck->host) &&
	    (boots != wants(want, "xen") || words))
		sp_diag_warn(
			ck->diag, ck->res, F_TYPE, -1,
			"%s is not run in this root; run it before the host boots",
			menu[0]);
}

static void check(const struct sp_check *ck)
{
	check_fields(ck);
	if (!ck->host)
		return;
	if (sp_host_live(ck->host) && wants(&ck->res->want, "kvm"))
		check_processor(ck);
	check_iommu(ck);
	check_libvirt(ck);
	if (wants(&ck->res->want, "xen"))
		sp_xen_check(ck, F_TYPE);
	check_menu(ck);
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

static int observe_memory(struct sp_host *host, struct sp_state *have,
			  struct sp_err *err)
{
	int64_t n;
	int r = sp_xen_memory(host, &n, err);

	if (r >= 0 && n >= 0)
		sp_state_set_int(have, F_DOM0, n);
	else if (r >= 0)
		sp_state_set_none(have, F_DOM0);
	return r;
}

/*
 * A host that boots Xen is not one for KVM, nor for none, whatever its units;
 * it is one for Xen if its units are there for that, too.
 */
static int observe_type(struct sp_host *host, const struct sp_state *want,
			struct sp_state *have, struct sp_err *err)
{
	bool boots = false, kvm = false, xen = true;
	int r = sp_xen_boots(host, &boots, err);

	if (r >= 0 && boots && wants(want, "xen"))
		r = sp_virtunits_on(host, true, &xen, err);
	if (r >= 0 && !(boots && xen))
		r = sp_virtunits_on(host, false, &kvm, err);
	sp_state_set_str(have, F_TYPE, kvm ? "kvm" : "none");
	if (boots && xen)
		sp_state_set_str(have, F_TYPE, "xen");
	return r;
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
	if (r >= 0)
		r = observe_memory(host, ret_have, err);
	if (r >= 0 && !sp_host_snapshot(host))
		r = observe_type(host, want, ret_have, err);
	return r < 0 ? r : 0;
}

static int apply_iommu(struct sp_host *host, const struct sp_state *after,
		       struct sp_err *err)
{
	bool on = sp_state_bool(after, F_IOMMU, false);
	int r = sp_bootargs_set(host, iommu_args, on, err);

	if (r >= 0)
		r = put(host, MODULES,
			on ? sp_xstrdup(MADE "vfio-pci\n") : NULL, err);
	return r;
}

static int apply_type(struct sp_host *host, const struct sp_state *after,
		      struct sp_err *err)
{
	bool xen = wants(after, "xen"), boots;
	int r = sp_xen_boots(host, &boots, err);

	if (r >= 0 && boots != xen)
		r = sp_xen_set_boots(host, xen, err);
	if (r >= 0)
		r = sp_virtunits_enable(host, !wants(after, "none"), xen, err);
	return r;
}

/*
 * GRUB's menu, if the change makes another of it.  Where GRUB reads the kernels'
 * entries itself, only Xen's are in it.
 */
static int make_menu(struct sp_host *host, const struct sp_change *c,
		     struct sp_err *err)
{
	const char *const *argv = sp_xen_menu(host);
	bool args = sp_state_get(&c->after, F_IOMMU) && sp_bootargs_tool(host);
	bool xen = sp_state_get(&c->after, F_DOM0) ||
		   (sp_state_get(&c->after, F_TYPE) &&
		    (wants(&c->before, "xen") || wants(&c->after, "xen")));

	return argv && (args || xen) ? sp_activate_run(host, argv, err) : 0;
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
	if (r >= 0 && sp_state_get(after, F_DOM0))
		r = sp_xen_set_memory(host, sp_state_int(after, F_DOM0, -1),
				      err);
	if (r >= 0 && sp_state_has(after, F_TYPE))
		r = apply_type(host, after, err);
	/* On a live host it is activate's, which undo calls as well. */
	if (r >= 0 && sp_host_runs(host) && !sp_host_live(host))
		r = make_menu(host, change, err);
	return r;
}

/* --- activate --------------------------------------------------------------------------- */

static int start_libvirt(struct sp_host *host, const struct sp_state *after,
			 struct sp_err *err)
{
	bool on = !wants(after, "none"), xen = wants(after, "xen");
	enum sp_xen_role role = SP_XEN_NONE;
	int r = sp_xen_role(host, &role, err);

	if (r >= 0)
		r = sp_virtunits_start(host, on, xen, err);
	if (r < 0 || !on || (xen && role != SP_XEN_DOM0))
		return r;
	return sp_virt_await(xen ? "xen:///system" : "qemu:///system",
			     (int)sp_state_int(after, F_WAIT, 30), err);
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
	if (r >= 0)
		r = make_menu(host, changes[0], err);
	if (r < 0 || !sp_state_has(after, F_TYPE))
		return r;
	r = sp_systemctl(host, "daemon-reload", NULL, err);
	return r < 0 ? r : start_libvirt(host, after, err);
}

/* --- status ------------------------------------------------------------------------ */

static void services(const struct sp_resource *res, struct sp_strv *ret)
{
	if (!wants(&res->want, "none"))
		sp_virtunits_names(wants(&res->want, "xen"), ret);
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

	if (wants(&res->want, "xen"))
		return sp_xen_look(host, res, ret, err);
	return wants(&res->want, "kvm")
		       ? sp_virthost_look(host, res, &want, ret, err)
		       : 0;
}

static const char *const paths[] = { MODPROBE,
				     MODULES,
				     HUGE_CONF,
				     "/etc/default/grub",
				     "/etc/default/grub.d/xen.cfg",
				     "/etc/kernel/cmdline",
				     "/boot/loader/entries/*.conf",
				     "/boot/grub2/grubenv",
				     "/boot/grub/grubenv",
				     NULL };

const struct sp_kind sp_kind_hypervisor = {
	.name = "hypervisor",
	.section = "hypervisor",
	.shape = SP_SHAPE_MAP,
	.summary = "virtual machines: KVM, huge pages, IOMMU, Xen, libvirt",
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
