# SPDX-License-Identifier: LGPL-2.1-or-later
# USB sticks that are plugged in while sprout waits, and pulled out while it
# copies; two at once.
# shellcheck shell=bash
media_root
root=/srv/host

# --- plugged in while sprout waits -----------------------------------------------------
apply &
soon 60 grep -q 'put in a stick labelled "VERDE"' apply.out
plug vfat OTHER media/hello # not this one
soon 60 test -b /dev/sda
sleep 2
kill -0 $! || fail "it took another stick"
plug vfat VERDE fx/stick mbr
wait $! || fail "$(cat apply.out)"
has 'VERDE 1' cat $root/var/lib/verde/installed
test -e $root/usr/share/verde-fonts/README || fail "what was in the repository is not there"
no_copies
unplug 1
unplug
soon 60 test ! -e /sys/block/sda
soon 60 test ! -e /sys/block/sdb
expect 0 sprout plan --root $root p.yaml
expect 0 sprout undo --root $root

# --- two that could be meant ---------------------------------------------------------------
plug vfat VERDE fx/stick
plug ext4 VERDE fx/stick
soon 60 test -b /dev/sda
soon 60 test -b /dev/sdb
udevadm settle -t 20
expect 1 sprout plan --root $root p.yaml
has '2 could be meant: /dev/sda (label "VERDE"' cat out
has '; /dev/sdb (label "VERDE"' cat out
# Its UUID tells which; so does what is on it, when only one has that.
uuid=$(blkid -p -o value -s UUID /dev/sda)
sed "s/    label: VERDE/    uuid: $uuid/" p.yaml >uuid.yaml
expect 2 sprout plan --root $root uuid.yaml
has "found on /dev/sda" cat out
unplug
unplug 3
soon 60 test ! -e /sys/block/sda
soon 60 test ! -e /sys/block/sdb
plug vfat OTHER media/hello
plug vfat VERDE fx/stick
soon 60 test -b /dev/sda
soon 60 test -b /dev/sdb
udevadm settle -t 20
grep -v label: p.yaml >any.yaml
expect 2 sprout plan --root $root any.yaml
for disk in /dev/sda /dev/sdb; do
	[ "$(blkid -p -o value -s LABEL $disk)" = VERDE ] && break
done
has "found on $disk " cat out
unplug
unplug 5
soon 60 test ! -e /sys/block/sda
soon 60 test ! -e /sys/block/sdb

# --- pulled out while it copies --------------------------------------------------------------
tree() { find $root -path $root/var/lib/sprout -prune -o -print | grep -v /rpmdb | sort; }
before=$(tree)
plug vfat VERDE fx/rpms - 300000
soon 60 test -b /dev/sda
apply &
copying() { [ -n "$(find /var/cache/sprout/media -name 'big-*' -size +100k)" ]; }
soon 100 copying
unplug
wait $!
is 1 echo $?
has 'cannot be read to its end' cat apply.out
has 'was the stick pulled out?' cat apply.out
no_copies
is "$before" tree
