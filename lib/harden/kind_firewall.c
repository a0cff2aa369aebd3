/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * kind_firewall.c - is firewalld on, and its settings as a whole.
 *
 * "enabled" is the enablement of firewalld.service: the links that its
 * [Install] section asks for.  The default zone and the logging of denied
 * packets are lines of /etc/firewalld/firewalld.conf, edited in place.
 *
 * On a live host firewalld is started or stopped, too; for changes of the
 * settings and of any number of zones it is reloaded once.
 *
 * Source: firewalld.conf(5), firewalld(1), systemctl(1).
 * Undo does not bring back: connections that were cut in the meantime.
 */
#include <errno.h>
#include <string.h>

#include "core/ini.h"
#include "core/kind.h"
#include "core/mem.h"
#include "core/profile.h"
#include "core/systemctl.h"
#include "core/unitfile.h"
#include "fwfile.h"
#include "fwvalue.h"
#include "zone.h"
#include "zonelive.h"

#define UNIT "firewalld.service"

enum { F_STATE, F_DEFAULT_ZONE, F_LOG_DENIED };

static const char *const states[] = { "enabled", "disabled", NULL };
static const char *const log_denied[] = {
	"off", "all", "unicast", "broadcast", "multicast", NULL
};

static const struct sp_field fields[] = {
	[F_STATE] = {
		.name = "state", .type = SP_T_ENUM, .choices = states,
		.doc = "Does firewalld start at boot, and run on a live host.",
	},
	[F_DEFAULT_ZONE] = {
		.name = "default_zone", .type = SP_T_STR, .canon = sp_fw_zone,
		.doc = "The zone of interfaces that no zone names.",
	},
	[F_LOG_DENIED] = {
		.name = "log_denied", .type = SP_T_ENUM, .choices = log_denied,
		.doc = "Which rejected and dropped packets are logged.",
	},
	{ 0 }
};

/* The keys of firewalld.conf, by field. */
static const char *const conf_keys[] = {
	[F_DEFAULT_ZONE] = "DefaultZone",
	[F_LOG_DENIED] = "LogDenied",
};

static int is_enabled(struct sp_host *host, const char *unit, bool *ret,
		      struct sp_err *err)
{
	enum sp_unit_state state;
	int r = sp_unit_state(host, unit, &state, err);

	if (r < 0)
		return r;
	*ret = state == SP_UNIT_ENABLED;
	return 0;
}

/* The bus methods that tell what runs, by field. */
static const char *const methods[] = {
	[F_DEFAULT_ZONE] = "getDefaultZone",
	[F_LOG_DENIED] = "getLogDenied",
};

/* Where the file says what is wanted: does firewalld do it? */
static int observe_setting(struct sp_host *host, const struct sp_state *want,
			   int f, struct sp_state *ret_have, struct sp_err *err)
{
	const char *wanted = sp_state_str(want, f);
	sp_auto_free char *running = NULL;
	int r;

	if (!wanted || !sp_streq(sp_state_str(ret_have, f), wanted))
		return 0;
	r = sp_zonelive_setting(host, methods[f], &running, err);
	if (r > 0)
		sp_state_set_str(ret_have, f, running);
	return r;
}

/* Does it run; that counts where the links say what is wanted already. */
static int observe_running(struct sp_host *host, const struct sp_state *want,
			   struct sp_state *ret_have, struct sp_err *err)
{
	const char *state = want ? sp_state_str(want, F_STATE) : NULL;
	bool active;
	int r = 0;

	if (!want || !sp_host_live(host))
		return 0;
	for (int f = F_DEFAULT_ZONE; f <= F_LOG_DENIED && r >= 0; f++)
		r = observe_setting(host, want, f, ret_have, err);
	if (r < 0 || !state)
		return r < 0 ? r : 0;
	r = sp_systemctl_active(host, UNIT, &active, err);
	if (r <= 0)
		return r;
	ret_have->running = sp_xstrdup(active ? "enabled" : "disabled");
	if (sp_streq(sp_state_str(ret_have, F_STATE), state))
		sp_state_set_str(ret_have, F_STATE, ret_have->running);
	return 0;
}

static int observe(struct sp_host *host, const char *id,
		   const struct sp_state *want, struct sp_state *ret_have,
		   struct sp_err *err)
{
	sp_auto_buf conf = { 0 };
	bool on;
	int r;

