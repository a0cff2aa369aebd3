#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Every --json is one JSON text, and no secret is in any output.
. "${SRCDIR:-$(dirname "$0")/../..}/tests/functions.sh"
requires python3

root=$TMP/root
mkdir -p "$root/etc"
printf 'root:x:0:0:root:/root:/bin/bash\n' >"$root/etc/passwd"
printf 'root:x:0:\n' >"$root/etc/group"
printf 'root:*:19000:0:99999:7:::\n' >"$root/etc/shadow"
chmod 600 "$root/etc/shadow"
hash='$6$saltsalt$qFmFH.bQmmtXzyBY0s9v7Oicd2z4XSIecDzlB5KiA2/jctKu9YterLp8wwnSq.qc.eoxqOmSuNp2xS0ktL3nh/'
cat >"$TMP/p.yaml" <<Y
sprout: 1
users:
  - {name: web, uid: 2001, shell: /bin/sh, create_home: false, password_hash: '$hash'}
Y

json() { python3 -c 'import json,sys; json.load(open(sys.argv[1]))' "$1" || fail "no JSON: $2"; }
secret_free() {
	if grep -qF 'qFmFH' "$TMP/out" "$TMP/err"; then fail "a secret is in: $*"; fi
}

for o in plan 'plan --diff' 'plan --json'; do
	# shellcheck disable=SC2086
	expect_status 2 "$SPROUT" $o --root "$root" "$TMP/p.yaml"
	secret_free "$o"
done
json "$TMP/out" 'plan --json'
expect_status 0 "$SPROUT" apply --json --root "$root" "$TMP/p.yaml"
json "$TMP/out" 'apply --json'
secret_free apply
contains "$TMP/out" '"outcome": "done"'
contains "$root/etc/shadow" qFmFH
expect_status 0 "$SPROUT" runs --json --root "$root"
json "$TMP/out" 'runs --json'
run=$(basename "$root"/var/lib/sprout/runs/*)
for o in --diff --json; do
	expect_status 0 "$SPROUT" runs "$o" --root "$root" show "$run"
	secret_free "runs show $o"
done
json "$TMP/out" 'runs show --json'
python3 - "$TMP/out" "$run" <<'E' || fail "runs show --json does not tell of the run"
import json, sys
run = json.load(open(sys.argv[1]))
assert run["run"] == sys.argv[2] and run["status"] == "done" and run["profiles"]
assert run["plan"]["changes"] and run["commands"] == run["kept"] == [], run
E
sed -i "s/qFmFH/other/" "$root/etc/shadow"
expect_status 2 "$SPROUT" plan --diff --root "$root" "$TMP/p.yaml"
contains "$TMP/out" password_hash
secret_free drift
grep -q otherbQ "$TMP/out" && fail "the host's hash is shown"
expect_status 0 "$SPROUT" undo --json --root "$root"
json "$TMP/out" 'undo --json'
expect_status 0 "$SPROUT" recover --json --root "$root"
json "$TMP/out" 'recover --json'
printf 'sprout: 1\nusers: [{name: web, password_hash: "qFmFH nonsense"}]\n' >"$TMP/bad.yaml"
expect_status 1 "$SPROUT" plan --root "$root" "$TMP/bad.yaml"
secret_free 'a bad hash'
