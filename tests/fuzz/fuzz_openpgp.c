/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fuzz_openpgp.c - any bytes as a file of keys or a signature.
 *
 * Besides crashes it looks for parts of a certificate that are not inside of
 * it, or overlap.
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "core/kind.h"
#include "core/mem.h"
#include "pkg/openpgp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

const struct sp_kind *const sp_kinds[] = { NULL };

#define NOW 1700000000

static size_t check_key(const struct sp_pgp_key *key, size_t from, size_t len)
{
	sp_auto_free char *bad = sp_pgp_key_bad(key, NOW);

	if (key->at < from || key->at > len || key->len > len - key->at ||
	    !key->len || strlen(key->fingerprint) > 64 || strlen(key->id) > 16)
		abort();
	if (!bad && (!key->bound || key->revoked))
		abort();
	return key->at + key->len;
}

static void try_certs(const uint8_t *data, size_t len)
{
	sp_auto_pgp_certs certs = { 0 };
	sp_auto_err err = { 0 };
	size_t from = 0;

	if (sp_pgp_read_certs(data, len, NOW, &certs, &err) < 0) {
		if (certs.n || !err.msg)
			abort();
		return;
	}
	for (size_t i = 0; i < certs.n; i++) {
		from = check_key(&certs.v[i].key, from, len);
		for (size_t s = 0; s < certs.v[i].n_sub; s++)
			from = check_key(&certs.v[i].sub[s], from, len);
	}
}

static void try_signatures(const uint8_t *data, size_t len)
{
	struct sp_pgp_packet p;
	sp_auto_err err = { 0 };
	size_t pos = 0;

	while (sp_pgp_next(data, len, &pos, &p, &err) > 0) {
		sp_auto_err ignored = { 0 };
		struct sp_pgp_sig sig;

		if (p.at + p.len != pos || p.body + p.body_len != data + pos)
			abort();
		(void)sp_pgp_read_sig(p.body, p.body_len, &sig, &ignored);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const char *const types[] = { "PUBLIC KEY BLOCK", "SIGNATURE" };

	try_certs(data, len);
	try_signatures(data, len);
	for (int i = 0; i < 2; i++) {
		sp_auto_buf out = { 0 };
		sp_auto_err err = { 0 };

		if (sp_pgp_dearmor(data, len, types[i], &out, &err) < 0)
			continue;
		/* exactly as large, so that one byte more is seen */
		sp_auto_free uint8_t *exact = sp_xmalloc(out.len + 1);

		memcpy(exact, sp_buf_cstr(&out), out.len);
		try_certs(exact, out.len);
		try_signatures(exact, out.len);
	}
	return 0;
}
