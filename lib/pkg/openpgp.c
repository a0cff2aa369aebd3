/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* openpgp.c - packets, armour, and the dates in them. */
#include "pkg/openpgp.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <time.h>

#include "core/mem.h"
#include "core/word.h"
#include "pkg/rpmdigest.h"

/* --- packets -------------------------------------------------------------- */

static size_t number(const uint8_t *p, size_t n)
{
	size_t v = 0;

	while (n--)
		v = v << 8 | *p++;
	return v;
}

/* The length at @p of a new packet or a subpacket: bytes read, 0: none. */
static size_t new_length(const uint8_t *p, size_t len, bool subpacket,
			 size_t *ret)
{
	if (len >= 1 && p[0] < 192) {
		*ret = p[0];
		return 1;
	}
	if (len >= 2 && p[0] >= 192 && p[0] < (subpacket ? 255 : 224)) {
		*ret = ((size_t)(p[0] - 192) << 8) + p[1] + 192;
		return 2;
	}
	if (len >= 5 && p[0] == 255) {
		*ret = number(p + 1, 4);
		return 5;
	}
	return 0;
}

int sp_pgp_next(const uint8_t *data, size_t len, size_t *pos,
		struct sp_pgp_packet *ret, struct sp_err *err)
{
	const uint8_t *p = data + *pos;
	size_t left = len - *pos, head, body = 0;
	int tag;

	if (!left)
		return 0;
	if (!(p[0] & 0x80))
		return sp_fail(err, EBADMSG, "byte %zu begins no packet", *pos);
	if (p[0] & 0x40) {
		tag = p[0] & 0x3f;
		head = new_length(p + 1, left - 1, false, &body);
	} else {
		tag = p[0] >> 2 & 0xf;
		head = (p[0] & 3) == 3 ? 0 : (size_t)1 << (p[0] & 3);
		if (head >= left)
			head = 0;
		body = number(p + 1, head);
	}
	if (!head)
		return sp_fail(err, EBADMSG,
			       "the packet at byte %zu has no length", *pos);
	head++;
	if (body > left - head)
		return sp_fail(err, EBADMSG,
			       "the packet at byte %zu is cut off", *pos);
	*ret = (struct sp_pgp_packet){ .tag = tag,
				       .at = *pos,
				       .len = head + body,
				       .body = p + head,
				       .body_len = body };
	*pos += head + body;
	return 1;
}

/* --- armour --------------------------------------------------------------- */

static int base64_value(char c)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
		"0123456789+/";
	const char *p = c ? strchr(digits, c) : NULL;

	return p ? (int)(p - digits) : -1;
}

/* One line of a block, up to its padding; the bits left over go on. */
struct base64 {
	unsigned bits, n;
	bool padded;
};

static bool decode_line(struct base64 *b, const char *line, size_t n,
			struct sp_buf *ret)
{
	for (size_t i = 0; i < n; i++) {
		int v = base64_value(line[i]);

		if (line[i] == '=') {
			b->padded = true;
			continue;
		}
		if (v < 0 || b->padded)
			return false;
		b->bits = (b->bits << 6 | (unsigned)v) & 0xffff;
		b->n += 6;
		if (b->n >= 8) {
			b->n -= 8;
			sp_buf_addc(ret, (char)(b->bits >> b->n & 0xff));
		}
	}
	return true;
}

/* Source: RFC 9580, section 6.1.1. */
static uint32_t crc24(const char *data, size_t len)
{
	uint32_t crc = 0xb704ce;

	for (size_t i = 0; i < len; i++) {
		crc ^= (uint32_t)(uint8_t)data[i] << 16;
		for (int bit = 0; bit < 8; bit++) {
			crc <<= 1;
			if (crc & 0x1000000)
				crc ^= 0x1864cfb;
		}
	}
	return crc & 0xffffff;
}

static bool is_marker(const char *line, size_t n, const char *word,
		      const char *type)
{
	sp_auto_free char *marker =
		sp_asprintf("-----%s PGP %s-----", word, type);

	return n == strlen(marker) && memcmp(line, marker, n) == 0;
}

