/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ask.c - what holds when nothing is answered, and when a page is shown. */
#include "ask.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "core/mem.h"

#define NAT_ADDRESS "10.77.0.1/24"

#define DFLT(name) \
	void wz_dflt_##name(const struct wizard *w, struct sp_buf *ret)

/* Defaults that are the same on every host. */
#define FIXED(name, text)              \
	DFLT(name)                     \
	{                              \
		(void)w;               \
		sp_buf_add(ret, text); \
	}

FIXED(keep, "keep")
FIXED(bond_mode, "active-backup")
FIXED(desktops, "none")
FIXED(nat_address, NAT_ADDRESS)
FIXED(match, "VERDE-*.rpm")
FIXED(user, "vb-verde")
FIXED(nproc, "unlimited")
FIXED(nofile, "65535")
FIXED(language, cmd_words_language())

/*
 * Repositories are out of reach of a host that has no network yet: it gets one
 * first, and packages from the next run.
 */
static bool offline(const struct wizard *w)
{
	return w->here && !wz_get(&w->today, "uplink.gateway");
}

DFLT(update)
{
	sp_buf_add(ret, offline(w) ? "none" : "security");
}

DFLT(packages)
{
	if (!offline(w))
		sp_buf_add(ret, "java-1.8.0-openjdk gtk2 zip unzip chrony");
}

static void today(const struct wizard *w, const char *key, struct sp_buf *ret)
{
	sp_buf_add(ret, wz_text(&w->today, key));
}

DFLT(today_address)
{
	sp_auto_strv all = { 0 };

	/* More than one: the others stay out of this simple page. */
	sp_strv_split(&all, wz_text(&w->today, "uplink.address"), " ");
	if (all.n)
		sp_buf_add(ret, all.v[0]);
}

DFLT(today_gateway)
{
	today(w, "uplink.gateway", ret);
}

DFLT(today_dns)
{
	today(w, "uplink.dns", ret);
}

DFLT(method)
{
	today(w, "uplink.method", ret);
	if (!ret->len)
		sp_buf_add(ret, "static");
}

DFLT(hostname)
{
	/* Every fresh host's name is no name to go on with. */
	if (wz_observe(w, "hostname", "hostname", "hostname", ret) &&
	    sp_starts(sp_buf_cstr(ret), "localhost"))
		sp_buf_clear(ret);
}

static const struct wz_nic *find_nic(const struct wizard *w, const char *name)
{
	for (size_t i = 0; i < w->n_nics; i++)
		if (strcmp(w->nics[i].name, name) == 0)
			return &w->nics[i];
	return NULL;
}

/* The card of the default route; else the first with a link; else the first. */
DFLT(uplink)
{
	const char *device = wz_text(&w->today, "uplink.device");
	const struct wz_nic *best = find_nic(w, device);

	if (best) {
		sp_buf_add(ret, device);
		return;
	}
	for (size_t i = 0; i < w->n_nics; i++)
		if (!best || (!best->up && w->nics[i].up))
			best = &w->nics[i];
	sp_buf_add(ret, best ? best->name : device);
}

/* A card that the host itself does not need, if there is one. */
DFLT(port)
{
	const char *uplink = wz_text(&w->answers, "uplink.device");

	for (size_t i = 0; i < w->n_nics; i++)
		if (strcmp(w->nics[i].name, uplink) != 0) {
			sp_buf_add(ret, w->nics[i].name);
			return;
		}
	sp_buf_add(ret, uplink);
}

/* .100 to .250 where there is room for them. */
DFLT(nat_range)
{
	const char *address = wz_get(&w->answers, "nat.address");
	sp_auto_free char *s = sp_xstrdup(address ? address : NAT_ADDRESS);
	char *slash = strchr(s, '/');
	char first[INET_ADDRSTRLEN], last[INET_ADDRSTRLEN];
	struct in_addr in;
	int64_t prefix;
	uint32_t net;

	if (!slash || !sp_parse_int(slash + 1, 8, 24, &prefix))
		return;
	*slash = '\0';
	if (inet_pton(AF_INET, s, &in) != 1)
		return;
	net = ntohl(in.s_addr) & ~(uint32_t)0xff;
	if (ntohl(in.s_addr) - net >= 100)
		return;
	in.s_addr = htonl(net + 100);
	(void)inet_ntop(AF_INET, &in, first, sizeof(first));
	in.s_addr = htonl(net + 250);
	(void)inet_ntop(AF_INET, &in, last, sizeof(last));
	sp_buf_addf(ret, "%s-%s", first, last);
}

