# SPDX-License-Identifier: LGPL-2.1-or-later
# The first boot of a disk that kickstart.disk has installed: the host is as the
# profile says, and nothing is left to do.
# shellcheck shell=bash
report() {
	python3 -c '
import json, sys
d = json.load(open("/var/lib/sprout/" + sys.argv[1]))
print(*(d[k] for k in sys.argv[2:]))' "$@"
}
soon 200 test -e /var/lib/sprout/firstboot.json
is '0 this host /etc/sprout/profile.yaml' report firstboot.json exit from profile
is '0 True /etc/sprout/profile.yaml' report kickstart.json exit firstboot profile
has 'counts on the running host only' cat /var/log/sprout-post.log
is inactive systemctl is-active sprout-firstboot.service # done, not failed

is vd01.example.com hostname
is +0900 date +%z
has 'inet 192.0.2.20/24' ip -o -4 addr show dev br0
has 'master br0' ip -o link show dev ens3
has 'default via 192.0.2.1 dev br0' ip route
has 'inet 10.10.10.20/24' ip -o -4 addr show dev v10
has '192.0.2.1' cat /etc/resolv.conf
is 7 sysctl -n vm.swappiness
is Permissive getenforce
soon 60 firewall-cmd --state
is 5900-5999/tcp firewall-cmd --zone=public --list-ports
is ssh firewall-cmd --zone=public --list-services
has 'dport 5900' nft list ruleset
for unit in chrony ssh firewalld NetworkManager; do
	is active systemctl is-active $unit.service
	is enabled systemctl is-enabled $unit.service
done
is 'vdi vduser' sh -c 'id -Gn vduser | tr " " "\n" | sort | xargs'
is 4096 su -c 'ulimit -n' vduser
is lives from_wire 192.0.2.20 'echo lives'
labels /etc /var/lib/sprout /home/vduser

expect 0 sprout plan /etc/sprout/profile.yaml
