# SPDX-License-Identifier: LGPL-2.1-or-later
# hook.sh - a chroot as an installer's hooks have it.  Sourced behind
# tests/functions.sh; needs root.
# shellcheck shell=bash
[ "$(id -u)" -eq 0 ] || skip "needs root"
requires unshare
requires chroot
requires unshare --mount --pid --fork --propagation private true
ldd "$SPROUT" 2>/dev/null | grep -q asan && exit 0

# put_sprout ROOT: the program and its libraries.
put_sprout() {
	local root=$1 libs lib

	libs=$(find /lib /lib64 /usr/lib /usr/lib64 -name 'libnm.so.0' 2>/dev/null | sort -u)
	# shellcheck disable=SC2086
	{ ldd "$SPROUT" $libs | sed -n 's/.*\(=> \|^\t\)\(\/[^ ]*\) .*/\2/p'; echo "$libs"; } |
		sort -u | while read -r lib; do install -D -m 755 "$lib" "$root$lib"; done
	install -D -m 755 "$SPROUT" "$root/usr/sbin/sprout"
	mkdir -p "$root"/{proc,sys,dev,run,tmp,root}
}

# in_chroot ROOT COMMAND...: /run is the installer's, with its systemd and its
# bus; process 1 of the namespace is the script, outside of the chroot.  With $as,
# a user and group: as these, and in a container where no daemon runs.
in_chroot() {
	cat >"$TMP/in_chroot" <<-'H'
		root=$1
		shift
		mount -t proc proc "$root/proc"
		mount --rbind /sys "$root/sys"
		mount --rbind /dev "$root/dev"
		mount -t tmpfs tmpfs "$root/run"
		if [ -z "$as" ]; then
			mkdir -p "$root/run/systemd/system" "$root/run/dbus"
			: >"$root/run/dbus/system_bus_socket"
		fi
		PATH=/usr/sbin:/usr/bin:/sbin:/bin chroot ${as:+--userspec=$as} "$root" "$@"
	H
	as=${as-} unshare --mount --pid --fork --propagation private bash "$TMP/in_chroot" "$@"
}
