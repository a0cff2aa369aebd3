#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# firewalld reads what sprout writes, and means the same by it; sprout reads
# what firewalld writes, and finds nothing to do.
. "${SRCDIR:-$(dirname "$0")/../..}/tests/functions.sh"
requires firewall-offline-cmd
"$SPROUT" kinds zone >/dev/null 2>&1 || skip "built without firewalld"
[ "$(id -u)" -eq 0 ] || skip "firewall-offline-cmd wants to be root"

root=$TMP/root
lib=$root/usr/lib/firewalld
mkdir -p "$root/etc/firewalld/zones" "$root/usr/lib"
cp -R /usr/lib/firewalld "$lib" || skip "there is no /usr/lib/firewalld"
cp /etc/protocols "$root/etc" || skip "there is no /etc/protocols"
printf 'DefaultZone=public\n' >"$root/etc/firewalld/firewalld.conf"
mkdir "$root/etc/firewalld/ipsets"
cat >"$root/etc/firewalld/ipsets/friends.xml" <<'XML'
<?xml version="1.0" encoding="utf-8"?>
<ipset type="hash:net"></ipset>
XML

offline() {
	firewall-offline-cmd --system-config "$root/etc/firewalld" \
		--default-config "$lib" "$@" 2>"$TMP/offline.err"
}
offline --get-default-zone >/dev/null ||
	skip "firewall-offline-cmd does not work here: $(cat "$TMP/offline.err")"

rules=(
	'rule service name="dns" accept'
	'rule family="ipv4" source NOT address="10.0.0.0/8" port port="22" protocol="tcp" log prefix="ssh out " level="info" limit value="3/m" reject type="tcp-reset" limit value="1/s"'
	'rule priority="-5" source mac="52:54:00:AB:CD:EF" mark set=0x1/0xff'
	'rule family="ipv6" destination address="fd00::/8" protocol value="esp" audit limit value="2/d" drop'
	'rule family="ipv4" forward-port port="1000-1010" protocol="udp" to-port="2000" to-addr="10.0.0.9"'
	'rule source ipset="friends" icmp-type name="echo-request" nflog group="5" queue-size="3" accept'
	'rule icmp-block name="echo-reply"'
	'rule masquerade'
	'rule tcp-mss-clamp value="1400"'
	'rule source-port port="123" protocol="udp" accept'
	'rule priority="32767" log'
)
ports=(443/tcp 5900-5999/tcp 53/udp 9/sctp 10/dccp)
forwards=(port=80:proto=tcp:toport=8080 port=81-89:proto=udp:toport=90-98:toaddr=10.0.0.1)
sources=(10.77.0.0/24 52:54:00:AB:CD:EF fd00::/64 ipset:friends)

cat >"$TMP/p.yaml" <<'YAML'
sprout: 1
firewall:
  zones:
    - name: desks
      target: DROP
      short: Desks & <tops>
      description: 'It''s "quoted"'
      services: [ssh, dns]
      protocols: [esp, '47']
      icmp_blocks: [echo-request]
      masquerade: true
      source_ports: [68/udp]
      interfaces: [vd0, eth+]
      icmp_block_inversion: true
      forward: true
YAML
list() {
	local key=$1 item

	shift
	printf '      %s:\n' "$key"
	for item in "$@"; do printf "        - '%s'\n" "$item"; done
}
{
	list rich_rules "${rules[@]}"
	list ports "${ports[@]}"
	list forward_ports "${forwards[@]}"
	list sources "${sources[@]}"
} >>"$TMP/p.yaml"

# --- sprout writes, firewalld reads ------------------------------------------

expect_status 0 "$SPROUT" apply --root "$root" "$TMP/p.yaml"
offline --check-config >"$TMP/check" || fail "$(cat "$TMP/check" "$TMP/offline.err")"

# says OPTION... = WORDS: what firewalld lists, in any order.
same() {
	tr ' ' '\n' <<<"$1" | sed '/^$/d' | sort >"$TMP/a"
	tr ' ' '\n' <<<"$2" | sed '/^$/d' | sort >"$TMP/b"
	diff -u "$TMP/b" "$TMP/a" || fail "$3"
}
ask() { offline --zone=desks "$@" || fail "$*: $(cat "$TMP/offline.err")"; }
same "$(ask --get-target)" DROP target
same "$(ask --list-services)" 'ssh dns' services
same "$(ask --list-ports)" "${ports[*]}" ports
same "$(ask --list-protocols)" 'esp 47' protocols
same "$(ask --list-source-ports)" 68/udp source-ports
same "$(ask --list-icmp-blocks)" echo-request icmp-blocks
same "$(ask --list-interfaces)" 'vd0 eth+' interfaces
same "$(ask --list-sources)" "${sources[*]}" sources
same "$(ask --query-masquerade; ask --query-forward; ask --query-icmp-block-inversion)" \
	'yes yes yes' flags
[ "$(ask --get-short)" = 'Desks & <tops>' ] || fail short
[ "$(ask --get-description)" = "It's \"quoted\"" ] || fail description
ask --list-rich-rules | sort >"$TMP/a"
printf '%s\n' "${rules[@]}" | sort >"$TMP/b"
diff -u "$TMP/b" "$TMP/a" || fail "rich rules"
ask --list-forward-ports | tr -s '[:space:]' '\n' | sed '/^$/d' | sort >"$TMP/a"
printf '%s\n' 'port=80:proto=tcp:toport=8080:toaddr=' "${forwards[1]}" | sort >"$TMP/b"
diff -u "$TMP/b" "$TMP/a" || fail "forward ports"

# --- firewalld writes, sprout reads ------------------------------------------

rm "$root/etc/firewalld/zones/desks.xml"
offline --new-zone=desks >/dev/null || fail "$(cat "$TMP/offline.err")"
add() { offline --zone=desks "$@" >/dev/null || fail "$*: $(cat "$TMP/offline.err")"; }
add --set-target=DROP
add --set-short='Desks & <tops>'
add --set-description="It's \"quoted\""
add --add-masquerade
offline --zone=desks --query-forward >/dev/null || add --add-forward
add --add-icmp-block-inversion
add --add-icmp-block=echo-request
add --add-source-port=68/udp
for x in ssh dns; do add --add-service="$x"; done
for x in esp 47; do add --add-protocol="$x"; done
for x in vd0 eth+; do add --add-interface="$x"; done
for x in "${ports[@]}"; do add --add-port="$x"; done
for x in "${forwards[@]}"; do add --add-forward-port="$x"; done
for x in "${sources[@]}"; do add --add-source="$x"; done
for x in "${rules[@]}"; do add --add-rich-rule="$x"; done
expect_status 0 "$SPROUT" plan --diff --root "$root" "$TMP/p.yaml"
contains "$TMP/out" 'Nothing to do'

# --- the shipped zones are as firewalld reads them -------------------------------

{
	printf 'sprout: 1\nfirewall:\n  zones:\n'
	for f in "$lib"/zones/*.xml; do
		name=${f##*/} name=${name%.xml}
		words=$(offline --zone="$name" --list-services)
		printf '    - name: %s\n      services: [%s]\n' "$name" "${words// /, }"
		printf '      target: "%s"\n' "$(offline --zone="$name" --get-target)"
		offline --zone="$name" --query-masquerade >/dev/null &&
			printf '      masquerade: true\n'
	done
} >"$TMP/shipped.yaml"
expect_status 0 "$SPROUT" plan --root "$root" "$TMP/shipped.yaml"
contains "$TMP/out" 'Nothing to do'
