#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Checks atcpctl listeners and top against a made-up /proc and /sys, without the module. Prints KTAP.

cd "$(dirname "$0")/.." || exit 1
make -s all >&2 || exit 1

# shellcheck source=lib/tools.sh
. tests/lib/tools.sh

test_listeners() {
	make_tree
	run listeners
	says "listeners: both queues of both" 0 0.0.0.0:80 "[::]:443" 3/256 128/128 0/511 park "auto 7/6/1"
	run listeners :443
	[ "$rc" -eq 0 ] && [ "$(wc -l <<< "$out")" -eq 2 ] && [[ $out == *443* ]]
	result $? "listeners: by port"
	run listeners '[::]'
	[ "$(wc -l <<< "$out")" -eq 2 ]
	result $? "listeners: by address"
	run -c=always listeners
	says "listeners: bars and colours" 0 "[##########] 128/128" "[#.........] 3/256" $'\033['
	run listeners :9999
	says "listeners: no match" 1 "no listener" ":9999"
	run listeners -d
	says "listeners: details" 0 "synack_retrans" "inode"
	run listeners -j
	valid_json "listeners: JSON" 'd[0]["acceptq"] == 128 and d[1]["local"] == "[::]:443" and d[1]["overflow"] == "drop"'
	# Another kernel: other order, one column more, one less.
	printf 'local new synq synq_max\n10.0.0.1:81 x 1 2\n' > "$tree/net/atcp/listen"
	run listeners
	says "listeners: columns by name" 0 "10.0.0.1:81" 1/2 -/-
	run listeners -j
	is "listeners: a new column in JSON" 0 '[{"local":"10.0.0.1:81","new":"x","synq":1,"synq_max":2}]'
	head -n 1 "$tree/net/atcp/listen" > "$tree/head" && mv "$tree/head" "$tree/net/atcp/listen"
	run -j listeners
	is "listeners: none" 0 '[]'
}

test_sysfs_listeners() {
	make_listeners
	put "$dirs/1/acceptq_oldest_ms" 2500
	put "$dirs/2/state" drain
	put "$dirs/1/handshake_us" $'0 1 0\n1 2 5\n2 4 10'
	run listeners
	says "listeners: age and state" 0 2500 drain listen
	run -j listeners
	valid_json "listeners: JSON has what sysfs has" "d[0]['knobs']['backlog'] == {'value': 511, 'from': 'listener'} and d[0]['stats']['syns'] == 0 and d[0]['handshake_us'][2] == {'low': 2, 'high': 4, 'count': 10} and d[0]['acceptq_max'] == 128 and d[1]['state'] == 'drain' and 'reset_peaks' not in d[0]['knobs']"
	run -d listeners :443
	says "listeners: details" 0 "handshake_us" "##############################" "acceptq_oldest_ms"
	put "$dirs/1/inode" 9
	run -j listeners
	valid_json "listeners: another namespace's sysfs is not believed" "'knobs' not in d[0] and 'knobs' in d[1]"
	run listeners 10.0.0.1:x
	says "listeners: no selector" 2 "no selector"
}

