/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* vnet.c - the definition of a network of libvirt, read, written, edited. */
#include "vnet.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "core/addr.h"
#include "core/mem.h"
#include "virtxml.h"

/* Modes as the profile and as libvirt names them; isolated has none there. */
static const char *const modes[][2] = {
	{ "nat", "nat" },	{ "route", "route" },	{ "open", "open" },
	{ "bridge", "bridge" }, { "sriov", "hostdev" },
};

static const char *libvirt_mode(const char *mode)
{
	for (size_t i = 0; mode && i < SP_COUNT(modes); i++)
		if (sp_streq(modes[i][0], mode))
			return modes[i][1];
	return NULL;
}

static const char *our_mode(const char *mode)
{
	for (size_t i = 0; mode && i < SP_COUNT(modes); i++)
		if (sp_streq(modes[i][1], mode))
			return modes[i][0];
	return mode ? mode : "isolated";
}

/* "ADDRESS/PREFIX" of an <ip>; NULL when it has none that we can tell. */
static char *read_address(const struct sp_xml *x, int ip)
{
	const struct sp_xml_elem *e = &x->v[ip];
	const char *address = sp_xml_attr(e, "address");
	const char *mask = sp_xml_attr(e, "netmask");
	const char *prefix = sp_xml_attr(e, "prefix");
	sp_auto_free char *text = NULL;
	char *ret = NULL;
	sp_auto_err ignored = { 0 };

	if (!address || (!mask && !prefix))
		return NULL;
	text = sp_asprintf("%s/%s", address, prefix ? prefix : mask);
	return sp_canon_net4(text, &ret, &ignored) < 0 ? NULL : ret;
}

/* The first <ip> of IPv4; -1 for none. */
static int find_ip(const struct sp_xml *x)
{
	for (size_t i = 0; i < x->n; i++) {
		const char *family = sp_xml_attr(&x->v[i], "family");

		if (x->v[i].parent == 0 && sp_streq(x->v[i].name, "ip") &&
		    (!family || sp_streq(family, "ipv4")))
			return (int)i;
	}
	return -1;
}

static int parse(const char *text, size_t len, struct sp_xml *ret,
		 struct sp_err *err)
{
	int r = sp_xml_parse(text, len, ret, err);

	if (r >= 0 && !sp_streq(ret->v[0].name, "network"))
		r = sp_fail(err, EBADMSG, "expected a <network>, found a <%s>",
			    ret->v[0].name);
	return r;
}

int sp_vnet_read(const char *text, size_t len, struct sp_state *ret,
		 struct sp_err *err)
{
	sp_auto_xml x = { 0 };
	int r = parse(text, len, &x, err), ip, dhcp, forward;

	if (r < 0)
		return r;
	forward = sp_virtxml_child(&x, 0, "forward");
	ip = find_ip(&x);
	dhcp = ip < 0 ? -1 : sp_virtxml_child(&x, ip, "dhcp");
	sp_state_set_str(
		ret, SP_VNET_MODE,
		forward < 0
			? "isolated"
			: our_mode(sp_xml_attr(&x.v[forward], "mode")
					   ? sp_xml_attr(&x.v[forward], "mode")
					   : "nat"));
	sp_state_set_str(ret, SP_VNET_BRIDGE,
			 sp_virtxml_attr(&x, 0, "bridge", "name"));
	sp_state_set_str(ret, SP_VNET_ZONE,
			 sp_virtxml_attr(&x, 0, "bridge", "zone"));
	sp_state_set_str(ret, SP_VNET_DOMAIN,
			 sp_virtxml_attr(&x, 0, "domain", "name"));
	sp_state_set_str(ret, SP_VNET_PF,
			 sp_virtxml_attr(&x, forward, "pf", "dev"));
	sp_state_set_str_take(ret, SP_VNET_ADDRESS,
			      ip < 0 ? NULL : read_address(&x, ip));
	sp_state_set_none(ret, SP_VNET_DHCP);
	if (dhcp >= 0 && sp_virtxml_child(&x, dhcp, "range") >= 0)
		sp_state_set_str_take(
			ret, SP_VNET_DHCP,
			sp_asprintf("%s-%s",
				    sp_virtxml_attr(&x, dhcp, "range", "start"),
				    sp_virtxml_attr(&x, dhcp, "range", "end")));
	return 0;
}

