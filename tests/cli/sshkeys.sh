#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Keys as ssh-keygen makes them are good keys, whole or not at all.
. "${SRCDIR:-$(dirname "$0")/../..}/tests/functions.sh"
requires ssh-keygen
"$SPROUT" kinds user >/dev/null 2>&1 || skip "built without accounts"

n=0
for t in 'ed25519' 'rsa -b 2048' 'rsa -b 1024' 'ecdsa -b 256' 'ecdsa -b 384' 'ecdsa -b 521'; do
	rm -f "$TMP"/key*
	# shellcheck disable=SC2086
	ssh-keygen -q -t $t -N '' -C 'a comment' -f "$TMP/key" </dev/null || continue
	{
		printf 'sprout: 1\nusers:\n- name: u\n  ssh_keys:\n  - '
		cat "$TMP/key.pub"
	} >"$TMP/good.yaml"
	expect_status 0 "$SPROUT" check "$TMP/good.yaml"
	# The last characters of the base64 are lost.
	sed -E '$s/.{8}( a comment)$/\1/' "$TMP/good.yaml" >"$TMP/bad.yaml"
	expect_status 1 "$SPROUT" check "$TMP/bad.yaml"
	contains "$TMP/err" 'cut off?'
	{
		printf 'sprout: 1\nusers:\n- name: u\n  ssh_keys:\n  - |\n'
		sed 's/^/    /' "$TMP/key"
	} >"$TMP/private.yaml"
	expect_status 1 "$SPROUT" check "$TMP/private.yaml"
	contains "$TMP/err" 'is a private key'
	n=$((n + 1))
done
[ "$n" -gt 0 ] || skip "ssh-keygen makes no keys here"
