/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * pkg.h - the module that knows rpm, libsolv, libcurl and libblkid.
 *
 * The four draw in some fifty libraries.  Only a profile with packages or
 * media pays for them: their users are in sprout-pkg.so, which is opened when
 * it is first needed, and gives one table of functions.  It has core's
 * functions of its own; what is allocated on one side may be freed on the
 * other.
 */
#ifndef SPROUT_PKG_H
#define SPROUT_PKG_H

#include <stddef.h>

#include "core/err.h"
#include "core/str.h"
#include "pkg/mediaplan.h"
#include "pkg/packages.h"

/* What the module gives.  A table of another build is refused. */
struct sp_pkg_module {
	const char *version; /* of sprout */
	size_t size;	     /* of this struct */
	/* From now on it says @word(TEXT) for its texts: sp_word() here. */
	void (*speak)(const char *(*word)(const char *));

	/* A profile by URL: sp_fetch_text() of fetch.h. */
	int (*fetch_text)(const char *url, const char *sha256, size_t max,
			  struct sp_buf *ret, struct sp_err *err);

	/* A profile on a disk: sp_media_file() of media.h. */
	int (*media_file)(const char *sys, const char *dev, const char *path,
			  const char *label, const char *name, size_t max,
			  struct sp_buf *ret, char **ret_from,
			  struct sp_err *err);

	/* packages.h: sp_packages_... */
	__typeof__(&sp_packages_plan) plan;
	__typeof__(&sp_packages_plan_clear) plan_clear;
	__typeof__(&sp_packages_apply) apply;
	__typeof__(&sp_packages_undo) undo;
	__typeof__(&sp_packages_back) back;

	/* mediaplan.h: sp_media_... */
	__typeof__(&sp_media_plan) media_plan;
	__typeof__(&sp_media_have_clear) media_have_clear;
	__typeof__(&sp_media_forget) media_forget;
	__typeof__(&sp_media_list) media_list;
	__typeof__(&sp_media_listings_clear) media_listings_clear;
};

/*
 * Open the module, or find it opened.  It stays.  ENOTSUP when this sprout
 * was built without it, when it is not there, or of another version.
 */
int sp_pkg_load(const struct sp_pkg_module **ret, struct sp_err *err);

#endif
