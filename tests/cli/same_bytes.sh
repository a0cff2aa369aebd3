#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# One profile, three ways: the wizard applies it, the %post of a Kickstart file
# does in a chroot, and apply does. /etc is the same then, to the byte.
. "${SRCDIR:-$(dirname "$0")/../..}/tests/functions.sh"
. "$SRCDIR/tests/wizard/common.sh"
. "$SRCDIR/tests/hook.sh"
requires busybox

# Three equal roots, with sprout in them, and what the script needs.
make_host "$TMP/host"
put_sprout "$TMP/host"
mkdir -p "$TMP/host/bin" "$TMP/host/var/log"
cp "$(command -v busybox)" "$TMP/host/bin/busybox"
for tool in sh mkdir base64; do ln -s busybox "$TMP/host/bin/$tool"; done
printf '[Unit]\n[Service]\n[Install]\nWantedBy=multi-user.target\n' \
	>"$TMP/host/usr/lib/systemd/system/sprout-firstboot.service"
for way in wizard hook direct; do cp -a "$TMP/host" "$TMP/$way"; done

# The wizard writes the profile, and applies it.
{
	cat "$SRCDIR/tests/wizard/answers.yaml"
	echo 'finish: apply'
} >"$TMP/answers.yaml"
expect_status 0 "$SPROUT" wizard --answers "$TMP/answers.yaml" --root "$TMP/wizard"
contains "$TMP/out" 'Applied (run '
cp "$TMP/wizard/etc/sprout/profile.yaml" "$TMP/profile.yaml"

# The script that Anaconda would run.
expect_status 0 "$SPROUT" kickstart "$TMP/profile.yaml"
sed '1,/^%post/d; /^%end/,$d' "$TMP/out" >"$TMP/hook/tmp/ks-script"
expect_status 0 in_chroot "$TMP/hook" /bin/sh /tmp/ks-script
grep -q '"outcome": "done"' "$TMP/hook/var/lib/sprout/kickstart.json" || fail "the report"

# By hand, with the profile where the other two have it.
install -D -m 600 "$TMP/profile.yaml" "$TMP/direct/etc/sprout/profile.yaml"
expect_status 0 "$SPROUT" apply --root "$TMP/direct" "$TMP/direct/etc/sprout/profile.yaml"

# The one thing in /etc that is not the profile's: the hook has the first boot
# finish what needs a running host.
link=$TMP/hook/etc/systemd/system/multi-user.target.wants/sprout-firstboot.service
[ "$(readlink "$link")" = /usr/lib/systemd/system/sprout-firstboot.service ] ||
	fail "the hook has not enabled the first boot"
rm "$link"
same_tree "$TMP/direct/etc" "$TMP/wizard/etc" 'apply and wizard'
same_tree "$TMP/direct/etc" "$TMP/hook/etc" 'apply and hook'

# They have done something, and nothing is left to do.
describe_tree "$TMP/host/etc" >"$TMP/before"
describe_tree "$TMP/direct/etc" >"$TMP/after"
[ "$(diff "$TMP/before" "$TMP/after" | grep -c '^>')" -gt 20 ] || fail "hardly anything was applied"
for way in wizard hook direct; do
	expect_status 0 "$SPROUT" plan --root "$TMP/$way" "$TMP/profile.yaml"
done
