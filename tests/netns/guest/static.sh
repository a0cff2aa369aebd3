#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A card with addresses, gateway, DNS and routes; another address; undo.
. /test/guest/functions.sh
start_nm
describe >before
cat >p.yaml <<'Y'
sprout: 1
network:
  - name: uplink
    type: ethernet
    device: eth0
    ipv4:
      method: static
      addresses: [192.0.2.10/24, 198.51.100.10/24]
      gateway: 192.0.2.1
      dns: [192.0.2.53]
      dns_search: [example.com]
      routes: [10.0.0.0/8 via 192.0.2.2 metric 50]
    ipv6:
      method: static
      addresses: ["2001:db8::10/64"]
      gateway: 2001:db8::1
Y
expect 0 sprout apply --no-confirm p.yaml
is '192.0.2.10/24 198.51.100.10/24 2001:db8::10/64' addresses eth0
ip route show default | grep -q 'via 192.0.2.1 dev eth0' || fail "no default route"
ip -6 route show default | grep -q 'via 2001:db8::1 dev eth0' || fail "no default route for IPv6"
ip route show 10.0.0.0/8 | grep -q 'via 192.0.2.2 dev eth0 .*metric 50' || fail "no route"
grep -q '^nameserver 192.0.2.53$' /etc/resolv.conf || fail "no name server"
grep -q '^search example.com' /etc/resolv.conf || fail "no domain"
soon 5 reach 192.0.2.1
soon 5 reach 2001:db8::1

# Nothing to do is nothing done.
told=$(told)
expect 0 sprout plan p.yaml
expect 0 sprout apply --no-confirm p.yaml
is "$told" told

# Another address, without the device going down.
describe >first
sed -i 's/192.0.2.10/192.0.2.11/' p.yaml
log=$(wc -l </run/nm.log)
expect 0 sprout apply --no-confirm p.yaml
is '192.0.2.11/24 198.51.100.10/24 2001:db8::10/64' addresses eth0
tail -n +"$log" /run/nm.log | grep 'eth0.*state change' && fail "eth0 went down"
expect 0 sprout undo
as_before first 'undo of the second run'
expect 0 sprout undo
as_before before 'undo of the first run'
