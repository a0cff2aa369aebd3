#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The hypervisor: real libvirt takes a network and a pool, and gives them back.
. /test/guest/functions.sh
command -v virsh >/dev/null || {
	echo "# SKIP this root has no libvirt"
	exit 77
}
networks() { virsh -q net-list --all | awk '{ print $1, $2, $3 }'; }
pools() { virsh -q pool-list --all | awk '{ print $1, $2, $3 }'; }
systemctl stop libvirtd.service 'libvirtd*.socket'
systemctl disable -q libvirtd.service
describe >before
cat >p.yaml <<'Y'
sprout: 1
hypervisor: {type: kvm, emulation: true}
vnets:
  - name: desktops
    mode: nat
    bridge: virbr7
    address: 10.77.0.1/24
    dhcp: 10.77.0.100-10.77.0.250
    domain: vd.example.com
pools: [{name: desktops, path: /var/lib/libvirt/desktops}]
Y

# Daemons started, definitions taken, network and pool up; libvirt has written
# the same files.
expect 0 sprout apply --no-confirm p.yaml
is active systemctl is-active libvirtd.service
is enabled systemctl is-enabled libvirtd.service
soon 10 sh -c 'virsh -q net-list --all | grep -q "desktops *active *yes"'
soon 10 sh -c 'virsh -q pool-list --all | grep -q "desktops *active *yes"'
ip -br address show virbr7 | grep -q 10.77.0.1/24 || fail "virbr7 has no address"
pgrep -f '[d]nsmasq.*desktops.conf' >/dev/null || fail "nobody hands out addresses"
expect 0 sprout plan p.yaml

# status and virt-host-validate are of the same opinion.
sprout status >table
sed 's/^/#   /' table
virt-host-validate qemu >valid
opinion() { # PATTERN-OF-VALIDATE NAME-IN-STATUS
	local theirs ours

	theirs=$(sed -n "s|.*$1.*: *\([A-Z]*\).*|\1|p" valid)
	ours=$(sed -n "s|^  \([A-Z]*\)  $2 .*|\1|p" table)
	if [ -z "$ours" ] || [ "$ours" != "$theirs" ]; then
		sed 's/^/#   /' valid
		fail "$2: status says \"$ours\", virt-host-validate \"$theirs\""
	fi
}
opinion '/dev/net/tun exists' /dev/net/tun
opinion '/dev/vhost-net exists' /dev/vhost-net
opinion 'IOMMU support' iommu
grep -q '^  PASS  network ' table || fail "status does not say that the network is up"

# Stopped by hand: drift only where the profile asks for it.
expect 0 virsh net-destroy desktops
expect 0 sprout plan p.yaml
expect 2 sprout status
grep -q '^  FAIL  network  *it is down: virsh net-start desktops' out || fail "status does not tell it"
sed 's/    mode: nat/    mode: nat\n    active: true/' p.yaml >active.yaml
expect 2 sprout plan active.yaml
expect 0 sprout apply --no-confirm active.yaml
networks | grep -qx 'desktops active yes' || fail "it was not started again"
expect 0 sprout undo
networks | grep -qx 'desktops inactive yes' || fail "undo did not stop it again"
expect 0 virsh net-start desktops

# A change while a desktop is in the network would cut it off.
expect 0 ip link add vnet9 type veth peer name peer9
expect 0 ip link set vnet9 master virbr7
sed 's/10.77.0.250/10.77.0.200/' p.yaml >range.yaml
expect 20 sprout apply --no-confirm range.yaml
grep -q '1 desktop is in it' out || fail "no word about the desktop"
grep -q 10.77.0.250 /etc/libvirt/qemu/networks/desktops.xml || fail "the old range is not back"
networks | grep -qx 'desktops active yes' || fail "the network went down"
expect 0 ip link del vnet9
expect 0 sprout apply --no-confirm range.yaml
virsh net-dumpxml desktops | grep -q 10.77.0.200 || fail "libvirt does not know the new range"
expect 0 sprout undo

# What libvirt will not take is taken back.
sed 's/bridge: virbr7/bridge: eth0/' p.yaml >bad.yaml
expect 20 sprout apply --no-confirm bad.yaml
networks | grep -qx 'desktops active yes' || fail "the network did not come back"
expect 0 sprout plan p.yaml

# Back to the beginning.
expect 0 sprout undo
describe | diff before - >out || { sed 's/^/#   /' out; fail "/etc is not as it was"; }
is inactive systemctl is-active libvirtd.service
is inactive systemctl is-active libvirtd.socket
ip link show virbr7 2>/dev/null && fail "virbr7 is still there"
exit 0
