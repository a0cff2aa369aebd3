/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* cmd_kickstart.c - sprout kickstart: for Anaconda, and in its hook. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"
#include "core/host_real.h"
#include "core/journal.h"
#include "core/json.h"
#include "core/mem.h"
#include "kickstart.h"
#include "self.h"

static const char help[] =
	"Usage: sprout kickstart [OPTION]... PROFILE\n"
	"       sprout kickstart --post [PROFILE]\n\n"
	"Prints the profile as a fragment of a Kickstart file: its commands, %packages,\n"
	"and a %post that lets sprout do the rest.\n\n"
	"  --no-hook   without %post\n"
	"  --post      in %post, after chroot: apply the profile\n"
	"              (default " CMD_PROFILE "), keep a report, and\n"
	"              let the first boot do what needs the running host\n"
	"  --sha256 HEX  what the profile by URL must be\n"
	"  --help      this text\n\n"
	"Exit status: 0, 1 error, 64 wrong usage; with --post that of apply.\n";

static const struct option options[] = {
	{ "no-hook", no_argument, NULL, 'n' },
	{ "post", no_argument, NULL, 'p' },
	CMD_OPT_SHA256,
	CMD_OPT_HELP,
	CMD_OPT_END,
};

#define REPORT "kickstart.json"
#define UNIT   "sprout-firstboot.service"
#define WANTS  "/etc/systemd/system/multi-user.target.wants"

/* As systemctl enable makes it, with its label; there may be none in an image. */
static int link_unit(struct sp_root *root, const char *unit, struct sp_err *err)
{
	static const char *const dirs[] = { "/etc/systemd",
					    "/etc/systemd/system", WANTS };
	const struct sp_node dir = { .type = SP_FT_DIR, .mode = 0755 };
	sp_auto_node link = { .type = SP_FT_LINK };
	int r = 0;

	for (size_t i = 0; i < SP_COUNT(dirs) && r >= 0; i++)
		if (access(dirs[i], F_OK) < 0)
			r = sp_root_mkdir(root, dirs[i], &dir, err);
	if (r < 0 ||
	    faccessat(AT_FDCWD, WANTS "/" UNIT, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		return r;
	sp_buf_add(&link.data, unit);
	return sp_root_create(root, WANTS "/" UNIT, WANTS "/" UNIT, &link, err);
}

static bool enable_firstboot(struct sp_strv *messages)
{
	static const char *const dirs[] = { "/etc/systemd/system",
					    "/usr/local/lib/systemd/system",
					    "/usr/lib/systemd/system",
					    "/lib/systemd/system" };

	for (size_t i = 0; i < SP_COUNT(dirs); i++) {
		sp_auto_free char *unit = sp_asprintf("%s/" UNIT, dirs[i]);
		sp_auto_root *root = NULL;
		sp_auto_err err = { 0 };

		if (access(unit, F_OK) < 0)
			continue;
		if (sp_root_open("/", &root, &err) >= 0 &&
		    link_unit(root, unit, &err) >= 0)
			return true;
		sp_strv_add(messages, err.msg);
		return false;
	}
	sp_strv_addf(messages, "there is no " UNIT "; what needs the running "
			       "host is left to: sprout apply");
	return false;
}

static int keep_report(const char *profile, int status, bool firstboot,
		       const struct sp_buf *report,
		       const struct sp_strv *messages, struct sp_err *err)
{
	sp_auto_buf out = { 0 }, part = { 0 };
	struct sp_json j;
	size_t n = report->len;

	while (n && strchr(" \n", report->data[n - 1]))
		n--;
	sp_buf_addn(&part, sp_buf_cstr(report), n);
	sp_json_init(&j, &out, SP_JSON_INDENT);
	sp_json_map(&j);
	sp_json_key(&j, "sprout");
	sp_json_int(&j, 1);
	sp_json_key(&j, "version");
	sp_json_str(&j, VERSION);
	sp_json_key(&j, "profile");
	sp_json_str(&j, profile);
	sp_json_key(&j, "exit");
	sp_json_int(&j, status);
	sp_json_key(&j, "firstboot");
	sp_json_bool(&j, firstboot);
	sp_json_key(&j, "messages");
	sp_json_strv(&j, messages);
	sp_json_key(&j, "apply");
	if (part.len)
		sp_json_raw(&j, &part);
	else
		sp_json_null(&j);
	sp_json_map_end(&j);
	sp_buf_addc(&out, '\n');
	return cmd_keep_file(SP_STATE_DIR, REPORT, &out, err);
}

static int post(const char *profile)
{
	const char *const argv[] = { "apply",  "--offline", "--no-confirm",
				     "--json", profile,	    NULL };
	sp_auto_buf out = { 0 }, errors = { 0 };
	sp_auto_strv messages = { 0 };
	sp_auto_err err = { 0 };
	bool firstboot = false;
	int status;

	if (cmd_self(argv, -1, &out, &errors, &status, &err) < 0)
		return cmd_fail(&err);
	/* %post --log shows it, and the report keeps it. */
	(void)fputs(sp_buf_cstr(&errors), stderr);
	cmd_put(&out);
	sp_strv_split(&messages, sp_buf_cstr(&errors), "\n");
	if (status == SP_EXIT_OK)
		firstboot = enable_firstboot(&messages);
	if (keep_report(profile, status, firstboot, &out, &messages, &err) < 0)
		return status ? status : cmd_fail(&err);
	return status;
}

static int print(struct cmd_opts *o, char **paths, bool hook)
{
	sp_auto_profile p = { 0 }, remote = { 0 };
	sp_auto_diag diag = { 0 };
	sp_auto_buf out = { 0 };
	int r = cmd_fetch_profiles(o, paths, 1, &remote);

	if (r != 0)
		return r;
	if (cmd_load_profile(o, &p, paths, 1, NULL, &diag, false) < 0)
		return SP_EXIT_ERROR;
	sp_buf_addf(&out, "# Made by sprout " VERSION "; see sprout-kickstart(8).\n");
	cmd_kickstart_print(&p, &out);
	if (hook)
		cmd_kickstart_hook(&p.sources[0], &out);
	cmd_put(&out);
	return SP_EXIT_OK;
}

int cmd_kickstart(int argc, char **argv)
{
	struct cmd_opts o = { 0 };
	bool hook = true, is_post = false;
	int c, r;

	while ((c = getopt_long(argc, argv, "h", options, NULL)) >= 0) {
		switch (c) {
		case 'n':
			hook = false;
			break;
		case 'p':
			is_post = true;
			break;
		default:
			r = cmd_common(&o, c, help);
			if (r >= 0)
				return r;
		}
	}
	if (argc - optind > 1)
		return cmd_usage("kickstart", "one profile at a time");
	if (is_post)
		return post(optind < argc ? argv[optind] : CMD_PROFILE);
	if (optind == argc)
		return cmd_usage("kickstart", "which profile?");
	return print(&o, argv + optind, hook);
}
