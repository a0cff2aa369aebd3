/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * kind_package.c - the packages of the host: one transaction of rpm.
 *
 * The work is in the module of packages (pkg.h).  A change has the profile's
 * fields and, as results, the steps that the solver found, so that plan and
 * journal tell them, and undo needs no solver.
 *
 * Source: dnf(8) and rpm(8), whose words and policies are meant.
 * Undo does not bring back: what scripts of packages did besides, what rpm
 * drops of edited configuration files (it leaves .rpmsave, .rpmnew), and the
 * times of files that no package owned (stray.h).
 */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "core/kind.h"
#include "core/mem.h"
#include "pkg/pkg.h"
#include "pkg/step.h"

enum {
	UPDATE,
	INSTALL,
	REMOVE,
	WEAK_DEPS,
	OFFLINE,
	KEEP_REPLACED,
	KEEP_LIMIT,
	TRANSACTION,
	SUMS,
	STRAYS,
};

#define KEEP_LIMIT_MIB 2048

/* --- values ---------------------------------------------------------------------- */

/* A name, pattern, path, capability or NEVRA; one comparison may follow. */
static int canon_spec(const char *text, char **ret, struct sp_err *err)
{
	sp_auto_strv words = { 0 };
	static const char *const compares[] = { "=", "<", ">", "<=", ">=" };
	bool known = false;

	for (const char *p = text; *p; p++)
		if (iscntrl((unsigned char)*p) || strchr(",;\"'`|&$", *p))
			return sp_fail(err, EINVAL,
				       "\"%s\" is no name, pattern or path of "
				       "a package",
				       text);
	sp_strv_split(&words, text, " ");
	for (size_t i = 0; i < SP_COUNT(compares); i++)
		known |= words.n == 3 && strcmp(words.v[1], compares[i]) == 0;
	known |= words.n && *words.v[0] == '@'; /* a group's title */
	if (words.n != 1 && !known)
		return sp_fail(err, EINVAL,
			       "\"%s\": expected one word, or NAME >= VERSION",
			       text);
	if (strcmp(words.v[0], "@") == 0 || *words.v[0] == '-')
		return sp_fail(err, EINVAL, "\"%s\" is no name", text);
	*ret = sp_strv_join(&words, " ");
	return 0;
}

static int canon_remove(const char *text, char **ret, struct sp_err *err)
{
	if (*text == '@')
		return sp_fail(err, EINVAL,
			       "\"%s\": groups cannot be removed, only "
			       "packages",
			       text);
	return canon_spec(text, ret, err);
}

static const char *const updates[] = { "all", "security", "none", NULL };

static const struct sp_field fields[] = {
	[UPDATE] = {
		.name = "update", .type = SP_T_ENUM, .flags = SP_F_DIRECTIVE,
		.choices = updates, .dflt = "none",
		.doc = "Update what is installed: all, only what an advisory "
		       "calls security, or none.",
	},
	[INSTALL] = {
		.name = "install", .type = SP_T_SET, .flags = SP_F_DIRECTIVE,
		.canon = canon_spec,
		.doc = "What has to be installed: names, NAME-VERSION, "
		       "patterns, paths, capabilities, @GROUPs.",
	},
	[REMOVE] = {
		.name = "remove", .type = SP_T_SET, .flags = SP_F_DIRECTIVE,
		.canon = canon_remove,
		.doc = "What must not be installed; what needs it goes, too.",
	},
	[WEAK_DEPS] = {
		.name = "weak_deps", .type = SP_T_BOOL,
		.flags = SP_F_DIRECTIVE,
		.doc = "Install what packages only recommend; unset: as "
		       "dnf.conf says.",
	},
	[OFFLINE] = {
		.name = "offline", .type = SP_T_BOOL, .flags = SP_F_DIRECTIVE,
		.dflt = "false",
		.doc = "Use no network: only what the cache and media have.",
	},
	[KEEP_REPLACED] = {
		.name = "keep_replaced", .type = SP_T_BOOL,
		.flags = SP_F_DIRECTIVE, .dflt = "true",
		.doc = "Keep what is replaced or removed, as far as it can be "
		       "had, so that undo can bring it back.",
	},
	[KEEP_LIMIT] = {
		.name = "keep_limit", .type = SP_T_INT,
		.flags = SP_F_DIRECTIVE, .min = 1, .max = 1 << 20,
		.dflt = "2048", .unit = "MiB",
		.doc = "Size of all that is kept; the oldest goes first.",
	},
	[TRANSACTION] = {
		.name = "transaction", .type = SP_T_LIST,
		.flags = SP_F_RESULT, .doc = "The steps.",
		.told = sp_step_told,
	},
	[SUMS] = {
		.name = "sums", .type = SP_T_STR,
		.flags = SP_F_RESULT | SP_F_NOTE,
		.doc = "Their sums.",
	},
	[STRAYS] = {
		.name = "strays", .type = SP_T_STR,
		.flags = SP_F_RESULT | SP_F_NOTE,
		.doc = "Files of no package that they replace.",
	},
	{ 0 }
};

