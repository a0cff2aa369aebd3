# SPDX-License-Identifier: LGPL-2.1-or-later
# SELinux for real: modes, booleans in one transaction, labels, denials.
# shellcheck shell=bash
booleans=(httpd_enable_cgi ssh_sysadm_login user_ping allow_execmem)
known=()
for b in "${booleans[@]}" $(ls /sys/fs/selinux/booleans); do
	[ -e "/sys/fs/selinux/booleans/$b" ] && known+=("$b")
	[ ${#known[@]} -ge 6 ] && break
done
[ ${#known[@]} -ge 3 ] || fail "the policy has hardly any booleans"
value() { cut -c1 "/sys/fs/selinux/booleans/$1"; }
flipped() { [ "$(value "$1")" = 1 ] && echo off || echo on; }
# How often policy or booleans were changed: struct selinux_kernel_status, whose
# counter begins to count with the first change.
commits() { od -An -tu4 -j12 -N4 /sys/fs/selinux/status | tr -d ' '; }
echo 1 >/sys/fs/selinux/commit_pending_bools

is Permissive getenforce
lines=()
for b in "${known[@]}"; do
	lines+=("    $b: $(flipped "$b")")
	value "$b"
done >values.before
profile 'selinux:' '  mode: enforcing' '  booleans:' "${lines[@]}"
before=$(commits)
expect 2 sprout plan p.yaml
is "$before" commits
is Permissive getenforce

# Mode and booleans at once; many booleans are one transaction.
expect 0 sprout apply p.yaml
is Enforcing getenforce
is $((before + 1)) commits
for b in "${known[@]}"; do
	value "$b"
done >values.after
for ((i = 1; i <= ${#known[@]}; i++)); do
	[ "$(sed -n "${i}p" values.before)" != "$(sed -n "${i}p" values.after)" ] ||
		fail "${known[i - 1]} did not change"
done
labels /etc /var/lib/selinux

# In sync: nothing is touched.
before=$(commits)
expect 0 sprout plan p.yaml
expect 0 sprout apply p.yaml
is "$before" commits

# What somebody changes by hand is found and put right.
setenforce 0
expect 2 sprout plan p.yaml
grep -q 'mode' out || fail "the plan does not name the mode"
expect 0 sprout apply p.yaml
is Enforcing getenforce
old=$(value "${known[0]}")
echo "$((1 - old))" >"/sys/fs/selinux/booleans/${known[0]}"
echo 1 >/sys/fs/selinux/commit_pending_bools
expect 2 sprout plan p.yaml
grep -q "${known[0]}" out || fail "the plan does not name the boolean"
expect 0 sprout apply p.yaml
is "$old" value "${known[0]}"

# Enforcing, with new files of all sorts: each has its label.
cp p.yaml selinux.yaml
profile 'hostname: labelled.example.com' \
	'time: {zone: Asia/Seoul}' \
	'groups: [{name: vdi, gid: 4100}]' \
	'users: [{name: vduser, uid: 4100, groups: [vdi], ssh_keys: ["'"$(cut -d' ' -f1,2 /root/.ssh/authorized_keys)"'"]}]' \
	'limits: [{name: vdi, rules: ["@vdi - nofile 4096"]}]' \
	'sysctl: [{name: net.ipv4.ip_forward, value: 1}]' \
	'firewall: {zones: [{name: desktops, sources: [10.77.0.0/24]}]}' \
	'network: [{name: second, type: ethernet, device: ens4, autoconnect: false, ipv4: {method: disabled}}]'
expect 0 sprout check p.yaml
expect 0 sprout apply --no-confirm p.yaml
is labelled.example.com hostname
labels /etc /home/vduser /var/lib/sprout
is 4096 su -c 'ulimit -n' vduser
expect 0 sprout undo
labels /etc /var/lib/sprout

# Undo of the mode.
cp selinux.yaml p.yaml
profile 'selinux: {mode: permissive}'
expect 0 sprout apply p.yaml
is Permissive getenforce
expect 0 sprout undo
is Enforcing getenforce
denials | grep 'comm="sprout"' && fail "sprout was denied something"
:
