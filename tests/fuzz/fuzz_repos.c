/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fuzz_repos.c - any bytes as a .repo file, dnf.conf, a variable, an override
 * and os-release, all at once.
 *
 * Besides crashes it looks for a repository that could not be asked.
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "core/host_overlay.h"
#include "core/kind.h"
#include "core/mem.h"
#include "pkg/repos.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

const struct sp_kind *const sp_kinds[] = { NULL };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const char *const paths[] = {
		"/etc/yum.repos.d/a.repo",
		"/etc/dnf/dnf.conf",
		"/etc/dnf/vars/v",
		"/etc/dnf/repos.override.d/o.repo",
		"/etc/os-release",
	};
	static const struct sp_repos_hints hints = { .arch = "x86_64",
						     .root = "/srv" };
	sp_auto_host *host = sp_host_new(NULL);
	sp_auto_repos repos = { 0 };
	sp_auto_err err = { 0 };

	for (size_t i = 0; i < SP_COUNT(paths); i++)
		if (sp_host_write(host, paths[i], data, len, SP_ATTR_KEEP,
				  &err) < 0)
			abort();
	if (sp_repos_read(host, &hints, &repos, &err) < 0) {
		if (repos.n || !err.msg)
			abort();
		return 0;
	}
	for (size_t i = 0; i < repos.n; i++) {
		const struct sp_repo_conf *c = &repos.v[i];

		if (!c->baseurl.n && !c->mirrorlist && !c->metalink)
			abort();
		if (strcmp(c->id, "main") == 0 || c->priority < 0 ||
		    c->expire_s < -1 || c->access.rate < 0)
			abort();
		if (c->cacert && !sp_starts(c->cacert, "/srv/"))
			abort();
	}
	return 0;
}