static struct sp_packages_want to_want(const struct sp_state *st)
{
	const char *update = sp_state_str(st, UPDATE);

	return (struct sp_packages_want){
		.install = sp_state_list(st, INSTALL),
		.remove = sp_state_list(st, REMOVE),
		.update = update ? update : "none",
		.weak_deps = sp_state_has(st, WEAK_DEPS)
				     ? sp_state_bool(st, WEAK_DEPS, true)
				     : -1,
		.offline = sp_state_bool(st, OFFLINE, false),
		.keep = sp_state_bool(st, KEEP_REPLACED, true),
		.keep_bytes = sp_state_int(st, KEEP_LIMIT, KEEP_LIMIT_MIB)
			      << 20,
	};
}

/* --- verbs ------------------------------------------------------------------------- */

static void check(const struct sp_check *ck)
{
	const struct sp_strv *install = sp_state_list(&ck->res->want, INSTALL);
	const struct sp_strv *remove = sp_state_list(&ck->res->want, REMOVE);

	for (size_t i = 0; i < remove->n; i++)
		if (sp_strv_has(install, remove->v[i]))
			sp_diag_error(ck->diag, ck->res, REMOVE, (int)i,
				      "\"%s\" is in install, too",
				      remove->v[i]);
	if (ck->host && sp_host_snapshot(ck->host))
		sp_diag_error(ck->diag, ck->res, -1, -1,
			      "a snapshot has no packages; plan on the host, "
			      "or on a root directory");
}

/* The line of the profile that names what the message begins with. */
static void add_place(const struct sp_state *want, struct sp_err *err)
{
	static const char begin[] = "install: \"";
	const struct sp_value *v = sp_state_get(want, INSTALL);
	const char *spec;

	if (!v || !v->item_marks || !sp_starts(err->msg, begin))
		return;
	spec = err->msg + strlen(begin);
	for (size_t i = 0; i < v->list.n; i++) {
		size_t n = strlen(v->list.v[i]);

		if (!strncmp(spec, v->list.v[i], n) && spec[n] == '"' &&
		    v->item_marks[i].line) {
			(void)sp_wrap(err, "line %u", v->item_marks[i].line);
			return;
		}
	}
}

static int observe(struct sp_host *host, const char *id,
		   const struct sp_state *want, struct sp_state *ret_have,
		   struct sp_err *err)
{
	const struct sp_packages_want w = to_want(want);
	const struct sp_pkg_module *m;
	struct sp_packages_plan plan = { 0 };
	int r = sp_pkg_load(&m, err);

