#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Profiles that no parser should have to see: refused at once, in little memory.
. "${SRCDIR:-$(dirname "$0")/../..}/tests/functions.sh"
mkdir "$TMP/root"

# refused FILE TEXT: exit status 1, the text, within 64 MiB and 10 seconds.
refused() {
	(
		# Sanitizers map terabytes.
		nm "$SPROUT" 2>/dev/null | grep -q __asan_init || ulimit -v 65536
		exec timeout 10 "$SPROUT" plan --root "$TMP/root" "$1"
	) >"$TMP/out" 2>"$TMP/err" </dev/null
	local got=$?

	[ "$got" -eq 1 ] || { cat "$TMP/err"; fail "exit status $got: $1"; }
	contains "$TMP/err" "$2"
	[ "$(wc -c <"$TMP/err")" -lt 20000 ] || fail "$1: a flood of errors"
}

refused "$TMP/none.yaml" 'No such file'
refused "$TMP/root" 'directory'
refused /dev/zero '/dev/zero'
mkfifo "$TMP/fifo"
refused "$TMP/fifo" 'fifo'

head -c 100M /dev/zero | tr '\0' 'a' >"$TMP/big.yaml"
refused "$TMP/big.yaml" '4194304 bytes'
rm "$TMP/big.yaml"

{ printf 'sprout: 1\nx: '; head -c 10000 /dev/zero | tr '\0' '['; } >"$TMP/deep.yaml"
refused "$TMP/deep.yaml" 'deep.yaml:2:'
contains "$TMP/err" '32'

{
	printf 'sprout: 1\na0: &a0 [x, x, x, x, x, x, x, x, x, x]\n'
	for i in 1 2 3 4 5 6 7 8 9; do
		p=$((i - 1))
		printf 'a%d: &a%d [*a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d]\n' \
			$i $i $p $p $p $p $p $p $p $p
	done
} >"$TMP/bomb.yaml"
refused "$TMP/bomb.yaml" 'bomb.yaml:'

printf 'sprout: 1\nhostname: a\0b\n' >"$TMP/nul.yaml"
refused "$TMP/nul.yaml" 'nul.yaml:2:12'
printf 'sprout: 1\nhostname: a\xff\xfeb\n' >"$TMP/utf8.yaml"
refused "$TMP/utf8.yaml" 'utf8.yaml:2:12'
printf 'sprout: 1\nhostname: a\nhostname: b\n' >"$TMP/twice.yaml"
refused "$TMP/twice.yaml" 'twice.yaml:3:1'
printf 'sprout: 1\nhostnam: a\n' >"$TMP/typo.yaml"
refused "$TMP/typo.yaml" 'did you mean "hostname"'
: >"$TMP/empty.yaml"
refused "$TMP/empty.yaml" 'sprout'
printf 'sprout: 1\nlimits: [{name: a, rules: [x]}, {name: b, rules: [y]}]\nbogus: 1\n' >"$TMP/all.yaml"
refused "$TMP/all.yaml" 'all.yaml:2:'
contains "$TMP/err" 'all.yaml:3:1'
[ "$(grep -c ': error: ' "$TMP/err")" -ge 3 ] || fail "not all errors in one run"

# A long value is not told in full.
printf 'sprout: %s\n' "$(head -c 60000 /dev/zero | tr '\0' 1)" >"$TMP/format.yaml"
refused "$TMP/format.yaml" 'this sprout reads format 1'

# What others may write into files of the host does not drive root's terminal;
# for a program a difference is as it is.
"$SPROUT" kinds hostname >/dev/null 2>&1 || skip "the rest needs the kind hostname"
requires python3
mkdir -p "$TMP/host/etc"
printf 'old\n# \033[2J\xe2\x80\xae\xff\n' >"$TMP/host/etc/hostname"
printf 'sprout: 1\nhostname: new\n' >"$TMP/new.yaml"
expect_status 2 "$SPROUT" plan --diff --root "$TMP/host" "$TMP/new.yaml"
contains "$TMP/out" $'# \033[2J\xe2\x80\xae\xff'
TERM=xterm python3 -c 'import pty, sys; pty.spawn(sys.argv[1:])' \
	"$SPROUT" plan --diff --root "$TMP/host" "$TMP/new.yaml" >"$TMP/out" </dev/null
contains "$TMP/out" '# \x1b[2J\xe2\x80\xae\xff'
contains "$TMP/out" $'\033[32m+new\033[0m'

mkdir "$TMP/fleet"
cp "$TMP/new.yaml" "$TMP/fleet/"$'a\033[2J.yaml'
expect_status 1 "$SPROUT" plan --fleet "$TMP/fleet"
contains "$TMP/err" 'a\x1b[2J.tar.zst'
