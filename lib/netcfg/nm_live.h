/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * nm_live.h - the running NetworkManager: its profiles, devices, activations
 * and checkpoints, through libnm and the system bus.
 *
 * Texts that are handed out are NetworkManager's and valid until the next call
 * that waits (load, activate, reapply, deactivate, checkpoints, wait).
 * Every call that changes something waits until NetworkManager has answered,
 * not until the network has followed.  GLib keeps a thread for the bus.
 * Source: NetworkManager's D-Bus reference manual and libnm's.
 */
#ifndef SPROUT_NM_LIVE_H
#define SPROUT_NM_LIVE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/str.h"
#include "core/value.h"

struct sp_nml;
struct sp_nm;

/* 1 with @ret, or 0 when no NetworkManager runs. */
int sp_nml_open(struct sp_nml **ret, struct sp_err *err);
void sp_nml_free(struct sp_nml *l);

/* Take in what happens in the next @ms; returns a clock in milliseconds. */
int64_t sp_nml_wait(struct sp_nml *l, int ms);

/* --- profiles -------------------------------------------------------------- */

/* Have it read these keyfiles.  EINVAL names one that it refused. */
int sp_nml_load(struct sp_nml *l, const struct sp_strv *paths,
		struct sp_err *err);
/* The same; refusals do not matter.  What ran by a file that is gone ends. */
int sp_nml_forget(struct sp_nml *l, const struct sp_strv *paths,
		  struct sp_err *err);

/* The UUIDs of all profiles that it has. */
void sp_nml_profiles(struct sp_nml *l, struct sp_strv *ret);
/* The profile with that UUID, to be freed; NULL when there is none. */
struct sp_nm *sp_nml_profile(struct sp_nml *l, const char *uuid);
/* Its file; NULL when it has none or there is no such profile. */
const char *sp_nml_path(struct sp_nml *l, const char *uuid);
bool sp_nml_same(const struct sp_nm *a, const struct sp_nm *b);

/* --- devices ----------------------------------------------------------------- */

enum sp_nml_phase {
	SP_NML_DOWN = 1,
	SP_NML_COMING, /* being activated */
	SP_NML_UP,
};

struct sp_nml_dev {
	const char *name;
	const char *uuid; /* of the profile that runs on it; NULL for none */
	enum sp_nml_phase phase;
	bool leaving; /* being deactivated */
	bool managed; /* by NetworkManager */
	bool made;    /* a bridge, bond, VLAN: gone when it does not run */
	bool carrier;
	bool external; /* configured by others; @uuid stands for nothing */
	bool layer2;   /* a controller that can take ports */
};

/* False when there is no such device. */
bool sp_nml_dev(struct sp_nml *l, const char *name, struct sp_nml_dev *ret);
/* The device that has this MAC address by itself, or NULL. */
const char *sp_nml_dev_by_mac(struct sp_nml *l, const char *mac);
/* The device on which a profile runs or comes up, or NULL. */
const char *sp_nml_dev_of(struct sp_nml *l, const char *uuid);
/* Names of all devices. */
void sp_nml_devs(struct sp_nml *l, struct sp_strv *ret);
/* Devices in a bridge or bond, whoever put them there. */
void sp_nml_ports(struct sp_nml *l, const char *name, struct sp_strv *ret);
/* "unavailable (carrier)": its state and why; owned by the caller. */
char *sp_nml_state(struct sp_nml *l, const char *name);

/* What a device has of one address family, spelled as fields are. */
struct sp_nml_ip {
	struct sp_strv addresses; /* as the kernel has them */
	struct sp_strv gateways;
	struct sp_strv dns, search;
	struct sp_strv routes;
};

void sp_nml_ip(struct sp_nml *l, const char *name, int family,
	       struct sp_nml_ip *ret);
void sp_nml_ip_clear(struct sp_nml_ip *ip);
#define sp_auto_nml_ip \
	__attribute__((cleanup(sp_nml_ip_clear))) struct sp_nml_ip

/* --- activation ---------------------------------------------------------------- */

/* Begin; @device NULL: NetworkManager finds or makes it. */
int sp_nml_activate(struct sp_nml *l, const char *uuid, const char *device,
		    struct sp_err *err);
/*
 * Give a device what its profile says now, and only that, without taking it
 * down.  False when that is not possible.
 */
bool sp_nml_reapply(struct sp_nml *l, const char *device);
/* What is not active is a success. */
int sp_nml_deactivate(struct sp_nml *l, const char *uuid, struct sp_err *err);

/* Remove a device that was made: a bridge, bond or VLAN. */
int sp_nml_delete(struct sp_nml *l, const char *device, struct sp_err *err);

/* --- checkpoints --------------------------------------------------------------- */

/*
 * Of all devices: profiles and devices that are new later go when it is rolled
 * back, by itself after @seconds.  @ret names it among all that there ever are
 * in this boot; owned by the caller.  EBUSY when another one is open.
 */
int sp_nml_checkpoint(struct sp_nml *l, int seconds, char **ret,
		      struct sp_err *err);
/* ENOENT, from these three: no such checkpoint (any more). */
int sp_nml_checkpoint_adjust(struct sp_nml *l, const char *name, int seconds,
			     struct sp_err *err);
int sp_nml_checkpoint_destroy(struct sp_nml *l, const char *name,
			      struct sp_err *err);
/* @ret_failed: devices that could not be set back; it must be empty. */
int sp_nml_checkpoint_rollback(struct sp_nml *l, const char *name,
			       struct sp_strv *ret_failed, struct sp_err *err);

#endif
