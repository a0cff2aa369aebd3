#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""synth.py DIR N SEED: the metadata of a repository of N packages that are not
there, p0 to p(N-1), some in two versions, with dependencies of every sort.

They need names, capabilities that several provide, libraries and files, all of
packages with a lower number; some conflict, obsolete, recommend, supplement.
"""
import gzip
import hashlib
import os
import random
import sys

KINDS = ("provides", "requires", "conflicts", "obsoletes", "recommends", "supplements")


def entry(text):
    """"p1", "cap(3) >= 2"."""
    name, *more = text.split()
    flags = {"=": "EQ", "<": "LT", ">=": "GE"}
    version = f' flags="{flags[more[0]]}" epoch="0" ver="{more[1]}"' if more else ""
    return f'<rpm:entry name="{name}"{version}/>'


def dependencies(rnd, i, version):
    d = {k: [] for k in KINDS}
    d["provides"] = [f"p{i} = {version}", f"lib{i}.so.1()(64bit)",
                     f"cap({i % 900}) = {i // 900 % 5}"]

    def lower():
        return rnd.randrange(max(1, i // 3))

    for _ in range(rnd.choice((0, 0, 1, 1, 2, 3)) if i else 0):
        d["requires"].append(rnd.choice((
            lambda k: f"p{k}", lambda k: f"p{k} >= 1", lambda k: f"lib{k}.so.1()(64bit)",
            lambda k: f"cap({k % 900})", lambda k: f"cap({k % 900}) >= 2",
            lambda k: f"/etc/p{k}.conf"))(lower()))
    for kind, chance in (("conflicts", 0.01), ("obsoletes", 0.005), ("recommends", 0.06),
                         ("supplements", 0.01)):
        if i and rnd.random() < chance:
            k = lower()
            d[kind].append(f"p{k} < 1.3" if kind == "obsoletes" else f"p{k}")
    return d


def package(rnd, i, release):
    version = f"1.{i % 7}"
    nvr = f"p{i}-{version}-{release}"
    key = hashlib.sha256(nvr.encode()).hexdigest()
    text = f'<package type="rpm"><name>p{i}</name><arch>noarch</arch>' \
        f'<version epoch="0" ver="{version}" rel="{release}"/>' \
        f'<checksum type="sha256" pkgid="YES">{key}</checksum>' \
        f"<summary>{nvr}</summary><description/><packager/><url/>" \
        f'<time file="1700000000" build="1700000000"/>' \
        f'<size package="{i + 1}" installed="{i}" archive="{i}"/>' \
        f'<location href="{nvr}.noarch.rpm"/><format>'
    for kind, entries in dependencies(rnd, i, version).items():
        if entries:
            text += f"<rpm:{kind}>" + "".join(map(entry, entries)) + f"</rpm:{kind}>"
    files = f"<file>/etc/p{i}.conf</file>"
    return (text + files + "</format></package>\n",
            f'<package pkgid="{key}" name="p{i}" arch="noarch">'
            f'<version epoch="0" ver="{version}" rel="{release}"/>{files}</package>\n')


def main():
    where, n, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    rnd = random.Random(seed)
    all_ = [package(rnd, i, release) for i in range(n)
            for release in ((1, 2) if rnd.random() < 0.1 else (1,))]
    os.makedirs(where + "/repodata")
    ns = "http://linux.duke.edu/metadata"
    repomd = f'<?xml version="1.0"?>\n<repomd xmlns="{ns}/repo"><revision>1</revision>'
    for at, (name, root, space) in enumerate((("primary", "metadata", "common"),
                                              ("filelists", "filelists", "filelists"))):
        text = (f'<?xml version="1.0" encoding="UTF-8"?>\n<{root} xmlns="{ns}/{space}" '
                f'xmlns:rpm="{ns}/rpm" packages="{len(all_)}">\n' +
                "".join(p[at] for p in all_) + f"</{root}>\n").encode()
        packed = gzip.compress(text, 3, mtime=0)
        with open(f"{where}/repodata/{name}.xml.gz", "wb") as f:
            f.write(packed)
        repomd += f'<data type="{name}"><checksum type="sha256">' \
            f'{hashlib.sha256(packed).hexdigest()}</checksum><open-checksum type="sha256">' \
            f'{hashlib.sha256(text).hexdigest()}</open-checksum>' \
            f'<location href="repodata/{name}.xml.gz"/><timestamp>1700000000</timestamp>' \
            f"<size>{len(packed)}</size><open-size>{len(text)}</open-size></data>"
    with open(where + "/repodata/repomd.xml", "w") as f:
        f.write(repomd + "</repomd>\n")


main()
