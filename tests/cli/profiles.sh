#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Every example in profiles/ is right and has its case in tests/kinds/profiles;
# the two that belong together work together.
. "${SRCDIR:-$(dirname "$0")/../..}/tests/functions.sh"
for kind in hostname repo connection unit package; do
	"$SPROUT" kinds "$kind" >/dev/null 2>&1 || skip "built without $kind"
done
cases=$SRCDIR/tests/kinds/profiles
cd "$SRCDIR/profiles" || exit 99

for f in *.yaml; do
	expect_status 0 "$SPROUT" check "$f"
	contains "$TMP/out" "$f: ok, "
	[ "$f" != verde-packages.yaml ] || continue # tests/pkg/verde.sh
	cmp -s "$f" "$cases/${f%.yaml}/profile.yaml" || fail "$f: no case"
done

both=(verde.yaml verde-product.yaml)
cp -R "$cases/root" "$TMP/host"
mkdir -p "$TMP/host/etc/libvirt/storage" "$TMP/host/var/lib/libvirt"
cp -a "$TMP/host" "$TMP/before"
expect_status 0 "$SPROUT" check --root "$TMP/host" "${both[@]}"
expect_status 2 "$SPROUT" plan --root "$TMP/host" "${both[@]}"
contains "$TMP/out" 'alternatives "java"'
contains "$TMP/out" 'user "vb-verde"'
contains "$TMP/out" 'command "verde-config"'
[ "$(id -u)" -eq 0 ] || exit 0 # a home belongs to its user
# No command runs in this root: as if this one had been run.
mkdir -p "$TMP/host/var/lib/verde" "$TMP/before/var/lib/verde"
: >"$TMP/host/var/lib/verde/configured"
: >"$TMP/before/var/lib/verde/configured"
expect_status 0 "$SPROUT" apply --root "$TMP/host" "${both[@]}"
expect_status 0 "$SPROUT" plan --root "$TMP/host" "${both[@]}"
contains "$TMP/out" 'Nothing to do'
expect_status 0 "$SPROUT" undo --root "$TMP/host"
same_tree "$TMP/before" "$TMP/host" undo