	(void)id;
	r = is_enabled(host, UNIT, &on, err);
	if (r < 0)
		return r;
	r = sp_host_read(host, SP_FW_CONF, &conf, err);
	if (r < 0)
		return r;
	ret_have->present = true;
	sp_state_set_str(ret_have, F_STATE, on ? "enabled" : "disabled");
	for (int f = F_DEFAULT_ZONE; f <= F_LOG_DENIED; f++)
		sp_state_set_str_take(ret_have, f,
				      sp_ini_get(&sp_ini_plain, &conf, NULL,
						 conf_keys[f]));
	return observe_running(host, want, ret_have, err);
}

static int set_state(struct sp_host *host, bool on, struct sp_err *err)
{
	sp_auto_unit u = { 0 };
	int r;

	if (!on)
		return sp_unit_disable(host, UNIT, err);
	r = sp_unit_look(host, UNIT, &u, err);
	if (r == 0 && u.masked)
		r = sp_unit_unmask(host, UNIT, err);
	return r < 0 ? r : sp_unit_enable(host, UNIT, err);
}

static int edit_conf(struct sp_host *host, const struct sp_state *after,
		     struct sp_err *err)
{
	sp_auto_buf conf = { 0 };
	int r = sp_host_read(host, SP_FW_CONF, &conf, err);

	if (r < 0)
		return r;
	for (int f = F_DEFAULT_ZONE; f <= F_LOG_DENIED; f++) {
		const char *value = sp_state_str(after, f);

		if (value)
			sp_ini_set(&sp_ini_plain, &conf, NULL, conf_keys[f],
				   value);
		else if (sp_state_get(after, f))
			(void)sp_ini_unset(&sp_ini_plain, &conf, NULL,
					   conf_keys[f]);
	}
	if (r == 0 && !conf.len)
		return 0;
	r = sp_fwfile_mkdir(host, NULL, err);
	if (r < 0)
		return r;
	return sp_host_write(host, SP_FW_CONF, conf.data, conf.len,
			     SP_ATTR_KEEP, err);
}

/* What a run that is taken back had found running, and no file has. */
static int restore(struct sp_host *host,
		   const struct sp_change *const changes[], size_t n,
		   struct sp_err *err)
{
	int r = 0;

	for (size_t i = 0; i < n && r >= 0; i++)
		if (changes[i]->kind != &sp_kind_firewall &&
		    changes[i]->after.running)
			r = sp_zonelive_restore(host, changes[i]->id,
						changes[i]->after.running, err);
	return r;
}

/* Zones come here, too: they have activated_by. */
static int activate(struct sp_host *host,
		    const struct sp_change *const changes[], size_t n,
		    struct sp_err *err)
{
	static const char *const reload[] = { "/usr/bin/firewall-cmd", "--reload", NULL };
	const char *state = NULL;
	bool active = false;
	int r;

	for (size_t i = 0; i < n; i++) {
		const struct sp_state *after = &changes[i]->after;

		if (changes[i]->kind == &sp_kind_firewall)
			state = after->running ? after->running
					       : sp_state_str(after, F_STATE);
	}
	r = sp_systemctl_active(host, UNIT, &active, err);
	if (r < 0)
		return r;
	if (state && strcmp(state, "disabled") == 0)
		return active ? sp_systemctl(host, "stop", UNIT, err) : 0;
	if (state && !active) {
		/* or it would take the unit for masked, when it was */
		r = sp_systemctl(host, "daemon-reload", NULL, err);
		/* reads it all */
		return r < 0 ? r : sp_systemctl(host, "start", UNIT, err);
	}
	if (active)
		r = sp_activate_run(host, reload, err);
	return r < 0 || !active ? r : restore(host, changes, n, err);
}

static int apply(struct sp_host *host, const struct sp_change *change,
		 struct sp_err *err)
{
	const struct sp_state *after = &change->after;
	const char *state = sp_state_str(after, F_STATE);
	int r = 0;

	if (state)
		r = set_state(host, strcmp(state, "enabled") == 0, err);
	if (r == 0 && (sp_state_get(after, F_DEFAULT_ZONE) ||
		       sp_state_get(after, F_LOG_DENIED)))
		r = edit_conf(host, after, err);
	return r;
}

static void services(const struct sp_resource *res, struct sp_strv *ret)
{
	if (sp_streq(sp_state_str(&res->want, F_STATE), "enabled"))
		sp_strv_add(ret, UNIT);
}

/* --- check ---------------------------------------------------------------- */

static void add_failure(const struct sp_check *ck, int f, struct sp_err *err)
{
	sp_diag_error(ck->diag, ck->res, f, -1, "%s", err->msg);
	sp_err_clear(err);
}

