#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Killed with the network half changed: recover takes it back; without it,
# NetworkManager does, by its checkpoint; with NetworkManager started anew in
# between, recover does it alone.  Somebody else's checkpoint is respected.
. /test/guest/functions.sh
start_nm
cat >p.yaml <<'Y'
sprout: 1
network:
  - name: uplink
    type: ethernet
    device: eth0
    ipv4: {method: static, addresses: [192.0.2.10/24], gateway: 192.0.2.1}
    ipv6: {method: disabled}
Y
cat >q.yaml <<'Y'
sprout: 1
network:
  - {name: uplink, ensure: absent}
  - name: br0
    type: bridge
    ports: [eth0]
    ipv4: {method: static, addresses: [192.0.2.10/24], gateway: 192.0.2.1}
    ipv6: {method: disabled}
Y
expect 0 sprout apply --no-confirm p.yaml
describe >before
checkpoints() { busctl get-property org.freedesktop.NetworkManager /org/freedesktop/NetworkManager org.freedesktop.NetworkManager Checkpoints | grep -c Checkpoint/; }
is 0 checkpoints

# cut_off: sprout is killed when the bridge has the address.
cut_off() {
	sprout apply --no-confirm q.yaml >out 2>&1 &
	local pid=$!
	until ip -o addr show dev br0 2>/dev/null | grep -q 192.0.2.10; do
		kill -0 $pid || fail "apply ended too early"
	done
	kill -STOP $pid
	sleep 0.5
	kill -9 $pid
	wait $pid 2>/dev/null
	is 1 checkpoints
}

cut_off
session
expect 0 sprout recover
as_before before recover
is 0 checkpoints
[ ! -e /run/sprout/checkpoint ] || fail "the note is still there"
session_lives recover
kill $session

# Nobody comes: NetworkManager does it, when its time is up.
cut_off
name=$(cut -d' ' -f1 /run/sprout/checkpoint)
busctl call org.freedesktop.NetworkManager /org/freedesktop/NetworkManager \
	org.freedesktop.NetworkManager CheckpointAdjustRollbackTimeout ou "$name" 1 >/dev/null
soon 20 sh -c '[ ! -e /sys/class/net/br0 ]'
soon 20 sh -c 'ip -o addr show dev eth0 | grep -q 192.0.2.10'
soon 10 is_up eth0
soon 5 reach 192.0.2.1
expect 0 sprout recover
as_before before 'recover after the rollback'

# NetworkManager has forgotten its checkpoint.
cut_off
stop_nm
start_nm
is 0 checkpoints
expect 0 sprout recover
as_before before 'recover after a restart of NetworkManager'

# Not ours.
busctl call org.freedesktop.NetworkManager /org/freedesktop/NetworkManager \
	org.freedesktop.NetworkManager CheckpointCreate aouu 0 60 0 >/dev/null
expect 20 sprout apply --no-confirm q.yaml
says 'NetworkManager has a checkpoint already'
is 1 checkpoints
as_before before 'refused'
name=$(busctl get-property org.freedesktop.NetworkManager /org/freedesktop/NetworkManager \
	org.freedesktop.NetworkManager Checkpoints | cut -d'"' -f2)
busctl call org.freedesktop.NetworkManager /org/freedesktop/NetworkManager \
	org.freedesktop.NetworkManager CheckpointDestroy o "$name"

# There is no systemd here, so no timer: said, and nothing is done.
expect 1 sprout apply --confirm-within 5 q.yaml
says 'the timer that would take the run back'
as_before before 'no timer'
