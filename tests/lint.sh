#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The house rules that a machine can check; HACKING.md explains them.
. "${SRCDIR:-$(dirname "$0")/..}/tests/functions.sh"
cd "$SRCDIR" || exit 99

# complain TEXT <FINDINGS: every line is one.  (Often the end of a pipeline, so
# they are counted in a file.)
: >"$TMP/findings"
complain() { sed -n "/./s/^/${1//\//\\/}: /p" | tee -a "$TMP/findings"; }

shopt -s globstar nullglob
all_c=({cmd,lib,tests,bench}/**/*.[ch])
lib_c=(lib/**/*.[ch])
scripts=(dev tests/*.sh tests/*.tap tests/{cli,crash,fuzz,live,netns,pkg,lab,wizard}/*.sh
	tests/lab/{init,run} bench/*.sh po/extract)
# What CI calls is in the repository only, not in the tarball.
[ -e .ci ] && scripts+=(.ci/run)
texts=("${all_c[@]}" "${scripts[@]}" configure.ac Makefile.am ./**/Makemodule.am
	tests/lab/*.{md,py} tests/lab/tests/*.sh README.md HACKING.md NEWS SECURITY.md {cmd,lib}/**/*.pod profiles/*.yaml
	data/sprout.spec data/bash-completion/sprout)
present=()
for f in "${texts[@]}"; do
	[ -f "$f" ] && present+=("$f")
done
texts=("${present[@]}")
[ ${#lib_c[@]} -gt 10 ] || fail "there is no lib/ in $SRCDIR"

# code FILE...: FILE:LINE:TEXT of C without comments and without what stands
# between quotes, so that words in prose and messages are not taken for calls.
code() {
	perl -e '
		for my $f (@ARGV) {
			open my $h, "<", $f or die "$f: $!";
			local $/; my $s = <$h>;
			$s =~ s{(/\*.*?\*/)|//[^\n]*|"((?:\\.|[^"\\\n])*)"|\x27(?:\\.|[^\x27\\\n])+\x27}{
				defined $1 ? $1 =~ s/[^\n]//gr : "\"\""}gse;
			my $n = 0;
			print "$f:", ++$n, ":$_\n" for split /\n/, $s, -1;
		}' "$@"
}

# --- layers -------------------------------------------------------------------
# core includes nobody else; an area core and itself; kinds.c core and nothing
# else (it declares the kinds itself); cmd core.

includes() { grep -HnoE '^[[:space:]]*#[[:space:]]*include "[^"]+"' "$@" /dev/null; }

includes lib/core/*.[ch] | grep -E '"(netcfg|pkg|harden|service|cmd)/|"core/|\.\./' |
	complain "layer: core includes nobody, and its own files without a folder"
for a in netcfg pkg harden service; do
	files=(lib/"$a"/*.[ch])
	[ ${#files[@]} -gt 0 ] || continue
	includes "${files[@]}" | while IFS= read -r line; do
		inc=${line#*\"} inc=${inc%\"}
		case $inc in
		core/* | "$a"/*) [ -f "lib/$inc" ] && continue ;;
		*/*) ;;
		*) [ -f "lib/$a/$inc" ] && continue ;;
		esac
		printf '%s\n' "$line"
	done | complain "layer: $a includes core and itself"
