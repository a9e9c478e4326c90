#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Checks atcpctl metrics and exporter, and what Prometheus and Grafana read, against a made-up /proc and /sys, without the module. Prints KTAP.

cd "$(dirname "$0")/.." || exit 1
make -s all >&2 || exit 1

# shellcheck source=lib/tools.sh
. tests/lib/tools.sh

test_metrics() {
	make_listeners
	make_counters
	echo "eth0 lo" > "$knobs/guard_devices"
	put "$dirs/2/owner" "4711 nginx"
	put "$dirs/1/acceptq_oldest_ms" 2500
	put "$dirs/1/acceptq_pressed" 1
	knob "$dirs/1/drain" "0 netns"
	put "$dirs/1/accept_wait_us" $'0 1 3\n1 2 5\n2 4 10\n1073741824 2147483648 2'
	stats "$dirs/1" "syns 900" "drops 13" "drop_synq-full 7"
	proc_listen "$tree" "$sysfs"
	put "$dirs/1/accept_wait_sum_us" 4500000
	put "$dirs/1/handshake_sum_us" 0
	run metrics --full
	metrics "metrics: gauges and counters of a listener" "m('atcp_listener_syn_queue_limit', id='2') == 128 \
		and m('atcp_listener_syns_total', listener='10.0.0.1:443', id='1') == 900 \
		and m('atcp_listener_accept_queue_oldest_seconds', id='1') == 2.5 \
		and m('atcp_listener_accept_queue_pressed', id='1') == 1 \
		and m('atcp_listener_draining', id='1') == 0 \
		and m('atcp_listener_drop_synq_full_total', id='1') == 7 and m('atcp_listener_drop_synq_full_total', id='2') == 0 \
		and m('atcp_listener_info', id='3', inode='1003', family='inet6', state='listen') == 1"
	metrics "metrics: histograms" "types['atcp_listener_accept_wait_seconds'] == 'histogram' \
		and m('atcp_listener_accept_wait_seconds_bucket', id='1', le='2e-06') == 8 \
		and m('atcp_listener_accept_wait_seconds_bucket', id='1', le='67.108864') == 18 \
		and m('atcp_listener_accept_wait_seconds_bucket', id='1', le='+Inf') == 20 \
		and m('atcp_listener_handshake_seconds_bucket', id='2', le='+Inf') == 0"
	metrics "metrics: the namespace's counters" "m('atcp_netstat_tcp_ext_syncookies_sent_total') == 4711 \
		and m('atcp_netstat_atcp_drop_csum_total') == 3 and m('atcp_netstat_tcp_max_conn') == -1 \
		and types['atcp_netstat_tcp_curr_estab'] == 'gauge' and m('atcp_sockstat_TCP_tw') == 1 \
		and m('atcp_sockstat_TCP_inuse') == 3 and m('atcp_sockstat_TCP6_inuse') == 4"
	[ "$rc" -eq 0 ]
	result $? "metrics: exit code"
	metrics "metrics: histograms have sums" "m('atcp_listener_accept_wait_seconds_sum', id='1') == 4.5 \
		and m('atcp_listener_accept_wait_seconds_count', id='1') == 20"
	run metrics
	metrics "metrics: counters exist at 0, and the rest is for --full" "m('atcp_listener_guard_drops_total', id='1') == 0 \
		and 'atcp_listener_drop_synq_full' not in types and m('atcp_listener_accept_wait_seconds_bucket', id='1', le='1.048576') == 18"
	[ "$(grep -c 'id="1"' <<< "$out")" -le 60 ]
	result $? "metrics: at most 60 series a listener"
	metrics "metrics: the guard, and devices that have it" "m('atcp_listener_guard', id='1') == 0 and m('atcp_guard_devices') == 2"
	metrics "metrics: the program" "m('atcp_listener_info', id='2', program='nginx') == 1"
	run metrics --format=prometheus
	[ "$rc" -eq 0 ] && [[ $out == *"# TYPE atcp_listener_syns_total counter"* && $out == *"# TYPE atcp_listener_info gauge"* ]] &&
	[[ $out != *"# EOF"* && $out != *"# UNIT"* ]]
	result $? "metrics: the Prometheus text format"
	for name in "" --full; do
		# shellcheck disable=SC2086
		out=$(./atcpctl metrics --format prometheus $name | promtool check metrics 2>&1)
		rc=$? err=''
		is "metrics: promtool check metrics $name" 0 ""
	done
	run metrics --format json
	says "metrics: a wrong format" 2 '"json"' openmetrics prometheus
	sed -i 's/10.0.0.1:443/a"b\\c/' "$tree/net/atcp/listen"
	run metrics
	metrics "metrics: escapes" 'm("atcp_listener_info", id="1", listener="a\\\"b\\\\c") == 1'
	rm -rf "$dirs"
	run metrics
	metrics "metrics: without sysfs" "m('atcp_listener_syns_total', id='1') == 900 and m('atcp_listener_accept_queue_limit', id='1') == 128"
	rm "$tree/net/atcp/netstat"
	run metrics
	says "metrics: a file that is missing" 1 "netstat" "# EOF"
	run metrics x
	says "metrics: arguments" 2 '"x"'
}

