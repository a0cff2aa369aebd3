/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * profile.c - from YAML text to wanted resources, by the kinds' tables.
 *
 * Each source gives a list of entries; entries of the same resource out of
 * several sources are then merged, and what is required is asked for last.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>

#include "mem.h"
#include "profile.h"
#include "word.h"
#include "yaml.h"

#define FORMAT "1" /* of "sprout: 1" */

/* --- sources -------------------------------------------------------------- */

static struct sp_source *add_source(struct sp_profile *p, const char *name)
{
	struct sp_source *src;

	p->sources = sp_grow(p->sources, p->n_sources, sizeof(*p->sources));
	src = &p->sources[p->n_sources++];
	*src = (struct sp_source){ .name = sp_xstrdup(name) };
	return src;
}

void sp_profile_add_text(struct sp_profile *p, const char *name,
			 const char *text, size_t len)
{
	struct sp_source *src = add_source(p, name);

	src->text = sp_xstrndup("", 0);
	if (!len)
		return;
	free(src->text);
	src->text = sp_xmalloc(len + 1);
	memcpy(src->text, text, len);
	src->text[len] = '\0';
	src->len = len;
}

/* Only a regular file may be opened: others block, end never, or do things. */
static int refuse_type(const char *path, mode_t mode, struct sp_err *err)
{
	switch (mode & S_IFMT) {
	case S_IFREG:
		return 0;
	case S_IFDIR:
		return sp_fail(err, EISDIR,
			       "cannot read profile \"%s\": it is a directory",
			       path);
	case S_IFIFO:
		return sp_fail(
			err, EINVAL,
			"cannot read profile \"%s\": it is a pipe; give \"-\" and redirect "
			"standard input from it",
			path);
	default:
		return sp_fail(
			err, EINVAL,
			"cannot read profile \"%s\": it is not a regular file",
			path);
	}
}

static int open_file(const char *path, struct sp_err *err)
{
	sp_auto_close int fd = -1;
	struct stat st;
	int r;

	if (stat(path, &st) < 0)
		return sp_fail_errno(err, errno, "cannot read profile \"%s\"",
				     path);
	r = refuse_type(path, st.st_mode, err);
	if (r < 0)
		return r;
	/* It may have been exchanged: never wait, and ask again. */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0 || fstat(fd, &st) < 0)
		return sp_fail_errno(err, errno, "cannot read profile \"%s\"",
				     path);
	r = refuse_type(path, st.st_mode, err);
	return r < 0 ? r : sp_take_fd(&fd);
}

static int read_all(int fd, const char *path, struct sp_buf *out,
		    struct sp_err *err)
{
	char chunk[16384];
	ssize_t n;

	for (;;) {
		n = read(fd, chunk, sizeof(chunk));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return sp_fail_errno(
				err, errno, "cannot read profile \"%s\"", path);
		if (n == 0)
			return 0;
		if (out->len + (size_t)n > SP_PROFILE_SIZE_MAX)
			return sp_fail(
				err, EFBIG,
				"cannot read profile \"%s\": it is larger than %zu bytes; "
				"that is the limit, split it",
				path, SP_PROFILE_SIZE_MAX);
		sp_buf_addn(out, chunk, (size_t)n);
	}
}

int sp_profile_add_file(struct sp_profile *p, const char *path,
			struct sp_err *err)
{
	sp_auto_close int opened = -1;
	bool is_stdin = sp_streq(path, "-");
	struct sp_source *src;
	struct sp_buf text = { 0 };
	size_t i;
	int r;

	for (i = 0; is_stdin && i < p->n_sources; i++)
		if (sp_streq(p->sources[i].name, "-"))
			return sp_fail(
				err, EINVAL,
				"cannot read profile \"-\": standard input is given twice");
	if (!is_stdin) {
		opened = open_file(path, err);
		if (opened < 0)
			return opened;
	}
	r = read_all(is_stdin ? STDIN_FILENO : opened, path, &text, err);
	if (r < 0) {
		sp_buf_clear(&text);
		return r;
	}
	src = add_source(p, path);
	src->len = text.len;
	src->text = sp_buf_take(&text);
	return 0;
}

void sp_profile_clear(struct sp_profile *p)
{
	size_t i;

	for (i = 0; i < p->n_sources; i++) {
		free(p->sources[i].name);
		free(p->sources[i].text);
	}
	for (i = 0; i < p->n; i++) {
		free(p->res[i].id);
		free(p->res[i].missing);
		sp_state_clear(&p->res[i].want);
	}
	free(p->sources);
	free(p->hidden);
	free(p->res);
	free(p->by_id);
	memset(p, 0, sizeof(*p));
}

/* --- reading -------------------------------------------------------------- */

/* What one source says about one resource. */
struct entry {
	struct sp_resource res;
	size_t kind_at; /* in sp_kinds[] */
	size_t order;	/* in which it was read */
	bool ensured;	/* "ensure" was given */
	bool *bad;	/* owned; fields given that could not be read */
};

struct reader {
	struct sp_profile *p;
	struct sp_diag *diag;
	struct entry *v;
	size_t n;
	bool full; /* too many: said once */
};

