#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Python's reader, and dnf's own where it is installed, read what the kind repo
# wrote.
. "${SRCDIR:-$(dirname "$0")/../..}/tests/functions.sh"
requires python3

cat >"$TMP/read.py" <<'PYTHON'
import configparser, glob, os, sys
try:
    import libdnf.conf
except ImportError:
    libdnf = None
    print("libdnf is not here; Python alone reads the files")

def by_python(path):
    p = configparser.RawConfigParser(delimiters=("=",), strict=True)
    p.optionxform = str
    p.read(path, encoding="utf-8")
    return {s: dict(p.items(s)) for s in p.sections()}

def by_dnf(path):
    p = libdnf.conf.ConfigParser()
    p.read(path)
    return {s: {k: p.getValue(s, k) for k in p.getData()[s]
                if k[0] not in "#;"} for s in p.getData()}

def words(value):
    value = value.strip()
    if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
        value = value[1:-1]
    return value.replace(",", " ").split()

def flat(sections):
    return {s: {k: words(v) for k, v in kv.items()}
            for s, kv in sections.items()}

top = os.path.join(os.environ["SRCDIR"], "tests/kinds/repo")
files = sorted(glob.glob(top + "/*/after/etc/*/*.repo"))
if len(files) < 10:
    sys.exit("only %d files below %s" % (len(files), top))
for f in files:
    got = flat(by_python(f))
    with open(f, encoding="utf-8") as h:
        heads = [l.strip()[1:-1] for l in h if l.startswith("[")]
    if sorted(heads) != sorted(got):
        sys.exit("%s: sections %s, read %s" % (f, heads, list(got)))
    if libdnf and flat(by_dnf(f)) != got:
        sys.exit("%s: dnf reads %s, Python %s" % (f, flat(by_dnf(f)), got))

got = flat(by_python(top + "/add-all-fields/after/etc/yum.repos.d/"
                     "site:tools_1.0.repo"))["site:tools_1.0"]
for key, want in (
        ("name", ["Tools", "of", "this", "site"]),
        ("baseurl", ["https://a.example.com/t/",
                     "https://b.example.com:8443/t/$releasever/",
                     "file:///srv/t"]),
        ("enabled", ["0"]), ("gpgcheck", ["1"]),
        ("excludepkgs", ["[ab]-tools", "kernel*"])):
    if got.get(key) != want:
        sys.exit("%s: read %s, wanted %s" % (key, got.get(key), want))
PYTHON
python3 "$TMP/read.py" || fail "a .repo file is read otherwise"
