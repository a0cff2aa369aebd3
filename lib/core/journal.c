/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* journal.c - runs on disk: an append-only log of JSON lines, and images. */
#include "journal.h"

#include <ctype.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "json.h"
#include "mem.h"
#include "sha256.h"
#include "statejson.h"
#include "word.h"
#include "yaml.h"

#define RUNS_DIR SP_STATE_DIR "/runs"
#define LINE_MAX_BYTES ((size_t)16 << 20)
#define RUNS_PER_SECOND_MAX 1000
#define LEFT_S 60 /* for what a sprout that was killed left behind */
#define MARK_START "{\"mark\": \"" /* as put_mark() writes it */

static const struct sp_yaml_limits line_limits = {
	.size_bytes = LINE_MAX_BYTES,
	.depth = 16,
	.nodes = 1000000,
	.text_bytes = LINE_MAX_BYTES,
};

static const char *const mark_names[] = {
	[SP_MARK_PART] = "part",
	[SP_MARK_KEPT] = "kept",
	[SP_MARK_READY] = "ready",
	[SP_MARK_APPLIED] = "applied",
	[SP_MARK_WAITING] = "waiting",
	[SP_MARK_DONE] = "done",
	[SP_MARK_UNDOING] = "undoing",
	[SP_MARK_UNDONE] = "undone",
	[SP_MARK_INCOMPLETE] = "incomplete",
};

static const char *const type_names[] = {
	[SP_FT_NONE] = "none", [SP_FT_FILE] = "file",	[SP_FT_DIR] = "dir",
	[SP_FT_LINK] = "link", [SP_FT_OTHER] = "other",
};

static const char *const op_names[] = {
	[SP_ADD] = "add",
	[SP_MODIFY] = "modify",
	[SP_REMOVE] = "remove",
};

const char *sp_run_status_text(enum sp_run_status s)
{
	static const char *const text[] = {
		[SP_RUN_OPEN] = N_("open"),
		[SP_RUN_WAITING] = N_("unconfirmed"),
		[SP_RUN_DONE] = N_("done"),
		[SP_RUN_UNDONE] = N_("undone"),
		[SP_RUN_INCOMPLETE] = N_("undo incomplete"),
	};

	return text[s];
}

void sp_run_clear(struct sp_run *run)
{
	free(run->id);
	free(run->dir);
	free(run->time);
	free(run->version);
	sp_strv_clear(&run->profiles);
	for (size_t i = 0; i < run->n_changes; i++)
		sp_change_clear(&run->changes[i]);
	free(run->changes);
	for (size_t i = 0; i < run->n_effects; i++)
		sp_effect_clear(&run->effects[i].e);
	free(run->effects);
	for (size_t i = 0; i < run->n_commands; i++) {
		free(run->commands[i].argv);
		free(run->commands[i].output);
	}
	free(run->commands);
	*run = (struct sp_run){ 0 };
}

/* --- directories and the lock ------------------------------------------------------ */

/* @path with symlinks resolved in the root. */
static int resolve(struct sp_root *r, const char *path, char **ret,
		   struct sp_err *err)
{
	sp_auto_host *host = sp_host_new(r);

	return sp_host_canonical(host, path, true, ret, err);
}

/* Make a directory and its parents; @mode is the last one's. */
static int make_dir(struct sp_root *r, const char *path, mode_t mode,
		    struct sp_err *err)
{
	struct sp_node node = {
		.type = SP_FT_DIR,
		.mode = mode,
		.uid = geteuid(),
		.gid = getegid(),
	};
	const char *slash = strrchr(path, '/');
	sp_auto_free char *up = sp_xstrndup(path, (size_t)(slash - path));
	sp_auto_node there = { 0 };
	int rc = sp_root_lookup(r, path, &there, err);

	if (rc != 0)
		return rc < 0 ? rc : 0;
	rc = up[0] ? make_dir(r, up, 0755, err) : 0;
	if (rc >= 0)
		rc = sp_root_mkdir(r, path, &node, err);
	return rc < 0 ? rc : sp_root_sync_dir(r, up[0] ? up : "/", err);
}

/* Of the process that took the lock; 0: not known. */
static pid_t holder_of(int fd)
{
	char text[32] = "";
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);

	text[n > 0 ? n : 0] = '\0';
	return (pid_t)strtol(text, NULL, 10);
}

