/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_sestore.c - SELinux's config and booleans as libselinux reads them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "core/kind.h"
#include "core/mem.h"
#include "harden/sestore.h"

const struct sp_kind *const sp_kinds[] = { NULL };

static const struct {
	const char *text, *mode, *type;
} configs[] = {
	{ "", NULL, NULL },
	{ "SELINUX=enforcing\nSELINUXTYPE=targeted\n", "enforcing", "targeted" },
	{ "SELINUX=Permissive", "permissive", NULL },
	{ "SELINUX= disabled\t# off\n", "disabled", NULL },
	{ "#SELINUX=disabled\nSELINUX=enforcing\n", "enforcing", NULL },
	{ "SELINUX=enforcing\nSELINUX=disabled\n", "enforcing", NULL },
	{ " SELINUX=disabled\n", NULL, NULL },
	{ "SELINUX =disabled\n", NULL, NULL },
	{ "SELINUX=off\n", NULL, NULL },
	{ "SELINUXTYPE=mls\nSELINUXTYPE=targeted\n", NULL, "targeted" },
	{ "SELINUXTYPE= mls \r\n", NULL, "mls" },
};

static void test_config(void **state)
{
	(void)state;
	for (size_t i = 0; i < SP_COUNT(configs); i++) {
		sp_auto_buf b = { 0 };
		sp_auto_free char *type = NULL;
		const char *mode;

		print_message("%s\n", configs[i].text);
		sp_buf_add(&b, configs[i].text);
		mode = sp_se_mode(&b);
		type = sp_se_type(&b);
		assert_string_equal(mode ? mode : "(none)",
				    configs[i].mode ? configs[i].mode : "(none)");
		assert_string_equal(type ? type : "(none)",
				    configs[i].type ? configs[i].type : "(none)");
	}
}

static void test_on_or_off(void **state)
{
	static const char *const on[] = { "on", "1", "true", "TRUE", "yes" };
	static const char *const off[] = { "off", "0", "false", "FALSE", "No" };
	static const char *const bad[] = { "", "2", "onn", "t", "-1", "01" };

	(void)state;
	for (size_t i = 0; i < SP_COUNT(on); i++)
		assert_int_equal(sp_se_on_or_off(on[i]), 1);
	for (size_t i = 0; i < SP_COUNT(off); i++)
		assert_int_equal(sp_se_on_or_off(off[i]), 0);
	for (size_t i = 0; i < SP_COUNT(bad); i++)
		assert_int_equal(sp_se_on_or_off(bad[i]), -1);
}

static void test_name(void **state)
{
	(void)state;
	assert_true(sp_se_is_name("virt_use_nfs", 12));
	assert_true(sp_se_is_name("a=b", 1));
	assert_false(sp_se_is_name("a=b", 3));
	assert_false(sp_se_is_name("", 0));
	assert_false(sp_se_is_name("..", 2));
	assert_false(sp_se_is_name("a/b", 3));
}

static const struct {
	const char *text, *before, *after, *want;
} booleans[] = {
	{ "", "", "b=off a=on", "b=0\na=1\n" },
	{ "# x\n\nz=1\n", "", "a=on", "# x\n\nz=1\na=1\n" },
	{ "a = true\nb=0\n", "", "a=on b=off", "a = true\nb=0\n" },
	{ "a = true\nb=0", "", "a=off b=on", "a = 0\nb=1" },
	{ "a=1\nb=1\nc=1\n", "a=on b=on", "b=off", "b=0\nc=1\n" },
	{ "a=1\n", "a=on", "", "" },
	{ "a=maybe\n", "", "a=on", "a=1\n" },
};

static void test_booleans(void **state)
{
	(void)state;
	for (size_t i = 0; i < SP_COUNT(booleans); i++) {
		sp_auto_strv before = { 0 }, after = { 0 }, got = { 0 };
		sp_auto_buf b = { 0 };

		print_message("%s\n", booleans[i].text);
		sp_buf_add(&b, booleans[i].text);
		sp_strv_split(&before, booleans[i].before, " ");
		sp_strv_split(&after, booleans[i].after, " ");
		sp_se_booleans_set(&b, &before, &after);
		assert_string_equal(sp_buf_cstr(&b), booleans[i].want);
		sp_se_booleans_get(&b, &after, &got);
		assert_true(sp_strv_equal(&got, &after));
	}
}

static void test_all_booleans(void **state)
{
	sp_auto_strv got = { 0 };
	sp_auto_buf b = { 0 };
	sp_auto_free char *s = NULL;

	(void)state;
	sp_buf_add(&b, "# x\nc=1\na = FALSE\n\nbad\nb=maybe\nc=0\n");
	sp_se_booleans_get(&b, NULL, &got);
	s = sp_strv_join(&got, " ");
	assert_string_equal(s, "a=off c=off");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_config),
		cmocka_unit_test(test_on_or_off),
		cmocka_unit_test(test_name),
		cmocka_unit_test(test_booleans),
		cmocka_unit_test(test_all_booleans),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
