# SPDX-License-Identifier: LGPL-2.1-or-later
# Something that was within reach and is not any more: back at once, status 22.
# shellcheck shell=bash
remember first
settings() {
	profile 'probe: {ping: [198.51.100.1, 198.51.100.77], timeout: 10}' \
		'network:' \
		'- name: ens3' \
		'  type: ethernet' \
		'  device: ens3' \
		"  ipv4: {method: static, addresses: [192.0.2.10/24], gateway: $1, dns: [192.0.2.1]}"
}
settings 192.0.2.99
expect 22 sprout apply --no-confirm p.yaml
grep -q 198.51.100.1 out || fail "what is out of reach is not named"
is undone status_of_last
unchanged first
expect 0 ping -c 1 -W 5 198.51.100.1

# What was silent before has no vote.
profile 'probe: {ping: [198.51.100.1, 198.51.100.77], timeout: 10}' \
	'network:' \
	'- name: ens3' \
	'  type: ethernet' \
	'  device: ens3' \
	'  ipv4: {method: static, addresses: [192.0.2.31/24], gateway: 192.0.2.1, dns: [192.0.2.1]}'
expect 0 sprout apply --no-confirm p.yaml
is 'done' status_of_last
