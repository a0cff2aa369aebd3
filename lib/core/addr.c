/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* addr.c - addresses, subnets, ranges and routes as text and as bytes. */
#include "addr.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <net/if.h>
#include <string.h>

#include "mem.h"
#include "str.h"
#include "word.h"

unsigned sp_addr_bits(int family)
{
	return family == AF_INET ? 32 : 128;
}

static const char *family_name(int family)
{
	return family == AF_INET ? "IPv4" : "IPv6";
}

bool sp_addr_parse(const char *s, int family, struct sp_addr *ret)
{
	struct sp_addr a = { .family = family };

	if (family == AF_UNSPEC)
		a.family = strchr(s, ':') ? AF_INET6 : AF_INET;
	if (inet_pton(a.family, s, a.b) != 1)
		return false;
	a.prefix = sp_addr_bits(a.family);
	*ret = a;
	return true;
}

/* A netmask's length, or -1 when its bits are not all in front. */
static int mask_len(const struct sp_addr *mask)
{
	uint32_t m = (uint32_t)mask->b[0] << 24 | (uint32_t)mask->b[1] << 16 |
		     (uint32_t)mask->b[2] << 8 | mask->b[3];
	int n = m == UINT32_MAX ? 32 : __builtin_clz(~m);

	return m == (n ? UINT32_MAX << (32 - n) : 0) ? n : -1;
}

int sp_addr_parse_net(const char *s, int family, struct sp_addr *ret,
		      struct sp_err *err)
{
	const char *example =
		family == AF_INET ? "192.0.2.10/24" : "2001:db8::10/64";
	const char *slash = strchr(s, '/');
	sp_auto_free char *host =
		slash ? sp_xstrndup(s, (size_t)(slash - s)) : sp_xstrdup(s);
	struct sp_addr a, mask;
	int64_t n;

	if (!sp_addr_parse(host, family, &a)) {
		if (sp_addr_parse(host, AF_UNSPEC, &a))
			return sp_fail(
				err, EINVAL,
				"expected an %s address, got the %s address \"%s\"",
				family_name(family), family_name(a.family), s);
		return sp_fail(
			err, EINVAL,
			"expected an %s address and prefix length, such as %s, got \"%s\"",
			family_name(family), example, s);
	}
	if (!slash)
		return sp_fail(err, EINVAL,
			       "\"%s\" has no prefix length; write it as %s", s,
			       example);
	if (family == AF_INET && sp_addr_parse(slash + 1, AF_INET, &mask)) {
		int len = mask_len(&mask);

		if (len < 0)
			return sp_fail(
				err, EINVAL,
				"\"%s\" is no netmask; its one bits must come first, as "
				"in 255.255.255.0",
				slash + 1);
		n = len;
	} else if (!sp_parse_int(slash + 1, 0, sp_addr_bits(family), &n)) {
		return sp_fail(
			err, EINVAL,
			"expected a prefix length from 0 to %u behind \"/\", got \"%s\"",
			sp_addr_bits(family), slash + 1);
	}
	a.prefix = (unsigned)n;
	*ret = a;
	return 0;
}

const char *sp_addr_format(const struct sp_addr *a, bool with_prefix,
			   char buf[SP_ADDR_TEXT])
{
	size_t n;

	(void)inet_ntop(a->family, a->b, buf, SP_ADDR_TEXT);
	n = strlen(buf);
	if (with_prefix)
		(void)snprintf(buf + n, SP_ADDR_TEXT - n, "/%u", a->prefix);
	return buf;
}

int sp_addr_cmp(const struct sp_addr *a, const struct sp_addr *b)
{
	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	return memcmp(a->b, b->b, sizeof(a->b));
}

/* The host bits of @a all as @one says. */
static struct sp_addr fill(const struct sp_addr *a, bool one)
{
	struct sp_addr r = *a;

	for (unsigned i = a->prefix; i < sp_addr_bits(a->family); i++) {
		uint8_t bit = (uint8_t)(0x80 >> i % 8);

		if (one)
			r.b[i / 8] |= bit;
		else
			r.b[i / 8] &= (uint8_t)~bit;
	}
	return r;
}

struct sp_addr sp_addr_first(const struct sp_addr *a)
{
	return fill(a, false);
}

struct sp_addr sp_addr_last(const struct sp_addr *a)
{
	return fill(a, true);
}

