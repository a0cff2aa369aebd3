#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The wizard without anybody: answers to a profile, to the byte; plan, apply and
# the wizard agree; wrong answers are refused with the field's reason.
. "${SRCDIR:-$(dirname "$0")/../..}/tests/functions.sh"
. "$SRCDIR/tests/wizard/common.sh"

make_host "$TMP/first"
answers=$SRCDIR/tests/wizard/answers.yaml

# --- the same answers, the same bytes --------------------------------------------

cp -a "$TMP/first" "$TMP/a"
expect_status 2 "$SPROUT" wizard --answers "$answers" --root "$TMP/a" --output "$TMP/1.yaml"
contains "$TMP/out" "The profile is in $TMP/1.yaml."
same_tree "$TMP/first" "$TMP/a" 'after saving only'
expect_status 2 "$SPROUT" wizard --answers "$answers" --root "$TMP/a" --output "$TMP/2.yaml"
cmp "$TMP/1.yaml" "$TMP/2.yaml" || fail "the same answers gave different profiles"
[ "$(stat -c %a "$TMP/1.yaml")" = 600 ] || fail "others can read the profile"
diff -u "$SRCDIR/tests/wizard/profile.yaml" "$TMP/1.yaml" >&2 || fail "the profile is another one"
expect_status 0 "$SPROUT" check --root "$TMP/a" "$TMP/1.yaml"

# --- the wizard, plan and apply agree ----------------------------------------------

expect_status 2 "$SPROUT" plan --root "$TMP/a" "$TMP/1.yaml"
cp -a "$TMP/first" "$TMP/b"
expect_status 0 "$SPROUT" apply --root "$TMP/b" "$TMP/1.yaml"
{
	cat "$answers"
	echo 'finish: apply'
} >"$TMP/apply.yaml"
expect_status 0 "$SPROUT" wizard --answers "$TMP/apply.yaml" --root "$TMP/a"
contains "$TMP/out" 'Applied (run '
expect_status 0 "$SPROUT" plan --root "$TMP/a" "$TMP/a/etc/sprout/profile.yaml"
cmp "$TMP/1.yaml" "$TMP/a/etc/sprout/profile.yaml" || fail "saved and applied profile differ"
cp -a "$TMP/a" "$TMP/c"
rm -r "$TMP/c/etc/sprout"
same_tree "$TMP/b" "$TMP/c" 'apply and wizard'
expect_status 0 "$SPROUT" undo --root "$TMP/a"
rm -r "$TMP/a/etc/sprout"
same_tree "$TMP/first" "$TMP/a" 'after undo'

# Nothing to do is applied, too.
cp -a "$TMP/b" "$TMP/d"
expect_status 0 "$SPROUT" wizard --answers "$answers" --root "$TMP/d" --output "$TMP/3.yaml"

# --- nothing is overwritten unasked ---------------------------------------------------

echo mine >"$TMP/mine.yaml"
expect_status 1 "$SPROUT" wizard --answers "$answers" --root "$TMP/first" --output "$TMP/mine.yaml"
contains "$TMP/err" 'is there already and is not the same'
[ "$(cat "$TMP/mine.yaml")" = mine ] || fail "a file was overwritten"
expect_status 1 "$SPROUT" wizard --answers "$answers" --root "$TMP/first" --output "$TMP/no/p.yaml"
expect_status 1 "$SPROUT" wizard --answers "$answers" --root "$TMP/first" --output "$TMP/first"

# --- answers that somebody gave, replayed -----------------------------------------------

press_enter() { yes '' | head -n "$1"; }
{
	echo vd02.example.com # host name
	echo eth1             # card
	echo dhcp
	echo nat
	press_enter 2 # address, range
	echo Asia
	echo Kyoto # refused
	echo Tokyo
	press_enter 2 # pools, servers
	echo none
	echo -
	press_enter 1 # no stick
	press_enter 2 # account, groups
	echo 'open sesame'
	echo 'open sesame'
	press_enter 2 # limits
	press_enter 1 # SELinux
	press_enter 4 # firewall
	press_enter 1 # hypervisor
	press_enter 2 # product
	echo
	echo save
} >"$TMP/typed"
typed() {
	LANGUAGE=en "$SPROUT" wizard --plain --root "$TMP/first" --output "$TMP/$1.yaml" \
		--save-answers "$TMP/$1.answers" <"$TMP/typed.in" >"$TMP/out" 2>"$TMP/err"
	echo $? >"$TMP/rc"
}
# The page about languages comes only when there is one.
languages=$([ ! -e "$BUILDDIR/po/ko/LC_MESSAGES/sprout.mo" ] || echo yes)
{
	[ -z "$languages" ] || echo en
	cat "$TMP/typed"
} >"$TMP/typed.in"
typed typed
[ "$(cat "$TMP/rc")" = 2 ] || {
	cat "$TMP/out" "$TMP/err" >&2
	fail "typed answers: exit status $(cat "$TMP/rc")"
}
contains "$TMP/out" '"Kyoto" is not one of the choices'
contains "$TMP/typed.yaml" 'hostname: vd02.example.com'
contains "$TMP/typed.yaml" 'dhcp: 10.77.0.100-10.77.0.250'
contains "$TMP/typed.yaml" 'zone: Asia/Tokyo'
grep -rqF 'open sesame' "$TMP/typed.yaml" "$TMP/typed.answers" "$TMP/out" &&
	fail "the password is somewhere in clear"
