/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_richrule.c - rich rules from text to XML and back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "core/kind.h"
#include "core/mem.h"
#include "harden/richrule.h"

const struct sp_kind *const sp_kinds[] = { NULL };

/* The canonical text is what firewalld 1.3 prints for the rule. */
static const struct {
	const char *text, *canon, *xml;
} rules[] = {
	{ "rule service name=ssh accept", "rule service name=\"ssh\" accept",
	  "<rule>\n <service name=\"ssh\"/>\n <accept/>\n</rule>\n" },
	{ "  rule service  name='ssh'   accept ",
	  "rule service name=\"ssh\" accept",
	  "<rule>\n <service name=\"ssh\"/>\n <accept/>\n</rule>\n" },
	{ "rule accept service name=ssh", "rule service name=\"ssh\" accept",
	  "<rule>\n <service name=\"ssh\"/>\n <accept/>\n</rule>\n" },
	{ "rule priority=-5 family=ipv4 source not address=10.0.0.0/255.0.0.0 drop",
	  "rule priority=\"-5\" family=\"ipv4\" source NOT address=\"10.0.0.0/8\" drop",
	  "<rule family=\"ipv4\" priority=\"-5\">\n <source address=\"10.0.0.0/8\" "
	  "invert=\"True\"/>\n"
	  " <drop/>\n</rule>\n" },
	{ "rule priority=0 source mac=aa:bb:cc:dd:ee:ff invert=true reject",
	  "rule source NOT mac=\"AA:BB:CC:DD:EE:FF\" reject",
	  "<rule>\n <source mac=\"AA:BB:CC:DD:EE:FF\" invert=\"True\"/>\n <reject/>\n</rule>\n" },
	{ "rule family=\"ipv6\" source ipset=\"a:b\" destination address=\"FD00:0::/8\" port "
		"port=00080 protocol=tcp mark set=0x10/0xF0 limit value=5/hour",
	  "rule family=\"ipv6\" source ipset=\"a:b\" destination address=\"fd00::/8\" port "
	  "port=\"80\" protocol=\"tcp\" mark set=0x10/0xF0 limit value=\"5/h\"",
	  "<rule family=\"ipv6\">\n <source ipset=\"a:b\"/>\n <destination address=\"fd00::/8\"/>\n"
	  " <port port=\"80\" protocol=\"tcp\"/>\n <mark set=\"0x10/0xF0\">\n  <limit "
	  "value=\"5/h\"/>\n </mark>\n</rule>\n" },
	{ "rule family=ipv4 forward-port to-addr=10.0.0.1 to-port=8080 protocol=tcp port=80",
	  "rule family=\"ipv4\" forward-port port=\"80\" protocol=\"tcp\" to-port=\"8080\" "
	  "to-addr=\"10.0.0.1\"",
	  "<rule family=\"ipv4\">\n <forward-port port=\"80\" protocol=\"tcp\" "
	  "to-port=\"8080\" to-addr=\"10.0.0.1\"/>\n</rule>\n" },
	{ "rule protocol value=esp log prefix=\"a b: \" level=debug limit value=1/m burst=7 "
		"audit limit value=2/d accept limit value=10000/s",
	  "rule protocol value=\"esp\" log prefix=\"a b: \" level=\"debug\" limit "
	  "value=\"1/m\" burst=7 audit limit value=\"2/d\" accept limit value=\"10000/s\"",
	  "<rule>\n <protocol value=\"esp\"/>\n <log prefix=\"a b: \" level=\"debug\">\n  "
	  "<limit value=\"1/m\" burst=\"7\"/>\n </log>\n"
	  " <audit>\n  <limit value=\"2/d\"/>\n </audit>\n <accept>\n  <limit "
	  "value=\"10000/s\"/>\n </accept>\n</rule>\n" },
	{ "rule log limit value=1/s prefix=x source-port port=1-2 protocol=sctp",
	  "rule source-port port=\"1-2\" protocol=\"sctp\" log prefix=\"x\" limit value=\"1/s\"",
	  "<rule>\n <source-port port=\"1-2\" protocol=\"sctp\"/>\n <log prefix=\"x\">\n  "
	  "<limit value=\"1/s\"/>\n </log>\n</rule>\n" },
	{ "rule nflog group=0x10 queue-size=0 icmp-type name=echo-reply",
	  "rule icmp-type name=\"echo-reply\" nflog group=\"16\"",
	  "<rule>\n <icmp-type name=\"echo-reply\"/>\n <nflog group=\"16\"/>\n</rule>\n" },
	{ "rule tcp-mss-clamp", "rule tcp-mss-clamp value=\"pmtu\"",
	  "<rule>\n <tcp-mss-clamp/>\n</rule>\n" },
	{ "rule tcp-mss-clamp value=536", "rule tcp-mss-clamp value=\"536\"",
	  "<rule>\n <tcp-mss-clamp value=\"536\"/>\n</rule>\n" },
	{ "rule masquerade", "rule masquerade", "<rule>\n <masquerade/>\n</rule>\n" },
	{ "rule icmp-block name=x", "rule icmp-block name=\"x\"",
	  "<rule>\n <icmp-block name=\"x\"/>\n</rule>\n" },
	{ "rule priority=32767 log", "rule priority=\"32767\" log",
	  "<rule priority=\"32767\">\n <log/>\n</rule>\n" },
	{ "rule priority=1 accept", "rule priority=\"1\" accept",
	  "<rule priority=\"1\">\n <accept/>\n</rule>\n" },
	{ "rule family=ipv4 service name=a reject type=host-unreach",
	  "rule family=\"ipv4\" service name=\"a\" reject type=\"host-unreach\"",
	  "<rule family=\"ipv4\">\n <service name=\"a\"/>\n <reject "
	  "type=\"host-unreach\"/>\n</rule>\n" },
	{ "rule service name=a log prefix='<&>'",
	  "rule service name=\"a\" log prefix=\"<&>\"",
	  "<rule>\n <service name=\"a\"/>\n <log prefix=\"&lt;&amp;&gt;\"/>\n</rule>\n" },
};

