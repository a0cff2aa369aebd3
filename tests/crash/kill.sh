#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# SIGKILL at every call that changes a file: recover gives the old root,
# recover --forward the new one (the old one as long as nothing was begun).
. "${SRCDIR:-$(dirname "$0")/../..}/tests/crash/common.sh"

root=$TMP/root
copy "$TMP/old" "$root"
count_calls "$SPROUT" apply --root "$root" "$TMP/profile.yaml" >"$TMP/calls"

while read -r call n; do
	for ((k = 1; k <= n; k++)); do
		at="$call number $k of $n"
		copy "$TMP/old" "$root"
		inject "$call" "signal=KILL:when=$k" "$SPROUT" apply --root "$root" \
			"$TMP/profile.yaml"
		status=$?
		[ "$status" -eq 137 ] || fail "killed at $at: status $status"
		copy "$root" "$TMP/cut"

		expect_status 0 "$SPROUT" recover --root "$root"
		same_tree "$TMP/old" "$root"
		[ -z "$(leftovers "$root")" ] || fail "left behind at $at: $(leftovers "$root")"
		expect_status 2 "$SPROUT" plan --quiet --root "$root" "$TMP/profile.yaml"

		copy "$TMP/cut" "$root"
		expect_status 0 "$SPROUT" recover --forward --root "$root"
		if same "$TMP/new" "$root"; then
			expect_status 0 "$SPROUT" plan --quiet --root "$root" "$TMP/profile.yaml"
		else
			# Nothing but the journal may have been touched by then.
			same "$TMP/old" "$TMP/cut" || fail "$at: forward is not the new root"
			same_tree "$TMP/old" "$root"
		fi
		[ -z "$(leftovers "$root")" ] || fail "left behind at $at: $(leftovers "$root")"

		# The next apply finds the cut run by itself.
		copy "$TMP/cut" "$root"
		"$SPROUT" apply --root "$root" "$TMP/profile.yaml" >"$TMP/out" 2>&1 </dev/null
		same "$TMP/new" "$root" || fail "$at: apply after it: $(cat "$TMP/out")"
		points=$((points + 1))
	done
done <"$TMP/calls"
done_points
