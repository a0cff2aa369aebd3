#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Packages are installed, updated and removed as the plan says, and come back.
. "${SRCDIR:-$(dirname "$0")/../..}/tests/functions.sh"
. "$SRCDIR/tests/pkg/common.sh"

root=$TMP/root
new_root "$root" base
cp -R "$FX/repo/base" "$TMP/base" # goes away below; other tests use the fixture's
add_repo "$root" base "$TMP/base"

# --- a plan changes nothing ------------------------------------------------------

profile "$TMP/install.yaml" \
	'install: [fx-base, zip, redis, oldname, sec, kernel-core, "@desktop-host"]'
cp -a "$root" "$TMP/first"
expect_status 2 "$SPROUT" plan --root "$root" "$TMP/install.yaml"
same_tree "$TMP/first" "$root" 'after a plan'
for want in 'install zip-3.0-1.noarch from base (' 'install unzip-6.0-1.noarch from base (' \
	'import key ' 'sum: 7 to install, ' ' to download, ' ' more on the disk; free: '; do
	contains "$TMP/out" "$want"
done

# --- install ---------------------------------------------------------------------

expect_status 0 "$SPROUT" apply --root "$root" "$TMP/install.yaml"
packages "$root" | sed 's/^gpg-pubkey-.*/KEY/' >"$TMP/have"
cat >"$TMP/want" <<'W'
fx-base-9-1.x86_64
KEY
kernel-core-5.14.0-1.x86_64
oldname-1.0-1.noarch
redis-6.0-1.x86_64
sec-1.0-1.noarch
unzip-6.0-1.noarch
zip-3.0-1.noarch
W
sed -i "s/x86_64/$(uname -m)/" "$TMP/want"
diff -u "$TMP/want" "$TMP/have" || fail "other packages than planned"
contains "$root/var/log/redis.scripts" 'redis post 1'

# Nothing more to do; and rpm's database alone tells so.
mv /var/cache/sprout "$TMP/cache"
add_repo "$root" base "$TMP/nowhere"
profile "$TMP/same.yaml" 'install: [fx-base, zip, redis, /usr/bin/unzip, zip-3.0-1.noarch, zip.noarch]' \
	'remove: [telnet-server]'
expect_status 0 "$SPROUT" plan --root "$root" "$TMP/same.yaml"
[ ! -e /var/cache/sprout ] || fail "a plan of what is there asked for more"
add_repo "$root" base "$FX/repo/base"
mv "$TMP/cache" /var/cache/sprout
expect_status 0 "$SPROUT" plan --root "$root" "$TMP/install.yaml"
expect_status 0 "$SPROUT" apply --root "$root" "$TMP/install.yaml"
[ "$(find "$root/var/lib/sprout/runs" -mindepth 1 -maxdepth 1 | wc -l)" -eq 1 ] ||
	fail "an apply with nothing to do made a run"

# --- update, by security and all; obsoletes; kernels beside each other -------------

add_repo "$root" updates "$FX/repo/updates"
before=$(packages "$root") files_before=$(files "$root")
profile "$TMP/security.yaml" 'update: security'
expect_status 2 "$SPROUT" plan --root "$root" "$TMP/security.yaml"
grep -E '^    (install|update|remove) ' "$TMP/out" | sed 's/ from .*//' >"$TMP/have"
printf '    %s\n' "install kernel-core-5.14.0-3.$(uname -m)" \
	'update sec-1.0-1.noarch to sec-1.0-3.noarch' >"$TMP/want"
diff -u "$TMP/want" "$TMP/have" || fail "other security updates"

profile "$TMP/all.yaml" 'update: all' 'remove: [unzip]'
expect_status 0 "$SPROUT" apply --root "$root" "$TMP/all.yaml"
after=$(packages "$root")
for p in "kernel-core-5.14.0-1.$(uname -m)" "kernel-core-5.14.0-3.$(uname -m)" \
	newname-2.0-1.noarch "redis-6.2-1.$(uname -m)" sec-1.0-3.noarch zip-3.0-2.noarch; do
	grep -qx "$p" <<<"$after" || fail "$p is not installed"
