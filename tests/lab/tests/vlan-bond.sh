# SPDX-License-Identifier: LGPL-2.1-or-later
# A VLAN; then both cards in a bond that survives the loss of a cable.
# shellcheck shell=bash
remember first
profile 'network:' \
	'- {name: storage, type: vlan, device: ens3.10, vlan: {id: 10, parent: ens3},' \
	'   ipv4: {method: static, addresses: [10.10.10.2/24]}, ipv6: {method: disabled}}'
expect 0 sprout apply --no-confirm p.yaml
has 'vlan protocol 802.1Q id 10' ip -d link show ens3.10
expect 0 ping -c 1 -W 5 10.10.10.1
expect 0 sprout plan p.yaml
expect 0 sprout undo
unchanged first

profile 'network:' \
	'- {name: bond0, type: bond, ports: [ens3, ens4], replace: true,' \
	'   bond: {mode: active-backup, options: {miimon: 100}},' \
	'   ipv4: {method: static, addresses: [192.0.2.10/24], gateway: 192.0.2.1, dns: [192.0.2.1]},' \
	'   ipv6: {method: disabled}}'
expect 0 sprout apply --no-confirm p.yaml
has 'Bonding Mode: fault-tolerance (active-backup)' cat /proc/net/bonding/bond0
has 'Slave Interface: ens3' cat /proc/net/bonding/bond0
has 'Slave Interface: ens4' cat /proc/net/bonding/bond0
has 192.0.2.10/24 ip -o addr show bond0
soon 20 ping -c 1 -W 2 198.51.100.1
active=$(cat /sys/class/net/bond0/bonding/active_slave)
cable "$active" off
soon 20 ping -c 1 -W 2 198.51.100.1
[ "$(cat /sys/class/net/bond0/bonding/active_slave)" != "$active" ] || fail "$active is still used"
cable "$active" on
soon 60 sprout plan p.yaml # NetworkManager may have to take the card in again
expect 0 sprout undo
unchanged first
expect 0 ping -c 1 -W 5 198.51.100.1
