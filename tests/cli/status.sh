#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# status: the profile that was applied, not the file; drift; exit statuses.
. "${SRCDIR:-$(dirname "$0")/../..}/tests/functions.sh"
requires python3

root=$TMP/root
mkdir -p "$root/etc"
echo old.example.com >"$root/etc/hostname"
same() {
	find "$root" ! -name lock -printf '%P %y %m %s %T@\n' | LC_ALL=C sort >"$TMP/$1"
}
status() { expect_status "$1" "$SPROUT" status --root "$root" "${@:2}"; }

status 1
contains "$TMP/err" 'nothing was applied'
cat >"$TMP/a.yaml" <<'Y'
sprout: 1
hostname: a.example.com
groups: [{name: vdi, gid: 2000}]
commands: [{name: c, run: [/bin/true]}]
Y
echo 'sprout: 1
hostname: b.example.com' >"$TMP/b.yaml"
printf 'root:x:0:\n' >"$root/etc/group"
expect_status 0 "$SPROUT" apply --root "$root" "$TMP/a.yaml" "$TMP/b.yaml"
run=$(basename "$root"/var/lib/sprout/runs/*)
[ "$(stat -c %a "$root/var/lib/sprout/runs/$run/profile-2")" = 600 ] || fail "the copy can be read by others"
cmp "$TMP/a.yaml" "$root/var/lib/sprout/runs/$run/profile-1" || fail "the copy is none"

# The files are gone, and it does not matter.
rm "$TMP/a.yaml" "$TMP/b.yaml"
same before
status 0
same after
cmp "$TMP/before" "$TMP/after" || fail "status touches the root"
contains "$TMP/out" "Profile last applied: $TMP/a.yaml $TMP/b.yaml (run $run"
contains "$TMP/out" '= hostname'
contains "$TMP/out" '= group "vdi"'
contains "$TMP/out" 'Status: 2 in sync, 0 drifted, 0 not healthy.'

echo by-hand >"$root/etc/hostname"
status 2
contains "$TMP/out" 'hostname: by-hand -> b.example.com'
contains "$TMP/out" 'Status: 1 in sync, 1 drifted, 0 not healthy.'
status 2 --quiet
[ ! -s "$TMP/out" ] || fail "--quiet says something"
status 2 --json
python3 - "$TMP/out" <<'P' || fail "the JSON is not right"
import json, sys
j = json.load(open(sys.argv[1]))
assert j["confirmed"] is True and j["cut_off"] is None and j["services"] == []
assert j["checks"] == [] and j["clock"] is None and j["summary"] == {"in_sync": 1, "drifted": 1, "unknown": 0, "unhealthy": 0}
assert [r["status"] for r in j["resources"]] == ["drifted", "in sync"]
assert j["resources"][0]["change"]["after"]["hostname"] == "b.example.com"
P

# What cannot be compared does not hide the others.
mv "$root/etc/group" "$root/etc/group.away"
mkdir "$root/etc/group"
status 1
contains "$TMP/out" '? group "vdi": '
contains "$TMP/out" 'hostname: by-hand -> b.example.com'
contains "$TMP/out" '1 that cannot be told.'
rmdir "$root/etc/group"
mv "$root/etc/group.away" "$root/etc/group"

# A newer run counts; when it is undone, the older one counts again.
echo 'sprout: 1
hostname: c.example.com' >"$TMP/c.yaml"
expect_status 0 "$SPROUT" apply --root "$root" "$TMP/c.yaml"
status 0
contains "$TMP/out" "Profile last applied: $TMP/c.yaml"
expect_status 0 "$SPROUT" undo --root "$root"
status 2
contains "$TMP/out" 'b.example.com'

# A copy that is gone, or is no profile any more.
echo 'sprout: 1
nonsense: 1' >"$root/var/lib/sprout/runs/$run/profile-2"
status 1
contains "$TMP/err" 'apply it again'
rm "$root/var/lib/sprout/runs/$run/profile-2"
status 1
contains "$TMP/err" 'has no copy of its profile'
expect_status 64 "$SPROUT" status --root "$root" something
