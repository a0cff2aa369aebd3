# SPDX-License-Identifier: LGPL-2.1-or-later
# A new address, confirmed in a new SSH session to it, stays over a reboot.
# shellcheck shell=bash
case $stage in
1)
	profile 'network:' \
		'- name: ens3' \
		'  type: ethernet' \
		'  device: ens3' \
		'  ipv4: {method: static, addresses: [192.0.2.30/24], gateway: 192.0.2.1, dns: [192.0.2.1]}'
	from_wire 192.0.2.10 'sprout apply --confirm-within 300 p.yaml' >session 2>&1 &
	soon 400 last_run_is unconfirmed
	soon 60 from_wire 192.0.2.30 'sprout confirm'
	soon 60 last_run_is 'done'
	restart 2
	;;
2)
	# NetworkManager says that it is done before the cables are seen.
	soon 60 sh -c 'nmcli -g GENERAL.STATE device show ens3 | grep -q ^100'
	has 192.0.2.30/24 ip -o addr show ens3
	is hello from_wire 192.0.2.30 'echo hello'
	is '' pgrep -x sprout
	expect 0 sprout plan p.yaml
	;;
esac
