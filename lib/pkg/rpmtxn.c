/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * rpmtxn.c - run a transaction in a child, and hear from it by a pipe.
 *
 * The child writes lines: a letter and a text.  "b": a package begins; "w": a
 * warning; "r": a reason of rpm's; "f": a package failed; "p": a problem,
 * nothing was touched; "e": an error; "d": through.  What scripts print comes
 * by another pipe.
 *
 * Source: rpm's lib/rpmts.h and lib/rpmcallback.h.  rpmtsRun() gives 0 though
 * %post scripts failed, < 0 when packages failed (the others are installed),
 * > 0 when a check failed before anything was touched.
 */
#include "pkg/rpmtxn.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <rpm/rpmdb.h>
#include <rpm/rpmlib.h>
#include <rpm/rpmlog.h>
#include <rpm/rpmmacro.h>
#include <rpm/rpmps.h>
#include <rpm/rpmte.h>
#include <rpm/rpmts.h>

#include "core/mem.h"
#include "core/word.h"
#include "pkg/rpmdb.h"
#include "pkg/step.h"

#define TELL_MS 500
#define SCRIPTS_MAX ((size_t)1 << 20) /* bytes kept of what scripts print */
#define REASONS_MAX 4		      /* in one message */

/* --- the child ----------------------------------------------------------------- */

struct child {
	const struct sp_txn *t;
	FILE *to; /* the parent */
	rpmts ts;
	FD_t file; /* the package that is read just now */
	bool test;
};

/* One line; newlines inside become blanks. */
static void say(struct child *c, char letter, const char *text)
{
	(void)fputc(letter, c->to);
	for (; *text; text++)
		(void)fputc(*text == '\n' ? ' ' : *text, c->to);
	(void)fputc('\n', c->to);
	(void)fflush(c->to);
}

static int on_log(rpmlogRec rec, rpmlogCallbackData data)
{
	struct child *c = data;
	sp_auto_free char *text = sp_xstrdup(rpmlogRecMessage(rec));
	size_t n = strlen(text);

	while (n && text[n - 1] == '\n')
		text[--n] = '\0';
	if (n && rpmlogRecPriority(rec) <= RPMLOG_WARNING)
		say(c, rpmlogRecPriority(rec) <= RPMLOG_ERR ? 'r' : 'w', text);
	return 0;
}

/* For the journal as well: in English. */
static void say_header(struct child *c, char letter, Header h, const char *more)
{
	char *nevra = h ? headerGetAsString(h, RPMTAG_NEVRA) : NULL;
	sp_auto_free char *text =
		sp_asprintf("%s%s", nevra ? nevra : "a package", more);

	say(c, letter, text);
	free(nevra);
}

int sp_txn_see(const char *path, struct sp_txn_seen *ret, struct sp_err *err)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return sp_fail_errno(err, errno, "\"%s\"", path);
	*ret = (struct sp_txn_seen){ st.st_dev, st.st_ino, st.st_size,
				     st.st_ctim };
	return 0;
}

static bool is_same(const struct sp_txn_seen *a, const struct stat *b)
{
	return a->dev == b->st_dev && a->ino == b->st_ino &&
	       a->size == b->st_size && a->changed.tv_sec == b->st_ctim.tv_sec &&
	       a->changed.tv_nsec == b->st_ctim.tv_nsec;
}

/* NULL when it is not the file that was verified, and that was said. */
static FD_t open_file(struct child *c, const struct sp_txn_item *it)
{
	FD_t fd = Fopen(it->path, "r.ufdio");
	sp_auto_free char *text = NULL;
	struct stat st;

	if (fd && !Ferror(fd) &&
	    (!it->seen.ino || (fstat(Fileno(fd), &st) == 0 &&
			       is_same(&it->seen, &st))))
		return fd;
	text = sp_asprintf("%s: %s", it->path,
			   fd && !Ferror(fd)
				   ? _("changed after it was verified")
				   : _("cannot be opened"));
	say(c, 'e', text);
	if (fd)
		(void)Fclose(fd);
	return NULL;
}

