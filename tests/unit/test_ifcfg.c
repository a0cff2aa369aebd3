/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_ifcfg.c - one variable of a file of shell assignments. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/kind.h"
#include "core/mem.h"
#include "netcfg/ifcfg.h"

const struct sp_kind *const sp_kinds[] = { NULL };

static void test_get(void **state)
{
	static const struct {
		const char *text, *want;
	} r[] = {
		{ "DEVICE=eth0", "eth0" },
		{ "DEVICE=eth0\r\n", "eth0" },
		{ "DEVICE=\"eth0\"\n", "eth0" },
		{ "DEVICE='eth0'\n", "eth0" },
		{ "DEVICE=e\"t\"'h'0\n", "eth0" },
		{ "  DEVICE=eth0  # the first\n", "eth0" },
		{ "export DEVICE=eth0\n", "eth0" },
		{ "export\tDEVICE=eth0\n", "eth0" },
		{ "DEVICE=eth0\nDEVICE=eth1\n", "eth1" },
		{ "DEVICE=eth0\nDEVICE=\n", "" },
		{ "DEVICE=\"\"\n", "" },
		{ "DEVICE=a#b\n", "a#b" },
		{ "DEVICE=a\\ b\n", "a b" },
		{ "DEVICE=\"a b\"\n", "a b" },
		{ "DEVICE=\"a\\\"b\\\\c\\n\"\n", "a\"b\\c\\n" },
		{ "DEVICE='a\\b'\n", "a\\b" },
		{ "#DEVICE=eth0\n", NULL },
		{ "XDEVICE=eth0\n", NULL },
		{ "DEVICEX=eth0\n", NULL },
		{ "DEVICE =eth0\n", NULL },
		{ "DEVICE= eth0\n", NULL },
		{ "DEVICE=eth0 eth1\n", NULL },
		{ "DEVICE=\"eth0\n\"\n", NULL },
		{ "DEVICE='eth0\n", NULL },
		{ "DEVICE=eth0\\\n", NULL },
		{ "DEVICE=$X\n", NULL },
		{ "DEVICE=\"$X\"\n", NULL },
		{ "DEVICE='$X'\n", "$X" },
		{ "DEVICE=`id`\n", NULL },
		{ "DEVICE=eth0;reboot\n", NULL },
		{ "DEVICE=eth0\nDEVICE=$X\n", NULL },
		{ "DEVICE=$X\nDEVICE=eth0\n", "eth0" },
		{ "", NULL },
		{ "DEVICE", NULL },
	};

	(void)state;
	for (size_t i = 0; i < SP_COUNT(r); i++) {
		sp_auto_free char *got =
			sp_ifcfg_get(r[i].text, strlen(r[i].text), "DEVICE");

		print_message("%s\n", r[i].text);
		if (r[i].want)
			assert_string_equal(got, r[i].want);
		else
			assert_null(got);
	}
}

static void test_nul(void **state)
{
	static const char text[] = "DEVICE=a\0b\nX=\"a\0b\"\nY='a\0b'\n";

	(void)state;
	assert_null(sp_ifcfg_get(text, sizeof(text) - 1, "DEVICE"));
	assert_null(sp_ifcfg_get(text, sizeof(text) - 1, "X"));
	assert_null(sp_ifcfg_get(text, sizeof(text) - 1, "Y"));
}

static void test_ignored(void **state)
{
	static const struct {
		const char *name;
		bool want;
	} r[] = {
		{ "ifcfg-eth0", false },
		{ "ifcfg-System eth0", false },
		{ "ifcfg-lo", true },
		{ "ifcfg-eth0.bak", true },
		{ "ifcfg-eth0~", true },
		{ "ifcfg-eth0.orig", true },
		{ "ifcfg-eth0.rpmnew", true },
		{ "ifcfg-eth0.rpmsave", false },
		{ "ifcfg-eth0;5f3a1c2d", true },
		{ "ifcfg-eth0;5f3a1c2", false },
		{ "ifcfg-eth0;5f3a1c2x", false },
		{ "route-eth0", true },
		{ "network-functions", true },
		{ "ifcfg-bak", false },
	};

	(void)state;
	for (size_t i = 0; i < SP_COUNT(r); i++) {
		print_message("%s\n", r[i].name);
		assert_int_equal(sp_ifcfg_ignored(r[i].name), r[i].want);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_get),
		cmocka_unit_test(test_nul),
		cmocka_unit_test(test_ignored),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
