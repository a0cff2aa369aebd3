/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* chrony.c - the lines of chrony.conf and of the files that it includes. */
#include "harden/chrony.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <fnmatch.h>
#include <string.h>
#include <strings.h>

#include "core/mem.h"

#define NAME_BYTES 253 /* RFC 1035, 2.3.4, as text without the last dot */
#define LABEL_BYTES 63

#define INCLUDE_DEPTH 10 /* chronyd's own limit */
#define INCLUDE_FILES 256

/* --- lines ---------------------------------------------------------------- */

static bool is_comment(char c)
{
	return c && strchr("!;#%", c);
}

bool sp_chrony_word(const char **args, size_t *len, const char **ret,
		    size_t *ret_len)
{
	size_t n = 0;

	sp_trim(args, len);
	while (n < *len && !isspace((unsigned char)(*args)[n]))
		n++;
	if (!n)
		return false;
	*ret = *args;
	*ret_len = n;
	*args += n;
	*len -= n;
	sp_trim(args, len);
	return true;
}

bool sp_chrony_next(const char *data, size_t len, size_t *pos,
		    struct sp_chrony_line *ret)
{
	const char *line;
	size_t n, start = *pos;

	for (; sp_next_line(data, len, pos, &line, &n); start = *pos) {
		struct sp_chrony_line l = { .start = line,
					    .len = *pos - start,
					    .args = line,
					    .args_len = n };

		sp_trim(&l.args, &l.args_len);
		if (!l.args_len || is_comment(*l.args))
			continue;
		(void)sp_chrony_word(&l.args, &l.args_len, &l.word,
				     &l.word_len);
		*ret = l;
		return true;
	}
	return false;
}

bool sp_chrony_is(const struct sp_chrony_line *l, const char *directive)
{
	return strlen(directive) == l->word_len &&
	       strncasecmp(l->word, directive, l->word_len) == 0;
}

/* --- values --------------------------------------------------------------- */

/* An address in its one spelling; false when it is none. */
static bool address(const char *text, char **ret)
{
	unsigned char addr[sizeof(struct in6_addr)];
	char out[INET6_ADDRSTRLEN];
	int family = strchr(text, ':') ? AF_INET6 : AF_INET;

	if (inet_pton(family, text, addr) != 1)
		return false;
	*ret = sp_xstrdup(inet_ntop(family, addr, out, sizeof(out)));
	return true;
}

/* A DNS name in lower case, without a final dot. */
static int dns_name(const char *text, char **ret, struct sp_err *err)
{
	sp_auto_free char *name = sp_xstrdup(text);
	size_t len = strlen(name), label = 0;
	bool digits = true; /* the last label has nothing else */

	if (len && name[len - 1] == '.')
		name[--len] = '\0';
	if (!len)
		return sp_fail(err, EINVAL,
			       "expected a name or an address, got nothing");
	if (len > NAME_BYTES)
		return sp_fail(err, EINVAL,
			       "%zu bytes, the limit is %d (RFC 1035)", len,
			       NAME_BYTES);
	for (size_t i = 0; i <= len; i++) {
		if (i < len && name[i] != '.') {
			if (!isalnum((unsigned char)name[i]) &&
			    !strchr("-_", name[i]))
				return sp_fail(
					err, EINVAL,
					"\"%s\" is neither a host name nor an address",
					text);
			if (!label++)
				digits = true;
			digits &= !!isdigit((unsigned char)name[i]);
			name[i] = (char)tolower((unsigned char)name[i]);
			continue;
		}
		if (!label || label > LABEL_BYTES || name[i - 1] == '-' ||
		    name[i - label] == '-')
			return sp_fail(
				err, EINVAL,
				"\"%s\": a label has 1 to %d letters, digits and \"-\", "
				"no \"-\" at its ends",
				text, LABEL_BYTES);
		label = 0;
	}
	if (digits)
		return sp_fail(err, EINVAL, "\"%s\" is no IPv4 address", text);
	*ret = sp_take(&name);
	return 0;
}

int sp_chrony_source(const char *text, char **ret, struct sp_err *err)
{
	if (address(text, ret))
		return 0;
	return dns_name(text, ret, err);
}

