/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* cmd_schema.c - sprout schema: the JSON Schema of profiles. */
#include <stdio.h>

#include "cmd.h"
#include "core/schema.h"

static const char help[] =
	"Usage: sprout schema\n\n"
	"Prints the JSON Schema (draft 2020-12) of profiles, all kinds included, for\n"
	"editors and other tools.\n\n"
	"  --help      this text\n\n"
	"Exit status: 0, 64 wrong usage.\n";

static const struct option options[] = { CMD_OPT_HELP, CMD_OPT_END };

int cmd_schema(int argc, char **argv)
{
	struct cmd_opts o = { 0 };
	sp_auto_buf out = { 0 };
	int c, r;

	while ((c = getopt_long(argc, argv, "h", options, NULL)) >= 0) {
		r = cmd_common(&o, c, help);
		if (r >= 0)
			return r;
	}
	if (optind < argc)
		return cmd_usage("schema",
				 "no argument is expected, got \"%s\"",
				 argv[optind]);
	sp_schema_write(&out);
	cmd_put(&out);
	return SP_EXIT_OK;
}
