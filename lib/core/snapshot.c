/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* snapshot.c - the part of a root that a plan needs, without its secrets. */
#include "snapshot.h"

#include <errno.h>
#include <fnmatch.h>
#include <search.h>
#include <string.h>

#include "host_overlay.h"
#include "mem.h"
#include "secret.h"
#include "word.h"

/* What a link leads to is taken along up to this size, if it is a text. */
#define TARGET_MAX ((size_t)256 << 10)

void sp_snapshot_clear(struct sp_snapshot *s)
{
	for (size_t i = 0; i < s->n; i++) {
		free(s->v[i].path);
		sp_node_clear(&s->v[i].node);
	}
	free(s->v);
	sp_strv_clear(&s->left_out);
	sp_strv_clear(&s->redacted);
	*s = (struct sp_snapshot){ 0 };
}

/* --- collecting ----------------------------------------------------------- */

struct collector {
	struct sp_root *root;
	struct sp_host *host;	/* resolves links */
	const struct sp_kind *const *kinds;
	struct sp_snapshot snap;
	void *seen;		/* tree of paths */
	size_t bytes;
};

static int compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

static void collector_clear(struct collector *c)
{
	sp_snapshot_clear(&c->snap);
	sp_host_free(c->host);
	tdestroy(c->seen, free);
}

/*
 * Is the file known to hold secrets?  @ret (may be NULL): the kind that can
 * take them out, or NULL.
 */
static bool is_secret(const struct collector *c, const char *path,
		      const struct sp_kind **ret)
{
	bool found = false;

	if (ret)
		*ret = NULL;
	for (const struct sp_kind *const *k = c->kinds; *k; k++) {
		for (const char *const *p = (*k)->secret_paths; p && *p; p++) {
			if (fnmatch(*p, path, FNM_PATHNAME))
				continue;
			found = true;
			if (ret && !*ret && (*k)->redact)
				*ret = *k;
		}
	}
	return found;
}

/* Is it to be left out as a whole? */
static bool is_closed(const struct collector *c, const char *path)
{
	const struct sp_kind *kind;

	return is_secret(c, path, &kind) && !kind;
}

/* False when the path is in already. */
static bool is_new(struct collector *c, const char *path)
{
	char *copy = sp_xstrdup(path);
	void **at = tsearch(copy, &c->seen, compare);

	if (at && *(char **)at == copy)
		return true;
	free(copy);
	return false;
}

static int add_item(struct collector *c, const char *path, struct sp_node *node,
		    struct sp_err *err)
{
	struct sp_snapshot *s = &c->snap;

	if (s->n >= SP_SNAPSHOT_ITEMS_MAX)
		return sp_fail(err, E2BIG, "more than %d files, the limit",
			       SP_SNAPSHOT_ITEMS_MAX);
	s->v = sp_grow(s->v, s->n, sizeof(*s->v));
	s->v[s->n].path = sp_xstrdup(path);
	s->v[s->n++].node = *node;
	*node = (struct sp_node){ 0 };
	return 0;
}

/* Put what a kind makes of its file into @node: 1, or 0 for nothing. */
static int redact_known(struct collector *c, const struct sp_kind *kind,
			const char *path, struct sp_node *node)
{
	sp_auto_buf text = { 0 };
	unsigned line;
	const char *why;

	if (!kind || kind->redact(path, &node->data, &text) <= 0)
		return 0;
	why = sp_secret_find(path, sp_buf_cstr(&text), text.len, &line);
	if (why) {
		sp_strv_addf(&c->snap.left_out, "%s: %s (line %u)", path, why,
			     line);
		return 0;
	}
	sp_buf_clear(&node->data);
	node->data = text;
	text = (struct sp_buf){ 0 };
	/* Whoever extracts it must be able to read it: some are 0000. */
	node->mode |= 0400;
	return 1;
}

/* Take out what looks like a secret: 1, or 0 when that cannot be done. */
static int redact_found(struct collector *c, const char *path,
			struct sp_node *node)
{
	sp_auto_buf text = { 0 };
	unsigned line;
	const char *why = sp_secret_find(path, sp_buf_cstr(&node->data),
					 node->data.len, &line);

