#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Wrong usage is 64 and says what to do.
. "${SRCDIR:-$(dirname "$0")/../..}/tests/functions.sh"

expect_status 64 "$SPROUT"
expect_status 64 "$SPROUT" fly
contains "$TMP/err" 'no command called "fly"'
for c in plan apply check; do
	expect_status 64 "$SPROUT" "$c"
	[ -s "$TMP/err" ] || fail "$c without a profile says nothing"
done
expect_status 64 "$SPROUT" recover x
expect_status 64 "$SPROUT" undo a b
expect_status 64 "$SPROUT" runs hide x
expect_status 64 "$SPROUT" runs show
expect_status 64 "$SPROUT" plan --color=perhaps x
contains "$TMP/err" 'expected auto, always or never'
expect_status 0 "$SPROUT" --help
expect_status 0 "$SPROUT" --version
contains "$TMP/out" 'areas:'
expect_status 1 "$SPROUT" plan --root /nonexistent x
contains "$TMP/err" 'root "/nonexistent": No such file or directory'
echo 'sprout: 1' >"$TMP/empty.yaml"
mkdir "$TMP/r"
expect_status 0 "$SPROUT" plan --root "$TMP/r" "$TMP/empty.yaml"
"$SPROUT" plan --root "$TMP/r" "$TMP/empty.yaml" >/dev/full 2>"$TMP/err"
[ $? -eq 1 ] || fail "a full standard output is no error"
contains "$TMP/err" 'cannot be written'

# A run that was done is no error "nothing was changed", though nobody read it.
mkdir "$TMP/r/etc"
printf 'sprout: 1\nlimits: [{name: l, rules: ["* soft nofile 4096"]}]\n' >"$TMP/limits.yaml"
if "$SPROUT" kinds limits >/dev/null 2>&1; then
	"$SPROUT" apply --root "$TMP/r" "$TMP/limits.yaml" >/dev/full 2>"$TMP/err" ||
		fail "a run that was done is an error"
	contains "$TMP/err" 'cannot be written'
	expect_status 0 "$SPROUT" plan --root "$TMP/r" "$TMP/limits.yaml"
fi