static bool is_gone(pid_t pid)
{
	return pid > 0 && kill(pid, 0) < 0 && errno == ESRCH;
}

/*
 * Like flock(2).  A sprout that was killed leaves the lock to what it began, a
 * transaction of packages, which comes to its end: that is waited for.
 */
static int take_lock(int fd, bool wait)
{
	int rc, left = LEFT_S * 10;

	for (;;) {
		do
			rc = flock(fd, LOCK_EX | (wait ? 0 : LOCK_NB));
		while (rc < 0 && errno == EINTR);
		if (rc == 0 || errno != EWOULDBLOCK)
			return rc;
		if (!is_gone(holder_of(fd)) || !left--) {
			errno = EWOULDBLOCK;
			return -1;
		}
		(void)nanosleep(&(struct timespec){ .tv_nsec = 100000000 },
				NULL);
	}
}

int sp_journal_lock(struct sp_root *r, bool wait, int *ret_fd,
		    struct sp_err *err)
{
	sp_auto_free char *dir = NULL, *path = NULL;
	sp_auto_close int fd = -1;
	char pid[32] = "";
	ssize_t n;
	int rc = resolve(r, SP_STATE_DIR, &dir, err);

	if (rc >= 0)
		rc = make_dir(r, dir, 0700, err);
	if (rc < 0)
		return rc;
	path = sp_asprintf("%s/lock", dir);
	rc = sp_root_open_lock(r, path, &fd, err);
	if (rc < 0)
		return rc;
	if (take_lock(fd, wait) < 0) {
		pid_t holder;

		if (errno != EWOULDBLOCK)
			return sp_fail_errno(err, errno, "%s", path);
		holder = holder_of(fd);
		if (is_gone(holder))
			return sp_fail(
				err, EBUSY,
				"process %d is gone, but what it began on \"%s\" (a transaction of "
				"packages) goes on after %d s; try again when it is through",
				(int)holder, sp_root_name(r), LEFT_S);
		return sp_fail(
			err, EBUSY,
			"another sprout (process %d) is at work on \"%s\"; wait for it to end",
			(int)holder, sp_root_name(r));
	}
	n = snprintf(pid, sizeof(pid), "%d\n", (int)getpid());
	if (ftruncate(fd, 0) < 0 || pwrite(fd, pid, (size_t)n, 0) < 0)
		return sp_fail_errno(err, errno, "%s", path);
	*ret_fd = sp_take_fd(&fd);
	return 0;
}

/* --- writing -------------------------------------------------------------------------- */

static int append(struct sp_root *r, const struct sp_run *run, const char *file,
		  size_t *len, const struct sp_buf *b, struct sp_err *err)
{
	sp_auto_free char *path = sp_asprintf("%s/%s", run->dir, file);
	int rc = b->len ? sp_root_append(r, path, *len, b->data, b->len, err)
			: 0;

	if (rc >= 0)
		*len += b->len;
	return rc;
}

static int append_log(struct sp_root *r, struct sp_run *run,
		      const struct sp_buf *lines, struct sp_err *err)
{
	return append(r, run, "log", &run->log_len, lines, err);
}

static void begin(struct sp_json *j, struct sp_buf *out)
{
	sp_json_init(j, out, SP_JSON_LOSSLESS);
	sp_json_map(j);
}

static void end(struct sp_json *j)
{
	sp_json_map_end(j);
	sp_buf_addc(j->out, '\n');
}

static void put_str(struct sp_json *j, const char *key, const char *value)
{
	sp_json_key(j, key);
	sp_json_str(j, value);
}

static void put_int(struct sp_json *j, const char *key, int64_t value)
{
	sp_json_key(j, key);
	sp_json_int(j, value);
}

/*
 * A directory of its own: by the second, and counted within one.  Never
 * older than the newest one, so that the order stands when the clock is set
 * back.
 */
static int make_run_dir(struct sp_root *r, const char *runs,
			const struct tm *tm, struct sp_run *run,
			struct sp_err *err)
{
	sp_auto_strv ids = { 0 };
	char stamp[32];
	int listed = sp_journal_list(r, &ids, err);

