/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_profile.c - profiles: what is read, and every error with its words. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "fake_kinds.h"

/* "LINE:COL: error: OBJECT: TEXT" of each finding, without lines. */
static void list_findings(const struct sp_diag *d, struct sp_buf *out)
{
	sp_auto_free const struct sp_finding **v = sp_diag_sorted(d);

	for (size_t i = 0; i < d->n; i++) {
		sp_buf_addf(out, "%u:%u: %s%s%s%s\n", v[i]->mark.line,
			    v[i]->mark.col,
			    v[i]->severity == SP_WARNING ? "warning: " : "",
			    v[i]->object ? v[i]->object : "",
			    v[i]->object ? ": " : "", v[i]->text);
	}
}

/* "KIND ID [absent] [incomplete]: FIELD=VALUE@LINE:COL ..." of each resource. */
static void list_resources(const struct sp_profile *p, struct sp_buf *out)
{
	for (size_t i = 0; i < p->n; i++) {
		const struct sp_resource *r = &p->res[i];

		sp_buf_addf(out, "%s %s%s%s", r->kind->name, r->id,
			    r->want.present ? "" : " absent",
			    r->incomplete ? " incomplete" : "");
		for (int f = 0; f < (int)r->want.n; f++) {
			const struct sp_value *v = sp_state_get(&r->want, f);

			if (!v)
				continue;
			sp_buf_addf(out, " %s=", r->kind->fields[f].name);
			sp_value_format(v, out);
			sp_buf_addf(out, "@%u:%u", v->mark.line, v->mark.col);
		}
		sp_buf_addc(out, '\n');
	}
}

/* --- good and bad profiles; line 1 is "sprout: 1" --------------------------- */

