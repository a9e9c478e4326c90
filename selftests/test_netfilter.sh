#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Conntrack, an INPUT policy of drop with established,related accepted and one
# port open, DNAT: connections work, and refused ports stay refused.
# timeout: 300
# platforms: stock uml
# check: uml
. ./lib/atcp_lib.sh

need nft
ktap_plan 9
topo_pair
bytes=$(size 5000000 500000)

firewall() {
	ns $S nft -f - <<-NFT
	table inet fw {
		chain input {
			type filter hook input priority 0; policy drop;
			ct state established,related accept
			ct state invalid counter drop
			meta l4proto icmpv6 accept
			tcp dport 8000 ct state new accept
		}
	}
	table inet nat {
		chain pre {
			type nat hook prerouting priority -100;
			meta nfproto ipv4 tcp dport 8888 dnat ip to $S4:8000
			meta nfproto ipv6 tcp dport 8888 dnat ip6 to [$S6]:8000
		}
	}
	NFT
}
listen_on() {
	spawn ns $S "$PROGS/xfer" -l -s "$STACK" -a "$1" -p "$2" -n "$bytes" -t 100
	wait_listen $S "$2" "$STACK"
}
talk() {
	ns $C timeout "${4:-100}" "$PROGS/xfer" -s "$1" -a "$2" -p "$3" -n "$bytes"
}
invalid() { ns $S nft list table inet fw | awk '/invalid/ { print $6 }'; }
refused() { ! talk "$1" "$2" 8001 3 2>"$lib_tmp/talk"; }

firewall || skip_all "no nftables with ct and nat"
for address in $S4 $S6; do
	listen_on $address 8000
	ktap_run "$address: the open port, from the kernel's TCP" \
		talk tcp $address 8000
	listen_on $address 8001
	ktap_run "$address: the port that is not open stays refused" \
		refused tcp $address
	kill "$spawned"; reap "$spawned"
	listen_on $address 8000
	ktap_run "$address: DNAT from port 8888" talk tcp $address 8888
done
# The other way round: replies to our own connections are established.
spawn ns $C "$PROGS/xfer" -l -s tcp -a $C4 -p 8000 -n "$bytes" -t 100
wait_listen $C 8000 tcp
ktap_run "a connection of the server's own through its firewall" \
	ns $S "$PROGS/xfer" -s "$STACK" -a $C4 -p 8000 -n "$bytes" -t 100
ktap_eq "no segment was of an invalid state" "$(invalid)" 0
if command -v conntrack >/dev/null &&
	ns $S conntrack -L -p tcp >"$lib_tmp/ct" 2>/dev/null; then
	! grep -q UNREPLIED "$lib_tmp/ct" &&
		grep -q 'ASSURED' "$lib_tmp/ct"
	ktap_result $? "the flows are confirmed and assured in conntrack"
else
	ktap_skip "the flows are confirmed in conntrack" "no conntrack netlink"
fi
ktap_end
