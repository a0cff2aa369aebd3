/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * kind_command.c - commands that are run once, or until a guard holds.
 *
 * Sets: whatever the program does.  It is run by its argv, never by a shell,
 * with a clean environment, and only on the live host or where the operator
 * allowed it (--chroot-commands); elsewhere it is planned and left for later.
 * Undo does not bring back: everything the command did.
 * Source: execve(2); exit statuses as in bash(1), 128 + signal.
 */
#include <errno.h>
#include <string.h>

#include "core/kind.h"
#include "core/mem.h"

enum { RUN, CREATES, UNLESS, EXPECT, TIMEOUT };

/* What is quoted of a failed command's output. */
#define TAIL_LINES 3
#define TAIL_BYTES 400

static int canon_path(const char *text, char **ret, struct sp_err *err)
{
	sp_auto_strv parts = { 0 };

	if (*text != '/')
		return sp_fail(err, EINVAL,
			       "\"%s\" is not an absolute path", text);
	sp_strv_split(&parts, text, "/");
	for (size_t i = 0; i < parts.n; i++)
		if (sp_streq(parts.v[i], ".") || sp_streq(parts.v[i], ".."))
			return sp_fail(err, EINVAL,
				       "\"%s\" has a \"%s\" in it; give the path itself",
				       text, parts.v[i]);
	*ret = sp_xstrdup(text);
	return 0;
}

static const struct sp_field fields[] = {
	[RUN] = { .name = "run", .type = SP_T_LIST, .flags = SP_F_REQUIRED,
		  .doc = "The program by its absolute path, and its arguments." },
	[CREATES] = { .name = "creates", .type = SP_T_STR, .canon = canon_path,
		      .doc = "A path; the command is not run when something is there." },
	[UNLESS] = { .name = "unless", .type = SP_T_LIST,
		     .doc = "A program and its arguments; the command is not run when "
			    "it exits with 0." },
	[EXPECT] = { .name = "expect", .type = SP_T_INT, .min = 0, .max = 255,
		     .dflt = "0",
		     .doc = "The exit status that counts as success." },
	[TIMEOUT] = { .name = "timeout", .type = SP_T_INT, .min = 1,
		      .max = 86400,
		      .doc = "Seconds after which the command is ended, and has failed." },
	{ .name = NULL }
};

/* --- check ---------------------------------------------------------------- */

/* An argv field: not empty, and a program by its path. */
static void check_argv(const struct sp_check *ck, int f)
{
	const struct sp_strv *argv = sp_state_list(&ck->res->want, f);
	sp_auto_err err = { 0 };
	struct sp_stat st;

	if (!sp_state_has(&ck->res->want, f))
		return;
	if (!argv->n) {
		sp_diag_error(ck->diag, ck->res, f, -1,
			      "is empty; give a program and its arguments");
		return;
	}
	if (argv->v[0][0] != '/') {
		sp_diag_error(ck->diag, ck->res, f, 0,
			      "\"%s\" is not an absolute path; a program is not "
			      "searched for, and there is no shell",
			      argv->v[0]);
		return;
	}
	/* A snapshot has no programs. */
	if (!ck->host || sp_host_snapshot(ck->host))
		return;
	if (sp_host_stat_follow(ck->host, argv->v[0], &st, &err) < 0)
		sp_diag_error(ck->diag, ck->res, f, 0, "%s", err.msg);
	else if (st.type == SP_FT_DIR)
		sp_diag_error(ck->diag, ck->res, f, 0,
			      "\"%s\" is a directory, not a program", argv->v[0]);
}

/* Is there a program at the start of this argv? */
static bool has_program(const struct sp_check *ck, int f)
{
	const struct sp_strv *argv = sp_state_list(&ck->res->want, f);
	sp_auto_err err = { 0 };
	struct sp_stat st;

	return !argv->n || argv->v[0][0] != '/' ||
	       sp_host_stat_follow(ck->host, argv->v[0], &st, &err) != 0;
}

/* 1 when something is at "creates", 0 when not, or there is no such guard. */
static int created(struct sp_host *host, const struct sp_state *want,
		   struct sp_err *err)
{
	const char *path = sp_state_str(want, CREATES);
	struct sp_stat st;

	return path ? sp_host_stat(host, path, &st, err) : 0;
}

static void check_host(const struct sp_check *ck)
{
	const struct sp_state *want = &ck->res->want;
	sp_auto_err err = { 0 };
	int r = created(ck->host, want, &err);

	if (r < 0)
		sp_diag_error(ck->diag, ck->res, CREATES, -1, "%s", err.msg);
	if (r)
		return;		/* it will not be run */
	if (sp_host_snapshot(ck->host)) {
		sp_diag_warn(ck->diag, ck->res, -1, -1,
			     "a snapshot does not tell whether it has been run; "
			     "planned as if it had not");
		return;
	}
	if (!sp_host_runs(ck->host))
		sp_diag_warn(ck->diag, ck->res, -1, -1,
			     "not run in this root; add --chroot-commands, or run "
			     "apply on the host");
	if (!has_program(ck, RUN))
		sp_diag_warn(ck->diag, ck->res, RUN, 0,
			     "\"%s\" is not there now; the command fails unless it is "
			     "there by then",
			     sp_state_list(want, RUN)->v[0]);
	if (sp_host_runs(ck->host) && !has_program(ck, UNLESS))
		sp_check_missing(ck, ck->res, UNLESS, 0,
				 "\"%s\" is not there, the guard cannot be asked",
				 sp_state_list(want, UNLESS)->v[0]);
}

