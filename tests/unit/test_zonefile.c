/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_zonefile.c - zones of firewalld: read, edited, read again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "core/kind.h"
#include "core/mem.h"
#include "harden/zonefile.h"

extern const struct sp_kind sp_kind_zone;
const struct sp_kind *const sp_kinds[] = { &sp_kind_zone, NULL };

/* A file, and what one field of it reads as. */
static const struct {
	const char *xml;
	int field;
	const char *want;
} reads[] = {
	{ "<zone/>", SP_ZONE_TARGET, "default" },
	{ "<zone target=''/>", SP_ZONE_TARGET, "default" },
	{ "<zone target='DROP'/>", SP_ZONE_TARGET, "DROP" },
	{ "<zone/>", SP_ZONE_SHORT, "(none)" },
	{ "<zone><short>a</short><short>b&amp;c</short></zone>", SP_ZONE_SHORT,
	  "b&c" },
	{ "<zone><description>a\n  b</description></zone>",
	  SP_ZONE_DESCRIPTION, "a   b" },
	{ "<zone/>", SP_ZONE_SERVICES, "[]" },
	{ "<zone><service name='b'/><service name='a'/><service name='b'/></zone>",
	  SP_ZONE_SERVICES, "[a, b]" },
	{ "<zone><rule><service name='a'/></rule></zone>", SP_ZONE_SERVICES,
	  "[]" },
	{ "<zone><port port='08-9' protocol='tcp'/><port port='x' protocol='y'/><port/></zone>",
	  SP_ZONE_PORTS, "[/, 8-9/tcp, x/y]" },
	{ "<zone><masquerade/></zone>", SP_ZONE_MASQUERADE, "true" },
	{ "<zone/>", SP_ZONE_FORWARD, "false" },
	{ "<zone><source address='10.0.0.0/255.0.0.0'/><source ipset='x'/>"
	  "<source mac='52:54:00:00:00:01'/><source address='1.1.1.1' ipset='y'/></zone>",
	  SP_ZONE_SOURCES, "[10.0.0.0/8, ipset:x]" },
	{ "<zone><service/><interface/></zone>", SP_ZONE_SERVICES, "[]" },
	{ "<zone><forward-port port='1' protocol='tcp' to-addr='fd00:0::1'/></zone>",
	  SP_ZONE_FORWARD_PORTS, "[port=1:proto=tcp:toaddr=fd00::1]" },
};

static void parse(const char *xml, struct sp_zonefile *ret)
{
	sp_auto_err err = { 0 };

	assert_int_equal(sp_zonefile_parse(xml, strlen(xml), ret, &err), 0);
}

static void test_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < SP_COUNT(reads); i++) {
		sp_auto_zonefile z = { 0 };
		sp_auto_state st = { 0 };
		sp_auto_buf b = { 0 };

		print_message("%s\n", reads[i].xml);
		parse(reads[i].xml, &z);
		sp_state_init(&st, sp_kind_zone.fields);
		sp_zonefile_get(&z, &st);
		assert_true(st.present);
		for (int f = 0; f < SP_ZONE_FIELDS; f++)
			assert_non_null(sp_state_get(&st, f));
		sp_value_format(sp_state_get(&st, reads[i].field), &b);
		assert_string_equal(sp_buf_cstr(&b), reads[i].want);
	}
}

static void test_not_a_zone(void **state)
{
	static const char *const bad[] = { "", "<zone>", "<service/>",
					   "<zone/><zone/>" };

	(void)state;
	for (size_t i = 0; i < SP_COUNT(bad); i++) {
		struct sp_zonefile z = { 0 };
		sp_auto_err err = { 0 };

		assert_int_equal(sp_zonefile_parse(bad[i], strlen(bad[i]), &z,
						   &err), -EBADMSG);
		assert_null(z.data);
		assert_null(z.items);
	}
}

