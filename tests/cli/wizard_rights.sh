#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The wizard offers to apply what apply would: not to anybody but root on "/", nor
# where nothing of it runs, as in a container.
. "${SRCDIR:-$(dirname "$0")/../..}/tests/functions.sh"
. "$SRCDIR/tests/wizard/common.sh"
. "$SRCDIR/tests/hook.sh"

make_host "$TMP/box"
put_sprout "$TMP/box"
chmod 755 "$TMP"
# Name, network, desktops, time, servers, updates, packages, stick, account,
# SELinux, firewall, hypervisor, product; then the last page, which is left.
printf '%s\n' vd01.example.com keep '' keep - - none - - - keep keep keep '' '' '!' >"$TMP/typed"
wizard() { in_chroot "$TMP/box" /usr/sbin/sprout wizard --plain <"$TMP/typed" >"$TMP/out" 2>"$TMP/err"; }

wizard
contains "$TMP/out" 'apply: make these changes now'
as=65534:65534
wizard
contains "$TMP/out" 'Applying it needs root'
grep -q 'apply: make' "$TMP/out" && fail "nobody is offered to apply"
[ ! -e "$TMP/box/etc/sprout" ] || fail "something was written"
