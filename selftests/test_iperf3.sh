#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# iperf3 both ways, with the client or the server or both on atcp.
# timeout: 400
# platforms: stock uml
# check: stock
. ./lib/atcp_lib.sh

need iperf3
ktap_plan 7
topo_pair
bytes=$(size 50M 5M)

# measure SERVER_STACK CLIENT_STACK ADDR OPTION...
measure() {
	local server status address=$3
	spawn on "$1" $S timeout 150 iperf3 -s -1 -p 5201
	server=$spawned
	wait_listen $S 5201 "$1" || return 1
	shift
	on "$1" $C timeout 100 iperf3 -c "$address" -p 5201 \
		-n "$bytes" "${@:3}"
	status=$?
	reap "$server"
	wait_for 20 no_rows $S "$STACK" 0A 5201
	return $status
}

ktap_run "server on atcp, client sends" measure "$STACK" tcp $S4
ktap_run "server on atcp, client receives" measure "$STACK" tcp $S4 -R
ktap_run "client on atcp sends" measure tcp "$STACK" $S4
ktap_run "client on atcp receives" measure tcp "$STACK" $S4 -R
ktap_run "both on atcp, both ways at once" \
	measure "$STACK" "$STACK" $S4 --bidir
ktap_run "IPv6, server on atcp" measure "$STACK" tcp $S6
ktap_run "IPv6, client on atcp, four streams" \
	measure tcp "$STACK" $S6 -P 4
ktap_end
