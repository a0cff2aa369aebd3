/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fuzz_repomd.c - any bytes as a repomd.xml, a metalink or a mirrorlist, and
 * as a location in one.
 *
 * Besides crashes it looks for a location that leads out of the repository.
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "core/kind.h"
#include "core/mem.h"
#include "pkg/repomd.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

const struct sp_kind *const sp_kinds[] = { NULL };

static void check_url(const char *base, const char *href)
{
	static const char repo[] = "file:///srv/repo/";
	sp_auto_free char *url = NULL;
	sp_auto_err err = { 0 };

	if (sp_href_url(repo, base, href, &url, &err) < 0)
		return;
	if (!sp_starts(url, repo) || strstr(url, "/../") || sp_ends(url, "/..") ||
	    strcasestr(url, "/%2e%2e/"))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	sp_auto_free char *text = sp_xstrndup((const char *)data, len);
	sp_auto_repomd md = { 0 };
	sp_auto_mirrors m = { .size = -1 };
	sp_auto_err err = { 0 }, err2 = { 0 };

	check_url(NULL, text);
	check_url(text, "x");
	if (sp_repomd_parse((const char *)data, len, &md, &err) == 0)
		for (size_t i = 0; i < md.n; i++)
			check_url(md.v[i].base, md.v[i].href);
	if (sp_mirrors_parse((const char *)data, len, &m, &err2) < 0)
		return 0;
	if (!m.bases.n || m.bases.n > SP_MIRRORS_MAX)
		abort();
	for (size_t i = 0; i < m.bases.n; i++)
		if (!sp_ends(m.bases.v[i], "/") ||
		    sp_find_control(m.bases.v[i]) >= 0)
			abort();
	return 0;
}
