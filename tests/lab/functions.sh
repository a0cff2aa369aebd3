# SPDX-License-Identifier: LGPL-2.1-or-later
# functions.sh - what tests in the lab's guest are made of.  A test is run from
# its beginning with $stage 1, and again with the next stage after each boot
# that it asked for.
# shellcheck shell=bash
set -u
cd /root || exit 99

say() { printf '%s\n' "$*"; }
fail() {
	say "FAIL: $*"
	exit 1
}
skip() {
	say "SKIP: $*"
	exit 77
}

# --- questions --------------------------------------------------------------------

# expect STATUS COMMAND...: its output is in the file out.
expect() {
	local want=$1 got

	shift
	"$@" >out 2>&1 </dev/null
	got=$?
	[ "$got" -eq "$want" ] && return 0
	cat out
	fail "exit status $got instead of $want: $*"
}

# is VALUE COMMAND...: the command prints that.
is() {
	local want=$1 got

	shift
	got=$("$@" 2>&1)
	[ "$got" = "$want" ] || fail "\"$*\" says \"$got\" instead of \"$want\""
}

# has TEXT COMMAND...: the command prints that among other things.
has() {
	local want=$1 got

	shift
	got=$("$@" 2>&1)
	case $got in
	*"$want"*) ;;
	*) fail "\"$*\" does not say \"$want\" but: $got" ;;
	esac
}

# soon SECONDS COMMAND...: it succeeds before the time is up.
soon() {
	local limit=$1 end=$((SECONDS + $1))

	shift
	until "$@" >soon.out 2>&1 </dev/null; do
		if [ $SECONDS -ge $end ]; then
			cat soon.out
			fail "not within $limit s: $*"
		fi
		sleep 0.3
	done
}

# profile LINE...: p.yaml
profile() { printf '%s\n' 'sprout: 1' "$@" >p.yaml; }

status_of_last() { sprout runs | awk 'END { print $2 }'; }
last_run_is() { [ "$(status_of_last)" = "$1" ]; }

# Every file of /etc with attributes and label, but what daemons keep there.  The
# label's user is that of who wrote it.
files() {
	find /etc -xdev \( -name machine-id -o -name adjtime -o -name resolv.conf \) -prune -o \
		-printf '%p %y %m %U:%G %l %Z\n' | sed 's/ [a-z]*_u:/ /' | LC_ALL=C sort
	find /etc -xdev \( -name machine-id -o -name adjtime -o -name resolv.conf \) -prune -o \
		-type f -print0 | LC_ALL=C sort -z | xargs -0r sha256sum
}

# What the kernel has of the network, without counters and lifetimes.
# NetworkManager gives each card another metric from 100 on, in the order in
# which they come up.
network() {
	ip -o addr show scope global | sed 's/ *valid_lft.*//; s/^[0-9]*: //' |
		LC_ALL=C sort
	ip route | sed 's/ metric 1[0-9][0-9]//' | LC_ALL=C sort
	ip -6 route | grep -v 'fe80\|dev mgmt0' | sed 's/ expires [^ ]*//' | LC_ALL=C sort
	nft -s list ruleset
	cat /etc/resolv.conf
}

# remember NAME, unchanged NAME: the files, and what the network is.
remember() {
	mkdir -p /var/tmp/lab
	files >"/var/tmp/lab/$1.files"
	network >"/var/tmp/lab/$1.network"
}
unchanged() {
	files | diff "/var/tmp/lab/$1.files" - || fail "files are not as they were"
	soon 60 network_is "$1" # NetworkManager may be at it, after a boot
}
network_is() { network | diff "/var/tmp/lab/$1.network" -; }

# labels PATH...: each has the label that the policy gives it.
labels() {
	restorecon -Rnv "$@" >out 2>&1
	[ ! -s out ] || {
		cat out
		fail "labels are not as the policy has them: $*"
	}
}

# Denials of SELinux since the test began.
denials() { journalctl -b --no-pager -o cat -g 'avc: +denied' 2>/dev/null; }

# --- the world outside --------------------------------------------------------------

# ask WORD...: of the machine that runs the lab; see lab.py, ask_*.  What it says
# is in $answer.
ask() {
	exec 9<>/dev/virtio-ports/lab || fail "there is nobody outside"
	printf '%s\n' "$*" >&9
	IFS= read -r answer <&9
	exec 9>&-
	case $answer in
	ok*) ;;
	*) fail "$*: $answer" ;;
	esac
}

# restart STAGE [early]: boot in good order, and go on with that stage; early: as
# soon as there is a shell.
restart() {
	ask stage "$@"
	systemctl reboot
	sleep infinity
}

