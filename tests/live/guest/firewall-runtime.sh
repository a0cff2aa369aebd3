#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What firewalld does and no file says: found, put right with one reload, and
# given back by undo; what the profile is silent about is not looked at.
. /test/guest/functions.sh
systemctl start firewalld.service || { echo "# SKIP firewalld does not run here"; exit 77; }
soon 30 firewall-cmd --state
cat >p.yaml <<'Y'
sprout: 1
firewall:
  state: enabled
  default_zone: public
  log_denied: "off"
  zones:
    - name: public
      services: [ssh]
      ports: [5900-5999/tcp]
      masquerade: false
      rich_rules: ['rule family="ipv4" source address="192.0.2.0/24" service name="http" accept']
    - {name: work, sources: [10.77.0.0/24], forward_ports: ["port=80:proto=tcp:toport=8080:toaddr=10.0.0.9"], interfaces: [tap7]}
    - {name: silent, target: DROP}
Y
expect 0 sprout apply --no-confirm p.yaml
expect 0 sprout plan p.yaml
describe >files

# drift EXPECTED FIREWALL-CMD-OPTION...: found, told, put right.
drift() {
	local told=$1

	shift
	firewall-cmd -q "$@" || fail "firewall-cmd $*"
	firewall-cmd --list-all-zones >drifted
	expect 2 sprout plan p.yaml
	grep -qF -- "$told" out || { sed 's/^/#   /' out; fail "the plan does not say \"$told\""; }
	expect 0 sprout apply --no-confirm p.yaml
	sprout runs show "$(sprout runs | awk 'END { print $1 }')" >shown
	grep -c 'command: .*--reload' shown | grep -qx 1 || fail "not one reload: $*"
	describe | diff files - >out || { sed 's/^/#   /' out; fail "a file was changed: $*"; }
	expect 0 sprout plan p.yaml
}
drift '5900-5999/tcp, 8080/tcp] -> [5900-5999/tcp]' --zone=public --add-port=8080/tcp
is 5900-5999/tcp firewall-cmd --zone=public --list-ports
# Undo gives the port back, which was in no file.
expect 0 sprout undo
firewall-cmd --list-all-zones | diff drifted - >out || { sed 's/^/#   /' out; fail "undo: zones differ"; }
is '5900-5999/tcp 8080/tcp' firewall-cmd --zone=public --list-ports
firewall-cmd -q --reload
drift '[] -> [5900-5999/tcp]' --zone=public --remove-port=5900-5999/tcp
expect 0 sprout undo
is '' firewall-cmd --zone=public --list-ports
firewall-cmd -q --reload
drift 'services: [cockpit, ssh] -> [ssh]' --zone=public --add-service=cockpit
drift 'masquerade: true -> false' --zone=public --add-masquerade
drift 'rich_rules:' --zone=public --add-rich-rule='rule family=ipv6 service name=ftp reject'
drift 'rich_rules:' --zone=public --remove-rich-rule='rule family=ipv4 source address=192.0.2.0/24 service name=http accept'
drift 'sources: [] -> [10.77.0.0/24]' --zone=work --remove-source=10.77.0.0/24
drift 'forward_ports: [] ->' --zone=work --remove-forward-port=port=80:proto=tcp:toport=8080:toaddr=10.0.0.9
drift 'interfaces: [tap7, tap8] -> [tap7]' --zone=work --add-interface=tap8
drift 'interfaces: [] -> [tap7]' --zone=work --remove-interface=tap7

# Not in the profile: not ours.
firewall-cmd -q --zone=public --add-protocol=gre
firewall-cmd -q --zone=work --add-port=4321/udp
firewall-cmd -q --zone=dmz --add-port=4321/udp
expect 0 sprout apply --no-confirm p.yaml
is gre firewall-cmd --zone=public --list-protocols
is 4321/udp firewall-cmd --zone=dmz --list-ports

# Files that were edited and never loaded: the files say what is wanted.
sed -i 's/^LogDenied=.*/LogDenied=all/' /etc/firewalld/firewalld.conf
rm /etc/firewalld/zones/silent.xml
firewall-cmd -q --reload
is all firewall-cmd --get-log-denied
sed -i 's/^LogDenied=.*/LogDenied=off/' /etc/firewalld/firewalld.conf
printf '<?xml version="1.0" encoding="utf-8"?>\n<zone target="DROP">\n</zone>\n' >/etc/firewalld/zones/silent.xml
expect 2 sprout plan p.yaml
grep -q 'log_denied: all -> off' out || fail "the plan does not find what is logged"
grep -q '^+ zone "silent"' out || { cat out; fail "the plan does not find the zone that does not run"; }
expect 0 sprout apply --no-confirm p.yaml
is off firewall-cmd --get-log-denied
firewall-cmd --get-zones | grep -qw silent || fail "the zone does not run"

# A failing run gives back what ran.
firewall-cmd -q --zone=public --add-protocol=gre
firewall-cmd -q --zone=public --add-port=8080/tcp --timeout=600
{ cat p.yaml; echo 'commands: [{name: no, run: [/bin/false]}]'; } >q.yaml
firewall-cmd --list-all-zones >before
expect 20 sprout apply --no-confirm q.yaml
firewall-cmd --list-all-zones | diff before - >out || { sed 's/^/#   /' out; fail "failure: zones differ"; }
firewall-cmd -q --reload

# Undo of a file that was edited since: what only ran does not get into it.
firewall-cmd -q --zone=public --add-port=8080/tcp
sed 's/services: \[ssh\]/services: [ssh, https]/' p.yaml >q.yaml
expect 0 sprout apply --no-confirm q.yaml
is '' sh -c 'firewall-cmd --zone=public --list-ports | grep 8080'
sed -i 's/^<zone/<!-- mine -->\n&/' /etc/firewalld/zones/public.xml
expect 0 sprout undo
grep -q mine /etc/firewalld/zones/public.xml || fail "the edit is gone"
grep -q 'https"\|8080' /etc/firewalld/zones/public.xml && fail "the port got into the file"
is '5900-5999/tcp 8080/tcp' firewall-cmd --zone=public --list-ports
firewall-cmd -q --reload

# NetworkManager has the last word about the zone of what it manages.
if systemctl -q is-active NetworkManager.service && ip link add nm0 type veth peer name nm1; then
	ip link set nm1 up
	nmcli -g GENERAL.STATE device show nm0 >/dev/null && nmcli device set nm0 managed yes
	nmcli -w 10 connection add type ethernet ifname nm0 con-name nm0 ipv4.method manual \
		ipv4.addresses 192.0.2.77/24 connection.zone public >/dev/null
	nmcli -w 10 connection up nm0 >/dev/null || fail "nm0 does not come up"
	soon 10 sh -c 'firewall-cmd --zone=public --list-interfaces | grep -qw nm0'
	sed 's/{name: public,/&/; s/^      services: \[ssh\]/      interfaces: []\n&/' p.yaml >q.yaml
	grep -q 'interfaces: \[\]' q.yaml || fail "sed"
	expect 0 sprout apply --no-confirm q.yaml
	firewall-cmd --zone=public --list-interfaces | grep -qw nm0 || fail "nm0 has left its zone"
	expect 0 sprout plan q.yaml
fi