/* --- parts ------------------------------------------------------------------ */

static void split_address(const char *net, char address[SP_ADDR_TEXT],
			  char mask[SP_ADDR_TEXT])
{
	struct sp_addr a = { 0 }, m = { .family = AF_INET };
	sp_auto_err ignored = { 0 };

	(void)sp_addr_parse_net(net, AF_INET, &a, &ignored);
	(void)sp_addr_format(&a, false, address);
	for (unsigned i = 0; i < a.prefix; i++)
		m.b[i / 8] |= (uint8_t)(0x80 >> (i % 8));
	(void)sp_addr_format(&m, false, mask);
}

static void add_range(struct sp_buf *out, const char *range)
{
	const char *dash = range ? strchr(range, '-') : NULL;
	sp_auto_free char *first = NULL;

	if (!dash)
		return;
	first = sp_xstrndup(range, (size_t)(dash - range));
	sp_buf_addf(out,
		    "    <dhcp>\n"
		    "      <range start='%s' end='%s'/>\n"
		    "    </dhcp>\n",
		    first, dash + 1);
}

static void add_ip(struct sp_buf *out, const char *net, const char *range)
{
	char address[SP_ADDR_TEXT], mask[SP_ADDR_TEXT];

	if (!net)
		return;
	split_address(net, address, mask);
	sp_buf_addf(out, "  <ip address='%s' netmask='%s'", address, mask);
	if (!range) {
		sp_buf_add(out, "/>\n");
		return;
	}
	sp_buf_add(out, ">\n");
	add_range(out, range);
	sp_buf_add(out, "  </ip>\n");
}

static void add_forward(struct sp_buf *out, const char *mode, const char *pf)
{
	const char *m = libvirt_mode(mode);

	if (m && pf)
		sp_buf_addf(out,
			    "  <forward mode='%s' managed='yes'>\n"
			    "    <pf dev='%s'/>\n"
			    "  </forward>\n",
			    m, pf);
	else if (m)
		sp_buf_addf(out, "  <forward mode='%s'/>\n", m);
}

static void add_domain(struct sp_buf *out, const char *domain)
{
	if (!domain)
		return;
	sp_buf_add(out, "  <domain name='");
	sp_xml_add_text(out, domain);
	sp_buf_add(out, "'/>\n");
}

bool sp_vnet_served(const char *mode)
{
	return !sp_streq(mode, "bridge") && !sp_streq(mode, "sriov");
}

char *sp_vnet_uuid(const char *text, size_t len)
{
	sp_auto_xml x = { 0 };
	sp_auto_err ignored = { 0 };
	int i = -1;

	if (parse(text, len, &x, &ignored) >= 0)
		i = sp_virtxml_child(&x, 0, "uuid");
	return i < 0 ? NULL : sp_xstrdup(sp_buf_cstr(&x.v[i].text));
}

void sp_vnet_write(const char *name, const char *uuid,
		   const struct sp_state *want, struct sp_buf *out)
{
	const char *mode = sp_state_str(want, SP_VNET_MODE);
	const char *bridge = sp_state_str(want, SP_VNET_BRIDGE);
	const char *zone = sp_state_str(want, SP_VNET_ZONE);
	char made[37], mac[18];

	sp_virtxml_uuid(name, made);
	sp_virtxml_mac(name, mac);
	sp_virtxml_head(out, "net-edit", name, uuid ? uuid : made);
	sp_buf_addf(out,
		    "<network>\n"
		    "  <name>%s</name>\n"
		    "  <uuid>%s</uuid>\n",
		    name, uuid ? uuid : made);
	add_forward(out, mode, sp_state_str(want, SP_VNET_PF));
	if (sp_streq(mode, "bridge")) {
		sp_buf_addf(out, "  <bridge name='%s'/>\n", bridge);
	} else if (sp_vnet_served(mode)) {
		sp_buf_addf(out, "  <bridge name='%s'", bridge);
		if (zone)
			sp_buf_addf(out, " zone='%s'", zone);
		sp_buf_addf(out,
			    " stp='on' delay='0'/>\n"
			    "  <mac address='%s'/>\n",
			    mac);
		add_domain(out, sp_state_str(want, SP_VNET_DOMAIN));
		add_ip(out, sp_state_str(want, SP_VNET_ADDRESS),
		       sp_state_str(want, SP_VNET_DHCP));
	}
	sp_buf_add(out, "</network>\n");
}

