#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Checks atcpctl against a made-up /proc tree, without the module. Prints KTAP.

cd "$(dirname "$0")/.." || exit 1
make -s all tests/socket_probe tests/socket_probe_static >&2 || exit 1

# shellcheck source=lib/tools.sh
. tests/lib/tools.sh

netns=atcp-tools-$$
made_netns=''
clean_more() { [ -z "$made_netns" ] || ip netns del "$netns"; }

test_get() {
	make_tree
	run get synack_retries
	is "get: one knob" 0 "net.atcp.synack_retries = 5"
	run get net.atcp.synack_retries net/atcp/rmem
	is "get: three spellings, several numbers" 0 \
		$'net.atcp.synack_retries = 5\nnet.atcp.rmem = 4096 131072 6291456'
	run get -j somaxconn rmem congestion_control
	is "get: JSON, option after the command" 0 \
		'{"somaxconn":4096,"rmem":[4096,131072,6291456],"congestion_control":"cubic"}'
	run get brand_new
	is "get: a knob that the tool does not know" 0 "net.atcp.brand_new = 42"
	run get nonesuch somaxconn
	says "get: no such knob, the others are printed" 1 "nonesuch: no such knob" "somaxconn = 4096"
	run get ../../../etc/passwd
	says "get: no way out of the directory" 1 "not the name of a knob"
	run get
	says "get: no name" 2 "which knob"
}

test_set() {
	make_tree
	run set synack_retries=3
	is "set: one knob" 0 "net.atcp.synack_retries = 3"
	[ "$(< "$knobs/synack_retries")" = 3 ]
	result $? "set: it is written"
	run set rmem="8192 200000 400000" net.atcp.congestion_control=reno
	is "set: a vector and a text" 0 $'net.atcp.rmem = 8192 200000 400000\nnet.atcp.congestion_control = reno'
	run -j set somaxconn=100
	is "set: JSON" 0 '{"somaxconn":100}'
	run set synack_retries=300
	says "set: out of range names knob, value, range, unit" 1 \
		synack_retries '"300"' 0..255 retransmissions
	run set synack_retries=5x
	says "set: not a number" 1 synack_retries '"5x"' "not a number" 0..255
	run set synack_retries=
	says "set: no value" 1 synack_retries '""'
	run set syn_retries="1 2"
	says "set: too many numbers" 1 "wrong number of values"
	run set rmem="8192 4096"
	says "set: not ascending" 1 "ascending"
	run set somaxconn=99999999999999999999
	says "set: too large for any number" 1 "out of range"
	run set available_congestion_control=reno
	says "set: read-only" 1 "read-only"
	run set --dry-run synack_retries=7
	is "set: a dry run" 0 "net.atcp.synack_retries would be 7 (is 3)"
	run -j --dry-run set synack_retries=7
	is "set: a dry run, JSON" 0 '{"synack_retries":7}'
	run set --dry-run synack_retries=700
	says "set: a dry run finds faults" 1 0..255
	[ "$(< "$knobs/synack_retries")" = 3 ]
	result $? "set: and changes nothing"
	run set synack_retries
	says "set: not NAME=VALUE" 2 "NAME=VALUE"
	run set somaxconn=7 synack_retries=256 syn_retries=0
	says "set: every fault is named" 1 synack_retries syn_retries "nothing was changed"
	[ "$(< "$knobs/somaxconn")" = 100 ]
	result $? "set: a fault found before leaves all as it was"
	run set somaxconn=7 nonesuch=1
	says "set: no such knob" 1 "nonesuch: no such knob"
	[ "$(< "$knobs/somaxconn")" = 100 ] && [ ! -e "$knobs/nonesuch" ]
	result $? "set: no such knob leaves all as it was"
	# A file that can be read but refuses every write, as a kernel that says no.
	ln -sf /proc/sys/kernel/ostype "$knobs/congestion_control"
	run set somaxconn=7 synack_retries=9 congestion_control=nonesuch overflow_policy=0
	says "set: refused by the kernel" 1 congestion_control '"nonesuch"' "refused by the kernel"
	[ "$(cat "$knobs/somaxconn" "$knobs/synack_retries" "$knobs/overflow_policy")" = $'100\n3\n2' ]
	result $? "set: what was written before is restored"
}

# One name a knob wherever it is typed, and values with their units.
test_names() {
	make_listeners
	for name in fastopen synack_rto keepalive_time notsent_lowat rto_min_us; do
		echo 1 > "$knobs/$name"
	done
	run get overflow_policy overflow
	is "names: a listener's, and its words" 0 $'net.atcp.overflow_policy = park\nnet.atcp.overflow_policy = park'
	run set overflow=reset
	is "names: set by a listener's" 0 "net.atcp.overflow_policy = reset"
	run listener :443 set overflow_policy=drop max_syn_backlog=9
	[ "$rc" -eq 0 ] && [ "$(cat "$dirs/1/overflow" "$dirs/1/syn_backlog")" = $'drop\n9' ]
	result $? "names: and it is set"
	run get listener/:443/max_syn_backlog
	says "names: get" 0 "listener/10.0.0.1:443/syn_backlog = 9"
	run get synack_retrise
	says "names: did you mean" 1 "did you mean synack_retries?"
	run set synack_retry=3
	says "names: did you mean, of another ending" 1 "did you mean synack_retries?"
	run listener :443 set sincookies=auto
	says "names: did you mean, of a listener" 1 "did you mean syncookies?"
	run get tcp_synack_retries net.ipv4.tcp_rmem net.core.somaxconn net.ipv4.ip_local_port_range net.ipv4.tcp_nonesuch
	says "names: Linux's are answered by ours" 1 "atcp's is net.atcp.synack_retries" "atcp's is net.atcp.rmem" \
		"atcp's is net.atcp.somaxconn" "atcp's is net.atcp.local_port_range" "atcp has no such knob"
	run get net.core.rmem_max tcp_early_demux net/ipv4/ip_default_ttl
	says "names: what is Linux's own and holds for atcp" 1 "sysctl net.core.rmem_max" "sysctl net.ipv4.tcp_early_demux" \
		"sysctl net.ipv4.ip_default_ttl"
	run list tcp_synack_retries somaxcnon listener/bakclog 'tcp_*'
	says "names: list answers likewise" 1 "atcp's is net.atcp.synack_retries" "did you mean somaxconn?" \
		"did you mean backlog?" "no knob matches \"tcp_*\" (atcpctl list shows them all)"
	local word want
	while read -r word want; do
		run set "$word"
		is "units: $word" 0 "net.atcp.${word%%=*} = $want"
	done <<- END
		fastopen=0x203 515
		synack_rto=2s 2000
		synack_rto=500ms 500
		synack_rto=1.5s 1500
		synack_rto=0.25s 250
		keepalive_time=1.5h 5400
		notsent_lowat=1.5k 1536
		keepalive_time=2h 7200
		keepalive_time=1min 60
		notsent_lowat=64k 65536
		notsent_lowat=1M 1048576
		rto_min_us=5ms 5000
		somaxconn=4k 4096
	END
	run set rmem="4k 128k 6M"
	is "units: a vector" 0 "net.atcp.rmem = 4096 131072 6291456"
	for word in synack_rto=1500us synack_rto=1x synack_rto=0.0101s synack_rto=1.5 synack_rto=1.s synack_rto=1.5.5s synack_rto=-1.5s notsent_lowat=1.3k synack_rto=0.00000000001s keepalive_time=500ms somaxconn=4s notsent_lowat=64kk fastopen=0x synack_rto=99999999999999999s; do
		run set "$word"
		says "units: $word is wrong" 1 "${word%%=*}" "is not a number"
	done
	run listener :443 set synack_rto=1s overflow=reset_after:2s
	[ "$rc" -eq 0 ] && [ "$(cat "$dirs/1/synack_rto" "$dirs/1/overflow")" = $'1000\nreset_after:2000' ]
	result $? "units: of a listener's"
	run listener :443 --dry-run set synack_rto=3s
	says "units: a listener's dry run" 0 "synack_rto would be 3000"
	[ "$(cat "$dirs/1/synack_rto")" = 1000 ]
	result $? "units: and nothing is changed"
}

