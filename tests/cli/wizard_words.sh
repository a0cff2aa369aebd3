#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The whole plain dialogue of the wizard in both languages is as it was read;
# that every word of it is in Korean is for words.sh to tell.
. "${SRCDIR:-$(dirname "$0")/../..}/tests/functions.sh"
. "$SRCDIR/tests/wizard/common.sh"
has_korean

# --- the dialogue -----------------------------------------------------------------------

# Every page, its help, a wrong answer where there is a line to type.
cat >"$TMP/typed" <<'T'
?
under_score
-
vd01.example.com
?
ethX
1
?

?
192.0.2.10
?
255.0.255.0
255.255.255.0
?
router

?
dns1

?
nat
?
10.77.0.1
10.77.0.1/24
?

<
<
bridge
?
eth0
?
Asia
?
Soul
Seoul
?

?

?
none
?
-
?
VERDE
?
verde.txt
<
-
?
Bad Name

?
nosuchgroup
?
short
open sesame
open sesam
open sesame
open sesame

-

?
many

?

?

?

?

?
nosuch/service
ssh
?
5900-5999/tcp
?

?

?
/usr/lib/verde/bin/verde-config -i
?

/var/lib/verde/configured
?

?
more
?
eth0
eth0 eth7
eth1 eth2
eth0 eth1
?
5000
30
?
802.3ad
?
static
?
2001:db8::10
2001:db8::10/64
?
192.0.2.1
2001:db8::1
?

?
the private one

save
T
make_host "$TMP/host"
cd "$TMP" || exit 99
for l in en ko; do
	rm -f p.yaml
	{
		echo '?'
		echo $l
		cat typed
	} | "$SPROUT" wizard --plain --root host --output p.yaml >out 2>&1
	[ "${PIPESTATUS[1]}" -eq 2 ] || {
		cat out >&2
		fail "the dialogue in $l does not end as it should"
	}
	# The plan itself is the kinds' matter.
	awk '/^== (Look|적용하기)/ { print; plan = 1 }
		/^(This would|이렇게) / { plan = 0 }
		!plan' out >shown && mv shown out
	if [ -n "${UPDATE-}" ]; then cp out "$SRCDIR/tests/wizard/plain.$l.txt"; fi
	diff -u "$SRCDIR/tests/wizard/plain.$l.txt" out >&2 || fail "the dialogue in $l has changed"
	sed 's/password_hash: .*/password_hash: .../' p.yaml >"p.$l.yaml"
done
cmp p.en.yaml p.ko.yaml || fail "the profile depends on the language"
# The environment decides without a question, too, in any locale.
for env in LANGUAGE=ko LC_ALL=ko_KR.UTF-8; do
	env "$env" "$SPROUT" wizard --plain --root host </dev/null >out 2>&1
	contains out '나왔습니다'
done
