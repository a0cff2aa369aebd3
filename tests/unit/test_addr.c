/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_addr.c - addresses, subnets, ranges and routes. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "core/kind.h"
#include "core/mem.h"
#include "core/addr.h"

const struct sp_kind *const sp_kinds[] = { NULL };

typedef int canon(const char *text, char **ret, struct sp_err *err);

/* @want: the canonical text, or "!" and a part of the error. */
struct row {
	canon *fn;
	const char *input, *want;
};

static const struct row rows[] = {
	{ sp_canon_ip4, "192.0.2.1", "192.0.2.1" },
	{ sp_canon_ip4, "0.0.0.0", "0.0.0.0" },
	{ sp_canon_ip4, "192.0.2",
	  "!expected an IPv4 address, got \"192.0.2\"" },
	{ sp_canon_ip4, "192.0.2.01", "!expected an IPv4 address" },
	{ sp_canon_ip4, "192.0.2.256", "!expected an IPv4 address" },
	{ sp_canon_ip4, " 192.0.2.1", "!expected an IPv4 address" },
	{ sp_canon_ip4, "", "!got \"\"" },
	{ sp_canon_ip4, "2001:db8::1",
	  "!got the IPv6 address \"2001:db8::1\"" },
	{ sp_canon_ip6, "2001:DB8:0:0:0::1", "2001:db8::1" },
	{ sp_canon_ip6, "::ffff:192.0.2.1", "::ffff:192.0.2.1" },
	{ sp_canon_ip6, "fe80::1%eth0", "!expected an IPv6 address" },
	{ sp_canon_ip6, "192.0.2.1", "!got the IPv4 address \"192.0.2.1\"" },
	{ sp_canon_net4, "192.0.2.10/24", "192.0.2.10/24" },
	{ sp_canon_net4, "192.0.2.10/255.255.255.0", "192.0.2.10/24" },
	{ sp_canon_net4, "192.0.2.10/255.255.255.255", "192.0.2.10/32" },
	{ sp_canon_net4, "192.0.2.10/0.0.0.0", "192.0.2.10/0" },
	{ sp_canon_net4, "192.0.2.10/128.0.0.0", "192.0.2.10/1" },
	{ sp_canon_net4, "192.0.2.10/255.255.0.255", "!no netmask" },
	{ sp_canon_net4, "192.0.2.10/0.0.0.255", "!no netmask" },
	{ sp_canon_net4, "192.0.2.10/33", "!from 0 to 32" },
	{ sp_canon_net4, "192.0.2.10/-1", "!from 0 to 32" },
	{ sp_canon_net4, "192.0.2.10/", "!from 0 to 32" },
	{ sp_canon_net4, "192.0.2.10", "!has no prefix length" },
	{ sp_canon_net4, "/24", "!such as 192.0.2.10/24" },
	{ sp_canon_net4, "2001:db8::1/64", "!got the IPv6 address" },
	{ sp_canon_net6, "2001:DB8::10/064", "2001:db8::10/64" },
	{ sp_canon_net6, "2001:db8::10/129", "!from 0 to 128" },
	{ sp_canon_net6, "2001:db8::10/ffff::", "!from 0 to 128" },
	{ sp_canon_range4, "10.0.0.5-10.0.0.9", "10.0.0.5-10.0.0.9" },
	{ sp_canon_range4, "10.0.0.5 - 10.0.0.9", "10.0.0.5-10.0.0.9" },
	{ sp_canon_range4, "10.0.0.5-10.0.0.5", "10.0.0.5-10.0.0.5" },
	{ sp_canon_range4, "10.0.1.5-10.0.0.9", "!above its end 10.0.0.9" },
	{ sp_canon_range4, "10.0.0.5", "!expected a range" },
	{ sp_canon_range4, "10.0.0.5-9", "!expected a range" },
	{ sp_canon_range4, "10.0.0.5 10.0.0.9", "!expected a range" },
	{ sp_canon_range4, "10.0.0.5-10.0.0.9-10.0.0.11", "!expected a range" },
	{ sp_canon_range4, "10.0.0.5--10.0.0.9", "!expected a range" },
	{ sp_canon_range4, "2001:db8::1-2001:db8::9", "!expected a range" },
	{ sp_canon_ifname, "eth0", "eth0" },
	{ sp_canon_ifname, "bond0.42", "bond0.42" },
	{ sp_canon_ifname, "fifteen-bytes-1", "fifteen-bytes-1" },
	{ sp_canon_ifname, "sixteen-bytes-16", "!1 to 15 bytes" },
	{ sp_canon_ifname, "", "!1 to 15 bytes" },
	{ sp_canon_ifname, "eth 0", "!only letters" },
	{ sp_canon_ifname, "eth/0", "!only letters" },
	{ sp_canon_ifname, "eth%d", "!only letters" },
	{ sp_canon_ifname, "eth0:1", "!only letters" },
	{ sp_canon_ifname, "\xc3\xa9th0", "!only letters" },
	{ sp_canon_ifname, ".", "!reserved" },
	{ sp_canon_ifname, "..", "!reserved" },
	{ sp_canon_ifname, "all", "!reserved" },
	{ sp_canon_mac, "52:54:00:ab:cd:ef", "52:54:00:AB:CD:EF" },
	{ sp_canon_mac, "52-54-00-AB-CD-EF", "52:54:00:AB:CD:EF" },
	{ sp_canon_mac, "525400abcdef", "!expected a MAC address" },
	{ sp_canon_mac, "52:54:00:ab:cd", "!expected a MAC address" },
	{ sp_canon_mac, "52:54:00:ab:cd:ef:01", "!expected a MAC address" },
	{ sp_canon_mac, "52:54:00:ab:cd:ef:", "!expected a MAC address" },
	{ sp_canon_mac, "52:54:00:ab:cd:e", "!expected a MAC address" },
	{ sp_canon_mac, "01:00:5e:00:00:01", "!group address" },
	{ sp_canon_mac, "00:00:00:00:00:00", "!all zero" },
	{ sp_canon_domain, "example.com", "example.com" },
	{ sp_canon_domain, "example.com.", "example.com" },
	{ sp_canon_domain, "~example.com", "~example.com" },
	{ sp_canon_domain, "~.", "~." },
	{ sp_canon_domain, "_tcp.example", "_tcp.example" },
	{ sp_canon_domain, "", "!expected a domain" },
	{ sp_canon_domain, ".", "!expected a domain" },
	{ sp_canon_domain, "~", "!expected a domain" },
	{ sp_canon_domain, "a..b", "!expected a domain" },
	{ sp_canon_domain, ".a", "!expected a domain" },
	{ sp_canon_domain, "a b", "!expected a domain" },
	{ sp_canon_domain, "a;b", "!expected a domain" },
	{ sp_canon_domain,
	  "a23456789012345678901234567890123456789012345678901234567890123.x",
	  "a23456789012345678901234567890123456789012345678901234567890123.x" },
	{ sp_canon_domain,
	  "a234567890123456789012345678901234567890123456789012345678901234.x",
	  "!expected a domain" },
	{ sp_canon_route4, "10.0.0.0/8", "10.0.0.0/8" },
	{ sp_canon_route4, "10.0.0.0/255.0.0.0", "10.0.0.0/8" },
	{ sp_canon_route4, "10.0.0.7", "10.0.0.7/32" },
	{ sp_canon_route4, "default via 192.0.2.1", "0.0.0.0/0 via 192.0.2.1" },
	{ sp_canon_route4, "onlink", "!such as 192.0.2.10/24" },
	{ sp_canon_route4,
	  "10.0.0.0/8 onlink  mtu 1400\tsrc 192.0.2.9 table 7 metric 0 via "
	  "192.0.2.1",
	  "10.0.0.0/8 via 192.0.2.1 metric 0 table 7 src 192.0.2.9 mtu 1400 onlink" },
	{ sp_canon_route4, "10.0.0.1/8", "!destination is 10.0.0.0/8" },
	{ sp_canon_route4, "10.0.0.0/8 via", "!got \"nothing\"" },
	{ sp_canon_route4, "10.0.0.0/8 via 2001:db8::1", "!one IPv4 address" },
	{ sp_canon_route4, "10.0.0.0/8 via 192.0.2.1 via 192.0.2.1",
	  "!one IPv4 address" },
	{ sp_canon_route4, "10.0.0.0/8 metric 1 metric 2", "!one number" },
	{ sp_canon_route4, "10.0.0.0/8 metric 4294967296", "!one number" },
	{ sp_canon_route4, "10.0.0.0/8 metric x", "!one number" },
	{ sp_canon_route4, "10.0.0.0/8 dev eth0", "!got \"dev\"" },
	{ sp_canon_route4, "", "!expected a route" },
	{ sp_canon_route4, "2001:db8::/32", "!got the IPv6 address" },
	{ sp_canon_route6, "2001:DB8::/32 via FE80::1",
	  "2001:db8::/32 via fe80::1" },
	{ sp_canon_route6, "default", "::/0" },
};

