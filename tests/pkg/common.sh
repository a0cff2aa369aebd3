# SPDX-License-Identifier: LGPL-2.1-or-later
# common.sh - tests that install packages into throw-away roots: source it behind
# tests/functions.sh instead of tests/pkg/functions.sh.
# shellcheck shell=bash

# A mount namespace with a cache of its own, so that nothing of the machine's is
# read or written; for other users than root a user namespace, too.
if [ -z "${IN_NAMESPACE:-}" ]; then
	how=(unshare -m)
	[ "$(id -u)" -eq 0 ] || how=(unshare -r -m)
	requires "${how[@]}" mount -t tmpfs tmpfs /var/cache
	IN_NAMESPACE=yes "${how[@]}" "$0" "$@"
	exit
fi
mount -t tmpfs -o mode=0755 tmpfs /var/cache || exit 99
. "$SRCDIR/tests/pkg/functions.sh"
"$SPROUT" plan --root "$TMP" - >"$TMP/out" 2>&1 <<<$'sprout: 1\npackages: {remove: [x]}' || {
	grep -q 'was built without' "$TMP/out" && skip "built without packages"
	cat "$TMP/out"
	fail "packages cannot be planned"
}
# Nothing may have come to the machine's own database, nor to $HOME.
ls -a /var/lib/rpm >"$TMP/machine.db" 2>&1
run_at_end 'ls -a /var/lib/rpm 2>&1 | cmp - "$TMP/machine.db" || status=1'
run_at_end '[ -z "$(ls -A "$HOME")" ] || { ls -A "$HOME"; status=1; }'

# new_root DIR REPO...: a root with repositories of the fixture.
new_root() {
	local dir=$1 r

	mkdir -p "$dir/etc/yum.repos.d" "$dir/etc/pki/rpm-gpg"
	cp "$FX/keys/good.asc" "$dir/etc/pki/rpm-gpg/good.asc"
	for r in "${@:2}"; do add_repo "$dir" "$r" "$FX/repo/$r"; done
}

# add_repo ROOT NAME DIR [LINE...]
add_repo() {
	printf '%s\n' "[$2]" "name=$2" "baseurl=file://$3" gpgcheck=1 \
		gpgkey=file:///etc/pki/rpm-gpg/good.asc "${@:4}" \
		>"$1/etc/yum.repos.d/$2.repo"
}

# profile FILE TEXT...: each argument is a line of "packages:".
profile() {
	printf 'sprout: 1\npackages:\n' >"$1"
	printf '  %s\n' "${@:2}" >>"$1"
}

# packages ROOT: what is installed, sorted.
packages() { fx_rpm "$1" -qa 2>/dev/null | LC_ALL=C sort; }

# files ROOT: path, mode, owner and content of what packages may bring.
# Directories that nobody owns stay behind, as always with rpm.
files() {
	(
		cd "$1" || exit 1
		find . \( -path ./var/lib/sprout -o -path ./var/lib/rpm \) -prune -o \
			! -type d -printf '%P\t%y %m %U:%G %l\n' | LC_ALL=C sort
		find . \( -path ./var/lib/sprout -o -path ./var/lib/rpm \) -prune -o -type f -print0 |
			LC_ALL=C sort -z | xargs -0r sha256sum
	)
}

# strays ROOT: what an administrator may have put where the package "tool" has its
# files.
strays() {
	mkdir -p "$1/opt/tool" "$1/srv"
	chmod 750 "$1/opt/tool"
	echo mine >"$1/opt/tool/conf"
	chown 12:34 "$1/opt/tool/conf" 2>/dev/null # not in a user namespace
	chmod 4711 "$1/opt/tool/conf"
	ln -s /nowhere "$1/opt/tool/run"
	echo mine >"$1/opt/tool/current" # a link in the package
	echo same >"$1/opt/tool/same"	 # the same in the package
	echo mine >"$1/opt/tool/log"	 # the package's, but not in it
	echo mine >"$1/opt/tool/data"	 # a directory in the package
	echo mine >"$1/usr/bin/toolctl"	 # /bin/toolctl in the package
	echo mine >"$1/etc/tool.conf"
	echo mine >"$1/etc/tool.local"
	chmod 600 "$1/etc/tool.local"
}

# same A B WHAT: two texts.
same() {
	diff -u <(printf '%s\n' "$1") <(printf '%s\n' "$2") >&2 || fail "$3"
}
