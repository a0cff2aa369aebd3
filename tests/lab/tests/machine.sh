# SPDX-License-Identifier: LGPL-2.1-or-later
# A machine on VERDE's host, which one apply of profiles/verde.yaml makes: it gets
# a lease behind NAT, hears the world, and is reached from there on the bridge
# alone.  Linux takes many minutes to boot here: the kernel is iPXE, the initrd
# a script for it.  tests/live/guest/machine.sh has Linux, and undo.
# shellcheck shell=bash
kernel=/boot/ipxe.lkrn
pool=/var/lib/libvirt/desktops
console=/var/log/libvirt/qemu/tiny.console
shipped=/usr/local/share/sprout/profiles/verde.yaml
profiles=(verde.yaml p.yaml)
# What the machine says; no process is needed to ask, they take its time away.
says() {
	local text=

	IFS= read -r -d '' text <$console
	[[ $text == *"TINY $1"* ]] || { say "$text"; return 1; }
}
nic() { echo "<interface type='network'><source network='$1'/><model type='virtio'/>" \
	"<rom enabled='no'/></interface>"; }

# The cards get the names that they have in the profile; no other profile is for them.
expect 0 nmcli connection down ens3
for n in 3:0 4:1; do
	ip link set "ens${n%:*}" down
	ip link set "ens${n%:*}" name "eth${n#*:}"
	ip link set "eth${n#*:}" up
done
soon 60 sh -c 'nmcli -g DEVICE,STATE device | grep -c "^eth[01]:disconnected" | grep -qx 2'
# NetworkManager gives nft 2 s, in which a slow guest does not load modules.
modprobe -a nft_chain_nat nft_masq nft_ct nft_reject_ipv4 nf_nat_h323 nf_nat_pptp \
	nf_nat_tftp nf_nat_sip nf_nat_irc nf_nat_ftp
is inactive systemctl is-active libvirtd.service

# As it is shipped, but for SELinux: Debian's policy keeps NetworkManager's dnsmasq
# from what it needs.  On top of it what a machine needs.
sed 's/^  mode: enforcing$/  mode: permissive/' $shipped >verde.yaml
profile 'hypervisor: {type: kvm, emulation: true, nested: false, wait: 120}' \
	'vnets:' \
	'- {name: desktops, mode: bridge, bridge: vd0}' \
	'- {name: office, mode: bridge, bridge: br0}' \
	"pools: [{name: desktops, path: $pool}]"
expect 0 sprout apply --no-confirm "${profiles[@]}"
expect 0 sprout plan "${profiles[@]}"

# The world has a word to say, and knows the way to the desktops.
mkdir world
printf '%s\n' '#!ipxe' 'echo TINY hears the world' >world/word
wire busybox httpd -p 198.51.100.1:80 -h world
wire ip route add 10.77.0.0/24 via 192.0.2.10

cp $kernel $pool/kernel
cat >$pool/initrd <<'I'
#!ipxe
:lease
dhcp net0 || goto lease
echo TINY has ${net0/ip} via ${net0/gateway}
:word
chain http://198.51.100.1/word || goto word
set net1/ip 192.0.2.50
set net1/netmask 255.255.255.0
ifopen net1
echo TINY is up
sleep 100000
I
cat >tiny.xml <<X
<domain type='qemu'>
  <name>tiny</name><memory unit='MiB'>128</memory><vcpu>1</vcpu>
  <os><type arch='x86_64' machine='pc'>hvm</type>
    <kernel>$pool/kernel</kernel><initrd>$pool/initrd</initrd>
    <bios useserial='yes'/></os>
  <devices>
    <controller type='usb' model='none'/><memballoon model='none'/>
    $(nic desktops)
    $(nic office)
    <serial type='file'><source path='$console'/></serial>
  </devices>
</domain>
X
expect 0 virsh create tiny.xml
soon 300 says 'is up'
says 'hears the world' || fail "the machine does not hear the world"
lease=$(sed -n 's/^TINY has \(10\.77\.0\.[0-9]*\) via 10\.77\.0\.1.$/\1/p' $console)
[ -n "$lease" ] || { cat $console; fail "the machine has no lease"; }
# From the host everywhere; from the world on the bridge only.
soon 30 ping -c 1 -W 5 "$lease"
soon 30 wire ping -c 1 -W 5 -I 198.51.100.1 10.77.0.1
expect 1 wire ping -c 2 -W 5 -I 198.51.100.1 "$lease"
soon 60 wire ping -c 1 -W 5 192.0.2.50