static void entry_clear(struct entry *e)
{
	free(e->res.id);
	sp_state_clear(&e->res.want);
	free(e->bad);
	memset(e, 0, sizeof(*e));
}

/* How messages call it: user "web", or firewall. */
static char *object_name(const struct sp_kind *kind, const char *id)
{
	if (kind->shape == SP_SHAPE_LIST && *id)
		return sp_asprintf("%s \"%s\"", kind->name, id);
	return sp_xstrdup(kind->name);
}

static void error_at(struct reader *rd, struct sp_mark mark, const char *object,
		     const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

static void error_at(struct reader *rd, struct sp_mark mark, const char *object,
		     const char *fmt, ...)
{
	sp_auto_free char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	text = sp_vasprintf(_(fmt), ap);
	va_end(ap);
	sp_diag_add(rd->diag, SP_ERROR, mark, object, "%s", text);
}

static void hide(struct sp_profile *p, struct sp_mark mark, unsigned end_line,
		 unsigned end_col)
{
	p->hidden = sp_grow(p->hidden, p->n_hidden, sizeof(*p->hidden));
	p->hidden[p->n_hidden++] = (struct sp_span){ mark, end_line, end_col };
}

/* Scalar by scalar: the end of a list or map may be where the next begins. */
static void hide_node(struct sp_profile *p, const struct sp_ynode *n)
{
	size_t i;

	if (n->kind == SP_Y_SCALAR)
		hide(p, n->mark, n->end_line, n->end_col);
	for (i = 0; i < n->n; i++) {
		/* A text that holds ": " is taken for a map. */
		if (n->kind == SP_Y_MAP)
			hide_node(p, n->keys[i]);
		hide_node(p, n->items[i]);
	}
}

/* The part of a dotted name behind the last dot. */
static const char *last_part(const char *name)
{
	const char *dot = strrchr(name, '.');

	return dot ? dot + 1 : name;
}

/* Could a key that is not known be meant as one of a secret? */
static bool looks_secret(const char *key)
{
	static const char *const words[] = { "pass",	"secret", "hash", "psk",
					     "private", "token",  NULL };
	const struct sp_kind *const *k;
	const struct sp_field *f;
	size_t i;

	for (i = 0; words[i]; i++)
		if (strcasestr(key, words[i]))
			return true;
	for (k = sp_kinds; *k; k++)
		for (f = (*k)->fields; f->name; f++)
			if ((f->flags & SP_F_SECRET) &&
			    sp_edit_distance(key, last_part(f->name), 3) <= 3)
				return true;
	return false;
}

/* The column of what stands behind @key and its colon in a line, or 0. */
static unsigned column_behind(const char *line, size_t len, const char *key)
{
	const char *at = memmem(line, len, key, strlen(key));
	const char *end = line + len;
	unsigned col = 1;

	if (!at)
		return 0;
	at += strlen(key);
	while (at < end && strchr("\"' :", *at))
		at++;
	for (; line < at; line++)
		col += ((unsigned char)*line & 0xc0) != 0x80;
	return col;
}

/*
 * A source that could not be parsed has no fields: hide what stands behind
 * the name of any secret field, to the end of the line.
 */
static void hide_by_text(struct sp_profile *p, unsigned source)
{
	const struct sp_source *src = &p->sources[source];
	const struct sp_kind *const *k;
	const struct sp_field *f;
	const char *line;
	size_t pos = 0, len;
	struct sp_mark m = { source, 0, 0 };

	while (sp_next_line(src->text, src->len, &pos, &line, &len)) {
		m.line++;
		for (k = sp_kinds; *k; k++) {
			for (f = (*k)->fields; f->name; f++) {
				if (!(f->flags & SP_F_SECRET))
					continue;
				m.col = column_behind(line, len,
						      last_part(f->name));
				if (m.col)
					hide(p, m, m.line, UINT_MAX);
			}
		}
	}
}

/* --- keys ----------------------------------------------------------------- */

/* Is @name @path itself, or below it?  "" is above everything. */
static bool is_below(const char *name, const char *path)
{
	size_t len = strlen(path);

	return !len || (strncmp(name, path, len) == 0 && name[len] == '.');
}

/* Add the part of @name that comes next behind @path, once. */
static void add_next_part(struct sp_strv *l, const char *name, const char *path)
{
	size_t skip = *path ? strlen(path) + 1 : 0;
	sp_auto_free char *part = NULL;

	if (!is_below(name, path))
		return;
	part = sp_xstrndup(name + skip, strcspn(name + skip, "."));
	if (!sp_strv_has(l, part))
		sp_strv_add_take(l, sp_take(&part));
}

void sp_profile_keys(struct sp_strv *ret, const char *section,
		     const struct sp_kind *kind, const char *prefix)
{
	const struct sp_kind *const *k;
	const struct sp_field *f;

	if (section && !*section)
		sp_strv_add(ret, "sprout");
	if (kind && kind->shape == SP_SHAPE_LIST && !*prefix) {
		sp_strv_add(ret, "name");
		if (!(kind->flags & SP_KIND_NOREMOVE))
			sp_strv_add(ret, "ensure");
	}
	for (f = kind ? kind->fields : NULL; f && f->name; f++)
		if (!(f->flags & SP_F_RESULT))
			add_next_part(ret, f->name, prefix);
	for (k = section ? sp_kinds : NULL; k && *k; k++)
		add_next_part(ret, (*k)->section, section);
}

/* "ipv4.gateway" for a key "gateway" at the wrong place, or "ipv4.gateway". */
static const char *deeper_field(const struct sp_kind *kind, const char *key)
{
	const struct sp_field *f;

	for (f = kind ? kind->fields : NULL; f && f->name; f++)
		if (strchr(f->name, '.') && (sp_streq(f->name, key) ||
					     sp_streq(last_part(f->name), key)))
			return f->name;
	return NULL;
}

static void unknown_key(struct reader *rd, const struct sp_ynode *key,
			const struct sp_ynode *value, const char *object,
			const char *section, const struct sp_kind *kind,
			const char *prefix)
{
	const struct sp_kind *named =
		section && !*section ? sp_kind_find(key->text) : NULL;
	sp_auto_strv known = { 0 };
	sp_auto_free char *list = NULL;
	const char *near, *deep;

	if (rd->diag->errors > SP_DIAG_MAX) {
		error_at(rd, key->mark, NULL, "unknown key"); /* counted */
		return;
	}
	if (looks_secret(key->text))
		hide_node(rd->p, value);
	sp_profile_keys(&known, section, kind, prefix);
	list = sp_strv_join(&known, ", ");
	sp_strv_add_take(&known, NULL);
	near = named ? named->section
		     : sp_nearest(key->text, (const char *const *)known.v);
	deep = deeper_field(kind, key->text);
	if (near)
		error_at(rd, key->mark, object,
			 "unknown key \"%s\", did you mean \"%s\"?", key->text,
			 near);
	else if (deep)
		error_at(rd, key->mark, object,
			 "unknown key \"%s\"; write \"%.*s: {%s: ...}\"",
			 key->text, (int)(last_part(deep) - deep - 1), deep,
			 last_part(deep));
	else if (*prefix && sp_field_find(kind->fields, key->text) >= 0)
		error_at(
			rd, key->mark, object,
			"unknown key \"%s\"; it stands beside \"%s\", not in it",
			key->text, prefix);
	else
		error_at(rd, key->mark, object,
			 "unknown key \"%.60s\"; known here: %s", key->text,
			 list);
}

/* --- values --------------------------------------------------------------- */

static void mark_bad(struct entry *e, int f)
{
	if (!e->bad)
		e->bad = sp_xcalloc(e->res.want.n, sizeof(*e->bad));
	e->bad[f] = true;
	e->res.incomplete = true;
}

static void bad_value(struct reader *rd, struct entry *e, int f,
		      struct sp_mark mark, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));

