/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_snapshot.c - what a snapshot has, and what it must not have. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/host_overlay.h"
#include "core/mem.h"
#include "core/secret.h"
#include "core/snapshot.h"

static const char *const paths[] = { "/etc/*.conf", "/etc/passwd", "/etc/d/*/x*",
				     "/lib", "/lib/*", "/usr/lib/*", "/etc/links/*",
				     "/home/*/keys", "/none/at/all", NULL };
static const char *const secret_paths[] = { "/etc/secret.conf", "/etc/nm/*",
					    "/srv/secret", NULL };
static const char *const known_paths[] = { "/etc/known", "/etc/known2", NULL };

/* Half of a file is no secret; and one that fails to see what is one. */
static int redact(const char *path, const struct sp_buf *text,
		  struct sp_buf *ret)
{
	if (!text->len)
		return 0;
	if (sp_streq(path, "/etc/known2"))
		sp_buf_addn(ret, text->data, text->len);
	else
		sp_buf_addn(ret, text->data, text->len / 2);
	return 1;
}

static const struct sp_kind one = { .name = "one", .paths = paths };
static const struct sp_kind two = { .name = "two", .secret_paths = secret_paths };
static const struct sp_kind three = { .name = "three",
				      .secret_paths = known_paths,
				      .redact = redact };
const struct sp_kind *const sp_kinds[] = { &one, &two, &three, NULL };

static char *top;