	if (!why)
		return 1;
	if (!sp_secret_take_out(path, node->data.data, node->data.len, &text)) {
		sp_strv_addf(&c->snap.left_out, "%s: %s (line %u)", path, why,
			     line);
		return 0;
	}
	sp_strv_addf(&c->snap.redacted, "%s: %s (line %u)", path, why, line);
	sp_buf_clear(&node->data);
	node->data = text;
	text = (struct sp_buf){ 0 };
	return 1;
}

/* Read a file into @node: 1, or 0 when it is left out. */
static int load_file(struct collector *c, const char *path, struct sp_node *node,
		     struct sp_err *err)
{
	const struct sp_kind *kind;
	bool secret = is_secret(c, path, &kind);
	int r;

	if (secret && !kind)
		return 0;
	r = sp_root_read(c->root, path, SP_FILE_MAX, &node->data, err);
	if (r == -EFBIG) {
		sp_err_clear(err);
		sp_strv_addf(&c->snap.left_out, "%s: larger than %zu MiB", path,
			     SP_FILE_MAX >> 20);
		return 0;
	}
	if (r <= 0)
		return r;
	r = secret ? redact_known(c, kind, path, node)
		   : redact_found(c, path, node);
	node->loaded = true;
	node->size = node->data.len;
	c->bytes += node->size;
	if (c->bytes > SP_SNAPSHOT_BYTES_MAX)
		return sp_fail(err, E2BIG, "more than %zu MiB, the limit",
			       SP_SNAPSHOT_BYTES_MAX >> 20);
	return r;
}

static int add_path(struct collector *c, const char *path, struct sp_node *node,
		    struct sp_err *err);

/* The directories above @path, none of them a link. */
static int add_parents(struct collector *c, const char *path, struct sp_err *err)
{
	sp_auto_free char *dir = sp_xstrdup(path);
	int r = 0;

	for (char *s = dir; r >= 0 && (s = strchr(s + 1, '/'));) {
		sp_auto_node node = { 0 };

		*s = '\0';
		r = sp_root_lookup(c->root, dir, &node, err);
		if (r > 0 && node.type == SP_FT_DIR)
			r = add_path(c, dir, &node, err);
		*s = '/';
	}
	return r < 0 ? r : 0;
}

/*
 * What a link leads to, if it is a small text: a configuration file that
 * stands elsewhere, not a program.
 */
static int add_target(struct collector *c, const char *path, struct sp_err *err)
{
	sp_auto_free char *real = NULL;
	sp_auto_err bad = { 0 };
	sp_auto_node node = { 0 };
	int r = sp_host_canonical(c->host, path, true, &real, &bad);

	if (r < 0)
		return 0; /* a loop, or out of reach: a plan will say so */
	r = sp_root_lookup(c->root, real, &node, err);
	if (r <= 0 || node.type != SP_FT_FILE || node.size > TARGET_MAX ||
	    (node.mode & 0111) || is_closed(c, real))
		return r < 0 ? r : 0;
	r = sp_root_read(c->root, real, TARGET_MAX, &node.data, &bad);
	if (r <= 0 || memchr(sp_buf_cstr(&node.data), '\0', node.data.len))
		return 0;
	sp_buf_clear(&node.data);
	r = add_parents(c, real, err);
	return r < 0 ? r : add_path(c, real, &node, err);
}

/* Add what was found at @path; @node is taken over. */
static int add_path(struct collector *c, const char *path, struct sp_node *node,
		    struct sp_err *err)
{
	bool link = node->type == SP_FT_LINK;
	int r = 1;

	if (node->type == SP_FT_OTHER || is_closed(c, path) || !is_new(c, path))
		return 0;
	if (node->type == SP_FT_FILE)
		r = load_file(c, path, node, err);
	if (r > 0)
		r = add_item(c, path, node, err);
	return r < 0 || !link ? r : add_target(c, path, err);
}

/*
 * Go on from @path (a directory, "" is the root) with the rest of a pattern.
 * A link on the way ends it: what it leads to has a pattern of its own.
 */
static int walk(struct collector *c, const char *path, const char *rest,
		struct sp_err *err)
{
	sp_auto_strv names = { 0 };
	sp_auto_free char *part = NULL;
	size_t n;
	int r = 1;

