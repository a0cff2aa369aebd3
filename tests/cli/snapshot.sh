#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A snapshot makes the same plan as the host, has no secret, cannot be changed.
. "${SRCDIR:-$(dirname "$0")/../..}/tests/functions.sh"
requires tar
requires "$SPROUT" kinds unit
requires "$SPROUT" kinds alternatives

root=$TMP/root
lib=usr/lib/systemd/system
mkdir -p "$root"/etc/{alternatives,NetworkManager/system-connections,yum.repos.d} \
	"$root"/etc/sysctl.d "$root"/{$lib,usr/bin,var/lib/alternatives,opt/a,opt/b}
printf 'root:x:0:0::/root:/bin/sh\nold:x:1000:1000::/home/old:/bin/sh\n' >"$root/etc/passwd"
printf 'root:x:0:\nold:x:1000:\n' >"$root/etc/group"
printf '[Unit]\n[Install]\nWantedBy=multi-user.target\n' >"$root/$lib/chronyd.service"
printf 'auto\n/usr/bin/a\n\n/opt/a/a\n1\n/opt/b/a\n2\n' >"$root/var/lib/alternatives/a"
touch "$root"/opt/{a,b}/a
ln -s /opt/b/a "$root/etc/alternatives/a"
ln -s /etc/alternatives/a "$root/usr/bin/a"

# Where secrets are, and where they should not be.
canary=Kanarienvogel
hash='$6$saltsaltsalt$qFmFH.bQmmtXzyBY0s9v7Oicd2z4XSIecDzlB5KiA2/jctKu9YterLp8wwnSq.qc.eoxqOmSuNp2xS0ktL3nh/'
other=${hash/bQmmtX/$canary}
cat >"$root/etc/shadow" <<S
root:$other:19000:0:99999:7:::
old:$hash:19000:0:99999:7:::
bin:*:19000:0:99999:7:::
weak:$canary:1::::::
S
printf 'root:%s::\nold:!::old\n' "$other" >"$root/etc/gshadow"
con=$root/etc/NetworkManager/system-connections
cat >"$con/uplink.nmconnection" <<N
[connection]
id=uplink
uuid=d2ed7caa-86fb-57f0-985a-107a7eff9910
type=ethernet
interface-name=eth0

[802-1x]
eap=peap;
phase2-auth=mschapv2
identity=me
password=$canary

[ipv4]
address1=192.0.2.9/24
method=manual

[user]
org.sprout.profile=1
N
printf '[connection]\nid=w\nuuid=d2ed7caa-86fb-57f0-985a-107a7eff9911\ntype=wifi\ninterface-name=wl0\n[wifi]\nssid=x\n[wifi-security]\npsk=%s\n' \
	$canary >"$con/w.nmconnection"
cat >"$root/etc/yum.repos.d/a.repo" <<R
[a]
name=a
baseurl=https://h/
enabled=1
username=me
password=$canary
R
printf '[Unit]\n[Service]\nEnvironment=TOKEN=%s\n[Install]\nWantedBy=multi-user.target\n' \
	$canary >"$root/$lib/b.service"
