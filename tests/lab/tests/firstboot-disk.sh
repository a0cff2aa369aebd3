# SPDX-License-Identifier: LGPL-2.1-or-later
# The first boot finds its profile on a disk labelled SPROUT: sticks and CDs.
# shellcheck shell=bash
sprout kinds media >out 2>&1 || skip "built without media"
unit=sprout-firstboot.service
done=/var/lib/sprout/firstboot.json

# said TEXT: the service has said so.
heard() { journalctl --no-pager -o cat -u $unit | grep -qF -- "$1"; }
said() { soon 20 heard "$1"; }
# here DISK...: these sticks, and no others.
here() { [ "$(cd /sys/block && echo sd*)" = "$*" ]; }

# The disk comes before what the image brought.
mkdir -p /etc/sprout
printf '%s\n' 'sprout: 1' 'groups: [{name: image, gid: 2001}]' >/etc/sprout/profile.yaml

# --- two, and one without a profile ---------------------------------------------
plug vfat SPROUT media/firstboot mbr
soon 60 test -b /dev/sda1
plug iso9660 SPROUT media/firstboot
soon 60 test -b /dev/sdb
udevadm settle -t 20
expect 1 systemctl start $unit
said 'two disks are labelled "SPROUT": /dev/sda1 (label "SPROUT", '
said '; /dev/sdb (label "SPROUT", '
said '; take one of them out'
expect 2 getent group first
test ! -e $done || fail "it is done, and was not"
unplug 1
unplug 2
soon 60 here 'sd*'
plug vfat SPROUT media/hello
soon 60 test -b /dev/sda
udevadm settle -t 20
expect 1 systemctl start $unit
said '/dev/sda: "profile.yaml": No such file'
unplug 3
soon 60 here 'sd*'

# --- each kind of disk ------------------------------------------------------------
number=3
for row in 'vfat mbr sda1' 'iso9660 - sda' 'ext4 gpt sda1'; do
	read -r fs table disk <<<"$row"
	say "$row"
	rm -f $done
	groupdel first 2>/dev/null
	plug "$fs" SPROUT media/firstboot "$table"
	number=$((number + 1))
	soon 60 test -b /dev/$disk
	expect 0 systemctl start $unit
	said "sprout: profile /var/lib/sprout/firstboot.yaml (/dev/$disk (label \"SPROUT\", "
	is first:x:2000: getent group first
	expect 2 getent group image
	has "\"from\": \"/dev/$disk (label" cat $done
	! grep /dev/sd /proc/mounts || fail "it is still mounted"
	blockdev --flushbufs /dev/sda
	unplug $number
	soon 60 here 'sd*'
done

# --- a profile that was only saved is nobody's but the operator's ---------------------
rm $done /etc/sprout/profile.yaml
printf '%s\n' 'hostname: lab.example.com' 'uplink.device: keep' 'user.name: ""' \
	'finish: save' >answers.yaml
expect 2 sprout wizard --answers answers.yaml
has '"from": "wizard"' cat $done
systemctl start $unit
is no systemctl show -P ConditionResult $unit
