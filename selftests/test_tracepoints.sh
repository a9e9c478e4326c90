#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Tracepoints: each state change, drops with a named reason, retransmissions,
# cookies.
# timeout: 120
# platforms: stock uml
# check: uml
# clock: travel
. ./lib/atcp_lib.sh

[ "$STACK" = tcp ] && skip_all "the kernel's TCP has none of atcp's events"
trace=/sys/kernel/tracing
[ -d $trace/events ] || mount -t tracefs nodev $trace 2>/dev/null
[ -d $trace/events/atcp ] || trace=/sys/kernel/debug/tracing
[ -d $trace/events/atcp ] || skip_all "no tracing of modules in this kernel"

ktap_plan 8
topo_pair
mkdir $trace/instances/atcp-$$
buffer=$trace/instances/atcp-$$
echo 4096 >$buffer/buffer_size_kb
stop_trace() {
	echo 0 >$buffer/events/atcp/enable
	rmdir $buffer
	lib_cleanup
}
trap stop_trace EXIT
echo 1 >$buffer/events/atcp/enable
seen() { grep -q "$1" $buffer/trace; }
saw() { wait_for 10 seen "$2"; ktap_result $? "$1"; }

xfer_pair atcp atcp $S4 10000 30 >/dev/null
saw "a connection becomes ESTABLISHED" 'atcp_state:.*newstate=[A-Z]*ESTABLISHED'
saw "and goes through FIN_WAIT or CLOSE_WAIT" \
	'atcp_state:.*newstate=[A-Z]*_\?\(FIN_WAIT\|CLOSE_WAIT\)'
saw "IPv4 addresses are shown" "atcp_state:.*$S4"
saw "and accepted, with the time that it waited" 'atcp_queue: event=accepted .*waited_us='
saw "with the namespace's number" \
	"atcp_queue: .*netns=$(ns $S stat -L -c %i /proc/self/ns/net)\$"

# Each time it goes in some ten packets: one in thirty times all of them may arrive.
netem $C eth0 loss 30%
for _ in 1 2 3 4 5 6; do
	xfer_pair atcp atcp $S4 300000 60 >/dev/null
	seen 'atcp_retransmit:' && break
done
saw "a retransmission is seen" 'atcp_retransmit:'
ns $C tc qdisc del dev eth0 root

knob $S atcp syncookies 2
xfer_pair atcp tcp $S4 1000 30 >/dev/null
saw "a cookie is seen" 'atcp_cookie:'

knob $S atcp syncookies 0
spawn ns $S "$PROGS/xfer" -l -s atcp -a $S4 -p 8500 -n 1 -t 60
wait_listen $S 8500 atcp
ns $S ip route add default via $C4
ns $C "$PROGS/synflood" -a $S4 -p 8500 -n 100 >/dev/null
saw "a drop is seen, with its reason" 'atcp_drop:.*reason=[A-Za-z]'
ktap_end
