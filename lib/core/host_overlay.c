/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * host_overlay.c - a host as kinds see it: a root directory (or the nodes of
 * a snapshot) under a layer of staged changes, both keyed by canonical path.
 */
#include "host_overlay.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "mem.h"
#include "word.h"

#define SNAPSHOT_MARK "/.sprout-snapshot"
#define LINKS_MAX 40 /* as the kernel, path_resolution(7) */

struct entry {
	char *path;
	struct sp_node base; /* what the root has; valid if base_known */
	struct sp_node cur;  /* what is staged; valid if staged */
	bool base_known, staged;
	bool listed; /* names holds the base's listing */
	struct sp_strv names;
	struct sp_strv staged_names; /* children that were ever staged */
	int *changes;
	size_t n_changes;
};

/* See sp_host_session(). */
struct session {
	const void *key;
	void *value;
	void (*destroy)(void *value);
};

struct sp_host {
	struct sp_root *root;
	struct entry **table; /* open addressing; size a power of two */
	size_t size, used;
	int change;
	struct sp_command *commands;
	size_t n_commands;
	const struct sp_applier *applier;
	struct session *sessions;
	size_t n_sessions;
	struct sp_strv remarks;
	uid_t uid; /* owner of new nodes */
	gid_t gid;
	sp_wait_fn *wait;
	void *wait_arg;
};

struct sp_host *sp_host_new(struct sp_root *root)
{
	struct sp_host *h = sp_xcalloc(1, sizeof(*h));

	h->root = root;
	h->size = 256;
	h->table = sp_xcalloc(h->size, sizeof(struct entry *));
	h->change = -1;
	/* Who cannot give files away makes them his own. */
	h->uid = geteuid();
	h->gid = h->uid ? getegid() : 0;
	if (!root) { /* every tree has a top */
		struct sp_node top = { .type = SP_FT_DIR, .mode = 0755 };

		sp_host_preload(h, "/", &top);
	}
	return h;
}

static void entry_free(struct entry *e)
{
	sp_node_clear(&e->base);
	sp_node_clear(&e->cur);
	sp_strv_clear(&e->names);
	sp_strv_clear(&e->staged_names);
	free(e->changes);
	free(e->path);
	free(e);
}

static void forget_all(struct sp_host *h)
{
	for (size_t i = 0; i < h->size; i++) {
		if (h->table[i])
			entry_free(h->table[i]);
		h->table[i] = NULL;
	}
	h->used = 0;
}

static void forget_commands(struct sp_host *h)
{
	for (size_t i = 0; i < h->n_commands; i++)
		sp_strv_clear(&h->commands[i].argv);
	free(h->commands);
	h->commands = NULL;
	h->n_commands = 0;
}

void sp_host_free(struct sp_host *h)
{
	if (!h)
		return;
	for (size_t i = 0; i < h->n_sessions; i++)
		h->sessions[i].destroy(h->sessions[i].value);
	free(h->sessions);
	sp_strv_clear(&h->remarks);
	forget_all(h);
	forget_commands(h);
	free(h->table);
	free(h);
}

struct sp_root *sp_host_root(const struct sp_host *h)
{
	return h->root;
}

/* --- the table ---------------------------------------------------------------- */

static size_t hash(const char *s)
{
	uint64_t v = 1469598103934665603u; /* FNV-1a */

	for (; *s; s++)
		v = (v ^ (unsigned char)*s) * 1099511628211u;
	return (size_t)(v ^ (v >> 29));
}

static struct entry **slot(struct entry **table, size_t size, const char *path)
{
	size_t i = hash(path) & (size - 1);

	while (table[i] && strcmp(table[i]->path, path) != 0)
		i = (i + 1) & (size - 1);
	return &table[i];
}

static void grow(struct sp_host *h)
{
	size_t size = h->size * 2;
	struct entry **table = sp_xcalloc(size, sizeof(struct entry *));

	for (size_t i = 0; i < h->size; i++)
		if (h->table[i])
			*slot(table, size, h->table[i]->path) = h->table[i];
	free(h->table);
	h->table = table;
	h->size = size;
}

static struct entry *entry_get(struct sp_host *h, const char *path)
{
	struct entry **s = slot(h->table, h->size, path);
	struct entry *e;