bool sp_addr_inside(const struct sp_addr *net, const struct sp_addr *a)
{
	struct sp_addr x = *a, n = sp_addr_first(net);

	if (net->family != a->family)
		return false;
	x.prefix = net->prefix;
	x = sp_addr_first(&x);
	return sp_addr_cmp(&x, &n) == 0;
}

bool sp_addr_link_local(const struct sp_addr *a)
{
	if (a->family == AF_INET)
		return a->b[0] == 169 && a->b[1] == 254;
	return a->b[0] == 0xfe && (a->b[1] & 0xc0) == 0x80;
}

/* The first @n bytes. */
static bool all_zero(const struct sp_addr *a, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (a->b[i])
			return false;
	return true;
}

bool sp_addr_loopback(const struct sp_addr *a)
{
	if (a->family == AF_INET)
		return a->b[0] == 127;
	return all_zero(a, 15) && a->b[15] == 1;
}

const char *sp_addr_unusable(const struct sp_addr *a)
{
	struct sp_addr first = sp_addr_first(a), last = sp_addr_last(a);
	unsigned rest = sp_addr_bits(a->family) - a->prefix;

	if (a->family == AF_INET) {
		if (a->b[0] == 0)
			return _("an address of \"this\" network (0.0.0.0/8)");
		if (sp_addr_loopback(a))
			return _("a loopback address");
		if (a->b[0] >= 224)
			return a->b[0] < 240
				       ? _("a multicast address")
				       : _("a reserved address (240.0.0.0/4)");
	} else {
		if (sp_addr_loopback(a))
			return _("the loopback address");
		if (all_zero(a, 16))
			return _("the unspecified address");
		if (a->b[0] == 0xff)
			return _("a multicast address");
	}
	if (rest > 1 && sp_addr_cmp(a, &first) == 0)
		return a->family == AF_INET
			       ? _("the subnet's network address")
			       : _("the subnet's router anycast address");
	if (rest > 1 && a->family == AF_INET && sp_addr_cmp(a, &last) == 0)
		return _("the subnet's broadcast address");
	return NULL;
}

int sp_range_parse(const char *s, struct sp_addr *ret_first,
		   struct sp_addr *ret_last, struct sp_err *err)
{
	sp_auto_strv p = { 0 };
	struct sp_addr a, b;

	sp_strv_split(&p, s, "- ");
	if (p.n != 2 || !strchr(s, '-') || strchr(s, '-') != strrchr(s, '-') ||
	    !sp_addr_parse(p.v[0], AF_INET, &a) ||
	    !sp_addr_parse(p.v[1], AF_INET, &b))
		return sp_fail(err, EINVAL,
			       "expected a range of IPv4 addresses, such as "
			       "10.77.0.100-10.77.0.250, got \"%s\"",
			       s);
	if (sp_addr_cmp(&a, &b) > 0)
		return sp_fail(err, EINVAL,
			       "the range starts at %s, above its end %s",
			       p.v[0], p.v[1]);
	*ret_first = a;
	*ret_last = b;
	return 0;
}

/* --- routes ---------------------------------------------------------------- */

static int route_addr(const char *word, const char *s, int family,
		      struct sp_addr *ret, struct sp_err *err)
{
	if (s && ret->family == AF_UNSPEC && sp_addr_parse(s, family, ret))
		return 0;
	return sp_fail(err, EINVAL,
		       "expected one %s address behind \"%s\", got \"%s\"",
		       family_name(family), word, s ? s : _("nothing"));
}

static int route_number(const char *word, const char *s, int64_t *ret,
			struct sp_err *err)
{
	if (s && *ret < 0 && sp_parse_int(s, 0, UINT32_MAX, ret))
		return 0;
	return sp_fail(
		err, EINVAL,
		"expected one number from 0 to %u behind \"%s\", got \"%s\"",
		UINT32_MAX, word, s ? s : _("nothing"));
}

static int route_dest(const char *s, int family, struct sp_addr *ret,
		      struct sp_err *err)
{
	char buf[SP_ADDR_TEXT];
	struct sp_addr net;
	int r;

	if (sp_streq(s, "default")) {
		*ret = (struct sp_addr){ .family = family };
		return 0;
	}
	if (!strchr(s, '/') && sp_addr_parse(s, family, ret))
		return 0;
	r = sp_addr_parse_net(s, family, ret, err);
	if (r < 0)
		return r;
	net = sp_addr_first(ret);
	if (sp_addr_cmp(&net, ret) != 0)
		return sp_fail(
			err, EINVAL,
			"\"%s\" is an address in a subnet; the route's destination is %s",
			s, sp_addr_format(&net, true, buf));
	return 0;
}

