/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fleet.c - sprout plan --fleet: many hosts from one directory, side by side.
 *
 * A process a processor takes the next host, plans it and keeps the report in
 * a file in memory; numbers are in memory that all share.  A plan that kills
 * its process costs that host alone.
 */
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmd.h"
#include "core/json.h"
#include "core/junit.h"
#include "core/markdown.h"
#include "core/mem.h"
#include "core/render.h"
#include "core/run.h"
#include "words.h"

#define HOSTS_MAX   10000
#define WORKERS_MAX 64
/* Of a comment: the table, and one host's plan. */
#define TABLE_MAX (SP_MARKDOWN_MAX / 3)
#define PLAN_MAX  (SP_MARKDOWN_MAX / 5)

struct host {
	char *name;
	char *profile; /* NULL: none of its own */
	char *root;    /* NULL: there is none */
};

/* What came of one host; in shared memory. */
struct result {
	int worker;	/* which took it, from 1; 0: nobody yet */
	bool finished;
	int status;	/* exit status of its plan */
	size_t n_add, n_modify, n_remove, n_errors;
	struct sp_junit_counts junit;
	/* In the worker's file: the report, and behind it the errors. */
	off_t at;
	size_t report, errors;
};

struct shared {
	atomic_size_t next;
	struct result v[];
};

struct fleet {
	const struct cmd_opts *o;
	const struct cmd_fleet *f;
	struct host *hosts;
	size_t n;
	struct shared *shared;
	size_t shared_size;
	int files[WORKERS_MAX];
	int ends[WORKERS_MAX]; /* as waitpid(2) tells */
	int n_workers;
};

static void fleet_clear(struct fleet *f)
{
	for (size_t i = 0; i < f->n; i++) {
		free(f->hosts[i].name);
		free(f->hosts[i].profile);
		free(f->hosts[i].root);
	}
	free(f->hosts);
	if (f->shared)
		(void)munmap(f->shared, f->shared_size);
	for (int i = 0; i < f->n_workers; i++)
		(void)close(f->files[i]);
}

/* --- which hosts ---------------------------------------------------------- */

/* The name without an ending that an archive has, or NULL. */
static char *archive_stem(const char *name)
{
	static const char *const ends[] = { ".tar.zst", ".tar.xz", ".tar.gz",
					    ".tar" };

	for (size_t i = 0; i < SP_COUNT(ends); i++)
		if (sp_ends(name, ends[i]))
			return sp_xstrndup(name,
					   strlen(name) - strlen(ends[i]));
	return NULL;
}

static struct host *get_host(struct fleet *f, const char *name)
{
	for (size_t i = f->n; i > 0; i--)
		if (strcmp(f->hosts[i - 1].name, name) == 0)
			return &f->hosts[i - 1];
	f->hosts = sp_grow(f->hosts, f->n, sizeof(*f->hosts));
	f->hosts[f->n] = (struct host){ .name = sp_xstrdup(name) };
	return &f->hosts[f->n++];
}

static int set_root(struct host *h, char *path, struct sp_err *err)
{
	if (h->root) {
		int r = sp_fail(err, EEXIST,
				"host \"%s\" has two roots: %s and %s", h->name,
				h->root, path);

		free(path);
		return r;
	}
	h->root = path;
	return 0;
}

/* Names come sorted, so what belongs to one host is not far apart. */
static int add_entry(struct fleet *f, const char *name, struct sp_err *err)
{
	sp_auto_free char *path = sp_asprintf("%s/%s", f->f->dir, name);
	sp_auto_free char *stem = archive_stem(name);

	if (name[0] == '.')
		return 0;
	if (sp_ends(name, ".yaml")) {
		free(stem);
		stem = sp_xstrndup(name, strlen(name) - strlen(".yaml"));
		get_host(f, stem)->profile = sp_take(&path);
	} else if (stem) {
		return set_root(get_host(f, stem), sp_take(&path), err);
	}
	return 0;
}

/* A directory is a root beside NAME.yaml only. */
static int add_directory(struct fleet *f, struct host *h, struct sp_err *err)
{
	char *path = sp_asprintf("%s/%s", f->f->dir, h->name);
	struct stat st;

	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		return set_root(h, path, err);
	free(path);
	return 0;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct host *)a)->name,
		      ((const struct host *)b)->name);
}

