# SPDX-License-Identifier: LGPL-2.1-or-later
# A host for desktops, by one apply of a profile as VERDE's are: libvirt, a NAT
# network, a bridge, functions of a card, a pool; undo takes all of it back.
# machine.sh has a machine in it.
# shellcheck shell=bash
pool=/var/lib/libvirt/desktops
vfs() { cat /sys/class/net/enp1s0/device/sriov_numvfs; }

is inactive systemctl is-active libvirtd.service
# Libvirt writes filters of its own when it starts for the first time.
expect 0 systemctl start libvirtd.service
expect 0 virsh list
expect 0 systemctl stop libvirtd.service virtlogd.service 'libvirtd*.socket' 'virtlo*.socket'
remember first
is inactive systemctl is-active libvirtd.service
is 0 vfs
verde_profile $pool
expect 0 sprout apply --no-confirm p.yaml
expect 0 sprout plan p.yaml

# What virsh and the host say of it.
for n in desktops office functions; do
	has 'Active:         yes' virsh net-info $n
	has 'Autostart:      yes' virsh net-info $n
done
has running virsh pool-info desktops
has 10.77.0.1/24 ip -4 -o addr show virbr7
has 192.0.2.10/24 ip -4 -o addr show br0
is 7 vfs
is 7 sh -c 'ls -d /sys/class/net/enp1s0/device/virtfn* | wc -l'
is 7 sh -c 'virsh net-dumpxml functions | grep -c "<address type=.pci"'
expect 0 sprout status
cat out
for t in 'WARN  processor' 'WARN  /dev/kvm' 'PASS  cgroups' 'PASS  /dev/net/tun' \
	'PASS  functions +enp1s0 has 7 of 7' '= libvirtd.service: active'; do
	grep -Eq "$t" out || fail "status does not say \"$t\""
done
# virt-host-validate is of the same opinion.
virt-host-validate qemu >valid 2>&1
for t in 'hardware virtualization *: FAIL' '/dev/net/tun exists *: PASS' \
	"'memory' controller support *: PASS" 'IOMMU support *: WARN'; do
	grep -q "$t" valid || { cat valid; fail "virt-host-validate does not say \"$t\""; }
done
grep -q 'WARN  iommu' out || fail "status has another opinion of the IOMMU"

# The rule divides the card when it appears, as at boot; less is drift.
echo 0 >/sys/class/net/enp1s0/device/sriov_numvfs
expect 2 sprout plan p.yaml
grep -q 'vfs: 0 -> 7' out || { cat out; fail "the plan does not find it"; }
udevadm trigger --action=add /sys/class/net/enp1s0
udevadm settle -t 60
is 7 vfs
expect 0 sprout plan p.yaml

expect 0 sprout undo
for u in libvirtd.service libvirtd.socket libvirtd-ro.socket libvirtd-admin.socket; do
	is inactive systemctl is-active $u
done
is inactive systemctl is-active firewalld.service
is 0 vfs
[ ! -e /sys/class/net/virbr7 ] || fail "virbr7 is still there"
[ ! -e $pool ] || fail "the pool's directory is still there"
# Chains without rules are what libvirt leaves until the next boot.
nft list ruleset | grep -E '10\.77|virbr7' && fail "rules are left"
nft flush ruleset
unchanged first
is lab hostname