static const struct one_case {
	const char *name, *text;
	const char *findings;	/* of parse and check; NULL: none */
	const char *resources;	/* NULL: not looked at */
} cases[] = {
	{ "nothing wanted", "", NULL, "" },
	{ "a scalar", "hostname: vd01\n", NULL,
	  "hostname hostname value=vd01@2:11\n" },
	{ "a scalar that is a number is text", "hostname: 123\n", NULL,
	  "hostname hostname value=123@2:11\n" },
	{ "a scalar, null", "hostname:\n",
	  "2:10: hostname: has no value; leave the key out if the setting is "
	  "not yours\n", "hostname hostname incomplete\n" },
	{ "a scalar, list", "hostname: [a]\n",
	  "2:11: hostname: expected text, got a list\n", NULL },
	{ "a scalar, map", "hostname: {a: b}\n",
	  "2:11: hostname: expected text, got a map; text that holds \": \" "
	  "goes into quotes\n", NULL },

	{ "a list", "users:\n- {name: a, uid: 1}\n- {name: b, uid: 2}\n", NULL,
	  "user a uid=1@3:18\nuser b uid=2@4:18\n" },
	{ "an empty list", "users: []\n", NULL, "" },
	{ "order of kinds, then of the profile",
	  "users:\n- {name: b, uid: 1}\n- {name: a, uid: 2}\n"
	  "network: [{name: n, type: auto}]\nhostname: h\n", NULL,
	  "hostname hostname value=h@6:11\n"
	  "connection n type=auto@5:27\n"
	  "user b uid=1@3:18\nuser a uid=2@4:18\n" },
	{ "every type",
	  "users:\n- name: a\n  uid: 0\n  home: /Home/A\n  groups: [b, a]\n"
	  "  system: true\n  lines: [z, a, z]\n", NULL,
	  "user a uid=0@4:8 home=/home/a@5:9 groups=[a, b]@6:11 "
	  "system=true@7:11 lines=[z, a, z]@8:10\n" },
	{ "empty lists are values", "users: [{name: a, uid: 1, groups: []}]\n",
	  NULL, "user a uid=1@2:24 groups=[]@2:35\n" },
	{ "an empty text is a value", "hostname: ''\n", NULL,
	  "hostname hostname value=\"\"@2:11\n" },
	{ "null", "users:\n",
	  "2:7: users: has no value; leave the key out, or write []\n", "" },
	{ "map for list", "users: {name: a}\n",
	  "2:8: users: expected a list, got a map; begin each entry with "
	  "\"- \"\n", "" },
	{ "text for list", "users: a\n",
	  "2:8: users: expected a list, got text; begin each entry with "
	  "\"- \"\n", "" },
	{ "entries that are no maps", "users: [a, ~, [b]]\n",
	  "2:9: user: expected a map with \"name\", got text\n"
	  "2:12: user: expected a map with \"name\", got nothing\n"
	  "2:15: user: expected a map with \"name\", got a list\n", "" },
	{ "names", "users:\n- {uid: 1}\n- {name: }\n- {name: [a]}\n"
	  "- {name: ''}\n- {name: \"a\\x01\"}\n- {name: 12, uid: 1}\n"
	  "- {name: true, uid: 1}\n",
	  "3:3: user: \"name\" is missing\n"
	  "4:10: user: name: expected text, got nothing\n"
	  "5:10: user: name: expected text, got a list\n"
	  "6:10: user: name: 0 bytes long (allowed: 1 to 255)\n"
	  "7:10: user: name: expected text without control characters\n",
	  "user 12 uid=1@8:19\nuser true uid=1@9:21\n" },
	{ "what else is wrong with an entry without a name",
	  "users: [{uid: x, hme: y}]\n",
	  "2:9: user: \"name\" is missing\n"
	  "2:15: user: uid: expected a whole number from 0 to 60000, got "
	  "\"x\"\n"
	  "2:18: user: unknown key \"hme\", did you mean \"home\"?\n", "" },
	{ "a name that the kind refuses", "users: [{name: a/b, uid: 1}]\n",
	  "2:16: user \"a/b\": name: \"a/b\" holds a \"/\"\n", NULL },
	{ "a name twice", "users:\n- {name: a, uid: 1}\n- {name: b, uid: 1}\n"
	  "- {name: a, uid: 2}\n- {name: a}\n",
	  "5:10: user \"a\": is given twice, first at line 3\n"
	  "6:10: user \"a\": is given twice, first at line 3\n",
	  "user a uid=1@3:18\nuser b uid=1@4:18\n" },
	{ "the same name in two kinds",
	  "users: [{name: a, uid: 1}]\nnetwork: [{name: a, type: auto}]\n",
	  NULL, "connection a type=auto@3:27\nuser a uid=1@2:24\n" },

	{ "ensure", "users:\n- {name: a, uid: 1, ensure: present}\n"
	  "- {name: b, uid: 2, ensure: absent}\n"
	  "- {name: c, uid: 3, ensure: gone}\n"
	  "- {name: d, uid: 4, ensure: [absent]}\n"
	  "- {name: e, uid: 5, ensure: }\n",
	  "5:29: user \"c\": ensure: expected present or absent, got \"gone\"\n"
	  "6:29: user \"d\": ensure: expected present or absent, got a list\n"
	  "7:29: user \"e\": ensure: expected present or absent, got \"\"\n",
	  "user a uid=1@3:18\nuser b absent uid=2@4:18\n"
	  "user c incomplete uid=3@5:18\nuser d incomplete uid=4@6:18\n"
	  "user e incomplete uid=5@7:18\n" },
	{ "no ensure for what cannot be removed",
	  "firewall: {zones: [{name: z, ports: [], ensure: absent}]}\n",
	  "2:49: zone \"z\": ensure: an entry of \"firewall.zones\" cannot be "
	  "removed; leave the key out\n", NULL },
	{ "required", "network:\n- {name: a}\n- {name: b, ensure: absent}\n"
	  "- {name: c, type: x}\n- {name: d, type: }\n",
	  "3:10: connection \"a\": \"type\" is missing\n"
	  "5:19: connection \"c\": type: expected one of static, auto, "
	  "disabled, got \"x\"\n"
	  "6:19: connection \"d\": type: has no value; leave the key out if "
	  "the setting is not yours\n",
	  "connection a\nconnection b absent\nconnection c incomplete\n"
	  "connection d incomplete\n" },

	{ "numbers", "users:\n- {name: a, uid: 60001}\n- {name: b, uid: -1}\n"
	  "- {name: c, uid: '1'}\n- {name: d, uid: 1.0}\n"
	  "- {name: e, uid: 007}\n- {name: f, uid: 0x7}\n- {name: g, uid: }\n"
	  "- {name: h, uid: [1]}\n- {name: i, uid: {a: 1}}\n"
	  "- {name: j, uid: 99999999999999999999}\n",
	  "3:18: user \"a\": uid: 60001 is above 60000 (allowed: 0 to 60000)\n"
	  "4:18: user \"b\": uid: -1 is below 0 (allowed: 0 to 60000)\n"
	  "5:18: user \"c\": uid: expected a number, got text; leave the "
	  "quotes out\n"
	  "6:18: user \"d\": uid: expected a whole number from 0 to 60000, got "
	  "\"1.0\"\n"
	  "7:18: user \"e\": uid: expected a whole number without leading "
	  "zeros, got \"007\"\n"
	  "8:18: user \"f\": uid: expected a whole number from 0 to 60000, got "
	  "\"0x7\"\n"
	  "9:18: user \"g\": uid: has no value; leave the key out if the "
	  "setting is not yours\n"
	  "10:18: user \"h\": uid: expected a number, got a list\n"
	  "11:18: user \"i\": uid: expected a number, got a map; text that "
	  "holds \": \" goes into quotes\n"
	  "12:18: user \"j\": uid: 99999999999999999999 is above 60000 "
	  "(allowed: 0 to 60000)\n", NULL },
	{ "booleans", "users:\n- {name: a, uid: 1, system: yes}\n"
	  "- {name: b, uid: 1, system: 'true'}\n"
	  "- {name: c, uid: 1, system: True}\n"
	  "- {name: d, uid: 1, system: 1}\n",
	  "3:29: user \"a\": system: expected true or false, got \"yes\"\n"
	  "4:29: user \"b\": system: expected true or false, got text; leave "
	  "the quotes out\n"
	  "6:29: user \"d\": system: expected true or false, got \"1\"\n",
	  "user a incomplete uid=1@3:18\nuser b incomplete uid=1@4:18\n"
	  "user c uid=1@5:18 system=true@5:29\n"
	  "user d incomplete uid=1@6:18\n" },
	{ "texts", "users:\n- {name: a, uid: 1, home: home}\n"
	  "- {name: b, uid: 1, home: [/a]}\n- {name: c, uid: 1, home: null}\n"
	  "- {name: d, uid: 1, home: 'null'}\nhostname: \"a\\tb\"\n",
	  "3:27: user \"a\": home: expected an absolute path, got \"home\"\n"
	  "4:27: user \"b\": home: expected text, got a list\n"
	  "5:27: user \"c\": home: has no value; leave the key out if the "
	  "setting is not yours\n"
	  "6:27: user \"d\": home: expected an absolute path, got \"null\"\n"
	  "7:11: hostname: expected text without control characters, got 0x09 "
	  "at byte 2\n", NULL },
	{ "lists", "users:\n- {name: a, uid: 1, groups: b}\n"
	  "- {name: b, uid: 1, groups: {c: d}}\n"
	  "- {name: c, uid: 1, groups: }\n"
	  "- {name: d, uid: 1, groups: [a, b, a]}\n"
	  "- {name: e, uid: 1, lines: [a, [b], {c: d}, ~, e]}\n",
	  "3:29: user \"a\": groups: expected a list, got text; write [b]\n"
	  "4:29: user \"b\": groups: expected a list, got a map\n"
	  "5:29: user \"c\": groups: has no value; leave the key out if the "
	  "setting is not yours, write [] for an empty list\n"
	  "6:36: user \"d\": groups: \"a\" is given twice\n"
	  "7:32: user \"e\": lines: expected text, got a list\n"
	  "7:37: user \"e\": lines: expected text, got a map; text that holds "
	  "\": \" goes into quotes\n"
	  "7:45: user \"e\": lines: an item without a value\n",
	  "user a incomplete uid=1@3:18\nuser b incomplete uid=1@4:18\n"
	  "user c incomplete uid=1@5:18\n"
	  "user d incomplete uid=1@6:18 groups=[a, b]@6:29\n"
	  "user e incomplete uid=1@7:18 lines=[a, e]@7:28\n" },
	{ "maps", "firewall: {booleans: {b: true, a: 1, c: 'x y'}}\n", NULL,
	  "firewall firewall booleans=[a=1, b=true, c=x y]@2:22\n" },
	{ "maps, bad", "firewall:\n  booleans: {'': 1, a=b: 2, c: , d: [1]}\n",
	  "3:14: firewall: booleans: a key cannot be empty or hold \"=\", got "
	  "\"\"\n"
	  "3:21: firewall: booleans: a key cannot be empty or hold \"=\", got "
	  "\"a=b\"\n"
	  "3:32: firewall: booleans: an item without a value\n"
	  "3:37: firewall: booleans: expected text, got a list\n",
	  "firewall firewall incomplete booleans=[]@3:13\n" },
	{ "maps, a value that is no text", "firewall: {booleans: {a: \"\\x01\"}}\n",
	  "2:26: firewall: booleans: expected text without control "
	  "characters, got 0x01 at byte 3\n", NULL },
	{ "choices are text, quoted or not",
	  "firewall: {zones: [{name: a, ports: [], level: 0},\n"
	  "  {name: b, ports: [], level: 'true'}, {name: c, ports: [], level: True}]}\n",
	  "3:68: zone \"c\": level: expected one of 0, some, true, got \"True\", "
	  "did you mean \"true\"?\n",
	  "zone a ports=[]@2:37 level=0@2:48\nzone b ports=[]@3:20 level=true@3:31\n"
	  "zone c incomplete ports=[]@3:57\n" },
	{ "maps that are none", "firewall: {booleans: [a]}\n"
	  "over: {under: {deep: {booleans: }}}\n",
	  "2:22: firewall: booleans: expected a map, got a list; write {KEY: "
	  "VALUE}\n"
	  "3:33: deep: booleans: has no value; leave the key out if the "
	  "setting is not yours, write {} for an empty map\n", NULL },

	{ "fields in maps", "network:\n- name: a\n  type: static\n  ipv4:\n"
	  "    method: auto\n    addresses: [10.0.0.1/24]\n", NULL,
	  "connection a type=static@4:9 ipv4.method=auto@6:13 "
	  "ipv4.addresses=[10.0.0.1/24]@7:16\n" },
	{ "fields in maps, bad",
	  "network:\n- {name: a, type: auto, ipv4: dhcp}\n"
	  "- {name: b, type: auto, ipv4: }\n"
	  "- {name: c, type: auto, ipv4: {gatway: x, ipv4: y, mtu: 9}}\n"
	  "- {name: d, type: auto, gateway: x}\n"
	  "- {name: e, type: auto, ipv4.gateway: x}\n"
	  "- {name: f, type: auto, ipv4: {}}\n"
	  "- {name: g, type: auto, 'ipv4.': {a: b}, '': c}\n",
	  "3:31: connection \"a\": ipv4: expected a map, got text\n"
	  "4:31: connection \"b\": ipv4: has no value; leave the key out if "
	  "the setting is not yours\n"
	  "5:32: connection \"c\": unknown key \"gatway\", did you mean "
	  "\"gateway\"?\n"
	  "5:43: connection \"c\": unknown key \"ipv4\"; known here: method, "
	  "addresses, gateway\n"
	  "5:52: connection \"c\": unknown key \"mtu\"; it stands beside "
	  "\"ipv4\", not in it\n"
	  "6:25: connection \"d\": unknown key \"gateway\"; write \"ipv4: "
	  "{gateway: ...}\"\n"
	  "7:25: connection \"e\": unknown key \"ipv4.gateway\"; write \"ipv4: "
	  "{gateway: ...}\"\n"
	  "9:25: connection \"g\": unknown key \"ipv4.\", did you mean "
	  "\"ipv4\"?\n"
	  "9:42: connection \"g\": unknown key \"\"; known here: name, ensure, "
	  "type, mtu, ipv4\n", NULL },

	{ "sections in sections", "firewall: {state: true, zones: "
	  "[{name: public, ports: [1/tcp]}]}\n", NULL,
	  "firewall firewall state=true@2:19\n"
	  "zone public ports=[1/tcp]@2:55\n" },
	{ "only the inner section",
	  "firewall: {zones: [{name: z, ports: []}]}\n", NULL,
	  "zone z ports=[]@2:37\n" },
	{ "a map without anything", "firewall: {}\n", NULL,
	  "firewall firewall\n" },
	{ "sections below maps of nobody",
	  "over: {under: {deep: {state: false}}}\n", NULL,
	  "deep deep state=false@2:30\n" },
	{ "not a map", "firewall: on\nover: []\n",
	  "2:11: firewall: expected a map, got text\n"
	  "3:7: over: expected a map, got a list\n", "" },
	{ "null maps", "firewall:\nover: {under: }\n",
	  "2:10: firewall: has no value; leave the key out\n"
	  "3:15: over.under: has no value; leave the key out\n", "" },

	{ "unknown keys", "usrs: []\nuser: []\nconnection: []\nx: 1\n"
	  "firewall: {zone: [], q: 1}\nover: {below: {}}\n"
	  "firewall.zones: []\n",
	  "2:1: unknown key \"usrs\", did you mean \"users\"?\n"
	  "3:1: unknown key \"user\", did you mean \"users\"?\n"
	  "4:1: unknown key \"connection\", did you mean \"network\"?\n"
	  "5:1: unknown key \"x\"; known here: sprout, hostname, network, "
	  "users, firewall, over\n"
	  "6:12: firewall: unknown key \"zone\", did you mean \"zones\"?\n"
	  "6:22: firewall: unknown key \"q\"; known here: state, booleans, "
	  "zones\n"
	  "7:8: over: unknown key \"below\"; known here: under\n"
	  "8:1: unknown key \"firewall.zones\"; known here: sprout, hostname, "
	  "network, users, firewall, over\n", NULL },
	{ "the format is no key elsewhere", "firewall: {sprout: 1}\n",
	  "2:12: firewall: unknown key \"sprout\"; known here: state, "
	  "booleans, zones\n", NULL },
	{ "keys twice", "hostname: a\nhostname: b\n"
	  "users: [{name: a, uid: 1, uid: 2}]\n",
	  "3:1: key \"hostname\" is given twice, first at line 2\n"
	  "4:27: key \"uid\" is given twice, first at line 4\n",
	  "hostname hostname value=a@2:11\nuser a uid=1@4:24\n" },
	{ "aliases", "users:\n- {name: a, uid: 1, groups: &g [x, y]}\n"
	  "- {name: b, uid: 2, groups: *g}\n", NULL,
	  "user a uid=1@3:18 groups=[x, y]@3:29\n"
	  "user b uid=2@4:18 groups=[x, y]@3:29\n" },

	{ "warnings of checks, and their places",
	  "users:\n- {name: a, uid: 1, groups: [zz, root, b]}\n",
	  "3:34: warning: user \"a\": groups: \"root\" has all rights\n",
	  NULL },
	{ "a check that misses a field", "users: [{name: a}]\n",
	  "2:16: user \"a\": uid: needs a number\n", "user a\n" },
	{ "a check does not miss what was given",
	  "users: [{name: a, uid: x, groups: [root]}]\n",
	  "2:24: user \"a\": uid: expected a whole number from 0 to 60000, got "
	  "\"x\"\n"
	  "2:36: warning: user \"a\": groups: \"root\" has all rights\n",
	  "user a incomplete groups=[root]@2:35\n" },
};