printf 'x\n-----BEGIN PRIVATE KEY-----\n%s\n-----END PRIVATE KEY-----\n' $canary >"$root/etc/sysctl.d/9.conf"
chmod 600 "$con"/*
chmod 0 "$root"/etc/{shadow,gshadow}

cat >"$TMP/p.yaml" <<Y
sprout: 1
hostname: vd01.example.com
sysctl: [{name: net.ipv4.ip_forward, value: 1}]
units: [{name: chronyd.service, enabled: true}, {name: b.service, enabled: true}]
alternatives: [{name: a, path: /opt/a/a}]
users:
  - {name: old, password_hash: '$hash'}
  - {name: bin2, password_hash: '!', create_home: false}
repos: [{name: a, title: b, username: me}]
Y
requires "$SPROUT" kinds connection
cat >>"$TMP/p.yaml" <<'Y'
network:
  - name: uplink
    type: ethernet
    device: eth0
    ipv4: {method: static, addresses: [192.0.2.10/24]}
Y

snap=$TMP/host.tar
if ! "$SPROUT" snapshot --root "$root" -o "$snap" >"$TMP/out" 2>"$TMP/err"; then
	grep -q libarchive "$TMP/err" && skip "$(cat "$TMP/err")"
	cat "$TMP/err" >&2
	fail "no snapshot"
fi
contains "$TMP/out" "without its secrets: /etc/yum.repos.d/a.repo: a setting that looks like a secret (line 6)"
contains "$TMP/out" "without its secrets: /$lib/b.service: "
contains "$TMP/out" "left out: /etc/sysctl.d/9.conf: a private key (line 2)"
[ "$(stat -c %a "$snap")" = 600 ] || fail "the archive is not for its owner alone"

# No secret, no line of shadow, no private key, no part of a hash.
! grep -q $canary "$snap" || fail "a secret is in the snapshot"
! grep -q 'PRIVATE KEY' "$snap" || fail "a private key is in the snapshot"
! grep -qFf <(cat "$root"/etc/{shadow,gshadow}) "$snap" || fail "a line of shadow is in the snapshot"
for ((i = 0; i + 12 <= ${#hash}; i += 4)); do
	! grep -qF -- "${hash:i:12}" "$snap" || fail "part of a hash is in the snapshot"
done

# The same bytes again, and compressed as the name ends.
expect_status 0 "$SPROUT" snapshot --quiet --root "$root" -o "$TMP/again.tar"
[ ! -s "$TMP/out" ] || fail "--quiet is not quiet"
cmp "$snap" "$TMP/again.tar" || fail "two snapshots of one root differ"
for e in gz xz zst; do
	"$SPROUT" snapshot --quiet --root "$root" -o "$TMP/h.tar.$e" 2>"$TMP/err" || {
		contains "$TMP/err" "cannot compress"
		continue
	}
	expect_status 2 "$SPROUT" plan --quiet --root "$TMP/h.tar.$e" "$TMP/p.yaml"
done

# One plan of the root, of the archive, of the directory it extracts to.  (What
# a diff shows of files with secrets is less.)
unknown='/etc/sysctl.d/9.conf is not in the snapshot'
mkdir "$TMP/dir"
tar xf "$snap" -C "$TMP/dir" || fail "tar"
expect_status 2 "$SPROUT" plan --root "$root" "$TMP/p.yaml"
cp "$TMP/out" "$TMP/plan.root"
contains "$TMP/plan.root" '    ipv4.addresses: [192.0.2.9/24] -> [192.0.2.10/24]'
contains "$TMP/plan.root" '~ unit "b.service"'
! grep -q 'user "old"' "$TMP/plan.root" || fail "the password is what it should be"
same_plan() {
	expect_status 2 "$@"
	contains "$TMP/out" "warning: $unknown"
	grep -v "$unknown" "$TMP/out" >"$TMP/plan.snap"
	diff -u "$TMP/plan.root" "$TMP/plan.snap" || fail "the plan differs: $*"
}
for r in "$snap" "$TMP/dir"; do
	same_plan "$SPROUT" plan --root "$r" "$TMP/p.yaml"
	expect_status 0 "$SPROUT" check --root "$r" "$TMP/p.yaml"
	expect_status 2 "$SPROUT" plan --diff --root "$r" "$TMP/p.yaml"
	contains "$TMP/out" '+address1=192.0.2.10/24'
done

# Another password is seen to be another one, also by a lock alone.
for want in "${hash/qFmFH/aFmFH}" "!$hash" '!' '*'; do
	printf "sprout: 1\nusers: [{name: old, password_hash: '%s'}]\n" "$want" >"$TMP/pw.yaml"
	for r in "$root" "$snap"; do
		expect_status 2 "$SPROUT" plan --root "$r" "$TMP/pw.yaml"
		contains "$TMP/out" 'password_hash: (secret, differs)'
	done
done

# What cannot be told is said, and taken to be right.
cat >"$TMP/cannot.yaml" <<Y
sprout: 1
users: [{name: weak, password_hash: '$hash'}]
repos: [{name: a, title: a, password: x}]
Y
printf 'weak:x:1001:1001::/home/weak:/bin/sh\n' >>"$root/etc/passwd"
expect_status 2 "$SPROUT" plan --root "$root" "$TMP/cannot.yaml"
contains "$TMP/out" 'Plan: 0 to add, 2 to change, 0 to remove.'
expect_status 0 "$SPROUT" snapshot --quiet --root "$root" -o "$TMP/weak.tar"
expect_status 0 "$SPROUT" plan --root "$TMP/weak.tar" "$TMP/cannot.yaml"
contains "$TMP/out" 'cannot.yaml:2: user "weak": password_hash: is not in the snapshot, and taken to be as the profile says'
contains "$TMP/out" 'cannot.yaml:3: repo "a": password: is not in the snapshot, and taken to be as the profile says'

# As nobody, in a bare root: no /proc, no /etc, no user database.
if [ "$(id -u)" -eq 0 ] && command -v chroot >/dev/null; then
	bare=$TMP/bare
	mkdir "$bare"
	cp "$SPROUT" "$bare/sprout"
	cp "$snap" "$bare/host.tar"
	# The name that the warnings of the first plan have.
	install -D -m 644 "$TMP/p.yaml" "$bare$TMP/p.yaml"
	libs=$(find /lib /lib64 /usr/lib /usr/lib64 \( -name 'libarchive.so.13' -o -name 'libnm.so.0' \) \
		2>/dev/null | sort -u)
	# shellcheck disable=SC2086
	{ ldd "$SPROUT" $libs | sed -n 's/.*\(=> \|^\t\)\(\/[^ ]*\) .*/\2/p'; echo "$libs"; } |
		sort -u | while read -r lib; do install -D -m 755 "$lib" "$bare$lib"; done
	chmod 644 "$bare/host.tar"
	chmod 755 "$TMP" "$bare"
	# The sanitizers' own files are not here.
	if chroot --userspec=65534:65534 "$bare" /sprout --version >/dev/null 2>&1; then
		same_plan chroot --userspec=65534:65534 "$bare" /sprout plan --root /host.tar "$TMP/p.yaml"
	fi
