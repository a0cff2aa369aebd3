#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# sprout check: what it prints where, and its exit status.
. "${SRCDIR:-$(dirname "$0")/../..}/tests/functions.sh"
cd "$TMP" || exit 99

# is FILE TEXT: the file is exactly that, and a newline.
is() {
	printf '%s\n' "$2" | diff -u - "$1" >&2 || fail "$1 is not what it should be"
}
# silent FILE: nothing in it.
silent() {
	[ ! -s "$1" ] || fail "$1 is not empty: $(cat "$1")"
}

cat >good.yaml <<'END'
sprout: 1
groups:
  - {name: vdi, gid: 2000}
  - {name: old, ensure: absent}
END
cat >over.yaml <<'END'
sprout: 1
groups: [{name: vdi, gid: 2001}, {name: new, gid: 2002}]
END
cat >bad.yaml <<'END'
sprout: 1
groups:
  - {name: vdi, gid: -7}
  - {name: other, gdi: 7}
END

"$SPROUT" kinds group >/dev/null 2>&1 || skip "built without groups"

expect_status 0 "$SPROUT" check good.yaml
is out 'good.yaml: ok, 2 resources'
silent err
expect_status 0 "$SPROUT" check --quiet good.yaml
silent out
silent err
expect_status 0 "$SPROUT" check good.yaml over.yaml
is out 'good.yaml over.yaml: ok, 3 resources'

expect_status 1 "$SPROUT" check bad.yaml
silent out
is err 'bad.yaml:3:22: error: group "vdi": gid: -7 is below 0 (allowed: 0 to 4294967294)
    - {name: vdi, gid: -7}
                       ^
bad.yaml:4:19: error: group "other": unknown key "gdi", did you mean "gid"?
    - {name: other, gdi: 7}
                    ^
bad.yaml: 2 errors'
cp err want
expect_status 1 "$SPROUT" check --quiet bad.yaml
diff -u want err || fail "--quiet hides errors"

# Errors of both; standard input by its name.
expect_status 1 "$SPROUT" check bad.yaml good.yaml over.yaml
contains err 'bad.yaml good.yaml over.yaml: 2 errors'
"$SPROUT" check - <good.yaml >out 2>err || fail "standard input is refused"
is out '-: ok, 2 resources'
"$SPROUT" check - <bad.yaml >out 2>err
contains err '<stdin>:3:22: error: '
expect_status 1 "$SPROUT" check - -
contains err 'standard input is given twice'

# What cannot be read at all.
expect_status 1 "$SPROUT" check none.yaml
is err 'sprout: cannot read profile "none.yaml": No such file or directory'
expect_status 64 "$SPROUT" check
expect_status 64 "$SPROUT" check --bogus good.yaml
expect_status 1 "$SPROUT" check --root none good.yaml
contains err 'root "none": No such file or directory'
mkdir root
expect_status 0 "$SPROUT" check --root root good.yaml

# As JSON, on standard output, with the same exit status.
expect_status 0 "$SPROUT" check --json good.yaml
contains out '"resources": 2'
contains out '"findings": []'
expect_status 1 "$SPROUT" check --json bad.yaml
silent err
if command -v python3 >/dev/null; then
	python3 - out <<'END' || fail "the JSON is not as it should be"
import json, sys
d = json.load(open(sys.argv[1]))
assert d["errors"] == 2 and d["warnings"] == 0, d
f = d["findings"][1]
assert f == {"severity": "error", "file": "bad.yaml", "line": 4, "column": 19,
             "object": 'group "other"',
             "text": 'unknown key "gdi", did you mean "gid"?'}, f
END
fi