static void parse(struct sp_profile *p, struct sp_diag *d)
{
	sp_profile_parse(p, d);
	sp_profile_check(p, NULL, d);
}

static void reads_profiles(void **state)
{
	(void)state;
	for (size_t i = 0; i < SP_COUNT(cases); i++) {
		const struct one_case *c = &cases[i];
		sp_auto_free char *text =
			sp_asprintf("sprout: 1\n%s", c->text);
		sp_auto_buf findings = { 0 }, resources = { 0 };
		sp_auto_profile p = { 0 };
		sp_auto_diag d = { 0 };

		print_message("%s\n", c->name);
		sp_profile_add_text(&p, "f", text, strlen(text));
		parse(&p, &d);
		list_findings(&d, &findings);
		assert_string_equal(sp_buf_cstr(&findings),
				    c->findings ? c->findings : "");
		list_resources(&p, &resources);
		if (c->resources)
			assert_string_equal(sp_buf_cstr(&resources),
					    c->resources);
	}
}

/* --- the first key, and what is no profile at all --------------------------- */

static const struct top_case {
	const char *text, *findings;
} tops[] = {
	{ "sprout: 1", "" },
	{ "hostname: a\nsprout: 1\n", "" },
	{ "", "0:0: the text is empty\n" },
	{ "hostname: a\n", "1:1: \"sprout: 1\" is missing; it says in which "
	  "format the profile is written\n" },
	{ "sprout: 2\n", "1:9: sprout: format \"2\" is not known; this sprout "
	  "reads format 1\n" },
	{ "sprout: '1'\n",
	  "1:9: sprout: expected the number 1, got text\n" },
	{ "sprout: [1]\n",
	  "1:9: sprout: expected the number 1, got a list\n" },
	{ "sprout:\n", "1:8: sprout: format \"\" is not known; this sprout "
	  "reads format 1\n" },
	{ "- sprout: 1\n", "1:1: expected a map that begins with \"sprout: "
	  "1\", got a list\n" },
	{ "sprout 1\n", "1:1: expected a map that begins with \"sprout: 1\", "
	  "got text\n" },
	{ "sprout: 1\n\tx: 1\n", "2:1: a tab cannot indent; use spaces\n" },
	{ "sprout: 1\n---\nsprout: 1\n", "2:1: a second document begins here; "
	  "give each one in a text of its own\n" },
};

