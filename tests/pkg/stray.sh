#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Packages come over files that no package owns: it is said, and undo brings
# the files back, whatever rpm, or somebody, made of them.
. "${SRCDIR:-$(dirname "$0")/../..}/tests/functions.sh"
. "$SRCDIR/tests/pkg/common.sh"

new_root "$TMP/base" base
profile "$TMP/base.yaml" 'install: [fx-base]'
profile "$TMP/tool.yaml" 'install: [tool]'
expect_status 0 "$SPROUT" apply --root "$TMP/base" "$TMP/base.yaml"

lacks() { ! grep -F -- "$2" "$1" || fail "$1 contains: $2"; }

# all ROOT: everything, directories as well.
all() {
	(
		cd "$1" || exit 1
		find . \( -path ./var/lib/sprout -o -path ./var/lib/rpm \) -prune -o \
			-printf '%P\t%y %m %U:%G %l\n' | LC_ALL=C sort
		find . \( -path ./var/lib/sprout -o -path ./var/lib/rpm \) -prune -o -type f -print0 |
			LC_ALL=C sort -z | xargs -0r sha256sum
	)
}

# fresh: a copy of the root with these files, in $root; $before: all of it.
fresh() {
	root=$TMP/root
	rm -rf "$root"
	cp -a "$TMP/base" "$root"
	strays "$root"
	"$@"
	before=$(all "$root")
}

apply() { expect_status 0 "$SPROUT" apply --root "$root" "$TMP/tool.yaml"; }
undo() { expect_status 0 "$SPROUT" undo --root "$root"; }

# --- what is said ------------------------------------------------------------------

fresh
# The package is not here yet: a plan cannot know.
expect_status 2 "$SPROUT" plan --root "$root" "$TMP/tool.yaml"
lacks "$TMP/out" 'no package own'
apply
contains "$TMP/out" 'packages replaced files that no package owned, which undo brings back (6): '
contains "$TMP/out" '/etc/tool.conf, /opt/tool/conf, /opt/tool/current and 3 more'
contains "$root/opt/tool/conf" 'as it comes'
contains "$root/usr/bin/toolctl" 'echo "toolctl"'
contains "$root/etc/tool.conf" 'as it comes'
contains "$root/etc/tool.local" mine # noreplace
[ -f "$root/opt/tool/data/first" ] || fail "no directory"
run=$("$SPROUT" runs --root "$root" | awk 'END { print $1 }')
expect_status 0 "$SPROUT" runs show "$run" --root "$root"
contains "$TMP/out" 'kept for undo: /opt/tool/same'
expect_status 0 "$SPROUT" runs --json show "$run" --root "$root"
contains "$TMP/out" '"/opt/tool/same"'
undo
same "$before" "$(all "$root")" "undo"
# Now it is in the cache.
expect_status 2 "$SPROUT" plan --root "$root" "$TMP/tool.yaml"
contains "$TMP/out" 'replaces files that no package owns, which undo brings back (6): '
same "$before" "$(all "$root")" "a plan"
apply
expect_status 0 "$SPROUT" apply --root "$root" "$TMP/tool.yaml"
lacks "$TMP/out" 'no package own'
undo
same "$before" "$(all "$root")" "undo again"

# --- what rpm makes beside ------------------------------------------------------------

old_copies() {
	local f s

	for f in tool.conf tool.local; do
		for s in rpmorig rpmnew rpmsave; do echo "old $f $s" >"$root/etc/$f.$s"; done
	done
}
fresh old_copies
apply
contains "$root/etc/tool.conf.rpmorig" mine
contains "$root/etc/tool.local.rpmnew" 'as it comes'
undo
lacks "$TMP/out" 'somebody'
same "$before" "$(all "$root")" "undo with older copies"

links() {
	rm "$root/etc/tool.conf" "$root/etc/tool.local"
	echo a >"$root/srv/a"
	ln -s /srv/a "$root/etc/tool.conf"
	ln -s /srv/a "$root/etc/tool.local"
	mv "$root/opt/tool" "$root/srv/tool"
	ln -s ../srv/tool "$root/opt/tool"
}
fresh links
apply
[ -L "$root/etc/tool.conf.rpmorig" ] || fail "the link was not set aside"
contains "$root/srv/tool/conf" 'as it comes'
undo
same "$before" "$(all "$root")" "undo with links"

# --- edited since ------------------------------------------------------------------------

