#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What leaves the profile's list of ports, or is to be absent, stops running
# and its devices go; somebody else's profile is taken over with "replace", and
# is back, running, after undo.
. /test/guest/functions.sh
start_nm
describe >nothing
cat >p.yaml <<'Y'
sprout: 1
network:
  - name: br0
    type: bridge
    ports: [eth0, eth1]
    bridge: {stp: false}
    ipv4: {method: static, addresses: [192.0.2.10/24]}
    ipv6: {method: disabled}
Y
expect 0 sprout apply --no-confirm p.yaml
is br0-port-eth1 connection_of eth1
describe >both
sed -i 's/, eth1//' p.yaml
expect 0 sprout apply --no-confirm p.yaml
is '' connection_of eth1
is br0-port-eth0 connection_of eth0
expect 0 sprout undo
as_before both 'undo of one port less'

cat >q.yaml <<'Y'
sprout: 1
network:
  - {name: br0, ensure: absent}
Y
expect 0 sprout apply --no-confirm q.yaml
[ ! -e /sys/class/net/br0 ] || fail "br0 is still there"
is '' connection_of eth0
as_before nothing 'ensure: absent'
expect 0 sprout undo
as_before both 'undo of ensure: absent'
expect 0 sprout undo
as_before nothing 'undo of all'

nmcli connection add type ethernet ifname eth0 con-name by-hand ipv4.method manual \
	ipv4.addresses 192.0.2.20/24 >/dev/null
soon 10 is_up eth0
describe >theirs
sed -i 's/eth0]/eth0]\n    replace: true/' p.yaml
expect 0 sprout apply --no-confirm p.yaml
is 192.0.2.10/24 addresses br0
nmcli -t -f NAME connection | grep -q by-hand && fail "the other profile is still there"
expect 0 sprout undo
as_before theirs 'undo of replace'
