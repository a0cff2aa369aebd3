#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Confirm or revert: not confirmed, killed, confirmed, taken back by hand.
. /test/guest/functions.sh
describe >before
cat >p.yaml <<'Y'
sprout: 1
hostname: risky.example.com
firewall: {log_denied: unicast}
Y
hostname booted.example.com
back() {
	is undone status_of_last
	describe | diff before - >out || { sed 's/^/#   /' out; fail "$1: /etc is not as it was"; }
	is booted.example.com hostname
}

# Nobody confirms.
expect 22 sprout apply --confirm-within 2 p.yaml
back 'not confirmed'

# sprout is killed; the timer takes the run back.
sprout apply --confirm-within 3 p.yaml >out 2>&1 </dev/null &
soon 20 sh -c 'sprout runs | tail -n 1 | grep -q unconfirmed'
is risky.example.com hostname
kill -9 %1
wait 2>/dev/null
soon 20 sh -c 'sprout runs | tail -n 1 | grep -q undone'
back 'killed'

# Another run is refused while one waits; confirmed from elsewhere it stays.
sprout apply --confirm-within 60 p.yaml >waiting 2>&1 </dev/null &
soon 20 sh -c 'sprout runs | tail -n 1 | grep -q unconfirmed'
expect 1 sprout apply --no-confirm p.yaml
grep -q 'waits to be confirmed' out || fail "no word about the run that waits"
expect 0 sprout confirm
wait %1 || fail "apply did not end with 0 after the confirmation"
is 'done' status_of_last
is risky.example.com hostname
systemctl is-active -q sprout-revert.timer && fail "the timer is still there"
expect 1 sprout confirm
expect 0 sprout undo
back 'undo'

# A loss of the terminal does not end it; undo does.
setsid -w script -qec 'sprout apply --confirm-within 60 p.yaml' /dev/null >/dev/null 2>&1 </dev/null &
soon 20 sh -c 'sprout runs | tail -n 1 | grep -q unconfirmed'
pkill -HUP -x script
sleep 1
is unconfirmed status_of_last
expect 0 sprout undo
back 'lost terminal'

# As at boot after a power failure.
sprout apply --confirm-within 60 p.yaml >out 2>&1 </dev/null &
soon 20 sh -c 'sprout runs | tail -n 1 | grep -q unconfirmed'
kill -9 %?confirm-within
wait 2>/dev/null
expect 0 sprout recover --boot
is undone status_of_last
describe | diff before - >out || { sed 's/^/#   /' out; fail "boot: /etc is not as it was"; }
systemctl stop sprout-revert.timer 2>/dev/null
hostname booted.example.com
