#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A transaction of some thirty packages is killed at fifty moments, sprout alone
# or with rpm's process: rpm's database stays whole, and recover ends the run
# either way, by what is really there; it waits for rpm's process.
. "${SRCDIR:-$(dirname "$0")/../..}/tests/functions.sh"
. "$SRCDIR/tests/pkg/common.sh"

new_root "$TMP/first" base
profile "$TMP/first.yaml" 'install: [fx-base, zip, unzip, redis, sec, oldname, kernel-core]'
expect_status 0 "$SPROUT" apply --root "$TMP/first" "$TMP/first.yaml"
rm -rf "$TMP/first/var/lib/sprout"
strays "$TMP/first" # which the package tool replaces
add_repo "$TMP/first" updates "$FX/repo/updates"
# What scripts wrote, and what rpm had of a script.
written='redis.scripts|tls/made|var/tmp/rpm-tmp'
before=$(packages "$TMP/first") files_before=$(files "$TMP/first" | grep -vE "$written")
profile "$TMP/p.yaml" 'update: all' 'remove: [unzip]' \
	'install: [java-1.8.0-openjdk, gtk2, chain-a, many, chrony, tool]'

# begin ROOT: apply in a session of its own, until the transaction begins.
begin() {
	setsid "$SPROUT" apply --root "$1" "$TMP/p.yaml" >"$TMP/log" 2>&1 </dev/null &
	pid=$!
	until grep -qs '"command"' "$1"/var/lib/sprout/runs/*/log; do
		kill -0 "$pid" 2>/dev/null || break
		sleep 0.002
	done
}

# How long it takes, and what it comes to.
cp -a "$TMP/first" "$TMP/whole"
begin "$TMP/whole"
start=$(date +%s%N)
wait "$pid" || {
	cat "$TMP/log"
	fail "an apply that nobody kills"
}
took_ms=$((($(date +%s%N) - start) / 1000000))
after=$(packages "$TMP/whole") files_after=$(files "$TMP/whole" | grep -vE "$written")
[ "$(grep -cE '^    (install|update|remove) ' "$TMP/log")" -ge 30 ] || fail "that is less than 30 packages"

# idle ROOT: nobody holds a lock there any more.
idle() {
	local i

	for i in $(seq 300); do
		flock -n "$1/var/lib/sprout/lock" true && return 0
		sleep 0.1
	done
	fail "the child did not come to its end"
}

# whole WHEN: rpm has nothing against its database.
whole() {
	idle "$root"
	rpmdb --root "$root" --dbpath /var/lib/rpm --verifydb >"$TMP/verify" 2>&1 || {
		cat "$TMP/verify"
		fail "$1: rpm's database is broken"
	}
}

# What rpm was writing has the second in its name in which it began.  An undo in
# the same second finds it in its way, and takes it away.
root=$TMP/whole
now=$(date +%s)
for i in $(seq 0 30); do
	: >"$root/usr/bin/redis-server;$(printf %08x $((now + i)))"
done
expect_status 0 "$SPROUT" undo --root "$root"
same "$before" "$(packages "$root")" "undo in the same second"
same "$files_before" "$(files "$root" | grep -vE "$written")" "undo in the same second, files"

cut=0
for i in $(seq 50); do
	root=$TMP/root
	rm -rf "$root"
	cp -a "$TMP/first" "$root"
	ms=$((took_ms * i / 50))
	begin "$root"
	sleep "$(printf '%d.%03d' $((ms / 1000)) $((ms % 1000)))"
	if [ $((i % 3)) -eq 0 ]; then
		kill -9 "$pid" 2>/dev/null # rpm's process goes on
	else
		kill -9 -- "-$pid" 2>/dev/null
	fi
	wait "$pid" 2>/dev/null
	[ -d "$root/var/lib/sprout" ] || continue
	[ $((i % 4)) -ne 0 ] && whole "kill $i after $ms ms"
	"$SPROUT" runs --root "$root" | grep -q ' open ' || {
		took_ms=$((took_ms * 4 / 5)) # it was through: the machine has become faster
		continue
	}
	cut=$((cut + 1))
	if [ $((i % 2)) -eq 0 ]; then
		expect_status 0 "$SPROUT" recover --root "$root"
		same "$before" "$(packages "$root")" "kill $i after $ms ms: recover"
		same "$files_before" "$(files "$root" | grep -vE "$written")" \
			"kill $i after $ms ms: recover, files"
	else
		expect_status 0 "$SPROUT" recover --forward --root "$root"
		same "$after" "$(packages "$root")" "kill $i after $ms ms: recover --forward"
		same "$files_after" "$(files "$root" | grep -vE "$written")" \
			"kill $i after $ms ms: recover --forward, files"
		expect_status 0 "$SPROUT" plan --root "$root" "$TMP/p.yaml"
	fi
	whole "kill $i after $ms ms, and recover"
done
echo "$cut of 50 runs were cut off"
[ "$cut" -ge 10 ] || fail "too few runs were cut off"
