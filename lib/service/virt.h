/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * virt.h - speak to the libvirt that runs; the only user of libvirt.
 *
 * libvirt.so.0 is loaded when the first connection is opened; a run that has
 * nothing to tell libvirt does not pay for it.
 * Source: libvirt's C API reference, libvirt-network, libvirt-storage.
 */
#ifndef SPROUT_VIRT_H
#define SPROUT_VIRT_H

#include <stdbool.h>

#include "core/err.h"

struct sp_virt;

/* What has a definition, is running or not, and perhaps starts by itself. */
enum sp_virt_what { SP_VIRT_NETWORK, SP_VIRT_POOL };

/*
 * Connect to @uri ("network:///system").  A daemon that systemd starts for a
 * connection is started.  ENOENT without the library, EIO when nobody
 * answers, with libvirt's own words.
 */
int sp_virt_open(const char *uri, struct sp_virt **ret, struct sp_err *err);
/* Until it answers, at most @seconds. */
int sp_virt_await(const char *uri, int seconds, struct sp_err *err);
void sp_virt_close(struct sp_virt *v);
static inline void sp_virt_closep(struct sp_virt **v)
{
	sp_virt_close(*v);
}
#define sp_auto_virt __attribute__((cleanup(sp_virt_closep))) struct sp_virt

/*
 * Make @xml the lasting definition; libvirt writes its file.  1 when libvirt
 * has another idea of @autostart: it looks at the link in autostart/ when it
 * is told to load its files again, and will not make one that is there.
 */
int sp_virt_define(struct sp_virt *v, enum sp_virt_what what, const char *xml,
		   bool autostart, struct sp_err *err);

/*
 * Forget the definition.  Its file may be gone already.  Nothing of that name
 * is a success.
 */
int sp_virt_undefine(struct sp_virt *v, enum sp_virt_what what,
		     const char *name, struct sp_err *err);

/* Start or stop it, if it is not so already. */
int sp_virt_set_active(struct sp_virt *v, enum sp_virt_what what,
		       const char *name, bool active, struct sp_err *err);

/*
 * What it is while it runs, as XML, owned by the caller: 1, or 0 when it does
 * not run.
 */
int sp_virt_running(struct sp_virt *v, enum sp_virt_what what, const char *name,
		    char **ret, struct sp_err *err);

#endif
