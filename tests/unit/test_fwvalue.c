/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_fwvalue.c - the values of firewalld's files in their one spelling. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "core/kind.h"
#include "core/mem.h"
#include "harden/fwvalue.h"

const struct sp_kind *const sp_kinds[] = { NULL };

typedef int canon_fn(const char *text, char **ret, struct sp_err *err);

static const struct {
	canon_fn *fn;
	const char *text, *want;	/* NULL: refused */
} values[] = {
	{ sp_fw_zone, "public", "public" },
	{ sp_fw_zone, "a_B-9", "a_B-9" },
	{ sp_fw_zone, "12345678901234567", "12345678901234567" },
	{ sp_fw_zone, "123456789012345678", NULL },
	{ sp_fw_zone, "", NULL },
	{ sp_fw_zone, "a/b", NULL },
	{ sp_fw_zone, "a.b", NULL },
	{ sp_fw_zone, "\xc3\xa9", NULL },
	{ sp_fw_name, "dhcpv6-client", "dhcpv6-client" },
	{ sp_fw_name, "..", NULL },
	{ sp_fw_name, "a/../b", NULL },
	{ sp_fw_ports, "1", "1" },
	{ sp_fw_ports, "65535", "65535" },
	{ sp_fw_ports, "0", NULL },
	{ sp_fw_ports, "65536", NULL },
	{ sp_fw_ports, "99999999999999999999999", NULL },
	{ sp_fw_ports, "007-008", "7-8" },
	{ sp_fw_ports, "7-7", "7" },
	{ sp_fw_ports, "8-7", NULL },
	{ sp_fw_ports, "-7", NULL },
	{ sp_fw_ports, "7-", NULL },
	{ sp_fw_ports, "7--8", NULL },
	{ sp_fw_ports, " 7", NULL },
	{ sp_fw_ports, "ssh", NULL },
	{ sp_fw_port, "22/tcp", "22/tcp" },
	{ sp_fw_port, "22-23/sctp", "22-23/sctp" },
	{ sp_fw_port, "22", NULL },
	{ sp_fw_port, "22/", NULL },
	{ sp_fw_port, "/tcp", NULL },
	{ sp_fw_port, "22/TCP", NULL },
	{ sp_fw_port, "22/tcp/udp", NULL },
	{ sp_fw_protocol, "esp", "esp" },
	{ sp_fw_protocol, "047", "47" },
	{ sp_fw_protocol, "255", "255" },
	{ sp_fw_protocol, "256", NULL },
	{ sp_fw_protocol, "", NULL },
	{ sp_fw_mac, "aa:bb:cc:dd:ee:0f", "AA:BB:CC:DD:EE:0F" },
	{ sp_fw_mac, "aa:bb:cc:dd:ee:0", NULL },
	{ sp_fw_mac, "aa-bb-cc-dd-ee-0f", NULL },
	{ sp_fw_mac, "aa:bb:cc:dd:ee:0g", NULL },
	{ sp_fw_source, "192.0.2.1", "192.0.2.1" },
	{ sp_fw_source, "192.0.2.0/24", "192.0.2.0/24" },
	{ sp_fw_source, "192.0.2.0/024", "192.0.2.0/24" },
	{ sp_fw_source, "192.0.2.0/255.255.255.0", "192.0.2.0/24" },
	{ sp_fw_source, "0.0.0.0/0.0.0.0", "0.0.0.0/0" },
	{ sp_fw_source, "192.0.2.0/255.0.255.0", NULL },
	{ sp_fw_source, "192.0.2.0/", NULL },
	{ sp_fw_source, "192.0.2.0/33", NULL },
	{ sp_fw_source, "192.0.2/24", NULL },
	{ sp_fw_source, "2001:DB8:0:0::1", "2001:db8::1" },
	{ sp_fw_source, "2001:db8::/32", "2001:db8::/32" },
	{ sp_fw_source, "2001:db8::/129", NULL },
	{ sp_fw_source, "2001:db8::/255.0.0.0", NULL },
	{ sp_fw_source, "[2001:db8::1]", NULL },
	{ sp_fw_source, "52:54:00:ab:cd:ef", "52:54:00:AB:CD:EF" },
	{ sp_fw_source, "ipset:a-b:c.d", "ipset:a-b:c.d" },
	{ sp_fw_source, "ipset:", NULL },
	{ sp_fw_source, "ipset:a b", NULL },
	{ sp_fw_source, "localhost", NULL },
	{ sp_fw_source, "", NULL },
	{ sp_fw_interface, "eth0", "eth0" },
	{ sp_fw_interface, "123456789012345", "123456789012345" },
	{ sp_fw_interface, "1234567890123456", NULL },
	{ sp_fw_interface, "123456789012345+", "123456789012345+" },
	{ sp_fw_interface, "eth+", "eth+" },
	{ sp_fw_interface, "eth 0", NULL },
	{ sp_fw_interface, "eth0:1", NULL },
	{ sp_fw_interface, "", NULL },
	{ sp_fw_forward, "port=80:proto=tcp:toport=8080",
	  "port=80:proto=tcp:toport=8080" },
	{ sp_fw_forward, "port=80:proto=tcp:toport=8080:toaddr=",
	  "port=80:proto=tcp:toport=8080" },
	{ sp_fw_forward, "toaddr=fd00:0::1:proto=udp:port=1-2",
	  "port=1-2:proto=udp:toaddr=fd00::1" },
	{ sp_fw_forward, "port=80:proto=tcp:toport=:toaddr=10.0.0.1",
	  "port=80:proto=tcp:toaddr=10.0.0.1" },
	{ sp_fw_forward, "port=80:proto=tcp:toport=:toaddr=", NULL },
	{ sp_fw_forward, "port=80:proto=tcp", NULL },
	{ sp_fw_forward, "port=80:toport=81", NULL },
	{ sp_fw_forward, "proto=tcp:toport=81", NULL },
	{ sp_fw_forward, "port=80:proto=tcp:toport=0", NULL },
	{ sp_fw_forward, "port=80:proto=tcp:toaddr=10.0.0.0/8", NULL },
	{ sp_fw_forward, "port=80:proto=tcp:to=1", NULL },
	{ sp_fw_forward, "80/tcp", NULL },
	{ sp_fw_forward, "", NULL },
};

