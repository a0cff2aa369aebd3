/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * kind_time.c - time zone, and what the hardware clock keeps.
 *
 * The zone is the target of the symlink /etc/localtime, relative as
 * timedatectl(1) writes it; Debian's /etc/timezone is kept in step where it
 * exists.  The hardware clock's mode is the third line of /etc/adjtime.
 *
 * Source: localtime(5), adjtime_config(5), tzfile(5), zic(8) (tzdata.zi).
 * Undo does not bring back: nothing is lost.
 */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "core/kind.h"
#include "core/mem.h"
#include "core/word.h"
#include "harden/zonedb.h"

#define LOCALTIME "/etc/localtime"
#define TIMEZONE "/etc/timezone"
#define ADJTIME "/etc/adjtime"
#define ZONEINFO SP_ZONEINFO

#define ZONE_MAX 255

enum { F_ZONE, F_RTC };

static int canon_zone(const char *text, char **ret, struct sp_err *err)
{
	const char *p = text;

	if (strlen(text) > ZONE_MAX)
		return sp_fail(err, EINVAL, "%zu bytes, the limit is %d",
			       strlen(text), ZONE_MAX);
	while (*p) {
		size_t n = strcspn(p, "/");

		if (!n || (p[0] == '.' && (n == 1 || (n == 2 && p[1] == '.'))))
			break;
		for (size_t i = 0; i < n; i++)
			if (!isalnum((unsigned char)p[i]) &&
			    !strchr("_+-.", p[i]))
				return sp_fail(
					err, EINVAL,
					"\"%s\": expected letters, digits and "
					"\"_+-./\", as in \"Asia/Seoul\"",
					text);
		p += n;
		if (!*p) {
			*ret = sp_xstrdup(text);
			return 0;
		}
		p++;
	}
	return sp_fail(err, EINVAL,
		       "\"%s\": expected a zone below %s, as in \"Asia/Seoul\"",
		       text, ZONEINFO);
}

static const char *const rtc_choices[] = { "utc", "local", NULL };

static const struct sp_field fields[] = {
	[F_ZONE] = {
		.name = "zone", .type = SP_T_STR, .canon = canon_zone,
		.doc = "Time zone, as a name of the zone database.",
	},
	[F_RTC] = {
		.name = "rtc", .type = SP_T_ENUM, .choices = rtc_choices,
		.doc = "What the hardware clock keeps: utc or local time.",
	},
	{ 0 }
};

/* --- zone ---------------------------------------------------------------- */

/* The zone that /etc/localtime names, owned; NULL when it names none. */
static int read_localtime(struct sp_host *host, char **ret, struct sp_err *err)
{
	sp_auto_free char *target = NULL;
	const char *p, *base = &ZONEINFO[1];
	int r;

	*ret = NULL;
	r = sp_host_readlink(host, LOCALTIME, &target, err);
	if (r <= 0)
		return r;
	for (p = target; sp_starts(p, "../") || *p == '/';)
		p += *p == '/' ? 1 : 3;
	if (!sp_starts(p, base) || p[strlen(base)] != '/')
		return 0;
	for (p += strlen(base); *p == '/';)
		p++;
	if (*p)
		*ret = sp_xstrdup(p);
	return 0;
}

/* The zone in /etc/timezone, owned; NULL when there is no such file. */
static int read_timezone(struct sp_host *host, char **ret, struct sp_err *err)
{
	sp_auto_buf text = { 0 };
	const char *s;
	int r;

	*ret = NULL;
	r = sp_host_read(host, TIMEZONE, &text, err);
	if (r <= 0)
		return r;
	s = sp_buf_cstr(&text);
	s += strspn(s, " \t\r\n");
	*ret = sp_xstrndup(s, strcspn(s, " \t\r\n"));
	return 0;
}

static int write_zone(struct sp_host *host, const char *zone,
		      struct sp_err *err)
{
	sp_auto_free char *have = NULL, *legacy = NULL;
	sp_auto_buf line = { 0 };
	int r;

	r = read_localtime(host, &have, err);
	if (r < 0)
		return r;
	if (!zone) {
		r = sp_host_remove(host, LOCALTIME, err);
	} else if (!sp_streq(have, zone)) {
		sp_auto_free char *target =
			sp_asprintf(".." ZONEINFO "/%s", zone);

		r = sp_host_symlink(host, LOCALTIME, target, err);
	}
	if (r < 0)
		return r;

	r = read_timezone(host, &legacy, err);
	if (r < 0 || !legacy)
		return r;
	sp_buf_addf(&line, "%s\n", zone ? zone : "Etc/UTC");
	return sp_host_write(host, TIMEZONE, line.data, line.len, SP_ATTR_KEEP,
			     err);
}

/* --- hardware clock ------------------------------------------------------ */

/*
 * The third line of an adjtime file; what there is of the first two goes to
 * @ret_head.  Returns the lines that were there, up to 3.
 */
static int split_adjtime(const struct sp_buf *text, size_t *ret_head,
			 const char **ret_mode, size_t *ret_len)
{
	size_t pos = 0;
	const char *line;
	int n = 0;

	*ret_head = 0;
	while (n < 3 &&
	       sp_next_line(text->data, text->len, &pos, &line, ret_len)) {
		n++;
		*ret_mode = line;
		if (n < 3)
			*ret_head = pos;
	}
	if (n == 3)
		while (*ret_len &&
		       isspace((unsigned char)(*ret_mode)[*ret_len - 1]))
			(*ret_len)--;
	return n;
}

static bool is_local(const struct sp_buf *text)
{
	const char *mode;
	size_t head, len;

	return split_adjtime(text, &head, &mode, &len) == 3 && len == 5 &&
	       memcmp(mode, "LOCAL", 5) == 0;
}

