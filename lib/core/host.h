/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * host.h - the one door through which kinds see and change a host.
 *
 * A host is a view over a root directory (or a snapshot): reads see the root
 * plus what this run has staged; changes are staged in memory, canonical path
 * by canonical path, so that several changes to one file are one composed
 * write.  The engine commits what is staged, under the journal; a plan never
 * does.  Kinds cannot tell the difference, and need not.
 *
 * Paths are absolute, below the root.  Symlinks are resolved inside the root,
 * as chroot would: none leads out.  Every function returns 0 or a positive
 * number as documented, or -errno with @err naming the path.
 */
#ifndef SPROUT_HOST_H
#define SPROUT_HOST_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "err.h"
#include "str.h"

struct sp_host;

enum sp_ftype { SP_FT_NONE, SP_FT_FILE, SP_FT_DIR, SP_FT_LINK, SP_FT_OTHER };

#define SP_FILE_MAX	((size_t)8 << 20) /* larger host files are refused, EFBIG */
#define SP_DIR_MAX	65536		  /* entries of one directory, likewise */

struct sp_stat {
	enum sp_ftype type;
	mode_t mode;	/* permission bits only, 07777 */
	uid_t uid;
	gid_t gid;
	size_t size;	/* bytes, files only */
};

/* "As it is, or the default": mode 0644 (directories 0755), owner 0:0. */
#define SP_KEEP_MODE ((mode_t)-1)
#define SP_KEEP_ID   ((uid_t)-1)

struct sp_attr {
	mode_t mode;	/* or SP_KEEP_MODE */
	uid_t uid;	/* or SP_KEEP_ID */
	gid_t gid;	/* or SP_KEEP_ID */
	bool secret;	/* never show the content in a diff */
};

#define SP_ATTR_KEEP ((struct sp_attr){ SP_KEEP_MODE, SP_KEEP_ID, SP_KEEP_ID, false })
#define SP_ATTR(m, u, g) ((struct sp_attr){ (m), (u), (g), false })
#define SP_ATTR_SECRET(m, u, g) ((struct sp_attr){ (m), (u), (g), true })

/* --- reading ------------------------------------------------------------ */

/*
 * Like lstat: the last component is not followed.  Returns 1 and fills
 * @ret, or 0 when nothing is there.
 */
int sp_host_stat(struct sp_host *h, const char *path, struct sp_stat *ret,
		 struct sp_err *err);

/* Like sp_host_stat, but the last component is followed, too. */
int sp_host_stat_follow(struct sp_host *h, const char *path,
			struct sp_stat *ret, struct sp_err *err);
/* Only whether there is something. */
static inline int sp_host_there(struct sp_host *h, const char *path,
				struct sp_err *err)
{
	struct sp_stat st;

	return sp_host_stat_follow(h, path, &st, err);
}

/*
 * A regular file's whole content, symlinks followed.  Returns 1 and sets
 * @ret (overwritten, not cleared first), or 0 when nothing is there.  EFBIG
 * above SP_FILE_MAX; EINVAL when it is no regular file.
 */
int sp_host_read(struct sp_host *h, const char *path, struct sp_buf *ret,
		 struct sp_err *err);

/* Likewise its first line, without the line end; @ret is the caller's. */
int sp_host_read_line(struct sp_host *h, const char *path, char **ret,
		      struct sp_err *err);

/* A symlink's text, owned by the caller.  0 when there is no symlink. */
int sp_host_readlink(struct sp_host *h, const char *path, char **ret,
		     struct sp_err *err);

/*
 * Names in a directory (symlink followed), sorted, without "." and "..".
 * Returns 1, or 0 when there is no such directory.  @ret must be empty.
 */
int sp_host_list(struct sp_host *h, const char *path, struct sp_strv *ret,
		 struct sp_err *err);

/* --- changing (staged) --------------------------------------------------- */

/*
 * The file's content from now on.  A symlink is followed (the link stays).
 * Missing parent directories are made, 0755 and root's.  An existing file
 * keeps its mode, owner, label and other attributes where @attr says KEEP.
 * Writing what is there already is no change at all.
 */
int sp_host_write(struct sp_host *h, const char *path, const void *data,
		  size_t len, struct sp_attr attr, struct sp_err *err);

/* A symlink at @path, replacing a file or symlink that is there. */
int sp_host_symlink(struct sp_host *h, const char *path, const char *target,
		    struct sp_err *err);

/* A directory; one that is there only gets the attributes not KEEP. */
int sp_host_mkdir(struct sp_host *h, const char *path, struct sp_attr attr,
		  struct sp_err *err);

/*
 * Remove a file, a symlink (not its target) or an empty directory.  Nothing
 * there is a success; a directory with content is ENOTEMPTY.
 */
int sp_host_remove(struct sp_host *h, const char *path, struct sp_err *err);

/* Attributes of what is there, symlinks followed.  ENOENT if nothing is. */
int sp_host_setattr(struct sp_host *h, const char *path, struct sp_attr attr,
		    struct sp_err *err);

/* --- commands ------------------------------------------------------------ */

struct sp_output {
	int status;	/* exit status, or 128 + signal */
	struct sp_buf text;	/* stdout and stderr in order; capped, 1 MiB */
	bool recorded;		/* a plan: nothing was run */
	bool expired;		/* its time was up, and it was ended */
};

#define sp_auto_output __attribute__((cleanup(sp_output_clear))) struct sp_output
void sp_output_clear(struct sp_output *out);

