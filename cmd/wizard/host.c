/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * host.c - what the host is today: the defaults of the questions.
 * Source: proc_net_route (Linux), getifaddrs(3), resolv.conf(5), tzfile(5).
 */
#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <string.h>

#include "core/host.h"
#include "core/mem.h"
#include "wizard.h"

#define ZONEINFO "/usr/share/zoneinfo"

const struct sp_field *wz_field(const char *kind, const char *field)
{
	const struct sp_kind *k = sp_kind_find(kind);
	int f = k ? sp_field_find(k->fields, field) : -1;

	return f < 0 ? NULL : &k->fields[f];
}

bool wz_observe(const struct wizard *w, const char *kind, const char *id,
		const char *field, struct sp_buf *ret)
{
	const struct sp_kind *k = sp_kind_find(kind);
	int f = k ? sp_field_find(k->fields, field) : -1;
	sp_auto_state want = { 0 };
	sp_auto_state have = { 0 };
	sp_auto_err ignored = { 0 };
	const struct sp_value *v;

	if (f < 0 || !k->observe)
		return false;
	sp_state_init(&want, k->fields);
	sp_state_init(&have, k->fields);
	want.present = true;
	if (k->observe(w->host, id, &want, &have, &ignored) < 0 ||
	    !have.present || !sp_state_has(&have, f))
		return false;
	v = sp_state_get(&have, f);
	if (v->type == SP_V_LIST) {
		sp_auto_free char *s = sp_strv_join(&v->list, " ");

		sp_buf_add(ret, s);
	} else {
		sp_value_format(v, ret);
	}
	return ret->len > 0;
}

/* --- the network as it runs ---------------------------------------------------- */

/* Device and router of the default route that counts. */
static void read_route(struct wizard *w, char device[IF_NAMESIZE],
		       char gateway[INET_ADDRSTRLEN])
{
	sp_auto_buf b = { 0 };
	sp_auto_err ignored = { 0 };
	unsigned best = 0;
	const char *line;
	size_t pos = 0, len;

	device[0] = gateway[0] = '\0';
	if (sp_host_read(w->host, "/proc/net/route", &b, &ignored) <= 0)
		return;
	while (sp_next_line(b.data, b.len, &pos, &line, &len)) {
		sp_auto_free char *s = sp_xstrndup(line, len);
		unsigned dest, via, flags, metric, mask;
		struct in_addr in;
		char name[IF_NAMESIZE];

		if (sscanf(s, "%15s %x %x %x %*u %*u %u %x", name, &dest, &via,
			   &flags, &metric, &mask) != 6 ||
		    dest || mask || !via || (device[0] && metric >= best))
			continue;
		best = metric;
		in.s_addr = via;
		memcpy(device, name, sizeof(name));
		(void)inet_ntop(AF_INET, &in, gateway, INET_ADDRSTRLEN);
	}
}

/* The first address of a device, with its prefix length. */
static bool read_address(const char *device, struct sp_buf *ret)
{
	struct ifaddrs *all = NULL;
	bool found = false;

	if (getifaddrs(&all) < 0)
		return false;
	for (struct ifaddrs *i = all; i && !found; i = i->ifa_next) {
		const struct sockaddr_in *a = (const void *)i->ifa_addr;
		const struct sockaddr_in *m = (const void *)i->ifa_netmask;
		char text[INET_ADDRSTRLEN];

		if (!a || a->sin_family != AF_INET || !m ||
		    strcmp(i->ifa_name, device) != 0)
			continue;
		(void)inet_ntop(AF_INET, &a->sin_addr, text, sizeof(text));
		sp_buf_addf(ret, "%s/%d", text,
			    __builtin_popcount(m->sin_addr.s_addr));
		found = true;
	}
	freeifaddrs(all);
	return found;
}

