#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Nobody may plan; and may apply to a directory of his own, but not to the host.
. "${SRCDIR:-$(dirname "$0")/../..}/tests/functions.sh"
[ "$(id -u)" -eq 0 ] && requires setpriv
as=()
if [ "$(id -u)" -eq 0 ]; then
	as=(setpriv --reuid=65534 --regid=65534 --clear-groups)
	chmod 755 "$TMP"
	cp "$SPROUT" "$TMP/sprout"
	SPROUT=$TMP/sprout
	# The build may be where nobody may look.
	requires "${as[@]}" "$SPROUT" --version
fi

root=$TMP/root
mkdir -p "$root/etc"
echo old.example.com >"$root/etc/hostname"
[ ${#as[@]} -gt 0 ] && chown -R 65534:65534 "$root"
printf 'sprout: 1\nhostname: new.example.com\n' >"$TMP/p.yaml"
chmod 644 "$TMP/p.yaml"

expect_status 2 "${as[@]}" "$SPROUT" plan --root "$root" --diff "$TMP/p.yaml"
expect_status 0 "${as[@]}" "$SPROUT" apply --root "$root" "$TMP/p.yaml"
contains "$root/etc/hostname" new.example.com
expect_status 0 "${as[@]}" "$SPROUT" undo --root "$root"
contains "$root/etc/hostname" old.example.com
expect_status 1 "${as[@]}" "$SPROUT" apply "$TMP/p.yaml"
contains "$TMP/err" 'needs root'
