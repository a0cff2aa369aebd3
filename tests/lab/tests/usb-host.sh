# SPDX-License-Identifier: LGPL-2.1-or-later
# profiles/verde-packages.yaml on the host's own root: half from a stick with exFAT
# that is plugged in while sprout waits, half from a web server; and back.
# shellcheck shell=bash
[ -d /lab/fx ] || skip "the packages to test with could not be built"
sprout kinds media >out 2>&1 || skip "built without media"

host_rpm() { /lab/rpm --dbpath /var/lib/rpm --nosignature "$@"; }
packages() { host_rpm -qa --qf '%{nevra} %{installtime}\n' | sort; }
# All but directories: those that nobody owns stay, as always with rpm.
installed_files() {
	find /usr /etc /opt /srv -xdev ! -type d ! -path /etc/pki/tls/made ! -path /etc/ld.so.cache \
		-printf '%p %y %m %U:%G %s %T@ %l\n' | LC_ALL=C sort
}

# A host that rpm knows a bit of already, and the far end's web server.
host_rpm --force-debian -i /lab/fx/host/host-base-9-1.noarch.rpm || fail "rpm -i"
mkdir -p /etc/pki/rpm-gpg
for k in site verde; do cp /lab/fx/keys/good.asc /etc/pki/rpm-gpg/RPM-GPG-KEY-$k; done
wire python3 -B -m http.server --bind 192.0.2.1 --directory /lab/fx/base 8000 >web.log 2>&1 &
web=$!
soon 60 bash -c 'exec 3<>/dev/tcp/192.0.2.1/8000'
cat >site.yaml <<'P'
sprout: 1
repos:
  - name: site-base
    baseurl: ["http://192.0.2.1:8000/"]
    gpgkey: ["file:///etc/pki/rpm-gpg/RPM-GPG-KEY-site"]
P
# chrony and libvirt are Debian's here, of which rpm knows nothing.
rm -f /etc/libvirt/libvirtd.conf /usr/lib/systemd/system/libvirtd.service
sed 's/ chrony,//' /usr/local/share/sprout/profiles/verde-packages.yaml >packages.yaml
plug exfat VERDE fx/stick gpt
fill 1 /dev/sda1 /lab/fx/stick

before=$(packages)
installed_files >files.before
expect 2 sprout plan site.yaml packages.yaml
has 'a stick labelled "VERDE" is not here; sprout apply waits 300 s' cat out
[ "$before" = "$(packages)" ] || fail "a plan changed packages"

sprout apply site.yaml packages.yaml >apply.out 2>&1 &
soon 120 grep -q 'put in a stick labelled "VERDE"' apply.out
replug 1
wait $! || fail "$(cat apply.out)"
for want in 'install VERDE-7.1-1.x86_64 from media:verde (' 'found on /dev/sd' '1 (label "VERDE"' \
	'install verde-libs-7.1-1.x86_64 from media:verde (' \
	'install gtk2-2.24-1.x86_64 from site-base (' \
	'install java-1.8.0-openjdk-1.8.0.402-1.x86_64 from site-base (' \
	'install chain-e-1.0-1.noarch from site-base (' 'signed by key ' 'import key '; do
	has "$want" cat apply.out
done
for p in VERDE-7.1-1 verde-libs-7.1-1 verde-tools-7.1-1 verde-fonts-2.0-1 gtk2-2.24-1 \
	java-1.8.0-openjdk-1.8.0.402-1 zip-3.0-1 unzip-6.0-1 libvirt-daemon-10.0-1 host-base-9-1; do
	packages | grep -q "^$p\." || fail "$p is not installed"
done
is 'zip 3.0-1' /usr/bin/zip
is 7.1 cat /usr/lib/verde/version
has 'GET /gtk2-2.24-1.x86_64.rpm' cat web.log
! grep -q 'GET /.*[vV][eE][rR][dD][eE]-[7lt]' web.log || fail "the stick's packages came from the web"
no_copies
host_rpm -Va --nodeps >verify.out 2>&1 || fail "rpm -V: $(cat verify.out)"

# Neither stick nor web server are needed to see that nothing is to be done.
unplug 1
soon 60 sh -c "! ls /sys/block | grep -q ^sd"
kill "$web"
expect 0 sprout plan site.yaml packages.yaml
expect 0 sprout undo
[ "$before" = "$(packages)" ] || fail "packages are not as before: $(packages)"
installed_files | diff files.before - >diff.out || fail "files are not as before: $(cat diff.out)"
