#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# An error at every call that changes a file, once and from then on: the root
# is the old one or the new one, and the exit status says which.  (--quiet, as
# its own output is not what is failed here.)
. "${SRCDIR:-$(dirname "$0")/../..}/tests/crash/common.sh"

root=$TMP/root
copy "$TMP/old" "$root"
count_calls "$SPROUT" apply --quiet --root "$root" "$TMP/profile.yaml" >"$TMP/calls"

while read -r call n; do
	for ((k = 1; k <= n; k++)); do
		for error in ENOSPC EIO; do
			at="$error at $call number $k of $n"
			copy "$TMP/old" "$root"
			inject "$call" "error=$error:when=$k" "$SPROUT" apply --quiet --root "$root" \
				"$TMP/profile.yaml"
			status=$?
			case $status in
			0) same_tree "$TMP/new" "$root" "$at, status $status" ;;
			1 | 20)
				[ -s "$TMP/out" ] || fail "$at: status $status and not a word"
				same_tree "$TMP/old" "$root" "$at, status $status"
				;;
			*)
				cat "$TMP/out"
				fail "$at: status $status"
				;;
			esac
			[ -z "$(leftovers "$root")" ] || fail "left behind at $at: $(leftovers "$root")"
			# Whatever happened, it works once the disk is mended.
			expect_status 0 "$SPROUT" recover --root "$root"
			expect_status 0 "$SPROUT" apply --quiet --root "$root" "$TMP/profile.yaml"
			same_tree "$TMP/new" "$root" "$at, status $status"
			points=$((points + 1))
		done

		# A disk that stays broken: nothing can be undone, and it says so.
		at="ENOSPC from $call number $k on"
		copy "$TMP/old" "$root"
		inject "$call" "error=ENOSPC:when=$k+" "$SPROUT" apply --quiet --root "$root" \
			"$TMP/profile.yaml"
		status=$?
		case $status in
		0) same_tree "$TMP/new" "$root" "$at, status $status" ;;
		1) same_tree "$TMP/old" "$root" "$at, status $status" ;;
		20) same_tree "$TMP/old" "$root" "$at, status $status" ;;
		21)
			cp "$TMP/out" "$TMP/broken"
			expect_status 0 "$SPROUT" recover --root "$root"
			if ! same "$TMP/old" "$root"; then
				"$SPROUT" undo --root "$root" >"$TMP/out" 2>&1 </dev/null || {
					cat "$TMP/broken" "$TMP/out"
					"$SPROUT" runs --root "$root"
					fail "$at, status 21: it cannot be undone later"
				}
			fi
			same_tree "$TMP/old" "$root" "$at, status 21"
			;;
		*)
			cat "$TMP/out"
			fail "$at: status $status"
			;;
		esac
		points=$((points + 1))
	done
done <"$TMP/calls"
done_points
