/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fetcher.c - fetch URLs into an empty cache, N at a time, for bench/fetch. */
#include <stdio.h>
#include <stdlib.h>

#include "core/kind.h"
#include "core/mem.h"
#include "pkg/fetch.h"

const struct sp_kind *const sp_kinds[] = { NULL };

int main(int argc, char **argv)
{
	size_t n = argc > 3 ? (size_t)(argc - 3) : 0;
	sp_auto_free struct sp_fetch_item *items = NULL;
	struct sp_fetch_opts opts = { .retries = 1 };
	sp_auto_cache *c = NULL;
	sp_auto_err err = { 0 };
	int r;

	if (!n) {
		(void)fputs("Usage: fetcher DIR PARALLEL URL...\n", stderr);
		return 64;
	}
	opts.parallel = (int)strtol(argv[2], NULL, 10);
	items = sp_xcalloc(n, sizeof(*items));
	for (size_t i = 0; i < n; i++) {
		items[i].size = -1;
		items[i].path = sp_asprintf("files/%zu", i);
		sp_strv_add(&items[i].urls, argv[3 + i]);
	}
	r = sp_cache_open(argv[1], &c, &err);
	if (r == 0)
		r = sp_fetch_all(c, &opts, items, n, &err);
	if (r < 0)
		(void)fprintf(stderr, "fetcher: %s\n", err.msg);
	for (size_t i = 0; i < n; i++)
		sp_fetch_item_clear(&items[i]);
	return r < 0;
}
