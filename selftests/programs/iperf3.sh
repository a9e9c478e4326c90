#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# iperf3 in its ways, eight streams in both directions among them.
# packages: iperf3 python3

. "$HERE/lib.sh"
port=5200
all=("-P 8 --bidir" "-6 --bidir" "-R -P 4" "-Z" "-M 600" "-w 30000" "-N -l 100" "-n 5M" "-k 200" "-C reno" "-C cubic")
seconds=2
if [ -n "$SHORT" ]; then
	all=("${all[@]:0:2}")
	seconds=1
fi
# shellcheck disable=SC2086 # $RUN is a command with its options
for options in "${all[@]}"; do
	port=$((port + 1))
	bind=127.0.0.1
	[[ $options != *-6* ]] || bind=::1
	serve $port $RUN iperf3 -s -1 -B $bind -p $port > /dev/null
	case $options in
	*-n*|*-k*) time= ;;
	*)	time="-t $seconds" ;;
	esac
	$RUN iperf3 -c $bind -p $port $options $time -J > out.json
	outcome "$options" python3 -c '
import json
d = json.load(open("out.json"))
print(d.get("error"), d["end"].get("sum_sent", {}).get("bytes"))
assert "error" not in d and d["end"]["sum_sent"]["bytes"] > 0 and d["end"]["sum_received"]["bytes"] > 0'
	wait
done
