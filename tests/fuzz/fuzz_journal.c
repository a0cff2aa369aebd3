/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fuzz_journal.c - any bytes as a run's log: read, and if that goes well,
 * undone, in a root of its own.
 */
#include <fcntl.h>
#include <ftw.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "core/engine.h"
#include "core/mem.h"

#define RUN "/var/lib/sprout/runs/20261122T010203Z-1"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char top[64];

static int remove_one(const char *path, const struct stat *st, int type,
		      struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void clean(void)
{
	if (top[0])
		(void)nftw(top, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	top[0] = '\0';
}

static void fresh(void)
{
	static const char *const dirs[] = { "/etc",
					    "/var",
					    "/var/lib",
					    "/var/lib/sprout",
					    "/var/lib/sprout/runs",
					    RUN };
	const char *base = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";

	clean();
	(void)snprintf(top, sizeof(top), "%s/sprout-fuzz-XXXXXX", base);
	if (!mkdtemp(top))
		abort();
	for (size_t i = 0; i < SP_COUNT(dirs); i++) {
		sp_auto_free char *p = sp_asprintf("%s%s", top, dirs[i]);

		if (mkdir(p, 0700) < 0)
			abort();
	}
}

static void put(const char *name, const void *data, size_t size)
{
	sp_auto_free char *path = sp_asprintf("%s%s", top, name);
	sp_auto_close int fd =
		open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char images[] = "old\nnew\n0123456789";
	static int registered;
	sp_auto_root *root = NULL;
	sp_auto_run run = { 0 };
	sp_auto_report rep = { 0 };
	sp_auto_err err = { 0 };
	enum sp_run_status status;

	if (!registered++)
		(void)atexit(clean);
	fresh();
	put("/etc/file", "new\n", 4);
	put(RUN "/log", data, size);
	put(RUN "/data", images, sizeof(images) - 1);
	if (sp_root_open(top, &root, &err) < 0)
		abort();
	if (sp_journal_status(root, "20261122T010203Z-1", &status, &err) < 0)
		abort();
	if (sp_journal_load(root, "20261122T010203Z-1", &run, &err) < 0)
		return 0;
	if (run.status != status)
		abort(); /* the two readers of marks must agree */
	(void)sp_engine_undo(root, &run, false, &rep);
	return 0;
}
