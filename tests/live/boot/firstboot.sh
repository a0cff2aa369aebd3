# SPDX-License-Identifier: LGPL-2.1-or-later
# boot/NAME.sh - read by live.tap before guest/NAME.sh: what is there at boot.
# shellcheck shell=bash disable=SC2154
# (Nothing of the kernel's: it is read-only while this system boots.)
sed 's,@sbindir@,/usr/sbin,' "$src/data/sprout-firstboot.service.in" >"$work/firstboot.service"
cat >"$work/firstboot.yaml" <<'Y'
sprout: 1
time: {zone: Asia/Seoul}
groups: [{name: first, gid: 2000}]
Y
LIVE_BINDS="--bind-ro=$work/firstboot.service:/etc/systemd/system/sprout-firstboot.service
	--bind-ro=$work/firstboot.yaml:/etc/sprout/profile.yaml"
LIVE_ARGS=systemd.wants=sprout-firstboot.service
export LIVE_BINDS LIVE_ARGS