test_list() {
	make_tree
	run list
	says "list: value, unit, range, default, meaning" 0 synack_retries retransmissions 0..255 \
		"20000 32767" "2 of 1..65535" "accept queue"
	says "list: a knob that the tool does not know" 0 brand_new 42
	run list 'syn*'
	[ "$(wc -l <<< "$out")" -eq 3 ]
	result $? "list: a pattern"
	run list retries
	[ "$(wc -l <<< "$out")" -eq 3 ] && [[ $out == *synack_retries* && $out == *$'\n'syn_retries* ]]
	result $? "list: a part of the name"
	run list SYNACK_RET
	says "list: a part of the name, in capitals" 0 synack_retries
	run list nonesuch
	says "list: no match" 1 "no knob"
	run list -j
	valid_json "list: JSON" 'len(d) == 9 and [k for k in d if k["name"] == "rmem"][0]["default"] == [4096, 131072, 6291456]'
	run list -c=always
	[[ $out == *$'\033['* ]]
	result $? "list: colours when asked for"
	run list
	[[ $out != *$'\033['* ]]
	result $? "list: none in a pipe"
}

test_load_save() {
	make_tree
	run save --all
	says "save: to standard output" 0 "net.atcp.synack_retries = 5" "net.atcp.rmem = 4096 131072 6291456"
	[[ $out != *available_congestion_control* ]]
	result $? "save: what is read-only is left out"
	run save --all "$tree/saved"
	is "save: to a file" 0 ""
	run set synack_retries=9 rmem="4096 4096 4096" congestion_control=reno
	run load "$tree/saved"
	says "load: what save wrote" 0 "net.atcp.synack_retries = 5"
	[ "$(cat "$knobs/synack_retries" "$knobs/rmem" "$knobs/congestion_control")" = $'5\n4096 131072 6291456\ncubic' ]
	result $? "load: all is as it was"
	printf '# comment\n; another\n\n  synack_retries=2  \nnet/atcp/somaxconn = 77\n' > "$tree/conf"
	run load "$tree/conf"
	is "load: comments, blanks, spellings" 0 $'net.atcp.synack_retries = 2\nnet.atcp.somaxconn = 77'
	out=$(echo "somaxconn = 78" | ./atcpctl load - 2>&1)
	rc=$?
	is "load: standard input" 0 "net.atcp.somaxconn = 78"
	printf 'somaxconn = 1\nsynack_retries = 1000\nrubbish\nnet.ipv4.tcp_sack = 1\n' > "$tree/conf"
	run load "$tree/conf"
	says "load: every faulty line is named" 1 "conf:2" "conf:3" "conf:4" "0..255" "nothing was changed"
	[ "$(< "$knobs/somaxconn")" = 78 ]
	result $? "load: a faulty file changes nothing"
	ln -sf /proc/sys/kernel/ostype "$knobs/congestion_control"
	printf -- '-nonesuch = 1\n-synack_retries = 1000\n-congestion_control = none\n - bad\nsynack_retries = 7\n' > "$tree/conf"
	sed -i 4d "$tree/conf"
	run load "$tree/conf"
	says "load: a dash passes over what is not there and what is not taken" 0 "conf:1: passed over" "conf:2: passed over" \
		"conf:3: passed over" "synack_retries = 7"
	printf 'synack_retries = 8\ncongestion_control = none\n' > "$tree/conf"
	run load "$tree/conf"
	says "load: what the kernel refuses is named by its line" 1 "refused by the kernel" "conf:2: not accepted" "nothing was changed"
	printf 'synack_retries = 8\nnonesuch = 1\n' > "$tree/conf"
	run load "$tree/conf"
	says "load: so is what there is not" 1 "no such knob" "conf:2: not accepted"
	[ "$(< "$knobs/synack_retries")" = 7 ]
	result $? "load: and all is as it was"
	make_tree
	echo 0 > "$knobs/abort_on_overflow"
	echo 9 > "$knobs/synack_retries"
	run save
	[ "$rc" -eq 0 ] && [[ $out == *$'\nnet.atcp.synack_retries = 9'* && $out != *rmem* && $out != *syn_retries\ =\ 6* && $out != *abort_on* ]]
	result $? "save: what differs from the defaults"
	run save --changed
	[[ $out == *synack_retries* && $out != *rmem* ]]
	result $? "save: and --changed says so"
	run load --dry-run "$tree/saved"
	says "load: a dry run" 0 "net.atcp.synack_retries would be 5 (is 9)"
	[ "$(< "$knobs/synack_retries")" = 9 ]
	result $? "load: and nothing is changed"
	run save --dry-run "$tree/unsaved"
	[ "$rc" -eq 0 ] && [ ! -e "$tree/unsaved" ] && [[ $out == "# $tree/unsaved would be written"*"net.atcp.synack_retries = 9"* ]]
	result $? "save: a dry run writes nothing"
	run load "$tree/nonesuch"
	says "load: no such file" 1 "cannot open"
	run save "$tree/nonesuch/file"
	says "save: no such directory" 1 "cannot create"
}

test_selectors() {
	make_listeners
	local word want
	while read -r word want; do
		run -j listener "$word" get backlog
		valid_json "selector: $word" "[l['id'] for l in d] == $want"
	done <<- END
		:443 [1]
		10.0.0.1:443 [1]
		10.0.0.1 [1]
		:80 [2,3]
		*:80 [2,3]
		[::]:80 [2,3]
		[0:0::0]:80 [2,3]
		:: [2,3]
		[::] [2,3]
		1003 [3]
		inode:1002 [2]
		id:2 [2]
		* [1,2,3]
		10.0.0.1:* [1]
	END
	for word in 0.0.0.0:443 10.0.0.2:443 [::1]:80 :81 1004 id:4 inode:1; do
		run listener "$word" get
		says "selector: $word matches nothing" 1 "no listener" "$word"
	done
	run listener 80 get
	says "selector: a number is an inode, and a port is hinted at" 1 "inode 80" ":80"
	for word in '' :x :65536 300.1.1.1:80 '[::' id:x inode: fe80::1::2 :80x; do
		run listener "$word" get
		says "selector: \"$word\" is none" 2 "no selector"
	done
}

