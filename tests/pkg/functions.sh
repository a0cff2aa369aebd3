# SPDX-License-Identifier: LGPL-2.1-or-later
# functions.sh - tests with packages: source it behind tests/functions.sh.
# Sets FX, the directory that tests/pkg/fixture tells of (read only), HOME, an
# empty one, and gives fx_rpm, fx_repo, fx_keys.
# shellcheck shell=bash

FX=$("$SRCDIR/tests/pkg/fixture" 2>"$TMP/fixture.err")
case $? in
0) ;;
77)
	echo "$FX"
	exit 77
	;;
*)
	cat "$TMP/fixture.err" >&2
	fail "the packages to test with could not be built"
	;;
esac
export FX
# rpm and dnf read ~/.rpmmacros, and Debian's keep a database in ~/.rpmdb.
mkdir -p "$TMP/home"
export HOME=$TMP/home

# fx_rpm ROOT ARGS...: rpm on a root, whose database is where Fedora has it;
# signatures are not asked for.
fx_rpm() {
	local root=$1

	shift
	rpm --root "$root" --dbpath /var/lib/rpm --nosignature "$@"
}

# fx_repo NAME URL [LINE...]: the text of a .repo file; the key is "good".
fx_repo() {
	printf '%s\n' "[$1]" "name=$1" "baseurl=$2" "gpgcheck=1" \
		"gpgkey=file://$FX/keys/good.asc" "${@:3}"
}

# fx_keys: a GNUPGHOME of one's own, with the secret keys; in a short path, as
# the agent's socket has to fit into 108 bytes.
fx_keys() {
	GNUPGHOME=$(mktemp -d /tmp/fx.XXXXXX) || exit 99
	export GNUPGHOME
	run_at_end 'gpgconf --kill all; rm -rf "$GNUPGHOME"'
	cp -R "$FX/gnupg/." "$GNUPGHOME"
}