	if (*s)
		return *s;
	if (h->used * 2 >= h->size) {
		grow(h);
		s = slot(h->table, h->size, path);
	}
	e = sp_xcalloc(1, sizeof(*e));
	e->path = sp_xstrdup(path);
	*s = e;
	h->used++;
	return e;
}

/*
 * The entry with its base looked up.  @dir is that of the directory, or NULL
 * if it is not at hand: below what is not there, nothing is.
 */
static int entry_look(struct sp_host *h, const char *path,
		      const struct entry *dir, struct entry **ret,
		      struct sp_err *err)
{
	struct entry *e = entry_get(h, path);

	if (dir && dir->base_known && dir->base.type == SP_FT_NONE)
		e->base_known = true;
	if (!e->base_known && h->root) {
		int r = sp_root_lookup(h->root, path, &e->base, err);

		if (r < 0)
			return r;
	}
	e->base_known = true;
	*ret = e;
	return 0;
}

/* Have the base's content at hand. */
static int base_load(struct sp_host *h, struct entry *e, struct sp_err *err)
{
	sp_auto_buf data = { 0 };
	int r;

	if (e->base.type != SP_FT_FILE || e->base.loaded)
		return 0;
	r = sp_root_read(h->root, e->path, SP_FILE_MAX, &data, err);
	if (r < 0)
		return r;
	if (r == 0)
		return sp_fail(err, ESTALE, "%s: vanished while being read",
			       e->path);
	e->base.data = data;
	data = (struct sp_buf){ 0 };
	e->base.size = e->base.data.len;
	e->base.loaded = true;
	return 0;
}

static const struct sp_node *node_of(const struct entry *e)
{
	return e->staged ? &e->cur : &e->base;
}

/* --- paths ---------------------------------------------------------------------- */

static int canonical(struct sp_host *h, const char *path, bool follow,
		     struct entry **ret, struct sp_err *err)
{
	sp_auto_buf out = { 0 };
	sp_auto_free char *rest = sp_xstrdup(path);
	const char *p = rest;
	struct entry *dir = NULL; /* what @out names, when it was looked up */
	int links = 0;

	if (path[0] != '/')
		return sp_fail(err, EINVAL, "%s: not an absolute path", path);
	for (;;) {
		const struct sp_node *n;
		struct entry *e;
		size_t old = out.len, len;
		bool last;
		int r;

		p += strspn(p, "/");
		if (!*p)
			break;
		len = strcspn(p, "/");
		last = p[len + strspn(p + len, "/")] == '\0';
		if (len == 1 && p[0] == '.') {
			p += len;
			continue;
		}
		if (len == 2 && p[0] == '.' && p[1] == '.') {
			while (out.len > 0 && out.data[--out.len] != '/')
				;
			if (out.data)
				out.data[out.len] = '\0';
			dir = NULL;
			p += len;
			continue;
		}
		sp_buf_addc(&out, '/');
		sp_buf_addn(&out, p, len);
		p += len;
		r = entry_look(h, out.data, dir, &e, err);
		if (r < 0)
			return r;
		dir = e;
		n = node_of(e);
		if (n->type == SP_FT_LINK && (!last || follow)) {
			const char *target = sp_buf_cstr(&n->data);
			char *joined;

			if (++links > LINKS_MAX)
				return sp_fail_errno(err, ELOOP, "%s", path);
			out.len = target[0] == '/' ? 0 : old;
			out.data[out.len] = '\0';
			joined = sp_asprintf("%s/%s", target, p);
			free(rest);
			rest = joined;
			p = rest;
			dir = NULL;
		}
	}
	if (dir) {
		*ret = dir;
		return 0;
	}
	return entry_look(h, out.len ? out.data : "/", NULL, ret, err);
}

int sp_host_canonical(struct sp_host *h, const char *path, bool follow,
		      char **ret, struct sp_err *err)
{
	struct entry *e;
	int r = canonical(h, path, follow, &e, err);

	if (r < 0)
		return r;
	*ret = sp_xstrdup(e->path);
	return 0;
}

/* --- reading ---------------------------------------------------------------------- */

static int stat_any(struct sp_host *h, const char *path, bool follow,
		    struct sp_stat *ret, struct sp_err *err)
{
	const struct sp_node *n;
	struct entry *e;
	int r = canonical(h, path, follow, &e, err);

