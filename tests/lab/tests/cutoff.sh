# SPDX-License-Identifier: LGPL-2.1-or-later
# A wrong address given over SSH through the very card: the session is lost, and
# in time SSH answers again, with everything as it was.  The same when sprout is
# killed, and when the power goes before anybody confirmed.
# shellcheck shell=bash
answers() { from_wire 192.0.2.10 true; }
wrong() {
	profile 'network:' \
		'- name: ens3' \
		'  type: ethernet' \
		'  device: ens3' \
		'  ipv4: {method: static, addresses: [203.0.113.7/24], gateway: 203.0.113.1}'
}
case $stage in
1)
	systemctl --no-reload enable sprout-recover.service >/dev/null 2>&1
	remember first
	wrong
	from_wire 192.0.2.10 'sprout apply --confirm-within 40 p.yaml' >session 2>&1 &
	soon 300 sh -c 'ip -o addr show ens3 | grep -q 203.0.113.7'
	answers && fail "the host still answers at its old address"
	soon 180 answers
	soon 60 last_run_is undone
	unchanged first

	# Killed as soon as the address is there.
	from_wire 192.0.2.10 'sprout apply --confirm-within 40 p.yaml' >session 2>&1 &
	soon 300 sh -c 'ip -o addr show ens3 | grep -q 203.0.113.7'
	pkill -9 -x sprout
	soon 180 answers
	soon 400 last_run_is undone
	unchanged first

	sprout apply --confirm-within 3000 p.yaml >out 2>&1 </dev/null &
	soon 400 last_run_is unconfirmed
	sync
	cut_power 2
	;;
2)
	is undone status_of_last
	soon 60 answers
	unchanged first
	;;
esac
