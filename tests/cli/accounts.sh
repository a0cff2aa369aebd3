#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The same users and groups by sprout, and by useradd and its kin: the same
# records.  Only the day of the last change of a password differs.
. "${SRCDIR:-$(dirname "$0")/../..}/tests/functions.sh"
PATH=$PATH:/usr/sbin:/sbin
requires useradd
requires groupmod
requires grpck
[ "$(id -u)" -eq 0 ] || skip "useradd works for root only"
"$SPROUT" kinds user >/dev/null 2>&1 || skip "built without accounts"

make_root() {
	mkdir -p "$1/etc/default" "$1/etc/skel/sub" "$1/home"
	cat >"$1/etc/passwd" <<-END
		root:x:0:0:root:/root:/bin/bash
		daemon:x:998:998::/:/usr/sbin/nologin
		alice:x:1000:1000:Alice:/home/alice:/bin/bash
		leaver:x:1005:1005::/home/leaver:/bin/bash
		nobody:x:65534:65534::/:/usr/sbin/nologin
	END
	cat >"$1/etc/shadow" <<-END
		root:*:19000:0:99999:7:::
		daemon:*:19000::::::
		alice:!:19000:0:99999:7:::
		leaver:!:19000:0:99999:7:::
		nobody:*:19000::::::
	END
	cat >"$1/etc/group" <<-END
		root:x:0:
		daemon:x:998:
		alice:x:1000:
		leaver:x:1005:
		vdi:x:2000:alice,leaver
		audio:x:63:
		nobody:x:65534:
	END
	cat >"$1/etc/gshadow" <<-END
		root:*::
		daemon:!::
		alice:!::
		leaver:!::
		vdi:!:leaver:alice,leaver
		audio:!::
		nobody:!::
	END
	cat >"$1/etc/login.defs" <<-END
		HOME_MODE 0700
		PASS_MAX_DAYS 99999
		PASS_MIN_DAYS 0
		PASS_WARN_AGE 7
		UID_MIN 1000
		UID_MAX 60000
		SYS_UID_MIN 201
		SYS_UID_MAX 999
		GID_MIN 1000
		GID_MAX 60000
		SYS_GID_MIN 201
		SYS_GID_MAX 999
		USERGROUPS_ENAB yes
		CREATE_HOME no
	END
	printf 'SHELL=/bin/bash\nHOME=/home\nSKEL=/etc/skel\n' >"$1/etc/default/useradd"
	echo hello >"$1/etc/skel/.profile"
	echo there >"$1/etc/skel/sub/file"
	chmod 600 "$1/etc/skel/sub/file"
	chmod 640 "$1/etc/shadow" "$1/etc/gshadow"
}

a=$TMP/a b=$TMP/b
make_root "$a"
make_root "$b"
# shellcheck disable=SC2016
hash='$6$saltsalt$'$(printf '%086d' 0)

cat >"$TMP/profile.yaml" <<END
sprout: 1
groups:
  - name: desk
  - {name: svc-group, system: true}
  - {name: vdi, gid: 2010}
  - {name: audio, members: [alice]}
users:
  - name: carol
    gecos: Carol
    groups: [audio, desk, vdi]
    password_hash: "$hash"
  - {name: dave, uid: 1500, group: desk, create_home: false}
  - {name: svc, system: true, home: /var/lib/svc, shell: /usr/sbin/nologin}
  - {name: svc2, system: true}
  - {name: alice, shell: /bin/sh, gecos: "Alice A."}
  - {name: leaver, ensure: absent}
END
expect_status 0 "$SPROUT" apply --root "$a" "$TMP/profile.yaml"
expect_status 0 "$SPROUT" plan --root "$a" "$TMP/profile.yaml"

groupadd -P "$b" desk || skip "groupadd -P does not work here"
{
	groupadd -P "$b" -r svc-group
	groupmod -P "$b" -g 2010 vdi
	usermod -P "$b" -aG audio alice
	useradd -P "$b" -m -c Carol -G audio,desk,vdi -p "$hash" carol
	useradd -P "$b" -M -u 1500 -g desk dave
	useradd -P "$b" -r -d /var/lib/svc -s /usr/sbin/nologin svc
	useradd -P "$b" -r svc2
	usermod -P "$b" -s /bin/sh -c 'Alice A.' alice
	userdel -P "$b" leaver
} >"$TMP/out" 2>&1

# Order is not compared; nor is the day, which sprout leaves empty.
sed -i -E 's/^((carol|dave|svc|svc2):[^:]*:)[0-9]*:/\1:/' {"$a","$b"}/etc/shadow
for f in passwd shadow group gshadow; do
	sort "$a/etc/$f" >"$TMP/want"
	sort "$b/etc/$f" >"$TMP/have"
	diff -u "$TMP/have" "$TMP/want" || fail "$f differs from what useradd makes"
done
(cd "$a/home" && find . -printf '%p %m %U:%G\n' | sort) >"$TMP/want"
(cd "$b/home" && find . -printf '%p %m %U:%G\n' | sort) >"$TMP/have"
diff -u "$TMP/have" "$TMP/want" || fail "a home differs from what useradd makes"
