/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* zonelive.c - the running firewalld's zones, over the system bus. */
#include "zonelive.h"

#include <errno.h>
#include <string.h>

#include "core/bus.h"
#include "core/ini.h"
#include "core/kind.h"
#include "core/mem.h"
#include "fwfile.h"
#include "fwvalue.h"
#include "richrule.h"
#include "zonefile.h"

#define FIREWALLD "org.fedoraproject.FirewallD1"
#define FIREWALLD_OBJECT "/org/fedoraproject/FirewallD1"
#define NM "org.freedesktop.NetworkManager"
#define NM_OBJECT "/org/freedesktop/NetworkManager"

static const struct sp_bus_service main_service = { FIREWALLD, FIREWALLD_OBJECT,
						    FIREWALLD };
static const struct sp_bus_service zone_service = { FIREWALLD, FIREWALLD_OBJECT,
						    FIREWALLD ".zone" };

enum form { TARGET, FLAG, ITEMS, PORTS, FORWARDS };

/* The lists' D-Bus types. */
static const char *const types[] = {
	[ITEMS] = "as", [PORTS] = "a(ss)", [FORWARDS] = "a(ssss)"
};

/* How a running zone's settings are called on the bus. */
struct row {
	const char *key;
	enum sp_zone_field field;
	enum form form;
	int (*canon)(const char *text, char **ret, struct sp_err *err);
};

static const struct row rows[] = {
	{ "target", SP_ZONE_TARGET, TARGET, NULL },
	{ "services", SP_ZONE_SERVICES, ITEMS, sp_fw_name },
	{ "ports", SP_ZONE_PORTS, PORTS, sp_fw_port },
	{ "protocols", SP_ZONE_PROTOCOLS, ITEMS, sp_fw_protocol },
	{ "icmp_blocks", SP_ZONE_ICMP_BLOCKS, ITEMS, sp_fw_name },
	{ "masquerade", SP_ZONE_MASQUERADE, FLAG, NULL },
	{ "forward_ports", SP_ZONE_FORWARD_PORTS, FORWARDS, sp_fw_forward },
	{ "source_ports", SP_ZONE_SOURCE_PORTS, PORTS, sp_fw_port },
	{ "rules_str", SP_ZONE_RICH_RULES, ITEMS, sp_rich_canon },
	{ "interfaces", SP_ZONE_INTERFACES, ITEMS, sp_fw_interface },
	{ "sources", SP_ZONE_SOURCES, ITEMS, sp_fw_source },
	{ "icmp_block_inversion", SP_ZONE_ICMP_BLOCK_INVERSION, FLAG, NULL },
	{ "forward", SP_ZONE_FORWARD, FLAG, NULL },
};

static const struct row *find_row(const char *key)
{
	for (size_t i = 0; i < SP_COUNT(rows); i++)
		if (strcmp(rows[i].key, key) == 0)
			return &rows[i];
	return NULL;
}

/* --- reading -------------------------------------------------------------- */

/* The leaves of a list as items; a list with an item that is no such is unset. */
static void get_items(struct sp_state *live, const struct row *row,
		      const struct sp_strv *leaves)
{
	size_t width = row->form == FORWARDS ? 4 : row->form == PORTS ? 2 : 1;
	sp_auto_strv items = { 0 };

	for (size_t i = 0; i + width <= leaves->n; i += width) {
		char **v = &leaves->v[i];
		sp_auto_free char *text = NULL;
		sp_auto_err no = { 0 };
		char *item;

		if (row->form == FORWARDS)
			text = sp_fw_forward_text(v[0], v[1], v[2], v[3]);
		else if (row->form == PORTS)
			text = sp_asprintf("%s/%s", v[0], v[1]);
		else
			text = sp_xstrdup(v[0]);
		if (row->canon(text, &item, &no) < 0) {
			sp_state_unset(live, (int)row->field);
			return;
		}
		sp_strv_add_take(&items, item);
	}
	sp_state_set_list(live, (int)row->field, &items);
}

static void get_setting(struct sp_state *live, const struct row *row,
			const struct sp_strv *leaves)
{
	const char *first = leaves->n ? leaves->v[0] : "";

	if (row->form == TARGET)
		sp_state_set_str(live, (int)row->field, first);
	else if (row->form == FLAG)
		sp_state_set_bool(live, (int)row->field,
				  strcmp(first, "true") == 0);
	else
		get_items(live, row, leaves);
}

/* The words of the settings that can be set back. */
struct settings {
	struct sp_strv words;
	int n;
};