test_top() {
	make_listeners
	put "$dirs/1/acceptq_len" 129
	put "$dirs/2/synq_len" 1
	stats "$dirs/1" "syns 900" "drops 13"
	proc_listen "$tree" "$sysfs"
	run top --once -i 0.1
	says "top: once" 0 "3 listeners" "SYN/s" "10.0.0.1:443" "###### 129/128" "#..... 1/128" "...... 0/128"
	[ "$(awk 'length > 80' <<< "$out")" = "" ]
	result $? "top: fits 80 columns"
	COLUMNS=120 run top --once -i 0.1
	[ "$(sed -n 3p <<< "$out" | wc -c)" -gt 100 ]
	result $? "top: and uses more"
	# What changes between the first reading and the second.
	between stats "$dirs/1" "syns 1900" "drop_SynqFull 7" &
	run top --count 2 -i 1 --sort syn :443
	wait
	says "top: rates and reasons" 0 "syns " "/s" "1 listeners"
	[[ $out == *"    "*drop_SynqFull* && $out != *"    "*synack_retrans* ]]
	result $? "top: what grew, and nothing else"
	run -j top --once -i 0.1
	valid_json "top: JSON" "len(d) == 3 and d[0]['per_second']['syns'] == 0 and d[0]['acceptq'] + d[1]['acceptq'] + d[2]['acceptq'] == 129"
	run top --once -i 0.1 --sort acceptq
	[[ $(sed -n 3p <<< "$out") == 10.0.0.1:443* ]]
	result $? "top: sorted by how full a queue is"
	run top --once -i 0.1 --sort local -r
	[[ $(sed -n 3p <<< "$out") == "[::]:80"* ]]
	result $? "top: the other way round"
	run top --once -i 0.1 --hide-idle
	[ "$rc" -eq 0 ] && [[ $out == "3 listeners"*10.0.0.1:443* && $(grep -c "::.:80" <<< "$out") -eq 1 ]]
	result $? "top: without what is idle"
	listener "$sysfs" 4 1004 inet6 '[2001:db8:1234:5678:9abc:def0:1234:5678]:65535'
	proc_listen "$tree" "$sysfs"
	COLUMNS=80 run top --once -i 0.1
	says "top: a port is never cut" 0 "[2001:db8:123~]:65535"
	rm -r "$dirs/4"
	proc_listen "$tree" "$sysfs"
	for typed in "top --once --interval=0.1 --sort=local" "advise --interval=0.1" "listeners --watch=0.1 --count=1" \
		"top --interval=0.1 --count=1"; do
		# shellcheck disable=SC2086
		run $typed :443
		[[ $rc -le 1 && -n $out && -z $err ]]
		result $? "top: $typed is taken as with a blank"
	done
	run top --once=3
	says "top: an option that has no value" 2 "unknown option --once=3"
	run top --sort=x
	says "top: a wrong column behind =" 2 "--sort"
	run top --sort x
	says "top: a wrong column" 2 '"x"' "syn|accept|drop|synq|acceptq|local"
	run top --count 0
	says "top: a wrong count" 2 '"0"' "readings"
	run top -i 0
	says "top: a wrong interval" 2 '"0"' 0.01..86400 seconds
	local term
	for term in xterm-256color vt100; do
		on_terminal "top: on a terminal, $term" $term 80x24 top -i 0.2 <<- END
			see atcp top
			see SYN-QUEUE
			see 10.0.0.1:443
			see q quit
			send j
			see inode 1002
			send s
			see accept
			send h
			see half the interval
			send h
			see id 2
			size 120x30
			see q quit
			size 60x8
			see atcp top
			send q
		END
	done
	NO_COLOR=1 on_terminal "top: without colours" xterm-256color 80x24 top -i 0.2 <<- END
		see 129/128
		send \x03
	END
	put "$dirs/2/owner" "7 redis"
	on_terminal "top: search, reverse, what is idle, first and last" xterm 80x24 top -i 0.2 --sort local <<- END
		see id 1
		send /redis
		see id 2 redis
		send \\n
		see q quit
		send n
		send /443
		see id 1
		send \\x1b
		see q quit
		send \\x1bOF
		see id 3
		send \\x1bOH
		see id 1
		send G
		see id 3
		send R
		see reversed
		send g
		see 2 redis
		send i
		see idle hidden
		send G
		see id 1
		send i
		see [::]:80
		send q
	END
	on_terminal "top: a pause, another interval" xterm 80x24 top -i 0.2 <<- END
		see every
		send p
		see paused
		send +
		send q
	END
	TERM=nonesuch run top --once -i 0.1
	says "top: once needs no terminal" 0 SYN-QUEUE
	rm "$tree/net/atcp/listen"
	run top --once
	says "top: no module" 1 "not loaded"
}

