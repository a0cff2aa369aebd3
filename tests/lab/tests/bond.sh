# SPDX-License-Identifier: LGPL-2.1-or-later
# The host's address moves from a card to a bond of two, with a VLAN over it in
# a bridge: sessions live on, a cable may be pulled, and undo gives all back.
# shellcheck shell=bash
remember first
profile 'network:' \
	'  - name: bond0' \
	'    type: bond' \
	'    ports: [ens3, ens4]' \
	'    replace: true' \
	'    bond: {mode: active-backup, options: {miimon: 100}}' \
	'    ipv4: {method: static, addresses: [192.0.2.10/24], gateway: 192.0.2.1}' \
	'    ipv6: {method: disabled}' \
	'  - {name: vlan10, type: vlan, controller: br10, vlan: {id: 10, parent: bond0}}' \
	'  - name: br10' \
	'    type: bridge' \
	'    ipv4: {method: static, addresses: [10.10.10.5/24]}' \
	'    ipv6: {method: disabled}'

# A session from outside: a line a second, which is to reach the end.
from_wire 192.0.2.10 'i=0; while [ ! -e /run/stop ]; do echo $((i += 1)); sleep 1; done; echo end' \
	>session 2>&1 &
soon 30 test -s session

expect 0 sprout apply --no-confirm p.yaml
is 192.0.2.10/24 sh -c "ip -o -4 addr show dev bond0 | awk '{ print \$4 }'"
is 10.10.10.5/24 sh -c "ip -o -4 addr show dev br10 | awk '{ print \$4 }'"
has ens3 cat /sys/class/net/bond0/bonding/slaves
has ens4 cat /sys/class/net/bond0/bonding/slaves
has active-backup cat /sys/class/net/bond0/bonding/mode
has br10 readlink /sys/class/net/vlan10/master
has 'id 10' ip -d link show dev vlan10
expect 0 ping -c 1 -W 10 192.0.2.1
soon 30 ping -c 1 -W 2 10.10.10.1
expect 0 sprout plan p.yaml
is hello from_wire 192.0.2.10 'echo hello'

# Without either cable it goes on; a port that is out by hand is drift.
cable ens3 off
soon 30 grep -q ens4 /sys/class/net/bond0/bonding/active_slave
soon 30 ping -c 1 -W 2 192.0.2.1
cable ens3 on
soon 30 grep -qx 1 /sys/class/net/ens3/carrier
soon 60 grep -q ens3 /sys/class/net/bond0/bonding/slaves
nmcli connection down bond0-port-ens4 >/dev/null
expect 2 sprout plan p.yaml
has 'ports: [ens3] -> [ens3, ens4]' cat out
expect 0 sprout apply --no-confirm p.yaml
has ens4 cat /sys/class/net/bond0/bonding/slaves

expect 0 sprout undo
expect 0 sprout undo
touch /run/stop
soon 60 grep -qx end session
for d in bond0 br10 vlan10; do
	[ ! -e "/sys/class/net/$d" ] || fail "$d is still there"
done
unchanged first
is hello from_wire 192.0.2.10 'echo hello'