[ "$(stat -c %a "$TMP/typed.answers")" = 600 ] || fail "others can read the answers"
hash=$(sed -n 's/^user.password_hash: "\(.*\)"$/\1/p' "$TMP/typed.answers")
[ "$(perl -e 'print crypt($ARGV[0], $ARGV[1])' 'open sesame' "$hash")" = "$hash" ] ||
	fail "the hash is not the password's: $hash"
expect_status 2 "$SPROUT" wizard --answers "$TMP/typed.answers" --root "$TMP/first" \
	--output "$TMP/replayed.yaml" --save-answers "$TMP/replayed.answers"
cmp "$TMP/typed.yaml" "$TMP/replayed.yaml" || fail "replayed answers gave another profile"
cmp "$TMP/typed.answers" "$TMP/replayed.answers" || fail "replayed answers were saved differently"

# --- what few need -------------------------------------------------------------------------

# more NAME ANSWER...: with these answers, too, the profile is as it was read.
more() {
	{
		cat "$answers"
		printf '%s\n' "${@:2}"
	} >"$TMP/more.yaml"
	rm -f "$TMP/more.out"
	expect_status 2 "$SPROUT" wizard --answers "$TMP/more.yaml" --root "$TMP/first" \
		--output "$TMP/more.out"
	expect_status 0 "$SPROUT" check --root "$TMP/first" "$TMP/more.out"
	{
		echo "# $1"
		sed -n '/^network:/,/^$/p; /^users:/,/^$/p' "$TMP/more.out"
	} >>"$TMP/more"
}
more ipv6 'uplink.ipv6: static' 'uplink.address6: 2001:db8::10/64' 'uplink.gateway6: 2001:db8::1' \
	'uplink.dns6: [2001:db8::53, 2001:db8::54]'
more off 'uplink.ipv6: disabled'
more auto 'uplink.ipv6: auto'
more vlan 'uplink.vlan: 30'
more nothing 'uplink.ipv6: keep' 'uplink.vlan: ""' 'bond.ports: ""' 'user.ssh_key: ""'
key='ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl me@x'
more key "user.ssh_key: $key"
for desktops in none bridge; do
	sed "s/^desktops.network: .*/desktops.network: $desktops/; /^bridge.port:/d" \
		"$SRCDIR/tests/wizard/answers.yaml" >"$TMP/desktops.yaml"
	answers=$TMP/desktops.yaml
	own='bridge.port: eth0'
	more "$desktops: bond" "$own" 'bond.ports: [eth0, eth1]'
	more "$desktops: vlan" "$own" 'uplink.vlan: 30'
	more "$desktops: bond, vlan, ipv6" "$own" 'bond.ports: eth0 eth1' 'bond.mode: 802.3ad' \
		'uplink.vlan: 4094' 'uplink.ipv6: auto'
done
answers=$SRCDIR/tests/wizard/answers.yaml
if [ -n "${UPDATE-}" ]; then cp "$TMP/more" "$SRCDIR/tests/wizard/more.txt"; fi
diff -u "$SRCDIR/tests/wizard/more.txt" "$TMP/more" >&2 || fail "what few need is written otherwise"
# "nothing" is what it is without.
diff <(sed -n '/^# nothing/,/^# key/p' "$TMP/more" | grep -v '^#') \
	<(sed -n '/^network:/,/^$/p; /^users:/,/^$/p' "$SRCDIR/tests/wizard/profile.yaml") >&2 ||
	fail "empty answers change the profile"

# --- wrong answers, each with its reason --------------------------------------------------

