/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* vf.c - into how many virtual functions a network card is divided. */
#include "vf.h"

#include <string.h>

#include "core/mem.h"

static char *rules_of(const char *id)
{
	return sp_asprintf(SP_VF_RULES "%s.rules", id);
}

int sp_vf_read(struct sp_host *host, const char *id, int64_t *ret,
	       struct sp_err *err)
{
	static const char key[] = "ATTR{device/sriov_numvfs}=\"";
	sp_auto_free char *path = rules_of(id);
	sp_auto_buf text = { 0 };
	int r = sp_host_read(host, path, &text, err);
	const char *at = r > 0 ? strstr(sp_buf_cstr(&text), key) : NULL;
	sp_auto_free char *number = NULL;

	if (!at)
		return r < 0 ? r : 0;
	at += strlen(key);
	number = sp_xstrndup(at, strcspn(at, "\"\n"));
	return sp_parse_int(number, 0, SP_VF_MAX, ret);
}

int sp_vf_write(struct sp_host *host, const char *id, const char *pf, int64_t n,
		struct sp_err *err)
{
	sp_auto_free char *path = rules_of(id);
	sp_auto_buf text = { 0 };

	if (!n)
		return sp_host_remove(host, path, err);
	/* NAME is what udev is about to call it, empty when the kernel's stays. */
	sp_buf_addf(&text,
		    "# Made by sprout; see sprout-kind-vnet(5).\n"
		    "ACTION==\"add\", SUBSYSTEM==\"net\", NAME==\"%s\", "
		    "ATTR{device/sriov_numvfs}=\"%lld\"\n"
		    "ACTION==\"add\", SUBSYSTEM==\"net\", NAME==\"\", "
		    "KERNEL==\"%s\", ATTR{device/sriov_numvfs}=\"%lld\"\n",
		    pf, (long long)n, pf, (long long)n);
	return sp_host_write(host, path, text.data, text.len, SP_ATTR_KEEP,
			     err);
}

/* --- the card ----------------------------------------------------------------- */

static char *attribute(const char *pf, const char *name)
{
	return sp_asprintf("/sys/class/net/%s/device/%s", pf, name);
}

static int64_t number(struct sp_host *host, const char *pf, const char *name)
{
	sp_auto_free char *path = attribute(pf, name);
	sp_auto_free char *word = NULL;
	sp_auto_err ignored = { 0 };
	int64_t n = -1;

	if (sp_host_read_line(host, path, &word, &ignored) > 0)
		(void)sp_parse_int(word, 0, 65535, &n);
	return n;
}

int64_t sp_vf_now(struct sp_host *host, const char *pf)
{
	return number(host, pf, "sriov_numvfs");
}

int64_t sp_vf_limit(struct sp_host *host, const char *pf)
{
	return number(host, pf, "sriov_totalvfs");
}

int sp_vf_set(struct sp_host *host, const char *pf, int64_t n,
	      struct sp_err *err)
{
	sp_auto_free char *path = attribute(pf, "sriov_numvfs");
	sp_auto_free char *text = sp_asprintf("%lld", (long long)n);
	int64_t now = sp_vf_now(host, pf);
	int r = 0;

	/* A card that was pulled out has none. */
	if (now == n || (now < 0 && !n))
		return 0;
	/* Another number is taken by a card that has none only. */
	if (now > 0 && n)
		r = sp_host_poke(host, path, "0", err);
	return r < 0 ? r : sp_host_poke(host, path, text, err);
}