static void read_dns(struct wizard *w, struct sp_buf *ret)
{
	sp_auto_buf b = { 0 };
	sp_auto_err ignored = { 0 };
	const char *line;
	size_t pos = 0, len;

	if (sp_host_read(w->host, "/etc/resolv.conf", &b, &ignored) <= 0)
		return;
	while (sp_next_line(b.data, b.len, &pos, &line, &len)) {
		sp_auto_free char *s = sp_xstrndup(line, len);
		sp_auto_strv words = { 0 };
		struct in_addr in;

		sp_strv_split(&words, s, " \t");
		if (words.n < 2 || strcmp(words.v[0], "nameserver") != 0 ||
		    inet_pton(AF_INET, words.v[1], &in) != 1 ||
		    sp_starts(words.v[1], "127."))
			continue;
		sp_buf_addf(ret, "%s%s", ret->len ? " " : "", words.v[1]);
	}
}

static void look_running(struct wizard *w)
{
	char device[IF_NAMESIZE], gateway[INET_ADDRSTRLEN];
	sp_auto_buf address = { 0 }, dns = { 0 };

	read_route(w, device, gateway);
	if (!device[0])
		return;
	wz_set(&w->today, "uplink.device", device);
	wz_set(&w->today, "uplink.gateway", gateway);
	if (read_address(device, &address))
		wz_set(&w->today, "uplink.address", sp_buf_cstr(&address));
	read_dns(w, &dns);
	wz_set(&w->today, "uplink.dns", sp_buf_cstr(&dns));
}

/* What an earlier profile, or somebody else, made of it. */
static void look_configured(struct wizard *w)
{
	static const char *const keys[][2] = {
		{ "uplink.device", "device" },
		{ "uplink.method", "ipv4.method" },
		{ "uplink.address", "ipv4.addresses" },
		{ "uplink.gateway", "ipv4.gateway" },
		{ "uplink.dns", "ipv4.dns" },
	};

	for (size_t i = 0; i < SP_COUNT(keys); i++) {
		sp_auto_buf b = { 0 };

		if (!wz_get(&w->today, keys[i][0]) &&
		    wz_observe(w, "connection", "uplink", keys[i][1], &b))
			wz_set(&w->today, keys[i][0], sp_buf_cstr(&b));
	}
}

void wz_host_look(struct wizard *w)
{
	wz_nics_find(w->host, &w->nics, &w->n_nics);
	if (w->here)
		look_running(w);
	look_configured(w);
}

/* --- time zones -------------------------------------------------------------------- */

static void list(const struct wizard *w, const char *path, struct sp_strv *ret)
{
	sp_auto_err ignored = { 0 };

	(void)sp_host_list(w->host, path, ret, &ignored);
}

static enum sp_ftype type_of(const struct wizard *w, const char *path)
{
	sp_auto_err ignored = { 0 };
	struct sp_stat st;

	return sp_host_stat_follow(w->host, path, &st, &ignored) > 0
		       ? st.type
		       : SP_FT_NONE;
}

void wz_zone_regions(const struct wizard *w, struct sp_strv *ret)
{
	/* The others there are for compatibility, or no places. */
	static const char *const known[] = {
		"Africa", "America",  "Antarctica", "Arctic",
		"Asia",	  "Atlantic", "Australia",  "Europe",
		"Indian", "Pacific",  "UTC",
	};

	for (size_t i = 0; i < SP_COUNT(known); i++) {
		sp_auto_free char *path = sp_asprintf(ZONEINFO "/%s", known[i]);

		if (type_of(w, path) != SP_FT_NONE)
			sp_strv_add(ret, known[i]);
	}
}

void wz_zone_cities(const struct wizard *w, const char *region,
		    struct sp_strv *ret)
{
	sp_auto_free char *dir = sp_asprintf(ZONEINFO "/%s", region);
	sp_auto_strv names = { 0 };

	if (!*region || strchr(region, '/') || type_of(w, dir) != SP_FT_DIR)
		return;
	list(w, dir, &names);
	for (size_t i = 0; i < names.n; i++) {
		sp_auto_free char *path = sp_asprintf("%s/%s", dir, names.v[i]);
		sp_auto_strv inner = { 0 };

		if (type_of(w, path) == SP_FT_FILE)
			sp_strv_add(ret, names.v[i]);
		if (type_of(w, path) != SP_FT_DIR)
			continue;
		/* America/Argentina/Ushuaia */
		list(w, path, &inner);
		for (size_t j = 0; j < inner.n; j++)
			sp_strv_addf(ret, "%s/%s", names.v[i], inner.v[j]);
	}
}