# rows: the first column of the output's rows.
rows() { tail -n +2 <<< "$out" | awk '{ print $1 }' | paste -sd' '; }

# What is shown of a listener where there is room, and what goes where there is not.
test_columns() {
	make_listeners
	put "$dirs/1/owner" "4711 nginx"
	put "$dirs/2/owner" $'0 re\033[31md'
	put "$dirs/3/owner" "815 redis-server"
	stats "$dirs/1" "accepted 5" "drops 1"
	put "$dirs/3/synq_len" 64
	put "$dirs/2/state" drain
	proc_listen "$tree" "$sysfs"
	run listeners
	says "columns: number and program" 0 ID PROGRAM nginx redis-server 're?[31md' "COOKIES(SENT/OK/BAD)"
	local columns
	for columns in 120 80 60 40; do
		COLUMNS=$columns run listeners
		[ "$rc" -eq 0 ] && [ "$(awk -v n=$columns 'length > n' <<< "$out")" = "" ] && [[ $out == *LOCAL*ACCEPT-QUEUE* && $out == *10.0.0.1:443*0/128* ]]
		result $? "columns: $columns are enough"
	done
	COLUMNS=80 run listeners
	says "columns: what matters stays" 0 PROGRAM ID WAIT-MS SYN-QUEUE DROPS
	[[ $out != *COOKIES* && $out != *YOUNG* ]]
	result $? "columns: the rest goes"
	COLUMNS=40 run listeners -w
	says "columns: -w has them all" 0 COOKIES STATE
	COLUMNS=100 run -c=always listeners
	[[ $out != *"[####"* && $out == *64/128* ]]
	result $? "columns: bars go first"
	put "$dirs/4/x" x
	rm -r "$dirs/4"
	listener "$sysfs" 4 1004 inet6 '[2001:db8:1234:5678:9abc:def0:1234:5678]:65535'
	proc_listen "$tree" "$sysfs"
	COLUMNS=40 run listeners
	says "columns: no address is cut" 0 "[2001:db8:1234:5678:9abc:def0:1234:5678]:65535"
	on_terminal "columns: on a terminal of 60" xterm 60x24 listeners <<- END
		see ACCEPT-QUEUE
		see 10.0.0.1:443
	END
	run -j listeners
	valid_json "columns: JSON has the program" "d[0]['program'] == 'nginx' and d[0]['pid'] == 4711 and d[1]['pid'] is None and 'program' not in d[3]"
	run -d listeners :443
	says "columns: and so have the details" 0 "program                  nginx" "pid                      4711"
	run listeners --sort drops
	[[ $(rows) == "10.0.0.1:443 "* ]]
	result $? "sort: the greatest first"
	run listeners --sort=synq
	[[ $(sed -n 2p <<< "$out") == *redis-server*64/128* ]]
	result $? "sort: the fullest first"
	run listeners --sort id -r
	[ "$(rows)" = "[2001:db8:1234:5678:9abc:def0:1234:5678]:65535 [::]:80 [::]:80 10.0.0.1:443" ]
	result $? "sort: the other way round"
	run listeners --sort PROGRAM
	[ "$(tail -n +2 <<< "$out" | awk '{ print $3 }' | paste -sd' ')" = "- nginx re?[31md redis-server" ]
	result $? "sort: by name"
	run listeners --sort nonesuch
	says "sort: by what there is not" 2 '"nonesuch"' "local|id|program|synq"
	run listeners --state drain
	[ "$rc" -eq 0 ] && [ "$(rows)" = "[::]:80" ]
	result $? "filter: state"
	run listeners --port 80 --program 'redis*'
	[ "$rc" -eq 0 ] && [ "$(rows)" = "[::]:80" ] && [[ $out == *redis* ]]
	result $? "filter: port and program"
	run listeners --program=nonesuch
	says "filter: nothing passes" 1 "no listener has"
	run -j listeners --program=nonesuch
	is "filter: nothing passes, JSON" 1 '[]'
	run listeners --state lost
	says "filter: a wrong state" 2 '"lost"' "listen, drain"
	run listeners --port 80x
	says "filter: a wrong port" 2 '"80x"' 0..65535
	run listeners --port
	says "filter: no word" 2 "needs a word"
	run listeners :443 :9999
	says "no match: one of two" 1 10.0.0.1:443 'no listener matches ":9999"'
	run top --once -i 0.01 :9999
	says "no match: top" 1 'no listener matches ":9999"'
	run advise --all :9999
	says "no match: advise" 1 'no listener matches ":9999"'
	run listener :9999 get
	says "no match: listener" 1 'no listener matches ":9999"'
	run get listener/:9999/backlog
	says "no match: get" 1 'no listener matches ":9999"'
	run set listener/:9999/backlog=3
	says "no match: set" 1 'no listener matches ":9999"'
	run list 'listener/:9999/*'
	says "no match: list" 1 'no knob matches "listener/:9999/*"'
	run list nonesuch
	says "no match: list of knobs" 1 'no knob matches "nonesuch"'
}

