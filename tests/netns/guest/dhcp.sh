#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A DHCP client; a card without a cable, a card that is not there, and one that
# is not to start by itself, which are no failures; no lease, which is one.
. /test/guest/functions.sh
start_nm
describe >before
cat >p.yaml <<'Y'
sprout: 1
network:
  - {name: uplink, type: ethernet, device: eth0, ipv4: {method: dhcp}, ipv6: {method: disabled}}
Y
dhcp_server
expect 0 sprout apply --no-confirm p.yaml
addresses eth0 | grep -qx '192\.0\.2\.1[0-4][0-9]/24' || fail "no lease"
ip route show default | grep -q 'via 192.0.2.1 dev eth0 proto dhcp' || fail "no default route"
expect 0 sprout plan p.yaml

on_wire ip link set p1 down
cat >>p.yaml <<'Y'
  - {name: unplugged, type: ethernet, device: eth1, ipv4: {method: dhcp}}
  - {name: absent, type: ethernet, device: eth7, ipv4: {method: dhcp}}
Y
expect 0 sprout apply --no-confirm p.yaml
says 'there is no "eth7" now'
expect 0 sprout plan p.yaml
is '' connection_of eth1
on_wire ip link set p1 master sw0 up # the cable: it starts by itself
soon 30 is_up eth1
is unplugged connection_of eth1
expect 0 sprout undo
expect 0 sprout undo
as_before before undo

cat >q.yaml <<'Y'
sprout: 1
network:
  - {name: later, type: ethernet, device: eth1, autoconnect: false, ipv4: {method: dhcp}}
Y
expect 0 sprout apply --no-confirm q.yaml
is '' connection_of eth1
expect 0 sprout plan q.yaml
expect 0 sprout undo
as_before before undo

kill "$(cat /run/wire.pid)"
sed -i '/eth[17]/d' p.yaml
expect 20 sprout apply --no-confirm p.yaml
says 'connection "uplink": does not come up on eth0: '
as_before before 'a failure'