static void reads_the_format(void **state)
{
	(void)state;
	for (size_t i = 0; i < SP_COUNT(tops); i++) {
		sp_auto_buf out = { 0 };
		sp_auto_profile p = { 0 };
		sp_auto_diag d = { 0 };

		sp_profile_add_text(&p, "f", tops[i].text,
				    strlen(tops[i].text));
		parse(&p, &d);
		list_findings(&d, &out);
		assert_string_equal(sp_buf_cstr(&out), tops[i].findings);
	}
}

/* --- several sources -------------------------------------------------------- */

static const struct merge_case {
	const char *name, *first, *second;
	const char *findings, *resources;
} merges[] = {
	{ "side by side", "hostname: a", "users: [{name: b, uid: 1}]", "",
	  "hostname hostname value=a@2:11\nuser b uid=1@2:24\n" },
	{ "a scalar", "hostname: a", "hostname: b", "",
	  "hostname hostname value=b@2:11\n" },
	{ "field by field",
	  "users: [{name: a, uid: 1, home: /a}, {name: b, uid: 2}]",
	  "users: [{name: c, uid: 3}, {name: a, home: /x, groups: [g]}]", "",
	  "user a uid=1@2:24 home=/x@2:44 groups=[g]@2:56\n"
	  "user b uid=2@2:53\nuser c uid=3@2:24\n" },
	{ "lists as a whole", "users: [{name: a, uid: 1, groups: [x, y]}]",
	  "users: [{name: a, groups: [z]}]", "",
	  "user a uid=1@2:24 groups=[z]@2:27\n" },
	{ "maps of fields", "firewall: {state: true, booleans: {a: 1}}",
	  "firewall: {booleans: {b: 2}}", "",
	  "firewall firewall state=true@2:19 booleans=[b=2]@2:22\n" },
	{ "taken away", "users: [{name: a, uid: 1}]",
	  "users: [{name: a, ensure: absent}]", "",
	  "user a absent uid=1@2:24\n" },
	{ "brought back", "users: [{name: a, uid: 1, ensure: absent}]",
	  "users: [{name: a, ensure: present}]", "", "user a uid=1@2:24\n" },
	{ "silence about ensure", "users: [{name: a, uid: 1, ensure: absent}]",
	  "users: [{name: a, uid: 2}]", "", "user a absent uid=2@2:24\n" },
	{ "required in either", "network: [{name: a, mtu: 1500}]",
	  "network: [{name: a, type: auto}]", "",
	  "connection a type=auto@2:27 mtu=1500@2:26\n" },
	{ "required in neither", "network: [{name: a, mtu: 1500}]",
	  "network: [{name: a, mtu: 9000}]",
	  "2:18: connection \"a\": \"type\" is missing\n",
	  "connection a mtu=9000@2:26\n" },
	{ "twice in one of them", "users: [{name: a, uid: 1}]",
	  "users: [{name: a, uid: 2}, {name: a, uid: 3}]",
	  "2:35: user \"a\": is given twice, first at line 2\n",
	  "user a uid=2@2:24\n" },
	{ "what cannot be read does not fall back",
	  "users: [{name: a, uid: 1}]", "users: [{name: a, uid: x}]",
	  "2:24: user \"a\": uid: expected a whole number from 0 to 60000, got "
	  "\"x\"\n", "user a incomplete\n" },
	{ "bad first, good later", "users: [{name: a, uid: x}]",
	  "users: [{name: a, uid: 1}]",
	  "2:24: user \"a\": uid: expected a whole number from 0 to 60000, got "
	  "\"x\"\n", "user a incomplete uid=1@2:24\n" },
};