/* "10", "10.1", "10.1.2": a network by the number of its parts. */
static bool short_network(const char *text, unsigned char addr[4],
			  int64_t *ret_bits)
{
	sp_auto_strv parts = { 0 };

	if (!*text || strspn(text, "0123456789.") != strlen(text) ||
	    *text == '.' || strstr(text, "..") || sp_ends(text, "."))
		return false;
	sp_strv_split(&parts, text, ".");
	if (!parts.n || parts.n > 3)
		return false;
	for (size_t i = 0; i < parts.n; i++) {
		int64_t v;

		if (!sp_parse_int(parts.v[i], 0, 255, &v))
			return false;
		addr[i] = (unsigned char)v;
	}
	*ret_bits = (int64_t)parts.n * 8;
	return true;
}

/* Clear the bits behind the first @bits; true when one was set. */
static bool mask(unsigned char *addr, int64_t bits, int64_t max)
{
	bool any = false;

	for (int64_t b = bits; b < max; b++) {
		unsigned char bit = (unsigned char)(0x80 >> (b % 8));

		any |= addr[b / 8] & bit;
		addr[b / 8] &= (unsigned char)~bit;
	}
	return any;
}

static int subnet(const char *text, bool strict, char **ret, struct sp_err *err)
{
	const char *slash = strchr(text, '/');
	sp_auto_free char *net = sp_xstrndup(
		text, slash ? (size_t)(slash - text) : strlen(text));
	unsigned char addr[sizeof(struct in6_addr)] = { 0 };
	int family = strchr(net, ':') ? AF_INET6 : AF_INET;
	int64_t max = family == AF_INET ? 32 : 128, bits = max;
	char out[INET6_ADDRSTRLEN];
	bool host_bits;

	if (strcmp(text, "all") == 0) {
		*ret = sp_xstrdup(text);
		return 0;
	}
	if (inet_pton(family, net, addr) != 1 &&
	    (family != AF_INET || !short_network(net, addr, &bits)))
		return sp_fail(
			err, EINVAL,
			"expected \"all\", an address or a network such as "
			"\"192.0.2.0/24\", got \"%s\"",
			text);
	if (slash && !sp_parse_int(slash + 1, 0, max, &bits))
		return sp_fail(err, EINVAL,
			       "\"%s\": the prefix length is 0 to %d", text,
			       (int)max);
	host_bits = mask(addr, bits, max);
	(void)inet_ntop(family, addr, out, sizeof(out));
	if (host_bits && strict)
		return sp_fail(
			err, EINVAL,
			"\"%s\" has bits set behind the prefix; did you mean \"%s/%d\"?",
			text, out, (int)bits);
	*ret = bits == max ? sp_xstrdup(out)
			   : sp_asprintf("%s/%d", out, (int)bits);
	return 0;
}

int sp_chrony_subnet(const char *text, char **ret, struct sp_err *err)
{
	return subnet(text, true, ret, err);
}

int sp_chrony_seconds(const char *text, char **ret, struct sp_err *err)
{
	size_t whole, part, digits = strspn(text, "0123456789");
	const char *p = text;

	part = text[digits] == '.' ? strspn(text + digits + 1, "0123456789")
				   : 0;
	if (text[digits + (text[digits] == '.') + part] || !(digits + part) ||
	    strlen(text) > 32)
		return sp_fail(
			err, EINVAL,
			"expected seconds as a decimal number such as \"0.5\", got \"%s\"",
			text);
	for (whole = digits; whole > 1 && *p == '0'; whole--)
		p++;
	while (part && text[digits + part] == '0')
		part--;
	*ret = sp_asprintf("%.*s%s%.*s", (int)whole, whole ? p : "",
			   whole ? (part ? "." : "") : (part ? "0." : "0"),
			   (int)part, part ? text + digits + 1 : "");
	return 0;
}

/* --- items ---------------------------------------------------------------- */

char *sp_chrony_source_item(const struct sp_chrony_line *l)
{
	const char *args = l->args, *word;
	size_t len = l->args_len, n;
	sp_auto_err ignored = { 0 };
	char *raw, *item;

	if (!sp_chrony_word(&args, &len, &word, &n))
		return NULL;
	raw = sp_xstrndup(word, n);
	if (sp_chrony_source(raw, &item, &ignored) < 0)
		return raw;
	free(raw);
	return item;
}

