#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A profile as a Kickstart fragment, and the hook in a real chroot.
. "${SRCDIR:-$(dirname "$0")/../..}/tests/functions.sh"
requires python3
for kind in connection repo user firewall unit; do requires "$SPROUT" kinds $kind; done

hash='$6$saltsaltsalt$qFmFH.bQmmtXzyBY0s9v7Oicd2z4XSIecDzlB5KiA2/jctKu9YterLp8wwnSq.qc.eoxqOmSuNp2xS0ktL3nh/'
key='ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl'
cat >"$TMP/p.yaml" <<Y
sprout: 1
hostname: vd01.example.com
time: {zone: Asia/Seoul, rtc: utc}
network:
  - name: uplink
    type: ethernet
    device: eth0
    ipv4: {method: static, addresses: [192.0.2.10/26, 198.51.100.1/24], gateway: 192.0.2.1, dns: [192.0.2.53]}
    ipv6: {method: disabled}
  - {name: br0, type: bridge, ports: [eth1, eth2], bridge: {stp: false}, ipv4: {method: disabled}, ipv6: {method: disabled}}
  - {name: bond0, type: bond, ports: [eth3, eth4], bond: {mode: active-backup, options: {miimon: 100}}}
  - {name: v10, type: vlan, vlan: {id: 10, parent: bond0}, mtu: 1400, autoconnect: false}
  - {name: nat, type: nat, device: vd0, ipv4: {addresses: [10.77.0.1/24]}}
repos:
  - {name: site, title: "Site's own", baseurl: ["https://a/\$releasever/"], exclude: [x, y], cost: 5, sslverify: false}
  - {name: off, metalink: "https://m/", enabled: false}
groups: [{name: vdi, gid: 2000}]
users:
  - {name: root, password_hash: '$hash', ssh_keys: ["$key it's me #1"]}
  - {name: web, uid: 2001, groups: [vdi], gecos: "It's \"me\" # 1", shell: /bin/sh, password_hash: '$hash'}
  - {name: shut, password_hash: '!'}
  - {name: gone, ensure: absent}
selinux: {mode: permissive}
firewall:
  state: enabled
  zones:
    - {name: public, services: [ssh], ports: [5900-5999/tcp, 53/udp]}
    - {name: dmz, masquerade: true}
ntp: {servers: [192.0.2.7], pools: [pool.example.com]}
units:
  - {name: chronyd.service, enabled: true, active: true}
  - {name: x.service, enabled: false}
  - {name: y.timer, enabled: true}
sysctl: [{name: vm.swappiness, value: 10}]
Y
expect_status 0 "$SPROUT" kickstart --no-hook "$TMP/p.yaml"
sed -i 1d "$TMP/out"
cat >"$TMP/want" <<W
network --hostname=vd01.example.com
timezone Asia/Seoul --utc
repo --name=site --baseurl=https://a/\$releasever/ --cost=5 --excludepkgs=x,y --noverifyssl
# left to sprout: repo "site": title
# left to sprout: repo "off"
group --name=vdi --gid=2000
rootpw --iscrypted $hash
sshkey --username=root '$key it'\\''s me #1'
user --name=web --uid=2001 --groups=vdi --gecos='It'\\''s "me" # 1' --shell=/bin/sh --iscrypted --password=$hash
user --name=shut --lock
# left to sprout: user "gone" (absent)
# left to sprout: sysctl "vm.swappiness"
selinux --permissive
network --device=eth0 --bootproto=static --ip=192.0.2.10 --netmask=255.255.255.192 --gateway=192.0.2.1 --noipv6 --nameserver=192.0.2.53 --onboot=yes
# left to sprout: connection "uplink": ipv4.addresses
network --device=br0 --bridgeslaves=eth1,eth2 --bridgeopts=stp=no --noipv4 --noipv6 --onboot=yes
network --device=bond0 --bondslaves=eth3,eth4 --bondopts=mode=active-backup,miimon=100 --bootproto=dhcp --ipv6=auto --onboot=yes
network --device=bond0 --vlanid=10 --interfacename=v10 --bootproto=dhcp --ipv6=auto --mtu=1400 --onboot=no
# left to sprout: connection "nat"
timesource --ntp-server=192.0.2.7
timesource --ntp-pool=pool.example.com
firewall --enabled --service=ssh --port=53:udp,5900-5999:tcp
# left to sprout: zone "dmz"
services --disabled=x --enabled=chronyd
# left to sprout: unit "chronyd.service": active
# left to sprout: unit "y.timer"

%packages
sprout
%end
W
diff -u "$TMP/want" "$TMP/out" || fail "the fragment"

