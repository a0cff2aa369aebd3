/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * xen.h - Xen below Linux: is it there, does it run, does GRUB boot it, and
 * with how much memory for dom0, the Linux that manages it.
 *
 * Source: grub-mkconfig(8) and its 20_linux_xen, Debian's
 * /etc/default/grub.d/xen.cfg, xen-command-line(7) (dom0_mem),
 * Documentation/ABI/stable/sysfs-hypervisor-xen and
 * testing/sysfs-hypervisor-xen of the kernel, XENFEAT_dom0 in Xen's
 * public/features.h.
 */
#ifndef SPROUT_XEN_H
#define SPROUT_XEN_H

#include <stdbool.h>
#include <stdint.h>

#include "core/health.h"
#include "core/kind.h"

/* Below the Linux that runs. */
enum sp_xen_role { SP_XEN_NONE, SP_XEN_GUEST, SP_XEN_DOM0 };

/* What /sys says; a kernel that says nothing is not under Xen. */
int sp_xen_role(struct sp_host *host, enum sp_xen_role *ret,
		struct sp_err *err);

/* Does GRUB, by what its menu is made of, boot Xen unless told otherwise? */
int sp_xen_boots(struct sp_host *host, bool *ret, struct sp_err *err);

/* Let it, or let it boot Linux. */
int sp_xen_set_boots(struct sp_host *host, bool on, struct sp_err *err);

/* dom0's memory in MiB; -1 when it is not said, or is no fixed amount. */
int sp_xen_memory(struct sp_host *host, int64_t *ret, struct sp_err *err);

/* Fix it; -1: say nothing of it. */
int sp_xen_set_memory(struct sp_host *host, int64_t mib, struct sp_err *err);

/* The command that makes GRUB's menu, NULL-ended; NULL: the root has none. */
const char *const *sp_xen_menu(struct sp_host *host);

/* Is all there that Xen needs?  Adds what is not, at field @f. */
void sp_xen_check(const struct sp_check *ck, int f);

/* A row for each question, about @res. */
int sp_xen_look(struct sp_host *host, const struct sp_resource *res,
		struct sp_health *ret, struct sp_err *err);

#endif
