/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_openpgp.c - certificates made here, byte by byte. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/kind.h"
#include "core/mem.h"
#include "pkg/openpgp.h"

const struct sp_kind *const sp_kinds[] = { NULL };

#define NOW	 1700000000
#define DAY	 86400
#define CREATED	 (NOW - 1000 * DAY)

/* --- making --------------------------------------------------------------- */

static void add_number(struct sp_buf *b, uint64_t v, int bytes)
{
	for (int i = bytes - 1; i >= 0; i--)
		sp_buf_addc(b, (char)(v >> (8 * i)));
}

static void add_packet(struct sp_buf *b, int tag, const struct sp_buf *body)
{
	sp_buf_addc(b, (char)(0xc0 | tag));
	sp_buf_addc(b, (char)0xff);
	add_number(b, body->len, 4);
	sp_buf_addn(b, sp_buf_cstr(body), body->len);
}

/* A key whose material is one number: each @seed is another key. */
static void add_key(struct sp_buf *b, int tag, int version, int seed)
{
	sp_auto_buf body = { 0 };

	sp_buf_addc(&body, (char)version);
	add_number(&body, CREATED, 4);
	sp_buf_addc(&body, 1);
	if (version == 6)
		add_number(&body, 4, 4);
	add_number(&body, 16, 2);
	add_number(&body, (uint64_t)(0x8000 | seed), 2);
	add_packet(b, tag, &body);
}

static void add_user(struct sp_buf *b, const char *name)
{
	sp_auto_buf body = { 0 };

	sp_buf_add(&body, name);
	add_packet(b, SP_PGP_USER, &body);
}

static void add_subpacket(struct sp_buf *b, int type, uint64_t v, int bytes)
{
	sp_buf_addc(b, (char)(bytes + 1));
	sp_buf_addc(b, (char)type);
	add_number(b, v, bytes);
}

/* @age_d: made so many days ago; @lives_d: the key's, 0: for ever. */
static void add_sig(struct sp_buf *b, int type, int age_d, int lives_d,
		    uint64_t issuer)
{
	sp_auto_buf body = { 0 }, hashed = { 0 }, rest = { 0 };

	add_subpacket(&hashed, 2, (uint64_t)(NOW - age_d * DAY), 4);
	if (lives_d)
		add_subpacket(&hashed, 9, (uint64_t)lives_d * DAY, 4);
	if (issuer)
		add_subpacket(&rest, 16, issuer, 8);
	sp_buf_addc(&body, 4);
	sp_buf_addc(&body, (char)type);
	sp_buf_add(&body, "\1\10");
	add_number(&body, hashed.len, 2);
	sp_buf_addn(&body, hashed.data, hashed.len);
	add_number(&body, rest.len, 2);
	sp_buf_addn(&body, sp_buf_cstr(&rest), rest.len);
	add_number(&body, 0, 2);
	add_packet(b, SP_PGP_SIGNATURE, &body);
}

static int read_certs(const struct sp_buf *b, struct sp_pgp_certs *ret,
		      struct sp_err *err)
{
	return sp_pgp_read_certs((const uint8_t *)sp_buf_cstr(b), b->len, NOW,
				 ret, err);
}

/* --- expiry and revocation ------------------------------------------------ */

struct sig {
	int type, age_d, lives_d;
	uint64_t issuer;	/* 0: not told */
};

/* What is on a key with one user, and on its subkey; why they are bad. */
static const struct {
	struct sig primary[4], sub[4];
	const char *bad, *sub_bad;
} keys[] = {
	{ { { 0x13, 999, 0, 0 } }, { { 0x18, 999, 0, 0 } }, NULL, NULL },
	{ { { 0x13, 999, 1001, 0 } }, { { 0x18, 999, 0, 0 } }, NULL, NULL },
	{ { { 0x13, 999, 999, 0 } }, { { 0x18, 999, 0, 0 } },
	  "expired on 2023-11-13", NULL },
	/* the last word counts, in whatever order it stands */
	{ { { 0x13, 999, 10, 0 }, { 0x13, 5, 2000, 0 } },
	  { { 0x18, 999, 10, 0 }, { 0x18, 5, 0, 0 } }, NULL, NULL },
	{ { { 0x13, 5, 2000, 0 }, { 0x13, 999, 10, 0 } },
	  { { 0x18, 5, 10, 0 }, { 0x18, 999, 0, 0 } }, NULL,
	  "expired on 2021-02-27" },
	{ { { 0x10, 999, 0, 0 }, { 0x1f, 5, 10, 0 } }, { { 0x18, 9, 0, 0 } },
	  "expired on 2021-02-27", NULL },
	/* not what other people have signed */
	{ { { 0x13, 999, 10, 0 }, { 0x10, 5, 0, 0x1122334455667788 } },
	  { { 0x18, 9, 0, 0 } }, "expired on 2021-02-27", NULL },
	{ { { 0x10, 5, 0, 0x1122334455667788 } }, { { 0x18, 9, 0, 0 } },
	  "has no signature of its own", NULL },
	{ { { 0x13, 999, 0, 0 } }, { { 0x13, 9, 0, 0 } }, NULL,
	  "has no signature of its own" },
	{ { { 0x13, 999, 0, 0 }, { 0x20, 5, 0, 0 } }, { { 0x18, 9, 0, 0 } },
	  "is revoked", NULL },
	{ { { 0x20, 900, 0, 0 }, { 0x13, 5, 0, 0 } }, { { 0x18, 9, 0, 0 } },
	  "is revoked", NULL },
	{ { { 0x13, 999, 0, 0 } }, { { 0x18, 9, 0, 0 }, { 0x28, 5, 0, 0 } },
	  NULL, "is revoked" },
	/* a revocation of the other sort means nothing there */
	{ { { 0x13, 999, 0, 0 }, { 0x28, 5, 0, 0 } },
	  { { 0x18, 9, 0, 0 }, { 0x20, 5, 0, 0 } }, NULL, NULL },
};

