#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# kernel.sh ROOT - customize hook of mmdebstrap: a kernel with its modules.  Its
# package is unpacked, not installed, so no initrd is made; the links of a
# merged /usr stay.  Drivers of no use to the lab are left out.
set -e
root=$1
dir=$(mktemp -d)
chmod 755 "$dir"
cd "$dir"
package=$(apt-cache depends linux-image-amd64 |
	sed -n 's/.*Depends: \(linux-image-[0-9].*\)/\1/p' | head -n 1)
apt-get download "$package"
skip=
for d in gpu media infiniband iio isdn staging net/wireless video hwmon thunderbolt; do
	skip="$skip --exclude=./lib/modules/*/kernel/drivers/$d"
done
# shellcheck disable=SC2086 # a list of words
dpkg-deb --fsys-tarfile ./*.deb | tar -C "$root" --keep-directory-symlink \
	--exclude='./lib/modules/*/kernel/sound' $skip --wildcards -xf - \
	./lib/modules './boot/vmlinuz-*' './boot/config-*'
cd /
rm -rf "$dir"
chroot "$root" depmod "$(ls "$root/usr/lib/modules")"
