#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# payload.sh BUILD TAR - what a guest gets: sprout as `make install` puts it, and
# the tests as /lab; /lab/fx is a part of $FX, if that is set (tests/pkg/fixture).
set -eu -o pipefail
here=$(cd "$(dirname "$0")" && pwd)
build=$1 tar=$2
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
chmod 755 "$tree"
make -s -C "$build" install-strip DESTDIR="$tree"
rm -rf "$tree"/usr/local/share/{man,doc}
mkdir -p "$tree/lab"
cp -r "$here/run" "$here/functions.sh" "$here/tests" "$tree/lab/"
if [ -n "${FX:-}" ]; then
	mkdir -p "$tree/lab/fx"
	cp -r "$FX/keys" "$FX/repo/base" "$FX/repo/host" "$FX/stick" "$tree/lab/fx/"
	cp "$(command -v rpm)" "$tree/lab/" # the guest's own have the same release
	rm "$tree"/lab/fx/base/big-* # its place is limited
fi
tar -C "$tree" --owner=0 --group=0 --no-overwrite-dir -cf "$tar" lab usr
ls -l "$tar"
