#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The host's address moves from its card to a bridge over it, and back; a TCP
# session to the host survives both.
. /test/guest/functions.sh
start_nm
cat >p.yaml <<'Y'
sprout: 1
network:
  - name: uplink
    type: ethernet
    device: eth0
    ipv4: {method: static, addresses: [192.0.2.10/24], gateway: 192.0.2.1}
Y
cat >q.yaml <<'Y'
sprout: 1
network:
  - {name: uplink, ensure: absent}
  - name: br0
    type: bridge
    ports: [eth0]
    ipv4: {method: static, addresses: [192.0.2.10/24], gateway: 192.0.2.1}
Y
expect 0 sprout apply --no-confirm p.yaml
describe >before
session

expect 0 sprout apply --no-confirm q.yaml
is 192.0.2.10/24 addresses br0
is '' addresses eth0
is br0-port-eth0 connection_of eth0
is 52:54:00:00:00:00 cat /sys/class/net/br0/address
ip route show default | grep -q 'dev br0' || fail "no default route"
session_lives 'move to the bridge'
expect 0 sprout plan q.yaml

expect 0 sprout undo
as_before before undo
session_lives undo