static void check_bad(size_t i, const struct sp_pgp_key *key, const char *want)
{
	sp_auto_free char *bad = sp_pgp_key_bad(key, NOW);

	if (!sp_streq(bad, want))
		fail_msg("%zu: %s, expected %s", i, bad ? bad : "good",
			 want ? want : "good");
}

static void test_dates(void **state)
{
	(void)state;
	for (size_t i = 0; i < SP_COUNT(keys); i++) {
		sp_auto_pgp_certs certs = { 0 };
		sp_auto_buf b = { 0 };
		sp_auto_err err = { 0 };

		add_key(&b, SP_PGP_PRIMARY, 4, 1);
		add_user(&b, "A <a@example.com>");
		for (int s = 0; s < 4 && keys[i].primary[s].type; s++)
			add_sig(&b, keys[i].primary[s].type,
				keys[i].primary[s].age_d,
				keys[i].primary[s].lives_d,
				keys[i].primary[s].issuer);
		add_key(&b, SP_PGP_SUBKEY, 4, 2);
		for (int s = 0; s < 4 && keys[i].sub[s].type; s++)
			add_sig(&b, keys[i].sub[s].type, keys[i].sub[s].age_d,
				keys[i].sub[s].lives_d, keys[i].sub[s].issuer);
		assert_int_equal(read_certs(&b, &certs, &err), 0);
		assert_int_equal(certs.n, 1);
		assert_int_equal(certs.v->n_sub, 1);
		assert_string_equal(certs.v->user, "A <a@example.com>");
		check_bad(i, &certs.v->key, keys[i].bad);
		check_bad(i, certs.v->sub, keys[i].sub_bad);
		/* together they are the whole */
		assert_int_equal(certs.v->key.at, 0);
		assert_int_equal(certs.v->key.len, certs.v->sub->at);
		assert_int_equal(certs.v->sub->at + certs.v->sub->len, b.len);
	}
}

static void test_versions(void **state)
{
	static const struct {
		int version;
		size_t fingerprint;
		const char *bad;
	} v[] = {
		{ 3, 0, "is of version 3, which is not used any more" },
		{ 4, 40, "has no signature of its own" },
		{ 5, 64, "has no signature of its own" },
		{ 6, 64, "has no signature of its own" },
		{ 9, 0, "is of version 9, which is not used any more" },
	};

	(void)state;
	for (size_t i = 0; i < SP_COUNT(v); i++) {
		sp_auto_pgp_certs certs = { 0 };
		sp_auto_buf b = { 0 };
		sp_auto_err err = { 0 };

		add_key(&b, SP_PGP_PRIMARY, v[i].version, 1);
		assert_int_equal(read_certs(&b, &certs, &err), 0);
		assert_int_equal(strlen(certs.v->key.fingerprint),
				 v[i].fingerprint);
		check_bad(i, &certs.v->key, v[i].bad);
		assert_string_equal(certs.v->user, "");
	}
}

/* --- damaged -------------------------------------------------------------- */

static const struct {
	const char *bytes;
	size_t len;
	const char *why;
} broken[] = {
	{ "", 0, "there is no key" },
	{ "x", 1, "begins no packet" },
	{ "\xc6", 1, "has no length" },
	{ "\xc6\x05", 2, "is cut off" },
	{ "\xc6\xff\xff\xff\xff\xff", 6, "is cut off" },
	{ "\xc6\xe1\x04", 3, "has no length" },	/* in parts */
	{ "\x9b\x04", 2, "has no length" },	/* up to the end */
	{ "\x99\x00", 2, "has no length" },
	{ "\x98\x05\x04", 3, "is cut off" },
	{ "\xc6\x02\x04\x01", 4, "a key is cut off" },
	{ "\xcd\x01x", 3, "does not begin with a public key" },
};

