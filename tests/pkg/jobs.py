#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""jobs.py SPROUT DIR N SEED ROOT...: N random jobs, planned by sprout and by dnf.

Prints each difference; the last line counts.  dnf's library is used, so that
all jobs are one process.  Each ROOT has its repositories in etc/yum.repos.d;
one that is called synth... has that of synth.py.
"""
import json
import os
import random
import subprocess
import sys

import dnf
import dnf.exceptions

NAMES = """zip unzip redis java-1.8.0-openjdk java-1.8.0-openjdk-headless gtk2 pango cairo
    glib2 chain-a chain-b chain-c chain-d chain-e weak rich many conflict-a conflict-b
    oldname newname sec kernel-core chrony libvirt-daemon ca-certificates fail-post
    trigger big missing-dep verde-fonts""".split()
OTHERS = ["zip-3.0-1", "zip-3.0-2", "redis-6.0", "sec-1.0-1", "sec-1.0-2", "zip.noarch",
          "java-*", "chain-*", "libfx0*", "conflict-*", "/usr/bin/unzip",
          "/usr/bin/redis-server", "chain(c)", "chain(c) = 3", "libfx04.so.1()(64bit)",
          "nothing-like-this", "kernel-core-5.14.0-2", "zip >= 3.0-2", "glib2 < 2",
          "oldname-1.0-1.noarch", "sec > 1.0-1"]


def make_big_job(rnd, n):
    """Of what synth.py made."""
    def one():
        k = rnd.randrange(n)
        return rnd.choice((f"p{k}", f"p{k}", f"p{k}", f"p{k}-1.{k % 7}-1", f"p{k}.noarch",
                           f"cap({k % 900})", f"lib{k}.so.1()(64bit)", f"/etc/p{k}.conf",
                           f"cap({k % 900}) >= 2", f"p{k} >= 1", f"p{k}*"))

    return dict(install=sorted({one() for _ in range(rnd.randrange(1, 8))}), remove=[],
                update="none", weak_deps=rnd.random() < 0.7)


def make_job(rnd):
    install = [rnd.choice(NAMES if rnd.random() < 0.75 else OTHERS)
               for _ in range(rnd.randrange(0, 5))]
    remove = [rnd.choice(NAMES) for _ in range(rnd.choice((0, 0, 0, 1, 2)))]
    return dict(install=sorted(set(install)), remove=sorted(set(remove) - set(install)),
                update=rnd.choice(("none", "none", "all")),
                weak_deps=rnd.random() < 0.7)


def by_dnf(root, job, cache):
    with dnf.Base() as base:
        c = base.conf
        c.installroot = root
        c.cachedir = cache
        c.reposdir = [root + "/etc/yum.repos.d"]
        c.persistdir = cache + "/persist"
        c.logdir = cache
        c.plugins = False
        c.best = os.path.exists(root + "/etc/dnf/dnf.conf")
        c.clean_requirements_on_remove = False
        c.install_weak_deps = job["weak_deps"]
        c.protected_packages = []
        c.module_platform_id = "platform:el9"
        c.substitutions["releasever"] = "9"
        c.metadata_expire = -1
        base.read_all_repos()
        base.fill_sack(load_system_repo=True)
        try:
            for spec in job["install"]:
                base.install(spec)
            for spec in job["remove"]:
                try:
                    base.remove(spec)
                except dnf.exceptions.PackagesNotInstalledError:
                    pass
            if job["update"] == "all":
                base.upgrade_all()
            base.resolve(allow_erasing=bool(job["remove"]))
        except (dnf.exceptions.DepsolveError, dnf.exceptions.MarkingError,
                dnf.exceptions.Error):
            return None
        comes = {str(p) for p in base.transaction.install_set}
        goes = {str(p) for p in base.transaction.remove_set}
        return comes, goes


def explained(ours, theirs, job):
    """With "best", dnf updates what is named and installed; to sprout that is
    for "update" to say.  Of a kernel the old one stays, so nothing goes."""
    if not ours or not theirs or job["update"] != "none":
        return False
    more = {p for p in theirs[0] - ours[0] if not p.startswith("kernel-")}
    return (ours[0] <= theirs[0] and ours[1] <= theirs[1] and
            len(more) == len(theirs[1] - ours[1]))


def by_sprout(sprout, root, job, tmp):
    path = tmp + "/job.yaml"
    with open(path, "w") as f:
        json.dump({"sprout": 1, "packages": job}, f)
    r = subprocess.run([sprout, "plan", "--json", "--root", root, path],
                       stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if r.returncode == 1:
        return None, r.stderr
    if r.returncode not in (0, 2):
        sys.exit(f"sprout plan: status {r.returncode}\n{r.stderr}")
    comes, goes = set(), set()
    for change in json.loads(r.stdout)["changes"]:
        for line in change["after"]["transaction"]:
            words = line.replace(",", " ").split()
            if words[0] == "install":
                comes.add(words[1])
            elif words[0] in ("update", "downgrade"):
                goes.add(words[1])
                comes.add(words[3])
            elif words[0] == "remove":
                goes.add(words[1])
    return (comes, goes), ""


def main():
    sprout, tmp, n, seed, *roots = sys.argv[1:]
    rnd = random.Random(int(seed))
    same = different = refused = best = 0
    for i in range(int(n)):
        root = rnd.choice(roots)
        big = os.path.basename(root).startswith("synth")
        job = make_big_job(rnd, 20000) if big else make_job(rnd)
        ours, why = by_sprout(sprout, root, job, tmp)
        theirs = by_dnf(root, job, tmp + "/dnf-" + os.path.basename(root))
        if ours == theirs:
            same += 1
            refused += ours is None
            continue
        if root.endswith("best") and explained(ours, theirs, job):
            best += 1
            continue
        different += 1
        print(f"job {i} on {os.path.basename(root)}: {json.dumps(job)}")
        for who, x in ("sprout", ours), ("dnf", theirs):
            print(f"  {who}: " + ("refuses" if x is None else
                  f"+ {sorted(x[0])} - {sorted(x[1])}"))
        if why:
            print("  " + why.strip().replace("\n", "\n  "))
    print(f"{n} jobs: {same} the same ({refused} refused by both), "
          f"{best} where dnf also updates what is named, {different} different")
    return 1 if different else 0


sys.exit(main())
