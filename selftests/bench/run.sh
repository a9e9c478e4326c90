#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# atcp beside the kernel's TCP in one boot: connections a second, bulk
# throughput, latency of a 1-byte round trip. The stacks take turns, round by
# round; medians and their ratios are printed. Above 1 atcp is the better.
#
# bench/run.sh [ROUNDS [SECONDS]], run in selftests/. With one CPU, as on a machine
# that counts instructions (ATCP_ICOUNT=1), where every round is like the others,
# fewer and shorter ones do.
. ./lib/atcp_lib.sh

one_cpu() { [ "$(nproc)" = 1 ] && echo "$1" || echo "$2"; }
rounds=${1:-$(one_cpu 2 5)}
seconds=${2:-$(one_cpu 0.3 3)}
topo_pair

# start STACK PORT: its server, in the background.
start() {
	spawn ns $S "$PROGS/bench" server -s "$1" -a $S4 -p "$2"
	wait_listen $S "$2" "$1" || skip_all "no server on $1"
}
once() {
	ns $C "$PROGS/bench" "$1" -s "$2" -a $S4 -p "$3" -t "$seconds"
}
median() { sort -n | awk '{ v[NR] = $1 } END {
	print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }
column() { awk -v c="$2" '{ print $c }' "$lib_tmp/$1" | median; }
# line NAME UNIT FILE COLUMN less|more: one row of the table.
line() {
	awk -v name="$1" -v unit="$2" -v t="$(column "$3.tcp" "$4")" \
		-v a="$(column "$3.$STACK" "$4")" -v way="$5" 'BEGIN {
		printf "%-24s %12.1f %12.1f  %-8s %6.2f\n", name, t, a, unit,
			way == "less" ? t / a : a / t }'
}

start tcp 9000
start "$STACK" 9001
for what in conn bulk rr; do
	for ((round = 0; round <= rounds; round++)); do
		echo "# $what: round $round of $rounds" >&2
		# Who goes first changes, and the first round only warms up.
		order="tcp $STACK"
		[ $((round % 2)) = 1 ] && order="$STACK tcp"
		for stack in $order; do
			port=9000
			[ "$stack" = "$STACK" ] && port=9001
			once $what "$stack" $port >"$lib_tmp/last" ||
				{ echo "$what on $stack failed"; exit 1; }
			[ $round = 0 ] || cat "$lib_tmp/last" >>"$lib_tmp/$what.$stack"
		done
	done
done

echo "medians of $rounds rounds of $seconds s, $(uname -r), $(nproc) CPUs, $PLATFORM"
printf '%-24s %12s %12s  %-8s %6s\n' "" tcp "$STACK" unit ratio
line "connections" 1/s conn 1 more
line "bulk" MB/s bulk 1 more
line "round trip, median" us rr 1 less
line "round trip, 99 %" us rr 2 less
