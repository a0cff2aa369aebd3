/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_yaml.c - the YAML reader: trees, places, limits, and what is refused. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/json.h"
#include "core/kind.h"
#include "core/mem.h"
#include "core/yaml.h"

const struct sp_kind *const sp_kinds[] = { NULL };

static const struct sp_yaml_limits small = {
	.size_bytes = 1 << 20, .depth = 32, .nodes = 1000, .text_bytes = 256,
};

static const struct sp_yaml_limits large = {
	.size_bytes = 64 << 20, .depth = 32, .nodes = 1000000,
	.text_bytes = 4 << 20,
};

/* Text with NULs inside. */
#define T(s) s, sizeof(s) - 1

/* --- what is refused, and in which words ----------------------------------- */

static const struct bad_case {
	const char *text;
	size_t len;
	const char *want;
} bad[] = {
	{ T(""),
	  "the text is empty" },
	{ T("# c\n"),
	  "the text is empty" },
	{ T("a: b: c"),
	  "1:5: \":\" is not expected here; put text that holds \": \" "
	  "into quotes, or check the indentation" },
	{ T("sprout: 1\nusers:\n\t- x\n"),
	  "3:1: a tab cannot indent; use spaces" },
	{ T("sprout: 1\nusers: [a, b\n"),
	  "2:8: this list is never closed; \"]\" is missing" },
	{ T("sprout: 1\nusers: {a: b\nfoo: x\n"),
	  "3:4: expected \",\" or \"}\" in the map that begins at 2:8" },
	{ T("sprout: 1\nusers: [a b}\n"),
	  "2:12: expected \",\" or \"]\" in the list that begins at 2:8" },
	{ T("a: 'x\nb: 1\n"),
	  "1:4: this quote is never closed" },
	{ T("a: \"x\nb: 1\n"),
	  "1:4: this quote is never closed" },
	{ T("a: *\n"),
	  "1:5: expected a name behind \"*\" or \"&\"; text that begins "
	  "with one of them goes into quotes" },
	{ T("a: *x\n"),
	  "1:4: alias \"*x\" has no anchor \"&x\" before it; text that "
	  "begins with \"*\" goes into quotes" },
	{ T("a: !foo x\n"),
	  "1:4: tag \"!foo\" cannot be used here; text that begins with "
	  "\"!\" goes into quotes" },
	{ T("a: !x"),
	  "1:4: tag \"!x\" cannot be used here; text that begins with "
	  "\"!\" goes into quotes" },
	{ T("a: @x\n"),
	  "1:4: this character cannot begin a text; put the text into quotes" },
	{ T("a: `x\n"),
	  "1:4: this character cannot begin a text; put the text into quotes" },
	{ T("a: %x\n"),
	  "1:4: this character cannot begin a text; put the text into quotes" },
	{ T("x: \"\\q\"\n"),
	  "1:5: unknown escape; in double quotes a \"\\\" is written "
	  "\"\\\\\", in single quotes it is itself" },
	{ T("x: \"\\xzz\"\n"),
	  "1:7: expected hexadecimal digits behind the escape" },
	{ T("x: \"\\ud800\"\n"),
	  "1:7: this escape is no character; write the character itself" },
	{ T("x: 1\n---\ny: 2\n"),
	  "2:1: a second document begins here; give each one in a text of "
	  "its own" },
	{ T("---\nsprout: 1\n---\n"),
	  "3:1: a second document begins here; give each one in a text of "
	  "its own" },
	{ T("a: 1\n b: 2\n"),
	  "2:3: \":\" is not expected here; put text that holds \": \" "
	  "into quotes, or check the indentation" },
	{ T("a:\n  - 1\n - 2\n"),
	  "3:2: expected a key here; check the indentation of this line "
	  "and of those above" },
	{ T("a: 1\na: 2\nb: 1\n'a': 3\n"),
	  "2:1: key \"a\" is given twice, first at line 1" },
	{ T("<<: {a: 1}\n"),
	  "1:1: merge keys (\"<<\") cannot be used; write the keys out, or "
	  "use an alias for a whole value" },
	{ T("? [a]\n: b\n"),
	  "1:3: a key has to be text, not a list; text that begins with "
	  "\"[\" or \"{\" goes into quotes" },
	{ T("[a]: b\n"),
	  "1:1: a key has to be text, not a list; text that begins with "
	  "\"[\" or \"{\" goes into quotes" },
	{ T("*a : b\n"),
	  "1:1: alias \"*a\" has no anchor \"&a\" before it; text that "
	  "begins with \"*\" goes into quotes" },
	{ T("a: &x b\n*x : c\n"), "2:1: an alias cannot be a key" },
	{ T("a: &a [*a]\n"),
	  "1:8: alias \"*a\" is inside of what it stands for" },
	{ T("x: \377\n"),
	  "1:4: byte 0xff is not valid UTF-8; save the text as UTF-8" },
	{ T("\377\376s\000"),
	  "1:1: the text is UTF-16; save it as UTF-8" },
	{ T("a\000b"),
	  "1:2: U+0000 is a NUL byte; is this a text file?" },
	{ T("a: \033[31m\n"),
	  "1:4: U+001B is a control character; write it as an escape in "
	  "double quotes" },
	{ T("a: \302\205b\n"),
	  "1:4: U+0085 is a Unicode line separator; write it as an escape "
	  "in double quotes" },
	{ T("a: \342\200\250b\n"),
	  "1:4: U+2028 is a Unicode line separator; write it as an escape "
	  "in double quotes" },
	{ T("a\rb\n"),
	  "1:2: U+000D is a carriage return without a line feed behind it" },
	{ T("a: 1\r\nb: {\r\n"),
	  "2:4: this map is never closed; \"}\" is missing" },
	{ T("sprout: 1\nusers:\n  - name: vb\n    password_hash: \"$y$secretx\n    uid: 5\n"),
	  "4:20: this quote is never closed" },
	{ T("sprout: 1\nusers:\n  - {name: vb, password_hash: $y$secretx: b: }\n"),
	  "3:41: expected \",\" or \"}\" in the map that begins at 3:5" },
	{ T("a: ? b\n"),
	  "1:4: \"? \" is not expected here; text that begins with \"?\" "
	  "goes into quotes" },
	{ T("%FOO x\n---\na: b\n"),
	  "1:5: a line that begins with \"%\" is for YAML itself; indent it, "
	  "or put it into quotes" },
	{ T("%TAG ! x\n%TAG ! y\n---\na: b\n"),
	  "2:1: a second %TAG line for the same tag" },
	{ T("%YAML 1.1\n%YAML 1.1\n---\na: b\n"),
	  "2:1: a second %YAML line" },
	{ T("%YAML 1.3\n---\na: 1\n"),
	  "1:1: only YAML 1.1 and 1.2 are read; leave the %YAML line out" },
	{ T("%TAG ! tag:x,2000:\n---\na: !b c\n"),
	  "3:4: tag \"tag:x,2000:b\" cannot be used here; text that begins "
	  "with \"!\" goes into quotes" },
	{ T("a: |\n  x\n y\n"),
	  "3:2: expected a key here; check the indentation of this line "
	  "and of those above" },
	{ T("a: >\n\tx\n"),
	  "2:1: a tab cannot indent; use spaces" },
	{ T("a: - b\n"),
	  "1:4: \"- \" is not expected here; a list begins on a line of "
	  "its own" },
	{ T("- a\nb: c\n"),
	  "2:1: expected \"- \" here; check the indentation of this line "
	  "and of those above" },
	{ T("a\nb: c\n"),
	  "2:2: \":\" is not expected here; put text that holds \": \" "
	  "into quotes, or check the indentation" },
	{ T("a: b\n- c\n"),
	  "2:1: expected a key here; check the indentation of this line "
	  "and of those above" },
	{ T("a: {b, c: [d]\n"),
	  "1:4: this map is never closed; \"}\" is missing" },
	{ T("a: \"b\" c\n"),
	  "1:8: expected the end of the line here; put the whole text into "
	  "quotes" },
	{ T("a: [b] c\n"),
	  "1:8: expected the end of the line here; put the whole text into "
	  "quotes" },
	{ T("key without colon\nother: 1\n"),
	  "2:6: \":\" is not expected here; put text that holds \": \" "
	  "into quotes, or check the indentation" },
	{ T("a: \"x\\0\"\n"),
	  "1:4: a text cannot hold a NUL (\\0)" },
	{ T("a: !!binary aGk=\n"),
	  "1:4: tag \"tag:yaml.org,2002:binary\" cannot be used here; text "
	  "that begins with \"!\" goes into quotes" },
	{ T("a: !!map 5\n"),
	  "1:4: tag \"tag:yaml.org,2002:map\" cannot be used here; text "
	  "that begins with \"!\" goes into quotes" },
	{ T("\354\204\234: 1\n\352\260\200\353\202\230\353\213\244: [\n"),
	  "2:6: this list is never closed; \"]\" is missing" },
	{ T("\352\260\200\353\202\230\353\213\244: {\353\235\274\353\247\210\353\260\224: "
	    "\"\\q\"}\n"),
	  "1:13: unknown escape; in double quotes a \"\\\" is written "
	  "\"\\\\\", in single quotes it is itself" },
	{ T("a:\n  b: 1\n   c: 2\n"),
	  "3:5: \":\" is not expected here; put text that holds \": \" "
	  "into quotes, or check the indentation" },
	{ T("sprout: 1\nusers:\n- name: x\n  uid: 1\n   home: /x\n"),
	  "5:8: \":\" is not expected here; put text that holds \": \" "
	  "into quotes, or check the indentation" },
	{ T("a: 1 # c\n  b: 2\n"),
	  "2:3: expected a key here; check the indentation of this line "
	  "and of those above" },
	{ T("a: {b: 1,, c: 2}\n"),
	  "1:10: expected a value here" },
	{ T("{"),
	  "1:1: this map is never closed; \"}\" is missing" },
	{ T("a: }\n"),
	  "1:4: expected a value here" },
	{ T("a: ]"),
	  "1:4: expected a value here" },
	{ T("a: ,b\n"),
	  "1:4: expected a value here" },
	{ T("a: 'it's'\n"),
	  "1:8: expected the end of the line here; put the whole text into "
	  "quotes" },
	{ T("a: b\n'c: d\n"),
	  "2:1: this quote is never closed" },
	{ T("!!!\n"),
	  "1:1: tag \"tag:yaml.org,2002:!\" cannot be used here; text that "
	  "begins with \"!\" goes into quotes" },
	{ T("a: &\n"),
	  "1:5: expected a name behind \"*\" or \"&\"; text that begins "
	  "with one of them goes into quotes" },
	{ T("- - - a\n  -b\n- c: d\n   e: f\n"),
	  "2:3: expected \":\" and a value behind this key" },
	{ T("{\"a\": \"\\uD83D\\uDE00\"}"),
	  "1:10: this escape is no character; write the character itself" },
	{ T("a: !<x> y\n"),
	  "1:4: tag \"x\" cannot be used here; text that begins with \"!\" "
	  "goes into quotes" },
	{ T("a:\n- b\n  - c\n- d: e\n   f: g\n"),
	  "5:5: \":\" is not expected here; put text that holds \": \" "
	  "into quotes, or check the indentation" },
	{ T("\355\240\200"),
	  "1:1: byte 0xed is not valid UTF-8; save the text as UTF-8" },
	{ T("\300\200"),
	  "1:1: byte 0xc0 is not valid UTF-8; save the text as UTF-8" },
	{ T("\364\220\200\200"),
	  "1:1: byte 0xf4 is not valid UTF-8; save the text as UTF-8" },
	{ T("\342\202"),
	  "1:1: byte 0xe2 is not valid UTF-8; save the text as UTF-8" },
	{ T("a: \357\277\276"),
	  "1:4: U+FFFE is a control character; write it as an escape in "
	  "double quotes" },
	{ T("a\177"),
	  "1:2: U+007F is a control character; write it as an escape in "
	  "double quotes" },
	{ T("\302\237"),
	  "1:1: U+009F is a control character; write it as an escape in "
	  "double quotes" },
};

