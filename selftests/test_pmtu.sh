#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Path MTU: a router with a smaller far link says so, and transfers go on.
# timeout: 300
# platforms: stock uml
# check: uml
. ./lib/atcp_lib.sh

ktap_plan 6
topo_router
bytes=$(size 2000000 500000)
# pmtu ADDR: what the client's routes have learnt of the path.
pmtu() { ns $C ip route get "$1" | grep -o 'mtu [0-9]*'; }

# IPv6 goes first: below 1280 a device loses it.
for v in 6 4; do
	# Both ends of the link, or the device at one end drops what the other
	# sends; the server announces the MSS of a wide one all the same.
	if [ $v = 6 ]; then
		mtu=1280 address=$S6
		ns $S ip -6 route change default via fd99:2::fe advmss 1440
	else
		mtu=1000 address=$S4
		ns $S ip route change default via 10.99.2.254 advmss 1460
	fi
	ns $R ip link set r1 mtu $mtu
	ns $S ip link set eth0 mtu $mtu
	ktap_run "IPv$v: the sender beyond the narrow link is atcp's client" \
		xfer_pair tcp "$STACK" "$address" "$bytes" 60
	[ -n "$(pmtu "$address")" ]
	ktap_result $? "IPv$v: the router's ICMP was heeded: $(pmtu "$address")"
	ns $C ip route flush cache
	ns $C ip -6 route flush cache
	ktap_run "IPv$v: both ends on atcp" \
		xfer_pair "$STACK" "$STACK" "$address" "$bytes" 60
done
ktap_end