# Labels that are chosen; listeners that have the same are one series.
test_labels() {
	make_listeners
	make_counters
	local i
	for i in 1 2 3; do
		put "$dirs/$i/owner" "$i worker"
		put "$dirs/$i/accept_wait_us" $'0 1 1\n1 2 2'
		put "$dirs/$i/accept_wait_sum_us" 500000
		put "$dirs/$i/handshake_sum_us" 0
		put "$dirs/$i/acceptq_oldest_ms" "${i}00"
		stats "$dirs/$i" "syns ${i}00" "accepted 7"
	done
	run metrics --labels=listener
	metrics "labels: a group is one series" "m('atcp_listener_syns_total', listener='[::]:80') == 500 \
		and m('atcp_listener_syns_total', listener='10.0.0.1:443') == 100 \
		and m('atcp_listener_accept_queue_limit', listener='[::]:80') == 256 \
		and m('atcp_listener_accept_queue_oldest_seconds', listener='[::]:80') == 0.3 \
		and m('atcp_listener_accept_wait_seconds_bucket', listener='[::]:80', le='+Inf') == 6 \
		and m('atcp_listener_accept_wait_seconds_sum', listener='[::]:80') == 1 \
		and 'atcp_listener' not in types"
	[[ $out != *'id="'* ]]
	result $? "labels: and has no number"
	run metrics --labels program,uid
	metrics "labels: by program" "m('atcp_listener_accepted_total', program='worker', uid='0') == 21"
	run metrics --labels ''
	metrics "labels: none" "m('atcp_listener_syns_total') == 600 and m('atcp_listener_accept_wait_seconds_count') == 9"
	out=$(./atcpctl metrics --format prometheus --labels '' | promtool check metrics 2>&1)
	rc=$? err=''
	is "labels: promtool takes it" 0 ""
	run metrics --labels id,nonesuch
	says "labels: a wrong one" 2 '"nonesuch"' "listener, id, inode"
	run metrics --labels
	says "labels: of what" 2 "which names"
}

