# SPDX-License-Identifier: LGPL-2.1-or-later
# SELinux was disabled, and files came without labels: the next boot labels every
# file; from permissive to enforcing it takes no boot.
# shellcheck shell=bash
label() { stat -c %C /etc/hosts | cut -d: -f3; }
case $stage in
1)
	label >/var/tmp/label
	sed -i 's/^SELINUX=.*/SELINUX=disabled/' /etc/selinux/config
	restart 2
	;;
2)
	is Disabled getenforce
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
	restart 3
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
