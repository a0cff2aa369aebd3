#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A failure of any kind, for real, leaves no trace of the others.
. /test/guest/functions.sh
hostname booted.example.com
sysctl -qw net.ipv4.ip_forward=0
describe >before
base() {
	cat <<'Y'
sprout: 1
hostname: half.example.com
groups: [{name: halfway, gid: 4321}]
limits: [{name: halfway, rules: ["@halfway - nofile 4096"]}]
Y
}
clean() {
	grep -q 'failed and undone' out || fail "$1: the report does not say so"
	is undone status_of_last
	is booted.example.com hostname
	is 0 sysctl -n net.ipv4.ip_forward
	describe | diff before - >out || { sed 's/^/#   /' out; fail "$1: /etc is not as it was"; }
}

# A value that the kernel refuses.
{ base; echo 'sysctl: [{name: net.ipv4.ip_forward, value: 1}, {name: kernel.pid_max, value: 3}]'; } >p.yaml
expect 20 sprout apply p.yaml
clean 'a bad value'

# A service that does not start.
mkdir -p /run/systemd/system
printf '[Service]\nType=oneshot\nExecStart=/bin/false\n' >/run/systemd/system/broken.service
systemctl daemon-reload
{ base; echo 'units: [{name: broken.service, active: true}]'; } >p.yaml
expect 20 sprout apply p.yaml
grep -q broken.service out || fail "the service is not named"
clean 'a broken service'

# A command that fails, at the end of it all.
{ base; echo 'commands: [{name: no, run: [/bin/false]}]'; } >p.yaml
expect 20 sprout apply p.yaml
clean 'a failing command'

# One that does not end in time; meanwhile a program hears that it runs.
{ base; echo 'commands: [{name: slow, run: [/usr/bin/sleep, "4711"], timeout: 1}]'; } >p.yaml
expect 20 sprout apply p.yaml
grep -q 'command "slow": /usr/bin/sleep had not ended after 1 s' out || { cat out; fail "the limit is not named"; }
pgrep -f 'sleep 4711' && fail "the command still runs"
clean 'a slow command'
expect 20 sprout apply --events p.yaml
grep '"event": "progress", "task": "command", "object": "slow"' out | grep -q '"total": 1, "unit": "seconds"' ||
	{ cat out; fail "there is no event while the command runs"; }

# A file that nobody can replace.
touch /etc/security/limits.d/halfway.conf
mount --bind /etc/security/limits.d/halfway.conf /etc/security/limits.d/halfway.conf
describe >before
base >p.yaml
expect 20 sprout apply p.yaml
clean 'a file that is a mount point'
umount /etc/security/limits.d/halfway.conf
rm /etc/security/limits.d/halfway.conf
