/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_health.c - what systemctl's and chronyc's words come to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/health.h"
#include "core/mem.h"
#include "fake_kinds.h"

static void test_units(void **state)
{
	static const struct {
		const char *text, *shown; /* NULL: left out */
		bool healthy;
	} rows[] = {
		{ "Id=a.service\nLoadState=loaded\nActiveState=active\n"
		  "SubState=running\nResult=success\n",
		  "active (running)", true },
		{ "Id=a.service\nActiveState=failed\nSubState=failed\n"
		  "Result=exit-code\n",
		  "failed (exit-code)", false },
		{ "Id=a.service\nActiveState=activating\n"
		  "SubState=auto-restart\n",
		  "activating (auto-restart)", true },
		/* it never ran */
		{ "Id=a.service\nActiveState=inactive\nSubState=dead\n"
		  "ActiveEnterTimestampMonotonic=0\n",
		  "inactive (dead)", true },
		/* somebody stopped it */
		{ "Id=a.service\nActiveState=inactive\nSubState=dead\n"
		  "Type=simple\nTriggeredBy=\n"
		  "ActiveEnterTimestampMonotonic=77\n",
		  "inactive (dead)", false },
		{ "Id=a.service\nActiveState=inactive\nSubState=dead\n"
		  "Type=oneshot\nActiveEnterTimestampMonotonic=77\n",
		  "inactive (dead)", true },
		{ "Id=a.service\nActiveState=inactive\nSubState=dead\n"
		  "TriggeredBy=a.socket\nActiveEnterTimestampMonotonic=77\n",
		  "inactive (dead)", true },
		{ "Id=a.service\nLoadState=not-found\nActiveState=inactive\n",
		  NULL, true },
		{ "ActiveState=active\n", NULL, true },
		{ "", NULL, true },
	};

	(void)state;
	for (size_t i = 0; i < SP_COUNT(rows); i++) {
		sp_auto_health h = { 0 };
		sp_auto_buf text = { 0 };

		sp_buf_add(&text, rows[i].text);
		sp_health_parse(&h, &text);
		assert_int_equal(h.n, rows[i].shown ? 1 : 0);
		if (!h.n)
			continue;
		assert_string_equal(h.v[0].unit, "a.service");
		assert_string_equal(h.v[0].state, rows[i].shown);
		assert_string_equal(h.v[0].since, "");
		assert_int_equal(h.v[0].healthy, rows[i].healthy);
	}
}

static void test_several(void **state)
{
	sp_auto_health h = { 0 };
	sp_auto_buf text = { 0 };

	(void)state;
	sp_buf_add(&text,
		   "Type=notify\nId=chrony.service\nActiveState=active\n"
		   "SubState=running\nStateChangeTimestamp=Sun 2026-11-22 UTC\n"
		   "\nId=chrony.service\nActiveState=active\nSubState=running\n"
		   "\nId=b.timer\nActiveState=active\nSubState=waiting\n");
	sp_health_parse(&h, &text);
	assert_int_equal(h.n, 2);
	assert_string_equal(h.v[0].since, "Sun 2026-11-22 UTC");
	assert_string_equal(h.v[1].unit, "b.timer");
}

static void test_clock(void **state)
{
	static const struct {
		const char *line, *shown;
		bool healthy;
	} rows[] = {
		{ "C0000207,192.0.2.7,3,1.5,-0.00001,0.0,0.0,1.2,0.0,0.1,0.02,"
		  "0.001,64.2,Normal\n",
		  "in step with 192.0.2.7, stratum 3", true },
		{ "00000000,,0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,1.0,1.0,0.0,"
		  "Not synchronised\n",
		  "not in step: no source answers", false },
		{ "506 Cannot talk to daemon\n",
		  "not in step: 506 Cannot talk to daemon", false },
		{ "", "not in step: ", false },
	};

	(void)state;
	for (size_t i = 0; i < SP_COUNT(rows); i++) {
		sp_auto_health h = { 0 };

		sp_health_parse_clock(&h, rows[i].line);
		assert_string_equal(h.clock, rows[i].shown);
		assert_int_equal(h.clock_healthy, rows[i].healthy);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_units),
		cmocka_unit_test(test_several),
		cmocka_unit_test(test_clock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
