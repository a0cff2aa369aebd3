#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# For two hundred random jobs sprout plans what dnf would do.
. "${SRCDIR:-$(dirname "$0")/../..}/tests/functions.sh"
. "$SRCDIR/tests/pkg/common.sh"
# The one that the distribution's packages are for.
python=/usr/bin/python3
"$python" -c 'import dnf' 2>/dev/null || skip "needs dnf's library for $python"

new_root "$TMP/bare" base
profile "$TMP/p.yaml" 'install: [fx-base]'
expect_status 0 "$SPROUT" apply --root "$TMP/bare" "$TMP/p.yaml"
cp -a "$TMP/bare" "$TMP/full"
profile "$TMP/p.yaml" \
	'install: [fx-base, zip, redis, oldname, sec, kernel-core, chain-a, java-1.8.0-openjdk, conflict-a, weak]'
expect_status 0 "$SPROUT" apply --root "$TMP/full" "$TMP/p.yaml"
for r in bare full; do
	cp -a "$TMP/$r" "$TMP/$r-updates"
	add_repo "$TMP/$r-updates" updates "$FX/repo/updates"
done
# What EL's dnf.conf has.
cp -a "$TMP/full-updates" "$TMP/full-best"
mkdir -p "$TMP/full-best/etc/dnf"
printf '[main]\nbest=True\n' >"$TMP/full-best/etc/dnf/dnf.conf"
# Twenty thousand packages more, for some of the jobs.
"$python" "$SRCDIR/tests/pkg/synth.py" "$TMP/synth.repo" 20000 "${SEED:-1}" || fail "synth.py"
cp -a "$TMP/bare" "$TMP/synth"
add_repo "$TMP/synth" synth "$TMP/synth.repo"
# dnf makes a database on "/" when it only looks for one.
mount -t tmpfs tmpfs /var/lib/rpm || exit 99
run_at_end 'umount /var/lib/rpm'
# Debian's rpm would look into the home directory.
mkdir "$TMP/dnfhome"
echo '%_dbpath /var/lib/rpm' >"$TMP/dnfhome/.rpmmacros"
HOME=$TMP/dnfhome "$python" "$SRCDIR/tests/pkg/jobs.py" "$SPROUT" "$TMP" "${JOBS:-200}" "${SEED:-1}" \
	"$TMP"/{bare,full}{,-updates} "$TMP"/{full-best,synth} >"$TMP/jobs" 2>&1 || {
	cat "$TMP/jobs"
	fail "plans differ"
}
tail -n 1 "$TMP/jobs"