static void test_canon(void **state)
{
	(void)state;
	for (size_t i = 0; i < SP_COUNT(rows); i++) {
		char untouched[] = "untouched", *got = untouched;
		sp_auto_err err = { 0 };
		int r = rows[i].fn(rows[i].input, &got, &err);

		print_message("%s\n", rows[i].input);
		if (rows[i].want[0] == '!') {
			assert_int_equal(r, -EINVAL);
			assert_ptr_equal(got, untouched);
			assert_non_null(strstr(err.msg, rows[i].want + 1));
			continue;
		}
		assert_int_equal(r, 0);
		assert_string_equal(got, rows[i].want);
		free(got);
		/* the canonical text is its own */
		assert_int_equal(rows[i].fn(rows[i].want, &got, &err), 0);
		assert_string_equal(got, rows[i].want);
		free(got);
	}
}

static struct sp_addr net(const char *text)
{
	int family = strchr(text, ':') ? AF_INET6 : AF_INET;
	sp_auto_err err = { 0 };
	struct sp_addr a;

	assert_int_equal(sp_addr_parse_net(text, family, &a, &err), 0);
	return a;
}

static void test_unusable(void **state)
{
	static const struct {
		const char *addr, *want;
	} r[] = {
		{ "192.0.2.10/24", NULL },
		{ "192.0.2.0/24", "network" },
		{ "192.0.2.255/24", "broadcast" },
		{ "192.0.2.255/23", NULL },
		{ "192.0.2.0/31", NULL },
		{ "192.0.2.1/31", NULL },
		{ "192.0.2.0/32", NULL },
		{ "192.0.2.3/30", "broadcast" },
		{ "0.1.2.3/8", "0.0.0.0/8" },
		{ "127.1.2.3/8", "loopback" },
		{ "223.255.255.1/24", NULL },
		{ "224.0.0.1/24", "multicast" },
		{ "240.0.0.1/24", "reserved" },
		{ "2001:db8::1/64", NULL },
		{ "2001:db8::/64", "anycast" },
		{ "2001:db8::/127", NULL },
		{ "2001:db8::ffff:ffff:ffff:ffff/64", NULL },
		{ "::/128", "unspecified" },
		{ "::1/128", "loopback" },
		{ "::2/128", NULL },
		{ "ff02::1/64", "multicast" },
	};

	(void)state;
	for (size_t i = 0; i < SP_COUNT(r); i++) {
		struct sp_addr a = net(r[i].addr);
		const char *why = sp_addr_unusable(&a);

		print_message("%s: %s\n", r[i].addr, why ? why : "fine");
		if (r[i].want)
			assert_non_null(strstr(why, r[i].want));
		else
			assert_null(why);
	}
}

