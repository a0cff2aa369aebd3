/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_virthost.c - what hosts are told about virtual machines. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/host_overlay.h"
#include "core/kind.h"
#include "core/mem.h"
#include "core/profile.h"
#include "service/virthost.h"

const struct sp_kind *const sp_kinds[] = { NULL };

#define SILENT                                             \
	{                                                  \
		.nested = -1, .iommu = -1, .hugepages = -1 \
	}
#define V2 "/sys/fs/cgroup/cgroup.controllers"
#define VMX "/proc/cpuinfo", "processor : 0\nflags\t\t: fpu vmx sse\n"
#define SVM "/proc/cpuinfo", "flags : fpu svm\n"
#define BARE "/proc/cpuinfo", "model name : vmx svm\nflags : fpu novmx svml\n"
#define GOOD_V2 V2, "cpuset cpu io memory pids\n"

struct row {
	const char *files[16]; /* path, content; ... */
	struct sp_virthost_want want;
	const char *text; /* "VERDICT name" lines, with a word if it counts */
};

static const struct row rows[] = {
	/* all is well */
	{ { VMX, "/dev/kvm", "", "/dev/net/tun", "", "/dev/vhost-net", "",
	    GOOD_V2, "/sys/kernel/iommu_groups/0", "",
	    "/sys/module/kvm_intel/parameters/nested", "Y\n" },
	  SILENT,
	  "PASS processor vmx\n"
	  "PASS /dev/kvm\n"
	  "PASS nested may run\n"
	  "PASS iommu 1 groups\n"
	  "PASS cgroups\n"
	  "PASS /dev/net/tun\n"
	  "PASS /dev/vhost-net\n" },
	/* nothing is there */
	{ { BARE },
	  SILENT,
	  "FAIL processor firmware\n"
	  "FAIL /dev/kvm\n"
	  "WARN iommu iommu: true\n"
	  "WARN cgroups cpu, cpuacct, cpuset, devices, memory, blkio\n"
	  "FAIL /dev/net/tun modprobe tun\n"
	  "WARN /dev/vhost-net modprobe vhost_net\n" },
	/* the same where machines may be emulated */
	{ { BARE, "/dev/net/tun", "", "/dev/vhost-net", "", V2,
	    "cpuset memory\n" },
	  { .emulation = true, .nested = -1, .iommu = 0, .hugepages = -1 },
	  "WARN processor emulated\n"
	  "WARN /dev/kvm\n"
	  "PASS iommu off\n"
	  "WARN cgroups without cpu, io machines\n"
	  "PASS /dev/net/tun\n"
	  "PASS /dev/vhost-net\n" },
	/* asked for, and not there yet */
	{ { SVM, "/dev/net/tun", "", "/dev/vhost-net", "", GOOD_V2,
	    "/sys/module/kvm_amd/parameters/nested", "1\n",
	    "/proc/sys/vm/nr_hugepages", "12\n" },
	  { .nested = 0, .iommu = 1, .hugepages = 16 },
	  "PASS processor svm\n"
	  "FAIL /dev/kvm modprobe kvm_amd\n"
	  "WARN nested modprobe -r kvm_amd\n"
	  "FAIL iommu AMD-Vi\n"
	  "PASS cgroups\n"
	  "PASS /dev/net/tun\n"
	  "PASS /dev/vhost-net\n"
	  "FAIL huge pages 12 of 16\n" },
	/* cgroups as they were */
	{ { SVM, "/dev/kvm", "", "/dev/net/tun", "", "/dev/vhost-net", "",
	    "/sys/fs/cgroup/cpu/a", "", "/sys/fs/cgroup/memory/a", "",
	    "/proc/sys/vm/nr_hugepages", "16\n" },
	  { .nested = 1, .iommu = -1, .hugepages = 16 },
	  "PASS processor\n"
	  "PASS /dev/kvm\n"
	  "WARN iommu\n"
	  "WARN cgroups without cpuacct, cpuset, devices, blkio machines\n"
	  "PASS /dev/net/tun\n"
	  "PASS /dev/vhost-net\n"
	  "PASS huge pages 16 of 2 MiB\n" },
};

static struct sp_host *new_host(const struct row *row)
{
	struct sp_host *h = sp_host_new(NULL);
	sp_auto_err err = { 0 };

	for (size_t i = 0; row->files[i]; i += 2) {
		int r = sp_host_write(h, row->files[i], row->files[i + 1],
				      strlen(row->files[i + 1]), SP_ATTR_KEEP,
				      &err);

		if (r < 0)
			fail_msg("%s", err.msg);
	}
	return h;
}

static void test_look(void **state)
{
	const struct sp_resource res = { 0 };

	(void)state;
	for (size_t i = 0; i < SP_COUNT(rows); i++) {
		sp_auto_host *h = new_host(&rows[i]);
		sp_auto_health health = { 0 };
		sp_auto_err err = { 0 };
		sp_auto_strv want = { 0 };

		if (sp_virthost_look(h, &res, &rows[i].want, &health, &err) < 0)
			fail_msg("row %zu: %s", i, err.msg);
		sp_strv_split(&want, rows[i].text, "\n");
		for (size_t k = 0; k < health.n_checks; k++) {
			const struct sp_health_check *c = &health.checks[k];
			sp_auto_free char *begin = sp_asprintf(
				"%s %s", sp_verdict_name(c->verdict), c->name);
			const char *more;

			print_message("%zu: %s: %s\n", i, begin, c->text);
			assert_ptr_equal(c->res, &res);
			assert_true(k < want.n && sp_starts(want.v[k], begin));
			more = want.v[k] + strlen(begin);
			assert_true(!*more || strstr(c->text, more + 1));
		}
		assert_int_equal(health.n_checks, want.n);
	}
}

static void test_flag(void **state)
{
	static const struct {
		const char *text, *want;
	} flags[] = {
		{ "", NULL },
		{ "flags\t\t: fpu vmx", "vmx" },
		{ "flags: svm\n", "svm" },
		{ "vmx flags: fpu\nflags : a b\n", NULL },
		{ "bugs : vmx\nflags : fpu\nflags : vmx\n", NULL },
	};

	(void)state;
	for (size_t i = 0; i < SP_COUNT(flags); i++) {
		const char *got =
			sp_virthost_flag(flags[i].text, strlen(flags[i].text));

		if (!sp_streq(got, flags[i].want))
			fail_msg("row %zu: %s", i, got ? got : "(none)");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_look),
		cmocka_unit_test(test_flag),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