/* Text to canonical text, to XML, back to the same text, and once more. */
static void test_both_ways(void **state)
{
	(void)state;
	for (size_t i = 0; i < SP_COUNT(rules); i++) {
		sp_auto_rich r = { 0 };
		sp_auto_err err = { 0 };
		sp_auto_free char *canon = NULL, *again = NULL, *back = NULL;
		sp_auto_free char *flat = NULL;
		sp_auto_buf xml = { 0 };
		sp_auto_xml doc = { 0 };

		print_message("%s\n", rules[i].text);
		assert_int_equal(sp_rich_parse(rules[i].text, &r, &err), 0);
		canon = sp_rich_text(&r);
		assert_string_equal(canon, rules[i].canon);
		assert_int_equal(sp_rich_canon(canon, &again, &err), 0);
		assert_string_equal(again, canon);

		sp_rich_to_xml(&r, " ", "\n", &xml);
		assert_int_equal(sp_xml_parse(xml.data, xml.len, &doc, &err), 0);
		back = sp_rich_from_xml(&doc, 0);
		assert_string_equal(back, canon);

		/* the table has one blank less, for its width */
		for (char *p = xml.data; *p; p++)
			if (p == xml.data || p[-1] == '\n')
				memmove(p, p + 1, strlen(p));
		assert_string_equal(xml.data, rules[i].xml);
	}
}

static const struct {
	const char *text, *message;
} bad[] = {
	{ "", "has to begin with \"rule\"" },
	{ "service name=ssh accept", "has to begin with \"rule\"" },
	{ "rule service name=ssh accept \"", "a quote is not closed" },
	{ "rule service name=s\tsh\n accept", "control characters" },
	{ "rule service name= accept", "expected a value" },
	{ "rule service name=a=b accept", "expected a value" },
	{ "rule service name='a\"b' accept", "expected a value" },
	{ "rule service name=ssh name=x accept", "name= is given twice" },
	{ "rule service name=a/b accept", "service: expected a name" },
	{ "rule family=ipv4 family=ipv4 service name=a accept", "twice" },
	{ "rule priority=x service name=a accept", "priority" },
	{ "rule priority=-32769 service name=a accept", "priority" },
	{ "rule not service name=a accept", "\"not\" is not expected" },
	{ "rule service not name=a accept", "\"not\" is not expected" },
	{ "rule service name=a accept limit value=1/s limit value=1/s",
	  "\"limit\" is not expected" },
	{ "rule service name=a limit value=1/s accept",
	  "\"limit\" is not expected" },
	{ "rule service name=a accept limit value=0/s", "RATE/DURATION" },
	{ "rule service name=a accept limit value=1/w", "RATE/DURATION" },
	{ "rule service name=a accept limit value=10001/s", "too fast" },
	{ "rule service name=a accept limit burst=5", "limit: needs value=" },
	{ "rule service name=a accept limit value=1/s burst=x", "burst" },
	{ "rule source address=10.0.0.1 invert=maybe accept", "invert" },
	{ "rule source ipset=x destination ipset=y accept",
	  "destination needs family" },
	{ "rule source mac=x accept", "MAC address" },
	{ "rule family=ipv4 source ipset=0123456789012345678901234567890123 accept",
	  "at most 31" },
	{ "rule family=ipv4 forward-port port=1 protocol=tcp to-addr=10.0.0.0/8",
	  "expected one address" },
	{ "rule family=ipv6 forward-port port=1 protocol=tcp to-addr=10.0.0.1",
	  "expected an IPv6 address" },
	{ "rule port port=1 accept", "needs port= and protocol=" },
	{ "rule port port=1 protocol=gre accept", "tcp, udp, sctp or dccp" },
	{ "rule protocol value=256 accept", "above 255" },
	{ "rule source mac=aa:bb:cc:dd:ee:ff masquerade", "MAC address" },
	{ "rule icmp-block name=x drop", "does not go together with drop" },
	{ "rule tcp-mss-clamp accept", "does not go together with accept" },
	{ "rule service name=a audit mark set=1", "audit needs" },
	{ "rule service name=a mark set=0x100000000", "mark: set" },
	{ "rule service name=a mark set=1/", "mark: set" },
	{ "rule nflog queue-size=65536 service name=a", "queue-size" },
	{ "rule log", "needs an element" },
	{ "rule priority=5", "nothing to do" },
};

