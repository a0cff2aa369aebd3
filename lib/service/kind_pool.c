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
#include "virtdef.h"
#include "virtxml.h"

#define DIR "/etc/libvirt/storage"

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

static const struct sp_virtdef pool;

/* --- the definition ----------------------------------------------------------- */

static void write_pool(const char *name, const char *path, struct sp_buf *out)
{
	char uuid[37];

	sp_virtxml_uuid(name, uuid);
	sp_virtxml_head(out, "pool-edit", name, uuid);
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
	sp_auto_free char *file = sp_virtdef_file(&pool, id);
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
	sp_virtdef_check_active(&pool, ck);
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
	return r < 0 ? r : sp_virtdef_observe(&pool, host, id, ret_have, err);
}

static int apply_path(struct sp_host *host, const char *id, const char *path,
		      struct sp_err *err)
{
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
	r = sp_virtdef_write(&pool, host, id, &text, old.len, err);
	if (r >= 0)
		r = sp_host_stat_follow(host, path, &st, err);
	return r == 0 ? sp_host_mkdir(host, path, SP_ATTR(0711, 0, 0), err)
		      : (r < 0 ? r : 0);
}

static int apply(struct sp_host *host, const struct sp_change *change,
		 struct sp_err *err)
{
	const struct sp_state *after = &change->after;
	int r;

	if (!after->present)
		return sp_virtdef_remove(&pool, host, change->id, err);
	r = apply_path(host, change->id, sp_state_str(after, F_PATH), err);
	return r < 0 ? r
		     : sp_virtdef_apply_autostart(&pool, host, change,
						  change->op == SP_ADD, err);
}

/* --- activate ----------------------------------------------------------------- */

/* Stopping a pool takes nothing away from those who use its disks. */
static int outdated(struct sp_host *host, struct sp_virt *v,
		    const struct sp_change *c, const struct sp_buf *text,
		    bool *ret, struct sp_err *err)
{
	(void)host, (void)v, (void)text, (void)err;
	*ret = sp_field_differs(&fields[F_PATH], &c->after, &c->before, F_PATH);
	return 0;
}

static const struct sp_virtdef pool = {
	.what = SP_VIRT_POOL,
	.dir = DIR,
	.up_dir = "/run/libvirt/storage",
	.uri = "storage:///system",
	.daemon = "virtstoraged",
	.f_autostart = F_AUTOSTART,
	.f_active = F_ACTIVE,
	.outdated = outdated,
};

static int activate(struct sp_host *host,
		    const struct sp_change *const changes[], size_t n,
		    struct sp_err *err)
{
	return sp_virtdef_activate(&pool, host, changes, n, err);
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