	if (r < 0)
		return r;
	n = node_of(e);
	if (n->type == SP_FT_NONE)
		return 0;
	*ret = (struct sp_stat){ n->type, n->mode, n->uid, n->gid,
				 n->loaded ? n->data.len : n->size };
	return 1;
}

int sp_host_stat(struct sp_host *h, const char *path, struct sp_stat *ret,
		 struct sp_err *err)
{
	return stat_any(h, path, false, ret, err);
}

int sp_host_stat_follow(struct sp_host *h, const char *path,
			struct sp_stat *ret, struct sp_err *err)
{
	return stat_any(h, path, true, ret, err);
}

int sp_host_read(struct sp_host *h, const char *path, struct sp_buf *ret,
		 struct sp_err *err)
{
	const struct sp_node *n;
	struct entry *e;
	int r = canonical(h, path, true, &e, err);

	if (r < 0)
		return r;
	if (node_of(e)->type == SP_FT_NONE)
		return 0;
	if (node_of(e)->type != SP_FT_FILE)
		return sp_fail(err, EINVAL, "%s: not a regular file", path);
	if (!e->staged) {
		r = base_load(h, e, err);
		if (r < 0)
			return r;
	}
	n = node_of(e);
	*ret = (struct sp_buf){ 0 };
	sp_buf_addn(ret, sp_buf_cstr(&n->data), n->data.len);
	return 1;
}

int sp_host_read_line(struct sp_host *h, const char *path, char **ret,
		      struct sp_err *err)
{
	sp_auto_buf text = { 0 };
	int r = sp_host_read(h, path, &text, err);

	if (r > 0)
		*ret = sp_xstrndup(sp_buf_cstr(&text),
				   strcspn(sp_buf_cstr(&text), "\n"));
	return r;
}

int sp_host_readlink(struct sp_host *h, const char *path, char **ret,
		     struct sp_err *err)
{
	struct entry *e;
	int r = canonical(h, path, false, &e, err);

	if (r < 0)
		return r;
	if (node_of(e)->type != SP_FT_LINK)
		return 0;
	*ret = sp_xstrdup(sp_buf_cstr(&node_of(e)->data));
	return 1;
}

/* Names that a view without root has been given below @dir. */
static void list_preloaded(struct sp_host *h, const char *dir,
			   struct sp_strv *names)
{
	size_t len = sp_streq(dir, "/") ? 0 : strlen(dir);

	for (size_t i = 0; i < h->size; i++) {
		const struct entry *e = h->table[i];

		if (e && e->base.type != SP_FT_NONE &&
		    strncmp(e->path, dir, len) == 0 && e->path[len] == '/' &&
		    e->path[len + 1] && !strchr(e->path + len + 1, '/'))
			sp_strv_add(names, e->path + len + 1);
	}
}

int sp_host_list(struct sp_host *h, const char *path, struct sp_strv *ret,
		 struct sp_err *err)
{
	struct entry *e;
	int r = canonical(h, path, true, &e, err);

	if (r < 0)
		return r;
	if (node_of(e)->type != SP_FT_DIR)
		return 0;
	if (!e->listed && e->base.type == SP_FT_DIR) {
		if (h->root)
			r = sp_root_list(h->root, e->path, &e->names, err);
		else
			list_preloaded(h, e->path, &e->names);
		if (r < 0)
			return r;
	}
	e->listed = true;
	for (size_t i = 0; i < e->names.n; i++)
		if (!sp_strv_has(&e->staged_names, e->names.v[i]))
			sp_strv_add(ret, e->names.v[i]);
	for (size_t i = 0; i < e->staged_names.n; i++) {
		sp_auto_free char *p =
			sp_asprintf("%s/%s", e->path[1] ? e->path : "",
				    e->staged_names.v[i]);

		if (node_of(entry_get(h, p))->type != SP_FT_NONE)
			sp_strv_add(ret, e->staged_names.v[i]);
	}
	sp_strv_sort(ret);
	return 1;
}

/* --- staging ------------------------------------------------------------------------ */

static struct entry *parent_of(struct sp_host *h, const struct entry *e)
{
	const char *slash = strrchr(e->path, '/');
	sp_auto_free char *dir =
		slash == e->path
			? sp_xstrdup("/")
			: sp_xstrndup(e->path, (size_t)(slash - e->path));

	return entry_get(h, dir);
}

