#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The manuals and the program tell the same: commands, options, fields; and
# every example in them is a profile that sprout accepts.
. "${SRCDIR:-$(dirname "$0")/..}/tests/functions.sh"
[ -x "$SPROUT" ] || skip "there is no program at $SPROUT"
cd "$SRCDIR" || exit 99

bad=0
wrong() {
	printf '%s\n' "$*"
	bad=$((bad + 1))
}

# both A B WHAT: the same lines, else each one that is missing is named.
both() {
	local line

	while IFS= read -r line; do
		[ -n "$line" ] && wrong "$3: \"$line\" is not in $5"
	done < <(comm -23 "$1" "$2")
	while IFS= read -r line; do
		[ -n "$line" ] && wrong "$3: \"$line\" is not in $4"
	done < <(comm -13 "$1" "$2")
}

# plain FILE SECTION: what =item lines of one =head1 or =head2 say, unformatted.
items() {
	perl -e '
		my ($file, $section) = @ARGV;
		open my $h, "<", $file or die "$file: $!";
		my $in = 0;
		while (<$h>) {
			if (/^=head([12])\s+(.*?)\s*$/) {
				my ($level, $title) = ($1, $2);
				$title =~ s/[BICF]<([^<>]*)>/$1/g;
				next if $in && $level == 2 && $in == 1;
				$in = $title =~ /^(sprout )?\Q$section\E( |$)/i ? $level : 0;
			} elsif ($in && /^=item\s+(.*?)\s*$/) {
				my $t = $1;
				1 while $t =~ s/[BICF]<([^<>]*)>/$1/g;
				$t =~ s/E<lt>/</g; $t =~ s/E<gt>/>/g;
				print "$t\n";
			}
		}' "$1" "$2"
}

# --- every page is well formed -----------------------------------------------

shopt -s nullglob
pods=(cmd/*.pod lib/*/*.pod)
if command -v podchecker >/dev/null; then
	podchecker -warnings "${pods[@]}" >"$TMP/pod" 2>&1 ||
		while IFS= read -r line; do wrong "$line"; done \
			< <(grep -E 'ERROR|WARNING' "$TMP/pod")
fi
for f in "${pods[@]}"; do
	page=${f##*/} page=${page%.pod} page=${page//_/-}
	case $page in
	kind-* | cmd-*) page=sprout-${page#cmd-} ;;
	esac
	sed -n '/^=head1 NAME/,/^=head1 [^N]/p' "$f" | grep -q "^$page - " ||
		wrong "$f: NAME is not \"$page - ...\""
	heads=(NAME DESCRIPTION 'SEE ALSO')
	case $page in
	sprout-kind-*) heads=(NAME DESCRIPTION FIELDS EXAMPLE UNDO FILES 'SEE ALSO') ;;
	esac
	for head in "${heads[@]}"; do
		grep -qx "=head1 ${head}S\?" "$f" || wrong "$f: no section $head"
	done
done

# --- commands and options -------------------------------------------------------

"$SPROUT" --help | sed -n 's/^  \([a-z][a-z]*\) .*/\1/p' | sort >"$TMP/commands"
[ -s "$TMP/commands" ] || fail "sprout --help names no command"
if [ -f cmd/sprout.pod ]; then
	items cmd/sprout.pod COMMANDS | sed 's/^sprout //; s/ .*//' | grep -v '^-' |
		sort -u >"$TMP/pod.commands"
	sed -n 's/^=head2 \(B<\)\?\(sprout \)\?\([a-z]*\).*/\3/p' cmd/sprout.pod |
		sort -u >"$TMP/pod.heads"
	while IFS= read -r c; do
		grep -qx "$c" "$TMP/pod.commands" "$TMP/pod.heads" || [ -f "cmd/cmd_$c.pod" ] ||
			wrong "command $c is not in cmd/sprout.pod"
	done <"$TMP/commands"
else
	wrong "there is no cmd/sprout.pod"
