/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_schema.c - the JSON Schema that a table of kinds gives. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/schema.h"
#include "core/yaml.h"
#include "fake_kinds.h"

static const struct sp_yaml_limits limits = {
	.size_bytes = 1 << 20, .depth = 32, .nodes = 100000,
	.text_bytes = 1 << 16,
};

static void read_schema(struct sp_yaml *y)
{
	sp_auto_buf out = { 0 };
	sp_auto_err err = { 0 };

	sp_schema_write(&out);
	if (sp_yaml_read(sp_buf_cstr(&out), out.len, &limits, y, &err) < 0)
		fail_msg("%s", err.msg);
}

/* A value in one line of JSON-like text. */
static void add_node(struct sp_buf *b, const struct sp_ynode *n)
{
	if (n->kind == SP_Y_SCALAR) {
		sp_buf_addf(b, n->quoted ? "'%s'" : "%s", n->text);
		return;
	}
	sp_buf_addc(b, n->kind == SP_Y_LIST ? '[' : '{');
	for (size_t i = 0; i < n->n; i++) {
		sp_buf_add(b, i ? ", " : "");
		if (n->kind == SP_Y_MAP)
			sp_buf_addf(b, "%s: ", n->keys[i]->text);
		add_node(b, n->items[i]);
	}
	sp_buf_addc(b, n->kind == SP_Y_LIST ? ']' : '}');
}

/* Each row: a path through the schema's "properties", and what is there. */
static const struct row {
	const char *path, *want;
} rows[] = {
	{ "/title", "'sprout profile'" },
	{ "/required", "['sprout']" },
	{ "/additionalProperties", "false" },
	{ "/properties/sprout",
	  "{description: 'Format of the profile.', const: 1}" },
	{ "/properties/hostname",
	  "{description: 'Name of the host', $ref: '#/$defs/text'}" },
	{ "/properties/network/type", "'array'" },
	{ "/properties/network/description", "'network connections'" },
	{ "/properties/network/items/required", "['name']" },
	{ "/properties/network/items/if",
	  "{properties: {ensure: {const: 'present'}}}" },
	{ "/properties/network/items/then", "{required: ['type']}" },
	{ "/properties/network/items/additionalProperties", "false" },
	{ "/properties/network/items/properties/name",
	  "{$ref: '#/$defs/name'}" },
	{ "/properties/network/items/properties/ensure/enum",
	  "['present', 'absent']" },
	{ "/properties/network/items/properties/type",
	  "{description: 'Type', enum: ['static', 'auto', 'disabled']}" },
	{ "/properties/network/items/properties/mtu",
	  "{description: 'Largest packet Unit: bytes. Default: 1500.', type: "
	  "'integer', minimum: 68, maximum: 65536, default: 1500}" },
	{ "/properties/network/items/properties/ipv4/properties/addresses",
	  "{description: 'Addresses', type: 'array', items: {$ref: "
	  "'#/$defs/text'}, maxItems: 4096}" },
	{ "/properties/network/items/properties/ipv4/additionalProperties",
	  "false" },
	{ "/properties/users/items/properties/password_hash",
	  "{description: 'Hash of the password', writeOnly: true, $ref: "
	  "'#/$defs/text'}" },
	{ "/properties/users/items/properties/home/description",
	  "'Home directory Default: /home/NAME.'" },
	{ "/properties/users/items/properties/groups/uniqueItems", "true" },
	{ "/properties/users/items/properties/system",
	  "{description: 'Make a system user Default: false.', type: "
	  "'boolean', default: false}" },
	{ "/properties/firewall/properties/zones/items/properties/level/enum",
	  "['0', 0, 'some', 'true', true]" },
	{ "/properties/users/items/then", "{}" },
	{ "/properties/firewall/type", "'object'" },
	{ "/properties/firewall/properties/state/type", "'boolean'" },
	{ "/properties/firewall/properties/booleans",
	  "{description: 'Booleans', type: 'object', additionalProperties: "
	  "{$ref: '#/$defs/text'}, maxProperties: 4096}" },
	{ "/properties/firewall/properties/zones/items/required",
	  "['name', 'ports']" },
	{ "/properties/over/properties/under/properties/deep/properties/state"
	  "/type", "'boolean'" },
	{ "/$defs/text", "{type: ['string', 'number', 'boolean'], maxLength: "
	  "65536}" },
	{ "/$defs/name/maxLength", "255" },
};

static const struct sp_ynode *walk(const struct sp_ynode *n, const char *path)
{
	sp_auto_strv parts = { 0 };

	sp_strv_split(&parts, path, "/");
	for (size_t i = 0; n && i < parts.n; i++)
		n = sp_ynode_get(n, parts.v[i]);
	return n;
}

static void says_what_the_tables_say(void **state)
{
	sp_auto_yaml y = { 0 };

	(void)state;
	read_schema(&y);
	for (size_t i = 0; i < SP_COUNT(rows); i++) {
		const struct sp_ynode *n = walk(y.root, rows[i].path);
		sp_auto_buf b = { 0 };

		if (!n)
			fail_msg("nothing at %s", rows[i].path);
		add_node(&b, n);
		assert_string_equal(sp_buf_cstr(&b), rows[i].want);
	}
}

/* What may be absent is not asked for; no "ensure" where nothing is removed. */
static void leaves_out(void **state)
{
	static const char *const paths[] = {
		"/properties/name",
		"/properties/firewall.zones",
		"/properties/firewall/required",
		"/properties/firewall/properties/zones/items/if",
		"/properties/firewall/properties/zones/items/properties/ensure",
		"/properties/network/items/properties/ipv4.method",
		"/properties/network/items/properties/ipv4/required",
		"/properties/network/items/properties/ipv4/properties/name",
	};
	sp_auto_yaml y = { 0 };

	(void)state;
	read_schema(&y);
	for (size_t i = 0; i < SP_COUNT(paths); i++)
		if (walk(y.root, paths[i]))
			fail_msg("something at %s", paths[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_what_the_tables_say),
		cmocka_unit_test(leaves_out),
	};

	return cmocka_run_group_tests_name("schema", tests, NULL, NULL);
}
