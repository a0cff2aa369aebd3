/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_ini.c - editing of "key = value" files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/ini.h"
#include "core/kind.h"
#include "core/mem.h"

const struct sp_kind *const sp_kinds[] = { NULL };

enum what { SET = 1, UNSET, REMOVE };

static const struct edit_case {
	const char *name;
	const struct sp_ini_style *style;
	enum what what;
	const char *section, *key, *value;
	const char *text, *want;
} edits[] = {
	{ "change in place, prefix stays", &sp_ini_yum, SET, "a", "enabled",
	  "1", "# top\n[a]\nname=A\nenabled = 0\ncost=5\n",
	  "# top\n[a]\nname=A\nenabled = 1\ncost=5\n" },
	{ "same value: every byte stays", &sp_ini_yum, SET, "a", "enabled", "1",
	  "[a]\nenabled =  1  \n", "[a]\nenabled =  1  \n" },
	{ "the last counts, others go", &sp_ini_yum, SET, "a", "k", "3",
	  "[a]\nk=1\nx=y\nk=2\n", "[a]\nx=y\nk=3\n" },
	{ "duplicates go although the last is right", &sp_ini_yum, SET, "a",
	  "k", "2", "[a]\nk=1\n  1b\nx=y\nk = 2\n", "[a]\nx=y\nk = 2\n" },
	{ "duplicate in a second section of the name", &sp_ini_yum, SET, "a",
	  "k", "3", "[a]\nk=1\n[b]\nk=9\n[a]\nk=2\n",
	  "[a]\n[b]\nk=9\n[a]\nk=3\n" },
	{ "other sections' keys stay", &sp_ini_yum, SET, "b", "k", "3",
	  "[a]\nk=1\n[b]\nk=2\n", "[a]\nk=1\n[b]\nk=3\n" },
	{ "new key behind the last line", &sp_ini_yum, SET, "a", "k", "v",
	  "[a]\nx=1\n\n# about b\n[b]\ny=2\n",
	  "[a]\nx=1\nk=v\n\n# about b\n[b]\ny=2\n" },
	{ "new key before comments at the next header", &sp_ini_yum, SET, "a",
	  "k", "v", "[a]\nx=1\n# about b\n[b]\n",
	  "[a]\nx=1\nk=v\n# about b\n[b]\n" },
	{ "new key behind the section's own comment", &sp_ini_yum, SET, "a",
	  "k", "v", "[a]\nx=1\n# about x\n\n[b]\n",
	  "[a]\nx=1\n# about x\nk=v\n\n[b]\n" },
	{ "new key in an empty section", &sp_ini_yum, SET, "a", "k", "v",
	  "[a]\n[b]\n", "[a]\nk=v\n[b]\n" },
	{ "new key behind its comment", &sp_ini_yum, SET, "a", "k", "v",
	  "[a]\nx=1\n# k = old\ny=2\n", "[a]\nx=1\n# k = old\nk=v\ny=2\n" },
	{ "a longer key is no comment of it", &sp_ini_yum, SET, "a", "k", "v",
	  "[a]\n#kk=1\ny=2\n", "[a]\n#kk=1\ny=2\nk=v\n" },
	{ "comment of another section", &sp_ini_yum, SET, "b", "k", "v",
	  "[a]\n#k=1\n[b]\ny=2\n", "[a]\n#k=1\n[b]\ny=2\nk=v\n" },
	{ "comment below a section that is commented out", &sp_ini_yum, SET,
	  "a", "k", "v", "[a]\nx=1\n#[b]\n#k=1\n",
	  "[a]\nx=1\n#[b]\n#k=1\nk=v\n" },
	{ "comment inside a continued value", &sp_ini_yum, SET, "a", "k", "v",
	  "[a]\nx=1\n#k=2\n   3\ny=4\n", "[a]\nx=1\n#k=2\n   3\nk=v\ny=4\n" },
	{ "comment before an indented line of nobody", &sp_ini_yum, SET, "a",
	  "k", "v", "[a]\n#k=1\n  x\n", "[a]\n#k=1\n  x\nk=v\n" },
	{ "continued value replaced by a plain one", &sp_ini_yum, SET, "a",
	  "baseurl", "http://c",
	  "[a]\nbaseurl=http://a\n        http://b\ngpgcheck=1\n",
	  "[a]\nbaseurl=http://c\ngpgcheck=1\n" },
	{ "plain value replaced by a continued one", &sp_ini_yum, SET, "a",
	  "baseurl", "http://c\nhttp://d",
	  "[a]\nbaseurl = http://a\ngpgcheck=1\n",
	  "[a]\nbaseurl = http://c\n          http://d\ngpgcheck=1\n" },
	{ "comment inside a replaced value stays", &sp_ini_yum, SET, "a",
	  "baseurl", "c", "[a]\nbaseurl=a\n# why b\n  b\nx=1\n",
	  "[a]\nbaseurl=c\n# why b\nx=1\n" },
	{ "continued value, unchanged", &sp_ini_yum, SET, "a", "u", "x\ny",
	  "[a]\nu=x\n\ty\n", "[a]\nu=x\n\ty\n" },
	{ "value on the lines behind the key", &sp_ini_yum, SET, "a", "u", "y",
	  "[a]\nu=\n  x\nz=1\n", "[a]\nu=y\nz=1\n" },
	{ "new continued key", &sp_ini_yum, SET, "a", "u", "x\ny", "[a]\n",
	  "[a]\nu=x\n  y\n" },
	{ "new section", &sp_ini_yum, SET, "b", "k", "v", "[a]\nx=1\n",
	  "[a]\nx=1\n\n[b]\nk=v\n" },
	{ "new section behind an empty line", &sp_ini_yum, SET, "b", "k", "v",
	  "[a]\nx=1\n\n", "[a]\nx=1\n\n[b]\nk=v\n" },
	{ "new section, no final newline", &sp_ini_yum, SET, "b", "k", "v",
	  "[a]\nx=1", "[a]\nx=1\n\n[b]\nk=v\n" },
	{ "new section in an empty text", &sp_ini_yum, SET, "b", "k", "v", "",
	  "[b]\nk=v\n" },
	{ "no final newline, in place", &sp_ini_yum, SET, "a", "x", "2",
	  "[a]\nx=1", "[a]\nx=2" },
	{ "no final newline, new key", &sp_ini_yum, SET, "a", "k", "v",
	  "[a]\nx=1", "[a]\nx=1\nk=v\n" },
	{ "CRLF in place", &sp_ini_yum, SET, "a", "x", "2",
	  "[a]\r\nx=1\r\ny=1\r\n", "[a]\r\nx=2\r\ny=1\r\n" },
	{ "CRLF new key", &sp_ini_yum, SET, "a", "k", "v\nw", "[a]\r\nx=1\r\n",
	  "[a]\r\nx=1\r\nk=v\r\n  w\r\n" },
	{ "CRLF new section", &sp_ini_yum, SET, "b", "k", "v", "[a]\r\nx=1\r\n",
	  "[a]\r\nx=1\r\n\r\n[b]\r\nk=v\r\n" },
	{ "byte order mark", &sp_ini_yum, SET, "a", "x", "2",
	  "\xef\xbb\xbf[a]\nx=1\n", "\xef\xbb\xbf[a]\nx=2\n" },
	{ "nothing but a byte order mark", &sp_ini_plain, SET, NULL, "k", "v",
	  "\xef\xbb\xbf", "\xef\xbb\xbf\nk=v\n" },
	{ "lines that are nothing stay", &sp_ini_yum, SET, "a", "x", "2",
	  "junk\n[a]\n=5\nmore junk\nx=1\n[]\n[c\n",
	  "junk\n[a]\n=5\nmore junk\nx=2\n[]\n[c\n" },
	{ "indented section", &sp_ini_yum, SET, "b", "k", "v",
	  "[a]\nx=1\n  [b]\ny=2\n", "[a]\nx=1\n  [b]\ny=2\nk=v\n" },
	{ "empty value gets one", &sp_ini_yum, SET, "a", "x", "2",
	  "[a]\nx=  \n", "[a]\nx=2\n" },
	{ "empty value", &sp_ini_yum, SET, "a", "x", "", "[a]\nx=1\n",
	  "[a]\nx=\n" },

	{ "unset", &sp_ini_yum, UNSET, "a", "x", NULL,
	  "[a]\nx=1\n  2\n# c\n#x=3\n[b]\nx=4\n",
	  "[a]\n# c\n#x=3\n[b]\nx=4\n" },
	{ "unset all of them", &sp_ini_yum, UNSET, "a", "x", NULL,
	  "[a]\nx=1\ny=2\nx=3\n", "[a]\ny=2\n" },
	{ "unset what is not there", &sp_ini_yum, UNSET, "a", "q", NULL,
	  "[a]\nx=1", "[a]\nx=1" },

	{ "remove the only section", &sp_ini_yum, REMOVE, "a", NULL, NULL,
	  "[a]\nx=1\n", "" },
	{ "remove the first", &sp_ini_yum, REMOVE, "a", NULL, NULL,
	  "[a]\nx=1\n\n[b]\ny=1\n", "[b]\ny=1\n" },
	{ "remove one between", &sp_ini_yum, REMOVE, "b", NULL, NULL,
	  "[a]\nx=1\n\n[b]\ny=1\n#y=2\n\n# on c\n[c]\n",
	  "[a]\nx=1\n\n# on c\n[c]\n" },
	{ "remove the last", &sp_ini_yum, REMOVE, "b", NULL, NULL,
	  "# top\n\n[a]\nx=1\n\n[b]\ny=1\n\n", "# top\n\n[a]\nx=1\n" },
	{ "remove, comment at the next header", &sp_ini_yum, REMOVE, "a", NULL,
	  NULL, "[a]\nx=1\n# b\n[b]\n", "# b\n[b]\n" },
	{ "remove both of that name", &sp_ini_yum, REMOVE, "a", NULL, NULL,
	  "[a]\nx=1\n[b]\n[a]\nx=2\n[c]\n", "[b]\n[c]\n" },
	{ "remove neighbours of that name", &sp_ini_yum, REMOVE, "a", NULL,
	  NULL, "[a]\nx=1\n\n[a]\nx=2\n\n[c]\n", "[c]\n" },
	{ "remove, CRLF", &sp_ini_yum, REMOVE, "b", NULL, NULL,
	  "[a]\r\nx=1\r\n\r\n[b]\r\ny=1\r\n", "[a]\r\nx=1\r\n" },
	{ "remove what is not there", &sp_ini_yum, REMOVE, "z", NULL, NULL,
	  "[a]\n\n", "[a]\n\n" },

	{ "plain: change in place", &sp_ini_plain, SET, NULL, "Log", "all",
	  "# Log\n# Default: off\nLog=off\n\n# x\nX=1\n",
	  "# Log\n# Default: off\nLog=all\n\n# x\nX=1\n" },
	{ "plain: the first counts", &sp_ini_plain, SET, NULL, "K", "3",
	  "K=1\nX=1\nK=2\n", "K=3\nX=1\n" },
	{ "plain: an empty one does not count", &sp_ini_plain, SET, NULL, "K",
	  "2", "K=\nX=1\nK=2\n", "X=1\nK=2\n" },
	{ "plain: indented key", &sp_ini_plain, SET, NULL, "K", "2",
	  "  K = 1\n", "  K = 2\n" },
	{ "plain: no sections", &sp_ini_plain, SET, NULL, "K", "2",
	  "[x]\nK=1\n", "[x]\nK=2\n" },
	{ "plain: new key at the end", &sp_ini_plain, SET, NULL, "K", "2",
	  "# about A\nA=1\n\n# the end\n\n",
	  "# about A\nA=1\n\n# the end\nK=2\n\n" },
	{ "plain: behind the comment", &sp_ini_plain, SET, NULL, "K", "2",
	  "#K=1\n\nA=1\n", "#K=1\nK=2\n\nA=1\n" },
	{ "plain: empty text", &sp_ini_plain, SET, NULL, "K", "2", "",
	  "K=2\n" },
	{ "plain: a newline cannot start a line", &sp_ini_plain, SET, NULL, "K",
	  "2\nA=3", "", "K=2 A=3\n" },

	{ "shell: blanks around the key are foreign", &sp_ini_shell, SET, NULL,
	  "K", "2", "K =1\n K=1\nK=1\n", "K =1\n K=1\nK=2\n" },
	{ "shell: the last counts", &sp_ini_shell, SET, NULL, "K", "3",
	  "K=1\n#K=\nK=2", "#K=\nK=3" },
	{ "shell: unset", &sp_ini_shell, UNSET, NULL, "K", NULL, "A=1\nK=1\n",
	  "A=1\n" },
};

