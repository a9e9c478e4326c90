#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A SYN queue holds as many requests as syn_backlog says, of spoofed sources, in
# 128 bytes each, and the listener serves on; /proc shows them all, a piece at a time.
# ATCP_REQUESTS=1000000 is the figure of Documentation/performance.rst; by default it is
# a part of that.
# timeout: 400
# platforms: stock uml
# check: stock
. ./lib/atcp_lib.sh

[ "$STACK" = tcp ] && skip_all "atcp's knobs"
requests=${ATCP_REQUESTS:-$(size 100000 4000)}

ktap_plan 7
topo_pair
# What goes back to the flood's sources ends here.
ns $S ip link add void0 type dummy && ns $S ip link set void0 up
ns $S ip route add 198.18.0.0/15 dev void0
# No request has a timeout before the last one has come.
knob $S "$STACK" synack_rto 120000
slab() { awk '$1 == "Slab:" { print $2 }' /proc/meminfo; }
listen() {
	ns $S awk 'NR == 1 { for (i = 1; i <= NF; i++) col[$i] = i; next }
		$col["local"] ~ /:8000$/ { print $col["'"$1"'"] }' /proc/net/atcp/listen
}
held() { [ "$(listen synq)" -ge "$requests" ]; }
# SYNs of one source and port by chance are one request: a few more make up for them.
flood() { ns $C "$PROGS/synflood" -a $S4 -p 8000 -n "$1"; }

spawn ns $S "$PROGS/xfer" -l -s "$STACK" -a $S4 -p 8000 -n 100000 -t 380
server=$spawned
wait_listen $S 8000 "$STACK"
ns $S sh -c "echo $requests > /sys/kernel/atcp/listeners/1/syn_backlog"
ktap_eq "the limit is set from outside" "$(listen synq_max)" "$requests"

before=$(slab)
start=$SECONDS
flood "$requests"
until held || [ $((SECONDS - start)) -gt 300 ]; do flood $((requests / 50 + 1)); done
took=$((SECONDS - start))
after=$(slab)
held
ktap_result $? "$(listen synq) requests of $requests in $took s"
[ "$(listen synq)" -le $((requests + 1)) ]
ktap_result $? "no more than fit"
used=$(((after - before) * 1024 / requests))
# A debug kernel adds to each object what it checks it by.
[ $used -le 160 ] || [ "$PLATFORM" != stock ]
ktap_result $? "$used bytes of slab a request, $(((after - before) / 1024)) MiB"
rows=$(ns $S awk '$4 == "03" { n++ } END { print n + 0 }' /proc/net/atcp/tcp)
ktap_eq "/proc has a row for each" "$rows" "$(listen synq)"
# Programs that stop in the middle of the table hold a piece of it each.
pinned=$(ns $S python3 -c '
def available():
    return next(int(x.split()[1]) for x in open("/proc/meminfo") if x.startswith("MemAvailable:"))
before = available()
files = [open("/proc/net/atcp/tcp", "rb", buffering=0) for _ in range(200)]
for file in files:
    file.read(100000)
print(before - available())')
[ "$pinned" -lt 16384 ]
ktap_result $? "200 open tables hold $pinned kB"
ktap_run "a client is served" \
	ns $C "$PROGS/xfer" -s tcp -a $S4 -p 8000 -n 100000 -t 300
reap $server
ktap_end
