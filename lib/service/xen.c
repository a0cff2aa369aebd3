/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* xen.c - Xen below Linux: is all there for it, and does it run. */
#include "xen.h"

#include <string.h>

#include "core/mem.h"
#include "core/word.h"
#include "xenboot.h"

#define SYS "/sys/hypervisor/"
#define DOM0_FEATURE (1u << 11)

/* --- what is there ---------------------------------------------------------------- */

/* As 20_linux_xen looks for it; @ret: the kernels' configurations. */
static int dom0_kernel(struct sp_host *host, struct sp_strv *ret, bool *can,
		       struct sp_err *err)
{
	sp_auto_strv all = { 0 };
	int r = sp_host_list(host, "/boot", &all, err);

	*can = false;
	for (size_t i = 0; i < all.n && r >= 0; i++) {
		sp_auto_free char *path = sp_asprintf("/boot/%s", all.v[i]);
		sp_auto_buf text = { 0 };
		size_t pos = 0, len;
		const char *line;

		if (!sp_starts(all.v[i], "config-"))
			continue;
		sp_strv_add(ret, all.v[i]);
		r = sp_host_read(host, path, &text, err);
		while (r > 0 && sp_next_line(sp_buf_cstr(&text), text.len, &pos,
					     &line, &len)) {
			static const char yes[] = "CONFIG_XEN_DOM0=y";

			*can |= len == strlen(yes) && !memcmp(line, yes, len);
		}
	}
	return r < 0 ? r : 0;
}

/* The part of libvirt that speaks to Xen. */
static bool has_driver(struct sp_host *host)
{
	static const char *const dirs[] = { "/usr/lib64", "/usr/lib",
					    "/usr/lib/x86_64-linux-gnu",
					    "/usr/lib/aarch64-linux-gnu" };

	for (size_t i = 0; i < SP_COUNT(dirs); i++) {
		sp_auto_free char *path =
			sp_asprintf("%s/libvirt/connection-driver/"
				    "libvirt_driver_libxl.so",
				    dirs[i]);
		sp_auto_err ignored = { 0 };

		if (sp_host_there(host, path, &ignored) > 0)
			return true;
	}
	return false;
}

static int check_boot(const struct sp_check *ck, int f, struct sp_err *err)
{
	sp_auto_strv kernels = { 0 };
	bool installed = false, can = false;
	int r = sp_xen_installed(ck->host, &installed, err);

	if (r >= 0 && !installed)
		sp_check_missing(
			ck, ck->res, f, -1,
			"Xen is not installed in this root (no /boot/xen-*): "
			"install the package xen-hypervisor (xen-system-amd64 "
			"on Debian)");
	if (r >= 0)
		r = dom0_kernel(ck->host, &kernels, &can, err);
	if (r >= 0 && !can) {
		sp_auto_free char *names = sp_strv_join(&kernels, ", ");

		sp_check_missing(
			ck, ck->res, f, -1,
			"no kernel of this root can be Xen's host: none of "
			"/boot/config-* has CONFIG_XEN_DOM0=y (there are: %s); "
			"Fedora's and Debian's have it, Enterprise Linux's do "
			"not: say kvm there",
			kernels.n ? names : "-");
	}
	if (r >= 0)
		r = sp_host_there(ck->host, SP_XEN_GRUB, err);
	if (r == 0 || (r > 0 && !sp_xen_menu(ck->host)))
		sp_check_missing(
			ck, ck->res, f, -1,
			"it is GRUB that boots Xen, and this root has none "
			"(" SP_XEN_GRUB ", and update-grub or grub2-mkconfig in "
			"/usr/sbin): install grub2-tools (grub2-common on "
			"Debian)");
	return r;
}

void sp_xen_check(const struct sp_check *ck, int f)
{
	sp_auto_err err = { 0 };
	enum sp_xen_role role = SP_XEN_NONE;

	if (sp_host_snapshot(ck->host))
		return;
	if (check_boot(ck, f, &err) < 0 ||
	    sp_xen_role(ck->host, &role, &err) < 0) {
		sp_diag_error(ck->diag, ck->res, f, -1, "%s", err.msg);
		return;
	}
	if (!has_driver(ck->host))
		sp_check_missing(
			ck, ck->res, f, -1,
			"libvirt has nothing for Xen in this root (no "
			"libvirt_driver_libxl.so): install the package "
			"libvirt-daemon-xen (libvirt-daemon-driver-xen on "
			"Debian)");
	if (sp_host_live(ck->host) && role != SP_XEN_DOM0)
		sp_diag_warn(ck->diag, ck->res, f, -1,
			     "counts from the next boot on");
}

