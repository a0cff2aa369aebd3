#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What takes its time is shown: as events, as lines, as a bar on a terminal.
. "${SRCDIR:-$(dirname "$0")/../..}/tests/functions.sh"
requires python3
. "$SRCDIR/tests/pkg/common.sh"
cd "$TMP" || exit 99

mkfifo hold
python3 "$SRCDIR/tests/pkg/server.py" "$FX/repo" <hold >port &
exec 3>hold
for ((i = 0; i < 200; i++)); do
	[ ! -s port ] || break
	sleep 0.05
done
port=$(cat port) || exit 99

# start [MODE/]: a root without packages, and nothing in the cache.
start() {
	rm -rf root /var/cache/sprout
	new_root root base
	sed -i "s,^baseurl=.*,baseurl=http://127.0.0.1:$port/${1-}base," root/etc/yum.repos.d/base.repo
}
# 1.2 MB with the one, 6 kB with the other: one second, or four.
profile p.yaml 'install: [fx-base, zip]'
slow=slow1200000/

# --- events ----------------------------------------------------------------------------

# tasks OUTCOME TASK...: the file out has these, each as the manual tells.
tasks() {
	python3 - out "$@" <<-'P' || { tail -5 out >&2; fail "other events than: $*"; }
		import json, sys

		KEYS = ["event", "task", "object", "done", "total", "unit"]
		UNITS = {"metadata": "bytes", "download": "bytes", "transaction": "items"}
		lines = open(sys.argv[1]).read().split("\n")
		assert lines.pop() == "", "the last line has no end"
		events = [json.loads(l) for l in lines]
		report = events.pop()
		assert list(report) == ["event", "sprout", "outcome", "run", "failure", "undone",
		                        "not_undone", "notes"], report
		assert report["event"] == "report" and report["outcome"] == sys.argv[2], report
		at, names, ends = None, [], {}
		for e in events:
		    assert list(e) == KEYS, e
		    assert e["unit"] == UNITS[e["task"]], e
		    assert e["total"] is None or 0 <= e["done"] <= e["total"], e
		    if e["event"] == "begin":
		        assert at is None, e
		        at = e["task"]
		        names.append(at)
		    elif e["event"] == "end":
		        assert at == e["task"], e
		        ends[at], at = e, None
		    else:
		        assert e["event"] == "progress" and at == e["task"], e
		assert at is None, at
		assert names == sys.argv[3:], names
		objects = {n: {e["object"] for e in events if e["task"] == n and e["object"]} for n in names}
		if report["outcome"] == "done":
		    for e in ends.values():
		        assert e["done"] == e["total"], e
		if "metadata" in names:
		    assert {"repomd.xml", "primary.xml.gz"} <= objects["metadata"], objects
		if "download" in names and report["outcome"] == "done":
		    assert ends["download"]["total"] > 1000000, ends
		    assert any(o.startswith("fx-base-9-1.") for o in objects["download"]), objects
		    half = [e for e in events if e["task"] == "download" and 0 < e["done"] < e["total"]]
		    assert len(half) > 2, half
		if "transaction" in names and report["outcome"] == "done":
		    assert ends["transaction"]["total"] in (2, 3), ends # back: the key, too
		    assert "zip-3.0-1.noarch" in objects["transaction"], objects
	P
}
start $slow
expect_status 0 "$SPROUT" apply --events --root root p.yaml
[ ! -s err ] || fail "apply --events says more than the events: $(cat err)"
tasks 'done' metadata download transaction
expect_status 0 "$SPROUT" apply --events --root root p.yaml
tasks 'done'
expect_status 0 "$SPROUT" undo --events --root root
tasks 'done' transaction
expect_status 0 "$SPROUT" recover --events --root root
python3 -c 'import json; assert json.load(open("out"))["event"] == "report"' || fail "recover --events"

# What fails ends, too.
start
profile bad.yaml 'install: [zip, fx-base, fail-pre]'
expect_status 20 "$SPROUT" apply --events --root root bad.yaml
tasks undone metadata download transaction transaction
expect_status 1 "$SPROUT" apply --events --root root none.yaml
[ ! -s out ] || fail "a report of nothing"
expect_status 64 "$SPROUT" apply --events --check --root root p.yaml

# --- lines -------------------------------------------------------------------------------

