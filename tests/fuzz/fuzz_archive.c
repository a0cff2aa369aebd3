/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fuzz_archive.c - any bytes as a snapshot's archive, and what comes out of
 * it as a host.  It looks for paths that are not clean, for something that
 * comes before its directory, and for texts that the search for secrets
 * cannot take.
 */
#include <dlfcn.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/archive.h"
#include "core/host_overlay.h"
#include "core/kind.h"
#include "core/mem.h"
#include "core/secret.h"
#include "core/snapshot.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);
const struct sp_kind *const sp_kinds[] = { NULL };

static int one(void *arg, const char *path, struct sp_node *node,
	       struct sp_err *err)
{
	sp_auto_free char *dir = sp_xstrdup(path);
	char *slash = strrchr(dir, '/');
	struct sp_stat st;
	sp_auto_buf clean = { 0 };
	unsigned line;

	if (path[0] != '/' || strstr(path, "//") || strstr(path, "/../") ||
	    strstr(path, "/./") || sp_ends(path, "/..") || sp_ends(path, "/."))
		abort();
	if (slash != dir) {
		*slash = '\0';
		/* Unless something else took the directory's place. */
		if (sp_host_stat(arg, dir, &st, err) < 0)
			sp_err_clear(err);
	}
	if (sp_secret_find(path, sp_buf_cstr(&node->data), node->data.len,
			   &line) &&
	    sp_secret_take_out(path, sp_buf_cstr(&node->data), node->data.len,
			       &clean) &&
	    sp_secret_find(path, sp_buf_cstr(&clean), clean.len, &line))
		abort();
	sp_host_preload(arg, path, node);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static void *keep; /* or it would be loaded again each time */
	sp_auto_close int fd = memfd_create("archive", MFD_CLOEXEC);
	sp_auto_free char *name = sp_asprintf("/proc/self/fd/%d", fd);
	sp_auto_host *h = sp_host_new(NULL);
	sp_auto_diag diag = { 0 };
	sp_auto_strv names = { 0 };
	sp_auto_err err = { 0 };

	if (!keep)
		keep = dlopen("libarchive.so.13", RTLD_NOW);
	if (fd < 0 || write(fd, data, len) != (ssize_t)len)
		abort();
	if (sp_archive_read(name, one, h, &err) < 0)
		sp_err_clear(&err);
	sp_snapshot_warn(h, &diag);
	if (sp_host_list(h, "/etc", &names, &err) < 0)
		sp_err_clear(&err);
	return 0;
}
