/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * con_nat.c - what is a NAT, and has the running NetworkManager made its rules?
 *
 * It runs nft for these, gives it a second, and goes on without the rules when
 * that was too little: the connection is up, and nobody gets out.  They also
 * go with an "nft flush ruleset".  (NetworkManager 1.32 and later: a table
 * "nm-shared-DEVICE" of family ip.)
 */
#include <string.h>

#include "connection.h"
#include "core/ini.h"
#include "core/mem.h"

#define NFT "/usr/sbin/nft"
#define MAIN_CONF "/etc/NetworkManager/NetworkManager.conf"

bool sp_con_is_nat(const struct sp_nm *c)
{
	sp_auto_free char *method = sp_nm_get_str(c, "ipv4", "method");

	return sp_streq(method, "shared");
}

/* Does a file of NetworkManager's settings choose something else than nft? */
static bool chooses_other(struct sp_host *host, const char *path)
{
	sp_auto_err ignored = { 0 };
	sp_auto_free char *v = NULL;
	sp_auto_buf text = { 0 };

	if (!sp_ends(path, ".conf") ||
	    sp_host_read(host, path, &text, &ignored) <= 0)
		return false;
	v = sp_ini_get(&sp_ini_yum, &text, "main", "firewall-backend");
	return v && *v && !sp_streq(v, "nftables");
}

static bool uses_nft(struct sp_host *host)
{
	static const char *const dirs[] = {
		"/usr/lib/NetworkManager/conf.d",
		"/run/NetworkManager/conf.d",
		"/etc/NetworkManager/conf.d",
	};
	bool other = chooses_other(host, MAIN_CONF);

	for (size_t i = 0; i < SP_COUNT(dirs) && !other; i++) {
		sp_auto_err ignored = { 0 };
		sp_auto_strv names = { 0 };

		(void)sp_host_list(host, dirs[i], &names, &ignored);
		for (size_t k = 0; k < names.n && !other; k++) {
			sp_auto_free char *path =
				sp_asprintf("%s/%s", dirs[i], names.v[k]);

			other = chooses_other(host, path);
		}
	}
	return !other;
}

bool sp_con_nat_lacks_rules(struct sp_host *host, const char *device)
{
	static const char *const argv[] = { NFT, "list", "tables", "ip", NULL };
	sp_auto_free char *line =
		sp_asprintf("table ip nm-shared-%s\n", device);
	sp_auto_err ignored = { 0 };
	sp_auto_output out = { 0 };
	struct sp_stat st;

	if (sp_host_stat_follow(host, NFT, &st, &ignored) <= 0 ||
	    !uses_nft(host) || sp_host_ask(host, argv, &out, &ignored) < 0 ||
	    out.status != 0)
		return false;
	return !strstr(sp_buf_cstr(&out.text), line);
}
