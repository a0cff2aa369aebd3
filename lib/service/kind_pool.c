/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * kind_pool.c - a directory in which libvirt keeps the desktops' disks.
 *
 * Sets /etc/libvirt/storage/NAME.xml and the link in autostart/ beside it, in
 * the layout of libvirt's own writer, and makes the directory.  A pool of
 * another type than "dir" is somebody else's: it is refused.
 *
 * Source: libvirt's "Storage pool XML format"; its storage driver keeps the
 * state of each pool that is up in /run/libvirt/storage/NAME.xml.
 * Undo does not bring back: disks that were put into the directory stay, and
 * the directory with them.
 */
#include <errno.h>
#include <string.h>

#include "core/kind.h"
#include "core/mem.h"
#include "core/profile.h"
#include "core/systemctl.h"
#include "virt.h"
#include "virtxml.h"

#define DIR "/etc/libvirt/storage"
#define URI "storage:///system"

enum { F_PATH, F_AUTOSTART, F_ACTIVE };

static int canon_path(const char *text, char **ret, struct sp_err *err)
{
	size_t n = strlen(text);

	if (text[0] != '/' || n < 2 || strstr(text, "//") ||
	    strstr(text, "/../") || sp_ends(text, "/..") ||
	    sp_find_control(text) >= 0)
		return sp_fail(
			err, EINVAL,
			"expected the absolute path of a directory, got \"%s\"",
			text);
	*ret = sp_xstrndup(text, text[n - 1] == '/' ? n - 1 : n);
	return 0;
}

static const struct sp_field fields[] = {
	[F_PATH] = {
		.name = "path", .type = SP_T_STR, .flags = SP_F_REQUIRED,
		.canon = canon_path,
		.doc = "The directory; it is made, 0711 and root's, if it is not there.",
	},
	[F_AUTOSTART] = {
		.name = "autostart", .type = SP_T_BOOL, .dflt = "true",
		.doc = "Start with libvirt.",
	},
	[F_ACTIVE] = {
		.name = "active", .type = SP_T_BOOL,
		.doc = "Is it up now; counts on the running host only.",
	},
	{ .name = NULL },
};

static char *file_of(const char *id)
{
	return sp_asprintf(DIR "/%s.xml", id);
}

/* --- the definition ----------------------------------------------------------- */

static void write_pool(const char *name, const char *path, struct sp_buf *out)
{
	char uuid[37];

	sp_virtxml_uuid(name, uuid);
	sp_virtxml_head(out, "pool-edit", name);
	sp_buf_addf(out,
		    "<pool type='dir'>\n"
		    "  <name>%s</name>\n"
		    "  <uuid>%s</uuid>\n"
		    "  <capacity unit='bytes'>0</capacity>\n"
		    "  <allocation unit='bytes'>0</allocation>\n"
		    "  <available unit='bytes'>0</available>\n"
		    "  <source>\n"
		    "  </source>\n"
		    "  <target>\n"
		    "    <path>",
		    name, uuid);
	sp_xml_add_text(out, path);
	sp_buf_add(out, "</path>\n"
			"  </target>\n"
			"</pool>\n");
}

/* The index of target's <path>; -1 for none. */
static int find_path(const struct sp_xml *x)
{
	int target = sp_virtxml_child(x, 0, "target");

	return target < 0 ? -1 : sp_virtxml_child(x, target, "path");
}

/* 1 with the document, 0 when there is none. */
static int read_pool(struct sp_host *host, const char *id, struct sp_buf *text,
		     struct sp_xml *ret, struct sp_err *err)
{
	sp_auto_free char *file = file_of(id);
	const char *type;
	int r = sp_host_read(host, file, text, err);

	if (r <= 0)
		return r;
	r = sp_xml_parse(sp_buf_cstr(text), text->len, ret, err);
	if (r < 0)
		return sp_wrap(err, "%s", file);
	type = sp_xml_attr(&ret->v[0], "type");
	if (!sp_streq(ret->v[0].name, "pool") || !sp_streq(type, "dir"))
		return sp_fail(
			err, EINVAL,
			"%s: a pool of type \"%s\"; sprout manages directories "
			"(type \"dir\") only",
			file, type ? type : "");
	return 1;
}

/* --- the verbs ------------------------------------------------------------------ */