static void bad_value(struct reader *rd, struct entry *e, int f,
		      struct sp_mark mark, const char *fmt, ...)
{
	const struct sp_kind *kind = e->res.kind;
	sp_auto_free char *object = object_name(kind, e->res.id);
	sp_auto_free char *text = NULL;
	va_list ap;

	mark_bad(e, f);
	va_start(ap, fmt);
	text = sp_vasprintf(_(fmt), ap);
	va_end(ap);
	if (kind->shape == SP_SHAPE_SCALAR &&
	    !(kind->fields[f].flags & SP_F_SECRET))
		sp_diag_add(rd->diag, SP_ERROR, mark, object, "%s", text);
	else
		sp_diag_add_field(rd->diag, SP_ERROR, mark, object,
				  &kind->fields[f], "%s", text);
}

/* The message without the value itself, wherever it is quoted. */
static char *without(const char *msg, const char *secret)
{
	struct sp_buf b = { 0 };
	const char *at;

	while (*secret && (at = strstr(msg, secret))) {
		sp_buf_addn(&b, msg, (size_t)(at - msg));
		sp_buf_add(&b, "[hidden]");
		msg = at + strlen(secret);
	}
	sp_buf_add(&b, msg);
	return sp_buf_take(&b);
}

/* Report @err about @text, and empty it. */
static void bad_text(struct reader *rd, struct entry *e, int f,
		     struct sp_mark mark, const char *text, struct sp_err *err)
{
	if (e->res.kind->fields[f].flags & SP_F_SECRET) {
		sp_auto_free char *msg = without(err->msg, text);

		bad_value(rd, e, f, mark, "%s", msg);
	} else {
		bad_value(rd, e, f, mark, "%s", err->msg);
	}
	sp_err_clear(err);
}

/* What a scalar of the type is. */
static const char *expected(enum sp_type type)
{
	switch (type) {
	case SP_T_BOOL:
		return _("true or false");
	case SP_T_INT:
		return _("a number");
	default:
		return _("text");
	}
}

/* What a node is, in words that continue "got ...". */
static const char *got(const struct sp_ynode *n)
{
	return n->kind == SP_Y_LIST  ? _("a list")
	       : n->kind == SP_Y_MAP ? _("a map")
				     : _("text");
}

