/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* bootargs.c - words on the kernel's command line. */
#include "bootargs.h"

#include <errno.h>
#include <string.h>

#include "core/mem.h"

#define GRUB "/etc/default/grub"
#define CMDLINE "/etc/kernel/cmdline"
#define ENTRIES "/boot/loader/entries"
#define GRUBENV "/boot/grub2/grubenv"
#define GRUBENV_SIZE 1024

/* A stretch of words in a file's text. */
struct words {
	size_t at, len;
};

/*
 * The words behind @key at the start of a line, without the quotes around
 * them.  False when there is no such line.
 */
static bool find_words(const struct sp_buf *text, const char *key,
		       struct words *ret)
{
	size_t pos = 0, len, n = strlen(key);
	const char *line;

	while (sp_next_line(sp_buf_cstr(text), text->len, &pos, &line, &len)) {
		const char *p = line + n;

		if (len < n || memcmp(line, key, n) != 0)
			continue;
		len -= n;
		while (len && (*p == ' ' || *p == '\t'))
			p++, len--;
		if (len >= 2 && (*p == '"' || *p == '\'') &&
		    memchr(p + 1, *p, len - 1)) {
			const char *end = memchr(p + 1, *p, len - 1);

			p++;
			len = (size_t)(end - p);
		}
		*ret = (struct words){ (size_t)(p - text->data), len };
		return true;
	}
	return false;
}

static bool has_word(const struct sp_buf *text, struct words w,
		     const char *word)
{
	sp_auto_free char *all = sp_xstrndup(sp_buf_cstr(text) + w.at, w.len);
	sp_auto_strv l = { 0 };

	sp_strv_split(&l, all, " \t");
	return sp_strv_has(&l, word);
}

/* The text with the words added or taken away. */
static void edit(struct sp_buf *text, struct words w, const char *const args[],
		 bool on)
{
	sp_auto_free char *old = sp_xstrndup(sp_buf_cstr(text) + w.at, w.len);
	sp_auto_free char *joined = NULL;
	struct sp_buf out = { 0 };
	sp_auto_strv l = { 0 };

	sp_strv_split(&l, old, " \t");
	for (size_t i = 0; args[i]; i++) {
		ptrdiff_t k = sp_strv_find(&l, args[i]);

		if (on && k < 0)
			sp_strv_add(&l, args[i]);
		else if (!on && k >= 0)
			sp_strv_remove(&l, (size_t)k);
	}
	joined = sp_strv_join(&l, " ");
	sp_buf_addn(&out, text->data, w.at);
	sp_buf_add(&out, joined);
	sp_buf_addn(&out, text->data + w.at + w.len, text->len - w.at - w.len);
	sp_buf_clear(text);
	*text = out;
}

/* --- the places --------------------------------------------------------------- */

struct place {
	char *path;	 /* owned */
	const char *key; /* what stands before the words */
};

struct places {
	struct place *v;
	size_t n;
};

static void places_clear(struct places *p)
{
	for (size_t i = 0; i < p->n; i++)
		free(p->v[i].path);
	free(p->v);
}
#define auto_places __attribute__((cleanup(places_clear))) struct places

/* Add the file if it is there and has such a line. */
static int add_place(struct sp_host *host, const char *path, const char *key,
		     struct places *ret, struct sp_err *err)
{
	sp_auto_buf text = { 0 };
	struct words w;
	int r = sp_host_read(host, path, &text, err);

	if (r <= 0 || !find_words(&text, key, &w))
		return r < 0 ? r : 0;
	/* "$kernelopts" and its like: the words are elsewhere. */
	if (sp_streq(key, "options") && memchr(text.data + w.at, '$', w.len))
		return 0;
	ret->v = sp_grow(ret->v, ret->n, sizeof(*ret->v));
	ret->v[ret->n++] = (struct place){ sp_xstrdup(path), key };
	return 0;
}

static int find_places(struct sp_host *host, struct places *ret,
		       struct sp_err *err)
{
	sp_auto_strv entries = { 0 };
	int r = add_place(host, GRUB, "GRUB_CMDLINE_LINUX=", ret, err);

	if (r >= 0)
		r = add_place(host, CMDLINE, "", ret, err);
	if (r >= 0)
		r = add_place(host, GRUBENV, "kernelopts=", ret, err);
	if (r >= 0)
		r = sp_host_list(host, ENTRIES, &entries, err);
	for (size_t i = 0; i < entries.n && r >= 0; i++) {
		sp_auto_free char *path =
			sp_asprintf(ENTRIES "/%s", entries.v[i]);

		if (sp_ends(path, ".conf"))
			r = add_place(host, path, "options", ret, err);
	}
	return r < 0 ? r : 0;
}

int sp_bootargs_have(struct sp_host *host, const char *const args[], bool *ret,
		     struct sp_err *err)
{
	auto_places places = { 0 };
	int r = find_places(host, &places, err);

	*ret = true;
	for (size_t i = 0; i < places.n && r >= 0; i++) {
		sp_auto_buf text = { 0 };
		struct words w;

		r = sp_host_read(host, places.v[i].path, &text, err);
		if (r <= 0 || !find_words(&text, places.v[i].key, &w))
			continue;
		for (size_t k = 0; args[k]; k++)
			*ret &= has_word(&text, w, args[k]);
	}
	return r < 0 ? r : places.n > 0;
}

/* GRUB's block has a fixed size: "#" fills it up. */
static int fit_grubenv(struct sp_buf *text, struct sp_err *err)
{
	while (text->len && text->data[text->len - 1] == '#')
		text->data[--text->len] = '\0';
	if (text->len > GRUBENV_SIZE)
		return sp_fail(
			err, ENOSPC,
			GRUBENV
			": the command line is too long for its %d bytes",
			GRUBENV_SIZE);
	while (text->len < GRUBENV_SIZE)
		sp_buf_addc(text, '#');
	return 0;
}

int sp_bootargs_set(struct sp_host *host, const char *const args[], bool on,
		    struct sp_err *err)
{
	auto_places places = { 0 };
	int r = find_places(host, &places, err);

	for (size_t i = 0; i < places.n && r >= 0; i++) {
		const char *path = places.v[i].path;
		sp_auto_buf text = { 0 };
		struct words w;

		r = sp_host_read(host, path, &text, err);
		if (r <= 0 || !find_words(&text, places.v[i].key, &w))
			continue;
		edit(&text, w, args, on);
		r = sp_streq(path, GRUBENV) ? fit_grubenv(&text, err) : 0;
		if (r >= 0)
			r = sp_host_write(host, path, text.data, text.len,
					  SP_ATTR_KEEP, err);
	}
	return r < 0 ? r : 0;
}

const char *sp_bootargs_tool(struct sp_host *host)
{
	static const char tool[] = "/usr/sbin/update-grub";
	sp_auto_err ignored = { 0 };

	return sp_host_there(host, tool, &ignored) > 0 ? tool : NULL;
}