	rest += strspn(rest, "/");
	n = strcspn(rest, "/");
	part = sp_xstrndup(rest, n);
	rest += n;
	if (strpbrk(part, "*?["))
		r = sp_root_list(c->root, *path ? path : "/", &names, err);
	else
		sp_strv_add(&names, part);
	for (size_t i = 0; r >= 0 && i < names.n; i++) {
		sp_auto_free char *full = NULL;
		sp_auto_node node = { 0 };
		bool dir;

		if (fnmatch(part, names.v[i], 0))
			continue;
		full = sp_asprintf("%s/%s", path, names.v[i]);
		if (is_closed(c, full))
			continue;
		r = sp_root_lookup(c->root, full, &node, err);
		if (r <= 0)
			continue;
		dir = node.type == SP_FT_DIR;
		/* A file where the pattern has a directory is of no use. */
		if (!*rest || dir || node.type == SP_FT_LINK)
			r = add_path(c, full, &node, err);
		if (r >= 0 && *rest && dir)
			r = walk(c, full, rest, err);
	}
	return r < 0 ? r : 0;
}

static int by_path(const void *a, const void *b)
{
	return strcmp(((const struct sp_snapshot_item *)a)->path,
		      ((const struct sp_snapshot_item *)b)->path);
}

static int add_mark(struct collector *c, struct sp_err *err)
{
	sp_auto_node node = { .type = SP_FT_FILE, .mode = 0644, .loaded = true };

	sp_buf_addf(&node.data, "sprout-snapshot: 1\nversion: %s\n", VERSION);
	sp_strv_sort(&c->snap.left_out);
	sp_strv_sort(&c->snap.redacted);
	for (size_t i = 0; i < c->snap.left_out.n; i++)
		sp_buf_addf(&node.data, "left-out: %s\n", c->snap.left_out.v[i]);
	for (size_t i = 0; i < c->snap.redacted.n; i++)
		sp_buf_addf(&node.data, "redacted: %s\n", c->snap.redacted.v[i]);
	node.size = node.data.len;
	return add_item(c, SP_SNAPSHOT_MARK, &node, err);
}

int sp_snapshot_take(struct sp_root *root, const struct sp_kind *const *kinds,
		     struct sp_snapshot *ret, struct sp_err *err)
{
	__attribute__((cleanup(collector_clear))) struct collector c = {
		.root = root, .kinds = kinds, .host = sp_host_new(root),
	};
	int r = 0;

	if (sp_host_snapshot(c.host))
		return sp_fail(err, EINVAL, "%s is a snapshot itself",
			       sp_root_name(root));
	for (const struct sp_kind *const *k = kinds; *k && r >= 0; k++) {
		for (const char *const *p = (*k)->paths; p && *p && r >= 0; p++)
			r = walk(&c, "", *p, err);
		if (!(*k)->redact)
			continue;
		for (const char *const *p = (*k)->secret_paths;
		     p && *p && r >= 0; p++)
			r = walk(&c, "", *p, err);
	}
	if (r >= 0)
		r = add_mark(&c, err);
	if (r < 0)
		return r;
	qsort(c.snap.v, c.snap.n, sizeof(*c.snap.v), by_path);
	*ret = c.snap;
	c.snap = (struct sp_snapshot){ 0 };
	return 0;
}

char *sp_snapshot_line(const char *line)
{
	const char *why = strstr(line, ": "), *end;
	sp_auto_free char *word = NULL;

	if (!why)
		return sp_xstrdup(line);
	why += 2;
	end = strstr(why, " (line ");
	word = sp_xstrndup(why, end ? (size_t)(end - why) : strlen(why));
	return sp_asprintf("%.*s%s%s", (int)(why - line), line, _(word),
			   end ? end : "");
}

void sp_snapshot_warn(struct sp_host *host, struct sp_diag *diag)
{
	sp_auto_buf mark = { 0 };
	sp_auto_err err = { 0 };
	const char *line;
	size_t pos = 0, n;

	if (sp_host_read(host, SP_SNAPSHOT_MARK, &mark, &err) <= 0)
		return;
	while (sp_next_line(sp_buf_cstr(&mark), mark.len, &pos, &line, &n)) {
		sp_auto_free char *raw = NULL, *shown = NULL;
		const char *at;

		if (n < 10 || memcmp(line, "left-out: ", 10))
			continue;
		raw = sp_xstrndup(line + 10, n - 10);
		shown = sp_snapshot_line(raw);
		at = strstr(shown, ": ");
		if (!at)
			at = shown + strlen(shown);
		sp_diag_add(diag, SP_WARNING, (struct sp_mark){ 0 }, NULL,
			    "%.*s is not in the snapshot, the plan does not know it%s",
			    (int)(at - shown), shown, at);
	}
}
