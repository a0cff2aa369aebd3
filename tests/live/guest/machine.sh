#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A machine on a host that sprout made, in its two networks: it gets a lease,
# reaches the world, and is reached from there on the bridge alone.  Once on the
# host of profiles/verde.yaml, once with libvirt's own NAT.  This is a test for
# the lab's root, which has a kernel and QEMU; in the lab itself, where Linux is too
# slow for it, tests/lab/tests/machine.sh has another kernel.
. /test/guest/functions.sh
if ! command -v qemu-system-x86_64 virsh busybox >/dev/null || ! ls /boot/vmlinuz-* >/dev/null 2>&1; then
	echo "# SKIP this root has no QEMU, libvirt, busybox or kernel"
	exit 77
fi
pool=/var/lib/libvirt/desktops
console=/var/log/libvirt/qemu/tiny.console
# Without the file that is NetworkManager's own.
files() { describe | grep -v ' etc/resolv.conf$'; }
world() { ip netns exec world "$@"; }

# guest: here a kernel and an initrd, which asks for a lease, and pings.
guest() {
	local m

	mkdir -p tiny/{bin,dev,proc,sys,modules}
	cp "$(command -v busybox)" tiny/bin/busybox
	for m in virtio_pci virtio_net; do
		modprobe -S "$(ls /usr/lib/modules)" --show-depends $m
	done | awk '$1 ~ /insmod/ && !seen[$2]++ { print $2 }' | while IFS= read -r m; do
		cp "$m" tiny/modules/
		basename "$m" >>tiny/modules/list
	done
	cat >tiny/init <<'I'
#!/bin/busybox sh
b=/bin/busybox
$b mount -t devtmpfs dev /dev && $b mount -t proc proc /proc && $b mount -t sysfs sys /sys
exec </dev/null >/dev/ttyS0 2>&1
echo "TINY begins after $($b cut -d. -f1 /proc/uptime) s"
while read -r m; do $b insmod /modules/$m; done </modules/list
$b ip link set eth0 up
$b ip link set eth1 up
$b ip addr add $($b sed 's/.*office=//; s/ .*//' /proc/cmdline) dev eth1
$b udhcpc -f -i eth0 -s /lease -n -q -t 30 -T 2
$b ping -c 1 -W 30 198.51.100.1 && echo "TINY reaches the world"
echo "TINY is up"
exec $b sleep 100000
I
	cat >tiny/lease <<'I'
#!/bin/busybox sh
[ "$1" = bound ] || exit 0
/bin/busybox ip addr add $ip/$mask dev $interface
/bin/busybox ip route add default via $router
echo "TINY has $ip via $router"
I
	chmod 755 tiny/init tiny/lease
	(cd tiny && find . | busybox cpio -o -H newc) >initrd 2>/dev/null
	cp /boot/vmlinuz-* kernel
}
nic() { echo "<interface type='network'><source network='$1'/><model type='virtio'/>" \
	"<rom enabled='no'/></interface>"; }

# start ADDRESS/LENGTH: it gets a lease in "desktops" and has that one in "office";
# $address is the lease.
start() {
	# It runs emulated: nothing that only takes time.
	local args='console=ttyS0 quiet acpi=off nosmp nokaslr mitigations=off audit=0 selinux=0 '

	args+='apparmor=0 noreplace-smp tsc=reliable no_timer_check random.trust_cpu=on '
	args+="cryptomgr.notests office=$1 "
	cat >tiny.xml <<X
<domain type='qemu'>
  <name>tiny</name><memory unit='MiB'>96</memory><vcpu>1</vcpu>
  <os><type arch='x86_64' machine='pc'>hvm</type>
    <kernel>$pool/kernel</kernel><initrd>$pool/initrd</initrd>
    <cmdline>$args</cmdline></os>
  <devices>
    <controller type='usb' model='none'/><memballoon model='none'/>
    $(nic desktops)
    $(nic office)
    <serial type='file'><source path='$console'/></serial>
  </devices>
</domain>
X
	rm -f $console
	cp kernel initrd $pool
	expect 0 virsh define tiny.xml
	expect 0 virsh start tiny
	soon 240 grep -q 'TINY is up' $console
	grep -q 'TINY has 10\.77\.0\.[0-9]* via 10\.77\.0\.1' $console || fail "the guest has no lease"
	grep -q 'TINY reaches the world' $console || fail "the guest reaches nobody"
	address=$(sed -n 's/^TINY has \(10[.0-9]*\) .*/\1/p' $console)
	# From the host everywhere; from the world, which knows the way, on the bridge only.
	soon 30 ping -c 1 -W 5 "$address"
	soon 30 world ping -c 1 -W 5 -I 198.51.100.1 10.77.0.1
	expect 1 world ping -c 2 -W 5 -I 198.51.100.1 "$address"
	soon 60 world ping -c 1 -W 5 "${1%/*}"
}
end() {
	expect 0 virsh destroy tiny
	expect 0 virsh undefine tiny
	rm $pool/kernel $pool/initrd
	expect 0 sprout undo
	files | diff before - >out || { sed 's/^/#   /' out; fail "/etc is not as it was"; }
	is inactive systemctl is-active libvirtd.service
	is inactive systemctl is-active libvirtd.socket
	[ ! -e $pool ] || fail "the pool's directory is still there"
}