static void test_edit(void **state)
{
	(void)state;
	for (size_t i = 0; i < SP_COUNT(edits); i++) {
		const struct edit_case *c = &edits[i];
		sp_auto_buf text = { 0 };
		sp_auto_free char *got = NULL;

		sp_buf_add(&text, c->text);
		/* Twice: a second time there is nothing to do. */
		for (int again = 0; again < 2; again++) {
			bool did;

			if (c->what == SET) {
				sp_ini_set(c->style, &text, c->section, c->key,
					   c->value);
				continue;
			}
			if (c->what == UNSET)
				did = sp_ini_unset(c->style, &text, c->section,
						   c->key);
			else
				did = sp_ini_remove_section(c->style, &text,
							    c->section);
			if (did != (!again && strcmp(c->text, c->want) != 0))
				fail_msg("%s: says it did %d", c->name, did);
		}
		if (strcmp(sp_buf_cstr(&text), c->want) != 0)
			fail_msg("%s:\n%s--- instead of\n%s", c->name,
				 sp_buf_cstr(&text), c->want);
		if (c->what == REMOVE) {
			assert_false(sp_ini_has_section(c->style, &text,
							c->section));
			continue;
		}
		got = sp_ini_get(c->style, &text, c->section, c->key);
		if (c->what == UNSET)
			assert_null(got);
		else if (strcmp(c->value, "2\nA=3") != 0)
			assert_string_equal(got, c->value);
	}
}

