/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* cmd_media.c - sprout media: sticks that are here, and what they hold. */
#include <errno.h>
#include <stdio.h>

#include "cmd.h"
#include "core/host_overlay.h"
#include "core/json.h"
#include "core/mem.h"
#include "pkg/pkg.h"
#include "words.h"

static const char help[] =
	"Usage: sprout media [--list] [OPTION]... [PATH]\n\n"
	"Lists the USB sticks that are plugged in, the packages on each, and whether\n"
	"their signatures are good; or looks at PATH: an image, a directory, a device.\n"
	"Nothing is changed.  Exit status 2 when a package is not good.\n\n"
	"  --list      list; there is nothing else it does\n"
	"  --keys FILE  verify by this key; may be given more than once\n"
	"              (default: the keys that the host's rpm has)\n"
	"  --root DIR  the root directory whose keys count (default /)\n"
	"  --json      as JSON\n"
	"  --help      this text\n";

static const struct option options[] = {
	{ "list", no_argument, NULL, 'l' },
	{ "keys", required_argument, NULL, 'k' },
	CMD_OPT_ROOT,
	CMD_OPT_JSON,
	CMD_OPT_HELP,
	CMD_OPT_END,
};

#if HAVE_PKG

static void add_text(struct sp_json *j, const char *key, const char *text)
{
	sp_json_key(j, key);
	sp_json_str(j, text);
}

static void show_json(const struct sp_media_listings *l)
{
	sp_auto_buf out = { 0 };
	struct sp_json j;

	sp_json_init(&j, &out, SP_JSON_INDENT);
	sp_json_list(&j);
	for (size_t i = 0; i < l->n; i++) {
		const struct sp_media_listing *m = &l->v[i];

		sp_json_map(&j);
		add_text(&j, "path", m->path);
		add_text(&j, "label", m->label);
		add_text(&j, "uuid", m->uuid);
		add_text(&j, "type", m->type);
		add_text(&j, "model", m->model);
		sp_json_key(&j, "size");
		sp_json_int(&j, m->size);
		add_text(&j, "unreadable", m->bad);
		sp_json_key(&j, "packages");
		sp_json_list(&j);
		for (size_t k = 0; k < m->n; k++) {
			sp_json_map(&j);
			add_text(&j, "file", m->v[k].file);
			sp_json_key(&j, "size");
			sp_json_int(&j, m->v[k].size);
			add_text(&j, "package", m->v[k].nevra);
			sp_json_key(&j, _("good"));
			sp_json_bool(&j, !m->v[k].bad);
			add_text(&j, "key", m->v[k].key);
			add_text(&j, "bad", m->v[k].bad);
			sp_json_map_end(&j);
		}
		sp_json_list_end(&j);
		sp_json_map_end(&j);
	}
	sp_json_list_end(&j);
	sp_buf_addc(&out, '\n');
	cmd_put(&out);
}

static void show_text(const struct sp_media_listings *l)
{
	sp_auto_buf out = { 0 };

	if (!l->n)
		sp_buf_add(&out, _("No stick is plugged in.\n"));
	for (size_t i = 0; i < l->n; i++) {
		const struct sp_media_listing *m = &l->v[i];

		sp_buf_add(&out, m->medium);
		if (m->type)
			sp_buf_addf(&out, ", %s", m->type);
		if (m->uuid) {
			sp_buf_add(&out, ", UUID ");
			sp_buf_add_shown(&out, m->uuid);
		}
		sp_buf_addc(&out, '\n');
		if (m->bad) {
			sp_buf_add(&out, _("  not read: "));
			sp_buf_add_shown(&out, m->bad);
			sp_buf_addc(&out, '\n');
		} else if (!m->n) {
			sp_buf_add(&out, _("  no packages\n"));
		}
		for (size_t k = 0; k < m->n; k++) {
			const struct sp_media_verdict *v = &m->v[k];

			sp_buf_addf(&out, "  %-4s ",
				    v->bad ? _("BAD") : "good");
			sp_buf_add_shown(&out, v->bad ? v->bad : v->nevra);
			if (!v->bad) {
				sp_buf_add(&out, _(", signed by "));
				sp_buf_add_shown(&out, v->key);
			}
			sp_buf_addc(&out, '\n');
		}
	}
	cmd_put(&out);
}

static bool all_good(const struct sp_media_listings *l)
{
	for (size_t i = 0; i < l->n; i++)
		for (size_t k = 0; k < l->v[i].n; k++)
			if (l->v[i].v[k].bad)
				return false;
	return true;
}

static int list(const struct cmd_opts *o, const char *path,
		const struct sp_strv *keys, struct sp_err *err)
{
	struct sp_media_listings l = { 0 };
	const struct sp_pkg_module *m;
	sp_auto_root *root = NULL;
	sp_auto_host *host = NULL;
	int r = sp_pkg_load(&m, err);

	if (r >= 0)
		r = cmd_open_root(o, &root, err);
	if (r < 0)
		return r;
	host = sp_host_new(root);
	r = m->media_list(host, path, keys, &l, err);
	if (r >= 0 && o->json)
		show_json(&l);
	else if (r >= 0)
		show_text(&l);
	if (r >= 0)
		r = all_good(&l) ? SP_EXIT_OK : SP_EXIT_PENDING;
	m->media_listings_clear(&l);
	return r;
}

#else

static int list(const struct cmd_opts *o, const char *path,
		const struct sp_strv *keys, struct sp_err *err)
{
	(void)o;
	(void)path;
	(void)keys;
	return sp_fail(err, ENOTSUP, "this sprout was built without packages");
}

#endif

int cmd_media(int argc, char **argv)
{
	struct cmd_opts o = { 0 };
	sp_auto_strv keys = { 0 };
	sp_auto_err err = { 0 };
	int c, r;

	while ((c = getopt_long(argc, argv, "h", options, NULL)) >= 0) {
		if (c == 'k')
			sp_strv_add(&keys, optarg);
		if (c == 'k' || c == 'l')
			continue;
		r = cmd_common(&o, c, help);
		if (r >= 0)
			return r;
	}
	if (argc - optind > 1)
		return cmd_usage("media", "one PATH at a time");
	r = list(&o, argv[optind], &keys, &err);
	return r < 0 ? cmd_fail(&err) : r;
}