static void refuses(void **state)
{
	(void)state;
	for (size_t i = 0; i < SP_COUNT(bad); i++) {
		struct sp_yaml y = { .root = (struct sp_ynode *)&y };
		sp_auto_err err = { 0 };

		if (sp_yaml_read(bad[i].text, bad[i].len, &small, &y, &err) !=
		    -EBADMSG)
			fail_msg("accepted: %s", bad[i].text);
		if (!sp_streq(err.msg, bad[i].want))
			fail_msg("%s\ngives %s\nnot   %s", bad[i].text, err.msg,
				 bad[i].want);
		/* what comes back is untouched */
		assert_ptr_equal(y.root, &y);
		assert_null(y.chunks);
	}
}

/* Two duplicates and a second one of the same: all are reported. */
static void tells_all_duplicates(void **state)
{
	static const char text[] = "a: 1\nb: {c: 1, c: 2}\na: 3\na: 4\n";
	sp_auto_diag diag = { 0 };
	sp_auto_yaml y = { 0 };
	const struct sp_ynode *a;

	(void)state;
	assert_int_equal(sp_yaml_parse(text, strlen(text), 7, &small, &y,
				       &diag), -EBADMSG);
	assert_int_equal(diag.errors, 3);
	for (size_t i = 0; i < diag.n; i++)
		assert_int_equal(diag.v[i].mark.source, 7);
	assert_int_equal(diag.v[0].mark.line, 2);
	assert_int_equal(diag.v[0].mark.col, 11);
	/* The tree is there, with the first of each. */
	assert_int_equal(y.root->n, 2);
	a = sp_ynode_get(y.root, "a");
	assert_string_equal(sp_ynode_text(a), "1");
}

