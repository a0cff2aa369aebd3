/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* modules.c - hide what is of streams that are not enabled. */
#include "pkg/modules.h"

#include <errno.h>
#include <string.h>

#include "core/ini.h"
#include "core/mem.h"
#include "core/yaml.h"

#define DIR_MODULES "/etc/dnf/modules.d"
#define TEXT_MAX ((size_t)64 << 20) /* bytes of one modules.yaml, unpacked */

static const struct sp_yaml_limits limits = {
	.size_bytes = (size_t)16 << 20, /* of one document */
	.depth = 32,
	.nodes = 500000,
	.text_bytes = (size_t)1 << 20,
};

void sp_modules_clear(struct sp_modules *m)
{
	sp_strv_clear(&m->active);
	sp_strv_clear(&m->streams);
	sp_strv_clear(&m->artifacts);
	*m = (struct sp_modules){ 0 };
}

/* --- modules.yaml ------------------------------------------------------------- */

static void read_stream(const struct sp_ynode *data, struct sp_modules *to)
{
	const char *name = sp_ynode_text(sp_ynode_get(data, "name"));
	const char *stream = sp_ynode_text(sp_ynode_get(data, "stream"));
	const struct sp_ynode *rpms =
		sp_ynode_get(sp_ynode_get(data, "artifacts"), "rpms");

	if (!name || !stream)
		return;
	sp_strv_addf(&to->streams, "%s:%s", name, stream);
	for (size_t i = 0; rpms && rpms->kind == SP_Y_LIST && i < rpms->n;
	     i++) {
		const char *nevra = sp_ynode_text(rpms->items[i]);

		if (nevra)
			sp_strv_addf(&to->artifacts, "%s:%s %s", name, stream,
				     nevra);
	}
}

static int read_document(const char *text, size_t len, struct sp_modules *to,
			 struct sp_err *err)
{
	sp_auto_yaml y = { 0 };
	const struct sp_ynode *data;
	const char *what;
	int r = sp_yaml_read(text, len, &limits, &y, err);

	if (r < 0)
		return r;
	what = sp_ynode_text(sp_ynode_get(y.root, "document"));
	data = sp_ynode_get(y.root, "data");
	if (sp_streq(what, "modulemd") || sp_streq(what, "modulemd-stream")) {
		read_stream(data, to);
	} else if (sp_streq(what, "modulemd-defaults")) {
		const char *name = sp_ynode_text(sp_ynode_get(data, "module"));
		const char *stream =
			sp_ynode_text(sp_ynode_get(data, "stream"));

		if (name && stream)
			sp_strv_addf(&to->active, "%s:%s", name, stream);
	}
	return 0;
}

/* Is this line, up to white space, "---" or "..."? */
static bool is_mark(const char *line, size_t n)
{
	return n >= 3 && (!memcmp(line, "---", 3) || !memcmp(line, "...", 3)) &&
	       (n == 3 || line[3] == ' ' || line[3] == '\r');
}

int sp_modules_read(const char *text, size_t len, struct sp_modules *to,
		    struct sp_err *err)
{
	size_t pos = 0, from = 0, n;
	const char *line;
	int r = 0;

	/* sp_yaml_read() takes one document */
	while (r >= 0 && from < len) {
		size_t at = pos;
		bool more = sp_next_line(text, len, &pos, &line, &n);

		if (more && !is_mark(line, n))
			continue;
		if (!more)
			at = len;
		if (at > from && strspn(text + from, " \t\r\n") < at - from)
			r = read_document(text + from, at - from, to, err);
		from = pos;
	}
	return r;
}

/* --- which are active ------------------------------------------------------------ */

/* What the host says of modules replaces the defaults. */
static int read_host(struct sp_host *h, struct sp_strv *active,
		     struct sp_err *err)
{
	sp_auto_strv names = { 0 };
	int r = sp_host_list(h, DIR_MODULES, &names, err);