static int list_hosts(struct fleet *f, struct sp_err *err)
{
	sp_auto_root *dir = NULL;
	sp_auto_strv names = { 0 };
	int r = sp_root_open(f->f->dir, &dir, err);

	if (r >= 0)
		r = sp_root_list(dir, "/", &names, err);
	for (size_t i = 0; r >= 0 && i < names.n; i++)
		r = add_entry(f, names.v[i], err);
	for (size_t i = 0; r >= 0 && i < f->n; i++)
		r = add_directory(f, &f->hosts[i], err);
	if (r < 0)
		return r;
	if (!f->n)
		return sp_fail(err, ENOENT,
			       "fleet \"%s\": there is no NAME.yaml in it",
			       f->f->dir);
	if (f->n > HOSTS_MAX)
		return sp_fail(err, E2BIG,
			       "fleet \"%s\": %zu hosts, the limit is %d",
			       f->f->dir, f->n, HOSTS_MAX);
	qsort(f->hosts, f->n, sizeof(*f->hosts), by_name);
	return 0;
}

/* --- one host --------------------------------------------------------------- */

static const char *status_word(int status)
{
	return status == SP_EXIT_OK	 ? "same" :
	       status == SP_EXIT_PENDING ? "differs" :
					   "error";
}

static void add_json(struct sp_buf *out, const struct cmd_planned *p,
		     const char *name, const struct sp_buf *errors)
{
	sp_auto_strv lines = { 0 };
	struct sp_json j;

	sp_json_part(&j, out, SP_JSON_INDENT, 2);
	sp_json_map(&j);
	sp_json_key(&j, _("host"));
	sp_json_str(&j, name);
	sp_json_key(&j, "status");
	sp_json_str(&j, status_word(p->status));
	sp_strv_split(&lines, sp_buf_cstr(errors), "\n");
	sp_json_key(&j, _("errors"));
	sp_json_strv(&j, &lines);
	sp_json_key(&j, "plan");
	if (p->status == SP_EXIT_ERROR)
		sp_json_null(&j);
	else
		sp_render_plan_json(&j, &p->plan, &p->profile, &p->diag);
	sp_json_map_end(&j);
}

static void add_report(const struct fleet *f, const struct cmd_planned *p,
		       const char *name, const struct sp_buf *errors,
		       struct result *r, struct sp_buf *out)
{
	const struct sp_planned x = cmd_plan_outcome(p, name);

	switch (f->f->format) {
	case CMD_TEXT:
		if (!f->f->diff || p->status != SP_EXIT_PENDING)
			break;
		sp_buf_addf(out, "=== %s\n\n", name);
		sp_render_text(out, &p->plan, &p->profile, &p->diag, true,
			       cmd_color(f->o));
		sp_buf_addc(out, '\n');
		break;
	case CMD_JSON:
		add_json(out, p, name, errors);
		break;
	case CMD_MARKDOWN:
		if (p->status != SP_EXIT_OK)
			sp_markdown_plan(out, &x, 4, PLAN_MAX);
		break;
	case CMD_JUNIT:
		sp_junit_suite(out, &x, &r->junit);
		break;
	}
}

static void plan_host(const struct fleet *f, const struct host *h,
		      struct result *r, struct sp_buf *out,
		      struct sp_buf *errors)
{
	struct cmd_opts o = *f->o;
	cmd_auto_planned p = { 0 };
	sp_auto_free char **paths =
		sp_xcalloc((size_t)f->f->n + 1, sizeof(*paths));
	int n = 0;

	o.root = h->root;
	for (; n < f->f->n; n++)
		paths[n] = f->f->paths[n];
	if (h->profile)
		paths[n++] = h->profile;
	if (!h->root)
		(void)sp_fail(&p.err, ENOENT,
			      "there is neither %s/%s.tar.zst nor a directory %s/%s",
			      f->f->dir, h->name, f->f->dir, h->name);
	else if (!n)
		(void)sp_fail(&p.err, ENOENT, "there is no %s/%s.yaml",
			      f->f->dir, h->name);
	if (p.err.code)
		p.status = SP_EXIT_ERROR;
	else
		cmd_plan_make(&p, &o, paths, n);
	cmd_plan_errors(&p, errors);
	r->status = p.status;
	r->n_errors = p.diag.errors + (p.err.code != 0);
	if (p.status != SP_EXIT_ERROR) {
		r->n_add = p.plan.n_add;
		r->n_modify = p.plan.n_modify;
		r->n_remove = p.plan.n_remove;
	}
	add_report(f, &p, h->name, errors, r, out);
}