/* --- trees ----------------------------------------------------------------- */

/* The tree in one line: text plain, "text" quoted, @line:col of each. */
static void dump(const struct sp_ynode *n, struct sp_buf *out)
{
	if (n->kind == SP_Y_SCALAR)
		sp_buf_addf(out, n->quoted ? "\"%s\"" : "%s", n->text);
	else
		sp_buf_addc(out, n->kind == SP_Y_LIST ? '[' : '{');
	sp_buf_addf(out, "@%u:%u", n->mark.line, n->mark.col);
	for (size_t i = 0; i < n->n; i++) {
		sp_buf_addc(out, ' ');
		if (n->kind == SP_Y_MAP) {
			dump(n->keys[i], out);
			sp_buf_addc(out, '=');
		}
		dump(n->items[i], out);
	}
	if (n->kind != SP_Y_SCALAR)
		sp_buf_addc(out, n->kind == SP_Y_LIST ? ']' : '}');
}

static const struct tree_case {
	const char *text, *want;
} trees[] = {
	{ "a", "a@1:1" },
	{ "'a'", "\"a\"@1:1" },
	{ "{}", "{@1:1}" },
	{ "[]\n", "[@1:1]" },
	{ "---\na: b\n...\n", "{@2:1 a@2:1=b@2:4}" },
	{ "\xef\xbb\xbf""a: b", "{@1:1 a@1:1=b@1:4}" },
	{ "# c\r\na: b\r\nc:\r\n- d\r\n",
	  "{@2:1 a@2:1=b@2:4 c@3:1=[@4:1 d@4:3]}" },
	{ "a:\nb: ~\n", "{@1:1 a@1:1=@1:3 b@2:1=~@2:4}" },
	{ "a: [1, '2', \"3\"]\n",
	  "{@1:1 a@1:1=[@1:4 1@1:5 \"2\"@1:8 \"3\"@1:13]}" },
	{ "a: |\n  x\n  y\nb: >-\n  x\n  y\n",
	  "{@1:1 a@1:1=\"x\ny\n\"@1:4 b@4:1=\"x y\"@4:4}" },
	{ "a: x\n  y\n", "{@1:1 a@1:1=x y@1:4}" },
	{ "\xea\xb0\x80: {\xeb\x82\x98: b}\n",
	  "{@1:1 \xea\xb0\x80@1:1={@1:4 \xeb\x82\x98@1:5=b@1:8}}" },
	{ "a: !!str 5\nb: !!int 5\nc: ! x\n",
	  "{@1:1 a@1:1=\"5\"@1:4 b@2:1=5@2:4 c@3:1=\"x\"@3:4}" },
	{ "a: &x [1]\nb: *x\n",
	  "{@1:1 a@1:1=[@1:4 1@1:8] b@2:1=[@1:4 1@1:8]}" },
	{ "a: &x 1\nb: &x 2\nc: *x\n",
	  "{@1:1 a@1:1=1@1:4 b@2:1=2@2:4 c@3:1=2@2:4}" },
	{ "'<<': 1\n", "{@1:1 \"<<\"@1:1=1@1:7}" },
	{ "? a\n: b\n? c\n", "{@1:1 a@1:3=b@2:3 c@3:3=@4:1}" },
	{ "{a: 1, a b: 2, 'c':3}", "{@1:1 a@1:2=1@1:5 a b@1:8=2@1:13 "
	  "\"c\"@1:16=3@1:20}" },
	{ "[a: b]", "[@1:1 {@1:2 a@1:2=b@1:5}]" },
	{ "{\"a\":\"\\u00e9\\n\\\"\\\\\", \"b\":[1,true,null]}",
	  "{@1:1 \"a\"@1:2=\"\xc3\xa9\n\"\\\"@1:6 "
	  "\"b\"@1:22=[@1:26 1@1:27 true@1:29 null@1:34]}" },
};

