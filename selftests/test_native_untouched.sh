#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The kernel's TCP is the same with atcp loaded and under load: its counters
# do not move for atcp's traffic, and no RST of its ever answers an atcp flow.
# timeout: 300
# platforms: stock uml
# cpus: 1
# check: stock
. ./lib/atcp_lib.sh

ktap_plan 8
topo_pair
bytes=$(size 20000000 2000000)

# Every counter of the kernel's TCP in both namespaces.
native() {
	local netns
	for netns in $C $S; do
		ns $netns cat /proc/net/snmp | grep '^Tcp:' | cut -d' ' -f6-
		ns $netns cat /proc/net/netstat | grep '^TcpExt:'
	done
}
native_sockets() { ns "$1" cat /proc/net/tcp /proc/net/tcp6 | grep -vc sl; }
# A drop rule that counts: what would have reached nobody stays visible.
count_rst() {
	ns "$1" nft -f - <<-NFT
	table inet watch {
		chain out {
			type filter hook output priority 0
			tcp flags & rst == rst counter
		}
	}
	NFT
}
rsts() { ns "$1" nft list table inet watch | awk '/counter/ { print $(NF - 2) }'; }
talk() {
	ns "$1" "$PROGS/xfer" -s "$2" -a "$3" -p "$4" -n 1000 -t 30
}

if command -v nft >/dev/null && count_rst $C && count_rst $S; then
	watch=1
fi
before=$(native)
if [ "$STACK" != tcp ]; then
	ktap_run "traffic of atcp, IPv4" \
		xfer_pair "$STACK" "$STACK" $S4 "$bytes" 100
	ktap_run "traffic of atcp, IPv6" \
		xfer_pair "$STACK" "$STACK" $S6 "$bytes" 100
	ktap_eq "the kernel's TCP counters did not move" "$(native)" "$before"
	ktap_eq "the kernel's TCP has no new sockets" \
		"$(native_sockets $C)/$(native_sockets $S)" 0/0
else
	for i in 1 2 3 4; do ktap_skip "atcp's traffic $i" "kernel's TCP"; done
fi
if [ -n "$watch" ]; then
	ktap_eq "no RST was sent in either namespace" "$(rsts $C)/$(rsts $S)" 0/0
else
	ktap_skip "no RST was sent in either namespace" "no nft"
fi

# The kernel's TCP beside atcp's: works, refuses, and keeps its ports.
spawn ns $S "$PROGS/xfer" -l -s "$STACK" -a $S4 -p 8100 -n 1000 -t 60
wait_listen $S 8100 "$STACK"
ktap_run "the kernel's TCP carries data beside atcp" \
	xfer_pair tcp tcp $S4 "$bytes" 100
talk $C tcp $S4 8200 2>&1 | grep -q 'Connection refused'
ktap_result $? "a port of nobody's is refused"
ktap_run "and atcp's listener serves meanwhile" talk $C tcp $S4 8100
ktap_end