	if (listed < 0)
		return listed;
	(void)strftime(stamp, sizeof(stamp), "%Y%m%dT%H%M%SZ", tm);
	if (ids.n && strncmp(ids.v[ids.n - 1], stamp, strlen(stamp)) > 0 &&
	    strcspn(ids.v[ids.n - 1], "-") == strlen(stamp))
		memcpy(stamp, ids.v[ids.n - 1], strlen(stamp));
	for (int i = 1; i <= RUNS_PER_SECOND_MAX; i++) {
		sp_auto_free char *id = sp_asprintf("%s-%d", stamp, i);
		sp_auto_free char *dir = sp_asprintf("%s/%s", runs, id);
		sp_auto_node there = { 0 };
		int rc = sp_root_lookup(r, dir, &there, err);

		if (rc == 0)
			rc = make_dir(r, dir, 0700, err);
		else if (rc > 0)
			continue;
		if (rc < 0)
			return rc;
		run->id = sp_take(&id);
		run->dir = sp_take(&dir);
		return 0;
	}
	return sp_fail(err, EEXIST, "%s: too many runs in one second", runs);
}

int sp_journal_begin(struct sp_root *r, const struct sp_strv *profiles,
		     struct sp_run *ret, struct sp_err *err)
{
	sp_auto_free char *runs = NULL;
	sp_auto_run run = { .status = SP_RUN_OPEN,
			    .version = sp_xstrdup(VERSION) };
	sp_auto_buf line = { 0 };
	time_t now = time(NULL);
	struct sp_json j;
	char text[32];
	struct tm tm;
	int rc = resolve(r, RUNS_DIR, &runs, err);

	if (!gmtime_r(&now, &tm))
		return sp_fail(err, EOVERFLOW, "the clock is out of range");
	if (rc >= 0)
		rc = make_dir(r, runs, 0700, err);
	if (rc >= 0)
		rc = make_run_dir(r, runs, &tm, &run, err);
	if (rc < 0)
		return rc;
	(void)strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm);
	run.time = sp_xstrdup(text);
	sp_strv_copy(&run.profiles, profiles);

	begin(&j, &line);
	put_int(&j, "sprout", 1);
	put_str(&j, "run", run.id);
	put_str(&j, "time", run.time);
	put_str(&j, "version", run.version);
	sp_json_key(&j, "profiles");
	sp_json_strv(&j, profiles);
	end(&j);
	rc = append_log(r, &run, &line, err);
	if (rc >= 0)
		rc = sp_root_sync_dir(r, run.dir, err);
	if (rc < 0)
		return rc;
	*ret = run;
	run = (struct sp_run){ 0 };
	return 0;
}

static void put_mark(struct sp_buf *out, enum sp_mark_kind m)
{
	struct sp_json j;

	begin(&j, out);
	put_str(&j, "mark", mark_names[m]);
	end(&j);
}

/* The status of a run whose newest mark is @m. */
static enum sp_run_status status_after(enum sp_mark_kind m)
{
	switch (m) {
	case SP_MARK_WAITING:
		return SP_RUN_WAITING;
	case SP_MARK_DONE:
		return SP_RUN_DONE;
	case SP_MARK_UNDONE:
		return SP_RUN_UNDONE;
	case SP_MARK_INCOMPLETE:
		return SP_RUN_INCOMPLETE;
	case SP_MARK_PART:
	case SP_MARK_KEPT:
	case SP_MARK_READY:
	case SP_MARK_APPLIED:
	case SP_MARK_UNDOING:
		break;
	}
	return SP_RUN_OPEN;
}

static void see_mark(struct sp_run *run, enum sp_mark_kind m)
{
	run->status = status_after(m);
	run->ready |= m == SP_MARK_READY || m == SP_MARK_PART;
	run->part = m == SP_MARK_PART || (run->part && m != SP_MARK_READY);
	run->kept |= m == SP_MARK_KEPT;
	run->applied |= m == SP_MARK_APPLIED;
	run->undoing |= m == SP_MARK_UNDOING;
}

int sp_journal_changes(struct sp_root *r, struct sp_run *run,
		       const struct sp_plan *plan, size_t from, size_t to,
		       enum sp_mark_kind mark, struct sp_err *err)
{
	sp_auto_buf lines = { 0 };
	int rc;

