#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What cannot be done is said, with a reason, and leaves the root as it was.
. "${SRCDIR:-$(dirname "$0")/../..}/tests/functions.sh"
. "$SRCDIR/tests/pkg/common.sh"

root=$TMP/root
new_root "$root" base
profile "$TMP/base.yaml" 'install: [fx-base, zip, chain-a]'
expect_status 0 "$SPROUT" apply --root "$root" "$TMP/base.yaml"
have=$(packages "$root")

# refused STATUS TEXT LINE...: apply says TEXT, and nothing changed.
refused() {
	local have_files

	have_files=$(files "$root")
	profile "$TMP/p.yaml" "${@:3}"
	expect_status "$1" "$SPROUT" apply --root "$root" "$TMP/p.yaml"
	cat "$TMP/err" >>"$TMP/out"
	contains "$TMP/out" "$2"
	same "$have" "$(packages "$root")" "packages changed: ${*:3}"
	same "$have_files" "$(files "$root")" "files changed: ${*:3}"
}

# --- nothing can be planned -------------------------------------------------------

refused 1 'line 3: install: "zpi": no repository has a package of this name; did you mean "zip"' \
	'install: [zpi]'
refused 1 'install: "/no/such/file": no repository has' 'install: [/no/such/file]'
refused 1 'install: "@nosuch": no repository has a group' 'install: ["@nosuch"]'
refused 1 'nothing provides nothing-has-this >= 2 needed by missing-dep-1.0-1.noarch' \
	'install: [missing-dep]'
refused 1 'package conflict-a-1.0-1.noarch conflicts with conflict-b provided by conflict-b' \
	'install: [conflict-a, conflict-b]'
add_repo "$root" base "$FX/repo/base" 'exclude=redis'
refused 1 'install: "redis": the only packages of this name are excluded' 'install: [redis]'
add_repo "$root" base "$FX/repo/base" 'includepkgs=zip'
refused 1 'install: "redis": the only packages of this name are excluded' 'install: [redis]'
add_repo "$root" base "$FX/repo/base"
mkdir -p "$root/etc/dnf/protected.d"
printf '[main]\nprotected_packages=chain-a\n' >"$root/etc/dnf/dnf.conf"
refused 1 'chain-a-1.0-1.noarch would be removed, which is protected' 'remove: [chain-e]'
rm -r "$root/etc/dnf"
# What needs a package goes with it, and the plan says so.
profile "$TMP/p.yaml" 'remove: [chain-e]'
expect_status 2 "$SPROUT" plan --root "$root" "$TMP/p.yaml"
for p in a b c d e; do contains "$TMP/out" "remove chain-$p-1.0-1.noarch"; done

mv "$root/etc/yum.repos.d" "$TMP/repos"
refused 1 'no repository is enabled' 'install: [unzip]'
mv "$TMP/repos" "$root/etc/yum.repos.d"

# --- rpm refuses; everything is as before --------------------------------------------

refused 20 'conflicts' 'install: [file-conflict-a, file-conflict-b]'
# A package that fails is not there; the run is taken back.
refused 20 'fail-pre' 'install: [fail-pre, unzip]'

# Scripts behind the installation are warnings; the journal has what they said.
profile "$TMP/p.yaml" 'install: [fail-post, noisy]'
expect_status 0 "$SPROUT" apply --root "$root" "$TMP/p.yaml"
run=$("$SPROUT" runs --root "$root" | awk 'END { print $1 }')
"$SPROUT" runs --root "$root" show "$run" >"$TMP/out" 2>&1
contains "$TMP/out" 'this post fails'
contains "$TMP/out" 'line 199'
expect_status 0 "$SPROUT" undo --root "$root"

# --- packages that are not what they should be -----------------------------------------

bad=$TMP/badrepo
for what in "$FX"/bad/*.rpm; do
	name=$(basename "$what" .rpm)
	rm -rf "$bad" && mkdir "$bad" && cp "$what" "$bad/zip-3.0-1.noarch.rpm"
	createrepo_c --quiet --no-database "$bad" >"$TMP/createrepo" 2>&1 || continue
	grep -q '<package type' <(zcat "$bad"/repodata/*primary.xml.gz 2>/dev/null) || continue
	new_root "$TMP/$name"
	add_repo "$TMP/$name" bad "$bad"
	profile "$TMP/p.yaml" 'install: [zip]'
	"$SPROUT" apply --root "$TMP/$name" "$TMP/p.yaml" >"$TMP/out" 2>&1 </dev/null
	status=$?
	[ "$status" -eq 1 ] || [ "$status" -eq 20 ] || {
		cat "$TMP/out"
		fail "bad/$name.rpm: exit status $status"
	}
	[ ! -e "$TMP/$name/usr/bin/zip" ] || fail "bad/$name.rpm was installed"
	grep -qiE 'sign|digest|key|damaged|verif' "$TMP/out" || {
		cat "$TMP/out"
		fail "bad/$name.rpm: no reason"
	}
	tried=$((${tried:-0} + 1))
done
[ "${tried:-0}" -ge 4 ] || fail "only ${tried:-0} damaged packages were tried"

# --- another program has rpm's lock ------------------------------------------------------

exec 9>>"$root/var/lib/rpm/.rpm.lock"
python3 - "$root/var/lib/rpm/.rpm.lock" <<'P' &
import fcntl, sys, time
f = open(sys.argv[1], "r+")
fcntl.lockf(f, fcntl.LOCK_EX)
open(sys.argv[1] + ".held", "w").close()
time.sleep(30)
P
holder=$!
run_at_end 'kill "$holder" 2>/dev/null'
for _ in $(seq 50); do
	[ -e "$root/var/lib/rpm/.rpm.lock.held" ] && break
	sleep 0.1
done
refused 20 "process $holder is changing packages" 'install: [unzip]'
kill "$holder"