/* --- what runs ----------------------------------------------------------------------- */

int sp_xen_role(struct sp_host *host, enum sp_xen_role *ret, struct sp_err *err)
{
	sp_auto_free char *type = NULL, *features = NULL;
	int r = sp_host_read_line(host, SYS "type", &type, err);

	*ret = SP_XEN_NONE;
	if (r <= 0 || !sp_streq(type, "xen"))
		return r < 0 ? r : 0;
	r = sp_host_read_line(host, SYS "properties/features", &features, err);
	if (r < 0)
		return r;
	*ret = features && (strtoul(features, NULL, 16) & DOM0_FEATURE)
		       ? SP_XEN_DOM0
		       : SP_XEN_GUEST;
	return 0;
}

struct look {
	struct sp_host *host;
	const struct sp_resource *res;
	struct sp_health *ret;
	struct sp_err *err;
};

#define row(l, name, verdict, ...) \
	sp_health_add((l)->ret, (l)->res, name, verdict, __VA_ARGS__)

static int look_version(const struct look *l)
{
	sp_auto_free char *major = NULL, *minor = NULL, *extra = NULL;
	int r = sp_host_read_line(l->host, SYS "version/major", &major, l->err);

	if (r >= 0)
		r = sp_host_read_line(l->host, SYS "version/minor", &minor,
				      l->err);
	if (r >= 0)
		r = sp_host_read_line(l->host, SYS "version/extra", &extra,
				      l->err);
	if (r >= 0)
		row(l, "Xen", SP_PASS, "%s.%s%s runs, and this is its dom0",
		    major ? major : "?", minor ? minor : "?",
		    extra ? extra : "");
	return r;
}

static int look_machines(const struct look *l)
{
	sp_auto_free char *can = NULL;
	int r = sp_host_read_line(l->host, SYS "properties/capabilities", &can,
				  l->err);

	if (r > 0 && strstr(can, "hvm-"))
		row(l, "machines", SP_PASS, "of every sort: %s", can);
	else if (r > 0)
		row(l, "machines", SP_WARN,
		    "only paravirtualised ones (%s): turn virtualisation on "
		    "in the firmware for others",
		    can);
	return r;
}

int sp_xen_look(struct sp_host *host, const struct sp_resource *res,
		struct sp_health *ret, struct sp_err *err)
{
	static const char *const devices[][2] = {
		{ "/dev/xen/privcmd", "xen_privcmd" },
		{ "/dev/xen/evtchn", "xen_evtchn" },
		{ "/dev/xen/gntdev", "xen_gntdev" },
	};
	const struct look l = { host, res, ret, err };
	enum sp_xen_role role;
	int r = sp_xen_role(host, &role, err);

	if (r < 0)
		return r;
	if (role == SP_XEN_NONE)
		row(&l, "Xen", SP_FAIL,
		    "it does not run: restart the host if it was not since the "
		    "profile was applied, else see which entry GRUB boots");
	else if (role == SP_XEN_GUEST)
		row(&l, "Xen", SP_FAIL,
		    "this is a machine of Xen, not its dom0: machines run only "
		    "where dom0 is");
	if (role != SP_XEN_DOM0)
		return 0;
	r = look_version(&l);
	if (r >= 0)
		r = look_machines(&l);
	for (size_t i = 0; i < SP_COUNT(devices) && r >= 0; i++) {
		r = sp_host_there(host, devices[i][0], err);
		if (r > 0)
			row(&l, devices[i][0], SP_PASS, "it is there");
		else if (r == 0)
			row(&l, devices[i][0], SP_FAIL,
			    "it is not there: modprobe %s; without it no "
			    "machine starts",
			    devices[i][1]);
	}
	return r < 0 ? r : 0;
}
