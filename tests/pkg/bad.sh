#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Repositories, packages, disks and sticks that are not as they should be: each
# is refused with a message that names it, and packages and files stay as they
# were.  Damage is made by tests/pkg/fixture, faults by tests/pkg/server.py.
. "${SRCDIR:-$(dirname "$0")/../..}/tests/functions.sh"
. "$SRCDIR/tests/pkg/common.sh"
requires python3

root=$TMP/root
repo=$root/etc/yum.repos.d/bad.repo
new_root "$root" base
for k in other expired revoked both; do cp "$FX/keys/$k.asc" "$root/etc/pki/rpm-gpg/"; done
profile "$TMP/p.yaml" 'install: [fx-base, unzip]'
expect_status 0 "$SPROUT" apply --root "$root" "$TMP/p.yaml"
rm "$root/etc/yum.repos.d/base.repo"

# exactly ROOT: each package, and when it was installed; each file but those of
# the repositories, and what scripts are known to leave.
exactly() {
	fx_rpm "$1" -qa --qf '%{nevra} %{installtime} %{sha256header}\n' 2>/dev/null | LC_ALL=C sort
	files "$1" | grep -v ' *etc/yum.repos.d/'
}
untouched=$(exactly "$root")

# The server ends with its standard input.
mkfifo "$TMP/hold"
exec 8<>"$TMP/hold"
python3 "$SRCDIR/tests/pkg/server.py" "$FX" <"$TMP/hold" >"$TMP/port" &
run_at_end "kill $! 2>/dev/null"
until [ -s "$TMP/port" ]; do sleep 0.05; done
http=http://127.0.0.1:$(cat "$TMP/port")

# refused NAME STATUS TEXT...: apply says all of it, and changes nothing.
refused() {
	local t

	expect_status "$2" "$SPROUT" apply --root "$root" "$TMP/p.yaml"
	for t in "${@:3}"; do
		grep -qF -- "$t" "$TMP/err" || {
			cat "$TMP/err"
			fail "$1: does not say \"$t\""
		}
	done
	same "$untouched" "$(exactly "$root")" "$1: something changed"
	[ "$2" -ne 20 ] || contains "$TMP/err" 'failed and undone: the host is as before'
}

# --- repositories -----------------------------------------------------------------
# What is wrong | where | lines of the .repo file, key=NAME, "-" for none | status |
# words of the message.  1 is refused while planning, 20 before anything of the transaction is
# done.

