# SPDX-License-Identifier: LGPL-2.1-or-later
# The power goes in the middle of an apply, and before a run is confirmed: the
# next boot takes the run back, to the byte.  (A name without a domain, which
# NetworkManager would keep as a search domain.)
# shellcheck shell=bash
wide() {
	profile 'hostname: cut' \
		'time: {zone: Asia/Seoul}' \
		'groups: [{name: vdi, gid: 4100}]' \
		'users: [{name: vduser, uid: 4100, groups: [vdi]}]' \
		'limits: [{name: vdi, rules: ["@vdi - nofile 4096"]}]' \
		'sysctl: [{name: net.ipv4.ip_forward, value: 1}]' \
		"commands: [{name: slow, run: [/usr/bin/sleep, \"$1\"]}]"
}
sound() {
	expect 0 sprout recover
	grep -q 'Nothing to recover' out || fail "the boot left something to recover"
	find / -xdev -name '.sprout-*' | grep . && fail "temporary files were left"
	labels /etc
}
case $stage in
1)
	expect 0 systemctl --no-reload enable sprout-recover.service
	remember first
	# While a command of the run is busy, all files are new already.
	wide 300
	sprout apply p.yaml >out 2>&1 </dev/null &
	soon 60 grep -qx cut /etc/hostname
	sync
	cut_power 2
	;;
2)
	is undone status_of_last
	is lab hostname
	unchanged first
	sound
	# At some moment while files are written.
	wide 0
	strace -f -qq -e trace=none -e inject='?rename,?renameat,?renameat2:delay_enter=3000000' \
		-o /dev/null sprout apply p.yaml >out 2>&1 </dev/null &
	for ((i = 0; i < 2000; i++)); do
		files | cmp -s - /var/tmp/lab/first.files || break
		kill -0 $! 2>/dev/null || break
	done
	cut_power 3
	;;
3)
	# Should the run have come to its end before the power went: all is new.
	if last_run_is 'done'; then
		echo "the power went too late"
		is cut hostname
		expect 0 sprout undo
	fi
	unchanged first
	is lab hostname
	sound
	# Finished, and cut before anything could write it back: all or nothing.
	wide 0
	expect 0 sprout apply p.yaml
	cut_power 4
	;;
4)
	# What was reported as done is there.
	is cut hostname
	is 'done' status_of_last
	expect 0 sprout undo
	unchanged first
	sound
	;;
esac
