/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* common.c - what the subcommands share: options, errors, opening things. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd.h"
#include "core/archive.h"
#include "core/diag.h"
#include "core/host_overlay.h"
#include "core/json.h"
#include "core/mem.h"
#include "core/snapshot.h"
#include "words.h"

int cmd_common(struct cmd_opts *o, int c, const char *help)
{
	switch (c) {
	case 'R':
		o->root = optarg;
		return -1;
	case 'j':
		o->json = true;
		cmd_words_machine();
		return -1;
	case 'E':
		o->json = true;
		o->events = true;
		cmd_words_machine();
		return -1;
	case 'q':
		o->quiet = true;
		return -1;
	case 'S':
		if (o->n_sha256 == CMD_SUMS_MAX)
			return cmd_usage(NULL, "--sha256: more than %d",
					 CMD_SUMS_MAX);
		o->sha256[o->n_sha256++] = optarg;
		return -1;
	case 'O':
		o->offline = true;
		return -1;
	case 'X':
		o->chroot_commands = true;
		return -1;
	case 'C':
		if (strcmp(optarg, "auto") == 0)
			o->color = 0;
		else if (strcmp(optarg, "always") == 0)
			o->color = 1;
		else if (strcmp(optarg, "never") == 0)
			o->color = -1;
		else
			return cmd_usage(
				NULL,
				"--color: expected auto, always or never, got \"%s\"",
				optarg);
		return -1;
	case 'h':
		(void)fputs(_(help), stdout);
		return SP_EXIT_OK;
	default:
		/* getopt has named the option. */
		return SP_EXIT_USAGE;
	}
}

/* Messages quote files and programs of the host. */
static void say(FILE *f, const char *title, const char *text)
{
	sp_auto_buf page = { 0 };

	sp_buf_add_page(&page, text, strlen(text));
	(void)fprintf(f, "%s%s\n", title, sp_buf_cstr(&page));
}

int cmd_fail(struct sp_err *err)
{
	say(stderr, "sprout: ", err->msg);
	sp_err_clear(err);
	return SP_EXIT_ERROR;
}

int cmd_usage(const char *command, const char *fmt, ...)
{
	sp_auto_free char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	text = sp_vasprintf(_(fmt), ap);
	va_end(ap);
	(void)fprintf(stderr, "sprout: %s\n", text);
	if (command)
		(void)fprintf(stderr, _("See sprout %s --help.\n"), command);
	return SP_EXIT_USAGE;
}

bool cmd_color(const struct cmd_opts *o)
{
	const char *no = getenv("NO_COLOR");
	const char *term = getenv("TERM");

	if (o->color)
		return o->color > 0;
	return isatty(STDOUT_FILENO) && (!no || !*no) && term &&
	       strcmp(term, "dumb") != 0;
}

void cmd_put(const struct sp_buf *b)
{
	sp_auto_buf page = { 0 };

	/* files of the host are quoted as they are: others may write them */
	if (isatty(STDOUT_FILENO)) {
		sp_buf_add_page(&page, sp_buf_cstr(b), b->len);
		b = &page;
	}
	(void)fwrite(sp_buf_cstr(b), 1, b->len, stdout);
}

int cmd_open_root(const struct cmd_opts *o, struct sp_root **ret,
		  struct sp_err *err)
{
	struct stat st;
	int r;

	if (o->root && stat(o->root, &st) == 0 && S_ISREG(st.st_mode))
		return sp_fail(
			err, ENOTDIR,
			"root \"%s\" is a file; only plan and check take a snapshot's archive",
			o->root);
	r = sp_root_open(o->root ? o->root : "/", ret, err);
	if (r >= 0 && o->offline)
		sp_root_set_offline(*ret);
	if (r >= 0 && o->chroot_commands)
		sp_root_allow_commands(*ret);
	if (r >= 0 && o->progress)
		cmd_progress(o, *ret);
	return r;
}

int cmd_open_host(const struct cmd_opts *o, struct sp_root **ret_root,
		  struct sp_host **ret, struct sp_err *err)
{
	struct stat st;
	int r;

	if (o->root && stat(o->root, &st) == 0 && S_ISREG(st.st_mode))
		return sp_archive_host(o->root, ret, err);
	r = cmd_open_root(o, ret_root, err);
	if (r >= 0)
		*ret = sp_host_new(*ret_root);
	return r;
}

int cmd_lock(struct sp_root *root, bool wait, int *ret_fd, struct sp_err *err)
{
	sp_auto_node mark = { 0 };
	int r = sp_root_lookup(root, SP_SNAPSHOT_MARK, &mark, err);

	if (r < 0)
		return r;
	if (r > 0)
		return sp_fail(
			err, EROFS,
			"%s is a snapshot: plans can be made of it, changes not",
			sp_root_name(root));
	if (sp_root_is_host(root) && geteuid() != 0)
		return sp_fail(
			err, EPERM,
			"changing this host needs root; a plan does not: sprout plan");
	r = sp_journal_lock(root, wait, ret_fd, err);
	return r < 0 ? sp_wrap(err, "lock") : 0;
}