# What Prometheus does by our rules with series as they would be.
test_rules() {
	out=$(promtool check rules prometheus/atcp.rules.yml 2>&1)
	rc=$? err=''
	says "rules: promtool check rules" 0 "6 rules found"
	out=$(promtool test rules tests/lib/rules.yml 2>&1)
	rc=$?
	says "rules: each fires for its trouble, and none for a busy listener" 0 SUCCESS
	make_listeners
	make_counters
	echo "" > "$knobs/guard_devices"
	knob "$dirs/1/drain" "0 netns"
	run metrics --format=prometheus
	local name
	for name in $(grep -oE '\batcp_[a-z_]+' prometheus/atcp.rules.yml | sort -u); do
		grep -q "^${name}[{ ]" <<< "$out" || echo "$name"
	done > "$tree/missing"
	[ ! -s "$tree/missing" ]
	result $? "rules: every series is one that metrics has"
	python3 tests/lib/dashboard.py prometheus/atcp.dashboard.json "$tree/panels.yml" <<< "$out" > "$tree/err" 2>&1
	local status=$?
	sed 's/^/# /' "$tree/err"
	result $status "dashboard: series that there are, panels that do not overlap"
	out=$(promtool check rules "$tree/panels.yml" 2>&1)
	rc=$? err=''
	says "dashboard: promtool reads every query" 0 "rules found"
}

# An exporter in the background; $url and $server.
serve() {
	./atcpctl exporter --listen 127.0.0.1:0 > "$tree/url" 2> "$tree/server" < /dev/null &
	server=$!
	local i
	for ((i = 0; i < 200; i++)); do
		url=$(cat "$tree/url")
		[ -n "$url" ] && return
		kill -0 $server 2> /dev/null || return 1
		sleep 0.05
	done
	return 1
}

# fetch ARGS...: curl; the answer's head in $head, the text in $out.
fetch() {
	out=$(curl -sS -m 20 -D "$tree/head" "$@" "$url" 2> "$tree/err")
	rc=$?
	err=$(< "$tree/err")
	head=$(tr -d '\r' < "$tree/head")
}

