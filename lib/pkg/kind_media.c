/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * kind_media.c - packages from a USB stick, an image or a directory.
 *
 * What is found there is copied, verified and offered (offer.h) to the one
 * transaction of the kind "package", which carries it out and takes it back.
 * What was installed is recorded in /var/lib/sprout/media/NAME: the stick is
 * not needed to see that nothing is to be done.
 *
 * Source: sysfs and libblkid as blockdev.c tells, rpm's own file format.
 * Undo does not bring back: nothing is lost here; see kind_package.c.
 */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "core/kind.h"
#include "core/mem.h"
#include "pkg/pkg.h"

enum { LABEL, UUID, PATH, MATCH, KEYS, WAIT, FOUND, PACKAGES };

#define NAME_BYTES 64
#define WAIT_S 120
#define WAIT_MAX_S 3600

extern const struct sp_kind sp_kind_package;

/* --- values ------------------------------------------------------------------ */

static int canon_text(const char *text, char **ret, struct sp_err *err)
{
	if (!*text || sp_find_control(text) >= 0)
		return sp_fail(err, EINVAL, "expected text, got \"%s\"", text);
	*ret = sp_xstrdup(text);
	return 0;
}

static int canon_path(const char *text, char **ret, struct sp_err *err)
{
	if (*text != '/')
		return sp_fail(err, EINVAL,
			       "expected an absolute path, got \"%s\"", text);
	return canon_text(text, ret, err);
}

static int canon_match(const char *text, char **ret, struct sp_err *err)
{
	if (strchr(text, '/'))
		return sp_fail(err, EINVAL,
			       "\"%s\": expected a pattern of file names, "
			       "without directories",
			       text);
	if (!sp_ends(text, "*") && !sp_ends(text, ".rpm"))
		return sp_fail(err, EINVAL,
			       "\"%s\" matches no package: expected a pattern "
			       "that ends in \".rpm\" or \"*\"",
			       text);
	return canon_text(text, ret, err);
}

static const struct sp_field fields[] = {
	[LABEL] = {
		.name = "label", .type = SP_T_STR, .flags = SP_F_DIRECTIVE,
		.canon = canon_text,
		.doc = "Label of the stick's file system.",
	},
	[UUID] = {
		.name = "uuid", .type = SP_T_STR, .flags = SP_F_DIRECTIVE,
		.canon = canon_text,
		.doc = "UUID of the stick's file system.",
	},
	[PATH] = {
		.name = "path", .type = SP_T_STR, .flags = SP_F_DIRECTIVE,
		.canon = canon_path,
		.doc = "Instead of a stick: an image, a directory or a block "
		       "device of the machine that sprout runs on.",
	},
	[MATCH] = {
		.name = "match", .type = SP_T_STR,
		.flags = SP_F_DIRECTIVE | SP_F_REQUIRED, .canon = canon_match,
		.doc = "Pattern of the file names to install; the newest "
		       "version of each package is.",
	},
	[KEYS] = {
		.name = "keys", .type = SP_T_LIST, .flags = SP_F_DIRECTIVE,
		.canon = canon_path,
		.doc = "Files with the keys that have to have signed it; "
		       "without: the keys that rpm has.",
	},
	[WAIT] = {
		.name = "wait", .type = SP_T_INT, .flags = SP_F_DIRECTIVE,
		.min = 0, .max = WAIT_MAX_S, .dflt = "120", .unit = "s",
		.doc = "How long apply waits for the stick.",
	},
	[FOUND] = {
		.name = "found", .type = SP_T_LIST,
		.flags = SP_F_RESULT | SP_F_NOTE,
		.doc = "Where it is, and what is on it.",
	},
	[PACKAGES] = {
		.name = "packages", .type = SP_T_LIST, .flags = SP_F_RESULT,
		.doc = "What is recorded.",
	},
	{ 0 }
};

/* It is a file's name, and one word of a plan. */
static int check_name(const char *name, struct sp_err *err)
{
	if (strlen(name) > NAME_BYTES)
		return sp_fail(err, EINVAL, "%zu bytes, the limit is %d",
			       strlen(name), NAME_BYTES);
	for (const char *p = name; *p; p++)
		if (!isalnum((unsigned char)*p) && !strchr("_.-", *p))
			return sp_fail(err, EINVAL,
				       "\"%s\": only letters, digits and "
				       "\"_.-\" may be used",
				       name);
	if (*name == '.')
		return sp_fail(err, EINVAL, "\"%s\" begins with a dot", name);
	return 0;
}