	for (size_t i = from; i < to; i++) {
		const struct sp_change *c = &plan->v[i];
		struct sp_change *own;
		struct sp_json j;

		run->changes = sp_grow(run->changes, run->n_changes,
				       sizeof(*run->changes));
		own = &run->changes[run->n_changes++];
		*own = (struct sp_change){ .kind = c->kind,
					   .id = sp_xstrdup(c->id),
					   .op = c->op };
		sp_state_copy(&own->before, &c->before);
		sp_state_copy(&own->after, &c->after);

		begin(&j, &lines);
		put_int(&j, "change", (int64_t)i);
		put_str(&j, "kind", c->kind->name);
		put_str(&j, "id", c->id);
		put_str(&j, "op", op_names[c->op]);
		sp_json_key(&j, "before");
		sp_state_to_json(&j, &c->before, true);
		sp_json_key(&j, "after");
		sp_state_to_json(&j, &c->after, true);
		end(&j);
	}
	put_mark(&lines, mark);
	rc = append_log(r, run, &lines, err);
	if (rc >= 0)
		see_mark(run, mark);
	return rc;
}

static void put_node(struct sp_json *j, const char *key,
		     const struct sp_node *n, struct sp_buf *data, size_t base)
{
	char sum[SP_SHA256_HEX];

	sp_json_key(j, key);
	sp_json_map(j);
	put_str(j, "type", type_names[n->type]);
	if (n->type != SP_FT_NONE) {
		put_int(j, "mode", n->mode);
		put_int(j, "uid", n->uid);
		put_int(j, "gid", n->gid);
	}
	if (n->secret) {
		sp_json_key(j, "secret");
		sp_json_bool(j, true);
	}
	if (n->type == SP_FT_FILE) {
		put_int(j, "offset", (int64_t)(base + data->len));
		put_int(j, "length", (int64_t)n->data.len);
		sp_sha256(sp_buf_cstr(&n->data), n->data.len, sum);
		put_str(j, "sha256", sum);
		sp_buf_addn(data, sp_buf_cstr(&n->data), n->data.len);
	} else if (n->type == SP_FT_LINK) {
		put_str(j, "target", sp_buf_cstr(&n->data));
	}
	if (n->n_x) {
		sp_json_key(j, "xattrs");
		sp_json_map(j);
		for (size_t i = 0; i < n->n_x; i++) {
			sp_json_key(j, n->x[i].name);
			sp_json_strn(j, n->x[i].value, n->x[i].len);
		}
		sp_json_map_end(j);
	}
	sp_json_map_end(j);
}

static int put_effects(struct sp_root *r, struct sp_run *run,
		       const struct sp_effects *effects, bool undo, bool kept,
		       struct sp_err *err)
{
	sp_auto_buf lines = { 0 }, data = { 0 };
	/* What was appended without its record does not count. */
	size_t data_len = run->data_len;
	int rc;

	for (size_t i = 0; i < effects->n; i++) {
		const struct sp_effect *e = &effects->v[i];
		struct sp_json j;

		begin(&j, &lines);
		put_int(&j, "effect", (int64_t)(run->n_effects + i));
		put_str(&j, "path", e->path);
		sp_json_key(&j, "undo");
		sp_json_bool(&j, undo);
		if (kept) {
			sp_json_key(&j, "kept");
			sp_json_bool(&j, true);
		}
		sp_json_key(&j, "changes");
		sp_json_list(&j);
		for (size_t k = 0; k < e->n_changes; k++)
			sp_json_int(&j, e->changes[k]);
		sp_json_list_end(&j);
		put_node(&j, "before", &e->before, &data, run->data_len);
		put_node(&j, "after", &e->after, &data, run->data_len);
		end(&j);
	}
	rc = append(r, run, "data", &data_len, &data, err);
	if (rc >= 0)
		rc = sp_root_sync_dir(r, run->dir, err);
	if (rc >= 0)
		rc = append_log(r, run, &lines, err);
	if (rc < 0)
		return rc;