static void test_broken(void **state)
{
	(void)state;
	for (size_t i = 0; i < SP_COUNT(broken); i++) {
		sp_auto_free uint8_t *exact = sp_xmalloc(broken[i].len + 1);
		sp_auto_pgp_certs certs = { 0 };
		sp_auto_err err = { 0 };

		memcpy(exact, broken[i].bytes, broken[i].len);
		assert_int_equal(sp_pgp_read_certs(exact, broken[i].len, NOW,
						   &certs, &err), -EBADMSG);
		if (!strstr(err.msg, broken[i].why))
			fail_msg("%zu: %s", i, err.msg);
		assert_int_equal(certs.n, 0);
	}
}

static void test_limits(void **state)
{
	(void)state;
	for (int many = 0; many < 3; many++) {
		sp_auto_pgp_certs certs = { 0 };
		sp_auto_buf b = { 0 };
		sp_auto_err err = { 0 };
		int n = many == 2 ? SP_PGP_PACKETS_MAX : 64;

		add_key(&b, SP_PGP_PRIMARY, 4, 0);
		for (int i = 0; i < n; i++) {
			if (many == 2)
				add_user(&b, "x");
			else
				add_key(&b, many ? SP_PGP_SUBKEY
						 : SP_PGP_PRIMARY, 4, i);
		}
		assert_int_equal(read_certs(&b, &certs, &err),
				 many == 1 ? 0 : -EFBIG);
		if (many == 1) {
			sp_pgp_certs_clear(&certs);
			add_key(&b, SP_PGP_SUBKEY, 4, 99);
			assert_int_equal(read_certs(&b, &certs, &err), -EFBIG);
		}
	}
}

/* Signatures that make no sense are as if they were not there. */
static void test_bad_signature(void **state)
{
	static const char *const sigs[] = {
		"\4\x20\1\10\0\5\4\2",	 /* the area is longer than it is */
		"\4\x20\1\10\0\1\5\0\0", /* a subpacket is */
		"\2\x20\1",		 /* version 2 */
		"\4\x20\1\10",
	};
	static const size_t lens[] = { 8, 9, 3, 4 };

	(void)state;
	for (size_t i = 0; i < SP_COUNT(sigs); i++) {
		sp_auto_pgp_certs certs = { 0 };
		sp_auto_buf b = { 0 }, body = { 0 };
		sp_auto_err err = { 0 };

		add_key(&b, SP_PGP_PRIMARY, 4, 1);
		sp_buf_addn(&body, sigs[i], lens[i]);
		add_packet(&b, SP_PGP_SIGNATURE, &body);
		assert_int_equal(read_certs(&b, &certs, &err), 0);
		assert_false(certs.v->key.revoked);
	}
}

/* --- armour --------------------------------------------------------------- */

#define BEGIN "-----BEGIN PGP SIGNATURE-----\n"
#define END   "-----END PGP SIGNATURE-----\n"

static const struct {
	const char *text, *want, *why;
} armours[] = {
	{ BEGIN "\naGVsbG8=\n" END, "hello", NULL },
	{ BEGIN "Version: 1\nComment: x\n\naGVs\nbG8=\n=XBqs\n" END, NULL, "does not match" },
	{ "text before\r\n" BEGIN "\naGVsbG8=\r\n=R/WK\r\n" END "after", "hello", NULL },
	{ BEGIN "\naGVs\n" END "between\n" BEGIN "\nbG8=\n" END, "hello", NULL },
	{ "\x88hello", "\x88hello", NULL },
	{ "", NULL, "no \"BEGIN PGP SIGNATURE\"" },
	{ "-----BEGIN PGP MESSAGE-----\n\naGVs\n", NULL, "no \"BEGIN" },
	{ BEGIN "\naGVs\n", NULL, "has no end" },
	{ BEGIN "\naG\x01s\n" END, NULL, "damaged" },
	{ BEGIN "\naGVsbG8=x\n" END, NULL, "damaged" },
};

static void test_armour(void **state)
{
	(void)state;
	for (size_t i = 0; i < SP_COUNT(armours); i++) {
		sp_auto_buf out = { 0 };
		sp_auto_err err = { 0 };
		int r = sp_pgp_dearmor(armours[i].text, strlen(armours[i].text),
				       "SIGNATURE", &out, &err);

		if (armours[i].why) {
			assert_int_equal(r, -EBADMSG);
			if (!strstr(err.msg, armours[i].why))
				fail_msg("%zu: %s", i, err.msg);
			continue;
		}
		if (r < 0)
			fail_msg("%zu: %s", i, err.msg);
		assert_string_equal(sp_buf_cstr(&out), armours[i].want);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dates),
		cmocka_unit_test(test_versions),
		cmocka_unit_test(test_broken),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_bad_signature),
		cmocka_unit_test(test_armour),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
