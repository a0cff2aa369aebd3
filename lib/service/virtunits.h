/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * virtunits.h - the units of libvirt, and of Xen, as a distribution starts them:
 * the sockets of libvirt's modular daemons, or the one daemon of old.
 *
 * Below, @xen asks for those that Xen needs, else it is KVM's.
 * Source: libvirt's "Daemons" page; the units of Fedora's and Debian's packages.
 */
#ifndef SPROUT_VIRTUNITS_H
#define SPROUT_VIRTUNITS_H

#include "core/host.h"

#define SP_VIRTUNIT_ALL "libvirtd.service"
#define SP_VIRTUNIT_KVM "virtqemud.socket"
#define SP_VIRTUNIT_XEN "virtxend.socket"

/* libvirt's units in this root; none when libvirt is not installed. */
int sp_virtunits(struct sp_host *host, bool xen, struct sp_strv *ret,
		 struct sp_err *err);

/* Are they, and Xen's own, enabled, and do they run on a live host? */
int sp_virtunits_on(struct sp_host *host, bool xen, bool *ret,
		    struct sp_err *err);

/* Enable them, and disable what the other hypervisor had; @on false: all. */
int sp_virtunits_enable(struct sp_host *host, bool on, bool xen,
			struct sp_err *err);

/* Start them, but what needs Xen only where Xen runs; @on false: stop them. */
int sp_virtunits_start(struct sp_host *host, bool on, bool xen,
		       struct sp_err *err);

/* All that there may be, whatever the distribution. */
void sp_virtunits_names(bool xen, struct sp_strv *ret);

#endif
