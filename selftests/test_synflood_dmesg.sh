#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A SYN flood: the listener serves on by cookies, dmesg says so once, and the
# counters and the listen table show it.
# timeout: 200
# platforms: stock uml
# cpus: 1
# check: stock
. ./lib/atcp_lib.sh

ktap_plan 9
topo_pair
# Nobody answers for the sources; they are routed towards the client.
ns $S ip route add default via $C4
ns $S ip -6 route add default via $C6
mark="selftest $$ flood"
echo "$mark" >/dev/kmsg 2>/dev/null || skip_all "no /dev/kmsg"
messages() { dmesg | sed -n "/$mark/,\$p" | grep -c "$1"; }
synq() {
	ns $S awk 'NR == 1 { for (i = 1; i <= NF; i++) col[$i] = i; next }
		$col["local"] ~ /:8000$/ { print $col["'"$1"'"] }' \
		/proc/net/atcp/listen
}

for address in $S4 $S6; do
	cookies=$(counter $S "$STACK" SyncookiesSent)
	spawn ns $S "$PROGS/xfer" -l -s "$STACK" -a "$address" -p 8000 \
		-n 200000 -t 100
	server=$spawned
	wait_listen $S 8000 "$STACK"
	ns $C "$PROGS/synflood" -a "$address" -p 8000 -n "$(size 3000 600)"
	if [ "$STACK" != tcp ]; then
		# As Linux has it, one more than the limit fits.
		[ "$(synq synq)" -gt 0 ] &&
			[ "$(synq synq)" -le $(($(synq synq_max) + 1)) ]
		ktap_result $? "$address: $(synq synq) half-open of $(synq synq_max)"
	else
		ktap_skip "$address: the SYN queue" "kernel's TCP"
	fi
	spawn ns $C "$PROGS/synflood" -a "$address" -p 8000 -n 100000 -r 500
	flood=$spawned
	ktap_run "$address: a client is served during the flood" \
		ns $C "$PROGS/xfer" -s tcp -a "$address" -p 8000 -n 200000 -t 100
	ktap_run "$address: so is the server's end" reap $server
	kill $flood
	reap $flood
	[ "$(counter $S "$STACK" SyncookiesSent)" -gt "$cookies" ]
	ktap_result $? "$address: cookies were sent"
done
if [ "$STACK" != tcp ]; then
	count=$(messages 'atcp: netns [0-9]*: Possible SYN flooding on port .*8000. Sending')
	[ "$count" -ge 1 ] && [ "$count" -le 4 ]
	ktap_result $? "dmesg said so, $count times"
else
	ktap_skip "dmesg" "the kernel's TCP says it once a boot"
fi
ktap_end
