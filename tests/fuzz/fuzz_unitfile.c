/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fuzz_unitfile.c - any bytes as unit files of a root in memory, and every
 * operation on the unit that the first line names.
 *
 * "=== PATH" begins a file, "=== PATH -> TARGET" is a link.  Besides crashes
 * it looks for links outside of /etc/systemd/system, for an enable that is
 * not the same the second time, and for a disable that leaves a link.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "core/host_overlay.h"
#include "core/kind.h"
#include "core/mem.h"
#include "core/unitfile.h"
#include "core/unitparse.h"

#define CONFIG_DIR "/etc/systemd/system"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);
const struct sp_kind *const sp_kinds[] = { NULL };

static void add_node(struct sp_host *h, const char *path, enum sp_ftype type,
		     const char *text, size_t len)
{
	struct sp_node n = { .type = type, .mode = 0755, .loaded = true,
			     .size = len };

	sp_buf_addn(&n.data, text, len);
	sp_host_preload(h, path, &n);
}

/* Only paths that a root can have; the parents become directories. */
static void add_file(struct sp_host *h, const char *path, enum sp_ftype type,
		     const char *text, size_t len)
{
	sp_auto_free char *p = sp_xstrdup(path);

	if (path[0] != '/' || strstr(path, "//") || strstr(path, "/.") ||
	    sp_ends(path, "/"))
		return;
	/* A directory that is a link would rightly lead writes elsewhere. */
	if (type == SP_FT_LINK && sp_starts(path, "/etc") &&
	    sp_unit_class(strrchr(path, '/') + 1) == SP_UNIT_BAD)
		return;
	for (char *s = p + 1; (s = strchr(s, '/')); s++) {
		*s = '\0';
		add_node(h, p, SP_FT_DIR, "", 0);
		*s = '/';
	}
	add_node(h, p, type, text, len);
}

/* Files from @text; the first line, the unit's name, is the result. */
static char *build(struct sp_host *h, const char *text, size_t len)
{
	sp_auto_free char *path = NULL, *name = NULL;
	const char *line, *start = NULL;
	size_t pos = 0, n;

	if (!sp_next_line(text, len, &pos, &line, &n))
		return sp_xstrdup("");
	name = sp_xstrndup(line, n);
	while (sp_next_line(text, len, &pos, &line, &n)) {
		char *to;

		if (n < 4 || memcmp(line, "=== ", 4))
			continue;
		if (path)
			add_file(h, path, SP_FT_FILE, start, (size_t)(line - start));
		free(path);
		path = sp_xstrndup(line + 4, n - 4);
		start = text + pos;
		to = strstr(path, " -> ");
		if (to) {
			*to = '\0';
			add_file(h, path, SP_FT_LINK, to + 4, strlen(to + 4));
			free(sp_take(&path));
		}
	}
	if (path)
		add_file(h, path, SP_FT_FILE, start, (size_t)(text + len - start));
	return sp_take(&name);
}

static void describe(struct sp_host *h, struct sp_buf *out)
{
	sp_auto_effects e = { 0 };
	sp_auto_err err = { 0 };

	if (sp_host_effects(h, &e, &err) < 0)
		return;
	for (size_t i = 0; i < e.n; i++) {
		const char *path = e.v[i].path;

		if (!sp_starts(path, CONFIG_DIR "/") && !sp_starts(CONFIG_DIR, path))
			abort();
		sp_buf_addf(out, "%s %d %s\n", path, (int)e.v[i].after.type,
			    e.v[i].after.type == SP_FT_LINK ?
				    sp_buf_cstr(&e.v[i].after.data) :
				    "");
	}
}

static void cycle(struct sp_host *h, const char *name)
{
	sp_auto_err can = { 0 }, err = { 0 };
	sp_auto_buf once = { 0 }, twice = { 0 };
	sp_auto_unit u = { 0 };
	int a, b;

	if (sp_unit_look(h, name, &u, &err) < 0)
		sp_err_clear(&err);
	free(sp_unit_suggest(h, name));
	a = sp_unit_can_enable(h, name, &can);
	b = sp_unit_enable(h, name, &err);
	/*
	 * Two links of one unit may be in each other's way, and a file in the
	 * way of a directory.
	 */
	if (a < 0 ? b == 0 : b < 0 && b != -EBUSY && b != -ENOTDIR)
		abort();
	if (b == 0) {
		describe(h, &once);
		if (sp_unit_enable(h, name, &err) == 0) {
			describe(h, &twice);
			if (!sp_streq(sp_buf_cstr(&once), sp_buf_cstr(&twice)))
				abort();
		}
	}
	sp_err_clear(&err);
	if (sp_unit_disable(h, name, &err) < 0)
		sp_err_clear(&err);
	describe(h, &once);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct sp_host *h = sp_host_new(NULL);
	sp_auto_free char *name = NULL;
	sp_auto_err err = { 0 };
	sp_auto_buf text = { 0 };

	add_node(h, "/", SP_FT_DIR, "", 0);
	name = build(h, (const char *)data, len);
	cycle(h, name);
	sp_host_reset(h);
	if (sp_unit_mask(h, name, &err) == 0) {
		enum sp_unit_state state;

		if (sp_unit_state(h, name, &state, &err) == 0 &&
		    state != SP_UNIT_MASKED)
			abort();
		sp_err_clear(&err);
		if (sp_unit_unmask(h, name, &err) < 0)
			abort();
	}
	describe(h, &text);
	sp_host_free(h);
	return 0;
}
