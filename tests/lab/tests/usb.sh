# SPDX-License-Identifier: LGPL-2.1-or-later
# USB sticks of each file system, with partitions and without.
# shellcheck shell=bash
media_root

# --- none: the host's own disks are no sticks ---------------------------------------
soon 20 empty
expect 2 sprout plan --root /srv/host p.yaml
has 'a stick labelled "VERDE" is not here; sprout apply waits 200 s' cat out

# --- each file system, with and without partitions -----------------------------------
for row in 'vfat -' 'vfat mbr' 'ext4 gpt' 'iso9660 -'; do
	read -r fs table <<<"$row"
	say "$row"
	plug "$fs" VERDE fx/stick "$table"
	soon 60 lists 'good VERDE-7.1-1'
	has ", $fs, UUID " cat list.out
	is 5 grep -c '  good ' list.out
	is 1 grep -c '^/dev/' list.out
	disk=sda
	[ "$table" = - ] || disk=sda1
	has "/dev/$disk (label \"VERDE\", " cat list.out
	before=$(sha256sum /dev/sda)
	expect 2 sprout plan --root /srv/host p.yaml
	has 'install VERDE-7.1-1' cat out
	blockdev --flushbufs /dev/sda
	is "$before" sha256sum /dev/sda
	no_copies
	unplug
	soon 60 test ! -e /sys/block/sda
	soon 20 empty
done

# --- four at once ----------------------------------------------------------------------
plug exfat EXFAT fx/stick gpt
fill 5 /dev/sda1 /lab/fx/stick
replug 5
plug ext4 EXT4 fx/stick mbr
plug vfat VFAT fx/stick gpt
plug hybrid HYBRID fx/stick
four() { list && [ "$(grep -c '^/dev/' list.out)" -eq 4 ] && [ "$(grep -c '  good ' list.out)" -eq 20 ]; }
soon 120 four
for row in 'EXFAT exfat' 'EXT4 ext4' 'VFAT vfat' 'HYBRID iso9660'; do
	grep -q "^/dev/sd[a-z]1 (label \"${row% *}\", .*, ${row#* }, UUID " list.out || {
		cat list.out
		fail "$row is not listed"
	}
done
no_copies
