/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * richrule.c - firewalld's rich rules, as text and as XML.
 *
 * One table says which words there are, where they stand in a rule, and
 * which attributes they take.  Both forms are read into the same parts and
 * checked by the same function.
 * Source: firewalld.richlanguage(5), firewalld.zone(5), and for what these
 * leave open firewalld's own checks (versions 1.3 and 2.3).
 */
#include "richrule.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "core/mem.h"
#include "core/word.h"
#include "fwvalue.h"

enum {
	CAN_NOT	  = 1 << 0,	/* "not", invert= */
	CAN_LIMIT = 1 << 1,	/* "limit value=..." */
	BARE	  = 1 << 2,	/* firewalld prints the value without quotes */
	ALONE	  = 1 << 3,	/* is an action of its own: no other action */
};

struct sp_rich_word {
	const char *name;
	enum sp_rich_slot slot;
	unsigned flags;
	const char *attr[SP_RICH_ATTRS];	/* in the order of printing */
};

static const struct sp_rich_word words[] = {
	{ "source", SP_RICH_SOURCE, CAN_NOT, { "address", "mac", "ipset" } },
	{ "destination", SP_RICH_DESTINATION, CAN_NOT, { "address", "ipset" } },
	{ "service", SP_RICH_ELEMENT, 0, { "name" } },
	{ "port", SP_RICH_ELEMENT, 0, { "port", "protocol" } },
	{ "protocol", SP_RICH_ELEMENT, 0, { "value" } },
	{ "icmp-block", SP_RICH_ELEMENT, ALONE, { "name" } },
	{ "icmp-type", SP_RICH_ELEMENT, 0, { "name" } },
	{ "masquerade", SP_RICH_ELEMENT, ALONE, { NULL } },
	{ "forward-port", SP_RICH_ELEMENT, ALONE,
	  { "port", "protocol", "to-port", "to-addr" } },
	{ "source-port", SP_RICH_ELEMENT, 0, { "port", "protocol" } },
	{ "tcp-mss-clamp", SP_RICH_ELEMENT, ALONE, { "value" } },
	{ "log", SP_RICH_LOG, CAN_LIMIT, { "prefix", "level" } },
	{ "nflog", SP_RICH_LOG, CAN_LIMIT, { "group", "prefix", "queue-size" } },
	{ "audit", SP_RICH_AUDIT, CAN_LIMIT, { NULL } },
	{ "accept", SP_RICH_ACTION, CAN_LIMIT, { NULL } },
	{ "reject", SP_RICH_ACTION, CAN_LIMIT, { "type" } },
	{ "drop", SP_RICH_ACTION, CAN_LIMIT, { NULL } },
	{ "mark", SP_RICH_ACTION, CAN_LIMIT | BARE, { "set" } },
};

static const char *const slot_names[SP_RICH_SLOTS] = {
	"source", "destination", "element", "log", "audit", "action",
};

static const char *const log_levels[] = {
	"emerg", "alert", "crit", "error", "warning", "notice", "info",
	"debug", NULL
};

static const char *const reject_ipv4[] = {
	"icmp-host-prohibited", "host-prohib", "icmp-net-unreachable",
	"net-unreach", "icmp-host-unreachable", "host-unreach",
	"icmp-port-unreachable", "port-unreach", "icmp-proto-unreachable",
	"proto-unreach", "icmp-net-prohibited", "net-prohib", "tcp-reset",
	"tcp-rst", "icmp-admin-prohibited", "admin-prohib", NULL
};

static const char *const reject_ipv6[] = {
	"icmp6-adm-prohibited", "adm-prohibited", "icmp6-no-route", "no-route",
	"icmp6-addr-unreachable", "addr-unreach", "icmp6-port-unreachable",
	"port-unreach", "tcp-reset", NULL
};

static const struct sp_rich_word *find_word(const char *name)
{
	for (size_t i = 0; i < SP_COUNT(words); i++)
		if (strcmp(words[i].name, name) == 0)
			return &words[i];
	return NULL;
}

