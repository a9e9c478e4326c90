#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# insmod and rmmod 100 times with traffic before each; rmmod refused while
# sockets live; namespaces destroyed with listeners, half-open and TIME_WAITs.
# timeout: 900
# platforms: stock uml
# check: uml
. ./lib/atcp_lib.sh

[ "$STACK" = tcp ] && skip_all "the kernel's TCP cannot be unloaded"
[ -f "$ATCP_KO" ] || skip_all "ATCP_KO names no module"
ktap_plan 7
rounds=$(size 100 20)
# The newer kernels have it in "make check" to see that the module goes at all.
[ -z "${ATCP_CHECK:-}" ] || rounds=$([ "$PLATFORM" = stock ] && echo 5 || echo 20)

references() { awk '$1 == "atcp" { print $3 }' /proc/modules; }
# Objects of atcp's own slabs that are in use.
slabs() { awk '/^[^ ]*atcp/ { n += $2 } END { print n + 0 }' /proc/slabinfo; }
unload() { rmmod atcp; }
netns_gone() { ! ip netns list | grep -q "^$1"; }

# One program at both ends, for the rounds to be short.
traffic() {
	ns $S "$PROGS/xfer" -l -s atcp -b atcp -N $C -a $S4 -n 100000 -t 60 &&
		ns $S "$PROGS/xfer" -l -s atcp -b tcp -N $C -a $S6 -n 100000 -t 60
}
reload() {
	local i
	for ((i = 0; i < rounds; i++)); do
		traffic || return 1
		# Sockets that were closed may hold it until their FINs are over.
		wait_for 20 unload || { holders; return 1; }
		insmod "$ATCP_KO" || return 1
	done
}
# Who holds the module, for the log of a failure.
holders() {
	local n
	echo "references: $(references), after $i rounds"
	for n in $C $S; do
		ns $n cat /proc/net/atcp/tcp /proc/net/atcp/tcp6 /proc/net/atcp/sockstat
	done
}
flood() { ns $C "$PROGS/synflood" -a "$1" -p 8500 -n 200; }
# A namespace that dies with live listeners, half-open requests, TIME_WAITs.
netns_round() {
	topo_pair
	spawn ns $S "$PROGS/xfer" -l -s atcp -a $S4 -p 8500 -n 1 -t 60
	listener=$spawned
	wait_listen $S 8500 atcp || return 1
	ns $S ip route add default via $C4
	flood $S4
	xfer_pair atcp atcp $S4 1000 60 || return 1
	have_rows $S atcp 03 8500 || return 1
	have_rows $C atcp 06 || have_rows $S atcp 06 || return 1
	ip netns del $C
	ip netns del $S
	lib_netns=()
	kill $listener
	reap $listener
	return 0
}

no_references() { [ "$(references)" = 0 ]; }

# Orphans of whatever ran before, whose peers are gone, retry their FINs for as
# long as Linux's would.
wait_for 150 no_references
topo_pair
ktap_run "$rounds times traffic, rmmod, insmod" reload
spawn ns $S "$PROGS/xfer" -l -s atcp -a $S4 -p 8600 -n 1 -t 60
wait_listen $S 8600 atcp
rmmod atcp 2>/dev/null
ktap_eq "rmmod with a live listener is refused" "$?" 1
[ "$(references)" -gt 0 ]
ktap_result $? "and the listener holds the module"
kill "$spawned"
reap "$spawned"
ip netns del $C
ip netns del $S
lib_netns=()
ktap_run "namespaces die with listeners, half-open requests, TIME_WAITs" \
	netns_round
wait_for 30 no_references
ktap_eq "no reference is left" "$(references)" 0
ktap_run "then rmmod works" wait_for 20 unload
ktap_eq "no object of a slab of atcp's is left" "$(slabs)" 0
insmod "$ATCP_KO"
ktap_end
