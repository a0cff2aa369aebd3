#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A running chronyd asks the new servers; back with undo.
. /test/guest/functions.sh
systemctl is-active -q chrony.service || systemctl start chrony.service ||
	{ echo "# SKIP chronyd does not run in a container here"; exit 77; }
chronyc -n sources >before
cat >p.yaml <<'Y'
sprout: 1
ntp: {servers: [192.0.2.7, 192.0.2.8], pools: []}
Y
pid=$(systemctl show -p MainPID --value chrony.service)
expect 0 sprout apply p.yaml
[ "$(systemctl show -p MainPID --value chrony.service)" != "$pid" ] || fail "chronyd was not restarted"
soon 10 sh -c 'chronyc -n sources | grep -q 192.0.2.7'
chronyc -n sources | grep -q 192.0.2.8 || fail "chronyd does not ask the second server"
pid=$(systemctl show -p MainPID --value chrony.service)
expect 0 sprout apply p.yaml
is "$pid" systemctl show -p MainPID --value chrony.service
expect 0 sprout undo
soon 10 sh -c '! chronyc -n sources | grep -q 192.0.2.7'