static int find_attr(const struct sp_rich_word *w, const char *name)
{
	for (int i = 0; i < SP_RICH_ATTRS && w->attr[i]; i++)
		if (strcmp(w->attr[i], name) == 0)
			return i;
	return -1;
}

/* The place of a part's attribute; NULL for words that have none. */
static char **attr_of(struct sp_rich_part *p, const char *name)
{
	int i = p->word ? find_attr(p->word, name) : -1;

	return i < 0 ? NULL : &p->attr[i];
}

static const char *attr_value(const struct sp_rich_part *p, const char *name)
{
	int i = p->word ? find_attr(p->word, name) : -1;

	return i < 0 ? NULL : p->attr[i];
}

static bool is(const struct sp_rich_part *p, const char *word)
{
	return p->word && strcmp(p->word->name, word) == 0;
}

static bool listed(const char *const *list, const char *s)
{
	for (; *list; list++)
		if (strcmp(*list, s) == 0)
			return true;
	return false;
}

void sp_rich_clear(struct sp_rich *r)
{
	free(r->family);
	for (int s = 0; s < SP_RICH_SLOTS; s++) {
		struct sp_rich_part *p = &r->part[s];

		for (int i = 0; i < SP_RICH_ATTRS; i++)
			free(p->attr[i]);
		free(p->limit);
		free(p->burst);
	}
	*r = (struct sp_rich){ 0 };
}

/* --- checks --------------------------------------------------------------- */

/* Replace a value by its canonical spelling. */
static int canon(char **value, int (*fn)(const char *, char **, struct sp_err *),
		 struct sp_err *err)
{
	char *s;
	int r = fn(*value, &s, err);

	if (r < 0)
		return r;
	free(*value);
	*value = s;
	return 0;
}

/* An unsigned number, decimal or with "0x", at most @max. */
static bool is_number(const char *s, size_t n, uint64_t max, uint64_t *ret)
{
	unsigned base = 10;
	uint64_t v = 0;

	if (n > 2 && s[0] == '0' && (s[1] == 'x' || s[1] == 'X')) {
		base = 16;
		s += 2;
		n -= 2;
	}
	if (!n || n > 12)
		return false;
	for (size_t i = 0; i < n; i++) {
		const char *digits = "0123456789abcdef0123456789ABCDEF";
		const char *d = s[i] ? strchr(digits, s[i]) : NULL;
		unsigned k = d ? (unsigned)(d - digits) % 16 : base;

		if (k >= base)
			return false;
		v = v * base + k;
	}
	if (ret)
		*ret = v;
	return v <= max;
}

static bool is_mark(const char *s)
{
	const char *slash = strchr(s, '/');
	size_t n = slash ? (size_t)(slash - s) : strlen(s);

	return is_number(s, n, UINT32_MAX, NULL) &&
	       (!slash || is_number(slash + 1, strlen(slash + 1), UINT32_MAX,
				    NULL));
}

/* "3/m", also "3/minute"; becomes the short form. */
static int check_limit(struct sp_rich_part *p, struct sp_err *err)
{
	static const char *const units[] = { "second", "minute", "hour", "day" };
	static const int64_t seconds[] = { 1, 60, 3600, 86400 };
	const char *slash = strchr(p->limit, '/');
	sp_auto_free char *digits = NULL;
	int64_t rate;
	size_t u;

	digits = sp_xstrndup(p->limit, slash ? (size_t)(slash - p->limit) : 0);
	for (u = 0; slash && u < SP_COUNT(units); u++)
		if (strcmp(slash + 1, units[u]) == 0 ||
		    (slash[1] == units[u][0] && !slash[2]))
			break;
	if (!slash || u == SP_COUNT(units) ||
	    !sp_parse_int(digits, 1, INT32_MAX, &rate))
		return sp_fail(err, EINVAL,
			       "limit: expected RATE/DURATION with s, m, h or d like 3/m, got "
			       "\"%s\"",
			       p->limit);
	if (rate > 10000 * seconds[u])
		return sp_fail(err, EINVAL,
			       "limit: %s is too fast, firewalld takes at most 10000 a second",
			       p->limit);
	if (rate == 1 && units[u][0] == 'd')
		return sp_fail(err, EINVAL,
			       "limit: 1/d is too slow, firewalld takes at least 2/d");
	if (p->burst && (!sp_parse_int(p->burst, 0, 10000000, &rate)))
		return sp_fail(err, EINVAL,
			       "limit: burst: expected a number from 0 to 10000000, got \"%s\"",
			       p->burst);
	(void)sp_parse_int(digits, 1, INT32_MAX, &rate);
	free(p->limit);
	p->limit = sp_asprintf("%d/%c", (int)rate, units[u][0]);
	return 0;
}

