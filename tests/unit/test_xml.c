/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_xml.c - XML into a flat list with offsets, and edits of the text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "core/kind.h"
#include "core/mem.h"
#include "core/xml.h"

const struct sp_kind *const sp_kinds[] = { NULL };

/* Every element as "depth name[attr=value,...]{source}" in one line. */
static char *describe(const char *data, const struct sp_xml *x)
{
	sp_auto_buf b = { 0 };

	for (size_t i = 0; i < x->n; i++) {
		const struct sp_xml_elem *e = &x->v[i];
		int depth = 0;

		for (int p = e->parent; p >= 0; p = x->v[p].parent)
			depth++;
		sp_buf_addf(&b, "%s%d %s[", i ? " " : "", depth, e->name);
		for (size_t a = 0; a < e->n_attrs; a++)
			sp_buf_addf(&b, "%s%s=%s", a ? "," : "",
				    e->attrs[a].name, e->attrs[a].value);
		sp_buf_addf(&b, "]{%.*s|%.*s|%.*s}",
			    (int)(e->body - e->start), data + e->start,
			    (int)(e->tail - e->body), data + e->body,
			    (int)(e->end - e->tail), data + e->tail);
	}
	return sp_buf_take(&b);
}

static const struct {
	const char *name, *text, *want;
} good[] = {
	{ "one", "<a/>", "0 a[]{<a/>||}" },
	{ "two tags", "<a></a>", "0 a[]{<a>||</a>}" },
	{ "blanks in the end tag", "<a>x</a \n>\n", "0 a[]{<a>|x|</a \n>}" },
	{ "declaration, comments, instructions",
	  "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- < --><?x y?><a/><!---->",
	  "0 a[]{<a/>||}" },
	{ "attributes", "<a  b = '\"' c=\"&lt;&#65;\"/>",
	  "0 a[b=\",c=<A]{<a  b = '\"' c=\"&lt;&#65;\"/>||}" },
	{ "a slash at the end of a value", "<a><b c='/'>t</b></a>",
	  "0 a[]{<a>|<b c='/'>t</b>|</a>} 1 b[c=/]{<b c='/'>|t|</b>}" },
	{ "nesting and order", "<a><b/><c><d/></c><e/></a>",
	  "0 a[]{<a>|<b/><c><d/></c><e/>|</a>} 1 b[]{<b/>||} "
	  "1 c[]{<c>|<d/>|</c>} 2 d[]{<d/>||} 1 e[]{<e/>||}" },
	{ "byte order mark", "\xef\xbb\xbf<a><b/></a>",
	  "0 a[]{<a>|<b/>|</a>} 1 b[]{<b/>||}" },
	{ "letters of many bytes", "<a>\xc3\xa9<b/></a>",
	  "0 a[]{<a>|\xc3\xa9<b/>|</a>} 1 b[]{<b/>||}" },
	{ "character data that looks like tags", "<a><![CDATA[<x>]]><b/></a>",
	  "0 a[]{<a>|<![CDATA[<x>]]><b/>|</a>} 1 b[]{<b/>||}" },
	{ "CRLF", "<a>\r\n<b/>\r\n</a>",
	  "0 a[]{<a>|\r\n<b/>\r\n|</a>} 1 b[]{<b/>||}" },
};

static void test_good(void **state)
{
	(void)state;
	for (size_t i = 0; i < SP_COUNT(good); i++) {
		sp_auto_xml x = { 0 };
		sp_auto_err err = { 0 };
		sp_auto_free char *got = NULL;

		print_message("%s\n", good[i].name);
		assert_int_equal(sp_xml_parse(good[i].text,
					      strlen(good[i].text), &x, &err),
				 0);
		got = describe(good[i].text, &x);
		assert_string_equal(got, good[i].want);
	}
}

