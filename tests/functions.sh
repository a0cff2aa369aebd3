# SPDX-License-Identifier: LGPL-2.1-or-later
# functions.sh - what every test script starts with:
#	. "${SRCDIR:-$(dirname "$0")/../..}/tests/functions.sh"
# Gives: SRCDIR, BUILDDIR, SPROUT; an empty $TMP that goes away at the end;
# requires, skip, fail, expect_status, contains, same_tree.
# shellcheck shell=bash

set -u

SRCDIR=${SRCDIR:-$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)}
BUILDDIR=${BUILDDIR:-$SRCDIR/build/debug}
SPROUT=${SPROUT:-$BUILDDIR/sprout}
export SRCDIR BUILDDIR SPROUT
export LC_ALL=C.UTF-8 TZ=UTC
unset LANGUAGE

TMP=$(mktemp -d "${TMPDIR:-/tmp}/sprout-test.XXXXXX") || exit 99
at_end=()
run_at_end() { at_end+=("$1"); }
end_now() {
	local status=$? i

	for ((i = ${#at_end[@]} - 1; i >= 0; i--)); do
		eval "${at_end[i]}"
	done
	chmod -R u+rwX "$TMP" 2>/dev/null
	rm -rf "$TMP"
	exit "$status"
}
trap end_now EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# skip WHY: not possible here, which is neither good nor bad.
skip() {
	echo "SKIP: $*"
	exit 77
}

# fail WHY: the end of this test.
fail() {
	echo "FAIL: $*" >&2
	exit 1
}

# requires COMMAND...: skip unless "COMMAND..." is there (one word) or works.
requires() {
	if [ $# -eq 1 ]; then
		command -v "$1" >/dev/null || skip "needs $1"
	else
		"$@" >/dev/null 2>&1 </dev/null || skip "needs: $*"
	fi
}

# expect_status N COMMAND...: run it with its output in $TMP/out and $TMP/err.
expect_status() {
	local want=$1 got

	shift
	"$@" >"$TMP/out" 2>"$TMP/err" </dev/null
	got=$?
	[ "$got" -eq "$want" ] && return 0
	echo "--- standard output" >&2
	cat "$TMP/out" >&2
	echo "--- standard error" >&2
	cat "$TMP/err" >&2
	fail "exit status $got instead of $want: $*"
}

# contains FILE TEXT: the file has the text, literally.
contains() {
	grep -qF -- "$2" "$1" && return 0
	echo "--- $1" >&2
	cat "$1" >&2
	fail "$1 does not contain: $2"
}

# describe_tree DIR: one line for each path below DIR: type, mode, owner,
# content or target; what sprout keeps for itself is left out.
describe_tree() {
	(
		cd "$1" || exit 1
		find . -path ./var/lib/sprout -prune -o -printf '%P\t%y %m %U:%G %l\n' |
			LC_ALL=C sort
		find . -path ./var/lib/sprout -prune -o -type f -print0 |
			LC_ALL=C sort -z | xargs -0r sha256sum
	)
}

# same_tree A B [WHEN]: the two directories are the same to the byte.
same_tree() {
	describe_tree "$1" >"$TMP/tree.a"
	describe_tree "$2" >"$TMP/tree.b"
	diff -u "$TMP/tree.a" "$TMP/tree.b" >"$TMP/tree.diff" && return 0
	cat "$TMP/tree.diff" >&2
	fail "${3:+$3: }the trees differ: $1 and $2"
}