/* A block's lines behind its first one, to its end. */
static int read_block(const char *data, size_t len, size_t *pos,
		      const char *type, struct sp_buf *ret, struct sp_err *err)
{
	struct base64 b = { 0 };
	bool headers = true;
	size_t from = ret->len, n;
	const char *line;

	while (sp_next_line(data, len, pos, &line, &n)) {
		sp_trim(&line, &n);
		if (is_marker(line, n, "END", type))
			return 0;
		if (headers) { /* "Version: ..." up to an empty line */
			if (!n || !memchr(line, ':', n))
				headers = false;
			if (headers || !n)
				continue;
		}
		if (n == 5 && *line == '=') {
			sp_auto_buf sum = { 0 };
			struct base64 s = { 0 };

			if (!decode_line(&s, line + 1, 4, &sum) ||
			    sum.len != 3 ||
			    number((const uint8_t *)sum.data, 3) !=
				    crc24(sp_buf_cstr(ret) + from,
					  ret->len - from))
				return sp_fail(err, EBADMSG,
					       "the armour's checksum does "
					       "not match");
			continue;
		}
		if (!decode_line(&b, line, n, ret))
			return sp_fail(err, EBADMSG, "damaged armour");
	}
	return sp_fail(err, EBADMSG, "the armour has no end");
}

int sp_pgp_dearmor(const void *data, size_t len, const char *type,
		   struct sp_buf *ret, struct sp_err *err)
{
	const char *line;
	size_t pos = 0, n;
	bool found = false;

	if (len > SP_PGP_SIZE_MAX)
		return sp_fail(err, EFBIG, "%zu bytes, at most %zu are read",
			       len, SP_PGP_SIZE_MAX);
	if (len && *(const uint8_t *)data & 0x80) {
		sp_buf_addn(ret, data, len);
		return 0;
	}
	while (sp_next_line(data, len, &pos, &line, &n)) {
		int r;

		sp_trim(&line, &n);
		if (!is_marker(line, n, "BEGIN", type))
			continue;
		r = read_block(data, len, &pos, type, ret, err);
		if (r < 0)
			return r;
		found = true;
	}
	return found ? 0
		     : sp_fail(err, EBADMSG, "no \"BEGIN PGP %s\" in it", type);
}

/* --- signatures ----------------------------------------------------------- */

static void hex(const uint8_t *p, size_t n, char *ret)
{
	static const char digits[] = "0123456789ABCDEF";

	for (size_t i = 0; i < n; i++) {
		*ret++ = digits[p[i] >> 4];
		*ret++ = digits[p[i] & 15];
	}
	*ret = '\0';
}

/* Is the area in order?  What is not @hashed says only who has signed. */
static bool read_area(const uint8_t *p, size_t len, bool hashed,
		      struct sp_pgp_sig *ret)
{
	while (len) {
		size_t n, head = new_length(p, len, true, &n), v;
		const uint8_t *body;

		if (!head || !n || n > len - head)
			return false;
		body = p + head + 1;
		v = n == 5 ? number(body, 4) : 0;
		switch (p[head] & 0x7f) {
		case 2:
			if (hashed)
				ret->created = (int64_t)v;
			break;
		case 3:
			if (hashed)
				ret->expires = (int64_t)v;
			break;
		case 9:
			if (hashed)
				ret->key_lives_s = (int64_t)v;
			break;
		case 16:
			if (n == 9 && !*ret->issuer)
				hex(body, 8, ret->issuer);
			break;
		case 33:
			if ((n == 22 || n == 34) && !*ret->fingerprint)
				hex(body + 1, n - 2, ret->fingerprint);
			break;
		}
		p += head + n;
		len -= head + n;
	}
	return true;
}

/* Key ID of a fingerprint: its end in version 4, its beginning later. */
static void id_of(const char *fingerprint, char *ret)
{
	size_t n = strlen(fingerprint);

	memcpy(ret, n == 40 ? fingerprint + 24 : fingerprint, 16);
	ret[16] = '\0';
}

int sp_pgp_read_sig(const uint8_t *body, size_t len, struct sp_pgp_sig *ret,
		    struct sp_err *err)
{
	struct sp_pgp_sig sig = { .version = len ? body[0] : 0 };
	size_t field = sig.version == 6 ? 4 : 2, at = 4;

