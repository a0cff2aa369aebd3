# SPDX-License-Identifier: LGPL-2.1-or-later
# functions.sh - for tests on a running host that may be broken.
# shellcheck shell=bash
set -u
cd /root || exit 99

fail() {
	echo "# $*"
	journalctl -n 20 --no-pager 2>/dev/null | sed 's/^/#   /'
	exit 1
}

# expect STATUS COMMAND...
expect() {
	local want=$1 got

	shift
	"$@" >out 2>&1 </dev/null
	got=$?
	[ "$got" -eq "$want" ] && return 0
	sed 's/^/#   /' out
	fail "exit status $got instead of $want: $*"
}

# is VALUE COMMAND...: the command prints that.
is() {
	local want=$1 got

	shift
	got=$("$@" 2>&1)
	[ "$got" = "$want" ] || fail "\"$*\" says \"$got\" instead of \"$want\""
}

# soon SECONDS COMMAND...: it succeeds before the time is up.
soon() {
	local end=$((SECONDS + $1))

	shift
	until "$@" >/dev/null 2>&1; do
		[ $SECONDS -lt $end ] || fail "not in time: $*"
		sleep 0.2
	done
}

status_of_last() { sprout runs | awk 'END { print $2 }'; }

describe() { (cd / && find etc -xdev -type f -print0 | LC_ALL=C sort -z | xargs -0r sha256sum); }
