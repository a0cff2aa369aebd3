#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# sprout schema: valid by the metaschema; every good profile is valid by it.
. "${SRCDIR:-$(dirname "$0")/../..}/tests/functions.sh"

expect_status 64 "$SPROUT" schema x
expect_status 0 "$SPROUT" schema
mv "$TMP/out" "$TMP/schema.json"
requires python3
requires python3 -c 'import jsonschema, yaml; jsonschema.Draft202012Validator'

# The good profiles are those that the program takes.
good=()
bad=()
for f in "$SRCDIR"/profiles/*.yaml "$SRCDIR"/tests/kinds/*/*/profile.yaml; do
	[ -f "$f" ] || continue
	if "$SPROUT" check "$f" >/dev/null 2>"$TMP/err"; then
		good+=("$f")
	elif grep -q 'unknown key' "$TMP/err"; then
		bad+=("$f")
	fi
done
printf 'sprout: 1\n' >"$TMP/empty.yaml"
printf 'sprout: 1\nno_such: 1\n' >"$TMP/unknown.yaml"
printf '{}\n' >"$TMP/none.yaml"
good+=("$TMP/empty.yaml")
bad+=("$TMP/unknown.yaml" "$TMP/none.yaml")

python3 - "$TMP/schema.json" "${good[@]}" -- "${bad[@]}" <<'END' || fail "the schema"
import json, re, sys
import jsonschema, yaml

class Core(yaml.SafeLoader):
    """Plain scalars as the core schema of YAML 1.2 has them."""
    yaml_implicit_resolvers = {}

for tag, pattern, first in (
        ("null", r"~|null|Null|NULL|", "~nN\0"),
        ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
        ("int", r"[-+]?[0-9]+", "-+0123456789"),
        ("float", r"[-+]?(\.[0-9]+|[0-9]+\.[0-9]*)([eE][-+]?[0-9]+)?",
         "-+.0123456789")):
    Core.add_implicit_resolver("tag:yaml.org,2002:" + tag,
                               re.compile("^(?:" + pattern + ")$"),
                               list(first) + ([""] if tag == "null" else []))

schema = json.load(open(sys.argv[1]))
jsonschema.Draft202012Validator.check_schema(schema)
validator = jsonschema.Draft202012Validator(schema)
cut = sys.argv.index("--")
wrong = 0
for name in sys.argv[2:cut]:
    for e in validator.iter_errors(yaml.load(open(name), Core)):
        print(f"{name}: {'/'.join(map(str, e.absolute_path))}: {e.message}")
        wrong += 1
for name in sys.argv[cut + 1:]:
    if validator.is_valid(yaml.load(open(name), Core)):
        print(f"{name}: valid, and should not be")
        wrong += 1
print(f"{cut - 2} good profiles, {len(sys.argv) - cut - 1} bad ones")
sys.exit(wrong > 0)
END
