/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_engine.c - runs, their journal, and what undo makes of files that
 * somebody edited since.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "engine_world.h"

/* --- kinds ------------------------------------------------------------------------- */

/* A file called after the resource, which apply makes, but never right. */
static int liar_observe(struct sp_host *host, const char *id,
			const struct sp_state *want, struct sp_state *ret,
			struct sp_err *err)
{
	(void)host;
	(void)id;
	(void)want;
	(void)err;
	ret->present = true;
	sp_state_set_str(ret, F_VALUE, "never");
	return 0;
}

static int liar_apply(struct sp_host *host, const struct sp_change *c,
		      struct sp_err *err)
{
	sp_auto_free char *path = sp_asprintf("/etc/liar-%s", c->id);

	return sp_host_write(host, path, "x", 1, SP_ATTR_KEEP, err);
}

static const struct sp_kind kind_liar = {
	.name = "liar",
	.section = "liars",
	.shape = SP_SHAPE_LIST,
	.summary = "does not take",
	.fields = entry_fields,
	.observe = liar_observe,
	.apply = liar_apply,
};

/* A command; undo leaves everything. */
static int act_observe(struct sp_host *host, const char *id,
		       const struct sp_state *want, struct sp_state *ret,
		       struct sp_err *err)
{
	(void)host;
	(void)id;
	(void)want;
	(void)ret;
	(void)err;
	return 0;
}

static int act_apply(struct sp_host *host, const struct sp_change *c,
		     struct sp_err *err)
{
	const char *const argv[] = { "/bin/act", c->id, NULL };
	sp_auto_output out = { 0 };
	int r = sp_host_run(host, argv, &out, err);

	if (r >= 0 && out.status)
		r = sp_fail(err, EIO, "exit status %d: %s", out.status,
			    sp_buf_cstr(&out.text));
	return r;
}

static int act_undo(struct sp_host *host, const struct sp_change *c,
		    struct sp_err *err)
{
	(void)host;
	(void)c;
	(void)err;
	return 0;
}

static const struct sp_kind kind_act = {
	.name = "act",
	.section = "acts",
	.shape = SP_SHAPE_LIST,
	.summary = "a command",
	.fields = entry_fields,
	.flags = SP_KIND_ACTION,
	.observe = act_observe,
	.apply = act_apply,
	.undo = act_undo,
};

/* Entries of a file that a service reads. */
static int served_observe(struct sp_host *host, const char *id,
			  const struct sp_state *want, struct sp_state *ret,
			  struct sp_err *err)
{
	sp_auto_buf b = { 0 };
	char *value;
	int r = sp_host_read(host, "/etc/served", &b, err);

	(void)want;
	value = entry_get(&b, id);
	if (value) {
		ret->present = true;
		sp_state_set_str_take(ret, F_VALUE, value);
	}
	return r < 0 ? r : 0;
}

static int served_apply(struct sp_host *host, const struct sp_change *c,
			struct sp_err *err)
{
	sp_auto_buf b = { 0 };
	int r = sp_host_read(host, "/etc/served", &b, err);

	if (r < 0)
		return r;
	sp_buf_addf(&b, "%s %s\n", c->id, sp_state_str(&c->after, F_VALUE));
	return sp_host_write(host, "/etc/served", b.data, b.len, SP_ATTR_KEEP,
			     err);
}

static int served_activate(struct sp_host *host,
			   const struct sp_change *const changes[], size_t n,
			   struct sp_err *err)
{
	sp_auto_buf what = { 0 };
	sp_auto_output out = { 0 };
	const char *argv[] = { "/bin/reload", NULL, NULL };
	int r;

	for (size_t i = 0; i < n; i++)
		sp_buf_addf(&what, "%c%s",
			    changes[i]->after.present ? '+' : '-',
			    changes[i]->id);
	argv[1] = sp_buf_cstr(&what);
	r = sp_host_run(host, argv, &out, err);
	return r < 0 || !out.status
		       ? r
		       : sp_fail(err, EIO, "exit status %d", out.status);
}