/* Of packages being installed or erased; may run inside the new root. */
static void *on_event(const void *h, const rpmCallbackType what,
		      const rpm_loff_t amount, const rpm_loff_t total,
		      fnpyKey key, rpmCallbackData data)
{
	struct child *c = data;
	union {
		const void *in;
		Header h;
	} header = { h };

	(void)amount;
	switch ((int)what) {
	case RPMCALLBACK_INST_OPEN_FILE:
		c->file = open_file(c, key);
		return c->file;
	case RPMCALLBACK_INST_CLOSE_FILE:
		if (c->file)
			(void)Fclose(c->file);
		c->file = NULL;
		break;
	case RPMCALLBACK_INST_START:
	case RPMCALLBACK_UNINST_START:
		if (!c->test)
			say_header(c, 'b', header.h, "");
		break;
	case RPMCALLBACK_SCRIPT_ERROR:
		/* @total is the status; only some scripts stop a package */
		say_header(c, 'w', header.h,
			   total == RPMRC_OK
				   ? ": a script failed, which counts "
				     "as a warning"
				   : ": a script failed");
		break;
	case RPMCALLBACK_UNPACK_ERROR:
	case RPMCALLBACK_CPIO_ERROR:
		say_header(c, 'w', header.h, ": cannot be unpacked");
		break;
	}
	return NULL;
}

static void say_problems(struct child *c)
{
	rpmps ps = rpmtsProblems(c->ts);
	rpmpsi it = rpmpsInitIterator(ps);
	rpmProblem p;

	while ((p = rpmpsiNext(it))) {
		char *text = rpmProblemString(p);

		say(c, 'p', text);
		free(text);
	}
	(void)rpmpsFreeIterator(it);
	(void)rpmpsFree(ps);
}

static bool import_keys(struct child *c)
{
	for (size_t i = 0; i < c->t->n_keys; i++) {
		const struct sp_txn_key *k = &c->t->keys[i];
		bool ok = rpmtsImportPubkey(c->ts, k->data, k->len) == RPMRC_OK;

		if (!ok) {
			say(c, 'e', _("a key cannot be imported"));
			return false;
		}
	}
	return true;
}

/* As steps have it; owned. */
static char *nevra_of(Header h)
{
	uint64_t epoch = headerGetNumber(h, RPMTAG_EPOCH);
	sp_auto_free char *evr =
		sp_asprintf("%llu:%s-%s", (unsigned long long)epoch,
			    headerGetString(h, RPMTAG_VERSION),
			    headerGetString(h, RPMTAG_RELEASE));

	return sp_nevra_text(headerGetString(h, RPMTAG_NAME),
			     epoch ? evr : strchr(evr, ':') + 1,
			     headerGetString(h, RPMTAG_ARCH));
}

static bool add_file(struct child *c, const struct sp_txn_item *it)
{
	FD_t fd = open_file(c, it);
	Header h = NULL;
	rpmRC rc = RPMRC_FAIL;
	sp_auto_free char *is = NULL, *text = NULL;

	if (!fd)
		return false;
	rc = rpmReadPackageFile(c->ts, fd, it->path, &h);
	(void)Fclose(fd);
	is = rc == RPMRC_OK ? nevra_of(h) : NULL;
	if (!is)
		text = sp_asprintf(_("%s: cannot be read"), it->path);
	else if (it->nevra && !sp_streq(is, it->nevra))
		text = sp_asprintf(_("%s: is the package %s, not %s as the "
				     "repository says"),
				   it->path, is, it->nevra);
	else if (rpmtsAddInstallElement(c->ts, h, (fnpyKey)it, !it->beside,
					NULL) != 0)
		text = sp_asprintf(_("%s: cannot be installed"), it->path);
	(void)headerFree(h);
	if (text)
		say(c, 'e', text);
	return !text;
}