	(void)id;
	if (r < 0)
		return r;
	r = m->plan(host, &w, &plan, err);
	if (r < 0) {
		add_place(want, err);
		return r;
	}
	ret_have->present = true;
	if (plan.steps.n) {
		sp_state_set_list(ret_have, TRANSACTION, &plan.steps);
		sp_state_set_str(ret_have, SUMS, plan.sums);
		if (plan.strays)
			sp_state_set_str(ret_have, STRAYS, plan.strays);
	}
	m->plan_clear(&plan);
	return 0;
}

/* The host's side is what is wanted, without the steps that are missing. */
static int diff(const struct sp_kind *kind, const struct sp_state *want,
		const struct sp_state *have, struct sp_change *ret_change,
		struct sp_err *err)
{
	sp_auto_strv steps = { 0 };

	(void)err;
	if (!sp_state_has(have, TRANSACTION))
		return 0;
	*ret_change = (struct sp_change){ .kind = kind, .op = SP_MODIFY };
	sp_state_copy(&ret_change->before, want);
	sp_state_copy(&ret_change->after, want);
	sp_strv_copy(&steps, sp_state_list(have, TRANSACTION));
	sp_state_set_list(&ret_change->after, TRANSACTION, &steps);
	sp_state_set_str(&ret_change->after, SUMS, sp_state_str(have, SUMS));
	if (sp_state_has(have, STRAYS))
		sp_state_set_str(&ret_change->after, STRAYS,
				 sp_state_str(have, STRAYS));
	return 1;
}

struct act {
	struct sp_host *host;
	const struct sp_pkg_module *module;
	const struct sp_state *st;
};

static int do_apply(void *arg, const char *root, struct sp_output *out,
		    struct sp_err *err)
{
	const struct act *a = arg;
	const struct sp_packages_want w = to_want(a->st);

	return a->module->apply(a->host, &w, sp_state_list(a->st, TRANSACTION),
				root, out, err);
}

static int do_undo(void *arg, const char *root, struct sp_output *out,
		   struct sp_err *err)
{
	const struct act *a = arg;

	return a->module->undo(a->host, sp_state_list(a->st, TRANSACTION), root,
			       out, err);
}

static int act(struct sp_host *host, const struct sp_state *st, bool undo,
	       struct sp_err *err)
{
	const struct sp_strv *steps = sp_state_list(st, TRANSACTION);
	struct act a = { .host = host, .st = st };
	sp_auto_free char *what = NULL;
	int r;

	if (!steps->n)
		return 0;
	r = sp_pkg_load(&a.module, err);
	if (r < 0)
		return r;
	/* for the journal as well, hence in no other language */
	what = sp_asprintf("%s of packages, %zu steps",
			   undo ? "taking back a transaction" : "transaction",
			   steps->n);
	return sp_host_act(host, what, undo ? do_undo : do_apply, &a, err);
}

static int apply(struct sp_host *host, const struct sp_change *change,
		 struct sp_err *err)
{
	return act(host, &change->after, false, err);
}

/* The packages, then the files that were nobody's. */
static int undo(struct sp_host *host, const struct sp_change *change,
		struct sp_err *err)
{
	const struct sp_pkg_module *m;
	sp_auto_err ignored = { 0 };
	int r = act(host, &change->after, true, err), back;

	/* they come back also when some package does not */
	back = sp_pkg_load(&m, &ignored);
	if (back >= 0)
		back = m->back(host, r < 0 ? &ignored : err);
	return r < 0 ? r : back;
}

static const char *const paths[] = { NULL };

const struct sp_kind sp_kind_package = {
	.name = "package",
	.section = "packages",
	.shape = SP_SHAPE_MAP,
	.summary = "the host's packages, one transaction",
	.undo_limits = "what scripts of packages did besides, and edits of "
		       "configuration files that rpm sets aside",
	.fields = fields,
	.flags = SP_KIND_TRANSACTS,
	.paths = paths,
	.check = check,
	.observe = observe,
	.diff = diff,
	.apply = apply,
	.undo = undo,
};
