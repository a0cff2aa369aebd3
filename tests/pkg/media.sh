#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Packages from a directory and from images: found, verified, installed together
# with what repositories have, recorded, updated, removed, taken back.
. "${SRCDIR:-$(dirname "$0")/../..}/tests/functions.sh"
. "$SRCDIR/tests/pkg/common.sh"

root=$TMP/root stick=$TMP/stick
new_root "$root" base
mkdir "$stick"
cp "$FX"/stick/{VERDE-7.0,verde-libs-7.0}* "$FX"/stick/verde-tools* "$stick"
arch=$(uname -m)

# media FILE LINE...: a profile with one medium, "verde".
media() {
	printf 'sprout: 1\nmedia:\n  - name: verde\n' >"$1"
	printf '    %s\n' "${@:2}" >>"$1"
}
match='match: VERDE-*.rpm' keys='keys: [/etc/pki/rpm-gpg/good.asc]'
no_copies() {
	[ -z "$(ls -A /var/cache/sprout/media 2>/dev/null)" ] || fail "copies were left: $1"
}
installed() { packages "$root" | grep -qx "$1" || fail "$1 is not installed"; }

# --- a plan -------------------------------------------------------------------------

media "$TMP/p.yaml" "path: $stick" "$match" "$keys"
cp -a "$root" "$TMP/first"
expect_status 2 "$SPROUT" plan --root "$root" "$TMP/p.yaml"
same_tree "$TMP/first" "$root" 'after a plan'
contains "$TMP/out" "found on $stick"
contains "$TMP/out" 'signed by key '
contains "$TMP/out" '(good (sprout tests) <good@example.com>)'
contains "$TMP/out" "install VERDE-7.0-1.$arch from media:verde ("
contains "$TMP/out" "install verde-libs-7.0-1.$arch from media:verde ("
contains "$TMP/out" 'install verde-fonts-2.0-1.noarch from base ('
no_copies 'after a plan'

# --- install, in one transaction with what "packages" wants -----------------------------

printf 'packages:\n  install: [redis, verde-tools]\n' >>"$TMP/p.yaml"
expect_status 0 "$SPROUT" apply --root "$root" "$TMP/p.yaml"
installed "VERDE-7.0-1.$arch"
installed "redis-6.0-1.$arch"
contains "$root/var/lib/verde/installed" 'VERDE 1'
contains "$root/var/lib/sprout/media/verde" "VERDE-7.0-1.$arch, file VERDE-7.0-1.$arch.rpm, "
[ "$(find "$root/var/lib/sprout/runs" -mindepth 1 -maxdepth 1 | wc -l)" -eq 1 ] ||
	fail "more than one run"
no_copies 'after an apply'

# Nothing more to do, with the stick and without.
expect_status 0 "$SPROUT" plan --root "$root" "$TMP/p.yaml"
mv "$stick" "$TMP/away"
expect_status 0 "$SPROUT" plan --root "$root" "$TMP/p.yaml"
expect_status 0 "$SPROUT" apply --root "$root" "$TMP/p.yaml"
mv "$TMP/away" "$stick"

# --- a newer stick; keys of rpm's own ------------------------------------------------------

