#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Large packets: atcp sends GSO packets with partial checksums, takes GRO'd
# ones, and does without where the device has no offloads.
# timeout: 200
# platforms: stock uml
# check: uml
. ./lib/atcp_lib.sh

need tcpdump ethtool
ktap_plan 6
topo_pair
bytes=$(size 10000000 1000000)

# largest NETNS: the longest TCP payload that tcpdump saw there.
largest() {
	sed -n 's/.* length \([0-9]*\).*/\1/p' "$lib_tmp/dump.$1" |
		sort -n | tail -n 1
}
capture() {
	spawn ip netns exec "$1" tcpdump -lni eth0 -s 100 tcp port $PORT
	dumper=$spawned
	wait_for 20 grep -q listening "$lib_tmp/err.$1"
}
# traced SENDER_NETNS: a transfer with tcpdump beside it.
traced() {
	capture "$1" >"$lib_tmp/dump.$1" 2>"$lib_tmp/err.$1"
	xfer_pair "$STACK" "$STACK" "$2" "$bytes" 60
	status=$?
	wait_for 5 grep -q 'Flags' "$lib_tmp/dump.$1"
	kill $dumper
	reap $dumper
	return $status
}

for address in $S4 $S6; do
	traced $C $address
	[ "$(largest $C)" -gt 3000 ]
	ktap_result $? "$address: GSO packets of up to $(largest $C) bytes"
done
for netns in $C $S; do
	ns $netns ethtool -K eth0 tso off gso off gro off tx off >/dev/null 2>&1
done
traced $S $S4
ktap_result $? "a transfer without any offload"
[ "$(largest $S)" -le 1460 ]
ktap_result $? "and no packet above the MTU: $(largest $S) bytes"
ns $C ethtool -K eth0 gro on >/dev/null 2>&1
ns $S ethtool -K eth0 gro on >/dev/null 2>&1
ktap_run "segments merged by GRO" xfer_pair tcp "$STACK" $S4 "$bytes" 60
errors=$(counter $S "$STACK" InCsumErrors)
ktap_eq "no checksum was ever wrong" "$errors" 0
ktap_end