/* A scalar with something in it, or an error that says what it is instead. */
static bool is_text(struct reader *rd, struct entry *e, int f,
		    const struct sp_ynode *n, bool item)
{
	enum sp_type type = e->res.kind->fields[f].type;
	const char *want = item ? _("text") : expected(type);

	if (sp_ynode_null(n)) {
		bad_value(
			rd, e, f, n->mark,
			item ? "an item without a value"
			     : N_("has no value; leave the key out if the setting is not yours"));
		return false;
	}
	if (n->kind == SP_Y_MAP) {
		bad_value(
			rd, e, f, n->mark,
			"expected %s, got a map; text that holds \": \" goes into quotes",
			want);
		return false;
	}
	if (n->kind == SP_Y_LIST) {
		bad_value(rd, e, f, n->mark, "expected %s, got a list", want);
		return false;
	}
	return true;
}

static void read_scalar(struct reader *rd, struct entry *e, int f,
			const struct sp_ynode *n)
{
	const struct sp_field *field = &e->res.kind->fields[f];
	sp_auto_err err = { 0 };
	bool b;

	if (!is_text(rd, e, f, n, false))
		return;
	if ((field->type == SP_T_BOOL || field->type == SP_T_INT) &&
	    n->quoted) {
		bad_value(rd, e, f, n->mark,
			  "expected %s, got text; leave the quotes out",
			  expected(field->type));
		return;
	}
	if (field->type == SP_T_BOOL && sp_ynode_bool(n, &b))
		sp_state_set_bool(&e->res.want, f, b);
	else if (sp_state_parse(&e->res.want, f, n->text, &err) < 0)
		bad_text(rd, e, f, n->mark, n->text, &err);
}

static bool fits(struct reader *rd, struct entry *e, int f,
		 const struct sp_ynode *n)
{
	if (n->n <= SP_LIST_MAX)
		return true;
	bad_value(rd, e, f, n->items[SP_LIST_MAX]->mark,
		  "more than %d items; that is the limit", SP_LIST_MAX);
	return false;
}

static void read_list(struct reader *rd, struct entry *e, int f,
		      const struct sp_ynode *n)
{
	bool secret = e->res.kind->fields[f].flags & SP_F_SECRET;
	struct sp_strv none = { 0 };
	sp_auto_err err = { 0 };
	size_t i;

	if (n->kind == SP_Y_SCALAR && !sp_ynode_null(n) && !secret) {
		bad_value(rd, e, f, n->mark,
			  "expected a list, got text; write [%s]", n->text);
		return;
	}
	if (n->kind != SP_Y_LIST) {
		bad_value(
			rd, e, f, n->mark,
			sp_ynode_null(n)
				? "has no value; leave the key out if the setting is not "
				  "yours, write [] for an empty list"
				: N_("expected a list, got %s"),
			got(n));
		return;
	}
	if (!fits(rd, e, f, n))
		return;
	sp_state_set_list(&e->res.want, f, &none);
	for (i = 0; i < n->n; i++) {
		const struct sp_ynode *it = n->items[i];

		if (is_text(rd, e, f, it, true) &&
		    sp_state_add_item(&e->res.want, f, it->text, it->mark,
				      &err) < 0)
			bad_text(rd, e, f, it->mark, it->text, &err);
	}
}

static void read_map(struct reader *rd, struct entry *e, int f,
		     const struct sp_ynode *n)
{
	struct sp_strv none = { 0 };
	sp_auto_err err = { 0 };
	size_t i;

	if (n->kind != SP_Y_MAP) {
		bad_value(
			rd, e, f, n->mark,
			sp_ynode_null(n)
				? "has no value; leave the key out if the setting is not "
				  "yours, write {} for an empty map"
				: N_("expected a map, got %s; write {KEY: VALUE}"),
			got(n));
		return;
	}
	if (!fits(rd, e, f, n))
		return;
	sp_state_set_list(&e->res.want, f, &none);
	for (i = 0; i < n->n; i++) {
		const struct sp_ynode *key = n->keys[i], *it = n->items[i];
		sp_auto_free char *text = NULL;

		if (!*key->text || strchr(key->text, '=')) {
			bad_value(
				rd, e, f, key->mark,
				"a key cannot be empty or hold \"=\", got \"%s\"",
				key->text);
			continue;
		}
		if (!is_text(rd, e, f, it, true))
			continue;
		text = sp_asprintf("%s=%s", key->text, it->text);
		if (sp_state_add_item(&e->res.want, f, text, it->mark, &err) <
		    0)
			bad_text(rd, e, f, it->mark, it->text, &err);
	}
}

static void read_field(struct reader *rd, struct entry *e, int f,
		       const struct sp_ynode *n)
{
	const struct sp_field *field = &e->res.kind->fields[f];

	if (field->flags & SP_F_SECRET)
		hide_node(rd->p, n);
	switch (field->type) {
	case SP_T_LIST:
	case SP_T_SET:
		read_list(rd, e, f, n);
		break;
	case SP_T_MAP:
		read_map(rd, e, f, n);
		break;
	default:
		read_scalar(rd, e, f, n);
		break;
	}
	if (sp_state_get(&e->res.want, f))
		e->res.want.v[f].mark = n->mark;
}

/* Is there a field below @path, "ipv4" of "ipv4.gateway"? */
static bool has_fields_below(const struct sp_kind *kind, const char *path)
{
	const struct sp_field *f;

	for (f = kind->fields; f->name; f++)
		if (is_below(f->name, path))
			return true;
	return false;
}