	for (size_t i = 0; i < names.n && r > 0; i++) {
		sp_auto_free char *path =
			sp_asprintf(DIR_MODULES "/%s", names.v[i]);
		sp_auto_free char *module = NULL, *stream = NULL, *state = NULL,
				  *prefix = NULL;
		sp_auto_buf text = { 0 };

		if (!sp_ends(names.v[i], ".module"))
			continue;
		r = sp_host_read(h, path, &text, err);
		if (r <= 0)
			break;
		module = sp_xstrndup(names.v[i],
				     strlen(names.v[i]) - strlen(".module"));
		stream = sp_ini_get(&sp_ini_yum, &text, module, "stream");
		state = sp_ini_get(&sp_ini_yum, &text, module, "state");
		prefix = sp_asprintf("%s:", module);
		if (!state || !*state)
			continue;
		for (size_t k = active->n; k-- > 0;)
			if (sp_starts(active->v[k], prefix))
				sp_strv_remove(active, k);
		if (stream && *stream &&
		    (sp_streq(state, "enabled") || sp_streq(state, "1")))
			sp_strv_addf(active, "%s%s", prefix, stream);
	}
	return r < 0 ? r : 0;
}

/* --- hide ------------------------------------------------------------------------- */

/* Sorted. */
struct hide {
	struct sp_strv hidden; /* NEVRAs of streams that are not active */
	struct sp_strv shown;  /* NEVRAs of active ones */
	struct sp_strv names;  /* of packages in active ones */
};

static bool hides(void *arg, const char *name, const char *evr,
		  const char *arch)
{
	const struct hide *x = arg;
	sp_auto_free char *nevra = sp_asprintf(
		"%s-%s%s.%s", name, strchr(evr, ':') ? "" : "0:", evr, arch);

	if (sp_strv_has_sorted(&x->shown, nevra))
		return false;
	return sp_strv_has_sorted(&x->hidden, nevra) ||
	       sp_strv_has_sorted(&x->names, name);
}

static void sort_out(const struct sp_modules *m, struct hide *x)
{
	for (size_t i = 0; i < m->artifacts.n; i++) {
		const char *nevra = strchr(m->artifacts.v[i], ' ') + 1;
		sp_auto_free char *stream =
			sp_xstrndup(m->artifacts.v[i],
				    (size_t)(nevra - 1 - m->artifacts.v[i]));
		sp_auto_nevra n = { 0 };
		sp_auto_err ignored = { 0 };

		if (!sp_strv_has(&m->active, stream)) {
			sp_strv_add(&x->hidden, nevra);
			continue;
		}
		sp_strv_add(&x->shown, nevra);
		if (sp_nevra_parse(nevra, &n, &ignored) >= 0)
			sp_strv_add(&x->names, n.name);
	}
	sp_strv_sort(&x->hidden);
	sp_strv_sort(&x->shown);
	sp_strv_sort(&x->names);
}

int sp_modules_hide(struct sp_solv *s, const struct sp_metadata *md,
		    struct sp_host *h, struct sp_err *err)
{
	struct sp_modules all = { 0 };
	struct hide x = { 0 };
	int r = 0;

	for (size_t i = 0; i < md->n && r >= 0; i++) {
		const struct sp_meta *m = &md->v[i];
		sp_auto_buf text = { 0 };

		if (m->skipped || !m->file[SP_META_MODULES].path)
			continue;
		r = sp_solv_read_text(m->file[SP_META_MODULES].path, TEXT_MAX,
				      &text, err);
		if (r >= 0)
			r = sp_modules_read(text.data, text.len, &all, err);
		if (r < 0)
			r = sp_wrap(err, "repository \"%s\": modules",
				    m->repo->id);
	}
	if (r >= 0 && all.artifacts.n)
		r = read_host(h, &all.active, err);
	if (r >= 0)
		sort_out(&all, &x);
	for (size_t i = 0; i < md->n && r >= 0 && all.artifacts.n; i++)
		if (!md->v[i].skipped && !md->v[i].repo->module_hotfixes)
			sp_solv_hide(s, &md->v[i], hides, &x);
	sp_strv_clear(&x.hidden);
	sp_strv_clear(&x.shown);
	sp_strv_clear(&x.names);
	sp_modules_clear(&all);
	return r;
}
