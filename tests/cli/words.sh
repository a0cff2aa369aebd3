#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Every message is in Korean, too, with the same format specifiers, and is
# looked up where it is shown; what programs read is the same in any language.
. "${SRCDIR:-$(dirname "$0")/../..}/tests/functions.sh"
requires xgettext
requires msgcmp
[ -e "$BUILDDIR/po/ko/LC_MESSAGES/sprout.mo" ] || skip "needs msgfmt when sprout is built"
po=$SRCDIR/po/ko.po
pot=$TMP/sprout.pot

# --- complete --------------------------------------------------------------------

bash "$SRCDIR/po/extract" >"$pot" || fail "po/extract fails"
[ "$(grep -c '^msgid' "$pot")" -gt 1400 ] || fail "po/extract finds too little"
# One of each way: a refusal, a macro in it, a field's text, a usage, a word of libc's.
for text in '"\"%s\" is masked by %s; unmask it first"' \
	'"there is no zone \"%s\", neither in the profile nor in /etc/firewalld/zones and' \
	'"Does firewalld start at boot, and run on a live host."' \
	'"Usage: sprout status [OPTION]...\n"' '"No such file or directory"'; do
	grep -qF -- "$text" "$pot" || fail "po/extract misses $text"
done
msgcmp "$po" "$pot" >"$TMP/cmp" 2>&1 || {
	cat "$TMP/cmp" >&2
	fail "po/ko.po is not complete"
}
msgcmp "$pot" "$pot" >"$TMP/self" 2>&1 && fail "msgcmp does not find what is untranslated"
msgattrib --no-wrap --only-fuzzy "$po" | grep -q msgid && fail "po/ko.po has fuzzy entries"
sort_ids() { msgcat --no-wrap --no-location "$1" | sed -n '/^msgid/,/^msgstr/{/^msgstr/d;p}' | sort; }
diff <(sort_ids "$pot") <(sort_ids "$po") >&2 || fail "po/ko.po has entries that nothing uses"
msgfmt -c -o /dev/null "$po" || fail "msgfmt finds something"
msgcat --no-wrap "$po" | perl -CS -e '
	local $/ = "";
	while (<>) {
		my ($id, $str) = /^msgid (.*?)^msgstr (.*)/ms or next;
		my $one = qr/%(?:\d+\$)?[-+ #0-9.*]*([lzthj]*[a-zA-Z%])/;
		my @a = sort $id =~ /$one/g;
		my @b = sort $str =~ /$one/g;
		print "$id" if "@a" ne "@b" && /c-format/;
	}' >"$TMP/specifiers"
[ ! -s "$TMP/specifiers" ] || {
	cat "$TMP/specifiers" >&2
	fail "format specifiers differ"
}

# Who takes a format is known to po/extract, or leaves it to its callers.
# shellcheck disable=SC2016  # that is perl's
(cd "$SRCDIR" && find lib cmd -name '*.[ch]' | LC_ALL=C sort | xargs perl -0777 -ne '
	print "$1:$2\n" while /(\w+)\s*\([^;{}()]*\.\.\.\s*\)\s*__attribute__\(\(\s*format\(\s*printf,\s*(\d+)/g') |
	sort -u >"$TMP/formats"
[ "$(wc -l <"$TMP/formats")" -gt 10 ] || fail "too few functions that take a format"
while IFS= read -r f; do
	case ${f%:*} in
	quiet | sp_asprintf | sp_buf_addf | sp_strv_addf | wz_option_add) continue ;;
	esac
	grep -qE -- "-k$f( |$)" "$SRCDIR/po/extract" || fail "po/extract does not know $f"
done <"$TMP/formats"

# --- looked up -------------------------------------------------------------------

# A language in which everything is in marks: what is in none was not looked up.
mkdir -p "$TMP/xx/po/xx/LC_MESSAGES" "$TMP/xx/lib/pkg"
cp "$SPROUT" "$TMP/xx/sprout"
[ ! -e "$BUILDDIR/lib/pkg/sprout-pkg.so" ] ||
	cp "$BUILDDIR/lib/pkg/sprout-pkg.so" "$TMP/xx/lib/pkg/"
perl -e '
	local $/ = "";
	while (<>) {
		my ($id) = /^msgid ((?:".*"\n)+)/m or next;
		my $text = join "", $id =~ /"(.*)"\n/g;
		my ($head, $mid, $tail) = $text =~ /^((?:\\n)*)(.*?)((?:\\n)*)$/;
		print "msgid $id", "msgstr ", $text eq "" ?
			"\"Content-Type: text/plain; charset=UTF-8\\n\"" : "\"$head<$mid>$tail\"", "\n\n";
	}' "$pot" | sed 's/^msgstr "\(\(\\n\)*\)<\(.*\)>\(\(\\n\)*\)"$/msgstr "\1«\3»\4"/' >"$TMP/xx.po"
msgfmt -o "$TMP/xx/po/xx/LC_MESSAGES/sprout.mo" "$TMP/xx.po" || fail "no language of marks"
marked() { LANGUAGE=xx "$TMP/xx/sprout" "$@"; }
[ "$(marked 2>&1 | head -n 1)" = '«Usage: sprout COMMAND [OPTION]... [ARGUMENT]...' ] ||
	fail "no word is looked up"

# In the module of packages, too; it refuses this before it asks anybody.
[ ! -e "$TMP/xx/lib/pkg/sprout-pkg.so" ] || {
	marked check http://192.0.2.1/p.yaml >"$TMP/marked" 2>&1
	contains "$TMP/marked" '«http://192.0.2.1/p.yaml: anybody on the way could change it'
}

cases=0
for f in "$SRCDIR"/tests/kinds/*/*/error.out; do
	d=${f%/error.out}
	root=()
	[ ! -d "$d/before" ] || root=(--root "$d/before")
	"$SPROUT" check "${root[@]}" "$d/profile.yaml" >"$TMP/plain" 2>&1
	marked check "${root[@]}" "$d/profile.yaml" >"$TMP/marked" 2>&1
	cmp -s "$TMP/plain" <(sed 's/[«»]//g' "$TMP/marked") || {
		diff "$TMP/plain" "$TMP/marked" >&2
		fail "$d: the words depend on the language"
	}
	# (What libnm says of a bond's options is in libnm's words.)
	sed 's/«\(error\|warning\): »/\1: /' "$TMP/marked" | grep -E '^[^ ]*:[0-9]+: (error|warning): ' |
		grep -vE '«|: bond\.options: ' >&2 && fail "$d: not looked up"
	cases=$((cases + 1))
done
[ "$cases" -gt 100 ] || fail "too few cases: $cases"
for d in "$SRCDIR"/tests/kinds/{user,zone,connection,unit}/*/; do
	if [ ! -e "$d/plan.out" ] || [ ! -d "$d/before" ]; then continue; fi
	marked plan --diff --root "$d/before" "$d/profile.yaml" 2>&1 |
		grep -vE '«|^[-+@ ~=\\]|^$' >&2 && fail "$d: a line of the plan was not looked up"
done
for kind in $("$SPROUT" kinds | cut -d ' ' -f 1); do
	marked kinds "$kind" | tr '\n' ' ' | sed 's/«[^»]*»//g' >"$TMP/left"
	grep -qE '[a-z]{3,} [a-z]{3,} [a-z]{3,}' "$TMP/left" && {
		cat "$TMP/left" >&2
		fail "kinds $kind: not looked up"
	}
done

export TERM=xterm

# --- in Korean --------------------------------------------------------------------

cat >"$TMP/bad.yaml" <<'Y'
sprout: 1
hostname: under_score
time: {zone: Asia/Soul}
users:
  - name: web
    uid: 99999999999
    shell: relative
sysctl:
  - name: kernel
    value: "1"
units:
  - name: nosuch
    enabled: true
color: red
Y
korean() { env -u LC_ALL LANG=ko_KR.UTF-8 "$SPROUT" "$@"; }
korean check "$TMP/bad.yaml" >"$TMP/out" 2>"$TMP/err"
[ $? -eq 1 ] || fail "the status depends on the language"
for text in '오류: hostname: "under_score": "_"은(는) 쓸 수 없으며' '절대 경로여야 합니다' \
	'알 수 없는 키 "color"입니다' '보다 큽니다(허용: ' '두 부분 이상이어야 합니다' \
	"bad.yaml: 오류 "; do
	contains "$TMP/err" "$text"
done
LC_ALL=C.UTF-8 LANGUAGE=ko "$SPROUT" check "$TMP/bad.yaml" 2>&1 | cmp - "$TMP/err" ||
	fail "LANGUAGE=ko says something else"
for l in C en_US.UTF-8 C.UTF-8 ko_KR.EUC-KR; do
	LC_ALL=$l "$SPROUT" check "$TMP/bad.yaml" >/dev/null 2>"$TMP/err"
	contains "$TMP/err" 'error: hostname: "under_score": "_" may not be used'
done
# The kernel's console has no Hangul in its fonts.
TERM=linux korean check "$TMP/bad.yaml" 2>"$TMP/err" >/dev/null
contains "$TMP/err" 'error: unit "nosuch": name'
korean frob 2>"$TMP/err"
contains "$TMP/err" '명령 "frob"은(는) 없습니다'
korean apply --help >"$TMP/out"
contains "$TMP/out" '사용법: sprout apply [옵션]... 프로파일...'

# The same work in two languages: the same host, the same journal, the same JSON.
cat >"$TMP/good.yaml" <<'Y'
sprout: 1
hostname: vd1
users:
  - name: web
    uid: 1234
Y
mask() {
	sed -E 's/[0-9]{8}T[0-9]{6}Z-[0-9]+/RUN/g; s/[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z/TIME/g'
}
for l in en ko; do
	mkdir "$TMP/$l.d" && cd "$TMP/$l.d" || exit 99
	cp -a "$SRCDIR/tests/kinds/profiles/root" root
	chmod -R u+w root
	say() { if [ "$l" = ko ]; then korean "$@"; else LC_ALL=C "$SPROUT" "$@"; fi; }
	{
		say check --json "$TMP/bad.yaml"
		for f in json markdown junit; do
			say plan --format "$f" --root root "$TMP/good.yaml"
		done
		say plan --format markdown --root root "$TMP/bad.yaml"
		say apply --json --root root "$TMP/good.yaml"
		say status --json --root root
		say runs --json --root root
		say kinds user | head -n 1 >first
	} 2>&1 | mask >machine
	{
		say plan --diff --root root "$TMP/good.yaml"
		say status --root root
		say runs --root root
		echo changed >root/etc/hostname
		say status --root root
		say undo --root root
		say undo --root root
	} >text 2>&1
	(cd root && find . -type f | mask | LC_ALL=C sort && cat var/lib/sprout/runs/*/{log,data} | mask) >host
done
cd "$TMP" || exit 99
cmp en.d/machine ko.d/machine || {
	diff en.d/machine ko.d/machine >&2
	fail "what programs read depends on the language"
}
cmp en.d/host ko.d/host || fail "the journal depends on the language"
for text in '할 일이 없습니다.' '마지막으로 적용한 프로파일: ' '상태: 같음 2개, 달라짐 0개, 비정상 0개.' \
	'상태: 같음 1개, 달라짐 1개' '변경    2개' '(완료)' '그 뒤에 고쳐졌으므로' \
	'되돌렸습니다 (실행 ' '되돌릴 것이 없습니다'; do
	contains ko.d/text "$text"
done
contains en.d/text 'Status: 1 in sync, 1 drifted'
