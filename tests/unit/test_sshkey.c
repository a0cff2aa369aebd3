/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_sshkey.c - public keys, and edits of authorized_keys. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "core/kind.h"
#include "core/mem.h"
#include "harden/sshkey.h"

const struct sp_kind *const sp_kinds[] = { NULL };

/* Keys whose numbers are all the same byte. */
#define ED \
	"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBERERERERERERERERERERERERERERERERERERERERER"
#define ED2 \
	"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAICIiIiIiIiIiIiIiIiIiIiIiIiIiIiIiIiIiIiIiIiIi"
#define SHORT \
	"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAHxERERERERERERERERERERERERERERERERERERERERE="
#define LONG \
	"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBERERERERERERERERERERERERERERERERERERERERERAAAAAXg="
#define RSA_512                                                            \
	"AAAAB3NzaC1yc2EAAAADAQABAAAAQQCAgICAgICAgICAgICAgICAgICAgICAgICA" \
	"gICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICA"
#define RSA_511                                                            \
	"AAAAB3NzaC1yc2EAAAADAQABAAAAQH9/f39/f39/f39/f39/f39/f39/f39/f39/" \
	"f39/f39/f39/f39/f39/f39/f39/f39/f39/f39/f39/f39/f38="
#define EC_256                                                             \
	"AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBAcHBwcHBwcH" \
	"BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcH" \
	"BwcHBwcHBwc="
#define EC_256_CURVE                                                       \
	"AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAzODQAAABBBAcHBwcHBwcH" \
	"BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcH" \
	"BwcHBwcHBwc="
#define EC_256_POINT                                                       \
	"AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBAgcHBwcHBwcH" \
	"BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcH" \
	"BwcHBwcHBwc="
#define SK_ED                                                              \
	"AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29tAAAAIBERERERERERERERERER" \
	"ERERERERERERERERERERERER"
#define SK_ED_GOOD                                                         \
	"AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29tAAAAIBERERERERERERERERER" \
	"ERERERERERERERERERERERERAAAABHNzaDo="
#define SK_EC                                                              \
	"AAAAInNrLWVjZHNhLXNoYTItbmlzdHAyNTZAb3BlbnNzaC5jb20AAAAIbmlzdHAy" \
	"NTYAAABBBAcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcH" \
	"BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcAAAAEc3NoOg=="
#define DSS "AAAAB3NzaC1kc3MAAAABAQAAAAECAAAAAQMAAAABBA=="

static void test_canon(void **state)
{
	static const struct {
		const char *text;
		const char *want; /* NULL: refused */
		const char *why;  /* part of the message */
	} rows[] = {
		{ ED, ED, NULL },
		{ ED " a@b", ED " a@b", NULL },
		{ "  " ED " \t a@b  c \t", ED " a@b  c", NULL },
		{ "no-pty " ED " a", "no-pty " ED " a", NULL },
		{ "command=\"a \\\"b\\\" c\",no-pty\t" ED,
		  "command=\"a \\\"b\\\" c\",no-pty " ED, NULL },
		{ "from=\"*.example.com, !x\" " ED " \xc3\xa9",
		  "from=\"*.example.com, !x\" " ED " \xc3\xa9", NULL },
		{ "ssh-rsa " RSA_512, "ssh-rsa " RSA_512, NULL },
		{ "ecdsa-sha2-nistp256 " EC_256, "ecdsa-sha2-nistp256 " EC_256,
		  NULL },
		{ "sk-ssh-ed25519@openssh.com " SK_ED_GOOD,
		  "sk-ssh-ed25519@openssh.com " SK_ED_GOOD, NULL },
		{ "sk-ecdsa-sha2-nistp256@openssh.com " SK_EC,
		  "sk-ecdsa-sha2-nistp256@openssh.com " SK_EC, NULL },
		{ "ssh-dss " DSS, "ssh-dss " DSS, NULL },
		{ "", NULL, "expected" },
		{ "#" ED, NULL, "expected" },
		{ "ssh-ed25519", NULL, "nothing behind" },
		{ "no-pty ssh-ed25519", NULL, "nothing behind" },
		{ "no-pty", NULL, "expected" },
		{ "no-pty restrict " ED, NULL, "expected" },
		{ "command=\"open " ED, NULL, "expected" },
		{ "ssh-foo AAAA", NULL, "expected" },
		{ SHORT, NULL, "not whole" },
		{ LONG, NULL, "behind its end" },
		{ "ssh-ed25519 AAAA=", NULL, "does not decode" },
		{ "ssh-ed25519 AAA", NULL, "does not decode" },
		{ "ssh-ed25519 ====", NULL, "does not decode" },
		{ "ssh-ed25519 AA=A", NULL, "does not decode" },
		{ "ssh-ed25519 AAA-", NULL, "does not decode" },
		{ "ssh-ed25519 AAAA", NULL, "not a key" },
		{ "ssh-ed25519 /////2FiYw==", NULL, "not a key" },
		{ "ssh-ed25519 " RSA_512, NULL, "but the base64 is ssh-rsa" },
		{ "ecdsa-sha2-nistp256 " EC_256_CURVE, NULL, "not whole" },
		{ "ecdsa-sha2-nistp256 " EC_256_POINT, NULL, "not whole" },
		{ "sk-ssh-ed25519@openssh.com " SK_ED, NULL, "not whole" },
		{ ED "\n" ED2, NULL, "more than one line" },
		{ ED " \x7f", NULL, "control" },
		{ ED " \xff", NULL, "UTF-8" },
		{ "-----BEGIN OPENSSH PRIVATE KEY----- c2VjcmV0", NULL,
		  "private key" },
		{ "PuTTY-User-Key-File-2: ssh-rsa c2VjcmV0", NULL,
		  "private key" },
		{ "---- BEGIN SSH2 PUBLIC KEY ----", NULL, "ssh-keygen -i" },
	};

	(void)state;
	for (size_t i = 0; i < SP_COUNT(rows); i++) {
		char *mark = (char *)"untouched", *ret = mark;
		sp_auto_err err = { 0 };
		int r = sp_sshkey_canon(rows[i].text, &ret, &err);

		if ((r == 0) != (rows[i].want != NULL))
			fail_msg("row %zu: %s: %s", i, rows[i].text, err.msg);
		if (r < 0) {
			assert_ptr_equal(ret, mark);
			if (!strstr(err.msg, rows[i].why))
				fail_msg("row %zu: %s", i, err.msg);
			assert_null(strstr(err.msg, "c2VjcmV0"));
		} else {
			assert_string_equal(ret, rows[i].want);
			free(ret);
		}
	}
}

