#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The recipes of data/ci do what they say: their scripts are run, with stand-ins
# for the servers.
. "${SRCDIR:-$(dirname "$0")/../..}/tests/functions.sh"
requires python3
requires python3 -c 'import yaml'

# What the jobs run, as files; and that the rest is there.
python3 - "$SRCDIR/data/ci" "$TMP" <<'P' || fail "the recipes"
import sys, yaml
ci, tmp = sys.argv[1:]
g = yaml.safe_load(open(ci + "/gitlab.yml"))
job = g["sprout plan"]
open(tmp + "/gitlab", "w").write("\n".join(job["script"]) + "\n")
assert job["allow_failure"]["exit_codes"] == 2
assert job["artifacts"]["reports"]["junit"] == "sprout.xml" and job["artifacts"]["when"] == "always"
h = yaml.safe_load(open(ci + "/github.yml"))
steps = {s["name"]: s for s in h["jobs"]["plan"]["steps"] if "name" in s}
for name in "Plan", "Comment":
    assert "${{" not in steps[name]["run"], "values go through the environment"
    open(tmp + "/github." + name, "w").write(steps[name]["run"])
words = set()
for line in open(ci + "/Containerfile").read().replace("\\\n", " ").split("\n"):
    if line.strip() and not line.startswith("#"):
        words.add(line.split()[0])
assert words <= {"ARG", "FROM", "RUN", "COPY", "WORKDIR", "USER", "ENTRYPOINT", "CMD"}, words
P

mkdir -p "$TMP/bin" "$TMP/job/fleet"/{a,b}/etc
ln -s "$SPROUT" "$TMP/bin/sprout"
# curl: keeps what would be sent.
cat >"$TMP/bin/curl" <<'C'
#!/bin/bash
printf '%s\n' "$@" >"$SENT"
for arg; do
	case $arg in
	body@*) cat "${arg#body@}" >"$SENT.body" ;;
	@*) cat "${arg#@}" >"$SENT.body" ;;
	esac
done
[ -z "${REFUSED:-}" ]
C
chmod 755 "$TMP/bin/curl"
export PATH=$TMP/bin:$PATH SENT=$TMP/sent FLEET=fleet
cd "$TMP/job" || exit 99
for h in a b; do
	echo $h >"fleet/$h/etc/hostname"
	printf 'sprout: 1\nhostname: %s\n' $h >"fleet/$h.yaml"
done
gitlab() {
	CI_MERGE_REQUEST_IID=7 CI_PROJECT_ID=1 CI_API_V4_URL=https://git.example.com/api/v4 \
		SPROUT_TOKEN=t bash -eo pipefail "$TMP/gitlab"
}
github() {
	GITHUB_STEP_SUMMARY=$TMP/summary bash --noprofile --norc -eo pipefail "$TMP/github.Plan"
}
comment() { TOKEN=t URL=https://api.example.com/c bash --noprofile --norc -eo pipefail "$TMP/github.Comment"; }
xml() { python3 -c 'import sys, xml.etree.ElementTree as E; print(E.parse("sprout.xml").getroot().get(sys.argv[1]))' "$1"; }

expect_status 0 gitlab
[ "$(xml failures)" = 0 ] || fail "no host differs"
echo other >fleet/b/etc/hostname
expect_status 2 gitlab
contains "$TMP/out" '2 hosts: 1 as the profile says, 1 to change, 0 with errors.'
[ "$(xml failures)" = 1 ] || fail "one host differs"
contains "$SENT" https://git.example.com/api/v4/projects/1/merge_requests/7/notes
cmp sprout.md "$SENT.body" || fail "the comment is not the plan"
contains sprout.md 'hostname: other -> b'
REFUSED=1 expect_status 2 gitlab
contains "$TMP/out" 'the comment could not be posted'

expect_status 0 github
contains "$TMP/summary" 'hostname: other -> b'
expect_status 0 comment
python3 -c 'import json, sys; assert json.load(open(sys.argv[1]))["body"] == open("sprout.md").read()' \
	"$SENT.body" || fail "the comment is not the plan"
REFUSED=1 expect_status 0 comment

# What is wrong is a failure, and still told.
printf 'sprout: 1\nhostname: -b\n' >fleet/b.yaml
expect_status 1 gitlab
[ "$(xml errors)" = 1 ] || fail "an error that nobody sees"
expect_status 1 github
contains sprout.md '1 with errors'