wrong() {
	cp -a "$TMP/first" "$TMP/w"
	{
		grep -vE "^(${1//./\\.}${4+|${4%%:*}}):" "$answers"
		printf '%s: "%s"\n' "$1" "$2"
		printf '%s\n' "${4-}"
	} >"$TMP/w.yaml"
	expect_status 1 "$SPROUT" wizard --answers "$TMP/w.yaml" --root "$TMP/w"
	contains "$TMP/err" "$3"
	same_tree "$TMP/first" "$TMP/w" "$1: $2"
	rm -r "$TMP/w"
}
wrong hostname 'under_score.example.com' 'hostname: '
wrong hostname '' 'must not be empty'
wrong hostname 'a\u0007b' 'has a control character in it'
wrong uplink.device eth7 '"eth7" is not one of the choices'
wrong uplink.method bootp '"bootp" is not one of the choices'
wrong uplink.address 192.0.2.300/24 'uplink.address: '
wrong uplink.address 192.0.2.10/33 'from 0 to 32'
wrong uplink.address 192.0.2.255/24 'broadcast address'
wrong uplink.netmask 255.0.255.0 'uplink.netmask: '
wrong uplink.netmask '' 'is needed, as the address has no prefix length'
wrong uplink.vlan 4095 'above 4094'
wrong uplink.ipv6 dhcp '"dhcp" is not one of the choices'
wrong uplink.address6 '' 'must not be empty' 'uplink.ipv6: static'
wrong uplink.address6 192.0.2.10/24 'uplink.address6: ' 'uplink.ipv6: static'
wrong bond.ports eth0 'two cards at least'
wrong bond.ports 'eth0 eth7' 'this host has no card "eth7"'
wrong bond.ports 'eth0 eth1' '"eth1" is in the bridge for the desktops' 'bridge.port: eth1'
wrong bond.mode balance-rr '"balance-rr" is not one of the choices' 'bond.ports: eth0 eth1'
wrong user.ssh_key 'ssh-ed25519 AAAA' 'user.ssh_key: '
wrong uplink.gateway 198.51.100.1 'ipv4.gateway: '
wrong uplink.gateway router 'uplink.gateway: '
wrong uplink.dns '192.0.2.53 dns1' 'uplink.dns: '
wrong desktops.network vlan '"vlan" is not one of the choices'
wrong nat.address 10.77.0.1 'nat.address: ' 'desktops.network: nat'
wrong bridge.port eth9 '"eth9" is not one of the choices'
wrong time.zone Asia/Atlantis '"Asia/Atlantis" is not one of the choices'
wrong ntp.pools 'no_such..pool' 'ntp.pools: '
wrong ntp.servers '-x' 'ntp.servers: '
wrong packages.update some '"some" is not one of the choices'
wrong packages.install 'a;b' 'packages.install: '
wrong media.match 'a/*.rpm' 'media.match: ' 'media.label: VERDE'
wrong user.name 'Vb Verde' 'user.name: '
wrong user.groups nosuchgroup 'nosuchgroup'
wrong user.password_hash plain 'is not a crypt(5) hash'
wrong limits.nproc many 'limits.nproc: '
wrong limits.nofile unlimited,no 'limits.nofile: '
wrong selinux.mode strict '"strict" is not one of the choices'
wrong firewall.state on '"on" is not one of the choices'
wrong firewall.zone 'a/b' 'firewall.zone: '
wrong firewall.services 'no/service' 'firewall.services: '
wrong firewall.ports 5900-5800/tcp 'firewall.ports: '
wrong hypervisor.type xen '"xen" is not one of the choices'
wrong product.java java 'product.java: '
wrong product.command verde-config 'absolute' 'product.creates: /var/lib/verde'
wrong product.command '/usr/lib/verde/bin/verde-config -i' 'is needed, or the command would be run'
wrong hostnam x 'is "hostname" meant?'
wrong finish later 'expected apply or save'
echo '[a]' >"$TMP/list.yaml"
expect_status 1 "$SPROUT" wizard --answers "$TMP/list.yaml" --root "$TMP/first"
contains "$TMP/err" 'expected a map of answers'
printf 'hostname: {a: b}\n' >"$TMP/map.yaml"
expect_status 1 "$SPROUT" wizard --answers "$TMP/map.yaml" --root "$TMP/first"
contains "$TMP/err" 'expected a text or a list of texts'
expect_status 64 "$SPROUT" wizard what
[ ! -e "$TMP/first/etc/sprout" ] || fail "something was written"