static const struct sp_kind kind_served = {
	.name = "served",
	.section = "served",
	.shape = SP_SHAPE_LIST,
	.summary = "a line that a service reads",
	.fields = entry_fields,
	.observe = served_observe,
	.apply = served_apply,
	.activate = served_activate,
};

const struct sp_kind *const sp_kinds[] = { &kind_entry, &kind_act, &kind_liar,
					   &kind_served, NULL };

#define ONE HEAD "entries: [{name: a, value: new}]\n"

/* --- tests ---------------------------------------------------------------------------- */

static void test_apply_and_undo(void **state)
{
	struct world *w = *state;
	sp_auto_report rep = { 0 }, rep2 = { 0 };
	sp_auto_run r = { 0 };

	put(w, ENTRIES, "a old\nb 2\n");
	assert_int_equal(apply(w, ONE, &rep), SP_OUT_DONE);
	assert_string_equal(get(w, ENTRIES), "a new\nb 2\n");
	load(w, rep.run, &r);
	assert_int_equal(r.status, SP_RUN_DONE);
	assert_int_equal(r.n_changes, 1);
	assert_string_equal(r.changes[0].id, "a");
	assert_int_equal(r.changes[0].op, SP_MODIFY);
	assert_string_equal(sp_state_str(&r.changes[0].before, F_VALUE), "old");
	assert_int_equal(r.n_effects, 1);
	assert_string_equal(r.profiles.v[0], "p.yaml");
	assert_int_equal(undo(w, rep.run, &rep2), SP_OUT_DONE);
	assert_string_equal(get(w, ENTRIES), "a old\nb 2\n");
	assert_int_equal(rep2.undone.n, 1);
	assert_string_equal(rep2.undone.v[0], "entry \"a\"");
}

/* Rows: before, run, what somebody wrote then, what undo must leave. */
static void test_undo_keeps_edits(void **state)
{
	static const struct {
		const char *before, *yaml, *edited, *after;
	} rows[] = {
		/* Another line was added. */
		{ "a old\n", ONE, "a new\nz 9\n", "a old\nz 9\n" },
		/* Our line was edited, too: it is the run's, it goes back. */
		{ "a old\n", ONE, "a theirs\nz 9\n", "a old\nz 9\n" },
		/* The run had added the line. */
		{ "b 2\n", ONE, "b 3\na new\n", "b 3\n" },
		/* The run had made the file. */
		{ NULL, ONE, "a new\nz 9\n", "z 9\n" },
		/* The run had removed the line. */
		{ "a old\nb 2\n", HEAD "entries: [{name: a, ensure: absent}]\n",
		  "b 3\n", "b 3\na old\n" },
		/* The file went away. */
		{ "a old\nb 2\n", ONE, NULL, "a old\n" },
	};
	struct world *w = *state;

	for (size_t i = 0; i < SP_COUNT(rows); i++) {
		sp_auto_report rep = { 0 }, rep2 = { 0 };
		sp_auto_free char *path = sp_asprintf("%s" ENTRIES, w->top);

		(void)remove(path);
		if (rows[i].before)
			put(w, ENTRIES, rows[i].before);
		assert_int_equal(apply(w, rows[i].yaml, &rep), SP_OUT_DONE);
		(void)remove(path);
		if (rows[i].edited)
			put(w, ENTRIES, rows[i].edited);
		assert_int_equal(undo(w, rep.run, &rep2), SP_OUT_DONE);
		assert_string_equal(get(w, ENTRIES), rows[i].after);
		assert_int_equal(rep2.notes.n, 1);
	}
}

/* An older run under a newer one that wrote the same file. */
static void test_undo_older_run(void **state)
{
	struct world *w = *state;
	sp_auto_report one = { 0 }, two = { 0 }, undone = { 0 };

	put(w, ENTRIES, "a old\n");
	assert_int_equal(apply(w, ONE, &one), SP_OUT_DONE);
	assert_int_equal(apply(w, HEAD "entries: [{name: b, value: two}]\n",
			       &two),
			 SP_OUT_DONE);
	assert_int_equal(undo(w, one.run, &undone), SP_OUT_DONE);
	assert_string_equal(get(w, ENTRIES), "a old\nb two\n");
}

