/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fuzz_altdb.c - any bytes as the state file of a group of alternatives, of
 * the tool that the first byte says; then every choice of it is set.
 *
 * Besides crashes it looks for a text that is read differently once it was
 * written, and for a setting that does not stay.
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "core/host_overlay.h"
#include "core/kind.h"
#include "core/mem.h"
#include "harden/altdb.h"

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

/* What is written must be read as the same, and written the same again. */
static void same_again(const struct sp_altgroup *g)
{
	sp_auto_buf text = { 0 }, again = { 0 };
	sp_auto_altgroup copy = { 0 };
	sp_auto_err err = { 0 };

	sp_altgroup_format(g, &text);
	if (sp_altgroup_parse(g->tool, g->name, sp_buf_cstr(&text), text.len,
			      &copy, &err) < 0) {
		(void)fprintf(stderr, "%s\n%s", err.msg, sp_buf_cstr(&text));
		abort();
	}
	sp_altgroup_format(&copy, &again);
	if (!sp_streq(sp_buf_cstr(&text), sp_buf_cstr(&again)))
		abort();
}

static struct sp_host *make_host(enum sp_alt_tool tool, const char *text,
				 size_t len)
{
	static const char *const dirs[] = { "/", "/var", "/var/lib", "/var/lib/dpkg",
					    "/var/lib/dpkg/alternatives",
					    "/var/lib/alternatives", "/etc",
					    "/etc/alternatives" };
	struct sp_host *h = sp_host_new(NULL);

	for (size_t i = 0; i < SP_COUNT(dirs); i++)
		add_node(h, dirs[i], SP_FT_DIR, "", 0);
	add_node(h, tool == SP_ALT_DPKG ? "/var/lib/dpkg/alternatives/x" :
					  "/var/lib/alternatives/x",
		 SP_FT_FILE, text, len);
	return h;
}

static void set_choice(enum sp_alt_tool tool, const char *text, size_t len,
		       size_t i)
{
	struct sp_host *h = make_host(tool, text, len);
	sp_auto_altgroup g = { 0 };
	sp_auto_err err = { 0 };
	sp_auto_free char *path = NULL, *now = NULL;

	if (sp_altgroup_read(h, "x", &g, &err) == 1 && i < g.n) {
		path = sp_xstrdup(g.choices[i].path);
		if (sp_altgroup_set(h, &g, &g.choices[i], true, &err) == 0 &&
		    (sp_altgroup_current(h, &g, &now, &err) != 1 ||
		     !sp_streq(path, now)))
			abort();
	}
	sp_host_free(h);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const char *text = (const char *)data + 1;
	enum sp_alt_tool tool;
	sp_auto_altgroup g = { 0 };
	sp_auto_err err = { 0 };

	if (!len)
		return 0;
	len--;
	tool = data[0] == 'd' ? SP_ALT_DPKG : SP_ALT_CHKCONFIG;
	if (sp_altgroup_parse(tool, "x", text, len, &g, &err) < 0)
		return 0;
	same_again(&g);
	for (size_t i = 0; i < g.n && i < 3; i++)
		set_choice(tool, text, len, i);
	return 0;
}
