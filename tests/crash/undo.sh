#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# SIGKILL at every call of an undo, and of a recovery: recovering once more
# ends in the old root.
. "${SRCDIR:-$(dirname "$0")/../..}/tests/crash/common.sh"

root=$TMP/root
copy "$TMP/new" "$root"
count_calls "$SPROUT" undo --root "$root" >"$TMP/calls"
while read -r call n; do
	for ((k = 1; k <= n; k++)); do
		copy "$TMP/new" "$root"
		inject "$call" "signal=KILL:when=$k" "$SPROUT" undo --root "$root"
		[ $? -eq 137 ] || fail "killed at $call $k of $n: it was not"
		# Cut off before it wrote anything, there is nothing to recover.
		expect_status 0 "$SPROUT" recover --root "$root"
		if ! same "$TMP/old" "$root"; then
			same_tree "$TMP/new" "$root" "undo killed at $call $k"
			expect_status 0 "$SPROUT" undo --root "$root"
			same_tree "$TMP/old" "$root" "undo killed at $call $k"
		fi
		[ -z "$(leftovers "$root")" ] || fail "left behind at $call $k: $(leftovers "$root")"
		points=$((points + 1))
	done
done <"$TMP/calls"

# A recovery that is cut off itself: from a run that was killed half-way.
copy "$TMP/old" "$root"
renames=$(count_calls "$SPROUT" apply --root "$root" "$TMP/profile.yaml" |
	awk '/^renameat/ { print $1, int($2 / 2) + 1; exit }')
copy "$TMP/old" "$root"
inject "${renames% *}" "signal=KILL:when=${renames#* }" "$SPROUT" apply --root "$root" \
	"$TMP/profile.yaml"
copy "$root" "$TMP/cut"
same "$TMP/old" "$TMP/cut" && fail "the run was cut off before it changed anything"
for how in "" --forward; do
	want=$TMP/old
	[ -z "$how" ] || want=$TMP/new
	copy "$TMP/cut" "$root"
	# shellcheck disable=SC2086 # no option is no argument
	count_calls "$SPROUT" recover $how --root "$root" >"$TMP/calls"
	same_tree "$want" "$root"
	while read -r call n; do
		for ((k = 1; k <= n; k++)); do
			copy "$TMP/cut" "$root"
			# shellcheck disable=SC2086
			inject "$call" "signal=KILL:when=$k" "$SPROUT" recover $how --root "$root"
			[ $? -eq 137 ] || fail "recover $how, killed at $call $k of $n: it was not"
			# shellcheck disable=SC2086
			expect_status 0 "$SPROUT" recover $how --root "$root"
			same_tree "$want" "$root" "recover $how killed at $call $k"
			[ -z "$(leftovers "$root")" ] || fail "left behind at $call $k"
			points=$((points + 1))
		done
	done <"$TMP/calls"
done
done_points
