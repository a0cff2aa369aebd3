#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Host name and kernel parameters take effect, drift is found, undo is exact.
. /test/guest/functions.sh
hostname booted.example.com
sysctl -qw net.ipv4.ip_forward=0
cat >p.yaml <<'Y'
sprout: 1
hostname: live.example.com
sysctl:
  - {name: net.ipv4.ip_forward, value: 1}
Y
describe >before
expect 0 sprout apply p.yaml
is live.example.com hostname
is 1 sysctl -n net.ipv4.ip_forward
expect 0 sprout plan p.yaml

sysctl -qw net.ipv4.ip_forward=0
hostname by-hand.example.com
expect 2 sprout plan p.yaml
grep -q 'value: 0 -> 1' out || fail "the plan does not find the parameter"
grep -q 'by-hand.example.com -> live.example.com' out || fail "the plan does not find the name"
expect 0 sprout apply p.yaml
is 1 sysctl -n net.ipv4.ip_forward
is live.example.com hostname
expect 0 sprout undo
is by-hand.example.com hostname
expect 0 sprout undo
is booted.example.com hostname
is 0 sysctl -n net.ipv4.ip_forward
describe | cmp - before || fail "/etc is not as it was"