static void test_inside(void **state)
{
	static const struct {
		const char *net, *addr;
		bool want;
	} r[] = {
		{ "192.0.2.10/24", "192.0.2.1", true },
		{ "192.0.2.10/24", "192.0.3.1", false },
		{ "192.0.2.10/32", "192.0.2.10", true },
		{ "192.0.2.10/32", "192.0.2.11", false },
		{ "192.0.2.10/0", "203.0.113.1", true },
		{ "192.0.2.130/25", "192.0.2.127", false },
		{ "2001:db8::1/64", "2001:db8::ffff", true },
		{ "2001:db8::1/64", "2001:db8:0:1::1", false },
		{ "2001:db8::1/0", "192.0.2.1", false },
	};

	(void)state;
	for (size_t i = 0; i < SP_COUNT(r); i++) {
		struct sp_addr n = net(r[i].net), a;

		print_message("%s %s\n", r[i].net, r[i].addr);
		assert_true(sp_addr_parse(r[i].addr, AF_UNSPEC, &a));
		assert_int_equal(sp_addr_inside(&n, &a), r[i].want);
	}
}

static void test_ends(void **state)
{
	struct sp_addr a = net("192.0.2.138/27"), first = sp_addr_first(&a);
	struct sp_addr last = sp_addr_last(&a);
	char buf[SP_ADDR_TEXT];

	(void)state;
	assert_string_equal(sp_addr_format(&first, true, buf),
			    "192.0.2.128/27");
	assert_string_equal(sp_addr_format(&last, false, buf), "192.0.2.159");
	assert_true(sp_addr_cmp(&first, &a) < 0);
	assert_true(sp_addr_cmp(&last, &a) > 0);
	a = net("2001:db8::1/64");
	assert_true(sp_addr_cmp(&first, &a) < 0); /* families are apart */
	a = net("fe80::1/64");
	assert_true(sp_addr_link_local(&a));
	a = net("169.254.3.4/16");
	assert_true(sp_addr_link_local(&a));
	a = net("fec0::1/64");
	assert_false(sp_addr_link_local(&a));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_canon),
		cmocka_unit_test(test_unusable),
		cmocka_unit_test(test_inside),
		cmocka_unit_test(test_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
