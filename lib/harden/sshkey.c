/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sshkey.c - see sshkey.h.
 *
 * Source: sshd(8), AUTHORIZED_KEYS FILE FORMAT; RFC 4253 section 6.6, RFC 5656
 * section 3.1, RFC 8709 section 4, OpenSSH's PROTOCOL.u2f for the key blobs.
 */
#include <errno.h>
#include <string.h>

#include "core/mem.h"
#include "core/word.h"
#include "harden/sshkey.h"

#define BLOB_MAX 16384 /* bytes; RSA of 16384 bits has 2 KiB */
#define RSA_BITS_GOOD 2048

struct part {
	const char *s;
	size_t len;
};

struct line {
	struct part options, type, blob, comment; /* may be empty */
};

/* What follows the type in a blob, one letter a string. */
static const struct key_type {
	const char *name;
	const char *form; /* e: 32 bytes; c: curve; p: point; m: number;
				   a: application */
	const char *curve;
	size_t point; /* bytes of an uncompressed point */
} types[] = {
	{ "ssh-ed25519", "e", NULL, 0 },
	{ "ssh-rsa", "mm", NULL, 0 },
	{ "ecdsa-sha2-nistp256", "cp", "nistp256", 65 },
	{ "ecdsa-sha2-nistp384", "cp", "nistp384", 97 },
	{ "ecdsa-sha2-nistp521", "cp", "nistp521", 133 },
	{ "sk-ssh-ed25519@openssh.com", "ea", NULL, 0 },
	{ "sk-ecdsa-sha2-nistp256@openssh.com", "cpa", "nistp256", 65 },
	{ "ssh-dss", "mmmm", NULL, 0 },
};

static bool is_text(struct part p, const char *s)
{
	return p.len == strlen(s) && memcmp(p.s, s, p.len) == 0;
}

