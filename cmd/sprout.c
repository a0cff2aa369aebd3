/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* sprout.c - the table of commands. */
#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "cmd.h"
#include "core/mem.h"
#include "words.h"

static const struct command {
	const char *name;
	int (*run)(int argc, char **argv);
	bool changes; /* the host: its status tells what became of that */
	const char *summary;
} commands[] = {
	{ "wizard", cmd_wizard, true,
	  N_("ask for a profile, show its plan, apply it") },
	{ "check", cmd_check, false, N_("validate a profile: all errors in one run") },
	{ "plan", cmd_plan, false, N_("show what would change") },
	{ "apply", cmd_apply, true, N_("make the host what the profile says") },
	{ "confirm", cmd_confirm, true, N_("keep a run that waits for it") },
	{ "undo", cmd_undo, true, N_("take a run back") },
	{ "recover", cmd_recover, true, N_("end a run that was cut off") },
	{ "runs", cmd_runs, false, N_("list runs, or show one") },
	{ "status", cmd_status, false,
	  N_("is the host still as it was applied, and well") },
	{ "snapshot", cmd_snapshot, false,
	  N_("save what a plan needs to know of a host") },
	{ "media", cmd_media, false, N_("list USB sticks, and the packages on them") },
	{ "kickstart", cmd_kickstart, false,
	  N_("print a profile for an installation by Anaconda") },
	{ "firstboot", cmd_firstboot, true,
	  N_("find a profile at the first boot and apply it") },
	{ "schema", cmd_schema, false, N_("print the JSON Schema of profiles") },
	{ "kinds", cmd_kinds, false,
	  N_("list the kinds of settings, or one's fields") },
};

static void help(FILE *f)
{
	(void)fputs(
		_("Usage: sprout COMMAND [OPTION]... [ARGUMENT]...\n\n"
		  "Turns a bare server into a virtual-desktop host, as one profile says.\n\n"
		  "Commands:\n"),
		f);
	for (size_t i = 0; i < SP_COUNT(commands); i++)
		(void)fprintf(f, "  %-9s %s\n", commands[i].name,
			      _(commands[i].summary));
	(void)fputs(
		_("\nsprout COMMAND --help tells a command's options; the manual is sprout(8).\n"),
		f);
}

static void version(void)
{
	(void)puts("sprout " VERSION "\n"
		   "areas:"
#ifdef HAVE_NETCFG
		   " netcfg"
#endif
#ifdef HAVE_PKG
		   " pkg"
#endif
#ifdef HAVE_HARDEN
		   " harden"
#endif
#ifdef HAVE_SERVICE
		   " service"
#endif
	);
}

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : NULL;
	int r;

	if (!setlocale(LC_ALL, ""))
		(void)setlocale(LC_ALL, "C");
	cmd_words_from_env();
	if (!name) {
		help(stderr);
		return SP_EXIT_USAGE;
	}
	if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 ||
	    strcmp(name, "help") == 0) {
		help(stdout);
		return SP_EXIT_OK;
	}
	if (strcmp(name, "--version") == 0) {
		version();
		return SP_EXIT_OK;
	}
	for (size_t i = 0; i < SP_COUNT(commands); i++) {
		if (strcmp(name, commands[i].name) != 0)
			continue;
		r = commands[i].run(argc - 1, argv + 1);
		if (fflush(stdout) != 0 || ferror(stdout)) {
			(void)fputs(
				_("sprout: standard output cannot be written\n"),
				stderr);
			return r == SP_EXIT_OK && !commands[i].changes
				       ? SP_EXIT_ERROR
				       : r;
		}
		return r;
	}
	(void)fprintf(
		stderr,
		_("sprout: no command called \"%s\"; see sprout --help\n"),
		name);
	return SP_EXIT_USAGE;
}
