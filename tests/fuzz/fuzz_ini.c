/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fuzz_ini.c - any bytes as a file of "key = value" lines, edited as the
 * first byte says.
 *
 * Besides crashes it looks for a value that is not read back, for an edit
 * that is not the same the second time, and for one that changes other keys,
 * comments, or lines that are nothing.
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "core/ini.h"
#include "core/kind.h"
#include "core/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);
const struct sp_kind *const sp_kinds[] = { NULL };

static const struct sp_ini_style *const styles[] = { &sp_ini_yum, &sp_ini_plain,
						     &sp_ini_shell };
static const char *const sections[] = { "a", "b" };
static const char *const values[] = { "1", "x\ny", "", "http://a/?b=c d" };

#define CHECK(cond, text)                                             \
	do {                                                          \
		if (!(cond)) {                                        \
			(void)fprintf(stderr, "%s\n---\n%s\n", #cond, \
				      sp_buf_cstr(text));             \
			abort();                                      \
		}                                                     \
	} while (0)

/* What an edit of section.key must not touch, as one text. */
static void others(const struct sp_ini_style *st, const struct sp_buf *text,
		   const char *section, const char *key, struct sp_buf *ret)
{
	struct sp_ini_pos pos = { 0 };
	struct sp_ini_line l;
	bool inside = !st->sections, ours = false;

	while (sp_ini_next(st, text->data, text->len, &pos, &l)) {
		size_t n = l.len;

		if (l.type == SP_INI_SECTION)
			inside = l.name_len == strlen(section) &&
				 memcmp(l.name, section, l.name_len) == 0;
		if (l.type == SP_INI_ASSIGN)
			ours = inside && l.name_len == strlen(key) &&
			       memcmp(l.name, key, l.name_len) == 0;
		if (l.type == SP_INI_BLANK ||
		    (ours &&
		     (l.type == SP_INI_ASSIGN || l.type == SP_INI_CONT)))
			continue;
		while (n && (l.start[n - 1] == '\n' || l.start[n - 1] == '\r'))
			n--;
		sp_buf_addn(ret, l.start, n);
		sp_buf_addc(ret, '\n');
	}
}

/* The lines cover the text, without gaps. */
static void check_lines(const struct sp_ini_style *st,
			const struct sp_buf *text)
{
	struct sp_ini_pos pos = { 0 };
	struct sp_ini_line l;
	size_t sum = 0;

	while (sp_ini_next(st, text->data, text->len, &pos, &l)) {
		CHECK(l.start == text->data + sum && l.len, text);
		CHECK(l.type >= SP_INI_BLANK && l.type <= SP_INI_OTHER, text);
		sum += l.len;
	}
	CHECK(sum == text->len, text);
}

static void check_set(const struct sp_ini_style *st, struct sp_buf *text,
		      const char *section, const char *value)
{
	sp_auto_buf before = { 0 }, after = { 0 }, once = { 0 };
	bool had = !st->sections || sp_ini_has_section(st, text, section);
	sp_auto_free char *got = NULL;

	others(st, text, section, "k", &before);
	if (!had)
		sp_buf_addf(&before, "[%s]\n", section);
	sp_ini_set(st, text, section, "k", value);
	got = sp_ini_get(st, text, section, "k");
	CHECK(got, text);
	if (st->continued || !strchr(value, '\n'))
		CHECK(strcmp(got, value) == 0, text);
	others(st, text, section, "k", &after);
	CHECK(strcmp(sp_buf_cstr(&before), sp_buf_cstr(&after)) == 0, text);
	sp_buf_addn(&once, text->data, text->len);
	sp_ini_set(st, text, section, "k", got);
	CHECK(once.len == text->len &&
		      memcmp(once.data, text->data, once.len) == 0,
	      text);
}

static void check_unset(const struct sp_ini_style *st, struct sp_buf *text,
			const char *section)
{
	sp_auto_buf before = { 0 }, after = { 0 };
	sp_auto_free char *got = NULL;

	others(st, text, section, "k", &before);
	(void)sp_ini_unset(st, text, section, "k");
	got = sp_ini_get(st, text, section, "k");
	CHECK(!got, text);
	others(st, text, section, "k", &after);
	CHECK(strcmp(sp_buf_cstr(&before), sp_buf_cstr(&after)) == 0, text);
}

static void check_remove(const struct sp_ini_style *st, struct sp_buf *text,
			 const char *section)
{
	sp_auto_strv before = { 0 }, after = { 0 };
	ptrdiff_t i;

	sp_ini_sections(st, text, &before);
	while ((i = sp_strv_find(&before, section)) >= 0)
		sp_strv_remove(&before, (size_t)i);
	(void)sp_ini_remove_section(st, text, section);
	sp_ini_sections(st, text, &after);
	CHECK(sp_strv_equal(&before, &after), text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const struct sp_ini_style *st;
	sp_auto_buf text = { 0 };
	const char *section;
	unsigned how;

	if (len < 1 || len > 65536 || memchr(data, 0, len))
		return 0;
	how = data[0];
	st = styles[how % 3];
	section = sections[how / 3 % 2];
	sp_buf_addn(&text, data + 1, len - 1);
	/* a byte order mark elsewhere can become the first bytes */
	if (text.len > 1 && strstr(text.data + 1, "\xef\xbb\xbf"))
		return 0;
	check_lines(st, &text);
	switch (how / 6 % 6) {
	case 4:
		check_unset(st, &text, section);
		break;
	case 5:
		if (st->sections)
			check_remove(st, &text, section);
		break;
	default:
		check_set(st, &text, section, values[how / 6 % 6]);
	}
	check_lines(st, &text);
	return 0;
}