static void check(const struct sp_check *ck)
{
	const char *path = sp_state_str(&ck->res->want, F_PATH);
	sp_auto_err err = { 0 };
	struct sp_stat st;
	int r;

	if (!ck->res->want.present || !path)
		return;
	for (const struct sp_resource *o = ck->profile->res; o < ck->res; o++)
		if (o->kind == ck->res->kind && o->want.present &&
		    sp_streq(sp_state_str(&o->want, F_PATH), path))
			sp_diag_error(ck->diag, ck->res, F_PATH, -1,
				      "\"%s\" is the directory of pool \"%s\"",
				      path, o->id);
	if (!ck->host)
		return;
	if (sp_state_has(&ck->res->want, F_ACTIVE) && !sp_host_live(ck->host))
		sp_diag_warn(
			ck->diag, ck->res, F_ACTIVE, -1,
			"counts on the running host only: nothing is started or "
			"stopped here");
	if (sp_host_snapshot(ck->host))
		return;
	r = sp_host_stat(ck->host, "/etc/libvirt", &st, &err);
	if (r == 0)
		sp_check_missing(
			ck, ck->res, -1, -1,
			"libvirt is not installed in this root (no /etc/libvirt): "
			"install the package "
			"libvirt-daemon-driver-storage-core "
			"(libvirt-daemon-system on Debian)");
	if (r >= 0)
		r = sp_host_stat_follow(ck->host, path, &st, &err);
	if (r < 0)
		sp_diag_error(ck->diag, ck->res, -1, -1, "%s", err.msg);
	else if (r > 0 && st.type != SP_FT_DIR)
		sp_diag_error(ck->diag, ck->res, F_PATH, -1,
			      "\"%s\" is there, and is no directory", path);
}

static int observe(struct sp_host *host, const char *id,
		   const struct sp_state *want, struct sp_state *ret_have,
		   struct sp_err *err)
{
	sp_auto_free char *link = sp_asprintf(DIR "/autostart/%s.xml", id);
	sp_auto_free char *state =
		sp_asprintf("/run/libvirt/storage/%s.xml", id);
	sp_auto_buf text = { 0 };
	sp_auto_xml x = { 0 };
	struct sp_stat st;
	int r, path;

	(void)want;
	r = read_pool(host, id, &text, &x, err);
	if (r <= 0)
		return r;
	ret_have->present = true;
	path = find_path(&x);
	sp_state_set_str(ret_have, F_PATH,
			 path < 0 ? NULL : sp_buf_cstr(&x.v[path].text));
	/* A directory that was removed is to be made again. */
	if (path >= 0 && !sp_host_snapshot(host)) {
		r = sp_host_stat_follow(host, sp_buf_cstr(&x.v[path].text), &st,
					err);
		if (r == 0)
			sp_state_set_none(ret_have, F_PATH);
	}
	if (r >= 0)
		r = sp_host_stat(host, link, &st, err);
	if (r < 0)
		return r;
	sp_state_set_bool(ret_have, F_AUTOSTART, r > 0);
	if (!sp_host_live(host))
		return 0;
	r = sp_host_stat(host, state, &st, err);
	sp_state_set_bool(ret_have, F_ACTIVE, r > 0);
	return r < 0 ? r : 0;
}

static int apply_path(struct sp_host *host, const char *id, const char *path,
		      struct sp_err *err)
{
	sp_auto_free char *file = file_of(id);
	sp_auto_buf old = { 0 }, text = { 0 };
	sp_auto_xml x = { 0 };
	sp_auto_xml_edits edits = { 0 };
	struct sp_stat st;
	int r = read_pool(host, id, &old, &x, err), at;

	if (r < 0 || !path)
		return r < 0 ? r : 0;
	at = r > 0 ? find_path(&x) : -1;
	if (at >= 0) {
		sp_auto_buf esc = { 0 };

		sp_xml_add_text(&esc, path);
		sp_xml_replace(&edits, x.v[at].body,
			       x.v[at].tail - x.v[at].body, sp_buf_cstr(&esc));
		sp_xml_apply(&edits, old.data, old.len, &text);
	} else {
		write_pool(id, path, &text);
	}
	r = sp_host_write(host, file, text.data, text.len,
			  old.len ? SP_ATTR_KEEP : SP_ATTR(0600, 0, 0), err);
	if (r >= 0)
		r = sp_host_stat_follow(host, path, &st, err);
	return r == 0 ? sp_host_mkdir(host, path, SP_ATTR(0711, 0, 0), err)
		      : (r < 0 ? r : 0);
}