	if (sig.version == 3 && len >= 19) {
		sig.type = body[2];
		sig.created = (int64_t)number(body + 3, 4);
		hex(body + 7, 8, sig.issuer);
		sig.hash = body[16];
		*ret = sig;
		return 0;
	}
	if (sig.version < 4 || sig.version > 6 || len < 4)
		return sp_fail(err, EBADMSG,
			       "a signature of version %d is not known",
			       sig.version);
	sig.type = body[1];
	sig.hash = body[3];
	for (int area = 0; area < 2; area++) {
		size_t n;

		if (len - at < field)
			goto damaged;
		n = number(body + at, field);
		at += field;
		if (n > len - at || !read_area(body + at, n, area == 0, &sig))
			goto damaged;
		at += n;
	}
	if (!*sig.issuer && *sig.fingerprint)
		id_of(sig.fingerprint, sig.issuer);
	if (sig.expires)
		sig.expires += sig.created;
	*ret = sig;
	return 0;
damaged:
	return sp_fail(err, EBADMSG, "a signature is damaged");
}

/* --- certificates --------------------------------------------------------- */

static int read_key(const struct sp_pgp_packet *p, struct sp_pgp_key *ret,
		    struct sp_err *err)
{
	struct sp_pgp_key key = { .at = p->at, .len = p->len };
	sp_auto_buf text = { 0 };
	sp_auto_free char *sum = NULL;
	size_t n = p->body_len;

	if (n < 6)
		return sp_fail(err, EBADMSG, "a key is cut off");
	key.version = p->body[0];
	key.created = (int64_t)number(p->body + 1, 4);
	if (key.version < 4 || key.version > 6) {
		*ret = key; /* sp_pgp_key_bad() says so */
		return 0;
	}
	if (key.version == 4 && n > 0xffff)
		return sp_fail(err, EBADMSG, "a key of %zu bytes", n);
	sp_buf_addc(&text, (char)(key.version == 4   ? 0x99
				  : key.version == 5 ? 0x9a
						     : 0x9b));
	for (int shift = key.version == 4 ? 8 : 24; shift >= 0; shift -= 8)
		sp_buf_addc(&text, (char)(n >> shift & 0xff));
	sp_buf_addn(&text, p->body, n);
	sum = sp_digest_hex(key.version == 4 ? SP_DIGEST_SHA1
					     : SP_DIGEST_SHA256,
			    text.data, text.len);
	for (size_t i = 0; sum[i] && i < 64; i++)
		key.fingerprint[i] = (char)toupper((unsigned char)sum[i]);
	id_of(key.fingerprint, key.id);
	*ret = key;
	return 0;
}

/* Types of signatures: RFC 9580, section 5.2.1. */
static void take_sig(const struct sp_pgp_cert *cert, struct sp_pgp_key *key,
		     bool on_user, const struct sp_pgp_sig *sig, int64_t now)
{
	bool primary = key == &cert->key;
	bool own = !*sig->issuer || sp_streq(sig->issuer, cert->key.id);

	/* whoever says so: it costs nothing to believe it */
	if ((primary && sig->type == 0x20) || (!primary && sig->type == 0x28)) {
		key->revoked = true;
		return;
	}
	if (*sig->fingerprint &&
	    !sp_streq(sig->fingerprint, cert->key.fingerprint))
		own = false;
	if (!own || (sig->expires && sig->expires <= now))
		return;
	if (primary ? !(sig->type == 0x1f ||
			(on_user && sig->type >= 0x10 && sig->type <= 0x13))
		    : sig->type != 0x18)
		return;
	if (key->bound && sig->created < key->told)
		return;
	key->bound = true;
	key->told = sig->created;
	key->expires = sig->key_lives_s ? key->created + sig->key_lives_s : 0;
}