start slow300000/
expect_status 0 "$SPROUT" apply --root root p.yaml
sed 's/after [0-9]* s/after N s/' err >shown
cat >want <<'W'
sprout: downloading (1.2 MB)
sprout: downloading: ended after N s
sprout: changing packages (2)
W
diff -u want shown >&2 || fail "other lines than these"
expect_status 0 "$SPROUT" undo --root root
echo "sprout: changing packages (3)" | diff - err >&2 || fail "the undo shows something else"

# None with --quiet; a report in JSON stays one.
start
expect_status 0 "$SPROUT" apply --quiet --root root p.yaml
[ -z "$(cat out err)" ] || fail "--quiet is not quiet: $(cat out err)"
expect_status 0 "$SPROUT" undo --json --root root
python3 -c 'import json; json.load(open("out"))' || fail "undo --json"

# --- a bar ---------------------------------------------------------------------------------

# terminal COLUMNS WORDS COMMAND...: what it prints, at a terminal with these
# WORDS of environment, is in the file out.
terminal() {
	# shellcheck disable=SC2086 # a list
	env $2 python3 - "$1" "${@:3}" <<-'P' >out || fail "exit status $? on a terminal"
		import fcntl, os, pty, struct, sys, termios
		pid, fd = pty.fork()
		if pid == 0:
		    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, int(sys.argv[1]), 0, 0))
		    os.execv(sys.argv[2], sys.argv[2:])
		while True:
		    try:
		        got = os.read(fd, 65536)
		    except OSError:
		        break
		    if not got:
		        break
		    sys.stdout.buffer.write(got)
		sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
	P
}
# bars COLUMNS MIN WORD...: at least MIN bars were drawn; none is wider than the
# terminal, each WORD stands in one, and nothing of them is left.
bars() {
	python3 - out "$@" <<-'P' || { cat -v out >&2; fail "other bars than: $*"; }
		import re, sys, unicodedata
		text = open(sys.argv[1], newline="").read()
		columns, least, words = int(sys.argv[2]), int(sys.argv[3]), sys.argv[4:]
		drawn = re.findall(r"\r([^\r\n\x1b]+)\x1b\[K", text)
		assert len(drawn) >= least, drawn
		for line in drawn:
		    width = sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line)
		    assert width < columns, line
		for w in words:
		    assert any(w in line for line in drawn), w
		# What is left is what a terminal shows: each line's last state.
		left = re.sub(r"(\r[^\r\n\x1b]*\x1b\[K)+|\x1b\[[0-9;]*m", "", text)
		assert "\x1b" not in left and "downloading" not in left, left
		assert re.search(r"Applied \(run|적용했습니다", left), left
	P
}
start $slow
terminal 80 'TERM=xterm NO_COLOR=1' "$SPROUT" apply --root root p.yaml
bars 80 5 'downloading  █' '░  ' ' MB of 1.2 MB' 'B/s' ' left' 'fx-base-9-1' \
	'changing packages  ' ' of 2'
start $slow
terminal 40 'TERM=linux LC_ALL=C' "$SPROUT" apply --root root p.yaml
bars 40 5 'downloading  '
LC_ALL=C grep -q '[^[:print:][:space:][:cntrl:]]' out && fail "not ASCII alone in the locale C"
if [ -e "$BUILDDIR/po/ko/LC_MESSAGES/sprout.mo" ]; then
	start $slow
	terminal 80 'TERM=xterm LC_ALL=C.UTF-8 LANGUAGE=ko' "$SPROUT" apply --root root p.yaml
	bars 80 5 '내려받는 중  █' '남음'
fi
start
terminal 80 TERM=dumb "$SPROUT" apply --root root p.yaml
grep -q $'\r.' out && fail "something is drawn on a dumb terminal"
contains out 'sprout: downloading (1.2 MB)'

# --- the wizard's review ---------------------------------------------------------------------

. "$SRCDIR/tests/wizard/common.sh"
. "$SRCDIR/tests/wizard/ends.sh"
mkdir -p host/etc/yum.repos.d host/etc/pki/rpm-gpg
cp root/etc/pki/rpm-gpg/good.asc host/etc/pki/rpm-gpg/
# Each file after two seconds.
sed "s,^baseurl=.*,baseurl=http://127.0.0.1:$port/wait2000/base," root/etc/yum.repos.d/base.repo \
	>host/etc/yum.repos.d/base.repo
go_to newt $((${#pages[@]} - 1))
rm -rf /var/cache/sprout
press F12
see 'reading repositories'
see 'Look before you leap'
! grep -q 'reading repositories' screen || fail "what was shown is not gone"
press C-c
[ "$(gone)" = 1 ] || fail "the wizard ends with $(gone)"
