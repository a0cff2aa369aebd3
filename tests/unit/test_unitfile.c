/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_unitfile.c - units by files: the text of [Install], states, links; and
 * the same units in the hands of systemctl, which has to make the same links.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/host_overlay.h"
#include "core/kind.h"
#include "core/mem.h"
#include "core/unitfile.h"
#include "core/unitparse.h"

const struct sp_kind *const sp_kinds[] = { NULL };

#define CONFIG_DIR "/etc/systemd/system"
#define LIB_DIR "/usr/lib/systemd/system"

/* --- a root in a temporary directory --------------------------------------- */

static char *make_root(void)
{
	char *dir = sp_xstrdup("/tmp/sprout-unitfile-XXXXXX");

	assert_non_null(mkdtemp(dir));
	return dir;
}

static int rm_one(const char *path, const struct stat *st, int type,
		  struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void drop_root(char *dir)
{
	assert_int_equal(nftw(dir, rm_one, 16, FTW_DEPTH | FTW_PHYS), 0);
	free(dir);
}

static void make_parents(const char *path)
{
	sp_auto_free char *p = sp_xstrdup(path);

	for (char *s = p + 1; (s = strchr(s, '/')); s++) {
		*s = '\0';
		if (mkdir(p, 0755) < 0)
			assert_int_equal(errno, EEXIST);
		*s = '/';
	}
}

/* "PATH" with text, or with "-> TARGET" a symlink. */
static void put(const char *root, const char *path, const char *text)
{
	sp_auto_free char *full = sp_asprintf("%s%s", root, path);

	make_parents(full);
	if (!strncmp(text, "-> ", 3)) {
		(void)unlink(full);
		assert_int_equal(symlink(text + 3, full), 0);
		return;
	}
	sp_auto_fclose FILE *f = fopen(full, "we");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
}

/* Every link and directory below CONFIG_DIR as the host shows it. */
static void dump(struct sp_host *h, const char *dir, struct sp_buf *out)
{
	sp_auto_strv names = { 0 };
	sp_auto_err err = { 0 };

	assert_true(sp_host_list(h, dir, &names, &err) >= 0);
	for (size_t i = 0; i < names.n; i++) {
		sp_auto_free char *path = sp_asprintf("%s/%s", dir, names.v[i]);
		sp_auto_free char *to = NULL;
		struct sp_stat st;

		assert_int_equal(sp_host_stat(h, path, &st, &err), 1);
		if (st.type == SP_FT_LINK) {
			assert_int_equal(sp_host_readlink(h, path, &to, &err), 1);
			sp_buf_addf(out, "%s -> %s\n", path, to);
		} else if (st.type == SP_FT_DIR) {
			sp_buf_addf(out, "%s/\n", path);
			dump(h, path, out);
		}
	}
}

static char *dump_root(const char *root)
{
	sp_auto_err err = { 0 };
	struct sp_root *r;
	sp_auto_buf out = { 0 };

	assert_int_equal(sp_root_open(root, &r, &err), 0);
	struct sp_host *h = sp_host_new(r);

	dump(h, CONFIG_DIR, &out);
	sp_host_free(h);
	sp_root_free(r);
	return sp_buf_take(&out);
}

/* --- names ------------------------------------------------------------------ */

static void test_names(void **state)
{
	static const struct {
		const char *name;
		enum sp_unit_class want;
	} rows[] = {
		{ "a.service", SP_UNIT_PLAIN },
		{ "a-b_c:d.e.socket", SP_UNIT_PLAIN },
		{ "dev-disk\\x2d1.swap", SP_UNIT_PLAIN },
		{ "a@b.service", SP_UNIT_INSTANCE },
		{ "a@b@c.service", SP_UNIT_INSTANCE },
		{ "a@.service", SP_UNIT_TEMPLATE },
		{ "", SP_UNIT_BAD },
		{ "a", SP_UNIT_BAD },
		{ ".service", SP_UNIT_BAD },
		{ "@.service", SP_UNIT_BAD },
		{ "@a.service", SP_UNIT_BAD },
		{ "a.services", SP_UNIT_BAD },
		{ "a.", SP_UNIT_BAD },
		{ "a b.service", SP_UNIT_BAD },
		{ "a/b.service", SP_UNIT_BAD },
		{ "../a.service", SP_UNIT_BAD },
		{ "\xc3\xa4.service", SP_UNIT_BAD },
		{ "a.service.d", SP_UNIT_BAD },
	};

	(void)state;
	for (size_t i = 0; i < SP_COUNT(rows); i++)
		if (sp_unit_class(rows[i].name) != rows[i].want)
			fail_msg("\"%s\"", rows[i].name);
}

static void test_name_errors(void **state)
{
	sp_auto_free char *longer = sp_asprintf("%0250d.service", 0);
	sp_auto_err err = { 0 };

	(void)state;
	assert_int_equal(sp_unit_name_check("sshd.service", &err), 0);
	assert_null(err.msg);
	assert_int_equal(sp_unit_name_check("libvirtd", &err), -EINVAL);
	assert_non_null(strstr(err.msg, "did you mean \"libvirtd.service\"?"));
	sp_err_clear(&err);
	assert_int_equal(sp_unit_name_check("a b", &err), -EINVAL);
	assert_null(strstr(err.msg, "did you mean"));
	sp_err_clear(&err);
	assert_int_equal(sp_unit_name_check(longer, &err), -EINVAL);
	assert_non_null(strstr(err.msg, "255 bytes"));
}

static void test_alias_fits(void **state)
{
	static const struct {
		const char *alias, *target;
		bool want;
	} rows[] = {
		{ "b.service", "a.service", true },
		{ "b.socket", "a.service", false },
		{ "b@.service", "a@.service", true },
		{ "b@x.service", "a@x.service", true },
		{ "b@y.service", "a@x.service", false },
		{ "b@x.service", "a@.service", true },
		{ "b@.service", "a@x.service", false },
		{ "b.service", "a@x.service", false },
		{ "b@x.service", "a.service", false },
		{ "b.mount", "a.mount", false },
		{ "b", "a.service", false },
	};

	(void)state;
	for (size_t i = 0; i < SP_COUNT(rows); i++)
		if (sp_unit_alias_fits(rows[i].alias, rows[i].target) !=
		    rows[i].want)
			fail_msg("%s, %s", rows[i].alias, rows[i].target);
}

static void test_expand(void **state)
{
	static const struct {
		const char *text, *name, *dflt, *want;
	} rows[] = {
		{ "x", "a.service", NULL, "x" },
		{ "%%", "a.service", NULL, "%" },
		{ "50%", "a.service", NULL, "50%" },
		{ "%p|%i|%n|%N|%j", "a-b.service", NULL,
		  "a-b||a-b.service|a-b|b" },
		{ "%p|%i|%n|%N|%j", "a-b@c-d.service", NULL,
		  "a-b|c-d|a-b@c-d.service|a-b@c-d|b" },
		{ "%p|%i|%n|%N|%j", "a@.service", NULL, "a||a@.service|a@|a" },
		{ "%p|%i|%n|%N|%j", "a@.service", "z", "a|z|a@z.service|a@z|a" },
		{ "%i", "a@c.service", "z", "c" },
		{ "%u%U%g%G", "a.service", NULL, "root0root0" },
		{ "%I%z", "a@c.service", NULL, "%I%z" },
		{ "a%", "a.service", NULL, "a%" },
	};

	(void)state;
	for (size_t i = 0; i < SP_COUNT(rows); i++) {
		sp_auto_err err = { 0 };
		sp_auto_free char *got = NULL;

		assert_int_equal(sp_unit_expand(rows[i].text, rows[i].name,
						rows[i].dflt, &got, &err), 0);
		assert_string_equal(got, rows[i].want);
	}

	sp_auto_err err = { 0 };
	char *untouched = NULL;

	assert_int_equal(sp_unit_expand("%b", "a.service", NULL, &untouched,
					&err), -ENOTSUP);
	assert_null(untouched);
}

/* --- [Install] ---------------------------------------------------------------- */

static void test_install(void **state)
{
	static const struct {
		const char *name, *text, *wanted, *aliases, *also, *dflt;
	} rows[] = {
		{ "plain", "[Install]\nWantedBy=a.target\n", "a.target", "", "", NULL },
		{ "no newline", "[Install]\nWantedBy=a.target", "a.target", "",
		  "", NULL },
		{ "two on a line, two lines",
		  "[Install]\nWantedBy=a.target  b.target\nWantedBy = c.target \n",
		  "a.target b.target c.target", "", "", NULL },
		{ "reset", "[Install]\nWantedBy=a.target\nWantedBy=\nWantedBy=b.target\n",
		  "b.target", "", "", NULL },
		{ "other sections",
		  "[Unit]\nWantedBy=x.target\n[Install]\nWantedBy=a.target\n"
		  "[Service]\nWantedBy=y.target\n",
		  "a.target", "", "", NULL },
		{ "no section", "WantedBy=a.target\n", "", "", "", NULL },
		{ "continued",
		  "[Install]\nWantedBy=a.target \\\n  b.target\\\nc.target\n",
		  "a.target b.target c.target", "", "", NULL },
		{ "comment inside a continued line",
		  "[Install]\nWantedBy=a.target \\\n# not this\n; nor this\n b.target\n",
		  "a.target b.target", "", "", NULL },
		{ "continued at the end of the file", "[Install]\nWantedBy=a.target \\",
		  "a.target", "", "", NULL },
		{ "comments", "[Install]\n#WantedBy=a.target\n ; WantedBy=b.target\n",
		  "", "", "", NULL },
		{ "quotes", "[Install]\nWantedBy=\"a.target\" 'b.target'\n",
		  "a.target b.target", "", "", NULL },
		{ "open quote", "[Install]\nWantedBy=a.target \"b.target\n", "a.target",
		  "", "", NULL },
		{ "crlf", "[Install]\r\nWantedBy=a.target\r\n", "a.target", "", "",
		  NULL },
		{ "byte order mark", "\xef\xbb\xbf[Install]\nWantedBy=a.target\n",
		  "a.target", "", "", NULL },
		{ "no value, no equals sign", "[Install]\nWantedBy\n=a.target\n", "", "",
		  "", NULL },
		{ "all",
		  "[Install]\nAlias=b.service\nAlso=c.socket "
			 "d.service\nWantedBy=a.target\n",
		  "a.target", "b.service", "c.socket d.service", NULL },
		{ "also is not reset", "[Install]\nAlso=c.socket\nAlso=\n", "", "",
		  "c.socket", NULL },
		{ "also expands", "[Install]\nAlso=%p.socket\n", "", "", "a.socket",
		  NULL },
		{ "default instance of a plain unit", "[Install]\nDefaultInstance=x\n",
		  "", "", "", NULL },
	};

	(void)state;
	for (size_t i = 0; i < SP_COUNT(rows); i++) {
		struct sp_unit_install in = { 0 };
		sp_auto_err err = { 0 };

		assert_int_equal(sp_unit_install_parse(&in, "a.service", rows[i].text,
						       strlen(rows[i].text), &err),
				 0);
		sp_auto_free char *wanted = sp_strv_join(&in.wanted_by, " ");
		sp_auto_free char *aliases = sp_strv_join(&in.aliases, " ");
		sp_auto_free char *also = sp_strv_join(&in.also, " ");

		if (strcmp(wanted, rows[i].wanted) ||
		    strcmp(aliases, rows[i].aliases) ||
		    strcmp(also, rows[i].also) ||
		    !sp_streq(in.default_instance, rows[i].dflt))
			fail_msg("%s: %s; %s; %s", rows[i].name, wanted, aliases,
				 also);
		sp_unit_install_clear(&in);
	}
}

static void test_install_more(void **state)
{
	static const char tmpl[] = "[Install]\nDefaultInstance=tty1\n";
	struct sp_unit_install in = { 0 };
	sp_auto_err err = { 0 };

	(void)state;
	assert_int_equal(sp_unit_install_parse(&in, "a@.service", tmpl,
					       strlen(tmpl), &err), 0);
	assert_string_equal(in.default_instance, "tty1");
	/* A drop-in takes it away again. */
	assert_int_equal(sp_unit_install_parse(&in, "a@.service",
					       "[Install]\nDefaultInstance=\n",
					       28, &err), 0);
	assert_null(in.default_instance);
	sp_unit_install_clear(&in);
	/* Mounts have no aliases. */
	assert_int_equal(sp_unit_install_parse(&in, "a.mount",
					       "[Install]\nAlias=b.mount\n",
					       24, &err), 0);
	assert_int_equal(in.aliases.n, 0);
	assert_int_equal(sp_unit_install_parse(&in, "a.service", "\n[Install\n",
					       10, &err), -EBADMSG);
	assert_string_equal(err.msg,
			    "line 2: section header \"[Install\" does not end in \"]\"");
	sp_err_clear(&err);
	assert_int_equal(sp_unit_install_parse(&in, "a.service",
					       "[Install]\nAlso=%m.service\n",
					       26, &err), -ENOTSUP);
	sp_unit_install_clear(&in);
}

/* --- states and links in a root ------------------------------------------------ */

struct file {
	const char *path, *text;
};

#define WANTED "[Unit]\nDescription=x\n[Install]\nWantedBy=multi-user.target\n"
#define UNIT "[Unit]\nDescription=x\n"

/* One root with every sort of unit. */
static const struct file zoo[] = {
	{ LIB_DIR "/plain.service", WANTED },
	{ LIB_DIR "/static.service", UNIT },
	{ LIB_DIR "/on.service", WANTED },
	{ CONFIG_DIR "/multi-user.target.wants/on.service",
	  "-> /usr/lib/systemd/system/on.service" },
	{ LIB_DIR "/on-elsewhere.service", WANTED },
	{ CONFIG_DIR "/other.target.requires/on-elsewhere.service",
	  "-> ../../../../usr/lib/systemd/system/on-elsewhere.service" },
	{ LIB_DIR "/masked.service", WANTED },
	{ CONFIG_DIR "/masked.service", "-> /dev/null" },
	{ CONFIG_DIR "/multi-user.target.wants/masked.service",
	  "-> /lib/systemd/system/masked.service" },
	{ CONFIG_DIR "/ghost.service", "-> /dev/null" },
	{ LIB_DIR "/empty.service", "" },
	{ CONFIG_DIR "/multi-user.target.wants/gone.service",
	  "-> /usr/lib/systemd/system/gone.service" },
	{ CONFIG_DIR "/gone-alias.service",
	  "-> /usr/lib/systemd/system/gone.service" },
	{ LIB_DIR "/aliased.service",
	  "[Install]\nAlias=other-name.service\nWantedBy=multi-user.target\n" },
	{ LIB_DIR "/by-alias.service", "[Install]\nAlias=ba.service\n" },
	{ CONFIG_DIR "/ba.service", "-> /usr/lib/systemd/system/by-alias.service" },
	{ LIB_DIR "/shipped-alias.service", "-> plain.service" },
	{ LIB_DIR "/only-also.service", "[Install]\nAlso=plain.service on.service\n" },
	{ LIB_DIR "/also-on.service", "[Install]\nAlso=on.service\n" },
	{ LIB_DIR "/vd.service",
	  "[Install]\nWantedBy=multi-user.target\nAlso=vd.socket vd-admin.socket\n" },
	{ LIB_DIR "/vd.socket", "[Install]\nWantedBy=sockets.target\nAlso=vd.service\n" },
	{ LIB_DIR "/vd-admin.socket", "[Install]\nRequiredBy=vd.service\n" },
	{ LIB_DIR "/tmpl@.service",
	  "[Install]\nWantedBy=multi-user.target\nAlso=tmpl-%i.service\n" },
	{ LIB_DIR "/dflt@.service",
	  "[Install]\nWantedBy=multi-user.target\nDefaultInstance=tty1\n" },
	{ LIB_DIR "/wants-inst@.service", "[Install]\nWantedBy=tmpl@%i.service\n" },
	{ LIB_DIR "/dropped.service", UNIT },
	{ CONFIG_DIR "/dropped.service.d/10-install.conf",
	  "[Install]\nWantedBy=multi-user.target\n" },
	{ LIB_DIR "/moved.service", WANTED },
	{ LIB_DIR "/moved.service.d/10-x.conf", "[Install]\nWantedBy=hidden.target\n" },
	{ CONFIG_DIR "/moved.service.d/10-x.conf",
	  "[Install]\nWantedBy=\nWantedBy=a.target\n" },
	{ CONFIG_DIR "/moved.service.d/20-y.conf", "[Install]\nWantedBy=b.target\n" },
	{ LIB_DIR "/moved.service.d/30-z.conf", "[Install]\nWantedBy=never.target\n" },
	{ CONFIG_DIR "/moved.service.d/30-z.conf", "" },
	{ CONFIG_DIR "/moved.service.d/40-not.txt", "[Install]\nWantedBy=c.target\n" },
	{ "/opt/x/linked.service", WANTED },
	{ CONFIG_DIR "/linked.service", "-> /opt/x/linked.service" },
	{ CONFIG_DIR "/own.service", WANTED },
	{ "/usr/local/lib/systemd/system/local.service", WANTED },
	{ LIB_DIR "/local.service", "[Install]\nWantedBy=wrong.target\n" },
	{ LIB_DIR "/taken.service", "[Install]\nAlias=ba.service\n" },
	{ LIB_DIR "/up.service", "[Install]\nUpheldBy=multi-user.target\n" },
	{ "/run/systemd/generator/gen.service", UNIT },
	{ LIB_DIR "/loop1.service", "-> loop2.service" },
	{ LIB_DIR "/loop2.service", "-> loop1.service" },
	{ LIB_DIR "/wrong-type.service", "-> vd.socket" },
	{ LIB_DIR "/bad.service", "[Install\n" },
	{ LIB_DIR "/bad-target.service", "[Install]\nWantedBy=nothing\n" },
	{ LIB_DIR "/bad-alias.service", "[Install]\nAlias=x.socket\n" },
	{ LIB_DIR "/specifier.service", "[Install]\nWantedBy=%b.target\n" },
	{ LIB_DIR "/multi-user.target", UNIT },
	{ NULL, NULL },
};

static char *make_zoo(void)
{
	char *root = make_root();

	for (const struct file *f = zoo; f->path; f++)
		put(root, f->path, f->text);
	return root;
}

static void test_states(void **state)
{
	static const struct {
		const char *name;
		enum sp_unit_state want;
		bool masked;
		const char *alias_of;
	} rows[] = {
		{ "plain.service", SP_UNIT_DISABLED, false, NULL },
		{ "static.service", SP_UNIT_STATIC, false, NULL },
		{ "on.service", SP_UNIT_ENABLED, false, NULL },
		{ "on-elsewhere.service", SP_UNIT_ENABLED, false, NULL },
		{ "masked.service", SP_UNIT_ENABLED, true, NULL },
		{ "ghost.service", SP_UNIT_MASKED, true, NULL },
		{ "empty.service", SP_UNIT_MASKED, false, NULL },
		{ "gone.service", SP_UNIT_MISSING, false, NULL },
		{ "nothing.service", SP_UNIT_MISSING, false, NULL },
		{ "aliased.service", SP_UNIT_DISABLED, false, NULL },
		{ "by-alias.service", SP_UNIT_ENABLED, false, NULL },
		{ "ba.service", SP_UNIT_ALIAS, false, "by-alias.service" },
		{ "shipped-alias.service", SP_UNIT_ALIAS, false, "plain.service" },
		{ "only-also.service", SP_UNIT_INDIRECT, false, NULL },
		{ "also-on.service", SP_UNIT_ENABLED, false, NULL },
		{ "tmpl@.service", SP_UNIT_DISABLED, false, NULL },
		{ "tmpl@a.service", SP_UNIT_DISABLED, false, NULL },
		{ "dropped.service", SP_UNIT_DISABLED, false, NULL },
		{ "linked.service", SP_UNIT_DISABLED, false, NULL },
		{ "own.service", SP_UNIT_DISABLED, false, NULL },
		{ "gen.service", SP_UNIT_GENERATED, false, NULL },
	};
	sp_auto_err err = { 0 };
	char *root = make_zoo();
	struct sp_root *r;

	(void)state;
	assert_int_equal(sp_root_open(root, &r, &err), 0);
	struct sp_host *h = sp_host_new(r);

	for (size_t i = 0; i < SP_COUNT(rows); i++) {
		sp_auto_unit u = { 0 };
		enum sp_unit_state s;

		if (sp_unit_look(h, rows[i].name, &u, &err) < 0)
			fail_msg("%s: %s", rows[i].name, err.msg);
		if (u.state != rows[i].want || u.masked != rows[i].masked ||
		    !sp_streq(u.alias_of, rows[i].alias_of))
			fail_msg("%s: %s", rows[i].name,
				 sp_unit_state_name(u.state));
		assert_int_equal(sp_unit_state(h, rows[i].name, &s, &err), 0);
		assert_int_equal(s, u.masked ? SP_UNIT_MASKED : u.state);
	}
	sp_host_free(h);
	sp_root_free(r);
	drop_root(root);
}

static void test_refusals(void **state)
{
	static const struct {
		const char *name;
		int code;
		const char *text;
	} rows[] = {
		{ "static.service", EINVAL, "is static: "
					    "/usr/lib/systemd/system/static.service "
					    "has no [Install]" },
		{ "nothing.service", ENOENT, "is not installed (looked in "
					     "/etc/systemd/system, " },
		{ "masked.service", EINVAL, "is masked by "
					    "/etc/systemd/system/masked.service; "
					    "unmask it first" },
		{ "gen.service", EINVAL, "is made when the host boots" },
		{ "tmpl@.service", EINVAL, "name an instance, such as \"tmpl@NAME.service\"" },
		{ "taken.service", EBUSY, "/etc/systemd/system/ba.service: taken, a link to" },
		{ "loop1.service", ELOOP, "" },
		{ "wrong-type.service", ELOOP, "cannot be another name" },
		{ "bad.service", EBADMSG, "bad.service: line 1: " },
		{ "bad-target.service", EINVAL, "\"nothing\", which is not a unit name" },
		{ "bad-alias.service", EINVAL, "Alias \"x.socket\" does not fit" },
		{ "specifier.service", ENOTSUP, "specifier \"%b\"" },
		{ "plain", EINVAL, "did you mean" },
	};
	sp_auto_err err = { 0 };
	char *root = make_zoo();
	struct sp_root *r;

	(void)state;
	assert_int_equal(sp_root_open(root, &r, &err), 0);
	for (size_t i = 0; i < SP_COUNT(rows); i++) {
		struct sp_host *h = sp_host_new(r);

		if (sp_unit_can_enable(h, rows[i].name, &err) != -rows[i].code)
			fail_msg("%s: %s", rows[i].name, err.msg);
		sp_err_clear(&err);
		if (sp_unit_enable(h, rows[i].name, &err) != -rows[i].code ||
		    !strstr(err.msg, rows[i].text))
			fail_msg("%s: %s", rows[i].name, err.msg);
		sp_err_clear(&err);
		sp_host_free(h);
	}
	sp_root_free(r);
	drop_root(root);
}

/* A unit file is in the way of the mask. */
static void test_mask_file(void **state)
{
	sp_auto_err err = { 0 };
	char *root = make_zoo();
	struct sp_root *r;

	(void)state;
	assert_int_equal(sp_root_open(root, &r, &err), 0);
	struct sp_host *h = sp_host_new(r);

	assert_int_equal(sp_unit_mask(h, "own.service", &err), -EEXIST);
	sp_err_clear(&err);
	assert_int_equal(sp_unit_mask(h, "ba.service", &err), -EBUSY);
	sp_err_clear(&err);
	/* Unmasking what is not masked changes nothing. */
	assert_int_equal(sp_unit_unmask(h, "own.service", &err), 0);
	assert_int_equal(sp_unit_unmask(h, "ba.service", &err), 0);
	assert_int_equal(sp_unit_unmask(h, "nothing.service", &err), 0);

	struct sp_effects none = { 0 };

	assert_int_equal(sp_host_effects(h, &none, &err), 0);
	assert_int_equal(none.n, 0);
	sp_effects_clear(&none);
	sp_host_free(h);
	sp_root_free(r);
	drop_root(root);
}

/* A link in circles that somebody left does not keep other units from going. */
static void test_foreign_loop(void **state)
{
	sp_auto_err err = { 0 };
	char *root = make_zoo();
	struct sp_root *r;
	struct sp_stat st;

	(void)state;
	put(root, CONFIG_DIR "/circle.service", "-> ../system/circle.service/x");
	put(root, CONFIG_DIR "/circle2.service", "-> circle2.service");
	assert_int_equal(sp_root_open(root, &r, &err), 0);
	struct sp_host *h = sp_host_new(r);

	assert_int_equal(sp_unit_disable(h, "on.service", &err), 0);
	assert_int_equal(sp_host_stat(h, CONFIG_DIR "/multi-user.target.wants/on.service",
				      &st, &err), 0);
	assert_int_equal(sp_unit_unmask(h, "masked.service", &err), 0);
	assert_int_equal(sp_host_stat(h, CONFIG_DIR "/circle.service", &st, &err), 1);
	assert_int_equal(sp_host_stat(h, CONFIG_DIR "/circle2.service", &st, &err), 1);
	sp_host_free(h);
	sp_root_free(r);
	drop_root(root);
}

/* --- side by side with systemctl ------------------------------------------------- */

static const char *systemctl;
static int systemctl_version;

static void find_systemctl(void)
{
	static char buf[4096];
	FILE *p;

	if (access("/usr/bin/systemctl", X_OK) == 0)
		systemctl = "/usr/bin/systemctl";
	else if (access("/bin/systemctl", X_OK) == 0)
		systemctl = "/bin/systemctl";
	if (!systemctl)
		return;
	int fd[2];

	if (pipe2(fd, O_CLOEXEC) < 0)
		abort();
	pid_t pid = fork();

	if (pid == 0) {
		dup2(fd[1], 1);
		execl(systemctl, systemctl, "--version", (char *)NULL);
		_exit(127);
	}
	close(fd[1]);
	p = fdopen(fd[0], "r");
	if (p && fgets(buf, sizeof(buf), p))
		(void)sscanf(buf, "systemd %d", &systemctl_version);
	if (p)
		fclose(p);
	(void)waitpid(pid, NULL, 0);
	if (systemctl_version < 250)
		systemctl = NULL;	/* older ones make other links */
}

static int run_systemctl(const char *root, const char *verb, const char *unit)
{
	sp_auto_free char *opt = sp_asprintf("--root=%s", root);
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		int null = open("/dev/null", O_RDWR | O_CLOEXEC);

		dup2(null, 1);
		dup2(null, 2);
		execl(systemctl, systemctl, "--quiet", opt, verb, unit,
		      (char *)NULL);
		_exit(127);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Debian's systemctl finds units in /lib first; the link means the same. */
static char *same_lib(const char *text)
{
	sp_auto_buf out = { 0 };

	while (*text) {
		if (!strncmp(text, "-> /lib/", 8)) {
			sp_buf_add(&out, "-> /usr/lib/");
			text += 8;
		} else {
			sp_buf_addc(&out, *text++);
		}
	}
	return sp_buf_take(&out);
}

static int our_op(struct sp_host *h, const char *verb, const char *unit,
		  struct sp_err *err)
{
	switch (verb[0]) {
	case 'e':
		return sp_unit_enable(h, unit, err);
	case 'd':
		return sp_unit_disable(h, unit, err);
	case 'm':
		return sp_unit_mask(h, unit, err);
	default:
		return sp_unit_unmask(h, unit, err);
	}
}

/*
 * The same operation on two equal roots, ours and systemctl's.  When both
 * succeed the links must be the same; neither may succeed alone.
 */
static void compare(const char *ours, const char *theirs, const char *verb,
		    const char *unit, bool lax)
{
	sp_auto_err err = { 0 };
	struct sp_root *r;
	sp_auto_buf out = { 0 };

	assert_int_equal(sp_root_open(ours, &r, &err), 0);
	struct sp_host *h = sp_host_new(r);
	int a = our_op(h, verb, unit, &err);
	int b = run_systemctl(theirs, verb, unit);

	dump(h, CONFIG_DIR, &out);
	sp_auto_free char *raw = dump_root(theirs);
	sp_auto_free char *want = same_lib(raw);
	sp_auto_free char *got = same_lib(sp_buf_cstr(&out));

	if (!lax && (a == 0) != (b == 0))
		fail_msg("%s %s: %d %s; systemctl: %d", verb, unit, a,
			 err.msg ? err.msg : "", b);
	if (a == 0 && b == 0 && strcmp(want, got))
		fail_msg("%s %s:\n--- ours\n%s--- systemctl\n%s", verb, unit, got,
			 want);
	sp_host_free(h);
	sp_root_free(r);
}

static void test_systemctl_zoo(void **state)
{
	static const char *const verbs[] = { "enable", "disable", "mask", "unmask" };
	static const char *const units[] = {
		"plain.service", "on.service", "on-elsewhere.service",
		"masked.service", "ghost.service", "aliased.service",
		"by-alias.service", "only-also.service", "also-on.service",
		"vd.service", "vd.socket", "vd-admin.socket", "tmpl@a.service",
		"tmpl@.service", "dflt@.service", "dflt@x.service",
		"wants-inst@.service", "wants-inst@y.service",
		"dropped.service", "moved.service", "linked.service",
		"own.service", "local.service", "taken.service",
		"bad-target.service", "bad-alias.service",
	};

	(void)state;
	if (!systemctl)
		skip();
	for (size_t v = 0; v < SP_COUNT(verbs); v++) {
		for (size_t u = 0; u < SP_COUNT(units); u++) {
			char *a = make_zoo(), *b = make_zoo();

			compare(a, b, verbs[v], units[u], false);
			drop_root(a);
			drop_root(b);
		}
	}
}

/* What is enabled is enabled for systemctl, too; then disabled again. */
static void test_systemctl_states(void **state)
{
	static const char *const units[] = {
		"plain.service", "on.service", "on-elsewhere.service",
		"aliased.service", "by-alias.service", "static.service",
		"vd.service", "tmpl@a.service", "dropped.service", "own.service",
	};
	char *root = make_zoo();
	sp_auto_err err = { 0 };
	struct sp_root *r;

	(void)state;
	if (!systemctl)
		skip();
	assert_int_equal(sp_root_open(root, &r, &err), 0);
	for (size_t i = 0; i < SP_COUNT(units); i++) {
		struct sp_host *h = sp_host_new(r);
		enum sp_unit_state s;

		assert_int_equal(sp_unit_state(h, units[i], &s, &err), 0);
		/* static counts as enabled for its exit status */
		if ((s == SP_UNIT_ENABLED || s == SP_UNIT_STATIC) !=
		    (run_systemctl(root, "is-enabled", units[i]) == 0))
			fail_msg("%s: %s", units[i], sp_unit_state_name(s));
		sp_host_free(h);
	}
	sp_root_free(r);
	drop_root(root);
}

/* --- random units, random operations ----------------------------------------------- */

static uint64_t seed;

static unsigned rnd(unsigned n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (unsigned)(seed >> 11) % n;
}

static const char *const names[] = {
	"a.service", "b.service", "c.socket", "d@.service", "e.timer",
	"f-g.service", "d@x.service", "a.target",
};

static const char *const words[] = {
	"multi-user.target", "sockets.target", "a.service", "b.service",
	"c.socket", "d@%i.service", "%p.socket", "x.target", "z@.service",
	"d@x.service", "%N.target", "%j.service", "alias.service", "alias2.service",
	"al@.service", "al@x.service",
};

static void random_install(struct sp_buf *out)
{
	static const char *const keys[] = {
		"WantedBy", "WantedBy", "RequiredBy", "Alias", "Also", "WantedBy",
	};
	unsigned n = rnd(4);

	sp_buf_add(out, "[Install]\n");
	while (n--) {
		sp_buf_addf(out, "%s=", keys[rnd(SP_COUNT(keys))]);
		for (unsigned k = rnd(3); k; k--)
			sp_buf_addf(out, "%s%s", words[rnd(SP_COUNT(words))],
				    rnd(6) ? " " : " \\\n  ");
		sp_buf_add(out, "\n");
	}
	if (!rnd(6))
		sp_buf_add(out, "DefaultInstance=x\n");
}

static const char *random_dir(void)
{
	static const char *const where[] = {
		LIB_DIR, LIB_DIR, LIB_DIR, CONFIG_DIR,
		"/usr/local/lib/systemd/system",
	};

	return where[rnd(SP_COUNT(where))];
}

static void random_root(const char *a, const char *b)
{
	for (size_t i = 0; i < SP_COUNT(names); i++) {
		sp_auto_buf text = { 0 };
		sp_auto_free char *path = NULL;

		if (!rnd(4))
			continue;
		path = sp_asprintf("%s/%s", random_dir(), names[i]);
		if (!rnd(12))
			sp_buf_addf(&text, "-> " LIB_DIR "/%s",
				    names[rnd(SP_COUNT(names))]);
		else
			random_install(&text);
		put(a, path, sp_buf_cstr(&text));
		put(b, path, sp_buf_cstr(&text));
		if (!rnd(5)) {
			sp_auto_free char *drop =
				sp_asprintf("%s/%s.d/%u.conf", random_dir(),
					    names[i], rnd(3));
			sp_auto_buf more = { 0 };

			random_install(&more);
			put(a, drop, sp_buf_cstr(&more));
			put(b, drop, sp_buf_cstr(&more));
		}
	}
	for (unsigned k = rnd(4); k; k--) {
		const char *n = names[rnd(SP_COUNT(names))];
		sp_auto_free char *path =
			sp_asprintf(CONFIG_DIR "/x.target.wants/%s",
				    rnd(3) ? n : names[rnd(SP_COUNT(names))]);
		sp_auto_free char *to = sp_asprintf("-> " LIB_DIR "/%s", n);

		put(a, path, to);
		put(b, path, to);
	}
}

static void test_systemctl_random(void **state)
{
	static const char *const verbs[] = { "enable", "enable", "disable", "mask",
					     "unmask" };
	const char *rounds = getenv("SPROUT_UNITFILE_ROUNDS");
	unsigned n = rounds ? (unsigned)strtoul(rounds, NULL, 10) : 60;

	(void)state;
	if (!systemctl)
		skip();
	for (unsigned k = 1; k <= n; k++) {
		char *a = make_root(), *b = make_root();
		const char *verb, *unit;

		seed = 0x9e3779b97f4a7c15u * k;
		for (int i = 0; i < 5; i++)
			(void)rnd(2);
		random_root(a, b);
		verb = verbs[rnd(SP_COUNT(verbs))];
		unit = names[rnd(SP_COUNT(names))];
		if (rounds)
			fprintf(stderr, "%u %s %s %s\n", k, verb, unit, b);
		compare(a, b, verb, unit, true);
		drop_root(a);
		drop_root(b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_name_errors),
		cmocka_unit_test(test_alias_fits),
		cmocka_unit_test(test_expand),
		cmocka_unit_test(test_install),
		cmocka_unit_test(test_install_more),
		cmocka_unit_test(test_states),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_mask_file),
		cmocka_unit_test(test_foreign_loop),
		cmocka_unit_test(test_systemctl_zoo),
		cmocka_unit_test(test_systemctl_states),
		cmocka_unit_test(test_systemctl_random),
	};

	find_systemctl();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
