/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * con_guard.c - NetworkManager takes the network back by itself when nobody
 * releases it: a checkpoint.
 *
 * Which one is ours stands in a note, "NAME PID", as another process may have
 * to release it.  A NetworkManager that is started again has forgotten its
 * checkpoints; the timer of the run is there for that.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "connection.h"
#include "core/mem.h"
#include "foreign.h"

#define NOTE "checkpoint"

/* 1 with the checkpoint's name and who made it, or 0. */
static int read_note(struct sp_host *host, char **ret_name, int64_t *ret_pid,
		     struct sp_err *err)
{
	sp_auto_buf text = { 0 };
	const char *s, *pid;
	int r = sp_host_read(host, SP_NOTES "/" NOTE, &text, err);

	if (r <= 0)
		return r;
	s = sp_buf_cstr(&text);
	pid = strrchr(s, ' ');
	if (!pid || !sp_parse_int(pid + 1, 1, INT32_MAX, ret_pid))
		return 0;
	*ret_name = sp_xstrndup(s, (size_t)(pid - s));
	return 1;
}

static int write_note(struct sp_host *host, const char *name,
		      struct sp_err *err)
{
	sp_auto_free char *text = sp_asprintf("%s %d", name, (int)getpid());

	return sp_host_note(host, NOTE, text, err);
}

/* The checkpoint may have gone with the NetworkManager that had it. */
static int gone_is_fine(int r, struct sp_err *err)
{
	if (r != -ENOENT)
		return r;
	sp_err_clear(err);
	return 0;
}

int sp_con_guard(struct sp_host *host, int seconds, struct sp_err *err)
{
	sp_auto_free char *name = NULL, *fresh = NULL;
	struct sp_nml *l;
	int64_t pid = 0;
	int r = sp_con_live(host, &l, err);

	if (r <= 0)
		return r;
	r = read_note(host, &name, &pid, err);
	if (r < 0)
		return r;
	if (r > 0 && pid == getpid())
		return gone_is_fine(
			sp_nml_checkpoint_adjust(l, name, seconds, err), err);
	if (r > 0) /* a run that was cut off has left it */
		r = gone_is_fine(sp_nml_checkpoint_destroy(l, name, err), err);
	if (r >= 0)
		r = sp_nml_checkpoint(l, seconds, &fresh, err);
	return r < 0 ? r : write_note(host, fresh, err);
}

/*
 * Before it rolls back, NetworkManager must have the old files: it would write
 * its own form of a profile over one that it thinks has changed.
 */
static int load_all(struct sp_host *host, struct sp_nml *l, struct sp_err *err)
{
	sp_auto_foreigns all = { 0 };
	sp_auto_strv paths = { 0 };
	int r = sp_foreign_scan(host, &all, err);

	for (size_t i = 0; i < all.n; i++)
		if (all.v[i].type == SP_FOREIGN_NM ||
		    all.v[i].type == SP_FOREIGN_IFCFG)
			sp_strv_add(&paths, all.v[i].path);
	/* What it refuses it has refused before. */
	return r < 0 ? r : sp_nml_forget(l, &paths, err);
}

static int roll_back(struct sp_host *host, struct sp_nml *l, const char *name,
		     struct sp_err *err)
{
	sp_auto_strv failed = { 0 };
	sp_auto_free char *list = NULL;
	int r = load_all(host, l, err);

	if (r >= 0)
		r = gone_is_fine(
			sp_nml_checkpoint_rollback(l, name, &failed, err), err);
	if (r < 0 || !failed.n)
		return r;
	list = sp_strv_join(&failed, ", ");
	return sp_fail(err, EIO, "NetworkManager could not set back %s", list);
}

int sp_con_release(struct sp_host *host, bool keep, struct sp_err *err)
{
	sp_auto_free char *name = NULL;
	sp_auto_err ignored = { 0 };
	struct sp_nml *l;
	int64_t pid;
	int r = read_note(host, &name, &pid, err);

	if (r <= 0)
		return r;
	r = sp_con_live(host, &l, err);
	if (r > 0 && keep)
		r = gone_is_fine(sp_nml_checkpoint_destroy(l, name, err), err);
	else if (r > 0)
		r = roll_back(host, l, name, err);
	(void)sp_host_note(host, NOTE, NULL, &ignored);
	return r < 0 ? r : 0;
}