profile "$TMP/p.yaml" 'install: [zip]'
n=0
while IFS='|' read -r what url lines status words; do
	what=${what% } url=${url# } url=${url% }
	[ -n "$what" ] || continue
	case $url in http*) ;; *) url=file://$FX/$url ;; esac
	rm -rf /var/cache/sprout # what came before is known there by its sum
	key=good
	printf '%s\n' '[bad]' name=bad "baseurl=$url" gpgcheck=1 >"$repo"
	for l in $lines; do
		case $l in key=*) key=${l#*=} ;; *) echo "$l" >>"$repo" ;; esac
	done
	[ "$key" = - ] || echo "gpgkey=file:///etc/pki/rpm-gpg/$key.asc" >>"$repo"
	IFS=';' read -ra texts <<<"$words"
	for i in "${!texts[@]}"; do texts[i]=$(sed 's/^ *//; s/ *$//' <<<"${texts[i]}"); done
	refused "$what" "${status// /}" "${texts[@]}"
	n=$((n + 1))
done <<T
package shorter           | badrepo/rpm-short   || 20 | rpm-short/zip-3.0-1.noarch.rpm: got ; bytes, expected
package longer            | badrepo/rpm-long    || 20 | rpm-long/zip-3.0-1.noarch.rpm: the server sends more than the expected
package changed           | badrepo/rpm-flipped || 20 | rpm-flipped/zip-3.0-1.noarch.rpm: sha256 mismatch: got
package missing           | badrepo/rpm-missing || 20 | rpm-missing/zip-3.0-1.noarch.rpm
told: payload cut         | badrepo/told-short-payload  || 20 | repository "bad": ; zip-3.0-1.noarch.rpm: damaged or changed: Payload SHA256
told: payload changed     | badrepo/told-flip-payload   || 20 | repository "bad": ; zip-3.0-1.noarch.rpm: damaged or changed: Payload SHA256
told: header changed      | badrepo/told-flip-header    || 20 | repository "bad": ; zip-3.0-1.noarch.rpm: damaged or changed: Header V4
told: signature changed   | badrepo/told-flip-signature || 20 | repository "bad": ; zip-3.0-1.noarch.rpm: damaged or changed
told: not signed          | badrepo/told-unsigned       || 20 | repository "bad": ; zip-3.0-1.noarch.rpm: is not signed
told: unknown key         | badrepo/told-signed-other   || 20 | repository "bad": ; zip-3.0-1.noarch.rpm: signed by the key ; which is none of the 1 that count here
told: another package     | badrepo/told-other          || 20 | zip-3.0-1.noarch.rpm: is the package unzip-6.0-1.noarch, not zip-3.0-1.noarch
key expired               | badrepo/told-signed-expired | key=expired | 1 | repository "bad": key ; expired.asc: ; expired on 2020
key revoked               | badrepo/told-signed-revoked | key=revoked | 1 | repository "bad": key ; revoked.asc: ; is revoked
key of another repository | badrepo/plain       | key=other | 20 | repository "bad": ; zip-3.0-1.noarch.rpm: signed by the key
no such key               | badrepo/plain       | key=none  | 1 | repository "bad": ; /etc/pki/rpm-gpg/none.asc
none but rpm's keys       | badrepo/told-signed-other | key=- | 20 | repository "bad": ; zip-3.0-1.noarch.rpm: signed by the key
size too small            | badrepo/size-small  || 20 | zip-3.0-1.noarch.rpm: the server sends more than the expected 100 bytes
size too large            | badrepo/size-large  || 20 | zip-3.0-1.noarch.rpm: got ; bytes, expected
size without end          | badrepo/size-huge   || 20 | zip-3.0-1.noarch.rpm: got ; bytes, expected 4611686018427387904
href leads up             | badrepo/href-up     || 20 | repository "bad": location "../../rpms/zip-3.0-1.noarch.rpm": it leads out
href is absolute          | badrepo/href-absolute || 20 | repository "bad": location "/etc/passwd": it is absolute
href is a URL             | badrepo/href-url    || 20 | repository "bad": location "http://192.0.2.1/zip-3.0-1.noarch.rpm": it is a URL
metadata changed          | badrepo/primary-flipped || 1 | repository "bad": ; primary.xml.gz: sha256 mismatch: got
metadata shorter          | badrepo/primary-short   || 1 | repository "bad": ; primary.xml.gz: got
metadata longer           | badrepo/primary-long    || 1 | repository "bad": ; primary.xml.gz: the server sends more than
metadata missing          | badrepo/primary-missing || 1 | repository "bad": ; primary-missing/repodata/primary.xml.gz
told: junk                | badrepo/primary-junk    || 1 | repository "bad": repodata/primary.xml.gz: repo_rpmmd: not well-formed
told: gzip cut            | badrepo/primary-cut-gzip || 1 | repository "bad": repodata/primary.xml.gz: repo_rpmmd: ; at line
told: cut                 | badrepo/primary-cut     || 1 | repository "bad": repodata/primary.xml.gz: repo_rpmmd: no element found at line
told: no XML              | badrepo/primary-not-xml || 1 | repository "bad": repodata/primary.xml.gz: repo_rpmmd: not well-formed (invalid token) at line
told: empty               | badrepo/primary-empty   || 1 | repository "bad": repodata/primary.xml.gz: repo_rpmmd: no element
told: a bomb              | badrepo/primary-bomb    || 1 | repository "bad": repodata/primary.xml.gz: repo_rpmmd:
repomd empty              | badrepo/repomd-empty    || 1 | repository "bad": ; repomd.xml: line 1, column 1: no element
repomd cut                | badrepo/repomd-cut      || 1 | repository "bad": ; repomd.xml: line
repomd a page             | badrepo/repomd-html     || 1 | repository "bad": ; is no repomd.xml, but begins with <html>
repomd leads up           | badrepo/repomd-href-up  || 1 | repository "bad": ; location "../plain/repodata/primary.xml.gz": it leads out
repomd without packages   | badrepo/repomd-no-primary || 1 | repository "bad": ; repomd.xml: has no primary
repomd missing            | badrepo/repomd-missing  || 1 | repository "bad": ; repomd-missing/repodata/repomd.xml
signature missing         | badrepo/plain    | repo_gpgcheck=1 | 1 | repository "bad": ; repo_gpgcheck is on, and there is no signature
signature bad             | badrepo/asc-bad  | repo_gpgcheck=1 | 1 | repository "bad": ; repomd.xml: BAD signature by the key
signature junk            | badrepo/asc-junk | repo_gpgcheck=1 | 1 | repository "bad": ; repomd.xml: signature: no
signature of another      | badrepo/asc-other | repo_gpgcheck=1 | 1 | repository "bad": ; repomd.xml: signature: signed by the key ; none of the 1 that count
signature, key expired    | badrepo/asc-good | repo_gpgcheck=1 key=expired | 1 | repository "bad": ; expired on
signature, key revoked    | badrepo/asc-good | repo_gpgcheck=1 key=revoked | 1 | repository "bad": ; is revoked
server: not found         | $http/404/badrepo/plain/   || 1 | repository "bad": $http/404/ ; error 404
server: broken            | $http/500/badrepo/plain/   || 1 | repository "bad": $http/500/ ; error 500
server: not allowed       | $http/403/badrepo/plain/   || 1 | repository "bad": $http/403/ ; error 403
server: cut short         | $http/short/badrepo/plain/ || 1 | repository "bad": $http/short/ ; bytes remaining to read (curl 18)
server: longer            | $http/longer/badrepo/plain/ || 1 | repository "bad": $http/longer/
server: without end       | $http/endless/badrepo/plain/ || 1 | repository "bad": $http/endless/ ; more than
server: another page      | $http/html/badrepo/plain/  || 1 | repository "bad": $http/html/ ; is no repomd.xml
server: in a circle       | $http/loop/badrepo/plain/  || 1 | repository "bad": $http/loop/ ; more than 8 redirects
server: to a file         | $http/to=66696c653a2f2f2f6574632f706173737764/ || 1 | repository "bad": $http/to=
server: stalls            | $http/stall/badrepo/plain/ | timeout=1 | 1 | repository "bad": $http/stall/ ; too slow
nobody listens            | http://127.0.0.1:1/        || 1 | repository "bad": http://127.0.0.1:1/repodata/repomd.xml ; (curl 7)
no such host              | http://no-such.invalid/    || 1 | repository "bad": http://no-such.invalid/repodata/repomd.xml ; (curl 6)
T
[ "$n" -ge 55 ] || fail "only $n rows"

# Without gpgkey it is rpm's keys; where there are none, nothing.
add_repo "$root" bad "$FX/badrepo/plain"
sed -i '/^gpgkey/d' "$repo"
expect_status 2 "$SPROUT" plan --root "$root" "$TMP/p.yaml"
contains "$TMP/out" 'install zip-3.0-1.noarch from bad'
! grep 'import key' "$TMP/out" || fail "a key that rpm has"
mkdir -p "$TMP/fresh/etc/yum.repos.d" && cp "$repo" "$TMP/fresh/etc/yum.repos.d"
expect_status 1 "$SPROUT" plan --root "$TMP/fresh" "$TMP/p.yaml"
contains "$TMP/err" 'repository "bad": there is no gpgkey, and rpm has no good key'
rm -f "$repo"

# A good key does not count for another repository than its own, whichever comes
# first.
add_repo "$root" base "$FX/repo/base"
add_repo "$root" bad "$FX/badrepo/plain" priority=1
sed -i 's/good.asc/other.asc/' "$repo"
refused 'key of another repository, beside it' 20 'repository "bad": ' \
	'zip-3.0-1.noarch.rpm: signed by the key'
rm -f "$repo"

# --- disks that are full ----------------------------------------------------------------

rm -rf /var/cache/sprout
profile "$TMP/p.yaml" 'install: [big]'
mount -t tmpfs -o size=2M,mode=0755 tmpfs /var/cache
refused 'cache full' 20 'big-1.0-1.noarch.rpm' 'No space left on device'
umount /var/cache

small=$TMP/small
mkdir "$small"
mount -t tmpfs -o size=5M,mode=0755 tmpfs "$small"
run_at_end "umount $small"
cp -a "$root/." "$small"
# on_small STATUS TEXT...: the same there.
on_small() {
	local t

	expect_status "$1" "$SPROUT" apply --root "$small" "$TMP/p.yaml"
	for t in "${@:2}"; do contains "$TMP/err" "$t"; done
	rm -f "$small/var/fill" # what a script left
	same "$untouched" "$(exactly "$small")" "$2: something changed"
}
on_small 20 'big-1.0-1.noarch needs ' ' more space on the / filesystem'
# Enough before, but a script fills it.
profile "$TMP/p.yaml" 'install: [filler-needs]'
on_small 20 'rpm could not install or remove ' 'filler-needs-1.0-1.noarch' \
	'No space left on device' 'failed and undone: the host is as before'

# --- sticks ---------------------------------------------------------------------------------
# Damaged packages and links on a stick are in media.sh.

stick=$TMP/stick
mkdir "$stick"
cp "$FX"/rpms/zip-3.0-1.noarch.rpm "$stick"
printf 'sprout: 1\nmedia:\n  - {name: many, path: %s, match: zip-*.rpm, keys: [%s]}\n' \
	"$stick" /etc/pki/rpm-gpg/good.asc >"$TMP/p.yaml"
python3 - "$stick" <<'P'
import os, sys
for i in range(100000):
    os.close(os.open(f"{sys.argv[1]}/{i}", os.O_CREAT | os.O_WRONLY))
P
refused '100,000 files' 1 "$stick: more than 20000 files and directories" 'of their own'
find "$stick" -name '[0-9]*' -delete
mkfifo "$stick/zip-3.0-2.noarch.rpm"
ln -s / "$stick/zip-3.0-3.noarch.rpm"
mkdir "$stick/zip-3.0-4.noarch.rpm"
ln "$FX"/bad/unsigned.rpm "$stick/zip-3.0-5.noarch.rpm" 2>/dev/null ||
	cp "$FX"/bad/unsigned.rpm "$stick/zip-3.0-5.noarch.rpm"
refused 'one bad of many' 1 'media "many": zip-3.0-5.noarch.rpm: is not signed'
rm "$stick/zip-3.0-5.noarch.rpm"
expect_status 2 "$SPROUT" plan --root "$root" "$TMP/p.yaml"
contains "$TMP/out" 'install zip-3.0-1.noarch from media:many'

# What is installed is the copy that was verified, whatever becomes of the stick,
# here while a script runs; one more plan finds the other one.
cp "$FX/bad/flip-payload.rpm" "$TMP/changed.rpm"
printf 'packages:\n  install: [slow]\n' >>"$TMP/p.yaml"
cp -a "$root" "$TMP/third"
root=$TMP/third
"$SPROUT" apply --root "$root" "$TMP/p.yaml" >"$TMP/out" 2>&1 &
pid=$!
until grep -qs '"command"' "$root"/var/lib/sprout/runs/*-*/log &&
	[ -n "$(find /var/cache/sprout/media -name 'zip-*' 2>/dev/null)" ]; do
	kill -0 "$pid" 2>/dev/null || break
done
cp "$TMP/changed.rpm" "$stick/zip-3.0-1.noarch.rpm"
wait "$pid" || fail "$(cat "$TMP/out")"
fx_rpm "$root" -q zip >/dev/null || fail "zip is not installed"
