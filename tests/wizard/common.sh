# SPDX-License-Identifier: LGPL-2.1-or-later
# common.sh - for the tests of the wizard: a host to set up, and a terminal to
# sit at.  Sourced behind tests/functions.sh.
# shellcheck shell=bash

# Pages depend on the kinds that were built in.
for kind in connection package media user hypervisor command; do
	"$SPROUT" kinds "$kind" >/dev/null 2>&1 || skip "kind $kind was not built"
done

# nic DIR NAME MAC DRIVER CARRIER SPEED [VFS]: a card in the sysfs of a root.
nic() {
	local sys=$1/sys dev=$1/sys/devices/pci0000:00/$2

	mkdir -p "$dev/net/$2" "$sys/class/net" "$sys/bus/pci/drivers/$4"
	ln -s "../../devices/pci0000:00/$2/net/$2" "$sys/class/net/$2"
	ln -s ../.. "$dev/net/$2/device"
	ln -s "../../../bus/pci/drivers/$4" "$dev/driver"
	echo "$3" >"$dev/net/$2/address"
	echo "$5" >"$dev/net/$2/carrier"
	echo "$6" >"$dev/net/$2/speed"
	[ -z "${7-}" ] || echo "$7" >"$dev/sriov_totalvfs"
}

# make_host DIR: a bare installation with two cards, a loopback and a bridge.
make_host() {
	mkdir -p "$1"
	cp -a "$SRCDIR/tests/kinds/profiles/root/." "$1/"
	chmod -R u+w "$1"
	mkdir -p "$1/usr/share/zoneinfo/America/Argentina"
	cp "$1/usr/share/zoneinfo/UTC" "$1/usr/share/zoneinfo/America/Argentina/Ushuaia"
	nic "$1" eth0 52:54:00:12:34:56 virtio_net 1 1000
	nic "$1" eth1 52:54:00:ab:cd:ef i40e 0 -1 64
	mkdir -p "$1"/sys/devices/virtual/net/{lo,virbr0}
	ln -s ../../devices/virtual/net/lo "$1/sys/class/net/lo"
	ln -s ../../devices/virtual/net/virbr0 "$1/sys/class/net/virbr0"
}

# --- a terminal ----------------------------------------------------------------

# Each one has a server of its own: the last one may still be on its way out.
seat=0
terminal() { env -u TMUX tmux -S "$TMP/tmux.$seat" -f /dev/null -u "$@"; }

# sit_down COMMAND: run it at an 80x24 terminal; what stty says before and
# behind it is in $TMP/stty.{before,after}, its exit status in $TMP/rc.
sit_down() {
	stand_up
	seat=$((seat + 1))
	rm -f "$TMP"/stty.* "$TMP/rc"
	cat >"$TMP/session" <<-S
		cd "$TMP" || exit 99
		stty -a >"$TMP/stty.before"
		$1
		status=\$?
		# Of the two processes the one that is left gives the terminal back.
		while pgrep -s 0 -x sprout >/dev/null; do sleep 0.02; done
		for ((i = 0; i < 250; i++)); do
			stty -a >"$TMP/stty.after"
			cmp -s "$TMP/stty.before" "$TMP/stty.after" && break
			sleep 0.02
		done
		echo \$status >"$TMP/rc.new"
		mv "$TMP/rc.new" "$TMP/rc"
		exec sleep 600
	S
	terminal new-session -d -s w -x 80 -y 24 "bash $TMP/session"
}
stand_up() { terminal kill-server 2>/dev/null || :; }
run_at_end stand_up

screen() { terminal capture-pane -p -t w 2>/dev/null | sed 's/[[:space:]]*$//'; }

# see TEXT: wait until the screen shows it.
see() {
	local i

	for ((i = 0; i < 1500; i++)); do
		screen >"$TMP/screen"
		grep -qF -- "$1" "$TMP/screen" && return 0
		sleep 0.02
	done
	cat "$TMP/screen" >&2
	fail "the screen never shows: $1"
}

# press KEY...: names of tmux's, or texts.
press() { terminal send-keys -t w "$@"; }

# gone: wait until the command has ended; prints its exit status.
gone() {
	local i

	for ((i = 0; i < 600; i++)); do
		[ ! -e "$TMP/rc" ] || {
			cat "$TMP/rc"
			return 0
		}
		sleep 0.05
	done
	screen >&2
	fail "it does not end"
}

# know_network DIR: somebody gave the host its name and address, so that every
# page has a good default.
know_network() {
	local dir=$1/etc/NetworkManager/system-connections

	mkdir -p "$dir"
	echo vd01.example.com >"$1/etc/hostname"
	cat >"$dir/uplink.nmconnection" <<-K
		[connection]
		id=uplink
		uuid=6a0c7a5e-1f0b-4f60-9d1e-0c8d3a3d6f10
		type=ethernet
		interface-name=eth0

		[ipv4]
		method=manual
		address1=192.0.2.10/24,192.0.2.1
		dns=192.0.2.53;
	K
	chmod 600 "$dir/uplink.nmconnection"
}

# has_korean: skip unless the catalogue was built.
has_korean() {
	[ -e "$BUILDDIR/po/ko/LC_MESSAGES/sprout.mo" ] || skip "needs msgfmt when sprout is built"
}