/* Address, MAC address or ipset of a source or destination: exactly one. */
static int check_end(const struct sp_rich *r, struct sp_rich_part *p,
		     struct sp_err *err)
{
	unsigned fam = sp_streq(r->family, "ipv6") ? SP_FW_IPV6 : SP_FW_IPV4;
	char **address = attr_of(p, "address"), **mac = attr_of(p, "mac");
	char **ipset = attr_of(p, "ipset"), *s;
	int n = !!*address + (mac && *mac) + !!*ipset;

	if (n != 1)
		return sp_fail(err, EINVAL, "needs %s of address=, %sipset=",
			       n ? _("only one") : "one", mac ? "mac=, " : "");
	if (mac && *mac)
		return canon(mac, sp_fw_mac, err);
	if (*ipset)
		return canon(ipset, sp_fw_ipset, err);
	if (!r->family)
		return sp_fail(err, EINVAL,
			       "an address needs family=\"ipv4\" or family=\"ipv6\" behind "
			       "\"rule\"");
	if (sp_fw_address(*address, fam | SP_FW_MASK, &s, err) < 0)
		return -err->code;
	free(*address);
	*address = s;
	return 0;
}

/* port= and protocol= of port, source-port and forward-port. */
static int check_ports(const struct sp_rich *r, struct sp_rich_part *p,
		       struct sp_err *err)
{
	char **to_port = attr_of(p, "to-port"), **to_addr = attr_of(p, "to-addr");
	unsigned fam = sp_streq(r->family, "ipv6") ? SP_FW_IPV6 : SP_FW_IPV4;
	char **port = attr_of(p, "port"), *s;
	const char *proto = attr_value(p, "protocol");
	int ret;

	if (!*port || !proto)
		return sp_fail(err, EINVAL, "needs port= and protocol=");
	ret = canon(port, sp_fw_ports, err);
	if (ret < 0)
		return ret;
	if (!sp_fw_has_ports(proto))
		return sp_fail(err, EINVAL,
			       "expected tcp, udp, sctp or dccp as protocol, got \"%s\"",
			       proto);
	if (!to_port)
		return 0;
	if (!*to_port && !*to_addr)
		return sp_fail(err, EINVAL, "needs to-port=, to-addr= or both");
	if (!r->family)
		return sp_fail(err, EINVAL,
			       "needs family=\"ipv4\" or family=\"ipv6\" behind \"rule\"");
	ret = *to_port ? canon(to_port, sp_fw_ports, err) : 0;
	if (ret < 0 || !*to_addr)
		return ret;
	ret = sp_fw_address(*to_addr, fam, &s, err);
	if (ret < 0)
		return ret;
	free(*to_addr);
	*to_addr = s;
	return 0;
}

static int check_mss(struct sp_rich_part *p, struct sp_err *err)
{
	int64_t mss;

	/* nothing said means the path's, and so it is printed */
	if (!p->attr[0])
		p->attr[0] = sp_xstrdup("pmtu");
	if (strcmp(p->attr[0], "pmtu") == 0)
		return 0;
	if (!sp_parse_int(p->attr[0], 536, UINT16_MAX, &mss))
		return sp_fail(err, EINVAL,
			       "expected value=\"pmtu\" or a size from 536 to 65535, got \"%s\"",
			       p->attr[0]);
	free(p->attr[0]);
	p->attr[0] = sp_asprintf("%d", (int)mss);
	return 0;
}

