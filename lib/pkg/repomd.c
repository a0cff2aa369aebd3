/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* repomd.c - mirrorlist, metalink, repomd.xml. */
#include "pkg/repomd.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "core/mem.h"
#include "core/word.h"
#include "core/xml.h"

/* --- locations ------------------------------------------------------------ */

static int hex_value(char c)
{
	return isdigit((unsigned char)c) ? c - '0'
					 : tolower((unsigned char)c) - 'a' + 10;
}

/* libcurl reads %XX in a file's URL before it opens the file. */
static char *decoded(const char *s)
{
	sp_auto_buf out = { 0 };

	for (; *s; s++) {
		if (*s == '%' && isxdigit((unsigned char)s[1]) &&
		    isxdigit((unsigned char)s[2])) {
			int c = hex_value(s[1]) << 4 | hex_value(s[2]);

			sp_buf_addc(&out, c ? (char)c : '\1');
			s += 2;
		} else {
			sp_buf_addc(&out, *s);
		}
	}
	return sp_buf_take(&out);
}

static bool leads_up(const char *path)
{
	for (;;) {
		size_t n = strcspn(path, "/\\");

		if (n == 2 && memcmp(path, "..", 2) == 0)
			return true;
		if (!path[n])
			return false;
		path += n + 1;
	}
}

int sp_href_check(const char *href, struct sp_err *err)
{
	sp_auto_free char *plain = decoded(href);
	sp_auto_buf shown = { 0 };
	const char *why = NULL;

	if (!*href)
		why = _("it is empty");
	else if (strlen(href) > 1024)
		why = _("it is longer than 1024 bytes");
	else if (sp_find_control(plain) >= 0)
		why = _("it has control characters");
	else if (*plain == '/' || *plain == '\\')
		why = _("it is absolute");
	else if (strcspn(href, ":") < strcspn(href, "/"))
		why = _("it is a URL of its own");
	else if (leads_up(plain))
		why = _("it leads out of the repository");
	else if (strpbrk(href, "?#"))
		why = _("it is no path");
	if (!why)
		return 0;
	sp_buf_add_shown(&shown, href);
	return sp_fail(err, EBADMSG, "location \"%.200s\": %s",
		       sp_buf_cstr(&shown), why);
}

static bool has_scheme(const char *url, const char *scheme)
{
	size_t n = strlen(scheme);

	return strncasecmp(url, scheme, n) == 0 &&
	       strncmp(url + n, "://", 3) == 0;
}

int sp_href_url(const char *repo, const char *base, const char *href,
		char **ret, struct sp_err *err)
{
	int r = sp_href_check(href, err);

	if (r < 0)
		return r;
	if (base) {
		sp_auto_free char *plain = decoded(base);
		bool good =
			has_scheme(base, "https") ||
			(has_scheme(base, "http") &&
			 has_scheme(repo, "http")) ||
			(has_scheme(base, "file") && sp_starts(base, repo) &&
			 !leads_up(plain + strlen("file://")));

		if (has_scheme(repo, "file") && !has_scheme(base, "file"))
			good = false;
		if (!good) {
			sp_auto_buf shown = { 0 };

			sp_buf_add_shown(&shown, base);
			return sp_fail(err, EBADMSG,
				       "xml:base \"%.200s\": leads to another "
				       "scheme, or out of a local repository",
				       sp_buf_cstr(&shown));
		}
		repo = base;
	}
	*ret = sp_asprintf("%s%s%s", repo, sp_ends(repo, "/") ? "" : "/", href);
	return 0;
}

/* --- repomd.xml ----------------------------------------------------------- */

/* An element's text without the blanks around it, owned. */
static char *text_of(const struct sp_xml_elem *e)
{
	const char *s = sp_buf_cstr(&e->text);
	size_t n = e->text.len;

	sp_trim(&s, &n);
	return sp_xstrndup(s, n);
}

static int read_sum(const struct sp_xml_elem *e, struct sp_checksum *ret,
		    struct sp_err *err)
{
	sp_auto_free char *hex = text_of(e);
	const char *type = sp_xml_attr(e, "type");

	if (ret->type)
		return 0;
	return sp_checksum_parse(type ? type : "none", hex, ret, err);
}

static int read_size(const struct sp_xml_elem *e, int64_t *ret,
		     struct sp_err *err)
{
	sp_auto_free char *text = text_of(e);

	if (!sp_parse_int(text, 0, SP_META_SIZE_MAX, ret))
		return sp_fail(err, EBADMSG,
			       "%s \"%.30s\": expected bytes, at most %lld",
			       e->name, text, (long long)SP_META_SIZE_MAX);
	return 0;
}

