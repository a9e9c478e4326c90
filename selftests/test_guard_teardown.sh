#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 180
# platforms: stock uml
# check: uml
#
# What the flood guard is armed for goes under its hands while SYNs come: device,
# listener, namespace, and the module itself.
. ./lib/atcp_lib.sh

[ "$STACK" = tcp ] && skip_all "the guard is atcp's"
topo_pair
knob $S $STACK guard_devices eth0 || skip_all "no flood guard"

cookies() { counter $S "$STACK" GuardCookies; }
more_than() { [ "$(cookies)" -gt "$1" ]; }

# flood: a guarded listener under a flood that has begun.
flood() {
	knob $S "$STACK" guard 1
	knob $S "$STACK" guard_devices eth0 || return 1
	spawn ns $S "$PROGS/bench" server -s "$STACK" -a $S4 -p 9200
	server=$spawned
	wait_listen $S 9200 "$STACK" || return 1
	spawn ns $C "$PROGS/synflood" -a $S4 -p 9200 -n 100000000 -r "$(size 2000 50)"
	flooder=$spawned
	wait_for 60 more_than $(($(cookies) + 20))
}

quench() {
	kill "$flooder" "$server" 2>/dev/null
	wait_for 10 lib_gone "$flooder"
	wait_for 10 lib_gone "$server"
}

listener_goes() {
	local i
	flood || return 1
	for i in 1 2 3; do
		kill "$server"
		wait_for 10 lib_gone "$server" || return 1
		spawn ns $S "$PROGS/bench" server -s "$STACK" -a $S4 -p 9200
		server=$spawned
		wait_listen $S 9200 "$STACK" || return 1
		wait_for 60 more_than "$(cookies)" || return 1
	done
	quench
}

on_and_off() {
	local i
	flood || return 1
	for i in $(seq "$(size 20 6)"); do
		knob $S "$STACK" guard_devices "" || return 1
		knob $S "$STACK" guard_devices "eth0 lo" || return 1
		knob $S "$STACK" guard_rate $((i % 2 * 100)) || return 1
	done
	knob $S "$STACK" guard_rate 0
	wait_for 60 more_than "$(cookies)" || return 1
	quench
}

device_goes() {
	flood || return 1
	ip -n $S link del eth0 || return 1
	[ -z "$(knob $S "$STACK" guard_devices)" ] || return 1
	quench
	link $C eth0 $C4/24 $C6/64 $S eth0 $S4/24 $S6/64
}

namespace_goes() {
	flood || return 1
	ip netns del $S || return 1
	quench
	netns_add $S
	link $C eth0 $C4/24 $C6/64 $S eth0 $S4/24 $S6/64
}

unloaded() { ! grep -q '^atcp ' /proc/modules || rmmod atcp; }

module_goes() {
	flood || return 1
	kill "$server"
	wait_for 10 lib_gone "$server" || return 1
	# Armed and flooded still; connections of the other cases may take a while to end.
	[ "$(knob $S "$STACK" guard_devices)" = eth0 ] || return 1
	kill -0 "$flooder" || return 1
	wait_for 30 unloaded || return 1
	quench
}

ktap_plan 5
ktap_run "the listener closes and comes again" listener_goes
ktap_run "armed and disarmed" on_and_off
ktap_run "the device goes" device_goes
ktap_run "the namespace goes" namespace_goes
ktap_run "the module goes" module_goes
ktap_end