static void merges_sources(void **state)
{
	(void)state;
	for (size_t i = 0; i < SP_COUNT(merges); i++) {
		const struct merge_case *c = &merges[i];
		sp_auto_free char *a = sp_asprintf("sprout: 1\n%s\n", c->first);
		sp_auto_free char *b = sp_asprintf("sprout: 1\n%s\n", c->second);
		sp_auto_buf findings = { 0 }, resources = { 0 };
		sp_auto_profile p = { 0 };
		sp_auto_diag d = { 0 };

		print_message("%s\n", c->name);
		sp_profile_add_text(&p, "a", a, strlen(a));
		sp_profile_add_text(&p, "b", b, strlen(b));
		parse(&p, &d);
		list_findings(&d, &findings);
		assert_string_equal(sp_buf_cstr(&findings), c->findings);
		list_resources(&p, &resources);
		assert_string_equal(sp_buf_cstr(&resources), c->resources);
	}
}

static void names_the_source(void **state)
{
	sp_auto_buf out = { 0 };
	sp_auto_profile p = { 0 };
	sp_auto_diag d = { 0 };

	(void)state;
	sp_profile_add_text(&p, "a.yaml", "hostname: a\n", 12);
	sp_profile_add_text(&p, "-", "sprout: [\n", 10);
	sp_profile_add_text(&p, "c.yaml", "sprout: 1\nx: 1\n", 15);
	parse(&p, &d);
	sp_diag_format(&d, &p, &out);
	assert_string_equal(sp_buf_cstr(&out),
		"a.yaml:1:1: error: \"sprout: 1\" is missing; it says in which "
		"format the profile is written\n"
		"  hostname: a\n"
		"  ^\n"
		"<stdin>:1:9: error: this list is never closed; \"]\" is "
		"missing\n"
		"  sprout: [\n"
		"          ^\n"
		"c.yaml:2:1: error: unknown key \"x\"; known here: sprout, "
		"hostname, network, users, firewall, over\n"
		"  x: 1\n"
		"  ^\n");
	/* what the others say is there all the same */
	assert_int_equal(p.n, 1);
}

