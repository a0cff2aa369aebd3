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
	"$root"/{$lib,usr/bin,var/lib/alternatives,opt/a,opt/b}
printf 'root:x:0:0::/root:/bin/sh\nold:x:1000:1000::/home/old:/bin/sh\n' >"$root/etc/passwd"
printf 'root:x:0:\nold:x:1000:\n' >"$root/etc/group"
printf '[Unit]\n[Install]\nWantedBy=multi-user.target\n' >"$root/$lib/chronyd.service"
printf 'auto\n/usr/bin/a\n\n/opt/a/a\n1\n/opt/b/a\n2\n' >"$root/var/lib/alternatives/a"
touch "$root"/opt/{a,b}/a
ln -s /opt/b/a "$root/etc/alternatives/a"
ln -s /etc/alternatives/a "$root/usr/bin/a"

# Where secrets are, and where they should not be.
canary=Kanarienvogel
printf 'old:%s:1::::::\n' $canary >"$root/etc/shadow"
printf 'old:%s::\n' $canary >"$root/etc/gshadow"
printf '[wifi-security]\npsk=%s\n' $canary >"$root/etc/NetworkManager/system-connections/w.nmconnection"
printf '[a]\nname=a\nbaseurl=https://h/\nenabled=1\npassword=%s\n' $canary >"$root/etc/yum.repos.d/a.repo"
printf '[Service]\nEnvironment=TOKEN=%s\n[Install]\nWantedBy=x.target\n' $canary >"$root/$lib/b.service"
chmod 600 "$root"/etc/{shadow,gshadow} "$root"/etc/NetworkManager/system-connections/*

cat >"$TMP/p.yaml" <<'Y'
sprout: 1
hostname: vd01.example.com
sysctl: [{name: net.ipv4.ip_forward, value: 1}]
units: [{name: chronyd.service, enabled: true}]
alternatives: [{name: a, path: /opt/a/a}]
Y

snap=$TMP/host.tar
if ! "$SPROUT" snapshot --root "$root" -o "$snap" >"$TMP/out" 2>"$TMP/err"; then
	grep -q libarchive "$TMP/err" && skip "$(cat "$TMP/err")"
	cat "$TMP/err" >&2
	fail "no snapshot"
fi
contains "$TMP/out" "left out: /etc/yum.repos.d/a.repo: a setting that looks like a secret (line 5)"
contains "$TMP/out" "left out: /$lib/b.service: "
[ "$(stat -c %a "$snap")" = 600 ] || fail "the archive is not for its owner alone"
! grep -q $canary "$snap" || fail "a secret is in the snapshot"
! tar tf "$snap" | grep -E 'shadow|nmconnection' || fail "a secret file is in the snapshot"

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

# One plan of the root, of the archive, of the directory it extracts to.
mkdir "$TMP/dir"
tar xf "$snap" -C "$TMP/dir" || fail "tar"
expect_status 2 "$SPROUT" plan --diff --root "$root" "$TMP/p.yaml"
mv "$TMP/out" "$TMP/plan.root"
for r in "$snap" "$TMP/dir"; do
	expect_status 2 "$SPROUT" plan --diff --root "$r" "$TMP/p.yaml"
	contains "$TMP/out" "warning: /etc/yum.repos.d/a.repo is not in the snapshot"
	grep -v 'is not in the snapshot' "$TMP/out" >"$TMP/plan.snap"
	diff -u "$TMP/plan.root" "$TMP/plan.snap" || fail "the plan of $r differs"
	expect_status 0 "$SPROUT" check --root "$r" "$TMP/p.yaml"
done

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