/* Only one of them can own the kernel's rules. */
static void check_rivals(const struct sp_check *ck)
{
	static const char *const rivals[] = {
		"nftables.service", "iptables.service", "ip6tables.service",
	};

	for (size_t i = 0; i < SP_COUNT(rivals); i++) {
		sp_auto_err err = { 0 };
		bool on = false;

		if (is_enabled(ck->host, rivals[i], &on, &err) < 0)
			add_failure(ck, F_STATE, &err);
		if (on)
			sp_diag_warn(ck->diag, ck->res, F_STATE, -1,
				     "%s is enabled as well, and only one of it and firewalld "
				     "can run: disable it",
				     rivals[i]);
	}
}

/* The same service under "units:" has to say the same. */
static void check_unit(const struct sp_check *ck, bool on)
{
	const struct sp_kind *kind = sp_kind_find("unit");
	const struct sp_resource *res = NULL;
	int f = kind ? sp_field_find(kind->fields, "enabled") : -1;

	if (f >= 0)
		res = sp_profile_find(ck->profile, kind, UNIT);
	if (res && sp_state_has(&res->want, f) &&
	    sp_state_bool(&res->want, f, on) != on)
		sp_diag_error(ck->diag, ck->res, F_STATE, -1,
			      "unit \"" UNIT "\" of the same profile says enabled: %s",
			      on ? "false" : "true");
}

static void check_state(const struct sp_check *ck, bool on)
{
	sp_auto_err err = { 0 };
	sp_auto_unit u = { 0 };

	check_unit(ck, on);
	if (!on) {
		sp_diag_warn(ck->diag, ck->res, F_STATE, -1,
			     "a risk: every port of this host is open");
		return;
	}
	if (!ck->host)
		return;
	if (sp_unit_look(ck->host, UNIT, &u, &err) < 0)
		add_failure(ck, F_STATE, &err);
	else if (!u.path)
		sp_check_missing(
			ck, ck->res, F_STATE, -1,
			"firewalld is not installed in this root (no " UNIT
			" in %s): install the package \"firewalld\"",
			sp_unit_dirs());
	check_rivals(ck);
}

/* The default zone has to be there when everything is applied. */
static void check_default_zone(const struct sp_check *ck, const char *zone)
{
	const struct sp_kind *kind = sp_kind_find("zone");
	const struct sp_resource *res = NULL;
	sp_auto_free char *path = NULL, *near = NULL;
	sp_auto_err err = { 0 };
	int r;

	if (kind)
		res = sp_profile_find(ck->profile, kind, zone);
	if ((res && res->want.present) || !ck->host)
		return;
	r = sp_fwfile_find(ck->host, "zones", zone, &path, &err);
	if (r < 0) {
		add_failure(ck, F_DEFAULT_ZONE, &err);
		return;
	}
	if (r > 0)	/* that it may not go is the zone's own check */
		return;
	near = sp_fwfile_nearest(ck->host, "zones", zone);
	if (near)
		sp_diag_error(ck->diag, ck->res, F_DEFAULT_ZONE, -1,
			      "there is no zone \"%s\", did you mean \"%s\"?",
			      zone, near);
	else
		sp_diag_error(ck->diag, ck->res, F_DEFAULT_ZONE, -1,
			      "there is no zone \"%s\", neither in the profile nor in "
			      SP_FW_ETC "/zones and " SP_FW_LIB "/zones", zone);
}

static void check(const struct sp_check *ck)
{
	const char *state = sp_state_str(&ck->res->want, F_STATE);
	const char *zone = sp_state_str(&ck->res->want, F_DEFAULT_ZONE);

	if (state)
		check_state(ck, strcmp(state, "enabled") == 0);
	if (zone)
		check_default_zone(ck, zone);
}

static const char *const paths[] = {
	SP_FW_CONF,
	SP_FW_ETC "/zones/*.xml", SP_FW_LIB "/zones/*.xml",
	/* the links, and the units that are looked at */
	"/etc/systemd/system/*", "/etc/systemd/system/*/*", "/lib",
	"/lib/systemd/system/firewalld.service",
	"/usr/local/lib/systemd/system/*",
	"/usr/lib/systemd/system/firewalld.service",
	"/usr/lib/systemd/system/firewalld.service.d/*",
	"/usr/lib/systemd/system/nftables.service",
	"/usr/lib/systemd/system/iptables.service",
	"/usr/lib/systemd/system/ip6tables.service",
	NULL
};

const struct sp_kind sp_kind_firewall = {
	.name = "firewall",
	.section = "firewall",
	.shape = SP_SHAPE_MAP,
	.summary = "firewalld at boot, its default zone (/etc/firewalld)",
	.undo_limits = "connections that were cut in the meantime",
	.fields = fields,
	.flags = SP_KIND_REACH,
	.paths = paths,
	.check = check,
	.observe = observe,
	.apply = apply,
	.activate = activate,
	.services = services,
};
