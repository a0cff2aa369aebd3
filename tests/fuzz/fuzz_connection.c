/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fuzz_connection.c - any bytes as what sprout reads of a host's network.  The
 * first byte says what they are: an ifcfg file, a netplan file, a keyfile of
 * others, a route, or a keyfile of ours for libnm.
 *
 * Besides crashes it looks for a route and a keyfile that are read differently
 * once they were written.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "core/host_overlay.h"
#include "core/kind.h"
#include "core/mem.h"
#include "core/addr.h"
#include "netcfg/foreign.h"
#include "netcfg/ifcfg.h"
#include "netcfg/nm.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);
const struct sp_kind *const sp_kinds[] = { NULL };

static void ifcfg(const char *text, size_t len)
{
	static const char *const keys[] = { "DEVICE", "HWADDR", "A" };

	for (size_t i = 0; i < SP_COUNT(keys); i++)
		free(sp_ifcfg_get(text, len, keys[i]));
}

static void preload(struct sp_host *h, const char *path, enum sp_ftype type,
		    const char *text, size_t len)
{
	struct sp_node n = {
		.type = type, .mode = 0700, .loaded = true, .size = len
	};

	sp_buf_addn(&n.data, text, len);
	sp_host_preload(h, path, &n);
}

static void foreign(const char *dir, const char *file, const char *text,
		    size_t len)
{
	sp_auto_free char *path = sp_asprintf("%s/%s", dir, file);
	struct sp_host *h = sp_host_new(NULL);
	sp_auto_foreigns l = { 0 };
	sp_auto_strv devices = { 0 };
	sp_auto_err err = { 0 };

	preload(h, "/", SP_FT_DIR, "", 0);
	for (char *s = path + 1; *s; s++) {
		if (*s != '/')
			continue;
		*s = '\0';
		preload(h, path, SP_FT_DIR, "", 0);
		*s = '/';
	}
	preload(h, path, SP_FT_FILE, text, len);
	if (sp_foreign_scan(h, &l, &err) < 0)
		abort();
	sp_strv_add(&devices, "eth0");
	for (size_t i = 0; i < l.n; i++)
		(void)sp_foreign_hits(&l.v[i], &devices, "52:54:00:AB:CD:EF");
	sp_host_free(h);
}

static void route(const char *text)
{
	int family = strchr(text, ':') ? AF_INET6 : AF_INET;
	sp_auto_free char *one = NULL, *two = NULL;
	sp_auto_err err = { 0 };
	struct sp_route r;

	if (sp_route_parse(text, family, &r, &err) < 0)
		return;
	one = sp_route_format(&r);
	if (sp_route_parse(one, family, &r, &err) < 0)
		abort();
	two = sp_route_format(&r);
	if (strcmp(one, two) != 0)
		abort();
}

static void keyfile(const char *text, size_t len)
{
	sp_auto_buf one = { 0 }, two = { 0 };
	sp_auto_nm *c = NULL, *again = NULL;
	sp_auto_err err = { 0 };
	bool secret;

	if (sp_nm_read("/f", text, len, "x", &c, &err) < 0 ||
	    sp_nm_write(c, &one, &secret, &err) < 0)
		return;
	if (sp_nm_read("/f", sp_buf_cstr(&one), one.len, "x", &again, &err) <
		    0 ||
	    sp_nm_write(again, &two, &secret, &err) < 0 ||
	    strcmp(sp_buf_cstr(&one), sp_buf_cstr(&two)) != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	sp_auto_free char *text = NULL;

	if (len < 1)
		return 0;
	/* exactly as long, so that a sanitizer sees one byte too many */
	text = sp_xmalloc(len);
	memcpy(text, data + 1, len - 1);
	switch (data[0]) {
	case 'i':
		ifcfg(text, len - 1);
		foreign("/etc/sysconfig/network-scripts", "ifcfg-eth0", text,
			len - 1);
		break;
	case 'n':
		foreign("/etc/netplan", "a.yaml", text, len - 1);
		break;
	case 'f':
		foreign("/etc/NetworkManager/system-connections",
			"a.nmconnection", text, len - 1);
		break;
	case 'r':
		text[len - 1] = '\0';
		route(text);
		break;
	case 'k':
		keyfile(text, len - 1);
		break;
	}
	return 0;
}
