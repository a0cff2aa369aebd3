/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fuzz_zone.c - any bytes as a zone's XML file, or, when they begin with
 * "rule", as a rich rule.
 *
 * Besides crashes it looks for edits that do not take, touch what they should
 * not, or come out different the second time.
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "core/kind.h"
#include "core/mem.h"
#include "harden/richrule.h"
#include "harden/zonefile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

extern const struct sp_kind sp_kind_zone;
const struct sp_kind *const sp_kinds[] = { &sp_kind_zone, NULL };

static void die(const char *why, const char *text, const char *other)
{
	(void)fprintf(stderr, "%s:\n%s\n---\n%s\n", why, text, other);
	abort();
}

static void try_rule(const char *text)
{
	sp_auto_rich r = { 0 };
	sp_auto_err err = { 0 };
	sp_auto_free char *canon = NULL, *again = NULL, *back = NULL;
	sp_auto_buf xml = { 0 };
	sp_auto_xml doc = { 0 };

	if (sp_rich_parse(text, &r, &err) < 0)
		return;
	canon = sp_rich_text(&r);
	if (sp_rich_canon(canon, &again, &err) < 0)
		die("canonical and refused", canon, err.msg);
	if (strcmp(canon, again) != 0)
		die("canonical twice", canon, again);
	sp_rich_to_xml(&r, "  ", "\n", &xml);
	if (sp_xml_parse(xml.data, xml.len, &doc, &err) < 0)
		die("XML of a rule", xml.data, err.msg);
	back = sp_rich_from_xml(&doc, 0);
	if (strcmp(canon, back) != 0)
		die("a rule through XML", canon, back);
}

/* What field @f is to become, by the bits of a number. */
static void choose(struct sp_state *st, int f, unsigned bits)
{
	static const char *const values[SP_ZONE_FIELDS][2] = {
		[SP_ZONE_TARGET] = { "DROP", "default" },
		[SP_ZONE_SHORT] = { "S&D", "x" },
		[SP_ZONE_DESCRIPTION] = { "a <b>", "" },
		[SP_ZONE_SERVICES] = { "ssh", "dns" },
		[SP_ZONE_PORTS] = { "22/tcp", "1-2/udp" },
		[SP_ZONE_PROTOCOLS] = { "esp", "47" },
		[SP_ZONE_ICMP_BLOCKS] = { "echo-request", "x" },
		[SP_ZONE_MASQUERADE] = { "true", "false" },
		[SP_ZONE_FORWARD_PORTS] = { "port=1:proto=tcp:toport=2",
					    "port=1-2:proto=udp:toaddr=::1" },
		[SP_ZONE_SOURCE_PORTS] = { "22/tcp", "1-2/udp" },
		[SP_ZONE_RICH_RULES] = { "rule service name=ssh accept",
					 "rule masquerade" },
		[SP_ZONE_INTERFACES] = { "eth0", "eth1" },
		[SP_ZONE_SOURCES] = { "10.0.0.0/8", "ipset:x" },
		[SP_ZONE_ICMP_BLOCK_INVERSION] = { "true", "false" },
		[SP_ZONE_FORWARD] = { "false", "true" },
	};
	bool set = st->fields[f].type == SP_T_SET;
	sp_auto_err err = { 0 };

	if (!(bits & 1))
		return;
	if (!(bits & 6)) {
		sp_state_set_none(st, f);
		return;
	}
	if ((bits & 2) && sp_state_parse(st, f, values[f][0], &err) < 0)
		die("a good value", values[f][0], err.msg);
	if ((bits & 4) && (set || !(bits & 2)) &&
	    sp_state_parse(st, f, values[f][1], &err) < 0)
		die("a good value", values[f][1], err.msg);
}

/* Is what was read what was wanted?  None, false and nothing are the same. */
static bool took(int f, const struct sp_value *want, const struct sp_value *have)
{
	if (want->type != SP_V_NONE)
		return sp_value_equal(want, have);
	if (f == SP_ZONE_TARGET)
		return sp_streq(have->s, "default");
	return have->type == SP_V_NONE || (have->type == SP_V_BOOL && !have->b) ||
	       (have->type == SP_V_LIST && !have->list.n);
}

static void read_zone(const char *data, size_t len, struct sp_zonefile *z,
		      struct sp_state *st)
{
	sp_auto_err err = { 0 };

	if (sp_zonefile_parse(data, len, z, &err) < 0)
		die("an edited file does not parse", data, err.msg);
	sp_state_init(st, sp_kind_zone.fields);
	sp_zonefile_get(z, st);
}

static void try_edit(const struct sp_zonefile *z, const struct sp_state *have,
		     unsigned seed)
{
	sp_auto_zonefile now = { 0 };
	sp_auto_state want = { 0 }, after = { 0 };
	sp_auto_buf out = { 0 }, again = { 0 };
	sp_auto_err err = { 0 };

	sp_state_init(&want, sp_kind_zone.fields);
	for (int f = 0; f < SP_ZONE_FIELDS; f++) {
		seed = seed * 1103515245 + 12345;
		choose(&want, f, seed >> 16);
	}
	if (sp_zonefile_edit(z, &want, &out, &err) < 0)
		die("an edit failed", z->data, err.msg);
	read_zone(out.data, out.len, &now, &after);
	for (int f = 0; f < SP_ZONE_FIELDS; f++) {
		const struct sp_value *w = sp_state_get(&want, f);

		if (!took(f, w ? w : sp_state_get(have, f),
			  sp_state_get(&after, f)))
			die(sp_kind_zone.fields[f].name, z->data, out.data);
	}
	if (sp_zonefile_edit(&now, &want, &again, &err) < 0 ||
	    again.len != out.len || memcmp(again.data, out.data, out.len) != 0)
		die("a second edit", out.data, sp_buf_cstr(&again));
}

static void try_zone(const char *data, size_t len)
{
	sp_auto_zonefile z = { 0 };
	sp_auto_state have = { 0 };
	sp_auto_buf same = { 0 };
	sp_auto_err err = { 0 };
	unsigned seed = 1;

	if (sp_zonefile_parse(data, len, &z, &err) < 0)
		return;
	sp_state_init(&have, sp_kind_zone.fields);
	sp_zonefile_get(&z, &have);
	/* to want what is there changes no byte */
	if (sp_zonefile_edit(&z, &have, &same, &err) < 0)
		die("no edit failed", data, err.msg);
	if (same.len != len || memcmp(same.data, data, len) != 0)
		die("no edit", z.data, same.data);
	for (size_t i = 0; i < len; i++)
		seed = seed * 31 + (unsigned char)data[i];
	for (unsigned i = 0; i < 4; i++)
		try_edit(&z, &have, seed + i);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	sp_auto_free char *text = sp_xstrndup((const char *)data, len);

	if (len >= 4 && memcmp(data, "rule", 4) == 0)
		try_rule(text);
	else
		try_zone((const char *)data, len);
	return 0;
}
