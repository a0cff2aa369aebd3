/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * metadata.h - the metadata of repositories, verified, as files in the cache.
 *
 * mirrors, repomd.xml (with its signature where repo_gpgcheck is on), then
 * what the solver wants of it, all repositories at once.
 * Source: createrepo_c's repomd.xml; Metalink 3.0 as dnf uses it.
 */
#ifndef SPROUT_METADATA_H
#define SPROUT_METADATA_H

#include <stdbool.h>
#include <stdint.h>

#include "pkg/cache.h"
#include "pkg/fetch.h"
#include "pkg/repos.h"
#include "pkg/rpmkeys.h"

enum sp_meta_type {
	SP_META_PRIMARY,
	SP_META_FILELISTS,
	SP_META_UPDATEINFO,
	SP_META_GROUP,		/* comps.xml */
	SP_META_MODULES,	/* modules.yaml */
	SP_META_TYPES
};

struct sp_meta_file {
	char *path;	/* absolute, in the cache; NULL: not fetched, or none */
	char *href;	/* as repomd.xml has it; NULL: the repository has none */
	struct sp_checksum sum, open_sum;
	int64_t size, open_size;	/* -1: not told */
};

/* One repository's; in the order of sp_repos. */
struct sp_meta {
	const struct sp_repo_conf *repo;	/* borrowed */
	bool skipped;		/* skip_if_unavailable: err says why */
	struct sp_err err;	/* owned */
	bool warm;		/* not asked for again: metadata_expire */
	int64_t age_s;		/* since it was fetched or found unchanged */
	char *dir;		/* absolute: a directory for .solv files */
	char *repomd;		/* absolute path of the verified repomd.xml */
	char *cookie;		/* sha256 of repomd.xml, in hexadecimal */
	char *revision;
	struct sp_strv bases;	/* URLs of the repository, best first, "/" ends */
	struct sp_meta_file file[SP_META_TYPES];
	struct sp_keyring *keys;	/* owned; NULL: sp_metadata_keys not called */
};

struct sp_metadata {
	struct sp_meta *v;
	size_t n;
};

struct sp_meta_opts {
	struct sp_fetch_opts fetch;
	bool refresh;		/* ask even when it is not old */
	struct sp_host *host;	/* keys by file:// are read through it */
	int64_t now;		/* seconds since 1970, for keys; 0: the clock's */
};

/*
 * Bring all repositories' repomd.xml, and the types in @want (1 << type) that
 * they have.  @repos must outlive @ret.  Fails with the first repository that
 * cannot be had and is not skip_if_unavailable.
 */
int sp_metadata_load(struct sp_cache *c, const struct sp_repos *repos,
		     unsigned want, const struct sp_meta_opts *opts,
		     struct sp_metadata *ret, struct sp_err *err);

/* More types, of one repository: filelists when a path is asked for. */
int sp_metadata_more(struct sp_cache *c, struct sp_meta *m, unsigned want,
		     const struct sp_meta_opts *opts, struct sp_err *err);

/*
 * The keyring of a repository, from its gpgkey: file:// in the root (through
 * opts->host), https://; "#FINGERPRINT" behind a URL pins the key, and is
 * needed for http:// and without sslverify.  Kept in @m.
 */
int sp_metadata_keys(struct sp_cache *c, struct sp_meta *m,
		     const struct sp_meta_opts *opts, struct sp_err *err);

/*
 * A package of repository @m as something to fetch: @href as primary.xml has
 * it, @base its xml:base or NULL.  EBADMSG for an href that leads out of the
 * repository, and for a checksum that is none.
 */
int sp_metadata_package(const struct sp_meta *m, const char *href,
			const char *base, const char *sum_type, const char *sum,
			int64_t size, struct sp_fetch_item *ret,
			struct sp_err *err);

void sp_metadata_clear(struct sp_metadata *md);
#define sp_auto_metadata \
	__attribute__((cleanup(sp_metadata_clear))) struct sp_metadata

#endif