static const struct get_case {
	const char *name;
	const struct sp_ini_style *style;
	const char *text, *section, *key, *want;
} gets[] = {
	{ "plain value", &sp_ini_yum, "[a]\nk=v\n", "a", "k", "v" },
	{ "blanks around", &sp_ini_yum, "[a]\nk =\t v w \r\n", "a", "k",
	  "v w" },
	{ "equal sign inside", &sp_ini_yum, "[a]\nk=u?x=1\n", "a", "k",
	  "u?x=1" },
	{ "colon assigns nothing", &sp_ini_yum, "[a]\nk: v\n", "a", "k", NULL },
	{ "empty", &sp_ini_yum, "[a]\nk=\n", "a", "k", "" },
	{ "no such key", &sp_ini_yum, "[a]\nkk=1\n", "a", "k", NULL },
	{ "no such section", &sp_ini_yum, "[a]\nk=1\n", "b", "k", NULL },
	{ "before any section", &sp_ini_yum, "k=0\n[a]\nk=1\n", NULL, "k",
	  "0" },
	{ "commented out", &sp_ini_yum, "[a]\n#k=1\n;k=2\n", "a", "k", NULL },
	{ "continued", &sp_ini_yum, "[a]\nk=1\n 2\n\t3 \nx=4\n", "a", "k",
	  "1\n2\n3" },
	{ "continued over a comment", &sp_ini_yum, "[a]\nk=1\n#x\n 2\n", "a",
	  "k", "1\n2" },
	{ "an indented # continues, as for libdnf", &sp_ini_yum,
	  "[a]\nk=1\n #x\n", "a", "k", "1\n#x" },
	{ "indented line without owner", &sp_ini_yum, "[a]\n k=1\n", "a", "k",
	  NULL },
	{ "text behind the bracket", &sp_ini_yum, "[a] # x\nk=1\n", "a", "k",
	  "1" },
	{ "sections of one name", &sp_ini_yum, "[a]\nk=1\n[b]\n[a]\nk=2\n", "a",
	  "k", "2" },
	{ "last line without newline", &sp_ini_yum, "[a]\nk=1", "a", "k", "1" },
	{ "plain: first counts", &sp_ini_plain, "k=1\nk=2\n", NULL, "k", "1" },
	{ "plain: nothing but empty", &sp_ini_plain, "k=\nk=\n", NULL, "k",
	  "" },
	{ "plain: indented comment", &sp_ini_plain, " #k=1\n", NULL, "k",
	  NULL },
	{ "shell: tight", &sp_ini_shell, "k =1\n", NULL, "k", NULL },
	{ "shell: last counts", &sp_ini_shell, "k=1\nk=2\n", NULL, "k", "2" },
	{ "empty text", &sp_ini_shell, "", NULL, "k", NULL },
};