/* --- side by side ----------------------------------------------------------- */

static bool put(int fd, const struct sp_buf *b)
{
	const char *s = sp_buf_cstr(b);

	for (size_t done = 0; done < b->len;) {
		ssize_t n = write(fd, s + done, b->len - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		done += (size_t)n;
	}
	return true;
}

static void work(struct fleet *f, int worker)
{
	size_t i;

	while ((i = atomic_fetch_add(&f->shared->next, 1)) < f->n) {
		struct result *r = &f->shared->v[i];
		sp_auto_buf out = { 0 }, errors = { 0 };

		r->worker = worker + 1;
		r->at = lseek(f->files[worker], 0, SEEK_END);
		plan_host(f, &f->hosts[i], r, &out, &errors);
		r->report = out.len;
		r->errors = errors.len;
		r->finished = put(f->files[worker], &out) &&
			      put(f->files[worker], &errors);
	}
}

static int count_workers(size_t hosts)
{
	int n = sp_run_processors();

	n = n > WORKERS_MAX ? WORKERS_MAX : n;
	return (size_t)n > hosts ? (int)hosts : n;
}

static int run_workers(struct fleet *f, struct sp_err *err)
{
	int n = count_workers(f->n), r = 0;
	pid_t pids[WORKERS_MAX];

	f->shared_size = sizeof(*f->shared) + f->n * sizeof(struct result);
	f->shared = mmap(NULL, f->shared_size, PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (f->shared == MAP_FAILED) {
		f->shared = NULL;
		return sp_fail_errno(err, errno, "fleet: shared memory");
	}
	(void)fflush(stdout);
	for (; f->n_workers < n && r >= 0; f->n_workers++) {
		const int w = f->n_workers;

		f->files[w] = memfd_create("sprout-fleet", MFD_CLOEXEC);
		if (f->files[w] < 0) {
			r = sp_fail_errno(err, errno, "fleet: a file in memory");
			break;
		}
		pids[w] = fork();
		if (pids[w] == 0) {
			(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
			work(f, w);
			_exit(0);
		}
		if (pids[w] < 0) {
			r = sp_fail_errno(err, errno, "fleet: fork");
			(void)close(f->files[w]);
			break;
		}
	}
	for (int w = 0; w < f->n_workers; w++)
		while (waitpid(pids[w], &f->ends[w], 0) < 0 && errno == EINTR)
			;
	return r;
}

/* --- the summary ------------------------------------------------------------ */

struct totals {
	size_t same, differ, error;
};

/* Read a piece of a worker's file. */
static void get(const struct fleet *f, const struct result *r, bool errors,
		struct sp_buf *out)
{
	size_t left = errors ? r->errors : r->report;
	off_t at = r->at + (errors ? (off_t)r->report : 0);
	char part[16384];

	while (left) {
		ssize_t n = pread(f->files[r->worker - 1], part,
				  left < sizeof(part) ? left : sizeof(part), at);

		if (n <= 0)
			return;
		sp_buf_addn(out, part, (size_t)n);
		left -= (size_t)n;
		at += n;
	}
}

/* A host whose process ended: an error, with a report like the others'. */
static void mend(struct fleet *f, size_t i, struct sp_buf *out,
		 struct sp_buf *errors)
{
	struct result *r = &f->shared->v[i];
	int end = r->worker ? f->ends[r->worker - 1] : 0;
	cmd_auto_planned p = { .status = SP_EXIT_ERROR };

	if (WIFSIGNALED(end))
		(void)sp_fail(&p.err, EIO, "planning it ended by signal %d",
			      WTERMSIG(end));
	else
		(void)sp_fail(&p.err, EIO, "planning it ended too early");
	cmd_plan_errors(&p, errors);
	*r = (struct result){ .worker = r->worker, .status = SP_EXIT_ERROR,
			      .n_errors = 1 };
	add_report(f, &p, f->hosts[i].name, errors, r, out);
}

static void sum_up(struct sp_buf *out, const struct totals *t, size_t n)
{
	sp_buf_addf(
		out,
		n == 1 ? _("%zu host: %zu as the profile says, %zu to change, "
			   "%zu with errors.")
		       : _("%zu hosts: %zu as the profile says, %zu to change, "
			   "%zu with errors."),
		n, t->same, t->differ, t->error);
}

static void text_row(struct sp_buf *out, const struct host *h,
		     const struct result *r, int width)
{
	sp_auto_buf name = { 0 };

	sp_buf_add_shown(&name, h->name);
	sp_buf_addf(out, "%-*s", width, name.data);
	if (r->status == SP_EXIT_ERROR)
		sp_buf_addf(out, " %6s %6s %6s %6zu\n", "", "", "", r->n_errors);
	else
		sp_buf_addf(out, " %6zu %6zu %6zu %6d\n", r->n_add, r->n_modify,
			    r->n_remove, 0);
}

static void add_text_table(const struct fleet *f, struct sp_buf *out)
{
	const char *host = _("host");
	int width = (int)strlen(host);

	for (size_t i = 0; i < f->n; i++) {
		sp_auto_buf name = { 0 };

		sp_buf_add_shown(&name, f->hosts[i].name);
		width = (int)name.len > width ? (int)name.len : width;
	}
	/* (columns as in text_row(); a translation counts bytes, too) */
	sp_buf_addf(out, _("%-*s      +      ~      - errors\n"), width, host);
	for (size_t i = 0; i < f->n; i++)
		text_row(out, &f->hosts[i], &f->shared->v[i], width);
}

/* All hosts, or, where they are too many, those with something to tell. */
static void add_markdown_table(const struct fleet *f, struct sp_buf *out,
			       bool all)
{
	size_t left = 0;

	sp_buf_add(out, "| host | add | change | remove | errors |\n"
			"|---|--:|--:|--:|--:|\n");
	for (size_t i = 0; i < f->n; i++) {
		const struct result *r = &f->shared->v[i];
		sp_auto_buf row = { 0 };

		sp_buf_add(&row, "| ");
		sp_markdown_code(&row, f->hosts[i].name, true);
		if (r->status == SP_EXIT_ERROR)
			sp_buf_addf(&row, " | | | | **%zu** |\n", r->n_errors);
		else
			sp_buf_addf(&row, " | %zu | %zu | %zu | |\n", r->n_add,
				    r->n_modify, r->n_remove);
		if ((all || r->status != SP_EXIT_OK) &&
		    out->len + row.len <= TABLE_MAX)
			sp_buf_addn(out, row.data, row.len);
		else
			left++;
	}
	sp_buf_addc(out, '\n');
	if (left)
		sp_buf_addf(out, "%zu more hosts are not listed.\n\n", left);
}

static void put_markdown(const struct fleet *f, const struct totals *t,
			 const struct sp_buf *reports)
{
	/* Bytes of a row: a name, and the rest. */
	bool all = f->n < TABLE_MAX / 64;
	sp_auto_buf out = { 0 };
	size_t left = 0;

	sp_buf_add(&out, "### sprout plan: ");
	sp_markdown_code(&out, f->f->dir, false);
	sp_buf_add(&out, "\n\n**");
	sum_up(&out, t, f->n);
	sp_buf_add(&out, "**\n\n");
	add_markdown_table(f, &out, all);
	for (size_t i = 0; i < f->n; i++) {
		const struct sp_buf *b = &reports[i];

		if (!b->len)
			continue;
		if (out.len + b->len + 200 > SP_MARKDOWN_MAX) {
			left++;
			continue;
		}
		sp_buf_addf(&out, "<details><summary>%s</summary>\n\n%s\n"
				  "</details>\n\n",
			    f->shared->v[i].status == SP_EXIT_ERROR ? "errors" :
								      "plan",
			    b->data);
	}
	if (left)
		sp_buf_addf(&out, "The plans of %zu more hosts are not shown.\n\n",
			    left);
	out.data[--out.len] = '\0';
	cmd_put(&out);
}

static void put_json(const struct fleet *f, const struct totals *t,
		     const struct sp_buf *reports)
{
	sp_auto_buf out = { 0 };
	struct sp_json j;

	sp_json_init(&j, &out, SP_JSON_INDENT);
	sp_json_map(&j);
	sp_json_key(&j, "sprout");
	sp_json_int(&j, 1);
	sp_json_key(&j, "hosts");
	sp_json_list(&j);
	for (size_t i = 0; i < f->n; i++)
		sp_json_raw(&j, &reports[i]);
	sp_json_list_end(&j);
	sp_json_key(&j, "summary");
	sp_json_map(&j);
	sp_json_key(&j, "same");
	sp_json_int(&j, (int64_t)t->same);
	sp_json_key(&j, "differ");
	sp_json_int(&j, (int64_t)t->differ);
	sp_json_key(&j, "error");
	sp_json_int(&j, (int64_t)t->error);
	sp_json_map_end(&j);
	sp_json_map_end(&j);
	sp_buf_addc(&out, '\n');
	cmd_put(&out);
}

static void put_junit(const struct fleet *f, const struct sp_buf *reports)
{
	struct sp_junit_counts sum = { 0 };
	sp_auto_buf all = { 0 }, out = { 0 };

	for (size_t i = 0; i < f->n; i++) {
		const struct sp_junit_counts *n = &f->shared->v[i].junit;

		sum.tests += n->tests;
		sum.failures += n->failures;
		sum.errors += n->errors;
		sum.skipped += n->skipped;
		sp_buf_addn(&all, sp_buf_cstr(&reports[i]), reports[i].len);
	}
	sp_junit_document(&out, &all, &sum);
	cmd_put(&out);
}

static void put_text(const struct fleet *f, const struct totals *t,
		     const struct sp_buf *reports)
{
	sp_auto_buf out = { 0 };

	for (size_t i = 0; i < f->n; i++)
		cmd_put(&reports[i]);
	add_text_table(f, &out);
	sp_buf_addc(&out, '\n');
	sum_up(&out, t, f->n);
	sp_buf_addc(&out, '\n');
	cmd_put(&out);
}

/* "HOST: " in front of each line. */
static void complain(const char *host, const struct sp_buf *errors)
{
	sp_auto_buf out = { 0 };
	const char *line;
	size_t pos = 0, len;

	while (sp_next_line(sp_buf_cstr(errors), errors->len, &pos, &line, &len)) {
		sp_buf_add_shown(&out, host);
		sp_buf_add(&out, ": ");
		sp_buf_add_page(&out, line, len);
		sp_buf_addc(&out, '\n');
	}
	(void)fputs(sp_buf_cstr(&out), stderr);
}

static int report(struct fleet *f)
{
	struct sp_buf *reports = sp_xcalloc(f->n, sizeof(*reports));
	struct totals t = { 0 };

	for (size_t i = 0; i < f->n; i++) {
		struct result *r = &f->shared->v[i];
		sp_auto_buf errors = { 0 };

		if (r->finished) {
			get(f, r, false, &reports[i]);
			get(f, r, true, &errors);
		} else {
			mend(f, i, &reports[i], &errors);
		}
		complain(f->hosts[i].name, &errors);
		t.same += r->status == SP_EXIT_OK;
		t.differ += r->status == SP_EXIT_PENDING;
		t.error += r->status == SP_EXIT_ERROR;
	}
	switch (f->o->quiet ? -1 : (int)f->f->format) {
	case CMD_TEXT:
		put_text(f, &t, reports);
		break;
	case CMD_JSON:
		put_json(f, &t, reports);
		break;
	case CMD_MARKDOWN:
		put_markdown(f, &t, reports);
		break;
	case CMD_JUNIT:
		put_junit(f, reports);
		break;
	}
	for (size_t i = 0; i < f->n; i++)
		sp_buf_clear(&reports[i]);
	free(reports);
	return t.error ? SP_EXIT_ERROR : t.differ ? SP_EXIT_PENDING : SP_EXIT_OK;
}

int cmd_plan_fleet(const struct cmd_opts *o, const struct cmd_fleet *what)
{
	__attribute__((cleanup(fleet_clear))) struct fleet f = { .o = o,
								 .f = what };
	sp_auto_err err = { 0 };
	int r = list_hosts(&f, &err);

	if (r >= 0)
		r = run_workers(&f, &err);
	return r < 0 ? cmd_fail(&err) : report(&f);
}
