/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* accounts.c - see accounts.h. */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "core/mem.h"
#include "core/word.h"
#include "harden/accounts.h"

#define NAME_MAX_BYTES 32 /* useradd(8): utmp's ut_user */

static const struct {
	const char *path;
	int ids[2]; /* fields that must be numbers; 0: none */
	bool secret;
} files[] = {
	[SP_PASSWD] = { "/etc/passwd", { SP_PW_UID, SP_PW_GID }, false },
	[SP_SHADOW] = { "/etc/shadow", { 0, 0 }, true },
	[SP_GROUP] = { "/etc/group", { SP_GR_GID, 0 }, false },
	[SP_GSHADOW] = { "/etc/gshadow", { 0, 0 }, true },
};

const char *sp_acct_path(enum sp_acct_file file)
{
	return files[file].path;
}

int sp_acct_load(struct sp_host *h, enum sp_acct_file file, struct sp_acct *ret,
		 struct sp_err *err)
{
	struct sp_acct a = { .file = file };
	int r = sp_host_read(h, files[file].path, &a.text, err);

	if (r < 0)
		return r;
	a.there = r > 0;
	*ret = a;
	return 0;
}

int sp_acct_save(struct sp_host *h, const struct sp_acct *a, struct sp_err *err)
{
	struct sp_attr attr = SP_ATTR_KEEP;

	if (!a->dirty)
		return 0;
	attr.secret = files[a->file].secret;
	if (attr.secret && !a->there) {
		attr.mode = 0600;
		attr.uid = 0;
		attr.gid = 0;
	}
	return sp_host_write(h, files[a->file].path, sp_buf_cstr(&a->text),
			     a->text.len, attr, err);
}

void sp_acct_clear(struct sp_acct *a)
{
	sp_buf_clear(&a->text);
	*a = (struct sp_acct){ .file = a->file };
}

int sp_accounts_load(struct sp_host *h, struct sp_accounts *ret,
		     struct sp_err *err)
{
	sp_auto_accounts a = { 0 };
	int r = sp_acct_load(h, SP_PASSWD, &a.pw, err);

	if (r >= 0)
		r = sp_acct_load(h, SP_SHADOW, &a.sh, err);
	if (r >= 0)
		r = sp_acct_load(h, SP_GROUP, &a.gr, err);
	if (r >= 0)
		r = sp_acct_load(h, SP_GSHADOW, &a.gs, err);
	if (r < 0)
		return r;
	*ret = a;
	a = (struct sp_accounts){ 0 };
	return 0;
}

/* Groups before users, and the hash last: no state between is a way in. */
int sp_accounts_save(struct sp_host *h, const struct sp_accounts *a,
		     struct sp_err *err)
{
	int r = sp_acct_save(h, &a->gr, err);

	if (r >= 0)
		r = sp_acct_save(h, &a->gs, err);
	if (r >= 0)
		r = sp_acct_save(h, &a->pw, err);
	if (r >= 0)
		r = sp_acct_save(h, &a->sh, err);
	return r;
}

void sp_accounts_clear(struct sp_accounts *a)
{
	sp_acct_clear(&a->pw);
	sp_acct_clear(&a->sh);
	sp_acct_clear(&a->gr);
	sp_acct_clear(&a->gs);
}

/* --- finding --------------------------------------------------------------- */

/* sp_next_line() where a thousand lines are nothing but walked over. */
static inline bool next_line(const struct sp_buf *b, size_t *pos,
			     const char **ret_line, size_t *ret_len)
{
	const char *nl;

	if (*pos >= b->len)
		return false;
	*ret_line = b->data + *pos;
	nl = memchr(*ret_line, '\n', b->len - *pos);
	*ret_len = nl ? (size_t)(nl - *ret_line) : b->len - *pos;
	*pos += *ret_len + 1;
	return true;
}

static struct sp_piece field(const char *line, size_t len, int f)
{
	const char *end = line + len;

	for (;;) {
		const char *colon = memchr(line, ':', (size_t)(end - line));

		if (f == 0) {
			if (!colon)
				colon = end;
			return (struct sp_piece){ line,
						  (size_t)(colon - line) };
		}
		if (!colon)
			return (struct sp_piece){ end, 0 };
		line = colon + 1;
		f--;
	}
}