static bool add_erase(struct child *c, const struct sp_txn_item *it)
{
	rpmdbMatchIterator mi =
		rpmtsInitIterator(c->ts, RPMDBI_LABEL, it->nevra, 0);
	bool ok = true;
	Header h;

	/* not there: as it should be */
	while (ok && (h = rpmdbNextIterator(mi)))
		ok = rpmtsAddEraseElement(c->ts, h, -1) == 0;
	(void)rpmdbFreeIterator(mi);
	if (!ok)
		say(c, 'e', it->nevra);
	return ok;
}

/* What failed, element by element. */
static void say_failed(struct child *c)
{
	rpmtsi it = rpmtsiInit(c->ts);
	rpmte e;

	while ((e = rpmtsiNext(it, 0)))
		if (rpmteFailed(e))
			say(c, 'f', rpmteNEVRA(e));
	(void)rpmtsiFree(it);
}

static bool check(struct child *c)
{
	rpmps ps;
	int n;

	if (rpmtsCheck(c->ts) != 0) {
		say(c, 'e', _("rpm cannot check dependencies"));
		return false;
	}
	ps = rpmtsProblems(c->ts);
	n = rpmpsNumProblems(ps);
	(void)rpmpsFree(ps);
	if (n) {
		say_problems(c);
		return false;
	}
	if (rpmtsOrder(c->ts) != 0) {
		say(c, 'e', _("rpm cannot order the packages"));
		return false;
	}
	rpmtsClean(c->ts);
	return true;
}

static void run(struct child *c)
{
	rpmprobFilterFlags filter = RPMPROB_FILTER_NONE;
	int rc;

	if (c->t->back)
		filter = (rpmprobFilterFlags)(RPMPROB_FILTER_OLDPACKAGE |
					      RPMPROB_FILTER_REPLACEPKG);
	else /* a downgrade is in the plan when the profile asks for one */
		filter = RPMPROB_FILTER_OLDPACKAGE;
	c->test = true;
	(void)rpmtsSetFlags(c->ts, RPMTRANS_FLAG_TEST);
	rc = rpmtsRun(c->ts, NULL, filter);
	if (rc == 0) {
		c->test = false;
		(void)rpmtsSetFlags(c->ts, RPMTRANS_FLAG_NONE);
		rc = rpmtsRun(c->ts, NULL, filter);
	}
	if (rc > 0)
		say_problems(c);
	if (rc < 0) {
		say_failed(c);
		say(c, 'e', _("rpm: the transaction failed"));
	}
	if (rc == 0)
		say(c, 'd', "");
}

/*
 * Everything, in the child.  Nothing of the parent's is cleaned up here.
 */
static void child_main(const struct sp_txn *t, int to, int scripts)
{
	struct child c = { .t = t };
	static const char *const env[] = { "PATH", "HOME", "LC_ALL" };
	static const char *const values[] = { "/usr/sbin:/usr/bin:/sbin:/bin",
					      "/root", "C.UTF-8" };
	FD_t script_fd;
	bool ok = true;
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	(void)signal(SIGPIPE, SIG_IGN);
	(void)clearenv();
	for (size_t i = 0; i < SP_COUNT(env); i++)
		(void)setenv(env[i], values[i], 1);
	(void)umask(022);
	if (null < 0 || chdir("/") < 0)
		return;
	(void)dup2(null, 0);
	(void)dup2(scripts, 1);
	(void)dup2(scripts, 2);
	c.to = fdopen(to, "we");
	script_fd = fdDup(scripts);
	if (!c.to || !script_fd)
		return;
	(void)rpmlogSetCallback(on_log, &c);
	(void)rpmPushMacro(NULL, "_dbpath", NULL, t->dbpath, RMIL_CMDLINE);
	c.ts = rpmtsCreate();
	(void)rpmtsSetRootDir(c.ts, t->root);
	rpmtsSetScriptFd(c.ts, script_fd);
	(void)rpmtsSetNotifyCallback(c.ts, on_event, &c);
	/* Files were verified one by one, each by its own repository's keys. */
	(void)rpmtsSetVfyLevel(c.ts, RPMSIG_DIGEST_TYPE);
	(void)rpmtsSetVSFlags(c.ts, (rpmVSFlags)(RPMVSF_MASK_NOSIGNATURES));
	if (rpmtsOpenDB(c.ts, O_RDWR | O_CREAT) != 0) {
		say(&c, 'e', _("the database of packages cannot be opened"));
		return;
	}
	ok = import_keys(&c);
	for (size_t i = 0; i < t->n && ok; i++)
		ok = t->items[i].path ? add_file(&c, &t->items[i])
				      : add_erase(&c, &t->items[i]);
	if (ok && (!t->n || check(&c))) {
		if (t->n)
			run(&c);
		else
			say(&c, 'd', "");
	}
	rpmtsEmpty(c.ts);
	(void)rpmtsCloseDB(c.ts);
	(void)fflush(c.to);
}

