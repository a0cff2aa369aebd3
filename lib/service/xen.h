/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * xen.h - Xen below Linux: is all there for it, and does it run.
 *
 * Source: Documentation/ABI/stable/sysfs-hypervisor-xen and
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

/* Is all there that Xen needs?  Adds what is not, at field @f. */
void sp_xen_check(const struct sp_check *ck, int f);

/* A row for each question, about @res. */
int sp_xen_look(struct sp_host *host, const struct sp_resource *res,
		struct sp_health *ret, struct sp_err *err);

#endif
