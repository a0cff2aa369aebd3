/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * runner.c - golden cases: profile and root before, plan and root after; then
 * the same case with a fault, and with a kill, at every single effect.
 *
 *   runner [--update] [--quick] [--no-kills] [KIND/CASE | KIND]...
 *
 * Speaks TAP.  A case is a directory below $SRCDIR/tests/kinds; see HACKING.md
 * for its files.  --update writes the expected files: read what it wrote.
 * --quick leaves out faults and kills, --no-kills the latter.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/engine.h"
#include "core/mem.h"
#include "core/profile.h"
#include "core/render.h"

#define EFFECTS_MAX 5000 /* a case with more is broken */

static int n_tests, n_failed;
static bool update, quick, no_kills;

static void __attribute__((noreturn)) die(const char *what, const char *path)
{
	(void)printf("Bail out! %s: %s: %s\n", what, path, strerror(errno));
	exit(1);
}

static void __attribute__((format(printf, 3, 4)))
result(bool ok, const char *name, const char *fmt, ...)
{
	sp_auto_free char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	text = sp_vasprintf(fmt, ap);
	va_end(ap);
	n_tests++;
	n_failed += !ok;
	(void)printf("%sok %d - %s: %s\n", ok ? "" : "not ", n_tests, name,
		     text);
	(void)fflush(stdout);
}

/* Lines of @text as TAP comments. */
static void comment(const char *title, const char *text)
{
	size_t pos = 0, len, n = strlen(text);
	const char *line;

	(void)printf("# %s\n", title);
	while (sp_next_line(text, n, &pos, &line, &len))
		(void)printf("#   %.*s\n", (int)len, line);
}

/* --- files -------------------------------------------------------------------------- */

static bool slurp(const char *path, struct sp_buf *ret)
{
	sp_auto_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	char chunk[65536];
	ssize_t n;

	if (fd < 0)
		return false;
	while ((n = read(fd, chunk, sizeof(chunk))) > 0)
		sp_buf_addn(ret, chunk, (size_t)n);
	return n == 0;
}

static void spit(const char *path, const void *data, size_t len)
{
	sp_auto_close int fd =
		open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (fd < 0 || write(fd, data, len) != (ssize_t)len)
		die("write", path);
}

