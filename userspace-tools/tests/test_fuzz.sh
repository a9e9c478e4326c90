#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The tools' parsers on garbage, under ASan and UBSan: load files, selectors, keys, the texts of proc and sysfs, events,
# programs. FUZZ_SECONDS (default 20), FUZZ_SEED (default a fresh one, which is printed), FUZZ_CASE: that one alone.

cd "$(dirname "$0")/.." || exit 1
make -s tests/fuzz_tools >&2 || exit 1
. tests/lib/tree.sh

tree=$(mktemp -d -p "$([ -w /dev/shm ] && echo /dev/shm || echo /tmp)") || exit 1
trap 'rm -rf "$tree" "$tree.copy"' EXIT
sysfs=$tree/sysfs
seed=${FUZZ_SEED:-$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')}

# What the tool reads: two listeners, knobs, counters, parameters.
make_tree()
{
	local knob

	listener "$sysfs" 1 1001 inet 0.0.0.0:80
	listener "$sysfs" 2 1002 inet6 "[::]:443"
	stats "$sysfs/kernel/atcp/listeners/1" "syns 900" "overflows 12" "drops 13" "accepted 800"
	for knob in handshake_us accept_wait_us; do
		put "$sysfs/kernel/atcp/listeners/1/$knob" $'le 64 5\nle 128 70\nle 1024 800\ninf 3'
	done
	proc_listen "$tree/proc" "$sysfs"
	put "$sysfs/module/atcp/parameters/family" 25
	put "$sysfs/module/atcp/parameters/ehash_entries" 16384
	knob "$tree/proc/sys/net/atcp/somaxconn" 4096
	for knob in synack_retries syn_retries overflow_policy synack_rto syncookies fastopen max_syn_backlog; do
		knob "$tree/proc/sys/net/atcp/$knob" 5
	done
	knob "$tree/proc/sys/net/atcp/rmem" $'4096\t131072\t6291456'
	knob "$tree/proc/sys/net/atcp/local_port_range" $'20000\t32767'
	knob "$tree/proc/sys/net/atcp/congestion_control" cubic
	put "$tree/proc/sys/net/atcp/available_congestion_control" "cubic reno"
	knob "$tree/proc/sys/net/atcp/cookie_key" ""
	knob "$tree/proc/sys/net/atcp/brand_new" 42
	put "$tree/proc/net/atcp/netstat" $'TcpExt: SyncookiesSent ListenOverflows\nTcpExt: 5 7\nAtcp: Parked FloodBegun\nAtcp: 3 1'
	put "$tree/proc/net/atcp/snmp" $'Tcp: ActiveOpens CurrEstab\nTcp: 1 2'
	put "$tree/proc/net/atcp/sockstat" $'sockets: used 7\nTCP: inuse 3 orphan 0 tw 1 alloc 7 mem 2'
	put "$tree/proc/net/atcp/sockstat6" 'TCP6: inuse 4'
}

# What it is given: files to load, events, programs.
make_input()
{
	local event='  <idle>-0       [000] ..s1.   ' ends='saddr=::ffff:10.0.0.1 daddr=::ffff:192.0.2.7'

	put "$tree/in/accept" 'application/openmetrics-text;version=1.0.0,application/openmetrics-text;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1'
	put "$tree/in/load" $'# a comment\n; another\nsynack_retries = 3\nnet/atcp/rmem = 4096 8192 16384\n-no_such = 1\ncookie_key = 1:00112233445566778899aabbccddeeff 2:ffeeddccbbaa99887766554433221100\ncongestion_control = reno'
	put "$tree/in/load-listeners" $'listener/0.0.0.0:80/backlog = 10\nlistener/[::]:443/overflow = reset_after:100\nlistener/id:1/defer_accept = inherit\nmodule/family = 25\nfastopen_key=1-2-3-4\n#atcp: listener/:80/backlog = 3\n#atcp: -x'
	{
		echo "# tracer: nop"
		echo "${event}100.000000: atcp_state: family=2 sport=80 dport=40000 $ends oldstate=LISTEN newstate=SYN_RECV cause=syn"
		echo "${event}101.000500: atcp_retransmit: kind=synack family=2 sport=80 dport=40000 $ends seq=1 len=0"
		echo "${event}101.100000: atcp_state: family=2 sport=80 dport=40000 $ends oldstate=SYN_RECV newstate=ESTABLISHED cause=ack netns=4026531840 listener=1"
		echo "${event}102.000000: atcp_cookie: verdict=sent family=10 sport=40001 dport=443 saddr=2001:db8::7 daddr=2001:db8::1 mss=1440"
		echo "${event}103.000000: atcp_drop: reason=SynqFull family=2 sport=40002 dport=80 $ends skbaddr=0"
		echo "CPU:1 [LOST 42 EVENTS]"
		echo "${event}168.500000: atcp_queue: event=parked family=2 sport=80 dport=40005 $ends waited_us=0 netns=4026531840"
		echo "${event}168.800000: atcp_queue: event=accepted family=2 sport=80 dport=40005 $ends waited_us=100250 netns=4026531840"
		echo "${event}169.000000: atcp_flood: event=begin family=2 sport=80 $ends"
	} > "$tree/in/events"
	head -c 60000 /bin/true > "$tree/in/program"
	put "$tree/in/script" $'#!/bin/sh -e\nexit 0'
}

make_tree
make_input
# Not in $tree: each file of it is one that the tool reads.
echo "# seed $seed${FUZZ_CASE:+, case $FUZZ_CASE}"
tests/fuzz_tools -t "$tree" -s "$seed" ${FUZZ_CASE:+-c "$FUZZ_CASE"} -n "${FUZZ_SECONDS:-20}"