/* All fields below @path were given and could not be read. */
static void mark_bad_below(struct entry *e, const char *path)
{
	const struct sp_field *fields = e->res.kind->fields;
	int f;

	for (f = 0; fields[f].name; f++)
		if (is_below(fields[f].name, path))
			mark_bad(e, f);
}

static void read_fields(struct reader *rd, struct entry *e, const char *prefix,
			const struct sp_ynode *map);

/* One key of an entry, below @prefix. */
static void read_key(struct reader *rd, struct entry *e, const char *prefix,
		     const struct sp_ynode *key, const struct sp_ynode *value)
{
	const struct sp_kind *kind = e->res.kind;
	sp_auto_free char *dotted = NULL;
	sp_auto_free char *object = NULL;
	const char *path = key->text;
	int f = -1;

	if (*prefix)
		path = dotted = sp_asprintf("%s.%s", prefix, key->text);
	if (!strchr(key->text, '.'))
		f = sp_field_find(kind->fields, path);
	if (f >= 0 && !(kind->fields[f].flags & SP_F_RESULT)) {
		read_field(rd, e, f, value);
		return;
	}
	object = object_name(kind, e->res.id);
	if (!*key->text || strchr(key->text, '.') ||
	    !has_fields_below(kind, path)) {
		unknown_key(rd, key, value, object, NULL, kind, prefix);
		e->res.incomplete = true;
	} else if (value->kind == SP_Y_MAP) {
		read_fields(rd, e, path, value);
	} else {
		if (looks_secret(path))
			hide_node(rd->p, value);
		if (sp_ynode_null(value))
			error_at(
				rd, value->mark, object,
				"%s: has no value; leave the key out if the setting is not yours",
				path);
		else
			error_at(rd, value->mark, object,
				 "%s: expected a map, got %s", path,
				 got(value));
		mark_bad_below(e, path);
	}
}

static void read_fields(struct reader *rd, struct entry *e, const char *prefix,
			const struct sp_ynode *map)
{
	size_t i;

	for (i = 0; i < map->n; i++)
		read_key(rd, e, prefix, map->keys[i], map->items[i]);
}

/* --- sections ------------------------------------------------------------- */

/* Takes @id over.  NULL, said once, when there are too many. */
static struct entry *add_entry(struct reader *rd, size_t kind_at, char *id,
			       struct sp_mark mark)
{
	const struct sp_kind *kind = sp_kinds[kind_at];
	struct entry *e;

	if (rd->n >= SP_PROFILE_RESOURCES_MAX) {
		if (!rd->full)
			error_at(rd, mark, NULL,
				 "more than %d resources; that is the limit",
				 SP_PROFILE_RESOURCES_MAX);
		rd->full = true;
		free(id);
		return NULL;
	}
	rd->v = sp_grow(rd->v, rd->n, sizeof(*rd->v));
	e = &rd->v[rd->n];
	*e = (struct entry){
		.res = { .kind = kind, .id = id, .mark = mark },
		.kind_at = kind_at,
		.order = rd->n++,
	};
	sp_state_init(&e->res.want, kind->fields);
	e->res.want.present = true;
	return e;
}

/* A good name, owned, or NULL after an error. */
static char *read_name(struct reader *rd, const struct sp_kind *kind,
		       const struct sp_ynode *item)
{
	const struct sp_ynode *n = sp_ynode_get(item, "name");

	if (!n)
		error_at(rd, item->mark, kind->name, "\"name\" is missing");
	else if (n->kind != SP_Y_SCALAR || sp_ynode_null(n))
		error_at(rd, n->mark, kind->name, "name: expected text, got %s",
			 sp_ynode_null(n) ? _("nothing") : got(n));
	else if (!n->len || n->len > SP_NAME_MAX)
		error_at(rd, n->mark, kind->name,
			 "name: %zu bytes long (allowed: 1 to %d)", n->len,
			 SP_NAME_MAX);
	else if (sp_find_control(n->text) >= 0)
		error_at(rd, n->mark, kind->name,
			 "name: expected text without control characters");
	else
		return sp_xstrdup(n->text);
	return NULL;
}

static void read_ensure(struct reader *rd, struct entry *e,
			const struct sp_ynode *n)
{
	sp_auto_free char *object = object_name(e->res.kind, e->res.id);
	const char *text = sp_ynode_text(n);

	e->ensured = true;
	if (e->res.kind->flags & SP_KIND_NOREMOVE) {
		e->res.incomplete = true;
		error_at(
			rd, n->mark, object,
			"ensure: an entry of \"%s\" cannot be removed; leave the key out",
			e->res.kind->section);
	} else if (sp_streq(text, "absent")) {
		e->res.want.present = false;
	} else if (!sp_streq(text, "present")) {
		e->res.incomplete = true;
		error_at(rd, n->mark, object,
			 "ensure: expected present or absent, got %s%s%s",
			 text ? "\"" : "", text ? text : got(n),
			 text ? "\"" : "");
	}
}