static void test_did_not_take(void **state)
{
	struct world *w = *state;
	sp_auto_report rep = { 0 };
	sp_auto_run r = { 0 };

	put(w, ENTRIES, "a old\n");
	assert_int_equal(apply(w, ONE "liars: [{name: x, value: y}]\n", &rep),
			 SP_OUT_UNDONE);
	assert_non_null(strstr(rep.failure, "liar \"x\": did not take"));
	assert_string_equal(get(w, ENTRIES), "a old\n");
	assert_string_equal(get(w, "/etc/liar-x"), "(none)");
	load(w, rep.run, &r);
	assert_int_equal(r.status, SP_RUN_UNDONE);
}

static void test_commands(void **state)
{
	struct world *w = *state;
	sp_auto_report rep = { 0 };
	sp_auto_run r = { 0 };

	assert_int_equal(apply(w, ONE "acts: [{name: go, value: x}]\n", &rep),
			 SP_OUT_DONE);
	assert_string_equal(sp_buf_cstr(&w->calls), "/bin/act go;");
	load(w, rep.run, &r);
	assert_int_equal(r.n_commands, 1);
	assert_string_equal(r.commands[0].argv, "/bin/act go");
	assert_true(r.commands[0].finished);
	assert_int_equal(r.commands[0].status, 0);
	assert_string_equal(r.commands[0].output, "said something\n");
}

static void test_command_fails(void **state)
{
	struct world *w = *state;
	sp_auto_report rep = { 0 };

	w->status = 3;
	put(w, ENTRIES, "a old\n");
	assert_int_equal(apply(w, ONE "acts: [{name: go, value: x}]\n", &rep),
			 SP_OUT_UNDONE);
	assert_string_equal(rep.failure,
			    "act \"go\": exit status 3: said something\n");
	assert_string_equal(get(w, ENTRIES), "a old\n");
}

/* Bytes that are no UTF-8, and marks of the log, in values and in files. */
static void test_odd_bytes(void **state)
{
	struct world *w = *state;
	sp_auto_report rep = { 0 }, rep2 = { 0 };
	const char *odd = "a \xff\xfe\"\\\t{}\nb \xf4\x8f\xbc\x80\n";

	put(w, ENTRIES, odd);
	assert_int_equal(apply(w, HEAD "entries: [{name: a, value: x}]\n",
			       &rep),
			 SP_OUT_DONE);
	assert_int_equal(undo(w, rep.run, &rep2), SP_OUT_DONE);
	assert_string_equal(get(w, ENTRIES), odd);
}

/* And when the value must be set by the kind, because of an edit. */
static void test_odd_bytes_merged(void **state)
{
	struct world *w = *state;
	sp_auto_report rep = { 0 }, rep2 = { 0 };

	put(w, ENTRIES, "a \xff\xfe\"\\\t{}\n");
	assert_int_equal(apply(w, HEAD "entries: [{name: a, value: x}]\n",
			       &rep),
			 SP_OUT_DONE);
	put(w, ENTRIES, "a x\nz 9\n");
	assert_int_equal(undo(w, rep.run, &rep2), SP_OUT_DONE);
	assert_string_equal(get(w, ENTRIES), "a \xff\xfe\"\\\t{}\nz 9\n");
}

static char *log_path(const struct world *w, const char *id)
{
	return sp_asprintf("%s/var/lib/sprout/runs/%s/log", w->top, id);
}

/* A log whose last line was cut off at any byte can be read and ended. */
static void test_log_cut_off_anywhere(void **state)
{
	struct world *w = *state;
	sp_auto_report rep = { 0 };
	sp_auto_free char *path = NULL, *text = NULL;
	size_t len;

	put(w, ENTRIES, "a old\n");
	assert_int_equal(apply(w, ONE, &rep), SP_OUT_DONE);
	path = log_path(w, rep.run);
	text = sp_xstrdup(get(w, path + strlen(w->top)));
	len = strlen(text);
	for (size_t cut = len - 1; cut > 0; cut--) {
		sp_auto_report rep2 = { 0 };
		sp_auto_run r = { 0 };
		sp_auto_err err = { 0 };
		size_t effects;

		text[cut] = '\0';
		put(w, path + strlen(w->top), text);
		put(w, ENTRIES, "a new\n");
		assert_int_equal(sp_engine_find(w->root, SP_RUN_OPEN, &r, &err),
				 1);
		effects = r.n_effects;
		assert_int_equal(sp_engine_undo(w->root, &r, false, &rep2),
				 SP_OUT_DONE);
		assert_string_equal(get(w, ENTRIES),
				    effects ? "a old\n" : "a new\n");
		sp_run_clear(&r);
		assert_int_equal(sp_engine_find(w->root, SP_RUN_OPEN, &r, &err),
				 0);
	}
}

