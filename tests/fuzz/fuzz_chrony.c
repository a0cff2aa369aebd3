/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fuzz_chrony.c - any bytes as a chrony.conf: the first line is the wanted
 * items, the rest the file.
 *
 * Besides crashes it looks for a spelling of a value that has another one,
 * for items that are not there after an edit, for an edit that is not the
 * same the second time, and for one that changes other lines.
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "core/kind.h"
#include "core/mem.h"
#include "harden/chrony.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);
const struct sp_kind *const sp_kinds[] = { NULL };

typedef int canon_fn(const char *text, char **ret, struct sp_err *err);

#define CHECK(cond, text)                                             \
	do {                                                          \
		if (!(cond)) {                                        \
			(void)fprintf(stderr, "%s\n---\n%s\n", #cond, \
				      sp_buf_cstr(text));             \
			abort();                                      \
		}                                                     \
	} while (0)

/* The words of @line that are good, in the spelling that is compared. */
static void canon_all(canon_fn *canon, const struct sp_buf *line,
		      struct sp_strv *ret)
{
	sp_auto_strv words = { 0 };

	sp_strv_split(&words, sp_buf_cstr(line), " ");
	for (size_t i = 0; i < words.n && i < 64; i++) {
		sp_auto_err err = { 0 };
		sp_auto_free char *once = NULL, *twice = NULL;

		if (canon(words.v[i], &once, &err) < 0)
			continue;
		CHECK(canon(once, &twice, &err) == 0, line);
		CHECK(strcmp(once, twice) == 0, line);
		sp_strv_add(ret, once);
	}
	sp_strv_sort(ret);
}

/* All lines but those of @directive, as one text. */
static void others(const struct sp_buf *text, const char *directive,
		   struct sp_buf *ret)
{
	size_t pos = 0, at, len;
	const char *line;

	for (at = 0; sp_next_line(text->data, text->len, &pos, &line, &len);
	     at = pos) {
		struct sp_chrony_line l;
		size_t p = at;

		if (sp_chrony_next(text->data, pos, &p, &l) &&
		    sp_chrony_is(&l, directive))
			continue;
		sp_buf_addn(ret, line, len);
		sp_buf_addc(ret, '\n');
	}
}

static void check_items(const struct sp_buf *file, const char *directive,
			sp_chrony_item_fn *item, const struct sp_strv *want,
			const char *suffix)
{
	sp_auto_buf text = { 0 }, before = { 0 }, after = { 0 }, once = { 0 };
	sp_auto_strv have = { 0 };

	sp_buf_addn(&text, sp_buf_cstr(file), file->len);
	others(&text, directive, &before);
	sp_chrony_set_items(&text, directive, item, want, suffix, "pool");
	sp_chrony_items(&text, directive, item, &have);
	CHECK(sp_strv_same_set(&have, want), &text);
	others(&text, directive, &after);
	CHECK(strcmp(sp_buf_cstr(&before), sp_buf_cstr(&after)) == 0, &text);
	sp_buf_addn(&once, text.data, text.len);
	sp_chrony_set_items(&text, directive, item, want, suffix, "pool");
	CHECK(once.len == text.len, &text);
}

static void check_set(const struct sp_buf *file, const char *line)
{
	sp_auto_buf text = { 0 }, before = { 0 }, after = { 0 };
	struct sp_chrony_line l;
	size_t pos = 0;
	int n = 0;

	sp_buf_addn(&text, sp_buf_cstr(file), file->len);
	others(&text, "makestep", &before);
	sp_chrony_set(&text, "makestep", line);
	others(&text, "makestep", &after);
	CHECK(strcmp(sp_buf_cstr(&before), sp_buf_cstr(&after)) == 0, &text);
	while (sp_chrony_next(text.data, text.len, &pos, &l))
		n += sp_chrony_is(&l, "makestep");
	CHECK(n == (line ? 1 : 0), &text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	sp_auto_buf words = { 0 }, file = { 0 };
	sp_auto_strv sources = { 0 }, subnets = { 0 }, seconds = { 0 };
	const uint8_t *nl = len ? memchr(data, '\n', len) : NULL;

	if (!nl || len > 65536 || memchr(data, 0, len))
		return 0;
	sp_buf_addn(&words, data, (size_t)(nl - data));
	sp_buf_addn(&file, nl + 1, len - (size_t)(nl + 1 - data));
	canon_all(sp_chrony_source, &words, &sources);
	canon_all(sp_chrony_subnet, &words, &subnets);
	canon_all(sp_chrony_seconds, &words, &seconds);
	check_items(&file, "server", sp_chrony_source_item, &sources,
		    " iburst");
	check_items(&file, "allow", sp_chrony_subnet_item, &subnets, "");
	check_set(&file, "makestep 1 3");
	check_set(&file, NULL);
	return 0;
}
