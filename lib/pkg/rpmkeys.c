/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * rpmkeys.c - keyrings and signatures, by librpm.
 *
 * Only calls that rpm has from 4.14 to 6 are used.
 */
#include "pkg/rpmkeys.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

#include <rpm/rpmcli.h>
#include <rpm/rpmkeyring.h>
#include <rpm/rpmlib.h>
#include <rpm/rpmlog.h>
#include <rpm/rpmpgp.h>
#include <rpm/rpmts.h>

#include "core/mem.h"
#include "core/word.h"
#include "pkg/openpgp.h"
#include "pkg/rpmdb.h"

/* A key or subkey that was seen. */
struct seen {
	char id[17], fingerprint[65];
	char *bad;   /* owned; NULL: it is in the ring */
	size_t cert; /* index of the certificate in keys */
};

struct sp_keyring {
	rpmKeyring ring;
	struct sp_key *keys;
	size_t n;
	struct seen *seen;
	size_t n_seen;
	int64_t now;
};

struct sp_keyring *sp_keyring_new(void)
{
	struct sp_keyring *k = sp_xcalloc(1, sizeof(*k));

	(void)rpmInitCrypto();
	k->ring = rpmKeyringNew();
	return k;
}

void sp_keyring_free(struct sp_keyring *k)
{
	if (!k)
		return;
	for (size_t i = 0; i < k->n; i++) {
		free(k->keys[i].fingerprint);
		free(k->keys[i].user);
		free(k->keys[i].source);
		free(k->keys[i].bad);
		sp_buf_clear(&k->keys[i].cert);
	}
	for (size_t i = 0; i < k->n_seen; i++)
		free(k->seen[i].bad);
	free(k->keys);
	free(k->seen);
	(void)rpmKeyringFree(k->ring);
	free(k);
}

const struct sp_key *sp_keyring_list(const struct sp_keyring *k, size_t *ret_n)
{
	*ret_n = k->n;
	return k->keys;
}

/* --- keys ----------------------------------------------------------------- */

static void see(struct sp_keyring *k, const struct sp_pgp_key *key,
		const char *bad)
{
	struct seen *s;

	k->seen = sp_grow(k->seen, k->n_seen, sizeof(*k->seen));
	s = &k->seen[k->n_seen++];
	*s = (struct seen){ .bad = sp_strdup0(bad), .cert = k->n - 1 };
	memcpy(s->id, key->id, sizeof(s->id));
	memcpy(s->fingerprint, key->fingerprint, sizeof(s->fingerprint));
}

/* Give librpm a certificate that has only what is good of it. */
static int add_good(struct sp_keyring *k, const struct sp_buf *cert,
		    struct sp_err *err)
{
	rpmPubkey key = rpmPubkeyNew((const uint8_t *)cert->data, cert->len);
	rpmPubkey *subs;
	int n = 0;

	if (!key)
		return sp_fail(err, EBADMSG, "librpm does not take the key %s",
			       k->keys[k->n - 1].fingerprint);
	sp_buf_addn(&k->keys[k->n - 1].cert, cert->data, cert->len);
	(void)rpmKeyringAddKey(k->ring, key);
	subs = rpmGetSubkeys(key, &n);
	for (int i = 0; i < n; i++) {
		(void)rpmKeyringAddKey(k->ring, subs[i]);
		(void)rpmPubkeyFree(subs[i]);
	}
	free(subs);
	(void)rpmPubkeyFree(key);
	return 0;
}

static int add_cert(struct sp_keyring *k, const char *source,
		    const struct sp_pgp_cert *cert, const char *data,
		    struct sp_err *err)
{
	sp_auto_buf good = { 0 };
	char *bad = sp_pgp_key_bad(&cert->key, k->now);

	k->keys = sp_grow(k->keys, k->n, sizeof(*k->keys));
	k->keys[k->n++] = (struct sp_key){
		.fingerprint = sp_xstrdup(cert->key.fingerprint),
		.user = sp_xstrdup(cert->user),
		.source = sp_xstrdup(source),
		.bad = bad,
	};
	see(k, &cert->key, bad);
	sp_buf_addn(&good, data + cert->key.at, cert->key.len);
	for (size_t i = 0; i < cert->n_sub; i++) {
		const struct sp_pgp_key *sub = &cert->sub[i];
		sp_auto_free char *why = sp_pgp_key_bad(sub, k->now);

		see(k, sub, bad ? bad : why);
		if (!why)
			sp_buf_addn(&good, data + sub->at, sub->len);
	}
	return bad ? 0 : add_good(k, &good, err);
}

int sp_keyring_add(struct sp_keyring *k, const char *source, const void *data,
		   size_t len, int64_t now, const char *fingerprint,
		   struct sp_err *err)
{
	sp_auto_buf bytes = { 0 };
	sp_auto_pgp_certs certs = { 0 };
	size_t taken = 0, first = k->n;
	int r = sp_pgp_dearmor(data, len, "PUBLIC KEY BLOCK", &bytes, err);

