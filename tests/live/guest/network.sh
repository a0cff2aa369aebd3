#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# NetworkManager under systemd: an address that nobody confirms is taken back,
# also when sprout is killed, and when NetworkManager is restarted meanwhile; a
# NAT network beside firewalld.
. /test/guest/functions.sh
command -v NetworkManager dnsmasq nft ip >/dev/null || {
	echo "# SKIP this root has no NetworkManager, dnsmasq, nftables or iproute2"
	exit 77
}
# Without udev, /sys must be read-only when it starts.
nm() {
	mount -o remount,ro /sys
	systemctl "$1" NetworkManager.service || fail "NetworkManager does not $1"
	soon 30 sh -c 'nmcli -t -f STARTUP general | grep -q started'
	mount -o remount,rw /sys
}
systemctl stop NetworkManager.service
rm -rf /run/NetworkManager
ip addr flush dev eth0
nm start
net() {
	ip -o addr show scope global | sed 's/^[0-9]*: //; s/valid_lft.*//' | sort
	ip -o route | sed 's/ metric 1[0-9][0-9]//' | sort
	nmcli -t -f NAME,UUID,DEVICE,FILENAME connection
	describe
}
back() {
	net | diff before - >out || { sed 's/^/#   /' out; fail "$1: not as it was"; }
}
cat >p.yaml <<'Y'
sprout: 1
network:
  - {name: uplink, type: ethernet, device: eth0, ipv4: {method: static, addresses: [192.0.2.10/24], gateway: 192.0.2.1}, ipv6: {method: disabled}}
Y
cat >q.yaml <<'Y'
sprout: 1
network:
  - {name: uplink, ensure: absent}
  - {name: br0, type: bridge, ports: [eth0], ipv4: {method: static, addresses: [192.0.2.11/24], gateway: 192.0.2.1}, ipv6: {method: disabled}}
Y
expect 0 sprout apply --no-confirm p.yaml
net >before

# Nobody confirms.
expect 22 sprout apply --confirm-within 2 q.yaml
back 'not confirmed'

# Killed while it waits, and while it works.
sprout apply --confirm-within 5 q.yaml >out 2>&1 </dev/null &
soon 20 sh -c 'sprout runs | tail -n 1 | grep -q unconfirmed'
is br0 sh -c 'ip -o -4 addr show to 192.0.2.11 | cut -d" " -f2'
kill -9 %1
wait 2>/dev/null
soon 30 sh -c 'sprout runs | tail -n 1 | grep -q undone'
back killed

# NetworkManager is restarted meanwhile: its checkpoint is gone.
sprout apply --confirm-within 12 q.yaml >out 2>&1 </dev/null &
soon 20 sh -c 'sprout runs | tail -n 1 | grep -q unconfirmed'
kill -9 %?confirm-within
wait 2>/dev/null
nm restart
soon 40 sh -c 'sprout runs | tail -n 1 | grep -q undone'
back 'NetworkManager restarted'

# Confirmed from elsewhere.
sprout apply --confirm-within 60 q.yaml >out 2>&1 </dev/null &
soon 20 sh -c 'sprout runs | tail -n 1 | grep -q unconfirmed'
expect 0 sprout confirm
wait %?confirm-within || fail "apply did not end with 0 after the confirmation"
[ ! -e /run/sprout/checkpoint ] || fail "the note of the checkpoint is still there"
busctl get-property org.freedesktop.NetworkManager /org/freedesktop/NetworkManager \
	org.freedesktop.NetworkManager Checkpoints | grep -qx 'ao 0' || fail "the checkpoint is still there"
expect 0 sprout undo
back undo

# NAT beside firewalld, whose default zone drops: a desktop reaches out.
systemctl start firewalld.service || fail "firewalld does not run here"
soon 30 firewall-cmd --state
firewall-cmd -q --set-default-zone=drop
printf '  - {name: vd, type: nat, device: vd0, ipv4: {addresses: [10.77.0.1/24]}}\n' >>p.yaml
expect 0 sprout apply --no-confirm p.yaml
is nm-shared firewall-cmd --get-zone-of-interface=vd0
ip netns add desktop
ip link add vnet0 master vd0 up type veth peer name eth0 netns desktop
ip -n desktop addr add 10.77.0.50/24 dev eth0
ip -n desktop link set eth0 up
ip -n desktop route add default via 10.77.0.1
ip netns add world
ip link add wire0 type veth peer name eth0 netns world
ip addr add 203.0.113.1/24 dev wire0
ip link set wire0 up
ip -n world addr add 203.0.113.2/24 dev eth0
ip -n world link set eth0 up
ip -n world link set lo up
# No route back to the desktop: only masquerading makes an answer possible.
out() { ip netns exec desktop ping -c 1 -W 1 203.0.113.2; }
soon 20 out
firewall-cmd -q --reload
soon 20 out
systemctl restart firewalld.service
soon 30 firewall-cmd --state
soon 20 out
ip -n world route add 10.77.0.0/24 via 203.0.113.1
ip netns exec world ping -c 1 -W 1 10.77.0.50 >/dev/null && fail "the desktop is reached from outside"
expect 0 sprout undo
[ ! -e /sys/class/net/vd0 ] || fail "vd0 is still there"
