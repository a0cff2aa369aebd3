/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_con_redact.c - keyfiles without secrets, which libnm still reads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/kind.h"
#include "core/mem.h"
#include "netcfg/connection.h"
#include "netcfg/nm.h"

const struct sp_kind *const sp_kinds[] = { NULL };

#define HEAD "[connection]\nid=x\nuuid=d2ed7caa-86fb-57f0-985a-107a7eff9910\n"

static const struct {
	const char *text, *want;
} rows[] = {
	{ HEAD "type=ethernet\n\n[ethernet]\nmac-address=00:11:22:33:44:55\n",
	  HEAD "type=ethernet\n\n[ethernet]\nmac-address=00:11:22:33:44:55\n" },
	{ HEAD "type=wifi\n# psk=hush\n[wifi]\nssid=a\n[wifi-security]\n"
	       "key-mgmt=wpa-psk\npsk-flags=0\n psk = hush hush\nwep-key0=hush1\n"
	       "leap-password=hush\n",
	  HEAD "type=wifi\n[wifi]\nssid=a\n[wifi-security]\nkey-mgmt=wpa-psk\n"
	       "psk-flags=0\n" },
	{ HEAD "type=ethernet\n[ethernet]\n[802-1x]\neap=tls;\nidentity=me\n"
	       "client-cert=data:;base64,aHVzaAo=\n"
	       "private-key=data:;base64,aHVzaAo=\n"
	       "private-key-password=hush\npassword-raw=hush\npin=hush\n"
	       "ca-cert-password=hush\nphase2-private-key-password=hush\n",
	  HEAD "type=ethernet\n[ethernet]\n[802-1x]\neap=tls;\nidentity=me\n"
	       "client-cert=/sprout-left-out\nprivate-key=/sprout-left-out\n" },
	{ HEAD "type=ethernet\n[802-1x]\neap=tls;\nidentity=me\n"
	       "client-cert=/a.pem\nprivate-key=/b.pem\n",
	  HEAD "type=ethernet\n[802-1x]\neap=tls;\nidentity=me\n"
	       "client-cert=/a.pem\nprivate-key=/b.pem\n" },
	{ HEAD "type=wireguard\ninterface-name=wg0\n[wireguard]\n"
	       "private-key=qGZyV0BO8nkj2XcQnRzSwGVV8HGVBGUEsKGFvL2DE2E=\n"
	       "[wireguard-peer.6IvO8Fn2WU8LLPLA0rkCNpTAdzPZuVZMbMIE2Drbw2I=]\n"
	       "preshared-key=qGZyV0BO8nkj2XcQnRzSwGVV8HGVBGUEsKGFvL2DE2E=\n"
	       "preshared-key-flags=0\nallowed-ips=10.0.0.0/8;\n",
	  HEAD "type=wireguard\ninterface-name=wg0\n[wireguard]\n"
	       "[wireguard-peer.6IvO8Fn2WU8LLPLA0rkCNpTAdzPZuVZMbMIE2Drbw2I=]\n"
	       "preshared-key-flags=0\nallowed-ips=10.0.0.0/8;\n" },
	{ HEAD "type=vpn\n[vpn]\nservice-type=org.x\ngateway=h\n[vpn-secrets]\n"
	       "anything=hush\n",
	  HEAD "type=vpn\n[vpn]\nservice-type=org.x\ngateway=h\n[vpn-secrets]\n" },
	{ HEAD "type=macsec\n[macsec]\nparent=eth0\nmka-cak=00\nmka-ckn=11\n",
	  HEAD "type=macsec\n[macsec]\nparent=eth0\nmka-ckn=11\n" },
	{ HEAD "type=gsm\n[gsm]\npin=1234\npassword=hush\nnumber=*99#\n",
	  HEAD "type=gsm\n[gsm]\nnumber=*99#\n" },
	{ "garbage hush\n=\n", "=\n" },
};

static void test_redact(void **state)
{
	(void)state;
	for (size_t i = 0; i < SP_COUNT(rows); i++) {
		sp_auto_buf text = { 0 }, got = { 0 };

		sp_buf_add(&text, rows[i].text);
		assert_int_equal(sp_con_redact("/x", &text, &got), 1);
		assert_string_equal(got.data, rows[i].want);
	}
}

static void test_read(void **state)
{
	sp_auto_err gone = { 0 };

	(void)state;
	if (sp_nm_load(&gone) < 0)
		skip();
	/* Kinds of connections that sprout has to do with. */
	for (size_t i = 0; i < 4; i++) {
		sp_auto_err err = { 0 };
		sp_auto_nm *c = NULL;

		if (sp_nm_read("/x", rows[i].want, strlen(rows[i].want), "x", &c,
			       &err) < 0)
			fail_msg("%zu: %s", i, err.msg);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_redact),
		cmocka_unit_test(test_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