static void test_huge(void **state)
{
	sp_auto_buf b = { 0 };
	sp_auto_err err = { 0 };
	char *ret;

	(void)state;
	sp_buf_add(&b, "ssh-rsa ");
	for (int i = 0; i < 32768; i++)
		sp_buf_addc(&b, 'A');
	assert_int_equal(sp_sshkey_canon(b.data, &ret, &err), -EINVAL);
	assert_non_null(strstr(err.msg, "longer than any key"));
}

static void test_weak(void **state)
{
	static const struct {
		const char *line, *want;
	} rows[] = {
		{ ED, NULL },
		{ "ecdsa-sha2-nistp256 " EC_256, NULL },
		{ "ssh-rsa " RSA_512, "512 bits" },
		{ "no-pty ssh-rsa " RSA_511, "511 bits" },
		{ "ssh-dss " DSS, "ssh-dss" },
		{ "nothing", NULL },
	};

	(void)state;
	for (size_t i = 0; i < SP_COUNT(rows); i++) {
		sp_auto_free char *weak = sp_sshkey_weakness(rows[i].line);

		if (!weak != !rows[i].want ||
		    (weak && !strstr(weak, rows[i].want)))
			fail_msg("row %zu: %s", i, weak ? weak : "fine");
	}
}

static void test_same(void **state)
{
	(void)state;
	assert_true(sp_sshkey_same(ED, ED));
	assert_true(sp_sshkey_same(ED " a", "no-pty " ED " b"));
	assert_false(sp_sshkey_same(ED, ED2));
	assert_false(sp_sshkey_same(ED, "ssh-rsa " RSA_512));
	assert_false(sp_sshkey_same(ED, "nothing"));
}

static void test_edit(void **state)
{
	static const struct {
		const char *before;
		const char *want, *drop; /* separated by newlines */
		const char *after;
	} rows[] = {
		{ "", ED, "", ED "\n" },
		{ "", "", "", "" },
		{ ED "\n", ED, "", ED "\n" },
		{ ED, ED, "", ED },
		{ "  " ED " \n", ED, "", "  " ED " \n" },
		{ ED, ED2, "", ED "\n" ED2 "\n" },
		{ ED " old\n", ED " new", "", ED " new\n" },
		{ "no-pty " ED "\n", ED, "", ED "\n" },
		{ ED "\n# c\n" ED " twice\n", ED " new", "", ED " new\n# c\n" },
		{ "# c\n" ED "\n" ED2 "\n", ED2, ED, "# c\n" ED2 "\n" },
		{ "# c\n" ED "\nbad line\n" ED2, "", ED "\n" ED2,
		  "# c\nbad line\n" },
		{ ED " a\n", "", ED " b", ED " a\n" },
		{ ED "\r\n" ED2 "\r\n", ED, ED2, ED "\r\n" },
		{ ED2 "\n" ED "\n", ED "\n" ED2, "", ED2 "\n" ED "\n" },
	};

	(void)state;
	for (size_t i = 0; i < SP_COUNT(rows); i++) {
		sp_auto_buf before = { 0 }, after = { 0 }, again = { 0 };
		sp_auto_strv want = { 0 }, drop = { 0 }, none = { 0 };

		sp_buf_add(&before, rows[i].before);
		sp_strv_split(&want, rows[i].want, "\n");
		sp_strv_split(&drop, rows[i].drop, "\n");
		sp_sshkeys_edit(&before, &want, &drop, &after);
		if (!sp_streq(sp_buf_cstr(&after), rows[i].after))
			fail_msg("row %zu: \"%s\"", i, sp_buf_cstr(&after));
		sp_sshkeys_edit(&after, &want, &none, &again);
		assert_string_equal(sp_buf_cstr(&again), sp_buf_cstr(&after));
	}
}

static void test_read(void **state)
{
	sp_auto_buf text = { 0 };
	sp_auto_strv keys = { 0 };

	(void)state;
	sp_buf_add(&text, "# " ED "\n\n\t" ED
			  "  x\nssh-rsa broken\nno-pty\t" ED2 "\r\n");
	sp_sshkeys_read(&text, &keys);
	assert_int_equal(keys.n, 2);
	assert_string_equal(keys.v[0], ED " x");
	assert_string_equal(keys.v[1], "no-pty " ED2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_canon), cmocka_unit_test(test_huge),
		cmocka_unit_test(test_weak),  cmocka_unit_test(test_same),
		cmocka_unit_test(test_edit),  cmocka_unit_test(test_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
