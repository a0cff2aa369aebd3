#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A NAT network: a desktop behind it gets a lease in the range, reaches out
# through the host, and is not reached from outside; undo leaves nothing.
. /test/guest/functions.sh
start_nm
cat >p.yaml <<'Y'
sprout: 1
network:
  - {name: uplink, type: ethernet, device: eth0, ipv4: {method: static, addresses: [192.0.2.10/24], gateway: 192.0.2.1}}
Y
expect 0 sprout apply --no-confirm p.yaml
describe >before
cat >q.yaml <<'Y'
sprout: 1
network:
  - {name: vd, type: nat, device: vd0, ipv4: {addresses: [10.77.0.1/24], dhcp: 10.77.0.100-10.77.0.109}}
Y
expect 0 sprout apply --no-confirm q.yaml
is 10.77.0.1/24 addresses vd0
expect 0 sprout plan q.yaml

# Its rules are gone, as after "nft flush ruleset": that is drift, and mended.
rules() { nft list table ip nm-shared-vd0 >/dev/null; }
rules || fail "NetworkManager has made no rules"
nft delete table ip nm-shared-vd0
expect 2 sprout plan q.yaml
expect 0 sprout apply --no-confirm q.yaml
rules || fail "the rules are still missing"
expect 0 sprout plan q.yaml

# A desktop: a namespace behind a tap that somebody else puts into the bridge.
unshare --net sleep infinity &
desktop=$!
until [ "$(readlink /proc/$desktop/ns/net)" != "$(readlink /proc/self/ns/net)" ]; do sleep 0.05; done
connect() { "$1" timeout 2 bash -c "exec 3<>/dev/tcp/$2/80"; }
at_desktop() { nsenter -t $desktop -n "$@"; }
ip link add vnet0 master vd0 up type veth peer name eth0 netns $desktop
at_desktop ip link set lo up
at_desktop ip link set eth0 up
# lease: a DHCP client by hand, as none is sure to be there.
at_desktop python3 /test/guest/dhcp-client.py eth0 >lease || fail "no lease"
grep -qE '^10\.77\.0\.10[0-9] 10\.77\.0\.1$' lease || fail "the lease is $(cat lease)"
read -r address router <lease
at_desktop ip addr add "$address/24" dev eth0
at_desktop ip route add default via "$router"
on_wire python3 -m http.server 80 >/dev/null 2>&1 &
at_desktop python3 -m http.server 80 >/dev/null 2>&1 &
soon 10 connect on_wire 127.0.0.1
soon 10 connect at_desktop 127.0.0.1
soon 5 connect at_desktop 192.0.2.1
on_wire ip route add 10.77.0.0/24 via 192.0.2.10
connect on_wire "$address" && fail "the desktop is reached from outside"

# Another range: the bridge is started anew, and the desktop is still in it.
sed -i 's/100-10.77.0.109/200-10.77.0.209/' q.yaml
expect 0 sprout apply --no-confirm q.yaml
is ../vd0 sh -c 'readlink /sys/class/net/vnet0/master | sed "s/.*\//..\//"'
at_desktop python3 /test/guest/dhcp-client.py eth0 >lease || fail "no lease"
grep -qE '^10\.77\.0\.20[0-9] ' lease || fail "the lease is $(cat lease)"
soon 5 connect at_desktop 192.0.2.1
expect 0 sprout undo
ip link del vnet0
expect 0 sprout undo # the rules
expect 0 sprout undo
as_before before undo
[ ! -e /sys/class/net/vd0 ] || fail "vd0 is still there"
