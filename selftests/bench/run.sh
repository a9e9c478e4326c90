#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# atcp beside the kernel's TCP in one boot: what connections, round trips, bulk and (by time) HTTP cost over a
# veth pair, and over lo too where instructions are counted. The stacks take turns, round by round; medians and their
# ratios are printed. Above 1 atcp is the better.
#
# bench/run.sh [ROUNDS [SECONDS]], run in selftests/. With one CPU, as on a machine
# that counts instructions (ATCP_ICOUNT=1), where every round is like the others,
# fewer and shorter ones do.
. ./lib/atcp_lib.sh
. ./lib/nginx.sh

one_cpu() { [ "$(nproc)" = 1 ] && echo "$1" || echo "$2"; }
rounds=${1:-$(one_cpu 2 5)}
seconds=${2:-$(one_cpu 0.3 3)}
topo_pair

declare -A port=([tcp]=9000 [$STACK]=9001) address=([veth]=$S4 [lo]=127.0.0.1) at=([veth]=$S [lo]=$C)

# once WHAT DEVICE STACK
once() {
	if [ "$1" = http ]; then
		# A short connection a request, eight at a time; what came back short or not at all fails.
		on "$3" $C ab -q -r -t "$seconds" -n 1000000 -c 8 \
			"http://${address[$2]}:$((port[$3] + 10))/" >"$lib_tmp/ab" 2>&1 || return 1
		grep -q '^Failed requests: *0$' "$lib_tmp/ab" || return 1
		awk '/^Requests per second:/ { rate = $4 } /^ *50%/ { half = $2 } /^ *99%/ { print rate, half, $2 }' \
			"$lib_tmp/ab"
		return
	fi
	ns $C "$PROGS/bench" "$1" -s "$3" -a "${address[$2]}" -p "${port[$3]}" -t "$seconds"
}
median() { sort -n | awk '{ v[NR] = $1 } END {
	print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }
column() { awk -v c="$2" '{ print $c }' "$lib_tmp/$1" | median; }
# line NAME UNIT FILE COLUMN less|more: one row of the table.
line() {
	awk -v name="$1" -v unit="$2" -v t="$(column "$3.tcp" "$4")" \
		-v a="$(column "$3.$STACK" "$4")" -v way="$5" 'BEGIN {
		printf "%-28s %12.1f %12.1f  %-8s %6.2f\n", name, t, a, unit,
			way == "less" ? t / a : a / t }'
}

# measure WHAT DEVICE: leaves what each stack printed in WHAT-DEVICE.STACK.
measure() {
	local round order stack

	for ((round = 0; round <= rounds; round++)); do
		echo "# $1 over $2: round $round of $rounds" >&2
		# Who goes first changes, and the first round only warms up.
		order="tcp $STACK"
		[ $((round % 2)) = 1 ] && order="$STACK tcp"
		for stack in $order; do
			once "$1" "$2" "$stack" >"$lib_tmp/last" ||
				{ echo "$1 over $2 on $stack failed"; exit 1; }
			[ $round = 0 ] || cat "$lib_tmp/last" >>"$lib_tmp/$1-$2.$stack"
		done
	done
}

devices=$(one_cpu "veth lo" veth)
kinds=$(one_cpu "conn fin rr rpc bulk" "conn rr rpc bulk http")
for device in $devices; do
	for stack in tcp "$STACK"; do
		spawn ns "${at[$device]}" "$PROGS/bench" server -s "$stack" \
			-a "${address[$device]}" -p "${port[$stack]}"
		wait_listen "${at[$device]}" "${port[$stack]}" "$stack" || skip_all "no server on $stack"
	done
	for stack in tcp "$STACK"; do
		[[ $kinds == *http* ]] || continue
		nginx_conf "$lib_tmp/$stack" 2 $((port[$stack] + 10))
		head -c 4000 /dev/zero >"$lib_tmp/$stack/www/index.html"
		chmod -R a+rX "$lib_tmp"
		spawn on "$stack" "${at[$device]}" nginx -c "$lib_tmp/$stack/nginx.conf" -p "$lib_tmp/$stack"
		wait_listen "${at[$device]}" $((port[$stack] + 10)) "$stack" || skip_all "no nginx on $stack"
	done
	for kind in $kinds; do
		measure "$kind" "$device"
	done
done

echo "medians of $rounds rounds of $seconds s, $(uname -r), $(nproc) CPUs, $PLATFORM"
for device in $devices; do
	printf '%-28s %12s %12s  %-8s %6s\n' "over $device" tcp "$STACK" unit ratio
	line "connections" 1/s "conn-$device" 1 more
	line "connection, mean" us "conn-$device" 2 less
	line "connection, 99 %" us "conn-$device" 3 less
	if [[ $kinds == *fin* ]]; then
		line "with FIN, mean" us "fin-$device" 2 less
	fi
	line "round trip, median" us "rr-$device" 1 less
	line "round trip, 99 %" us "rr-$device" 2 less
	line "128 B and 4 KB, median" us "rpc-$device" 1 less
	line "bulk" MB/s "bulk-$device" 1 more
	if [[ $kinds == *http* ]]; then
		line "HTTP" 1/s "http-$device" 1 more
		line "HTTP, 99 %" ms "http-$device" 3 less
	fi
done