cp "$FX"/stick/{VERDE-7.1,verde-libs-7.1}* "$stick"
media "$TMP/p.yaml" "path: $stick" "$match"
expect_status 2 "$SPROUT" plan --root "$root" "$TMP/p.yaml"
contains "$TMP/out" "update VERDE-7.0-1.$arch to VERDE-7.1-1.$arch from media:verde"
contains "$TMP/out" ', older'
expect_status 0 "$SPROUT" apply --root "$root" "$TMP/p.yaml"
installed "VERDE-7.1-1.$arch"
expect_status 0 "$SPROUT" plan --root "$root" "$TMP/p.yaml"
expect_status 0 "$SPROUT" undo --root "$root"
installed "VERDE-7.0-1.$arch"
grep -q 'VERDE-7.1' "$root/var/lib/sprout/media/verde" && fail "undo left the new record"
expect_status 0 "$SPROUT" apply --root "$root" "$TMP/p.yaml"
# An older stick is put in: what is installed stays.
rm "$stick"/*-7.1-1.*
"$SPROUT" apply --root "$root" "$TMP/p.yaml" >"$TMP/out" 2>&1 || fail "$(cat "$TMP/out")"
installed "VERDE-7.1-1.$arch"

# Somebody removes the package: that is found, and mended.
cp "$FX"/stick/*-7.1-1.* "$stick"
expect_status 0 "$SPROUT" apply --root "$root" "$TMP/p.yaml"
fx_rpm "$root" -e VERDE
expect_status 2 "$SPROUT" plan --root "$root" "$TMP/p.yaml"
expect_status 0 "$SPROUT" apply --root "$root" "$TMP/p.yaml"
installed "VERDE-7.1-1.$arch"

# --- away with it ----------------------------------------------------------------------------

printf 'sprout: 1\nmedia:\n  - {name: verde, ensure: absent}\n' >"$TMP/absent.yaml"
expect_status 2 "$SPROUT" plan --root "$root" "$TMP/absent.yaml"
contains "$TMP/out" "remove VERDE-7.1-1.$arch"
expect_status 0 "$SPROUT" apply --root "$root" "$TMP/absent.yaml"
packages "$root" | grep -q '^VERDE-' && fail "VERDE is still there"
[ ! -e "$root/var/lib/sprout/media/verde" ] || fail "the record is still there"
expect_status 0 "$SPROUT" plan --root "$root" "$TMP/absent.yaml"
expect_status 0 "$SPROUT" undo --root "$root"
installed "VERDE-7.1-1.$arch"
[ -e "$root/var/lib/sprout/media/verde" ] || fail "the record did not come back"
expect_status 0 "$SPROUT" apply --root "$root" "$TMP/absent.yaml"

# --- what is not good is not installed ---------------------------------------------------------

have=$(packages "$root")
# refused TEXT: apply of $TMP/p.yaml says so and changes nothing.
refused() {
	expect_status 1 "$SPROUT" apply --root "$root" "$TMP/p.yaml"
	contains "$TMP/err" "$1"
	same "$have" "$(packages "$root")" "packages changed: $1"
	no_copies "$1"
}
bad=$TMP/bad
media "$TMP/p.yaml" "path: $bad" 'match: zip-*.rpm' "$keys"
for row in 'unsigned:is not signed' 'signed-other:signed by' 'signed-revoked:signed by' \
	'signed-expired:signed by' 'flip-header:damaged or changed' \
	'flip-payload:damaged or changed' 'flip-signature:damaged or changed' \
	'short-payload:damaged or changed' 'short-header:zip-3.0-1.noarch.rpm' \
	'empty:is no package' 'text:is no package'; do
	rm -rf "$bad" && mkdir "$bad"
	cp "$FX/bad/${row%%:*}.rpm" "$bad/zip-3.0-1.noarch.rpm"
	cp "$FX"/rpms/zip-3.0-2* "$bad" # a good one beside it does not help
	refused "media \"verde\": zip-3.0-1.noarch.rpm"
	contains "$TMP/err" "${row#*:}"
done
# One that is not asked for is passed over, and that is said.
rm -rf "$bad" && mkdir "$bad"
cp "$FX"/rpms/zip-3.0-1* "$bad"
cp "$FX/bad/unsigned.rpm" "$bad/other.rpm"
expect_status 2 "$SPROUT" plan --root "$TMP/first" "$TMP/p.yaml"
contains "$TMP/out" 'not used: other.rpm: is not signed'
# A link is no package, wherever it leads.
rm "$bad"/zip* && ln -s "$FX/rpms/zip-3.0-1.noarch.rpm" "$bad/zip-3.0-1.noarch.rpm"
refused 'none of its 1 packages matches "zip-*.rpm"'
media "$TMP/p.yaml" "path: $stick" "$match" 'keys: [/etc/pki/rpm-gpg/other.asc]'
refused 'there is no file "/etc/pki/rpm-gpg/other.asc"'
cp "$FX/keys/expired.asc" "$root/etc/pki/rpm-gpg/other.asc"
refused expired
cp "$FX/keys/other.asc" "$root/etc/pki/rpm-gpg/other.asc"
refused 'signed by'

# --- it is not there ------------------------------------------------------------------------------

media "$TMP/p.yaml" "path: $TMP/late" "$match" "$keys" 'wait: 1'
expect_status 2 "$SPROUT" plan --root "$root" "$TMP/p.yaml"
contains "$TMP/out" "\"$TMP/late\" is not here; sprout apply waits 1 s for it"
refused "did not come within 1 s"
contains "$TMP/err" "sprout: media \"verde\": put in \"$TMP/late\""
# Ctrl-C: over at once, nothing left.
media "$TMP/p.yaml" "path: $TMP/late" "$match" "$keys" 'wait: 300'
: >"$TMP/err" # which has the words of the last one until the next one runs
"$SPROUT" apply --root "$root" "$TMP/p.yaml" >"$TMP/out" 2>"$TMP/err" &
pid=$!
until grep -q 'put in' "$TMP/err"; do kill -0 "$pid" || fail "it did not wait"; sleep 0.05; done
kill -TERM "$pid"
wait "$pid"
[ $? -eq 143 ] || fail "it did not end by the signal"
same "$have" "$(packages "$root")" "packages changed by an apply that was stopped"
# It comes.
: >"$TMP/err"
"$SPROUT" apply --root "$root" "$TMP/p.yaml" >"$TMP/out" 2>"$TMP/err" &
pid=$!
until grep -q 'put in' "$TMP/err"; do kill -0 "$pid" || fail "it did not wait"; sleep 0.05; done
cp -a "$stick" "$TMP/coming" && mv "$TMP/coming" "$TMP/late"
wait "$pid" || fail "$(cat "$TMP/err")"
installed "VERDE-7.1-1.$arch"

# --- images -------------------------------------------------------------------------------------------

expect_status 2 "$SPROUT" media --keys "$FX/keys/good.asc" "$FX/bad"
contains "$TMP/out" 'BAD  unsigned.rpm: is not signed'
expect_status 1 "$SPROUT" media --keys "$FX/keys/good.asc" "$TMP/nothing"
expect_status 64 "$SPROUT" media a b
if ! unshare -m true 2>/dev/null || [ ! -w /dev/loop-control ]; then
	echo "no loop devices: images were not tested"
	exit 0
fi
# image FILE FORMAT: of the stick.
image() {
	rm -f "$1"
	truncate -s 4M "$1"
	case $2 in
	ext4) mke2fs -q -t ext4 -L VERDE -d "$stick" "$1" ;;
	ext2) mke2fs -q -t ext2 -L VERDE -d "$stick" "$1" ;;
	vfat) mkfs.vfat -n VERDE "$1" >/dev/null && mcopy -i "$1" "$stick"/*.rpm :: ;;
	iso9660) xorriso -as mkisofs -quiet -R -J -V VERDE -o "$1" "$stick" ;;
	esac 2>"$TMP/mkfs" || fail "$2: $(cat "$TMP/mkfs")"
}
for type in ext4 ext2 vfat iso9660; do
	image "$TMP/image" "$type"
	sum=$(sha256sum <"$TMP/image")
	"$SPROUT" media --json --keys "$FX/keys/good.asc" "$TMP/image" >"$TMP/out" 2>"$TMP/err" ||
		fail "$type: $(cat "$TMP/err")"
	contains "$TMP/out" '"label": "VERDE"'
	contains "$TMP/out" "\"type\": \"$type\""
	if grep -q "this kernel has no file system \\\\\"$type" "$TMP/out"; then
		echo "this kernel has no $type" # the lab's has
	else
		contains "$TMP/out" '"unreadable": null'
		[ "$(grep -c '"good": true' "$TMP/out")" -eq 5 ] || fail "$type: $(cat "$TMP/out")"
	fi
	[ "$sum" = "$(sha256sum <"$TMP/image")" ] || fail "$type: the image was written to"
	no_copies "$type"
done
image "$TMP/image" ext4
new_root "$TMP/other" base
media "$TMP/p.yaml" "path: $TMP/image" "$match" "$keys"
expect_status 0 "$SPROUT" apply --root "$TMP/other" "$TMP/p.yaml"
packages "$TMP/other" | grep -q '^VERDE-7.1' || fail "nothing was installed from an image"
grep -q "$TMP" /proc/mounts && fail "something is still mounted"

# A journal that was not replayed is left so.
debugfs -w -R 'feature needs_recovery' "$TMP/image" 2>/dev/null
sum=$(sha256sum <"$TMP/image")
expect_status 0 "$SPROUT" media --keys "$FX/keys/good.asc" "$TMP/image"
[ "$sum" = "$(sha256sum <"$TMP/image")" ] || fail "the journal was replayed"

# Two file systems at once: which one is meant?
image "$TMP/image" vfat
image "$TMP/image2" ext4
dd if="$TMP/image2" of="$TMP/image" bs=1024 skip=1 seek=1 count=1 conv=notrunc status=none
expect_status 0 "$SPROUT" media --keys "$FX/keys/good.asc" "$TMP/image"
contains "$TMP/out" 'not read: could be two file systems at once'
dd if=/dev/zero of="$TMP/image" bs=1M count=1 status=none
expect_status 0 "$SPROUT" media --keys "$FX/keys/good.asc" "$TMP/image"
contains "$TMP/out" 'not read: holds no file system that is known'

# No room for the copies.
truncate -s 40M "$stick/big.rpm"
mount -t tmpfs -o size=20M,mode=0755 tmpfs /var/cache
expect_status 0 "$SPROUT" media --keys "$FX/keys/good.asc" "$stick"
contains "$TMP/out" 'no room for copies of the packages: they have 42 MB'
