#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A profile of twelve kinds; each of them in turn is made to fail for real.
# Nothing of the run is left: neither in files, nor in the kernel, nor in what
# runs.  When nothing fails, a second apply touches nothing at all.
. /test/guest/functions.sh
systemctl start firewalld.service || { echo "# SKIP firewalld does not run here"; exit 77; }
soon 30 firewall-cmd --state
systemctl start chrony.service || { echo "# SKIP chronyd does not run here"; exit 77; }
echo booted.example.com >/etc/hostname
hostname booted.example.com
firewall-cmd -q --reload
sysctl -qw net.ipv4.ip_forward=0
units=(chrony.service firewalld.service NetworkManager.service matrix.service)
cat >/etc/systemd/system/matrix.service <<'U'
[Service]
ExecStart=/usr/bin/sleep infinity
[Install]
WantedBy=multi-user.target
U
for v in 1 2; do
	install -D -m 755 /bin/true "/opt/matrix-$v/bin/tool"
	update-alternatives --quiet --install /usr/bin/matrix-tool matrix-tool "/opt/matrix-$v/bin/tool" $((3 - v))
done
systemctl daemon-reload
# Something that no file has, and that a failure must not lose.
firewall-cmd -q --zone=public --add-port=4000/tcp

profile() {
	cat <<'Y'
sprout: 1
hostname: matrix.example.com
time: {zone: Asia/Seoul, rtc: local}
groups: [{name: matrix, gid: 4321}]
users: [{name: matrix, uid: 4321, groups: [matrix], create_home: true, shell: /bin/sh}]
limits: [{name: matrix, rules: ["@matrix - nofile 4096"]}]
alternatives: [{name: matrix-tool, path: /opt/matrix-2/bin/tool}]
Y
	echo "sysctl: [{name: net.ipv4.ip_forward, value: 1}${1:-}]"
	echo "firewall: {log_denied: unicast, zones: [{name: public, services: [ssh], ports: [5900-5999/tcp]}, {name: matrix, sources: [10.77.0.0/24${2:-}]}]}"
	echo 'ntp: {servers: [192.0.2.66], pools: []}'
	echo "units: [{name: matrix.service, enabled: true, active: true}${3:-}]"
	echo "commands: [{name: last, run: [${4:-/usr/bin/touch, /run/matrix}], creates: /run/matrix}]"
}

# Everything that a run could leave behind.
state() {
	find /etc /home /var/lib/dpkg/alternatives /opt -xdev -printf '%p %y %m %U:%G %l\n' 2>/dev/null
	describe
	hostname
	sysctl net.ipv4.ip_forward kernel.pid_max
	nft -s list ruleset
	firewall-cmd --list-all-zones
	firewall-cmd --get-log-denied
	systemctl show --property=Id,ActiveState,SubState,UnitFileState "${units[@]}"
	chronyc -n sources | awk 'NR > 2 { print $2 }'
}
settled() {
	for u in chrony firewalld; do systemctl is-active -q $u.service || return 1; done
	# NetworkManager, told of a name and at once of another, may set both.
	[ "$(hostname)" = "$(cat /etc/hostname)" ] &&
		chronyc -n tracking >/dev/null && firewall-cmd -q --state
}
state >before
n=0

# fails KIND TEXT [PROFILE-ARGUMENT...]: it does, says TEXT, and leaves nothing.
fails() {
	local kind=$1 says=$2

	shift 2
	n=$((n + 1))
	profile "$@" >p.yaml
	systemctl reset-failed
	rm -f /run/matrix # what a command did is not taken back
	expect 20 sprout apply --no-confirm p.yaml
	cp out told
	grep -q -- "$says" told || { cat told; fail "$kind: \"$says\" is not said"; }
	grep -q 'failed and undone' told || fail "$kind: the report does not say so"
	grep -q '^taken back: hostname "hostname"' told || { cat told; fail "$kind: what was undone is not listed"; }
	is undone status_of_last
	echo "# $kind"
	soon 60 settled
	state >after
	diff before after >out || { sed 's/^/#   /' out; fail "$kind: something is left"; }
	expect 2 sprout plan p.yaml
}
# over PATH: it cannot be replaced; until "mend PATH".
over() { mount --bind "$1" "$1" || fail "cannot mount over $1"; }
closed() { { over "$1" && mount -o remount,bind,ro "$1"; } || fail "cannot close $1"; }
mend() { umount "$1" || fail "cannot unmount $1"; }