static void reads_trees(void **state)
{
	(void)state;
	for (size_t i = 0; i < SP_COUNT(trees); i++) {
		sp_auto_buf out = { 0 };
		sp_auto_yaml y = { 0 };
		sp_auto_err err = { 0 };

		if (sp_yaml_read(trees[i].text, strlen(trees[i].text), &small,
				 &y, &err) < 0)
			fail_msg("%s: %s", trees[i].text, err.msg);
		dump(y.root, &out);
		assert_string_equal(sp_buf_cstr(&out), trees[i].want);
	}
}

static void knows_ends(void **state)
{
	static const char text[] = "a: \"b c\"\nd: {e: f}\n";
	sp_auto_yaml y = { 0 };
	sp_auto_err err = { 0 };

	(void)state;
	assert_int_equal(sp_yaml_read(text, strlen(text), &small, &y, &err), 0);
	assert_int_equal(y.root->items[0]->end_line, 1);
	assert_int_equal(y.root->items[0]->end_col, 9);
	assert_int_equal(y.root->items[1]->end_col, 10);
}

/* --- questions ------------------------------------------------------------- */

static void answers(void **state)
{
	static const char text[] =
		"{n1: , n2: ~, n3: null, q: 'null', t: true, T: True, f: false,"
		" y: yes, qt: 'true', i: 12, qi: '12', neg: -3, big: 99999,"
		" l: [], m: {}}";
	sp_auto_yaml y = { 0 };
	sp_auto_err err = { 0 };
	const struct sp_ynode *r;
	int64_t i = 77;
	bool b = true;

	(void)state;
	assert_int_equal(sp_yaml_read(text, strlen(text), &small, &y, &err), 0);
	r = y.root;
	assert_true(sp_ynode_null(sp_ynode_get(r, "n1")));
	assert_true(sp_ynode_null(sp_ynode_get(r, "n2")));
	assert_true(sp_ynode_null(sp_ynode_get(r, "n3")));
	assert_false(sp_ynode_null(sp_ynode_get(r, "q")));
	assert_false(sp_ynode_null(sp_ynode_get(r, "l")));
	assert_false(sp_ynode_null(NULL));

	assert_false(sp_ynode_bool(sp_ynode_get(r, "y"), &b));
	assert_false(sp_ynode_bool(sp_ynode_get(r, "qt"), &b));
	assert_false(sp_ynode_bool(NULL, &b));
	assert_true(b);
	assert_true(sp_ynode_bool(sp_ynode_get(r, "f"), &b));
	assert_false(b);
	assert_true(sp_ynode_bool(sp_ynode_get(r, "T"), &b));
	assert_true(b);

	assert_false(sp_ynode_int(sp_ynode_get(r, "qi"), 0, 100, &i));
	assert_false(sp_ynode_int(sp_ynode_get(r, "big"), 0, 100, &i));
	assert_false(sp_ynode_int(sp_ynode_get(r, "l"), 0, 100, &i));
	assert_false(sp_ynode_int(NULL, 0, 100, &i));
	assert_int_equal(i, 77);
	assert_true(sp_ynode_int(sp_ynode_get(r, "neg"), -5, 5, &i));
	assert_int_equal(i, -3);

	assert_string_equal(sp_ynode_text(sp_ynode_get(r, "qi")), "12");
	assert_null(sp_ynode_text(sp_ynode_get(r, "m")));
	assert_null(sp_ynode_text(NULL));
	assert_null(sp_ynode_get(r, "none"));
	assert_null(sp_ynode_get(sp_ynode_get(r, "l"), "a"));
	assert_null(sp_ynode_get(NULL, "a"));
	assert_string_equal(sp_ynode_what(sp_ynode_get(r, "l")), "list");
	assert_string_equal(sp_ynode_what(sp_ynode_get(r, "m")), "map");
	assert_string_equal(sp_ynode_what(sp_ynode_get(r, "n1")), "nothing");
	assert_string_equal(sp_ynode_what(sp_ynode_get(r, "i")), "text");
}