/* Take @node over as what is at @e from now on. */
static void stage(struct sp_host *h, struct entry *e, struct sp_node *node)
{
	struct entry *dir = parent_of(h, e);
	const char *name = strrchr(e->path, '/') + 1;

	if (e->staged)
		sp_node_clear(&e->cur);
	e->cur = *node;
	*node = (struct sp_node){ 0 };
	e->staged = true;
	if (!sp_strv_has(&dir->staged_names, name))
		sp_strv_add(&dir->staged_names, name);
	if (h->change >= 0 &&
	    (e->n_changes == 0 || e->changes[e->n_changes - 1] != h->change)) {
		e->changes = sp_grow(e->changes, e->n_changes, sizeof(int));
		e->changes[e->n_changes++] = h->change;
	}
}

static void apply_attr(const struct sp_host *h, struct sp_node *n,
		       const struct sp_node *old, mode_t mode,
		       const struct sp_attr *attr)
{
	bool same = old->type == n->type;

	n->mode = attr->mode != SP_KEEP_MODE ? attr->mode
		  : same		     ? old->mode
					     : mode;
	n->uid = attr->uid != SP_KEEP_ID ? attr->uid : same ? old->uid : h->uid;
	n->gid = attr->gid != SP_KEEP_ID ? attr->gid : same ? old->gid : h->gid;
	n->secret = attr->secret || (same && old->secret);
}

static int make_parents(struct sp_host *h, const struct entry *e,
			struct sp_err *err)
{
	struct entry *dir = parent_of(h, e);
	struct sp_node n = { .type = SP_FT_DIR };
	int r = entry_look(h, dir->path, NULL, &dir, err);

	if (r < 0 || node_of(dir)->type == SP_FT_DIR)
		return r;
	if (node_of(dir)->type != SP_FT_NONE)
		return sp_fail(err, ENOTDIR, "%s: \"%s\" is not a directory",
			       e->path, dir->path);
	r = make_parents(h, dir, err);
	if (r < 0)
		return r;
	apply_attr(h, &n, node_of(dir), 0755, &SP_ATTR_KEEP);
	stage(h, dir, &n);
	return 0;
}

int sp_host_write(struct sp_host *h, const char *path, const void *data,
		  size_t len, struct sp_attr attr, struct sp_err *err)
{
	struct sp_node n = { .type = SP_FT_FILE, .loaded = true };
	const struct sp_node *old;
	struct entry *e;
	int r = canonical(h, path, true, &e, err);

	if (r < 0)
		return r;
	if (len > SP_FILE_MAX)
		return sp_fail(err, EFBIG, "%s: larger than %zu MiB", path,
			       SP_FILE_MAX >> 20);
	old = node_of(e);
	if (old->type != SP_FT_NONE && old->type != SP_FT_FILE)
		return sp_fail(err, EINVAL, "%s: not a regular file", path);
	r = make_parents(h, e, err);
	if (r >= 0 && !e->staged)
		r = base_load(h, e, err);
	if (r < 0)
		return r;
	old = node_of(e);
	apply_attr(h, &n, old, 0644, &attr);
	n.size = len;
	sp_buf_addn(&n.data, data, len);
	if (sp_node_equal(&n, old)) {
		sp_node_clear(&n);
		return 0;
	}
	stage(h, e, &n);
	return 0;
}

int sp_host_symlink(struct sp_host *h, const char *path, const char *target,
		    struct sp_err *err)
{
	struct sp_node n = { .type = SP_FT_LINK, .loaded = true, .mode = 0777 };
	const struct sp_node *old;
	struct entry *e;
	int r = canonical(h, path, false, &e, err);

	if (r < 0)
		return r;
	old = node_of(e);
	if (old->type == SP_FT_DIR || old->type == SP_FT_OTHER)
		return sp_fail(err, EEXIST,
			       "%s: is %s, not replaced by a symlink", path,
			       old->type == SP_FT_DIR ? _("a directory")
						      : _("a special file"));
	r = make_parents(h, e, err);
	if (r >= 0 && !e->staged)
		r = base_load(h, e, err);
	if (r < 0)
		return r;
	old = node_of(e);
	if (old->type == SP_FT_LINK &&
	    sp_streq(sp_buf_cstr(&old->data), target))
		return 0;
	apply_attr(h, &n, old, 0777, &SP_ATTR_KEEP);
	n.mode = 0777;
	sp_buf_add(&n.data, target);
	stage(h, e, &n);
	return 0;
}