static const struct key_type *type_of(struct part p)
{
	for (size_t i = 0; i < SP_COUNT(types); i++)
		if (is_text(p, types[i].name))
			return &types[i];
	return NULL;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static void skip_blanks(struct part *rest)
{
	while (rest->len > 0 && is_blank(rest->s[0])) {
		rest->s++;
		rest->len--;
	}
}

/* The next word; blanks inside double quotes are part of it. */
static struct part next_word(struct part *rest)
{
	bool quoted = false;
	struct part w;
	size_t n = 0;

	skip_blanks(rest);
	for (; n < rest->len && (quoted || !is_blank(rest->s[n])); n++) {
		if (rest->s[n] == '\\' && n + 1 < rest->len &&
		    rest->s[n + 1] == '"')
			n++;
		else if (rest->s[n] == '"')
			quoted = !quoted;
	}
	w = (struct part){ rest->s, n };
	rest->s += n;
	rest->len -= n;
	return w;
}

static bool split(const char *text, size_t len, struct line *ret)
{
	struct part rest = { text, len };
	struct line l = { 0 };

	l.type = next_word(&rest);
	if (!type_of(l.type)) {
		l.options = l.type;
		l.type = next_word(&rest);
	}
	l.blob = next_word(&rest);
	skip_blanks(&rest);
	while (rest.len > 0 &&
	       (is_blank(rest.s[rest.len - 1]) || rest.s[rest.len - 1] == '\r'))
		rest.len--;
	/* A key without a comment at the end of a line of DOS. */
	if (l.blob.len > 0 && l.blob.s[l.blob.len - 1] == '\r')
		l.blob.len--;
	l.comment = rest;
	*ret = l;
	return type_of(l.type) != NULL;
}

/* RFC 4648 with padding; false for anything else.  @ret has room for all. */
static bool decode(struct part b64, unsigned char *ret, size_t *ret_len)
{
	static const char abc[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t pad = 0, n = 0;
	uint32_t acc = 0;

	if (b64.len == 0 || b64.len % 4)
		return false;
	while (pad < 2 && b64.s[b64.len - 1 - pad] == '=')
		pad++;
	for (size_t i = 0; i < b64.len; i++) {
		const char *p = b64.s[i] ? strchr(abc, b64.s[i]) : NULL;

		if (i >= b64.len - pad)
			acc <<= 6;
		else if (p)
			acc = acc << 6 | (uint32_t)(p - abc);
		else
			return false;
		if (i % 4 == 3) {
			ret[n++] = (unsigned char)(acc >> 16);
			ret[n++] = (unsigned char)(acc >> 8);
			ret[n++] = (unsigned char)acc;
		}
	}
	*ret_len = n - pad;
	return true;
}

/* The next string of a blob: four bytes of length, big end first. */
static bool next_string(struct part *rest, struct part *ret)
{
	const unsigned char *p = (const unsigned char *)rest->s;
	size_t n;

	if (rest->len < 4)
		return false;
	n = (size_t)p[0] << 24 | (size_t)p[1] << 16 | (size_t)p[2] << 8 | p[3];
	if (n > rest->len - 4)
		return false;
	*ret = (struct part){ rest->s + 4, n };
	rest->s += 4 + n;
	rest->len -= 4 + n;
	return true;
}

static bool string_fits(const struct key_type *t, char form, struct part p)
{
	switch (form) {
	case 'e':
		return p.len == 32;
	case 'c':
		return is_text(p, t->curve);
	case 'p':
		return p.len == t->point && p.s[0] == 4;
	default:
		return p.len > 0;
	}
}

/* @ret_bits: of the last number, which is the modulus of an RSA key. */
static int check_blob(const struct key_type *t, struct part b64,
		      size_t *ret_bits, struct sp_err *err)
{
	sp_auto_free unsigned char *raw = NULL;
	struct part rest, p;
	size_t len;

	if (b64.len == 0)
		return sp_fail(err, EINVAL, "has nothing behind \"%s\"",
			       t->name);
	if (b64.len > BLOB_MAX * 4 / 3)
		return sp_fail(err, EINVAL, "is longer than any key");
	raw = sp_xmalloc(b64.len + 4);
	if (!decode(b64, raw, &len))
		return sp_fail(err, EINVAL,
			       "the base64 behind \"%s\" does not decode; was "
			       "the key cut off or wrapped?",
			       t->name);
	rest = (struct part){ (const char *)raw, len };
	if (!next_string(&rest, &p))
		return sp_fail(err, EINVAL,
			       "the base64 behind \"%s\" is not a key",
			       t->name);
	if (!is_text(p, t->name)) {
		const struct key_type *other = type_of(p);

		return sp_fail(err, EINVAL, "says \"%s\", but the base64 is %s",
			       t->name, other ? other->name : _("not a key"));
	}
	*ret_bits = 0;
	for (const char *f = t->form; *f; f++) {
		if (!next_string(&rest, &p) || !string_fits(t, *f, p))
			return sp_fail(err, EINVAL,
				       "the %s key is not whole; was it cut "
				       "off?",
				       t->name);
		if (*f == 'm') {
			size_t zero = p.s[0] == 0;
			unsigned char top =
				zero < p.len ? (unsigned char)p.s[zero] : 0;

			*ret_bits = (p.len - zero) * 8;
			for (; top && !(top & 0x80);
			     top = (unsigned char)(top << 1))
				--*ret_bits;
		}
	}
	if (rest.len > 0)
		return sp_fail(err, EINVAL,
			       "the %s key has bytes behind its end", t->name);
	return 0;
}

static char *spell(const struct line *l)
{
	struct sp_buf b = { 0 };

	if (l->options.len > 0) {
		sp_buf_addn(&b, l->options.s, l->options.len);
		sp_buf_addc(&b, ' ');
	}
	sp_buf_addn(&b, l->type.s, l->type.len);
	sp_buf_addc(&b, ' ');
	sp_buf_addn(&b, l->blob.s, l->blob.len);
	if (l->comment.len > 0) {
		sp_buf_addc(&b, ' ');
		sp_buf_addn(&b, l->comment.s, l->comment.len);
	}
	return sp_buf_take(&b);
}

int sp_sshkey_canon(const char *text, char **ret, struct sp_err *err)
{
	size_t bits, len = strlen(text);
	struct line l;
	int r;

	if (strstr(text, "PRIVATE KEY") || strstr(text, "PuTTY-User-Key"))
		return sp_fail(err, EINVAL,
			       "is a private key; expected the one line of the "
			       ".pub file beside it, and the private key is no "
			       "longer secret");
	if (strstr(text, "BEGIN SSH2 PUBLIC KEY"))
		return sp_fail(err, EINVAL,
			       "is not in the form of OpenSSH; \"ssh-keygen -i "
			       "-f FILE\" converts it");
	for (size_t i = 0; i < len; i++)
		if (((unsigned char)text[i] < ' ' && text[i] != '\t') ||
		    text[i] == 0x7f)
			return sp_fail(err, EINVAL,
				       "is more than one line, or has control "
				       "characters");
	if (!sp_utf8_valid(text, len))
		return sp_fail(err, EINVAL, "is not UTF-8");
	if (text[0] == '#' || !split(text, len, &l))
		return sp_fail(err, EINVAL,
			       "expected \"TYPE BASE64 COMMENT\" as in a .pub "
			       "file of OpenSSH, with a TYPE like ssh-ed25519");
	r = check_blob(type_of(l.type), l.blob, &bits, err);
	if (r < 0)
		return r;
	*ret = spell(&l);
	return 0;
}

static bool same_key(const struct line *a, const struct line *b)
{
	return a->type.len == b->type.len && a->blob.len == b->blob.len &&
	       memcmp(a->type.s, b->type.s, a->type.len) == 0 &&
	       memcmp(a->blob.s, b->blob.s, a->blob.len) == 0;
}

bool sp_sshkey_same(const char *a, const char *b)
{
	struct line la, lb;

	return split(a, strlen(a), &la) && split(b, strlen(b), &lb) &&
	       same_key(&la, &lb);
}

char *sp_sshkey_weakness(const char *text)
{
	sp_auto_err err = { 0 };
	struct line l;
	size_t bits;

	if (!split(text, strlen(text), &l))
		return NULL;
	if (is_text(l.type, "ssh-dss"))
		return sp_xstrdup(
			_("ssh-dss keys are refused by OpenSSH since 7.0"));
	if (is_text(l.type, "ssh-rsa") &&
	    check_blob(type_of(l.type), l.blob, &bits, &err) == 0 &&
	    bits < RSA_BITS_GOOD)
		return sp_asprintf(
			_("RSA key of %zu bits; %d at least are wanted by "
			  "today's crypto policies"),
			bits, RSA_BITS_GOOD);
	return NULL;
}

/* A line of a file: a good key? */
static bool parse(const char *text, size_t len, struct line *ret)
{
	sp_auto_err err = { 0 };
	size_t bits;

	while (len > 0 && is_blank(text[0])) {
		text++;
		len--;
	}
	return len > 0 && text[0] != '#' && !memchr(text, '\0', len) &&
	       split(text, len, ret) &&
	       check_blob(type_of(ret->type), ret->blob, &bits, &err) == 0;
}

void sp_sshkeys_read(const struct sp_buf *text, struct sp_strv *ret)
{
	size_t pos = 0, len;
	const char *s;
	struct line l;

	while (sp_next_line(text->data, text->len, &pos, &s, &len))
		if (parse(s, len, &l))
			sp_strv_add_take(ret, spell(&l));
}

/* Index of the key in @lines, or @n. */
static size_t find(const struct line *lines, size_t n, const struct line *l)
{
	size_t i = 0;

	while (i < n && !same_key(&lines[i], l))
		i++;
	return i;
}

void sp_sshkeys_edit(const struct sp_buf *text, const struct sp_strv *want,
		     const struct sp_strv *drop, struct sp_buf *ret)
{
	sp_auto_free struct line *lines =
		sp_xcalloc(want->n + 1, sizeof(*lines));
	sp_auto_free bool *done = sp_xcalloc(want->n + 1, sizeof(*done));
	size_t pos = 0, len;
	const char *s;

	for (size_t i = 0; i < want->n; i++)
		(void)split(want->v[i], strlen(want->v[i]), &lines[i]);
	while (sp_next_line(text->data, text->len, &pos, &s, &len)) {
		sp_auto_free char *spelt = NULL;
		bool last = s + len == text->data + text->len;
		struct line l;
		size_t i;

		if (parse(s, len, &l)) {
			spelt = spell(&l);
			i = find(lines, want->n, &l);
			if (i < want->n ? done[i] : sp_strv_has(drop, spelt))
				continue;
			if (i < want->n) {
				done[i] = true;
				if (!sp_streq(spelt, want->v[i])) {
					s = want->v[i];
					len = strlen(s);
				}
			}
		}
		sp_buf_addn(ret, s, len);
		if (!last)
			sp_buf_addc(ret, '\n');
	}
	for (size_t i = 0; i < want->n; i++) {
		if (done[i])
			continue;
		if (ret->len > 0 && ret->data[ret->len - 1] != '\n')
			sp_buf_addc(ret, '\n');
		sp_buf_addf(ret, "%s\n", want->v[i]);
	}
}
