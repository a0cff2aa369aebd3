/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fx.h - for unit tests: the packages, keys and repositories that
 * tests/pkg/fixture builds, and files by name.
 */
#ifndef SPROUT_FX_H
#define SPROUT_FX_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/run.h"

/* The fixture's directory, owned; ends the test (77) where there is none. */
static inline char *fx_dir(void)
{
	const char *fx = getenv("FX"), *src = getenv("SRCDIR");
	const char *build = getenv("BUILDDIR");
	sp_auto_free char *script = NULL, *where = NULL;
	sp_auto_output out = { 0 };
	sp_auto_err err = { 0 };

	if (fx)
		return sp_xstrdup(fx);
	script = sp_asprintf("%s/tests/pkg/fixture", src ? src : ".");
	where = sp_asprintf("BUILDDIR=%s", build ? build : ".");
	{
		const char *const argv[] = { "/usr/bin/env", where, script,
					     NULL };

		if (sp_run(-1, argv, &out, &err) < 0) {
			(void)printf("SKIP: %s\n", err.msg);
			exit(77);
		}
	}
	if (out.status) {
		(void)printf("%s\n", sp_buf_cstr(&out.text));
		exit(out.status == 77 ? 77 : 1);
	}
	while (out.text.len && out.text.data[out.text.len - 1] == '\n')
		out.text.data[--out.text.len] = '\0';
	return sp_buf_take(&out.text);
}

/* A file's content, whole. */
static inline void fx_read(const char *path, struct sp_buf *ret)
{
	FILE *f = fopen(path, "rbe");
	char block[4096];
	size_t n;

	if (!f) {
		perror(path);
		exit(1);
	}
	while ((n = fread(block, 1, sizeof(block), f)))
		sp_buf_addn(ret, block, n);
	(void)fclose(f);
}

static inline void fx_write(const char *path, const void *data, size_t len)
{
	FILE *f = fopen(path, "wbe");

	if (!f || fwrite(data, 1, len, f) != len || fclose(f) != 0) {
		perror(path);
		exit(1);
	}
}

#endif