static void test_log_damaged(void **state)
{
	static const struct {
		const char *line, *want;
	} rows[] = {
		{ "{\"mark\": \"unheard\"}\n", "no known record" },
		{ "{\"mark\": [}\n", "" },
		{ "\n", "" },
		{ "{\"change\": 0, \"kind\": \"newer\", \"id\": \"x\", \"op\": \"add\"}\n",
		  "kind \"newer\" is unknown to this sprout" },
		{ "{\"change\": 0, \"kind\": \"entry\", \"id\": \"x\", \"op\": \"fly\"}\n",
		  "operation of a change" },
		{ "{\"effect\": 0, \"path\": \"etc\", \"before\": {}, \"after\": {}}\n",
		  "path of an effect" },
#define EFFECT(p)                               \
	"{\"effect\": 0, \"path\": \"" p        \
	"\", \"before\": {\"type\": \"none\"}," \
	" \"after\": {\"type\": \"none\"}}\n",  \
		"path of an effect"
		{ EFFECT("/") },
		{ EFFECT("/../etc/passwd") },
		{ EFFECT("/etc/..") },
		{ EFFECT("/etc//x") },
		{ EFFECT("/etc/./x") },
		{ EFFECT("/etc/") },
		{ "{\"effect\": 0, \"path\": \"/e\", \"before\": {\"type\": \"file\","
		  " \"mode\": 420, \"uid\": 0, \"gid\": 0, \"offset\": 99999, \"length\": 1},"
		  " \"after\": {\"type\": \"none\"}}\n",
		  "place of an image" },
		{ "{\"effect\": 0, \"path\": \"/e\", \"before\": {\"type\": \"file\","
		  " \"mode\": 99999, \"uid\": 0, \"gid\": 0}, \"after\": {\"type\": \"none\"}}\n",
		  "attributes of a node" },
		{ "{\"sprout\": 2}\n", "journal format 2 is unknown" },
	};
	struct world *w = *state;
	sp_auto_report rep = { 0 };
	sp_auto_free char *path = NULL, *good = NULL;

	assert_int_equal(apply(w, ONE, &rep), SP_OUT_DONE);
	path = log_path(w, rep.run);
	good = sp_xstrdup(get(w, path + strlen(w->top)));
	for (size_t i = 0; i < SP_COUNT(rows); i++) {
		sp_auto_free char *text =
			sp_asprintf("%s%s", good, rows[i].line);
		sp_auto_run r = { 0 };
		sp_auto_err err = { 0 };

		put(w, path + strlen(w->top), text);
		assert_true(sp_journal_load(w->root, rep.run, &r, &err) < 0);
		assert_null(r.id);
		assert_non_null(strstr(err.msg, rows[i].want));
		assert_non_null(strstr(err.msg, "/log:7: "));
	}
}

static void test_no_such_run(void **state)
{
	static const char *const ids[] = { "20990101T000000Z-1", "../../etc",
					   "", "." };
	struct world *w = *state;

	for (size_t i = 0; i < SP_COUNT(ids); i++) {
		sp_auto_run r = { 0 };
		sp_auto_err err = { 0 };

		assert_int_equal(sp_journal_load(w->root, ids[i], &r, &err),
				 -ENOENT);
	}
}

static void test_lock(void **state)
{
	struct world *w = *state;
	sp_auto_err err = { 0 };
	sp_auto_free char *pid = sp_asprintf("(process %d)", (int)getpid());
	int one = -1, two = -1;

	assert_int_equal(sp_journal_lock(w->root, false, &one, &err), 0);
	assert_int_equal(sp_journal_lock(w->root, false, &two, &err), -EBUSY);
	assert_int_equal(two, -1);
	assert_non_null(strstr(err.msg, pid));
	sp_err_clear(&err);
	(void)close(one);
	assert_int_equal(sp_journal_lock(w->root, false, &two, &err), 0);
	(void)close(two);
}