test_listener_get() {
	make_listeners
	run listener :443 get backlog synack_retries
	is "listener get: value and origin" 0 \
		$'listener/10.0.0.1:443/backlog = 511 (listener)\nlistener/10.0.0.1:443/synack_retries = 5 (netns)'
	run listener :443 get
	[ "$rc" -eq 0 ] && [ "$(wc -l <<< "$out")" -eq 8 ] && [[ $out == *syncookies* && $out != *reset_peaks* ]]
	result $? "listener get: every knob"
	run listener :80 get overflow
	is "listener get: each of a group" 0 $'listener/id:2/overflow = park (netns)\nlistener/id:3/overflow = park (netns)'
	run -j listener :443 get backlog overflow
	is "listener get: JSON" 0 '[{"id":1,"inode":1001,"local":"10.0.0.1:443","knobs":{"backlog":{"value":511,"from":"listener"},"overflow":{"value":"park","from":"netns"}}}]'
	run listener :443 get nonesuch backlog
	says "listener get: no such knob, the others are printed" 1 "nonesuch: no such knob" "backlog = 511"
	run listener :443 get ../inode
	says "listener get: no way out of the directory" 1 "not the name of a knob"
	run listener :443 get stats
	says "listener get: what is no knob" 1 "no such knob"
	run listener
	says "listener: which" 2 "which one"
	run listener :80 turn
	says "listener: what" 2 '"turn"' "get" "set" "show"
	run listener :443 show
	says "listener show" 0 10.0.0.1:443 synq_oldest_ms "511" "listener" "connections" "0..2147483647" cookies_failed
	run listener :443
	says "listener: show is understood" 0 synq_oldest_ms
}

test_listener_set() {
	make_listeners
	run listener :443 set backlog=1024 syncookies=2 overflow=reset_after:500
	[ "$rc" -eq 0 ] && [ "$(cat "$dirs/1/backlog" "$dirs/1/syncookies" "$dirs/1/overflow")" = $'1024\nalways\nreset_after:500' ]
	result $? "listener set: number, word by number, deadline"
	run listener :443 set backlog=inherit
	[ "$rc" -eq 0 ] && [ "$(cat "$dirs/1/backlog")" = inherit ]
	result $? "listener set: inherit"
	run listener :80 set synack_retries=2
	[ "$rc" -eq 0 ] && [ "$(cat "$dirs"/?/synack_retries)" = $'5 netns\n2\n2' ]
	result $? "listener set: every one that matches"
	make_listeners
	local word
	while read -r word want; do
		run listener :443 set "$word"
		says "listener set: $word" 1 "10.0.0.1:443/${word%%=*}" "\"${word#*=}\"" "$want" "inherit" "nothing was changed"
	done <<- END
		backlog=-1 range 0..2147483647, or inherit, unit connections
		backlog=2147483648 range 0..2147483647, or inherit, unit connections
		backlog=12x range 0..2147483647, or inherit, unit connections
		backlog= range 0..2147483647, or inherit, unit connections
		backlog=99999999999999999999 range 0..2147483647, or inherit, unit connections
		syn_backlog=0 range 1..1048576, or inherit, unit requests
		synack_rto=9 range 10..120000, or inherit, unit milliseconds
		synack_retries=256 range 0..255, or inherit, unit retransmissions
		syncookies=maybe range off|auto|always, or inherit, unit word
		syncookies=3 range off|auto|always, or inherit, unit word
		syncookies=1.5 range off|auto|always, or inherit, unit word
		syncookies=0x range off|auto|always, or inherit, unit word
		overflow=reset_after: range drop|reset|park|reset_after:<1..120000 ms>, or inherit, unit word
		overflow=reset_after:0 range drop|reset|park|reset_after:<1..120000 ms>, or inherit, unit word
		overflow=reset_after:120001 range drop|reset|park|reset_after:<1..120000 ms>, or inherit, unit word
		overflow=3 range drop|reset|park|reset_after:<1..120000 ms>, or inherit, unit word
	END
	run listener :443 set backlog=7 synack_retries=256 syncookies=x
	says "listener set: every fault is named" 1 synack_retries syncookies "nothing was changed"
	[ "$(cat "$dirs/1/backlog")" = "511 listener" ]
	result $? "listener set: a fault found before leaves all as it was"
	run listener :443 set backlog
	says "listener set: not KNOB=VALUE" 2 "KNOB=VALUE"
	run listener :443 set
	says "listener set: no knob" 2 "which knob"
	run listener :443 set nonesuch=1 backlog=7
	says "listener set: no such knob" 1 "nonesuch: no such knob" "nothing was changed"
	[ "$(cat "$dirs/1/backlog")" = "511 listener" ]
	result $? "listener set: no such knob leaves all as it was"
	# A knob that the tool does not know, and a value that the kernel says no to.
	knob "$dirs/2/new_knob" "0 netns"
	ln -sf /proc/self/oom_score_adj "$dirs/3/new_knob"
	run listener :80 set backlog=7 syn_backlog=9 new_knob=many
	says "listener set: refused by the kernel" 1 new_knob '"many"' "refused by the kernel" "Invalid argument"
	[ "$(cat "$dirs/2/backlog" "$dirs/3/backlog" "$dirs/2/new_knob")" = $'128\n128\n0' ]
	result $? "listener set: what was written is restored, on all of them"
	run listener :443 set backlog=7
	rm "$dirs/1/inode"
	run listener :443 set backlog=9
	says "listener set: no sysfs" 1 "no knobs of listeners"
}

