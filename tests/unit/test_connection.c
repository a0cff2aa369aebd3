/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_connection.c - the kind connection where it depends on the libnm that
 * is there, and on views that no golden case has: DHCP ranges, snapshots.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/host_overlay.h"
#include "core/kind.h"
#include "core/mem.h"
#include "core/profile.h"
#include "netcfg/connection.h"

extern const struct sp_kind sp_kind_connection;
const struct sp_kind *const sp_kinds[] = { &sp_kind_connection, NULL };

#define RANGE_FILE "/etc/NetworkManager/dnsmasq-shared.d/sprout-n.conf"

static void preload(struct sp_host *h, const char *path, enum sp_ftype type,
		    mode_t mode, const char *text)
{
	struct sp_node n = { .type = type, .mode = mode, .loaded = true };

	sp_buf_add(&n.data, text);
	n.size = n.data.len;
	sp_host_preload(h, path, &n);
}

static struct sp_host *new_host(void)
{
	struct sp_host *h = sp_host_new(NULL);

	preload(h, "/", SP_FT_DIR, 0755, "");
	return h;
}

/* Bring @h to a profile's only connection; 0 when that changes nothing. */
static int bring(struct sp_host *h, const char *text)
{
	sp_auto_free char *all =
		sp_asprintf("sprout: 1\nnetwork: [%s]\n", text);
	sp_auto_profile p = { 0 };
	sp_auto_diag diag = { 0 };
	sp_auto_state have = { 0 };
	sp_auto_err err = { 0 };
	struct sp_change c;
	int r;

	sp_profile_add_text(&p, "p", all, strlen(all));
	sp_profile_parse(&p, &diag);
	sp_profile_check(&p, h, &diag);
	assert_int_equal(diag.errors, 0);
	assert_int_equal(p.n, 1);
	sp_state_init(&have, sp_kind_connection.fields);
	r = sp_kind_connection.observe(h, p.res->id, &p.res->want, &have, &err);
	if (r < 0)
		fail_msg("%s", err.msg);
	r = sp_diff_fields(&sp_kind_connection, &p.res->want, &have, &c, &err);
	if (r <= 0)
		return r;
	c.id = sp_xstrdup(p.res->id);
	r = sp_kind_connection.apply(h, &c, &err);
	sp_change_clear(&c);
	if (r < 0)
		fail_msg("%s", err.msg);
	return 1;
}

/* The file's text; "" when there is none. */
static char *text_of(struct sp_host *h, const char *path)
{
	sp_auto_err err = { 0 };
	struct sp_buf b = { 0 };

	assert_true(sp_host_read(h, path, &b, &err) >= 0);
	return sp_buf_take(&b);
}

static void assert_range(struct sp_host *h, const char *device,
			 const char *first, const char *last)
{
	sp_auto_free char *file = text_of(h, RANGE_FILE);
	sp_auto_free char *con = text_of(h, SP_CON_DIR "/n.nmconnection");
	sp_auto_free char *prop =
		sp_asprintf("\nshared-dhcp-range=%s,%s\n", first, last);
	sp_auto_free char *line = sp_asprintf("\ndhcp-range=tag:%s,%s,%s,60m\n",
					      device, first, last);

	if (sp_nm_has("ipv4", "shared-dhcp-range")) {
		assert_string_equal(file, "");
		assert_non_null(strstr(con, prop));
	} else {
		assert_non_null(strstr(file, line));
		assert_null(strstr(con, "shared-dhcp-range"));
	}
}

static void test_range(void **state)
{
	static const char first[] =
		"{name: n, type: nat, device: vd0, ipv4: {addresses: [10.7.0.1/24], dhcp: "
		"10.7.0.5-10.7.0.9}}";
	static const char second[] =
		"{name: n, type: nat, device: vd0, ipv4: {addresses: [10.7.0.1/24], dhcp: "
		"10.7.0.5-10.7.0.8}}";
	static const char silent[] =
		"{name: n, type: nat, device: vd1, ipv4: {addresses: [10.7.0.1/24]}}";
	struct sp_host *h = new_host();
	sp_auto_free char *file = NULL, *con = NULL;

	(void)state;
	assert_int_equal(bring(h, first), 1);
	assert_range(h, "vd0", "10.7.0.5", "10.7.0.9");
	assert_int_equal(bring(h, first), 0);
	assert_int_equal(bring(h, second), 1);
	assert_range(h, "vd0", "10.7.0.5", "10.7.0.8");
	/* another device; the range is not spoken of and stays */
	assert_int_equal(bring(h, silent), 1);
	assert_range(h, "vd1", "10.7.0.5", "10.7.0.8");
	assert_int_equal(bring(h, silent), 0);
	/* no NAT any more */
	assert_int_equal(
		bring(h, "{name: n, type: bridge, ipv4: {method: dhcp}}"), 1);
	file = text_of(h, RANGE_FILE);
	assert_string_equal(file, "");
	con = text_of(h, SP_CON_DIR "/n.nmconnection");
	assert_null(strstr(con, "dhcp-range"));
	assert_null(strstr(con, "10.7.0"));
	sp_host_free(h);
}