static int rm_one(const char *path, const struct stat *st, int type,
		  struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static int set_up(void **state)
{
	(void)state;
	top = sp_xstrdup("/tmp/sprout-snapshot-XXXXXX");
	return mkdtemp(top) ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	(void)nftw(top, rm_one, 16, FTW_DEPTH | FTW_PHYS);
	free(sp_take(&top));
	return 0;
}

static void put(const char *path, const char *text)
{
	sp_auto_free char *full = sp_asprintf("%s%s", top, path);

	for (char *s = full + strlen(top) + 1; (s = strchr(s, '/')); s++) {
		*s = '\0';
		(void)mkdir(full, 0755);
		*s = '/';
	}
	if (!strncmp(text, "-> ", 3)) {
		assert_int_equal(symlink(text + 3, full), 0);
		return;
	}
	FILE *f = fopen(full, "we");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	(void)fclose(f);
}

/* --- does it look like a secret ------------------------------------------------ */

static void test_secrets(void **state)
{
	static const struct {
		const char *path, *text;
		unsigned line;	/* 0: nothing found */
	} rows[] = {
		{ "/etc/x", "", 0 },
		{ "/etc/x", "a\nb=c\n", 0 },
		{ "/etc/x", "a\npassword=hunter2\n", 2 },
		{ "/etc/x", "Password = \"hunter2\"", 1 },
		{ "/etc/x", "proxy_password=x", 1 },
		{ "/etc/x", "psk=0123456789", 1 },
		{ "/etc/x", "psk-flags=1\npassword-flags=0\nleap-password-flags=2", 0 },
		{ "/etc/x", "wep-key0=abcde", 1 },
		{ "/etc/x", "leap-password=abc", 1 },
		{ "/etc/x", "private-key=abc", 1 },
		{ "/etc/x", "private-key=/etc/pki/key.pem\npassword=\npassword=\"\"", 0 },
		{ "/etc/x", "password-file=secret\nPasswordAuthentication=yes", 0 },
		{ "/etc/x", "preshared_key = aaaa", 1 },
		{ "/etc/x", "KEY1=s:secret", 1 },
		{ "/etc/x", "token=abc", 1 },
		{ "/etc/x", "mka-cak=00112233", 1 },
		{ "/etc/x", "password=" SP_LEFT_OUT "\npassword=\"" SP_LEFT_OUT "\"", 0 },
		{ "/etc/x", "proxy=http://u:" SP_LEFT_OUT "@h/", 0 },
		{ "/etc/x", "tokens=3\npinned=yes\nkeyfile=/etc/keys", 0 },
		{ "/etc/x.service", "Environment=DB_PASSWORD=abc", 1 },
		{ "/etc/x.service", "ExecStart=/usr/bin/x --password=abc", 1 },
		{ "/etc/x.service", "ExecStart=/usr/bin/x --password-file=/x", 0 },
		{ "/etc/x.service", "Description=Forward Password Requests to Wall", 0 },
		{ "/etc/x.service", "ExecStart=systemd-tty-ask-password-agent --wall", 0 },
		{ "/etc/x.service", "LoadCredential=passwd.hashed-password.root", 0 },
		{ "/etc/x.service", "SetCredential=x:abc", 1 },
		{ "/etc/x.yaml", "password: abc", 1 },
		{ "/etc/x.yaml", "\"password\": \"abc\"", 1 },
		{ "/etc/x.yaml", "auth:\n  key-management: psk\n  password: \"abc\"", 3 },
		{ "/etc/x.conf", "password: abc", 0 },
		{ "/etc/x", "-----BEGIN OPENSSH PRIVATE KEY-----", 1 },
		{ "/etc/x", "-----BEGIN PRIVATE KEY-----", 1 },
		{ "/etc/x", "-----BEGIN PUBLIC KEY-----\n-----BEGIN CERTIFICATE-----", 0 },
		{ "/etc/x", "x:$6$saltsalt$abcdefgh:1", 1 },
		{ "/etc/x", "$y$j9T$abcdefghijkl", 1 },
		{ "/etc/x", "costs $5 and $1$", 0 },
		{ "/etc/yum.repos.d/a.repo", "baseurl=https://u:p@h/x", 1 },
		{ "/etc/yum.repos.d/a.repo", "baseurl=https://u@h/x:y@z", 0 },
		{ "/etc/yum.repos.d/a.repo", "baseurl=https://h:8080/x", 0 },
		{ "/etc/passwd", "root:x:0:0:root:/root:/bin/bash\na:*:1:1::/:\nb:!!:2:2::/:", 0 },
		{ "/etc/passwd", "root:x:0:0\nold:ab01FAX.bQRSU:1:1::/:", 2 },
		{ "/etc/passwd", "psk=secret:x:1:1::/:", 0 },
		{ "/etc/group", "wheel:x:10:a,b", 0 },
		{ "/etc/group", "wheel:$6$saltsalt$abcdefgh:10:", 1 },
	};

	(void)state;
	for (size_t i = 0; i < SP_COUNT(rows); i++) {
		unsigned line = 0;
		const char *why = sp_secret_find(rows[i].path, rows[i].text,
						     strlen(rows[i].text), &line);

		if (line != rows[i].line || (line > 0) != (why != NULL))
			fail_msg("%zu: \"%s\": line %u %s", i, rows[i].text, line,
				 why ? why : "");
	}
}

static void test_take_out(void **state)
{
	static const struct {
		const char *path, *text, *want; /* NULL: cannot be done */
	} rows[] = {
		{ "/x", "a=b\npassword = \"hunter2\" \nc=d",
		  "a=b\npassword = \"" SP_LEFT_OUT "\" \nc=d" },
		{ "/x", "Environment=\"A=1\" \"TOKEN=abc\" \"B=2\"\n",
		  "Environment=\"A=1\" \"TOKEN=" SP_LEFT_OUT "\"\n" },
		{ "/x", "a $6$saltsalt$abcdefgh b $5$saltsalt$ijklmnop\n",
		  "a " SP_LEFT_OUT " b " SP_LEFT_OUT "\n" },
		{ "/x.repo", "[a]\npassword=one\n two\n\tthree\nbaseurl=\n"
		  "  https://u:p@h/x\n  http://b/\n",
		  "[a]\npassword=" SP_LEFT_OUT "\nbaseurl=\n  https://u:" SP_LEFT_OUT "@h/x\n" },
		{ "/x", "password=one\n two\n",
		  "password=" SP_LEFT_OUT "\n two\n" },
		{ "/x.yaml", "wifi:\n  password: \"a b\"\n",
		  "wifi:\n  password: \"" SP_LEFT_OUT "\"\n" },
		{ "/etc/passwd", "a:x:1:1:A long name:/home/a:/bin/sh\n"
		  "b:ab01FAX.bQRSU:1000:1000:Long:/:\n",
		  "a:x:1:1:A long name:/home/a:/bin/sh\n"
		  "b:" SP_LEFT_OUT ":1000:1000:Long:/:\n" },
		{ "/x", "-----BEGIN PRIVATE KEY-----\nabc\n", NULL },
		{ "/x", "a=b", "a=b" },
		{ "/x", "", "" },
	};

	(void)state;
	for (size_t i = 0; i < SP_COUNT(rows); i++) {
		sp_auto_buf b = { 0 };
		bool done = sp_secret_take_out(rows[i].path, rows[i].text,
					       strlen(rows[i].text), &b);

		assert_int_equal(done, rows[i].want != NULL);
		assert_string_equal(sp_buf_cstr(&b), done ? rows[i].want : "");
	}
}

/* --- what is taken ---------------------------------------------------------------- */

static void list(const struct sp_snapshot *s, struct sp_buf *out)
{
	for (size_t i = 0; i < s->n; i++) {
		const struct sp_node *n = &s->v[i].node;

		if (n->type == SP_FT_DIR)
			sp_buf_addf(out, "%s/\n", s->v[i].path);
		else
			sp_buf_addf(out, "%s %s%s\n", s->v[i].path,
				    n->type == SP_FT_LINK ? "-> " : "",
				    sp_streq(s->v[i].path, SP_SNAPSHOT_MARK) ?
					    "" :
					    sp_buf_cstr(&n->data));
	}
}

static void take(struct sp_snapshot *ret)
{
	sp_auto_err err = { 0 };
	struct sp_root *r;

	assert_int_equal(sp_root_open(top, &r, &err), 0);
	if (sp_snapshot_take(r, sp_kinds, ret, &err) < 0)
		fail_msg("%s", err.msg);
	sp_root_free(r);
}

static void test_take(void **state)
{
	sp_auto_snapshot s = { 0 };
	sp_auto_buf out = { 0 };

	(void)state;
	put("/etc/a.conf", "a");
	put("/etc/secret.conf", "s");
	put("/etc/other", "o");
	put("/etc/nm/x", "s");
	put("/etc/d/1/xa", "1");
	put("/etc/d/1/ya", "1");
	put("/etc/d/2/z", "2");
	put("/etc/d/file", "f");
	put("/lib", "-> usr/lib");
	put("/usr/lib/y", "y");
	put("/etc/passwd", "root:x:0:0");
	put("/home/user/keys", "-> /srv/keys");
	put("/srv/keys", "key");
	put("/srv/secret", "secret");
	put("/srv/bin", "\x7f" "ELF");
	put("/etc/links/a", "-> ../../srv/secret");
	put("/etc/links/b", "-> /srv/keys");
	put("/etc/links/c", "-> /no/such");
	put("/etc/links/d", "-> d");
	put("/etc/links/e", "-> /etc");
	take(&s);
	list(&s, &out);
	assert_string_equal(sp_buf_cstr(&out),
			    "/.sprout-snapshot \n"
			    "/etc/\n"
			    "/etc/a.conf a\n"
			    "/etc/d/\n"
			    "/etc/d/1/\n"
			    "/etc/d/1/xa 1\n"
			    "/etc/d/2/\n"
			    "/etc/links/\n"
			    "/etc/links/a -> ../../srv/secret\n"
			    "/etc/links/b -> /srv/keys\n"
			    "/etc/links/c -> /no/such\n"
			    "/etc/links/d -> d\n"
			    "/etc/links/e -> /etc\n"
			    "/etc/passwd root:x:0:0\n"
			    "/home/\n"
			    "/home/user/\n"
			    "/home/user/keys -> /srv/keys\n"
			    "/lib -> usr/lib\n"
			    "/srv/\n"
			    "/srv/keys key\n"
			    "/usr/\n"
			    "/usr/lib/\n"
			    "/usr/lib/y y\n");
	assert_int_equal(s.left_out.n, 0);
}

static const struct sp_node *find(const struct sp_snapshot *s, const char *path)
{
	for (size_t i = 0; i < s->n; i++)
		if (sp_streq(s->v[i].path, path))
			return &s->v[i].node;
	return NULL;
}

static void test_left_out(void **state)
{
	sp_auto_snapshot s = { 0 };
	sp_auto_err err = { 0 };
	sp_auto_diag diag = { 0 };
	struct sp_root *r;

	(void)state;
	put("/etc/a.conf", "x=1\n-----BEGIN RSA PRIVATE KEY-----\nhunter2\n");
	put("/etc/b.conf", "fine");
	put("/etc/c.conf", "x=1\npassword=hunter2\n");
	put("/etc/known", "good bad!");
	put("/etc/known2", "password=hunter2\n");
	take(&s);
	assert_int_equal(s.left_out.n, 2);
	assert_string_equal(s.left_out.v[0],
			    "/etc/a.conf: a private key (line 2)");
	assert_string_equal(s.left_out.v[1], "/etc/known2: a setting that looks "
					     "like a secret (line 1)");
	assert_int_equal(s.redacted.n, 1);
	assert_string_equal(s.redacted.v[0], "/etc/c.conf: a setting that looks "
					     "like a secret (line 2)");
	assert_null(find(&s, "/etc/a.conf"));
	assert_null(find(&s, "/etc/known2"));
	assert_string_equal(find(&s, "/etc/known")->data.data, "good");
	assert_int_equal(find(&s, "/etc/known")->size, 4);
	assert_string_equal(find(&s, "/etc/c.conf")->data.data,
			    "x=1\npassword=" SP_LEFT_OUT "\n");
	for (size_t i = 0; i < s.n; i++)
		assert_null(strstr(sp_buf_cstr(&s.v[i].node.data), "hunter2"));
	/* The mark names them, and whoever plans is warned. */
	assert_string_equal(s.v[0].path, SP_SNAPSHOT_MARK);
	assert_non_null(strstr(s.v[0].node.data.data,
			       "\nredacted: /etc/c.conf: a setting"));
	put(SP_SNAPSHOT_MARK, sp_buf_cstr(&s.v[0].node.data));
	assert_int_equal(sp_root_open(top, &r, &err), 0);
	struct sp_host *h = sp_host_new(r);

	sp_snapshot_warn(h, &diag);
	assert_int_equal(diag.warnings, 2);
	assert_string_equal(diag.v[0].text,
			    "/etc/a.conf is not in the snapshot, the plan does not "
			    "know it: a private key (line 2)");
	sp_host_free(h);
	/* A snapshot of a snapshot would forget that. */
	sp_snapshot_clear(&s);
	assert_int_equal(sp_snapshot_take(r, sp_kinds, &s, &err), -EINVAL);
	assert_int_equal(s.n, 0);
	sp_root_free(r);
}

/* Files that nobody may read can be read by whoever extracts the archive. */
static void test_modes(void **state)
{
	sp_auto_free char *full = NULL;
	sp_auto_snapshot s = { 0 };

	(void)state;
	put("/etc/known", "good bad!");
	full = sp_asprintf("%s/etc/known", top);
	if (geteuid() == 0)
		assert_int_equal(chmod(full, 0), 0);
	take(&s);
	assert_int_equal(find(&s, "/etc/known")->mode & 0400, 0400);
}

static void test_unreadable(void **state)
{
	sp_auto_free char *full = sp_asprintf("%s/etc/a.conf", top);
	sp_auto_free char *etc = sp_asprintf("%s/etc", top);
	const uid_t me = geteuid(), nobody = 65534;
	struct sp_snapshot s = { 0 };
	sp_auto_err err = { 0 };
	struct sp_root *r;

	(void)state;
	put("/etc/a.conf", "a");
	assert_int_equal(chmod(full, 0), 0);
	if (me == 0) { /* root reads everything */
		assert_int_equal(chown(top, nobody, 0), 0);
		assert_int_equal(chown(etc, nobody, 0), 0);
		assert_int_equal(chown(full, nobody, 0), 0);
		assert_int_equal(seteuid(nobody), 0);
	}
	assert_int_equal(sp_root_open(top, &r, &err), 0);
	assert_int_equal(sp_snapshot_take(r, sp_kinds, &s, &err), -EACCES);
	assert_int_equal(s.n, 0);
	sp_root_free(r);
	assert_int_equal(seteuid(me), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_secrets),
		cmocka_unit_test(test_take_out),
		cmocka_unit_test_setup_teardown(test_modes, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_take, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_left_out, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_unreadable, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
