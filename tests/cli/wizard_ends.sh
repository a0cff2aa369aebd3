#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Ctrl-C, kill -9 and a lost line, on each page of the plain wizard: the host is
# untouched, and the terminal as it was.
. "${SRCDIR:-$(dirname "$0")/../..}/tests/functions.sh"
. "$SRCDIR/tests/wizard/common.sh"
. "$SRCDIR/tests/wizard/ends.sh"

all_ends plain

# While a password is typed nothing is shown; afterwards it is again.
go_to plain 11
press Enter
see 'Groups ['
press Enter
see 'Password:'
press 'open sesame'
ours >"$TMP/pids"
stty -F "$(readlink "/proc/$(head -n 1 "$TMP/pids")/fd/0")" -a | grep -q -- ' -echo ' ||
	fail "a password can be seen"
press C-c
same_terminal plain 'Ctrl-C at the password'
screen >"$TMP/screen"
grep -q sesame "$TMP/screen" && fail "a password was shown"
after plain 'Ctrl-C at the password'
