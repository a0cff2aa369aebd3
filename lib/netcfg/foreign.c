/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * foreign.c - network configuration that others have put on a host.
 *
 * Source: nm-settings-keyfile(5), nm-settings-ifcfg-rh(5), netplan(5).
 */
#include "foreign.h"

#include <string.h>

#include "core/addr.h"
#include "connection.h"
#include "core/ini.h"
#include "core/mem.h"
#include "ifcfg.h"

#define NM_LIB_DIR "/usr/lib/NetworkManager/system-connections"
#define IFCFG_DIR "/etc/sysconfig/network-scripts"
#define NETPLAN_DIR "/etc/netplan"

/* GLib's: sections, blanks around "=" allowed, the last assignment counts. */
static const struct sp_ini_style keyfile = { .sections = true, .assign = "=" };

void sp_foreigns_clear(struct sp_foreigns *l)
{
	for (size_t i = 0; i < l->n; i++) {
		free(l->v[i].path);
		free(l->v[i].name);
		free(l->v[i].device);
		free(l->v[i].mac);
		free(l->v[i].uuid);
	}
	free(l->v);
	*l = (struct sp_foreigns){ 0 };
}

static struct sp_foreign *add(struct sp_foreigns *l, enum sp_foreign_type type,
			      const char *dir, const char *file)
{
	struct sp_foreign *f;

	l->v = sp_grow(l->v, l->n, sizeof(*l->v));
	f = &l->v[l->n++];
	*f = (struct sp_foreign){ .type = type };
	f->path = sp_asprintf("%s/%s", dir, file);
	f->name = sp_xstrdup(file);
	return f;
}

/* The canonical spelling, or NULL. */
static char *mac_of(const char *text)
{
	sp_auto_err err = { 0 };
	char *mac = NULL;

	if (text)
		(void)sp_canon_mac(text, &mac, &err);
	return mac;
}

/* --- NetworkManager ---------------------------------------------------------------- */

bool sp_keyfile_marked(const struct sp_buf *text)
{
	sp_auto_free char *v =
		sp_ini_get(&keyfile, text, "user", "org.sprout.profile");

	return v != NULL;
}

static void read_nm(struct sp_foreigns *l, enum sp_foreign_type type,
		    const char *dir, const char *file,
		    const struct sp_buf *text)
{
	sp_auto_free char *device =
		sp_ini_get(&keyfile, text, "connection", "interface-name");
	sp_auto_free char *autoconnect =
		sp_ini_get(&keyfile, text, "connection", "autoconnect");
	sp_auto_free char *mac =
		sp_ini_get(&keyfile, text, "ethernet", "mac-address");
	struct sp_foreign *f;

	if (!mac)
		mac = sp_ini_get(&keyfile, text, "802-3-ethernet",
				 "mac-address");
	f = add(l, type, dir, file);
	if (sp_ends(f->name, ".nmconnection"))
		f->name[strlen(f->name) - strlen(".nmconnection")] = '\0';
	f->device = device && *device ? sp_take(&device) : NULL;
	f->mac = mac_of(mac);
	f->uuid = sp_ini_get(&keyfile, text, "connection", "uuid");
	f->marked = sp_keyfile_marked(text);
	f->manual = autoconnect && (sp_streq(autoconnect, "false") ||
				    sp_streq(autoconnect, "0"));
}

/* Names that NetworkManager leaves alone, also where it needs no suffix. */
static bool is_nm_ignored(const char *file, bool need_suffix)
{
	if (need_suffix)
		return !sp_ends(file, ".nmconnection");
	return file[0] == '.' || sp_ends(file, "~") || sp_ends(file, ".pem") ||
	       sp_ends(file, ".der") || sp_ends(file, ".nmmeta");
}

/* --- ifcfg -------------------------------------------------------------------------- */

static bool is_no(const char *s)
{
	return s && (strcasecmp(s, "no") == 0 || strcasecmp(s, "n") == 0 ||
		     strcasecmp(s, "false") == 0 || strcasecmp(s, "f") == 0 ||
		     strcmp(s, "0") == 0);
}