/*
 * Can the setting be given back: firewalld changes a target with a reload
 * only.  An interface or source may by then be in another zone, so these only
 * if the profile names them.
 */
static bool can_restore(const struct row *row, const struct sp_state *want)
{
	if (row->field == SP_ZONE_INTERFACES || row->field == SP_ZONE_SOURCES)
		return sp_state_get(want, (int)row->field) != NULL;
	return row->form != TARGET;
}

/* A list that was left out. */
static void add_empty(const struct row *row, const struct sp_state *want,
		      struct sp_state *live, struct settings *ret)
{
	struct sp_strv none = { 0 };

	sp_state_set_list(live, (int)row->field, &none);
	if (!can_restore(row, want))
		return;
	sp_strv_add(&ret->words, row->key);
	sp_strv_add(&ret->words, types[row->form]);
	sp_strv_add(&ret->words, "0");
	ret->n++;
}

/*
 * An a{sv} off the bus: what it says, and what of it can be set back.  Empty
 * lists may be left out of it; a flag that is left out is unknown to it.
 */
static bool get_settings(const struct sp_strv *words,
			 const struct sp_state *want, struct sp_state *live,
			 struct settings *ret)
{
	bool seen[SP_COUNT(rows)] = { false };
	size_t at = 2;
	int64_t n;

	if (words->n < 2 || strcmp(words->v[0], "a{sv}") != 0 ||
	    !sp_parse_int(words->v[1], 0, INT64_MAX, &n))
		return false;
	for (; n > 0 && at < words->n; n--) {
		const struct row *row = find_row(words->v[at]);
		size_t from = at++;
		const char *sig = "v";
		sp_auto_strv leaves = { 0 };

		if (!sp_bus_take(words, &at, &sig, &leaves))
			return false;
		if (!row)
			continue;
		seen[row - rows] = true;
		get_setting(live, row, &leaves);
		if (!can_restore(row, want))
			continue;
		for (; from < at; from++)
			sp_strv_add(&ret->words, words->v[from]);
		ret->n++;
	}
	for (size_t i = 0; i < SP_COUNT(rows); i++)
		if (!seen[i] && types[rows[i].form])
			add_empty(&rows[i], want, live, ret);
	return n == 0;
}

/* --- interfaces ------------------------------------------------------------ */

static bool nm_manages(struct sp_host *host, const char *interface)
{
	static const struct sp_bus_service nm = { NM, NM_OBJECT, NM };
	struct sp_bus_service device = { NM, NULL,
					 "org.freedesktop.DBus.Properties" };
	sp_auto_strv args = { 0 }, path = { 0 }, managed = { 0 };
	sp_auto_err no = { 0 };

	sp_strv_add(&args, "s");
	sp_strv_add(&args, interface);
	if (sp_bus_ask(host, &nm, "GetDeviceByIpIface", &args, &path, &no) <=
		    0 ||
	    path.n != 2)
		return false;
	sp_strv_clear(&args);
	sp_strv_add(&args, "ss");
	sp_strv_add(&args, NM ".Device");
	sp_strv_add(&args, "Managed");
	device.object = path.v[1];
	return sp_bus_ask(host, &device, "Get", &args, &managed, &no) > 0 &&
	       managed.n == 3 && strcmp(managed.v[2], "true") == 0;
}

/* firewalld.conf: a reload leaves interfaces where they are. */
static bool keeps_interfaces(struct sp_host *host)
{
	sp_auto_free char *flush = NULL;
	sp_auto_buf conf = { 0 };
	sp_auto_err no = { 0 };

	if (sp_host_read(host, SP_FW_CONF, &conf, &no) > 0)
		flush = sp_ini_get(&sp_ini_plain, &conf, NULL,
				   "FlushAllOnReload");
	return flush && strcasecmp(flush, "no") == 0;
}

/* Leave out what is not firewalld's own doing. */
static void settle_interfaces(struct sp_host *host, const struct sp_state *want,
			      struct sp_state *live)
{
	const struct sp_strv *w = sp_state_list(want, SP_ZONE_INTERFACES);
	const struct sp_strv *l = sp_state_list(live, SP_ZONE_INTERFACES);
	sp_auto_strv items = { 0 };

	if (!sp_state_get(want, SP_ZONE_INTERFACES))
		return;
	for (size_t i = 0; i < l->n; i++)
		if (sp_strv_has(w, l->v[i]) ||
		    (!keeps_interfaces(host) && !nm_manages(host, l->v[i])))
			sp_strv_add(&items, l->v[i]);
	for (size_t i = 0; i < w->n; i++)
		if (!sp_strv_has(l, w->v[i]) && nm_manages(host, w->v[i]))
			sp_strv_add(&items, w->v[i]);
	sp_state_set_list(live, SP_ZONE_INTERFACES, &items);
}

