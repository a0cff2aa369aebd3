/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fwvalue.c - check and normalise the values of firewalld's files. */
#include "fwvalue.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "core/mem.h"
#include "core/str.h"
#include "core/word.h"

/* Letters and digits of ASCII, whatever the locale. */
static bool is_alnum(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
	       (c >= 'A' && c <= 'Z');
}

/* Not empty, and only letters, digits and the bytes of @more. */
static bool is_word(const char *s, const char *more)
{
	if (!*s)
		return false;
	for (; *s; s++)
		if (!is_alnum(*s) && !strchr(more, *s))
			return false;
	return true;
}

int sp_fw_zone_name(const char *name, struct sp_err *err)
{
	if (!is_word(name, "_-"))
		return sp_fail(err, EINVAL,
			       "expected a zone's name of letters, digits, \"_\" and \"-\", "
			       "got \"%s\"",
			       name);
	if (strlen(name) > SP_FW_ZONE_MAX)
		return sp_fail(err, EINVAL,
			       "\"%s\" has %zu characters, a zone's name has at most %d "
			       "(firewalld.zone(5))",
			       name, strlen(name), SP_FW_ZONE_MAX);
	return 0;
}

int sp_fw_zone(const char *text, char **ret, struct sp_err *err)
{
	int r = sp_fw_zone_name(text, err);

	if (r < 0)
		return r;
	*ret = sp_xstrdup(text);
	return 0;
}

int sp_fw_name(const char *text, char **ret, struct sp_err *err)
{
	if (!is_word(text, "_-+.") || *text == '.' || strlen(text) > 64)
		return sp_fail(err, EINVAL,
			       "expected a name of at most 64 letters, digits, \"_\", \"-\", "
			       "\"+\" and \".\", got \"%s\"",
			       text);
	*ret = sp_xstrdup(text);
	return 0;
}

int sp_fw_ipset(const char *text, char **ret, struct sp_err *err)
{
	if (!is_word(text, "_-:.") || *text == '.' ||
	    strlen(text) > SP_FW_IPSET_MAX)
		return sp_fail(err, EINVAL,
			       "expected an ipset's name of at most %d letters, digits, \"_\", "
			       "\"-\", \":\" and \".\", got \"%s\"",
			       SP_FW_IPSET_MAX, text);
	*ret = sp_xstrdup(text);
	return 0;
}

/* --- ports ---------------------------------------------------------------- */

bool sp_fw_has_ports(const char *protocol)
{
	return sp_streq(protocol, "tcp") || sp_streq(protocol, "udp") ||
	       sp_streq(protocol, "sctp") || sp_streq(protocol, "dccp");
}

/* Digits without a sign, of any length. */
static bool is_digits(const char *s)
{
	return *s && s[strspn(s, "0123456789")] == '\0';
}

static int one_port(const char *s, int64_t *ret, struct sp_err *err)
{
	if (!is_digits(s))
		return sp_fail(err, EINVAL,
			       "expected a port's number from 1 to 65535 or a range like "
			       "5900-5999, got \"%s\"",
			       s);
	if (!sp_parse_int(s, 1, 65535, ret))
		return sp_fail(err, EINVAL,
			       "port %s is out of range (1 to 65535)", s);
	return 0;
}

int sp_fw_ports(const char *text, char **ret, struct sp_err *err)
{
	const char *dash = strchr(text, '-');
	sp_auto_free char *first = NULL;
	int64_t a, b;
	int r;

	first = sp_xstrndup(text, dash ? (size_t)(dash - text) : strlen(text));
	r = one_port(first, &a, err);
	if (r < 0)
		return r;
	b = a;
	if (dash) {
		r = one_port(dash + 1, &b, err);
		if (r < 0)
			return r;
	}
	if (b < a)
		return sp_fail(err, EINVAL,
			       "the range %s ends below its beginning", text);
	*ret = a == b ? sp_asprintf("%d", (int)a) :
			sp_asprintf("%d-%d", (int)a, (int)b);
	return 0;
}

static int proto_with_ports(const char *proto, struct sp_err *err)
{
	if (sp_fw_has_ports(proto))
		return 0;
	return sp_fail(err, EINVAL,
		       "expected tcp, udp, sctp or dccp as protocol, got \"%s\"",
		       proto);
}

int sp_fw_port(const char *text, char **ret, struct sp_err *err)
{
	const char *slash = strchr(text, '/');
	sp_auto_free char *range = NULL, *canon = NULL;
	int r;

	if (!slash)
		return sp_fail(err, EINVAL,
			       "expected PORT/PROTOCOL like 22/tcp or 5900-5999/udp, got \"%s\"",
			       text);
	range = sp_xstrndup(text, (size_t)(slash - text));
	r = sp_fw_ports(range, &canon, err);
	if (r < 0)
		return r;
	r = proto_with_ports(slash + 1, err);
	if (r < 0)
		return r;
	*ret = sp_asprintf("%s/%s", canon, slash + 1);
	return 0;
}

