#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A SYN queue filled to a limit by spoofed sources: how long that takes, what a request
# costs in slab, and how many connections a second the full listener makes with an honest
# client. atcp, then the kernel's TCP, with cookies off and its limits raised as far.
#
# bench/million.sh [REQUESTS], run in selftests/; ATCP_REQUESTS says the same.
. ./lib/atcp_lib.sh

requests=${1:-${ATCP_REQUESTS:-1000000}}

slab() { awk '$1 == "Slab:" { print $2 * 1024 }' /proc/meminfo; }
# What the one before has left behind goes, some seconds after its namespace.
settle() {
	local was=0 is

	while is=$(slab); [ $((is - was > 0 ? is - was : was - is)) -gt 2000000 ]; do
		was=$is
		sleep 3
	done
}
# As the listener counts: the kernel's tells in ss's Recv-Q only what is complete.
held() {
	if [ "$1" = tcp ]; then
		awk '$1 == "request_sock_TCP" { print $2 }' /proc/slabinfo
	else
		ns "$S" cat /sys/kernel/atcp/listeners/1/synq_len
	fi
}
# fill STACK: a line of the table.
fill() {
	local stack=$1 before after client start took last=-1 now

	topo_pair
	ns "$S" ip link add void0 type dummy && ns "$S" ip link set void0 up || skip_all "no dummy device"
	ns "$S" ip route add 198.18.0.0/15 dev void0
	if [ "$stack" = tcp ]; then
		ns "$S" sysctl -qw net.core.somaxconn=$((requests * 2)) \
			net.ipv4.tcp_max_syn_backlog=$((requests * 2)) net.ipv4.tcp_syncookies=0
	else
		knob "$S" "$stack" synack_rto 120000
	fi
	# It goes on listening: to close it would end the requests.
	spawn ns "$S" "$PROGS/bench" server -s "$stack" -a "$S4" -p 8000 -B $((requests + 100))
	wait_listen "$S" 8000 "$stack"
	[ "$stack" = tcp ] || ns "$S" sh -c "echo $requests > /sys/kernel/atcp/listeners/1/syn_backlog"
	settle
	before=$(slab)
	start=$(date +%s.%N)
	ns "$C" "$PROGS/synflood" -a "$S4" -p 8000 -n "$requests" >/dev/null
	# SYNs of one source and port by chance are one request: until more make no difference.
	while now=$(held "$stack"); [ "${now:-0}" -lt "$requests" ] && [ "${now:-0}" -gt "$last" ]; do
		last=$now
		ns "$C" "$PROGS/synflood" -a "$S4" -p 8000 -n $((requests / 50 + 1)) >/dev/null
	done
	took=$(date +%s.%N)
	after=$(slab)
	client=$(ns "$C" "$PROGS/bench" conn -s tcp -a "$S4" -p 8000 -t 1 | cut -d" " -f1)
	awk -v stack="$stack" -v n="$now" -v s="$start" -v e="$took" -v b="$before" -v a="$after" \
		-v c="$client" 'BEGIN {
		printf "%-6s %8d requests in %6.1f s, %5.0f bytes each, %4.0f MB; then %s connections a second\n",
			stack, n, e - s, (a - b) / n, (a - b) / 1e6, c }'
	kill "$spawned" 2>/dev/null
	reap "$spawned"
	ip netns del "$C"
	ip netns del "$S"
	lib_netns=()
}

fill atcp
fill tcp
