/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* virthost.c - is this host good for virtual machines. */
#include "virthost.h"

#include "core/mem.h"
#include "core/profile.h"
#include "core/word.h"

#define IOMMU_GROUPS "/sys/kernel/iommu_groups"
#define CGROUP2 "/sys/fs/cgroup/cgroup.controllers"

/* Processor flag, kvm's module for it. */
static const char *const makers[][2] = {
	{ "vmx", "kvm_intel" },
	{ "svm", "kvm_amd" },
};

struct look {
	struct sp_host *host;
	const struct sp_resource *res;
	const struct sp_virthost_want *want;
	struct sp_health *ret;
	struct sp_err *err;
	const char *module; /* NULL: the processor cannot virtualise */
};

#define row(l, name, verdict, ...) \
	sp_health_add((l)->ret, (l)->res, name, verdict, __VA_ARGS__)

static int there(struct look *l, const char *path)
{
	return sp_host_there(l->host, path, l->err);
}

/* --- the processor -------------------------------------------------------------- */

const char *sp_virthost_flag(const char *cpuinfo, size_t len)
{
	const char *line;
	size_t pos = 0, n;

	while (sp_next_line(cpuinfo, len, &pos, &line, &n)) {
		sp_auto_free char *text = sp_xstrndup(line, n);
		sp_auto_strv words = { 0 };

		sp_strv_split(&words, text, " \t:");
		if (!words.n || !sp_streq(words.v[0], "flags"))
			continue;
		for (size_t i = 0; i < SP_COUNT(makers); i++)
			if (sp_strv_has(&words, makers[i][0]))
				return makers[i][0];
		return NULL; /* all processors are alike */
	}
	return NULL;
}

static int processor(struct look *l)
{
	enum sp_verdict bad = l->want->emulation ? SP_WARN : SP_FAIL;
	sp_auto_buf text = { 0 };
	const char *flag;
	int r = sp_host_read(l->host, "/proc/cpuinfo", &text, l->err);

	if (r < 0)
		return r;
	flag = sp_virthost_flag(sp_buf_cstr(&text), text.len);
	for (size_t i = 0; i < SP_COUNT(makers); i++)
		if (sp_streq(flag, makers[i][0]))
			l->module = makers[i][1];
	if (flag)
		row(l, "processor", SP_PASS, "it can virtualise (%s)", flag);
	else if (l->want->emulation)
		row(l, "processor", bad,
		    "neither vmx nor svm in /proc/cpuinfo: turn virtualisation "
		    "on in the firmware, or on the machine that this one runs "
		    "in; until then machines run emulated");
	else
		row(l, "processor", bad,
		    "neither vmx nor svm in /proc/cpuinfo: turn virtualisation "
		    "on in the firmware, or on the machine that this one runs "
		    "in");
	r = there(l, "/dev/kvm");
	if (r > 0)
		row(l, "/dev/kvm", SP_PASS, "it is there");
	else if (r == 0 && l->module)
		row(l, "/dev/kvm", bad,
		    "it is not there: modprobe %s, and see the kernel's log if "
		    "that is refused",
		    l->module);
	else if (r == 0)
		row(l, "/dev/kvm", bad,
		    "it is not there, for want of a "
		    "processor that can virtualise");
	return r;
}

static int nested(struct look *l)
{
	sp_auto_free char *path = NULL, *now = NULL;
	bool on;
	int r;

	if (!l->module)
		return 0;
	path = sp_asprintf("/sys/module/%s/parameters/nested", l->module);
	r = sp_host_read_line(l->host, path, &now, l->err);
	if (r <= 0)
		return r;
	on = sp_streq(now, "Y") || sp_streq(now, "1");
	if (l->want->nested < 0 || l->want->nested == on)
		row(l, "nested", SP_PASS,
		    on ? "machines may run machines"
		       : N_("machines may not run machines"));
	else
		row(l, "nested", SP_WARN,
		    on ? "machines may run machines until %s is loaded again: "
			 "shut them down and modprobe -r %s, or restart the host"
		       : N_("machines may not run machines until %s is loaded "
			    "again: shut them down and modprobe -r %s, or "
			    "restart the host"),
		    l->module, l->module);
	return 0;
}

