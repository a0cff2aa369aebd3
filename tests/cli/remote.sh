#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Profiles by URL: by http with a checksum, by https with a certificate, and
# everything that is refused.
. "${SRCDIR:-$(dirname "$0")/../..}/tests/functions.sh"
requires python3
requires openssl
cd "$TMP" || exit 99
unset http_proxy https_proxy all_proxy HTTPS_PROXY ALL_PROXY

mkdir root www
cat >www/p.yaml <<'END'
sprout: 1
hostname: vd01.example.com
END
cat >www/more.yaml <<'END'
sprout: 1
groups: [{name: vdi, gid: -7}]
END
cat >local.yaml <<'END'
sprout: 1
groups: [{name: vdi, gid: 2000}]
END
sum=$(sha256sum <www/p.yaml)
sum=${sum%% *}
sum2=$(sha256sum <www/more.yaml)
sum2=${sum2%% *}
wrong=${sum//[0-8]/9}

# serve ARGS...: sets PORT; the server ends with this test.
serve() {
	mkfifo "stdin.$1"
	"$SRCDIR/tests/pkg/server.py" "${@:2}" --log log www <"stdin.$1" >"port.$1" &
	# shellcheck disable=SC2034 # it is there to be held open
	exec {hold}>"stdin.$1"
	for _ in {1..100}; do
		[ -s "port.$1" ] && break
		sleep 0.1
	done
	PORT=$(cat "port.$1")
	[ -n "$PORT" ] || fail "the server did not start"
}
serve http
http=http://127.0.0.1:$PORT
serve https --tls "$TMP/tls"
https=https://127.0.0.1:$PORT

# Some sprouts are built without libcurl, and say so.
"$SPROUT" check --sha256 "$sum" "$http/no.yaml" >out 2>err ||
	! grep -q 'was built without' err || skip "this sprout was built without libcurl"

# --- http: only what is known beforehand -----------------------------------------

expect_status 1 "$SPROUT" plan --root root "$http/p.yaml"
contains err "profile: $http/p.yaml: anybody on the way could change it"
contains err "--sha256 HEX"
! grep -q p.yaml log || fail "it was asked for all the same"
expect_status 2 "$SPROUT" plan --root root --sha256 "$sum" "$http/p.yaml"
contains out "vd01.example.com"
expect_status 1 "$SPROUT" plan --root root --sha256 "$wrong" "$http/p.yaml"
contains err "sha256 mismatch: got $sum, expected $wrong"
expect_status 1 "$SPROUT" plan --root root --sha256 "$sum" "$http/none.yaml"
contains err "error 404"
expect_status 1 "$SPROUT" plan --root root --sha256 "$sum" "$http/endless/p.yaml"
contains err "more than 4194304 bytes, the limit"
[ -z "$(ls root)" ] || fail "a plan wrote something"

# --- several, in their order ---------------------------------------------------------

expect_status 2 "$SPROUT" plan --root root --sha256 "$sum" local.yaml "$http/p.yaml"
contains out vdi
contains out vd01.example.com
# Their names stand in what is wrong with them.
expect_status 1 "$SPROUT" check --sha256 "$sum" --sha256 "$sum2" \
	"$http/p.yaml" local.yaml "$http/more.yaml"
contains err "$http/more.yaml:2:27: error: "
expect_status 1 "$SPROUT" check --sha256 "$sum2" --sha256 "$sum" \
	"$http/p.yaml" "$http/more.yaml"
contains err "sha256 mismatch"
expect_status 64 "$SPROUT" check --sha256 "$sum" local.yaml
contains err "given 1 times, for 0 of them"
expect_status 1 "$SPROUT" check --sha256 12345 "$http/p.yaml"
contains err "64 hexadecimal digits"

# --- https ------------------------------------------------------------------------------

expect_status 1 "$SPROUT" plan --root root "$https/p.yaml"
contains err "(curl 60)"
expect_status 1 "$SPROUT" plan --root root --sha256 "$sum" "$https/p.yaml"
contains err "(curl 60)"

# --- apply ------------------------------------------------------------------------------

expect_status 0 "$SPROUT" apply --root root --sha256 "$sum" "$http/p.yaml"
contains root/etc/hostname vd01.example.com
contains out Applied

# --- where the authority is trusted ---------------------------------------------------------

bundle=/etc/ssl/certs/ca-certificates.crt
[ "$(id -u)" -eq 0 ] && [ -f $bundle ] && unshare -m true 2>/dev/null || exit 0
trusted() {
	unshare -m sh -c 'mount --bind "$0" '$bundle' && exec "$@"' "$TMP/tls/ca.pem" "$@"
}
expect_status 0 trusted "$SPROUT" check "$https/p.yaml"
expect_status 0 trusted "$SPROUT" check --sha256 "$sum" "$https/p.yaml"
expect_status 1 trusted "$SPROUT" check --sha256 "$wrong" "$https/p.yaml"
expect_status 1 trusted "$SPROUT" check "$https/http/p.yaml"
contains err "may not lead to another scheme"
to=$(printf '%s' "$http/p.yaml" | od -An -tx1 | tr -d ' \n')
expect_status 1 trusted "$SPROUT" check "$https/to=$to/p.yaml"
contains err "leads to $http/p.yaml; a redirect may not lead to another scheme"
