/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * xenboot.h - does GRUB boot Xen, and with how much memory for dom0, the Linux
 * that manages it.
 *
 * Source: grub-mkconfig(8) and its 20_linux_xen, Debian's
 * /etc/default/grub.d/xen.cfg, xen-command-line(7) (dom0_mem).
 */
#ifndef SPROUT_XENBOOT_H
#define SPROUT_XENBOOT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/host.h"

#define SP_XEN_GRUB "/etc/default/grub" /* what GRUB's menu is made of */

/* Is there a Xen in /boot? */
int sp_xen_installed(struct sp_host *host, bool *ret, struct sp_err *err);

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

#endif