test_scopes() {
	make_listeners
	put "$sysfs/module/atcp/parameters/family" 25
	knob "$sysfs/module/atcp/parameters/new_param" 3
	run get listener/:443/backlog synack_retries module/family
	is "scopes: get" 0 $'listener/10.0.0.1:443/backlog = 511 (listener)\nnet.atcp.synack_retries = 5\nmodule/family = 25'
	run -j get listener/:443/backlog synack_retries
	is "scopes: get, JSON" 0 '{"listener/10.0.0.1:443/backlog":{"value":511,"from":"listener"},"synack_retries":5}'
	run set listener/:443/backlog=12 somaxconn=13 module/new_param=4
	[ "$rc" -eq 0 ] && [ "$(cat "$dirs/1/backlog" "$knobs/somaxconn" "$sysfs/module/atcp/parameters/new_param")" = $'12\n13\n4' ]
	result $? "scopes: set"
	run set somaxconn=14 listener/:443/backlog=x
	says "scopes: set, all or none" 1 listener/10.0.0.1:443/backlog '"x"' "0..2147483647" connections "nothing was changed"
	[ "$(cat "$knobs/somaxconn")" = 13 ]
	result $? "scopes: nothing was changed"
	run set module/family=26
	says "scopes: a parameter is set at load" 1 "modprobe atcp family=26"
	run get module/nonesuch
	says "scopes: no such parameter" 1 "no such parameter"
	run get listener/backlog
	says "scopes: no selector" 1 "SELECTOR/KNOB"
	run list 'module/*' 'listener/10*'
	says "scopes: list" 0 module/family "address family" listener/10.0.0.1:443/overflow "drop|reset|park" milliseconds
	[[ $out != *id:2* && $out != *rmem* ]]
	result $? "scopes: list, and no others"
	run -j list 'listener/*/backlog'
	valid_json "scopes: list, JSON" "[k['name'] for k in d] == ['listener/10.0.0.1:443/backlog', 'listener/id:2/backlog', 'listener/id:3/backlog'] and d[0]['max'] == 2147483647 and d[2]['from'] == 'socket'"
	make_listeners
	run save "$tree/saved"
	is "scopes: save" 0 ""
	grep -qx -- '#atcp: listener/10.0.0.1:443/backlog = 511' "$tree/saved" && ! grep -q 'listener/.*synack\|\[::\]' "$tree/saved"
	result $? "scopes: what was set from outside is saved"
	run listener :443 set backlog=3
	run load "$tree/saved"
	[ "$rc" -eq 0 ] && [ "$(cat "$dirs/1/backlog")" = 511 ]
	result $? "scopes: load"
	echo "-listener/:9999/backlog = 3" > "$tree/conf"
	run load "$tree/conf"
	says "scopes: load passes over what is not there" 0 ":9999"
	echo "listener/:9999/backlog = 3" > "$tree/conf"
	run load "$tree/conf"
	says "scopes: load, if told to" 1 ":9999" "conf:1"
	echo "-listener/:443/backlog = x" > "$tree/conf"
	run load "$tree/conf"
	says "scopes: load, a wrong value is passed over, too" 0 '"x"' "0..2147483647" "conf:1: passed over"
	echo "listener/:443/backlog = x" > "$tree/conf"
	run load "$tree/conf"
	says "scopes: load, a wrong value" 1 '"x"' "0..2147483647" "conf:1: not accepted" "nothing was changed"
}