/* What stands in a directory that the run made stays, and so does it. */
static void test_directory_in_use_stays(void **state)
{
	struct world *w = *state;
	sp_auto_report rep = { 0 }, rep2 = { 0 };
	sp_auto_free char *etc = sp_asprintf("%s/etc", w->top);

	assert_int_equal(rmdir(etc), 0);
	assert_int_equal(apply(w, ONE, &rep), SP_OUT_DONE);
	put(w, "/etc/theirs", "x\n");
	assert_int_equal(undo(w, rep.run, &rep2), SP_OUT_DONE);
	assert_string_equal(get(w, ENTRIES), "(none)");
	assert_string_equal(get(w, "/etc/theirs"), "x\n");
	assert_int_equal(rep2.notes.n, 1);
	assert_string_equal(rep2.notes.v[0], "/etc: kept, it is not empty");
}

/* An undo that fails at one path goes on with the others. */
static int fail_rename(void *arg, const char *what, const char *path)
{
	(void)arg;
	return sp_streq(what, "rename") && sp_streq(path, ENTRIES) ? EROFS : 0;
}

static void test_undo_incomplete(void **state)
{
	struct world *w = *state;
	sp_auto_report rep = { 0 }, rep2 = { 0 }, rep3 = { 0 };
	sp_auto_run r = { 0 };

	put(w, ENTRIES, "a old\n");
	put(w, "/etc/liar-x", "theirs");
	assert_int_equal(apply(w, ONE, &rep), SP_OUT_DONE);
	sp_root_set_hook(w->root, fail_rename, NULL);
	assert_int_equal(undo(w, rep.run, &rep2), SP_OUT_INCOMPLETE);
	assert_int_equal(rep2.not_undone.n, 1);
	assert_non_null(strstr(rep2.not_undone.v[0], ENTRIES));
	load(w, rep.run, &r);
	assert_int_equal(r.status, SP_RUN_INCOMPLETE);
	sp_root_set_hook(w->root, NULL, NULL);
	assert_int_equal(undo(w, rep.run, &rep3), SP_OUT_DONE);
	assert_string_equal(get(w, ENTRIES), "a old\n");
}

/* An undo, killed at every effect, is finished by the next one; edits stay. */
static int kill_at(void *arg, const char *what, const char *path)
{
	int *left = arg;

	(void)what;
	(void)path;
	if (--*left == 0)
		_exit(9);
	return 0;
}

static void test_undo_killed(void **state)
{
	struct world *w = *state;
	int at = 1, status = 1;

	for (; status != 0; at++) {
		sp_auto_report rep = { 0 }, rep2 = { 0 };
		sp_auto_run r = { 0 };
		sp_auto_err err = { 0 };
		pid_t pid;

		assert_true(at < 100);
		put(w, ENTRIES, "a old\n");
		assert_int_equal(apply(w, ONE, &rep), SP_OUT_DONE);
		put(w, ENTRIES, "a new\nz 9\n");
		pid = fork();
		assert_true(pid >= 0);
		if (pid == 0) {
			int left = at;

			sp_root_set_hook(w->root, kill_at, &left);
			_exit(undo(w, rep.run, &rep2) == SP_OUT_DONE ? 0 : 1);
		}
		assert_int_equal(waitpid(pid, &status, 0), pid);
		status = WEXITSTATUS(status);
		assert_true(status == 0 || status == 9);
		if (status == 0)
			break;
		if (sp_engine_find(w->root, SP_RUN_OPEN, &r, &err) == 1)
			assert_int_equal(sp_engine_undo(w->root, &r, false,
							&rep2),
					 SP_OUT_DONE);
		else /* it had not begun */
			assert_int_equal(undo(w, rep.run, &rep2), SP_OUT_DONE);
		assert_string_equal(get(w, ENTRIES), "a old\nz 9\n");
	}
	assert_true(at > 5);
}

