/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_rpmkeys.c - keyrings: what gets in, and what they verify. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>

#include "core/kind.h"
#include "fx.h"
#include "pkg/rpmkeys.h"

const struct sp_kind *const sp_kinds[] = { NULL };

static char *fx;

static int add(struct sp_keyring *k, const char *name, const char *fpr,
	       struct sp_err *err)
{
	sp_auto_free char *path = sp_asprintf("%s/keys/%s.asc", fx, name);
	sp_auto_buf text = { 0 };

	fx_read(path, &text);
	return sp_keyring_add(k, name, text.data, text.len, time(NULL), fpr,
			      err);
}

static const struct {
	const char *name;
	int r;
	size_t n;	/* certificates */
	const char *text;
} keys[] = {
	{ "good", 0, 1, NULL },
	{ "other", 0, 1, NULL },
	{ "subkey", 0, 1, NULL },
	{ "both", 0, 2, NULL },
	{ "expired", -EKEYEXPIRED, 1, "expired on " },
	{ "revoked", -EKEYREVOKED, 1, "is revoked" },
};

static void test_keys(void **state)
{
	(void)state;
	for (size_t i = 0; i < SP_COUNT(keys); i++) {
		sp_auto_keyring *k = sp_keyring_new();
		sp_auto_err err = { 0 };
		const struct sp_key *list;
		size_t n;
		int r = add(k, keys[i].name, NULL, &err);

		assert_int_equal(r, keys[i].r);
		list = sp_keyring_list(k, &n);
		assert_int_equal(n, keys[i].n);
		assert_int_equal(strlen(list[0].fingerprint), 40);
		assert_non_null(strstr(list[0].user, "<"));
		assert_string_equal(list[0].source, keys[i].name);
		if (r < 0) {
			assert_non_null(strstr(err.msg, keys[i].text));
			assert_non_null(strstr(err.msg, list[0].fingerprint));
			assert_non_null(list[0].bad);
		} else {
			assert_null(list[0].bad);
		}
	}
}

/* A key is as good as the day: before it expired it was good. */
static void test_day(void **state)
{
	sp_auto_free char *key = sp_asprintf("%s/keys/expired.asc", fx);
	sp_auto_free char *rpm = sp_asprintf("%s/bad/signed-expired.rpm", fx);
	sp_auto_keyring *k = sp_keyring_new();
	sp_auto_buf text = { 0 };
	sp_auto_err err = { 0 };

	(void)state;
	fx_read(key, &text);
	/* 2020-09-13 */
	assert_int_equal(sp_keyring_add(k, "x", text.data, text.len,
					1600000000, NULL, &err), 0);
	if (sp_keyring_verify_rpm(k, rpm, &err) != 0)
		fail_msg("%s", err.msg);
}

static void test_fingerprint(void **state)
{
	sp_auto_keyring *both = sp_keyring_new(), *one = sp_keyring_new();
	sp_auto_keyring *none = sp_keyring_new();
	sp_auto_err err = { 0 };
	const struct sp_key *list;
	size_t n;

	(void)state;
	assert_int_equal(add(both, "both", NULL, &err), 0);
	list = sp_keyring_list(both, &n);
	assert_int_equal(add(one, "both", list[1].fingerprint, &err), 0);
	assert_string_equal(sp_keyring_list(one, &n)->fingerprint,
			    list[1].fingerprint);
	assert_int_equal(n, 1);
	assert_int_equal(add(none, "good",
			     "0123456789012345678901234567890123456789", &err),
			 -ENOKEY);
	assert_non_null(strstr(err.msg, "has not the fingerprint 01234"));
}