/* --- the zone ---------------------------------------------------------------- */

static void set_value(struct sp_state *st, int f, const struct sp_value *v)
{
	sp_auto_strv l = { 0 };

	if (v->type == SP_V_BOOL) {
		sp_state_set_bool(st, f, v->b);
	} else if (v->type == SP_V_STR) {
		sp_state_set_str(st, f, v->s);
	} else {
		sp_strv_copy(&l, &v->list);
		sp_state_set_list(st, f, &l);
	}
}

static void compare(const struct sp_state *want, const struct sp_state *live,
		    const struct settings *settings, struct sp_state *have)
{
	sp_auto_strv taken = { 0 };
	bool lost = false;

	for (size_t i = 0; i < SP_COUNT(rows); i++) {
		int f = (int)rows[i].field;
		const struct sp_field *field = &want->fields[f];

		if (can_restore(&rows[i], want))
			lost |= sp_field_differs(field, have, live, f);
		if (sp_field_differs(field, want, have, f) ||
		    !sp_field_differs(field, want, live, f))
			continue;
		set_value(have, f, sp_state_get(live, f));
		sp_strv_add(&taken, field->name);
	}
	if (lost) {
		sp_auto_free char *names = sp_strv_join(&taken, " ");
		sp_auto_free char *words = sp_strv_join(&settings->words, "\n");

		have->running =
			sp_asprintf("%s\n%d\n%s", names, settings->n, words);
	}
}

void sp_zonelive_forget(struct sp_state *st)
{
	sp_auto_free char *names = NULL;
	sp_auto_strv taken = { 0 };

	if (!st->running)
		return;
	names = sp_xstrndup(st->running, strcspn(st->running, "\n"));
	sp_strv_split(&taken, names, " ");
	for (size_t i = 0; i < taken.n; i++) {
		int f = sp_field_find(st->fields, taken.v[i]);

		if (f >= 0)
			sp_state_unset(st, f);
	}
}

int sp_zonelive_observe(struct sp_host *host, const char *id,
			const struct sp_state *want, struct sp_state *have,
			struct sp_err *err)
{
	sp_auto_strv args = { 0 }, words = { 0 };
	struct settings settings = { 0 };
	sp_auto_err refused = { 0 };
	sp_auto_state live = { 0 };
	int r;

	sp_strv_add(&args, "s");
	sp_strv_add(&args, id);
	r = sp_bus_ask(host, &zone_service, "getZoneSettings2", &args, &words,
		       &refused);
	if (r == -EIO && strstr(refused.msg, "INVALID_ZONE")) {
		sp_state_clear(have);
		sp_state_init(have, want->fields);
		return 0;
	}
	/* before 0.9 it has no such method */
	if (r == -EIO && strstr(refused.msg, "getZoneSettings2\" with"))
		return 0;
	if (r <= 0)
		return r < 0 ? sp_fail(err, -r, "%s", refused.msg) : 0;
	sp_state_init(&live, want->fields);
	if (get_settings(&words, want, &live, &settings)) {
		settle_interfaces(host, want, &live);
		compare(want, &live, &settings, have);
	} else {
		r = sp_fail(err, EBADMSG,
			    FIREWALLD ": getZoneSettings2: an answer that "
				      "cannot be read");
	}
	sp_strv_clear(&settings.words);
	return r < 0 ? r : 0;
}

int sp_zonelive_restore(struct sp_host *host, const char *id,
			const char *running, struct sp_err *err)
{
	sp_auto_strv args = { 0 };

	sp_strv_add(&args, "sa{sv}");
	sp_strv_add(&args, id);
	running = strchrnul(running, '\n');
	for (const char *p = running + !!*running, *end;; p = end + 1) {
		end = strchrnul(p, '\n');
		sp_strv_add_take(&args, sp_xstrndup(p, (size_t)(end - p)));
		if (!*end) /* the last word may be empty */
			break;
	}
	return sp_bus_tell(host, &zone_service, "setZoneSettings2", &args, err);
}

int sp_zonelive_setting(struct sp_host *host, const char *method, char **ret,
			struct sp_err *err)
{
	sp_auto_strv words = { 0 };
	int r = sp_bus_ask(host, &main_service, method, NULL, &words, err);

	if (r > 0 && words.n == 2)
		*ret = sp_xstrdup(words.v[1]);
	return r > 0 && words.n != 2 ? 0 : r;
}
