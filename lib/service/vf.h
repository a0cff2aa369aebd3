/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * vf.h - into how many virtual functions a network card is divided: now, by the
 * kernel's sriov_numvfs, and from each boot on, by a rule of udev's.
 *
 * Source: Documentation/PCI/pci-iov-howto of the kernel, udev(7).
 */
#ifndef SPROUT_VF_H
#define SPROUT_VF_H

#include "core/host.h"

#define SP_VF_MAX 256 /* PCI Express has room for more; no card has */
#define SP_VF_RULES "/etc/udev/rules.d/90-sprout-vnet-"

/* The number in the rule of vnet @id: 1, or 0 when it has none. */
int sp_vf_read(struct sp_host *host, const char *id, int64_t *ret,
	       struct sp_err *err);
/* Stage the rule; @n 0 removes it. */
int sp_vf_write(struct sp_host *host, const char *id, const char *pf, int64_t n,
		struct sp_err *err);

/* How many card @pf has now, and could have; -1 when it cannot have any. */
int64_t sp_vf_now(struct sp_host *host, const char *pf);
int64_t sp_vf_limit(struct sp_host *host, const char *pf);
/* Divide it; at once, and on a live host only. */
int sp_vf_set(struct sp_host *host, const char *pf, int64_t n,
	      struct sp_err *err);

#endif
