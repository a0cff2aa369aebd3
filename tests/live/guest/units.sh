#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Units are started and stopped; a stopped one is drift; undo is exact.
. /test/guest/functions.sh
cat >/etc/systemd/system/sprout-test.service <<'U'
[Service]
ExecStart=/usr/bin/sleep infinity
[Install]
WantedBy=multi-user.target
U
cat >p.yaml <<'Y'
sprout: 1
units:
  - {name: sprout-test.service, enabled: true, active: true}
Y
expect 0 sprout apply p.yaml
is active systemctl is-active sprout-test.service
is enabled systemctl is-enabled sprout-test.service
expect 0 sprout plan p.yaml
systemctl stop sprout-test.service
expect 2 sprout plan p.yaml
grep -q 'active: false -> true' out || fail "the plan does not find the stopped unit"
expect 0 sprout apply p.yaml
is active systemctl is-active sprout-test.service
expect 0 sprout undo
is inactive systemctl is-active sprout-test.service
expect 0 sprout undo
is disabled systemctl is-enabled sprout-test.service