# The host has two cards; at the other end of eth0 is a router, with the world behind,
# at that of eth1 the office.
systemctl stop NetworkManager.service libvirtd.service 'libvirtd*.socket'
systemctl disable -q libvirtd.service
rm -rf /run/NetworkManager
ip link del eth0
ip netns add world
ip link add eth0 type veth peer name w0 netns world
ip link add eth1 type veth peer name w1 netns world
world sh -c 'ip link set lo up && ip link set w0 up && ip link set w1 up &&
	ip addr add 192.0.2.1/24 dev w0 && ip addr add 203.0.113.1/24 dev w1 &&
	ip addr add 198.51.100.1/32 dev lo && ip route add 10.77.0.0/24 via 192.0.2.10'
mount -o remount,ro /sys # without udev NetworkManager must begin so
systemctl start NetworkManager.service || fail "NetworkManager does not start"
soon 30 sh -c 'nmcli -t -f STARTUP general | grep -q started'
mount -o remount,rw /sys
files >before
guest

# VERDE's host as it is shipped; on top of it what a machine needs.
cat >machines.yaml <<Y
sprout: 1
hypervisor: {type: kvm, emulation: true, nested: false}
vnets:
  - {name: desktops, mode: bridge, bridge: vd0}
  - {name: office, mode: bridge, bridge: br0}
pools: [{name: desktops, path: $pool}]
Y
verde=(/test/profiles/verde.yaml machines.yaml)
expect 0 sprout apply --no-confirm "${verde[@]}"
expect 0 sprout plan "${verde[@]}"
start 203.0.113.50/24
end

# libvirt's own NAT, and the host's address on the bridge.
cat >p.yaml <<Y
sprout: 1
hostname: vd01.example.com
sysctl: [{name: net.ipv4.ip_forward, value: 1}]
network:
  - name: br0
    type: bridge
    ports: [eth0]
    bridge: {stp: false}
    ipv4: {method: static, addresses: [192.0.2.10/24], gateway: 192.0.2.1}
    ipv6: {method: disabled}
firewall: {state: enabled, zones: [{name: public, services: [ssh], ports: [5900-5999/tcp]}]}
hypervisor: {type: kvm, emulation: true, nested: false}
vnets:
  - {name: desktops, mode: nat, bridge: virbr7, address: 10.77.0.1/24, dhcp: 10.77.0.100-10.77.0.250}
  - {name: office, mode: bridge, bridge: br0}
pools: [{name: desktops, path: $pool}]
Y
expect 0 sprout apply --no-confirm p.yaml
expect 0 sprout plan p.yaml
start 192.0.2.50/24
virsh net-dhcp-leases desktops | grep -q "$address/24" || fail "libvirt knows of no lease"

# Nobody takes a network away from under it.
sed 's/10.77.0.250/10.77.0.200/' p.yaml >other.yaml
expect 20 sprout apply --no-confirm other.yaml
grep -q '1 desktop is in it' out || { cat out; fail "no word about the desktop"; }
soon 30 ping -c 1 -W 5 "$address"
end
ip link show virbr7 2>/dev/null && fail "virbr7 is still there"
exit 0
