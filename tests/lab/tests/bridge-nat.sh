# SPDX-License-Identifier: LGPL-2.1-or-later
# The host's address moves onto a bridge, in one run; desktops behind NAT reach
# the world; undo brings all of it back.
# shellcheck shell=bash
remember first
profile 'network:' \
	'- {name: br0, type: bridge, ports: [ens3], mac: "52:54:00:00:00:03", replace: true,' \
	'   bridge: {stp: false},' \
	'   ipv4: {method: static, addresses: [192.0.2.10/24], gateway: 192.0.2.1, dns: [192.0.2.1]},' \
	'   ipv6: {method: disabled}}'
expect 0 sprout apply --no-confirm p.yaml
has 192.0.2.10/24 ip -o addr show br0
is '' ip -4 -o addr show ens3
has 'master br0' ip link show ens3
soon 20 ping -c 1 -W 2 198.51.100.1
is hello from_wire 192.0.2.10 'echo hello'
expect 0 sprout plan p.yaml
expect 0 sprout undo
unchanged first
is hello from_wire 192.0.2.10 'echo hello'

# NetworkManager gives nft 2 s, in which a slow guest does not load modules.
modprobe -a nft_chain_nat nft_masq nft_ct nft_reject_ipv4 nf_nat_h323 nf_nat_pptp \
	nf_nat_tftp nf_nat_sip nf_nat_irc nf_nat_ftp
profile 'network:' \
	'- {name: vd-nat, type: nat, device: vd0, ipv4: {addresses: [10.77.0.1/24]}}'
expect 0 sprout apply --no-confirm p.yaml
has 10.77.0.1/24 ip -o addr show vd0
ip netns add desktop
ip link add vnet0 type veth peer name eth0 netns desktop
nmcli device set vnet0 managed no
ip link set vnet0 master vd0 up
ip netns exec desktop sh -c 'ip link set eth0 up && ip addr add 10.77.0.50/24 dev eth0 &&
	ip route add default via 10.77.0.1'
soon 20 ip netns exec desktop ping -c 1 -W 2 10.77.0.1
has 'ip daddr != 10.77.0.0/24 masquerade' nft list ruleset
# The router has no way back to 10.77.0.0/24: this is masqueraded.
soon 20 ip netns exec desktop ping -c 1 -W 2 198.51.100.1
expect 0 sprout plan p.yaml
ip netns del desktop
expect 0 sprout undo
sysctl -qw net.ipv4.ip_forward=0
unchanged first
