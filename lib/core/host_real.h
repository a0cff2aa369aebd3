/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * host_real.h - a root directory on disk: the only place that changes one.
 *
 * Paths are canonical: absolute below the root, no "." or "..", no component
 * a symlink (the staging host resolves them).  A component that is a symlink
 * after all was put there meanwhile: ELOOP, nothing followed.
 * Source: openat2(2), RESOLVE_BENEATH and RESOLVE_NO_SYMLINKS; kernels before
 * 5.6 are walked component by component with O_NOFOLLOW.
 */
#ifndef SPROUT_HOST_REAL_H
#define SPROUT_HOST_REAL_H

#include "node.h"

struct sp_root;

/*
 * Open @dir.  "/" is the live host, unless nothing runs there: in a chroot
 * (what an installer's hooks see), and where neither systemd nor a bus was
 * started.
 */
int sp_root_open(const char *dir, struct sp_root **ret, struct sp_err *err);
void sp_root_free(struct sp_root *r);
static inline void sp_root_freep(struct sp_root **r)
{
	sp_root_free(*r);
}
#define sp_auto_root __attribute__((cleanup(sp_root_freep))) struct sp_root

/*
 * Forget what was kept open for speed; called before work that must see the
 * tree as it is now.
 */
void sp_root_refresh(struct sp_root *r);

/* As given to sp_root_open(), for messages. */
const char *sp_root_name(const struct sp_root *r);
bool sp_root_live(const struct sp_root *r);
/* Is it "/", live or not? */
bool sp_root_is_host(const struct sp_root *r);
/* Take "/" for files alone: nothing is told, asked or run. */
void sp_root_set_offline(struct sp_root *r);
/* Allow commands in a root that is not the live host (chroot(2)). */
void sp_root_allow_commands(struct sp_root *r);
bool sp_root_runs(const struct sp_root *r);

/*
 * Tests: called before each effect (every call below that changes the disk)
 * with a word for it and its path.  A positive errno makes that effect fail;
 * the function may also end the process.
 */
typedef int sp_effect_hook(void *arg, const char *what, const char *path);
void sp_root_set_hook(struct sp_root *r, sp_effect_hook *hook, void *arg);

/* Tests: take this root for the live host. */
void sp_root_set_live(struct sp_root *r);

/* Tests: answer commands instead of running them; see sp_root_run(). */
typedef int sp_run_hook(void *arg, const char *const argv[],
			struct sp_output *ret, struct sp_err *err);
void sp_root_set_run(struct sp_root *r, sp_run_hook *run, void *arg);

/* Who is told of work that takes its time; NULL: nobody. */
typedef void sp_task_fn(void *arg, const struct sp_task *task);
void sp_root_set_progress(struct sp_root *r, sp_task_fn *fn, void *arg);
/* Tell it; a task in seconds goes on by itself while a program runs. */
void sp_root_progress(struct sp_root *r, const struct sp_task *task);

/* --- reading: 1, 0 when nothing is there, or -errno ----------------------- */

/* Type, attributes, size; a link's target.  Not a file's content. */
int sp_root_lookup(struct sp_root *r, const char *path, struct sp_node *ret,
		   struct sp_err *err);
/* A regular file's content, at most @max bytes: EFBIG beyond. */
int sp_root_read(struct sp_root *r, const char *path, size_t max,
		 struct sp_buf *ret, struct sp_err *err);
/* Everything: sp_root_lookup, content, extended attributes. */
int sp_root_load(struct sp_root *r, const char *path, struct sp_node *ret,
		 struct sp_err *err);
/* Can sp_root_load() take all of them: as sp_host_keep() has it. */
int sp_root_keepable(struct sp_root *r, const struct sp_strv *paths,
		     struct sp_err *err);
/* Names, sorted, without "." and "..". */
int sp_root_list(struct sp_root *r, const char *path, struct sp_strv *ret,
		 struct sp_err *err);

/* --- effects: 0 or -errno -------------------------------------------------- */

/* A new directory; EEXIST when something is there. */
int sp_root_mkdir(struct sp_root *r, const char *path,
		  const struct sp_node *node, struct sp_err *err);
/*
 * A new file or link, written, attributes set and fsynced; EEXIST when
 * something is there.  A file whose node has no label gets the one that the
 * root's SELinux policy, if it has one, gives to @final: the path that it
 * will be renamed to.
 */
int sp_root_create(struct sp_root *r, const char *path, const char *final,
		   const struct sp_node *node, struct sp_err *err);
/*
 * Append to a file (made 0600 when missing) whose good part is @at bytes
 * long: what is behind, the rest of a record that was cut off, is dropped.
 * fsynced.  ESTALE when the file is shorter.
 */
int sp_root_append(struct sp_root *r, const char *path, size_t at,
		   const void *data, size_t len, struct sp_err *err);
/* Both in one directory. */
int sp_root_rename(struct sp_root *r, const char *from, const char *to,
		   struct sp_err *err);
/* A file or link (@dir false) or an empty directory.  ENOENT is a success. */
int sp_root_unlink(struct sp_root *r, const char *path, bool dir,
		   struct sp_err *err);
/* Mode and owner of a file or directory, as @node says. */
int sp_root_setattr(struct sp_root *r, const char *path,
		    const struct sp_node *node, struct sp_err *err);
/* Write to a file that is there, in place, with one write(2); no sync. */
int sp_root_poke(struct sp_root *r, const char *path, const char *text,
		 struct sp_err *err);
int sp_root_sync_dir(struct sp_root *r, const char *path, struct sp_err *err);

/*
 * Run a program in the root: clean environment, standard input /dev/null,
 * output collected (capped at 1 MiB).  chroot(2) when the root is not "/".
 */
int sp_root_run(struct sp_root *r, const char *const argv[],
		struct sp_output *ret, struct sp_err *err);
/* Likewise, as sp_host_run_within() has it. */
int sp_root_run_within(struct sp_root *r, const char *const argv[], int limit_s,
		       struct sp_output *ret, struct sp_err *err);

/*
 * Keep useradd and its like away from passwd, shadow, group and gshadow of the
 * live host while they are replaced.  Nothing to do in other roots.  EBUSY
 * when another program holds the lock for 15 seconds.
 * Source: lckpwdf(3).
 */
int sp_root_lock_accounts(struct sp_root *r, struct sp_err *err);
void sp_root_unlock_accounts(struct sp_root *r);

/* An open read-write descriptor for locks; made 0600 when missing. */
int sp_root_open_lock(struct sp_root *r, const char *path, int *ret_fd,
		      struct sp_err *err);

#endif