static const struct {
	const char *name, *text;
	int code;
	const char *message;
} bad[] = {
	{ "nothing", "", EBADMSG, "line 1, column 1: no element found" },
	{ "no end", "<a>", EBADMSG, "line 1, column 4: no element found" },
	{ "wrong end", "<a>\n</b>", EBADMSG, "line 2, column 3: mismatched tag" },
	{ "two documents", "<a/><b/>", EBADMSG,
	  "line 1, column 5: junk after document element" },
	{ "a declaration of types", "<!DOCTYPE a>\n<a/>", EBADMSG,
	  "line 1, column 12: a document type declaration is not allowed" },
	{ "an external entity",
	  "<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><a>&x;</a>",
	  EBADMSG, "a document type declaration is not allowed" },
	{ "a billion laughs",
	  "<!DOCTYPE a [<!ENTITY x \"xx\"><!ENTITY y \"&x;&x;\">]><a>&y;</a>",
	  EBADMSG, "a document type declaration is not allowed" },
	{ "an entity of nobody", "<a>&x;</a>", EBADMSG, "undefined entity" },
	{ "another encoding",
	  "<?xml version='1.0' encoding='ISO-8859-1'?><a/>", EBADMSG,
	  "the encoding has to be utf-8" },
	{ "not UTF-8", "<a>\xe9</a>", EBADMSG, "not well-formed" },
	{ "deep", "<a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a/></a></a>"
		  "</a></a></a></a></a></a></a></a></a></a></a></a></a></a>",
	  EFBIG, "elements are nested deeper than 16" },
};

static void test_bad(void **state)
{
	(void)state;
	for (size_t i = 0; i < SP_COUNT(bad); i++) {
		struct sp_xml x = { 0 };
		sp_auto_err err = { 0 };

		print_message("%s\n", bad[i].name);
		assert_int_equal(sp_xml_parse(bad[i].text, strlen(bad[i].text),
					      &x, &err),
				 -bad[i].code);
		assert_non_null(strstr(err.msg, bad[i].message));
		assert_int_equal(x.n, 0);
		assert_null(x.v);
	}
}

static void test_limits(void **state)
{
	sp_auto_buf b = { 0 };
	sp_auto_err err = { 0 };
	sp_auto_xml x = { 0 };

	(void)state;
	sp_buf_add(&b, "<a>");
	for (int i = 0; i < SP_XML_ELEMS_MAX; i++)
		sp_buf_add(&b, "<b/>");
	sp_buf_add(&b, "</a>");
	assert_int_equal(sp_xml_parse(b.data, b.len, &x, &err), -EFBIG);
	assert_non_null(strstr(err.msg, "more than 32768 elements"));
	sp_err_clear(&err);
	while (b.len <= SP_XML_SIZE_MAX)
		sp_buf_add(&b, "                                ");
	assert_int_equal(sp_xml_parse(b.data, b.len, &x, &err), -EFBIG);
}

static void test_text(void **state)
{
	static const char text[] = "<a>1&amp;<b>2</b>3<![CDATA[<]]></a>";
	sp_auto_xml x = { 0 };
	sp_auto_err err = { 0 };

	(void)state;
	assert_int_equal(sp_xml_parse(text, strlen(text), &x, &err), 0);
	assert_string_equal(sp_buf_cstr(&x.v[0].text), "1&3<");
	assert_string_equal(sp_buf_cstr(&x.v[1].text), "2");
	assert_null(sp_xml_attr(&x.v[0], "b"));
}

/* --- edits ---------------------------------------------------------------- */

static const struct {
	const char *name, *text, *want;
	int remove[3];	/* elements; 0 ends */
} removals[] = {
	{ "a whole line", "<a>\n  <b/>\n  <c/>\n</a>\n", "<a>\n  <c/>\n</a>\n",
	  { 1 } },
	{ "several lines", "<a>\n  <b>\n    x\n  </b>\n</a>", "<a>\n</a>", { 1 } },
	{ "CRLF", "<a>\r\n  <b/>\r\n</a>", "<a>\r\n</a>", { 1 } },
	{ "first of a line", "<a>\n  <b/> <c/>\n</a>", "<a>\n  <c/>\n</a>", { 1 } },
	{ "last of a line", "<a>\n  <b/> <c/>\n</a>", "<a>\n  <b/>\n</a>", { 2 } },
	{ "both of a line", "<a>\n  <b/> <c/>\n</a>", "<a>\n  \n</a>", { 1, 2 } },
	{ "in the middle", "<a><b/><c/><d/></a>", "<a><b/><d/></a>", { 2 } },
	{ "with a comment", "<a>\n  <b/> <!-- x -->\n</a>",
	  "<a>\n  <!-- x -->\n</a>", { 1 } },
	{ "neighbours", "<a>\n <b/>\n <c/>\n <d/>\n</a>", "<a>\n <d/>\n</a>",
	  { 1, 2 } },
};

