/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * zone_check.c - what the field table of the kind "zone" cannot say: names
 * that firewalld has to know, ports that overlap, and what may be in one zone
 * only.
 */
#include "zone.h"

#include <errno.h>
#include <string.h>

#include "core/ini.h"
#include "core/mem.h"
#include "core/profile.h"
#include "core/word.h"
#include "fwfile.h"
#include "fwvalue.h"
#include "richrule.h"
#include "zonefile.h"

#define PROTOCOLS "/etc/protocols"

/* --- names that have to exist --------------------------------------------- */

/* Add a failure to look as an error of the resource. */
static void add_failure(const struct sp_check *ck, struct sp_err *err)
{
	sp_diag_error(ck->diag, ck->res, -1, -1, "%s", err->msg);
	sp_err_clear(err);
}

/* Is NAME.xml there?  True as well when that cannot be told. */
static bool is_known(const struct sp_check *ck, const char *dir,
		     const char *name)
{
	sp_auto_err err = { 0 };
	int r;

	if (!ck->host || !sp_fwfile_installed(ck->host, dir))
		return true;
	r = sp_fwfile_find(ck->host, dir, name, NULL, &err);
	if (r < 0)
		add_failure(ck, &err);
	return r != 0;
}

static void need_known(const struct sp_check *ck, int f, int item,
		       const char *dir, const char *what, const char *name)
{
	sp_auto_free char *near = NULL;

	if (is_known(ck, dir, name))
		return;
	near = sp_fwfile_nearest(ck->host, dir, name);
	if (near)
		sp_check_missing(
			ck, ck->res, f, item,
			"%s \"%s\" is not known to firewalld, did you mean \"%s\"?",
			_(what), name, near);
	else
		sp_check_missing(
			ck, ck->res, f, item,
			"%s \"%s\" is not known to firewalld (no " SP_FW_LIB
			"/%s/%s.xml, none in " SP_FW_ETC "/%s)",
			_(what), name, dir, name, dir);
}

static void check_ipset(const struct sp_check *ck, int f, int item,
			const char *name)
{
	if (name && !is_known(ck, "ipsets", name))
		sp_diag_warn(ck->diag, ck->res, f, item,
			     "there is no ipset \"%s\" (" SP_FW_ETC
			     "/ipsets/%s.xml)", name, name);
}

static void check_names(const struct sp_check *ck)
{
	const struct sp_state *want = &ck->res->want;
	const struct sp_strv *l = sp_state_list(want, SP_ZONE_SERVICES);

	for (size_t i = 0; i < l->n; i++)
		need_known(ck, SP_ZONE_SERVICES, (int)i, "services",
			   N_("service"), l->v[i]);
	l = sp_state_list(want, SP_ZONE_ICMP_BLOCKS);
	for (size_t i = 0; i < l->n; i++)
		need_known(ck, SP_ZONE_ICMP_BLOCKS, (int)i, "icmptypes",
			   N_("ICMP type"), l->v[i]);
	l = sp_state_list(want, SP_ZONE_SOURCES);
	for (size_t i = 0; i < l->n; i++)
		if (sp_starts(l->v[i], "ipset:"))
			check_ipset(ck, SP_ZONE_SOURCES, (int)i, l->v[i] + 6);
}

static void check_rules(const struct sp_check *ck)
{
	const struct sp_strv *l = sp_state_list(&ck->res->want,
						SP_ZONE_RICH_RULES);
	const int f = SP_ZONE_RICH_RULES;

	for (size_t i = 0; i < l->n; i++) {
		sp_auto_rich r = { 0 };
		sp_auto_err no = { 0 };

		if (sp_rich_parse(l->v[i], &r, &no) < 0)
			continue;	/* was refused when it was read */
		if (sp_rich_service(&r))
			need_known(ck, f, (int)i, "services", N_("service"),
				   sp_rich_service(&r));
		if (sp_rich_icmp_type(&r))
			need_known(ck, f, (int)i, "icmptypes", N_("ICMP type"),
				   sp_rich_icmp_type(&r));
		check_ipset(ck, f, (int)i, sp_rich_ipset(&r, SP_RICH_SOURCE));
		check_ipset(ck, f, (int)i,
			    sp_rich_ipset(&r, SP_RICH_DESTINATION));
	}
}

/* Is the name, or one of its aliases, in the text of protocols(5)? */
static bool lists_protocol(const struct sp_buf *text, const char *name)
{
	size_t pos = 0, len, n = strlen(name);
	const char *line;

	while (sp_next_line(text->data, text->len, &pos, &line, &len)) {
		const char *hash = memchr(line, '#', len), *p = line, *w;
		const char *end = hash ? hash : line + len;

		for (; p < end; p++) {
			for (w = p; p < end && *p != ' ' && *p != '\t'; p++)
				;
			if ((size_t)(p - w) == n && memcmp(w, name, n) == 0)
				return true;
		}
	}
	return false;
}