/* Keys, file, result, words of the message. */
static const struct {
	const char *keys, *file;
	int r;
	const char *text;
} rpms[] = {
	{ "good", "rpms/zip-3.0-1.noarch.rpm", 0, NULL },
	{ "both", "rpms/zip-3.0-1.noarch.rpm", 0, NULL },
	{ "other", "bad/signed-other.rpm", 0, NULL },
	{ "subkey", "bad/signed-subkey.rpm", 0, NULL },
	{ "good", "bad/signed-other.rpm", -ENOKEY, "none of the 1 that count here" },
	{ "good", "bad/signed-expired.rpm", -ENOKEY, "none of" },
	{ "expired", "bad/signed-expired.rpm", -EKEYEXPIRED, "expired on 20" },
	{ "revoked", "bad/signed-revoked.rpm", -EKEYREVOKED, "is revoked" },
	{ "good", "bad/unsigned.rpm", -ENODATA, "is not signed" },
	{ "good", "bad/flip-header.rpm", -EKEYREJECTED, "BAD" },
	{ "good", "bad/flip-payload.rpm", -EKEYREJECTED, "BAD" },
	{ "good", "bad/flip-signature.rpm", -EKEYREJECTED, "BAD" },
	{ "good", "bad/short-payload.rpm", -EKEYREJECTED, "BAD" },
	{ "good", "bad/short-header.rpm", -EKEYREJECTED, "short-header.rpm: d" },
	{ "good", "bad/short-lead.rpm", -EKEYREJECTED, "is no package" },
	{ "good", "bad/huge-header.rpm", -EKEYREJECTED, "huge-header.rpm: d" },
	{ "good", "bad/empty.rpm", -EKEYREJECTED, "is no package" },
	{ "good", "bad/junk.rpm", -EKEYREJECTED, "is no package" },
	{ "good", "bad/text.rpm", -EKEYREJECTED, "is no package" },
	{ "good", "bad/no-such.rpm", -ENOENT, "No such file" },
};

static void test_rpms(void **state)
{
	(void)state;
	for (size_t i = 0; i < SP_COUNT(rpms); i++) {
		sp_auto_keyring *k = sp_keyring_new();
		sp_auto_free char *path =
			sp_asprintf("%s/%s", fx, rpms[i].file);
		sp_auto_err ignored = { 0 }, err = { 0 };
		int r;

		(void)add(k, rpms[i].keys, NULL, &ignored);
		r = sp_keyring_verify_rpm(k, path, &err);
		if (r != rpms[i].r || (r && !strstr(err.msg, rpms[i].text)))
			fail_msg("%s by %s: %d %s", rpms[i].file, rpms[i].keys,
				 r, r ? err.msg : "");
	}
}

static const struct {
	const char *keys, *repo;
	int r;
	const char *text;
} repomds[] = {
	{ "good", "repo/base", 0, NULL },
	{ "good", "badrepo/asc-good", 0, NULL },
	{ "subkey", "badrepo/asc-subkey", 0, NULL },
	{ "other", "badrepo/asc-other", 0, NULL },
	{ "good", "badrepo/asc-other", -ENOKEY, "none of" },
	{ "good", "badrepo/asc-bad", -EKEYREJECTED, "BAD" },
	{ "good", "badrepo/asc-junk", -EBADMSG, "signature" },
};

static void test_detached(void **state)
{
	(void)state;
	for (size_t i = 0; i < SP_COUNT(repomds); i++) {
		sp_auto_keyring *k = sp_keyring_new();
		sp_auto_free char *path = sp_asprintf("%s/%s/repodata/repomd.xml",
						      fx, repomds[i].repo);
		sp_auto_free char *asc = sp_asprintf("%s.asc", path);
		sp_auto_buf text = { 0 }, sig = { 0 };
		sp_auto_err err = { 0 };
		int r;

		assert_int_equal(add(k, repomds[i].keys, NULL, &err), 0);
		fx_read(path, &text);
		fx_read(asc, &sig);
		r = sp_keyring_verify(k, text.data, text.len, sig.data, sig.len,
				      &err);
		if (r != repomds[i].r ||
		    (r && !strstr(err.msg, repomds[i].text)))
			fail_msg("%s by %s: %d %s", repomds[i].repo,
				 repomds[i].keys, r, r ? err.msg : "");
		sp_err_clear(&err);
		/* one byte more is not what was signed */
		sp_buf_addc(&text, '\n');
		assert_int_not_equal(sp_keyring_verify(k, text.data, text.len,
						       sig.data, sig.len, &err),
				     0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_day),
		cmocka_unit_test(test_fingerprint),
		cmocka_unit_test(test_rpms),
		cmocka_unit_test(test_detached),
	};
	int r;

	fx = fx_dir();
	r = cmocka_run_group_tests(tests, NULL, NULL);
	free(fx);
	return r;
}
