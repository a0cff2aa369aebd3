#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# status on a running host: drift of what runs, services that died, the clock.
. /test/guest/functions.sh
systemctl start firewalld.service || { echo "# SKIP firewalld does not run here"; exit 77; }
soon 30 firewall-cmd --state
cat >/etc/systemd/system/steady.service <<'U'
[Service]
ExecStart=/usr/bin/sleep infinity
[Install]
WantedBy=multi-user.target
U
systemctl daemon-reload
cat >p.yaml <<'Y'
sprout: 1
sysctl: [{name: net.ipv4.ip_forward, value: 1}]
firewall: {state: enabled, zones: [{name: public, ports: [8443/tcp]}]}
units: [{name: steady.service, enabled: true, active: true}]
Y
expect 1 sprout status
expect 0 sprout apply --no-confirm p.yaml
rm p.yaml
expect 0 sprout status
grep -q '^= firewalld.service: active (running) since ' out || { cat out; fail "no word of firewalld"; }
grep -q '^= steady.service: active (running) since ' out || fail "no word of the unit"

sysctl -qw net.ipv4.ip_forward=0
firewall-cmd -q --zone=public --remove-port=8443/tcp
expect 2 sprout status
grep -q 'value: 0 -> 1' out || fail "no drift of the kernel"
grep -q 'ports: \[\] -> \[8443/tcp\]' out || fail "no drift of the firewall"
grep -q '1 in sync' out && fail "counted wrong"
sysctl -qw net.ipv4.ip_forward=1
firewall-cmd -q --reload
expect 0 sprout status

systemctl kill -s KILL steady.service
soon 10 sh -c '! systemctl is-active -q steady.service'
expect 2 sprout status
grep -q '^! steady.service: failed (signal) since ' out || { cat out; fail "the dead unit is not told"; }
systemctl restart steady.service
expect 0 sprout status
firewall-cmd -q --panic-on
expect 2 sprout status
grep -q '^! firewalld.service: .*panic' out || { cat out; fail "panic is not told"; }
firewall-cmd -q --panic-off
systemctl stop firewalld.service
expect 2 sprout status
grep -q '^! firewalld.service: inactive (dead)' out || fail "the stopped firewall is not told"
systemctl start firewalld.service
soon 30 firewall-cmd --state

printf 'sprout: 1\nntp: {servers: [192.0.2.7], pools: []}\n' >q.yaml
expect 0 sprout apply q.yaml
expect 2 sprout status --json
grep -q '"state": "not in step: ' out || { cat out; fail "the clock is not told"; }
expect 0 sprout undo

# A run that waits, and one that was cut off.
printf 'sprout: 1\nfirewall: {log_denied: unicast}\n' >q.yaml
sprout apply --confirm-within 60 q.yaml >waiting 2>&1 </dev/null &
soon 20 sh -c 'sprout runs | tail -n 1 | grep -q unconfirmed'
expect 2 sprout status
grep -q 'waits to be confirmed' out || fail "the run that waits is not told"
expect 0 sprout confirm
wait
expect 0 sprout status
