#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Every fuzzer runs over the inputs that are kept for it.
. "${SRCDIR:-$(dirname "$0")/../..}/tests/functions.sh"

done_any=
for f in "$BUILDDIR"/tests/fuzz/fuzz_*; do
	if [ ! -x "$f" ] || [ ! -f "$f" ]; then
		continue
	fi
	what=${f##*/fuzz_}
	corpus=$SRCDIR/tests/fuzz/corpus/$what
	[ -d "$corpus" ] || fail "fuzz_$what has no corpus ($corpus)"
	# libFuzzer takes -runs=0 to replay; the replay program ignores nothing
	if "$f" -help=1 2>/dev/null </dev/null | grep -q libFuzzer; then
		"$f" -runs=0 "$corpus" || fail "fuzz_$what"
	else
		"$f" "$corpus" || fail "fuzz_$what"
	fi
	done_any=1
done
[ -n "$done_any" ] || skip "no fuzzer was built"
