#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# SIGKILL at every call that changes a file: recover gives the old root,
# recover --forward the new one (the old one as long as nothing was begun).
. "${SRCDIR:-$(dirname "$0")/../..}/tests/crash/common.sh"

root=$TMP/root
copy "$TMP/old" "$root"
count_calls "$SPROUT" apply --quiet --root "$root" "$TMP/profile.yaml" >"$TMP/calls"
forward=0 finished=0

while read -r call n; do
	for ((k = 1; k <= n; k++)); do
		at="$call number $k of $n"
		copy "$TMP/old" "$root"
		inject "$call" "signal=KILL:when=$k" "$SPROUT" apply --quiet --root "$root" \
			"$TMP/profile.yaml"
		status=$?
		[ "$status" -eq 137 ] || fail "killed at $at: status $status"
		copy "$root" "$TMP/cut"

		expect_status 0 "$SPROUT" recover --root "$root"
		if grep -q '^Nothing to recover' "$TMP/out" && same "$TMP/new" "$root"; then
			# Only that its end reached the disk was not waited for.
			finished=$((finished + 1))
			continue
		fi
		same_tree "$TMP/old" "$root" "$at, after recover"
		[ -z "$(leftovers "$root")" ] || fail "left behind at $at: $(leftovers "$root")"
		expect_status 2 "$SPROUT" plan --quiet --root "$root" "$TMP/profile.yaml"

		copy "$TMP/cut" "$root"
		"$SPROUT" recover --forward --root "$root" >"$TMP/out" 2>&1 </dev/null
		status=$?
		case $status in
		0 | 20) ;;
		*) fail "$at: recover --forward: status $status: $(cat "$TMP/out")" ;;
		esac
		if [ "$status" -eq 0 ] && same "$TMP/new" "$root"; then
			forward=$((forward + 1))
		else
			# Its changes were not recorded yet, so nothing was begun.
			same_tree "$TMP/old" "$TMP/cut" "$at, after the kill"
			same_tree "$TMP/old" "$root" "$at, after recover --forward"
		fi
		[ -z "$(leftovers "$root")" ] || fail "left behind at $at: $(leftovers "$root")"

		# The next apply finds the cut run by itself.
		copy "$TMP/cut" "$root"
		"$SPROUT" apply --quiet --root "$root" "$TMP/profile.yaml" >"$TMP/out" 2>&1 </dev/null
		same "$TMP/new" "$root" || fail "$at: apply after it: $(cat "$TMP/out")"
		points=$((points + 1))
	done
done <"$TMP/calls"
[ "$finished" -le 2 ] || fail "$finished runs were finished before they were killed"
[ "$forward" -ge 10 ] || fail "only $forward runs could be finished"
done_points
