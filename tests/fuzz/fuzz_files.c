/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fuzz_files.c - any bytes as the file that a kind edits; the first byte says
 * which.
 *
 * Besides crashes it looks for a change that does not take: that is planned
 * again after it was applied, or whose undo does not bring back what was
 * observed before.
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "core/host_overlay.h"
#include "core/mem.h"
#include "core/plan.h"
#include "core/profile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static const struct {
	const char *path, *profile;
} rows[] = {
	{ "/etc/hostname", "hostname: vd01.example.com\n" },
	{ "/etc/adjtime", "time: {rtc: local}\n" },
	{ "/etc/adjtime", "time: {rtc: utc}\n" },
	{ "/etc/timezone", "time: {zone: Asia/Seoul}\n" },
	{ "/etc/sysctl.d/90-sprout.conf",
	  "sysctl: [{name: a.b, value: 1 2}, {name: -c.d, value: 3},"
	  " {name: n/c/e.5/f, ensure: absent}]\n" },
	{ "/etc/chrony.conf",
	  "ntp: {servers: [a, b.example.com], pools: [], rtcsync: true,"
	  " makestep: {threshold: 0.5, limit: -1}, allow: [all, 10.0.0.0/8]}\n" },
	{ "/etc/chrony.conf",
	  "ntp: {pools: [p], rtcsync: false, makestep: {limit: 3}, allow: []}\n" },
	{ "/etc/yum.repos.d/x.repo",
	  "repos: [{name: a, title: A b, baseurl: [http://a/, http://b/],"
	  " mirrorlist: '', metalink: '', exclude: [a, b], includepkgs: [],"
	  " priority: 7, gpgcheck: true, enabled: false}]\n" },
	{ "/etc/yum.repos.d/x.repo",
	  "repos: [{name: a, gpgkey: [file:///k], enabled: true, proxy: '',"
	  " metalink: https://m/?a=b, password: s, cost: 5}]\n" },
	{ "/etc/yum.repos.d/x.repo",
	  "repos: [{name: a, ensure: absent}, {name: b, ensure: absent}]\n" },
};

static void add_node(struct sp_host *h, const char *path, enum sp_ftype type,
		     const void *text, size_t len)
{
	struct sp_node n = {
		.type = type, .mode = 0755, .loaded = true, .size = len
	};

	sp_buf_addn(&n.data, text, len);
	sp_host_preload(h, path, &n);
}

static void die(struct sp_host *h, const char *path, const char *id,
		const char *why)
{
	sp_auto_buf text = { 0 };
	sp_auto_err err = { 0 };

	(void)sp_host_read(h, path, &text, &err);
	(void)fprintf(stderr, "%s: %s: %s\n---\n%s\n", path, id, why,
		      sp_buf_cstr(&text));
	abort();
}

/* After undo the host must be as the change found it. */
static void check_undone(struct sp_host *h, const char *path,
			 const struct sp_change *c)
{
	sp_auto_state now = { 0 };
	sp_auto_err err = { 0 };

	sp_state_init(&now, c->kind->fields);
	if (c->kind->observe(h, c->id, &c->before, &now, &err) < 0)
		die(h, path, c->id, err.msg);
	if (now.present != c->before.present)
		die(h, path, c->id, "undo: there, or not there");
	for (int f = 0; now.present && c->kind->fields[f].name; f++)
		if (sp_field_differs(&c->kind->fields[f], &c->before, &now, f))
			die(h, path, c->id, c->kind->fields[f].name);
}

static void check_resource(struct sp_host *h, const char *path,
			   const struct sp_resource *res)
{
	struct sp_change c = { 0 }, again = { 0 }, back = { 0 };
	sp_auto_err err = { 0 };
	int r = sp_plan_compare(res, h, &c, &err);

	if (r > 0) {
		if (c.kind->apply(h, &c, &err) < 0)
			die(h, path, res->id, err.msg);
		if (sp_plan_compare(res, h, &again, &err) != 0)
			die(h, path, res->id, "did not take");
		back.kind = c.kind;
		back.id = sp_xstrdup(c.id);
		back.op = c.op == SP_ADD      ? SP_REMOVE
			  : c.op == SP_REMOVE ? SP_ADD
					      : SP_MODIFY;
		sp_state_copy(&back.before, &c.after);
		sp_state_copy(&back.after, &c.before);
		if (c.kind->apply(h, &back, &err) < 0)
			die(h, path, res->id, err.msg);
		check_undone(h, path, &c);
	} else if (r < 0) {
		die(h, path, res->id, err.msg);
	}
	sp_change_clear(&c);
	sp_change_clear(&again);
	sp_change_clear(&back);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	sp_auto_profile p = { 0 };
	sp_auto_diag diag = { 0 };
	sp_auto_free char *text = NULL;
	struct sp_host *h;
	const char *path;
	size_t row;

	if (!len || len > 65536 || memchr(data, 0, len))
		return 0;
	row = data[0] % SP_COUNT(rows);
	path = rows[row].path;
	text = sp_asprintf("sprout: 1\n%s", rows[row].profile);
	sp_profile_add_text(&p, "fuzz", text, strlen(text));
	sp_profile_parse(&p, &diag);
	if (diag.errors)
		return 0; /* built without these kinds */
	h = sp_host_new(NULL);
	add_node(h, "/", SP_FT_DIR, "", 0);
	for (const char *s = strchr(path + 1, '/'); s; s = strchr(s + 1, '/')) {
		sp_auto_free char *dir = sp_xstrndup(path, (size_t)(s - path));

		add_node(h, dir, SP_FT_DIR, "", 0);
	}
	add_node(h, path, SP_FT_FILE, data + 1, len - 1);
	for (size_t i = 0; i < p.n; i++)
		check_resource(h, path, &p.res[i]);
	sp_host_free(h);
	return 0;
}
