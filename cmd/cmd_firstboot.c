/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cmd_firstboot.c - sprout firstboot: a host that has just been installed
 * finds its profile, or somebody at its console.
 *
 * Nothing here may keep the host from coming up: every wait has an end, and
 * the console is as it was when this ends.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "cmd.h"
#include "core/journal.h"
#include "core/json.h"
#include "core/mem.h"
#include "kickstart.h"
#include "pkg/pkg.h"
#include "self.h"
#include "words.h"

#define ASK_S	    60
#define ASK_MAX_S   3600
#define CMDLINE_MAX ((size_t)16 << 10)
#define DONE	    "firstboot.json"
#define FAILED	    "firstboot-failed.json"
#define LABEL	    "SPROUT"
#define ON_DISK	    "profile.yaml"
#define COPY	    "firstboot.yaml"
#define LOOK_S	    5 /* for a stick that the kernel has not found yet */

static const char help[] =
	"Usage: sprout firstboot [OPTION]...\n\n"
	"Finds the profile of a host that boots for the first time, and applies it:\n"
	"from the kernel command line (sprout.profile=, sprout.sha256=), else\n"
	ON_DISK " on a disk labelled " LABEL ", else " CMD_PROFILE ".\n"
	"Without one, and when nothing has ever been applied, it asks on the console,\n"
	"and starts sprout wizard.  Once it is done it does nothing.  For\n"
	"sprout-firstboot.service.\n\n"
	"  --cmdline FILE  instead of /proc/cmdline\n"
	"  --disk PATH  instead of the disk: an image of one, a directory, a device\n"
	"  --root DIR  the root directory to work on (default /)\n"
	"  --tty FILE  the terminal to ask on (default /dev/console)\n"
	"  --wait SECONDS  how long to wait there for somebody (default 60)\n"
	"  --help      this text\n\n"
	"Exit status: 0 done, or nothing to do; else that of apply; 64 wrong usage.\n";

static const struct option options[] = {
	{ "cmdline", required_argument, NULL, 'c' },
	{ "disk", required_argument, NULL, 'd' },
	{ "tty", required_argument, NULL, 't' },
	{ "wait", required_argument, NULL, 'w' },
	CMD_OPT_ROOT,
	CMD_OPT_HELP,
	CMD_OPT_END,
};

struct boot {
	const char *root; /* "" for / */
	const char *given_root, *cmdline, *disk, *tty;
	int wait_s;
	char *profile, *sha256; /* owned; as found */
	const char *from;	/* where it was found */
	char *from_disk;	/* owned; likewise */
};

static void boot_clear(struct boot *b)
{
	free(b->profile);
	free(b->sha256);
	free(b->from_disk);
}

/* --- the kernel command line ---------------------------------------------------- */

/* The next word; blanks between double quotes do not end one.  Owned. */
static char *next_word(const char **at)
{
	sp_auto_buf word = { 0 };
	const char *s = *at + strspn(*at, " \t\n");
	bool quoted = false;

	if (!*s)
		return NULL;
	for (; *s && (quoted || !strchr(" \t\n", *s)); s++) {
		if (*s == '"')
			quoted = !quoted;
		else
			sp_buf_addc(&word, *s);
	}
	*at = s;
	return sp_buf_take(&word);
}

/* 1 when it is to be done, 0 when it is switched off. */
static int read_cmdline(struct boot *b, struct sp_err *err)
{
	static const char off[] = "sprout.firstboot=";
	static const char profile[] = "sprout.profile=";
	static const char sum[] = "sprout.sha256=";
	sp_auto_close int fd = open(b->cmdline, O_RDONLY | O_CLOEXEC);
	sp_auto_free char *text = sp_xcalloc(CMDLINE_MAX + 1, 1);
	const char *at = text;
	bool on = true;

	if (fd < 0 || read(fd, text, CMDLINE_MAX) < 0)
		return sp_fail_errno(err, errno, "%s", b->cmdline);
	for (;;) {
		sp_auto_free char *word = next_word(&at);

		if (!word)
			break;
		if (sp_starts(word, off)) {
			on = !sp_streq(word + strlen(off), "0");
		} else if (sp_starts(word, profile)) {
			free(b->profile);
			b->profile = sp_xstrdup(word + strlen(profile));
			b->from = N_("kernel command line");
		} else if (sp_starts(word, sum)) {
			free(b->sha256);
			b->sha256 = sp_xstrdup(word + strlen(sum));
		}
	}
	if (b->sha256 && !b->profile)
		return sp_fail(err, EINVAL,
			       "%s: sprout.sha256= without sprout.profile=",
			       b->cmdline);
	return on;
}

/* --- reports ---------------------------------------------------------------------- */

static char *state_path(const struct boot *b, const char *name)
{
	return sp_asprintf("%s%s/%s", b->root, SP_STATE_DIR, name);
}