test_exporter() {
	make_listeners
	make_counters
	stats "$dirs/1" "syns 900"
	serve
	result $? "exporter: says where it is"
	fetch
	[ "$rc" -eq 0 ] && [[ $head == "HTTP/1.1 200"*"Content-Type: text/plain; version=0.0.4; charset=utf-8"* && $head == *"Connection: close"* ]] &&
	[[ $out == *'atcp_listener_syns_total{listener="10.0.0.1:443",id="1"} 900'* ]]
	result $? "exporter: Prometheus' text, unless something else is asked for"
	out=$(promtool check metrics <<< "$out" 2>&1)
	rc=$?
	is "exporter: promtool check metrics" 0 ""
	local accept
	while read -r accept; do
		fetch -H "Accept: $accept"
		[[ $head == *"Content-Type: application/openmetrics-text; version=1.0.0; charset=utf-8"* ]]
		result $? "exporter: OpenMetrics for $accept"
	done <<- END
		application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1
		application/openmetrics-text
		text/plain;q=0.3, Application/OpenMetrics-Text; version=1.0.0; q=0.4
	END
	metrics "exporter: which it is" "m('atcp_listener_syns_total', id='1') == 900"
	while read -r accept; do
		fetch -H "Accept: $accept"
		[[ $head == "HTTP/1.1 200"*"Content-Type: text/plain; version=0.0.4"* ]]
		result $? "exporter: text for $accept"
	done <<- END
		text/plain
		*/*
		application/openmetrics-text;q=0.2,text/plain;q=0.9
		application/openmetrics-text;q=0, text/html
		application/openmetrics-textual
		;q=,,;;q=x
	END
	stats "$dirs/1" "syns 901"
	fetch
	[[ $out == *'atcp_listener_syns_total{listener="10.0.0.1:443",id="1"} 901'* ]]
	result $? "exporter: the figures of now"
	fetch -I
	[[ $rc -eq 0 && $head == "HTTP/1.1 200"* && $head =~ Content-Length:\ [1-9][0-9]{3} ]]
	result $? "exporter: HEAD"
	fetch -d x=1
	[[ $head == "HTTP/1.1 405"*"Allow: GET, HEAD"* ]]
	result $? "exporter: nothing can be put"
	fetch -X BREW
	[[ $head == "HTTP/1.1 405"* ]]
	result $? "exporter: methods that there are not"
	fetch -H "X: $(printf 'x%.0s' {1..40000})"
	[[ $head == "HTTP/1.1 431"* || $head == "HTTP/1.1 413"* ]]
	result $? "exporter: a head that is too long"
	url=${url%metrics} fetch
	[[ $head == "HTTP/1.1 200"*text/html* && $out == *href=\"/metrics\"* ]]
	result $? "exporter: a page"
	url=$url/../x fetch --path-as-is
	[[ $head == "HTTP/1.1 404"* ]]
	result $? "exporter: nothing else"
	mv "$tree/net/atcp/listen" "$tree/away"
	fetch
	[[ $head == "HTTP/1.1 503"* && $out == *"not loaded"* ]]
	result $? "exporter: no module"
	mv "$tree/away" "$tree/net/atcp/listen"
	fetch
	[[ $head == "HTTP/1.1 200"* ]]
	result $? "exporter: and it is there again"
	python3 tests/lib/crowd.py "$url" > "$tree/err" 2>&1
	local status=$?
	sed 's/^/# /' "$tree/err"
	result $status "exporter: no more than 16 connections, and it goes on after them"
	kill $server
	wait $server
	result $? "exporter: ends by a signal"
	handed=$(python3 tests/lib/handed.py ./atcpctl exporter 2>&1)
	[[ $handed == *"atcp_listener_syns_total"* ]]
	result $? "exporter: with a socket that was handed over"
	run exporter --listen 127.0.0.1
	says "exporter: no port" 2 '"127.0.0.1"' ADDRESS:PORT
	run exporter --listen=127.0.0.1:65536
	says "exporter: a port that is none" 2 ADDRESS:PORT
	run exporter --listen 192.0.2.1:9253
	says "exporter: an address that is not here" 1 "cannot listen at 192.0.2.1:9253: "
	run exporter x
	says "exporter: arguments" 2 '"x"'
	run -j exporter
	says "exporter: no JSON" 2 "no JSON"
}

# What systemd is to read: it knows every line, and there is little that the services may.
test_units() {
	local unit out
	command -v systemd-analyze > /dev/null || { skip "units" "no systemd-analyze"; return; }
	for unit in atcp-exporter.service atcp-metrics.service; do
		out=$(systemd-analyze --offline=true --threshold=30 security "./$unit" 2>&1)
		status=$?
		[ $status -eq 0 ] || tail -n 5 <<< "$out" | sed 's/^/# /'
		result $status "units: $unit is hardened"
	done
	mkdir -p "$tree/units" "$tree/units/sbin"
	cp ./*.service ./*.socket ./*.timer "$tree/units"
	sed -i "s|/usr/local/sbin/atcpctl|$PWD/atcpctl|" "$tree/units"/*
	out=$(cd "$tree/units" && SYSTEMD_UNIT_PATH=$tree/units: systemd-analyze verify --man=no ./atcp*.* 2>&1 | grep atcp)
	[ -z "$out" ] || sed 's/^/# /' <<< "$out"
	[ -z "$out" ]
	result $? "units: systemd-analyze verify"
	# The command of the timer's service, in another directory.
	make_listeners
	make_counters
	mkdir -p "$tree/textfile"
	sed -n 's/^ExecStart=//p' "$tree/units/atcp-metrics.service" | sed 's/\$\$/$/g' > "$tree/command"
	DIRECTORY=$tree/textfile sh "$tree/command"
	out=$(promtool check metrics < "$tree/textfile/atcp.prom" 2>&1)
	rc=$? err=''
	is "units: the textfile" 0 ""
	[ "$(ls -A "$tree/textfile")" = atcp.prom ]
	result $? "units: and nothing else"
	rm "$tree/net/atcp/netstat"
	! DIRECTORY=$tree/textfile sh "$tree/command" 2> /dev/null && grep -q "^atcp_netstat" "$tree/textfile/atcp.prom"
	result $? "units: a part of the figures is no file"
}

groups metrics labels rules exporter units