static void check(const struct sp_check *ck)
{
	const struct sp_state *want = &ck->res->want;
	const struct sp_strv *keys = sp_state_list(want, KEYS);

	if (!want->present)
		return;
	for (int f = LABEL; f <= UUID; f++)
		if (sp_state_has(want, PATH) && sp_state_has(want, f))
			sp_diag_error(ck->diag, ck->res, f, -1,
				      "path names the medium already; leave "
				      "one of them out");
	for (size_t i = 0; i < keys->n && ck->host; i++) {
		sp_auto_err err = { 0 };
		struct sp_stat st;

		if (sp_host_stat_follow(ck->host, keys->v[i], &st, &err) == 0)
			sp_diag_error(ck->diag, ck->res, KEYS, (int)i,
				      "there is no file \"%s\" on this host",
				      keys->v[i]);
	}
}

/* --- verbs ----------------------------------------------------------------------- */

static char *record_path(const char *id)
{
	return sp_asprintf(SP_MEDIA_DIR "/%s", id);
}

static int observe(struct sp_host *host, const char *id,
		   const struct sp_state *want, struct sp_state *ret_have,
		   struct sp_err *err)
{
	const struct sp_media_want w = {
		.name = id,
		.label = sp_state_str(want, LABEL),
		.uuid = sp_state_str(want, UUID),
		.path = sp_state_str(want, PATH),
		.match = sp_state_str(want, MATCH),
		.keys = sp_state_list(want, KEYS),
		.wait_s = (int)sp_state_int(want, WAIT, WAIT_S),
	};
	struct sp_media_have have = { 0 };
	const struct sp_pkg_module *m;
	int r = sp_pkg_load(&m, err);

	if (r < 0)
		return r;
	if (!want->present) {
		r = m->media_forget(host, id, err);
		ret_have->present = r > 0;
		return r < 0 ? r : 0;
	}
	r = m->media_plan(host, &w, &have, err);
	if (r < 0)
		return r;
	ret_have->present = have.recorded;
	if (have.pending) {
		sp_state_set_list(ret_have, FOUND, &have.notes);
		sp_state_set_list(ret_have, PACKAGES, &have.packages);
	}
	m->media_have_clear(&have);
	return 0;
}

static void copy_list(struct sp_state *to, const struct sp_state *from, int f)
{
	sp_auto_strv l = { 0 };

	sp_strv_copy(&l, sp_state_list(from, f));
	if (l.n)
		sp_state_set_list(to, f, &l);
}

static int diff(const struct sp_kind *kind, const struct sp_state *want,
		const struct sp_state *have, struct sp_change *ret_change,
		struct sp_err *err)
{
	if (!want->present)
		return sp_diff_fields(kind, want, have, ret_change, err);
	if (!sp_state_get(have, FOUND))
		return 0;
	*ret_change = (struct sp_change){
		.kind = kind,
		.op = have->present ? SP_MODIFY : SP_ADD,
	};
	sp_state_init(&ret_change->before, kind->fields);
	ret_change->before.present = have->present;
	sp_state_copy(&ret_change->after, want);
	copy_list(&ret_change->after, have, FOUND);
	copy_list(&ret_change->after, have, PACKAGES);
	return 1;
}

/* The record; what it tells of happens in the transaction behind it. */
static int apply(struct sp_host *host, const struct sp_change *change,
		 struct sp_err *err)
{
	const struct sp_strv *packages =
		sp_state_list(&change->after, PACKAGES);
	sp_auto_free char *path = record_path(change->id);
	sp_auto_buf text = { 0 };

	if (!change->after.present)
		return sp_host_remove(host, path, err);
	if (!packages->n) /* a plan without the stick */
		return 0;
	sp_buf_add(&text, "# Installed by sprout; removing the file makes it "
			  "ask for the medium again.\n");
	for (size_t i = 0; i < packages->n; i++)
		sp_buf_addf(&text, "%s\n", packages->v[i]);
	return sp_host_write(host, path, text.data, text.len,
			     SP_ATTR(0644, 0, 0), err);
}

static const char *const paths[] = { SP_MEDIA_DIR "/*", NULL };

const struct sp_kind sp_kind_media = {
	.name = "media",
	.section = "media",
	.shape = SP_SHAPE_LIST,
	.summary = "packages from USB sticks and images",
	.fields = fields,
	.flags = SP_KIND_TRANSACTS,
	.brings = &sp_kind_package,
	.paths = paths,
	.check_name = check_name,
	.check = check,
	.observe = observe,
	.diff = diff,
	.apply = apply,
};