static int read_child(const struct sp_xml_elem *e,
		      struct sp_repomd_entry *entry, struct sp_err *err)
{
	if (strcmp(e->name, "checksum") == 0)
		return read_sum(e, &entry->sum, err);
	if (strcmp(e->name, "open-checksum") == 0)
		return read_sum(e, &entry->open_sum, err);
	if (strcmp(e->name, "size") == 0)
		return read_size(e, &entry->size, err);
	if (strcmp(e->name, "open-size") == 0)
		return read_size(e, &entry->open_size, err);
	if (strcmp(e->name, "location") == 0 && !entry->href) {
		const char *href = sp_xml_attr(e, "href");

		entry->href = sp_xstrdup(href ? href : "");
		entry->base = sp_strdup0(sp_xml_attr(e, "xml:base"));
		return sp_href_check(entry->href, err);
	}
	return 0;
}

static void entry_clear(struct sp_repomd_entry *e)
{
	free(e->type);
	free(e->href);
	free(e->base);
	sp_checksum_clear(&e->sum);
	sp_checksum_clear(&e->open_sum);
}

/* Databases and the like, which are not read, may be as they want. */
static bool is_known(const char *type)
{
	static const char *const types[] = { "primary", "filelists",
					     "updateinfo", "group", "modules" };

	for (size_t i = 0; i < SP_COUNT(types); i++)
		if (sp_starts(type, types[i]) && !sp_ends(type, "_db") &&
		    !sp_ends(type, "_zck"))
			return true;
	return false;
}

static int read_data(const struct sp_xml *doc, size_t i, struct sp_repomd *md,
		     struct sp_err *err)
{
	const char *type = sp_xml_attr(&doc->v[i], "type");
	struct sp_repomd_entry e = { .size = -1, .open_size = -1 };
	int r = 0;

	if (!type || !is_known(type))
		return 0;
	e.type = sp_xstrdup(type);
	for (size_t c = i + 1; c < doc->n && r == 0; c++)
		if (doc->v[c].parent == (int)i)
			r = read_child(&doc->v[c], &e, err);
	if (r == 0 && !e.href)
		r = sp_fail(err, EBADMSG, "has no location");
	if (r == 0 && !e.sum.type)
		r = sp_fail(err, EBADMSG, "has no checksum");
	if (r < 0) {
		entry_clear(&e);
		return sp_wrap(err, "data \"%.40s\"", type);
	}
	md->v = sp_grow(md->v, md->n, sizeof(*md->v));
	md->v[md->n++] = e;
	return 0;
}

int sp_repomd_parse(const char *data, size_t len, struct sp_repomd *ret,
		    struct sp_err *err)
{
	sp_auto_xml doc = { 0 };
	sp_auto_repomd md = { 0 };
	int r = sp_xml_parse(data, len, &doc, err);

	if (r < 0)
		return r;
	if (strcmp(doc.v[0].name, "repomd") != 0)
		return sp_fail(err, EBADMSG,
			       "is no repomd.xml, but begins with <%.40s>",
			       doc.v[0].name);
	for (size_t i = 1; i < doc.n && r == 0; i++) {
		if (doc.v[i].parent != 0)
			continue;
		if (strcmp(doc.v[i].name, "data") == 0)
			r = read_data(&doc, i, &md, err);
		else if (strcmp(doc.v[i].name, "revision") == 0 && !md.revision)
			md.revision = text_of(&doc.v[i]);
	}
	if (r < 0)
		return r;
	*ret = md;
	md = (struct sp_repomd){ 0 };
	return 0;
}

void sp_repomd_clear(struct sp_repomd *md)
{
	for (size_t i = 0; i < md->n; i++)
		entry_clear(&md->v[i]);
	free(md->v);
	free(md->revision);
	*md = (struct sp_repomd){ 0 };
}

const struct sp_repomd_entry *sp_repomd_find(const struct sp_repomd *md,
					     const char *const *types)
{
	for (; *types; types++)
		for (size_t i = 0; i < md->n; i++)
			if (strcmp(md->v[i].type, *types) == 0)
				return &md->v[i];
	return NULL;
}

/* --- mirrors -------------------------------------------------------------- */

static void add_mirror(struct sp_mirrors *m, const char *url, size_t n)
{
	sp_auto_free char *text = sp_xstrndup(url, n);

	if (m->bases.n == SP_MIRRORS_MAX || n > 2048 ||
	    sp_find_control(text) >= 0 || strchr(text, ' ') ||
	    !(has_scheme(text, "http") || has_scheme(text, "https") ||
	      has_scheme(text, "file")))
		return;
	if (sp_ends(text, "/" SP_REPOMD_PATH))
		text[n - strlen(SP_REPOMD_PATH)] = '\0';
	sp_strv_addf(&m->bases, "%s%s", text, sp_ends(text, "/") ? "" : "/");
}

