#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The wizard on a full screen of 80x24, English and Korean: every page looks as
# it was read, from the first one to a host that is set up.
# UPDATE=1 accepts what is seen.
. "${SRCDIR:-$(dirname "$0")/../..}/tests/functions.sh"
. "$SRCDIR/tests/wizard/common.sh"
requires tmux
requires infocmp tmux-256color
grep -q '^#define HAVE_NEWT' "$BUILDDIR/config.h" || skip "built without newt"
has_korean

snap() {
	screen | sed -e 's/^ sprout [0-9.]*$/ sprout/' -e 's/ save: .*/ save/' "$@" >>"$TMP/seen"
	printf -- '%80s\n' '' | tr ' ' '=' >>"$TMP/seen"
}
page() {
	see "($1/"
	snap
}

walk() { # LANGUAGE, a word of the help, of an error, of the last page
	: >"$TMP/seen"
	page 1
	[ "$1" = en ] || press Down
	press F12
	page 2
	press F12
	page 3
	press F12
	page 4
	press F12
	page 5
	# Wrong, and why; the line is still there to be corrected.
	press C-u 192.0.2.999/24 F12
	see "$3"
	snap
	press Enter C-u 192.0.2.20/24 F12
	page 6
	press Down F12
	page 7
	press Escape
	see '(6/'
	press Down F12
	page 8
	press F12
	page 9
	press Up Up F12
	page 10
	press F12
	page 11
	press F12
	page 12
	press Down F12
	page 13
	press C-u F12
	page 14
	press F12
	page 15
	press F1
	see "$2"
	snap
	press Enter
	# The two are not the same.
	press Tab Tab 'open sesame' Tab 'open sesam' F12
	see "$3"
	snap
	press Enter Tab e
	press F12
	page 16
	press F12
	page 17
	press F12
	page 18
	press F12
	page 19
	press F12
	page 20
	press F12
	page 21
	press F12
	see "$4"
	# The plan itself is the kinds' matter.
	snap -e 7,14d
	# F12 once too often must not apply.
	press F12 F12
	press Tab Enter
	[ "$(gone)" = 0 ] || {
		screen >&2
		fail "$1: exit status $(cat "$TMP/rc")"
	}
	cmp "$TMP/stty.before" "$TMP/stty.after" || fail "$1: the terminal is not as it was"
	screen | grep -v '^$' | tail -n 3 >"$TMP/end"
}

for l in en ko; do
	rm -rf "$TMP/host"
	make_host "$TMP/host"
	know_network "$TMP/host"
	sit_down "env TERM=tmux-256color LANGUAGE=en '$SPROUT' wizard --root host"
	case $l in
	en) walk en 'Help ├' 'Not possible ├' 'Look before you leap' ;;
	ko) walk ko '도움말 ├' '안 됩니다 ├' '적용하기 전에 확인' ;;
	esac
	if [ -n "${UPDATE-}" ]; then cp "$TMP/seen" "$SRCDIR/tests/wizard/screens.$l.txt"; fi
	diff -u "$SRCDIR/tests/wizard/screens.$l.txt" "$TMP/seen" >&2 || fail "screens in $l have changed"
	expect_status 0 "$SPROUT" plan --root "$TMP/host" "$TMP/host/etc/sprout/profile.yaml"
	contains "$TMP/host/etc/sprout/profile.yaml" 'addresses: [192.0.2.20/24]'
	contains "$TMP/host/etc/sprout/profile.yaml" 'ports: [eth1]'
	hash=$(sed -n 's/^    password_hash: "\(.*\)"$/\1/p' "$TMP/host/etc/sprout/profile.yaml")
	[ "$(perl -e 'print crypt($ARGV[0], $ARGV[1])' 'open sesame' "$hash")" = "$hash" ] ||
		fail "$l: the hash is not the password's"
done

# see_line PATTERN: wait until a line of the screen is that as a whole.
see_line() {
	local i

	for ((i = 0; i < 1500; i++)); do
		screen >"$TMP/screen"
		grep -qx -- "$1" "$TMP/screen" && return
		sleep 0.02
	done
	cat "$TMP/screen" >&2
	fail "the screen never shows a line $1"
}

# The window is made larger, and smaller again: the next page fits it.
resize() { # tmux tells it to the terminal in its own time
	local i tty

	tty=$(terminal display -p -t w '#{pane_tty}')
	terminal resize-window -t w -x "$1" -y "$2"
	for ((i = 0; i < 1500; i++)); do
		[ "$(stty -F "$tty" size)" != "$2 $1" ] || return 0
		sleep 0.02
	done
	fail "the terminal is never $1x$2"
}
sit_down "env TERM=tmux-256color LANGUAGE=en '$SPROUT' wizard --root host"
see '(1/'
resize 160 50
press F12
see_line ' *┌─*┤ Host name (2/21) ├─*┐'
see_line ' *└─*┘'
resize 80 24
press F12
see_line '  ┌─*┤ Network card (3/21) ├─*┐'
press C-c
[ "$(gone)" = 1 ] || fail "resized: exit status $(cat "$TMP/rc")"
cmp "$TMP/stty.before" "$TMP/stty.after" || fail "resized: the terminal is not as it was"