/* --- edits ------------------------------------------------------------------ */

struct editor {
	const char *text;
	size_t len;
	struct sp_xml x;
	struct sp_xml_edits edits;
	const struct sp_state *after;
};

static void editor_clear(struct editor *e)
{
	sp_xml_clear(&e->x);
	sp_xml_edits_clear(&e->edits);
}

/* A line of its own behind the last child of the document that is there. */
static void insert_behind(struct editor *e, const char *const names[],
			  const char *line)
{
	size_t at = e->x.v[0].body;

	for (size_t i = 0; names[i]; i++) {
		int c = sp_virtxml_child(&e->x, 0, names[i]);

		if (c >= 0 && e->x.v[c].end > at)
			at = e->x.v[c].end;
	}
	if (sp_xml_behind_line(e->text, e->len, &at)) {
		sp_xml_replace(&e->edits, at, 0, line);
	} else {
		sp_auto_free char *own = sp_asprintf("\n%s", line);

		own[strlen(own) - 1] = '\0';
		sp_xml_replace(&e->edits, at, 0, own);
	}
}

static void replace_or_insert(struct editor *e, int elem, const char *text,
			      const char *const behind[])
{
	const struct sp_xml_elem *old = elem < 0 ? NULL : &e->x.v[elem];

	if (!*text && old) {
		sp_xml_remove(&e->edits, e->text, e->len, old);
	} else if (old) {
		/* Of "  <...>\n" the layout around is there. */
		sp_auto_free char *bare =
			sp_xstrndup(text + 2, strlen(text) - 3);

		sp_xml_replace(&e->edits, old->start, old->end - old->start,
			       bare);
	} else if (*text) {
		insert_behind(e, behind, text);
	}
}

static void edit_forward(struct editor *e)
{
	static const char *const behind[] = { "name", "uuid", NULL };
	int forward = sp_virtxml_child(&e->x, 0, "forward");
	const char *mode = sp_state_str(e->after, SP_VNET_MODE);
	sp_auto_buf text = { 0 };

	if (!sp_state_get(e->after, SP_VNET_MODE) &&
	    !sp_state_get(e->after, SP_VNET_PF))
		return;
	if (!sp_state_get(e->after, SP_VNET_MODE))
		mode = "sriov";
	if (forward >= 0 && libvirt_mode(mode) && !sp_streq(mode, "sriov") &&
	    !sp_streq(sp_xml_attr(&e->x.v[forward], "mode"), "hostdev")) {
		sp_xml_set_attr(&e->edits, e->text, &e->x.v[forward], "mode",
				libvirt_mode(mode));
		return;
	}
	add_forward(&text, mode, sp_state_str(e->after, SP_VNET_PF));
	replace_or_insert(e, forward, sp_buf_cstr(&text), behind);
}

static void edit_bridge(struct editor *e)
{
	static const char *const behind[] = { "name", "uuid", "forward", NULL };
	static const struct {
		int f;
		const char *attr;
	} attrs[] = { { SP_VNET_BRIDGE, "name" }, { SP_VNET_ZONE, "zone" } };
	int bridge = sp_virtxml_child(&e->x, 0, "bridge");

	if (bridge < 0) {
		sp_auto_free char *line =
			sp_asprintf("  <bridge name='%s'/>\n",
				    sp_state_str(e->after, SP_VNET_BRIDGE));

		if (sp_state_has(e->after, SP_VNET_BRIDGE))
			insert_behind(e, behind, line);
		return;
	}
	for (size_t i = 0; i < SP_COUNT(attrs); i++)
		if (sp_state_get(e->after, attrs[i].f))
			sp_xml_set_attr(&e->edits, e->text, &e->x.v[bridge],
					attrs[i].attr,
					sp_state_str(e->after, attrs[i].f));
}