static void check(const struct sp_check *ck)
{
	const struct sp_state *want = &ck->res->want;

	check_argv(ck, RUN);
	check_argv(ck, UNLESS);
	if (!sp_state_has(want, CREATES) && !sp_state_has(want, UNLESS))
		sp_diag_warn(ck->diag, ck->res, -1, -1,
			     "has neither creates nor unless: every apply runs it again");
	if (ck->host)
		check_host(ck);
}

/* --- the verbs ------------------------------------------------------------ */

/* Borrowed, NULL-ended. */
static const char **make_argv(const struct sp_strv *l)
{
	const char **argv = sp_xcalloc(l->n + 1, sizeof(*argv));

	for (size_t i = 0; i < l->n; i++)
		argv[i] = l->v[i];
	return argv;
}

/* Does a guard hold, so that there is nothing to do? */
static int observe(struct sp_host *host, const char *id,
		   const struct sp_state *want, struct sp_state *ret_have,
		   struct sp_err *err)
{
	const struct sp_strv *unless = sp_state_list(want, UNLESS);
	sp_auto_free const char **argv = NULL;
	sp_auto_output out = { 0 };
	int r = created(host, want, err);

	(void)id;
	if (r < 0)
		return r;
	ret_have->present = r;
	if (r || !unless->n || !sp_host_runs(host))
		return 0;
	argv = make_argv(unless);
	r = sp_host_ask(host, argv, &out, err);
	if (r < 0)
		return sp_wrap(err, "unless");
	ret_have->present = out.status == 0;
	return 0;
}

/* The last lines of some output, on one line; empty when there is none. */
static void add_tail(struct sp_buf *to, const struct sp_buf *text)
{
	const char *start = sp_buf_cstr(text), *end = start + text->len;
	const char *p;
	int lines = 0;

	while (end > start && (unsigned char)end[-1] <= ' ')
		end--;
	for (p = end; p > start && end - p < TAIL_BYTES; p--)
		if (p[-1] == '\n' && ++lines == TAIL_LINES)
			break;
	if (p < end)
		sp_buf_add(to, ": ");
	if (p > start && p[-1] != '\n')
		sp_buf_add(to, "...");
	for (; p < end; p++) {
		if (*p == '\n')
			sp_buf_add(to, "; ");
		else if ((unsigned char)*p >= ' ' && *p != 0x7f)
			sp_buf_addc(to, *p);
	}
}

/* @limit_s: of the time that it had. */
static int failed(const char *program, const struct sp_output *out, int expect,
		  int limit_s, struct sp_err *err)
{
	sp_auto_buf tail = { 0 };
	int status = out->status;

	add_tail(&tail, &out->text);
	if (out->expired)
		return sp_fail(err, ETIMEDOUT,
			       "%s had not ended after %d s, its timeout, and was "
			       "ended%s",
			       program, limit_s, sp_buf_cstr(&tail));
	if (status > 128 && status != expect)
		return sp_fail(err, EIO, "%s ended by signal %d%s", program,
			       status - 128, sp_buf_cstr(&tail));
	return sp_fail(err, EIO, "%s exited with %d, %d was expected%s", program,
		       status, expect, sp_buf_cstr(&tail));
}

static int apply(struct sp_host *host, const struct sp_change *c,
		 struct sp_err *err)
{
	const struct sp_strv *run = sp_state_list(&c->after, RUN);
	int expect = (int)sp_state_int(&c->after, EXPECT, 0);
	int limit_s = (int)sp_state_int(&c->after, TIMEOUT, 0);
	sp_auto_free const char **argv = NULL;
	sp_auto_output out = { 0 };
	int r;

	/* Planned, and left for the host itself; check has said so. */
	if (c->op == SP_REMOVE || !run->n || !sp_host_runs(host))
		return 0;
	/* Right also when it has been run: a run that is taken up again. */
	r = created(host, &c->after, err);
	if (r)
		return r < 0 ? r : 0;
	argv = make_argv(run);
	r = sp_host_run_within(host, argv, limit_s, &out, err);
	if (r < 0)
		return r;
	if (!out.recorded && (out.expired || out.status != expect))
		return failed(run->v[0], &out, expect, limit_s, err);
	return 0;
}

static int undo(struct sp_host *host, const struct sp_change *c,
		struct sp_err *err)
{
	(void)host;
	(void)c;
	(void)err;
	return 0;
}

const struct sp_kind sp_kind_command = {
	.name = "command",
	.section = "commands",
	.shape = SP_SHAPE_LIST,
	.summary = "programs that are run, with guards",
	.undo_limits = "everything the command did",
	.fields = fields,
	.flags = SP_KIND_ACTION | SP_KIND_NOREMOVE,
	.check = check,
	.observe = observe,
	.apply = apply,
	.undo = undo,
};