	run->data_len = data_len;
	for (size_t i = 0; i < effects->n; i++) {
		const struct sp_effect *e = &effects->v[i];
		struct sp_run_effect *to;

		run->effects = sp_grow(run->effects, run->n_effects,
				       sizeof(*run->effects));
		to = &run->effects[run->n_effects++];
		*to = (struct sp_run_effect){ .undo = undo, .kept = kept };
		to->e.path = sp_xstrdup(e->path);
		sp_node_copy(&to->e.before, &e->before);
		sp_node_copy(&to->e.after, &e->after);
		to->e.n_changes = e->n_changes;
		to->e.changes =
			sp_xreallocarray(NULL, e->n_changes, sizeof(int));
		if (e->n_changes)
			memcpy(to->e.changes, e->changes,
			       e->n_changes * sizeof(int));
	}
	return 0;
}

int sp_journal_effects(struct sp_root *r, struct sp_run *run,
		       const struct sp_effects *effects, bool undo,
		       struct sp_err *err)
{
	return put_effects(r, run, effects, undo, false, err);
}

int sp_journal_kept(struct sp_root *r, struct sp_run *run,
		    const struct sp_effects *effects, struct sp_err *err)
{
	int rc = put_effects(r, run, effects, false, true, err);

	return rc < 0 ? rc : sp_journal_mark(r, run, SP_MARK_KEPT, err);
}

int sp_journal_command(struct sp_root *r, struct sp_run *run, int change,
		       const char *const argv[], const struct sp_output *out,
		       struct sp_err *err)
{
	sp_auto_buf line = { 0 };
	sp_auto_strv words = { 0 };
	sp_auto_free char *text = NULL;
	struct sp_run_command *c;
	struct sp_json j;
	int rc;

	for (; *argv; argv++)
		sp_strv_add(&words, *argv);
	text = sp_strv_join(&words, " ");
	begin(&j, &line);
	put_int(&j, "command", change);
	put_str(&j, "argv", text);
	if (out) {
		put_int(&j, "status", out->status);
		sp_json_key(&j, "output");
		sp_json_strn(&j, sp_buf_cstr(&out->text), out->text.len);
	}
	end(&j);
	rc = append_log(r, run, &line, err);
	if (rc < 0)
		return rc;
	if (!out) {
		run->commands = sp_grow(run->commands, run->n_commands,
					sizeof(*run->commands));
		run->commands[run->n_commands++] = (struct sp_run_command){
			.change = change,
			.argv = sp_take(&text),
		};
		return 0;
	}
	c = &run->commands[run->n_commands - 1];
	c->finished = true;
	c->status = out->status;
	c->output = sp_xstrdup(sp_buf_cstr(&out->text));
	return 0;
}

int sp_journal_mark(struct sp_root *r, struct sp_run *run, enum sp_mark_kind m,
		    struct sp_err *err)
{
	sp_auto_buf line = { 0 };
	int rc;

	put_mark(&line, m);
	rc = append_log(r, run, &line, err);
	if (rc >= 0)
		see_mark(run, m);
	return rc;
}

/* --- reading ---------------------------------------------------------------------------- */

/* "...Z-2" before "...Z-10". */
static int by_number(const void *a, const void *b)
{
	return strverscmp(*(char *const *)a, *(char *const *)b);
}

int sp_journal_list(struct sp_root *r, struct sp_strv *ret, struct sp_err *err)
{
	sp_auto_free char *runs = NULL;
	sp_auto_strv names = { 0 };
	int rc = resolve(r, RUNS_DIR, &runs, err);

	if (rc >= 0)
		rc = sp_root_list(r, runs, &names, err);
	for (size_t i = 0; i < names.n && rc >= 0; i++) {
		sp_auto_node node = { 0 };
		sp_auto_free char *path = NULL;

		if (!isdigit((unsigned char)names.v[i][0]) ||
		    !strchr(names.v[i], '-'))
			continue;
		path = sp_asprintf("%s/%s", runs, names.v[i]);
		rc = sp_root_lookup(r, path, &node, err);
		if (rc > 0 && node.type == SP_FT_DIR) /* no copy in an archive */
			sp_strv_add(ret, names.v[i]);
	}
	if (ret->n)
		qsort(ret->v, ret->n, sizeof(*ret->v), by_number);
	return rc < 0 ? rc : 0;
}