char *sp_chrony_subnet_item(const struct sp_chrony_line *l)
{
	const char *args = l->args, *word;
	size_t len = l->args_len, n;
	sp_auto_err ignored = { 0 };
	char *raw, *item;

	if (!sp_chrony_word(&args, &len, &word, &n))
		return sp_xstrdup("all");
	if (n == 3 && memcmp(word, "all", 3) == 0)
		(void)sp_chrony_word(&args, &len, &word, &n);
	raw = sp_xstrndup(word, n);
	if (subnet(raw, false, &item, &ignored) < 0)
		return raw;
	free(raw);
	return item;
}

void sp_chrony_items(const struct sp_buf *text, const char *directive,
		     sp_chrony_item_fn *item, struct sp_strv *ret)
{
	struct sp_chrony_line l;
	size_t pos = 0;

	while (sp_chrony_next(text->data, text->len, &pos, &l)) {
		char *s = sp_chrony_is(&l, directive) ? item(&l) : NULL;

		if (s)
			sp_strv_add_take(ret, s);
	}
}

/* --- editing -------------------------------------------------------------- */

/*
 * Behind the last "#directive ..." line, or SIZE_MAX.  Prose has a blank
 * behind the comment sign.
 */
static size_t commented_out(const struct sp_buf *text, const char *directive)
{
	size_t pos = 0, n, k = strlen(directive), hint = SIZE_MAX;
	const char *line;

	while (sp_next_line(text->data, text->len, &pos, &line, &n))
		if (n > k && is_comment(*line) &&
		    memcmp(line + 1, directive, k) == 0 &&
		    (n == k + 1 || isspace((unsigned char)line[k + 1])))
			hint = pos;
	return hint;
}

/* Behind the last line of a directive, or SIZE_MAX. */
static size_t behind(const struct sp_buf *text, const char *directive)
{
	size_t pos = 0, at = SIZE_MAX;
	struct sp_chrony_line l;

	while (sp_chrony_next(text->data, text->len, &pos, &l))
		if (sp_chrony_is(&l, directive))
			at = pos;
	return at;
}

static bool stays(const struct sp_chrony_line *l, sp_chrony_item_fn *item,
		  const struct sp_strv *want)
{
	sp_auto_free char *s = want ? item(l) : NULL;

	return s && sp_strv_has(want, s);
}

/* An edit on its way: what is copied, and what comes in where. */
struct edit {
	const struct sp_buf *text;
	const struct sp_buf *add;
	size_t at;   /* offset of @add; SIZE_MAX: it is in */
	size_t done; /* bytes of @text that are dealt with */
	struct sp_buf out;
};

static void copy_until(struct edit *e, size_t to)
{
	const char *data = sp_buf_cstr(e->text);

	if (e->at >= e->done && e->at <= to) {
		sp_buf_addn(&e->out, data + e->done, e->at - e->done);
		if (e->out.len && e->out.data[e->out.len - 1] != '\n' &&
		    e->add->len)
			sp_buf_addc(&e->out, '\n');
		sp_buf_addn(&e->out, e->add->data, e->add->len);
		e->done = e->at;
		e->at = SIZE_MAX;
	}
	sp_buf_addn(&e->out, data + e->done, to - e->done);
	e->done = to;
}

/* Remove the lines of @directive that do not stay, and put @add in at @at. */
static void edit(struct sp_buf *text, const char *directive,
		 sp_chrony_item_fn *item, const struct sp_strv *want,
		 const struct sp_buf *add, size_t at)
{
	struct edit e = { .text = text, .add = add, .at = at };
	struct sp_chrony_line l;
	size_t pos = 0;

	while (sp_chrony_next(text->data, text->len, &pos, &l)) {
		if (!sp_chrony_is(&l, directive) || stays(&l, item, want))
			continue;
		copy_until(&e, (size_t)(l.start - text->data));
		e.done += l.len;
	}
	copy_until(&e, text->len);
	sp_buf_clear(text);
	*text = e.out;
}

