# SPDX-License-Identifier: GPL-2.0
# What the tests of atcpctl share that need no module: a made-up /proc and /sys, and results in KTAP. It is sourced in
# userspace-tools; a test names its groups at the end: groups NAME...
# shellcheck shell=bash

# shellcheck source=tree.sh
. tests/lib/tree.sh

tree=$(mktemp -d) || exit 1
sysfs=$tree/sysfs
dirs=$sysfs/kernel/atcp/listeners
knobs=$tree/sys/net/atcp
export ATCP_PROC_ROOT=$tree ATCP_SYSFS_ROOT=$sysfs
unset NO_COLOR ATCP_RUN_NOCHECK LD_PRELOAD

# A test may have more to clean up.
clean_more() { :; }
cleanup() {
	clean_more
	rm -rf "$tree"
}
trap cleanup EXIT

count=0
failed=0
# result STATUS NAME: a KTAP line.
result() {
	count=$((count + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $count $2"
	else
		echo "not ok $count $2"
		failed=$((failed + 1))
	fi
}

# skip NAME WHY
skip() {
	count=$((count + 1))
	echo "ok $count $1 # SKIP $2"
}

# Another build may be tried by the same tests, as test_leaks.sh does.
tool=${ATCP_TOOL:-./atcpctl}

# run ARGS...: atcpctl, leaving its output in $out and $err, its exit code in $rc.
run() {
	out=$("$tool" "$@" 2> "$tree/err" < /dev/null)
	rc=$?
	err=$(< "$tree/err")
}

# Whether process $1 sleeps for a time: nanosleep(2) or clock_nanosleep(2) of x86-64; sleep(1) is not meant.
sleeps() {
	local call comm
	comm=$(cat "/proc/$1/comm") && read -r call _ < "/proc/$1/syscall" || return 1
	[ "$comm" != sleep ] && [[ $call == 35 || $call == 230 ]]
} 2> /dev/null

# between COMMAND...: in the background, as soon as the next "run" sleeps between its first reading and its second.
between() {
	local try child process
	for ((try = 0; try < 1000; try++)); do
		for child in $(pgrep -P $$); do
			for process in $child $(pgrep -P "$child"); do
				! sleeps "$process" || break 3
			done
		done
		sleep 0.01
	done
	"$@"
}

# is NAME RC OUT: what the last run did, exactly.
is() {
	[ "$rc" -eq "$2" ] && [ "$out" = "$3" ]
	local status=$?
	[ $status -eq 0 ] || printf '# rc %s\n# out: %s\n# err: %s\n' "$rc" "${out//$'\n'/$'\n'# }" "$err"
	result $status "$1"
}

# says NAME RC TEXT...: the exit code, and every text in the output or the messages.
says() {
	local name=$1 status=0 text
	[ "$rc" -eq "$2" ] || status=1
	shift 2
	for text; do
		[[ $out$'\n'$err == *"$text"* ]] || status=1
	done
	[ $status -eq 0 ] || printf '# rc %s\n# out: %s\n# err: %s\n' "$rc" "${out//$'\n'/$'\n'# }" "$err"
	result $status "$name"
}

# valid_json NAME EXPRESSION: the output is JSON, and the Python expression on it (d) holds.
valid_json() {
	if ! command -v python3 > /dev/null; then
		skip "$1" "no python3"
		return
	fi
	python3 -c "import json, sys
d = json.loads(sys.argv[1])
sys.exit(0 if ($2) else 1)" "$out"
	result $? "$1"
}

# metrics NAME EXPRESSION: the output is OpenMetrics, and the expression on it holds.
metrics() {
	if ! command -v python3 > /dev/null; then
		skip "$1" "no python3"
		return
	fi
	printf '%s\n' "$out" | python3 tests/lib/openmetrics.py "$2" > "$tree/err" 2>&1
	local status=$?
	[ $status -eq 0 ] || sed 's/^/# /' "$tree/err"
	result $status "$1"
}

# on_terminal NAME TERM SIZE ARGS... < STEPS: atcpctl on a terminal; see tests/lib/terminal.py.
on_terminal() {
	local name=$1 term=$2 size=$3
	shift 3
	if ! command -v python3 > /dev/null; then
		skip "$name" "no python3"
		return
	fi
	python3 tests/lib/terminal.py "$term" "$size" ./atcpctl "$@" > "$tree/err" 2>&1
	local status=$?
	[ $status -eq 0 ] || sed 's/^/# /' "$tree/err"
	result $status "$name"
}

make_tree() {
	rm -rf "$tree/sys" "$tree/net" "$sysfs"
	mkdir -p "$knobs" "$tree/net/atcp"
	echo 4096 > "$knobs/somaxconn"
	echo 5 > "$knobs/synack_retries"
	echo 6 > "$knobs/syn_retries"
	echo 2 > "$knobs/overflow_policy"
	printf '4096\t131072\t6291456\n' > "$knobs/rmem"
	printf '20000\t32767\n' > "$knobs/local_port_range"
	echo cubic > "$knobs/congestion_control"
	echo cubic reno > "$knobs/available_congestion_control"
	echo 42 > "$knobs/brand_new"
	{
		echo "id inode uid family local synq synq_max young acceptq acceptq_max acceptq_peak parked overflow syncookies synack_retries syns synack_retrans cookies_sent cookies_recv cookies_failed overflows drops accepted"
		echo "1 1001 0 inet 0.0.0.0:80 3 256 2 128 128 129 1 park auto 5 900 4 7 6 1 12 13 800"
		echo "2 1002 33 inet6 [::]:443 0 256 0 0 511 9 0 drop always 5 10 0 0 0 0 0 0 10"
	} > "$tree/net/atcp/listen"
}

# Three listeners in sysfs and proc: 10.0.0.1:443, and two of a SO_REUSEPORT group on [::]:80.
make_listeners() {
	make_tree
	listener "$sysfs" 1 1001 inet 10.0.0.1:443
	listener "$sysfs" 2 1002 inet6 '[::]:80'
	listener "$sysfs" 3 1003 inet6 '[::]:80'
	knob "$dirs/1/backlog" "511 listener"
	proc_listen "$tree" "$sysfs"
}

make_counters() {
	printf 'TcpExt: SyncookiesSent ListenOverflows\nTcpExt: 4711 12\nAtcp: Parked DropCsum\nAtcp: 815 3\n' > "$tree/net/atcp/netstat"
	printf 'Tcp: RtoMin MaxConn ActiveOpens CurrEstab\nTcp: 200 -1 11 22\n' > "$tree/net/atcp/snmp"
	printf 'sockets: used 7\nTCP: inuse 3 orphan 0 tw 1 alloc 5 mem 2\n' > "$tree/net/atcp/sockstat"
	printf 'TCP6: inuse 4\n' > "$tree/net/atcp/sockstat6"
}

# groups NAME...: runs test_NAME of each. The plan comes first, though it is known last.
groups() {
	local group
	for group; do
		"test_$group"
	done > "$tree/results"
	printf 'KTAP version 1\n1..%d\n' "$count"
	cat "$tree/results"
	[ "$failed" -eq 0 ]
}