int sp_journal_status(struct sp_root *r, const char *id,
		      enum sp_run_status *ret, struct sp_err *err)
{
	sp_auto_free char *runs = NULL, *path = NULL;
	sp_auto_buf log = { 0 };
	size_t pos = 0, len;
	const char *line;
	int rc = resolve(r, RUNS_DIR, &runs, err);

	if (rc < 0)
		return rc;
	path = sp_asprintf("%s/%s/log", runs, id);
	rc = sp_root_read(r, path, SIZE_MAX, &log, err);
	if (rc < 0)
		return rc;
	*ret = SP_RUN_OPEN;
	while (sp_next_line(sp_buf_cstr(&log), log.len, &pos, &line, &len)) {
		if (len < strlen(MARK_START) ||
		    line + len == log.data + log.len ||
		    memcmp(line, MARK_START, strlen(MARK_START)) != 0)
			continue;
		for (size_t m = SP_MARK_PART; m < SP_COUNT(mark_names); m++) {
			size_t n = strlen(mark_names[m]);

			if (len > strlen(MARK_START) + n &&
			    memcmp(line + strlen(MARK_START), mark_names[m],
				   n) == 0 &&
			    line[strlen(MARK_START) + n] == '"')
				*ret = status_after((enum sp_mark_kind)m);
		}
	}
	return 0;
}

/* Owned bytes of a text that was written lossless. */
static struct sp_buf decode(const struct sp_ynode *n)
{
	struct sp_buf b = { 0 };

	if (n && n->kind == SP_Y_SCALAR)
		sp_json_decode(&b, n->text, n->len);
	return b;
}

static char *decode_text(const struct sp_ynode *map, const char *key)
{
	struct sp_buf b = decode(sp_ynode_get(map, key));

	return sp_buf_take(&b);
}

static int name_index(const char *const *names, size_t n, const char *text)
{
	for (size_t i = 0; i < n; i++)
		if (names[i] && text && sp_streq(names[i], text))
			return (int)i;
	return -1;
}

static int bad(struct sp_err *err, const char *what)
{
	return sp_fail(err, EBADMSG, "damaged record: %s", _(what));
}

static int read_node(const struct sp_ynode *y, const struct sp_buf *data,
		     struct sp_node *ret, struct sp_err *err)
{
	const struct sp_ynode *x = sp_ynode_get(y, "xattrs");
	const char *want = sp_ynode_text(sp_ynode_get(y, "sha256"));
	char sum[SP_SHA256_HEX];
	int type = name_index(type_names, SP_COUNT(type_names),
			      sp_ynode_text(sp_ynode_get(y, "type")));
	int64_t mode = 0, uid = 0, gid = 0, off = 0, len = 0;

	if (type < 0)
		return bad(err, "type of a node");
	ret->type = (enum sp_ftype)type;
	if (type == SP_FT_NONE)
		return 0;
	(void)sp_ynode_bool(sp_ynode_get(y, "secret"), &ret->secret);
	if (!sp_ynode_int(sp_ynode_get(y, "mode"), 0, 07777, &mode) ||
	    !sp_ynode_int(sp_ynode_get(y, "uid"), 0, UINT32_MAX, &uid) ||
	    !sp_ynode_int(sp_ynode_get(y, "gid"), 0, UINT32_MAX, &gid))
		return bad(err, "attributes of a node");
	ret->mode = (mode_t)mode;
	ret->uid = (uid_t)uid;
	ret->gid = (gid_t)gid;
	if (type == SP_FT_FILE) {
		if (!sp_ynode_int(sp_ynode_get(y, "offset"), 0,
				  (int64_t)data->len, &off) ||
		    !sp_ynode_int(sp_ynode_get(y, "length"), 0,
				  (int64_t)data->len - off, &len))
			return bad(err, "place of an image");
		if (want)
			sp_sha256(sp_buf_cstr(data) + off, (size_t)len, sum);
		if (want && !sp_streq(want, sum))
			return bad(err, "content of an image");
		sp_buf_addn(&ret->data, sp_buf_cstr(data) + off, (size_t)len);
		ret->size = (size_t)len;
		ret->loaded = true;
	} else if (type == SP_FT_LINK) {
		ret->data = decode(sp_ynode_get(y, "target"));
		ret->loaded = true;
	}
	for (size_t i = 0; x && x->kind == SP_Y_MAP && i < x->n; i++) {
		struct sp_buf value = decode(x->items[i]);
		struct sp_buf name = decode(x->keys[i]);

		ret->x = sp_grow(ret->x, ret->n_x, sizeof(*ret->x));
		ret->x[ret->n_x].len = value.len;
		ret->x[ret->n_x].value = sp_buf_take(&value);
		ret->x[ret->n_x++].name = sp_buf_take(&name);
	}
	return 0;
}

