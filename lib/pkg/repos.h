/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * repos.h - the repositories that a root uses, as dnf would see them.
 *
 * Read through the host, so that what the profile has staged counts.
 * Source: dnf.conf(5).
 */
#ifndef SPROUT_REPOS_H
#define SPROUT_REPOS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/host.h"
#include "pkg/fetch.h"

/* One enabled repository; variables are replaced. */
struct sp_repo_conf {
	char *id, *title;
	char *file;		/* where it stands */
	struct sp_strv baseurl;
	char *mirrorlist, *metalink;	/* NULL: none */
	struct sp_strv gpgkey;
	bool gpgcheck, repo_gpgcheck;
	int priority, cost;	/* 99, 1000 by default; lower is better */
	struct sp_strv exclude;	/* with [main]'s; globs of NAME, NAME.ARCH, NEVRA */
	struct sp_strv include;	/* empty: all */
	int64_t expire_s;	/* metadata_expire; -1: never */
	bool module_hotfixes, skip_if_unavailable;
	/* Owned here, borrowed by @access. */
	char *proxy, *proxy_user, *proxy_password, *user, *password;
	char *cacert, *clientcert, *clientkey;
	struct sp_access access;
};

/* [main] of /etc/dnf/dnf.conf, as far as it counts here. */
struct sp_main_conf {
	bool best;		/* only the newest, or fail; EL's default */
	bool install_weak_deps;	/* true */
	bool clean_requirements_on_remove; /* true */
	int installonly_limit;	/* 3; 0: no limit */
	int parallel;		/* max_parallel_downloads, at most 20; 0: not given */
	struct sp_strv installonlypkgs; /* dnf's defaults and what is added */
	struct sp_strv protected_packages;
};

struct sp_repos {
	struct sp_repo_conf *v;	/* in the order of their files */
	size_t n;
	struct sp_main_conf main;
	char *arch, *basearch;	/* "x86_64" */
	char *releasever;	/* NULL when nobody knows */
	char *releasever_from;	/* "package redhat-release" or a file */
};

/*
 * What the caller knows better; zeroed: nothing.
 * @releasever: the version of what provides system-release in the rpmdb, and
 * @releasever_from its words; NULL: VERSION_ID of /etc/os-release.
 * @root: path of the root directory, for files that libraries open.
 */
struct sp_repos_hints {
	const char *releasever, *releasever_from;
	const char *arch;	/* NULL: the machine's */
	const char *root;	/* NULL: "/" */
};

/*
 * @ret must be empty.  An enabled repository that cannot be used (no URL,
 * a variable that nobody knows) is an error that names file and section.
 */
int sp_repos_read(struct sp_host *host, const struct sp_repos_hints *hints,
		  struct sp_repos *ret, struct sp_err *err);
void sp_repos_clear(struct sp_repos *r);
#define sp_auto_repos __attribute__((cleanup(sp_repos_clear))) struct sp_repos

/* "x86_64" for "i686" and the like: rpm's arch and dnf's basearch. */
const char *sp_basearch(const char *arch);

#endif
