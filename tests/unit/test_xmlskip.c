/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_xmlskip.c - XML without one of its elements, wherever a read ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/mem.h"
#include "core/str.h"
#include "pkg/xmlskip.h"

/* What is left of @text when it is read in pieces of @piece bytes. */
static char *skipped(const char *text, size_t piece)
{
	FILE *in = fmemopen((void *)(uintptr_t)text, strlen(text), "r");
	sp_auto_fclose FILE *f = sp_xmlskip(in, "description");
	sp_auto_free char *part = sp_xmalloc(piece);
	struct sp_buf all = { 0 };
	size_t n;

	assert_non_null(f);
	assert_int_equal(setvbuf(f, NULL, _IONBF, 0), 0);
	while ((n = fread(part, 1, piece, f)) > 0)
		sp_buf_addn(&all, part, n);
	assert_false(ferror(f));
	return sp_buf_take(&all);
}

static void small(void **state)
{
	static const char *const rows[][2] = {
		{ "<a/>", "<a/>" },
		{ "x<description>y</description>z", "xz" },
		{ "<description></description>", "" },
		{ "<description>1</description><description>2</description>3",
		  "3" },
		{ "a<description>b<description>c</description>d", "ad" },
		{ "a<<description>b</<</description>c", "a<c" },
		/* Other tags, and those that are not bare, stay. */
		{ "<descriptions>a</descriptions>",
		  "<descriptions>a</descriptions>" },
		{ "<description/>a<description x='y'>b</description>",
		  "<description/>a<description x='y'>b</description>" },
		/* Without its end: all of the rest. */
		{ "a<description>b</descriptio", "a" },
		{ "a<descriptio", "a<descriptio" },
	};

	(void)state;
	for (size_t i = 0; i < SP_COUNT(rows); i++) {
		for (size_t piece = 1; piece < 40; piece++) {
			sp_auto_free char *got = skipped(rows[i][0], piece);

			assert_string_equal(got, rows[i][1]);
		}
	}
}

/* Tags across the ends of whatever buffers there are. */
static void large(void **state)
{
	sp_auto_buf text = { 0 }, want = { 0 };
	unsigned seed = 1;

	(void)state;
	for (size_t i = 0; i < 3000; i++) {
		sp_auto_buf words = { 0 };

		seed = seed * 1103515245 + 12345;
		for (unsigned k = 0; k < seed >> 16 && k < (seed >> 8) % 200; k++)
			sp_buf_addf(&words, "<%u", k);
		sp_buf_addf(&text, "<n>%s</n><description>%s</description>",
			    sp_buf_cstr(&words), sp_buf_cstr(&words));
		sp_buf_addf(&want, "<n>%s</n>", sp_buf_cstr(&words));
	}
	for (size_t piece = 5; piece < 100000; piece = piece * 3 + 1) {
		sp_auto_free char *got = skipped(sp_buf_cstr(&text), piece);

		assert_true(strcmp(got, sp_buf_cstr(&want)) == 0);
	}
}

/* A file that cannot be read further is not one that has ended. */
static ssize_t read_once(void *cookie, char *buf, size_t size)
{
	int *reads = cookie;

	if ((*reads)++)
		return -1;
	memset(buf, 'x', size < 100 ? size : 100);
	return size < 100 ? (ssize_t)size : 100;
}

static void broken(void **state)
{
	int reads = 0;
	FILE *in = fopencookie(&reads, "r",
			       (cookie_io_functions_t){ .read = read_once });
	sp_auto_fclose FILE *f = sp_xmlskip(in, "description");
	char c;

	(void)state;
	while (fread(&c, 1, 1, f) == 1)
		;
	assert_true(ferror(f));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(small),
		cmocka_unit_test(large),
		cmocka_unit_test(broken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
