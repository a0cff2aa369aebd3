#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# nspawn.sh ROOT DIR COMMAND... - boot the tree ROOT with real systemd in a
# container of its own (processes, network, mounts), run COMMAND in it, and
# throw away what it changed.  DIR is there as /test, read-only.  Needs root
# and systemd-nspawn; $LIVE_BINDS are more of its options, $LIVE_ARGS go on the
# command line of the container's systemd.  Works where systemd is not process 1.  Killing this
# script kills the container.
set -eu
root=$1 dir=$2
shift 2
if [ "${NSPAWN_STAGE:-}" != 1 ]; then
	export NSPAWN_STAGE=1
	exec unshare --pid --mount-proc --net --mount --fork --kill-child \
		--propagation private -- "$0" "$root" "$dir" "$@"
fi

# Only the unified hierarchy, and a group of our own in it.
umount -R /sys/fs/cgroup 2>/dev/null || :
# Read-only while systemd starts: it then does not wait for udev.
mount -t sysfs -o ro sysfs /sys
mount -t cgroup2 cgroup2 /sys/fs/cgroup
group=/sys/fs/cgroup/sprout-live.$$.$RANDOM
mkdir "$group"
echo $$ >"$group/cgroup.procs"
work=$(mktemp -d)
ip link set lo up
ip link add eth0 type veth peer name wire0
ip link set wire0 up

# shellcheck disable=SC2086
systemd-nspawn --register=no --keep-unit --quiet -D "$root" --volatile=overlay \
	--capability=all --bind-ro="$dir:/test" --private-network \
	--network-interface=eth0 --link-journal=no --console=pipe \
	${LIVE_BINDS:-} --boot ${LIVE_ARGS:-} \
	systemd.mask=NetworkManager-wait-online.service \
	systemd.mask=apt-daily.timer systemd.mask=apt-daily-upgrade.timer \
	</dev/null >"$work/log" 2>&1 &
nspawn=$!

# The container's process 1, as it is called here.
init() {
	local f

	for f in /proc/[0-9]*/status; do
		awk '/^NSpid:/ { if (NF > 2 && $NF == 1) { print $2; exit 0 } exit 1 }' \
			"$f" 2>/dev/null && return 0
	done
	return 1
}
until pid=$(init); do
	kill -0 $nspawn 2>/dev/null || { cat "$work/log"; exit 70; }
	sleep 0.05
done
inside() {
	nsenter -t "$pid" -m -u -i -n -p -C env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin \
		HOME=/root TERM=dumb LC_ALL=C.UTF-8 "$@"
}
for ((i = 0; i < 1200; i++)); do
	case $(inside systemctl is-system-running 2>/dev/null || :) in
	running | degraded) break ;;
	esac
	kill -0 $nspawn 2>/dev/null || { cat "$work/log"; exit 70; }
	sleep 0.1
done
nsenter -t "$pid" -m sh -c 'mount -o remount,bind,rw /proc/sys' ||
	echo "# /proc/sys stays read-only"

status=0
inside "$@" </dev/null || status=$?
kill -9 "$pid"
wait $nspawn 2>/dev/null || :
echo $$ >/sys/fs/cgroup/cgroup.procs
find "$group" -depth -type d -exec rmdir {} + 2>/dev/null || :
rm -rf "$work"
exit $status
