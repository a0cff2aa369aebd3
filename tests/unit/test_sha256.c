/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_sha256.c - the standard's examples, and every length of padding. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/kind.h"
#include "core/mem.h"
#include "core/sha256.h"

const struct sp_kind *const sp_kinds[] = { NULL };

static void test_examples(void **state)
{
	static const struct {
		const char *text, *want;
	} rows[] = {
		{ "", "e3b0c44298fc1c149afbf4c8996fb924"
		      "27ae41e4649b934ca495991b7852b855" },
		{ "abc", "ba7816bf8f01cfea414140de5dae2223"
			 "b00361a396177a9cb410ff61f20015ad" },
		{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
		  "248d6a61d20638b8e5c026930c3e6039"
		  "a33ce45964ff2167f6ecedd419db06c1" },
	};
	char got[SP_SHA256_HEX];

	(void)state;
	for (size_t i = 0; i < SP_COUNT(rows); i++) {
		sp_sha256(rows[i].text, strlen(rows[i].text), got);
		assert_string_equal(got, rows[i].want);
	}
}

/* The digests of 0 to 130 bytes "a", chained: as sha256sum(1) gives it. */
static void test_lengths(void **state)
{
	char text[130], got[SP_SHA256_HEX];
	sp_auto_buf all = { 0 };

	(void)state;
	memset(text, 'a', sizeof(text));
	for (size_t i = 0; i <= 130; i++) {
		sp_sha256(text, i, got);
		sp_buf_add(&all, got);
	}
	sp_sha256(all.data, all.len, got);
	assert_string_equal(got, "5eee4c50e1b5ec4f1a47f34c25ca9888"
				 "50b49da7904f5ab1b3abc5cc0ae66ef9");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_examples),
		cmocka_unit_test(test_lengths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