static void finds_resources(void **state)
{
	sp_auto_buf text = { 0 };
	sp_auto_profile p = { 0 };
	sp_auto_diag d = { 0 };

	(void)state;
	assert_null(sp_profile_find(&p, &fake_user, "u1"));
	sp_buf_add(&text, "sprout: 1\nhostname: h\nusers:\n");
	for (int i = 0; i < 1000; i++)
		sp_buf_addf(&text, "- {name: u%d, uid: %d}\n", i * 7919 % 1000,
			    i);
	sp_profile_add_text(&p, "f", sp_buf_cstr(&text), text.len);
	parse(&p, &d);
	assert_int_equal(d.n, 0);
	assert_int_equal(p.n, 1001);
	for (int i = 0; i < 1000; i++) {
		sp_auto_free char *id = sp_asprintf("u%d", i);
		const struct sp_resource *r =
			sp_profile_find(&p, &fake_user, id);

		assert_non_null(r);
		assert_string_equal(r->id, id);
		assert_null(sp_profile_find(&p, &fake_net, id));
	}
	assert_null(sp_profile_find(&p, &fake_user, "u1000"));
	assert_ptr_equal(sp_profile_find(&p, &fake_host, "hostname"), p.res);
}

/* --- secrets ---------------------------------------------------------------- */

static const char *const leaks[] = {
	/* in the finding, beside it, in the line below, misspelt, unparsed */
	"users: [{name: a, uid: 1, password_hash: geheim}]\n",
	"users: [{name: a, uid: x, password_hash: geheim}]\n",
	"users: [{name: a, uid: x, tokens: [geheim, \"geheim\"]}]\n",
	"users: [{name: a, uid: x, tokens: [{geheim: geheim}], x: 1}]\n",
	"users: [{name: a, uid: x, tokens: {a: geheim}, x: 1}]\n",
	"users: [{name: a, uid: x, tokens: geheim, x: 1}]\n",
	"users: [{name: a, uid: x, pasword_hash: geheim, x: 1}]\n",
	"users: [{name: a, uid: x, psk: geheim, x: 1}]\n",
	"users: [{name: a, uid: x, tkns: geheim, x: 1}]\n",
	"users: [{name: a, uid: x, user_password: {a: [geheim]}, x: 1}]\n",
	"users: [{name: a, uid: x, password_hash: 'geheim}]\n",
	"users: [{name: a, uid: x, \"password_hash\" : geheim: a}]\n",
	"users:\n- name: a\n  password_hash: \"geheim\n  uid: 1\n",
	"users:\n- name: a\n  password_hash: |\n    geheim\n   uid: 1\n",
	"users:\n- name: a\n  password_hash: [geheim]\n",
	"users:\n- name: a\n  password_hash: &x geheim\n  hoe: *x\n",
	"password_hash: geheim\n",
};

static void tells_no_secrets(void **state)
{
	(void)state;
	for (size_t i = 0; i < SP_COUNT(leaks); i++) {
		sp_auto_free char *text =
			sp_asprintf("sprout: 1\n%s", leaks[i]);
		sp_auto_buf out = { 0 };
		sp_auto_profile p = { 0 };
		sp_auto_diag d = { 0 };

		sp_profile_add_text(&p, "f", text, strlen(text));
		parse(&p, &d);
		sp_diag_format(&d, &p, &out);
		assert_true(d.errors);
		if (strstr(sp_buf_cstr(&out), "geheim"))
			fail_msg("%s tells:\n%s", leaks[i], sp_buf_cstr(&out));
	}
}