# turns WORD...: the rest of this stage for each of the words, with $turn, from
# this very moment on; again: with the next word, if there is one.
turns() {
	ask turns "$@"
	export turn=${answer#ok }
}
again() { ask again; }

# cut_power STAGE: at once.
cut_power() {
	ask stage "$1"
	ask reset
	sleep infinity
}

# boot_grub STAGE: off, and on again as /boot/grub/grub.cfg says, until the test
# ends; go on as soon as there is a shell.
boot_grub() {
	ask stage "$1" early
	sync
	ask grub
	sleep infinity
}

# cable NIC on|off
cable() { ask cable "$1" "$2"; }

# plug FILESYSTEM LABEL FOLDER [mbr|gpt|- [BYTES-A-SECOND]]: a USB stick with what
# is in tests/lab/FOLDER, or in tests/pkg/fixture's directory: fx/FOLDER.
plug() { ask plug "$@"; }
# unplug [N]: the last one, or the Nth that was plugged in; replug N: it again.
unplug() { ask unplug "$@"; }
replug() { ask replug "$@"; }

# fill N DISK FOLDER: put a folder's files on the Nth stick, which is empty.
fill() {
	soon 60 test -b "$2"
	{ mount "$2" /mnt && cp "$3"/* /mnt/ && umount /mnt; } || fail "$2 cannot be filled"
	unplug "$1"
	soon 60 test ! -b "$2"
}

# media_root: /srv/host, a root with the repository of the fixture, and p.yaml,
# which wants VERDE from a stick; apply, lists TEXT, empty, no_copies.
media_root() {
	local root=/srv/host

	[ -d /lab/fx ] || skip "the packages to test with could not be built"
	sprout kinds media >out 2>&1 || skip "built without media"
	mkdir -p $root/etc/pki/rpm-gpg $root/etc/yum.repos.d
	cp /lab/fx/keys/good.asc $root/etc/pki/rpm-gpg/verde.asc
	printf '%s\n' '[base]' name=base baseurl=file:///lab/fx/base gpgcheck=1 \
		gpgkey=file:///etc/pki/rpm-gpg/verde.asc >$root/etc/yum.repos.d/base.repo
	profile 'media:' '  - name: verde' '    label: VERDE' '    match: VERDE-*.rpm' \
		'    keys: [/etc/pki/rpm-gpg/verde.asc]' '    wait: 200'
}
apply() { sprout apply --root /srv/host p.yaml >apply.out 2>&1; }
list() { sprout media --keys /lab/fx/keys/good.asc >list.out 2>&1; }
lists() { list && grep -q "$1" list.out; }
empty() { list && grep -qx 'No stick is plugged in.' list.out; }
no_copies() {
	[ -z "$(ls -A /var/cache/sprout/media 2>/dev/null)" ] || fail "copies are left"
	! grep -E '/dev/sd|/dev/loop' /proc/mounts || fail "something is mounted"
}

# sit, stand: at the serial console, a terminal of 80x24; see SECONDS TEXT: there;
# press KEY...: texts, and names of keys as tmux has them.
sit() { ask sit; }
stand() { ask stand; }
see() { ask see "$@"; }
press() { ask press "$@"; }

# verde_profile POOL: p.yaml, as close to profiles/verde*.yaml as the lab allows.
verde_profile() {
	profile 'hostname: vd01' \
		'groups: [{name: vdi, gid: 2000}]' \
		'limits: [{name: 95-verde, rules: ["@vdi - nofile 65535"]}]' \
		'sysctl: [{name: net.ipv4.ip_forward, value: 1}]' \
		'network:' \
		'- {name: br0, type: bridge, ports: [ens3], mac: "52:54:00:00:00:03", replace: true,' \
		'   bridge: {stp: false},' \
		'   ipv4: {method: static, addresses: [192.0.2.10/24], gateway: 192.0.2.1, dns: [192.0.2.1]},' \
		'   ipv6: {method: disabled}}' \
		'firewall:' \
		'  {state: enabled, default_zone: public,' \
		'   zones: [{name: public, services: [ssh], ports: [5900-5999/tcp]}]}' \
		'hypervisor: {type: kvm, emulation: true, nested: false, wait: 120}' \
		'vnets:' \
		'- {name: desktops, mode: nat, bridge: virbr7, address: 10.77.0.1/24,' \
		'   dhcp: 10.77.0.100-10.77.0.250}' \
		'- {name: office, mode: bridge, bridge: br0}' \
		'- {name: functions, mode: sriov, pf: enp1s0, vfs: 7}' \
		"pools: [{name: desktops, path: $1}]"
}

# --- the far end of the wire ----------------------------------------------------------
# See /usr/local/sbin/lab-wire: a switch with the router 192.0.2.1.

wire() { ip netns exec wire "$@"; }

# from_wire ADDRESS COMMAND: a new SSH session into this host.
from_wire() {
	wire ssh -o BatchMode=yes -o ConnectTimeout=10 -o StrictHostKeyChecking=no \
		-o UserKnownHostsFile=/dev/null -o LogLevel=ERROR "root@$1" "$2"
}

# A time server at 192.0.2.1, with the clock of this guest.
wire_ntp() {
	printf '%s\n' 'local stratum 1' 'allow' 'cmdport 0' 'pidfile /run/wire-chronyd.pid' \
		'bindcmdaddress /' >/run/wire-chrony.conf
	wire chronyd -x -f /run/wire-chrony.conf
	soon 20 test -s /run/wire-chronyd.pid
}
wire_ntp_stop() {
	kill "$(cat /run/wire-chronyd.pid)"
	rm -f /run/wire-chronyd.pid
}

# Names (router.lab.example.com) and leases from 192.0.2.1.
wire_dns() {
	wire dnsmasq --conf-file=/dev/null --no-resolv --no-hosts --pid-file=/run/wire-dnsmasq.pid \
		--address=/router.lab.example.com/192.0.2.1 --bind-dynamic --interface=sw0 \
		--dhcp-range=192.0.2.100,192.0.2.150,1h --leasefile-ro --user=root
	soon 20 test -s /run/wire-dnsmasq.pid
}