test_watch() {
	make_listeners
	run listeners --watch=0.01 --count 3
	[ "$rc" -eq 0 ] && [ "$(grep -c LOCAL <<< "$out")" -eq 3 ] && [ "$(grep -c '^$' <<< "$out")" -eq 2 ]
	result $? "watch: in a pipe"
	run -j listeners --watch=0.01 --count=2
	[ "$rc" -eq 0 ] && [ "$(wc -l <<< "$out")" -eq 2 ]
	result $? "watch: JSON, an array a line"
	run listeners --count 2
	says "watch: --count alone" 2 "--watch"
	run listeners --watch=0
	says "watch: no time" 2 '"0"' 0.01..86400
	on_terminal "watch: on a terminal, of what fits" xterm 80x4 listeners --watch=0.05 <<- END
		see 10.0.0.1:443
		see and 2 more
		send \x03
	END
}

# A thousand of them: no line is too long, and it does not take long.
test_thousand() {
	make_listeners
	{
		head -n 1 "$tree/net/atcp/listen"
		awk 'BEGIN { for (i = 1; i <= 1000; i++) print i, 1000 + i, 0, "inet6", "[2001:db8::" i "]:443",
			i % 7, 128, 0, i % 129, 128, 129, 0, "park", "auto", 5, i * 1000, 0, 0, 0, 0, 0, i % 3, i * 999 }'
	} > "$tree/listen"
	mv "$tree/listen" "$tree/net/atcp/listen"
	# Its directory is made of links to few files: it is the tool's time that counts.
	local i
	for ((i = 4; i <= 1000; i++)); do
		mkdir "$dirs/$i"
		echo $((1000 + i)) > "$dirs/$i/inode"
	done
	for i in "listeners" "listeners --sort acceptq" "listeners -w" "top --once -i 0.01"; do
		# Of the CPU: what else the host does is nothing to it.
		local TIMEFORMAT='%3U %3S'
		# shellcheck disable=SC2086
		{ time COLUMNS=80 run $i; } 2> "$tree/took"
		[ "$rc" -eq 0 ] && [ "$(grep -c '^\[2001' <<< "$out")" -eq 1000 ] &&
			awk '{ exit $1 + $2 >= 3 }' "$tree/took"
		local status=$?
		[ $status -eq 0 ] || printf '# rc %s, user and system: %s\n' "$rc" "$(cat "$tree/took")"
		result $status "thousand: $i"
	done
	COLUMNS=80 run listeners --sort acceptq
	[ "$(awk 'length > 80' <<< "$out")" = "" ] && [[ $(sed -n 2p <<< "$out") == *" 128/128 "* ]]
	result $? "thousand: the fullest is on top"
	run listeners --watch=0.01 --count=1
	[ "$(wc -l <<< "$out")" -eq 1001 ]
	result $? "thousand: all of them in a pipe"
}

groups listeners sysfs_listeners columns watch thousand top