static int read_change(const struct sp_ynode *y, struct sp_run *run,
		       struct sp_err *err)
{
	int op = name_index(op_names, SP_COUNT(op_names),
			    sp_ynode_text(sp_ynode_get(y, "op")));
	const char *name = sp_ynode_text(sp_ynode_get(y, "kind"));
	const struct sp_kind *kind = name ? sp_kind_find(name) : NULL;
	struct sp_change *c;
	int rc;

	if (!kind)
		return sp_fail(
			err, ENOTSUP,
			"kind \"%s\" is unknown to this sprout; use the version that wrote it",
			name ? name : "");
	if (op < 0)
		return bad(err, "operation of a change");
	run->changes =
		sp_grow(run->changes, run->n_changes, sizeof(*run->changes));
	c = &run->changes[run->n_changes++];
	*c = (struct sp_change){ .kind = kind, .op = (enum sp_op)op };
	c->id = decode_text(y, "id");
	rc = sp_state_from_yaml(sp_ynode_get(y, "before"), kind->fields,
				&c->before, err);
	return rc < 0 ? rc
		      : sp_state_from_yaml(sp_ynode_get(y, "after"),
					   kind->fields, &c->after, err);
}

/* Absolute, no empty component, no "." or "..": an image may be hostile. */
static bool is_canonical(const char *path)
{
	if (path[0] != '/' || !path[1])
		return false;
	while (*path == '/') {
		size_t n = strcspn(++path, "/");

		if (n == 0 || (n == 1 && path[0] == '.') ||
		    (n == 2 && path[0] == '.' && path[1] == '.'))
			return false;
		path += n;
	}
	return true;
}

static int read_effect(const struct sp_ynode *y, const struct sp_buf *data,
		       struct sp_run *run, struct sp_err *err)
{
	const struct sp_ynode *changes = sp_ynode_get(y, "changes");
	struct sp_run_effect *f;
	int rc;

	run->effects =
		sp_grow(run->effects, run->n_effects, sizeof(*run->effects));
	f = &run->effects[run->n_effects++];
	*f = (struct sp_run_effect){ 0 };
	f->e.path = decode_text(y, "path");
	if (!is_canonical(f->e.path))
		return bad(err, "path of an effect");
	(void)sp_ynode_bool(sp_ynode_get(y, "undo"), &f->undo);
	(void)sp_ynode_bool(sp_ynode_get(y, "kept"), &f->kept);
	for (size_t i = 0;
	     changes && changes->kind == SP_Y_LIST && i < changes->n; i++) {
		int64_t n;

		if (!sp_ynode_int(changes->items[i], 0, INT32_MAX, &n))
			return bad(err, "changes of an effect");
		f->e.changes =
			sp_grow(f->e.changes, f->e.n_changes, sizeof(int));
		f->e.changes[f->e.n_changes++] = (int)n;
	}
	rc = read_node(sp_ynode_get(y, "before"), data, &f->e.before, err);
	return rc < 0 ? rc
		      : read_node(sp_ynode_get(y, "after"), data, &f->e.after,
				  err);
}

static void read_command(const struct sp_ynode *y, struct sp_run *run)
{
	struct sp_run_command *c;
	int64_t change = -1, status;

	(void)sp_ynode_int(sp_ynode_get(y, "command"), -1, INT32_MAX, &change);
	if (!sp_ynode_int(sp_ynode_get(y, "status"), 0, INT32_MAX, &status)) {
		run->commands = sp_grow(run->commands, run->n_commands,
					sizeof(*run->commands));
		run->commands[run->n_commands++] = (struct sp_run_command){
			.change = (int)change,
			.argv = decode_text(y, "argv"),
		};
	} else if (run->n_commands) {
		c = &run->commands[run->n_commands - 1];
		free(c->output);
		c->finished = true;
		c->status = (int)status;
		c->output = decode_text(y, "output");
	}
}

