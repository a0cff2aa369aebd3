/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * solv.h - which packages have to come and go: the only user of libsolv.
 *
 * Made, filled with what is installed and what there is to install, then
 * asked once or several times.
 */
#ifndef SPROUT_SOLV_H
#define SPROUT_SOLV_H

#include <stdbool.h>
#include <stdint.h>

#include "core/err.h"
#include "core/str.h"
#include "pkg/metadata.h"
#include "pkg/rpmdb.h"
#include "pkg/step.h"

struct sp_solv;

/* @conf is borrowed.  @running: version-release.arch of the kernel, or NULL. */
struct sp_solv *sp_solv_new(const struct sp_repos *conf, const char *running);
void sp_solv_free(struct sp_solv *s);
static inline void sp_solv_freep(struct sp_solv **s)
{
	sp_solv_free(*s);
}
#define sp_auto_solv __attribute__((cleanup(sp_solv_freep))) struct sp_solv

int sp_solv_add_installed(struct sp_solv *s, struct sp_rpmdb *db,
			  struct sp_err *err);
/*
 * The metadata that are there of all repositories, once; @md is borrowed.
 * Parsed metadata are kept as .solv files in each one's dir, unless that fails.
 */
int sp_solv_add_repos(struct sp_solv *s, const struct sp_metadata *md,
		      struct sp_err *err);
/* Their lists of files, when file[SP_META_FILELISTS] came later. */
int sp_solv_add_filelists(struct sp_solv *s, struct sp_err *err);
/* A package file that was verified; @from: where it came from, in a word. */
int sp_solv_add_file(struct sp_solv *s, const char *path, const char *from,
		     struct sp_err *err);
/*
 * Hide a package of @m (excluded, or of a stream of modules that is not
 * enabled): each that @hides says true of.  Before the first question.
 */
typedef bool sp_solv_hide_fn(void *arg, const char *name, const char *evr,
			     const char *arch);
void sp_solv_hide(struct sp_solv *s, const struct sp_meta *m,
		  sp_solv_hide_fn *hides, void *arg);

enum sp_update { SP_UPDATE_NONE, SP_UPDATE_SECURITY, SP_UPDATE_ALL };

struct sp_solv_job {
	const struct sp_strv *install, *remove;
	const struct sp_strv *files; /* of sp_solv_add_file(), to install */
	enum sp_update update;
	bool weak_deps;
};

/* What did not work out; zeroed is empty. */
struct sp_solv_trouble {
	bool filelists; /* a path is needed that only they can tell of */
	struct sp_strv unknown;	 /* "install: \"zpi\": no package ...": one line each */
	struct sp_strv problems; /* the solver's sentences */
};
void sp_solv_trouble_clear(struct sp_solv_trouble *t);

/*
 * The steps, removals last; none when everything is there.  0, or 1 with
 * @ret_trouble when it cannot be done.  < 0: broken metadata.
 */
int sp_solv_solve(struct sp_solv *s, const struct sp_solv_job *job,
		  struct sp_steps *ret, struct sp_solv_trouble *ret_trouble,
		  struct sp_err *err);

/* Which repository (NULL: a file) a solvable is of. */
const struct sp_meta *sp_solv_meta(struct sp_solv *s, int solvable);
/* The verified file of a solvable that sp_solv_add_file() added, or NULL. */
const char *sp_solv_path(struct sp_solv *s, int solvable);
/* What to fetch for a solvable of a repository. */
int sp_solv_fetch(struct sp_solv *s, int solvable, struct sp_fetch_item *ret,
		  struct sp_err *err);
/* A file of metadata, unpacked; EFBIG above @max bytes. */
int sp_solv_read_text(const char *path, size_t max, struct sp_buf *ret,
		      struct sp_err *err);
/* An available package of exactly this name, or 0. */
int sp_solv_find(struct sp_solv *s, const char *nevra);

#endif