/* --- what machines are given ------------------------------------------------------ */

static int iommu(struct look *l)
{
	sp_auto_strv groups = { 0 };
	int r = sp_host_list(l->host, IOMMU_GROUPS, &groups, l->err);

	if (r < 0)
		return r;
	if (groups.n)
		row(l, "iommu", SP_PASS, "on, %zu groups of devices", groups.n);
	else if (l->want->iommu > 0)
		row(l, "iommu", SP_FAIL,
		    "off: restart the host if it was not since the profile was "
		    "applied, else turn VT-d or AMD-Vi on in the firmware");
	else if (l->want->iommu == 0)
		row(l, "iommu", SP_PASS, "off, as the profile says");
	else
		row(l, "iommu", SP_WARN,
		    "off: no device can be given to a machine; \"iommu: true\" "
		    "turns it on");
	return 0;
}

static int cgroups(struct look *l)
{
	static const char *const v2[] = { "cpu", "cpuset", "io", "memory",
					  NULL };
	static const char *const v1[] = { "cpu",     "cpuacct", "cpuset",
					  "devices", "memory",	"blkio",
					  NULL };
	sp_auto_free char *line = NULL, *text = NULL;
	sp_auto_strv have = { 0 }, missing = { 0 };
	int r = sp_host_read_line(l->host, CGROUP2, &line, l->err);
	const char *const *want = r > 0 ? v2 : v1;

	if (r < 0)
		return r;
	if (line)
		sp_strv_split(&have, line, " ");
	for (; *want; want++) {
		sp_auto_free char *dir =
			sp_asprintf("/sys/fs/cgroup/%s", *want);

		r = line ? sp_strv_has(&have, *want) : there(l, dir);
		if (r < 0)
			return r;
		if (r == 0)
			sp_strv_add(&missing, *want);
	}
	text = sp_strv_join(&missing, ", ");
	if (missing.n)
		row(l, "cgroups", SP_WARN,
		    "without %s machines cannot be limited; see "
		    "cgroup_disable on the kernel's command line",
		    text);
	else
		row(l, "cgroups", SP_PASS, "all controllers are there");
	return 0;
}

static int device(struct look *l, const char *path, enum sp_verdict bad,
		  const char *module, const char *without)
{
	int r = there(l, path);

	if (r > 0)
		row(l, path, SP_PASS, "it is there");
	else if (r == 0)
		row(l, path, bad, "it is not there: modprobe %s; without it %s",
		    module, _(without));
	return r;
}

static int hugepages(struct look *l)
{
	sp_auto_free char *line = NULL;
	int64_t n = 0;
	int r;

	if (l->want->hugepages <= 0)
		return 0;
	r = sp_host_read_line(l->host, "/proc/sys/vm/nr_hugepages", &line,
			      l->err);
	if (r <= 0)
		return r;
	(void)sp_parse_int(line, 0, INT64_MAX, &n);
	if (n >= l->want->hugepages)
		row(l, "huge pages", SP_PASS, "%lld of 2 MiB", (long long)n);
	else
		row(l, "huge pages", SP_FAIL,
		    "%lld of %lld: memory is in pieces; restart the host",
		    (long long)n, (long long)l->want->hugepages);
	return 0;
}

int sp_virthost_look(struct sp_host *host, const struct sp_resource *res,
		     const struct sp_virthost_want *want, struct sp_health *ret,
		     struct sp_err *err)
{
	struct look l = { host, res, want, ret, err, NULL };
	int r = processor(&l);

	if (r >= 0)
		r = nested(&l);
	if (r >= 0)
		r = iommu(&l);
	if (r >= 0)
		r = cgroups(&l);
	if (r >= 0)
		r = device(&l, "/dev/net/tun", SP_FAIL, "tun",
			   N_("no machine gets a network"));
	if (r >= 0)
		r = device(&l, "/dev/vhost-net", SP_WARN, "vhost_net",
			   N_("their networks are slower"));
	if (r >= 0)
		r = hugepages(&l);
	return r < 0 ? r : 0;
}