static int check_element(const struct sp_rich *r, struct sp_rich_part *p,
			 struct sp_err *err)
{
	if (attr_of(p, "port"))
		return check_ports(r, p, err);
	if (is(p, "tcp-mss-clamp"))
		return check_mss(p, err);
	if (p->word->attr[0] && !p->attr[0])
		return sp_fail(err, EINVAL, "needs %s=", p->word->attr[0]);
	if (is(p, "protocol"))
		return canon(&p->attr[0], sp_fw_protocol, err);
	if (p->word->attr[0])
		return canon(&p->attr[0], sp_fw_name, err);
	return 0;
}

/* A number up to 65535 into its decimal form; 0, the default, is dropped. */
static int check_uint16(char **value, const char *name, struct sp_err *err)
{
	uint64_t n;

	if (!*value)
		return 0;
	if (!is_number(*value, strlen(*value), UINT16_MAX, &n))
		return sp_fail(err, EINVAL,
			       "%s: expected a number from 0 to 65535, got \"%s\"",
			       name, *value);
	free(*value);
	*value = n ? sp_asprintf("%u", (unsigned)n) : NULL;
	return 0;
}

static int check_log(struct sp_rich_part *p, struct sp_err *err)
{
	const char *prefix = attr_value(p, "prefix");
	const char *level = attr_value(p, "level");
	int r = 0;

	if (prefix && strlen(prefix) > 127)
		return sp_fail(err, EINVAL,
			       "prefix: %zu bytes, at most 127 are allowed",
			       strlen(prefix));
	if (level && !listed(log_levels, level))
		return sp_fail(err, EINVAL,
			       "level: expected emerg, alert, crit, error, warning, notice, "
			       "info or debug, got \"%s\"",
			       level);
	if (is(p, "nflog")) {
		r = check_uint16(attr_of(p, "group"), "group", err);
		if (r == 0)
			r = check_uint16(attr_of(p, "queue-size"),
					 "queue-size", err);
	}
	return r;
}

static int check_action(const struct sp_rich *r, const struct sp_rich_part *p,
			struct sp_err *err)
{
	const char *type = attr_value(p, "type");

	if (type && !r->family)
		return sp_fail(err, EINVAL,
			       "type= needs family=\"ipv4\" or family=\"ipv6\" behind \"rule\"");
	if (type && !listed(sp_streq(r->family, "ipv4") ? reject_ipv4 :
							  reject_ipv6, type))
		return sp_fail(err, EINVAL,
			       "type: \"%s\" is none of the reject types of %s",
			       type, r->family);
	if (is(p, "mark") && !p->attr[0])
		return sp_fail(err, EINVAL, "needs set=");
	if (is(p, "mark") && !is_mark(p->attr[0]))
		return sp_fail(err, EINVAL,
			       "set: expected MARK or MARK/MASK, numbers up to 0xffffffff, got "
			       "\"%s\"",
			       p->attr[0]);
	return 0;
}

static int check_part(const struct sp_rich *r, struct sp_rich_part *p,
		      struct sp_err *err)
{
	int ret = 0;

	switch (p->word->slot) {
	case SP_RICH_SOURCE:
	case SP_RICH_DESTINATION:
		ret = check_end(r, p, err);
		break;
	case SP_RICH_ELEMENT:
		ret = check_element(r, p, err);
		break;
	case SP_RICH_LOG:
		ret = check_log(p, err);
		break;
	case SP_RICH_ACTION:
		ret = check_action(r, p, err);
		break;
	case SP_RICH_AUDIT:
	case SP_RICH_SLOTS:
		break;
	}
	if (ret == 0 && p->limit)
		ret = check_limit(p, err);
	return ret < 0 ? sp_wrap(err, "%s", p->word->name) : 0;
}