done
includes lib/kinds.c | grep -v '"core/' | complain "layer: kinds.c includes core"
files=(cmd/*.[ch])
[ ${#files[@]} -eq 0 ] || includes "${files[@]}" | grep -vE '"(core/[^"/]*|wizard/[^"/]*|[^"/]*)"$' |
	grep -v ':#include "pkg/pkg\.h"' | complain "layer: cmd includes core and itself"
includes cmd/wizard/*.[ch] | grep -vE '"(core/[^"/]*|\.\./words\.h|[^"/]*)"$' |
	complain "layer: the wizard includes core and itself"

# --- one wrapper for each foreign library ---------------------------------------

# wrapper HEADER-PATTERN FILE
wrapper() {
	grep -HnE "^[[:space:]]*#[[:space:]]*include <($1)" "${lib_c[@]}" cmd/**/*.[ch] |
		grep -v "^$2:" | complain "foreign header outside $2"
}
wrapper 'yaml\.h' lib/core/yaml.c
wrapper 'NetworkManager\.h|nm-|glib|gio/' 'lib/netcfg/nm_api\.h'
wrapper 'expat\.h' lib/core/xml.c
wrapper 'archive' lib/core/archive.c
wrapper 'selinux/' lib/core/label.c
wrapper 'rpm/' 'lib/pkg/rpm[a-z_]*\.c'
wrapper 'solv/' 'lib/pkg/solv[a-z_]*\.[ch]'
wrapper 'curl/' 'lib/pkg/fetch[a-z_]*\.[ch]'
wrapper 'blkid/' lib/pkg/blockdev.c
wrapper 'newt\.h' cmd/wizard/screen.c

# --- calls ----------------------------------------------------------------------

word() { grep -E "(^|[^A-Za-z0-9_.>])($1)[[:space:]]*\("; }

code "${all_c[@]}" >"$TMP/code"
word 'system|popen|strcpy|strcat|stpcpy|sprintf|vsprintf|strtok|strtok_r|atoi|atol|atoll|atof|alloca|strdupa|strndupa|gets|mktemp|tempnam|tmpnam|asctime|ctime|localtime|gmtime|readdir_r|getwd|vfork' \
	<"$TMP/code" | complain "forbidden call"
grep -E '^lib/' "$TMP/code" | grep -v '^lib/core/mem\.[ch]:' |
	word 'printf|fprintf|vprintf|vfprintf|puts|fputs|putchar|perror|exit|_exit|quick_exit|abort|err|errx|warn|warnx|syslog|setlocale|umask|chdir|setenv|putenv' |
	grep -vE '^lib/(core/(run|reach)|pkg/(media|rpmtxn(_child)?|solvmeta|spool))\.c:.*[^A-Za-z0-9](_exit|chdir|setenv|umask) *\(' |
	complain "a library returns; it does not print, exit or change the process"
grep -E '^lib/' "$TMP/code" | grep -v '^lib/core/mem\.[ch]:' |
	word 'malloc|calloc|realloc|strdup|strndup|asprintf|vasprintf' |
	complain "allocate with core/mem.h"