/* A field's new value, NULL for none, and the file that comes out. */
static const struct {
	const char *name, *xml;
	int field;
	const char *value, *want;
} edits[] = {
	{ "same value: every byte stays", "<zone >\n<short>a</short></zone>\n",
	  SP_ZONE_SHORT, "a", "<zone >\n<short>a</short></zone>\n" },
	{ "none removes", "<zone>\n <short>a</short>\n <short>b</short>\n</zone>",
	  SP_ZONE_SHORT, NULL, "<zone>\n</zone>" },
	{ "none of a target", "<zone target='DROP'/>", SP_ZONE_TARGET, NULL,
	  "<zone/>" },
	{ "none of a set", "<zone>\n <service name='a'/>\n</zone>",
	  SP_ZONE_SERVICES, NULL, "<zone>\n</zone>" },
	{ "none of a flag", "<zone>\n <masquerade/>\n</zone>",
	  SP_ZONE_MASQUERADE, NULL, "<zone>\n</zone>" },
	{ "the last of two texts counts",
	  "<zone><short>a</short><short>b</short></zone>", SP_ZONE_SHORT, "c",
	  "<zone><short>a</short><short>c</short></zone>" },
	{ "a flag given twice stays", "<zone><forward/><forward/></zone>",
	  SP_ZONE_FORWARD, "true", "<zone><forward/><forward/></zone>" },
	{ "an item given twice stays",
	  "<zone><service name='a'/><service name='a'/></zone>",
	  SP_ZONE_SERVICES, "a",
	  "<zone><service name='a'/><service name='a'/></zone>" },
	{ "in the order of firewalld", "<zone>\n <short>a</short>\n <forward/>\n</zone>",
	  SP_ZONE_INTERFACES, "eth0",
	  "<zone>\n <short>a</short>\n <interface name=\"eth0\"/>\n <forward/>\n</zone>" },
	{ "before all others", "<zone>\n <forward/>\n</zone>", SP_ZONE_SHORT,
	  "a", "<zone>\n <short>a</short>\n <forward/>\n</zone>" },
	{ "behind its like, wherever that is",
	  "<zone>\n <forward/>\n <service name=\"a\"/>\n <short>s</short>\n</zone>",
	  SP_ZONE_SERVICES, "b",
	  "<zone>\n <forward/>\n <service name=\"b\"/>\n <short>s</short>\n</zone>" },
	{ "no line to insert", "<zone><forward/></zone>", SP_ZONE_SERVICES, "a",
	  "<zone>\n  <service name=\"a\"/>\n  <forward/></zone>" },
	{ "escaped", "<zone/>", SP_ZONE_SHORT, "<&>",
	  "<zone>\n  <short>&lt;&amp;&gt;</short>\n</zone>" },
};

static void test_edit(void **state)
{
	(void)state;
	for (size_t i = 0; i < SP_COUNT(edits); i++) {
		sp_auto_zonefile z = { 0 };
		sp_auto_state want = { 0 };
		sp_auto_err err = { 0 };
		sp_auto_buf out = { 0 };

		print_message("%s\n", edits[i].name);
		parse(edits[i].xml, &z);
		sp_state_init(&want, sp_kind_zone.fields);
		if (edits[i].value)
			assert_int_equal(sp_state_parse(&want, edits[i].field,
							edits[i].value, &err),
					 0);
		else
			sp_state_set_none(&want, edits[i].field);
		assert_int_equal(sp_zonefile_edit(&z, &want, &out, &err), 0);
		assert_string_equal(sp_buf_cstr(&out), edits[i].want);
	}
}