# Read as Anaconda reads it, nothing of a value is an option or a comment; the
# profile comes through the hook as it is.
printf '%%end\n%%ksappend /etc/passwd\n# last line, no newline' >>"$TMP/p.yaml"
sed -i '/^%/s/^/# /' "$TMP/p.yaml"
expect_status 0 "$SPROUT" kickstart "$TMP/p.yaml"
python3 - "$TMP/out" "$TMP/p.yaml" <<'P' || fail "Kickstart"
import base64, shlex, sys
lines = open(sys.argv[1]).read().split("\n")
head = lines[:lines.index("%packages")]
args = [shlex.split(l, comments=True) for l in head]
user = [a for a in args if a and a[0] == "user" and "--name=web" in a][0]
assert "--gecos=It's \"me\" # 1" in user, user
assert [a for a in args if a and a[0] == "sshkey"][0][2].endswith(" it's me #1")
post = lines[[i for i, l in enumerate(lines) if l.startswith("%post")][0]:]
assert post[0] == "%post --erroronfail --log=/var/log/sprout-post.log"
assert [l for l in post[1:] if l.startswith("%")] == ["%end"], post
a, b = [i for i, l in enumerate(post) if "END-OF-PROFILE" in l]
assert base64.b64decode("".join(post[a + 1:b])) == open(sys.argv[2], "rb").read()
P
expect_status 64 "$SPROUT" kickstart
expect_status 64 "$SPROUT" kickstart "$TMP/p.yaml" "$TMP/p.yaml"
printf 'sprout: 1\nhostname: "-"\n' >"$TMP/bad.yaml"
expect_status 1 "$SPROUT" kickstart "$TMP/bad.yaml"
[ ! -s "$TMP/out" ] || fail "half a fragment"

# --- the hook, in a chroot with what Anaconda mounts there ------------------------

[ "$(id -u)" -eq 0 ] || exit 0
. "$SRCDIR/tests/hook.sh"
img=$TMP/img
mkdir -p "$img"/{etc/systemd/system,proc,sys,dev,run,tmp,root,usr/lib/systemd/system,var/lib}
cp -r "$SRCDIR/tests/kinds/user/add/before/." "$img/" 2>/dev/null
[ -e "$img/etc/passwd" ] || printf 'root:x:0:0:root:/root:/bin/sh\n' >"$img/etc/passwd"
[ -e "$img/etc/group" ] || printf 'root:x:0:\n' >"$img/etc/group"
printf '[Unit]\n[Service]\n[Install]\nWantedBy=multi-user.target\n' >"$img/usr/lib/systemd/system/chronyd.service"
cp "$img/usr/lib/systemd/system/chronyd.service" "$img/usr/lib/systemd/system/sprout-firstboot.service"
echo old >"$img/etc/hostname"
cat >"$TMP/hook.yaml" <<'Y'
sprout: 1
hostname: vd01.example.com
groups: [{name: vdi, gid: 2000}]
users: [{name: web, groups: [vdi], shell: /bin/sh, create_home: false}]
sysctl: [{name: vm.swappiness, value: 10}]
units: [{name: chronyd.service, enabled: true, active: true}]
network:
  - {name: uplink, type: ethernet, device: eth0}
Y
cp -a "$img" "$TMP/direct"
expect_status 0 "$SPROUT" apply --quiet --root "$TMP/direct" "$TMP/hook.yaml"

put_sprout "$img"
install -D -m 600 "$TMP/hook.yaml" "$img/etc/sprout/profile.yaml"
hook() { in_chroot "$img" /usr/sbin/sprout "$@"; }

expect_status 0 hook kickstart --post
python3 - "$img/var/lib/sprout/kickstart.json" <<'P' || fail "the report"
import json, sys
d = json.load(open(sys.argv[1]))
assert d["exit"] == 0 and d["firstboot"] is True, d
# Here nothing runs, and sprout has seen it.
assert "counts on the running host only" in d["messages"][0], d
assert d["apply"]["outcome"] == "done" and d["profile"] == "/etc/sprout/profile.yaml", d
P
[ "$(stat -c %a "$img/var/lib/sprout/kickstart.json")" = 600 ] || fail "the report is for everybody"
link=$img/etc/systemd/system/multi-user.target.wants/sprout-firstboot.service
[ -L "$link" ] || fail "the first boot is not enabled"
rm "$link"
rm -r "$img/etc/sprout"
same_tree "$TMP/direct/etc" "$img/etc" 'the hook and apply --root'
contains "$img/etc/hostname" vd01.example.com

# What fails is said, by status and report, and nothing is left behind.
cp -a "$img/etc" "$TMP/etc.before"
install -D -m 600 "$TMP/bad.yaml" "$img/etc/sprout/profile.yaml"
expect_status 1 hook kickstart --post
contains "$TMP/err" 'profile.yaml:2:'
python3 - "$img/var/lib/sprout/kickstart.json" <<'P' || fail "the report of a failure"
import json, sys
d = json.load(open(sys.argv[1]))
assert d["exit"] == 1 and d["firstboot"] is False and d["apply"] is None, d
assert any("hostname" in m for m in d["messages"]), d
P
[ ! -e "$link" ] || fail "the first boot is enabled"
rm -r "$img/etc/sprout"
same_tree "$TMP/etc.before" "$img/etc" 'a hook that failed'
