/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_xen.c - what GRUB boots, dom0's memory, what hosts are told about Xen. */
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
#include "service/xen.h"
#include "service/xenboot.h"

const struct sp_kind *const sp_kinds[] = { NULL };

#define GRUB "/etc/default/grub"
#define XEN_CFG "/etc/default/grub.d/xen.cfg"
#define ENV "/boot/grub2/grubenv"

static struct sp_host *new_host(const char *const files[])
{
	struct sp_host *h = sp_host_new(NULL);
	sp_auto_err err = { 0 };

	assert_int_equal(sp_host_write(h, "/boot/xen-4.17.gz", "", 0,
				       SP_ATTR_KEEP, &err),
			 0);
	for (size_t i = 0; files[i]; i += 2)
		if (sp_host_write(h, files[i], files[i + 1],
				  strlen(files[i + 1]), SP_ATTR_KEEP, &err) < 0)
			fail_msg("%s", err.msg);
	return h;
}

static void has_file(struct sp_host *h, const char *path, const char *want,
		     size_t row)
{
	sp_auto_buf text = { 0 };
	sp_auto_err err = { 0 };

	if (sp_host_read(h, path, &text, &err) <= 0 ||
	    !sp_streq(sp_buf_cstr(&text), want))
		fail_msg("row %zu: %s: %s", row, path, sp_buf_cstr(&text));
}

/* --- what GRUB boots ----------------------------------------------------------- */

#define SIMPLE                   \
	"\"xen-gnulinux-simple-" \
	"${GRUB_DEVICE_UUID_GENERATED:-$GRUB_DEVICE_UUID}\""

static const struct {
	const char *files[8];
	bool boots;
	/* GRUB, and XEN_CFG, once it boots the other; NULL: as it was. */
	const char *grub, *cfg;
} boots[] = {
	{ { GRUB, "" }, false, "GRUB_DEFAULT=" SIMPLE "\n", NULL },
	{ { GRUB, "A=1" }, false, "A=1\nGRUB_DEFAULT=" SIMPLE "\n", NULL },
	{ { GRUB, "GRUB_DEFAULT=saved\n" },
	  false,
	  "GRUB_DEFAULT=" SIMPLE "\n",
	  NULL },
	/* what stands last counts */
	{ { GRUB, "GRUB_DEFAULT=Xen\nGRUB_DEFAULT='0' # my\n" },
	  false,
	  "GRUB_DEFAULT=Xen\nGRUB_DEFAULT=" SIMPLE " # my\n",
	  NULL },
	{ { GRUB, "#GRUB_DEFAULT=Xen\nMY_GRUB_DEFAULT=Xen\nGRUB_DEFAULT\n" },
	  false,
	  "#GRUB_DEFAULT=Xen\nMY_GRUB_DEFAULT=Xen\nGRUB_DEFAULT\n"
	  "GRUB_DEFAULT=" SIMPLE "\n",
	  NULL },
	{ { GRUB, "GRUB_DEFAULT=" SIMPLE "\n" },
	  true,
	  "GRUB_DEFAULT=saved\n",
	  NULL },
	/* an entry that is not made */
	{ { GRUB, "GRUB_DEFAULT=" SIMPLE "\nGRUB_DISABLE_SUBMENU=y\n" },
	  false,
	  "GRUB_DEFAULT=" SIMPLE "\nGRUB_DISABLE_SUBMENU=false\n",
	  NULL },
	{ { GRUB, "GRUB_DEFAULT='F, with Xen 4 and Linux 6'\n"
		  "GRUB_DISABLE_SUBMENU=\"true\"\n" },
	  true,
	  "GRUB_DEFAULT=saved\nGRUB_DISABLE_SUBMENU=\"true\"\n",
	  NULL },
	{ { GRUB, "GRUB_DEFAULT=saved\n", ENV,
	    "# GRUB\nsaved_entry=F, with Xen 4\n#####" },
	  true,
	  "GRUB_DEFAULT=0\n",
	  NULL },
	{ { GRUB, "GRUB_DEFAULT=saved\n", ENV, "saved_entry=0\n" },
	  false,
	  "GRUB_DEFAULT=" SIMPLE "\n",
	  NULL },
	/* Debian's */
	{ { GRUB, "GRUB_DEFAULT=0\n", XEN_CFG, "#X=\n" },
	  true,
	  "GRUB_DEFAULT=0\nXEN_OVERRIDE_GRUB_DEFAULT=0\n",
	  NULL },
	{ { GRUB, "XEN_OVERRIDE_GRUB_DEFAULT=0\n", XEN_CFG, "#X=\n" },
	  false,
	  "XEN_OVERRIDE_GRUB_DEFAULT=1\n",
	  NULL },
	{ { GRUB, "XEN_OVERRIDE_GRUB_DEFAULT=0\n", XEN_CFG,
	    "XEN_OVERRIDE_GRUB_DEFAULT=1\n\tXEN_OVERRIDE_GRUB_DEFAULT=0\n" },
	  true,
	  NULL,
	  "XEN_OVERRIDE_GRUB_DEFAULT=0\n\tXEN_OVERRIDE_GRUB_DEFAULT=0\n" },
	{ { GRUB, "GRUB_DEFAULT=Xen\n", XEN_CFG,
	    "XEN_OVERRIDE_GRUB_DEFAULT=0;\n" },
	  true,
	  "GRUB_DEFAULT=saved\n",
	  "XEN_OVERRIDE_GRUB_DEFAULT=0;\n" },
};