void sp_chrony_set_items(struct sp_buf *text, const char *directive,
			 sp_chrony_item_fn *item, const struct sp_strv *want,
			 const char *suffix, const char *near)
{
	size_t pos = 0, gone = SIZE_MAX, stayed = SIZE_MAX, at;
	sp_auto_strv have = { 0 };
	sp_auto_buf add = { 0 };
	struct sp_chrony_line l;

	while (sp_chrony_next(text->data, text->len, &pos, &l)) {
		if (!sp_chrony_is(&l, directive))
			continue;
		if (stays(&l, item, want))
			stayed = pos;
		else if (gone == SIZE_MAX)
			gone = (size_t)(l.start - text->data);
	}
	at = gone != SIZE_MAX ? gone : stayed;
	if (at == SIZE_MAX)
		at = commented_out(text, directive);
	if (at == SIZE_MAX && near)
		at = behind(text, near);
	sp_chrony_items(text, directive, item, &have);
	for (size_t i = 0; i < want->n; i++) {
		const char *s = want->v[i];

		if (sp_strv_has(&have, s))
			continue;
		if (item == sp_chrony_subnet_item && strcmp(s, "all") == 0)
			sp_buf_addf(&add, "%s%s\n", directive, suffix);
		else
			sp_buf_addf(&add, "%s %s%s\n", directive, s, suffix);
	}
	edit(text, directive, item, want, &add,
	     at < text->len ? at : text->len);
}

void sp_chrony_set(struct sp_buf *text, const char *directive, const char *line)
{
	size_t pos = 0, at = SIZE_MAX;
	sp_auto_buf add = { 0 };
	struct sp_chrony_line l;

	while (sp_chrony_next(text->data, text->len, &pos, &l))
		if (sp_chrony_is(&l, directive))
			at = (size_t)(l.start - text->data);
	if (at == SIZE_MAX)
		at = commented_out(text, directive);
	if (line)
		sp_buf_addf(&add, "%s\n", line);
	edit(text, directive, NULL, NULL, &add,
	     at < text->len ? at : text->len);
}

/* --- included files ------------------------------------------------------- */

struct walk {
	struct sp_host *host;
	void (*fn)(void *ctx, const char *path, int depth,
		   const struct sp_chrony_line *l);
	void *ctx;
	unsigned files;
};

static void walk_file(struct walk *w, const char *path, int depth);

/* The files of @dir whose names match. */
static void walk_dir(struct walk *w, const char *dir, const char *pattern,
		     int depth)
{
	sp_auto_strv names = { 0 };
	sp_auto_err ignored = { 0 };

	(void)sp_host_list(w->host, dir, &names, &ignored);
	for (size_t i = 0; i < names.n; i++) {
		sp_auto_free char *path = NULL;

		if (fnmatch(pattern, names.v[i], FNM_PERIOD) != 0)
			continue;
		path = sp_asprintf("%s/%s", dir, names.v[i]);
		walk_file(w, path, depth);
	}
}

static bool walk_include(struct walk *w, const struct sp_chrony_line *l,
			 int depth)
{
	const char *args = l->args, *word, *pattern = NULL;
	size_t len = l->args_len, n;

	if (sp_chrony_is(l, "confdir"))
		pattern = "*.conf";
	else if (sp_chrony_is(l, "sourcedir"))
		pattern = "*.sources";
	else if (!sp_chrony_is(l, "include"))
		return false;
	while (sp_chrony_word(&args, &len, &word, &n)) {
		sp_auto_free char *path = sp_xstrndup(word, n);
		char *slash = strrchr(path, '/');

		if (*path != '/')
			continue;
		if (!pattern)
			*slash = '\0';
		walk_dir(w, path, pattern ? pattern : slash + 1, depth + 1);
	}
	return true;
}

static void walk_file(struct walk *w, const char *path, int depth)
{
	sp_auto_buf text = { 0 };
	sp_auto_err ignored = { 0 };
	struct sp_chrony_line l;
	size_t pos = 0;

	if (depth > INCLUDE_DEPTH || w->files++ >= INCLUDE_FILES ||
	    sp_host_read(w->host, path, &text, &ignored) <= 0)
		return;
	while (sp_chrony_next(text.data, text.len, &pos, &l))
		if (!walk_include(w, &l, depth))
			w->fn(w->ctx, path, depth, &l);
}

void sp_chrony_walk(struct sp_host *host, const char *path,
		    void (*fn)(void *ctx, const char *path, int depth,
			       const struct sp_chrony_line *l),
		    void *ctx)
{
	struct walk w = { .host = host, .fn = fn, .ctx = ctx };

	walk_file(&w, path, 0);
}
