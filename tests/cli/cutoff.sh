#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A run that was cut off is taken back by the next apply; a lock keeps two
# runs apart; a file that somebody edited keeps the edit.
. "${SRCDIR:-$(dirname "$0")/../..}/tests/functions.sh"

root=$TMP/root
mkdir -p "$root/etc" "$root/var/lib"
echo old.example.com >"$root/etc/hostname"
cp -a "$root" "$TMP/first"
printf 'sprout: 1\nhostname: new.example.com\n' >"$TMP/p.yaml"
printf 'sprout: 1\nlimits: [{name: l, rules: ["* soft nofile 4096"]}]\n' >"$TMP/q.yaml"

expect_status 0 "$SPROUT" apply --root "$root" "$TMP/p.yaml"
log=$(echo "$root"/var/lib/sprout/runs/*/log)
[ "$(stat -c %a "$log")" = 600 ] || fail "the log is not 0600"
[ "$(stat -c %a "$root/var/lib/sprout")" = 700 ] || fail "the state directory is not 0700"

# As if power had failed before the end.
sed -i '/"mark": "done"/d' "$log"
expect_status 0 "$SPROUT" runs --root "$root"
contains "$TMP/out" 'open'
expect_status 0 "$SPROUT" apply --root "$root" "$TMP/q.yaml"
contains "$TMP/err" 'was cut off; taking it back first'
contains "$root/etc/hostname" old.example.com
expect_status 0 "$SPROUT" undo --root "$root"
same_tree "$TMP/first" "$root" 'both taken back'

# Forward.
expect_status 0 "$SPROUT" apply --root "$root" "$TMP/p.yaml"
for log in "$root"/var/lib/sprout/runs/*/log; do
	tail -n 1 "$log" | grep -q '"done"' && sed -i -e '/"mark": "done"/d' -e '/applied/d' "$log"
done
echo old.example.com >"$root/etc/hostname"
expect_status 0 "$SPROUT" recover --forward --root "$root"
contains "$TMP/out" 'Finished'
contains "$root/etc/hostname" new.example.com
expect_status 0 "$SPROUT" undo --root "$root"
same_tree "$TMP/first" "$root" 'forward and back'

# The lock.
(
	flock 9
	echo "$BASHPID" >"$root/var/lib/sprout/lock"
	expect_status 1 "$SPROUT" apply --root "$root" "$TMP/p.yaml"
	contains "$TMP/err" 'another sprout'
	expect_status 2 "$SPROUT" plan --root "$root" "$TMP/p.yaml"
) 9<"$root/var/lib/sprout/lock" || exit 1
same_tree "$TMP/first" "$root" 'while locked'

# Its holder was killed, but something that it began goes on: it is waited for.
lock=$root/var/lib/sprout/lock
sleep 0.1 &
wait $! # a process that is gone
echo $! >"$lock"
flock "$lock" sh -c 'touch "$1"; sleep 1; rm "$1"' sh "$TMP/at.it" &
until [ -e "$TMP/at.it" ]; do sleep 0.05; done
"$SPROUT" apply --root "$root" "$TMP/p.yaml" >"$TMP/out" 2>&1 || fail "$(cat "$TMP/out")"
[ ! -e "$TMP/at.it" ] || fail "it was not waited for"
wait
expect_status 0 "$SPROUT" undo --root "$root"
same_tree "$TMP/first" "$root" 'behind the lock'

# A run that is damaged: which, and what to do; the others are there.
expect_status 0 "$SPROUT" apply --root "$root" "$TMP/p.yaml"
run=$("$SPROUT" runs --root "$root" | tail -n 1 | cut -d " " -f 1)
data=$root/var/lib/sprout/runs/$run/data
cp "$data" "$TMP/data"
cp -a "$root" "$TMP/applied"
printf '\x55' | dd of="$data" bs=1 conv=notrunc status=none
expect_status 1 "$SPROUT" undo --root "$root"
contains "$TMP/err" "the journal of run $run is damaged"
contains "$TMP/err" 'content of an image'
cp "$TMP/data" "$data"
same_tree "$TMP/applied" "$root" 'behind a damaged image'
mv "$root/var/lib/sprout/runs/$run" "$TMP/away"
mkdir "$root/var/lib/sprout/runs/29990101T000000Z-1"
echo '{"mark": "garbage"}' >"$root/var/lib/sprout/runs/29990101T000000Z-1/log"
expect_status 1 "$SPROUT" apply --root "$root" "$TMP/q.yaml"
contains "$TMP/err" 'move /var/lib/sprout/runs/29990101T000000Z-1 away'
expect_status 1 "$SPROUT" runs --root "$root"
contains "$TMP/err" 'the journal of run 29990101T000000Z-1 is damaged'
contains "$TMP/out" 'undone'
rm -r "$root/var/lib/sprout/runs/29990101T000000Z-1"
mv "$TMP/away" "$root/var/lib/sprout/runs/$run"

# What somebody else left beside the runs is none.
tar -C "$root/var/lib/sprout/runs" -cf "$TMP/copy" "$run"
mv "$TMP/copy" "$root/var/lib/sprout/runs/$run.tar"
expect_status 0 "$SPROUT" runs --root "$root"
! grep -q tar "$TMP/out" || fail 'an archive is taken for a run'
expect_status 0 "$SPROUT" undo --root "$root"
same_tree "$TMP/first" "$root" 'beside an archive'
