#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# redis under its own benchmark, plain and pipelined, and with the client on the other stack.
# packages: redis-server redis-tools

. "$HERE/lib.sh"
requests=2000
all=("-P 1" "-P 16" "-k 0")
commands=ping,set,get,lpush,lrange_100
if [ -n "$SHORT" ]; then
	requests=100
	all=("${all[@]:1}")
	commands=set,get
fi
for bind in 127.0.0.1 ::1; do
	port=$((6379 + ${#bind}))
	# shellcheck disable=SC2086 # $RUN is a command with its options
	serve $port $RUN redis-server --bind $bind --port $port --save "" --appendonly no
	for tests in "${all[@]}"; do
		# shellcheck disable=SC2086
		outcome "benchmark $bind $tests" $RUN redis-benchmark -h $bind -p $port -q -n $requests -c 20 $tests -t $commands
	done
	big=$(head -c 300000 /dev/zero | tr '\0' x)
	$RUN redis-cli -h $bind -p $port -x set big <<< "$big" | tail -n 1
	outcome "a large value $bind" test "$($RUN redis-cli -h $bind -p $port strlen big)" = 300001
	outcome "from the kernel's TCP $bind" redis-cli -h $bind -p $port ping
done
