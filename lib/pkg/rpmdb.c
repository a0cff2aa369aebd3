/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* rpmdb.c - read the database of installed packages. */
#include "pkg/rpmdb.h"

#include <errno.h>
#include <fcntl.h>
#include <rpm/rpmdb.h>
#include <rpm/rpmfi.h>
#include <rpm/rpmlib.h>
#include <rpm/rpmlog.h>
#include <rpm/rpmmacro.h>
#include <rpm/rpmts.h>
#include <string.h>

#include "core/host_overlay.h"
#include "core/mem.h"
#include "pkg/step.h"

/* Set by us when the configuration was read: librpm is the one global. */
#define READY "_sprout_ready"

struct sp_rpmdb {
	rpmts ts;
	char *dbpath;
};

/* librpm would print on standard error. */
static int quiet(rpmlogRec rec, rpmlogCallbackData data)
{
	(void)rec;
	(void)data;
	return 0;
}

int sp_rpm_init(struct sp_err *err)
{
	if (rpmExpandNumeric("%{?" READY "}"))
		return 0;
	(void)rpmlogSetCallback(quiet, NULL);
	if (rpmReadConfigFiles(NULL, NULL) != 0)
		return sp_fail(err, EIO, "rpm's configuration cannot be read");
	(void)rpmPushMacro(NULL, READY, NULL, "1", RMIL_GLOBAL);
	return 0;
}

/* sqlite, Berkeley DB, ndb: rpm's three. */
static const char *const files[] = { "rpmdb.sqlite", "Packages",
				     "Packages.db" };
/* Fedora's and RHEL 10's place first; one may be a link to the other. */
static const char *const places[] = { "/usr/lib/sysimage/rpm", "/var/lib/rpm" };

static int has_database(struct sp_host *host, const char *dir,
			struct sp_err *err)
{
	for (size_t i = 0; i < SP_COUNT(files); i++) {
		sp_auto_free char *path = sp_asprintf("%s/%s", dir, files[i]);
		struct sp_stat st;
		int r = sp_host_stat_follow(host, path, &st, err);

		if (r < 0)
			return r;
		if (r > 0 && st.type == SP_FT_FILE)
			return 1;
	}
	return 0;
}

int sp_rpmdb_path(struct sp_host *host, char **ret, struct sp_err *err)
{
	const char *dir = "/var/lib/rpm";
	struct sp_stat st;
	int there = 0, r;

	for (size_t i = 0; i < SP_COUNT(places) && !there; i++) {
		there = has_database(host, places[i], err);
		if (there < 0)
			return there;
		if (there)
			dir = places[i];
	}
	if (!there) {
		r = sp_host_stat(host, places[0], &st, err);
		if (r < 0)
			return r;
		if (r > 0 && st.type == SP_FT_DIR)
			dir = places[0];
	}
	r = sp_host_canonical(host, dir, true, ret, err);
	return r < 0 ? r : there;
}

int sp_rpmdb_open(const char *root, const char *dbpath, struct sp_rpmdb **ret,
		  struct sp_err *err)
{
	struct sp_rpmdb *db;
	int r = sp_rpm_init(err);

	if (r < 0)
		return r;
	if (rpmPushMacro(NULL, "_dbpath", NULL, dbpath, RMIL_CMDLINE) != 0)
		return sp_fail(err, EIO, "rpm: cannot set _dbpath");
	db = sp_xcalloc(1, sizeof(*db));
	db->dbpath = sp_xstrdup(dbpath);
	db->ts = rpmtsCreate();
	(void)rpmtsSetRootDir(db->ts, root);
	/* What is in the database was verified when it was installed. */
	(void)rpmtsSetVSFlags(db->ts, (rpmVSFlags)(RPMVSF_MASK_NODIGESTS |
						   RPMVSF_MASK_NOSIGNATURES |
						   RPMVSF_NOHDRCHK));
	if (rpmtsOpenDB(db->ts, O_RDONLY) != 0) {
		sp_rpmdb_close(db);
		return sp_fail(err, EIO,
			       "%s%s: the database of packages cannot be "
			       "opened; is it of another kind than this "
			       "system's rpm reads?",
			       strcmp(root, "/") == 0 ? "" : root, dbpath);
	}
	*ret = db;
	return 0;
}

void sp_rpmdb_close(struct sp_rpmdb *db)
{
	if (!db)
		return;
	(void)rpmtsFree(db->ts);
	(void)rpmPopMacro(NULL, "_dbpath");
	free(db->dbpath);
	free(db);
}

static int walk(struct sp_rpmdb *db, rpmDbiTagVal tag, const char *key,
		bool keys, sp_rpmdb_fn *fn, void *arg, struct sp_err *err)
{
	rpmdbMatchIterator it = rpmtsInitIterator(db->ts, tag, key, 0);
	Header h;
	int r = 0;

	while (r >= 0 && (h = rpmdbNextIterator(it)) != NULL) {
		const char *name = headerGetString(h, RPMTAG_NAME);
		const char *arch = headerGetString(h, RPMTAG_ARCH);
		char *evr = headerGetAsString(h, RPMTAG_EVR);
		struct sp_installed p = {
			.name = name,
			.evr = evr,
			.arch = arch ? arch : "(none)",
			.id = headerGetInstance(h),
			.size = (int64_t)headerGetNumber(h, RPMTAG_LONGSIZE),
			.header = h,
		};

		if (!p.size)
			p.size = (int64_t)headerGetNumber(h, RPMTAG_SIZE);
		if (name && evr && (keys || strcmp(name, "gpg-pubkey") != 0))
			r = fn(arg, &p, err);
		free(evr);
	}
	(void)rpmdbFreeIterator(it);
	return r < 0 ? r : 0;
}