/* --- the parent ----------------------------------------------------------------- */

struct listener {
	const struct sp_txn *t;
	struct sp_buf *out;
	struct sp_buf line;
	struct sp_strv problems, failed, errors, reasons;
	size_t n;	   /* packages that began */
	struct sp_buf now; /* the last of them */
	bool done;
};

static void listener_clear(struct listener *l)
{
	sp_buf_clear(&l->line);
	sp_buf_clear(&l->now);
	sp_strv_clear(&l->problems);
	sp_strv_clear(&l->failed);
	sp_strv_clear(&l->errors);
	sp_strv_clear(&l->reasons);
}

static void tell(const struct listener *l)
{
	if (l->n && l->t->begins)
		l->t->begins(l->t->arg, sp_buf_cstr(&l->now), l->n, l->t->n);
}

static void on_line(struct listener *l, const char *line)
{
	const char *text = line + 1;

	switch (*line) {
	case 'b':
		l->n++;
		sp_buf_clear(&l->now);
		sp_buf_add(&l->now, text);
		tell(l);
		break;
	case 'r':
		if (l->reasons.n < REASONS_MAX)
			sp_strv_add(&l->reasons, text);
		sp_buf_addf(l->out, "%s\n", text);
		break;
	case 'w':
		sp_buf_addf(l->out, "%s\n", text);
		break;
	case 'p':
		sp_strv_add(&l->problems, text);
		break;
	case 'f':
		if (!sp_strv_has(&l->failed, text))
			sp_strv_add(&l->failed, text);
		break;
	case 'e':
		sp_strv_add(&l->errors, text);
		break;
	case 'd':
		l->done = true;
		break;
	}
}

static void on_data(struct listener *l, const char *data, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (data[i] != '\n') {
			sp_buf_addc(&l->line, data[i]);
			continue;
		}
		if (l->line.len)
			on_line(l, l->line.data);
		sp_buf_clear(&l->line);
	}
}

/* Until both pipes are closed: by the child, and by what its scripts left. */
static void listen_to(struct listener *l, int from, int scripts)
{
	struct pollfd p[2] = { { .fd = from, .events = POLLIN },
			       { .fd = scripts, .events = POLLIN } };
	char data[4096];

	/* a daemon that a script started may hold the second one for ever */
	while (p[0].fd >= 0) {
		int ready = poll(p, 2, TELL_MS);

		if (ready < 0 && errno != EINTR)
			break;
		if (ready == 0)
			tell(l);
		for (int i = 1; i >= 0; i--) {
			ssize_t n;

			if (p[i].fd < 0 || !p[i].revents)
				continue;
			n = read(p[i].fd, data, sizeof(data));
			if (n <= 0) {
				if (n == 0 ||
				    (errno != EINTR && errno != EAGAIN))
					p[i].fd = -1;
			} else if (i == 0) {
				on_data(l, data, (size_t)n);
			} else if (l->out->len < SCRIPTS_MAX) {
				sp_buf_addn(l->out, data, (size_t)n);
			}
		}
	}
	/* what is still in the pipe of the scripts */
	while (p[1].fd >= 0 && poll(&p[1], 1, 0) > 0) {
		ssize_t n = read(p[1].fd, data, sizeof(data));

		if (n <= 0)
			break;
		if (l->out->len < SCRIPTS_MAX)
			sp_buf_addn(l->out, data, (size_t)n);
	}
}