/* The zone that was answered (a file may give only that), or today's. */
static void zone_now(const struct wizard *w, struct sp_buf *ret)
{
	const char *s = wz_get(&w->answers, "time.zone");

	if (s && *s)
		sp_buf_add(ret, s);
	else
		(void)wz_observe(w, "time", "time", "zone", ret);
}

DFLT(region)
{
	sp_auto_buf zone = { 0 };
	const char *s;

	zone_now(w, &zone);
	s = sp_buf_cstr(&zone);
	if (strcmp(s, "Etc/UTC") == 0)
		s = "UTC";
	sp_buf_addn(ret, s, strcspn(s, "/"));
	if (!ret->len)
		sp_buf_add(ret, "keep");
}

DFLT(zone)
{
	sp_auto_buf zone = { 0 };
	const char *region = wz_text(&w->answers, "time.region");
	sp_auto_free char *prefix = sp_asprintf("%s/", region);

	zone_now(w, &zone);
	if (!*region || sp_starts(sp_buf_cstr(&zone), prefix))
		sp_buf_add(ret, sp_buf_cstr(&zone));
	else if (strcmp(region, "Asia") == 0)
		sp_buf_add(ret, "Asia/Seoul");
}

DFLT(pools)
{
	(void)wz_observe(w, "ntp", "ntp", "pools", ret);
}

DFLT(servers)
{
	(void)wz_observe(w, "ntp", "ntp", "servers", ret);
}

DFLT(selinux)
{
	/* Nothing to be in a mode where there is no policy. */
	if (!wz_observe(w, "selinux", "selinux", "mode", ret))
		sp_buf_add(ret, "keep");
	else if (strcmp(sp_buf_cstr(ret), "permissive") == 0) {
		sp_buf_clear(ret);
		sp_buf_add(ret, "enforcing");
	}
}

DFLT(firewall)
{
	sp_auto_buf state = { 0 };

	if (wz_observe(w, "firewall", "firewall", "state", &state))
		sp_buf_add(ret, "enabled");
	else
		sp_buf_add(ret, "keep");
}

DFLT(fwzone)
{
	if (!wz_observe(w, "firewall", "firewall", "default_zone", ret))
		sp_buf_add(ret, "public");
}

static const char *fwzone(const struct wizard *w)
{
	const char *s = wz_text(&w->answers, "firewall.zone");

	return *s ? s : "public";
}

DFLT(services)
{
	if (!wz_observe(w, "zone", fwzone(w), "services", ret))
		sp_buf_add(ret, "ssh");
}

DFLT(ports)
{
	(void)wz_observe(w, "zone", fwzone(w), "ports", ret);
}

/* --- when ------------------------------------------------------------------------ */

static const char *answer(const struct wizard *w, const char *key)
{
	return wz_text(&w->answers, key);
}

bool wz_shown_language(const struct wizard *w)
{
	if (w->english_only)
		return false;
	/* Both ways: from Korean, English is always there. */
	if (strcmp(cmd_words_language(), "en") != 0)
		return true;
	if (!cmd_words_use("ko"))
		return false;
	(void)cmd_words_use("en");
	return true;
}

bool wz_shown_uplink(const struct wizard *w)
{
	const char *s = answer(w, "uplink.device");

	return *s && strcmp(s, "keep") != 0;
}

bool wz_shown_static(const struct wizard *w)
{
	return wz_shown_uplink(w) &&
	       wz_is(&w->answers, "uplink.method", "static");
}

bool wz_shown_static6(const struct wizard *w)
{
	return wz_shown_uplink(w) &&
	       wz_is(&w->answers, "uplink.ipv6", "static");
}

bool wz_shown_bond(const struct wizard *w)
{
	return wz_shown_uplink(w) && *answer(w, "bond.ports");
}

bool wz_wanted_netmask(const struct wizard *w)
{
	return !strchr(answer(w, "uplink.address"), '/');
}

bool wz_wanted_media(const struct wizard *w)
{
	return *answer(w, "media.label") != '\0';
}

