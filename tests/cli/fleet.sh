#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# plan --fleet: many hosts of one directory, in every format.
. "${SRCDIR:-$(dirname "$0")/../..}/tests/functions.sh"
requires python3

# host NAME HOSTNAME: a root directory.
fleet=$TMP/fleet
host() {
	mkdir -p "$fleet/$1/etc"
	echo "$2" >"$fleet/$1/etc/hostname"
}
profile() { printf 'sprout: 1\nhostname: %s\n' "$2" >"$fleet/$1.yaml"; }

mkdir "$fleet" "$fleet/notes"
echo hello >"$fleet/README"
expect_status 1 "$SPROUT" plan --fleet "$fleet"
contains "$TMP/err" 'there is no NAME.yaml in it'

for i in 01 02 03 04 05 06 07; do
	host vd$i vd$i
	profile vd$i vd$i
done
: >"$fleet/.vd99.yaml"
expect_status 0 "$SPROUT" plan --fleet "$fleet"
contains "$TMP/out" '7 hosts: 7 as the profile says, 0 to change, 0 with errors.'
expect_status 0 "$SPROUT" plan --quiet --fleet "$fleet"
[ ! -s "$TMP/out" ] || fail "--quiet is not quiet"

# Two differ; one of them is a snapshot.
echo other >"$fleet/vd02/etc/hostname"
echo other >"$fleet/vd06/etc/hostname"
if "$SPROUT" snapshot --quiet --root "$fleet/vd06" -o "$fleet/vd06.tar" 2>"$TMP/err"; then
	expect_status 1 "$SPROUT" plan --fleet "$fleet"
	contains "$TMP/err" 'host "vd06" has two roots: '
	rm -r "$fleet/vd06"
else
	contains "$TMP/err" libarchive
fi
expect_status 2 "$SPROUT" plan --fleet "$fleet"
cat >"$TMP/want" <<'T'
host      +      ~      - errors
vd01      0      0      0      0
vd02      0      1      0      0
vd03      0      0      0      0
vd04      0      0      0      0
vd05      0      0      0      0
vd06      0      1      0      0
vd07      0      0      0      0

7 hosts: 5 as the profile says, 2 to change, 0 with errors.
T
diff -u "$TMP/want" "$TMP/out" || fail "the table"
[ ! -s "$TMP/err" ] || fail "something on standard error"
for _ in 1 2 3; do
	expect_status 2 "$SPROUT" plan --fleet "$fleet" --diff
	contains "$TMP/out" '=== vd02'
	contains "$TMP/out" '+vd02'
	[ -e "$TMP/first" ] || cp "$TMP/out" "$TMP/first"
	cmp "$TMP/first" "$TMP/out" || fail "two times, two outputs"
done

# Errors: a bad profile, one without a root, a root without one.
profile vd03 -bad
profile vd08 vd08
echo 'no archive' >"$fleet/vd09.tar.gz"
expect_status 1 "$SPROUT" plan --fleet "$fleet"
cp "$TMP/out" "$TMP/text"
contains "$TMP/out" 'vd03                           1'
contains "$TMP/out" '9 hosts: 4 as the profile says, 2 to change, 3 with errors.'
contains "$TMP/err" "vd03: $fleet/vd03.yaml:2:11: error: hostname:"
contains "$TMP/err" "vd08: sprout: there is neither $fleet/vd08.tar.zst nor a directory"
contains "$TMP/err" "vd09: sprout: there is no $fleet/vd09.yaml"

expect_status 1 "$SPROUT" plan --fleet "$fleet" --json
python3 - "$TMP/out" <<'P' || fail "JSON"
import json, sys
d = json.load(open(sys.argv[1]))
assert d["sprout"] == 1 and d["summary"] == {"same": 4, "differ": 2, "error": 3}, d["summary"]
h = {x["host"]: x for x in d["hosts"]}
assert list(h) == ["vd0%d" % i for i in range(1, 10)], list(h)
assert h["vd02"]["status"] == "differs" and h["vd02"]["plan"]["summary"]["modify"] == 1
assert h["vd02"]["plan"]["changes"][0]["id"] == "hostname" and h["vd02"]["errors"] == []
assert h["vd01"]["status"] == "same" and h["vd01"]["plan"]["changes"] == []
assert h["vd03"]["status"] == "error" and h["vd03"]["plan"] is None and "-bad" in h["vd03"]["errors"][0]
P
expect_status 1 "$SPROUT" plan --fleet "$fleet" --format junit
python3 - "$TMP/out" <<'P' || fail "JUnit"
import sys
import xml.etree.ElementTree as E
t = E.parse(sys.argv[1]).getroot()
assert [s.get("name") for s in t] == ["vd0%d" % i for i in range(1, 10)]
for k in "tests", "failures", "errors", "skipped":
    assert int(t.get(k)) == sum(int(s.get(k)) for s in t), k
assert (t.get("failures"), t.get("errors")) == ("2", "3"), t.attrib
P
expect_status 1 "$SPROUT" plan --fleet "$fleet" --format markdown
contains "$TMP/out" '**9 hosts: 4 as the profile says, 2 to change, 3 with errors.**'
contains "$TMP/out" "| \`vd02\` | 0 | 1 | 0 | |"
contains "$TMP/out" "| \`vd03\` | | | | **1** |"
contains "$TMP/out" "#### sprout plan: \`vd02\`"
[ "$(grep -c '<details>' "$TMP/out")" = "$(grep -c '</details>' "$TMP/out")" ] || fail "details"

# What they have in common comes first; then one needs no profile of its own.
rm "$fleet/vd03.yaml" "$fleet/vd08.yaml" "$fleet/vd09.tar.gz"
rm -r "$fleet/vd02" "$fleet/vd02.yaml"
printf 'sprout: 1\nhostname: everybody\nsysctl: [{name: vm.swappiness, value: 1}]\n' >"$TMP/base.yaml"
expect_status 2 "$SPROUT" plan --fleet "$fleet" "$TMP/base.yaml"
contains "$TMP/out" 'vd01      1      0      0      0'
[ ! -e "$fleet/vd06.tar" ] || contains "$TMP/out" 'vd06      1      1      0      0'
expect_status 64 "$SPROUT" plan --fleet "$fleet" --root / "$TMP/base.yaml"
expect_status 64 "$SPROUT" plan --fleet "$fleet" -
expect_status 1 "$SPROUT" plan --fleet "$TMP/none"

# Hundreds of plans with much to say stay within a comment's limit.
for i in $(seq 100 299); do
	ln -s vd05 "$fleet/many$i"
	{
		printf 'sprout: 1\nsysctl:\n'
		for n in $(seq 30); do echo "  - {name: net.ipv4.conf.eth$n.rp_filter, value: 1}"; done
	} >"$fleet/many$i.yaml"
done
expect_status 2 "$SPROUT" plan --fleet "$fleet" --format markdown
[ "$(wc -c <"$TMP/out")" -le 60000 ] || fail "longer than a comment may be"
shown=$(grep -c '^#### ' "$TMP/out")
contains "$TMP/out" "The plans of $((201 - shown)) more hosts are not shown."