void sp_fw_port_range(const char *port, int *ret_first, int *ret_last)
{
	char *end;

	*ret_first = (int)strtol(port, &end, 10);
	*ret_last = *end == '-' ? (int)strtol(end + 1, NULL, 10) : *ret_first;
}

int sp_fw_protocol(const char *text, char **ret, struct sp_err *err)
{
	int64_t n;

	if (is_digits(text)) {
		if (!sp_parse_int(text, 0, 255, &n))
			return sp_fail(err, EINVAL,
				       "protocol %s is above 255", text);
		*ret = sp_asprintf("%d", (int)n);
		return 0;
	}
	if (!is_word(text, "_-+.") || strlen(text) > 64)
		return sp_fail(err, EINVAL,
			       "expected a protocol's name (protocols(5)) or a number from 0 "
			       "to 255, got \"%s\"",
			       text);
	*ret = sp_xstrdup(text);
	return 0;
}

/* --- addresses ------------------------------------------------------------ */

/* The length of a dotted mask whose ones are all at its left, or -1. */
static int mask_length(const char *s)
{
	struct in_addr a;
	uint32_t m;

	if (inet_pton(AF_INET, s, &a) != 1)
		return -1;
	m = ntohl(a.s_addr);
	if (m & (~m >> 1))
		return -1;
	return __builtin_popcount(m);
}

int sp_fw_address(const char *text, unsigned what, char **ret,
		  struct sp_err *err)
{
	const char *slash = strchr(text, '/');
	sp_auto_free char *host = NULL;
	char out[INET6_ADDRSTRLEN];
	unsigned char raw[16];
	int64_t bits = -1;
	int af, most;

	host = sp_xstrndup(text, slash ? (size_t)(slash - text) : strlen(text));
	if ((what & SP_FW_IPV4) && inet_pton(AF_INET, host, raw) == 1)
		af = AF_INET;
	else if ((what & SP_FW_IPV6) && inet_pton(AF_INET6, host, raw) == 1)
		af = AF_INET6;
	else
		return sp_fail(
			err, EINVAL,
			what & SP_FW_MASK
				? "expected an %s address or network, got \"%s\""
				: N_("expected an %s address, got \"%s\""),
			!(what & SP_FW_IPV6)   ? "IPv4"
			: !(what & SP_FW_IPV4) ? "IPv6"
					       : "IP",
			text);
	most = af == AF_INET ? 32 : 128;
	if (slash && !(what & SP_FW_MASK))
		return sp_fail(err, EINVAL,
			       "expected one address, got the network \"%s\"",
			       text);
	if (slash && af == AF_INET && strchr(slash, '.'))
		bits = mask_length(slash + 1);
	else if (slash && (!is_digits(slash + 1) ||
			   !sp_parse_int(slash + 1, 0, most, &bits)))
		bits = -1;
	if (slash && bits < 0)
		return sp_fail(err, EINVAL,
			       "\"%s\" has no good mask (%s/0 to %s/%d)", text,
			       host, host, most);
	(void)inet_ntop(af, raw, out, sizeof(out));
	*ret = slash ? sp_asprintf("%s/%d", out, (int)bits) : sp_xstrdup(out);
	return 0;
}

int sp_fw_mac(const char *text, char **ret, struct sp_err *err)
{
	bool good = strlen(text) == 17;

	for (size_t i = 0; good && i < 17; i++)
		good = i % 3 == 2 ? text[i] == ':' :
				    isxdigit((unsigned char)text[i]) != 0;
	if (!good)
		return sp_fail(err, EINVAL,
			       "expected a MAC address like 52:54:00:12:34:56, got \"%s\"",
			       text);
	*ret = sp_xstrdup(text);
	for (char *p = *ret; *p; p++)
		if (*p >= 'a' && *p <= 'f')
			*p = (char)(*p - 'a' + 'A');
	return 0;
}

int sp_fw_source(const char *text, char **ret, struct sp_err *err)
{
	sp_auto_free char *name = NULL;
	sp_auto_err no = { 0 };
	int r;

	if (sp_starts(text, "ipset:")) {
		r = sp_fw_ipset(text + 6, &name, err);
		if (r < 0)
			return r;
		*ret = sp_asprintf("ipset:%s", name);
		return 0;
	}
	if (sp_fw_mac(text, ret, &no) == 0)
		return 0;
	if (!strpbrk(text, ".:"))
		return sp_fail(err, EINVAL,
			       "expected an address, a network, a MAC address or ipset:NAME, "
			       "got \"%s\"",
			       text);
	return sp_fw_address(text, SP_FW_IPV4 | SP_FW_IPV6 | SP_FW_MASK, ret,
			     err);
}

