#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The first boot finds the host's profile, before anybody can log in; once.
. /test/guest/functions.sh
report=/var/lib/sprout/firstboot.json

soon 60 test -e $report
grep -q '"exit": 0' $report || fail "the report: $(cat $report)"
grep -q '"from": "this host"' $report || fail "the report: $(cat $report)"
is first:x:2000: getent group first
is KST date +%Z
is success systemctl show -P Result sprout-firstboot.service
is inactive systemctl is-active sprout-firstboot.service
is active systemctl is-active getty.target

# It was through before the logins began.
through=$(systemctl show -P ExecMainExitTimestampMonotonic sprout-firstboot.service)
logins=$(systemctl show -P ActiveEnterTimestampMonotonic getty.target)
[ "$through" -gt 0 ] && [ "$through" -lt "$logins" ] || fail "through at $through, logins at $logins"

# Not again, whatever the host is now; the report is what counts.
groupdel first
systemctl start sprout-firstboot.service
expect 2 getent group first
is no systemctl show -P ConditionResult sprout-firstboot.service

# Switched off, and broken: the host comes up, the service says what is wrong.
rm $report
echo 'sprout.firstboot=0' >cmdline
expect 0 sprout firstboot --cmdline cmdline
[ ! -e $report ] || fail "it is switched off"
echo 'sprout.profile=/nowhere.yaml' >cmdline
mkdir -p /run/systemd/system/sprout-firstboot.service.d
printf '[Service]\nExecStart=\nExecStart=/usr/sbin/sprout firstboot --cmdline /root/cmdline\n' \
	>/run/systemd/system/sprout-firstboot.service.d/x.conf
systemctl daemon-reload
expect 1 systemctl start sprout-firstboot.service
journalctl -u sprout-firstboot.service --no-pager | grep -q 'nowhere.yaml' || fail "the journal does not tell why"
grep -q '"exit": 1' /var/lib/sprout/firstboot-failed.json || fail "no report of the failure"
