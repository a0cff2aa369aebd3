/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * zonelive.h - what a running firewalld does, which its files need not say: a
 * port that was opened with firewall-cmd alone, a file edited without reload.
 *
 * Source: firewalld.dbus(5).
 */
#ifndef SPROUT_ZONELIVE_H
#define SPROUT_ZONELIVE_H

#include "core/host.h"
#include "core/state.h"

/*
 * The zone as it runs: where @have, its files, says what @want says but the
 * running zone does not, the field gets the running value; a zone that does
 * not run at all is not present.  have->running is set when a reload would
 * lose something of the zone.  Nothing is compared when firewalld does not run,
 * nor an interface that NetworkManager manages: it names that one's zone.
 */
int sp_zonelive_observe(struct sp_host *host, const char *id,
			const struct sp_state *want, struct sp_state *have,
			struct sp_err *err);

/*
 * Unset the fields of that observation that had a running value, which is none
 * of the file's.
 */
void sp_zonelive_forget(struct sp_state *st);

/* Set back what have->running of that observation says, behind a reload. */
int sp_zonelive_restore(struct sp_host *host, const char *id,
			const char *running, struct sp_err *err);

/*
 * A setting of firewalld as a whole that runs, by the bus method that reads
 * it: 1 with an owned text, or 0 when firewalld does not run.
 */
int sp_zonelive_setting(struct sp_host *host, const char *method, char **ret,
			struct sp_err *err);

#endif