/* --- limits ---------------------------------------------------------------- */

static void repeat(struct sp_buf *b, const char *s, size_t n)
{
	while (n--)
		sp_buf_add(b, s);
}

static void is_refused(const struct sp_buf *b,
		       const struct sp_yaml_limits *limits, const char *want)
{
	sp_auto_yaml y = { 0 };
	sp_auto_err err = { 0 };

	assert_int_equal(sp_yaml_read(sp_buf_cstr(b), b->len, limits, &y, &err),
			 -EBADMSG);
	assert_string_equal(err.msg, want);
}

static void is_read(const struct sp_buf *b, const struct sp_yaml_limits *limits)
{
	sp_auto_yaml y = { 0 };
	sp_auto_err err = { 0 };

	if (sp_yaml_read(sp_buf_cstr(b), b->len, limits, &y, &err) < 0)
		fail_msg("%s", err.msg);
}

static void limits_depth(void **state)
{
	sp_auto_buf ok = { 0 }, flow = { 0 }, block = { 0 }, lines = { 0 };

	(void)state;
	repeat(&ok, "[", 32);
	repeat(&ok, "]", 32);
	is_read(&ok, &small);
	repeat(&flow, "[", 10000);
	is_refused(&flow, &small, "1:33: nested deeper than 32 levels");
	repeat(&block, "- ", 10000);
	is_refused(&block, &small, "1:65: nested deeper than 32 levels");
	for (size_t i = 0; i < 1000; i++) {
		repeat(&lines, " ", i);
		sp_buf_add(&lines, "a:\n");
	}
	is_refused(&lines, &small, "33:33: nested deeper than 32 levels");
}