static bool is_there(const struct boot *b, const char *name)
{
	sp_auto_free char *path = state_path(b, name);

	return access(path, F_OK) == 0;
}

int cmd_firstboot_keep(const char *root, const char *profile, const char *from,
		       int status, struct sp_err *err)
{
	sp_auto_free char *dir = sp_asprintf("%s%s", root, SP_STATE_DIR);
	sp_auto_free char *failed = sp_asprintf("%s/" FAILED, dir);
	sp_auto_buf out = { 0 };
	struct sp_json j;

	sp_json_init(&j, &out, SP_JSON_INDENT);
	sp_json_map(&j);
	sp_json_key(&j, "sprout");
	sp_json_int(&j, 1);
	sp_json_key(&j, "version");
	sp_json_str(&j, VERSION);
	sp_json_key(&j, "profile");
	sp_json_str(&j, profile);
	sp_json_key(&j, "from");
	sp_json_str(&j, from);
	sp_json_key(&j, "exit");
	sp_json_int(&j, status);
	sp_json_map_end(&j);
	sp_buf_addc(&out, '\n');
	if (status != SP_EXIT_OK && status != SP_EXIT_PENDING)
		return cmd_keep_file(dir, FAILED, &out, err);
	(void)unlink(failed);
	return cmd_keep_file(dir, DONE, &out, err);
}

static int finish(const struct boot *b, int status)
{
	sp_auto_err err = { 0 };

	if (cmd_firstboot_keep(b->root, b->profile, b->from, status, &err) < 0)
		return status ? status : cmd_fail(&err);
	if (status)
		(void)fprintf(
			stderr,
			_("sprout: the first boot is not done; it is tried "
			  "again at the next boot, or: systemctl start "
			  "sprout-firstboot\n"));
	return status;
}

/* --- with a profile ----------------------------------------------------------------- */

static int apply(const struct boot *b)
{
	const char *argv[10];
	sp_auto_err err = { 0 };
	int status;
	size_t n = 0;

	argv[n++] = "apply";
	/* Nobody is logged in who could be cut off, or confirm. */
	argv[n++] = "--no-confirm";
	if (b->given_root) {
		argv[n++] = "--root";
		argv[n++] = b->given_root;
	}
	if (b->sha256) {
		argv[n++] = "--sha256";
		argv[n++] = b->sha256;
	}
	argv[n++] = "--";
	argv[n++] = b->profile;
	argv[n] = NULL;
	(void)printf(_("sprout: profile %s (%s)\n"), b->profile, _(b->from));
	if (cmd_self(argv, -1, NULL, NULL, &status, &err) < 0)
		return finish(b, cmd_fail(&err));
	return finish(b, status);
}

/* --- on a disk ------------------------------------------------------------------------- */

#if HAVE_PKG

/* The text, and in @ret_from which disk it was: 1; 0: there is no such disk. */
static int ask_disks(const struct boot *b, struct sp_buf *ret, char **ret_from,
		     struct sp_err *err)
{
	const struct sp_pkg_module *m;
	int r = sp_pkg_load(&m, err);

	if (r < 0 && !b->disk) {
		(void)fprintf(stderr,
			      _("sprout: no disk is looked at: %s\n"),
			      err->msg);
		sp_err_clear(err);
		return 0;
	}
	if (r < 0)
		return r;
	for (int i = 0;; i++) {
		r = m->media_file(NULL, NULL, b->disk, LABEL, ON_DISK,
				  SP_PROFILE_SIZE_MAX, ret, ret_from, err);
		if (r != 0 || i == LOOK_S)
			return r;
		(void)sleep(1);
	}
}

#else

static int ask_disks(const struct boot *b, struct sp_buf *ret, char **ret_from,
		     struct sp_err *err)
{
	(void)ret;
	(void)ret_from;
	return b->disk ? sp_fail(err, ENOTSUP,
				 "--disk %s: this sprout was built without "
				 "packages, and reads no disks",
				 b->disk)
		       : 0;
}

#endif

/* A copy of it becomes the profile: 1; 0: there is none. */
static int look_at_disks(struct boot *b, struct sp_err *err)
{
	sp_auto_free char *dir = sp_asprintf("%s%s", b->root, SP_STATE_DIR);
	sp_auto_buf text = { 0 };
	int r;

	/* The disks of this machine are not those of another root. */
	if (b->given_root && !b->disk)
		return 0;
	b->from = N_("a disk labelled " LABEL);
	r = ask_disks(b, &text, &b->from_disk, err);
	if (r <= 0)
		return r;
	b->from = b->from_disk;
	r = cmd_keep_file(dir, COPY, &text, err);
	if (r < 0)
		return r;
	b->profile = state_path(b, COPY);
	return 1;
}

/* --- without one: is somebody there ---------------------------------------------------- */