static void check_protocols(const struct sp_check *ck)
{
	const struct sp_strv *l = sp_state_list(&ck->res->want,
						SP_ZONE_PROTOCOLS);
	sp_auto_buf text = { 0 };
	sp_auto_err err = { 0 };
	int r;

	if (!l->n || !ck->host)
		return;
	r = sp_host_read(ck->host, PROTOCOLS, &text, &err);
	if (r < 0)
		add_failure(ck, &err);
	for (size_t i = 0; i < l->n && r > 0; i++)
		if ((l->v[i][0] < '0' || l->v[i][0] > '9') &&
		    !lists_protocol(&text, l->v[i]))
			sp_diag_error(ck->diag, ck->res, SP_ZONE_PROTOCOLS,
				      (int)i, "\"%s\" is not in " PROTOCOLS,
				      l->v[i]);
}

/* --- ports that overlap --------------------------------------------------- */

struct range {
	int first, last, item;
	const char *text, *proto;
};

static int by_range(const void *a, const void *b)
{
	const struct range *x = a, *y = b;
	int c = strcmp(x->proto, y->proto);

	return c ? c : x->first != y->first ? x->first - y->first :
					      y->last - x->last;
}

/* firewalld would merge them, and the file would differ for ever after. */
static void check_overlap(const struct sp_check *ck, int f)
{
	const struct sp_strv *l = sp_state_list(&ck->res->want, f);
	sp_auto_free struct range *v = sp_xcalloc(l->n + 1, sizeof(*v));
	const struct range *widest = v;

	for (size_t i = 0; i < l->n; i++) {
		v[i].item = (int)i;
		v[i].text = l->v[i];
		v[i].proto = strchr(l->v[i], '/') + 1;
		sp_fw_port_range(l->v[i], &v[i].first, &v[i].last);
	}
	if (l->n)
		qsort(v, l->n, sizeof(*v), by_range);
	for (size_t i = 1; i < l->n; i++) {
		if (strcmp(widest->proto, v[i].proto) == 0 &&
		    v[i].first <= widest->last)
			sp_diag_error(ck->diag, ck->res, f, v[i].item,
				      "%s overlaps %s, which firewalld makes one range: write "
				      "it as one",
				      v[i].text, widest->text);
		if (strcmp(widest->proto, v[i].proto) != 0 ||
		    v[i].last > widest->last)
			widest = &v[i];
	}
}

/* --- what can be in one zone only ----------------------------------------- */

/* An interface or source, and the zone that has it. */
struct binding {
	char *text;			/* owned */
	const char *zone;
	const struct sp_resource *res;	/* NULL: the host's own */
	int f, item;
};

struct bindings {
	struct binding *v;
	size_t n;
	struct sp_strv zones;	/* names of the host's zones */
};

static void bindings_clear(struct bindings *b)
{
	for (size_t i = 0; i < b->n; i++)
		free(b->v[i].text);
	free(b->v);
	sp_strv_clear(&b->zones);
}

static void add_bindings(struct bindings *b, const char *zone,
			 const struct sp_state *st, int f,
			 const struct sp_resource *res)
{
	const struct sp_strv *l = sp_state_list(st, f);

	for (size_t i = 0; i < l->n; i++) {
		b->v = sp_grow(b->v, b->n, sizeof(*b->v));
		b->v[b->n++] = (struct binding){
			/* an interface may be called like an address */
			.text = sp_asprintf("%d %s", f, l->v[i]),
			.zone = zone, .res = res, .f = f, .item = (int)i,
		};
	}
}

/* What the host's zones have that the profile is silent about. */
static int add_host_zones(const struct sp_check *ck, struct bindings *b,
			  struct sp_err *err)
{
	static const int both[] = { SP_ZONE_INTERFACES, SP_ZONE_SOURCES };
	int r = sp_fwfile_list(ck->host, "zones", &b->zones, err);

	for (size_t i = 0; i < b->zones.n && r >= 0; i++) {
		const char *zone = b->zones.v[i];
		const struct sp_resource *res;
		sp_auto_state st = { 0 };

		res = sp_profile_find(ck->profile, ck->res->kind, zone);
		if (res && !res->want.present)
			continue;
		sp_state_init(&st, ck->res->kind->fields);
		r = ck->res->kind->observe(ck->host, zone, NULL, &st, err);
		if (r == -EBADMSG) {	/* firewalld does not read it either */
			sp_err_clear(err);
			r = 0;
		}
		for (size_t k = 0; k < SP_COUNT(both) && r == 0; k++)
			if (!res || !sp_state_get(&res->want, both[k]))
				add_bindings(b, zone, &st, both[k], NULL);
	}
	return r;
}

static int by_binding(const void *a, const void *b)
{
	const struct binding *x = a, *y = b;
	int c = strcmp(x->text, y->text);

	/* the host's first, then in the order of the profile */
	return c ? c : (x->res > y->res) - (x->res < y->res);
}