static bool parse_id(struct sp_piece p, uint32_t *ret)
{
	uint64_t v = 0;

	if (p.len == 0 || p.len > 10)
		return false;
	for (size_t i = 0; i < p.len; i++) {
		if (p.s[i] < '0' || p.s[i] > '9')
			return false;
		v = v * 10 + (uint64_t)(p.s[i] - '0');
	}
	if (v > UINT32_MAX)
		return false;
	*ret = (uint32_t)v;
	return true;
}

/* Would the C library take this line for a record? */
static bool is_record(enum sp_acct_file file, const char *line, size_t len)
{
	uint32_t id;

	if (len == 0 || strchr("#+-:", line[0]) || !memchr(line, ':', len))
		return false;
	for (size_t i = 0; i < 2; i++) {
		int f = files[file].ids[i];

		if (f && !parse_id(field(line, len, f), &id))
			return false;
	}
	return true;
}

bool sp_acct_next(const struct sp_acct *a, size_t *pos, struct sp_rec *ret)
{
	const char *line;
	size_t len;

	while (next_line(&a->text, pos, &line, &len)) {
		if (is_record(a->file, line, len)) {
			ret->off = (size_t)(line - a->text.data);
			ret->len = len;
			return true;
		}
	}
	return false;
}

bool sp_acct_find(const struct sp_acct *a, const char *name, struct sp_rec *ret)
{
	size_t pos = 0, len, n = strlen(name);
	const char *line;

	while (next_line(&a->text, &pos, &line, &len)) {
		if (len > n && line[n] == ':' && memcmp(line, name, n) == 0 &&
		    is_record(a->file, line, len)) {
			ret->off = (size_t)(line - a->text.data);
			ret->len = len;
			return true;
		}
	}
	return false;
}

bool sp_acct_find_id(const struct sp_acct *a, uint32_t id, struct sp_rec *ret)
{
	size_t pos = 0, len;
	const char *line;
	uint32_t other;

	while (next_line(&a->text, &pos, &line, &len)) {
		/* Field 2 in passwd and in group; most lines end here. */
		if (parse_id(field(line, len, SP_PW_UID), &other) &&
		    other == id && is_record(a->file, line, len)) {
			ret->off = (size_t)(line - a->text.data);
			ret->len = len;
			return true;
		}
	}
	return false;
}

struct sp_piece sp_acct_piece(const struct sp_acct *a, const struct sp_rec *r,
			      int f)
{
	return field(a->text.data + r->off, r->len, f);
}

char *sp_acct_get(const struct sp_acct *a, const struct sp_rec *r, int f)
{
	struct sp_piece p = sp_acct_piece(a, r, f);

	return sp_xstrndup(p.s, p.len);
}

uint32_t sp_acct_id(const struct sp_acct *a, const struct sp_rec *r, int f)
{
	uint32_t id = 0;

	(void)parse_id(sp_acct_piece(a, r, f), &id);
	return id;
}

/* The next item of a list with commas; empty ones are left out. */
static bool next_item(struct sp_piece *rest, struct sp_piece *ret)
{
	while (rest->len > 0) {
		const char *comma = memchr(rest->s, ',', rest->len);
		size_t n = comma ? (size_t)(comma - rest->s) : rest->len;
		size_t skip = comma ? n + 1 : n;

		*ret = (struct sp_piece){ rest->s, n };
		rest->s += skip;
		rest->len -= skip;
		if (n > 0)
			return true;
	}
	return false;
}

static bool is_item(struct sp_piece p, const char *name, size_t n)
{
	return p.len == n && memcmp(p.s, name, n) == 0;
}

void sp_acct_list(const struct sp_acct *a, const struct sp_rec *r, int f,
		  struct sp_strv *ret)
{
	struct sp_piece rest = sp_acct_piece(a, r, f), item;

	while (next_item(&rest, &item))
		sp_strv_add_take(ret, sp_xstrndup(item.s, item.len));
}

bool sp_acct_list_has(const struct sp_acct *a, const struct sp_rec *r, int f,
		      const char *name)
{
	struct sp_piece rest = sp_acct_piece(a, r, f), item;
	size_t n = strlen(name);

	while (next_item(&rest, &item))
		if (is_item(item, name, n))
			return true;
	return false;
}