int cmd_read_profile(const struct cmd_opts *o, struct sp_profile *p,
		     char **paths, int n,
		     struct sp_host *host, struct sp_diag *diag,
		     struct sp_err *err)
{
	int r = cmd_add_profiles(o, p, paths, n, err);

	if (r < 0)
		return r;
	sp_profile_parse(p, diag);
	sp_profile_check(p, host, diag);
	return 0;
}

int cmd_load_profile(const struct cmd_opts *o, struct sp_profile *p,
		     char **paths, int n,
		     struct sp_host *host, struct sp_diag *diag, bool warn)
{
	sp_auto_buf text = { 0 };
	sp_auto_err err = { 0 };

	if (cmd_read_profile(o, p, paths, n, host, diag, &err) < 0) {
		(void)cmd_fail(&err);
		return -1;
	}
	if (!diag->errors && !warn)
		return 0;
	sp_diag_format(diag, p, &text);
	(void)fwrite(sp_buf_cstr(&text), 1, text.len, stderr);
	if (!diag->errors)
		return 0;
	(void)fprintf(stderr,
		      diag->errors == 1
			      ? _("sprout: %zu error; nothing was changed\n")
			      : _("sprout: %zu errors; nothing was changed\n"),
		      diag->errors);
	return -1;
}

static const char *const outcome_names[] = {
	[SP_OUT_DONE] = "done",
	[SP_OUT_WAITING] = "unconfirmed",
	[SP_OUT_UNTOUCHED] = "untouched",
	[SP_OUT_UNDONE] = "undone",
	[SP_OUT_REVERTED] = "reverted",
	[SP_OUT_INCOMPLETE] = "incomplete",
};

static void json_list(struct sp_json *j, const char *key,
		      const struct sp_strv *l)
{
	sp_json_key(j, key);
	sp_json_strv(j, l);
}

static void report_json(bool event, enum sp_outcome outcome,
			const struct sp_report *rep)
{
	sp_auto_buf out = { 0 };
	struct sp_json j;

	sp_json_init(&j, &out, event ? 0 : SP_JSON_INDENT);
	sp_json_map(&j);
	if (event) {
		sp_json_key(&j, "event");
		sp_json_str(&j, "report");
	}
	sp_json_key(&j, "sprout");
	sp_json_int(&j, 1);
	sp_json_key(&j, "outcome");
	sp_json_str(&j, outcome_names[outcome]);
	sp_json_key(&j, "run");
	sp_json_str(&j, rep->run);
	sp_json_key(&j, "failure");
	sp_json_str(&j, rep->failure);
	json_list(&j, "undone", &rep->undone);
	json_list(&j, "not_undone", &rep->not_undone);
	json_list(&j, "notes", &rep->notes);
	sp_json_map_end(&j);
	sp_buf_addc(&out, '\n');
	cmd_put(&out);
}

static void list(FILE *f, const char *title, const struct sp_strv *l)
{
	for (size_t i = 0; i < l->n; i++)
		say(f, title, l->v[i]);
}

int cmd_report(const struct cmd_opts *o, const char *done,
	       enum sp_outcome outcome, const struct sp_report *rep)
{
	static const int status[] = {
		[SP_OUT_DONE] = SP_EXIT_OK,
		[SP_OUT_WAITING] = SP_EXIT_OK,
		[SP_OUT_UNTOUCHED] = SP_EXIT_ERROR,
		[SP_OUT_UNDONE] = SP_EXIT_UNDONE,
		[SP_OUT_REVERTED] = SP_EXIT_REVERTED,
		[SP_OUT_INCOMPLETE] = SP_EXIT_INCOMPLETE,
	};
	FILE *f = outcome == SP_OUT_DONE ? stdout : stderr;

	if (o->json) {
		report_json(o->events, outcome, rep);
		return status[outcome];
	}
	if (rep->failure)
		say(stderr, "sprout: ", rep->failure);
	if (outcome == SP_OUT_DONE && o->quiet)
		return SP_EXIT_OK;
	list(f, _("note: "), &rep->notes);
	switch (outcome) {
	case SP_OUT_DONE:
	case SP_OUT_WAITING:
		(void)fprintf(f, _("%s (run %s).\n"), _(done), rep->run);
		break;
	case SP_OUT_UNTOUCHED:
		(void)fputs(_("sprout: failed; the host is untouched\n"), f);
		break;
	case SP_OUT_UNDONE:
		list(f, _("taken back: "), &rep->undone);
		(void)fprintf(f,
			      _("sprout: failed and undone: the host is as before (run %s)\n"),
			      rep->run);
		break;
	case SP_OUT_REVERTED:
		list(f, _("taken back: "), &rep->undone);
		(void)fprintf(f,
			      _("sprout: taken back: the host is as before (run %s)\n"),
			      rep->run);
		break;
	case SP_OUT_INCOMPLETE:
		list(f, _("NOT taken back: "), &rep->not_undone);
		(void)fprintf(f,
			      _("sprout: the undo is incomplete: mend what is listed, "
				"then: sprout undo %s\n"),
			      rep->run);
		break;
	}
	return status[outcome];
}
