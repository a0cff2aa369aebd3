#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What runs today is the default of the wizard's questions; leaving it touches
# nothing; a bad terminal is no reason to fail.
. "${SRCDIR:-$(dirname "$0")/../..}/tests/functions.sh"
. "$SRCDIR/tests/wizard/common.sh"
requires ip
requires unshare -rn true

# A network of our own, that of a host that got its addresses from somewhere.
today() {
	printf '%s\n' "$@" | unshare -rn bash -c '
		ip link set lo up
		ip link add up0 type bridge && ip link set up0 up &&
			ip addr add 192.0.2.77/25 dev up0 && ip addr add 192.0.2.78/25 dev up0 &&
			ip route add default via 192.0.2.1 metric 100 &&
			ip route add default via 192.0.2.2 metric 50 || exit 99
		exec "$0" wizard --plain --output "$1"' "$SPROUT" "$TMP/p.yaml" >"$TMP/out" 2>"$TMP/err"
	[ "${PIPESTATUS[1]}" -eq 1 ] || {
		cat "$TMP/out" "$TMP/err" >&2
		fail "leaving the wizard has another exit status"
	}
}
language=()
[ ! -e "$BUILDDIR/po/ko/LC_MESSAGES/sprout.mo" ] || language=(en)
today "${language[@]}" vd01.example.com '' '' '' '' '!'
contains "$TMP/out" 'Address [192.0.2.77/25]: Gateway [192.0.2.2]: Name servers ['
contains "$TMP/err" 'Left; nothing was changed.'
[ ! -e "$TMP/p.yaml" ] || fail "something was written"

# Root's file is not for others to write; they are told at the end.
make_host "$TMP/host"
for term in no-such-terminal dumb ''; do
	expect_status 1 env TERM="$term" "$SPROUT" wizard --root "$TMP/host"
	contains "$TMP/err" 'Left; nothing was changed.'
done
# On the kernel's console there is no Hangul, so no question about it.
if [ ${#language[@]} -gt 0 ]; then
	expect_status 1 env TERM=linux LANGUAGE=ko "$SPROUT" wizard --root "$TMP/host"
	contains "$TMP/out" '== Host name ('
	expect_status 1 env TERM=xterm LANGUAGE=ko LC_ALL=C.UTF-8 "$SPROUT" wizard --root "$TMP/host"
	contains "$TMP/out" '== Language / 언어 ('
	expect_status 1 env TERM=xterm LC_ALL=C "$SPROUT" wizard --root "$TMP/host"
	contains "$TMP/out" 'Number or word [en]'
fi

# A screen that is too small, or not known, is asked line by line.
command -v tmux >/dev/null || exit 0
if grep -q '^#define HAVE_NEWT' "$BUILDDIR/config.h"; then
	sit_down "env TERM=no-such-terminal '$SPROUT' wizard --root host"
	see 'this terminal is not known'
	see '== '
	press '!' Enter
	[ "$(gone)" = 1 ] || fail "not left"
	cmp "$TMP/stty.before" "$TMP/stty.after" || fail "the terminal is not as it was"
	sit_down "stty rows 20; env TERM=tmux-256color '$SPROUT' wizard --root host; s=\$?; stty rows 24; (exit \$s)"
	see 'has 80x20 characters'
	see '== '
	press '!' Enter
	[ "$(gone)" = 1 ] || fail "not left"
fi
[ ! -e "$TMP/host/etc/sprout" ] || fail "something was written"