bool wz_wanted_creates(const struct wizard *w)
{
	return *answer(w, "product.command") != '\0';
}

bool wz_shown_nat(const struct wizard *w)
{
	return wz_shown_uplink(w) &&
	       wz_is(&w->answers, "desktops.network", "nat");
}

bool wz_shown_bridge(const struct wizard *w)
{
	return wz_shown_uplink(w) &&
	       wz_is(&w->answers, "desktops.network", "bridge");
}

bool wz_shown_region(const struct wizard *w)
{
	sp_auto_strv all = { 0 };

	wz_zone_regions(w, &all);
	return all.n > 0;
}

bool wz_shown_city(const struct wizard *w)
{
	return !wz_shown_region(w) ||
	       (!wz_is(&w->answers, "time.region", "keep") &&
		!wz_is(&w->answers, "time.region", "UTC"));
}

bool wz_shown_user(const struct wizard *w)
{
	return *answer(w, "user.name") != '\0';
}

bool wz_shown_zone(const struct wizard *w)
{
	return wz_is(&w->answers, "firewall.state", "enabled");
}

/* --- checks ---------------------------------------------------------------------- */

int wz_check_field(const char *kind, const char *field, const char *text,
		   struct sp_err *err)
{
	const struct sp_kind *k = sp_kind_find(kind);
	sp_auto_state st = { 0 };
	int f;

	if (!k)
		return 0;
	if (!*field)
		return k->check_name ? k->check_name(text, err) : 0;
	f = sp_field_find(k->fields, field);
	sp_state_init(&st, k->fields);
	return f < 0 ? 0 : sp_state_parse(&st, f, text, err);
}

int wz_check_address(const struct wizard *w, const char *text,
		     struct sp_err *err)
{
	(void)w;
	return wz_check_field("connection",
			      strchr(text, '/') ? "ipv4.addresses"
						: "ipv4.gateway",
			      text, err);
}

int wz_check_bond(const struct wizard *w, const char *text, struct sp_err *err)
{
	const char *uplink = answer(w, "uplink.device");
	const char *port = answer(w, "bridge.port");
	sp_auto_strv cards = { 0 };

	sp_strv_split(&cards, text, " \t,");
	if (!cards.n)
		return 0;
	if (cards.n < 2)
		return sp_fail(err, EINVAL, "a bond takes two cards at least");
	for (size_t i = 0; i < cards.n && w->n_nics; i++)
		if (!find_nic(w, cards.v[i]))
			return sp_fail(err, EINVAL,
				       "this host has no card \"%s\"",
				       cards.v[i]);
	if (!sp_strv_has(&cards, uplink))
		return sp_fail(
			err, EINVAL,
			"\"%s\", the card of this host, is not among them",
			uplink);
	if (wz_shown_bridge(w) && strcmp(port, uplink) != 0 &&
	    sp_strv_has(&cards, port))
		return sp_fail(err, EINVAL,
			       "\"%s\" is in the bridge for the desktops",
			       port);
	return 0;
}

int wz_check_netmask(const struct wizard *w, const char *text,
		     struct sp_err *err)
{
	const char *address = answer(w, "uplink.address");
	sp_auto_free char *both = NULL;

	if (strchr(address, '/'))
		return 0;
	if (!*text)
		return sp_fail(
			err, EINVAL,
			_("is needed, as the address has no prefix length behind it"));
	both = sp_asprintf("%s/%s", address, text);
	return wz_check_field("connection", "ipv4.addresses", both, err);
}

static int check_limit(const struct wizard *w, const char *item,
		       const char *text, struct sp_err *err)
{
	sp_auto_free char *rule = NULL;

	if (!*text)
		return 0;
	rule = sp_asprintf("%s - %s %s", answer(w, "user.name"), item, text);
	return wz_check_field("limits", "rules", rule, err);
}

int wz_check_nproc(const struct wizard *w, const char *text, struct sp_err *err)
{
	return check_limit(w, "nproc", text, err);
}

int wz_check_nofile(const struct wizard *w, const char *text,
		    struct sp_err *err)
{
	return check_limit(w, "nofile", text, err);
}

int wz_check_creates(const struct wizard *w, const char *text,
		     struct sp_err *err)
{
	(void)w;
	if (!*text)
		return sp_fail(
			err, EINVAL,
			_("is needed, or the command would be run every time"));
	return 0;
}
