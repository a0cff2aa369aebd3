# SPDX-License-Identifier: LGPL-2.1-or-later
# ends.sh - end the wizard in every way on each of its pages.  Sourced behind
# common.sh.
# shellcheck shell=bash
requires tmux
requires pgrep
requires infocmp tmux-256color
has_korean

make_host "$TMP/host"
know_network "$TMP/host"
cp -a "$TMP/host" "$TMP/first"

# Pages that are shown when all defaults are taken, and the lines of each.
pages=(1 2 3 4 5 6 9 11 12 13 14 15 16 17 18 19 20 21)
lines=(1 1 1 1 3 1 1 2 1 1 1 3 2 1 1 3 1 2)

# go_to newt|plain INDEX: to a page by its index above, or behind the last.
go_to() {
	local i j option=''

	[ "$1" = newt ] || option=--plain
	sit_down "env TERM=tmux-256color LANGUAGE=en '$SPROUT' wizard $option --root host --output host/p.yaml"
	see '(1/'
	for ((i = 0; i < $2; i++)); do
		# What is typed before a page is drawn, it throws away.
		[ "$1" = plain ] || see "(${pages[i]}/"
		[ "$1" = plain ] || press F12
		for ((j = 0; j < lines[i]; j++)); do
			[ "$1" = newt ] || press Enter
		done
	done
	if [ "$2" -lt ${#pages[@]} ]; then see "(${pages[$2]}/"; else see 'Look before'; fi
}

# Parent and child, in this order.
processes() { pgrep -f -- "sprout wizard .*--output host/p.yaml" | sort -n; }
ours() {
	processes | while read -r p; do
		[ "$(readlink "/proc/$p/cwd")" = "$TMP" ] && [ "$(cat "/proc/$p/comm")" = sprout ] &&
			echo "$p"
	done
}

# after WHERE HOW: nobody is left, and nothing has changed.
after() {
	local i

	for ((i = 0; i < 600; i++)); do
		[ -n "$(ours)" ] || break
		sleep 0.05
	done
	[ -z "$(ours)" ] || fail "$1, $2: it still runs"
	same_tree "$TMP/first" "$TMP/host" "$1, $2"
	[ ! -e "$TMP/host/var/lib/sprout" ] || fail "$1, $2: something was begun"
}
same_terminal() {
	gone >/dev/null
	diff "$TMP/stty.before" "$TMP/stty.after" >&2 || fail "$1, $2: the terminal is not as it was"
}

# all_ends newt|plain
all_ends() {
	local at where

	for ((at = 0; at <= ${#pages[@]}; at++)); do
		where="$1, page ${pages[at]-last}"

		go_to "$1" $at
		press C-c
		same_terminal "$where" 'Ctrl-C'
		[ "$(cat "$TMP/rc")" -ne 0 ] || fail "$where, Ctrl-C: exit status 0"
		after "$where" 'Ctrl-C'

		# One time the parent, one time the child.
		go_to "$1" $at
		kill -KILL "$(ours | sed -n "$((at % 2 + 1))p")"
		same_terminal "$where" 'kill -9'
		after "$where" 'kill -9'

		go_to "$1" $at
		stand_up
		after "$where" 'lost line'
	done
}
