#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# plan --format: JSON, Markdown and JUnit, with hostile names and values.
. "${SRCDIR:-$(dirname "$0")/../..}/tests/functions.sh"
requires python3

root=$TMP/root
mkdir -p "$root/etc/sysconfig"
printf 'old\n' >"$root/etc/hostname"
printf 'root:x:0:0:root:/root:/bin/bash\n' >"$root/etc/passwd"
printf 'root:x:0:\n' >"$root/etc/group"
printf 'root:*:19000:0:99999:7:::\n' >"$root/etc/shadow"
cat >"$TMP/p.yaml" <<'Y'
sprout: 1
hostname: vd01.example.com
users:
  - {name: web, gecos: "a|b `c` ``d <script>alert(1)</script> & @all *e* ]]>", create_home: false,
     shell: /bin/sh}
sysctl: [{name: net.ipv4.ip_forward, value: 1}]
Y

# --json is one of the formats; the others are none of it.
expect_status 2 "$SPROUT" plan --json --root "$root" "$TMP/p.yaml"
mv "$TMP/out" "$TMP/json"
expect_status 2 "$SPROUT" plan --format=json --root "$root" "$TMP/p.yaml"
cmp "$TMP/json" "$TMP/out" || fail "--json and --format=json differ"
expect_status 2 "$SPROUT" plan --root "$root" "$TMP/p.yaml"
mv "$TMP/out" "$TMP/text"
expect_status 2 "$SPROUT" plan --format text --root "$root" "$TMP/p.yaml"
cmp "$TMP/text" "$TMP/out" || fail "text is not the default"
expect_status 64 "$SPROUT" plan --format=html --root "$root" "$TMP/p.yaml"
contains "$TMP/err" 'expected text, json, markdown or junit, got "html"'
expect_status 64 "$SPROUT" plan --json --format=junit --root "$root" "$TMP/p.yaml"

# JUnit: a case a resource, and one for the profile; text as in the plan.
expect_status 2 "$SPROUT" plan --format=junit --root "$root" "$TMP/p.yaml"
python3 - "$TMP/out" "$TMP/text" <<'P' || fail "JUnit"
import sys
import xml.etree.ElementTree as E
top = E.parse(sys.argv[1]).getroot()
text = open(sys.argv[2]).read()
assert top.tag == "testsuites", top.tag
(suite,) = top
names = [c.get("name") for c in suite]
assert names == ["hostname", 'user "web"', 'sysctl "net.ipv4.ip_forward"', "profile"], names
assert suite.get("tests") == "4" and suite.get("failures") == "3", suite.attrib
assert suite.get("errors") == suite.get("skipped") == "0", suite.attrib
for case in suite[:3]:
    f = case[0]
    assert f.tag == "failure" and f.text in text, f.text
assert "<script>" in suite[1][0].text
assert len(suite[3]) == 0
P

# Markdown, as a converter reads it: what is ours is markup, nothing else.
expect_status 2 "$SPROUT" plan --format=markdown --root "$root" "$TMP/p.yaml"
cp "$TMP/out" "$TMP/md"
[ "$(wc -c <"$TMP/md")" -le 60000 ] || fail "longer than a comment may be"
contains "$TMP/md" '**2 to add, 1 to change, 0 to remove.**'
if command -v cmark-gfm >/dev/null; then
	cmark-gfm -e table -e autolink --unsafe "$TMP/md" >"$TMP/html"
	python3 - "$TMP/html" <<'P' || fail "Markdown"
import sys
from html.parser import HTMLParser

class P(HTMLParser):
    def __init__(self):
        super().__init__()
        self.open, self.count, self.code = [], {}, []
    def handle_starttag(self, tag, attrs):
        self.count[tag] = self.count.get(tag, 0) + 1
        if tag != "br":
            self.open.append(tag)
        if tag == "code":
            self.code.append("")
    def handle_endtag(self, tag):
        assert self.open.pop() == tag, tag
    def handle_data(self, data):
        if "code" in self.open:
            self.code[-1] += data
        else:
            assert "@" not in data and "<" not in data and "`" not in data, data

p = P()
p.feed(open(sys.argv[1]).read())
assert not p.open, p.open
assert not set(p.count) & {"script", "em", "a", "img"}, p.count
assert p.count["tr"] == 4 and p.count["details"] == p.count["summary"] > 2, p.count
want = "gecos: a|b `c` ``d <script>alert(1)</script> & @all *e* ]]>"
assert want in p.code, p.code
P
fi

# What is wrong is in the report, and on standard error.
sed -i 's/hostname: vd01.*/hostname: "-vd01"/' "$TMP/p.yaml"
expect_status 1 "$SPROUT" plan --format=junit --root "$root" "$TMP/p.yaml"
contains "$TMP/err" 'p.yaml:2:'
python3 - "$TMP/out" <<'P' || fail "JUnit with errors"
import sys
import xml.etree.ElementTree as E
(suite,) = E.parse(sys.argv[1]).getroot()
assert suite.get("errors") == "1" and suite.get("failures") == "0", suite.attrib
assert [c[0].tag for c in suite if len(c)] == ["error", "skipped", "skipped"], suite.attrib
P
expect_status 1 "$SPROUT" plan --format=markdown --root "$root" "$TMP/p.yaml"
contains "$TMP/out" '**No plan could be made.**'
contains "$TMP/out" '- **error:** `'
expect_status 1 "$SPROUT" plan --format=junit --root "$TMP/none" "$TMP/p.yaml"
contains "$TMP/out" '<error message="root '

# Nothing to do is no drift.
printf 'sprout: 1\nhostname: old\n' >"$TMP/same.yaml"
expect_status 0 "$SPROUT" plan --format=junit --root "$root" "$TMP/same.yaml"
contains "$TMP/out" 'tests="2" failures="0" errors="0" skipped="0"'
expect_status 0 "$SPROUT" plan --format=markdown --root "$root" "$TMP/same.yaml"
contains "$TMP/out" 'Nothing to do'
expect_status 0 "$SPROUT" plan --quiet --format=markdown --root "$root" "$TMP/same.yaml"
[ ! -s "$TMP/out" ] || fail "--quiet is not quiet"