static void hides_secrets_only(void **state)
{
	static const char text[] =
		"sprout: 1\nusers:\n"
		"- {name: a, password_hash: geheim, uid: x}\n";
	sp_auto_buf out = { 0 };
	sp_auto_profile p = { 0 };
	sp_auto_diag d = { 0 };

	(void)state;
	sp_profile_add_text(&p, "f", text, strlen(text));
	parse(&p, &d);
	sp_diag_format(&d, &p, &out);
	assert_string_equal(sp_buf_cstr(&out),
		"f:3:28: error: user \"a\": password_hash: expected an "
		"absolute path, got \"[hidden]\"\n"
		"f:3:41: error: user \"a\": uid: expected a whole number from "
		"0 to 60000, got \"x\"\n"
		"  - {name: a, password_hash: [hidden], uid: x}\n"
		"                                            ^\n");
}

/* --- limits ----------------------------------------------------------------- */

/* The first finding, and how many there are. */
static void first_finding(struct sp_buf *text, const char *want, size_t count)
{
	sp_auto_buf out = { 0 };
	sp_auto_profile p = { 0 };
	sp_auto_diag d = { 0 };
	const char *end;

	sp_profile_add_text(&p, "f", sp_buf_cstr(text), text->len);
	parse(&p, &d);
	assert_int_equal(d.errors, count);
	list_findings(&d, &out);
	end = strchr(sp_buf_cstr(&out), '\n');
	assert_non_null(end);
	out.data[end - out.data] = '\0';
	assert_string_equal(sp_buf_cstr(&out), want);
	sp_buf_clear(text);
	sp_buf_add(text, "sprout: 1\n");
}

static void keeps_limits(void **state)
{
	sp_auto_buf text = { 0 };

	(void)state;
	while (text.len <= SP_PROFILE_SIZE_MAX)
		sp_buf_add(&text, "# a comment without an end, and another\n");
	first_finding(&text, "0:0: larger than 4194304 bytes; that is the limit",
		      1);

	sp_buf_add(&text, "hostname: ");
	for (int i = 0; i < 10000; i++)
		sp_buf_addc(&text, '[');
	first_finding(&text, "2:42: nested deeper than 32 levels", 1);

	sp_buf_add(&text, "users:\n");
	for (int i = 0; i < SP_PROFILE_RESOURCES_MAX + 5; i++)
		sp_buf_addf(&text, "- {name: u%d, uid: 1}\n", i);
	first_finding(&text, "20003:10: more than 20000 resources; that is the "
		      "limit", 1);

	sp_buf_add(&text, "users:\n- {name: a, uid: 1, lines: [");
	for (int i = 0; i < SP_LIST_MAX + 5; i++)
		sp_buf_add(&text, "x,\n");
	sp_buf_add(&text, "]}\n");
	first_finding(&text, "4099:1: user \"a\": lines: more than 4096 items; "
		      "that is the limit", 1);

	sp_buf_add(&text, "firewall: {booleans: {");
	for (int i = 0; i < SP_LIST_MAX + 5; i++)
		sp_buf_addf(&text, "x%d: 1,\n", i);
	sp_buf_add(&text, "}}\n");
	first_finding(&text, "4098:8: firewall: booleans: more than 4096 "
		      "items; that is the limit", 1);

	sp_buf_add(&text, "hostname: ");
	for (int i = 0; i <= SP_TEXT_MAX; i++)
		sp_buf_addc(&text, 'x');
	first_finding(&text, "2:11: a text of 65537 bytes; the limit is 65536",
		      1);

	sp_buf_add(&text, "users: [{uid: 1, name: ");
	for (int i = 0; i <= SP_NAME_MAX; i++)
		sp_buf_addc(&text, 'x');
	sp_buf_add(&text, "}]\n");
	first_finding(&text, "2:24: user: name: 256 bytes long (allowed: 1 to "
		      "255)", 1);

	for (int i = 0; i < 50000; i++)
		sp_buf_addf(&text, "k%d: 1\n", i);
	first_finding(&text, "2:1: unknown key \"k0\"; known here: sprout, "
		      "hostname, network, users, firewall, over", 50000);
}

/* --- files ------------------------------------------------------------------ */

static char *make_dir(void)
{
	const char *tmp = getenv("TMPDIR");
	char *dir = sp_asprintf("%s/sprout-profile-XXXXXX", tmp ? tmp : "/tmp");

	assert_non_null(mkdtemp(dir));
	return dir;
}

static void put_file(const char *path, size_t len)
{
	FILE *f = fopen(path, "we");

	assert_non_null(f);
	for (size_t i = 0; i < len; i++)
		(void)fputc(i % 64 == 63 ? '\n' : '#', f);
	assert_int_equal(fclose(f), 0);
}

static void refuses_file(const char *path, const char *why)
{
	sp_auto_free char *want =
		sp_asprintf("cannot read profile \"%s\": %s", path, why);
	sp_auto_profile p = { 0 };
	sp_auto_err err = { 0 };

	assert_true(sp_profile_add_file(&p, path, &err) < 0);
	assert_string_equal(err.msg, want);
	assert_int_equal(p.n_sources, 0);
}

