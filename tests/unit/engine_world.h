/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * engine_world.h - a root to run the engine on, and a kind of its own: lines
 * "ID VALUE" of one file.  Include it once, behind cmocka.h, and give
 * sp_kinds[].
 */
#ifndef SPROUT_ENGINE_WORLD_H
#define SPROUT_ENGINE_WORLD_H

#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "core/engine.h"
#include "core/mem.h"

#define ENTRIES "/etc/entries"

/* --- kinds: lines "ID VALUE" of one file --------------------------------------- */

enum { F_VALUE };

static const struct sp_field entry_fields[] = {
	[F_VALUE] = { .name = "value",
		      .type = SP_T_STR,
		      .flags = SP_F_REQUIRED,
		      .doc = "Text behind the name." },
	{ 0 },
};

static char *entry_get(const struct sp_buf *b, const char *id)
{
	size_t pos = 0, len, n = strlen(id);
	const char *line;

	while (sp_next_line(sp_buf_cstr(b), b->len, &pos, &line, &len))
		if (len > n && strncmp(line, id, n) == 0 && line[n] == ' ')
			return sp_xstrndup(line + n + 1, len - n - 1);
	return NULL;
}

static int entry_observe(struct sp_host *host, const char *id,
			 const struct sp_state *want, struct sp_state *ret,
			 struct sp_err *err)
{
	sp_auto_buf b = { 0 };
	char *value;
	int r = sp_host_read(host, ENTRIES, &b, err);

	(void)want;
	if (r < 0)
		return r;
	value = entry_get(&b, id);
	if (value) {
		ret->present = true;
		sp_state_set_str_take(ret, F_VALUE, value);
	}
	return 0;
}

static int entry_apply(struct sp_host *host, const struct sp_change *c,
		       struct sp_err *err)
{
	sp_auto_buf b = { 0 }, out = { 0 };
	size_t pos = 0, len, n = strlen(c->id);
	bool done = !c->after.present;
	const char *line;
	int r = sp_host_read(host, ENTRIES, &b, err);

	if (r < 0)
		return r;
	while (sp_next_line(sp_buf_cstr(&b), b.len, &pos, &line, &len)) {
		if (len > n && strncmp(line, c->id, n) == 0 && line[n] == ' ') {
			if (c->after.present)
				sp_buf_addf(&out, "%s %s\n", c->id,
					    sp_state_str(&c->after, F_VALUE));
			done = true;
			continue;
		}
		sp_buf_addn(&out, line, len);
		sp_buf_addc(&out, '\n');
	}
	if (!done)
		sp_buf_addf(&out, "%s %s\n", c->id,
			    sp_state_str(&c->after, F_VALUE));
	if (out.len == 0)
		return sp_host_remove(host, ENTRIES, err);
	return sp_host_write(host, ENTRIES, out.data, out.len, SP_ATTR_KEEP,
			     err);
}

static const struct sp_kind kind_entry = {
	.name = "entry",
	.section = "entries",
	.shape = SP_SHAPE_LIST,
	.summary = "a line",
	.fields = entry_fields,
	.observe = entry_observe,
	.apply = entry_apply,
};

/* --- a root ---------------------------------------------------------------------- */

struct world {
	char *top;
	struct sp_root *root;
	struct sp_buf calls;
	int status; /* of every command */
};

static int run(void *arg, const char *const argv[], struct sp_output *ret,
	       struct sp_err *err)
{
	struct world *w = arg;

	(void)err;
	*ret = (struct sp_output){ .status = w->status };
	sp_buf_add(&ret->text, "said something\n");
	sp_buf_addf(&w->calls, "%s %s;", argv[0], argv[1]);
	return 0;
}

static void put(const struct world *w, const char *path, const char *text)
{
	sp_auto_free char *p = sp_asprintf("%s%s", w->top, path);
	FILE *f = fopen(p, "we");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

/* A file's text; "(none)" when there is none.  Leaks on purpose: tests. */
static const char *get(const struct world *w, const char *path)
{
	static char text[65536];
	sp_auto_free char *p = sp_asprintf("%s%s", w->top, path);
	FILE *f = fopen(p, "re");
	size_t n;

	if (!f)
		return "(none)";
	n = fread(text, 1, sizeof(text) - 1, f);
	(void)fclose(f);
	text[n] = '\0';
	return text;
}

static int setup(void **state)
{
	struct world *w = sp_xcalloc(1, sizeof(*w));
	sp_auto_free char *etc = NULL;
	sp_auto_err err = { 0 };

	w->top = sp_xstrdup("/tmp/sprout-engine-XXXXXX");
	assert_non_null(mkdtemp(w->top));
	etc = sp_asprintf("%s/etc", w->top);
	assert_int_equal(mkdir(etc, 0755), 0);
	assert_int_equal(sp_root_open(w->top, &w->root, &err), 0);
	sp_root_set_run(w->root, run, w);
	*state = w;
	return 0;
}

static int remove_one(const char *path, const struct stat *st, int type,
		      struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static int teardown(void **state)
{
	struct world *w = *state;

	sp_root_free(w->root);
	(void)nftw(w->top, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	sp_buf_clear(&w->calls);
	free(w->top);
	free(w);
	return 0;
}

static enum sp_outcome apply_within(struct world *w, const char *yaml,
				    int confirm_s, struct sp_report *rep)
{
	sp_auto_profile profile = { 0 };
	sp_auto_diag diag = { 0 };
	sp_auto_plan plan = { 0 };
	sp_auto_err err = { 0 };
	sp_auto_host *host = sp_host_new(w->root);

	sp_profile_add_text(&profile, "p.yaml", yaml, strlen(yaml));
	sp_profile_parse(&profile, &diag);
	assert_int_equal(diag.errors, 0);
	assert_int_equal(sp_plan_make(&plan, &profile, host, &err), 0);
	return sp_engine_apply(&plan, &profile, host, confirm_s, rep);
}

static enum sp_outcome apply(struct world *w, const char *yaml,
			     struct sp_report *rep)
{
	return apply_within(w, yaml, 0, rep);
}

static void load(struct world *w, const char *id, struct sp_run *ret)
{
	sp_auto_err err = { 0 };

	if (sp_journal_load(w->root, id, ret, &err) < 0)
		fail_msg("%s", err.msg);
}

static enum sp_outcome undo(struct world *w, const char *id,
			    struct sp_report *rep)
{
	sp_auto_run r = { 0 };

	load(w, id, &r);
	return sp_engine_undo(w->root, &r, false, rep);
}

#define HEAD "sprout: 1\n"

#endif