static int write_rtc(struct sp_host *host, bool local, struct sp_err *err)
{
	static const char *const blank[] = { "0.0 0 0\n", "0\n" };
	sp_auto_buf text = { 0 }, out = { 0 };
	const char *mode = NULL;
	size_t head, len, rest;
	int r, n;

	r = sp_host_read(host, ADJTIME, &text, err);
	if (r < 0 || is_local(&text) == local) /* no file means UTC */
		return r < 0 ? r : 0;
	n = split_adjtime(&text, &head, &mode, &len);
	sp_buf_addn(&out, text.data, head);
	if (head && out.data[head - 1] != '\n')
		sp_buf_addc(&out, '\n');
	for (; n < 2; n++)
		sp_buf_add(&out, blank[n]);
	sp_buf_add(&out, local ? "LOCAL" : "UTC");
	rest = n == 3 ? (size_t)(mode - text.data) + len : text.len;
	if (rest < text.len)
		sp_buf_addn(&out, text.data + rest, text.len - rest);
	else
		sp_buf_addc(&out, '\n');
	return sp_host_write(host, ADJTIME, out.data, out.len, SP_ATTR_KEEP,
			     err);
}

/* --- verbs --------------------------------------------------------------- */

static int observe(struct sp_host *host, const char *id,
		   const struct sp_state *want, struct sp_state *ret_have,
		   struct sp_err *err)
{
	sp_auto_free char *zone = NULL, *legacy = NULL;
	sp_auto_buf adjtime = { 0 };
	int r;

	(void)id;
	r = read_localtime(host, &zone, err);
	if (r == 0)
		r = read_timezone(host, &legacy, err);
	if (r == 0)
		r = sp_host_read(host, ADJTIME, &adjtime, err);
	if (r < 0)
		return r;
	ret_have->present = true;
	/* With the link right, it is the other file that is not. */
	if (want && zone && legacy &&
	    sp_streq(zone, sp_state_str(want, F_ZONE)))
		sp_state_set_str(ret_have, F_ZONE, legacy);
	else
		sp_state_set_str(ret_have, F_ZONE, zone);
	sp_state_set_str(ret_have, F_RTC, is_local(&adjtime) ? "local" : "utc");
	return 0;
}

static int apply(struct sp_host *host, const struct sp_change *change,
		 struct sp_err *err)
{
	const struct sp_state *after = &change->after;
	int r = 0;

	if (sp_state_get(after, F_ZONE))
		r = write_zone(host, sp_state_str(after, F_ZONE), err);
	if (r == 0 && sp_state_get(after, F_RTC))
		r = write_rtc(host,
			      sp_streq(sp_state_str(after, F_RTC), "local"),
			      err);
	return r;
}

/* --- check --------------------------------------------------------------- */

static void check_zone(const struct sp_check *ck, const char *zone)
{
	sp_auto_free char *path = sp_asprintf(ZONEINFO "/%s", zone);
	sp_auto_err err = { 0 };
	sp_auto_buf data = { 0 };
	sp_auto_strv zones = { 0 };
	struct sp_stat st;
	__typeof__(&sp_diag_warn) say;
	const char *hint;
	bool snapshot = sp_host_snapshot(ck->host);
	int r;

	r = sp_host_stat_follow(ck->host, ZONEINFO, &st, &err);
	if (r == 0) {
		sp_diag_warn(
			ck->diag, ck->res, F_ZONE, -1,
			"\"%s\" could not be checked: there is no %s; install the package tzdata",
			zone, ZONEINFO);
		return;
	}
	if (r > 0)
		r = sp_host_stat_follow(ck->host, path, &st, &err);
	if (r > 0 && st.type == SP_FT_FILE)
		r = sp_host_read(ck->host, path, &data, &err);
	if (r < 0) {
		sp_diag_error(ck->diag, ck->res, F_ZONE, -1, "%s", err.msg);
		return;
	}
	if (data.len >= 4 && memcmp(data.data, "TZif", 4) == 0)
		return;
	sp_zonedb_list(ck->host, &zones);
	if (snapshot && sp_strv_has(&zones, zone))
		return;
	hint = sp_zonedb_nearest(&zones, zone);
	say = snapshot ? sp_diag_warn : sp_diag_error;
	if (hint)
		say(ck->diag, ck->res, F_ZONE, -1,
		    N_("\"%s\" is no time zone of this host (%s); did you mean \"%s\"?"),
		    zone, ZONEINFO, hint);
	else
		say(ck->diag, ck->res, F_ZONE, -1,
		    N_("\"%s\" is no time zone of this host (%s)"), zone,
		    ZONEINFO);
}

static void check(const struct sp_check *ck)
{
	const struct sp_state *want = &ck->res->want;

	if (sp_state_has(want, F_ZONE) && ck->host)
		check_zone(ck, sp_state_str(want, F_ZONE));
	if (sp_streq(sp_state_str(want, F_RTC), "local"))
		sp_diag_warn(
			ck->diag, ck->res, F_RTC, -1,
			"a clock in local time is an hour off when summer time "
			"changes while the host is down");
}

static const char *const paths[] = { LOCALTIME,
				     TIMEZONE,
				     ADJTIME,
				     ZONEINFO "/tzdata.zi",
				     ZONEINFO "/zone1970.tab",
				     ZONEINFO "/zone.tab",
				     NULL };

const struct sp_kind sp_kind_time = {
	.name = "time",
	.section = "time",
	.shape = SP_SHAPE_MAP,
	.summary = "time zone and hardware clock mode",
	.fields = fields,
	.paths = paths,
	.check = check,
	.observe = observe,
	.apply = apply,
};