static void test_remove(void **state)
{
	(void)state;
	for (size_t i = 0; i < SP_COUNT(removals); i++) {
		const char *t = removals[i].text;
		sp_auto_xml x = { 0 };
		sp_auto_err err = { 0 };
		sp_auto_xml_edits e = { 0 };
		sp_auto_buf out = { 0 };

		print_message("%s\n", removals[i].name);
		assert_int_equal(sp_xml_parse(t, strlen(t), &x, &err), 0);
		for (int k = 0; removals[i].remove[k]; k++)
			sp_xml_remove(&e, t, strlen(t),
				      &x.v[removals[i].remove[k]]);
		sp_xml_apply(&e, t, strlen(t), &out);
		assert_string_equal(sp_buf_cstr(&out), removals[i].want);
	}
}

static const struct {
	const char *name, *text, *attr, *value, *want;
} attrs[] = {
	{ "new", "<a/>", "x", "1", "<a x=\"1\"/>" },
	{ "new before blanks", "<a >t</a>", "x", "1", "<a x=\"1\" >t</a>" },
	{ "new, last", "<a b='1'\n c=\"2\">t</a>", "x", "1",
	  "<a b='1'\n c=\"2\" x=\"1\">t</a>" },
	{ "change", "<a b='1' x = 'old' c='2'/>", "x", "<&>\"",
	  "<a b='1' x=\"&lt;&amp;&gt;&quot;\" c='2'/>" },
	{ "the same letters in another", "<a xx='x=1' x='1'/>", "x", "2",
	  "<a xx='x=1' x='2'/>" },
	{ "the same value", "<a x = '1'/>", "x", "1", "<a x = '1'/>" },
	{ "new, in the quotes of the last", "<a b=\"1\" c='2'/>", "x", "it",
	  "<a b=\"1\" c='2' x='it'/>" },
	{ "remove", "<a b='1'  x='old' c='2'/>", "x", NULL,
	  "<a b='1' c='2'/>" },
	{ "remove what is not there", "<a b='1'/>", "x", NULL, "<a b='1'/>" },
	{ "a quote in the other kind", "<a b=\"it's\" x='\"'/>", "x", "\t",
	  "<a b=\"it's\" x='&#9;'/>" },
};

static void test_attr(void **state)
{
	(void)state;
	for (size_t i = 0; i < SP_COUNT(attrs); i++) {
		const char *t = attrs[i].text;
		sp_auto_xml x = { 0 };
		sp_auto_err err = { 0 };
		sp_auto_xml_edits e = { 0 };
		sp_auto_buf out = { 0 };

		print_message("%s\n", attrs[i].name);
		assert_int_equal(sp_xml_parse(t, strlen(t), &x, &err), 0);
		sp_xml_set_attr(&e, t, &x.v[0], attrs[i].attr, attrs[i].value);
		sp_xml_apply(&e, t, strlen(t), &out);
		assert_string_equal(sp_buf_cstr(&out), attrs[i].want);
	}
}

static void test_apply_order(void **state)
{
	sp_auto_xml_edits e = { 0 };
	sp_auto_buf out = { 0 };

	(void)state;
	sp_xml_replace(&e, 5, 3, "");		/* 567 */
	sp_xml_replace(&e, 6, 0, "in");		/* inside of what goes */
	sp_xml_replace(&e, 1, 1, "A");
	sp_xml_replace(&e, 7, 2, "");		/* overlaps */
	sp_xml_replace(&e, 3, 0, "first");
	sp_xml_replace(&e, 3, 0, "second");
	sp_xml_replace(&e, 10, 0, "end");
	sp_xml_apply(&e, "0123456789", 10, &out);
	assert_string_equal(sp_buf_cstr(&out), "0A2firstsecond34in9end");
}

static const struct {
	const char *text;
	size_t at, want;
	bool found;
} lines[] = {
	{ "<a/>\n<b/>", 4, 5, true },
	{ "<a/> \t\r\nx", 4, 8, true },
	{ "<a/> <!-- x --> \nx", 4, 17, true },
	{ "<a/><!-- x\ny --><!----> \nx", 4, 25, true },
	{ "<a/> <b/>\n", 4, 4, false },
	{ "<a/>", 4, 4, false },
	{ "<a/> ", 4, 4, false },
};

static void test_behind_line(void **state)
{
	(void)state;
	for (size_t i = 0; i < SP_COUNT(lines); i++) {
		size_t at = lines[i].at;

		assert_int_equal(sp_xml_behind_line(lines[i].text,
						    strlen(lines[i].text), &at),
				 lines[i].found);
		assert_int_equal(at, lines[i].want);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_remove),
		cmocka_unit_test(test_attr),
		cmocka_unit_test(test_apply_order),
		cmocka_unit_test(test_behind_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