int sp_host_mkdir(struct sp_host *h, const char *path, struct sp_attr attr,
		  struct sp_err *err)
{
	struct sp_node n = { .type = SP_FT_DIR };
	struct entry *e;
	int r = canonical(h, path, true, &e, err);

	if (r < 0)
		return r;
	if (node_of(e)->type == SP_FT_DIR)
		return sp_host_setattr(h, path, attr, err);
	if (node_of(e)->type != SP_FT_NONE)
		return sp_fail(err, EEXIST, "%s: is not a directory", path);
	r = make_parents(h, e, err);
	if (r < 0)
		return r;
	apply_attr(h, &n, node_of(e), 0755, &attr);
	stage(h, e, &n);
	return 0;
}

int sp_host_remove(struct sp_host *h, const char *path, struct sp_err *err)
{
	struct sp_node none = { 0 };
	struct entry *e;
	int r = canonical(h, path, false, &e, err);

	if (r < 0 || node_of(e)->type == SP_FT_NONE)
		return r;
	if (node_of(e)->type == SP_FT_OTHER)
		return sp_fail(err, EINVAL, "%s: a special file, not removed",
			       path);
	if (node_of(e)->type == SP_FT_DIR) {
		sp_auto_strv names = { 0 };

		r = sp_host_list(h, e->path, &names, err);
		if (r < 0)
			return r;
		if (names.n)
			return sp_fail_errno(err, ENOTEMPTY, "%s", path);
	}
	if (!e->staged) {
		r = base_load(h, e, err);
		if (r < 0)
			return r;
	}
	stage(h, e, &none);
	return 0;
}

int sp_host_setattr(struct sp_host *h, const char *path, struct sp_attr attr,
		    struct sp_err *err)
{
	sp_auto_node n = { 0 };
	const struct sp_node *old;
	struct entry *e;
	int r = canonical(h, path, true, &e, err);

	if (r >= 0 && !e->staged)
		r = base_load(h, e, err);
	if (r < 0)
		return r;
	old = node_of(e);
	if (old->type == SP_FT_NONE)
		return sp_fail_errno(err, ENOENT, "%s", path);
	if (old->type != SP_FT_FILE && old->type != SP_FT_DIR)
		return sp_fail(err, EINVAL, "%s: a special file", path);
	sp_node_copy(&n, old);
	apply_attr(h, &n, old, 0, &attr);
	if (!sp_node_equal(&n, old))
		stage(h, e, &n);
	return 0;
}

int sp_host_restore(struct sp_host *h, const char *path,
		    const struct sp_node *node, struct sp_err *err)
{
	sp_auto_node n = { 0 };
	struct entry *e;
	int r = entry_look(h, path, NULL, &e, err);

	if (r >= 0 && !e->staged)
		r = base_load(h, e, err);
	if (r >= 0 && node->type != SP_FT_NONE)
		r = make_parents(h, e, err);
	if (r < 0)
		return r;
	sp_node_copy(&n, node);
	if (!sp_node_equal(&n, node_of(e)))
		stage(h, e, &n);
	return 0;
}

void sp_host_preload(struct sp_host *h, const char *path, struct sp_node *node)
{
	struct entry *e = entry_get(h, path);

	sp_node_clear(&e->base);
	e->base = *node;
	*node = (struct sp_node){ 0 };
	e->base_known = true;
}

void sp_host_set_change(struct sp_host *h, int change)
{
	h->change = change;
}

static int by_path(const void *a, const void *b)
{
	return strcmp(((const struct sp_effect *)a)->path,
		      ((const struct sp_effect *)b)->path);
}

int sp_host_effects(struct sp_host *h, struct sp_effects *ret,
		    struct sp_err *err)
{
	for (size_t i = 0; i < h->size; i++) {
		struct entry *e = h->table[i];
		struct sp_effect *f;
		int r;

		if (!e || !e->staged)
			continue;
		r = base_load(h, e, err);
		if (r < 0)
			return r;
		if (sp_node_equal(&e->base, &e->cur))
			continue;
		ret->v = sp_grow(ret->v, ret->n, sizeof(*ret->v));
		f = &ret->v[ret->n++];
		*f = (struct sp_effect){ .path = sp_xstrdup(e->path) };
		sp_node_copy(&f->before, &e->base);
		sp_node_copy(&f->after, &e->cur);
		/* Nobody said whether a removed file is secret. */
		if (f->after.type == SP_FT_NONE && f->before.type == SP_FT_FILE)
			f->after.secret = !(f->before.mode & 0004);
		f->before.secret |= f->after.secret;
		f->after.secret = f->before.secret;
		f->n_changes = e->n_changes;
		f->changes = sp_xreallocarray(NULL, e->n_changes, sizeof(int));
		if (e->n_changes)
			memcpy(f->changes, e->changes,
			       e->n_changes * sizeof(int));
	}
	if (ret->n)
		qsort(ret->v, ret->n, sizeof(*ret->v), by_path);
	return 0;
}

