#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The same on the full screen.
. "${SRCDIR:-$(dirname "$0")/../..}/tests/functions.sh"
. "$SRCDIR/tests/wizard/common.sh"
grep -q '^#define HAVE_NEWT' "$BUILDDIR/config.h" || skip "built without newt"
. "$SRCDIR/tests/wizard/ends.sh"

all_ends newt