static void test_values(void **state)
{
	(void)state;
	for (size_t i = 0; i < SP_COUNT(values); i++) {
		sp_auto_err err = { 0 };
		sp_auto_free char *again = NULL;
		char *s = NULL;
		int r;

		print_message("%s\n", values[i].text);
		r = values[i].fn(values[i].text, &s, &err);
		if (!values[i].want) {
			assert_int_equal(r, -EINVAL);
			assert_null(s);
			continue;
		}
		assert_int_equal(r, 0);
		assert_string_equal(s, values[i].want);
		/* what is canonical stays so */
		assert_int_equal(values[i].fn(s, &again, &err), 0);
		assert_string_equal(again, s);
		free(s);
	}
}

static void test_families(void **state)
{
	sp_auto_err err = { 0 };
	char *s = NULL;

	(void)state;
	assert_int_equal(sp_fw_address("10.0.0.1", SP_FW_IPV6, &s, &err),
			 -EINVAL);
	sp_err_clear(&err);
	assert_int_equal(sp_fw_address("::1", SP_FW_IPV4, &s, &err), -EINVAL);
	sp_err_clear(&err);
	assert_int_equal(sp_fw_address("10.0.0.1/8", SP_FW_IPV4, &s, &err),
			 -EINVAL);
	assert_null(s);
}

static void test_range(void **state)
{
	int a, b;

	(void)state;
	sp_fw_port_range("22/tcp", &a, &b);
	assert_int_equal(a, 22);
	assert_int_equal(b, 22);
	sp_fw_port_range("22-65535/udp", &a, &b);
	assert_int_equal(a, 22);
	assert_int_equal(b, 65535);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_families),
		cmocka_unit_test(test_range),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
