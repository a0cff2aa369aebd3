# SPDX-License-Identifier: LGPL-2.1-or-later
# Xen: one apply has GRUB boot it, undo has GRUB boot Linux; under Xen libvirt
# answers, drift is found and mended.
# shellcheck shell=bash
menu=/boot/grub/grub.cfg
boots() { sed -n 's/^ *set default="\([^$]*\)"$/\1/p' $menu; }
settings() {
	find /etc/default /etc/systemd -printf '%p %y %m %U:%G %l\n' | LC_ALL=C sort
	find /etc/default /etc/systemd -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum
}

case $stage in
1)
	# As the packages would do it.
	tar -C / --keep-directory-symlink -xf /usr/share/xen-lab/root.tar
	cp /usr/share/xen-lab/initrd "/boot/initrd.img-$(uname -r)"
	install -d -m 2750 -g adm /var/log/xen
	mkdir -p /boot/grub
	ldconfig
	expect 0 update-rc.d xen defaults
	# Here all of it is emulated: what is not needed is left out.
	words='console=hvc0 systemd.show_status=0 modules_load=virtio_console'
	for u in NetworkManager ssh lab-mgmt lab-wire systemd-logind systemd-udev-trigger \
		systemd-machined; do
		words+=" systemd.mask=$u.service"
	done
	printf '%s\n' GRUB_DEFAULT=0 GRUB_TIMEOUT=0 GRUB_DISTRIBUTOR=Debian \
		GRUB_TERMINAL=serial GRUB_CMDLINE_LINUX_DEFAULT=quiet \
		"GRUB_CMDLINE_LINUX=\"$words\"" GRUB_DISABLE_RECOVERY=true \
		'GRUB_CMDLINE_XEN="com1=115200 console=com1"' >/etc/default/grub
	sed -i 's/^#\(XEN_OVERRIDE_GRUB_DEFAULT=\)/\10/' /etc/default/grub.d/xen.cfg
	# The first console is Xen's.
	sed -i '/dev-hvc0.device/d; s/hvc0/hvc1/' /etc/systemd/system/lab-shell.service
	settings >settings

	profile 'hypervisor: {type: xen, dom0_memory: 512, wait: 120}'
	expect 0 sprout apply --no-confirm p.yaml
	grep -q 'counts from the next boot on' out || { cat out; fail "it does not say when"; }
	is 'Debian GNU/Linux, with Xen hypervisor' boots
	is active systemctl is-active libvirtd.service
	expect 0 sprout plan p.yaml
	expect 2 sprout status
	grep -q 'FAIL  Xen' out || { cat out; fail "status does not miss Xen"; }

	expect 0 sprout undo
	is inactive systemctl is-active libvirtd.service
	is 0 boots
	diff settings <(settings) || fail "files are not as they were"

	expect 0 sprout apply --no-confirm p.yaml
	boot_grub 2
	;;
2)
	is xen cat /sys/hypervisor/type
	memory=$(awk '/^MemTotal:/ { print int($2 / 1024) }' /proc/meminfo)
	if [ "$memory" -lt 380 ] || [ "$memory" -gt 512 ]; then
		fail "dom0 has $memory MiB"
	fi
	soon 200 systemctl is-active xen.service
	soon 200 systemctl is-active libvirtd.service
	has Domain-0 xl list
	has Domain-0 virsh -c xen:///system list
	expect 0 sprout plan p.yaml
	expect 0 sprout status
	for t in 'PASS  Xen +4\..* dom0' 'WARN  machines +only paravirtualised' \
		'PASS  /dev/xen/privcmd' '= libvirtd.service: active' '= xen.service: active'; do
		grep -Eq "$t" out || { cat out; fail "status does not say \"$t\""; }
	done

	expect 0 systemctl stop libvirtd.service 'libvirtd*.socket'
	expect 2 sprout plan p.yaml
	expect 0 sprout apply --no-confirm p.yaml
	expect 0 virsh -c xen:///system list
	expect 0 sprout plan p.yaml
	;;
esac
