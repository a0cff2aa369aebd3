/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ask.h - defaults, choices and conditions of the questions in pages.c. */
#ifndef SPROUT_ASK_H
#define SPROUT_ASK_H

#include "wizard.h"

#define WZ_DFLT(name) void wz_dflt_##name(const struct wizard *w, struct sp_buf *ret)
WZ_DFLT(bond_mode);
WZ_DFLT(desktops);
WZ_DFLT(firewall);
WZ_DFLT(fwzone);
WZ_DFLT(hostname);
WZ_DFLT(keep);
WZ_DFLT(language);
WZ_DFLT(match);
WZ_DFLT(method);
WZ_DFLT(nat_address);
WZ_DFLT(nat_range);
WZ_DFLT(nofile);
WZ_DFLT(nproc);
WZ_DFLT(packages);
WZ_DFLT(pools);
WZ_DFLT(port);
WZ_DFLT(ports);
WZ_DFLT(region);
WZ_DFLT(selinux);
WZ_DFLT(servers);
WZ_DFLT(services);
WZ_DFLT(today_address);
WZ_DFLT(today_dns);
WZ_DFLT(today_gateway);
WZ_DFLT(update);
WZ_DFLT(uplink);
WZ_DFLT(user);
WZ_DFLT(zone);
#undef WZ_DFLT

#define WZ_OPTIONS(name) \
	void wz_options_##name(const struct wizard *w, struct wz_options *ret)
WZ_OPTIONS(bond_mode);
WZ_OPTIONS(desktops);
WZ_OPTIONS(firewall);
WZ_OPTIONS(hypervisor);
WZ_OPTIONS(ipv6);
WZ_OPTIONS(language);
WZ_OPTIONS(method);
WZ_OPTIONS(port);
WZ_OPTIONS(region);
WZ_OPTIONS(selinux);
WZ_OPTIONS(update);
WZ_OPTIONS(uplink);
WZ_OPTIONS(zone);
#undef WZ_OPTIONS

#define WZ_CHECK(name)                                                \
	int wz_check_##name(const struct wizard *w, const char *text, \
			    struct sp_err *err)
WZ_CHECK(address);
WZ_CHECK(bond);
WZ_CHECK(creates);
WZ_CHECK(netmask);
WZ_CHECK(nofile);
WZ_CHECK(nproc);
#undef WZ_CHECK

bool wz_shown_bond(const struct wizard *w);
bool wz_shown_bridge(const struct wizard *w);
bool wz_shown_city(const struct wizard *w);
bool wz_shown_language(const struct wizard *w);
bool wz_shown_nat(const struct wizard *w);
bool wz_shown_region(const struct wizard *w);
bool wz_shown_static(const struct wizard *w);
bool wz_shown_static6(const struct wizard *w);
bool wz_shown_uplink(const struct wizard *w);
bool wz_shown_user(const struct wizard *w);
bool wz_shown_zone(const struct wizard *w);
bool wz_wanted_creates(const struct wizard *w);
bool wz_wanted_media(const struct wizard *w);
bool wz_wanted_netmask(const struct wizard *w);

/* Read a text as that field would; "" is the resource's name. */
int wz_check_field(const char *kind, const char *field, const char *text,
		   struct sp_err *err);

#endif
