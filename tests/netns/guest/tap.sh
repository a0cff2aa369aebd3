#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A desktop's tap in a bridge stays there when the bridge gets another address,
# and comes back when the bridge has to be started anew.
. /test/guest/functions.sh
start_nm
cat >p.yaml <<'Y'
sprout: 1
network:
  - name: br0
    type: bridge
    ports: [eth0]
    ipv4: {method: static, addresses: [192.0.2.10/24], gateway: 192.0.2.1}
    ipv6: {method: disabled}
Y
expect 0 sprout apply --no-confirm p.yaml
ip tuntap add vnet0 mode tap
ip link set vnet0 master br0 up
in_bridge() { [ "$(basename "$(readlink "/sys/class/net/$1/master")")" = br0 ]; }
soon 5 in_bridge vnet0
# Whoever leaves the bridge, if only for a moment, is told here.
ip monitor link dev vnet0 >moves &

sed -i 's/192.0.2.10/192.0.2.11/' p.yaml
expect 0 sprout apply --no-confirm p.yaml
is 192.0.2.11/24 addresses br0
in_bridge vnet0 || fail "vnet0 is out of the bridge"
grep -v 'master br0' moves | grep -q vnet0 && fail "vnet0 was out for a moment"

sed -i 's/ports: \[eth0\]/ports: [eth0]\n    bridge: {stp: true}/' p.yaml
expect 0 sprout apply --no-confirm p.yaml
is 1 cat /sys/class/net/br0/bridge/stp_state
in_bridge vnet0 || fail "vnet0 is out of the bridge that was started anew"
in_bridge eth0 || fail "eth0 is out of the bridge that was started anew"
find /etc/NetworkManager/system-connections -name '*vnet*' | grep . &&
	fail "a profile of the tap was left"
expect 0 sprout plan p.yaml
expect 0 sprout undo
is 0 cat /sys/class/net/br0/bridge/stp_state
in_bridge vnet0 || fail "vnet0 is out of the bridge after undo"
