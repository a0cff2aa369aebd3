#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# As in the last part of a kickstart: sprout runs inside a bare root, by chroot,
# and installs into the very system it runs in, packages from an image among
# them.
. "${SRCDIR:-$(dirname "$0")/../..}/tests/functions.sh"
. "$SRCDIR/tests/pkg/common.sh"
[ "$(id -u)" -eq 0 ] || skip "needs root: chroot"

root=$TMP/root
new_root "$root"
# Its libraries and rpm's configuration, in directories as fx-base has them.
mkdir -p "$root"/{usr/bin,usr/sbin,usr/lib,usr/lib64,proc,sys,dev,tmp,srv,mnt,var/cache} \
	"$root/opt/sprout/lib/pkg"
for d in bin sbin lib lib64; do ln -s "usr/$d" "$root/$d"; done
cp "$SPROUT" "$root/opt/sprout/sprout"
cp "$BUILDDIR/lib/pkg/sprout-pkg.so" "$root/opt/sprout/lib/pkg/"
ldd "$SPROUT" "$BUILDDIR/lib/pkg/sprout-pkg.so" | grep -oE '/[^ ]+\.so[^ ]* \(' | sort -u |
	while read -r lib _; do
		mkdir -p "$root/$(dirname "$lib")"
		cp -L "$lib" "$root$lib"
	done
cp -R /usr/lib/rpm "$root/usr/lib/rpm"
if ! { mount --bind "$root" "$root" && mount -t proc proc "$root/proc" &&
	mount --bind /dev "$root/dev" && mount --bind /sys "$root/sys"; }; then
	skip "mounts for a chroot"
fi
run_at_end 'umount "$root/sys" "$root/dev" "$root/proc" "$root"'
cp -R "$FX/repo/base" "$root/srv/base"
cp -R "$FX/stick" "$root/srv/stick"
cat >"$root/srv/p.yaml" <<'E'
sprout: 1
repos:
  - name: base
    baseurl: ["file:///srv/base"]
    gpgkey: ["file:///etc/pki/rpm-gpg/good.asc"]
packages: {install: [redis]}
media:
  - {name: verde, path: /srv/stick, match: VERDE-*.rpm, keys: [/etc/pki/rpm-gpg/good.asc]}
E
inside() { env -i PATH=/usr/sbin:/usr/bin HOME=/ chroot "$root" /opt/sprout/sprout "$@"; }
if [ -w /dev/loop-control ] && grep -qw ext4 /proc/filesystems; then
	truncate -s 4M "$root/srv/image"
	mke2fs -q -t ext4 -L VERDE -d "$FX/stick" "$root/srv/image" || fail "mke2fs"
	sed -i 's,/srv/stick,/srv/image,' "$root/srv/p.yaml"
else
	echo "no loop devices: a directory instead of an image"
fi
expect_status 2 inside plan /srv/p.yaml
contains "$TMP/out" "install VERDE-7.1-1.$(uname -m) from media:verde"
expect_status 0 inside apply --no-confirm /srv/p.yaml
for p in VERDE-7.1-1 redis-6.0-1 verde-fonts-2.0-1; do
	packages "$root" | grep -q "^$p\." || fail "$p is not installed"
done
contains "$root/var/lib/verde/installed" 'VERDE 1'
contains "$root/var/log/redis.scripts" 'redis post 1'
expect_status 0 inside plan /srv/p.yaml
expect_status 0 inside undo
[ -z "$(packages "$root")" ] || fail "packages were left: $(packages "$root")"
