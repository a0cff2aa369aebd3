# SPDX-License-Identifier: LGPL-2.1-or-later
# What the others stand on: the wire, a card with virtual functions, sticks,
# cables, labels.
# shellcheck shell=bash
has 'connected' nmcli -g GENERAL.STATE device show ens3
expect 0 ping -c 1 -W 5 192.0.2.1
expect 0 ping -c 1 -W 5 198.51.100.1
is hello from_wire 192.0.2.10 'echo hello'

cable ens3 off
soon 20 grep -qx 0 /sys/class/net/ens3/carrier
cable ens3 on
soon 20 grep -qx 1 /sys/class/net/ens3/carrier

# A card that can be divided.
is 7 cat /sys/class/net/enp1s0/device/sriov_totalvfs

# Sticks of each file system, seen as such.
for fs in vfat ext4 iso9660; do
	plug $fs SPROUT media/hello
	soon 40 test -b /dev/sda
	udevadm settle -t 20
	is 1 cat /sys/block/sda/removable
	has /usb readlink -f /sys/block/sda
	has 'TYPE="'$fs blkid -p /dev/sda
	has 'LABEL="SPROUT"' blkid -p /dev/sda
	mount -o ro /dev/sda /mnt || fail "cannot mount $fs"
	is 'from a stick' cat /mnt/hello.txt
	umount /mnt
	unplug
	soon 40 test ! -e /sys/block/sda
done

# SELinux, with labels on every file.
has selinux cat /sys/kernel/security/lsm
labels /etc
