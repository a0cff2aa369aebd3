/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* cmd_snapshot.c - sprout snapshot: what a plan needs to know of a host. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd.h"
#include "core/archive.h"
#include "core/mem.h"
#include "core/snapshot.h"
#include "words.h"

static const char help[] =
	"Usage: sprout snapshot [OPTION]... -o FILE\n\n"
	"Saves what a plan needs to know of a host, without its secrets, so that plans\n"
	"can be made elsewhere.  FILE ends in " SP_ARCHIVE_SUFFIXES ".\n\n"
	"  -o, --output FILE  where to write it; replaced when it is there\n"
	"  --root DIR  the root directory to look at (default /)\n"
	"  --quiet     do not tell what is in it and what was left out\n"
	"  --help      this text\n\n"
	"Exit status: 0, 1 error, 64 wrong usage.\n";

static const struct option options[] = {
	{ "output", required_argument, NULL, 'o' },
	CMD_OPT_ROOT,
	CMD_OPT_QUIET,
	CMD_OPT_HELP,
	CMD_OPT_END,
};

static int write_archive(int fd, const char *name, const struct sp_snapshot *s,
			 struct sp_err *err)
{
	sp_auto_archive *a = NULL;
	int r = sp_archive_create(fd, name, &a, err);

	for (size_t i = 0; r >= 0 && i < s->n; i++)
		r = sp_archive_add(a, s->v[i].path, &s->v[i].node, err);
	return r < 0 ? r : sp_archive_finish(a, err);
}

/* Beside it first, then in its place: never half a file under that name. */
static int write_file(const char *name, const struct sp_snapshot *s,
		      struct sp_err *err)
{
	sp_auto_free char *temp = sp_asprintf("%s.XXXXXX", name);
	sp_auto_close int fd = mkostemp(temp, O_CLOEXEC);
	int r;

	if (fd < 0)
		return sp_fail_errno(err, errno, "%s", name);
	r = write_archive(fd, name, s, err);
	if (r >= 0 && fsync(fd) < 0)
		r = sp_fail_errno(err, errno, "%s", name);
	if (r >= 0 && rename(temp, name) < 0)
		r = sp_fail_errno(err, errno, "%s", name);
	if (r < 0)
		(void)unlink(temp);
	return r;
}

static void tell(const char *name, const struct sp_snapshot *s)
{
	size_t files = 0, bytes = 0;

	for (size_t i = 0; i < s->n; i++) {
		files += s->v[i].node.type == SP_FT_FILE;
		bytes +=
			s->v[i].node.type == SP_FT_FILE ? s->v[i].node.size : 0;
	}
	for (size_t i = 0; i < s->left_out.n; i++) {
		sp_auto_free char *line = sp_snapshot_line(s->left_out.v[i]);

		(void)printf(_("left out: %s\n"), line);
	}
	for (size_t i = 0; i < s->redacted.n; i++) {
		sp_auto_free char *line = sp_snapshot_line(s->redacted.v[i]);

		(void)printf(_("without its secrets: %s\n"), line);
	}
	(void)printf(_("%s: %zu files, %zu KiB before compression.\n"), name,
		     files, (bytes + 1023) / 1024);
}

int cmd_snapshot(int argc, char **argv)
{
	struct cmd_opts o = { 0 };
	sp_auto_root *root = NULL;
	sp_auto_snapshot snap = { 0 };
	sp_auto_err err = { 0 };
	const char *name = NULL;
	int c, r;

	while ((c = getopt_long(argc, argv, "ho:", options, NULL)) >= 0) {
		if (c == 'o') {
			name = optarg;
			continue;
		}
		r = cmd_common(&o, c, help);
		if (r >= 0)
			return r;
	}
	if (!name)
		return cmd_usage("snapshot", "where to?  -o FILE is missing");
	if (optind < argc)
		return cmd_usage("snapshot", "\"%s\": no argument is expected",
				 argv[optind]);
	r = cmd_open_root(&o, &root, &err);
	if (r >= 0)
		r = sp_snapshot_take(root, sp_kinds, &snap, &err);
	if (r == -EACCES || r == -EPERM)
		(void)sp_wrap(&err, "a snapshot needs root, to read all of it");
	if (r >= 0)
		r = write_file(name, &snap, &err);
	if (r < 0)
		return cmd_fail(&err);
	if (!o.quiet)
		tell(name, &snap);
	return SP_EXIT_OK;
}
