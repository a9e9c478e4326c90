#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Checksummed transfer over an IPv4 link that loses, reorders, repeats, delays.
# timeout: 900
# platforms: stock uml
# check: uml
. ./lib/atcp_lib.sh

ktap_plan 4
topo_pair
bytes=$(size 8000000 2000000)
for netns in $C $S; do
	netem $netns eth0 delay 20ms loss 2% reorder 5% duplicate 1% limit 10000
done

# Of either end, in all three: a large segment is lost or gets through as a whole.
retransmitted() {
	echo $(($(counter $C "$STACK" RetransSegs) + $(counter $S "$STACK" RetransSegs)))
}

retrans=$(retransmitted)
ktap_run "atcp listens, the kernel's TCP connects" \
	xfer_pair "$STACK" tcp $S4 "$bytes" 290
ktap_run "the kernel's TCP listens, atcp connects" \
	xfer_pair tcp "$STACK" $S4 "$bytes" 290
ktap_run "atcp at both ends" xfer_pair "$STACK" "$STACK" $S4 "$bytes" 290
ktap_run "the link did lose and atcp did retransmit" \
	test "$(retransmitted)" -gt "$retrans"
ktap_end