/* One item of a list section. */
static void read_item(struct reader *rd, size_t kind_at,
		      const struct sp_ynode *item)
{
	const struct sp_kind *kind = sp_kinds[kind_at];
	const struct sp_ynode *key, *name;
	struct entry *e;
	char *id;
	size_t i;

	if (item->kind != SP_Y_MAP) {
		error_at(rd, item->mark, kind->name,
			 "expected a map with \"name\", got %s",
			 sp_ynode_null(item) ? _("nothing") : got(item));
		return;
	}
	id = read_name(rd, kind, item);
	name = sp_ynode_get(item, "name");
	/* Without a name the rest is read all the same, for its errors. */
	e = add_entry(rd, kind_at, id ? id : sp_xstrdup(""),
		      id ? name->mark : item->mark);
	if (!e)
		return;
	for (i = 0; i < item->n; i++) {
		key = item->keys[i];
		if (sp_streq(key->text, "name"))
			continue;
		if (sp_streq(key->text, "ensure"))
			read_ensure(rd, e, item->items[i]);
		else
			read_key(rd, e, "", key, item->items[i]);
	}
	if (!id) {
		rd->n--;
		entry_clear(e);
	}
}

static void read_list_section(struct reader *rd, size_t kind_at,
			      const struct sp_ynode *n)
{
	const struct sp_kind *kind = sp_kinds[kind_at];
	size_t i;

	if (n->kind != SP_Y_LIST) {
		if (sp_ynode_null(n))
			error_at(
				rd, n->mark, kind->section,
				"has no value; leave the key out, or write []");
		else
			error_at(
				rd, n->mark, kind->section,
				"expected a list, got %s; begin each entry with \"- \"",
				got(n));
		return;
	}
	for (i = 0; i < n->n && !rd->full; i++)
		read_item(rd, kind_at, n->items[i]);
}

static void read_section(struct reader *rd, const char *path,
			 const struct sp_ynode *key,
			 const struct sp_ynode *value);

/* Is @path a section, or does a section's path lead through it? */
static bool is_section(const char *path)
{
	const struct sp_kind *const *k;

	for (k = sp_kinds; *k; k++)
		if (sp_streq((*k)->section, path) ||
		    is_below((*k)->section, path))
			return true;
	return false;
}

/*
 * A map that is a kind's (kind_at), or only leads to sections below, or both.
 * @path is "" for the whole profile.
 */
static void read_map_section(struct reader *rd, const char *path,
			     ptrdiff_t kind_at, const struct sp_ynode *key,
			     const struct sp_ynode *n)
{
	const struct sp_kind *kind = kind_at < 0 ? NULL : sp_kinds[kind_at];
	struct entry own = { 0 };
	bool used = false, nested = false;
	struct entry *e;
	size_t i;

	if (n->kind != SP_Y_MAP) {
		if (sp_ynode_null(n))
			error_at(rd, n->mark, path,
				 "has no value; leave the key out");
		else
			error_at(rd, n->mark, path, "expected a map, got %s",
				 got(n));
		return;
	}
	if (kind) {
		own.res = (struct sp_resource){ .kind = kind,
						.id = (char *)kind->name };
		sp_state_init(&own.res.want, kind->fields);
	}
	for (i = 0; i < n->n; i++) {
		const struct sp_ynode *k = n->keys[i];
		sp_auto_free char *full =
			*path ? sp_asprintf("%s.%s", path, k->text)
			      : sp_xstrdup(k->text);

		if (!*path && sp_streq(k->text, "sprout"))
			continue;
		if (*k->text && !strchr(k->text, '.') && is_section(full)) {
			nested = true;
			read_section(rd, full, k, n->items[i]);
		} else if (kind && (sp_field_find(kind->fields, k->text) >= 0 ||
				    has_fields_below(kind, k->text))) {
			used = true;
			read_key(rd, &own, "", k, n->items[i]);
		} else {
			unknown_key(rd, k, n->items[i], *path ? path : NULL,
				    path, kind, "");
			own.res.incomplete = true;
			nested = true;
		}
	}
	if (kind && (used || !nested)) {
		e = add_entry(rd, (size_t)kind_at, sp_xstrdup(kind->name),
			      key->mark);
		if (e) {
			sp_state_clear(&e->res.want);
			e->res.want = own.res.want;
			e->res.want.present = true;
			e->res.incomplete = own.res.incomplete;
			e->bad = sp_take(&own.bad);
			memset(&own, 0, sizeof(own));
		}
	}
	own.res.id = NULL;
	entry_clear(&own);
}

static void read_section(struct reader *rd, const char *path,
			 const struct sp_ynode *key,
			 const struct sp_ynode *value)
{
	const struct sp_kind *kind = NULL;
	struct entry *e;
	size_t i;

	for (i = 0; sp_kinds[i]; i++) {
		if (sp_streq(sp_kinds[i]->section, path)) {
			kind = sp_kinds[i];
			break;
		}
	}
	if (!kind) {
		read_map_section(rd, path, -1, key, value);
		return;
	}
	switch (kind->shape) {
	case SP_SHAPE_LIST:
		read_list_section(rd, i, value);
		break;
	case SP_SHAPE_MAP:
		read_map_section(rd, path, (ptrdiff_t)i, key, value);
		break;
	case SP_SHAPE_SCALAR:
		e = add_entry(rd, i, sp_xstrdup(kind->name), key->mark);
		if (e)
			read_field(rd, e, 0, value);
		break;
	}
}

