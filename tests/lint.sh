#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The house rules that a machine can check.
. "${SRCDIR:-$(dirname "$0")/..}/tests/functions.sh"
