/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * virthost.h - is this host good for virtual machines: the questions that
 * virt-host-validate(1) asks, and those of a profile.
 *
 * Source: what QEMU and libvirt open (/dev/kvm, /dev/net/tun, /dev/vhost-net),
 * Documentation/virt/kvm and admin-guide/cgroup-v2 of the kernel,
 * iommu_groups in Documentation/ABI/testing/sysfs-kernel-iommu_groups.
 */
#ifndef SPROUT_VIRTHOST_H
#define SPROUT_VIRTHOST_H

#include "core/health.h"
#include "core/host.h"

/* What the profile says; -1: it is silent. */
struct sp_virthost_want {
	bool emulation; /* go on without hardware for it */
	int nested;
	int iommu;
	int64_t hugepages; /* of 2 MiB */
};

/* A row for each question, about @res. */
int sp_virthost_look(struct sp_host *host, const struct sp_resource *res,
		     const struct sp_virthost_want *want, struct sp_health *ret,
		     struct sp_err *err);

/* Does a "flags" line of /proc/cpuinfo have one of vmx, svm?  Which, or NULL. */
const char *sp_virthost_flag(const char *cpuinfo, size_t len);

#endif
