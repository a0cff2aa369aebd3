#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The first boot: which profile is taken, when nothing is done, and the console.
. "${SRCDIR:-$(dirname "$0")/../..}/tests/functions.sh"
requires python3
requires "$SPROUT" kinds hostname

new_root() {
	root=$TMP/root.$RANDOM$RANDOM
	mkdir -p "$root/etc/sprout" "$root/var/lib"
	echo old >"$root/etc/hostname"
}
profile() { printf 'sprout: 1\nhostname: %s\n' "$2" >"$1"; }
# boot WORDS [OPTION...]: with this kernel command line.
boot() {
	printf '%s\n' "BOOT_IMAGE=/vmlinuz root=/dev/sda1 $1" >"$TMP/cmdline"
	shift
	"$SPROUT" firstboot --cmdline "$TMP/cmdline" --root "$root" --tty /dev/null "$@"
}
report() {
	python3 - "$root/var/lib/sprout/$1" "$2" "$3" "$4" <<'P' || fail "report $1"
import json, sys
d = json.load(open(sys.argv[1]))
assert d["exit"] == int(sys.argv[2]) and d["from"] == sys.argv[3], d
assert str(d["profile"]).endswith(sys.argv[4]), d
P
}
profile "$TMP/line.yaml" from-line
profile "$TMP/bad.yaml" -bad
sum=$(sha256sum "$TMP/line.yaml")
sum=${sum%% *}

# The command line comes first, then the host's own.
new_root
profile "$root/etc/sprout/profile.yaml" from-host
expect_status 0 boot "\"sprout.profile=$TMP/line.yaml\" quiet"
contains "$root/etc/hostname" from-line
report firstboot.json 0 'kernel command line' /line.yaml
[ "$(stat -c %a "$root/var/lib/sprout/firstboot.json")" = 600 ] || fail "the report is for everybody"

# Once.
echo by-hand >"$root/etc/hostname"
expect_status 0 boot "sprout.profile=$TMP/line.yaml"
contains "$root/etc/hostname" by-hand
[ ! -s "$TMP/out" ] || fail "it says something"

new_root
profile "$root/etc/sprout/profile.yaml" from-host
cp -a "$root" "$TMP/before"
expect_status 0 boot 'sprout.firstboot=0'
same_tree "$TMP/before" "$root" 'switched off'
[ ! -e "$root/var/lib/sprout" ] || fail "switched off, and yet something is there"
expect_status 0 boot ''
contains "$root/etc/hostname" from-host
report firstboot.json 0 'this host' /etc/sprout/profile.yaml

# What fails is tried again, and then forgotten.
new_root
expect_status 1 boot "sprout.profile=$TMP/bad.yaml"
report firstboot-failed.json 1 'kernel command line' /bad.yaml
contains "$TMP/err" 'is tried again at the next boot'
contains "$root/etc/hostname" old
expect_status 1 boot "sprout.profile=--help"
report firstboot-failed.json 1 'kernel command line' --help
expect_status 0 boot "sprout.profile=$TMP/line.yaml"
report firstboot.json 0 'kernel command line' /line.yaml
[ ! -e "$root/var/lib/sprout/firstboot-failed.json" ] || fail "the old report is still there"
expect_status 1 boot "sprout.sha256=$sum" --root "$TMP"
contains "$TMP/err" 'sprout.sha256= without sprout.profile='
expect_status 64 boot '' more
expect_status 64 boot '' --wait 0
expect_status 1 boot '' --cmdline "$TMP/none"