int sp_route_parse(const char *s, int family, struct sp_route *ret,
		   struct sp_err *err)
{
	struct sp_route r = { .metric = -1, .table = -1, .mtu = -1 };
	sp_auto_strv w = { 0 };
	int rc;

	sp_strv_split(&w, s, " \t");
	if (!w.n)
		return sp_fail(
			err, EINVAL,
			"expected a route, such as \"10.0.0.0/8 via 192.0.2.1 metric 100\"");
	rc = route_dest(w.v[0], family, &r.dest, err);
	for (size_t i = 1; rc >= 0 && i < w.n; i++) {
		const char *word = w.v[i];
		const char *next = i + 1 < w.n ? w.v[i + 1] : NULL;

		if (sp_streq(word, "onlink")) {
			r.onlink = true;
			continue;
		}
		if (sp_streq(word, "via"))
			rc = route_addr(word, next, family, &r.via, err);
		else if (sp_streq(word, "src"))
			rc = route_addr(word, next, family, &r.src, err);
		else if (sp_streq(word, "metric"))
			rc = route_number(word, next, &r.metric, err);
		else if (sp_streq(word, "table"))
			rc = route_number(word, next, &r.table, err);
		else if (sp_streq(word, "mtu"))
			rc = route_number(word, next, &r.mtu, err);
		else
			rc = sp_fail(
				err, EINVAL,
				"expected via, metric, table, src, mtu or onlink, got \"%s\"",
				word);
		i++;
	}
	if (rc < 0)
		return rc;
	*ret = r;
	return 0;
}

char *sp_route_format(const struct sp_route *r)
{
	char buf[SP_ADDR_TEXT];
	struct sp_buf b = { 0 };

	sp_buf_add(&b, sp_addr_format(&r->dest, true, buf));
	if (r->via.family)
		sp_buf_addf(&b, " via %s", sp_addr_format(&r->via, false, buf));
	if (r->metric >= 0)
		sp_buf_addf(&b, " metric %lld", (long long)r->metric);
	if (r->table >= 0)
		sp_buf_addf(&b, " table %lld", (long long)r->table);
	if (r->src.family)
		sp_buf_addf(&b, " src %s", sp_addr_format(&r->src, false, buf));
	if (r->mtu >= 0)
		sp_buf_addf(&b, " mtu %lld", (long long)r->mtu);
	if (r->onlink)
		sp_buf_add(&b, " onlink");
	return sp_buf_take(&b);
}

/* --- for field tables ------------------------------------------------------- */

static int canon_ip(const char *text, int family, char **ret,
		    struct sp_err *err)
{
	char buf[SP_ADDR_TEXT];
	struct sp_addr a;

	if (sp_addr_parse(text, family, &a)) {
		*ret = sp_xstrdup(sp_addr_format(&a, false, buf));
		return 0;
	}
	if (!sp_addr_parse(text, AF_UNSPEC, &a))
		return sp_fail(err, EINVAL,
			       "expected an %s address, got \"%s\"",
			       family_name(family), text);
	return sp_fail(err, EINVAL,
		       "expected an %s address, got the %s address \"%s\"",
		       family_name(family), family_name(a.family), text);
}

static int canon_net(const char *text, int family, char **ret,
		     struct sp_err *err)
{
	char buf[SP_ADDR_TEXT];
	struct sp_addr a;
	int r = sp_addr_parse_net(text, family, &a, err);

	if (r < 0)
		return r;
	*ret = sp_xstrdup(sp_addr_format(&a, true, buf));
	return 0;
}

static int canon_route(const char *text, int family, char **ret,
		       struct sp_err *err)
{
	struct sp_route route;
	int r = sp_route_parse(text, family, &route, err);

	if (r < 0)
		return r;
	*ret = sp_route_format(&route);
	return 0;
}

int sp_canon_ip4(const char *text, char **ret, struct sp_err *err)
{
	return canon_ip(text, AF_INET, ret, err);
}

int sp_canon_ip6(const char *text, char **ret, struct sp_err *err)
{
	return canon_ip(text, AF_INET6, ret, err);
}