	if (r == 0)
		r = sp_pgp_read_certs((const uint8_t *)sp_buf_cstr(&bytes),
				      bytes.len, now, &certs, err);
	k->now = now;
	for (size_t i = 0; r == 0 && i < certs.n; i++) {
		if (fingerprint &&
		    strcasecmp(fingerprint, certs.v[i].key.fingerprint) != 0)
			continue;
		r = add_cert(k, source, &certs.v[i], bytes.data, err);
		taken += !k->keys[k->n - 1].bad;
	}
	if (r < 0)
		return sp_wrap(err, "key %s", source);
	if (k->n == first)
		return sp_fail(err, ENOKEY,
			       "key %s: has not the fingerprint %s but %s",
			       source, fingerprint, certs.v[0].key.fingerprint);
	if (!taken)
		return sp_fail(err,
			       strcmp(k->keys[first].bad, _("is revoked")) == 0
				       ? EKEYREVOKED
				       : EKEYEXPIRED,
			       "key %s: %s (%s) %s", source,
			       k->keys[first].fingerprint, k->keys[first].user,
			       k->keys[first].bad);
	return 0;
}

/* --- signatures ----------------------------------------------------------- */

static bool same_id(const struct seen *s, const char *id, size_t n)
{
	size_t len = strlen(s->id);

	if (n == strlen(s->fingerprint))
		return strncasecmp(s->fingerprint, id, n) == 0;
	return n && n <= len && strncasecmp(s->id + len - n, id, n) == 0;
}

/*
 * There is no good key @id (the last digits of its ID, or its fingerprint):
 * is there a bad one?
 */
static int no_key(const struct sp_keyring *k, const char *id, size_t n,
		  const char *what, struct sp_err *err)
{
	sp_auto_free char *shown = sp_xstrndup(id, n);

	for (size_t i = 0; i < k->n_seen; i++) {
		const struct seen *s = &k->seen[i];

		if (!s->bad || !same_id(s, id, n))
			continue;
		return sp_fail(err,
			       strcmp(s->bad, _("is revoked")) == 0
				       ? EKEYREVOKED
				       : EKEYEXPIRED,
			       "%s: signed by the key %s (%s, %s), which %s",
			       what, s->fingerprint, k->keys[s->cert].user,
			       k->keys[s->cert].source, s->bad);
	}
	return sp_fail(err, ENOKEY,
		       "%s: signed by the key %s, which is none of the "
		       "%zu that count here",
		       what, n ? shown : _("(unknown)"), k->n);
}

static int verify_one(struct sp_keyring *k, const struct sp_pgp_packet *p,
		      const void *data, size_t len, struct sp_err *err)
{
	pgpDigParams params = NULL;
	struct sp_pgp_sig sig;
	DIGEST_CTX ctx;
	rpmRC rc = RPMRC_FAIL;
	int r = sp_pgp_read_sig(p->body, p->body_len, &sig, err);

	if (r < 0)
		return r;
	if (sig.type != 0)
		return sp_fail(err, EKEYREJECTED,
			       "a signature of type %d is none of a file",
			       sig.type);
	if (sig.expires && sig.expires <= k->now)
		return sp_fail(err, EKEYEXPIRED, "the signature has expired");
	if (pgpPrtParams(p->body - (p->len - p->body_len), p->len,
			 SP_PGP_SIGNATURE, &params) != 0)
		return sp_fail(err, EKEYREJECTED,
			       "librpm does not take the signature");
	ctx = rpmDigestInit((int)pgpDigParamsAlgo(params, PGPVAL_HASHALGO),
			    RPMDIGEST_NONE);
	if (ctx) {
		(void)rpmDigestUpdate(ctx, data, len);
		rc = rpmKeyringVerifySig(k->ring, params, ctx);
		(void)rpmDigestFinal(ctx, NULL, NULL, 0);
	}
	(void)pgpDigParamsFree(params);
	if (rc == RPMRC_OK)
		return 0;
	if (rc == RPMRC_NOKEY)
		return no_key(
			k, *sig.fingerprint ? sig.fingerprint : sig.issuer,
			strlen(*sig.fingerprint ? sig.fingerprint : sig.issuer),
			"signature", err);
	return sp_fail(err, EKEYREJECTED,
		       "BAD signature by the key %s: the file was changed "
		       "after it was signed",
		       sig.issuer);
}

/* Of several failures the one that tells most: a bad one before no key. */
static int rank(int r)
{
	return r == -EKEYREJECTED ? 3 : r == -ENOKEY ? 1 : 2;
}