/* "sprout: 1" */
static void read_format(struct reader *rd, const struct sp_ynode *root)
{
	const struct sp_ynode *n = sp_ynode_get(root, "sprout");
	struct sp_mark top = { root->mark.source, 1, 1 };

	if (!n)
		error_at(
			rd, top, NULL,
			"\"sprout: " FORMAT
			"\" is missing; it says in which format the profile is written");
	else if (n->kind != SP_Y_SCALAR || n->quoted)
		error_at(rd, n->mark, "sprout",
			 "expected the number " FORMAT ", got %s", got(n));
	else if (!sp_streq(n->text, FORMAT))
		error_at(
			rd, n->mark, "sprout",
			"format \"%.20s\" is not known; this sprout reads format " FORMAT,
			n->text);
}

static void read_source(struct reader *rd, unsigned source)
{
	static const struct sp_yaml_limits limits = {
		.size_bytes = SP_PROFILE_SIZE_MAX,
		.depth = SP_PROFILE_DEPTH_MAX,
		.nodes = SP_PROFILE_NODES_MAX,
		.text_bytes = SP_TEXT_MAX,
	};
	const struct sp_source *src = &rd->p->sources[source];
	sp_auto_yaml y = { 0 };

	(void)sp_yaml_parse(src->text, src->len, source, &limits, &y, rd->diag);
	if (!y.root) {
		hide_by_text(rd->p, source);
		return;
	}
	if (y.root->kind != SP_Y_MAP) {
		error_at(rd, y.root->mark, NULL,
			 "expected a map that begins with \"sprout: " FORMAT
			 "\", got %s",
			 got(y.root));
		return;
	}
	read_format(rd, y.root);
	read_map_section(rd, "", -1, NULL, y.root);
}

/* --- merging -------------------------------------------------------------- */

static int entry_cmp_id(const void *va, const void *vb)
{
	const struct entry *a = va, *b = vb;
	int r;

	if (a->kind_at != b->kind_at)
		return a->kind_at < b->kind_at ? -1 : 1;
	r = strcmp(a->res.id, b->res.id);
	if (r)
		return r;
	return a->order < b->order ? -1 : a->order > b->order;
}

static int entry_cmp_order(const void *va, const void *vb)
{
	const struct entry *a = va, *b = vb;

	if (a->kind_at != b->kind_at)
		return a->kind_at < b->kind_at ? -1 : 1;
	return a->order < b->order ? -1 : a->order > b->order;
}

/* Put what a later source says over what earlier ones said. */
static void merge(struct entry *to, struct entry *from)
{
	size_t f;

	for (f = 0; f < to->res.want.n; f++) {
		bool bad = from->bad && from->bad[f];

		if (!from->res.want.set[f] && !bad)
			continue;
		sp_state_unset(&to->res.want, (int)f);
		to->res.want.v[f] = from->res.want.v[f];
		to->res.want.set[f] = from->res.want.set[f];
		memset(&from->res.want.v[f], 0, sizeof(struct sp_value));
		from->res.want.set[f] = false;
		if (bad)
			mark_bad(to, (int)f);
	}
	if (from->ensured) {
		to->ensured = true;
		to->res.want.present = from->res.want.present;
	}
	to->res.mark = from->res.mark;
	to->res.incomplete |= from->res.incomplete;
}

/* See sp_kind.brings. */
static void add_brought(struct reader *rd)
{
	for (size_t i = 0; i < rd->n; i++) {
		const struct sp_kind *brings = rd->v[i].res.kind->brings;
		size_t k = 0, at = 0;

		while (brings && k < rd->n && rd->v[k].res.kind != brings)
			k++;
		if (!brings || k < rd->n)
			continue;
		while (sp_kinds[at] && sp_kinds[at] != brings)
			at++;
		if (sp_kinds[at])
			(void)add_entry(rd, at, sp_xstrdup(brings->name),
					rd->v[i].res.mark);
	}
}

/* Entries of one resource become one; twice in one source is an error. */
static void merge_all(struct reader *rd)
{
	size_t i, n = 0;

	qsort(rd->v, rd->n, sizeof(*rd->v), entry_cmp_id);
	for (i = 0; i < rd->n; i++) {
		struct entry *e = &rd->v[i];
		struct entry *last = n ? &rd->v[n - 1] : NULL;

		if (!last || last->kind_at != e->kind_at ||
		    !sp_streq(last->res.id, e->res.id)) {
			if (i != n) {
				rd->v[n] = *e;
				memset(e, 0, sizeof(*e));
			}
			n++;
			continue;
		}
		if (last->res.mark.source == e->res.mark.source) {
			sp_auto_free char *object =
				object_name(e->res.kind, e->res.id);

			error_at(rd, e->res.mark, object,
				 "is given twice, first at line %u",
				 last->res.mark.line);
		} else {
			merge(last, e);
		}
		entry_clear(e);
	}
	rd->n = n;
	qsort(rd->v, rd->n, sizeof(*rd->v), entry_cmp_order);
}

