/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * rpmtxn_child.c - the process that changes packages.
 *
 * Source: rpm's lib/rpmts.h and lib/rpmcallback.h.  rpmtsRun() gives 0 though
 * %post scripts failed, < 0 when packages failed (the others are installed),
 * > 0 when a check failed before anything was touched.
 */
#include "pkg/rpmtxn_child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
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
#include "pkg/step.h"

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
	       a->size == b->st_size &&
	       a->changed.tv_sec == b->st_ctim.tv_sec &&
	       a->changed.tv_nsec == b->st_ctim.tv_nsec;
}

/* NULL when it is not the file that was verified, and that was said. */
static FD_t open_file(struct child *c, const struct sp_txn_item *it)
{
	FD_t fd = Fopen(it->path, "r.ufdio");
	sp_auto_free char *text = NULL;
	struct stat st;

	if (fd && !Ferror(fd) &&
	    (!it->seen.ino ||
	     (fstat(Fileno(fd), &st) == 0 && is_same(&it->seen, &st))))
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

void sp_txn_child(const struct sp_txn *t, int to, int scripts)
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