/* One line within the time, thrown away: 1; 0: nobody. */
static int await_enter(int tty, int wait_s)
{
	struct pollfd p = { .fd = tty, .events = POLLIN };
	char line[256];
	int r;

	do
		r = poll(&p, 1, wait_s * 1000);
	while (r < 0 && errno == EINTR);
	return r > 0 && (p.revents & POLLIN) &&
	       read(tty, line, sizeof(line)) > 0;
}

static void say(int tty, const char *text)
{
	size_t len = strlen(text);

	while (len) {
		ssize_t n = write(tty, text, len);

		if (n <= 0)
			return;
		text += n;
		len -= (size_t)n;
	}
}

static int ask(struct boot *b)
{
	const char *const argv[] = { "wizard", b->given_root ? "--root" : NULL,
				     b->given_root, NULL };
	sp_auto_close int tty =
		open(b->tty, O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
	sp_auto_free char *text = NULL;
	sp_auto_err err = { 0 };
	struct termios before;
	int status = SP_EXIT_OK;

	if (tty < 0 || tcgetattr(tty, &before) < 0) {
		(void)fprintf(stderr,
			      _("sprout: no profile was found, and %s is no "
				"terminal to ask on\n"),
			      b->tty);
		return SP_EXIT_OK;
	}
	(void)fcntl(tty, F_SETFL, 0);
	(void)tcflush(tty, TCIFLUSH);
	text = sp_asprintf("\r\nsprout: this host has no profile yet.\r\n"
			   "Press Enter within %d seconds to set it up now; "
			   "\"sprout wizard\" does it later.\r\n",
			   b->wait_s);
	/* In English: the kernel's console has no Hangul. */
	say(tty, text);
	if (!await_enter(tty, b->wait_s)) {
		say(tty, "Nobody is here; going on.\r\n");
		return SP_EXIT_OK;
	}
	if (cmd_self(argv, tty, NULL, NULL, &status, &err) < 0)
		status = cmd_fail(&err);
	/* The wizard may have been killed in the middle of a screen. */
	(void)tcsetattr(tty, TCSANOW, &before);
	say(tty, "\r\n");
	/* Saved, not applied: that is for somebody to go on with. */
	if (status == SP_EXIT_PENDING)
		return SP_EXIT_OK;
	b->from = "wizard";
	return finish(b, status);
}

/* --- all ------------------------------------------------------------------------------ */

/* Has anything ever been applied here? */
static int has_runs(const struct boot *b, struct sp_err *err)
{
	sp_auto_root *root = NULL;
	sp_auto_strv runs = { 0 };
	int r = sp_root_open(b->given_root ? b->given_root : "/", &root, err);

	if (r >= 0)
		r = sp_journal_list(root, &runs, err);
	return r < 0 ? r : runs.n > 0;
}

static int run(struct boot *b)
{
	sp_auto_free char *local = sp_asprintf("%s" CMD_PROFILE, b->root);
	bool is_local = access(local, F_OK) == 0;
	sp_auto_err err = { 0 };
	int r = read_cmdline(b, &err);

	if (r < 0)
		return cmd_fail(&err);
	if (r == 0 || is_there(b, DONE))
		return SP_EXIT_OK;
	if (b->profile)
		return apply(b);
	r = is_local ? 0 : has_runs(b, &err);
	if (r < 0)
		return cmd_fail(&err);
	if (r > 0) /* somebody has set it up */
		return SP_EXIT_OK;
	r = look_at_disks(b, &err);
	if (r < 0)
		return finish(b, cmd_fail(&err));
	if (r > 0)
		return apply(b);
	if (!is_local)
		return ask(b);
	b->profile = sp_take(&local);
	b->from = N_("this host");
	return apply(b);
}

int cmd_firstboot(int argc, char **argv)
{
	__attribute__((cleanup(boot_clear))) struct boot b = {
		.cmdline = "/proc/cmdline", .tty = "/dev/console",
		.wait_s = ASK_S,
	};
	struct cmd_opts o = { 0 };
	int64_t wait_s;
	int c, r;

	while ((c = getopt_long(argc, argv, "h", options, NULL)) >= 0) {
		switch (c) {
		case 'c':
			b.cmdline = optarg;
			break;
		case 'd':
			b.disk = optarg;
			break;
		case 't':
			b.tty = optarg;
			break;
		case 'w':
			if (!sp_parse_int(optarg, 1, ASK_MAX_S, &wait_s))
				return cmd_usage("firstboot",
						 "--wait: expected 1 to %d "
						 "seconds, got \"%s\"",
						 ASK_MAX_S, optarg);
			b.wait_s = (int)wait_s;
			break;
		default:
			r = cmd_common(&o, c, help);
			if (r >= 0)
				return r;
		}
	}
	if (optind < argc)
		return cmd_usage("firstboot", "\"%s\": no argument is expected",
				 argv[optind]);
	b.given_root = o.root;
	b.root = o.root ? o.root : "";
	return run(&b);
}
