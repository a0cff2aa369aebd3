#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The examples in profiles/ from a bare root to a VERDE host: packages half from
# a stick, half from an HTTP repository, then what needs them; and back.
. "${SRCDIR:-$(dirname "$0")/../..}/tests/functions.sh"
. "$SRCDIR/tests/pkg/common.sh"
[ "$(id -u)" -eq 0 ] || skip "needs root: homes belong to their users"
requires python3
for kind in hostname repo connection unit; do
	"$SPROUT" kinds "$kind" >/dev/null 2>&1 || skip "built without $kind"
done

root=$TMP/root
cp -R "$SRCDIR/tests/kinds/profiles/root" "$root"
mkdir -p "$root/etc/pki/rpm-gpg" "$root/usr/bin" "$root/usr/sbin"
cp "$FX/keys/good.asc" "$root/etc/pki/rpm-gpg/RPM-GPG-KEY-site"
cp "$FX/keys/good.asc" "$root/etc/pki/rpm-gpg/RPM-GPG-KEY-verde"
cp -R "$FX/stick" "$TMP/stick"

rm -f "$root"/etc/yum.repos.d/* # others' repositories

# The repository, by HTTP; the server ends with its standard input.
mkfifo "$TMP/hold"
exec 8<>"$TMP/hold"
python3 "$SRCDIR/tests/pkg/server.py" "$FX/repo" <"$TMP/hold" >"$TMP/port" &
run_at_end "kill $! 2>/dev/null"
until [ -s "$TMP/port" ]; do sleep 0.05; done
cat >"$TMP/site.yaml" <<E
sprout: 1
repos:
  - name: site-base
    baseurl: ["http://127.0.0.1:$(cat "$TMP/port")/base/"]
E
# The machine has no stick: the same files in a directory.
sed "s,label: VERDE .*,path: $TMP/stick," "$SRCDIR/profiles/verde-packages.yaml" >"$TMP/packages.yaml"
all=("$SRCDIR/profiles/verde.yaml" "$TMP/packages.yaml"
	"$SRCDIR/profiles/verde-product.yaml" "$TMP/site.yaml")

cp -a "$root" "$TMP/before"
expect_status 2 "$SPROUT" plan --chroot-commands --root "$root" "${all[@]}"
same_tree "$TMP/before" "$root" 'after a plan'
for want in 'install VERDE-7.1-1' 'from media:verde' 'install gtk2-2.24-1' 'from site-base' \
	'install chain-e-1.0-1.noarch from site-base' 'user "vb-verde"' 'command "verde-config"'; do
	contains "$TMP/out" "$want"
done
expect_status 0 "$SPROUT" apply --chroot-commands --root "$root" "${all[@]}"
for p in VERDE-7.1-1 verde-libs-7.1-1 verde-tools-7.1-1 verde-fonts-2.0-1 gtk2-2.24-1 \
	java-1.8.0-openjdk-1.8.0.402-1; do
	packages "$root" | grep -q "^$p\." || fail "$p is not installed"
done
[ -e "$root/var/lib/verde/configured" ] || fail "verde-config was not run"
expect_status 0 "$SPROUT" plan --chroot-commands --root "$root" "${all[@]}"
contains "$TMP/out" 'Nothing to do'
# Without the stick, too.
mv "$TMP/stick" "$TMP/away"
expect_status 0 "$SPROUT" plan --chroot-commands --root "$root" "${all[@]}"
expect_status 0 "$SPROUT" undo --root "$root"
packages "$root" >"$TMP/left"
[ ! -s "$TMP/left" ] || fail "packages were left: $(cat "$TMP/left")"
