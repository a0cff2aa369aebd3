#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# chronyd reads what the kind ntp wrote.
. "${SRCDIR:-$(dirname "$0")/../..}/tests/functions.sh"
PATH=$PATH:/usr/sbin:/sbin
requires chronyd
echo 'server 192.0.2.1' >"$TMP/chrony.conf"
requires chronyd -p -f "$TMP/chrony.conf"	# since 4.0

n=0
for f in "$SRCDIR"/tests/kinds/ntp/*/after/etc/{chrony.conf,chrony/chrony.conf}; do
	[ -f "$f" ] || continue
	# The files that it includes are not on this host.
	grep -vE '^(include|confdir|sourcedir) ' "$f" >"$TMP/chrony.conf"
	chronyd -p -f "$TMP/chrony.conf" >"$TMP/out" 2>&1 || {
		cat "$TMP/out"
		fail "chronyd does not read $f"
	}
	grep -vE '^[[:blank:]]*([!;#%]|$)' "$TMP/chrony.conf" |
		sed -E 's/^[[:blank:]]+//; s/[[:blank:]]+$//; s/[[:blank:]]+/ /g' >"$TMP/want"
	cmp -s "$TMP/want" "$TMP/out" || {
		diff "$TMP/want" "$TMP/out"
		fail "chronyd reads $f otherwise"
	}
	n=$((n + 1))
done
[ "$n" -gt 10 ] || fail "only $n files in tests/kinds/ntp"
