/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_nm.c - connection profiles as keyfiles, through libnm. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/kind.h"
#include "core/mem.h"
#include "netcfg/nm.h"

const struct sp_kind *const sp_kinds[] = { NULL };

#define HEAD                                                              \
	"[connection]\nid=x\nuuid=5ce95683-ba2a-4f36-ba06-404e29077c35\n" \
	"type=ethernet\n"

static char *written(struct sp_nm *c, bool *ret_secret)
{
	sp_auto_err err = { 0 };
	struct sp_buf b;
	int r = sp_nm_write(c, &b, ret_secret, &err);

	if (r < 0)
		print_error("%s\n", err.msg);
	assert_int_equal(r, 0);
	return sp_buf_take(&b);
}

static struct sp_nm *reread(const char *text)
{
	sp_auto_err err = { 0 };
	struct sp_nm *c = NULL;
	int r = sp_nm_read("/f", text, strlen(text), "x", &c, &err);

	if (r < 0)
		print_error("%s\n", err.msg);
	assert_int_equal(r, 0);
	return c;
}

static void set_list(struct sp_nm *c, const char *setting, const char *prop,
		     const char *words)
{
	struct sp_value v = { .type = SP_V_LIST };
	sp_auto_err err = { 0 };

	sp_strv_split(&v.list, words, ",");
	assert_int_equal(sp_nm_set(c, setting, prop, &v, &err), 0);
	sp_value_clear(&v);
}

static void assert_is(const struct sp_nm *c, const char *setting,
		      const char *prop, const char *want)
{
	sp_auto_buf b = { 0 };
	struct sp_value v;

	sp_nm_get(c, setting, prop, &v);
	sp_value_format(&v, &b);
	sp_value_clear(&v);
	assert_string_equal(sp_buf_cstr(&b), want);
}

static struct sp_nm *new (const char *id, const char *type)
{
	sp_auto_err err = { 0 };
	struct sp_nm *c = NULL;

	assert_int_equal(sp_nm_new(id, type, &c, &err), 0);
	return c;
}

/* The UUID follows from the id, as RFC 9562 says, and never changes. */
static void test_uuid(void **state)
{
	sp_auto_nm *a = new ("uplink", "bridge"), *b = new ("br0", "bridge");

	(void)state;
	assert_is(a, "connection", "uuid",
		  "c116ad5a-e952-5a24-a05e-9bd42128fd04");
	assert_is(b, "connection", "uuid",
		  "a8795c80-705a-5ea3-99cb-86a6453b3a11");
}

static void test_round_trip(void **state)
{
	static const struct {
		const char *setting, *prop, *text;
	} s[] = {
		{ "connection", "interface-name", "eth0" },
		{ "connection", "zone", "public" },
		{ "802-3-ethernet", "mac-address", "52:54:00:AB:CD:EF" },
		{ "ipv4", "method", "manual" },
		{ "ipv6", "method", "manual" },
	};
	static const struct {
		const char *setting, *prop, *words, *want;
	} l[] = {
		{ "ipv4", "addresses", "192.0.2.10/24,198.51.100.1/30",
		  "[192.0.2.10/24, 198.51.100.1/30]" },
		{ "ipv4", "dns", "192.0.2.53,192.0.2.54",
		  "[192.0.2.53, 192.0.2.54]" },
		{ "ipv4", "dns-search", "b.example,a.example",
		  "[b.example, a.example]" },
		{ "ipv4", "routes",
		  "10.0.0.0/8 via 192.0.2.1 metric 5 table 6 src 192.0.2.10 mtu 1400 "
		  "onlink,10.1.0.0/16",
		  "[10.0.0.0/8 via 192.0.2.1 metric 5 table 6 src 192.0.2.10 mtu 1400 onlink, "
		  "10.1.0.0/16]" },
		{ "ipv6", "addresses", "2001:db8::1/64", "[2001:db8::1/64]" },
		{ "ipv6", "routes", "2001:db8:1::/48 via fe80::1",
		  "[2001:db8:1::/48 via fe80::1]" },
	};
	sp_auto_nm *c = new ("x", "802-3-ethernet"), *again = NULL;
	sp_auto_free char *text = NULL, *second = NULL;
	sp_auto_err err = { 0 };
	bool secret = true;

	(void)state;
	for (size_t i = 0; i < SP_COUNT(s); i++)
		assert_int_equal(sp_nm_set_str(c, s[i].setting, s[i].prop,
					       s[i].text, &err),
				 0);
	for (size_t i = 0; i < SP_COUNT(l); i++)
		set_list(c, l[i].setting, l[i].prop, l[i].words);
	assert_int_equal(
		sp_nm_set(c, "802-3-ethernet", "mtu",
			  &(struct sp_value){ .type = SP_V_INT, .i = 9000 },
			  &err),
		0);
	assert_int_equal(sp_nm_set(c, "connection", "autoconnect",
				   &(struct sp_value){ .type = SP_V_BOOL },
				   &err),
			 0);
	assert_false(sp_nm_marked(c));
	assert_int_equal(sp_nm_mark(c, &err), 0);
	text = written(c, &secret);
	assert_false(secret);

	again = reread(text);
	for (size_t i = 0; i < SP_COUNT(s); i++)
		assert_is(again, s[i].setting, s[i].prop, s[i].text);
	for (size_t i = 0; i < SP_COUNT(l); i++)
		assert_is(again, l[i].setting, l[i].prop, l[i].want);
	assert_is(again, "802-3-ethernet", "mtu", "9000");
	assert_is(again, "connection", "autoconnect", "false");
	assert_true(sp_nm_marked(again));
	second = written(again, &secret);
	assert_string_equal(text, second);

	/* NONE is the default again */
	assert_int_equal(sp_nm_set(again, "connection", "autoconnect",
				   &(struct sp_value){ 0 }, &err),
			 0);
	assert_is(again, "connection", "autoconnect", "true");
	assert_int_equal(sp_nm_set_str(again, "connection", "zone", NULL, &err),
			 0);
	assert_is(again, "connection", "zone", "(none)");
	set_list(again, "ipv4", "routes", "");
	assert_is(again, "ipv4", "routes", "[]");
	sp_nm_drop(again, "ipv4");
	assert_is(again, "ipv4", "addresses", "(none)");
	sp_nm_drop(again, "ipv4");
}

