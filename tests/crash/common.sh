# SPDX-License-Identifier: LGPL-2.1-or-later
# common.sh - a small root and a profile for it, and sprout under strace, which
# kills it or fails it at the n-th call of a sort.
# shellcheck shell=bash

# Hundreds of small trees, each synced to disk many times: in memory if we can.
if [ -z "${TMPDIR:-}" ] && [ -w /dev/shm ]; then
	export TMPDIR=/dev/shm
fi
. "${SRCDIR:-$(dirname "$0")/../..}/tests/functions.sh"
[ -x "$SPROUT" ] || skip "there is no program at $SPROUT"
requires strace
requires strace -qq -o /dev/null true
if nm "$SPROUT" 2>/dev/null | grep -qE '__[at]san_init|__gcov_init'; then
	skip "a sanitizer or gcov makes calls of its own"
fi

# Every call that changes a file system, but openat: a file that was only just
# made is caught at the write or the rename that follows.
calls=(renameat renameat2 unlinkat mkdirat symlinkat fsync fdatasync syncfs write
	pwrite64 writev fchmod fchmodat fchown fchownat fsetxattr ftruncate utimensat linkat)

# make_root DIR
make_root() {
	mkdir -p "$1"/{etc/security/limits.d,etc/sysctl.d,var/lib,usr/share/zoneinfo/Asia,home}
	cat >"$1/etc/passwd" <<-'END'
		root:x:0:0:root:/root:/bin/bash
		# a comment that must survive
		daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin
		gone:x:1001:1001::/home/gone:/bin/sh
	END
	printf '%s\n' 'root:*:19000:0:99999:7:::' 'daemon:*:19000:0:99999:7:::' \
		'gone:!:19000:0:99999:7:::' >"$1/etc/shadow"
	printf '%s\n' root:x:0: daemon:x:1: adm:x:4: gone:x:1001: >"$1/etc/group"
	printf '%s\n' 'root:*::' 'daemon:*::' 'adm:*::' 'gone:!::' >"$1/etc/gshadow"
	chmod 0640 "$1/etc/shadow" "$1/etc/gshadow"
	echo old.example.com >"$1/etc/hostname"
	printf '# kept\nvm.swappiness = 60\n' >"$1/etc/sysctl.d/10-local.conf"
	printf 'TZif2' >"$1/usr/share/zoneinfo/UTC"
	printf 'TZif2' >"$1/usr/share/zoneinfo/Asia/Seoul"
	ln -s ../usr/share/zoneinfo/UTC "$1/etc/localtime"
}

# make_profile FILE: adds, changes and removes; files, links and directories.
make_profile() {
	cat >"$1" <<-'END'
		sprout: 1
		hostname: new.example.com
		time: {zone: Asia/Seoul}
		groups: [{name: vdi, gid: 2000}]
		users:
		  - {name: vb-verde, uid: 2000, groups: [vdi, adm], shell: /bin/sh}
		  - {name: gone, ensure: absent}
		limits: [{name: verde, rules: ["vb-verde - nofile 65535"]}]
		sysctl: [{name: net.ipv4.ip_forward, value: 1}]
	END
}

# copy FROM TO: the same tree once more.
copy() { rm -rf "$2" && cp -a "$1" "$2"; }

# same A B: quietly.
same() {
	describe_tree "$1" >"$TMP/same.a"
	describe_tree "$2" >"$TMP/same.b"
	cmp -s "$TMP/same.a" "$TMP/same.b"
}

# leftovers DIR: temporary files that were forgotten.
leftovers() { find "$1" -name '.sprout-*' -o -name '*.sprout-*'; }

make_root "$TMP/old"
make_profile "$TMP/profile.yaml"
copy "$TMP/old" "$TMP/new"
expect_status 0 "$SPROUT" apply --root "$TMP/new" "$TMP/profile.yaml"
same "$TMP/old" "$TMP/new" && fail "the profile changes nothing"

# count_calls COMMAND...: "CALL N" for each call that it makes.  The sets of
# calls differ between architectures, hence the "?".
count_calls() {
	strace -f -qq -e signal=none -e "trace=$(printf '?%s,' "${calls[@]}")" \
		-o "$TMP/strace" "$@" >/dev/null 2>&1 </dev/null
	awk '{ sub(/\(.*/, "", $2); if ($2 ~ /^[a-z0-9_]+$/) n[$2]++ }
		END { for (c in n) print c, n[c] }' "$TMP/strace" | sort
}

# inject CALL WHAT COMMAND...: run it so; its output goes to $TMP/out.
inject() {
	local call=$1 what=$2
	shift 2
	# In a shell of its own, which is not told that it was killed.
	(
		strace -f -qq -e signal=none -e "trace=$call" -e "inject=$call:$what" \
			-o /dev/null "$@" >"$TMP/out" 2>&1 </dev/null
		exit $?
	) 2>/dev/null
}

points=0
done_points() {
	[ "$points" -ge 20 ] || fail "only $points points were tried"
	echo "$points points"
}
