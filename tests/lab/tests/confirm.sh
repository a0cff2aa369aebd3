# SPDX-License-Identifier: LGPL-2.1-or-later
# A run that waits to be confirmed does not survive a power cut; one that was
# confirmed does.
# shellcheck shell=bash
case $stage in
1)
	systemctl --no-reload enable sprout-recover.service >/dev/null 2>&1
	remember first
	profile 'hostname: risky.example.com' 'firewall: {state: enabled, log_denied: unicast}'
	sprout apply --confirm-within 3000 p.yaml >out 2>&1 </dev/null &
	soon 400 last_run_is unconfirmed
	is risky.example.com hostname
	sync
	cut_power 2
	;;
2)
	is undone status_of_last
	is lab hostname
	is inactive systemctl is-active firewalld.service
	unchanged first
	sprout apply --confirm-within 3000 p.yaml >out 2>&1 </dev/null &
	soon 400 last_run_is unconfirmed
	expect 0 sprout confirm
	wait $! || fail "apply did not end with 0 after the confirmation"
	cut_power 3
	;;
3)
	is 'done' status_of_last
	is risky.example.com hostname
	soon 60 firewall-cmd --state
	expect 0 sprout plan p.yaml
	;;
esac
