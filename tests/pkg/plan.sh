#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Plans of packages: streams of modules, priorities, weak dependencies, staged
# repositories, no root, no network, no database.
. "${SRCDIR:-$(dirname "$0")/../..}/tests/functions.sh"
. "$SRCDIR/tests/pkg/common.sh"

root=$TMP/root
new_root "$root" base modular

# steps FILE: what the plan of FILE would do, without repositories and sizes.
steps() {
	"$SPROUT" plan --root "$root" "$1" >"$TMP/out" 2>"$TMP/err"
	[ $? -ne 1 ] || {
		cat "$TMP/err"
		return
	}
	sed -nE 's/^    ((install|update|downgrade|remove) .*)/\1/p' "$TMP/out" |
		sed 's/ from .*//' | LC_ALL=C sort | paste -sd';'
}
# expect STEPS LINE...
expect() {
	profile "$TMP/p.yaml" "${@:2}"
	same "$1" "$(steps "$TMP/p.yaml")" "${*:2}"
}

# --- modules -----------------------------------------------------------------------

expect 'install nodejs-18.1-1.module+1.noarch' 'install: [nodejs]'
profile "$TMP/p.yaml" 'install: [nodejs-tool]'
expect_status 1 "$SPROUT" plan --root "$root" "$TMP/p.yaml"
contains "$TMP/err" 'or of a stream of modules that is not enabled'
mkdir -p "$root/etc/dnf/modules.d"
printf '[nodejs]\nname=nodejs\nstream=20\nprofiles=\nstate=enabled\n' >"$root/etc/dnf/modules.d/nodejs.module"
expect 'install nodejs-20.1-1.module+1.noarch;install nodejs-tool-20.1-1.module+1.noarch' \
	'install: [nodejs-tool]'
printf '[nodejs]\nname=nodejs\nstream=\nstate=disabled\n' >"$root/etc/dnf/modules.d/nodejs.module"
profile "$TMP/p.yaml" 'install: [nodejs]'
expect_status 1 "$SPROUT" plan --root "$root" "$TMP/p.yaml"
rm "$root/etc/dnf/modules.d/nodejs.module"
add_repo "$root" modular "$FX/repo/modular" module_hotfixes=1
expect 'install nodejs-20.1-1.module+1.noarch' 'install: [nodejs]'

# --- priority, weak dependencies, groups ----------------------------------------------

add_repo "$root" updates "$FX/repo/updates"
expect 'install zip-3.0-2.noarch' 'install: [zip]'
add_repo "$root" updates "$FX/repo/updates" priority=120
expect 'install zip-3.0-1.noarch' 'install: [zip]'
rm "$root/etc/yum.repos.d/updates.repo"
expect 'install unzip-6.0-1.noarch;install weak-1.0-1.noarch' 'install: [weak]'
expect 'install weak-1.0-1.noarch' 'install: [weak]' 'weak_deps: false'
expect 'install unzip-6.0-1.noarch;install zip-3.0-1.noarch' 'install: ["@desktop-host"]'
expect 'install unzip-6.0-1.noarch;install zip-3.0-1.noarch' 'install: ["@Virtual desktop host"]'
expect 'install zip-3.0-1.noarch' 'install: ["@desktop-host"]' 'weak_deps: false'

# --- a repository that the same profile brings ------------------------------------------

mv "$root/etc/yum.repos.d" "$TMP/repos"
printf 'sprout: 1\nrepos:\n  - {name: new, baseurl: ["file://%s"], gpgkey: ["file:///etc/pki/rpm-gpg/good.asc"]}\n%s\n' \
	"$FX/repo/base" 'packages: {install: [zip]}' >"$TMP/new.yaml"
same 'install zip-3.0-1.noarch' "$(steps "$TMP/new.yaml")" "a staged repository"
[ ! -e "$root/etc/yum.repos.d" ] || fail "the plan wrote a repository"
[ ! -e "$root/var" ] || fail "the plan wrote below /var"
mv "$TMP/repos" "$root/etc/yum.repos.d"

# --- several repositories are parsed at once ----------------------------------------------

rm -rf /var/cache/sprout
add_repo "$root" updates "$FX/repo/updates"
add_repo "$root" modular "$FX/repo/modular"
# A path that only the lists of files have.
for _ in cold warm; do
	expect 'install chain-e-1.0-1.noarch' 'install: [/usr/share/chain/e.data]'
	for what in primary filelists; do
		set -- /var/cache/sprout/repos/*/$what.solv*
		same 3 $# ".solv files of $what"
	done
done
rm -rf /var/cache/sprout
add_repo "$root" updates "$FX/badrepo/primary-cut"
profile "$TMP/p.yaml" 'install: [zip]'
expect_status 1 "$SPROUT" plan --root "$root" "$TMP/p.yaml"
contains "$TMP/err" 'repository "updates": repodata/primary.xml.gz: repo_rpmmd: no element'
rm "$root/etc/yum.repos.d/updates.repo"

# --- nothing is installed, and nothing has to be -----------------------------------------

expect '' 'update: all' 'remove: [zip]'
expect '' 'update: none'

# --- offline: only the cache ----------------------------------------------------------------

expect 'install zip-3.0-1.noarch' 'install: [zip]' 'offline: true'
rm -rf /var/cache/sprout
profile "$TMP/p.yaml" 'install: [zip]' 'offline: true'
expect_status 1 "$SPROUT" plan --root "$root" "$TMP/p.yaml"
contains "$TMP/err" 'repository "'

# --- as somebody else, who has a cache of his own ---------------------------------------------

if [ "$(id -u)" -eq 0 ] && command -v setpriv >/dev/null &&
	setpriv --reuid 65534 --regid 65534 --clear-groups true 2>/dev/null; then
	profile "$TMP/p.yaml" 'install: [fx-base, zip]'
	expect_status 0 "$SPROUT" apply --root "$root" "$TMP/p.yaml"
	profile "$TMP/p.yaml" 'install: [redis]'
	rm -rf /var/cache/sprout
	mkdir "$TMP/nobody" && chown 65534:65534 "$TMP/nobody"
	chmod 755 "$TMP"
	cp "$SPROUT" "$TMP/nobody/sprout" && mkdir -p "$TMP/nobody/lib/pkg" &&
		cp "$BUILDDIR/lib/pkg/sprout-pkg.so" "$TMP/nobody/lib/pkg/"
	expect_status 2 setpriv --reuid 65534 --regid 65534 --clear-groups \
		env XDG_CACHE_HOME="$TMP/nobody/cache" \
		"$TMP/nobody/sprout" plan --root "$root" "$TMP/p.yaml"
	contains "$TMP/out" 'install redis-6.0-1.'
	[ ! -e /var/cache/sprout ] || fail "another cache than its own was made"
	[ -d "$TMP/nobody/cache/sprout" ] || fail "no cache of its own"
fi