# advises NAME RC WORD...: the names of what it advises on 10.0.0.1:443, in order.
advises() {
	local name=$1 want=$2 status=0
	shift 2
	proc_listen "$tree" "$sysfs"
	run -j advise --all :443
	if ! command -v python3 > /dev/null; then
		skip "$name" "no python3"
		return
	fi
	[ "$rc" -eq "$want" ] && [ "$(python3 -c 'import json, sys
for a in json.loads(sys.argv[1]): print(a["advice"])' "$out")" = "$(printf '%s\n' "$@")" ] || status=1
	[ $status -eq 0 ] || printf '# rc %s\n# out: %s\n# err: %s\n' "$rc" "${out//$'\n'/$'\n'# }" "$err"
	result $status "$name"
}

test_advise() {
	make_listeners
	make_counters
	local d=$dirs/1
	knob "$d/backlog" "128 socket"
	knob "$d/fair_share" "25 netns"
	run advise --all :443
	is "advise: nothing" 0 "Nothing was wrong."
	run advise --all :444
	says "advise: no such listener is not well" 1 "no listener" ":444"
	stats "$d" "accepted 1000" "overflows 50"
	put "$d/accept_wait_us" $'0 1 500\n1 2 600\n131072 262144 3'
	advises "advise: bursts, and accept(2) is quick" 1 small-backlog
	run advise --all :443
	says "advise: words, figures, command" 1 "10.0.0.1:443 id 1" "overflowed 50 times" "overflows=50" \
		"acceptq_limit=128" "try: atcpctl listener id:1 set backlog=256"
	put "$d/accept_wait_us" $'0 1 5\n131072 262144 600'
	advises "advise: connections wait long" 1 slow-acceptor
	put "$d/accept_wait_us" ""
	put "$d/acceptq_oldest_ms" 6700
	put "$d/acceptq_len" 20
	stats "$d" "overflows 0"
	advises "advise: the first in line has waited long, without overflow" 1 slow-acceptor
	run advise --all :443
	says "advise: a slow program, the words" 1 "20 connections wait for accept(2), the first of them for 6.7 s" \
		acceptq_oldest_ms=6700
	stats "$d" "overflows 50"
	advises "advise: with overflow it is still the program" 1 slow-acceptor
	put "$d/acceptq_len" 0
	put "$d/acceptq_oldest_ms" 0
	stats "$d" "overflows 1" "accepted 1001"
	advises "advise: one in more than a thousand is none either" 0
	stats "$d" "overflows 0" "overflow_drops 3"
	advises "advise: drops under another policy" 0
	knob "$d/overflow" "drop netns"
	advises "advise: drops that the peer is not told of" 1 silent-drop
	stats "$d" "overflow_drops 0"
	put "$d/backlog_asked" "10000 truncated"
	advises "advise: somaxconn cut the backlog" 1 truncated-backlog
	run -j advise --all :443
	valid_json "advise: the command for it" "d[0]['try'][0] == 'atcpctl set somaxconn=10000' and d[0]['figures'] == {'backlog_asked': 10000, 'acceptq_limit': 128} and d[0]['listener'] == '10.0.0.1:443' and '10000' in d[0]['text']"
	knob "$d/backlog" "128 listener"
	advises "advise: not if it was set from outside" 0
	put "$d/backlog_asked" 128
	stats "$d" "syns 10000" "completed 100" "drop_SynqFull 9000"
	advises "advise: a flood" 1 syn-flood
	run advise --all :443
	says "advise: a flood, cookies on" 1 "only 1 %" "try: atcpctl listener id:1 set guard=1"
	put "$knobs/guard_devices" ""
	run advise --all :443
	says "advise: a flood, and no device has the guard" 1 "try: atcpctl listener id:1 set guard=1" "try: atcpctl set guard_devices=\""
	knob "$d/guard" "1 listener"
	advises "advise: a flood, and the guard does nothing" 1 guard-without-device syn-flood
	put "$knobs/guard_devices" eth0
	run advise --all :443
	[ "$rc" -eq 1 ] && [[ $out == *syn-flood* && $out != *guard=1* && $out != *guard_devices* ]]
	result $? "advise: a flood, and what is set is not proposed"
	knob "$d/guard" "0 netns"
	knob "$d/syncookies" "off netns"
	run advise --all :443
	says "advise: a flood, cookies off" 1 "try: atcpctl listener id:1 set syncookies=auto"
	stats "$d" "completed 9000" "drop_SynqFull 500"
	advises "advise: a short SYN queue" 1 small-syn-queue
	run advise --all :443
	says "advise: a short SYN queue, the command" 1 "set syn_backlog=512"
	stats "$d" "deferred 9000" "accepted 2000" "defer_accepted 1000"
	knob "$d/defer_accept" "30000 socket"
	advises "advise: silent peers under TCP_DEFER_ACCEPT" 1 silent-peers
	run advise --all :443
	says "advise: silent peers, the words" 1 "of 9000 only 1000 spoke" "try: atcpctl listener id:1 set defer_accept=1000 defer_expire=reset"
	stats "$d" "accepted 9000" "defer_accepted 0"
	advises "advise: those who speak are honest" 1 small-syn-queue
	stats "$d" "deferred 0"
	stats "$d" "drop_SynqFull 0" "fair_cookies 2000" "cookies_sent 2000"
	advises "advise: one network" 1 unfair-prefix
	knob "$d/overflow" "park netns"
	stats "$d" "fair_cookies 0" "cookies_sent 0" "parked 100" "park_expired 1"
	advises "advise: parked for too long" 1 park-expired
	knob "$d/overflow" "reset_after:5000 listener"
	advises "advise: parked for as long as was asked for" 0
	knob "$d/overflow" "park netns"
	stats "$d" "park_expired 0" "cookies_failed 200" "cookies_recv 500"
	advises "advise: bad cookies" 1 bad-cookies
	stats "$d" "cookies_recv 5000"
	advises "advise: a few bad cookies are none" 0
	stats "$d" "requests 9000" "synack_retrans 900"
	advises "advise: SYN-ACKs sent again" 1 synack-loss
	stats "$d" "synack_retrans 899" "drop_NoMem 1"
	advises "advise: no memory" 1 no-memory
	run advise --all
	[ "$rc" -eq 1 ]
	result $? "advise: exit code"
	make_listeners
	make_counters
	stats "$dirs/2" "accepted 10"
	stats "$dirs/3" "accepted 2000"
	put "$dirs/2/chosen_by" balance
	listener "$sysfs" 4 1004 inet6 '[::]:80'
	listener "$sysfs" 5 1005 inet6 '[::]:80'
	listener "$sysfs" 6 1006 inet6 '[::]:80'
	proc_listen "$tree" "$sysfs"
	printf 'Atcp: PortExhausted\nAtcp: 2\n' > "$tree/net/atcp/netstat"
	run -j advise --all
	valid_json "advise: groups and the namespace" "[a['advice'] for a in d] == ['uneven-group', 'no-ports'] and d[0]['figures']['accepted_by_one'] == 2000"
	run advise --all
	says "advise: groups, the command" 1 "try: atcpctl listener [::]:80 set balance=p2c"
	knob "$dirs/2/balance" "p2c listener"
	run advise --all
	[[ $out == *uneven-group* && $out != *balance=* ]]
	result $? "advise: groups, no policy that is set"
	knob "$dirs/2/balance" "hash netns"
	put "$dirs/2/chosen_by" bpf
	run advise --all
	[[ $out == *uneven-group* && $out == *"BPF program"* && $out != *balance=* ]]
	result $? "advise: groups, no policy where a BPF program chooses"
	put "$dirs/3/state" drain
	run -j advise --all '[::]:80'
	is "advise: groups, one that drains is to get nothing" 0 "[]"
	run advise -i 0.05
	[[ $out != *no-ports* ]]
	result $? "advise: an interval forgets what was before"
	run advise -i x
	says "advise: a wrong interval" 2 '"x"' 0.01..86400 seconds
	test_advise_time
	test_advise_netns
	test_advise_overflow
}

# What goes on, what is over, and what is now.
test_advise_time() {
	local d=$dirs/1
	make_listeners
	make_counters
	stats "$d" "accepted 1000" "overflows 50"
	put "$d/last_s" "overflows 754"
	run advise :443
	is "advise: what is over is not wrong now" 0 "Nothing is wrong."
	run advise --all :443
	says "advise: what is over is said in the past, with its time" 1 "small-backlog (over: last 12 min ago)" "its limit of 128 was too small"
	run -j advise --all :443
	valid_json "advise: what is over, in JSON" "d[0]['over'] is True and d[0]['last_s'] == 754"
	put "$d/last_s" "overflows 4"
	run advise :443
	says "advise: what was seconds ago goes on" 1 small-backlog "its limit of 128 is too small"
	[[ $out != *over:* ]]
	result $? "advise: and is not over"
	run advise -i 0.05 :443
	is "advise: an interval of one's own is all that counts" 0 "Nothing is wrong."
	put "$d/last_s" ""
	stats "$d" "accepted 1000000000" "overflows 50"
	between stats "$d" "accepted 1000000010" "overflows 60" &
	run -j advise :443
	wait
	valid_json "advise: the interval is judged, not all time" "[a['advice'] for a in d] == ['small-backlog'] and d[0]['figures']['overflows'] == 10 and not d[0]['over']"
	put "$d/accept_wait_us" $'0 1 5\n131072 262144 600'
	between put "$d/accept_wait_us" $'0 1 5\n131072 262144 640' &
	run advise :443
	wait
	says "advise: the rate of accepts" 1 slow-acceptor "40 in 1.0 s" taken=40 accept_wait_median_us=131072
	put "$d/last_s" "drain_refused 3000"
	put "$d/state" drain
	stats "$d" "drain_refused 7"
	run advise -i 0.05 :443
	says "advise: a drain that was left on" 1 drained "try: atcpctl listener id:1 set drain=0" last_refused_s=3000
	run advise --all -i 1
	says "advise: all, or an interval" 2 "either"
}

# The namespace's troubles, and commands that can be pasted.
test_advise_netns() {
	make_listeners
	make_counters
	put "$knobs/mem" "100 200 300"
	put "$knobs/tw_reuse" 2
	put "$knobs/max_orphans" 64
	put "$knobs/fastopen" 3
	put "$knobs/fastopen_blackhole_timeout_sec" 0
	put "$tree/sys/net/ipv4/ip_local_port_range" $'32768\t60999'
	printf 'TcpExt: TCPMemoryPressures TCPFastOpenActiveFail TCPFastOpenActive\nTcpExt: 5 7 1\nAtcp: PortExhausted OrphanLimit\nAtcp: 2 3\n' > "$tree/net/atcp/netstat"
	printf 'PortExhausted 3\nOrphanLimit 3000\n' > "$tree/net/atcp/trouble"
	run -j advise
	valid_json "advise: the namespace, now" "[a['advice'] for a in d] == ['no-ports'] and d[0]['try'] == ['atcpctl set local_port_range=\"10240 32767\"', 'atcpctl set tw_reuse=1']"
	run advise --all
	says "advise: the namespace, all" 1 "no-ports"$'\n' "orphans (over: last 50 min ago)" "set max_orphans=128" \
		"memory-pressure" 'set mem="200 400 600"' "fastopen-blackhole" "set fastopen_blackhole_timeout_sec=3600" "set fastopen=2"
	put "$knobs/guard" 1
	put "$knobs/guard_devices" ""
	run advise -i 0.05
	says "advise: the namespace's guard does nothing" 1 "network namespace guard-without-device" "set guard_devices="
	if [ "$(id -u)" -eq 0 ]; then
		run -n /proc/self/ns/net advise -i 0.05
		says "advise: commands name the namespace" 1 "try: atcpctl -n /proc/self/ns/net set guard_devices="
		ln -s /proc/self/ns/net "$tree/o'dd ns"
		run -n "$tree/o'dd ns" advise -i 0.05
		says "advise: and quote it" 1 "atcpctl -n '$tree/o'\\''dd ns' set"
	fi
	knob "$dirs/1/guard" "0 netns"
	run listener :443 set guard=1
	says "guard: set says that it does nothing" 0 "guard=1 does nothing" "set guard_devices="
	run set listener/:443/guard=1
	says "guard: by any name" 0 "guard=1 does nothing"
	run listener :443 get guard
	says "guard: listener get says it too" 0 "guard=1 does nothing"
	run listener :443 show
	says "guard: and listener show" 0 "guard=1 does nothing"
	put "$knobs/guard_devices" eth0
	run listener :443 set guard=1
	[ -z "$err" ]
	result $? "guard: with a device nothing is said"
}

# Garbage of any size is no fault of the tool's; make tests/fuzz_tools looks for more under the sanitizers.
test_advise_overflow() {
	local d=$dirs/1 most=18446744073709551615
	make_listeners
	make_counters
	stats "$d" "accepted $most" "overflows $most" "syns $most" "completed $most" "drop_SynqFull $most" "fair_cookies $most" \
		"parked $most" "park_expired $most" "cookies_failed $most" "cookies_recv $most" "requests $most" "synack_retrans $most"
	put "$d/acceptq_limit" 9223372036854775807
	put "$d/acceptq_len" 9223372036854775807
	put "$d/acceptq_oldest_ms" 9223372036854775807
	put "$d/last_s" "overflows $most"
	put "$d/accept_wait_us" "$most $most $most"
	knob "$d/syn_backlog" "9223372036854775807 netns"
	proc_listen "$tree" "$sysfs"
	run advise --all
	[ "$rc" -eq 1 ] && [ -n "$out" ]
	result $? "advise: numbers of any size"
}

test_trace() {
	make_listeners
	local event=$'  <idle>-0       [000] ..s1.   '
	{
		echo "# tracer: nop"
		echo "${event}100.000000: atcp_state: family=2 sport=80 dport=40000 saddr=::ffff:10.0.0.1 daddr=::ffff:192.0.2.7 oldstate=LISTEN newstate=SYN_RECV cause=syn"
		echo "${event}101.000500: atcp_retransmit: kind=synack family=2 sport=80 dport=40000 saddr=::ffff:10.0.0.1 daddr=::ffff:192.0.2.7 seq=1 len=0"
		echo "${event}101.100000: atcp_state: family=2 sport=80 dport=40000 saddr=::ffff:10.0.0.1 daddr=::ffff:192.0.2.7 oldstate=LISTEN newstate=SYN_RECV cause=ack"
		echo "${event}101.100000: atcp_state: family=2 sport=80 dport=40000 saddr=::ffff:10.0.0.1 daddr=::ffff:192.0.2.7 oldstate=SYN_RECV newstate=ESTABLISHED cause=ack"
		echo "${event}102.000000: atcp_cookie: verdict=sent family=10 sport=40001 dport=443 saddr=2001:db8::7 daddr=2001:db8::1 mss=1440"
		echo "${event}102.500000: atcp_cookie: verdict=good family=10 sport=40001 dport=443 saddr=2001:db8::7 daddr=2001:db8::1 mss=1440"
		echo "${event}102.500000: atcp_state: family=10 sport=443 dport=40001 saddr=2001:db8::1 daddr=2001:db8::7 oldstate=LISTEN newstate=SYN_RECV cause=cookie"
		echo "${event}102.500000: atcp_state: family=10 sport=443 dport=40001 saddr=2001:db8::1 daddr=2001:db8::7 oldstate=SYN_RECV newstate=ESTABLISHED cause=ack"
		echo "${event}103.000000: atcp_drop: reason=SynqFull family=2 sport=40002 dport=80 saddr=::ffff:192.0.2.7 daddr=::ffff:10.0.0.1 skbaddr=0"
		echo "CPU:1 [LOST 42 EVENTS]"
		echo "${event}103.000000: atcp_drop: reason=Paws family=2 sport=40000 dport=80 saddr=::ffff:192.0.2.7 daddr=::ffff:10.0.0.1 skbaddr=0"
		echo "${event}104.000000: atcp_state: family=2 sport=80 dport=40003 saddr=::ffff:10.0.0.1 daddr=::ffff:192.0.2.8 oldstate=LISTEN newstate=SYN_RECV cause=syn"
		echo "${event}167.000000: atcp_state: family=2 sport=80 dport=40003 saddr=::ffff:10.0.0.1 daddr=::ffff:192.0.2.8 oldstate=SYN_RECV newstate=CLOSE cause=timeout"
		echo "${event}168.000000: atcp_state: family=2 sport=80 dport=40004 saddr=::ffff:10.0.0.1 daddr=::ffff:192.0.2.8 oldstate=SYN_RECV newstate=CLOSE cause=rst"
		echo "${event}168.500000: atcp_queue: event=parked family=2 sport=80 dport=40005 saddr=::ffff:10.0.0.1 daddr=::ffff:192.0.2.8 waited_us=0 netns=4026531840"
		echo "${event}168.600000: atcp_drop: reason=ReqParked family=2 sport=40005 dport=80 saddr=::ffff:192.0.2.8 daddr=::ffff:10.0.0.1 skbaddr=0"
		echo "${event}168.700000: atcp_state: family=2 sport=80 dport=40005 saddr=::ffff:10.0.0.1 daddr=::ffff:192.0.2.8 oldstate=SYN_RECV newstate=ESTABLISHED cause=ack netns=4026531840"
		echo "${event}168.800000: atcp_queue: event=accepted family=2 sport=80 dport=40005 saddr=::ffff:10.0.0.1 daddr=::ffff:192.0.2.8 waited_us=100250 netns=4026531840"
		echo "${event}169.000000: other_event: saddr=1"
	} > "$tree/events"
	run trace --read "$tree/events"
	says "trace: a verdict for each" 0 "events were lost"
	is "trace: the lines" 0 "101.100000 192.0.2.7:40000 > 10.0.0.1:80 queued, after 1100.000 ms, 1 SYN-ACK again
102.000000 [2001:db8::7]:40001 > [2001:db8::1]:443 cookie
102.500000 [2001:db8::7]:40001 > [2001:db8::1]:443 queued, after 500.000 ms, by cookie
103.000000 192.0.2.7:40002 > 10.0.0.1:80 dropped: SynqFull
167.000000 192.0.2.8:40003 > 10.0.0.1:80 timed out, after 63000.000 ms
168.000000 192.0.2.8:40004 > 10.0.0.1:80 reset
168.500000 192.0.2.8:40005 > 10.0.0.1:80 parked
168.700000 192.0.2.8:40005 > 10.0.0.1:80 queued"
	run trace -r "$tree/events" --count 1 '[2001:db8:0::1]'
	is "trace: a selector, and no more than asked for" 0 "102.000000 [2001:db8::7]:40001 > [2001:db8::1]:443 cookie"
	run -d trace -r "$tree/events" :80
	says "trace: every step" 0 "SYN, SYN-ACK" "SYN-ACK again" "dropped: ReqParked" "accepted: waited 100.250 ms"
	run -j trace -r "$tree/events" :80 --count 1
	valid_json "trace: JSON" "d == {'time': 101.1, 'verdict': 'queued', 'peer': '192.0.2.7:40000', 'local': '10.0.0.1:80', 'after_us': 1100000, 'synack_retrans': 1, 'cookie': False}"
	run trace -r "$tree/events" id:1
	says "trace: a file knows no ids" 1 "address and port"
	run trace -r "$tree/nonesuch"
	says "trace: no such file" 1 "cannot open"
	run trace --count 0
	says "trace: a wrong count" 2 '"0"' "1.." lines
	# As with a flood's events, there is always more to read.
	timeout -k 10 -s INT 0.5 ./atcpctl trace -r /dev/zero < /dev/null
	[ $? -eq 124 ]
	result $? "trace: a signal ends it while events do not"
}

test_iproute2() {
	make_tree
	local row="0100007F:1F90 00000000:0000 0A 00000080:00000003 00:00000000 00000000     0        0 1001 1 0000000000000000 100 0 0 10 0"
	if command -v ss > /dev/null; then
		{
			echo "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode"
			echo "   0: $row"
		} > "$tree/net/atcp/tcp"
		head -n 1 "$tree/net/atcp/tcp" > "$tree/net/atcp/tcp6"
		run ss -ntl
		says "ss: reads the tables of atcp" 0 LISTEN 127.0.0.1:8080 128
		run ss -l -n
		says "ss: shows TCP unless told otherwise" 0 127.0.0.1:8080
		[[ $out != *udp* && $out != *u_str* ]]
		result $? "ss: and nothing else"
		run ss -ntlm
		[[ $rc -eq 0 && $out == *127.0.0.1:8080* && $err == *atcp_diag* ]]
		result $? "ss: /proc knows less, and it is said"
		run ss -tK
		says "ss: nothing is ended without atcp_diag" 1 atcp_diag
		[ -z "$out" ]
		result $? "ss: nor shown as if it were"
		run ss --events
		says "ss: nobody tells of ends" 1 --events "atcpctl trace"
		rm "$tree/net/atcp/tcp"
		run ss -ntl
		says "ss: without the module" 1 "not loaded"
	else
		skip "ss" "no ss"
	fi
	if command -v nstat > /dev/null; then
		printf 'TcpExt: SyncookiesSent ListenOverflows\nTcpExt: 4711 12\nAtcp: Parked\nAtcp: 815\n' > "$tree/net/atcp/netstat"
		printf 'Tcp: ActiveOpens PassiveOpens\nTcp: 11 22\n' > "$tree/net/atcp/snmp"
		export NSTAT_HISTORY=$tree/history
		run nstat -asz
		says "nstat: reads the counters of atcp" 0 TcpExtSyncookiesSent 4711 AtcpParked 815 TcpPassiveOpens 22
		[[ $out != *Ip6* ]]
		result $? "nstat: and no others"
		unset NSTAT_HISTORY
	else
		skip "nstat" "no nstat"
	fi
}

# What socket_probe prints where atcp answers (A) or is absent (B).
probe_is() {
	local name=$1 atcp=$'inet: protocol 253\ninet-tcp-flags: protocol 253\ninet6: protocol 253'
	local absent=$'inet: Protocol not supported\ninet-tcp-flags: Protocol not supported\ninet6: Protocol not supported'
	local rest=$'\nudp: protocol 17\nunix: protocol 0\nsocketpair: ok'
	[ "$rc" -eq 0 ] && { [ "$out" = "$atcp$rest" ] || [ "$out" = "$absent$rest" ]; }
	local status=$?
	[ $status -eq 0 ] || printf '# rc %s\n# out: %s\n# err: %s\n' "$rc" "${out//$'\n'/$'\n'# }" "$err"
	result $status "$name"
}

filters() { grep -qw user_notif /proc/sys/kernel/seccomp/actions_avail 2> /dev/null; }

test_run() {
	if [ ! -e /sys/module/atcp ]; then
		run run true
		says "run: without the module" 1 "not loaded" modprobe insmod
	else
		skip "run: without the module" "it is loaded"
	fi
	export ATCP_RUN_NOCHECK=1
	run run tests/socket_probe
	probe_is "run: a dynamic program"
	run run sh -c 'exec sh -c "tests/socket_probe; true"'
	probe_is "run: through exec and fork"
	run run -- sh -c 'exit 7'
	is "run: the program's exit code" 7 ""
	run run -p tests/socket_probe_static
	says "run: LD_PRELOAD cannot reach a static program" 1 "statically linked"
	if filters; then
		run run sh -c 'env -i tests/socket_probe_static'
		probe_is "run: a static program under dynamic ones"
		run run tests/socket_probe_static
		probe_is "run: a static program"
		run run -s sh -c 'tests/socket_probe_static > /dev/null; tests/socket_probe'
		probe_is "run: by seccomp, through exec and fork"
		run run -s sh -c 'exit 7'
		is "run: by seccomp, the program's exit code" 7 ""
	else
		skip "run: a static program" "no seccomp user notification"
	fi
	if command -v strace > /dev/null && strace true 2> /dev/null; then
		run run strace -f -e trace=socket tests/socket_probe
		says "run: the system call itself" 0 \
			"socket(AF_INET, SOCK_STREAM, 0xfd" "socket(AF_INET6, SOCK_STREAM, 0xfd" \
			"socket(AF_INET, SOCK_STREAM|SOCK_CLOEXEC|SOCK_NONBLOCK, 0xfd"
	else
		skip "run: the system call itself" "no strace"
	fi
	# shellcheck disable=SC2016
	LD_PRELOAD=libm.so.6 run run sh -c 'echo "$LD_PRELOAD"'
	is "run: what was preloaded before stays" 0 "$PWD/libatcp.so:libm.so.6"
	printf '#!%s\n' "$PWD/tests/socket_probe" > "$tree/script"
	chmod +x "$tree/script"
	run run "$tree/script"
	probe_is "run: a script"
	cp tests/socket_probe "$tree/setuid"
	if chown nobody "$tree/setuid" 2> /dev/null && chmod 4755 "$tree/setuid"; then
		run run -p "$tree/setuid"
		says "run: a set-user-ID program, by LD_PRELOAD" 1 "set-user-ID"
		if filters; then
			run run "$tree/setuid"
			probe_is "run: a set-user-ID program, as root"
		fi
	else
		skip "run: a set-user-ID program" "not root"
	fi
	run run nonesuch
	says "run: no such program" 1 "not found"
	run run
	says "run: no program" 2 "which program"
	unset ATCP_RUN_NOCHECK
}

test_netns() {
	run -n nonesuch-$$ get somaxconn
	says "netns: no such namespace" 1 "nonesuch-$$"
	if ! ip netns add "$netns" 2> /dev/null; then
		skip "netns" "no network namespaces"
		return
	fi
	made_netns=yes
	export ATCP_RUN_NOCHECK=1
	run -n "$netns" run sh -c 'ls /sys/class/net; tail -n +3 /proc/net/dev | cut -d: -f1 | tr -d " "'
	is "netns: run sees its devices in /sys and /proc" 0 $'lo\nlo'
	run -n "/run/netns/$netns" run readlink /proc/self/ns/net
	is "netns: by path" 0 "$(ip netns exec "$netns" readlink /proc/self/ns/net)"
	unset ATCP_RUN_NOCHECK
	# The made-up files are the same in all of them.
	make_listeners
	run listeners --all-netns
	says "netns: listeners of all" 0 "netns (this one)" "netns $netns" "10.0.0.1:443"
	run -j listeners --all-netns :443
	valid_json "netns: as JSON" "{'$netns', None} <= {l['netns'] for l in d} and all(l['local'] == '10.0.0.1:443' for l in d)"
	run --all-netns listeners :9999
	says "netns: no match in any" 1 'no listener of any network namespace matches ":9999"'
	stats "$dirs/1" "overflows 12" "accepted 100" "syns 100"
	proc_listen "$tree" "$sysfs"
	run -j advise --all --all-netns :443
	[ "$rc" -eq 1 ]
	valid_json "netns: advice of all, that can be pasted" \
		"any(a['netns'] == '$netns' and any('atcpctl -n $netns ' in t for t in a['try']) for a in d)"
	run metrics --all-netns --labels=
	make_counters
	run metrics --all-netns --labels=
	metrics "netns: metrics of all" "m('atcp_listener_syns_total', netns='$netns') == 100"
	[ "$(grep -c '^# TYPE atcp_listener_syns ' <<< "$out")" -eq 1 ]
	result $? "netns: each family once"
	printf '  sl  local_address\n' > "$tree/net/atcp/tcp"
	cp "$tree/net/atcp/tcp" "$tree/net/atcp/tcp6"
	run ss --all-netns -tn
	says "netns: ss of all" 0 "netns $netns" "Recv-Q"
	run -n "$netns" listeners :9999
	says "netns: what a message proposes works there" 1 "(atcpctl -n $netns listeners shows them)"
	run -n "$netns" listener :443 get bakclog
	says "netns: and with a listener's knob" 1 "(atcpctl -n $netns listener 10.0.0.1:443 show lists them)"
	run -n "$netns" get somaxcon
	says "netns: and with the namespace's" 1 "(atcpctl -n $netns list shows them all)"
	run -n "$netns" list nonesuch
	says "netns: and with list" 1 "(atcpctl -n $netns list shows them all)"
	run -n "$netns" --all-netns listeners
	says "netns: one or all" 2 "either"
	run --all-netns list
	says "netns: of what is of one" 2 "no --all-netns"
}

test_usage() {
	local group
	make_listeners
	make_counters
	run
	says "usage: nothing" 2 Usage
	run -h
	says "usage: help" 0 listeners "--netns"
	run -V
	says "usage: version" 0 "atcpctl, version"
	for group in -h listeners "-j listeners" list metrics advise; do
		# shellcheck disable=SC2086
		err=$(./atcpctl $group 2>&1 > /dev/full)
		rc=$? out=
		says "usage: $group, and the disk is full" 1 "cannot write" "No space"
	done
	run --color=bad list
	says "usage: a wrong colour" 2 "--color=bad" always auto never
	for group in save metrics exporter ss nstat "run true"; do
		# shellcheck disable=SC2086
		run -j $group
		says "usage: no JSON of $group" 2 "no JSON"
	done
	run --dry-run list
	says "usage: a dry run of what changes nothing" 2 "no --dry-run"
	for group in get set list load save listener listeners top metrics trace advise version; do
		run $group --help
		[ "$rc" -eq 0 ] && [[ $out == "Usage: atcpctl [OPTIONS] $group"* && $(wc -l <<< "$out") -lt 6 ]]
		result $? "usage: $group --help is that command's"
	done
	for group in ss nstat run; do
		run $group --help
		[[ $out == "Usage: atcpctl [OPTIONS] $group"* ]]
		result $? "usage: $group --help is ours, and what it runs has its own"
	done
	for group in get listeners ss run; do
		run help $group
		[ "$rc" -eq 0 ] && [[ $out == "Usage: atcpctl [OPTIONS] $group"* ]]
		result $? "usage: help $group is $group --help"
	done
	run nonesuch
	says "usage: unknown command" 2 nonesuch
	run help nonesuch
	says "usage: help of what is no command" 2 nonesuch
	run listners
	says "usage: a mistyped command" 2 "did you mean listeners?"
	run foo
	[[ $rc == 2 && $err != *"did you mean"* ]]
	result $? "usage: what is far from any command is no mistyped one"
	run --nonesuch get x
	says "usage: unknown option" 2 --nonesuch
	run get -n
	says "usage: an option without its word" 2 "network namespace"
	rm -rf "$tree/sys" "$tree/net"
	run list
	says "usage: no module" 1 "not loaded" modprobe insmod
	run set somaxconn=1
	says "usage: no module to set" 1 "not loaded"
	run listeners
	says "usage: no module's listeners" 1 "not loaded"
}

# One version stands for all, and a module of another one is told of wherever the tool is used.
test_version() {
	local version
	version=$(sed -n 's/^#define ATCP_VERSION[[:space:]]*"\(.*\)"/\1/p' ../uapi/linux/atcp.h)
	make_tree
	rm -rf "$sysfs/module/atcp"
	run version
	is "version: no module" 0 "atcpctl $version"$'\n'"module not loaded"
	run -j version
	valid_json "version: no module, JSON" "d == {'atcpctl': '$version', 'module': None}"
	mkdir -p "$sysfs/module/atcp"
	echo "$version" > "$sysfs/module/atcp/version"
	run version
	is "version: the same" 0 "atcpctl $version"$'\n'"module $version"
	run get synack_retries
	[ "$rc" -eq 0 ] && [ -z "$err" ]
	result $? "version: the same, and nothing is said of it"
	run -V
	is "version: -V" 0 "atcpctl, version $version"
	echo 0.0.9 > "$sysfs/module/atcp/version"
	run version
	says "version: they differ" 0 "module 0.0.9" "warning: the loaded module is version 0.0.9, and atcpctl is version $version"
	run -j version
	valid_json "version: they differ, JSON" "d == {'atcpctl': '$version', 'module': '0.0.9'}"
	run get synack_retries
	[ "$rc" -eq 0 ] && [[ $err == *"module is version 0.0.9"* && $out != *0.0.9* ]]
	result $? "version: they differ, and a command warns"
	run -V
	says "version: they differ, -V" 0 "module is version 0.0.9"
	rm "$sysfs/module/atcp/version"
	run version
	says "version: a module of before there were versions" 0 "module without a version" "warning: the loaded module is without a version"
	run version x
	says "version: no arguments" 2 "takes no arguments"
	rm -rf "$sysfs/module/atcp"
}

# atcpctl speaks netlink for all that it reads and sets: a unit that does not let it sets nothing.
test_units() {
	local unit
	for unit in systemd/*.service.in; do
		grep -q '^Exec.*/atcpctl ' "$unit" || continue
		grep -q '^RestrictAddressFamilies=.*\bAF_NETLINK\b' "$unit"
		result $? "units: ${unit##*/} lets atcpctl speak netlink"
	done
}

groups get set names list load_save selectors listener_get listener_set scopes advise trace iproute2 run netns units version usage