/* A list aliased at depth 31 that is itself two deep. */
static void limits_depth_of_aliases(void **state)
{
	sp_auto_buf b = { 0 };

	(void)state;
	sp_buf_add(&b, "- &x [[]]\n- ");
	repeat(&b, "[", 30);
	sp_buf_add(&b, "*x");
	repeat(&b, "]", 30);
	is_refused(&b, &small, "2:33: alias \"*x\" nests deeper than 32 levels");
}

static void limits_nodes(void **state)
{
	sp_auto_buf ok = { 0 }, many = { 0 }, bomb = { 0 };

	(void)state;
	repeat(&ok, "- a\n", 999);
	is_read(&ok, &small);
	repeat(&many, "- a\n", 1000);
	is_refused(&many, &small, "1000:3: more than 1000 values, aliases "
		   "included; that is the limit");

	sp_buf_add(&bomb, "a: &a [x,x,x,x,x,x,x,x,x,x]\n");
	for (char c = 'b'; c <= 'z'; c++)
		sp_buf_addf(&bomb, "%c: &%c [*%c,*%c,*%c,*%c,*%c,*%c,*%c,*%c]\n",
			    c, c, c - 1, c - 1, c - 1, c - 1, c - 1, c - 1,
			    c - 1, c - 1);
	is_refused(&bomb, &large, "7:11: more than 1000000 values, aliases "
		   "included; that is the limit");
}

