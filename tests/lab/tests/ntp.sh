# SPDX-License-Identifier: LGPL-2.1-or-later
# ntp: a server that answers, with a chronyd that the same profile starts; none at
# all; and a chronyd that somebody stopped.
# shellcheck shell=bash
remember first
wire_ntp
profile 'ntp: {servers: [192.0.2.1], pools: [], wait: 120}' \
	'units: [{name: chrony.service, enabled: true, active: true}]'
expect 0 sprout apply p.yaml
is active systemctl is-active chrony.service
has 192.0.2.1 chronyc -n sources
has 'Leap status     : Normal' chronyc tracking
expect 0 sprout plan p.yaml

# Somebody stops it.
systemctl stop chrony.service
expect 2 sprout plan p.yaml
grep -q chrony.service out || fail "the plan does not name the service"
expect 0 sprout apply p.yaml
is active systemctl is-active chrony.service

# A server that never answers: back within the time, with the old file.
cp /etc/chrony/chrony.conf good.conf
began=$SECONDS
profile 'ntp: {servers: [192.0.2.77], pools: [], wait: 10}'
expect 20 sprout apply p.yaml
[ $((SECONDS - began)) -lt 300 ] || fail "it took $((SECONDS - began)) s"
cmp good.conf /etc/chrony/chrony.conf || fail "the file is not as it was"
is active systemctl is-active chrony.service
has 192.0.2.1 chronyc -n sources
wire_ntp_stop

expect 0 sprout undo
expect 0 sprout undo
files | diff /var/tmp/lab/first.files - || fail "files are not as they were"
is inactive systemctl is-active chrony.service