static void test_get(void **state)
{
	(void)state;
	for (size_t i = 0; i < SP_COUNT(gets); i++) {
		const struct get_case *c = &gets[i];
		sp_auto_buf text = { 0 };
		sp_auto_free char *got = NULL;

		if (*c->text)
			sp_buf_add(&text, c->text);
		got = sp_ini_get(c->style, &text, c->section, c->key);
		if (!sp_streq(got, c->want))
			fail_msg("%s: got %s, want %s", c->name,
				 got ? got : "nothing",
				 c->want ? c->want : "nothing");
	}
}

static void test_sections(void **state)
{
	sp_auto_buf text = { 0 };
	sp_auto_strv names = { 0 };
	sp_auto_free char *all = NULL;

	(void)state;
	sp_buf_add(&text, "x=1\n[b]\n#[c]\n[a b]\r\n [d]\n[]\n");
	sp_ini_sections(&sp_ini_yum, &text, &names);
	all = sp_strv_join(&names, "|");
	assert_string_equal(all, "b|a b|d");
	assert_true(sp_ini_has_section(&sp_ini_yum, &text, "a b"));
	assert_false(sp_ini_has_section(&sp_ini_yum, &text, "c"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_edit),
		cmocka_unit_test(test_get),
		cmocka_unit_test(test_sections),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