void sp_host_reset(struct sp_host *h)
{
	for (size_t i = 0; i < h->size; i++) {
		struct entry *e = h->table[i];

		if (!e)
			continue;
		sp_node_clear(&e->cur);
		e->staged = false;
		sp_strv_clear(&e->staged_names);
		e->n_changes = 0;
	}
	forget_commands(h);
	h->change = -1;
}

void sp_host_committed(struct sp_host *h)
{
	forget_all(h);
}

/* --- commands -------------------------------------------------------------------------- */

void sp_host_set_applier(struct sp_host *h, const struct sp_applier *a)
{
	h->applier = a;
}

const struct sp_command *sp_host_commands(const struct sp_host *h,
					  size_t *ret_n)
{
	*ret_n = h->n_commands;
	return h->commands;
}

static int not_here(const struct sp_host *h, const char *what,
		    struct sp_err *err)
{
	return sp_fail(
		err, ENOTSUP,
		"%s: commands do not run in %s without --chroot-commands", what,
		h->root ? sp_root_name(h->root) : "a snapshot");
}

/* A plan's command; the words are added by the caller. */
static struct sp_command *record(struct sp_host *h)
{
	struct sp_command *c;

	h->commands = sp_grow(h->commands, h->n_commands, sizeof(*h->commands));
	c = &h->commands[h->n_commands++];
	*c = (struct sp_command){ .change = h->change };
	return c;
}

int sp_host_run(struct sp_host *h, const char *const argv[],
		struct sp_output *ret, struct sp_err *err)
{
	return sp_host_run_within(h, argv, 0, ret, err);
}

int sp_host_run_within(struct sp_host *h, const char *const argv[], int limit_s,
		       struct sp_output *ret, struct sp_err *err)
{
	struct sp_command *c;

	if (!sp_host_runs(h))
		return not_here(h, argv[0], err);
	if (h->applier) {
		int change = h->change;
		int r = h->applier->commit(h->applier->arg, h, err);

		if (r >= 0)
			r = h->applier->run(h->applier->arg, h, change, argv,
					    limit_s, ret, err);
		forget_all(h); /* the program may have changed anything */
		return r;
	}
	c = record(h);
	for (; *argv; argv++)
		sp_strv_add(&c->argv, *argv);
	*ret = (struct sp_output){ .recorded = true };
	return 0;
}

int sp_host_ask(struct sp_host *h, const char *const argv[],
		struct sp_output *ret, struct sp_err *err)
{
	int r;

	if (!sp_host_runs(h))
		return not_here(h, argv[0], err);
	r = sp_root_run_within(h->root, argv, SP_ASK_LIMIT_S, ret, err);
	if (r < 0 || !ret->expired)
		return r;
	sp_output_clear(ret);
	return sp_fail(err, ETIMEDOUT,
		       "%s had not answered after %d s, and was ended", argv[0],
		       SP_ASK_LIMIT_S);
}

int sp_host_act(struct sp_host *h, const char *what, sp_act_fn *act, void *arg,
		struct sp_err *err)
{
	int change = h->change;
	int r;

	if (!h->applier) {
		struct sp_command *c = record(h);

		c->act = true;
		sp_strv_add(&c->argv, what);
		return 0;
	}
	r = h->applier->commit(h->applier->arg, h, err);
	if (r >= 0)
		r = h->applier->act(h->applier->arg, change, what, act, arg,
				    err);
	forget_all(h);
	return r;
}

int sp_host_keep(struct sp_host *h, const struct sp_strv *paths,
		 struct sp_err *err)
{
	const struct sp_applier *a = h->applier;

	if (a)
		return a->keep(a->arg, h->change, paths, err);
	return h->root ? sp_root_keepable(h->root, paths, err) : 0;
}