static void read_ifcfg(struct sp_foreigns *l, const char *file,
		       const struct sp_buf *text)
{
	const char *data = sp_buf_cstr(text);
	sp_auto_free char *onboot = sp_ifcfg_get(data, text->len, "ONBOOT");
	sp_auto_free char *mac = sp_ifcfg_get(data, text->len, "HWADDR");
	struct sp_foreign *f = add(l, SP_FOREIGN_IFCFG, IFCFG_DIR, file);

	f->device = sp_ifcfg_get(data, text->len, "DEVICE");
	f->mac = mac_of(mac);
	f->uuid = sp_ifcfg_get(data, text->len, "UUID");
	f->manual = is_no(onboot);
	if (f->device && !*f->device)
		free(sp_take(&f->device));
	if (!f->device && !f->mac)
		f->device = sp_xstrdup(file + strlen("ifcfg-"));
}

/* --- netplan ------------------------------------------------------------------------- */

/* Every "KEY:" that starts a line may be a device: nothing else is asked. */
static void read_netplan(struct sp_foreigns *l, const char *file,
			 const struct sp_buf *text)
{
	const char *line;
	size_t pos = 0, n;

	while (sp_next_line(sp_buf_cstr(text), text->len, &pos, &line, &n)) {
		const char *colon = memchr(line, ':', n);
		sp_auto_free char *key = NULL;
		char *p;
		size_t len;

		if (!colon)
			continue;
		key = sp_xstrndup(line, (size_t)(colon - line));
		p = key + strspn(key, " \t\"'");
		len = strcspn(p, " \t\"'#");
		if (len && len < SP_ADDR_TEXT)
			add(l, SP_FOREIGN_NETPLAN, NETPLAN_DIR, file)->device =
				sp_xstrndup(p, len);
	}
}

/* --- all -------------------------------------------------------------------------------- */

static bool is_ignored(enum sp_foreign_type type, const char *file)
{
	if (type == SP_FOREIGN_IFCFG)
		return sp_ifcfg_ignored(file);
	if (type == SP_FOREIGN_NETPLAN)
		return !sp_ends(file, ".yaml");
	return is_nm_ignored(file, type == SP_FOREIGN_NM_LIB);
}

static int scan(struct sp_host *h, enum sp_foreign_type type, const char *dir,
		struct sp_foreigns *ret, struct sp_err *err)
{
	sp_auto_strv names = { 0 };
	int r = sp_host_list(h, dir, &names, err);

	for (size_t i = 0; i < names.n && r >= 0; i++) {
		sp_auto_free char *path = sp_asprintf("%s/%s", dir, names.v[i]);
		sp_auto_buf text = { 0 };
		struct sp_stat st;

		if (is_ignored(type, names.v[i]))
			continue;
		r = sp_host_stat_follow(h, path, &st, err);
		if (r <= 0 || st.type != SP_FT_FILE)
			continue;
		r = sp_host_read(h, path, &text, err);
		if (r <= 0)
			continue;
		if (type == SP_FOREIGN_IFCFG)
			read_ifcfg(ret, names.v[i], &text);
		else if (type == SP_FOREIGN_NETPLAN)
			read_netplan(ret, names.v[i], &text);
		else
			read_nm(ret, type, dir, names.v[i], &text);
	}
	return r < 0 ? r : 0;
}

int sp_foreign_scan(struct sp_host *h, struct sp_foreigns *ret,
		    struct sp_err *err)
{
	int r = scan(h, SP_FOREIGN_NM, SP_CON_DIR, ret, err);

	if (r >= 0)
		r = scan(h, SP_FOREIGN_NM_LIB, NM_LIB_DIR, ret, err);
	if (r >= 0)
		r = scan(h, SP_FOREIGN_IFCFG, IFCFG_DIR, ret, err);
	if (r >= 0)
		r = scan(h, SP_FOREIGN_NETPLAN, NETPLAN_DIR, ret, err);
	return r;
}

bool sp_foreign_hits(const struct sp_foreign *f, const struct sp_strv *devices,
		     const char *mac)
{
	return !f->manual && ((f->device && sp_strv_has(devices, f->device)) ||
			      (mac && f->mac && sp_streq(mac, f->mac)));
}

bool sp_foreign_removable(const struct sp_foreign *f)
{
	return !f->marked &&
	       (f->type == SP_FOREIGN_NM || f->type == SP_FOREIGN_IFCFG);
}