static int judge(const struct listener *l, int status, struct sp_err *err)
{
	sp_auto_free char *text = NULL;

	if (l->problems.n) {
		sp_auto_strv all = { 0 };

		sp_strv_copy(&all, &l->errors); /* what rpm does not know */
		for (size_t i = 0; i < l->problems.n; i++)
			sp_strv_add(&all, l->problems.v[i]);
		text = sp_strv_join(&all, "\n");
		return sp_fail(err, EINVAL,
			       "rpm refuses the transaction, nothing was "
			       "changed:\n%s",
			       text);
	}
	if (l->failed.n) {
		sp_auto_free char *why = sp_strv_join(&l->reasons, "; ");

		text = sp_strv_join(&l->failed, ", ");
		return sp_fail(
			err, EIO,
			*why ? "rpm could not install or remove %s: %s; "
			       "the others are done"
			     : N_("rpm could not install or remove %s%s; "
				  "the others are done"),
			text, why);
	}
	if (l->errors.n) {
		text = sp_strv_join(&l->errors, "\n");
		return sp_fail(err, EIO, "%s", text);
	}
	if (WIFSIGNALED(status))
		return sp_fail(err, EIO,
			       "the process of the transaction was killed by "
			       "signal %d",
			       WTERMSIG(status));
	if (!l->done)
		return sp_fail(err, EIO,
			       "the process of the transaction ended early");
	return 0;
}

/* rpm waits for nobody without a terminal; say who it is. */
int sp_txn_idle(const char *root, const char *dbpath, struct sp_err *err)
{
	sp_auto_free char *path = sp_asprintf("%s%s/.rpm.lock", root, dbpath);
	sp_auto_close int fd = open(path, O_RDWR | O_CLOEXEC);
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	if (fd < 0 || fcntl(fd, F_GETLK, &lock) < 0 || lock.l_type == F_UNLCK)
		return 0;
	return sp_fail(err, EBUSY,
		       "process %ld is changing packages (it holds %s); try "
		       "again when it is through",
		       (long)lock.l_pid, path);
}

int sp_txn_run(const struct sp_txn *t, struct sp_buf *out, struct sp_err *err)
{
	struct listener l = { .t = t, .out = out };
	int lines[2], scripts[2], status = 0, r;
	pid_t pid;

	r = sp_rpm_init(err);
	if (r >= 0)
		r = sp_txn_idle(t->root, t->dbpath, err);
	if (r < 0)
		return r;
	if (pipe2(lines, O_CLOEXEC) < 0)
		return sp_fail_errno(err, errno, "pipe");
	if (pipe2(scripts, O_CLOEXEC) < 0) {
		r = errno;
		(void)close(lines[0]);
		(void)close(lines[1]);
		return sp_fail_errno(err, r, "pipe");
	}
	pid = fork();
	if (pid == 0) {
		child_main(t, lines[1], scripts[1]);
		_exit(0);
	}
	r = errno;
	(void)close(lines[1]);
	(void)close(scripts[1]);
	if (pid > 0)
		listen_to(&l, lines[0], scripts[0]);
	(void)close(lines[0]);
	(void)close(scripts[0]);
	if (pid < 0)
		return sp_fail_errno(err, r, "fork");
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	r = judge(&l, status, err);
	listener_clear(&l);
	return r;
}
