#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# plan, apply, plan, drift, undo: exit statuses, words, and the tree.
. "${SRCDIR:-$(dirname "$0")/../..}/tests/functions.sh"

root=$TMP/root
mkdir -p "$root/etc" "$root/var/lib"
echo old.example.com >"$root/etc/hostname"
cp -a "$root" "$TMP/first"
cat >"$TMP/p.yaml" <<'Y'
sprout: 1
hostname: new.example.com
limits:
  - {name: 95-test, rules: ["* soft nofile 4096"]}
Y

expect_status 2 "$SPROUT" plan --root "$root" --diff "$TMP/p.yaml"
contains "$TMP/out" '~ hostname'
contains "$TMP/out" '+new.example.com'
contains "$TMP/out" 'Plan: 1 to add, 1 to change, 0 to remove.'
expect_status 2 "$SPROUT" plan --root "$root" --quiet "$TMP/p.yaml"
[ ! -s "$TMP/out" ] || fail "plan --quiet prints"
expect_status 2 "$SPROUT" apply --check --root "$root" "$TMP/p.yaml"
same_tree "$TMP/first" "$root" 'after plan'
[ ! -e "$root/var/lib/sprout" ] || fail "a plan made a directory"

expect_status 0 "$SPROUT" runs --root "$root"
contains "$TMP/out" 'No runs yet.'
expect_status 1 "$SPROUT" undo --root "$root"
contains "$TMP/err" 'nothing to undo'

expect_status 0 "$SPROUT" apply --root "$root" "$TMP/p.yaml"
contains "$TMP/out" 'Applied (run '
contains "$root/etc/hostname" new.example.com
contains "$root/etc/security/limits.d/95-test.conf" nofile
expect_status 0 "$SPROUT" plan --root "$root" "$TMP/p.yaml"
contains "$TMP/out" 'Nothing to do'
expect_status 0 "$SPROUT" apply --root "$root" "$TMP/p.yaml"
contains "$TMP/out" 'Nothing to do'
expect_status 0 "$SPROUT" runs --root "$root"
[ "$(wc -l <"$TMP/out")" -eq 1 ] || fail "an apply with nothing to do made a run"
run=$(cut -d' ' -f1 "$TMP/out")

echo drift.example.com >"$root/etc/hostname"
expect_status 2 "$SPROUT" plan --root "$root" "$TMP/p.yaml"
contains "$TMP/out" 'hostname: drift.example.com -> new.example.com'
echo new.example.com >"$root/etc/hostname"

expect_status 0 "$SPROUT" runs --root "$root" show "$run"
contains "$TMP/out" '~ hostname'
expect_status 0 "$SPROUT" runs --root "$root" --diff show "$run"
contains "$TMP/out" '-old.example.com'

expect_status 0 "$SPROUT" undo --root "$root"
contains "$TMP/out" "Undone (run $run)."
same_tree "$TMP/first" "$root" 'after undo' || exit 1
expect_status 1 "$SPROUT" undo --root "$root" "$run"
contains "$TMP/err" 'is undone already'
expect_status 0 "$SPROUT" recover --root "$root"
contains "$TMP/out" 'Nothing to recover'
expect_status 1 "$SPROUT" runs --root "$root" show nonesuch
contains "$TMP/err" 'no run called "nonesuch"'