static int apply(struct sp_host *host, const struct sp_change *change,
		 struct sp_err *err)
{
	const struct sp_state *after = &change->after;
	sp_auto_free char *file = file_of(change->id);
	bool fresh = change->op == SP_ADD;
	int r;

	if (!after->present) {
		r = sp_virtxml_autostart(host, DIR, change->id, false, err);
		return r < 0 ? r : sp_host_remove(host, file, err);
	}
	r = apply_path(host, change->id, sp_state_str(after, F_PATH), err);
	if (r >= 0 && (fresh || sp_state_get(after, F_AUTOSTART)))
		r = sp_virtxml_autostart(
			host, DIR, change->id,
			sp_state_bool(after, F_AUTOSTART, true), err);
	return r;
}

/*
 * Libvirt writes the file once more before it removes it: for that moment the
 * directory has to be there, which went with the run that had made it.
 */
static int forget(struct sp_host *host, struct sp_virt *v, const char *id,
		  struct sp_err *err)
{
	const char *const make[] = { "/usr/bin/mkdir", "-p", DIR, NULL };
	const char *const remove[] = { "/usr/bin/rmdir", DIR, NULL };
	struct sp_stat st;
	int r, there = sp_host_stat(host, DIR, &st, err);

	r = there == 0 ? sp_activate_run(host, make, err) : there;
	if (r >= 0)
		r = sp_virt_undefine(v, SP_VIRT_POOL, id, err);
	if (r >= 0 && there == 0)
		r = sp_activate_run(host, remove, err);
	return r < 0 ? r : 0;
}

static int activate_one(struct sp_host *host, struct sp_virt *v,
			const struct sp_change *c, bool *reload,
			struct sp_err *err)
{
	sp_auto_free char *link = sp_asprintf(DIR "/autostart/%s.xml", c->id);
	sp_auto_free char *file = file_of(c->id);
	bool moved = sp_field_differs(&fields[F_PATH], &c->after, &c->before,
				      F_PATH);
	sp_auto_buf text = { 0 };
	struct sp_stat st;
	bool up;
	int r, on;

	if (!c->after.present) {
		r = sp_virt_set_active(v, SP_VIRT_POOL, c->id, false, err);
		return r < 0 ? r : forget(host, v, c->id, err);
	}
	r = sp_host_read(host, file, &text, err);
	on = r < 0 ? r : sp_host_stat(host, link, &st, err);
	if (r <= 0 || on < 0)
		return r < 0 || on < 0 ? -err->code : 0;
	up = sp_state_bool(&c->after, F_ACTIVE,
			   sp_state_bool(&c->before, F_ACTIVE, on > 0));
	r = sp_virt_define(v, SP_VIRT_POOL, sp_buf_cstr(&text), on > 0, err);
	*reload |= r > 0;
	/* Stopping a pool takes nothing away from those who use its disks. */
	if (r >= 0 && (moved || !up))
		r = sp_virt_set_active(v, SP_VIRT_POOL, c->id, false, err);
	if (r >= 0 && up)
		r = sp_virt_set_active(v, SP_VIRT_POOL, c->id, true, err);
	return r;
}

static int activate(struct sp_host *host,
		    const struct sp_change *const changes[], size_t n,
		    struct sp_err *err)
{
	sp_auto_virt *v = NULL;
	bool reload = false;
	int r = sp_virtxml_served(host, "virtstoraged", err);

	/* Where no libvirt runs, it reads the files when it starts. */
	if (r <= 0)
		return r;
	r = sp_virt_open(URI, &v, err);
	for (size_t i = 0; i < n && r >= 0; i++)
		r = activate_one(host, v, changes[i], &reload, err);
	return r < 0 || !reload ? r
				: sp_virtxml_reload(host, "virtstoraged", err);
}

static const char *const paths[] = { DIR "/*.xml", DIR "/autostart/*.xml",
				     NULL };

const struct sp_kind sp_kind_pool = {
	.name = "pool",
	.section = "pools",
	.shape = SP_SHAPE_LIST,
	.summary = "directories in which libvirt keeps disks",
	.undo_limits = "disks that were put into the directory",
	.fields = fields,
	.paths = paths,
	.check_name = sp_virtxml_check_name,
	.check = check,
	.observe = observe,
	.apply = apply,
	.activate = activate,
};
