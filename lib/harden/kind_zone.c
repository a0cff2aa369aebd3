/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * kind_zone.c - a zone of firewalld: /etc/firewalld/zones/NAME.xml.
 *
 * A zone that only the distribution has, in /usr/lib/firewalld/zones, is
 * observed there and copied to /etc by its first change, as firewalld itself
 * does.  Removing takes the file in /etc away: a shipped zone is then again
 * as it was shipped.  A set that the profile gives is exact; one that it
 * leaves out stays as it is.
 *
 * On a live host what firewalld does counts as well: see zonelive.h.
 *
 * Source: firewalld.zone(5), firewalld.richlanguage(5), firewall-cmd(1).
 * Undo does not bring back: connections that were cut in the meantime.
 */
#include <errno.h>

#include "core/kind.h"
#include "core/mem.h"
#include "fwfile.h"
#include "fwvalue.h"
#include "richrule.h"
#include "zone.h"
#include "zonefile.h"
#include "zonelive.h"

static int canon_text(const char *text, char **ret, struct sp_err *err)
{
	if (!sp_xml_can_hold(text))
		return sp_fail(err, EINVAL,
			       "expected text without control characters");
	*ret = sp_xstrdup(text);
	return 0;
}

static const char *const targets[] = {
	"default", "ACCEPT", "%%REJECT%%", "DROP", NULL
};

static const struct sp_field fields[] = {
	[SP_ZONE_TARGET] = {
		.name = "target", .type = SP_T_ENUM, .choices = targets,
		.doc = "What happens to packets that match nothing in the zone.",
	},
	[SP_ZONE_SHORT] = {
		.name = "short", .type = SP_T_STR, .canon = canon_text,
		.doc = "A readable name.",
	},
	[SP_ZONE_DESCRIPTION] = {
		.name = "description", .type = SP_T_STR, .canon = canon_text,
		.doc = "What the zone is for.",
	},
	[SP_ZONE_SERVICES] = {
		.name = "services", .type = SP_T_SET, .canon = sp_fw_name,
		.doc = "Services that are let in, exactly these.",
	},
	[SP_ZONE_PORTS] = {
		.name = "ports", .type = SP_T_SET, .canon = sp_fw_port,
		.doc = "Ports that are let in, PORT/PROTOCOL or FIRST-LAST/PROTOCOL, exactly "
			"these.",
	},
	[SP_ZONE_PROTOCOLS] = {
		.name = "protocols", .type = SP_T_SET, .canon = sp_fw_protocol,
		.doc = "IP protocols that are let in, by name or number, exactly these.",
	},
	[SP_ZONE_ICMP_BLOCKS] = {
		.name = "icmp_blocks", .type = SP_T_SET, .canon = sp_fw_name,
		.doc = "ICMP types that are rejected, exactly these.",
	},
	[SP_ZONE_MASQUERADE] = {
		.name = "masquerade", .type = SP_T_BOOL,
		.doc = "Give what leaves through the zone this host's address (IPv4).",
	},
	[SP_ZONE_FORWARD_PORTS] = {
		.name = "forward_ports", .type = SP_T_SET,
		.canon = sp_fw_forward,
		.doc = "Ports sent on, port=PORT:proto=PROTOCOL:toport=PORT:toaddr=ADDRESS, "
			"exactly these.",
	},
	[SP_ZONE_SOURCE_PORTS] = {
		.name = "source_ports", .type = SP_T_SET, .canon = sp_fw_port,
		.doc = "Ports of the other side that are let in, exactly these.",
	},
	[SP_ZONE_RICH_RULES] = {
		.name = "rich_rules", .type = SP_T_SET, .canon = sp_rich_canon,
		.doc = "Rules in firewalld's rich language, exactly these.",
	},
	[SP_ZONE_INTERFACES] = {
		.name = "interfaces", .type = SP_T_SET,
		.canon = sp_fw_interface,
		.doc = "Network interfaces that belong to the zone, exactly these.",
	},
	[SP_ZONE_SOURCES] = {
		.name = "sources", .type = SP_T_SET, .canon = sp_fw_source,
		.doc = "Addresses, networks, MAC addresses or ipset:NAME whose packets belong "
			"to the zone, exactly these.",
	},
	[SP_ZONE_ICMP_BLOCK_INVERSION] = {
		.name = "icmp_block_inversion", .type = SP_T_BOOL,
		.doc = "Let in the icmp_blocks and reject every other ICMP type.",
	},
	[SP_ZONE_FORWARD] = {
		.name = "forward", .type = SP_T_BOOL,
		.doc = "Let packets pass between the zone's own interfaces and sources.",
	},
	{ 0 }
};