static void edit_domain(struct editor *e)
{
	static const char *const behind[] = { "name",	"uuid", "forward",
					      "bridge", "mac",	"mtu",
					      NULL };
	int domain = sp_virtxml_child(&e->x, 0, "domain");
	const char *name = sp_state_str(e->after, SP_VNET_DOMAIN);
	sp_auto_buf text = { 0 };

	if (!sp_state_get(e->after, SP_VNET_DOMAIN))
		return;
	if (domain >= 0 && name) {
		sp_xml_set_attr(&e->edits, e->text, &e->x.v[domain], "name",
				name);
		return;
	}
	add_domain(&text, name);
	replace_or_insert(e, domain, sp_buf_cstr(&text), behind);
}

static void edit_range(struct editor *e, int ip)
{
	const char *range = sp_state_str(e->after, SP_VNET_DHCP);
	int dhcp = sp_virtxml_child(&e->x, ip, "dhcp");
	int old = dhcp < 0 ? -1 : sp_virtxml_child(&e->x, dhcp, "range");
	const struct sp_xml_elem *el = &e->x.v[ip];
	sp_auto_buf text = { 0 };

	if (!sp_state_get(e->after, SP_VNET_DHCP))
		return;
	if (old >= 0 && range) {
		const char *dash = strchr(range, '-');
		sp_auto_free char *first =
			sp_xstrndup(range, (size_t)(dash - range));

		sp_xml_set_attr(&e->edits, e->text, &e->x.v[old], "start",
				first);
		sp_xml_set_attr(&e->edits, e->text, &e->x.v[old], "end",
				dash + 1);
	} else if (dhcp >= 0) {
		sp_xml_remove(&e->edits, e->text, e->len, &e->x.v[dhcp]);
	}
	if (!range || old >= 0)
		return;
	add_range(&text, range);
	if (el->body == el->end) { /* "<ip .../>" */
		size_t slash = el->end - 2;
		sp_auto_free char *full =
			sp_asprintf(">\n%s  </ip>", sp_buf_cstr(&text));

		sp_xml_replace(&e->edits, slash, 2, full);
	} else {
		sp_auto_free char *full =
			sp_asprintf("\n%s", sp_buf_cstr(&text));

		full[strlen(full) - 1] = '\0';
		sp_xml_replace(&e->edits, el->body, 0, full);
	}
}

static void edit_ip(struct editor *e)
{
	static const char *const behind[] = { "name",	"uuid", "forward",
					      "bridge", "mac",	"mtu",
					      "domain", "dns",	NULL };
	const char *net = sp_state_str(e->after, SP_VNET_ADDRESS);
	int ip = find_ip(&e->x);
	sp_auto_buf text = { 0 };

	if (ip >= 0 && net) {
		char address[SP_ADDR_TEXT], mask[SP_ADDR_TEXT];
		bool prefix = sp_xml_attr(&e->x.v[ip], "prefix");
		const char *slash = strchr(net, '/');

		split_address(net, address, mask);
		sp_xml_set_attr(&e->edits, e->text, &e->x.v[ip], "address",
				address);
		sp_xml_set_attr(&e->edits, e->text, &e->x.v[ip],
				prefix ? "prefix" : "netmask",
				prefix ? slash + 1 : mask);
	}
	if (ip >= 0 && (net || !sp_state_get(e->after, SP_VNET_ADDRESS))) {
		edit_range(e, ip);
	} else if (sp_state_get(e->after, SP_VNET_ADDRESS)) {
		add_ip(&text, net, sp_state_str(e->after, SP_VNET_DHCP));
		replace_or_insert(e, ip, sp_buf_cstr(&text), behind);
	}
}

int sp_vnet_edit(const char *text, size_t len, const struct sp_state *after,
		 struct sp_buf *out, struct sp_err *err)
{
	__attribute__((cleanup(editor_clear))) struct editor e = {
		.text = text, .len = len, .after = after
	};
	int r = parse(text, len, &e.x, err);

	if (r < 0)
		return r;
	if (e.x.v[0].body == e.x.v[0].end)
		return sp_fail(err, EINVAL, "the <network> is empty");
	edit_forward(&e);
	edit_bridge(&e);
	edit_domain(&e);
	edit_ip(&e);
	sp_xml_apply(&e.edits, text, len, out);
	return 0;
}
