/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * health.h - how the services that a profile needs are, and whether the host is
 * good for it; live hosts only.
 */
#ifndef SPROUT_HEALTH_H
#define SPROUT_HEALTH_H

#include "profile.h"

/* One unit, in systemctl's words. */
struct sp_unit_health {
	char *unit;  /* owned */
	char *state; /* owned; "active (running)", "failed (exit-code)" */
	char *since; /* owned; "" when it was never in another state */
	char *why;   /* owned; what is wrong with it beside, or NULL */
	bool healthy;
};

/* FAIL: it does not work.  WARN: it works, less well, or not after a boot. */
enum sp_verdict { SP_PASS = 1, SP_WARN, SP_FAIL };

/* One answer of a kind's health. */
struct sp_health_check {
	const struct sp_resource *res; /* of the profile that was asked for */
	const char *name;	       /* static; "nested" */
	enum sp_verdict verdict;
	char *text; /* owned; what is, and unless it passes what to do */
};

/* Zeroed is empty. */
struct sp_health {
	struct sp_unit_health *v;
	size_t n;
	/*
	 * Owned; NULL without an ntp resource: "in step with 192.0.2.7, stratum
	 * 3", or why it is not.
	 */
	char *clock;
	bool clock_healthy;
	struct sp_health_check *checks; /* in the order of the resources */
	size_t n_checks;
};

/*
 * Ask for the units that the kinds of @profile name (sp_kind.services), those
 * not installed left out, for the clock, and the kinds themselves
 * (sp_kind.health).  Where no systemd runs only the last.  @profile must
 * outlive @ret.
 *
 * A unit is not healthy when it failed, and when it ran and does not any more,
 * unless it is one that ends (oneshot) or that another unit starts again.
 */
int sp_health_look(struct sp_host *h, const struct sp_profile *profile,
		   struct sp_health *ret, struct sp_err *err);

/* For sp_kind.health. */
void sp_health_add(struct sp_health *h, const struct sp_resource *res,
		   const char *name, enum sp_verdict verdict, const char *fmt,
		   ...) __attribute__((format(printf, 5, 6)));

/* "PASS", "WARN", "FAIL" */
const char *sp_verdict_name(enum sp_verdict v);

void sp_health_clear(struct sp_health *h);
#define sp_auto_health \
	__attribute__((cleanup(sp_health_clear))) struct sp_health

/* Units out of the output of `systemctl show`; see sp_health_look(). */
void sp_health_parse(struct sp_health *h, const struct sp_buf *text);
/* The clock out of `chronyc -c tracking`. */
void sp_health_parse_clock(struct sp_health *h, const char *line);

#endif
