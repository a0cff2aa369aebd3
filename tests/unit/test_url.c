/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_url.c - addresses of repositories, keys and proxies. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "core/kind.h"
#include "core/mem.h"
#include "pkg/url.h"

const struct sp_kind *const sp_kinds[] = { NULL };

typedef int canon_fn(const char *text, char **ret, struct sp_err *err);

static void check_canon(canon_fn *canon, const char *text, const char *want)
{
	char *got = (char *)"untouched";
	sp_auto_err err = { 0 };
	int r = canon(text, &got, &err);

	if (want) {
		if (r != 0 || strcmp(got, want) != 0)
			fail_msg("\"%s\": %s", text, r ? err.msg : got);
		free(got);
		return;
	}
	if (r != -EINVAL || strcmp(got, "untouched") != 0 || !err.msg)
		fail_msg("\"%s\" was taken", text);
	if (strstr(text, "s3cr3t"))
		assert_null(strstr(err.msg, "s3cr3t"));
}

static void test_canon(void **state)
{
	static const struct {
		const char *text, *want;
	} rows[] = {
		{ "https://a.example.com/x/", "https://a.example.com/x/" },
		{ "HTTP://A.example.com", "http://A.example.com" },
		{ "ftp://a:21/x", "ftp://a:21/x" },
		{ "https://[2001:db8::1]:8443/x",
		  "https://[2001:db8::1]:8443/x" },
		{ "https://m.$releasever.example.com/$basearch?a=b,c&d=@",
		  "https://m.$releasever.example.com/$basearch?a=b,c&d=@" },
		{ "file:///srv/x", "file:///srv/x" },
		{ "file:/srv/x", "file:///srv/x" },
		{ "FILE://localhost/srv/x", "file:///srv/x" },
		{ "", NULL },
		{ "x", NULL },
		{ "/srv/x", NULL },
		{ "http:", NULL },
		{ "http:/a", NULL },
		{ "http://", NULL },
		{ "http:///x", NULL },
		{ "http://:80/", NULL },
		{ "http://a:/", NULL },
		{ "http://a:0/", NULL },
		{ "http://a:65536/", NULL },
		{ "http://a:80x/", NULL },
		{ "http://[::1/", NULL },
		{ "http://[::1]x/", NULL },
		{ "http://[]/", NULL },
		{ "http://[", NULL },
		{ "http://[::g]/", NULL },
		{ "http://a b/", NULL },
		{ "http://a/ b", NULL },
		{ "http://a/\n", NULL },
		{ "http://a/\"", NULL },
		{ "http://\xea\xb0\x80/", NULL },
		{ "httpsx://a/", NULL },
		{ "https://user:s3cr3t@a/", NULL },
		{ "https://s3cr3t@a", NULL },
		{ "file://srv/x", NULL },
		{ "file:", NULL },
		{ "file:////x", NULL },
		{ "file:x", NULL },
	};
	char longest[2100];

	(void)state;
	for (size_t i = 0; i < SP_COUNT(rows); i++)
		check_canon(sp_url_canon, rows[i].text, rows[i].want);
	check_canon(sp_url_canon_item, "https://a/x", "https://a/x");
	check_canon(sp_url_canon_item, "https://a/x,y", NULL);
	check_canon(sp_url_canon_item, "https://s3cr3t,x@a/", NULL);
	memset(longest, 'x', sizeof(longest));
	memcpy(longest, "http://a/", 9);
	longest[2048] = '\0';
	check_canon(sp_url_canon, longest, longest);
	longest[2048] = 'x';
	longest[2049] = '\0';
	check_canon(sp_url_canon, longest, NULL);
}

static void test_proxy(void **state)
{
	static const struct {
		const char *text, *want;
	} rows[] = {
		{ "", "" },
		{ "_none_", "_none_" },
		{ "http://proxy:3128", "http://proxy:3128" },
		{ "http://proxy:3128/", "http://proxy:3128" },
		{ "SOCKS5H://proxy:1080", "socks5h://proxy:1080" },
		{ "socks4://proxy", "socks4://proxy" },
		{ "ftp://proxy", NULL },
		{ "file:///x", NULL },
		{ "http://proxy/x", NULL },
		{ "http://proxy?x", NULL },
		{ "none", NULL },
		{ "http://u:s3cr3t@proxy", NULL },
	};

	(void)state;
	for (size_t i = 0; i < SP_COUNT(rows); i++)
		check_canon(sp_url_canon_proxy, rows[i].text, rows[i].want);
}

static void test_questions(void **state)
{
	(void)state;
	assert_true(sp_url_has_user("https://u@a/"));
	assert_true(sp_url_has_user("https://u:p@a"));
	assert_false(sp_url_has_user("https://a/@"));
	assert_false(sp_url_has_user("https://a?x=@"));
	assert_false(sp_url_has_user("u@a"));
	assert_string_equal(sp_url_file_path("file:///etc/key"), "/etc/key");
	assert_null(sp_url_file_path("file:///etc/key-$releasever"));
	assert_null(sp_url_file_path("file:///etc/a%20b"));
	assert_null(sp_url_file_path("https://a/"));
	assert_true(sp_url_is_plain("http://a"));
	assert_true(sp_url_is_plain("ftp://a"));
	assert_false(sp_url_is_plain("https://a"));
	assert_false(sp_url_is_plain("file:///a"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_canon),
		cmocka_unit_test(test_proxy),
		cmocka_unit_test(test_questions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