int sp_fw_interface(const char *text, char **ret, struct sp_err *err)
{
	size_t n = strlen(text);

	for (size_t i = 0; i < n; i++)
		if ((unsigned char)text[i] <= ' ' || text[i] == 0x7f ||
		    strchr("/!*:", text[i]))
			n = 0;
	if (!n)
		return sp_fail(err, EINVAL,
			       "expected an interface's name without blanks, \"/\", \"!\", "
			       "\"*\" and \":\", got \"%s\"",
			       text);
	if (n > SP_FW_IFACE_MAX + (text[n - 1] == '+'))
		return sp_fail(err, EINVAL,
			       "\"%s\" has %zu characters, an interface's name has at most %d",
			       text, n, SP_FW_IFACE_MAX);
	*ret = sp_xstrdup(text);
	return 0;
}

/* --- forwarded ports ------------------------------------------------------ */

void sp_fw_forward_clear(struct sp_fw_forward *f)
{
	free(f->port);
	free(f->proto);
	free(f->toport);
	free(f->toaddr);
	*f = (struct sp_fw_forward){ 0 };
}

char *sp_fw_forward_text(const char *port, const char *proto,
			 const char *toport, const char *toaddr)
{
	sp_auto_buf b = { 0 };

	sp_buf_addf(&b, "port=%s:proto=%s", port, proto);
	if (toport && *toport)
		sp_buf_addf(&b, ":toport=%s", toport);
	if (toaddr && *toaddr)
		sp_buf_addf(&b, ":toaddr=%s", toaddr);
	return sp_buf_take(&b);
}

/* The key that @s begins with, or -1; @keys have their "=". */
static int key_at(const char *s, const char *const keys[4])
{
	for (int i = 0; i < 4; i++)
		if (sp_starts(s, keys[i]))
			return i;
	return -1;
}

/*
 * Split into the four values.  A value reaches to the ":" in front of the
 * next key, as an IPv6 address has colons of its own.
 */
static int forward_split(const char *text, char *value[4], struct sp_err *err)
{
	static const char *const keys[4] = { "port=", "proto=", "toport=",
					     "toaddr=" };

	for (const char *p = text; *p;) {
		int k = key_at(p, keys);
		const char *end;

		if (k < 0 || value[k])
			return sp_fail(err, EINVAL,
				       "expected "
				       "port=PORT:proto=PROTOCOL:toport=PORT:toaddr=ADDRESS, "
				       "got \"%s\"",
				       text);
		p += strlen(keys[k]);
		for (end = p; *end; end++)
			if (*end == ':' && key_at(end + 1, keys) >= 0)
				break;
		value[k] = sp_xstrndup(p, (size_t)(end - p));
		p = *end && end[1] ? end + 1 : end;
	}
	return 0;
}

static int forward_check(const char *text, char *value[4],
			 struct sp_fw_forward *f, struct sp_err *err)
{
	int r;

	if (!value[0] || !value[1])
		return sp_fail(err, EINVAL,
			       "\"%s\" has to begin with port=PORT:proto=PROTOCOL",
			       text);
	r = sp_fw_ports(value[0], &f->port, err);
	if (r == 0)
		r = proto_with_ports(value[1], err);
	if (r < 0)
		return r;
	f->proto = sp_xstrdup(value[1]);
	if (value[2] && *value[2])
		r = sp_fw_ports(value[2], &f->toport, err);
	if (r == 0 && value[3] && *value[3])
		r = sp_fw_address(value[3], SP_FW_IPV4 | SP_FW_IPV6,
				  &f->toaddr, err);
	if (r < 0)
		return r;
	if (!f->toport && !f->toaddr)
		return sp_fail(err, EINVAL,
			       "\"%s\" leads nowhere, give toport, toaddr or both",
			       text);
	return 0;
}

int sp_fw_forward_parse(const char *text, struct sp_fw_forward *ret,
			struct sp_err *err)
{
	char *value[4] = { NULL };
	struct sp_fw_forward f = { 0 };
	int r;

	r = forward_split(text, value, err);
	if (r == 0)
		r = forward_check(text, value, &f, err);
	for (size_t i = 0; i < SP_COUNT(value); i++)
		free(value[i]);
	if (r < 0) {
		sp_fw_forward_clear(&f);
		return r;
	}
	*ret = f;
	return 0;
}

int sp_fw_forward(const char *text, char **ret, struct sp_err *err)
{
	sp_auto_forward f = { 0 };
	int r = sp_fw_forward_parse(text, &f, err);

	if (r < 0)
		return r;
	*ret = sp_fw_forward_text(f.port, f.proto, f.toport, f.toaddr);
	return 0;
}
