/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * nic.c - the network cards of a host, as its sysfs tells.
 * Source: Documentation/ABI/testing/sysfs-class-net, sysfs-bus-pci (Linux).
 */
#include <string.h>

#include "core/host.h"
#include "core/mem.h"
#include "wizard.h"

#define CLASS "/sys/class/net/"

/* A short file's text without its line end; NULL when it cannot be read. */
static char *attribute(struct sp_host *host, const char *name, const char *file)
{
	sp_auto_free char *path = sp_asprintf(CLASS "%s/%s", name, file);
	sp_auto_buf b = { 0 };
	sp_auto_err ignored = { 0 };

	/* Speed and carrier of a card that is down: EINVAL. */
	if (sp_host_read(host, path, &b, &ignored) <= 0)
		return NULL;
	while (b.len > 0 && b.data[b.len - 1] == '\n')
		b.data[--b.len] = '\0';
	if (b.len == 0 || sp_find_control(b.data) >= 0)
		return NULL;
	return sp_buf_take(&b);
}

static int64_t count(struct sp_host *host, const char *name, const char *file)
{
	sp_auto_free char *s = attribute(host, name, file);
	int64_t v = 0;

	return s && sp_parse_int(s, 0, INT32_MAX, &v) ? v : 0;
}

static char *driver_of(struct sp_host *host, const char *name)
{
	sp_auto_free char *path = sp_asprintf(CLASS "%s/device/driver", name);
	sp_auto_free char *target = NULL;
	sp_auto_err ignored = { 0 };
	const char *slash;

	if (sp_host_readlink(host, path, &target, &ignored) <= 0)
		return NULL;
	slash = strrchr(target, '/');
	return sp_xstrdup(slash ? slash + 1 : target);
}

/* Bridges, taps, VLANs and the loopback are no devices on a bus. */
static bool is_card(struct sp_host *host, const char *name)
{
	sp_auto_free char *path = sp_asprintf(CLASS "%s/device", name);
	sp_auto_err ignored = { 0 };
	struct sp_stat st;

	return sp_host_stat_follow(host, path, &st, &ignored) > 0;
}

void wz_nics_find(struct sp_host *host, struct wz_nic **ret, size_t *ret_n)
{
	sp_auto_strv names = { 0 };
	sp_auto_err ignored = { 0 };
	struct wz_nic *v = NULL;
	size_t n = 0;

	(void)sp_host_list(host, CLASS, &names, &ignored);
	for (size_t i = 0; i < names.n; i++) {
		const char *name = names.v[i];
		sp_auto_free char *carrier = NULL;

		if (!is_card(host, name))
			continue;
		carrier = attribute(host, name, "carrier");
		v = sp_grow(v, n, sizeof(*v));
		v[n++] = (struct wz_nic){
			.name = sp_xstrdup(name),
			.mac = attribute(host, name, "address"),
			.driver = driver_of(host, name),
			.up = carrier && strcmp(carrier, "1") == 0,
			.speed_mbit = count(host, name, "speed"),
			.vfs = count(host, name, "device/sriov_totalvfs"),
		};
	}
	*ret = v;
	*ret_n = n;
}

void wz_nics_free(struct wz_nic *v, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(v[i].name);
		free(v[i].mac);
		free(v[i].driver);
	}
	free(v);
}

void wz_nic_describe(const struct wz_nic *nic, struct sp_buf *out)
{
	sp_buf_addf(out, "%s  %s  %s", nic->name, nic->mac ? nic->mac : "-",
		    nic->driver ? nic->driver : "-");
	if (!nic->up)
		sp_buf_addf(out, "  %s", _("no link"));
	else if (nic->speed_mbit > 0)
		sp_buf_addf(out, "  %lld Mb/s", (long long)nic->speed_mbit);
	else
		sp_buf_addf(out, "  %s", _("link"));
	if (nic->vfs > 0)
		sp_buf_addf(out, "  SR-IOV %lld", (long long)nic->vfs);
}
