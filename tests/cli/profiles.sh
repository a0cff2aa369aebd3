#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Every example in profiles/: checked, planned, applied, found in place, and
# taken back, on a small root.
. "${SRCDIR:-$(dirname "$0")/../..}/tests/functions.sh"
requires [ -d "$SRCDIR/profiles" ]
for kind in hostname repo connection unit; do
	"$SPROUT" kinds "$kind" >/dev/null 2>&1 || skip "built without $kind"
done
cd "$SRCDIR/profiles" || exit 99

# put PATH: a file of the root, from standard input.
put() {
	mkdir -p "$TMP/bare/$(dirname "$1")"
	cat >"$TMP/bare/$1"
}

mkdir "$TMP/bare"
printf 'old.example.com\n' | put etc/hostname
printf 'root:x:0:0:root:/root:/bin/bash\n' | put etc/passwd
printf 'root:*:19000:0:99999:7:::\n' | put etc/shadow
printf 'root:x:0:\n' | put etc/group
printf 'root:*::\n' | put etc/gshadow
chmod 0000 "$TMP/bare/etc/shadow" "$TMP/bare/etc/gshadow"
printf 'UID_MIN 1000\nUID_MAX 60000\nGID_MIN 1000\nGID_MAX 60000\n' | put etc/login.defs
: | put etc/skel/.bashrc
: | put usr/bin/bash
ln -s usr/bin "$TMP/bare/bin"
for zone in Asia/Seoul Etc/UTC; do
	printf 'TZif2' | put usr/share/zoneinfo/$zone
done
printf 'pool 2.pool.ntp.org iburst\ndriftfile /var/lib/chrony/drift\n' | put etc/chrony.conf
printf 'SELINUX=permissive\nSELINUXTYPE=targeted\n' | put etc/selinux/config
: | put etc/selinux/targeted/policy/policy.33
: | put etc/pki/rpm-gpg/RPM-GPG-KEY-site
mkdir -p "$TMP/bare/etc/yum.repos.d" "$TMP/bare/etc/NetworkManager/system-connections"
printf 'DefaultZone=public\n' | put etc/firewalld/firewalld.conf
put usr/lib/firewalld/zones/public.xml <<'END'
<?xml version="1.0" encoding="utf-8"?>
<zone>
  <short>Public</short>
  <service name="ssh"/>
</zone>
END
for service in ssh cockpit; do
	put usr/lib/firewalld/services/$service.xml <<'END'
<?xml version="1.0" encoding="utf-8"?>
<service>
  <port protocol="tcp" port="22"/>
</service>
END
done
for unit in firewalld chronyd libvirtd; do
	put usr/lib/systemd/system/$unit.service <<'END'
[Service]
ExecStart=/bin/true
[Install]
WantedBy=multi-user.target
END
done
# What verde-product.yaml is about, installed; and configured already, because
# no command runs in this root.
jre=/usr/lib/jvm/jre-1.8.0/bin/java
printf 'auto\n/usr/bin/java\n\n%s\n@java-1.8.0-openjdk.x86_64@1800412\n' "$jre" |
	put var/lib/alternatives/java
: | put "$jre"
chmod 0755 "$TMP/bare$jre" "$TMP/bare/usr/bin/bash"
mkdir -p "$TMP/bare/etc/alternatives"
ln -s "$jre" "$TMP/bare/etc/alternatives/java"
ln -s /etc/alternatives/java "$TMP/bare/usr/bin/java"
: | put usr/lib/verde/bin/verde-config
: | put var/lib/verde/configured
chmod 0755 "$TMP/bare/usr/lib/verde/bin/verde-config"

try() {
	local root=$TMP/tried

	expect_status 0 "$SPROUT" check "$@"
	contains "$TMP/out" "$*: ok, "
	rm -rf "$root"
	cp -a "$TMP/bare" "$root"
	expect_status 2 "$SPROUT" plan --root "$root" "$@"
	same_tree "$TMP/bare" "$root" "$*: plan"
	expect_status 0 "$SPROUT" apply --root "$root" "$@"
	expect_status 0 "$SPROUT" plan --root "$root" "$@"
	contains "$TMP/out" 'Nothing to do'
	expect_status 0 "$SPROUT" undo --root "$root"
	same_tree "$TMP/bare" "$root" "$*: undo"
}

for f in *.yaml; do
	try "$f"
done
try verde.yaml verde-product.yaml