int sp_canon_net4(const char *text, char **ret, struct sp_err *err)
{
	return canon_net(text, AF_INET, ret, err);
}

int sp_canon_net6(const char *text, char **ret, struct sp_err *err)
{
	return canon_net(text, AF_INET6, ret, err);
}

int sp_canon_route4(const char *text, char **ret, struct sp_err *err)
{
	return canon_route(text, AF_INET, ret, err);
}

int sp_canon_route6(const char *text, char **ret, struct sp_err *err)
{
	return canon_route(text, AF_INET6, ret, err);
}

int sp_canon_range4(const char *text, char **ret, struct sp_err *err)
{
	char from[SP_ADDR_TEXT], to[SP_ADDR_TEXT];
	struct sp_addr a, b;
	int r = sp_range_parse(text, &a, &b, err);

	if (r < 0)
		return r;
	*ret = sp_asprintf("%s-%s", sp_addr_format(&a, false, from),
			   sp_addr_format(&b, false, to));
	return 0;
}

int sp_canon_ifname(const char *text, char **ret, struct sp_err *err)
{
	size_t n = strlen(text);

	/* IFNAMSIZ counts the NUL; "%d" is a template to the kernel */
	if (n == 0 || n >= IFNAMSIZ)
		return sp_fail(
			err, EINVAL,
			"expected an interface name of 1 to %d bytes (IFNAMSIZ, "
			"netdevice(7)), got \"%s\" with %zu",
			IFNAMSIZ - 1, text, n);
	for (size_t i = 0; i < n; i++)
		if (!isalnum((unsigned char)text[i]) &&
		    !strchr("._-+@=~", text[i]))
			return sp_fail(
				err, EINVAL,
				"interface name \"%s\": only letters, digits and . _ - "
				"+ @ = ~ are allowed",
				text);
	if (sp_streq(text, ".") || sp_streq(text, "..") ||
	    sp_streq(text, "all") || sp_streq(text, "default") ||
	    sp_streq(text, "bonding_masters"))
		return sp_fail(
			err, EINVAL,
			"\"%s\" is reserved, no interface can have this name",
			text);
	*ret = sp_xstrdup(text);
	return 0;
}

int sp_canon_mac(const char *text, char **ret, struct sp_err *err)
{
	unsigned char m[6];
	const char *p = text;
	size_t n = 0;

	while (n < sizeof(m) && isxdigit((unsigned char)p[0]) &&
	       isxdigit((unsigned char)p[1])) {
		char two[] = { p[0], p[1], '\0' };

		m[n++] = (unsigned char)strtoul(two, NULL, 16);
		p += 2;
		if (n < sizeof(m) && (*p == ':' || *p == '-'))
			p++;
		else
			break;
	}
	if (n != sizeof(m) || *p)
		return sp_fail(
			err, EINVAL,
			"expected a MAC address, such as 52:54:00:12:34:56, got \"%s\"",
			text);
	if (m[0] & 1)
		return sp_fail(
			err, EINVAL,
			"\"%s\" is a group address; no interface can have it",
			text);
	if (!(m[0] | m[1] | m[2] | m[3] | m[4] | m[5]))
		return sp_fail(err, EINVAL, "the MAC address is all zero");
	*ret = sp_asprintf("%02X:%02X:%02X:%02X:%02X:%02X", m[0], m[1], m[2],
			   m[3], m[4], m[5]);
	return 0;
}

int sp_canon_domain(const char *text, char **ret, struct sp_err *err)
{
	const char *p = text + (*text == '~');
	size_t n = strlen(p), label = 0;

	if (sp_streq(text, "~.")) {
		*ret = sp_xstrdup(text);
		return 0;
	}
	if (n && p[n - 1] == '.')
		n--;
	for (size_t i = 0; i < n; i++) {
		label = p[i] == '.' ? 0 : label + 1;
		if (label > 63 ||
		    (p[i] == '.' && (i == 0 || p[i - 1] == '.')) ||
		    (p[i] != '.' && p[i] != '-' && p[i] != '_' &&
		     !isalnum((unsigned char)p[i]))) {
			n = 0;
			break;
		}
	}
	if (n == 0 || n > 253)
		return sp_fail(
			err, EINVAL,
			"expected a domain name, such as example.com, got \"%s\"",
			text);
	*ret = sp_xstrndup(text, n + (size_t)(p - text));
	return 0;
}