static const char *const pool[SP_ZONE_FIELDS][3] = {
	[SP_ZONE_TARGET] = { "ACCEPT", "DROP", "default" },
	[SP_ZONE_SHORT] = { "a", "b<", "\"" },
	[SP_ZONE_DESCRIPTION] = { "x", "y & z", "w" },
	[SP_ZONE_SERVICES] = { "ssh", "dns", "http" },
	[SP_ZONE_PORTS] = { "1/tcp", "2-3/udp", "4/sctp" },
	[SP_ZONE_PROTOCOLS] = { "esp", "47", "ah" },
	[SP_ZONE_ICMP_BLOCKS] = { "a", "b", "c" },
	[SP_ZONE_MASQUERADE] = { "true", "false", "true" },
	[SP_ZONE_FORWARD_PORTS] = { "port=1:proto=tcp:toport=2",
				    "port=1:proto=udp:toaddr=::1",
				    "port=2-3:proto=tcp:toport=4-5:toaddr=10.0.0.1" },
	[SP_ZONE_SOURCE_PORTS] = { "1/tcp", "2-3/udp", "4/dccp" },
	[SP_ZONE_RICH_RULES] = { "rule service name=ssh accept",
				 "rule family=ipv4 source address=10.0.0.1 log prefix=x limit "
				 "value=1/m drop",
				 "rule masquerade" },
	[SP_ZONE_INTERFACES] = { "eth0", "eth1", "br+" },
	[SP_ZONE_SOURCES] = { "10.0.0.0/8", "ipset:x", "::1" },
	[SP_ZONE_ICMP_BLOCK_INVERSION] = { "true", "false", "true" },
	[SP_ZONE_FORWARD] = { "false", "true", "true" },
};

/* Any fields, any values. */
static void choose(struct sp_state *st, unsigned *seed)
{
	sp_state_init(st, sp_kind_zone.fields);
	for (int f = 0; f < SP_ZONE_FIELDS; f++) {
		unsigned bits = *seed = *seed * 1103515245 + 12345;
		bool set = st->fields[f].type == SP_T_SET;
		sp_auto_err err = { 0 };

		bits >>= 16;
		if (bits & 1)
			continue;
		if (set && !(bits & 14))
			sp_state_set_list(st, f, &(struct sp_strv){ 0 });
		for (unsigned i = 0; i < 3; i++)
			if (set ? bits >> (i + 1) & 1 : i == bits / 2 % 3)
				assert_int_equal(sp_state_parse(st, f,
								pool[f][i],
								&err), 0);
	}
}

/*
 * From any zone to any other, in steps: what is read afterwards is what was
 * wanted, silence changed nothing, and a second edit does not either.
 */
static void test_random(void **state)
{
	unsigned seed = 1;
	sp_auto_free char *text = sp_xstrdup("<zone><x/><!-- c --></zone>");

	(void)state;
	for (int round = 0; round < 3000; round++) {
		sp_auto_zonefile z = { 0 }, now = { 0 };
		sp_auto_state want = { 0 }, before = { 0 }, after = { 0 };
		sp_auto_err err = { 0 };
		sp_auto_buf out = { 0 }, again = { 0 };

		if (round % 50 == 0) {
			static const char *const bases[] = {
				"<zone/>", "<zone>\n</zone>\n", sp_zonefile_new,
				"<zone><x/><!-- c --></zone>",
			};

			free(text);
			text = sp_xstrdup(bases[round / 50 % 4]);
		}
		parse(text, &z);
		sp_state_init(&before, sp_kind_zone.fields);
		sp_zonefile_get(&z, &before);
		choose(&want, &seed);
		assert_int_equal(sp_zonefile_edit(&z, &want, &out, &err), 0);
		parse(sp_buf_cstr(&out), &now);
		sp_state_init(&after, sp_kind_zone.fields);
		sp_zonefile_get(&now, &after);
		for (int f = 0; f < SP_ZONE_FIELDS; f++) {
			const struct sp_value *w = sp_state_get(&want, f);

			if (!w)
				w = sp_state_get(&before, f);
			if (!sp_value_equal(w, sp_state_get(&after, f)))
				fail_msg("field %d of:\n%s", f, out.data);
		}
		assert_int_equal(sp_zonefile_edit(&now, &want, &again, &err), 0);
		assert_string_equal(again.data, out.data);
		assert_int_equal(!strstr(text, "<!-- c -->"),
				 !strstr(out.data, "<!-- c -->"));
		free(text);
		text = sp_buf_take(&out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read),
		cmocka_unit_test(test_not_a_zone),
		cmocka_unit_test(test_edit),
		cmocka_unit_test(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