fi
while IFS= read -r c; do
	"$SPROUT" "$c" --help >"$TMP/help" || wrong "sprout $c --help fails"
	head -n 1 "$TMP/help" | grep -q "^Usage: sprout $c" || wrong "sprout $c --help: no usage"
	# An option begins a line of the help; words in its text do not count.
	grep -oE '^ +(-[a-z], )?--[a-z][a-z-]*' "$TMP/help" | grep -oE -- '--[a-z-]+' |
		sort -u >"$TMP/help.options"
	pod=cmd/cmd_$c.pod
	if [ -f "$pod" ]; then
		items "$pod" OPTIONS
	elif [ -f cmd/sprout.pod ]; then
		items cmd/sprout.pod "$c"
		# Options that every command has may be told once.
		items cmd/sprout.pod OPTIONS | grep -oE -- '--[a-z-]+' |
			grep -xFf "$TMP/help.options"
	fi | grep -oE -- '--[a-z][a-z-]*' | sort -u >"$TMP/pod.options"
	both "$TMP/help.options" "$TMP/pod.options" "sprout $c" "its --help" "the manual"
	# Each of them is known to the program, and nothing else is.
	while IFS= read -r o; do
		"$SPROUT" "$c" "$o" --help >"$TMP/out" 2>&1 </dev/null
		grep -qE 'unrecognized|unknown|ambiguous' "$TMP/out" &&
			wrong "sprout $c $o: the program does not know it"
	done <"$TMP/help.options"
	expect_status 64 "$SPROUT" "$c" --no-such-option
done <"$TMP/commands"

# --- kinds and fields -------------------------------------------------------------

for f in lib/*/kind_*.pod; do
	kind=${f##*/kind_} kind=${kind%.pod} kind=${kind//_/-}
	"$SPROUT" kinds "$kind" >"$TMP/kind" 2>&1 || {
		wrong "sprout kinds $kind fails (manual $f)"
		continue
	}
	sed -n 's/^  \([a-z][a-z0-9_.-]*\): .*/\1/p' "$TMP/kind" | sort -u >"$TMP/program"
	items "$f" FIELDS | sed 's/[ =:].*//' | sort -u >"$TMP/manual"
	# Not fields of a table, but keys of a profile.
	sed -i -e '/^name$/d' -e '/^ensure$/d' "$TMP/program" "$TMP/manual"
	both "$TMP/program" "$TMP/manual" "$f" "the field table" "the manual"
done

# --- examples -----------------------------------------------------------------------

for f in "${pods[@]}"; do
	rm -f "$TMP"/example.*
	perl -e '
		my ($file, $out) = @ARGV;
		open my $h, "<", $file or die; local $/; my $s = <$h>;
		my $n = 0;
		# Verbatim paragraphs that begin like a profile: a key in column 0
		# of the example, or its first line.
		my @v;
		for my $par (split /\n(?:[ \t]*\n)+/, $s) {
			if ($par =~ /^[ \t]/) { push @v, $par; next }
			flush_it();
		}
		flush_it();
		sub flush_it {
			return unless @v;
			my $t = join("\n\n", @v) . "\n"; @v = ();
			my ($indent) = $t =~ /^([ \t]+)/; $t =~ s/^$indent//mg;
			return unless $t =~ /^(#[^\n]*\n)*[a-z]+:/;
			$t = "sprout: 1\n$t" unless $t =~ /^sprout:/m;
			open my $o, ">", "$out." . ++$n or die;
			print $o $t;
		}' "$f" "$TMP/example"
	for e in "$TMP"/example.*; do
		"$SPROUT" check "$e" >"$TMP/out" 2>&1 || {
			wrong "$f: sprout check does not accept example ${e##*.}:"
			cat "$e" "$TMP/out"
		}
	done
	case $f in
	*/kind_*) [ -f "$TMP/example.1" ] || wrong "$f: no example" ;;
	esac
done

# --- README -------------------------------------------------------------------------

sed -n 's/^| `\([a-z]*\)` .*/\1/p' README.md | sort >"$TMP/readme"
both "$TMP/commands" "$TMP/readme" "README.md" "sprout --help" "its table"
sed -n '/^```yaml$/,/^```$/p' README.md | grep -v '^```' >"$TMP/readme.yaml"
"$SPROUT" check "$TMP/readme.yaml" >"$TMP/out" 2>&1 || {
	cat "$TMP/out"
	wrong "README.md: sprout check does not accept the first profile"
}

[ "$bad" -eq 0 ] || fail "$bad differences"