static void test_bad(void **state)
{
	(void)state;
	for (size_t i = 0; i < SP_COUNT(bad); i++) {
		sp_auto_err err = { 0 };
		char *s = NULL;
		int r;

		print_message("%s\n", bad[i].text);
		r = sp_rich_canon(bad[i].text, &s, &err);
		assert_int_equal(r, -EINVAL);
		assert_null(s);
		if (!strstr(err.msg, bad[i].message))
			fail_msg("%s", err.msg);
	}
}

static void test_long_prefix(void **state)
{
	sp_auto_err err = { 0 };
	sp_auto_free char *text = NULL;
	char *s = NULL, prefix[129];

	(void)state;
	memset(prefix, 'x', sizeof(prefix));
	prefix[127] = '\0';
	text = sp_asprintf("rule service name=a log prefix=%s", prefix);
	assert_int_equal(sp_rich_canon(text, &s, &err), 0);
	free(sp_take(&s));
	free(text);
	prefix[127] = 'x';
	prefix[128] = '\0';
	text = sp_asprintf("rule service name=a log prefix=%s", prefix);
	assert_int_equal(sp_rich_canon(text, &s, &err), -EINVAL);
}

/* XML that no text says: the text it gives is refused as a rule. */
static const char *const odd[] = {
	"<rule/>",
	"<rule><accept/></rule>",
	"<rule family='ipv5'><service name='a'/><accept/></rule>",
	"<rule priority='x'><service name='a'/><accept/></rule>",
	"<rule new='1'><service name='a'/><accept/></rule>",
	"<rule><service name='a' new='1'/><accept/></rule>",
	"<rule><service name='a'/><accept/><new/></rule>",
	"<rule><service name='a'/><accept><new/></accept></rule>",
	"<rule><service name='a'/><accept><limit/></accept></rule>",
	"<rule><service name='a'/><accept><limit value='1/s' new='1'/></accept></rule>",
	"<rule><service name='a'/><accept><limit value='1/s'/><limit value='1/s'/></accept></rule>",
	"<rule><service name='a'><limit value='1/s'/></service><accept/></rule>",
	"<rule><service name='a'/><limit value='1/s'/><accept/></rule>",
	"<rule><service name='a'/><service name='b'/><accept/></rule>",
	"<rule><service name='a'/><accept><drop/></accept></rule>",
	"<rule><service name='a'/><log prefix='x&quot; level=&quot;info'/></rule>",
	"<rule><service name='a'/><log prefix='x=y'/></rule>",
	"<rule><service name='a&#10;b'/><accept/></rule>",
	"<rule><source address='10.0.0.1'/><accept/></rule>",
	"<rule><source mac='x'/><accept/></rule>",
};

static void test_odd(void **state)
{
	(void)state;
	for (size_t i = 0; i < SP_COUNT(odd); i++) {
		sp_auto_xml doc = { 0 };
		sp_auto_err err = { 0 }, no = { 0 };
		sp_auto_free char *text = NULL;
		char *s = NULL;

		print_message("%s\n", odd[i]);
		assert_int_equal(sp_xml_parse(odd[i], strlen(odd[i]), &doc,
					      &err), 0);
		text = sp_rich_from_xml(&doc, 0);
		assert_int_equal(sp_rich_canon(text, &s, &no), -EINVAL);
	}
}

static void test_references(void **state)
{
	sp_auto_rich r = { 0 }, s = { 0 };
	sp_auto_err err = { 0 };

	(void)state;
	assert_int_equal(sp_rich_parse("rule source ipset=x service name=ssh drop",
				       &r, &err), 0);
	assert_string_equal(sp_rich_service(&r), "ssh");
	assert_null(sp_rich_icmp_type(&r));
	assert_string_equal(sp_rich_ipset(&r, SP_RICH_SOURCE), "x");
	assert_null(sp_rich_ipset(&r, SP_RICH_DESTINATION));
	assert_int_equal(sp_rich_parse("rule icmp-block name=y", &s, &err), 0);
	assert_string_equal(sp_rich_icmp_type(&s), "y");
	assert_null(sp_rich_service(&s));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_both_ways),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_long_prefix),
		cmocka_unit_test(test_odd),
		cmocka_unit_test(test_references),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