static void test_boots(void **state)
{
	(void)state;
	for (size_t i = 0; i < SP_COUNT(boots); i++) {
		sp_auto_host *h = new_host(boots[i].files);
		sp_auto_err err = { 0 };
		bool now;

		assert_int_equal(sp_xen_boots(h, &now, &err), 0);
		if (now != boots[i].boots)
			fail_msg("row %zu", i);
		assert_int_equal(sp_xen_set_boots(h, !now, &err), 0);
		has_file(h, GRUB,
			 boots[i].grub ? boots[i].grub : boots[i].files[1], i);
		if (boots[i].cfg)
			has_file(h, XEN_CFG, boots[i].cfg, i);
		assert_int_equal(sp_xen_boots(h, &now, &err), 0);
		if (now == boots[i].boots)
			fail_msg("row %zu: it did not take", i);
		/* it was removed, its settings were not */
		assert_int_equal(sp_host_remove(h, "/boot/xen-4.17.gz", &err),
				 0);
		assert_int_equal(sp_xen_boots(h, &now, &err), 0);
		assert_false(now);
	}
}

/* --- dom0's memory --------------------------------------------------------------- */

static const struct {
	const char *files[8];
	int64_t have, set;
	const char *grub, *cfg;
} memory[] = {
	{ { GRUB, "A=1\n" },
	  -1,
	  512,
	  "A=1\nGRUB_CMDLINE_XEN=\"dom0_mem=512M,max:512M\"\n",
	  NULL },
	{ { GRUB, "GRUB_CMDLINE_XEN=dom0_mem=2G,max:2048M\n" },
	  2048,
	  -1,
	  "GRUB_CMDLINE_XEN=\"\"\n",
	  NULL },
	{ { GRUB, "GRUB_CMDLINE_XEN='a dom0_mem=1048576,max:1G'\n"
		  "GRUB_CMDLINE_XEN_DEFAULT=\"b\"\n" },
	  1024,
	  1024,
	  "GRUB_CMDLINE_XEN=\"a dom0_mem=1024M,max:1024M\"\n"
	  "GRUB_CMDLINE_XEN_DEFAULT=\"b\"\n",
	  NULL },
	/* that of the second line is read last */
	{ { GRUB, "GRUB_CMDLINE_XEN=\"dom0_mem=1G,max:1G\"\n", XEN_CFG,
	    "GRUB_CMDLINE_XEN_DEFAULT=\"x dom0_mem=3T,max:3T\"\n" },
	  INT64_C(3) << 20,
	  2,
	  "GRUB_CMDLINE_XEN=\"dom0_mem=2M,max:2M\"\n",
	  "GRUB_CMDLINE_XEN_DEFAULT=\"x\"\n" },
	/* no fixed amount */
	{ { GRUB, "GRUB_CMDLINE_XEN=dom0_mem=1G\n" }, -1, -1, NULL, NULL },
	{ { GRUB, "GRUB_CMDLINE_XEN=dom0_mem=min:1G,1G,max:1G\n" },
	  -1,
	  -1,
	  NULL,
	  NULL },
	{ { GRUB, "GRUB_CMDLINE_XEN=dom0_mem=1G,max:2G\n" },
	  -1,
	  -1,
	  NULL,
	  NULL },
	{ { GRUB, "GRUB_CMDLINE_XEN=dom0_mem=1025,max:1025\n" },
	  -1,
	  -1,
	  NULL,
	  NULL },
	{ { GRUB, "GRUB_CMDLINE_XEN=dom0_mem=1Gx,max:1Gx\n" },
	  -1,
	  -1,
	  NULL,
	  NULL },
	{ { GRUB, "GRUB_CMDLINE_XEN=dom0_mem=,max:\n" }, -1, -1, NULL, NULL },
	{ { GRUB, "GRUB_CMDLINE_XEN=dom0_mem=\n" }, -1, -1, NULL, NULL },
	{ { GRUB, "GRUB_CMDLINE_XEN=dom0_mem=99999999999999999T,max:1G\n" },
	  -1,
	  -1,
	  NULL,
	  NULL },
};

