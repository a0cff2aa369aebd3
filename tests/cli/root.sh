#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Symlinks planted in an image never lead a read or a write outside it.
. "${SRCDIR:-$(dirname "$0")/../..}/tests/functions.sh"

root=$TMP/root out=$TMP/outside
mkdir -p "$root/etc" "$out/security/limits.d"
echo secret >"$out/hostname"
cp -a "$out" "$TMP/outside.first"
cat >"$TMP/p.yaml" <<'Y'
sprout: 1
hostname: inside.example.com
limits:
  - {name: 95-test, rules: ["* soft nofile 4096"]}
Y

ln -s "$out/hostname" "$root/etc/hostname"
ln -s "$out/security" "$root/etc/security"
ln -s ../../../../../../../../../../../.."$out" "$root/var"
expect_status 2 "$SPROUT" plan --root "$root" --diff "$TMP/p.yaml"
grep -q secret "$TMP/out" && fail "a plan read outside the root"
expect_status 0 "$SPROUT" apply --root "$root" "$TMP/p.yaml"
same_tree "$TMP/outside.first" "$out" 'after apply'
contains "$root$out/hostname" inside.example.com
[ -L "$root/etc/hostname" ] || fail "the link was replaced"
[ -f "$root$out/security/limits.d/95-test.conf" ] || fail "the file is not where the link leads"
[ -d "$root$out/lib/sprout/runs" ] || fail "the journal is not where the link leads"
expect_status 0 "$SPROUT" undo --root "$root"
same_tree "$TMP/outside.first" "$out" 'after undo'
[ ! -e "$root$out/hostname" ] || fail "undo left the file"
