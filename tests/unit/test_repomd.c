/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_repomd.c - repomd.xml, good and bad; mirrors are in test_metadata.c. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/kind.h"
#include "core/mem.h"
#include "pkg/repomd.h"

const struct sp_kind *const sp_kinds[] = { NULL };

#define SUM "0123456789abcdef0123456789abcdef0123456789abcdef0123456789ABCDEF"

/* One <data> with what is given; the type, checksum and location it needs. */
#define DATA(type, sum_type, rest)                                    \
	"<repomd><revision> 7\n</revision><data type=\"" type "\">"   \
	"<checksum type=\"" sum_type "\">\n" SUM "</checksum>" rest   \
	"</data></repomd>"
#define AT(href) "<location href=\"" href "\"/>"

static const struct {
	const char *text;
	int r;
	const char *why;
} rows[] = {
	{ DATA("primary", "sha256", AT("repodata/p.xml.gz")), 0, NULL },
	{ DATA("primary", "sha256",
	       AT("p") "<size>12</size><open-size>99</open-size>"), 0, NULL },
	/* what is not read may be as it wants */
	{ DATA("primary_db", "md5", AT("../x")), 0, NULL },
	{ DATA("prestodelta", "md5", ""), 0, NULL },
	{ "<repomd/>", 0, NULL },
	{ DATA("primary", "sha", AT("p")), -ENOTSUP,
	  "data \"primary\": checksums by \"sha\" prove nothing" },
	{ DATA("primary", "sha1", AT("p")), -ENOTSUP, "prove nothing" },
	{ DATA("primary", "md5", AT("p")), -ENOTSUP, "prove nothing" },
	{ DATA("primary", "sha512", AT("p")), -EBADMSG,
	  "128 hexadecimal digits were expected" },
	{ DATA("primary", "new", AT("p")), -ENOTSUP, "is not known" },
	{ DATA("primary", "sha256", ""), -EBADMSG, "has no location" },
	{ DATA("primary", "sha256", "<location/>"), -EBADMSG, "it is empty" },
	{ DATA("primary", "sha256", AT("../p")), -EBADMSG, "leads out" },
	{ DATA("filelists", "sha256", AT("/etc/passwd")), -EBADMSG,
	  "data \"filelists\": location \"/etc/passwd\": it is absolute" },
	{ DATA("primary", "sha256", AT("p") "<size>-1</size>"), -EBADMSG,
	  "size \"-1\"" },
	{ DATA("primary", "sha256", AT("p") "<size>2147483649</size>"),
	  -EBADMSG, "at most 2147483648" },
	{ "<repomd><data type=\"primary\">" AT("p") "</data></repomd>",
	  -EBADMSG, "has no checksum" },
	{ "<!DOCTYPE x><repomd/>", -EBADMSG, "document type" },
	{ "<metadata/>", -EBADMSG, "begins with <metadata>" },
};

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < SP_COUNT(rows); i++) {
		sp_auto_repomd md = { 0 };
		sp_auto_err err = { 0 };
		int r = sp_repomd_parse(rows[i].text, strlen(rows[i].text), &md,
					&err);

		if (r != rows[i].r || (r && !strstr(err.msg, rows[i].why)))
			fail_msg("%zu: %d %s", i, r, r ? err.msg : "");
		if (r)
			assert_int_equal(md.n, 0);
	}
}

static void test_content(void **state)
{
	static const char text[] =
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<repomd xmlns=\"http://linux.duke.edu/metadata/repo\">\n"
		"<data type=\"group\"><checksum type=\"sha256\">" SUM
		"</checksum>" AT("a/comps.xml") "</data>\n"
		"<data type=\"primary\"><checksum type=\"sha256\">" SUM
		"</checksum><open-checksum type=\"sha256\">" SUM
		"</open-checksum><location xml:base=\"https://h/\" href=\"p\"/>"
		"<size>1</size></data>\n"
		"<data type=\"group_gz\"><checksum type=\"sha256\">" SUM
		"</checksum>" AT("a/comps.xml.gz") "</data>\n"
		"</repomd>\n";
	static const char *const group[] = { "group_gz", "group", NULL };
	static const char *const primary[] = { "primary", NULL };
	static const char *const none[] = { "modules", NULL };
	const struct sp_repomd_entry *e;
	sp_auto_repomd md = { 0 };
	sp_auto_err err = { 0 };

	(void)state;
	assert_int_equal(sp_repomd_parse(text, strlen(text), &md, &err), 0);
	assert_int_equal(md.n, 3);
	assert_null(md.revision);
	assert_string_equal(sp_repomd_find(&md, group)->href, "a/comps.xml.gz");
	assert_null(sp_repomd_find(&md, none));
	e = sp_repomd_find(&md, primary);
	assert_string_equal(e->base, "https://h/");
	assert_int_equal(e->size, 1);
	assert_int_equal(e->open_size, -1);
	assert_int_equal(e->open_sum.type, SP_DIGEST_SHA256);
	assert_string_equal(e->sum.hex + 58, "abcdef");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_content),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
