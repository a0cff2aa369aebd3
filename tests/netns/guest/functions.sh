# SPDX-License-Identifier: LGPL-2.1-or-later
# functions.sh - what the tests beside a real NetworkManager start with; see
# enter.sh for what is around them.
# shellcheck shell=bash
set -u
cd /root || exit 99

fail() {
	echo "# $*"
	{ ip -br addr; ip route; nmcli device; nmcli connection; } 2>&1 | sed 's/^/#   /'
	tail -n 40 /run/nm.log 2>/dev/null | sed 's/^/#   /'
	exit 1
}

# expect STATUS COMMAND...
expect() {
	local want=$1 got

	shift
	"$@" >out 2>&1 </dev/null
	got=$?
	[ "$got" -eq "$want" ] && return 0
	sed 's/^/#   /' out
	fail "exit status $got instead of $want: $*"
}

# is VALUE COMMAND...: the command prints that.
is() {
	local want=$1 got

	shift
	got=$("$@" 2>&1)
	[ "$got" = "$want" ] || fail "\"$*\" says \"$got\" instead of \"$want\""
}

# soon SECONDS COMMAND...: it succeeds before the time is up.
soon() {
	local end=$((SECONDS + $1))

	shift
	until "$@" >/dev/null 2>&1; do
		[ $SECONDS -lt $end ] || fail "not in time: $*"
		sleep 0.1
	done
}

# says TEXT: the last expected command printed it.
says() {
	grep -qF -- "$1" out && return 0
	sed 's/^/#   /' out
	fail "no word of: $1"
}

# Somebody answers at that address, if only to say that the port is closed.
reach() { timeout 2 bash -c "exec 3<>/dev/tcp/$1/9" 2>&1 | grep -q refused; }

# What NetworkManager has been told to do, one line each.
told() { grep -c 'audit: op=' /run/nm.log; }

on_wire() { nsenter -t "$WIRE" -n "$@"; }

start_nm() {
	mount -o remount,ro /sys # else it waits for udev
	NetworkManager --debug >>/run/nm.log 2>&1 &
	nm=$!
	until nmcli -t -f STATE,STARTUP general 2>/dev/null | grep -q ':started$'; do
		kill -0 $nm || fail "NetworkManager died"
		sleep 0.02
	done
	mount -o remount,rw /sys # bridges have knobs there
}

stop_nm() {
	kill -9 "$nm"
	wait "$nm" 2>/dev/null
}

# The addresses (no link-local ones) and the connection of a device.
addresses() { ip -o addr show dev "$1" scope global | awk '{ print $4 }' | sort | xargs; }
connection_of() { nmcli -g GENERAL.CONNECTION device show "$1"; }
is_up() { [ "$(nmcli -g GENERAL.STATE device show "$1")" = "100 (connected)" ]; }

# All that undo has to bring back.  NetworkManager gives each card another
# metric from 100 on, in the order in which they come up.
describe() {
	describe_all | sed 's/ metric 1[0-9][0-9]//'
}

describe_all() {
	ip -o addr show scope global | sed 's/^[0-9]*: //; s/tentative //; s/valid_lft.*//' | sort
	ip -o route show table all | grep -v 'proto kernel' | sort
	ip -o -6 route show table all | grep -v 'proto kernel' | sort
	ip -o link | sed 's/^[0-9]*: //; s/qlen.*//; s/@[^:]*//'
	nmcli -t -f NAME,UUID,DEVICE,FILENAME connection
	(cd /etc && find NetworkManager -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum)
	find /run/NetworkManager -path '*/system-connections/*' -type f
}

# as_before FILE WHEN: describe says what it said then.
as_before() {
	describe | diff "$1" - >out && return 0
	sed 's/^/#   /' out
	fail "$2: not as it was"
}

status_of_last() { sprout runs | awk 'END { print $2 }'; }

# A TCP session from the wire to this host; it must live through what follows.
session() {
	# An echo server here, a client there that sends a line when it is told to.
	cat >session.py <<'P'
import socket, sys, os, time
if sys.argv[1] == "server":
    s = socket.create_server(("0.0.0.0", 7), reuse_port=True)
    c, _ = s.accept()
    while True:
        d = c.recv(64)
        if not d: break
        c.sendall(d)
else:
    c = socket.create_connection(("192.0.2.10", 7), 5)
    c.settimeout(20)
    n = 0
    while True:
        c.sendall(b"x")
        if c.recv(1) != b"x": sys.exit(1)
        n += 1
        open("session.new", "w").write("%d\n" % n)
        os.rename("session.new", "session.n")
        time.sleep(0.05)
P
	python3 session.py server &
	soon 5 sh -c 'ss -tln | grep -q :7'
	on_wire python3 session.py client 2>session.err &
	session=$!
	soon 10 test -s session.n
}

# session_lives WHEN: answers still come in it.
session_lives() {
	local n

	kill -0 $session 2>/dev/null || fail "$1: the TCP session is broken: $(cat session.err)"
	n=$(cat session.n)
	soon 25 sh -c "[ \$(cat session.n) -gt $((n + 2)) ]"
}

# DHCP on the wire; its process is in /run/wire.pid.
dhcp_server() {
	on_wire dnsmasq --conf-file=/dev/null --port=0 --no-ping --interface=sw0 --bind-interfaces \
		--dhcp-range=192.0.2.100,192.0.2.149,1h --dhcp-leasefile=/run/wire.leases \
		--pid-file=/run/wire.pid --user=root
}