const struct sp_effect **sp_host_kept(const struct sp_host *h, size_t *ret_n)
{
	*ret_n = 0;
	return h->applier ? h->applier->kept(h->applier->arg, ret_n) : NULL;
}

void sp_host_remark(struct sp_host *h, const char *text)
{
	if (h->applier)
		sp_strv_add(&h->remarks, text);
}

const struct sp_strv *sp_host_remarks(const struct sp_host *h)
{
	return &h->remarks;
}

void *sp_host_session(struct sp_host *h, const void *key,
		      void *(*make)(struct sp_host *h, struct sp_err *err),
		      void (*destroy)(void *session), struct sp_err *err)
{
	void *value;

	for (size_t i = 0; i < h->n_sessions; i++)
		if (h->sessions[i].key == key)
			return h->sessions[i].value;
	value = make(h, err);
	if (!value)
		return NULL;
	h->sessions = sp_grow(h->sessions, h->n_sessions, sizeof(*h->sessions));
	h->sessions[h->n_sessions++] = (struct session){ key, value, destroy };
	return value;
}

void sp_host_set_wait(struct sp_host *h, sp_wait_fn *fn, void *arg)
{
	h->wait = fn;
	h->wait_arg = arg;
}

bool sp_host_wait(struct sp_host *h, const char *what, int left_s)
{
	return h->wait && h->wait(h->wait_arg, what, left_s);
}

void sp_host_progress(struct sp_host *h, const struct sp_task *task)
{
	if (h->root)
		sp_root_progress(h->root, task);
}

/* Does the kernel say so already? */
static bool says(struct sp_root *root, const char *path, const char *text)
{
	sp_auto_buf now = { 0 };
	sp_auto_err no = { 0 };
	const char *a, *b = text;
	size_t na, nb = strlen(text);

	if (sp_root_read(root, path, SP_FILE_MAX, &now, &no) <= 0)
		return false;
	a = sp_buf_cstr(&now);
	na = now.len;
	sp_trim(&a, &na);
	sp_trim(&b, &nb);
	return na == nb && memcmp(a, b, na) == 0;
}

int sp_host_poke(struct sp_host *h, const char *path, const char *text,
		 struct sp_err *err)
{
	struct entry *e;
	int r = canonical(h, path, true, &e, err);

	if (r < 0 || !h->applier || says(h->root, e->path, text))
		return r;
	r = sp_root_poke(h->root, e->path, text, err);
	/* What is read there from now on is new. */
	sp_node_clear(&e->base);
	e->base_known = false;
	return r;
}

int sp_host_note(struct sp_host *h, const char *name, const char *text,
		 struct sp_err *err)
{
	sp_auto_free char *path = sp_asprintf(SP_NOTES "/%s", name);
	struct sp_node dir = { .type = SP_FT_DIR, .mode = 0755 };
	sp_auto_node file = { .type = SP_FT_FILE, .mode = 0600, .loaded = true };
	struct entry *e;
	int r;

	if (!h->applier)
		return 0;
	r = sp_root_unlink(h->root, path, false, err);
	if (r >= 0 && text) {
		sp_auto_err there = { 0 };

		sp_buf_add(&file.data, text);
		r = sp_root_mkdir(h->root, SP_NOTES, &dir, &there);
		if (r == -EEXIST)
			r = 0;
		else if (r < 0)
			r = sp_fail(err, there.code, "%s", there.msg);
		if (r >= 0)
			r = sp_root_create(h->root, path, path, &file, err);
	}
	/* What is read there from now on is new. */
	for (int i = 0; i < 2; i++) {
		e = entry_get(h, i ? path : SP_NOTES);
		sp_node_clear(&e->base);
		e->base_known = false;
	}
	return r;
}

bool sp_host_runs(const struct sp_host *h)
{
	return h->root && sp_root_runs(h->root);
}

bool sp_host_live(const struct sp_host *h)
{
	return h->root && sp_root_live(h->root);
}

bool sp_host_snapshot(const struct sp_host *h)
{
	struct sp_host *w =
		(struct sp_host *)(uintptr_t)h; /* fills the cache only */
	sp_auto_err err = { 0 };
	struct sp_stat st;

	return sp_host_stat(w, SNAPSHOT_MARK, &st, &err) == 1;
}
