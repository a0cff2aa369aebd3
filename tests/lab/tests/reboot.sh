# SPDX-License-Identifier: LGPL-2.1-or-later
# What an apply sets is there after a reboot, and so is what an undo brings back.
# shellcheck shell=bash
case $stage in
1)
	remember first
	profile 'hostname: lasting.example.com' \
		'time: {zone: Asia/Seoul}' \
		'groups: [{name: vdi, gid: 4100}]' \
		'users: [{name: vduser, uid: 4100, groups: [vdi], ssh_keys: ["'"$(cut -d' ' -f1,2 /root/.ssh/authorized_keys)"'"]}]' \
		'limits: [{name: vdi, rules: ["@vdi - nofile 4096"]}]' \
		'sysctl: [{name: net.ipv4.ip_forward, value: 1}, {name: vm.swappiness, value: 7}]' \
		'firewall: {state: enabled, zones: [{name: public, services: [ssh], ports: [5900-5999/tcp]}]}' \
		'ntp: {servers: [192.0.2.1], pools: []}' \
		'units: [{name: chrony.service, enabled: true, active: true}, {name: ssh.service, enabled: true}]'
	expect 0 sprout apply --no-confirm p.yaml
	restart 2
	;;
2)
	is lasting.example.com hostname
	is +0900 date +%z
	is 1 sysctl -n net.ipv4.ip_forward
	is 7 sysctl -n vm.swappiness
	soon 60 firewall-cmd --state
	is 5900-5999/tcp firewall-cmd --zone=public --list-ports
	has 'dport 5900' nft list ruleset
	is active systemctl is-active chrony.service
	# A real login, through PAM, by the key of the profile.
	is 4096 wire ssh -o BatchMode=yes -o StrictHostKeyChecking=no \
		-o UserKnownHostsFile=/dev/null -o LogLevel=ERROR vduser@192.0.2.10 'ulimit -n'
	expect 0 sprout plan p.yaml
	labels /etc /home/vduser
	expect 0 sprout undo
	restart 3
	;;
3)
	is lab hostname
	is 0 sysctl -n net.ipv4.ip_forward
	is inactive systemctl is-active firewalld.service
	id vduser && fail "the user is still there"
	unchanged first
	;;
esac
