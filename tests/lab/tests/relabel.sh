# SPDX-License-Identifier: LGPL-2.1-or-later
# SELinux was disabled, and files came without labels: the next boot labels every
# file; from permissive to enforcing it takes no boot.
# shellcheck shell=bash
label() { stat -c %C /etc/hosts | cut -d: -f3; }
case $stage in
1)
	label >/var/tmp/label
	# A hundred files take a second here: what this machine does not read leaves
	# its disk.  The labels of homes are made anew first, from the policy's
	# modules, which takes a minute; there are no homes.
	lsmod | awk 'NR > 1 { print $1 }' | xargs modinfo -n >loaded
	find /lib/modules/*/kernel -name '*.ko' | grep -vxFf loaded | xargs rm
	rm -r /usr/share/{bash-completion,doc,perl,perl5,selinux,zoneinfo} \
		/usr/lib/{firewalld,python3,python3.11,rpm} /var/lib/dpkg \
		/usr/lib/x86_64-linux-gnu/{gconv,perl,perl-base} \
		/var/lib/selinux/*/active/modules
	chmod -x /usr/sbin/genhomedircon
	sed -i 's/^SELINUX=.*/SELINUX=disabled/' /etc/selinux/config
	restart 2 early
	;;
2)
	is Disabled getenforce
	# Debian wants the labels, too, after a boot like this one.
	rm -f /.autorelabel
	cp /etc/hosts new && mv new /etc/hosts
	[ "$(label)" != "$(cat /var/tmp/label)" ] || fail "a new file has got a label"
	profile 'selinux: {mode: permissive}'
	expect 2 sprout plan p.yaml
	grep -q 'mode: disabled -> permissive' out || fail "the plan does not show the mode"
	expect 0 sprout apply p.yaml
	[ -e /.autorelabel ] || fail "files are not to be labelled"
	is Disabled getenforce
	# Nothing more to do before the boot.
	expect 0 sprout plan p.yaml
	restart 3 early
	;;
3)
	is Permissive getenforce
	[ ! -e /.autorelabel ] || fail "files are to be labelled once more"
	is "$(cat /var/tmp/label)" label
	expect 0 sprout plan p.yaml
	labels /etc /root /var/lib/sprout
	profile 'selinux: {mode: enforcing}'
	expect 0 sprout apply p.yaml
	is Enforcing getenforce
	expect 0 sprout undo
	is Permissive getenforce
	expect 0 sprout undo
	grep -q '^SELINUX=disabled$' /etc/selinux/config || fail "undo did not bring the mode back"
	[ ! -e /.autorelabel ] || fail "undo asks for labels"
	;;
esac