static void test_bond(void **state)
{
	sp_auto_nm *c = new ("b", "bond"), *again = NULL;
	sp_auto_free char *text = NULL;
	sp_auto_err err = { 0 };
	bool secret;

	(void)state;
	assert_int_equal(sp_nm_set_str(c, "connection", "interface-name", "b0",
				       &err),
			 0);
	assert_int_equal(
		sp_nm_set_str(c, "bond", "mode", "active-backup", &err), 0);
	set_list(c, "bond", "options", "primary=eth1,miimon=100");
	set_list(c, "bond", "options", "updelay=200,miimon=100");
	text = written(c, &secret);
	again = reread(text);
	assert_is(again, "bond", "mode", "active-backup");
	assert_is(again, "bond", "options", "[miimon=100, updelay=200]");
	set_list(again, "bond", "options", "lacp_rate=fast");
	assert_int_equal(sp_nm_complete(again, &err), -EINVAL);
	assert_true(sp_starts(err.msg, "bond.options: "));
}

/* Whatever libnm calls them, the file has the names that all can read. */
static void test_old_names(void **state)
{
	sp_auto_nm *c = new ("p", "802-3-ethernet"), *again = NULL;
	sp_auto_free char *text = NULL;
	sp_auto_err err = { 0 };
	bool secret;

	(void)state;
	assert_int_equal(sp_nm_set_str(c, "connection", "interface-name",
				       "eth1", &err),
			 0);
	assert_int_equal(sp_nm_set_str(c, "connection", "master", "br0", &err),
			 0);
	assert_int_equal(sp_nm_set_str(c, "connection", "slave-type", "bridge",
				       &err),
			 0);
	text = written(c, &secret);
	assert_non_null(strstr(text, "type=ethernet\ninterface-name=eth1\n"
				     "master=br0\nslave-type=bridge\n"));
	assert_null(strstr(text, "controller"));
	assert_null(strstr(text, "port-type"));
	again = reread(text);
	assert_is(again, "connection", "master", "br0");
	if (sp_nm_has("connection", "controller")) {
		sp_auto_nm *n =
			reread(HEAD "controller=br0\nport-type=bridge\n");

		assert_is(n, "connection", "master", "br0");
		assert_is(n, "connection", "slave-type", "bridge");
	}
}

static void test_secret(void **state)
{
	sp_auto_nm *c = reread(
		HEAD "[802-1x]\neap=md5;\nidentity=me\npassword=secret\n");
	sp_auto_nm *plain = reread(
		HEAD "[802-1x]\neap=md5;\nidentity=me\npassword-flags=2\n");
	sp_auto_free char *text = NULL, *other = NULL;
	bool secret;

	(void)state;
	text = written(c, &secret);
	assert_true(secret);
	other = written(plain, &secret);
	assert_false(secret);
}

