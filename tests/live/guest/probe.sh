#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What answered before a run and is silent after it takes the run back.
. /test/guest/functions.sh
systemctl start firewalld.service || { echo "# SKIP firewalld does not run here"; exit 77; }
soon 30 firewall-cmd --state
{ ip netns add peer && ip link add wire0 type veth peer name eth0 netns peer; } || fail "no network to probe"
ip addr add 192.0.2.1/24 dev wire0 && ip link set wire0 up
ip -n peer addr add 192.0.2.2/24 dev eth0 && ip -n peer link set eth0 up && ip -n peer link set lo up
soon 20 sh -c 'ip -n peer addr show eth0 | grep -q "state UP"'
describe >before
profile() {
	cat <<Y
sprout: 1
firewall: {log_denied: $1}
probe: {ping: [192.0.2.2, 192.0.2.77], dns: [nobody.invalid], timeout: 3}
Y
}
# All as before: 192.0.2.77 and the name never answered, and have no vote.
profile unicast >p.yaml
expect 0 sprout apply --no-confirm p.yaml
expect 0 sprout undo
# The run cuts the wire.
{ profile all; echo 'commands: [{name: cut, run: [/usr/sbin/ip, link, set, wire0, down]}]'; } >p.yaml
expect 22 sprout apply --no-confirm p.yaml
grep -q 'ping 192.0.2.2: no answer' out || { cat out; fail "it is not said what is silent"; }
grep -q 192.0.2.77 out && fail "what was silent before has a vote"
describe | diff before - >out || { sed 's/^/#   /' out; fail "/etc is not as it was"; }
is off firewall-cmd --get-log-denied
# Nothing is tried when nothing can be cut off.
printf 'sprout: 1\nhostname: quick.example.com\nprobe: {ping: [192.0.2.77], timeout: 120}\n' >p.yaml
SECONDS=0
expect 0 sprout apply p.yaml
[ $SECONDS -lt 60 ] || fail "a host name was probed"
expect 0 sprout plan p.yaml
