#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 240
# platforms: stock uml
# check: stock
#
# The flood guard between real stacks: kernel TCP clients through it, over veth,
# VLAN and loopback, while spoofed SYNs flood it; and chains of the user's before it.
#
#   C                        S
#   +-----------+  veth  +-----------------------+
#   | eth0      +--------+ eth0, armed           |
#   | eth0.7    |  VLAN  | eth0.7                |
#   +-----------+        +-----------------------+
. ./lib/atcp_lib.sh

[ "$STACK" = tcp ] && skip_all "the guard is atcp's"
topo_pair
knob $S $STACK guard_devices eth0 || skip_all "no flood guard"
knob $S $STACK guard 1
bytes=$(size 2000000 100000)

# through ADDRESS: a transfer through the guard; by a cookie of its, with no request.
through() {
	local cookies requests
	cookies=$(counter $S "$STACK" GuardCookies)
	requests=$(counter $S "$STACK" ReqCreated)
	xfer_pair "$STACK" tcp "$1" "$bytes" 60 || return 1
	echo "cookies $cookies, now $(counter $S "$STACK" GuardCookies)"
	[ "$(counter $S "$STACK" GuardCookies)" -gt "$cookies" ] &&
		[ "$(counter $S "$STACK" ReqCreated)" = "$requests" ]
}

# flooded ADDRESS: honest clients of the very listener that spoofed SYNs flood.
flooded() {
	local server flood dropped
	spawn ns $S "$PROGS/bench" server -s "$STACK" -a "$1" -p 9100
	server=$spawned
	wait_listen $S 9100 "$STACK" || return 1
	spawn ns $C "$PROGS/synflood" -a "$1" -p 9100 -n 100000000 -r "$(size 3000 100)"
	flood=$spawned
	wait_for 20 flooding "$(counter $S "$STACK" GuardCookies)" || return 1
	dropped=$(counter $S "$STACK" ListenDrops)
	# Ends with an error at the first connection that fails.
	ns $C "$PROGS/bench" conn -s tcp -a "$1" -p 9100 -t 2 || return 1
	kill -0 "$flood" || return 1
	no_rows $S "$STACK" 03 || return 1
	[ "$(counter $S "$STACK" ListenDrops)" = "$dropped" ] || return 1
	kill "$flood" "$server"
}
flooding() { [ "$(counter $S "$STACK" GuardCookies)" -gt $(($1 + 100)) ]; }

# A client on the same host.
loopback() {
	local cookies address
	knob $S "$STACK" guard_devices "eth0 lo" || return 1
	for address in 127.0.0.1 ::1 $S4 $S6; do
		cookies=$(counter $S "$STACK" GuardCookies)
		C=$S xfer_pair "$STACK" tcp $address "$bytes" 60 || return 1
		[ "$(counter $S "$STACK" GuardCookies)" -gt "$cookies" ] || return 1
	done
	knob $S "$STACK" guard_devices eth0
}

vlan() {
	ns $C ip link add link eth0 name eth0.7 type vlan id 7 &&
		ns $S ip link add link eth0 name eth0.7 type vlan id 7 || return 4
	ns $C ip addr add 10.99.7.1/24 dev eth0.7
	ns $S ip addr add 10.99.7.2/24 dev eth0.7
	ns $C ip addr add fd99:7::1/64 dev eth0.7 nodad
	ns $S ip addr add fd99:7::2/64 dev eth0.7 nodad
	ns $C ip link set eth0.7 up
	ns $S ip link set eth0.7 up
}

# A tag within a tag.
double_vlan() {
	ns $C ip link add link eth0.7 name qq type vlan id 8 &&
		ns $S ip link add link eth0.7 name qq type vlan id 8 || return 4
	ns $C ip addr add 10.99.8.1/24 dev qq
	ns $S ip addr add 10.99.8.2/24 dev qq
	ns $C ip link set qq up
	ns $S ip link set qq up
}

# A user's chain at ingress drops before the guard answers, whatever its priority.
user_chain() {
	local cookies
	ns $S nft -f - <<-END || return 1
		table netdev guard_test {
			chain early {
				type filter hook ingress device eth0 priority 1000;
				ip saddr $C4 counter drop
			}
		}
	END
	cookies=$(counter $S "$STACK" GuardSyns)
	ns $C timeout 2 bash -c "exec 3<>/dev/tcp/$S4/$PORT" && return 1
	ns $S nft list table netdev guard_test
	ns $S nft list table netdev guard_test | grep -q 'counter packets [1-9]' || return 1
	[ "$(counter $S "$STACK" GuardSyns)" = "$cookies" ] || return 1
	ns $S nft delete table netdev guard_test
}

ktap_plan 9
ktap_run "IPv4 over veth" through $S4
ktap_run "IPv6 over veth" through $S6
ktap_run "IPv4 under a flood" flooded $S4
ktap_run "IPv6 under a flood" flooded $S6
ktap_run "loopback" loopback
if vlan 2>"$lib_tmp/vlan.log"; then
	ktap_run "tagged, armed below the VLAN device" through 10.99.7.2
	ktap_run "tagged, IPv6" through fd99:7::2
	if double_vlan 2>"$lib_tmp/vlan.log"; then
		ktap_run "tagged twice" through 10.99.8.2
	else
		ktap_skip "tagged twice" "no VLAN in VLAN"
	fi
else
	for name in "tagged, armed below the VLAN device" "tagged, IPv6" "tagged twice"; do
		ktap_skip "$name" "no VLAN devices"
	done
fi
if command -v nft >/dev/null && ns $S nft add table netdev probe; then
	ktap_run "a chain at ingress comes first" user_chain
else
	ktap_skip "a chain at ingress comes first" "no nft netdev tables"
fi
ktap_end