/* Everything of one packet that belongs to the certificate. */
static int take_packet(struct sp_pgp_cert *cert, const struct sp_pgp_packet *p,
		       bool *on_user, int64_t now, struct sp_err *err)
{
	struct sp_pgp_key *key =
		cert->n_sub ? &cert->sub[cert->n_sub - 1] : &cert->key;
	sp_auto_err ignored = { 0 };
	struct sp_pgp_sig sig;
	int r;

	if (p->tag == SP_PGP_SUBKEY) {
		if (cert->n_sub == SP_PGP_SUBKEYS_MAX)
			return sp_fail(err, EFBIG, "more than %d subkeys",
				       SP_PGP_SUBKEYS_MAX);
		cert->sub = sp_grow(cert->sub, cert->n_sub, sizeof(*cert->sub));
		r = read_key(p, &cert->sub[cert->n_sub], err);
		if (r < 0)
			return r;
		cert->n_sub++;
		return 0;
	}
	key->len = p->at + p->len - key->at;
	if (p->tag == SP_PGP_USER && !cert->n_sub) {
		*on_user = true;
		if (!*cert->user && p->body_len &&
		    !memchr(p->body, '\0', p->body_len)) {
			free(cert->user);
			cert->user = sp_xstrndup(
				(const char *)p->body,
				p->body_len < 1024 ? p->body_len : 1024);
		}
	} else if (p->tag == SP_PGP_ATTRIBUTE) {
		*on_user = true;
	} else if (p->tag == SP_PGP_SIGNATURE &&
		   sp_pgp_read_sig(p->body, p->body_len, &sig, &ignored) == 0) {
		take_sig(cert, key, *on_user, &sig, now);
	}
	return 0;
}

int sp_pgp_read_certs(const uint8_t *data, size_t len, int64_t now,
		      struct sp_pgp_certs *ret, struct sp_err *err)
{
	sp_auto_pgp_certs certs = { 0 };
	struct sp_pgp_packet p;
	size_t pos = 0, packets = 0;
	bool on_user = false;
	int r;

	while ((r = sp_pgp_next(data, len, &pos, &p, err)) > 0) {
		if (++packets > SP_PGP_PACKETS_MAX)
			return sp_fail(err, EFBIG, "more than %d packets",
				       SP_PGP_PACKETS_MAX);
		if (p.tag == SP_PGP_PRIMARY) {
			struct sp_pgp_cert cert = { 0 };

			if (certs.n == SP_PGP_CERTS_MAX)
				return sp_fail(err, EFBIG,
					       "more than %d certificates",
					       SP_PGP_CERTS_MAX);
			r = read_key(&p, &cert.key, err);
			if (r < 0)
				return r;
			cert.user = sp_xstrdup("");
			certs.v = sp_grow(certs.v, certs.n, sizeof(*certs.v));
			certs.v[certs.n++] = cert;
			on_user = false;
			continue;
		}
		if (!certs.n)
			return sp_fail(err, EBADMSG,
				       "does not begin with a public key");
		r = take_packet(&certs.v[certs.n - 1], &p, &on_user, now, err);
		if (r < 0)
			return r;
	}
	if (r < 0)
		return r;
	if (!certs.n)
		return sp_fail(err, EBADMSG, "there is no key in it");
	*ret = certs;
	certs = (struct sp_pgp_certs){ 0 };
	return 0;
}

void sp_pgp_certs_clear(struct sp_pgp_certs *c)
{
	for (size_t i = 0; i < c->n; i++) {
		free(c->v[i].user);
		free(c->v[i].sub);
	}
	free(c->v);
	*c = (struct sp_pgp_certs){ 0 };
}

char *sp_pgp_key_bad(const struct sp_pgp_key *key, int64_t now)
{
	char day[16] = "";
	time_t when = (time_t)key->expires;
	struct tm tm;

	if (key->version < 4 || key->version > 6)
		return sp_asprintf(_("is of version %d, which is not used any "
				     "more"),
				   key->version);
	if (key->revoked)
		return sp_xstrdup(_("is revoked"));
	if (!key->bound)
		return sp_xstrdup(_("has no signature of its own"));
	if (!key->expires || key->expires > now)
		return NULL;
	if (gmtime_r(&when, &tm))
		(void)strftime(day, sizeof(day), "%Y-%m-%d", &tm);
	return sp_asprintf(_("expired on %s"), day);
}