# A disk comes between the two; a copy of its file is what counts.
mkdir "$TMP/disk" "$TMP/empty"
"$SPROUT" media "$TMP/empty" >"$TMP/media" 2>&1
if ! grep -q 'built without' "$TMP/media"; then
	new_root
	profile "$root/etc/sprout/profile.yaml" from-host
	profile "$TMP/disk/profile.yaml" from-disk
	expect_status 0 boot '' --disk "$TMP/disk"
	contains "$TMP/out" "sprout: profile $root/var/lib/sprout/firstboot.yaml ($TMP/disk)"
	contains "$root/etc/hostname" from-disk
	report firstboot.json 0 "$TMP/disk" /var/lib/sprout/firstboot.yaml
	cmp "$TMP/disk/profile.yaml" "$root/var/lib/sprout/firstboot.yaml" || fail "not a copy"
	[ "$(stat -c %a "$root/var/lib/sprout/firstboot.yaml")" = 600 ] || fail "the copy is for everybody"
	new_root
	expect_status 0 boot "sprout.profile=$TMP/line.yaml" --disk "$TMP/disk"
	contains "$root/etc/hostname" from-line
	# One without it, or with a link, is not passed over: it was meant.
	new_root
	profile "$root/etc/sprout/profile.yaml" from-host
	ln -s ../disk/profile.yaml "$TMP/empty/profile.yaml"
	expect_status 1 boot '' --disk "$TMP/empty"
	contains "$TMP/err" "$TMP/empty: \"profile.yaml\" is a link"
	rm "$TMP/empty/profile.yaml"
	expect_status 1 boot '' --disk "$TMP/empty"
	contains "$TMP/err" "$TMP/empty: \"profile.yaml\": No such file"
	report firstboot-failed.json 1 'a disk labelled SPROUT' None
	contains "$root/etc/hostname" old
	truncate -s 4194305 "$TMP/empty/profile.yaml"
	expect_status 1 boot '' --disk "$TMP/empty"
	contains "$TMP/err" 'is larger than 4194304 bytes, the limit'
fi

# By hand already: nothing to do.  Never, and no terminal: neither.
new_root
expect_status 0 "$SPROUT" apply --quiet --root "$root" "$TMP/line.yaml"
expect_status 0 boot ''
[ ! -s "$TMP/err" ] || fail "it says something"
[ ! -e "$root/var/lib/sprout/firstboot.json" ] || fail "nothing was done, and yet a report"
new_root
expect_status 0 boot ''
contains "$TMP/err" 'no profile was found, and /dev/null is no terminal'

# A terminal: it asks, waits no longer than it says, and leaves it as it was;
# also when the wizard is killed in the middle.
requires "$SPROUT" wizard --help
echo >"$TMP/cmdline"
python3 - "$SPROUT" "$TMP/cmdline" "$root" <<'P' || fail "the console"
import os, pty, select, signal, subprocess, sys, termios, time

def start(wait):
    master, slave = pty.openpty()
    name = os.ttyname(slave)
    before = termios.tcgetattr(slave)
    p = subprocess.Popen([sys.argv[1], "firstboot", "--cmdline", sys.argv[2], "--root", sys.argv[3],
                          "--tty", name, "--wait", str(wait)], stdin=subprocess.DEVNULL,
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return master, slave, before, p

def read_until(master, text, limit=20):
    got = b""
    end = time.time() + limit
    while text not in got and time.time() < end:
        if select.select([master], [], [], 0.2)[0]:
            got += os.read(master, 4096)
    assert text in got, got
    return got

master, slave, before, p = start(1)
read_until(master, b"Press Enter within 1 seconds")
read_until(master, b"Nobody is here")
assert p.wait(20) == 0
assert termios.tcgetattr(slave) == before

master, slave, before, p = start(60)
read_until(master, b"Press Enter within 60 seconds")
os.write(master, b"\n")
def children():
    return open(f"/proc/{p.pid}/task/{p.pid}/children").read().split()
end = time.time() + 20
while not children() and time.time() < end:
    time.sleep(0.02)
time.sleep(0.3)
child = int(children()[0])
# It has the terminal for itself.
assert os.readlink(f"/proc/{child}/fd/0") == os.ttyname(slave)
os.kill(child, signal.SIGKILL)
assert p.wait(20) == 137, p.returncode
assert termios.tcgetattr(slave) == before
P
report firstboot-failed.json 137 wizard None