static void limits_sizes(void **state)
{
	struct sp_yaml_limits tiny = small;
	sp_auto_buf b = { 0 }, anchors = { 0 };

	(void)state;
	tiny.size_bytes = 10;
	sp_buf_add(&b, "0123456789");
	is_read(&b, &tiny);
	sp_buf_addc(&b, 'a');
	is_refused(&b, &tiny, "larger than 10 bytes; that is the limit");
	sp_buf_clear(&b);
	repeat(&b, "x", 256);
	is_read(&b, &small);
	sp_buf_addc(&b, 'x');
	is_refused(&b, &small, "1:1: a text of 257 bytes; the limit is 256");

	for (int i = 0; i < SP_YAML_ANCHORS_MAX + 1; i++)
		sp_buf_addf(&anchors, "- &a%d x\n", i);
	is_refused(&anchors, &large,
		   "1001:3: more than 1000 anchors; that is the limit");
}

/* --- JSON, as the journal writes it ---------------------------------------- */

/* What the writer writes, the reader reads; @text may hold any bytes. */
static void round_trip(const char *text, size_t len)
{
	sp_auto_buf json = { 0 }, back = { 0 };
	sp_auto_yaml y = { 0 };
	sp_auto_err err = { 0 };
	const struct sp_ynode *n;
	struct sp_json j;

	sp_json_init(&j, &json, SP_JSON_LOSSLESS);
	sp_json_map(&j);
	sp_json_key(&j, "t");
	sp_json_strn(&j, text, len);
	sp_json_key(&j, "n");
	sp_json_int(&j, INT64_MIN);
	sp_json_map_end(&j);
	assert_null(memchr(sp_buf_cstr(&json), '\n', json.len));
	if (sp_yaml_read(sp_buf_cstr(&json), json.len, &large, &y, &err) < 0)
		fail_msg("%s: %s", sp_buf_cstr(&json), err.msg);
	n = sp_ynode_get(y.root, "t");
	assert_non_null(n);
	assert_true(n->quoted);
	sp_json_decode(&back, n->text, n->len);
	assert_int_equal(back.len, len);
	assert_memory_equal(sp_buf_cstr(&back), text, len);
}