static void check_required(struct reader *rd, const struct entry *e)
{
	const struct sp_resource *res = &e->res;
	int f;

	for (f = 0; res->want.present && res->kind->fields[f].name; f++)
		if ((res->kind->fields[f].flags & SP_F_REQUIRED) &&
		    !res->want.set[f] && !(e->bad && e->bad[f]))
			sp_diag_error(rd->diag, res, -1, -1,
				      "\"%s\" is missing",
				      res->kind->fields[f].name);
}

/* --- finding -------------------------------------------------------------- */

static int res_cmp(const struct sp_kind *kind, const char *id,
		   const struct sp_resource *b)
{
	if (kind != b->kind)
		return (uintptr_t)kind < (uintptr_t)b->kind ? -1 : 1;
	return strcmp(id, b->id);
}

static int index_cmp(const void *va, const void *vb, void *arg)
{
	const struct sp_resource *res = arg;
	const struct sp_resource *a = &res[*(const size_t *)va];

	return res_cmp(a->kind, a->id, &res[*(const size_t *)vb]);
}

static void build_index(struct sp_profile *p)
{
	size_t i;

	p->by_id = sp_xreallocarray(p->by_id, p->n, sizeof(*p->by_id));
	for (i = 0; i < p->n; i++)
		p->by_id[i] = i;
	qsort_r(p->by_id, p->n, sizeof(*p->by_id), index_cmp, p->res);
}

const struct sp_resource *sp_profile_find(const struct sp_profile *p,
					  const struct sp_kind *kind,
					  const char *id)
{
	size_t from = 0, to = p->by_id ? p->n : 0;

	while (from < to) {
		size_t mid = from + (to - from) / 2;
		const struct sp_resource *res = &p->res[p->by_id[mid]];
		int r = res_cmp(kind, id, res);

		if (!r)
			return res;
		if (r < 0)
			to = mid;
		else
			from = mid + 1;
	}
	return NULL;
}

/* --- the whole ------------------------------------------------------------ */

void sp_profile_parse(struct sp_profile *p, struct sp_diag *diag)
{
	struct reader rd = { .p = p, .diag = diag };
	size_t i;

	for (i = 0; i < p->n_sources; i++)
		read_source(&rd, (unsigned)i);
	add_brought(&rd);
	if (rd.n)
		merge_all(&rd);
	p->res = sp_xreallocarray(p->res, rd.n, sizeof(*p->res));
	for (i = 0; i < rd.n; i++) {
		check_required(&rd, &rd.v[i]);
		p->res[i] = rd.v[i].res;
		free(rd.v[i].bad);
	}
	p->n = rd.n;
	free(rd.v);
	build_index(p);
}

static bool same_place(struct sp_mark a, struct sp_mark b)
{
	return a.source == b.source && a.line == b.line && a.col == b.col;
}

/* See the header: keep what is about a value. */
static void copy_findings(struct sp_diag *to, const struct sp_diag *from,
			  const struct sp_resource *res)
{
	size_t i, n;

	for (i = 0; i < from->n; i++) {
		const struct sp_finding *f = &from->v[i];

		if (same_place(f->mark, res->mark))
			continue;
		n = to->n;
		sp_diag_add(to, f->severity, f->mark, f->object, "%s", f->text);
		if (to->n > n)
			to->v[n].secret = f->secret;
	}
}

bool sp_profile_transacts(const struct sp_profile *p)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->res[i].kind->flags & SP_KIND_TRANSACTS)
			return true;
	return false;
}

void sp_check_missing(const struct sp_check *ck, struct sp_resource *res, int f,
		      int item, const char *fmt, ...)
{
	sp_auto_free char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	text = sp_vasprintf(_(fmt), ap);
	va_end(ap);
	if (ck->final || !sp_profile_transacts(ck->profile))
		sp_diag_error(ck->diag, res, f, item, "%s", text);
	else if (!res->missing)
		res->missing = sp_take(&text);
}

static void check_one(const struct sp_profile *p, struct sp_resource *res,
		      struct sp_host *host, bool final, struct sp_diag *diag)
{
	const struct sp_kind *kind = res->kind;
	sp_auto_diag own = { 0 };
	struct sp_check ck = { res, p, host, res->incomplete ? &own : diag,
			       final };
	sp_auto_err err = { 0 };

	if (kind->shape == SP_SHAPE_LIST && kind->check_name &&
	    kind->check_name(res->id, &err) < 0)
		sp_diag_error(diag, res, -1, -1, "name: %s", err.msg);
	if (kind->check)
		kind->check(&ck);
	if (res->incomplete)
		copy_findings(diag, &own, res);
}

void sp_profile_check(const struct sp_profile *p, struct sp_host *host,
		      struct sp_diag *diag)
{
	size_t i;

	for (i = 0; i < p->n; i++)
		free(sp_take(&p->res[i].missing));
	for (i = 0; i < p->n; i++)
		check_one(p, &p->res[i], host, false, diag);
}

void sp_profile_check_again(const struct sp_profile *p, size_t from,
			    struct sp_host *host, struct sp_diag *diag)
{
	for (size_t i = from; i < p->n; i++)
		if (p->res[i].missing) {
			free(sp_take(&p->res[i].missing));
			check_one(p, &p->res[i], host, true, diag);
		}
}
