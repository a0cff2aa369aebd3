/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * modules.h - streams of modules (RHEL 8 and 9): packages that are not to be
 * seen unless their stream is enabled.
 *
 * A stream is active when /etc/dnf/modules.d enables it, or when it is the
 * default of its module and nothing is said there.  Packages of the other
 * streams are hidden, and packages of no stream that have the name of one in
 * an active stream.  Streams are not switched here.
 * Source: modulemd v2, modulemd-defaults v1; dnf's modularity.
 */
#ifndef SPROUT_MODULES_H
#define SPROUT_MODULES_H

#include "core/host.h"
#include "pkg/metadata.h"
#include "pkg/solv.h"

/* Hide packages in @s of all repositories in @md. */
int sp_modules_hide(struct sp_solv *s, const struct sp_metadata *md,
		    struct sp_host *h, struct sp_err *err);

/* What modules.yaml says; for tests.  Zeroed is empty. */
struct sp_modules {
	struct sp_strv active;	/* "NAME:STREAM" by default */
	struct sp_strv streams; /* "NAME:STREAM" of all */
	/* "NAME:STREAM NEVRA" of all packages of all streams */
	struct sp_strv artifacts;
};

int sp_modules_read(const char *text, size_t len, struct sp_modules *to,
		    struct sp_err *err);
void sp_modules_clear(struct sp_modules *m);

#endif