static void report_binding(const struct sp_check *ck, const struct binding *b,
			   const struct binding *other)
{
	const char *what = b->f == SP_ZONE_INTERFACES ? _("interface")
							   : _("source");

	if (other->res)
		sp_diag_error(ck->diag, b->res, b->f, b->item,
			      "%s \"%s\" is in zone \"%s\" as well, it can be in one only",
			      what, strchr(b->text, ' ') + 1, other->zone);
	else
		sp_diag_error(ck->diag, b->res, b->f, b->item,
			      "%s \"%s\" is in the host's zone \"%s\" already: give that "
			      "zone's %s in the profile, too",
			      what, strchr(b->text, ' ') + 1, other->zone,
			      b->res->kind->fields[b->f].name);
}

static bool has_bindings(const struct sp_resource *res,
			 const struct sp_kind *kind)
{
	return res->kind == kind && res->want.present &&
	       (sp_state_list(&res->want, SP_ZONE_INTERFACES)->n ||
		sp_state_list(&res->want, SP_ZONE_SOURCES)->n);
}

/* All zones at once, when the first zone with something to bind is checked. */
static void check_bindings(const struct sp_check *ck)
{
	const struct sp_profile *p = ck->profile;
	struct bindings b = { 0 };
	sp_auto_err err = { 0 };
	size_t i = 0;

	while (i < p->n && !has_bindings(&p->res[i], ck->res->kind))
		i++;
	if (i == p->n || &p->res[i] != ck->res)
		return;
	for (; i < p->n && p->res[i].kind == ck->res->kind; i++) {
		const struct sp_resource *res = &p->res[i];

		if (!res->want.present)
			continue;
		add_bindings(&b, res->id, &res->want, SP_ZONE_INTERFACES, res);
		add_bindings(&b, res->id, &res->want, SP_ZONE_SOURCES, res);
	}
	if (ck->host && add_host_zones(ck, &b, &err) < 0)
		add_failure(ck, &err);
	if (b.n)
		qsort(b.v, b.n, sizeof(*b.v), by_binding);
	for (i = 1; i < b.n; i++)
		if (strcmp(b.v[i - 1].text, b.v[i].text) == 0 && b.v[i].res)
			report_binding(ck, &b.v[i], &b.v[i - 1]);
	bindings_clear(&b);
}

/* --- all of it ------------------------------------------------------------ */

static void check_host(const struct sp_check *ck)
{
	sp_auto_err err = { 0 };
	int r;

	if (!ck->host)
		return;
	if (!sp_fwfile_installed(ck->host, "zones"))
		sp_diag_warn(ck->diag, ck->res, -1, -1,
			     "firewalld is not installed in this root (no " SP_FW_LIB
			     "/zones), the zone has no effect until it is");
	r = sp_fwfile_find(ck->host, "policies", ck->res->id, NULL, &err);
	if (r < 0)
		add_failure(ck, &err);
	else if (r > 0)
		sp_diag_error(ck->diag, ck->res, -1, -1,
			      "a policy has this name already, firewalld wants a zone's name "
			      "to differ from every policy's");
}

/* The default zone that the profile gives, or else the host's; or NULL. */
static char *default_zone(const struct sp_check *ck)
{
	const struct sp_kind *kind = sp_kind_find("firewall");
	const struct sp_resource *res = NULL;
	sp_auto_buf conf = { 0 };
	sp_auto_err no = { 0 };
	int f = -1;

	if (kind) {
		res = sp_profile_find(ck->profile, kind, kind->name);
		f = sp_field_find(kind->fields, "default_zone");
	}
	if (res && sp_state_str(&res->want, f))
		return sp_xstrdup(sp_state_str(&res->want, f));
	if (!ck->host || sp_host_read(ck->host, SP_FW_CONF, &conf, &no) <= 0)
		return NULL;
	return sp_ini_get(&sp_ini_plain, &conf, NULL, "DefaultZone");
}

/* The default zone may go only if the distribution ships one of its name. */
static void check_absent(const struct sp_check *ck)
{
	sp_auto_free char *lib = sp_fwfile_lib("zones", ck->res->id);
	sp_auto_free char *zone = default_zone(ck);
	sp_auto_err err = { 0 };
	struct sp_stat st;
	int r;

	if (!sp_streq(zone, ck->res->id) || !ck->host)
		return;
	r = sp_host_stat_follow(ck->host, lib, &st, &err);
	if (r < 0)
		add_failure(ck, &err);
	else if (r == 0)
		sp_diag_error(ck->diag, ck->res, -1, -1,
			      "it is the default zone, and there is no %s to take its place: "
			      "set default_zone to another",
			      lib);
}

void sp_zone_check(const struct sp_check *ck)
{
	if (!ck->res->want.present) {
		check_absent(ck);
		return;
	}
	check_host(ck);
	check_names(ck);
	check_rules(ck);
	check_protocols(ck);
	check_overlap(ck, SP_ZONE_PORTS);
	check_overlap(ck, SP_ZONE_SOURCE_PORTS);
	check_bindings(ck);
}
