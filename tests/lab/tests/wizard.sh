# SPDX-License-Identifier: LGPL-2.1-or-later
# The wizard on the serial console: at the first boot, before the login prompt.
# Left by Ctrl-C, or by a line that is lost, it has changed nothing and the
# console is usable; answered to the end, in either language, the host is as
# answered.
# shellcheck shell=bash

# failed: it has ended; what it touched is nothing.
failed() {
	soon 60 sh -c '[ "$(systemctl is-active sprout-firstboot)" = failed ]'
	unchanged first
	[ -z "$(ls -A /var/lib/sprout/runs 2>/dev/null)" ] || fail "a run was begun"
	[ ! -e /etc/sprout/profile.yaml ] || fail "a profile was written"
}
# login HOST: somebody logs in on the console, and works.
login() {
	see 120 "$1 login:"
	press root Enter
	see 120 'Password:'
	press lab-secret Enter
	see 120 'root@'
	press tty Enter
	see 120 /dev/ttyS0
	press exit Enter
}
# next PAGE KEY...: answer it, and go on.
next() {
	see 120 "($1/"
	shift
	press "$@" F12
}

# Ctrl-C on a full screen, as the console's terminal is known.
leave() {
	press F12
	see 120 'Host name (2/'
	press C-c
	see 120 'Left; nothing was changed.'
	failed
	login lab
	systemctl stop serial-getty@ttyS0.service

	# Line by line; nobody is there any more, and then the line is lost.
	mkdir -p /run/systemd/system/sprout-firstboot.service.d
	printf '[Service]\nEnvironment=TERM=dumb\n' \
		>/run/systemd/system/sprout-firstboot.service.d/dumb.conf
	systemctl daemon-reload
	systemctl start --no-block sprout-firstboot.service
	see 300 'Press Enter within'
	press Enter
	see 120 '! leaves without changing anything'
	press Enter
	see 120 'Host name (2/'
	stand
	is activating systemctl is-active sprout-firstboot.service
	# What the kernel does when the line's carrier goes: TIOCVHANGUP.
	python3 -c 'import fcntl; fcntl.ioctl(open("/dev/ttyS0"), 0x5437)' || fail "no hangup"
	failed
	sit
	systemctl start serial-getty@ttyS0.service
	login lab
}
# walk KEY NAME LOOK CONFIRMED: choose the language with the key; these texts are
# to be seen on the second page, the last one, and when all is done.
walk() {
	press "$1" F12
	see 120 "$2 (2/"
	press C-u vd02.example.com F12
	next 3 # the card with the default route
	next 4 # a static address
	next 5 C-u 192.0.2.20/24
	next 6 # no network for desktops
	next 9
	next 11 C-u Tab C-u
	next 12 Down # no updates
	next 13 C-u
	next 14
	next 15 Tab Tab opensesame Tab opensesame
	next 16
	next 17 Down # permissive
	if [ "$turn" = korean ]; then
		next 18
		next 19 Tab C-u ssh Tab C-u 5900-5999/tcp
	else
		next 18 Down Down # no firewall, whose start takes half a minute
	fi
	next 20 Down Down # keep
	next 21
	see 300 "$3"
	is lab hostname
	[ ! -e /etc/sprout/profile.yaml ] || fail "a profile was written before it was asked for"
	press Tab Enter
	see 300 '[y/n]'
	is unconfirmed status_of_last
	is vd02.example.com hostname
	press y Enter
	see 120 "$4"

	# The host is as answered, and the console has its login.
	login vd02
	is '0 wizard' python3 -c '
import json
d = json.load(open("/var/lib/sprout/firstboot.json"))
print(d["exit"], d["from"])'
	is 'done' status_of_last
	has 'inet 192.0.2.20/24' ip -o -4 addr show dev ens3
	if [ "$turn" = korean ]; then
		is 5900-5999/tcp firewall-cmd --zone=public --list-ports
		is ssh firewall-cmd --zone=public --list-services
	else
		is inactive systemctl is-active firewalld.service
	fi
	is lives from_wire 192.0.2.20 'echo lives'
	has 'uid=' id vb-verde
	expect 0 sprout plan /etc/sprout/profile.yaml
}

case $stage in
1)
	sprout kinds connection >out 2>&1 || skip "built without connections"
	# What the lab leaves out for speed: the console's getty, and that the network
	# is up then; and a shell of the lab's that is there early.
	rm /etc/systemd/system/{serial-getty@ttyS0,NetworkManager-wait-online}.service
	sed -i 's/ systemd-user-sessions.service//' /etc/systemd/system/lab-shell.service
	echo root:lab-secret | chpasswd || fail "no password for root"
	expect 0 systemctl --no-reload enable sprout-firstboot.service
	remember first
	sync
	restart 2 early
	;;
2)
	sit
	soon 200 sh -c 'ip -4 route | grep -q default'
	see 300 'Press Enter within'
	turns leave english korean
	say "turn: $turn"
	sit
	press Enter
	see 120 '(1/'
	see 120 'F12 next page'
	case $turn in
	leave) leave ;;
	english) walk Up 'Host name' 'Look before you leap' 'Confirmed (run ' ;;
	korean) walk Down '호스트 이름' '적용하기 전에 확인' '확정했습니다' ;;
	esac
	again
	;;
esac
