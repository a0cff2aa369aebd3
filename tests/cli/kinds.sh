#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# sprout kinds: each kind, its section, and the manual that lists the sections.
. "${SRCDIR:-$(dirname "$0")/../..}/tests/functions.sh"

expect_status 0 "$SPROUT" kinds
cp "$TMP/out" "$TMP/kinds"
[ -s "$TMP/kinds" ] || skip "built without kinds"
manual=$SRCDIR/cmd/sprout-profile.pod
while read -r kind summary; do
	[ -n "$summary" ] || fail "$kind has no summary"
	expect_status 0 "$SPROUT" kinds "$kind"
	head -n 1 "$TMP/out" | grep -qxF "$kind - $summary" || fail "$kind: title"
	section=$(sed -n 's/^Section "\([a-z._]*\)": .*/\1/p' "$TMP/out")
	[ -n "$section" ] || fail "$kind: no section"
	grep -qx "=item B<$section>" "$manual" || fail "sprout-profile(5): no $section"
	contains "$manual" "sprout-kind-$kind(5)"
	contains "$TMP/out" "More: sprout-kind-$kind(5)."
	if awk 'length > 78 && /^      /' "$TMP/out" | grep .; then
		fail "$kind: long lines"
	fi
done <"$TMP/kinds"

expect_status 1 "$SPROUT" kinds no-such-thing
contains "$TMP/err" 'no kind "no-such-thing"; all of them: sprout kinds'
if "$SPROUT" kinds user >/dev/null 2>&1; then
	expect_status 1 "$SPROUT" kinds usr
	contains "$TMP/err" 'no kind "usr", did you mean "user"?'
	expect_status 1 "$SPROUT" kinds users
	contains "$TMP/err" 'no kind "users", did you mean "user"?'
	expect_status 0 "$SPROUT" kinds user group
	[ "$(grep -c '^Section' "$TMP/out")" -eq 2 ] || fail "two kinds"
	expect_status 1 "$SPROUT" kinds user usr
	[ ! -s "$TMP/out" ] || fail "half an answer"
fi