int sp_keyring_verify(struct sp_keyring *k, const void *data, size_t len,
		      const void *sig, size_t sig_len, struct sp_err *err)
{
	sp_auto_buf bytes = { 0 };
	sp_auto_err worst = { 0 };
	struct sp_pgp_packet p;
	size_t pos = 0;
	int r = sp_pgp_dearmor(sig, sig_len, "SIGNATURE", &bytes, err);

	if (r < 0)
		return sp_wrap(err, "signature");
	while ((r = sp_pgp_next((const uint8_t *)sp_buf_cstr(&bytes), bytes.len,
				&pos, &p, err)) > 0) {
		sp_auto_err one = { 0 };

		if (p.tag != SP_PGP_SIGNATURE)
			continue;
		if (verify_one(k, &p, data, len, &one) == 0)
			return 0;
		if (worst.code && rank(-one.code) <= rank(-worst.code))
			continue;
		sp_err_clear(&worst);
		worst = one;
		one = (struct sp_err){ 0 };
	}
	if (r < 0)
		return sp_wrap(err, "signature");
	if (!worst.code)
		return sp_fail(err, EBADMSG, "there is no signature in it");
	return sp_fail(err, worst.code, "%s", worst.msg);
}

/* --- packages ------------------------------------------------------------- */

/* librpm tells what it finds in its log only. */
static int on_log(rpmlogRec rec, rpmlogCallbackData data)
{
	struct sp_strv *lines = data;
	sp_auto_buf shown = { 0 };
	const char *text = rpmlogRecMessage(rec);
	size_t n = text ? strlen(text) : 0;

	if (lines->n < 64) {
		sp_auto_free char *line = NULL;

		sp_trim(&text, &n);
		line = sp_xstrndup(text ? text : "", n);
		sp_buf_add_shown(&shown, line);
		sp_strv_add_take(lines, sp_buf_take(&shown));
	}
	return 0;
}

static const char *line_with(const struct sp_strv *lines, const char *word)
{
	for (size_t i = 0; i < lines->n; i++)
		if (strstr(lines->v[i], word))
			return lines->v[i];
	return NULL;
}

/* The last run of eight or more hexadecimal digits, its length in @ret_n. */
static const char *find_id(const char *line, size_t *ret_n)
{
	static const char digits[] = "0123456789abcdefABCDEF";
	const char *found = "";

	*ret_n = 0;
	while (*line) {
		size_t n = strspn(line, digits);

		if (n >= 8) {
			found = line;
			*ret_n = n;
		}
		line += n ? n : 1;
	}
	return found;
}

/* The line without the path, which some begin with. */
static const char *without(const char *line, const char *path)
{
	size_t n = strlen(path);

	return sp_starts(line, path) && sp_starts(line + n, ": ") ? line + n + 2
								  : line;
}

static int judge(const struct sp_keyring *k, const char *path,
		 const struct sp_strv *lines, struct sp_err *err)
{
	const char *line = line_with(lines, ": BAD"), *id;
	const char *slash = strrchr(path, '/');
	const char *what = slash ? slash + 1 : path;
	size_t n;

	if (line)
		return sp_fail(err, EKEYREJECTED, "%s: damaged or changed: %s",
			       what, without(line, path));
	line = line_with(lines, ": NOKEY");
	if (line) {
		id = find_id(line, &n);
		return no_key(k, id, n, what, err);
	}
	line = line_with(lines, "NOTTRUSTED");
	if (line)
		return sp_fail(err, EKEYREJECTED, "%s: %s", what,
			       without(line, path));
	/* what librpm wants and does not find it says, or nothing */
	if (line_with(lines, "ignature: NOTFOUND") ||
	    line_with(lines, "no signature"))
		return sp_fail(err, ENODATA, "%s: is not signed", what);
	line = lines->n ? without(lines->v[lines->n - 1], path) : "";
	if (!*line || sp_starts(line, path))
		return sp_fail(err, EKEYREJECTED, "%s: is no package", what);
	return sp_fail(err, EKEYREJECTED, "%s: does not verify: %s", what,
		       line);
}

int sp_keyring_verify_rpm(struct sp_keyring *k, const char *path,
			  struct sp_err *err)
{
	/* rpm 4.14 looks at the flags; later ones at the transaction's */
	struct rpmQVKArguments_s qva = { .qva_flags = (rpmVerifyFlags)~0u };
	sp_auto_strv lines = { 0 };
	rpmlogCallback before;
	int mask, rc, r;
	rpmts ts;
	FD_t fd;

	r = sp_rpm_init(err);
	if (r < 0)
		return r;
	fd = Fopen(path, "r.ufdio");
	if (!fd || Ferror(fd)) {
		r = sp_fail_errno(err, errno ? errno : EIO, "\"%s\"", path);
		if (fd)
			(void)Fclose(fd);
		return r;
	}
	ts = rpmtsCreate();
	(void)rpmtsSetKeyring(ts, k->ring);
	(void)rpmtsSetVSFlags(ts, 0);
	(void)rpmtsSetVfyFlags(ts, 0);
	(void)rpmtsSetVfyLevel(ts, RPMSIG_SIGNATURE_TYPE | RPMSIG_DIGEST_TYPE);
	mask = rpmlogSetMask(RPMLOG_UPTO(RPMLOG_INFO));
	before = rpmlogSetCallback(on_log, &lines);
	rc = rpmVerifySignatures(&qva, ts, fd, path);
	(void)rpmlogSetCallback(before, NULL);
	(void)rpmlogSetMask(mask);
	(void)Fclose(fd);
	(void)rpmtsFree(ts);
	return rc == 0 ? 0 : judge(k, path, &lines, err);
}