/* --- a live host ------------------------------------------------------------------------ */

static enum sp_run_status status(struct world *w, const char *id)
{
	enum sp_run_status s = SP_RUN_OPEN;
	sp_auto_err err = { 0 };

	assert_int_equal(sp_journal_status(w->root, id, &s, &err), 0);
	return s;
}

#define STOP "/usr/bin/systemctl stop;"
#define START "/usr/bin/systemd-run --quiet;"

static void test_confirm(void **state)
{
	struct world *w = *state;
	sp_auto_report rep = { 0 };
	sp_auto_run r = { 0 };
	sp_auto_err err = { 0 };

	sp_root_set_live(w->root);
	put(w, ENTRIES, "a old\n");
	assert_int_equal(apply_within(w, ONE, 60, &rep), SP_OUT_WAITING);
	/* Armed before the first effect, and again for the time to answer. */
	assert_string_equal(sp_buf_cstr(&w->calls), STOP START STOP START);
	assert_int_equal(status(w, rep.run), SP_RUN_WAITING);
	assert_int_equal(sp_engine_find(w->root, SP_RUN_WAITING, &r, &err), 1);
	sp_buf_clear(&w->calls);
	assert_int_equal(sp_engine_confirm(w->root, &r, &err), 0);
	assert_string_equal(sp_buf_cstr(&w->calls), STOP);
	assert_int_equal(status(w, rep.run), SP_RUN_DONE);
	assert_string_equal(get(w, ENTRIES), "a new\n");
}

static void test_not_confirmed(void **state)
{
	struct world *w = *state;
	sp_auto_report rep = { 0 }, rep2 = { 0 };

	sp_root_set_live(w->root);
	put(w, ENTRIES, "a old\n");
	assert_int_equal(apply_within(w, ONE, 60, &rep), SP_OUT_WAITING);
	assert_int_equal(undo(w, rep.run, &rep2), SP_OUT_DONE);
	assert_int_equal(status(w, rep.run), SP_RUN_UNDONE);
	assert_string_equal(get(w, ENTRIES), "a old\n");
}

/* Without the timer nothing is begun. */
static void test_cannot_arm(void **state)
{
	struct world *w = *state;
	sp_auto_report rep = { 0 };

	sp_root_set_live(w->root);
	w->status = 1;
	put(w, ENTRIES, "a old\n");
	assert_int_equal(apply_within(w, ONE, 60, &rep), SP_OUT_UNTOUCHED);
	assert_non_null(
		strstr(rep.failure, "the timer that would take the run back"));
	assert_string_equal(get(w, ENTRIES), "a old\n");
}

/* Services are told once a kind, forth and back. */
static void test_activate(void **state)
{
	struct world *w = *state;
	sp_auto_report rep = { 0 }, rep2 = { 0 };

	sp_root_set_live(w->root);
	assert_int_equal(
		apply(w,
		      HEAD
		      "served: [{name: a, value: 1}, {name: b, value: 2}]\n",
		      &rep),
		SP_OUT_DONE);
	assert_string_equal(sp_buf_cstr(&w->calls), "/bin/reload +a+b;");
	sp_buf_clear(&w->calls);
	assert_int_equal(undo(w, rep.run, &rep2), SP_OUT_DONE);
	assert_string_equal(sp_buf_cstr(&w->calls), "/bin/reload -b-a;");
	assert_string_equal(get(w, "/etc/served"), "(none)");
}

/* An action may need the services as they are to be. */
static void test_actions_last(void **state)
{
	struct world *w = *state;
	sp_auto_report rep = { 0 };

	sp_root_set_live(w->root);
	put(w, ENTRIES, "b old\n");
	assert_int_equal(apply(w,
			       HEAD "acts: [{name: x, value: 1}]\n"
				    "entries: [{name: b, ensure: absent}]\n"
				    "served: [{name: a, value: 1}]\n",
			       &rep),
			 SP_OUT_DONE);
	assert_string_equal(sp_buf_cstr(&w->calls),
			    "/bin/reload +a;/bin/act x;");
}

