/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* answers.c - what was answered, kept in a file and read from one. */
#include <errno.h>
#include <string.h>

#include "core/mem.h"
#include "core/profile.h"
#include "core/yaml.h"
#include "wizard.h"

#define ANSWERS_MAX 256 /* keys of an answers file */

void wz_set(struct wz_answers *a, const char *key, const char *text)
{
	for (size_t i = 0; i < a->n; i++) {
		char *old = a->v[i].text;

		if (strcmp(a->v[i].key, key) != 0)
			continue;
		a->v[i].text = sp_xstrdup(text);
		explicit_bzero(old, strlen(old));
		free(old);
		return;
	}
	a->v = sp_grow(a->v, a->n, sizeof(*a->v));
	a->v[a->n].key = sp_xstrdup(key);
	a->v[a->n++].text = sp_xstrdup(text);
}

const char *wz_get(const struct wz_answers *a, const char *key)
{
	for (size_t i = 0; i < a->n; i++)
		if (strcmp(a->v[i].key, key) == 0)
			return a->v[i].text;
	return NULL;
}

const char *wz_text(const struct wz_answers *a, const char *key)
{
	const char *s = wz_get(a, key);

	return s ? s : "";
}

bool wz_is(const struct wz_answers *a, const char *key, const char *text)
{
	return strcmp(wz_text(a, key), text) == 0;
}

void wz_answers_clear(struct wz_answers *a)
{
	for (size_t i = 0; i < a->n; i++) {
		free(a->v[i].key);
		free(a->v[i].text);
	}
	free(a->v);
	*a = (struct wz_answers){ 0 };
}

/* One value: a text, a list of them, or nothing. */
static int read_value(const struct sp_ynode *n, struct sp_buf *ret)
{
	if (n->kind == SP_Y_SCALAR) {
		if (!sp_ynode_null(n))
			sp_buf_add(ret, n->text);
		return 0;
	}
	if (n->kind != SP_Y_LIST)
		return -EINVAL;
	for (size_t i = 0; i < n->n; i++) {
		const char *item = sp_ynode_text(n->items[i]);

		if (!item)
			return -EINVAL;
		if (i)
			sp_buf_addc(ret, ' ');
		sp_buf_add(ret, item);
	}
	return 0;
}

int wz_answers_read(const char *path, struct wz_answers *ret,
		    struct sp_err *err)
{
	static const struct sp_yaml_limits limits = {
		.size_bytes = 65536,
		.depth = 3,
		.nodes = 4096,
		.text_bytes = 4096,
	};
	sp_auto_profile p = { 0 };
	sp_auto_yaml y = { 0 };
	int r = sp_profile_add_file(&p, path, err);

	if (r < 0)
		return r;
	r = sp_yaml_read(p.sources[0].text, p.sources[0].len, &limits, &y, err);
	if (r < 0)
		return sp_wrap(err, "%s", path);
	if (y.root->kind != SP_Y_MAP)
		return sp_fail(err, EBADMSG, "%s: expected a map of answers",
			       path);
	if (y.root->n > ANSWERS_MAX)
		return sp_fail(err, EBADMSG, "%s: more than %d answers", path,
			       ANSWERS_MAX);
	for (size_t i = 0; i < y.root->n; i++) {
		const struct sp_ynode *key = y.root->keys[i];
		sp_auto_buf text = { 0 };

		if (read_value(y.root->items[i], &text) < 0)
			return sp_fail(
				err, EBADMSG,
				"%s:%u: %s: expected a text or a list of texts",
				path, key->mark.line, key->text);
		wz_set(ret, key->text, sp_buf_cstr(&text));
	}
	return 0;
}

void wz_quote(struct sp_buf *out, const char *text)
{
	static const char plain[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZ"
		"abcdefghijklmnopqrstuvwxyz0123456789./_+-:";
	size_t n = strspn(text, plain);

	/* Sure to be plain: a colon inside, a sign not in front. */
	if (n > 0 && !text[n] && !strchr("+-:.", text[0]) &&
	    text[n - 1] != ':') {
		sp_buf_add(out, text);
		return;
	}
	sp_buf_addc(out, '"');
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			sp_buf_addc(out, '\\');
		sp_buf_addc(out, *text);
	}
	sp_buf_addc(out, '"');
}

void wz_answers_write(const struct wz_answers *a, struct sp_buf *out)
{
	for (size_t i = 0; i < a->n; i++) {
		sp_buf_addf(out, "%s: ", a->v[i].key);
		wz_quote(out, a->v[i].text);
		sp_buf_addc(out, '\n');
	}
}