done
grep -qE '^(oldname|unzip)-' <<<"$after" && fail "oldname or unzip is still there"
expect_status 0 "$SPROUT" plan --root "$root" "$TMP/all.yaml"

expect_status 0 "$SPROUT" undo --root "$root"
same "$before" "$(packages "$root")" "undo did not bring the packages back"
# What scripts wrote stays.
same "$(grep -v redis.scripts <<<"$files_before")" "$(files "$root" | grep -v redis.scripts)" \
	"undo did not bring the files back"

# --- what is kept, and what is not ---------------------------------------------------

[ "$(stat -c %a "$root/var/lib/sprout/packages")" = 700 ] || fail "the store is open"
[ -f "$root/var/lib/sprout/packages/zip-3.0-1.noarch.rpm" ] || fail "zip was not kept"
rm -r "$root/var/lib/sprout/packages"
mv "$root/etc/yum.repos.d/base.repo" "$TMP"
profile "$TMP/lost.yaml" 'remove: [unzip]' 'install: [zip-3.0-2]'
expect_status 2 "$SPROUT" plan --root "$root" "$TMP/lost.yaml"
contains "$TMP/out" 'update zip-3.0-1.noarch to zip-3.0-2.noarch from updates (6.2 kB), the old one cannot be brought back'
contains "$TMP/out" 'remove unzip-6.0-1.noarch, cannot be brought back'
expect_status 0 "$SPROUT" apply --root "$root" "$TMP/lost.yaml"
expect_status 21 "$SPROUT" undo --root "$root"
cat "$TMP/out" "$TMP/err" >"$TMP/both"
contains "$TMP/both" 'not kept, so not brought back: zip-3.0-1.noarch, unzip-6.0-1.noarch'
mv "$TMP/base.repo" "$root/etc/yum.repos.d"

# --- an exact version is a downgrade when it has to be ------------------------------

profile "$TMP/older.yaml" 'install: [zip-3.0-1, unzip]'
expect_status 2 "$SPROUT" plan --root "$root" "$TMP/older.yaml"
contains "$TMP/out" 'downgrade zip-3.0-2.noarch to zip-3.0-1.noarch from base'
expect_status 0 "$SPROUT" apply --root "$root" "$TMP/older.yaml"
expect_status 0 "$SPROUT" undo --root "$root"
packages "$root" | grep -qx zip-3.0-2.noarch || fail "undo of a downgrade"

# --- what is installed beside each other is limited -----------------------------------

printf '[main]\ninstallonly_limit=2\n' >"$TMP/dnf.conf"
mkdir -p "$root/etc/dnf" && cp "$TMP/dnf.conf" "$root/etc/dnf/dnf.conf"
profile "$TMP/k2.yaml" 'install: [kernel-core-5.14.0-2]'
expect_status 0 "$SPROUT" apply --root "$root" "$TMP/k2.yaml"
before=$(packages "$root")
profile "$TMP/k3.yaml" 'install: [kernel-core-5.14.0-3]'
expect_status 2 "$SPROUT" plan --root "$root" "$TMP/k3.yaml"
contains "$TMP/out" "remove kernel-core-5.14.0-1.$(uname -m)"
expect_status 0 "$SPROUT" apply --root "$root" "$TMP/k3.yaml"
[ "$(packages "$root" | grep -c ^kernel-core)" -eq 2 ] || fail "the limit of kernels"
expect_status 0 "$SPROUT" undo --root "$root"
same "$before" "$(packages "$root")" "undo did not bring the old kernel back"

# --- an undo of everything --------------------------------------------------------------

new_root "$TMP/empty" base
expect_status 0 "$SPROUT" apply --root "$TMP/empty" "$TMP/install.yaml"
expect_status 0 "$SPROUT" undo --root "$TMP/empty"
same "" "$(packages "$TMP/empty")" "packages or keys are left"