static void test_activate_fails(void **state)
{
	struct world *w = *state;
	sp_auto_report rep = { 0 };

	sp_root_set_live(w->root);
	w->status = 1;
	/* The way back fails, too: that is told. */
	assert_int_equal(apply(w, ONE "served: [{name: a, value: 1}]\n", &rep),
			 SP_OUT_INCOMPLETE);
	assert_non_null(
		strstr(rep.failure, "served: activation: exit status 1"));
	assert_int_equal(rep.not_undone.n, 1);
	assert_string_equal(get(w, ENTRIES), "(none)");
}

/* At boot nothing runs that could be told. */
static void test_undo_files_only(void **state)
{
	struct world *w = *state;
	sp_auto_report rep = { 0 }, rep2 = { 0 };
	sp_auto_run r = { 0 };

	sp_root_set_live(w->root);
	assert_int_equal(apply(w, HEAD "served: [{name: a, value: 1}]\n", &rep),
			 SP_OUT_DONE);
	sp_buf_clear(&w->calls);
	load(w, rep.run, &r);
	assert_int_equal(sp_engine_undo(w->root, &r, true, &rep2), SP_OUT_DONE);
	assert_string_equal(sp_buf_cstr(&w->calls), "");
	assert_string_equal(get(w, "/etc/served"), "(none)");
}

/* Offline nobody is told anything. */
static void test_no_activation_offline(void **state)
{
	struct world *w = *state;
	sp_auto_report rep = { 0 };

	assert_int_equal(apply(w, HEAD "served: [{name: a, value: 1}]\n", &rep),
			 SP_OUT_DONE);
	assert_string_equal(sp_buf_cstr(&w->calls), "");
}

static void on_task(void *arg, const struct sp_task *t)
{
	static const char *const states[] = { "", "(", "", ")" };

	sp_buf_addf(arg, "%s%d:%s:%lld/%lld ", states[t->state], (int)t->sort,
		    t->object ? t->object : "-", (long long)t->done,
		    (long long)t->total);
}

/* Commands and services are told as they begin and end; also when they fail. */
static void test_progress(void **state)
{
	static const char profile[] = HEAD "acts: [{name: x, value: 1}]\n"
					   "served: [{name: a, value: 1}]\n";
	sp_auto_report rep = { 0 }, rep2 = { 0 }, rep3 = { 0 };
	struct world *w = *state;
	sp_auto_buf told = { 0 };

	sp_root_set_live(w->root);
	sp_root_set_progress(w->root, on_task, &told);
	assert_int_equal(apply(w, profile, &rep), SP_OUT_DONE);
	assert_string_equal(sp_buf_cstr(&told),
			    "(5:-:0/1 5:served:0/1 )5:-:1/1 "
			    "(6:x:0/-1 )6:x:0/-1 ");
	sp_buf_clear(&told);
	assert_int_equal(undo(w, rep.run, &rep2), SP_OUT_DONE);
	assert_string_equal(sp_buf_cstr(&told),
			    "(5:-:0/1 5:served:0/1 )5:-:1/1 ");
	sp_buf_clear(&told);
	w->status = 1;
	assert_int_equal(apply(w, profile, &rep3), SP_OUT_INCOMPLETE);
	assert_string_equal(sp_buf_cstr(&told),
			    "(5:-:0/1 5:served:0/1 )5:-:1/1 "
			    "(5:-:0/1 5:served:0/1 )5:-:1/1 ");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		T(test_apply_and_undo),
		T(test_undo_keeps_edits),
		T(test_undo_older_run),
		T(test_did_not_take),
		T(test_commands),
		T(test_command_fails),
		T(test_odd_bytes),
		T(test_odd_bytes_merged),
		T(test_log_cut_off_anywhere),
		T(test_log_damaged),
		T(test_no_such_run),
		T(test_lock),
		T(test_directory_in_use_stays),
		T(test_undo_incomplete),
		T(test_undo_killed),
		T(test_confirm),
		T(test_not_confirmed),
		T(test_cannot_arm),
		T(test_activate),
		T(test_actions_last),
		T(test_activate_fails),
		T(test_undo_files_only),
		T(test_no_activation_offline),
		T(test_progress),
	};

	return cmocka_run_group_tests_name("engine", tests, NULL, NULL);
}