fi

# It is for plans only.
cp -a "$TMP/dir" "$TMP/dir.first"
expect_status 1 "$SPROUT" apply --root "$TMP/dir" "$TMP/p.yaml"
contains "$TMP/err" "is a snapshot: plans can be made of it, changes not"
expect_status 1 "$SPROUT" apply --root "$snap" "$TMP/p.yaml"
contains "$TMP/err" "only plan and check take a snapshot's archive"
expect_status 1 "$SPROUT" snapshot --root "$TMP/dir" -o "$TMP/x.tar"
contains "$TMP/err" "is a snapshot itself"
same_tree "$TMP/dir.first" "$TMP/dir" 'after attempts to change it'
[ ! -e "$TMP/dir/var/lib/sprout" ] || fail "a journal was begun in a snapshot"

# What goes wrong leaves the old file, and nothing else.
mkdir "$TMP/o"
echo old >"$TMP/o/x.zip"
expect_status 1 "$SPROUT" snapshot --root "$root" -o "$TMP/o/x.zip"
contains "$TMP/err" ".tar.zst, .tar.xz, .tar.gz or .tar"
[ "$(ls "$TMP/o")" = x.zip ] || fail "not as before"
[ "$(cat "$TMP/o/x.zip")" = old ] || fail "not as before"
expect_status 1 "$SPROUT" snapshot --root "$root" -o "$TMP/none/x.tar"
expect_status 64 "$SPROUT" snapshot --root "$root"
expect_status 64 "$SPROUT" snapshot --root "$root" -o "$TMP/x.tar" more
echo 'no archive' >"$TMP/no.tar"
expect_status 1 "$SPROUT" plan --root "$TMP/no.tar" "$TMP/p.yaml"
tar cf "$TMP/other.tar" -C "$root" etc/passwd
expect_status 1 "$SPROUT" plan --root "$TMP/other.tar" "$TMP/p.yaml"
contains "$TMP/err" "not a snapshot of sprout"