static int remove_one(const char *path, const struct stat *st, int type,
		      struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void remove_tree(const char *path)
{
	(void)nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void make_dirs(const char *path)
{
	sp_auto_free char *p = sp_xstrdup(path);

	for (char *s = p + 1; *s; s++) {
		if (*s != '/')
			continue;
		*s = '\0';
		if (mkdir(p, 0755) < 0 && errno != EEXIST)
			die("mkdir", p);
		*s = '/';
	}
	if (mkdir(p, 0755) < 0 && errno != EEXIST)
		die("mkdir", p);
}

/* --- trees --------------------------------------------------------------------------- */

struct item {
	char *path; /* relative */
	struct sp_node node;
	struct timespec mtime;
};

struct tree {
	struct item *v;
	size_t n;
};

static void tree_clear(struct tree *t)
{
	for (size_t i = 0; i < t->n; i++) {
		free(t->v[i].path);
		sp_node_clear(&t->v[i].node);
	}
	free(t->v);
	*t = (struct tree){ 0 };
}
#define auto_tree __attribute__((cleanup(tree_clear))) struct tree

static int by_path(const void *a, const void *b)
{
	return strcmp(((const struct item *)a)->path,
		      ((const struct item *)b)->path);
}

static struct item *tree_find(const struct tree *t, const char *path)
{
	struct item key = { .path = (char *)(uintptr_t)path };

	return t->n ? bsearch(&key, t->v, t->n, sizeof(*t->v), by_path) : NULL;
}

static void scan(const char *top, const char *rel, struct tree *t)
{
	sp_auto_free char *dir = sp_asprintf("%s/%s", top, rel);
	sp_auto_closedir DIR *d = opendir(dir);
	struct dirent *e;

	if (!d)
		return;
	while ((e = readdir(d))) {
		sp_auto_free char *path = NULL, *full = NULL;
		struct item *it;
		struct stat st;

		if (sp_streq(e->d_name, ".") || sp_streq(e->d_name, ".."))
			continue;
		path = sp_asprintf("%s%s%s", rel, *rel ? "/" : "", e->d_name);
		/* The journal is sprout's own. */
		if (sp_streq(path, "var/lib/sprout"))
			continue;
		full = sp_asprintf("%s/%s", top, path);
		if (lstat(full, &st) < 0)
			die("lstat", full);
		t->v = sp_grow(t->v, t->n, sizeof(*t->v));
		it = &t->v[t->n++];
		*it = (struct item){ .path = sp_xstrdup(path),
				     .mtime = st.st_mtim };
		it->node.mode = st.st_mode & 07777;
		it->node.uid = st.st_uid;
		it->node.gid = st.st_gid;
		it->node.loaded = true;
		if (S_ISDIR(st.st_mode)) {
			it->node.type = SP_FT_DIR;
			scan(top, path, t);
		} else if (S_ISLNK(st.st_mode)) {
			char target[4096];
			ssize_t n = readlink(full, target, sizeof(target));

			it->node.type = SP_FT_LINK;
			sp_buf_addn(&it->node.data, target,
				    n > 0 ? (size_t)n : 0);
		} else {
			it->node.type = SP_FT_FILE;
			if (!slurp(full, &it->node.data))
				die("read", full);
		}
	}
}

static struct tree tree_scan(const char *top)
{
	struct tree t = { 0 };

	scan(top, "", &t);
	if (t.n)
		qsort(t.v, t.n, sizeof(*t.v), by_path);
	return t;
}

/* Directories that are there only because the journal is below them. */
static bool is_journal_parent(const struct item *it)
{
	return it->node.type == SP_FT_DIR &&
	       (sp_streq(it->path, "var") || sp_streq(it->path, "var/lib"));
}

static const char *describe(const struct item *a, const struct item *b)
{
	if (!b || a->node.type != b->node.type)
		return "type";
	if (a->node.mode != b->node.mode && a->node.type != SP_FT_LINK)
		return "mode";
	if (a->node.uid != b->node.uid || a->node.gid != b->node.gid)
		return "owner";
	return "content";
}

/* What is different, one line a path; empty when nothing is. */
static void tree_diff(const struct tree *want, const struct tree *have,
		      bool mtimes, struct sp_buf *out)
{
	for (size_t i = 0; i < want->n; i++) {
		const struct item *a = &want->v[i],
				  *b = tree_find(have, a->path);

		if (!b)
			sp_buf_addf(out, "%s: missing\n", a->path);
		else if (!sp_node_equal(&a->node, &b->node))
			sp_buf_addf(out, "%s: %s differs\n", a->path,
				    describe(a, b));
		else if (mtimes && a->node.type == SP_FT_FILE &&
			 (a->mtime.tv_sec != b->mtime.tv_sec ||
			  a->mtime.tv_nsec != b->mtime.tv_nsec))
			sp_buf_addf(out, "%s: was written\n", a->path);
	}
	for (size_t i = 0; i < have->n; i++)
		if (!tree_find(want, have->v[i].path) &&
		    !is_journal_parent(&have->v[i]))
			sp_buf_addf(out, "%s: should not be there\n",
				    have->v[i].path);
}

/* Files of the kernel and of services are no part of a plan. */
static bool is_running(const char *path)
{
	return sp_starts(path, "proc/") || sp_starts(path, "sys/") ||
	       sp_starts(path, "run/");
}

/* Modification times of paths that effects touched do not count. */
static void forget_touched(struct tree *t, const struct tree *now,
			   const struct sp_effects *effects)
{
	for (size_t i = 0; i < t->n; i++) {
		const struct item *b = tree_find(now, t->v[i].path);
		bool touched = is_running(t->v[i].path);

		for (size_t k = 0; k < effects->n && !touched; k++)
			touched =
				sp_streq(effects->v[k].path + 1, t->v[i].path);
		if (touched && b)
			t->v[i].mtime = b->mtime;
	}
}

/* An empty directory, which git does not keep, and those that it is in. */
static void add_dir(struct tree *t, const char *path)
{
	const char *slash = strrchr(path, '/');
	sp_auto_free char *parent =
		slash ? sp_xstrndup(path, (size_t)(slash - path)) : NULL;

	if (parent && !tree_find(t, parent))
		add_dir(t, parent);
	t->v = sp_grow(t->v, t->n, sizeof(*t->v));
	t->v[t->n++] =
		(struct item){ .path = sp_xstrdup(path),
			       .node = { .type = SP_FT_DIR, .mode = 0755 } };
	qsort(t->v, t->n, sizeof(*t->v), by_path);
}

/* Put attributes of a "MODE UID GID PATH" file onto a tree. */
static void read_attrs(const char *file, struct tree *t)
{
	sp_auto_buf text = { 0 };
	size_t pos = 0, len, lineno = 0;
	const char *line;

	if (!slurp(file, &text))
		return;
	while (sp_next_line(text.data, text.len, &pos, &line, &len)) {
		sp_auto_free char *l = sp_xstrndup(line, len);
		char path[4096];
		unsigned mode, uid, gid;
		struct item *it;
		bool dir;

		lineno++;
		if (!len || l[0] == '#')
			continue;
		if (sscanf(l, "%o %u %u %4095[^\n]", &mode, &uid, &gid, path) !=
		    4) {
			(void)printf(
				"Bail out! %s:%zu: expected MODE UID GID PATH\n",
				file, lineno);
			exit(1);
		}
		dir = sp_ends(path, "/");
		if (dir)
			path[strlen(path) - 1] = '\0';
		it = tree_find(t, path);
		if (!it && dir) {
			add_dir(t, path);
			it = tree_find(t, path);
		}
		if (!it) {
			(void)printf("Bail out! %s:%zu: no such path: %s\n",
				     file, lineno, path);
			exit(1);
		}
		it->node.mode = mode;
		it->node.uid = uid;
		it->node.gid = gid;
	}
}

/* A directory of a case with its attributes file: "before", "after". */
static struct tree tree_golden(const char *name)
{
	sp_auto_free char *attrs = sp_asprintf("%s.attrs", name);
	struct tree t = tree_scan(name);
	bool root = geteuid() == 0;

	for (size_t i = 0; i < t.n; i++) {
		struct sp_node *n = &t.v[i].node;

		n->mode = n->type == SP_FT_DIR	  ? 0755
			  : n->type == SP_FT_LINK ? 0777
						  : 0644;
		n->uid = 0;
		n->gid = 0;
	}
	read_attrs(attrs, &t);
	for (size_t i = 0; i < t.n && !root; i++) {
		t.v[i].node.uid = geteuid();
		t.v[i].node.gid = getegid();
	}
	return t;
}

static void tree_write(const struct tree *t, const char *top)
{
	const struct timespec old[2] = { { .tv_sec = 1000000000 },
					 { .tv_sec = 1000000000 } };

	make_dirs(top);
	for (size_t i = 0; i < t->n; i++) {
		const struct sp_node *n = &t->v[i].node;
		sp_auto_free char *path =
			sp_asprintf("%s/%s", top, t->v[i].path);

		if (n->type == SP_FT_DIR && mkdir(path, 0700) < 0)
			die("mkdir", path);
		if (n->type == SP_FT_LINK &&
		    symlink(sp_buf_cstr(&n->data), path) < 0)
			die("symlink", path);
		if (n->type == SP_FT_FILE) {
			spit(path, n->data.data, n->data.len);
			(void)utimensat(AT_FDCWD, path, old, 0);
		}
		if (lchown(path, n->uid, n->gid) < 0)
			die("chown", path);
		if (n->type != SP_FT_LINK && chmod(path, n->mode) < 0)
			die("chmod", path);
	}
}

/* Is anything in the directory at @at: at all, or that git keeps? */
static bool holds(const struct tree *t, size_t at, bool kept)
{
	const char *path = t->v[at].path;
	size_t n = strlen(path);

	for (size_t i = at + 1; i < t->n; i++)
		if (sp_starts(t->v[i].path, path) && t->v[i].path[n] == '/' &&
		    (!kept || t->v[i].node.type != SP_FT_DIR))
			return true;
	return false;
}

static void attrs_write(const struct tree *t, const char *file)
{
	sp_auto_buf out = { 0 };

	for (size_t i = 0; i < t->n; i++) {
		const struct sp_node *n = &t->v[i].node;
		const char *path = t->v[i].path;
		bool dir = n->type == SP_FT_DIR;
		bool empty = dir && !holds(t, i, false);

		if (n->type == SP_FT_LINK && n->uid == 0 && n->gid == 0)
			continue;
		if (!empty && n->mode == (dir ? 0755 : 0644) && n->uid == 0 &&
		    n->gid == 0)
			continue;
		sp_buf_addf(&out, "%04o %u %u %s%s\n", n->mode, n->uid, n->gid,
			    path, dir && !holds(t, i, true) ? "/" : "");
	}
	if (out.len)
		spit(file, out.data, out.len);
	else
		(void)unlink(file);
}

/* The same without what the journal brought, for the expected tree. */
static void tree_drop_journal(struct tree *t, const struct tree *before)
{
	size_t n = 0;

	for (size_t i = 0; i < t->n; i++) {
		const char *p = t->v[i].path;
		bool below = false;

		for (size_t k = 0; k < t->n; k++)
			below |= t->v[k].path && t->v[k].path != p &&
				 sp_starts(t->v[k].path, p) &&
				 t->v[k].path[strlen(p)] == '/' &&
				 !is_journal_parent(&t->v[k]);
		if (is_journal_parent(&t->v[i]) && !tree_find(before, p) &&
		    !below) {
			free(sp_take(&t->v[i].path));
			sp_node_clear(&t->v[i].node);
			continue;
		}
		t->v[n++] = t->v[i];
	}
	t->n = n;
}

/* --- a case ---------------------------------------------------------------------------- */

struct calls {
	struct sp_buf canned; /* calls.in */
	struct sp_buf made;   /* one argv a line */
	const char *top;      /* the root */
};

/* "PATH TEXT": what a command does to a running host, as a file of the root. */
static void effect_of(const struct calls *c, const char *rule)
{
	const char *blank = strchr(rule, ' ');
	sp_auto_free char *path = blank ? sp_asprintf("%s/%.*s", c->top,
						      (int)(blank - rule), rule)
					: NULL;

	if (path)
		spit(path, blank + 1, strlen(blank + 1));
}

static int answer(void *arg, const char *const argv[], struct sp_output *ret,
		  struct sp_err *err)
{
	struct calls *c = arg;
	sp_auto_strv words = { 0 };
	sp_auto_free char *line = NULL;
	size_t pos = 0, len;
	const char *l;
	bool mine = false;

	(void)err;
	for (; *argv; argv++)
		sp_strv_add(&words, *argv);
	line = sp_strv_join(&words, " ");
	sp_buf_addf(&c->made, "%s\n", line);
	*ret = (struct sp_output){ 0 };
	/*
	 * "STATUS ARGV" begins an answer; "> TEXT" lines are its output, as is
	 * the file of "< PATH"; "! PATH TEXT" is what it does.
	 */
	while (sp_next_line(sp_buf_cstr(&c->canned), c->canned.len, &pos, &l,
			    &len)) {
		sp_auto_free char *s = sp_xstrndup(l, len);
		const char *blank = strchr(s, ' ');
		int64_t status;

		if (strchr("><!", s[0])) {
			const char *rule = s + (s[1] == ' ' ? 2 : 1);

			if (mine && s[0] == '>') {
				sp_buf_addf(&ret->text, "%s\n", rule);
			} else if (mine && s[0] == '<') {
				sp_auto_free char *path =
					sp_asprintf("%s/%s", c->top, rule);

				(void)slurp(path, &ret->text);
				sp_buf_addc(&ret->text, '\n');
			} else if (mine) {
				effect_of(c, rule);
			}
			continue;
		}
		mine = blank && sp_streq(blank + 1, line);
		if (mine) {
			sp_auto_free char *number =
				sp_xstrndup(s, (size_t)(blank - s));

			if (sp_parse_int(number, 0, 255, &status))
				ret->status = (int)status;
		}
	}
	return 0;
}

struct casus {
	const char *name;
	char *top; /* scratch directory */
	struct tree before, after;
	struct calls calls;
	bool commands; /* calls.in is there */
	bool live;     /* so is "live": the root is taken for the host */
};

/* One opening of the case's root with everything loaded. */
struct session {
	struct sp_root *root;
	struct sp_host *host;
	struct sp_profile profile;
	struct sp_diag diag;
	struct sp_plan plan;
	struct sp_err err;
};

static void session_clear(struct session *s)
{
	sp_plan_clear(&s->plan);
	sp_diag_clear(&s->diag);
	sp_profile_clear(&s->profile);
	sp_host_free(s->host);
	sp_root_free(s->root);
	sp_err_clear(&s->err);
	*s = (struct session){ 0 };
}
#define auto_session __attribute__((cleanup(session_clear))) struct session

static void root_as_told(struct casus *c, struct sp_root *root)
{
	if (c->live)
		sp_root_set_live(root);
	/* A root that is taken for the host must not run the host's programs. */
	if (c->commands || c->live)
		sp_root_set_run(root, answer, &c->calls);
}

/* false: refused, see diag or err. */
static bool session_open(struct casus *c, struct session *s)
{
	if (sp_root_open(c->top, &s->root, &s->err) < 0)
		return false;
	root_as_told(c, s->root);
	s->host = sp_host_new(s->root);
	if (sp_profile_add_file(&s->profile, "profile.yaml", &s->err) < 0)
		return false;
	sp_profile_parse(&s->profile, &s->diag);
	sp_profile_check(&s->profile, s->host, &s->diag);
	if (s->diag.errors)
		return false;
	return sp_plan_make(&s->plan, &s->profile, s->host, &s->err) >= 0;
}

static void fresh(struct casus *c)
{
	remove_tree(c->top);
	tree_write(&c->before, c->top);
}

static bool same_tree(struct casus *c, const struct tree *want,
		      const char *title)
{
	auto_tree now = tree_scan(c->top);
	sp_auto_buf out = { 0 };

	tree_diff(want, &now, false, &out);
	if (out.len)
		comment(title, out.data);
	return out.len == 0;
}

/* Compare with a file of the case, or write it. */
static void golden_text(struct casus *c, const char *file,
			const struct sp_buf *text)
{
	sp_auto_buf want = { 0 };
	bool have = slurp(file, &want);

	if (update) {
		if (text->len || have)
			spit(file, sp_buf_cstr(text), text->len);
		return;
	}
	if (!have && text->len == 0)
		return;
	if (have && want.len == text->len &&
	    memcmp(sp_buf_cstr(&want), sp_buf_cstr(text), want.len) == 0) {
		result(true, c->name, "%s", file);
		return;
	}
	comment("expected", have ? sp_buf_cstr(&want) : "(no such file)");
	comment("got", sp_buf_cstr(text));
	result(false, c->name, "%s", file);
}

static void expect_absent(struct casus *c, const char *file)
{
	if (access(file, F_OK) < 0)
		return;
	if (update)
		(void)unlink(file);
	else
		result(false, c->name,
		       "%s is there, but the case has no such outcome", file);
}

static void refused(struct casus *c, struct session *s)
{
	sp_auto_buf text = { 0 };

	sp_diag_format(&s->diag, &s->profile, &text);
	if (s->err.code)
		sp_buf_addf(&text, "%s\n", s->err.msg);
	golden_text(c, "error.out", &text);
	expect_absent(c, "plan.out");
	result(same_tree(c, &c->before, "a refused profile changed"), c->name,
	       "refused: nothing changed");
}

/* The plan's effects and the disk say the same. */
static void exact(struct casus *c, const struct sp_plan *plan)
{
	auto_tree now = tree_scan(c->top);
	sp_auto_buf out = { 0 };

	if (plan->n_commands)
		return; /* their effects are their own */
	for (size_t i = 0; i < plan->effects.n; i++) {
		const struct sp_effect *e = &plan->effects.v[i];
		const struct item *it = tree_find(&now, e->path + 1);
		const struct sp_node none = { 0 };

		if (!sp_node_equal(&e->after, it ? &it->node : &none))
			sp_buf_addf(&out, "%s: is not as planned\n", e->path);
	}
	/* And nothing else is touched. */
	for (size_t i = 0; i < now.n; i++) {
		const struct item *b = tree_find(&c->before, now.v[i].path);
		bool planned = false;

		for (size_t k = 0; k < plan->effects.n; k++)
			planned |= sp_streq(plan->effects.v[k].path + 1,
					    now.v[i].path);
		if (planned || is_journal_parent(&now.v[i]) ||
		    is_running(now.v[i].path))
			continue;
		if (!b || !sp_node_equal(&b->node, &now.v[i].node))
			sp_buf_addf(&out, "%s: changed without being planned\n",
				    now.v[i].path);
	}
	if (out.len)
		comment("plan and apply", out.data);
	result(out.len == 0, c->name, "apply does what the plan says");
}

static enum sp_outcome undo_last(struct casus *c, struct sp_report *rep)
{
	sp_auto_root *root = NULL;
	sp_auto_run run = { 0 };
	sp_auto_strv ids = { 0 };
	sp_auto_err err = { 0 };

	if (sp_root_open(c->top, &root, &err) >= 0)
		root_as_told(c, root);
	if (!root || sp_journal_list(root, &ids, &err) < 0 || ids.n == 0 ||
	    sp_journal_load(root, ids.v[ids.n - 1], &run, &err) < 0) {
		comment("undo", err.msg ? err.msg : "no run");
		return SP_OUT_INCOMPLETE;
	}
	return sp_engine_undo(root, &run, false, rep);
}

static void golden_tree(struct casus *c)
{
	auto_tree now = tree_scan(c->top);

	if (update) {
		tree_drop_journal(&now, &c->before);
		remove_tree("after");
		tree_write(&now, "after");
		attrs_write(&now, "after.attrs");
		for (size_t i = 0; i < now.n; i++) { /* for git, and its user */
			sp_auto_free char *p =
				sp_asprintf("after/%s", now.v[i].path);

			if (now.v[i].node.type != SP_FT_LINK)
				(void)chmod(p, now.v[i].node.type == SP_FT_DIR
						       ? 0755
						       : 0644);
			(void)lchown(p, geteuid(), getegid());
		}
		tree_clear(&c->after);
		c->after = tree_golden("after");
		return;
	}
	result(same_tree(c, &c->after, "after"), c->name, "tree after apply");
}

static bool all_actions(const struct sp_plan *p)
{
	for (size_t i = 0; i < p->n; i++)
		if (!(p->v[i].kind->flags & SP_KIND_ACTION))
			return false;
	return true;
}

static void second_plan(struct casus *c)
{
	auto_session s = { 0 };
	sp_auto_buf out = { 0 };
	bool ok = session_open(c, &s);

	if (ok && !all_actions(&s.plan)) {
		sp_render_text(&out, &s.plan, &s.profile, &s.diag, true, false);
		ok = false;
	}
	if (s.err.code)
		sp_buf_add(&out, s.err.msg);
	else if (s.diag.errors)
		sp_diag_format(&s.diag, &s.profile, &out);
	if (!ok)
		comment("second plan", sp_buf_cstr(&out));
	result(ok, c->name, "second plan is empty");
}

static void show_report(const struct sp_report *rep)
{
	if (rep->failure)
		comment("failure", rep->failure);
	for (size_t i = 0; i < rep->not_undone.n; i++)
		comment("not undone", rep->not_undone.v[i]);
	for (size_t i = 0; i < rep->notes.n; i++)
		comment("note", rep->notes.v[i]);
}

/* --- faults and kills ---------------------------------------------------------------------- */

enum fault { FAULT_ONCE, FAULT_FROM, FAULT_KILL };

struct trap {
	enum fault fault;
	long at, count;
	bool off;
};

static int spring(void *arg, const char *what, const char *path)
{
	struct trap *t = arg;

	(void)what;
	(void)path;
	if (t->off)
		return 0;
	t->count++;
	if (t->count < t->at || (t->fault == FAULT_ONCE && t->count > t->at))
		return 0;
	if (t->fault == FAULT_KILL)
		(void)raise(SIGKILL);
	return EIO;
}

/* Apply with a trap; true when it sprang.  @ret: how it ended. */
static bool apply_trapped(struct casus *c, struct trap *t, enum sp_outcome *ret,
			  struct sp_report *rep)
{
	auto_session s = { 0 };

	*ret = SP_OUT_UNTOUCHED;
	if (!session_open(c, &s))
		return true;
	sp_root_set_hook(s.root, spring, t);
	*ret = sp_engine_apply(&s.plan, &s.profile, s.host, 0, rep);
	return t->count >= t->at;
}

/* End what was cut off.  Returns the outcome, or 0 when there was nothing. */
static int recover(struct casus *c, bool fwd, bool *ret_ready,
		   struct sp_report *rep)
{
	sp_auto_root *root = NULL;
	sp_auto_run run = { 0 };
	sp_auto_err err = { 0 };
	int r = sp_root_open(c->top, &root, &err);

	*ret_ready = false;
	if (r >= 0)
		root_as_told(c, root);
	if (r >= 0)
		r = sp_engine_find(root, SP_RUN_OPEN, &run, &err);
	if (r < 0) {
		comment("recover", err.msg);
		return SP_OUT_INCOMPLETE;
	}
	if (r == 0)
		return 0;
	*ret_ready = run.ready && !run.undoing;
	return fwd ? sp_engine_forward(root, &run, rep)
		   : sp_engine_undo(root, &run, false, rep);
}

/* A fault at every effect, one by one, ends in the old tree. */
static void faults(struct casus *c)
{
	long at;

	for (at = 1; at < EFFECTS_MAX; at++) {
		struct trap t = { .fault = FAULT_ONCE, .at = at };
		sp_auto_report rep = { 0 };
		enum sp_outcome o;
		bool sprang, told;

		fresh(c);
		sprang = apply_trapped(c, &t, &o, &rep);
		if (!sprang)
			break;
		told = o == SP_OUT_UNDONE || o == SP_OUT_UNTOUCHED;
		if (!told || !same_tree(c, &c->before, "after the fault")) {
			show_report(&rep);
			result(false, c->name,
			       "fault at effect %ld: the old tree", at);
			return;
		}
	}
	result(true, c->name, "fault at each of %ld effects: the old tree",
	       at - 1);
}

/* From one effect on everything fails; the next command brings order. */
static void breakdowns(struct casus *c)
{
	long at;

	for (at = 1; at < EFFECTS_MAX; at++) {
		struct trap t = { .fault = FAULT_FROM, .at = at };
		sp_auto_report rep = { 0 }, rep2 = { 0 };
		enum sp_outcome o;
		bool ready;
		int r;

		fresh(c);
		if (!apply_trapped(c, &t, &o, &rep))
			break;
		r = recover(c, false, &ready, &rep2);
		if ((r != 0 && r != SP_OUT_DONE) || o == SP_OUT_DONE ||
		    !same_tree(c, &c->before, "after the breakdown")) {
			show_report(&rep);
			show_report(&rep2);
			result(false, c->name,
			       "everything fails from effect %ld on: the old tree",
			       at);
			return;
		}
	}
	result(true, c->name,
	       "breakdown from each of %ld effects: the old tree", at - 1);
}

/* SIGKILL at every effect, then recover. */
static void kills(struct casus *c, bool fwd)
{
	const char *title = fwd ? "recover --forward: the new tree"
				: "recover: the old tree";
	long at;

	for (at = 1; at < EFFECTS_MAX; at++) {
		sp_auto_report rep = { 0 };
		bool ready = false, ok;
		int status = 0, r;
		pid_t pid;

		fresh(c);
		(void)fflush(stdout);
		pid = fork();
		if (pid < 0)
			die("fork", "");
		if (pid == 0) {
			struct trap t = { .fault = FAULT_KILL, .at = at };
			enum sp_outcome o;

			(void)apply_trapped(c, &t, &o, &rep);
			_exit(o == SP_OUT_DONE ? 0 : 1);
		}
		if (waitpid(pid, &status, 0) < 0)
			die("waitpid", "");
		if (WIFEXITED(status)) {
			if (WEXITSTATUS(status) == 0)
				break;
			result(false, c->name,
			       "kill at effect %ld: apply failed by itself",
			       at);
			return;
		}
		r = recover(c, fwd, &ready, &rep);
		ok = r == 0 || r == SP_OUT_DONE ||
		     (fwd && !ready && r == SP_OUT_UNDONE);
		/* Not begun: old.  Finished but for the mark: new. */
		ok = ok && same_tree(c, fwd && ready ? &c->after : &c->before,
				     "after the kill");
		if (!ok) {
			show_report(&rep);
			result(false, c->name, "kill at effect %ld, %s", at,
			       title);
			return;
		}
	}
	result(true, c->name, "kill at each of %ld effects, %s", at - 1, title);
}

/* Who is not root makes new files his own, and the plan says so. */
static void as_root_sees_it(struct sp_buf *text)
{
	sp_auto_free char *mine = sp_asprintf(", %u:%u", (unsigned)geteuid(),
					      (unsigned)getegid());
	sp_auto_buf out = { 0 };
	const char *p = sp_buf_cstr(text), *hit;

	if (geteuid() == 0)
		return;
	for (; (hit = strstr(p, mine)); p = hit + strlen(mine)) {
		bool whole = strchr("), ", hit[strlen(mine)]) != NULL;

		sp_buf_addn(&out, p, (size_t)(hit - p));
		sp_buf_add(&out, whole ? ", 0:0" : mine);
	}
	sp_buf_add(&out, p);
	sp_buf_clear(text);
	*text = out;
	out = (struct sp_buf){ 0 };
}

static void run_case(const char *name)
{
	struct casus c = { .name = name };
	const char *base = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
	char *dir = sp_asprintf("%s/sprout-runner-XXXXXX", base);
	auto_session s = { 0 };
	sp_auto_buf text = { 0 };
	sp_auto_report rep = { 0 }, rep2 = { 0 };
	enum sp_outcome o;

	if (!mkdtemp(dir))
		die("mkdtemp", dir);
	c.top = sp_asprintf("%s/root", dir);
	c.calls.top = c.top;
	c.before = tree_golden("before");
	c.after = tree_golden("after");
	c.commands = slurp("calls.in", &c.calls.canned);
	c.live = access("live", F_OK) == 0;
	fresh(&c);

	if (!session_open(&c, &s)) {
		refused(&c, &s);
		goto out;
	}
	sp_render_text(&text, &s.plan, &s.profile, &s.diag, true, false);
	as_root_sees_it(&text);
	golden_text(&c, "plan.out", &text);
	expect_absent(&c, "error.out");
	{
		auto_tree now = tree_scan(c.top);
		auto_tree was = tree_scan(c.top);
		sp_auto_buf out = { 0 };

		tree_clear(&was);
		tree_diff(&c.before, &now, false, &out);
		for (size_t i = 0; i < now.n; i++)
			if (now.v[i].node.type == SP_FT_FILE &&
			    now.v[i].mtime.tv_sec != 1000000000)
				sp_buf_addf(&out, "%s: was written\n",
					    now.v[i].path);
		if (out.len)
			comment("the plan changed", out.data);
		result(out.len == 0, name, "planning changes nothing");
	}
	if (geteuid() != 0) {
		n_tests++;
		(void)printf(
			"ok %d - %s: apply # SKIP needs root, to give files away\n",
			n_tests, name);
		goto out;
	}
	sp_buf_clear(&c.calls.made);
	o = sp_engine_apply(&s.plan, &s.profile, s.host, 0, &rep);
	if (o != SP_OUT_DONE) {
		show_report(&rep);
		result(false, name, "apply");
		goto out;
	}
	golden_text(&c, "calls.out", &c.calls.made);
	exact(&c, &s.plan);
	golden_tree(&c);
	second_plan(&c);
	o = undo_last(&c, &rep2);
	{
		auto_tree now = tree_scan(c.top);
		auto_tree want = tree_golden("before");
		sp_auto_buf out = { 0 };

		for (size_t i = 0; i < want.n; i++)
			want.v[i].mtime =
				(struct timespec){ .tv_sec = 1000000000 };
		forget_touched(&want, &now, &s.plan.effects);
		tree_diff(&want, &now, true, &out);
		if (out.len || o != SP_OUT_DONE) {
			comment("undo", sp_buf_cstr(&out));
			show_report(&rep2);
		}
		result(o == SP_OUT_DONE && out.len == 0, name,
		       "undo brings the old tree back");
	}
	if (!quick && s.plan.n) {
		faults(&c);
		breakdowns(&c);
	}
	if (!quick && !no_kills && s.plan.n) {
		kills(&c, false);
		kills(&c, true);
	}
out:
	remove_tree(dir);
	free(dir);
	free(c.top);
	tree_clear(&c.before);
	tree_clear(&c.after);
	sp_buf_clear(&c.calls.canned);
	sp_buf_clear(&c.calls.made);
}

/* @name: "KIND/CASE"; the working directory is changed and restored. */
static void enter_case(const char *top, const char *name)
{
	sp_auto_free char *dir = sp_asprintf("%s/%s", top, name);
	sp_auto_close int back = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (back < 0 || chdir(dir) < 0)
		die("chdir", dir);
	run_case(name);
	if (fchdir(back) < 0)
		die("chdir", ".");
}

static void names_of(const char *dir, struct sp_strv *ret)
{
	sp_auto_closedir DIR *d = opendir(dir);
	struct dirent *e;

	while (d && (e = readdir(d)))
		if (e->d_name[0] != '.')
			sp_strv_add(ret, e->d_name);
	sp_strv_sort(ret);
}

static void run_kind(const char *top, const char *kind)
{
	sp_auto_free char *dir = sp_asprintf("%s/%s", top, kind);
	sp_auto_strv cases = { 0 };

	names_of(dir, &cases);
	for (size_t i = 0; i < cases.n; i++) {
		sp_auto_free char *name =
			sp_asprintf("%s/%s", kind, cases.v[i]);
		sp_auto_free char *file =
			sp_asprintf("%s/%s/profile.yaml", top, name);

		if (access(file, R_OK) == 0)
			enter_case(top, name);
	}
}

int main(int argc, char **argv)
{
	sp_auto_strv kinds = { 0 };
	sp_auto_free char *top = NULL;
	const char *src = getenv("SRCDIR");
	int i = 1;

	for (; i < argc && argv[i][0] == '-'; i++) {
		update |= sp_streq(argv[i], "--update");
		quick |= sp_streq(argv[i], "--quick");
		no_kills |= sp_streq(argv[i], "--no-kills");
	}
	(void)umask(022);
	top = sp_asprintf("%s/tests/kinds", src ? src : ".");
	if (i == argc)
		names_of(top, &kinds);
	for (; i < argc; i++)
		sp_strv_add(&kinds, argv[i]);
	for (size_t k = 0; k < kinds.n; k++) {
		if (strchr(kinds.v[k], '/'))
			enter_case(top, kinds.v[k]);
		else
			run_kind(top, kinds.v[k]);
	}
	(void)printf("1..%d\n", n_tests);
	return n_failed ? 1 : 0;
}