static void add_utf8(struct sp_buf *b, uint32_t c)
{
	if (c < 0x80) {
		sp_buf_addc(b, (char)c);
	} else if (c < 0x800) {
		sp_buf_addc(b, (char)(0xc0 | c >> 6));
		sp_buf_addc(b, (char)(0x80 | (c & 0x3f)));
	} else if (c < 0x10000) {
		sp_buf_addc(b, (char)(0xe0 | c >> 12));
		sp_buf_addc(b, (char)(0x80 | (c >> 6 & 0x3f)));
		sp_buf_addc(b, (char)(0x80 | (c & 0x3f)));
	} else {
		sp_buf_addc(b, (char)(0xf0 | c >> 18));
		sp_buf_addc(b, (char)(0x80 | (c >> 12 & 0x3f)));
		sp_buf_addc(b, (char)(0x80 | (c >> 6 & 0x3f)));
		sp_buf_addc(b, (char)(0x80 | (c & 0x3f)));
	}
}

static void reads_json_of_every_character(void **state)
{
	sp_auto_buf b = { 0 };

	(void)state;
	for (uint32_t c = 0; c <= 0x10ffff; c++) {
		if (c >= 0xd800 && c <= 0xdfff)
			continue;
		/* Thin out what is all the same. */
		if (c > 0x3100 && c < 0xff00 && c % 97)
			continue;
		if (c > 0x10100 && c < 0x10fe00 && c % 4099)
			continue;
		add_utf8(&b, c);
		if (c % 64 == 0) {
			round_trip(sp_buf_cstr(&b), b.len);
			sp_buf_clear(&b);
		}
	}
	round_trip(sp_buf_cstr(&b), b.len);
}

static void reads_json_of_any_bytes(void **state)
{
	static const char *const texts[] = {
		"", " ", "  two  ", "\n", "a\n\nb\n", "\t", "\r\n", "#no: comment",
		"- a", "{}", "'", "\"\\\"", "\\u0041", "%", "@", "&a *a !t",
		"\xff\xfe", "\xc3", "\xf4\x8f\xbc\x80", "\xf4\x8f\xbf\xbf",
	};
	char all[256];

	(void)state;
	for (size_t i = 0; i < SP_COUNT(texts); i++)
		round_trip(texts[i], strlen(texts[i]));
	for (size_t i = 0; i < sizeof(all); i++)
		all[i] = (char)i;
	round_trip(all, sizeof(all));
}

static void reads_long_json(void **state)
{
	sp_auto_buf b = { 0 };

	(void)state;
	while (b.len < 1 << 20)
		sp_buf_add(&b, "a line of \"text\", with: blanks\n\xea\xb0\x80 ");
	round_trip(sp_buf_cstr(&b), b.len);
}

static void reads_deep_json(void **state)
{
	sp_auto_buf b = { 0 };
	sp_auto_yaml y = { 0 };
	sp_auto_err err = { 0 };
	const struct sp_ynode *n;
	struct sp_json j;

	(void)state;
	sp_json_init(&j, &b, 0);
	for (int i = 0; i < 10; i++) {
		sp_json_map(&j);
		sp_json_key(&j, "k");
	}
	sp_json_list(&j);
	sp_json_null(&j);
	sp_json_bool(&j, true);
	sp_json_list_end(&j);
	for (int i = 0; i < 10; i++)
		sp_json_map_end(&j);
	assert_int_equal(sp_yaml_read(sp_buf_cstr(&b), b.len, &small, &y, &err),
			 0);
	n = y.root;
	for (int i = 0; i < 10; i++)
		n = sp_ynode_get(n, "k");
	assert_int_equal(n->n, 2);
	assert_true(sp_ynode_null(n->items[0]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses),
		cmocka_unit_test(tells_all_duplicates),
		cmocka_unit_test(reads_trees),
		cmocka_unit_test(knows_ends),
		cmocka_unit_test(answers),
		cmocka_unit_test(limits_depth),
		cmocka_unit_test(limits_depth_of_aliases),
		cmocka_unit_test(limits_nodes),
		cmocka_unit_test(limits_sizes),
		cmocka_unit_test(reads_json_of_every_character),
		cmocka_unit_test(reads_json_of_any_bytes),
		cmocka_unit_test(reads_long_json),
		cmocka_unit_test(reads_deep_json),
	};

	return cmocka_run_group_tests_name("yaml", tests, NULL, NULL);
}
