#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# live.sh RUNS RIVALS-RUNS - the part of bench/live that runs in the container.
set -u
cd /root || exit 99
runs=$1 rival_runs=$2
missed=0

quiet() {
	"$@" >out 2>&1 </dev/null && return 0
	sed 's/^/# /' out
	echo "failed: $*"
	exit 1
}
median() { sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }

# row NAME RUNS COMMAND...: a line of the table; median CPU and clock time, in
# microseconds, also in the files NAME.cpu and NAME.wall.  Status 0, or $ok.
row() {
	local name=$1 n=$2 cpu wall

	shift 2
	quiet /test/measure "$n" "$@"
	cp out rows
	if awk -v ok="${ok:-0}" '$5 != 0 && $5 != ok { exit 1 }' rows; then :; else
		"$@" | tail -n 20
		echo "$name ended with $(awk '{ print $5 }' rows | sort -u | tr '\n' ' ')"
		exit 1
	fi
	cpu=$(awk '{ print $1 + $2 }' rows | median) wall=$(awk '{ print $3 }' rows | median)
	echo "$cpu" >"$name.cpu"
	echo "$wall" >"$name.wall"
	awk -v name="$name" -v cpu="$cpu" -v wall="$wall" '
		{ c = $1 + $2; if (NR == 1 || c < lo) lo = c; if (c > hi) hi = c
		  if ($4 > rss) rss = $4 }
		END { printf "| %s | %.1f | %.1f to %.1f | %.1f | %.1f | %d |\n", name,
			cpu / 1000, lo / 1000, hi / 1000, wall / 1000, rss / 1024, NR }' rows
}
ratio() {
	awk -v a="$(cat "$1.cpu")" -v b="$(cat "$2.cpu")" -v c="$(cat "$1.wall")" -v d="$(cat "$2.wall")" \
		-v what="$1 : $2" 'BEGIN { printf "%s: %.0f times the CPU, %.0f times the time\n",
			what, a / b, c / d }'
}

# The bed: what verde.yaml speaks of, without SELinux, which the kernel lacks.
ip link add eth1 type veth peer name wire1
ip link set wire1 up
nmcli device set wire1 managed no
quiet systemctl start firewalld.service chrony.service
sed '/^selinux:/,/^[a-z]/{/^selinux:/d;/^  /d}' /test/verde.yaml >verde.yaml
sed -n '1,/^network:/p' verde.yaml | grep '^sprout:' >network.yaml
sed -n '/^network:/,/^[a-mo-z]/{/^[a-mo-z]/!p}' verde.yaml >>network.yaml

quiet sprout apply --no-confirm verde.yaml
quiet sprout apply --no-confirm verde.yaml
grep -q 'Nothing to do' out || { cat out; echo "the second apply has something to do"; exit 1; }
echo '| what | CPU ms, median | least to most | clock ms | peak MiB | runs |'
echo '|---|---|---|---|---|---|'
row true "$runs" true
row 'sprout apply' "$runs" sprout apply --no-confirm verde.yaml
ok=2 row 'sprout status' "$runs" sprout status --quiet # the clock is not in step
row 'sprout apply, network' "$runs" sprout apply --no-confirm network.yaml
[ "$(cat 'sprout apply.cpu')" -lt 100000 ] || { echo "missed: 100 ms CPU"; missed=1; }

# The same by Ansible, on the host that sprout has made.
: >ansible.cfg
export ANSIBLE_CONFIG=/root/ansible.cfg ANSIBLE_PIPELINING=1 ANSIBLE_NOCOLOR=1 ANSIBLE_LOCALHOST_WARNING=0 \
	ANSIBLE_PYTHON_INTERPRETER=/usr/bin/python3 LC_ALL=C.UTF-8 HOME=/root
quiet ansible-playbook -i localhost, /test/playbook.yaml
quiet ansible-playbook -i localhost, /test/playbook.yaml
recap=$(grep 'changed=' out)
row 'ansible-playbook' "$rival_runs" ansible-playbook -i localhost, /test/playbook.yaml

# The network by netplan, whose files are NetworkManager's, too.
install -m 600 /test/netplan.yaml /etc/netplan/verde.yaml
mount -t sysfs sysfs /sys && mount -o remount,rw /sys # it triggers udev
if netplan apply >out 2>&1; then
	row 'netplan apply' "$rival_runs" netplan apply
else
	sed 's/^/# /' out
	echo "netplan apply does not work here"
fi
row 'netplan generate' "$runs" netplan generate
echo
echo "ansible, second time: $recap"
ratio ansible-playbook 'sprout apply'
[ -e 'netplan apply.cpu' ] && ratio 'netplan apply' 'sprout apply, network'
ratio 'netplan generate' 'sprout apply, network'
rm -f /etc/netplan/verde.yaml

# Instructions do not depend on what else the machine does.
valgrind -q --tool=callgrind --callgrind-out-file=calls sprout apply --no-confirm verde.yaml >out 2>&1
echo "sprout apply alone, without the programs that it asks: $(sed -n 's/^summary: //p' calls) instructions"
exit $missed