static void test_range_goes(void **state)
{
	struct sp_host *h = new_host();
	sp_auto_free char *file = NULL, *con = NULL;

	(void)state;
	assert_int_equal(
		bring(h,
		      "{name: n, type: nat, ipv4: {addresses: [10.7.0.1/24], dhcp: "
		      "10.7.0.5-10.7.0.9}}"),
		1);
	assert_range(h, "n", "10.7.0.5", "10.7.0.9");
	assert_int_equal(bring(h, "{name: n, ensure: absent}"), 1);
	file = text_of(h, RANGE_FILE);
	assert_string_equal(file, "");
	con = text_of(h, SP_CON_DIR "/n.nmconnection");
	assert_string_equal(con, "");
	assert_int_equal(bring(h, "{name: n, ensure: absent}"), 0);
	sp_host_free(h);
}

/* A file from before libnm had the property is as good as the property. */
static void test_range_from_file(void **state)
{
	struct sp_host *h = new_host();

	(void)state;
	assert_int_equal(
		bring(h,
		      "{name: n, type: nat, ipv4: {addresses: [10.7.0.1/24]}}"),
		1);
	preload(h, "/etc/NetworkManager/dnsmasq-shared.d", SP_FT_DIR, 0755, "");
	preload(h, RANGE_FILE, SP_FT_FILE, 0644,
		"# by hand\ndhcp-range=tag:n,10.7.0.5,10.7.0.9,2h\n");
	assert_int_equal(
		bring(h,
		      "{name: n, type: nat, ipv4: {addresses: [10.7.0.1/24], dhcp: "
		      "10.7.0.5-10.7.0.9}}"),
		0);
	sp_host_free(h);
}

/* Keyfiles are in a snapshot, too: what is not there is to be made. */
static void test_snapshot(void **state)
{
	struct sp_host *h = new_host();

	(void)state;
	preload(h, "/.sprout-snapshot", SP_FT_FILE, 0644, "");
	assert_int_equal(bring(h, "{name: n, type: bridge}"), 1);
	assert_int_equal(bring(h, "{name: n, type: bridge}"), 0);
	assert_int_equal(bring(h, "{name: n, ensure: absent}"), 1);
	sp_host_free(h);
}

/* What ran, as it stands in the journal. */
static void test_running(void **state)
{
	static const struct {
		const char *text, *pairs, *fields;
	} rows[] = {
		{ NULL, "", "" },
		{ "", "", "" },
		{ "|", "", "" },
		{ "eth0 1-2 eth1 - |", "eth0 1-2 eth1 -", "" },
		{ "br= = | device ipv4.gateway",
		  "br= =", "device ipv4.gateway" },
		{ "eth0 1-2", "", "" },
	};

	(void)state;
	for (size_t i = 0; i < SP_COUNT(rows); i++) {
		sp_auto_strv pairs = { 0 }, fields = { 0 };
		sp_auto_free char *p = NULL, *f = NULL;

		sp_con_running_split(rows[i].text, &pairs, &fields);
		p = sp_strv_join(&pairs, " ");
		f = sp_strv_join(&fields, " ");
		assert_string_equal(p, rows[i].pairs);
		assert_string_equal(f, rows[i].fields);
	}
}

/* NetworkManager ignores what others may read; it is made again. */
static void test_insecure(void **state)
{
	struct sp_host *h = new_host();
	sp_auto_err err = { 0 };
	struct sp_stat st;

	(void)state;
	assert_int_equal(bring(h, "{name: n, type: bridge}"), 1);
	assert_int_equal(bring(h, "{name: n, type: bridge}"), 0);
	assert_int_equal(sp_host_setattr(h, SP_CON_DIR "/n.nmconnection",
					 SP_ATTR(0640, SP_KEEP_ID, SP_KEEP_ID),
					 &err),
			 0);
	assert_int_equal(bring(h, "{name: n, type: bridge}"), 1);
	assert_int_equal(
		sp_host_stat(h, SP_CON_DIR "/n.nmconnection", &st, &err), 1);
	assert_int_equal(st.mode, 0600);
	assert_int_equal(bring(h, "{name: n, type: bridge}"), 0);
	sp_host_free(h);
}

/* Without a type, what is an interface's name is not clear either. */
static void test_device(void **state)
{
	static const struct {
		const char *id, *type, *device, *want;
	} r[] = {
		{ "uplink", "ethernet", "eth0", "eth0" },
		{ "uplink", "ethernet", NULL, NULL },
		{ "br0", "bridge", NULL, "br0" },
		{ "br0", "bridge", "br1", "br1" },
		{ "the bridge", "bridge", NULL, NULL },
		{ "sixteen-bytes-16", "vlan", NULL, NULL },
		{ "br0", NULL, NULL, NULL },
	};

	(void)state;
	for (size_t i = 0; i < SP_COUNT(r); i++) {
		sp_auto_state st = { 0 };
		const char *got;

		print_message("%s\n", r[i].id);
		sp_state_init(&st, sp_kind_connection.fields);
		sp_state_set_str(&st, F_TYPE, r[i].type);
		sp_state_set_str(&st, F_DEVICE, r[i].device);
		got = sp_con_device(r[i].id, &st);
		if (r[i].want)
			assert_string_equal(got, r[i].want);
		else
			assert_null(got);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_range),
		cmocka_unit_test(test_range_goes),
		cmocka_unit_test(test_range_from_file),
		cmocka_unit_test(test_snapshot),
		cmocka_unit_test(test_running),
		cmocka_unit_test(test_insecure),
		cmocka_unit_test(test_device),
	};
	sp_auto_err err = { 0 };

	if (sp_nm_load(&err) < 0)
		return 77;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