int sp_rpmdb_each(struct sp_rpmdb *db, sp_rpmdb_fn *fn, void *arg,
		  struct sp_err *err)
{
	return walk(db, RPMDBI_PACKAGES, NULL, false, fn, arg, err);
}

int sp_rpmdb_named(struct sp_rpmdb *db, const char *name, sp_rpmdb_fn *fn,
		   void *arg, struct sp_err *err)
{
	return walk(db, RPMDBI_NAME, name, true, fn, arg, err);
}

static bool any(struct sp_rpmdb *db, rpmDbiTagVal tag, const char *key)
{
	rpmdbMatchIterator it = rpmtsInitIterator(db->ts, tag, key, 0);
	bool found = it && rpmdbNextIterator(it) != NULL;

	(void)rpmdbFreeIterator(it);
	return found;
}

int sp_rpmdb_has(struct sp_rpmdb *db, const char *spec, struct sp_err *err)
{
	(void)err;
	if (*spec == '/')
		return any(db, RPMDBI_INSTFILENAMES, spec) ||
		       any(db, RPMDBI_PROVIDENAME, spec);
	/* rpm's own label: NAME, NAME-VERSION, NAME-VERSION-RELEASE[.ARCH] */
	return any(db, RPMDBI_LABEL, spec) || any(db, RPMDBI_PROVIDENAME, spec);
}

bool sp_rpmdb_owns(struct sp_rpmdb *db, const char *path)
{
	return db && any(db, RPMDBI_INSTFILENAMES, path);
}

/* --- files of a package ---------------------------------------------------- */

static int walk_files(Header h, sp_rpm_file_fn *fn, void *arg,
		      struct sp_err *err)
{
	const rpmfileAttrs loose =
		(rpmfileAttrs)(RPMFILE_CONFIG | RPMFILE_GHOST |
			       RPMFILE_MISSINGOK);
	rpmfi fi = rpmfiNew(NULL, h, RPMTAG_BASENAMES, RPMFI_KEEPHEADER);
	int r = 0;

	while (r >= 0 && rpmfiNext(fi) >= 0) {
		int algo = 0;
		char *digest = rpmfiFDigestHex(fi, &algo);
		rpmfileAttrs flags = rpmfiFFlags(fi);
		struct sp_rpm_file f = {
			.path = rpmfiFN(fi),
			.mode = rpmfiFMode(fi),
			.size = (int64_t)rpmfiFSize(fi),
			.digest = digest ? digest : "",
			.algo = algo,
			.link = rpmfiFLink(fi),
			.config = flags & RPMFILE_CONFIG,
			.noreplace = flags & RPMFILE_NOREPLACE,
			.ghost = flags & RPMFILE_GHOST,
			.loose = (flags & loose) ||
				 rpmfiFState(fi) == RPMFILE_STATE_NOTINSTALLED,
		};

		r = fn(arg, &f, err);
		free(digest);
	}
	(void)rpmfiFree(fi);
	return r < 0 ? r : 0;
}

struct files_of {
	const struct sp_nevra *nevra;
	sp_rpm_file_fn *fn;
	void *arg;
};

static int files_of(void *arg, const struct sp_installed *p, struct sp_err *err)
{
	const struct files_of *x = arg;

	if (strcmp(p->evr, x->nevra->evr) != 0 ||
	    strcmp(p->arch, x->nevra->arch) != 0)
		return 0;
	return walk_files(p->header, x->fn, x->arg, err);
}

int sp_rpmdb_files(struct sp_rpmdb *db, const char *nevra, sp_rpm_file_fn *fn,
		   void *arg, struct sp_err *err)
{
	sp_auto_nevra n = { 0 };
	struct files_of x = { &n, fn, arg };
	int r = sp_nevra_parse(nevra, &n, err);

	return r < 0 ? r : sp_rpmdb_named(db, n.name, files_of, &x, err);
}

int sp_rpm_files(const char *path, sp_rpm_file_fn *fn, void *arg,
		 struct sp_err *err)
{
	rpmts ts = rpmtsCreate();
	FD_t fd = Fopen(path, "r.ufdio");
	Header h = NULL;
	int r;

	(void)rpmtsSetVSFlags(ts, (rpmVSFlags)(RPMVSF_MASK_NODIGESTS |
					       RPMVSF_MASK_NOSIGNATURES));
	if (fd && !Ferror(fd))
		(void)rpmReadPackageFile(ts, fd, path, &h);
	r = h ? walk_files(h, fn, arg, err)
	      : sp_fail(err, EBADMSG, "%s: cannot be read", path);
	if (fd)
		(void)Fclose(fd);
	(void)headerFree(h);
	(void)rpmtsFree(ts);
	return r;
}

int sp_rpmdb_version(struct sp_rpmdb *db, const char *what, char **ret_version,
		     char **ret_name, struct sp_err *err)
{
	rpmdbMatchIterator it =
		rpmtsInitIterator(db->ts, RPMDBI_PROVIDENAME, what, 0);
	Header h = it ? rpmdbNextIterator(it) : NULL;
	const char *version = h ? headerGetString(h, RPMTAG_VERSION) : NULL;
	const char *name = h ? headerGetString(h, RPMTAG_NAME) : NULL;
	int found = version && name;

	(void)err;
	if (found) {
		*ret_version = sp_xstrdup(version);
		*ret_name = sp_xstrdup(name);
	}
	(void)rpmdbFreeIterator(it);
	return found;
}