static void test_memory(void **state)
{
	(void)state;
	for (size_t i = 0; i < SP_COUNT(memory); i++) {
		sp_auto_host *h = new_host(memory[i].files);
		sp_auto_err err = { 0 };
		int64_t now;

		assert_int_equal(sp_xen_memory(h, &now, &err), 0);
		if (now != memory[i].have)
			fail_msg("row %zu: %lld", i, (long long)now);
		assert_int_equal(sp_xen_set_memory(h, memory[i].set, &err), 0);
		has_file(h, GRUB,
			 memory[i].grub ? memory[i].grub
					: "GRUB_CMDLINE_XEN=\"\"\n",
			 i);
		if (memory[i].cfg)
			has_file(h, XEN_CFG, memory[i].cfg, i);
		assert_int_equal(sp_xen_memory(h, &now, &err), 0);
		assert_int_equal(now, memory[i].set);
	}
}

/* --- what hosts are told ----------------------------------------------------------- */

#define DOM0                                                         \
	"/sys/hypervisor/type", "xen\n",                             \
		"/sys/hypervisor/properties/features", "00000705\n", \
		"/sys/hypervisor/version/major", "4\n",              \
		"/sys/hypervisor/version/minor", "17\n",             \
		"/sys/hypervisor/version/extra", ".7\n"
#define DOM0_BIT "/sys/hypervisor/properties/features", "00000f05\n"

static const struct {
	const char *files[24];
	enum sp_xen_role role;
	const char *text;
} looks[] = {
	{ { NULL }, SP_XEN_NONE, "FAIL Xen it does not run\n" },
	{ { "/sys/hypervisor/type", "other\n" },
	  SP_XEN_NONE,
	  "FAIL Xen it does not run\n" },
	{ { "/sys/hypervisor/type", "xen\n" },
	  SP_XEN_GUEST,
	  "FAIL Xen not its dom0\n" },
	{ { DOM0 }, SP_XEN_GUEST, "FAIL Xen not its dom0\n" },
	{ { DOM0, DOM0_BIT, "/sys/hypervisor/properties/capabilities",
	    "xen-3.0-x86_64 hvm-3.0-x86_32\n", "/dev/xen/privcmd", "",
	    "/dev/xen/evtchn", "", "/dev/xen/gntdev", "" },
	  SP_XEN_DOM0,
	  "PASS Xen 4.17.7\nPASS machines every\nPASS /dev/xen/privcmd\n"
	  "PASS /dev/xen/evtchn\nPASS /dev/xen/gntdev\n" },
	{ { DOM0, DOM0_BIT, "/sys/hypervisor/properties/capabilities",
	    "xen-3.0-x86_64\n", "/dev/xen/privcmd", "" },
	  SP_XEN_DOM0,
	  "PASS Xen\nWARN machines firmware\nPASS /dev/xen/privcmd\n"
	  "FAIL /dev/xen/evtchn modprobe xen_evtchn\n"
	  "FAIL /dev/xen/gntdev modprobe xen_gntdev\n" },
};

static void test_look(void **state)
{
	const struct sp_resource res = { 0 };

	(void)state;
	for (size_t i = 0; i < SP_COUNT(looks); i++) {
		sp_auto_host *h = new_host(looks[i].files);
		sp_auto_health health = { 0 };
		sp_auto_err err = { 0 };
		sp_auto_strv want = { 0 };
		enum sp_xen_role role;

		assert_int_equal(sp_xen_role(h, &role, &err), 0);
		assert_int_equal(role, looks[i].role);
		if (sp_xen_look(h, &res, &health, &err) < 0)
			fail_msg("row %zu: %s", i, err.msg);
		sp_strv_split(&want, looks[i].text, "\n");
		assert_int_equal(health.n_checks, want.n);
		for (size_t k = 0; k < want.n; k++) {
			const struct sp_health_check *c = &health.checks[k];
			sp_auto_free char *begin = sp_asprintf(
				"%s %s", sp_verdict_name(c->verdict), c->name);
			const char *more = want.v[k] + strlen(begin);

			if (!sp_starts(want.v[k], begin) ||
			    (*more && !strstr(c->text, more + 1)))
				fail_msg("row %zu: %s: %s", i, begin, c->text);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_boots),
		cmocka_unit_test(test_memory),
		cmocka_unit_test(test_look),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
