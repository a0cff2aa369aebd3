/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * health.c - units by systemctl, the clock by chronyc, firewalld by the bus.
 *
 * Source: systemctl(1), org.freedesktop.systemd1(5), chronyc(1) on the fields
 * of "tracking", firewalld.dbus(5).
 */
#include "health.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "bus.h"
#include "mem.h"
#include "word.h"

void sp_health_clear(struct sp_health *h)
{
	for (size_t i = 0; i < h->n; i++) {
		free(h->v[i].unit);
		free(h->v[i].state);
		free(h->v[i].since);
		free(h->v[i].why);
	}
	for (size_t i = 0; i < h->n_checks; i++)
		free(h->checks[i].text);
	free(h->v);
	free(h->clock);
	free(h->checks);
	*h = (struct sp_health){ 0 };
}

/* --- units ---------------------------------------------------------------- */

/* What is asked for, in the order of enum. */
static const char *const properties[] = {
	"Id",
	"LoadState",
	"ActiveState",
	"SubState",
	"Result",
	"TriggeredBy",
	"Type",
	"StateChangeTimestamp",
	"ActiveEnterTimestampMonotonic",
};
enum { ID, LOAD, ACTIVE, SUB, RESULT, TRIGGERED_BY, TYPE, SINCE, ENTERED };
#define ASKED                                                  \
	"--property=Id,LoadState,ActiveState,SubState,Result," \
	"TriggeredBy,Type,StateChangeTimestamp,ActiveEnterTimestampMonotonic"

static bool in(const char *s, const char *const *words)
{
	for (; *words; words++)
		if (sp_streq(s, *words))
			return true;
	return false;
}

static const char *or_empty(const char *s)
{
	return s ? s : "";
}

static bool is_healthy(char *const p[])
{
	static const char *const up[] = { "active", "activating", "reloading",
					  NULL };
	static const char *const never[] = { "", "0", NULL };

	if (in(p[ACTIVE], up))
		return true;
	if (sp_streq(p[ACTIVE], "failed"))
		return false;
	return in(or_empty(p[ENTERED]), never) ||
	       sp_streq(p[TYPE], "oneshot") || *or_empty(p[TRIGGERED_BY]);
}

/* One block of output. */
static void add_unit(struct sp_health *h, char *const p[])
{
	const char *detail = p[SUB];

	if (!p[ID] || !p[ACTIVE] || sp_streq(p[LOAD], "not-found"))
		return;
	/* the same unit by two names */
	for (size_t i = 0; i < h->n; i++)
		if (sp_streq(h->v[i].unit, p[ID]))
			return;
	if (sp_streq(p[ACTIVE], "failed") && *or_empty(p[RESULT]))
		detail = p[RESULT];
	h->v = sp_grow(h->v, h->n, sizeof(*h->v));
	h->v[h->n++] = (struct sp_unit_health){
		.unit = sp_xstrdup(p[ID]),
		.state = sp_asprintf("%s (%s)", p[ACTIVE], or_empty(detail)),
		.since = sp_xstrdup(or_empty(p[SINCE])),
		.healthy = is_healthy(p),
	};
}

void sp_health_parse(struct sp_health *h, const struct sp_buf *text)
{
	char *p[SP_COUNT(properties)] = { NULL };
	bool more = true;
	size_t pos = 0;

	while (more) {
		const char *line = "";
		size_t len = 0;

		more = sp_next_line(text->data, text->len, &pos, &line, &len);
		for (size_t i = 0; i < SP_COUNT(p) && len; i++) {
			size_t n = strlen(properties[i]);

			if (len > n && line[n] == '=' &&
			    memcmp(line, properties[i], n) == 0 && !p[i])
				p[i] = sp_xstrndup(line + n + 1, len - n - 1);
		}
		if (len)
			continue;
		add_unit(h, p);
		for (size_t i = 0; i < SP_COUNT(p); i++) {
			free(p[i]);
			p[i] = NULL;
		}
	}
}

static int ask_units(struct sp_host *host, const struct sp_strv *units,
		     struct sp_health *h, struct sp_err *err)
{
	sp_auto_output out = { 0 };
	sp_auto_strv argv = { 0 };
	int r;

	sp_strv_add(&argv, "/usr/bin/systemctl");
	sp_strv_add(&argv, "show");
	sp_strv_add(&argv, ASKED);
	sp_strv_add(&argv, "--");
	for (size_t i = 0; i < units->n; i++)
		sp_strv_add(&argv, units->v[i]);
	sp_strv_add_take(&argv, NULL);
	r = sp_host_ask(host, (const char *const *)argv.v, &out, err);
	if (r >= 0 && out.status)
		r = sp_fail(err, EIO, "systemctl show: %.*s",
			    (int)strcspn(sp_buf_cstr(&out.text), "\n"),
			    sp_buf_cstr(&out.text));
	if (r >= 0)
		sp_health_parse(h, &out.text);
	return r;
}

