# SPDX-License-Identifier: LGPL-2.1-or-later
# A static address, gateway and name server on the card that is in use; undo.
# shellcheck shell=bash
remember first
wire_dns
profile 'network:' \
	'- name: ens3' \
	'  type: ethernet' \
	'  device: ens3' \
	'  ipv4: {method: static, addresses: [192.0.2.20/24, 192.0.2.21/24], gateway: 192.0.2.1,' \
	'         dns: [192.0.2.1], dns_search: [lab.example.com], routes: [203.0.113.0/24 via 192.0.2.1]}'
expect 2 sprout plan p.yaml
unchanged first
expect 0 sprout apply --no-confirm p.yaml
has '192.0.2.20/24' ip -4 -o addr show ens3
has '192.0.2.21/24' ip -4 -o addr show ens3
ip -4 -o addr show ens3 | grep -q 192.0.2.10/ && fail "the old address is still there"
has 'via 192.0.2.1 dev ens3' ip route show default
has 'via 192.0.2.1 dev ens3' ip route show 203.0.113.0/24
expect 0 ping -c 1 -W 5 198.51.100.1
has 192.0.2.1 getent hosts router
is hello from_wire 192.0.2.20 'echo hello'
labels /etc/NetworkManager

# A second one touches nothing.
before=$(stat -c '%Y %i' /etc/NetworkManager/system-connections/ens3.nmconnection)
expect 0 sprout plan p.yaml
expect 0 sprout apply --no-confirm p.yaml
is "$before" stat -c '%Y %i' /etc/NetworkManager/system-connections/ens3.nmconnection

# What somebody does by hand is found and put right.
ip addr del 192.0.2.21/24 dev ens3
expect 2 sprout plan p.yaml
expect 0 sprout apply --no-confirm p.yaml
has '192.0.2.21/24' ip -4 -o addr show ens3

expect 0 sprout undo
expect 0 sprout undo
unchanged first
is hello from_wire 192.0.2.10 'echo hello'
