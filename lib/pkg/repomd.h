/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * repomd.h - the texts by which a repository is found: mirrorlist, metalink,
 * repomd.xml; nothing is fetched here.
 *
 * Source: createrepo_c's output; Metalink 3.0 with MirrorManager's names;
 * dnf.conf(5), mirrorlist.
 */
#ifndef SPROUT_REPOMD_H
#define SPROUT_REPOMD_H

#include <stdint.h>

#include "core/err.h"
#include "core/str.h"
#include "pkg/rpmdigest.h"

#define SP_REPOMD_PATH	 "repodata/repomd.xml"
#define SP_MIRRORS_MAX	 256		       /* of one list, the rest is left */
#define SP_META_SIZE_MAX ((int64_t)2 << 30)    /* bytes of one metadata file */

struct sp_repomd_entry {
	char *type, *href;
	char *base;	/* xml:base, or NULL */
	struct sp_checksum sum, open_sum;
	int64_t size, open_size;	/* -1: not told */
};

struct sp_repomd {
	char *revision;		/* or NULL */
	struct sp_repomd_entry *v;
	size_t n;
};

/*
 * @ret must be empty.  EBADMSG with line and column, for what is no repomd.xml
 * and for a location that leads out of the repository; ENOTSUP for checksums
 * that prove nothing (sp_checksum_parse).
 */
int sp_repomd_parse(const char *data, size_t len, struct sp_repomd *ret,
		    struct sp_err *err);
void sp_repomd_clear(struct sp_repomd *md);
#define sp_auto_repomd __attribute__((cleanup(sp_repomd_clear))) struct sp_repomd

/* The first entry of the first of @types (NULL-ended) that is there. */
const struct sp_repomd_entry *sp_repomd_find(const struct sp_repomd *md,
					     const char *const *types);

struct sp_mirrors {
	struct sp_strv bases;	/* URLs of the repository, each ends in "/" */
	struct sp_checksum sum; /* of repomd.xml, from a metalink */
	int64_t size;		/* likewise; -1 */
};

/*
 * A mirrorlist (a URL a line), or a metalink, best mirrors first.  Only http,
 * https and file count.  EBADMSG when there is no mirror in it.
 */
int sp_mirrors_parse(const char *data, size_t len, struct sp_mirrors *ret,
		     struct sp_err *err);
void sp_mirrors_clear(struct sp_mirrors *m);
#define sp_auto_mirrors \
	__attribute__((cleanup(sp_mirrors_clear))) struct sp_mirrors

/*
 * May @href be asked for below a repository: relative, and without ".." even
 * when %XX is read?  EBADMSG.
 */
int sp_href_check(const char *href, struct sp_err *err);

/*
 * Where @href is, owned: below @base (xml:base) if there is one, which must
 * be of the repository's scheme, or of https; a local one may only be inside
 * of the repository.  @repo ends in "/".
 */
int sp_href_url(const char *repo, const char *base, const char *href,
		char **ret, struct sp_err *err);

#endif