/* The parts against each other. */
static int check_whole(const struct sp_rich *r, struct sp_err *err)
{
	const struct sp_rich_part *p = r->part;
	const struct sp_rich_word *element = p[SP_RICH_ELEMENT].word;
	bool log = p[SP_RICH_LOG].word, action = p[SP_RICH_ACTION].word;
	bool ends = p[SP_RICH_SOURCE].word || p[SP_RICH_DESTINATION].word;
	bool alone = element && (element->flags & ALONE);

	if (p[SP_RICH_DESTINATION].word && !r->family)
		return sp_fail(err, EINVAL,
			       "destination needs family=\"ipv4\" or family=\"ipv6\" behind "
			       "\"rule\"");
	if (alone && action)
		return sp_fail(err, EINVAL, "%s does not go together with %s",
			       element->name, p[SP_RICH_ACTION].word->name);
	if (is(&p[SP_RICH_ELEMENT], "masquerade") &&
	    attr_value(&p[SP_RICH_SOURCE], "mac"))
		return sp_fail(err, EINVAL,
			       "masquerade does not go together with a MAC address");
	if (p[SP_RICH_AUDIT].word &&
	    (!action || is(&p[SP_RICH_ACTION], "mark")))
		return sp_fail(err, EINVAL,
			       "audit needs accept, reject or drop");
	if (!alone && !action && !log)
		return sp_fail(err, EINVAL,
			       "the rule says nothing to do: expected accept, reject, drop, "
			       "mark, log or nflog");
	if (!element && !action && r->priority == 0)
		return sp_fail(err, EINVAL,
			       "the rule needs an element, an action or a priority");
	if (!element && !ends && r->priority == 0)
		return sp_fail(err, EINVAL,
			       "the rule needs a source, a destination, an element or a priority");
	return 0;
}

static int check_rule(struct sp_rich *r, struct sp_err *err)
{
	for (int s = 0; s < SP_RICH_SLOTS; s++) {
		int ret = r->part[s].word ? check_part(r, &r->part[s], err) : 0;

		if (ret < 0)
			return ret;
	}
	return check_whole(r, err);
}

static int set_family(struct sp_rich *r, const char *s, struct sp_err *err)
{
	if (r->family)
		return sp_fail(err, EINVAL, "family= is given twice");
	if (strcmp(s, "ipv4") != 0 && strcmp(s, "ipv6") != 0)
		return sp_fail(err, EINVAL,
			       "family: expected ipv4 or ipv6, got \"%s\"", s);
	r->family = sp_xstrdup(s);
	return 0;
}

static int set_priority(struct sp_rich *r, const char *s, struct sp_err *err)
{
	int64_t n;

	if (!sp_parse_int(s, INT16_MIN, INT16_MAX, &n))
		return sp_fail(err, EINVAL,
			       "priority: expected a number from -32768 to 32767, got \"%s\"",
			       s);
	r->priority = (int)n;
	return 0;
}

/* --- text in -------------------------------------------------------------- */

/*
 * Split like a shell: blanks separate, quotes and backslashes keep together.
 * Returns false for a quote that is not closed.
 */
static bool split_words(const char *s, struct sp_strv *ret)
{
	sp_auto_buf word = { 0 };
	bool inside = false;	/* a word has begun, "" included */
	char quote = 0;

	for (;; s++) {
		if (*s == '\\' && s[1] && quote != '\'') {
			sp_buf_addc(&word, *++s);
			inside = true;
		} else if (!*s || (!quote && *s == ' ')) {
			if (inside)
				sp_strv_add(ret, sp_buf_cstr(&word));
			sp_buf_clear(&word);
			inside = false;
			if (!*s)
				return !quote;
		} else if (quote ? *s == quote : *s == '"' || *s == '\'') {
			quote = quote ? 0 : *s;
			inside = true;
		} else {
			sp_buf_addc(&word, *s);
			inside = true;
		}
	}
}

/* Where the words of a rule go while it is read. */
struct cursor {
	struct sp_rich *rule;
	struct sp_rich_part *part;	/* NULL: "rule" itself */
	bool limit;			/* behind "limit" */
};

static int put_once(char **to, const char *where, const char *name,
		    const char *value, struct sp_err *err)
{
	if (*to)
		return sp_fail(err, EINVAL, "%s: %s= is given twice", where,
			       name);
	*to = sp_xstrdup(value);
	return 0;
}