void sp_acct_groups_of(const struct sp_acct *a, const char *user,
		       struct sp_strv *ret)
{
	size_t pos = 0, len;
	const char *line;

	while (next_line(&a->text, &pos, &line, &len)) {
		struct sp_rec r = { (size_t)(line - a->text.data), len };

		/* Most groups have no members: a look at the end will do. */
		if (len == 0 || line[len - 1] == ':')
			continue;
		if (sp_acct_list_has(a, &r, SP_GR_MEMBERS, user) &&
		    is_record(a->file, line, len))
			sp_strv_add_take(ret, sp_acct_get(a, &r, 0));
	}
}

static int cmp_id(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/*
 * The first id from one end of the range that is not in use, where the other
 * end is: it may be that all are.
 */
static bool first_free(const struct sp_acct *a, uint32_t min, uint32_t max,
		       bool from_top, uint32_t *ret)
{
	sp_auto_free uint32_t *ids = NULL;
	size_t n = 0, pos = 0;
	uint64_t next = 0;
	struct sp_rec r;

	while (sp_acct_next(a, &pos, &r)) {
		uint32_t id = sp_acct_id(a, &r, SP_PW_UID);

		if (id >= min && id <= max) {
			/* How far from the end it is. */
			ids = sp_grow(ids, n, sizeof(*ids));
			ids[n++] = from_top ? max - id : id - min;
		}
	}
	if (n > 0)
		qsort(ids, n, sizeof(*ids), cmp_id);
	for (size_t i = 0; i < n && ids[i] <= next; i++)
		next += ids[i] == next;
	if (next > max - min)
		return false;
	*ret = from_top ? max - (uint32_t)next : min + (uint32_t)next;
	return true;
}

bool sp_acct_free_id(const struct sp_acct *a, uint32_t min, uint32_t max,
		     bool system, uint32_t *ret)
{
	/* What comes next to all that are in use, broken records included. */
	int64_t next = system ? max : min;
	size_t pos = 0, len;
	const char *line;
	uint32_t id;

	while (next_line(&a->text, &pos, &line, &len)) {
		if (len == 0 || line[0] == '#' ||
		    !parse_id(field(line, len, SP_PW_UID), &id) || id < min ||
		    id > max)
			continue;
		if (system ? id <= next : id >= next)
			next = system ? (int64_t)id - 1 : (int64_t)id + 1;
	}
	if (min > max || next < min || next > max)
		return min <= max && first_free(a, min, max, system, ret);
	*ret = (uint32_t)next;
	return true;
}

/* --- changing -------------------------------------------------------------- */

/* Put @n bytes of @s, which is not part of @a, in place of @len at @off. */
static void splice(struct sp_acct *a, size_t off, size_t len, const char *s,
		   size_t n)
{
	struct sp_buf *b = &a->text;
	size_t old = b->len;

	if (n > len)
		sp_buf_addn(b, s, n - len); /* only to make room */
	if (b->data) {
		memmove(b->data + off + n, b->data + off + len,
			old - off - len);
		memcpy(b->data + off, s, n);
		b->len = old - len + n;
		b->data[b->len] = '\0';
	}
	a->dirty = true;
}

static void set_bytes(struct sp_acct *a, struct sp_rec *r, int f, const char *s,
		      size_t n)
{
	struct sp_piece p = sp_acct_piece(a, r, f);
	size_t off = (size_t)(p.s - a->text.data);
	sp_auto_buf padded = { 0 };
	int have = 0;

	if (is_item(p, s, n))
		return;
	for (size_t i = 0; i < r->len; i++)
		have += a->text.data[r->off + i] == ':';
	for (; have < f; have++)
		sp_buf_addc(&padded, ':');
	sp_buf_addn(&padded, s, n);
	splice(a, off, p.len, sp_buf_cstr(&padded), padded.len);
	r->len += padded.len;
	r->len -= p.len;
}

void sp_acct_set(struct sp_acct *a, struct sp_rec *r, int f, const char *text)
{
	set_bytes(a, r, f, text, strlen(text));
}

/*
 * Where a new record goes: behind the last one, in front of the lines of NIS
 * that may follow with comments between them.
 */
static size_t end_of_records(const struct sp_buf *b)
{
	size_t end = b->len, at = b->len;

	while (end > 0) {
		size_t from = end - 1;

		while (from > 0 && b->data[from - 1] != '\n')
			from--;
		if (b->data[from] == '+' || b->data[from] == '-')
			at = from;
		else if (b->data[from] != '#' && b->data[from] != '\n')
			break;
		end = from;
	}
	return at;
}

void sp_acct_add(struct sp_acct *a, const char *line)
{
	size_t off = end_of_records(&a->text);
	sp_auto_buf text = { 0 };

	if (off > 0 && a->text.data[off - 1] != '\n')
		sp_buf_addc(&text, '\n');
	sp_buf_addf(&text, "%s\n", line);
	splice(a, off, 0, text.data, text.len);
}

bool sp_acct_remove(struct sp_acct *a, const char *name)
{
	bool found = false;
	struct sp_rec r;

	while (sp_acct_find(a, name, &r)) {
		if (r.off + r.len < a->text.len)
			r.len++; /* the newline */
		splice(a, r.off, r.len, "", 0);
		found = true;
	}
	return found;
}

void sp_acct_list_add(struct sp_acct *a, struct sp_rec *r, int f,
		      const char *name)
{
	struct sp_piece p = sp_acct_piece(a, r, f);
	sp_auto_buf list = { 0 };

	if (sp_acct_list_has(a, r, f, name))
		return;
	sp_buf_addn(&list, p.s, p.len);
	if (p.len > 0 && p.s[p.len - 1] != ',')
		sp_buf_addc(&list, ',');
	sp_buf_add(&list, name);
	set_bytes(a, r, f, sp_buf_cstr(&list), list.len);
}

void sp_acct_list_drop(struct sp_acct *a, struct sp_rec *r, int f,
		       const char *name)
{
	struct sp_piece rest = sp_acct_piece(a, r, f), item;
	size_t n = strlen(name);
	sp_auto_buf list = { 0 };

	if (!sp_acct_list_has(a, r, f, name))
		return;
	while (next_item(&rest, &item)) {
		if (is_item(item, name, n))
			continue;
		if (list.len > 0)
			sp_buf_addc(&list, ',');
		sp_buf_addn(&list, item.s, item.len);
	}
	set_bytes(a, r, f, sp_buf_cstr(&list), list.len);
}

bool sp_accounts_join(struct sp_accounts *a, const char *group,
		      const char *user)
{
	struct sp_rec r;

	if (!sp_acct_find(&a->gr, group, &r))
		return false;
	sp_acct_list_add(&a->gr, &r, SP_GR_MEMBERS, user);
	if (sp_acct_find(&a->gs, group, &r))
		sp_acct_list_add(&a->gs, &r, SP_GS_MEMBERS, user);
	return true;
}

bool sp_accounts_leave(struct sp_accounts *a, const char *group,
		       const char *user)
{
	struct sp_rec r;

	if (!sp_acct_find(&a->gr, group, &r))
		return false;
	sp_acct_list_drop(&a->gr, &r, SP_GR_MEMBERS, user);
	if (sp_acct_find(&a->gs, group, &r))
		sp_acct_list_drop(&a->gs, &r, SP_GS_MEMBERS, user);
	return true;
}

void sp_accounts_add_group(struct sp_accounts *a, const char *name,
			   uint32_t gid)
{
	sp_auto_free char *line = sp_asprintf("%s:x:%u:", name, gid);
	struct sp_rec r;

	sp_acct_add(&a->gr, line);
	if (a->gs.there && !sp_acct_find(&a->gs, name, &r)) {
		sp_auto_free char *sec = sp_asprintf("%s:!::", name);

		sp_acct_add(&a->gs, sec);
	}
}

/* --- names ----------------------------------------------------------------- */

int sp_acct_check_name(const char *name, struct sp_err *err)
{
	static const char lower[] = "abcdefghijklmnopqrstuvwxyz_";
	static const char more[] = "abcdefghijklmnopqrstuvwxyz_0123456789-";
	size_t n = strspn(name, more);

	if (!name[0] || !strchr(lower, name[0]) ||
	    (name[n] && !sp_streq(name + n, "$")))
		return sp_fail(err, EINVAL,
			       "not a portable name: expected a lower case "
			       "letter or \"_\", then lower case letters, "
			       "digits, \"_\" and \"-\"");
	if (strlen(name) > NAME_MAX_BYTES)
		return sp_fail(err, EINVAL, "longer than %d bytes",
			       NAME_MAX_BYTES);
	return 0;
}

int sp_acct_canon_name(const char *text, char **ret, struct sp_err *err)
{
	size_t n = strlen(text);

	if (n > 0 && strspn(text, "0123456789") == n)
		return sp_fail(err, EINVAL, "expected a name, not a number");
	if (n == 0 || n > 255 || strchr("-+#@", text[0]) ||
	    !sp_utf8_valid(text, n))
		return sp_fail(err, EINVAL, "expected a name");
	for (size_t i = 0; i < n; i++)
		if (strchr(":,/", text[i]) || isspace((unsigned char)text[i]) ||
		    iscntrl((unsigned char)text[i]))
			return sp_fail(err, EINVAL,
				       "expected a name without blanks, \":\", "
				       "\",\" and \"/\"");
	*ret = sp_xstrdup(text);
	return 0;
}

int sp_acct_canon_path(const char *text, char **ret, struct sp_err *err)
{
	size_t len = strlen(text);
	sp_auto_strv parts = { 0 };
	sp_auto_free char *rest = NULL;

	if (text[0] != '/')
		return sp_fail(err, EINVAL, "expected an absolute path");
	for (size_t i = 0; i < len; i++)
		if (text[i] == ':' || iscntrl((unsigned char)text[i]))
			return sp_fail(err, EINVAL,
				       "expected a path without \":\" and "
				       "control characters");
	if (len > 4095 || !sp_utf8_valid(text, len))
		return sp_fail(
			err, EINVAL,
			"expected a path in UTF-8 of at most 4095 bytes");
	sp_strv_split(&parts, text, "/");
	if (sp_strv_has(&parts, ".") || sp_strv_has(&parts, ".."))
		return sp_fail(err, EINVAL,
			       "expected a path without \".\" and \"..\"");
	rest = sp_strv_join(&parts, "/");
	*ret = sp_asprintf("/%s", rest);
	return 0;
}

const char *sp_acct_privilege(const char *group)
{
	if (sp_streq(group, "root"))
		return _(
			"members of \"root\" get at files that are root's alone");
	if (sp_streq(group, "wheel"))
		return _("members of \"wheel\" can become root");
	if (sp_streq(group, "sudo"))
		return _("members of \"sudo\" can become root");
	return NULL;
}

/* --- defaults -------------------------------------------------------------- */

enum {
	D_UID_MIN,
	D_UID_MAX,
	D_SYS_UID_MIN,
	D_SYS_UID_MAX,
	D_GID_MIN,
	D_GID_MAX,
	D_SYS_GID_MIN,
	D_SYS_GID_MAX,
	D_USERGROUPS,
	D_UMASK,
	D_HOME_MODE,
	D_MIN_DAYS,
	D_MAX_DAYS,
	D_WARN,
	D_MAX
};

static const char *const login_keys[] = {
	[D_UID_MIN] = "UID_MIN",
	[D_UID_MAX] = "UID_MAX",
	[D_SYS_UID_MIN] = "SYS_UID_MIN",
	[D_SYS_UID_MAX] = "SYS_UID_MAX",
	[D_GID_MIN] = "GID_MIN",
	[D_GID_MAX] = "GID_MAX",
	[D_SYS_GID_MIN] = "SYS_GID_MIN",
	[D_SYS_GID_MAX] = "SYS_GID_MAX",
	[D_USERGROUPS] = "USERGROUPS_ENAB",
	[D_UMASK] = "UMASK",
	[D_HOME_MODE] = "HOME_MODE",
	[D_MIN_DAYS] = "PASS_MIN_DAYS",
	[D_MAX_DAYS] = "PASS_MAX_DAYS",
	[D_WARN] = "PASS_WARN_AGE",
};

enum { D_GROUP, D_HOME, D_SHELL, D_SKEL };

static const char *const useradd_keys[] = { "GROUP", "HOME", "SHELL", "SKEL" };

/*
 * Find the values of all @keys in one go; the last one of a key wins.
 * @seps end a key; blanks and quotes around a value go.
 */
static void scan(const struct sp_buf *text, const char *seps,
		 const char *const keys[], size_t n, struct sp_piece ret[])
{
	size_t pos = 0, len;
	const char *line;

	while (sp_next_line(text->data, text->len, &pos, &line, &len)) {
		struct sp_piece v;
		size_t k = 0;

		while (len > 0 && strchr(" \t", line[0])) {
			line++;
			len--;
		}
		if (len == 0 || line[0] == '#')
			continue;
		while (k < len && !strchr(seps, line[k]))
			k++;
		if (k == len)
			continue;
		v = (struct sp_piece){ line + k, len - k };
		do {
			v.s++;
			v.len--;
		} while (v.len > 0 && strchr(" \t\"", v.s[0]));
		while (v.len > 0 && strchr(" \t\r\"", v.s[v.len - 1]))
			v.len--;
		for (size_t i = 0; i < n; i++)
			if (k == strlen(keys[i]) &&
			    memcmp(line, keys[i], k) == 0)
				ret[i] = v;
	}
}

/* A number as login.defs(5) has them: also 0x hexadecimal and 0 octal. */
static uint32_t number(struct sp_piece p, uint32_t dflt)
{
	unsigned long long v;
	char text[24], *end;

	if (p.len == 0 || p.len >= sizeof(text) || p.s[0] < '0' || p.s[0] > '9')
		return dflt;
	memcpy(text, p.s, p.len);
	text[p.len] = '\0';
	errno = 0;
	v = strtoull(text, &end, 0);
	return *end || errno || v > SP_ID_MAX ? dflt : (uint32_t)v;
}

static char *text_or(struct sp_piece p, const char *dflt)
{
	return p.len > 0 ? sp_xstrndup(p.s, p.len) : sp_xstrdup(dflt);
}

/* A field of shadow is copied only if it is a number (-1: none). */
static char *days(struct sp_piece p)
{
	uint32_t v = number(p, UINT32_MAX);

	return v == UINT32_MAX ? sp_xstrdup("") : sp_asprintf("%u", v);
}

int sp_defs_load(struct sp_host *h, struct sp_defs *ret, struct sp_err *err)
{
	struct sp_piece l[D_MAX] = { 0 }, u[SP_COUNT(useradd_keys)] = { 0 };
	sp_auto_buf login = { 0 }, useradd = { 0 };
	struct sp_defs d = { 0 };
	int r;

	r = sp_host_read(h, "/etc/login.defs", &login, err);
	if (r < 0)
		return r;
	r = sp_host_read(h, "/etc/default/useradd", &useradd, err);
	if (r < 0)
		return r;
	scan(&login, " \t", login_keys, D_MAX, l);
	scan(&useradd, "=", useradd_keys, SP_COUNT(useradd_keys), u);

	d.uid_min = number(l[D_UID_MIN], 1000);
	d.uid_max = number(l[D_UID_MAX], 60000);
	d.sys_uid_min = number(l[D_SYS_UID_MIN], 101);
	d.sys_uid_max = number(l[D_SYS_UID_MAX], d.uid_min ? d.uid_min - 1 : 0);
	d.gid_min = number(l[D_GID_MIN], 1000);
	d.gid_max = number(l[D_GID_MAX], 60000);
	d.sys_gid_min = number(l[D_SYS_GID_MIN], 101);
	d.sys_gid_max = number(l[D_SYS_GID_MAX], d.gid_min ? d.gid_min - 1 : 0);
	d.usergroups = l[D_USERGROUPS].len == 0 ||
		       (l[D_USERGROUPS].len == 3 &&
			strncasecmp(l[D_USERGROUPS].s, "yes", 3) == 0);
	d.home_mode =
		number(l[D_HOME_MODE], 0777 & ~number(l[D_UMASK], 022)) & 07777;
	d.min_days = days(l[D_MIN_DAYS]);
	d.max_days = days(l[D_MAX_DAYS]);
	d.warn_days = days(l[D_WARN]);
	d.group = text_or(u[D_GROUP], "100");
	d.home = text_or(u[D_HOME], "/home");
	d.shell = text_or(u[D_SHELL], "/bin/bash");
	d.skel = text_or(u[D_SKEL], "/etc/skel");
	*ret = d;
	return 0;
}

void sp_defs_clear(struct sp_defs *d)
{
	free(d->min_days);
	free(d->max_days);
	free(d->warn_days);
	free(d->group);
	free(d->home);
	free(d->shell);
	free(d->skel);
	*d = (struct sp_defs){ 0 };
}
