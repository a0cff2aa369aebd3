#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What somebody did to the running network by hand is found, and put right;
# nothing else is touched.
. /test/guest/functions.sh
start_nm
cat >p.yaml <<'Y'
sprout: 1
network:
  - name: uplink
    type: ethernet
    device: eth0
    mtu: 1400
    ipv4:
      method: static
      addresses: [192.0.2.10/24]
      gateway: 192.0.2.1
      dns: [192.0.2.53]
      routes: [10.0.0.0/8 via 192.0.2.2]
    ipv6: {method: disabled}
  - name: br0
    type: bridge
    ports: [eth1]
    ipv4: {method: static, addresses: [198.51.100.10/24]}
    ipv6: {method: disabled}
Y
expect 0 sprout apply --no-confirm p.yaml
expect 0 sprout plan p.yaml
describe >good
files() { find /etc/NetworkManager -type f -printf '%p %i %T@\n' | sort; }
files >files

# put_right TEXT: the plan has that line, and apply makes it good again.
put_right() {
	expect 2 sprout plan p.yaml
	says "$1"
	says 'Plan: 0 to add, 1 to change, 0 to remove.'
	expect 0 sprout apply --no-confirm p.yaml
	soon 5 sh -c 'sprout plan p.yaml'
	as_before good "$1"
	files | diff files - || fail "$1: a file was written"
}

ip addr del 192.0.2.10/24 dev eth0
put_right 'ipv4.addresses: [] -> [192.0.2.10/24]'

ip route del default
put_right 'ipv4.gateway: (none) -> 192.0.2.1'

ip route replace default via 192.0.2.2 metric 50
ip route del default metric 100
put_right 'ipv4.gateway: 192.0.2.2 -> 192.0.2.1'

ip route del 10.0.0.0/8
put_right 'ipv4.routes: [] -> [10.0.0.0/8 via 192.0.2.2]'

nmcli device modify eth0 ipv4.dns 192.0.2.99 >/dev/null
put_right 'ipv4.dns: [] -> [192.0.2.53]'

ip link set eth0 mtu 1300
put_right 'mtu: 1300 -> 1400'

nmcli connection down uplink >/dev/null
put_right 'device: (none) -> eth0'

nmcli connection down br0-port-eth1 >/dev/null
put_right 'ports: [] -> [eth1]'

nmcli connection down br0 >/dev/null
put_right 'type: (none) -> bridge'

# No drift: an address more, a cable that is out.
ip addr add 203.0.113.7/24 dev eth0
expect 0 sprout plan p.yaml
ip addr del 203.0.113.7/24 dev eth0
on_wire ip link set p0 down
sleep 0.5
expect 0 sprout plan p.yaml
on_wire ip link set p0 up
soon 30 is_up eth0
expect 0 sprout plan p.yaml

# A repair is taken back, too: what was down is down again.
nmcli connection down uplink >/dev/null
describe >down
expect 0 sprout apply --no-confirm p.yaml
expect 0 sprout undo
as_before down undo