static int read_header(const struct sp_ynode *y, struct sp_run *run,
		       struct sp_err *err)
{
	const struct sp_ynode *profiles = sp_ynode_get(y, "profiles");
	int64_t format = 0;

	(void)sp_ynode_int(sp_ynode_get(y, "sprout"), 0, INT32_MAX, &format);
	if (format != 1)
		return sp_fail(err, ENOTSUP,
			       "journal format %d is unknown to this sprout",
			       (int)format);
	free(run->time);
	free(run->version);
	run->time = decode_text(y, "time");
	run->version = decode_text(y, "version");
	for (size_t i = 0;
	     profiles && profiles->kind == SP_Y_LIST && i < profiles->n; i++) {
		struct sp_buf b = decode(profiles->items[i]);

		sp_strv_add_take(&run->profiles, sp_buf_take(&b));
	}
	return 0;
}

static int read_line(const char *line, size_t len, const struct sp_buf *data,
		     struct sp_run *run, struct sp_err *err)
{
	sp_auto_yaml y = { 0 };
	int mark, rc = sp_yaml_read(line, len, &line_limits, &y, err);

	if (rc < 0)
		return rc;
	if (sp_ynode_get(y.root, "sprout"))
		return read_header(y.root, run, err);
	if (sp_ynode_get(y.root, "change"))
		return read_change(y.root, run, err);
	if (sp_ynode_get(y.root, "effect"))
		return read_effect(y.root, data, run, err);
	if (sp_ynode_get(y.root, "command")) {
		read_command(y.root, run);
		return 0;
	}
	mark = name_index(mark_names, SP_COUNT(mark_names),
			  sp_ynode_text(sp_ynode_get(y.root, "mark")));
	if (mark < 0)
		return bad(err, "no known record");
	see_mark(run, (enum sp_mark_kind)mark);
	return 0;
}

int sp_journal_load(struct sp_root *r, const char *id, struct sp_run *ret,
		    struct sp_err *err)
{
	sp_auto_run run = { .id = sp_xstrdup(id), .status = SP_RUN_OPEN };
	sp_auto_free char *runs = NULL, *log_path = NULL, *data_path = NULL;
	sp_auto_buf log = { 0 }, data = { 0 };
	sp_auto_node dir = { 0 };
	size_t pos = 0, number = 0, len;
	const char *line;
	int rc;

	if (strchr(id, '/') || id[0] == '.' || !id[0])
		return sp_fail(err, ENOENT, "no run called \"%s\"", id);
	rc = resolve(r, RUNS_DIR, &runs, err);
	if (rc < 0)
		return rc;
	run.dir = sp_asprintf("%s/%s", runs, id);
	run.time = sp_xstrdup("");
	run.version = sp_xstrdup("");
	log_path = sp_asprintf("%s/log", run.dir);
	data_path = sp_asprintf("%s/data", run.dir);
	rc = sp_root_lookup(r, run.dir, &dir, err);
	if (rc == 0)
		return sp_fail(
			err, ENOENT,
			"no run called \"%s\" in \"%s\"; see sprout runs", id,
			sp_root_name(r));
	/* No log: cut off before its first record. */
	if (rc >= 0)
		rc = sp_root_read(r, log_path, SIZE_MAX, &log, err);
	if (rc >= 0)
		rc = sp_root_read(r, data_path, SIZE_MAX, &data, err);
	if (rc < 0)
		return rc;
	while (sp_next_line(sp_buf_cstr(&log), log.len, &pos, &line, &len)) {
		number++;
		if (line + len == log.data + log.len)
			break; /* no newline: cut off while being written */
		rc = read_line(line, len, &data, &run, err);
		if (rc < 0) {
			(void)sp_wrap(err, "%s:%zu", log_path, number);
			return sp_wrap(
				err,
				"the journal of run %s is damaged; to go on without it (it "
				"cannot be undone then) move %s away",
				id, run.dir);
		}
		run.log_len = pos;
	}
	run.data_len = data.len;
	*ret = run;
	run = (struct sp_run){ 0 };
	return 0;
}
