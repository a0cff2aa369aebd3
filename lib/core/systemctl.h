/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* systemctl.h - ask and tell the running service manager; live hosts only. */
#ifndef SPROUT_SYSTEMCTL_H
#define SPROUT_SYSTEMCTL_H

#include "host.h"

/*
 * Does the unit run: ActiveState is active, activating or reloading.  1 with
 * @ret, or 0 when it cannot be told because no systemd runs (a container).
 * Source: org.freedesktop.systemd1(5).
 */
int sp_systemctl_active(struct sp_host *h, const char *unit, bool *ret,
			struct sp_err *err);

/*
 * The same, but a unit that failed counts as well: one that does not start
 * with its new files is to be started again with the old ones.
 */
int sp_systemctl_meant(struct sp_host *h, const char *unit, bool *ret,
		       struct sp_err *err);

/*
 * Run `systemctl @verb [@unit]`, which waits for the job.  @unit may be NULL.
 * EIO with what systemctl said when it failed.
 */
int sp_systemctl(struct sp_host *h, const char *verb, const char *unit,
		 struct sp_err *err);

/* Run any program of an activation; EIO with its last words when it fails. */
int sp_activate_run(struct sp_host *h, const char *const argv[],
		    struct sp_err *err);

#endif