/* --- observe and apply ---------------------------------------------------- */

/*
 * The zone's file, and the one to start from when there is none in /etc:
 * returns 1 and its path and content, or 0.
 */
static int load(struct sp_host *host, const char *id, char **ret_path,
		struct sp_buf *ret, struct sp_err *err)
{
	int r = sp_fwfile_find(host, "zones", id, ret_path, err);

	return r <= 0 ? r : sp_host_read(host, *ret_path, ret, err);
}

/* Only the file in /etc can be removed; it may even be broken. */
static int observe_removable(struct sp_host *host, const char *id,
			     struct sp_state *ret_have, struct sp_err *err)
{
	sp_auto_free char *path = sp_fwfile_etc("zones", id);
	sp_auto_zonefile z = { 0 };
	sp_auto_buf data = { 0 };
	sp_auto_err broken = { 0 };
	int r = sp_host_read(host, path, &data, err);

	if (r <= 0)
		return r;
	ret_have->present = true;
	if (sp_zonefile_parse(sp_buf_cstr(&data), data.len, &z, &broken) == 0)
		sp_zonefile_get(&z, ret_have);
	return 0;
}

static int observe(struct sp_host *host, const char *id,
		   const struct sp_state *want, struct sp_state *ret_have,
		   struct sp_err *err)
{
	sp_auto_free char *path = NULL;
	sp_auto_zonefile z = { 0 };
	sp_auto_buf data = { 0 };
	int r;

	if (want && !want->present)
		return observe_removable(host, id, ret_have, err);
	r = load(host, id, &path, &data, err);
	if (r <= 0)
		return r;
	r = sp_zonefile_parse(sp_buf_cstr(&data), data.len, &z, err);
	if (r < 0)
		return sp_wrap(err, "%s", path);
	sp_zonefile_get(&z, ret_have);
	if (!want || !sp_host_live(host))
		return 0;
	return sp_zonelive_observe(host, id, want, ret_have, err);
}

/* @after: the change's, or what of it belongs into the file. */
static int apply_file(struct sp_host *host, const struct sp_change *change,
		      const struct sp_state *after, struct sp_err *err)
{
	sp_auto_free char *to = sp_fwfile_etc("zones", change->id);
	sp_auto_free char *from = NULL;
	sp_auto_zonefile z = { 0 };
	sp_auto_buf data = { 0 }, out = { 0 };
	int r;

	if (!after->present)
		return sp_host_remove(host, to, err);
	r = load(host, change->id, &from, &data, err);
	if (r < 0)
		return r;
	if (r == 0)
		sp_buf_add(&data, sp_zonefile_new);
	r = sp_zonefile_parse(data.data, data.len, &z, err);
	if (r == 0)
		r = sp_zonefile_edit(&z, after, &out, err);
	if (r < 0)
		return sp_wrap(err, "%s", from ? from : to);
	r = sp_fwfile_mkdir(host, "zones", err);
	if (r < 0)
		return r;
	return sp_host_write(host, to, out.data, out.len, SP_ATTR_KEEP, err);
}

static int apply(struct sp_host *host, const struct sp_change *change,
		 struct sp_err *err)
{
	sp_auto_state after = { 0 };

	/* taken back: what only ran does not become the file's */
	sp_state_copy(&after, &change->after);
	sp_zonelive_forget(&after);
	return apply_file(host, change, &after, err);
}

static const char *const paths[] = {
	SP_FW_ETC "/firewalld.conf",
	SP_FW_ETC "/zones/*.xml", SP_FW_LIB "/zones/*.xml",
	SP_FW_ETC "/services/*.xml", SP_FW_LIB "/services/*.xml",
	SP_FW_ETC "/icmptypes/*.xml", SP_FW_LIB "/icmptypes/*.xml",
	SP_FW_ETC "/ipsets/*.xml", SP_FW_LIB "/ipsets/*.xml",
	SP_FW_ETC "/policies/*.xml", SP_FW_LIB "/policies/*.xml",
	"/etc/protocols", NULL
};

const struct sp_kind sp_kind_zone = {
	.name = "zone",
	.section = "firewall.zones",
	.shape = SP_SHAPE_LIST,
	.summary = "zones of firewalld (/etc/firewalld/zones)",
	.undo_limits = "connections that were cut in the meantime",
	.fields = fields,
	.flags = SP_KIND_REACH,
	.paths = paths,
	.check_name = sp_fw_zone_name,
	.check = sp_zone_check,
	.observe = observe,
	.apply = apply,
	.activated_by = &sp_kind_firewall,
};
