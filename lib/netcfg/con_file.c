/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* con_file.c - a connection's files: keyfiles, and the DHCP range for dnsmasq. */
#include <errno.h>
#include <string.h>

#include "connection.h"
#include "core/mem.h"
#include "foreign.h"

char *sp_con_path(const char *id)
{
	return sp_asprintf(SP_CON_DIR "/%s.nmconnection", id);
}

char *sp_con_port_id(const char *id, const char *dev)
{
	return sp_asprintf("%s-port-%s", id, dev);
}

/* Root's; or ours, where root's files cannot be made. */
static bool is_owned(const struct sp_stat *st)
{
	return st->uid == 0 || st->uid == geteuid();
}

bool sp_con_is_insecure(const struct sp_stat *st)
{
	return (st->mode & 0077) || !is_owned(st);
}

int sp_con_read_text(struct sp_host *host, const char *path, struct sp_buf *ret,
		     struct sp_stat *ret_st, struct sp_err *err)
{
	int r = sp_host_stat_follow(host, path, ret_st, err);

	return r <= 0 ? r : sp_host_read(host, path, ret, err);
}

int sp_con_read_file(struct sp_host *host, const char *id, struct sp_nm **ret,
		     struct sp_err *err)
{
	sp_auto_free char *path = sp_con_path(id);
	sp_auto_buf text = { 0 };
	struct sp_stat st;
	int r = sp_con_read_text(host, path, &text, &st, err);

	if (r <= 0)
		return r;
	r = sp_nm_read(path, sp_buf_cstr(&text), text.len, id, ret, err);
	return r < 0 ? r : 1;
}

int sp_con_write_file(struct sp_host *host, const char *id, struct sp_nm *c,
		      struct sp_err *err)
{
	sp_auto_free char *path = sp_con_path(id);
	struct sp_attr attr = SP_ATTR(0600, SP_KEEP_ID, SP_KEEP_ID);
	sp_auto_buf text = { 0 };
	struct sp_stat st;
	int r = sp_nm_write(c, &text, &attr.secret, err);

	if (r < 0)
		return r;
	r = sp_host_stat_follow(host, path, &st, err);
	if (r < 0)
		return r;
	if (r && !is_owned(&st))
		attr.uid = attr.gid = 0;
	return sp_host_write(host, path, text.data, text.len, attr, err);
}

int sp_con_list_ports(struct sp_host *host, const char *id, struct sp_strv *ret,
		      struct sp_err *err)
{
	sp_auto_free char *prefix = sp_con_port_id(id, "");
	sp_auto_strv names = { 0 };
	int r = sp_host_list(host, SP_CON_DIR, &names, err);

	for (size_t i = 0; i < names.n; i++) {
		size_t from = strlen(prefix), n = strlen(names.v[i]);

		if (sp_starts(names.v[i], prefix) &&
		    sp_ends(names.v[i], ".nmconnection"))
			sp_strv_add_take(
				ret,
				sp_xstrndup(names.v[i] + from,
					    n - from -
						    strlen(".nmconnection")));
	}
	return r < 0 ? r : 0;
}

int sp_con_is_ours(struct sp_host *host, const char *id, struct sp_err *err)
{
	sp_auto_free char *path = sp_con_path(id);
	sp_auto_buf text = { 0 };
	int r = sp_host_read(host, path, &text, err);

	return r <= 0 ? r : sp_keyfile_marked(&text);
}

int sp_con_not_ours(const char *path, struct sp_err *err)
{
	return sp_fail(err, EPERM,
		       "%s was not made by sprout; replace: true takes it over",
		       path);
}

int sp_con_remove_file(struct sp_host *host, const char *id, bool any,
		       bool must, struct sp_err *err)
{
	sp_auto_free char *path = sp_con_path(id);
	sp_auto_buf text = { 0 };
	struct sp_stat st;
	int r = sp_con_read_text(host, path, &text, &st, err);

	if (r <= 0)
		return r;
	if (any || sp_keyfile_marked(&text))
		return sp_host_remove(host, path, err);
	return must ? sp_con_not_ours(path, err) : 0;
}

/* --- the DHCP range of older NetworkManagers -------------------------------- */

static char *range_path(const char *id)
{
	return sp_asprintf(SP_CON_DNSMASQ_DIR "/sprout-%s.conf", id);
}

int sp_con_read_range(struct sp_host *host, const char *id, const char *device,
		      char **ret, struct sp_err *err)
{
	sp_auto_free char *path = range_path(id), *found = NULL;
	sp_auto_free char *prefix =
		sp_asprintf("dhcp-range=tag:%s,", device ? device : "");
	sp_auto_buf text = { 0 };
	const char *line;
	size_t pos = 0, n;
	int r = sp_host_read(host, path, &text, err);

	while (r > 0 &&
	       sp_next_line(sp_buf_cstr(&text), text.len, &pos, &line, &n)) {
		sp_auto_free char *s = sp_xstrndup(line, n);
		sp_auto_strv part = { 0 };

		if (!sp_starts(s, prefix))
			continue;
		sp_strv_split(&part, s + strlen(prefix), ",");
		free(found);
		found = part.n < 2 ? NULL
				   : sp_asprintf("%s-%s", part.v[0], part.v[1]);
	}
	if (r < 0)
		return r;
	*ret = sp_take(&found);
	return 0;
}

/*
 * NetworkManager gives dnsmasq the whole subnet as a range.  dnsmasq takes an
 * address from a range whose tag the client has before one without a tag,
 * and every client has the name of its interface as a tag.
 */
int sp_con_write_range(struct sp_host *host, const char *id, const char *device,
		       const char *range, struct sp_err *err)
{
	sp_auto_free char *path = range_path(id), *text = NULL;
	sp_auto_strv ends = { 0 };

	if (!range || sp_nm_has("ipv4", "shared-dhcp-range"))
		return sp_host_remove(host, path, err);
	sp_strv_split(&ends, range, "-");
	text = sp_asprintf("# Written by sprout for the connection \"%s\".\n"
			   "dhcp-range=tag:%s,%s,%s,60m\n",
			   id, device, ends.v[0], ends.v[1]);
	return sp_host_write(host, path, text, strlen(text), SP_ATTR_KEEP, err);
}
