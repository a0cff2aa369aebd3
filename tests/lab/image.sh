#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# image.sh TAR DIR - from a tarball of a Debian root with a kernel: DIR/vmlinuz,
# DIR/initrd, DIR/grub (see xen.sh) and DIR/root.img, a disk with SELinux labels and the files of
# root/ beside this script.  Needs root (owners, labels), busybox-static, cpio,
# e2fsprogs, kmod.
set -eu -o pipefail
here=$(cd "$(dirname "$0")" && pwd)
tar=$1 out=$2
mkdir -p "$out"
tree=$out/tree
rm -rf "$tree"
mkdir "$tree"
tar -C "$tree" --exclude='./dev/*' -xpf "$tar"
kernel=$(basename "$tree"/usr/lib/modules/*)

# --- the root -------------------------------------------------------------------
cp -r --no-preserve=ownership "$here/root/." "$tree/"
chmod 600 "$tree"/etc/NetworkManager/system-connections/*
echo lab >"$tree/etc/hostname"
printf '127.0.0.1 localhost\n127.0.1.1 lab\n' >"$tree/etc/hosts"
echo '/dev/vda / ext4 noatime 0 1' >"$tree/etc/fstab"
rm -f "$tree/etc/resolv.conf"
: >"$tree/etc/machine-id"

# From outside, and from the far end of the wire.
rm -f "$out"/id "$out"/id.pub
ssh-keygen -q -t ed25519 -N '' -C lab -f "$out/id"
install -d -m 700 "$tree/root/.ssh"
install -m 600 "$out/id.pub" "$tree/root/.ssh/authorized_keys"
install -m 600 "$out/id" "$tree/root/.ssh/id_ed25519"

units=$tree/etc/systemd/system
mkdir -p "$units/multi-user.target.wants"
for u in lab-shell lab-mgmt lab-wire; do
	ln -s "../$u.service" "$units/multi-user.target.wants/$u.service"
done
# Tests start these when they need them.
rm -f "$units"/multi-user.target.wants/{firewalld,chrony,libvirt*}.service \
	"$units"/sockets.target.wants/{libvirt*,virt*}.socket
# Consoles that would be shared, and work that only costs time.
for u in serial-getty@hvc0.service serial-getty@ttyS0.service getty@tty1.service \
	apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer \
	logrotate.timer \
	e2scrub_reap.service fstrim.timer systemd-pstore.service \
	modprobe@drm.service modprobe@efi_pstore.service modprobe@dm_mod.service \
	modprobe@loop.service ModemManager.service wpa_supplicant.service \
	systemd-update-utmp.service systemd-binfmt.service systemd-random-seed.service \
	dev-hugepages.mount dev-mqueue.mount sys-kernel-debug.mount \
	sys-kernel-tracing.mount NetworkManager-wait-online.service; do
	ln -sfn /dev/null "$units/$u"
done

# --- the initrd -----------------------------------------------------------------
initrd=$out/initrd.tree
rm -rf "$initrd"
mkdir -p "$initrd"/{bin,dev,proc,sys,new,modules}
cp "$(command -v busybox)" "$initrd/bin/busybox"
ln -s busybox "$initrd/bin/sh"
install -m 755 "$here/init" "$initrd/init"
for m in crc32c_generic virtio_pci virtio_mmio virtio_blk ext4; do
	modprobe -d "$tree" -S "$kernel" --show-depends "$m"
done | awk '$1 == "insmod" && !seen[$2]++ { print $2 }' | while IFS= read -r m; do
	cp "$m" "$initrd/modules/"
	basename "$m" >>"$initrd/modules/list"
done
(cd "$initrd" && find . | LC_ALL=C sort | cpio -o -H newc --quiet) >"$out/initrd"
cp "$tree/boot/vmlinuz-$kernel" "$out/vmlinuz"
cp "$out/initrd" "$tree/usr/share/xen-lab/initrd"
mv "$tree/usr/share/xen-lab/grub" "$out/grub"

# --- the disk -------------------------------------------------------------------
# Labels as a first boot would set them, from the policy's own list.
policy=$(sed -n 's/^SELINUXTYPE=//p' "$tree/etc/selinux/config")
unshare --mount sh -c 'mount -t proc proc "$1/proc" && exec chroot "$1" setfiles -F "$2" /' \
	sh "$tree" "/etc/selinux/$policy/contexts/files/file_contexts"
rm -f "$out/root.img"
truncate -s 4G "$out/root.img"
mkfs.ext4 -q -F -m 0 -E lazy_itable_init=1,lazy_journal_init=1 -d "$tree" "$out/root.img"
rm -rf "$tree" "$initrd"
