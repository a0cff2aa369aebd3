/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_zonedb.c - the names in a zone database, and what was meant. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "core/kind.h"
#include "core/mem.h"
#include "harden/zonedb.h"

const struct sp_kind *const sp_kinds[] = { NULL };

static void test_read(void **state)
{
	static const struct {
		const char *name;
		void (*read)(const struct sp_buf *text, struct sp_strv *ret);
		const char *text, *want;
	} rows[] = {
		{ "zi", sp_zonedb_read_zi,
		  "# version 2025b\nR A 1 2 - O 1 0 1 S\nZ Asia/Seoul 8:27 - LMT\n"
		  "8:30 - KST 1912\nL Asia/Seoul ROK\nZ Etc/UTC 0 - UTC",
		  "Asia/Seoul|ROK|Etc/UTC" },
		{ "zi, cut off", sp_zonedb_read_zi, "Z\nL\nL A\nZ A", "A" },
		{ "tab", sp_zonedb_read_tab,
		  "# c\nKR\t+3733+12658\tAsia/Seoul\n"
		  "CH,DE,LI\t+47\tEurope/Zurich\tBuesingen\nKR\t1\n\n",
		  "Asia/Seoul|Europe/Zurich" },
		{ "empty", sp_zonedb_read_tab, "", "" },
	};

	(void)state;
	for (size_t i = 0; i < SP_COUNT(rows); i++) {
		sp_auto_buf text = { 0 };
		sp_auto_strv names = { 0 };
		sp_auto_free char *got = NULL;

		sp_buf_add(&text, rows[i].text);
		rows[i].read(&text, &names);
		got = sp_strv_join(&names, "|");
		if (strcmp(got, rows[i].want) != 0)
			fail_msg("%s: %s", rows[i].name, got);
	}
}

static void test_nearest(void **state)
{
	static const struct {
		const char *zone, *want;
	} rows[] = {
		{ "asia/seoul", "Asia/Seoul" },
		{ "seoul", "Asia/Seoul" },
		{ "Asia/Soeul", "Asia/Seoul" },
		{ "Asia/Soul", "Asia/Seoul" },
		{ "Europe/Seoul", NULL },
		{ "utc", "UTC" },
		{ "UCT", "UTC" },
		{ "ABC", NULL },
		{ "Nowhere/Else", NULL },
	};
	sp_auto_strv zones = { 0 };

	(void)state;
	sp_strv_split(&zones, "Asia/Tokyo Asia/Seoul Europe/Berlin ROK UTC",
		      " ");
	for (size_t i = 0; i < SP_COUNT(rows); i++) {
		const char *got = sp_zonedb_nearest(&zones, rows[i].zone);

		if (!sp_streq(got, rows[i].want))
			fail_msg("%s: %s", rows[i].zone, got ? got : "nothing");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read),
		cmocka_unit_test(test_nearest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
