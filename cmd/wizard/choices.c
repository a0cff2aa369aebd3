/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* choices.c - what can be chosen on the pages that are a choice. */
#include <string.h>

#include "ask.h"
#include "core/mem.h"

#define OPTIONS(name) \
	void wz_options_##name(const struct wizard *w, struct wz_options *ret)

void wz_option_add(struct wz_options *o, const char *value, const char *fmt,
		   ...)
{
	va_list ap;

	o->v = sp_grow(o->v, o->n, sizeof(*o->v));
	o->v[o->n].value = sp_xstrdup(value);
	va_start(ap, fmt);
	o->v[o->n++].label = sp_vasprintf(fmt, ap);
	va_end(ap);
}

void wz_options_clear(struct wz_options *o)
{
	for (size_t i = 0; i < o->n; i++) {
		free(o->v[i].value);
		free(o->v[i].label);
	}
	free(o->v);
	*o = (struct wz_options){ 0 };
}

OPTIONS(language)
{
	(void)w;
	wz_option_add(ret, "en", "English");
	wz_option_add(ret, "ko", "한국어");
}

OPTIONS(uplink)
{
	for (size_t i = 0; i < w->n_nics; i++) {
		sp_auto_buf b = { 0 };

		wz_nic_describe(&w->nics[i], &b);
		wz_option_add(ret, w->nics[i].name, "%s", sp_buf_cstr(&b));
	}
	if (ret->n)
		wz_option_add(ret, "keep", "%s",
			      _("keep: leave the network as it is"));
}

OPTIONS(port)
{
	const char *uplink = wz_text(&w->answers, "uplink.device");

	for (size_t i = 0; i < w->n_nics; i++) {
		sp_auto_buf b = { 0 };

		wz_nic_describe(&w->nics[i], &b);
		if (strcmp(w->nics[i].name, uplink) == 0)
			sp_buf_addf(&b, "  %s", _("(the host's own)"));
		wz_option_add(ret, w->nics[i].name, "%s", sp_buf_cstr(&b));
	}
}

/* Value and what it means; both in one line, as the value is what counts. */
static void add(struct wz_options *ret, const char *value, const char *meaning)
{
	wz_option_add(ret, value, "%s: %s", value, meaning);
}

OPTIONS(method)
{
	(void)w;
	add(ret, "static", _("an address that you give"));
	add(ret, "dhcp", _("the network's DHCP server gives it"));
}

OPTIONS(bond_mode)
{
	(void)w;
	add(ret, "active-backup",
	    _("one card works, another steps in; any switch will do"));
	add(ret, "802.3ad",
	    _("all cards work; the switch has to be set up for LACP"));
}

OPTIONS(ipv6)
{
	(void)w;
	add(ret, "keep", _("leave it as it is"));
	add(ret, "auto", _("the network's router gives addresses"));
	add(ret, "static", _("an address that you give"));
	add(ret, "disabled", _("no IPv6 on this card"));
}

OPTIONS(desktops)
{
	(void)w;
	add(ret, "none", _("nothing is set up for desktops"));
	add(ret, "nat", _("behind this host, with addresses from it"));
	add(ret, "bridge",
	    _("on the office network, with addresses from its router"));
}

OPTIONS(region)
{
	sp_auto_strv all = { 0 };

	wz_zone_regions(w, &all);
	for (size_t i = 0; i < all.n; i++)
		wz_option_add(ret, all.v[i], "%s", all.v[i]);
	if (all.n)
		wz_option_add(ret, "keep", "%s",
			      _("keep: leave the time zone as it is"));
}

OPTIONS(zone)
{
	const char *region = wz_text(&w->answers, "time.region");
	sp_auto_strv all = { 0 };

	wz_zone_cities(w, region, &all);
	for (size_t i = 0; i < all.n; i++) {
		sp_auto_free char *zone =
			sp_asprintf("%s/%s", region, all.v[i]);

		wz_option_add(ret, zone, "%s", all.v[i]);
	}
}

OPTIONS(selinux)
{
	(void)w;
	add(ret, "enforcing", _("it protects"));
	add(ret, "permissive", _("it only reports"));
	add(ret, "disabled", _("it is off: a risk"));
	add(ret, "keep", _("leave it as it is"));
}

OPTIONS(firewall)
{
	(void)w;
	add(ret, "enabled", _("only what the next page names is let in"));
	add(ret, "disabled", _("everything is let in: a risk"));
	add(ret, "keep", _("leave it as it is"));
}

OPTIONS(update)
{
	(void)w;
	add(ret, "all", _("everything that is newer in the repositories"));
	add(ret, "security", _("only what repairs a known hole"));
	add(ret, "none", _("no updates"));
}

/* Not Xen, whose kernel and packages are there on few hosts. */
OPTIONS(hypervisor)
{
	const struct sp_field *f = wz_field("hypervisor", "type");

	(void)w;
	for (size_t i = 0; f && f->choices[i]; i++)
		if (!sp_streq(f->choices[i], "xen"))
			wz_option_add(ret, f->choices[i], "%s", f->choices[i]);
	if (ret->n)
		add(ret, "keep", _("leave it as it is"));
}