/* A value that the text form cannot carry. */
static bool is_odd_value(const char *s)
{
	return strpbrk(s, "\"\\=") || sp_find_control(s) >= 0;
}

static bool is_true(const char *s)
{
	return strcasecmp(s, "true") == 0 || strcasecmp(s, "yes") == 0;
}

/* name=value behind a word of the rule. */
static int take_attr(struct cursor *c, const char *name, const char *value,
		     struct sp_err *err)
{
	struct sp_rich_part *p = c->part;
	const char *where = c->limit ? "limit" : p ? p->word->name : "rule";
	char **to;

	if (!*value || is_odd_value(value))
		return sp_fail(err, EINVAL,
			       "%s: %s: expected a value without quotes, backslashes and "
			       "\"=\", got \"%s\"",
			       where, name, value);
	if (!p && strcmp(name, "family") == 0)
		return set_family(c->rule, value, err);
	if (!p && strcmp(name, "priority") == 0)
		return set_priority(c->rule, value, err);
	if (c->limit && strcmp(name, "value") == 0)
		return put_once(&p->limit, where, name, value, err);
	if (c->limit && strcmp(name, "burst") == 0)
		return put_once(&p->burst, where, name, value, err);
	if (p && !c->limit && (p->word->flags & CAN_NOT) &&
	    strcmp(name, "invert") == 0) {
		if (!is_true(value))
			return sp_fail(err, EINVAL,
				       "%s: invert: expected True, got \"%s\"",
				       where, value);
		p->invert = true;
		return 0;
	}
	to = p ? attr_of(p, name) : NULL;
	if (!to)
		return sp_fail(err, EINVAL, "\"%s=\" does not belong to \"%s\"",
			       name, where);
	return put_once(to, where, name, value, err);
}

/* The limit that was announced has to have come. */
static int end_limit(const struct cursor *c, struct sp_err *err)
{
	if (c->limit && !c->part->limit)
		return sp_fail(err, EINVAL, "limit: needs value=");
	return 0;
}

static int take_word(struct cursor *c, const char *name, struct sp_err *err)
{
	const struct sp_rich_word *w = find_word(name);
	struct sp_rich_part *p = c->part;
	int r = end_limit(c, err);

	if (r < 0)
		return r;
	if (p && !c->limit && !p->limit && strcmp(name, "limit") == 0 &&
	    (p->word->flags & CAN_LIMIT)) {
		c->limit = true;
		return 0;
	}
	if (p && strcasecmp(name, "not") == 0 && (p->word->flags & CAN_NOT)) {
		p->invert = true;
		return 0;
	}
	if (!w)
		return sp_fail(err, EINVAL, "\"%s\" is not expected behind \"%s\"",
			       name, c->limit ? "limit" :
			       p ? p->word->name : "rule");
	p = &c->rule->part[w->slot];
	if (p->word)
		return sp_fail(err, EINVAL,
			       "more than one %s: \"%s\" and \"%s\"",
			       slot_names[w->slot], p->word->name, name);
	p->word = w;
	c->part = p;
	c->limit = false;
	return 0;
}

static int parse_words(const struct sp_strv *l, struct sp_rich *r,
		       struct sp_err *err)
{
	struct cursor c = { .rule = r };
	int ret = 0;

	if (!l->n || strcmp(l->v[0], "rule") != 0)
		return sp_fail(err, EINVAL, "a rule has to begin with \"rule\"");
	for (size_t i = 1; i < l->n && ret == 0; i++) {
		char *eq = strchr(l->v[i], '=');

		if (!eq) {
			ret = take_word(&c, l->v[i], err);
			continue;
		}
		*eq = '\0';
		ret = take_attr(&c, l->v[i], eq + 1, err);
	}
	if (ret == 0)
		ret = end_limit(&c, err);
	return ret < 0 ? ret : check_rule(r, err);
}