grep -E '^lib/' "$TMP/code" | word 'open|openat|creat|fopen|fdopen|opendir|socket|pipe|pipe2|dup|dup2|dup3|memfd_create|mkstemp|mkostemp|epoll_create|epoll_create1' |
	grep -vE 'O_CLOEXEC|SOCK_CLOEXEC|MFD_CLOEXEC|CLOEXEC|fdopen|fopen|"[rwa]b?\+?e"|^lib/core/run\.c|^lib/pkg/rpmtxn_child\.c.*dup2' |
	while IFS= read -r line; do
		# The flag may stand on one of the next two lines.
		f=${line%%:*} rest=${line#*:} n=${rest%%:*}
		sed -n "${n},$((n + 2))p" "$f" | grep -q CLOEXEC || printf '%s\n' "$line"
	done | complain "an fd without O_CLOEXEC"

# What touches the host goes through core's host; areas have no business there,
# but for the module of packages: rpm knows roots, not hosts.
sed -n '/^if HAVE_RPM/,/^endif HAVE_RPM/p' lib/pkg/Makemodule.am |
	grep -oE 'lib/pkg/[a-z_]+\.c' | sed 's/\./\\./; s/^/^/; s/$/:/' >"$TMP/module"
echo '^lib/pkg/pkg\.c:' >>"$TMP/module"
grep -E '^lib/(netcfg|pkg|harden|service)/' "$TMP/code" | grep -vf "$TMP/module" |
	word 'open|openat|openat2|fopen|freopen|opendir|fdopendir|stat|lstat|fstatat|statx|access|faccessat|readlink|readlinkat|unlink|unlinkat|rename|renameat|renameat2|mkdir|mkdirat|symlink|symlinkat|link|linkat|chmod|fchmod|chown|fchown|execv|execve|execvp|posix_spawn|posix_spawnp|fork|mount|umount|truncate|rmdir|remove|socket|time|clock_gettime|gettimeofday|getpwnam|getpwuid|getgrnam|getgrgid|getspnam|getenv' |
	complain "a kind sees the host through core/host.h only"

# --- no mutable globals in lib ----------------------------------------------------

for f in lib/**/*.c; do
	[ -f "$f" ] || continue
	code "$f" | perl -ne '
		my ($file, $n, $t) = /^(.*?):(\d+):(.*)$/ or next;
		# A definition at file level, or a static anywhere, that is data
		# and not const.
		if ($depth == 0 && $t =~ /^(static\s+|extern\s+)?(?!.*\bconst\b)(?!typedef|struct\s+\w+\s*\{|enum|union\s+\w+\s*\{|extern|return|#)[A-Za-z_][\w\s\*]*\b\w+(\[[^\]]*\])*\s*(=|;)/
		    && $t !~ /\(/) {
			print "$file:$n:$t\n";
		} elsif ($depth > 0 && $t =~ /^\s*static\s+(?!.*\bconst\b)/) {
			print "$file:$n:$t\n";
		} elsif ($t =~ /\b(_Thread_local|__thread)\b/) {
			print "$file:$n:$t\n";
		}
		$depth += ($t =~ tr/{//) - ($t =~ tr/}//);
	'
done | grep -v '^lib/netcfg/nm\.c:[0-9]*:static struct sp_nm_api lib;' |
	# (a linker's table, filled once: GLib cannot be unloaded and loaded again)
	complain "a global that can change"

# --- form -------------------------------------------------------------------------

for f in "${all_c[@]}"; do
	head -n 1 "$f" | grep -qxF '/* SPDX-License-Identifier: LGPL-2.1-or-later */' ||
		printf '%s\n' "$f"
done | complain "first line is not the licence"
for f in "${scripts[@]}" configure.ac Makefile.am ./**/Makemodule.am profiles/*.yaml; do
	[ -f "$f" ] || continue
	head -n 2 "$f" | grep -qF 'SPDX-License-Identifier: LGPL-2.1-or-later' ||
		printf '%s\n' "$f"
done | complain "no licence in the first two lines"
for f in "${all_c[@]}"; do
	sed -n 2,4p "$f" | grep -qF '/*' || printf '%s\n' "$f"
done | complain "the second line is not the purpose of the file"
for f in lib/**/*.h cmd/*.h; do
	[ -f "$f" ] || continue
	guard=$(basename "$f" .h | tr 'a-z-' 'A-Z_')
	grep -q "^#ifndef SPROUT_${guard}_H$" "$f" || printf '%s\n' "$f"
done | complain "the guard is not SPROUT_NAME_H"
grep -HnE '[[:blank:]]+$' "${texts[@]}" | complain "blanks at the end"
for f in "${all_c[@]}"; do
	expand -t 8 "$f" | perl -CSD -ne 'chomp; printf "%s:%d: %d columns\n",
		$ARGV[0] // "'"$f"'", $., length if length > 100'
done | complain "longer than 100 columns"
grep -HnE '^ {8}' "${all_c[@]}" | complain "indented with blanks, not tabs"
for f in "${texts[@]}"; do
	[ ! -s "$f" ] || [ -z "$(tail -c 1 "$f")" ] || printf '%s\n' "$f"
done | complain "no newline at the end"

# Paths of a machine, and words of no business of a reader.
grep -HnE '/(work|root|home/[a-z]+)/[A-Za-z]' "${texts[@]}" tests/kinds/*/*/profile.yaml |
	grep -vE '%s/root/|/root/\.(ssh|bash)|/home/(vb|vdi|user|alice|bob|build|svc|\.)' |
	grep -v '^tests/lint.sh:' | complain "a path of one machine"
grep -HniE 'claude|anthropic|\bLLM\b|language model|co-authored|(helper|agent) session' \
	"${texts[@]}" | grep -v '^tests/lint.sh:' | complain "a word that is not of the project"
grep -HnE '\b(TODO|FIXME|XXX|HACK)\b' "${texts[@]}" | grep -v '^tests/lint.sh:' |
	complain "unfinished"

# --- a kind is six things -----------------------------------------------------------

for f in lib/*/kind_*.c; do
	name=${f##*/kind_} name=${name%.c}
	word_name=${name//_/-}
	dir=${f%/*}
	module=$dir/Makemodule.am
	[ -f "$dir/kind_$name.pod" ] || echo "$name has no manual $dir/kind_$name.pod"
	grep -qE "&sp_kind_$name\b" lib/kinds.c || echo "$name has no row in lib/kinds.c"
	grep -qF "$f" "$module" || echo "$name is not in SOURCES in $module"
	grep -qF "$dir/kind_$name.pod" "$module" || echo "$name's manual is not in EXTRA_DIST in $module"
	grep -qF "man/sprout-kind-$name.5" "$module" || echo "$name's page is not in man5_MANS in $module"
	cases=(tests/kinds/"$word_name"/*/profile.yaml)
	[ ${#cases[@]} -ge 5 ] || echo "$name has ${#cases[@]} cases in tests/kinds/$word_name, 5 are the least"
	grep -qF 'Source:' "$f" || echo "$f names no source"
	grep -qiE 'undo' "$f" || echo "$f does not say what undo does not bring back"
done | complain "kind"
for d in tests/kinds/*/; do
	d=${d%/} d=${d##*/}
	[ -f "$(echo lib/*/"kind_${d//-/_}.c")" ] || [ -d "tests/kinds/$d/.mixed" ] ||
		[ "$d" = mixed ] || [ "$d" = profiles ] || echo "tests/kinds/$d belongs to no kind"
done | complain "kind"
for f in lib/*/*.c cmd/*.c cmd/wizard/*.c; do
	grep -qF "$f" ./lib/*/Makemodule.am cmd/Makemodule.am || echo "$f"
done | complain "in no Makemodule.am"
for f in lib/*/*.h cmd/*.h cmd/wizard/*.h; do
	grep -qF "$f" ./lib/*/Makemodule.am cmd/Makemodule.am || echo "$f"
done | complain "in no Makemodule.am, so not in the tarball"
for f in tests/unit/test_*.c; do
	grep -qE "${f%.c}( |\\\\|$)" tests/Makemodule.am || echo "$f"
done | complain "in no UNIT_TESTS"
# Some function that the header gives is called in a unit test.
for f in lib/core/*.c; do
	[ -f "tests/unit/test_$(basename "$f")" ] && continue
	[ -f "${f%.c}.h" ] || continue # its functions are in a neighbour's
	grep -ohE '\bsp_[a-z0-9_]+\(' "${f%.c}.h" | sort -u >"$TMP/functions"
	grep -qFf "$TMP/functions" tests/unit/*.c || echo "$f"
done | complain "core file without a unit test"

# --- scripts --------------------------------------------------------------------------

if command -v shellcheck >/dev/null; then
	shellcheck -x -e SC1090,SC1091,SC2016,SC2030,SC2031,SC2317 "${scripts[@]}" >"$TMP/shellcheck" 2>&1 ||
		complain shellcheck <"$TMP/shellcheck"
else
	echo "shellcheck is not here; the scripts were not looked at"
fi
for f in "${scripts[@]}"; do
	[ -x "$f" ] || [[ $f = */functions.sh ]] || [[ $f = */common.sh ]] || echo "$f"
done | complain "not executable"

[ ! -s "$TMP/findings" ] || fail "$(wc -l <"$TMP/findings") findings"
