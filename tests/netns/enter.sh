#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# enter.sh SPROUT DIR COMMAND... - run COMMAND beside nothing of this machine
# but its files: in namespaces of its own, with two network cards, eth0 and
# eth1.  Their other ends, p0 and p1, are in one more namespace, "the wire": p0
# in the bridge sw0, which has 192.0.2.1/24 and 2001:db8::1/64, p1 by itself
# (with both in one bridge, a bridge here would close a loop).  A bus runs;
# NetworkManager is started by the test.  DIR is there as /test; $WIRE is a
# process on the wire.  All that is changed is thrown away.  Needs root;
# killing it kills what it started.
set -eu
if [ "${NETNS_STAGE:-}" != 1 ]; then
	export NETNS_STAGE=1
	exec unshare --net --mount --pid --mount-proc --ipc --uts --fork \
		--kill-child --propagation private -- "$0" "$@"
fi
sprout=$1 dir=$2
shift 2

# The machine's files, below a layer in memory that takes the changes.
mount -t tmpfs -o mode=755 tmpfs /mnt
mkdir /mnt/upper /mnt/work /mnt/root
mount -t overlay overlay -o lowerdir=/,upperdir=/mnt/upper,workdir=/mnt/work /mnt/root
root=/mnt/root
mount -t proc proc $root/proc
# Read-only while NetworkManager starts: it then does not wait for udev.
mount -t sysfs -o ro,nosuid,nodev,noexec sysfs $root/sys
mount --rbind /dev $root/dev
mount -t tmpfs -o mode=755 tmpfs $root/run
mount -t tmpfs -o mode=1777 tmpfs $root/tmp
mkdir -p $root/run/dbus $root/run/NetworkManager $root/run/udev $root/test
cp "$sprout" $root/usr/sbin/sprout
cp -r "$dir/." $root/test
hostname netns

# None of this machine's settings.
for d in /etc/NetworkManager /usr/lib/NetworkManager/conf.d \
	/usr/lib/NetworkManager/system-connections /var/lib/NetworkManager \
	/var/lib/sprout /etc/sysconfig/network-scripts /etc/netplan; do
	rm -rf "${root:?}$d"
done
mkdir -p $root/etc/NetworkManager/{conf.d,system-connections} $root/var/lib/NetworkManager
cat >$root/etc/NetworkManager/conf.d/netns.conf <<X
[main]
plugins=keyfile
auth-polkit=root-only
no-auto-default=*
rc-manager=file
dns=default
systemd-resolved=false
[keyfile]
unmanaged-devices=interface-name:lo
[connection]
ipv4.dhcp-timeout=3
[connectivity]
enabled=false
[logging]
backend=syslog
audit=false
X
rm -f $root/etc/resolv.conf
: >$root/etc/resolv.conf

# The wire.
ip link set lo up
unshare --net sleep infinity &
WIRE=$!
export WIRE
until wire=$(readlink /proc/$WIRE/ns/net) && [ "$wire" != "$(readlink /proc/self/ns/net)" ]; do
	sleep 0.01
done
on_wire() { nsenter -t "$WIRE" -n "$@"; }
on_wire ip link set lo up
on_wire ip link add sw0 type bridge
on_wire ip link set sw0 up
on_wire ip addr add 192.0.2.1/24 dev sw0
on_wire ip addr add 2001:db8::1/64 dev sw0 nodad
for i in 0 1; do
	ip link add "eth$i" address "52:54:00:00:00:0$i" type veth peer name "p$i" netns "$WIRE"
	on_wire ip link set "p$i" up
done
on_wire ip link set p0 master sw0

# The bus: everybody here is root.
cat >$root/run/bus.conf <<X
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>system</type>
<listen>unix:path=/run/dbus/system_bus_socket</listen><auth>EXTERNAL</auth>
<policy context="default"><allow user="*"/><allow own="*"/><allow send_destination="*"/>
<allow receive_sender="*"/><allow eavesdrop="false"/></policy></busconfig>
X
# Process 1 gets this root, too: sprout must not take it for a chroot.
mkdir $root/tmp/old
cd $root
pivot_root . tmp/old
cd /
umount -l /tmp/old
rmdir /tmp/old
inside() {
	env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM=dumb \
		LC_ALL=C.UTF-8 WIRE="$WIRE" "$@"
}
inside dbus-daemon --config-file=/run/bus.conf --nofork --nopidfile >/run/bus.log 2>&1 &
until [ -S /run/dbus/system_bus_socket ]; do
	kill -0 $! || { cat /run/bus.log; exit 70; }
	sleep 0.01
done

status=0
inside "$@" </dev/null || status=$?
exit $status