int sp_rich_parse(const char *text, struct sp_rich *ret, struct sp_err *err)
{
	struct sp_rich r = { 0 };
	sp_auto_strv l = { 0 };
	int code;

	if (!sp_xml_can_hold(text))
		return sp_fail(err, EINVAL,
			       "expected a rule without control characters");
	if (!split_words(text, &l))
		return sp_fail(err, EINVAL, "a quote is not closed");
	code = parse_words(&l, &r, err);
	if (code < 0) {
		sp_rich_clear(&r);
		return code;
	}
	*ret = r;
	return 0;
}

/* --- text out ------------------------------------------------------------- */

static void print_attr(struct sp_buf *b, const char *name, const char *value,
		       bool bare)
{
	const char *q = bare ? "" : "\"";

	sp_buf_addf(b, " %s=%s%s%s", name, q, value, q);
}

static void print_part(struct sp_buf *b, const struct sp_rich_part *p)
{
	sp_buf_addf(b, " %s", p->word->name);
	if (p->invert)
		sp_buf_add(b, " NOT");
	for (int i = 0; i < SP_RICH_ATTRS; i++)
		if (p->attr[i])
			print_attr(b, p->word->attr[i], p->attr[i],
				   p->word->flags & BARE);
	if (p->limit) {
		sp_buf_add(b, " limit");
		print_attr(b, "value", p->limit, false);
	}
	if (p->limit && p->burst)
		print_attr(b, "burst", p->burst, true);
}

char *sp_rich_text(const struct sp_rich *r)
{
	sp_auto_buf b = { 0 };

	sp_buf_add(&b, "rule");
	if (r->priority)
		sp_buf_addf(&b, " priority=\"%d\"", r->priority);
	if (r->family)
		print_attr(&b, "family", r->family, false);
	for (int s = 0; s < SP_RICH_SLOTS; s++)
		if (r->part[s].word)
			print_part(&b, &r->part[s]);
	return sp_buf_take(&b);
}

int sp_rich_canon(const char *text, char **ret, struct sp_err *err)
{
	sp_auto_rich r = { 0 };
	int code = sp_rich_parse(text, &r, err);

	if (code < 0)
		return code;
	*ret = sp_rich_text(&r);
	return 0;
}

/* --- XML out -------------------------------------------------------------- */

static void xml_part(struct sp_buf *b, const struct sp_rich_part *p,
		     const char *indent, const char *nl)
{
	bool pmtu = is(p, "tcp-mss-clamp") && sp_streq(p->attr[0], "pmtu");

	sp_buf_addf(b, "%s%s<%s", indent, indent, p->word->name);
	for (int i = 0; i < SP_RICH_ATTRS && !pmtu; i++)
		if (p->attr[i])
			sp_xml_add_attr(b, p->word->attr[i], p->attr[i]);
	if (p->invert)
		sp_xml_add_attr(b, "invert", "True");
	if (!p->limit) {
		sp_buf_addf(b, "/>%s", nl);
		return;
	}
	sp_buf_addf(b, ">%s%s%s%s<limit", nl, indent, indent, indent);
	sp_xml_add_attr(b, "value", p->limit);
	if (p->burst)
		sp_xml_add_attr(b, "burst", p->burst);
	sp_buf_addf(b, "/>%s%s%s</%s>%s", nl, indent, indent, p->word->name, nl);
}

void sp_rich_to_xml(const struct sp_rich *r, const char *indent,
		    const char *nl, struct sp_buf *out)
{
	sp_buf_addf(out, "%s<rule", indent);
	if (r->family)
		sp_xml_add_attr(out, "family", r->family);
	if (r->priority)
		sp_buf_addf(out, " priority=\"%d\"", r->priority);
	sp_buf_addf(out, ">%s", nl);
	for (int s = 0; s < SP_RICH_SLOTS; s++)
		if (r->part[s].word)
			xml_part(out, &r->part[s], indent, nl);
	sp_buf_addf(out, "%s</rule>%s", indent, nl);
}

/* --- XML in --------------------------------------------------------------- */

/* What the language has no words for; makes the text differ from any rule. */
static void strange(struct sp_buf *b, const char *elem, const char *attr)
{
	sp_buf_addf(b, " <%s%s%s>", elem, attr ? " " : "", attr ? attr : "");
}

