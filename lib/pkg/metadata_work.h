/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* metadata_work.h - what the metadata*.c share: repositories being brought. */
#ifndef SPROUT_METADATA_WORK_H
#define SPROUT_METADATA_WORK_H

#include "pkg/metadata.h"
#include "pkg/openpgp.h"
#include "pkg/repomd.h"

#define SP_KEY_MAX ((int64_t)SP_PGP_SIZE_MAX)

/* One repository while it is brought. */
struct sp_meta_work {
	struct sp_meta *m;
	char *dir; /* in the cache, "repos/..." */
	struct sp_mirrors mirrors;
	struct sp_buf text; /* repomd.xml */
	bool done;	    /* repomd.xml is good; or it was given up */
	int r;		    /* why it was given up: m->err */
	/* What it wants of the batch that runs. */
	struct sp_fetch_item item;
	bool asked;
};

struct sp_meta_load {
	struct sp_cache *c;
	const struct sp_meta_opts *opts;
	struct sp_fetch_opts fetch;
	unsigned want;
	struct sp_meta_work *v;
	size_t n;
};

/* --- metadata_cache.c */

/* A repository's directory in the cache, "repos/..."; owned. */
char *sp_meta_dir(const struct sp_repo_conf *conf);
/* A file there; owned. */
char *sp_meta_in_dir(const struct sp_meta_work *w, const char *name);
/* From a path in the cache; owned. */
char *sp_meta_absolute(const struct sp_cache *c, const char *path);

void sp_meta_file_clear(struct sp_meta_file *f);

/* What repomd.xml, @text, names of what is wanted, into w->m. */
int sp_meta_read_repomd(struct sp_cache *c, struct sp_meta_work *w,
			const struct sp_buf *text, struct sp_err *err);
/* Is a wanted file in the cache?  Its size says so; the name is its sum. */
bool sp_meta_have_file(struct sp_cache *c, struct sp_meta_file *f);
/* The mirrors from the cache, into w->m->bases. */
int sp_meta_read_mirrors(struct sp_meta_load *l, struct sp_meta_work *w,
			 struct sp_err *err);
/* Can the repository be used as it is in the cache? */
bool sp_meta_try_warm(struct sp_meta_load *l, struct sp_meta_work *w);

/* --- metadata_keys.c */

/* The keys of gpgkey, once, into m->keys. */
int sp_meta_load_keys(struct sp_cache *c, struct sp_meta *m,
		      const struct sp_meta_opts *opts, struct sp_err *err);

#endif