/* It may run and yet filter nothing, or everything. */
static void ask_firewalld(struct sp_host *host, struct sp_unit_health *u)
{
	static const struct sp_bus_service main = {
		"org.fedoraproject.FirewallD1", "/org/fedoraproject/FirewallD1",
		"org.fedoraproject.FirewallD1"
	};
	static const struct sp_bus_service properties_of = {
		"org.fedoraproject.FirewallD1", "/org/fedoraproject/FirewallD1",
		"org.freedesktop.DBus.Properties"
	};
	sp_auto_strv args = { 0 }, panic = { 0 }, state = { 0 };
	sp_auto_err no = { 0 };

	sp_strv_add(&args, "ss");
	sp_strv_add(&args, main.name);
	sp_strv_add(&args, "state");
	if (sp_bus_ask(host, &properties_of, "Get", &args, &state, &no) > 0 &&
	    state.n == 3 && sp_streq(state.v[2], "FAILED"))
		u->why = sp_xstrdup(
			_("its files are in error: see its journal"));
	else if (sp_bus_ask(host, &main, "queryPanicMode", NULL, &panic, &no) >
			 0 &&
		 panic.n == 2 && sp_streq(panic.v[1], "true"))
		u->why = sp_xstrdup(_("panic mode is on: nothing passes"));
	if (u->why)
		u->healthy = false;
}

/* --- the clock -------------------------------------------------------------- */

/* Fields of the line, from 0. */
enum { T_SOURCE = 1, T_STRATUM = 2, T_OFFSET = 4, T_LEAP = 13 };

void sp_health_parse_clock(struct sp_health *h, const char *line)
{
	sp_auto_free char *text = sp_xstrndup(line, strcspn(line, "\n"));
	const char *field[T_LEAP + 1];
	char *p = text;
	int n = 0;

	while (n <= T_LEAP && p) {
		field[n++] = p;
		p = strchr(p, ',');
		if (p)
			*p++ = '\0';
	}
	free(h->clock);
	h->clock_healthy =
		n > T_LEAP && !sp_streq(field[T_LEAP], "Not synchronised");
	if (h->clock_healthy)
		h->clock = sp_asprintf(_("in step with %s, stratum %s"),
				       field[T_SOURCE], field[T_STRATUM]);
	else
		h->clock =
			sp_asprintf(_("not in step: %s"),
				    n > T_LEAP ? _("no source answers") : text);
}

static int ask_clock(struct sp_host *host, struct sp_health *h,
		     struct sp_err *err)
{
	static const char *const argv[] = { "/usr/bin/chronyc", "-n", "-c",
					    "tracking", NULL };
	sp_auto_output out = { 0 };
	int r = sp_host_ask(host, argv, &out, err);

	if (r >= 0)
		sp_health_parse_clock(h, sp_buf_cstr(&out.text));
	return r;
}

/* --- the kinds ---------------------------------------------------------------- */

void sp_health_add(struct sp_health *h, const struct sp_resource *res,
		   const char *name, enum sp_verdict verdict, const char *fmt,
		   ...)
{
	va_list ap;

	va_start(ap, fmt);
	h->checks = sp_grow(h->checks, h->n_checks, sizeof(*h->checks));
	h->checks[h->n_checks++] = (struct sp_health_check){
		.res = res,
		.name = name,
		.verdict = verdict,
		.text = sp_vasprintf(_(fmt), ap),
	};
	va_end(ap);
}

const char *sp_verdict_name(enum sp_verdict v)
{
	return v == SP_PASS ? "PASS" : v == SP_WARN ? "WARN" : "FAIL";
}

/* --- all of it ---------------------------------------------------------------- */

static int ask_systemd(struct sp_host *host, const struct sp_profile *profile,
		       struct sp_health *h, struct sp_err *err)
{
	sp_auto_strv units = { 0 };
	struct sp_stat st;
	bool clock = false;
	int r = sp_host_stat(host, "/run/systemd/system", &st, err);

	if (r <= 0)
		return r;
	for (size_t i = 0; i < profile->n; i++) {
		const struct sp_resource *res = &profile->res[i];

		clock |= sp_streq(res->kind->name, "ntp");
		if (res->kind->services && res->want.present)
			res->kind->services(res, &units);
	}
	sp_strv_sort(&units);
	if (units.n)
		r = ask_units(host, &units, h, err);
	for (size_t i = 0; i < h->n && r >= 0; i++)
		if (sp_streq(h->v[i].unit, "firewalld.service") &&
		    sp_starts(h->v[i].state, "active"))
			ask_firewalld(host, &h->v[i]);
	return clock && r >= 0 ? ask_clock(host, h, err) : r;
}

int sp_health_look(struct sp_host *host, const struct sp_profile *profile,
		   struct sp_health *ret, struct sp_err *err)
{
	sp_auto_health h = { 0 };
	int r;

	if (!sp_host_live(host))
		return 0;
	r = ask_systemd(host, profile, &h, err);
	for (size_t i = 0; i < profile->n && r >= 0; i++) {
		const struct sp_resource *res = &profile->res[i];

		if (res->kind->health && res->want.present)
			r = res->kind->health(host, res, &h, err);
	}
	if (r < 0)
		return r;
	*ret = h;
	h = (struct sp_health){ 0 };
	return 0;
}