struct mirror {
	int64_t preference;
	size_t seq;
	char *url;
};

static int by_preference(const void *a, const void *b)
{
	const struct mirror *x = a, *y = b;

	if (x->preference != y->preference)
		return x->preference > y->preference ? -1 : 1;
	return x->seq < y->seq ? -1 : 1;
}

static bool is_named(const struct sp_xml *doc, int i, const char *name)
{
	return i >= 0 && strcmp(doc->v[i].name, name) == 0;
}

/* The <file> about repomd.xml, or -1. */
static int find_file(const struct sp_xml *doc)
{
	for (size_t i = 0; i < doc->n; i++)
		if (strcmp(doc->v[i].name, "file") == 0 &&
		    sp_streq(sp_xml_attr(&doc->v[i], "name"), "repomd.xml"))
			return (int)i;
	return -1;
}

static int read_hash(const struct sp_xml_elem *e, struct sp_mirrors *m,
		     struct sp_err *err)
{
	const char *type = sp_xml_attr(e, "type");
	sp_auto_checksum sum = { 0 };
	sp_auto_free char *hex = text_of(e);
	int r;

	/* md5 and sha1 stand beside the good ones */
	if (!type || strncasecmp(type, "sha", 3) != 0 ||
	    strcasecmp(type, "sha1") == 0 || strcasecmp(type, "sha") == 0)
		return 0;
	r = sp_checksum_parse(type, hex, &sum, err);
	if (r == 0 && sum.type > m->sum.type) {
		sp_checksum_clear(&m->sum);
		m->sum = sum;
		sum = (struct sp_checksum){ 0 };
	}
	return r;
}

/* Alternates (older repomd.xml) are left alone: who has one is not up to date. */
static int read_metalink(const struct sp_xml *doc, struct sp_mirrors *m,
			 struct sp_err *err)
{
	sp_auto_free struct mirror *v = NULL;
	int file = find_file(doc), r = 0;
	size_t n = 0;

	if (file < 0)
		return sp_fail(err, EBADMSG, "is no metalink for a repomd.xml");
	for (size_t i = (size_t)file + 1; i < doc->n && r == 0; i++) {
		const struct sp_xml_elem *e = &doc->v[i];
		int up = e->parent, above = up >= 0 ? doc->v[up].parent : -1;
		const char *pref;

		if (up == file && strcmp(e->name, "size") == 0)
			r = read_size(e, &m->size, err);
		if (above == file && is_named(doc, up, "verification") &&
		    strcmp(e->name, "hash") == 0)
			r = read_hash(e, m, err);
		if (above != file || !is_named(doc, up, "resources") ||
		    strcmp(e->name, "url") != 0)
			continue;
		v = sp_grow(v, n, sizeof(*v));
		v[n] = (struct mirror){ .seq = n, .url = text_of(e) };
		pref = sp_xml_attr(e, "preference");
		if (pref)
			(void)sp_parse_int(pref, 0, 1000, &v[n].preference);
		n++;
	}
	if (n)
		qsort(v, n, sizeof(*v), by_preference);
	for (size_t i = 0; i < n; i++) {
		/* other files' URLs could not be told apart from bases */
		if (sp_ends(v[i].url, "/" SP_REPOMD_PATH))
			add_mirror(m, v[i].url, strlen(v[i].url));
		free(v[i].url);
	}
	if (r == 0 && !m->sum.type)
		r = sp_fail(err, EBADMSG,
			    "the metalink has no checksum by sha256 or better");
	return r;
}

int sp_mirrors_parse(const char *data, size_t len, struct sp_mirrors *ret,
		     struct sp_err *err)
{
	sp_auto_mirrors m = { .size = -1 };
	size_t pos = 0, n;
	const char *line;
	int r = 0;

	if (memmem(data, len < 4096 ? len : 4096, "<metalink", 9)) {
		sp_auto_xml doc = { 0 };

		r = sp_xml_parse(data, len, &doc, err);
		if (r == 0)
			r = read_metalink(&doc, &m, err);
	} else {
		while (sp_next_line(data, len, &pos, &line, &n)) {
			sp_trim(&line, &n);
			if (n && *line != '#')
				add_mirror(&m, line, n);
		}
	}
	if (r < 0)
		return r;
	if (!m.bases.n)
		return sp_fail(err, EBADMSG, "there is no mirror in it");
	*ret = m;
	m = (struct sp_mirrors){ 0 };
	return 0;
}

void sp_mirrors_clear(struct sp_mirrors *m)
{
	sp_strv_clear(&m->bases);
	sp_checksum_clear(&m->sum);
	*m = (struct sp_mirrors){ .size = -1 };
}