static void test_read(void **state)
{
	/* @want: a part of the error; NULL: it is fine. */
	static const struct {
		const char *text, *want;
	} r[] = {
		{ HEAD, NULL },
		{ "[connection]\ntype=ethernet\n",
		  NULL }, /* id and uuid are made */
		{ HEAD "autoconnect=true\ntimestamp=5\npermissions=\n", NULL },
		{ HEAD "[802-3-ethernet]\nmtu=1500\n", NULL },
		{ HEAD "[ethernet]\nmtu=0\n", NULL },
		{ HEAD
		  "[ipv4]\nmethod=manual\naddress1=192.0.2.1/24\ngateway=192.0.2.2\n",
		  NULL },
		{ HEAD
		  "[ipv4]\nmethod=manual\naddresses1=192.0.2.1/24,192.0.2.2\n",
		  NULL },
		{ HEAD
		  "[ipv4]\nmethod=auto\nroute1=10.0.0.0/8\nroute1_options=cwnd=5\n",
		  NULL },
		{ HEAD "[user]\nany.thing=at all\n", NULL },
		{ "", "connection.type" },
		{ "junk", "/f: " },
		{ "[connection]\nid=x\n", "connection.type" },
		{ HEAD "never-heard=1\n",
		  "[connection] never-heard: this libnm does not know" },
		{ HEAD "[ipv4]\nmethod=auto\nnever-heard=1\n",
		  "[ipv4] never-heard: this" },
		{ HEAD "[ipv4]\nmethod=auto\naddressX=1\n",
		  "[ipv4] addressX: this" },
		{ HEAD "[never-heard]\na=1\n", "[never-heard] " },
		{ HEAD "[ethernet]\nmtu=many\n", "[ethernet] mtu: " },
		{ HEAD "[ipv4]\nmethod=manual\n", "ipv4." },
		{ HEAD "[ipv4]\nmethod=manual\naddress1=192.0.2.1/33\n",
		  "[ipv4] address1: " },
		{ HEAD "[ipv4]\nmethod=neverheard\n", "ipv4.method: " },
		{ "[connection]\nid=x\ntype=bond\ninterface-name=b0\n[bond]\nmode=active-backup\n"
		  "neverheard=1\n",
		  "neverheard" },
	};

	(void)state;
	for (size_t i = 0; i < SP_COUNT(r); i++) {
		sp_auto_err err = { 0 };
		sp_auto_nm *c = NULL;
		int got = sp_nm_read("/f", r[i].text, strlen(r[i].text), "x",
				     &c, &err);

		print_message("%s: %s\n", r[i].text, got ? err.msg : "fine");
		if (!r[i].want) {
			assert_int_equal(got, 0);
			assert_non_null(c);
			continue;
		}
		assert_true(got < 0);
		assert_null(c);
		assert_true(sp_starts(err.msg, "/f: "));
		assert_non_null(strstr(err.msg, r[i].want));
	}
}

static void test_unknown(void **state)
{
	sp_auto_nm *c = new ("x", "802-3-ethernet");
	sp_auto_free char *none = NULL;
	sp_auto_err err = { 0 };

	(void)state;
	assert_true(sp_nm_has("ipv4", "dns"));
	assert_false(sp_nm_has("ipv4", "never-heard"));
	assert_false(sp_nm_has("never-heard", "dns"));
	assert_int_equal(sp_nm_set_str(c, "ipv4", "never-heard", "x", &err),
			 -ENOTSUP);
	assert_is(c, "ipv4", "never-heard", "(none)");
	none = sp_nm_get_str(c, "vlan", "parent");
	assert_null(none);
}

static void test_refused(void **state)
{
	sp_auto_nm *c = new ("x", "802-3-ethernet");
	struct sp_buf untouched = { .data = (char *)8, .len = 9 },
		      b = untouched;
	sp_auto_err err = { 0 };
	bool secret;

	(void)state;
	assert_int_equal(sp_nm_set_str(c, "ipv4", "method", "manual", &err), 0);
	assert_int_equal(sp_nm_write(c, &b, &secret, &err), -EINVAL);
	assert_true(sp_starts(err.msg, "ipv4."));
	assert_memory_equal(&b, &untouched, sizeof(b));
}

static int have_libnm(void **state)
{
	sp_auto_err err = { 0 };

	(void)state;
	return sp_nm_load(&err) < 0 ? -1 : 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_uuid),
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_bond),
		cmocka_unit_test(test_old_names),
		cmocka_unit_test(test_secret),
		cmocka_unit_test(test_read),
		cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_refused),
	};

	if (have_libnm(NULL) < 0)
		return 77;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
