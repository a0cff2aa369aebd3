#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# firewalld: many changes are one reload; the rules are there; undo is exact.
. /test/guest/functions.sh
systemctl start firewalld.service || { echo "# SKIP firewalld does not run here"; exit 77; }
soon 30 firewall-cmd --state
cat >p.yaml <<'Y'
sprout: 1
firewall:
  state: enabled
  default_zone: internal
  log_denied: unicast
  zones:
    - {name: public, services: [ssh], ports: [5900-5999/tcp], masquerade: true}
    - {name: internal, ports: [8080/tcp]}
    - {name: desktops, target: ACCEPT, sources: [10.77.0.0/24]}
Y
firewall-cmd --list-all-zones >before
expect 64 sprout apply p.yaml
grep -q -- '--confirm-within' out || fail "no word about confirming"
expect 0 sprout apply --no-confirm p.yaml
is 5900-5999/tcp firewall-cmd --zone=public --list-ports
is internal firewall-cmd --get-default-zone
is 10.77.0.0/24 firewall-cmd --zone=desktops --list-sources
nft list ruleset | grep -q 'dport 8080' || fail "the rule is not in the kernel"
run=$(sprout runs | awk 'END { print $1 }')
sprout runs show "$run" | grep -c 'firewall-cmd --reload' | grep -qx 1 || fail "not one reload"
sprout runs --json show "$run" | grep -q '"command": ".*firewall-cmd --reload"' ||
	fail "the JSON has no reload"
expect 0 sprout plan p.yaml
expect 0 sprout undo
firewall-cmd --list-all-zones | diff before - >out || { sed 's/^/#   /' out; fail "zones differ after undo"; }

systemctl stop firewalld.service
cat >q.yaml <<'Y'
sprout: 1
firewall: {state: enabled}
Y
expect 2 sprout plan q.yaml
grep -q 'state: disabled -> enabled' out || fail "the plan does not find the stopped firewall"
expect 0 sprout apply --no-confirm q.yaml
soon 30 firewall-cmd --state
expect 0 sprout undo
is inactive systemctl is-active firewalld.service

# Masked, and systemd knows it.
systemctl mask -q firewalld.service
systemctl start firewalld.service 2>/dev/null && fail "a masked firewalld starts"
expect 0 sprout apply --no-confirm q.yaml
soon 30 firewall-cmd --state
is enabled systemctl is-enabled firewalld.service
expect 0 sprout undo
is inactive systemctl is-active firewalld.service