static void reads_files(void **state)
{
	sp_auto_free char *dir = make_dir();
	sp_auto_free char *file = sp_asprintf("%s/file", dir);
	sp_auto_free char *fifo = sp_asprintf("%s/fifo", dir);
	sp_auto_free char *none = sp_asprintf("%s/none", dir);
	sp_auto_free char *link = sp_asprintf("%s/link", dir);
	sp_auto_profile p = { 0 };
	sp_auto_err err = { 0 };

	(void)state;
	put_file(file, SP_PROFILE_SIZE_MAX);
	assert_int_equal(mkfifo(fifo, 0600), 0);
	assert_int_equal(symlink("file", link), 0);
	assert_int_equal(sp_profile_add_file(&p, file, &err), 0);
	assert_int_equal(sp_profile_add_file(&p, link, &err), 0);
	assert_int_equal(p.n_sources, 2);
	assert_int_equal(p.sources[0].len, SP_PROFILE_SIZE_MAX);
	assert_string_equal(p.sources[1].name, link);

	put_file(file, SP_PROFILE_SIZE_MAX + 1);
	refuses_file(file, "it is larger than 4194304 bytes; that is the "
		     "limit, split it");
	refuses_file(dir, "it is a directory");
	refuses_file(fifo, "it is a pipe; give \"-\" and redirect standard "
		     "input from it");
	refuses_file("/dev/zero", "it is not a regular file");
	refuses_file(none, "No such file or directory");
	(void)unlink(file);
	(void)unlink(fifo);
	(void)unlink(link);
	(void)rmdir(dir);
}

/* Standard input from a path, from a pipe with @text, or closed. */
static int with_stdin(int fd, struct sp_profile *p, struct sp_err *err)
{
	int saved = dup(STDIN_FILENO), r;

	assert_true(dup2(fd, STDIN_FILENO) >= 0);
	r = sp_profile_add_file(p, "-", err);
	if (saved >= 0) {
		(void)dup2(saved, STDIN_FILENO);
		(void)close(saved);
	}
	return r;
}

static void reads_standard_input(void **state)
{
	static const char text[] = "sprout: 1\nhostname: a\n";
	sp_auto_profile p = { 0 };
	sp_auto_diag d = { 0 };
	sp_auto_err err = { 0 };
	int fds[2], fd;

	(void)state;
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	assert_int_equal(write(fds[1], text, strlen(text)), strlen(text));
	(void)close(fds[1]);
	assert_int_equal(with_stdin(fds[0], &p, &err), 0);
	(void)close(fds[0]);
	parse(&p, &d);
	assert_int_equal(p.n, 1);
	assert_string_equal(p.sources[0].name, "-");

	assert_true(sp_profile_add_file(&p, "-", &err) < 0);
	assert_string_equal(err.msg, "cannot read profile \"-\": standard "
			    "input is given twice");
	sp_err_clear(&err);

	sp_profile_clear(&p);
	fd = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_true(with_stdin(fd, &p, &err) < 0);
	assert_string_equal(err.msg, "cannot read profile \"-\": it is larger "
			    "than 4194304 bytes; that is the limit, split it");
	(void)close(fd);
	sp_err_clear(&err);

	fd = open("/", O_RDONLY | O_CLOEXEC | O_DIRECTORY);
	assert_true(fd >= 0);
	assert_true(with_stdin(fd, &p, &err) < 0);
	assert_string_equal(err.msg,
			    "cannot read profile \"-\": Is a directory");
	(void)close(fd);
	assert_int_equal(p.n_sources, 0);
}

/* --- keys ------------------------------------------------------------------- */

static void lists_keys(void **state)
{
	static const struct {
		const char *section;
		const struct sp_kind *kind;
		const char *prefix, *want;
	} rows[] = {
		{ "", NULL, "", "sprout hostname network users firewall over" },
		{ NULL, &fake_net, "", "name ensure type mtu ipv4" },
		{ NULL, &fake_net, "ipv4", "method addresses gateway" },
		{ NULL, &fake_net, "ipv", "" },
		{ NULL, &fake_zone, "", "name ports level" },
		{ "firewall", &fake_wall, "", "state booleans zones" },
		{ "over", NULL, "", "under" },
		{ "over.under", NULL, "", "deep" },
	};

	(void)state;
	for (size_t i = 0; i < SP_COUNT(rows); i++) {
		sp_auto_strv keys = { 0 };
		sp_auto_free char *text = NULL;

		sp_profile_keys(&keys, rows[i].section, rows[i].kind,
				rows[i].prefix);
		text = sp_strv_join(&keys, " ");
		assert_string_equal(text, rows[i].want);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_profiles),
		cmocka_unit_test(reads_the_format),
		cmocka_unit_test(merges_sources),
		cmocka_unit_test(names_the_source),
		cmocka_unit_test(finds_resources),
		cmocka_unit_test(tells_no_secrets),
		cmocka_unit_test(hides_secrets_only),
		cmocka_unit_test(keeps_limits),
		cmocka_unit_test(reads_files),
		cmocka_unit_test(reads_standard_input),
		cmocka_unit_test(lists_keys),
	};

	return cmocka_run_group_tests_name("profile", tests, NULL, NULL);
}
