#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# NetworkManager's own tool reads every keyfile that sprout writes, says nothing
# about it, and writes it again as sprout wants it.
. "${SRCDIR:-$(dirname "$0")/../..}/tests/functions.sh"
[ -x "$SPROUT" ] || skip "there is no program at $SPROUT"
"$SPROUT" kinds | grep -q '^connection ' || skip "built without connections"
# nmcli --offline is there since 1.40
requires nmcli --offline connection add type dummy ifname d0

cat >"$TMP/p.yaml" <<'Y'
sprout: 1
network:
  - name: uplink
    type: ethernet
    device: eth0
    mtu: 1500
    zone: public
    ipv4:
      method: static
      addresses: [192.0.2.10/24, 198.51.100.5/24]
      gateway: 192.0.2.1
      dns: [192.0.2.53]
      dns_search: [example.com, ~example.org]
      routes:
        - 10.0.0.0/8 via 192.0.2.2 metric 100
        - 172.16.0.0/12 via 192.0.2.3 table 200 src 192.0.2.10 mtu 1400 onlink
    ipv6: {method: static, addresses: ["2001:db8::10/64"], gateway: fe80::1}
  - name: by mac
    type: ethernet
    mac: 52:54:00:ab:cd:ef
    autoconnect: false
    ipv4: {method: dhcp, never_default: true}
    ipv6: {method: dhcp}
  - name: br0
    type: bridge
    mac: 52:54:00:ab:cd:01
    ports: [eth1, eth2]
    mtu: 9000
    ipv4: {method: disabled}
  - name: bond0
    type: bond
    controller: br0
    ports: [eth3, eth4]
    bond: {mode: 802.3ad, options: {miimon: 100, lacp_rate: fast}}
  - name: vlan42
    type: vlan
    vlan: {id: 42, parent: eth0}
    ipv4: {method: link-local}
    ipv6: {method: link-local}
  - name: vd-nat
    type: nat
    device: vd0
    ipv4: {addresses: [10.77.0.1/24], dhcp: 10.77.0.100-10.77.0.250}
Y

root=$TMP/root
dir=$root/etc/NetworkManager/system-connections
mkdir "$root"
expect_status 0 "$SPROUT" apply --root "$root" "$TMP/p.yaml"

n=0
for f in "$dir"/*.nmconnection; do
	[ "$(stat -c %a "$f")" = 600 ] || fail "$f has mode $(stat -c %a "$f")"
	nmcli --offline connection modify connection.lldp default \
		<"$f" >"$TMP/out" 2>"$TMP/err" || fail "nmcli refuses $f: $(cat "$TMP/err")"
	[ ! -s "$TMP/err" ] || fail "nmcli about $f: $(cat "$TMP/err")"
	cat "$TMP/out" >"$f"
	n=$((n + 1))
done
[ "$n" -eq 10 ] || fail "$n keyfiles, 10 were expected"
expect_status 0 "$SPROUT" plan --root "$root" "$TMP/p.yaml"

# A change by hand is seen, and it alone is taken back.
nmcli --offline connection modify ipv4.dns 192.0.2.99 connection.lldp 1 \
	<"$dir/uplink.nmconnection" >"$TMP/out" || fail "nmcli modify"
cat "$TMP/out" >"$dir/uplink.nmconnection"
expect_status 2 "$SPROUT" plan --root "$root" "$TMP/p.yaml"
contains "$TMP/out" 'ipv4.dns: [192.0.2.99] -> [192.0.2.53]'
contains "$TMP/out" 'Plan: 0 to add, 1 to change, 0 to remove.'
expect_status 0 "$SPROUT" apply --root "$root" "$TMP/p.yaml"
contains "$dir/uplink.nmconnection" 'dns=192.0.2.53;'
contains "$dir/uplink.nmconnection" 'lldp=1'