static void read_limit(const struct sp_xml_elem *e, struct sp_rich_part *p,
		       struct sp_buf *odd)
{
	if (p->limit || !(p->word->flags & CAN_LIMIT)) {
		strange(odd, e->name, NULL);
		return;
	}
	for (size_t i = 0; i < e->n_attrs; i++) {
		char **to = strcmp(e->attrs[i].name, "value") == 0 ? &p->limit :
			    strcmp(e->attrs[i].name, "burst") == 0 ? &p->burst :
								     NULL;

		if (to)
			*to = sp_xstrdup(e->attrs[i].value);
		else
			strange(odd, e->name, e->attrs[i].name);
	}
	if (!p->limit)
		strange(odd, e->name, NULL);
}

static void read_part(const struct sp_xml_elem *e, struct sp_rich_part *p,
		      struct sp_buf *odd)
{
	for (size_t i = 0; i < e->n_attrs; i++) {
		const struct sp_xml_attr *a = &e->attrs[i];
		char **to = attr_of(p, a->name);

		if (is_odd_value(a->value))
			strange(odd, e->name, a->name);
		else if (to && *a->value)
			*to = sp_xstrdup(a->value);
		else if ((p->word->flags & CAN_NOT) &&
			 strcmp(a->name, "invert") == 0)
			p->invert = is_true(a->value);
		else if (!to)
			strange(odd, e->name, a->name);
	}
}

static void read_rule_attrs(const struct sp_xml_elem *e, struct sp_rich *r,
			    struct sp_buf *odd)
{
	for (size_t i = 0; i < e->n_attrs; i++) {
		const struct sp_xml_attr *a = &e->attrs[i];
		sp_auto_err no = { 0 };
		int code = -1;

		if (strcmp(a->name, "family") == 0)
			code = set_family(r, a->value, &no);
		else if (strcmp(a->name, "priority") == 0)
			code = set_priority(r, a->value, &no);
		if (code < 0)
			strange(odd, e->name, a->name);
	}
}

char *sp_rich_from_xml(const struct sp_xml *doc, size_t elem)
{
	const struct sp_xml_elem *rule = &doc->v[elem];
	struct sp_rich_part *part = NULL;	/* a child of the rule */
	size_t part_elem = 0;
	sp_auto_rich r = { 0 };
	sp_auto_err no = { 0 };
	sp_auto_buf odd = { 0 };
	sp_auto_free char *text = NULL;

	read_rule_attrs(rule, &r, &odd);
	for (size_t i = elem + 1; i < doc->n && doc->v[i].start < rule->end;
	     i++) {
		const struct sp_xml_elem *e = &doc->v[i];
		const struct sp_rich_word *w = find_word(e->name);

		if (part && e->parent == (int)part_elem &&
		    strcmp(e->name, "limit") == 0) {
			read_limit(e, part, &odd);
			continue;
		}
		if (!w || e->parent != (int)elem || r.part[w->slot].word) {
			strange(&odd, e->name, NULL);
			continue;
		}
		part = &r.part[w->slot];
		part->word = w;
		part_elem = i;
		read_part(e, part, &odd);
	}
	if (check_rule(&r, &no) < 0 && !odd.len)
		sp_buf_add(&odd, " <invalid>");
	text = sp_rich_text(&r);
	return sp_asprintf("%s%s", text, sp_buf_cstr(&odd));
}

/* --- what a rule refers to ------------------------------------------------ */

const char *sp_rich_service(const struct sp_rich *r)
{
	const struct sp_rich_part *p = &r->part[SP_RICH_ELEMENT];

	return is(p, "service") ? p->attr[0] : NULL;
}

const char *sp_rich_icmp_type(const struct sp_rich *r)
{
	const struct sp_rich_part *p = &r->part[SP_RICH_ELEMENT];

	return is(p, "icmp-block") || is(p, "icmp-type") ? p->attr[0] : NULL;
}

const char *sp_rich_ipset(const struct sp_rich *r, enum sp_rich_slot slot)
{
	return attr_value(&r->part[slot], "ipset");
}
