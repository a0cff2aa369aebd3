#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Host name and kernel parameters take effect, drift is found, undo is exact;
# NetworkManager, which has the name from systemd-hostnamed, is told.
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

# What NetworkManager takes for the name, and its domain for one to search.
nmcli -t -f RUNNING general | grep -q '^running' || fail "NetworkManager does not run"
hostnamed=systemd-hostnamed.service
knows() {
	[ "$(nmcli general hostname)" = "$1" ] && grep -qx "search ${1#*.}" /etc/resolv.conf
}
pid() { systemctl show --property=MainPID --value $hostnamed; }
# It ends when nobody asks for half a minute: begin anew each time.
wake() { systemctl reset-failed $hostnamed; systemctl restart $hostnamed || fail "$hostnamed does not start"; }
cat >p.yaml <<'Y'
sprout: 1
hostname: live.example.com
Y
echo booted.example.net >/etc/hostname
hostname booted.example.net
rm -f /etc/resolv.conf
nmcli -w 30 connection add type ethernet ifname eth0 con-name uplink ipv4.method manual \
	ipv4.addresses 192.0.2.10/24 ipv4.dns 192.0.2.1 ipv6.method disabled >/dev/null || fail "no connection"
nmcli -w 30 connection up uplink >/dev/null || fail "the connection does not come up"
wake
soon 30 knows booted.example.net
wake
expect 0 sprout apply p.yaml
soon 30 knows live.example.com
wake
pid=$(pid)
expect 0 sprout apply p.yaml
grep -q 'Nothing to do' out || fail "there was something to do"
is "$pid" pid
expect 0 sprout undo
soon 30 knows booted.example.net
is booted.example.net hostname

# A name that only the kernel has comes back: NetworkManager, told, would replace it.
hostname by-hand.example.com
wake
pid=$(pid)
expect 0 sprout apply p.yaml
expect 0 sprout undo
is "$pid" pid
is by-hand.example.com hostname

# Nobody is woken to be told; whoever starts tells.
systemctl stop $hostnamed
expect 0 sprout apply p.yaml
is inactive systemctl is-active $hostnamed
wake
soon 30 knows live.example.com