/*
 * Run @argv (NULL-ended, argv[0] an absolute path; no shell) in the root with
 * a clean environment.  In a plan it is recorded, not run, and @ret says
 * status 0 with no text.  In an apply everything staged so far is committed
 * first.  Returns 0 when the program ran, whatever its status; ENOTSUP when
 * commands may not run in this root (sp_host_runs() is false).
 */
int sp_host_run(struct sp_host *h, const char *const argv[],
		struct sp_output *ret, struct sp_err *err);

/*
 * The same for at most @limit_s seconds: then the program, and whatever is in
 * the process group that it gets for itself, is ended by SIGTERM, and five
 * seconds later by SIGKILL.  0: without a limit, and in the caller's group.
 */
int sp_host_run_within(struct sp_host *h, const char *const argv[], int limit_s,
		       struct sp_output *ret, struct sp_err *err);

#define SP_ASK_LIMIT_S 60 /* for an answer */

/*
 * The same for a question that changes nothing (a guard): never recorded,
 * run in plans as well, and ended after SP_ASK_LIMIT_S: ETIMEDOUT.  ENOTSUP
 * likewise.
 */
int sp_host_ask(struct sp_host *h, const char *const argv[],
		struct sp_output *ret, struct sp_err *err);

/*
 * Do something that is no file, by a function: a transaction of packages.
 * @what says it in a line, for plan and journal.  In a plan it is recorded,
 * not done.  In an apply everything staged so far is committed first; @act
 * gets the root directory's path and adds what it has to say to @out->text; a
 * status other than 0 there is for the journal, a return < 0 is the failure.
 */
typedef int sp_act_fn(void *arg, const char *root, struct sp_output *out,
		      struct sp_err *err);
int sp_host_act(struct sp_host *h, const char *what, sp_act_fn *act, void *arg,
		struct sp_err *err);

#define SP_KEPT_MAX ((size_t)64 << 20) /* bytes of a run's kept files */

/*
 * In an act, before it does anything: keep what is at @paths (canonical; what
 * is not there is passed over), which it may replace, so that the kind's undo
 * can put it back.  Durable on return.  Once a run: what a process that was
 * cut off has kept is not looked at again.  EFBIG for a file above
 * SP_FILE_MAX, or all above SP_KEPT_MAX; EINVAL for a device, socket or pipe.
 * In a plan nothing is kept, but that is asked.
 */
int sp_host_keep(struct sp_host *h, const struct sp_strv *paths,
		 struct sp_err *err);

/* A line for the report of the run, of the undo; nothing in a plan. */
void sp_host_remark(struct sp_host *h, const char *text);

/*
 * What a family of kinds keeps with a view, made by the first that asks: a
 * pool of packages is too dear to make twice.  @key: any address that is the
 * family's own.  @make returns NULL with @err filled on failure.
 */
void *sp_host_session(struct sp_host *h, const void *key,
		      void *(*make)(struct sp_host *h, struct sp_err *err),
		      void (*destroy)(void *session), struct sp_err *err);

/*
 * Somebody has to do something by hand (put a stick in): called again and
 * again while waiting.  @what asks for it, in a line; @left_s: seconds that
 * are left.  False: do not wait (any more); in a plan, always.
 */
bool sp_host_wait(struct sp_host *h, const char *what, int left_s);

/*
 * Work that takes its time, for whoever waits for it.  Its amounts are bytes,
 * things or seconds, as stands behind its name.
 */
enum sp_task_sort {
	SP_TASK_METADATA = 1, /* of repositories; bytes */
	SP_TASK_DOWNLOAD,     /* of packages; bytes */
	SP_TASK_COPY,	      /* from a stick; bytes */
	SP_TASK_PACKAGES,     /* the transaction; things */
	SP_TASK_SERVICES,     /* they are told of their new files; things */
	SP_TASK_COMMAND,      /* of the profile; seconds */
	SP_TASK_TIME,	      /* until the clock is in step; seconds */
	SP_TASK_MEDIUM,	      /* until somebody puts it in; seconds */
	SP_TASK_CONFIRM,      /* until somebody confirms; seconds */
};
enum sp_task_state { SP_TASK_BEGINS = 1, SP_TASK_GOES_ON, SP_TASK_ENDS };

struct sp_task {
	enum sp_task_sort sort;
	enum sp_task_state state;
	const char *object; /* what it is at: a package, a file; or NULL */
	int64_t done, total; /* total: -1 when it is not known */
	int64_t rate;	     /* a second, lately; 0: not known */
};

/*
 * Tell it.  What begins also ends, whatever comes of it; its object stays until
 * then.  At most ten times a second between, unless each time is another
 * object's; a command, and the wait for the clock, go on by themselves.
 */
void sp_host_progress(struct sp_host *h, const struct sp_task *task);

/*
 * Write @text to a file of the kernel's (below /proc/sys or /sys), which must
 * be there.  Not staged: it happens at once, in an apply on a live host, unless
 * the file says so already; in a plan nothing happens.
 */
int sp_host_poke(struct sp_host *h, const char *path, const char *text,
		 struct sp_err *err);

#define SP_NOTES "/run/sprout"

/*
 * Leave a note for other sprout processes until the next boot: the file
 * SP_NOTES "/@name", read by sp_host_read().  Not staged: it happens at once,
 * in an apply on a live host; in a plan nothing happens.  NULL removes it.
 */
int sp_host_note(struct sp_host *h, const char *name, const char *text,
		 struct sp_err *err);

/* May commands run here: the live host, or --chroot-commands. */
bool sp_host_runs(const struct sp_host *h);

/* The host that sprout runs on, with its daemons. */
bool sp_host_live(const struct sp_host *h);

/* A snapshot, in which secrets are left out (SNAPSHOT in the manual). */
bool sp_host_snapshot(const struct sp_host *h);

#endif
