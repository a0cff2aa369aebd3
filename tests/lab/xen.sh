#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# xen.sh ROOT - customize hook of mmdebstrap: Xen, libvirt's part for it and GRUB.
# Into the root's /usr/share/xen-lab go root.tar, what their packages unpack, for
# the one test that wants them in /; and grub, which QEMU can boot as a kernel,
# to do what /boot/grub/grub.cfg of the first disk says.
set -e
root=$1
to=$root/usr/share/xen-lab
dir=$(mktemp -d)
chmod 755 "$dir"
mkdir -p "$to/tree"
cd "$dir"
# With what they need; of all the alternatives those that the root has not.
packages=$(apt-cache depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks \
	--no-replaces --no-enhances xen-system-amd64 libvirt-daemon-driver-xen \
	grub-pc-bin grub2-common |
	grep -Ex '(xen|libxen|grub)[^ :]*|libvirt-daemon-driver-xen|libncurses6|libyajl2|libext2fs2' |
	LC_ALL=C sort -u)
# shellcheck disable=SC2086 # a list of words
apt-get download $packages
for deb in ./*.deb; do
	dpkg-deb --fsys-tarfile "$deb" | tar -C "$to/tree" --exclude='./usr/share/doc' \
		--exclude='./usr/share/man' --exclude='./usr/share/locale' -xf -
done
cd /
rm -rf "$dir"

# All that grub.cfg may ask for is in it: there are no modules on the disk.
in=${to#"$root"}/tree
printf '%s\n' 'search --no-floppy --file --set=root /boot/grub/grub.cfg' \
	'set prefix=($root)/boot/grub' 'configfile /boot/grub/grub.cfg' >"$to/early.cfg"
chroot "$root" env "LD_LIBRARY_PATH=$in/lib/x86_64-linux-gnu" "$in/usr/bin/grub-mkimage" \
	-O i386-pc -d "$in/usr/lib/grub/i386-pc" -p /boot/grub -c "${to#"$root"}/early.cfg" \
	-o "${to#"$root"}/core" biosdisk ext2 part_msdos part_gpt search search_fs_uuid \
	search_fs_file search_label configfile normal test echo loadenv gzio gettext \
	linux multiboot multiboot2 serial terminal minicmd sleep
cat "$to/tree/usr/lib/grub/i386-pc/lnxboot.img" "$to/core" >"$to/grub"
rm -rf "$to/tree/usr/lib/grub/i386-pc"
tar -C "$to/tree" -cf "$to/root.tar" .
rm -rf "$to/tree" "$to/core" "$to/early.cfg"