over /etc/hostname; fails hostname /etc/hostname; mend /etc/hostname
closed /proc/sys/kernel/hostname; fails 'running hostname' 'kernel/hostname'; mend /proc/sys/kernel/hostname
over /etc/timezone; fails time /etc/timezone; mend /etc/timezone
over /etc/gshadow; fails group /etc/gshadow; mend /etc/gshadow
closed /home; fails user /home; mend /home
closed /etc/security/limits.d; fails limits /etc/security/limits.d; mend /etc/security/limits.d
over /var/lib/dpkg/alternatives/matrix-tool
fails alternatives /var/lib/dpkg/alternatives/matrix-tool
mend /var/lib/dpkg/alternatives/matrix-tool
fails sysctl kernel.pid_max ', {name: kernel.pid_max, value: 3}'
fails zone 'firewall' '' ', "ipset:nobody"'
closed /etc/firewalld; fails firewall /etc/firewalld; mend /etc/firewalld
# A chronyd that does not start with the new servers.
mkdir -p /run/systemd/system/chrony.service.d
printf '[Service]\nExecStartPre=/bin/sh -c "! grep -q 192.0.2.66 /etc/chrony/chrony.conf"\n' \
	>/run/systemd/system/chrony.service.d/no.conf
systemctl daemon-reload
fails ntp chrony.service
rm -r /run/systemd/system/chrony.service.d
# A unit that does not start, at the end of those that do.
printf '[Service]\nType=oneshot\nExecStart=/bin/false\n' >/run/systemd/system/broken.service
systemctl daemon-reload
fails unit broken.service '' '' ', {name: broken.service, active: true}'
rm /run/systemd/system/broken.service
systemctl daemon-reload
fails command '/bin/false' '' '' '' /bin/false
echo "# $n ways to fail"

# Nothing fails.
profile >p.yaml
expect 0 sprout apply --no-confirm p.yaml
is matrix.example.com hostname
is active systemctl is-active matrix.service
nft list ruleset | grep -q 'dport 5900-5999' || fail "the rule is not in the kernel"
chronyc -n sources | grep -q 192.0.2.66 || fail "chronyd does not ask the server"
[ -e /run/matrix ] || fail "the command did not run"
is '700 matrix matrix' sh -c 'stat -c "%a %U %G" /home/matrix | sed s/755/700/'
cmp /etc/skel/.profile /home/matrix/.profile || fail "the home is not like /etc/skel"

# Again: nothing is started, told or written.
touch_free() {
	systemctl show --property=Id,MainPID,ActiveEnterTimestampMonotonic,StateChangeTimestampMonotonic,NRestarts "${units[@]}"
	find / -xdev \( -path /root -o -path /proc -o -path /sys -o -path /dev -o -path /tmp -o -path /var/log \
		-o -path /var/lib/sprout/lock -o -path /var/lib/NetworkManager -o -path /var/lib/chrony \) -prune \
		-o -printf '%p %y %m %s %T@ %C@\n' 2>/dev/null
}
soon 60 settled
sleep 1
journalctl -q --sync 2>/dev/null
cursor=$(journalctl -n 0 --show-cursor | sed -n 's/^-- cursor: //p')
touch_free >quiet
expect 0 sprout apply --no-confirm p.yaml
grep -q 'Nothing to do' out || fail "there was something to do"
touch_free | diff quiet - >out || { sed 's/^/#   /' out; fail "the second apply touches something"; }
journalctl -q --sync 2>/dev/null
journalctl --after-cursor="$cursor" -o cat | grep -E 'Reload|Restart|Start|Stopp' >out &&
	{ sed 's/^/#   /' out; fail "the second apply tells a service"; }

# Drift of every sort at a time, and back.
sed -i 's/^units: \[/&{name: chrony.service, active: true}, /' p.yaml
expect 0 sprout plan p.yaml
systemctl stop chrony.service matrix.service
firewall-cmd -q --zone=public --remove-port=5900-5999/tcp
firewall-cmd -q --zone=public --add-port=6000/tcp
rm -f /etc/sysctl.d/*ip_forward* /etc/security/limits.d/matrix.conf
sysctl -qw net.ipv4.ip_forward=0
hostname by-hand.example.com
echo Etc/UTC >/etc/timezone
update-alternatives --quiet --set matrix-tool /opt/matrix-1/bin/tool
sed -i '/^matrix:/d' /etc/gshadow
expect 2 sprout status
expect 2 sprout plan p.yaml
for what in 'hostname: by-hand.example.com -> matrix.example.com' 'zone: Etc/UTC -> Asia/Seoul' \
	'sysctl "net.ipv4.ip_forward"' 'limits "matrix"' 'path: /opt/matrix-1/bin/tool -> /opt/matrix-2/bin/tool' \
	'ports: \[6000/tcp\] -> \[5900-5999/tcp\]' 'unit "chrony.service"' 'unit "matrix.service"'; do
	grep -q -- "$what" out || { cat out; fail "the plan does not find: $what"; }
done
expect 0 sprout apply --no-confirm p.yaml
expect 0 sprout plan p.yaml
is active systemctl is-active chrony.service
is 1 sysctl -n net.ipv4.ip_forward
is 5900-5999/tcp firewall-cmd --zone=public --list-ports