fresh
apply
edited='etc/tool.conf etc/tool.local opt/tool/conf opt/tool/log usr/bin/toolctl'
for f in $edited; do echo newest >"$root/$f"; done
undo
for f in $edited; do
	contains "$TMP/out" "/$f: changed by somebody after the run; that is now /$f.rpmsave"
	contains "$root/$f.rpmsave" newest
	rm "$root/$f.rpmsave"
done
same "$before" "$(all "$root")" "undo of what was edited since"

# A package that something needs meanwhile stays, and its files with it.
fresh
apply
echo newest >"$root/opt/tool/conf"
fx_rpm "$root" -i --nodeps --noscripts "$FX/rpms/tool-user-1.0-1.noarch.rpm" >"$TMP/rpm" 2>&1
expect_status 21 "$SPROUT" undo --root "$root"
cat "$TMP/out" "$TMP/err" >"$TMP/both"
contains "$TMP/both" 'not brought back, as packages own what is there now (6): /etc/tool.conf, '
contains "$root/opt/tool/conf" newest
contains "$root/etc/tool.conf" 'as it comes'
fx_rpm "$root" -e --noscripts tool-user >"$TMP/rpm" 2>&1
undo
rm "$root/opt/tool/conf.rpmsave"
same "$before" "$(all "$root" | grep -v tool-user)" "a second undo"

# Erased by hand, and something new put there.
fresh
apply
fx_rpm "$root" -e --noscripts tool >"$TMP/rpm" 2>&1
echo newest >"$root/opt/toolconf" && mkdir -p "$root/opt/tool" && mv "$root/opt/toolconf" "$root/opt/tool/conf"
undo
contains "$root/opt/tool/conf.rpmsave" newest
contains "$root/opt/tool/conf" mine

# A package that was removed comes back to where somebody put a file.
fresh
profile "$TMP/gone.yaml" 'remove: [tool]'
apply
expect_status 0 "$SPROUT" apply --root "$root" "$TMP/gone.yaml"
mkdir -p "$root/opt/tool"
echo newest >"$root/opt/tool/conf"
undo
contains "$TMP/out" '/opt/tool/conf: changed by somebody after the run; that is now /opt/tool/conf.rpmsave'
contains "$root/opt/tool/conf.rpmsave" newest
contains "$root/opt/tool/conf" 'as it comes'

# --- a transaction that never began ---------------------------------------------------------

fresh
profile "$TMP/refused.yaml" 'install: [tool, file-conflict-a, file-conflict-b]'
changed=$(stat -c %z "$root/opt/tool/same")
expect_status 20 "$SPROUT" apply --root "$root" "$TMP/refused.yaml"
same "$before" "$(all "$root")" "rpm refused"
[ "$(stat -c %z "$root/opt/tool/same")" = "$changed" ] || fail "the file is another one"

# Cut off before anything was kept: what is the package's to the byte is nobody's.
cp -a "$root" "$TMP/other"
expect_status 0 "$SPROUT" apply --root "$TMP/other" "$TMP/tool.yaml"
rm -rf "$root/var/lib/sprout"
cp -a "$TMP/other/var/lib/sprout" "$root/var/lib/sprout"
logs=("$root"/var/lib/sprout/runs/*/log)
sed -i '/"command"/q' "${logs[-1]}"
expect_status 0 "$SPROUT" recover --root "$root"
same "$before" "$(all "$root")" "a transaction that never began"

# --- what cannot be kept ---------------------------------------------------------------------

big() { truncate -s 9M "$root/opt/tool/same"; }
fresh big
for verb in plan apply; do
	expect_status 1 "$SPROUT" $verb --root "$root" "$TMP/tool.yaml"
	contains "$TMP/err" 'packages would replace what no package owns: /opt/tool/same: 9 MiB, and files above 8 MiB are not kept for an undo; move it away'
done
rm -rf /var/cache/sprout/files
expect_status 2 "$SPROUT" plan --root "$root" "$TMP/tool.yaml"
expect_status 20 "$SPROUT" apply --root "$root" "$TMP/tool.yaml"
cat "$TMP/out" "$TMP/err" >"$TMP/both"
contains "$TMP/both" 'files above 8 MiB are not kept'
same "$before" "$(all "$root")" "a refusal"

pipe() { rm "$root/opt/tool/same" && mkfifo "$root/opt/tool/same"; }
fresh pipe
expect_status 1 "$SPROUT" plan --root "$root" "$TMP/tool.yaml"
contains "$TMP/err" '/opt/tool/same: a device, socket or pipe cannot be kept'
